"""Token counts equal tiktoken's, and an example is counted by the billed sum.

The counts to compare with were made by benchmarks/check/oracle.py.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from fttui.training_data.block import Examiner
from fttui.training_data.models import encoding_of, token_limit_of
from fttui.training_data.profile import CheckProfile, Format
from fttui.training_data.tokenizers import Tokenizer, load
from fttui.training_data.tokens import ExampleTokens, TokenCounter
from unit.training_data.token_corpus import SENTENCES, corpus
from unit.training_data.training_samples import CHAT, PREFERENCE, TOOLS, VISION, check, lines, many

COUNTS = json.loads(Path(__file__).with_name("token_counts.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def o200k() -> TokenCounter:
    return TokenCounter("o200k_base")


@pytest.mark.parametrize("much", [False, True])
@pytest.mark.parametrize(("encoding", "column"), [("o200k_base", 0), ("cl100k_base", 1)])
def test_every_text_has_as_many_tokens_as_tiktoken_counts(
    encoding: str, column: int, much: bool
) -> None:
    texts = corpus()
    assert set(texts) == set(COUNTS)
    assert len(SENTENCES) >= 20
    counter = TokenCounter(encoding, much=much)
    differ = {
        name: (counter.count(text), COUNTS[name][column])
        for name, text in texts.items()
        if counter.count(text) != COUNTS[name][column]
    }
    assert not differ


@pytest.mark.parametrize("much", [False, True])
def test_texts_counted_together_count_as_each_by_itself(much: bool) -> None:
    texts = [*corpus().values(), "", "a<|endoftext|>b", "<|", "é", ""]
    tokenizer = load("o200k_base", much=much)
    assert tokenizer.count(texts) == [tokenizer.count([text])[0] for text in texts]
    assert tokenizer.count([]) == []


def test_both_tokenizers_count_alike_what_is_in_a_file() -> None:
    data = lines(many(CHAT, 40) + many(TOOLS, 40))
    little, much = (
        Examiner(CheckProfile(format=Format.CHAT, encoding="o200k_base", is_much=is_much))
        for is_much in (False, True)
    )
    assert little.block(data, 0) == much.block(data, 0)


@pytest.mark.parametrize(("size", "is_much"), [(0, True), (1 << 40, False)])
def test_a_file_with_much_text_is_counted_by_the_faster_tokenizer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, is_much: bool
) -> None:
    asked: list[bool] = []

    def loaded(encoding: str, *, much: bool) -> Tokenizer:
        asked.append(much)
        return load(encoding, much=much)

    monkeypatch.setattr("fttui.training_data.check.MUCH_TEXT", size)
    monkeypatch.setattr("fttui.training_data.tokens.load", loaded)
    assert check(tmp_path, many(CHAT, 10), count_tokens=True).tokens
    assert asked == [is_much]


def test_a_text_counts_the_same_when_it_was_forgotten(
    o200k: TokenCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fttui.training_data.tokens._REMEMBERED", 5)
    texts = list(corpus().values())
    first = [o200k.count(text) for text in texts]
    assert [o200k.count(text) for text in texts] == first
    for at in range(3, len(texts)):  # some are half forgotten then
        assert [o200k.count(texts[n]) for n in (at, at - 3)] == [first[at], first[at - 3]]


def billed(messages: list[dict[str, str]], counter: TokenCounter) -> int:
    """The sum that was checked against a bill, with a name as the cookbook counts it."""
    total = 0
    for message in messages:
        total += 3
        for key, value in message.items():
            total += counter.count(value) + (1 if key == "name" else 0)
    return total


@pytest.mark.parametrize("text", ["Hi", "日本語", "<|endoftext|>", "a" * 5000, 'say "role"'])
def test_an_example_is_counted_by_the_billed_sum(
    tmp_path: Path, o200k: TokenCounter, text: str
) -> None:
    plain = [*CHAT["messages"][:2], {"role": "assistant", "content": text}]
    named = [{"role": "user", "content": text, "name": "anna"}, *plain[1:]]
    report = check(tmp_path, [{"messages": plain}, {"messages": named}], count_tokens=True)
    assert report.tokens is not None
    expected = [billed(plain, o200k), billed(named, o200k)]
    assert report.tokens.total == sum(expected)
    assert report.tokens.histogram == Counter(expected)
    assert (report.tokens.lengths.min, report.tokens.lengths.max) == (
        min(expected),
        max(expected),
    )
    assert report.tokens.assistant_total == 2 * o200k.count(text)
    assert report.tokens.exact


def test_a_name_costs_one_token_more_in_every_lane(o200k: TokenCounter, tmp_path: Path) -> None:
    named = {"messages": [{"role": "user", "content": "Hi", "name": "anna"}]}
    plain = {"messages": [{"role": "user", "content": "Hi"}]}
    example = ExampleTokens(o200k)
    totals = []
    for one in (named, plain):
        example.measure(one, Format.CHAT)
        totals.append(example.total)
    assert totals[0] - totals[1] == o200k.count("anna") + 1
    # A key that the fast lane does not know sends an example through the slow one.
    by_tools = {**plain, "tools": [TOOLS["tools"][0]]}
    by_tools_named = {**named, "tools": [TOOLS["tools"][0]]}
    counted = check(tmp_path, [by_tools, by_tools_named], count_tokens=True).tokens
    assert counted is not None
    assert counted.lengths.max - counted.lengths.min == o200k.count("anna") + 1


def test_the_assistants_tokens_of_a_completion_are_those_of_its_completion(
    o200k: TokenCounter, tmp_path: Path
) -> None:
    example = {"prompt": "Say three short words in a row ->", "completion": " one two three\n"}
    counted = check(tmp_path, [example], count_tokens=True).tokens
    assert counted is not None
    assert o200k.count(example["completion"]) != o200k.count(example["prompt"])
    assert counted.assistant_total == o200k.count(example["completion"]) > 0
    assert counted.total == counted.assistant_total + o200k.count(example["prompt"])


@pytest.mark.parametrize(
    ("image", "cost"),
    [({"detail": "low"}, 85), ({"detail": "high"}, 765), ({}, 765), ("x", 765)],
)
def test_an_image_costs_by_its_detail(o200k: TokenCounter, image: object, cost: int) -> None:
    example = ExampleTokens(o200k)
    content = [{"type": "image_url", "image_url": image}, 5]
    example.measure({"messages": [{"role": "user", "content": content}, "no message"]}, Format.CHAT)
    assert example.total == 3 + o200k.count("user") + cost
    assert not example.exact


def test_a_refusal_and_the_id_of_a_call_make_the_count_an_estimate(o200k: TokenCounter) -> None:
    example = ExampleTokens(o200k)
    part = [{"type": "refusal", "refusal": "I will not."}]
    for message in (
        {"role": "assistant", "content": None, "refusal": "I will not."},
        {"role": "assistant", "content": part},
        {"role": "assistant", "content": "", "tool_call_id": "I will not."},
    ):
        example.measure({"messages": [message]}, Format.CHAT)
        assert example.total == 3 + o200k.count("assistant") + o200k.count("I will not.")
        assert not example.exact


def test_what_is_no_conversation_costs_nothing(o200k: TokenCounter) -> None:
    example = ExampleTokens(o200k)
    for odd in ({"messages": 5}, {"messages": []}, {"messages": [5, None]}):
        example.measure(odd, Format.CHAT)
        assert (example.total, example.exact) == (0, True)


def test_both_answers_of_a_preference_example_count(tmp_path: Path, o200k: TokenCounter) -> None:
    report = check(tmp_path, [PREFERENCE], count_tokens=True)
    everything = [
        *PREFERENCE["input"]["messages"],
        *PREFERENCE["preferred_output"],
        *PREFERENCE["non_preferred_output"],
    ]
    assert report.tokens is not None
    assert report.tokens.total == billed(everything, o200k)


@pytest.mark.parametrize("example", [TOOLS, VISION], ids=["tools", "images"])
def test_tools_and_images_make_the_count_an_estimate(tmp_path: Path, example: object) -> None:
    report = check(tmp_path, many(example, 3), count_tokens=True)  # type: ignore[arg-type]
    assert report.tokens is not None
    assert not report.tokens.exact
    assert any(note.startswith("3 examples") and "estimate" in note for note in report.notes)


@pytest.mark.parametrize(
    ("model", "encoding", "known"),
    [
        (None, "o200k_base", True),
        ("gpt-4o-mini-2024-07-18", "o200k_base", True),
        ("gpt-4.1-2025-04-14", "o200k_base", True),
        ("o4-mini-2025-04-16", "o200k_base", True),
        ("ft:gpt-4o-mini-2024-07-18:org:name:abc:ckpt-step-10", "o200k_base", True),
        ("gpt-4-0613", "cl100k_base", True),
        ("gpt-3.5-turbo-0125", "cl100k_base", True),
        ("ft:gpt-3.5-turbo:org::abc", "cl100k_base", True),
        ("davinci-002", "cl100k_base", True),
        ("llama-3-8b", "o200k_base", False),
        ("mistral-small", "o200k_base", False),
    ],
)
def test_the_vocabulary_is_the_models_own_where_that_is_known(
    tmp_path: Path, model: str | None, encoding: str, known: bool
) -> None:
    assert encoding_of(model) == (encoding, known)
    report = check(tmp_path, many(CHAT, 3), model=model, count_tokens=True)
    assert report.tokens is not None
    assert (report.tokens.encoding, report.tokens.exact) == (encoding, known)


def test_the_limit_of_a_model_is_that_of_its_family() -> None:
    assert token_limit_of("gpt-4.1-mini") == 65_536
    assert token_limit_of("ft:gpt-3.5-turbo-0125:org::x") == 16_385
    assert token_limit_of("llama-3") is None


def test_an_example_over_the_limit_is_told_with_its_excess(tmp_path: Path) -> None:
    long = {"messages": [*CHAT["messages"][:2], {"role": "assistant", "content": "hi " * 17_000}]}
    report = check(tmp_path, [*many(CHAT), long], model="gpt-3.5-turbo", count_tokens=True)
    (problem,) = report.of_rule("token-limit")
    assert problem.line == 61
    assert report.tokens is not None
    assert report.tokens.over(16_385) == 1
    cut = report.tokens.lengths.max - 16_385
    assert f"{cut:,} over the limit of 16,385" in problem.message
    assert report.tokens.billed(16_385) == report.tokens.total - cut


@pytest.mark.parametrize("tools", [{}, {"tools": TOOLS["tools"]}], ids=["plain", "tools"])
def test_an_example_of_exactly_the_limit_is_not_over_it(
    tmp_path: Path, tools: dict[str, object]
) -> None:
    counter, example = TokenCounter("cl100k_base"), ExampleTokens(TokenCounter("cl100k_base"))

    def of_tokens(total: int) -> dict[str, object]:
        question = CHAT["messages"][:2]
        without = {"messages": [*question, {"role": "assistant", "content": ""}], **tools}
        example.measure(without, Format.CHAT)
        answer = " hi" * (total - example.total)
        assert counter.count(answer) == total - example.total
        return {"messages": [*question, {"role": "assistant", "content": answer}], **tools}

    both = [of_tokens(16_385), of_tokens(16_386)]
    report = check(tmp_path, both, model="gpt-3.5-turbo", count_tokens=True)
    (problem,) = report.of_rule("token-limit")
    assert (problem.line, problem.message) == (
        2,
        "16,386 tokens, 1 over the limit of 16,385",
    )
