"""Python values to literals and back, and what an identifier may be."""

import datetime as dt
import enum
import math
import sys
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import edm
from odata_filter.errors import FilterEvaluationError, FilterValidationError
from odata_filter.nodes import Literal
from odata_filter.parser import parse


class Colour(enum.Enum):
    """An enumeration of the service."""

    __odata_type__ = "Model.Colour"
    RED = 1
    BLUE = "blue"


class Access(enum.Flag):
    """Flags of the service."""

    __odata_type__ = "Model.Access"
    READ = 1
    WRITE = 2


class Plain(enum.Enum):
    """An enumeration without a type name."""

    RED = 1


class Word(enum.StrEnum):
    """Texts with names."""

    CAT = "a cat"


class Number(enum.IntEnum):
    """Numbers with names."""

    SEVEN = 7


class Bits(enum.IntFlag):
    """Numbers that are flags."""

    ONE = 1
    TWO = 2


class Text(str):
    """A str that shows itself otherwise."""

    __slots__ = ()

    def __str__(self) -> str:
        """Not the text."""
        return "something else"


class Whole(int):
    """An int that shows itself otherwise."""

    def __repr__(self) -> str:
        """Not the digits."""
        return "a number"


def enumeration(name: str, type_name: object) -> enum.Enum:
    """The one member of an enumeration with that member name and that `__odata_type__`."""
    made = enum.Enum("Made", [(name, 1)])  # type: ignore[misc] # no class statement can have such a name
    made.__odata_type__ = type_name  # type: ignore[attr-defined] # what the library looks for
    return made[name]


