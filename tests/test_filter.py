"""Filter: what one can do with it, whether it was parsed, built or made by hand."""

import copy
import datetime as dt
import operator as op
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import (
    CUSTOM_VISION,
    Filter,
    FilterError,
    FilterEvaluationError,
    FilterSyntaxError,
    FilterValidationError,
    UnsupportedFilterError,
    any_of,
    field,
    parameter,
)
from odata_filter.nodes import (
    IT,
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
)
from odata_filter.schema import Schema
from odata_filter.strategies import expressions

ROWS = [{"a": 1, "n": "x"}, {"a": 2, "n": "y"}, {"a": 3, "n": "x"}, {}]
A = Member(IT, "a")
ONE = Literal("Edm.Int64", "1")


# ---- Equality, hash and text ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    ["a eq 1 and n ne 'x'", "  a   eq 1\n AND n NE 'x' ", "(a eq 1) and (n ne 'x')", "$it/a eq 1 and n ne 'x'"],
)
def test_filters_of_one_tree_are_equal(other: str) -> None:
    """Spacing, case and spare parentheses do not count."""
    one, two = Filter.parse("a eq 1 and n ne 'x'"), Filter.parse(other)
    assert one == two
    assert hash(one) == hash(two)
    assert 1 == len({one, two, (field("a") == 1) & (field("n") != "x")})


@pytest.mark.parametrize("other", ["a eq 1", "n ne 'x' and a eq 1", "a eq 1 or n ne 'x'", "a eq 1.0 and n ne 'x'"])
def test_filters_of_different_trees_are_not(other: str) -> None:
    """Equality is that of the trees, not of the meaning."""
    assert Filter.parse("a eq 1 and n ne 'x'") != Filter.parse(other)


@pytest.mark.parametrize("other", ["a eq 1", 1, None, A], ids=repr)
def test_a_filter_equals_nothing_but_a_filter(other: object) -> None:
    """Neither its text nor a tree."""
    one = Filter.parse("a eq 1")
    assert one != other
    assert (one == other) is False


def test_the_source_is_the_text_that_was_parsed() -> None:
    """And `str` is the canonical text."""
    one = Filter.parse("  a   EQ 1 ")
    assert ("  a   EQ 1 ", "a eq 1") == (one.source, str(one))


def test_the_source_of_a_built_filter_is_its_text() -> None:
    """There is no other text that its places could count in."""
    assert "a eq 1 and n eq 'x'" == ((field("a") == 1) & (field("n") == "x")).source


def test_the_expression_is_the_root_of_the_tree() -> None:
    """Passes of one's own start there."""
    assert Comparison("eq", A, ONE) == Filter.parse("a eq 1").expression


@pytest.mark.parametrize("text", ["a eq 1", "a eq 'it''s \"x\"'", "n eq '\n\\'", "a eq '\ud800'"], ids=ascii)
def test_the_repr_evaluates_to_the_filter(text: str) -> None:
    """What a debugger shows can be pasted."""
    one = Filter.parse(text)
    assert one == eval(repr(one), {"Filter": Filter})  # noqa: S307 - our own text
    assert repr(one).startswith("Filter.parse(")


def test_the_repr_of_a_long_filter_is_short() -> None:
    """Its beginning and end, and how long it is."""
    one = any_of(field("name") == f"number {n}" for n in range(10_000))
    assert repr(one).startswith("<Filter name eq 'number 0' or name eq 'number 1' or ")
    assert repr(one).endswith(" or name eq 'number 9999' (248,886 characters)>")
    assert len(repr(one)) < 400


def test_a_notebook_shows_the_filter_wrapped() -> None:
    """As text that HTML cannot be made of."""
    one = Filter.parse("a eq '<b>' and " + " and ".join(f"name{n} eq 'x'" for n in range(5)))
    html = one._repr_html_()
    assert html.startswith("<pre>a eq &#x27;&lt;b&gt;&#x27;\nand name0 eq ")
    assert html.endswith("</pre>")
    assert html.count("\n") == 5


def test_a_notebook_shows_the_beginning_of_a_long_filter() -> None:
    """And how many lines there are besides."""
    html = any_of(field("name") == f"number {n}" for n in range(1_000))._repr_html_()
    assert html.count("\n") == 40
    assert html.endswith("\n… 960 more lines</pre>")


