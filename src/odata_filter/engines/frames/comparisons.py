"""Two values whose types fit to where a comparison of them is true, or false (5.1.1.1.1 to 5.1.1.1.6)."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import narwhals as nw

from odata_filter import edm, evaluator, values
from odata_filter.engines.frames import numeric
from odata_filter.engines.frames.expressions import (
    Columns,
    Pair,
    Truth,
    Value,
    conjunction,
    disjunction,
    expr_of,
    held,
    is_null,
    negated,
)
from odata_filter.engines.frames.numeric import COMPARE
from odata_filter.nodes import Comparison, Literal, Node

COMPARED = values.NUMBERS | {edm.STRING, edm.DATE, edm.DATE_TIME_OFFSET, edm.LOCAL_TIME}


@cache
def known(operator_name: str, left: object, right: object) -> object:
    """What the evaluator makes of a comparison of two constants."""
    first, second = (Literal(*edm.literal_text(value)) for value in (left, right))
    test = Comparison(operator_name, first, second)
    return evaluator.evaluation(test, evaluator.Context())({}, evaluator.Scope())


def fit(left: str | None, right: str | None) -> bool:
    """Whether values of these kinds can be compared: then the result is never null."""
    return (left == right and left != edm.NULL) or (left in values.NUMBERS and right in values.NUMBERS)


def holds(node: Node, name: str, pair: Pair, columns: Columns, *, wanted: bool) -> Truth:
    """Where a comparison of values that fit is true, or where it is false."""
    nulls = [is_null(value) for value in pair]
    both = conjunction(nulls) if known(name, None, None) is True else False
    test = _test(node, name, pair, columns)
    if wanted:
        return disjunction([test, both])
    has_constant = any(value.is_constant for value in pair)
    if edm.DOUBLE in {value.kind for value in pair} or not has_constant or isinstance(test, bool):
        return negated(disjunction([test, both]))
    opposite = _test(node, values.OPPOSITE[name], pair, columns)
    if columns.dialect.fills_nulls and not isinstance(opposite, bool):
        return opposite.fill_null(True)  # noqa: FBT003 - it is a value
    return disjunction([opposite, *nulls])


def _test(node: Node, name: str, pair: Pair, columns: Columns) -> Truth:
    """Where neither side is null and a comparison is true."""
    left, right = pair
    if left.is_constant:
        return _test(node, values.TURNED.get(name, name), (right, left), columns)
    if left.kind in values.NUMBERS:
        return numeric.test(node, name, pair, columns)
    return COMPARE[name](_instant(left), held(node, right.constant) if right.is_constant else _instant(right))


def _instant(value: Value) -> nw.Expr:
    """A value as it compares: moments by their instant."""
    expr = expr_of(value)
    return expr if value.zone is None or value.zone.endswith("UTC") else expr.dt.convert_time_zone("UTC")


def is_member(node: Node, value: Value, listed: Sequence[Any], columns: Columns) -> Truth:
    """Where a value equals one of the constants, which fit it."""
    if len(listed) < columns.dialect.shortest_list:
        return disjunction([_test(node, "eq", (value, Value(values.kind(one), one)), columns) for one in listed])
    if value.kind in values.NUMBERS:
        return numeric.among(node, value, listed, columns)
    return _instant(value).is_in([held(node, one) for one in listed])
