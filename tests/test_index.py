"""The index: always the answer that the filter itself gives, and what it does with values, files and columns.

`HYPOTHESIS_PROFILE=thorough python -m pytest tests/test_index.py` tries 10,000 filters in each property.
"""

import datetime as dt
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from decimal import Decimal
from importlib import import_module
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import currently_in_test_context, given, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from odata_filter import (
    Filter,
    FilterError,
    FilterEvaluationError,
    FilterValidationError,
    MetadataIndex,
    UnsupportedFilterError,
    edm,
    field,
    parameter,
)
from odata_filter.filter import Options
from odata_filter.strategies import filters, rows
from test_random_shapes import FILTERS, OPTIONS, SHAPES, TREES, Half, Kind, Level, Place, Table, Text

pa: Any = import_module("pyarrow")
NOW = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)
NAMES = "abcdef"
EVERYTHING = Filter.parse("true")


def answer(ask: Callable[[], object]) -> object:
    """What comes out, or the kind and text of the error."""
    try:
        return ask()
    except FilterError as error:
        return type(error), str(error)


def assert_same_both_ways(
    make: Callable[[], MetadataIndex], kept: Sequence[object], f: Filter, options: Options
) -> None:
    """The same for a few rows as for many, of which one is read after the other, and asked about all at once."""
    assert_same(make(), kept, f, options)
    with small_parts():
        assert_same(make(), kept, f, options)


SMALL = {
    "plans._FEW": 0,
    "columns._CHUNK": 2,
    "columns.PART": 2,
    "columns._MANY": 4,
    "columns._FEW": 1,
    "sources.PART": 2,
    "sources._ARROW_SAMPLE": 1,
    "sources._ARROW_PART": 2,
    "sources._ARROW_DISTINCT": 3,
}
"""From which size on something is large, much lowered."""


@contextmanager
def small_parts() -> Iterator[None]:
    """Few rows are treated as very many are."""
    with pytest.MonkeyPatch.context() as patch:
        shrink(patch)
        yield


def shrink(patch: pytest.MonkeyPatch) -> None:
    """From now on few rows are treated as very many are."""
    for name, size in SMALL.items():
        patch.setattr(f"odata_filter.{name}", size)


def assert_same(index: MetadataIndex, kept: Sequence[object], f: Filter, options: Options | None = None) -> None:
    """The index says of a filter what the filter says of the rows."""
    given: Options = options or {}
    if currently_in_test_context():
        note(f"{f}\n{kept!r:.800}\n{given}")
    assert answer(lambda: f.count(kept, **given)) == answer(lambda: index.count(f, **given))
    expected = answer(lambda: [id(row) for row in f.select(kept, **given)])
    assert expected == answer(lambda: [id(row) for row in index.select(f, **given)])


# ---- Always the same answer ------------------------------------------------------------------------


def is_writable(value: object) -> bool:
    """Whether a filter can hold a value."""
    try:
        edm.literal_text(value)
    except FilterError:
        return False
    return True


VALUES = st.sampled_from(
    (
        *(
            None,
            "x",
            "y",
            "",
            "P1D",
            "2024-02-29",
            0,
            1,
            2,
            True,
            False,
            1.0,
            0.5,
            -0.0,
            0.0,
            Decimal(1),
            Decimal("1.0"),
        ),
        *(float("nan"), NOW, NOW.astimezone(dt.timezone(dt.timedelta(hours=2))), NOW.date(), dt.timedelta(days=1)),
        *(UUID(int=1), b"x", ["x"], ["x", None], [1, 2], {"c": "x"}, {"c": 1}, frozenset({1}), Level.LOW, Kind.CAT),
        Text("x"),
    )
)
"""Few values, so that rows share them, and many of them equal in Python."""
ROWS = st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4), max_size=12)
ODD_ROWS = st.lists(st.one_of(rows(NAMES, values=SHAPES), SHAPES), max_size=5)
SIMPLE = filters(keys=st.sampled_from(NAMES), values=VALUES.filter(is_writable), max_depth=3)
ASKED = st.one_of(SIMPLE, FILTERS, TREES)


@pytest.mark.thorough
@given(kept=ROWS, f=ASKED, roaring=st.booleans())
def test_an_index_answers_as_the_filter_does(kept: list[dict[str, object]], f: Filter, roaring: bool) -> None:  # noqa: FBT001 - drawn
    """Count, select and errors, on rows that share values."""
    assert_same_both_ways(lambda: MetadataIndex(kept, roaring=roaring), kept, f, {"now": NOW})


@pytest.mark.thorough
@given(kept=ODD_ROWS, f=ASKED, options=OPTIONS)
def test_an_index_answers_for_rows_of_any_shape_and_any_options(
    kept: list[object], f: Filter, options: Options
) -> None:
    """Objects, nested values, values that are equal and are not the same, schemas, aliases, custom functions."""
    assert_same_both_ways(lambda: MetadataIndex(kept), kept, f, {"now": NOW, **options})


