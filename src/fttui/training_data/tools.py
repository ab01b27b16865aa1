"""The rules for tools and the calls of them."""

import re
from typing import Any

import orjson

from fttui.terminal.language import _
from fttui.training_data.key_advice import LEAVE_OUT, inner_key
from fttui.training_data.rules import Problems
from fttui.training_data.wording import kind_of, quoted

MAX_FUNCTIONS = 128
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CALL_KEYS = frozenset({"id", "type", "function", "index"})
_FLAT_TOOL_KEYS = frozenset({"type", "name", "description", "parameters", "input_schema", "strict"})
_BROKEN = object()


def declared_functions(example: dict[str, Any], base: str, out: Problems) -> frozenset[str]:
    """Check `tools`, `functions` and `parallel_tool_calls`; return the names that they declare.

    What is null, or no tools at all, counts as absent.
    """
    prefix = f"{base}." if base else ""
    names: set[str] = set()
    if example.get("tools") not in (None, []):
        names |= _tools(example["tools"], f"{prefix}tools", out)
    if example.get("functions") is not None:
        names |= _functions(example["functions"], f"{prefix}functions", out)
    parallel = example.get("parallel_tool_calls")
    if parallel is not None and not isinstance(parallel, bool):
        message = _(
            "parallel_tool_calls is true or false, not {kind_of}", kind_of=kind_of(parallel)
        )
        out.add("tools", f"{prefix}parallel_tool_calls", message, _("write true or false"))
    return frozenset(names)


def _tools(tools: Any, path: str, out: Problems) -> set[str]:
    if not isinstance(tools, list):
        fix, mend = list_in_text(tools)
        message = _("tools is a list of tools, not {kind_of}", kind_of=kind_of(tools))
        out.add("tools", path, message, fix, mend=mend)
        return set()
    names: set[str] = set()
    for index, tool in enumerate(tools):
        where = f"{path}[{index}]"
        if not isinstance(tool, dict):
            out.add("tools", where, _("a tool is an object, not {kind_of}", kind_of=kind_of(tool)))
        elif _is_flat(tool):
            message = _("the tool is written as for another API, without a function object")
            fix = _('write {"type": "function", "function": { … }}: fttui check --fix OUT')
            out.add("tools", where, message, fix, mend="tools")
            _check_name(tool.get("name"), f"{where}.name", out, "tools")
            names.add(tool["name"])
        elif tool.get("type") != "function":
            found = quoted(tool["type"]) if "type" in tool else "missing"
            out.add("tools", where, _('the type of a tool is "function", not {found}', found=found))
        else:
            names |= _function(tool.get("function"), f"{where}.function", out)
    return names


def list_in_text(value: Any) -> tuple[str, str]:
    """The fix and the mend of a list that is written as a JSON text; empty for anything else."""
    if not isinstance(value, str):
        return "", ""
    from fttui.training_data.exact import value_within  # slow to import

    if not isinstance(value_within(value), list):
        return "", ""
    return _("write the list itself, not a text of it: fttui check --fix OUT"), "json-text"


def _is_flat(tool: dict[str, Any]) -> bool:
    """Tell whether a tool is one of the Responses API or of Anthropic's, with nothing more."""
    if "function" in tool or not isinstance(tool.get("name"), str) or not tool["name"]:
        return False
    return tool.get("type", "function") in ("function", "custom") and (
        tool.keys() - {"cache_control"} <= _FLAT_TOOL_KEYS
    )


def _functions(functions: Any, path: str, out: Problems) -> set[str]:
    if not isinstance(functions, list) or not 1 <= len(functions) <= MAX_FUNCTIONS:
        found = len(functions) if isinstance(functions, list) else kind_of(functions)
        message = _(
            "functions is a list of 1 to {max_functions} functions, not {found}",
            max_functions=MAX_FUNCTIONS,
            found=found,
        )
        fix, mend = LEAVE_OUT if functions == [] else ("", "")
        out.add("tools", path, message, fix, mend=mend)
        return set()
    names: set[str] = set()
    for index, function in enumerate(functions):
        names |= _function(function, f"{path}[{index}]", out)
    return names


def _function(function: Any, path: str, out: Problems) -> set[str]:
    if not isinstance(function, dict):
        out.add(
            "tools", path, _("a function is an object, not {kind_of}", kind_of=kind_of(function))
        )
        return set()
    name = function.get("name")
    if not isinstance(name, str) or not name:
        out.add("tools", path, _("the function has no name"), _('add "name": "…"'))
        return set()
    _check_name(name, f"{path}.name", out, "tools")
    parameters = function.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        message = _(
            "parameters is a JSON schema object, not {kind_of}", kind_of=kind_of(parameters)
        )
        out.add("tools", f"{path}.parameters", message)
    return {name}


