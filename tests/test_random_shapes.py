"""Nothing but FilterError: generated filters on rows of random shapes and types, with random options.

`HYPOTHESIS_PROFILE=thorough` tries 10,000 filters in each test, and RANDOM_SHAPES repeats each test so many times,
every time with other filters. A hundred thousand filters of each kind are

    HYPOTHESIS_PROFILE=thorough RANDOM_SHAPES=10 python -m pytest tests/test_random_shapes.py
"""

import array
import datetime as dt
import enum
import os
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, UserString, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from types import MappingProxyType, SimpleNamespace
from typing import Any, NoReturn, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from odata_filter import Filter, FilterError, UnsupportedFilterError, edm
from odata_filter.filter import Options
from odata_filter.schema import CollectionOf, PropertyType, Schema
from odata_filter.strategies import expressions, filters, rows

pytestmark = pytest.mark.thorough

RUNS = range(int(os.environ.get("RANDOM_SHAPES", "1")))
NAMES = "abcdef"


# ---- Shapes: classes of values that a row may hold ---------------------------------------------


class Color(enum.Enum):
    """Members whose values have different types."""

    RED = 1
    GREEN = "green"
    BLUE = (1, 2)
    NONE = None


class Level(enum.IntEnum):
    """Members that are integers."""

    LOW = 1
    HIGH = 2


class Kind(enum.StrEnum):
    """Members that are strings."""

    CAT = "cat"
    DAY = "2024-02-29"


class Pattern(enum.Flag):
    """Members that are sets of bits."""

    SOLID = 1
    YELLOW = 4


class Bits(enum.IntFlag):
    """Members that are integers and sets of bits."""

    ONE = 1
    TWO = 2


class Number:
    """A scalar as numpy has it: an array where Python has a Boolean."""

    def __init__(self, value: float) -> None:
        """Hold the number."""
        self.value = value

    def __eq__(self, other: object) -> "Vector":  # type: ignore[override] # as numpy does it
        return Vector([self.value == other])

    def __lt__(self, other: float) -> "Vector":
        return Vector([self.value < other])

    def __hash__(self) -> int:
        return hash(self.value)

    def __float__(self) -> float:
        return self.value

    def __int__(self) -> int:
        return int(self.value)

    def __index__(self) -> int:
        return int(self.value)

    def item(self) -> float:
        """The number as a Python value."""
        return self.value


class Vector:
    """An array as numpy has it: compared member by member, and neither true nor false."""

    dtype = "float64"
    shape = (1,)

    def __init__(self, members: list[Any]) -> None:
        """Hold the members."""
        self.members = members

    def __eq__(self, other: object) -> "Vector":  # type: ignore[override] # as numpy does it
        return Vector([member == other for member in self.members])

    __hash__ = None  # type: ignore[assignment] # as numpy has it

    def __bool__(self) -> NoReturn:
        message = "the truth value of an array is ambiguous"
        raise ValueError(message)

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.members)

    def __getitem__(self, at: int) -> object:
        return self.members[at]


class Table(Mapping[str, object]):
    """A Mapping that is no dict."""

    def __init__(self, content: Mapping[str, object]) -> None:
        """Hold the content."""
        self._content = content

    def __getitem__(self, name: str) -> object:
        return self._content[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)


class Sized(dict[str, object]):
    """A dict that is a class of its own."""


class Text(str):
    """A string that is a class of its own."""

    __slots__ = ()


class Whole(int):
    """An integer that is a class of its own."""


class Real(float):
    """A float that is a class of its own."""


class Moment(dt.datetime):
    """A datetime that is a class of its own."""


class Nowhere(dt.tzinfo):
    """A time zone that does not know its offset."""

    def utcoffset(self, _moment: dt.datetime | None) -> None:
        """Nobody knows."""

    def dst(self, _moment: dt.datetime | None) -> None:
        """Nobody knows."""

    def tzname(self, _moment: dt.datetime | None) -> None:
        """Nobody knows."""


Pair = namedtuple("Pair", ["a", "b"])  # noqa: PYI024 - one without types, as it is often met


@dataclass
class Place:
    """A row, or a part of one, as a dataclass."""

    a: object = None
    b: object = None
    c: object = None


@dataclass(frozen=True, slots=True)
class Point:
    """A row that cannot be changed and has no dict."""

    a: object
    d: object = None


@dataclass(repr=False)
class Half:
    """A dataclass with a field that may have no value."""

    a: object
    b: object

    def __post_init__(self) -> None:
        """Take the second field away."""
        del self.b