# ---- Values to text --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, (edm.NULL, "null")),
        (True, (edm.BOOLEAN, "true")),
        (False, (edm.BOOLEAN, "false")),
        (0, (edm.INT64, "0")),
        (-42, (edm.INT64, "-42")),
        (2**63 - 1, (edm.INT64, "9223372036854775807")),
        (-(2**63), (edm.INT64, "-9223372036854775808")),
        (2**63, (edm.DECIMAL, "9223372036854775808")),
        (-(2**63) - 1, (edm.DECIMAL, "-9223372036854775809")),
        (Whole(7), (edm.INT64, "7")),
        (1.5, (edm.DECIMAL, "1.5")),
        (0.1, (edm.DECIMAL, "0.1")),
        (-0.0, (edm.DECIMAL, "-0.0")),
        (1e16, (edm.DOUBLE, "1e16")),
        (2.5e-9, (edm.DOUBLE, "2.5e-09")),
        (math.inf, (edm.DOUBLE, "INF")),
        (-math.inf, (edm.DOUBLE, "-INF")),
        (math.nan, (edm.DOUBLE, "NaN")),
        (Decimal("1.50"), (edm.DECIMAL, "1.50")),
        (Decimal(3), (edm.DECIMAL, "3.0")),
        (Decimal("1E+2"), (edm.DECIMAL, "100.0")),
        (Decimal("1E-3"), (edm.DECIMAL, "0.001")),
        (Decimal("Infinity"), (edm.DOUBLE, "INF")),
        (Decimal("-Infinity"), (edm.DOUBLE, "-INF")),
        (Decimal("NaN"), (edm.DOUBLE, "NaN")),
        ("", (edm.STRING, "")),
        ("O'Neil", (edm.STRING, "O'Neil")),
        ("\U0001f600", (edm.STRING, "\U0001f600")),
        (Text("x"), (edm.STRING, "x")),
        (UUID("0F8FAD5B-D9CB-469F-A165-70867728950E"), (edm.GUID, "0f8fad5b-d9cb-469f-a165-70867728950e")),
        (dt.date(2024, 2, 29), (edm.DATE, "2024-02-29")),
        (dt.date(476, 9, 4), (edm.DATE, "0476-09-04")),
        (dt.time(7, 5), (edm.TIME_OF_DAY, "07:05:00")),
        (dt.time(7, 5, 9, 120), (edm.TIME_OF_DAY, "07:05:09.000120")),
        (dt.datetime(2024, 5, 17, 12, 30, tzinfo=dt.UTC), (edm.DATE_TIME_OFFSET, "2024-05-17T12:30:00Z")),
        (
            dt.datetime(2024, 5, 17, 12, 30, 1, 5, dt.timezone(dt.timedelta(hours=-5, minutes=-30))),
            (edm.DATE_TIME_OFFSET, "2024-05-17T12:30:01.000005-05:30"),
        ),
        (dt.timedelta(), (edm.DURATION, "PT0S")),
        (dt.timedelta(days=3), (edm.DURATION, "P3D")),
        (dt.timedelta(hours=1), (edm.DURATION, "PT3600S")),
        (dt.timedelta(days=1, seconds=2, microseconds=300000), (edm.DURATION, "P1DT2.3S")),
        (dt.timedelta(days=-1), (edm.DURATION, "-P1D")),
        (dt.timedelta(microseconds=-1), (edm.DURATION, "-PT0.000001S")),
        (b"", (edm.BINARY, "")),
        (b"O", (edm.BINARY, "Tw")),
        (b"\xfb\xff", (edm.BINARY, "-_8")),
        (Colour.RED, ("Model.Colour", "RED")),
        (Colour.BLUE, ("Model.Colour", "BLUE")),
        (Access.READ | Access.WRITE, ("Model.Access", "READ,WRITE")),
        (Plain.RED, (edm.STRING, "RED")),
        (Bits.ONE | Bits.TWO, (edm.STRING, "ONE,TWO")),
        (Word.CAT, (edm.STRING, "a cat")),
        (Number.SEVEN, (edm.INT64, "7")),
    ],
)
def test_each_python_type_has_its_literal(value: object, expected: tuple[str, str]) -> None:
    """The type decides first: a bool is no int, a datetime no date, an Enum no str; and the literal reads back."""
    assert expected == edm.literal_text(value)
    assert Literal(*expected) == parse(edm.written(*expected))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (dt.datetime(2024, 5, 17), "needs a time zone"),  # noqa: DTZ001 - a naive datetime is the point
        (dt.datetime(1900, 1, 1, tzinfo=dt.timezone(dt.timedelta(seconds=30))), "whole number of minutes"),
        (dt.time(12, tzinfo=dt.UTC), "has no time zone"),
        ("a\ud800b", "lone surrogate"),
        (10**4000, "more than 4000 digits"),
        (-(10**4000), "more than 4000 digits"),
        (Decimal("1E+4001"), "more than 4000 digits"),
        (Decimal("1E-4001"), "more than 4000 digits"),
        (Decimal("1." + "1" * 4000), "more than 4000 digits"),
        (Decimal("sNaN"), "signalling NaN"),
        (object(), "no literal for a object"),
        (1j, "no literal for a complex"),
        ([1], "no literal for a list"),
        ({}, "no literal for a dict"),
        (bytearray(b"x"), "no literal for a bytearray"),
        (Access(0), "it is empty"),
        (Bits(8), "is no member name"),
        (enumeration("two words", "Model.T"), "is no member name"),
        (enumeration("X", "Colour"), "a name like `Namespace.Type`"),
        (enumeration("X", "Model."), "a name like `Namespace.Type`"),
        (enumeration("X", 5), "a name like `Namespace.Type`"),
    ],
)
def test_a_value_without_literal_is_refused(value: object, reason: str) -> None:
    """The message says why, and the code is for programs."""
    with pytest.raises(FilterValidationError) as caught:
        edm.literal_text(value)
    assert reason in caught.value.message
    assert caught.value.problems[0].code == "value-not-writable"


def test_the_refusal_of_a_naive_datetime_says_what_to_do() -> None:
    """It is the most common of these mistakes."""
    with pytest.raises(FilterValidationError) as caught:
        edm.literal_text(dt.datetime(2024, 5, 17))  # noqa: DTZ001 - a naive datetime is the point
    assert caught.value.hint == "give it a time zone: value.replace(tzinfo=datetime.UTC)"


def test_a_refused_text_is_shown_in_ascii_and_cut() -> None:
    """The message itself can always be printed."""
    with pytest.raises(FilterValidationError) as caught:
        edm.literal_text("\ud800" + "x" * 100)
    assert caught.value.message.isascii()
    assert len(caught.value.message) < 150


def test_the_longest_numbers_are_written() -> None:
    """Four thousand digits, and as many places."""
    assert edm.literal_text(10**4000 - 1) == (edm.DECIMAL, "9" * 4000)
    assert edm.literal_text(Decimal("1E-4000")) == (edm.DECIMAL, "0." + "0" * 3999 + "1")


