"""Writes training files as people really have them: valid by every rule, the same for a seed.

Several turns, tool calls with their answers, six languages, weights, and quotes and emoji that
a careless reader stumbles over.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SYSTEM = (
    "You are the support desk of Halden & Søn, a shop for bicycles and spare parts. Answer in the "
    "customer's language, in at most three sentences. Look an order up before you speak of it."
)

PRODUCTS = (
    "Vega 28″ front wheel", "Nordlys dynamo lamp", "Kestrel touring saddle", "Fjord pannier 22 l",
    "Ålesund rain cape", "Tinde brake pads (pair)", "Brisk 9-speed chain", "Lykke child seat",
    "Sirius bell", "Granit U-lock 230", "Havn e-bike battery 500 Wh", "Storm mudguard set",
)  # fmt: skip

CITIES = (
    "Tromsø", "Łódź", "São Paulo", "Malmö", "Zürich", "Córdoba", "Brno", "Gdańsk", "Reykjavík",
    "Besançon", "札幌", "Θεσσαλονίκη",
)  # fmt: skip

CARRIERS = ("Postnord", "DHL", "La Poste", "ヤマト運輸", "Correos")


@dataclass(frozen=True)
class Language:
    """One language's lines; names in braces stand for the facts of an order."""

    where: str
    on_the_way: str
    late: str
    sorry: str
    broken: str
    replaced: str
    fits: str
    answer_fits: str
    thanks: str
    welcome: str


LANGUAGES: dict[str, Language] = {
    "en": Language(
        "Hi, where is my order {order}? I've been waiting for the {product}.",
        "Your {product} left our store in {city} with {carrier} and reaches you in {days} days.",
        "That is what you told me last week about {order}…",
        "You are right, and I am sorry. {carrier} has confirmed {days} more days; the shipping "
        "cost is refunded.",
        "The {product} from order {order} arrived broken 😕 What now?",
        "I am sorry about that! A new {product} goes out today and arrives within {days} days; "
        "keep the broken one.",
        'Does the {product} I ordered as {order} fit a 2019 frame with "quick release"?',
        "Yes: it fits every frame built since 2012, quick release or through axle.",
        "Thanks a lot 🙏",
        "My pleasure. Have a good ride!",
    ),
    "fr": Language(
        "Bonjour, où en est ma commande {order} ? J'attends le « {product} ».",
        "Votre {product} a quitté {city} avec {carrier} ; il arrive dans {days} jours.",
        "C'est déjà ce qu'on m'a dit la semaine dernière pour {order}…",
        "Vous avez raison, toutes nos excuses. {carrier} annonce encore {days} jours ; les frais "
        "de port vous sont remboursés.",
        "Le {product} de la commande {order} est arrivé cassé. Que faire ?",
        "Nous en sommes désolés. Un nouveau {product} part ce soir et arrive sous {days} jours.",
        "Le {product} de la commande {order} est-il compatible avec un cadre de 2019 ?",
        "Oui, il convient à tous les cadres construits depuis 2012.",
        "Merci beaucoup !",
        "Avec plaisir. Bonne route !",
    ),
    "de": Language(
        "Guten Tag, wo bleibt meine Bestellung {order}? Es geht um: {product}.",
        "Ihr Paket ({product}) hat {city} mit {carrier} verlassen und ist in {days} Tagen da.",
        "Das hieß es letzte Woche zu {order} auch schon …",
        "Sie haben recht, das tut uns leid. {carrier} nennt noch {days} Tage; das Porto erstatten "
        "wir Ihnen.",
        "{product} aus der Bestellung {order} kam beschädigt an. Was nun?",
        "Das tut uns leid. Der Ersatz ({product}) geht heute hinaus und ist in {days} Tagen bei "
        "Ihnen.",
        "Passt {product} aus {order} an einen Rahmen von 2019?",
        "Ja, an alle Rahmen, die seit 2012 gebaut wurden.",
        "Vielen Dank!",
        "Gern geschehen. Gute Fahrt!",
    ),
    "ja": Language(
        "こんにちは。注文 {order} の {product} はいつ届きますか？",
        "{product} は {city} から {carrier} で発送済みです。あと{days}日ほどで届きます。",
        "{order} については先週も同じことを言われました。",
        "申し訳ございません。{carrier} によると、あと{days}日かかります。送料は返金いたします。",
        "注文 {order} の {product} が壊れて届きました。どうすればいいですか？",
        "申し訳ございません。新しい {product} を本日発送し、{days}日以内にお届けします。",
        "{order} の {product} は2019年のフレームに合いますか？",
        "はい、2012年以降のフレームすべてに取り付けられます。",
        "ありがとうございます。",
        "どういたしまして。よい一日を！",
    ),
    "ar": Language(
        "مرحبا، أين طلبي {order}؟ أنتظر {product}.",
        "غادر {product} مدينة {city} مع {carrier} وسيصل خلال {days} أيام.",
        "قيل لي الشيء نفسه الأسبوع الماضي عن {order}.",
        "أنت على حق ونعتذر. تؤكد {carrier} أنه سيصل خلال {days} أيام، وسنعيد إليك تكلفة الشحن.",
        "وصل {product} من الطلب {order} مكسورا. ماذا أفعل؟",
        "نعتذر عن ذلك. نرسل اليوم {product} جديدا ويصل خلال {days} أيام.",
        "هل يناسب {product} من الطلب {order} إطارا من عام 2019؟",
        "نعم، يناسب كل الإطارات المصنوعة منذ 2012.",
        "شكرا جزيلا.",
        "على الرحب والسعة.",
    ),
    "pl": Language(
        "Dzień dobry, gdzie jest moje zamówienie {order}? Czekam na: {product}.",
        "{product} opuścił {city} z firmą {carrier} i dotrze za {days} dni.",
        "To samo słyszałem tydzień temu w sprawie {order}…",
        "Ma Pan rację, przepraszamy. {carrier} podaje jeszcze {days} dni; zwracamy koszt wysyłki.",
        "{product} z zamówienia {order} przyszedł uszkodzony. Co teraz?",
        "Przepraszamy! Nowy {product} wysyłamy dziś, dotrze w ciągu {days} dni.",
        "Czy {product} z {order} pasuje do ramy z 2019 roku?",
        "Tak, pasuje do wszystkich ram zbudowanych od 2012 roku.",
        "Dziękuję!",
        "Proszę bardzo. Szerokiej drogi!",
    ),
}

