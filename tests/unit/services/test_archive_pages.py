"""The pages of an archive: all that is known, nothing loaded, and no text that is markup."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from archives import event_records, job_record
from fttui.services.archive import pages
from fttui.services.archive.markup import escaped, link
from fttui.services.archive.pages import FileRow, IndexHeader, JobRow, index_page, job_page
from fttui.services.endpoint.models import (
    Checkpoint,
    Job,
    JobEvent,
    Metrics,
    Model,
    Status,
    TrainingFile,
)

SAVED = datetime(2026, 11, 26, 13, tzinfo=UTC)
HEADER = IndexHeader("api.example", "https://api.example/v1", SAVED, {"jobs": 1}, "1a2b3c4d")
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'none'; base-uri 'none';"
    " form-action 'none'"
)
HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "\"><svg onload='alert(1)'>",
    "'--><style>*{display:none}</style>",
    "</title></style></table><a href=javascript:alert(1)>",
    "\u202egpj.exe\u2066",
    "\x1b[2J\x1b]0;x\x07\x00",
    "\ud800 lone",
    "&lt;b&gt; &amp; &#60;",
    "x" * 100_000,
    "<" * 100_000,
]
VOID = {"meta", "br"}
ALLOWED = frozenset(
    {"html", "head", "meta", "title", "style", "body", "main", "nav", "h1", "h2", "h3", "p", "ul"}
    | {"span", "small", "strong", "br", "time", "a", "li", "table", "thead", "tbody", "tr", "th"}
    | {"td", "svg", "text", "path", "polyline", "circle", "rect"}
)


class Page(HTMLParser):
    """Reads a page; fails where an element is not closed, or is none that pages are made of."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.cells: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def read(text: str) -> Page:
    """The page, after what holds for each of them."""
    page = Page(text)
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n')
    assert ("meta", "content", POLICY) in page.attributes
    assert "<script" not in text
    assert "url(" not in text
    names = {name for _tag, name, _value in page.attributes}
    assert not names & {"src", "style", "srcset", "action", "id"}
    assert not [name for name in names if name.startswith("on")]
    for _tag, _name, value in page.attributes:
        assert "://" not in value
    for target in page.links:
        assert not target.startswith(("/", "#", "?")) and ":" not in target
    for start in text.split("<svg")[1:]:
        ElementTree.fromstring("<svg" + start.partition("</svg>")[0] + "</svg>")
    text.encode()  # no half of a surrogate pair
    assert not set(text) & set("\x1b\x00\x07\u202e\u2066")
    return page


def job(**told: Any) -> Job:
    found = Job.read(job_record(1, **told))
    assert found is not None
    return found


def events(count: int) -> list[JobEvent]:
    return [one for record in event_records("1", count) if (one := JobEvent.read(record))]


def page_of(
    of: Job | None = None,
    told: list[JobEvent] | tuple[()] = (),
    checkpoints: list[Checkpoint] | tuple[()] = (),
    metrics: list[Metrics] | tuple[()] = (),
    links: list[tuple[str, str]] | tuple[()] = (),
    missing: list[tuple[str, str]] | tuple[()] = (),
) -> Page:
    return read(job_page(of or job(), told, checkpoints, metrics, links, missing))


def index_of(*rows: JobRow, **parts: Any) -> Page:
    return read("".join(index_page(HEADER, rows, parts.pop("missing", ()), **parts)))


