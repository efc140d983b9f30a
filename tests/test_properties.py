"""What holds for every filter: text and tree, spacing, builder, errors and answers."""

import datetime as dt
import enum
import operator
import re
from collections import UserDict, UserList, UserString
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce
from inspect import Parameter, Signature
from types import MappingProxyType
from typing import Any, TypeVar, cast
from uuid import UUID

import pytest
from hypothesis import example, given, note
from hypothesis import strategies as st

from odata_filter import (
    CUSTOM_VISION,
    ODATA,
    Filter,
    FilterError,
    FilterSyntaxError,
    FilterValidationError,
    all_of,
    any_of,
    builder,
    edm,
    field,
    functions,
    parser,
    printer,
)
from odata_filter.nodes import (
    IT,
    Arithmetic,
    Call,
    Collection,
    Comparison,
    Count,
    Literal,
    Logical,
    Member,
    Negate,
    Node,
    Not,
    Quantifier,
    Record,
    Variable,
    walk,
)
from odata_filter.strategies import expressions, filters, filters_and_rows, rows, values

pytestmark = pytest.mark.thorough

WIDTHS = st.integers(1, 120)


# ---- Text and tree -------------------------------------------------------------------------------


@given(expressions())
def test_the_text_of_a_tree_reads_back_as_the_tree(tree: Node) -> None:
    """Printing loses nothing, and printing again changes nothing."""
    text = printer.text(tree)
    back = parser.parse(text)
    assert tree == back
    assert text == printer.text(back)


@given(expressions(), WIDTHS)
def test_wrapped_text_reads_back_as_the_tree(tree: Node, width: int) -> None:
    """Line breaks stand only where white space may stand."""
    wrapped = printer.pretty(tree, width)
    note(wrapped)
    assert tree == parser.parse(wrapped)


@given(filters(), WIDTHS)
def test_a_wide_enough_line_is_not_wrapped(f: Filter, width: int) -> None:
    """`pretty` is the canonical text where that fits, and has no line with white space at its end."""
    pretty = f.pretty(width)
    assert (pretty == str(f)) or len(str(f)) > width
    strings = re.compile(r"'[^']*'|\"[^\"]*\"")
    assert not any(line.endswith((" ", "\t")) for line in strings.sub("'", pretty).split("\n"))


@given(filters())
def test_equal_filters_hash_alike(f: Filter) -> None:
    """A filter and its copy through text are the same in a set."""
    assert {f} == {f, Filter.parse(str(f)), Filter(f.expression)}


# ---- Other texts of the same tree ------------------------------------------------------------------

