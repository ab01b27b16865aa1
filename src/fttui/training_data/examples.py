"""The rules for one parsed example, by the format of its file."""

from collections.abc import Callable, Mapping
from typing import Any

from fttui.terminal.language import _, clauses
from fttui.training_data.conversation import (
    Conversation,
    check_image_count,
    check_messages,
)
from fttui.training_data.foreign.quick_look import may_be_foreign
from fttui.training_data.key_advice import example_key
from fttui.training_data.key_names import near_miss
from fttui.training_data.profile import (
    CHAT_KEYS,
    OLD_PREFERENCE_KEYS,
    PREFERENCE_KEYS,
    SHAPE_OF,
    CheckProfile,
    Format,
    format_of,
)
from fttui.training_data.rules import RULES, Problems
from fttui.training_data.tools import declared_functions, list_in_text
from fttui.training_data.wording import key_path, kind_of, listed, quoted

REINFORCEMENT_ROLES = ("developer", "user", "assistant", "tool")
PROMPT_ROLES = ("system", "developer")
OUTPUT_ROLES = ("assistant", "tool")
_INPUT_KEYS = frozenset({"messages", "tools", "parallel_tool_calls"})
_PREFERENCE_KEYS = frozenset(PREFERENCE_KEYS)
_COMPLETION_KEYS = frozenset({"prompt", "completion"})
_NEEDED: Mapping[Format, tuple[str, tuple[str, ...]]] = {
    Format.CHAT: ("messages-missing", ("messages",)),
    Format.REINFORCEMENT: ("messages-missing", ("messages",)),
    Format.PREFERENCE: ("preference-input", (*PREFERENCE_KEYS, *OLD_PREFERENCE_KEYS)),
    Format.COMPLETION: ("completion-value", ("prompt", "completion")),
}
"""The keys that make an example one of a format, and the rule that a line without any breaks."""


def check_example(example: Any, profile: CheckProfile, out: Problems) -> bool:
    """Hold one example to the rules of the file's format.

    Returns False for a line that is no example of this format at all and is not measured.
    """
    wanted = profile.format
    if profile.foreign is not None:
        from fttui.training_data.foreign.judging import check_foreign_line  # slow to import

        check_foreign_line(example, profile.foreign, out)
        return False
    found = format_of(example) if isinstance(example, dict) else None
    if wanted is not None and may_be_foreign(example, found, wanted):
        from fttui.training_data.foreign.judging import report_foreign_line  # slow to import

        if report_foreign_line(example, wanted, out):
            return False
    if not isinstance(example, dict):
        message = _("the line is {kind_of}, not an object", kind_of=kind_of(example))
        out.add("json-object", "", message, column=1)
        return False
    if wanted is None or (found is not wanted and _is_foreign(example, found, wanted)):
        _report_foreign(example, found, wanted, out)
        return False
    if _is_no_example(example, wanted):
        _report_no_example(example, wanted, out)
        return False
    _CHECKS[wanted](example, profile, out)
    return True


def _is_no_example(example: Mapping[str, Any], wanted: Format) -> bool:
    """Tell an object such as a header, which has nothing of the format, not even misspelt."""
    _rule, needed = _NEEDED[wanted]
    if any(key in example for key in needed):
        return False
    return not any(near_miss(key, needed) for key in example)


def _report_no_example(example: Mapping[str, Any], wanted: Format, out: Problems) -> None:
    rule, needed = _NEEDED[wanted]
    if out.only_count(rule):
        return
    message = _('the key "{key}" is missing', key=needed[0])
    if example:
        keys = listed([quoted(key) for key in list(example)[:5]])
        message = _("{message}; the line holds {keys}", message=message, keys=keys)
    shape = SHAPE_OF[wanted]
    fix = _("write it as {shape}, or remove the line if it is no example", shape=shape)
    out.add(rule, "", message, fix)


