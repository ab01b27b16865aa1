"""The rules for what is more than text: tools and their calls, and the parts of a content."""

import re
from typing import Any

import orjson

from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.rules import EXCERPT, Problems
from fttui.training_data.wording import kind_of, quoted

MAX_FUNCTIONS = 128
_CALL_KEYS = frozenset({"id", "type", "function", "index"})

DETAILS = ("low", "high", "auto")
MAX_IMAGE_BYTES = 10 * 1000 * 1000
_DATA = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w=.-]+)*),")
_TAKEN = frozenset({"image/jpeg", "image/jpg", "image/png", "image/webp"})
_OTHER_IMAGES = (".gif", ".bmp", ".tif", ".tiff", ".svg", ".heic", ".avif", ".pdf")
_PART_KEYS = {
    "text": frozenset({"type", "text"}),
    "image_url": frozenset({"type", "image_url"}),
    "refusal": frozenset({"type", "refusal"}),
}


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


def check_parts(parts: list[Any], role: str, base: str, out: Problems) -> int:
    """Hold each part to its rules and return how many of them are images."""
    images = 0
    for index, part in enumerate(parts):
        path = f"{base}[{index}]"
        if not isinstance(part, dict):
            out.add(
                "content-part",
                path,
                _("a part must be an object, not {kind_of}", kind_of=kind_of(part)),
            )
            continue
        kind = part.get("type")
        if kind == "text" or (kind == "refusal" and role == "assistant"):
            _check_text(part, kind, path, out)
        elif kind == "image_url":
            images += 1
            if role and role != "user":
                out.add("image-role", path, _("a {role} message cannot hold an image", role=role))
            _check_image(part, path, out)
        elif "type" not in part:
            out.add("content-part", path, _("the part has no type"))
        else:
            message = _("part type {quoted} is not one of text, image_url", quoted=quoted(kind))
            out.add("content-part", f"{path}.type", message)
    return images


def _check_text(part: dict[str, Any], kind: str, path: str, out: Problems) -> None:
    if not isinstance(part.get(kind), str):
        where = f"{path}.{kind}" if kind in part else path
        found = kind_of(part[kind]) if kind in part else "missing"
        out.add(
            "content-part",
            where,
            _("the {kind} of a part must be a text, not {found}", kind=kind, found=found),
        )
    _check_keys(part, kind, path, out)


def _check_keys(part: dict[str, Any], kind: str, path: str, out: Problems) -> None:
    extra = part.keys() - _PART_KEYS[kind]
    if extra:
        name = safe(min(extra), maxlen=EXCERPT)
        out.add(
            "content-part",
            path,
            _('a {kind} part has no key "{name}"', kind=kind, name=name),
            _("remove the key"),
        )


def _check_image(part: dict[str, Any], path: str, out: Problems) -> None:
    _check_keys(part, "image_url", path, out)
    image = part.get("image_url")
    path = f"{path}.image_url"
    if not isinstance(image, dict):
        fix = _('write "image_url": {"url": "…"}')
        out.add(
            "content-part",
            path,
            _("image_url is an object, not {kind_of}", kind_of=kind_of(image)),
            fix,
        )
        return
    extra = image.keys() - {"url", "detail"}
    if extra:
        name = safe(min(extra), maxlen=EXCERPT)
        out.add(
            "content-part", path, _('image_url has no key "{name}"', name=name), _("remove the key")
        )
    if "detail" in image and image["detail"] not in DETAILS:
        message = _("detail {quoted} is not one of low, high, auto", quoted=quoted(image["detail"]))
        out.add("content-part", f"{path}.detail", message, _('write "auto"'))
    url = image.get("url")
    if not isinstance(url, str) or not url:
        out.add("content-part", path, _("an image has a url"))
    else:
        _check_address(url, f"{path}.url", out)


def is_taken_address(url: str) -> bool:
    """Tell whether an image may be at `url`."""
    out = Problems()
    _check_address(url, "", out)
    return not out.counts


def _check_address(url: str, path: str, out: Problems) -> None:
    head = url[:200]
    if head[:5].lower() == "data:":
        _check_data(url, head, path, out)
    elif not head.lower().startswith(("http://", "https://")):
        out.add(
            "image-url",
            path,
            _("{quoted} is not a http(s) address or base64 data", quoted=quoted(head)),
        )
    elif url.split("?", 1)[0].lower().endswith(_OTHER_IMAGES):
        out.add(
            "image-url",
            path,
            _("{quoted} is not a JPEG, PNG or WEBP by name", quoted=quoted(url[-EXCERPT:])),
        )


def _check_data(url: str, head: str, path: str, out: Problems) -> None:
    found = _DATA.match(head)
    if found is None or "base64" not in found.group(2).split(";"):
        out.add("image-url", path, _("{quoted} is not base64 data", quoted=quoted(head)))
    elif (found.group(1) or "").lower() not in _TAKEN:
        out.add(
            "image-format",
            path,
            _("{quoted} is not JPEG, PNG or WEBP", quoted=quoted(found.group(1))),
        )
    elif (size := (len(url) - found.end()) * 3 // 4) > MAX_IMAGE_BYTES:
        out.add(
            "image-format",
            path,
            _("the image has {size:.1f} MB; at most 10 are taken", size=size / 1e6),
        )
