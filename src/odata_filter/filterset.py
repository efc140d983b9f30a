"""Many filters and one row to the names of the filters that keep it, without asking each of them."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from itertools import compress
from typing import TypeVar, Unpack
from weakref import WeakValueDictionary

from odata_filter import values
from odata_filter.compiler import may_fail
from odata_filter.data import replace
from odata_filter.errors import FilterError, FilterValidationError, Problem, UnsupportedFilterError
from odata_filter.filter import Filter, Options
from odata_filter.nodes import Node
from odata_filter.operands import Filters
from odata_filter.places import Asked, Place, Question, operands

_Item = TypeVar("_Item")


class FilterSet(MutableMapping[str, Filter]):
    """Filters by name, for rows that come one by one: alerts, subscriptions, routing.

    It is changed like a dict. What filters compare with one key or expression is found by its value, for all of them
    at once; other parts are computed once for a row, and only if something depends on them.

    >>> filters = FilterSet({"cats": Filter.parse("species eq 'cat'"), "young": Filter.parse("age lt 2")})
    >>> filters.matching({"species": "cat", "age": 3})
    ('cats',)
    """

    def __init__(self, filters: Mapping[str, Filter] | None = None) -> None:
        """Take the filters, which are named in the order of the mapping."""
        self._begin()
        self.update(filters or {})

    def _begin(self) -> None:
        self._filters: dict[str, Filter] = {}
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self._ordered: list[Filter] = []
        self._root = Place()
        self._asked: WeakValueDictionary[Node, Asked] = WeakValueDictionary()
        self._unsupported: Filters = 0

    # ---- As a mapping --------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Filter:
        return self._filters[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._filters)

    def __len__(self) -> int:
        return len(self._filters)

    def __setitem__(self, name: str, one: Filter) -> None:
        """Name a filter; under a name that there was it takes the place of the old one.

        Raises:
            FilterValidationError: it is no Filter.
        """
        if not isinstance(one, Filter):
            message = f"a filter set holds filters, and {name!r} would be a {type(one).__name__}"
            raise FilterValidationError(Problem(message=message, code="filter-set"))
        if name in self._filters:
            self._change(name)
        else:
            self._numbers[name] = len(self._names)
            self._names.append(name)
            self._ordered.append(one)
        self._filters[name] = self._ordered[self._numbers[name]] = one
        self._change(name)
        if len(self._names) > 2 * len(self._filters) + _GAPS:
            kept = self._filters
            self._begin()
            self.update(kept)

    def __delitem__(self, name: str) -> None:
        self._change(name)
        del self._filters[name], self._numbers[name]

    def __repr__(self) -> str:
        return f"FilterSet({dict(self)!r})"

    def _change(self, name: str) -> None:
        """Take a filter into every set where it belongs, or out of them if it is there."""
        one, bit = self._filters[name], 1 << self._numbers[name]
        if _is_supported(one):
            root = one.expression
            self._root.change(bit, operands((root, True), decisive=False), self._shared, risky=may_fail(root))
        else:
            self._unsupported ^= bit

    def _shared(self, node: Node) -> Asked:
        found = self._asked.get(node)
        if found is None:
            found = self._asked[node] = Asked(node)
        return found

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
        found, asked = 0, self._root.users | self._unsupported
        if not options or _are_plain(options):
            question = Question(row, _record(row), options, self._unsupported)
            decided = self._root.decided(self._root.users, question)
            found, asked = self._root.users & ~(decided | question.doubtful), question.doubtful
        for number in _chosen(range(len(self._names)), asked):
            matches = self._ordered[number].matches
            try:
                found |= (matches(row, **options) if options else matches(row)) and 1 << number
            except FilterError as error:
                raise _of(self._names[number], error) from None
        return tuple(_chosen(self._names, found))


_GAPS = 64
"""So many numbers, beside one for each filter, may be out of use."""

_READING = frozenset({"schema", "collation"})
"""Options under which values are not compared as Python does."""


def _chosen(numbered: Sequence[_Item], found: Filters) -> list[_Item]:
    """What stands under the numbers of a set; of two ways one is quick for few and the other for many."""
    if not found:
        return []
    digits = f"{found:b}"[::-1]
    if found.bit_count() * _SPARSE > len(digits):
        return list(compress(numbered, digits.encode().translate(_FLAGS)))
    chosen = []
    at = digits.find("1")
    while at >= 0:
        chosen.append(numbered[at])
        at = digits.find("1", at + 1)
    return chosen


_FLAGS = bytes(digit == ord("1") for digit in range(256))
_SPARSE = 16


def _are_plain(options: Options) -> bool:
    """Whether the options leave comparisons as they are, and every parameter that is an expression can be evaluated."""
    parameters = options.get("parameters", {}).values()
    return _READING.isdisjoint(options) and all(_is_supported(one) for one in parameters if isinstance(one, Filter))


def _record(row: object) -> Mapping[str, object]:
    return row if type(row) is dict or isinstance(row, Mapping) else values.record(row) or {}


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