@pytest.mark.thorough
@given(kept=ROWS, f=ASKED, roaring=st.booleans())
def test_a_saved_index_answers_as_before(kept: list[dict[str, object]], f: Filter, roaring: bool) -> None:  # noqa: FBT001 - drawn
    """What can be saved comes back as it was: the rows, their types, and every answer."""
    index = MetadataIndex(kept)
    with TemporaryDirectory() as folder:
        try:
            index.save(Path(folder, "index"))
        except FilterValidationError:
            assert any(type(value) in {Level, Kind, Text} for row in kept for value in row.values())
            return
        again = MetadataIndex.load(Path(folder, "index"), roaring=roaring)
    assert [sorted(row.items(), key=itemgetter(0)).__repr__() for row in kept] == [
        sorted(row.items(), key=itemgetter(0)).__repr__() for row in again.select(EVERYTHING)
    ]
    assert answer(lambda: f.count(kept, now=NOW)) == answer(lambda: again.count(f, now=NOW))


class Changes(RuleBasedStateMachine):
    """Rows come and go, in two indexes and in a list, and all three agree."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()

    def teardown(self) -> None:
        """Many rows are many again."""
        self.patch.undo()

    @initialize(kept=ROWS, small=st.booleans())
    def start(self, kept: list[dict[str, object]], small: bool) -> None:  # noqa: FBT001 - drawn
        """Begin with some rows, which may be treated as very many are."""
        if small:
            shrink(self.patch)
        self.kept = kept
        self.indexes = [MetadataIndex(kept), MetadataIndex(kept, roaring=True)]

    @rule(more=ROWS)
    def add(self, more: list[dict[str, object]]) -> None:
        """More rows."""
        self.kept = self.kept + more
        for index in self.indexes:
            index.add(iter(more))

    @rule(f=SIMPLE)
    def remove(self, f: Filter) -> None:
        """Fewer rows, or the error that keeps them."""
        gone = answer(lambda: list(f.select(self.kept, now=NOW)))
        for index in self.indexes:
            found = answer(lambda index=index: index.remove(f, now=NOW))  # type: ignore[misc]
            assert found == (len(gone) if isinstance(gone, list) else gone)
        if isinstance(gone, list):
            away = {id(row) for row in gone}
            self.kept = [row for row in self.kept if id(row) not in away]

    @rule(f=SIMPLE)
    def ask(self, f: Filter) -> None:
        """Every question has one answer."""
        for index in self.indexes:
            assert len(self.kept) == len(index)
            assert_same(index, self.kept, f)


TestChanges = Changes.TestCase
TestChanges.settings = settings(settings.get_profile(settings.get_current_profile_name()), stateful_step_count=6)


# ---- Which values are one --------------------------------------------------------------------------

BERLIN = ZoneInfo("Europe/Berlin")
LOOK_ALIKE: dict[str, tuple[tuple[object, ...], str, int]] = {
    "numbers and Booleans": ((1, True, 1.0, Decimal(1)), "isof(a,Edm.Boolean)", 1),
    "the two zeros": ((0.0, -0.0), "startswith(cast(a,Edm.String),'-')", 1),
    "Decimals of one value": ((Decimal("1.0"), Decimal("1.00")), "length(cast(a,Edm.String)) eq 4", 1),
    "moments at two offsets": ((NOW, NOW.astimezone(BERLIN)), "hour(a) eq 13", 1),
    "a string and its subclass": (("cat", Kind.CAT, Text("cat")), "a has 'CAT'", 1),
    "lists": (([1], [True], [1.0]), "a/any(x:isof(x,Edm.Boolean))", 1),
    "dicts": (({"x": 1}, {"x": True}, {"x": 1.0}), "isof(a/x,Edm.Boolean)", 1),
    "NaN": ((float("nan"), float("nan"), Decimal("NaN")), "a ne a", 3),
    "null and missing": ((None,), "a eq null", 2),
}


@pytest.mark.parametrize("kind", LOOK_ALIKE)
def test_values_that_python_holds_for_equal_are_kept_apart(kind: str) -> None:
    """Each value has the answer of its own type."""
    found, text, number = LOOK_ALIKE[kind]
    kept: list[dict[str, object]] = [{}, *({"a": value} for value in found)]
    assert number == MetadataIndex(kept).count(Filter.parse(text), on_error="null")
    assert_same(MetadataIndex(kept), kept, Filter.parse(text), {"on_error": "null"})


@pytest.mark.parametrize("value", [1, 1.5, "x", Decimal("1.5"), NOW, NOW.time(), ["x", {"a": 1}], edm.Shape("a", "b")])
def test_equal_values_of_one_type_are_one(value: object) -> None:
    """A condition is asked of each distinct value once, however many rows have it and however many objects it is."""
    asked: list[object] = []
    index = MetadataIndex([{"a": value}, {"a": deepcopy(value)}, {"a": value}])

    def ask(x: object) -> bool:
        asked.append(x)
        return True

    assert 3 == index.count(Filter.parse("Model.Ask(x=a)"), functions={"Model.Ask": ask})
    assert [value] == [each for each in asked if each is not None]


def test_objects_are_themselves() -> None:
    """An object that is no value of OData, or is nested deeply, is one of its kind."""
    deep: list[object] = []
    for _ in range(30):
        deep = [deep]
    kept = [
        {"a": object()},
        {"a": Half(1, 2)},
        {"a": deep},
        {"a": {1: 2}},
        {"a": {True: 2}},
        {"a": dt.time(1, tzinfo=BERLIN)},
    ]
    kept += kept
    for text in ("a eq null", "a eq a", "a/a eq 1", "a/$count eq 1"):
        assert_same(MetadataIndex(kept), kept, Filter.parse(text))


# ---- Rows --------------------------------------------------------------------------------------------


def test_a_missing_key_is_null() -> None:
    """A row without the key, with None, and a key that no row has are all null."""
    index = MetadataIndex([{"a": "x"}, {"a": None}, {}])
    assert 2 == index.count(field("a") != "x")
    assert 2 == index.count(field("a") == None)  # noqa: E711 - a builder's word
    assert 3 == index.count(field("other") == None)  # noqa: E711 - likewise


def test_the_rows_themselves_come_back() -> None:
    """Select gives the objects that were put in, in their order."""
    kept = [Place(a="x"), {"a": "y"}, Table({"a": "x"}), defaultdict(str, a="x"), 5]
    index = MetadataIndex(kept)
    assert list(map(id, [kept[0], *kept[2:4]])) == list(map(id, index.select(field("a") == "x")))
    assert {"a"} == kept[3].keys()  # type: ignore[attr-defined] # a defaultdict grows where it is asked carelessly


def test_a_generator_is_read_once() -> None:
    """Rows may come from anywhere."""
    assert 2 == len(MetadataIndex({"a": number} for number in range(2)))


def test_more_values_than_a_byte_holds() -> None:
    """A key with many values is found by value, by order and by absence, also when rows are added."""
    kept: list[dict[str, object]] = [{"a": number, "b": 1} for number in range(200)]
    for roaring in (False, True):
        index = MetadataIndex(kept, roaring=roaring)
        assert 1 == index.count(field("a") == 150)
        more: list[dict[str, object]] = [{"a": number % 400} for number in range(600)]
        index.add(more)
        index.add([{"b": 2}, {"a": 7}])
        every = [*kept, *more, {"b": 2}, {"a": 7}]
        for text in (
            "a eq 7",
            "a ne 7",
            "a gt 300",
            "a lt 300 and b eq 1",
            "b eq 1 and a ne 7",
            "b ne 2 and a ne 7",
            "a eq null",
            "a in (7,399,1000)",
            "not (a eq 7)",
        ):
            assert Filter.parse(text).count(every) == index.count(Filter.parse(text))


def test_keys_that_few_rows_have() -> None:
    """Rare keys take memory only for the rows that have them, and may become common."""
    kept: list[dict[str, object]] = [{"common": at % 3, f"rare{at % 50}": at % 7} for at in range(5000)]
    kept += [{"rare45": str(at)} for at in range(6000)]
    kept += [{"late": 1, "common": 1}] * 3
    for roaring in (False, True):
        index = MetadataIndex(kept, roaring=roaring)
        for text in (
            *(f"other eq null or rare{at} ne 3" for at in range(40)),
            "rare45 eq 3",
            "rare45 eq '5'",
            "rare1 ne 3",
            "rare2 eq null",
            "late eq 1",
            "rare3 gt 2",
            "common eq 1",
        ):
            assert_same(index, kept, Filter.parse(text))
    index = MetadataIndex.from_columns({"common": [at % 3 for at in range(1000)]})
    index.add([{"rare": at} for at in range(9)])
    assert [{"rare": 3}, {"rare": 8}] == list(index.select(field("rare").is_in([3, 8])))


def test_a_common_key_may_become_rare() -> None:
    """Rows without it stand between those that have it, in one byte for each or in four."""
    for values in (3, 600):
        kept: list[dict[str, object]] = [{"a": at % values, "b": 1} for at in range(4000)]
        kept += [{"b": 2} if at % 40 else {"a": at % 7, "b": 2} for at in range(4000)]
        for text in ("a eq 2", "a ne 2 and b eq 2", "a eq null", "a in (0,500)"):
            assert_same(MetadataIndex(kept), kept, Filter.parse(text))


@pytest.mark.parametrize("every", [1, 20])
def test_values_that_hardly_repeat(every: int) -> None:
    """Identifiers of all rows, or of few, are found and come back, also after more rows were added."""
    kept: list[dict[str, object]] = [{"id": f"n{at}", "b": 1} if at % every == 0 else {"b": 1} for at in range(9000)]
    more: list[dict[str, object]] = [{"id": f"n{at}", "b": 2} for at in range(0, 20_000, 7)]
    with small_parts():
        for roaring in (False, True):
            index = MetadataIndex(kept, roaring=roaring)
            index.add(more)
            for text in (
                "other eq null",
                "id eq 'n8400' and b ne 3",
                "id eq 'n3'",
                "endswith(id,'00')",
                "id eq null",
                "b eq 2",
            ):
                assert_same(index, [*kept, *more], Filter.parse(text))
                index.add([])


def test_a_key_is_read_when_it_is_asked_for() -> None:
    """Alone if all rows have it, and with all others if some lack it; also of rows that come later."""
    kept: list[dict[str, object]] = [{"a": at % 3, "b": at % 5, "c": str(at), "d": at % 2} for at in range(300)]
    texts = ("a eq 1", "b eq 2 and a eq 0", "c eq '7'", "none eq null", "d eq 1 and e eq null", "e eq 1 or a eq 2")
    for more in ([], kept[:5], [{"a": 9}], [{"b": 1, "e": 1}] * 3, [Place("x", b=2)], [{1: 1}, {}], [{"e": 1}] * 90):
        for first in texts:
            for between in (True, False):
                index = MetadataIndex(kept)
                if between:
                    assert_same(index, kept, Filter.parse(first))
                index.add(more)
                for text in (first, *texts):
                    assert_same(index, [*kept, *more], Filter.parse(text))


def test_a_key_without_a_name_is_never_read() -> None:
    """No filter can ask for it; conditions that read no key have one outcome."""
    kept: list[dict[str, object]] = [{"": at, "a": at} for at in range(99)]
    for text in ("a ge 50", "1 eq 1", "a lt 7 or 1 eq 2"):
        assert_same(MetadataIndex(kept), kept, Filter.parse(text))


def test_identifiers_are_looked_up() -> None:
    """A few of them, then many, then some of rows that came later."""
    kept = [{"id": 256 * at + at % 3} for at in range(600)] * 2
    for roaring in (False, True):
        index = MetadataIndex(kept[:700], roaring=roaring)
        for at in range(80):
            assert 2 - (at >= 50) == index.count(field("id") == 512 * at + 2 * at % 3)
        index.add(kept[700:])
        assert [2, 0] == [index.count(field("id") == value) for value in (256 * 599 + 2, 1)]


def test_many_small_additions() -> None:
    """Rows may come one by one, with questions in between or without."""
    kept: list[dict[str, object]] = [{"a": at % 3, "b": at} for at in range(200)]
    index = MetadataIndex()
    for at, row in enumerate(kept):
        index.add([row])
        if at % 9 == 0:
            assert_same(index, kept[: at + 1], Filter.parse("a eq 1 or b eq 7"))
    assert_same(index, kept, Filter.parse("a eq 2 and b gt 100"))


def test_rows_are_added_after_most_were_removed() -> None:
    """What is left is read like new rows, and once."""
    kept: list[dict[str, object]] = [{"a": at % 3, "b": at} for at in range(90)]
    index = MetadataIndex(kept)
    assert 60 == index.remove(field("a") != 0)
    index.add(kept[:9])
    assert_same(index, [*kept[::3], *kept[:9]], Filter.parse("b lt 30"))


def test_rows_with_as_many_keys_need_not_have_the_same() -> None:
    """The usual case is rows that are alike; others may look so at first sight."""
    first: dict[str, object] = {"a": 1, "b": 2}
    second: dict[str, object] = {"a": 1, "c": 2}
    kept = [first] * 600 + [second] * 600
    assert_same(MetadataIndex(kept), kept, Filter.parse("c eq 2 and a eq 1"))


@pytest.mark.parametrize(
    "text",
    [
        *("3 eq a", "a in [3,b]", "a in b", "a in (3,0001-01-01T00:00:00+23:59)", "a eq -9999-01-01", "a eq a"),
        *("a/$count eq 0", "b/$filter($this eq 3)/$count eq 1", "b/$filter($it/a eq 3)/$count eq 1"),
        *("a/@Model.A eq 1", "$it eq 3", "$this/a eq 3", "a(ID=3) eq null", "b/any(x:x eq a)", "b/any(x:x eq 3)"),
        *("@p eq 3", "a in [[3],3]", "$root/a eq 1"),
    ],
)
def test_whatever_a_condition_reads(text: str) -> None:
    """One key, two, or the whole row: the answer is the filter's."""
    kept: list[dict[str, object]] = [{"a": at, "b": [at, 3], "a@Model.A": 1} for at in range(8)]
    assert_same(MetadataIndex(kept), kept, Filter.parse(text), {"root": {"a": 1}, "parameters": {"@p": 3}})
    assert_same(MetadataIndex(kept), kept, Filter.parse(f"not ({text})"), {"on_error": "null"})


