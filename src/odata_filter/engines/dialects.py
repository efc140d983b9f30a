"""Dataframe engines as data: what each one says exactly, and where its answers differ from the others'."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from odata_filter.engines.capabilities import COMMON, Capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A dataframe engine.

    Attributes:
        capabilities: what it says exactly.
        nan_is_greatest: whether NaN equals itself and is above every number, as it is not in OData.
        nulls_answer: whether a test of a null gives null with some columns and false with others, which do not mix.
        fills_nulls: whether filling the nulls of a comparison is better than asking for nulls beside it, as it is
            not where filters go into the scan of files.
        shortest_list: from how many values on `is_in` is better than as many comparisons.
        casts: whether a column may be turned into another type in an expression.
        has_int128: whether integers of 128 bits can be computed with.
        divides_integers: whether `//` of 64-bit integers is exact; otherwise it goes through 64-bit floats.
        casts_any_integer: whether an integer that no 64-bit float holds exactly becomes the nearest one.
        rounds_infinity: whether the floor of an infinite number is there.
        finds_columns: whether a text can be looked for that stands in a column.
        name_quote: what has to stand around the name of a column, doubled inside it; None where that is not known.
    """

    capabilities: Capabilities
    nan_is_greatest: bool = True
    nulls_answer: bool = False
    fills_nulls: bool = False
    shortest_list: int = 2
    casts: bool = True
    has_int128: bool = False
    divides_integers: bool = True
    casts_any_integer: bool = True
    rounds_infinity: bool = True
    finds_columns: bool = True
    name_quote: str | None = ""


def _capabilities(name: str, *more: str, lacking: tuple[str, ...] = ()) -> Capabilities:
    return Capabilities(name=name, parts=COMMON.union(more).difference(lacking))


DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        "pandas": Dialect(
            capabilities=_capabilities("pandas"),
            nan_is_greatest=False,
            nulls_answer=True,
            casts_any_integer=False,
            finds_columns=False,
        ),
        "polars": Dialect(
            capabilities=_capabilities("Polars", "date", "tolower", "toupper"), fills_nulls=True, has_int128=True
        ),
        "pyarrow": Dialect(
            capabilities=_capabilities("PyArrow", "date"),
            nan_is_greatest=False,
            casts_any_integer=False,
            finds_columns=False,
        ),
        "duckdb": Dialect(capabilities=_capabilities("DuckDB", "date"), fills_nulls=True, has_int128=True),
        "dask": Dialect(
            capabilities=_capabilities("Dask", lacking=("path",)),
            nan_is_greatest=False,
            nulls_answer=True,
            casts=False,
            casts_any_integer=False,
            finds_columns=False,
        ),
        "ibis": Dialect(
            capabilities=_capabilities("Ibis", "date", lacking=("trim",)), divides_integers=False, rounds_infinity=False
        ),
        "pyspark": Dialect(
            capabilities=_capabilities("PySpark", "date"),
            shortest_list=50,
            divides_integers=False,
            rounds_infinity=False,
            name_quote="`",
        ),
    }
)
"""Each engine by its name in narwhals."""

ANY = Dialect(
    capabilities=Capabilities(
        name="an unknown engine",
        parts=frozenset.intersection(*(dialect.capabilities.parts for dialect in DIALECTS.values())),
    ),
    nulls_answer=True,
    casts=False,
    divides_integers=False,
    casts_any_integer=False,
    rounds_infinity=False,
    finds_columns=False,
    name_quote=None,
)
"""What can be said where only a schema is known: what all engines say in one way."""

CAPABILITIES: tuple[Capabilities, ...] = tuple(dialect.capabilities for dialect in DIALECTS.values())
"""What each engine says, for the table."""
