"""Hostile cases to outcomes: every pass in a process of its own, with little time and little memory.

    python tests/hostilerun.py [NAME ...]

Prints a JSON object from names to outcomes: `["value", true]`, `["error", "FilterSyntaxError"]`, or what went wrong:
`["killed in print", signal]` by the limits, `["foreign in print", traceback]`. A pass is forked from the process that
has parsed the filter, and that one from a process that is warm, so nothing is imported or parsed twice.
"""

import json
import os
import pickle
import resource
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeVar

from hostilecases import HOSTILE, HostileCase
from odata_filter import CUSTOM_VISION, Filter, FilterError, Schema

SECONDS = {"lower": 6, "copy": 4}
"""Of the processor, for what is more than one pass over the tree; all others have two."""
BYTES = 500 * 2**20
SHOWN = 100

SCHEMA = Schema({"a": int, "t": [int]})

Outcome = tuple[str, object]
Result = TypeVar("Result")


def outcome(case: HostileCase) -> Outcome:
    """The value for the row, the error that the filter ends in, or what went wrong on the way."""
    return _apart("parse", lambda: _journey(case.filter(), case.row()))


def _journey(text: str, row: object) -> Outcome:
    """Parse, within limits, and let each pass have its turn."""
    made = _limited("parse", lambda: Filter.parse(text))
    if not isinstance(made, Filter):
        return made
    found: Outcome = ("value", None)
    for name, run in _passes(made, row).items():
        found = _apart(name, partial(_told, name, run))
        if found[0] not in {"value", "error"}:
            break
    return found


def _told(name: str, run: Callable[[], object]) -> Outcome:
    found = _limited(name, run)
    return found if isinstance(found, tuple) else ("value", found)


def _passes(made: Filter, row: object) -> Mapping[str, Callable[[], object]]:
    """Everything that is done with a filter; evaluation comes last, and gives the outcome."""
    return {
        "print": lambda: str(made) is None,
        "wrap": lambda: made.pretty() is None,
        "validate": lambda: list(map(str, made.problems(schema=SCHEMA)[:SHOWN])) is None,
        "check": lambda: list(map(str, made.problems(profile=CUSTOM_VISION)[:SHOWN])) is None,
        "compare": lambda: len({made, Filter.parse(made.source)}) == 1,
        "copy": lambda: pickle.loads(pickle.dumps(made)) is None,  # noqa: S301 - our own
        "lower": lambda: made.lower(CUSTOM_VISION) is None,
        "evaluate": lambda: made.evaluate(row),
    }


def _limited(name: str, run: Callable[[], Result]) -> Result | Outcome:
    """What comes out within the limits, or the name of the error."""
    _limit(SECONDS.get(name, 2))
    try:
        return run()
    except FilterError as error:
        return "error", type(error).__name__ if str(error) else "an error that says nothing"


def _limit(seconds: int) -> None:
    """From now on this process has the seconds and the bytes, and no more."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = round(sum(resource.getrusage(resource.RUSAGE_SELF)[:2])) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))


def _apart(name: str, run: Callable[[], Outcome]) -> Outcome:
    """What comes out in a child of this process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            told = json.dumps(run())
        except BaseException:  # noqa: BLE001 - whatever it is, it is told
            told = json.dumps((f"foreign in {name}", traceback.format_exc(limit=-3)[-1000:]))
        os.write(writing, told.encode())
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as told_by_child:  # noqa: PTH123 - a descriptor
        text = told_by_child.read()
    _, status = os.waitpid(child, 0)
    return tuple(json.loads(text)) if text else (f"killed in {name}", os.WTERMSIG(status))


def main() -> None:
    """Run the cases that are named, all by default."""
    for warm in _passes(Filter.parse("matchesPattern(a,'x') and a in ('x','y')"), {"a": "x"}).values():
        with suppress(FilterError):
            warm()
    print(json.dumps({name: outcome(HOSTILE[name]) for name in sys.argv[1:] or HOSTILE}))  # noqa: T201 - a command


if __name__ == "__main__":
    main()
