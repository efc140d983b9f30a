"""The Edm primitive types: literal text to Python value and back, and what an identifier may be."""

import datetime as dt
import enum
import math
import re
import sys
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from odata_filter.data import dataclass
from odata_filter.errors import FilterEvaluationError, FilterValidationError, Problem

NULL = "null"
BOOLEAN = "Edm.Boolean"
INT64 = "Edm.Int64"
DECIMAL = "Edm.Decimal"
DOUBLE = "Edm.Double"
STRING = "Edm.String"
GUID = "Edm.Guid"
DATE = "Edm.Date"
TIME_OF_DAY = "Edm.TimeOfDay"
DATE_TIME_OFFSET = "Edm.DateTimeOffset"
DURATION = "Edm.Duration"
BINARY = "Edm.Binary"
TYPE_NAME = "type name"
COLLECTION = "Collection"
UNORDERED = "unordered collection"
COMPLEX = "Complex"
ENUMERATION = "Enumeration"
LOCAL_TIME = "local time"
UNTYPED = "Edm.Untyped"
"""Kinds that are no primitive type: null, a type name in `cast` and `isof`, structures, and all the rest."""

MAX_IDENTIFIER = 128
"""Characters in an identifier (CSDL section 15.2, ABNF `odataIdentifier`)."""
MAX_PATTERN = 1_000
"""Characters in a pattern of `matchesPattern`, whose language is in `patterns`."""

_MAX_INTEGER_DIGITS = 4000
_MAX_DECIMAL_EXPONENT = 4000
_INT64_DIGITS = len("9223372036854775807")
_INT64_RANGE = range(-(2**63), 2**63)
_LEADING_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nl"})
_CATEGORIES = _LEADING_CATEGORIES | {"Nd", "Mn", "Mc", "Pc", "Cf"}
_DURATION = r"(-?)P(?:(\d++)D)?(?:T(?:(\d++)H)?(?:(\d++)M)?(?:(\d++)(?:\.(\d++))?S)?)?"
_UNPREFIXED = frozenset({NULL, BOOLEAN, INT64, DECIMAL, DOUBLE, GUID, DATE, TIME_OF_DAY, DATE_TIME_OFFSET, TYPE_NAME})


@dataclass(frozen=True, slots=True)
class Shape:
    """The value of `geography'SRID=4326;Point(142.1 64.1)'`.

    Attributes:
        type: an Edm type name, such as `Edm.GeographyPoint`.
        text: the literal's text without prefix and quotes.
    """

    type: str
    text: str


# ---- Identifiers (ABNF section 6) ------------------------------------------------------------


def identifier_fault(name: str) -> str | None:
    """Why `name` is no `odataIdentifier`, as the end of a sentence, or None when it is one."""
    if not name:
        return "it is empty"
    if len(name) > MAX_IDENTIFIER:
        return f"it has {len(name)} characters, and {MAX_IDENTIFIER} are allowed"
    if not _identifies(name[0], _LEADING_CATEGORIES):
        return f"it starts with {name[0]!r}, and only a letter or `_` may stand there"
    wrong = next((char for char in name if not _identifies(char, _CATEGORIES)), None)
    return None if wrong is None else f"it contains {wrong!r}, and only letters, digits and `_` are allowed"


def is_reserved(name: str) -> bool:
    """Whether a bare name reads as something else; a property of that name is written `$it/name`."""
    return name in _RESERVED or name.lower() in _RESERVED_IN_ANY_CASE


_RESERVED = frozenset({"null", "INF", "NaN"})
_RESERVED_IN_ANY_CASE = frozenset({"true", "false", "not"})


def _identifies(char: str, categories: frozenset[str]) -> bool:
    return char == "_" or unicodedata.category(char) in categories


# ---- Literal text ----------------------------------------------------------------------------


