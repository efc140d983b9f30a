"""What the parts of a filter are in a dataframe engine: narwhals expressions, with what is known about them."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any, TypeAlias, TypedDict, cast
from typing import Literal as OneOf

import narwhals as nw

from odata_filter import edm, evaluator
from odata_filter.engines.capabilities import unsupported
from odata_filter.engines.dialects import Dialect
from odata_filter.engines.folding import balanced
from odata_filter.errors import UnsupportedFilterError
from odata_filter.nodes import Node


class Options(TypedDict, total=False):
    """What an engine can be told; every option may be left out.

    Attributes:
        names: for each name or path of the filter the column that it stands for; without it a name is its column's.
        within: the column that holds the properties, as a struct or as a map; without it they are columns.
        unknown: `"null"` makes a name without a column null; `"refuse"`, the default, refuses it.
        on_error: `"null"` makes an operation that fails null; by default one that may fail is refused.
        parameters: the values of parameter aliases, each under its name with `@`; a missing one is null.
        has_nan: False promises that no column holds NaN, which saves a test of each floating number in `gt` and `ge`.
        now: what `now()` is, with a time zone; otherwise the clock is asked once per call.
    """

    names: Mapping[str, str]
    within: str
    unknown: OneOf["refuse", "null"]
    on_error: OneOf["raise", "null"]
    parameters: Mapping[str, object]
    has_nan: bool
    now: dt.datetime


Truth: TypeAlias = nw.Expr | bool
"""Where something holds: an expression that is true there and false or null elsewhere, or the same for all rows."""


@dataclass(slots=True)
class Columns:
    """What is known of a frame, and how far the translation has got.

    Attributes:
        types: the narwhals type of each column.
        dialect: the engine.
        options: see `Options`.
        scope: what constants are evaluated with.
        steps: how many conditions were translated so far.
    """

    types: Mapping[str, Any]
    dialect: Dialect
    options: Options
    scope: evaluator.Scope
    steps: int = 0


def disjunction(parts: Sequence[Truth]) -> Truth:
    """Where one of the parts holds, folded in balance: a chain of thousands would be too deep for the engines."""
    if any(part is True for part in parts):
        return True
    return _balanced([part for part in parts if not isinstance(part, bool)], nw.Expr.__or__, empty=False)


def conjunction(parts: Sequence[Truth]) -> Truth:
    """Where all of the parts hold."""
    if any(part is False for part in parts):
        return False
    return _balanced([part for part in parts if not isinstance(part, bool)], nw.Expr.__and__, empty=True)


def _balanced(parts: list[nw.Expr], join: Callable[[nw.Expr, nw.Expr], nw.Expr], *, empty: bool) -> Truth:
    return balanced(parts, lambda pair: reduce(join, pair), width=2) if parts else empty


def negated(truth: Truth) -> Truth:
    """Where it does not hold: where it is false, or null."""
    return not truth if isinstance(truth, bool) else ~truth.fill_null(False)  # noqa: FBT003 - it is a value


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression of the filter is in the engine.

    Attributes:
        kind: its Edm type; None when the engine has a type that Edm lacks.
        constant: the Python value, where neither `expr` nor `condition` is given.
        expr: the engine's expression; of a number, `expr * scale + offset` is meant.
        condition: the tree of a Boolean, which is asked for each outcome.
        nulls: the value is null where one of these is true.
        low: the least integer that `expr` may be.
        high: the greatest.
        is_int64: whether `expr` is an integer of 64 bits, not fewer or more; None where the engine decides.
        zone: the time zone of a column of moments.
    """

    kind: str | None
    constant: object = None
    expr: nw.Expr | None = None
    condition: Node | None = None
    nulls: tuple[nw.Expr, ...] = ()
    low: int = 0
    high: int = 0
    scale: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)
    is_int64: bool | None = False
    zone: str | None = None

    @property
    def is_constant(self) -> bool:
        """Whether it is the same for all rows."""
        return self.expr is None and self.condition is None

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The least and the greatest number that it may be."""
        ends = self.low * self.scale + self.offset, self.high * self.scale + self.offset
        return min(ends), max(ends)


NULL = Value(edm.NULL)
"""Null in all rows."""

Pair: TypeAlias = tuple[Value, Value]
"""The two sides of a comparison."""


def expr_of(value: Value) -> nw.Expr:
    """The engine's expression of a value that has one."""
    return cast("nw.Expr", value.expr)


def is_null(value: Value, *, wanted: bool = True) -> Truth:
    """Where a value that is no condition is null, or where it is not."""
    if value.is_constant:
        return (value.constant is None) is wanted
    found = disjunction(value.nulls)
    return found if wanted else not found if isinstance(found, bool) else ~found


def untyped(node: Node, columns: Columns) -> UnsupportedFilterError:
    """The error for a column whose type says nothing."""
    hint = "give the column a type, with pandas by frame.convert_dtypes()"
    return unsupported(node, f"{columns.dialect.capabilities.name} does not say what this column holds", hint)


def held(node: Node, value: object) -> Any:
    """A constant that the engine can hold."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise unsupported(node, "a lone surrogate is no character of a column") from None
    return value


def cast_to(node: Node, expr: nw.Expr, type_: nw.dtypes.DType, columns: Columns) -> nw.Expr:
    """An expression in another type, if the engine can."""
    if not columns.dialect.casts:
        name = columns.dialect.capabilities.name
        raise unsupported(node, f"{name} does not turn the column into {type_}", "cast it before")
    return expr.cast(type_)
