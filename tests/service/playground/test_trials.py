"""A file's examples as prompts: which can be tried, what that costs, and how a run of them ends."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fttui.disk.writing import NotWritten
from fttui.services.playground.differences import differences, is_exact
from fttui.services.playground.stop import Stop
from fttui.services.playground.trial_files import read_trials
from fttui.services.playground.trial_results import results_file
from fttui.services.playground.trial_runs import run_kept_trials
from fttui.services.playground.trial_types import TrialPlan, TrialResult, TrialSummary
from fttui.services.playground.trials import plan_trials, run_trials
from fttui.services.playground.types import Answer, ChatOptions, Message
from fttui.services.session import Session
from fttui.services.tuned_models.asking import ask_models_briefly
from scripted_chat import DONE, Reply, ScriptedChat, chunk, refusal, usage

Runs = Callable[..., tuple[TrialSummary, list[TrialResult]]]

USER = {"role": "user", "content": "Q"}
FINE = Reply([chunk(" A\n"), chunk(finish="stop"), usage(5, 1), DONE])


def write(path: Path, *rows: Any) -> Path:
    """A file with these rows, each JSON or a line as it is."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def example(answer: Any, **more: Any) -> dict[str, Any]:
    return {"messages": [USER, {"role": "assistant", "content": answer, **more}]}


def test_examples_of_every_format_are_prompts_with_what_they_expect(tmp_path: Path) -> None:
    preferred = [{"role": "assistant", "content": "Good"}]
    tools = [{"type": "function", "function": {"name": "f"}}]
    told = {
        "chat": {**example([{"type": "text", "text": "A"}], weight=1), "tools": tools},
        "preference": {
            "input": {"messages": [USER], "tools": tools},
            "preferred_output": preferred,
            "non_preferred_output": [{"role": "assistant", "content": "Bad"}],
        },
        "completion": {"prompt": "Once", "completion": " upon"},
        "reinforcement": {"messages": [USER], "reference_answer": 4, "other": "x"},
    }
    found = {}
    for name, row in told.items():
        trials = read_trials(write(tmp_path / name, "", row), 10)
        (trial,) = trials.trials
        found[trials.format] = (trial.line, trial.example, trial.expected, bool(trial.tools))
        assert [message.to_json() for message in trial.messages][-1]["role"] == "user"
    assert found == {
        "chat": (2, 1, "A", True),
        "preference": (2, 1, "Good", True),
        "completion": (2, 1, " upon", False),
        "reinforcement": (2, 1, "4", False),
    }


def test_what_cannot_be_tried_is_named_with_its_line_and_reason(tmp_path: Path) -> None:
    path = write(
        tmp_path / "f",
        "\ufeff" + json.dumps(example("A")),
        "{",
        example(None, tool_calls=[{}]),
        {"messages": [USER, {"role": "tool", "content": "x"}]},
        {"messages": [{"role": "assistant", "content": "A"}]},
        {"messages": ["x"]},
        [1],
        '{"messages": "' + "x" * (5 << 20) + '"}',
        {"messages": example("A")["messages"], "tools": [json.loads("[" * 99 + "]" * 99)]},
        example("B"),
        example("C"),
    )
    trials = read_trials(path, 2)
    assert [trial.expected for trial in trials.trials] == ["A", "B"]
    assert trials.is_cut
    assert trials.skipped == (
        (2, "it is no JSON"),
        (3, "its answer calls a tool"),
        (4, "it does not end with an answer"),
        (5, "it has nothing before its answer"),
        (6, "one of its messages has no role"),
        (7, "it is no example of a known format"),
        (8, "it is longer than 4 MB"),
        (9, "it nests lists and objects deeper than 64 levels"),
    )