def _is_foreign(example: Mapping[str, Any], found: Format | None, wanted: Format) -> bool:
    """Tell an example of another format from a faulty one of this format."""
    if wanted in (Format.CHAT, Format.REINFORCEMENT):
        return found in (Format.PREFERENCE, Format.COMPLETION)
    return found is not None


def _report_foreign(
    example: Mapping[str, Any], found: Format | None, wanted: Format | None, out: Problems
) -> None:
    if wanted is None:
        if not out.only_count("unknown-format"):
            keys = quoted(next(iter(example))) if example else _("no keys")
            out.add(
                "unknown-format",
                "",
                _("an example that begins with {keys} has no known format", keys=keys),
            )
    elif found is not None and not out.only_count("mixed-formats"):
        message = _(
            "this example is in {found} format, the file in {wanted} format",
            found=found,
            wanted=wanted,
        )
        if found is Format.COMPLETION and wanted is Format.CHAT and _is_pair(example):
            out.add("mixed-formats", "", message, RULES["foreign-format"].fix, mend="convert")
            return
        out.add(
            "mixed-formats", "", message, _("write it as {shape_of}", shape_of=SHAPE_OF[wanted])
        )


def _is_pair(example: Mapping[str, Any]) -> bool:
    """Tell a prompt and a completion that become two messages for certain."""
    return example.keys() == _COMPLETION_KEYS and all(
        isinstance(text, str) for text in example.values()
    )


def _check_unknown_keys(
    container: Mapping[str, Any], known: frozenset[str], base: str, out: Problems
) -> None:
    if container.keys() <= known:
        return
    for key in container:
        if key in known or out.only_count("unknown-key"):
            continue
        fix, mend = example_key(key, container, known)
        what = _("{base} has", base=base) if base else _("the example has")
        text = _("{what} an extra key {quoted}", what=what, quoted=quoted(key))
        out.add("unknown-key", key_path(base, key), text, fix, mend=mend)


def _messages_of(container: Mapping[str, Any], base: str, out: Problems) -> list[Any]:
    """The messages of an example; reports them and returns none if they are not a list."""
    path = f"{base}.messages" if base else "messages"
    messages = container.get("messages")
    if isinstance(messages, list) and messages:
        return messages
    if "messages" not in container:
        out.add("messages-missing", base, _('the key "messages" is missing'))
    else:
        message = _("messages must be a list of messages, not {kind_of}", kind_of=kind_of(messages))
        fix, mend = list_in_text(messages)
        if base and isinstance(messages, dict) and "role" in messages:
            fix, mend = _("put the message into a list: fttui check --fix OUT"), "outputs"
        out.add("messages-missing", path, message, fix, mend=mend)
    return []


def _check_chat(example: dict[str, Any], profile: CheckProfile, out: Problems) -> None:
    _check_unknown_keys(example, CHAT_KEYS, "", out)
    declared = declared_functions(example, "", out)
    messages = _messages_of(example, "", out)
    if not messages:
        return
    found = check_messages(messages, "messages", out, declared=declared, limits=profile.limits)
    check_image_count(found.images, profile.limits, out)
    check_roles(found.roles, found.learned, out)


def check_roles(roles: list[str], learned: bool, out: Problems) -> None:
    """Hold the roles of a chat example to its rules; an unknown role counts as any."""
    last = len(roles) - 1
    if "assistant" not in roles:
        if "" not in roles:
            out.add("no-assistant-message", "messages", _("there is no assistant message"))
    elif not learned:
        out.add("nothing-to-learn", "messages", _("every assistant message has weight 0"))
    elif roles[last] not in ("assistant", ""):
        message = _("the last message is the {roles}'s", roles=roles[last])
        out.add("last-message", f"messages[{last}]", message)
    if "user" not in roles and "" not in roles:
        out.add("no-user-message", "messages", _("there is no user message"))
    if "" not in roles and not any(role in roles for role in PROMPT_ROLES):
        out.add("no-system-message", "messages", _("there is no system message"))


