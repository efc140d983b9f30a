"""A number beside numbers to where a comparison of them is true, exactly, whatever their types.

A number of the engine is held as an expression with a scale and an offset, so that a comparison with a constant is
solved for the column and nothing can overflow.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, cast

import narwhals as nw

from odata_filter import edm, values
from odata_filter.engines.capabilities import unsupported
from odata_filter.engines.frames.expressions import (
    Columns,
    Pair,
    Truth,
    Value,
    cast_to,
    conjunction,
    disjunction,
    expr_of,
    is_null,
)
from odata_filter.nodes import Node

COMPARE: Mapping[str, Callable[[Any, Any], nw.Expr]] = MappingProxyType(
    {
        "eq": operator.eq,
        "ne": operator.ne,
        "gt": operator.gt,
        "ge": operator.ge,
        "lt": operator.lt,
        "le": operator.le,
    }
)


def test(node: Node, name: str, pair: Pair, columns: Columns) -> Truth:
    """Where neither number is null and a comparison of them is true; the first is no constant."""
    left, right = pair
    if right.is_constant and left.kind == edm.DOUBLE:
        return _test_float(name, left, cast("values.Number", right.constant), columns)
    if right.is_constant:
        if left.kind == edm.DECIMAL and right.kind == edm.DOUBLE:
            raise unsupported(node, "a decimal number is compared with a floating one")
        return _test_integer(name, left, cast("values.Number", right.constant))
    if edm.DOUBLE not in {left.kind, right.kind}:
        return COMPARE[name](integer(node, left, columns), integer(node, right, columns))
    if any(value.kind != edm.DOUBLE and not is_small(value) for value in pair):
        raise unsupported(node, "a 64-bit integer is compared with a floating number", "cast the column to Int32")
    first, second = (floating(node, value, columns) for value in pair)
    guarded = second if name in {"lt", "le"} else first
    return conjunction([COMPARE[name](first, second), _is_number(guarded, columns, name)])


def is_small(value: Value) -> bool:
    """Whether a 64-bit float holds each of the integers exactly."""
    return max(map(abs, value.ends)) <= EXACT


EXACT = 2**53


def _is_number(value: nw.Expr, columns: Columns, name: str) -> Truth:
    """Where a float is not NaN, for engines where NaN equals itself and is above all numbers."""
    if name == "ne" or not columns.dialect.nan_is_greatest or not columns.options.get("has_nan", True):
        return True
    return value <= math.inf


def _test_float(name: str, value: Value, limit: values.Number, columns: Columns) -> Truth:
    """A float beside a constant, which is exact where it is an integer, and the nearest float where it is a decimal."""
    if not is_finite(limit) and math.isnan(limit):
        return name == "ne" and is_null(value, wanted=False)
    nearest = nearest_float(limit)
    if isinstance(limit, int) and nearest != limit:
        if name in {"eq", "ne"}:
            return name == "ne" and is_null(value, wanted=False)
        # No float lies between the integer and its nearest float.
        name = {"gt": "ge", "ge": "ge", "lt": "lt", "le": "lt"}[name] if nearest > limit else _BELOW[name]
    found = COMPARE[name](expr_of(value), nearest)
    return conjunction([found, _is_number(expr_of(value), columns, name)]) if name in {"gt", "ge"} else found


_BELOW: Mapping[str, str] = {"gt": "gt", "ge": "gt", "lt": "le", "le": "le"}


def is_finite(value: values.Number) -> bool:
    """Whether a number is neither INF nor NaN, also one that no float comes near."""
    return value.is_finite() if isinstance(value, Decimal) else isinstance(value, int) or math.isfinite(value)


def nearest_float(value: values.Number) -> float:
    """The float next to a number, INF and -INF among them."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _test_integer(name: str, value: Value, limit: values.Number) -> Truth:
    """An integer beside a constant, solved for the column, so that nothing can overflow."""
    if not is_finite(limit):
        holds = name == "ne" or (not math.isnan(limit) and name in ({"lt", "le"} if limit > 0 else {"gt", "ge"}))
        return holds and is_null(value, wanted=False)
    bound = (Fraction(limit) - value.offset) / value.scale
    if value.scale < 0:
        name = values.TURNED.get(name, name)
    if name in {"eq", "ne"}:
        possible = bound.denominator == 1 and value.low <= bound <= value.high
        if possible:
            return COMPARE[name](expr_of(value), int(bound))
        return name == "ne" and is_null(value, wanted=False)
    whole = math.floor(bound) if name in {"gt", "le"} else math.ceil(bound)
    if value.low <= whole <= value.high:
        return COMPARE[name](expr_of(value), whole)
    return (name in {"gt", "ge"}) is (whole < value.low) and is_null(value, wanted=False)


