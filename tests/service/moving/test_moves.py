"""Jobs moved between endpoints of all shapes: each once, whole, or with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from faults.harness import requests
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.server import SandboxConfig, SandboxServer
from fttui.services.moving.moves import BusyMoveError, Moves
from fttui.services.moving.plan import MADE, NEW, OPEN, REFUSED, SKIPPED
from fttui.services.moving.words import (
    UNKNOWN,
    outcomes_by_row,
    plan_cells,
    state_after,
    was_left,
)
from fttui.services.submission.recovery import StaleActionError
from fttui.services.submission.state import Stage
from move_bench import MODEL, MoveBench, bench, ids_of, settings_of, two_sandboxes
from sandbox_key import SANDBOX_KEY

CREATE = "POST /fine_tuning/jobs$"


@pytest.mark.parametrize(
    ("like", "model"),
    [
        ("nebius", "meta-llama/Llama-3.1-8B-Instruct"),
        ("llmariner", "meta-llama-Meta-Llama-3.1-8B-Instruct-q4_0"),
        ("azure", MODEL),
    ],
)
def test_jobs_are_made_once_at_servers_of_other_shapes_with_their_files_and_notes(
    tmp_path: Path, like: str, model: str
) -> None:
    with two_sandboxes(tmp_path, new=like) as place:
        first = place.make(place.file("one"), hyperparameters={"n_epochs": 2}, suffix="desk")
        second = place.make(place.file("two"), metadata={"team": "desk"})
        place.old.annotations.set_note(first.raw_id, "the good one")
        place.old.annotations.change_labels(first.raw_id, add=("desk",))
        made = place.move()
        jobs = {job.raw_id: job for job in place.jobs()}
        assert len(jobs) == 2 and set(ids_of(made)) == set(jobs)
        if like != "llmariner":  # which gives no contents
            contents = [place.content(jobs[one.job_id]) for one in made]
            sent = [(tmp_path / f"{name}.jsonl").read_bytes() for name in ("one", "two")]
            assert contents == sent
        assert {job.model for job in jobs.values()} == {model}
        assert jobs[made[0].job_id].hyperparameters.n_epochs in (2, "2")
        kept = place.new.annotations.of(made[0].job_id)
        assert kept.note == f"the good one · Moved from {first.id}."
        assert "desk" in kept.labels and any(one.startswith("move-") for one in kept.labels)
        assert place.left_behind() == []
        plan = place.plan()
        assert [row.state for row in plan.rows] == [MADE, MADE] and not plan.to_make
        assert [row.new_job_id for row in plan.rows] == ids_of(made)
        assert second.id in [row.job.id for row in plan.rows]
        otherwise = place.plan(mapped={MODEL: "other/model"})
        assert [row.state for row in otherwise.rows] == [MADE, MADE]
        with Moves(place.new).alone(), pytest.raises(BusyMoveError), Moves(place.new).alone():
            pass


@pytest.mark.parametrize("like", ["nebius", "llmariner", "mistral", "azure"])
def test_jobs_of_servers_of_other_shapes_come_to_a_plain_one(tmp_path: Path, like: str) -> None:
    with two_sandboxes(tmp_path, old=like) as place:
        body: dict[str, Any] = {"hyperparameters": {"n_epochs": 2}, "suffix": "desk"}
        path = place.file("one")
        if like == "mistral":
            _make_at_mistral(place, path)
        else:
            models = {"nebius": "meta-llama/Llama-3.1-8B-Instruct", "azure": MODEL}
            known = models.get(like, "meta-llama-Meta-Llama-3.1-8B-Instruct-q4_0")
            beside: dict[str, Any] = {"training_type": "GlobalStandard"} if like == "azure" else {}
            top: dict[str, Any] = {"top_level_hyperparameters": True} if like == "llmariner" else {}
            place.make(path, model=known, **body, **beside, **top)
        (made,) = place.move()
        (job,) = place.jobs()
        assert job.raw_id == made.job_id and place.content(job) == path.read_bytes()
        assert (job.model or "").startswith("gpt-4.1-mini")


def _make_at_mistral(place: MoveBench, path: Path) -> None:
    """Its create call has a form that fttui does not send."""
    import httpx2

    url, key = place.old.endpoint.base_url, {"Authorization": f"Bearer {SANDBOX_KEY}"}
    file = {"file": (path.name, path.read_bytes())}
    told = httpx2.post(f"{url}/files", data={"purpose": "fine-tune"}, files=file, headers=key)
    body = {"model": "open-mistral-7b", "training_files": [{"file_id": told.json()["id"]}]}
    assert httpx2.post(f"{url}/fine_tuning/jobs", json=body, headers=key).status_code == 200


@pytest.mark.parametrize(("like", "why"), [("bedrock", "only reinforcement"), ("mistral", "form")])
def test_what_an_endpoint_cannot_do_at_all_is_told_before_anything_is_sent(
    tmp_path: Path, like: str, why: str
) -> None:
    with two_sandboxes(tmp_path, new=like) as place:
        place.make(place.file("one"))
        (row,) = place.plan().rows
        assert row.state == REFUSED and why in row.reason
        assert place.jobs() == []


def test_jobs_that_ask_for_the_same_are_one_and_those_that_did_not_succeed_stay(
    tmp_path: Path,
) -> None:
    with two_sandboxes(tmp_path) as place:
        path = place.file("one")
        first = place.make(path, hyperparameters={"n_epochs": 2})
        twin = place.make(path, hyperparameters={"n_epochs": 2})
        place.old.annotations.change_labels(twin.raw_id, add=("twin",))
        bad = tmp_path / "bad.jsonl"
        bad.write_text('{"messages": []}\n' * 12)
        place.make(bad)
        plan = place.plan()
        assert [row.state for row in plan.rows] == [NEW, SKIPPED, SKIPPED]
        assert plan.rows[1].same_as == first.raw_id and "succeeded" in plan.rows[2].reason
        (made,) = place.carry_out(plan)
        assert "twin" in place.new.annotations.of(made.job_id).labels
        again = place.plan()
        assert [row.state for row in again.rows[:2]] == [MADE, MADE]
        assert again.rows[1].new_job_id == made.job_id
        (forced,) = place.plan(plan.rows[2].job.raw_id).rows
        assert forced.state == REFUSED and "error" in forced.reason


@pytest.fixture
def faulty(tmp_path: Path, sandbox: SandboxServer, fault_proxy: FaultProxy) -> Iterator[MoveBench]:
    """A plain sandbox, and another that is reached through a proxy which may break things."""
    with (
        SandboxServer(SandboxConfig(api_key=SANDBOX_KEY, speed=1e7)) as old,
        bench(tmp_path, old.base_url, fault_proxy.base_url) as place,
    ):
        yield place


def test_a_row_that_is_refused_holds_no_other_and_is_asked_for_otherwise_by_the_same_command(
    faulty: MoveBench, fault_proxy: FaultProxy
) -> None:
    place = faulty
    old = [place.make(place.file(name)) for name in ("one", "two")]
    fault_proxy.script(CREATE, error_answer(400, commit=False))
    first = place.move()
    assert [bool(one.job_id) for one in first] == [False, True]
    (item,) = place.new.submissions.unfinished_items()
    assert "row 1 of 2 of move-" in item.sentence
    plan = place.plan(mapped={MODEL: "gpt-4o-mini-2024-07-18"})
    assert [row.state for row in plan.rows] == [NEW, MADE]
    assert plan.rows[0].replaces is not None and plan.rows[0].job.id == old[0].id
    (second,) = place.carry_out(plan)
    assert {job.model for job in place.jobs()} == {MODEL, "gpt-4o-mini-2024-07-18"}
    assert second.job_id and place.new.submissions.unfinished_items() == []
    assert place.left_behind() == []


def test_what_has_got_a_job_since_it_was_planned_is_not_asked_for_otherwise_as_well(
    faulty: MoveBench, fault_proxy: FaultProxy
) -> None:
    place = faulty
    place.make(place.file("one"))
    fault_proxy.script(CREATE, error_answer(400, commit=False))
    assert ids_of(place.move()) == [""]
    plan = place.plan(mapped={MODEL: "gpt-4o-mini-2024-07-18"})
    (begun,) = place.earlier().open_rows()
    recovered = place.new.submissions.recover(begun.id, "create", report=False)
    assert place.new.thread.wait(recovered) is not None  # by `fttui recover`, before the yes
    with pytest.raises(StaleActionError):
        place.carry_out(plan)
    assert [job.model for job in place.jobs()] == [MODEL]


def test_what_is_refused_for_all_stops_the_move_and_the_same_command_goes_on(
    faulty: MoveBench, fault_proxy: FaultProxy
) -> None:
    place = faulty
    for name in ("one", "two", "three"):
        place.make(place.file(name))
    fault_proxy.script(CREATE, None, error_answer(401, commit=False))
    assert len(place.move()) == 2
    assert [row.state for row in place.plan().rows] == [MADE, OPEN, OPEN]
    assert all(ids_of(place.move()))
    assert len(place.jobs()) == 3 and requests(fault_proxy, "POST /fine_tuning/jobs") == 4


def test_an_endpoint_that_asks_to_wait_is_waited_for_and_one_that_asks_for_long_is_left(
    faulty: MoveBench, fault_proxy: FaultProxy
) -> None:
    place = faulty
    for name in ("one", "two", "three", "four"):
        place.make(place.file(name))
    waits = [
        error_answer(429, commit=False, headers=(("retry-after", after),)) for after in ("0", "90")
    ]
    fault_proxy.script(CREATE, None, *waits)
    outcomes = place.move()
    assert [one.is_unknown for one in outcomes] == [False, True, True]
    assert requests(fault_proxy, "POST /fine_tuning/jobs") == 3
    plan = place.plan()
    assert [state_after(row, outcomes_by_row(outcomes)) for row in plan.rows[1:]] == [
        UNKNOWN,
        UNKNOWN,
        OPEN,
    ]
    assert [plan_cells(row)[-1] for row in plan.rows[2:]] == [
        "not known whether created",
        "begun, not created",
    ]
    assert len(plan.unpaid) == 1 and was_left(plan.rows[3], outcomes_by_row(outcomes))


def test_what_may_be_left_out_is_named_with_the_setting_that_does_it(
    faulty: MoveBench, fault_proxy: FaultProxy
) -> None:
    place = faulty
    place.make(place.file("one"), seed=7)
    told = b'{"error": {"message": "no", "type": "x", "param": "seed", "code": null}}'
    fault_proxy.script(CREATE, Fault("answer", False, 400, told))
    (refused,) = place.move()
    assert refused.error is not None and 'lacks = ["seed"]' in refused.error.hint


def test_it_goes_on_without_the_old_endpoint_once_it_was_agreed_to(
    faulty: MoveBench, fault_proxy: FaultProxy
) -> None:
    place = faulty
    jobs = [place.make(place.file(name)) for name in ("one", "two")]
    fault_proxy.script("POST /files$", error_answer(403, commit=False))
    assert [one.job_id for one in place.move()] == [""]
    assert len(place.left_behind()) >= 2  # files that are still to be sent
    named = place.begun(jobs[1].raw_id)
    assert [row.job.id for row in named.rows] == [jobs[1].id] and named.cost[1] == 0
    of_another_account = Moves(place.new).earlier(place.new)
    assert of_another_account.open_rows() == []
    assert all(row.model.model and row.state == OPEN for row in place.begun().rows)
    made = place.carry_out(place.begun())
    assert len(made) == 2 and all(one.job_id for one in made)
    assert place.left_behind() == []


def test_a_job_whose_answer_is_lost_or_is_anothers_is_looked_for_and_never_asked_for_twice(
    faulty: MoveBench, fault_proxy: FaultProxy
) -> None:
    place = faulty
    path = place.file("one")
    for epochs in (2, 3, 4):
        place.make(path, hyperparameters={"n_epochs": epochs})
    first = place.make(place.file("other"), hyperparameters={"n_epochs": 9})
    (done,) = place.move(first.raw_id)
    told = place.new.thread.wait(place.new.handle.retrieve_job(done.job_id))
    body = (
        f'{{"object": "fine_tuning.job", "id": "{told.raw_id}", "status": "queued", '
        f'"model": "{MODEL}", "training_file": "{told.training_file}"}}'
    )
    fault_proxy.calm()
    fault_proxy.script(
        CREATE, Fault("answer", False, 200, body.encode()), Fault("reset"), Fault("reset", False)
    )
    outcomes = place.move()
    assert [one.is_unknown for one in outcomes] == [True, False, True]
    made = {job.raw_id: job.hyperparameters.n_epochs for job in place.jobs()}
    assert made[outcomes[1].job_id] == 3 and len(made) == 2
    sent = requests(fault_proxy, "POST /fine_tuning/jobs")
    again = place.move()
    assert [one.is_unknown for one in again] == [True, True]
    assert requests(fault_proxy, "POST /fine_tuning/jobs") == sent
    rows = place.earlier().open_rows()
    assert [row.stage for row in rows] == [Stage.UNKNOWN, Stage.UNKNOWN]
    plan = place.plan()
    assert plan.unpaid == []
    agreed = replace(plan, is_again=True)
    assert len(agreed.unpaid) == 2
    made = ids_of(place.carry_out(agreed))
    assert all(made) and requests(fault_proxy, "POST /fine_tuning/jobs") == sent + 2
    assert sorted(job.hyperparameters.n_epochs or 0 for job in place.jobs()) == [2, 3, 4, 9]


def test_settings_of_the_template_are_those_of_a_profile() -> None:
    assert settings_of("nebius")["lacks"] and settings_of("mistral")["lacks"] == ["create"]
