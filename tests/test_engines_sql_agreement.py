"""Conditions in databases keep the rows that the filter keeps: generated filters, hostile strings, drivers, plans.

Each storage is asked ODATA_FILTER_ENGINE_FILTERS generated filters (150 without it; 2,000 is the thorough run), and the
numbers of those that it says and refuses are printed with `-s`. What needs PostgreSQL starts a server, and is skipped
where there is none.
"""

import datetime as dt
import itertools
import math
import os
import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("sqlalchemy")

import sqlalchemy as sa

from enginecases import HOSTILE, Filters, typed_rows, untyped_rows
from odata_filter import Filter, UnsupportedFilterError, edm, field
from odata_filter.nodes import IT, Call, Comparison, Literal, Member, Node, Not
from postgres import programs, server
from storages import Storage, column_table, json_table, selected_asynchronously, storage

COUNT = int(os.environ.get("ODATA_FILTER_ENGINE_FILTERS", "150"))
THOROUGH = 2000
STORAGES = ("sqlite-columns", "sqlite-json", "postgresql-columns", "postgresql-json")
ASYNCHRONOUS = {"sqlite": ("sqlite+aiosqlite",), "postgresql": ("postgresql+psycopg", "postgresql+asyncpg")}


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The place of a PostgreSQL server that runs for the tests."""
    pytest.importorskip("psycopg")
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with server() as place:
        yield f"postgresql://{place}"


@pytest.fixture(scope="session")
def urls(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where the databases are; PostgreSQL is started when a test asks for it."""

    class Places(dict[str, str]):
        def __missing__(self, dialect: str) -> str:
            assert dialect == "postgresql"
            return str(request.getfixturevalue("postgresql"))

    return Places(sqlite=f"sqlite:///{tmp_path_factory.mktemp('databases') / 'rows.db'}")


@pytest.fixture(params=STORAGES)
def stored(request: pytest.FixtureRequest, urls: dict[str, str]) -> Iterator[Storage]:
    """Generated rows in each kind of storage."""
    dialect, _, form = str(request.param).partition("-")
    columns = form == "columns"
    with storage(urls[dialect], column_table() if columns else json_table(), rows_for(columns=columns)) as made:
        yield made


def rows_for(*, columns: bool) -> list[dict[str, object]]:
    """The generated rows."""
    return typed_rows(120) if columns else untyped_rows(120)


# ---- Generated filters -----------------------------------------------------------------------------


def asked(stored: Storage, f: Filter) -> list[int] | str:
    """The ids that a database gives, or why it gives none."""
    try:
        return stored.selected(f)
    except UnsupportedFilterError as refusal:
        return "refused" if refusal.position is not None else "refused without a place"
    except sa.exc.DatabaseError as error:
        # A sum beyond 64 bits, or beyond the doubles, makes the statement fail.
        return "out of range" if "overflow" in str(error) or "out of range" in str(error) else str(error)


def test_generated_filters_keep_the_same_rows(stored: Storage) -> None:
    """Every filter that a database says selects what `Filter.select` selects; the others do so when they are split."""
    counts: Counter[str] = Counter()
    for seed in range(COUNT):
        f = Filter.parse(Filters(seed, nested="m" in stored.table.c).text())
        found = asked(stored, f)
        if isinstance(found, list):
            assert stored.kept(f) == found, (seed, f)
            found = "some rows" if 0 < len(found) < len(stored.rows) else "all rows or none"
        elif found == "refused":
            assert stored.kept(f) == stored.selected_in_parts(f), (seed, f)
        counts[found] += 1
    print(f"{stored.dialect} {stored.target}: {COUNT} filters, {dict(counts)}")  # noqa: T201 - the figures that are asked for
    assert counts.keys() <= {"some rows", "all rows or none", "refused", "out of range"}
    assert counts["some rows"] > COUNT / 3
    assert counts["out of range"] <= max(1, COUNT / 100)


