"""Columns to the bytes of a file and back, without running anything that the file says.

A file is one line with a name, a version and the SHA-256 of all that follows; one line of JSON with the distinct
values of each key, each as an Edm type and a literal's text; and the codes of the rows as they are in memory.
"""

import datetime as dt
import hashlib
import json
import sys
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeAlias
from uuid import UUID

from odata_filter import edm
from odata_filter.bitsets import Bitsets
from odata_filter.columns import NULLS, Codes, Column, Table
from odata_filter.errors import FilterError, FilterValidationError, Problem

_Given: TypeAlias = Any
"""A value of a row, or of JSON."""
_NAME = "odata-filter index"
_VERSION = "1"
_MAX_ROWS = 2**32 - 1
"""Row numbers have 32 bits."""


def _refusal(message: str) -> FilterValidationError:
    return FilterValidationError(Problem(message=message, code="index-file"))


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Says where it was that something was refused."""
    try:
        yield
    except FilterError as error:
        raise _refusal(f"{place}: {error.message}") from None


# ---- Writing ---------------------------------------------------------------------------------------


def content(table: Table) -> bytes:
    """The bytes that `table` reads back.

    Raises:
        FilterValidationError: a row is no record, or a value has no literal; it names the key.
    """
    table.settle()
    if table.odd is not None:
        raise _refusal(f"{table.odd}, and only records whose keys are strings can be saved")
    entries = [_entry(str.__str__(name), column) for name, column in table.columns.items()]
    header = {"rows": table.size, "byteorder": sys.byteorder, "columns": entries}
    parts = [json.dumps(header, separators=(",", ":")).encode(), b"\n"]
    for column in table.columns.values():
        parts += [b"" if column.numbers is None else column.numbers.tobytes(), bytes(memoryview(column.codes))]
    body = b"".join(parts)
    return f"{_NAME} {_VERSION} {hashlib.sha256(body).hexdigest()}\n".encode() + body


def _entry(name: str, column: Column) -> dict[str, object]:
    """What the header says of one column."""
    with _at(f"the key {name!r}"):
        written = [_written(value) for value in column.values[NULLS:]]
    sparse = None if column.numbers is None else len(column.numbers)
    return {"name": name, "values": written, "wide": not isinstance(column.codes, bytearray), "sparse": sparse}


def _written(value: _Given, depth: int = 0) -> tuple[str, object]:
    """A value as its Edm type and text, or its kind and members.

    Raises:
        FilterValidationError: it has no such form, or shares it with another value.
    """
    type_ = type(value)
    if depth > _MAX_DEPTH:
        raise _refusal(f"a value is nested more than {_MAX_DEPTH} levels deep")
    if type_ in _MEMBERS:
        return _MEMBERS[type_], [_written(member, depth + 1) for member in value]
    if type_ is dict and all(type(name) is str for name in value):
        return edm.COMPLEX, [(name, _written(part, depth + 1)) for name, part in value.items()]
    if type_ is dt.datetime and value.tzinfo is None:
        return edm.LOCAL_TIME, value.isoformat()
    if type_ not in _TYPES or (type_ is Decimal and not value.is_finite()):
        raise _refusal(f"a {type_.__name__} such as {value!r:.60} cannot be saved")
    written, text = edm.literal_text(value)
    return _OWN.get(type_, written), str(value) if type_ is Decimal else text


_OWN: dict[type, str] = {int: edm.INT64, float: edm.DOUBLE}
"""The literal of a number may be one of another type, and a saved value keeps its own."""


_MAX_DEPTH = 100
_MEMBERS: dict[type, str] = {
    list: edm.COLLECTION,
    tuple: edm.COLLECTION,
    set: edm.UNORDERED,
    frozenset: edm.UNORDERED,
}
_TYPES = {
    type(None),
    bool,
    int,
    float,
    Decimal,
    str,
    UUID,
    dt.date,
    dt.datetime,
    dt.time,
    dt.timedelta,
    bytes,
    edm.Shape,
}


# ---- Reading ---------------------------------------------------------------------------------------


def table(found: bytes, bitsets: Bitsets) -> Table:
    """The table that `content` wrote.

    Raises:
        FilterValidationError: the bytes are not what `content` writes; it names the place.
    """
    first, _, body = found.partition(b"\n")
    name, _, rest = first.decode("latin-1").rpartition(" ")[0].rpartition(" ")
    if name != _NAME:
        raise _refusal("line 1: this is no index of odata_filter")
    if rest != _VERSION:
        raise _refusal(f"line 1: the version is {rest:.20}, and this library reads version {_VERSION}")
    if first.decode("latin-1").rpartition(" ")[2] != hashlib.sha256(body).hexdigest():
        raise _refusal("line 1: the checksum does not fit the content, which is damaged or cut off")
    line, _, codes = body.partition(b"\n")
    try:
        header = json.loads(line)
    except (ValueError, RecursionError):
        raise _refusal("line 2: this is no JSON") from None
    return _table(header, memoryview(codes), bitsets)


def _table(header: _Given, codes: memoryview, bitsets: Bitsets) -> Table:
    match header:
        case {"rows": int(size), "byteorder": sys.byteorder, "columns": list(entries)} if 0 <= size <= _MAX_ROWS:
            pass
        case {"byteorder": "little" | "big" as order} if order != sys.byteorder:
            raise _refusal("line 2: the file was written by a computer with another order of bytes")
        case _:
            raise _refusal("line 2: the header lacks its parts")
    found = Table(bitsets)
    found.size = size
    for number, entry in enumerate(entries, 1):
        with _at(f"line 2, column {number}"):
            codes = _read_column(entry, codes, found, bitsets)
    if codes:
        raise _refusal(f"{len(codes)} bytes too many at the end")
    return found


def _read_column(entry: _Given, codes: memoryview, found: Table, bitsets: Bitsets) -> memoryview:
    """Take one column into the table; what is left of the codes."""
    match entry:
        case {"name": str(name), "values": list(written), "wide": bool(wide), "sparse": None | int() as sparse}:
            length = found.size if sparse is None else sparse
        case _:
            raise _refusal("the entry lacks its parts")
    if name in found.columns or not 0 <= length <= found.size:
        raise _refusal(f"{name!r:.60} stands twice, or has more values than there are rows")
    values = [_read(value) for value in written]
    numbers, codes = (None, codes) if sparse is None else _array(codes, length)
    own: Codes
    if wide:
        own, codes = _array(codes, length)
    else:
        own, codes = bytearray(codes[:length]), codes[length:]
    if len(own) != length or max(own, default=0) >= len(values) + NULLS:
        raise _refusal(f"codes of {name!r:.60} are missing, or stand for no value")
    if numbers is not None and not _ascends(numbers, found.size):
        raise _refusal(f"the row numbers of {name!r:.60} do not ascend up to {found.size}")
    found.columns[name] = Column.restored(values, own, numbers, bitsets)
    return codes


def _array(codes: memoryview, length: int) -> tuple["array[int]", memoryview]:
    size = 4 * length
    if len(codes) < size:
        raise _refusal("its codes are cut off")
    return array("I", codes[:size].tobytes()), codes[size:]


def _ascends(numbers: "array[int]", size: int) -> bool:
    return all(left < right for left, right in pairwise(numbers)) and (not numbers or numbers[-1] < size)


def _read(written: _Given) -> object:
    match written:
        case [edm.COLLECTION, list(members)]:
            return [_read(member) for member in members]
        case [edm.UNORDERED, list(members)]:
            return _unordered([_read(member) for member in members])
        case [edm.COMPLEX, list(parts)]:
            return dict(_read_part(part) for part in parts)
        case [edm.NULL, "null"]:
            return None
        case [edm.LOCAL_TIME, str(text)]:
            moment = edm.read(edm.DATE_TIME_OFFSET, text + "Z")
            value: object = moment.replace(tzinfo=None) if isinstance(moment, dt.datetime) else None
        case [edm.DECIMAL, str(text)]:
            value = _decimal(text)
        case [str(type_), str(text)] if type_ in _READABLE:
            value = edm.read(type_, text)
        case _:
            value = None
    if value is None:
        raise _refusal(f"{json.dumps(written):.60} is no value")
    return value


_READABLE = edm.PRIMITIVE_TYPES | edm.SHAPES.keys()


def _decimal(text: str) -> Decimal | None:
    value = None if edm.read(edm.DOUBLE, text) is None else Decimal(text.replace("INF", "Infinity"))
    edm.literal_text(value)
    return value if value is None or value.is_finite() else None


def _read_part(part: _Given) -> tuple[str, object]:
    match part:
        case [str(name), written]:
            return name, _read(written)
        case _:
            raise _refusal(f"{json.dumps(part):.60} is no part of a complex value")


def _unordered(members: list[object]) -> object:
    try:
        return frozenset(members)
    except TypeError:
        raise _refusal("a set has a member that it cannot have") from None
