"""The base models that the sandbox offers, and what each can be fine-tuned with."""

from __future__ import annotations

from dataclasses import dataclass

CHAT = ("supervised", "dpo")
_JANUARY = "2027-01-14"
_OCTOBER = "2026-10-23"


@dataclass(frozen=True)
class BaseModel:
    """A model as `GET /v1/models` shows it, with the limits that training on it has."""

    id: str
    created: int
    shutdown_date: str | None = None
    methods: tuple[str, ...] = ()
    learning_rate: float = 2.0
    max_tokens: int = 65_536
    chats: bool = True
    owned_by: str = "system"


# gpt-3.5-turbo and the others of October 2026 are past their date at OpenAI. The sandbox goes
# on offering them, because gpt-3.5-turbo is the form's default and must work here as it stands.
_MODELS = (
    BaseModel("gpt-3.5-turbo-0125", 1_706_048_358, _OCTOBER, CHAT, 2.0, 16_385),
    BaseModel("gpt-4.1-2025-04-14", 1_744_315_746, _JANUARY, CHAT, 2.0),
    BaseModel("gpt-4.1-mini-2025-04-14", 1_744_317_547, _JANUARY, CHAT, 2.0),
    BaseModel("gpt-4.1-nano-2025-04-14", 1_744_321_025, _OCTOBER, CHAT, 0.1),
    BaseModel("gpt-4o-2024-08-06", 1_722_814_719, _JANUARY, CHAT, 2.0),
    BaseModel("gpt-4o-mini-2024-07-18", 1_721_172_717, _JANUARY, CHAT, 1.8),
    BaseModel("o4-mini-2025-04-16", 1_744_133_506, _OCTOBER, ("reinforcement",), 1.0),
    BaseModel("babbage-002", 1_692_634_615, _OCTOBER, ("supervised",), 0.2, 16_384, chats=False),
    BaseModel("davinci-002", 1_692_634_301, _OCTOBER, ("supervised",), 0.2, 16_384, chats=False),
    BaseModel("gpt-4o-2024-11-20", 1_731_975_040, _JANUARY),
    BaseModel("text-embedding-3-small", 1_705_948_997, chats=False),
)

_ALIASES = {
    "gpt-3.5-turbo": "gpt-3.5-turbo-0125",
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14",
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "o4-mini": "o4-mini-2025-04-16",
}

_BY_ID = {model.id: model for model in _MODELS}


def base_model(name: str) -> BaseModel | None:
    """The model of this name or alias; None for anything else, fine-tuned models included."""
    return _BY_ID.get(_ALIASES.get(name, name))


def listed_models() -> list[tuple[str, BaseModel]]:
    """Every name a base model is listed under, aliases included, with the model."""
    names = [(model.id, model) for model in _MODELS]
    names += [(alias, _BY_ID[target]) for alias, target in _ALIASES.items()]
    return sorted(names)


def base_of(fine_tuned: str) -> BaseModel | None:
    """The base model in a name such as `ft:gpt-4o-mini-2024-07-18:sandbox::8Qk2vB0c`."""
    fields = fine_tuned.split(":")
    return base_model(fields[1]) if len(fields) >= 4 and fields[0] == "ft" else None
