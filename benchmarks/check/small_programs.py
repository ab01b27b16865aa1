"""The other programs that are timed, as code for `python -c`; each takes the file as argument."""

TOGETHER = """
import sys
from together.lib.utils.files import check_file
print(check_file(sys.argv[1])["is_check_passed"])
"""
"""together's own check of a file, in the environment of the peers."""

LIMIT = """
import sys, orjson
lines = 0
with open(sys.argv[1], "rb", buffering=1 << 18) as file:
    for line in file:
        orjson.loads(line)
        lines += 1
print(lines)
"""
"""The least that a check could do: parse every line, in one process."""
