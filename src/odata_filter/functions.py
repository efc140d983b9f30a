"""The canonical functions of OData 4.01 as one table: name, signatures, section and Python body.

A body is called with values of a signature's kinds, never with null: a null argument gives null (section 5.1.1.4),
and so do arguments that fit no signature. Sections are those of OData 4.01 Part 2 (URL Conventions); "REC" marks a
rule of this library where the standard is silent.
"""

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias

from odata_filter import casts, edm, geo, values
from odata_filter.data import dataclass
from odata_filter.errors import FilterEvaluationError, Problem

Kinds: TypeAlias = frozenset[str]

ANY: Kinds = frozenset()
"""No kinds named: a value of any type."""
BOOLEAN = frozenset({edm.BOOLEAN})
STRING = frozenset({edm.STRING})
ORDERED = frozenset({edm.COLLECTION})
COLLECTION = values.COLLECTIONS
INTEGER = frozenset({edm.INT64})
NUMBER = values.NUMBERS
DOUBLE = frozenset({edm.DOUBLE})
DECIMAL = frozenset({edm.DECIMAL})
DATE = frozenset({edm.DATE})
DATE_TIME_OFFSET = frozenset({edm.DATE_TIME_OFFSET})
TIME_OF_DAY = frozenset({edm.TIME_OF_DAY})
DURATION = frozenset({edm.DURATION})
TYPE_NAME = frozenset({edm.TYPE_NAME})
POINT = frozenset({"Edm.GeographyPoint", "Edm.GeometryPoint"})
LINE_STRING = frozenset({"Edm.GeographyLineString", "Edm.GeometryLineString"})
POLYGON = frozenset({"Edm.GeographyPolygon", "Edm.GeometryPolygon"})
WITH_DATE = DATE | DATE_TIME_OFFSET | {edm.LOCAL_TIME}
WITH_TIME = TIME_OF_DAY | DATE_TIME_OFFSET | {edm.LOCAL_TIME}


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes and gives, each as the set of Edm types that are allowed."""

    parameters: tuple[Kinds, ...]
    result: Kinds


@dataclass(frozen=True, slots=True)
class Function:
    """One function that a filter may call by its bare name.

    Attributes:
        name: as the standard spells it; upper and lower case count as equal in a filter.
        section: of OData 4.01 Part 2.
        signatures: every overload, in the standard's order.
        body: takes values of one of the signatures' kinds; None for `now`, which the evaluation answers itself.
    """

    name: str
    section: str
    signatures: tuple[Signature, ...]
    body: Callable[..., object] | None

    def arities(self) -> tuple[int, ...]:
        """How many arguments the function takes: the possible numbers, ascending."""
        return _ARITIES[self.name]

    def usage(self) -> str:
        """How it is called, one line for each overload: `substring(String,Int) or substring(Collection,Int)`."""
        return " or ".join(f"{self.name}({','.join(map(_kinds_text, s.parameters))})" for s in self.signatures)


def _kinds_text(kinds: Kinds) -> str:
    return "|".join(sorted(kind.removeprefix("Edm.") for kind in kinds)) or "any"


def canonical(name: str) -> Function | None:
    """The canonical function of that name in any mix of cases (Protocol section 13.2.1), or None."""
    return _BY_LOWER_NAME.get(name.lower())


def fits(kinds: Sequence[str], parameters: Sequence[Kinds]) -> bool:
    """Whether arguments of these kinds suit a signature's parameters; null suits none."""
    return len(kinds) == len(parameters) and all(
        kind != edm.NULL and (not allowed or kind in allowed) for kind, allowed in zip(kinds, parameters, strict=True)
    )


# ---- Strings and collections (5.1.1.5 to 5.1.1.7) ------------------------------------------------

_Sequence: TypeAlias = Sequence[Any]


def _same(left: _Sequence, right: _Sequence) -> bool:
    """Whether two strings or two lists are equal, member by member by `eq`."""
    return left == right if isinstance(left, str) else values.equal(list(left), list(right)) is True


def _concat(left: _Sequence, right: _Sequence) -> _Sequence:
    if len(left) + len(right) > _MAX_LENGTH:
        message = f"concat makes no value of more than {_MAX_LENGTH} characters or members"
        raise FilterEvaluationError(Problem(message=message, code="too-long"))
    return left + right if isinstance(left, str) and isinstance(right, str) else [*left, *right]


