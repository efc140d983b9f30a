"""Schemas: how types are given or inferred, and how the strings of a row are read by them."""

import datetime as dt
from collections import UserDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import partial
from types import MappingProxyType
from typing import Any, cast
from uuid import UUID

import pytest

from odata_filter import Filter, FilterEvaluationError, FilterValidationError, edm
from odata_filter.schema import CollectionOf, PropertyType, Schema, reader

GUID = "01234567-89ab-cdef-0123-456789abcdef"


def type_of(given: object) -> PropertyType:
    """The type that a schema makes of what is given."""
    return Schema({"a": given}).properties["a"]


def nested(depth: int) -> list[object]:
    """Lists in lists."""
    outer: list[object] = []
    for _ in range(depth):
        outer = [outer]
    return outer


# ---- Types as users give them ----------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(edm.TYPE_NAMES))
def test_every_edm_type_can_be_named(name: str) -> None:
    """By its qualified name, in the standard's spelling."""
    assert name == type_of(name)


@pytest.mark.parametrize(
    ("python_type", "expected"),
    [
        (bool, "Edm.Boolean"),
        (int, "Edm.Int64"),
        (float, "Edm.Double"),
        (Decimal, "Edm.Decimal"),
        (str, "Edm.String"),
        (UUID, "Edm.Guid"),
        (dt.date, "Edm.Date"),
        (dt.datetime, "Edm.DateTimeOffset"),
        (dt.time, "Edm.TimeOfDay"),
        (dt.timedelta, "Edm.Duration"),
        (bytes, "Edm.Binary"),
    ],
)
def test_a_python_type_stands_for_its_edm_type(python_type: type, expected: str) -> None:
    """A datetime is no date, and a bool no int."""
    assert expected == type_of(python_type)


def test_any_other_qualified_name_is_an_enumeration() -> None:
    """It needs a namespace."""
    assert "Model.Color" == type_of("Model.Color")


def test_a_mapping_is_a_complex_type() -> None:
    """As deep as you like, and as a schema of its own as well."""
    inner = Schema({"city": "Edm.String"})
    assert inner == type_of({"city": str})
    assert inner == type_of(inner)
    assert Schema({"at": inner}) == type_of({"at": MappingProxyType({"city": str})})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([str], CollectionOf("Edm.String")),
        (["Model.Color"], CollectionOf("Model.Color")),
        ("Collection(Edm.Guid)", CollectionOf("Edm.Guid")),
        ("Collection(Collection(Edm.Guid))", CollectionOf(CollectionOf("Edm.Guid"))),
        ([[int]], CollectionOf(CollectionOf("Edm.Int64"))),
        ([{"n": int}], CollectionOf(Schema({"n": int}))),
        (CollectionOf("Edm.Date"), CollectionOf("Edm.Date")),
    ],
)
def test_a_list_or_a_name_with_collection_is_a_collection(given: object, expected: CollectionOf) -> None:
    """Of one type."""
    assert expected == type_of(given)


@pytest.mark.parametrize(
    "given",
    [
        *(None, "", "String", "Edm.Int", "Edm.Null", "Collection(Nope)", "Collection()", object, list, 5, []),
        *([str, int], [None], {"b": "Nope"}, {"b": {"c": list}}, list[str], str | None),
    ],
    ids=repr,
)
def test_what_is_no_type_is_refused(given: object) -> None:
    """At once, with the name of the property and what a type may be."""
    with pytest.raises(FilterValidationError, match=r"the property \w cannot have the type ") as caught:
        Schema({"a": given})
    assert "schema" == caught.value.problems[0].code
    expected = "a type is an Edm name, a Python type, a mapping for a complex value, or a list with one type"
    assert expected == caught.value.hint


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "it is empty"),
        ("a b", "it contains ' ', and only letters, digits and `_` are allowed"),
        ("1a", "it starts with '1', and only a letter or `_` may stand there"),
        ("x" * 129, "it has 129 characters, and 128 are allowed"),
        (1, "it is no string"),
        (None, "it is no string"),
    ],
)
def test_what_is_no_property_name_is_refused(name: object, reason: str) -> None:
    """A filter could never mention it."""
    with pytest.raises(FilterValidationError) as caught:
        Schema({cast("str", name): str})
    assert caught.value.message.endswith(f" is no property name: {reason}")
    assert "name" == caught.value.problems[0].code