def written(type_name: str, text: str) -> str:
    """A literal as it stands in a filter: prefixed and quoted as its type demands (ABNF section 7)."""
    if type_name == STRING:
        return "'" + text.replace("'", "''") + "'"
    if type_name in _UNPREFIXED:
        return text
    return f"{_PREFIXES.get(type_name, type_name)}'{text}'"


def integer_type(text: str) -> str:
    """`Edm.Int64`, or `Edm.Decimal` for the digits of an integer outside its range."""
    if len(text) < _INT64_DIGITS:
        return INT64
    return INT64 if len(text) <= _INT64_DIGITS + len("-") and int(text) in _INT64_RANGE else DECIMAL


def geo_type(prefix: str, shape: str) -> str:
    """The type of a well-known text: `geography` and `Point` give `Edm.GeographyPoint`."""
    concrete = shape.removeprefix("Geometry")
    return f"Edm.{prefix.capitalize()}{concrete}"


def text_fault(type_name: str, text: str) -> str | None:
    """What is wrong with a literal that the grammar lets through, or None: a day that its month lacks."""
    if type_name not in {DATE, DATE_TIME_OFFSET}:
        return None
    year, month, day = text.split("T", maxsplit=1)[0].rsplit("-", maxsplit=2)
    from calendar import monthrange  # noqa: PLC0415 - slow to import, and only dates need it

    # The Gregorian calendar repeats every 400 years; Python's own starts in year 1.
    days = monthrange(int(year[-4:]) % 400 + 400, int(month))[1]
    return f"{year}-{month} has {days} days" if int(day) > days else None


_GEO_SHAPES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "Collection")
SHAPES: Mapping[str, str] = MappingProxyType(
    {f"Edm.{family}{shape}": shape for family in ("Geography", "Geometry") for shape in _GEO_SHAPES}
)
"""The types of shapes, each with the name of its shape, which for `Collection` stands as `GeometryCollection`."""

_PREFIXES = {DURATION: "duration", BINARY: "binary"} | {
    name: "geography" if name.startswith("Edm.Geography") else "geometry" for name in SHAPES
}


# ---- Literal text to Python value ------------------------------------------------------------


def python_value(type_name: str, text: str) -> object:
    """The Python value of a literal.

    Args:
        type_name: an Edm type name, `null`, or a qualified enumeration type name.
        text: the literal's text without prefix and quotes, as a `Literal` node holds it.

    Returns:
        None, bool, int, Decimal, float, str, UUID, date, time, an aware datetime, timedelta or bytes;
        a Shape, or the text itself for an enumeration. Fractions of a second are cut after six digits, and
        second 60 is the first of the next minute.

    Raises:
        FilterEvaluationError: the value is outside what Python can hold (a year below 1 or above 9999).
    """
    convert = _FROM_TEXT.get(type_name)
    if convert is None:
        return Shape(type_name, text) if type_name in SHAPES else text
    try:
        return convert(text)
    except (ValueError, OverflowError) as error:
        message = f"{written(type_name, text)[:60]} is outside the range that can be computed with"
        raise FilterEvaluationError(Problem(message=message, code="value-out-of-range")) from error


def _decimal(text: str) -> int | Decimal:
    return Decimal(text) if "." in text or len(text) > _MAX_INTEGER_DIGITS else int(text)


def _double(text: str) -> float:
    return float(text)


def _guid(text: str) -> object:
    from uuid import UUID  # noqa: PLC0415 - slow to import, and few filters need it

    return UUID(text)


def _date_time_offset(text: str) -> dt.datetime:
    if text[16:19] == ":60":
        return dt.datetime.fromisoformat(text[:16] + ":59" + text[19:]) + dt.timedelta(seconds=1)
    return dt.datetime.fromisoformat(text)


def _time_of_day(text: str) -> dt.time:
    if text[5:8] == ":60":
        return (dt.datetime.fromisoformat(f"2000-01-01T{text[:5]}:59{text[8:]}") + dt.timedelta(seconds=1)).time()
    return dt.time.fromisoformat(text)


