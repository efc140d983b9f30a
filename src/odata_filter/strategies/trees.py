"""Trees of every shape that the parser can make, as Hypothesis draws them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from hypothesis.vendor.pretty import RepresentationPrinter

from odata_filter import edm, functions
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
)
from odata_filter.profile import ODATA, Profile
from odata_filter.strategies.words import (
    annotation_names,
    enumeration_texts,
    key_literals,
    literal_texts,
    literals,
    odd_names,
    qualified_names,
    searches,
)

# ---- Places: where in a tree a node is drawn -----------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class Place:
    """What may stand somewhere in a tree, and how much may stand below it.

    Attributes:
        names: what properties and variables are called.
        conditions: literals that properties are compared with.
        profile: what the filter must keep to.
        depth: how many levels may still be added.
        bound: names that lambdas bind here.
        current: what a bare name is a member of.
    """

    names: SearchStrategy[str]
    conditions: SearchStrategy[Literal]
    profile: Profile
    depth: int
    bound: tuple[str, ...] = ()
    current: Variable = IT

    def _repr_pretty_(self, page: RepresentationPrinter, _cycle: object) -> None:
        """How Hypothesis shows a strategy that holds this."""
        page.text(f"<{self.profile.name}, depth {self.depth}>")

    @cached_property
    def below(self) -> Self:
        """One level down."""
        return replace(self, depth=self.depth - 1)

    @cached_property
    def filtering(self) -> Self:
        """Inside `/$filter(...)`."""
        return replace(self, current=THIS)

    def binding(self, name: str) -> Self:
        """Inside a lambda."""
        return replace(self, bound=(*self.bound, name))

    @cached_property
    def trees(self) -> SearchStrategy[Node]:
        """Any tree."""
        return _trees(self)

    @cached_property
    def paths(self) -> SearchStrategy[Node]:
        """What reads as a path."""
        return _paths(self)

    @cached_property
    def sources(self) -> SearchStrategy[Node]:
        """What may stand left of a `/`."""
        return _sources(self)


_Maker: TypeAlias = Callable[[DrawFn, Place], Node]


# ---- Trees of any shape --------------------------------------------------------------------------


def expressions(*, names: SearchStrategy[str] | None = None, max_depth: int = 4) -> SearchStrategy[Node]:
    """Trees of every shape that the parser can make, sensible or not, for those who write passes over the tree.

    They are in the parser's normal form: `parser.parse(printer.text(tree)) == tree` for every one of them.

    Args:
        names: what properties and variables are called; by default plain names, words of the language
            (`eq`, `null`, `not`, `any`) and Unicode identifiers.
        max_depth: how many levels of operators, calls and path steps may stand above a name or a literal.

    Example:
        >>> from hypothesis import given
        >>> from odata_filter import parser, printer
        >>> @given(expressions())
        ... def printing_and_parsing_give_the_same_tree(tree):
        ...     assert tree == parser.parse(printer.text(tree))
        >>> printing_and_parsing_give_the_same_tree()
    """
    return Place(odd_names() if names is None else names, literals(), ODATA, max_depth).trees


@st.composite
def _trees(draw: DrawFn, place: Place) -> Node:
    return draw(_LEAVES if place.depth <= 0 else _NODES)(draw, place.below)


@st.composite
def _paths(draw: DrawFn, place: Place) -> Node:
    return draw(_FIRST_STEPS if place.depth <= 0 else _STEPS)(draw, place.below)


@st.composite
def _sources(draw: DrawFn, place: Place) -> Node:
    return Variable("$root") if draw(RARELY) else draw(place.paths)


RARELY = st.integers(0, 7).map((7).__eq__)
UP_TO_TWO = st.integers(0, 2)
ONE_OR_TWO = st.integers(1, 2)
TWO_OR_THREE = st.integers(2, 3)


def _name(draw: DrawFn, place: Place) -> Node:
    return Member(place.current, draw(place.names))


def _literal(draw: DrawFn, place: Place) -> Node:
    return draw(place.conditions)


def _variable(draw: DrawFn, place: Place) -> Node:
    name = draw(st.sampled_from((*place.bound, *place.bound, *place.bound, "$it", "$this", "@")))
    return Variable("@" + draw(place.names) if name == "@" else name)


def _member(draw: DrawFn, place: Place) -> Node:
    source = draw(place.sources)
    segments = draw(st.sampled_from((place.names, place.names, qualified_names(), annotation_names())))
    return Member(source, draw(segments))


def _invocation(draw: DrawFn, place: Place) -> Node:
    source = draw(place.sources) if draw(st.booleans()) else None
    accepts = _is_free_function if source is None else is_bound_function
    name = draw(draw(st.sampled_from((qualified_names(), place.names))).filter(accepts))
    return Invocation(source, name, distinct(draw, place.names, place.trees, UP_TO_TWO))


def distinct(
    draw: DrawFn, names: SearchStrategy[str], values: SearchStrategy[Node], sizes: SearchStrategy[int]
) -> tuple[tuple[str, Node], ...]:
    """Pairs of a name and a value; a name that is drawn again keeps its first place."""
    return tuple({draw(names): draw(values) for _ in range(draw(sizes))}.items())


def _is_free_function(name: str) -> bool:
    return name.lower() not in _NO_FREE_FUNCTION and name.split(".", maxsplit=1)[0] not in {"INF", "NaN"}


def is_bound_function(name: str) -> bool:
    """Whether a name with parentheses after a path is a call: `any` and `all` are lambdas."""
    return name.lower() not in {"any", "all"}


_NO_FREE_FUNCTION = frozenset({"any", "all", "case", "not", *(item.name.lower() for item in functions.FUNCTIONS)})


def _key(draw: DrawFn, place: Place) -> Node:
    part = st.one_of(key_literals(), place.names.map(lambda name: Variable("@" + name)))
    make = draw(st.sampled_from((None, _where, _invocation)))
    if make is None:
        segments = draw(st.sampled_from((place.names, place.names, qualified_names())))
        source = draw(place.sources) if draw(st.booleans()) else place.current
        return Key(Member(source, draw(segments.filter(is_bound_function))), ((None, draw(part)),))
    source = make(draw, place)
    named: tuple[tuple[str | None, Node], ...] = distinct(draw, place.names, part, UP_TO_TWO)
    return Key(source, named or ((None, draw(part)),))


def _where(draw: DrawFn, place: Place) -> Node:
    return Where(draw(place.sources), draw(place.filtering.trees))


def _count(draw: DrawFn, place: Place) -> Node:
    return Count(draw(place.sources), draw(searches()) if draw(RARELY) else None)


def _quantifier(draw: DrawFn, place: Place) -> Node:
    name = draw(st.sampled_from(("any", "all", "any()")))
    source = draw(place.sources)
    if name == "any()":
        return Quantifier("any", source)
    variable = draw(place.names.filter(is_free))
    return Quantifier(name, source, variable, draw(place.binding(variable).trees))


def is_free(name: str) -> bool:
    """Whether a lambda may bind a name: a bare `null` is the literal, whatever is bound."""
    return not edm.is_reserved(name)


def _call(draw: DrawFn, place: Place) -> Node:
    function = draw(st.sampled_from(functions.FUNCTIONS))
    if function.name in {"cast", "isof"}:
        return Call(function.name, (draw(place.trees), Literal(edm.TYPE_NAME, _type_name(draw, place))))
    arity = draw(st.sampled_from(function.arities()))
    return Call(function.name, tuple(draw(place.trees) for _ in range(arity)))


def _type_name(draw: DrawFn, place: Place) -> str:
    name = draw(draw(st.sampled_from((st.just("Edm.String"), qualified_names(), place.names))))
    return f"Collection({name})" if draw(st.booleans()) else name


def _case(draw: DrawFn, place: Place) -> Node:
    return Case(tuple((draw(place.trees), draw(place.trees)) for _ in range(draw(ONE_OR_TWO))))


def _collection(draw: DrawFn, place: Place) -> Node:
    item = draw(st.sampled_from((place.conditions, place.trees)))
    return Collection(tuple(draw(item) for _ in range(draw(st.integers(0, 3)))))


def _record(draw: DrawFn, place: Place) -> Node:
    names = draw(st.sampled_from((place.names, literal_texts()[edm.STRING])))
    return Record(distinct(draw, names, place.trees, UP_TO_TWO))


def _not(draw: DrawFn, place: Place) -> Node:
    return Not(draw(place.trees))


def _negate(draw: DrawFn, place: Place) -> Node:
    return Negate(draw(place.trees))


def _arithmetic(draw: DrawFn, place: Place) -> Node:
    operator = draw(st.sampled_from(("add", "sub", "mul", "div", "divby", "mod")))
    return Arithmetic(operator, draw(place.trees), draw(place.trees))


def _comparison(draw: DrawFn, place: Place) -> Node:
    operator = draw(st.sampled_from(("eq", "ne", "gt", "ge", "lt", "le", "in", "has")))
    left = draw(place.trees)
    if operator == "in":
        return Comparison(operator, left, draw(_IN_OPERANDS)(draw, place))
    if operator == "has":
        type_name = draw(st.one_of(st.just(edm.STRING), qualified_names()))
        return Comparison(operator, left, Literal(type_name, draw(enumeration_texts())))
    return Comparison(operator, left, draw(place.trees))


def _path(draw: DrawFn, place: Place) -> Node:
    return draw(place.paths)


def _string_call(draw: DrawFn, place: Place) -> Node:
    return Call("trim", (draw(place.trees),))


def _logical(draw: DrawFn, place: Place) -> Node:
    operator = draw(st.sampled_from(("and", "or")))
    return joined(operator, [draw(place.trees) for _ in range(draw(TWO_OR_THREE))])


def joined(operator: str, operands: Iterable[Node]) -> Node:
    """A chain without a chain of the same operator in it."""
    flat: list[Node] = []
    for node in operands:
        flat += node.operands if isinstance(node, Logical) and node.operator == operator else (node,)
    return Logical(operator, tuple(flat))


_IN_OPERANDS: SearchStrategy[_Maker] = st.sampled_from((_collection, _path, _string_call))
_FIRST_STEPS: SearchStrategy[_Maker] = st.sampled_from((_name, _name, _variable))
_STEPS: SearchStrategy[_Maker] = st.sampled_from((_name, _variable, _member, _invocation, _key, _where))
_LEAVES: SearchStrategy[_Maker] = st.sampled_from((_name, _literal, _variable))
_NODES: SearchStrategy[_Maker] = st.sampled_from(
    (
        *(_name, _literal, _variable, _comparison, _logical, _not, _negate, _arithmetic, _comparison, _logical),
        *(_call, _member, _count, _quantifier, _where, _key, _invocation, _collection, _record, _case),
    )
)