def test_schemas_are_equal_when_their_types_are() -> None:
    """However these were given; a schema is no dict, and no key of one."""
    one = Schema({"a": int, "b": [str]})
    assert one == Schema({"b": "Collection(Edm.String)", "a": "Edm.Int64"})
    assert one != Schema({"a": int})
    assert one != {"a": "Edm.Int64"}
    with pytest.raises(TypeError):
        hash(one)


def test_a_schema_shows_its_types() -> None:
    """As they would be given."""
    assert "Schema({'a': 'Edm.Int64', 'b': Schema({'c': 'Edm.Date'})})" == repr(Schema({"a": int, "b": {"c": dt.date}}))


# ---- Reading strings -------------------------------------------------------------------------

READ = [
    ("Edm.Date", "2024-02-29", dt.date(2024, 2, 29)),
    ("Edm.DateTimeOffset", "2024-02-29T12:30:00.5+02:00", dt.datetime.fromisoformat("2024-02-29T12:30:00.5+02:00")),
    ("Edm.TimeOfDay", "12:30", dt.time(12, 30)),
    ("Edm.Duration", "-P1DT0.5S", -dt.timedelta(days=1, seconds=0.5)),
    ("Edm.Guid", GUID.upper(), UUID(GUID)),
    ("Edm.Binary", "_-8=", b"\xff\xef"),
    ("Edm.Boolean", "true", True),
    ("Edm.Int64", "9007199254740993", 9007199254740993),
    ("Edm.Decimal", "2.550", Decimal("2.550")),
    ("Edm.Double", "-1.5e3", -1500.0),
    ("Edm.Double", "INF", float("inf")),
    ("Edm.String", "2024-02-29", "2024-02-29"),
    ("Model.Color", "Red", "Red"),
]


@pytest.mark.parametrize(("type_name", "text", "expected"), READ, ids=[f"{case[0]} {case[1]}" for case in READ])
def test_a_string_is_read_as_its_type(type_name: str, text: str, expected: object) -> None:
    """In the literal form of the type, without prefix and quotes."""
    actual = Filter.parse("a").evaluate({"a": text}, schema=Schema({"a": type_name}))
    assert (expected, type(expected)) == (actual, type(actual))


UNREADABLE = [
    ("Edm.Date", "2024-02-30"),
    ("Edm.Date", "2024-2-9"),
    ("Edm.DateTimeOffset", "2024-02-29T12:30:00"),
    ("Edm.TimeOfDay", "24:00"),
    ("Edm.Duration", "PT"),
    ("Edm.Duration", "P1Y"),
    ("Edm.Guid", GUID[:-1]),
    ("Edm.Binary", "+"),
    ("Edm.Boolean", "True"),
    ("Edm.Int64", "1.0"),
    ("Edm.Decimal", "1,5"),
    ("Edm.Double", "inf"),
    ("Edm.Date", ""),
]


@pytest.mark.parametrize(("type_name", "text"), UNREADABLE, ids=[f"{case[0]} {case[1]}" for case in UNREADABLE])
def test_a_string_that_is_no_value_of_its_type_fails(type_name: str, text: str) -> None:
    """The error says what the row has, and points at the property; it is null where failures are."""
    schema, f = Schema({"place": {"a": type_name}}), Filter.parse("1 eq 1 and place/a eq null")
    row = {"place": {"a": text}}
    with pytest.raises(FilterEvaluationError) as caught:
        f.evaluate(row, schema=schema)
    assert f"the row has {text!r} where the schema says {type_name}" == caught.value.message
    assert ("schema", "place/a") == (caught.value.problems[0].code, f.source[caught.value.position : caught.value.end])
    assert f.evaluate(row, schema=schema, on_error="null")


@pytest.mark.parametrize("value", [None, 5, True, dt.date(2024, 1, 1), ["2024-02-29"], {}])
def test_what_is_no_string_stays_as_it_is(value: object) -> None:
    """Null is null, a date is a date, and a value of another type fits no operator."""
    assert value == Filter.parse("a").evaluate({"a": value}, schema=Schema({"a": "Edm.Date"}))


def test_a_value_of_another_type_makes_a_comparison_null() -> None:
    """It is no error: the standard says so."""
    assert Filter.parse("a lt 2024-01-01").evaluate({"a": 5}, schema=Schema({"a": "Edm.Date"})) is None


def test_a_missing_property_is_null_under_a_schema() -> None:
    """The schema says what it would be."""
    assert Filter.parse("a eq null").matches({}, schema=Schema({"a": "Edm.Date"}))


