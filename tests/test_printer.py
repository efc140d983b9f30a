"""Trees to canonical text: on one line, and wrapped at a width."""

import re
from importlib.resources import files
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import edm
from odata_filter.nodes import (
    IT,
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
    walk,
)
from odata_filter.parser import parse
from odata_filter.printer import PRECEDENCE, pretty, text
from syntaxcases import SyntaxCase, load

READ = [pytest.param(case, id=case.label) for case in load() if case.canonical is not None]

A, B, C = (Member(IT, name) for name in "abc")
T = Variable("t")
ONE = Literal(edm.INT64, "1")
X = Literal(edm.STRING, "x")


# ---- The cases -------------------------------------------------------------------------------


@pytest.mark.parametrize("case", READ)
def test_a_filter_prints_as_its_canonical_text(case: SyntaxCase) -> None:
    """One text stands for all the ways to write a filter."""
    assert case.canonical == text(parse(case.filter))


@pytest.mark.parametrize("case", READ)
def test_a_wrapped_filter_reads_back(case: SyntaxCase) -> None:
    """However narrow the page is, the tree is the same."""
    tree = parse(case.filter)
    for width in (1, 20, 40, 1000):
        assert tree == parse(pretty(tree, width))


@pytest.mark.parametrize("case", READ)
def test_a_wide_page_takes_the_canonical_text(case: SyntaxCase) -> None:
    """What fits on one line stays on one line."""
    tree = parse(case.filter)
    assert text(tree) == pretty(tree, len(text(tree)))


# ---- The table -------------------------------------------------------------------------------


def test_the_precedence_table_agrees_with_the_grammar() -> None:
    """Each rule of the grammar, loosest first, has the operators of one level of the table."""
    grammar = files("odata_filter.grammar").joinpath("filter.lark").read_text(encoding="utf-8")
    rules = re.findall(r"^\?(\w+): (.*(?:\n +\| .*)*)", grammar, re.MULTILINE)
    words = {
        name: {word for word in re.findall(r"[a-z]+|^/-", re.sub(r"\\.|\[[^]]*\]", "", pattern)) if word != "i"}
        for name, pattern in re.findall(r"^(_?[A-Z]+)(?:\.\d+)?: (/.*/i?)$", grammar, re.MULTILINE)
    }
    operators = {"_OR", "_AND", "EQUALITY", "RELATIONAL", "ADDITIVE", "MULTIPLICATIVE", "NOT", "MINUS", "IN", "HAS"}
    levels = []
    for name, body in rules:
        found = operators.intersection(re.findall(r"\w+", body))
        if found and name != "primary":
            levels.append({word.replace("/", "") for terminal in found for word in words[terminal]})
    expected = [
        {name for name, level in PRECEDENCE.items() if level == at} for at in range(1, max(PRECEDENCE.values()) + 1)
    ]
    assert expected == levels


def test_every_operator_has_a_precedence() -> None:
    """The table has the standard's operators and no others."""
    logical = {"and", "or", "not", "in", "has", "eq", "ne", "gt", "ge", "lt", "le"}
    assert logical | {"add", "sub", "mul", "div", "divby", "mod", "-"} == set(PRECEDENCE)


@pytest.mark.parametrize("name", ["null", "true", "TRUE", "False", "INF", "NaN", "not", "NOT"])
def test_a_word_of_the_language_is_reserved(name: str) -> None:
    """A property of that name is written with `$it` in front, and reads back."""
    assert edm.is_reserved(name)
    assert f"$it/{name}" == text(Member(IT, name))
    assert Member(IT, name) == parse(text(Member(IT, name)))


@pytest.mark.parametrize(
    "name", ["Null", "nan", "inf", "eq", "in", "and", "contains", "any", "case", "notable", "nulls"]
)
def test_any_other_word_is_a_name(name: str) -> None:
    """Operators and functions are told from properties by their place."""
    assert not edm.is_reserved(name)
    assert name == text(Member(IT, name))
    assert Member(IT, name) == parse(name)


