"""Filter texts to trees: what is read, what it becomes, and where the rest is refused."""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import edm
from odata_filter.errors import FilterSyntaxError, Problem
from odata_filter.nodes import (
    IT,
    MAX_DEPTH,
    THIS,
    Arithmetic,
    Call,
    Case,
    Collection,
    Comparison,
    Count,
    Invocation,
    Key,
    Literal,
    Logical,
    Member,
    Negate,
    Node,
    Not,
    Quantifier,
    Record,
    Variable,
    Where,
    too_deep,
    walk,
)
from odata_filter.parser import parse
from odata_filter.printer import text
from syntaxcases import SyntaxCase, load

CASES = load()
READ = [pytest.param(case, id=case.label) for case in CASES if case.canonical is not None]
REFUSED = [pytest.param(case, id=case.label) for case in CASES if case.position is not None]

A, B, C = (Member(IT, name) for name in "abc")
ONE = Literal(edm.INT64, "1")


def refused(source: str, *, prefix: bool = False) -> FilterSyntaxError:
    """The error that a text is refused with."""
    with pytest.raises(FilterSyntaxError) as caught:
        parse(source, prefix=prefix)
    return caught.value


# ---- The cases -------------------------------------------------------------------------------


@pytest.mark.parametrize("case", READ)
def test_a_filter_reads_as_its_canonical_text_does(case: SyntaxCase) -> None:
    """Spare parentheses, white space and upper case change no tree."""
    assert parse(str(case.canonical)) == parse(case.filter)


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_filter_is_refused_where_it_goes_wrong(case: SyntaxCase) -> None:
    """The position is that of the first fault."""
    assert case.position == refused(case.filter).position


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_carries_the_text_and_a_place_in_it(case: SyntaxCase) -> None:
    """An error can be shown without the filter at hand, and marks one character at least."""
    error = refused(case.filter)
    assert case.filter == error.source
    assert error.position is not None
    assert error.end is not None
    assert error.position < error.end


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_says_what_was_expected(case: SyntaxCase) -> None:
    """Where the grammar stops it names what could have stood there, in words and not in names of terminals."""
    error = refused(case.filter)
    assert (error.problems[0].code == "syntax") == bool(error.expected)
    assert all(phrase in error.message for phrase in error.expected)
    assert error.problems[0].code != "syntax" or re.search("[A-Z]_|_[A-Z]", error.message) is None


# ---- The case files --------------------------------------------------------------------------


def test_there_are_cases_for_every_topic() -> None:
    """A folder that lost its files would make the tests above pass."""
    assert len(CASES) >= 450
    assert {"names", "operators", "precedence", "lambdas", "json"} <= {case.topic for case in CASES}


