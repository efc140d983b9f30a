"""A canonical function and its arguments to the value that it has in a dataframe engine (5.1.1.5 to 5.1.1.9)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import narwhals as nw

from odata_filter import edm, functions
from odata_filter.engines.capabilities import unsupported
from odata_filter.engines.frames.expressions import (
    NULL,
    Columns,
    Truth,
    Value,
    conjunction,
    disjunction,
    expr_of,
    held,
    is_null,
    negated,
    untyped,
)
from odata_filter.engines.frames.numeric import EXACT
from odata_filter.nodes import Call, Node


def called(node: Call, arguments: Sequence[Value], columns: Columns) -> Value:
    """The value of a function; one that gives a Boolean is a condition, see `searched`."""
    function = functions.canonical(node.name)
    kinds = [argument.kind for argument in arguments]
    if edm.NULL in kinds:
        return NULL
    known = [kind for kind in kinds if kind is not None]
    if len(known) < len(kinds):
        raise untyped(node, columns)
    if function is None or not any(functions.fits(known, signature.parameters) for signature in function.signatures):
        return NULL
    if edm.COLLECTION in kinds:
        raise unsupported(node, f"{columns.dialect.capabilities.name} does not look into a collection in a column")
    if node.name in _SEARCHES:
        return Value(edm.BOOLEAN, condition=node)
    found = _FUNCTIONS[node.name](node, arguments, columns)
    return replace(found, nulls=tuple(null for argument in arguments for null in argument.nulls))


def searched(node: Call, arguments: Sequence[Value], columns: Columns, *, outcome: bool | None) -> Truth:
    """Where `contains`, `startswith` or `endswith` has an outcome; any other function gives no Boolean, so null."""
    if called(node, arguments, columns).kind != edm.BOOLEAN:
        return outcome is None
    text, part = arguments
    nulls = disjunction([is_null(text), is_null(part)])
    if outcome is None:
        return nulls
    if not part.is_constant and not columns.dialect.finds_columns:
        raise unsupported(node, f"{columns.dialect.capabilities.name} looks for constants only")
    wanted = held(node, part.constant) if part.is_constant else part.expr
    found = _SEARCHES[node.name](_string(node, text), wanted)
    if outcome:
        return found
    missed = found == False  # noqa: E712 - of an expression
    return conjunction([missed, negated(nulls)]) if columns.dialect.nulls_answer else missed


_SEARCHES: Mapping[str, Callable[[nw.Expr, Any], nw.Expr]] = {
    "contains": lambda text, part: text.str.contains(part, literal=True),
    "endswith": lambda text, part: text.str.ends_with(part),
    "startswith": lambda text, part: text.str.starts_with(part),
}


def _string(node: Node, value: Value) -> nw.Expr:
    return nw.lit(held(node, value.constant)) if value.is_constant else expr_of(value)


def _length(_node: Call, arguments: Sequence[Value], _columns: Columns) -> Value:
    return Value(edm.INT64, expr=expr_of(arguments[0]).str.len_chars(), low=0, high=2**31 - 1, is_int64=None)


def _concat(node: Call, arguments: Sequence[Value], _columns: Columns) -> Value:
    return Value(edm.STRING, expr=nw.concat_str([_string(node, argument) for argument in arguments]))


def _substring(node: Call, arguments: Sequence[Value], columns: Columns) -> Value:
    text, *bounds = arguments
    if text.is_constant or not all(bound.is_constant for bound in bounds):
        raise unsupported(node, f"{columns.dialect.capabilities.name} cuts at constants only")
    start, *length = (min(cast("int", bound.constant), _LONGEST) for bound in bounds)
    if start < -_LONGEST or (length and (start < 0 or length[0] < 0)):
        raise unsupported(node, "a negative start or length has no words here")
    return Value(edm.STRING, expr=expr_of(text).str.slice(start, *length))


_LONGEST = 2**30


def _trim(_node: Call, arguments: Sequence[Value], _columns: Columns) -> Value:
    return Value(edm.STRING, expr=expr_of(arguments[0]).str.strip_chars(functions.WHITE_SPACE))


def _cased(node: Call, arguments: Sequence[Value], _columns: Columns) -> Value:
    text = expr_of(arguments[0]).str
    return Value(edm.STRING, expr=text.to_lowercase() if node.name == "tolower" else text.to_uppercase())


def _part_of(name: str, low: int, high: int) -> Callable[[Call, Sequence[Value], Columns], Value]:
    """A part of a date or moment, in the moment's own time zone."""

    def part(_node: Call, arguments: Sequence[Value], _columns: Columns) -> Value:
        expr = getattr(expr_of(arguments[0]).dt, name)()
        return Value(edm.INT64, expr=expr, low=low, high=high, is_int64=None)

    return part


def _date(_node: Call, arguments: Sequence[Value], _columns: Columns) -> Value:
    return Value(edm.DATE, expr=expr_of(arguments[0]).dt.date())


def _whole(node: Call, arguments: Sequence[Value], columns: Columns) -> Value:
    """`floor`, `ceiling` and `round`; integers, INF and NaN stay as they are."""
    value = arguments[0]
    if value.kind == edm.DECIMAL:
        raise unsupported(node, f"{columns.dialect.capabilities.name} does not round decimal numbers")
    if value.kind == edm.INT64:
        return value
    number = expr_of(value)
    rounded = _ROUNDED[node.name](number)
    if not columns.dialect.rounds_infinity:
        # From here on every float is whole.
        rounded = nw.when(number.abs() < EXACT).then(rounded).otherwise(number)
    return Value(edm.DOUBLE, expr=rounded)


def _away_from_zero(number: nw.Expr) -> nw.Expr:
    """The nearest whole number, half away from zero."""
    size = number.abs()
    down = size.floor()
    rounded = nw.when(size - down >= 0.5).then(down + 1.0).otherwise(down)  # noqa: PLR2004 - a half
    return nw.when(number < 0.0).then(-rounded).otherwise(rounded)


_ROUNDED: Mapping[str, Callable[[nw.Expr], nw.Expr]] = {
    "ceiling": nw.Expr.ceil,
    "floor": nw.Expr.floor,
    "round": _away_from_zero,
}

_FUNCTIONS: Mapping[str, Callable[[Call, Sequence[Value], Columns], Value]] = {
    "length": _length,
    "concat": _concat,
    "substring": _substring,
    "trim": _trim,
    "tolower": _cased,
    "toupper": _cased,
    "year": _part_of("year", -(10**6), 10**6),
    "month": _part_of("month", 1, 12),
    "day": _part_of("day", 1, 31),
    "hour": _part_of("hour", 0, 23),
    "minute": _part_of("minute", 0, 59),
    "second": _part_of("second", 0, 59),
    "date": _date,
    "ceiling": _whole,
    "floor": _whole,
    "round": _whole,
}
"""Every function that gives no Boolean; each is called with values of one of its signatures' kinds."""
