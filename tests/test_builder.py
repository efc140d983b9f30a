"""The builder: Python expressions to filters, and everything that it refuses."""

import datetime as dt
import enum
import operator as op
from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import Filter, FilterEvaluationError, FilterValidationError, all_of, any_of, builder, field, parameter
from odata_filter.builder import Operand, maxdatetime, mindatetime, now, value
from odata_filter.functions import BOOLEAN, FUNCTIONS, Function
from odata_filter.nodes import IT, Call, Comparison, Literal, Member, Node

A, B = field("a"), field("b")


class Species(enum.Enum):
    """A plain Enum: its members are written by name."""

    CAT = 1
    DOG = "dog"


class Shade(enum.Enum):
    """An Enum that names its OData type."""

    __odata_type__ = "Model.Shade"
    DARK = 1


class Key(str, enum.Enum):  # noqa: UP042 - unlike a StrEnum's, its str() is not its value
    """An Enum of strings, as people keep the keys of their metadata."""

    SPECIES = "species"


class Size(enum.IntEnum):
    """An Enum of integers."""

    SMALL = 7


class Right(enum.Flag):
    """Flags, which are written by name with commas."""

    READ = enum.auto()
    WRITE = enum.auto()


class Wrong(enum.Enum):
    """An Enum that claims to be of a primitive type, whose literals have no names."""

    __odata_type__ = "Edm.Int64"
    RED = 1


def refusal(build: Callable[[], object]) -> FilterValidationError:
    """The error that building raises."""
    with pytest.raises(FilterValidationError) as caught:
        build()
    return caught.value


def a_lambda(argument: str) -> Callable[[Operand], Filter]:
    """`lambda argument: argument == 1` for an argument name that is data."""
    return cast("Callable[[Operand], Filter]", eval(f"lambda {argument}: {argument} == 1"))  # noqa: S307 - our own text


# ---- What each method writes -----------------------------------------------------------------------

