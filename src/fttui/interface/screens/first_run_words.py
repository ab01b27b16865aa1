"""What the screen without an API key says."""

from __future__ import annotations

from dataclasses import dataclass

from fttui.interface.screens.guide import Section
from fttui.terminal.language import _

SERVE_COMMANDS = """\
python -m venv train
train/bin/pip install torch transformers trl peft accelerate datasets
mkdir models
fttui doctor --train --python ./train/bin/python
fttui serve --models ./models --python ./train/bin/python \\
    --allow-download Qwen/Qwen2.5-0.5B-Instruct
"""
"""What starts a server of one's own; it goes on in that terminal."""
SERVE_PROFILE = """\
fttui profiles add mine --template local
fttui --profile mine
"""
"""What opens it, in another terminal."""


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of the screen; `{host}` in them is where a typed key goes."""

    title: str
    unusable: str
    lead: str
    use: str
    sandbox: str
    serve: str
    archive: str
    asking: str
    works: str
    use_anyway: str
    ways: Section
    serve_title: str
    serve_about: str
    serve_needs: str
    serve_then: str


def words() -> Words:
    """The texts in the language that is spoken here."""
    return Words(
        title=_("No API key was found"),
        unusable=_("There is no usable API key"),
        lead=_(
            "Type a key for {host}, for this session only (i): it is tried at once, which costs"
            " nothing. Or go another way. Esc looks around without a key."
        ),
        use=_("Use this key"),
        sandbox=_("Sandbox"),
        serve=_("Own server"),
        archive=_("Archive"),
        asking=_("Asking {host} whether this key works … Esc stops."),
        works=_("The key works. Enter goes on with it."),
        use_anyway=_("Enter uses it all the same."),
        ways=Section(
            _("Ways without a key"),
            (
                _("t  the sandbox: try everything; no key, no network, nothing is billed."),
                _(
                    "s  a server of your own: fttui serve trains open models, with the same"
                    " screens."
                ),
                _("a  an archive: look at all that fttui archive has saved of an account."),
            ),
            numbered=False,
        ),
        serve_title=_("A server of your own"),
        serve_about=_("c copies the commands."),
        serve_needs=_(
            "fttui serve speaks the same API and trains open models for real (LoRA, supervised or"
            " DPO) on this machine; nothing leaves it, nobody is paid.\n\nIt needs an interpreter"
            " with torch and four packages more (some GB), a folder with models, and a GPU or"
            " patience: about 3 GB of memory for a model of 0.5B, 18 GB for 7B."
        ),
        serve_then=_("It goes on in that terminal. In another one:"),
    )


def serve_text(said: Words) -> str:
    """What a server of one's own needs, and the commands for it."""
    parts = (said.serve_needs, SERVE_COMMANDS, said.serve_then, SERVE_PROFILE)
    return "\n\n".join(part.rstrip("\n") for part in parts)
