"""What is wrong, in the user's words: for each mistake that people make its place, and what to write instead."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import CUSTOM_VISION, ODATA, Filter, FilterError, FilterSyntaxError, Problem, Schema, field
from odata_filter.errors import columns, excerpt, visible
from odata_filter.nodes import Comparison, walk
from odata_filter.strategies import filters

FOLDER = Path(__file__).parent / "cases" / "diagnosis"
"""One file per topic, each `{"about": ..., "cases": [...]}`; the fields of a case are those of `Mistake`."""

PROFILES = {"odata": ODATA, "custom-vision": CUSTOM_VISION}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A wrong filter, and what a person needs to be told about it.

    Attributes:
        name: what the mistake is, unique within its file.
        filter: the text, percent-decoded.
        position: index of the first character at fault; the length of the text when something is missing there.
        end: index just past the fault.
        fault: the text between them, for readers.
        hint: what to write instead, or None where the message says enough.
        message: the message, where it matters.
        severity: `error` or `warning`.
        profile: what the filter must keep to.
        schema: the types of the rows' properties, where they matter.
    """

    name: str
    filter: str
    position: int
    end: int
    fault: str
    hint: str | None
    message: str | None = None
    severity: str = "error"
    profile: str = "odata"
    schema: Mapping[str, object] | None = None


def mistakes() -> Iterator[tuple[str, Mistake]]:
    """Every case with the name of its file, in order."""
    for path in sorted(FOLDER.glob("*.json")):
        for fields in json.loads(path.read_text(encoding="utf-8"))["cases"]:
            yield path.stem, Mistake(**fields)


def first_problem(mistake: Mistake) -> Problem:
    """What parsing, or else validation, says first."""
    profile = PROFILES[mistake.profile]
    try:
        read = Filter.parse(mistake.filter, profile=profile if profile is CUSTOM_VISION else None)
        return read.problems(schema=Schema(mistake.schema) if mistake.schema else None)[0]
    except FilterError as error:
        return error.problems[0]


CASES = list(mistakes())
EVERY = pytest.mark.parametrize("mistake", [pytest.param(case, id=f"{file}: {case.name}") for file, case in CASES])


@EVERY
def test_a_mistake_is_marked_where_it_is(mistake: Mistake) -> None:
    """From the first character at fault to the last, and no further."""
    problem = first_problem(mistake)
    assert (mistake.position, mistake.end) == (problem.position, problem.end)


@EVERY
def test_a_mistake_gets_its_hint(mistake: Mistake) -> None:
    """It says what to write instead."""
    assert mistake.hint == first_problem(mistake).hint


@EVERY
def test_a_mistake_gets_its_message(mistake: Mistake) -> None:
    """One line in lower case, and the one that is wanted where the words matter."""
    problem = first_problem(mistake)
    assert problem.message == (mistake.message or problem.message)
    assert problem.severity == mistake.severity
    assert "\n" not in problem.message


@EVERY
def test_a_case_marks_what_it_says(mistake: Mistake) -> None:
    """The cases are right about themselves: the fault is the text at its place, or one place past the end."""
    assert mistake.fault == mistake.filter[mistake.position : mistake.end]
    assert mistake.end == mistake.position + max(1, len(mistake.fault))


def test_there_are_many_mistakes() -> None:
    """Each once; a folder that lost its files would make the tests above pass."""
    filters = [(case.filter, case.profile) for _, case in CASES]
    assert len(filters) >= 400
    assert sorted(set(filters)) == sorted(filters)
    names = [(file, case.name) for file, case in CASES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("name", ["metadata", "filter"])
@pytest.mark.parametrize("text", ["{} == 'x'", "{} = 'x'", "{}=5"])
def test_a_property_may_be_called_like_a_prefix(name: str, text: str) -> None:
    """What stands behind the sign tells."""
    with pytest.raises(FilterSyntaxError) as caught:
        Filter.parse(text.format(name))
    assert "OData writes equality as `eq`" == caught.value.hint


def test_a_long_filter_is_diagnosed_by_what_is_near() -> None:
    """What stands at its beginning says nothing about a fault far behind."""
    with pytest.raises(FilterSyntaxError) as caught:
        Filter.parse("where eq 1" + " and a eq 1" * 100 + " b")
    assert "an operator is missing here, such as `and` or `eq`" == caught.value.hint


def test_a_python_value_may_stand_left_of_an_operator() -> None:
    """Division and remainder keep their order."""
    assert "5 divby a eq 1" == str(5 / field("a") == 1)
    assert "5 mod a eq 1" == str(5 % field("a") == 1)


# ---- What holds for every text -----------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *(
            "a",
            "name",
            "eq",
            "and",
            "or",
            "not",
            "in",
            "any",
            "t:t",
            "null",
            "1",
            "2024-01-01",
            "'x'",
            "guid'x'",
            "%20",
        ),
        *(
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "'",
            '"',
            ",",
            ":",
            "/",
            "=",
            "==",
            "&&",
            "!",
            "+",
            "-",
            ".",
            "$it",
            "@p",
            "\\",
        ),
        *(" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u200b", "\u2018", "\u2019", "\u201c", "\0", "\x1b", "\ud800"),
        *(
            "\u4fa1\u683c",
            "e\u0301",
            "\u0e01\u0e34",
            "\u05e9\u05dc",
            "\u202e",
            "\U0001f600",
            "\u200d",
            "\uff1d",
            "\ufeff",
        ),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=15).map("".join))


