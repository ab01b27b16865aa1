"""Help and command palette, both made from the bindings that are active now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

_GROUPS = {
    "tab": "Tabs",
    "create": "Create Fine-Tuning Job",
    "jobs": "List Fine-Tuning Jobs",
    "app": "Everywhere",
}


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be asked for: its group, words, keys as shown, and action."""

    group: str
    text: str
    keys: str
    action: str
    owner: DOMNode


def active_commands(app: App[Any]) -> list[Command]:
    """Each named binding of the app and of the panes, by group, with the keys it has now."""
    owners: list[DOMNode] = [app, *getattr(app, "listeners", [])]
    found: dict[str, Command] = {}
    for owner in owners:
        for _, binding in bindings_of(owner):
            name = binding.id or ""
            group = _GROUPS.get(name.partition(".")[0])
            if binding.description and group and name not in found:
                keys = _keys_of(owner, name)
                found[name] = Command(group, binding.description, keys, binding.action, owner)
    groups = list(_GROUPS.values())
    return sorted(found.values(), key=lambda command: groups.index(command.group))


def app_commands(app: App[Any], screen: Screen[Any]) -> Iterable[SystemCommand]:
    """The palette's entries: every active command, and Textual's choice of themes."""
    for command in active_commands(app):
        yield SystemCommand(
            command.text,
            f"{command.group} · {command.keys}",
            lambda command=command: app.call_later(_run, app, command),
        )
    yield SystemCommand("Theme", "Choose how fttui looks", app.action_change_theme)


async def _run(app: App[Any], command: Command) -> None:
    await app.run_action(command.action, default_namespace=command.owner)


def bindings_of(node: DOMNode) -> Iterator[tuple[str, Binding]]:
    """Key and binding of all that `node` binds itself, remapped keys included.

    The one place that reads Textual's private tables: its public `active_bindings` tells only of
    the focused widget and its parents, and help must tell of every tab.
    """
    table = node._bindings.copy()
    table.apply_keymap(node.app._keymap)
    for key, bindings in table.key_to_bindings.items():
        for binding in bindings:
            yield key, binding


def keys_by_name(*owners: DOMNode) -> dict[str, str]:
    """The key of each named binding of `owners`, as it is bound and shown now."""
    keys: dict[str, str] = {}
    for owner in owners:
        for _, binding in bindings_of(owner):
            if binding.id:
                keys.setdefault(binding.id, owner.app.get_key_display(binding))
    return keys


def _keys_of(owner: DOMNode, name: str) -> str:
    shown: list[str] = []
    for key, binding in bindings_of(owner):
        if binding.id == name:
            first = owner.app.get_key_display(binding) if not shown else key
            shown.append(first.replace("question_mark", "?").replace("ctrl+", "^"))
    return " ".join(dict.fromkeys(shown))