class Plain:
    """An object that declares nothing."""

    def __init__(self, a: object) -> None:
        """Have an attribute all the same."""
        self.a = a


class Hidden:
    """An object that answers every name."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return self


# ---- Shapes: values ------------------------------------------------------------------------------

HOURS = dt.timezone(dt.timedelta(hours=14)), dt.timezone(-dt.timedelta(hours=23, minutes=59))
ODD_VALUES: tuple[object, ...] = (
    *(object(), object, type, len, print, NotImplemented, ..., 1j, Fraction(1, 3), range(3), slice(1), lambda: 1, os),
    *(Color.RED, Color.GREEN, Color.BLUE, Color.NONE, Color, Level.LOW, Kind.CAT, Kind.DAY, Bits(3), Bits(0), Bits.ONE),
    *(Pattern.SOLID, Pattern(0), Pattern.SOLID | Pattern.YELLOW),
    *(Number(1.5), Vector([]), Vector([1, 2]), [Number(1)], {"a": Vector([1])}, Hidden(), Plain(1), Plain({"a": 1})),
    *(Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), Decimal("1e99999"), Decimal("1e-99999"), Decimal("-0")),
    *(
        float("nan"),
        float("inf"),
        float("-inf"),
        1e308,
        5e-324,
        -0.0,
        10**400,
        -(10**400),
        2**63,
        True,
        False,
    ),
    *(dt.datetime.min, dt.datetime.max, dt.datetime(2024, 2, 29), Moment(2024, 2, 29, tzinfo=dt.UTC)),  # noqa: DTZ001, DTZ901 - local times are what is tried
    *(zone.fromutc(dt.datetime(2024, 1, 1, tzinfo=zone)) for zone in HOURS),
    *(edge.replace(tzinfo=zone) for edge in (dt.datetime.min, dt.datetime.max) for zone in (*HOURS, dt.UTC, Nowhere())),  # noqa: DTZ901 - they get a time zone
    *(dt.datetime(2024, 2, 29, tzinfo=dt.timezone(dt.timedelta(seconds=1))), dt.datetime(1900, 1, 1, tzinfo=Nowhere())),
    *(dt.datetime(2024, 3, 31, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")), dt.time(1), dt.time(1, tzinfo=dt.UTC)),
    *(dt.time(1, tzinfo=Nowhere()), dt.timedelta.min, dt.timedelta.max, dt.date.min, dt.date.max, UUID(int=0)),
    *(b"", b"\xff", bytearray(b"a"), memoryview(b"a"), array.array("d", [1.0]), deque([1]), {1, "a"}, {Color.RED}),
    *(frozenset({(1, 2)}), {None}, {float("nan")}, frozenset(), (), (1, (2,)), Pair(1, {"a": 2}), [[]], [None], {}),
    *("", "\ud800", "\x00", "2024-02-29", "2024-02-30", "P1D", "PT", "true", "NaN", "1", "A,B", "x" * 300, Text("x")),
    *("2024-02-29T12:00:00Z", "0001-01-01T00:00:00+14:00", "12:00", "binary", "AA==", "(", "[a-", "(a+)+$"),
    *("01234567-89ab-cdef-0123-456789abcdef", "SRID=0;Point(1 2)", Whole(3), Real(1.5), Real("nan")),
    *({1: 2}, {None: 1, "a": 2}, {(): 1}, {"": None}, {"@odata.type": 1}, {"a@Model.Unit": 1}, {"@odata.type": "#x.y"}),
    *(UserDict({"a": "x"}), UserList([1]), UserString("x"), Counter("abca"), ChainMap({"a": 1}, {"b": 2})),
    *(OrderedDict(a=1), defaultdict(list, a=[1]), MappingProxyType({"a": 1}), SimpleNamespace(a=1), Half(1, 2)),
    *(iter([1]), (number for number in (1, 2)), partial(print), Exception("x"), Point, Place, Point(a=1), Place()),
)

SCALARS = st.one_of(
    st.none(),
    st.sampled_from(ODD_VALUES),
    st.booleans(),
    st.integers(),
    st.integers(-5, 5),
    st.floats(),
    st.decimals(),
    st.decimals(-9, 9, places=2),
    st.text(max_size=5),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.timezones()),
    st.times(),
    st.timedeltas(),
    st.uuids(),
    st.binary(max_size=4),
)
KEYS = st.one_of(st.sampled_from(NAMES), st.sampled_from((*NAMES, "@odata.type", "a@Model.A", "")), st.text(max_size=2))


def wrapped(part: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Collections, mappings and objects of parts."""
    lists, dicts = st.lists(part, max_size=3), st.dictionaries(KEYS, part, max_size=3)
    sequences = st.sampled_from((tuple, deque, UserList, iter, Vector))
    mappings = st.sampled_from((Table, Sized, UserDict, MappingProxyType, OrderedDict, ChainMap))
    return st.one_of(
        lists,
        dicts,
        st.builds(lambda make, members: cast("object", make(members)), sequences, lists),
        st.builds(lambda make, content: cast("object", make(content)), mappings, dicts),
        st.sets(st.one_of(st.integers(-2, 2), st.sampled_from((None, "a", 1.0, (1,), Kind.CAT, Decimal(1))))),
        st.builds(Place, part, part, part),
        st.builds(Point, part, part),
        st.builds(Pair, part, part),
        st.builds(Half, part, part),
    )