def _check_preference(example: dict[str, Any], profile: CheckProfile, out: Problems) -> None:
    _check_preference_keys(example, out)
    conversation = _check_input(example, profile, out)
    calls = conversation.calls if conversation else {}
    outputs = [
        _check_output(example[key], key, calls, profile, out)
        for key in PREFERENCE_KEYS[1:]
        if key in example
    ]
    if len(outputs) == 2 and all(outputs) and outputs[0] == outputs[1]:
        message = _("preferred_output and non_preferred_output are the same")
        out.add("same-outputs", "non_preferred_output", message)


def _check_preference_keys(example: dict[str, Any], out: Problems) -> None:
    if example.keys() == _PREFERENCE_KEYS:
        return
    old = [key for key in OLD_PREFERENCE_KEYS if key in example]
    for key in old:
        new = OLD_PREFERENCE_KEYS[key]
        message = _("{key} is the name of an older specification", key=key)
        fix, mend = _('write "{new}"', new=new), ""
        if new not in example:
            fix, mend = _('write "{new}": fttui check --fix OUT', new=new), "outputs"
        out.add("unknown-key", key, message, fix, mend=mend)
    _check_unknown_keys(example, _PREFERENCE_KEYS.union(old), "", out)
    renamed = {OLD_PREFERENCE_KEYS[key] for key in old}
    for key in PREFERENCE_KEYS:
        if key not in example and key not in renamed:
            rule = "preference-input" if key == "input" else "preference-output"
            out.add(rule, "", _('the key "{key}" is missing', key=key))


def _check_input(
    example: dict[str, Any], profile: CheckProfile, out: Problems
) -> Conversation | None:
    given = example.get("input", {})
    if not isinstance(given, dict):
        out.add(
            "preference-input",
            "input",
            _("input must be an object, not {kind_of}", kind_of=kind_of(given)),
            _('write {"messages": [{"role": "user", "content": "…"}]}: fttui check --fix OUT')
            if isinstance(given, str)
            else "",
            mend="outputs" if isinstance(given, str) else "",
        )
        return None
    if "input" not in example:
        return None
    _check_unknown_keys(given, _INPUT_KEYS, "input", out)
    declared = declared_functions(given, "input", out)
    messages = _messages_of(given, "input", out)
    if not messages:
        return None
    found = check_messages(
        messages, "input.messages", out, declared=declared, limits=profile.limits
    )
    if found.images:
        message = _("preference examples hold text only, this one holds an image")
        out.add("image-role", "input.messages", message, _("describe the image in words"))
    if found.roles and found.roles[-1] not in ("user", "tool", ""):
        path = f"input.messages[{len(messages) - 1}]"
        message = _("the input ends with the {roles}'s message", roles=found.roles[-1])
        out.add("preference-last-message", path, message)
    return found


def _check_output(
    output: Any, key: str, calls: Mapping[str, str], profile: CheckProfile, out: Problems
) -> Any:
    """Check one of the two answers and return it for comparison, None if it is not a list."""
    if not isinstance(output, list):
        fix, mend = "", ""
        if isinstance(output, str) or (isinstance(output, dict) and "role" in output):
            fix = _('write [{"role": "assistant", "content": "…"}]: fttui check --fix OUT')
            mend = "outputs"
        text = _(
            "{key} must be a list of messages, not {kind_of}", key=key, kind_of=kind_of(output)
        )
        out.add("preference-output", key, text, fix, mend=mend)
        return None
    if not output:
        out.add("preference-output", key, _("{key} is an empty list", key=key))
        return None
    found = check_messages(
        output, key, out, roles=OUTPUT_ROLES, earlier=calls, limits=profile.limits
    )
    if "assistant" not in found.roles and "" not in found.roles:
        out.add("preference-output", key, _("{key} has no assistant message", key=key))
    if found.images:
        out.add("preference-output", key, _("{key} holds an image; only text is taken", key=key))
    return output