@pytest.mark.parametrize("width", [1, 20, 80])
def test_pretty_reads_back(width: int) -> None:
    """However narrow."""
    one = Filter.parse("a eq 1 and (n eq 'x' or n in ('y','z')) and tags/any(t:t eq 'w')")
    assert one == Filter.parse(one.pretty(width))
    assert one == Filter.parse(one.pretty(width=width))


def test_pretty_wraps_at_80_characters() -> None:
    """One condition on each line, when they do not fit on one."""
    one = Filter.parse(" and ".join(f"name{number} eq 'value number {number}'" for number in range(4)))
    assert (
        "name0 eq 'value number 0'\n"
        "and name1 eq 'value number 1'\n"
        "and name2 eq 'value number 2'\n"
        "and name3 eq 'value number 3'"
    ) == one.pretty()
    assert "a eq 1" == Filter.parse("a  eq  1").pretty()


@given(expressions())
def test_any_tree_can_be_held(tree: Node) -> None:
    """A tree in the form that the parser makes is a filter, equal to the one of its text."""
    one = Filter(tree)
    assert tree == one.expression
    assert one == Filter.parse(str(one)) == Filter.parse(one.pretty()) == pickle.loads(pickle.dumps(one))  # noqa: S301


# ---- Immutable and portable ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["expression", "source", "_expression", "other"])
def test_a_filter_cannot_be_changed(name: str) -> None:
    """Neither set nor deleted."""
    one = Filter.parse("a eq 1")
    with pytest.raises(AttributeError, match=f"a Filter cannot be changed: {name}"):
        setattr(one, name, None)
    with pytest.raises(AttributeError, match=f"a Filter cannot be changed: {name}"):
        delattr(one, name)
    assert "a eq 1" == str(one)


COPIES: dict[str, Callable[[Filter], Filter]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {at}": lambda one, at=at: pickle.loads(pickle.dumps(one, at)) for at in range(2, 6)},  # type: ignore[misc] # noqa: S301
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("one", [Filter.parse(" a  eq 1 "), field("a") == 1, Filter(Comparison("eq", A, ONE))])
def test_a_copy_is_an_equal_filter(one: Filter, copied: Callable[[Filter], Filter]) -> None:
    """With its source, and ready to be evaluated, also when the filter has been evaluated before."""
    assert one.matches({"a": 1})
    two = copied(one)
    assert (one, hash(one), one.source) == (two, hash(two), two.source)
    assert two.matches({"a": 1})


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_a_filter_of_100_levels_can_be_copied(copied: Callable[[Filter], Filter]) -> None:
    """The limit on nesting keeps every pass within Python's own limits."""
    one = field("a") == 1
    for level in range(97):
        one = (one & (field("b") == 1)) if level % 2 else (one | (field("b") == 1))
    assert one == copied(one) == Filter.parse(str(one)) == Filter.parse(one.pretty())
    assert hash(one) == hash(copied(one))
    assert one.matches({"a": 1, "b": 1})


# ---- Logic -----------------------------------------------------------------------------------------------

PARSED, BUILT = Filter.parse("a  eq 1"), field("b") == 2


@pytest.mark.parametrize(
    ("joined", "text"),
    [
        (PARSED & BUILT, "a eq 1 and b eq 2"),
        (BUILT & PARSED, "b eq 2 and a eq 1"),
        (PARSED | BUILT, "a eq 1 or b eq 2"),
        (~PARSED, "not (a eq 1)"),
        (~~PARSED, "not not (a eq 1)"),
        (PARSED & BUILT & PARSED, "a eq 1 and b eq 2 and a eq 1"),
        (PARSED & (BUILT & PARSED), "a eq 1 and b eq 2 and a eq 1"),
        (Filter.parse("a and b") & Filter.parse("c and d"), "a and b and c and d"),
        (Filter.parse("a or b") | Filter.parse("c or d"), "a or b or c or d"),
        (Filter.parse("a or b") & Filter.parse("c or d"), "(a or b) and (c or d)"),
        (Filter.parse("a and b") | Filter.parse("c and d"), "a and b or c and d"),
        (PARSED & field("c"), "a eq 1 and c"),
        (field("c") | PARSED, "c or a eq 1"),
    ],
    ids=str,
)
def test_filters_join(joined: Filter, text: str) -> None:
    """`&`, `|` and `~`, flat where one operator repeats, with parsed and built ones alike."""
    assert text == str(joined)
    assert Filter.parse(text) == joined


def test_joining_leaves_the_parts_alone() -> None:
    """Filters are values."""
    one, two = Filter.parse("a and b"), Filter.parse("c")
    assert "a and b and c" == str(one & two)
    assert ("a and b", "c") == (str(one), str(two))


def test_a_joined_filter_is_its_own_source() -> None:
    """Places no longer count in the texts of the parts."""
    assert "a eq 1 and b eq 2" == (Filter.parse("   a eq 1") & Filter.parse("b eq 2  ")).source


# ---- Rows ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("a", {"a": 5}, 5),
        ("a", {}, None),
        ("a eq 1", {"a": 1}, True),
        ("a eq 1", {"a": "1"}, None),
        ("a add 1", {"a": 1}, 2),
        ("a/b", {"a": {"b": "x"}}, "x"),
        ("a/b", {"a": None}, None),
        ("a/b", {"a": 5}, None),
        ("[a,1]", {"a": None}, [None, 1]),
    ],
)
def test_evaluate_gives_the_value(text: str, row: object, expected: object) -> None:
    """Not only true and false; None is null."""
    value = Filter.parse(text).evaluate(row)
    assert (type(expected), expected) == (type(value), value)


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), (None, False), (1, False), ("x", False)])
def test_matches_is_true_for_true_alone(value: object, expected: bool) -> None:  # noqa: FBT001 - expected data
    """False and null both mean no, and so does what is no Boolean."""
    assert expected is Filter.parse("a").matches({"a": value})