_WORD_OPERATORS = frozenset(printer.PRECEDENCE) - {"-", "not"}
Drawn = TypeVar("Drawn")
_SPACES = st.text(" \t\r\n", max_size=2)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes a tree as a person might who presses the space bar, the shift key and the brackets at random."""

    data: st.DataObject

    def draw(self, strategy: st.SearchStrategy[Drawn]) -> Drawn:
        """A value of a strategy."""
        return self.data.draw(strategy)

    def space(self) -> str:
        """Optional white space."""
        return self.draw(_SPACES)

    def word(self, word: str) -> str:
        """A word in some mix of cases."""
        return "".join(letter.upper() if self.draw(st.booleans()) else letter for letter in word)

    def operator(self, operator: str) -> str:
        """A binary operator with the white space that it needs, and more."""
        return f" {self.space()}{self.word(operator)}\t{self.space()}"

    def grouped(self, text: str) -> str:
        """The text, perhaps in spare parentheses."""
        spare = self.draw(st.integers(0, 2))
        return f"({self.space()}" * spare + text + f"{self.space()})" * spare

    def operand(self, node: Node) -> str:
        """An operand: in parentheses always where they might be needed."""
        text = self.text(node)
        needed = not isinstance(node, Literal | Member | Call)
        return self.grouped(f"({self.space()}{text}{self.space()})" if needed else text)

    def text(self, node: Node) -> str:
        """The text of a node."""
        match node:
            case Not(operand=operand):
                return f"{self.word('not')} {self.operand(operand)}"
            case Logical(operator=operator, operands=operands):
                return self.operator(operator).join(map(self.operand, operands))
            case Comparison(operator="in", left=left, right=Collection(items=items)) if items:
                listed = f"{self.space()},{self.space()}".join(map(printer.text, items))
                return f"{self.operand(left)}{self.operator('in')}({self.space()}{listed}{self.space()})"
            case Comparison(operator=operator, left=left, right=right) if operator != "in":
                return f"{self.operand(left)}{self.operator(operator)}{self.operand(right)}"
            case Call(name=name, arguments=arguments) if name not in {"cast", "isof"}:
                listed = f"{self.space()},{self.space()}".join(map(self.grouped, map(self.text, arguments)))
                return f"{self.word(name)}({self.space()}{listed}{self.space()})"
            case _:
                return printer.text(node)


@st.composite
def plain_trees(draw: st.DrawFn) -> Node:
    """Trees of the nodes that `Writer` varies."""
    names = st.sampled_from(("a", "eq", "order", "notes"))
    literals = values().map(lambda value: cast("Node", Literal(*edm.literal_text(value))))
    leaves = st.one_of(names.map(lambda name: cast("Node", Member(IT, name))), literals)
    calls = [function for function in functions.FUNCTIONS if function.name not in {"cast", "isof"}]

    def larger(part: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        lists = st.lists(literals, min_size=1, max_size=2).map(tuple).map(Collection)
        return st.one_of(
            st.builds(Comparison, st.sampled_from(("eq", "ne", "gt", "ge", "lt", "le")), part, part),
            st.builds(Comparison, st.just("in"), part, lists),
            st.builds(Not, part),
            st.lists(part, min_size=2, max_size=3).map(lambda parts: Logical("and", _flat("and", parts))),
            st.lists(part, min_size=2, max_size=3).map(lambda parts: Logical("or", _flat("or", parts))),
            st.sampled_from(calls).flatmap(
                lambda call: st.lists(part, min_size=call.arities()[0], max_size=call.arities()[0]).map(
                    lambda arguments: Call(call.name, tuple(arguments))
                )
            ),
        )

    return draw(st.recursive(leaves, larger, max_leaves=8))


def _flat(operator: str, nodes: list[Node]) -> tuple[Node, ...]:
    return tuple(
        part
        for node in nodes
        for part in (node.operands if isinstance(node, Logical) and node.operator == operator else (node,))
    )


@given(plain_trees(), st.data())
def test_spacing_case_and_spare_parentheses_do_not_change_the_tree(tree: Node, data: st.DataObject) -> None:
    """White space is one space or more, operators and functions are read in any case, parentheses only group."""
    writer = Writer(data)
    text = f"{writer.space()}{writer.operand(tree)}{writer.space()}"
    note(text)
    assert tree == parser.parse(text)


@given(filters())
def test_a_filter_in_parentheses_is_the_same_filter(f: Filter) -> None:
    """Grouping adds no node."""
    assert f == Filter.parse(f" (( {f}\n)\t)")


# ---- Any text ------------------------------------------------------------------------------------

_PIECES = (
    *("'", '"', "(", ")", "[", "]", "{", "}", ",", ":", ";", "/", "$", "@", "=", "-", "+", ".", "#", " ", "\n", "\\"),
    *(
        " eq ",
        " ne ",
        " and ",
        " or ",
        "not ",
        " in ",
        " has ",
        " add ",
        " mod ",
        "null",
        "true",
        "INF",
        "1",
        "1.5",
        "'x'",
    ),
    *("any(t:", "all(", "/$count", "/$filter(", "($search=", "case(", "cast(", "isof(", "contains(", "now()", "$it/"),
    *("$this", "$root/", "@p", "@a.b", "Ns.T", "geography'SRID=0;Point(1 2)'", "duration'PT1S'", "2020-01-01", "12:00"),
    *("metadata=", "\ud800", "\x00", "\U0001f600", "é", "Collection(Edm.String)", "Ns.E'A,B'", "Edm.Int64'A'", "e5"),
)


def _any_text() -> st.SearchStrategy[str]:
    """Text of all kinds: without meaning, of the language's pieces, and real filters with a piece changed."""
    soup = st.lists(st.sampled_from(_PIECES), max_size=12).map("".join)
    return st.one_of(st.text(), st.text(st.characters()), soup, mutated(), mutated())


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The text of a filter after one to three changes."""
    text = printer.text(draw(expressions(max_depth=3)))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 5)))
        piece = draw(
            st.one_of(st.just(""), st.sampled_from(_PIECES), st.just(text[start:end][::-1]), st.text(max_size=2))
        )
        text = text[:start] + piece + text[end:]
    return text


def attempt(make: Callable[[], Any], expected: type[FilterError] = FilterError) -> Any:  # noqa: ANN401 - the result, or the error
    """What a call gives, or the error of the library that it raises."""
    try:
        return make()
    except expected as error:
        return error


@given(_any_text())
@example("")
@example("(" * 1000)
@example("not " * 1000)
@example("a/" * 1000 + "a")
@example("-" * 1000 + "1")
@example("'" * 1001)
@example("[" * 99 + "geometry'SRID=0;Polygon((1 1))'" + "]" * 99)
def test_any_text_gives_a_tree_or_a_syntax_error(text: str) -> None:
    """Nothing else leaves the parser; an error lies in the text, and a tree has a text that reads back."""
    tree = attempt(lambda: parser.parse(text), FilterSyntaxError)
    if isinstance(tree, FilterSyntaxError):
        assert tree.position is not None
        assert 0 <= tree.position <= len(text)
        assert str(tree)
        return
    canonical = printer.text(tree)
    note(canonical)
    assert tree == parser.parse(canonical)
    assert canonical == printer.text(parser.parse(canonical))


@given(_any_text())
def test_every_node_of_a_parsed_filter_has_its_place_in_the_text(text: str) -> None:
    """Spans lie within the text; only an implied `$it` has none."""
    tree = attempt(lambda: parser.parse(text), FilterSyntaxError)
    for node in () if isinstance(tree, FilterSyntaxError) else walk(tree):
        start, end = node.span or (0, 0)
        assert 0 <= start <= end <= len(text)
        assert node.span is not None or isinstance(node, Variable)


@given(_any_text())
def test_any_text_gives_a_custom_vision_filter_or_an_error(text: str) -> None:
    """Parsing under a profile raises the library's own errors only, and each says something."""
    f = attempt(lambda: Filter.parse(text, profile=CUSTOM_VISION))
    assert str(f)
    assert isinstance(f, FilterError) or f == Filter.parse(str(f), profile=CUSTOM_VISION)


