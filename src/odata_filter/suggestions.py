"""Nodes that can hardly be meant to what is, written out for a hint; None where that is not known or too long."""

from collections.abc import Sequence

from odata_filter import edm, printer, values
from odata_filter.data import replace
from odata_filter.functions import COLLECTION, Kinds
from odata_filter.nodes import (
    IT,
    Call,
    Comparison,
    Literal,
    Logical,
    Member,
    Node,
    Not,
    Quantifier,
    Record,
    Variable,
)

_LONG = 60
"""Characters of a part that a hint repeats."""


def _text(node: Node) -> str | None:
    """The node as text, unless it is long, which its place in the source tells without printing it."""
    position, end = node.span or (0, _LONG + 1)
    return printer.text(node) if end - position <= _LONG else None


def negated(node: Comparison, left: Not) -> str | None:
    """For `not a eq 1`: the negated comparison, or the same in parentheses."""
    if _text(node) is None:
        return None
    inner = printer.text(Not(replace(node, left=left.operand)))
    return f"write {inner}, or {_in_parentheses(node)} to keep this meaning"


def chained(node: Comparison, left: Comparison) -> str | None:
    """For `1 lt a lt 5`, and for `a gt 1 lt 5`: two comparisons."""
    if _text(node) is None:
        return None
    middle = left.left if isinstance(left.right, Literal) else left.right
    return f"write {printer.text(Logical('and', (left, replace(node, left=middle))))}"


def chained_or_kept(node: Comparison, left: Comparison) -> str | None:
    """For `a eq b eq c`: two comparisons, or the same in parentheses."""
    both = chained(node, left)
    return None if both is None else f"{both}, or {_in_parentheses(node)} to keep this meaning"


def _in_parentheses(node: Comparison) -> str:
    """The comparison with its left side in parentheses that it does not need."""
    left = printer.text(node.left)
    return f"({left}){printer.text(node)[len(left) :]}"


def repeated(operands: Sequence[Node], at: int) -> str | None:
    """For `a eq 'x' or 'y'`: the comparison in front, with the second value."""
    previous, operand = operands[at - 1] if at else None, operands[at]
    if not isinstance(previous, Comparison) or not isinstance(operand, Literal):
        return None
    if _text(previous) is None or _text(operand) is None:
        return None
    return f"repeat the comparison: {printer.text(replace(previous, right=operand))}"


def swapped(node: Call) -> str | None:
    """For `contains('x',name)`: the arguments the other way round."""
    if _text(node) is None:
        return None
    return f"write {printer.text(replace(node, arguments=node.arguments[::-1]))}: the part comes second"


def turned(node: Comparison) -> str:
    """For `'x' eq a`: the same from the other side."""
    what = "put the property on the left"
    if _text(node) is None:
        return what
    operator = values.TURNED.get(node.operator, node.operator)
    return f"{what}: {printer.text(Comparison(operator, node.right, node.left))}"


def contained(node: Comparison) -> str | None:
    """For `'x' in name`: the question for a part of a string."""
    return None if _text(node) is None else f"write {printer.text(Call('contains', (node.right, node.left)))}"


def of_entries(node: Record) -> str | None:
    """For `{"a":1}`: the comparison of a property."""
    if len(node.entries) != 1 or _text(node) is None:
        return None
    name, value = node.entries[0]
    same = Comparison("eq", Member(IT, name), value)
    return None if edm.identifier_fault(name) else f"compare the property itself: {printer.text(same)}"


def asked_of_members(node: Comparison | Call, collection: Node, other: Node) -> str | None:
    """For `tags eq 'x'` and `contains(tags,'x')`: the question for a member of the collection."""
    if not isinstance(collection, Member) or _text(node) is None:
        return None
    member = Variable("t")
    if isinstance(node, Call) and node.name != "contains":
        condition: Node = replace(node, arguments=(member, other))
    else:
        condition = Comparison(node.operator if isinstance(node, Comparison) else "eq", member, other)
    return f"ask for a member: {printer.text(Quantifier('any', collection, 't', condition))}"


def comparable(node: Comparison, left: Kinds, right: Kinds) -> str | None:
    """For two sides whose types do not fit: the quotes that are missing or too many, a member, or a date's part."""
    if left <= COLLECTION and not right & COLLECTION:
        return asked_of_members(node, node.left, node.right)
    if {edm.DATE, edm.DATE_TIME_OFFSET} == left | right:
        return _dates(node, left)
    return quoted(node.right, left) or quoted(node.left, right)


def quoted(node: Node, wanted: Kinds) -> str | None:
    """For a literal that should have quotes, or none, to be of a kind that is wanted."""
    if not isinstance(node, Literal) or _text(node) is None:
        return None
    if node.type == edm.STRING:
        kind = next((kind for kind in sorted(wanted) if edm.read(kind, node.text) is not None), None)
        return None if kind is None else f"a literal of type {kind} has no quotes: {edm.written(kind, node.text)}"
    return string(node.text) if wanted == {edm.STRING} else None


def string(text: str) -> str | None:
    """For a word that was meant as a string: the string."""
    return f"a string stands in single quotes: {edm.written(edm.STRING, text)}" if len(text) <= _LONG else None


def _dates(node: Comparison, left: Kinds) -> str | None:
    if _text(node) is None:
        return None
    if left == {edm.DATE}:
        same = replace(node, right=Call("date", (node.right,)))
    else:
        same = replace(node, left=Call("date", (node.left,)))
    return f"compare the same parts: {printer.text(same)}"
