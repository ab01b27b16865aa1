"""Faults before and after the object of a line."""

from fttui.terminal.language import _
from fttui.training_data.faults.finders import (
    cut_line,
    missing_brackets,
    open_brackets,
)
from fttui.training_data.faults.row import START, Row, row_of
from fttui.training_data.faults.scanner import Due

_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|SEVERE)"
_TIME = (
    r"(?:\d{4}[-/]\d\d[-/]\d\d(?:[T ]+\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?)?|\d\d:\d\d:\d\d(?:[.,]\d+)?"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?"
)
_LOG = rf"(?:[\[(<]?(?:{_TIME}|(?i:{_LEVEL}))[\])>]?[\s:|,-]*+)"
_LOGGER = r"(?:\[?[\w.-]+\]?(?::|\s+-)\s*)?"
_OBJECT = r"(?=\s*\{)"

_PREFIXES = (
    (rf"{_LOG}++{_LOGGER}{_OBJECT}", _("the time and level of a log stand before the object")),
    (
        rf"{_TIME} [\w.-]+ [\w./-]+(?:\[\d+\])?:\s*{_OBJECT}",
        _("the time and program of a log stand before the object"),
    ),
    (rf"data:\s*{_OBJECT}", _('the mark "data:" of an event stream stands before the object')),
    (
        rf"(?:\(\d+\)|\[\d+\]|\#?\d+[.):]|\d+(?=[ ]*\t))\s*{_OBJECT}",
        _('the number "{found}" stands before the object'),
    ),
    (
        rf"[-*•+>]\s+{_OBJECT}|>{_OBJECT}",
        _('the mark "{found}" of a list stands before the object'),
    ),
    (
        rf"[\w./\\-]+\.(?:jsonl|ndjson|json|txt)(?::\d+)?[:-]{_OBJECT}",
        _('the file name "{found}" of a search stands before the object'),
    ),
    (rf"```(?:\w+)?\s*{_OBJECT}", _("the fence of a code block stands before the object")),
    (r"\)\]\}',?\s*(?=\{)", _('the guard "{found}" stands before the object')),
)

_REMOVE = _("remove what stands before {{")

START_ROWS = (
    *(
        row_of(
            "prefix", START, pattern, what, _("remove what stands before {{"), kind="prefix", new=""
        )
        for pattern, what in _PREFIXES
    ),
    row_of(
        "label",
        START,
        r"(?P<word>[^\s{\[\"'][^{]*+)(?=\{\s*[\"'}\w“])",
        _('"{word}" stands before the object'),
        _("remove it, or put it into the object if it is a label"),
    ),
)

END_ROWS = (
    row_of(
        "comma-at-end",
        frozenset({Due.END}),
        r",(?=\s*(?:$|//|\#))",
        _("a comma stands after the object"),
        _("remove the comma"),
        kind="comma",
        new="",
    ),
    row_of(
        "several-on-line",
        frozenset({Due.END}),
        r"(?:[,;]|\\r|\\n|\s)*+(?=\{)",
        _("there is more than one object on the line"),
        _("put each object on its own line"),
        kind="split",
        new="\n",
        taken="\n",
    ),
    row_of(
        "bracket-too-many",
        frozenset({Due.END}),
        r"[}\]][}\]\s]*+(?:[,;]\s*+)?$",
        _("there is a closing bracket too many"),
        _("remove {found}"),
        kind="bracket",
        new="",
    ),
    row_of(
        "mark-at-end",
        frozenset({Due.END}),
        r"(?:;|\\r|\\n|```|\s)+",
        _('"{found}" stands after the object'),
        _("remove it"),
        kind="suffix",
        new="",
    ),
    row_of(
        "comment-at-end",
        frozenset({Due.END}),
        r"(?:--\s|<!--|//|#).*",
        _("JSON has no comments"),
        _("remove the comment"),
        kind="comment",
        new="",
    ),
    row_of(
        "words-at-end",
        frozenset({Due.END}),
        r"(?P<word>.+)",
        _('"{word}" stands after the object'),
        _("remove it, or put it into the object if it is meant"),
    ),
    Row(
        "missing-bracket",
        frozenset({Due.COMMA}),
        missing_brackets,
        _("the bracket }} is missing at the end of the line"),
        _("write }} at the end"),
        "bracket",
    ),
    Row(
        "missing-brackets",
        frozenset({Due.COMMA}),
        open_brackets,
        _("the brackets {wanted} are missing at the end of the line"),
        _("write them; if the file was cut, write the line anew"),
    ),
    Row(
        "unclosed-text",
        frozenset({Due.STRING}),
        cut_line,
        _("the line ends within the text that begins in column {begins}"),
        _(
            "write \\n for a line break within a text; if this is the last line, the file was cut: "
            "write the line anew"
        ),
    ),
    Row(
        "cut",
        frozenset(Due),
        cut_line,
        _("the line ends in the middle of the example"),
        _(
            "put the whole example on one line; if this is the last line, the file was cut: "
            "write the line anew"
        ),
    ),
)
