"""Values: two Python values to one, by the tables of the standard."""

import datetime as dt
import enum
import math
import operator as op
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType, SimpleNamespace
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odata_filter import FilterEvaluationError, edm, values

NAN, INF = math.nan, math.inf
DAY, HOUR, SECOND = dt.timedelta(1), dt.timedelta(hours=1), dt.timedelta(seconds=1)
UTC = dt.UTC
CET = dt.timezone(HOUR)


class Color(enum.Enum):
    """A plain Enum."""

    RED = 1
    BLUE = "blue"
    MANY = [1]  # noqa: RUF012 - a value that cannot be hashed


class Size(enum.IntEnum):
    """An Enum of integers."""

    SMALL = 1


class Word(enum.StrEnum):
    """An Enum of strings."""

    CAT = "cat"


class Right(enum.Flag):
    """Flags."""

    READ = 1
    WRITE = 2
    BOTH = 3


class Bits(enum.IntFlag):
    """Flags that are integers."""

    ONE = 1
    TWO = 2


class Berlin(dt.tzinfo):
    """A zone whose clocks go back from three to two o'clock on 29 October 2023."""

    def utcoffset(self, moment: dt.datetime | None) -> dt.timedelta:
        """Two hours before the change, one hour after it."""
        assert moment is not None
        wall = moment.replace(tzinfo=None)
        summer = wall < dt.datetime.combine(dt.date(2023, 10, 29), dt.time(2 if moment.fold else 3))
        return 2 * HOUR if summer else HOUR

    def dst(self, moment: dt.datetime | None) -> dt.timedelta:
        """What `utcoffset` has above one hour."""
        return self.utcoffset(moment) - HOUR

    def tzname(self, _moment: dt.datetime | None) -> str:
        """One name for both."""
        return "Berlin"


BERLIN = Berlin()


def local(day: int, hour: int) -> dt.datetime:
    """A moment of January 2024 without a time zone."""
    return dt.datetime(2024, 1, day, hour)  # noqa: DTZ001 - a naive one is the point


def moment(day: int, hour: int, zone: dt.tzinfo = UTC) -> dt.datetime:
    """A moment of January 2024."""
    return dt.datetime(2024, 1, day, hour, tzinfo=zone)


class Text(str):
    """A string of one's own."""

    __slots__ = ()


class Moment(dt.datetime):
    """A datetime of one's own, like that of a library for dates."""


class Custom:
    """A value that OData knows nothing about."""

    def __repr__(self) -> str:
        return "Custom()"


CUSTOM = Custom()


# ---- Kinds -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, edm.NULL),
        (True, edm.BOOLEAN),
        (1, edm.INT64),
        (10**30, edm.INT64),
        (1.5, edm.DOUBLE),
        (Decimal("1.5"), edm.DECIMAL),
        ("x", edm.STRING),
        (Text("x"), edm.STRING),
        (Word.CAT, edm.STRING),
        (UUID(int=0), edm.GUID),
        (dt.date(2024, 1, 1), edm.DATE),
        (dt.time(1), edm.TIME_OF_DAY),
        (moment(1, 0), edm.DATE_TIME_OFFSET),
        (Moment(2024, 1, 1, tzinfo=UTC), edm.DATE_TIME_OFFSET),
        (local(1, 0), edm.LOCAL_TIME),
        (Moment(2024, 1, 1), edm.LOCAL_TIME),
        (DAY, edm.DURATION),
        (b"x", edm.BINARY),
        (Color.RED, edm.ENUMERATION),
        (Right.READ, edm.ENUMERATION),
        (Bits.ONE, edm.ENUMERATION),
        (Size.SMALL, edm.INT64),
        ([], edm.COLLECTION),
        ((), edm.COLLECTION),
        (set(), edm.UNORDERED),
        (frozenset(), edm.UNORDERED),
        ({}, edm.COMPLEX),
        (OrderedDict(), edm.COMPLEX),
        (MappingProxyType({}), edm.COMPLEX),
        (CUSTOM, edm.UNTYPED),
        (1j, edm.UNTYPED),
        (Fraction(1), edm.UNTYPED),
    ],
    ids=repr,
)
def test_a_value_has_a_kind(value: object, expected: str) -> None:
    """A bool is no number, a datetime no date, and a naive datetime no DateTimeOffset."""
    assert expected == values.kind(value)


# ---- Records -----------------------------------------------------------------------------------------


@dataclass
class Place:
    """A dataclass, whose fields are properties."""

    city: str
    size: int = 1


class AttrsPlace:
    """What attrs makes of a class, as far as it matters here."""

    __attrs_attrs__: ClassVar = (SimpleNamespace(name="city"),)
    city = "Rome"
    secret = "x"  # noqa: S105 - no field, and so no property