def test_only_answers_that_are_trained_are_expected(tmp_path: Path) -> None:
    turns = [USER, {"role": "assistant", "content": "A"}, USER]
    more = {"messages": [*turns, {"role": "assistant", "content": "aside", "weight": 0}]}
    none = example("A", weight=0)
    trials = read_trials(write(tmp_path / "f", more, none), 9)
    assert [(one.expected, len(one.messages)) for one in trials.trials] == [("A", 1)]
    assert trials.skipped == ((2, "all its answers have the weight 0"),)


def test_what_nobody_can_see_is_no_difference() -> None:
    ours, theirs = "Caf\u00e9\r\nopen ", " Cafe\u0301\nopen"
    assert is_exact(ours, theirs)
    assert not is_exact(ours, theirs.lower())
    assert {piece.kind for piece in differences(ours, theirs.strip() + " ")} == {"same"}


@pytest.fixture
def runs(chat: ScriptedChat, chats: Session, tmp_path: Path) -> Runs:
    """Try `count` examples, whose answer is A, with `models`; these are the replies."""

    def ran(
        *replies: Reply, count: int = 6, models: tuple[str, ...] = ("m",), **more: Any
    ) -> tuple[TrialSummary, list[TrialResult]]:
        chat.replies = list(replies)
        trials = read_trials(write(tmp_path / "t", *[example("A")] * count), 100).trials
        plan = plan_trials(chats, trials, models, ChatOptions())
        results: list[TrialResult] = []
        take = more.pop("take", results.append)
        return chats.thread.wait(run_trials(chats, plan, take, **more), 30), results

    return ran


def test_at_most_two_calls_are_in_flight_and_exact_answers_are_counted(
    runs: Runs, chat: ScriptedChat
) -> None:
    other = Reply([chunk("B"), chunk(finish="stop"), DONE])
    summary, results = runs(other, FINE, count=5, models=("m", "n", "m"))
    assert chat.most_at_once <= 2
    assert len(results) == len(chat.bodies) == summary.planned == 10
    assert sum(tally.exact for tally in summary.tallies) == 9
    assert [tally.calls for tally in summary.tallies] == [5, 5]
    assert not summary.ended_early
    assert chat.bodies[0]["messages"] == [USER]


@pytest.mark.parametrize(
    ("reply", "most", "said"),
    [
        (refusal(401, "Bad key"), 2, "does not accept the key"),
        (refusal(403, "No"), 2, "does not permit"),
        (refusal(404, "model m does not exist"), 2, "does not know it"),
        (refusal(500, "Oops"), 4, "HTTP 500"),
    ],
)
def test_a_refusal_that_all_calls_would_meet_ends_the_run(
    runs: Runs, chat: ScriptedChat, reply: Reply, most: int, said: str
) -> None:
    summary, results = runs(reply, count=20)
    assert said in summary.ended_early
    assert summary.hint
    assert len(results) == len(chat.bodies) <= most


def test_one_failure_ends_nothing_and_a_model_that_is_gone_ends_its_own_calls(
    runs: Runs, chat: ScriptedChat
) -> None:
    summary, _results = runs(refusal(500, "Oops"), FINE)
    assert (summary.tallies[0].calls, summary.tallies[0].failed) == (6, 1)
    assert not summary.ended_early
    gone = refusal(404, "model does not exist")
    summary, _results = runs(gone, FINE, models=("m", "n"))
    lost = next(tally for tally in summary.tallies if tally.failed)
    assert [tally.calls for tally in summary.tallies if tally is not lost] == [6]
    assert lost.calls <= 2
    assert "does not know" in summary.ended_early


def test_a_call_that_was_too_many_is_made_again_after_its_wait(
    runs: Runs, chat: ScriptedChat
) -> None:
    slow = refusal(429, "Slow down", Retry_After="0")
    _summary, results = runs(slow, slow, FINE, count=3)
    assert len(chat.bodies) == 5
    assert all(result.is_exact for result in results)
    _summary, results = runs(slow, count=1, waits=(0.0,))
    assert results[0].answer.error_status == 429


