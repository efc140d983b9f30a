"""Two Python values to one, by the rules of the Edm types: kinds, equality, order and arithmetic.

A result of None means that OData gives null: the operands' types do not fit the operator. Whether an operand may
be null itself is the evaluator's business; only `equal` has an answer for it. Sections are those of OData 4.01
Part 2 (URL Conventions); "REC" marks a rule of this library where the standard is silent.
"""

import datetime as dt
import enum
import math
import operator as op
import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from decimal import Context, Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from odata_filter import edm
from odata_filter.data import dataclass
from odata_filter.errors import FilterEvaluationError, Problem

Number: TypeAlias = int | float | Decimal

NUMBERS = frozenset({edm.INT64, edm.DECIMAL, edm.DOUBLE})
COLLECTIONS = frozenset({edm.COLLECTION, edm.UNORDERED})
ORDERED_KINDS = frozenset({edm.BOOLEAN, edm.STRING, edm.GUID, edm.DATE, edm.TIME_OF_DAY, edm.DATE_TIME_OFFSET})
ORDERED_KINDS |= {edm.DURATION, edm.LOCAL_TIME}
TURNED: Mapping[str, str] = MappingProxyType({"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"})
"""Each comparison to the one that says the same from the other side: `a lt b` is `b gt a`."""
OPPOSITE: Mapping[str, str] = MappingProxyType({"eq": "ne", "ne": "eq", "gt": "le", "ge": "lt", "lt": "ge", "le": "gt"})
"""Each comparison to the one that is true when it is false, of values that both have an order and are not null."""
CONTEXT = Context(prec=28, traps=[])
"""For divisions, Python's usual precision; nothing traps, because INF and NaN are values (section 5.1.1.2.5)."""
_EXACT = Context(prec=10_000, traps=[])
"""For sums and products, whose scale the operands decide (sections 5.1.1.2.1 to 5.1.1.2.4)."""
_MICROSECOND = dt.timedelta(microseconds=1)


# ---- Kinds -----------------------------------------------------------------------------------


def kind(value: object) -> str:
    """Which Edm type a Python value belongs to; a kind that is no primitive type where none fits.

    bool is no number, a datetime is no date, and a datetime without time zone is a kind of its own.
    """
    known = _KINDS.get(type(value))
    if known is not None:
        return known
    if isinstance(value, edm.Shape):
        return value.type
    if isinstance(value, dt.datetime):
        return edm.LOCAL_TIME if value.utcoffset() is None else edm.DATE_TIME_OFFSET
    if edm.is_guid(value):
        return edm.GUID
    base = next((name for python_type, name in _BASES if isinstance(value, python_type)), None)
    return base or (edm.UNTYPED if _property_names(cast("Hashable", type(value))) is None else edm.COMPLEX)


def record(value: object) -> Mapping[str, object] | None:
    """A complex value as a mapping: a Mapping itself, or the fields of a dataclass, attrs or Pydantic object."""
    if isinstance(value, Mapping):
        return value
    names = _property_names(cast("Hashable", type(value)))
    return None if names is None else {name: getattr(value, name, None) for name in names}


@lru_cache(maxsize=1024)
def _property_names(python_type: type[Any]) -> tuple[str, ...] | None:
    """The declared fields of a class of records, and only those; None for any other class."""
    if hasattr(python_type, "__dataclass_fields__") and python_type is not edm.Shape:
        from dataclasses import fields  # noqa: PLC0415 - rows are seldom dataclasses, and it is slow to import

        return tuple(field.name for field in fields(python_type))
    attrs_fields = getattr(python_type, "__attrs_attrs__", None)
    if attrs_fields is not None:
        return tuple(field.name for field in attrs_fields)
    model_fields = getattr(python_type, "__pydantic_fields__", None)
    return None if model_fields is None else tuple(model_fields)


_KINDS: Mapping[type, str] = {
    type(None): edm.NULL,
    bool: edm.BOOLEAN,
    int: edm.INT64,
    float: edm.DOUBLE,
    Decimal: edm.DECIMAL,
    str: edm.STRING,
    dt.date: edm.DATE,
    dt.time: edm.TIME_OF_DAY,
    dt.timedelta: edm.DURATION,
    bytes: edm.BINARY,
    dict: edm.COMPLEX,
    list: edm.COLLECTION,
    tuple: edm.COLLECTION,
    set: edm.UNORDERED,
    frozenset: edm.UNORDERED,
}
_BASES: tuple[tuple[type, str], ...] = (
    (enum.Flag, edm.ENUMERATION),
    *((python_type, name) for python_type, name in _KINDS.items() if python_type not in {bool, type(None)}),
    (enum.Enum, edm.ENUMERATION),
    (Mapping, edm.COMPLEX),
)


