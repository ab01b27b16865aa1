"""What a file may hold goes by the endpoint, the model and the method that it is for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fttui.training_data.check import check_file
from fttui.training_data.endpoints import limits_of
from fttui.training_data.profile import MB, Limits
from unit.training_data.test_chat_rules import changed
from unit.training_data.training_samples import (
    CHAT,
    COMPLETION,
    PREFERENCE,
    REINFORCEMENT,
    TOOLS,
    VISION,
    check,
    check_with,
    many,
    only,
    write,
)

AZURE = limits_of("https://mine.openai.azure.com/openai/v1")
PART = VISION["messages"][1]["content"][1]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (None, "OpenAI"),
        ("", "OpenAI"),
        ("https://api.openai.com/v1", "OpenAI"),
        ("https://mine.openai.azure.com/openai/v1/", "Azure OpenAI"),
        ("https://MINE.OpenAI.Azure.com:443/openai/v1", "Azure OpenAI"),
        ("https://x.cognitiveservices.azure.com/openai/v1", "Azure OpenAI"),
        ("https://x.services.ai.azure.com./openai/v1", "Azure OpenAI"),
        ("https://api.tokenfactory.nebius.com/v1", "Nebius"),
        ("https://api.mistral.ai/v1", "Mistral"),
        ("https://bedrock-mantle.us-west-2.api.aws/v1", "Amazon Bedrock"),
        ("http://127.0.0.1:4000/v1", "OpenAI"),
        ("https://openai.azure.com.example.org/v1", "OpenAI"),
        ("https://notopenai.azure.com/v1", "OpenAI"),
        ("https://evil.org/mine.openai.azure.com", "OpenAI"),
        ("http://[::1", "OpenAI"),
    ],
)
def test_an_endpoint_is_known_by_its_host(url: str | None, name: str) -> None:
    assert limits_of(url).name == name


def test_each_endpoint_has_its_own_limits_and_openai_s_for_the_rest() -> None:
    assert limits_of("https://api.openai.com/v1") == Limits()
    assert (
        Limits(
            name="Azure OpenAI",
            max_bytes=5_000 * MB,
            images_per_example=64,
            takes_images_in_reinforcement=False,
            requires_answers=True,
        )
        == AZURE
    )
    assert limits_of("https://api.mistral.ai").max_bytes == 512 * MB
    assert limits_of("https://api.studio.nebius.ai/v1").takes_completions
    assert Limits().max_line_bytes == 64 * MB


@pytest.mark.parametrize(("limits", "most"), [(Limits(), 10), (AZURE, 64)])
@pytest.mark.parametrize("good", [VISION, REINFORCEMENT])
def test_the_number_of_images_goes_by_the_endpoint(
    tmp_path: Path, good: dict[str, Any], limits: Limits, most: int
) -> None:
    for count, told in ((most, 0), (most + 1, 1)):
        bad = changed(good, "messages.1.content", [PART] * count)
        report = check_with(tmp_path, bad, good, limits=limits)
        assert report.counts.get("image-count", 0) == told
        if told:
            message = report.of_rule("image-count")[0].message
            assert message == f"{count} images; {limits.name} takes at most {most}"


def test_images_in_reinforcement_are_an_error_where_the_endpoint_refuses_them(
    tmp_path: Path,
) -> None:
    example = changed(REINFORCEMENT, "messages.1.content", [PART])
    assert not check_with(tmp_path, example, REINFORCEMENT).errors
    report = check_with(tmp_path, example, REINFORCEMENT, limits=AZURE)
    (problem,) = report.errors
    assert (problem.rule, problem.line, problem.path) == ("image-role", 12, "messages")
    assert "Azure OpenAI takes no images" in problem.message


def test_a_call_without_an_answer_is_an_error_where_the_endpoint_refuses_it(
    tmp_path: Path,
) -> None:
    bad = changed(TOOLS, "messages.3", ...)
    assert only(check_with(tmp_path, bad, TOOLS), "tool-call-unanswered").severity == "warning"
    problem = only(check_with(tmp_path, bad, TOOLS, limits=AZURE), "tool-call-refused")
    assert (problem.severity, problem.line) == ("error", 12)
    assert "Azure OpenAI refuses" in problem.message
    last = changed(changed(TOOLS, "messages.4", ...), "messages.3", ...)
    assert check_with(tmp_path, last, TOOLS, limits=AZURE).ok


def test_the_size_and_the_number_of_examples_go_by_the_endpoint(tmp_path: Path) -> None:
    content = many(CHAT, 5)
    assert "too-few-examples" in check(tmp_path, content).counts
    mistral = limits_of("https://api.mistral.ai/v1")
    assert "too-few-examples" not in check(tmp_path, content, limits=mistral).counts
    large = write(tmp_path, b"")
    with large.open("r+b") as file:
        file.truncate(513 * MB)
    report = check_file(large, limits=mistral, count_tokens=False)
    assert report.of_rule("file-size")[0].message == "the file has 513 MB, over the limit of 512"


@pytest.mark.parametrize(
    "model",
    ["gpt-4o-mini", "gpt-4o-mini-2024-07-18", "gpt-4.1", "gpt-3.5-turbo", "ft:gpt-4.1-mini:me::x"],
)
def test_prompts_and_completions_for_a_chat_model_are_an_error(tmp_path: Path, model: str) -> None:
    report = check(tmp_path, many(COMPLETION), model=model)
    problem = only(report, "format-model")
    assert (problem.severity, problem.line, problem.mend) == ("error", None, "convert")
    assert problem.message.startswith(f"{model} is trained with files in chat")
    assert problem.fix == "convert a copy to chat messages: fttui check --fix OUT"


@pytest.mark.parametrize("model", ["davinci-002", "babbage-002", "llama-3.1-8b", "gpt-5"])
def test_they_are_fine_for_a_completion_model_and_for_one_that_is_not_known(
    tmp_path: Path, model: str
) -> None:
    assert not check(tmp_path, many(COMPLETION), model=model).counts


def test_without_a_model_they_are_one_warning(tmp_path: Path) -> None:
    assert only(check(tmp_path, many(COMPLETION)), "completion-models").severity == "warning"
    nebius = limits_of("https://api.tokenfactory.nebius.com/v1")
    for model in (None, "gpt-4o-mini"):
        assert not check(tmp_path, many(COMPLETION), limits=nebius, model=model).counts


def test_other_formats_are_no_error_of_the_model(tmp_path: Path) -> None:
    for example in (CHAT, PREFERENCE):
        assert not check(tmp_path, many(example), model="gpt-4o-mini").counts
    assert not check(tmp_path, many(CHAT), model="davinci-002").counts


def test_a_validation_file_is_held_to_the_model_too(tmp_path: Path) -> None:
    held_out = write(tmp_path, many(COMPLETION, 70)[60:], "v.jsonl")
    report = check(tmp_path, many(COMPLETION), validation=held_out, model="gpt-4o-mini")
    assert report.validation is not None
    assert report.validation.counts == {"format-model": 1}


@pytest.mark.parametrize(("url", "wanted"), [(None, True), ("https://x.api.aws/v1", False)])
def test_only_some_endpoints_want_a_validation_file_for_reinforcement(
    tmp_path: Path, url: str | None, wanted: bool
) -> None:
    path = write(tmp_path, many(REINFORCEMENT))
    report = check_file(path, method="reinforcement", limits=limits_of(url))
    assert ("validation-required" in {each.rule for each in report.errors}) is wanted