CASE = {"name": "n", "section": "s", "filter": "a"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "bad.json needs an object"),
        ({"about": "x"}, "bad.json needs an object"),
        ({"about": "x", "cases": {}}, "bad.json needs an object"),
        ({"about": "x", "cases": [1]}, "bad.json, case 0: an object"),
        ({"about": "x", "cases": [CASE | {"accept": 1}]}, "boolean `accept`"),
        ({"about": "x", "cases": [CASE | {"accept": True}]}, "canonical is missing"),
        (
            {"about": "x", "cases": [CASE | {"accept": True, "canonical": "a", "position": 0}]},
            "position is unknown here",
        ),
        ({"about": "x", "cases": [CASE | {"accept": False, "position": True}]}, "case 0: position is no int"),
        ({"about": "x", "cases": [CASE | {"accept": False, "position": 2}]}, "position 2 is outside"),
        ({"about": "x", "cases": [CASE | {"accept": False, "position": 0}] * 2}, "case 1: the name 'n' is given twice"),
    ],
)
def test_a_bad_case_file_is_refused(tmp_path: Path, content: object, message: str) -> None:
    """The error names the file, and the case where there is one."""
    (tmp_path / "bad.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        load(tmp_path)
    assert str(caught.value).startswith("bad.json")


def test_a_case_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    """The error names the file and says where it goes wrong."""
    (tmp_path / "bad.json").write_text("[", encoding="utf-8")
    with pytest.raises(ValueError, match=r"^bad\.json is no JSON file: .*line 1"):
        load(tmp_path)


# ---- Trees -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a", A),
        ("$it", IT),
        ("@p", Variable("@p")),
        ("null", Literal(edm.NULL, "null")),
        ("TRUE", Literal(edm.BOOLEAN, "true")),
        ("+1", ONE),
        ("9223372036854775807", Literal(edm.INT64, "9223372036854775807")),
        ("9223372036854775808", Literal(edm.DECIMAL, "9223372036854775808")),
        ("-9223372036854775808", Literal(edm.INT64, "-9223372036854775808")),
        ("-9223372036854775809", Literal(edm.DECIMAL, "-9223372036854775809")),
        ("1.50", Literal(edm.DECIMAL, "1.50")),
        ("1E+5", Literal(edm.DOUBLE, "1e5")),
        ("-INF", Literal(edm.DOUBLE, "-INF")),
        ("'O''Neil'", Literal(edm.STRING, "O'Neil")),
        ("2020-01-01", Literal(edm.DATE, "2020-01-01")),
        ("10:20", Literal(edm.TIME_OF_DAY, "10:20")),
        ("2020-01-01t10:20z", Literal(edm.DATE_TIME_OFFSET, "2020-01-01T10:20Z")),
        ("duration'p1d'", Literal(edm.DURATION, "P1D")),
        ("binary'Tw=='", Literal(edm.BINARY, "Tw")),
        ("Ns.T'X,+1'", Literal("Ns.T", "X,1")),
        ("geography'srid=4326;POINT(1 2)'", Literal("Edm.GeographyPoint", "SRID=4326;Point(1 2)")),
        (
            "geometry'SRID=0;GeometryCollection(Point(1 2))'",
            Literal("Edm.GeometryCollection", "SRID=0;GeometryCollection(Point(1 2))"),
        ),
        ("a/b", Member(A, "b")),
        ("a/Ns.T/@Ns.Term#q", Member(Member(A, "Ns.T"), "@Ns.Term#q")),
        ("CONTAINS(a,b)", Call("contains", (A, B))),
        ("cast(a,Ns.T)", Call("cast", (A, Literal(edm.TYPE_NAME, "Ns.T")))),
        ("cast(Edm.Int32)", Call("cast", (IT, Literal(edm.TYPE_NAME, "Edm.Int32")))),
        ("Ns.F(p=1)", Invocation(None, "Ns.F", (("p", ONE),))),
        ("Ns.X(p=1)", Invocation(None, "Ns.X", (("p", ONE),))),
        ("a/Ns.F()", Invocation(A, "Ns.F", ())),
        ("a(1)", Key(A, ((None, ONE),))),
        ("a/b(1)", Key(Member(A, "b"), ((None, ONE),))),
        ("a/$filter(@p)(k=1)", Key(Where(A, Variable("@p")), (("k", ONE),))),
        ("a/$count", Count(A)),
        ("a/$count($search= x  OR y)", Count(A, "x OR y")),
        ("a/$count($search=(x1 OR yz) z)", Count(A, "(x1 OR yz) z")),
        ("a/$count($filter=@p;$search=x)", Count(Where(A, Variable("@p")), "x")),
        ("a/any()", Quantifier("any", A)),
        ("a/ALL(t:t)", Quantifier("all", A, "t", Variable("t"))),
        ("a/any(X:X)", Quantifier("any", A, "X", Variable("X"))),
        ("case(a:1,true:b)", Case(((A, ONE), (Literal(edm.BOOLEAN, "true"), B)))),
        ("(1,1)", None),
        ("a in (1,1)", Comparison("in", A, Collection((ONE, ONE)))),
        ("a in ()", Comparison("in", A, Collection(()))),
        ("[]", Collection(())),
        ('["x\ty"]', Collection((Literal(edm.STRING, "x\ty"),))),
        ("geometry'SRID=0;MultiPoint()'", Literal("Edm.GeometryMultiPoint", "SRID=0;MultiPoint()")),
        ('{"x":"y"}', Record((("x", Literal(edm.STRING, "y")),))),
        ("not a", Not(A)),
        ("- 1", Negate(ONE)),
        ("a divby 1", Arithmetic("divby", A, ONE)),
        ("a has 'X'", Comparison("has", A, Literal(edm.STRING, "X"))),
        ("a and b and c", Logical("and", (A, B, C))),
    ],
)
def test_each_construct_has_its_node(source: str, expected: Node | None) -> None:
    """What a text reads as, node by node; a list is no value of its own."""
    if expected is None:
        assert refused(source).position == 2
    else:
        assert expected == parse(source)


def test_a_chain_is_flat_whatever_its_parentheses_are() -> None:
    """`Logical` never stands directly inside a `Logical` of the same operator."""
    flat = Logical("or", (A, B, C, Member(IT, "d")))
    assert flat == parse("a or b or c or d")
    assert flat == parse("(a or b) or (c or d)")
    assert flat == parse("a or (b or (c or d))")
    assert Logical("and", (A, Logical("or", (B, C)))) == parse("a and (b or c)")


