"""Rows that hold what a filter asks about, as Hypothesis draws them."""

import datetime as dt
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, TypeAlias, cast

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from odata_filter import edm, evaluator
from odata_filter.errors import FilterError
from odata_filter.filter import Filter
from odata_filter.nodes import (
    Call,
    Collection,
    Count,
    Literal,
    Logical,
    Member,
    Node,
    Not,
    Quantifier,
    Record,
    Variable,
    Where,
    children,
    walk,
)
from odata_filter.strategies.typed import values
from odata_filter.strategies.words import plain_names

# ---- Rows ----------------------------------------------------------------------------------------

_Step: TypeAlias = str | int
"""A property's name, or 0 for a member of a collection."""
Path: TypeAlias = tuple[_Step, ...]
ABSENT = object()


def rows(
    about: Filter | Iterable[str], *, values: SearchStrategy[object] | None = None
) -> SearchStrategy[dict[str, Any]]:
    """Rows for a filter, or with given keys: what the filter asks for, near misses, gaps, null and wrong types.

    A row has the properties that the filter mentions, nested dicts for paths and lists for collections. They hold a
    value of the filter, one close to it, null, or anything else; some are missing. Rows shrink to `{}`.

    Args:
        about: a filter, or the names of properties.
        values: what else properties hold; by default JSON and Python values of all kinds.

    Example:
        >>> from odata_filter import Filter
        >>> from hypothesis import given
        >>> f = Filter.parse("species eq 'cat' and size/width gt 3")
        >>> @given(rows(f))
        ... def every_row_has_an_answer(row):
        ...     assert f.matches(row) in (True, False)
        >>> every_row_has_an_answer()
    """
    return _rows(_asked_for(about), _any_values() if values is None else values)


def _asked_for(about: Filter | Iterable[str]) -> Mapping[Path, Sequence[object]]:
    return _mentions(about.expression) if isinstance(about, Filter) else {(name,): () for name in about}


@st.composite
def _rows(draw: DrawFn, mentions: Mapping[Path, Sequence[object]], values: SearchStrategy[object]) -> dict[str, Any]:
    row: object = {}
    for path, mentioned in mentions.items():
        near = st.sampled_from(mentioned) if mentioned else values
        wanted = draw(draw(st.sampled_from((_GAPS, near, near, near, values))))
        if wanted is not ABSENT and path:
            row = put(row, path, wanted)
    extra = draw(st.dictionaries(st.sampled_from(_EXTRA_KEYS), values, max_size=2))
    return {**extra, **cast("dict[str, Any]", row)}


_GAPS: SearchStrategy[object] = st.just(ABSENT)
_EXTRA_KEYS = ("g", "h", "@Model.Unit", "not a name", "")


@cache
def _any_values() -> SearchStrategy[object]:
    """What may come out of JSON or a Python program, None and empty collections among it."""
    scalars = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(("", "x", "1")), values())
    members = st.one_of(st.lists(scalars, max_size=2), st.dictionaries(plain_names(), scalars, max_size=2))
    return st.one_of(scalars, scalars, members, st.lists(members, max_size=2), st.datetimes())


def put(value: object, path: Path, new: object) -> object:
    """The value with another one at a path; on the way there, what is no dict or list becomes one."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(value) if isinstance(value, list | tuple) and value else [None]
        return [put(items[0], rest, new), *items[1:]]
    entries = dict(value) if isinstance(value, Mapping) else {}
    if new is ABSENT and not rest:
        return {name: entry for name, entry in entries.items() if name != step}
    return {**entries, step: put(entries.get(step), rest, new)}


# ---- What a filter mentions ----------------------------------------------------------------------


def _mentions(root: Node) -> dict[Path, tuple[object, ...]]:
    """The paths of a filter, each with values that its conditions may tell apart."""
    found: dict[Path, dict[str, object]] = {}
    for condition, instances in _conditions(root, {"$it": (), "$this": ()}):
        candidates = candidates_in(condition)
        for path in paths_in(condition, instances):
            found.setdefault(path, {}).update((repr(value), value) for value in candidates)
    return {path: tuple(candidates.values()) for path, candidates in found.items()}


Instances: TypeAlias = Mapping[str, Path]
"""Where in the row each variable's value comes from."""


def _conditions(root: Node, instances: Instances) -> Iterator[tuple[Node, Instances]]:
    """The parts of a filter that are joined by and, or, not and the bodies of lambdas, and the filter's lambdas."""
    waiting = [(root, instances)]
    while waiting:
        node, known = waiting.pop()
        match node:
            case Logical() | Not():
                waiting += ((part, known) for part in reversed(children(node)))
            case Quantifier(source=source, variable=str(variable), predicate=predicate) if predicate is not None:
                yield Quantifier("any", source), known
                waiting.append((predicate, _with_member(known, variable, source)))
            case _:
                yield node, known


def _with_member(instances: Instances, variable: str, source: Node) -> Instances:
    path = path_of(source, instances)
    return {**instances, variable: (*path, 0)} if path is not None else instances


def path_of(node: Node, instances: Instances) -> Path | None:
    """Where in the row a node looks, if it is a path and nothing else."""
    match node:
        case Variable(name=name):
            return instances.get(name)
        case Member(source=source, name=name):
            path = path_of(source, instances)
            return None if path is None else (*path, name)
        case Where(source=source):
            return path_of(source, instances)
        case _:
            return None