WRITTEN = [
    (A == 1, "a eq 1"),
    (A != 1, "a ne 1"),
    (A > 1, "a gt 1"),
    (A >= 1, "a ge 1"),
    (A < 1, "a lt 1"),
    (A <= 1, "a le 1"),
    (op.gt(1, A), "a lt 1"),
    (op.le(1, A), "a ge 1"),
    (A == B, "a eq b"),
    (A == (B == 1), "a eq (b eq 1)"),
    (A.is_in(["x", "y"]), "a in ('x','y')"),
    (A.is_in(("x",)), "a in ('x')"),
    (A.is_in([]), "a in []"),
    (A.is_in([B, 1]), "a in [b,1]"),
    (A.is_in({"x"}), "a in ('x')"),
    (A.is_in(text for text in "xy"), "a in ('x','y')"),
    (A.is_in(B), "a in b"),
    (A.is_in(field("b", "c")), "a in b/c"),
    (A.is_in(parameter("@p")), "a in @p"),
    (A.is_in(value([1, 2])), "a in (1,2)"),
    (value(1).is_in(A), "1 in a"),
    (A.has("Solid"), "a has 'Solid'"),
    (A.has("Solid,Yellow"), "a has 'Solid,Yellow'"),
    (A.has("-3,Solid"), "a has '-3,Solid'"),
    (A.has(Species.CAT), "a has 'CAT'"),
    (A.has(Right.READ | Right.WRITE), "a has 'READ,WRITE'"),
    (A.has(Shade.DARK), "a has Model.Shade'DARK'"),
    (A & B, "a and b"),
    (A & (B == 1), "a and b eq 1"),
    ((A == 1) & B, "a eq 1 and b"),
    (A | B, "a or b"),
    ((A == 1) | B, "a eq 1 or b"),
    (A | (B == 1), "a or b eq 1"),
    (~A, "not a"),
    (~(A == 1), "not (a eq 1)"),
    ((A & B) | B, "a and b or b"),
    (A & (A | B), "a and (a or b)"),
    (A + 1 == 2, "a add 1 eq 2"),
    (1 + A == 2, "1 add a eq 2"),
    (A - 1 == 2, "a sub 1 eq 2"),
    (1 - A == 2, "1 sub a eq 2"),
    (A * 2 == 2, "a mul 2 eq 2"),
    (2 * A == 2, "2 mul a eq 2"),
    (A / 2 == 2, "a divby 2 eq 2"),
    (A % 2 == 2, "a mod 2 eq 2"),
    (A.div(2) == 2, "a div 2 eq 2"),
    (-A == 2, "-a eq 2"),
    (A - (B - 1) == 2, "a sub (b sub 1) eq 2"),
    ((A + B) * 2 == 2, "(a add b) mul 2 eq 2"),
    (A.contains("x"), "contains(a,'x')"),
    (A.contains(B), "contains(a,b)"),
    (A.contains(["x"]), "contains(a,['x'])"),
    (A.startswith("x"), "startswith(a,'x')"),
    (A.endswith("x"), "endswith(a,'x')"),
    (A.matchespattern("^x"), "matchesPattern(a,'^x')"),
    (A.hassubset([1]), "hassubset(a,[1])"),
    (A.hassubsequence([1]), "hassubsequence(a,[1])"),
    (A.concat("x") == "x", "concat(a,'x') eq 'x'"),
    (A.indexof("x") == 1, "indexof(a,'x') eq 1"),
    (A.length() == 1, "length(a) eq 1"),
    (A.substring(1) == "x", "substring(a,1) eq 'x'"),
    (A.substring(1, 2) == "x", "substring(a,1,2) eq 'x'"),
    (A.tolower() == "x", "tolower(a) eq 'x'"),
    (A.toupper() == "x", "toupper(a) eq 'x'"),
    (A.trim() == "x", "trim(a) eq 'x'"),
    (A.date() == 1, "date(a) eq 1"),
    (A.day() == 1, "day(a) eq 1"),
    (A.fractionalseconds() == 1, "fractionalseconds(a) eq 1"),
    (A.hour() == 1, "hour(a) eq 1"),
    (A.minute() == 1, "minute(a) eq 1"),
    (A.month() == 1, "month(a) eq 1"),
    (A.second() == 1, "second(a) eq 1"),
    (A.time() == 1, "time(a) eq 1"),
    (A.totaloffsetminutes() == 1, "totaloffsetminutes(a) eq 1"),
    (A.totalseconds() == 1, "totalseconds(a) eq 1"),
    (A.year() == 1, "year(a) eq 1"),
    (A < now(), "a lt now()"),
    (A > mindatetime(), "a gt mindatetime()"),
    (A < maxdatetime(), "a lt maxdatetime()"),
    (A.ceiling() == 1, "ceiling(a) eq 1"),
    (A.floor() == 1, "floor(a) eq 1"),
    (A.round() == 1, "round(a) eq 1"),
    (A.cast("Edm.String") == "x", "cast(a,Edm.String) eq 'x'"),
    (A.cast("Collection(Edm.String)") == B, "cast(a,Collection(Edm.String)) eq b"),
    (A.isof("Edm.String"), "isof(a,Edm.String)"),
    (A.geo_distance(B) < 1, "geo.distance(a,b) lt 1"),
    (A.geo_intersects(B), "geo.intersects(a,b)"),
    (A.geo_length() < 1, "geo.length(a) lt 1"),
    (A.count() == 1, "a/$count eq 1"),
    (A.any(), "a/any()"),
    (A.any(lambda t: t == "x"), "a/any(t:t eq 'x')"),
    (A.all(lambda t: t != "x"), "a/all(t:t ne 'x')"),
    (A.any(lambda t: t), "a/any(t:t)"),
    (A.any(lambda t: t["b"] == 1), "a/any(t:t/b eq 1)"),
    (A.any(lambda t: t["b"].any(lambda u: u == t["c"])), "a/any(t:t/b/any(u:u eq t/c))"),
    (A.any(lambda t: field("t") == t), "a/any(t:$it/t eq t)"),
    (parameter("@p").any(lambda t: t == 1), "@p/any(t:t eq 1)"),
    (parameter("@p") == A, "@p eq a"),
    (field("a", "b", "c") == 1, "a/b/c eq 1"),
    (field("a")["b"] == 1, "a/b eq 1"),
    (parameter("@p")["b"] == 1, "@p/b eq 1"),
    (field("null") == 1, "$it/null eq 1"),
    (field("True") == 1, "$it/True eq 1"),
    (field("eq") == 1, "eq eq 1"),
    (field("größe") == 1, "größe eq 1"),
    (value(None) == A, "null eq a"),
    (value("x") == "x", "'x' eq 'x'"),
    (all_of(A == 1, B == 2), "a eq 1 and b eq 2"),
    (all_of([A == 1, B == 2]), "a eq 1 and b eq 2"),
    (all_of(item == 1 for item in (A, B)), "a eq 1 and b eq 1"),
    (all_of(A == 1, [B], (A,)), "a eq 1 and b and a"),
    (all_of(A == 1), "a eq 1"),
    (all_of(A), "a"),
    (all_of(), "true"),
    (all_of([]), "true"),
    (all_of(A == 1, all_of(B == 2, A == 3)), "a eq 1 and b eq 2 and a eq 3"),
    (all_of(A == 1, any_of(B == 2, A == 3)), "a eq 1 and (b eq 2 or a eq 3)"),
    (any_of(A == 1, B == 2), "a eq 1 or b eq 2"),
    (any_of(A == 1, all_of(B == 2, A == 3)), "a eq 1 or b eq 2 and a eq 3"),
    (any_of(A), "a"),
    (any_of(), "false"),
]


