"""Examples of every command, as they can be pasted; a test has the parser read each of them."""

from __future__ import annotations

from fttui.terminal.language import _

_EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "": (
        ("fttui demo", _("try everything: no key, no network, nothing billed")),
        ("fttui", _("the app, on the endpoint that the environment or the settings name")),
        ("fttui --profile work jobs", _("the jobs of another endpoint")),
        ("fttui create --help", _("all that a command takes")),
    ),
    "demo": (
        ("fttui demo --speed 20", _("jobs that end in seconds")),
        ("fttui demo --data ./demo", _("what you make there is there again the next time")),
    ),
    "sandbox": (
        ("fttui sandbox --port 8123 --data ./sandbox", _("for your own tests, kept over restarts")),
        ("fttui --json sandbox --like azure", _("another server's shapes; the key is on line 1")),
    ),
    "serve": (
        (
            "fttui serve --models ./models --python ./train/bin/python",
            _("train on this machine, behind the API that your code speaks"),
        ),
    ),
    "check": (
        ("fttui check train.jsonl --model gpt-4.1-mini-2025-04-14", _("with tokens and cost")),
        ("fttui check data.csv --fix train.jsonl", _("write a corrected copy, and check that")),
        ("fttui check train.jsonl --split 0.1 --seed 7", _("set a tenth apart to validate with")),
        ("fttui check --json *.jsonl", _("reports for a script; exit status 1 for an error")),
    ),
    "create": (
        (
            "fttui create --training-file train.jsonl --model gpt-4.1-mini-2025-04-14 --suffix v2",
            _("check, show the cost, ask, upload, create, and watch"),
        ),
        (
            "fttui create --training-file train.jsonl --yes --detach --json",
            _("in a script: nothing is asked, and the job is printed"),
        ),
        ("fttui create --from @last --epochs 4", _("as the newest job, but for the epochs")),
        (
            "fttui create --from ftjob-abc123 --epochs 2,3,4 --learning-rate 0.5,1",
            _("a sweep: six jobs for one yes"),
        ),
    ),
    "jobs": (
        ("fttui jobs --status running --json", _("for a script")),
        ("fttui jobs 'label:desk since:7d !failed'", _("the filter of the app")),
        ("fttui jobs --watch", _("kept up to date in place")),
        ("fttui jobs --all-profiles", _("those of every endpoint in one list")),
    ),
    "show": (("fttui show @last", _("all that is known, with the last events")),),
    "events": (
        ("fttui events ftjob-abc123 --level warn", _("warnings and errors")),
        ("fttui events ftjob-abc123 --follow --json", _("a JSON document a line, as they come")),
    ),
    "checkpoints": (("fttui checkpoints ftjob-abc123", _("models, steps and losses")),),
    "metrics": (
        ("fttui metrics ftjob-abc123 --advice", _("what its curves say")),
        ("fttui metrics ftjob-abc123 --csv", _("every step, for a spreadsheet")),
        ("fttui metrics ftjob-abc123 --svg curves.svg", _("a picture")),
    ),
    "watch": (
        ("fttui watch @last && ./deploy", _("go on only if it succeeded")),
        ("fttui watch ftjob-abc123 ftjob-def456 --json", _("a JSON document for each change")),
    ),
    "cancel": (
        ("fttui cancel ftjob-abc123", _("asks first")),
        ("fttui cancel ftjob-abc123 ftjob-def456 --yes", _("does not ask")),
    ),
    "pause": (("fttui pause ftjob-abc123", _("its state is kept")),),
    "resume": (("fttui resume ftjob-abc123", _("it goes on where it was")),),
    "note": (
        ("fttui note ftjob-abc123 'answers best'", _("write it")),
        ("fttui note ftjob-abc123", _("read it")),
    ),
    "label": (("fttui label ftjob-abc123 --add desk --remove old", _("change labels")),),
    "hide": (("fttui hide ftjob-abc123", _("`fttui jobs --hidden` shows it all the same")),),
    "files": (
        ("fttui files", _("all files, and the jobs that use them")),
        ("fttui files list 'unused since:30d'", _("what no job uses")),
    ),
    "files list": (
        ("fttui files list --purpose fine-tune --json", _("for a script")),
        ("fttui files list 'unused since:30d'", _("what no job uses")),
    ),
    "files upload": (("fttui files upload train.jsonl", _("checked first, sent in parts")),),
    "files show": (("fttui files show file-abc123", _("its record, and who uses it")),),
    "files download": (
        ("fttui files download file-abc123 --csv -o steps.csv", _("a result file as a table")),
        ("fttui files download file-abc123 --raw -o train.jsonl", _("byte for byte")),
    ),
    "files delete": (("fttui files delete file-abc123", _("asks first, and says who needs it")),),
    "models": (
        ("fttui models --mine", _("fine-tuned ones, with what made them")),
        ("fttui models --base", _("what can be tuned here, with prices")),
        ("fttui models show ft:gpt-4.1-mini-2025-04-14:org:desk:abc123", _("all of one")),
    ),
    "try": (
        (
            "fttui try ftjob-abc123 'Where is my order?' --against base",
            _("the model that a job made, beside the one it began with"),
        ),
        (
            "fttui try MODEL --examples valid.jsonl --limit 50 --output results.jsonl",
            _("answers beside the expected ones"),
        ),
    ),
    "retire": (("fttui retire --within 60", _("what goes within 60 days, and what made it")),),
    "explain": (("fttui explain invalid_n_examples", _("cause, next step, cure")),),
    "recover": (
        ("fttui recover", _("what is open")),
        ("fttui recover 3f2a create", _("go on with one of them")),
    ),
    "move": (
        ("fttui move --to nebius --all", _("plans, shows the cost, and asks once")),
        (
            "fttui --profile old move --to new --jobs ftjob-abc123 --map gpt-4.1=llama-3",
            _("one job, with another model"),
        ),
    ),
    "archive": (
        ("fttui archive", _("everything, or what is new since the last time")),
        ("fttui archive --to ~/archive --no-files --rate 2", _("less, and slower")),
    ),
    "archive verify": (("fttui archive verify ~/archive", _("compare every byte")),),
    "profiles": (("fttui profiles", _("all profiles, and which one is used")),),
    "profiles list": (("fttui profiles list --json", _("for a script")),),
    "profiles show": (("fttui profiles show work", _("where its key comes from")),),
    "profiles verify": (("fttui profiles verify work", _("costs nothing")),),
    "profiles templates": (("fttui profiles templates", _("which endpoints are known")),),
    "profiles add": (
        (
            "fttui profiles add work --template azure "
            "--base-url https://RESOURCE.openai.azure.com/openai/v1",
            _("from a template"),
        ),
        (
            "fttui profiles add lab --base-url https://lab.example/v1 --api-key-env LAB_KEY",
            _("any endpoint with this API"),
        ),
    ),
    "profiles remove": (("fttui profiles remove lab", _("with its kept key")),),
    "login": (
        ("fttui login", _("asks for the key, unseen, and verifies it")),
        ("fttui login --profile lab --where file < key.txt", _("from a file, into a private file")),
    ),
    "logout": (("fttui logout --profile lab", _("the kept key of that endpoint")),),
    "doctor": (
        ("fttui doctor", _("everything, the endpoint too")),
        ("fttui doctor --offline --json", _("for a report")),
    ),
    "completion": (
        ("fttui completion bash", _("prints the script, and how it is installed")),
        ('eval "$(fttui completion zsh)"', _("for this shell alone")),
    ),
    "schema": (
        ("fttui schema", _("which documents there are")),
        ("fttui schema jobs", _("the JSON Schema of one")),
    ),
    "man": (
        ("fttui man | man -l -", _("read it")),
        (
            "mkdir -p ~/.local/share/man/man1 && fttui man > ~/.local/share/man/man1/fttui.1",
            _("keep it for `man fttui`"),
        ),
    ),
}


def examples_of(command: str) -> tuple[tuple[str, str], ...]:
    """Commands to paste, each with what it does; none for words that are no command."""
    return _EXAMPLES.get(command, ())
