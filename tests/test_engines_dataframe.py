"""Filters on dataframes: the same rows as on dicts, on each engine that is installed, or a refusal by name.

ODATA_FILTER_ENGINE_FILTERS says how many generated filters each engine is asked, by default 40; Spark gets a tenth, but
at least 20.
"""

import datetime as dt
import importlib
import importlib.util
import os
import random
import sys
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

if importlib.util.find_spec("narwhals") is None:
    pytest.skip("the extra dataframe is not installed", allow_module_level=True)


import narwhals as nw

from framecases import (
    COLUMNS,
    ENGINES,
    HOSTILE,
    Engine,
    Writer,
    as_seen,
    disagreements,
    kept_at,
    of_arrow,
    rows,
    spark_session,
    wanted_at,
)
from odata_filter import Filter, FilterEvaluationError, FilterValidationError, UnsupportedFilterError, any_of, field
from odata_filter.engines.dataframe import count, expression, select

FILTERS = int(os.environ.get("ODATA_FILTER_ENGINE_FILTERS", "40"))
MANY = FILTERS >= 2000
NOON = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)

pytestmark = pytest.mark.filterwarnings("ignore:Dask support is moving:FutureWarning")


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.spark) if name == "PySpark" else name for name in ENGINES])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine that is installed."""
    return installed(request.param)


def installed(name: str) -> Engine:
    """An engine, unless it cannot run here."""
    found = ENGINES[name]
    if not found.is_installed:
        pytest.skip(f"{found.package} or what it needs is not installed")
    return found


def polars() -> Any:
    """Polars, if it is there."""
    return pytest.importorskip("polars", reason="polars is not installed")


def ats(text: str, frame: object, **options: Any) -> list[int]:
    """The numbers of the rows that a filter keeps of a frame."""
    found = select(Filter.parse(text), frame, **options)
    assert len(kept_at(found)) == count(Filter.parse(text), frame, **options)
    return kept_at(found)


# ---- Agreement -------------------------------------------------------------------------------------


def test_generated_filters_keep_the_rows_that_they_keep_of_dicts(engine: Engine) -> None:
    """Nulls, gaps, odd strings, large numbers, dates and moments: the same rows, or a refusal with its place."""
    wanted = max(20, FILTERS // 10) if engine.package == "pyspark" else FILTERS
    found = list(disagreements(engine, wanted, seed=wanted))
    assert [] == [one for one in found if one not in {None, "refused"}]
    assert found.count("refused") < len(found) / 2


SAMPLE: list[dict[str, Any]] = [
    {"at": 0, "s": "abc", "i": 7, "j": 2, "f": 1.5, "b": True, "t": NOON},
    {"at": 1, "s": "", "i": -7, "j": -2, "f": -2.5, "b": False, "t": NOON.replace(year=1968)},
    {"at": 2},
    {"at": 3, "s": "a%", "i": 2**53 + 1, "j": 0, "f": 0.5, "b": True, "t": NOON.replace(minute=30)},
    {"at": 4, "s": "x", "i": 2**63 - 1, "j": 5, "f": float("inf"), "t": NOON.replace(hour=23)},
    {"at": 5, "i": -(2**63), "j": 127, "f": 0.49999999999999994, "b": False},
]


@pytest.mark.parametrize(
    "text",
    [
        "s ne 'abc'",
        "not (s gt 'abc')",
        "not contains(s,'b')",
        "s eq null or not (s ne null)",
        "s ge null",
        "s eq 1 or s ne 1",
        "not b",
        "b eq (f gt 1)",
        "i add 1 gt 5 and 3 sub i lt 0",
        "i mul -2 le 14",
        "i mul 0 eq 0",
        "not (f gt 1)",
        "f gt 9007199254740993",
        "round(f) eq 1 or floor(f) eq -3 or ceiling(f) eq 1",
        "s in ('abc','x',null,1)",
        "not (s in ('abc','x'))",
        "i in (7,9007199254740993,1.5)",
        "f in (0.5,NaN,1)",
        "s eq 'abc' or s eq 'x' or s eq 'y'",
        "s ne 'abc' and s ne 'x'",
        "not (s eq 'abc' or s eq 1)",
        "true",
        "not false and null",
        "f",
        "f add 1 eq 2.5",
        "not (length(s) gt 2)",
        "startswith(concat(s,'!'),'a') and endswith(s,'%')",
        "substring(s,1) eq 'bc' or substring(s,0,1) eq 'x' or substring(s,-1) eq '%'",
        "length(s) ge 0 and trim(s) eq 'x'",
        "i lt 1e30 and i gt -INF and not (i eq NaN)",
        "i le 9223372036854775808",
        "i ne 0.5",
        "'abc' eq s",
        "10 gt j",
        "s eq @p",
        "s in @q",
        "s in @five or s in @none",
        "not (i add 1)",
        "i sub 0.5 lt 9",
    ],
)
def test_a_filter_keeps_the_rows_that_it_keeps_of_dicts(text: str, engine: Engine) -> None:
    """Each rule of the semantics by name, on each engine."""
    if engine.package == "ibis" and "trim" in text:
        pytest.skip("Ibis has no trim of these characters")
    frame = engine.frame(SAMPLE)
    given = {"@p": "abc", "@q": ["x", None], "@five": 5}
    seen = as_seen(engine, SAMPLE, frame)
    expected = [row["at"] for row in Filter.parse(text).select(seen, parameters=given)]
    assert expected == ats(text, frame, parameters=given)


@pytest.mark.parametrize("name", ["Polars", "PyArrow", "DuckDB", "Ibis", "pandas nullable"])
def test_quotients_are_cut_towards_zero(name: str) -> None:
    """On engines that round down as well, and on those that divide in floating numbers."""
    frame = installed(name).frame(SAMPLE)
    for text in ("i mod 5 eq -2", "j mod -3 eq -2", "j div 3 eq 0", "j div -2 eq 1", "j mod 2 eq 1"):
        assert wanted_at(Filter.parse(text), SAMPLE) == ats(text, frame)
    if name == "Ibis":
        with pytest.raises(UnsupportedFilterError, match="Ibis has no exact div of 64-bit integers"):
            count(Filter.parse("i div 2 eq 1"), frame)


# ---- Hostile strings -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in ENGINES if name not in {"PySpark", "Dask", "Ibis", "Polars lazy"}])
def test_a_hostile_value_means_itself(name: str) -> None:
    """Every string of the list is compared as it is, and looked for as it is."""
    engine = installed(name)
    data = [{"at": at, "s": text} for at, text in enumerate(HOSTILE)]
    frame = engine.frame(data)
    for value in (*HOSTILE, "\x00", "a\x00b"):
        for wanted in (field("s") == value, field("s") != value, field("s").contains(value), field("s").is_in([value])):
            assert wanted_at(wanted, data) == kept_at(select(wanted, frame))


QUICK = {"eq", "contains", "startswith"}
TESTS: dict[str, Callable[[str], Filter]] = {
    "eq": lambda value: field("s") == value,
    "ne": lambda value: field("s") != value,
    "in": lambda value: field("s").is_in([value, f"{value}!"]),
    "order": lambda value: (field("s") >= value) & ~(field("s") > value),
    "contains": lambda value: field("s").contains(value),
    "startswith": lambda value: field("s").startswith(value),
    "endswith": lambda value: ~field("s").endswith(value),
}


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("name", ["Polars lazy", "Dask", "Ibis", pytest.param("PySpark", marks=pytest.mark.spark)])
def test_hostile_values_mean_themselves_in_one_condition(name: str, test: str) -> None:
    """On engines that take long for each question every string is asked about at once: of its own row and another."""
    if name == "PySpark" and test not in QUICK and not MANY:
        pytest.skip("Spark takes 10 seconds for each: the others only in the thorough run")
    pairs = [*zip(HOSTILE, HOSTILE, strict=True), *zip(HOSTILE, (*HOSTILE[1:], HOSTILE[0]), strict=True)]
    data: list[dict[str, Any]] = [{"at": at, "s": text} for at, (text, _) in enumerate(pairs)]
    wanted = any_of((field("at") == at) & TESTS[test](value) for at, (_, value) in enumerate(pairs))
    assert wanted_at(wanted, data) == kept_at(select(wanted, installed(name).frame(data)))


@pytest.mark.parametrize(
    "name", ["pandas", "Polars", "PyArrow", "DuckDB", "Dask", "Ibis", pytest.param("PySpark", marks=pytest.mark.spark)]
)
def test_a_hostile_name_of_a_column_means_itself(name: str) -> None:
    """A name of the filter may stand for a column of any name; the column is named, never pasted into a text."""
    installed(name)
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    keys = [key for key in HOSTILE if key and key not in {"*", "^a$"}]
    # Names that differ by case alone are one to some engines.
    first = list({key.lower(): key for key in keys}.values())
    for some in (first, [key for key in keys if key not in first]):
        places = range(len(some))
        columns = {key: pa.array(["x" if at == own else None for at in places]) for own, key in enumerate(some)}
        frame = of_arrow(name, pa.table({"at": pa.array(places), **columns}))
        names = {"at": "at", **{f"k{at}": key for at, key in enumerate(some)}}
        wanted = any_of((field("at") == at) & (field(f"k{at}") == "x") for at in places)
        assert list(places) == kept_at(select(wanted, frame, names=names))


@pytest.mark.parametrize("key", ["*", "^a$"])
def test_a_name_that_is_a_pattern_of_names_is_refused(key: str) -> None:
    """Polars would read it as all the columns that it matches."""
    with pytest.raises(UnsupportedFilterError, match="a pattern of names"):
        count(Filter.parse("x eq 'abc'"), polars().DataFrame({"at": [0], key: ["abc"]}), names={"x": key})


def test_a_lone_surrogate_is_refused() -> None:
    """It is no character, so that no column of text holds it, and engines cannot be asked for it."""
    with pytest.raises(UnsupportedFilterError, match="lone surrogate"):
        select(Filter.parse("s eq '\ud800'"), polars().DataFrame({"s": ["a"]}))


# ---- Big filters -----------------------------------------------------------------------------------


CHAIN = any_of(field("i") == number for number in range(5000))


def test_5000_tests_of_one_property_are_one(engine: Engine) -> None:
    """Equal-tests become one `in`, whichever way they are written."""
    frame = engine.frame(SAMPLE)
    assert [0] == kept_at(select(CHAIN, frame))
    assert [1, 2, 3, 4, 5] == kept_at(select(~CHAIN, frame))


@pytest.mark.parametrize("outer", ["and", "or"])
def test_many_different_tests_are_folded_in_balance(outer: str, engine: Engine) -> None:
    """A chain that cannot be joined is no deeper than its logarithm: 5,000 tests, or a part of them by default."""
    data = rows(random.Random(7), 40)  # noqa: S311 - only examples
    names = {name: pool for name, pool in COLUMNS.items() if name in {"s", "u", "j"}}
    wanted = Writer(random.Random(1), names).chain(5000 if MANY else 200, outer)  # noqa: S311 - likewise
    frame = engine.frame(data)
    assert wanted_at(wanted, as_seen(engine, data, frame)) == kept_at(select(wanted, frame))


# ---- Where properties live -------------------------------------------------------------------------

NESTED: list[dict[str, Any]] = [
    {"at": 0, "meta": {"key1": "x", "size": 3}, "tags": {"key1": "x"}},
    {"at": 1, "meta": {"key1": None, "size": None}, "tags": {}},
    {"at": 2, "meta": None, "tags": None},
    {"at": 3, "meta": {"key1": "y", "size": 5}, "tags": {"key1": "y", "key 2": "z"}},
]


def nested(name: str) -> Any:
    """Rows with a struct and a map as an engine's frame."""
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    types = {
        "at": pa.int64(),
        "meta": pa.struct({"key1": pa.string(), "size": pa.int64()}),
        "tags": pa.map_(pa.string(), pa.string()),
    }
    data = [{**row, "tags": None if row["tags"] is None else list(row["tags"].items())} for row in NESTED]
    table = pa.Table.from_pylist(data, pa.schema(types))
    installed(name)
    return of_arrow(name, table)


