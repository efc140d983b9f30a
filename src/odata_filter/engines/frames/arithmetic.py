"""Numbers and an arithmetic operator to the number that results, exactly, or a refusal (section 5.1.1.2)."""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import cast

import narwhals as nw

from odata_filter import edm, values
from odata_filter.engines.capabilities import unsupported
from odata_filter.engines.frames.expressions import NULL, Columns, Value, expr_of, untyped
from odata_filter.engines.frames.numeric import floating, has_bits, integer, is_finite, is_small, widened
from odata_filter.nodes import Arithmetic, Node


def negation(node: Node, value: Value, columns: Columns) -> Value:
    """`-` of a value; null where it has none."""
    if value.kind is None:
        raise untyped(node, columns)
    if value.kind == edm.DURATION:
        raise unsupported(node, f"{columns.dialect.capabilities.name} does not compute with durations")
    if value.kind == edm.DOUBLE:
        return replace(value, expr=-expr_of(value))
    return replace(value, scale=-value.scale, offset=-value.offset) if value.kind in values.NUMBERS else NULL


def computed(node: Arithmetic, left: Value, right: Value, columns: Columns) -> Value:
    """What an operator makes of two values; null where it has nothing for their types."""
    if edm.NULL in {left.kind, right.kind}:
        return NULL
    if left.kind is None or right.kind is None:
        raise untyped(node, columns)
    kind = values.arithmetic_kind(node.operator, left.kind, right.kind)
    if kind is None:
        return NULL
    if kind not in values.NUMBERS:
        raise unsupported(node, f"{columns.dialect.capabilities.name} does not compute with dates and durations")
    nulls = (*left.nulls, *right.nulls)
    if kind == edm.DOUBLE:
        return Value(kind, expr=_float_arithmetic(node, left, right, columns), nulls=nulls)
    if node.operator in {"div", "divby", "mod"}:
        return _division(node, left, right, columns)
    if left.is_constant or right.is_constant:
        return _linear(node, left, right, kind, columns)
    return replace(_integer_arithmetic(node, left, right, columns), kind=kind, nulls=nulls)


_FLOAT: Mapping[str, Callable[[nw.Expr, nw.Expr], nw.Expr]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
}


def _float_arithmetic(node: Arithmetic, left: Value, right: Value, columns: Columns) -> nw.Expr:
    first, second = floating(node, left, columns), floating(node, right, columns)
    if node.operator == "mod":
        raise unsupported(node, f"{columns.dialect.capabilities.name} has no exact mod of floating numbers")
    if node.operator in _FLOAT:
        return _FLOAT[node.operator](first, second)
    # By zero a positive number is INF, a negative one -INF, and zero NaN: what it is times INF.
    if right.is_constant:
        return first * math.inf if right.constant == 0 else first / second
    return nw.when(second == 0.0).then(first * math.inf).otherwise(first / second)


def _linear(node: Arithmetic, left: Value, right: Value, kind: str, columns: Columns) -> Value:
    """A number of the engine and a constant: the number with another scale and offset."""
    value, constant = (right, left) if left.is_constant else (left, right)
    known = cast("values.Number", constant.constant)
    if not is_finite(known):
        raise unsupported(node, "a decimal number is computed with one that is not finite")
    number = Fraction(known)
    if node.operator == "mul" and number == 0:
        return Value(kind, expr=integer(node, value, columns) * 0, nulls=value.nulls)
    if node.operator == "mul":
        return replace(value, kind=kind, scale=value.scale * number, offset=value.offset * number)
    if node.operator == "add":
        return replace(value, kind=kind, offset=value.offset + number)
    if right is constant:
        return replace(value, kind=kind, offset=value.offset - number)
    return replace(value, kind=kind, scale=-value.scale, offset=number - value.offset)


def _integer_arithmetic(node: Arithmetic, left: Value, right: Value, columns: Columns) -> Value:
    """Two integers of the engine, in as many bits as the result needs."""
    compute = _FLOAT[node.operator]
    first, second = integer(node, left, columns), integer(node, right, columns)
    ends = [_ENDS[node.operator](int(one), int(other)) for one in left.ends for other in right.ends]
    low, high = min(ends), max(ends)
    is_int64 = has_bits(low, 64) and has_bits(high, 64)
    if not is_int64:
        narrow = (replace(NULL, expr=expr, high=high) for expr in (first, second))
        first, second = (widened(node, value, ends, columns) for value in narrow)
    return Value(edm.INT64, expr=compute(first, second), low=low, high=high, is_int64=is_int64)


_ENDS: Mapping[str, Callable[[int, int], int]] = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}


def _division(node: Arithmetic, left: Value, right: Value, columns: Columns) -> Value:
    """`div` and `mod` of integers by a constant; the quotient is cut towards zero."""
    if node.operator == "divby" or {left.kind, right.kind} != {edm.INT64}:
        raise unsupported(node, f"{columns.dialect.capabilities.name} has no exact quotient of decimal numbers")
    if not right.is_constant:
        raise unsupported(node, "an integer is divided by a column, which may be zero")
    divisor = cast("int", right.constant)
    if divisor == 0 and columns.scope.failures_are_null:
        return NULL
    if divisor == 0:
        raise unsupported(node, "it fails for every row: division by zero", 'give on_error="null" to make that null')
    whole = integer(node, left, columns)
    ends = [_cut(int(end), divisor) for end in left.ends]
    if not all(has_bits(end, 64) for end in (Fraction(divisor), *map(Fraction, ends), *left.ends)):
        raise unsupported(node, "the numbers are outside the range of 64-bit integers")
    made = Value(edm.INT64, nulls=left.nulls, is_int64=True)
    if node.operator == "mod":
        largest = min(abs(divisor) - 1, *(abs(int(end)) for end in left.ends))
        return replace(made, expr=_remainder(node, whole, divisor, left, columns), low=-largest, high=largest)
    return replace(made, expr=_quotient(node, whole, divisor, left, columns), low=min(0, *ends), high=max(0, *ends))


def _cut(number: int, divisor: int) -> int:
    quotient = abs(number) // abs(divisor)
    return quotient if (number < 0) is (divisor < 0) else -quotient


def _quotient(node: Node, whole: nw.Expr, divisor: int, value: Value, columns: Columns) -> nw.Expr:
    """The quotient cut towards zero: `//` rounds down, so that negative numbers are moved up first; none overflows."""
    if not columns.dialect.divides_integers and not is_small(value):
        raise unsupported(node, f"{columns.dialect.capabilities.name} has no exact div of 64-bit integers")
    size = abs(divisor)
    quotient = whole // size
    if value.ends[0] < 0:
        negative, positive = (nw.when(test).then(whole).otherwise(whole * 0) for test in (whole < 0, whole >= 0))
        quotient = (negative + (size - 1)) // size + positive // size
    return quotient if divisor > 0 else -quotient


def _remainder(node: Node, whole: nw.Expr, divisor: int, value: Value, columns: Columns) -> nw.Expr:
    """What the quotient leaves, with the sign of the dividend."""
    if columns.dialect.divides_integers:
        return whole - _quotient(node, whole, divisor, value, columns) * divisor
    size = abs(divisor)
    rest = whole % size
    return nw.when((rest != 0) & (whole < 0)).then(rest - size).otherwise(rest)
