"""A condition to the equality that it is, if it is one: a key, and the values of the literals it is compared with."""

import datetime as dt
from uuid import UUID

from odata_filter import edm
from odata_filter.data import dataclass
from odata_filter.errors import FilterEvaluationError
from odata_filter.nodes import Collection, Comparison, Literal, Member, Node, key_of

PLAIN = frozenset({str, int, bool, bytes, UUID, dt.date, dt.timedelta})
"""Types of which two equal values are the same to every filter, and two others are not equal by `eq`."""


@dataclass(frozen=True, slots=True)
class Equality:
    """`Name eq 'x'`, `'x' ne Name`, `Name in ('x','y')`: an operator, a key of the row, and Python values."""

    operator: str
    key: str
    values: tuple[object, ...]


def equality(node: Node) -> Equality | None:
    """The equality that a condition is; None when it is another condition, or a literal has no value in Python."""
    match node:
        case Comparison(operator="eq" | "ne", left=Member() as path, right=Literal() as literal):
            literals: tuple[Node, ...] = (literal,)
        case Comparison(operator="eq" | "ne", left=Literal() as literal, right=Member() as path):
            literals = (literal,)
        case Comparison(operator="in", left=Member() as path, right=Collection(items=items)):
            literals = items
        case _:
            return None
    key = key_of(path)
    found = None if key is None else _values(literals)
    return None if key is None or found is None else Equality(node.operator, key, found)


def _values(literals: tuple[Node, ...]) -> tuple[object, ...] | None:
    found = [each for each in literals if isinstance(each, Literal)]
    if len(found) < len(literals):
        return None
    try:
        return tuple(edm.python_value(each.type, each.text) for each in found)
    except FilterEvaluationError:
        return None