NEW_YORK, KOLKATA = (dt.timezone(dt.timedelta(minutes=minutes)) for minutes in (-300, 330))
EXACT: dict[str, tuple[object, ...]] = {
    "p": tuple(map(Decimal, ("0", "1.50", "-2.5", "2.5", "10000000000000000000000.5", "0.1", "NaN"))),
    "q": tuple(map(Decimal, ("0", "3", "-0.25", "7", "1e-20"))),
    "k": (
        dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC),
        dt.datetime(2024, 2, 29, 7, tzinfo=NEW_YORK),
        dt.datetime(1, 1, 2, tzinfo=KOLKATA),
        dt.datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=dt.UTC),
    ),
    "w": (dt.timedelta(0), dt.timedelta(days=-1), dt.timedelta(hours=24), dt.timedelta(days=30, microseconds=1)),
    "x": (0.1, 2.5, -2.5, math.nan, math.inf, -math.inf),
    "i": (0, 1, -3, 2**31 - 1),
}
"""What PostgreSQL alone holds exactly: decimals, moments, durations, and doubles that are no numbers."""


EXACT_TYPES: dict[str, Any] = {
    "p": sa.Numeric(),
    "q": sa.Numeric(),
    "k": sa.DateTime(timezone=True),
    "w": sa.Interval(),
    "x": sa.Double(),
    "i": sa.Integer(),
}
COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
PAIRS = (("p", "q"), ("p", "x"), ("i", "x"), ("p", "i"), ("x", "x"), ("p", "p"), ("k", "k"), ("w", "w"))
COMPUTED = ("p add 1.5", "p sub q", "p mul q", "p mod 2", "-p", "round(p)", "floor(p)", "ceiling(q)", "round(x)")


def exact_filters() -> Iterator[str]:
    """Every comparison of these columns with their values and with each other, and what is computed of them."""
    for name, found in EXACT.items():
        literals = [edm.written(*edm.literal_text(value)) for value in found]
        yield f"{name} in ({','.join(literals)},null)"
        for operator, literal in itertools.product(COMPARISONS, [*literals, "null", "1", "0.1"]):
            yield f"{name} {operator} {literal}"
            yield f"not ({literal} {operator} {name})"
    for operator in COMPARISONS:
        for left, right in PAIRS:
            yield f"{left} {operator} {right}"
            yield f"not ({left} {operator} {right})"
        for computed in COMPUTED:
            yield f"{computed} {operator} 2.5"
            yield f"not ({computed} {operator} 1)"


def test_what_postgresql_alone_holds_exactly(postgresql: str) -> None:
    """Decimals, moments in any time zone, durations, NaN and INF."""
    columns = [sa.Column("id", sa.Integer, primary_key=True), *itertools.starmap(sa.Column, EXACT_TYPES.items())]
    chance = random.Random(3)  # noqa: S311 - no secret
    rows = [{name: chance.choice([*found, None]) for name, found in EXACT.items()} for _ in range(60)]
    with storage(postgresql, sa.Table("rows", sa.MetaData(), *columns), rows) as stored:
        counts: Counter[bool] = Counter()
        for text in exact_filters():
            f = Filter.parse(text)
            found = asked(stored, f)
            assert found in ("refused", stored.kept(f)), f
            counts[found == "refused"] += 1
    assert counts[True] < counts[False] / 10


# ---- Hostile strings -------------------------------------------------------------------------------