# ---- Errors ------------------------------------------------------------------------------------------


def test_a_part_that_fails_is_an_error_only_where_it_is_reached() -> None:
    """Short circuit goes from left to right, as without an index."""
    kept: list[dict[str, object]] = [{"a": number % 3, "b": number} for number in range(9)]
    index = MetadataIndex(kept)
    assert 3 == index.count(Filter.parse("a ne 0 and 10 div a gt 5"))
    assert 9 - 3 == index.count(Filter.parse("a eq 0 or 10 div a gt 5"))
    assert 98 == MetadataIndex({"a": at} for at in range(99)).count(Filter.parse("a eq 0 or 1000 div a gt 5")) - 1
    for text in ("10 div a gt 5 and a ne 0", "not (10 div a gt 5)", "b gt a or 10 div a gt 5", "10 div a gt b"):
        assert_same(index, kept, Filter.parse(text))
    with pytest.raises(FilterEvaluationError, match="div by zero"):
        index.remove(Filter.parse("10 div a gt 5"))
    assert 9 == len(index)


def test_rows_are_removed_by_what_two_keys_say() -> None:
    """The filter itself is asked about the rows that the rest leaves open."""
    kept: list[dict[str, object]] = [{"a": at % 3, "b": [at % 2], "c": at % 2} for at in range(12)]
    f, index = Filter.parse("a eq 1 or a eq c and b ne c"), MetadataIndex(kept)
    assert f.count(kept) == index.remove(f)
    assert_same(index, [row for row in kept if not f.matches(row)], Filter.parse("a ge 0"))


