"""Faults of keys, texts, numbers and words."""

import re

from fttui.terminal.language import _
from fttui.training_data.faults.finders import (
    bad_escape,
    call,
    half_quoted_key,
    half_quoted_value,
    inner_quotes,
    key_without_quotes,
    mixed_quotes,
    other_quotes,
    raw_control,
    unclosed_value,
)
from fttui.training_data.faults.row import ANYWHERE, START, VALUE, WORD_END, Row, row_of
from fttui.training_data.faults.scanner import Due

TEXT_ROWS = (
    Row(
        "raw-control",
        frozenset({Due.STRING}),
        raw_control,
        _("{sign} stands within a text"),
        _("write {plain} for it"),
        "control",
    ),
    Row(
        "unicode-escape",
        frozenset({Due.STRING}),
        re.compile(r"\\u[^\s\"\\]{0,4}"),
        _("the escape {found} is broken: \\u takes four hexadecimal digits"),
        _("write four digits, or \\\\ for a backslash"),
    ),
    Row(
        "other-escape",
        frozenset({Due.STRING}),
        re.compile(r"\\(?:x[0-9A-Fa-f]{2}|U[0-9A-Fa-f]{8}|[0-7]{1,3}|N\{[^}\"]*\})"),
        _("{found} is an escape of another language, not of JSON"),
        _("write the character itself, or \\u and four hexadecimal digits"),
    ),
    Row(
        "backslash",
        frozenset({Due.STRING}),
        bad_escape,
        _("the backslash in {found} begins no escape of JSON"),
        _("write {plain}"),
        "backslash",
    ),
)

QUOTE_ROWS = (
    row_of(
        "python-prefix",
        frozenset({Due.VALUE, Due.KEY}),
        r"[uU](?=[\"'])",
        _("{found} before a text is Python, not JSON"),
        _("remove it"),
        kind="quotes",
        new="",
    ),
    row_of(
        "joined-texts",
        frozenset({Due.COMMA}),
        r"\+(?=\s*[\"'\w])",
        _("a sum of texts is a program, not JSON"),
        _("write it as one text"),
    ),
    Row(
        "other-quotes",
        frozenset({Due.VALUE, Due.KEY}),
        other_quotes,
        _("{found} stands in {sign}, not in double quotes"),
        _('write plain double quotes: "'),
        "quotes",
    ),
    Row(
        "half-quoted-key",
        frozenset({Due.KEY}),
        half_quoted_key,
        _("the key {key} has no opening quote"),
        _('write it in double quotes: "{key}"'),
        "quotes",
    ),
    Row(
        "unquoted-key",
        frozenset({Due.KEY}),
        key_without_quotes,
        _("the key {key} has no quotes"),
        _('write it in double quotes: "{key}"'),
        "quotes",
    ),
    Row(
        "mixed-quotes",
        frozenset({Due.COMMA, Due.COLON}),
        mixed_quotes,
        _("the text that begins in column {begins} ends in {sign}, not in a double quote"),
        _('write a plain double quote: "'),
        "quotes",
    ),
    Row(
        "unclosed-value",
        frozenset({Due.COMMA}),
        unclosed_value,
        _("the text that begins in column {begins} has no closing quote"),
        _("write a double quote at its end"),
    ),
    Row(
        "inner-quotes",
        frozenset({Due.COMMA, Due.COLON}),
        inner_quotes,
        _("the quote {sign} stands within the text that begins in column {begins}"),
        _('write \\" for a quote within a text'),
        "quotes",
    ),
)

WORD_ROWS = (
    *(
        row_of(
            "python-word",
            VALUE,
            rf"(?i:{word}){WORD_END}" if word != "none" else rf"None{WORD_END}",
            _("{found} is not JSON, which writes {plain}"),
            _("write {plain}"),
            kind="word",
            new=plain,
            taken="0",
        )
        for word, plain in (
            ("true", "true"),
            ("false", "false"),
            ("null", "null"),
            ("none", "null"),
        )
    ),
    row_of(
        "not-a-number",
        VALUE,
        rf"(?i:NaN){WORD_END}|(?:math|np|float|numpy)\.nan{WORD_END}",
        _("{found} is not JSON: there is no such number"),
        _("write null or a number, or leave the key out"),
    ),
    row_of(
        "infinity",
        VALUE,
        rf"[+-]?(?i:Infinity|inf){WORD_END}",
        _("{found} is not JSON: there is no such number"),
        _("write a number, or leave the key out"),
    ),
    row_of(
        "undefined",
        VALUE,
        rf"undefined{WORD_END}",
        _("undefined is JavaScript, not JSON"),
        _("write null, or leave the key out"),
    ),
    *(
        row_of("number-form", VALUE, rf"{pattern}{WORD_END}", what, fix)
        for pattern, what, fix in (
            (
                r"-?0[xXoObB]\w+",
                _("the number {found} is not written in decimal figures"),
                _("write it in decimal figures, or as a text"),
            ),
            (
                r"-?0+(?P<rest>\d[\d.]*)",
                _("the number {found} begins with a zero"),
                _("write {rest}, or a text in double quotes"),
            ),
            (
                r"\+(?P<rest>[\d.]+(?:[eE][+-]?\d+)?)",
                _("the number {found} has a plus sign"),
                _("write {rest}"),
            ),
            (
                r"-?(?P<rest>\.\d+(?:[eE][+-]?\d+)?)",
                _("the number {found} has no figure before the point"),
                _("write 0{rest}"),
            ),
            (
                r"(?P<rest>-?\d+)\.(?:[eE][+-]?\d+)?",
                _("the number {found} has no figure after the point"),
                _("write {rest}.0"),
            ),
            (
                r"-?\d[\d_.eE+-]*",
                _("the number {found} is not written as JSON does"),
                _("write figures with one point at most, or a text in double quotes"),
            ),
        )
    ),
    row_of(
        "tuple",
        VALUE,
        r"\(",
        _("a Python tuple begins with ( here"),
        _("write a list in [ ]"),
    ),
    row_of(
        "ellipsis",
        ANYWHERE,
        r"\.{2,}|…",
        _("an ellipsis stands for something that was left out"),
        _("write what was left out"),
    ),
    Row(
        "call",
        VALUE,
        call,
        _("{found} is a value of a program, not of JSON"),
        _("write its text in double quotes, or its number"),
    ),
    Row(
        "half-quoted-value",
        VALUE,
        half_quoted_value,
        _("the text {found} has no opening quote"),
        _("write a double quote before it"),
        "quotes",
    ),
    row_of(
        "plain-words",
        START,
        r"(?P<word>[^\s{}\[\]\"].*)",
        _('the line is plain text, not JSON: "{word}"'),
        _("write one JSON object {{ … }} on the line, or remove the line"),
    ),
    row_of(
        "unquoted-text",
        VALUE,
        r"(?P<word>[^\s,:{}\[\]\"'][^,{}\[\]\"\n]*)",
        _('the text "{word}" has no quotes'),
        _("write it in double quotes"),
    ),
    row_of(
        "missing-value",
        frozenset({Due.VALUE}),
        r"[,:}\]]",
        _("a value is missing before {sign}"),
        _("write the value, or take its key out"),
    ),
)
