"""Trees to SQLite conditions with bound values: the fragment of OData that both define in the same way.

SQLite's own operators give null wherever an operand is null. OData's `eq`, `ne`, `gt`, `ge`, `lt`, `le` and `in` do
not, so that these are written with `IS` and `coalesce`. An operation that fails in OData is null here, as it is under
`on_error="null"`. Text is compared byte by byte in UTF-8, which is the order of code points.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from odata_filter import edm
from odata_filter.nodes import (
    IT,
    Arithmetic,
    Call,
    Case,
    Collection,
    Comparison,
    Literal,
    Logical,
    Member,
    Negate,
    Node,
    Not,
)

Value: TypeAlias = int | float | str | None
Row: TypeAlias = Mapping[str, Value]


class Table:
    """Rows in a table whose columns have no type, so that each value keeps its own.

    Args:
        columns: the properties that rows may have.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        """Make the table, in memory."""
        self._columns = columns
        self._database = sqlite3.connect(":memory:", isolation_level=None)
        self._database.execute(f"CREATE TABLE records (at INTEGER PRIMARY KEY, {', '.join(map(_name, columns))})")
        self._insert = f"INSERT INTO records VALUES ({', '.join('?' * (len(columns) + 1))})"  # noqa: S608 - no value in it

    def fill(self, rows: Iterable[Row]) -> None:
        """Hold these rows and no others; a missing property is null."""
        self._database.execute("DELETE FROM records")
        filled = ([at, *(row.get(name) for name in self._columns)] for at, row in enumerate(rows))
        self._database.executemany(self._insert, filled)

    def selected(self, root: Node) -> list[int]:
        """The positions of the rows for which a condition is true."""
        condition = Condition()
        text = f"SELECT at FROM records WHERE {condition.sql(root)} ORDER BY at"  # noqa: S608 - values are bound
        return [at for (at,) in self._database.execute(text, condition.values)]

    def close(self) -> None:
        """Let go of the table."""
        self._database.close()


def _name(column: str) -> str:
    return f'"{column}"'


@dataclass(slots=True)
class Condition:
    """An expression as SQL text, and the values that are bound to its numbered parameters."""

    values: list[Value] = field(default_factory=list)

    def sql(self, node: Node) -> str:
        """The text of an expression, in parentheses where it needs them.

        Raises:
            NotImplementedError: the expression is not in the fragment.
        """
        match node:
            case Literal(type=type_name, text=text):
                return self._bound(edm.python_value(type_name, text))
            case Member(source=source, name=name) if source == IT:
                return _name(name)
            case Call(name=name, arguments=arguments):
                return _CALLS[name, len(arguments)].format(*map(self.sql, arguments))
            case Case(branches=branches):
                pairs = (f"WHEN {self.sql(condition)} THEN {self.sql(result)}" for condition, result in branches)
                return f"(CASE {' '.join(pairs)} END)"
            case Not(operand=operand):
                return f"(NOT {self.sql(operand)})"
            case Negate(operand=operand):
                return f"(- {self.sql(operand)})"
            case Arithmetic(operator=operator, left=left, right=right):
                return f"({self.sql(left)} {_ARITHMETIC[operator]} {self.sql(right)})"
            case Comparison(operator="in", left=left, right=Collection(items=items)):
                value = self.sql(left)
                return f"({' OR '.join(f'{value} IS {self.sql(item)}' for item in items) or f'{value} IS NULL AND 0'})"
            case Comparison(operator=operator, left=left, right=right):
                return _COMPARISONS[operator].format(self.sql(left), self.sql(right))
            case Logical(operator=operator, operands=operands):
                return f"({f' {operator} '.join(map(self.sql, operands))})"
            case _:
                message = f"SQLite does not share {node}"
                raise NotImplementedError(message)

    def _bound(self, value: object) -> str:
        self.values.append(value if value is None or isinstance(value, int | str) else float(str(value)))
        return f"?{len(self.values)}"


_ARITHMETIC = {"add": "+", "sub": "-", "mul": "*", "div": "/", "mod": "%"}
"""Division by zero is null; `/` of integers cuts off the fraction, and `%` has the sign of its left operand."""

_COMPARISONS = {
    "eq": "({0} IS {1})",
    "ne": "({0} IS NOT {1})",
    "gt": "coalesce({0} > {1}, 0)",
    "lt": "coalesce({0} < {1}, 0)",
    "ge": "coalesce({0} >= {1}, {0} IS {1})",
    "le": "coalesce({0} <= {1}, {0} IS {1})",
}

_START = "(CASE WHEN {1} < 0 THEN max(length({0}) + {1}, 0) ELSE min({1}, length({0})) END)"
_WHOLE = "CAST({0} AS INTEGER)"
_CALLS = {
    ("concat", 2): "({0} || {1})",
    ("contains", 2): "(instr({0}, {1}) > 0)",
    ("endswith", 2): "(length({1}) <= length({0}) AND substr({0}, length({0}) - length({1}) + 1) = {1})",
    ("indexof", 2): "(instr({0}, {1}) - 1)",
    ("length", 1): "length({0})",
    ("startswith", 2): "(substr({0}, 1, length({1})) = {1})",
    ("substring", 2): f"substr({{0}}, {_START} + 1)",
    ("substring", 3): f"(CASE WHEN {{2}} >= 0 THEN substr({{0}}, {_START} + 1, min({{2}}, length({{0}}))) END)",
    ("tolower", 1): "lower({0})",
    ("toupper", 1): "upper({0})",
    ("trim", 1): "trim({0})",
    ("ceiling", 1): f"({_WHOLE} + ({{0}} > {_WHOLE}))",
    ("floor", 1): f"({_WHOLE} - ({{0}} < {_WHOLE}))",
    ("round", 1): "round({0})",
}