# ---- The builder ---------------------------------------------------------------------------------

SAYABLE = replace(
    ODATA,
    operators=ODATA.operators - {"has"},
    functions=frozenset(name for name in ODATA.functions if not name.startswith("geo.")),
    literal_types=edm.PRIMITIVE_TYPES - {edm.DOUBLE},
    constructs=frozenset({"path", "collection", "object", "/$count", "parameter alias"}),
)
"""What the builder has words for; a double is written as a decimal where that says the same."""

_COMPARE: dict[str, Callable[[Any, Any], Filter]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "in": lambda left, right: left.is_in(right),
}
_COMPUTE: dict[str, Callable[[Any, Any], builder.Operand]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": lambda left, right: left.div(right),
    "divby": operator.truediv,
    "mod": operator.mod,
}


def said(node: Node) -> builder.Condition:
    """A tree, said again with the builder."""
    match node:
        case Literal(type=type_name, text=text):
            return builder.value(edm.python_value(type_name, text))
        case Variable(name=name):
            return builder.parameter(name) if name.startswith("@") else builder.Operand(node)
        case Member(source=Variable(name="$it"), name=name):
            return field(name)
        case Member(source=source, name=name):
            return operand(source)[name]
        case Call(name=("now" | "mindatetime" | "maxdatetime") as name):
            return cast("builder.Operand", getattr(builder, name)())
        case Call(name=("cast" | "isof") as name, arguments=(value, Literal(text=type_name))):
            return cast("builder.Operand", getattr(operand(value), name)(type_name))
        case Call(name=name, arguments=(first, *others)):
            return cast("builder.Operand", getattr(operand(first), name.lower())(*map(said, others)))
        case Count(source=source):
            return operand(source).count()
        case Quantifier(name="any", source=source, predicate=None):
            return operand(source).any()
        case Quantifier(name=name, source=source, variable=str(variable), predicate=predicate) if predicate is not None:
            return cast("Filter", getattr(operand(source), name)(_lambda(variable, predicate)))
        case Collection(items=items):
            return builder.value([said(item) for item in items])
        case Record(entries=entries):
            return builder.value({name: said(value) for name, value in entries})
        case Not(operand=inner):
            return ~all_of(said(inner))
        case Negate(operand=inner):
            return -operand(inner)
        case Arithmetic(operator=name, left=left, right=right):
            return _COMPUTE[name](operand(left), said(right))
        case Comparison(operator=name, left=left, right=right):
            return _COMPARE[name](operand(left), said(right))
        case Logical(operator="and", operands=operands):
            return all_of(map(said, operands))
        case Logical(operands=operands):
            return any_of(map(said, operands))
        case _:
            raise NotImplementedError(node)