def test_a_value_of_removed_rows_does_not_fail() -> None:
    """What is gone is not asked."""
    index = MetadataIndex({"a": number} for number in range(9))
    assert 1 == index.remove(field("a") == 0)
    assert 3 == index.count(Filter.parse("10 div a gt 2"))


def test_what_cannot_be_evaluated_is_refused_without_rows_too() -> None:
    """As the filter refuses it."""
    with pytest.raises(UnsupportedFilterError, match="the custom function"):
        MetadataIndex().count(Filter.parse("Model.F(x=1)"))


def test_roaring_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra."""
    monkeypatch.setitem(sys.modules, "pyroaring", None)
    with pytest.raises(UnsupportedFilterError, match=r"odata-filter\[index\]"):
        MetadataIndex(roaring=True)


# ---- Options -----------------------------------------------------------------------------------------


def test_the_clock_is_asked_once() -> None:
    """All parts of a filter have one moment, and the next question has another."""
    index = MetadataIndex([{"a": 1}])
    assert 1 == index.count(Filter.parse("now() eq now() and (now() eq now() or a eq 2)"))
    before = Filter.parse("now() gt 2024-01-01T00:00:00Z")
    assert [0, 1] == [index.count(before, now=NOW.replace(year=2000)), index.count(before)]


def test_an_alias_may_be_an_expression() -> None:
    """It may read any key, so rows are asked."""
    kept: list[dict[str, object]] = [{"a": 1, "b": 1}, {"a": 1, "b": 2}]
    f = field("a") == parameter("@p")
    assert 1 == MetadataIndex(kept).count(f, parameters={"@p": Filter.parse("b")})
    assert 2 == MetadataIndex(kept).count(f, parameters={"@p": 1})


def test_many_filters_are_more_than_it_remembers() -> None:
    """Plans are kept for the last filters only."""
    index = MetadataIndex({"a": number} for number in range(200))
    assert [1] * 200 == [index.count(field("a") == number) for number in range(200)]
    assert [1] * 200 == [index.count(field("a") == number, coerce=True) for number in range(200)]


def test_threads_may_ask_at_once() -> None:
    """Each has the answer that it would have alone, whatever the others make the index prepare."""
    found = {"a": [at % 300 for at in range(900)], "b": [str(at % 7) for at in range(900)]}
    kept = [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]
    asked = [Filter.parse(f"a eq {at} or b eq '{at % 9}' and not (a in ({at},7))") for at in range(20)]
    expected = [f.count(kept) for f in asked]
    for roaring in (False, True):
        index = MetadataIndex.from_columns(found, roaring=roaring)
        with ThreadPoolExecutor(8) as pool:
            assert expected * 3 == list(pool.map(index.count, asked * 3))
            assert expected == [len(list(rows)) for rows in pool.map(index.select, asked)]


# ---- Columns -------------------------------------------------------------------------------------------

COLUMNS: dict[str, list[object]] = {"a": ["x", None, "y", "x"], "b": [1, 2, None, 4], "c": [None] * 4}
SOURCES: dict[str, Callable[[], object]] = {
    "lists": lambda: COLUMNS,
    "Arrow": lambda: pa.table(COLUMNS),
    "Arrow in chunks": lambda: pa.concat_tables([pa.table(COLUMNS).slice(0, 1), pa.table(COLUMNS).slice(1)]),
    "Arrow dictionaries": lambda: pa.table({**COLUMNS, "a": pa.array(COLUMNS["a"]).dictionary_encode()}),
    "Polars": lambda: pl.DataFrame(COLUMNS),
    "Polars Enum": lambda: pl.DataFrame(COLUMNS).with_columns(pl.col("a").cast(pl.Enum(["y", "x"]))),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_columns_are_rows_too(kind: str) -> None:
    """A mapping of lists, an Arrow table and a Polars frame have the rows that their columns make."""
    index = MetadataIndex.from_columns(SOURCES[kind]())
    kept = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]
    assert kept == list(index.select(EVERYTHING))
    for text in ("a eq 'x'", "a ne 'x'", "b gt 1", "c eq null", "b gt length(a)"):
        assert Filter.parse(text).count(kept) == index.count(Filter.parse(text))
    index.add([{"a": "z", "d": 1}])
    assert 1 == index.count(field("d") == 1)
    assert 5 == len(index)
    assert 4 == index.remove(field("d") == None)  # noqa: E711 - a builder's word
    assert [{"a": "z", "d": 1}] == list(index.select(EVERYTHING))


TEXTS = st.lists(st.sampled_from(["x", "y", "z", "", None, "longer than the others"]), max_size=9)
INTEGERS = st.lists(st.sampled_from([0, 1, -1, 2**40, 7, None]), max_size=9)


@pytest.mark.thorough
@given(texts=TEXTS, integers=INTEGERS, cut=st.integers(0, 9))
def test_columns_of_any_source_have_the_values_of_lists(
    texts: list[str | None], integers: list[int | None], cut: int
) -> None:
    """However few or many are distinct, with null or without, whole or in chunks, plain or in dictionaries."""
    size = min(len(texts), len(integers))
    found = {"a": texts[:size], "b": integers[:size], "c": [None] * size, "d": [bool(at % 2) for at in range(size)]}
    kept = [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]
    arrow = pa.table(found, schema=pa.schema({"a": "string", "b": "int64", "c": "null", "d": "bool"}))
    coded = arrow.set_column(0, "a", pa.array(found["a"], "string").dictionary_encode())
    frame = pl.DataFrame(found, schema={"a": pl.String, "b": pl.Int64, "c": pl.Null, "d": pl.Boolean})
    cuts = pa.concat_tables([arrow.slice(0, cut), arrow.slice(cut)])
    with small_parts():
        for source in (found, arrow, coded, cuts, frame, frame.with_columns(pl.col("a").cast(pl.Categorical))):
            index = MetadataIndex.from_columns(source)
            for text in ("a eq 'x'", "a ne 'y'", "b gt 0 and d eq true", "length(a) gt 1", "b in (7,0)", "c eq null"):
                assert Filter.parse(text).count(kept) == index.count(Filter.parse(text))
            assert list(map(repr, kept)) == list(map(repr, index.select(EVERYTHING)))


@pytest.mark.parametrize(
    "values",
    [
        [True, None, False],
        [b"x", b"", None],
        pa.array([1, 2**63], "uint64"),
        [-1, 100],
        [dt.date(2024, 2, 29), None],
        [NOW, NOW + dt.timedelta(microseconds=1)],
        [NOW.replace(tzinfo=None)],
        [dt.time(1), None],
        [Decimal("1.50"), Decimal("2.00")],
        [0.0, -0.0, float("nan"), None],
        [["x"], ["x", "y"]],
        [{"x": 1}, {"x": None}],
    ],
    ids=lambda values: repr(list(values)),
)
def test_arrow_values_are_those_of_python(values: Sequence[object]) -> None:
    """Whatever type a column of Arrow has, the rows have what Arrow itself says that the values are."""
    arrow = pa.table({"a": pa.chunked_array([pa.array(values)] * 3)})
    assert list(map(repr, arrow.to_pylist())) == list(map(repr, MetadataIndex.from_columns(arrow).select(EVERYTHING)))


def test_columns_without_rows() -> None:
    """They are an empty index."""
    assert 0 == len(MetadataIndex.from_columns({}))
    assert 0 == len(MetadataIndex.from_columns(pl.DataFrame({"a": []})))
    assert 0 == MetadataIndex.from_columns({"a": []}).count(field("a") == 1)


def test_polars_columns_are_read_without_pyarrow_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polars hands out Python values by itself."""
    index = MetadataIndex.from_columns(pl.DataFrame({"a": ["x", "y"]}))

    def fails(_: object) -> None:
        raise ModuleNotFoundError

    monkeypatch.setattr(pl.Series, "to_arrow", fails)
    assert 1 == index.count(field("a") == "x")


