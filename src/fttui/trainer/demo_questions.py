"""A small set of questions with one right answer each, for a demo where no file is named."""

from __future__ import annotations

from typing import Any

ANSWERS = {
    "Paris": "the Seine", "London": "the Thames", "Vienna": "the Danube", "Rome": "the Tiber",
    "Lisbon": "the Tagus", "Prague": "the Vltava", "Warsaw": "the Vistula", "Cologne": "the Rhine",
    "Cairo": "the Nile", "Hamburg": "the Elbe", "Florence": "the Arno", "Turin": "the Po",
    "Bordeaux": "the Garonne", "Lyon": "the Rhone", "Nantes": "the Loire", "Dublin": "the Liffey",
    "Berlin": "the Spree", "Munich": "the Isar", "Krakow": "the Rudawa", "Porto": "the Douro",
    "Bern": "the Aare", "Zaragoza": "the Ebro", "Frankfurt": "the Main", "Stuttgart": "the Neckar",
}  # fmt: skip

PHRASINGS = (
    "Which river flows through {city}?",
    "Name the river of {city}.",
    "{city} lies on which river?",
    "What is the river in {city} called?",
    "Tell me which river runs through {city}.",
)


def conversation(city: str, phrasing: int) -> dict[str, Any]:
    """One row of a training file: a question in one of its phrasings, and its answer."""
    return {
        "messages": [
            {"role": "user", "content": PHRASINGS[phrasing].format(city=city)},
            {"role": "assistant", "content": f"{city} lies on {ANSWERS[city]}."},
        ]
    }


def conversations(phrasings: int = len(PHRASINGS)) -> list[dict[str, Any]]:
    """All questions in the first so many phrasings."""
    return [conversation(city, number) for number in range(phrasings) for city in ANSWERS]
