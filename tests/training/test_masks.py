"""Which tokens are learnt under templates and tokenizers that make it hard to tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from training.runs import Driver, lines

ASKED = "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>{{ '\n' }}"
    "{% endfor %}" + ASKED
)


def row(*said: str) -> dict[str, Any]:
    """A conversation of user and assistant by turns; `-` before a text: the assistant begins."""
    first = 1 if said[0].startswith("-") else 0
    return {
        "messages": [
            {"role": ("user", "assistant")[(place + first) % 2], "content": text.lstrip("-")}
            for place, text in enumerate(said)
        ]
    }


def learnt(
    driver: Driver, folder: Path, template: str, *rows: dict[str, Any], begins: bool = False
) -> tuple[list[list[str]] | None, str]:
    path = folder / "rows.jsonl"
    path.write_text(lines(list(rows)), encoding="utf-8")
    said = driver.call("merged", path, template, begins)
    return said["learnt"], said.get("message", "")


@pytest.mark.parametrize("answer", ["\n\nYes", "\nYes\n\n", "\n", "\n\n\n", "", " Yes"])
@pytest.mark.parametrize(
    "template",
    [
        CHATML,
        CHATML.replace("<|im_end|>{{ '\n' }}", "<|im_end|>"),
        # Marked by the template itself, and with the header among what is marked.
        "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}"
        "<|im_start|>assistant\n{{ m.content }}<|im_end|>{{ '\n' }}{% endgeneration %}{% else %}"
        "<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>{{ '\n' }}{% endif %}{% endfor %}"
        + ASKED,
    ],
)
def test_blanks_around_an_answer_are_learnt_though_tokens_would_reach_over_its_border(
    template: str, answer: str, tmp_path: Path, driver: Driver
) -> None:
    found, message = learnt(driver, tmp_path, template, row("?", answer, "\n\n", "Yes"))
    assert found == [[f"{answer}<|im_end|>", "Yes<|im_end|>"]], message


def test_a_tokenizer_that_would_write_other_texts_in_pieces_is_refused(
    tmp_path: Path, driver: Driver
) -> None:
    """Its blank before each piece would be learnt as what stands between messages."""
    plain = CHATML.replace("<|im_start|>", "# ")
    found, message = learnt(driver, tmp_path, plain, row("?", "Yes"), begins=True)
    assert found == [["Yes<|im_end|>"]], message
    found, message = learnt(driver, tmp_path, plain, row("?", "\n\nYes"), begins=True)
    assert found is None, json.dumps(found)
    assert "line 1" in message and "border" in message


def test_an_answer_that_nobody_asked_for_is_learnt(tmp_path: Path, driver: Driver) -> None:
    greeted = row("-Hello.", "?", "Yes")
    found, message = learnt(driver, tmp_path, CHATML, greeted)
    assert found == [["Hello.<|im_end|>", "Yes<|im_end|>"]], message
    with_system = (
        "{% if messages[0].role != 'system' %}<|im_start|>system\nHelp.<|im_end|>{{ '\n' }}"
        "{% endif %}" + CHATML
    )
    found, message = learnt(driver, tmp_path, with_system, greeted)
    assert found == [["Hello.<|im_end|>", "Yes<|im_end|>"]], message


def test_a_header_is_not_learnt_where_thoughts_are_begun_after_it(
    tmp_path: Path, driver: Driver
) -> None:
    template = (
        "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}"
        "<|im_start|>assistant{{ m.content }}<|im_end|>{% endgeneration %}{% else %}"
        "<|im_start|>{{ m.role }}{{ m.content }}<|im_end|>{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant<think>{{ '\n' }}{% endif %}"
    )
    found, message = learnt(driver, tmp_path, template, row("?", "Yes"))
    assert found == [["Yes<|im_end|>"]], message


@pytest.mark.parametrize(
    ("template", "why"),
    [
        # What opens the next question stands with the answer.
        ("{% for m in messages %}{{ m.content }}{% if m.role == 'assistant' %}<|im_end|>Q: "
         "{% else %}A:{% endif %}{% endfor %}", "end"),
        ("{% for m in messages %}{{ m.content }}{% if m.role == 'assistant' %}. Q: "
         "{% else %} A:{% endif %}{% endfor %}", "end"),
        # The last answer has no end mark; the text itself ends with one.
        ("{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% if not loop.last or "
         "add_generation_prompt %}<|im_end|>{% endif %}{% endfor %}" + ASKED, "end"),
        # Marked, but the end is not, nor is the text.
        ("{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}"
         "{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}"
         "{% endfor %}" + ASKED, "end"),
        # Marked with a header that the model is never given.
        ("{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}<|im_start|>"
         "assistant\n{{ m.content }}<|im_end|>{% endgeneration %}{% else %}<|im_start|>user\n"
         "{{ m.content }}<|im_end|>{% endif %}{% endfor %}", "open"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("answer", ["Yes", "Yes <|im_end|>", "<|im_end|>"])
def test_a_template_that_does_not_bound_answers_is_refused(
    template: str, why: str, answer: str, tmp_path: Path, driver: Driver
) -> None:
    found, message = learnt(driver, tmp_path, template, row("?", answer, "?", answer))
    assert found is None, json.dumps(found)
    assert "line 1" in message and why in message
