"""Filter text to nodes."""

from odata_filter import automaton
from odata_filter.errors import FilterSyntaxError, Problem
from odata_filter.limits import NONE, Limits, text_excess, tree_excess
from odata_filter.nodes import Node, too_deep
from odata_filter.reductions import WHITE_SPACE, FaultError, nested


def parse(text: str, *, prefix: bool = False, limits: Limits = NONE) -> Node:
    """The tree that a filter text stands for.

    Args:
        text: a `$filter` expression, percent-decoded; outer white space is ignored.
        prefix: whether `metadata=` may stand in front, as in the count endpoint's own example.
        limits: how long, how deep and how large it may be.

    Raises:
        FilterSyntaxError: the text is no filter; it says where, what was expected and what to write.
    """
    if not isinstance(text, str):
        raise FilterSyntaxError(_no_text(text))
    if len(text) > limits.text:
        raise FilterSyntaxError(text_excess(text, limits))
    inner = text.strip(WHITE_SPACE)
    begin = 0 if inner is text else text.rindex(inner)
    end = begin + len(inner)
    start = "custom_vision" if prefix else "filter"
    root = automaton.accepted(text, begin, end, start)
    if root is None:
        root = _judged(text, begin, end, start)
    excess = tree_excess(root, text, limits)
    if excess is not None:
        raise FilterSyntaxError(excess)
    return root


def _no_text(given: object) -> Problem:
    hint = "decode it first" if isinstance(given, bytes) else None
    return Problem(message=f"a filter is text, not {type(given).__name__}", code="type", hint=hint)


def _judged(text: str, begin: int, end: int, start: str) -> Node:
    from odata_filter.verdict import verdict  # noqa: PLC0415 - Lark is slow to import

    try:
        root = verdict(text, begin, end, start)
        below = too_deep(root)
        if below is not None:
            raise nested(below.span or (0, 0))
    except FaultError as fault:
        raise FilterSyntaxError(fault.problem(text)) from None
    return root