@pytest.fixture(params=["Polars", "PyArrow", "DuckDB", "Ibis", "pandas Arrow"])
def nest(request: pytest.FixtureRequest) -> Any:
    """Nested rows on each engine that has such columns."""
    return nested(request.param)


@pytest.mark.parametrize(
    ("text", "within", "expected"),
    [
        ("key1 eq 'x'", "meta", [0]),
        ("key1 ne 'x'", "meta", [1, 2, 3]),
        ("size gt 3", "meta", [3]),
        ("key1 eq 'x'", "tags", [0]),
        ("not (key1 eq 'x')", "tags", [1, 2, 3]),
        ("other eq null", "tags", [0, 1, 2, 3]),
        ("key1 eq 1", "tags", []),
        ("meta/key1 eq 'y' and meta/size eq 5", None, [3]),
        ("tags/key1 eq 'y'", None, [3]),
        ("at/key1 eq null", None, [0, 1, 2, 3]),
        ("$it/at eq 1 or $this/at eq 2", None, [1, 2]),
    ],
)
def test_properties_may_live_in_a_struct_or_a_map(
    nest: Any, text: str, within: str | None, expected: list[int]
) -> None:
    """`within` names the column; an absent key of a map is null, and so is everything in a null one."""
    assert expected == ats(text, nest, **({} if within is None else {"within": within}))


