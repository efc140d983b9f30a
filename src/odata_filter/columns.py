"""Rows or columns of values to a code for each distinct value, and codes to the set of rows that have them."""

import datetime as dt
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache, partial
from itertools import chain, compress, islice
from operator import countOf, itemgetter
from typing import Any, TypeAlias, cast

from odata_filter import edm, values
from odata_filter.bitsets import Bitsets, RowSet
from odata_filter.equalities import PLAIN
from odata_filter.errors import FilterValidationError, Problem

MISSING: Any = type("Missing", (), {"__repr__": lambda _: "MISSING"})()
"""What a row has under a key that it lacks."""
NULLS = 2
"""The codes below this one are the two nulls: 0 for a missing key, 1 for None."""

Codes: TypeAlias = "bytearray | array[int]"
"""A code for each row: in one byte each as long as there are at most 256, then in four."""

_Given: TypeAlias = Any
"""A value of a row, or a table of another library."""
_Waiting: TypeAlias = "Callable[[Column], None]"

_BYTE = 256
_FEW = 32
_CHUNK = 256
"""Rows that are read at a time, few enough for the processor to have them at hand for every key."""
_PART = 2**14
"""Values of a list that are read at a time, for the same reason."""
_SPARSE = 8
"""A key is sparse when it is in less than one row out of so many."""


# ---- What counts as one value ----------------------------------------------------------------------

_NULL_TYPES = frozenset({type(MISSING), type(None)})
_MAX_DEPTH = 20


def _identity(value: _Given, depth: int = _MAX_DEPTH) -> Hashable:
    """What two values of one type share when no filter can tell them apart; at worst that they are one object.

    `0.0` and `-0.0`, `1.0` and `1.00` as Decimals, and one moment at two offsets are told apart.
    """
    type_ = type(value)
    if type_ in PLAIN:
        return cast("Hashable", value)
    if type_ is float or type_ is Decimal:
        return str(value)
    if (type_ is dt.datetime or type_ is dt.time) and _is_plain_zone(cast("Hashable", type(value.tzinfo))):
        return value.replace(tzinfo=None, fold=0), value.fold, value.tzinfo
    if (type_ is list or type_ is tuple) and depth:
        return tuple([(type(member), _identity(member, depth - 1)) for member in value])
    if type_ is dict and depth and all(type(name) is str for name in value):
        return tuple([(name, type(part), _identity(part, depth - 1)) for name, part in value.items()])
    return (value.type, value.text) if type_ is edm.Shape and type(value.text) is str else _Same(value)


@cache
def _is_plain_zone(kind: Hashable) -> bool:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - slow to import, and only moments with a zone need it

    return kind in {type(None), dt.timezone, ZoneInfo}


