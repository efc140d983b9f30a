"""Conditions for databases: what they say, what they refuse, and on SQLite which rows they keep."""

import datetime as dt
import enum
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

import pytest

pytest.importorskip("sqlalchemy")

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import mysql, postgresql, sqlite

from odata_filter import Filter, UnsupportedFilterError, field
from odata_filter.engines import databases
from odata_filter.engines.sql import DATABASES, Options, condition, split

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PICTURES = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}  # type: ignore[no-untyped-call] # SQLAlchemy annotates no constructor
BOTH = pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])

IMAGES = sa.Table(
    "images",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("species", sa.String),
    sa.Column("lens", sa.Text),
    sa.Column("rating", sa.Integer),
    sa.Column("views", sa.BigInteger),
    sa.Column("score", sa.Double),
    sa.Column("good", sa.Boolean),
    sa.Column("taken", sa.Date),
    sa.Column("local", sa.DateTime),
    sa.Column("hour_of_day", sa.Time),
    sa.Column("key", sa.Uuid),
    sa.Column("raw", sa.LargeBinary),
    sa.Column("meta", JSON),
)
MORE = sa.table(
    "more",
    sa.column("price", sa.Numeric()),
    sa.column("moment", sa.DateTime(timezone=True)),
    sa.column("took", sa.Interval()),
    sa.column("took_too", postgresql.INTERVAL()),
    sa.column("plain", sa.JSON()),
    sa.column("folded", sa.String(collation="de_DE")),
    sa.column("score", sa.Double()),
    sa.column("rating", sa.SmallInteger()),
    sa.column("views", sa.BigInteger()),
)
"""Columns that PostgreSQL alone has exactly."""


def said(text: str | Filter, target: object = IMAGES, dialect: str = "sqlite", **options: object) -> str:
    """The condition as SQL, with its values in it, on one line."""
    f = Filter.parse(text) if isinstance(text, str) else text
    made = condition(f, target, **cast("Options", {**options, "dialect": dialect}))
    written = made.compile(dialect=PICTURES[dialect], compile_kwargs={"literal_binds": True})
    return " ".join(str(written).split())


def refusal(text: str | Filter, target: object = IMAGES, dialect: str = "sqlite", **options: object) -> str:
    """Why a condition is refused."""
    with pytest.raises(UnsupportedFilterError) as caught:
        said(text, target, dialect, **options)
    assert caught.value.position is not None
    return caught.value.message


def ids(f: str, *rows: dict[str, object], target: str = "columns", **options: Any) -> list[int]:  # noqa: ANN401 - those of `condition`
    """The positions of the rows that SQLite keeps; they are also those that the filter keeps."""
    parsed = Filter.parse(f)
    engine = sa.create_engine("sqlite://")
    filled = [{"id": at, **row} if target == "columns" else {"id": at, "meta": row} for at, row in enumerate(rows)]
    with engine.connect() as connection:
        IMAGES.metadata.create_all(connection)
        for row in filled:
            connection.execute(IMAGES.insert(), [row])
        made = condition(parsed, IMAGES if target == "columns" else IMAGES.c.meta, on_error="null", **options)
        found = list(connection.scalars(sa.select(IMAGES.c.id).where(made).order_by(IMAGES.c.id)))
    engine.dispose()
    if "names" not in options:
        asked: Any = {name: value for name, value in options.items() if name in {"parameters", "now"}}
        assert found == [at for at, row in enumerate(rows) if parsed.matches(row, on_error="null", **asked)]
    return found


# ---- Null and types ----------------------------------------------------------------------------------


def test_a_null_is_unequal_to_a_value() -> None:
    """`ne` keeps the rows without a value, and so does the denied `eq`."""
    assert [1, 2] == ids("species ne 'cat'", {"species": "cat"}, {"species": "dog"}, {})
    assert [1, 2] == ids("not (species eq 'cat')", {"species": "cat"}, {"species": "dog"}, {})