ODD_FIELDS = {"*", "^a$", ".*", "[a-z]"}
"""Names of fields that an engine reads as a pattern or as a path."""


@pytest.mark.parametrize("form", ["map", "struct"])
@pytest.mark.parametrize("name", ["Polars", "PyArrow", "DuckDB", "Ibis", "pandas Arrow"])
def test_a_hostile_key_means_itself(name: str, form: str) -> None:
    """A name of the filter may stand for any key of a map and any field of a struct, and finds no other."""
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    installed(name)
    # Names of fields that differ by case alone are one to some engines, and none may be empty.
    keys = list({key.lower(): key for key in HOSTILE if key}.values())
    fields = [pa.field(key, pa.string()) for key in keys]
    type_ = pa.map_(pa.string(), pa.string()) if form == "map" else pa.struct(fields)
    cells = [[(key, "x")] if form == "map" else {key: "x"} for key in keys]
    frame = of_arrow(name, pa.table({"at": pa.array(range(len(keys))), "tags": pa.array(cells, type_)}))
    for at, key in enumerate(keys):
        if form == "struct" and key in ODD_FIELDS:
            with pytest.raises(UnsupportedFilterError, match="may take the field"):
                count(field("k") == "x", frame, names={"k": key}, within="tags")
            continue
        assert [at] == kept_at(select(field("k") == "x", frame, names={"k": key}, within="tags"))