class _Same:
    """An object that nothing equals but itself."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


_Known: TypeAlias = dict[Hashable, int]
"""The codes of the values of one type, and of the two nulls."""

_ROOM = 86
"""Entries that make a dict grow to 256 places, where few values that are looked up collide."""


def _known(*, roomy: bool) -> _Known:
    """The codes of the two nulls, for many look-ups in a roomy dict."""
    made: _Known = dict.fromkeys(range(_ROOM), 0) if roomy else {}
    for number in list(made):
        del made[number]
    made[MISSING], made[None] = 0, 1
    return made


# ---- One key ----------------------------------------------------------------------------------------


class Column:
    """The values of one key: a code for each row, or for each row that has the key at all where few have.

    Attributes:
        values: the distinct values by their codes; the first are MISSING and None.
        codes: a code for each row; rows past its end lack the key.
        numbers: the numbers of the rows that have the key, ascending, each beside its code; None when not sparse.
    """

    __slots__ = ("_bitsets", "_known", "_placed", "_rows", "_waiting", "_where", "codes", "numbers", "values")

    def __init__(self, bitsets: Bitsets, *, sparse: bool = False, waiting: "_Waiting | None" = None) -> None:
        """An empty column, or one that `waiting` fills when it is asked for first."""
        self.values: list[object] = [MISSING, None]
        self.codes: Codes = bytearray()
        self.numbers: array[int] | None = array("I") if sparse else None
        self._bitsets = bitsets
        self._known: dict[type, _Known] = {}
        self._rows: dict[int, tuple[RowSet, int]] = {}
        self._where: list[array[int]] = []
        self._placed = 0
        self._waiting = waiting

    @classmethod
    def restored(
        cls, found: Sequence[object], codes: Codes, numbers: "array[int] | None", bitsets: Bitsets
    ) -> "Column":
        """A column from its parts, the values without the two nulls.

        Raises:
            FilterValidationError: two of the values are one.
        """
        made = cls(bitsets)
        if list(map(made._code, found)) != list(range(NULLS, NULLS + len(found))):
            raise _refusal("a value stands twice")
        made.codes, made.numbers = codes, numbers
        return made

    # ---- Values to codes ---------------------------------------------------------------------------

    def types(self) -> Iterable[type]:
        """The exact types of the values that are not null."""
        return self._known.keys()

    def code(self, value: object) -> int | None:
        """The code of a value, or None when no row has it."""
        known = self._known.get(type(value))
        return None if known is None else known.get(_identity(value))

    def settle(self) -> "Column":
        """The column itself, when all its values have codes."""
        if self._waiting is not None:
            fill, self._waiting = self._waiting, None
            fill(self)
        return self

    def extend(self, start: int, found: Sequence[object]) -> None:
        """Take the values of the rows from number `start` on, MISSING where a row lacks the key."""
        if self.numbers is not None:
            for number, value in enumerate(found, start):
                if value is not MISSING:
                    self.put(number, value)
            return
        if not found:
            return
        self.pad(start)
        try:
            self.codes.extend(self._coded(found))
        except ValueError:
            self._widen()
            self.codes.extend(self._coded(found))

    def translate(self, distinct: Sequence[object], places: bytes) -> None:
        """Take the values of the next rows, each as its place among at most 256 distinct ones."""
        codes = [self._code(value) for value in distinct]
        if len(self.values) > _BYTE:
            self._widen()
            self.codes.extend(map(codes.__getitem__, places))
        else:
            self.codes.extend(places.translate(bytes(codes).ljust(_BYTE, b"\0")))

    def put(self, number: int, value: object) -> None:
        """Take the value of one row, whose number is above all that the column has."""
        if self.numbers is None:
            self.extend(number, [value])
        else:
            self.numbers.append(number)
            code = self._code(value)
            if code == _BYTE and isinstance(self.codes, bytearray):
                self._widen()
            self.codes.append(code)

    def filled(self, size: int) -> None:
        """Stop being sparse: have a code for each of the first `size` rows."""
        codes: Codes = bytearray(size) if isinstance(self.codes, bytearray) else array("I", bytes(4 * size))
        for number, code in zip(self.numbers or (), self.codes, strict=True):
            codes[number] = code
        self.codes, self.numbers = codes, None

    def _widen(self) -> None:
        """Have four bytes for each code from now on."""
        self.codes = array("I", iter(self.codes))
        self._rows.clear()

    def pad(self, size: int) -> None:
        """Have a code for each of the first `size` rows, when not sparse."""
        gap = size - len(self.codes)
        if gap > 0:
            self.codes.extend(bytes(gap))

    def _coded(self, found: Sequence[object]) -> Iterable[int]:
        """The code of each value; those of one plain type are looked up all at once."""
        first = type(found[0])
        same = list(map(type, found)).count(first) == len(found)
        types = ({first} if same else set(map(type, found))) - _NULL_TYPES
        if len(types) > 1 or not types <= PLAIN or len(found) == 1:
            return [self._code(value) for value in found]
        known = self._lookup(next(iter(types), str), roomy=True)
        wanted = itemgetter(*found)
        try:
            return cast("tuple[int, ...]", wanted(known))
        except KeyError:
            for value in dict.fromkeys(found):
                if value not in known:
                    known[value] = len(self.values)
                    self.values.append(value)
            return cast("tuple[int, ...]", wanted(known))

    def _code(self, value: object) -> int:
        if value is MISSING or value is None:
            return 0 if value is MISSING else 1
        known, identity = self._lookup(type(value)), _identity(value)
        code = known.get(identity)
        if code is None:
            code = known[identity] = len(self.values)
            self.values.append(value)
        return code

    def _lookup(self, type_: type, *, roomy: bool = False) -> _Known:
        known = self._known.get(type_)
        if known is None:
            known = self._known[type_] = _known(roomy=roomy)
        return known

    # ---- Codes to rows -----------------------------------------------------------------------------

    def rows(self, flags: bytes | bytearray, size: int) -> RowSet:
        """The rows, out of the first `size`, whose code has the byte 1 and not 0 in `flags`."""
        if flags[0]:
            return self._bitsets.full(size) ^ self._present(flags.translate(_OPPOSITE))
        return self._present(flags)

    def _present(self, flags: bytes | bytearray) -> RowSet:
        """The rows of the codes that are flagged, which the one of missing keys is not."""
        if flags.count(1) > _FEW or self.numbers is not None:
            return self._flagged(flags)
        found = self._bitsets.of(())
        for code in _ones(flags):
            found = found | self._having(code)
        return found

    def _flagged(self, flags: bytes | bytearray) -> RowSet:
        if isinstance(self.codes, bytearray):
            marks: bytes | bytearray = self.codes.translate(flags.ljust(_BYTE, b"\0"))
        else:
            marks = bytes(map(flags.__getitem__, self.codes))
        if self.numbers is None:
            return self._bitsets.marked(marks, 0)
        return self._bitsets.of(array("I", compress(self.numbers, marks)))

    def _having(self, code: int) -> RowSet:
        """The rows of one code. While codes are bytes the set is kept, and continued when rows are added."""
        if not isinstance(self.codes, bytearray):
            return self._bitsets.of(self._numbers_by_code()[code])
        found, seen = self._rows.get(code) or (self._bitsets.of(()), 0)
        if seen < len(self.codes):
            marks = self.codes[seen:].translate(bytes(code) + b"\1" + bytes(_BYTE - 1 - code))
            found = found | self._bitsets.marked(marks, seen)
            self._rows[code] = found, len(self.codes)
        return found

    def _numbers_by_code(self) -> "list[array[int]]":
        """For each code the numbers of its rows; made at the first question, and continued."""
        where = self._where
        where.extend(array("I") for _ in range(len(where), len(self.values)))
        for number in range(self._placed, len(self.codes)):
            where[self.codes[number]].append(number)
        self._placed = len(self.codes)
        return where

    # ---- Rows to values ----------------------------------------------------------------------------

    def fill(self, name: str, wanted: Sequence[int], records: list[dict[str, object]]) -> None:
        """Put the values of the wanted rows, whose numbers ascend, into their records."""
        if self.numbers is None:
            for record, number in zip(records, wanted, strict=True):
                if self.codes[number]:
                    record[name] = self.values[self.codes[number]]
            return
        start, stop = bisect_left(self.numbers, wanted[0]), bisect_right(self.numbers, wanted[-1])
        places = dict(zip(wanted, records, strict=True)) if start < stop else {}
        for at in range(start, stop):
            if self.numbers[at] in places:
                places[self.numbers[at]][name] = self.values[self.codes[at]]


def _ones(flags: bytes | bytearray) -> Iterator[int]:
    at = flags.find(1)
    while at >= 0:
        yield at
        at = flags.find(1, at + 1)


_OPPOSITE = b"\1" + bytes(255)


# ---- All keys ---------------------------------------------------------------------------------------


class Table:
    """A column for each key, and how many rows there are.

    Attributes:
        columns: the columns by key; ask `column` for one.
        size: the number of rows.
        odd: what keeps the rows from being all in the columns: one that is no record, or a key that is no string.
    """

    __slots__ = ("_bitsets", "_last", "columns", "odd", "size")

    def __init__(self, bitsets: Bitsets) -> None:
        """A table without rows."""
        self.columns: dict[str, Column] = {}
        self.size = 0
        self.odd: str | None = None
        self._bitsets = bitsets
        self._last: list[str] = []

    def column(self, name: str) -> Column | None:
        """The column of a key with all its values, or None when no row has the key."""
        column = self.columns.get(name)
        return None if column is None else column.settle()

    def settle(self) -> None:
        """Have codes for all values of all columns."""
        for column in self.columns.values():
            column.settle()
            if column.numbers is None:
                column.pad(self.size)

    def extend(self, rows: Sequence[object]) -> None:
        """Take rows; what is no record has no keys."""
        self.settle()
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            if countOf(map(type, chunk), dict) != len(chunk):
                chunk = [self._record(row) for row in chunk]
            records = cast("Sequence[dict[str, object]]", chunk)
            if not self._takes_alike(records):
                self._take(records)
            self.size += len(chunk)

    def _record(self, row: object) -> dict[str, object]:
        if type(row) is dict:
            return row
        found = values.record(row)
        if found is None:
            self.odd = f"a row is a {type(row).__name__}"
        return dict(found or {})

    def _takes_alike(self, records: Sequence[dict[str, object]]) -> bool:
        """Take records that all have the keys of those before them, the usual and quickest case."""
        names = self._last
        if len(names) < 2 or sum(map(len, records)) != len(names) * len(records):  # noqa: PLR2004 - one key gives no tuple
            return False
        try:
            found = list(zip(*map(itemgetter(*names), records), strict=True))
        except KeyError:
            return False
        for name, column in zip(names, found, strict=True):
            self.columns[name].extend(self.size, column)
        return True

    def _take(self, records: Sequence[dict[str, object]]) -> None:
        """Take any records: a key that many have as a whole, the others value by value."""
        counts: Counter[object] = Counter(chain.from_iterable(records))
        self._last = [name for name in counts if isinstance(name, str)]
        if len(self._last) < len(counts):
            self.odd = "a row has a key that is no string"
        rare: dict[str, Column] = {}
        for name in self._last:
            column = self.columns.get(name)
            if column is None:
                sparse = counts[name] * _SPARSE < self.size + len(records)
                column = self.columns[name] = Column(self._bitsets, sparse=sparse)
            if counts[name] * _SPARSE < len(records):
                rare[name] = column
            else:
                column.extend(self.size, [record.get(name, MISSING) for record in records])
        if rare:
            _put(rare, records, self.size)
        for name in self._last:
            column = self.columns[name]
            if column.numbers is not None and len(column.numbers) * _SPARSE > 2 * (self.size + len(records)):
                column.filled(self.size + len(records))

    def records(self, numbers: Iterable[int]) -> Iterator[dict[str, object]]:
        """The rows of the given numbers, which ascend, each as a dict; the table is settled."""
        remaining = iter(numbers)
        while wanted := list(islice(remaining, _CHUNK)):
            records: list[dict[str, object]] = [{} for _ in wanted]
            for name, column in self.columns.items():
                column.fill(name, wanted, records)
            yield from records


def _put(columns: Mapping[str, Column], records: Sequence[dict[str, object]], start: int) -> None:
    for number, record in enumerate(records, start):
        for name, value in record.items():
            if name in columns:
                columns[name].put(number, value)


# ---- Tables of others -------------------------------------------------------------------------------


def table(source: object, bitsets: Bitsets) -> Table:
    """The table of a mapping from keys to values, an Arrow table or a Polars frame.

    Raises:
        FilterValidationError: it is none of these, a key is no string, or the columns differ in length.
    """
    found = Table(bitsets)
    for name, (size, waiting) in _columns(source).items():
        if not isinstance(name, str):
            raise _refusal(f"a column is named {name!r:.60}, and a name is a string")
        if found.columns and size != found.size:
            raise _refusal(f"the column {name} has {size} values, and those before it have {found.size}")
        found.columns[name] = Column(bitsets, waiting=waiting)
        found.size = size
    return found


def _columns(source: _Given) -> Mapping[str, tuple[int, _Waiting]]:
    """For each key the number of its values, and what takes them into a column."""
    if isinstance(source, Mapping):
        return {name: (len(column), partial(_take_list, column, len(column))) for name, column in source.items()}
    if hasattr(source, "column_names") and hasattr(source, "num_rows"):
        return {name: (source.num_rows, partial(_take_arrow, source.column(name))) for name in source.column_names}
    if hasattr(source, "get_column") and hasattr(source, "height"):
        return {name: (source.height, partial(_take_polars, source.get_column(name))) for name in source.columns}
    hint = "give a mapping from names to lists, a pyarrow.Table or a polars.DataFrame; collect() a lazy frame"
    raise _refusal(f"columns cannot be read from a {type(source).__name__}", hint)


def _take_list(found: Sequence[object], size: int, column: Column) -> None:
    for start in range(0, size, _PART):
        column.extend(start, list(found[start : min(start + _PART, size)]))


def _take_polars(series: _Given, column: Column) -> None:
    try:
        found = series.to_arrow()
    except ImportError:
        column.extend(0, series.to_list())
    else:
        _take_chunk(found, column)


def _take_arrow(found: _Given, column: Column) -> None:
    for chunk in found.chunks:
        _take_chunk(chunk, column)


def _take_chunk(chunk: _Given, column: Column) -> None:
    """Take an Arrow array: text with few distinct values is coded by Arrow, anything else goes value by value."""
    type_ = str(chunk.type)
    if type_ in _ARROW_TEXTS:
        chunk = chunk.dictionary_encode()
    if not type_.startswith(_ARROW_CODED) or len(chunk.dictionary) >= _BYTE:
        column.extend(len(column.codes), chunk.to_pylist())
        return
    distinct = [*chunk.dictionary.to_pylist(), None]
    places = chunk.indices.fill_null(len(distinct) - 1).cast("uint8")
    content = memoryview(places.buffers()[1])[places.offset : places.offset + len(places)]
    column.translate(distinct, content.tobytes())


_ARROW_TEXTS = frozenset({"string", "large_string"})
_ARROW_CODED = (*_ARROW_TEXTS, "dictionary<values=string", "dictionary<values=large_string")


def _refusal(message: str, hint: str | None = None) -> FilterValidationError:
    return FilterValidationError(Problem(message=message, code="columns", hint=hint))