def test_an_order_with_null_is_false() -> None:
    """So that its opposite is true; a function of null is null, and so is its opposite."""
    rows: list[dict[str, object]] = [{"rating": 1}, {"rating": 9}, {}]
    assert [0, 2] == ids("not (rating gt 5)", *rows)
    assert [0, 1] == ids("not contains(species,'x')", {"species": "a"}, {"species": ""}, {})


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("rating eq null", [1]),
        ("rating ne null", [0]),
        ("rating ge null", [1]),
        ("null le rating", [1]),
        ("rating gt null", []),
        ("not (rating lt null)", [0, 1]),
        ("rating eq rating", [0, 1]),
        ("rating ne score", [0]),
        ("rating ge score", [0, 1]),
        ("not (rating gt score)", [1]),
        ("species ne species", []),
        ("not (species ne lens)", [0, 1]),
        ("species gt lens", []),
    ],
)
def test_null_in_every_comparison(text: str, kept: list[int]) -> None:
    """One row with values, one without."""
    assert kept == ids(text, {"rating": 5, "score": 2.5, "species": "a", "lens": "a"}, {})


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a eq 'x'", [0]),
        ("a ne 'x'", [1, 5]),
        ("not (a eq 'x')", [1, 5]),
        ("not (a gt 'x')", [0, 5]),
        ("a eq 1", [2]),
        ("a ne 1", [5]),
        ("a eq true", [3]),
        ("a", [3]),
        ("not a", []),
        ("a eq '[1]'", []),
        ("a in ('x',1,null)", [0, 2, 5]),
        ("not (a in ('x',1,null))", [1, 3, 4, 6]),
        ("a in ('[1]','{}')", []),
        ("a in (2024-02-29)", []),
        ("a lt 2024-02-29", []),
        ("not (a lt 2024-02-29)", [5]),
        ("a eq null", [5]),
        ("a/$count eq 1", [4]),
        ("length(a) eq 1", [0, 1, 4]),
        ("substring(a,1) ne 'x'", [0, 1, 2, 3, 5, 6]),
        ("case(a eq 'x':a,true:1) eq 1", [1, 2, 3, 4, 5, 6]),
        ("a add 1 eq 2", [2]),
        ("-a eq -1", [2]),
        ("round(a) eq 1", [2]),
        ("a/any(m:m eq 1)", [4]),
        ("a/any()", [4]),
        ("a/all(m:m eq 2)", [5]),
        ("a/b eq 'c'", [6]),
    ],
)
def test_a_json_value_has_its_own_type(text: str, kept: list[int]) -> None:
    """A string, another, a number, a Boolean, a list, null and an object under one key."""
    values: list[object] = ["x", "y", 1, True, [1], None, {"b": "c"}]
    assert kept == ids(text, *({"a": value} for value in values), target="json")


def test_columns_have_one_type() -> None:
    """A string compared with a number is null, which keeps nothing, denied or not."""
    assert [] == ids("species eq 5", {"species": "5"}, {"species": None})
    assert [1] == ids("not (species gt 5)", {"species": "5"}, {"species": None})
    assert [] == ids("rating", {"rating": 1})
    assert [] == ids("contains(rating,'1')", {"rating": 1})
    assert [] == ids("length(rating) eq 1 or indexof(rating,'1') eq 0", {"rating": 1})
    assert [] == ids("concat(rating,'1') eq '11' or trim(rating) eq '1'", {"rating": 1})
    assert [] == ids("substring(rating,0) eq '1' or tolower(rating) eq '1'", {"rating": 1})
    assert [] == ids("year(hour_of_day) eq 1 or round(species) eq 1 or -species eq 1", {"species": "1"})


# ---- Constants ----------------------------------------------------------------------------------------


def test_what_has_no_names_is_computed_beforehand() -> None:
    """`now()` is a constant, and parameter aliases are."""
    moment = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)
    assert [0] == ids("taken ge date(now() sub duration'P2D')", {"taken": dt.date(2024, 2, 28)}, {}, now=moment)
    assert [0] == ids("rating gt @least", {"rating": 5}, {}, parameters={"@least": 3})
    assert [1] == ids("rating eq @absent", {"rating": 5}, {})
    assert [0] == ids("rating in @some", {"rating": 5}, {}, parameters={"@some": [5, None, 7]})[:1]
    assert [] == ids("rating in @absent", {"rating": 5}, {})
    assert [] == ids("rating in @one", {"rating": 5}, {}, parameters={"@one": 5})
    assert [0, 1] == ids("1 add 1 eq 2", {}, {})
    assert [] == ids("1 in (2)", {}, {})
    assert [] == ids("@absent", {})
    assert [0] == ids("3 lt rating", {"rating": 5}, {})
    assert [] == ids("rating add null eq 5 or contains(species,null)", {"rating": 5})


def test_a_constant_that_always_fails_is_refused() -> None:
    """It would make the filter fail for every row."""
    assert "it fails for every row: an integer div by zero has no value" == refusal("rating eq 1 div 0")
    assert "it fails for every row: a length of -1 is negative" == refusal("substring(species,0,-1) eq ''")
    assert "an alias stands for an expression" == refusal("rating eq @a", parameters={"@a": field("a") == 1})


def test_a_division_that_may_fail_is_refused() -> None:
    """As `Filter.select` raises for the row whose divisor is zero; with `on_error="null"` it is null on both sides."""
    for text in ("rating div rating eq 1", "rating mod 0 eq 1", "score mod score eq 1"):
        assert "fails where the divisor is zero" in refusal(text)
    assert [1] == ids("4 div rating eq 2", {"rating": 0}, {"rating": 2}, {})
    assert [0] == ids("rating mod 4 eq -3", {"rating": -7})


def test_a_quoted_duration_is_one() -> None:
    """Section 5.1.1.14.1, where it is compared with one."""
    assert "more.took = " in said("took eq 'P1D'", MORE, "postgresql")
    assert "more.took IN " in said("took in ('P1D','PT1H')", MORE, "postgresql")
    assert "NULL" == said("took eq 'x'", MORE, "postgresql")
    assert "IS NULL" in said("took ne 'x' and took ne 'y'", MORE, "postgresql")


