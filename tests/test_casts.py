"""Casts and type tests: the rules of section 5.1.1.10 as tables of cases, and what holds for every value."""

import datetime as dt
import enum
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import Filter, edm, values
from odata_filter.casts import cast, isof

UTC = dt.UTC
GUID = UUID("0d3c5b1e-8f4a-4c6b-9a57-2f1e8d7c6b5a")
PAST_BINARY32 = 3.5e38
PAST_BINARY64 = 10**400


class Color(enum.Enum):
    """An enumeration with a type name."""

    __odata_type__ = "Sales.Color"

    RED = 1
    LOUD = 300
    WARM = "warm"


class Right(enum.Flag):
    """An enumeration of flags, which names no type."""

    READ = 1
    WRITE = 2


class Pet(enum.StrEnum):
    """An enumeration whose members are strings."""

    CAT = "cat"


class Level(enum.IntEnum):
    """An enumeration whose members are integers."""

    HIGH = 3


@dataclass
class Customer:
    """A row that is no dict, of a class that names its type."""

    name: str

    __odata_type__: ClassVar[str] = "Sales.Customer"


@dataclass
class Nobody:
    """A row that is no dict, of a class that names no type."""

    name: str


class Odd:
    """A value of a class that OData has no type for."""


ODD = Odd()
SHOP = {"@odata.type": "#Sales.Shop", "name": "x"}
PLACE = edm.Shape("Edm.GeographyPoint", "SRID=4326;Point(1 2)")
SHORT = {"@type": "Shop"}
LINKED = {"@type": "https://example.org/$metadata#Sales.Shop"}
CUSTOMER = Customer("Ada")


@dataclass(frozen=True)
class Case:
    """A value, the name of a type, and what comes out; the name says which rule it shows."""

    name: str
    value: object
    type: str
    expected: object


def is_same(expected: object, actual: object) -> bool:
    """Whether two values are the same in type and value; NaN is the same as NaN, and 0.0 differs from -0.0."""
    return type(expected) is type(actual) and repr(expected) == repr(actual)


