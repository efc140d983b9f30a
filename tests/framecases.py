"""Generated rows and filters for column engines, and each engine's frame of the same rows.

`python tests/framecases.py 2000 [ENGINE ...]` compares so many filters on each engine and prints how many were
evaluated and how many refused.
"""

import datetime as dt
import importlib.util
import math
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from odata_filter import Filter, UnsupportedFilterError, edm
from odata_filter.engines import dataframe

Row: TypeAlias = dict[str, Any]

HOSTILE = (
    *(
        "",
        " ",
        "abc",
        "ABC",
        "a%b",
        "a_b",
        "100%",
        "%",
        "_",
        "it's",
        "''",
        '"',
        '""',
        "\\",
        "\\'",
        "\\\\",
        "`",
        "$",
        "?",
    ),
    *(
        "'; DROP TABLE rows; --",
        "' OR '1'='1",
        "a' or 'x' eq 'x",
        "1); DELETE FROM rows",
        "${x}",
        "{x}",
        "%s",
        ":x",
        "$1",
    ),
    *("é", "É", "e\u0301", "ß", "İ", "ΑΣ", "日本", "😀", "\ufeff", "\u200b", "a\tb", "a\nb", " a ", "\u3000x", "\x1cy"),
    *("null", "true", "1", "1.0", "NaN", "2024-02-29", ".*", "^a$", "[a-z]", "(", "a.b", "a/b", "*", "a" * 300),
)
"""Strings that would mean something else where a value is pasted into a text or taken for a pattern."""

_INTS = (0, 1, -1, 2, 3, 5, 7, -7, 10, 100, -100, 2**31, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63))
_SMALL = (0, 1, -1, 2, 3, 5, 7, -7, 10, 100, -100, 127, -128)
_FLOATS = (0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999999999999994, 1.0, 3.0, 0.1, 1e300, -1e300, 1e-300, 2.0**53)
_ODD_FLOATS = (math.inf, -math.inf, math.nan)
_DATES = (dt.date(2024, 2, 29), dt.date(1969, 12, 31), dt.date(2000, 1, 1), dt.date(1700, 1, 1), dt.date(2200, 12, 31))
_CLOCKS = ((0, 0, 0, 0), (23, 59, 59, 999999), (12, 30, 15, 500000))
_LOCALS = tuple(dt.datetime(day.year, day.month, day.day, *clock) for day in _DATES for clock in _CLOCKS)  # noqa: DTZ001 - local
_MOMENTS = tuple(moment.replace(tzinfo=dt.UTC) for moment in _LOCALS)

COLUMNS: Mapping[str, tuple[str, Sequence[object]]] = {
    "s": (edm.STRING, HOSTILE),
    "u": (edm.STRING, HOSTILE[:12]),
    "i": (edm.INT64, _INTS),
    "j": (edm.INT64, _SMALL),
    "k": (edm.INT64, _INTS),
    "f": (edm.DOUBLE, _FLOATS + _ODD_FLOATS),
    "g": (edm.DOUBLE, _FLOATS),
    "b": (edm.BOOLEAN, (True, False)),
    "c": (edm.BOOLEAN, (True, False)),
    "d": (edm.DATE, _DATES),
    "t": (edm.DATE_TIME_OFFSET, _MOMENTS),
    "l": (edm.LOCAL_TIME, _LOCALS),
}
"""The kind of each column, and the values in it; `j` holds few bits."""


def rows(choose: random.Random, size: int) -> list[Row]:
    """So many rows with gaps."""
    return [
        {"at": at, **{name: _cell(choose, pool) for name, (_, pool) in COLUMNS.items() if choose.random() < 0.9}}
        for at in range(size)
    ]


def _cell(choose: random.Random, pool: Sequence[object]) -> object:
    return None if choose.random() < 0.1 else choose.choice(pool)