def test_names_stand_for_columns() -> None:
    """With `names` only they are known; they may be paths, and lead into structs."""
    frame = nested("Polars")
    given = {"species": "at", "a/b": "meta", "tag": "tags"}
    assert [3] == ats("species ge 2 and a/b/key1 eq 'y' and tag/key1 eq 'y'", frame, names=given)
    assert [0] == ats("k eq 'x'", frame, names={"k": "key1"}, within="meta")
    with pytest.raises(UnsupportedFilterError, match="there is no column for at"):
        select(Filter.parse("at eq 1"), frame, names=given)


@pytest.mark.parametrize("text", ["other eq 1", "meta/other eq 1", "a/b eq null"])
def test_an_unknown_name_is_refused_unless_it_may_be_null(text: str) -> None:
    """A misspelt name is no property that all rows lack, unless the caller says so."""
    frame = nested("Polars")
    for rest in ("refuse", "rows"):
        with pytest.raises(UnsupportedFilterError, match="there is no column for") as caught:
            select(Filter.parse(text), frame, rest=rest)
        assert 0 == caught.value.position
    assert ([0, 1, 2, 3] if "null" in text else []) == ats(text, frame, unknown="null")
    assert [0, 1, 2, 3] == ats("other add 1 eq null and length(other) eq null", frame, unknown="null")


def test_a_column_that_properties_live_in_has_to_be_there() -> None:
    """And it is a struct or a map."""
    for within in ("at", "other"):
        with pytest.raises(FilterValidationError, match="there is no struct or map column"):
            count(Filter.parse("a eq 1"), nested("Polars"), within=within)


def test_a_frame_is_a_dataframe_with_columns() -> None:
    """Anything else is refused as what it is."""
    with pytest.raises(FilterValidationError, match="a list is no dataframe"):
        count(Filter.parse("a eq 1"), [{"a": 1}])
    with pytest.raises(FilterValidationError, match="no columns"):
        count(Filter.parse("a eq 1"), polars().DataFrame())


# ---- Types -----------------------------------------------------------------------------------------


