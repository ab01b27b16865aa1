"""A key is cleaned once, shows itself nowhere, and no eight characters of it get out."""

import base64
import copy
import hashlib
import json
import logging
import pickle
import re
import string
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fttui.storage.secrets import (
    LONGEST_KEY,
    MASK,
    KeyRefused,
    RedactingFilter,
    Redactor,
    Secret,
    holds_key,
    parse_key,
    redact,
    redact_keys,
)

KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"
keys = st.text(string.ascii_letters + string.digits + "-_./+=:", min_size=8, max_size=60)


def pieces(key: str) -> set[str]:
    """Every eight characters in a row."""
    return {key[at : at + 8] for at in range(len(key) - 7)}


def test_a_secret_shows_dots_wherever_objects_are_shown() -> None:
    secret = Secret(KEY)
    assert f"{secret!r} {secret} {[secret]} {(secret,)!s}" == f"{MASK} {MASK} [{MASK}] ({MASK},)"
    assert not hasattr(secret, "__dict__")
    assert secret.reveal() == KEY


def test_a_secret_cannot_be_pickled_but_copied_by_reference() -> None:
    secret = Secret(KEY)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert copy.deepcopy({"key": secret})["key"] is secret is copy.copy(secret)


def test_a_secret_is_told_apart_by_its_end_and_its_fingerprint() -> None:
    secret = Secret(KEY)
    assert (secret.ending, secret.masked) == ("…Uv8x", "sk-…Uv8x")
    assert secret.fingerprint == Secret(KEY).fingerprint != Secret(KEY + "x").fingerprint
    assert len(secret.fingerprint) == 8
    assert secret == Secret(KEY)
    assert secret != KEY


@pytest.mark.parametrize(
    "pasted",
    [
        KEY,
        f"{KEY}\n",
        f"  {KEY}\r\n\t",
        f'"{KEY}"',
        f" '{KEY}' \n",
        f"“{KEY}”",
        f"Bearer {KEY}",
        f"Authorization: Bearer {KEY}",
        f"export OPENAI_API_KEY='{KEY}'",
        f"OPENAI_API_KEY={KEY}",
        f"\u200b{KEY[:9]}\u200b{KEY[9:]}\ufeff",
    ],
)
def test_what_comes_along_with_a_pasted_key_is_taken_off(pasted: str) -> None:
    assert parse_key(pasted).reveal() == KEY


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("Bearer ", "empty"),
        ("sk-short", ""),
        ("none", ""),
        ("x", ""),
        ("x" * LONGEST_KEY, ""),
        ("x" * (LONGEST_KEY + 1), "8,193 characters"),
        (f"{KEY} {KEY}", "one key"),
        (f"{KEY}\n{KEY}", "one key"),
        ("sk-projéabcdefgh", "position 8"),
        ("sk-proj\x1babcdefgh", "position 8"),
        ("sk-proj-…wxyz", "shortened"),
        ("sk-proj-********wxyz", "shortened"),
        ("sk-admin-" + "a1b2" * 8, "admin key"),
    ],
)
def test_what_cannot_be_a_key_is_refused_without_being_shown(pasted: str, reason: str) -> None:
    if not reason:
        assert parse_key(pasted).reveal() == pasted
        return
    with pytest.raises(KeyRefused) as refused:
        parse_key(pasted, source="the key in OPENAI_API_KEY")
    told = str(refused.value)
    assert reason in told
    assert told.startswith("The key in OPENAI_API_KEY ")
    assert not any(piece in told for piece in pieces(pasted.removeprefix("sk-admin-")))


@given(keys, st.text(max_size=30), st.text(max_size=30), st.data())
def test_no_eight_characters_of_a_known_key_are_left(
    key: str, before: str, after: str, data: st.DataObject
) -> None:
    redactor = Redactor()
    redactor.register(Secret(key))
    start = data.draw(st.integers(0, len(key) - 8))
    end = data.draw(st.integers(start + 8, len(key)))
    cleaned = redactor.redact(before + key[start:end] + after)
    assert not any(piece in cleaned for piece in pieces(key))