# ---- Spans -----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", READ)
def test_the_span_of_a_tree_is_its_text(case: SyntaxCase) -> None:
    """The part of the source under a tree's span reads as the same tree."""
    tree = parse(case.filter)
    assert tree.span is not None
    assert tree == parse(case.filter[slice(*tree.span)])


@pytest.mark.parametrize("case", READ)
def test_every_node_but_the_implied_instance_has_a_span(case: SyntaxCase) -> None:
    """What stands in the text has a place in it, inside that of the whole tree."""
    tree = parse(case.filter)
    for node in walk(tree):
        if node in {IT, THIS} and node.span is None:
            continue
        assert node.span is not None
        start, end = node.span
        assert 0 <= start < end <= len(case.filter)


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("  a eq 1  ", Comparison, ["a eq 1"]),
        ("a eq 'x''y'", Literal, ["'x''y'"]),
        ("b and a/c eq 1", Member, ["b", "a/c", "a"]),
        ("not a and - b", Not, ["not a"]),
        ("not a and - b", Negate, ["- b"]),
        ("a and b or c", Logical, ["a and b or c", "a and b"]),
        ("1 add 2 mul 3", Arithmetic, ["1 add 2 mul 3", "2 mul 3"]),
        ("a or contains( b , 'x' )", Call, ["contains( b , 'x' )"]),
        ("cast( a , Ns.T ) eq 1", Literal, ["Ns.T", "1"]),
        ("a eq Ns.F( p = 1)", Invocation, None),
        ("a eq b/Ns.F( p=1 )", Invocation, ["b/Ns.F( p=1 )"]),
        ("a eq b(1)/c", Key, ["b(1)"]),
        ("1 lt a/$filter( b )/$count", Where, ["a/$filter( b )"]),
        ("1 lt a/$filter( b )/$count", Count, ["a/$filter( b )/$count"]),
        ("1 lt a/$count($search=x)", Count, ["a/$count($search=x)"]),
        ("1 lt a/$count($filter=b)", Where, ["a/$count($filter=b)"]),
        ("b or a/any( t : t )", Quantifier, ["a/any( t : t )"]),
        ("b or a/any()", Quantifier, ["a/any()"]),
        ("a/any(t:t eq @p)", Variable, ["t", "@p"]),
        ("case( a : 1 ) eq 1", Case, ["case( a : 1 )"]),
        ("a in ( 1 , 2 ) or b", Collection, ["( 1 , 2 )"]),
        ("a eq [ 1 ]", Collection, ["[ 1 ]"]),
        ('a eq { "x" : 1 }', Record, ['{ "x" : 1 }']),
        ("a eq geometry'SRID=0;Point(1 2)'", Literal, ["geometry'SRID=0;Point(1 2)'"]),
        ("$it/a eq $it", Variable, ["$it", "$it"]),
    ],
)
def test_a_span_cuts_the_right_text(source: str, kind: type[Node], expected: list[str] | None) -> None:
    """The spans of all nodes of a kind, in the order of the text; spans of brackets may take in their blanks."""
    if expected is None:
        assert refused(source).position == source.index("=")
        return
    spans = [node.span for node in walk(parse(source)) if isinstance(node, kind) and node.span is not None]
    assert expected == [source[slice(*span)].strip() for span in spans]


def test_a_span_covers_the_parentheses_of_its_operands() -> None:
    """An operator's node starts with its first operand's parenthesis and ends with its last one's."""
    for source in (
        "(a add b) mul (c)",
        "(a) and (b)",
        "not (a)",
        "-(a)",
        "(a) eq (b)",
        "a or (b or c)",
        "((a)) in ((b))",
    ):
        tree = parse(source)
        assert tree.span is not None
        assert source == source[slice(*tree.span)]


def test_spans_take_no_part_in_equality() -> None:
    """The same filter with other white space is equal and hashes alike."""
    assert parse("a eq 1") == parse("   a   eq   1")
    assert hash(parse("a eq 1")) == hash(parse("   a   eq   1"))


# ---- Scopes ----------------------------------------------------------------------------------


def test_a_lambda_variable_is_a_variable() -> None:
    """Inside its lambda a bound name stands for the member at hand, and other names for properties of the row."""
    inner = Comparison("eq", Member(Variable("t"), "x"), Member(IT, "y"))
    assert Quantifier("any", A, "t", inner) == parse("a/any(t:t/x eq y)")