@pytest.mark.parametrize(("built", "text"), WRITTEN, ids=[text for _, text in WRITTEN])
def test_an_expression_is_written_in_odata(built: Filter, text: str) -> None:
    """Every method has its OData text."""
    assert text == str(built)


@pytest.mark.parametrize(("built", "text"), WRITTEN, ids=[text for _, text in WRITTEN])
def test_the_builder_makes_the_tree_of_the_parser(built: Filter, text: str) -> None:
    """A filter that was built equals the one that is read from its text."""
    assert Filter.parse(text) == built


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_every_canonical_function_can_be_built(function: Function) -> None:
    """A method, or a function of the module, has the function's name in lower case with `_` for `.`."""
    name = function.name.lower().replace(".", "_")
    for arity in function.arities():
        made = getattr(A, name)(*["x"] * (arity - 1)) if arity else getattr(builder, name)()
        assert (function.signatures[0].result == BOOLEAN) is isinstance(made, Filter)
        node: Node = made.expression if isinstance(made, Filter) else cast("Comparison", (made == 1).expression).left
        assert isinstance(node, Call)
        assert (function.name, arity) == (node.name, len(node.arguments))


def test_the_repr_of_an_operand_shows_its_text() -> None:
    """Whoever prints an operand sees what it stands for."""
    assert "<operand length(a) add 1>" == repr(A.length() + 1)


# ---- Values ------------------------------------------------------------------------------------------

VALUES: list[tuple[object, str]] = [
    (None, "null"),
    (True, "true"),
    (False, "false"),
    (0, "0"),
    (-5, "-5"),
    (2**63, "9223372036854775808"),
    (1.5, "1.5"),
    (1e300, "1e300"),
    (-1e-300, "-1e-300"),
    (float("inf"), "INF"),
    (float("-inf"), "-INF"),
    (float("nan"), "NaN"),
    (Decimal("1.50"), "1.50"),
    (Decimal(3), "3.0"),
    (Decimal("1E+3"), "1000.0"),
    (Decimal("Infinity"), "INF"),
    (Decimal("-Infinity"), "-INF"),
    (Decimal("NaN"), "NaN"),
    ("cat", "'cat'"),
    ("", "''"),
    ("O'Neil", "'O''Neil'"),
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (dt.date(2024, 2, 29), "2024-02-29"),
    (dt.date(1, 1, 1), "0001-01-01"),
    (dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC), "2024-02-29T12:00:00Z"),
    (dt.datetime(2024, 2, 29, 12, 0, 0, 5, dt.timezone(dt.timedelta(hours=-5))), "2024-02-29T12:00:00.000005-05:00"),
    (dt.time(7, 30), "07:30:00"),
    (dt.time(7, 30, 0, 1), "07:30:00.000001"),
    (dt.timedelta(0), "duration'PT0S'"),
    (dt.timedelta(days=1, seconds=2, microseconds=300_000), "duration'P1DT2.3S'"),
    (dt.timedelta(hours=-1), "duration'-PT3600S'"),
    (dt.timedelta(days=3), "duration'P3D'"),
    (dt.timedelta.max, "duration'P999999999DT86399.999999S'"),
    (b"", "binary''"),
    (b"\xff\xfe", "binary'__4'"),
    (Species.CAT, "'CAT'"),
    (Shade.DARK, "Model.Shade'DARK'"),
    (Key.SPECIES, "'species'"),
    (Size.SMALL, "7"),
    (Right.READ | Right.WRITE, "'READ,WRITE'"),
    ([1, "x"], "[1,'x']"),
    ((1, [2]), "[1,[2]]"),
    ([], "[]"),
    ({"x": 1, "y z": ["'"]}, "{\"x\":1,\"y z\":['''']}"),
    ({Key.SPECIES: B}, '{"species":b}'),
    ({}, "{}"),
]


@pytest.mark.parametrize(("given_value", "text"), VALUES, ids=[text for _, text in VALUES])
def test_a_value_is_written_as_its_literal(given_value: object, text: str) -> None:
    """Every Python type that OData has a literal for is written as that literal."""
    assert f"a eq {text}" == str(A == given_value)


@pytest.mark.parametrize(("given_value", "text"), VALUES, ids=[text for _, text in VALUES])
def test_a_literal_is_read_back(given_value: object, text: str) -> None:
    """The literal that was written is the one that the parser reads."""
    assert Filter.parse(f"a eq {text}") == (A == given_value)


