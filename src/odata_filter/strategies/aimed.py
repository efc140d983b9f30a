"""Rows that a filter keeps, and rows that it drops, as Hypothesis draws them."""

from collections.abc import Iterable, Mapping
from itertools import combinations, product
from typing import Any, TypeAlias, cast

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from odata_filter import evaluator
from odata_filter.filter import Filter
from odata_filter.nodes import (
    IT,
    Logical,
    Node,
    Not,
    Quantifier,
    Variable,
    Where,
    children,
    walk,
    with_children,
)
from odata_filter.profile import ODATA, Profile
from odata_filter.strategies.near import (
    ABSENT,
    MANY,
    Instances,
    Path,
    candidates_in,
    combined,
    path_of,
    paths_in,
    put,
    rows,
    truth,
)
from odata_filter.strategies.typed import filters

# ---- Rows that hit and rows that miss ------------------------------------------------------------


def matching_rows(target: Filter, *, values: SearchStrategy[object] | None = None) -> SearchStrategy[dict[str, Any]]:
    """Rows that a filter keeps: `target.matches(row)` is True.

    They are made for the filter's conditions one by one, not found by chance, so a chain of many conditions is no
    harder than one. They shrink to the properties that the filter needs.

    Args:
        target: the filter. If it can hold for no row, Hypothesis says that it is unable to satisfy the assumptions.
        values: what properties may hold beside the filter's own values.

    Raises:
        UnsupportedFilterError: the filter has a part that cannot be evaluated, such as a custom function.
        FilterEvaluationError: a literal of the filter is outside the range that can be computed with.

    Example:
        >>> from odata_filter import Filter
        >>> from hypothesis import given
        >>> f = Filter.parse("species eq 'cat' and (size/width gt 3 or tags/any(t:t eq 'wide'))")
        >>> @given(matching_rows(f))
        ... def every_row_is_kept(row):
        ...     assert f.matches(row)
        >>> every_row_is_kept()
    """
    return _aimed_rows(target, _HIT, values)


def missing_rows(target: Filter, *, values: SearchStrategy[object] | None = None) -> SearchStrategy[dict[str, Any]]:
    """Rows that a filter drops: its value is false or null. Otherwise like `matching_rows`.

    Example:
        >>> from odata_filter import Filter
        >>> from hypothesis import given
        >>> f = Filter.parse("species ne 'cat'")
        >>> @given(missing_rows(f))
        ... def a_row_without_species_is_never_dropped(row):
        ...     assert "species" in row
        >>> a_row_without_species_is_never_dropped()
    """
    return _aimed_rows(target, _MISS, values)


def filters_and_rows(
    profile: Profile = ODATA,
    *,
    keys: SearchStrategy[str] | None = None,
    values: SearchStrategy[object] | None = None,
    max_depth: int = 3,
) -> SearchStrategy[tuple[Filter, dict[str, Any]]]:
    """A filter and a row for it: a third aims at a hit, a third at a miss, and the rest is left to chance.

    Args:
        profile: what the filters must keep to.
        keys: property names, as for `filters`.
        values: Python values that properties are compared with, as for `filters`.
        max_depth: as for `filters`.

    Example:
        >>> from hypothesis import given
        >>> from odata_filter import CUSTOM_VISION
        >>> @given(filters_and_rows(CUSTOM_VISION))
        ... def no_row_is_kept_by_a_filter_and_its_opposite(pair):
        ...     f, row = pair
        ...     assert not (f & ~f).matches(row)
        >>> no_row_is_kept_by_a_filter_and_its_opposite()
    """
    return _pairs(filters(profile, keys=keys, values=values, max_depth=max_depth))


@st.composite
def _pairs(draw: DrawFn, targets: SearchStrategy[Filter]) -> tuple[Filter, dict[str, Any]]:
    target = draw(targets)
    row = draw(rows(target))
    wanted = draw(st.sampled_from((None, _HIT, _MISS)))
    aimed = row if wanted is None else _aimed(draw, target.expression, row, wanted)
    return target, aimed if isinstance(aimed, dict) else row


_Wanted: TypeAlias = frozenset[bool | None]
_HIT: _Wanted = frozenset({True})
_MISS: _Wanted = frozenset({False, None})
_NOT: Mapping[bool | None, bool | None] = {True: False, False: True, None: None}


def _aimed_rows(
    target: Filter, wanted: _Wanted, values: SearchStrategy[object] | None
) -> SearchStrategy[dict[str, Any]]:
    evaluator.evaluation(
        target.expression, evaluator.Context()
    )  # refuses what has no evaluation here, not in the middle of a test
    return _drawn_rows(target.expression, wanted, rows(target, values=values))


