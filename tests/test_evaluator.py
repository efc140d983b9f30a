"""The evaluation of filters: every case of `cases/evaluation`, and what options change."""

import fnmatch
import re
from importlib.util import find_spec
from itertools import groupby

import pytest

from casefiles import FOLDER, EvaluationCase, evaluation_cases, same_value
from odata_filter import Filter, FilterError, FilterEvaluationError, UnsupportedFilterError, evaluator, patterns
from odata_filter.evaluator import Context, Expression, Scope, evaluation, quotes_a_duration
from odata_filter.filter import Options
from odata_filter.nodes import IT, Collection, Comparison, Count, Member
from odata_filter.parser import parse

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


# ---- Refusals ------------------------------------------------------------------------------------------


def fault(text: str, options: Options, row: object = None) -> tuple[object, ...]:
    """What the error of an evaluation says, its code, the marked part of the filter and the hint."""
    with pytest.raises(FilterError) as caught:
        Filter.parse(text).evaluate({} if row is None else row, **options)
    problem = caught.value.problems[0]
    assert problem.position is not None
    return problem.message, problem.code, text[problem.position : problem.end], problem.hint


def fails(**_: object) -> object:
    """A custom function that is broken."""
    message = "no luck"
    raise ValueError(message)


KEY_HINT = 'name the key property: Items(ID=1), or give keys={"Items": ["ID"]}'
FUNCTION_HINT = "give it as functions={'My.F': ...}"


@pytest.mark.parametrize(
    ("text", "given", "message", "code", "part", "hint"),
    [
        (
            "1 lt $root/a",
            {},
            "$root leads nowhere here",
            "unsupported",
            "$root",
            "give the other resources as root=",
        ),
        ("1 lt My.F(a=1)", {}, "the custom function My.F is not known", "unsupported", "My.F(a=1)", FUNCTION_HINT),
        ("1 lt x/My.F()", {}, "the custom function My.F is not known", "unsupported", "x/My.F()", FUNCTION_HINT),
        ("1 lt b(1)/a", {}, "it is not known which property is the key", "unsupported", "b(1)", KEY_HINT),
        (
            "1 lt b(1)/a",
            {"keys": {"b": ["x", "y"]}},
            "it is not known which property is the key",
            "unsupported",
            "b(1)",
            KEY_HINT,
        ),
        (
            "1 lt b/$count($search=x)",
            {},
            "a free-text search has no evaluation",
            "unsupported",
            "b/$count($search=x)",
            None,
        ),
        (
            "1 lt @a",
            {"parameters": {"@a": Filter.parse("@a")}},
            "the parameter alias @a stands for itself",
            "alias-cycle",
            "@a",
            None,
        ),
        (
            "1 lt @a",
            {"parameters": {"@a": Filter.parse("null eq 1 or 1 div 0 eq 1")}},
            "an integer div by zero has no value",
            "evaluation",
            "@a",
            None,
        ),
        (
            "1 lt @a or b",
            {"parameters": {"@a": Filter.parse("null eq 1 or $root/b")}},
            "$root leads nowhere here",
            "unsupported",
            "@a",
            "give the other resources as root=",
        ),
        (
            "1 lt My.F(a=1)",
            {"functions": {"My.F": fails}},
            "the custom function My.F failed: no luck",
            "custom-function",
            "My.F(a=1)",
            None,
        ),
    ],
)
def test_what_cannot_be_evaluated_says_why(  # noqa: PLR0913, PLR0917 - all that an error says
    text: str, given: Options, message: str, code: str, part: str, hint: str | None
) -> None:
    """The message, the code, the part of the filter and what to do."""
    assert (message, code, part, hint) == fault(text, given)


# ---- Work ----------------------------------------------------------------------------------------------

MEMBERS = {"t": [{"u": [{"n": 1}, {"n": 2}]}]}


@pytest.mark.parametrize(
    ("text", "work", "part"),
    [
        ("1 eq 2 or t/any(x:x/u/any(y:y/n eq 3))", 2, "x/u/any(y:y/n eq 3)"),
        ("1 eq 2 or t/any(x:x/u/$filter(n eq 3)/$count eq 1)", 2, "x/u/$filter(n eq 3)"),
        ("1 eq 2 or t/$filter(u/any(y:y/n eq 3))/$count eq 1", 2, "u/any(y:y/n eq 3)"),
        ("1 eq 2 or t/$filter(u/$filter(n eq 3)/$count eq 1)/$count eq 1", 2, "u/$filter(n eq 3)"),
        ("@one eq 2 or @one eq 3 or @one eq 4", 3, "@one"),
        ("@two eq 3", 3, "@two"),
        ("t/any(x:x/u/any(y:@one eq 2))", 4, "@one"),
    ],
)
def test_work_is_counted_to_the_last_member(monkeypatch: pytest.MonkeyPatch, text: str, work: int, part: str) -> None:
    """Members of inner loops, and aliases that stand for expressions; one less than they are is too little."""
    given: Options = {"parameters": {"@one": Filter.parse("1"), "@two": Filter.parse("@one add @one")}}
    monkeypatch.setattr(evaluator, "MAX_WORK", work)
    for _ in range(2):
        assert Filter.parse(text).evaluate(MEMBERS, **given) is False
    monkeypatch.setattr(evaluator, "MAX_WORK", work - 1)
    assert ("this takes too much work for one row", "too-much-work", part, None) == fault(text, given, MEMBERS)


