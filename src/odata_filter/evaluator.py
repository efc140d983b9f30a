"""Nodes to a function from a row to the expression's value; OData's null logic lives here and nowhere else."""

import datetime as dt
import operator as op
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never, cast

from odata_filter import edm, functions, values
from odata_filter.errors import FilterEvaluationError, Problem, UnsupportedFilterError
from odata_filter.nodes import (
    Arithmetic,
    Call,
    Case,
    Collection,
    Comparison,
    Count,
    Invocation,
    Key,
    Literal,
    Logical,
    Member,
    Negate,
    Node,
    Not,
    Quantifier,
    Record,
    Variable,
    Where,
)


@dataclass(slots=True)
class Scope:
    """What the names in an expression stand for while one row is looked at.

    Attributes:
        parameters: the values of parameter aliases, each under its name with `@`; an absent one is null.
        now: the moment of evaluation; None until `now()` asks for it.
        this: the member that `/$filter` is looking at; None outside, where `$this` is the row.
        variables: what each lambda variable stands for.
    """

    parameters: Mapping[str, object] = field(default_factory=dict)
    now: dt.datetime | None = None
    this: list[object] = field(default_factory=list)
    variables: dict[str, object] = field(default_factory=dict)

    def moment(self) -> dt.datetime:
        """What `now()` is: asked of the clock once, then the same for every row."""
        if self.now is None:
            self.now = dt.datetime.now(dt.UTC)
        return self.now


Evaluation: TypeAlias = Callable[[object, Scope], object]
"""A row and a scope to a value; null is None."""


def evaluation(node: Node) -> Evaluation:
    """The function that gives the value of an expression for a row.

    Raises:
        FilterEvaluationError: a literal is outside the range that can be computed with.
        UnsupportedFilterError: the expression contains a part that has no evaluation.
    """
    match node:
        case Literal(type=type_name, text=text):
            return _constant(_located(node, lambda: edm.python_value(type_name, text)))
        case Variable():
            return _variable(node)
        case Member(source=source, name=name):
            return _member(evaluation(source), source, name)
        case Call():
            return _call(node)
        case Invocation(name=name):
            raise _unsupported(node, f"the custom function {name} is not known")
        case Key():
            raise _unsupported(node, "a key predicate needs the name of the key")
        case Where(source=source, predicate=predicate):
            return _where(evaluation(source), evaluation(predicate))
        case Count(source=source, search=None):
            return _count(evaluation(source))
        case Count():
            raise _unsupported(node, "a free-text search has no evaluation")
        case Quantifier():
            return _quantifier(node)
        case Case(branches=branches):
            return _case([(evaluation(condition), evaluation(result)) for condition, result in branches])
        case Collection(items=items):
            members = [evaluation(item) for item in items]
            return lambda row, scope: [member(row, scope) for member in members]
        case Record(entries=entries):
            properties = [(name, evaluation(value)) for name, value in entries]
            return lambda row, scope: {name: value(row, scope) for name, value in properties}
        case Not(operand=operand):
            return _not(evaluation(operand))
        case Negate(operand=operand):
            return _negate(evaluation(operand))
        case Arithmetic():
            return _arithmetic(node)
        case Comparison():
            return _comparison(node)
        case Logical(operator=operator, operands=operands):
            return _logical([evaluation(operand) for operand in operands], decisive=operator == "or")
        case _:
            assert_never(node)


# ---- Places ----------------------------------------------------------------------------------


def _located(node: Node, compute: Callable[[], object]) -> object:
    """The computed value; an error says at which part of the filter it happened."""
    try:
        return compute()
    except FilterEvaluationError as error:
        raise _at(node, error) from None


def _at(node: Node, error: FilterEvaluationError) -> FilterEvaluationError:
    problem = error.problems[0]
    if problem.position is not None or node.span is None:
        return error
    return FilterEvaluationError(replace(problem, position=node.span[0], end=node.span[1]))