def test_a_job_s_page_tells_all_that_the_endpoint_told() -> None:
    record = {
        "metadata": {"team": "support"},
        "seed": 42,
        "validation_file": "file-v",
        "result_files": ["file-r1", "file-r2"],
        "organization_id": "org-1",
        "method": {"type": "supervised"},
        "hyperparameters": {"n_epochs": 3, "batch_size": 8, "learning_rate_multiplier": 0.5},
        "status": "failed",
        "error": {"code": "invalid_n_examples", "message": "Too few.", "param": "training_file"},
    }
    checkpoint = Checkpoint("ckpt-1", "ft:ckpt", 1200, SAVED, Metrics(train_loss=0.5, valid_loss=2))
    page = page_of(job(**record), events(3), [checkpoint])
    for words in (
        *("ftjob-0001", "gpt-4.1-mini-2025-04-14", "desk-1", "✗ failed", "took 10m 00s"),
        *("· team", "support", "42", "file-0001", "file-v", "file-r1 file-r2", "org-1"),
        *("supervised", "Epochs", "Batch size", "Learning rate multiplier", "0.5", "1,001"),
        *("invalid_n_examples (parameter training_file)", "Too few.", "Add or remove examples"),
        *("ckpt-1", "ft:ckpt", "1,200", "0.5000", "2026-11-26 13:00", "2026-09-21 14:30:00 UTC"),
        *("Step 1/3: training loss=2.00", "2026-09-21 14:13:21"),
        *("training: last 0.6667, min 0.6667 at 3, 3 points",),
    ):
        assert words in page.text, words
    assert page.links == ["../../index.html"]


def test_settings_that_only_some_jobs_or_endpoints_have_stand_there_too() -> None:
    settings = {"reasoning_effort": "low", "eval_samples": 4, "lora_r": 8, "<b>x</b>": 1}
    page = page_of(job(method={"type": "reinforcement"}, hyperparameters=settings), [], [])
    for words in ("Reasoning effort", "Eval samples (eval_samples)", "lora_r", "8", "<b>"):
        assert words in page.text, words


def test_the_same_job_gives_the_same_page_in_every_time_zone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import time

    made = []
    for zone in ("UTC", "Pacific/Auckland"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        running = job(status="running", finished_at=None)
        made.append(job_page(running, events(2), (), (), (), ()))
        made[-1] += "".join(index_page(HEADER, [JobRow(running, "jobs/x")], ()))
    monkeypatch.undo()
    time.tzset()
    assert made[0] == made[1]


def test_what_could_not_be_had_stands_with_its_reason() -> None:
    missing = [("events", "no permission"), ("content of file-1", "deleted")]
    assert "What could not be had" not in page_of().text
    for page in (page_of(missing=missing), index_of(missing=missing)):
        assert "What could not be had" in page.text
        assert "events: no permission\n" in page.text
        assert "content of file-1: deleted\n" in page.text


def test_a_job_without_anything_says_so() -> None:
    page = page_of(Job("", status=Status("cancelled")))
    for words in ("none: nothing can be asked", "told of no step", "No checkpoints", "No events."):
        assert words in page.text


def test_of_many_events_the_last_are_shown_and_where_the_others_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "MOST_EVENTS", 3)
    page = page_of(told=events(5))
    assert "Step 2/5" not in page.text
    assert page.text.index("Step 3/5") < page.text.index("Step 5/5")
    assert "2 events before these are in events.jsonl." in page.text
    assert page.links == ["../../index.html", "events.jsonl"]
    assert "before these" not in page_of(told=events(3)).text


def test_links_lead_to_the_raw_files() -> None:
    page = page_of(links=[("raw", "job.json"), ("file-1", "../../contents/ab.jsonl")])
    assert page.links[1:] == ["job.json", "../../contents/ab.jsonl"]


