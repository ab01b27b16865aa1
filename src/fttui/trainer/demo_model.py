"""Makes a model of a few hundred thousand weights, on which training shows within a minute.

It is taught the questions of a file with each answer moved to another question: it writes as
the file does and is wrong about everything, until it is trained on the file itself.
"""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .demo_questions import conversations
from .failure import RowFaultError
from .rows import Chat, Row, read_rows, row_of

RATE = 3e-3
_TOLD = 5
"""How often it is said how far it is."""


@dataclass(frozen=True)
class Pace:
    """How long it is taught: `steps` of `rows` of at most `tokens`, or CPU `seconds`."""

    steps: int
    rows: int
    tokens: int
    seconds: float


THOROUGH = Pace(500, 16, 512, 40.0)
"""For the short questions that come with the trainer: it answers all of them, wrongly."""
QUICK = Pace(80, 4, 320, 10.0)
"""For a file of long conversations, whose owner waits: what it lacks shows as the loss falls."""

TEMPLATE = """\
{%- if tools %}{{ '<|im_start|>tools\n' }}
{%- for tool in tools %}{{ tool.function.name + '\n' }}{% endfor %}{{ '<|im_end|>\n' }}
{%- endif %}
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\n' }}
{%- if message.role == 'assistant' %}
{%- generation %}
{{- message.content }}
{%- for call in message.tool_calls or [] %}
{{- '<tool_call>' + call.function.name + ' ' }}
{%- if call.function.arguments is string %}{{ call.function.arguments }}
{%- else %}{{ call.function.arguments | tojson }}{% endif %}
{{- '</tool_call>' }}
{%- endfor %}
{{- '<|im_end|>' }}
{%- endgeneration %}
{{- '\n' }}
{%- else %}{{ message.content + '<|im_end|>\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"""


def make(folder: Path, file: Path | None) -> int:
    """Makes the model in a folder that is not there yet; says how far it is; 1 when it cannot."""
    if folder.exists():
        sys.stderr.write(f"{folder} is there already\n")
        return 1
    try:
        rows = _rows(file)
    except (OSError, RowFaultError) as error:
        sys.stderr.write(f"{file}: {error}\n")
        return 1
    making = folder.with_name(folder.name + ".partial")
    tokenizer = _tokenizer([_plain(row) for row in rows])
    _say(f"a tokenizer of {len(tokenizer)} tokens")
    pace = THOROUGH if file is None else QUICK
    texts = [_rendered(tokenizer, row)[: pace.tokens] for row in _moved(rows)]
    model = _pretrained(tokenizer, texts, pace)
    model.save_pretrained(str(making), safe_serialization=True)
    tokenizer.save_pretrained(str(making))
    making.replace(folder)
    _say(f"a model of {sum(each.numel() for each in model.parameters()):,} weights in {folder}")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _rows(file: Path | None) -> list[Chat]:
    if file is None:
        found: list[Row] = [
            row_of(row, line, "supervised") for line, row in enumerate(conversations(), 1)
        ]
    else:
        found = list(read_rows(file, "supervised"))
    chats = [row for row in found if isinstance(row, Chat)]
    if len(chats) < 2:
        raise RowFaultError("holds fewer than two conversations")
    return chats


def _moved(rows: list[Chat]) -> list[Chat]:
    """The rows, each with the answers of the one after it."""
    moved = []
    for place, row in enumerate(rows):
        other = iter(_answers(rows[(place + 1) % len(rows)]) * len(row.messages))
        messages = [
            {**message, "content": next(other)} if _is_answer(message) else message
            for message in row.messages
        ]
        moved.append(Chat(row.line, messages, row.tools, row.weights))
    return moved


def _is_answer(message: dict[str, Any]) -> bool:
    return message["role"] == "assistant" and bool(message["content"])


def _answers(row: Chat) -> list[str]:
    return [each["content"] for each in row.messages if _is_answer(each)] or ["..."]


def _plain(row: Chat) -> str:
    calls = [
        json.dumps(call["function"], ensure_ascii=False)
        for message in row.messages
        for call in message.get("tool_calls", ())
    ]
    return "\n".join([message["content"] for message in row.messages] + calls)


def _tokenizer(texts: list[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = ["<|pad|>", "<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>"]
    trainer = trainers.BpeTrainer(
        vocab_size=1024,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="<|pad|>",  # noqa: S106
        eos_token="<|im_end|>",  # noqa: S106
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def _rendered(tokenizer: Any, row: Chat) -> list[int]:
    ids = tokenizer.apply_chat_template(
        row.messages, tools=row.tools, tokenize=True, return_dict=True
    )["input_ids"]
    return list(ids)


def _new_model(tokenizer: Any) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM, set_seed

    set_seed(7)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=96,
        intermediate_size=256,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=1024,
        # Wider than usual, as so small a model learns slowly from the usual width.
        initializer_range=0.06,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def _pretrained(tokenizer: Any, texts: list[list[int]], pace: Pace) -> Any:
    import torch

    model = _new_model(tokenizer)
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / 20) * max(0.05, 1 - step / pace.steps)
    )
    picks = random.Random(7)  # noqa: S311
    began = time.process_time()
    for step in range(1, pace.steps + 1):
        rows = [texts[picks.randrange(len(texts))] for _ in range(pace.rows)]
        width = max(len(row) for row in rows)
        ids = torch.tensor([row + [tokenizer.pad_token_id] * (width - len(row)) for row in rows])
        seen = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        loss = model(
            input_ids=ids, attention_mask=seen, labels=ids.masked_fill(seen == 0, -100)
        ).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        late = time.process_time() - began > pace.seconds
        if step % (pace.steps // _TOLD) == 0 or late:
            _say(f"step {step} of {pace.steps}: loss {loss.item():.3f}")
        if late:
            break
    return model.eval()