def test_select_keeps_the_order() -> None:
    """The rows themselves, not copies of them."""
    kept = list(Filter.parse("n eq 'x'").select(ROWS))
    assert [id(ROWS[0]), id(ROWS[2])] == [id(row) for row in kept]


def test_select_is_lazy() -> None:
    """It takes no row before it is asked for one, and no more than it needs."""
    taken: list[int] = []

    def rows() -> Iterator[dict[str, int]]:
        for number in range(1_000_000):
            taken.append(number)
            yield {"a": number}

    selected = Filter.parse("a mod 3 eq 2").select(rows())
    assert [] == taken
    assert {"a": 2} == next(selected)
    assert [0, 1, 2] == taken


@pytest.mark.parametrize(
    "rows", [ROWS, tuple(ROWS), iter(ROWS), (row for row in ROWS), []], ids=lambda rows: type(rows).__name__
)
def test_count_takes_any_iterable(rows: Any) -> None:  # noqa: ANN401 - any iterable
    """A list, a generator, or nothing at all."""
    expected = 0 if rows == [] else 2
    assert expected == Filter.parse("n eq 'x'").count(rows)


def test_parameters_have_values() -> None:
    """Each under its name with `@`; a missing one is null."""
    one = (field("a") == parameter("@p")) | field("a").is_in(parameter("@list"))
    assert one.matches({"a": 1}, parameters={"@p": 1})
    assert not one.matches({"a": 1})
    assert one.evaluate({"a": 3}, parameters={"@list": [2, 3]})
    assert [{"a": 1, "n": "x"}] == list(one.select(ROWS, parameters={"@p": 1}))
    assert 2 == one.count(ROWS, parameters={"@p": 1, "@list": [2]})
    assert [{}] == list(one.select(ROWS))


@pytest.mark.parametrize("row", [None, 5, "text", [], object(), {1: 2}], ids=lambda row: type(row).__name__)
def test_a_row_that_is_no_mapping_has_no_properties(row: object) -> None:
    """Every property of it is null."""
    assert Filter.parse("a eq null").matches(row)