def test_a_property_that_the_schema_lacks_is_read_as_it_is() -> None:
    """The evaluation needs no complete schema."""
    assert "2024-02-29" == Filter.parse("b").evaluate({"b": "2024-02-29"}, schema=Schema({"a": "Edm.Date"}))


def test_what_is_no_filter_is_read_too() -> None:
    """The reader of a type takes a value and gives one; a type without anything to read has none."""
    read = reader(CollectionOf("Edm.Date"))
    assert read is not None
    assert [dt.date(2024, 2, 29), None] == read(("2024-02-29", None))
    nothing_to_read = (None, "Edm.String", "Model.Color", CollectionOf("Edm.String"), Schema({}), Schema({"a": str}))
    assert [None] * 6 == [reader(type_) for type_ in nothing_to_read]


# ---- Reading structures ----------------------------------------------------------------------

TRIP = Schema(
    {
        "days": ["Edm.Date"],
        "start": {"at": "Edm.DateTimeOffset", "in": {"zone": "Edm.Duration"}, "note": str},
        "stops": [{"id": "Edm.Guid", "took": "Edm.Duration"}],
    }
)
ROW = {
    "days": ["2024-02-28", "2024-02-29"],
    "start": {"at": "2024-02-28T23:00:00-01:00", "in": {"zone": "-PT1H"}, "note": "2024-02-28"},
    "stops": [{"id": GUID, "took": "PT90M"}, {"id": None, "took": None}],
}


@pytest.mark.parametrize(
    "text",
    [
        "start/at eq 2024-02-29T00:00:00Z",
        "start/in/zone lt duration'PT0S'",
        "$it/start/at eq 2024-02-29T00:00:00Z",
        "$this/start/at eq 2024-02-29T00:00:00Z",
        "start/in eq {\"zone\":duration'-PT1H'}",
        "2024-02-29 in days",
        "days eq [2024-02-28,2024-02-29]",
        "contains(days,[2024-02-29])",
        "days/any(d:d eq 2024-02-29)",
        "days/all(d:year(d) eq 2024)",
        "days/$filter($this eq 2024-02-29)/$count eq 1",
        f"stops/any(s:s/id eq {GUID} and s/took gt duration'PT1H')",
        f'stops/any(s:s eq {{"id":{GUID},"took":duration\'PT1H30M\'}})',
        "stops/any(s:s/took eq null and year($it/start/at) eq 2024)",
        "stops/any(s:days/any(d:d gt date(start/at) and s/took ne null))",
        "stops/$filter(took gt duration'PT1H')/$count eq 1",
        "stops/$filter($this/took gt duration'PT1H')/any(s:s/took lt duration'PT2H')",
        "now() gt start/at and now() sub start/at gt start/in/zone",
    ],
)
def test_strings_in_structures_are_read(text: str) -> None:
    """Inside complex values and collections, and as what lambda variables, `$it` and `$this` stand for."""
    assert Filter.parse(text).matches(ROW, schema=TRIP)
    assert not Filter.parse(text).matches(ROW)


def test_a_string_that_is_to_be_one_is_not_read() -> None:
    """Even when it looks like a date."""
    assert Filter.parse("start/note eq '2024-02-28'").matches(ROW, schema=TRIP)


def test_one_bad_member_of_a_collection_fails() -> None:
    """When it is looked at."""
    f, row = Filter.parse("days/any(d:d eq 2024-02-29)"), {"days": ["2024-02-29", "tomorrow"]}
    assert f.matches(row, schema=TRIP)
    with pytest.raises(FilterEvaluationError, match="'tomorrow' where"):
        f.matches({"days": ["tomorrow"]}, schema=TRIP)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("days", {"days": "2024-02-29"}),
        ("start", {"start": "2024-02-29"}),
        ("start/at", {"start": ["x"]}),
        ("stops", {"stops": {"id": "x"}}),
    ],
)
def test_a_value_of_another_structure_is_not_read(text: str, row: dict[str, object]) -> None:
    """It stays as it is, and whatever is asked of it is null."""
    assert row.get(text) == Filter.parse(text).evaluate(row, schema=TRIP)


def test_a_collection_may_be_a_tuple() -> None:
    """It is a list then."""
    assert Filter.parse("days eq [2024-02-29]").matches({"days": ("2024-02-29",)}, schema=TRIP)