# ---- Nodes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (X, "'x'"),
        (Literal(edm.STRING, "O'Neil''s"), "'O''Neil''''s'"),
        (Literal(edm.DURATION, "PT1H"), "duration'PT1H'"),
        (Literal(edm.BINARY, "Tw"), "binary'Tw'"),
        (Literal("Ns.T", "X,1"), "Ns.T'X,1'"),
        (Literal("Edm.GeometryPoint", "SRID=0;Point(1 2)"), "geometry'SRID=0;Point(1 2)'"),
        (IT, "$it"),
        (A, "a"),
        (Member(THIS, "a"), "$this/a"),
        (Member(A, "null"), "a/null"),
        (Member(IT, "Ns.T"), "$it/Ns.T"),
        (Member(Member(IT, "Ns.T"), "a"), "Ns.T/a"),
        (Member(IT, "@Ns.Term"), "@Ns.Term"),
        (Member(IT, "@Term#q"), "@Term#q"),
        (Member(IT, "@Term"), "$it/@Term"),
        (Call("now", ()), "now()"),
        (Call("cast", (IT, Literal(edm.TYPE_NAME, "Ns.T"))), "cast($it,Ns.T)"),
        (Invocation(None, "Ns.F", (("p", ONE), ("q", A))), "Ns.F(p=1,q=a)"),
        (Invocation(Member(IT, "Ns.T"), "Ns.F", ()), "Ns.T/Ns.F()"),
        (Key(A, ((None, ONE),)), "a(1)"),
        (Key(Member(IT, "length"), ((None, ONE),)), "$it/length(1)"),
        (Key(Member(IT, "Case"), ((None, ONE),)), "$it/Case(1)"),
        (Key(Member(A, "length"), ((None, ONE),)), "a/length(1)"),
        (Key(Where(A, B), (("x", ONE), ("y", X))), "a/$filter($it/b)(x=1,y='x')"),
        (Where(A, Member(THIS, "b")), "a/$filter(b)"),
        (Where(A, Member(THIS, "null")), "a/$filter($this/null)"),
        (Count(A), "a/$count"),
        (Count(A, '"x y" OR z'), 'a/$count($search="x y" OR z)'),
        (Quantifier("any", A), "a/any()"),
        (Quantifier("any", A, "t", Comparison("eq", T, Member(IT, "t"))), "a/any(t:t eq $it/t)"),
        (Quantifier("all", Member(IT, "t"), "t", Member(T, "t")), "t/all(t:t/t)"),
        (Quantifier("any", Where(A, B), "t", T), "a/$filter($it/b)/any(t:t)"),
        (Case(((A, ONE), (Literal(edm.BOOLEAN, "true"), X))), "case(a:1,true:'x')"),
        (Case(((ONE, ONE),)), "case(1 : 1)"),
        (Case(((ONE, Arithmetic("add", ONE, A)),)), "case(1 : 1 add a)"),
        (Collection(()), "[]"),
        (Collection((ONE, A)), "[1,a]"),
        (Comparison("in", A, Collection((ONE, X))), "a in (1,'x')"),
        (Comparison("in", A, Collection((ONE, A))), "a in [1,a]"),
        (Comparison("in", A, Collection(())), "a in []"),
        (Comparison("in", A, B), "a in b"),
        (Comparison("eq", A, Collection((ONE,))), "a eq [1]"),
        (Record(()), "{}"),
        (Record((('say "é"', X), ("\n", ONE))), '{"say \\"é\\"":\'x\',"\\n":1}'),
        (Not(A), "not a"),
        (Negate(A), "-a"),
        (Negate(ONE), "- 1"),
        (Negate(Literal(edm.INT64, "-1")), "- -1"),
        (Negate(Literal(edm.DOUBLE, "INF")), "- INF"),
        (Negate(Literal(edm.TIME_OF_DAY, "10:20")), "- 10:20"),
    ],
)
def test_each_node_has_its_text(node: Node, expected: str) -> None:
    """What a tree prints as, node by node; the text reads back as the tree."""
    assert expected == text(node)
    assert node == parse(expected)


