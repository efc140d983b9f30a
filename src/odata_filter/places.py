"""Filters to a tree of the places where their parts stand, and a row to the filters that are decided there.

A filter is an `and` of `or`s of `and`s and so on, once `not` is moved down to the parts; it keeps a row when the parts
that are true make the whole true, whatever the others are. Each such `and` or `or` is a place. All filters share the
places, as far as they go, and what they compare there with the same operand stands together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial, reduce
from operator import or_, xor
from typing import Any, TypeAlias, cast

from odata_filter.compiler import may_fail
from odata_filter.data import dataclass, field
from odata_filter.errors import FilterError
from odata_filter.filter import Filter, Options
from odata_filter.nodes import Logical, Node, Not
from odata_filter.operands import SEARCHES, Comparisons, Filters, Kept, Searches, Test, filters, is_null, test, toggle

# ---- The operands of an `and` or `or` ----------------------------------------------------------------

Part: TypeAlias = tuple[Node, bool]
"""A condition, and which value is wanted of it: true, or false where `not` stood before it."""


def operands(part: Part, *, decisive: bool) -> list[Part]:
    """The operands of an `or`, where true is decisive, or of an `and`; what is neither is its own only one."""
    node, wanted = part
    match node:
        case Not(operand=negated):
            return operands((negated, not wanted), decisive=decisive)
        case Logical(operator=operator, operands=below) if ((operator == "or") is wanted) is decisive:
            return [each for node in below for each in operands((node, wanted), decisive=decisive)]
        case _:
            return [part]


def _condition(parts: Sequence[Part], *, decisive: bool) -> Node:
    found = tuple(node if wanted else Not(node) for node, wanted in parts)
    return found[0] if len(found) == 1 else Logical("or" if decisive else "and", found)


@dataclass(slots=True)
class _Sorted:
    """The operands of one filter at a place.

    Attributes:
        compared: comparisons with literals, by what is compared.
        searched: searches for strings, by their function and where they search.
        below: those that are an `or` under `and`, or the other way round.
        others: what is asked by itself.
        later: what stands behind the first that may fail, and must not be looked at before it.
    """

    compared: dict[str | Node, list[Test]] = field(default_factory=dict)
    searched: dict[tuple[str, Node], list[Test]] = field(default_factory=dict)
    below: list[Part] = field(default_factory=list)
    others: list[Node] = field(default_factory=list)
    later: list[Part] = field(default_factory=list)

    def put(self, part: Part, *, decisive: bool, last: bool) -> None:
        """One more."""
        node, wanted = part
        one = test(node, wanted=wanted, decisive=decisive)
        if one is not None and self._has_room(one):
            if one.operator in SEARCHES:
                self.searched.setdefault((one.operator, cast("Node", one.operand)), []).append(one)
            else:
                self.compared.setdefault(one.operand, []).append(one)
        elif isinstance(node, Logical) and not last and len(self.below) < _MOST_BELOW:
            self.below.append(part)
        else:
            self.others.append(_condition([part], decisive=decisive))

    def _has_room(self, one: Test) -> bool:
        """Whether a test may stand with those of its operand; of searches that decide by failing only one can."""
        if one.operator in SEARCHES:
            others = self.searched.get((one.operator, cast("Node", one.operand)))
        else:
            others = self.compared.get(one.operand)
        if others is None:
            return len(self.compared) + len(self.searched) < _MOST_OPERANDS
        return one.operator not in SEARCHES or one.decides or all(each.decides for each in others)


_MOST_OPERANDS = 32
_MOST_BELOW = 8
_MOST_LEVELS = 5
"""What a filter has beyond that is asked by itself, so that one odd filter does not hold up all others."""


def _sorted(parts: Sequence[Part], *, decisive: bool, last: bool, risky: bool) -> _Sorted:
    """The operands by what becomes of them; nothing may come below or later than the last place."""
    end = _first_risky(parts) if risky else len(parts)
    found = _Sorted()
    if last and end < len(parts):
        end -= 1
        found.others.append(_condition(parts[end:], decisive=decisive))
    else:
        found.later += parts[end:]
    for part in parts[:end]:
        found.put(part, decisive=decisive, last=last)
    return found


def _first_risky(parts: Sequence[Part]) -> int:
    """How many operands there are up to the first that may fail; all of them without such a one."""
    return next((at for at, (node, _) in enumerate(parts, 1) if may_fail(node)), len(parts))


# ---- Asking about a row ------------------------------------------------------------------------------


class Asked:
    """An expression that is asked about a row, for all filters that have it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.may_fail = may_fail(node)

    @cached_property
    def filter(self) -> Filter:
        """The expression, made a filter when it is first asked."""
        return Filter(self.node)

    @cached_property
    def opposite(self) -> Filter:
        """Its negation, likewise."""
        return Filter(Not(self.node))