def test_arrow_columns_with_many_texts() -> None:
    """Texts that a byte cannot tell apart, or that Arrow is not asked to tell apart, in one chunk or in several."""
    for size in (600, 20_000):
        texts = [f"v{number}" for number in range(size)]
        for chunk in (size, size // 3):
            found = pa.chunked_array([texts[at : at + chunk] for at in range(0, size, chunk)])
            for column_ in (found, found.dictionary_encode()):
                index = MetadataIndex.from_columns(pa.table({"a": column_}))
                assert [1, 1] == [index.count(field("a") == text) for text in ("v3", f"v{size - 1}")]


def test_an_arrow_chunk_may_be_empty() -> None:
    """The rows are those of the other chunks."""
    index = MetadataIndex.from_columns(pa.table({"a": pa.chunked_array([[1], pa.array([], "int64"), [2, 1]])}))
    assert (3, 2) == (len(index), index.count(field("a") == 1))


def test_a_long_list_is_read_to_its_end() -> None:
    """New values may come late."""
    found = {"a": [f"v{at // 60_000}" for at in range(160_000)]}
    for source in (found, pa.table(found), pl.DataFrame(found)):
        index = MetadataIndex.from_columns(source)
        assert [60_000, 60_000, 40_000] == [index.count(field("a") == text) for text in ("v0", "v1", "v2")]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"a": [1], "b": []}, "column b has 0 values, and those before it have 1"),
        ({1: [1]}, "a column is named 1, and a name is a string"),
        (pl.LazyFrame({"a": [1]}), "columns cannot be read from a LazyFrame"),
        ([], "columns cannot be read from a list"),
    ],
)
def test_columns_that_are_none(source: object, message: str) -> None:
    """The error says what is wrong with them."""
    with pytest.raises(FilterValidationError, match=message):
        MetadataIndex.from_columns(source)