# ---- Filters ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Writer:
    """Texts of expressions at random.

    Attributes:
        choose: where chance comes from.
        names: the columns that may be used.
    """

    choose: random.Random
    names: Mapping[str, tuple[str, Sequence[object]]] = field(default_factory=lambda: COLUMNS)

    def filter(self) -> Filter:
        """A filter of any depth."""
        return Filter.parse(self.condition(self.choose.choice((1, 1, 2, 2, 3, 4))))

    def condition(self, depth: int) -> str:
        """A condition."""
        if depth <= 0:
            return self.choose.choice((self.comparison, self.comparison, self.member, self.search, self.flag))(0)
        makers = (
            self.logic,
            self.logic,
            self.logic,
            self.negation,
            self.comparison,
            self.member,
            self.search,
            self.odd,
        )
        return self.choose.choice(makers)(depth - 1)

    def logic(self, depth: int) -> str:
        """`and` or `or` of some conditions."""
        parts = [f"({self.condition(depth)})" for _ in range(self.choose.choice((2, 2, 3, 5)))]
        return self.choose.choice((" and ", " or ")).join(parts)

    def negation(self, depth: int) -> str:
        """`not`."""
        return f"not ({self.condition(depth)})"

    def comparison(self, depth: int) -> str:
        """Two values, mostly of one type."""
        kind = self.kind()
        other = kind if self.choose.random() < 0.85 else self.kind()
        operator = self.choose.choice(("eq", "ne", "gt", "ge", "lt", "le"))
        sides = [self.value(kind, depth), self.operand(other, depth)]
        if self.choose.random() < 0.1:
            sides.reverse()
        return f"{sides[0]} {operator} {sides[1]}"

    def operand(self, kind: str, depth: int) -> str:
        """What something is compared with: mostly a constant."""
        chance = self.choose.random()
        if chance < 0.1:
            return "null"
        return self.literal(kind) if chance < 0.7 and kind != edm.LOCAL_TIME else self.value(kind, depth)

    def member(self, depth: int) -> str:
        """`in`."""
        kind = self.kind()
        items = [self.literal(kind) for _ in range(self.choose.choice((0, 1, 2, 3, 8)))]
        items += self.choose.choice(([], [], ["null"], [self.literal(self.kind())]))
        return f"{self.value(kind, depth)} in ({','.join(items)})"

    def search(self, depth: int) -> str:
        """A function that gives a Boolean."""
        name = self.choose.choice(("contains", "startswith", "endswith"))
        part = self.operand(edm.STRING, depth)
        return f"{name}({self.value(edm.STRING, depth)},{part})"

    def flag(self, _depth: int) -> str:
        """A property alone, mostly a Boolean one."""
        return self.name(edm.BOOLEAN if self.choose.random() < 0.9 else self.kind())

    def odd(self, depth: int) -> str:
        """What is rarely written."""
        condition = self.condition(depth)
        return self.choose.choice(
            (
                f"({condition}) eq true",
                f"({condition}) ne ({self.condition(depth)})",
                f"({condition}) gt false",
                f"({condition}) eq null",
                f"({condition}) in (true,null)",
                f"[{self.value(edm.STRING, depth)}] eq [{self.literal(edm.STRING)}]",
                f"{self.value(edm.STRING, depth)} in [{self.value(edm.STRING, depth)},{self.literal(edm.STRING)}]",
                f"case({condition}:1,true:2) eq 1",
                f"tolower(s) eq 'abc' and ({condition})",
                f"indexof(s,'a') eq 1 or ({condition})",
                f"isof(s,Edm.String) and ({condition})",
                "null",
                "true",
            )
        )

    def chain(self, size: int, outer: str) -> Filter:
        """So many tests of constants in groups of ten, `and` in `or` or the other way; the groups are rarely alike."""
        inner = "or" if outer == "and" else "and"
        groups = (f" {inner} ".join(self.test() for _ in range(10)) for _ in range(size // 10))
        return Filter.parse(f" {outer} ".join(f"({group})" for group in groups))

    def test(self) -> str:
        """One column beside a constant."""
        name, (kind, pool) = self.choose.choice(list(self.names.items()))
        literal = edm.written(*edm.literal_text(self.choose.choice(pool)))
        if kind == edm.STRING and self.choose.random() < 0.3:
            return f"contains({name},{literal})"
        return f"{name} {self.choose.choice(('eq', 'ne', 'gt', 'le'))} {literal}"

    def kind(self) -> str:
        """Some column's type."""
        return self.choose.choice([kind for kind, _ in self.names.values()])

    def name(self, kind: str) -> str:
        """A column of a type."""
        return self.choose.choice([name for name, (known, _) in self.names.items() if known == kind] or ["null"])

    def literal(self, kind: str) -> str:
        """A constant of a type, mostly one that stands in a row."""
        if kind in {edm.LOCAL_TIME, edm.DATE_TIME_OFFSET}:
            kind = edm.DATE_TIME_OFFSET
        pool = self.choose.choice([pool for known, pool in self.names.values() if known == kind] or [(None,)])
        value = self.choose.choice(pool)
        if isinstance(value, int) and not isinstance(value, bool) and self.choose.random() < 0.3:
            return self.choose.choice((f"{value}.5", f"{value}.0", f"{value}e0", str(value + 2**64), "NaN", "INF"))
        if isinstance(value, float) and self.choose.random() < 0.2:
            return str(self.choose.choice(_INTS))
        return edm.written(*edm.literal_text(value))

    def value(self, kind: str, depth: int) -> str:
        """An expression of a type."""
        if depth <= 0 or self.choose.random() < 0.4:
            return self.name(kind)
        makers: dict[str, Callable[[int], str]] = {
            edm.STRING: self.text,
            edm.INT64: self.whole,
            edm.DOUBLE: self.real,
            edm.DATE: lambda _: "date(t)",
            edm.BOOLEAN: lambda depth: f"({self.condition(depth)})",
        }
        return makers[kind](depth - 1) if kind in makers else self.name(kind)

    def text(self, depth: int) -> str:
        """An expression that gives a string."""
        text = self.value(edm.STRING, depth)
        start, length = self.choose.choice((0, 1, 2, 50, -2)), self.choose.choice((0, 1, 3, 500))
        return self.choose.choice(
            (
                f"concat({text},{self.operand(edm.STRING, depth)})",
                f"substring({text},{start})",
                f"substring({text},{start},{length})",
                f"trim({text})",
            )
        )

    def whole(self, depth: int) -> str:
        """An expression that gives an integer."""
        number, constant = (
            self.value(edm.INT64, depth),
            self.choose.choice(("1", "-2", "3", "0", "1000", "2.5", "10.0")),
        )
        operator = self.choose.choice(("add", "sub", "mul", "div", "mod", "divby"))
        return self.choose.choice(
            (
                f"({number} {operator} {constant})",
                f"({constant} {operator} {number})",
                f"(j {operator} {number})",
                f"(- {number})",
                f"length({self.value(edm.STRING, depth)})",
                f"{self.choose.choice(('year', 'month', 'day'))}({self.choose.choice('dtl')})",
                f"{self.choose.choice(('hour', 'minute', 'second'))}({self.choose.choice('tl')})",
                f"round({number})",
            )
        )

    def real(self, depth: int) -> str:
        """An expression that gives a floating number."""
        number, constant = self.value(edm.DOUBLE, depth), self.choose.choice(("1", "-2.5", "0.5", "0", "1e3", "0e0"))
        operator = self.choose.choice(("add", "sub", "mul", "div", "divby", "mod"))
        return self.choose.choice(
            (
                f"({number} {operator} {constant})",
                f"({constant} {operator} {number})",
                f"({number} {operator} {self.value(edm.DOUBLE, depth)})",
                f"({number} {operator} j)",
                f"(- {number})",
                f"{self.choose.choice(('round', 'floor', 'ceiling'))}({number})",
            )
        )


# ---- Frames ----------------------------------------------------------------------------------------


def arrow(data: Sequence[Row]) -> Any:
    """The rows as an Arrow table."""
    import pyarrow as pa

    types = {
        edm.STRING: pa.string(),
        edm.INT64: pa.int64(),
        edm.DOUBLE: pa.float64(),
        edm.BOOLEAN: pa.bool_(),
        edm.DATE: pa.date32(),
        edm.DATE_TIME_OFFSET: pa.timestamp("us", "UTC"),
        edm.LOCAL_TIME: pa.timestamp("us"),
    }
    fields = {name: pa.int8() if name == "j" else types[kind] for name, (kind, _) in COLUMNS.items()}
    return pa.Table.from_pylist(list(data), pa.schema({"at": pa.int64(), **fields}))


@cache
def _duckdb() -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _pandas_classic(data: Sequence[Row]) -> Any:
    return arrow(data).drop_columns(["d"]).to_pandas()


def _pandas_objects(data: Sequence[Row]) -> Any:
    import pandas as pd

    names = ["at", *COLUMNS]
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in data], dtype=object) for name in names if name not in "dtl"}
    )