OPTIONS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a parameter": ("a eq @p", {"a": 1}, {"parameters": {"@p": 1}}),
    "a parameter that is an expression": ("b and @p", {"a": 1, "b": True}, {"parameters": {"@p": field("a") == 1}}),
    "now": ("now() eq 2024-01-01T00:00:00Z", {}, {"now": dt.datetime(2024, 1, 1, tzinfo=dt.UTC)}),
    "root as a mapping": ("$root/Limits/top eq a", {"a": 5}, {"root": {"Limits": {"top": 5}}}),
    "root as a function": ("$root/Limits/top eq a", {"a": 5}, {"root": lambda name: {"top": len(name) - 1}}),
    "failures as null": ("a div 0 eq null", {"a": 1}, {"on_error": "null"}),
    "a schema": ("day lt 2024-02-01", {"day": "2024-01-31"}, {"schema": Schema({"day": "Edm.Date"})}),
    "coercion": ("day lt 2024-02-01", {"day": "2024-01-31"}, {"coerce": True}),
    "a collation": ("a lt 'Zebra'", {"a": "ant"}, {"collation": str.swapcase}),
    "a function": ("Ns.Double(p=a) eq 4", {"a": 2}, {"functions": {"Ns.Double": lambda p: p * 2}}),
    "keys": ("Items(2)/n eq 'x'", {"Items": [{"id": 2, "n": "x"}]}, {"keys": {"Items": ["id"]}}),
}


@pytest.mark.parametrize(("text", "row", "options"), OPTIONS.values(), ids=OPTIONS)
def test_every_way_to_ask_takes_the_options(text: str, row: object, options: Any) -> None:  # noqa: ANN401 - any options
    """And what a filter keeps for the next question does not depend on them."""
    one = Filter.parse(text)
    for _ in range(2):
        assert one.evaluate(row, **options) is True
        assert one.matches(row, **options)
        assert [row] == list(one.select([row], **options))
        assert 1 == one.count([row], **options)


def test_options_of_one_question_do_not_reach_the_next() -> None:
    """With and without a schema, in any order."""
    one, row = Filter.parse("day lt 2024-02-01"), {"day": "2024-01-31"}
    schema = Schema({"day": "Edm.Date"})
    asked = [one.matches(row), one.matches(row, schema=schema), one.matches(row), one.matches(row, coerce=True)]
    assert [False, True, False, True] == asked


# ---- Lowering --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lowered"),
    [
        ("a eq 'x'", "a eq 'x'"),
        ("not (a eq 'x' or b in ('y','z'))", "a ne 'x' and b ne 'y' and b ne 'z'"),
        ("'x' eq a", "a eq 'x'"),
        ("a eq concat('x','y')", "a eq 'xy'"),
        ("a eq 'x' and 1 lt 2", "a eq 'x'"),
    ],
)
def test_a_filter_is_lowered_to_what_a_profile_accepts(text: str, lowered: str) -> None:
    """Said in the endpoint's own operators, by parsed and built filters alike."""
    for one in (Filter.parse(text), Filter(Filter.parse(text).expression)):
        assert Filter.parse(lowered) == one.lower(CUSTOM_VISION)
        assert () == one.lower(CUSTOM_VISION).problems(profile=CUSTOM_VISION)
        assert lowered == one.lower(CUSTOM_VISION).source


@pytest.mark.parametrize("one", [Filter.parse("a eq 'y' or b gt 'x'"), (field("a") == "y") | (field("b") > "x")])
def test_what_cannot_be_lowered_has_its_place(one: Filter) -> None:
    """The part that the endpoint cannot be asked about."""
    with pytest.raises(UnsupportedFilterError) as caught:
        one.lower(CUSTOM_VISION)
    assert "b gt 'x'" == caught.value.source[caught.value.position : caught.value.end]


def test_lowering_that_would_never_end_is_refused() -> None:
    """Without parentheses the terms multiply."""
    pairs = " and ".join(f"(a{number} eq 'x' or b{number} eq 'y')" for number in range(20))
    one = Filter.parse(pairs)
    with pytest.raises(UnsupportedFilterError, match="more than 1000 terms") as caught:
        one.lower(replace(CUSTOM_VISION, parentheses=False))
    assert pairs == caught.value.source


# ---- Errors and their places -----------------------------------------------------------------------------

