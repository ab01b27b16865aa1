"""What the keys of training files are known to mean: bookkeeping, meaning, and misspelt names."""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

_LONGEST = 40
_LONG_ENOUGH_FOR_TWO = 8
_TOO_SHORT_TO_SWAP = 4

MEANINGLESS = frozenset(
    {
        *("id", "_id", "idx", "index", "uuid", "guid", "md5", "sha", "sha256", "checksum"),
        *("row", "row_id", "row_number", "line_number", "__index_level_0__", "Unnamed: 0"),
        *("example_id", "sample_id", "record_id", "item_id", "custom_id", "request_id"),
        *("conversation_id", "conv_id", "chat_id", "thread_id", "session_id", "dialog_id"),
        *("dialogue_id", "conversation_hash", "prompt_id", "question_id", "answer_id", "task_id"),
        *("message_id", "message_tree_id", "parent_id", "user_id", "doc_id", "document_id"),
        *("source", "source_id", "source_url", "origin", "url", "uri"),
        *("dataset", "dataset_name", "dataset_id", "subset", "split", "file", "filename"),
        *("file_name", "version", "revision"),
        *("lang", "language", "locale", "timestamp", "ts", "created"),
        *("created_at", "createdAt", "created_time", "updated", "updated_at", "updatedAt"),
        *("modified_at", "synced_at", "exported_at", "turn", "num_turns", "n_turns"),
        *("num_tokens", "n_tokens", "token_count", "usage", "latency"),
        *("latency_ms", "finish_reason"),
        *("system_fingerprint", "service_tier", "schemaVersion", "schema_version"),
        *("model", "model_name", "generator", "temperature", "top_p", "top_k", "max_tokens"),
        *("max_completion_tokens", "frequency_penalty", "presence_penalty", "stream", "seed", "n"),
    }
)
"""Keys of an example that only keep books about it: nothing is lost to training without them."""

MEANINGLESS_IN_MESSAGES = frozenset(
    {
        *("id", "_id", "idx", "index", "uuid", "message_id", "parent_id", "thread_id", "run_id"),
        *("assistant_id", "user_id", "conversation_id", "timestamp", "ts", "time", "date"),
        *("datetime", "created", "created_at", "createdAt", "updated_at", "updatedAt"),
        *("model", "model_name", "finish_reason", "stop_reason", "stop_sequence", "usage"),
        *("token_count", "num_tokens", "n_tokens", "tokens", "length", "lang", "language"),
        *("source", "url", "object", "cache_control", "status", "turn", "turn_id", "hash", "md5"),
        *("annotations",),
    }
)
"""Keys of a message that only keep books about it."""

MEANINGLESS_IN_PARTS = frozenset({"cache_control"})
"""Keys of a part of a content, or of a tool, that only keep books about it."""

HOLDS_NOTHING = frozenset({"annotations", "tool_calls", "function_call", "audio", "images"})
"""Keys of a message that say nothing when they are empty."""

ROLE_OF: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("user", "human", "prompter"), "user"),
        **dict.fromkeys(
            ("assistant", "gpt", "chatgpt", "ai", "bot", "chatbot", "model"), "assistant"
        ),
        "system": "system",
        "developer": "developer",
        "tool": "tool",
        "function": "function",
    }
)
"""Our role for the name, in small letters, that a tool gives to it."""

MEANINGFUL = frozenset(
    {
        *("answer", "answers", "label", "labels", "class", "classes", "category", "reference"),
        *("references", "reference_answer", "ideal", "target", "targets", "expected", "gold"),
        *("ground_truth", "solution", "correct_answer", "rubric", "score", "scores", "reward"),
        *("rating", "weight", "prompt", "prompts", "question", "questions", "query", "problem"),
        *("instruction", "instructions", "input", "inputs", "output", "outputs", "response"),
        *("responses", "reply", "completion", "completions", "text", "texts", "document"),
        *("context", "contexts", "passage", "system", "system_prompt", "history", "chosen"),
        *("rejected", "rejected_response", "rejected_messages", "preferred", "conversation"),
        *("conversations", "contents", "images", "image", "audio", "video", "reasoning"),
        *("reasoning_content", "thinking", "thought", "explanation", "rationale", "summary"),
        *("title", "kto_tag", "hint", "hints", "options", "choices", "tests", "test", "code"),
    }
)
"""Keys whose values say something: a prompt, an answer, a judgement. They are never given up."""


def near_miss(key: Any, known: Collection[str]) -> str | None:
    """The known key that `key` is a misspelling of, None where it may be a word of its own.

    Case, spaces, hyphens, underscores and a plural do not count; beside them one letter may be
    wrong, in long words two. `context` is no misspelt `content`, nor is `rejected_response` a
    `response`.
    """
    if not isinstance(key, str) or len(key) > _LONGEST:
        return None
    return _near_miss(key, tuple(known))


@lru_cache(maxsize=1_000)
def _near_miss(key: str, known: tuple[str, ...]) -> str | None:
    """Files repeat their misspelt keys."""
    word = _letters(key)
    for choice in known:
        if word and word.removesuffix("s") == _letters(choice).removesuffix("s"):
            return choice
    if key.strip().lower() in MEANINGFUL | MEANINGLESS | MEANINGLESS_IN_MESSAGES:
        return None
    for choice in known:
        if _is_misspelt(word, _letters(choice)):
            return choice
    return None


def _letters(key: str) -> str:
    return re.sub(r"[\s_-]+", "", key).lower()


def _is_misspelt(word: str, right: str) -> bool:
    """Tell whether a few slips of the fingers make `word` of `right`."""
    if not word or word[0] != right[0]:
        return False
    if len(right) <= _TOO_SHORT_TO_SWAP:
        # Of a short word another letter makes another word: `mode`, `node`.
        return (len(word) != len(right) and slips(word, right) == 1) or _is_swapped(word, right)
    allowed = 2 if len(right) >= _LONG_ENOUGH_FOR_TWO else 1
    return abs(len(word) - len(right)) <= allowed and slips(word, right) <= allowed


def _is_swapped(word: str, right: str) -> bool:
    return sorted(word) == sorted(right) and slips(word, right) == 1


def slips(word: str, right: str) -> int:
    """The letters that are missing, too many, wrong or swapped with their neighbour."""
    before: list[int] = []
    last = list(range(len(right) + 1))
    for row, letter in enumerate(word, 1):
        now = [row]
        for column, wanted in enumerate(right, 1):
            least = min(
                last[column] + 1, now[column - 1] + 1, last[column - 1] + (letter != wanted)
            )
            is_swap = row > 1 and column > 1 and letter == right[column - 2]
            if is_swap and word[row - 2] == wanted:
                least = min(least, before[column - 2] + 1)
            now.append(least)
        before, last = last, now
    return last[-1]
