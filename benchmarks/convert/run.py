"""What it costs to convert a file of each layout: seconds, CPU seconds and peak memory.

    python benchmarks/convert/run.py [MB] [layout …]    (100 MB of every layout without arguments)

Makes a file of so many MB of question and answer pairs, runs `fttui check FILE --fix OUT
--no-tokens` on it in a process of its own, and prints a row of a table. Nothing is kept.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

WORDS = (
    "the",
    "ferry",
    "leaves",
    "Lima",
    "at six o'clock,",
    "and",
    "Ørsted",
    "said:",
    "“yes”;",
    "3,5 km",
    "on foot",
)
ANSWER_WORDS = 120


def pairs() -> Iterator[tuple[str, str]]:
    """Different questions and answers for ever, about 700 bytes each."""
    number = 0
    while True:
        number += 1
        words = (WORDS[(number * 7 + at * at) % len(WORDS)] for at in range(ANSWER_WORDS))
        yield (
            f"Question {number}: {WORDS[number % len(WORDS)]}?",
            f"Answer {number}: " + " ".join(words),
        )


def some(path: Path, megabytes: int) -> Iterator[tuple[str, str]]:
    """Pairs until the file is large enough."""
    for number, pair in enumerate(pairs()):
        if number % 1_000 == 0 and path.exists() and path.stat().st_size > megabytes * 1_000_000:
            return
        yield pair


def chat(question: str, answer: str) -> dict[str, object]:
    """A pair as a chat example."""
    roles = (("user", question), ("assistant", answer))
    return {"messages": [{"role": role, "content": text} for role, text in roles]}


def make_csv(path: Path, megabytes: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["prompt", "completion"])
        table.writerows(some(path, megabytes))


def make_array(path: Path, megabytes: int, codec: str = "utf-8", indent: int | None = 1) -> None:
    with path.open("w", encoding=codec) as file:
        file.write("[")
        for number, pair in enumerate(some(path, megabytes)):
            text = json.dumps(chat(*pair), ensure_ascii=False, indent=indent)
            file.write(f",\n{text}" if number else text)
        file.write("]")


def make_utf16_array(path: Path, megabytes: int) -> None:
    make_array(path, megabytes, "utf-16", None)


def make_container(path: Path, megabytes: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write('{"version": 1, "data": [')
        for number, pair in enumerate(some(path, megabytes)):
            file.write((", " if number else "") + json.dumps(chat(*pair)))
        file.write("]}")


def make_sharegpt(path: Path, megabytes: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for question, answer in some(path, megabytes):
            turns = [{"from": "human", "value": question}, {"from": "gpt", "value": answer}]
            file.write(json.dumps({"conversations": turns}) + "\n")


def make_parquet(path: Path, megabytes: int) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema = pa.schema([("prompt", pa.string()), ("completion", pa.string())])
    source, held = pairs(), 0
    with ParquetWriter(path, schema, compression="none", use_dictionary=False) as table:
        while held < megabytes * 1_000_000:
            rows = [dict(zip(schema.names, pair, strict=True)) for pair in islice(source, 50_000)]
            held += sum(len(row["completion"]) for row in rows)
            table.write_table(pa.Table.from_pylist(rows, schema))


LAYOUTS: dict[str, tuple[str, Callable[[Path, int], None]]] = {
    "csv": ("train.csv", make_csv),
    "array": ("train.json", make_array),
    "utf16": ("train.json", make_utf16_array),
    "container": ("train.json", make_container),
    "sharegpt": ("train.jsonl", make_sharegpt),
    "parquet": ("train.parquet", make_parquet),
}


def measured(source: Path, copy: Path) -> str:
    """Convert a file in a process of its own: the cells of its row."""
    command = [sys.executable, "-m", "fttui", "check", str(source), "--fix", str(copy)]
    began = time.perf_counter()
    process = subprocess.Popen([*command, "--no-tokens"], stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    written = copy.stat().st_size / 1e6 if copy.exists() else 0
    cpu = usage.ru_utime + usage.ru_stime
    return f"{written:,.0f} | {seconds:,.1f} | {cpu:,.1f} | {usage.ru_maxrss / 1024:,.0f}"


def main() -> None:
    wanted = sys.argv[1:]
    if wanted[:1] == ["make"]:
        LAYOUTS[wanted[1]][1](Path(wanted[2]), int(wanted[3]))
        return
    megabytes = int(wanted.pop(0)) if wanted and wanted[0].isdecimal() else 100
    print("| layout | MB | MB written | s | CPU s | peak MB |\n|---|---|---|---|---|---|")
    for name in wanted or LAYOUTS:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / LAYOUTS[name][0]
            # In a process of its own: a child's peak begins at its parent's size.
            making = [sys.executable, __file__, "make", name, str(source), str(megabytes)]
            subprocess.run(making, check=True)
            size = source.stat().st_size / 1e6
            cells = measured(source, Path(folder) / "copy.jsonl")
        print(f"| {name} | {size:,.0f} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