UNWRITABLE: list[tuple[object, str, str | None]] = [
    (
        dt.datetime(2024, 1, 1),  # noqa: DTZ001 - a naive one is the point
        "the value datetime cannot be written: a DateTimeOffset needs a time zone",
        "give it a time zone: value.replace(tzinfo=datetime.UTC)",
    ),
    (
        dt.datetime(2024, 1, 1, tzinfo=dt.timezone(dt.timedelta(seconds=1))),
        "the value datetime cannot be written: its time zone is not a whole number of minutes from UTC",
        None,
    ),
    (dt.time(1, tzinfo=dt.UTC), "the value time cannot be written: a TimeOfDay has no time zone", None),
    (object(), "the value object cannot be written: OData has no literal for a object", None),
    (1j, "the value complex cannot be written: OData has no literal for a complex", None),
    ({1}, "the value set cannot be written: OData has no literal for a set", None),
    (Decimal("sNaN"), "the value Decimal cannot be written: a signalling NaN is no value", None),
    (Decimal("1E+999999"), "the value Decimal cannot be written: it has more than 4000 digits", None),
    (10**4001, "the value int cannot be written: it has more than 4000 digits", None),
    ("\ud800", "the value '\\ud800' cannot be written: a lone surrogate is no character", None),
    ({1: "x"}, "the name 1 of an entry is no string", None),
    ({"\udfff": 1}, "the value '\\udfff' cannot be written: a lone surrogate is no character", None),
    (Right(0), "the value Right cannot be written: '' is no member name: it is empty", None),
]


@pytest.mark.parametrize(("given_value", "message", "hint"), UNWRITABLE, ids=[case[1][10:60] for case in UNWRITABLE])
def test_a_value_without_a_literal_is_refused(given_value: object, message: str, hint: str | None) -> None:
    """What OData cannot write is refused, with the reason."""
    error = refusal(lambda: A == given_value)
    assert (message, hint) == (error.message, error.hint)


@pytest.mark.parametrize("nested", [[Decimal("sNaN")], {"x": object()}, (["\ud800"],)], ids=["list", "dict", "tuple"])
def test_a_value_without_a_literal_is_refused_inside_a_list_or_an_object(nested: object) -> None:
    """Nesting hides nothing."""
    assert "value-not-writable" == refusal(lambda: A == nested).problems[0].code


def test_an_enumeration_of_a_primitive_type_is_refused() -> None:
    """`Edm.Int64` has no members with names; written without quotes, the name would be a property."""
    assert "value-not-writable" == refusal(lambda: A == Wrong.RED).problems[0].code


@pytest.mark.parametrize(
    "endless", [lambda item: [item], lambda item: {"x": item}, lambda item: (item,)], ids=["list", "dict", "tuple"]
)
@pytest.mark.parametrize("levels", [100, 5000])
def test_a_value_that_is_nested_too_deeply_is_refused(endless: Callable[[object], object], levels: int) -> None:
    """A structure has as many levels as a filter."""
    nested: object = 1
    for _ in range(levels):
        nested = endless(nested)
    assert "nested more than 100 levels deep" == refusal(lambda: A == nested).message


# ---- Injection ---------------------------------------------------------------------------------------

HOSTILE = [
    "a' or 'x' eq 'x",
    "O'Neil",
    "%27 or 1 eq 1",
    "\n",
    "\r\n\t",
    "''",
    "'",
    "' or true or '",
    "\\' or true",
    "\x00",
    "\u202e\u200f\u2066",
    "\u2019 or true",
    "\ufeff",
    "x' eq 'x" * 125_000,
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: ascii(text)[:30])
def test_a_hostile_value_stays_one_value(hostile: str) -> None:
    """Whatever a value holds, the text reads back as one comparison with exactly that value."""
    expected = Comparison("eq", Member(IT, "k"), Literal("Edm.String", hostile))
    assert expected == Filter.parse(str(field("k") == hostile)).expression


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: ascii(text)[:30])
def test_a_hostile_value_matches_itself_alone(hostile: str) -> None:
    """Evaluated, the filter keeps the row with that value and no other."""
    read = Filter.parse(str(field("k") == hostile))
    assert [{"k": hostile}] == list(read.select([{"k": hostile}, {"k": ""}, {"k": hostile + " "}, {}]))


@pytest.mark.parametrize("hostile", ["\ud800", "a\udfffb", "\ude00\ud83d"], ids=ascii)
def test_a_lone_surrogate_is_refused(hostile: str) -> None:
    """No UTF-8 text holds it, so no request could."""
    assert "value-not-writable" == refusal(lambda: field("k") == hostile).problems[0].code


class Impostor(str):
    """A string that says to be another one."""

    __slots__ = ()

    def __str__(self) -> str:
        return "x or true"


def test_a_string_subclass_counts_as_the_string_that_it_is() -> None:
    """What `str()` makes of a value or a key does not count, only its characters."""
    assert "a eq 'cat'" == str(field(Impostor("a")) == Impostor("cat"))


@given(st.text(st.characters(codec=None)))
def test_any_string_reads_back_or_is_refused(text: str) -> None:
    """The property behind the cases: exactly the value, or an error."""
    try:
        built = field("k") == text
    except FilterValidationError:
        assert any("\ud800" <= char <= "\udfff" for char in text)
    else:
        assert Comparison("eq", Member(IT, "k"), Literal("Edm.String", text)) == Filter.parse(str(built)).expression