# ---- Equality and order (5.1.1.1.1 to 5.1.1.1.6) -------------------------------------------------


def equal(left: object, right: object) -> bool | None:
    """Whether two values are equal by `eq`; null equals null only, and None says that the types do not fit."""
    if left is None or right is None:
        return left is right
    left_kind, right_kind = kind(left), kind(right)
    if left_kind in NUMBERS and right_kind in NUMBERS:
        return bool(op.eq(*_comparable(cast("Number", left), cast("Number", right))))
    if edm.ENUMERATION in (left_kind, right_kind):
        return _equal_members(left, right)
    if left_kind in COLLECTIONS and right_kind in COLLECTIONS:
        return _equal_collections(cast("Iterable[object]", left), cast("Iterable[object]", right))
    if left_kind != right_kind or left_kind == edm.UNTYPED or left_kind in edm.SHAPES:
        return None
    if left_kind == edm.COMPLEX:
        return _equal_records(record(left) or {}, record(right) or {})
    return bool(_instant(left) == _instant(right))


def ordered(comparison: Callable[[Any, Any], bool], left: object, right: object) -> bool | None:
    """Whether `left` stands to `right` as one of `operator.lt le gt ge` says; neither may be null."""
    left_kind, right_kind = kind(left), kind(right)
    if left_kind in NUMBERS and right_kind in NUMBERS:
        return bool(comparison(*_comparable(cast("Number", left), cast("Number", right))))
    if left_kind != right_kind or left_kind not in ORDERED_KINDS:
        return None
    try:
        return bool(comparison(_instant(left), _instant(right)))
    except TypeError:  # a time of day with a time zone against one without
        return None


def _instant(value: object) -> object:
    """A moment with the offset that it has now: Python compares the wall clocks of two in one time zone."""
    if not isinstance(value, dt.datetime) or value.tzinfo is None or isinstance(value.tzinfo, dt.timezone):
        return value
    offset = value.utcoffset()
    return value if offset is None else value.replace(tzinfo=dt.timezone(offset), fold=0)


def _comparable(left: Number, right: Number) -> tuple[Number, Number]:
    """Both as they compare after numeric promotion (5.1.1.18): a Decimal meets a float as a float."""
    left, right = _quiet(left), _quiet(right)
    if isinstance(left, float) and isinstance(right, Decimal):
        return left, float(right)
    if isinstance(left, Decimal) and isinstance(right, float):
        return float(left), right
    return left, right


def _quiet(value: Number) -> Number:
    """A Decimal NaN as a float, because comparing a Decimal one raises."""
    return math.nan if isinstance(value, Decimal) and value.is_nan() else value


def _equal_members(left: object, right: object) -> bool | None:
    """REC: an Enum member equals itself, its name and its value."""
    if isinstance(left, enum.Enum) and isinstance(right, enum.Enum):
        return left is right
    member, other = (left, right) if isinstance(left, enum.Enum) else (right, left)
    if isinstance(member, enum.Flag) and isinstance(other, str):
        number = _flag_number(other.split(","), type(member).__members__)
        return None if number is None else member.value == number
    name, value = cast("enum.Enum", member).name, cast("enum.Enum", member).value
    if isinstance(other, str):
        return other == name or (isinstance(value, str) and other == value)
    return equal(value, other)


def _flag_number(parts: list[str], members: Mapping[str, object]) -> int | None:
    """The flags that names and integers stand for together, or None where one is neither."""
    number = 0
    for part in parts:
        if len(part) > _MAX_FLAG_DIGITS:
            return None
        if part.removeprefix("-").isdecimal():
            number |= int(part)
        elif isinstance(members.get(part), enum.Flag):
            number |= cast("enum.Flag", members[part]).value
        else:
            return None
    return number


_MAX_FLAG_DIGITS = 1000
"""No enumeration has a member of so many digits, or of so long a name."""


