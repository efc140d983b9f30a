"""A value and a type name to the value as that type, or to null (section 5.1.1.10).

`cast` never fails: what cannot be cast is null. The numbered rules are those of section 5.1.1.10.1 of OData 4.01
Part 2 (URL Conventions); "REC" marks a rule of this library where the standard is silent or leaves a choice:

- A number is rounded half away from zero where it becomes an integer, and to the nearest binary32 for `Edm.Single`.
- INF and NaN are values of `Edm.Double` and `Edm.Single` only; a string or number with them is no `Edm.Decimal`.
- A date and time without time zone, as a string or as a Python value, is one in UTC (rule 11).
- In a collection, a member that cannot be cast is null, and the others are cast (rule 8).
- A structured value has the type that its annotation `@odata.type` or `@type` names. Without a model nobody knows the
  type's bases, so that the own type is the only one it can be cast to, and each is complex and entity alike.
- `Edm.Untyped` takes every value, `Edm.PrimitiveType` every primitive one, and `Edm.Geography` and `Edm.Geometry`
  every shape of their family; none of them changes it.
- `isof` asks for the type that a value has, not for one that it could be cast to. A whole number is of each integer
  type that holds it, of `Edm.Decimal`, and of `Edm.Double` and `Edm.Single` where these hold it exactly. Null, also
  as a member of a collection, has no type.
"""

import datetime as dt
import enum
import math
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import cast as typed

from odata_filter import edm, values
from odata_filter.errors import FilterValidationError

_INTEGERS: Mapping[str, range] = {
    "Edm.Byte": range(2**8),
    "Edm.SByte": range(-(2**7), 2**7),
    "Edm.Int16": range(-(2**15), 2**15),
    "Edm.Int32": range(-(2**31), 2**31),
    edm.INT64: range(-(2**63), 2**63),
}
_SINGLE = "Edm.Single"
_COLLECTION = r"Collection\(([^()]*+)\)"
_MOST_DIGITS = 4000
_TYPE_ANNOTATIONS = ("@odata.type", "@type")
_NOT_PRIMITIVE = values.COLLECTIONS | {edm.COMPLEX, edm.UNTYPED, edm.LOCAL_TIME}


def cast(value: object, type_name: object) -> object:
    """The value as a value of the type; null where the value is null or cannot be cast."""
    if value is None or not isinstance(type_name, str):
        return None
    item = _item_type(type_name)
    if item is not None:
        return _cast_members(value, item)
    convert = _CONVERSIONS.get((_origin(value), type_name))
    if convert is not None:
        return convert(value)
    return value if isof(value, type_name) else None


def isof(value: object, type_name: object) -> bool:
    """Whether the value is of the type; REC: null is of none."""
    if value is None or not isinstance(type_name, str):
        return False
    item, kind = _item_type(type_name), values.kind(value)
    if item is not None:
        return kind in values.COLLECTIONS and all(isof(member, item) for member in typed("Iterable[object]", value))
    if kind in {edm.INT64, edm.DOUBLE} and type_name in _NUMBERS:
        return _is_number(typed("int | float", value), type_name)
    abstract = _ABSTRACT.get(type_name)
    if abstract is not None:
        return abstract(kind)
    return kind == type_name if type_name.startswith("Edm.") else _is_declared(value, type_name)


def _item_type(type_name: str) -> str | None:
    """The type of a collection's members, or None for the name of a single type."""
    found = re.fullmatch(_COLLECTION, type_name)
    return None if found is None else found[1]


def _cast_members(value: object, item: str) -> object:
    if values.kind(value) not in values.COLLECTIONS:
        return None
    members = [cast(member, item) for member in typed("Iterable[object]", value)]
    return frozenset(members) if isinstance(value, set | frozenset) else members


def _origin(value: object) -> str:
    """The kind that decides how a value is cast; the three kinds of numbers count as one."""
    kind = values.kind(value)
    return _NUMBER if kind in values.NUMBERS else kind


# ---- Types of values -------------------------------------------------------------------------


def _is_number(value: int | float, type_name: str) -> bool:  # noqa: PYI041 - at run time an int is no float
    """Whether the type holds exactly this number; a number with an exponent or a fraction is no integer."""
    if isinstance(value, int):
        return _number_as(type_name, value) == value
    if type_name == _SINGLE:
        return math.isnan(value) or _single(value) == value
    return type_name == edm.DOUBLE


def _is_declared(value: object, type_name: str) -> bool:
    """Whether a value says that it is of a type: by its annotation, or by its class's `__odata_type__`."""
    record = values.record(value) or {}
    stated = [record.get(name) for name in _TYPE_ANNOTATIONS] + [getattr(type(value), "__odata_type__", None)]
    return any(_is_same(name, type_name) for name in stated if isinstance(name, str))


def _is_same(stated: str, type_name: str) -> bool:
    """Whether two names mean one type; an annotation may be a URL that ends in `#` and the name."""
    own = stated.rpartition("#")[2]
    if "." in own and "." in type_name:
        return own == type_name
    return own.rpartition(".")[2] == type_name.rpartition(".")[2]


_ABSTRACT: Mapping[str, Callable[[str], bool]] = {
    edm.UNTYPED: lambda _: True,
    "Edm.PrimitiveType": lambda kind: kind not in _NOT_PRIMITIVE,
    "Edm.ComplexType": lambda kind: kind == edm.COMPLEX,
    "Edm.EntityType": lambda kind: kind == edm.COMPLEX,
    "Edm.Geography": lambda kind: kind.startswith("Edm.Geography"),
    "Edm.Geometry": lambda kind: kind.startswith("Edm.Geometry"),
}