SHAPES = st.recursive(SCALARS, wrapped, max_leaves=6)
PLAIN_SHAPES = st.recursive(
    SCALARS.filter(lambda value: not isinstance(value, Mapping)),
    lambda part: st.one_of(st.lists(part, max_size=3), st.dictionaries(KEYS, part, max_size=3)),
    max_leaves=6,
)
"""Those whose names are strings at every depth, as `Schema.infer` wants them."""


# ---- Filters and options -----------------------------------------------------------------------------------------

FILTERS = filters(keys=st.sampled_from(NAMES))
TREES = expressions(names=st.sampled_from(NAMES)).map(Filter)
TYPES: st.SearchStrategy[PropertyType] = st.recursive(
    st.sampled_from((*sorted(edm.TYPE_NAMES), "Model.Color")),
    lambda part: st.one_of(
        part.map(CollectionOf), st.dictionaries(st.sampled_from(NAMES), part, max_size=3).map(Schema)
    ),
    max_leaves=3,
)
SCHEMAS = st.dictionaries(st.sampled_from(NAMES), TYPES).map(Schema)
FUNCTIONS: dict[str, Callable[..., object]] = {
    "Model.A": lambda *given, **named: (given, named),
    "Model.B": lambda **named: 1 / 0 if named else None,
    "a": lambda *_given, **_named: object(),
}
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "on_error": st.sampled_from(("raise", "null")),
        "coerce": st.booleans(),
        "schema": SCHEMAS,
        "collation": st.sampled_from((str.casefold, len, str.split)),
        "functions": st.just(FUNCTIONS),
        "keys": st.just({name: [other] for name, other in zip(NAMES, reversed(NAMES), strict=True)}),
        "now": st.datetimes(timezones=st.just(dt.UTC)),
        "root": st.dictionaries(st.sampled_from(NAMES), SHAPES, max_size=3),
        "parameters": st.dictionaries(st.sampled_from(NAMES).map("@{}".format), st.one_of(SHAPES, FILTERS), max_size=3),
    },
).map(lambda drawn: cast("Options", drawn))


# ---- Nothing but FilterError ---------------------------------------------------------------------------


def attempt(ask: Callable[[], object]) -> object:
    """The answer, or the error if it is one of the library's own; any other error is a failure."""
    try:
        return ask()
    except FilterError as error:
        return error


def ask_everything(f: Filter, row: object, options: Options) -> None:
    """Every way of asking a filter about a row; they agree."""
    note(f"{f}\n{row!r:.500}\n{options}")
    value = attempt(lambda: f.evaluate(row, **options))
    answers = [
        attempt(lambda: f.matches(row, **options)),
        attempt(lambda: f.count([row], **options)),
        attempt(lambda: len(list(f.select([row], **options)))),
    ]
    if isinstance(value, FilterError):
        assert str(value)
        assert [type(value)] * 3 == [type(answer) for answer in answers]
        assert options.get("on_error") != "null" or isinstance(value, UnsupportedFilterError)
    else:
        assert [value is True] * 3 == answers


@pytest.mark.parametrize("_run", RUNS)
@given(data=st.data(), f=FILTERS, options=OPTIONS)
def test_a_filter_has_an_answer_for_a_row_of_any_shape(
    _run: int, data: st.DataObject, f: Filter, options: Options
) -> None:
    """Filters whose operands have the types that they should have, on rows that may not."""
    ask_everything(f, data.draw(st.one_of(rows(NAMES, values=SHAPES), SHAPES)), options)


@pytest.mark.parametrize("_run", RUNS)
@given(data=st.data(), f=TREES, options=OPTIONS)
def test_any_expression_has_an_answer_for_a_row_of_any_shape(
    _run: int, data: st.DataObject, f: Filter, options: Options
) -> None:
    """Trees of every shape, sensible or not."""
    ask_everything(f, data.draw(st.one_of(rows(NAMES, values=SHAPES), SHAPES)), options)


