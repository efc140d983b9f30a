"""Tables with rows for the database tests: typed columns, or one JSON column, on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import create_async_engine

from odata_filter import Filter
from odata_filter.engines.sql import condition, split

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
TYPES: Mapping[str, Any] = {
    "s": sa.String,
    "t": sa.Text,
    "i": sa.Integer,
    "j": sa.Integer,
    "n": sa.BigInteger,
    "x": sa.Double,
    "y": sa.Double,
    "b": sa.Boolean,
    "c": sa.Boolean,
    "d": sa.Date,
    "e": sa.Date,
    "h": sa.Time,
    "g": sa.Uuid,
    "u": sa.DateTime,
}
"""The columns for the properties of `enginecases.COLUMNS`."""


def column_table() -> sa.Table:
    """One column for each property."""
    return sa.Table("rows", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), *_columns())


def _columns() -> list[sa.Column[Any]]:
    return [sa.Column(name, type_) for name, type_ in TYPES.items()]


def json_table() -> sa.Table:
    """One column for all properties."""
    return sa.Table("rows", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("m", JSON))


@dataclass(frozen=True)
class Storage:
    """Rows in a database.

    Attributes:
        url: where the database is, without a driver.
        dialect: `sqlite` or `postgresql`.
        table: the table that holds them.
        connection: an open connection.
        rows: the rows as they come back, by id.
    """

    url: str
    dialect: Any
    table: sa.Table
    connection: sa.Connection
    rows: Mapping[int, Mapping[str, object]]

    @property
    def target(self) -> object:
        """What conditions are made for."""
        return self.table.c.m if "m" in self.table.c else self.table

    def condition(self, f: Filter, **options: Any) -> sa.ColumnElement[bool]:  # noqa: ANN401 - those of `condition`
        """The condition for a filter on this database."""
        return condition(f, self.target, **{"dialect": self.dialect, "on_error": "null", **options})

    def query(self, f: Filter, **options: Any) -> sa.Select[Any]:  # noqa: ANN401 - those of `condition`
        """The statement for the ids of the rows that a filter keeps."""
        return sa.select(self.table.c.id).where(self.condition(f, **options)).order_by(self.table.c.id)

    def selected(self, f: Filter, **options: Any) -> list[int]:  # noqa: ANN401 - those of `condition`
        """The ids of the rows that the database keeps."""
        return list(self.connection.scalars(self.query(f, **options)))

    def selected_in_parts(self, f: Filter) -> list[int]:
        """The ids of the rows that the database keeps by what it can say, and the rest of the filter after that."""
        said, rest = split(f, self.target, dialect=self.dialect, on_error="null")
        found = self.connection.scalars(sa.select(self.table.c.id).where(said).order_by(self.table.c.id))
        return [key for key in found if rest is None or rest.matches(self.rows[key], on_error="null")]

    def kept(self, f: Filter, **options: Any) -> list[int]:  # noqa: ANN401 - those of `Filter.matches`
        """The ids of the rows that the filter keeps itself."""
        return [key for key, row in self.rows.items() if f.matches(row, on_error="null", **options)]

    def plan(self, f: Filter, **options: Any) -> str:  # noqa: ANN401 - those of `condition`
        """How the database finds the rows."""
        explain = "EXPLAIN QUERY PLAN" if self.dialect == "sqlite" else "EXPLAIN"
        query = self.query(f, **options).compile(self.connection, compile_kwargs={"render_postcompile": True})
        found = self.connection.exec_driver_sql(f"{explain} {query}", _driver_parameters(query))
        return "\n".join(str(tuple(line)) for line in found)


def _driver_parameters(query: Any) -> Any:  # noqa: ANN401 - the driver's own
    parameters = query.construct_params()
    return tuple(parameters[name] for name in query.positiontup) if query.positional else parameters


@contextmanager
def storage(url: str, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> Iterator[Storage]:
    """A table with rows in a database."""
    dialect = url.partition(":")[0]
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            table.metadata.drop_all(connection)
            table.metadata.create_all(connection)
            filled = [{"m": row} if "m" in table.c else dict(row) for row in rows]
            connection.execute(table.insert(), [{"id": key, **row} for key, row in enumerate(filled)])
            back = connection.execute(sa.select(table).order_by(table.c.id)).mappings()
            held = {row["id"]: cast("Mapping[str, object]", row["m"] if "m" in table.c else dict(row)) for row in back}
            yield Storage(url, dialect, table, connection, held)
            table.metadata.drop_all(connection)
    finally:
        engine.dispose()


def selected_asynchronously(url: str, queries: Sequence[sa.Select[Any]]) -> list[list[int]]:
    """What statements give through an asynchronous driver."""

    async def ask() -> list[list[int]]:
        engine = create_async_engine(url)
        try:
            async with engine.connect() as connection:
                return [list(await connection.scalars(query)) for query in queries]
        finally:
            await engine.dispose()

    return asyncio.run(ask())
