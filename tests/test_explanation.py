"""Why a filter keeps a row or does not: the tree, the value of every part, and what was not looked at."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import Explanation, Filter, FilterEvaluationError, Schema, UnsupportedFilterError, field
from odata_filter.strategies import filters_and_rows


def parts(told: Explanation) -> Iterator[Explanation]:
    """The explanation and everything below it, in the order of the text."""
    yield told
    for part in told.parts:
        yield from parts(part)


def outcomes(told: Explanation) -> dict[str, object]:
    """For each part its value, or else what became of it."""
    return {part.text: part.value if part.outcome == "value" else part.outcome for part in parts(told)}


# ---- What is drawn ---------------------------------------------------------------------------


def test_an_explanation_is_a_verdict_and_a_tree() -> None:
    """Every part stands in the order of the text, with its value beside it."""
    told = Filter.parse("species eq 'cat' and (rating gt 3 or lens ne 'wide')").explain({"species": "cat", "rating": 2})
    assert str(told) == (
        "the row is kept: the filter is true\n"
        "species eq 'cat' and (rating gt 3 or lens ne 'wide')  true\n"
        "├─ species eq 'cat'                                   true\n"
        "│  └─ species                                         'cat'\n"
        "└─ rating gt 3 or lens ne 'wide'                      true\n"
        "   ├─ rating gt 3                                     false\n"
        "   │  └─ rating                                       2\n"
        "   └─ lens ne 'wide'                                  true\n"
        "      └─ lens                                         null: there is no such property"
    )


def test_without_a_row_the_tree_is_all() -> None:
    """How a filter is understood: what binds tighter stands further in."""
    assert str(Filter.parse("not a eq b or c").explain()) == (
        "not a eq b or c\n"
        "├─ not a eq b\n"
        "│  ├─ not a\n"
        "│  │  └─ a\n"
        "│  └─ b\n"
        "└─ c"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (True, "the row is kept: the filter is true"),
        (False, "the row is dropped: the filter is false"),
        (None, "the row is dropped: the filter is null, and only true keeps a row"),
        (5, "the row is dropped: the filter is 5, and only true keeps a row"),
    ],
)
def test_the_verdict_tells_null_from_false(value: object, verdict: str) -> None:
    """Both drop the row, for different reasons."""
    assert verdict == str(Filter.parse("a").explain({"a": value})).partition("\n")[0]


def test_a_long_part_is_shortened_in_the_middle() -> None:
    """The tree stays as narrow as a terminal, also far inside."""
    text = " or ".join(f"name eq 'number {n}'" for n in range(50))
    tree, first, *_ = str(Filter.parse(text).explain()).split("\n")
    assert 64 == len(tree)
    assert tree.startswith("name eq 'number 0' or ")
    assert "…" in tree
    assert tree.endswith("name eq 'number 49'")
    assert "├─ name eq 'number 0'" == first


def test_columns_stay_aligned_with_wide_characters() -> None:
    """They take two columns of a terminal, and what cannot be seen takes one."""
    _, *lines = str(Filter.parse("a eq '\u4fa1\u683c' or b eq '\x1b'").explain({"a": "\u4fa1"})).split("\n")
    assert "a eq '\u4fa1\u683c' or b eq '\ufffd'  false" == lines[0]
    assert "├─ a eq '\u4fa1\u683c'           false" == lines[1]
    assert "└─ b eq '\ufffd'              false" == lines[3]


def test_a_terminal_gets_colours() -> None:
    """Green for true, red for false, yellow for null; other values as they are."""
    told = Filter.parse("a eq 1 or b or c").explain({"a": 2, "b": None, "c": True}).render(colour=True)
    assert ["\x1b[32mtrue\x1b[0m", "\x1b[31mfalse\x1b[0m", "  2", "\x1b[33mnull\x1b[0m", "\x1b[32mtrue\x1b[0m"] == [
        line[line.rindex("  ") + (0 if line.endswith("  2") else 2) :] for line in told.split("\n")[1:]
    ]


def test_the_repr_is_the_drawing() -> None:
    """What a REPL shows is what was asked for."""
    told = Filter.parse("a eq 1").explain({"a": 1})
    assert str(told) == repr(told)


# ---- What is not looked at -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("a and b", {"a": False, "b": True}, {"a": False, "b": "not looked at"}),
        ("a or b or c", {"a": None, "b": True}, {"a": None, "b": True, "c": "not looked at"}),
        ("a and b", {"a": None, "b": True}, {"a": None, "b": True}),
        ("case(a:b,c:d,true:e)", {"c": True, "d": 4}, {"a": None, "b": "not looked at", "c": True, "d": 4}),
        ("case(a:b,c:d)", {"a": True, "b": 1}, {"a": True, "b": 1, "c": "not looked at", "d": "not looked at"}),
        ("a div 0 eq b", {"a": 1}, {"a div 0": "failed", "b": "not looked at"}),
        ("case(a div 0 eq 1:b,c:d)", {"a": 1}, {"a div 0 eq 1": "failed", "b": "not looked at", "c": "not looked at"}),
    ],
)
def test_what_stands_behind_the_decision_is_not_looked_at(
    text: str, row: dict[str, object], expected: dict[str, object]
) -> None:
    """An operand that decides, a branch that is chosen, a part that fails."""
    found = outcomes(Filter.parse(text).explain(row))
    assert expected == {part: found[part] for part in expected}


class Watched(Mapping[str, object]):
    """A row that remembers which properties it was asked for."""

    def __init__(self, row: Mapping[str, object]) -> None:
        self.row = row
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> object:
        self.asked.add(name)
        return self.row[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.row)

    def __len__(self) -> int:
        return len(self.row)


NAMES = ("a", "b", "c", "d")
TERMS = st.recursive(
    st.sampled_from(NAMES).map(lambda name: f"{name} eq 1"),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda three: "({} {} {})".format(*three)),
        inner.map(lambda one: f"not ({one})"),
        st.tuples(inner, inner, inner).map(lambda three: "case({}:{},true:{})".format(*three)),
        inner.map(lambda one: f"(1 div (case({one}:1,true:0)) eq 1)"),
    ),
    max_leaves=8,
)


@given(TERMS, st.dictionaries(st.sampled_from(NAMES), st.sampled_from([0, 1, None])))
def test_the_evaluator_asks_for_what_is_said_to_be_looked_at(text: str, row: dict[str, object]) -> None:
    """And for no other property of the row."""
    one, watched = Filter.parse(text), Watched(row)
    one.evaluate(watched, on_error="raise") if "div" not in text else _attempt(one, watched)
    told = one.explain(row)
    assert watched.asked == {part.text for part in parts(told) if part.outcome == "value" and part.text in NAMES}


def _attempt(one: Filter, row: Mapping[str, object]) -> object:
    """The value, or the error that the evaluation ends with."""
    try:
        return one.evaluate(row)
    except (FilterEvaluationError, UnsupportedFilterError) as error:
        return error


@given(filters_and_rows())
def test_an_explanation_says_what_the_evaluation_does(given_: tuple[Filter, dict[str, Any]]) -> None:
    """The same value or the same failure for any filter and row; what has no evaluation fails in either."""
    one, row = given_
    told = one.explain(row)
    failures = [part.note for part in parts(told) if part.outcome == "failed" and part.note is not None]
    expected = _attempt(one, row)
    if isinstance(expected, FilterEvaluationError):
        assert [expected.message] == failures
    elif isinstance(expected, UnsupportedFilterError):
        assert "failed" == told.outcome
    else:
        assert repr(expected) == repr(told.value)
    json.dumps(told.fields(), allow_nan=False)
    assert str(told)


# ---- Collections -----------------------------------------------------------------------------


def test_a_lambda_is_told_member_by_member() -> None:
    """Up to the one that decides."""
    told = Filter.parse("tags/any(t:t eq 'x')").explain({"tags": ["w", "x", "y", "z"]})
    assert [part.text for part in told.parts] == [
        "tags",
        "t = 'w': t eq 'x'",
        "t = 'x': t eq 'x'",
        "2 more members",
    ]
    assert [False, True] == [part.value for part in told.parts[1:3]]
    assert "not looked at" == told.parts[3].outcome


def test_a_lambda_that_fails_stops_there() -> None:
    """One member is left."""
    told = Filter.parse("n/all(t:1 div t eq 1)").explain({"n": [1, 0, 1]})
    assert ["value", "value", "failed", "not looked at"] == [part.outcome for part in told.parts]
    assert "1 more member" == told.parts[-1].text


def test_of_many_members_the_first_and_the_last_are_told() -> None:
    """The last one that was looked at is the one that decided."""
    told = Filter.parse("n/any(t:t eq 500)").explain({"n": list(range(1000))})
    assert 12 == len(told.parts) - 1
    assert ("491 more members", "left out") == (told.parts[10].text, told.parts[10].outcome)
    assert ("t = 500: t eq 500", True) == (told.parts[11].text, told.parts[11].value)
    assert ("499 more members", "not looked at") == (told.parts[12].text, told.parts[12].outcome)


@pytest.mark.parametrize(("count", "left_out"), [(9, []), (10, []), (11, ["1 more member"])])
def test_up_to_ten_members_are_all_told(count: int, left_out: list[str]) -> None:
    """And from eleven on, ten and what is left out."""
    told = Filter.parse("n/all(t:t ge 0)").explain({"n": list(range(count))})
    assert left_out == [part.text for part in told.parts if part.outcome == "left out"]
    assert min(count, 10) == len([part for part in told.parts[1:] if part.outcome == "value"])


def test_all_members_of_a_filtered_collection_are_told() -> None:
    """Each is kept or not."""
    told = Filter.parse("items/$filter(n gt 1)/$count").explain({"items": [{"n": 1}, {"n": 2}]})
    assert [False, True] == [part.value for part in told.parts[0].parts[1:]]
    assert '$this = {"n":1}: $this/n gt 1' == told.parts[0].parts[1].text


@pytest.mark.parametrize("row", [{}, {"tags": None}, {"tags": []}, {"tags": 5}])
def test_without_members_there_is_nothing_to_tell(row: dict[str, object]) -> None:
    """A collection that is null, empty, or none."""
    assert ["tags"] == [part.text for part in Filter.parse("tags/any(t:t)").explain(row).parts]


def test_a_collection_that_fails_has_no_members() -> None:
    """The failure is told where it happens."""
    told = Filter.parse("$root/Tags/any(t:t)").explain({})
    assert ["failed", "failed"] == [told.outcome, told.parts[0].outcome]
    assert "$root leads nowhere here" == told.parts[0].note


def test_any_without_a_condition_has_its_collection_alone() -> None:
    """It asks whether there is a member."""
    assert {"tags/any()": True, "tags": [1]} == outcomes(Filter.parse("tags/any()").explain({"tags": [1]}))


def test_members_have_the_types_of_the_schema() -> None:
    """As they have when the filter is evaluated."""
    schema = Schema({"days": ["Edm.Date"]})
    told = Filter.parse("days/any(d:d lt 2024-06-01)").explain({"days": ["2024-05-31"]}, schema=schema)
    assert "d = 2024-05-31: d lt 2024-06-01" == told.parts[1].text


# ---- Values and places -----------------------------------------------------------------------


class Colour(Enum):
    """An enumeration."""

    RED = 1


@dataclass
class Place:
    """A complex value."""

    city: str


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ("it's", "'it''s'"),
        (dt.date(2024, 2, 29), "2024-02-29"),
        (dt.datetime(2024, 2, 29, 10, tzinfo=dt.UTC), "2024-02-29T10:00:00+00:00"),
        (dt.datetime(2024, 2, 29, 10), "2024-02-29T10:00:00"),  # noqa: DTZ001 - a row may hold one
        (dt.timedelta(seconds=5), "duration'PT5S'"),
        (["x", {"y": None}], "['x',{\"y\":null}]"),
        (Place("Oslo"), "{\"city\":'Oslo'}"),
        ([[[[1]]]], "[[[a Python list]]]"),
        (object(), "a Python object"),
        ("x" * 100, "'" + "x" * 25 + "…" + "x" * 12 + "'"),
    ],
)
def test_values_are_told_as_odata_writes_them(value: object, expected: str) -> None:
    """Or by their type, where it cannot; long ones are shortened."""
    assert expected == Filter.parse("a").explain({"a": value}).fields()["value"]


def test_a_property_that_is_null_is_not_one_that_is_missing() -> None:
    """A reader who looks for a misspelt name sees it."""
    told = Filter.parse("a eq 1 or b/c eq 1 or b/@n.t eq 1 or d/e eq 1").explain({"a": None, "b": {}})
    notes = {part.text: part.note for part in parts(told) if part.note is not None}
    missing = "there is no such property"
    assert {"b/c": missing, "d": missing} == notes


def test_fields_are_for_programs() -> None:
    """Each part with its place in the source; a filter that was built has its canonical text as the source."""
    told = (field("a") == 1).explain({"a": 1}).fields()
    assert told == {
        "text": "a eq 1",
        "position": 0,
        "end": 6,
        "outcome": "value",
        "value": "true",
        "note": None,
        "parts": [
            {"text": "a", "position": 0, "end": 1, "outcome": "value", "value": "1", "note": None, "parts": []},
        ],
    }


def test_options_count_as_they_do_in_evaluation() -> None:
    """Parameters, failures as null, and one moment for every part."""
    assert 3 == outcomes(Filter.parse("@p gt 1").explain({}, parameters={"@p": 3}))["@p"]
    assert None is outcomes(Filter.parse("1 div 0 eq a").explain({"a": 1}, on_error="null"))["1 div 0"]
    moments = [part.value for part in parts(Filter.parse("now() eq now()").explain({})) if part.text == "now()"]
    assert moments[0] == moments[1]


def test_a_value_that_is_nested_too_deeply_is_our_error() -> None:
    """As it is in evaluation."""
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(FilterEvaluationError, match="nested too deeply"):
        Filter.parse("a eq b").explain({"a": deep, "b": deep})


def test_the_verdict_on_a_filter_that_fails_is_that_it_has_no_value() -> None:
    """The part that fails says why."""
    told = str(Filter.parse("1 div 0 eq a").explain({}))
    assert told.startswith("the filter has no value for the row\n")
    assert "failed: an integer div by zero has no value" in told