def test_a_run_that_is_stopped_hands_over_what_its_calls_had(
    runs: Runs, chat: ScriptedChat
) -> None:
    stop = Stop()
    results: list[TrialResult] = []

    def take(result: TrialResult) -> None:
        results.append(result)
        stop.ask()

    held = Reply([chunk("half")], hold=True)
    summary, _unused = runs(FINE, held, count=9, stop=stop, take=take)
    assert summary.is_stopped
    assert summary.calls == len(results) <= 3
    assert {result.answer.stopped for result in results[1:]} <= {True}


def test_a_run_that_has_more_tokens_than_were_agreed_to_ends(
    runs: Runs, chat: ScriptedChat
) -> None:
    greedy = Reply([chunk("A"), chunk(finish="stop"), usage(5, 2000), DONE])
    summary, _results = runs(greedy, count=6)
    assert "answered 4,000, and 3,072 were agreed to" in summary.ended_early
    assert len(chat.bodies) <= 3


def test_the_highest_price_of_a_plan_is_that_of_all_its_calls(
    session: Session, tmp_path: Path
) -> None:
    trials = read_trials(write(tmp_path / "t", *[example("A")] * 10), 100).trials
    session.thread.wait(ask_models_briefly(session))
    fine_tuned = "ft:gpt-4o-mini-2024-07-18:org::1"
    plan = plan_trials(session, trials, ("gpt-4o-mini", fine_tuned), ChatOptions(max_tokens=100))
    assert (plan.calls, plan.most_tokens) == (20, 2_000)
    prompts = plan.prompt_tokens
    assert prompts is not None
    expected = (0.15 + 0.30) * prompts / 2 / 1e6 + (0.6 + 1.2) * 1_000 / 1e6
    assert plan.dollars == pytest.approx(expected)
    assert "20 calls (10 examples × 2 models)" in plan.text
    unknown = plan_trials(session, trials, ("gpt-4o-mini", "llama"), ChatOptions())
    assert unknown.dollars is None
    assert "price not known" in unknown.text


def test_the_highest_price_counts_the_tools_of_each_example_and_no_model_that_is_not_asked(
    session: Session, tmp_path: Path
) -> None:
    session.thread.wait(ask_models_briefly(session))
    described = {"name": "f", "description": "word " * 200}
    tools = {"tools": [{"type": "function", "function": described}]}
    file = write(tmp_path / "t", example("A"), {**example("B"), **tools})
    results = tmp_path / "results"

    def planned(count: int, *models: str) -> TrialPlan:
        trials = read_trials(file, count).trials
        return plan_trials(session, trials, models, ChatOptions(max_tokens=100), results)

    first, both = planned(1, "gpt-4o-mini"), planned(2, "gpt-4o-mini")
    assert (both.prompt_tokens or 0) > 2 * (first.prompt_tokens or 0) + 200
    (trial,) = read_trials(file, 1).trials
    with results_file(results) as add:
        add(TrialResult(trial, "llama", Answer("llama", "A"), True, first.asked))
    plan = planned(1, "gpt-4o-mini", "llama")
    assert (plan.calls, plan.dollars) == (1, first.dollars)


def test_each_result_is_in_the_file_at_once_and_nothing_is_overwritten(
    runs: Runs, tmp_path: Path
) -> None:
    path = tmp_path / "results.jsonl"
    _summary, results = runs(FINE, count=2)
    with results_file(path) as add:
        add(results[0])
        told = json.loads(path.read_text())
        assert (told["expected"], told["answer"], told["exact"]) == ("A", " A\n", True)
        assert told["messages"] == [Message("user", "Q").to_json()]
    with pytest.raises(NotWritten, match="not overwritten"), results_file(path):
        pass
    with results_file(tmp_path / "empty"):
        pass
    assert not (tmp_path / "empty").exists()