def _pandas_nullable(data: Sequence[Row]) -> Any:
    return arrow(data).drop_columns(["d"]).to_pandas().convert_dtypes()


def _pandas_nullable_exact(data: Sequence[Row]) -> Any:
    import pandas as pd
    import pyarrow as pa

    types = {
        pa.int64(): pd.Int64Dtype(),
        pa.int8(): pd.Int8Dtype(),
        pa.string(): pd.StringDtype(),
        pa.float64(): pd.Float64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    return arrow(data).drop_columns(["d"]).to_pandas(types_mapper=types.get)


def _pandas_arrow(data: Sequence[Row]) -> Any:
    import pandas as pd

    return arrow(data).to_pandas(types_mapper=pd.ArrowDtype)


def _polars(data: Sequence[Row]) -> Any:
    import polars as pl

    return pl.from_arrow(arrow(data))


def _dask(data: Sequence[Row]) -> Any:
    import dask.dataframe as dd

    return dd.from_pandas(_pandas_arrow(data), npartitions=2)  # type: ignore[no-untyped-call] # of another library


def _ibis(data: Sequence[Row]) -> Any:
    import ibis

    return ibis.memtable(arrow(data))


@cache
def spark_session() -> Any:
    """One Spark session for all tests."""
    from pyspark.sql import SparkSession

    os.environ["TZ"] = "UTC"
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def _spark(data: Sequence[Row]) -> Any:
    import pyarrow.parquet as pq

    folder = Path(tempfile.mkdtemp(prefix="framecases"))
    pq.write_table(arrow(data), folder / "rows.parquet")
    return spark_session().read.parquet(str(folder))


@dataclass(frozen=True, slots=True)
class Engine:
    """A kind of frame.

    Attributes:
        name: what messages call it.
        package: what has to be installed.
        frame: makes one of rows.
        nan_is_null: whether the frame has no NaN besides null.
        lacks: the columns that it cannot hold, each a letter.
        remembers: whether a condition is remembered for it.
    """

    name: str
    package: str
    frame: Callable[[Sequence[Row]], Any]
    nan_is_null: bool = False
    remembers: bool = False
    lacks: str = ""

    @property
    def names(self) -> dict[str, tuple[str, Sequence[object]]]:
        """The columns that it can hold."""
        return {name: known for name, known in COLUMNS.items() if name not in self.lacks}

    @property
    def is_installed(self) -> bool:
        """Whether its package is there."""
        return importlib.util.find_spec(self.package) is not None


ENGINES: Mapping[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine("pandas", "pandas", _pandas_classic, nan_is_null=True, lacks="d"),
        Engine("pandas objects", "pandas", _pandas_objects, nan_is_null=True, lacks="dtl"),
        Engine("pandas nullable", "pandas", _pandas_nullable_exact, nan_is_null=True, lacks="d"),
        Engine("pandas Arrow", "pandas", _pandas_arrow),
        Engine("Polars", "polars", _polars),
        Engine("Polars lazy", "polars", lambda data: _polars(data).lazy(), remembers=True),
        Engine("PyArrow", "pyarrow", arrow),
        Engine("DuckDB", "duckdb", lambda data: _duckdb().from_arrow(arrow(data)), remembers=True),
        Engine("Dask", "dask", _dask),
        Engine("Ibis", "ibis", _ibis),
        Engine("PySpark", "pyspark", _spark),
    )
}