CASTS = (
    # Rule 1
    Case("null is null in every type", None, "Edm.String", None),
    Case("null is no empty collection", None, "Collection(Edm.String)", None),
    # Rule 2
    Case("a string stays", "a'b", "Edm.String", "a'b"),
    Case("a string with a lone surrogate stays", "\ud800", "Edm.String", "\ud800"),
    Case("a member that is a string is its text", Pet.CAT, "Edm.String", "cat"),
    Case("true as text", value=True, type="Edm.String", expected="true"),
    Case("an integer as text", -5, "Edm.String", "-5"),
    Case("a decimal as text", Decimal("2.50"), "Edm.String", "2.50"),
    Case("a double as text", 2.5, "Edm.String", "2.5"),
    Case("a large double as text", 1e300, "Edm.String", "1e300"),
    Case("INF as text", -math.inf, "Edm.String", "-INF"),
    Case("a GUID as text", GUID, "Edm.String", str(GUID)),
    Case("a date as text", dt.date(2024, 2, 29), "Edm.String", "2024-02-29"),
    Case("a time as text", dt.time(7, 5), "Edm.String", "07:05:00"),
    Case("a moment as text", dt.datetime(2024, 2, 29, 7, tzinfo=UTC), "Edm.String", "2024-02-29T07:00:00Z"),
    Case("a local time as text", dt.datetime(2024, 2, 29, 7), "Edm.String", "2024-02-29T07:00:00"),  # noqa: DTZ001
    Case("a duration as text", dt.timedelta(days=-1), "Edm.String", "-P1D"),
    Case("bytes as text", b"\xff", "Edm.String", "_w"),
    Case("an enumeration member as text", Color.RED, "Edm.String", "RED"),
    Case("flags as text", Right.READ | Right.WRITE, "Edm.String", "READ,WRITE"),
    Case("a time with a zone has no text", dt.time(7, tzinfo=UTC), "Edm.String", None),
    Case("a number too long to write has no text", 10**5000, "Edm.String", None),
    Case("a shape as text", PLACE, "Edm.String", PLACE.text),
    Case("a structured value has no text", SHOP, "Edm.String", None),
    Case("a collection has no text", ["a"], "Edm.String", None),
    Case("an unknown object has no text", ODD, "Edm.String", None),
    # Rule 3
    Case("text to Boolean", "true", "Edm.Boolean", expected=True),
    Case("text to Boolean, false", "false", "Edm.Boolean", expected=False),
    Case("1 is no Boolean", "1", "Edm.Boolean", None),
    Case("text to Byte", "255", "Edm.Byte", 255),
    Case("text above Byte", "256", "Edm.Byte", None),
    Case("text below Byte", "-1", "Edm.Byte", None),
    Case("text to SByte", "-128", "Edm.SByte", -128),
    Case("text above SByte", "128", "Edm.SByte", None),
    Case("text to Int16", "+32767", "Edm.Int16", 32767),
    Case("text above Int16", "32768", "Edm.Int16", None),
    Case("text to Int32", "-2147483648", "Edm.Int32", -(2**31)),
    Case("text above Int32", "2147483648", "Edm.Int32", None),
    Case("text to Int64", "9223372036854775807", "Edm.Int64", 2**63 - 1),
    Case("text above Int64", "9223372036854775808", "Edm.Int64", None),
    Case("text with a fraction is no integer", "5.0", "Edm.Int32", None),
    Case("text with an exponent is no integer", "5e0", "Edm.Int32", None),
    Case("spaces are no part of a number", " 5", "Edm.Int32", None),
    Case("underscores are no part of a number", "5_0", "Edm.Int32", None),
    Case("other digits are none", "\N{ARABIC-INDIC DIGIT FIVE}", "Edm.Int32", None),
    Case("empty text is no number", "", "Edm.Int32", None),
    Case("text to Decimal", "2.50", "Edm.Decimal", Decimal("2.50")),
    Case("text of an integer to Decimal", "7", "Edm.Decimal", Decimal(7)),
    Case("text with an exponent to Decimal", "1e3", "Edm.Decimal", Decimal("1e3")),
    Case("INF is no Decimal", "INF", "Edm.Decimal", None),
    Case("NaN is no Decimal", "NaN", "Edm.Decimal", None),
    Case("a Decimal without leading digit is none", ".5", "Edm.Decimal", None),
    Case("an exponent out of reach", "1e999999999", "Edm.Decimal", None),
    Case("text to Double", "1e3", "Edm.Double", 1000.0),
    Case("INF to Double", "-INF", "Edm.Double", -math.inf),
    Case("NaN to Double", "NaN", "Edm.Double", math.nan),
    Case("Python's own word for INF", "inf", "Edm.Double", None),
    Case("text above Double", "1e999", "Edm.Double", None),
    Case("text to Single is rounded", "0.1", "Edm.Single", struct.unpack("f", struct.pack("f", 0.1))[0]),
    Case("text above Single", "3.5e38", "Edm.Single", None),
    Case("no text to Single", "x", "Edm.Single", None),
    Case("INF to Single", "INF", "Edm.Single", math.inf),
    Case("text to Guid", str(GUID).upper(), "Edm.Guid", GUID),
    Case("braces are no part of a Guid", "{" + str(GUID) + "}", "Edm.Guid", None),
    Case("digits alone are no Guid", GUID.hex, "Edm.Guid", None),
    Case("text to Date", "2024-02-29", "Edm.Date", dt.date(2024, 2, 29)),
    Case("a day that does not exist", "2023-02-29", "Edm.Date", None),
    Case("a year that Python lacks", "0000-01-01", "Edm.Date", None),
    Case("a week date is no Date", "2024-W09-4", "Edm.Date", None),
    Case("a Date needs its hyphens", "20240229", "Edm.Date", None),
    Case("a moment is no Date", "2024-02-29T00:00:00Z", "Edm.Date", None),
    Case("text to TimeOfDay", "07:05:30.5", "Edm.TimeOfDay", dt.time(7, 5, 30, 500_000)),
    Case("24:00 is no TimeOfDay", "24:00:00", "Edm.TimeOfDay", None),
    Case("text to DateTimeOffset", "2020-01-01T10:00Z", "Edm.DateTimeOffset", dt.datetime(2020, 1, 1, 10, tzinfo=UTC)),
    Case("a day is no DateTimeOffset", "2020-01-01", "Edm.DateTimeOffset", None),
    Case("text to Duration", "-P1DT2.5S", "Edm.Duration", -dt.timedelta(days=1, seconds=2.5)),
    Case("a Duration has no months", "P1M", "Edm.Duration", None),
    Case("a Duration has a component", "P", "Edm.Duration", None),
    Case("a Duration out of reach", "P9999999999D", "Edm.Duration", None),
    Case("text to Binary", "_w", "Edm.Binary", b"\xff"),
    Case("base64 is no base64url", "/w==", "Edm.Binary", None),
    Case("a member that is a string is read", Pet.CAT, "Edm.Int32", None),
    Case("text to a shape", PLACE.text, "Edm.GeographyPoint", PLACE),
    Case("text to another shape", PLACE.text, "Edm.GeographyPolygon", None),
    Case("text to no shape", "Point(1 2)", "Edm.GeographyPoint", None),
    # Rule 4
    Case("an integer that fits", 255, "Edm.Byte", 255),
    Case("an integer that does not fit", 256, "Edm.Byte", None),
    Case("half up", 2.5, "Edm.Int32", 3),
    Case("half away from zero", -2.5, "Edm.Int32", -3),
    Case("just below half", 0.49999999999999994, "Edm.Int32", 0),
    Case("a decimal is rounded", Decimal("254.5"), "Edm.Byte", 255),
    Case("a decimal is rounded out of range", Decimal("255.5"), "Edm.Byte", None),
    Case("a negative decimal is rounded into range", Decimal("-0.4"), "Edm.Byte", 0),
    Case("INF fits no integer", math.inf, "Edm.Int64", None),
    Case("NaN fits no integer", math.nan, "Edm.Int64", None),
    Case("a signalling NaN fits no integer", Decimal("sNaN"), "Edm.Int64", None),
    Case("a huge decimal fits no integer", Decimal("1e999999"), "Edm.Int64", None),
    Case("a zero with an exponent is 0", Decimal("0e999999"), "Edm.Int64", 0),
    Case("a tiny decimal is 0", Decimal("1e-999999"), "Edm.Int64", 0),
    Case("an integer to Decimal", 10**30, "Edm.Decimal", Decimal(10**30)),
    Case("a double to Decimal is what it shows", 2.55, "Edm.Decimal", Decimal("2.55")),
    Case("INF fits no Decimal", math.inf, "Edm.Decimal", None),
    Case("a decimal stays", Decimal("2.50"), "Edm.Decimal", Decimal("2.50")),
    Case("an integer to Double", 5, "Edm.Double", 5.0),
    Case("an integer above Double", PAST_BINARY64, "Edm.Double", None),
    Case("a decimal to Double", Decimal("2.5"), "Edm.Double", 2.5),
    Case("a decimal above Double", Decimal("1e400"), "Edm.Double", None),
    Case("an infinite decimal to Double", Decimal("-Infinity"), "Edm.Double", -math.inf),
    Case("a decimal NaN to Double", Decimal("sNaN"), "Edm.Double", math.nan),
    Case("a double stays", -0.0, "Edm.Double", -0.0),
    Case("a double to Single is rounded", 16777217.0, "Edm.Single", 16777216.0),
    Case("a double above Single", PAST_BINARY32, "Edm.Single", None),
    Case("an integer above Single", PAST_BINARY64, "Edm.Single", None),
    Case("INF to Single stays", math.inf, "Edm.Single", math.inf),
    Case("a Boolean is no number", value=True, type="Edm.Int32", expected=None),
    Case("a number is no Boolean", 1, "Edm.Boolean", None),
    Case("a member that is an integer is one", Level.HIGH, "Edm.Int16", 3),
    # Rule 5
    Case("a time stays", dt.time(7), "Edm.TimeOfDay", dt.time(7)),
    Case("a duration stays", dt.timedelta(1), "Edm.Duration", dt.timedelta(1)),
    Case("a GUID stays", GUID, "Edm.Guid", GUID),
    Case("a moment is no Date", dt.datetime(2020, 1, 1, tzinfo=UTC), "Edm.Date", None),
    Case("a Date is no moment", dt.date(2020, 1, 1), "Edm.DateTimeOffset", None),
    # Rule 7
    Case("a structured value to its own type", SHOP, "Sales.Shop", SHOP),
    Case("a structured value to its unqualified type", SHOP, "Shop", SHOP),
    Case("a structured value to another type", SHOP, "Sales.Office", None),
    Case("the same name in another namespace", SHOP, "Other.Shop", None),
    Case("an unqualified annotation", SHORT, "Sales.Shop", SHORT),
    Case("an annotation that is a URL", LINKED, "Sales.Shop", LINKED),
    Case("a structured value that names no type", {"name": "x"}, "Sales.Shop", None),
    Case("an annotation that is no text", {"@type": 5}, "Sales.Shop", None),
    Case("an object of a class that names its type", CUSTOMER, "Sales.Customer", CUSTOMER),
    Case("an object of a class that names no type", Nobody("x"), "Nobody", None),
    Case("text is no structured value", "x", "Sales.Shop", None),
    # Rule 8
    Case("a collection, item by item", ["1", 2.5, None], "Collection(Edm.Int32)", [1, 3, None]),
    Case("an item that fails is null", ("1", "x"), "Collection(Edm.Int32)", [1, None]),
    Case("an empty collection", [], "Collection(Sales.Shop)", []),
    Case("a set stays unordered", {"1"}, "Collection(Edm.Int32)", frozenset({1})),
    Case("one value is no collection", "1", "Collection(Edm.Int32)", None),
    Case("a collection is no single value", ["1"], "Edm.Int32", None),
    Case("a collection of collections is no type", [["1"]], "Collection(Collection(Edm.Int32))", None),
    # Rule 9 and 10
    Case("a member to an integer", Color.RED, "Edm.Int32", 1),
    Case("a member out of range", Color.LOUD, "Edm.Byte", None),
    Case("a member that is no integer", Color.WARM, "Edm.Int32", None),
    Case("flags to an integer", Right.READ | Right.WRITE, "Edm.Byte", 3),
    Case("a member to its own type", Color.RED, "Sales.Color", Color.RED),
    Case("a member to another type", Color.RED, "Sales.Size", None),
    Case("a member to Double", Color.RED, "Edm.Double", None),
    Case("an integer to an enumeration without a model", 1, "Sales.Color", None),
    # Rule 11
    Case(
        "text without offset is UTC",
        "2020-01-01T10:00:00.5",
        "Edm.DateTimeOffset",
        dt.datetime(2020, 1, 1, 10, 0, 0, 500_000, UTC),
    ),
    Case("text without offset needs seconds", "2020-01-01T10:00", "Edm.DateTimeOffset", None),
    Case("a local time is UTC", dt.datetime(2020, 1, 1), "Edm.DateTimeOffset", dt.datetime(2020, 1, 1, tzinfo=UTC)),  # noqa: DTZ001
    # Abstract and unknown types
    Case("everything is untyped", ODD, "Edm.Untyped", ODD),
    Case("a primitive value", "x", "Edm.PrimitiveType", "x"),
    Case("a member is primitive", Color.RED, "Edm.PrimitiveType", Color.RED),
    Case("a local time has no primitive type", dt.datetime(2020, 1, 1), "Edm.PrimitiveType", None),  # noqa: DTZ001
    Case("a structured value is not primitive", SHOP, "Edm.PrimitiveType", None),
    Case("a structured value is complex", SHOP, "Edm.ComplexType", SHOP),
    Case("a structured value is an entity", CUSTOMER, "Edm.EntityType", CUSTOMER),
    Case("text is not complex", "x", "Edm.ComplexType", None),
    Case("text is no shape", "x", "Edm.Geography", None),
    Case("a shape on the earth", PLACE, "Edm.Geography", PLACE),
    Case("a shape on the earth is not in the plane", PLACE, "Edm.Geometry", None),
    Case("a shape is primitive", PLACE, "Edm.PrimitiveType", PLACE),
    Case("text is no stream", "x", "Edm.Stream", None),
    Case("an unknown primitive type", "5", "Edm.Foo", None),
    Case("no type name", "5", "", None),
)