def typed() -> tuple[Any, list[dict[str, Any]]]:
    """A Polars frame with columns of every type, and its rows."""
    pl = polars()
    frame = pl.DataFrame(
        {
            "at": [0, 1, 2],
            "tiny": pl.Series([-128, 127, None], dtype=pl.Int8),
            "byte": pl.Series([0, 255, None], dtype=pl.UInt8),
            "huge": pl.Series([2**64 - 1, 0, None], dtype=pl.UInt64),
            "single": pl.Series([0.1, 2.5, None], dtype=pl.Float32),
            "category": pl.Series(["b", "a", None], dtype=pl.Categorical),
            "choice": pl.Series(["b", "a", None], dtype=pl.Enum(["b", "a"])),
            "milli": pl.Series([NOON, NOON.replace(hour=1), None], dtype=pl.Datetime("ms", "UTC")),
            "zoned": pl.Series([NOON, NOON.replace(hour=1), None], dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone(
                "Europe/Berlin"
            ),
            "money": pl.Series([Decimal("1.10"), Decimal(2), None], dtype=pl.Decimal(10, 2)),
            "took": pl.Series([dt.timedelta(1), dt.timedelta(2), None]),
            "clock": pl.Series([dt.time(1), dt.time(2), None]),
            "blob": pl.Series([b"a", b"b", None]),
            "list": pl.Series([["a"], [], None], dtype=pl.List(pl.String)),
            "void": pl.Series([None, None, None]),
        }
    )
    return frame, frame.to_dicts()


@pytest.mark.parametrize(
    "text",
    [
        "tiny lt 200 and tiny gt -200",
        "tiny eq 300 or tiny in (127,300)",
        "tiny add tiny gt 200",
        "tiny mul byte gt 5",
        "tiny div 2 eq -64 or tiny div -3 eq -42",
        "tiny mod 10 eq -8",
        "tiny add 0.5 gt 127",
        "byte sub 1 lt 0",
        "huge gt 9223372036854775807 and huge add 1 eq 18446744073709551616",
        "single lt 0.1 or single gt 0.1",
        "single add tiny gt 0",
        "tiny gt single",
        "category gt 'a' or category eq 'a'",
        "choice gt 'a' and contains(choice,'b')",
        "milli lt 2024-02-29T11:59:59.999999Z",
        "zoned eq 2024-02-29T13:00:00+01:00 or hour(zoned) eq 2",
        "zoned in (2024-02-29T12:00:00Z,null)",
        "date(zoned) eq 2024-02-29",
        "money eq null",
        "took ne null and took eq 1",
        "clock eq 1",
        "not (clock gt 1)",
        "blob eq 'a'",
        "list eq null or list eq 1",
        "contains(list,'a')",
        "void eq null",
        "year(category) eq 1",
        "- category eq 1",
        "-tiny eq 128",
        "-single lt 0",
        "category add 1 eq null",
        "milli sub 1 eq null",
        "length(null) eq null",
        "null add 1 eq null",
        "not category",
        "tiny div 0 eq null",
        "single div 0 gt 1 or single mul 2 gt 4.9",
        "1 div single gt 5",
        "single div single eq 1",
        "single sub 1e0 lt 0",
        "floor(tiny) eq 127",
        "2 sub tiny eq 130",
        "contains('abc',category)",
        "concat(category,choice) eq 'bb'",
        "milli lt now()",
        "'a' in [category,choice]",
        "tiny in [byte,-128]",
        "single in (2.5,1e400) or single eq NaN or single ne NaN",
        "single lt 100000000000000000000000000001 and single ne 9007199254740993 and not (single ge 9007199254740993)",
        "(tiny gt 1) in (true,null)",
        "(tiny gt 1 and (category eq 1 or byte gt 2)) eq null",
        "(category eq 1) eq (byte eq 'x')",
        "true gt (tiny gt 1)",
        "tiny le INF and tiny gt -INF and tiny ne NaN and tiny ne 0.5",
        f"single lt {10**400} and single gt -{10**400}",
        "byte div 2 eq 127",
        "tiny mul 2 add 1 gt byte",
        "tiny eq INF or tiny lt -INF or tiny in (NaN,127)",
        "(tiny add 1.0 add byte) gt 5",
        "tolower(category) eq 'a' or toupper(category) eq 'B'",
    ],
)
def test_a_type_of_a_column_decides_what_a_filter_means(text: str) -> None:
    """Before any row is seen: what does not fit is null, and small numbers never overflow."""
    frame, data = typed()
    found = [row["at"] for row in Filter.parse(text).select(data, on_error="null", now=NOON)]
    assert found == ats(text, frame, on_error="null", now=NOON)


@pytest.mark.parametrize(
    ("text", "reason", "position"),
    [
        ("at eq 1 and money gt 1", "does not say what this column holds", 12),
        ("void eq 1", "does not say what this column holds", 0),
        ("void add 1 eq 1", "does not say what this column holds", 0),
        ("-void eq 1", "does not say what this column holds", 0),
        ("length(void) eq 1", "does not say what this column holds", 0),
        ("not void", "does not say what this column holds", 4),
        ("took gt duration'P1D'", "cannot compare values of the type Edm.Duration", 0),
        ("took gt 'P1D'", "cannot compare values of the type Edm.Duration", 0),
        ("blob eq binary'YQ'", "cannot compare values of the type Edm.Binary", 0),
        ("-took eq took", "does not compute with durations", 0),
        ("took add took eq took", "does not compute with dates and durations", 0),
        ("length(list) eq 1", "does not look into a collection", 0),
        ("at in list", "does not look into a collection", 6),
        ("indexof(category,'a') eq 1", "Polars cannot say indexof", 0),
        ("list/any(x:x eq 'a')", "Polars cannot say any", 0),
        ("case(true:1) eq at", "Polars cannot say case", 0),
        ("at divby 2 eq 1", "no exact quotient of decimal numbers", 0),
        ("at div tiny eq 1", "which may be zero", 0),
        ("at div 99999999999999999999 eq 1", "outside the range", 0),
        ("huge add at eq 1 and at mul at mul at eq 1", "outside the range of 64-bit integers", 21),
        ("at mod 0 eq 1", "division by zero", 0),
        ("1 div 0 eq at", "it fails for every row", 0),
        ("single mod 2 eq 1", "no exact mod", 0),
        ("at add 0.5 eq 1e0", "a decimal number is compared with a floating one", 0),
        ("(at add 0.5) in (1e0,2)", "a decimal number is compared with a floating one", 0),
        ("at add 0.5 eq tiny", "a decimal number is computed with", 0),
        ("round(at add 0.5) eq 1", "does not round decimal numbers", 0),
        ("at gt single", "cast the column to Int32", 0),
        ("at add 0.5 add INF eq 1", "a decimal number is computed with", 0),
        ("[1] eq null", "Polars cannot say collection", 0),
        ("substring(category,at) eq 'x'", "cuts at constants only", 0),
        ("substring('abc',at) eq 'x'", "cuts at constants only", 0),
        ("substring(category,-2,1) eq 'x'", "a negative start or length", 0),
        ("huge mul huge gt 1", "outside the range of 64-bit integers", 0),
        ("@p eq at", "an alias", 0),
        ("at add @inf eq at", "not finite", 0),
        ("at add 0.5 mul tiny eq 1", "a decimal number is computed with", 0),
        ("at add 0.5 add tiny eq 1", "a decimal number is computed with", 0),
        ("$it eq at", "has no words for this part", 0),
    ],
)
def test_what_an_engine_cannot_say_is_refused_by_name(text: str, reason: str, position: int) -> None:
    """The error says which part it is, and where."""
    frame, _ = typed()
    with pytest.raises(UnsupportedFilterError, match=reason) as caught:
        count(Filter.parse(text), frame, parameters={"@p": Filter.parse("1"), "@inf": Decimal("Infinity")})
    assert (position, text) == (caught.value.position, caught.value.source)


def test_case_is_folded_as_python_folds_it() -> None:
    """`tolower` and `toupper` of every character, but for letters that Python's tables do not know yet."""
    pl = polars()
    every = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    series = pl.Series(every)
    folds: tuple[tuple[Any, Any], ...] = (
        (str.lower, series.str.to_lowercase()),
        (str.upper, series.str.to_uppercase()),
    )
    for by_python, by_polars in folds:
        odd = [(char, found) for char, found in zip(every, by_polars, strict=True) if by_python(char) != found]
        assert [] == [pair for pair in odd if "Cn" not in {unicodedata.category(char) for char in "".join(pair)}]


# ---- What is left for rows -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "s ne 'abc' and indexof(s,'%') eq 1",
        "indexof(s,'b') eq 1 or i gt 0",
        "s eq 'abc'",
        "matchesPattern(s,'^a') and b",
        "not (i lt 0 or cast(i,Edm.String) eq '7')",
    ],
)
@pytest.mark.parametrize("name", ["pandas", "pandas objects", "Polars", "Polars lazy", "PyArrow", "DuckDB", "Ibis"])
def test_what_an_engine_cannot_say_is_evaluated_on_the_rows_that_come_back(name: str, text: str) -> None:
    """With `rest="rows"` the answer is that of the whole filter, whatever the engine can say of it."""
    engine = installed(name)
    frame = engine.frame(SAMPLE)
    expected = [row["at"] for row in Filter.parse(text).select(as_seen(engine, SAMPLE, frame))]
    assert expected == ats(text, frame, rest="rows")