# ---- Numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("rating div 2 eq -3", [0]),
        ("rating mod 4 eq -3", [0]),
        ("rating add 1 eq -6", [0]),
        ("rating div 0 eq 1 or rating mod 0 eq 1", []),
        ("score div 2 eq -1.25", [0]),
        ("score mul 2 eq -5", [0]),
        ("round(score) eq -3", [0]),
        ("floor(score) eq -3", [0]),
        ("ceiling(score) eq -2", [0]),
        ("round(rating) eq -7", [0]),
        ("score eq NaN", []),
        ("score ne NaN", [0, 1]),
        ("score in (NaN,-2.5)", [0]),
        ("score in (NaN)", []),
        ("score lt INF", [0]),
        ("rating gt -7.5", [0]),
        ("rating in (1.5,-7,2)", [0]),
        ("-rating eq 7", [0]),
        ("views eq 9007199254740993", [0]),
        ("views gt 9007199254740992e0", [0]),
    ],
)
def test_numbers(text: str, kept: list[int]) -> None:
    """Integers are cut towards zero, halves go away from zero, and a division by zero is null."""
    assert kept == ids(text, {"rating": -7, "score": -2.5, "views": 2**53 + 1}, {})


def test_a_sum_beyond_64_bits_fails_on_sqlite() -> None:
    """SQLite would go on with a rounded number."""
    with pytest.raises(sa.exc.OperationalError, match="integer overflow"):
        ids("views add 1 gt 0", {"views": 2**63 - 1})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rating eq 9223372036854775808", "SQLite has no integers beyond 64 bits"),
        ("rating eq 0.1000000000000000055511151231257827", "SQLite has no number with as many digits"),
        ("rating mul 1.5 gt 2", "SQLite has no exact decimals"),
        ("score mod 2 eq 0", "SQLite has no exact mod of doubles"),
        ("score div rating eq 0", "SQLite has no exact div of doubles"),
        ("taken add duration'P1D' gt 2024-01-01", "SQLite does not calculate with dates and durations"),
    ],
)
def test_what_sqlite_would_compute_differently_is_refused(text: str, message: str) -> None:
    """By name, and with its place."""
    assert refusal(text, on_error="null").startswith(message)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rating add 1 gt views", "CAST(images.rating AS NUMERIC) + CAST(1 AS NUMERIC) > images.views"),
        ("rating div 2 eq 1", "div(CAST(images.rating AS NUMERIC), nullif(CAST(2 AS NUMERIC), 0)) = 1"),
        ("rating mod 2 eq 1", "mod(CAST(images.rating AS NUMERIC), nullif(CAST(2 AS NUMERIC), 0)) = 1"),
        ("score add 1 eq 2", "images.score + CAST(1 AS DOUBLE PRECISION) = 2.0"),
        ("score gt 1.5", "images.score > 1.5 AND images.score != CAST('NaN' AS DOUBLE PRECISION)"),
        ("score lt 1.5", "images.score < 1.5"),
        ("score ne score", "images.score != images.score OR images.score = CAST('NaN' AS DOUBLE PRECISION)"),
        ("rating eq score", "CAST(images.rating AS DOUBLE PRECISION) = images.score"),
        ("rating gt INF", "CAST(images.rating AS DOUBLE PRECISION) > inf"),
        ("rating gt 2.5", "images.rating > 2.5"),
        ("rating eq 9223372036854775808", "images.rating = 9223372036854775808"),
        ("floor(score) eq 1", "floor(images.score) = 1.0"),
        ("ceiling(score) eq 1", "ceil(images.score) = 1.0"),
        ("round(score) eq 1", "trunc(images.score) + CAST(CASE WHEN (images.score - trunc(images.score) >= 0.5)"),
    ],
)
def test_numbers_on_postgresql(text: str, expected: str) -> None:
    """Integers become numbers of any size before they can overflow, and NaN is no number."""
    assert expected in said(text, dialect="postgresql")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("price mul 2 eq 5", "more.price * CAST(2 AS NUMERIC) = 5"),
        ("price gt 2.5", "more.price > 2.5 AND more.price != CAST('NaN' AS NUMERIC)"),
        ("price eq 2e0", "CAST(more.price AS DOUBLE PRECISION) = 2.0"),
        ("price lt score", "CAST(more.price AS DOUBLE PRECISION) < more.score"),
        ("round(price) eq 2", "round(more.price) = 2"),
        ("moment lt 2024-01-01T00:00:00Z", "more.moment < '2024-01-01 00:00:00+00:00'"),
        ("took_too gt duration'P1D'", "more.took_too > "),
        ("plain/a eq 1", "CAST(more.plain AS JSONB) @> CAST('{\"a\": 1}' AS JSONB)"),
        ("folded eq 'x'", "(more.folded COLLATE \"C\") = 'x'"),
        ("folded gt 'x'", "(more.folded COLLATE \"C\") > 'x'"),
    ],
)
def test_columns_that_postgresql_alone_has_exactly(text: str, expected: str) -> None:
    """Decimals, moments with a time zone, durations; a JSON column is read as JSONB."""
    assert expected in said(text, MORE, "postgresql")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("score eq views", "PostgreSQL compares an integer of 64 bits with a double as a double"),
        ("score eq 9007199254740993", "PostgreSQL compares a double with 9007199254740993 as a double"),
        ("price div 2 eq 1", "PostgreSQL has no div of decimals"),
        ("rating divby 2 eq 1", "PostgreSQL has no divby of decimals"),
        ("score mod 2 eq 0", "PostgreSQL has no exact mod of doubles"),
        ("score divby rating eq 0", "PostgreSQL has no exact divby of doubles"),
        ("year(moment) eq 2024", "PostgreSQL does not keep the offset, by which year goes"),
        ("moment sub moment gt duration'P1D'", "PostgreSQL does not calculate with dates and durations"),
        ("plain/a eq INF", "JSON has no INF"),
        ("plain/a eq 0.1000000000000000055511151231257827", "a JSON number with a fraction is a double"),
        ("folded eq 'a\0'", "PostgreSQL has no strings with U+0000"),
        ("moment eq null or plain/a eq plain/b", "two values of a JSON column can be lists or objects"),
    ],
)
def test_what_postgresql_would_compute_differently_is_refused(text: str, message: str) -> None:
    """By name, and with its place."""
    assert refusal(text, MORE, "postgresql", on_error="null").startswith(message)


