"""A loaded model that answers: one base at a time, with the adapters that are asked for."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .calls import form_of
from .conversation import with_argument_texts, with_parts
from .devices import choose_device
from .failure import FailureError
from .loading import check_vocabulary, load_model, load_tokenizer
from .memory import read_sizes
from .questions import Held, Question

MOST_ADAPTERS = 8
"""Adapters that are kept beside the model; the one used longest ago goes first."""
_UNFINISHED = "\ufffd"


@dataclass(frozen=True)
class Said:
    """How one answer ended, and its length in tokens."""

    reason: str
    completion_tokens: int


class Speaker:
    """Holds the model; nothing is loaded until something is asked."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._base: Any = None
        self._model: Any = None
        self._tokenizer: Any = None
        self._adapters: list[str] = []
        self._named = 0
        self._names: dict[str, str] = {}
        self._active: str | None = None

    def unload(self) -> None:
        """Gives the memory back."""
        self._folder = self._base = self._model = self._tokenizer = None
        self._adapters, self._names, self._active = [], {}, None
        gc.collect()
        with contextlib.suppress(Exception):
            import torch

            torch.cuda.empty_cache()

    def take(self, folder: Path, adapter: Path | None) -> None:
        """Makes this model with this adapter the one that speaks."""
        if folder != self._folder:
            self.unload()
            read_sizes(folder)  # before libraries build what a strange config names
            tokenizer = load_tokenizer(folder)
            self._base = load_model(folder, choose_device("auto")).eval()
            self._model, self._tokenizer, self._folder = self._base, tokenizer, folder
        self._active = None if adapter is None else self._switch(adapter)

    def _switch(self, adapter: Path) -> str:
        weights = adapter / "adapter_model.safetensors"
        try:
            # A folder may hold other weights than before: a checkpoint made anew.
            key = f"{adapter} {weights.stat().st_mtime_ns}"
        except OSError:
            raise FailureError(
                "model_not_available",
                f"The fine-tuned model '{adapter.name}' has no adapter_model.safetensors.",
                "model",
            ) from None
        if key not in self._names:
            self._load(key, adapter)
        self._adapters.remove(key)
        self._adapters.append(key)
        self._model.set_adapter(self._names[key])
        return self._names[key]

    def _load(self, key: str, adapter: Path) -> None:
        from peft import PeftModel

        self._named += 1
        name = f"a{self._named}"
        if self._model is self._base:
            self._model = PeftModel.from_pretrained(
                self._base, str(adapter), adapter_name=name
            ).eval()
        else:
            if len(self._adapters) >= MOST_ADAPTERS:
                oldest = self._adapters.pop(0)
                self._model.delete_adapter(self._names.pop(oldest))
            self._model.load_adapter(str(adapter), adapter_name=name)
        self._names[key] = name
        self._adapters.append(key)

    @property
    def calls_as(self) -> str | None:
        """The form in which this model calls tools, where it is known."""
        return form_of(self._tokenizer.chat_template)

    def prompt(self, messages: list[Any], tools: Any) -> list[int]:
        """The tokens that the model is given; raises FailureError where its template cannot."""
        if not self._tokenizer.chat_template:
            raise FailureError("invalid_request", "This model has no chat template.", "messages")
        why = ""
        for change in (list, with_argument_texts, with_parts):
            try:
                done = self._tokenizer.apply_chat_template(
                    change(messages),
                    tools=tools,
                    tokenize=True,
                    return_dict=True,
                    add_generation_prompt=True,
                )
            except Exception as error:  # noqa: BLE001
                # Templates raise whatever their authors liked.
                why = why or " ".join(str(error).split())[:200]
                continue
            ids = list(done["input_ids"])
            if self._folder is not None:
                check_vocabulary(self._base, self._folder, max(ids, default=0))
            return ids
        raise FailureError(
            "invalid_request",
            f"The model's chat template does not take these messages: {why}",
            "messages",
        )

    def say(
        self,
        ids: list[int],
        question: Question,
        index: int,
        *,
        delta: Callable[[str], None],
        cancelled: Callable[[], bool],
    ) -> Said:
        """Answers once; `delta` is called with each piece of text as it comes.

        `ids` are the tokens of the prompt; `index` counts the answers to it, so that with a seed
        each is another one. Raises FailureError where the prompt leaves no room for an answer.
        """
        import torch

        context = getattr(self._base.config.get_text_config(), "max_position_embeddings", None)
        room = question.max_tokens if context is None else min(
            question.max_tokens, int(context) - len(ids)
        )  # fmt: skip
        if room < 1:
            raise FailureError(
                "context_length_exceeded",
                f"The messages are {len(ids)} tokens; this model takes {context} with its answer.",
                "messages",
            )
        if question.seed is not None:
            torch.manual_seed(question.seed + index)
        out = _Out(self._tokenizer, Held(question.stop), delta, cancelled)
        device = self._base.device
        given = torch.tensor([ids], device=device)
        plain: Any = contextlib.nullcontext()
        if self._active is None and self._model is not self._base:
            plain = self._model.disable_adapter()
        with plain, torch.inference_mode():
            self._model.generate(
                input_ids=given,
                attention_mask=torch.ones_like(given),
                max_new_tokens=room,
                stopping_criteria=[out],
                streamer=out,
                pad_token_id=self._tokenizer.pad_token_id,
                eos_token_id=self._ends(),
                **_sampling(question),
            )
        return out.close(self._ends())

    def _ends(self) -> list[int]:
        """The tokens that end an answer: what the model's files name and what its template writes.

        A base model's own is often another than the one that its chats are trained with.
        """
        named = self._base.generation_config.eos_token_id
        ends = named if isinstance(named, list) else [named]
        ends = [*ends, self._tokenizer.eos_token_id, _end_mark(self._tokenizer)]
        return sorted({int(each) for each in ends if each is not None})


