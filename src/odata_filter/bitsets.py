"""Row numbers to sets of them, as plain Python integers or as Roaring bitmaps."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import compress
from operator import or_
from typing import Any, Protocol, TypeAlias

from odata_filter.errors import Problem, UnsupportedFilterError

RowSet: TypeAlias = Any
"""An int whose bit n stands for row n, or a `pyroaring.BitMap`: both know `&`, `|` and `^`, and empty is false."""


class Bitsets(Protocol):
    """One way of holding sets of row numbers."""

    def full(self, size: int) -> RowSet:
        """The rows from 0 up to but not including `size`."""

    def marked(self, flags: bytes | bytearray, start: int) -> RowSet:
        """The rows whose byte in `flags` is 1 and not 0; the first byte stands for row `start`."""

    def of(self, numbers: Sequence[int]) -> RowSet:
        """The rows of the given numbers, which ascend."""

    def count(self, rows: RowSet) -> int:
        """How many rows there are."""

    def count_both(self, left: RowSet, right: RowSet) -> int:
        """How many rows two sets share."""

    def count_without(self, left: RowSet, right: RowSet) -> int:
        """How many rows of the left set are not in the right one."""

    def numbers(self, rows: RowSet) -> Iterable[int]:
        """The row numbers, ascending."""


class Integers:
    """Sets as plain Python integers: a bit for every row up to the last one of the set."""

    def full(self, size: int) -> RowSet:
        """See `Bitsets`."""
        return (1 << size) - 1

    def marked(self, flags: bytes | bytearray, start: int) -> RowSet:
        """See `Bitsets`. Every eighth flag makes bytes of which all have their bit at one place."""
        return reduce(or_, (int.from_bytes(flags[at::8], "little") << at for at in range(8))) << start

    def of(self, numbers: Sequence[int]) -> RowSet:
        """See `Bitsets`."""
        if not numbers:
            return 0
        content = bytearray((numbers[-1] >> 3) + 1)
        for number in numbers:
            content[number >> 3] |= 1 << (number & 7)
        return int.from_bytes(content, "little")

    def count(self, rows: RowSet) -> int:
        """See `Bitsets`."""
        return int(rows.bit_count())

    def count_both(self, left: RowSet, right: RowSet) -> int:
        """See `Bitsets`."""
        return int((left & right).bit_count())

    def count_without(self, left: RowSet, right: RowSet) -> int:
        """See `Bitsets`."""
        return int((left ^ (left & right)).bit_count())

    def numbers(self, rows: RowSet) -> Iterator[int]:
        """See `Bitsets`."""
        flags = f"{rows:b}".encode()[::-1].translate(_VALUES)
        return compress(range(len(flags)), flags)


_VALUES = bytes(ord("1")) + b"\1" + bytes(255 - ord("1"))


class Roaring:
    """Sets as Roaring bitmaps, with the extra `index`: smaller and quicker where few rows have a value.

    Raises:
        UnsupportedFilterError: pyroaring is not installed.
    """

    def __init__(self) -> None:
        """Find the package."""
        try:
            from pyroaring import BitMap  # noqa: PLC0415 - an extra, which only these sets need
        except ImportError:
            message = "Roaring bitmaps need the package pyroaring, which is not installed"
            hint = 'pip install "odata-filter[index]"'
            raise UnsupportedFilterError(Problem(message=message, code="extra", hint=hint)) from None
        self._set = BitMap

    def full(self, size: int) -> RowSet:
        """See `Bitsets`."""
        return self._set(range(size))

    def marked(self, flags: bytes | bytearray, start: int) -> RowSet:
        """See `Bitsets`."""
        return self._set(array("I", compress(range(start, start + len(flags)), flags)))

    def of(self, numbers: Sequence[int]) -> RowSet:
        """See `Bitsets`."""
        return self._set(numbers)

    def count(self, rows: RowSet) -> int:
        """See `Bitsets`."""
        return len(rows)

    def count_both(self, left: RowSet, right: RowSet) -> int:
        """See `Bitsets`."""
        return int(left.intersection_cardinality(right))

    def count_without(self, left: RowSet, right: RowSet) -> int:
        """See `Bitsets`."""
        return int(left.difference_cardinality(right))

    def numbers(self, rows: RowSet) -> Iterable[int]:
        """See `Bitsets`."""
        return rows  # type: ignore[no-any-return] # a bitmap gives its numbers in order