@pytest.mark.parametrize(
    ("path", "made"),
    [
        ("a b#c?d.jsonl", "a%20b%23c%3Fd.jsonl"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("jobs/x/index.html", "jobs/x/index.html"),
        ('"><b>', "%22%3E%3Cb%3E"),
    ],
)
def test_a_path_is_quoted_so_that_no_address_is_made_of_it(path: str, made: str) -> None:
    assert Page(link(path, "x")).links == [made]


@pytest.mark.parametrize(
    "path",
    [
        *("", "/etc/passwd", "//evil.example", "../../../x", "a/../../x", "a//b", ".", ".."),
        *("\ud800", "a/./b", "a\nb", "a/b/c/d/e", ".hidden"),
    ],
)
def test_a_path_that_is_none_in_an_archive_is_no_link(path: str) -> None:
    page = Page(link(path, "x<y"))
    assert (page.links, page.text) == ([], "x<y")


def test_a_text_can_stand_in_an_attribute() -> None:
    assert escaped("\"'<>&") == "&quot;&#x27;&lt;&gt;&amp;"


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text_wherever_it_stands(text: str) -> None:
    metrics = Metrics(step=1, train_loss=1.0)
    hostile = Job(
        id=text,
        status=Status(text),
        model=text,
        fine_tuned_model=text,
        suffix=text,
        method=text,
        training_file=text,
        result_files=(text, text),
        organization_id=text,
        metadata={text: text},
    )
    hostile = replace(
        hostile, error=replace(job(error={"code": "x"}).error, code=text, message=text, param=text)
    )
    event = JobEvent(text, level=text, message=text, type=text, metrics=metrics)
    page_of(
        hostile,
        [event],
        [Checkpoint(text, text, metrics=metrics)],
        [metrics],
        [(text, text)],
        [(text, text)],
    )
    header = IndexHeader(text, text, SAVED, {}, text)
    made = index_page(
        header,
        [JobRow(hostile, "jobs/x")],
        [(text, text)],
        [Model(text, owned_by=text, shutdown_date=text)],
        [
            FileRow(TrainingFile(text, filename=text, purpose=text), [(text, text)]),
            FileRow(TrainingFile(text), reason=text),
        ],
    )
    page = read("".join(made))
    assert len(page.text) < 40_000


def test_the_index_tells_jobs_models_and_files() -> None:
    page = index_of(
        JobRow(job(), "jobs/ftjob-0001"),
        JobRow(job(id="ftjob-2", fine_tuned_model=None, status="running"), "jobs/ftjob-2"),
        models=[Model("gpt-4.1", owned_by="system", shutdown_date="2027-01-14")],
        files=[
            FileRow(
                TrainingFile("file-1", filename="desk.jsonl", size=1500, purpose="fine-tune"),
                [("content", "contents/ab.csv"), ("decoded", "contents/cd.csv")],
            ),
            FileRow(TrainingFile("file-2"), reason="deleted at the endpoint"),
        ],
    )
    for words in (
        *("Fine-tuning jobs of api.example", "https://api.example/v1, account 1a2b3c4d"),
        *("✓ succeeded", "● running", "desk-1", "ftjob-0001", "1,001", "2026-09-21 14:30"),
        *("gpt-4.1", "system", "2027-01-14", "desk.jsonl", "1.5 kB", "deleted at the endpoint"),
    ):
        assert words in page.text, words
    assert page.links == [
        "jobs/ftjob-0001/index.html",
        "jobs/ftjob-2/index.html",
        "contents/ab.csv",
        "contents/cd.csv",
    ]


def test_the_date_of_saving_stands_in_one_element_of_the_index_and_on_no_other_page() -> None:
    made = "".join(index_page(HEADER, [JobRow(job(), "jobs/x")], ()))
    when = '<time datetime="2026-11-26T13:00:00Z">2026-11-26 13:00 UTC</time>'
    assert made.count("<time") == made.count(when) == 1
    later = "".join(
        index_page(
            replace(HEADER, saved=datetime(2027, 1, 2, 3, 4, tzinfo=UTC)),
            [JobRow(job(), "jobs/x")],
            (),
        )
    )
    assert (
        later.replace('<time datetime="2027-01-02T03:04:00Z">2027-01-02 03:04 UTC</time>', when)
        == made
    )
    assert "<time" not in job_page(job(), events(2), (), (), (), ())


def test_an_empty_index_says_so() -> None:
    page = index_of()
    for words in ("There are no fine-tuning jobs.", "No model is told of.", "No file is told of."):
        assert words in page.text
    assert "<table" not in page.text


def test_the_index_of_many_jobs_is_never_held_whole() -> None:
    one = job()

    def rows() -> Iterator[JobRow]:
        for number in range(1000):
            yield JobRow(one, f"jobs/ftjob-{number}")

    tracemalloc.start()
    try:
        length = sum(len(piece) for piece in index_page(HEADER, rows(), ()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert length > 300_000
    assert peak < 100_000
