"""The wording of the rules for a file as a whole and for each of its lines.

Each row is name, severity, title, explanation, fix.
"""

from fttui.terminal.language import _

FILE = (
    (
        "file-extension",
        "error",
        _("the file name ends in .jsonl"),
        _("The endpoint decides by the extension and refuses any other at upload."),
        _("rename the file so that it ends in .jsonl"),
    ),
    (
        "file-kind",
        "error",
        _("the file is JSON Lines"),
        _("Archives, tables, documents and JSON arrays are recognised by their first bytes."),
        _("export the data as JSON Lines: one JSON object on each line"),
    ),
    (
        "file-size",
        "error",
        _("the file is within the endpoint's size limit"),
        _("Files go up to 512 MB in one request and up to 8 GB in parts."),
        _("split the file"),
    ),
    (
        "file-changed",
        "error",
        _("the file keeps still while it is read"),
        _(
            "A file that grows, shrinks or cannot be read to its end has not been checked as a "
            "whole."
        ),
        _("wait until the file is complete, then check again"),
    ),
    (
        "not-checked",
        "error",
        _("every line could be checked"),
        _("A process of the check ended, or a defect of fttui stopped it on these lines."),
        _("check again; if it stays, look at the lines and report a defect of fttui"),
    ),
    (
        "file-empty",
        "error",
        _("the file holds at least one example"),
        _("An empty file, or one of blank lines, has nothing to learn from."),
        _("put one JSON object with an example on each line"),
    ),
    (
        "too-few-examples",
        "error",
        _("a training file holds at least 10 examples"),
        _("The endpoint refuses the job with invalid_n_examples."),
        _("add examples"),
    ),
    (
        "few-examples",
        "warning",
        _("a file holds 50 examples or more to train on, 10 or more to validate with"),
        _(
            "Clear improvements are usually seen from 50 to 100 good examples, and endpoints may "
            "refuse a validation file of fewer than 10."
        ),
        _("add examples if you can"),
    ),
    (
        "too-many-examples",
        "error",
        _("the file holds no more examples than the method takes"),
        _(
            "Reinforcement takes 50,000 training and 1,000 validation examples; supervised "
            "training "
            "takes 50,000 examples with images."
        ),
        _("take examples out"),
    ),
    (
        "byte-order-mark",
        "warning",
        _("the file does not begin with a byte order mark"),
        _("Some endpoints accept a UTF-8 byte order mark, strict parsers refuse it."),
        _("write a copy without it: fttui check --fix OUT"),
    ),
    (
        "nul-tail",
        "error",
        _("the file does not end with NUL bytes"),
        _("A full disk or a program that was stopped leaves them, and no parser takes them."),
        _(
            "see that the last examples are there, and write a copy without the NUL bytes: "
            "fttui check --fix OUT"
        ),
    ),
    (
        "crlf",
        "warning",
        _("lines end in a line feed alone"),
        _("Windows line ends are accepted, yet tools that compare lines stumble over them."),
        _("write a copy with plain line ends: fttui check --fix OUT"),
    ),
    (
        "blank-line",
        "warning",
        _("there are no blank lines between examples"),
        _("Some endpoints skip blank lines, others refuse the file."),
        _("take the blank line out: fttui check --fix OUT"),
    ),
    (
        "unknown-format",
        "error",
        _("the examples are in a format that can be trained on"),
        _("Known are chat messages, preference pairs, reinforcement items and prompt/completion."),
        _('begin each line like {"messages": [{"role": "user", "content": "…"}, …]}'),
    ),
    (
        "foreign-format",
        "error",
        _("the examples are in a format that endpoints take, not in another tool's"),
        _("An endpoint refuses the file; most formats of other tools can be converted."),
        _("convert a copy: fttui check --fix OUT"),
    ),
    (
        "mixed-formats",
        "error",
        _("all examples have the same format"),
        _("The format of the file decides how each line is read; one other line fails the file."),
        _("move the examples of another format to a file of their own"),
    ),
    (
        "method-format",
        "error",
        _("the format of the file fits the chosen method"),
        _("Supervised takes chat, dpo takes preference pairs, reinforcement takes prompts."),
        _("choose the method that fits the file, or another file"),
    ),
    (
        "format-model",
        "error",
        _("the model is trained with files in this format"),
        _("Chat models take no prompt/completion pairs: the job would fail."),
        _("convert a copy to chat messages: fttui check --fix OUT"),
    ),
    (
        "completion-models",
        "warning",
        _("prompt/completion pairs are for completion models"),
        _("Only babbage-002, davinci-002 and some other endpoints' models take them."),
        _("name the model that the file is for; for a chat model write messages"),
    ),
    (
        "null-keys",
        "warning",
        _("keys that hold nothing are left out"),
        _("They count as absent here; an endpoint may refuse a key that is null or empty."),
        _("leave the keys out: fttui check --fix OUT"),
    ),
    (
        "mojibake",
        "warning",
        _("text is written in the encoding that it was read in"),
        _("The model learns UTF-8 that was read as Windows-1252 or Latin-1, letter by letter."),
        _("export the data again, and read it as UTF-8 wherever it passes"),
    ),
    (
        "replacement-character",
        "warning",
        _("text holds no U+FFFD"),
        _("A program put it where it could not read a character; which one is lost."),
        _("export the data again in its own encoding, or write the characters that are lost"),
    ),
    (
        "duplicate-example",
        "warning",
        _("no example is there twice"),
        _("A repeated example counts double in training, which is seldom meant."),
        _("remove one, or write a copy without duplicates: fttui check --fix OUT"),
    ),
    (
        "shared-example",
        "warning",
        _("no example is in both the training and the validation file"),
        _("A validation loss measured on training examples says nothing."),
        _("take it out of one of the files"),
    ),
    (
        "same-file",
        "warning",
        _("training and validation are different files"),
        _("Both are the same bytes, so the validation loss will only repeat the training loss."),
        _("split the file: fttui check --split 0.1"),
    ),
    (
        "prompts-differ-in-validation",
        "warning",
        _("training and validation use the same system prompts"),
        _("A model is validated on what it was trained for only if the prompts agree."),
        _("use the same system prompt in both files"),
    ),
    (
        "validation-required",
        "error",
        _("reinforcement has a validation file"),
        _("The endpoint refuses a reinforcement job without one."),
        _("give a validation file, or split this one: fttui check --split 0.1"),
    ),
    (
        "secret",
        "warning",
        _("the data holds no keys or passwords"),
        _("What is trained on can be repeated by the model to anybody who asks."),
        _("replace the secret by a placeholder, and revoke it if it was real"),
    ),
)
"""Rules for the file as a whole."""

