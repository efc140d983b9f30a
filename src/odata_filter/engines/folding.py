"""Parts of a filter that are the same for every row to values, and long chains to lists and balanced trees."""

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from odata_filter import evaluator
from odata_filter.engines.capabilities import unsupported
from odata_filter.errors import FilterEvaluationError
from odata_filter.filter import Filter
from odata_filter.nodes import Collection, Comparison, Invocation, Literal, Member, Node, Variable, walk

Part = TypeVar("Part")


def is_constant(root: Node) -> bool:
    """Whether an expression has one value for all rows: it mentions no property."""
    return all(
        node.name.startswith("@") if isinstance(node, Variable) else not isinstance(node, Invocation)
        for node in walk(root)
    )


def constant(node: Node, scope: evaluator.Scope) -> object:
    """The value of an expression that has one for all rows.

    Raises:
        UnsupportedFilterError: it fails, so that it does for every row, or it is an expression itself.
    """
    try:
        found = evaluator.evaluation(node, evaluator.Context())({}, scope)
    except FilterEvaluationError as error:
        raise unsupported(node, f"it fails for every row: {error.message}") from None
    if isinstance(found, Filter):
        raise unsupported(node, "an alias stands for an expression")
    return found


def with_lists(operands: Sequence[Node], operator: str, may_join: Callable[[Member, Literal], bool]) -> list[Node]:
    """The operands of a chain, with the tests of one property by `operator` joined into one `in`.

    Args:
        operands: those of an `or`, or of an `and`.
        operator: `eq` or `ne`.
        may_join: whether the test of a property by a literal means the same as a list.

    Returns:
        The operands in their order, a list in the place of its first test; for `ne` the lists are what is to be denied.
    """
    places: dict[Member | int, list[Node]] = {}
    for at, operand in enumerate(operands):
        match operand:
            case Comparison(operator=found, left=Member() as member, right=Literal() as literal) if (
                found == operator and may_join(member, literal)
            ):
                places.setdefault(member, []).append(operand)
            case _:
                places[at] = [operand]
    return [tests[0] if len(tests) == 1 else _listed(cast("Sequence[Comparison]", tests)) for tests in places.values()]


def _listed(tests: Sequence[Comparison]) -> Node:
    return Comparison("in", tests[0].left, Collection(tuple(test.right for test in tests)), tests[0].left.span)


def balanced(parts: Sequence[Part], join: Callable[[Sequence[Part]], Part], width: int) -> Part:
    """The parts joined, at least one of them, in a tree whose nodes have up to `width` of them each.

    A chain of thousands would be nested as deep as it is long for many engines.
    """
    while len(parts) > 1:
        parts = [join(parts[at : at + width]) for at in range(0, len(parts), width)]
    return parts[0]
