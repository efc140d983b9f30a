"""Filters on many dicts beside a comprehension written by hand, on one dict beside a lambda; and how time grows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeAlias

from measure import Contest, Contestant, Effort, Run, grown
from odata_filter import Filter
from report import Report, table
from shapes import SHAPES, Shape, rows

BASELINE = "comprehension by hand"
LAMBDA = "lambda by hand"
ROWS = rows(100_000)
FEW = ROWS[:1_000]
"""For the peers, some of which need a minute for 100,000."""

Row: TypeAlias = Mapping[str, Any]
_LISTED = frozenset(f"v{number}" for number in range(1000))

COUNTS: Mapping[str, Callable[[Sequence[Row]], int]] = {
    "two terms": lambda rows: sum(1 for row in rows if row.get("key1") == "value1" and row.get("key2") != "value2"),
    "ten pairs": lambda rows: sum(
        1
        for row in rows
        if (row.get("key1") == "v0" and row.get("key2") != "w0")
        or (row.get("key1") == "v1" and row.get("key2") != "w1")
        or (row.get("key1") == "v2" and row.get("key2") != "w2")
        or (row.get("key1") == "v3" and row.get("key2") != "w3")
        or (row.get("key1") == "v4" and row.get("key2") != "w4")
        or (row.get("key1") == "v5" and row.get("key2") != "w5")
        or (row.get("key1") == "v6" and row.get("key2") != "w6")
        or (row.get("key1") == "v7" and row.get("key2") != "w7")
        or (row.get("key1") == "v8" and row.get("key2") != "w8")
        or (row.get("key1") == "v9" and row.get("key2") != "w9")
    ),
    "in with 1000 strings": lambda rows: sum(1 for row in rows if row.get("key1") in _LISTED),
    "functions and a lambda": lambda rows: sum(
        1
        for row in rows
        if "x" in row["name"].lower() and row["d"].year >= 2020 and any(tag["name"] == "y" for tag in row["tags"])  # noqa: PLR2004 - the year of the filter
    ),
}
TESTS: Mapping[str, Callable[[Row], bool]] = {
    "two terms": lambda row: row.get("key1") == "value1" and row.get("key2") != "value2",
    "in with 1000 strings": lambda row: row.get("key1") in _LISTED,
    "functions and a lambda": lambda row: (
        "x" in row["name"].lower() and row["d"].year >= 2020 and any(tag["name"] == "y" for tag in row["tags"])  # noqa: PLR2004 - likewise
    ),
}


RULES: Mapping[str, str] = {
    "two terms": "key1 == 'value1' and key2 != 'value2'",
    "ten pairs": " or ".join(f"(key1 == 'v{number}' and key2 != 'w{number}')" for number in range(10)),
    "in with 1000 strings": f"key1 in [{','.join(map(repr, sorted(_LISTED)))}]",
    "functions and a lambda": "name.as_lower =~~ '.*x.*' and d.year >= 2020 and [t for t in tags if t.name == 'y']",
}
QUERIES: Mapping[str, str] = {
    "two terms": "[?key1 == 'value1' && key2 != 'value2']",
    "ten pairs": "[?" + " || ".join(f"(key1 == 'v{number}' && key2 != 'w{number}')" for number in range(10)) + "]",
    "in with 1000 strings": f"[?contains([{','.join(map(repr, sorted(_LISTED)))}], key1)]",
}


def reports(effort: Effort) -> Iterator[Report]:
    """Many rows, the peers on fewer, one row, and the growth with the number of rows."""
    yield table("Count 100,000 dicts", [_many(shape) for shape in SHAPES], effort)
    yield table("Count 1,000 dicts", [_few(shape) for shape in SHAPES], effort)
    yield table("Test one dict", [_one(shape) for shape in SHAPES if shape.name in TESTS], effort)
    yield grown("Count", (1_000, 10_000, 100_000), {shape.name: _growing(shape) for shape in SHAPES}, effort)


def _many(shape: Shape) -> Contest:
    count, kept = COUNTS[shape.name], Filter.parse(shape.odata)
    return Contest(
        shape.name,
        BASELINE,
        {
            BASELINE: lambda: lambda: count(ROWS),
            "odata_filter, count": lambda: lambda: kept.count(ROWS),
            "odata_filter, select": lambda: lambda: sum(1 for _ in kept.select(ROWS)),
        },
        {"Polars, frame ready": lambda: _polars(shape, ROWS)},
    )


def _few(shape: Shape) -> Contest:
    count, kept = COUNTS[shape.name], Filter.parse(shape.odata)
    return Contest(
        shape.name,
        BASELINE,
        {BASELINE: lambda: lambda: count(FEW), "odata_filter": lambda: lambda: kept.count(FEW)},
        {
            "odatapy": lambda: _odatapy(shape),
            "rule-engine": lambda: _rule_engine(shape),
            "CEL, Rust": lambda: _cel(shape),
            "jmespath": lambda: _jmespath(shape),
        },
    )


def _one(shape: Shape) -> Contest:
    test, kept, row = TESTS[shape.name], Filter.parse(shape.odata), ROWS[9]
    keeps = kept.predicate()
    return Contest(
        shape.name,
        LAMBDA,
        {
            LAMBDA: lambda: lambda: test(row),
            "odata_filter, predicate": lambda: lambda: keeps(row),
            "odata_filter, matches": lambda: lambda: kept.matches(row),
        },
    )


def _growing(shape: Shape) -> Callable[[int], Run]:
    kept = Filter.parse(shape.odata)

    def prepare(size: int) -> Run:
        some = ROWS[:size]
        return lambda: kept.count(some)

    return prepare


def _polars(shape: Shape, some: Sequence[Row]) -> Run:
    polars = import_module("polars")
    frame, column = polars.DataFrame(some), polars.col
    conditions = {
        "two terms": lambda: (column("key1") == "value1") & (column("key2") != "value2"),
        "ten pairs": lambda: polars.any_horizontal(
            [(column("key1") == f"v{number}") & (column("key2") != f"w{number}") for number in range(10)]
        ),
        "in with 1000 strings": lambda: column("key1").is_in(sorted(_LISTED)),
        "functions and a lambda": lambda: (
            column("name").str.to_lowercase().str.contains("x", literal=True)
            & (column("d").dt.year() >= 2020)  # noqa: PLR2004 - the year of the filter
            & column("tags").list.eval(polars.element().struct.field("name") == "y").list.any()
        ),
    }
    query = frame.lazy().filter(conditions[shape.name]()).select(polars.len())
    return lambda: query.collect().item()


def _odatapy(shape: Shape) -> Run:
    parser = import_module("odatapy.server.uri.expression_parser").ExpressionParser
    test = import_module("odatapy.server.eval").evaluate_filter
    expression = parser.parse_string(shape.odata, strict=False)
    return lambda: sum(1 for row in FEW if test(row, expression))


def _rule_engine(shape: Shape) -> Run:
    rule = import_module("rule_engine").Rule(RULES[shape.name])
    return lambda: sum(1 for row in FEW if rule.matches(row))


def _cel(shape: Shape) -> Run:
    cel, stdlib = import_module("cel"), import_module("cel.stdlib")
    program = cel.compile(shape.cel)
    contexts = [cel.Context(row) for row in FEW]
    for context in contexts:
        stdlib.add_stdlib_to_context(context)
    return lambda: sum(1 for context in contexts if program.execute(context) is True)


def _jmespath(shape: Shape) -> Contestant:
    query = import_module("jmespath").compile(QUERIES[shape.name])

    def count() -> int:
        return len(query.search(FEW))

    return Contestant(count, count)
