"""The canonical functions of OData 4.01 as one table: name, signatures, section and Python body.

A body is called with values of a signature's kinds, never with null: a null argument gives null (section 5.1.1.4),
and so do arguments that fit no signature. Sections are those of OData 4.01 Part 2 (URL Conventions).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from odata_filter import edm
from odata_filter.errors import FilterEvaluationError, Problem

Kinds: TypeAlias = frozenset[str]

BOOLEAN = frozenset({edm.BOOLEAN})
STRING = frozenset({edm.STRING})
COLLECTION = frozenset({edm.COLLECTION})
INTEGER = frozenset({edm.INT64})
NUMBER = frozenset({edm.INT64, edm.DECIMAL, edm.DOUBLE})
DATE = frozenset({edm.DATE, edm.DATE_TIME_OFFSET})
TIME = frozenset({edm.TIME_OF_DAY, edm.DATE_TIME_OFFSET})
DATE_TIME_OFFSET = frozenset({edm.DATE_TIME_OFFSET})
TIME_OF_DAY = frozenset({edm.TIME_OF_DAY})
DURATION = frozenset({edm.DURATION})
DECIMAL = frozenset({edm.DECIMAL})
POINT = frozenset({"Edm.GeographyPoint", "Edm.GeometryPoint"})
LINE = frozenset({"Edm.GeographyLineString", "Edm.GeometryLineString"})
POLYGON = frozenset({"Edm.GeographyPolygon", "Edm.GeometryPolygon"})
DOUBLE = frozenset({edm.DOUBLE})
ANY: Kinds = frozenset()
"""No kinds: whatever the value is."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes and gives, each as the set of Edm types that are allowed."""

    parameters: tuple[Kinds, ...]
    result: Kinds


@dataclass(frozen=True, slots=True)
class Function:
    """One canonical function.

    Attributes:
        name: as the standard spells it; upper and lower case count as equal in a filter.
        section: of OData 4.01 Part 2.
        signatures: every overload, in the standard's order.
        body: takes values of one of the signatures' kinds; None where this release has no evaluation yet.
    """

    name: str
    section: str
    signatures: tuple[Signature, ...]
    body: Callable[..., object] | None = None

    def arities(self) -> tuple[int, ...]:
        """How many arguments the function takes: the possible numbers, ascending."""
        return tuple(sorted({len(signature.parameters) for signature in self.signatures}))


def canonical(name: str) -> Function | None:
    """The canonical function of that name in any mix of cases (Protocol section 13.2.1), or None."""
    return _BY_LOWER_NAME.get(name.lower())


# ---- String and collection functions (5.1.1.5, 5.1.1.7) --------------------------------------

_Sequence: TypeAlias = Sequence[Any]


def _contains(whole: _Sequence, part: _Sequence) -> bool:
    return _indexof(whole, part) >= 0


def _indexof(whole: _Sequence, part: _Sequence) -> int:
    if isinstance(whole, str):
        return whole.find(part)
    return next((at for at in range(len(whole) - len(part) + 1) if whole[at : at + len(part)] == part), -1)


def _startswith(whole: _Sequence, part: _Sequence) -> bool:
    return whole[: len(part)] == part


def _endswith(whole: _Sequence, part: _Sequence) -> bool:
    return len(part) <= len(whole) and whole[len(whole) - len(part) :] == part


def _substring(whole: _Sequence, start: int, length: int | None = None) -> _Sequence:
    if length is not None and length < 0:
        message = f"substring was given the length {length}, and a length cannot be negative"
        raise FilterEvaluationError(Problem(message=message, code="negative-length"))
    begin = max(0, len(whole) + start) if start < 0 else start
    return whole[begin:] if length is None else whole[begin : begin + length]


_WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""The characters with the Unicode property White_Space; `str.strip` would also take U+001C to U+001F."""


def _trim(text: str) -> str:
    return text.strip(_WHITE_SPACE)


# ---- The table -------------------------------------------------------------------------------


def _same(parameters: tuple[Kinds, ...], result: Kinds | None = None) -> tuple[Signature, Signature]:
    """The overloads of a function on strings and on ordered collections."""

    def on(kinds: Kinds) -> Signature:
        return Signature(tuple(kinds if kind is ANY else kind for kind in parameters), result or kinds)

    return on(STRING), on(COLLECTION)


def _one(*parameters: Kinds, result: Kinds) -> tuple[Signature]:
    return (Signature(parameters, result),)


FUNCTIONS: tuple[Function, ...] = (
    Function("concat", "5.1.1.5.1", _same((ANY, ANY)), lambda left, right: left + right),
    Function("contains", "5.1.1.5.2", _same((ANY, ANY), BOOLEAN), _contains),
    Function("endswith", "5.1.1.5.3", _same((ANY, ANY), BOOLEAN), _endswith),
    Function("indexof", "5.1.1.5.4", _same((ANY, ANY), INTEGER), _indexof),
    Function("length", "5.1.1.5.5", _same((ANY,), INTEGER), len),
    Function("startswith", "5.1.1.5.6", _same((ANY, ANY), BOOLEAN), _startswith),
    Function("substring", "5.1.1.5.7", _same((ANY, INTEGER)) + _same((ANY, INTEGER, INTEGER)), _substring),
    Function("hassubset", "5.1.1.6.1", _one(COLLECTION, COLLECTION, result=BOOLEAN)),
    Function("hassubsequence", "5.1.1.6.2", _one(COLLECTION, COLLECTION, result=BOOLEAN)),
    Function("matchesPattern", "5.1.1.7.1", _one(STRING, STRING, result=BOOLEAN)),
    Function("tolower", "5.1.1.7.2", _one(STRING, result=STRING), str.lower),
    Function("toupper", "5.1.1.7.3", _one(STRING, result=STRING), str.upper),
    Function("trim", "5.1.1.7.4", _one(STRING, result=STRING), _trim),
    Function("date", "5.1.1.8.1", _one(DATE_TIME_OFFSET, result=frozenset({edm.DATE}))),
    Function("day", "5.1.1.8.2", _one(DATE, result=INTEGER)),
    Function("fractionalseconds", "5.1.1.8.3", _one(TIME, result=DECIMAL)),
    Function("hour", "5.1.1.8.4", _one(TIME, result=INTEGER)),
    Function("maxdatetime", "5.1.1.8.5", _one(result=DATE_TIME_OFFSET)),
    Function("mindatetime", "5.1.1.8.6", _one(result=DATE_TIME_OFFSET)),
    Function("minute", "5.1.1.8.7", _one(TIME, result=INTEGER)),
    Function("month", "5.1.1.8.8", _one(DATE, result=INTEGER)),
    Function("now", "5.1.1.8.9", _one(result=DATE_TIME_OFFSET)),
    Function("second", "5.1.1.8.10", _one(TIME, result=INTEGER)),
    Function("time", "5.1.1.8.11", _one(DATE_TIME_OFFSET, result=TIME_OF_DAY)),
    Function("totaloffsetminutes", "5.1.1.8.12", _one(DATE_TIME_OFFSET, result=INTEGER)),
    Function("totalseconds", "5.1.1.8.13", _one(DURATION, result=DECIMAL)),
    Function("year", "5.1.1.8.14", _one(DATE, result=INTEGER)),
    Function("ceiling", "5.1.1.9.1", _one(NUMBER, result=NUMBER)),
    Function("floor", "5.1.1.9.2", _one(NUMBER, result=NUMBER)),
    Function("round", "5.1.1.9.3", _one(NUMBER, result=NUMBER)),
    Function("cast", "5.1.1.10.1", _one(ANY, frozenset({edm.TYPE_NAME}), result=ANY)),
    Function("isof", "5.1.1.10.2", _one(ANY, frozenset({edm.TYPE_NAME}), result=BOOLEAN)),
    Function("geo.distance", "5.1.1.11.1", _one(POINT, POINT, result=DOUBLE)),
    Function("geo.intersects", "5.1.1.11.2", _one(POINT, POLYGON, result=BOOLEAN)),
    Function("geo.length", "5.1.1.11.3", _one(LINE, result=DOUBLE)),
)
"""Every canonical function, in the order of the standard's sections."""

_BY_LOWER_NAME: Mapping[str, Function] = {function.name.lower(): function for function in FUNCTIONS}