def test_an_integer_that_no_double_holds_is_infinite_for_none() -> None:
    """It is outside of what a double can be compared with."""
    assert refusal(f"score lt {10**400}", MORE, "postgresql").startswith("PostgreSQL compares a double with")
    assert refusal(f"score gt -{10**400}", MORE, "postgresql").startswith("PostgreSQL compares a double with")


# ---- Strings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("contains(species,'%')", [1]),
        ("startswith(species,'a')", [0]),
        ("startswith(species,'')", [0, 1, 2]),
        ("startswith(species,species)", [0, 1, 2]),
        ("endswith(species,'c')", [0]),
        ("endswith(species,'')", [0, 1, 2]),
        ("endswith(species,species)", [0, 1, 2]),
        ("not endswith(species,'x')", [0, 1, 2]),
        ("indexof(species,'b') eq 1", [0]),
        ("length(species) eq 0", [2]),
        ("concat(species,'x') eq 'x'", [2]),
        ("substring(species,1,1) eq 'b'", [0]),
        ("substring(species,-1) eq 'c'", [0]),
        ("trim(concat(' ',species)) eq 'abc'", [0]),
        ("tolower(species) eq 'abc'", [0]),
        ("toupper(species) in ('ABC','X')", [0]),
        ("contains(toupper(species),'B')", [0]),
        ("toupper(species) ne 'ABC'", [1, 2, 3]),
        ("species gt '%'", [0]),
        ("species in (null)", [3]),
        ("species in (5)", []),
        ("not (species in ())", [0, 1, 2, 3]),
    ],
)
def test_strings(text: str, kept: list[int]) -> None:
    """Nothing in a string is a pattern, and an empty string is a part of every one."""
    assert all(" LIKE " not in said(text, dialect=dialect) for dialect in PICTURES)
    assert kept == ids(text, {"species": "abc"}, {"species": "%"}, {"species": ""}, {})


@BOTH
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tolower(species) eq '\xe9'", "changes the case of ASCII letters only"),
        ("contains(tolower(species),'\xe9')", "changes the case of ASCII letters only"),
        ("tolower(species) gt 'a'", "what tolower and toupper give can only be compared with constants"),
        ("tolower(species) eq lens", "what tolower and toupper give can only be compared with constants"),
        ("length(tolower(species)) eq 1", "what tolower and toupper give can only be compared with constants"),
        ("contains(meta/a,meta/b)", "two values of a JSON column can be lists"),
        ("substring(species,rating) eq 'x'", "substring needs constant integers"),
        ("substring(species,1e0) eq 'x'", "substring needs constant integers"),
        ("species eq '\ud800'", "has no lone surrogates"),
        ("species eq ['a']", "cannot compare with a constant such as"),
        ("species in [['a']]", "cannot compare with a constant such as"),
        ("species in lens", "only a list of constants"),
        ("rating in [rating,1]", "only a list of constants"),
        ("matchesPattern(species,'a')", "cannot say matchesPattern"),
        ("species/any(x:x eq 1)", "any needs a relationship or a list"),
        ("species/$count eq 1", "only a list in a JSON column and a relationship"),
        ("$it eq 1", "a row or a relationship has no value"),
        ("species/length eq 1", "the name length is not known here"),
        ("@p/any(t:t eq rating)", "this leads to no column"),
    ],
)
def test_what_no_database_says(dialect: str, text: str, message: str) -> None:
    """Refused by name, with its place."""
    assert message in refusal(text, dialect=dialect)