WEIGHTS = (("en", 10), ("fr", 4), ("de", 3), ("ja", 2), ("ar", 1), ("pl", 2))
"""How often each language comes up."""


TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": "find_order",
            "description": "Looks up an order by its number.",
            "parameters": {
                "type": "object",
                "properties": {"order": {"type": "string"}},
                "required": ["order"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "send_replacement",
            "description": "Sends an article again, free of charge.",
            "parameters": {
                "type": "object",
                "properties": {
                    "order": {"type": "string"},
                    "article": {"type": "string"},
                    "reason": {"type": "string", "enum": ["broken", "lost", "wrong"]},
                },
                "required": ["order", "article", "reason"],
            },
        },
    },
]

Message = dict[str, Any]


def write_sample_training_file(
    path: str | os.PathLike[str], examples: int = 240, seed: int = 0
) -> Path:
    """Writes a supervised chat file and returns its path."""
    return _write(path, conversations(examples, random.Random(f"train {seed}"), first=10_000))  # noqa: S311


def write_sample_validation_file(
    path: str | os.PathLike[str], examples: int = 40, seed: int = 0
) -> Path:
    """Writes more of the same, sharing no example with the training file."""
    rows = conversations(examples, random.Random(f"validation {seed}"), first=8_000_000)  # noqa: S311
    return _write(path, rows)


def write_sample_preference_file(
    path: str | os.PathLike[str], examples: int = 120, seed: int = 0
) -> Path:
    """Writes a file for DPO: an input, an answer that is liked and one that is not."""
    return _write(path, _preferences(examples, random.Random(f"preference {seed}")))  # noqa: S311


