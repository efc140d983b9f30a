"""Rows or columns of values to a code for each distinct value, and codes to the set of rows that have them."""

import datetime as dt
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache, partial
from itertools import chain, compress, islice, repeat
from operator import contains, countOf, itemgetter
from typing import Any, TypeAlias, cast

from odata_filter import edm, values
from odata_filter.bitsets import Bitsets, RowSet
from odata_filter.data import dataclass, field
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
Waiting: TypeAlias = "Callable[[Column], None]"
"""What gives a column more values when it is asked for."""

BYTE = 256
"""How many codes a byte can tell apart."""
PART = 2**14
"""Values of one key that are read at a time, few enough for the processor to have them at hand."""
_CHUNK = 2**11
"""Rows of which all keys are read at a time, for the same reason."""
_MANY = 2**12
"""Distinct values of a key from which on more of them may wait, if they hardly repeat."""
_SPARSE = 8
"""A key is sparse when it is in less than one row out of so many."""
_FEW = 32
"""So many are treated one by one, and more all at once: codes of a question, questions, rare keys, additions."""


# ---- What counts as one value ----------------------------------------------------------------------

_NULL_TYPES = frozenset({type(MISSING), type(None)})
_THEMSELVES = PLAIN | _NULL_TYPES
_MAX_DEPTH = 20
_PROTOCOL = 4
"""Of `__reduce_ex__`: the one whose bytes of a moment say `fold` as well."""


def _identity(value: _Given, depth: int = _MAX_DEPTH) -> Hashable:
    """What two values of one type share when no filter can tell them apart; at worst that they are one object.

    `0.0` and `-0.0`, `1.0` and `1.00` as Decimals, and one moment at two offsets are told apart.
    """
    type_ = type(value)
    if type_ in _THEMSELVES:
        return cast("Hashable", value)
    if type_ is float:
        return value if value and value == value else str(value)  # noqa: PLR0124 - NaN is not
    if type_ is Decimal:
        return str(value)
    if (type_ is dt.datetime or type_ is dt.time) and _is_plain_zone(cast("Hashable", type(value.tzinfo))):
        return cast("Hashable", value.__reduce_ex__(_PROTOCOL)[1])
    if (type_ is list or type_ is tuple) and depth:
        return _identities(value, depth)
    if type_ is dict and depth and _NAMES.issuperset(map(type, value)):
        return tuple(value), _identities(value.values(), depth)
    return (value.type, value.text) if type_ is edm.Shape and type(value.text) is str else _Same(value)


_NAMES = frozenset({str})