class PydanticPlace:
    """What Pydantic makes of a class, as far as it matters here."""

    __pydantic_fields__: ClassVar = {"city": None, "missing": None}
    city = "Rome"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"city": "Rome"}, {"city": "Rome"}),
        (MappingProxyType({"city": "Rome"}), {"city": "Rome"}),
        (Place("Rome"), {"city": "Rome", "size": 1}),
        (AttrsPlace(), {"city": "Rome"}),
        (PydanticPlace(), {"city": "Rome", "missing": None}),
        (object(), None),
        ("Rome", None),
        (None, None),
        (Place, None),
    ],
    ids=["dict", "mapping", "dataclass", "attrs", "Pydantic", "object", "string", "null", "class"],
)
def test_a_record_is_a_mapping_or_an_object_with_fields(value: object, expected: object) -> None:
    """Declared fields only, so that no filter reaches anything else."""
    assert expected == values.record(value)
    assert (edm.COMPLEX == values.kind(value)) is (expected is not None)


def test_records_of_all_kinds_can_be_equal() -> None:
    """By their properties."""
    assert values.equal(Place("Rome"), {"city": "Rome", "size": 1.0}) is True
    assert values.equal(AttrsPlace(), PydanticPlace()) is True
    assert values.equal(Place("Rome", 2), AttrsPlace()) is False


# ---- Equality ----------------------------------------------------------------------------------------

EQUAL: dict[str, tuple[object, object, bool | None]] = {
    "null and null": (None, None, True),
    "null and a value": (None, 1, False),
    "null and false": (None, False, False),
    "null and the empty string": (None, "", False),
    "integers": (1, 1, True),
    "different integers": (1, 2, False),
    "an integer and a float": (1, 1.0, True),
    "an integer and a Decimal": (1, Decimal("1.00"), True),
    "a Decimal and the nearest float": (Decimal("2.55"), 2.55, True),
    "a Decimal and another float": (Decimal("2.56"), 2.55, False),
    "a large integer and a float that is not it": (2**53 + 1, float(2**53), False),
    "infinity and itself": (INF, INF, True),
    "infinity and its negative": (INF, -INF, False),
    "infinity and a Decimal one": (INF, Decimal("Infinity"), True),
    "infinity and a large integer": (INF, 10**400, False),
    "nan and itself": (NAN, NAN, False),
    "nan and a number": (NAN, 1, False),
    "a Decimal nan and itself": (Decimal("NaN"), Decimal("NaN"), False),
    "a signalling nan and a number": (Decimal("sNaN"), 1, False),
    "strings": ("x", "x", True),
    "strings in another case": ("x", "X", False),
    "a string of one's own": (Text("x"), "x", True),
    "a string and an integer": ("1", 1, None),
    "a Boolean and an integer": (True, 1, None),
    "Booleans": (True, True, True),
    "a Boolean and a string": (True, "true", None),
    "dates": (dt.date(2024, 1, 1), dt.date(2024, 1, 1), True),
    "a date and a datetime": (dt.date(2024, 1, 1), moment(1, 0), None),
    "a date and a string": (dt.date(2024, 1, 1), "2024-01-01", None),
    "datetimes in one zone": (moment(1, 0), moment(1, 0), True),
    "one moment in two zones": (moment(1, 0), moment(1, 1, CET), True),
    "one hour in two zones": (moment(1, 0), moment(1, 0, CET), False),
    "local times": (local(1, 0), local(1, 0), True),
    "a local time and a moment": (local(1, 0), moment(1, 0), None),
    "times of day": (dt.time(1), dt.time(1), True),
    "durations": (DAY, 24 * HOUR, True),
    "a duration and a number": (SECOND, 1, None),
    "GUIDs": (UUID(int=1), UUID(int=1), True),
    "a GUID and its text": (UUID(int=1), str(UUID(int=1)), None),
    "bytes": (b"x", b"x", True),
    "bytes and a string": (b"x", "x", None),
    "a member and itself": (Color.RED, Color.RED, True),
    "two members": (Color.RED, Color.BLUE, False),
    "a member and its name": (Color.RED, "RED", True),
    "a member and its value": (Color.RED, 1, True),
    "a member and its value, a string": (Color.BLUE, "blue", True),
    "a member and its name, when the value is a string": (Color.BLUE, "BLUE", True),
    "a member and another name": (Color.RED, "BLUE", False),
    "a member and another value": (Color.RED, 2, False),
    "a member and a value that does not fit": (Color.RED, True, None),
    "a member whose value is a list and its name": (Color.MANY, "MANY", True),
    "a member whose value is a list and another name": (Color.MANY, "RED", False),
    "flags and a number of more digits than Python reads": (Right.READ, "9" * 5000, None),
    "flags that have a name together": (Right.READ | Right.WRITE, "READ,WRITE", True),
    "flags and the name that they have together": (Right.READ | Right.WRITE, "BOTH", True),
    "integer flags and their names": (Bits.ONE | Bits.TWO, "TWO,ONE", True),
    "flags and one name": (Bits.ONE | Bits.TWO, "ONE", False),
    "flags and their number": (Bits.ONE | Bits.TWO, 3, True),
    "no flags and their number": (Bits(0), 0, True),
    "an integer member and its value": (Size.SMALL, 1, True),
    "members of two Enums": (Size.SMALL, Color.RED, False),
    "a string member and its value": (Word.CAT, "cat", True),
    "lists": ([1, "x"], [1, "x"], True),
    "a list and a tuple": ([1, "x"], (1, "x"), True),
    "lists of numbers of two types": ([1], [1.0], True),
    "lists in another order": ([1, 2], [2, 1], False),
    "lists of different lengths": ([1], [1, 1], False),
    "empty lists": ([], (), True),
    "lists with null": ([None], [None], True),
    "lists whose members do not fit": (["1"], [1], False),
    "lists with a Boolean and a number": ([True], [1], False),
    "sets": ({1, 2}, {2, 1}, True),
    "a set and a list in another order": ({1, 2}, [2, 1], True),
    "a set and a longer list": ({1, 2}, [1, 2, 2], False),
    "a frozenset and a shorter list": (frozenset({1, 2}), [1], False),
    "a list and a string": (["x"], "x", None),
    "records": ({"a": 1, "b": "x"}, {"b": "x", "a": 1}, True),
    "records of two kinds": ({"a": 1}, MappingProxyType({"a": 1.0}), True),
    "different records": ({"a": 1}, {"a": 2}, False),
    "a record that lacks a null": ({"a": 1}, {"a": 1, "b": None}, True),
    "a record that lacks a value": ({"a": 1}, {"a": 1, "b": 2}, False),
    "records with annotations": ({"a": 1, "@odata.type": "x"}, {"a": 1, "a@Ns.Term": 2}, True),
    "records with other annotations": ({"@odata.type": "x"}, {"@odata.type": "y"}, True),
    "nested records": ({"a": [{"b": 1}]}, {"a": [{"b": 1.0}]}, True),
    "a record and a list": ({}, [], None),
    "objects": (object(), object(), None),
    "an object and a number": (Fraction(1), 1, None),
}


