"""What the screen without an API key says, in English and in French."""

from __future__ import annotations

from collections.abc import Mapping
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
    other_language: str
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
    keys: Mapping[str, str]


WORDS: Mapping[str, Words] = {
    "en": Words(
        title=_("No API key was found"),
        unusable=_("There is no usable API key"),
        other_language=_("f Français"),
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
        keys={},
    ),
    "fr": Words(
        title="Aucune clé API trouvée",
        unusable="Pas de clé API utilisable",
        other_language="f English",
        lead="Tapez une clé pour {host}, pour cette session seulement (i) : elle est essayée"
        " aussitôt, ce qui ne coûte rien. Ou prenez un autre chemin. Échap continue sans clé.",
        use="Utiliser cette clé",
        sandbox="Bac à sable",
        serve="Votre serveur",
        archive="Archive",
        asking="On demande à {host} si cette clé marche … Échap arrête.",
        works="La clé marche. Entrée continue avec elle.",
        use_anyway="Entrée l'utilise quand même.",
        ways=Section(
            "Chemins sans clé",
            (
                "t  le bac à sable : tout essayer ; sans clé, sans réseau, rien n'est facturé.",
                "s  votre propre serveur : fttui serve entraîne des modèles ouverts, avec les"
                " mêmes écrans.",
                "a  une archive : regarder tout ce que fttui archive a gardé d'un compte.",
            ),
            numbered=False,
        ),
        serve_title="Votre propre serveur",
        serve_about="c copie les commandes.",
        serve_needs="fttui serve parle la même API et entraîne pour de vrai des modèles ouverts"
        " (LoRA, supervised ou DPO) sur cette machine ; rien n'en sort, personne n'est payé.\n\n"
        "Il lui faut un interpréteur avec torch et quatre autres paquets (quelques Go), un dossier"
        " de modèles, et un GPU ou de la patience : environ 3 Go de mémoire pour un modèle de"
        " 0,5B, 18 Go pour 7B.",
        serve_then="Il continue dans ce terminal. Dans un autre :",
        keys={
            "first_run.sandbox": "Bac à sable",
            "first_run.serve": "Votre serveur",
            "first_run.leave": "Sans clé",
            "first_run.quit": "Quitter",
            "app.help": "Aide",
        },
    ),
}


def serve_text(words: Words) -> str:
    """What a server of one's own needs, and the commands for it."""
    parts = (words.serve_needs, SERVE_COMMANDS, words.serve_then, SERVE_PROFILE)
    return "\n\n".join(part.rstrip("\n") for part in parts)