@given(TEXTS, st.sampled_from(sorted(PROFILES)))
def test_every_fault_is_inside_its_text_or_at_its_end(text: str, profile: str) -> None:
    """Any text is a filter or has a fault with a place, which is marked in the line that is shown."""
    try:
        found = Filter.parse(text, profile=PROFILES[profile]).problems(profile=PROFILES[profile])
    except FilterError as error:
        found = error.problems
    for problem in found:
        assert problem.position is not None
        assert problem.end is not None
        assert 0 <= problem.position < problem.end <= len(text) + 1
        assert problem.position == len(text) or problem.end <= len(text)
        assert_marked(problem.source, problem.position, problem.end)
        assert text == problem.source
        assert str(problem).startswith(problem.message)


@given(TEXTS, st.data())
def test_the_mark_is_under_the_fault(text: str, data: st.DataObject) -> None:
    """Wherever it is, and whatever stands around it."""
    position = data.draw(st.integers(0, len(text)))
    assert_marked(text, position, data.draw(st.integers(position + 1, len(text) + 1)))


def assert_marked(source: str, position: int, end: int) -> None:
    """The mark begins in the column of the first character at fault, and ends with the line at the latest."""
    shown, mark = excerpt(source, position, end)
    column = mark.index("^")
    under = {shown[at : at + 1] for at in range(len(shown) + 1) if columns(shown[:at]) == column}
    at_fault = visible(source[position : position + 1].strip("\r\n"))
    assert at_fault in under
    assert mark[:column].isspace()
    assert len(mark) <= max(columns(shown), column + 1)
    assert shown.isprintable()


# ---- What holds for every filter that is spoilt ------------------------------------------------


@given(filters(), st.sampled_from([";", " ;", ")", " )", "]", " =", " &&"]))
def test_what_is_too_much_is_at_fault(one: Filter, more: str) -> None:
    """All in front of it is a filter."""
    text = str(one)
    with pytest.raises(FilterSyntaxError) as caught:
        Filter.parse(text + more)
    assert len(text) + more.count(" ") == caught.value.position


@given(filters())
def test_what_is_not_closed_is_at_fault(one: Filter) -> None:
    """Where it opens."""
    text = str(one)
    with pytest.raises(FilterSyntaxError, match=r"this `\(` is not closed") as caught:
        Filter.parse(f"({text}")
    assert 0 == caught.value.position
    with pytest.raises(FilterSyntaxError, match="this quote is not closed") as caught:
        Filter.parse(f"({text}) and name eq 'x")
    assert len(text) + len("() and name eq ") == caught.value.position


SPOILT = {"eq": "==", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}


@given(filters())
def test_an_operator_of_another_language_is_at_fault(one: Filter) -> None:
    """Each comparison in turn; the hint is the operator that stood there."""
    text = str(one)
    for node in walk(Filter.parse(text).expression):
        if isinstance(node, Comparison) and node.operator in SPOILT and node.right.span is not None:
            place = text.rindex(f" {node.operator} ", 0, node.right.span[0]) + 1
            with pytest.raises(FilterSyntaxError) as caught:
                Filter.parse(f"{text[:place]}{SPOILT[node.operator]}{text[place + 2 :]}")
            assert (place, f"`{node.operator}`") == (caught.value.position, str(caught.value.hint).rpartition(" ")[2])


@given(filters())
def test_what_a_warning_offers_can_be_read(one: Filter) -> None:
    """A suggestion is a filter."""
    for problem in one.problems():
        if str(problem.hint).startswith("write "):
            Filter.parse(re.split(r", or \(|: the part", str(problem.hint)[6:])[0])
