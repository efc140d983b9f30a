"""A path of a filter to the column, struct field or map entry that it leads to, as a value of the type of that."""

import re
from collections.abc import Mapping
from typing import Any

import narwhals as nw

from odata_filter import edm
from odata_filter.engines.capabilities import unsupported
from odata_filter.engines.frames.expressions import NULL, Columns, Value, cast_to
from odata_filter.nodes import IT, Member, Node, walk


def column(node: Member, columns: Columns) -> Value:
    """The value of a path; null where it leads nowhere."""
    found = found_in(node, columns)
    if found is None:
        return NULL
    expr, type_ = found
    nulls = (expr.is_null(),)
    if type_ == nw.Boolean:
        return Value(edm.BOOLEAN, condition=node)
    if type_ in _INTEGERS:
        low, high = _INTEGERS[type_]
        return Value(edm.INT64, expr=expr, nulls=nulls, low=low, high=high, is_int64=type_ == nw.Int64)
    if type_ == nw.Float32:
        return Value(edm.DOUBLE, expr=cast_to(node, expr, nw.Float64(), columns), nulls=nulls)
    if type_ == nw.Categorical or isinstance(type_, nw.Enum):
        return Value(edm.STRING, expr=cast_to(node, expr, nw.String(), columns), nulls=nulls)
    if isinstance(type_, nw.Datetime):
        return _moments(node, expr, type_, columns)
    kind = next((kind for known, kind in _KINDS.items() if type_ == known), None)
    return Value(kind, expr=expr, nulls=nulls)


def _moments(node: Node, expr: nw.Expr, type_: nw.Datetime, columns: Columns) -> Value:
    zone, nulls = type_.time_zone, (expr.is_null(),)
    if type_.time_unit in {"s", "ms"}:
        expr = cast_to(node, expr, nw.Datetime("us", zone), columns)
    return Value(edm.LOCAL_TIME if zone is None else edm.DATE_TIME_OFFSET, expr=expr, nulls=nulls, zone=zone)


_INTEGERS: Mapping[Any, tuple[int, int]] = {
    **{
        type_: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        for type_, bits in (
            (nw.Int8, 8),
            (nw.Int16, 16),
            (nw.Int32, 32),
            (nw.Int64, 64),
        )
    },
    **{type_: (0, 2**bits - 1) for type_, bits in ((nw.UInt8, 8), (nw.UInt16, 16), (nw.UInt32, 32), (nw.UInt64, 64))},
}
"""The range of each type of integer."""

_KINDS: Mapping[Any, str] = {
    nw.String: edm.STRING,
    nw.Float64: edm.DOUBLE,
    nw.Date: edm.DATE,
    nw.Duration: edm.DURATION,
    nw.Time: edm.TIME_OF_DAY,
    nw.Binary: edm.BINARY,
    nw.Struct: edm.COMPLEX,
    nw.Map: edm.COMPLEX,
    nw.List: edm.COLLECTION,
    nw.Array: edm.COLLECTION,
}


def found_in(node: Member, columns: Columns) -> tuple[nw.Expr, Any] | None:
    """The column, struct field or map entry that a path leads to, and its type; None where it leads to null."""
    column, *steps = _steps(node, columns) or ("",)
    if column not in columns.types:
        _accept_unknown(node, columns)
        return None
    expr, type_ = named(node, column, columns), columns.types[column]
    for step in steps:
        match type_:
            case nw.Struct(fields=fields):
                found = next((field.dtype for field in fields if field.name == step), None)
                if found is None:
                    _accept_unknown(node, columns)
                    return None
                expr, type_ = _field(node, expr, step, columns), found
            case nw.Map(value=value):
                expr, type_ = expr.map.get(step), value
            case _:
                return None
    return expr, type_() if isinstance(type_, type) else type_


def named(node: Node, column: str, columns: Columns) -> nw.Expr:
    """The column of a name, which an engine may take for something else."""
    quote = columns.dialect.name_quote
    if column == "*" or (column.startswith("^") and column.endswith("$")):
        raise unsupported(node, f"{columns.dialect.capabilities.name} takes the name {column} for a pattern of names")
    if quote is None and not _PLAIN_NAME.fullmatch(column):
        raise unsupported(node, f"{columns.dialect.capabilities.name} may take the name {column} for a path")
    return nw.col(f"{quote}{column.replace(quote, quote * 2)}{quote}" if quote else column)


def _field(node: Node, struct: nw.Expr, name: str, columns: Columns) -> nw.Expr:
    """The field of a struct: Polars knows patterns of names, and Arrow reads a path after a dot or a bracket."""
    if name == "*" or (name.startswith("^") and name.endswith("$")) or name.startswith((".", "[")):
        raise unsupported(node, f"{columns.dialect.capabilities.name} may take the field {name} for others")
    return struct.struct.field(name)


_PLAIN_NAME = re.compile("[^.`]+")


def _steps(node: Member, columns: Columns) -> tuple[str, ...] | None:
    """The column that a path starts in and the steps below it; None for a name that stands for no column."""
    path = _path(node)
    names = columns.options.get("names")
    if names is not None:
        known = (length for length in range(len(path), 0, -1) if "/".join(path[:length]) in names)
        length = next(known, None)
        if length is None:
            return None
        path = (names["/".join(path[:length])], *path[length:])
    within = columns.options.get("within")
    return path if within is None else (within, *path)


def _path(node: Node) -> tuple[str, ...]:
    """The names of a path from the row on."""
    return (*_path(node.source), node.name) if isinstance(node, Member) else ()


def _accept_unknown(node: Member, columns: Columns) -> None:
    """Accept that a name has no column, or refuse it."""
    if columns.options.get("unknown") != "null":
        hint = 'give unknown="null" if it is null everywhere'
        raise unsupported(node, f"there is no column for {'/'.join(_path(node))}", hint)


def check_names(root: Node, columns: Columns) -> None:
    """Refuse names without a column, before anything is left for rows."""
    members = [node for node in walk(root) if isinstance(node, Member)]
    inner = {id(node.source) for node in members}
    for node in members:
        path = _plain_path(node)
        if path is not None and id(node) not in inner:
            found_in(node, columns)


def _plain_path(node: Node) -> tuple[str, ...] | None:
    """The names of a path from the row on; None for a type cast, an annotation, and a path from elsewhere."""
    if isinstance(node, Member):
        path = _plain_path(node.source)
        return None if path is None or "." in node.name or node.name.startswith("@") else (*path, node.name)
    return () if node == IT else None