FAILING: list[tuple[str, Filter, str, str]] = [
    ("parsed", Filter.parse("b eq 1  or  a   mod 0 eq 1"), "b eq 1  or  a   mod 0 eq 1", "a   mod 0"),
    ("built", (field("b") == 1) | (field("a") % 0 == 1), "b eq 1 or a mod 0 eq 1", "a mod 0"),
    ("joined", Filter.parse("   b eq 1 ") | Filter.parse("a   mod 0 eq 1"), "b eq 1 or a mod 0 eq 1", "a mod 0"),
    ("by hand", Filter(Arithmetic("mod", A, Literal("Edm.Int64", "0"))), "a mod 0", "a mod 0"),
    ("pickled", pickle.loads(pickle.dumps(Filter.parse(" a  mod 0"))), " a  mod 0", "a  mod 0"),  # noqa: S301
]


@pytest.mark.parametrize(("one", "source", "part"), [case[1:] for case in FAILING], ids=[case[0] for case in FAILING])
@pytest.mark.parametrize(
    "ask",
    [
        lambda one: one.evaluate({"a": 1}),
        lambda one: one.matches({"a": 1}),
        lambda one: list(one.select([{"a": 1}])),
        lambda one: one.count([{"a": 1}]),
    ],
    ids=["evaluate", "matches", "select", "count"],
)
def test_a_failure_has_its_place(one: Filter, source: str, part: str, ask: Callable[[Filter], object]) -> None:
    """The text and the part of it that fails, however the filter was made and asked."""
    with pytest.raises(FilterEvaluationError, match="mod by zero has no value") as caught:
        ask(one)
    error = caught.value
    assert (source, part) == (error.source, error.source[error.position : error.end])


@pytest.mark.parametrize(
    ("one", "part"),
    [
        (Filter.parse("a eq 1 and Items/$count($search=blue) gt 1"), "Items/$count($search=blue)"),
        (Filter(Count(Member(IT, "Items"), "blue")), "Items/$count($search=blue)"),
    ],
    ids=["parsed", "by hand"],
)
def test_what_cannot_be_evaluated_has_its_place(one: Filter, part: str) -> None:
    """It is refused by name, not guessed."""
    with pytest.raises(UnsupportedFilterError, match="a free-text search has no evaluation") as caught:
        list(one.select([{"a": 1}]))
    assert part == one.source[caught.value.position : caught.value.end]


def test_a_row_after_a_failing_one_can_still_be_asked_about() -> None:
    """A failure leaves nothing behind."""
    one = Filter.parse("Items/any(i:i mod a eq 1)")
    with pytest.raises(FilterEvaluationError):
        one.matches({"a": 0, "Items": [1]})
    assert one.matches({"a": 2, "Items": [1]})


def test_a_literal_out_of_range_has_its_place() -> None:
    """Python's dates end in the year 9999."""
    with pytest.raises(FilterEvaluationError, match="outside the range") as caught:
        Filter.parse("d  eq 12345-01-01").matches({})
    assert (6, 17) == (caught.value.position, caught.value.end)


def test_has_with_an_endless_number_is_no_crash() -> None:
    """Python refuses to read thousands of digits; the library says so itself, or compares."""
    one = Filter.parse(f"a has '{'9' * 5000}'")
    try:
        value = one.evaluate({"a": 1})
    except FilterError as error:
        assert one.source == error.source  # noqa: PT017 - either outcome is right
    else:
        assert value is False


@pytest.mark.parametrize("text", ["a eq b", "a ne b", "a in b", "hassubset(a,b)", "a in [b]"])
def test_rows_nested_deeply_are_no_crash(text: str) -> None:
    """JSON may be nested deeper than Python can compare."""
    deep: object = []
    for _ in range(900):
        deep = [deep]
    row = {"a": deep, "b": copy.copy(deep)}
    try:
        value = Filter.parse(text).evaluate(row)
    except FilterError as error:
        assert text == error.source  # noqa: PT017 - either outcome is right
    else:
        assert isinstance(value, bool)


def test_a_syntax_error_is_a_value_error() -> None:
    """As Python's own parsers raise."""
    with pytest.raises(ValueError, match="expected a comparison operator") as caught:
        Filter.parse("species = 'cat'")
    assert isinstance(caught.value, FilterSyntaxError)


def test_parsing_for_a_profile_checks_it() -> None:
    """Every problem in one error."""
    with pytest.raises(FilterValidationError) as caught:
        Filter.parse("a gt 'x' and b eq 1", profile=CUSTOM_VISION)
    assert ["a gt 'x'", "1"] == [item.source[item.position : item.end] for item in caught.value.problems]


