"""What a profile may say of key, headers, query, body and hyperparameters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.storage.profile_rules import is_sendable, problem_of, variables_in

KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"api_key": KEY}, 'api_key can only be "none"'),
        ({"api_key": "None"}, 'api_key can only be "none"'),
        ({"api_key": ""}, 'api_key can only be "none"'),
        ({"key_header": "Authorization"}, "not Authorization"),
        ({"key_header": "Host"}, "key_header"),
        ({"key_header": "a b"}, "key_header"),
        ({"suffix": "maybe"}, '"needed" or "forbidden"'),
        ({"methods": ["supervised", "rlhf"]}, "methods must be a list of: supervised, dpo, rein"),
        ({"graders": [["x"]]}, "graders must be a list of: string_check"),
        ({"extra_headers": {"AUTHORIZATION": "env:X"}}, "Authorization is the key's"),
        ({"extra_headers": {"Proxy-Authorization": "env:X"}}, "sent by fttui itself"),
        ({"extra_headers": {"Content-Length": "1"}}, "sent by fttui itself"),
        ({"extra_headers": {"x": "1", "X": "2"}}, "there twice"),
        ({"key_header": "X-Key", "extra_headers": {"x-key": "env:X"}}, "sent by fttui itself"),
        ({"extra_headers": {"x y": "1"}}, "not a header's name"),
        ({"extra_headers": {"x": "a\nb"}}, "plain characters"),
        ({"extra_headers": {"x": "é"}}, "plain characters"),
        ({"extra_headers": {"x": 1}}, "plain characters"),
        ({"extra_headers": {"x": ""}}, "plain characters"),
        ({"extra_headers": {"x-api-key": KEY}}, "looks like a key"),
        ({"extra_headers": {"x-token": KEY}}, "looks like a key"),
        ({"extra_headers": {"x": "env:"}}, "looks like a key"),
        ({"extra_headers": {"x": "env:a b"}}, "names no environment variable"),
        ({"extra_headers": {f"x{n}": "1" for n in range(51)}}, "over 50"),
        ({"extra_query": {"limit": "1"}}, "sent by fttui itself"),
        ({"extra_query": {"metadata[x]": "1"}}, "sent by fttui itself"),
        ({"extra_query": {"api_key": KEY}}, "looks like a key"),
        ({"extra_query": {"a b\n": "1"}}, "not a name"),
        *(
            ({"extra_body": {name: 1}}, "has an option of its own")
            for name in ("model", "training_file", "validation_file", "method", "seed", "suffix",
                         "metadata")
        ),
        ({"extra_body": {"trainingType": "x"}}, "training_type"),
        ({"extra_body": {"hyperparameters": {}}}, "hyperparameters"),
        ({"extra_body": {"x": float("inf")}}, "a value of JSON"),
        ({"extra_body": {"x": object()}}, "a value of JSON"),
        ({"extra_body": {"x": "y" * 9000}}, "at most 8,192"),
        ({"extra_body": {"x": ["env:a b"]}}, "names no environment variable"),
        ({"hyperparameters": {"n_epochs": 1}}, "--epochs"),
        ({"hyperparameters": {"a b": 1}}, "not a hyperparameter's name"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_named_and_no_key_repeated(
    values: dict[str, Any], said: str
) -> None:
    problem = problem_of(values)
    assert said in problem and KEY not in problem


def test_what_other_servers_ask_for_is_taken() -> None:
    assert not problem_of({})
    assert not problem_of(
        {
            "api_key": "none",
            "key_header": "api-key",
            "suffix": "needed",
            "methods": ["reinforcement"],
            "graders": ["lambda", "python"],
            "extra_headers": {"x-portkey-provider": "openai", "x-api-key": "env:LAB_KEY"},
            "extra_query": {"custom_llm_provider": "openai", "api-version": "v1"},
            "extra_body": {"device_type": "n300", "max_tokens": 5, "deep": [{"a": "env:LAB"}]},
            "hyperparameters": {"lora": True, "context_length": 8192},
        }
    )


def test_variables_are_found_wherever_they_are_named() -> None:
    body = {"a": "env:ONE", "b": [{"c": "env:TWO"}, "x env:THREE"], "env:FOUR": 1, "d": "env:"}
    assert list(variables_in(body)) == ["ONE", "TWO"]


@given(st.text())
def test_what_is_sendable_ends_no_header(text: str) -> None:
    if is_sendable(text):
        assert text.isascii() and text.isprintable() and text == text.strip()