# ---- Files -----------------------------------------------------------------------------------------------


def saved(index: MetadataIndex, folder: Path) -> Path:
    """The file of an index."""
    index.save(folder / "index")
    return folder / "index"


def test_typed_values_come_back_as_they_were(tmp_path: Path) -> None:
    """Dates, Decimals and all the others have the type and the value that they had."""
    found: list[object] = [None, True, 1, 10**30, 1.5, -0.0, float("inf"), Decimal("1.50"), Decimal(7), Decimal("1E+3")]
    found += ["", "x'\u2028", UUID(int=7), NOW, NOW.replace(tzinfo=None), NOW.date(), NOW.time(), b"\xff"]
    found += [
        dt.timedelta(days=-1, microseconds=1),
        edm.Shape("Edm.GeographyPoint", "SRID=0;Point(1 2)"),
    ]
    found += [[1, ["x", None]], {"a": {"b": 1.0}}, frozenset({1})]
    kept = [{"a": value} for value in found]
    again = MetadataIndex.load(saved(MetadataIndex([*kept, {}]), tmp_path))
    assert [*map(repr, kept), "{}"] == list(map(repr, again.select(EVERYTHING)))


def test_a_moment_in_a_time_zone_comes_back_with_its_offset(tmp_path: Path) -> None:
    """It is the same moment, and the same hour."""
    again = MetadataIndex.load(saved(MetadataIndex([{"a": NOW.astimezone(BERLIN)}]), tmp_path))
    assert ["2024-02-29T13:00:00+01:00"] == [row["a"].isoformat() for row in again.select(EVERYTHING)]