@pytest.mark.parametrize(("left", "right", "expected"), EQUAL.values(), ids=EQUAL)
def test_equality_follows_the_table(left: object, right: object, expected: bool | None) -> None:  # noqa: FBT001 - data
    """Both ways round; None says that the types do not fit."""
    assert expected is values.equal(left, right)
    assert expected is values.equal(right, left)


def test_an_object_without_a_type_does_not_even_equal_itself() -> None:
    """Nothing is known about it, so the comparison is null."""
    assert values.equal(CUSTOM, CUSTOM) is None


def test_moments_are_compared_as_instants_when_the_clocks_go_back() -> None:
    """The hour between two and three comes twice, one hour apart."""
    first = dt.datetime(2023, 10, 29, 2, 30, tzinfo=BERLIN)
    second = first.replace(fold=1)
    assert values.equal(first, dt.datetime(2023, 10, 29, 0, 30, tzinfo=UTC)) is True
    assert values.equal(first, second) is False
    assert values.ordered(op.lt, first, second) is True
    assert values.ordered(op.ge, first, second) is False
    assert HOUR == values.arithmetic("sub", second, first)


def test_a_duration_is_added_to_the_instant() -> None:
    """A day has 24 hours, also when the clocks go back."""
    noon = dt.datetime(2023, 10, 28, 12, tzinfo=BERLIN)
    moved = values.arithmetic("add", noon, DAY)
    assert values.equal(moved, dt.datetime(2023, 10, 29, 10, tzinfo=UTC)) is True
    assert DAY == values.arithmetic("sub", moved, noon)
    assert values.equal(values.arithmetic("sub", moved, DAY), noon) is True


# ---- Order -------------------------------------------------------------------------------------------

LESS: dict[str, tuple[object, object]] = {
    "integers": (1, 2),
    "an integer and a float": (1, 1.5),
    "an integer and a Decimal": (1, Decimal("1.5")),
    "a float and a Decimal": (1.5, Decimal("1.6")),
    "a large integer and infinity": (10**400, INF),
    "minus infinity and a large integer": (-INF, -(10**400)),
    "a Decimal and infinity": (Decimal("1E+300"), INF),
    "false and true": (False, True),
    "strings": ("a", "b"),
    "strings by code point": ("Z", "a"),
    "a string and a longer one": ("a", "aa"),
    "dates": (dt.date(2024, 1, 1), dt.date(2024, 1, 2)),
    "times": (dt.time(1), dt.time(1, 0, 1)),
    "moments": (moment(1, 0), moment(1, 1)),
    "moments in two zones": (moment(1, 1, CET), moment(1, 1)),
    "local times": (local(1, 0), local(1, 1)),
    "durations": (-DAY, HOUR),
    "GUIDs": (UUID(int=1), UUID(int=2)),
    "integer members": (Size.SMALL, 2),
}


@pytest.mark.parametrize(("left", "right"), LESS.values(), ids=LESS)
def test_a_lesser_value_is_less(left: object, right: object) -> None:
    """By each of the four operators, both ways round."""
    assert [True, True, False, False] == [values.ordered(one, left, right) for one in (op.lt, op.le, op.gt, op.ge)]
    assert [False, False, True, True] == [values.ordered(one, right, left) for one in (op.lt, op.le, op.gt, op.ge)]


