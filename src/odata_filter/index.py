"""Rows to an index of their values: the same answers as a filter's own, without looking at each row again."""

import datetime as dt
import os
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import reduce
from itertools import compress
from operator import and_, itemgetter, or_
from typing import Any, Self, TypeAlias, Unpack, assert_never, cast

from odata_filter import columns
from odata_filter.bitsets import Bitsets, Integers, Roaring, RowSet
from odata_filter.columns import NULLS, Column, Table
from odata_filter.data import dataclass, field
from odata_filter.equalities import PLAIN, equality
from odata_filter.errors import FilterError, FilterValidationError, Problem
from odata_filter.filter import Filter, Options
from odata_filter.nodes import (
    Call,
    Comparison,
    Invocation,
    Logical,
    Member,
    Node,
    Not,
    Variable,
    Where,
    children,
    walk,
)

# ---- What can come out of a condition ----------------------------------------------------------------

_NULL, _TRUE, _FALSE, _FAILS, _OTHER = range(5)
"""The last one is no outcome: it stands for all but `_TRUE`."""


def _outcome(condition: Filter, row: object, options: Options) -> int:
    try:
        value = condition.evaluate(row, **options)
    except FilterError:
        return _FAILS
    return _TRUE if value is True else _FALSE if value is False else _NULL


def _outcomes(condition: Filter, key: str, values: Sequence[object], options: Options) -> bytearray:
    """What comes out for rows with each value: of a few asked one by one, of many all at once, which is quicker."""
    if len(values) > _FEW:
        outcomes = bytearray(len(values))
        try:
            for outcome, asked in ((_TRUE, condition), (_FALSE, ~condition)):
                for number in map(_number, asked.select(_rows(key, values), **options)):
                    outcomes[number] = outcome
        except FilterError:
            pass
        else:
            return outcomes
    return bytearray(_outcome(condition, row, options) for row in _rows(key, values))


_FEW = 64
_NUMBER = ""
"""What no filter can name."""
_number = itemgetter(_NUMBER)


def _rows(key: str, values: Sequence[object]) -> Iterator[dict[str, object]]:
    """A row for each code: the first lacks the key."""
    yield {_NUMBER: 0}
    for number in range(1, len(values)):
        yield {_NUMBER: number, key: values[number]}


_FLAGS = [
    *(bytes(outcome == wanted for outcome in range(256)) for wanted in range(_OTHER)),
    bytes(outcome != _TRUE for outcome in range(256)),
]
"""For each outcome, what turns a string of outcomes into one of flags for it."""


# ---- Plans -------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Leaf:
    """A condition on one key or none: what comes out of it for each code of the key's column.

    Attributes:
        column: of the key, or None when no row has it or there is none; then there is one outcome, for code 0.
        outcomes: a byte for each code.
        rows: the rows of an outcome, once they were asked for.
    """

    column: Column | None
    outcomes: bytearray
    rows: dict[int, RowSet] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Loose:
    """A condition that codes do not decide, as it reads more than one key; whether it cannot fail."""

    safe: bool


@dataclass(slots=True, eq=False)
class _Negation:
    """The other way round."""

    part: "_Part"


@dataclass(slots=True, eq=False)
class _Chain:
    """Parts under `and` or `or`."""

    parts: "list[_Part]"
    decisive: int


_Part: TypeAlias = _Leaf | _Loose | _Negation | _Chain


@dataclass(slots=True, eq=False)
class _Plan:
    """A filter taken apart.

    Attributes:
        part: its root.
        sure: whether every part is decided by codes, and none fails for any value.
        lasting: whether it serves more than once.
        options: those of the question; a lasting plan is found by their identity, so it keeps them.
    """

    part: _Part
    sure: bool
    lasting: bool
    options: Options


_MAX_PLANS = 64
_LASTING = frozenset({"schema", "coerce", "collation", "on_error"})
"""Options that are the same as long as they are the same object; with any other a plan serves once."""