# ---- coerce ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a gt 2024-01-01", "2024-02-29"),
        ("2024-01-01 lt a", "2024-02-29"),
        ("a eq 2024-02-29T10:00:00Z", "2024-02-29T12:00:00+02:00"),
        ("a le 12:30", "12:29:59"),
        ("a gt duration'PT1H'", "PT61M"),
        (f"a eq {GUID}", GUID.upper()),
        ("a in (2024-02-28,2024-02-29)", "2024-02-29"),
        ("2024-02-29 in a", ["2024-02-28", "2024-02-29"]),
        ("a eq [2024-02-29]", ["2024-02-29"]),
        ("a/any(d:d eq 2024-02-29)", ["2024-02-29"]),
        ("year(a) eq 2024", "2024-02-29"),
        ("hour(a) eq 12", "12:30"),
        ("totalseconds(a) eq 60", "PT1M"),
    ],
)
def test_coerce_reads_strings_as_what_they_meet(text: str, value: object) -> None:
    """Without a schema; without either, a string is a string."""
    f = Filter.parse(text)
    assert f.matches({"a": value}, coerce=True)
    assert not f.matches({"a": value})


@pytest.mark.parametrize("text", ["a eq 2024-02-29", "a lt 2024-02-29", "a eq 5", "a eq true", "a add 1", "day(a)"])
def test_coerce_leaves_other_strings_alone(text: str) -> None:
    """What has not the form of a date is none, and numbers are never read from strings."""
    assert [None] * 2 == [Filter.parse(text).evaluate({"a": value}, coerce=True) for value in ("5", "2024-02-30")]


def test_coerce_does_not_change_how_strings_compare() -> None:
    """Two strings are two strings."""
    assert Filter.parse("a eq '2024-02-29' and a lt '2024-03'").matches({"a": "2024-02-29"}, coerce=True)


# ---- Rows that are no dicts --------------------------------------------------------------------


class Color(Enum):
    """The values of an enumeration property."""

    RED = "red"


@dataclass
class Place:
    """A part of a row."""

    city: str
    since: object = None


@dataclass(frozen=True, slots=True)
class Image:
    """A row."""

    taken: object
    place: Place
    color: Color = Color.RED

    @property
    def secret(self) -> str:
        """Not declared as a field."""
        return "x"


IMAGE_SCHEMA = Schema({"taken": "Edm.Date", "place": {"city": str, "since": "Edm.Date"}, "color": "Model.Color"})


def attrs_image() -> object:
    """An object of a class made by attrs."""
    attrs = pytest.importorskip("attrs", reason="attrs is not installed")
    made = attrs.make_class("Image", ["taken", "place", "color"], class_body={"secret": property(str)})
    return cast("object", made("2024-02-29", Place("Rome", "2020-01-01"), Color.RED))


def pydantic_image() -> object:
    """An object of a Pydantic model."""
    pydantic = pytest.importorskip("pydantic", reason="Pydantic is not installed")
    place = pydantic.create_model("Place", city=(str, ...), since=(str, ...))
    made = pydantic.create_model("Image", taken=(str, ...), place=(place, ...), color=(Color, Color.RED))
    return cast("object", made(taken="2024-02-29", place={"city": "Rome", "since": "2020-01-01"}))


ROWS: dict[str, Callable[[], object]] = {
    "dataclass": partial(Image, "2024-02-29", Place("Rome", "2020-01-01")),
    "attrs": attrs_image,
    "Pydantic": pydantic_image,
    "Mapping": partial(
        MappingProxyType, {"taken": "2024-02-29", "place": UserDict(city="Rome", since="2020-01-01"), "color": "RED"}
    ),
}


@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize(
    "text",
    [
        "taken eq 2024-02-29 and color eq 'RED'",
        "place/city eq 'Rome' and place/since lt taken",
        "$it/place/since eq 2020-01-01",
        "missing eq null and place/missing eq null",
        "color has 'RED' and color eq Model.Color'RED'",
    ],
)
def test_a_row_may_be_an_object(kind: str, text: str) -> None:
    """Its fields are its properties, read by the schema like those of a dict."""
    assert Filter.parse(text).matches(ROWS[kind](), schema=IMAGE_SCHEMA)


@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize("name", ["__class__", "__dict__", "__init__", "secret", "__dataclass_fields__", "keys", "get"])
def test_only_declared_fields_can_be_reached(kind: str, name: str) -> None:
    """An attribute that is no field is null, in the row and below it."""
    row = ROWS[kind]()
    for f in (Filter.parse(f"{name} ne null"), Filter.parse(f"place/{name} ne null or {name}/{name} ne null")):
        assert not f.matches(row)
        assert not f.matches(row, schema=IMAGE_SCHEMA)