def paths_in(root: Node, instances: Instances) -> list[Path]:
    """Every path of a condition, in the order of the text."""
    found: dict[Path, None] = {}
    waiting = [(root, instances)]
    while waiting:
        node, known = waiting.pop()
        path = path_of(node, known)
        if path is not None:
            found[path] = None
        match node:
            case Quantifier(source=source, variable=str(variable), predicate=predicate) if predicate is not None:
                parts: list[tuple[Node, Instances]] = [
                    (source, known),
                    (predicate, _with_member(known, variable, source)),
                ]
            case Where(source=source, predicate=predicate):
                parts = [(source, known), (predicate, _with_member(known, "$this", source))]
            case Member() if path is not None:
                parts = []
            case _:
                parts = [(part, known) for part in children(node)]
        waiting += reversed(parts)
    return list(found)


# ---- Values that a condition may tell apart --------------------------------------------------------


def candidates_in(condition: Node) -> tuple[object, ...]:
    """The values in a condition, others close to them, and what its functions turn into them."""
    given = (node for node in walk(condition) if isinstance(node, Literal | Collection | Record))
    known = [value for node in given if not _is_type(node) for value in _values_in(node)][:MANY]
    called = {node.name for node in walk(condition) if isinstance(node, Call)}
    called |= {"$count" for node in walk(condition) if isinstance(node, Count)}
    near = [other for value in known for other in _neighbours(value)]
    inverse = [argument for name in sorted(called) for value in (*known, *near) for argument in _inverse(name, value)]
    derived = [value for left, right in pairwise(known) for value in combined(left, right)]
    plain: list[object] = [*known, *inverse, *near, *derived, True, False, None, 0, 1, "", "x", "y", [], {}]
    return (*plain, *([value] for value in known), known)


MANY = 20
"""How many of a condition's literals are taken for candidates."""


def _is_type(node: Node) -> bool:
    return isinstance(node, Literal) and node.type == edm.TYPE_NAME


def _values_in(node: Node) -> list[object]:
    """The value of a literal or of a structure of literals; none where Python has no value for it."""
    value = _result(node, {})
    return [] if value is ABSENT else [value]


def _neighbours(value: object) -> list[object]:
    """Values that differ from one in little."""
    with suppress(OverflowError):
        match value:
            case bool():
                return [not value]
            case int() | float() | Decimal():
                return [value + 1, value - 1, -value]
            case str():
                number = [int(value)] if value.isdecimal() and value.isascii() and len(value) < MANY else []
                return [value + "x", value[:-1], "x" + value, value.swapcase(), f" {value}", *number]
            case dt.datetime():
                return [value + _SECOND, value - _SECOND, value.date()]
            case dt.date():
                return [dt.datetime.combine(value, dt.time(), dt.UTC), value + _DAY, value - _DAY]
            case dt.time():
                return [dt.datetime.combine(_A_DAY, value, dt.UTC), dt.time(23, 59, 59), dt.time()]
            case dt.timedelta():
                return [value + _SECOND, value - _SECOND, -value]
            case list():
                return [[*value, None], value[1:], value[::-1]]
            case dict():
                return [{**value, "x": 1}, dict.fromkeys(value)]
    return []


_DAY = dt.timedelta(days=1)
_SECOND = dt.timedelta(seconds=1)
_A_DAY = dt.date(2000, 1, 1)
_MOMENT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def combined(left: object, right: object) -> list[object]:
    """What arithmetic or a function can turn into one of two values of a condition by means of the other."""
    with suppress(OverflowError, ArithmeticError, TypeError):
        match left, right:
            case str(), str():
                return [left + right, right + left, right.removesuffix(left), right.removeprefix(left)]
            case (str(text), int(size)) | (int(size), str(text)):
                return ["_" * min(abs(size), MANY) + text]
            case (bool() | list() | dict(), _) | (_, bool() | list() | dict()):
                return []
            case (int() | float() | Decimal() as first, int() | float() | Decimal() as second):
                numbers: Any = (first, second)
                return [numbers[1] - numbers[0], sum(numbers), numbers[0] * numbers[1], numbers[1] / numbers[0]]
            case dt.timedelta(), _:
                return [cast("Any", right) - left, cast("Any", right) + left]
    return []


def _inverse(name: str, value: object) -> list[object]:
    """What a function may turn into a value."""
    with suppress(ValueError, OverflowError, TypeError):
        return [_INVERSES[name](cast("Any", value))] if name in _INVERSES else []
    return []


_INVERSES: Mapping[str, Callable[[Any], object]] = {
    "length": lambda size: "x" * operator.index(min(size, MANY)),
    "$count": lambda size: ["x"] * operator.index(min(size, MANY)),
    "year": lambda year: dt.date(year, 1, 1),
    "month": lambda month: dt.date(2000, month, 1),
    "day": lambda day: dt.date(2000, 1, day),
    "hour": dt.time,
    "minute": lambda minute: dt.time(0, minute),
    "second": lambda second: dt.time(0, 0, second),
    "fractionalseconds": lambda fraction: dt.time(0, 0, 0, int(fraction * 10**6)),
    "totalseconds": lambda seconds: dt.timedelta(seconds=float(seconds)),
    "totaloffsetminutes": lambda minutes: _MOMENT.replace(tzinfo=dt.timezone(dt.timedelta(minutes=minutes))),
}
"""For functions whose argument is of another type than their result, an argument that gives a result."""


def truth(node: Node, row: object) -> object:
    """True, False, or None for every other value; something else when there is none."""
    value = _result(node, row)
    return value if isinstance(value, bool) or value is ABSENT else None


def _result(node: Node, row: object) -> object:
    try:
        return _evaluation(node)(row, evaluator.Scope())
    except FilterError:
        return ABSENT


@lru_cache(maxsize=1024)
def _evaluation(node: Node) -> evaluator.Evaluation:
    return evaluator.evaluation(node, evaluator.Context())