def _write(path: str | os.PathLike[str], rows: Iterator[dict[str, Any]]) -> Path:
    target = Path(path)
    with target.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    return target


class _Case:
    """One customer with one order: the words of a conversation."""

    def __init__(self, rng: random.Random, number: int) -> None:
        names = [name for name, weight in WEIGHTS for _ in range(weight)]
        self.lines: Language = LANGUAGES[rng.choice(names)]
        self.order = f"HS-{number}"
        self.facts = {
            "order": self.order,
            "product": rng.choice(PRODUCTS),
            "city": rng.choice(CITIES),
            "carrier": rng.choice(CARRIERS),
            "days": rng.randint(2, 9),
        }
        self.call_id = "call_" + "".join(rng.choices("abcdefghijkmnpqrstuvwxyz23456789", k=16))

    def say(self, role: str, line: str, **extra: Any) -> Message:
        return {"role": role, "content": line.format(**self.facts), **extra}

    def look_up(self) -> list[Message]:
        """The assistant's tool call and what the tool answers."""
        arguments = json.dumps({"order": self.order})
        found = {key: self.facts[key] for key in ("order", "product", "carrier", "city")}
        found["state"] = "in transit"
        return self._call("find_order", arguments, found)

    def replace(self) -> list[Message]:
        """The assistant has the article sent again."""
        arguments = {"order": self.order, "article": self.facts["product"], "reason": "broken"}
        text = json.dumps(arguments, ensure_ascii=False)
        return self._call("send_replacement", text, {"ok": True, "days": self.facts["days"]})

    def _call(self, name: str, arguments: str, answer: dict[str, Any]) -> list[Message]:
        call_id = f"{self.call_id}{len(name)}"
        call = {
            "id": call_id,
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        return [
            {"role": "assistant", "tool_calls": [call]},
            {
                "role": "tool",
                "tool_call_id": call_id,
                "content": json.dumps(answer, ensure_ascii=False),
            },
        ]


def conversations(examples: int, rng: random.Random, *, first: int) -> Iterator[dict[str, Any]]:
    """Good examples, with orders that are numbered from `first` on."""
    number = first
    for _ in range(examples):
        number += rng.randint(1, 40)
        case = _Case(rng, number)
        build = rng.choice((_where, _where, _broken, _fits, _late))
        messages = [{"role": "system", "content": SYSTEM}, *build(case)]
        if rng.random() < 0.35:
            messages.append(case.say("user", case.lines.thanks))
            messages.append(case.say("assistant", case.lines.welcome))
        yield {"messages": messages, "tools": TOOLS, "parallel_tool_calls": False}


def _where(case: _Case) -> list[Message]:
    lines = case.lines
    return [
        case.say("user", lines.where),
        *case.look_up(),
        case.say("assistant", lines.on_the_way),
    ]


def _late(case: _Case) -> list[Message]:
    lines = case.lines
    return [
        case.say("user", lines.where),
        *case.look_up(),
        # The first answer is not what should be learnt.
        case.say("assistant", lines.on_the_way, weight=0),
        case.say("user", lines.late),
        case.say("assistant", lines.sorry, weight=1),
    ]


def _broken(case: _Case) -> list[Message]:
    lines = case.lines
    return [
        case.say("user", lines.broken),
        *case.look_up(),
        *case.replace(),
        case.say("assistant", lines.replaced),
    ]


def _fits(case: _Case) -> list[Message]:
    return [case.say("user", case.lines.fits), case.say("assistant", case.lines.answer_fits)]


def _preferences(examples: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    number = 4_000_000
    for _ in range(examples):
        number += rng.randint(1, 40)
        case = _Case(rng, number)
        lines = case.lines
        question, good, bad = rng.choice(
            (
                (lines.where, lines.on_the_way, lines.fits),
                (lines.broken, lines.replaced, lines.late),
                (lines.fits, lines.answer_fits, lines.thanks),
            )
        )
        yield {
            "input": {
                "messages": [{"role": "system", "content": SYSTEM}, case.say("user", question)]
            },
            "preferred_output": [case.say("assistant", good)],
            "non_preferred_output": [case.say("assistant", bad)],
        }
