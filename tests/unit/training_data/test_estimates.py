"""Epochs, billable tokens and cost, worked out again for every change of the form."""

import itertools
import json
from pathlib import Path

import pytest

from fttui.training_data.models import Estimate, Price, default_epochs, estimate, price_of
from fttui.training_data.tally import bars, describe
from unit.training_data.training_samples import CHAT, REINFORCEMENT, check, many, write

DAY = "2026-01-01"


@pytest.mark.parametrize(
    ("examples", "epochs"),
    [
        (0, 3),
        (1, 25),
        (3, 25),
        (4, 25),
        (10, 10),
        (33, 3),
        (34, 3),
        (8_333, 3),
        (8_334, 2),
        (30_000, 1),
    ],
)
def test_default_epochs_follow_the_cookbooks_rule(examples: int, epochs: int) -> None:
    assert default_epochs(examples) == epochs


@pytest.mark.parametrize(
    ("model", "price"),
    [
        ("gpt-4o-mini-2024-07-18", 3.0),
        ("gpt-4o-2024-08-06", 25.0),
        ("gpt-4.1-mini", 5.0),
        ("ft:gpt-4.1-nano-2025-04-14:org::x", 1.5),
        ("gpt-3.5-turbo-0125", 8.0),
        ("gpt-3.5-turbo-1106", 8.0),
        ("gpt-4.1-mini-0125", 5.0),
        ("gpt-4.1-2025-04-14", 25.0),
        ("davinci-002", 6.0),
        ("babbage-002", 0.4),
        ("GPT-4o-Mini", 3.0),
        ("gpt-4o-3", None),
        ("gpt-4o2", None),
        ("gpt-4o-audio-preview", None),
        ("llama-3", None),
        (None, None),
    ],
)
def test_a_model_has_the_price_of_its_family(model: str | None, price: float | None) -> None:
    found = price_of(model)
    assert (found.per_million if found else None) == price


def test_the_users_prices_come_first() -> None:
    prices = {"llama-3": Price(1.0, "2026-01-01"), "gpt-4o-mini": Price(2.0, DAY)}
    assert price_of("llama-3", prices) == Price(1.0, "2026-01-01")
    assert price_of("gpt-4o-mini-2024-07-18", prices) == Price(2.0, DAY)
    assert price_of("gpt-4o", prices) == Price(25.0, "2026-11-22")


def test_a_price_table_may_be_written_in_upper_case_and_its_longest_name_wins() -> None:
    prices = {
        "My-Model": Price(1.0, DAY),
        "My-Model-2": Price(2.0, DAY),
        "MY-MODEL-2-2026": Price(3.0, DAY),
    }
    assert price_of("my-model", prices) == Price(1.0, DAY)
    assert price_of("My-model-2", prices) == Price(2.0, DAY)
    assert price_of("my-model-2-2026", prices) == Price(3.0, DAY)
    turned = dict(reversed(prices.items()))
    assert price_of("my-model-2-2026", turned) == Price(3.0, DAY)
    assert price_of("my-model-20", turned) == Price(1.0, DAY)


def test_the_cost_is_price_times_tokens_times_epochs(tmp_path: Path) -> None:
    report = check(tmp_path, many(CHAT), count_tokens=True)
    assert report.tokens is not None
    told = estimate(report, model="gpt-4o-mini")
    assert told.epochs == 3
    assert told.epochs_are_default
    assert told.billable_tokens == report.tokens.total * 3
    assert told.usd == pytest.approx(report.tokens.total * 3 * 3.0 / 1e6)
    assert told.exact
    chosen = estimate(report, model="gpt-4o-mini", epochs=5)
    assert chosen.billable_tokens == report.tokens.total * 5
    assert not chosen.epochs_are_default
    assert estimate(report, model="llama").usd is None
    assert not estimate(report, model="gpt-3.5-turbo").exact


def test_examples_over_the_limit_are_billed_up_to_it(tmp_path: Path) -> None:
    long = {"messages": [*CHAT["messages"][:2], {"role": "assistant", "content": "hi " * 17_000}]}
    report = check(tmp_path, [*many(CHAT), long], count_tokens=True)
    assert report.tokens is not None
    told = estimate(report, model="gpt-3.5-turbo", epochs=1)
    assert told.truncated_examples == 1
    assert told.tokens_per_epoch == report.tokens.total - (report.tokens.lengths.max - 16_385)
    assert estimate(report, model="gpt-4o", epochs=1).truncated_examples == 0


def test_validation_tokens_are_told_apart_and_not_billed(tmp_path: Path) -> None:
    held_out = write(tmp_path, many(CHAT, 65)[60:], "v.jsonl")
    alone = estimate(check(tmp_path, many(CHAT), count_tokens=True))
    report = check(tmp_path, many(CHAT), count_tokens=True, validation=held_out)
    both = estimate(report)
    assert both.billable_tokens == alone.billable_tokens
    assert both.validation_tokens is not None
    assert both.validation_tokens > 0


def test_without_tokens_there_are_epochs_but_no_cost(tmp_path: Path) -> None:
    told = estimate(check(tmp_path, many(CHAT)), model="gpt-4o")
    assert (told.epochs, told.billable_tokens, told.usd) == (3, None, None)
    report = check(tmp_path, many(REINFORCEMENT), count_tokens=True)
    assert estimate(report, model="gpt-4o").usd is None


def test_a_distribution_is_that_of_the_sample() -> None:
    found = describe({1: 1, 2: 1, 3: 1, 4: 1, 100: 1})
    assert (found.min, found.max, found.median, found.mean) == (1, 100, 3, 22)
    assert found.p5 == pytest.approx(1.2)
    assert found.p95 == pytest.approx(80.8)
    assert describe({}).count == 0
    assert describe({7: 3}).p95 == 7


def test_bars_cover_every_value_once() -> None:
    histogram = {3: 2, 4: 1, 9: 5, 30: 1}
    found = bars(histogram, 5)
    assert len(found) <= 5
    assert sum(count for _, _, count in found) == 9
    assert found[0][0] == 3
    assert all(one[1] + 1 == other[0] for one, other in itertools.pairwise(found))
    assert bars({}, 5) == []


def test_the_json_document_has_the_documented_keys(tmp_path: Path) -> None:
    report = check(tmp_path, many(CHAT), count_tokens=True)
    document = report.to_json() | estimate(report, model="gpt-4o-mini").to_json()
    assert list(document) == [
        "file",
        "bytes",
        "sha256",
        "format",
        "foreign",
        "examples",
        "ok",
        "error_count",
        "errors",
        "warning_count",
        "warnings",
        "tokens",
        "epochs",
        "billable_tokens",
        "cost",
    ]
    assert list(document["tokens"]) == [
        "total",
        "encoding",
        "exact",
        "min",
        "max",
        "mean",
        "median",
        "p5",
        "p95",
        "assistant_total",
        "over_limit",
        "limit",
    ]
    assert set(document["cost"]) == {"usd", "price_per_million", "as_of"}
    json.dumps(document)
    assert report.to_json()["cost"] is None


@pytest.mark.parametrize(("usd", "shown"), [(0.00421, 0.00421), (0.1809, 0.18), (0.0, 0.0)])
def test_a_cost_under_a_cent_is_not_nothing_in_json(usd: float, shown: float) -> None:
    told = Estimate(
        epochs=1,
        epochs_are_default=False,
        tokens_per_epoch=1,
        billable_tokens=1,
        truncated_examples=0,
        price=Price(25.0, "2026-11-22"),
        usd=usd,
        exact=True,
    )
    assert told.to_json()["cost"]["usd"] == shown
