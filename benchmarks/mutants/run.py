"""Can the tests fail? Change one small thing at a random place, and run the nearest tests.

    python benchmarks/mutants/run.py --number 40 --seed 1 src/fttui/services/paying.py ...

Each change is made in a copy of the working tree. Which tests are run for a module stands in
`NEAREST`. What survives is printed with its line; whether it matters is for a reader to say.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parents[2]
SECONDS = 240
PAYING = [
    "tests/service/test_paying.py",
    "tests/service/test_submissions.py",
    "tests/service/test_submission_*.py",
    "tests/service/test_recovery_actions.py",
    "tests/service/test_withdrawing.py",
    "tests/service/test_held_back.py",
    "tests/service/test_unready_files.py",
    "tests/unit/services/test_submission_*.py",
    "tests/unit/services/test_uploaded_bytes.py",
]
SANDBOX = [
    "tests/unit/sandbox",
    "tests/service/sandbox/test_sandbox_[a-df-z]*.py",
    "tests/service/sandbox/test_sandbox_ending.py",
    "tests/cli/test_sandbox.py",
]
RECOVERING = ["tests/interface/recovery", "tests/interface/test_first_screen.py"]
# By the beginning of a module's path; the first that fits counts.
NEAREST = {
    "services/submission/progress": ["tests/unit/services/test_progress.py", *PAYING],
    "services/submission/upload": ["tests/service/test_upload*.py", *PAYING],
    "services/submission/lookup": [
        "tests/service/test_lookup.py",
        "tests/service/test_older_endpoints.py",
        *PAYING,
    ],
    "services/watching": ["tests/service/test_watching.py", "tests/interface/jobs"],
    "services/job_history": ["tests/service/test_story.py", "tests/unit/services"],
    "services/endpoint/address": [
        "tests/unit/services/test_endpoints.py",
        "tests/cli/test_keys.py",
        "tests/cli/test_key_rule.py",
        "tests/cli/test_settings.py",
    ],
    "services/endpoint/error_mapping": [
        "tests/unit/services",
        "tests/service/test_handle.py",
        *PAYING,
    ],
    "services/endpoint/transport": [
        "tests/service/test_handle.py",
        "tests/unit/services",
        "tests/service/test_older_endpoints.py",
        *PAYING,
    ],
    "services/session": [
        "tests/service/test_sessions.py",
        "tests/service/test_handle.py",
        "tests/unit/services",
        *PAYING,
    ],
    "services/submission/paying": [
        "tests/service/test_paying.py",
        *PAYING,
        "tests/cli/test_paying.py",
    ],
    "services/submission/state": ["tests/unit/services/test_submission_state.py", *PAYING],
    "services/submission/rec": ["tests/service/test_submission_record.py", *PAYING],
    "services/submission/recovery": ["tests/service/test_recovery_actions.py", *PAYING],
    "services/submission/unfinished": [
        "tests/unit/services/test_submission_state.py",
        "tests/service/test_recovery_actions.py",
        *PAYING,
        "tests/interface/recovery",
    ],
    "services/submission/create_call": [
        "tests/service/test_submissions.py",
        "tests/service/test_unready_files.py",
        *PAYING,
    ],
    "services/submission/submissions": ["tests/service/test_submissions.py", *PAYING],
    "services/": [*PAYING, "tests/cli/test_paying.py", "tests/cli/test_keys.py"],
    "storage/journal": [
        "tests/unit/storage/test_journal*.py",
        "tests/unit/storage",
        "tests/service/test_paying.py",
        "tests/service/test_submission_record.py",
    ],
    "storage/credentials": [
        "tests/unit/storage/test_credentials.py",
        "tests/unit/storage",
        "tests/cli/test_keys.py",
        "tests/cli/test_key_rule.py",
        "tests/service/test_sessions.py",
    ],
    "storage/secrets": [
        "tests/unit/storage/test_secrets.py",
        "tests/unit/storage",
        "tests/cli/test_keys_in_answers.py",
        "tests/cli/test_keys.py",
    ],
    "storage/locks": ["tests/unit/storage/test_locks.py", "tests/unit/storage", *PAYING],
    "storage/settings": ["tests/unit/storage/test_settings.py", "tests/cli/test_settings.py"],
    "storage/": ["tests/unit/storage", "tests/cli/test_keys.py", "tests/service/test_paying.py"],
    "disk/": [
        "tests/unit/disk",
        "tests/unit/storage/test_private_files.py",
        "tests/unit/training_data/test_hostile_files.py",
        "tests/unit/training_data/test_repair.py",
        "tests/cli/test_files.py",
        "tests/cli/test_interrupted_writing.py",
    ],
    "training_data/": ["tests/unit/training_data", "tests/unit/disk", "tests/cli/test_check.py"],
    "terminal/": ["tests/unit/terminal", "tests/terminal"],
    "server/gate": ["tests/service/sandbox/test_sandbox_access.py", *SANDBOX],
    "server/data_folder": ["tests/service/sandbox/test_sandbox_folder.py", *SANDBOX],
    "server/blobs": ["tests/service/sandbox/test_sandbox_d*.py", *SANDBOX],
    "server/uploads": ["tests/service/sandbox/test_sandbox_uploads.py", *SANDBOX],
    "server/jobs": ["tests/service/sandbox/test_sandbox_job*.py", *SANDBOX],
    "server/": SANDBOX,
    "interface/screens/confirm": [
        "tests/interface/dialogs/test_confirm*.py",
        "tests/interface/create/test_paying.py",
        "tests/interface/jobs/test_acting_on_jobs.py",
    ],
    "interface/screens/recovery": RECOVERING,
    "interface/actions/recovery": RECOVERING,
    "interface/actions/submit": [
        "tests/interface/create/test_under_way.py",
        "tests/interface/create/test_[psw]*.py",
        "tests/interface/recovery/test_beside_a_submission.py",
        "tests/interface/test_main_job.py",
    ],
    "interface/actions/job_actions": [
        "tests/interface/jobs/test_acting_on_jobs.py",
        "tests/interface/jobs/test_list*.py",
        "tests/interface/jobs/test_loads_that_end_oddly.py",
        "tests/interface/test_waits.py",
    ],
    "interface/actions/copying": [
        "tests/interface/jobs/test_copying.py",
        "tests/interface/dialogs",
        "tests/interface/test_keys_on_screen.py",
    ],
    "interface/actions/job_feed": [
        "tests/interface/jobs/test_staying_fresh.py",
        "tests/interface/jobs/test_details_follow.py",
        "tests/interface/jobs/test_[jl]*.py",
    ],
    "interface/actions/start": [
        "tests/interface/test_first_screen.py",
        "tests/terminal/test_guards.py",
        "tests/interface/create/test_under_way.py",
        "tests/interface/recovery",
    ],
    "interface/kit/keys": ["tests/interface/test_waits.py", "tests/interface/test_typing_ahead.py"],
    "interface/guard/typing_ahead": [
        "tests/interface/test_typing_ahead.py",
        "tests/interface/dialogs/test_confirm*.py",
        "tests/terminal/test_typed_early.py",
        "tests/interface/test_waits.py",
    ],
    "interface/": ["tests/interface/create", "tests/interface/dialogs", "tests/interface/jobs"],
    "cli/create": [
        "tests/cli/test_create.py",
        "tests/cli/test_paying.py",
        "tests/cli/test_streams.py",
        "tests/cli/test_endings.py",
        "tests/cli",
    ],
    "cli/recover": ["tests/cli/test_paying.py", "tests/cli/test_streams.py", "tests/cli"],
    "cli/": ["tests/cli/test_streams.py", "tests/cli/test_endings.py", "tests/cli"],
}
COMPARED = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One wrong change: where, in words, and the module's text with it."""

    path: Path
    line: int
    words: str
    text: str


