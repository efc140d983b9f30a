"""A filter and what an engine can say to the part that goes to the engine and the part that is left for rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple, TypeVar, assert_never

from odata_filter import edm
from odata_filter.errors import Problem, UnsupportedFilterError
from odata_filter.filter import Filter
from odata_filter.functions import FUNCTIONS
from odata_filter.nodes import (
    IT,
    THIS,
    Arithmetic,
    Call,
    Case,
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
    children,
)
from odata_filter.nodes import Collection as CollectionNode
from odata_filter.profile import CONSTRUCTS, OPERATORS, QUANTIFIERS

Said = TypeVar("Said")

PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "operator": OPERATORS,
        "function": tuple(function.name for function in FUNCTIONS),
        "construct": CONSTRUCTS,
        "literal": (*sorted(edm.PRIMITIVE_TYPES), edm.ENUMERATION, "geo"),
    }
)
"""Every part of the language that an engine may lack, by group; no two have one name."""


COMMON: frozenset[str] = frozenset(
    {
        *(operator for operator in OPERATORS if operator not in {"has", *QUANTIFIERS}),
        *("concat", "contains", "endswith", "length", "startswith", "substring", "trim"),
        *("year", "month", "day", "hour", "minute", "second", "mindatetime", "maxdatetime", "now"),
        *("ceiling", "floor", "round"),
        *("path", "$it", "$this", "parameter alias"),
        *edm.PRIMITIVE_TYPES,
        edm.ENUMERATION,
    }
)
"""The parts that engines say, unless they are known to lack one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an engine says exactly as the standard means it.

    Attributes:
        name: how messages and the README call the engine.
        parts: those of `PARTS` that it has, for operands of the types that it has.
    """

    name: str
    parts: frozenset[str]


def unsupported(node: Node, message: str, hint: str | None = None) -> UnsupportedFilterError:
    """The error for a part of a filter that an engine cannot say."""
    position, end = node.span or (None, None)
    return UnsupportedFilterError(Problem(message=message, code="unsupported", position=position, end=end, hint=hint))


def check(root: Node, capabilities: Capabilities) -> None:
    """Accept an expression that consists of parts that the engine has.

    Raises:
        UnsupportedFilterError: it does not; carries a problem for each part that the engine lacks.
    """
    lacking = [
        unsupported(node, f"{capabilities.name} cannot say {part}").problems[0]
        for node in _judged(root)
        for part in _parts(node)
        if part not in capabilities.parts
    ]
    if lacking:
        raise UnsupportedFilterError(*lacking)


def placed(wanted: Filter, say: Callable[[Node], Said]) -> Said:
    """What `say` makes of a filter's tree; its refusal with the place in the filter's text.

    Raises:
        UnsupportedFilterError: `say` raised it.
    """
    with suppress(UnsupportedFilterError):
        return say(wanted.expression)
    try:
        # The nodes of a filter that was built have no places, or those of another text.
        return say(Filter.parse(wanted.source).expression)
    except UnsupportedFilterError as error:
        problems = [replace(problem, source=wanted.source) for problem in error.problems]
        raise UnsupportedFilterError(*problems) from None


def _judged(root: Node) -> Iterator[Node]:
    """Every node that is a part of its own: a list comes with `in`, and a bare name is no path from `$it`."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        match node:
            case Comparison(operator="in", left=left, right=CollectionNode(items=items)):
                below: tuple[Node, ...] = (left, *items)
            case Member(source=source) if source in {IT, THIS}:
                below = ()
            case _:
                below = children(node)
        waiting.extend(reversed(below))


def _parts(node: Node) -> tuple[str, ...]:
    """What an engine must have for a node alone; nothing for a property and for what a lambda binds."""
    match node:
        case Literal(type=edm.TYPE_NAME):
            return ()
        case Literal(type=type_name):
            return (
                "geo" if type_name in edm.SHAPES else type_name if type_name in PARTS["literal"] else edm.ENUMERATION,
            )
        case Variable(name=name):
            return ("parameter alias",) if name.startswith("@") else (name,) if name in CONSTRUCTS else ()
        case Member():
            return _member_parts(node)
        case Call(name=name):
            return (name,)
        case Invocation():
            return ("custom function",)
        case Key():
            return ("key",)
        case Where():
            return ("/$filter",)
        case Count():
            return ("/$count",)
        case Quantifier(name=name):
            return (name,)
        case Case():
            return ("case",)
        case CollectionNode():
            return ("collection",)
        case Record():
            return ("object",)
        case Not():
            return ("not",)
        case Negate():
            return ("-",)
        case Arithmetic(operator=operator) | Comparison(operator=operator) | Logical(operator=operator):
            return (operator,)
        case _:
            assert_never(node)


