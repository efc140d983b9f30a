"""The validator: everything that a profile refuses, at once, each with its place and what to write instead."""

from dataclasses import replace

import pytest
from hypothesis import given

from odata_filter import CUSTOM_VISION, ODATA, Filter, FilterValidationError, Problem, all_of, field, parameter
from odata_filter.builder import value
from odata_filter.nodes import IT, Comparison, Literal, Member, Node
from odata_filter.schema import Schema
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
    ("$it/null eq 'x'", {"$it/null": NOT_ALLOWED}),
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
            "a missing key cannot be asked for",
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
            "put the property on the left: a eq 'x'",
        ),
        (
            "a",
            "this is no condition that the Custom Vision count endpoint understands",
            ("a property, an operator and a literal",),
            "say which value it has: a eq 'true'",
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
def test_validate_raises_where_there_is_an_error(tree: Node) -> None:
    """The error carries every problem, and a warning alone raises nothing."""
    one = Filter(tree)
    found = one.problems(profile=CUSTOM_VISION)
    try:
        one.validate(profile=CUSTOM_VISION)
    except FilterValidationError as error:
        assert found == error.problems  # noqa: PT017 - either outcome is right
        assert "error" in {problem.severity for problem in found}
    else:
        assert {"warning"} >= {problem.severity for problem in found}


# ---- Warnings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operator", ["eq", "ne", "gt", "ge", "lt", "le"])
def test_not_before_a_comparison_is_a_warning(operator: str) -> None:
    """`not A eq B` negates A alone, and everyone trips over it."""
    one = Filter.parse(f"b eq 1 and not a {operator} true")
    one.validate()
    (problem,) = one.problems()
    assert ("warning", "not-operand", "not a") == (problem.severity, problem.code, part(problem))
    assert f"not binds tighter than {operator}, so it negates the left operand alone" == problem.message
    assert f"write not (a {operator} true), or (not a) {operator} true to keep this meaning" == problem.hint


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


# ---- Types -----------------------------------------------------------------------------------------------

SCHEMA = Schema(
    {
        "name": str,
        "year": int,
        "ratio": float,
        "ok": bool,
        "taken": "Edm.Date",
        "span": "Edm.Duration",
        "id": "Edm.Guid",
        "color": "Ns.Color",
        "spot": "Edm.GeographyPoint",
        "tags": [str],
        "place": {"city": str, "size": int},
        "items": [{"key": str, "n": int}],
    }
)
INT_HINT = "a literal of type Edm.Int64 has no quotes: 2024"
DATE_HINT = "a literal of type Edm.Date has no quotes: 2024-01-01"
CONDITIONS = ("a condition",)

MISTYPED: list[tuple[str, str, str, str, str | None]] = [
    ("nam eq 'x'", "nam", "unknown-property", "there is no property nam", "did you mean name?"),
    ("zzz eq 'x'", "zzz", "unknown-property", "there is no property zzz", None),
    ("$it/nam eq 'x'", "$it/nam", "unknown-property", "there is no property nam", "did you mean name?"),
    ("place/cty eq 'x'", "place/cty", "unknown-property", "there is no property cty", "did you mean city?"),
    ("name/x eq 'x'", "name/x", "unknown-property", "there is no property x", None),
    ("items/any(i:i/kee eq 'x')", "i/kee", "unknown-property", "there is no property kee", "did you mean key?"),
    (
        "items/$filter(kee eq 'x')/$count gt 1",
        "kee",
        "unknown-property",
        "there is no property kee",
        "did you mean key?",
    ),
    ("year eq '2024'", "year eq '2024'", "types", "eq cannot compare Edm.Int64 and Edm.String", INT_HINT),
    ("'2024' gt year", "'2024' gt year", "types", "gt cannot compare Edm.String and Edm.Int64", INT_HINT),
    ("taken lt '2024-01-01'", "taken lt '2024-01-01'", "types", "lt cannot compare Edm.Date and Edm.String", DATE_HINT),
    ("ok eq 1", "ok eq 1", "types", "eq cannot compare Edm.Boolean and Edm.Int64", None),
    ("color eq true", "color eq true", "types", "eq cannot compare Enumeration and Edm.Boolean", None),
    ("spot eq spot", "spot eq spot", "types", "eq cannot compare Edm.GeographyPoint and Edm.GeographyPoint", None),
    ("place gt place", "place gt place", "types", "gt cannot compare Complex and Complex", None),
    (
        "tags/any(t:t eq 1)",
        "t eq 1",
        "types",
        "eq cannot compare Edm.String and Edm.Int64",
        "a string stands in single quotes: '1'",
    ),
    ("tags/$count eq 'x'", "tags/$count eq 'x'", "types", "eq cannot compare Edm.Int64 and Edm.String", None),
    ("length(name) eq 'x'", "length(name) eq 'x'", "types", "eq cannot compare Edm.Int64 and Edm.String", None),
    (
        "1 eq 'x'",
        "1 eq 'x'",
        "types",
        "eq cannot compare Edm.Int64 and Edm.String",
        "a string stands in single quotes: '1'",
    ),
    ("contains(year,'x')", "contains(year,'x')", "types", "contains does not take arguments of these types", None),
    ("year add name eq 1", "year add name", "types", "add does not take operands of these types", None),
    ("year in (1,'x')", "'x'", "types", "no Edm.Int64 is equal to this Edm.String", None),
    ("year in name", "name", "types", "in needs a collection on its right", None),
    ("not name", "name", "types", "not needs Boolean operands, and this is none", None),
    ("ok and year", "year", "types", "and needs Boolean operands, and this is none", None),
    ("year or ok", "year", "types", "or needs Boolean operands, and this is none", None),
    ("name", "name", "not-boolean", "a filter is a condition, and this is none", None),
    ("year add 1", "year add 1", "not-boolean", "a filter is a condition, and this is none", None),
    (
        "tags/any(t:tags/all(t:t eq 'x'))",
        "tags/all(t:t eq 'x')",
        "variable",
        "the variable t is already bound by an enclosing any or all",
        "give the inner variable another name",
    ),
]


@pytest.mark.parametrize(("text", "fault", "code", "message", "hint"), MISTYPED, ids=[case[0] for case in MISTYPED])
def test_a_schema_finds_what_can_never_fit(text: str, fault: str, code: str, message: str, hint: str | None) -> None:
    """A wrong name or type is found before there is any row."""
    (problem,) = Filter.parse(text).problems(schema=SCHEMA)
    assert (fault, code, message, hint) == (part(problem), problem.code, problem.message, problem.hint)
    with pytest.raises(FilterValidationError):
        Filter.parse(text).validate(schema=SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        "name eq 'x' and year gt 1.5 and ratio le 1 and ok",
        "ok eq (year gt 1)",
        "name eq null or year ne null or null ge year",
        "span eq 'P1D' and 'P1D' ne span and span gt duration'P1D'",
        "color eq 'Red' and color ne Ns.Color'Blue' and color eq 3 and color has 'Red'",
        "taken add span gt taken and taken sub taken eq span",
        "year add null eq 1",
        "tags eq ['x'] and tags/any(t:contains(t,'x')) and contains(tags,['x'])",
        "items/any(i:i/key eq 'x' and i/n gt $it/year)",
        "items/$filter(n gt 1 and $this/key eq 'x')/$count gt year",
        "place/city in ('x',null) and place eq {\"city\":'x'}",
        "year in (1,2.5) and year in [] or tags/any(t:t in tags)",
        "year in @p and name eq @q and Ns.F(p=year) eq name",
        "cast(name,Edm.Int32) gt 1 and isof(name,Edm.String) and round(ratio) eq 1",
        "name/@Ns.Term eq 1 and place/@Ns.Term eq 'x'",
        "case(ok:year,true:0) gt 1",
        "spot eq null and geo.distance(spot,spot) lt 1",
    ],
)
def test_what_fits_the_schema_is_no_error(text: str) -> None:
    """Null fits everywhere, numbers fit numbers, and nothing is said of what is not known."""
    Filter.parse(text).validate(schema=SCHEMA)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nam eq 'x'", tuple(SCHEMA.properties)),
        ("name/x eq 'x'", ()),
        ("not name", CONDITIONS),
        ("name", CONDITIONS),
        ("year in name", ("a list such as ('a','b')",)),
        ("tolower(year) eq 'x'", ("tolower(String)",)),
        (
            "contains(year,'x')",
            ("contains(String,String) or contains(Collection,Collection)",),
        ),
    ],
)
def test_a_problem_of_types_says_what_would_fit(text: str, expected: tuple[str, ...]) -> None:
    """The known names, or how the function is called."""
    assert expected == Filter.parse(text).problems(schema=SCHEMA)[0].expected


