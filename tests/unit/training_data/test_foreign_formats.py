"""Examples in the formats of other tools: how they are known, and what becomes of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fttui.training_data.foreign.columns import ColumnMap
from fttui.training_data.foreign.converter import Converter
from fttui.training_data.foreign.recogniser import recognise_examples
from fttui.training_data.foreign.shapes import Unconvertible
from fttui.training_data.profile import Format, Recognition
from unit.training_data.training_samples import (
    CHAT,
    COMPLETION,
    PREFERENCE,
    REINFORCEMENT,
    TOOLS,
    VISION,
)

USER = {"role": "user", "content": "Is there a ferry?"}
YES = {"role": "assistant", "content": "Yes, at six."}
NO = {"role": "assistant", "content": "No idea."}
FOUR = {"role": "assistant", "content": "4"}
SYSTEM = {"role": "system", "content": "Be brief."}
DEVELOPER = {"role": "developer", "content": "Be brief."}
ASK, SAY, WRONG = USER["content"], YES["content"], NO["content"]
TURNS = [{"from": "human", "value": ASK}, {"from": "gpt", "value": SAY}]
TALK = {"messages": [USER, YES]}
TALK_REQUEST = {"model": "m", "messages": [USER]}
LED = {"messages": [SYSTEM, USER, YES]}
PAIR = {"input": {"messages": [USER]}, "preferred_output": [YES], "non_preferred_output": [NO]}
LED_PAIR = {**PAIR, "input": {"messages": [SYSTEM, USER]}}
PARAMETERS = {"type": "object", "properties": {}}
TOOL = {
    "type": "function",
    "function": {"name": "times", "description": "Ferries", "parameters": PARAMETERS},
}
FLAT_TOOL = TOOL["function"]


def call(identity: str) -> dict[str, Any]:
    function = {"name": "times", "arguments": '{"port": "Lima"}'}
    calls = [{"id": identity, "type": "function", "function": function}]
    return {"role": "assistant", "tool_calls": calls}


def result(identity: str) -> dict[str, Any]:
    return {"role": "tool", "content": "06:00", "tool_call_id": identity}


CALLED = {"messages": [USER, call("call_1"), result("call_1"), YES], "tools": [TOOL]}
CALLING = {"from": "function_call", "value": '{"name": "times", "arguments": {}}'}
RESULT = {"type": "tool_result", "tool_use_id": "call_1", "content": "06:00"}
HUMAN, ASSISTANT = f"\n\nHuman: {ASK}", "\n\nAssistant: "
RESPONSE = {"choices": [{"index": 0, "finish_reason": "stop", "message": YES}], "model": "m"}

CHATS: list[tuple[str, Any, dict[str, Any]]] = [
    ("ShareGPT", {"conversations": TURNS}, TALK),
    ("ShareGPT", {"id": "a", "conversations": TURNS, "lang": "en", "source": "web"}, TALK),
    ("ShareGPT", {"conversations": [{"from": "system", "value": "Be brief."}, *TURNS]}, LED),
    ("ShareGPT", {"conversation": [USER, YES]}, TALK),
    ("ShareGPT", {"system": "Be brief.", "conversations": TURNS}, LED),
    ("ShareGPT", {"system": "", "tools": "", "conversations": TURNS}, TALK),
    ("ShareGPT", {"messages": TURNS}, TALK),
    (
        "ShareGPT",
        {"items": [{"from": "prompter", "text": ASK}, {"from": "ChatGPT ", "text": SAY}]},
        TALK,
    ),
    ("ShareGPT", {"conversations": [{**USER, "id": 3}, {"role": "bot", "value": SAY}]}, TALK),
    ('messages under the key "dialogue"', {"dialogue": [USER, YES]}, TALK),
    ('messages under the key "chat"', {"chat": [SYSTEM, USER, YES], "idx": 4}, LED),
    (
        "ShareGPT",
        {
            "conversations": [
                TURNS[0],
                {
                    "from": "function_call",
                    "value": '{"name": "times", "arguments": {"port": "Lima"}}',
                },
                {"from": "observation", "value": "06:00"},
                TURNS[1],
            ],
            "tools": json.dumps([FLAT_TOOL]),
        },
        CALLED,
    ),
    (
        "turns of a question and its answer",
        {"conversation": [{"human": ASK, "assistant": SAY}], "conversation_id": 1},
        TALK,
    ),
    ("bare lists of messages", [SYSTEM, USER, YES], LED),
    ("bare lists of messages", TURNS, TALK),
    (
        "Alpaca",
        {"instruction": "Say when.", "input": "Lima", "output": SAY},
        {"messages": [{"role": "user", "content": "Say when.\n\nLima"}, YES]},
    ),
    ("Alpaca", {"instruction": ASK, "input": "", "output": SAY}, TALK),
    ("Alpaca", {"instruction": ASK, "input": None, "output": SAY}, TALK),
    ("Alpaca", {"instruction": ASK, "output": SAY}, TALK),
    ("Alpaca", {"instruction": "", "input": ASK, "output": SAY}, TALK),
    (
        "Alpaca",
        {"instruction": ASK, "output": SAY, "text": f"### Instruction: {ASK} ### Response: {SAY}"},
        TALK,
    ),
    (
        "Alpaca",
        {"instruction": ASK, "output": SAY, "system": "Be brief.", "history": [["Hi", "Hello"]]},
        {
            "messages": [
                SYSTEM,
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "Hello"},
                USER,
                YES,
            ]
        },
    ),
    (
        "Dolly",
        {"instruction": ASK, "context": "Lima", "response": SAY, "category": "closed_qa"},
        {"messages": [{"role": "user", "content": f"{ASK}\n\nLima"}, YES]},
    ),
    ("OpenOrca", {"id": "x", "system_prompt": "Be brief.", "question": ASK, "response": SAY}, LED),
    ("question and answer", {"question": ASK, "answer": SAY}, TALK),
    ("question and answer", {"Question": ASK, " Answer": SAY, "ID": "7"}, TALK),
    ("prompt and response", {"prompt": ASK, "response": SAY}, TALK),
    ("ms-swift", {"query": ASK, "response": SAY, "system": "Be brief.", "history": []}, LED),
    ("Vertex AI text pairs", {"input_text": ASK, "output_text": SAY}, TALK),
    ("TRL prompt and completion of messages", {"prompt": [USER], "completion": [YES]}, TALK),
    ("TRL prompt and completion of messages", {"prompt": [USER], "completion": SAY}, TALK),
    ("TRL prompt and completion of messages", {"prompt": ASK, "completion": YES}, TALK),
    ("messages with the system prompt beside them", {"system": "Be brief.", **TALK}, LED),
    (
        "Bedrock",
        {
            "schemaVersion": "bedrock-conversation-2024",
            "system": [{"text": "Be brief."}],
            "messages": [
                {"role": "user", "content": [{"text": ASK}]},
                {"role": "assistant", "content": [{"text": SAY}]},
            ],
        },
        LED,
    ),
    (
        "Anthropic messages",
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": ASK}]},
                {
                    "role": "assistant",
                    "content": [
                        {
                            "type": "tool_use",
                            "id": "call_1",
                            "name": "times",
                            "input": {"port": "Lima"},
                        }
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": "call_1", "content": "06:00"}
                    ],
                },
                YES,
            ],
            "tools": [{"name": "times", "description": "Ferries", "input_schema": PARAMETERS}],
        },
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": ASK}]},
                *CALLED["messages"][1:],
            ],
            "tools": [TOOL],
        },
    ),
    (
        "messages with the system prompt beside them",
        {
            "system": "Be brief.",
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": ASK, "cache_control": {"type": "ephemeral"}},
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": "iVBO"},
                        },
                    ],
                },
                YES,
            ],
        },
        {
            "messages": [
                SYSTEM,
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": ASK},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO"}},
                    ],
                },
                YES,
            ]
        },
    ),
    (
        "Gemini",
        {
            "systemInstruction": {"role": "system", "parts": [{"text": "Be brief."}]},
            "contents": [
                {"role": "user", "parts": [{"text": ASK}]},
                {"role": "model", "parts": [{"text": SAY}]},
            ],
            "generationConfig": {"temperature": 0},
        },
        LED,
    ),
    (
        "Gemini",
        {
            "system_instruction": "Be brief.",
            "contents": [
                {"role": "user", "parts": [{"text": ASK}]},
                {"role": "model", "parts": [{"text": SAY}]},
            ],
        },
        LED,
    ),
    (
        "Batch API requests",
        {
            "custom_id": "r1",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": "m", "temperature": 0, **LED},
        },
        LED,
    ),
    ("request log", {"request": {"model": "m", "messages": [USER]}, "response": RESPONSE}, TALK),
    ("request log", {"messages": [USER], "response": RESPONSE, "created_at": 1}, TALK),
    ("request log", {"messages": [USER], "choices": RESPONSE["choices"], "id": "x"}, TALK),
    ("examples written as a text", {"messages": json.dumps([USER, YES])}, TALK),
    ("examples written as a text", {"messages": repr([USER, YES])}, TALK),
    ("ShareGPT, written as a text", {"conversations": json.dumps(TURNS)}, TALK),
    (
        "chat messages with the tools as a text",
        {**CALLED, "tools": json.dumps([TOOL])},
        CALLED,
    ),
    (
        "examples written as a text",
        {"id": 1, "messages": str([USER]).replace("]", "") + f"\n {YES}]", "source": "x"},
        TALK,
    ),
    ("examples written as a text", {"messages": [json.dumps(USER), json.dumps(YES)]}, TALK),
    (
        "examples written as a text",
        {"messages": {"role": ["user", "assistant"], "content": [ASK, SAY]}},
        TALK,
    ),
    ('examples within "text"', {"text": json.dumps(LED), "id": 3}, LED),
    ("request log", {"input": [USER], "output": SAY}, TALK),
    ("request log", {"inputs": {"messages": [USER]}, "outputs": {"messages": [YES]}}, TALK),
    (
        "request log",
        {
            "input": [USER],
            "output": [
                {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_text", "text": SAY, "annotations": []}],
                }
            ],
        },
        TALK,
    ),
    (
        'messages under the key "dialogue"',
        {"dialogue": [{"speaker": "user", "text": ASK}, YES]},
        TALK,
    ),
    ("question and answer", {"question": ASK, "answer": 4}, {"messages": [USER, FOUR]}),
    (
        "Gemini",
        {"contents": [{"role": "user", "parts": ASK}, {"role": "model", "parts": {"text": SAY}}]},
        TALK,
    ),
    ('examples within "item"', {"item": TALK}, TALK),
    ('examples within "data"', {"data": TALK}, TALK),
    ('ShareGPT, within "row"', {"row_idx": 1, "row": {"conversations": TURNS}}, TALK),
    ('question and answer, within "item"', {"item": {"question": ASK, "answer": SAY}}, TALK),
    ('Alpaca, within "_source"', {"_source": {"instruction": ASK, "output": SAY}}, TALK),
]
PAIRS: list[tuple[str, Any, dict[str, Any]]] = [
    ("DPO pairs (chosen, rejected)", {"prompt": ASK, "chosen": SAY, "rejected": WRONG}, PAIR),
    (
        "DPO pairs (chosen, rejected)",
        {"system": "Be brief.", "question": ASK, "chosen": SAY, "rejected": WRONG},
        LED_PAIR,
    ),
    ("DPO pairs (chosen, rejected)", {"chosen": [USER, YES], "rejected": [USER, NO]}, PAIR),
    (
        "DPO pairs (chosen, rejected)",
        {
            "prompt": ASK,
            "prompt_id": "p",
            "chosen": [USER, YES],
            "rejected": [USER, NO],
            "messages": [USER, YES],
            "score_chosen": 8.0,
            "score_rejected": 2.0,
        },
        PAIR,
    ),
    ("DPO pairs (chosen, rejected)", {"prompt": [USER], "chosen": [YES], "rejected": [NO]}, PAIR),
    (
        "DPO pairs (chosen, rejected)",
        {"prompt": [SYSTEM, USER], "chosen": SAY, "rejected": WRONG},
        LED_PAIR,
    ),
    ("DPO pairs (chosen, rejected)", {"messages": [USER], "chosen": YES, "rejected": NO}, PAIR),
    (
        "DPO pairs (chosen, rejected)",
        {"instruction": "Say when.", "input": "Lima", "chosen": SAY, "rejected": WRONG},
        {**PAIR, "input": {"messages": [{"role": "user", "content": "Say when.\n\nLima"}]}},
    ),
    (
        "DPO pairs (chosen, rejected)",
        {"question": ASK, "chosen_response": SAY, "rejected_response": WRONG},
        PAIR,
    ),
    (
        "HH pairs of dialogues",
        {"chosen": HUMAN + ASSISTANT + SAY, "rejected": HUMAN + ASSISTANT + WRONG},
        PAIR,
    ),
    (
        "HH pairs of dialogues",
        {
            "chosen": f"\n\nHuman: Hi{ASSISTANT}Hello{HUMAN}{ASSISTANT}{SAY}",
            "rejected": f"\n\nHuman: Hi{ASSISTANT}Hello{HUMAN}{ASSISTANT}{WRONG}",
        },
        {
            **PAIR,
            "input": {
                "messages": [
                    {"role": "user", "content": "Hi"},
                    {"role": "assistant", "content": "Hello"},
                    USER,
                ]
            },
        },
    ),
    (
        "LLaMA-Factory pairs",
        {
            "conversations": TURNS[:1],
            "chosen": TURNS[1],
            "rejected": {"from": "gpt", "value": WRONG},
        },
        PAIR,
    ),
    (
        "LLaMA-Factory pairs",
        {"conversations": TURNS[:1], "prompt": ASK, "chosen": [USER, YES], "rejected": [USER, NO]},
        PAIR,
    ),
    ("DPO pairs (chosen, rejected)", {"input": ASK, "chosen": SAY, "rejected": WRONG}, PAIR),
    (
        "DPO pairs (chosen, rejected)",
        {"prompt": f"{HUMAN}{ASSISTANT.rstrip()}", "chosen": SAY, "rejected": WRONG},
        PAIR,
    ),
    (
        "DPO pairs (chosen, rejected)",
        {"prompt": [SYSTEM, USER], "chosen": [USER, YES], "rejected": [USER, NO]},
        LED_PAIR,
    ),
    (
        "DPO pairs (chosen, rejected)",
        {"prompt": [SYSTEM], "chosen": [SYSTEM, USER, YES], "rejected": [SYSTEM, USER, NO]},
        LED_PAIR,
    ),
    ("ms-swift", {**TALK, "rejected_response": WRONG}, PAIR),
    ("ms-swift", {**LED, "rejected_messages": [SYSTEM, USER, NO], "id": 1}, LED_PAIR),
    ("ms-swift", {"query": ASK, "response": SAY, "rejected_response": WRONG}, PAIR),
    (
        "ms-swift",
        {**CALLED, "rejected_response": WRONG},
        {**PAIR, "input": {"messages": CALLED["messages"][:-1], "tools": [TOOL]}},
    ),
    (
        "DPO pairs (chosen, rejected)",
        {"chosen": {"messages": [SYSTEM, USER, YES]}, "rejected": {"messages": [SYSTEM, USER, NO]}},
        LED_PAIR,
    ),
    (
        "DPO pairs (chosen, rejected), written as a text",
        {"chosen": json.dumps([USER, YES]), "rejected": json.dumps([USER, NO])},
        PAIR,
    ),
]
JUDGED: list[tuple[str, Any, dict[str, Any]]] = [
    (
        "evals items",
        {"item": {"messages": [SYSTEM, USER], "reference": SAY, "id": 4}},
        {"messages": [DEVELOPER, USER], "reference": SAY, "id": 4},
    ),
    (
        "evals samples",
        {"input": [SYSTEM, USER], "ideal": [SAY, "Six."]},
        {"messages": [DEVELOPER, USER], "ideal": [SAY, "Six."]},
    ),
    ("evals samples", {"input": ASK, "ideal": SAY}, {"messages": [USER], "ideal": SAY}),
    (
        "TRL prompts of messages",
        {"prompt": [USER], "solution": SAY},
        {"messages": [USER], "solution": SAY},
    ),
]
CHATS += [
    (
        "turns of a question and its answer",
        {"source": "x", "conversation": [{"input": ASK, "output": SAY}]},
        TALK,
    ),
    ("columns of roles", {"user": ASK, "assistant": SAY}, TALK),
    ("columns of roles", {"System": "Be brief.", "User": ASK, "Assistant": SAY}, LED),
    ("messages with the prompt beside them once more", {"prompt": ASK, **TALK}, TALK),
    (
        "messages that say who speaks as author",
        {"messages": [{"author": "user", "content": ASK}, {"author": "bot", "content": SAY}]},
        TALK,
    ),
    (
        "request log",
        {"request_body": TALK_REQUEST, "response_body": {"choices": [{"message": YES}]}},
        TALK,
    ),
    (
        "request log",
        {
            "input": [{"role": "user", "content": [{"type": "input_text", "text": ASK}]}],
            "output": [
                {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_text", "text": SAY, "annotations": []}],
                }
            ],
        },
        TALK,
    ),
]
ALL = [
    *((*row, Format.CHAT) for row in CHATS),
    *((*row, Format.PREFERENCE) for row in PAIRS),
    *((*row, Format.REINFORCEMENT) for row in JUDGED),
]


def several(example: Any, count: int = 5) -> list[Any]:
    return [json.loads(json.dumps(example)) for _unused in range(count)]


def recognised(example: Any) -> Recognition:
    found = recognise_examples(several(example))
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "example", "made", "target"), ALL)
def test_an_example_of_another_tool_is_named_and_converted(
    name: str, example: Any, made: dict[str, Any], target: Format
) -> None:
    found = recognised(example)
    assert (found.name, found.target, found.is_certain) == (name, target, True)
    assert Converter(found)(example).value == made


@pytest.mark.parametrize(("name", "example", "made", "target"), ALL)
def test_a_file_of_ours_tells_and_converts_the_one_line_of_another_tool(
    name: str, example: Any, made: dict[str, Any], target: Format
) -> None:
    assert recognise_examples([*several(made), example]) is None
    assert Converter.to(target)(example).value == made
    assert Converter.to(target)(made).value == made


def test_the_mapping_says_what_becomes_what() -> None:
    assert recognised({"conversations": TURNS}).mapping == (
        "conversations → messages, human → user, gpt → assistant"
    )
    assert recognised({"instruction": ASK, "input": "Lima", "output": SAY}).mapping == (
        "instruction + input → user, output → assistant"
    )
    assert recognised({"instruction": ASK, "input": "", "output": SAY}).mapping == (
        "instruction → user, output → assistant"
    )
    assert recognised({"prompt": ASK, "chosen": SAY, "rejected": WRONG}).mapping == (
        "prompt → input, chosen → preferred_output, rejected → non_preferred_output"
    )


OURS = [
    CHAT,
    TOOLS,
    VISION,
    PREFERENCE,
    REINFORCEMENT,
    COMPLETION,
    {**CHAT, "model": "m", "temperature": 0.2, "max_tokens": 9},
    {**CHAT, "metadata": {"source": "crm"}},
    {**TALK, "reference_answer": "x"},
    {"messages": [USER], "label": True},
    {"messages": [USER], "response": "x", "output": {"port": "Lima"}},
    {"messages": [USER], "system": "an item field"},
    {"messages": [{"role": "human", "content": ASK}, {"role": "gpt", "content": SAY}]},
    {"messages": [{"content": ASK}, {"content": SAY}]},
    {"messages": "none"},
    {"messages": TALK["messages"], "tools": ["weather"]},
    {"input": {"messages": USER}, "preferred_output": [YES], "non_preferred_output": [NO]},
    {"input": {"messages": [USER]}, "preferred_output": SAY, "non_preferred_output": WRONG},
    {"input": {"messages": [USER]}, "preferred_completion": [YES]},
    {"input": "Hi", "preferred_output": [YES], "non_preferred_output": [NO]},
    {"prompt": ASK},
    {"prompt": ASK, "completion": 5},
    {"prompt": ASK, "completions": SAY},
]


@pytest.mark.parametrize("example", OURS)
def test_what_is_ours_even_with_faults_is_not_foreign(example: dict[str, Any]) -> None:
    assert recognise_examples(several(example)) is None


def test_a_label_counts_for_more_than_what_a_chat_model_makes_of_the_pair() -> None:
    found = recognise_examples(
        several({"prompt": ASK, "completion": SAY, "label": True}), wants=(Format.CHAT,)
    )
    assert found is not None
    assert (found.name, found.asks_columns) == ("KTO", False)


ASKED: list[tuple[str, Any, str]] = [
    ("KTO", {"prompt": ASK, "completion": SAY, "label": True}, "a good and a bad answer"),
    ("KTO", {**TALK, "label": False}, "a good and a bad answer"),
    ("KTO", {"conversations": TURNS, "kto_tag": True}, "a good and a bad answer"),
    ("KTO", {"prompt": ASK, "completion": SAY, "label": 1}, "a good and a bad answer"),
    ("turns without roles", {"conversations": [ASK, SAY]}, "who speaks"),
    (
        "DPO pairs (chosen, rejected)",
        {"prompt": ASK, "chosen": [SAY], "rejected": [WRONG]},
        "neither texts nor messages",
    ),
    (
        "examples written as a text",
        {"messages": json.dumps([USER, YES]), "reference": SAY},
        'lose "reference"',
    ),
    (
        'rows with the columns input, reference, within "item"',
        {"item": {"input": ASK, "reference": SAY}},
        "columns: input, reference",
    ),
    (
        "DPO pairs (chosen, rejected)",
        {"prompt": [SYSTEM, YES], "chosen": [USER, YES], "rejected": [USER, NO]},
        "do not begin with the prompt",
    ),
    (
        "ShareGPT",
        {"system": "Be brief.", "system_prompt": "Be long.", "conversations": TURNS},
        "two system prompts",
    ),
    ("ShareGPT", {"conversations": [TURNS[0], CALLING, TURNS[1]]}, "before the answer of a tool"),
    (
        "ShareGPT",
        {"conversations": [TURNS[0], {"from": "function_call", "value": '{"name": "times"}'}]},
        "its name and arguments",
    ),
    (
        "request log",
        {"request": {"messages": [USER]}, "response": {"choices": [RESPONSE["choices"][0]] * 2}},
        "exactly one answer",
    ),
    (
        "Anthropic messages",
        {"messages": [USER, {"role": "assistant", "content": [RESULT]}, YES]},
        "in another's name",
    ),
    (
        "Anthropic messages",
        {"messages": [{"role": "user", "content": [{**RESULT, "is_error": True}]}, YES]},
        "answer of a tool",
    ),
    (
        "rows with the columns utterance, reply",
        {"utterance": ASK, "reply": SAY},
        "--map user=COL,assistant=COL (columns: utterance, reply)",
    ),
    (
        "rows with the columns input, output",
        {"input": ASK, "output": SAY},
        "columns: input, output",
    ),
    ("rows with the columns prompt, answer", {"prompt": ASK, "answer": SAY}, "--map user=COL"),
    ("rows with the columns problem, solution", {"problem": ASK, "solution": SAY}, "--map"),
    ("rows with the columns text, label", {"text": ASK, "label": "open"}, "--map"),
    ("text in a template (Llama, [INST])", {"text": f"[INST] {ASK} [/INST] {SAY}"}, "who speaks"),
    ("text in a template (ChatML, <|im_start|>)", {"text": "<|im_start|>user"}, "who speaks"),
    ("plain text", {"text": ASK, "id": 4}, "who speaks"),
    (
        "Batch API requests",
        {"custom_id": "r", "method": "POST", "url": "/", "body": {"messages": [USER]}},
        "output file",
    ),
    (
        "Batch API output",
        {"id": "b", "custom_id": "r", "response": {"status_code": 200, "body": RESPONSE}},
        "input file",
    ),
    (
        "Gemini",
        {"contents": [{"role": "model", "parts": [{"functionCall": {"name": "times"}}]}]},
        '"functionCall"',
    ),
    (
        "ShareGPT",
        {"conversations": TURNS, "reward": 0.5},
        'a copy would lose "reward"; to make one without: fttui check --fix OUT --map'
        " messages=conversations",
    ),
    (
        "question and answer",
        {"context": "Lima is a port.", "question": ASK, "answer": SAY},
        'lose "context"; to make one without: fttui check --fix OUT --map user=question,'
        "assistant=answer",
    ),
    (
        "DPO pairs (chosen, rejected)",
        {"prompt": ASK, "chosen": SAY, "rejected": WRONG, "reason": "shorter"},
        'lose "reason"',
    ),
    ("ShareGPT", {"conversations": [{**TURNS[0], "loss": False}, TURNS[1]]}, '"loss"'),
    (
        "ShareGPT",
        {"conversations": [{"from": "narrator", "value": ASK}, TURNS[1]]},
        "none of our roles",
    ),
    (
        "DPO pairs (chosen, rejected)",
        {"chosen": [USER, YES, USER, YES], "rejected": [USER, NO, USER, NO]},
        "part before their last answer",
    ),
    ("DPO pairs (chosen, rejected)", {"chosen": SAY, "rejected": WRONG}, "no prompt"),
    (
        "DPO pairs (chosen, rejected)",
        {"prompt": "Why?", "chosen": [USER, YES], "rejected": [USER, NO]},
        "do not begin with the prompt",
    ),
    (
        "messages with the system prompt beside them",
        {"system": "Be long.", **LED},
        "two system prompts",
    ),
    ("ms-swift", {"messages": [USER], "rejected_response": WRONG}, "do not end with an answer"),
    ("ShareGPT", {"conversations": [TURNS[0], {"from": "gpt", "value": 5}]}, "no text"),
    (
        "ShareGPT",
        {"conversations": [*TURNS, {"from": "observation", "value": "x"}]},
        "answers no call",
    ),
]


@pytest.mark.parametrize(("name", "example", "advice"), ASKED)
def test_what_is_not_certain_is_named_with_advice_and_not_converted(
    name: str, example: Any, advice: str
) -> None:
    found = recognised(example)
    assert (found.name, found.is_certain) == (name, False)
    assert advice in found.advice
    with pytest.raises(Unconvertible):
        Converter(found)(example)


def test_most_of_several_lines_decide_and_each_is_read_by_its_own_row() -> None:
    alpaca = {"instruction": ASK, "output": SAY}
    odd: list[Any] = [7, "text", None, {"_comment": "made by a tool", "rows": 12}]
    found = recognise_examples([*odd, *several({"conversations": TURNS}), *several(alpaca, 3)])
    assert found is not None
    assert found.name == "ShareGPT and Alpaca"
    convert = Converter(found)
    assert convert(alpaca).value == convert({"conversations": TURNS}).value == TALK
    for line in odd:
        with pytest.raises(Unconvertible, match="not in ShareGPT"):
            convert(line)
    with pytest.raises(Unconvertible, match="which becomes a preference example, not chat"):
        convert({"prompt": ASK, "chosen": SAY, "rejected": WRONG})
    assert recognise_examples(odd) is None
    assert recognise_examples([]) is None


def test_it_is_certain_only_if_most_lines_convert() -> None:
    good, more = {"conversations": TURNS}, {"conversations": TURNS, "reward": 1}
    mostly = recognise_examples([good, good, more])
    assert mostly is not None
    assert mostly.is_certain
    with pytest.raises(Unconvertible, match="reward"):
        Converter(mostly)(more)
    seldom = recognise_examples([good, more, more])
    assert seldom is not None
    assert not seldom.is_certain
    assert '"reward"' in seldom.advice


def test_what_is_left_out_is_told() -> None:
    example = {"id": 1, "conversations": TURNS, "lang": "en"}
    assert recognised(example).left_out == ("id", "lang")
    assert Converter(recognised(example))(example).left_out == ("id", "lang")
    batch = {"custom_id": "r", "body": {"model": "m", "messages": [{**USER, "id": 4}, YES]}}
    assert set(recognised(batch).left_out) == {"custom_id", "model", "id"}
    empty = {"conversations": [{**TURNS[0], "loss": None}, TURNS[1]]}
    assert recognised(empty).left_out == ("loss",)


def test_prompt_and_completion_are_foreign_to_a_model_that_takes_chats_only() -> None:
    pair = {"prompt": ASK, "completion": SAY}
    chats = recognise_examples(several(pair), wants=(Format.CHAT, Format.PREFERENCE))
    assert chats is not None
    assert (chats.name, chats.target, chats.is_certain) == (
        "prompt/completion",
        Format.CHAT,
        True,
    )
    assert Converter(chats)(pair).value == TALK
    assert recognise_examples(several(pair), wants=(Format.CHAT, Format.COMPLETION)) is None


@pytest.mark.parametrize(
    ("text", "row", "made", "left_out"),
    [
        ("user=q,assistant=a", {"q": ASK, "a": SAY, "n": 3}, TALK, ("n",)),
        ("assistant=a, user = q,system=s", {"s": "Be brief.", "q": ASK, "a": SAY}, LED, ()),
        ("user=q,assistant=a,system=s", {"s": "", "q": ASK, "a": SAY}, TALK, ()),
        ("user=a,b,assistant=c=d", {"a,b": ASK, "c=d": SAY}, TALK, ()),
        ("messages=m", {"m": TURNS, "reward": 1}, TALK, ("reward",)),
        ("messages=m", {"m": json.dumps([USER, YES])}, TALK, ()),
        ("user=q,assistant=a", {"item": {"q": ASK, "a": SAY}}, TALK, ()),
        (
            "user=q,assistant=a",
            {"q": ASK, "a": 4},
            {"messages": [USER, {"role": "assistant", "content": "4"}]},
            (),
        ),
    ],
)
def test_a_person_says_which_column_is_which(
    text: str, row: dict[str, Any], made: dict[str, Any], left_out: tuple[str, ...]
) -> None:
    converted = Converter(None, ColumnMap.parse(text))(row)
    assert (converted.value, converted.left_out) == (made, left_out)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "user",
        "user=q",
        "assistant=a",
        "user=q,assistant=",
        "user=q,user=r,assistant=a",
        "messages=m,user=q",
        "question=q",
        "messages=",
    ],
)
def test_a_mapping_that_says_too_little_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="user=COL,assistant=COL"):
        ColumnMap.parse(text)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"q": ASK, "b": SAY}, 'no column "a"; the columns are "q", "b"'),
        ({"q": ASK, "a": None}, '"a" holds null'),
        ([1], "a list"),
    ],
)
def test_a_row_without_a_named_column_is_told_with_the_columns_it_has(
    row: Any, sentence: str
) -> None:
    with pytest.raises(Unconvertible) as raised:
        Converter(None, ColumnMap.parse("user=q,assistant=a"))(row)
    assert sentence in str(raised.value)


def test_the_mapping_names_what_says_who_speaks_and_both_keys_of_a_turn() -> None:
    by_author = {"messages": [{"author": "human", "content": ASK}, {"author": "ai", "text": SAY}]}
    assert recognised(by_author).mapping == "author → role, human → user, ai → assistant"
    turns = {"conversation": [{"input": ASK, "output": SAY}]}
    assert recognised(turns).mapping == "input → user, output → assistant"


@pytest.mark.parametrize(
    "row",
    [
        {"source": ASK, "target": SAY},
        {"text": ASK, "label": 1},
        {"review": ASK, "rating": 4.5},
    ],
)
def test_a_text_and_what_is_said_of_it_are_columns_to_choose_from(row: dict[str, Any]) -> None:
    found = recognised(row)
    assert not found.is_certain
    assert "--map user=COL,assistant=COL" in found.advice


def test_a_prompt_that_no_message_repeats_is_not_given_up() -> None:
    example = {"prompt": "Another one?", **TALK}
    assert recognise_examples(several(example)) is None
