"""Agreement with what others wrote: SQLite keeps the same rows, and Java computes the same dates and decimals.

The filters and rows are generated; `HYPOTHESIS_PROFILE=thorough` tries 10,000 for each test.
"""

import datetime as dt
import operator
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TypeAlias, cast

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from odata_filter import Filter, edm, field
from odata_filter.nodes import (
    IT,
    Arithmetic,
    Call,
    Case,
    Collection,
    Comparison,
    Literal,
    Logical,
    Member,
    Negate,
    Node,
    Not,
)
from reference_sqlite import Row, Table

Nodes: TypeAlias = st.SearchStrategy[Node]

INTEGERS = ("i", "j")
WIDE_INTEGERS = ("n", "m")
REALS = ("x", "y")
TEXTS = ("s", "t")
BOOLEANS = ("b", "c")
COLUMNS = (*INTEGERS, *WIDE_INTEGERS, *REALS, *TEXTS, *BOOLEANS)


# ---- Rows ------------------------------------------------------------------------------------

SMALL = st.integers(-9, 9)
"""Small enough that no tree of four levels leaves the range of Edm.Int64, where SQLite goes on with a float."""

WIDE = st.one_of(
    SMALL,
    st.sampled_from((2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, 2**63 - 2, -(2**63), 2**31, 10**18)),
    st.integers(-(2**63), 2**63 - 1),
)
QUARTERS = st.one_of(SMALL.map(float), st.integers(-40, 40).map(lambda number: number / 4))
NUMBERS = st.one_of(SMALL, QUARTERS)
DECIMALS = st.integers(-999, 999).map(lambda number: number / 100)
LETTERS = "abAB %_'*\\1\u2026\u6f22\ufffd\U0001f600"
"""Letters whose case only ASCII's rules change, what LIKE and GLOB read otherwise, and characters beyond UTF-16."""

TEXT = st.text(LETTERS, max_size=6)
VALUES = {
    **dict.fromkeys(INTEGERS, SMALL),
    **dict.fromkeys(WIDE_INTEGERS, WIDE),
    **dict.fromkeys(REALS, st.one_of(NUMBERS, DECIMALS)),
    **dict.fromkeys(TEXTS, TEXT),
    **dict.fromkeys(BOOLEANS, st.booleans()),
}
ROWS = st.lists(
    st.fixed_dictionaries({}, optional={name: st.one_of(st.none(), values, values) for name, values in VALUES.items()}),
    min_size=1,
    max_size=6,
)
"""Each property is a value, null or missing."""


# ---- Filters ---------------------------------------------------------------------------------

NULL: Nodes = st.just(Literal(edm.NULL, "null"))


def members(names: tuple[str, ...]) -> Nodes:
    """The properties themselves."""
    return st.sampled_from(names).map(lambda name: Member(IT, name))


def literals(values: st.SearchStrategy[object]) -> Nodes:
    """Python values as they are written in a filter."""
    return values.map(lambda value: Literal(*edm.literal_text(value)))


def doubles(values: st.SearchStrategy[float]) -> Nodes:
    """Literals of Edm.Double: with an exponent, because those without are exact decimals, which SQLite lacks."""
    return values.map(lambda value: Literal(edm.DOUBLE, f"{value}e0"))


def leaves(names: tuple[str, ...], written: Nodes) -> Nodes:
    """A property most of the time, else a literal, and now and then null."""
    return st.one_of(members(names), members(names), written, written, NULL)


def call(name: str, *arguments: Nodes) -> Nodes:
    """A call of a function."""
    return st.tuples(*arguments).map(lambda given: Call(name, given))


def arithmetic(operators: tuple[str, ...], left: Nodes, right: Nodes) -> Nodes:
    """One of the operators between two expressions."""
    return st.builds(Arithmetic, st.sampled_from(operators), left, right)


def choice(depth: int, results: Nodes) -> Nodes:
    """`case` with one or two conditions."""
    return st.lists(st.tuples(conditions(depth), results), min_size=1, max_size=2).map(lambda pairs: Case(tuple(pairs)))


@cache
def integers(depth: int) -> Nodes:
    """Expressions with a small integer or null."""
    if depth == 0:
        return leaves(INTEGERS, literals(SMALL))
    below, text = integers(depth - 1), texts(depth - 1)
    return st.one_of(
        leaves(INTEGERS, literals(SMALL)),
        arithmetic(("add", "sub", "mul", "div", "mod"), below, below),
        below.map(Negate),
        call("length", text),
        call("indexof", text, texts(0)),
        choice(depth - 1, below),
    )