def test_without_a_schema_properties_may_be_anything() -> None:
    """Only what the literals say counts."""
    assert () == Filter.parse("nam eq 'x' and nam gt 5 and not nam and nam/x").problems()
    assert ["types"] == [problem.code for problem in Filter.parse("'x' gt 5").problems()]


@pytest.mark.parametrize(
    "text", ["year gt null", "null lt year", "ratio eq NaN", "NaN gt 1", "year in []", "name in []"]
)
def test_what_is_never_true_is_a_warning(text: str) -> None:
    """It is right, and hardly meant."""
    (problem,) = Filter.parse(text).problems(schema=SCHEMA)
    assert ("warning", "never-true", "this is never true") == (problem.severity, problem.code, problem.message)
    assert text == part(problem)


@pytest.mark.parametrize("text", ["year ge null", "year eq null", "ratio ne NaN", "year in (1,null) or ok"])
def test_what_may_be_true_is_not_called_never_true(text: str) -> None:
    """`ge` holds between two nulls, and `ne` for NaN."""
    found = Filter.parse(text).problems(schema=SCHEMA)
    assert text not in [part(problem) for problem in found]


def test_an_alias_without_a_value_is_a_warning() -> None:
    """It stands for null; without the names of the aliases that have one, nothing is said."""
    one = Filter.parse("a eq @p or b eq @q")
    (problem,) = one.problems(parameters=["@q"])
    assert ("warning", "alias", "@p", ("@q",)) == (problem.severity, problem.code, part(problem), problem.expected)
    assert "the parameter alias @p has no value, and stands for null" == problem.message
    one.validate(parameters=[])
    assert () == one.problems()
    assert () == one.problems(parameters={"@p": 1, "@q": 2})