# ---- Parentheses -----------------------------------------------------------------------------

_NAMES = st.sampled_from(["a", "eq", "null", "Item", "not", "in"]).map(lambda name: Member(IT, name))
_LITERALS = st.sampled_from([ONE, X, Literal(edm.INT64, "-1"), Literal(edm.DOUBLE, "INF"), Literal(edm.NULL, "null")])
_LISTS = st.lists(_LITERALS, max_size=2).map(lambda items: Collection(tuple(items)))
_FLAGS = st.sampled_from([X, Literal("Ns.T", "X,1")])


def _operators(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.builds(Not, inner),
        st.builds(Negate, inner),
        st.builds(Arithmetic, st.sampled_from(["add", "sub", "mul", "div", "divby", "mod"]), inner, inner),
        st.builds(Comparison, st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), inner, inner),
        st.builds(Comparison, st.just("in"), inner, st.one_of(_NAMES, _LISTS)),
        st.builds(Comparison, st.just("has"), inner, _FLAGS),
        st.builds(_chain, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
    )


def _chain(operator: str, operands: list[Node]) -> Node:
    flat: list[Node] = []
    for operand in operands:
        same = isinstance(operand, Logical) and operand.operator == operator
        flat += operand.operands if isinstance(operand, Logical) and same else [operand]
    return Logical(operator, tuple(flat))


TREES: st.SearchStrategy[Node] = st.recursive(st.one_of(_NAMES, _LITERALS), _operators, max_leaves=8)


@given(TREES)
def test_every_tree_of_operators_reads_back(tree: Node) -> None:
    """There are parentheses wherever precedence needs them."""
    assert tree == parse(text(tree))


@given(TREES)
def test_no_pair_of_parentheses_can_be_left_out(tree: Node) -> None:
    """Without any one pair that is no list the text has another meaning, or none."""
    source = text(tree)
    for opening, closing in _groups(source):
        without = source[:opening] + source[opening + 1 : closing] + source[closing + 1 :]
        assert tree != _parsed(without)


def _groups(source: str) -> list[tuple[int, int]]:
    """The places of the parentheses that stand round an operand."""
    waiting: list[int] = []
    found = []
    for at, char in enumerate(source):
        if char == "(":
            waiting.append(at)
        elif char == ")":
            start = waiting.pop()
            if not source[:start].endswith(" in ") or " " in source[start:at]:
                found.append((start, at))
    return found


def _parsed(source: str) -> Node | None:
    try:
        return parse(source)
    except ValueError:
        return None


@given(TREES, st.integers(1, 60))
def test_a_wrapped_tree_of_operators_reads_back(tree: Node, width: int) -> None:
    """Line breaks change no meaning."""
    assert tree == parse(pretty(tree, width))


# ---- Wrapping --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "width", "expected"),
    [
        (
            "a eq 1 and b eq 2 and c eq 3",
            20,
            """\
            a eq 1
            and b eq 2
            and c eq 3""",
        ),
        (
            "species eq 'cat' and (lens eq 'wide' or lens eq 'tele')",
            40,
            """\
            species eq 'cat'
            and (lens eq 'wide' or lens eq 'tele')""",
        ),
        (
            "species eq 'cat' and (lens eq 'wide' or lens eq 'tele')",
            30,
            """\
            species eq 'cat'
            and (
                lens eq 'wide'
                or lens eq 'tele'
            )""",
        ),
        (
            "a eq 1 and b eq 2 or c eq 3",
            12,
            """\
            a eq 1
            and b eq 2
            or c eq 3""",
        ),
        (
            "name in ('alpha','beta','gamma','delta')",
            24,
            """\
            name in (
                'alpha', 'beta',
                'gamma', 'delta'
            )""",
        ),
        (
            "contains(tolower(description),'sunset')",
            20,
            """\
            contains(
                tolower(
                    description
                ),
                'sunset'
            )""",
        ),
        (
            "items/any(i:i/price gt 10 and i/name ne 'x')",
            30,
            """\
            items/any(i:
                i/price gt 10
                and i/name ne 'x'
            )""",
        ),
        (
            "case(a gt 1:'many',true:'few') eq b",
            20,
            """\
            case(
                a gt 1:'many',
                true:'few'
            ) eq b""",
        ),
        (
            "not (a eq 1 or b eq 2) and c",
            16,
            """\
            not (
                a eq 1
                or b eq 2
            )
            and c""",
        ),
        (
            'place eq {"city":\'Paris\',"at":[48.85,2.35]}',
            24,
            """\
            place eq {
                "city":'Paris',
                "at":[48.85,2.35]
            }""",
        ),
        (
            "Model.Nearest(to=@here,within=5)/rooms/$filter(free)/$count gt 2",
            30,
            """\
            Model.Nearest(
                to=@here,
                within=5
            )/rooms/$filter(free)/$count gt 2""",
        ),
    ],
)
def test_a_long_filter_is_wrapped(source: str, width: int, expected: str) -> None:
    """Chains break before their operator, brackets break inside; the outermost parts break first."""
    assert dedent(expected) == pretty(parse(source), width)


