"""Many questions about the same rows: the index beside a comprehension, which looks at every row, and Polars."""

import gc
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from measure import QUICK, Contest, Contestant, Effort, Prepare, Run, grown
from odata_filter import Filter, MetadataIndex
from report import Report, table

_Make: TypeAlias = Callable[[], MetadataIndex]

BASELINE = "comprehension over the dicts"
KEYS = tuple(f"key{number}" for number in range(10))
VALUES = tuple(f"value{number}" for number in range(20))
FILTERS = {
    "two terms": "key1 eq 'value3' and key2 ne 'value4'",
    "not and in": "not (key1 in ('value1','value2','value3') or key2 eq null)",
    "a function": "endswith(key3,'7')",
}
COMPREHENSIONS: Mapping[str, Callable[[list[dict[str, str]]], int]] = {
    "two terms": lambda rows: sum(1 for row in rows if row.get("key1") == "value3" and row.get("key2") != "value4"),
    "not and in": lambda rows: sum(
        1 for row in rows if not (row.get("key1") in {"value1", "value2", "value3"} or row.get("key2") is None)
    ),
    "a function": lambda rows: sum(1 for row in rows if row["key3"].endswith("7")),
}


def reports(effort: Effort) -> Iterator[Report]:
    """Counting, building with its memory, and the growth with the number of rows."""
    number = 100_000 if effort == QUICK else 1_000_000
    rows = rows_of(number)
    columns = {key: [row[key] for row in rows] for key in KEYS}
    size = f"{number:,} rows of {len(KEYS)} keys x {len(VALUES)} values."
    yield table("Count", [_counting(name, rows, columns) for name in FILTERS], effort, size)
    yield table(
        "Index",
        [_building(rows, columns)],
        Effort(7, 0),
        size,
        *(_memory(number) if _PAGES.exists() else ()),
    )
    sizes = (number // 100, number // 10, number)
    growing = {"first count, from dicts": _first_of_dicts, "first count, from lists": _first_of_lists, "count": _count}
    yield grown("Index", sizes, {name: partial(make, rows) for name, make in growing.items()}, Effort(7, 0.001))


def rows_of(number: int) -> list[dict[str, str]]:
    """Rows with every key, each with one of the values by chance, the same at each call."""
    chance = random.Random(0)  # noqa: S311 - only data
    return [dict(zip(KEYS, chance.choices(VALUES, k=len(KEYS)), strict=True)) for _ in range(number)]


# ---- Counting ----------------------------------------------------------------------------------------


def _counting(name: str, rows: list[dict[str, str]], columns: Mapping[str, list[str]]) -> Contest:
    f = Filter.parse(FILTERS[name])
    contestants: dict[str, Prepare] = {
        BASELINE: lambda: partial(COMPREHENSIONS[name], rows),
        "MetadataIndex": lambda: partial(MetadataIndex(rows).count, f),
        "MetadataIndex, Roaring": lambda: partial(MetadataIndex(rows, roaring=True).count, f),
    }
    peers: dict[str, Prepare] = {
        "Polars, Enum columns, filter().height": lambda: _polars(
            name, columns, lambda frame, kept: frame.filter(kept).height
        ),
        "Polars, Enum columns, sum of the mask": lambda: _polars(
            name, columns, lambda frame, kept: frame.select(kept.sum()).item()
        ),
    }
    return Contest(name, BASELINE, contestants, peers)


def _polars(name: str, columns: Mapping[str, list[str]], count: Callable[[Any, Any], int]) -> Run:
    polars = import_module("polars")
    frame = polars.DataFrame(columns).cast(polars.Enum(VALUES))
    col = polars.col
    kept = {
        "two terms": (col("key1") == "value3") & (col("key2") != "value4"),
        "not and in": ~(col("key1").is_in(["value1", "value2", "value3"]) | col("key2").is_null()),
        "a function": col("key3").cast(polars.String).str.ends_with("7"),
    }[name]
    return lambda: count(frame, kept)


# ---- Building ----------------------------------------------------------------------------------------


def _building(rows: list[dict[str, str]], columns: Mapping[str, list[str]]) -> Contest:
    """Every way is asked for one count as a proof, untimed unless its name says so."""
    f = Filter.parse(FILTERS["two terms"])
    each = [Filter.parse(f"{key} eq 'value1'") for key in KEYS]

    def built(ready: Callable[[], _Make]) -> Contestant:
        make = ready()
        return Contestant(make, lambda: make().count(f))

    def asked(ready: Callable[[], _Make], filters: list[Filter]) -> Contestant:
        make = ready()

        def ask() -> None:
            index = make()
            for one in filters:
                index.count(one)

        return Contestant(ask, lambda: make().count(f))

    def dicts() -> _Make:
        return partial(MetadataIndex, rows)

    def lists() -> _Make:
        return partial(MetadataIndex.from_columns, columns)

    def arrow() -> _Make:
        return partial(MetadataIndex.from_columns, import_module("pyarrow").table(columns))

    def frame() -> _Make:
        return partial(MetadataIndex.from_columns, import_module("polars").DataFrame(columns))

    return Contest(
        "seven rounds",
        BASELINE,
        {
            BASELINE: lambda: partial(COMPREHENSIONS["two terms"], rows),
            "from dicts": lambda: built(dicts),
            "from dicts, and a first count of two terms": lambda: asked(dicts, [f]),
            "from dicts, and a first count on every key": lambda: asked(dicts, each),
            "from lists": lambda: built(lists),
            "from lists, and a first count of two terms": lambda: asked(lists, [f]),
            "from lists, and a first count on every key": lambda: asked(lists, each),
        },
        {
            "from Arrow": lambda: built(arrow),
            "from Arrow, and a first count on every key": lambda: asked(arrow, each),
            "from Polars, and a first count on every key": lambda: asked(frame, each),
        },
    )


# ---- Memory ------------------------------------------------------------------------------------------


def _memory(number: int) -> Iterator[str]:
    """What an index takes beside its rows; in a process of its own each, as one that has freed memory takes that."""
    for roaring in (False, True):
        script = f"import index; print(index.megabytes({number}, roaring={roaring}))"
        command = [sys.executable, "-c", script]
        child = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
        kind = "Roaring" if roaring else "integers"
        yield f"Memory beside the rows, {kind}: {child.stdout.strip() or 'not measured'}."


def megabytes(number: int, *, roaring: bool) -> str:
    """What this process holds more of with an index than without: as it is made, and after questions."""
    rows = rows_of(number)
    before = _resident()
    index = MetadataIndex(rows, roaring=roaring)
    made = _resident() - before
    for key in KEYS:
        index.count(Filter.parse(f"{key} eq 'value0'"))
    read = _resident() - before
    for key in KEYS:
        for value in VALUES:
            index.count(Filter.parse(f"{key} eq '{value}'"))
    asked = _resident() - before
    return (
        f"{made:.0f} MB as it is made, {read:.0f} MB with all keys read, {asked:.0f} MB when every value was asked for"
    )


_PAGES = Path("/proc/self/statm")
"""Where Linux says how many pages of memory a process holds."""


def _resident() -> float:
    """Megabytes that the process holds."""
    gc.collect()
    pages = int(_PAGES.read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


# ---- Growth ------------------------------------------------------------------------------------------


def _first_of_dicts(rows: list[dict[str, str]], size: int) -> Run:
    some, f = rows[:size], Filter.parse(FILTERS["two terms"])
    return lambda: MetadataIndex(some).count(f)


def _first_of_lists(rows: list[dict[str, str]], size: int) -> Run:
    columns = {key: [row[key] for row in rows[:size]] for key in KEYS}
    f = Filter.parse(FILTERS["two terms"])
    return lambda: MetadataIndex.from_columns(columns).count(f)


def _count(rows: list[dict[str, str]], size: int) -> Run:
    index, f = MetadataIndex(rows[:size]), Filter.parse(FILTERS["two terms"])
    return lambda: index.count(f)
