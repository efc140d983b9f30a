"""The validator: everything that a profile refuses, at once, each with its place and what to write instead."""

import pytest
from hypothesis import given

from odata_filter import CUSTOM_VISION, ODATA, Filter, FilterValidationError, Problem, all_of, field, parameter
from odata_filter.builder import value
from odata_filter.nodes import IT, Comparison, Literal, Member, Node
from odata_filter.strategies import expressions

NOT_ALLOWED = "not-allowed"
CONDITION = "condition"


def part(problem: Problem) -> str:
    """What a problem's place covers."""
    assert problem.position is not None
    assert problem.end is not None
    return problem.source[problem.position : problem.end]


# ---- The count endpoint --------------------------------------------------------------------------------

REFUSED: list[tuple[str, dict[str, str]]] = [
    ("a gt 'x'", {"a gt 'x'": NOT_ALLOWED}),
    ("a ge 'x'", {"a ge 'x'": NOT_ALLOWED}),
    ("a lt 'x'", {"a lt 'x'": NOT_ALLOWED}),
    ("a le 'x'", {"a le 'x'": NOT_ALLOWED}),
    ("a has 'X'", {"a has 'X'": NOT_ALLOWED}),
    ("not (a eq 'x')", {"not (a eq 'x')": NOT_ALLOWED}),
    ("b eq 'y' and not (a eq 'x' or c eq 'z')", {"not (a eq 'x' or c eq 'z')": NOT_ALLOWED}),
    ("a add 'y' eq 'x'", {"a add 'y'": NOT_ALLOWED, "a add 'y' eq 'x'": CONDITION}),
    ("a sub 'y' eq 'x'", {"a sub 'y'": NOT_ALLOWED, "a sub 'y' eq 'x'": CONDITION}),
    ("-a eq 'x'", {"-a": NOT_ALLOWED, "-a eq 'x'": CONDITION}),
    ("tolower(a) eq 'x'", {"tolower(a)": NOT_ALLOWED, "tolower(a) eq 'x'": CONDITION}),
    ("cast(a,Edm.String) eq 'x'", {"cast(a,Edm.String)": NOT_ALLOWED, "cast(a,Edm.String) eq 'x'": CONDITION}),
    ("a eq 1", {"1": NOT_ALLOWED}),
    ("a eq 1.5", {"1.5": NOT_ALLOWED}),
    ("a eq true", {"true": NOT_ALLOWED}),
    ("a eq null", {"null": NOT_ALLOWED}),
    ("a eq duration'P1D'", {"duration'P1D'": NOT_ALLOWED}),
    ("a eq Ns.E'Red'", {"Ns.E'Red'": NOT_ALLOWED}),
    ("a eq geography'SRID=0;Point(1 2)'", {"geography'SRID=0;Point(1 2)'": NOT_ALLOWED}),
    ("'x' eq a", {"'x' eq a": CONDITION}),
    ("1 eq a", {"1": NOT_ALLOWED, "1 eq a": CONDITION}),
    ("null ne a", {"null": NOT_ALLOWED, "null ne a": CONDITION}),
    ("a", {"a": CONDITION}),
    ("a and b eq 'x'", {"a": CONDITION}),
    ("(a eq 'x' or b) and c eq 'y'", {"b": CONDITION}),
    ("a eq b", {"a eq b": CONDITION}),
    ("a/b eq 'x'", {"a/b": NOT_ALLOWED}),
    ("$it/a eq 'x'", {"$it": NOT_ALLOWED}),
    ("$it eq 'x'", {"$it": NOT_ALLOWED, "$it eq 'x'": CONDITION}),
    ("$this/a eq 'x'", {"$this": NOT_ALLOWED}),
    ("$root/a eq 'x'", {"$root": NOT_ALLOWED}),
    ("a eq @p", {"@p": NOT_ALLOWED, "a eq @p": CONDITION}),
    ("a/Ns.T/b eq 'x'", {"a/Ns.T": NOT_ALLOWED, "a/Ns.T/b": NOT_ALLOWED}),
    ("@Ns.T eq 'x'", {"@Ns.T": NOT_ALLOWED}),
    ("a/@Ns.T eq 'x'", {"a/@Ns.T": NOT_ALLOWED}),
    ("Ns.F(p='y') eq 'x'", {"Ns.F(p='y')": NOT_ALLOWED, "Ns.F(p='y') eq 'x'": CONDITION}),
    ("a('y') eq 'x'", {"a('y')": NOT_ALLOWED, "a('y') eq 'x'": CONDITION}),
    ("a/$count eq b", {"a/$count": NOT_ALLOWED, "a/$count eq b": CONDITION}),
    ("case(a eq 'x':'y') eq 'z'", {"case(a eq 'x':'y')": NOT_ALLOWED, "case(a eq 'x':'y') eq 'z'": CONDITION}),
    ("a eq ['x']", {"['x']": NOT_ALLOWED, "a eq ['x']": CONDITION}),
    ("a eq {\"x\":'y'}", {"{\"x\":'y'}": NOT_ALLOWED, "a eq {\"x\":'y'}": CONDITION}),
    (f"a eq '{'x' * 257}'", {f"'{'x' * 257}'": "value-too-long"}),
    ("a  eq  'x'\n  AND  b  GT\t'y'", {"b  GT\t'y'": NOT_ALLOWED}),
    ("metadata=a eq 'x' or b lt 'y'", {"b lt 'y'": NOT_ALLOWED}),
]