@given(st.text(st.characters(codec=None)))
def test_any_key_reads_back_or_is_refused(name: str) -> None:
    """A key is exactly that property, or an error."""
    try:
        built = field(name) == 1
    except FilterValidationError as error:
        assert "name" == error.problems[0].code  # noqa: PT017 - either outcome is right
    else:
        read = cast("Comparison", Filter.parse(str(built)).expression)
        assert Member(IT, name) == read.left


# ---- Names -------------------------------------------------------------------------------------------

NO_LETTER = "and only a letter or `_` may stand there"
NO_PART = "and only letters, digits and `_` are allowed"
BAD_NAMES: list[tuple[object, str, str | None]] = [
    ("", "'' is no property name: it is empty", None),
    ("k eq 'x' or y", f"\"k eq 'x' or y\" is no property name: it contains ' ', {NO_PART}", None),
    ("k)", f"'k)' is no property name: it contains ')', {NO_PART}", None),
    ("k b", f"'k b' is no property name: it contains ' ', {NO_PART}", None),
    ("a/b", f"'a/b' is no property name: it contains '/', {NO_PART}", 'a path is written field("a", "b")'),
    ("a.b", f"'a.b' is no property name: it contains '.', {NO_PART}", None),
    ("a-b", f"'a-b' is no property name: it contains '-', {NO_PART}", None),
    ("1a", f"'1a' is no property name: it starts with '1', {NO_LETTER}", None),
    ("$it", f"'$it' is no property name: it starts with '$', {NO_LETTER}", None),
    ("@p", f"'@p' is no property name: it starts with '@', {NO_LETTER}", None),
    ("'", f'"\'" is no property name: it starts with "\'", {NO_LETTER}', None),
    ("a'", f'"a\'" is no property name: it contains "\'", {NO_PART}', None),
    ('a"', f"'a\"' is no property name: it contains '\"', {NO_PART}", None),
    ("a\n", f"'a\\n' is no property name: it contains '\\n', {NO_PART}", None),
    ("a\x00", f"'a\\x00' is no property name: it contains '\\x00', {NO_PART}", None),
    ("a\ud800", f"'a\\ud800' is no property name: it contains '\\ud800', {NO_PART}", None),
    ("a" * 129, f"'{'a' * 59} is no property name: it has 129 characters, and 128 are allowed", None),
    (5, "5 is no property name: it is no string", None),
    (None, "None is no property name: it is no string", None),
    (b"a", "b'a' is no property name: it is no string", None),
    (["a"], "['a'] is no property name: it is no string", None),
]


@pytest.mark.parametrize(("name", "message", "hint"), BAD_NAMES, ids=[ascii(case[0])[:20] for case in BAD_NAMES])
def test_a_key_that_is_no_name_is_refused(name: Any, message: str, hint: str | None) -> None:  # noqa: ANN401 - bad ones
    """A key is an OData identifier; the message says what is wrong with it."""
    error = refusal(lambda: field(name))
    assert (message, hint) == (error.message, error.hint)


@pytest.mark.parametrize("name", [case[0] for case in BAD_NAMES], ids=lambda name: ascii(name)[:20])
def test_a_bad_name_is_refused_wherever_a_name_stands(name: Any) -> None:  # noqa: ANN401 - any bad one
    """Path segments, members of lambda variables and types are checked like keys."""
    codes = [
        refusal(lambda: field("a", name)).problems[0].code,
        refusal(lambda: A[name]).problems[0].code,
        refusal(lambda: A.any(lambda t: t[name] == 1)).problems[0].code,
    ]
    assert ["name"] * 3 == codes


@pytest.mark.parametrize("name", ["a" * 128, "_", "_1", "é", "名前", "a\u0301", "eq", "any", "null"], ids=ascii)
def test_any_identifier_is_a_key(name: str) -> None:
    """128 characters, any script, and the language's own words."""
    assert Filter.parse(str(field(name) == 1)) == (field(name) == 1)


def test_a_key_from_an_enum_of_strings_is_its_value() -> None:
    """People keep their keys in such enums."""
    assert "species eq 1" == str(field(Key.SPECIES) == 1)


def test_a_field_needs_a_name() -> None:
    """A path has at least one segment."""
    assert "field() needs the name of a property" == refusal(field).message


@pytest.mark.parametrize("name", ["p", "", "$it", 5], ids=repr)
def test_a_parameter_starts_with_an_at_sign(name: Any) -> None:  # noqa: ANN401 - any bad one
    """Aliases are written with `@`, and the hint says so."""
    error = refusal(lambda: parameter(name))
    assert (f"{name!r} is no parameter alias", "an alias starts with @, as in @p") == (error.message, error.hint)


