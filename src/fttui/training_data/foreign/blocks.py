"""Contents made of blocks, as Bedrock, Anthropic and Gemini have them, made into ours."""

from typing import Any

from fttui.terminal.language import _
from fttui.training_data.foreign.shapes import (
    Message,
    Unconvertible,
    call_of,
    is_parts,
    said,
    turns_of,
)
from fttui.training_data.key_names import MEANINGLESS_IN_MESSAGES, ROLE_OF
from fttui.training_data.wording import kind_of, quoted

_KEYS_OF = {
    "tool_use": {"type", "id", "name", "input", "cache_control"},
    "tool_result": {"type", "tool_use_id", "content", "is_error", "cache_control"},
}
_FOREIGN = tuple(_KEYS_OF)


def _blocks(messages: list[Message]) -> list[Any]:
    contents = [message.get("content") for message in messages]
    return [block for content in contents if isinstance(content, list) for block in content]


def has_untyped_blocks(messages: list[Message]) -> bool:
    """Tell whether there are blocks of a text without a type, as Bedrock has them."""
    blocks = _blocks(messages)
    return bool(blocks) and all(
        isinstance(block, dict) and "type" not in block and isinstance(block.get("text"), str)
        for block in blocks
    )


def has_foreign_blocks(messages: list[Message]) -> bool:
    """Tell whether there are calls of tools, or their answers, among the blocks of a content."""
    return any(
        isinstance(block, dict) and block.get("type") in _FOREIGN for block in _blocks(messages)
    )


def block_messages(messages: list[Message]) -> list[Message]:
    """Messages whose contents may be blocks; raises Unconvertible."""
    made: list[Message] = []
    for number, message in enumerate(messages, 1):
        content = message.get("content")
        if not isinstance(content, list) or is_parts(content):
            made += turns_of([message])
        else:
            made += _message_of_blocks(message, content, number)
    return made


def _message_of_blocks(message: Message, blocks: list[Any], number: int) -> list[Message]:
    """The message of some blocks, after the answers of tools that are among them."""
    lost = message.keys() - {"role", "content"} - MEANINGLESS_IN_MESSAGES
    role = ROLE_OF.get(message["role"].strip().lower())
    if lost or role is None:
        what = quoted(min(lost) if lost else message["role"])
        raise Unconvertible(_("turn {number} also has {keys}", number=number, keys=what), lost)
    parts, calls, answers = [], [], []
    for block in blocks:
        kind = block.get("type", "text") if isinstance(block, dict) else None
        if kind in _FOREIGN and (more := block.keys() - _KEYS_OF[kind]):
            key = min(more)
            raise Unconvertible(
                _("turn {number} also has {keys}", number=number, keys=quoted(key)), more
            )
        if kind == "tool_use":
            calls.append(call_of(str(block.get("id", "")), block.get("name"), block.get("input")))
        elif kind == "tool_result":
            answers.append(_answer(block))
        else:
            parts.append(_part(block, number))
    if not blocks:
        raise Unconvertible(_("turn {number} has no parts", number=number))
    if answers and role != "user":
        raise Unconvertible(_("turn {number} answers a call in another's name", number=number))
    made: Message = said(role, content_of(parts)) if parts else {"role": role}
    if calls:
        made["tool_calls"] = calls
    return [*answers, made] if parts or calls else answers


def _answer(block: Message) -> Message:
    content = block.get("content", "")
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    texts = [part.get("text") if isinstance(part, dict) else None for part in parts]
    if not all(isinstance(text, str) for text in texts) or block.get("is_error"):
        raise Unconvertible(_("the answer of a tool is no text"))
    answer = said("tool", "\n".join(str(text) for text in texts))
    return {**answer, "tool_call_id": str(block.get("tool_use_id", ""))}


def content_of(parts: list[Message]) -> Any:
    """A text where there is just one, else the parts."""
    is_text = len(parts) == 1 and parts[0]["type"] == "text"
    return parts[0]["text"] if is_text else parts


def _part(block: Any, number: int) -> Message:
    if isinstance(block, dict):
        kind = block.get("type", "text")
        if kind == "text" and isinstance(block.get("text"), str):
            if block.keys() <= {"type", "text", "cache_control"}:
                return {"type": "text", "text": block["text"]}
        elif kind == "image_url" and block.keys() == {"type", "image_url"}:
            return block
        elif kind == "image" and isinstance(block.get("source"), dict):
            return _picture(block["source"], number)
    kind_name = quoted(block.get("type", next(iter(block), ""))) if isinstance(block, dict) else ""
    raise Unconvertible(
        _(
            "turn {number} holds a part that cannot be converted: {kind}",
            number=number,
            kind=kind_name or kind_of(block),
        )
    )


def _picture(source: Message, number: int) -> Message:
    kind, data = source.get("media_type"), source.get("data")
    if source.get("type") == "base64" and isinstance(kind, str) and isinstance(data, str):
        return {"type": "image_url", "image_url": {"url": f"data:{kind};base64,{data}"}}
    if source.get("type") == "url" and isinstance(source.get("url"), str):
        return {"type": "image_url", "image_url": {"url": source["url"]}}
    raise Unconvertible(_("turn {number} holds an image that is not there", number=number))


def gemini_system(value: Any) -> list[Message]:
    """The system message of Gemini's instruction: a text, or parts."""
    if isinstance(value, str):
        return [said("system", value)] if value else []
    parts = value.get("parts") if isinstance(value, dict) else None
    return [said("system", _gemini_content(parts, 0))] if parts else []


def gemini_messages(contents: list[Message]) -> list[Message]:
    """Messages of Gemini's turns; raises Unconvertible for calls, files and the like."""
    made = []
    for number, turn in enumerate(contents, 1):
        role = ROLE_OF.get(str(turn.get("role", "user")).strip().lower())
        if role not in ("user", "assistant", "system"):
            name = quoted(turn.get("role"))
            raise Unconvertible(
                _("turn {number} is {name}'s, who is none of our roles", number=number, name=name)
            )
        if lost := turn.keys() - {"role", "parts"}:
            keys = quoted(min(lost))
            raise Unconvertible(_("turn {number} also has {keys}", number=number, keys=keys), lost)
        made.append(said(role, _gemini_content(turn["parts"], number)))
    return made


def _gemini_content(parts: Any, number: int) -> Any:
    blocks = parts if isinstance(parts, list) else [parts]
    made = []
    for block in ({"text": block} if isinstance(block, str) else block for block in blocks):
        if not isinstance(block, dict) or block.keys() != {"text"}:
            raise _no_part(block, number)
        made.append(_part({"type": "text", **block}, number))
    if not made:
        raise Unconvertible(_("turn {number} has no parts", number=number))
    return content_of(made)


def _no_part(block: Any, number: int) -> Unconvertible:
    kind = next((key for key in block if key != "text"), "") if isinstance(block, dict) else ""
    return Unconvertible(
        _(
            "turn {number} holds a part that cannot be converted: {kind}",
            number=number,
            kind=quoted(kind) if kind else kind_of(block),
        )
    )
