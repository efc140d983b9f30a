"""A tree and limits to what is beyond them: how long, how deep and how large a filter from strangers may be."""

import sys
from collections.abc import Iterator
from typing import TypeAlias

from odata_filter.data import dataclass
from odata_filter.edm import MAX_PATTERN
from odata_filter.errors import FilterValidationError, Problem
from odata_filter.nodes import MAX_DEPTH, Call, Literal, Logical, Node, Span, children, too_deep, walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a filter's text may ask for; what is beyond a limit is a FilterSyntaxError that names it.

    No filter that people write or programs make for them comes near the defaults, and what keeps to them is parsed,
    printed, checked and evaluated within seconds. Refusing the densest text of that length may take ten and more.

    Attributes:
        text: characters of the whole filter.
        depth: nodes on the longest way from the root of the tree to a leaf, 100 at most. A chain of `and` or `or` is
            two levels deep, however long it is.
        nodes: nodes of the tree; the instance that a bare name belongs to is none.
        literal: characters of one literal.
        items: members of one list, entries of an object, branches of a `case`, or arguments of a function.
        pattern: characters of a pattern in `matchesPattern`, 1,000 at most.

    Raises:
        FilterValidationError: a limit is no positive integer, or above the most that there can be.
    """

    text: int = 1_500_000
    depth: int = MAX_DEPTH
    nodes: int = 500_000
    literal: int = 1_050_000
    items: int = 200_000
    pattern: int = MAX_PATTERN

    def __post_init__(self) -> None:
        """Refuse what is no limit."""
        for name in Limits.__annotations__:
            value, most = getattr(self, name), _MOST.get(name)
            if not isinstance(value, int) or value < 1 or (most is not None and value > most):
                wanted = "a positive integer" + ("" if most is None else f" up to {most}")
                message = f"the limit {name} is {wanted}, not {value!r:.40}"
                raise FilterValidationError(Problem(message=message, code="limits"))


_MOST = {"depth": MAX_DEPTH, "pattern": MAX_PATTERN}
DEFAULT = Limits()
"""What holds for a text where nothing else is said."""
_SHORT = min(DEFAULT.nodes, DEFAULT.literal, DEFAULT.items, DEFAULT.pattern)
"""Characters of a text that cannot be beyond the limits by default."""
NONE = Limits(text=sys.maxsize, nodes=sys.maxsize, literal=sys.maxsize, items=sys.maxsize)
"""For a text that the library has written itself, of a tree that there is already."""

_Excess: TypeAlias = tuple[Span, str]


def text_excess(text: str, limits: Limits) -> Problem:
    """What is wrong with a text that is longer than the limit."""
    return _problem(text, _excess((limits.text, len(text)), "text", f"{len(text)} characters", limits))


def tree_excess(root: Node, text: str, limits: Limits) -> Problem | None:
    """What is beyond the limits in a tree that was read from a text, or None; at no cost for a short text."""
    length = len(text)
    if limits is DEFAULT and length <= _SHORT:
        return None
    excess = None
    if limits.depth < MAX_DEPTH and length > limits.depth:
        below = too_deep(root, limits.depth)
        if below is not None:
            excess = _excess(below.span or (0, 0), "depth", f"more than {limits.depth} levels", limits)
    if excess is None and _may_exceed(text, limits):
        excess = next(_excesses(root, limits), None)
    return None if excess is None else _problem(text, excess)


def _may_exceed(text: str, limits: Limits) -> bool:
    """Whether it takes a look at each node to know."""
    length = len(text)
    if length > min(limits.nodes, limits.literal, limits.items):
        return True
    return length > limits.pattern and "matchespattern" in text.lower()


def _excesses(root: Node, limits: Limits) -> Iterator[_Excess]:
    count = 0
    for node in walk(root):
        if node.span is None:
            continue
        count += 1
        if count > limits.nodes:
            yield _excess(node.span, "nodes", f"more than {limits.nodes} nodes", limits)
        if isinstance(node, Literal) and len(node.text) > limits.literal:
            yield _excess(node.span, "literal", f"a literal of {len(node.text)} characters", limits)
        parts = () if isinstance(node, Logical) else children(node)
        if len(parts) > limits.items:
            yield _excess(node.span, "items", f"{len(parts)} items in one place", limits)
        if isinstance(node, Call) and node.name == "matchesPattern":
            yield from _pattern_excess(node, limits)


def _pattern_excess(node: Call, limits: Limits) -> Iterator[_Excess]:
    pattern = node.arguments[1]
    if isinstance(pattern, Literal) and len(pattern.text) > limits.pattern:
        size = f"a pattern of {len(pattern.text)} characters"
        yield _excess(pattern.span or (0, 0), "pattern", size, limits)


def _excess(span: Span, limit: str, size: str, limits: Limits) -> _Excess:
    return span, f"the filter has {size}, and the limit `{limit}` is {getattr(limits, limit)}"


def _problem(text: str, excess: _Excess) -> Problem:
    (position, end), message = excess
    hint = "a caller who trusts the filter can give other limits"
    return Problem(message=message, code="limit", source=text, position=position, end=end, hint=hint)