@dataclass(slots=True, eq=False)
class Question:
    """One row, and what is found out about it.

    Attributes:
        row: the row.
        record: the row as a mapping from keys to values.
        options: those of `Filter.matches`.
        doubtful: filters that must be asked, as a value is of another type than it is compared with, a part fails, or
            one is null before another that may fail.
        values: those of expressions.
        truths: whether conditions are true.
    """

    row: object
    record: Mapping[str, object]
    options: Options
    doubtful: Filters
    values: dict[Asked, object] = field(default_factory=dict)
    truths: dict[Asked, object] = field(default_factory=dict)

    def value(self, asked: Asked) -> object:
        """The value of an expression, computed once; a value of no type where it fails."""
        return self._known(self.values, asked, asked.filter.evaluate)

    def truth(self, asked: Asked) -> object:
        """Whether a condition is true, found out once; no Boolean where it fails."""
        return self._known(self.truths, asked, asked.filter.matches)

    def _known(self, known: dict[Asked, object], asked: Asked, ask: Callable[..., object]) -> object:
        if asked not in known:
            try:
                known[asked] = ask(self.row, **self.options)
            except FilterError:
                known[asked] = _FAILS
        return known[asked]

    def is_null(self, asked: Asked) -> bool:
        """Whether a condition that is not true is not false either."""
        return not asked.opposite.matches(self.row, **self.options)


_FAILS = object()
"""Neither true nor false, and of no type that anything is compared with."""