@pytest.mark.parametrize("source", ["a eq 1 and b eq 2", "a or b or c", "a in (1,2,3)", "a eq concat(b,c)", "a eq [b]"])
def test_a_filter_that_just_fits_stays_on_its_line(source: str) -> None:
    """One character less is a page that breaks it."""
    assert source == pretty(parse(source), len(source))
    assert "\n" in pretty(parse(source), len(source) - 1)


def test_brackets_with_nothing_in_them_do_not_break() -> None:
    """There is no place in them."""
    assert pretty(parse("a eq now()"), 1) == "a eq now()"


@pytest.mark.parametrize(
    ("source", "fitting"),
    [
        ("concat(b,c) or a", "concat(b,c)\nor a"),
        ("a and concat(b,c)", "a\nand concat(b,c)"),
        ("a and b eq concat(c,d)", "a\nand b eq concat(c,d)"),
        ("a and concat(b,'xyz') eq concat(c,d)", "a\nand concat(\n    b, 'xyz'\n) eq concat(c,d)"),
        ("a in (1,2,3,4,5,6,7)", "a in (\n    1, 2, 3,\n    4, 5, 6,\n    7\n)"),
        ("concat(concat(a,b),'x')", "concat(\n    concat(a,b),\n    'x'\n)"),
    ],
)
def test_a_part_breaks_when_its_own_line_is_too_long(source: str, fitting: str) -> None:
    """What stands before it on the line counts, and what follows it there; what stands on other lines does not."""
    width = max(map(len, fitting.splitlines()))
    assert fitting == pretty(parse(source), width)
    assert fitting != pretty(parse(source), width - 1)


_TERMS = st.sampled_from(["a eq 1", "b ne 'xyz'", "not c", "d in (1,2)", "f(a,b)".replace("f", "concat")]).map(parse)
_CHAINS = st.recursive(
    _TERMS,
    lambda inner: st.builds(_chain, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=4)),
    max_leaves=12,
)


@given(_CHAINS)
def test_no_line_is_wider_than_the_page_where_it_can_break(tree: Node) -> None:
    """A term has eleven characters at most, an operator four, a level of indentation four."""
    depth = sum(isinstance(node, Logical) for node in walk(tree))
    width = 11 + 4 + 4 * depth
    assert all(len(line) <= width for line in pretty(tree, width).splitlines())


@given(_CHAINS, st.integers(10, 100))
def test_a_line_that_is_too_wide_has_no_place_to_break(tree: Node, width: int) -> None:
    """What stays over the edge is one term, without an operator between two of them."""
    for line in pretty(tree, width).splitlines():
        assert len(line) <= width or not re.search(r"\S (?:and|or) ", line)


@given(TREES, st.integers(1, 60))
def test_wrapping_changes_only_white_space(tree: Node, width: int) -> None:
    """Without blanks and line breaks both texts are the same."""
    assert re.sub(r"\s", "", text(tree)) == re.sub(r"\s", "", pretty(tree, width))