@pytest.mark.parametrize("name", ["@", "@1", "@p q", "@p)", "@@p", "@a.b", "@p#q"])
def test_a_parameter_is_an_identifier_behind_the_at_sign(name: str) -> None:
    """What follows `@` is a name like every other."""
    assert "name" == refusal(lambda: parameter(name)).problems[0].code


# ---- Lambdas -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("argument", ["t", "tag", "_", "größe", "eq", "any"])
def test_the_variable_is_called_like_the_argument(argument: str) -> None:
    """`lambda t: ...` gives the variable `t`."""
    assert f"a/any({argument}:{argument} eq 1)" == str(A.any(a_lambda(argument)))


@pytest.mark.parametrize("argument", ["null", "true", "INF", "NaN", "FALSE"])
def test_a_variable_that_reads_as_a_literal_gets_an_underscore(argument: str) -> None:
    """`null` and the like are no names of variables."""
    built = A.any(a_lambda(argument))
    assert f"a/any({argument}_:{argument}_ eq 1)" == str(built)
    assert Filter.parse(str(built)) == built


@pytest.mark.parametrize("argument", ["\u2118", "a\xb7b", "x" * 129], ids=ascii)
def test_an_argument_that_is_no_odata_name_is_refused(argument: str) -> None:
    """Python allows a few characters in names that OData does not, and any length."""
    assert "name" == refusal(lambda: A.any(a_lambda(argument))).problems[0].code


@pytest.mark.parametrize("condition", [lambda: True, lambda s, t: s == t], ids=["none", "two"])
def test_a_condition_takes_one_argument(condition: Any) -> None:  # noqa: ANN401 - wrong on purpose
    """The member; there is nothing else to give it."""
    assert "the condition of any and all takes one argument" == refusal(lambda: A.any(condition)).message
    assert "the condition of any and all takes one argument" == refusal(lambda: A.all(condition)).message


@pytest.mark.parametrize(
    "condition", [A == 1, A, 5, "t eq 1", int, lambda *, t: t == 1], ids=lambda one: type(one).__name__
)
def test_what_is_no_function_of_a_member_is_refused(condition: Any) -> None:  # noqa: ANN401 - wrong on purpose
    """A filter in place of the lambda is the mistake that people make."""
    assert "lambda" == refusal(lambda: A.any(condition)).problems[0].code


def test_all_needs_a_condition() -> None:
    """Only `any` may stand without one."""
    condition: Any = None
    assert "lambda" == refusal(lambda: A.all(condition)).problems[0].code


@pytest.mark.parametrize("result", [True, None, "t eq 1", 1], ids=repr)
def test_the_condition_gives_a_filter(result: Any) -> None:  # noqa: ANN401 - wrong on purpose
    """A lambda that gives a Python value is refused."""
    assert f"{result!r} is no condition" == refusal(lambda: A.any(lambda _: result)).message


def test_an_inner_variable_does_not_capture_an_outer_one_of_the_same_name() -> None:
    """The text could not tell the two apart, so the filter is refused."""

    def condition(t: Operand) -> Filter:
        outer = t
        return t["b"].any(lambda t: t == outer["c"])

    assert refusal(lambda: A.any(condition)).problems[0].code in {"lambda", "variable"}


@pytest.mark.parametrize("build", [lambda a: a.any(), lambda a: a.all(lambda t: t), lambda a: a.count()])
@pytest.mark.parametrize("operand", [value(1), A + 1, A.length(), value(["x"])], ids=repr)
def test_members_are_those_of_a_path(build: Callable[[Operand], object], operand: Operand) -> None:
    """The language has no way to write `any`, `all` and `$count` behind anything else."""
    assert "path" == refusal(lambda: build(operand)).problems[0].code


@pytest.mark.parametrize(
    "operand", [value(1), A + 1, -A, A.length(), A.count(), value(["x"]), value({"x": 1})], ids=repr
)
def test_a_property_is_that_of_a_path(operand: Operand) -> None:
    """The language has no way to write a property of a number, a call or a list."""
    assert "path" == refusal(lambda: operand["x"]).problems[0].code


# ---- Other refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("items", ["abc", b"abc", {"a": 1}, 5, None, A == 1], ids=repr)
def test_is_in_needs_a_list(items: object) -> None:
    """A string is not taken for a list of its characters."""
    error = refusal(lambda: A.is_in(items))
    assert ("is_in needs a list of values", "write is_in(['a', 'b'])") == (error.message, error.hint)


@pytest.mark.parametrize("items", [value(1), value("x"), B + 1, -B, B.count(), value({"x": 1})], ids=repr)
def test_is_in_takes_an_operand_that_can_be_a_collection(items: Operand) -> None:
    """Right of `in` stand a list, a path or a call; nothing else can be written there."""
    assert "value-not-writable" == refusal(lambda: A.is_in(items)).problems[0].code


