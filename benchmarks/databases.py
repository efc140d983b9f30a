"""Filters in databases: the condition that a filter becomes, beside one that is written by hand."""

import json
import random
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, cast

import sqlalchemy as sa

from measure import Contest, Effort
from odata_filter import Filter
from odata_filter.engines.sql import condition
from report import Report, table

BASELINE = "by hand"
NUMBER = 1_000_000
TABLE = sa.Table(
    "images",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(f"key{number}", sa.Text) for number in range(1, 4)),
    sa.Column("rating", sa.Integer),
    sa.Column("metadata", sa.JSON),
)
KEY1, KEY2, RATING, META = TABLE.c.key1, TABLE.c.key2, TABLE.c.rating, TABLE.c.metadata
COLUMNS: Mapping[str, sa.ColumnElement[bool]] = {
    "key1 eq 'v1' and key2 ne 'v2'": (KEY1 == "v1") & KEY2.is_distinct_from("v2"),
    "rating gt 3 and contains(key1,'1')": (RATING > 3) & (sa.func.instr(KEY1, "1") > 0),  # noqa: PLR2004 - the filter's
    "key1 in ('v1','v2') or key2 eq null": KEY1.in_(["v1", "v2"]) | KEY2.is_(None),
}
DOCUMENTS: Mapping[str, sa.ColumnElement[bool]] = {
    "key1 eq 'v1'": META["key1"].as_string() == "v1",
    "key1 eq 'v1' and key2 ne 'v2'": (META["key1"].as_string() == "v1")
    & META["key2"].as_string().is_distinct_from("v2"),
    "key1 in ('v1','v2') or key2 eq null": META["key1"].as_string().in_(["v1", "v2"])
    | META["key2"].as_string().is_(None),
}
"""Filters, each with the expression that somebody who knows SQLAlchemy writes for it."""


def reports(effort: Effort) -> Iterator[Report]:
    """SQLite, on columns and on a JSON column."""
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    _fill(engine)
    with engine.connect() as connection:
        for title, expressions, target in (("columns", COLUMNS, TABLE), ("JSON", DOCUMENTS, META)):
            contests = [_contest(connection, text, by_hand, target) for text, by_hand in expressions.items()]
            yield table(f"SQLite, {title}", contests, effort, f"{NUMBER:,} rows.")
    engine.dispose()


def _fill(engine: sa.Engine) -> None:
    TABLE.metadata.create_all(engine)
    chance = random.Random(0)  # noqa: S311 - only data
    rows = (_row(at, chance) for at in range(NUMBER))
    with engine.begin() as connection:
        driver = cast("Any", connection.connection.driver_connection)
        driver.executemany("INSERT INTO images VALUES (?, ?, ?, ?, ?, ?)", rows)


def _row(at: int, chance: random.Random) -> tuple[object, ...]:
    keys = {f"key{number}": f"v{chance.randrange(20)}" for number in range(1, 4) if chance.randrange(10)}
    columns = [keys.get(f"key{number}") for number in range(1, 4)]
    return at, *columns, chance.randrange(6), json.dumps({**keys, "camera": "R5", "place": "here"})


def _contest(connection: sa.Connection, text: str, by_hand: sa.ColumnElement[bool], target: object) -> Contest:
    f = Filter.parse(text)
    return Contest(
        text,
        BASELINE,
        {
            BASELINE: lambda: partial(_count, connection, by_hand),
            "odata_filter": lambda: partial(_count_filtered, connection, f, target),
        },
    )


def _count(connection: sa.Connection, wanted: sa.ColumnElement[bool]) -> object:
    return connection.scalar(sa.select(sa.func.count()).select_from(TABLE).where(wanted))


def _count_filtered(connection: sa.Connection, f: Filter, target: object) -> object:
    """The making of the condition counts as well."""
    return _count(connection, condition(f, target))