LINE = (
    (
        "not-utf8",
        "error",
        _("the file is UTF-8"),
        _("Any other encoding is refused, or silently read as other characters."),
        _("save the file as UTF-8, or convert a copy: fttui check --fix OUT"),
    ),
    (
        "line-length",
        "error",
        _("a line is no longer than 64 MB"),
        _("A longer line is far beyond any model's context and is not parsed here."),
        _("put one example on each line, and shorten this one"),
    ),
    (
        "json-syntax",
        "error",
        _("every line is valid JSON"),
        _("The endpoint stops at the first line that cannot be parsed."),
        _("write one JSON object { … } on the line"),
    ),
    (
        "json-object",
        "error",
        _("every line is one JSON object"),
        _("A list, a string or a number on a line is not an example."),
        _("put one object { … } on the line"),
    ),
    (
        "json-depth",
        "error",
        _("JSON is nested no deeper than 64 levels"),
        _("Parsers give up on deep nesting; no example needs it."),
        _("flatten the value"),
    ),
    (
        "lone-surrogate",
        "error",
        _("\\uD800 to \\uDFFF come in pairs"),
        _("Half a surrogate pair is no character and cannot be written as UTF-8."),
        _("write the whole pair, or the character itself"),
    ),
    (
        "duplicate-key",
        "warning",
        _("no object has the same key twice"),
        _("Only the last value counts, and parsers do not say so."),
        _("keep one of the keys"),
    ),
    (
        "control-character",
        "warning",
        _("text holds no NUL or other control characters"),
        _("They are usually the remains of a conversion, and the model learns them."),
        _("remove the characters unless they are meant"),
    ),
    (
        "line-separator",
        "warning",
        _("text holds no raw U+2028 or U+2029"),
        _("Tools that split lines by Unicode's rules cut the example in two there."),
        _("write \\n or \\u2028 instead"),
    ),
    (
        "unknown-key",
        "error",
        _("an example holds only the keys of its format"),
        _("The endpoint refuses the file with invalid_file_format and names the extra key."),
        _("write its value into a message, or keep it in a file beside this one"),
    ),
    (
        "token-limit",
        "warning",
        _("no example is longer than the model's limit"),
        _("Longer examples are cut off at the end, not refused; the cut is not billed."),
        _("shorten the example, or split it"),
    ),
)
"""Rules for a line, whatever the format of the file."""