def storable(stored: Storage, text: str) -> bool:
    """Whether the storage holds a string: no lone surrogates, and U+0000 in SQLite's columns alone."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text or ("m" not in stored.table.c and stored.dialect == "sqlite")


def hostile_filters(text: str) -> list[Filter]:
    """A string as the value of every kind of test."""
    s, literal = Member(IT, "s"), Literal(edm.STRING, text)
    tests: list[Node] = [Comparison(operator, s, literal) for operator in ("eq", "ne", "gt", "le")]
    tests += [Call(name, (s, literal)) for name in ("contains", "startswith", "endswith")]
    tests.append(Comparison("gt", Call("indexof", (s, literal)), Literal(edm.INT64, "0")))
    tests.append(Comparison("ne", Call("concat", (s, literal)), literal))
    return [Filter(test) for test in (*tests, *map(Not, tests[2:5]))]


@pytest.mark.parametrize("name", STORAGES)
def test_hostile_values_are_values(name: str, urls: dict[str, str]) -> None:
    """Quotes, comments, patterns and parameter marks select what they select from dicts, or are refused."""
    dialect, _, form = name.partition("-")
    with storage(urls[dialect], column_table() if form == "columns" else json_table(), [{"s": "x"}]) as empty:
        texts = [text for text in HOSTILE if storable(empty, text)]
    rows = [{"s": text, "t": text + "x"} for text in texts]
    with storage(urls[dialect], column_table() if form == "columns" else json_table(), rows) as stored:
        assert [row["s"] for row in stored.rows.values()] == texts
        for text in HOSTILE:
            for f in hostile_filters(text):
                try:
                    found = stored.selected(f)
                except UnsupportedFilterError:
                    assert not storable(stored, text) or "\0" in text
                    continue
                assert stored.kept(f) == found, (f, text)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_hostile_keys_are_keys(dialect: str, urls: dict[str, str]) -> None:
    """A key of a JSON column may be any string, and no other key is found instead of it."""
    keys = [key for key in HOSTILE if "\0" not in key and "\ud800" not in key]
    rows: list[dict[str, object]] = [{key: {"a": "x"}, "other": key} for key in keys]
    filters = [
        field("k", "a") == "x",
        field("k", "a") != "x",
        field("k", "a").contains("x"),
        field("k").any(lambda m: m),
    ]
    with storage(urls[dialect], json_table(), rows) as stored:
        for key in keys:
            held = {at: {"k": row.get(key)} for at, row in stored.rows.items()}
            for f in filters:
                expected = [at for at, row in held.items() if f.matches(row)]
                assert expected == stored.selected(f, names={"k": key}), (key, f)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_hostile_columns_are_columns(dialect: str, urls: dict[str, str]) -> None:
    """A column may have any name that the database takes, and names= leads to it."""
    names = [name for name in HOSTILE if name and "\0" not in name and "\ud800" not in name and len(name) < 64]
    columns = [sa.Column(name, sa.Text, key=f"c{at}") for at, name in enumerate(names)]
    table = sa.Table("rows", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), *columns)
    rows = [{f"c{at}": "x"} for at in range(len(names))]
    engine_rows = [{**dict.fromkeys(table.c.keys()[1:]), **row} for row in rows]
    with storage(urls[dialect], table, engine_rows) as stored:
        for at in range(len(names)):
            assert [at] == stored.selected(field("k") == "x", names={"k": f"c{at}"})
            assert [at] == stored.selected(field("k").startswith("x"), names={"k": table.c[f"c{at}"]})


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_keys_that_cannot_be_stored_are_refused(dialect: str, urls: dict[str, str]) -> None:
    """No document has a key with a lone surrogate, and none that a database reads has U+0000."""
    with storage(urls[dialect], json_table(), [{"a": 1}]) as stored:
        for key in ("\ud800", "a\0"):
            with pytest.raises(UnsupportedFilterError):
                stored.condition(field("k") == 1, names={"k": key})


# ---- Drivers -----------------------------------------------------------------------------------------


def test_every_driver_gives_the_same_rows(stored: Storage) -> None:
    """A condition does not know the driver; the asynchronous ones agree with the synchronous one."""
    filters = [Filter.parse(Filters(seed, nested="m" in stored.table.c).text()) for seed in range(40)]
    queries = []
    for f in filters:
        try:
            queries.append(stored.query(f))
        except UnsupportedFilterError:
            continue
    queries += [stored.query(f, names={"s": "s"}) for text in HOSTILE[:20] for f in hostile_filters(text)[:2]]
    if "m" in stored.table.c:
        queries += [stored.query(field("k") != "x", names={"k": key}) for key in HOSTILE if key.isprintable()]
    expected = [list(stored.connection.scalars(query)) for query in queries]
    for driver in ASYNCHRONOUS[stored.dialect]:
        pytest.importorskip(driver.partition("+")[2])
        url = stored.url.replace(stored.dialect, driver, 1)
        assert expected == selected_asynchronously(url, queries)


# ---- Big filters and plans ---------------------------------------------------------------------------

BIG = (
    " or ".join(f"s eq 'v{number}'" for number in range(5000)),
    " and ".join(f"s ne 'v{number}'" for number in range(5000)),
    f"s in ({','.join(repr(f'v{number}') for number in range(5000))})",
    f"not ({' or '.join(f'i eq {number}' for number in range(5000))})",
    " or ".join(f"i gt {number}" for number in range(5000)),
)


@pytest.mark.parametrize("text", BIG, ids=["or", "and", "in", "not", "gt"])
def test_5000_terms_are_said(stored: Storage, text: str) -> None:
    """SQLite refuses 1,000 levels of nesting, which a chain of `or` is: it is folded, or becomes `in`."""
    if "m" in stored.table.c and " gt " in text and COUNT < THOROUGH:
        pytest.skip("SQLAlchemy takes 5 seconds for it: only in the thorough run")
    f = Filter.parse(text)
    assert stored.kept(f) == stored.selected(f)


def test_an_index_serves_an_equality(urls: dict[str, str]) -> None:
    """On SQLite an index on a column, and one on the expression for a key of a JSON column."""
    f = Filter.parse("s eq 'abc' and i gt 0")
    with storage(urls["sqlite"], column_table(), rows_for(columns=True)) as stored:
        stored.connection.execute(sa.text("CREATE INDEX by_s ON rows (s)"))
        assert "USING INDEX by_s (s=?)" in stored.plan(f)
        assert "USING INDEX by_s (s=?)" in stored.plan(f, dialect=None)
        assert "INDEX by_s (s=?)" in stored.plan(Filter.parse("s eq 'abc' or s eq 'x'"))
    with storage(urls["sqlite"], json_table(), rows_for(columns=False)) as stored:
        stored.connection.execute(sa.text("CREATE INDEX by_s ON rows (json_extract(m, '$.\"s\"'))"))
        assert "USING INDEX by_s (<expr>=?)" in stored.plan(f)
        assert "USING INDEX by_s (<expr>=?)" in stored.plan(f, dialect=None)


ROWS = int(os.environ.get("ODATA_FILTER_ENGINE_ROWS", "20000"))
"""Rows for the plan on PostgreSQL: 1,000,000 in the thorough run."""


def test_a_gin_index_serves_an_equality_on_postgresql(postgresql: str) -> None:
    """EXPLAIN shows a bitmap scan of the index on the JSONB column, for one key, for two and for `or`."""
    with storage(postgresql, json_table(), [{"key1": "x"}]) as stored:
        row = "n, jsonb_build_object('key1', 'v' || n % 1000, 'key2', n)"
        stored.connection.execute(sa.text(f"INSERT INTO rows SELECT {row} FROM generate_series(1, {ROWS}) n"))  # noqa: S608 - a number
        stored.connection.execute(sa.text("CREATE INDEX by_m ON rows USING gin (m jsonb_path_ops)"))
        stored.connection.execute(sa.text("ANALYZE rows"))
        for text in ("key1 eq 'v7'", "key1 eq 'v7' and key2 gt 5", "key1 eq 'v7' or key1 eq 'v8'", "key2 in (7,8)"):
            for dialect in ("postgresql", None):
                assert "Bitmap Index Scan on by_m" in stored.plan(Filter.parse(text), dialect=dialect)
        assert len(range(7, ROWS + 1, 1000)) == len(stored.selected(Filter.parse("key1 eq 'v7'")))