# ---- To a string (rule 2) --------------------------------------------------------------------


def _text(value: object) -> str | None:
    """The literal form without prefix and quotes; null where the value has none."""
    try:
        return edm.literal_text(value)[1]
    except FilterValidationError:
        return None


def _local_text(value: dt.datetime) -> str:
    return value.isoformat()


# ---- From a string (rules 3 and 11) ----------------------------------------------------------


def _plain(value: str) -> str:
    """The text itself, also of a member of an Enum that is a str."""
    return str.__str__(value)


def _reading(type_name: str) -> Callable[[str], object]:
    return lambda text: edm.read(type_name, _plain(text))


def _integer_reading(type_name: str) -> Callable[[str], object]:
    def read(text: str) -> int | None:
        value = typed("int | None", edm.read(edm.INT64, _plain(text)))
        return None if value is None else _within(type_name, value)

    return read


def _read_float(text: str) -> float | None:
    """REC: digits whose value is above the range are no value of the type, other than `INF`."""
    value = typed("float | None", edm.read(edm.DOUBLE, _plain(text)))
    return None if value is None or (math.isinf(value) and "INF" not in text) else value


def _read_single(text: str) -> float | None:
    value = _read_float(text)
    return None if value is None else _single(value)


def _read_decimal(text: str) -> Decimal | None:
    number = typed("float | None", edm.read(edm.DOUBLE, _plain(text)))
    if number is None or text in {"INF", "-INF", "NaN"}:
        return None
    value = Decimal(_plain(text))
    return value if abs(value.adjusted()) <= _MOST_DIGITS else None


def _read_moment(text: str) -> object:
    """A moment; one without offset is in UTC, and then it needs its seconds (rule 11)."""
    local = _plain(text)
    has_seconds = local.count(":") == len("::")
    return edm.read(edm.DATE_TIME_OFFSET, local) or (
        edm.read(edm.DATE_TIME_OFFSET, local + "Z") if has_seconds else None
    )


def _in_utc(value: dt.datetime) -> dt.datetime:
    return value.replace(tzinfo=dt.UTC)


# ---- From a number or an enumeration member (rules 4 and 9) ----------------------------------


def _number_as(type_name: str, value: values.Number) -> values.Number | None:
    return _NUMBERS[type_name](value)


def _within(type_name: str, value: int) -> int | None:
    """The integer, or null outside the range of the type."""
    # An int of a subclass would be looked for in a range one by one.
    return int(value) if int(value) in _INTEGERS[type_name] else None


def _rounding(type_name: str) -> Callable[[values.Number], int | None]:
    def rounded(value: values.Number) -> int | None:
        whole = value if isinstance(value, int) else _whole(Decimal(value))
        return None if whole is None else _within(type_name, whole)

    return rounded


def _whole(value: Decimal) -> int | None:
    """The nearest whole number, half away from zero; null where no integer type can hold it."""
    if not value:
        return 0
    if not value.is_finite() or value.adjusted() > len(str(2**63)):
        return None
    return int(value.to_integral_value(ROUND_HALF_UP))


def _double(value: values.Number) -> float | None:
    if isinstance(value, Decimal) and value.is_nan():
        return math.nan
    try:
        number = float(value)
    except OverflowError:
        return None
    return None if math.isinf(number) and number != value else number


def _single(value: values.Number) -> float | None:
    number = _double(value)
    if number is None:
        return None
    try:
        return typed("float", struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        return None


def _decimal(value: values.Number) -> Decimal | None:
    """The exact integer, or the shortest decimal that reads back as the float."""
    if isinstance(value, float):
        return Decimal(float.__repr__(value)) if math.isfinite(value) else None
    return Decimal(value)


def _member_as(type_name: str) -> Callable[[enum.Enum], object]:
    def number(member: enum.Enum) -> object:
        value = member.value
        return _number_as(type_name, value) if values.kind(value) == edm.INT64 else None

    return number


# ---- The table -------------------------------------------------------------------------------

_NUMBER = "number"
_NUMBERS: Mapping[str, Callable[[values.Number], values.Number | None]] = {
    **{name: _rounding(name) for name in _INTEGERS},
    edm.DECIMAL: _decimal,
    edm.DOUBLE: _double,
    _SINGLE: _single,
}
_READ = (edm.PRIMITIVE_TYPES | edm.SHAPES.keys()) - _NUMBERS.keys() - {edm.NULL, edm.STRING}
_CONVERSIONS: Mapping[tuple[str, str], Callable[..., object]] = {
    **{(kind, edm.STRING): _text for kind in edm.TYPE_NAMES | {_NUMBER, edm.ENUMERATION}},
    **{(edm.STRING, name): _reading(name) for name in _READ},
    **{(edm.STRING, name): _integer_reading(name) for name in _INTEGERS},
    (edm.STRING, edm.STRING): _plain,
    (edm.STRING, edm.DECIMAL): _read_decimal,
    (edm.STRING, edm.DOUBLE): _read_float,
    (edm.STRING, _SINGLE): _read_single,
    (edm.STRING, edm.DATE_TIME_OFFSET): _read_moment,
    (edm.LOCAL_TIME, edm.STRING): _local_text,
    (edm.LOCAL_TIME, edm.DATE_TIME_OFFSET): _in_utc,
    **{(_NUMBER, name): convert for name, convert in _NUMBERS.items()},
    **{(edm.ENUMERATION, name): _member_as(name) for name in _INTEGERS},
}
"""How a value of one kind becomes one of a type; a pair that is missing keeps the value where it is of the type."""
