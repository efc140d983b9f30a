"""Growing filters to the exponent with which the time of each pass grows: 1 is linear, 2 is quadratic.

    python benchmarks/growth.py [--rounds 3] [--most 1.15] [SHAPE ...]

Each shape is doubled five times. A time is that of the processor, the least of the rounds, in which all sizes take
turns; the exponent is the slope of log(time) over log(size), fitted to all six sizes. The command fails when one is
above `--most` for parse, print, validate or evaluate.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from measure import Effort, Growth, Run, interleaved
from odata_filter import CUSTOM_VISION, ODATA, Filter, FilterError, Schema

DOUBLINGS = 5
LEAST = 0.002
"""Seconds that are measured at once at least; a quick pass is repeated."""
JUDGED = ("parse", "print", "validate", "evaluate")

NO_IN = replace(ODATA, name="an endpoint without in and not", operators=ODATA.operators - {"in", "not"})
ROW = {"a": 0, "b": 0, "s": "zzz", "t": [0, 1], "p": {"q": 0}}
SCHEMA = Schema({"a": int, "b": int, "s": str, "t": [int], "p": {"q": int}})
STEPS = 90
BRACKETS = 40


def _terms(term: Callable[[int], str]) -> Callable[[int], str]:
    """So many terms with `or` between them."""
    return lambda n: " or ".join(map(term, range(n)))


def _items(pattern: str, item: Callable[[int], str]) -> Callable[[int], str]:
    """The pattern with so many items in place of its star."""
    return lambda n: pattern.replace("*", ",".join(map(item, range(n))))


SHAPES: Mapping[str, tuple[int, Callable[[int], str]]] = {
    "terms of or": (500, _terms(lambda at: f"a eq {at + 1}")),
    "and in or": (250, _terms(lambda at: f"(a eq 0 and b eq {at + 1})")),
    "members of in": (1000, _items("a in (*)", lambda at: str(at + 1))),
    "a string of quotes": (16_000, lambda n: "s eq '" + "''" * n + "'"),
    "paths of 90 steps": (10, _terms(lambda at: f"{'/'.join(['p'] * STEPS)} eq {at}")),
    "brackets 40 deep": (10, _terms(lambda at: f"{'(a eq 1 or b eq 1 and ' * BRACKETS}a eq {at + 1}{')' * BRACKETS}")),
    "a wide object": (250, _items("p eq {*}", lambda at: f'"k{at}":{at}')),
    "lambdas in a row": (250, _terms(lambda at: f"t/any(x:x eq {at + 2})")),
    "calls in calls": (100, _terms(lambda at: f"contains(tolower(concat(s,trim(s))),'x{at}')")),
    "branches of case": (250, _items("case(*) eq 1", lambda at: f"a eq {at + 1} : {at}")),
    "hassubset": (500, lambda n: f"hassubset([{_numbers(range(n))}],[{_numbers(range(n - 1, -1, -1))}])"),
    "a list in a list": (500, lambda n: f"contains([{'1,' * n}1],[{'1,' * (n // 2)}2])"),
    "words of a search": (1000, lambda n: f"t/$count($search={'NOT x AND ' * n}x) eq 1"),
    "a line string": (500, lambda n: f"s eq geometry'SRID=0;LineString({'1 2,' * n}3 4)'"),
    "named arguments": (125, _items("N.F(*) eq 1", lambda at: f"p{at}={at}")),
}
"""Each with its smallest size; none of them is decided before its last part has been looked at.

The smallest is large enough for what is done once not to count, and the largest small enough not to leave the caches of
the processor far behind, where each part takes longer.
"""


def _numbers(numbers: range) -> str:
    return ",".join(map(str, numbers))


def passes(text: str) -> dict[str, Run]:
    """Each pass over a filter of that text, ready to run again and again; evaluation compiles anew every time."""
    made, same = Filter.parse(text), Filter.parse(text)
    return {
        "parse": lambda: Filter.parse(text),
        "print": lambda: (str(made), made.pretty()),
        "validate": lambda: (made.problems(schema=SCHEMA), made.problems(profile=CUSTOM_VISION)),
        "compare": lambda: (made == same, hash(made)),
        "lower": lambda: _answer(lambda: made.lower(NO_IN)),
        "evaluate": lambda: _answer(lambda: made.evaluate(ROW, functions={"N.F": lambda **_: 1})),
    }


def _answer(ask: Run) -> object:
    """What comes out, or the error that says why nothing does."""
    try:
        return ask()
    except FilterError as error:
        return error


def growths(title: str, size: int, make: Callable[[int], str], rounds: int) -> dict[str, Growth]:
    """For each pass its least times at each size."""
    sizes = tuple(size << doubling for doubling in range(DOUBLINGS + 1))
    ready = {n: passes(make(n)) for n in sizes}
    found = {}
    for name in ready[size << DOUBLINGS]:
        times = interleaved({str(n): ready[n][name] for n in sizes}, Effort(rounds, LEAST), time.process_time)
        found[name] = Growth(title, sizes, {name: tuple(min(times[str(n)]) for n in sizes)})
    return found


def main() -> int:
    """Print a row of exponents for each shape; 1 where one is too high."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=f"all by default; {', '.join(SHAPES)}")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (default: %(default)s)")
    parser.add_argument("--most", type=float, default=1.15, help="the highest exponent (default: %(default)s)")
    arguments = parser.parse_args()
    too_high = []
    for shape in arguments.shapes or SHAPES:
        exponents = {
            name: growth.exponent(name) for name, growth in growths(shape, *SHAPES[shape], arguments.rounds).items()
        }
        print(f"{shape:20}", *(f"{name} {slope:.2f}  " for name, slope in exponents.items()), flush=True)
        too_high += [f"{name} of {shape}: {exponents[name]:.2f}" for name in JUDGED if exponents[name] > arguments.most]
    print("too high:" if too_high else f"none above {arguments.most} for {', '.join(JUDGED)}", *too_high, sep="\n  ")
    return int(bool(too_high))


if __name__ == "__main__":
    sys.exit(main())