def _duration(text: str) -> dt.timedelta:
    match = re.fullmatch(_DURATION, text, re.ASCII)
    if match is None:
        raise ValueError(text)
    sign, days, hours, minutes, seconds, fraction = match.groups(default="0")
    value = dt.timedelta(
        days=int(days),
        hours=int(hours),
        minutes=int(minutes),
        seconds=int(seconds),
        microseconds=int(fraction.ljust(6, "0")[:6]),
    )
    return -value if sign == "-" else value


def _binary(text: str) -> bytes:
    import base64  # noqa: PLC0415 - likewise

    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


_FROM_TEXT: Mapping[str, Callable[[str], object]] = {
    NULL: lambda _: None,
    BOOLEAN: lambda text: text == "true",
    INT64: int,
    DECIMAL: _decimal,
    DOUBLE: lambda text: _double(text.replace("INF", "inf")),
    STRING: str,
    GUID: _guid,
    DATE: dt.date.fromisoformat,
    TIME_OF_DAY: _time_of_day,
    DATE_TIME_OFFSET: _date_time_offset,
    DURATION: _duration,
    BINARY: _binary,
}


# ---- Payload text to Python value ------------------------------------------------------------


def read(type_name: str, text: str) -> object:
    """The value that a string in a payload stands for, or None where it is no literal form of the type.

    A payload has what a literal has between its quotes or without them: `2024-02-29`, `P1D`, `true`,
    `SRID=0;Point(1 2)`. A collection of shapes inside another one is not read.
    """
    if type_name in SHAPES and not _is_shape(type_name, text):
        return None
    form = _FORMS.get(type_name)
    if form is not None and (re.fullmatch(form, text, re.ASCII) is None or text_fault(type_name, text) is not None):
        return None
    try:
        return python_value(type_name, text)
    except FilterEvaluationError:
        return None


_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:\.\d{1,12})?)?"
_CALENDAR = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_FORMS: Mapping[str, str] = {
    BOOLEAN: "true|false",
    INT64: r"[+-]?\d{1,4000}+",
    DECIMAL: r"[+-]?\d{1,4000}+(?:\.\d{1,4000}+)?",
    DOUBLE: r"[+-]?\d{1,4000}+(?:\.\d{1,4000}+)?(?:[eE][+-]?\d{1,9})?|-?INF|NaN",
    GUID: r"[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}",
    DATE: _CALENDAR,
    TIME_OF_DAY: _CLOCK,
    DATE_TIME_OFFSET: rf"{_CALENDAR}T{_CLOCK}(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    DURATION: rf"(?!-?PT?$){_DURATION}(?<!T)",
    BINARY: r"(?:[\w-]{4})*+(?:[\w-]{2}(?:==)?|[\w-]{3}=?)?",
}


def _is_shape(type_name: str, text: str) -> bool:
    match = re.fullmatch(_REFERENCED, text)
    return match is not None and _is_well_known(SHAPES[type_name], match[1])


def _is_well_known(shape: str, text: str) -> bool:
    """Whether a well-known text without SRID draws a shape of that name, every ring of a polygon closed."""
    if shape == "Collection":
        is_gathered = text[: len(_GATHERED)].lower() == _GATHERED and text.endswith(")")
        parts = re.split(_NEXT_SHAPE, text[len(_GATHERED) : -1])
        return is_gathered and all(any(_is_well_known(name, part) for name in _WELL_KNOWN) for part in parts)
    rings = [ring.split(",") for ring in re.findall(_INNERMOST, text)] if shape.endswith("Polygon") else []
    return re.fullmatch(f"(?i:{shape}){_WELL_KNOWN[shape]}", text, re.ASCII) is not None and all(
        ring[0] == ring[-1] for ring in rings
    )