@pytest.mark.parametrize("value", [right for _, right in LESS.values()], ids=LESS)
def test_a_value_stands_beside_itself(value: object) -> None:
    """`le` and `ge` hold, `lt` and `gt` do not."""
    assert [False, True, False, True] == [values.ordered(one, value, value) for one in (op.lt, op.le, op.gt, op.ge)]


@pytest.mark.parametrize("nan", [NAN, Decimal("NaN"), Decimal("sNaN")], ids=repr)
@pytest.mark.parametrize("other", [0, 1.5, Decimal(1), INF, NAN], ids=repr)
def test_nan_has_no_order(nan: object, other: object) -> None:
    """All four are false."""
    assert [False] * 4 == [values.ordered(one, nan, other) for one in (op.lt, op.le, op.gt, op.ge)]
    assert [False] * 4 == [values.ordered(one, other, nan) for one in (op.lt, op.le, op.gt, op.ge)]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("1", 1),
        (True, 1),
        (dt.date(2024, 1, 1), moment(1, 0)),
        (local(1, 0), moment(1, 0)),
        (dt.time(1), dt.time(1, tzinfo=UTC)),
        (DAY, 1),
        (b"a", b"b"),
        ([1], [2]),
        ({"a": 1}, {"a": 2}),
        (Color.RED, Color.BLUE),
        (Bits.ONE, Bits.TWO),
        (Bits.ONE, 2),
        (CUSTOM, CUSTOM),
    ],
    ids=repr,
)
def test_values_without_an_order_give_null(left: object, right: object) -> None:
    """Of two types, or of one that has none."""
    assert [None] * 4 == [values.ordered(one, left, right) for one in (op.lt, op.le, op.gt, op.ge)]
    assert [None] * 4 == [values.ordered(one, right, left) for one in (op.lt, op.le, op.gt, op.ge)]


# ---- Collections -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("whole", "part", "expected"),
    [
        ([1, 2, 3], [3, 1], True),
        ([1, 2], [1, 1, 2], False),
        ([1, 1, 2], [1, 1], True),
        ([1, 2], [], True),
        ([], [], True),
        ([], [1], False),
        ([1], [1.0], True),
        ([1], ["1"], False),
        ([True], [1], False),
        ([None], [None], True),
        ([NAN], [NAN], False),
        ([[1], {"a": 2}], [{"a": 2.0}], True),
        ({1, 2}, (2,), True),
    ],
)
def test_a_collection_includes_another(whole: Any, part: Any, expected: bool) -> None:  # noqa: ANN401, FBT001 - data
    """Each value as often as it occurs."""
    assert expected is values.includes(whole, part)


# ---- has ---------------------------------------------------------------------------------------------

HAS: dict[str, tuple[object, str, bool | None]] = {
    "a bit": (3, "1", True),
    "both bits": (3, "1,2", True),
    "a bit that is not set": (4, "1", False),
    "one of two bits": (1, "1,2", False),
    "no bit at all": (5, "0", True),
    "no bit of zero": (0, "0", True),
    "a negative mask": (-1, "-1", True),
    "an integer and a name": (1, "Red", None),
    "an integer, a number and a name": (1, "1,Red", None),
    "a Boolean": (True, "1", None),
    "flags by name": (Right.READ | Right.WRITE, "READ", True),
    "flags by names": (Right.READ | Right.WRITE, "WRITE,READ", True),
    "a flag that is not set": (Right.READ, "WRITE", False),
    "a flag of two bits": (Right.READ, "BOTH", False),
    "flags by number": (Right.READ | Right.WRITE, "3", True),
    "flags by number and name": (Right.READ | Right.WRITE, "1,WRITE", True),
    "flags and a name that they lack": (Right.READ, "EXECUTE", None),
    "integer flags": (Bits.ONE, "ONE", True),
    "no flags": (Bits(0), "ONE", False),
    "a member by name": (Color.RED, "RED", True),
    "a member by number": (Color.RED, "1", True),
    "a member and another": (Color.RED, "BLUE", False),
    "a member and two": (Color.RED, "RED,BLUE", False),
    "an integer member": (Size.SMALL, "SMALL", True),
    "a string of names": ("Solid,Yellow", "Yellow", True),
    "a string of names with spaces": ("Solid, Yellow", "Yellow,Solid", True),
    "a string without the name": ("Solid", "Yellow", False),
    "a part of a name": ("SolidYellow", "Solid", False),
    "a list of names": (["Solid", "Yellow"], "Yellow,Solid", True),
    "a set of names": ({"Solid"}, "Solid", True),
    "a list without the name": (["Solid"], "Yellow", False),
    "a list of members": ([Color.RED], "RED", True),
    "a list of a member and a name": ([Color.BLUE, "Yellow", 1], "Yellow,BLUE", True),
    "a float": (1.0, "1", None),
    "a record": ({"Red": 1}, "Red", None),
    "an object": (object(), "Red", None),
}


@pytest.mark.parametrize(("value", "members", "expected"), HAS.values(), ids=HAS)
def test_has_follows_the_table(value: object, members: str, expected: bool | None) -> None:  # noqa: FBT001 - data
    """Integers and flags bit by bit, everything else by name."""
    assert expected is values.has(value, members)


