"""What many filters compare one operand with, and a value of it to the filters that it decides, all at once."""

import datetime as dt
import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate, islice
from operator import xor
from typing import Any, TypeAlias, cast

from odata_filter import edm, leaves, values
from odata_filter.data import dataclass, field
from odata_filter.nodes import Comparison, Literal, Node, Quantifier, Variable, key_of

Filters: TypeAlias = int
"""A set of filters: the bit n of an integer stands for the filter with the number n."""


Kept: TypeAlias = Filters | tuple[int, ...]
"""A set of filters among many such sets; a small one as numbers, or together they would take memory by the square."""


def filters(kept: Kept) -> Filters:
    """The set as it is calculated with."""
    if type(kept) is int:
        return kept
    found = 0
    for number in cast("tuple[int, ...]", kept):
        found |= 1 << number
    return found


def toggle(sets: dict[Any, Kept], key: object, bit: Filters) -> None:
    """Take a filter into one of some sets, or out if it is in; none stays empty."""
    number = bit.bit_length() - 1
    kept = sets.pop(key, ())
    if not isinstance(kept, int) and len(kept) < min(number // _DENSE, _MOST_NUMBERS):
        kept = tuple(each for each in kept if each != number) if number in kept else (*kept, number)
    else:
        kept = filters(kept) ^ bit
    if kept:
        sets[key] = kept


_DENSE = 256
"""A filter's number takes the memory of so many digits of an integer."""

_MOST_NUMBERS = 16
"""More of them would take long to put together."""


# ---- Tests -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Test:
    """A comparison of an operand with a literal, or a search for a string in it, that may decide an `and` or `or`.

    Attributes:
        operator: the comparison, with the operand on its left, or the name of the function.
        operand: a key of the row, or an expression.
        types: those of the operand's value for which Python compares as the evaluator does; empty for any.
        right: what it is compared with.
        decides: the value that decides.
        null: whether null decides.
        other: whether a value decides that is of another kind than the literal.
    """

    operator: str
    operand: str | Node
    types: tuple[type, ...]
    right: object
    decides: bool
    null: bool = False
    other: bool = False


SEARCHES = frozenset({"contains", "startswith", "endswith", "any"})
"""Tests whether a string stands somewhere: in another one, or among the members of a collection."""


def test(node: Node, *, wanted: bool, decisive: bool) -> Test | None:
    """What a condition is, if it is a test; where that value is wanted of it, under `or` if true is decisive."""
    decides = wanted is decisive
    match node:
        case Quantifier(
            name="any",
            source=source,
            variable=variable,
            predicate=Comparison(operator="eq", left=Variable(name=name), right=Literal(type=edm.STRING, text=text)),
        ) if name == variable:
            return Test("any", source, (), text, decides)
    leaf = leaves.leaf(node)
    if leaf is None or _is_nan(leaf.right):
        return None
    if leaf.operator in SEARCHES:
        return Test(leaf.operator, leaf.operand, leaf.types, leaf.right, decides)
    null = bool(leaf.null) if leaf.types else leaf.operator == "eq"
    other = not decides if leaf.operator == "in" else not decisive
    operand = key_of(leaf.operand) or leaf.operand
    return Test(leaf.operator, operand, leaf.types, leaf.right, decides, null is decides, other)


def _is_nan(value: object) -> bool:
    """Whether it is the one value that has no place in an order."""
    return isinstance(value, float) and math.isnan(value)


def _differ(one: type, other: type) -> bool:
    """Whether it is known that the values of two types are of two kinds."""
    return one in _KINDS and other in _KINDS and _KINDS[one] != _KINDS[other]


_KINDS: Mapping[type, str] = {str: edm.STRING, bool: edm.BOOLEAN, int: edm.INT64, float: edm.INT64}
"""Types whose values are equal to none of another kind, and have no order with them."""

# ---- Regions -----------------------------------------------------------------------------------------

_Cut: TypeAlias = tuple[Any, bool]
"""A point in the order of values: just below a value, or just above it."""


@dataclass(slots=True)
class _Region:
    """The values that decide for one filter: those in a list or not in it, and those outside of some bounds.

    Attributes:
        listed: the list.
        unlisted: whether what is not in the list decides, and the list does not.
        lowest: whether values below all cuts decide.
        cuts: where that changes, and changes back.
    """

    listed: frozenset[object]
    unlisted: bool
    lowest: bool = False
    cuts: tuple[_Cut, ...] = ()


def _region(tests: list[Test]) -> _Region:
    """What is decided by at least one of the tests."""
    listed: set[object] = set()
    unlisted: list[frozenset[object]] = []
    above: list[_Cut] = []
    beneath: list[_Cut] = []
    for test in tests:
        right = cast("Any", test.right)
        match test.operator if test.decides else _CONTRARY[test.operator]:
            case "eq":
                listed.add(right)
            case "in":
                listed |= right
            case "ne":
                unlisted.append(frozenset({right}))
            case "not in":
                unlisted.append(right)
            case "gt" | "ge" as operator:
                above.append((right, operator == "gt"))
            case operator:
                beneath.append((right, operator == "le"))
    if above and beneath and max(beneath) >= min(above):
        return _Region(frozenset(), unlisted=True)
    cuts = (*sorted(beneath)[-1:], *sorted(above)[:1])
    if unlisted:
        return _Region(frozenset.intersection(*unlisted) - listed, unlisted=True, lowest=bool(beneath), cuts=cuts)
    return _Region(frozenset(listed), unlisted=False, lowest=bool(beneath), cuts=cuts)


_CONTRARY: Mapping[str, str] = {**values.OPPOSITE, "in": "not in"}


@dataclass(slots=True, eq=False)
class _Table:
    """The filters that compare an operand with values of one kind.

    Attributes:
        types: those of the operand's value for which Python compares as the evaluator does.
        users: the filters.
        other: those decided by a value of another kind.
        unlisted: those decided by a value that stands in no list.
        listed: for each value in a list, those for which it is the other way round.
        lowest: those decided by a value below all cuts.
        cuts: for each cut, those for which it changes.
        steps: the cuts in order, made when they are first needed.
    """

    types: tuple[type, ...]
    users: Filters = 0
    other: Filters = 0
    unlisted: Filters = 0
    listed: dict[object, Kept] = field(default_factory=dict)
    lowest: Filters = 0
    cuts: dict[_Cut, Kept] = field(default_factory=dict)
    steps: "_Steps | None" = None

    def change(self, bit: Filters, tests: list[Test]) -> None:
        """Take a filter in, or out if it is in."""
        region = _region(tests)
        self.users ^= bit
        self.other ^= bit if any(test.other for test in tests) else 0
        self.unlisted ^= bit if region.unlisted else 0
        for value in region.listed:
            toggle(self.listed, value, bit)
        if region.cuts:
            self.lowest ^= bit if region.lowest else 0
            for cut in region.cuts:
                toggle(self.cuts, cut, bit)
            self.steps = None

    def decided(self, value: object) -> Filters:
        """The filters that a value decides."""
        found = self.unlisted ^ filters(self.listed.get(value, 0))
        if not self.cuts:
            return found
        if self.steps is None:
            self.steps = _steps(self.lowest, self.cuts)
        return found | self.steps.at(value)


@dataclass(frozen=True, slots=True)
class _Steps:
    """Which filters are decided in every stretch between cuts.

    Attributes:
        values: where the cuts are, ascending.
        changes: two for each value, those of the cut below it and those of the cut above it.
        states: what is decided before the first change, and again after each `width` of them.
        width: so many that there are not too many states to keep, or too many changes between them.
    """

    values: list[Any]
    changes: list[Kept]
    states: list[Filters]
    width: int

    def at(self, value: object) -> Filters:
        at = bisect_left(self.values, value)
        passed = 2 * at + (at < len(self.values) and self.values[at] == value)
        state = self.states[passed // self.width]
        for change in self.changes[passed - passed % self.width : passed]:
            state ^= filters(change)
        return state


def _steps(lowest: Filters, cuts: Mapping[_Cut, Kept]) -> _Steps:
    points = sorted({value for value, _ in cuts})
    changes = [cuts.get((value, above), 0) for value in points for above in (False, True)]
    width = 1 + len(changes) // _MOST_STATES
    states = islice(accumulate(map(filters, changes), xor, initial=lowest), None, None, width)
    return _Steps(points, changes, list(states), width)


_MOST_STATES = 1024


# ---- Comparisons -------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Comparisons:
    """The filters that compare the same operand at a place.

    Attributes:
        users: all of them.
        null: those that null decides.
        present: those that any other value decides.
        tables: by the types of what they compare with.
    """

    users: Filters = 0
    null: Filters = 0
    present: Filters = 0
    tables: dict[tuple[type, ...], _Table] = field(default_factory=dict)

    def change(self, bit: Filters, tests: list[Test]) -> None:
        """Take a filter in, or out if it is in."""
        self.users ^= bit
        self.null ^= bit if any(test.null for test in tests) else 0
        self.present ^= bit if any((test.operator == "ne") is test.decides for test in tests if not test.types) else 0
        by_types: dict[tuple[type, ...], list[Test]] = {}
        for test in tests:
            by_types.setdefault(test.types, []).append(test)
        by_types.pop((), None)
        for types, some in by_types.items():
            table = self.tables.setdefault(types, _Table(types))
            table.change(bit, some)
            if not table.users:
                del self.tables[types]

    def decided(self, value: object, risky: Filters) -> tuple[Filters, Filters]:
        """The filters that a value decides, and those that must be asked.

        They must where it is not known how the value compares; the risky ones also where the comparison is null, which
        does not keep the evaluator from what comes behind and may fail.
        """
        if value is None:
            return self.null, 0
        found, doubtful = self.present, 0
        type_ = type(value)
        for types, table in self.tables.items():
            if type_ in types and (type_ not in _IRREGULAR or _is_regular(value)):
                found |= table.decided(value)
            elif _differ(type_, types[0]):
                found |= table.other & ~risky
                doubtful |= table.users & risky
            else:
                doubtful |= table.users
        return found, doubtful


_IRREGULAR = frozenset({float, dt.datetime, dt.time})


def _is_regular(value: object) -> bool:
    """Whether Python orders a value as the evaluator does: no NaN, and no wall clock."""
    match value:
        case float():
            return not math.isnan(value)
        case dt.datetime():
            return type(value.tzinfo) is dt.timezone
        case _:
            return cast("dt.time", value).tzinfo is None


# ---- Searches ----------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Searches:
    """The filters that search for strings in one operand by one function.

    Attributes:
        function: its name.
        users: the filters.
        found: for each string, those that are decided where it is found.
        missed: for each string, those that are decided where it is not found; each of them stands here once.
        missing: all of these.
        lengths: of the strings, counted when they are first needed.
    """

    function: str
    users: Filters = 0
    found: dict[str, Kept] = field(default_factory=dict)
    missed: dict[str, Kept] = field(default_factory=dict)
    missing: Filters = 0
    lengths: frozenset[int] | None = None

    def __len__(self) -> int:
        return len(self.found) + len(self.missed)

    def change(self, bit: Filters, tests: list[Test]) -> None:
        """Take a filter in, or out if it is in."""
        self.users ^= bit
        for string in {cast("str", test.right) for test in tests if test.decides}:
            toggle(self.found, string, bit)
        for string in [cast("str", test.right) for test in tests if not test.decides]:
            toggle(self.missed, string, bit)
            self.missing ^= bit
        self.lengths = None

    def decided(self, value: object) -> Filters | None:
        """The filters that a value decides; None where it is nothing to search in, or not known to be."""
        if self.function == "any":
            members = [] if value is None else value
            if type(members) is not list or not _KINDS.keys() >= set(map(type, members)):
                return None
            return self._decided(lambda strings: {member for member in members if member in strings})
        if type(value) is not str:
            return None
        text = value
        return self._decided(lambda strings: self._parts(text, strings))

    def _decided(self, among: Callable[[Mapping[str, Kept]], Iterable[str]]) -> Filters:
        decided = self.missing
        for string in among(self.missed):
            decided ^= filters(self.missed[string])
        for string in among(self.found):
            decided |= filters(self.found[string])
        return decided

    def _parts(self, text: str, strings: Mapping[str, Kept]) -> Iterable[str]:
        """Those of some strings that are part of a text: each is looked for, or every part of the text is looked up."""
        if self.lengths is None:
            self.lengths = frozenset(map(len, [*self.found, *self.missed]))
        if self.function == "contains" and len(self.lengths) * len(text) > len(strings):
            return [string for string in strings if string in text]
        lengths = [length for length in self.lengths if length <= len(text)]
        return {part for length in lengths for part in self._of_length(text, length) if part in strings}

    def _of_length(self, text: str, length: int) -> Iterable[str]:
        """The parts of a text that have some length and stand where the function looks."""
        last = len(text) - length
        match self.function:
            case "startswith":
                return (text[:length],)
            case "endswith":
                return (text[last:],)
            case _:
                return [text[at : at + length] for at in range(last + 1)]


def is_null(value: object) -> bool:
    """Whether a search is null, for a value that decides nothing: it is null or of a simple kind."""
    return value is None or type(value) in _KINDS