def changes(path: Path) -> Iterator[Change]:
    """All small wrong changes of one module."""
    tree = ast.parse(path.read_text())
    for number, node in enumerate(ast.walk(tree)):
        for words, change in _of(node):
            wrong = copy.deepcopy(tree)
            place = next(one for i, one in enumerate(ast.walk(wrong)) if i == number)
            change(place)
            text = ast.unparse(ast.fix_missing_locations(wrong))
            yield Change(path, getattr(node, "lineno", 0), f"{words}: {_short(node)}", text)


def _short(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0][:90]


def _of(node: ast.AST) -> Iterator[tuple[str, object]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        yield "flipped", lambda n: n.ops.__setitem__(0, COMPARED[type(n.ops[0])]())
    elif isinstance(node, ast.BoolOp):
        yield (
            "and/or",
            lambda n: setattr(n, "op", ast.Or() if isinstance(n.op, ast.And) else ast.And()),
        )
        yield "first dropped", lambda n: n.values.pop(0)
        yield "last dropped", lambda n: n.values.pop()
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        yield "negated", lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))
        if isinstance(node, ast.If):
            yield "never", lambda n: setattr(n, "test", ast.Constant(False))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield (
            "not dropped",
            lambda n: (
                setattr(n, "op", ast.Not())
                or setattr(n, "operand", ast.UnaryOp(ast.Not(), n.operand))
            ),
        )
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await):
        yield "dropped", lambda n: setattr(n, "value", ast.Constant(None))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "other", lambda n: setattr(n, "value", not n.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield "plus one", lambda n: setattr(n, "value", n.value + 1)
    elif isinstance(node, ast.Call) and len(node.args) == 2:
        yield "swapped", lambda n: n.args.reverse()
    elif isinstance(node, ast.Return) and node.value is not None:
        yield "none", lambda n: setattr(n, "value", ast.Constant(None))


def nearest(path: Path) -> list[str]:
    """The tests to run for a module."""
    name = path.relative_to(HOME / "src" / "fttui").as_posix()
    patterns = next(tests for start, tests in NEAREST.items() if name.startswith(start))
    found = [one for pattern in patterns for one in sorted(HOME.glob(pattern))]
    # A folder that comes after a file of it is not collected again.
    found = [one for it in found for one in (sorted(it.rglob("test_*.py")) or [it])]
    return list(dict.fromkeys(str(one.relative_to(HOME)) for one in found))


def try_out(change: Change, folder: Path, more: list[str]) -> str:
    """`noticed`, `survived` or `hung`, by the nearest tests in a copy at `folder`."""
    place = folder / change.path.relative_to(HOME)
    right = place.read_text()
    place.write_text(change.text)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
    environ = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [*command, *nearest(change.path), *more], cwd=folder, env=environ,
            capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "hung"
    finally:
        place.write_text(right)
    return "survived" if done.returncode == 0 else "noticed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="+", type=Path)
    parser.add_argument("--number", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tests", nargs="*", default=[], help="more tests to run for each")
    args = parser.parse_args()
    everything = [change for path in args.modules for change in changes(path.resolve())]
    chosen = random.Random(args.seed).sample(everything, min(args.number, len(everything)))
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "copy")
        shutil.copytree(HOME, folder, ignore=shutil.ignore_patterns(".git", ".venv", "*.pyc"))
        for change in chosen:
            start = time.monotonic()
            result = try_out(change, folder, args.tests)
            counts[result] += 1
            told = {"result": result, "line": change.line, "change": change.words}
            told["module"] = str(change.path.relative_to(HOME / "src" / "fttui"))
            print(json.dumps({**told, "seconds": round(time.monotonic() - start)}), flush=True)
    print(json.dumps(counts), flush=True)


if __name__ == "__main__":
    main()
