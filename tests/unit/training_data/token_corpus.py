"""Texts to count tokens of: natural and made-up ones in many scripts, and hostile ones.

The texts are the same at every call, so that counts made elsewhere can be compared.
"""

import base64
import random
import unicodedata
from collections.abc import Iterator

SENTENCES = {
    "Latin": "All human beings are born free and equal in dignity and rights.",
    "Latin, accents": "Zażółć gęślą jaźń; à l'œuvre, l'été déjà; ¿Qué año? Größe, Ærø, ĳs.",
    "Vietnamese": "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm.",
    "Greek": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια.",
    "Cyrillic": "Все люди рождаются свободными и равными в своём достоинстве и правах.",
    "Armenian": "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց արժանապատվությամբ։",
    "Georgian": "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი ღირსებითა.",
    "Hebrew": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
    "Arabic": "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق.",
    "Devanagari": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता प्राप्त है।",
    "Bengali": "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।",
    "Gurmukhi": "ਸਾਰਾ ਮਨੁੱਖੀ ਪਰਿਵਾਰ ਆਪਣੀ ਮਹਿਮਾ, ਸ਼ਾਨ ਅਤੇ ਹੱਕਾਂ ਦੇ ਪੱਖੋਂ ਆਜ਼ਾਦ ਹੈ।",
    "Gujarati": "પ્રતિષ્ઠા અને અધિકારોની દૃષ્ટિએ સર્વ માનવો જન્મથી સ્વતંત્ર અને સમાન હોય છે.",
    "Tamil": "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்.",
    "Telugu": "ప్రతిపత్తిస్వత్వముల విషయమున మానవులెల్లరును జన్మతః స్వతంత్రులు.",
    "Kannada": "ಎಲ್ಲಾ ಮಾನವರೂ ಸ್ವತಂತ್ರರಾಗಿಯೇ ಜನಿಸಿದ್ಧಾರೆ.",
    "Malayalam": "മനുഷ്യരെല്ലാവരും തുല്യാവകാശങ്ങളോടും അന്തസ്സോടും സ്വാതന്ത്ര്യത്തോടുംകൂടി.",
    "Sinhala": "සියලු මනුෂ්‍යයෝ නිදහස්ව උපත ලබා ඇත.",
    "Thai": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "Lao": "ມະນຸດທຸກຄົນເກີດມາມີກຽດສັກສີ, ສິດທິ, ເສລີພາບ ແລະຄວາມສະເໝີພາບເທົ່າທຽມກັນ.",
    "Khmer": "មនុស្សទាំងអស់កើតមកមានសេរីភាព និងភាពស្មើៗគ្នា។",
    "Myanmar": "လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် မွေးဖွားလာသူများ ဖြစ်သည်။",
    "Tibetan": "འགྲོ་བ་མིའི་རིགས་རྒྱུད་ཡོངས་ལ་སྐྱེས་ཙམ་ཉིད་ནས་ཆེ་མཐོངས།",
    "Ethiopic": "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው።",
    "Mongolian": "Хүн бүр төрж мэндлэхдээ эрх чөлөөтэй, ᠬᠦᠮᠦᠨ ᠪᠦᠷ",
    "Han": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心。",
    "Japanese": "すべての人間は、生まれながらにして自由であり、かつ、尊厳において平等。",
    "Hangul": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "Cherokee": "ᏂᎦᏓ ᎠᏂᏴᏫ ᏂᎨᎫᏓᎸᎾ ᎠᎴ ᎤᏂᏠᏱ ᎤᎾᏕᎿ",
    "Canadian syllabics": "ᐃᓅᔪᓕᒫᑦ ᐊᓂᖅᑎᕆᔪᓕᒫᑦ ᐃᓅᓚᐅᕐᒪᑕ",
    "Tifinagh": "ⵉⵎⴷⴰⵏⴻⵏ, ⴰⴽⴽⴻⵏ ⵎⴰ ⵍⵍⴰⵏ ⵜⵜⵍⴰⵍⴻⵏ",
}
"""A sentence in each of many scripts."""