def _identities(found: Collection[object], depth: int) -> Hashable:
    types = tuple(map(type, found))
    if _THEMSELVES.issuperset(types):
        return types, tuple(found)
    return types, tuple([_identity(each, depth - 1) for each in found])


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

    __slots__ = ("_asked", "_bitsets", "_known", "_placed", "_rows", "_waiting", "_where", "codes", "numbers", "values")

    def __init__(self, bitsets: Bitsets, *, sparse: bool = False, waiting: Iterable[Waiting] = ()) -> None:
        """An empty column, or one that `waiting` fills when it is asked for first."""
        self.values: list[object] = [MISSING, None]
        self.codes: Codes = bytearray()
        self.numbers: array[int] | None = array("I") if sparse else None
        self._bitsets = bitsets
        self._known: dict[type, _Known] = {}
        self._rows: dict[int, tuple[RowSet, int]] = {}
        self._where: list[array[int]] = []
        self._asked = self._placed = 0
        self._waiting = deque(waiting)

    @classmethod
    def restored(
        cls, found: Sequence[object], codes: Codes, numbers: "array[int] | None", bitsets: Bitsets
    ) -> "Column":
        """A column from its parts, the values without the two nulls.

        Raises:
            FilterValidationError: two of the values are one.
        """
        made = cls(bitsets)
        if [code for value in found for code in made._coded([value])] != list(range(NULLS, NULLS + len(found))):
            raise FilterValidationError(Problem(message="a value stands twice", code="columns"))
        made.codes, made.numbers = codes, numbers
        return made

    # ---- Values to codes ---------------------------------------------------------------------------

    def types(self) -> Iterable[type]:
        """The exact types of the values that are not null."""
        return self._known.keys() - _NULL_TYPES

    def code(self, value: object) -> int | None:
        """The code of a value, or None when no row has it."""
        known = self._known.get(type(value))
        return None if known is None else known.get(_identity(value))

    def settle(self) -> "Column":
        """The column itself, when all its values have codes."""
        while self._waiting:
            self._waiting.popleft()(self)
        return self

    def take(self, fill: Waiting) -> None:
        """Call `fill`, or later when the key is asked for: values that hardly repeat, as of an identifier, can wait."""
        if self._waiting or (len(self.values) > _MANY and 2 * len(self.values) > len(self.codes)):
            self._waiting.append(fill)
        else:
            fill(self)

    def extend(self, start: int, found: Sequence[object]) -> None:
        """Have the values of at least one row, from number `start` on, MISSING where a row lacks the key."""
        codes = self._coded(found)
        if self.numbers is None:
            self.pad(start)
            self._append(codes)
        else:
            self.numbers.extend(compress(range(start, start + len(found)), codes))
            self._append(filter(None, codes))

    def put(self, numbers: "array[int]", found: Sequence[object]) -> None:
        """Have the values of the rows of the given numbers, which ascend and are above all that the column has."""
        codes = self._coded(found)
        if self.numbers is not None:
            self.numbers.extend(numbers)
            self._append(codes)
            return
        for number, code in zip(numbers, codes, strict=True):
            self.pad(number)
            self._append((code,))

    def translate(self, distinct: Sequence[object], places: "bytes | array[int]") -> None:
        """Have the values of the next rows, each as its place among distinct ones."""
        codes = self._coded(distinct)
        if isinstance(self.codes, bytearray) and isinstance(places, bytes) and len(self.values) <= BYTE:
            self.codes += places.translate(bytes(codes).ljust(BYTE, b"\0"))
        else:
            self._append(map(codes.__getitem__, places))

    def _append(self, codes: Iterable[int]) -> None:
        """Keep more codes, in four bytes each once there are too many for one."""
        if len(self.values) > BYTE and isinstance(self.codes, bytearray):
            self.codes = array("I", iter(self.codes))
            self._rows.clear()
        if isinstance(self.codes, bytearray):
            self.codes += bytes(codes)
        else:
            self.codes += array("I", codes)

    def filled(self, size: int) -> None:
        """Stop being sparse: have a code for each of the first `size` rows."""
        codes: Codes = bytearray(size) if isinstance(self.codes, bytearray) else array("I", bytes(4 * size))
        for number, code in zip(self.numbers or (), self.codes, strict=True):
            codes[number] = code
        self.codes, self.numbers = codes, None

    def pad(self, size: int) -> None:
        """Have a code for each of the first `size` rows, when not sparse."""
        gap = size - len(self.codes)
        if gap > 0:
            self.codes.extend(bytes(gap))

    def _coded(self, found: Sequence[object]) -> Sequence[int]:
        """The code of each value, of which there is at least one."""
        kinds = list(map(type, found))
        types = {kinds[0]} if kinds.count(kinds[0]) == len(kinds) else set(kinds) - _NULL_TYPES
        if len(types) == 1:
            return self._looked_up(types.pop(), found)
        groups: defaultdict[type, list[object]] = defaultdict(list)
        for kind, value in zip(kinds, found, strict=True):
            groups[kind].append(value)
        codes = {kind: iter(self._looked_up(kind, group)) for kind, group in groups.items()}
        return list(map(next, map(codes.__getitem__, kinds)))

    def _looked_up(self, type_: type, found: Sequence[object]) -> Sequence[int]:
        """The codes of values of one type, and of nulls; new values get new codes."""
        identities = found if type_ in _THEMSELVES else list(map(_identity, found))
        known = self._known.get(type_)
        if known is None:
            known = self._known[type_] = _known(roomy=self.numbers is None)
        wanted = itemgetter(*identities)
        try:
            codes = wanted(known)
        except KeyError:
            for identity, value in zip(identities, found, strict=True):
                if identity not in known:
                    known[identity] = len(self.values)
                    self.values.append(value)
            codes = wanted(known)
        return cast("tuple[int, ...]", codes) if len(identities) > 1 else (cast("int", codes),)

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
            marks: bytes | bytearray = self.codes.translate(flags.ljust(BYTE, b"\0"))
        else:
            marks = bytes(map(flags.__getitem__, self.codes))
        if self.numbers is None:
            return self._bitsets.marked(marks, 0)
        return self._bitsets.of(array("I", compress(self.numbers, marks)))

    def _having(self, code: int) -> RowSet:
        """The rows of one code. While codes are bytes the set is kept, and continued when rows are added."""
        if not isinstance(self.codes, bytearray):
            return self._bitsets.of(self._numbers_of(code))
        found, seen = self._rows.get(code) or (self._bitsets.of(()), 0)
        if seen < len(self.codes):
            codes = self.codes[seen:] if seen else self.codes
            marks = codes.translate(bytes(code) + b"\1" + bytes(BYTE - 1 - code))
            found = found | self._bitsets.marked(marks, seen)
            self._rows[code] = found, len(self.codes)
        return found

    def _numbers_of(self, code: int) -> "array[int]":
        """The rows of a code that takes four bytes: it is looked for at first, and all are noted once that pays."""
        self._asked += 1
        if self._asked <= _FEW:
            return array("I", _places(bytes(memoryview(self.codes)), array("I", (code,)).tobytes()))
        where = self._where
        where.extend(array("I") for _ in range(len(where), len(self.values)))
        for number in range(self._placed, len(self.codes)):
            where[self.codes[number]].append(number)
        self._placed = len(self.codes)
        return where[code]

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