# ---- Arithmetic --------------------------------------------------------------------------------------

ARITHMETIC: dict[str, tuple[object, str, object, object]] = {
    "integers add": (2, "add", 3, 5),
    "integers sub": (2, "sub", 3, -1),
    "integers mul": (2, "mul", 3, 6),
    "integers beyond 64 bits": (2**63, "mul", 2, 2**64),
    "integers div": (7, "div", 2, 3),
    "integers div towards zero": (-7, "div", 2, -3),
    "integers div by a negative": (7, "div", -2, -3),
    "two negatives div": (-7, "div", -2, 3),
    "integers divby": (7, "divby", 2, Decimal("3.5")),
    "integers divby without a remainder": (6, "divby", 2, Decimal(3)),
    "integers mod": (7, "mod", 5, 2),
    "mod has the sign of the left": (-7, "mod", 5, -2),
    "mod by a negative": (7, "mod", -5, 2),
    "floats add": (1.5, "add", 0.25, 1.75),
    "floats div": (1.0, "div", 4.0, 0.25),
    "floats mod": (-7.5, "mod", 2.0, -1.5),
    "floats mod infinity": (7.5, "mod", INF, 7.5),
    "infinity mod": (INF, "mod", 2.0, NAN),
    "nan mod": (NAN, "mod", 2.0, NAN),
    "a number mod nan": (1, "mod", NAN, NAN),
    "floats overflow to infinity": (1e308, "mul", 10.0, INF),
    "an integer and a float": (1, "add", 0.5, 1.5),
    "a huge integer and a float": (10**400, "add", 0.5, INF),
    "a huge negative integer and a float": (-(10**400), "add", 0.5, -INF),
    "a Decimal and a float": (Decimal("0.5"), "add", 0.25, 0.75),
    "Decimals add": (Decimal("0.1"), "add", Decimal("0.2"), Decimal("0.3")),
    "Decimals sub": (Decimal("0.3"), "sub", Decimal("0.1"), Decimal("0.2")),
    "Decimals mul": (Decimal("1.5"), "mul", Decimal("1.5"), Decimal("2.25")),
    "Decimals div": (Decimal(1), "div", Decimal(4), Decimal("0.25")),
    "Decimals divby": (Decimal(1), "divby", Decimal(4), Decimal("0.25")),
    "Decimals mod": (Decimal("-7.5"), "mod", Decimal(2), Decimal("-1.5")),
    "a long Decimal mod": (Decimal(10**40 + 1), "mod", Decimal(10), Decimal(1)),
    "zero mod": (Decimal("0E+99999"), "mod", Decimal(7), Decimal(0)),
    "an infinite Decimal mod": (Decimal("Infinity"), "mod", Decimal(2), NAN),
    "a Decimal mod an infinite one": (Decimal(5), "mod", Decimal("Infinity"), Decimal(5)),
    "an integer and a Decimal": (1, "add", Decimal("0.5"), Decimal("1.5")),
    "an integer div a Decimal": (7, "div", Decimal(2), Decimal("3.5")),
    "a float divided by zero": (1.5, "div", 0.0, INF),
    "a negative float divided by zero": (-1.5, "div", 0, -INF),
    "a float zero divided by zero": (0.0, "div", 0, NAN),
    "nan divided by zero": (NAN, "div", 0, NAN),
    "an integer divided by a float zero": (1, "div", 0.0, INF),
    "a Decimal divided by zero": (Decimal("1.5"), "div", 0, INF),
    "a negative Decimal divided by zero": (Decimal("-1.5"), "div", 0, -INF),
    "a Decimal zero divided by zero": (Decimal("0.0"), "div", 0, NAN),
    "an integer divby zero": (1, "divby", 0, INF),
    "a negative integer divby zero": (-1, "divby", 0, -INF),
    "zero divby zero": (0, "divby", 0, NAN),
    "a signalling nan": (Decimal("sNaN"), "add", 1, NAN),
    "a moment and a duration": (moment(1, 0), "add", HOUR, moment(1, 1)),
    "a moment less a duration": (moment(1, 1), "sub", HOUR, moment(1, 0)),
    "moments": (moment(2, 0), "sub", moment(1, 0), DAY),
    "moments in two zones": (moment(1, 1, CET), "sub", moment(1, 0), dt.timedelta(0)),
    "a local time and a duration": (local(1, 0), "add", HOUR, local(1, 1)),
    "a local time less a duration": (local(1, 1), "sub", HOUR, local(1, 0)),
    "local times": (local(2, 0), "sub", local(1, 0), DAY),
    "durations add": (DAY, "add", HOUR, 25 * HOUR),
    "durations sub": (DAY, "sub", HOUR, 23 * HOUR),
    "a date and a day": (dt.date(2024, 2, 28), "add", DAY, dt.date(2024, 2, 29)),
    "a date and a second": (dt.date(2024, 1, 2), "add", SECOND, dt.date(2024, 1, 2)),
    "a date and a second before": (dt.date(2024, 1, 2), "add", -SECOND, dt.date(2024, 1, 1)),
    "a date less a second": (dt.date(2024, 1, 2), "sub", SECOND, dt.date(2024, 1, 1)),
    "a date less a day": (dt.date(2024, 3, 1), "sub", DAY, dt.date(2024, 2, 29)),
    "dates": (dt.date(2024, 3, 1), "sub", dt.date(2024, 2, 28), 2 * DAY),
    "a duration and an integer": (HOUR, "mul", 24, DAY),
    "an integer and a duration": (24, "mul", HOUR, DAY),
    "a duration and a float": (HOUR, "mul", 0.5, HOUR / 2),
    "a Decimal and a duration": (Decimal("0.5"), "mul", HOUR, HOUR / 2),
    "a duration div an integer": (DAY, "div", 24, HOUR),
    "a duration divby an integer": (DAY, "divby", 24, HOUR),
    "a duration div a float": (HOUR, "div", 0.5, 2 * HOUR),
    "a negative duration div": (-DAY, "div", 24, -HOUR),
    "a string and a number": ("1", "add", 1, None),
    "strings": ("a", "add", "b", None),
    "a Boolean and a number": (True, "add", 1, None),
    "lists": ([1], "add", [2], None),
    "a number less a duration": (1, "sub", HOUR, None),
    "a number div a duration": (1, "div", HOUR, None),
    "a duration and a date": (DAY, "add", dt.date(2024, 1, 1), None),
    "a duration div a duration": (DAY, "div", HOUR, None),
    "a duration mod a number": (DAY, "mod", 2, None),
    "times of day": (dt.time(2), "sub", dt.time(1), None),
    "a moment less a local time": (moment(1, 0), "sub", local(1, 0), None),
    "a moment less a date": (moment(1, 0), "sub", dt.date(2024, 1, 1), None),
    "flags": (Bits.ONE, "add", 1, None),
    "objects": (object(), "add", 1, None),
}