_OTHER = {
    "empty": "",
    "one letter": "a",
    "contractions": "I'm you're he's we'll they've don't I'D IT'S ’tis o'clock ''s 'x",
    "numbers": "1 12 123 1234 12345 3.14159 1,000,000 0xFF ١٢٣ १२३ Ⅻ ½ ²",
    "white space": "a  b   c\t\td \n e\n\n\nf \r\n g\u00a0h\u3000i \t\n",
    "spaces at the end": "word    ",
    "line ends": "a\nb\r\nc\rd\n\n\r\n",
    "punctuation": "!!! ??? ... --- === *** /// \\\\ (a) [b] {c} <d> \"e\" 'f' a/b\n/c",
    "emoji": "😀 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇫🇷 ❤️ ☺ 🧑🏿‍🚀",
    "joined and hidden": "a\u200bb\u200cc\u200dd\ufeffe\u202ef\u2066g\u00adh",
    "combining": "e\u0301 a\u0300\u0301\u0302\u0303 Z\u0351\u036b\u0343",
    "control": "a\x00b\x01c\x1b[31md\x7fe\x85f",
    "private and rare": "\ue000 \U000f0000 \U00010330 \U0001d54f \U00020000 \ufffd",
    "special tokens": "<|endoftext|> <|im_start|>user<|im_end|> <|think|> <|endofprompt|>",
    "markup": "<p class='x'>Hi &amp; bye</p> [link](https://example.org/a?b=c&d=e#f)",
    "code": "def f(x: int) -> str:\n    return f'{x:>10}'  # note\n\n\nclass A:\n\tpass\n",
    "JSON": '{"a": [1, 2.5, null, true], "b": {"c": "d\\n"}}',
    "mixed case": "camelCase PascalCase SCREAMING_SNAKE kebab-case iPhone XMLHttpRequest aBcDeF",
    "titles": "ǅungla ǈubav ǋegova ʰello ˈwɜːld ªº",
}

_SCRIPTS = [
    "LATIN",
    "GREEK",
    "CYRILLIC",
    "ARMENIAN",
    "HEBREW",
    "ARABIC",
    "SYRIAC",
    "THAANA",
    "DEVANAGARI",
    "BENGALI",
    "GURMUKHI",
    "GUJARATI",
    "ORIYA",
    "TAMIL",
    "TELUGU",
    "KANNADA",
    "MALAYALAM",
    "SINHALA",
    "THAI",
    "LAO",
    "TIBETAN",
    "MYANMAR",
    "GEORGIAN",
    "ETHIOPIC",
    "CHEROKEE",
    "OGHAM",
    "RUNIC",
    "KHMER",
    "MONGOLIAN",
    "HIRAGANA",
    "KATAKANA",
    "BOPOMOFO",
    "HANGUL",
    "YI",
]

LONG = 3_000
"""Characters of a hostile run."""


def runs(length: int = LONG) -> dict[str, str]:
    """Texts of about `length` characters that slow tokenizers choke on."""
    source = random.Random(7)
    noise = bytes(source.randrange(256) for _ in range(length * 3 // 4))
    return {
        "one letter": "a" * length,
        "two letters": "ab" * (length // 2),
        "capitals": "A" * length,
        "one accent": "é" * length,
        "spaces": " " * length,
        "spaces and a word": " " * length + "x",
        "line feeds": "\n" * length,
        "spaces and line feeds": " \n" * (length // 2),
        "tabs": "\t" * length,
        "digits": "7" * length,
        "other digits": "٣" * length,
        "base64": base64.b64encode(noise).decode(),
        "hexadecimal": noise.hex()[:length],
        "emoji": "😀" * length,
        "families": "👨‍👩‍👧‍👦" * (length // 7),
        "one ideograph": "中" * length,
        "ideographs": "".join(chr(source.randrange(0x4E00, 0x9FA5)) for _ in range(length)),
        "syllables": "".join(chr(source.randrange(0xAC00, 0xD7A3)) for _ in range(length)),
        "Thai": SENTENCES["Thai"].replace(" ", "") * (length // 60),
        "exclamation marks": "!" * length,
        "dashes": "-" * length,
        "apostrophes": "'" * length,
        "combining marks": "e" + "\u0301" * length,
        "zero width": "\u200b" * length,
        "NULs": "\x00" * length,
        "alternating case": "aB" * (length // 2),
        "special token": "<|endoftext|>" * (length // 13),
    }


def _made_up(source: random.Random) -> Iterator[tuple[str, str]]:
    letters: dict[str, list[str]] = {script: [] for script in _SCRIPTS}
    for code in range(0x41, 0xD7A4):
        # This edition never grows, so every Python makes the same texts.
        name, _, _ = unicodedata.ucd_3_2_0.name(chr(code), "").partition(" ")
        if name in letters and code != 0x17F:
            letters[name].append(chr(code))
    for script, known in letters.items():
        words = ("".join(source.choices(known, k=source.randint(1, 9))) for _ in range(30))
        yield f"made-up {script.title()}", " ".join(words)


def _fuzz(source: random.Random, count: int) -> Iterator[tuple[str, str]]:
    alphabet = list("aAzZ09 '\".,!?-_/\\\n\r\t éßøñÅ中文あ한😀\u0301\u200d\u00a0ǅ")
    for number in range(count):
        yield f"fuzz {number}", "".join(source.choices(alphabet, k=source.randint(1, 60)))


def corpus() -> dict[str, str]:
    """All texts by their name."""
    texts = {f"sentence, {name}": text for name, text in SENTENCES.items()}
    texts |= {f"text, {name}": text for name, text in _OTHER.items()}
    texts |= {f"run, {name}": text for name, text in runs().items()}
    source = random.Random(2026)
    texts |= dict(_made_up(source))
    texts |= dict(_fuzz(source, 300))
    return texts
