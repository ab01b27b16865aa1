"""The rules for the parts of a content: texts and pictures."""

import binascii
import re
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from fttui.terminal.language import _
from fttui.training_data.key_advice import REMOVE_KEY, inner_key
from fttui.training_data.key_names import MEANINGLESS_IN_PARTS
from fttui.training_data.profile import Limits
from fttui.training_data.rules import EXCERPT, Problems
from fttui.training_data.wording import kind_of, quoted

DETAILS = ("low", "high", "auto")
_DATA = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w=.-]+)*),", re.IGNORECASE)
_TAKEN = frozenset({"image/jpeg", "image/jpg", "image/png", "image/webp"})
_OTHER_IMAGES = (".gif", ".bmp", ".tif", ".tiff", ".svg", ".heic", ".avif", ".pdf")
_PART_KEYS = {
    "text": frozenset({"type", "text"}),
    "image_url": frozenset({"type", "image_url"}),
    "refusal": frozenset({"type", "refusal"}),
}
_IMAGE_KEYS = frozenset({"url", "detail"})
_TEXTS_ELSEWHERE = frozenset({"input_text", "output_text"})
_IMAGES_ELSEWHERE = frozenset({"image", "input_image"})
_TO_IMAGE_URL = _('write {"type": "image_url", "image_url": {"url": "…"}}: fttui check --fix OUT')
_BARE = {"iVBORw0KGgo": "image/png", "/9j/": "image/jpeg", "UklGR": "image/webp"}
"""How the base64 of pictures begins that are taken."""
_OTHER_DATA = {
    "R0lGOD": "GIF",
    "Qk": "BMP",
    "SUkqA": "TIFF",
    "TU0AK": "TIFF",
    "JVBERi": "PDF",
    "PHN2Zy": "SVG",
}
"""How the base64 of pictures begins that are not taken, whatever they are called."""
_PRIVATE_NAMES = (".local", ".localhost", ".internal", ".lan", ".intranet", ".corp", ".home.arpa")


def check_parts(parts: list[Any], role: str, base: str, out: Problems, limits: Limits) -> int:
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
        elif kind == "image_url" or (isinstance(kind, str) and kind in _IMAGES_ELSEWHERE):
            images += 1
            if role and role != "user":
                out.add(
                    "image-role",
                    path,
                    _("a message of role {role} cannot hold an image", role=role),
                )
            if kind == "image_url":
                _check_image(part, path, out, limits)
            else:
                _report_other_image(part, path, out)
        elif "type" not in part:
            out.add("content-part", path, _("the part has no type"))
        else:
            message = _("part type {quoted} is not one of text, image_url", quoted=quoted(kind))
            fix, mend = "", ""
            if str(kind) in _TEXTS_ELSEWHERE and isinstance(part.get("text"), str):
                fix, mend = _('write "text": fttui check --fix OUT'), "parts"
            out.add("content-part", f"{path}.type", message, fix, mend=mend)
    return images


def _report_other_image(part: dict[str, Any], path: str, out: Problems) -> None:
    """An image as the Responses API or Anthropic's takes it."""
    source, url = part.get("source"), part.get("image_url")
    is_certain = isinstance(url, str) if part["type"] == "input_image" else _is_source(source)
    message = _("part type {quoted} is not one of text, image_url", quoted=quoted(part["type"]))
    fix = (
        _TO_IMAGE_URL if is_certain else _('write {"type": "image_url", "image_url": {"url": "…"}}')
    )
    out.add("content-part", f"{path}.type", message, fix, mend="parts" if is_certain else "")


def _is_source(source: Any) -> bool:
    if not isinstance(source, dict):
        return False
    if source.get("type") == "base64":
        return isinstance(source.get("media_type"), str) and isinstance(source.get("data"), str)
    return source.get("type") == "url" and isinstance(source.get("url"), str)


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
    known = _PART_KEYS[kind]
    extra = part.keys() - known
    if not extra:
        return
    key = min(extra, key=lambda name: (name in MEANINGLESS_IN_PARTS, name))
    message = _("a part of type {kind} has no key {quoted}", kind=kind, quoted=quoted(key))
    if key in MEANINGLESS_IN_PARTS:
        out.add("content-part", path, message, REMOVE_KEY[0], mend="parts")
    else:
        out.add("content-part", path, message, inner_key(key, part, known))


def _check_image(part: dict[str, Any], path: str, out: Problems, limits: Limits) -> None:
    _check_keys(part, "image_url", path, out)
    image = part.get("image_url")
    path = f"{path}.image_url"
    if not isinstance(image, dict):
        fix, mend = _('write "image_url": {"url": "…"}'), ""
        if isinstance(image, str) and image:
            fix, mend = _('write "image_url": {"url": "…"}: fttui check --fix OUT'), "parts"
        message = _("image_url is an object, not {kind_of}", kind_of=kind_of(image))
        out.add("content-part", path, message, fix, mend=mend)
        return
    for key in sorted(image.keys() - _IMAGE_KEYS)[:1]:
        message = _("image_url has no key {quoted}", quoted=quoted(key))
        out.add("content-part", path, message, inner_key(key, image, _IMAGE_KEYS))
    if "detail" in image and image["detail"] not in DETAILS:
        message = _("detail {quoted} is not one of low, high, auto", quoted=quoted(image["detail"]))
        out.add("content-part", f"{path}.detail", message, _('write "auto"'))
    url = image.get("url")
    if not isinstance(url, str) or not url:
        out.add("content-part", path, _("an image has a url"))
    else:
        _check_address(url, f"{path}.url", out, limits)