# ---- Which keys an expression reads --------------------------------------------------------------------


def _keys(node: Node, parameters: Mapping[str, object], *, inside: bool = False) -> frozenset[str] | None:
    """The keys of the row that an expression reads; None when it may read anything.

    Args:
        node: the expression.
        parameters: the values of parameter aliases; an expression among them may read anything.
        inside: whether it stands inside `/$filter`, where `$this` is not the row.
    """
    match node:
        case Member(name=name) if name.startswith("@"):
            return None
        case Member(source=Variable(name="$it"), name=name) if "." not in name:
            return frozenset({name})
        case Variable(name="$it"):
            return None
        case Variable(name="$this"):
            return frozenset() if inside else None
        case Variable(name=name):
            return None if isinstance(parameters.get(name), Filter) else frozenset()
        case Where(source=source, predicate=predicate):
            return _all([_keys(source, parameters, inside=inside), _keys(predicate, parameters, inside=True)])
        case Invocation(source=None, name=name):
            found = (_keys(child, parameters, inside=inside) for child in children(node))
            return _all([frozenset() if "." in name else frozenset({name}), *found])
        case _:
            return _all(_keys(child, parameters, inside=inside) for child in children(node))


def _all(found: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    keys: frozenset[str] = frozenset()
    for each in found:
        if each is None:
            return None
        keys |= each
    return keys


# ---- Filter to plan ------------------------------------------------------------------------------------


def _plan(condition: Filter, table: Table, options: Options) -> _Plan:
    lasting = options.keys() <= _LASTING
    if "now" not in options and any(_asks_the_clock(node) for node in walk(condition.expression)):
        options, lasting = {**options, "now": dt.datetime.now(dt.UTC)}, False
    part = _part(condition.expression, table, options)
    return _Plan(part, _is_sure(part), lasting, options)


def _asks_the_clock(node: Node) -> bool:
    return isinstance(node, Call) and node.name == "now"


def _part(node: Node, table: Table, options: Options) -> _Part:
    match node:
        case Not(operand=operand):
            return _Negation(_part(operand, table, options))
        case Logical(operator=operator, operands=operands):
            parts = [_part(operand, table, options) for operand in operands]
            # What cannot fail may come last, so that the others leave it less to do.
            parts.sort(key=lambda part: part == _Loose(safe=True))
            return _Chain(parts, _TRUE if operator == "or" else _FALSE)
        case _:
            keys = _keys(node, options.get("parameters", {}))
            if keys is None or len(keys) > 1:
                return _Loose(_is_safe(node, keys, table, options))
            return _leaf(node, next(iter(keys), None), table, options)


def _is_safe(node: Node, keys: frozenset[str] | None, table: Table, options: Options) -> bool:
    """Whether a condition that is no leaf only compares two keys that have simple values."""
    match node:
        case Comparison(operator="eq" | "ne" | "gt" | "ge" | "lt" | "le", left=Member(), right=Member()):
            found = [table.column(key) for key in keys or ()]
            types = {type_ for column in found if column is not None for type_ in column.types()}
            return keys is not None and types <= _SIMPLE and options.keys().isdisjoint(_READING)
        case _:
            return False


_SIMPLE = PLAIN | {float, Decimal, dt.datetime, dt.time}
_READING = frozenset({"schema", "coerce", "collation"})


def _leaf(node: Node, key: str | None, table: Table, options: Options) -> _Leaf:
    """Ask the condition about each distinct value, or about those that can make a difference."""
    condition, column = Filter(node), None if key is None else table.column(key)
    if key is None or column is None:
        return _Leaf(None, bytearray([_outcome(condition, {}, options)]))
    special = None if "schema" in options else _special_codes(node, column)
    if special is None or len(column.values) <= NULLS + len(special):
        return _Leaf(column, _outcomes(condition, key, column.values, options))
    usual = next(code for code in range(NULLS, len(column.values)) if code not in special)
    outcomes = bytearray([_outcome(condition, {key: column.values[usual]}, options)]) * len(column.values)
    outcomes[0] = _outcome(condition, {}, options)
    for code in {1, *special}:
        outcomes[code] = _outcome(condition, {key: column.values[code]}, options)
    return _Leaf(column, outcomes)


def _special_codes(node: Node, column: Column) -> set[int] | None:
    """The codes of the values that an equality asks for, when all others are alike to it; None if they may not be.

    They are when the column and the literals are all of one type whose values are equal only to themselves.
    """
    found = equality(node)
    sought = () if found is None else [value for value in found.values if value is not None]
    types = {*column.types(), *map(type, sought)}
    if found is None or len(types) > 1 or not types <= PLAIN:
        return None
    return {code for code in map(column.code, sought) if code is not None}


def _is_sure(part: _Part) -> bool:
    match part:
        case _Leaf(outcomes=outcomes):
            return _FAILS not in outcomes
        case _Loose():
            return False
        case _Negation(part=negated):
            return _is_sure(negated)
        case _Chain(parts=parts):
            return all(map(_is_sure, parts))
        case _:
            assert_never(part)


# ---- The index -----------------------------------------------------------------------------------------


class MetadataIndex:
    """Rows, ready for many questions: a filter is asked about each distinct value of a key once, not about each row.

    The answers are those of `Filter.count` and `Filter.select`, errors included. A key is read when it is first asked
    for, or with the first key that some row lacks. Rows must not be changed while the index has them, a Mapping has the
    keys that it lists, and custom functions must give equal results for equal arguments. Any number of threads may ask
    at once, but only while none changes the index.

    Args:
        rows: mappings from property names to values, or objects with fields, as `Filter.evaluate` takes them.
        roaring: hold the sets of rows as Roaring bitmaps, with the extra `index`, and not as Python integers.

    Raises:
        UnsupportedFilterError: `roaring` without pyroaring.

    >>> index = MetadataIndex([{"species": "cat"}, {"species": "dog"}, {}])
    >>> index.count(Filter.parse("species ne 'cat'"))
    2
    """

    def __init__(self, rows: Iterable[object] = (), *, roaring: bool = False) -> None:
        """Take the rows."""
        from threading import RLock  # noqa: PLC0415 - who has no index does not wait for its import

        self._bitsets: Bitsets = Roaring() if roaring else Integers()
        self._lock = RLock()
        self._rows: list[Any] | None = []
        self._replace(Table(self._bitsets))
        self.add(rows)

    @classmethod
    def from_columns(cls, source: object, *, roaring: bool = False) -> Self:
        """Index columns; a key's values are read when it is first asked for, and rows are dicts made on demand.

        Args:
            source: a mapping from names to lists of one length, a `pyarrow.Table` or a `polars.DataFrame`.
            roaring: as for `MetadataIndex`.

        Raises:
            FilterValidationError: the source is none of these, or its columns differ in length.
        """
        made = cls(roaring=roaring)
        made._rows = None
        made._replace(columns.table(source, made._bitsets))
        return made

    def _replace(self, table: Table) -> None:
        self._table = table
        self._there = self._bitsets.full(table.size)
        self._removed = 0
        self._plans: dict[object, _Plan] = {}

    def __len__(self) -> int:
        return self._table.size - self._removed

    # ---- Changing it -------------------------------------------------------------------------------

    def add(self, rows: Iterable[object]) -> None:
        """Take more rows, behind those that there are."""
        added = list(rows)
        before = self._table.size
        self._table.extend(added)
        if self._rows is None:
            self._table.read()
        else:
            self._rows += added
        full = self._bitsets.full
        self._there = self._there | (full(self._table.size) ^ full(before))
        self._plans.clear()

    def remove(self, condition: Filter, **options: Unpack[Options]) -> int:
        """Take the rows away that a filter keeps; how many they were. Args and errors are those of `Filter.count`."""
        plan = self._planned(condition, options)
        gone, unknown = self._kept(plan)
        if unknown:
            chosen = map(condition.predicate(**plan.options), self._at(unknown))
            gone = gone | self._bitsets.of(array("I", compress(self._bitsets.numbers(unknown), chosen)))
        self._there = self._there ^ gone
        removed = self._bitsets.count(gone)
        self._removed += removed
        if self._removed > len(self):
            self._compact()
        return removed

    def _compact(self) -> None:
        """Forget the rows that were taken away; done when they are more than half, so that it costs little each."""
        table = Table(self._bitsets)
        rows = list(self._at(self._there))
        table.extend(rows)
        if self._rows is None:
            table.read()
        else:
            self._rows = [*rows]
        self._replace(table)

    # ---- Keeping it --------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the index into a file, over one that is there; the rows come back as dicts.

        Raises:
            FilterValidationError: a row is no record whose keys are strings, a value has no literal (an object, a
                member of an Enum, a moment whose offset has seconds), or the file cannot be written. The message
                names the file and the key.
        """
        from pathlib import Path  # noqa: PLC0415 - only files need it

        from odata_filter import archive  # noqa: PLC0415 - likewise

        if self._removed:
            self._compact()
        with _named(path):
            found = archive.content(self._table)
            part = Path(f"{os.fspath(path)}.part")
            part.write_bytes(found)
            part.replace(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, roaring: bool = False) -> Self:
        """Read an index from a file that `save` wrote; nothing in the file is run.

        Args:
            path: of the file.
            roaring: as for `MetadataIndex`, whatever the index was that was saved.

        Raises:
            FilterValidationError: the file cannot be read, is damaged, or is no index. The message names the file
                and the place.
        """
        from pathlib import Path  # noqa: PLC0415 - only files need it

        from odata_filter import archive  # noqa: PLC0415 - likewise

        made = cls(roaring=roaring)
        made._rows = None
        with _named(path):
            made._replace(archive.table(Path(path).read_bytes(), made._bitsets))
        return made

    # ---- Asking it ---------------------------------------------------------------------------------

    def count(self, condition: Filter, **options: Unpack[Options]) -> int:
        """How many rows a filter keeps. Args and errors are those of `Filter.count`."""
        plan = self._planned(condition, options)
        if plan.sure and not self._removed and isinstance(plan.part, _Chain) and plan.part.decisive == _FALSE:
            return self._count_all(plan.part.parts)
        kept, unknown = self._kept(plan)
        asked = condition.count(self._at(unknown), **plan.options) if unknown else 0
        return self._bitsets.count(kept) + asked

    def _count_all(self, parts: "list[_Part]") -> int:
        """How many rows all parts are true for, each of which is sure.

        A part that is true for missing keys is true for nearly all rows: those for which it is not are counted off.
        """
        often = [part for part in parts if isinstance(part, _Leaf) and part.outcomes[0] == _TRUE]
        rare = [part for part in parts if part not in often]
        if rare and often:
            found = reduce(and_, (self._where(part, _TRUE) for part in rare))
            return self._bitsets.count_without(found, reduce(or_, (self._rows_of(part, _OTHER) for part in often)))
        *others, last = parts
        found = reduce(and_, (self._where(part, _TRUE) for part in others))
        return self._bitsets.count_both(found, self._where(last, _TRUE))

    def select(self, condition: Filter, **options: Unpack[Options]) -> Iterator[Any]:
        """The rows that a filter keeps, one by one, in their order. Args and errors are those of `Filter.select`."""
        plan = self._planned(condition, options)
        kept, unknown = self._kept(plan)
        return condition.select(self._at(kept | unknown), **plan.options) if unknown else self._at(kept)

    def _at(self, numbers: RowSet) -> Iterator[Any]:
        """The rows of a set."""
        found = self._bitsets.numbers(numbers)
        if self._rows is not None:
            return map(self._rows.__getitem__, found)
        with self._lock:
            self._table.settle()
        return self._table.records(found)

    def _planned(self, condition: Filter, options: Options) -> _Plan:
        """The plan for a filter; one that serves more than once is kept.

        Raises:
            UnsupportedFilterError: as the filter itself would.
        """
        key = (condition, *sorted((name, id(value)) for name, value in options.items())) if options else condition
        plan = self._plans.get(key)
        if plan is None:
            condition.count((), **options)
            with self._lock:
                plan = _plan(condition, self._table, options)
                if plan.lasting:
                    if len(self._plans) >= _MAX_PLANS:
                        del self._plans[next(iter(self._plans))]
                    self._plans[key] = plan
        return plan

    def _kept(self, plan: _Plan) -> tuple[RowSet, RowSet]:
        """The rows for which a filter is true, and those of which only the filter itself can say."""
        if plan.sure:
            kept = self._where(plan.part, _TRUE)
            return (kept & self._there if self._removed else kept), self._bitsets.full(0)
        kept, _, unknown = self._decided(plan.part, self._there)
        return kept, unknown

    # ---- Parts to rows -------------------------------------------------------------------------------

    def _where(self, part: _Part, wanted: int) -> RowSet:
        """The rows for which a part that is sure is true, or false; of rows that were removed as well."""
        match part:
            case _Leaf():
                return self._rows_of(part, wanted)
            case _Negation(part=negated):
                return self._where(negated, _opposite(wanted))
            case _:
                chain = cast("_Chain", part)
                found = (self._where(each, wanted) for each in chain.parts)
                return reduce(or_ if wanted == chain.decisive else and_, found)

    def _rows_of(self, leaf: _Leaf, wanted: int) -> RowSet:
        found = leaf.rows.get(wanted)
        if found is None:
            flags = leaf.outcomes.translate(_FLAGS[wanted])
            size = self._table.size
            with self._lock:
                if leaf.column is not None:
                    found = leaf.column.rows(flags, size)
                else:
                    found = self._bitsets.full(size if flags[0] else 0)
            leaf.rows[wanted] = found
        return found

    def _decided(self, part: _Part, open_: RowSet) -> tuple[RowSet, RowSet, RowSet]:
        """The rows of `open_` for which a part is true, false, and not known or failing; it is null for the rest."""
        match part:
            case _Leaf():
                true, false, unknown = (self._rows_of(part, wanted) & open_ for wanted in (_TRUE, _FALSE, _FAILS))
                return true, false, unknown
            case _Loose():
                return self._bitsets.full(0), self._bitsets.full(0), open_
            case _Negation(part=negated):
                true, false, unknown = self._decided(negated, open_)
                return false, true, unknown
            case _Chain():
                return self._decided_chain(part, open_)
            case _:
                assert_never(part)

    def _decided_chain(self, chain: _Chain, open_: RowSet) -> tuple[RowSet, RowSet, RowSet]:
        """From left to right: of a row that is decided, or not known, no more is looked at."""
        decided, unknown = self._bitsets.full(0), self._bitsets.full(0)
        other, rest = open_, open_
        for part in chain.parts:
            true, false, missed = self._decided(part, rest)
            now, not_yet = (true, false) if chain.decisive == _TRUE else (false, true)
            decided, unknown = decided | now, unknown | missed
            other = other & not_yet
            rest = rest ^ (now | missed)
        return (decided, other, unknown) if chain.decisive == _TRUE else (other, decided, unknown)


@contextmanager
def _named(path: str | os.PathLike[str]) -> Iterator[None]:
    """Says which file it was."""
    try:
        yield
    except FilterValidationError as error:
        raise _unsaved(f"{os.fspath(path)}: {error.message}") from None
    except OSError as error:
        raise _unsaved(f"{os.fspath(path)}: {error.strerror or error}") from error


def _unsaved(message: str) -> FilterValidationError:
    return FilterValidationError(Problem(message=message, code="index-file"))


def _opposite(wanted: int) -> int:
    return _FALSE if wanted == _TRUE else _TRUE
