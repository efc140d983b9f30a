"""Tasks to the machine instructions that each takes, counted by Valgrind: neither load nor the processor changes them.

`python benchmarks/instructions.py` divides them by those of a yardstick, which is work of Python's own, and fails when
a task takes many more than are written here; with `--peer` it also counts those of a parser that is written by hand.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import odata_filter
from shapes import SHAPES

BOUND = 1.3
"""So many times the usual instructions are too many; 1.5 times as many are, also where Python was built otherwise."""


@dataclass(frozen=True, slots=True)
class Task:
    """Code of which the instructions are counted.

    Attributes:
        setup: what comes before, and does not count.
        work: what is counted; empty where the setup itself is, in a process that does nothing else.
        warm: how often the work is done before it counts; what the first times make, the later ones use.
        times: how often it is counted.
    """

    setup: str
    work: str = ""
    warm: int = 20
    times: int = 50


_FILTERS = {shape.name: shape.odata for shape in SHAPES}
_ROWS = "from shapes import rows; rows = rows(240)"
YARDSTICK = Task(f"import ast; tree = ast.parse({SHAPES[1].python!r})", "ast.unparse(tree)", times=20)
"""A pass over a tree, written in Python, by others."""


def _asked(text: str) -> str:
    return f"{_ROWS}\nfrom odata_filter import Filter; made = Filter.parse({text!r})"


def _parsed(text: str, setup: str = "from odata_filter import Filter; parse = Filter.parse") -> Task:
    long = len(text) > 1000  # noqa: PLR2004 - the one with many strings
    return Task(setup, f"parse({text!r})", warm=1 if long else 20, times=3 if long else 50)


_INDEX = "from odata_filter import MetadataIndex"
_SET = """from odata_filter import Filter, FilterSet
made = FilterSet({str(at): Filter.parse(f"key1 eq 'v{at}' and key2 ne 'w'") for at in range(300)})"""
TASKS: Mapping[str, Task] = {
    "cold start": Task(
        f"from odata_filter import Filter\nFilter.parse({_FILTERS['two terms']!r}).matches({{'key1': 'x'}})"
    ),
    **{f"parse: {name}": _parsed(text) for name, text in _FILTERS.items()},
    **{f"count: {name}": Task(_asked(text), "made.count(rows)", times=10) for name, text in _FILTERS.items()},
    "index: count": Task(
        f"{_asked(_FILTERS['ten pairs'])}\n{_INDEX}; index = MetadataIndex(rows)", "index.count(made)"
    ),
    "index: read and count": Task(
        f"{_asked(_FILTERS['ten pairs'])}\n{_INDEX}", "MetadataIndex(rows).count(made)", warm=2, times=10
    ),
    "300 filters, one row": Task(_SET, "made.matching({'key1': 'v7', 'key2': 'x'})"),
}
USUAL: Mapping[str, float] = {
    "cold start": 66.5,
    "parse: two terms": 0.0632,
    "parse: ten pairs": 0.773,
    "parse: in with 1000 strings": 12.5,
    "parse: functions and a lambda": 0.190,
    "count: two terms": 0.164,
    "count: ten pairs": 0.302,
    "count: in with 1000 strings": 0.162,
    "count: functions and a lambda": 0.395,
    "index: count": 0.185,
    "index: read and count": 6.46,
    "300 filters, one row": 0.0286,
}
"""Instructions of each task divided by those of the yardstick, in the middle of two builds of CPython 3.11."""

PEER = {
    "cold start": Task(
        f"from odata_v4_query import ODataFilterParser\nODataFilterParser().parse({_FILTERS['two terms']!r})"
    ),
    **{
        f"parse: {name}": _parsed(
            text, "from odata_v4_query import ODataFilterParser; parse = ODataFilterParser().parse"
        )
        for name, text in _FILTERS.items()
    },
}


def instructions(task: Task) -> int | None:
    """Instructions for the task once, or None where it fails."""
    if not task.work:
        bare, done = _process(""), _process(task.setup)
        return None if bare is None or done is None else done - bare
    few, many = (
        _process(f"{task.setup}\nfor _ in range({times}): {task.work}") for times in (task.warm, task.warm + task.times)
    )
    return None if few is None or many is None else (many - few) // task.times


def _process(code: str) -> int | None:
    """Instructions of a process from start to end, without what an environment may add to the start."""
    places = [str(Path(odata_filter.__file__).parents[1]), str(Path(__file__).parent), *filter(None, sys.path)]
    environment = {"PATH": os.defpath, "PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(places)}
    valgrind = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    run = [sys.executable, "-S", "-c", code]
    subprocess.run(run, env=environment, capture_output=True, check=False)  # noqa: S603 - our own code; compiles the modules
    done = subprocess.run([*valgrind, *run], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - likewise
    found = re.search(r"I +refs: +([\d,]+)", done.stderr)
    return int(found[1].replace(",", "")) if found is not None and done.returncode == 0 else None


def verdicts(
    counts: Mapping[str, int | None], yardstick: int, usual: Mapping[str, float]
) -> Iterator[tuple[str, bool]]:
    """A line for each task, and whether it is as quick as it was."""
    for name, count in counts.items():
        if count is None:
            yield f"{name}: fails", False
        else:
            ratio = count / yardstick
            yield f"{name}: {count:,} = {ratio:.4f}, usual {usual[name]:.4f}", ratio <= BOUND * usual[name]


def main() -> int:
    """Count, print, and say whether all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", action="store_true", help="count those of odata-v4-query as well")
    options = parser.parse_args()
    yardstick = None if shutil.which("valgrind") is None else instructions(YARDSTICK)
    if yardstick is None:
        print("Valgrind is not installed, or does not run here: nothing is counted")
        return 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = dict(zip(TASKS, pool.map(instructions, TASKS.values()), strict=True))
        peers = dict(zip(PEER, pool.map(instructions, PEER.values() if options.peer else ()), strict=False))
    found = list(verdicts(counts, yardstick, USUAL))
    for line, well in found:
        print(line if well else f"{line}: TOO MANY")
    for name, count in peers.items():
        ours = counts[name]
        print(
            f"{name}: "
            + ("odata-v4-query refuses it" if not count or not ours else f"{ours / count:.3f} of odata-v4-query's")
        )
    return int(not all(well for _, well in found))


if __name__ == "__main__":
    sys.exit(main())