_COORDINATE = r"(?:[+-]?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?|NaN|-?INF)"
_POSITION = rf"{_COORDINATE}(?: {_COORDINATE}){{1,3}}"
_LINE = rf"\({_POSITION}(?:,{_POSITION})++\)"
_RING = rf"\({_POSITION}(?:,{_POSITION})*+\)"
_RINGS = rf"\({_RING}(?:,{_RING})*+\)"
_WELL_KNOWN: Mapping[str, str] = {
    "Point": rf"\({_POSITION}\)",
    "LineString": _LINE,
    "Polygon": _RINGS,
    "MultiPoint": rf"\((?:\({_POSITION}\)(?:,\({_POSITION}\))*+)?\)",
    "MultiLineString": rf"\((?:{_LINE}(?:,{_LINE})*+)?\)",
    "MultiPolygon": rf"\((?:{_RINGS}(?:,{_RINGS})*+)?\)",
}
_REFERENCED = r"(?i:SRID)=[0-9]{1,5};(.++)"
_GATHERED = "geometrycollection("
_NEXT_SHAPE = r",(?=[A-Za-z]++\()"
_INNERMOST = r"\(([^()]++)\)"


# ---- Python value to literal text ------------------------------------------------------------


def literal_text(value: object) -> tuple[str, str]:
    """The Edm type and literal text of a Python value.

    Args:
        value: None, bool, int, float, Decimal, str, UUID, date, aware datetime, naive time, timedelta,
            bytes, a Shape, or an Enum. A member of an Enum that is also a str or int counts as its value; any other
            member is an enumeration literal of its name, of the type that the class names as
            `__odata_type__`, if it does. A float becomes the shortest decimal that reads back as it.

    Raises:
        FilterValidationError: OData has no literal for the value (a naive datetime, a lone surrogate).
    """
    # Subclasses come before their bases: bool is an int, datetime is a date.
    for python_type, convert in _TO_TEXT:
        if isinstance(value, python_type):
            return convert(value)
    if is_guid(value):
        return GUID, str(value)
    raise _unwritable(value, f"OData has no literal for a {type(value).__name__}")


def is_guid(value: object) -> bool:
    """Whether a value is a UUID, of which there is none as long as nobody has imported their class."""
    if "uuid" not in sys.modules:
        return False
    from uuid import UUID  # noqa: PLC0415 - likewise

    return isinstance(value, UUID)


def _unwritable(value: object, reason: str, hint: str | None = None) -> FilterValidationError:
    shown = ascii(value) if isinstance(value, str) else type(value).__name__
    message = f"the value {shown[:60]} cannot be written: {reason}"
    return FilterValidationError(Problem(message=message, code="value-not-writable", hint=hint))


def _string_text(value: str) -> tuple[str, str]:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _unwritable(value, "a lone surrogate is no character") from None
    return STRING, str.__str__(value)


def _integer_text(value: int) -> tuple[str, str]:
    if abs(value) >= 10**_MAX_INTEGER_DIGITS:
        raise _unwritable(value, f"it has more than {_MAX_INTEGER_DIGITS} digits")
    text = str(int(value))
    return integer_type(text), text


def _float_text(value: float) -> tuple[str, str]:
    if math.isnan(value):
        return DOUBLE, "NaN"
    if math.isinf(value):
        return DOUBLE, "INF" if value > 0 else "-INF"
    text = float.__repr__(value)
    return (DOUBLE, text.replace("+", "")) if "e" in text else (DECIMAL, text)


def _decimal_text(value: Decimal) -> tuple[str, str]:
    if not value.is_finite():
        if value.is_snan():
            raise _unwritable(value, "a signalling NaN is no value")
        return _float_text(float(value))
    if max(abs(value.adjusted()), len(value.as_tuple().digits)) > _MAX_DECIMAL_EXPONENT:
        raise _unwritable(value, f"it has more than {_MAX_DECIMAL_EXPONENT} digits")
    text = format(value, "f")
    return DECIMAL, text if "." in text else text + ".0"