@cache
def reals(depth: int) -> Nodes:
    """Expressions with an integer or a multiple of a quarter, none of them divided by zero: that is INF, or null."""
    if depth == 0:
        return leaves(REALS, doubles(QUARTERS))
    below = reals(depth - 1)
    return st.one_of(
        leaves(REALS, doubles(QUARTERS)),
        arithmetic(("add", "sub", "mul"), below, st.one_of(below, integers(0))),
        arithmetic(("div",), below, doubles(QUARTERS.filter(bool))),
        below.map(Negate),
        st.builds(Call, st.sampled_from(("round", "floor", "ceiling")), st.tuples(below)),
        choice(depth - 1, below),
    )


@cache
def texts(depth: int) -> Nodes:
    """Expressions with a text or null."""
    if depth == 0:
        return leaves(TEXTS, literals(TEXT))
    below, numbers = texts(depth - 1), integers(depth - 1)
    return st.one_of(
        leaves(TEXTS, literals(TEXT)),
        call("concat", below, texts(0)),
        call("substring", below, numbers),
        call("substring", below, numbers, integers(0)),
        st.builds(Call, st.sampled_from(("tolower", "toupper", "trim")), st.tuples(below)),
        choice(depth - 1, below),
    )


def comparisons(left: Nodes, right: Nodes) -> Nodes:
    """Equality and order of two expressions."""
    return st.builds(Comparison, st.sampled_from(("eq", "ne", "gt", "ge", "lt", "le")), left, right)


def memberships(left: Nodes, items: Nodes) -> Nodes:
    """`in` with a list of literals, which may be empty and may have null in it."""
    lists = st.lists(st.one_of(items, NULL), max_size=3).map(lambda found: Collection(tuple(found)))
    return st.builds(Comparison, st.just("in"), left, lists)


def joined(operator: str, operands: list[Node]) -> Node:
    """The operands under one `and` or `or`, with none of the same below it."""
    flat = (
        operand.operands if isinstance(operand, Logical) and operand.operator == operator else (operand,)
        for operand in operands
    )
    return Logical(operator, tuple(part for parts in flat for part in parts))


@cache
def conditions(depth: int) -> Nodes:
    """Expressions with a Boolean or null."""
    if depth == 0:
        return st.one_of(leaves(BOOLEANS, literals(st.booleans())), comparisons(texts(0), texts(0)))
    below, whole, real, text = conditions(depth - 1), integers(depth - 1), reals(depth - 1), texts(depth - 1)
    searches = st.sampled_from(("contains", "startswith", "endswith"))
    wide = st.one_of(members(WIDE_INTEGERS), literals(WIDE))
    return st.one_of(
        comparisons(whole, whole),
        comparisons(real, st.one_of(real, whole, literals(DECIMALS))),
        comparisons(wide, st.one_of(wide, whole)),
        comparisons(text, text),
        comparisons(below, below),
        memberships(st.one_of(whole, wide), literals(st.one_of(SMALL, WIDE))),
        memberships(text, literals(TEXT)),
        st.builds(Call, searches, st.tuples(text, texts(0))),
        below.map(Not),
        st.builds(joined, st.sampled_from(("and", "or")), st.lists(below, min_size=2, max_size=3)),
        leaves(BOOLEANS, literals(st.booleans())),
        choice(depth - 1, below),
    )


FILTERS = st.integers(1, 3).flatmap(conditions).map(Filter)


# ---- The same rows ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    """One table for all examples, filled anew for each."""
    made = Table(COLUMNS)
    yield made
    made.close()


def kept(f: Filter, rows: list[Row]) -> list[int]:
    """The positions of the rows that the filter keeps."""
    numbered = [{**row, "at": at} for at, row in enumerate(rows)]
    return [cast("int", row["at"]) for row in f.select(numbered, on_error="null")]


@pytest.mark.thorough
@given(f=FILTERS, rows=ROWS)
def test_sqlite_keeps_the_same_rows(table: Table, f: Filter, rows: list[Row]) -> None:
    """Whatever the fragment has: null, three-valued logic, numbers, text."""
    table.fill(rows)
    assert table.selected(f.expression) == kept(f, rows)


@pytest.mark.thorough
@given(f=FILTERS, rows=ROWS)
def test_sqlite_keeps_the_same_rows_for_the_opposite(table: Table, f: Filter, rows: list[Row]) -> None:
    """Under `not`, false and null are told apart."""
    table.fill(rows)
    assert table.selected((~f).expression) == kept(~f, rows)


