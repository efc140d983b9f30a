"""What engines can say: refusals by name, and a filter split into what an engine says and the rest."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from odata_filter import Filter, UnsupportedFilterError, field, strategies
from odata_filter.engines.capabilities import PARTS, Capabilities, check, placed, split, table, unsupported
from odata_filter.nodes import Node

FEW = Capabilities(name="Tiny", parts=frozenset({"eq", "and", "or", "not", "Edm.String"}))


def parts(text: str) -> tuple[str | None, str | None]:
    """The texts of both parts of a split."""
    engine, rest = split(Filter.parse(text), FEW)
    return None if engine is None else str(engine), None if rest is None else str(rest)


# ---- Refusals --------------------------------------------------------------------------------------


def lacks(text: str) -> list[str]:
    """What an engine that has nothing is said to lack for a filter."""
    with pytest.raises(UnsupportedFilterError) as caught:
        check(Filter.parse(text).expression, Capabilities(name="None", parts=frozenset()))
    return [problem.message.removeprefix("None cannot say ") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("a in (1,'x')", ["in", "Edm.Int64", "Edm.String"]),
        ("a in b", ["in"]),
        ("[1] eq a", ["eq", "collection", "Edm.Int64"]),
        ('{"x":null} eq a', ["eq", "object", "null"]),
        ("Price/@Ns.Term eq 1", ["eq", "annotation", "Edm.Int64"]),
        ("a/Ns.Type/b", ["path", "type cast"]),
        ("a/b/c", ["path", "path"]),
        ("$it eq @p", ["eq", "$it", "parameter alias"]),
        ("$it/a eq $root/b", ["eq", "$root"]),
        ("a/any(x:x eq $this)", ["any", "eq", "$this"]),
        ("a/$filter(b)/$count gt -c", ["gt", "/$count", "/$filter", "-"]),
        ("Ns.F(a=1) or Items(1)/a", ["or", "custom function", "Edm.Int64", "path", "key", "Edm.Int64"]),
        ("case(true:1) add 2", ["add", "case", "Edm.Boolean", "Edm.Int64", "Edm.Int64"]),
        ("not isof(a,Edm.Date)", ["not", "isof"]),
        ("a has Ns.E'A'", ["has", "Enumeration"]),
        ("a eq geography'SRID=0;Point(1 2)'", ["eq", "geo"]),
    ],
)
def test_each_part_that_is_lacking_is_named(text: str, lacking: list[str]) -> None:
    """Operators, functions, constructs and literal types, in the order of the tree."""
    assert lacking == lacks(text)


def test_what_an_engine_has_is_accepted() -> None:
    """An expression of known parts passes."""
    check(Filter.parse("not (a eq 'x' or b eq 'y') and c").expression, FEW)


@pytest.mark.parametrize(
    ("wanted", "position"),
    [
        (Filter.parse("a eq 'x'  or length(a) eq 'y'"), 13),
        (Filter(Filter.parse("a eq 'x'  or length(a) eq 'y'").expression), 12),
        (field("a").length() == "x", 0),
    ],
)
def test_a_refusal_has_its_place(wanted: Filter, position: int) -> None:
    """The position counts in the text that was parsed, or in the canonical text of a filter that was built."""
    with pytest.raises(UnsupportedFilterError, match="Tiny cannot say length") as caught:
        placed(wanted, lambda node: check(node, FEW))
    assert (position, wanted.source) == (caught.value.position, caught.value.source)


def test_what_can_be_said_is_handed_on() -> None:
    """Without a refusal the result is that of the engine."""
    wanted = Filter.parse("a eq 'x'")
    assert wanted.expression is placed(wanted, lambda node: node)


# ---- Splitting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "engine", "rest"),
    [
        ("a eq 'x'", "a eq 'x'", None),
        ("a eq 1", None, "a eq 1"),
        ("a eq 'x' and b eq 1 and c eq 'y'", "a eq 'x' and c eq 'y'", "b eq 1"),
        ("a eq 'x' or b eq 1", None, "a eq 'x' or b eq 1"),
        ("(a eq 'x' and b eq 1) or c eq 'y'", "a eq 'x' or c eq 'y'", "a eq 'x' and b eq 1 or c eq 'y'"),
        (
            "(a eq 'x' and b eq 1 or c eq 'y') and d eq 'z'",
            "(a eq 'x' or c eq 'y') and d eq 'z'",
            "a eq 'x' and b eq 1 or c eq 'y'",
        ),
        ("not (a eq 'x' or b eq 1)", "not (a eq 'x')", "not (a eq 'x' or b eq 1)"),
        ("not (a eq 'x' and b eq 1)", None, "not (a eq 'x' and b eq 1)"),
        ("not (not (a eq 'x') or b eq 1)", "a eq 'x'", "not (not (a eq 'x') or b eq 1)"),
        ("not (a eq 'x' or (b eq 'y' and c eq 'z'))", "not (a eq 'x' or b eq 'y' and c eq 'z')", None),
    ],
)
def test_a_filter_is_split(text: str, engine: str | None, rest: str | None) -> None:
    """The engine gets the strongest condition that it can say, and what is not decided by it stays for the rows."""
    assert (engine, rest) == parts(text)


def test_an_engine_may_look_further() -> None:
    """A condition of known parts may still be refused, for instance because of the types of columns."""

    def say(node: Node) -> None:
        if node == Filter.parse("b eq 'y'").expression:
            raise unsupported(node, "b is no column")

    engine, rest = split(Filter.parse("a eq 'x' and b eq 'y'"), FEW, say)
    assert (Filter.parse("a eq 'x'"), Filter.parse("b eq 'y'")) == (engine, rest)


_PARTS = st.sets(st.sampled_from([part for group in PARTS.values() for part in group]))


def kept(wanted: Filter | None, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that a filter keeps, at one moment; all of them without a filter."""
    now = dt.datetime(2024, 1, 2, tzinfo=dt.UTC)
    try:
        return rows if wanted is None else list(wanted.select(rows, on_error="null", now=now))
    except UnsupportedFilterError:
        reject()


@given(strategies.filters_and_rows(), _PARTS)
def test_both_parts_keep_the_rows_of_the_whole(pair: tuple[Filter, dict[str, Any]], lacking: set[str]) -> None:
    """The engine's part holds for every row that the filter keeps, and both together keep no other."""
    wanted, row = pair
    every = frozenset(part for group in PARTS.values() for part in group)
    engine, rest = split(wanted, Capabilities(name="x", parts=every - lacking))
    fetched = kept(engine, [row])
    assert (kept(wanted, [row]), True) == (kept(rest, fetched), kept(wanted, [row]) in ([], fetched))


# ---- The table -------------------------------------------------------------------------------------


def test_the_table_lists_what_engines_have() -> None:
    """A line for the parts that the same engines have, a column for each engine."""
    engines = (
        Capabilities(name="A", parts=frozenset({"eq", "ne"})),
        Capabilities(name="B", parts=frozenset({"eq", "ne", "date"})),
    )
    lines = [
        "| part | A | B |",
        "|---|:-:|:-:|",
        "| operator: `eq` `ne` | yes | yes |",
        "| function: `date` |  | yes |",
    ]
    assert "\n".join(lines) == table(engines)


def test_no_two_parts_share_a_name() -> None:
    """A part is known by its name alone."""
    names = [part for group in PARTS.values() for part in group]
    assert sorted(set(names)) == sorted(names)