def _check_name(name: Any, path: str, out: Problems, rule: str) -> None:
    """Hold the name of a function to the letters that endpoints take."""
    if isinstance(name, str) and name and not _NAME.fullmatch(name):
        message = _(
            "the function name {quoted} is not 1 to 64 letters, digits, _ and -",
            quoted=quoted(name),
        )
        plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:64]
        fix = (
            _('write a name such as "{plain}", in tools and in every call', plain=plain)
            if plain
            else _("write a name of letters, digits, _ and -")
        )
        out.add(rule, path, message, fix)


def check_tool_calls(
    message: dict[str, Any], path: str, out: Problems, declared: frozenset[str] | None
) -> dict[str, str]:
    """Check the calls of a message; return the id of each with its JSON path."""
    if message.get("function_call") is not None:
        _called(message["function_call"], f"{path}.function_call", out, declared)
    calls = message.get("tool_calls")
    if calls is None:
        return {}
    path = f"{path}.tool_calls"
    if not isinstance(calls, list) or not calls:
        fix, mend = ("", "")
        if calls == []:
            fix, mend = _("leave tool_calls out: fttui check --fix OUT"), "nulls"
        text = _("tool_calls is a list of calls, not {kind_of}", kind_of=kind_of(calls))
        out.add("tool-call", path, text, fix, mend=mend)
        return {}
    made: dict[str, str] = {}
    for index, call in enumerate(calls):
        where = f"{path}[{index}]"
        identity = _check_call(call, where, out, declared)
        if identity in made:
            out.add(
                "tool-call",
                f"{where}.id",
                _("the id {quoted} is used twice", quoted=quoted(identity)),
            )
        elif identity:
            made[identity] = where
    return made


def _check_call(call: Any, path: str, out: Problems, declared: frozenset[str] | None) -> str:
    """The id of a call, empty when it has none."""
    if not isinstance(call, dict):
        out.add(
            "tool-call", path, _("a tool call is an object, not {kind_of}", kind_of=kind_of(call))
        )
        return ""
    identity = call.get("id")
    if not isinstance(identity, str) or not identity:
        out.add("tool-call", path, _("the tool call has no id"))
        identity = ""
    if call.get("type") != "function":
        found = quoted(call["type"]) if "type" in call else "missing"
        fix = _('add "type": "function"')
        out.add(
            "tool-call",
            path,
            _('the type of a tool call is "function", not {found}', found=found),
            fix,
        )
    for key in call.keys() - _CALL_KEYS:
        message = _("a tool call has no key {quoted}", quoted=quoted(key))
        out.add("tool-call", path, message, inner_key(key, call, _CALL_KEYS))
    _called(call.get("function"), f"{path}.function", out, declared)
    return identity


def _called(function: Any, path: str, out: Problems, declared: frozenset[str] | None) -> None:
    if not isinstance(function, dict):
        out.add(
            "tool-call", path, _("function is an object, not {kind_of}", kind_of=kind_of(function))
        )
        return
    name = function.get("name")
    if not isinstance(name, str) or not name:
        out.add("tool-call", path, _("the called function has no name"))
    else:
        _check_name(name, f"{path}.name", out, "tool-call")
        if declared is not None and name not in declared:
            message = _("the function {quoted} is not declared in tools", quoted=quoted(name))
            out.add("tool-undeclared", f"{path}.name", message)
    _check_arguments(function, f"{path}.arguments", out)


def _check_arguments(function: dict[str, Any], path: str, out: Problems) -> None:
    arguments = function.get("arguments")
    if not isinstance(arguments, str):
        found = kind_of(arguments) if "arguments" in function else "missing"
        fix, mend = "", ""
        if isinstance(arguments, dict):
            fix, mend = _("write the object as a JSON text: fttui check --fix OUT"), "arguments"
        message = _("arguments is a text that holds JSON, not {found}", found=found)
        out.add("tool-call", path, message, fix, mend=mend)
        return
    value = _loaded(arguments)
    if isinstance(value, dict) or out.only_count("tool-arguments"):
        return
    fix, mend = "", ""
    if value is _BROKEN:
        message = _("the arguments are not valid JSON: {quoted}", quoted=quoted(arguments))
    elif isinstance(value, str) and isinstance(_loaded(value), dict):
        message = _("the arguments are encoded twice: a JSON text within a JSON text")
        fix, mend = _("encode them once: fttui check --fix OUT"), "arguments"
    else:
        message = _("the arguments hold {kind_of}, not an object", kind_of=kind_of(value))
        fix = _('write them as an object with their names: {"name": …}')
    out.add("tool-arguments", path, message, fix, mend=mend)


def are_arguments(text: str) -> bool:
    """Tell whether a text is the arguments of a call: an object as JSON."""
    return isinstance(_loaded(text), dict)


def _loaded(text: str) -> Any:
    """The value that a JSON text holds, `_BROKEN` for a text that is none."""
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return _BROKEN