def of_arrow(name: str, table: Any) -> Any:
    """An Arrow table as the frame of an engine that takes any column."""
    match name:
        case "pandas":
            return table.to_pandas()
        case "pandas Arrow":
            import pandas as pd

            return table.to_pandas(types_mapper=pd.ArrowDtype)
        case "Dask":
            import dask.dataframe as dd

            frame = of_arrow("pandas Arrow", table)
            return dd.from_pandas(frame, npartitions=2)  # type: ignore[no-untyped-call] # of another library
        case "Polars":
            import polars as pl

            return pl.from_arrow(table)
        case "DuckDB":
            return _duckdb().from_arrow(table)
        case "Ibis":
            import ibis

            return ibis.memtable(table)
        case "PySpark":
            return spark_session().createDataFrame(table.to_pandas())
        case _:
            return table


def as_seen(engine: Engine, data: Sequence[Row], frame: Any) -> list[Row]:
    """The rows as a frame holds them: in pandas NaN is null, and integers beside a null may be floats."""
    if not engine.nan_is_null:
        return list(data)
    floats = {name for name in frame.columns if frame[name].dtype == "float64"}
    return [{name: _seen(value, name in floats) for name, value in row.items()} for row in data]


def _seen(value: Any, is_float: bool) -> object:  # noqa: FBT001 - it is a value
    if isinstance(value, float) and math.isnan(value):
        return None
    return float(value) if is_float and value is not None else value