KINDS = (
    Case("null", None, "Edm.String", expected=False),
    Case("null is not even untyped", None, "Edm.Untyped", expected=False),
    Case("an integer is no text", 5, "Edm.String", expected=False),
    Case("text is text", "5", "Edm.String", expected=True),
    Case("text is no integer", "5", "Edm.Int32", expected=False),
    Case("5 is a Byte", 5, "Edm.Byte", expected=True),
    Case("5 is an Int64", 5, "Edm.Int64", expected=True),
    Case("-5 is no Byte", -5, "Edm.Byte", expected=False),
    Case("-5 is an SByte", -5, "Edm.SByte", expected=True),
    Case("40000 is no Int16", 40000, "Edm.Int16", expected=False),
    Case("40000 is an Int32", 40000, "Edm.Int32", expected=True),
    Case("2**63 is no Int64", 2**63, "Edm.Int64", expected=False),
    Case("2**63 is a Decimal", 2**63, "Edm.Decimal", expected=True),
    Case("2**63 is a Double", 2**63, "Edm.Double", expected=True),
    Case("2**63 + 1 is no Double", 2**63 + 1, "Edm.Double", expected=False),
    Case("2**24 + 1 is no Single", 2**24 + 1, "Edm.Single", expected=False),
    Case("2**24 is a Single", 2**24, "Edm.Single", expected=True),
    Case("5.0 is no integer", 5.0, "Edm.Int32", expected=False),
    Case("5.0 is no Decimal", 5.0, "Edm.Decimal", expected=False),
    Case("5.0 is a Double", 5.0, "Edm.Double", expected=True),
    Case("0.1 is no Single", 0.1, "Edm.Single", expected=False),
    Case("0.5 is a Single", 0.5, "Edm.Single", expected=True),
    Case("NaN is a Single", math.nan, "Edm.Single", expected=True),
    Case("3.5e38 is no Single", PAST_BINARY32, "Edm.Single", expected=False),
    Case("a Decimal", Decimal(5), "Edm.Decimal", expected=True),
    Case("a Decimal is no Double", Decimal(5), "Edm.Double", expected=False),
    Case("a Decimal is no Int32", Decimal(5), "Edm.Int32", expected=False),
    Case("true is Boolean", value=True, type="Edm.Boolean", expected=True),
    Case("true is no integer", value=True, type="Edm.Int32", expected=False),
    Case("1 is no Boolean", 1, "Edm.Boolean", expected=False),
    Case("a moment", dt.datetime(2020, 1, 1, tzinfo=UTC), "Edm.DateTimeOffset", expected=True),
    Case("a moment is no Date", dt.datetime(2020, 1, 1, tzinfo=UTC), "Edm.Date", expected=False),
    Case("a local time is no moment", dt.datetime(2020, 1, 1), "Edm.DateTimeOffset", expected=False),  # noqa: DTZ001
    Case("a Date", dt.date(2020, 1, 1), "Edm.Date", expected=True),
    Case("a structured value of its type", SHOP, "Sales.Shop", expected=True),
    Case("a structured value of another type", SHOP, "Sales.Office", expected=False),
    Case("a structured value is no type called like its kind", {"name": "x"}, "Complex", expected=False),
    Case("a collection of integers", [1, 2], "Collection(Edm.Int32)", expected=True),
    Case("an empty collection", (), "Collection(Edm.Int32)", expected=True),
    Case("a collection with text in it", [1, "2"], "Collection(Edm.Int32)", expected=False),
    Case("a collection with null in it", [1, None], "Collection(Edm.Int32)", expected=False),
    Case("one value is no collection", 1, "Collection(Edm.Int32)", expected=False),
    Case("a collection is no single value", [1], "Edm.Int32", expected=False),
    Case("a member that is text", Pet.CAT, "Edm.String", expected=True),
    Case("a member of its type", Color.RED, "Sales.Color", expected=True),
    Case("a member is no integer", Color.RED, "Edm.Int32", expected=False),
    Case("an unknown type", 5, "Edm.Foo", expected=False),
)