# ---- Text to values --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_name", "source", "expected"),
    [
        (edm.NULL, "null", None),
        (edm.BOOLEAN, "true", True),
        (edm.BOOLEAN, "false", False),
        (edm.INT64, "-7", -7),
        (edm.DECIMAL, "1.50", Decimal("1.50")),
        (edm.DECIMAL, "9223372036854775808", 2**63),
        (edm.DOUBLE, "1e5", 100000.0),
        (edm.DOUBLE, "INF", math.inf),
        (edm.DOUBLE, "-INF", -math.inf),
        (edm.STRING, "O'Neil", "O'Neil"),
        (edm.GUID, "0f8fad5b-d9cb-469f-a165-70867728950e", UUID("0f8fad5b-d9cb-469f-a165-70867728950e")),
        (edm.DATE, "0001-01-01", dt.date(1, 1, 1)),
        (edm.TIME_OF_DAY, "07:05", dt.time(7, 5)),
        (edm.TIME_OF_DAY, "07:05:09.5", dt.time(7, 5, 9, 500000)),
        (edm.TIME_OF_DAY, "07:05:09.123456999999", dt.time(7, 5, 9, 123456)),
        (edm.TIME_OF_DAY, "07:05:60", dt.time(7, 6)),
        (edm.TIME_OF_DAY, "23:59:60.25", dt.time(0, 0, 0, 250000)),
        (edm.DATE_TIME_OFFSET, "2024-05-17T12:30Z", dt.datetime(2024, 5, 17, 12, 30, tzinfo=dt.UTC)),
        (
            edm.DATE_TIME_OFFSET,
            "2024-05-17T12:30:00.123456999999Z",
            dt.datetime(2024, 5, 17, 12, 30, 0, 123456, dt.UTC),
        ),
        (edm.DATE_TIME_OFFSET, "2016-12-31T23:59:60Z", dt.datetime(2017, 1, 1, tzinfo=dt.UTC)),
        (edm.DATE_TIME_OFFSET, "2016-12-31T23:59:60.5Z", dt.datetime(2017, 1, 1, 0, 0, 0, 500000, dt.UTC)),
        (edm.DURATION, "P1DT2H3M4.5S", dt.timedelta(1, 4, 500000, 0, 3, 2)),
        (edm.DURATION, "-PT0.0000019S", dt.timedelta(microseconds=-1)),
        (edm.DURATION, "P1D", dt.timedelta(days=1)),
        (edm.BINARY, "", b""),
        (edm.BINARY, "Tw", b"O"),
        (edm.BINARY, "-_8", b"\xfb\xff"),
        ("Model.Colour", "RED", "RED"),
        ("Edm.GeographyPoint", "SRID=0;Point(1 2)", edm.Shape("Edm.GeographyPoint", "SRID=0;Point(1 2)")),
    ],
)
def test_each_literal_has_its_python_value(type_name: str, source: str, expected: object) -> None:
    """An enumeration value and a shape stay texts; second 60 is the next minute's first."""
    value = edm.python_value(type_name, source)
    assert expected == value
    assert type(expected) is type(value)


def test_a_date_with_time_keeps_its_offset() -> None:
    """Two equal instants may differ in their offset, and functions of the date see it."""
    value = edm.python_value(edm.DATE_TIME_OFFSET, "2024-05-17T12:30:45+02:00")
    assert isinstance(value, dt.datetime)
    assert value.utcoffset() == dt.timedelta(hours=2)


def test_not_a_number_is_read() -> None:
    """NaN equals nothing, so it is asked for otherwise."""
    value = edm.python_value(edm.DOUBLE, "NaN")
    assert isinstance(value, float)
    assert math.isnan(value)


def test_an_integer_of_any_length_is_read() -> None:
    """Python converts no more than 4300 digits to an int; a longer number is a Decimal."""
    assert edm.python_value(edm.DECIMAL, "9" * 4000) == 10**4000 - 1
    assert edm.python_value(edm.DECIMAL, "9" * 10_000) == Decimal("9" * 10_000)