@given(st.integers(1500, LONGEST_KEY), st.integers(0, 1400), st.integers(8, 100), st.booleans())
@settings(max_examples=20)
def test_no_piece_of_a_token_of_thousands_of_characters_is_left(
    size: int, start: int, length: int, is_wrapped: bool
) -> None:
    token = base64.urlsafe_b64encode(hashlib.shake_256(str(size).encode()).digest(size)).decode()
    token = token[:size]
    redactor = Redactor()
    redactor.register(Secret(token))
    piece = token[start : start + length]
    assert redactor.redact(f"said {piece} here") == f"said {MASK} here"
    width = 80 if is_wrapped else size
    lines = [token[at : at + width] for at in range(0, size, width)]
    cleaned = "".join(redactor.redact(line) for line in lines)
    assert not any(part in cleaned for part in pieces(token))
    with_breaks = redactor.redact("\n".join(lines))
    assert not any(part in with_breaks for part in pieces(token))


@pytest.mark.parametrize("word", ["EMPTY", "none", "ollama", "sk-x", "x"])
def test_a_dummy_key_is_a_word_like_any_other(word: str) -> None:
    secret = parse_key(word)
    assert (secret.masked, secret.ending, secret.is_dummy) == (word, word, True)
    assert redact(f"{word} of them") == f"{word} of them" and not holds_key(word)


@pytest.mark.parametrize("key", ["12345678", "sk-12345"])
def test_a_key_of_eight_characters_is_a_secret(key: str) -> None:
    secret = parse_key(key)
    assert key not in secret.masked and not secret.is_dummy
    assert key not in redact(f"your key {key}, is it?")


@given(st.lists(keys, min_size=1, max_size=4), st.data())
def test_several_keys_in_one_text_are_all_hidden(known: list[str], data: st.DataObject) -> None:
    redactor = Redactor()
    for key in known:
        redactor.register(Secret(key))
    text = "".join(data.draw(st.lists(st.sampled_from([*known, " ", "x"]), max_size=12)))
    cleaned = redactor.redact(text)
    assert not any(piece in cleaned for key in known for piece in pieces(key))


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (
            "Incorrect API key provided: sk-abcdefgh12345678.",
            f"Incorrect API key provided: {MASK}.",
        ),
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {MASK}"),
        ("Authorization: Basic dXNlcjpwYXNz", f"Authorization: Basic {MASK}"),
        ("via http://user:p%40ss@proxy:8080/x", f"via http://{MASK}@proxy:8080/x"),
        ("via http://user:pass@proxy:8080/x", f"via http://{MASK}@proxy:8080/x"),
        ("from https://token@host/x", f"from https://{MASK}@host/x"),
        ("BEARER abc.def", f"BEARER {MASK}"),
        ("HTTP_PROXY=user:secret@proxy:8080", None),
        ("a task-oriented text, 10:30@noon, job ftjob-abc", None),
        ("https://api.openai.com/v1/jobs?x=1", "https://api.openai.com/v1/jobs?x=1"),
        ("risk-assessment and disk-0123456789", "risk-assessment and disk-0123456789"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_too(text: str, cleaned: str | None) -> None:
    shown = Redactor().redact(text)
    if cleaned is not None:
        assert shown == cleaned
    assert "secret@" not in shown
    assert Redactor().redact(shown) == shown


def test_a_refused_key_is_hidden_afterwards() -> None:
    with pytest.raises(KeyRefused):
        parse_key("my pass phrase 4711-canary")
    assert "phrase 4711-canary" not in redact("log: my pass phrase 4711-canary")


def test_a_long_text_is_redacted() -> None:
    redactor = Redactor()
    redactor.register(Secret(KEY))
    text = ("some words " * 50_000 + KEY) * 2
    assert KEY[:8] not in redactor.redact(text)


def test_log_records_lose_keys_in_messages_arguments_and_tracebacks() -> None:
    parse_key(KEY)
    try:
        raise ValueError(f"Illegal header value b'Bearer {KEY}'")
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "sent %s", (KEY,), info)
    record.stack_info = f"stack {KEY}"
    assert RedactingFilter().filter(record)
    written = logging.Formatter().format(record)
    assert "Illegal header value" in written
    assert not any(piece in written for piece in pieces(KEY))