def test_the_rest_sees_the_properties_where_they_live() -> None:
    """In a struct, in a map, and under the names that the filter has for columns."""
    frame = nested("Polars")
    assert [0] == ats("indexof(key1,'x') eq 0", frame, rest="rows", within="meta")
    assert [3] == ats("indexof(key1,'y') eq 0", frame, rest="rows", within="tags")
    assert [1, 2] == ats(
        "a/n in (1,2) and indexof(x,'x') eq null",
        frame,
        rest="rows",
        names={"a/n": "at", "x": "void"},
        unknown="null",
    )


def test_the_rest_may_fail() -> None:
    """As it does for dicts; with `on_error="null"` it is null."""
    frame = polars().DataFrame({"at": [0, 1], "n": [1, 0]})
    with pytest.raises(FilterEvaluationError, match="div by zero"):
        select(Filter.parse("1 div n eq 1"), frame, rest="rows")
    assert [0] == ats("1 div n eq 1", frame, rest="rows", on_error="null")


def test_names_inside_lambdas_and_casts_are_left_for_rows() -> None:
    """Only names of columns are looked for beforehand."""
    frame = polars().DataFrame({"at": [0, 1], "tags": [["x"], []]})
    assert [0] == ats("tags/any(t:t eq 'x')", frame, rest="rows")
    assert [] == ats("tags/Edm.String/any() and tags/@Ns.Term eq 1", frame, rest="rows")