def operand(node: Node) -> builder.Operand:
    """What a method can be called on: a filter becomes a value."""
    return builder.value(said(node))


def _lambda(variable: str, predicate: Node) -> Callable[..., builder.Condition]:
    def condition(_member: object) -> builder.Condition:
        return said(predicate)

    condition.__signature__ = Signature([Parameter(variable, Parameter.POSITIONAL_ONLY)])  # type: ignore[attr-defined]
    return condition


def has_words(f: Filter) -> bool:
    """Whether the builder can say it: it has none for a free-text search."""
    return not any(isinstance(node, Count) and node.search is not None for node in walk(f.expression))


@given(filters(SAYABLE, values=values()).filter(has_words))
def test_the_builder_makes_what_the_parser_reads(f: Filter) -> None:
    """A filter said in Python equals the filter of its text, and both are the tree that was asked for."""
    built = all_of(said(f.expression))
    assert f == built
    assert built == Filter.parse(str(built))


@given(st.lists(filters(CUSTOM_VISION, max_depth=2), min_size=2, max_size=4))
def test_joining_filters_is_flat_and_keeps_their_order(fs: list[Filter]) -> None:
    """`&` one by one, `all_of`, and text joined by `and` are the same filter; so with `|`."""
    assert reduce(operator.and_, fs) == all_of(fs) == Filter.parse(" and ".join(f"({f})" for f in fs))
    assert reduce(operator.or_, fs) == any_of(fs) == Filter.parse(" or ".join(f"({f})" for f in fs))


@given(st.one_of(st.text(), st.text(st.characters()), st.sampled_from(("a' or 'x' eq 'x", "O'Neil", "\ud800", "''"))))
def test_a_string_reads_back_exactly_or_is_refused(value: str) -> None:
    """Whatever a user types stays a value: it never becomes a part of the filter."""
    try:
        built = field("k") == value
    except FilterValidationError:
        assert any("\ud800" <= char <= "\udfff" for char in value)
        return
    back = Filter.parse(str(built)).expression
    assert Comparison("eq", Member(IT, "k"), Literal(edm.STRING, value)) == back
    assert built.matches({"k": value})


@given(values())
def test_a_value_reads_back_as_an_equal_value(value: object) -> None:
    """What was built with a value keeps a row that holds it; only NaN equals nothing."""
    built = field("k") == value
    assert built == Filter.parse(str(built))
    assert built.matches({"k": value}) is (value == value)  # noqa: PLR0124 - NaN is what differs from itself


