"""A condition of narwhals to the one that Polars or DuckDB write themselves, remembered for frames of the same columns.

Both answer in a millisecond or two, which a translation at every question would double. Another engine's frames have no
memory here, and nothing is lost but time.
"""

from collections.abc import Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import narwhals as nw

from odata_filter.nodes import Call, Node, walk


@dataclass(slots=True)
class _Memory:
    """What is known of a filter and the frames with certain columns.

    Attributes:
        condition: the engine's own expression; None until it is known.
    """

    condition: Any = None


def remembered(wanted: Node, frame: Any, options: Mapping[str, object]) -> Any:
    """The rows of a frame that a filter keeps, where the condition for it is remembered; otherwise None."""
    memory = _memory_for(wanted, frame, options)
    return None if memory is None or memory.condition is None else frame.filter(memory.condition)


def remember(wanted: Node, frame: nw.LazyFrame[Any], options: Mapping[str, object], condition: nw.Expr) -> None:
    """Remember the condition that a filter is for a frame, if its engine is one of the two."""
    memory = _memory_for(wanted, frame.to_native(), options)
    if memory is None:
        return
    # These are names inside narwhals. Where another version has others, nothing is remembered.
    with suppress(AttributeError):
        inner: Any = condition._to_compliant_expr(frame.__narwhals_namespace__())  # noqa: SLF001 - there is no other way
        memory.condition = inner.native if frame.implementation.is_polars() else inner(frame._compliant_frame)[0]  # noqa: SLF001 - likewise


def size(frame: Any) -> int:
    """How many rows a lazy frame of any engine has."""
    if nw.dependencies.is_polars_lazyframe(frame):
        return int(frame.select(nw.dependencies.get_polars().len()).collect().item())
    if nw.dependencies.is_duckdb_relation(frame):
        # Without the detour over an Arrow table, which needs PyArrow.
        return int(frame.aggregate("count(*)").fetchall()[0][0])
    return int(nw.from_native(frame).select(nw.len()).collect().item())


def _memory_for(wanted: Node, frame: object, options: Mapping[str, object]) -> _Memory | None:
    """The memory of a filter for frames like this one under these options; None where they are others each time."""
    columns = _columns(frame)
    if columns is None or "parameters" in options or "now" in options:
        return None
    settings = tuple((name, tuple(it.items()) if isinstance(it, Mapping) else it) for name, it in options.items())
    return _memory(wanted, columns, settings)


@lru_cache(maxsize=256)
def _memory(wanted: Node, _columns: Hashable, _settings: Hashable) -> _Memory | None:
    is_another_each_time = any(isinstance(node, Call) and node.name == "now" for node in walk(wanted))
    return None if is_another_each_time else _Memory()


def _columns(frame: Any) -> Hashable | None:
    """The names and types of the columns of a lazy Polars frame or a DuckDB relation; None for other engines."""
    if nw.dependencies.is_polars_lazyframe(frame):
        return tuple(frame.collect_schema().items())
    if nw.dependencies.is_duckdb_relation(frame):
        types = tuple(map(str, frame.types))
        # The time zone of a moment is the connection's, which may change.
        return None if any("TIME ZONE" in type_ for type_ in types) else (*frame.columns, *types)
    return None