def test_the_prefix_belongs_to_its_profile() -> None:
    """`metadata=` is read with CUSTOM_VISION alone; elsewhere the hint says so."""
    text = "metadata=key1 eq 'value1' and key2 ne 'value2'"
    built = (field("key1") == "value1") & (field("key2") != "value2")
    assert built == Filter.parse(text, profile=CUSTOM_VISION)
    with pytest.raises(FilterSyntaxError) as caught:
        Filter.parse(text)
    assert (
        "`metadata=` in front belongs to the Custom Vision endpoint: parse with profile=CUSTOM_VISION"
        == caught.value.hint
    )


# ---- Trees made by hand ------------------------------------------------------------------------------------

UNREADABLE: dict[str, Any] = {
    "a text": "a eq 1",
    "nothing": None,
    "a number": 5,
    "a name with a space": Member(IT, "a b"),
    "a name that is an expression": Comparison("eq", Member(IT, "a eq 1 or b"), ONE),
    "an empty name": Member(IT, ""),
    "a name that is no string": Member(IT, 5),  # type: ignore[arg-type] # wrong on purpose
    "a bare variable": Variable("x"),
    "an empty variable": Negate(Variable("")),
    "an unknown comparison": Comparison("like", A, ONE),
    "an unknown arithmetic": Arithmetic("pow", A, ONE),
    "an unknown logic": Logical("xor", (A, A)),
    "logic of one": Logical("and", (A,)),
    "logic of none": Logical("and", ()),
    "logic in itself": Logical("and", (A, Logical("and", (A, A)))),
    "a list for a tuple": Logical("and", [A, A]),  # type: ignore[arg-type] # wrong on purpose
    "an operand that is no node": Comparison("eq", A, "x"),  # type: ignore[arg-type] # wrong on purpose
    "a child that is nothing": Not(None),  # type: ignore[arg-type] # wrong on purpose
    "an unknown function": Call("foo", ()),
    "a function without its argument": Call("length", ()),
    "a custom function called any": Invocation(None, "any", ()),
    "an unknown quantifier": Quantifier("some", A, "t", A),
    "a quantifier without its condition": Quantifier("any", A, "t"),
    "a case of none": Case(()),
    "a case of empty names": Case(((Variable(""), Variable("")),)),
    "a key of none": Key(A, ()),
    "has with a property": Comparison("has", A, A),
    "in with a string": Comparison("in", A, Literal("Edm.String", "x")),
    "a filter on a call": Where(Call("now", ()), A),
    "a collection in a list": Collection([ONE]),  # type: ignore[arg-type] # wrong on purpose
    "an object with a bad name": Record(((b"x", ONE),)),  # type: ignore[arg-type] # wrong on purpose
    "an object with a name twice": Record((("x", ONE), ("x", ONE))),
    "a string that is none": Literal("Edm.String", 5),  # type: ignore[arg-type] # wrong on purpose
    "an integer that is none": Literal("Edm.Int64", "1 or true"),
    "an integer of another type": Literal("Edm.Double", "1"),
    "a date that is none": Literal("Edm.Date", "2023-02-29"),
    "an unknown type": Literal("Enum", "x"),
    "upper case": Literal("Edm.Guid", "ABCDEF00-0000-0000-0000-000000000000"),
}


@pytest.mark.parametrize("tree", UNREADABLE.values(), ids=UNREADABLE)
def test_a_tree_that_no_text_reads_as_is_refused(tree: Any) -> None:  # noqa: ANN401 - wrong on purpose
    """What a Filter holds can always be written and read back."""
    with pytest.raises(FilterValidationError) as caught:
        Filter(tree)
    assert "tree" == caught.value.problems[0].code


def test_a_tree_that_is_too_deep_is_refused() -> None:
    """The limit holds for trees made by hand as well."""
    tree: Node = A
    for _ in range(5000):
        tree = Not(tree)
    with pytest.raises(FilterValidationError, match="nested more than 100 levels deep"):
        Filter(tree)


def test_a_tree_made_by_hand_is_a_filter() -> None:
    """When its text reads back as it."""
    assert Filter.parse("a eq 1") == Filter(Comparison("eq", A, ONE))


# ---- Threads -----------------------------------------------------------------------------------------------