def _end_mark(tokenizer: Any) -> int | None:
    """The token that the chat template writes after an answer; None where it has none of its own.

    What ends a training row ends an answer.
    """
    word = "zq1x0z"
    asked = [{"role": "user", "content": "zq0x0z"}, {"role": "assistant", "content": word}]
    for change in (list, with_parts):
        try:
            text = tokenizer.apply_chat_template(change(asked), tokenize=False)
        except Exception:  # noqa: BLE001, S112
            # Templates raise whatever their authors liked.
            continue
        _, found, after = str(text).rpartition(word)
        ids = tokenizer(after.lstrip(), add_special_tokens=False)["input_ids"] if found else []
        return int(ids[0]) if ids and ids[0] in tokenizer.added_tokens_decoder else None
    return None


def _sampling(question: Question) -> dict[str, Any]:
    if question.temperature < 0.01 or question.top_p == 0:
        return {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    return {
        "do_sample": True,
        "temperature": question.temperature,
        "top_p": question.top_p,
        "top_k": 0,
    }


class _Out:
    """Hears each token as it is made, tells the text that is whole, and says when to stop."""

    def __init__(
        self,
        tokenizer: Any,
        held: Held,
        delta: Callable[[str], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._tokenizer = tokenizer
        self._held = held
        self._delta = delta
        self._cancelled = cancelled
        self._ids: list[int] = []
        self._told = 0
        self._prompt = True
        self._stopped = False

    def put(self, value: Any) -> None:
        """A streamer's: first the prompt, then each token."""
        if self._prompt:
            self._prompt = False
            return
        self._ids.extend(int(each) for each in value.reshape(-1).tolist())
        text = self._text()
        # A character may take several tokens: what is not whole yet waits.
        if not text.endswith(_UNFINISHED):
            self._tell(text)

    def end(self) -> None:
        """A streamer's: nothing more comes."""

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        """A stopping criterion's: whether to stop here."""
        import torch

        self._stopped = self._cancelled()
        stop = self._stopped or self._held.ended
        return torch.full((input_ids.shape[0],), stop, dtype=torch.bool, device=input_ids.device)

    def _text(self) -> str:
        return str(
            self._tokenizer.decode(
                self._ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )

    def _tell(self, text: str) -> None:
        piece = self._held.add(text[self._told :])
        self._told = len(text)
        if piece:
            self._delta(piece)

    def close(self, ends: list[int]) -> Said:
        """Tells what was kept back, and how the answer ended."""
        self._tell(self._text())
        rest = self._held.rest()
        if rest:
            self._delta(rest)
        finished = self._held.ended or (bool(self._ids) and self._ids[-1] in ends)
        reason = "stop" if finished else "cancelled" if self._stopped else "length"
        return Said(reason, len(self._ids))
