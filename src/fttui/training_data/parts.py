"""The rules for content that is a list of parts: texts and images."""

import re
from typing import Any

from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.rules import EXCERPT, Problems
from fttui.training_data.wording import kind_of, quoted

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