@pytest.mark.parametrize(("function", "change"), [("tolower", str.lower), ("toupper", str.upper)])
def test_every_character_with_an_ascii_case_is_known(function: str, change: Callable[[str], str]) -> None:
    """Databases change ASCII alone, so what else becomes ASCII is replaced beforehand."""
    characters = (chr(code) for code in range(0x80, 0x110000) if not 0xD800 <= code < 0xE000)
    ascii_cases = {
        char: change(char) for char in characters if not change(char).isalpha() or any(map(str.isascii, change(char)))
    }
    wanted = {char: case for char, case in ascii_cases.items() if any(map(str.isascii, case))}
    letters = "".join(char for case in wanted.values() for char in case if char.isascii())
    text = said(f"{function}(species) eq '{letters}'")
    assert all(f"'{char}', '{case}'" in text for char, case in wanted.items())
    assert len(wanted) == text.count("replace(")
    assert 0 == said(f"{function}(species) eq '5'").count("replace(")


def test_dates_and_times() -> None:
    """A field of a date, of a time of day, and of both."""
    local = dt.datetime(2024, 2, 29, 23, 59, 58, 999999)  # noqa: DTZ001 - a local time
    row: dict[str, object] = {"taken": dt.date(2024, 2, 29), "local": local, "hour_of_day": dt.time(7, 8, 9)}
    for text in ("year(taken) eq 2024", "month(local) eq 2", "second(local) eq 58", "minute(hour_of_day) eq 8"):
        assert [0] == ids(text, row, {})
    assert [0] == ids("taken le 2024-02-29", row, {})
    second = said("second(local) eq 58", dialect="postgresql")
    assert "CAST(floor(EXTRACT(second FROM images.local)) AS BIGINT) = 58" == second


def test_guids_and_bytes() -> None:
    """Bound as the column stores them."""
    row: dict[str, object] = {"key": UUID(int=5), "raw": b"ab"}
    assert [0] == ids("key eq 00000000-0000-0000-0000-000000000005", row, {})
    assert [0] == ids("key in (00000000-0000-0000-0000-000000000005)", row, {})
    assert [0] == ids("raw eq binary'YWI'", row, {})
    assert [] == ids("raw gt binary'YQ'", row)


# ---- Columns that are refused -------------------------------------------------------------------------


class Color(enum.Enum):
    """An enumeration."""

    RED = 1


class Upper(sa.types.TypeDecorator[str]):
    """A type that changes what it stores."""

    impl = sa.String
    cache_ok = True


@pytest.mark.parametrize(
    ("dialect", "type_"),
    [
        ("sqlite", sa.Numeric()),
        ("sqlite", sa.Interval()),
        ("sqlite", sa.DateTime(timezone=True)),
        ("sqlite", sa.Time(timezone=True)),
        ("sqlite", sa.Enum(Color)),
        ("sqlite", Upper()),
        ("sqlite", sa.types.NullType()),
        ("sqlite", sa.Float(asdecimal=True)),
        ("postgresql", sa.REAL()),
        ("postgresql", sa.Float(24)),
        ("postgresql", sa.CHAR(3)),
        ("postgresql", sa.Enum(Color)),
        ("postgresql", Upper()),
        ("postgresql", sa.Time(timezone=True)),
        ("postgresql", sa.Uuid(as_uuid=False)),
        ("postgresql", sa.types.NullType()),
    ],
)
def test_types_that_are_not_exact_are_refused(dialect: str, type_: sa.types.TypeEngine[object]) -> None:
    """A column that does not give back what was put in cannot be compared as OData does."""
    assert "cannot say what OData means for a column of type" in refusal(
        "a eq null", sa.table("t", sa.column("a", type_)), dialect
    )


@BOTH
def test_every_type_of_column_can_be_null(dialect: str) -> None:
    """All that the tables here have."""
    for column in IMAGES.c:
        assert "NULL" in said(f"{column.name} eq null", dialect=dialect)


# ---- Names -------------------------------------------------------------------------------------------


def test_an_unknown_name_is_refused_or_null() -> None:
    """Null is what it is in a dict."""
    assert "the name spices is not known here" == refusal("spices eq 'cat'")
    assert [0] == ids("spices eq null", {}, unknown="null")
    assert [0] == ids("spices ne 'a' and spices ne 'b'", {}, unknown="null")
    assert [] == ids("contains(spices,'a') or spices in ('a')", {}, unknown="null")


def test_names_stand_for_columns_and_keys() -> None:
    """With a mapping, no other name is known."""
    names: dict[str, object] = {"kind": "species", "stars": IMAGES.c.rating}
    assert [0] == ids("kind eq 'cat' and stars gt 3", {"species": "cat", "rating": 5}, {}, names=names)
    assert "the name species is not known here" == refusal("species eq 'cat'", names=names)
    assert [0] == ids("camera eq 'R5'", {'the "camera"': "R5"}, {}, target="json", names={"camera": 'the "camera"'})


