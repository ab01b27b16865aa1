"""Each fault of a line that is not JSON is named by what stands there, and mended if certain."""

from __future__ import annotations

import json

import pytest

from fttui.training_data.faults.diagnosis import diagnose, examine
from fttui.training_data.faults.lines import LINE_ROWS
from fttui.training_data.faults.rows import ROWS

VALUE = {
    "messages": [
        {"role": "user", "content": "Hi there"},
        {"role": "assistant", "content": "Hello."},
    ]
}
LINE = json.dumps(VALUE)
AFTER = len(LINE) + 1


def put(old: str, new: str) -> str:
    """The good line with one piece in the place of another."""
    assert old in LINE
    return LINE.replace(old, new, 1)


def at(line: str, piece: str) -> int:
    """The column of a piece of a line."""
    return line.index(piece) + 1


KEY = put('"content"', "content")
CURLY = put('"Hi there"', "“Hi there”")
SAME = [VALUE]

# name, line, column, words of what is said, words of the fix, what the line becomes
MENDED = [
    ("inner-quotes", put("Hi there", 'say "no: x"'), 48, "column 43", '\\"', 'say "no: x"'),
    ("unquoted-key", KEY, 32, "the key content has no quotes", '"content"', SAME),
    ("unquoted-key", put('"role"', "role"), 16, "the key role has no quotes", '"role"', SAME),
    ("unquoted-key", '{7: "a"}', 2, "the key 7 has no quotes", '"7"', [{"7": "a"}]),
    ("half-quoted-key", put('"role', "role"), 16, "key role has no opening quote", '"role"', SAME),
    ("cut-key", put('role"', "role"), 16, "the key role has no closing quote", '"role"', SAME),
    ("half-quoted-value", put('"Hi', "Hi"), 43, "text Hi there has no opening", "before it", SAME),
    ("other-quotes", CURLY, 43, "LEFT DOUBLE QUOTATION MARK (U+201C)", "plain double quotes", SAME),
    ("other-quotes", put('"Hi there"', "„Hi there“"), 43, "(U+201E)", "double quotes", SAME),
    ("other-quotes", put('"Hi there"', "»Hi there«"), 43, "(U+00BB)", "double quotes", SAME),
    ("other-quotes", put('"Hi there"', "`Hi there`"), 43, "backticks", "double quotes", SAME),
    ("other-quotes", put('"Hi there"', "‘Hi there’"), 43, "(U+2018)", "double quotes", SAME),
    ("other-quotes", put('"role"', "'role'"), 16, "'role' stands in single quotes", '"', SAME),
    ("other-quotes", LINE.replace('"', "”"), 2, "(U+201D)", "plain double quotes", SAME),
    ("python-dict", repr(VALUE), 2, "a Python dictionary", "plain double quotes", SAME),
    (
        "python-dict",
        "{'a': None, 'b': [True, False]}",
        2,
        "Python",
        "quotes",
        [{"a": None, "b": [True, False]}],
    ),
    (
        "python-dict",
        repr({"a": "It's", "b": 'x "y"'}),
        2,
        "Python",
        '"',
        [{"a": "It's", "b": 'x "y"'}],
    ),
    ("python-dict", r"{'a': 'It isn\'t \x41'}", 2, "Python", '"', [{"a": "It isn't A"}]),
    ("python-dict", "{u'a': u'b'}", 2, "u before a text is Python", "remove it", [{"a": "b"}]),
    ("python-prefix", "{u'a': null}", 2, "u before a text is Python", "remove it", [{"a": None}]),
    ("mixed-quotes", put('role"', "role”"), 21, "ends in RIGHT DOUBLE", "plain double quote", SAME),
    (
        "mixed-quotes",
        put('there"', "there”"),
        52,
        "ends in RIGHT DOUBLE",
        "plain double quote",
        SAME,
    ),
    (
        "inner-quotes",
        put("Hi there", 'Hi "you" there'),
        47,
        'the quote " stands within',
        '\\"',
        'Hi "you" there',
    ),
    ("inner-quotes", put("Hi there", 'say "Hi"'), 48, "begins in column 43", '\\"', 'say "Hi"'),
    ("inner-quotes", put("Hi there", '"Hi" there'), 44, "begins in column 43", '\\"', '"Hi" there'),
    (
        "python-word",
        '{"a": True}',
        7,
        "True is not JSON, which writes true",
        "write true",
        [{"a": True}],
    ),
    (
        "python-word",
        '{"a": [None]}',
        8,
        "None is not JSON, which writes null",
        "null",
        [{"a": [None]}],
    ),
    (
        "python-word",
        '{"a": FALSE, "b": NULL}',
        7,
        "FALSE",
        "write false",
        [{"a": False, "b": None}],
    ),
    (
        "comma-at-end",
        LINE + ",",
        AFTER,
        "a comma stands after the object",
        "remove the comma",
        SAME,
    ),
    ("comma-before-bracket", put("}]}", "},]}"), 98, "before the closing bracket", "remove", SAME),
    ("two-commas", put("}, {", "},, {"), 54, "two commas follow each other", "one of them", SAME),
    ("two-commas", put("}, {", "}, , {"), 54, "two commas follow each other", "one of them", SAME),
    ("leading-comma", put("[{", "[,{"), 15, "a comma stands before the first", "remove", SAME),
    ("leading-comma", put('{"role', '{, "role'), 16, "a comma stands before", "remove", SAME),
    ("leading-comma", "," + LINE, 1, "a comma stands before", "remove", SAME),
    ("missing-comma", put("}, {", "} {"), 55, "a comma is missing before {", "write a comma", SAME),
    (
        "missing-comma",
        put('r", "c', 'r" "c'),
        31,
        'missing before "content"',
        "write a comma",
        SAME,
    ),
    ("missing-comma", '{"a": 1 b: 2}', 9, "missing before b: 2", "comma", [{"a": 1, "b": 2}]),
    ("semicolon", put("}, {", "}; {"), 54, "; stands in the place of a comma", "a comma", SAME),
    ("missing-colon", put('e": "u', 'e" "u'), 23, 'missing after the key "role"', "colon", SAME),
    ("second-colon", put('e": "u', 'e":: "u'), 23, "two colons follow", "remove one", SAME),
    ("second-colon", put('e": "u', 'e": : "u'), 24, "two colons follow", "remove one", SAME),
    ("other-colon", put('e": "u', 'e" = "u'), 23, '"=" stands in the place', "write a colon", SAME),
    ("other-colon", put('e": "u', 'e" => "u'), 23, '"=>" stands in the place', "a colon", SAME),
    ("other-sign", put(": [", "： ["), 12, "FULLWIDTH COLON (U+FF1A)", "write :", SAME),
    ("other-sign", put("}, {", "}， {"), 54, "FULLWIDTH COMMA (U+FF0C)", "write ,", SAME),
    ("other-sign", put("[{", "[｛"), 15, "FULLWIDTH LEFT CURLY BRACKET", "write {", SAME),
    ("other-sign", put("}]}", "}］}"), 98, "FULLWIDTH RIGHT SQUARE", "write ]", SAME),
    (
        "raw-control",
        put("Hi ", "Hi\t"),
        46,
        "a tab (U+0009) stands within a text",
        "write \\t",
        "Hi\tthere",
    ),
    ("raw-control", put("Hi ", "Hi\0"), 46, "NUL (U+0000) stands", "write \\u0000", "Hi\0there"),
    ("raw-control", put("Hi ", "Hi\x1a"), 46, "Ctrl+Z (U+001A)", "write \\u001a", "Hi\x1athere"),
    (
        "backslash",
        put("Hi ", "C:\\Ferry"),
        46,
        "the backslash in \\F",
        "write \\\\F",
        "C:\\Ferrythere",
    ),
    (
        "backslash",
        put("Hi ", "$\\alpha$"),
        45,
        "the backslash in \\a",
        "write \\\\a",
        "$\\alpha$there",
    ),
    ("backslash", put("Hi ", "It\\'s\\n"), 46, "the backslash in \\'", "write '", "It's\nthere"),
    ("invisible", "\u200b" + LINE, 1, "ZERO WIDTH SPACE (U+200B)", "remove it", SAME),
    ("invisible", "\ufeff" + LINE, 1, "a byte order mark (U+FEFF)", "remove it", SAME),
    ("invisible", "\xa0" + LINE, 1, "NO-BREAK SPACE (U+00A0)", "remove it", SAME),
    ("invisible", put(": [", ":\u3000["), 13, "IDEOGRAPHIC SPACE (U+3000)", "plain space", SAME),
    ("invisible", LINE + "\x1a", AFTER, "Ctrl+Z (U+001A)", "remove it", SAME),
    ("invisible", LINE + "\0\0\0", AFTER, "NUL (U+0000)", "remove it", SAME),
    ("invisible", "\x1e" + LINE, 1, "RECORD SEPARATOR (U+001E)", "remove it", SAME),
    ("comment", LINE + " // good", AFTER + 1, "JSON has no comments", "remove the comment", SAME),
    ("comment", LINE + " # good", AFTER + 1, "JSON has no comments", "remove the comment", SAME),
    ("comment", put(": [", ": /* all */ ["), 14, "JSON has no comments", "remove the", SAME),
    ("comment-at-end", LINE + " -- good", AFTER + 1, "JSON has no comments", "remove the", SAME),
    ("mark-at-end", LINE + ";", AFTER, '";" stands after the object', "remove it", SAME),
    ("mark-at-end", LINE + "\\n", AFTER, '"\\n" stands after the object', "remove it", SAME),
    ("bracket-too-many", LINE + "]", AFTER, "a closing bracket too many", "remove ]", SAME),
    ("bracket-too-many", LINE + "}", AFTER, "a closing bracket too many", "remove }", SAME),
    ("missing-bracket", LINE[:-1], AFTER - 1, "bracket } is missing at the end", "write }", SAME),
    ("wrong-bracket", put("]}", "}}"), 98, "} stands where ] is due", "in pairs", SAME),
    ("wrong-bracket", put('."}', '."'), 97, "] stands where } is due", "in pairs", SAME),
    ("lost-bracket", put('e"}', 'e"'), 53, "} is missing before the comma", "write }", SAME),
    ("several-on-line", LINE + LINE, AFTER, "more than one object", "its own line", [VALUE, VALUE]),
    ("several-on-line", LINE + ", " + LINE, AFTER, "more than one object", "own", [VALUE, VALUE]),
    ("several-on-line", LINE + "\r" + LINE, AFTER + 1, "more than one", "own", [VALUE, VALUE]),
    ("html-entities", LINE.replace('"', "&quot;"), 2, "as HTML does: &quot;", "plain", SAME),
    ("escaped-outside", LINE.replace('"', '\\"'), 2, "escaped by backslashes", "without", SAME),
    ("csv-quoted", f'"{LINE.replace(chr(34), chr(34) * 2)}"', 1, "as in a CSV table", "once", SAME),
    ("wrapped", f"'{LINE}'", 1, "the object stands within '", "the object alone", SAME),
    *(
        ("prefix", prefix + LINE, 1, words, "remove what stands before {", SAME)
        for prefix, words in [
            ("2026-11-20 10:00:00 INFO ", "the time and level of a log"),
            ("[2026-11-20T10:00:00.123Z] ", "the time and level of a log"),
            ("Nov 20 10:00:00 ", "the time and level of a log"),
            ("Nov 20 10:00:00 host app[12]: ", "the time and program of a log"),
            ("INFO:root:", "the time and level of a log"),
            ("data: ", 'the mark "data:" of an event stream'),
            ("1. ", 'the number "1." stands before'),
            ("12) ", 'the number "12)" stands before'),
            ("3:", 'the number "3:" stands before'),
            ("12\t", 'the number "12" stands before'),
            ("- ", 'the mark "-" of a list'),
            ("* ", 'the mark "*" of a list'),
            ("> ", 'the mark ">" of a list'),
            ("data/file.jsonl:12:", 'the file name "data/file.jsonl:12:" of a search'),
            ("```json ", "the fence of a code block"),
        ]
    ),
]