@pytest.mark.parametrize(("left", "operator", "right", "expected"), ARITHMETIC.values(), ids=ARITHMETIC)
def test_arithmetic_follows_the_table(left: object, operator: str, right: object, expected: object) -> None:
    """The value and its type; None where the types do not fit."""
    result = values.arithmetic(operator, left, right)
    assert type(expected) is type(result)
    assert expected == result or (expected is NAN and math.isnan(result))  # type: ignore[arg-type] # a float here


FAILURES: dict[str, tuple[object, str, object, str]] = {
    "an integer div zero": (1, "div", 0, "an integer div by zero has no value"),
    "zero div zero": (0, "div", 0, "an integer div by zero has no value"),
    "an integer mod zero": (1, "mod", 0, "mod by zero has no value"),
    "a float mod zero": (1.5, "mod", 0.0, "mod by zero has no value"),
    "a Decimal mod zero": (Decimal(1), "mod", Decimal("0.0"), "mod by zero has no value"),
    "a duration div zero": (DAY, "div", 0, "a duration divided by zero has no value"),
    "a duration divby a float zero": (DAY, "divby", 0.0, "a duration divided by zero has no value"),
    "Decimals too far apart": (Decimal("1E+20000"), "mod", Decimal(7), "the operands of mod are too far apart"),
    **{
        name: (left, operator, right, f"the result of {operator} is outside the range that can be computed with")
        for name, (left, operator, right) in {
            "a moment too late": (moment(1, 0), "add", dt.timedelta.max),
            "a moment too early": (moment(1, 0), "sub", dt.timedelta.max),
            "a local time too late": (local(1, 0), "add", dt.timedelta.max),
            "a date too late": (dt.date.max, "add", DAY),
            "a date too early": (dt.date.min, "sub", DAY),
            "a duration too long": (dt.timedelta.max, "add", DAY),
            "a duration too short": (dt.timedelta.min, "sub", DAY),
            "a duration times too much": (dt.timedelta.max, "mul", 2),
            "a duration times a huge integer": (DAY, "mul", 10**400),
            "a duration times a huge Decimal": (DAY, "mul", Decimal("1E+400")),
            "a duration times too large a float": (DAY, "mul", 1e15),
            "a duration times infinity": (DAY, "mul", INF),
            "a duration times nan": (DAY, "mul", NAN),
            "a duration div nan": (DAY, "div", NAN),
            "a duration div a tiny number": (DAY, "div", Decimal("1E-30")),
        }.items()
    },
}


@pytest.mark.parametrize(("left", "operator", "right", "message"), FAILURES.values(), ids=FAILURES)
def test_what_has_no_value_fails(left: object, operator: str, right: object, message: str) -> None:
    """The standard makes the request fail, or Python has no such value."""
    with pytest.raises(FilterEvaluationError) as caught:
        values.arithmetic(operator, left, right)
    assert message == caught.value.message


@pytest.mark.parametrize("operator", ["add", "sub", "mul"])
def test_an_integer_has_no_more_digits_than_a_decimal(operator: str) -> None:
    """Ten thousand; a chain of products would have twice as many at every step."""
    with pytest.raises(FilterEvaluationError, match=f"^the result of {operator} is outside the range"):
        values.arithmetic(operator, -(10**10_001), 3)
    assert values.arithmetic("mul", 10**5_000, 10**4_999) == 10**9_999


