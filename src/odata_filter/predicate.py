"""A condition and rows to the rows that it keeps: by the evaluator at first, by compiled functions once that pays."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from odata_filter.evaluator import Scope
from odata_filter.nodes import Node

if TYPE_CHECKING:
    from types import FunctionType

    from odata_filter.compiler import Kind

Row = TypeVar("Row")
Test: TypeAlias = Callable[[object], bool]
"""Whether a row is kept."""

PAYS = 100
"""So many rows are answered by the evaluator before the functions are made: by then they have cost as much."""

_PATIENCE = 100
"""So many rows without some key, or with a value of another type, are looked at as if they were like all others."""

_SLICE = 512


def in_turn(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows one by one; those of a list come in slices, as copying one brings its rows to the processor at once."""
    return chain.from_iterable(_slices(rows)) if type(rows) is list else iter(rows)


def _slices(rows: list[Row]) -> Iterator[list[Row]]:
    at = 0
    while some := rows[at : at + _SLICE]:
        yield some
        at += len(some)


class Predicate:
    """A condition that can be asked about rows; it learns from how often it is asked.

    Every method takes the scope and `general`, the evaluator's own answer for a row, which raises what is to be raised.

    Attributes:
        quick: the test of a row that needs no scope and no options, once there is one.
    """

    __slots__ = ("_asked", "_condition", "_made", "quick")

    def __init__(self, condition: Node) -> None:
        self._condition = condition
        self._asked = 0
        self.quick: Test | None = None
        self._made: dict[tuple[str, bool], Callable[..., Any]] = {}

    def matches(self, row: object, scope: Scope, general: Test, *, alone: bool) -> bool:
        """Whether the condition is true of a row; alone, without any option, the test is kept."""
        if self._asked < PAYS:
            self._asked += 1
            return general(row)
        test = self._sparse(scope, general)
        if alone and "scope" not in test.__code__.co_freevars:
            self.quick = self.test(scope, general)
        return bool(test(row))

    def test(self, scope: Scope, general: Test) -> Test:
        """The function that says whether the condition is true of a row, for many rows."""
        patience = _PATIENCE

        def otherwise(row: object) -> bool:
            nonlocal patience
            answer = sparse(row)
            patience -= 1
            if patience <= 0:
                usual.__code__ = self._sparse(scope, general).__code__
            return answer

        sparse = self._sparse_later(scope, general)
        usual = cast("FunctionType", self._function("matches", dense=True)(scope, otherwise))
        return usual

    def _sparse(self, scope: Scope, general: Test) -> "FunctionType":
        """The function for rows that may lack keys."""
        return cast("FunctionType", self._function("matches", dense=False)(scope, general))

    def count(self, rows: Iterator[object], scope: Scope, general: Test) -> int:
        """How many rows the condition is true of."""
        found = 0
        for row in self._first(rows):
            found += general(row)
        return found + self._counted(rows, scope, general) if self._asked >= PAYS else found

    def _counted(self, rows: Iterator[object], scope: Scope, general: Test) -> int:
        count = self._function("count", dense=True)
        found, patience = count(rows, scope, self._sparse_later(scope, general), _PATIENCE)
        if not patience:
            found += self._function("count", dense=False)(rows, scope, general, -1)[0]
        return int(found)

    def select(self, rows: Iterator[Row], scope: Scope, general: Test) -> Iterator[Row]:
        """The rows that the condition is true of, in their order."""
        for row in self._first(rows):
            if general(row):
                yield row
        if self._asked < PAYS:
            return
        select = self._function("select", dense=True)
        patience = yield from select(rows, scope, self._sparse_later(scope, general), _PATIENCE)
        if not patience:
            yield from self._function("select", dense=False)(rows, scope, general, -1)

    def _first(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows that come before it pays to compile."""
        for row in islice(rows, max(0, PAYS - self._asked)):
            self._asked += 1
            yield row

    def _sparse_later(self, scope: Scope, general: Test) -> Test:
        """The test for rows that lack a key, made when there is one."""
        made: list[Test] = []

        def test(row: object) -> bool:
            if not made:
                made.append(self._sparse(scope, general))
            return made[0](row)

        return test

    def _function(self, kind: "Kind", *, dense: bool) -> Callable[..., Any]:
        if (kind, dense) not in self._made:
            from odata_filter import compiler  # noqa: PLC0415 - whoever asks about few rows does not wait for its import

            self._made[kind, dense] = compiler.function(self._condition, kind, dense=dense)
        return self._made[kind, dense]
