"""The evaluation of filters: every case of `cases/evaluation`, and what options change."""

import fnmatch
import re
from importlib.util import find_spec
from itertools import groupby

import pytest

from casefiles import FOLDER, EvaluationCase, evaluation_cases, same_value
from odata_filter import Filter, FilterEvaluationError, UnsupportedFilterError
from odata_filter.filter import Options

BEYOND_LINEAR_TIME = "pattern-backtracking.json"
"""Patterns that ECMAScript has and no engine matches in linear time."""

WITHOUT_GEO = pytest.mark.skipif(
    find_spec("shapely") is None or find_spec("pyproj") is None, reason="the extra geo is not installed"
)


def parameters(cases: list[EvaluationCase]) -> list[object]:
    """The cases as test parameters, under their names."""
    return [pytest.param(case, id=case.label, marks=[WITHOUT_GEO] if case.file == "geo.json" else []) for case in cases]


CASES = [case for case in evaluation_cases() if case.file != BEYOND_LINEAR_TIME]
VALUES = parameters([case for case in CASES if case.error is None])
FAILURES = parameters([case for case in CASES if case.error is not None])
PRECEDENCE = parameters([case for case in CASES if case.wrong_filter is not None])
REFUSALS = parameters([case for case in evaluation_cases() if case.file == BEYOND_LINEAR_TIME])


def options(case: EvaluationCase) -> Options:
    """What a case says about the evaluation beside filter and row."""
    given: Options = {"parameters": case.parameters, "on_error": case.on_error, "keys": case.keys}
    if case.now is not None:
        given["now"] = case.now
    if case.root is not None:
        given["root"] = case.root
    return given


@pytest.mark.parametrize("case", VALUES)
def test_a_filter_has_the_value_of_the_standard(case: EvaluationCase) -> None:
    """The value, and its Python type, are those of the case."""
    actual = Filter.parse(case.filter).evaluate(case.row, **options(case))
    assert same_value(case.value, actual), f"expected {case.value!r}, not {actual!r}"


@pytest.mark.parametrize("case", FAILURES)
def test_a_filter_fails_where_the_standard_says_so(case: EvaluationCase) -> None:
    """The failure is our own error, and it points into the filter."""
    with pytest.raises(FilterEvaluationError) as caught:
        Filter.parse(case.filter).evaluate(case.row, **options(case))
    assert case.filter == caught.value.source
    assert caught.value.position is not None


@pytest.mark.parametrize("case", PRECEDENCE)
def test_the_wrong_reading_gives_another_value(case: EvaluationCase) -> None:
    """Precedence can be seen: the filter that a reader may take it for gives something else."""
    wrong = Filter.parse(str(case.wrong_filter)).evaluate(case.row, **options(case))
    assert same_value(case.wrong_value, wrong)
    assert not same_value(case.value, wrong)


@pytest.mark.parametrize("case", VALUES)
def test_printing_does_not_change_the_value(case: EvaluationCase) -> None:
    """The canonical text means what the text meant."""
    printed = Filter.parse(str(Filter.parse(case.filter)))
    assert same_value(case.value, printed.evaluate(case.row, **options(case)))


@pytest.mark.parametrize("case", REFUSALS)
def test_a_pattern_beyond_linear_time_is_refused_by_name(case: EvaluationCase) -> None:
    """It is never run: what it would cost depends on the text."""
    with pytest.raises(UnsupportedFilterError, match="linear time"):
        Filter.parse(case.filter).evaluate(case.row, **options(case))


# ---- The table of rules ----------------------------------------------------------------------------


def rules() -> list[tuple[str, str, str]]:
    """The rows of SECTIONS.md that name cases: the rule, the file, and the pattern of each case."""
    lines = (FOLDER / "SECTIONS.md").read_text(encoding="utf-8").splitlines()
    cells = [re.split(r" \| ", line.removeprefix("| ").removesuffix(" |")) for line in lines if line.startswith("| ")]
    rows = [
        row for row in cells if len(row) == len(("rule", "section", "file", "cases")) and row[0] not in {"rule", "---"}
    ]
    return [(rule, file, pattern) for rule, _, file, cases in rows for pattern in re.findall(r"`([^`]+)`", cases)]


def test_every_rule_names_cases_that_there_are() -> None:
    """The table maps each rule of the standard to what shows it, and nothing in it is stale."""
    names = {file: [case.name for case in cases] for file, cases in groupby(evaluation_cases(), lambda case: case.file)}
    unknown = [entry for entry in rules() if not fnmatch.filter(names.get(f"{entry[1]}.json", []), entry[2])]
    assert [] == unknown
    assert len(rules()) > 300


def test_every_file_of_cases_is_in_the_table() -> None:
    """A topic with cases has rules."""
    assert {case.file.removesuffix(".json") for case in evaluation_cases()} == {file for _, file, _ in rules()}