def test_a_lambda_variable_hides_a_property() -> None:
    """The property of that name is written with `$it` in front."""
    inner = Comparison("eq", Variable("t"), Member(IT, "t"))
    assert Quantifier("any", Member(IT, "t"), "t", inner) == parse("t/any(t:t eq $it/t)")


def test_a_lambda_variable_ends_with_its_lambda() -> None:
    """After the closing parenthesis the name is a property again."""
    expected = Logical("and", (Quantifier("any", A, "t", Variable("t")), Member(IT, "t")))
    assert expected == parse("a/any(t:t) and t")


def test_a_nested_lambda_sees_the_outer_variable() -> None:
    """Both variables are in scope, and a bare collection is the row's."""
    inner = Quantifier("all", Member(Variable("t"), "b"), "u", Comparison("gt", Variable("u"), Variable("t")))
    assert Quantifier("any", A, "t", inner) == parse("a/any(t:t/b/all(u:u gt t))")


def test_a_name_is_case_sensitive_in_a_lambda() -> None:
    """`T` is no `t`."""
    assert Quantifier("any", A, "t", Member(IT, "T")) == parse("a/any(t:T)")


def test_a_bare_name_inside_a_filter_segment_is_the_members() -> None:
    """`$this` is implied there, and `$it` reaches the row."""
    inner = Comparison("eq", Member(THIS, "x"), Member(IT, "x"))
    assert Where(A, inner) == parse("a/$filter(x eq $it/x)")
    assert Where(A, inner) == parse("a/$filter($this/x eq $it/x)")


def test_a_cast_of_the_instance_inside_a_filter_segment_is_the_members() -> None:
    """`isof(Ns.T)` asks about the member at hand."""
    expected = Where(A, Call("isof", (THIS, Literal(edm.TYPE_NAME, "Ns.T"))))
    assert expected == parse("a/$filter(isof(Ns.T))")


def test_a_count_option_has_the_scope_of_a_filter_segment() -> None:
    """`$count($filter=...)` is `$filter(...)/$count` written otherwise."""
    assert Count(Where(A, Member(THIS, "x"))) == parse("a/$count($filter=x)")


def test_the_collection_of_a_filter_segment_is_outside_it() -> None:
    """Only the predicate is about the members."""
    assert Where(Where(A, Member(THIS, "x")), Member(THIS, "y")) == parse("a/$filter(x)/$filter(y)")


def test_a_lambda_inside_a_filter_segment_runs_over_the_members_own_collection() -> None:
    """Its other names are the member's as well."""
    inner = Quantifier("any", Member(THIS, "x"), "t", Comparison("eq", Variable("t"), Member(THIS, "y")))
    assert Where(A, inner) == parse("a/$filter(x/any(t:t eq y))")


def test_a_filter_segment_inside_a_lambda_keeps_the_variable() -> None:
    """A bound name stays bound where other names change their meaning."""
    inner = Where(Member(Variable("t"), "x"), Comparison("eq", Member(THIS, "y"), Variable("t")))
    assert Quantifier("any", A, "t", Count(inner)) == parse("a/any(t:t/x/$filter(y eq t)/$count)")


def test_spans_survive_scoping() -> None:
    """A name that turns into a variable keeps its place."""
    source = "a/any(t:t eq b) and c/$filter(d eq 1)/$count gt 1"
    names = {"t", "b", "a", "c", "d"}
    found = [node for node in walk(parse(source)) if isinstance(node, Variable | Member) and node.name in names]
    assert ["a", "t", "b", "c", "d"] == [source[slice(*node.span)] for node in found if node.span is not None]


# ---- The endpoint's prefix -------------------------------------------------------------------


@pytest.mark.parametrize("source", ["metadata=a eq 1", " metadata=a eq 1", "metadata= a eq 1", "a eq 1"])
def test_the_metadata_prefix_is_read_where_it_is_allowed(source: str) -> None:
    """It may stand in front, and need not."""
    assert parse("a eq 1") == parse(source, prefix=True)


def test_a_property_called_metadata_is_no_prefix() -> None:
    """Only the equals sign makes the prefix."""
    assert parse("metadata eq 1") == parse("metadata eq 1", prefix=True)
    assert parse("$it/metadata eq 1") == parse("metadata=metadata eq 1", prefix=True)