@pytest.mark.parametrize("_run", RUNS)
@given(f=st.one_of(FILTERS, TREES), schema=SCHEMAS)
def test_any_filter_is_checked_against_any_schema(_run: int, f: Filter, schema: Schema) -> None:
    """There are problems or none, each with a place in the text."""
    found = f.problems(schema=schema, parameters=["@a"])
    assert all(str(problem) and f.source[problem.position : problem.end] for problem in found)


@pytest.mark.parametrize("_run", RUNS)
@given(sample=st.lists(st.dictionaries(KEYS, PLAIN_SHAPES, max_size=4), max_size=4), f=FILTERS)
def test_rows_can_be_read_under_the_schema_that_they_suggest(
    _run: int, sample: list[dict[str, object]], f: Filter
) -> None:
    """What is inferred from rows fits these rows."""
    schema = Schema.infer(sample)
    for row in sample:
        ask_everything(f, row, {"schema": schema})


# ---- Shapes that cannot even be printed ------------------------------------------------------------------


def nested(depth: int) -> list[object]:
    """Lists in lists."""
    outer: list[object] = []
    for _ in range(depth):
        outer = [outer]
    return outer


def endless() -> dict[str, object]:
    """A dict that holds itself, and a list that does."""
    whole: dict[str, object] = {}
    members: list[object] = [whole]
    members.append(members)
    whole |= dict.fromkeys(NAMES, whole) | {"b": members}
    return whole


UNPRINTABLE: dict[str, Callable[[], object]] = {
    "a number with more digits than Python prints": lambda: {"a": 10**5000, "b": -(10**5000)},
    "a decimal with as many": lambda: {"a": Decimal("1e999999"), "b": Decimal("1e-999999")},
    "lists nested deeper than Python's stack": lambda: {"a": nested(5000), "b": nested(5000)},
    "objects that hold themselves": endless,
}
QUESTIONS = (
    *(
        "a eq a",
        "a eq b",
        "a ne b",
        "a lt b",
        "a in (1,null)",
        "a in [b]",
        "[a] eq [b]",
        '{"c":a} eq {"c":b}',
        "a has 'X'",
    ),
    *("a/any(x:x eq b)", "a/all(x:x eq x)", "a/$filter($this eq b)/$count gt 0", "a/a/a/b/$count eq 2", "$it eq $it"),
    *(
        "a add b eq 0",
        "a sub 1.5 gt 0",
        "a mul a gt 0",
        "a div 3 eq 1",
        "a divby b eq 1",
        "a mod 7 eq 1",
        "a mod 1.5 eq 1",
    ),
    *("a div 1e0 eq 1", "-a eq b", "a mul duration'P1D' eq duration'P1D'", "duration'P1D' div a eq duration'PT0S'"),
    *(
        "round(a) eq a",
        "concat(a,b) eq a",
        "contains(a,b)",
        "hassubset(a,b)",
        "hassubsequence(a,b)",
        "indexof(a,b) eq 0",
    ),
    *(
        "length(a) eq 1",
        "substring('abc',a) eq ''",
        "substring(b,0,1) eq a",
        "cast(a,Edm.String) eq 'x'",
        "a/Edm.Int64 eq 1",
    ),
    *("cast(a,Edm.Int32) eq 1", "cast(a,Edm.Double) eq 1", "cast(a,Edm.Decimal) eq a", "isof(a,Edm.Single)"),
    *(
        "cast(a,Collection(Edm.String)) eq a",
        "isof(a,Collection(Edm.Int64))",
        "isof(a,Model.A)",
        "case(a eq b:a,true:b)",
    ),
)


@pytest.mark.parametrize("kind", UNPRINTABLE)
@pytest.mark.parametrize("text", QUESTIONS)
def test_a_row_that_cannot_be_printed_has_an_answer(kind: str, text: str) -> None:
    """A value of any size and depth is compared and computed with, or refused."""
    f, row = Filter.parse(text), UNPRINTABLE[kind]()
    ways: tuple[Options, ...] = (
        {},
        {"on_error": "null"},
        {"coerce": True},
        {"schema": Schema({"a": [{"b": "Edm.Date"}]})},
    )
    answers = [attempt(partial(f.matches, row, **options)) for options in ways]
    assert [True] * len(ways) == [isinstance(answer, bool) or bool(str(answer)) for answer in answers]