def each(cases: tuple[Case, ...]) -> pytest.MarkDecorator:
    """Run a test once for each case."""
    return pytest.mark.parametrize("case", cases, ids=lambda case: f"{case.name}, {case.type}")


@each(CASTS)
def test_a_cast_gives(case: Case) -> None:
    """Rules 1 to 11 of section 5.1.1.10.1; where none applies the result is null."""
    actual = cast(case.value, case.type)
    assert is_same(case.expected, actual), actual


@each(KINDS)
def test_a_value_is_of(case: Case) -> None:
    """`isof` tells the type that a value has, which need not be one that it can be cast to."""
    assert case.expected is isof(case.value, case.type)


@pytest.mark.parametrize("type_name", [None, 5, b"Edm.String"])
def test_a_type_name_is_text(type_name: object) -> None:
    """Whatever else stands for the type, the cast is null and the value is not of it."""
    assert cast("x", type_name) is None
    assert isof("x", type_name) is False


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("cast(price,Edm.Int32) eq 3", {"price": 2.5}, True),
        ("cast(price,Edm.Int32) eq 3", {"price": "2.5"}, False),
        ("cast(day,Edm.Date) gt 2024-01-01", {"day": "2024-02-29"}, True),
        ("cast(day,Edm.Date) eq null", {"day": "29 February"}, True),
        ("isof(price,Edm.Decimal)", {"price": "2.5"}, False),
        ("isof(price,Edm.Decimal)", {}, False),
        ("not isof(price,Edm.Decimal)", {}, True),
        ("isof(Sales.Shop)", SHOP, True),
        ("cast(Sales.Shop) ne null", SHOP, True),
    ],
)
def test_a_filter_casts(text: str, row: Mapping[str, object], expected: object) -> None:
    """The functions as filters call them; with one argument they ask about the row."""
    assert expected is Filter.parse(text).evaluate(row)


