"""A tree to an equal one in what a profile accepts, as far as that can be said there.

Two filters are equal when they keep the same rows, whatever the rows are, as long as each property is missing or of
the type of the literals that it is compared with; with another type there is no value, and null may become false.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import TypeAlias

from odata_filter import edm
from odata_filter.errors import Problem, UnsupportedFilterError
from odata_filter.nodes import (
    IT,
    Call,
    Collection,
    Comparison,
    Invocation,
    Literal,
    Logical,
    Member,
    Node,
    Not,
    Span,
    Variable,
    children,
    walk,
    with_children,
)
from odata_filter.profile import Profile

MAX_TERMS = 1000
"""How many and-terms may come out where a profile has no parentheses."""

Constant: TypeAlias = Callable[[Node], object]
"""The value of an expression without names; None is null."""


def lowered(root: Node, profile: Profile, constant: Constant) -> Node:
    """The tree in the profile's operators; a part that cannot be said there is left as it is, for the validator.

    Args:
        root: a condition.
        profile: what the endpoint accepts.
        constant: gives the value of an expression without names.

    Raises:
        UnsupportedFilterError: the profile has no parentheses, and there would be more than `MAX_TERMS` terms.
    """
    condition = _condition(_folded(root, constant), profile, positive=True)
    if not profile.parentheses:
        condition = _distributed(condition)
    return _spoken(condition, root, profile)


# ---- Constants -------------------------------------------------------------------------------------

_TRUE = Literal(edm.BOOLEAN, "true")
_FALSE = Literal(edm.BOOLEAN, "false")


def _folded(node: Node, constant: Constant) -> Node:
    """The node with every part that is the same for all rows replaced by its value."""
    if isinstance(node, Literal):
        return node
    if _is_constant(node):
        value = constant(node)
        if value is None or isinstance(value, bool | int | float | str):
            return Literal(*edm.literal_text(value), node.span)
        return node
    return with_children(node, tuple(_folded(child, constant) for child in children(node)))


def _is_constant(root: Node) -> bool:
    return not any(
        isinstance(node, Variable | Invocation)
        or (isinstance(node, Call) and not node.arguments)
        or (isinstance(node, Literal) and node.type == edm.TYPE_NAME)
        for node in walk(root)
    )


def _spoken(condition: Node, root: Node, profile: Profile) -> Node:
    """A condition that is constant as a whole, said with some property where there are no Boolean literals."""
    if condition not in {_TRUE, _FALSE} or profile.literal_types is None or edm.BOOLEAN in profile.literal_types:
        return condition
    names = (node.name for node in walk(root) if isinstance(node, Member) and node.source == IT)
    some = Member(IT, next(names, "key"))
    empty = Literal(edm.STRING, "")
    operator = "or" if condition == _TRUE else "and"
    return Logical(operator, (Comparison("eq", some, empty), Comparison("ne", some, empty)), root.span)


# ---- Negation inwards, simple comparisons ------------------------------------------------------------

_OPPOSITE: Mapping[str, str] = {"eq": "ne", "ne": "eq", "gt": "le", "ge": "lt", "lt": "ge", "le": "gt"}
_TURNED: Mapping[str, str] = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}


def _condition(node: Node, profile: Profile, *, positive: bool) -> Node:
    """The condition, or its negation, with `not` and `in` said by other operators where the profile lacks them."""
    match node:
        case Literal(type=edm.BOOLEAN, text=text):
            return _TRUE if (text == "true") is positive else _FALSE
        case Literal(type=edm.NULL):
            return _FALSE
        case Not(operand=operand) if positive and "not" in profile.operators:
            return Not(_condition(operand, profile, positive=True), node.span)
        case Not(operand=operand):
            return _condition(operand, profile, positive=not positive)
        case Logical(operator=operator, operands=operands):
            parts = [_condition(operand, profile, positive=positive) for operand in operands]
            return _joined(operator if positive else _DUAL[operator], parts, node.span)
        case Comparison(operator="in", left=left, right=Collection(items=items)) if "in" not in profile.operators:
            tests: list[Node] = [Comparison("eq", left, item, item.span) for item in items]
            return _condition(_joined("or", tests, node.span), profile, positive=positive)
        case Comparison(operator=operator) if operator in _TURNED:
            return _comparison(_turned(node, profile), profile, positive=positive)
        case _:
            return node if positive else Not(node, node.span)


_DUAL: Mapping[str, str] = {"and": "or", "or": "and"}


def _turned(node: Comparison, profile: Profile) -> Comparison:
    """The comparison with its literal on the right, where the profile wants it there."""
    if profile.simple_conditions and isinstance(node.left, Literal) and isinstance(node.right, Member):
        return Comparison(_TURNED[node.operator], node.right, node.left, node.span)
    return node


def _comparison(node: Comparison, profile: Profile, *, positive: bool) -> Node:
    if positive:
        return node
    opposite = Comparison(_OPPOSITE[node.operator], node.left, node.right, node.span)
    if node.operator in {"eq", "ne"}:
        return opposite
    allowed = profile.literal_types
    sayable = opposite.operator in profile.operators and (allowed is None or edm.NULL in allowed)
    if "not" in profile.operators or not sayable:
        return Not(node, node.span)
    # An order with null is false both ways, so its negation holds for null as well.
    sides = [side for side in (node.left, node.right) if not isinstance(side, Literal)]
    missing = [Comparison("eq", side, Literal(edm.NULL, "null", node.span), node.span) for side in sides]
    return _joined("or", [opposite, *missing], node.span)


def _joined(operator: str, parts: Iterable[Node], span: Span | None) -> Node:
    """The parts under one operator: flat, each once, and without constants."""
    neutral, decisive = (_TRUE, _FALSE) if operator == "and" else (_FALSE, _TRUE)
    flat: dict[Node, None] = {}
    for part in parts:
        nested = part.operands if isinstance(part, Logical) and part.operator == operator else (part,)
        flat.update(dict.fromkeys(nested))
    if decisive in flat:
        return decisive
    kept = [part for part in flat if part != neutral]
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else Logical(operator, tuple(kept), span)


# ---- Without parentheses -------------------------------------------------------------------------------


def _distributed(node: Node) -> Node:
    """An `or` of `and`s without any inner `or`."""
    if not isinstance(node, Logical):
        return node
    parts = [_distributed(operand) for operand in node.operands]
    if node.operator == "or":
        return _joined("or", parts, node.span)
    choices = [part.operands if isinstance(part, Logical) and part.operator == "or" else (part,) for part in parts]
    size = 1
    for choice in choices:
        size *= len(choice)
        if size > MAX_TERMS:
            raise UnsupportedFilterError(_too_many_terms(node))
    return _joined("or", [_joined("and", chosen, node.span) for chosen in product(*choices)], node.span)


def _too_many_terms(node: Node) -> Problem:
    message = f"without parentheses this would take more than {MAX_TERMS} terms"
    position, end = node.span or (None, None)
    return Problem(message=message, code="too-many-terms", position=position, end=end)