@pytest.mark.parametrize("flags", [5, None, True, "", "a b", "a,", "--5", "+5", "²", B, ["A"], B == 1], ids=repr)
def test_has_needs_members(flags: object) -> None:
    """Names and integers with commas between them, and nothing else."""
    assert "has needs an enumeration member or its name" == refusal(lambda: A.has(flags)).message


@pytest.mark.parametrize(
    "name", ["", "a b", "Edm.", "Edm.String)", "Collection(Edm.String", "Collection()", "a)) or (true", 5, str, None]
)
def test_a_type_is_a_qualified_name(name: Any) -> None:  # noqa: ANN401 - wrong on purpose
    """`Edm.String`, `Model.Type` or `Collection(...)` of one, whole."""
    assert ["name"] * 2 == [
        refusal(lambda: A.cast(name)).problems[0].code,
        refusal(lambda: A.isof(name)).problems[0].code,
    ]


@pytest.mark.parametrize("other", [5, "b eq 1", None, True, [A]], ids=repr)
@pytest.mark.parametrize("join", [op.and_, op.or_], ids=["and", "or"])
@pytest.mark.parametrize("one", [A, A == 1], ids=["operand", "filter"])
def test_only_conditions_can_be_joined(one: object, join: Callable[[Any, Any], object], other: object) -> None:
    """`&` and `|` take filters and Boolean operands; a filter leaves the refusal to Python."""
    if isinstance(one, Filter):
        with pytest.raises(TypeError, match="unsupported operand"):
            join(one, other)
    else:
        errors = [refusal(lambda: join(one, other)), refusal(lambda: join(other, one))]
        assert [f"{other!r} is no condition"] * 2 == [error.message for error in errors]
        assert ["write field(...) == value for each condition"] * 2 == [error.hint for error in errors]


@pytest.mark.parametrize("condition", [5, "a eq 1", None, True, {"a": 1}, [[A]], b"a"], ids=repr)
@pytest.mark.parametrize("chain", [all_of, any_of], ids=["all_of", "any_of"])
def test_all_of_and_any_of_take_conditions(chain: Callable[..., Filter], condition: object) -> None:
    """And iterables of conditions; a string is neither."""
    error = refusal(lambda: chain(A == 1, condition))
    assert "condition" == error.problems[0].code
    assert "write field(...) == value for each condition" == error.hint


# ---- No truth in Python --------------------------------------------------------------------------------

FILTER_HINT = (
    "join filters with & | ~ and parentheses, write two comparisons instead of a chained one, and ask "
    "f.matches(row) for a yes or no"
)
OPERAND_HINT = "write field(...) == True, join conditions with & | ~, and use is_in for a list of values"
F: Any = A == 1
G: Any = B == 2
X: Any = A
Y: Any = B
MISUSES: list[tuple[str, Callable[[], object]]] = [
    ("and", lambda: F and G),
    ("or", lambda: F or G),
    ("not", lambda: not F),
    ("if", lambda: 1 if F else 2),
    ("bool", lambda: bool(F)),
    ("chained comparison", lambda: 1 <= A <= 5),
    ("chained equality", lambda: A == B == 1),
    ("in a list", lambda: A in [1, 2]),
    ("all", lambda: all([F, G])),
    ("filter", lambda: list(filter(None, [F]))),
]
OPERAND_MISUSES: list[tuple[str, Callable[[], object]]] = [
    ("and", lambda: X and Y),
    ("or", lambda: X or Y),
    ("not", lambda: not X),
    ("if", lambda: 1 if X else 2),
    ("bool", lambda: bool(X)),
    ("any", lambda: any([X, Y])),
]


@pytest.mark.parametrize("misuse", [misuse for _, misuse in MISUSES], ids=[name for name, _ in MISUSES])
def test_a_filter_has_no_truth_value(misuse: Callable[[], object]) -> None:
    """Python's own logic is refused, and the hint says what to write."""
    error = refusal(misuse)
    assert ("a filter has no truth value of its own", FILTER_HINT) == (error.message, error.hint)


@pytest.mark.parametrize("misuse", [misuse for _, misuse in OPERAND_MISUSES], ids=[name for name, _ in OPERAND_MISUSES])
def test_an_operand_has_no_truth_value(misuse: Callable[[], object]) -> None:
    """Neither has a property before there is a row."""
    error = refusal(misuse)
    assert ("an operand has no truth value of its own", OPERAND_HINT) == (error.message, error.hint)


def test_nothing_is_in_an_operand() -> None:
    """Python would make a bool of the answer."""
    error = refusal(lambda: "x" in A)
    hint = "write operand.contains(...) for a part of a string, or operand.is_in([...])"
    assert ("`in` cannot be used on an operand", hint) == (error.message, error.hint)