@pytest.mark.thorough
@given(f=FILTERS, rows=ROWS)
def test_sqlite_finds_the_same_nulls(table: Table, f: Filter, rows: list[Row]) -> None:
    """A condition that has no value has none in SQLite."""
    nothing = Filter(Comparison("eq", f.expression, Literal(edm.NULL, "null")))
    table.fill(rows)
    assert table.selected(nothing.expression) == kept(nothing, rows)


# ---- What both say, by hand ------------------------------------------------------------------

NOTHING: Row = {}
BY_HAND = [
    ("i eq null", NOTHING, True),
    ("i ne 1", NOTHING, True),
    ("i gt 1", NOTHING, False),
    ("not (i gt 1)", NOTHING, True),
    ("i ge null", NOTHING, True),
    ("not (i ge 1)", NOTHING, True),
    ("not contains(s,'x')", NOTHING, False),
    ("contains(s,'x') ne true", NOTHING, True),
    ("i add 1 eq null", NOTHING, True),
    ("i in (1,null)", NOTHING, True),
    ("not (i in (1))", NOTHING, True),
    ("not (b and true)", NOTHING, False),
    ("not (b and false)", NOTHING, True),
    ("b or true", NOTHING, True),
    ("i in ()", {"i": 1}, False),
    ("i div j eq -2", {"i": -5, "j": 2}, True),
    ("i mod j eq -1", {"i": -5, "j": 2}, True),
    ("i mod j eq null", {"i": -5, "j": 0}, True),
    ("n eq 9007199254740992", {"n": 2**53 + 1}, False),
    ("x eq 2.55", {"x": 2.55}, True),
    ("round(x) eq -3", {"x": -2.5}, True),
    ("substring(s,-2) eq '%_'", {"s": "a%_"}, True),
    ("substring(s,1,j) eq null", {"s": "a%_", "j": -1}, True),
    ("contains(s,'%')", {"s": "abc"}, False),
    ("s gt t", {"s": "\U0001f600", "t": "\ufffd"}, True),
    ("s eq 'A'", {"s": "a"}, False),
    ("case(b:1,true:2) eq 2", NOTHING, True),
]


@pytest.mark.parametrize(("text", "row", "expected"), BY_HAND, ids=[text for text, _, _ in BY_HAND])
def test_filter_and_sqlite_say_what_the_standard_says(table: Table, text: str, row: Row, expected: bool) -> None:  # noqa: FBT001 - the expected value
    """Neither is right only because the other makes the same mistake."""
    f = Filter.parse(text)
    table.fill([row])
    assert [0] * expected == table.selected(f.expression) == kept(f, [row])


def test_what_sqlite_does_not_share_is_refused(table: Table) -> None:
    """A new node or function does not pass unnoticed."""
    with pytest.raises(NotImplementedError, match="SQLite does not share"):
        table.selected((field("a", "b") == 1).expression)