def test_every_kind_of_column_comes_back(tmp_path: Path) -> None:
    """Many values, rare keys, rows that were removed, and rows that come later."""
    kept: list[dict[str, Any]] = [{"many": at, **({} if at % 20 else {"rare": at})} for at in range(600)]
    index = MetadataIndex(kept)
    assert 100 == index.remove(field("many") < 100)
    for roaring in (False, True):
        again = MetadataIndex.load(saved(index, tmp_path), roaring=roaring)
        assert kept[100:] == list(again.select(EVERYTHING))
        assert 25 == again.count(field("rare") != None)  # noqa: E711 - a builder's word
        again.add([{"many": 1, "rare": 2}])
        assert 501 == len(again)
        assert 1 == again.count(field("rare") == 2)


def test_values_of_many_types_come_back_in_their_order(tmp_path: Path) -> None:
    """Each is read as what it was, whichever came first."""
    kept: list[dict[str, object]] = [{"a": value} for value in ("x", 1, "y", True, 2, 1.0, "z", None, False, ["x"], 3)]
    index = MetadataIndex()
    for row in kept:
        index.add([row])
        index.count(field("a") == "x")
    assert list(map(repr, kept)) == list(map(repr, MetadataIndex.load(saved(index, tmp_path)).select(EVERYTHING)))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"a": object()}, "the key 'a': a object such as <object object"),
        ({"a": Level.LOW}, "the key 'a': a Level such as <Level.LOW: 1> cannot be saved"),
        ({"a": Decimal("NaN")}, "the key 'a': a Decimal such as"),
        ({"a": [{1: 2}]}, "the key 'a': a dict such as"),
        ({"a": "\ud800"}, "the key 'a': the value '.ud800' cannot be written"),
        ({"a": [[[]] * 2] * 2, "b": dt.time(1, tzinfo=dt.UTC)}, "the key 'b': .* a TimeOfDay has no time zone"),
        ({1: 2}, "a row has a key that is no string, and only records whose keys are strings can be saved"),
        (5, "a row is a int, and only records"),
    ],
)
def test_what_has_no_literal_cannot_be_saved(row: object, message: str, tmp_path: Path) -> None:
    """The error names the file and the key, and nothing is written."""
    with pytest.raises(FilterValidationError, match=f"index: {message}"):
        MetadataIndex([row]).save(tmp_path / "index")
    assert [] == list(tmp_path.iterdir())