def problems_of(text: str) -> tuple[Problem, ...]:
    """What the count endpoint says to a text, which may have its prefix."""
    try:
        Filter.parse(text, profile=CUSTOM_VISION)
    except FilterValidationError as error:
        return error.problems
    return ()


@pytest.mark.parametrize(("text", "expected"), REFUSED, ids=[text[:40] for text, _ in REFUSED])
def test_what_the_count_endpoint_refuses_has_its_place(text: str, expected: dict[str, str]) -> None:
    """Exactly the part that is at fault, with a code for programs."""
    assert expected == {part(problem): problem.code for problem in problems_of(text)}


@pytest.mark.parametrize("text", [text for text, _ in REFUSED], ids=[text[:40] for text, _ in REFUSED])
def test_what_the_count_endpoint_refuses_says_what_is_allowed(text: str) -> None:
    """Every problem names the endpoint and has a message on one line, its source, and what would be right."""
    for problem in problems_of(text):
        assert text == problem.source
        assert "the Custom Vision count endpoint" in problem.message
        assert "\n" not in problem.message
        assert "error" == problem.severity


@pytest.mark.parametrize(
    ("text", "message", "expected", "hint"),
    [
        (
            "a gt 'x'",
            "the Custom Vision count endpoint does not take the operator gt, only and, eq, ne, or",
            ("and", "eq", "ne", "or"),
            None,
        ),
        (
            "not (a eq 'x')",
            "the Custom Vision count endpoint does not take the operator not, only and, eq, ne, or",
            ("and", "eq", "ne", "or"),
            "write the comparison with ne",
        ),
        (
            "not (a ne 'x')",
            "the Custom Vision count endpoint does not take the operator not, only and, eq, ne, or",
            ("and", "eq", "ne", "or"),
            "write the comparison with eq",
        ),
        (
            "a in ('x')",
            "the Custom Vision count endpoint does not take the operator in, only and, eq, ne, or",
            ("and", "eq", "ne", "or"),
            "join one eq for each value with or",
        ),
        (
            "a eq 1",
            "the Custom Vision count endpoint does not take a literal of type Edm.Int64, only Edm.String",
            ("Edm.String",),
            "compare with the string '1'",
        ),
        (
            "a eq duration'P1D'",
            "the Custom Vision count endpoint does not take a literal of type Edm.Duration, only Edm.String",
            ("Edm.String",),
            "compare with the string 'P1D'",
        ),
        (
            "a eq null",
            "the Custom Vision count endpoint does not take null, only Edm.String",
            ("Edm.String",),
            None,
        ),
        (
            "a/b eq 'x'",
            "the Custom Vision count endpoint does not take a path, only a property name",
            ("a property name",),
            None,
        ),
        (
            "'x' eq a",
            "this is no condition that the Custom Vision count endpoint understands",
            ("a property, an operator and a literal",),
            "put the property on the left and the literal on the right",
        ),
        (
            "a",
            "this is no condition that the Custom Vision count endpoint understands",
            ("a property, an operator and a literal",),
            None,
        ),
    ],
    ids=lambda case: case if isinstance(case, str) and len(case) < 20 else "",
)
def test_a_problem_says_what_to_write_instead(
    text: str, message: str, expected: tuple[str, ...], hint: str | None
) -> None:
    """The first problem of each text: its message, what is allowed, and a suggestion where there is one."""
    problem = problems_of(text)[0]
    assert (message, expected, hint) == (problem.message, problem.expected, problem.hint)


def test_all_problems_come_at_once() -> None:
    """In the order of the text."""
    text = "a gt 5 and b in (1,null) or not (c eq 'x') and d/e eq 'y' or f"
    parts = [part(problem) for problem in problems_of(text)]
    expected = ["a gt 5", "5", "b in (1,null)", "1", "null", "not (c eq 'x')", "d/e", "f"]
    assert expected == [item for item in parts if item != "(1,null)"]


@pytest.mark.parametrize("text", ["contains(a,'x')", "tags/any(t:t eq 'x')", "tags/any()", "true", "a/b/c eq 'x'"])
def test_one_fault_is_one_problem(text: str) -> None:
    """A function that is refused need not be refused again for being no condition."""
    assert 1 == len({problem.position for problem in problems_of(text)})
    assert 1 == len(problems_of(text))