@st.composite
def _drawn_rows(draw: DrawFn, root: Node, wanted: _Wanted, starts: SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    start = draw(starts) if draw(st.booleans()) else {}
    row = _aimed(draw, root, start, wanted)
    if start and truth(root, row) not in wanted:
        row = _aimed(draw, root, {}, wanted)
    assume(isinstance(row, dict) and truth(root, row) in wanted)
    return cast("dict[str, Any]", row)


def _aimed(draw: DrawFn, node: Node, row: object, wanted: _Wanted) -> object:
    """The row, changed until a node has a wanted truth value for it; unchanged parts where that fails."""
    if truth(node, row) in wanted:
        return row
    match node:
        case Not(operand=operand):
            return _aimed(draw, operand, row, frozenset(_NOT[truth] for truth in wanted))
        case Logical(operator=operator, operands=operands) if (operator == "or") in wanted:
            return _aimed_at_one(draw, operands, row, wanted)
        case Logical(operands=operands):
            return _aimed_at_all(draw, operands, row, wanted)
        case Quantifier(variable=str(variable), predicate=predicate) if predicate is not None:
            inner = _of_member(predicate, variable)
            path = path_of(node.source, _INSTANCES)
            if inner is None or path is None or isinstance(node.source, Where):
                return _aimed_at_condition(draw, node, row, wanted)
            return put(row, path, _aimed_members(draw, inner, node.name, wanted))
        case _:
            return _aimed_at_condition(draw, node, row, wanted)


_INSTANCES: Instances = {"$it": (), "$this": ()}


def _aimed_at_one(draw: DrawFn, operands: tuple[Node, ...], row: object, wanted: _Wanted) -> object:
    """One of the operands decides; when the drawn one cannot, the next ones are tried."""
    first = draw(st.integers(0, len(operands) - 1))
    for operand in (*operands[first:], *operands[:first])[:MANY]:
        aimed = _aimed(draw, operand, row, wanted)
        if truth(operand, aimed) in wanted:
            return aimed
    return row


def _aimed_at_all(draw: DrawFn, operands: tuple[Node, ...], row: object, wanted: _Wanted) -> object:
    """Every operand must have its say, so a change for one is followed by another look at the rest."""
    for _ in range(5):
        before = row
        for operand in operands:
            row = _aimed(draw, operand, row, wanted)
        if row == before:
            break
    return row


def _aimed_members(draw: DrawFn, predicate: Node, name: str, wanted: _Wanted) -> list[object]:
    """A collection for which a lambda holds, or does not."""
    hit = True in wanted
    if hit is (name == "all") and not draw(st.booleans()):
        return []
    return [_aimed(draw, predicate, None, _HIT if hit else _MISS)]


def _of_member(predicate: Node, variable: str) -> Node | None:
    """A lambda's body as a filter on one member, if it speaks about nothing else."""
    nodes = tuple(walk(predicate))
    inner = {node.variable for node in nodes if isinstance(node, Quantifier)}
    used = {node.name for node in nodes if isinstance(node, Variable)}
    return None if variable in inner or used - inner - {variable} else _renamed(predicate, variable)


def _renamed(node: Node, variable: str) -> Node:
    if isinstance(node, Variable):
        return IT if node.name == variable else node
    return with_children(node, tuple(_renamed(part, variable) for part in children(node)))


def _aimed_at_condition(draw: DrawFn, node: Node, row: object, wanted: _Wanted) -> object:
    """One property, or else two, set to what the condition mentions or to something close to it."""
    paths = paths_in(node, _INSTANCES)
    candidates = candidates_in(node)
    single = (
        ((path, value),)
        for path in paths
        for value in (ABSENT, *candidates, *_combinations(_at(row, path), candidates[:MANY]))
    )
    double = (
        ((left, value), (right, other))
        for left, right in combinations(paths[:3], 2)
        for value, other in product(candidates[:MANY], repeat=2)
    )
    for attempts in (single, double):
        options = [option for puts in attempts for option in [_with(row, puts)] if truth(node, option) in wanted]
        if options:
            return draw(st.sampled_from(options))
    return row


def _combinations(present: object, candidates: Iterable[object]) -> list[object]:
    """What is there already together with what a condition asks for."""
    return [value for candidate in candidates for value in combined(present, candidate)]


def _at(value: object, path: Path) -> object:
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _with(row: object, puts: Iterable[tuple[Path, object]]) -> object:
    for path, value in puts:
        row = put(row, path, value)
    return row