def _unsupported(node: Node, message: str) -> UnsupportedFilterError:
    position, end = node.span or (None, None)
    return UnsupportedFilterError(Problem(message=message, code="unsupported", position=position, end=end))


# ---- Names and paths (5.1.1.14, 5.1.1.15) ----------------------------------------------------------


def _constant(value: object) -> Evaluation:
    return lambda _row, _scope: value


def _variable(node: Variable) -> Evaluation:
    name = node.name
    if name == "$it":
        return lambda row, _scope: row
    if name == "$this":
        return lambda row, scope: scope.this[-1] if scope.this else row
    if name == "$root":
        raise _unsupported(node, "$root needs other resources of the service")
    if name.startswith("@"):
        return lambda _row, scope: scope.parameters.get(name)
    return lambda _row, scope: scope.variables.get(name)


def _member(source: Evaluation, node: Node, name: str) -> Evaluation:
    if isinstance(node, Variable) and node.name == "$it":
        return lambda row, _scope: row.get(name) if type(row) is dict else _property(row, name)
    return lambda row, scope: _property(source(row, scope), name)


def _property(value: object, name: str) -> object:
    """The property of a complex value; null where the value is null, no complex value, or lacks it."""
    return value.get(name) if isinstance(value, Mapping) else None


# ---- Collections (5.1.1.13, 4.8, 4.12) -------------------------------------------------------------


def _members(value: object) -> Sequence[object] | None:
    """The members of a collection; a null one is empty, and what is no collection gives None."""
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return value
    return list(value) if isinstance(value, set | frozenset) else None


def _where(source: Evaluation, predicate: Evaluation) -> Evaluation:
    def evaluate(row: object, scope: Scope) -> object:
        members = _members(source(row, scope))
        if members is None:
            return None
        kept = []
        for member in members:
            scope.this.append(member)
            try:
                if predicate(row, scope) is True:
                    kept.append(member)
            finally:
                scope.this.pop()
        return kept

    return evaluate


def _count(source: Evaluation) -> Evaluation:
    def evaluate(row: object, scope: Scope) -> object:
        members = _members(source(row, scope))
        return None if members is None else len(members)

    return evaluate


def _quantifier(node: Quantifier) -> Evaluation:
    source = evaluation(node.source)
    if node.predicate is None:
        return _not_empty(source)
    predicate, variable, decisive = evaluation(node.predicate), cast("str", node.variable), node.name == "any"

    def evaluate(row: object, scope: Scope) -> object:
        members = _members(source(row, scope))
        if members is None:
            return None
        outer = scope.variables
        try:
            for member in members:
                scope.variables = {**outer, variable: member}
                if (predicate(row, scope) is True) is decisive:
                    return decisive
        finally:
            scope.variables = outer
        return not decisive

    return evaluate


def _not_empty(source: Evaluation) -> Evaluation:
    def evaluate(row: object, scope: Scope) -> object:
        members = _members(source(row, scope))
        return None if members is None else bool(members)

    return evaluate


# ---- Functions (5.1.1.4 to 5.1.1.12) ---------------------------------------------------------------


def _call(node: Call) -> Evaluation:
    function = functions.canonical(node.name)
    if function is None:
        raise _unsupported(node, f"there is no function {node.name}")
    if function.body is None:
        return lambda _row, scope: scope.moment()
    if node.arguments and _is_type(node.arguments[-1]):
        return _type_call(node, function.body)
    signatures = [signature.parameters for signature in function.signatures]
    body, arguments = function.body, [evaluation(argument) for argument in node.arguments]

    def evaluate(row: object, scope: Scope) -> object:
        given = [argument(row, scope) for argument in arguments]
        kinds = [values.kind(value) for value in given]
        if not any(functions.fits(kinds, parameters) for parameters in signatures):
            return None
        return _located(node, lambda: body(*given))

    return evaluate


def _is_type(node: Node) -> bool:
    return isinstance(node, Literal) and node.type == edm.TYPE_NAME


