"""Rows to an index of their values: the same answers as a filter's own, without looking at each row again."""

import os
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import reduce
from itertools import compress
from operator import and_, or_
from typing import Any, Self, Unpack, assert_never, cast

from odata_filter import plans, sources
from odata_filter.bitsets import Bitsets, Integers, Roaring, RowSet
from odata_filter.columns import Table
from odata_filter.errors import FilterValidationError, Problem
from odata_filter.filter import Filter, Options
from odata_filter.plans import FAILS, FALSE, FLAGS, OTHER, TRUE, Chain, Leaf, Loose, Negation, Part, Plan

_MAX_PLANS = 64
"""Plans that are kept for the same filters to come again."""


class MetadataIndex:
    """Rows, ready for many questions: a filter is asked about each distinct value of a key once, not about each row.

    The answers are those of `Filter.count` and `Filter.select`, errors included. A key is read when it is first asked
    for. Rows must not be changed while the index has them, a Mapping has the keys that it lists, and custom functions
    must give equal results for equal arguments. Any number of threads may ask at once, but only while none changes the
    index.

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
        made._replace(sources.table(source, made._bitsets))
        return made

    def _replace(self, table: Table) -> None:
        self._table = table
        self._there = self._bitsets.full(table.size)
        self._removed = 0
        self._plans: dict[object, Plan] = {}

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
            rows = list(self._at(unknown))
            chosen = set(map(id, condition.select(rows, **plan.options)))
            flags = map(chosen.__contains__, map(id, rows))
            gone = gone | self._bitsets.of(array("I", compress(self._bitsets.numbers(unknown), flags)))
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
        if plan.sure and not self._removed and isinstance(plan.part, Chain) and plan.part.decisive == FALSE:
            return self._count_all(plan.part.parts)
        kept, unknown = self._kept(plan)
        asked = condition.count(self._at(unknown), **plan.options) if unknown else 0
        return self._bitsets.count(kept) + asked

    def _count_all(self, parts: "list[Part]") -> int:
        """How many rows all parts are true for, each of which is sure.

        A part that is true for missing keys is true for nearly all rows: those for which it is not are counted off.
        """
        often = [part for part in parts if isinstance(part, Leaf) and part.outcomes[0] == TRUE]
        rare = [part for part in parts if part not in often]
        if rare and often:
            found = reduce(and_, (self._where(part, TRUE) for part in rare))
            return self._bitsets.count_without(found, reduce(or_, (self._rows_of(part, OTHER) for part in often)))
        *others, last = parts
        found = reduce(and_, (self._where(part, TRUE) for part in others))
        return self._bitsets.count_both(found, self._where(last, TRUE))

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

    def _planned(self, condition: Filter, options: Options) -> Plan:
        """The plan for a filter; one that serves more than once is kept.

        Raises:
            UnsupportedFilterError: as the filter itself would.
        """
        key = (condition, *sorted((name, id(value)) for name, value in options.items())) if options else condition
        plan = self._plans.get(key)
        if plan is None:
            condition.count((), **options)
            with self._lock:
                plan = plans.plan(condition, self._table, options)
                if plan.lasting:
                    if len(self._plans) >= _MAX_PLANS:
                        del self._plans[next(iter(self._plans))]
                    self._plans[key] = plan
        return plan

    def _kept(self, plan: Plan) -> tuple[RowSet, RowSet]:
        """The rows for which a filter is true, and those of which only the filter itself can say."""
        if plan.sure:
            kept = self._where(plan.part, TRUE)
            return (kept & self._there if self._removed else kept), self._bitsets.full(0)
        kept, _, unknown = self._decided(plan.part, self._there)
        return kept, unknown

    # ---- Parts to rows -------------------------------------------------------------------------------

    def _where(self, part: Part, wanted: int) -> RowSet:
        """The rows for which a part that is sure is true, or false; of rows that were removed as well."""
        match part:
            case Leaf():
                return self._rows_of(part, wanted)
            case Negation(part=negated):
                return self._where(negated, _opposite(wanted))
            case _:
                chain = cast("Chain", part)
                found = (self._where(each, wanted) for each in chain.parts)
                return reduce(or_ if wanted == chain.decisive else and_, found)

    def _rows_of(self, leaf: Leaf, wanted: int) -> RowSet:
        found = leaf.rows.get(wanted)
        if found is None:
            flags = leaf.outcomes.translate(FLAGS[wanted])
            size = self._table.size
            with self._lock:
                if leaf.column is not None:
                    found = leaf.column.rows(flags, size)
                else:
                    found = self._bitsets.full(size if flags[0] else 0)
            leaf.rows[wanted] = found
        return found

    def _decided(self, part: Part, open_: RowSet) -> tuple[RowSet, RowSet, RowSet]:
        """The rows of `open_` for which a part is true, false, and not known or failing; it is null for the rest."""
        match part:
            case Leaf():
                true, false, unknown = (self._rows_of(part, wanted) & open_ for wanted in (TRUE, FALSE, FAILS))
                return true, false, unknown
            case Loose():
                return self._bitsets.full(0), self._bitsets.full(0), open_
            case Negation(part=negated):
                true, false, unknown = self._decided(negated, open_)
                return false, true, unknown
            case Chain():
                return self._decided_chain(part, open_)
            case _:
                assert_never(part)

    def _decided_chain(self, chain: Chain, open_: RowSet) -> tuple[RowSet, RowSet, RowSet]:
        """From left to right: of a row that is decided, or not known, no more is looked at."""
        decided, unknown = self._bitsets.full(0), self._bitsets.full(0)
        other, rest = open_, open_
        for part in chain.parts:
            true, false, missed = self._decided(part, rest)
            now, not_yet = (true, false) if chain.decisive == TRUE else (false, true)
            decided, unknown = decided | now, unknown | missed
            other = other & not_yet
            rest = rest ^ (now | missed)
        return (decided, other, unknown) if chain.decisive == TRUE else (other, decided, unknown)


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
    return FALSE if wanted == TRUE else TRUE