def _check_reinforcement(example: dict[str, Any], profile: CheckProfile, out: Problems) -> None:
    declared = declared_functions(example, "", out)
    messages = _messages_of(example, "", out)
    if messages:
        _check_prompt(messages, declared, profile, out)
    item = item_keys(example)
    for name in profile.item_fields:
        if name not in item:
            message = _("the grader uses item.{name}, which this example does not have", name=name)
            out.add("item-missing", name, message, _('add "{name}"', name=name))
    if item != profile.item_keys and not out.only_count("item-keys-differ"):
        out.add("item-keys-differ", "", _difference(item, profile.item_keys))


def _check_prompt(
    messages: list[Any], declared: frozenset[str], profile: CheckProfile, out: Problems
) -> None:
    for index, message in enumerate(messages):
        if isinstance(message, dict) and message.get("role") == "system":
            text = _("system messages are not taken in reinforcement examples")
            fix = _('write "developer" instead of "system": fttui check --fix OUT')
            out.add("reinforcement-system", f"messages[{index}].role", text, fix, mend="role")
    limits = profile.limits
    roles = (*REINFORCEMENT_ROLES, "system")
    found = check_messages(messages, "messages", out, roles=roles, declared=declared, limits=limits)
    if found.images and not limits.takes_images_in_reinforcement:
        text = _("{name} takes no images in reinforcement examples", name=limits.name)
        out.add("image-role", "messages", text, _("describe the image in words"))
    check_image_count(found.images, limits, out)
    if found.roles and found.roles[-1] not in ("user", ""):
        path = f"messages[{len(messages) - 1}]"
        message = _("the last message is the {roles}'s", roles=found.roles[-1])
        out.add("reinforcement-last-message", path, message)


def item_keys(example: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of a reinforcement example that its grader sees as item fields, sorted."""
    return tuple(sorted(key for key in example if key not in ("messages", "tools")))


def _difference(found: tuple[str, ...], first: tuple[str, ...]) -> str:
    missing = [quoted(key) for key in first if key not in found][:3]
    extra = [quoted(key) for key in found if key not in first][:3]
    parts = [_("{join} missing", join=", ".join(missing))] if missing else []
    if extra:
        parts.append(_("{join} added", join=", ".join(extra)))
    return _("item fields differ from the first example's: {join}", join=clauses(parts))


def _check_completion(example: dict[str, Any], profile: CheckProfile, out: Problems) -> None:
    _check_unknown_keys(example, _COMPLETION_KEYS, "", out)
    for key in ("prompt", "completion"):
        if key not in example:
            out.add("completion-value", "", _('the key "{key}" is missing', key=key))
        elif not isinstance(example[key], str):
            value = example[key]
            fix, mend = "", ""
            if type(value) is int:
                fix = _('write the number as a text, "{n}": fttui check --fix OUT', n=value)
                mend = "number"
            message = _("{key} must be a text, not {kind_of}", key=key, kind_of=kind_of(value))
            out.add("completion-value", key, message, fix, mend=mend)
    prompt = example.get("prompt")
    if isinstance(prompt, str) and not prompt.strip():
        out.add("prompt-empty", "prompt", _("the prompt is empty"))
    completion = example.get("completion")
    if isinstance(completion, str):
        if not completion.strip():
            out.add("completion-empty", "completion", _("the completion is empty"))
        elif not completion[0].isspace():
            out.add("completion-leading-space", "completion", _("it does not begin with a space"))
    for key in ("prompt", "completion"):
        text = example.get(key)
        if isinstance(text, str) and len(text) > 1 and text.isupper() and len(text.split()) > 1:
            out.add("completion-upper-case", key, _("the {key} is all in upper case", key=key))


_CHECKS: Mapping[Format, Callable[[dict[str, Any], CheckProfile, Problems], None]] = {
    Format.CHAT: _check_chat,
    Format.PREFERENCE: _check_preference,
    Format.REINFORCEMENT: _check_reinforcement,
    Format.COMPLETION: _check_completion,
}