# ---- What holds for every value --------------------------------------------------------------

minutes = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40)
texts = st.text() | st.sampled_from([str(case.value) for case in CASTS if isinstance(case.value, str)])


def float_text(number: float) -> str:
    """A number as it stands in well-known text."""
    return edm.literal_text(number)[1]


PRIMITIVES: Mapping[str, st.SearchStrategy[object]] = {
    edm.BOOLEAN: st.booleans(),
    edm.INT64: st.integers(-(2**63), 2**63 - 1),
    edm.DECIMAL: decimals,
    edm.DOUBLE: st.floats(),
    "Edm.Single": st.floats(width=32),
    edm.STRING: texts,
    edm.GUID: st.uuids(),
    edm.DATE: st.dates(),
    edm.TIME_OF_DAY: st.times(),
    edm.DATE_TIME_OFFSET: st.datetimes(timezones=minutes),
    edm.DURATION: st.timedeltas(min_value=dt.timedelta(-(10**8))),
    edm.BINARY: st.binary(),
    "Edm.GeographyPoint": st.tuples(st.floats(), st.floats()).map(
        lambda pair: edm.Shape("Edm.GeographyPoint", f"SRID=4326;Point({' '.join(map(float_text, pair))})")
    ),
}
ENUMERATIONS = [Color.RED, Color.WARM, Right.READ, Right(0), Pet.CAT, Level.HIGH]
ODDITIES = [ODD, CUSTOMER, Nobody("x"), MappingProxyType(SHOP), 1j, dt.time(1, tzinfo=UTC), int, Ellipsis]
hashable = st.one_of(st.none(), *PRIMITIVES.values(), st.integers(), st.datetimes(), st.sampled_from(ENUMERATIONS))
single = hashable | st.decimals() | st.sampled_from(ODDITIES)
anything = st.recursive(
    single,
    lambda parts: (
        st.lists(parts)
        | st.lists(parts).map(tuple)
        | st.dictionaries(st.sampled_from(["@type", "@odata.type", "name"]), parts)
        | st.frozensets(hashable)
    ),
    max_leaves=5,
)
KNOWN = [*sorted(edm.TYPE_NAMES), "Edm.PrimitiveType", "Edm.ComplexType", "Edm.EntityType", "Edm.Untyped", "Edm.Foo"]
names = st.sampled_from([*KNOWN, "Sales.Shop", "Shop"]) | st.text()
type_names = names | names.map("Collection({})".format)