def test_the_metadata_prefix_is_refused_with_a_hint_elsewhere() -> None:
    """The hint says which profile reads it."""
    error = refused("metadata=a eq 1")
    assert error.position == 8
    assert "CUSTOM_VISION" in str(error.hint)


@pytest.mark.parametrize("source", ["Metadata=a eq 1", "metadata =a eq 1", "metadata=metadata=a eq 1", "other=a"])
def test_another_prefix_is_refused(source: str) -> None:
    """The prefix is one word in lower case, once, with the equals sign directly behind it."""
    assert "CUSTOM_VISION" not in str(refused(source, prefix=True).message)


def test_the_metadata_prefix_is_refused_unless_it_is_asked_for() -> None:
    """A filter of the standard has none."""
    with pytest.raises(FilterSyntaxError):
        parse("metadata=a eq 1")


def test_a_prefix_alone_is_refused_at_its_end() -> None:
    """There is nothing to filter by."""
    assert refused("metadata=", prefix=True).position == 9


# ---- Hints -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("a = 1", "OData writes equality as `eq`"),
        ("a == 1", "OData writes equality as `eq`"),
        ("a != 1", "OData writes inequality as `ne`"),
        ("a <> 1", "OData writes inequality as `ne`"),
        ("a > 1", "OData writes greater than as `gt`"),
        ("a >= 1", "OData writes greater than or equal as `ge`"),
        ("a < 1", "OData writes less than as `lt`"),
        ("a <= 1", "OData writes less than or equal as `le`"),
        ("a && b", "OData writes conjunction as `and`"),
        ("a || b", "OData writes disjunction as `or`"),
        ("!a", "OData writes negation as `not`"),
        ('a eq "x"', "OData puts strings in single quotes: 'x'"),
        ("a eq 'x", "a quote inside a string is written as two: 'O''Neil'"),
        ("startwith(a,b)", "did you mean startswith?"),
        ("zzz(a,b)", "custom functions take named arguments: Ns.F(p=1)"),
        ("any()", "Tags/any(t:t eq 'x')"),
        ("a/all()", "all(t:t eq 'x')"),
        ("a eq 1 b", "an operator is missing here"),
    ],
)
def test_a_habit_of_another_language_gets_a_hint(source: str, hint: str | None) -> None:
    """The hint says how OData writes it; where nothing helps there is none."""
    assert (hint is None) == (refused(source).hint is None)
    assert str(hint) in str(refused(source).hint)


# ---- Faults that the grammar lets through ------------------------------------------------------

MINUS_HINT = "a minus sign is written -"
FUNCTION_HINT = "custom functions take named arguments: Ns.F(p=1)"
RULE = "and only letters, digits and `_` are allowed"
FIRST_RULE = "and only a letter or `_` may stand there"