def test_keys_are_written_and_not_bound() -> None:
    """An index on an expression serves no bound key."""
    assert "json_extract(images.meta, '$.\"a\".\"b\"') = 'x'" == said("a/b eq 'x'", IMAGES.c.meta)
    assert 'images.meta @> CAST(\'{"a": {"b": "x"}}\' AS JSONB)' == said("a/b eq 'x'", IMAGES.c.meta, "postgresql")
    assert "images.meta ->> 'a' IS NULL" == said("a eq null", IMAGES.c.meta, "postgresql")
    assert "(images.meta -> 'it''s') ->> 'b' IS NULL" == said(
        "a/b eq null", IMAGES.c.meta, "postgresql", names={"a": "it's"}
    )


@BOTH
def test_keys_with_u0000_are_refused(dialect: str) -> None:
    """No document that these databases read has one."""
    assert "with U+0000" in refusal("a eq 1", IMAGES.c.meta, dialect, names={"a": "b\0"})
    assert "has no lone surrogates" in refusal("a eq 1", IMAGES.c.meta, dialect, names={"a": "\ud800"})


def test_many_equal_tests_of_a_key_are_one_on_postgresql() -> None:
    """A few are looked for in an index, many in one go; a date is in no document."""
    few, many = (f"a in ({','.join(map(repr, map(str, range(count))))})" for count in (2, 9))
    assert 2 == said(few, IMAGES.c.meta, "postgresql").count("@>")
    assert "images.meta -> 'a' = any(CAST(ARRAY['\"0\"'" in said(many, IMAGES.c.meta, "postgresql")
    assert "false" == said("a eq 2024-02-29", IMAGES.c.meta, "postgresql")
    assert "@> CAST('{\"a\": 0.5}' AS JSONB)" in said("a in (0.5,NaN)", IMAGES.c.meta, "postgresql")
    assert "images.meta @> CAST('{\"a\": 100000000000000000000}' AS JSONB)" == said(
        "a eq 1e20", IMAGES.c.meta, "postgresql"
    )


def test_lists_on_postgresql() -> None:
    """The members are rows of their own."""
    text = said(
        "tags/any(t:t eq 'x' or t/n gt 1) and tags/$count gt 2 and length(tags) eq 3", IMAGES.c.meta, "postgresql"
    )
    assert "EXISTS (SELECT 1 FROM jsonb_array_elements(CASE" in text
    assert "jsonb_array_length(images.meta -> 'tags')" in text
    assert "scale(" in said("a add 1 gt 2", IMAGES.c.meta, "postgresql")


def test_a_json_column_of_a_table_is_an_object() -> None:
    """A path goes into it."""
    assert [0] == ids("meta/a eq 'x' and species eq 'y'", {"meta": {"a": "x"}, "species": "y"}, {})


def test_lambdas_see_what_is_around_them() -> None:
    """A lambda in a lambda, `$it` in both, and a key that a path does not find."""
    row: dict[str, object] = {"tags": [{"n": "x", "parts": ["x", "y"]}], "n": "x", "\xe9": {"a": 1}}
    assert [1] == ids("tags/any(t:t/parts/any(p:p eq 'y' and $it/n eq 'x'))", {"tags": []}, row, target="json")
    assert [1] == ids("\xe9/a eq 1", {}, row, target="json")
    assert [0] == ids("tags/all(t:t/n eq 'y')", {"tags": []}, row, target="json")


def test_a_target_is_a_table_an_entity_or_a_document() -> None:
    """A column of strings has no names."""
    for target in (IMAGES.c.species, 5):
        with pytest.raises(
            UnsupportedFilterError, match="a filter needs a table, a mapped class or a column with JSON"
        ):
            condition(field("a") == 1, target)


# ---- Entities ----------------------------------------------------------------------------------------


class Base(orm.DeclarativeBase):
    """Mapped classes."""


BOOKS_TAGS = sa.Table(
    "books_tags",
    Base.metadata,
    sa.Column("book_id", sa.ForeignKey("books.id")),
    sa.Column("tag_id", sa.ForeignKey("tags.id")),
)


class Country(Base):
    """Where an author lives."""

    __tablename__ = "countries"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str]


class Author(Base):
    """Who writes books."""

    __tablename__ = "authors"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str]
    facts: orm.Mapped[dict[str, Any] | None] = orm.mapped_column(JSON)
    country_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("countries.id"))
    country: orm.Mapped[Country | None] = orm.relationship()
    books: orm.Mapped[list["Book"]] = orm.relationship(back_populates="author")


class Tag(Base):
    """What a book is about."""

    __tablename__ = "tags"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str]


