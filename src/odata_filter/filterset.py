"""Many filters and one row to the names of the filters that keep it, without asking each of them."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import TypeAlias, Unpack

from odata_filter import values
from odata_filter.data import dataclass, field, replace
from odata_filter.equalities import PLAIN, equality
from odata_filter.errors import FilterError, FilterValidationError, Problem, UnsupportedFilterError
from odata_filter.filter import Filter, Options
from odata_filter.nodes import (
    Arithmetic,
    Call,
    Comparison,
    Invocation,
    Logical,
    Node,
    Not,
    Quantifier,
    Where,
    walk,
)

# ---- Where a filter waits ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Point:
    """A key and some values of one type: as long as a row has another value of that type, or null, all is false."""

    key: str
    type: type
    values: frozenset[object]


def _points(node: Node) -> list[_Point] | None:
    """Points such that a condition is false, and does not fail, for a row that meets none of them; None without any.

    A row meets a point by its value, and also by one of another type, for which the condition may be null or fail.
    """
    match node:
        case Comparison(operator="eq" | "in"):
            return _point(node)
        case Logical(operator="or", operands=operands):
            each = [_points(operand) for operand in operands]
            known = [points for points in each if points is not None]
            return [point for points in known for point in points] if len(known) == len(each) else None
        case Logical(operands=operands):
            return _necessary(operands)
        case _:
            return None


def _point(node: Node) -> list[_Point] | None:
    found = equality(node)
    types = set() if found is None else {type(value) for value in found.values}
    if found is None or len(types) != 1 or not types <= PLAIN:
        return None
    return [_Point(found.key, types.pop(), frozenset(found.values))]


def _necessary(operands: Sequence[Node]) -> list[_Point] | None:
    """The fewest points of an operand of `and` that is reached whatever stands left of it."""
    best: list[_Point] | None = None
    for operand in operands:
        points = _points(operand)
        if points is not None and (best is None or _breadth(points) < _breadth(best)):
            best = points
        if not _is_harmless(operand):
            break
    return best


def _breadth(points: Sequence[_Point]) -> int:
    return sum(len(point.values) for point in points)


def _is_harmless(node: Node) -> bool:
    """Whether a condition cannot fail for any row: keys compared with literals, tests for a part of a string."""
    match node:
        case Logical(operands=operands):
            return all(map(_is_harmless, operands))
        case Not(operand=operand):
            return _is_harmless(operand)
        case Comparison(operator="eq" | "ne" | "in"):
            return equality(node) is not None
        case Comparison(operator="gt" | "ge" | "lt" | "le", left=left, right=right):
            return equality(Comparison("eq", left, right)) is not None
        case Call(name="contains" | "startswith" | "endswith", arguments=(whole, part)):
            return equality(Comparison("eq", whole, part)) is not None
        case _:
            return False


# ---- What can be said without asking --------------------------------------------------------------------


_Test: TypeAlias = tuple[str, type, frozenset[object], bool]
"""An equality with values of one type: the key, the type, the values, and whether it is `ne`."""


def _tests(operands: Sequence[Node]) -> list[_Test]:
    """The equalities among operands of `and` that are reached whatever stands left of them."""
    found: list[_Test] = []
    for operand in operands:
        for point in _point(operand) or ():
            negative = isinstance(operand, Comparison) and operand.operator == "ne"
            found.append((point.key, point.type, point.values, negative))
        if not _is_harmless(operand):
            break
    return found


def _passes(tests: Sequence[_Test], record: Mapping[str, object]) -> bool | None:
    """Whether all equalities are true; None when one meets a value of another type before another is false."""
    for key, type_, wanted, negative in tests:
        value = record.get(key)
        if value is None:
            if not negative:
                return False
        elif type(value) is not type_:
            return None
        elif (value in wanted) is negative:
            return False
    return True


# ---- Parts that filters share --------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Part:
    """An operand of how many filters, or the root of one."""

    node: Node
    users: int = 0
    condition: Filter | None = None

    def value(self, row: object, options: Options) -> object:
        """What it is for a row."""
        if self.condition is None:
            self.condition = Filter(self.node)
        return self.condition.evaluate(row, **options)


def _is_costly(node: Node) -> bool:
    """Whether a condition does more than compare, so that its value is worth keeping."""
    return any(isinstance(part, Call | Invocation | Quantifier | Where | Arithmetic) for part in walk(node))


@dataclass(slots=True, eq=False)
class _Entry:
    """A filter under its name.

    Attributes:
        number: its place among the names.
        points: those that a row must meet before the filter is asked, or None when every row meets it.
        decisive: the value of a part that decides the whole: true under `or`, otherwise false.
        tests: the equalities that say for most rows that it is false.
        complete: whether they also say that it is true.
        parts: the operands, or the root alone.
        costly: those of them that are worth sharing.
    """

    name: str
    filter: Filter
    number: int
    points: list[_Point] | None
    decisive: bool
    tests: list[_Test]
    complete: bool
    parts: list[_Part]
    costly: list[_Part]


@dataclass(slots=True, eq=False)
class _Waiting:
    """The numbers of the filters that wait for values of one type under one key: for each value, and all."""

    by_value: dict[object, set[int]] = field(default_factory=dict)
    all: set[int] = field(default_factory=set)


# ---- The set -------------------------------------------------------------------------------------------


class FilterSet(MutableMapping[str, Filter]):
    """Filters by name, for rows that come one by one: alerts, subscriptions, routing.

    It is changed like a dict. A filter that cannot be true unless a key has one of some values is asked only about
    rows that have one of them; a part with functions, arithmetic or lambdas that several filters have is computed
    once for a row.

    >>> filters = FilterSet({"cats": Filter.parse("species eq 'cat'"), "young": Filter.parse("age lt 2")})
    >>> filters.matching({"species": "cat", "age": 3})
    ('cats',)
    """

    def __init__(self, filters: Mapping[str, Filter] | None = None) -> None:
        """Take the filters, which are named in the order of the mapping."""
        self._entries: dict[str, _Entry] = {}
        self._numbered: dict[int, _Entry] = {}
        self._always: set[int] = set()
        self._behind: dict[_Part, set[int]] = {}
        self._waiting: dict[str, dict[type, _Waiting]] = {}
        self._parts: dict[Node, _Part] = {}
        self._next = 0
        self.update(filters or {})

    # ---- As a mapping --------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Filter:
        return self._entries[name].filter

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __setitem__(self, name: str, one: Filter) -> None:
        """Name a filter; under a name that there was it takes the place of the old one.

        Raises:
            FilterValidationError: it is no Filter.
        """
        if not isinstance(one, Filter):
            message = f"a filter set holds filters, and {name!r} would be a {type(one).__name__}"
            raise FilterValidationError(Problem(message=message, code="filter-set"))
        old = self._entries.get(name)
        entry = self._entry(name, one, self._next if old is None else old.number)
        for part in entry.parts:
            part.users += 1
        if old is None:
            self._next += 1
        else:
            self._forget(old)
        self._entries[name] = self._numbered[entry.number] = entry
        self._await(entry)

    def __delitem__(self, name: str) -> None:
        self._forget(self._entries.pop(name))

    def __repr__(self) -> str:
        return f"FilterSet({dict(self)!r})"

    def _entry(self, name: str, one: Filter, number: int) -> _Entry:
        root = one.expression
        operands = root.operands if isinstance(root, Logical) else (root,)
        parts = [self._parts.setdefault(node, _Part(node)) for node in operands]
        supported = _is_supported(one)
        points = _points(root) if supported else None
        decisive = isinstance(root, Logical) and root.operator == "or"
        tests = _tests(operands) if supported and not decisive else []
        costly = [part for part in parts if supported and _is_costly(part.node)]
        return _Entry(name, one, number, points, decisive, tests, len(tests) == len(operands), parts, costly)

    def _await(self, entry: _Entry) -> None:
        if entry.points is None:
            self._others(entry).add(entry.number)
            return
        for point in entry.points:
            waiting = self._waiting.setdefault(point.key, {}).setdefault(point.type, _Waiting())
            waiting.all.add(entry.number)
            for value in point.values:
                waiting.by_value.setdefault(value, set()).add(entry.number)

    def _others(self, entry: _Entry) -> set[int]:
        """The filters without points that an entry is one of: those behind the part that it begins with, if costly.

        As long as that part is false, so are they, but for those under `or`.
        """
        first = entry.parts[0]
        return self._behind.setdefault(first, set()) if first in entry.costly and not entry.decisive else self._always

    def _forget(self, entry: _Entry) -> None:
        """Take a filter out of everything but the names."""
        del self._numbered[entry.number]
        if entry.points is None:
            self._others(entry).discard(entry.number)
        for point in entry.points or ():
            waiting = self._waiting[point.key][point.type]
            waiting.all.discard(entry.number)
            for value in point.values:
                waiting.by_value[value].discard(entry.number)
        for part in entry.parts:
            part.users -= 1
            if not part.users:
                self._parts.pop(part.node, None)
                self._behind.pop(part, None)

    # ---- Asking it -----------------------------------------------------------------------------------

    def matching(self, row: object, **options: Unpack[Options]) -> tuple[str, ...]:
        """The names of the filters that keep a row, in their order: those whose `Filter.matches` says yes.

        Args:
            row: as for `Filter.matches`.
            options: those of `Filter.matches`.

        Raises:
            FilterEvaluationError: the first filter that fails for this row, which the message names.
            UnsupportedFilterError: likewise, for one that cannot be evaluated.
        """
        record = _record(row) if _READING.isdisjoint(options) else None
        known: dict[_Part, object] = {}
        numbers = self._numbered if record is None else self._met(record) | self._reached(row, options, known)
        entries = self._in_order(numbers)
        found = []
        for entry in entries:
            keeps = None if record is None else _passes(entry.tests, record)
            if keeps is None or (keeps and not entry.complete):
                try:
                    keeps = _keeps(entry, row, options, known)
                except FilterError as error:
                    raise _of(entry.name, error) from None
            if keeps:
                found.append(entry.name)
        return tuple(found)

    def _in_order(self, numbers: Iterable[int]) -> Iterator[_Entry]:
        return map(self._numbered.__getitem__, sorted(numbers))

    def _met(self, record: Mapping[str, object]) -> set[int]:
        """The numbers of the filters of which a row meets a point, or that are always asked."""
        numbers = self._always.copy()
        for key, waiting in self._waiting.items():
            value = record.get(key)
            if value is not None:
                for type_, here in waiting.items():
                    numbers |= here.by_value.get(value, _NOBODY) if type(value) is type_ else here.all
        return numbers

    def _reached(self, row: object, options: Options, known: dict[_Part, object]) -> set[int]:
        """The numbers of the filters that do not end with the part that they begin with."""
        numbers: set[int] = set()
        for part, behind in self._behind.items():
            if len(behind) < 2 or _value(part, row, options, known) is not False:  # noqa: PLR2004 - one is asked as a whole
                numbers |= behind
        return numbers


_READING = frozenset({"schema", "coerce"})
"""Options under which a string may equal what is no string."""
_NOBODY: frozenset[int] = frozenset()


def _record(row: object) -> Mapping[str, object]:
    return row if isinstance(row, Mapping) else values.record(row) or {}


def _keeps(entry: _Entry, row: object, options: Options, known: dict[_Part, object]) -> bool:
    """Whether a filter keeps a row, by parts whose values are known if it shares one."""
    if all(part.users == 1 for part in entry.costly):
        return entry.filter.matches(row, **options)
    decided = _decided(entry, row, options, known)
    return entry.filter.matches(row, **options) if decided is None else decided


def _decided(entry: _Entry, row: object, options: Options, known: dict[_Part, object]) -> bool | None:
    """What the parts say from left to right: one that decides ends it, and Booleans alone make a Boolean.

    None stands for anything else, a null or a failure, which the filter itself must deal with.
    """
    for part in entry.parts:
        value = _value(part, row, options, known)
        if value is entry.decisive:
            return entry.decisive
        if not isinstance(value, bool):
            return None
    return not entry.decisive


def _value(part: _Part, row: object, options: Options, known: dict[_Part, object]) -> object:
    """What a part is for a row, computed once; null where it fails, which is left to the filters that reach it."""
    if part not in known:
        try:
            known[part] = part.value(row, options)
        except FilterError:
            known[part] = None
    return known[part]


def _is_supported(one: Filter) -> bool:
    """Whether a filter can be evaluated at all without options; what cannot is always asked, so that it says so."""
    try:
        one.count(())
    except UnsupportedFilterError:
        return False
    return True


def _of(name: str, error: FilterError) -> FilterError:
    """The error with the name of its filter."""
    problems = (replace(problem, message=f"the filter {name!r}: {problem.message}") for problem in error.problems)
    return type(error)(*problems)