@pytest.mark.parametrize(
    ("source", "message", "code", "part", "hint"),
    [
        ("x or $it(1) or y", "a key in parentheses cannot stand here", "key", "(1)", None),
        ("x or a(null) or y", "a key cannot be null", "key", "null", None),
        ("x or A(binary'AA')/b", "a key cannot be AA", "key", "binary'AA'", None),
        ("x or a/$filter(b)(1.5e0) or y", "a key cannot be 1.5e0", "key", "1.5e0", None),
        ("x or a/$filter(b)(c) or y", "a key is a literal or a parameter alias", "key", "c", None),
        ("x or Ns.F(a=1,a=2)", "the parameter a is given twice", "duplicate-name", "2", None),
        (
            "x or a/$count($filter=b;$filter=c) eq 1",
            "an option is given twice",
            "duplicate-name",
            "/$count($filter=b;$filter=c)",
            None,
        ),
        ('x or a eq {"n":1,"n":2}', "the name 'n' is given twice", "duplicate-name", "2", None),
        ("x or a/all() or y", "all needs a variable and a condition", "lambda", "all()", "all(t:t eq 'x')"),
        ("x or ALL(1) or y", "ALL needs a collection in front of it", "lambda", "ALL(", "Tags/all(t:t eq 'x')"),
        (
            "x or a/any(null:null) or y",
            "a variable cannot be called null, which means something else",
            "name",
            "null",
            None,
        ),
        (
            "x or a eq geometry'SRID=0;Polygon((0 0,1 0,1 1,0 1))' or y",
            "a ring ends at the position where it starts",
            "geo-ring",
            "0 0,1 0,1 1,0 1",
            None,
        ),
        ("x or a²b eq 1", f"'a²b' is no name: it contains '²', {RULE}", "name", "²", None),
        ("x or a/²b eq 1", f"'²b' is no name: it starts with '²', {FIRST_RULE}", "name", "²", None),
        ("x or a/@Ns.b²#q eq 1", f"'b²' is no name: it contains '²', {RULE}", "name", "²", None),
        ("x or Ns.F(a²=1)", f"'a²' is no name: it contains '²', {RULE}", "name", "²", None),
        ("x or @p² eq 1", f"'p²' is no name: it contains '²', {RULE}", "name", "²", None),
        ("x or cast(a,Collection(Ns.T²)) eq 1", f"'T²' is no name: it contains '²', {RULE}", "name", "²", None),
        ("x or cast(a,Collection(N².T)) eq 1", f"'N²' is no name: it contains '²', {RULE}", "name", "²", None),
        ("x or a eq Ns.T²'b'", f"'T²' is no name: it contains '²', {RULE}", "name", "²", None),
        ("x or a eq Ns.T'b,c²'", f"'c²' is no name: it contains '²', {RULE}", "name", "²", None),
        ("x or a has 'b,²'", f"'²' is no name: it starts with '²', {FIRST_RULE}", "name", "²", None),
        ("x or a has Ns.T'٣'", f"'٣' is no name: it starts with '٣', {FIRST_RULE}", "name", "٣", None),
        ("x or a/@N².b eq 1", f"'N²' is no name: it contains '²', {RULE}", "name", "²", None),
        ("x or a\u2212b", f"'a\u2212b' is no name: it contains '\u2212', {RULE}", "name", "\u2212", MINUS_HINT),
        ("x or a/any(t² :b)", f"'t²' is no name: it contains '²', {RULE}", "name", "²", None),
        ("x or a²(1) or y", f"'a²' is no name: it contains '²', {RULE}", "name", "²", None),
        (
            f"x or {'a' * 129} eq 1",
            f"'{'a' * 40}' is no name: it has 129 characters, and 128 are allowed",
            "name",
            "a" * 129,
            None,
        ),
        (
            f"x or a/{'b' * 129} eq 1",
            f"'{'b' * 40}' is no name: it has 129 characters, and 128 are allowed",
            "name",
            "b" * 129,
            None,
        ),
        (
            "x or contains(a) or y",
            "contains takes 2 arguments, not 1",
            "arguments",
            "contains(a)",
            "contains(String,String) or contains(Collection,Collection)",
        ),
        (
            "x or Length(a,b) eq 1",
            "length takes 1 argument, not 2",
            "arguments",
            "Length(a,b)",
            "length(String) or length(Collection|unordered collection)",
        ),
        (
            "x or substring(a) eq 'b'",
            "substring takes 2 or 3 arguments, not 1",
            "arguments",
            "substring(a)",
            " or ".join(
                f"substring({kind},Int64{more})" for more in ("", ",Int64") for kind in ("String", "Collection")
            ),
        ),
        ("x or now(1) eq 1", "now takes 0 arguments, not 1", "arguments", "now(1)", "now()"),
        (
            "x or contains(a=1,b=2)",
            "contains takes its arguments by position, without names",
            "arguments",
            "contains(a=1,b=2)",
            "contains(String,String) or contains(Collection,Collection)",
        ),
        ("x or nope(a,b) or y", "there is no function nope", "unknown-function", "nope", FUNCTION_HINT),
        ("x or Ns.nope(1) or y", "there is no function Ns.nope", "unknown-function", "Ns.nope", FUNCTION_HINT),
        ('x or nope({"n":1}) or y', "there is no function nope", "unknown-function", "nope", FUNCTION_HINT),
        ("x or a($it) or y", "a key is a literal or a parameter alias", "key", "$it", None),
        ("x or a/nope(b) or y", "there is no function nope", "unknown-function", "nope", FUNCTION_HINT),
        ("x or length(a)/b or y", "a path cannot go on after a function's result", "path", "length(a)", None),
        (
            "x or a eq Edm.String'x' or y",
            "Edm.String is no enumeration type",
            "enumeration",
            "Edm.String'x'",
            "write 'x' or the literal itself, without the type in front",
        ),
        (
            "x or a eq 2024-02-30 or y",
            "2024-02-30 is no value: 2024-02 has 29 days",
            "value-out-of-range",
            "2024-02-30",
            None,
        ),
        (
            "not " * MAX_DEPTH + "a or y",
            f"nested more than {MAX_DEPTH} levels deep",
            "nesting",
            "not a",
            "a flat chain of `and` or `or` may have any length",
        ),
        (
            "(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1),
            f"nested more than {MAX_DEPTH} levels deep",
            "nesting",
            "(",
            "a flat chain of `and` or `or` may have any length",
        ),
    ],
    ids=range(44),
)
def test_a_fault_that_the_grammar_lets_through_is_explained(
    source: str, message: str, code: str, part: str, hint: str | None
) -> None:
    """In words, for programs, in the text, and with what to write instead."""
    problem = refused(source).problems[0]
    assert problem.position is not None
    actual = problem.message, problem.code, problem.source, source[problem.position : problem.end], problem.hint
    assert (message, code, source, part, hint) == actual