DROPPED = [
    ("code-fence", "```jsonl", "the fence of a Markdown code block"),
    ("code-fence", "~~~", "the fence of a Markdown code block"),
    ("comment-line", "// training set", "the line is a comment"),
    ("comment-line", "# training set", "the line is a comment"),
    ("comment-line", "/* training set */", "the line is a comment"),
    ("comment-line", "-- training set", "the line is a comment"),
    ("comment-line", "; training set", "the line is a comment"),
    ("comment-line", "<!-- training set -->", "the line is a comment"),
    ("separator", "-----", "the line is a rule between parts"),
    ("end-of-stream", "data: [DONE]", "a sign of an event stream"),
    ("end-of-stream", "event: message", "a sign of an event stream"),
    ("invisible-line", "\x1a", "nothing but Ctrl+Z (U+001A)"),
    ("invisible-line", "\0\0\0\0", "nothing but NUL (U+0000)"),
    ("invisible-line", " \u200b\r", "nothing but ZERO WIDTH SPACE (U+200B)"),
]

LEFT = [
    ("python-dict", r"{'a': 'b\/c'}", 2, "a Python dictionary", "double quotes"),
    ("other-quotes", "{'a': nan}", 2, "and in column 7: nan is not JSON", "; write null"),
    ("other-quotes", "{\"a\": 'x', 'y', \"b\": 1}", 7, "single quotes", "double quotes"),
    ("lost-bracket", '{"a": [{"b": 1, {"c": 2]}', 15, "} is missing before", "write }"),
    ("not-a-number", '{"a": NaN}', 7, "NaN is not JSON", "leave the key out"),
    ("not-a-number", '{"a": nan}', 7, "nan is not JSON", "leave the key out"),
    ("infinity", '{"a": -Infinity}', 7, "-Infinity is not JSON", "write a number"),
    ("infinity", '{"a": Infinity}', 7, "Infinity is not JSON", "write a number"),
    ("undefined", '{"a": undefined}', 7, "JavaScript", "write null"),
    ("number-form", '{"a": 007}', 7, "007 begins with a zero", "write 7"),
    ("number-form", '{"a": +1}', 7, "+1 has a plus sign", "write 1"),
    ("number-form", '{"a": .5}', 7, ".5 has no figure before", "write 0.5"),
    ("number-form", '{"a": 1.}', 7, "1. has no figure after", "write 1.0"),
    ("number-form", '{"a": 0x1F}', 7, "0x1F is not written in decimal", "decimal figures"),
    ("number-form", '{"a": 1_000}', 7, "1_000 is not written as JSON does", "figures"),
    ("huge-number", '{"a": 1e999}', 7, "1e999 is too large", "smaller number"),
    ("tuple", "{\"a\": ('x', 'y')}", 7, "a Python tuple", "a list in [ ]"),
    ("call", '{"a": datetime.date(2026, 1, 2)}', 7, "datetime.date(2026, 1, 2)", "its text"),
    ("ellipsis", '{"a": [1, ...]}', 11, "an ellipsis", "what was left out"),
    ("joined-texts", '{"a": "x" + "y"}', 11, "a sum of texts", "as one text"),
    ("unquoted-text", '{"a": hello you}', 7, 'the text "hello you" has no quotes', "double"),
    ("missing-value", '{"a": , "b": 1}', 7, "a value is missing before ,", "take its key out"),
    ("comma-for-colon", '{"a", "b"}', 5, "the key has no value", "write a colon"),
    ("unquoted-key", '{first name: "a"}', 2, "the key first name has no quotes", '"first name"'),
    ("missing-comma", '{"a": ["x" "y"]}', 12, "a comma is missing before", "write a comma"),
    ("missing-colon", '{"a" "b": 1}', 6, "a colon is missing after the key", "write a colon"),
    (
        "unclosed-value",
        put('user"', "user"),
        24,
        "that begins in column 24 has no closing",
        "its end",
    ),
    ("inner-quotes", '{"a": ["x "y", "z"]}', 11, "begins in column 8", '\\"'),
    ("inner-quotes", put("Hi there", 'Use {"a": 1} here'), 49, "begins in column 43", '\\"'),
    ("backslash", put("Hi ", "C:\\temp\\Ferry"), 51, "the backslash in \\F", "write \\\\F"),
    ("unicode-escape", put("Hi", "\\u12"), 44, "\\u12 is broken", "four digits"),
    ("other-escape", put("Hi", "\\x41"), 44, "\\x41 is an escape of another language", "\\u"),
    ("missing-brackets", LINE[:-2], AFTER - 2, "brackets ]} are missing", "write them"),
    ("unclosed-text", LINE[:60], 61, "within the text that begins in column 57", "file was cut"),
    ("cut", LINE[:41], 42, "ends in the middle of the example", "the file was cut"),
    ("cut", "{", 2, "ends in the middle of the example", "the file was cut"),
    ("cut", '{"a": 12', 9, "ends in the middle of the example", "the file was cut"),
    ("wrong-bracket", '{"a": [1}, "b": [2}}', 9, "} stands where ] is due", "in pairs"),
    ("label", "positive " + LINE, 1, '"positive" stands before the object', "if it is a label"),
    ("label", "1 " + LINE, 1, '"1" stands before the object', "if it is a label"),
    ("words-at-end", LINE + " good", AFTER + 1, '"good" stands after the object', "remove it"),
    ("plain-words", "xxxxxxxxxx", 1, 'plain text, not JSON: "xxxxxxxxxx"', "or remove the line"),
    ("conflict-mark", "<<<<<<< HEAD", 1, "a merge conflict in git", "one of the two sides"),
    ("conflict-mark", "=======", 1, "a merge conflict in git", "one of the two sides"),
    ("something-else", '{"a": 1 & 2}', 9, "a comma or a closing bracket is due", "write"),
    ("key-due", "{{}}", 2, "a key in double quotes is due", "write the key"),
    ("colon-due", '{"a" @ 1}', 6, "a colon is due after the key", "write a colon"),
    ("value-due", "]", 1, 'a value is due, not "]"', "an object"),
]