# ---- Places ------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Place:
    """An `and` or an `or` of all filters that have one there.

    Attributes:
        decisive: the value of an operand that decides: true under `or`, otherwise false.
        level: how many places come before it.
        users: the filters that have it.
        risky: those that may fail there.
        keys: comparisons of the values of keys.
        nulls: for how many of them null decides, as binary digits, the lowest first: the filters that have each.
        expressions: comparisons of the values of other expressions.
        searched: searches for strings.
        others: for each condition that is asked by itself, the filters that have it.
        asking: the filters that have one of them.
        below: the places of the operands that are logic.
        later: the place of the operands that come behind one that may fail.
    """

    decisive: bool = False
    level: int = 0
    users: Filters = 0
    risky: Filters = 0
    keys: dict[str, Comparisons] = field(default_factory=dict)
    nulls: list[Filters] = field(default_factory=list)
    expressions: dict[Asked, Comparisons] = field(default_factory=dict)
    searched: dict[tuple[str, Asked], Searches] = field(default_factory=dict)
    others: dict[Asked, Kept] = field(default_factory=dict)
    asking: Filters = 0
    below: "list[Place]" = field(default_factory=list)
    later: "Place | None" = None

    # ---- Changing it ---------------------------------------------------------------------------------

    def change(self, bit: Filters, parts: Sequence[Part], shared: Callable[[Node], Asked], *, risky: bool) -> None:
        """Take a filter in, or out if it is in.

        Args:
            bit: the filter.
            parts: its operands there.
            shared: gives what is asked for several filters.
            risky: whether one of the operands may fail.
        """
        found = _sorted(parts, decisive=self.decisive, last=self.level == _MOST_LEVELS, risky=risky)
        self.users ^= bit
        self.risky ^= bit if risky else 0
        for each, tests in found.compared.items():
            if isinstance(each, str):
                _change(self.keys, each, Comparisons, bit, tests)
            else:
                _change(self.expressions, shared(each), Comparisons, bit, tests)
        null = sum(isinstance(each, str) and any(one.null for one in tests) for each, tests in found.compared.items())
        self.nulls += [0] * (null.bit_length() - len(self.nulls))
        for at in range(null.bit_length()):
            self.nulls[at] ^= bit if null >> at & 1 else 0
        for (function, each), tests in found.searched.items():
            _change(self.searched, (function, shared(each)), partial(Searches, function), bit, tests)
        for node in dict.fromkeys(found.others):
            toggle(self.others, shared(node), bit)
        self.asking ^= bit if found.others else 0
        for at, part in enumerate(found.below):
            if at == len(self.below):
                self.below.append(Place(not self.decisive, self.level + 1))
            inner = operands(part, decisive=not self.decisive)
            self.below[at].change(bit, inner, shared, risky=risky and may_fail(part[0]))
        if found.later:
            self.later = self.later or Place(self.decisive, self.level + 1)
            self.later.change(bit, found.later, shared, risky=any(may_fail(node) for node, _ in found.later))

    # ---- Asking it -----------------------------------------------------------------------------------

    def decided(self, open_: Filters, question: Question, behind: Filters = 0) -> Filters:
        """Those of some filters that are decided here, and not in doubt; under `and` all for which it is not true.

        Args:
            open_: the filters.
            question: the row.
            behind: those for which something that may fail comes behind this place.
        """
        risky = self.risky | behind
        found, doubtful = self._by_keys(question.record, risky)
        for asked, compared in self.expressions.items():
            users = compared.users & open_ & ~found
            if users.bit_count() < _FEW:
                doubtful |= users
            else:
                now, unknown = compared.decided(question.value(asked), risky)
                found |= now
                doubtful |= unknown
        found &= open_
        question.doubtful |= doubtful & open_ & ~found
        for there, stage in (
            (self.searched, self._searching),
            (self.others, self._asking_others),
            (self.below, self._below),
            (self.later, self._later),
        ):
            if there:
                found |= stage(open_ & ~(found | question.doubtful), question, behind)
        return found

    def _by_keys(self, record: Mapping[str, object], risky: Filters) -> tuple[Filters, Filters]:
        """The filters that are decided by the values of keys, and those that must be asked."""
        few = type(record) is dict and len(record) < len(self.keys)
        found = doubtful = 0
        there: list[Filters] = []
        for key in record if few else self.keys:
            compared, value = self.keys.get(key), record.get(key)
            if compared is None:
                continue
            if value is None:
                found |= compared.null
                continue
            now, unknown = compared.decided(value, risky)
            found |= now
            doubtful |= unknown
            there.append(compared.null)
        return found | (self._lacking(there) if few else 0), doubtful

    def _lacking(self, there: Iterable[Filters]) -> Filters:
        """The filters for which null decides at a key that a row lacks, without a look at each of those keys.

        They are those for which null does so at fewer of the keys that are there than of all keys; for how many that is
        is counted for all filters at once, bit by bit.
        """
        counts = [0] * len(self.nulls)
        for null in there:
            carry, at = null, 0
            while carry:
                counts[at], carry = counts[at] ^ carry, counts[at] & carry
                at += 1
        return reduce(or_, map(xor, counts, self.nulls), 0)

    def _searching(self, open_: Filters, question: Question, behind: Filters) -> Filters:
        found = 0
        for (_, asked), searches in self.searched.items():
            users = searches.users & open_ & ~(found | question.doubtful)
            if users.bit_count() < _FEW + len(searches) // _QUICKER:
                question.doubtful |= users
                continue
            value = question.value(asked)
            decided = searches.decided(value)
            if decided is not None:
                found |= users & decided
            else:
                unsure = users & (self.risky | behind) if is_null(value) else users
                question.doubtful |= unsure
                found |= 0 if self.decisive else users & ~unsure
        return found

    def _asking_others(self, open_: Filters, question: Question, behind: Filters) -> Filters:
        asking = self.asking & open_
        if asking.bit_count() + _FEW < _SHARED * len(self.others):
            question.doubtful |= asking
            return 0
        found, later = 0, self._risky_later()
        for asked, kept in self.others.items():
            users = filters(kept) & open_
            if not users:
                continue
            truth = question.truth(asked)
            risky = users & (behind | (later if asked.may_fail else self.risky))
            doubtful = users if truth is _FAILS else 0
            if risky and not truth and question.is_null(asked):
                doubtful = risky
            question.doubtful |= doubtful
            decided = users & ~doubtful if truth is self.decisive else 0
            found |= decided
            open_ &= ~(decided | doubtful)
        return found

    def _below(self, open_: Filters, question: Question, behind: Filters) -> Filters:
        found = 0
        later = self._risky_later()
        for place in self.below:
            users = place.users & open_ & ~(found | question.doubtful)
            if users:
                decided = place.decided(users, question, behind | later | (self.risky & ~place.risky))
                found |= users & ~(decided | question.doubtful)
        return found

    def _later(self, open_: Filters, question: Question, behind: Filters) -> Filters:
        later = cast("Place", self.later)
        users = later.users & open_
        return later.decided(users, question, behind) if users else 0

    def _risky_later(self) -> Filters:
        return 0 if self.later is None else self.later.risky


_FEW = 4
"""So many filters are asked while one expression is computed."""

_QUICKER = 32
"""So many strings are searched for while one filter is asked."""

_SHARED = 1.5
"""Conditions are worth asking, instead of their filters, when there are so many filters for each."""


def _change(found: dict[Any, Any], key: object, make: Callable[[], Any], bit: Filters, tests: list[Test]) -> None:
    """Take a filter into what stands under a key, or out of it; nothing without filters stays."""
    kept = found.get(key)
    if kept is None:
        kept = found[key] = make()
    kept.change(bit, tests)
    if not kept.users:
        del found[key]