_MAX_LENGTH = 10_000_000
"""Characters or members that `concat` makes: a filter may name a long value of a row many times over."""


def _contains(whole: _Sequence, part: _Sequence) -> bool:
    return _indexof(whole, part) >= 0


def _endswith(whole: _Sequence, part: _Sequence) -> bool:
    return len(part) <= len(whole) and _same(whole[len(whole) - len(part) :], part)


def _indexof(whole: _Sequence, part: _Sequence) -> int:
    if isinstance(whole, str) and isinstance(part, str):
        return whole.find(part)
    return values.position(whole, part)


def _startswith(whole: _Sequence, part: _Sequence) -> bool:
    return _same(whole[: len(part)], part)


def _substring(whole: _Sequence, start: int, length: int | None = None) -> _Sequence:
    """REC: a start before the beginning is the beginning."""
    if length is not None and length < 0:
        message = f"substring was given the length {length}, and a length cannot be negative"
        raise FilterEvaluationError(Problem(message=message, code="negative-length"))
    begin = max(0, len(whole) + start) if start < 0 else start
    return whole[begin:] if length is None else whole[begin : begin + length]


def _has_subsequence(whole: _Sequence, part: _Sequence) -> bool:
    remaining = iter(whole)
    return all(any(values.equal(candidate, member) is True for candidate in remaining) for member in part)


WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""The characters with the Unicode property White_Space; `str.strip` would also take U+001C to U+001F."""


def _matches_pattern(text: str, pattern: str) -> bool:
    from odata_filter import patterns  # noqa: PLC0415 - slow to import, and few filters need it

    return patterns.matches(text, pattern)


def _trim(text: str) -> str:
    return text.strip(WHITE_SPACE)


# ---- Dates and times (5.1.1.8): a field is taken in the value's own offset ---------------------------


def _seconds(microseconds: int) -> Decimal:
    return Decimal(microseconds).scaleb(-6, values.CONTEXT)


def _fractional_seconds(value: dt.datetime | dt.time) -> Decimal:
    return _seconds(value.microsecond)


def _total_offset_minutes(value: dt.datetime) -> int:
    return int((value.utcoffset() or dt.timedelta()) / dt.timedelta(minutes=1))


def _total_seconds(value: dt.timedelta) -> Decimal:
    return _seconds(value // dt.timedelta(microseconds=1))


# ---- Numbers (5.1.1.9) -------------------------------------------------------------------------------


def _rounding(mode: str) -> Callable[[values.Number], values.Number]:
    """A function to the nearest integral value in one direction; REC: integers, INF and NaN stay as they are."""

    def rounded(value: values.Number) -> values.Number:
        if isinstance(value, int) or not math.isfinite(value):
            return value
        whole = Decimal(value).to_integral_value(mode)
        return float(whole) if isinstance(value, float) else whole

    return rounded


# ---- The table -------------------------------------------------------------------------------


def _overloads(
    parameters: tuple[Kinds, ...], result: Kinds | None = None, collection: Kinds = ORDERED
) -> tuple[Signature, Signature]:
    """The overloads of a function on strings and on collections, which stand where `ANY` does."""

    def on(kinds: Kinds) -> Signature:
        return Signature(tuple(kinds if kind is ANY else kind for kind in parameters), result or kinds)

    return on(STRING), on(collection)


def _one(*parameters: Kinds, result: Kinds) -> tuple[Signature]:
    return (Signature(parameters, result),)


def _field(name: str) -> Callable[[object], object]:
    return lambda value: getattr(value, name)


FUNCTIONS: tuple[Function, ...] = (
    Function("concat", "5.1.1.5.1", _overloads((ANY, ANY), collection=COLLECTION), _concat),
    Function("contains", "5.1.1.5.2", _overloads((ANY, ANY), BOOLEAN), _contains),
    Function("endswith", "5.1.1.5.3", _overloads((ANY, ANY), BOOLEAN), _endswith),
    Function("indexof", "5.1.1.5.4", _overloads((ANY, ANY), INTEGER), _indexof),
    Function("length", "5.1.1.5.5", _overloads((ANY,), INTEGER, COLLECTION), len),
    Function("startswith", "5.1.1.5.6", _overloads((ANY, ANY), BOOLEAN), _startswith),
    Function("substring", "5.1.1.5.7", _overloads((ANY, INTEGER)) + _overloads((ANY, INTEGER, INTEGER)), _substring),
    Function("hassubset", "5.1.1.6.1", _one(COLLECTION, COLLECTION, result=BOOLEAN), values.includes),
    Function("hassubsequence", "5.1.1.6.2", _one(ORDERED, ORDERED, result=BOOLEAN), _has_subsequence),
    Function("matchesPattern", "5.1.1.7.1", _one(STRING, STRING, result=BOOLEAN), _matches_pattern),
    Function("tolower", "5.1.1.7.2", _one(STRING, result=STRING), str.lower),
    Function("toupper", "5.1.1.7.3", _one(STRING, result=STRING), str.upper),
    Function("trim", "5.1.1.7.4", _one(STRING, result=STRING), _trim),
    Function("date", "5.1.1.8.1", _one(DATE_TIME_OFFSET, result=DATE), dt.datetime.date),
    Function("day", "5.1.1.8.2", _one(WITH_DATE, result=INTEGER), _field("day")),
    Function("fractionalseconds", "5.1.1.8.3", _one(WITH_TIME, result=DECIMAL), _fractional_seconds),
    Function("hour", "5.1.1.8.4", _one(WITH_TIME, result=INTEGER), _field("hour")),
    Function("maxdatetime", "5.1.1.8.5", _one(result=DATE_TIME_OFFSET), lambda: dt.datetime.max.replace(tzinfo=dt.UTC)),
    Function("mindatetime", "5.1.1.8.6", _one(result=DATE_TIME_OFFSET), lambda: dt.datetime.min.replace(tzinfo=dt.UTC)),
    Function("minute", "5.1.1.8.7", _one(WITH_TIME, result=INTEGER), _field("minute")),
    Function("month", "5.1.1.8.8", _one(WITH_DATE, result=INTEGER), _field("month")),
    Function("now", "5.1.1.8.9", _one(result=DATE_TIME_OFFSET), None),
    Function("second", "5.1.1.8.10", _one(WITH_TIME, result=INTEGER), _field("second")),
    Function("time", "5.1.1.8.11", _one(DATE_TIME_OFFSET, result=TIME_OF_DAY), dt.datetime.time),
    Function("totaloffsetminutes", "5.1.1.8.12", _one(DATE_TIME_OFFSET, result=INTEGER), _total_offset_minutes),
    Function("totalseconds", "5.1.1.8.13", _one(DURATION, result=DECIMAL), _total_seconds),
    Function("year", "5.1.1.8.14", _one(WITH_DATE, result=INTEGER), _field("year")),
    Function("ceiling", "5.1.1.9.1", _one(NUMBER, result=NUMBER), _rounding(ROUND_CEILING)),
    Function("floor", "5.1.1.9.2", _one(NUMBER, result=NUMBER), _rounding(ROUND_FLOOR)),
    Function("round", "5.1.1.9.3", _one(NUMBER, result=NUMBER), _rounding(ROUND_HALF_UP)),
    Function("cast", "5.1.1.10.1", _one(ANY, TYPE_NAME, result=ANY), casts.cast),
    Function("isof", "5.1.1.10.2", _one(ANY, TYPE_NAME, result=BOOLEAN), casts.isof),
    Function("geo.distance", "5.1.1.11.1", _one(POINT, POINT, result=DOUBLE), geo.distance),
    Function("geo.intersects", "5.1.1.11.2", _one(POINT, POLYGON, result=BOOLEAN), geo.intersects),
    Function("geo.length", "5.1.1.11.3", _one(LINE_STRING, result=DOUBLE), geo.length),
)
"""Every canonical function, in the order of the standard's sections."""

_ARITIES: Mapping[str, tuple[int, ...]] = {
    function.name: tuple(sorted({len(signature.parameters) for signature in function.signatures}))
    for function in FUNCTIONS
}
_BY_LOWER_NAME: Mapping[str, Function] = {function.name.lower(): function for function in FUNCTIONS}