def _type_call(node: Call, body: Callable[..., object]) -> Evaluation:
    """`cast` and `isof`, which have rules for null of their own (5.1.1.10)."""
    operand, type_name = evaluation(node.arguments[0]), cast("Literal", node.arguments[1]).text
    return lambda row, scope: _located(node, lambda: body(operand(row, scope), type_name))


def _case(branches: list[tuple[Evaluation, Evaluation]]) -> Evaluation:
    def evaluate(row: object, scope: Scope) -> object:
        for condition, result in branches:
            if condition(row, scope) is True:
                return result(row, scope)
        return None

    return evaluate


# ---- Operators (5.1.1.1, 5.1.1.2) ------------------------------------------------------------------


def _not(operand: Evaluation) -> Evaluation:
    def evaluate(row: object, scope: Scope) -> object:
        value = operand(row, scope)
        return not value if isinstance(value, bool) else None

    return evaluate


def _logical(operands: list[Evaluation], *, decisive: bool) -> Evaluation:
    """`or` is decided by true, `and` by false; otherwise an operand that is no Boolean makes it null."""

    def evaluate(row: object, scope: Scope) -> object:
        result: bool | None = not decisive
        for operand in operands:
            value = operand(row, scope)
            if value is decisive:
                return decisive
            if not isinstance(value, bool):
                result = None
        return result

    return evaluate


def _negate(operand: Evaluation) -> Evaluation:
    def evaluate(row: object, scope: Scope) -> object:
        value = operand(row, scope)
        return None if value is None else values.negated(value)

    return evaluate


def _arithmetic(node: Arithmetic) -> Evaluation:
    left, right, operator = evaluation(node.left), evaluation(node.right), node.operator

    def evaluate(row: object, scope: Scope) -> object:
        first, second = left(row, scope), right(row, scope)
        if first is None or second is None:
            return None
        return _located(node, lambda: values.arithmetic(operator, first, second))

    return evaluate


def _comparison(node: Comparison) -> Evaluation:
    left = evaluation(node.left)
    if node.operator == "has":
        members = cast("Literal", node.right).text
        return lambda row, scope: _has(left(row, scope), members)
    compare, right = _COMPARISONS[node.operator], evaluation(_as_type_of(node.left, node.right))
    if node.operator in {"eq", "ne"}:
        left = evaluation(_as_type_of(node.right, node.left))
    return lambda row, scope: compare(left(row, scope), right(row, scope))


def _as_type_of(other: Node, node: Node) -> Node:
    """A string literal beside a duration literal is a duration (5.1.1.14.1); everything else is what it is."""
    match other, node:
        case Literal(type=edm.DURATION), Literal(type=edm.STRING, text=text, span=span):
            return Literal(edm.DURATION, text, span)
        case _:
            return node


def _has(value: object, members: str) -> bool | None:
    return None if value is None else values.has(value, members)


def _not_equal(left: object, right: object) -> bool | None:
    equal = values.equal(left, right)
    return None if equal is None else not equal


def _greater(left: object, right: object) -> bool | None:
    return False if left is None or right is None else values.ordered(op.gt, left, right)


def _less(left: object, right: object) -> bool | None:
    return False if left is None or right is None else values.ordered(op.lt, left, right)


def _greater_or_equal(left: object, right: object) -> bool | None:
    return left is right if left is None or right is None else values.ordered(op.ge, left, right)


def _less_or_equal(left: object, right: object) -> bool | None:
    return left is right if left is None or right is None else values.ordered(op.le, left, right)


def _in(value: object, collection: object) -> bool | None:
    """Whether a member equals the value by `eq`; a null collection is empty."""
    members = _members(collection)
    return None if members is None else any(values.equal(value, member) is True for member in members)


_COMPARISONS: Mapping[str, Callable[[object, object], bool | None]] = {
    "eq": values.equal,
    "ne": _not_equal,
    "gt": _greater,
    "ge": _greater_or_equal,
    "lt": _less,
    "le": _less_or_equal,
    "in": _in,
}
