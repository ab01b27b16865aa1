"""The variables of the environment that commands heed, and the files that fttui keeps."""

from __future__ import annotations

from fttui.terminal.language import _

_OFFLINE = frozenset(
    {"demo", "sandbox", "serve", "check", "explain", "completion", "schema", "man"}
)
"""Commands that ask no endpoint."""
_ENDPOINT = (
    ("OPENAI_API_KEY", _("the key, for the server that OPENAI_BASE_URL names, else OpenAI's")),
    ("OPENAI_BASE_URL", _("the endpoint, where no profile is chosen")),
    ("OPENAI_ORG_ID, OPENAI_PROJECT_ID", _("organization and project, sent where the key goes")),
    ("FTTUI_PROFILE", _("the profile to use; --profile goes before it")),
    ("HTTPS_PROXY, NO_PROXY", _("the proxy, and the hosts that are reached without it")),
    ("SSL_CERT_FILE", _("certificates to trust, in the place of the system's")),
)
_APP = (
    ("FTTUI_CLIPBOARD", _("where copied text goes, as the setting clipboard")),
    ("VISUAL, EDITOR", _("the editor, where the settings name none")),
    ("FTTUI_BROWSER_WORD", _("the word that opens the app in a browser; none asks for none")),
)
_EVERYWHERE = (
    ("NO_COLOR", _("no colour, where it is set to anything")),
    ("LANG, LC_ALL, LANGUAGE", _("the language of what is shown; JSON stays English")),
    (
        "XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_DATA_HOME",
        _("folders of the settings, of what fttui remembers, and of archives"),
    ),
)
_OWN: dict[str, tuple[tuple[str, str], ...]] = {
    "sandbox": (("FTTUI_SANDBOX_KEY", _("the key that the server asks for")),),
    "serve": (
        ("FTTUI_ANSWERS_KEY", _("the key of the server that --answers names")),
        (
            "RAY_AUTH_TOKEN, RAY_AUTH_TOKEN_PATH",
            _("the token of the Ray cluster, or the file that holds it"),
        ),
    ),
}
FILES = (
    ("~/.config/fttui/config.toml", _("the settings that you write; README tells them all")),
    ("~/.config/fttui/profiles.toml", _("the profiles that fttui writes")),
    ("~/.local/state/fttui", _("the journal of what was paid for, notes, the log, reports")),
    ("~/.local/share/fttui", _("archives, and what `fttui serve` keeps")),
)
"""Where they are unless XDG's variables name other folders."""


def environment_of(command: str) -> list[tuple[str, str]]:
    """The variables that a command heeds, by its words; those of the whole program for ""."""
    first = command.partition(" ")[0]
    shown = list(_OWN.get(first, ()))
    if first not in _OFFLINE:
        shown += _ENDPOINT
    if not command:
        shown += _APP
    return [*shown, *(_EVERYWHERE[:2] if command else _EVERYWHERE)]
