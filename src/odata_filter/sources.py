"""Columns of lists, of Arrow or of Polars to a table, whose keys are read when they are asked for."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from odata_filter.bitsets import Bitsets
from odata_filter.columns import BYTE, PART, Column, Table, Waiting
from odata_filter.errors import FilterValidationError, Problem

_Given: TypeAlias = Any
"""A column or a table of another library."""


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
        found.columns[name] = Column(bitsets, waiting=[waiting])
        found.size = size
    return found


def _columns(source: _Given) -> Mapping[str, tuple[int, Waiting]]:
    """For each key the number of its values, and what takes them into a column."""
    if isinstance(source, Mapping):
        return {name: (len(column), partial(_take_list, column)) for name, column in source.items()}
    if hasattr(source, "column_names") and hasattr(source, "num_rows"):
        size, chunks = source.num_rows, {name: source.column(name).chunks for name in source.column_names}
        return {name: (size, partial(_take_arrow, found)) for name, found in chunks.items()}
    if hasattr(source, "get_column") and hasattr(source, "height"):
        return {name: (source.height, partial(_take_polars, source.get_column(name))) for name in source.columns}
    hint = "give a mapping from names to lists, a pyarrow.Table or a polars.DataFrame; collect() a lazy frame"
    raise _refusal(f"columns cannot be read from a {type(source).__name__}", hint)


def _take_list(found: Sequence[object], column: Column) -> None:
    for at in range(0, len(found), PART):
        part = found[at : min(at + PART, len(found))]
        column.extend(len(column.codes), part if type(part) is list else list(part))


def _take_polars(series: _Given, column: Column) -> None:
    try:
        found = series.to_arrow()
    except ImportError:
        _take_list(series.to_list(), column)
    else:
        _take_arrow([found], column)


def _take_arrow(found: Iterable[_Given], column: Column) -> None:
    for whole in found:
        kind = str(whole.type)
        if kind.startswith(_ARROW_CODED):
            distinct = [*whole.dictionary.to_pylist(), None]
            column.translate(distinct, _numbers(whole.indices.fill_null(len(distinct) - 1), distinct))
        elif kind.startswith(_ARROW_SIMPLE):
            _take_simple(whole, column)
        else:
            _take_list(whole.to_pylist(), column)


def _take_simple(whole: _Given, column: Column) -> None:
    """Take an Arrow array whose values Arrow itself codes, as long as few of them are distinct."""
    from pyarrow import compute, concat_arrays  # noqa: PLC0415 - an extra, and who gives its arrays has it

    distinct = whole.slice(0, _ARROW_SAMPLE).unique()
    for start in range(0, len(whole), _ARROW_PART):
        part = whole.slice(start, _ARROW_PART)
        places = compute.index_in(part, distinct)
        if places.null_count:
            distinct = concat_arrays([distinct, part.unique()]).unique()
            places = compute.index_in(part, distinct)
        if len(distinct) > _ARROW_DISTINCT:
            _take_list(whole.slice(start).to_pylist(), column)
            return
        known = distinct.to_pylist()
        column.translate(known, _numbers(places, known))


_ARROW_SAMPLE = 2**11
"""Values whose distinct ones are looked up first."""
_ARROW_PART = 2**16
"""Values that are looked up at a time."""
_ARROW_DISTINCT = 2**13
"""Distinct values that are looked up at most."""
_ARROW_CODED = ("dictionary<values=string", "dictionary<values=large_string")
_ARROW_SIMPLE = (
    *("string", "large_string", "binary", "large_binary", "bool", "date32", "timestamp"),
    *("int8", "int16", "int32", "int64", "uint"),
)
"""Arrow's types whose values are equal to Arrow just when they are one value in Python; numbers with NaN are not."""


def _numbers(found: _Given, distinct: Sequence[object]) -> "bytes | array[int]":
    """The numbers of an Arrow array, none of which is null: in a byte each if that can hold a place in `distinct`."""
    size = 1 if len(distinct) <= BYTE else 4
    numbers = found.cast(f"uint{8 * size}", safe=False)
    content = memoryview(numbers.buffers()[1])[numbers.offset * size : (numbers.offset + len(numbers)) * size].tobytes()
    return content if size == 1 else array("I", content)


def _refusal(message: str, hint: str | None = None) -> FilterValidationError:
    return FilterValidationError(Problem(message=message, code="columns", hint=hint))