def _equal_collections(left: Iterable[object], right: Iterable[object]) -> bool:
    """Ordered collections pair by pair; REC: a set on either side counts how often each value occurs."""
    if isinstance(left, set | frozenset) or isinstance(right, set | frozenset):
        return includes(left, right) and includes(right, left)
    lefts, rights = list(left), list(right)
    return len(lefts) == len(rights) and all(equal(*pair) is True for pair in zip(lefts, rights, strict=True))


def _equal_records(left: Mapping[str, object], right: Mapping[str, object]) -> bool:
    """REC: the union of the keys, a missing one is null, and annotations (keys with `@`) are passed over."""
    names = [name for name in {**left, **right} if "@" not in str(name)]
    return all(equal(left.get(name), right.get(name)) is True for name in names)


def includes(whole: Iterable[object], part: Iterable[object]) -> bool:
    """Whether every member of `part` is in `whole`, as often as it occurs (section 5.1.1.6.1).

    Raises:
        FilterEvaluationError: too many members are almost alike, such as decimals that are one and the same double.
    """
    left, right = list(whole), list(part)
    keys = _keys([*left, *right])
    waiting: dict[Hashable, list[object]] = {}
    for key, member in zip(keys, left, strict=False):
        waiting.setdefault(key, []).append(member)
    work = _Work()
    return all(_takes(waiting.get(key, []), member, work) for key, member in zip(keys[len(left) :], right, strict=True))


def _takes(candidates: list[object], member: object, work: "_Work") -> bool:
    """Whether the member is among the candidates, and is taken out."""
    for at, candidate in enumerate(candidates):
        work.add(1)
        if equal(candidate, member) is True:
            del candidates[at]
            return True
    return False


def position(whole: Sequence[object], part: Sequence[object]) -> int:
    """The first place where the members of `part` stand one after the other in `whole`, or -1.

    Raises:
        FilterEvaluationError: as `includes`.
    """
    # Strings are searched in linear time, so each member becomes a character; different ones seldom become the same.
    keys = _keys([*whole, *part])
    numbers = {key: chr(at % sys.maxunicode) for at, key in enumerate(dict.fromkeys(keys))}
    text = "".join(map(numbers.__getitem__, keys))
    searched, wanted = text[: len(whole)], text[len(whole) :]
    work, at = _Work(), searched.find(wanted)
    while at >= 0:
        work.add(len(part))
        if all(equal(*pair) is True for pair in zip(whole[at : at + len(part)], part, strict=True)):
            return at
        at = searched.find(wanted, at + 1)
    return -1


@dataclass(slots=True)
class _Work:
    """How many values have been compared."""

    done: int = 0

    def add(self, comparisons: int) -> None:
        self.done += comparisons
        if self.done > _MAX_COMPARISONS:
            raise _failure("too many members of the collections are almost alike")


_MAX_COMPARISONS = 1_000_000
"""Far more than collections need whose members are either equal or clearly different."""


def _keys(members: list[object]) -> list[Hashable]:
    """For each value what all values share that are equal to it; one and the same for all where that is not known."""
    try:
        return [_key(member) for member in members]
    except TypeError:  # a member of an enumeration, which equals its name and its value, or what cannot be hashed
        return [None] * len(members)


def _key(value: object) -> Hashable:
    value_kind = kind(value)
    if value_kind in NUMBERS:
        return _as_float(_quiet(cast("Number", value)))
    if value_kind in COLLECTIONS:
        return edm.COLLECTION, frozenset(Counter(map(_key, cast("Iterable[object]", value))).items())
    if value_kind == edm.COMPLEX:
        parts = (record(value) or {}).items()
        return frozenset((name, _key(part)) for name, part in parts if part is not None and "@" not in str(name))
    if value_kind == edm.ENUMERATION:
        raise TypeError(value)
    return value_kind, None if value_kind == edm.UNTYPED or value_kind in edm.SHAPES else _instant(value)


# ---- has (5.1.1.1.10) ----------------------------------------------------------------------------