def test_an_object_that_declares_nothing_has_no_properties() -> None:
    """Even when it has attributes."""

    class Plain:
        def __init__(self) -> None:
            self.a = 1

    assert Filter.parse("a eq null and b/a eq null").matches(Plain())
    assert Filter.parse("a eq null and b/a eq null").matches({"b": Plain()})


# ---- Inference -------------------------------------------------------------------------------

INFERRED: list[tuple[str, list[object], object]] = [
    ("integers", [1, 2**70], "Edm.Int64"),
    ("integers and floats", [1, 1.5], "Edm.Double"),
    ("integers and decimals", [1, Decimal("1.5")], "Edm.Decimal"),
    ("all numbers", [1, Decimal("1.5"), 0.5], "Edm.Double"),
    ("Booleans", [True, False], "Edm.Boolean"),
    ("strings", ["x", "2024-02-29"], "Edm.String"),
    ("an empty string among dates", ["", "2024-02-29"], "Edm.String"),
    ("digits in strings", ["1", "2"], "Edm.String"),
    ("dates in strings", ["2024-02-29", None, "0001-01-01"], "Edm.Date"),
    ("no dates in strings", ["2024-02-29", "2024-02-30"], "Edm.String"),
    ("moments in strings", ["2024-02-29T12:00:00Z", "2024-02-29T12:00+01:00"], "Edm.DateTimeOffset"),
    ("times in strings", ["12:00", "23:59:59.5"], "Edm.TimeOfDay"),
    ("durations in strings", ["P1D", "-PT0.5S"], "Edm.Duration"),
    ("GUIDs in strings", [GUID, GUID.upper()], "Edm.Guid"),
    ("dates", [dt.date(2024, 2, 29)], "Edm.Date"),
    ("moments", [dt.datetime(2024, 2, 29, tzinfo=dt.UTC)], "Edm.DateTimeOffset"),
    ("times", [dt.time(1)], "Edm.TimeOfDay"),
    ("durations", [dt.timedelta(1)], "Edm.Duration"),
    ("GUIDs", [UUID(GUID)], "Edm.Guid"),
    ("bytes", [b"x"], "Edm.Binary"),
    ("complex values", [{"x": 1}, {"y": "P1D"}], {"x": int, "y": "Edm.Duration"}),
    ("complex values of different types", [{"x": 1, "y": 1}, {"x": "a"}], {"x": "Edm.Untyped", "y": int}),
    ("collections", [["x"], [], [None, "y"]], [str]),
    ("collections of complex values", [[{"n": 1}], ({"n": 2.5},)], [{"n": float}]),
    ("collections of dates in strings", [["2024-02-29"], ["2024-03-01"]], ["Edm.Date"]),
]


@pytest.mark.parametrize(("values", "expected"), [case[1:] for case in INFERRED], ids=[case[0] for case in INFERRED])
def test_a_type_is_inferred_where_all_values_agree(values: list[object], expected: object) -> None:
    """Null and missing values agree with everything."""
    rows: list[dict[str, object]] = [{}, *({"a": value} for value in values), {"a": None}]
    assert Schema({"a": expected}) == Schema.infer(rows)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [None, None],
        [1, "x"],
        [True, 1],
        [dt.date(2024, 1, 1), "2024-01-01"],
        [{"x": 1}, [1]],
        [[]],
        [[None]],
        [[1, "x"]],
        [{1}],
        [object],
        [dt.datetime(2024, 1, 1)],  # noqa: DTZ001 - a local time is what is tried
        [Color.RED],
    ],
    ids=repr,
)
def test_nothing_is_said_where_values_do_not_agree(values: list[object]) -> None:
    """Neither where there are none, nor where Edm has no name for their type."""
    found = Schema.infer([{"a": value, "b": 1} for value in values] + [{"b": 1}]).properties
    assert found.get("a", "Edm.Untyped") in {"Edm.Untyped", CollectionOf("Edm.Untyped")}
    assert "Edm.Int64" == found["b"]


def test_names_that_no_filter_can_mention_are_passed_over() -> None:
    """Annotations are among them."""
    assert Schema({"a": int}) == Schema.infer([{"a": 1, "a b": 1, "": 1, "a@Model.Unit": "m", "1": 1}])


