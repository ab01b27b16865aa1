"""Text read in the wrong encoding is told once a file, and no real letter is taken for it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.training_data.needles import search
from unit.training_data.test_chat_rules import changed
from unit.training_data.training_samples import CHAT, check, lines, many, only

SENTENCES = [
    "Où est l’école n° 5 ? — « à côté » de l’église…",
    "Não há ação às três; É o Ônibus “dela”.",
    "Größe und Ärger über Öl in der Straße",
    "¿Qué pasó mañana? ¡Ñandú!",
    "Привет, как дела?",
    "Well done 😀",
]
REAL = [
    "NÃO HÁ AÇÃO, IRMÃ! MAÇÃ… “IRMÃ” «LÃ» IRMÃ\u00a0! LÃ™",
    "Âge, ÂME, Â; la lettre « Â » et «Â», “Ô, ‘Ó",
    "NGÃ BA, ĐÃ, ÂM NHẠC, CẦN",
    "ROMÂNIA, PÂINE, Câmp",
    "Ångström 1.5 Å² 3 Å³ 2 Å±0,1; ESPAÑA, ÑANDÚ, HAÐ, Ähre, “Å”",
    "café» à « mot » l’été€ 5",
    "C:\\u00c3\\u00a9 spelt out",
]


def misread(text: str, encoding: str) -> str:
    """What UTF-8 looks like when it is read so; bytes without a character stay as they are."""
    return "".join(bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in text.encode())


def found(text: str, *, ascii_only: bool) -> list[int]:
    return search(json.dumps(text, ensure_ascii=ascii_only).encode() + b"\n").mojibake


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("sentence", SENTENCES[:4])
def test_misread_sentences_are_found(sentence: str, encoding: str, ascii_only: bool) -> None:
    assert len(found(misread(sentence, encoding), ascii_only=ascii_only)) == 1
    assert found(sentence, ascii_only=ascii_only) == []


@pytest.mark.parametrize("sentence", SENTENCES[4:])
def test_misread_sentences_in_other_letters_are_found(sentence: str) -> None:
    assert len(found(misread(sentence, "cp1252"), ascii_only=False)) == 1
    assert found(sentence, ascii_only=False) == []


@pytest.mark.parametrize(
    "text", ["Ã©", "nÂ°", "l’Ã©tÃ©", "donâ€™t", "ITâ€”", "Â©", "Ã‰", "motÂ\u00a0!", "10Â\u00a0000"]
)
def test_a_single_misread_character_is_enough(text: str) -> None:
    assert len(found(text, ascii_only=False)) == len(found(text, ascii_only=True)) == 1
    upper = json.dumps(text).replace("\\u00c", "\\u00C").replace("\\u00e2\\u20ac", "\\u00E2\\u20AC")
    assert len(search(upper.encode()).mojibake) == 1


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("text", REAL)
def test_real_capitals_are_no_misread_text(text: str, ascii_only: bool) -> None:
    assert found(text, ascii_only=ascii_only) == []


@given(st.text(st.characters(categories=["Ll", "Nd"], max_codepoint=0x17F), max_size=30))
def test_small_letters_are_no_misread_text(text: str) -> None:
    assert found(text, ascii_only=False) == found(text, ascii_only=True) == []


def test_each_line_counts_once_and_an_escaped_escape_is_none() -> None:
    block = '"Ã© Ã©"\n"é"\n"Ã¨ \ufffd\ufffd"\n'.encode()
    assert [block[at : at + 4].decode() for at in search(block).mojibake] == ["Ã©", "Ã¨"]
    assert len(search(block).replaced) == 1
    assert search(rb'"\ufffd \uFFFD"').replaced == [1]
    assert search(rb'"\\ufffd"').replaced == []
    assert search(rb'"\\\ufffd"').replaced == [3]


def with_text(text: str, ascii_only: bool) -> bytes:
    example: dict[str, Any] = changed(CHAT, "messages.2.content", text)
    return json.dumps(example, ensure_ascii=ascii_only).encode() + b"\n"


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize(
    ("text", "rule"),
    [("Le cafÃ© est lÃ\u00a0!", "mojibake"), ("caf\ufffd", "replacement-character")],
)
def test_they_are_one_warning_with_the_lines_and_the_first(
    tmp_path: Path, text: str, rule: str, ascii_only: bool
) -> None:
    good = many(CHAT)
    bad = with_text(f"{text} 1", ascii_only) + with_text(f"{text} 2", ascii_only)
    report = check(tmp_path, lines(good[:20]) + bad + lines(good[20:]))
    problem = only(report, rule)
    assert (problem.line, problem.severity, problem.mend) == (21, "warning", "")
    assert problem.message.startswith("2 lines with ")