class Book(Base):
    """What is asked for."""

    __tablename__ = "books"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    title: orm.Mapped[str | None]
    author_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("authors.id"))
    author: orm.Mapped[Author | None] = orm.relationship(back_populates="books")
    tags: orm.Mapped[list[Tag]] = orm.relationship(secondary=BOOKS_TAGS)
    first_tag: orm.Mapped[Tag | None] = orm.relationship(secondary=BOOKS_TAGS, uselist=False, viewonly=True)


ANN = {"name": "ann", "facts": {"born": 1980}, "country": {"name": "no"}}
BOB = {"name": "bob", "facts": None, "country": None}
LIBRARY: list[dict[str, Any]] = [
    {"title": "A", "author": ANN, "tags": [{"name": "x"}, {"name": "y"}]},
    {"title": "B", "author": ANN, "tags": [{"name": "x"}]},
    {"title": "C", "author": BOB, "tags": []},
    {"title": None, "author": None, "tags": [{"name": "y"}]},
]


def library() -> orm.Session:
    """A session with the books of `LIBRARY`."""
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    Base.metadata.create_all(engine)
    session = orm.Session(engine)
    tags = {name: Tag(name=name) for name in "xy"}
    ann = Author(name="ann", facts={"born": 1980}, country=Country(name="no"))
    authors = {"ann": ann, "bob": Author(name="bob", facts=None), None: None}
    for book in LIBRARY:
        author = authors[(book["author"] or {}).get("name")]
        session.add(Book(title=book["title"], author=author, tags=[tags[tag["name"]] for tag in book["tags"]]))
        session.flush()
    return session


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("title eq 'A'", [1]),
        ("author/name eq 'ann'", [1, 2]),
        ("author/name ne 'ann'", [3, 4]),
        ("author/country/name eq 'no'", [1, 2]),
        ("author/country/name eq null", [3, 4]),
        ("author eq null", [4]),
        ("author/country ne null", [1, 2]),
        ("author/facts/born gt 1970", [1, 2]),
        ("tags/any(t:t/name eq 'x')", [1, 2]),
        ("tags/all(t:t/name eq 'x')", [2, 3]),
        ("tags/any()", [1, 2, 4]),
        ("not tags/any()", [3]),
        ("tags/any(t:t/name eq 'x' and $it/title eq 'A')", [1]),
        ("tags/any(t:t/name eq 'y') and author/name eq 'ann'", [1]),
    ],
)
def test_relationships_are_paths_and_collections(text: str, kept: list[int]) -> None:
    """`any` is EXISTS, `all` NOT EXISTS; the nested dicts say the same."""
    parsed = Filter.parse(text)
    assert kept == [at for at, book in enumerate(LIBRARY, 1) if parsed.matches(book)]
    with library() as session:
        assert kept == list(session.scalars(sa.select(Book.id).where(condition(parsed, Book)).order_by(Book.id)))
        other = orm.aliased(Book)
        assert kept == list(session.scalars(sa.select(other.id).where(condition(parsed, other)).order_by(other.id)))
    session.get_bind().dispose()  # type: ignore[union-attr] # an engine


def test_collections_behind_a_path() -> None:
    """The other books of a book's author, and a lambda in a lambda."""
    with library() as session:
        for text, kept in {
            "author/books/any(b:b/title eq 'B')": [1, 2],
            "author/books/all(b:b/title eq 'C')": [3, 4],
            "author/books/$count eq 2": [1, 2],
            "author/books/any(b:b/tags/any(t:t/name eq 'y' and $it/title eq 'B'))": [2],
        }.items():
            made = condition(Filter.parse(text), Book)
            assert kept == list(session.scalars(sa.select(Book.id).where(made).order_by(Book.id)))
        books = condition(Filter.parse("books/$count gt 1"), Author)
        assert ["ann"] == list(session.scalars(sa.select(Author.name).where(books)))
    session.get_bind().dispose()  # type: ignore[union-attr] # an engine


def test_what_relationships_do_not_say() -> None:
    """A third table stands between; a collection is no value."""
    assert "a path through a relationship with a third table" in refusal("first_tag/name eq 'x'", Book)
    assert "only a list in a JSON column and a relationship without a third table" in refusal("tags/$count eq 1", Book)
    assert "has no value that can be compared" in refusal("tags eq null", Book)
    assert "the name name is not known here" in refusal("tags/name eq null", Book)


# ---- Dialects, caches and sizes -----------------------------------------------------------------------


def test_a_condition_without_a_dialect_is_for_each() -> None:
    """The statement chooses when it is made; another database is refused."""
    made = condition(field("a") == "x", IMAGES.c.meta)
    assert "json_extract" in str(made.compile(dialect=PICTURES["sqlite"]))
    assert "@>" in str(made.compile(dialect=PICTURES["postgresql"]))
    assert "json_extract" in str(made)
    query = str(sa.select(IMAGES.c.id).where(made).compile(dialect=PICTURES["sqlite"]))
    assert "= 1" not in query
    assert query.endswith(" = ?)")
    with pytest.raises(sa.exc.CompileError, match="sqlite and postgresql, not for mysql"):
        made.compile(dialect=mysql.dialect())