@pytest.mark.parametrize(
    "misuse",
    [lambda: hash(A), lambda: {A}, lambda: {A: 1}, lambda: A in {1, 2}],
    ids=["hash", "set", "dict", "in a set"],
)
def test_an_operand_cannot_be_hashed(misuse: Callable[[], object]) -> None:
    """`==` gives a filter, so no set could tell two operands apart."""
    with pytest.raises(TypeError, match="unhashable type: 'Operand'"):
        misuse()


def test_an_operand_cannot_be_iterated() -> None:
    """Its members are asked for with `any` and `all`."""
    operand: Any = A
    with pytest.raises(TypeError, match="'Operand' object is not iterable"):
        list(operand)


# ---- Depth -------------------------------------------------------------------------------------------

DEEPER: list[tuple[str, Callable[[Any], Any]]] = [
    ("-", op.neg),
    ("+", lambda operand: operand + 1),
    ("1 +", lambda operand: 1 + operand),
    ("tolower", lambda operand: operand.tolower()),
    ("path", lambda operand: operand["x"]),
    ("cast", lambda operand: operand.cast("Edm.String")),
]


@pytest.mark.parametrize("deeper", [deeper for _, deeper in DEEPER], ids=[name for name, _ in DEEPER])
def test_an_operand_has_at_most_100_levels(deeper: Callable[[Any], Any]) -> None:
    """The limit of the parser is the limit of the builder."""
    operand: Any = parameter("@p")
    for _ in range(98):
        operand = deeper(operand)
    assert Filter.parse(str(operand == 1)) == (operand == 1)
    assert "nested more than 100 levels deep" == refusal(lambda: deeper(operand) == 1).message


def test_a_filter_has_at_most_100_levels() -> None:
    """`~` and changing between `&` and `|` add one level each."""
    built = A == 1
    for _ in range(97):
        built = ~built
    error = refusal(lambda: ~built)
    expected = ("nested more than 100 levels deep", "a flat chain of `and` or `or` may have any length")
    assert expected == (error.message, error.hint)
    assert "nesting" == refusal(lambda: built & built).problems[0].code
    assert "nesting" == refusal(lambda: any_of(A, built)).problems[0].code


def test_a_chain_may_have_any_length() -> None:
    """`&` and `|` keep a chain of one operator flat."""
    built = A == 0
    for number in range(1, 500):
        built |= A == number
    assert Filter.parse(" or ".join(f"a eq {number}" for number in range(500))) == built


# ---- Whatever is built reads back ----------------------------------------------------------------------

LEAVES: list[Any] = [A, field("null"), field("a", "eq"), parameter("@p"), now(), *(value(item) for item, _ in VALUES)]
STEPS: list[Callable[[Any, Any], Any]] = [
    *(op.eq, op.gt, op.add, op.sub, op.mul, op.truediv, op.mod, op.and_, op.or_),
    lambda one, _: -one,
    lambda one, _: ~one,
    lambda one, other: one.is_in(other),
    lambda one, other: one.is_in([other]),
    lambda one, _: one.has("A,-5"),
    lambda one, other: one.contains(other),
    lambda one, other: one.substring(other, 1),
    lambda one, _: one.cast("Collection(Edm.String)"),
    lambda one, _: one.count(),
    lambda one, _: one["x"],
    lambda one, _: one.any(),
    lambda one, other: one.any(lambda t: t == other),
    lambda one, other: one.all(lambda a: (other == a["a"]) & (a == A)),
    lambda one, other: one == {"x": other, "y": [other]},
    all_of,
]


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 99), st.integers(0, 99)), max_size=12))
def test_whatever_is_built_reads_back(steps: list[tuple[Callable[[Any, Any], Any], int, int]]) -> None:
    """Methods in any order on any operands give a filter that reads back as itself, or a refusal."""
    made = list(LEAVES)
    for step, left, right in steps:
        try:
            made.append(step(made[-1 - left % len(made)], made[-1 - right % len(made)]))
        except (FilterValidationError, TypeError, AttributeError):  # the last two where a filter has no such method
            continue
    for one in made[len(LEAVES) :]:
        built = one if isinstance(one, Filter) else one == 1
        if isinstance(built, Filter):
            assert Filter.parse(str(built)) == built


def test_a_built_filter_is_evaluated_like_a_parsed_one() -> None:
    """One tree, one meaning."""
    rows = [{"a": 1}, {"a": 2, "b": [1, 2]}, {"b": []}, {}]
    built = (A >= 2) | B.all(lambda t: t > 0)
    assert list(Filter.parse("a ge 2 or b/all(t:t gt 0)").select(rows)) == list(built.select(rows))


def test_a_built_filter_says_where_it_fails() -> None:
    """The place is in the filter's own text."""
    with pytest.raises(FilterEvaluationError) as caught:
        ((B == 1) | (A % 0 == 1)).matches({"a": 1})
    assert "a mod 0" == caught.value.source[caught.value.position : caught.value.end]