def _date_time_text(value: dt.datetime) -> tuple[str, str]:
    offset = value.utcoffset()
    if offset is None:
        hint = "give it a time zone: value.replace(tzinfo=datetime.UTC)"
        raise _unwritable(value, "a DateTimeOffset needs a time zone", hint)
    if offset % dt.timedelta(minutes=1):
        raise _unwritable(value, "its time zone is not a whole number of minutes from UTC")
    text = value.isoformat()
    return DATE_TIME_OFFSET, text.removesuffix("+00:00") + "Z" if not offset else text


def _time_text(value: dt.time) -> tuple[str, str]:
    if value.tzinfo is not None:
        raise _unwritable(value, "a TimeOfDay has no time zone")
    return TIME_OF_DAY, value.isoformat()


def _duration_text(value: dt.timedelta) -> tuple[str, str]:
    total = value // dt.timedelta(microseconds=1)
    seconds, micros = divmod(abs(total), 1_000_000)
    days, seconds = divmod(seconds, 86_400)
    fraction = f".{micros:06}".rstrip("0") if micros else ""
    date = f"{days}D" if days else ""
    time = f"T{seconds}{fraction}S" if seconds or micros or not days else ""
    return DURATION, f"{'-' if total < 0 else ''}P{date}{time}"


def _binary_text(value: bytes) -> tuple[str, str]:
    import base64  # noqa: PLC0415 - likewise

    return BINARY, base64.urlsafe_b64encode(value).decode().rstrip("=")


def _shape_text(value: Shape) -> tuple[str, str]:
    if value.type not in SHAPES or not _is_shape(value.type, value.text):
        raise _unwritable(value, "it is no well-known text of its type")
    return value.type, value.text


def _enum_text(value: enum.Enum) -> tuple[str, str]:
    if isinstance(value, str | int) and not isinstance(value, enum.Flag):
        return literal_text(value.value)
    names = (value.name or "").replace("|", ",")
    faults = [fault for fault in map(identifier_fault, names.split(",")) if fault is not None]
    if faults:
        raise _unwritable(value, f"{names!r} is no member name: {faults[0]}")
    type_name = getattr(type(value), "__odata_type__", STRING)
    parts = type_name.split(".") if isinstance(type_name, str) else []
    if type_name != STRING and (len(parts) < 2 or parts[0] == "Edm" or any(map(identifier_fault, parts))):  # noqa: PLR2004 - Ns and Type
        raise _unwritable(value, f"__odata_type__ is {type_name!r}, and a name like `Namespace.Type` is expected")
    return type_name, names


_TO_TEXT: tuple[tuple[type, Callable[..., tuple[str, str]]], ...] = (
    (type(None), lambda _: (NULL, "null")),
    (enum.Enum, _enum_text),
    (bool, lambda value: (BOOLEAN, "true" if value else "false")),
    (int, _integer_text),
    (float, _float_text),
    (Decimal, _decimal_text),
    (str, _string_text),
    (dt.datetime, _date_time_text),
    (dt.date, lambda value: (DATE, value.isoformat())),
    (dt.time, _time_text),
    (dt.timedelta, _duration_text),
    (bytes, _binary_text),
    (Shape, _shape_text),
)

PRIMITIVE_TYPES = frozenset(_FROM_TEXT)
"""The types that a literal without a type name of its own can have, and `null`."""

TYPE_NAMES = (PRIMITIVE_TYPES - {NULL}) | {
    *("Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Single", "Edm.Stream", "Edm.Geography", "Edm.Geometry"),
    *(name for name, prefix in _PREFIXES.items() if prefix.startswith("geo")),
}
"""Every primitive type name (ABNF `primitiveTypeName`)."""

WIDEST: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32"), INT64),
        "Edm.Single": DOUBLE,
    }
)
"""The type whose values a smaller numeric type has in Python."""