def has(value: object, members: str) -> bool | None:
    """Whether all enumeration members or integers in the literal text `members` are set on a value.

    REC: on an int bit by bit; on an Enum, on a string of names with commas, and on a collection of names by name.
    """
    parts = members.split(",")
    if any(len(part) > _MAX_FLAG_DIGITS for part in parts):
        return False
    if isinstance(value, enum.Flag):
        number = _flag_number(parts, type(value).__members__)
        return None if number is None else value.value & number == number
    if isinstance(value, enum.Enum):
        return set(parts) <= {value.name, str(value.value)}
    if isinstance(value, int) and not isinstance(value, bool):
        number = _flag_number(parts, {})
        return None if number is None else value & number == number
    if isinstance(value, str):
        return set(parts) <= {name.strip() for name in value.split(",")}
    if kind(value) in COLLECTIONS:
        found = list(cast("Iterable[object]", value))
        names = {str.__str__(cast("str", member)) for member in found if kind(member) == edm.STRING}
        flags = [member for member in found if kind(member) == edm.ENUMERATION]
        return all(part in names or any(equal(part, member) is True for member in flags) for part in parts)
    return None


# ---- Arithmetic (5.1.1.2) ------------------------------------------------------------------------


def arithmetic(operator: str, left: object, right: object) -> object:
    """`left` add, sub, mul, div, divby or mod `right`; neither may be null.

    Raises:
        FilterEvaluationError: a division by zero that the standard makes fail, or a date or duration out of range.
    """
    left_kind, right_kind = kind(left), kind(right)
    if left_kind in NUMBERS and right_kind in NUMBERS:
        return _number(operator, cast("Number", left), cast("Number", right))
    entry = _temporal(operator, left_kind, right_kind)
    if entry is None:
        return None
    compute, _ = entry
    try:
        return compute(_instant(left), _instant(right))
    except OverflowError:
        raise _failure(f"the result of {operator} is outside the range that can be computed with") from None


def arithmetic_kind(operator: str, left: str, right: str) -> str | None:
    """The kind that `arithmetic` gives for operands of two kinds; None where they do not fit the operator."""
    if left in NUMBERS and right in NUMBERS:
        both = (left, right)
        exact = edm.DECIMAL if edm.DECIMAL in both or operator == "divby" else edm.INT64
        return edm.DOUBLE if edm.DOUBLE in both else exact
    entry = _temporal(operator, left, right)
    return None if entry is None else entry[1]


def _temporal(operator: str, left: str, right: str) -> tuple[Callable[[Any, Any], object], str] | None:
    return _TEMPORAL.get(("number" if left in NUMBERS else left, operator, "number" if right in NUMBERS else right))


def negated(value: object) -> object:
    """`-value` for a number or a Duration (5.1.1.2.3)."""
    if kind(value) in NUMBERS:
        return value.copy_negate() if isinstance(value, Decimal) else -cast("int", value)
    if kind(value) == edm.DURATION:
        return arithmetic("mul", value, -1)
    return None


def _failure(message: str) -> FilterEvaluationError:
    return FilterEvaluationError(Problem(message=message, code="evaluation"))


def _number(operator: str, left: Number, right: Number) -> Number:
    left, right = _quiet(left), _quiet(right)
    if operator == "mod" and right == 0:
        raise _failure("mod by zero has no value")
    if isinstance(left, float) or isinstance(right, float):
        return _FLOAT[operator](_as_float(left), _as_float(right))
    if isinstance(left, int) and isinstance(right, int) and operator != "divby":
        return _in_range(operator, _INTEGER[operator](left, right))
    return _special(_decimal(operator, Decimal(left), Decimal(right)))


def _in_range(operator: str, value: int) -> int:
    """An integer of at most as many digits as a decimal; chains of products would double them at every step."""
    if value.bit_length() > _MAX_BITS:
        raise _failure(f"the result of {operator} is outside the range that can be computed with")
    return value


_MAX_BITS = math.ceil(_EXACT.prec * math.log2(10))


def _as_float(value: Number) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _special(value: Decimal) -> Number:
    """INF and NaN as the float values that they are everywhere else."""
    return value if value.is_finite() else float(value)


def _decimal(operator: str, left: Decimal, right: Decimal) -> Decimal:
    if operator != "mod":
        return _DECIMAL[operator](left, right)
    if not left.is_finite() or not right.is_finite() or not left:
        return CONTEXT.remainder(left, right)
    digits = left.adjusted() - right.adjusted() + len(right.as_tuple().digits) + 1
    if digits > _MAX_REMAINDER_DIGITS:
        raise _failure("the operands of mod are too far apart")
    return Context(prec=max(digits, CONTEXT.prec, len(left.as_tuple().digits)), traps=[]).remainder(left, right)


