"""What is meant instead of what can hardly be: it reads as a filter, says what it should, and is left out when long."""

import re
from dataclasses import replace

import pytest

from odata_filter import CUSTOM_VISION, ODATA, Filter, Schema
from odata_filter.nodes import IT, Comparison, Literal, Member, Not
from odata_filter.validator import problems

LONG = "x" * 70
SCHEMA = Schema({"s": str, "n": int, "d": "Edm.Date", "m": "Edm.DateTimeOffset", "tags": [str], "all": [str]})


def hint(text: str, *, schema: Schema | None = None) -> str | None:
    """The hint of the first problem."""
    return Filter.parse(text).problems(schema=schema)[0].hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not a eq b or c", "write not (a eq b), or (not a) eq b to keep this meaning"),
        ("not a eq (b or c)", "write not (a eq (b or c)), or (not a) eq (b or c) to keep this meaning"),
        ("a gt b le c", "write a gt b and b le c, or (a gt b) le c to keep this meaning"),
        ("1 lt a lt 5", "write 1 lt a and a lt 5"),
        ("startswith('x',a/b)", "write startswith(a/b,'x'): the part comes second"),
    ],
)
def test_a_suggestion_is_a_filter(text: str, expected: str) -> None:
    """With the parentheses that it needs."""
    told = hint(text)
    assert expected == told
    suggested = re.split(r", or |: ", str(told).removeprefix("write "))[0]
    assert suggested == str(Filter.parse(suggested))


@pytest.mark.parametrize(
    "text",
    [
        f"not {LONG} eq b",
        f"a eq {LONG} eq c",
        f"contains('x',{LONG})",
        f"s eq '{LONG}' or 'y'",
        f"s eq 'y' or '{LONG}'",
        f"n gt '{LONG}'",
        f"d gt 2024-01-01T00:00:00.{'0' * 12}Z or length('{LONG}') gt 1",
        f"case(s eq '{LONG}':d,true:d) lt m",
        f"tags eq '{LONG}'",
    ],
)
def test_a_long_part_is_not_repeated(text: str) -> None:
    """A hint is one line; the mark shows the part."""
    assert LONG not in str(hint(text, schema=SCHEMA))


@pytest.mark.parametrize(
    "text",
    [
        "(a eq b) eq c",
        "a eq b eq true",
        "a gt b eq c",
        "a in (1) eq b",
        "a has Ns.C'x' eq b",
        "name/length eq 1",
        "Ns.F(p=1)",
        "Ns.Report() eq 1",
        "Days(1)/x eq 1",
        "a/Items('x') eq 1",
    ],
)
def test_what_may_well_be_meant_is_left_alone(text: str) -> None:
    """Parentheses of one's own, conditions compared with Booleans, functions and keys that look like nothing else."""
    assert () == Filter.parse(text).problems()


def test_a_property_of_the_schema_is_no_function() -> None:
    """Its name may be like one."""
    schema = Schema({"contains": [{"x": int}]})
    assert () == Filter.parse("$it/contains('a')/x eq 1").problems(schema=schema)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'x' eq a", "put the property on the left: a eq 'x'"),
        ("'x' lt a", "put the property on the left: a gt 'x'"),
        ("'x' ge a", "put the property on the left: a le 'x'"),
        (f"'{LONG}' eq a", "put the property on the left"),
    ],
)
def test_a_comparison_is_turned_round(text: str, expected: str) -> None:
    """With the operator that says the same from the other side."""
    profile = replace(CUSTOM_VISION, operators=ODATA.operators)
    assert [expected] == [one.hint for one in Filter.parse(text).problems(profile=profile)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("d lt 2024-01-01T00:00:00Z", "compare the same parts: d lt date(2024-01-01T00:00:00Z)"),
        ("m ge d", "compare the same parts: date(m) ge d"),
        ("startswith(tags,'x')", "ask for a member: tags/any(t:startswith(t,'x'))"),
        ("tags ne 'x'", "ask for a member: tags/any(t:t ne 'x')"),
        ("['x'] eq 'x'", None),
        ("contains(n,'x')", None),
        ("tolower(n) eq 'x'", None),
        ("s eq d", None),
        ('{"s":1,"n":2}', None),
        ('{"a b":1}', None),
    ],
)
def test_types_that_do_not_fit_get_a_hint_where_there_is_one(text: str, expected: str | None) -> None:
    """Dates of moments, members of collections."""
    assert expected == hint(text, schema=SCHEMA)


def test_a_tree_without_places_gets_no_suggestions() -> None:
    """How long its parts are is not known without printing them."""
    tree = Comparison("eq", Not(Member(IT, "a")), Literal("Edm.Boolean", "true"))
    (problem,) = problems(tree, ODATA)
    assert ("not-operand", None) == (problem.code, problem.hint)
