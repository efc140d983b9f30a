"""A part of a condition to the test or function of one value that Python makes as the evaluator does, if it is one.

Each is good for values of certain types; for any other value the evaluator's own is at its side.
"""

import ast
import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias, cast
from uuid import UUID

from odata_filter import edm, evaluator, functions, values
from odata_filter.data import dataclass
from odata_filter.errors import FilterEvaluationError
from odata_filter.nodes import Call, Collection, Comparison, Literal, Node

_CONTEXT = evaluator.Context()

# ---- Tests -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leaf:
    """A test of one value that Python makes as the evaluator does, as long as the value is of certain types.

    Attributes:
        operator: the comparison, with the value on its left, or the name of the function.
        operand: what gives the value.
        types: the types, by exact identity; empty for any.
        right: what the value is compared with.
        yes: from expressions for both to whether the test is true of a value of these types.
        slow: the evaluator's answer for any value: true, false or null.
        null: what it is for null.
        total: whether `yes` may be asked of a value of any type; comparing first and looking at the type afterwards
            keeps the processor busy while the value is on its way from memory.
    """

    operator: str
    operand: Node
    types: tuple[type, ...]
    right: object
    yes: "Test"
    slow: Callable[[object], object]
    null: bool | None
    total: bool = False


def leaf(node: Node) -> Leaf | None:
    """The test that a part of a condition is, if it is one."""
    match node:
        case Comparison(operator="in", right=Collection(items=items)):
            return _membership_test(node, items)
        case Comparison(operator=operator, left=operand, right=Literal()) if operator in values.TURNED:
            return _comparison_test(node, operator, operand, node.right)
        case Comparison(operator=operator, left=Literal(), right=operand) if operator in values.TURNED:
            return _comparison_test(node, values.TURNED[operator], operand, node.left)
        case Call(name=name, arguments=(operand, Literal(type=edm.STRING, text=text))) if name.lower() in _TEXT_TESTS:
            value = evaluator.applied(cast("functions.Function", functions.canonical(name)), coerce=False)
            test = _TEXT_TESTS[name.lower()]
            return Leaf(name.lower(), operand, (str,), text, test, lambda found: value(found, text), None)
        case _:
            return None


def _comparison_test(node: Comparison, operator: str, operand: Node, literal: Node) -> Leaf | None:
    """A comparison of anything with a literal."""
    constant = literal_value(literal)
    types, right = _TYPES.get(type(constant), ()), _as_float(constant) if isinstance(constant, Decimal) else constant
    compare = evaluator.comparison(node, _CONTEXT)
    is_equality = operator in {"eq", "ne"}

    def slow(value: object) -> object:
        return compare(value, constant) if node.right is literal else compare(constant, value)

    if constant is None and is_equality and not isinstance(operand, Literal):
        return Leaf(operator, operand, (), None, _python(ast.Is if operator == "eq" else ast.IsNot), slow, null=None)
    if not types or (right is None) or evaluator.quotes_a_duration(node):
        return None
    test = _python(_PYTHON[operator])
    return Leaf(operator, operand, types, right, test, slow, null=operator == "ne", total=is_equality)


def _membership_test(node: Comparison, items: Sequence[Node]) -> Leaf | None:
    """Whether something is in a list of literals, all of one type, with or without null."""
    members = [literal_value(item) for item in items]
    types = {type(member) for member in members if member is not None}
    if len(types) != 1 or not types <= _HASHED or evaluator.quotes_a_duration(node):
        return None
    compare, present = evaluator.comparison(node, _CONTEXT), frozenset(members)

    def slow(value: object) -> object:
        return compare(value, members)

    return Leaf("in", node.left, tuple(types), present, _python(ast.In), slow, null=None in members, total=True)


Test: TypeAlias = Callable[[ast.expr, ast.expr], ast.expr]


def _python(operator: type[ast.cmpop]) -> Test:
    return lambda value, right: ast.Compare(value, [operator()], [right])


def _method(name: str) -> Test:
    return lambda value, right: ast.Call(ast.Attribute(value, name, ast.Load()), [right], [])


_TEXT_TESTS: Mapping[str, Test] = {
    "contains": lambda value, right: ast.Compare(right, [ast.In()], [value]),
    "startswith": _method("startswith"),
    "endswith": _method("endswith"),
}
_PYTHON: Mapping[str, type[ast.cmpop]] = {
    "eq": ast.Eq,
    "ne": ast.NotEq,
    "gt": ast.Gt,
    "ge": ast.GtE,
    "lt": ast.Lt,
    "le": ast.LtE,
}
_TYPES: Mapping[type, tuple[type, ...]] = {
    str: (str,),
    bool: (bool,),
    int: (int, float),
    float: (int, float),
    Decimal: (int, float),
    dt.date: (dt.date,),
    dt.datetime: (dt.datetime,),
    dt.time: (dt.time,),
    dt.timedelta: (dt.timedelta,),
    UUID: (UUID,),
}
"""For the type of a literal's value, the types that Python compares with it by the same rules."""

_HASHED = frozenset({str, int, dt.date, dt.timedelta, UUID})
"""Types whose values are equal by `eq` when they are by hash and `==`."""


class Fails:
    """What a literal is whose value Python cannot hold."""


def literal_value(node: Node) -> object:
    """The value of a literal, or a `Fails`."""
    if not isinstance(node, Literal):
        return Fails()
    try:
        return edm.python_value(node.type, node.text)
    except FilterEvaluationError:
        return Fails()


def _as_float(value: Decimal) -> float | None:
    """The float that every int and float compares with as with the Decimal, or None where there is none."""
    number = float(value)
    if not math.isfinite(number) or math.floor(number) != math.floor(value):
        return None
    return None if number.is_integer() and number != value else number


# ---- Functions -------------------------------------------------------------------------------------------


def _length(value: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("len", ast.Load()), [value], [])


def _called(name: str) -> Callable[[ast.expr], ast.expr]:
    return lambda value: ast.Call(ast.Attribute(value, name, ast.Load()), [], [])


def _field(name: str) -> Callable[[ast.expr], ast.expr]:
    return lambda value: ast.Attribute(value, name, ast.Load())


_QUICK: Mapping[str, tuple[tuple[type, ...], Callable[[ast.expr], ast.expr], type]] = {
    "length": ((str,), _length, int),
    "tolower": ((str,), _called("lower"), str),
    "toupper": ((str,), _called("upper"), str),
    **{name: ((dt.datetime, dt.date), _field(name), int) for name in ("year", "month", "day")},
    **{name: ((dt.datetime,), _field(name), int) for name in ("hour", "minute", "second")},
}
"""Functions of one value: the types for which they are an expression of Python's, the expression, and its type."""


@dataclass(frozen=True, slots=True)
class Quick:
    """A function of one value that Python computes as the evaluator does, as long as the value is of certain types.

    Attributes:
        operand: what gives the value.
        types: the types, by exact identity.
        write: from an expression for the value to one for the result.
        result: the type of the result.
        slow: the evaluator's result for any value.
    """

    operand: Node
    types: tuple[type, ...]
    write: Callable[[ast.expr], ast.expr]
    result: type
    slow: Callable[[object], object]


def quick(node: Node) -> Quick | None:
    """The function that a part of a condition is, if it is one."""
    called = functions.canonical(node.name) if isinstance(node, Call) and len(node.arguments) == 1 else None
    if called is None or called.name not in _QUICK:
        return None
    types, write, result = _QUICK[called.name]
    return Quick(cast("Call", node).arguments[0], types, write, result, evaluator.applied(called, coerce=False))
