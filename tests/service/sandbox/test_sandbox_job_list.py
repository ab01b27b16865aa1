import httpx2
import pytest
from openai import NotFoundError, OpenAI

from fttui.server import ManualClock, SandboxServer, fill_with_samples, seed_many_jobs


def _create(client: OpenAI, file: str, **extra: object) -> str:
    return client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=file, **extra).id  # type: ignore[arg-type]


def test_jobs_are_listed_newest_first_and_paged(
    client: OpenAI, clock: ManualClock, training_file: str
) -> None:
    made = []
    for number in range(7):
        made.append(_create(client, training_file))
        clock.advance(number % 2)
    assert [job.id for job in client.fine_tuning.jobs.list()] == made[::-1]
    page = client.fine_tuning.jobs.list(limit=3, after=made[5])
    assert [job.id for job in page.data] == [made[4], made[3], made[2]]
    assert page.has_more
    last = client.fine_tuning.jobs.list(limit=3, after=made[3])
    assert (len(last.data), last.has_more) == (3, False)


def test_jobs_are_found_by_their_metadata(client: OpenAI, training_file: str) -> None:
    tagged = _create(client, training_file, metadata={"fttui_submission": "u-1", "team": "x"})
    other = _create(client, training_file, metadata={"team": "x"})
    bare = _create(client, training_file)
    empty = _create(client, training_file, metadata={})

    def found(metadata: dict[str, str]) -> list[str]:
        return [job.id for job in client.fine_tuning.jobs.list(metadata=metadata)]

    assert found({"fttui_submission": "u-1"}) == [tagged]
    assert found({"team": "x"}) == [other, tagged]
    assert found({"team": "x", "fttui_submission": "u-1"}) == [tagged]
    assert found({"team": "y"}) == []
    none = client.fine_tuning.jobs.list(extra_query={"metadata": "null"})
    assert [job.id for job in none] == [empty, bare]


def test_a_filter_matches_as_the_document_writes_it(
    http: httpx2.Client, client: OpenAI, training_file: str
) -> None:
    tagged = _create(client, training_file, metadata={"a": "b", "c[d]": "e"})
    _create(client, training_file)
    for query in (
        "metadata[a]=b",
        "metadata%5Ba%5D=b",
        "metadata[c[d]]=e",
        "metadata[a]=b&limit=5",
    ):
        page = http.get(f"/fine_tuning/jobs?{query}").json()
        assert [job["id"] for job in page["data"]] == [tagged]


def test_a_filtered_list_is_paged_too(client: OpenAI, training_file: str) -> None:
    made = [_create(client, training_file, metadata={"a": "b"}) for _ in range(5)]
    listed = client.fine_tuning.jobs.list(metadata={"a": "b"}, limit=2)
    assert [job.id for job in listed] == made[::-1]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=x", "limit"),
        ("status=running", "status"),
        ("metadata=x", "metadata"),
        ("metadata[a][b]=x", "metadata.a"),
    ],
)
def test_a_wrong_parameter_is_named(http: httpx2.Client, query: str, param: str) -> None:
    answer = http.get(f"/fine_tuning/jobs?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


def test_an_unknown_cursor_is_not_found(client: OpenAI) -> None:
    with pytest.raises(NotFoundError):
        client.fine_tuning.jobs.list(after="ftjob-none")


def test_the_samples_show_every_status(client: OpenAI, server: SandboxServer) -> None:
    assert fill_with_samples(server) == 14
    jobs = list(client.fine_tuning.jobs.list())
    assert {job.status for job in jobs} == {
        "succeeded",
        "failed",
        "cancelled",
        "paused",
        "running",
        "queued",
    }
    assert {job.method.type for job in jobs if job.method} == {"supervised", "dpo"}
    assert fill_with_samples(server) == 0, "samples are for an empty sandbox only"
    for job in jobs:
        if job.status == "succeeded":
            assert client.models.retrieve(job.fine_tuned_model or "")
            assert client.files.content(job.result_files[0]).content
        assert client.files.retrieve(job.training_file).status == "processed"
    errors = {job.error.code for job in jobs if job.error and job.error.code}
    assert errors == {"invalid_n_examples", "invalid_file_format"}


def test_the_samples_go_on_by_the_clock(
    client: OpenAI, server: SandboxServer, clock: ManualClock
) -> None:
    fill_with_samples(server)
    clock.advance(3600)
    statuses = [job.status for job in client.fine_tuning.jobs.list(limit=2).data]
    assert statuses == ["succeeded", "succeeded"]


def test_many_jobs_are_added_behind_those_that_are_there(
    client: OpenAI, server: SandboxServer
) -> None:
    fill_with_samples(server)
    samples = [job.id for job in client.fine_tuning.jobs.list()]
    assert seed_many_jobs(server, 300) == 300
    listed = [job.id for job in client.fine_tuning.jobs.list(limit=100)]
    assert listed[: len(samples)] == samples
    assert len(set(listed)) == 314
    newest = client.fine_tuning.jobs.retrieve(listed[len(samples)])
    assert newest.status in ("succeeded", "failed", "cancelled")


@pytest.mark.parametrize(
    "query",
    ["jobs?limit=100", "jobs?limit=100&after=LAST", "jobs?metadata=null&after=LAST",
     "jobs?metadata[a]=b&after=LAST"],
)  # fmt: skip
def test_every_page_is_read_from_an_index(
    http: httpx2.Client, server: SandboxServer, query: str
) -> None:
    seed_many_jobs(server, 20)
    last = http.get("/fine_tuning/jobs?limit=5").json()["data"][-1]["id"]
    statements: list[str] = []
    server.call(lambda sandbox: sandbox.database.trace(statements.append))
    assert http.get(f"/fine_tuning/{query.replace('LAST', last)}").status_code == 200
    server.call(lambda sandbox: sandbox.database.trace(None))
    assert statements
    for statement in statements:
        plan = server.call(
            lambda sandbox, sql=statement: sandbox.database.all(f"EXPLAIN QUERY PLAN {sql}")
        )
        steps = [row["detail"] for row in plan]
        # What a metadata filter finds is sorted after the search; everything else comes sorted.
        assert "metadata[" in query or not any("TEMP B-TREE" in step for step in steps), steps
        assert not any(step.startswith("SCAN") and "INDEX" not in step for step in steps), steps


def test_jobs_that_have_ended_are_listed_each_time_as_they_are_told_alone(
    client: OpenAI, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fttui.server.jobs.ready._MOST", 20)  # more are listed than are kept
    seed_many_jobs(server, 30)

    def listed() -> list[dict[str, object]]:
        return [job.to_dict() for job in client.fine_tuning.jobs.list(limit=12)]

    first = listed()
    assert len(first) == 30 and {job["status"] for job in first} > {"succeeded", "failed"}
    assert listed() == first
    for job in first:
        assert client.fine_tuning.jobs.retrieve(str(job["id"])).to_dict() == job


def test_a_job_that_goes_on_is_listed_as_it_is_each_time(
    client: OpenAI, clock: ManualClock, training_file: str
) -> None:
    job = _create(client, training_file)
    seen: list[str] = []
    while not seen or seen[-1] != "succeeded":
        seen.append(client.fine_tuning.jobs.list().data[0].status)
        clock.advance(5)
    assert dict.fromkeys(seen).keys() >= {"queued", "running", "succeeded"}
    assert client.fine_tuning.jobs.list().data[0].id == job