_MAX_REMAINDER_DIGITS = 10_000


def _float_division(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)


def _float_remainder(left: float, right: float) -> float:
    if right == 0:
        raise _failure("mod by zero has no value")
    return math.nan if math.isinf(left) else math.fmod(left, right)


def _integer_division(left: int, right: int) -> int:
    if not right:
        raise _failure("an integer div by zero has no value")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _integer_remainder(left: int, right: int) -> int:
    remainder = abs(left) % abs(right)
    return -remainder if left < 0 else remainder


_FLOAT: Mapping[str, Callable[[float, float], float]] = {
    "add": op.add,
    "sub": op.sub,
    "mul": op.mul,
    "div": _float_division,
    "divby": _float_division,
    "mod": _float_remainder,
}
_INTEGER: Mapping[str, Callable[[int, int], int]] = {
    "add": op.add,
    "sub": op.sub,
    "mul": op.mul,
    "div": _integer_division,
    "mod": _integer_remainder,
}
_DECIMAL: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "add": _EXACT.add,
    "sub": _EXACT.subtract,
    "mul": _EXACT.multiply,
    "div": CONTEXT.divide,
    "divby": CONTEXT.divide,
}


def _date_plus(date: dt.date, duration: dt.timedelta) -> dt.date:
    """The date at midnight, moved, and the time dropped (XSD 1.1 E.3.3): today minus a second is yesterday."""
    return (dt.datetime.combine(date, dt.time()) + duration).date()


def _date_minus(date: dt.date, duration: dt.timedelta) -> dt.date:
    return (dt.datetime.combine(date, dt.time()) - duration).date()


def _times(duration: dt.timedelta, number: Number) -> dt.timedelta:
    number = _quiet(number)
    if isinstance(number, int):
        return duration * number
    return _scaled(duration, CONTEXT.multiply, number)


def _divided(duration: dt.timedelta, number: Number) -> dt.timedelta:
    number = _quiet(number)
    if number == 0:
        raise _failure("a duration divided by zero has no value")
    return _scaled(duration, CONTEXT.divide, number)


def _scaled(duration: dt.timedelta, scale: Callable[[Decimal, Decimal], Decimal], number: Number) -> dt.timedelta:
    result = scale(Decimal(duration // _MICROSECOND), Decimal(number))
    if not result.is_finite() or result.adjusted() > CONTEXT.prec:
        raise OverflowError
    return dt.timedelta(microseconds=int(result.to_integral_value()))


_TEMPORAL: Mapping[tuple[str, str, str], tuple[Callable[[Any, Any], object], str]] = {
    (edm.DATE_TIME_OFFSET, "add", edm.DURATION): (op.add, edm.DATE_TIME_OFFSET),
    (edm.LOCAL_TIME, "add", edm.DURATION): (op.add, edm.LOCAL_TIME),
    (edm.DURATION, "add", edm.DURATION): (op.add, edm.DURATION),
    (edm.DATE, "add", edm.DURATION): (_date_plus, edm.DATE),
    (edm.DATE_TIME_OFFSET, "sub", edm.DURATION): (op.sub, edm.DATE_TIME_OFFSET),
    (edm.LOCAL_TIME, "sub", edm.DURATION): (op.sub, edm.LOCAL_TIME),
    (edm.DURATION, "sub", edm.DURATION): (op.sub, edm.DURATION),
    (edm.DATE_TIME_OFFSET, "sub", edm.DATE_TIME_OFFSET): (op.sub, edm.DURATION),
    (edm.LOCAL_TIME, "sub", edm.LOCAL_TIME): (op.sub, edm.DURATION),
    (edm.DATE, "sub", edm.DURATION): (_date_minus, edm.DATE),
    (edm.DATE, "sub", edm.DATE): (op.sub, edm.DURATION),
    (edm.DURATION, "mul", "number"): (_times, edm.DURATION),
    ("number", "mul", edm.DURATION): (lambda number, duration: _times(duration, number), edm.DURATION),
    (edm.DURATION, "div", "number"): (_divided, edm.DURATION),
    (edm.DURATION, "divby", "number"): (_divided, edm.DURATION),
}
"""What dates and durations take part in, and the kind of the result (sections 5.1.1.2.1 to 5.1.1.2.5)."""