def test_values_nested_deeply_cannot_be_saved(tmp_path: Path) -> None:
    """Nor can one that holds itself."""
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(FilterValidationError, match="nested more than 100 levels deep"):
        MetadataIndex([{"a": endless}]).save(tmp_path / "index")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Reading and writing fail with the name of the file."""
    with pytest.raises(FilterValidationError, match="none: No such file"):
        MetadataIndex.load(tmp_path / "none")
    with pytest.raises(FilterValidationError, match="index: No such file"):
        MetadataIndex().save(tmp_path / "none" / "index")


def sealed(header: object, codes: bytes = b"") -> bytes:
    """A file with a checksum that fits."""
    body = json.dumps(header).encode() + b"\n" + codes
    return f"odata-filter index 1 {hashlib.sha256(body).hexdigest()}\n".encode() + body


def column(**changes: object) -> dict[str, object]:
    """A header of one column of two rows, both of its only value, with something changed."""
    entry = {"name": "a", "values": [["Edm.String", "x"]], "wide": False, "sparse": None, **changes}
    return {"rows": 2, "byteorder": sys.byteorder, "columns": [entry]}


def of_value(written: object) -> bytes:
    """A file with one value."""
    return sealed(column(values=[written]), b"\2\2")


OTHER_ORDER = {"little": "big", "big": "little"}[sys.byteorder]
BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "line 1: this is no index of odata_filter"),
    "something else": (b"\x80\x04pickle\n", "line 1: this is no index of odata_filter"),
    "another version": (b"odata-filter index 2 0\n", "line 1: the version is 2, and this library reads version 1"),
    "damaged": (sealed(column(), b"\2\2")[:-1] + b"\1", "line 1: the checksum does not fit the content"),
    "no JSON": (
        b"odata-filter index 1 " + hashlib.sha256(b"{").hexdigest().encode() + b"\n{",
        "line 2: this is no JSON",
    ),
    "no header": (sealed([]), "line 2: the header lacks its parts"),
    "a negative size": (sealed({**column(), "rows": -1}), "line 2: the header lacks its parts"),
    "a giant": (sealed({**column(), "rows": 2**64}), "line 2: the header lacks its parts"),
    "another order": (sealed({**column(), "byteorder": OTHER_ORDER}), "line 2: .* another order of bytes"),
    "no column": (sealed({**column(), "columns": [1]}), "line 2, column 1: the entry lacks its parts"),
    "a column twice": (
        sealed({**column(), "columns": column()["columns"] * 2}, b"\2\2\2\2"),  # type: ignore[operator]
        "line 2, column 2: 'a' stands twice",
    ),
    "more values than rows": (sealed(column(sparse=3), b""), "line 2, column 1: 'a' .* has more values than"),
    "codes cut off": (sealed(column(), b"\2"), "line 2, column 1: codes of 'a' are missing"),
    "wide codes cut off": (sealed(column(wide=True), b"\2\0\0\0"), "line 2, column 1: its codes are cut off"),
    "codes of no value": (
        sealed(column(), b"\2\3"),
        "line 2, column 1: codes of 'a' are missing, or stand for no value",
    ),
    "rows that descend": (
        sealed(column(sparse=2), bytes([1, 0, 0, 0, 0, 0, 0, 0, 2, 2])),
        "line 2, column 1: the row numbers",
    ),
    "rows past the end": (sealed(column(sparse=1), bytes([2, 0, 0, 0, 2])), "line 2, column 1: the row numbers"),
    "too many bytes": (sealed(column(), b"\2\2\2"), "1 bytes too many at the end"),
    "a value twice": (
        sealed(column(values=[["Edm.String", "x"]] * 2), b"\2\2"),
        "line 2, column 1: a value stands twice",
    ),
    "null as a value": (of_value(["null", "null"]), "line 2, column 1: a value stands twice"),
    "a value of no type": (of_value(["os.system", "x"]), r'line 2, column 1: \["os.system", "x"\] is no value'),
    "a value of no form": (of_value(["Edm.Date", "2024-02-30"]), "line 2, column 1: .* is no value"),
    "a local time of no form": (of_value(["local time", "x"]), "line 2, column 1: .* is no value"),
    "a Decimal of no form": (of_value(["Edm.Decimal", "x"]), "line 2, column 1: .* is no value"),
    "a Decimal that is endless": (of_value(["Edm.Decimal", "1e999999"]), "line 2, column 1: .* digits"),
    "a Decimal that is none": (of_value(["Edm.Decimal", "NaN"]), "line 2, column 1: .* is no value"),
    "a part of no complex value": (of_value(["Complex", [1]]), "line 2, column 1: 1 is no part of a complex value"),
    "a set that cannot be": (of_value(["unordered collection", [["Collection", []]]]), "line 2, column 1: a set"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file_is_refused(kind: str, tmp_path: Path) -> None:
    """Whatever its bytes are: the error names the file and the place."""
    content, message = BAD_FILES[kind]
    (tmp_path / "index").write_bytes(content)
    with pytest.raises(FilterValidationError, match=f"index: {message}"):
        MetadataIndex.load(tmp_path / "index")


@given(cut=st.integers(0, 400), flip=st.integers(1, 255), at=st.floats(0, 1, exclude_max=True))
def test_a_damaged_file_is_refused(cut: int, flip: int, at: float) -> None:
    """One byte that is another, or a file that ends early, is noticed."""
    with TemporaryDirectory() as folder:
        path = saved(MetadataIndex([{"a": "x", "b": number} for number in range(20)]), Path(folder))
        content = bytearray(path.read_bytes())
        place = int(at * len(content))
        content[place] ^= flip
        for damaged in (content, path.read_bytes()[: min(cut, len(content) - 1)]):
            path.write_bytes(damaged)
            with pytest.raises(FilterValidationError):
                MetadataIndex.load(path)