def test_a_schema_and_a_profile_are_checked_together() -> None:
    """In one go and in order."""
    found = Filter.parse("nam gt 'x' and year eq 'x'").problems(profile=CUSTOM_VISION, schema=SCHEMA)
    expected = [("nam", "unknown-property"), ("nam gt 'x'", NOT_ALLOWED), ("year eq 'x'", "types")]
    assert expected == [(part(problem), problem.code) for problem in found]


def test_names_are_guessed_as_long_as_people_may_have_written_them() -> None:
    """A text of nothing but unknown names would have each of them compared with each of the schema's."""
    schema = Schema({f"property{number}": int for number in range(1000)})
    strange = " or ".join([f"{'x' * 128} eq 1"] * 4)
    found = Filter.parse(f"propertty1 eq 1 or {strange} or propertty1 eq 1").problems(schema=schema)
    assert ["did you mean property1?", None, None, None, None, None] == [problem.hint for problem in found]
    assert all(found[0].expected is problem.expected for problem in found)
    strange = " or ".join([f"{'x' * 128}() eq 1"] * 200)
    (only,) = Filter.parse(f"lenght() eq 1 or {strange} or lenght() eq 1").problems()
    assert (0, "did you mean length?") == (only.position, only.hint)


# ---- Parentheses -----------------------------------------------------------------------------------------


def test_a_profile_without_parentheses_refuses_an_or_inside_an_and() -> None:
    """Everything else can be written without them."""
    mine = replace(CUSTOM_VISION, parentheses=False)
    (problem,) = Filter.parse("a eq 'x' and (b eq 'y' or c eq 'z')").problems(profile=mine)
    assert "(b eq 'y' or c eq 'z')" in (part(problem), f"({part(problem)})")
    assert (NOT_ALLOWED, "join and-terms with or") == (problem.code, problem.hint)
    assert () == Filter.parse("(a eq 'x' and b eq 'y') or c eq 'z'").problems(profile=mine)