def test_the_first_of_two_equal_names_is_marked() -> None:
    """Both are wrong, and reading goes from left to right."""
    assert len("a/b") == refused("a/b².b² eq 1").position


# ---- What is given twice ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "second"),
    [
        ("F(p=1,q=2,p=3) eq 1", "p=3"),
        ("a(ID=1,ID=2)/b eq 1", "ID=2"),
        ('a eq {"x":1,"y":2,"x":3}', '"x":3'),
        ('a eq {"x":1,"\\u0078":2}', '"\\u0078":2'),
        ("a/$count($filter=b;$filter=c) gt 1", "/$count($filter=b;$filter=c)"),
        ("a/$count($search=b;search=c) gt 1", "/$count($search=b;search=c)"),
    ],
)
def test_nothing_is_given_twice(source: str, second: str) -> None:
    """The mark stands at the second one."""
    error = refused(source)
    assert error.problems[0].code == "duplicate-name"
    assert error.position is not None
    assert source.index(second) <= error.position < source.index(second) + len(second)


def test_the_same_name_in_two_objects_is_fine() -> None:
    """Names are counted per object."""
    assert isinstance(parse('a in [{"x":1},{"x":2}]'), Comparison)
    assert isinstance(parse("F(p=1) eq F(p=1)"), Comparison)


# ---- White space -----------------------------------------------------------------------------


@pytest.mark.parametrize("space", ["\f", "\v", "\u00a0", "\u2003"])
def test_other_white_space_is_none(space: str) -> None:
    """In front of a filter or behind it."""
    assert refused(f"{space}a eq 1").position == 0
    assert refused(f"a eq 1{space}").position == len("a eq 1")


# ---- Depth and length ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "opening", ["(", "not ", "-", "tolower(", "not (", "[", '{"x":', "a/any(t:", "case(", "a/$filter("]
)
def test_endless_nesting_is_refused_at_once(opening: str) -> None:
    """A hundred thousand levels take no more time than a hundred, and no stack."""
    started = time.perf_counter()
    error = refused(opening * 100_000)
    assert error.problems[0].code == "nesting"
    assert error.position is not None
    assert (MAX_DEPTH - 1) * len(opening) <= error.position < (MAX_DEPTH + 1) * len(opening)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("opening", ["(", "not ", "-", "tolower("])
def test_the_first_level_too_many_is_marked(opening: str) -> None:
    """Level 101 is the fault."""
    assert MAX_DEPTH * len(opening) == refused(opening * 100_000).position


def test_a_hundred_parentheses_are_read() -> None:
    """They leave no trace in the tree."""
    assert A == parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)


def test_parentheses_one_after_another_do_not_nest() -> None:
    """Depth counts what is open, not what there is."""
    assert Logical("and", (A,) * 200) == parse(" and ".join(["((a))"] * 200))
    assert Logical("or", (Not(A),) * 200) == parse(" or ".join(["not a"] * 200))


def test_the_deepest_tree_has_a_hundred_nodes_on_one_way() -> None:
    """`$it` below the property is one of them."""
    deepest = "not " * (MAX_DEPTH - 2) + "a"
    assert MAX_DEPTH == len(list(walk(parse(deepest))))
    error = refused("not " + deepest)
    assert ("nesting", len("not " + deepest) - 1) == (error.problems[0].code, error.position)


@pytest.mark.parametrize(
    "step",
    [
        *("({})", "not {}", "-{}", "tolower({})", "{} add 1", "{} eq 1", "{} lt 1", "{} has 'X'", "{} in (1)", "{}/b"),
        *("[{}]", "case({}:1)", "a/any(t:{})", "a/$filter({})", "({} or b)", "b or (c and {})"),
    ],
)
def test_a_tree_has_a_hundred_levels_at_most(step: str) -> None:
    """Whatever it is made of, and whichever road it is read on."""
    source, found = "a", []
    for _ in range(MAX_DEPTH + 5):
        found.append(deep(source))
        source = step.format(source)
    read = [tree for tree in found if tree is not None]
    assert all(too_deep(tree) is None for tree in read)
    assert read == found[: len(read)]
    assert len(read) < len(found)