@pytest.mark.parametrize(
    "text",
    [
        "t/any(x:x/u/any(y:y/n eq 2))",
        "t/$filter(u/any(y:y/n eq 2))/$count eq 1",
        "@one eq 1 and @one ne 2",
        "matchesPattern('x','x')",
    ],
)
def test_work_begins_anew_with_each_row(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """However many rows there are, and whatever the work is."""
    monkeypatch.setattr(evaluator, "MAX_WORK", 2)
    monkeypatch.setattr(patterns, "share", lambda _text, _pattern: 0.9)
    one = Expression(evaluation(parse("1"), Context()))
    compiled, scope = evaluation(parse(text), Context()), Scope(parameters={"@one": one})
    assert [True, True, True] == [compiled(MEMBERS, scope) for _ in range(3)]


@pytest.mark.parametrize("pattern", ["'b'", "concat('b','')"])
def test_a_pattern_that_takes_too_much_work_is_marked(monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    """The whole call, whether the pattern is a literal or computed."""
    monkeypatch.setattr(evaluator, "MAX_WORK", -1)
    text = f"1 eq 2 or matchesPattern(a,{pattern})"
    expected = ("this takes too much work for one row", "too-much-work", f"matchesPattern(a,{pattern})", None)
    assert expected == fault(text, {}, {"a": "x"})


# ---- Options -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["a", "B", "C"])
@pytest.mark.parametrize(("operator", "kept"), [("lt", "a"), ("le", "aB"), ("ge", "BC"), ("gt", "C")])
def test_a_collation_orders_strings(operator: str, kept: str, value: str) -> None:
    """By their keys; those of equal keys are neither less nor greater."""
    assert (value in kept) is Filter.parse(f"a {operator} 'b'").evaluate({"a": value}, collation=str.casefold)


@pytest.mark.parametrize(
    ("text", "value", "expected"), [("a gt 1", 2, True), ("a gt 1", "x", None), ("a gt 'x'", 1, None)]
)
def test_a_collation_is_for_two_strings(text: str, value: object, expected: object) -> None:
    """Everything else is compared as it would be without one."""
    assert expected is Filter.parse(text).evaluate({"a": value}, collation=str.casefold)


def test_a_list_of_nulls_says_nothing_about_a_type() -> None:
    """With `coerce` a string is read as what it meets, and there it meets nothing."""
    assert Filter.parse("a in (null)").evaluate({"a": "2024-02-29"}, coerce=True) is False


def test_an_alias_in_a_key_is_about_the_row() -> None:
    """An expression is evaluated where the alias stands."""
    row = {"items": [{"n": 1, "p": 5}, {"n": 2, "p": 6}], "m": 2}
    given: Options = {"keys": {"items": ["n"]}, "parameters": {"@k": Filter.parse("m")}}
    assert 6 == Filter.parse("items(@k)/p").evaluate(row, **given)


def test_a_custom_function_takes_lambda_variables() -> None:
    """In front of it, and as arguments."""
    row = {"items": [{"n": 1}]}
    assert Filter.parse("items/any(i:My.Size(a=i/n) eq 1)").evaluate(row, functions={"My.Size": lambda a: a})
    assert Filter.parse("items/any(i:i/n/My.Size() eq 1)").evaluate(row, functions={"My.Size": lambda a: a})


def test_a_string_quotes_a_duration_only_in_the_form_of_one() -> None:
    """On either side, or in a list."""
    texts = ("a eq 'x'", "a eq 'Px'", "a eq 'PT1H'", "a eq '-P1D'", "'P1D' eq a", "a in ('x','P1D')")
    found = [quotes_a_duration(parse(text)) for text in texts]  # type: ignore[arg-type] # they are comparisons
    assert [False, False, True, True, True, True] == found


def test_a_collection_that_no_path_leads_to_is_counted() -> None:
    """A tree may say more than a text."""
    both = Collection((Member(IT, "a"), Comparison("eq", IT, IT)))
    assert 2 == evaluation(Count(both), Context())({}, Scope())


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