def is_taken_address(url: str, limits: Limits) -> bool:
    """Tell whether an image may be at `url`."""
    out = Problems()
    _check_address(url, "", out, limits)
    return not out.counts


def _check_address(url: str, path: str, out: Problems, limits: Limits) -> None:
    head = url[:200]
    if head[:5].lower() == "data:":
        _check_data(url, head, path, out, limits)
    elif not head.lower().startswith(("http://", "https://")):
        _report_no_address(url, head, path, out)
    elif reason := _unreachable(url):
        message = _(
            "the endpoint cannot fetch {quoted}: {reason}", quoted=quoted(head), reason=reason
        )
        out.add("image-url", path, message)
    elif url.split("?", 1)[0].split("#", 1)[0].lower().endswith(_OTHER_IMAGES):
        out.add(
            "image-url",
            path,
            _("{quoted} is not a JPEG, PNG or WEBP by name", quoted=quoted(url[-EXCERPT:])),
        )


def _report_no_address(url: str, head: str, path: str, out: Problems) -> None:
    media = next((media for start, media in _BARE.items() if url.startswith(start)), "")
    if media and _bytes_of(url) is not None:
        message = _("the picture's base64 stands without what it is")
        fix = _('write "data:{media};base64,…": fttui check --fix OUT', media=media)
        out.add("image-url", path, message, fix, mend="parts")
    elif _is_path(head):
        message = _(
            "{quoted} is a file of your machine, which the endpoint cannot fetch",
            quoted=quoted(head),
        )
        out.add("image-url", path, message)
    else:
        message = _("{quoted} is not a http(s) address or base64 data", quoted=quoted(head))
        out.add("image-url", path, message)


def _is_path(head: str) -> bool:
    lower = head.lower()
    if lower.startswith(("file:", "/", "./", "../", "~", "\\")) or lower[1:3] in (":\\", ":/"):
        return True
    return ":" not in head and lower.endswith((*_OTHER_IMAGES, ".png", ".jpg", ".jpeg", ".webp"))


def _unreachable(url: str) -> str:
    """Why nobody outside can reach a http(s) address; empty where somebody may."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return _("it is no address")
    if not host:
        return _("it names no host")
    if host == "localhost" or host.endswith(_PRIVATE_NAMES):
        return _("{host} is known on your own network only", host=quoted(host))
    try:
        address = ip_address(host)
    except ValueError:
        # A name without a dot is one of a network at home or in a cluster.
        return (
            "" if "." in host else _("{host} is known on your own network only", host=quoted(host))
        )
    return "" if address.is_global else _("{host} is an address of your own network", host=host)


def _check_data(url: str, head: str, path: str, out: Problems, limits: Limits) -> None:
    found = _DATA.match(head)
    if found is None or "base64" not in found.group(2).lower().split(";"):
        out.add("image-url", path, _("{quoted} is not base64 data", quoted=quoted(head)))
    elif (found.group(1) or "").lower() not in _TAKEN:
        out.add(
            "image-format",
            path,
            _("{quoted} is not JPEG, PNG or WEBP", quoted=quoted(found.group(1))),
        )
    else:
        _check_picture(url[found.end() :], path, out, limits)


def _check_picture(data: str, path: str, out: Problems, limits: Limits) -> None:
    size = _bytes_of(data)
    if size is None:
        fix = _("encode the picture again with a base64 library")
        message = _("the picture is broken: {quoted} is no base64", quoted=quoted(data))
        out.add("image-format", path, message, fix)
    elif size == 0:
        out.add("image-format", path, _("the picture is empty"), _("add the picture's base64"))
    elif size > limits.image_bytes:
        message = _(
            "the image has {size:.1f} MB; {name} takes at most {most:.0f}",
            size=size / 1e6,
            name=limits.name,
            most=limits.image_bytes / 1e6,
        )
        out.add("image-format", path, message)
    else:
        other = next((name for start, name in _OTHER_DATA.items() if data.startswith(start)), "")
        if other:
            message = _("the picture is {other} inside, not JPEG, PNG or WEBP", other=other)
            out.add("image-format", path, message)


def _bytes_of(data: str) -> int | None:
    """The length of what base64 stands for; None if it is broken. It may have line ends."""
    try:
        return len(binascii.a2b_base64(data, strict_mode=True))
    except ValueError:  # binascii.Error too, and letters beyond ASCII
        pass
    if "\n" not in data:
        return None
    try:
        return len(binascii.a2b_base64(data.replace("\r", "").replace("\n", ""), strict_mode=True))
    except ValueError:
        return None
