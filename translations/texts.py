"""Finds the texts that fttui shows: what catalogues have to translate.

They are the constants given to `_`, `short` and `marked`, the nouns given to `counted`,
`plural` and `nouns`, and what `endpoints.toml` tells people of its templates.
"""

from __future__ import annotations

import ast
import tokenize
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SOURCES = Path(__file__).parents[1] / "src"
_ALONE = frozenset({"_", "marked", "short"})
_WITH_COUNT = frozenset({"counted", "plural"})
_PAIR = "nouns"
# The server and the trainer speak to programs, as the endpoints do that they stand for.
_NOT_SHOWN = ("fttui/server/", "fttui/trainer/")


@dataclass(slots=True)
class Text:
    """A text, its plural if it has one, the files it is in, and the comments before it.

    `context` is "short" where there is little room for it.
    """

    one: str
    many: str = ""
    context: str = ""
    places: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


def find_texts(sources: Path = SOURCES) -> list[Text]:
    """All texts, each once; those with a plural have it wherever one place gives one."""
    found: dict[tuple[str, str], Text] = {}
    for path in sorted(sources.rglob("*.py")):
        name = path.relative_to(sources).as_posix()
        if name.startswith(_NOT_SHOWN):
            continue
        for text, many, context, comment in _texts_in(path):
            known = found.setdefault((context, text), Text(text, context=context))
            known.many = known.many or many
            if name not in known.places:
                known.places.append(name)
            if comment and comment not in known.comments:
                known.comments.append(comment)
    for text, name in _texts_of_templates(sources):
        known = found.setdefault(("", text), Text(text))
        known.places += [name] if name not in known.places else []
    return list(found.values())


def _texts_of_templates(sources: Path) -> Iterator[tuple[str, str]]:
    """The titles and notes of the endpoints that profiles are made for, and their file."""
    for path in sources.glob("*/endpoints.toml"):
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["templates"]:
            for text in filter(None, (row["title"], row.get("note", ""))):
                yield text, path.relative_to(sources).as_posix()


def _texts_in(path: Path) -> Iterator[tuple[str, str, str, str]]:
    source = path.read_text(encoding="utf-8")
    if not any(f"{name}(" in source for name in _ALONE | _WITH_COUNT):
        return
    comments = _comments_in(path)
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in _ALONE:
            text, many = _constant(node.args[0]), ""
        elif name in _WITH_COUNT or name == _PAIR:
            one, *others = node.args[name in _WITH_COUNT :]
            text = _constant(one)
            many = _constant(others[0]) if others else f"{text}s"
        else:
            continue
        if not text:
            continue
        context = name if name == "short" else ""
        yield text, many, context, comments.get(node.lineno - 1, "")


def _constant(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _comments_in(path: Path) -> dict[int, str]:
    """Comments for translators by their line."""
    with path.open("rb") as file:
        return {
            token.start[0]: token.string.removeprefix("# Translators:").strip()
            for token in tokenize.tokenize(file.readline)
            if token.type == tokenize.COMMENT and token.string.startswith("# Translators:")
        }