@pytest.mark.parametrize(
    ("type_name", "source"),
    [
        (edm.DATE, "0000-01-01"),
        (edm.DATE, "-0044-03-15"),
        (edm.DATE, "10000-01-01"),
        (edm.DATE_TIME_OFFSET, "0000-01-01T00:00Z"),
        (edm.DATE_TIME_OFFSET, "-0044-03-15T12:00:00Z"),
        (edm.DATE_TIME_OFFSET, "12024-05-17T12:30Z"),
        (edm.DATE_TIME_OFFSET, "9999-12-31T23:59:60Z"),
        (edm.DURATION, "P1000000000D"),
        (edm.DURATION, "PT" + "9" * 5000 + "S"),
        (edm.DURATION, "one day"),
    ],
)
def test_a_value_that_python_cannot_hold_is_refused(type_name: str, source: str) -> None:
    """The literal is right, but there is nothing to compute with."""
    with pytest.raises(FilterEvaluationError) as caught:
        edm.python_value(type_name, source)
    assert caught.value.problems[0].code == "value-out-of-range"
    assert caught.value.message.endswith("is outside the range that can be computed with")
    assert len(caught.value.message) < 150


# ---- Both ways -------------------------------------------------------------------------------

_OFFSETS = st.integers(-1439, 1439).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
VALUES: st.SearchStrategy[object] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.decimals(allow_nan=False),
    st.text(),
    st.uuids(),
    st.dates(),
    st.times(),
    st.datetimes(timezones=_OFFSETS),
    st.timedeltas(min_value=dt.timedelta.min + dt.timedelta(microseconds=1) * 10**12),
    st.binary(),
)


@given(VALUES)
def test_every_value_reads_back_from_its_literal(value: object) -> None:
    """Equal values, and equal texts the second time."""
    type_name, source = edm.literal_text(value)
    again = edm.python_value(type_name, source)
    assert value == again
    assert (type_name, source) == edm.literal_text(again)


@given(st.floats(allow_nan=False))
def test_every_float_reads_back_from_its_literal(value: float) -> None:
    """It is the same float again, from a Decimal where there is no exponent."""
    again = edm.python_value(*edm.literal_text(value))
    assert isinstance(again, float | Decimal)
    assert value == float(again)


@given(st.one_of(VALUES, st.floats()))
def test_every_literal_of_a_value_is_a_filter(value: object) -> None:
    """What is written for a value parses as one literal of that type and text."""
    type_name, source = edm.literal_text(value)
    assert Literal(type_name, source) == parse(edm.written(type_name, source))


# ---- Payload texts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_name", "source", "expected"),
    [
        (edm.BOOLEAN, "true", True),
        (edm.INT64, "+7", 7),
        (edm.DECIMAL, "-1.5", Decimal("-1.5")),
        (edm.DOUBLE, "1E5", 100000.0),
        (edm.DOUBLE, "-INF", -math.inf),
        (edm.STRING, "x", "x"),
        (edm.GUID, "0F8FAD5B-D9CB-469F-A165-70867728950E", UUID("0f8fad5b-d9cb-469f-a165-70867728950e")),
        (edm.DATE, "2024-02-29", dt.date(2024, 2, 29)),
        (edm.TIME_OF_DAY, "07:05", dt.time(7, 5)),
        (edm.DATE_TIME_OFFSET, "2024-05-17T12:30:00+02:00", dt.datetime(2024, 5, 17, 10, 30, tzinfo=dt.UTC)),
        (edm.DURATION, "-P1DT2H", dt.timedelta(days=-1, hours=-2)),
        (edm.BINARY, "Tw==", b"O"),
        ("Model.Colour", "RED", "RED"),
    ],
)
def test_a_text_in_a_payload_is_read(type_name: str, source: str, expected: object) -> None:
    """It has what a literal has without prefix and quotes."""
    assert expected == edm.read(type_name, source)


@pytest.mark.parametrize(
    ("type_name", "source"),
    [
        (edm.BOOLEAN, "yes"),
        (edm.INT64, "1.5"),
        (edm.INT64, "\u0661"),
        (edm.INT64, "1_000"),
        (edm.DECIMAL, "1e5"),
        (edm.DOUBLE, "inf"),
        (edm.GUID, "{0f8fad5b-d9cb-469f-a165-70867728950e}"),
        (edm.DATE, "2023-02-29"),
        (edm.DATE, "20240229"),
        (edm.DATE, "0000-01-01"),
        (edm.TIME_OF_DAY, "24:00"),
        (edm.DATE_TIME_OFFSET, "2024-05-17T12:30:00"),
        (edm.DURATION, "P"),
        (edm.DURATION, "P1DT"),
        (edm.DURATION, "P9999999999D"),
        (edm.BINARY, "T"),
        (edm.BINARY, "T+/8"),
    ],
)
def test_a_text_that_is_no_literal_form_reads_as_nothing(type_name: str, source: str) -> None:
    """What the grammar would refuse, and what Python cannot hold."""
    assert edm.read(type_name, source) is None