@given(st.text(), st.text(max_size=3))
def test_a_key_is_a_name_or_is_refused(key: str, end: str) -> None:
    """Whatever a user types as a key stays one name: it never becomes a part of the filter."""
    built = attempt(lambda: field(key + end) == "x", FilterValidationError)
    assert str(built)
    if not isinstance(built, FilterValidationError):
        assert Comparison("eq", Member(IT, key + end), Literal(edm.STRING, "x")) == Filter.parse(str(built)).expression


# ---- Any row -------------------------------------------------------------------------------------


class Color(enum.Flag):
    """An enumeration as a row may hold it."""

    RED = 1
    BLUE = 2


_STRANGE: tuple[object, ...] = (
    *(object(), 1j, Decimal("sNaN"), Decimal("NaN"), Decimal("-Infinity"), Decimal("1e9999"), 10**400, -(10**400)),
    *(
        float("nan"),
        float("-inf"),
        1e308,
        5e-324,
        -0.0,
        True,
        range(3),
        {1, "a"},
        frozenset(),
        b"\xff",
        bytearray(b"a"),
    ),
    *(dt.datetime(1, 1, 1), dt.datetime.max, dt.datetime.max.replace(tzinfo=dt.timezone(-dt.timedelta(hours=14)))),  # noqa: DTZ001, DTZ901 - local times are what is tried
    *(dt.time(1, tzinfo=dt.UTC), dt.timedelta.min, dt.timedelta.max, dt.date.max, dt.date.min, UUID(int=0)),
    *(
        "\ud800",
        "\x00",
        "2020-01-01",
        "P1D",
        Color.RED,
        Color(0),
        Color.RED | Color.BLUE,
        (1, (2,)),
        {1: 2},
        {"": None},
    ),
    *(type, len, MappingProxyType({"a": 1}), UserDict({"a": "x"}), UserList([1]), UserString("x")),
)


def strange_values() -> st.SearchStrategy[object]:
    """What a row may hold when nobody looked: any value of JSON and Python, nested."""
    scalars = st.one_of(st.sampled_from(_STRANGE), values())
    return st.recursive(
        scalars,
        lambda part: st.one_of(
            st.lists(part, max_size=3),
            st.lists(part, max_size=3).map(tuple),
            st.dictionaries(st.one_of(st.sampled_from("abcdef"), st.text(max_size=2)), part, max_size=3),
        ),
        max_leaves=5,
    )


@given(st.data(), filters())
def test_any_row_gives_an_answer_or_a_filter_error(data: st.DataObject, f: Filter) -> None:
    """Whatever a row holds, `matches` says yes or no, or raises the library's own error."""
    row = data.draw(st.one_of(rows(f, values=strange_values()), strange_values()))
    answer = attempt(lambda: f.matches(row))
    assert isinstance(answer, bool | FilterError)
    assert str(answer)


@given(filters_and_rows(CUSTOM_VISION))
def test_a_custom_vision_filter_has_an_answer_for_every_row(pair: tuple[Filter, dict[str, Any]]) -> None:
    """There is nothing in such a filter that can fail."""
    f, row = pair
    assert f.matches(row) in {True, False}


@given(filters_and_rows())
def test_the_opposite_of_a_filter_never_keeps_the_same_row(pair: tuple[Filter, dict[str, Any]]) -> None:
    """`not` turns true into false; where the value is null, neither keeps the row."""
    f, row = pair
    kept = attempt(lambda: (f.matches(row), (~f).matches(row)))
    assert kept != (True, True)


@given(filters_and_rows())
def test_an_answer_does_not_depend_on_how_a_filter_was_made(pair: tuple[Filter, dict[str, Any]]) -> None:
    """A filter, its text read back and its pretty text read back keep the same rows."""
    f, row = pair
    answers = [_answer(form, row) for form in (f, Filter.parse(str(f)), Filter.parse(f.pretty(20)))]
    assert answers == [answers[0]] * 3


def _answer(f: Filter, row: dict[str, Any]) -> object:
    answer = attempt(lambda: f.matches(row))
    return (type(answer), answer.problems[0].code) if isinstance(answer, FilterError) else answer