def _places(content: bytes, item: bytes) -> Iterator[int]:
    """Where an item stands among items of the same length."""
    at = content.find(item)
    while at >= 0:
        if at % len(item) == 0:
            yield at // len(item)
        at = content.find(item, at + 1)


def _ones(flags: bytes | bytearray) -> Iterator[int]:
    at = flags.find(1)
    while at >= 0:
        yield at
        at = flags.find(1, at + 1)


_OPPOSITE = b"\1" + bytes(255)


# ---- All keys ---------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Rows:
    """Rows that wait to be read.

    Attributes:
        start: the number of the first.
        records: the rows, which all are dicts.
        read: the keys that were read already, each alone.
    """

    start: int
    records: Sequence[dict[str, object]]
    read: set[str] = field(default_factory=set)


class Table:
    """A column for each key, and how many rows there are.

    A key is read when it is asked for; when many that are rare are asked for, all are read at once.

    Attributes:
        columns: the columns by key; ask `column` for one, and `settle` for all.
        size: the number of rows.
        odd: what keeps the rows from being all in the columns: one that is no record, or a key that is no string.
    """

    __slots__ = ("_bitsets", "_waiting", "columns", "odd", "size")

    def __init__(self, bitsets: Bitsets) -> None:
        """A table without rows."""
        self.columns: dict[str, Column] = {}
        self.size = 0
        self.odd: str | None = None
        self._bitsets = bitsets
        self._waiting: list[_Rows] = []

    def column(self, name: str) -> Column | None:
        """The column of a key with all its values, or None when no row has the key."""
        if not all(name in rows.read or self._reads_alone(name, rows) for rows in self._waiting):
            self.read()
        column = self.columns.get(name)
        return None if column is None else column.settle()

    def settle(self) -> None:
        """Have codes for all values of all columns."""
        self.read()
        for column in self.columns.values():
            column.settle()
            if column.numbers is None:
                column.pad(self.size)

    def extend(self, rows: Sequence[object]) -> None:
        """Take rows; what is no record has no keys."""
        if countOf(map(type, rows), dict) == len(rows):
            self._waiting.append(_Rows(self.size, cast("Sequence[dict[str, object]]", rows)))
        else:
            self.read()
            self._waiting.append(_Rows(self.size, [self._record(row) for row in rows]))
            self.read()
        self.size += len(rows)
        if len(self._waiting) > _FEW:
            self.read()

    def _record(self, row: object) -> dict[str, object]:
        if type(row) is dict:
            return row
        found = values.record(row)
        if found is None:
            self.odd = f"a row is a {type(row).__name__}"
        return dict(found or {})

    def _reads_alone(self, name: str, rows: _Rows) -> bool:
        """Read one key, unless it is rare and many were read like this; whether it was read."""
        first = rows.records[:_CHUNK]
        if sum(map(contains, first, repeat(name))) * _SPARSE >= len(first):
            self._read_common(name, rows)
        elif len(rows.read) < _FEW:
            self._read_rare(name, rows)
        else:
            return False
        rows.read.add(name)
        return True

    def _read_common(self, name: str, rows: _Rows) -> None:
        column = self._column(name, len(rows.records), rows).settle()
        for at in range(0, len(rows.records), PART):
            some = rows.records[at : at + PART]
            try:
                found = list(map(itemgetter(name), some))
            except KeyError:
                found = list(map(dict.get, some, repeat(name), repeat(MISSING)))
            column.extend(rows.start + at, found)

    def _read_rare(self, name: str, rows: _Rows) -> None:
        having = bytes(map(contains, rows.records, repeat(name)))
        if any(having):
            numbers = array("I", compress(range(rows.start, rows.start + len(having)), having))
            found = list(map(itemgetter(name), compress(rows.records, having)))
            self._column(name, len(numbers), rows).settle().put(numbers, found)

    def read(self) -> None:
        """Read all keys of the rows that wait."""
        for rows in self._waiting:
            for at in range(0, len(rows.records), _CHUNK):
                some = _Rows(rows.start + at, rows.records[at : at + _CHUNK], rows.read)
                if not self._takes_alike(some):
                    self._take(some)
        self._waiting.clear()

    def _takes_alike(self, rows: _Rows) -> bool:
        """Take rows that all have the keys of the first, the usual and quickest case."""
        names = tuple(rows.records[0])
        if sum(map(len, rows.records)) != len(names) * len(rows.records) or not _are_names(names):
            return False
        names = tuple(name for name in names if name not in rows.read)
        if len(names) < 2:  # noqa: PLR2004 - a getter of one key gives no tuples
            return False
        try:
            # One list of all values: that many tuples at once would wake the garbage collector.
            found = list(chain.from_iterable(map(itemgetter(*names), rows.records)))
        except KeyError:
            return False
        for at, name in enumerate(names):
            column = self._column(name, len(rows.records), rows)
            column.take(partial(Column.extend, start=rows.start, found=found[at :: len(names)]))
        return True

    def _take(self, rows: _Rows) -> None:
        """Take any rows: a key that many have as a whole, the others value by value."""
        counts: Counter[object] = Counter(chain.from_iterable(rows.records))
        rare: dict[str, Column] = {}
        for name, times in counts.items():
            if not isinstance(name, str):
                self.odd = "a row has a key that is no string"
                continue
            if name in rows.read:
                continue
            column = self._column(name, times, rows)
            if times * _SPARSE < len(rows.records):
                rare[name] = column
            else:
                found = list(map(dict.get, rows.records, repeat(name), repeat(MISSING)))
                column.take(partial(Column.extend, start=rows.start, found=found))
        if rare:
            _put(rare, rows)

    def _column(self, name: str, times: int, rows: _Rows) -> Column:
        """The column of a key that so many of some more rows have, which are to be taken into it."""
        column, size = self.columns.get(name), rows.start + len(rows.records)
        if column is None:
            column = self.columns[name] = Column(self._bitsets, sparse=times * _SPARSE < size)
        elif column.numbers is not None and (len(column.numbers) + times) * _SPARSE > 2 * size:
            column.settle().filled(rows.start)
        return column

    def records(self, numbers: Iterable[int]) -> Iterator[dict[str, object]]:
        """The rows of the given numbers, which ascend, each as a dict; the table is settled."""
        remaining = iter(numbers)
        while wanted := list(islice(remaining, _CHUNK)):
            records: list[dict[str, object]] = [{} for _ in wanted]
            for name, column in self.columns.items():
                column.fill(name, wanted, records)
            yield from records


def _are_names(found: Iterable[object]) -> bool:
    return all(isinstance(name, str) for name in found)


def _put(columns: Mapping[str, Column], rows: _Rows) -> None:
    found: dict[str, tuple[array[int], list[object]]] = {name: (array("I"), []) for name in columns}
    for number, record in enumerate(rows.records, rows.start):
        for name, value in record.items():
            if name in found:
                numbers, group = found[name]
                numbers.append(number)
                group.append(value)
    for name, (numbers, group) in found.items():
        columns[name].take(partial(Column.put, numbers=numbers, found=group))
