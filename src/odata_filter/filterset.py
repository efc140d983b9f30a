"""Many filters and one row to the names of the filters that keep it, without asking each of them."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import TypeAlias, Unpack, cast

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


@dataclass(slots=True)
class _Tested:
    """The equalities of a filter with values of one type under one key, all of which must be true.

    Attributes:
        accepted: the values that `eq` and `in` leave, or None without any of them.
        rejected: the values of `ne`.
    """

    accepted: frozenset[object] | None = None
    rejected: frozenset[object] = frozenset()


_Tests: TypeAlias = dict[tuple[str, type], _Tested]


def _tests(operands: Sequence[Node]) -> tuple[_Tests, list[Node]]:
    """The equalities among operands of `and` that are reached whatever stands left of them, and the other operands."""
    found: _Tests = {}
    others: list[Node] = []
    for operand in operands:
        point = _point(operand) if all(map(_is_harmless, others)) else None
        if not point:
            others.append(operand)
            continue
        (one,) = point
        tested = found.setdefault((one.key, one.type), _Tested())
        if cast("Comparison", operand).operator == "ne":
            tested.rejected |= one.values
        else:
            tested.accepted = one.values if tested.accepted is None else tested.accepted & one.values
    return found, others


def _sure(node: Node) -> list[_Point]:
    """Points of which one is enough for a condition to be true."""
    found: list[_Point] = []
    for operand in node.operands if isinstance(node, Logical) and node.operator == "or" else ():
        found += (_point(operand) or []) if getattr(operand, "operator", "") != "ne" else []
        if not _is_harmless(operand):
            break
    return found


# ---- Parts that filters share --------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Part:
    """An operand of how many filters, or the root of one."""

    node: Node
    users: int = 0
    condition: Filter | None = None
    opposite: Filter | None = None

    def value(self, row: object, options: Options) -> object:
        """What it is for a row. Without options, what is asked often is asked by compiled tests, most often once."""
        if self.condition is None:
            self.condition = Filter(self.node)
            self.opposite = ~self.condition
        if options or self.opposite is None:
            return self.condition.evaluate(row, **options)
        return False if self.opposite.matches(row) else self.condition.matches(row) or None


def _is_costly(node: Node) -> bool:
    """Whether a condition does more than compare, so that its value is worth keeping."""
    return any(isinstance(part, Call | Invocation | Quantifier | Where | Arithmetic) for part in walk(node))


_Numbers: TypeAlias = int
"""A set of filters: the bit n of an integer stands for the filter with the number n."""


@dataclass(slots=True, eq=False)
class _Alike:
    """Filters that are equal."""

    numbers: _Numbers = 0
    many: bool = False


@dataclass(slots=True, eq=False)
class _Entry:
    """A filter under its name.

    Attributes:
        number: its place among the names.
        alike: those that are equal to it.
        parts: the operands, or the root alone.
        tests: the equalities that must all be true.
        complete: whether there is nothing else to it.
        sure: points of which one makes true what there is beside the tests.
        points: those that a row must meet before the filter is asked, or None when every row meets it.
        decisive: the value of a part that decides the whole: true under `or`, otherwise false.
        costly: the parts that are worth sharing.
    """

    name: str
    filter: Filter
    number: int
    alike: _Alike
    parts: list[_Part]
    tests: _Tests = field(default_factory=dict)
    complete: bool = False
    sure: list[_Point] = field(default_factory=list)
    points: list[_Point] | None = None
    decisive: bool = False
    costly: list[_Part] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Group:
    """The filters that mention values of one type under one key.

    Attributes:
        tested: those with tests.
        choosy: those with tests for some values, so that all others make them false.
        accepting: of those, for each value the ones for which it is one of theirs.
        rejecting: for each value, those for which it makes a test false.
        waiting: those with points.
        meeting: for each value, those of which it meets a point.
        sure: for each value, those of which it meets a sure point.
    """

    tested: _Numbers = 0
    choosy: _Numbers = 0
    accepting: dict[object, _Numbers] = field(default_factory=dict)
    rejecting: dict[object, _Numbers] = field(default_factory=dict)
    waiting: _Numbers = 0
    meeting: dict[object, _Numbers] = field(default_factory=dict)
    sure: dict[object, _Numbers] = field(default_factory=dict)

    def change(self, entry: _Entry, key: str, type_: type) -> None:
        """Take a filter in, or out if it is in."""
        bit = 1 << entry.number
        tested = entry.tests.get((key, type_))
        if tested is not None:
            self.tested ^= bit
            self.choosy ^= bit if tested.accepted is not None else 0
            _change(self.accepting, tested.accepted or (), bit)
            _change(self.rejecting, tested.rejected, bit)
        points = [point.values for point in entry.points or () if (point.key, point.type) == (key, type_)]
        self.waiting ^= bit if points else 0
        _change(self.meeting, frozenset().union(*points), bit)
        sure = (point.values for point in entry.sure if (point.key, point.type) == (key, type_))
        _change(self.sure, frozenset().union(*sure), bit)


def _change(by_value: dict[object, _Numbers], found: Iterable[object], bit: int) -> None:
    for value in found:
        by_value[value] = by_value.get(value, 0) ^ bit


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
        self._begin()
        self.update(filters or {})

    def _begin(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._numbered: dict[int, _Entry] = {}
        self._groups: dict[str, dict[type, _Group]] = {}
        self._all = self._complete = self._always = 0
        self._behind: dict[_Part, _Numbers] = {}
        self._alike: dict[Filter, _Alike] = {}
        self._parts: dict[Node, _Part] = {}
        self._next = 0

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
        self._alike[one] = entry.alike
        self._change(entry)
        if self._next > 2 * len(self._entries) + _GAPS:
            kept = dict(self)
            self._begin()
            self.update(kept)

    def __delitem__(self, name: str) -> None:
        self._forget(self._entries.pop(name))

    def __repr__(self) -> str:
        return f"FilterSet({dict(self)!r})"

    def _entry(self, name: str, one: Filter, number: int) -> _Entry:
        root = one.expression
        operands = root.operands if isinstance(root, Logical) else (root,)
        parts = [self._parts.setdefault(node, _Part(node)) for node in operands]
        alike = self._alike.get(one) or _Alike()
        if not _is_supported(one):
            return _Entry(name, one, number, alike, parts)
        decisive = isinstance(root, Logical) and root.operator == "or"
        tests, others = ({}, [root]) if decisive else _tests(operands)
        choosy = any(tested.accepted is not None for tested in tests.values())
        return _Entry(
            name,
            one,
            number,
            alike,
            parts,
            tests=tests,
            complete=not others,
            sure=_sure(others[0]) if len(others) == 1 else [],
            points=None if choosy else _points(root),
            decisive=decisive,
            costly=[part for part in parts if _is_costly(part.node)],
        )

    def _change(self, entry: _Entry) -> None:
        """Take a filter into every set where it belongs, or out of them if it is there."""
        bit = 1 << entry.number
        self._all ^= bit
        self._complete ^= bit if entry.complete else 0
        entry.alike.numbers ^= bit
        entry.alike.many = entry.alike.numbers.bit_count() > 1
        first = entry.parts[0]
        if entry.points is None and first in entry.costly and not entry.decisive and not entry.tests:
            self._behind[first] = self._behind.get(first, 0) ^ bit
        elif entry.points is None:
            self._always ^= bit
        points = [*(entry.points or ()), *entry.sure]
        for key, type_ in {*entry.tests, *((point.key, point.type) for point in points)}:
            self._groups.setdefault(key, {}).setdefault(type_, _Group()).change(entry, key, type_)

    def _forget(self, entry: _Entry) -> None:
        """Take a filter out of everything but the names."""
        del self._numbered[entry.number]
        self._change(entry)
        if not entry.alike.numbers:
            self._alike.pop(entry.filter, None)
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
        known: dict[_Part, object] = {}
        found, asked = 0, self._all
        if _READING.isdisjoint(options):
            reached = self._reached(row, options, known) if self._behind else 0
            found, asked = self._sorted(_record(row), reached)
        while asked:
            for number in _numbers(asked):
                entry = self._numbered[number]
                try:
                    keeps = _keeps(entry, row, options, known)
                except FilterError as error:
                    raise _of(entry.name, error) from None
                alike = entry.alike.numbers
                if keeps:
                    found |= alike
                if entry.alike.many:
                    asked = (asked & ~alike) >> number << number
                    break
            else:
                break
        return tuple([self._numbered[number].name for number in _numbers(found)])

    def _sorted(self, record: Mapping[str, object], reached: _Numbers) -> tuple[_Numbers, _Numbers]:
        """The filters that keep a row for sure, and those that must be asked; the others do not."""
        open_, false, unknown, sure = self._always | reached, 0, 0, self._complete
        for key, groups in self._groups.items():
            value = record.get(key)
            type_ = type(value)
            for one, group in groups.items():
                if one is type_:
                    false |= group.choosy ^ group.accepting.get(value, 0) | group.rejecting.get(value, 0)
                    open_ |= group.meeting.get(value, 0)
                    sure |= group.sure.get(value, 0)
                elif value is None:
                    false |= group.choosy
                else:
                    unknown |= group.tested
                    open_ |= group.waiting
        open_ &= ~false
        found = open_ & sure & ~unknown
        return found, open_ ^ found

    def _reached(self, row: object, options: Options, known: dict[_Part, object]) -> _Numbers:
        """The filters that do not end with the part that they begin with, among those behind one that is costly."""
        numbers = 0
        for part, behind in self._behind.items():
            if not behind & (behind - 1) or _value(part, row, options, known) is not False:
                numbers |= behind
        return numbers


_GAPS = 64
"""So many numbers, beside one for each filter, may be out of use."""


def _numbers(found: _Numbers) -> Iterator[int]:
    """The numbers in a set, ascending."""
    digits = f"{found:b}"[::-1]
    at = digits.find("1")
    while at >= 0:
        yield at
        at = digits.find("1", at + 1)


_READING = frozenset({"schema", "coerce"})
"""Options under which a string may equal what is no string."""


def _record(row: object) -> Mapping[str, object]:
    return row if type(row) is dict or isinstance(row, Mapping) else values.record(row) or {}


def _keeps(entry: _Entry, row: object, options: Options, known: dict[_Part, object]) -> bool:
    """Whether a filter keeps a row, by parts whose values are known if it shares one."""
    if not entry.costly or all(part.users == 1 for part in entry.costly):
        return entry.filter.matches(row, **options) if options else entry.filter.matches(row)
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
