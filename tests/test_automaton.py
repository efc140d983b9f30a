"""The quick road from text to tree: it reads what the grammar reads, to the same tree, and never says no."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given

import odata_filter
from odata_filter import automaton, printer
from odata_filter.automaton import accepted
from odata_filter.errors import FilterSyntaxError
from odata_filter.nodes import MAX_DEPTH, Node, Span, walk
from odata_filter.parser import parse
from odata_filter.reductions import FaultError
from odata_filter.strategies import expressions, filters
from odata_filter.verdict import verdict
from syntaxcases import SyntaxCase, load

CASES = load()
Placed = list[tuple[str, Span | None]]


def quick(text: str) -> Node | None:
    """What the tables make of a text."""
    return accepted(text, 0, len(text), "filter")


def judged(text: str) -> Node:
    """What Lark makes of a text."""
    return verdict(text, 0, len(text), "filter")


def places(root: Node) -> Placed:
    """Each node's kind and place, in the order of the text."""
    return [(type(node).__name__, node.span) for node in walk(root)]


def check_agreement(text: str) -> None:
    """Both roads read the text, to one tree, every node of which has the same place in it."""
    expected, actual = judged(text), quick(text)
    assert expected == actual
    assert actual is not None
    assert places(expected) == places(actual)


@pytest.mark.parametrize("case", [case for case in CASES if case.canonical is not None], ids=lambda case: case.label)
def test_both_roads_read_a_right_filter_alike(case: SyntaxCase) -> None:
    """The tree, and where each node stands; outer white space is the parser's."""
    check_agreement(case.filter.strip(" \t\r\n"))


@pytest.mark.parametrize("case", [case for case in CASES if case.canonical is not None], ids=lambda case: case.label)
def test_a_right_filter_is_not_judged(monkeypatch: pytest.MonkeyPatch, case: SyntaxCase) -> None:
    """The parser takes the quick road to its end."""
    monkeypatch.setattr("odata_filter.verdict.verdict", None)
    assert parse(case.filter) == quick(case.filter.strip(" \t\r\n"))


@pytest.mark.parametrize("case", [case for case in CASES if case.canonical is None], ids=lambda case: case.label)
def test_the_quick_road_has_no_verdict_on_a_wrong_filter(case: SyntaxCase) -> None:
    """What is refused, Lark refuses."""
    assert quick(case.filter.strip(" \t\r\n")) is None
    with pytest.raises((FilterSyntaxError, FaultError)):
        judged(case.filter.strip(" \t\r\n"))


@pytest.mark.thorough
@given(expressions())
def test_both_roads_read_a_generated_tree_alike(root: Node) -> None:
    """Of every kind of node, as the printer writes them."""
    check_agreement(printer.text(root))


@pytest.mark.thorough
@given(filters())
def test_both_roads_read_a_generated_filter_alike(made: odata_filter.Filter) -> None:
    """Filters as people write them, wrapped over many lines."""
    check_agreement(made.pretty(40))


@pytest.mark.parametrize("start", ["filter", "custom_vision"])
def test_what_a_text_needs_is_read_when_it_is_first_needed(start: str) -> None:
    """From the tables, whatever was read before."""
    for known in vars(automaton).values():
        if hasattr(known, "cache_clear"):
            known.cache_clear()
    prefix = "metadata=" if start == "custom_vision" else ""
    text = f"{prefix}contains(tolower(a),'x') and (year(d) ge 2020 or not b/any(c:c in ('y',null) and c ne -e add 2))"
    expected, actual = verdict(text, 0, len(text), start), accepted(text, 0, len(text), start)
    assert expected == actual
    assert actual is not None


def test_a_deep_filter_is_read_by_lark() -> None:
    """The quick road goes down only so far; what it leaves to Lark is read all the same."""
    text = "(a or b and " * 30 + "c" + ")" * 30
    assert quick(text) is None
    assert judged(text) == parse(f" {text} ")


def test_a_filter_of_the_greatest_depth_is_read() -> None:
    """Right at the limit, and not beyond."""
    text = "not " * (MAX_DEPTH - 2) + "a"
    assert judged(text) == parse(text)
    with pytest.raises(FilterSyntaxError, match="nested more than"):
        parse("not " + text)


def test_a_right_filter_needs_no_lark() -> None:
    """Who only reads, prints and evaluates right filters does not pay for importing Lark."""
    code = (
        "import sys; from odata_filter import Filter; "
        "f = Filter.parse(\"contains(tolower(name),'x') and tags/any(t:t/name eq 'y')\"); "
        "assert not f.matches({'name': 'y'}); print(str(f)); print('lark' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert ["contains(tolower(name),'x') and tags/any(t:t/name eq 'y')", "False"] == done.stdout.splitlines()


def test_the_tables_are_those_of_the_grammar() -> None:
    """After a change of the grammar: `python -m odata_filter.grammar.generate`."""
    generate = import_module("odata_filter.grammar.generate")
    assert generate.source() == Path(generate.TARGET).read_text(encoding="utf-8")
