"""How to get an API key and where to put it, in English and in French.

The English is the catalogue's, so that it is in the user's language where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.content import Content

from fttui.terminal.language import _

KEYS_PAGE = "https://platform.openai.com/account/api-keys"


@dataclass(frozen=True, slots=True)
class Section:
    """A titled list of steps; `numbered` steps follow each other, others stand side by side."""

    title: str
    steps: tuple[str, ...]
    numbered: bool = True

    def to_content(self) -> Content:
        """The title, then a line for each step."""
        lines = [
            Content(f"{number}. {step}" if self.numbered else f"- {step}")
            for number, step in enumerate(self.steps, 1)
        ]
        return Content("\n").join([Content.styled(self.title, "bold"), *lines])


GUIDE: Mapping[str, tuple[Section, ...]] = {
    "en": (
        Section(
            _("Get an OpenAI API key"),
            (
                _("Create an account at https://www.openai.com (Sign Up), and log in."),
                _("Open the API keys page: {page}", page=KEYS_PAGE),
                _('Press "Create API Key" and give the key a name that you will recognise.'),
                _(
                    "Copy the key at once; it looks like sk-XXXXXXXXXXXXXXXXXXXXXXXX and is shown"
                    " only this time."
                ),
                _(
                    "Keep it safe: never share it, never commit it. The same page lists, creates"
                    " and revokes keys."
                ),
            ),
        ),
        Section(
            _("Set OPENAI_API_KEY on Linux"),
            (
                _("For this terminal:  export OPENAI_API_KEY='sk-...'"),
                _(
                    "For good: add that line to ~/.bashrc (or ~/.profile), then open a new"
                    " terminal."
                ),
            ),
            numbered=False,
        ),
        Section(
            _("Set OPENAI_API_KEY on macOS"),
            (
                _("For this terminal:  export OPENAI_API_KEY='sk-...'"),
                _("For good: add that line to ~/.zshrc, then open a new terminal."),
            ),
            numbered=False,
        ),
        Section(
            _("Set OPENAI_API_KEY on Windows"),
            (
                _('Right-click "This PC", Properties, "Advanced system settings".'),
                _('Press "Environment Variables..." near the bottom of the window.'),
                _(
                    'Under "User variables" press "New...": the name is OPENAI_API_KEY, the value'
                    " is your key."
                ),
                _('Close the three windows with "OK".'),
                _("Open a new terminal; restart the computer if the key is still not seen."),
                _('Or in PowerShell:  setx OPENAI_API_KEY "sk-..."  and open a new terminal.'),
            ),
        ),
        Section(
            _("Or let fttui keep it"),
            (_("Run  fttui login : it asks for the key, tries it, and stores it for you alone."),),
            numbered=False,
        ),
    ),
    "fr": (
        Section(
            "Créer une clé API OpenAI",
            (
                "Créez un compte sur https://www.openai.com (« Sign Up ») et connectez-vous.",
                f"Ouvrez la page des clés API : {KEYS_PAGE}",
                "Cliquez sur « Create API Key » et donnez à la clé un nom reconnaissable.",
                "Copiez la clé tout de suite : elle ressemble à sk-XXXXXXXXXXXXXXXXXXXXXXXX et"
                " n'est montrée qu'une fois.",
                "Gardez-la en sécurité : ne la partagez jamais. La même page sert à créer et à"
                " révoquer des clés.",
            ),
        ),
        Section(
            "Définir OPENAI_API_KEY sous Linux",
            (
                "Pour ce terminal :  export OPENAI_API_KEY='sk-...'",
                "Pour toujours : ajoutez cette ligne à ~/.bashrc (ou ~/.profile), puis ouvrez un"
                " nouveau terminal.",
            ),
            numbered=False,
        ),
        Section(
            "Définir OPENAI_API_KEY sous macOS",
            (
                "Pour ce terminal :  export OPENAI_API_KEY='sk-...'",
                "Pour toujours : ajoutez cette ligne à ~/.zshrc, puis ouvrez un nouveau terminal.",
            ),
            numbered=False,
        ),
        Section(
            "Définir OPENAI_API_KEY sous Windows",
            (
                "Clic droit sur « Ce PC », Propriétés, « Paramètres système avancés ».",
                "Cliquez sur « Variables d'environnement... » en bas de la fenêtre.",
                "Sous « Variables utilisateur » cliquez sur « Nouvelle... » : le nom est"
                " OPENAI_API_KEY, la valeur est votre clé.",
                "Fermez les trois fenêtres par « OK ».",
                "Ouvrez un nouveau terminal ; redémarrez l'ordinateur si la clé n'est pas vue.",
                'Ou dans PowerShell :  setx OPENAI_API_KEY "sk-..."  et un nouveau terminal.',
            ),
        ),
        Section(
            "Ou confiez-la à fttui",
            ("Lancez  fttui login : il demande la clé, l'essaie et la garde pour vous seul.",),
            numbered=False,
        ),
    ),
}


def guide_content(language: str) -> Content:
    """The whole guide in `language`, "en" or "fr"."""
    return Content("\n\n").join(section.to_content() for section in GUIDE[language])


def language_of(environ: Mapping[str, str]) -> str:
    """The guide's language for a terminal: "fr" when its locale is French, else "en"."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "fr" if environ[name].lower().startswith("fr") else "en"
    return "en"
