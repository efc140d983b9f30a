"""A filter to the machine instructions that a parse of it takes, counted by Valgrind; load does not change the number.

`python benchmarks/instructions.py` prints them for each shape, beside the quickest peer that is written in Python where
it accepts the shape, and fails when a shape takes 1.5 times as many as written here.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import odata_filter
from shapes import SHAPES

BOUND = 1.5
USUAL = {
    "two terms": 128_000,
    "ten pairs": 1_457_000,
    "in with 1000 strings": 27_700_000,
    "functions and a lambda": 352_000,
}
"""Instructions for one parse in CPython 3.11 on x86-64."""

OURS = "from odata_filter import Filter; parse = Filter.parse"
PEER = "from odata_v4_query import ODataFilterParser; parse = ODataFilterParser().parse"
FIRST = 20
"""The first parses make what the later ones use."""
CHARACTERS = 20_000
"""So many are parsed, so that the start of the process, which varies a little, does not count."""


def instructions(setup: str, text: str) -> int | None:
    """Instructions for one parse, or None where the parser refuses the text or is not installed."""
    times = max(10, CHARACTERS // len(text))
    code = f"{setup}\nfor _ in range({{}}): parse({text!r})"
    _process(code.format(FIRST))  # compiles the modules, where that was not done yet
    once, often = _process(code.format(FIRST)), _process(code.format(FIRST + times))
    return None if once is None or often is None else (often - once) // times


def _process(code: str) -> int | None:
    """Instructions of a process from start to end."""
    places = [str(Path(odata_filter.__file__).parents[1]), *(place for place in sys.path if place)]
    environment = {"PATH": os.defpath, "PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(places)}
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    found = re.search(r"Collected : (\d+)", done.stderr)
    return int(found[1]) if found is not None and done.returncode == 0 else None


def main() -> int:
    """Count, print, and say whether all is well."""
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: nothing is counted")
        return 0
    slow = False
    for shape in SHAPES:
        ours, peer = instructions(OURS, shape.odata), instructions(PEER, shape.odata)
        slow |= ours is None or ours > BOUND * USUAL[shape.name]
        print(f"{shape.name}: {ours}, odata-v4-query {peer}, usual {USUAL[shape.name]}", flush=True)
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