def test_what_one_database_refuses_is_refused() -> None:
    """Unless the other one is named."""
    f = Filter.parse("score eq views")
    with pytest.raises(UnsupportedFilterError) as caught:
        condition(f, IMAGES)
    assert "PostgreSQL compares" in caught.value.message
    assert (0, 14) == (caught.value.position, caught.value.end)
    assert said(f).startswith("images.score = images.views OR ")


def test_statements_are_cached_by_shape() -> None:
    """Other values make no other statement, and other keys do."""
    keys = [
        condition(Filter.parse(text), IMAGES.c.meta)._generate_cache_key()  # noqa: SLF001 - the only sign of it
        for text in ("a eq 'x'", "a eq 'y'", "b eq 'x'")
    ]
    assert keys[0] == keys[1]
    assert [0] == ids("a eq 'x'", {"a": "x", "b": 1}, target="json")
    assert [0] == ids("b eq 'x'", {"b": "x", "a": 1}, target="json")


def test_every_value_is_bound() -> None:
    """None stands in the statement; a path to a key does, quoted."""
    made = condition(field("species") == "'; DROP TABLE images; --", IMAGES, dialect="sqlite").compile(
        dialect=PICTURES["sqlite"]
    )
    assert ["'; DROP TABLE images; --"] == list(made.params.values())
    assert "DROP" not in str(made)


def test_what_is_too_long_or_too_deep_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drivers bind a limited number of values, SQLite reads a limited depth, and both would fail later."""
    monkeypatch.setattr(databases, "MAX_CONSTANTS", 3)
    assert "this is too long for SQLite: 4 constants" in refusal("species in ('a','b','c','d')")
    deep = "species"
    for _ in range(30):
        deep = f"trim({deep})"
    assert "this is nested too deeply for SQLite" in refusal(f"{deep} eq 'x'")


def test_thousands_of_terms_are_folded() -> None:
    """A chain is as deep as it is long for SQLite, which stops at 1,000 levels."""
    assert [0] == ids(" or ".join(f"rating gt {number}" for number in range(5, 1205)), {"rating": 6}, {})
    assert "images.rating IN (1, 2, 3)" == said("rating eq 1 or rating eq 2 or rating eq 3")
    assert "IS NULL OR" in said("species ne 'a' and species ne 'b' and rating gt 1 and lens ne 'c'")
    assert "NOT IN ('a', 'b')" in said("not (species eq 'a' or species eq 'b')")
    assert said("rating gt 1") == said("not (not (rating gt 1))")
    assert [1] == ids(
        "not (species eq 'a' and rating gt 1 or lens eq 'x')", {"species": "a", "rating": 2}, {"species": "b"}
    )
    assert [0] == ids("(species eq 'a' or species eq 'b') eq true", {"species": "a"}, {"rating": 1})
    assert [0] == ids("(species ne 'a' and species ne 'b') eq false", {"species": "a"}, {"rating": 1})


# ---- Splitting -----------------------------------------------------------------------------------------


def test_split_leaves_the_rest_for_the_rows() -> None:
    """The database keeps more rows than the filter, and the rest keeps the right ones among them."""
    f = Filter.parse("rating gt 3 and matchesPattern(species,'^c') and score eq views")
    made, rest = split(f, IMAGES)
    assert "(images.rating > :param_1)" == str(made)
    assert "matchesPattern(species,'^c') and score eq views" == str(rest)
    made, rest = split(f, IMAGES, dialect="sqlite")
    assert "matchesPattern(species,'^c')" == str(rest)
    made, rest = split(Filter.parse("matchesPattern(species,'^c')"), IMAGES)
    assert ("true", "matchesPattern(species,'^c')") == (str(made), str(rest))
    trimmed = "trim(" * 10 + "species" + ")" * 10
    nested = Filter.parse(f"matchesPattern(lens,'x') and not ({trimmed} eq 'a' or {trimmed} eq lens)")
    assert "matchesPattern(lens,'x')" == str(split(nested, IMAGES, dialect="sqlite")[1])
    made, rest = split(Filter.parse("rating gt 3"), IMAGES, dialect="sqlite")
    assert ("images.rating > :param_1", None) == (str(made), rest)


def test_parts_that_are_too_long_together_are_left_for_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each could be said alone."""
    monkeypatch.setattr(databases, "MAX_CONSTANTS", 3)
    f = Filter.parse("species in ('a','b') and lens in ('c','d') and matchesPattern(lens,'x')")
    made, rest = split(f, IMAGES)
    assert ("true", f) == (str(made), rest)


def test_databases_say_the_parts_that_they_name() -> None:
    """Both say the same parts, of operands of the types that they have."""
    assert {"SQLite", "PostgreSQL"} == {database.capabilities.name for database in DATABASES.values()}