def test_an_error_shows_every_problem() -> None:
    """With a mark under each fault."""
    with pytest.raises(FilterValidationError) as caught:
        Filter.parse("a eq 1 or b eq true").validate(profile=CUSTOM_VISION)
    assert (
        "the Custom Vision count endpoint does not take a literal of type Edm.Int64, only Edm.String\n"
        "    a eq 1 or b eq true\n"
        "         ^\n"
        "hint: compare with the string '1'\n"
        "\n"
        "the Custom Vision count endpoint does not take a literal of type Edm.Boolean, only Edm.String\n"
        "    a eq 1 or b eq true\n"
        "                   ^~~~\n"
        "hint: compare with the string 'true'"
    ) == str(caught.value)


# ---- Places ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        ((field("a") == "x") & (field("b") > "y"), ["b gt 'y'"]),
        (Filter.parse("   b gt 'y'") | (field("a") == 1), ["b gt 'y'", "1"]),
        (all_of(field("a") == 1, field("b") == 2), ["1", "2"]),
        (Filter(Comparison("eq", Member(IT, "a"), Literal("Edm.Int64", "7"))), ["7"]),
        (field("a") == parameter("@p"), ["a eq @p", "@p"]),
        (value("x") == field("a"), ["'x' eq a"]),
        (~(field("a") == "x"), ["not (a eq 'x')"]),
    ],
    ids=["built", "joined", "all_of", "by hand", "parameter", "value", "not"],
)
def test_a_built_filter_has_places_in_its_own_text(built: Filter, expected: list[str]) -> None:
    """It has no other text."""
    found = built.problems(profile=CUSTOM_VISION)
    assert expected == [part(problem) for problem in found]
    assert {str(built)} == {problem.source for problem in found}


@pytest.mark.parametrize(
    "text",
    [
        "not (a eq 'x')",
        "not ( not ( a eq 'x' ) )",
        "(a gt 'x')",
        "((a gt 'x') or b)",
        "(b) gt ('x')",
        "- (a) eq 'x'",
        "(a add 'y') mul ('z' sub 'w') eq 'x'",
        "(a or b) and not (c or d)",
    ],
)
def test_a_place_has_its_brackets_in_pairs(text: str) -> None:
    """A part that ends or starts with a bracket takes in the other one."""
    found = [part(problem) for problem in problems_of(text)]
    assert [item.count("(") for item in found] == [item.count(")") for item in found]


@given(expressions())
def test_every_problem_has_a_place(tree: Node) -> None:
    """For any tree and either profile, inside the text, and in order."""
    one = Filter.parse(str(Filter(tree)))
    for profile in (ODATA, CUSTOM_VISION):
        found = one.problems(profile=profile)
        places = [(problem.position, problem.end) for problem in found]
        assert all(part(problem) for problem in found)
        assert places == sorted(places, key=lambda place: (place[0] or 0, place[1] or 0))


@given(expressions())
def test_validate_raises_the_errors_among_the_problems(tree: Node) -> None:
    """And nothing where there are none."""
    one = Filter(tree)
    errors = tuple(problem for problem in one.problems(profile=CUSTOM_VISION) if problem.severity == "error")
    try:
        one.validate(profile=CUSTOM_VISION)
    except FilterValidationError as error:
        assert errors == error.problems  # noqa: PT017 - either outcome is right
    else:
        assert () == errors


# ---- Warnings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operator", ["eq", "ne", "gt", "ge", "lt", "le"])
def test_not_before_a_comparison_is_a_warning(operator: str) -> None:
    """`not A eq B` negates A alone, and everyone trips over it."""
    one = Filter.parse(f"b eq 1 and not a {operator} true")
    one.validate()
    (problem,) = one.problems()
    assert ("warning", "not-operand", "not a") == (problem.severity, problem.code, part(problem))
    assert f"not binds tighter than {operator}, so it negates the left operand alone" == problem.message
    hint = f"write not (... {operator} ...) to negate the comparison, or (not ...) {operator} ... to keep this meaning"
    assert hint == problem.hint


@pytest.mark.parametrize("text", ["not (a eq true)", "not a", "not a and b eq 1", "not a in (true)", "a eq (not b)"])
def test_not_elsewhere_is_no_warning(text: str) -> None:
    """Nobody is misled there."""
    assert () == Filter.parse(text).problems()


def test_the_hint_of_the_warning_ends_it() -> None:
    """Who writes the brackets means them."""
    assert () == Filter.parse("(not a) eq true").problems()


def test_parsing_accepts_a_warning() -> None:
    """The filter is right; it may not be what was meant."""
    assert Filter.parse("not a eq true").matches({"a": False})
