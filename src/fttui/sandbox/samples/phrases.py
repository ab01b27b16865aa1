"""The words that sample conversations are made of: a shop's support desk in six languages."""

from __future__ import annotations

from dataclasses import dataclass

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
