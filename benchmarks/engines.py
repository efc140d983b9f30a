"""Filters on the columns of 1,000,000 rows, beside what one would write by hand for the engine: `run.py engines`."""

import random
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from types import MappingProxyType
from typing import Any

from measure import Contest, Effort, Prepare, Run
from odata_filter import Filter
from odata_filter.engines.dataframe import count
from report import Report, table

NOTHING: Mapping[str, Run] = MappingProxyType({})
BASELINE = "the engine's own expression"
SIZE = 1_000_000
SHAPES: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "eq": ("s eq 'cat'", lambda c: c("s") == "cat", "s = 'cat'"),
    "eq and ne": (
        "s eq 'cat' and u ne 'red'",
        lambda c: (c("s") == "cat") & c("u").ne_missing("red"),
        "s = 'cat' and u is distinct from 'red'",
    ),
    "in": (
        "s eq 'cat' or s eq 'dog' or u eq 'red'",
        lambda c: c("s").is_in(["cat", "dog"]) | (c("u") == "red"),
        "s in ('cat', 'dog') or u = 'red'",
    ),
    "contains": ("contains(s,'at')", lambda c: c("s").str.contains("at", literal=True), "contains(s, 'at')"),
    "order": ("i gt 50 and i le 70", lambda c: (c("i") > 50) & (c("i") <= 70), "i > 50 and i <= 70"),
    "arithmetic": (
        "i add 1 gt 50 and f mul 2 lt 5",
        lambda c: (c("i") + 1 > 50) & (c("f") * 2 < 5),
        "i + 1 > 50 and f * 2 < 5",
    ),
    "float": ("f gt 5", lambda c: (c("f") > 5) & c("f").is_not_nan(), "f > 5 and not isnan(f)"),
    "not": ("not contains(s,'at')", lambda c: ~c("s").str.contains("at", literal=True), "not contains(s, 'at')"),
}
"""For each shape the filter, and the same by hand for Polars and for DuckDB."""


def columns() -> dict[str, list[object]]:
    """Cells of two columns of words, one of integers and one of floats, a tenth of them null."""
    choose = random.Random(0)  # noqa: S311 - only examples
    pools: dict[str, list[object]] = {
        "s": ["cat", "dog", "bird", "fish"],
        "u": ["red", "green", "blue"],
        "i": list(range(100)),
        "f": [number / 7 for number in range(100)],
    }
    return {
        name: [None if choose.random() < 0.1 else choose.choice(pool) for _ in range(SIZE)]
        for name, pool in pools.items()
    }


def reports(effort: Effort) -> Iterator[Report]:
    """A table for each engine: a column for each shape, each beside the expression written by hand."""
    polars = import_module("polars")
    frame = polars.DataFrame(columns())
    yield table("Polars, eager", [_polars(polars.col, frame, shape) for shape in SHAPES], effort, NOTE)
    yield table("Polars, lazy", [_polars_lazy(polars, frame.lazy(), shape) for shape in SHAPES], effort, NOTE)
    connection = import_module("duckdb").connect()
    connection.register("cells", frame.to_arrow())
    connection.execute("CREATE TABLE animals AS SELECT * FROM cells")
    yield table("DuckDB", [_duckdb(connection, shape) for shape in SHAPES], effort, NOTE, RELATION)


NOTE = f"Count over {SIZE:,} rows; by hand null and NaN are as OData has them."
RELATION = "By hand it is the same relation, filtered by a text of SQL; the query goes to the connection, without one."


def _polars(column: Any, frame: Any, shape: str) -> Contest:
    text, by_hand, _ = SHAPES[shape]
    condition = by_hand(column)
    return _contest(shape, lambda: frame.filter(condition).height, text, frame)


def _polars_lazy(polars: Any, frame: Any, shape: str) -> Contest:
    text, by_hand, _ = SHAPES[shape]
    condition = by_hand(polars.col)
    return _contest(shape, lambda: frame.filter(condition).select(polars.len()).collect().item(), text, frame)


def _duckdb(connection: Any, shape: str) -> Contest:
    text, _, by_hand = SHAPES[shape]
    animals = connection.table("animals")
    query = f"SELECT count(*) FROM animals WHERE {by_hand}"  # noqa: S608 - our own text
    others: dict[str, Run] = {"a query": lambda: connection.execute(query).fetchall()[0][0]}
    return _contest(
        shape, lambda: animals.filter(by_hand).aggregate("count(*)").fetchall()[0][0], text, animals, others
    )


def _contest(shape: str, by_hand: Run, text: str, frame: Any, others: Mapping[str, Run] = NOTHING) -> Contest:
    wanted = Filter.parse(text)
    runs: dict[str, Run] = {
        BASELINE: by_hand,
        "odata_filter.engines.dataframe": partial(count, wanted, frame),
        **others,
    }
    contestants: dict[str, Prepare] = {name: partial(_itself, run) for name, run in runs.items()}
    return Contest(shape, BASELINE, contestants)


def _itself(run: Run) -> Run:
    return run