def kept_at(frame: Any) -> list[int]:
    """The numbers of the rows in a frame, ascending."""
    import narwhals as nw

    found: Any = nw.from_native(frame)
    collected = found.collect() if isinstance(found, nw.LazyFrame) else found
    return sorted(map(int, collected["at"].to_list()))


def wanted_at(wanted: Filter, seen: Sequence[Row]) -> list[int]:
    """The numbers of the rows that a filter keeps of dicts."""
    return [row["at"] for row in wanted.select(seen, on_error="null")]


def disagreements(engine: Engine, count: int, seed: int = 0) -> Iterator[str | None]:
    """For each of so many filters None where all is well, `refused`, or what differs."""
    choose = random.Random(seed)  # noqa: S311 - only examples
    writer = Writer(choose, engine.names)
    for at in range(count):
        if at % 50 == 0:
            data = rows(choose, 40)
            frame = engine.frame(data)
            seen = as_seen(engine, data, frame)
        wanted = writer.filter()
        try:
            found = kept_at(dataframe.select(wanted, frame, on_error="null"))
            if engine.remembers and kept_at(dataframe.select(wanted, frame, on_error="null")) != found:
                yield f"{wanted}\n  is remembered as something else"
                continue
        except UnsupportedFilterError as error:
            yield "refused" if error.position is not None else f"{wanted}\n  is refused without a place"
            continue
        except Exception as error:  # noqa: BLE001 - it is reported
            yield f"{wanted}\n  {type(error).__name__}: {str(error).splitlines()[0]}"
            continue
        expected = wanted_at(wanted, seen)
        odd = sorted(set(found) ^ set(expected))[:3]
        yield (
            None if found == expected else f"{wanted}\n  {found} instead of {expected}\n  {[seen[one] for one in odd]}"
        )


def main(arguments: Sequence[str]) -> int:
    """Compare so many filters on each engine."""
    count, *names = arguments
    wrong = 0
    for name in names or ENGINES:
        engine = ENGINES[name]
        if not engine.is_installed:
            print(f"{name}: {engine.package} is not installed")  # noqa: T201 - a command
            continue
        found = list(disagreements(engine, int(count), int(os.environ.get("SEED", "0"))))
        tally = Counter("wrong" if one not in {None, "refused"} else one or "evaluated" for one in found)
        wrong += tally["wrong"]
        told = f"{tally['evaluated']} evaluated, {tally['refused']} refused, {tally['wrong']} differ"
        print(f"{name}: {told}", flush=True)  # noqa: T201 - a command
        for text in [one for one in found if one not in {None, "refused"}][:5]:
            print(text)  # noqa: T201 - a command
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
