"""The rules for tools that an example declares and for the calls that it makes."""

from typing import Any

import orjson

from fttui.terminal.language import _
from fttui.training_data.rules import Problems
from fttui.training_data.wording import kind_of, quoted

MAX_FUNCTIONS = 128
_CALL_KEYS = frozenset({"id", "type", "function", "index"})


def declared_functions(example: dict[str, Any], base: str, out: Problems) -> frozenset[str]:
    """Check `tools`, `functions` and `parallel_tool_calls`; return the names that they declare."""
    prefix = f"{base}." if base else ""
    names: set[str] = set()
    if "tools" in example:
        names |= _tools(example["tools"], f"{prefix}tools", out)
    if "functions" in example:
        names |= _functions(example["functions"], f"{prefix}functions", out)
    parallel = example.get("parallel_tool_calls", True)
    if not isinstance(parallel, bool):
        message = _(
            "parallel_tool_calls is true or false, not {kind_of}", kind_of=kind_of(parallel)
        )
        out.add("tools", f"{prefix}parallel_tool_calls", message, _("write true or false"))
    return frozenset(names)


def _tools(tools: Any, path: str, out: Problems) -> set[str]:
    if not isinstance(tools, list) or not tools:
        out.add("tools", path, _("tools is a list of tools, not {kind_of}", kind_of=kind_of(tools)))
        return set()
    names: set[str] = set()
    for index, tool in enumerate(tools):
        where = f"{path}[{index}]"
        if not isinstance(tool, dict):
            out.add("tools", where, _("a tool is an object, not {kind_of}", kind_of=kind_of(tool)))
        elif tool.get("type") != "function":
            found = quoted(tool["type"]) if "type" in tool else "missing"
            out.add("tools", where, _('the type of a tool is "function", not {found}', found=found))
        else:
            names |= _function(tool.get("function"), f"{where}.function", out)
    return names


def _functions(functions: Any, path: str, out: Problems) -> set[str]:
    if not isinstance(functions, list) or not 1 <= len(functions) <= MAX_FUNCTIONS:
        found = len(functions) if isinstance(functions, list) else kind_of(functions)
        message = _(
            "functions is a list of 1 to {max_functions} functions, not {found}",
            max_functions=MAX_FUNCTIONS,
            found=found,
        )
        out.add("tools", path, message)
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
    parameters = function.get("parameters", {})
    if not isinstance(parameters, dict):
        message = _(
            "parameters is a JSON schema object, not {kind_of}", kind_of=kind_of(parameters)
        )
        out.add("tools", f"{path}.parameters", message)
    return {name}


def check_tool_calls(
    message: dict[str, Any], path: str, out: Problems, declared: frozenset[str] | None
) -> dict[str, str]:
    """Check the calls of a message; return the id of each with its JSON path."""
    if "function_call" in message:
        _called(message["function_call"], f"{path}.function_call", out, declared)
    if "tool_calls" not in message:
        return {}
    calls = message["tool_calls"]
    path = f"{path}.tool_calls"
    if not isinstance(calls, list) or not calls:
        out.add(
            "tool-call",
            path,
            _("tool_calls is a list of calls, not {kind_of}", kind_of=kind_of(calls)),
        )
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
        out.add(
            "tool-call",
            path,
            _("a tool call has no key {quoted}", quoted=quoted(key)),
            _("remove the key"),
        )
    _called(call.get("function"), f"{path}.function", out, declared)
    return identity


def _called(function: Any, path: str, out: Problems, declared: frozenset[str] | None) -> None:
    if not isinstance(function, dict):
        out.add(
            "tool-call", path, _("function is an object, not {kind_of}", kind_of=kind_of(function))
        )
        return
    name, arguments = function.get("name"), function.get("arguments")
    if not isinstance(name, str) or not name:
        out.add("tool-call", path, _("the called function has no name"))
    elif declared is not None and name not in declared:
        where = f"{path}.name"
        out.add(
            "tool-undeclared",
            where,
            _("the function {quoted} is not declared in tools", quoted=quoted(name)),
        )
    if not isinstance(arguments, str):
        found = kind_of(arguments) if "arguments" in function else "missing"
        fix = _("write the object as a JSON text") if isinstance(arguments, dict) else ""
        message = _("arguments is a text that holds JSON, not {found}", found=found)
        out.add("tool-call", f"{path}.arguments", message, fix)
        return
    try:
        orjson.loads(arguments)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        if not out.only_count("tool-arguments"):
            message = _("the arguments are not valid JSON: {quoted}", quoted=quoted(arguments))
            out.add("tool-arguments", f"{path}.arguments", message)
