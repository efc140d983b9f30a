"""A filter and a table to a plan: what comes out of each part for each distinct value of the key that it reads."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import TypeAlias, assert_never

from odata_filter.bitsets import RowSet
from odata_filter.columns import NULLS, Column, Table
from odata_filter.data import dataclass, field
from odata_filter.equalities import PLAIN, equality
from odata_filter.errors import FilterError
from odata_filter.filter import Filter, Options
from odata_filter.nodes import (
    Call,
    Comparison,
    Invocation,
    Logical,
    Member,
    Node,
    Not,
    Variable,
    Where,
    children,
    walk,
)

# ---- What can come out of a condition ----------------------------------------------------------------

NULL, TRUE, FALSE, FAILS, OTHER = range(5)
"""The last one is no outcome: it stands for all but `TRUE`."""


def _outcome(condition: Filter, row: object, options: Options) -> int:
    try:
        value = condition.evaluate(row, **options)
    except FilterError:
        return FAILS
    return TRUE if value is True else FALSE if value is False else NULL


def _outcomes(condition: Filter, key: str, values: Sequence[object], options: Options) -> bytearray:
    """What comes out for rows with each value: of a few asked one by one, of many all at once, which is quicker."""
    if len(values) > _FEW:
        outcomes = bytearray(len(values))
        try:
            for outcome, asked in ((TRUE, condition), (FALSE, ~condition)):
                for number in map(_number, asked.select(_single(key, values), **options)):
                    outcomes[number] = outcome
        except FilterError:
            pass
        else:
            return outcomes
    return bytearray(_outcome(condition, row, options) for row in _single(key, values))


_FEW = 64
_NUMBER = ""
"""What no filter can name."""
_number = itemgetter(_NUMBER)


def _single(key: str, values: Sequence[object]) -> Iterator[dict[str, object]]:
    """A row for each code, with its number: the first lacks the key."""
    yield {_NUMBER: 0}
    for number in range(1, len(values)):
        yield {_NUMBER: number, key: values[number]}


FLAGS = (
    *(bytes(outcome == wanted for outcome in range(256)) for wanted in range(OTHER)),
    bytes(outcome != TRUE for outcome in range(256)),
)
"""For each outcome, what turns a string of outcomes into one of flags for it."""


# ---- Plans -------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Leaf:
    """A condition on one key or none: what comes out of it for each code of the key's column.

    Attributes:
        column: of the key, or None when no row has it or there is none; then there is one outcome, for code 0.
        outcomes: a byte for each code.
        rows: the rows of an outcome, once they were asked for.
    """

    column: Column | None
    outcomes: bytearray
    rows: dict[int, RowSet] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loose:
    """A condition that codes do not decide, as it reads more than one key; whether it cannot fail."""

    safe: bool


@dataclass(slots=True, eq=False)
class Negation:
    """The other way round."""

    part: "Part"


@dataclass(slots=True, eq=False)
class Chain:
    """Parts under `and` or `or`."""

    parts: "list[Part]"
    decisive: int


Part: TypeAlias = Leaf | Loose | Negation | Chain


@dataclass(slots=True, eq=False)
class Plan:
    """A filter taken apart.

    Attributes:
        part: its root.
        sure: whether every part is decided by codes, and none fails for any value.
        lasting: whether it serves more than once.
        options: those of the question; a lasting plan is found by their identity, so it keeps them.
    """

    part: Part
    sure: bool
    lasting: bool
    options: Options


_LASTING = frozenset({"schema", "coerce", "collation", "on_error"})
"""Options that are the same as long as they are the same object; with any other a plan serves once."""


# ---- Which keys an expression reads --------------------------------------------------------------------


def _keys(node: Node, parameters: Mapping[str, object], *, inside: bool = False) -> frozenset[str] | None:
    """The keys of the row that an expression reads; None when it may read anything.

    Args:
        node: the expression.
        parameters: the values of parameter aliases; an expression among them may read anything.
        inside: whether it stands inside `/$filter`, where `$this` is not the row.
    """
    match node:
        case Member(name=name) if name.startswith("@"):
            return None
        case Member(source=Variable(name="$it"), name=name) if "." not in name:
            return frozenset({name})
        case Variable(name="$it"):
            return None
        case Variable(name="$this"):
            return frozenset() if inside else None
        case Variable(name=name):
            return None if isinstance(parameters.get(name), Filter) else frozenset()
        case Where(source=source, predicate=predicate):
            return _all([_keys(source, parameters, inside=inside), _keys(predicate, parameters, inside=True)])
        case Invocation(source=None, name=name):
            found = (_keys(child, parameters, inside=inside) for child in children(node))
            return _all([frozenset() if "." in name else frozenset({name}), *found])
        case _:
            return _all(_keys(child, parameters, inside=inside) for child in children(node))


def _all(found: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    keys: frozenset[str] = frozenset()
    for each in found:
        if each is None:
            return None
        keys |= each
    return keys


# ---- Filter to plan ------------------------------------------------------------------------------------


def plan(condition: Filter, table: Table, options: Options) -> Plan:
    """Take a filter apart and ask its parts about the distinct values that the table has now."""
    lasting = options.keys() <= _LASTING
    if "now" not in options and any(_asks_the_clock(node) for node in walk(condition.expression)):
        options, lasting = {**options, "now": dt.datetime.now(dt.UTC)}, False
    part = _part(condition.expression, table, options)
    return Plan(part, _is_sure(part), lasting, options)


def _asks_the_clock(node: Node) -> bool:
    return isinstance(node, Call) and node.name == "now"


def _part(node: Node, table: Table, options: Options) -> Part:
    match node:
        case Not(operand=operand):
            return Negation(_part(operand, table, options))
        case Logical(operator=operator, operands=operands):
            parts = [_part(operand, table, options) for operand in operands]
            # What cannot fail may come last, so that the others leave it less to do.
            parts.sort(key=lambda part: part == Loose(safe=True))
            return Chain(parts, TRUE if operator == "or" else FALSE)
        case _:
            keys = _keys(node, options.get("parameters", {}))
            if keys is None or len(keys) > 1:
                return Loose(_is_safe(node, keys, table, options))
            return _leaf(node, next(iter(keys), None), table, options)


def _is_safe(node: Node, keys: frozenset[str] | None, table: Table, options: Options) -> bool:
    """Whether a condition that is no leaf only compares two keys that have simple values."""
    match node:
        case Comparison(operator="eq" | "ne" | "gt" | "ge" | "lt" | "le", left=Member(), right=Member()):
            found = [table.column(key) for key in keys or ()]
            types = {type_ for column in found if column is not None for type_ in column.types()}
            return keys is not None and types <= _SIMPLE and options.keys().isdisjoint(_READING)
        case _:
            return False


_SIMPLE = PLAIN | {float, Decimal, dt.datetime, dt.time}
_READING = frozenset({"schema", "coerce", "collation"})


def _leaf(node: Node, key: str | None, table: Table, options: Options) -> Leaf:
    """Ask the condition about each distinct value, or about those that can make a difference."""
    condition, column = Filter(node), None if key is None else table.column(key)
    if key is None or column is None:
        return Leaf(None, bytearray([_outcome(condition, {}, options)]))
    special = None if "schema" in options else _special_codes(node, column)
    if special is None or len(column.values) <= NULLS + len(special):
        return Leaf(column, _outcomes(condition, key, column.values, options))
    usual = next(code for code in range(NULLS, len(column.values)) if code not in special)
    outcomes = bytearray([_outcome(condition, {key: column.values[usual]}, options)]) * len(column.values)
    outcomes[0] = _outcome(condition, {}, options)
    for code in {1, *special}:
        outcomes[code] = _outcome(condition, {key: column.values[code]}, options)
    return Leaf(column, outcomes)


def _special_codes(node: Node, column: Column) -> set[int] | None:
    """The codes of the values that an equality asks for, when all others are alike to it; None if they may not be.

    They are when the column and the literals are all of one type whose values are equal only to themselves.
    """
    found = equality(node)
    sought = () if found is None else [value for value in found.values if value is not None]
    types = {*column.types(), *map(type, sought)}
    if found is None or len(types) > 1 or not types <= PLAIN:
        return None
    return {code for code in map(column.code, sought) if code is not None}


def _is_sure(part: Part) -> bool:
    match part:
        case Leaf(outcomes=outcomes):
            return FAILS not in outcomes
        case Loose():
            return False
        case Negation(part=negated):
            return _is_sure(negated)
        case Chain(parts=parts):
            return all(map(_is_sure, parts))
        case _:
            assert_never(part)