def test_a_log_call_with_wrong_arguments_is_still_logged() -> None:
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "%s %s", ("one",), None)
    assert RedactingFilter().filter(record)
    assert logging.Formatter().format(record) == "%s %s"


@given(keys, st.text(max_size=5), st.text(max_size=5))
def test_no_key_is_left_in_a_url_or_in_json(key: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.register(Secret(key))
    for written in (quote(key, safe=""), json.dumps(key)[1:-1], key.replace("/", "\\/")):
        cleaned = redactor.redact_keys(before + written + after)
        assert not any(piece in cleaned for piece in pieces(written))


@given(keys, st.binary(max_size=7), st.binary(max_size=7))
def test_base64_of_a_key_tells_nothing_of_it_whatever_stands_around(
    key: str, before: bytes, after: bytes
) -> None:
    redactor = Redactor()
    redactor.register(Secret(key * 2))
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        cleaned = redactor.redact_keys(encode(before + key.encode() * 2 + after).decode())
        told = max(map(len, re.split(MASK, cleaned)))
        assert MASK in cleaned and told <= 14, "only what stands around, and blurred ends"


@pytest.mark.parametrize(("before", "told"), [(b"", 0), (b"u", 2), (b"u:", 3)])
def test_base64_of_a_key_is_hidden_from_the_first_character_that_is_only_the_key_s(
    before: bytes, told: int
) -> None:
    redactor = Redactor()
    redactor.register(Secret("sk-Zx8cVb7nMm6k"))
    encoded = base64.b64encode(before + b"sk-Zx8cVb7nMm6k").decode()
    assert redactor.redact_keys(encoded).split(MASK)[0] == encoded[:told]


def test_a_whole_key_in_an_id_is_found_in_any_form() -> None:
    redactor = Redactor()
    assert not redactor.holds_key(KEY)
    redactor.register(Secret("a/b+c=d?e&f"))
    for text in ("a/b+c=d?e&f", "x-a%2Fb%2Bc%3Dd%3Fe%26f-y", "a\\/b+c=d?e&f"):
        assert redactor.holds_key(text)
    for before in (b"", b"u", b"u:", b"me:"):
        for after in (b"", b"!", b"!!"):
            text = base64.b64encode(before + b"a/b+c=d?e&f" + after).decode()
            assert redactor.holds_key(text), (before, after)
    redactor.register(Secret("a?b?c?~>~>~>?~?~xyz"))
    encoded = base64.b64encode(b"a?b?c?~>~>~>?~?~xyz").decode()
    assert {"+", "/"} <= set(encoded)
    assert redactor.holds_key(encoded.replace("+", "-").replace("/", "_"))
    assert not redactor.holds_key("a/b+c=d?e")


def test_a_key_of_less_than_eight_characters_is_a_dummy_and_hides_nothing() -> None:
    redactor = Redactor()
    redactor.register(Secret("ollama7"))
    assert redactor.redact("the model ollama7") == "the model ollama7"
    assert not redactor.holds_key("ollama7")
    redactor.register(Secret("ollama78"))
    assert redactor.redact("the model ollama78") == f"the model {MASK}"


def test_ids_and_names_lose_known_keys_alone() -> None:
    parse_key(KEY)
    text = f"sk-learn-model user:name@host {KEY}"
    assert redact_keys(text) == f"sk-learn-model user:name@host {MASK}"
    assert holds_key(text)
    assert redact(text) == f"{MASK} {MASK}@host {MASK}"


def test_a_secret_is_equal_to_nothing_but_a_secret() -> None:
    assert Secret(KEY).__eq__(KEY) is NotImplemented
    assert Secret(KEY) != Secret(KEY + "x")