def test_only_a_sample_is_looked_at() -> None:
    """The rest is not even asked for."""

    def rows() -> Iterator[dict[str, object]]:
        yield {"a": 1}
        yield {"a": 2}
        pytest.fail("a third row was asked for")

    assert Schema({"a": int}) == Schema.infer(rows(), sample=2)


def test_an_inferred_schema_reads_the_rows_that_it_came_from() -> None:
    """Which is what it is for."""
    rows = [{"taken": "2024-02-29"}, {"taken": "2024-03-01"}, {}]
    f = Filter.parse("taken ge 2024-03-01")
    assert [{"taken": "2024-03-01"}] == list(f.select(rows, schema=Schema.infer(rows)))
    assert [] == list(f.select(rows))


# ---- What is easily wrong -----------------------------------------------------------------------


@pytest.mark.parametrize("type_name", ["Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Single"])
def test_a_string_is_read_as_a_small_number(type_name: str) -> None:
    """As for the largest type of its kind."""
    assert Filter.parse("a eq 5").matches({"a": "5"}, schema=Schema({"a": type_name}))


def test_a_key_is_read() -> None:
    """Before it is compared with the key that is asked for."""
    assert Filter.parse(f"stops(id={GUID})/took eq duration'PT90M'").matches(ROW, schema=TRIP)


def test_an_object_is_read_as_a_whole() -> None:
    """Its fields like the properties of a dict."""
    f = Filter.parse('place eq {"city":\'Rome\',"since":2020-01-01}')
    assert f.matches({"place": {"city": "Rome", "since": "2020-01-01"}}, schema=IMAGE_SCHEMA)
    assert f.matches({"place": Place("Rome", "2020-01-01")}, schema=IMAGE_SCHEMA)


def test_the_members_of_a_set_are_read() -> None:
    """A set is a collection too."""
    assert Filter.parse("2024-02-29 in days").matches({"days": {"2024-02-29"}}, schema=TRIP)


def test_objects_have_an_inferred_type() -> None:
    """Their fields are properties."""
    assert Schema({"a": {"city": str, "since": "Edm.Date"}}) == Schema.infer([{"a": Place("Rome", "2020-01-01")}])


def test_objects_as_rows_have_an_inferred_schema() -> None:
    """Because a row may be an object."""
    assert Schema({"city": str, "since": "Edm.Untyped"}) == Schema.infer([Place("Rome")])


@pytest.mark.parametrize(
    "row", [{1: 2, "a": 1}, {"b": {5: 1}, "a": 1}, {"b": nested(5000), "a": 1}], ids=["1", "2", "3"]
)
def test_names_and_values_of_every_kind_are_passed_over(row: dict[str, object]) -> None:
    """They say nothing, and do no harm."""
    assert "Edm.Int64" == Schema.infer([row]).properties["a"]


@pytest.mark.parametrize("values", [[None], [1, "x"], [[]], [{}]], ids=repr)
def test_a_property_of_unknown_type_is_no_unknown_property(values: list[object]) -> None:
    """The rows have it, so that a filter may ask for it."""
    schema = Schema.infer([{"a": value, "b": 1} for value in values])
    assert () == Filter.parse("a eq 1 or a/b eq 1").problems(schema=schema)


@pytest.mark.parametrize("name", ["edm.String", "Model.", ".", "a b.c", "Model.1"])
def test_an_enumeration_has_a_name_that_a_filter_can_write(name: str) -> None:
    """Anything else is a slip of the pen."""
    with pytest.raises(FilterValidationError):
        Schema({"a": name})


def test_a_set_may_have_members_that_are_lists_once_read() -> None:
    """The collection is then a list."""
    schema = Schema({"e": [["Edm.Binary"]]})
    assert [[b"\x01"]] == Filter.parse("e").evaluate({"e": {("AQ",)}}, schema=schema)


@pytest.mark.parametrize("wrong", [None, 5, [1]])
def test_a_schema_is_a_mapping(wrong: Any) -> None:  # noqa: ANN401 - wrong on purpose
    """Anything else is refused."""
    with pytest.raises(FilterValidationError, match="a schema is a mapping"):
        Schema(wrong)


def test_a_schema_without_end_is_refused() -> None:
    """A mapping that contains itself has no type."""
    endless: dict[str, object] = {}
    endless["a"] = endless
    with pytest.raises(FilterValidationError, match="nested too deeply"):
        Schema(endless)
