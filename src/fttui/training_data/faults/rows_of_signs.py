"""Faults around the values of a line: commas, colons, brackets, and what stands outside."""

from fttui.terminal.language import _
from fttui.training_data.faults.characters import INVISIBLE
from fttui.training_data.faults.finders import (
    cut_key,
    leading_comma,
    lost_bracket,
    missing_colon,
    missing_comma,
    second_colon,
    wrong_bracket,
)
from fttui.training_data.faults.row import ANYWHERE, START, VALUE, Row, row_of
from fttui.training_data.faults.scanner import Due

SIGN_ROWS = (
    row_of(
        "invisible",
        ANYWHERE,
        f"(?:{INVISIBLE})",
        _("{sign} stands outside a text"),
        _("remove it, or write a plain space"),
        kind="invisible",
        new="",
    ),
    row_of(
        "comment",
        ANYWHERE,
        r"/\*.*?\*/|(?://|#)[^{}\[\]\"]*+$",
        _("JSON has no comments"),
        _("remove the comment"),
        kind="comment",
        new="",
    ),
    row_of(
        "comment",
        ANYWHERE - {Due.END},
        r"(?://|#).*",
        _("JSON has no comments, and this one may hold a part of the example"),
        _("remove {found}, or write what belongs to the example before it"),
    ),
    *(
        row_of(
            "other-sign",
            where,
            f"[{signs}]",
            _("{sign} stands in the place of {plain}"),
            _("write {plain}"),
            kind="punctuation",
            new=plain,
            taken=plain,
        )
        for plain, signs, where in (
            (",", "，、،﹐､", frozenset({Due.COMMA})),
            (":", "：﹕∶", frozenset({Due.COLON})),
            ("{", "｛﹛", VALUE),
            ("}", "｝﹜", frozenset({Due.COMMA, Due.KEY})),
            ("[", "［【", VALUE),
            ("]", "］】", frozenset({Due.COMMA, Due.VALUE})),
        )
    ),
)

COMMA_ROWS = (
    row_of(
        "comma-before-bracket",
        frozenset({Due.COMMA}),
        r"[,，](?=[\s\u200b\ufeff\xa0]*[}\]])",
        _("a comma stands before the closing bracket"),
        _("remove the comma"),
        kind="comma",
        new="",
    ),
    row_of(
        "two-commas",
        frozenset({Due.COMMA}),
        r",(?=[\s\u200b\ufeff\xa0]*,)",
        _("two commas follow each other"),
        _("remove one of them"),
        kind="comma",
        new="",
    ),
    Row(
        "leading-comma",
        frozenset({Due.START, Due.VALUE, Due.KEY}),
        leading_comma,
        _("a comma stands before the first entry"),
        _("remove the comma"),
        "comma",
    ),
    row_of(
        "semicolon",
        frozenset({Due.COMMA}),
        r"[;；]",
        _("{sign} stands in the place of a comma"),
        _("write a comma"),
        kind="punctuation",
        new=",",
        taken=",",
    ),
    Row(
        "missing-comma",
        frozenset({Due.COMMA}),
        missing_comma,
        _("a comma is missing before {found}"),
        _("write a comma"),
        "comma-added",
    ),
)

COLON_ROWS = (
    Row(
        "second-colon",
        frozenset({Due.VALUE}),
        second_colon,
        _("two colons follow the key"),
        _("remove one of them"),
        "punctuation",
    ),
    row_of(
        "other-colon",
        frozenset({Due.COLON}),
        r"=>|->|:=|=|;|；|：",
        _('"{found}" stands in the place of a colon'),
        _("write a colon"),
        kind="punctuation",
        new=":",
        taken=":",
    ),
    row_of(
        "comma-for-colon",
        frozenset({Due.COLON}),
        r"[,}]",
        _("the key has no value: {sign} follows it"),
        _("write a colon and the value after the key"),
    ),
    Row(
        "cut-key",
        frozenset({Due.COLON}),
        cut_key,
        _("the key {key} has no closing quote"),
        _('write it in double quotes: "{key}"'),
        "quotes",
    ),
    Row(
        "missing-colon",
        frozenset({Due.COLON}),
        missing_colon,
        _("a colon is missing after the key {key}"),
        _("write a colon"),
        "colon",
    ),
)

BRACKET_ROWS = (
    Row(
        "wrong-bracket",
        frozenset({Due.COMMA, Due.KEY, Due.VALUE}),
        wrong_bracket,
        _("{sign} stands where {wanted} is due"),
        _("write the brackets in pairs"),
        "bracket",
    ),
    Row(
        "lost-bracket",
        frozenset({Due.KEY}),
        lost_bracket,
        _("the bracket }} is missing before the comma"),
        _("write }} before the comma"),
        "bracket",
    ),
    row_of(
        "something-else",
        frozenset({Due.COMMA, Due.END}),
        r"(?P<word>.\S{0,30})",
        _('a comma or a closing bracket is due, not "{word}"'),
        _('write a comma or the bracket; a quote within a text is written \\"'),
    ),
    row_of(
        "key-due",
        frozenset({Due.KEY}),
        r"(?P<word>.\S{0,30})",
        _('a key in double quotes is due, not "{word}"'),
        _("write the key in double quotes, with a colon after it"),
    ),
    row_of(
        "colon-due",
        frozenset({Due.COLON}),
        r"(?P<word>.\S{0,30})",
        _('a colon is due after the key, not "{word}"'),
        _('write a colon; a quote within a key is written \\"'),
    ),
    row_of(
        "value-due",
        START,
        r"(?P<word>.\S{0,30})",
        _('a value is due, not "{word}"'),
        _("write a text in double quotes, a number, true, false, null, a list or an object"),
    ),
)