# ---- Expressions -------------------------------------------------------------------------------------


def test_an_expression_filters_a_narwhals_frame() -> None:
    """It may be joined with others, and it is the same for all rows where the filter is."""
    frame = nw.from_native(polars().DataFrame({"at": [0, 1, 2], "s": ["a", None, "b"]}))
    for text, expected in (("s ne 'a'", [1, 2]), ("true", [0, 1, 2]), ("s eq 1", [])):
        assert expected == kept_at(frame.filter(expression(Filter.parse(text), frame)).to_native())


def test_for_a_schema_an_expression_says_what_all_engines_understand() -> None:
    """The types of the columns are enough, and no engine's own way is relied upon."""
    schema = {"s": nw.String, "i": nw.Int64(), "f": nw.Float64(), "c": nw.Categorical()}
    made = expression(Filter.parse("not contains(s,'b') and i add 1 gt 3 and not (f gt 1)"), schema)
    for name in ("Polars", "pandas", "PyArrow", "DuckDB"):
        frame = nw.from_native(installed(name).frame(SAMPLE))
        assert [3] == kept_at(frame.filter(made).to_native())
    names = {**{name: name for name in schema}, "dotted": "a.b"}
    for text, reason in (
        ("trim(s) eq 'x'", "an unknown engine cannot say trim"),
        ("c eq 'x'", "does not turn the column into String"),
        ("i div 2 eq 1", "no exact div"),
        ("i mul f eq 1", "does not round integers to floats"),
        ("contains(s,s)", "looks for constants only"),
        ("length(s) add length(s) eq 1", "does not compute with this function"),
        ("dotted eq 1", "may take the name a.b for a path"),
    ):
        with pytest.raises(UnsupportedFilterError, match=reason):
            expression(Filter.parse(text), {**schema, "a.b": nw.Int64()}, names=names)


@pytest.mark.parametrize("name", ["Polars lazy", "DuckDB"])
def test_a_condition_is_remembered_for_frames_with_the_same_columns(name: str) -> None:
    """Asked again, of these rows or of others, the answer is that of the rows; columns of other types have another."""
    installed(name)
    wanted = Filter.parse("s ne 'abc' and not (i gt 7)")

    def frame(data: list[dict[str, Any]], *columns: str) -> Any:
        table: Any = ENGINES["PyArrow"].frame(data)
        made = of_arrow(name.partition(" ")[0], table.select(["at", *columns]).rename_columns(["at", "s", "i"]))
        return made.lazy() if name == "Polars lazy" else made

    for data in (SAMPLE, SAMPLE[:3], SAMPLE, SAMPLE[3:]):
        expected = [row["at"] for row in wanted.select(data)]
        assert expected == kept_at(select(wanted, frame(data, "s", "i")))
        assert len(expected) == count(wanted, frame(data, "s", "i"))
    assert [2] == kept_at(select(wanted, frame(SAMPLE, "i", "s")))


def test_options_are_remembered_apart() -> None:
    """And what `now()` and parameters give is not remembered at all."""
    frame = polars().DataFrame({"at": [0, 1], "s": ["a", "b"], "t": [NOON, NOON.replace(year=2996)]}).lazy()
    for _ in range(2):
        assert [0] == ats("x eq 'a'", frame, names={"x": "s"})
        assert [] == ats("x eq 'a'", frame, names={"x": "t"})
        assert [0] == ats("t lt now()", frame)
        assert [0, 1] == ats("t lt now()", frame, now=NOON.replace(year=3004))
        assert [1] == ats("s eq @p", frame, parameters={"@p": "b"})