@given(value=anything, type_name=type_names)
@pytest.mark.thorough
def test_a_cast_never_fails(value: object, type_name: str) -> None:
    """Null is the answer to a cast that is not possible; an error never is."""
    cast(value, type_name)
    assert isof(value, type_name) in {True, False}


@given(value=anything, type_name=st.sampled_from([*KNOWN, "Sales.Shop"]))
@pytest.mark.thorough
def test_what_is_cast_is_of_the_type(value: object, type_name: str) -> None:
    """The result of a cast is null or a value that `isof` finds to be of the type."""
    result = cast(value, type_name)
    assert result is None or isof(result, type_name)


@given(value=anything, type_name=st.sampled_from([*KNOWN, "Sales.Shop"]))
@pytest.mark.thorough
def test_what_is_of_the_type_can_be_cast_to_it(value: object, type_name: str) -> None:
    """A value that is of the type already keeps its value under a cast."""
    if isof(value, type_name):
        result = cast(value, type_name)
        assert result is value or repr(value) == repr(result) or values.equal(value, result) is True


@pytest.mark.parametrize("type_name", PRIMITIVES)
def test_a_cast_to_text_and_back_changes_nothing(type_name: str) -> None:
    """The literal form of a value reads back as that value (rules 2 and 3)."""

    @given(value=PRIMITIVES[type_name])
    def holds(value: object) -> None:
        text = cast(value, edm.STRING)
        assert isinstance(text, str)
        result = cast(text, type_name)
        assert result == value or (result != result and value != value)  # noqa: PLR0124 - both are NaN

    holds()


@given(value=st.floats(allow_nan=False, allow_infinity=False, min_value=-(2**31), max_value=2**31 - 1))
def test_rounding_is_half_away_from_zero(value: float) -> None:
    """The exact value, moved by a half away from zero and cut, is what a cast to an integer gives."""
    numerator, denominator = abs(value).as_integer_ratio()
    size = (2 * numerator + denominator) // (2 * denominator)
    assert (-size if value < 0 else size) == cast(value, "Edm.Int64")