def test_a_float_mod_a_number_that_is_zero_as_a_float_fails() -> None:
    """After promotion the right operand is zero."""
    with pytest.raises(FilterEvaluationError):
        values.arithmetic("mod", 5.0, Decimal("1E-400"))


def test_a_duration_divided_by_a_signalling_nan_fails() -> None:
    """As by every other nan."""
    with pytest.raises(FilterEvaluationError):
        values.arithmetic("div", DAY, Decimal("sNaN"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, -1),
        (-(2**63), 2**63),
        (1.5, -1.5),
        (INF, -INF),
        (Decimal("1.50"), Decimal("-1.50")),
        (Decimal(10**40 + 1), Decimal(-(10**40) - 1)),
        (DAY, -DAY),
        (Size.SMALL, -1),
        ("x", None),
        (True, None),
        (moment(1, 0), None),
        ([1], None),
        (Bits.ONE, None),
        (None, None),
    ],
    ids=repr,
)
def test_negation(value: object, expected: object) -> None:
    """Numbers exactly, durations, and null for the rest."""
    negated = values.negated(value)
    assert (type(expected), expected) == (type(negated), negated)


def test_the_longest_duration_has_no_opposite() -> None:
    """Python's range is not symmetric."""
    assert dt.timedelta(999_999_999) == values.negated(dt.timedelta.min)
    with pytest.raises(FilterEvaluationError):
        values.negated(dt.timedelta.max)


# ---- Any values at all -------------------------------------------------------------------------------

ZONES = st.one_of(st.just(UTC), st.integers(-1439, 1439).map(lambda size: dt.timezone(dt.timedelta(minutes=size))))
CHANGE = dt.datetime.combine(dt.date(2023, 10, 29), dt.time(2))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, 10**400, -(10**400), 2**63]),
    st.floats(),
    st.decimals(),
    st.builds(lambda digits, exponent: Decimal(digits).scaleb(exponent), st.integers(-99, 99), st.integers(-500, 500)),
    st.sampled_from([Decimal("1E+999999"), Decimal("1E-999999"), Decimal("sNaN"), Decimal("-0.0")]),
    st.text(max_size=3),
    st.sampled_from(["RED", "1", "READ,WRITE", "blue", "cat", ""]),
    st.uuids(),
    st.dates(),
    st.times(timezones=st.one_of(st.none(), ZONES)),
    st.datetimes(timezones=st.one_of(st.none(), ZONES)),
    st.datetimes(CHANGE - DAY, CHANGE + DAY, timezones=st.just(BERLIN)),
    st.timedeltas(),
    st.binary(max_size=3),
    st.sampled_from([*Color, *Size, *Word, *Right, *Bits, Bits(0), Right(0)]),
    st.sampled_from([CUSTOM, 1j, Fraction(1, 2), range(3), bytearray(b"x"), Text("x"), int]),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda part: st.one_of(
        st.lists(part, max_size=3),
        st.lists(part, max_size=3).map(tuple),
        st.dictionaries(st.sampled_from(["a", "b", "@c"]), part, max_size=3),
    ),
    max_leaves=5,
) | st.sets(st.one_of(st.integers(0, 3), st.text(max_size=1), st.floats()), max_size=3)


@given(ANYTHING, ANYTHING)
@example(Decimal("sNaN"), Decimal("sNaN"))
@example({NAN}, [NAN])
def test_equality_is_symmetric(left: object, right: object) -> None:
    """For any two Python values, and it never raises."""
    assert values.equal(left, right) is values.equal(right, left)


@given(ANYTHING)
def test_a_value_of_a_known_type_equals_itself(value: object) -> None:
    """Unless there is something in it that equals nothing; the answer is never a number or a string."""
    answer = values.equal(value, value)
    assert answer in {True, False, None}
    if values.kind(value) in {edm.STRING, edm.INT64, edm.DATE, edm.GUID, edm.DURATION, edm.BOOLEAN, edm.NULL}:
        assert answer is True


@given(ANYTHING, ANYTHING)
def test_order_gives_an_answer_or_null(left: object, right: object) -> None:
    """For any two Python values, and `lt` one way is `gt` the other."""
    answers = [values.ordered(one, left, right) for one in (op.lt, op.le, op.gt, op.ge)]
    assert set(answers) <= {True, False, None}
    assert answers == [values.ordered(one, right, left) for one in (op.gt, op.ge, op.lt, op.le)]
    assert (None in answers) is (answers == [None] * 4)


@given(ANYTHING, ANYTHING)
def test_order_agrees_with_equality(left: object, right: object) -> None:
    """Where two values have an order, `ge` and `le` together are `eq`."""
    at_least, at_most = values.ordered(op.ge, left, right), values.ordered(op.le, left, right)
    if at_least is not None and values.kind(left) not in {edm.NULL, edm.COLLECTION}:
        assert values.equal(left, right) is (at_least and at_most)