def test_without_a_way_into_narwhals_nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that keeps its conditions to itself costs time alone."""
    monkeypatch.delattr(nw.Expr, "_to_compliant_expr", raising=True)
    memory = importlib.import_module("odata_filter.engines.frames.native")
    frame = nw.from_native(polars().DataFrame({"a": [1, 2]}).lazy())
    wanted = Filter.parse("a eq 2").expression
    memory.remember(wanted, frame, {}, nw.col("a") == 2)
    assert memory.remembered(wanted, frame.to_native(), {}) is None


def test_without_nan_a_floating_number_is_compared_as_it_is() -> None:
    """`has_nan=False` is a promise; without it NaN is above nothing, whatever the engine says."""
    frame = polars().DataFrame({"at": [0, 1], "f": [2.0, float("nan")]})
    assert [0] == ats("f gt 1", frame)
    assert [0, 1] == ats("f gt 1", frame, has_nan=False)


def test_a_filter_that_grows_too_large_is_refused() -> None:
    """A comparison of conditions asks each for several outcomes, so that a nest of them doubles at each level."""
    text = "b"
    for _ in range(20):
        text = f"({text}) eq (b)"
    nest = text.replace("(b)", "(b ne (s eq 'x'))")
    with pytest.raises(UnsupportedFilterError, match="too large"):
        expression(Filter.parse(nest), {"b": nw.Boolean(), "s": nw.String()})


def test_python_objects_in_pandas_have_the_type_that_they_share() -> None:
    """Large integers stay exact; objects of several types are refused, and null tests of them are not."""
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    columns = {
        "i": [2**53 + 1, None],
        "b": [True, None],
        "f": [1.5, 2],
        "d": [dt.date(2024, 1, 1), None],
        "t": [NOON, None],
    }
    frame = pd.DataFrame({"at": [0, 1], **{name: pd.Series(cells, dtype=object) for name, cells in columns.items()}})
    assert [0] == ats("i eq 9007199254740993 and b and t eq 2024-02-29T12:00:00Z and d ne null and f ne null", frame)
    assert [1] == ats("i eq null and b ne true", frame)
    for text in ("f gt 1", "d gt 2023-01-01"):
        with pytest.raises(UnsupportedFilterError, match=r"frame\.convert_dtypes"):
            count(Filter.parse(text), frame)


# ---- Spark -------------------------------------------------------------------------------------------


@pytest.mark.spark
@pytest.mark.parametrize("form", ["map", "struct"])
def test_hostile_keys_mean_themselves_on_spark(form: str, tmp_path: Path) -> None:
    """Every second key in one condition, because Spark takes long for each."""
    installed("PySpark")
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    keys = [key for key in {key.lower(): key for key in HOSTILE if key}.values() if key not in ODD_FIELDS]
    fields = [pa.field(key, pa.string()) for key in keys]
    type_ = pa.map_(pa.string(), pa.string()) if form == "map" else pa.struct(fields)
    cells = [[(key, "x")] if form == "map" else {key: "x"} for key in keys]
    table = pa.table({"at": pa.array(range(len(keys))), "tags": pa.array(cells, type_)})
    parquet.write_table(table, tmp_path / "rows.parquet")
    wanted = any_of(field(f"k{at}") == "x" for at in range(0, len(keys), 2))
    names = {f"k{at}": key for at, key in enumerate(keys)}
    frame = spark_session().read.parquet(str(tmp_path))
    assert list(range(0, len(keys), 2)) == kept_at(select(wanted, frame, names=names, within="tags"))


@pytest.mark.spark
def test_a_dot_in_the_name_of_a_column_leads_nowhere() -> None:
    """Spark would read the field `b` of the struct `a`."""
    installed("PySpark")
    frame = spark_session().createDataFrame([(0, {"b": 1}, 2)], "at long, a struct<b: long>, `a.b` long")
    assert [0] == ats("a/b eq 1 and c eq 2", frame, names={"a": "a", "c": "a.b"})


@pytest.mark.spark
def test_spark_filters_while_it_scans(tmp_path: Path) -> None:
    """The README's example: a folder of Parquet files is counted, and the plan has the condition in the scan."""
    installed("PySpark")
    table: Any = ENGINES["PyArrow"].frame(SAMPLE)
    for number in range(2):
        pytest.importorskip("pyarrow.parquet").write_table(table, tmp_path / f"{number}.parquet")
    images = spark_session().read.parquet(str(tmp_path))
    wanted = Filter.parse("s in ('abc','x') and not (i le 3)")
    assert 4 == count(wanted, images)
    plan = select(wanted, images)._jdf.queryExecution().toString()  # noqa: SLF001 - it has no other name in Python
    pushed = plan.partition("PushedFilters: [")[2].partition("]")[0]
    assert "Or(EqualTo(s,abc),EqualTo(s,x))" in pushed or "In(s, [abc,x" in pushed
    assert "Or(GreaterThan(i,3),IsNull(i))" in pushed