def deep(source: str) -> Node | None:
    """The tree of a text, or None when it is nested too deeply."""
    try:
        return parse(source)
    except FilterSyntaxError as error:
        if error.problems[0].code != "nesting":
            raise
        return None


@pytest.mark.parametrize("operator", ["add", "eq", "lt", "mul", "has 'X'", "in (1)"])
def test_a_chain_that_nests_to_the_left_is_refused_as_well(operator: str) -> None:
    """Only `and` and `or` make flat chains."""
    more = f" {operator}" if operator.endswith(("'", ")")) else f" {operator} a"
    assert isinstance(parse("a" + more * 90), Arithmetic | Comparison)
    assert refused("a" + more * 50_000).problems[0].code == "nesting"


def test_a_long_path_is_refused() -> None:
    """Each segment is a level."""
    assert isinstance(parse("/".join(["a"] * 90)), Member)
    assert refused("/".join(["a"] * 50_000)).problems[0].code == "nesting"


def test_a_chain_of_fifty_thousand_terms_is_read() -> None:
    """It prints, compares and hashes like any other tree, two levels deep."""
    source = " or ".join(f"k{at} eq {at}" for at in range(50_000))
    tree = parse(source)
    assert isinstance(tree, Logical)
    assert len(tree.operands) == 50_000
    assert source == text(tree)
    again = parse(source)
    assert tree == again
    assert hash(tree) == hash(again)


def test_a_long_number_is_read() -> None:
    """Digits have no limit but the text's length."""
    assert Literal(edm.DECIMAL, "9" * 100_000) == parse("9" * 100_000)


# ---- Any text --------------------------------------------------------------------------------


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A filter of the cases with a part cut out and something put in."""
    source = draw(st.sampled_from(CASES)).filter
    start = draw(st.integers(0, len(source)))
    end = draw(st.integers(start, min(len(source), start + 3)))
    inserted = draw(st.one_of(st.text(max_size=3), st.sampled_from([" ", "(", ")", "'", '"', ",", "/", " eq ", "$it"])))
    return source[:start] + inserted + source[end:]


def outcome(source: str) -> tuple[Node | None, FilterSyntaxError | None]:
    """The tree of a text, or the error that it is refused with."""
    try:
        return parse(source), None
    except FilterSyntaxError as error:
        return None, error


@given(st.one_of(st.text(), damaged()))
def test_any_text_gives_a_tree_or_a_syntax_error(source: str) -> None:
    """Nothing else leaves the parser, a fault has a place in the text, and a tree prints as itself."""
    tree, error = outcome(source)
    if tree is None:
        assert error is not None
        assert error.position is not None
        assert 0 <= error.position <= len(source)
        assert error.message in str(error)
    else:
        assert tree == parse(text(tree))


# ---- Threads ---------------------------------------------------------------------------------


def test_threads_do_not_disturb_each_other() -> None:
    """Parses at the same time give the trees that parses one after another give."""
    topics = {"lambdas", "precedence", "paths"}
    sources = [case.filter for case in CASES if case.canonical is not None and case.topic in topics] * 10

    def chunks() -> Iterator[list[str]]:
        return (sources[at::4] for at in range(4))

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda chunk: [parse(source) for source in chunk], chunks()))
    assert [[parse(source) for source in chunk] for chunk in chunks()] == together


@pytest.mark.parametrize(("given", "name", "hint"), [(None, "NoneType", None), (b"a eq 1", "bytes", "decode it first")])
def test_what_is_no_text_is_no_filter(given: object, name: str, hint: str | None) -> None:
    """A query option that is missing, or that nobody has decoded, is refused as any other input."""
    with pytest.raises(FilterSyntaxError) as caught:
        parse(cast("str", given))
    assert (Problem(message=f"a filter is text, not {name}", code="type", hint=hint),) == caught.value.problems


@pytest.mark.parametrize("name", ["null", "true", "FALSE", "INF", "NaN", "not"])
def test_a_variable_is_not_called_like_something_else(name: str) -> None:
    """Inside the lambda the name would not be read as the variable."""
    with pytest.raises(FilterSyntaxError, match=f"a variable cannot be called {name}") as caught:
        parse(f"a/any({name}:{name} eq 1)")
    assert (len("a/any("), len("a/any(") + len(name)) == (caught.value.position, caught.value.end)