def test_a_run_is_gone_on_with_and_what_is_answered_is_not_sent_again(
    chat: ScriptedChat, chats: Session, tmp_path: Path
) -> None:
    results = tmp_path / "results.jsonl"
    rows = [example("A"), example("B"), example("A"), example("C")]
    file = write(tmp_path / "t", *rows)

    def planned(*, models: tuple[str, ...] = ("m",), **options: Any) -> TrialPlan:
        trials = read_trials(file, 100).trials
        return plan_trials(chats, trials, models, ChatOptions(**options), results)

    def ran(plan: TrialPlan, *replies: Reply, **more: Any) -> TrialSummary:
        chat.replies, chat.bodies = [*replies], []
        run = run_kept_trials(chats, plan, results, lambda result: None, **more)
        return chats.thread.wait(run, 30)

    ran(planned(), refusal(500, "Oops"), FINE)
    with pytest.raises(NotWritten, match="changed since"):
        stale = planned()
        results.write_bytes(results.read_bytes() + b"\n")
        ran(stale, FINE)
    plan = planned()
    assert (plan.calls, len(plan.kept), chat.bodies) == (1, 3, [])
    assert plan.earlier is not None and (plan.earlier.failed, plan.earlier.unseen) == (1, 0)
    write(file, "", *rows[1:], rows[0])  # moved, which changes no example
    assert planned().calls == 1
    write(file, {**rows[0], "tools": [{}]}, example("D"), *rows[2:])
    assert planned(models=("m", "n")).calls == 4 + 2
    for other in ({"temperature": 1.0}, {"max_tokens": 9}, {"stop": ("x",)}):
        with pytest.raises(NotWritten, match="not overwritten"):
            planned(**other)
    write(file, *rows)
    kept = results.read_bytes()
    results.write_bytes(b"\xef\xbb\xbf" + kept.replace(b"\n", b"\r\n"))  # saved by an editor
    assert planned().calls == 1
    results.write_bytes(kept.replace(b"A", b"\xc4"))  # in another encoding
    with pytest.raises(NotWritten, match="not overwritten"):
        planned()
    results.write_bytes(kept)
    summary = ran(planned(), FINE)
    assert (len(chat.bodies), summary.calls, summary.kept) == (1, 1, 3)
    assert planned().calls == 0
    results.unlink()
    results.symlink_to(file)
    with pytest.raises(NotWritten, match="not overwritten"):
        planned()


def test_what_is_no_file_of_results_is_left_as_it_is(chats: Session, tmp_path: Path) -> None:
    trials = read_trials(write(tmp_path / "t", example("A")), 9).trials
    for content in (json.dumps(example("A")), '{"mess', "1\n", "\0" * 99):
        path = tmp_path / "other"
        path.write_text(content)
        with pytest.raises(NotWritten, match="not overwritten"):
            plan_trials(chats, trials, ("m",), ChatOptions(), path)
    for content in ("", '{"exam', '{"torn": "{"}\n'):
        path.write_text(content)
        plan = plan_trials(chats, trials, ("m",), ChatOptions(), path)
        assert plan.calls == 1 and plan.earlier is not None
        with pytest.raises(NotWritten, match="another run"), results_file(path, plan.earlier):
            plan_trials(chats, trials, ("m",), ChatOptions(), path)
        mended = path.read_text()
        assert mended.endswith("\n") or not content
        assert content in mended or json.loads(mended)["torn"] == content


def test_a_result_that_cannot_be_written_ends_the_run_and_is_told(
    chat: ScriptedChat, chats: Session, tmp_path: Path
) -> None:
    chat.replies = [FINE]
    trials = read_trials(write(tmp_path / "t", *[example("A")] * 9), 99).trials
    plan = plan_trials(chats, trials, ("m",), ChatOptions())
    results: list[TrialResult] = []
    path = tmp_path / "results"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1200, before[1]))
    try:
        run = run_kept_trials(chats, plan, path, results.append)
        summary = chats.thread.wait(run, 30)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    written = len(path.read_bytes().splitlines())
    assert 0 < written < len(results) <= written + 2
    assert summary.unwritten == len(results) - written
    assert "cannot be written" in summary.ended_early
