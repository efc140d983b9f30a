"""A tree to an equal one in what a profile accepts, as far as that can be said there.

Two filters are equal when they keep the same rows, whatever the rows are, as long as each property is missing or of
the type of the literals that it is compared with, and not NaN; with another type there is no value, and null may
become false.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
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
    Quantifier,
    Span,
    Variable,
    Where,
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
    condition = _condition(_folded(_unfolded(root, profile), constant), profile, positive=True)
    if not profile.parentheses:
        terms = _terms(condition)
        condition = _distributed(condition)
        if _terms(condition) > max(MAX_TERMS, terms):
            raise UnsupportedFilterError(_too_many_terms(root))
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
    return with_children(node, tuple(_folded(child, constant) for child in children(node)))


def _is_constant(root: Node) -> bool:
    return not any(
        isinstance(node, Variable | Invocation) or (isinstance(node, Call) and node.name == "now")
        for node in walk(root)
    )


def _spoken(condition: Node, root: Node, profile: Profile) -> Node:
    """A condition that is constant as a whole, said with a property where there are no Boolean literals."""
    allowed = profile.literal_types
    sayable = not profile.simple_conditions and (allowed is None or edm.BOOLEAN in allowed)
    if condition not in {_TRUE, _FALSE} or sayable:
        return condition
    names = (node.name for node in walk(root) if isinstance(node, Member) and node.source == IT)
    some = Member(IT, next((name for name in names if not edm.is_reserved(name)), "key"))
    empty = Literal(edm.STRING, "")
    operator = "or" if condition == _TRUE else "and"
    return Logical(operator, (Comparison("eq", some, empty), Comparison("ne", some, empty)), root.span)


# ---- Negation inwards, simple comparisons ------------------------------------------------------------

_OPPOSITE: Mapping[str, str] = {"eq": "ne", "ne": "eq", "gt": "le", "ge": "lt", "lt": "ge", "le": "gt"}
_WITH_NULL: Mapping[str, str] = {"eq": "eq", "ne": "ne", "ge": "eq", "le": "eq"}
_TURNED: Mapping[str, str] = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}


def _condition(node: Node, profile: Profile, *, positive: bool) -> Node:
    """The condition, or its negation, with `not` and `in` said by other operators where the profile lacks them."""
    match node:
        case Literal(type=edm.BOOLEAN, text=text):
            return replace(_TRUE if (text == "true") is positive else _FALSE, span=node.span)
        case Literal(type=edm.NULL):
            return replace(_FALSE, span=node.span)
        case Not(operand=operand):
            return _condition(operand, profile, positive=not positive)
        case Logical(operator=operator, operands=operands):
            parts = [_condition(operand, profile, positive=positive) for operand in operands]
            return _joined(operator if positive else _DUAL[operator], parts, node.span)
        case Comparison(operator="in", right=Collection()) if not positive and "not" not in profile.operators:
            return _condition(_tests(node), profile, positive=False)
        case Comparison(operator=operator) if operator in _TURNED:
            return _comparison(_turned(node, profile), profile, positive=positive)
        case Quantifier(predicate=predicate) | Where(predicate=predicate) if predicate is not None:
            inner = with_children(node, (children(node)[0], _condition(predicate, profile, positive=True)))
            return inner if positive else _denied(inner, profile)
        case _:
            return node if positive else _denied(node, profile)


def _unfolded(node: Node, profile: Profile) -> Node:
    """The node with each `in` as a chain of `eq`, where the profile has no `in`."""
    parts = tuple(_unfolded(child, profile) for child in children(node))
    same = with_children(node, parts) if parts else node
    return _tests(same) if isinstance(same, Comparison) and "in" not in profile.operators else same


def _tests(node: Comparison) -> Node:
    """`x in (1,2)` as `x eq 1 or x eq 2`; any other comparison as it is."""
    if node.operator != "in" or not isinstance(node.right, Collection):
        return node
    return _joined("or", [Comparison("eq", node.left, item, item.span) for item in node.right.items], node.span)


def _denied(node: Node, profile: Profile) -> Node:
    """The negation of a part that cannot be turned round: `not x`, or `x eq false` where there is no `not`."""
    allowed = profile.literal_types
    if "not" in profile.operators or profile.simple_conditions or (allowed is not None and edm.BOOLEAN not in allowed):
        return Not(node, node.span)
    return Comparison("eq", node, replace(_FALSE, span=node.span), node.span)


_DUAL: Mapping[str, str] = {"and": "or", "or": "and"}


def _turned(node: Comparison, profile: Profile) -> Comparison:
    """The comparison with its literal on the right, where the profile wants it there."""
    if profile.simple_conditions and isinstance(node.left, Literal) and isinstance(node.right, Member):
        return Comparison(_TURNED[node.operator], node.right, node.left, node.span)
    return node


def _comparison(node: Comparison, profile: Profile, *, positive: bool) -> Node:
    if any(isinstance(side, Literal) and side.type == edm.NULL for side in (node.left, node.right)):
        if node.operator in {"gt", "lt"}:
            return replace(_FALSE if positive else _TRUE, span=node.span)
        node = Comparison(_WITH_NULL[node.operator], node.left, node.right, node.span)
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
        return replace(decisive, span=span)
    kept = [part for part in flat if part != neutral]
    if not kept:
        return replace(neutral, span=span)
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


def _terms(node: Node) -> int:
    """How many terms the outermost `or` joins."""
    return len(node.operands) if isinstance(node, Logical) and node.operator == "or" else 1


def _too_many_terms(node: Node) -> Problem:
    message = f"without parentheses this would take more than {MAX_TERMS} terms"
    position, end = node.span or (None, None)
    return Problem(message=message, code="too-many-terms", position=position, end=end)