def test_one_filter_serves_several_threads() -> None:
    """Asked for the first time by all of them at once, and with lambda variables of their own."""
    for _ in range(20):
        one = Filter.parse("tags/any(t:t mod 7 eq a) and tags/$filter($this gt $it/a)/$count gt 2")
        rows = [{"a": number % 7, "tags": list(range(number % 10))} for number in range(200)]
        expected = [row for row in rows if _expected(row)]
        start = threading.Barrier(8)

        def ask(_: int, one: Filter = one, start: threading.Barrier = start) -> list[dict[str, Any]]:
            start.wait()
            return list(one.select(rows))  # noqa: B023 - awaited before the next round

        with ThreadPoolExecutor(8) as pool:
            assert [expected] * 8 == list(pool.map(ask, range(8)))


def _expected(row: dict[str, Any]) -> bool:
    tags: list[int] = row["tags"]
    return any(tag % 7 == row["a"] for tag in tags) and sum(tag > row["a"] for tag in tags) > 2


def test_several_threads_parse_at_once() -> None:
    """The parser keeps nothing between two texts."""
    texts = [f"a{number} eq {number} and (b eq '{number}' or c/any(t:t eq {number}))" for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert texts == [str(one) for one in pool.map(Filter.parse, texts)]


# ---- Length ------------------------------------------------------------------------------------------------

TERMS = 50_000


@pytest.fixture(scope="module")
def chain() -> Filter:
    """50,000 conditions with `or` between them."""
    return Filter.parse(" or ".join(f"k eq '{number}'" for number in range(TERMS)))


def test_a_chain_of_50_000_terms_is_two_levels_deep(chain: Filter) -> None:
    """One operator with so many operands."""
    assert isinstance(chain.expression, Logical)
    assert TERMS == len(chain.expression.operands)


def test_a_chain_of_50_000_terms_prints(chain: Filter) -> None:
    """And reads back."""
    assert chain.source == str(chain)
    assert TERMS == len(chain.pretty().splitlines())
    assert chain == Filter.parse(chain.pretty())


def test_a_chain_of_50_000_terms_compares_and_hashes(chain: Filter) -> None:
    """With the same chain from the builder."""
    built = any_of(field("k") == str(number) for number in range(TERMS))
    assert chain == built
    assert hash(chain) == hash(built)
    assert chain != any_of(field("k") == str(number) for number in range(1, TERMS + 1))


def test_a_chain_of_50_000_terms_evaluates(chain: Filter) -> None:
    """Hit at either end, or missed."""
    assert [True, True, False, False] == [chain.matches({"k": key}) for key in ("0", "49999", "50000", None)]


def test_a_chain_of_50_000_terms_is_checked_and_copied(chain: Filter) -> None:
    """Every other thing that one can do with a filter."""
    assert () == chain.problems(profile=CUSTOM_VISION)
    assert chain == copy.copy(chain) == pickle.loads(pickle.dumps(chain))  # noqa: S301
    assert TERMS + 1 == str(chain | (field("k") == None)).count(" eq ")  # noqa: E711 - asks for null
    assert "not (" == str(~chain)[:5]


@pytest.mark.parametrize("start", ["(", "not ", "not(", "- ", "a/any(t:", "[", "contains("])
def test_an_endless_start_is_refused_quickly(start: str) -> None:
    """100,000 of them, in well under a second."""
    Filter.parse("a")
    begin = time.perf_counter()
    with pytest.raises(FilterSyntaxError):
        Filter.parse(start * 100_000)
    assert time.perf_counter() - begin < 1


@given(st.text(st.characters(codec=None)))
def test_any_text_gives_a_filter_or_a_syntax_error(text: str) -> None:
    """Nothing else ever leaves the parser."""
    try:
        one = Filter.parse(text)
    except FilterSyntaxError as error:
        assert text == error.source  # noqa: PT017 - either outcome is right
    else:
        assert one == Filter.parse(str(one))


def test_python_operators_other_than_logic_are_left_to_python() -> None:
    """A filter has no order and no arithmetic."""
    one: Any = Filter.parse("a")
    for operator in (op.lt, op.add, op.and_, op.or_, op.contains):
        with pytest.raises(TypeError):
            operator(one, 5)