def among(node: Node, value: Value, listed: Sequence[values.Number], columns: Columns) -> Truth:
    """Where a number equals one of the constants."""
    if value.kind == edm.DOUBLE:
        return _is_float_of(value, listed, columns)
    if value.kind == edm.DECIMAL and any(isinstance(one, float) for one in listed):
        raise unsupported(node, "a decimal number is compared with a floating one")
    bounds = {(Fraction(one) - value.offset) / value.scale for one in listed if is_finite(one)}
    found = sorted(int(bound) for bound in bounds if bound.denominator == 1 and value.low <= bound <= value.high)
    return expr_of(value).is_in(found) if found else False


def _is_float_of(value: Value, listed: Sequence[values.Number], columns: Columns) -> Truth:
    """Where a float is one of the constants; zero is asked for alone, because not every `is_in` knows that 0 is -0."""
    known = {nearest_float(one) for one in listed if not isinstance(one, int) or nearest_float(one) == one}
    others = sorted(one for one in known if one and not math.isnan(one))
    zero = [_test_float("eq", value, 0.0, columns)] if 0.0 in known else []
    return disjunction([*zero, *([expr_of(value).is_in(others)] if others else [])])


def integer(node: Node, value: Value, columns: Columns) -> nw.Expr:
    """An integer written out, in as many bits as it needs."""
    if value.scale.denominator != 1 or value.offset.denominator != 1:
        raise unsupported(node, "a decimal number is computed with")
    scale, offset = int(value.scale), int(value.offset)
    scaled = (value.low * scale, value.high * scale)
    expr = widened(node, value, (*scaled, *(int(end) for end in value.ends)), columns)
    if scale != 1:
        expr = expr * scale
    return expr + offset if offset else expr


def widened(node: Node, value: Value, ends: Sequence[int], columns: Columns) -> nw.Expr:
    """An integer column in a type that holds all of these numbers."""
    expr = expr_of(value)
    if value.is_int64 is None and columns.dialect.nulls_answer:
        raise unsupported(node, f"{columns.dialect.capabilities.name} does not compute with this function")
    if all(has_bits(end, 64) for end in (value.low, value.high, *ends)):
        return expr if value.is_int64 else cast_to(node, expr, nw.Int64(), columns)
    if columns.dialect.has_int128 and all(has_bits(end, 128) for end in ends):
        return cast_to(node, expr, nw.Int128(), columns)
    hint = 'cast the columns to Int32, or give rest="rows"'
    raise unsupported(node, "the result may be outside the range of 64-bit integers", hint)


def has_bits(number: Fraction | int, bits: int) -> bool:
    """Whether an integer of so many bits holds the number."""
    bound: int = 2 ** (bits - 1)
    return -bound <= number < bound


def floating(node: Node, value: Value, columns: Columns) -> nw.Expr:
    """A number as a 64-bit float."""
    if value.is_constant:
        return nw.lit(nearest_float(cast("values.Number", value.constant)))
    if value.kind == edm.DOUBLE:
        return expr_of(value)
    whole = integer(node, value, columns)
    if not columns.dialect.casts_any_integer and not is_small(value):
        hint = "cast the column to Float64"
        raise unsupported(node, f"{columns.dialect.capabilities.name} does not round integers to floats", hint)
    return cast_to(node, whole, nw.Float64(), columns)