# ---- Dates, durations and exact numbers, as Java computes them ---------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Something that Java and a filter can both compute.

    Attributes:
        name: what Java calls it.
        text: the filter, over the properties `a` and `b`.
        operands: what the properties may be.
        read: Java's answer to the value that the filter must have; a ValueError or OverflowError where Java goes
            beyond what Python's types can hold, so that the filter fails.
    """

    name: str
    text: str
    operands: tuple[st.SearchStrategy[object], ...]
    read: Callable[[str], object]


class Java:
    """A process of Java's virtual machine that answers one operation after the other."""

    def __init__(self, java: str) -> None:
        """Start it; it compiles its one source file first."""
        source = Path(__file__).parent / "reference_java" / "Reference.java"
        self._process = subprocess.Popen(  # noqa: S603 - the interpreter that was looked up, and our own file
            [java, str(source)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def answer(self, *parts: str) -> str:
        """What comes out of one operation."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\t".join(parts) + "\n")
        self._process.stdin.flush()
        found = self._process.stdout.readline().rstrip("\n")
        assert found, "Java has no answer"
        return found

    def close(self) -> None:
        """Wait for its end."""
        self._process.communicate(timeout=60)


@pytest.fixture(scope="module")
def java() -> Iterator[Java]:
    """One process for all examples."""
    program = shutil.which("java")
    if program is None or shutil.which("javac") is None:
        pytest.skip("a Java development kit (java and javac) is not installed")
    started = Java(program)
    yield started
    started.close()


def exact(digits: int, places: int) -> st.SearchStrategy[Decimal]:
    """Decimals with so many digits, some of them behind the point; never in need of rounding."""
    size = st.integers(1, digits).flatmap(lambda count: st.integers(-(10**count), 10**count))
    halves = st.integers(-99, 99).map(lambda number: Decimal(number) / 2)
    return st.one_of(
        halves, st.builds(lambda number, scale: Decimal(f"{number}E-{scale}"), size, st.integers(0, places))
    )


def days() -> st.SearchStrategy[dt.date]:
    """Any day, among them the first and last ones and leap days."""
    odd = (dt.date.min, dt.date.max, dt.date(2024, 2, 29), dt.date(1900, 2, 28), dt.date(2023, 12, 31))
    return st.one_of(st.dates(), st.dates(dt.date(2023, 1, 1), dt.date(2025, 1, 1)), st.sampled_from(odd))


def offsets() -> st.SearchStrategy[dt.timezone]:
    """The offsets that Java knows: whole minutes up to eighteen hours."""
    minutes = st.one_of(st.just(0), st.integers(-18 * 60, 18 * 60))
    return minutes.map(lambda count: dt.timezone(dt.timedelta(minutes=count)))


def moments() -> st.SearchStrategy[dt.datetime]:
    """Any moment in any offset, often close to others."""
    near = st.datetimes(dt.datetime(2024, 2, 28), dt.datetime(2024, 3, 2), timezones=offsets())  # noqa: DTZ001 - bounds
    return st.one_of(st.datetimes(timezones=offsets()), near)


def durations() -> st.SearchStrategy[dt.timedelta]:
    """From a microsecond to ten thousand years, either way, also whole days and those next to them."""
    microsecond = dt.timedelta(microseconds=1)
    around = st.builds(
        lambda count, rest: dt.timedelta(count) + rest,
        st.integers(-400, 400),
        st.sampled_from((dt.timedelta(), microsecond, -microsecond, dt.timedelta(seconds=1), -dt.timedelta(seconds=1))),
    )
    far = st.timedeltas(dt.timedelta(-3_700_000), dt.timedelta(3_700_000))
    return st.one_of(around, far, st.timedeltas(-dt.timedelta(2), dt.timedelta(2)), st.timedeltas())


def microseconds(text: str) -> dt.timedelta:
    """A duration from its answer."""
    return dt.timedelta(microseconds=int(text))


DAYS, MOMENTS, TIMES, DURATIONS = days(), moments(), st.times(), durations()
DECIMAL_OPERANDS, FACTORS = exact(25, 12), exact(6, 4)
NOT_ZERO = (exact(25, 12).filter(bool), exact(6, 4).filter(bool))
WHOLE_NUMBERS = st.one_of(st.integers(-100, 100), st.integers(-(2**63), 2**63 - 1), st.integers(-(10**30), 10**30))
FLOATS = st.one_of(st.integers(-99, 99).map(lambda number: number / 2), st.floats(-1e20, 1e20))


def fields(kind: str, names: str, values: st.SearchStrategy[object]) -> list[Operation]:
    """Functions that take a whole number out of a date or time."""
    return [Operation(name=f"{kind} {name}", text=f"{name}(a)", operands=(values,), read=int) for name in names.split()]


def roundings(kind: str, values: st.SearchStrategy[object], read: Callable[[str], object]) -> list[Operation]:
    """The functions to a whole number."""
    names = ("round", "floor", "ceiling")
    return [Operation(name=f"{kind} {name}", text=f"{name}(a)", operands=(values,), read=read) for name in names]


def sums(
    kind: str, operators: str, operands: tuple[st.SearchStrategy[object], ...], read: Callable[[str], object]
) -> list[Operation]:
    """Arithmetic operators."""
    return [
        Operation(name=f"{kind} {operator}", text=f"a {operator} b", operands=operands, read=read)
        for operator in operators.split()
    ]


OPERATIONS = [
    *sums("date", "add sub", (DAYS, DURATIONS), dt.date.fromisoformat),
    Operation(name="date sub date", text="a sub b", operands=(DAYS, DAYS), read=microseconds),
    *fields("date", "year month day", DAYS),
    *sums("moment", "add sub", (MOMENTS, DURATIONS), dt.datetime.fromisoformat),
    Operation(name="moment sub moment", text="a sub b", operands=(MOMENTS, MOMENTS), read=microseconds),
    *fields("moment", "year month day hour minute second totaloffsetminutes", MOMENTS),
    Operation(name="moment fractionalseconds", text="fractionalseconds(a)", operands=(MOMENTS,), read=Decimal),
    Operation(name="moment date", text="date(a)", operands=(MOMENTS,), read=dt.date.fromisoformat),
    Operation(name="moment time", text="time(a)", operands=(MOMENTS,), read=dt.time.fromisoformat),
    *fields("time", "hour minute second", TIMES),
    Operation(name="time fractionalseconds", text="fractionalseconds(a)", operands=(TIMES,), read=Decimal),
    *sums("duration", "add sub", (DURATIONS, DURATIONS), microseconds),
    *sums("duration", "mul", (DURATIONS, st.one_of(FACTORS, st.integers(-99, 99))), microseconds),
    *sums("duration", "div", (DURATIONS, st.one_of(NOT_ZERO[1], st.integers(1, 99))), microseconds),
    Operation(name="duration negate", text="-a", operands=(DURATIONS,), read=microseconds),
    Operation(name="duration totalseconds", text="totalseconds(a)", operands=(DURATIONS,), read=Decimal),
    *sums("decimal", "add sub mul", (DECIMAL_OPERANDS, st.one_of(DECIMAL_OPERANDS, WHOLE_NUMBERS)), Decimal),
    *sums("decimal", "div mod", (DECIMAL_OPERANDS, st.one_of(NOT_ZERO)), Decimal),
    *roundings("decimal", DECIMAL_OPERANDS, Decimal),
    *roundings("double", FLOATS, float),
    *sums("integer", "add sub mul", (WHOLE_NUMBERS, WHOLE_NUMBERS), int),
    *sums("integer", "div mod", (WHOLE_NUMBERS, WHOLE_NUMBERS.filter(bool)), int),
]


@pytest.mark.thorough
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@given(data=st.data())
def test_java_computes_the_same_value(java: Java, operation: Operation, data: st.DataObject) -> None:
    """From values in a row and from literals; where Java leaves the years 1 to 9999, the filter fails."""
    operands = [data.draw(values) for values in operation.operands]
    answer = java.answer(operation.name, *(edm.literal_text(value)[1] for value in operands))
    note(f"Java: {answer}")
    try:
        expected = operation.read(answer)
    except (OverflowError, ValueError):
        expected = None
    for evaluate in (from_row, from_literals):
        actual = evaluate(operation.text, operands)
        assert (expected, type(expected)) == (actual, type(actual))
        assert not isinstance(expected, dt.datetime) or str(expected) == str(actual), "the offset"


def from_row(text: str, operands: list[object]) -> object:
    """The value for a row with the operands as its properties; null where it fails."""
    return Filter.parse(text).evaluate(dict(zip("ab", operands, strict=False)), on_error="null")


def from_literals(text: str, operands: list[object]) -> object:
    """The value with the operands written into the filter; null where it fails."""
    written = {name: literal(value) for name, value in zip("ab", operands, strict=False)}
    return Filter.parse(re.sub(r"\b[ab]\b", lambda found: written[found[0]], text)).evaluate({}, on_error="null")


def literal(value: object) -> str:
    """A value as a literal of its own type: a float has an exponent, without which it is a decimal."""
    type_name, text = edm.literal_text(value)
    return f" {text}e0" if isinstance(value, float) and type_name == edm.DECIMAL else " " + edm.written(type_name, text)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("kind", "values"),
    [("date", DAYS), ("moment", MOMENTS), ("time", TIMES), ("duration", DURATIONS), ("decimal", DECIMAL_OPERANDS)],
    ids=["date", "moment", "time", "duration", "decimal"],
)
@given(data=st.data())
def test_java_compares_in_the_same_way(
    java: Java, kind: str, values: st.SearchStrategy[object], data: st.DataObject
) -> None:
    """Moments are instants, whatever their offsets."""
    left = data.draw(values)
    right = data.draw(st.one_of(values, st.just(left), same_in_other_form(left)))
    sign = int(java.answer(f"{kind} compare", *(edm.literal_text(value)[1] for value in (left, right))))
    expected = {name: compare(sign, 0) for name, compare in ORDERS.items()}
    for evaluate in (from_row, from_literals):
        assert expected == {name: evaluate(f"a {name} b", [left, right]) for name in ORDERS}


ORDERS = {name: getattr(operator, name) for name in ("eq", "ne", "gt", "ge", "lt", "le")}


def same_in_other_form(value: object) -> st.SearchStrategy[object]:
    """The moment in another offset, the decimal with more zeros; anything else as it is."""
    if isinstance(value, dt.datetime) and dt.MINYEAR < value.year < dt.MAXYEAR:
        return offsets().map(value.astimezone)
    plain = f"{value:f}" if isinstance(value, Decimal) else ""
    return st.just(Decimal(plain + "000") if "." in plain else value)
