"""A big file of rows and a filter to a count by DuckDB, wherever that is the count of the rows read one by one.

Needs the extra `columns`. JSON Lines and CSV are left alone whenever it is in doubt that their rows mean the same in
columns: a bad row, a property of several types or none that a column has, a key that stands twice.
"""

import csv
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import duckdb

from odata_filter.engines import dataframe
from odata_filter.errors import UnsupportedFilterError
from odata_filter.filter import Filter
from odata_filter.nodes import IT, Member, walk

NAME = "DuckDB"
"""The engine, as the command calls it."""

Format: TypeAlias = Literal["jsonl", "csv", "parquet"]


class Counted(NamedTuple):
    """How many rows a filter keeps, and how many there are."""

    kept: int
    rows: int


def counted(wanted: Filter, path: Path, form: Format) -> Counted | None:
    """The count over a file, or None where only reading its rows one by one tells what they mean.

    Raises:
        UnsupportedFilterError: DuckDB cannot say a part of the filter; not for JSON Lines and CSV.
        OSError: a Parquet file cannot be read.
    """
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        if form == "parquet":
            return _parquet(wanted, path, connection)
        names = _names(wanted)
        if names is None or any(sign in str(path) for sign in "*?[{"):
            return None
        read = _json_lines if form == "jsonl" else _csv
        with suppress(duckdb.Error, UnsupportedFilterError, UnicodeError, csv.Error):
            relation = read(path, names, connection)
            return None if relation is None else _of(wanted, relation)
        return None


def _of(wanted: Filter, relation: Any) -> Counted:
    kept = dataframe.select(wanted, relation, unknown="null")
    count, rows = (each.aggregate("count(*)").fetchall()[0][0] for each in (kept, relation))
    return Counted(count, rows)


def _parquet(wanted: Filter, path: Path, connection: Any) -> Counted:
    try:
        return _of(wanted, connection.from_parquet(str(path)))
    except duckdb.Error as error:
        raise OSError(str(error).partition("\n")[0]) from error


def _names(wanted: Filter) -> list[str] | None:
    """The properties that a filter mentions, or None where it mentions more than properties of the row."""
    members = [node for node in walk(wanted.expression) if isinstance(node, Member)]
    if any(node.source != IT or "." in node.name or node.name.startswith("@") for node in members):
        return None
    return list(dict.fromkeys(node.name for node in members))


# ---- JSON Lines --------------------------------------------------------------------------------------


def _json_lines(path: Path, names: list[str], connection: Any) -> Any:
    """The properties as columns, or None."""
    lines = "SELECT json AS line FROM read_ndjson_objects(?)"
    found = "".join(f", list(DISTINCT json_type(line, {_path(name)}))" for name in names)
    doubtful = f"CASE WHEN regexp_full_match(line::VARCHAR, ?) THEN regexp_matches(line::VARCHAR, ?) ELSE {_DOUBTS} END"
    query = f"SELECT coalesce(bool_or({doubtful}), false){found} FROM ({lines})"  # noqa: S608 - names are identifiers
    twice = "|".join(rf'"{name}"\s*:.*"{name}"\s*:' for name in names) or "^$"
    is_doubtful, *types = connection.execute(query, [_SIMPLE, twice, str(path)]).fetchall()[0]
    columns = {
        name: _COLUMNS.get(frozenset(kinds or ()) - {"NULL", None}) for name, kinds in zip(names, types, strict=True)
    }
    if is_doubtful or None in columns.values():
        return None
    cells = [_cell(name, column) for name, column in columns.items() if column]
    wanted = ", ".join(['true AS "$"', *cells])
    return connection.sql(f"SELECT {wanted} FROM ({lines})", params=[str(path)])  # noqa: S608 - likewise


_SCALAR = r'(?:"[^"\\\x00-\x1f]*"|-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?|true|false|null)'
_MEMBER = rf'\s*"[^"\\\x00-\x1f]*"\s*:\s*{_SCALAR}\s*'
_SIMPLE = rf"\s*\{{{_MEMBER}(?:,{_MEMBER})*\}}\s*"
"""A line that means the same to all readers, unless a key stands twice: no nesting, no escapes, no odd numbers."""

_PLAIN = r"""regexp_replace(line::VARCHAR, '"(?:[^"\\]|\\.)*"', '""', 'g')"""
_DOUBTS = rf"""
    (json_type(line) <> 'OBJECT'
    OR len(json_keys(line)) <> len(list_distinct(json_keys(line)))
    OR contains(line::VARCHAR, '\u0000')
    OR regexp_matches(regexp_replace({_PLAIN}, '\b(true|false|null)\b', '0', 'g'), '[^][{{}}:,0-9eE+.\s"-]|[eE]{{2}}')
    OR regexp_matches({_PLAIN}, ',\s*[]}}]|[0-9]{{500}}')
    OR length({_PLAIN}) - length(replace(replace({_PLAIN}, '[', ''), '{{', '')) > 100)
"""
"""What DuckDB reads and Python does not, or not in the same way, in any other line and in it without its strings."""

_COLUMNS: Mapping[frozenset[str], str] = {
    frozenset(): "",
    frozenset({"VARCHAR"}): "VARCHAR",
    frozenset({"BOOLEAN"}): "BOOLEAN",
    frozenset({"DOUBLE"}): "DOUBLE",
    frozenset({"BIGINT"}): "BIGINT",
    frozenset({"UBIGINT"}): "BIGINT",
    frozenset({"BIGINT", "UBIGINT"}): "BIGINT",
}
"""The type of a column for the types that a property has in the file; empty where it is null in all rows."""


def _path(name: str) -> str:
    """The JSON path of a property; an identifier has no character that means anything there."""
    return f"'$.\"{name}\"'"


def _cell(name: str, column: str) -> str:
    return f'CAST(json_extract_string(line, {_path(name)}) AS {column}) AS "{name}"'


# ---- CSV ---------------------------------------------------------------------------------------------


def _csv(path: Path, _names: list[str], connection: Any) -> Any:
    """The cells as columns of text, an empty one null, or None."""
    if not _is_plain(path):
        return None
    with path.open(encoding="utf-8-sig") as file:
        header = next(csv.reader(file, strict=True), [])
    # Names that differ by case alone are one to DuckDB, and in a single column a blank line is a row.
    if len({name.lower() for name in header}) < max(2, len(header)) or not all(header):
        return None
    return connection.read_csv(
        str(path),
        columns=dict.fromkeys(header, "VARCHAR"),
        auto_detect=False,
        header=True,
        sep=",",
        quotechar='"',
        escapechar='"',
        na_values=[""],
        strict_mode=True,
    )


def _is_plain(path: Path) -> bool:
    """Whether a file has no quotes, no zeros and no line break but line feeds, before which a return may stand."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            chunk += file.readline()
            if b'"' in chunk or b"\0" in chunk or chunk.count(b"\r") != chunk.count(b"\r\n"):
                return False
    return True


_CHUNK = 2**20
