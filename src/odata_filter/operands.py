"""What many filters compare one operand with, and a value of it to the filters that it decides, all at once."""

import datetime as dt
import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import accumulate, islice
from operator import xor
from typing import Any, TypeAlias, cast

from odata_filter import leaves, values
from odata_filter.data import dataclass, field
from odata_filter.leaves import Leaf
from odata_filter.nodes import IT, Member, Node

Filters: TypeAlias = int
"""A set of filters: the bit n of an integer stands for the filter with the number n."""


def toggle(sets: dict[Any, Filters], key: object, bit: Filters) -> None:
    """Take a filter into one of some sets, or out if it is in; none stays empty."""
    sets[key] = sets.get(key, 0) ^ bit
    if not sets[key]:
        del sets[key]


# ---- Tests -------------------------------------------------------------------------------------------

Test: TypeAlias = tuple[Leaf, bool]
"""A comparison with a literal, and which value of it decides."""


def literal_test(node: Node) -> Leaf | None:
    """The comparison, or the test for a part of a string, that a condition is; None when it is another condition."""
    leaf = leaves.leaf(node)
    return None if leaf is None or _is_nan(leaf.right) else leaf


def _is_nan(value: object) -> bool:
    """Whether it is the one value that has no place in an order."""
    return isinstance(value, float) and math.isnan(value)


def operand(leaf: Leaf) -> str | Node:
    """What is compared: a key of the row, or an expression."""
    match leaf.operand:
        case Member(source=source, name=name) if source == IT and "." not in name and not name.startswith("@"):
            return name
        case node:
            return node


def looks_for_part(leaf: Leaf) -> bool:
    """Whether it is `contains`, `startswith` or `endswith`, and no comparison."""
    return leaf.operator not in _CONTRARY


_CONTRARY: Mapping[str, str] = {**values.OPPOSITE, "in": "not in"}

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
    for leaf, hit in tests:
        right = cast("Any", leaf.right)
        match leaf.operator if hit else _CONTRARY[leaf.operator]:
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


@dataclass(slots=True, eq=False)
class _Table:
    """The filters that compare an operand with values of one kind.

    Attributes:
        types: those of the operand's value for which Python compares as the evaluator does.
        users: the filters.
        unlisted: those decided by a value that stands in no list.
        listed: for each value in a list, those for which it is the other way round.
        lowest: those decided by a value below all cuts.
        cuts: for each cut, those for which it changes.
        steps: the cuts in order, made when they are first needed.
    """

    types: tuple[type, ...]
    users: Filters = 0
    unlisted: Filters = 0
    listed: dict[object, Filters] = field(default_factory=dict)
    lowest: Filters = 0
    cuts: dict[_Cut, Filters] = field(default_factory=dict)
    steps: "_Steps | None" = None

    def change(self, bit: Filters, region: _Region) -> None:
        """Take a filter in, or out if it is in."""
        self.users ^= bit
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
        found = self.unlisted ^ self.listed.get(value, 0)
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
    changes: list[Filters]
    states: list[Filters]
    width: int

    def at(self, value: object) -> Filters:
        at = bisect_left(self.values, value)
        passed = 2 * at + (at < len(self.values) and self.values[at] == value)
        state = self.states[passed // self.width]
        for change in self.changes[passed - passed % self.width : passed]:
            state ^= change
        return state


def _steps(lowest: Filters, cuts: Mapping[_Cut, Filters]) -> _Steps:
    points = sorted({value for value, _ in cuts})
    changes = [cuts.get((value, above), 0) for value in points for above in (False, True)]
    width = 1 + len(changes) // _MOST_STATES
    states = islice(accumulate(changes, xor, initial=lowest), None, None, width)
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
        self.null ^= bit if any(_null(leaf) is hit for leaf, hit in tests) else 0
        self.present ^= bit if any((leaf.operator == "ne") is hit for leaf, hit in tests if not leaf.types) else 0
        by_types: dict[tuple[type, ...], list[Test]] = {}
        for leaf, hit in tests:
            by_types.setdefault(leaf.types, []).append((leaf, hit))
        by_types.pop((), None)
        for types, some in by_types.items():
            table = self.tables.setdefault(types, _Table(types))
            table.change(bit, _region(some))
            if not table.users:
                del self.tables[types]

    def decided(self, value: object) -> tuple[Filters, Filters]:
        """The filters that a value decides, and those that compare it with what is of another type."""
        if value is None:
            return self.null, 0
        found, doubtful = self.present, 0
        type_ = type(value)
        for table in self.tables.values():
            if type_ in table.types and (type_ not in _IRREGULAR or _is_regular(value)):
                found |= table.decided(value)
            else:
                doubtful |= table.users
        return found, doubtful


def _null(leaf: Leaf) -> bool:
    """What a comparison with null is."""
    return bool(leaf.null) if leaf.types else leaf.operator == "eq"


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


# ---- Parts of strings --------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Parts:
    """The filters that look for parts of one operand by one function.

    Attributes:
        function: its name.
        users: the filters.
        found: for each part, those that are decided where it is found.
        missed: for each part, those that are decided where it is not found; each of them stands here once.
        missing: all of these.
        lengths: of the parts, counted when they are first needed.
    """

    function: str
    users: Filters = 0
    found: dict[str, Filters] = field(default_factory=dict)
    missed: dict[str, Filters] = field(default_factory=dict)
    missing: Filters = 0
    lengths: frozenset[int] | None = None

    def __len__(self) -> int:
        return len(self.found) + len(self.missed)

    def change(self, bit: Filters, tests: list[Test]) -> None:
        """Take a filter in, or out if it is in."""
        self.users ^= bit
        for part in {cast("str", leaf.right) for leaf, hit in tests if hit}:
            toggle(self.found, part, bit)
        for part in [cast("str", leaf.right) for leaf, hit in tests if not hit]:
            toggle(self.missed, part, bit)
            self.missing ^= bit
        self.lengths = None

    def decided(self, text: str) -> Filters:
        """The filters that a string decides."""
        decided = self.missing
        for part in self._in(text, self.missed):
            decided ^= self.missed[part]
        for part in self._in(text, self.found):
            decided |= self.found[part]
        return decided

    def _in(self, text: str, parts: Mapping[str, Filters]) -> Iterable[str]:
        """Those of the parts that are found."""
        if self.lengths is None:
            self.lengths = frozenset(map(len, [*self.found, *self.missed]))
        if self.function == "contains" and len(self.lengths) * len(text) > len(parts):
            return [part for part in parts if part in text]
        return {part for length in self.lengths for part in self._parts(text, length) if part in parts}

    def _parts(self, text: str, length: int) -> Iterable[str]:
        """The parts of a string that have some length and stand where the function looks."""
        last = len(text) - length
        if last < 0:
            return ()
        match self.function:
            case "startswith":
                return (text[:length],)
            case "endswith":
                return (text[last:],)
            case _:
                return [text[at : at + length] for at in range(last + 1)]
