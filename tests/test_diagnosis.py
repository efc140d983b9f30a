"""What is wrong, in the user's words: for each mistake that people make its place, and what to write instead."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from odata_filter import CUSTOM_VISION, ODATA, Filter, FilterError, FilterSyntaxError, Problem, Schema, field

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
    assert len(filters) >= 330
    assert sorted(set(filters)) == sorted(filters)
    names = [(file, case.name) for file, case in CASES]
    assert sorted(set(names)) == sorted(names)


def test_a_long_filter_is_diagnosed_by_what_is_near() -> None:
    """What stands at its beginning says nothing about a fault far behind."""
    with pytest.raises(FilterSyntaxError) as caught:
        Filter.parse("where eq 1" + " and a eq 1" * 100 + " b")
    assert "an operator is missing here, such as `and` or `eq`" == caught.value.hint


def test_a_python_value_may_stand_left_of_an_operator() -> None:
    """Division and remainder keep their order."""
    assert "5 divby a eq 1" == str(5 / field("a") == 1)
    assert "5 mod a eq 1" == str(5 % field("a") == 1)