@given(st.sampled_from(["add", "sub", "mul", "div", "divby", "mod"]), ANYTHING, ANYTHING)
@example("mod", 5.0, Decimal("1E-400"))
@example("div", DAY, Decimal("sNaN"))
@example("mul", dt.timedelta.max, 10**400)
def test_arithmetic_gives_a_value_or_fails(operator: str, left: object, right: object) -> None:
    """For any two Python values: a value of a known type, null, or an error of the library."""
    try:
        result = values.arithmetic(operator, left, right)
    except FilterEvaluationError as error:
        assert "evaluation" == error.problems[0].code  # noqa: PT017 - either outcome is right
    else:
        assert values.kind(result) not in {edm.UNTYPED, edm.STRING, edm.COLLECTION, edm.COMPLEX, edm.BOOLEAN}


@given(st.sampled_from(["add", "sub", "mul", "div", "divby", "mod"]), ANYTHING, ANYTHING)
def test_the_kind_of_a_result_is_known_beforehand(operator: str, left: object, right: object) -> None:
    """From the kinds of the operands alone; INF and NaN are always floats."""
    try:
        result = values.arithmetic(operator, left, right)
    except FilterEvaluationError:
        return
    expected = values.arithmetic_kind(operator, values.kind(left), values.kind(right))
    if isinstance(result, float) and not math.isfinite(result):
        assert expected in {edm.DOUBLE, edm.DECIMAL}
    else:
        assert expected == (None if result is None else values.kind(result))


@given(ANYTHING)
def test_negation_gives_a_value_or_fails(value: object) -> None:
    """For any Python value; twice is the value itself."""
    try:
        result = values.negated(values.negated(value))
    except FilterEvaluationError:
        assert isinstance(value, dt.timedelta)
        assert value > -dt.timedelta.min
    else:
        assert result is None or values.equal(result, value) is values.equal(value, value)


@given(ANYTHING, st.lists(st.sampled_from(["RED", "READ", "ONE", "1", "-3", "x"]), min_size=1, max_size=3))
def test_has_gives_an_answer_or_null(value: object, members: list[str]) -> None:
    """For any Python value, and the order of the members does not count."""
    answer = values.has(value, ",".join(members))
    assert answer in {True, False, None}
    assert answer is values.has(value, ",".join(reversed(members)))


@given(st.lists(ANYTHING, max_size=4), st.lists(ANYTHING, max_size=4))
def test_a_collection_includes_a_part_of_itself(one: list[object], other: list[object]) -> None:
    """As far as its members equal themselves."""
    comparable = [item for item in one if values.equal(item, item) is True]
    assert values.includes(comparable + other, comparable)
    assert values.includes(one, [])


ALIKE = st.one_of(
    ANYTHING, st.sampled_from([0, 0.0, Decimal("0.0"), 0.1, Decimal("0.1"), Decimal("0.10000000000000000001"), [0.1]])
)


@given(st.lists(ALIKE, max_size=5), st.lists(ALIKE, max_size=3))
@example([Color.RED, "RED"], ["RED", Color.RED])
def test_a_collection_includes_what_can_be_taken_out_of_it(whole: list[object], part: list[object]) -> None:
    """Member by member, the first that is equal each time."""
    left, taken = list(whole), []
    for member in part:
        equal = [at for at, candidate in enumerate(left) if values.equal(candidate, member) is True]
        taken += [left.pop(equal[0])] if equal else []
    assert (len(taken) == len(part)) is values.includes(whole, part)


@given(st.lists(ALIKE, max_size=5), st.lists(ALIKE, max_size=2), st.lists(ALIKE, max_size=3))
@example([Color.RED], ["RED"], [])
def test_a_part_stands_at_the_first_place_where_its_members_follow_each_other(
    before: list[object], part: list[object], after: list[object]
) -> None:
    """As if each place were tried in turn."""
    whole = [*before, *part, *after]
    places = (
        at
        for at in range(len(whole) - len(part) + 1)
        if all(values.equal(*pair) is True for pair in zip(whole[at:], part, strict=False))
    )
    assert next(places, -1) == values.position(whole, part)


def test_members_that_are_almost_alike_are_refused_in_large_collections() -> None:
    """Where only trying all would tell: decimals that are different and one and the same double."""
    alike = [Decimal("0.1") + Decimal(at).scaleb(-26) for at in range(2000)]
    with pytest.raises(FilterEvaluationError, match="almost alike"):
        values.includes(alike, alike[::-1])
    with pytest.raises(FilterEvaluationError, match="almost alike"):
        values.position(alike[:1] * 3000, [*alike[:1] * 1500, alike[1]])


COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {"lt": op.lt, "le": op.le, "gt": op.gt, "ge": op.ge}


@pytest.mark.parametrize("compare", COMPARISONS.values(), ids=COMPARISONS)
def test_a_structure_that_contains_itself_is_no_crash(compare: Callable[[Any, Any], bool]) -> None:
    """Python allows such lists; they have no order."""
    endless: list[object] = []
    endless.append(endless)
    assert values.ordered(compare, endless, endless) is None