def _member_parts(node: Member) -> tuple[str, ...]:
    if node.name.startswith("@"):
        return ("annotation",)
    if "." in node.name:
        return ("type cast",)
    return () if isinstance(node.source, Variable) else ("path",)


# ---- Splitting -------------------------------------------------------------------------------------


class Split(NamedTuple):
    """A filter as two that together keep the same rows.

    Attributes:
        engine: what the engine tests, which holds for every row that the filter keeps; None when it can say nothing.
        rest: what is tested on the rows that come back; None when the engine has said it all.
    """

    engine: Filter | None
    rest: Filter | None


def split(wanted: Filter, capabilities: Capabilities, say: Callable[[Node], object] | None = None) -> Split:
    """The strongest condition that an engine can say of a filter, operand by operand, and what is left.

    Args:
        wanted: the filter.
        capabilities: the parts that the engine has.
        say: a further look at a condition, which raises UnsupportedFilterError where the engine cannot say it, for
            instance because of the types of its columns.
    """
    operands = _conjuncts(wanted.expression)
    said = [_weaker(operand, capabilities, say, positive=True) for operand in operands]
    left = [operand for operand, (_, exact) in zip(operands, said, strict=True) if not exact]
    if not left:
        return Split(wanted, None)
    conditions = [condition for condition, _ in said if condition is not None]
    return Split(_all(conditions), wanted if len(left) == len(operands) else _all(left))


def _conjuncts(node: Node) -> Sequence[Node]:
    return node.operands if isinstance(node, Logical) and node.operator == "and" else (node,)


def _all(conditions: Sequence[Node]) -> Filter | None:
    return Filter(_joined("and", conditions)) if conditions else None


def _weaker(
    node: Node, capabilities: Capabilities, say: Callable[[Node], object] | None, *, positive: bool
) -> tuple[Node | None, bool]:
    """A sayable condition that is true wherever the node is true, or false if not positive; None where there is none.

    And whether it is true nowhere else.
    """
    match node:
        case Not(operand=operand):
            return _weaker(operand, capabilities, say, positive=not positive)
        case Logical(operator=operator, operands=operands):
            parts = [_weaker(operand, capabilities, say, positive=positive) for operand in operands]
            return _weaker_logic(operator if positive else _DUAL[operator], parts)
        case _:
            condition = node if positive else Not(node, node.span)
            return (condition, True) if _is_sayable(condition, capabilities, say) else (None, False)


_DUAL: Mapping[str, str] = {"and": "or", "or": "and"}


def _weaker_logic(operator: str, parts: Sequence[tuple[Node | None, bool]]) -> tuple[Node | None, bool]:
    """Of an `and` what can be said; of an `or` nothing unless every operand can be said."""
    conditions = [condition for condition, _ in parts if condition is not None]
    if not conditions or (operator == "or" and len(conditions) < len(parts)):
        return None, False
    return _joined(operator, conditions), all(exact for _, exact in parts)


def _joined(operator: str, conditions: Sequence[Node]) -> Node:
    """The conditions under one operator, flat."""
    flat: list[Node] = []
    for node in conditions:
        flat += node.operands if isinstance(node, Logical) and node.operator == operator else (node,)
    return flat[0] if len(flat) == 1 else Logical(operator, tuple(flat))


def _is_sayable(condition: Node, capabilities: Capabilities, say: Callable[[Node], object] | None) -> bool:
    try:
        check(condition, capabilities)
        if say is not None:
            say(condition)
    except UnsupportedFilterError:
        return False
    return True


# ---- The table -------------------------------------------------------------------------------------


def table(engines: Sequence[Capabilities]) -> str:
    """What each engine says, as a Markdown table: a line for all parts of a group that the same engines have."""
    lines = [f"| part | {' | '.join(engine.name for engine in engines)} |", f"|---|{':-:|' * len(engines)}"]
    for group, parts in PARTS.items():
        shared: dict[tuple[bool, ...], list[str]] = {}
        for part in parts:
            shared.setdefault(tuple(part in engine.parts for engine in engines), []).append(f"`{part}`")
        for having, names in shared.items():
            if any(having):
                lines.append(f"| {group}: {' '.join(names)} | {' | '.join('yes' if has else '' for has in having)} |")
    return "\n".join(lines)