@pytest.mark.parametrize(("name", "line", "column", "what", "fix", "value"), MENDED)
def test_a_fault_is_told_and_mended_where_it_is_certain(
    name: str, line: str, column: int, what: str, fix: str, value: object
) -> None:
    examined = examine(line)
    fault = examined.fault
    assert (fault.name, fault.column) == (name, column)
    assert what in fault.what
    assert fix in fault.fix
    assert fault.is_certain
    assert fault.kind
    assert examined.lines is not None
    if isinstance(value, str):
        value = [json.loads(put("Hi there", json.dumps(value)[1:-1]))]
    assert [json.loads(mended) for mended in examined.lines] == value


@pytest.mark.parametrize(("name", "line", "what"), DROPPED)
def test_a_line_that_is_no_example_is_left_out(name: str, line: str, what: str) -> None:
    examined = examine(line)
    assert examined.fault.name == name
    assert what in examined.fault.what
    assert examined.fault.fix == "remove the line"
    assert examined.lines == ()
    assert list(examined.kinds) == ["dropped"]


@pytest.mark.parametrize(("name", "line", "column", "what", "fix"), LEFT)
def test_a_fault_that_a_person_decides_is_told_and_left(
    name: str, line: str, column: int, what: str, fix: str
) -> None:
    examined = examine(line)
    fault = examined.fault
    assert (fault.name, fault.column) == (name, column)
    assert what in fault.what
    assert fix in fault.fix
    assert not fault.is_certain
    assert not fault.kind
    assert examined.lines is None
    assert not examined.kinds


def test_every_row_has_its_specimen() -> None:
    seen = {row[0] for row in (*MENDED, *DROPPED, *LEFT)}
    assert {row.name for row in (*ROWS, *LINE_ROWS)} <= seen
    assert {row.name for row in ROWS if row.kind} <= {row[0] for row in MENDED}
    assert diagnose("").name == "cut"