@given(VALUES.filter(lambda value: value is not None))
def test_every_value_reads_back_from_its_payload(value: object) -> None:
    """What is written between the quotes of a literal is a form of its type."""
    assert value == edm.read(*edm.literal_text(value))


# ---- Types and names -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefix", "shape", "expected"),
    [
        ("geography", "Point", "Edm.GeographyPoint"),
        ("GEOMETRY", "MultiPolygon", "Edm.GeometryMultiPolygon"),
        ("geometry", "GeometryCollection", "Edm.GeometryCollection"),
        ("geography", "GeometryCollection", "Edm.GeographyCollection"),
    ],
)
def test_a_shape_has_a_type_of_its_own(prefix: str, shape: str, expected: str) -> None:
    """Two families with seven shapes each, and every one of them is a primitive type."""
    assert expected == edm.geo_type(prefix, shape)
    assert expected in edm.TYPE_NAMES


def test_the_primitive_types_are_those_of_the_standard() -> None:
    """ABNF `primitiveTypeName`: seventeen plain ones, and two families of an abstract and seven concrete shapes."""
    plain = {name for name in edm.TYPE_NAMES if not name.startswith(("Edm.Geography", "Edm.Geometry"))}
    assert len(plain) == 17
    assert len(edm.TYPE_NAMES) == 17 + 2 * 8
    assert all(name.startswith("Edm.") for name in edm.TYPE_NAMES)


@pytest.mark.parametrize("name", ["a", "_", "Key1", "\u00e9", "e\u0301", "\u2160", "a\u0663", "a\u200d", "a" * 128])
def test_a_name_may_have_letters_marks_and_digits(name: str) -> None:
    """By Unicode category, and 128 of them."""
    assert edm.identifier_fault(name) is None


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "it is empty"),
        ("a" * 129, "it has 129 characters, and 128 are allowed"),
        ("1a", "it starts with '1', and only a letter or `_` may stand there"),
        ("\u0301a", "it starts with '\u0301', and only a letter or `_` may stand there"),
        ("a b", "it contains ' ', and only letters, digits and `_` are allowed"),
        ("a-b", "it contains '-', and only letters, digits and `_` are allowed"),
        ("a\u20ac", "it contains '\u20ac', and only letters, digits and `_` are allowed"),
        ("a\ud800", "it contains '\\ud800', and only letters, digits and `_` are allowed"),
    ],
)
def test_a_fault_of_a_name_is_said_in_words(name: str, fault: str) -> None:
    """The end of a sentence."""
    assert fault == edm.identifier_fault(name)


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("2024-02-29", None),
        ("2023-02-29", "2023-02 has 28 days"),
        ("-0001-02-29", "-0001-02 has 28 days"),
        ("-0004-02-29", None),
        ("0000-02-30", "0000-02 has 29 days"),
        ("12100-02-29", "12100-02 has 28 days"),
        ("2024-04-31T00:00Z", "2024-04 has 30 days"),
    ],
)
def test_a_day_that_its_month_lacks_is_a_fault(source: str, fault: str | None) -> None:
    """Leap years go by the Gregorian calendar, in every year."""
    assert fault == edm.text_fault(edm.DATE_TIME_OFFSET if "T" in source else edm.DATE, source)


def test_other_literals_have_no_fault_that_the_grammar_misses() -> None:
    """Only days depend on the month."""
    assert edm.text_fault(edm.STRING, "2023-02-29") is None


def test_nothing_is_a_guid_before_their_class_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no UUIDs does not wait for the import of `uuid`."""
    assert edm.is_guid(UUID(int=1))
    monkeypatch.delitem(sys.modules, "uuid")
    assert not edm.is_guid(1)
    assert "uuid" not in sys.modules
