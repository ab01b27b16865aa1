"""The rules for messages, wherever a format holds them: roles, contents, weights, tool calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.training_data.key_advice import message_key
from fttui.training_data.key_names import ROLE_OF, near_miss
from fttui.training_data.parts import check_parts
from fttui.training_data.profile import Limits
from fttui.training_data.rules import Problems
from fttui.training_data.tools import check_tool_calls
from fttui.training_data.wording import key_path, kind_of, listed, quoted

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
MESSAGE_KEYS = (
    "role",
    "content",
    "name",
    "weight",
    "tool_calls",
    "function_call",
    "tool_call_id",
    "refusal",
)
_KNOWN_KEYS = frozenset(MESSAGE_KEYS)
_PLAIN_KEYS = frozenset({"role", "content"})
_TEXT_KEYS = ("name", "refusal")
_LIMITS = Limits()


@dataclass(slots=True)
class Conversation:
    """What a run of messages turned out to hold."""

    roles: list[str] = field(default_factory=list)
    images: int = 0
    learned: bool = False
    """Some assistant message does not have weight 0."""
    calls: dict[str, str] = field(default_factory=dict)
    """Ids of the tool calls so far, with the JSON path of each."""
    waiting: dict[str, str] = field(default_factory=dict)
    """The calls among them that no tool message has answered yet."""
    limits: Limits = _LIMITS


def check_messages(
    messages: list[Any],
    base: str,
    out: Problems,
    *,
    roles: tuple[str, ...] = ROLES,
    declared: frozenset[str] | None = None,
    earlier: Mapping[str, str] | None = None,
    limits: Limits = _LIMITS,
) -> Conversation:
    """Hold every message to the rules that all formats share, and tell what was found.

    `declared` are the functions offered to the model, None when they are not known; `earlier`
    the tool calls that came before these messages.
    """
    found = Conversation(calls=dict(earlier or {}), limits=limits)
    for index, message in enumerate(messages):
        path = f"{base}[{index}]"
        if not isinstance(message, dict):
            out.add(
                "message-object",
                path,
                _("a message must be an object, not {kind_of}", kind_of=kind_of(message)),
            )
            continue
        role = _check_role(message, path, roles, out)
        found.roles.append(role)
        _check_message(message, role, path, out, found, declared)
    return found


def _check_role(message: dict[str, Any], path: str, roles: tuple[str, ...], out: Problems) -> str:
    """The role of a message, empty when it has no known one."""
    role = message.get("role")
    if isinstance(role, str) and role in roles:
        return role
    if out.only_count("message-role"):
        return ""
    if "role" not in message:
        out.add(
            "message-role",
            path,
            _("the message has no role"),
            _("add one of {listed}", listed=listed(roles)),
        )
        return ""
    message_text = _(
        "role {quoted} is not one of {listed}", quoted=quoted(role), listed=listed(roles)
    )
    meant = ROLE_OF.get(role.strip().lower(), "") if isinstance(role, str) else ""
    close = meant if meant in roles else near_miss(role, roles)
    fix, mend = (_('write "{close}"', close=close) if close else ""), ""
    if close and close == meant:
        fix, mend = _('write "{meant}": fttui check --fix OUT', meant=meant), "role"
    out.add("message-role", f"{path}.role", message_text, fix, mend=mend)
    return ""


def _check_message(
    message: dict[str, Any],
    role: str,
    path: str,
    out: Problems,
    found: Conversation,
    declared: frozenset[str] | None,
) -> None:
    keys = message.keys()
    is_plain = keys <= _PLAIN_KEYS
    if is_plain:
        found.learned = found.learned or role == "assistant"
    else:
        _check_keys(message, path, out)
        _check_weight(message, role, path, out, found)
    if found.waiting and role != "tool":
        _report_unanswered(out, found)
    if not is_plain and _calls(message):
        _check_calls(message, role, path, out, found, declared)
    if role in ("tool", "function"):
        _check_answer(message, role, path, out, found)
    content = message.get("content")
    if type(content) is str:
        if not content and role == "assistant" and not _may_be_silent(message):
            out.add("empty-output", f"{path}.content", _("the assistant's answer is empty"))
    elif isinstance(content, list) and content:
        if role == "tool":
            _report_tool_parts(content, f"{path}.content", out)
        found.images += check_parts(content, role, f"{path}.content", out, found.limits)
    else:
        _check_no_content(message, role, path, out)


def _calls(message: dict[str, Any]) -> bool:
    return message.get("tool_calls") is not None or message.get("function_call") is not None


def _check_keys(message: dict[str, Any], path: str, out: Problems) -> None:
    for key in message.keys() - _KNOWN_KEYS:
        if out.only_count("message-key"):
            continue
        fix, mend = message_key(key, message[key], message, MESSAGE_KEYS)
        text = _("a message has no key {quoted}", quoted=quoted(key))
        out.add("message-key", key_path(path, key), text, fix, mend=mend)
    for key in _TEXT_KEYS:
        value = message.get(key)
        if value is not None and not isinstance(value, str):
            out.add(
                "message-value",
                f"{path}.{key}",
                _("{key} must be a text, not {kind_of}", key=key, kind_of=kind_of(value)),
            )


def _check_weight(
    message: dict[str, Any], role: str, path: str, out: Problems, found: Conversation
) -> None:
    weight = message.get("weight")
    where = f"{path}.weight"
    if weight is not None and role and role != "assistant":
        fix = _("leave weight out, it says nothing here: fttui check --fix OUT")
        out.add("weight", where, _("a {role} message has no weight", role=role), fix, mend="weight")
    elif weight is not None and (type(weight) is not int or weight not in (0, 1)):
        fix, mend = "", ""
        if isinstance(weight, bool | float) and weight in (0, 1):
            fix, mend = _("write {number}: fttui check --fix OUT", number=int(weight)), "weight"
        text = _("weight must be 0 or 1, not {quoted}", quoted=quoted(weight))
        out.add("weight", where, text, fix, mend=mend)
    if role == "assistant" and not (type(weight) is int and weight == 0):
        found.learned = True


def _check_calls(
    message: dict[str, Any],
    role: str,
    path: str,
    out: Problems,
    found: Conversation,
    declared: frozenset[str] | None,
) -> None:
    if role and role != "assistant":
        key = "tool_calls" if message.get("tool_calls") is not None else "function_call"
        out.add("tool-call", f"{path}.{key}", _("a {role} message cannot call tools", role=role))
    made = check_tool_calls(message, path, out, declared)
    found.calls.update(made)
    found.waiting.update(made)


def _check_answer(
    message: dict[str, Any], role: str, path: str, out: Problems, found: Conversation
) -> None:
    if role == "function":
        if not isinstance(message.get("name"), str):
            out.add("message-value", path, _("a function message has the name of the function"))
        return
    call = message.get("tool_call_id")
    if not isinstance(call, str) or not call:
        out.add("tool-call-id", path, _("a tool message has no tool_call_id"))
    elif call not in found.calls:
        out.add(
            "tool-call-id",
            f"{path}.tool_call_id",
            _("{quoted} is no earlier tool call", quoted=quoted(call)),
        )
    else:
        found.waiting.pop(call, None)


def _report_unanswered(out: Problems, found: Conversation) -> None:
    is_refused = found.limits.requires_answers
    for call, path in found.waiting.items():
        text = _("tool call {quoted} has no answer", quoted=quoted(call))
        if is_refused:
            text = _("{text}; {name} refuses the file", text=text, name=found.limits.name)
        out.add("tool-call-refused" if is_refused else "tool-call-unanswered", path, text)
    found.waiting.clear()


def _may_be_silent(message: dict[str, Any]) -> bool:
    return bool(message.get("tool_calls") or message.get("function_call") or message.get("refusal"))


def _check_no_content(message: dict[str, Any], role: str, path: str, out: Problems) -> None:
    """Report a content that is missing, empty or of another type than text and parts."""
    content = message.get("content")
    if content is None and role == "assistant" and _may_be_silent(message):
        return
    if "content" not in message:
        out.add("message-content", path, _("the message has no content"))
        return
    text = _("content must be a text or a list of parts, not {kind_of}", kind_of=kind_of(content))
    fix, mend = "", ""
    if type(content) is int:
        fix, mend = (
            _('write the number as a text, "{n}": fttui check --fix OUT', n=content),
            "number",
        )
    elif isinstance(content, dict):
        fix = _("write the object as a JSON text, if the model is to answer in JSON")
    out.add("message-content", f"{path}.content", text, fix, mend=mend)


def _report_tool_parts(parts: list[Any], path: str, out: Problems) -> None:
    """The answer of a tool is one text: endpoints refuse a file in which it has parts."""
    part = parts[0]
    is_text = len(parts) == 1 and isinstance(part, dict) and part.keys() == {"type", "text"}
    if is_text and part["type"] == "text" and isinstance(part["text"], str):
        fix, mend = _("write the text itself, not a list: fttui check --fix OUT"), "tool-text"
    else:
        fix, mend = _("write the answer as one text"), ""
    text = _("the content of a tool message must be a text, not a list of parts")
    out.add("message-content", path, text, fix, mend=mend)


def check_image_count(images: int, limits: Limits, out: Problems) -> None:
    """Report an example with more images than the endpoint takes."""
    if images > limits.images_per_example:
        text = _(
            "{counted}; {name} takes at most {limit}",
            counted=counted(images, "image"),
            name=limits.name,
            limit=limits.images_per_example,
        )
        out.add("image-count", "messages", text)
