"""Hypothesis strategies: filters that a profile accepts, trees of every shape, and rows that hit or miss a filter."""

import datetime as dt
import operator
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from itertools import combinations, pairwise, product
from typing import Any, TypeAlias, cast
from typing import Literal as OneOf

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from hypothesis.vendor.pretty import RepresentationPrinter

from odata_filter import edm, evaluator, functions
from odata_filter.errors import FilterError
from odata_filter.filter import Filter
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
    children,
    walk,
    with_children,
)
from odata_filter.profile import ODATA, Profile

# ---- Names ---------------------------------------------------------------------------------------

_Categories: TypeAlias = tuple[OneOf["Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Nd", "Mn", "Mc", "Pc", "Cf"], ...]
_LEADING: _Categories = ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl")
_FOLLOWING: _Categories = (*_LEADING, "Nd", "Mn", "Mc", "Pc", "Cf")
_KEYWORDS = (
    *("eq", "ne", "gt", "ge", "lt", "le", "in", "has", "and", "or", "not", "Not", "add", "sub", "mul", "div", "divby"),
    *("mod", "null", "true", "FALSE", "INF", "NaN", "any", "ALL", "case", "cast", "isof", "Collection", "metadata"),
    *("contains", "length", "now", "duration", "binary", "geo", "order", "nullable", "INFO", "e1", "_", "search"),
)


def _identifiers() -> SearchStrategy[str]:
    """Names as the standard allows them, in any script, from one to 128 characters."""
    head = st.one_of(st.sampled_from(string.ascii_lowercase), st.characters(categories=_LEADING), st.just("_"))
    tail = st.text(st.characters(categories=_FOLLOWING), max_size=edm.MAX_IDENTIFIER - 1)
    return st.builds(str.__add__, head, tail)


@cache
def _plain_names() -> SearchStrategy[str]:
    return st.sampled_from(string.ascii_lowercase[:6])


@cache
def _odd_names() -> SearchStrategy[str]:
    return st.one_of(_plain_names(), st.sampled_from(_KEYWORDS), _identifiers())


@cache
def _qualified_names() -> SearchStrategy[str]:
    plain = st.sampled_from(("Model.A", "Model.B", "Ns.Sub.C"))
    return st.one_of(plain, st.lists(_odd_names(), min_size=2, max_size=3).map(".".join))


@cache
def _annotation_names() -> SearchStrategy[str]:
    term = st.one_of(_odd_names(), _qualified_names())
    return st.builds(lambda name, tag: f"@{name}{tag}", term, st.one_of(st.just(""), _odd_names().map("#".__add__)))


# ---- Literals ------------------------------------------------------------------------------------


def _matching(pattern: str) -> SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True)


_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:([0-5][0-9]|60)(\.[0-9]{1,12})?)?"
_DAY_OF_ANY_MONTH = r"-?(0[0-9]{3}|[1-9][0-9]{3,5})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
_NUMBER = r"[+-]?[0-9]{1,3}(\.[0-9]{1,3})?([eE][+-]?[0-9])?|NaN|-?INF"
_STRINGS = (
    "'",
    "''",
    "it''s",
    "\\",
    '"',
    "\n",
    "\r\n\t",
    "%27 or 1 eq 1",
    "\U0001f600",
    "a' or 'x' eq 'x",
    "\x00",
    "null",
)
_STRAY = ("\ud800", "\udfff a")
_MEMBER = r"[A-Za-z_][A-Za-z0-9_]{0,5}|-?[0-9]{1,4}"


@cache
def _enumeration_texts() -> SearchStrategy[str]:
    return st.lists(st.one_of(st.sampled_from("ABC"), _matching(_MEMBER)), min_size=1, max_size=3).map(",".join)


@cache
def _literal_texts() -> dict[str, SearchStrategy[str]]:
    """For each type of literal, the texts that a `Literal` node of that type may hold."""
    return {
        edm.STRING: st.one_of(st.text(), st.sampled_from(_STRINGS), st.sampled_from(_STRAY)),
        edm.INT64: st.one_of(st.integers(-(2**63), 2**63 - 1).map(str), _matching("-?0{0,3}[0-9]{1,5}")),
        edm.DECIMAL: st.one_of(
            _matching(r"-?[0-9]{1,25}\.[0-9]{1,25}"),
            st.integers(2**63, 2**99).flatmap(lambda size: st.sampled_from((str(size), str(-size - 1)))),
        ),
        edm.DOUBLE: st.one_of(
            st.sampled_from(("NaN", "INF", "-INF")), _matching(r"-?[0-9]{1,17}(\.[0-9]{1,17})?e-?[0-9]{1,3}")
        ),
        edm.BOOLEAN: st.sampled_from(("false", "true")),
        edm.NULL: st.just("null"),
        edm.GUID: st.uuids().map(str),
        edm.DATE: st.one_of(st.dates().map(str), _matching(_DAY_OF_ANY_MONTH)),
        edm.TIME_OF_DAY: _matching(_TIME),
        edm.DATE_TIME_OFFSET: _matching(_DAY_OF_ANY_MONTH + "T" + _TIME + r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"),
        edm.DURATION: _matching(
            r"-?P([0-9]{1,5}D|([0-9]{1,5}D)?T([0-9]{1,3}H|([0-9]{1,3}H)?[0-9]{1,3}M"
            r"|([0-9]{1,3}H)?([0-9]{1,3}M)?[0-9]{1,3}(\.[0-9]{1,12})?S))"
        ),
        edm.BINARY: st.binary(max_size=8).map(lambda value: edm.literal_text(value)[1]),
    }


@st.composite
def _shape(draw: DrawFn, name: str) -> str:
    """The well-known text of a shape, from its name on."""

    def position() -> str:
        return " ".join(draw(st.lists(_matching(_NUMBER), min_size=2, max_size=4)))

    def several(part: Callable[[], str], least: int) -> str:
        return ",".join(part() for _ in range(draw(st.integers(least, least + 2))))

    def line() -> str:
        return f"({several(position, 2)})"

    def ring() -> str:
        end = position()
        return f"({','.join([end, *(position() for _ in range(draw(st.integers(0, 3)))), end])})"

    def polygon() -> str:
        return f"({several(ring, 1)})"

    match name:
        case "Point":
            return f"Point({position()})"
        case "LineString":
            return "LineString" + line()
        case "Polygon":
            return "Polygon" + polygon()
        case "MultiPoint":
            return f"MultiPoint({several(lambda: f'({position()})', 0)})"
        case "MultiLineString":
            return f"MultiLineString({several(line, 0)})"
        case "MultiPolygon":
            return f"MultiPolygon({several(polygon, 0)})"
        case _:
            return f"GeometryCollection({several(lambda: draw(_shape(draw(st.sampled_from(_SIMPLE_SHAPES)))), 1)})"


_SIMPLE_SHAPES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
_SHAPES = (*_SIMPLE_SHAPES, "GeometryCollection")


@st.composite
def _geo_literals(draw: DrawFn, family: str, shape: str) -> Literal:
    reference = draw(st.integers(0, 99999))
    return Literal(edm.geo_type(family, shape), f"SRID={reference};{draw(_shape(shape))}")


_GEO_TYPES = {edm.geo_type(family, name): (family, name) for family in ("geography", "geometry") for name in _SHAPES}


@cache
def _literals() -> SearchStrategy[Literal]:
    """Every literal of the language, also those that Python has no value for."""
    plain = [st.builds(Literal, st.just(name), texts) for name, texts in _literal_texts().items()]
    enumerations = st.builds(Literal, _qualified_names(), _enumeration_texts())
    shapes = st.one_of(*(_geo_literals(*parts) for parts in _GEO_TYPES.values()))
    return st.one_of(*plain, enumerations, shapes)


@cache
def _key_literals() -> SearchStrategy[Literal]:
    barred = {edm.NULL, edm.DOUBLE, edm.BINARY}
    return st.one_of(
        *(st.builds(Literal, st.just(name), texts) for name, texts in _literal_texts().items() if name not in barred)
    )


@cache
def _searches() -> SearchStrategy[str]:
    """What may stand after `$search=`, as the tree holds it: one space where white space separates."""
    word = st.one_of(st.sampled_from(("blue", "NOT", "OR", "x'y")), _matching("[a-zA-Z0-9_*=&$/:,-]{1,4}"))
    phrase = st.text(st.characters(exclude_characters='"'), min_size=1, max_size=5).map('"{}"'.format)
    return st.recursive(
        st.one_of(word, phrase),
        lambda part: st.one_of(part.map("({})".format), st.lists(part, min_size=2, max_size=3).map(" ".join)),
        max_leaves=4,
    )


# ---- Places: where in a tree a node is drawn -----------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class _Place:
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
    _ways: dict[tuple[str, bool], "SearchStrategy[_Way]"] = field(default_factory=dict, init=False)

    def _repr_pretty_(self, page: RepresentationPrinter, _cycle: object) -> None:
        """How Hypothesis shows a strategy that holds this."""
        page.text(f"<{self.profile.name}, depth {self.depth}>")

    @cached_property
    def below(self) -> "_Place":
        """One level down."""
        return replace(self, depth=self.depth - 1)

    @cached_property
    def filtering(self) -> "_Place":
        """Inside `/$filter(...)`."""
        return replace(self, current=THIS)

    def binding(self, name: str) -> "_Place":
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
    def compares(self) -> tuple[str, ...]:
        """The operators that compare two values."""
        return tuple(operator for operator in _COMPARISONS if operator in self.profile.operators)

    def ways(self, kind: str, *, written: bool) -> "SearchStrategy[_Way]":
        """How an expression of a type can be made."""
        if (kind, written) not in self._ways:
            self._ways[kind, written] = st.sampled_from(_ways_of(self, kind, written=written))
        return self._ways[kind, written]

    @cached_property
    def sources(self) -> SearchStrategy[Node]:
        """What may stand left of a `/`."""
        return _sources(self)


_Maker: TypeAlias = Callable[[DrawFn, _Place], Node]
_Way: TypeAlias = Callable[[DrawFn, _Place, str], Node]


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
    return _Place(_odd_names() if names is None else names, _literals(), ODATA, max_depth).trees


@st.composite
def _trees(draw: DrawFn, place: _Place) -> Node:
    return draw(_LEAVES if place.depth <= 0 else _NODES)(draw, place.below)


@st.composite
def _paths(draw: DrawFn, place: _Place) -> Node:
    return draw(_FIRST_STEPS if place.depth <= 0 else _STEPS)(draw, place.below)


@st.composite
def _sources(draw: DrawFn, place: _Place) -> Node:
    return Variable("$root") if draw(_RARELY) else draw(place.paths)


_RARELY = st.integers(0, 7).map((7).__eq__)
_UP_TO_TWO = st.integers(0, 2)
_ONE_OR_TWO = st.integers(1, 2)
_TWO_OR_THREE = st.integers(2, 3)


def _name(draw: DrawFn, place: _Place) -> Node:
    return Member(place.current, draw(place.names))


def _literal(draw: DrawFn, place: _Place) -> Node:
    return draw(place.conditions)


def _variable(draw: DrawFn, place: _Place) -> Node:
    name = draw(st.sampled_from((*place.bound, *place.bound, *place.bound, "$it", "$this", "@")))
    return Variable("@" + draw(place.names) if name == "@" else name)


def _member(draw: DrawFn, place: _Place) -> Node:
    source = draw(place.sources)
    segments = draw(st.sampled_from((place.names, place.names, _qualified_names(), _annotation_names())))
    return Member(source, draw(segments))


def _invocation(draw: DrawFn, place: _Place) -> Node:
    source = draw(place.sources) if draw(st.booleans()) else None
    accepts = _is_free_function if source is None else _is_bound_function
    name = draw(draw(st.sampled_from((_qualified_names(), place.names))).filter(accepts))
    return Invocation(source, name, _distinct(draw, place.names, place.trees, _UP_TO_TWO))


def _distinct(
    draw: DrawFn, names: SearchStrategy[str], values: SearchStrategy[Node], sizes: SearchStrategy[int]
) -> tuple[tuple[str, Node], ...]:
    """Pairs of a name and a value; a name that is drawn again keeps its first place."""
    return tuple({draw(names): draw(values) for _ in range(draw(sizes))}.items())


def _is_free_function(name: str) -> bool:
    return name.lower() not in _NO_FREE_FUNCTION and name.split(".", maxsplit=1)[0] not in {"INF", "NaN"}


def _is_bound_function(name: str) -> bool:
    return name.lower() not in {"any", "all"}


_NO_FREE_FUNCTION = frozenset({"any", "all", "case", "not", *(item.name.lower() for item in functions.FUNCTIONS)})


def _key(draw: DrawFn, place: _Place) -> Node:
    part = st.one_of(_key_literals(), place.names.map(lambda name: Variable("@" + name)))
    make = draw(st.sampled_from((None, _where, _invocation)))
    if make is None:
        segments = draw(st.sampled_from((place.names, place.names, _qualified_names())))
        source = draw(place.sources) if draw(st.booleans()) else place.current
        return Key(Member(source, draw(segments.filter(_is_bound_function))), ((None, draw(part)),))
    source = make(draw, place)
    named: tuple[tuple[str | None, Node], ...] = _distinct(draw, place.names, part, _UP_TO_TWO)
    return Key(source, named or ((None, draw(part)),))


def _where(draw: DrawFn, place: _Place) -> Node:
    return Where(draw(place.sources), draw(place.filtering.trees))


def _count(draw: DrawFn, place: _Place) -> Node:
    return Count(draw(place.sources), draw(_searches()) if draw(_RARELY) else None)


def _quantifier(draw: DrawFn, place: _Place) -> Node:
    name = draw(st.sampled_from(("any", "all", "any()")))
    source = draw(place.sources)
    if name == "any()":
        return Quantifier("any", source)
    variable = draw(place.names.filter(_is_free))
    return Quantifier(name, source, variable, draw(place.binding(variable).trees))


def _is_free(name: str) -> bool:
    """Whether a lambda may bind a name: a bare `null` is the literal, whatever is bound."""
    return not edm.is_reserved(name)


def _call(draw: DrawFn, place: _Place) -> Node:
    function = draw(st.sampled_from(functions.FUNCTIONS))
    if function.name in {"cast", "isof"}:
        return Call(function.name, (draw(place.trees), Literal(edm.TYPE_NAME, _type_name(draw, place))))
    arity = draw(st.sampled_from(function.arities()))
    return Call(function.name, tuple(draw(place.trees) for _ in range(arity)))


def _type_name(draw: DrawFn, place: _Place) -> str:
    name = draw(draw(st.sampled_from((st.just("Edm.String"), _qualified_names(), place.names))))
    return f"Collection({name})" if draw(st.booleans()) else name


def _case(draw: DrawFn, place: _Place) -> Node:
    return Case(tuple((draw(place.trees), draw(place.trees)) for _ in range(draw(_ONE_OR_TWO))))


def _collection(draw: DrawFn, place: _Place) -> Node:
    item = draw(st.sampled_from((place.conditions, place.trees)))
    return Collection(tuple(draw(item) for _ in range(draw(st.integers(0, 3)))))


def _record(draw: DrawFn, place: _Place) -> Node:
    names = draw(st.sampled_from((place.names, _literal_texts()[edm.STRING])))
    return Record(_distinct(draw, names, place.trees, _UP_TO_TWO))


def _not(draw: DrawFn, place: _Place) -> Node:
    return Not(draw(place.trees))


def _negate(draw: DrawFn, place: _Place) -> Node:
    return Negate(draw(place.trees))


def _arithmetic(draw: DrawFn, place: _Place) -> Node:
    operator = draw(st.sampled_from(("add", "sub", "mul", "div", "divby", "mod")))
    return Arithmetic(operator, draw(place.trees), draw(place.trees))


def _comparison(draw: DrawFn, place: _Place) -> Node:
    operator = draw(st.sampled_from(("eq", "ne", "gt", "ge", "lt", "le", "in", "has")))
    left = draw(place.trees)
    if operator == "in":
        return Comparison(operator, left, draw(_IN_OPERANDS)(draw, place))
    if operator == "has":
        type_name = draw(st.one_of(st.just(edm.STRING), _qualified_names()))
        return Comparison(operator, left, Literal(type_name, draw(_enumeration_texts())))
    return Comparison(operator, left, draw(place.trees))


def _path(draw: DrawFn, place: _Place) -> Node:
    return draw(place.paths)


def _string_call(draw: DrawFn, place: _Place) -> Node:
    return Call("trim", (draw(place.trees),))


def _logical(draw: DrawFn, place: _Place) -> Node:
    operator = draw(st.sampled_from(("and", "or")))
    return _joined(operator, [draw(place.trees) for _ in range(draw(_TWO_OR_THREE))])


def _joined(operator: str, operands: Iterable[Node]) -> Node:
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


# ---- Filters that a profile accepts --------------------------------------------------------------


def keys(profile: Profile = ODATA) -> SearchStrategy[str]:
    """Property names that a profile accepts: often `a` to `f`, sometimes any identifier in any script.

    They never need `$it/` in front under a profile that does not know `$it`, and keep to its length limit.

    Example:
        >>> from odata_filter import CUSTOM_VISION, field
        >>> from hypothesis import given
        >>> @given(keys(CUSTOM_VISION))
        ... def every_key_can_be_asked_for(key):
        ...     (field(key) == "x").validate(profile=CUSTOM_VISION)
        >>> every_key_can_be_asked_for()
    """
    limit = edm.MAX_IDENTIFIER if profile.max_name_length is None else profile.max_name_length
    odd = st.one_of(st.sampled_from(_KEYWORDS), _identifiers()).filter(lambda name: len(name) <= limit)
    return st.one_of(_plain_names(), _plain_names(), odd if "$it" in profile.constructs else odd.filter(_is_free))


def values(profile: Profile = ODATA) -> SearchStrategy[object]:
    """Python values that a filter of the profile can compare with: those that the builder can write.

    Strings come first and shrink to `x`; under `ODATA` there are None and values of all types that Python has:
    str, int, float, Decimal, bool, UUID, date, aware datetime, time, timedelta, bytes.

    Example:
        >>> from odata_filter import Filter, field
        >>> from hypothesis import given
        >>> @given(values())
        ... def what_is_built_reads_back(value):
        ...     assert (field("a") == value) == Filter.parse(str(field("a") == value))
        >>> what_is_built_reads_back()
    """
    types = profile.literal_types
    allowed = {name: strategy for name, strategy in _python_values().items() if types is None or name in types}
    if edm.STRING in allowed:
        allowed[edm.STRING] = _strings(profile.max_string_length)
    if edm.DECIMAL not in allowed and edm.DOUBLE in allowed:  # OData writes 1.5 as a decimal, and 1e16 as a double
        allowed[edm.DOUBLE] = st.floats(min_value=1e16)
    return st.one_of(*allowed.values())


def _strings(limit: int | None) -> SearchStrategy[str]:
    texts = st.one_of(st.text(max_size=limit), _fitting(_STRINGS, limit))
    plain = st.sampled_from(("x", "y", "z"))
    return st.one_of(plain, plain, texts)


def _fitting(texts: Iterable[str], limit: int | None) -> SearchStrategy[str]:
    """One of the texts that a profile takes."""
    return st.sampled_from([text for text in texts if limit is None or len(text) <= limit])


@cache
def _python_values() -> dict[str, SearchStrategy[Any]]:
    """For each type that Python has values of, those that a filter can hold."""
    offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
    return {
        edm.STRING: _strings(None),
        edm.INT64: st.one_of(st.integers(0, 9), st.integers(-(2**63), 2**63 - 1)),
        edm.BOOLEAN: st.booleans(),
        edm.NULL: st.booleans().map(lambda _: None),  # takes as many choices as 'x', and so shrinks to it
        edm.DECIMAL: st.decimals(-(10**12), 10**12, places=3),
        edm.DOUBLE: st.floats(),
        edm.DATE: st.dates(),
        edm.DATE_TIME_OFFSET: st.datetimes(timezones=st.one_of(st.just(dt.UTC), offsets)),
        edm.TIME_OF_DAY: st.times(),
        edm.DURATION: st.timedeltas(dt.timedelta(days=-(10**6)), dt.timedelta(days=10**6)),
        edm.GUID: st.uuids(),
        edm.BINARY: st.binary(max_size=8),
    }


def filters(
    profile: Profile = ODATA,
    *,
    keys: SearchStrategy[str] | None = None,
    values: SearchStrategy[object] | None = None,
    max_depth: int = 4,
) -> SearchStrategy[Filter]:
    """Filters that a profile accepts.

    Under `ODATA` they use the whole language: every operator, function, literal and kind of path, with operands of
    the types that the standard asks for, so that most of them have a value for most rows. Under `CUSTOM_VISION`
    they are what the count endpoint takes. Under a profile of your own they use what it lists.

    They shrink to one condition with plain words, `a eq 'x'`.

    Args:
        profile: what the filters must keep to.
        keys: property names; by default `keys(profile)`. Give those of your data to hit it more often.
        values: Python values that properties are compared with; by default `values(profile)`.
        max_depth: how many levels of operators and calls may stand above a name or a literal; 1 gives single
            conditions such as `a eq 'x'`.

    Example:
        >>> from odata_filter import CUSTOM_VISION, Filter
        >>> from hypothesis import given, strategies as st
        >>> @given(filters(CUSTOM_VISION, keys=st.sampled_from(["species", "lens"])))
        ... def every_filter_reads_back(f):
        ...     assert f == Filter.parse(str(f), profile=CUSTOM_VISION)
        >>> every_filter_reads_back()
    """
    names = _keys_of(profile) if keys is None else keys
    written = _values_of(profile) if values is None else values
    literals = written.map(lambda value: Literal(*edm.literal_text(value)))
    return _roots(_Place(names, literals, profile, max_depth)).map(Filter)


_keys_of, _values_of = keys, values  # the names that the parameters of `filters` hide


@st.composite
def _roots(draw: DrawFn, place: _Place) -> Node:
    """A filter's tree. A plain condition takes the fewest choices, so that it is what all others shrink to."""
    if not place.compares or not (place.depth > 0 or place.profile.simple_conditions):
        return draw(_typed(place, edm.BOOLEAN))
    left, right = Member(IT, draw(place.names)), draw(place.conditions)
    plain = Comparison(_comparison_operator(draw, place, right), left, right)
    return draw(_typed(place, edm.BOOLEAN)) if draw(st.integers(0, 4)) else plain


@st.composite
def _typed(draw: DrawFn, place: _Place, kind: str, *, written: bool = True) -> Node:
    """An expression of a type; `written` says whether a literal will do."""
    return draw(place.ways(kind, written=written))(draw, place.below, kind)


# ---- Ways to make an expression of a type --------------------------------------------------------

_NUMBERS = frozenset({edm.INT64, edm.DECIMAL, edm.DOUBLE})
_STRUCTURES = frozenset({edm.COLLECTION, edm.COMPLEX})
_UNORDERED = frozenset({edm.NULL, edm.BINARY})
_PLAIN_KINDS = (edm.STRING, edm.INT64, edm.DECIMAL, edm.DATE, edm.BOOLEAN)
_SIMPLE = frozenset({"and", "or", "not", "in", "has", "flags", "collection"})
_COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
_DIVISIONS = frozenset({"div", "divby", "mod"})
_DIVISORS = {edm.INT64: "2", edm.DECIMAL: "0.5"}
_OPERATIONS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    edm.INT64: tuple((operator, edm.INT64, edm.INT64) for operator in ("add", "sub", "mul", "div", "mod")),
    edm.DECIMAL: (
        ("divby", edm.INT64, edm.INT64),
        *((operator, edm.DECIMAL, edm.INT64) for operator in ("add", "sub", "mul", "div", "mod")),
    ),
    edm.DOUBLE: tuple((operator, edm.DOUBLE, edm.DECIMAL) for operator in ("add", "sub", "mul", "divby", "mod")),
    edm.DATE: (("add", edm.DATE, edm.DURATION), ("sub", edm.DATE, edm.DURATION)),
    edm.DATE_TIME_OFFSET: tuple((operator, edm.DATE_TIME_OFFSET, edm.DURATION) for operator in ("add", "sub")),
    edm.DURATION: (
        ("sub", edm.DATE_TIME_OFFSET, edm.DATE_TIME_OFFSET),
        ("sub", edm.DATE, edm.DATE),
        ("add", edm.DURATION, edm.DURATION),
        ("mul", edm.DURATION, edm.INT64),
        ("div", edm.DURATION, edm.INT64),
    ),
}
"""For each type the operators and operand types that give it (section 5.1.1.2)."""


def _ways_of(place: _Place, kind: str, *, written: bool) -> list[_Way]:
    """How an expression of a type can be made here under the profile, the simplest way first."""
    profile, simple = place.profile, place.profile.simple_conditions and kind == edm.BOOLEAN
    # A property takes the fewest choices: where it comes first, a condition inside another one shrinks to it.
    ways: list[_Way] = [_property] if kind == edm.BOOLEAN and not simple else []
    if kind == edm.BOOLEAN and (simple or place.depth > 0) and place.compares:
        ways += [_condition] * 16
    if written and not simple and _is_literal(profile, kind):
        ways += [_typed_literal] * (12 if kind in _GEO_TYPES else 4)
    if kind != edm.BOOLEAN:
        ways += [_property] * 6
    if place.depth > 0:
        known = profile.operators | profile.constructs
        known |= {"functions"} if profile.functions and place.compares else set()
        known |= {"flags"} if profile.literal_types is None or edm.STRING in profile.literal_types else set()
        known |= {"function"} if _signatures(profile, kind) else set()
        known |= {"arithmetic"} if _operations(profile, kind) else set()
        known &= _SIMPLE if simple else known
        ways += [
            way
            for often, table in ((8, _COMMON), (1, _UNCOMMON))
            for needs, kinds, way in table
            if needs <= known and (kinds is None or kind in kinds)
            for _ in range(often)
        ]
    return ways


def _subject(draw: DrawFn, place: _Place, kind: str) -> Node:
    """What a condition is about: anything but a literal."""
    if place.profile.simple_conditions:
        return _property(draw, place, kind)
    return draw(_typed(place, kind, written=False))


def _condition(draw: DrawFn, place: _Place, _kind: str) -> Node:
    """A comparison with a literal, sometimes with another expression of its type."""
    literal = draw(place.conditions)
    operator = _comparison_operator(draw, place, literal)
    kind = draw(st.sampled_from(_PLAIN_KINDS)) if literal.type == edm.NULL else literal.type
    left = _subject(draw, place, kind)
    if place.profile.simple_conditions or not draw(_RARELY):
        return Comparison(operator, left, literal)
    return (
        Comparison(operator, literal, left)
        if draw(st.booleans())
        else Comparison(operator, left, draw(_typed(place, kind)))
    )


def _comparison_operator(draw: DrawFn, place: _Place, literal: Literal) -> str:
    return draw(st.sampled_from(place.compares[:2] if literal.type in _UNORDERED else place.compares))


def _conjunction(draw: DrawFn, place: _Place, kind: str) -> Node:
    count = draw(_TWO_OR_THREE)
    if not place.profile.parentheses:
        return Logical("and", tuple(_condition(draw, place, kind) for _ in range(count)))
    return _joined("and", [draw(_typed(place, kind)) for _ in range(count)])


def _disjunction(draw: DrawFn, place: _Place, kind: str) -> Node:
    return _joined("or", [draw(_typed(place, kind)) for _ in range(draw(_TWO_OR_THREE))])


def _negation(draw: DrawFn, place: _Place, kind: str) -> Node:
    return Not(draw(_typed(place, kind)))


def _membership(draw: DrawFn, place: _Place, _kind: str) -> Node:
    drawn = [draw(place.conditions) for _ in range(draw(st.integers(1, 3)))]
    kind = drawn[0].type
    left = _subject(draw, place, draw(st.sampled_from(_PLAIN_KINDS)) if kind == edm.NULL else kind)
    if place.profile.simple_conditions or not draw(_RARELY):
        return Comparison("in", left, Collection(tuple(item for item in drawn if item.type == kind)))
    return Comparison("in", left, _source(draw, place))


def _flags(draw: DrawFn, place: _Place, _kind: str) -> Node:
    type_names = ("Model.Color", edm.STRING) if place.profile.literal_types is None else (edm.STRING,)
    members = draw(_fitting(_FLAGS, place.profile.max_string_length))
    return Comparison(
        "has", _subject(draw, place, edm.ENUMERATION), Literal(draw(st.sampled_from(type_names)), members)
    )


_FLAGS = ("Red", "Red,Blue", "1")


def _some(draw: DrawFn, place: _Place, kind: str) -> Node:
    return Quantifier("any", _source(draw, place)) if draw(_RARELY) else _lambda("any", draw, place, kind)


def _every(draw: DrawFn, place: _Place, kind: str) -> Node:
    return _lambda("all", draw, place, kind)


def _lambda(name: str, draw: DrawFn, place: _Place, kind: str) -> Node:
    variable = draw(st.sampled_from([name for name in _VARIABLES if name not in place.bound]))
    return Quantifier(name, _source(draw, place), variable, draw(_typed(place.binding(variable), kind)))


_VARIABLES = tuple("tua" + string.ascii_lowercase[1:])


def _source(draw: DrawFn, place: _Place) -> Node:
    """A collection that a path can go on from."""
    inner = _property(draw, place, edm.COLLECTION)
    if place.depth > 0 and "/$filter" in place.profile.constructs and draw(_RARELY):
        return Where(inner, draw(_typed(place.filtering.below, edm.BOOLEAN)))
    return inner


def _members(draw: DrawFn, place: _Place, _kind: str) -> Node:
    return Where(_property(draw, place, edm.COLLECTION), draw(_typed(place.filtering, edm.BOOLEAN)))


def _size(draw: DrawFn, place: _Place, _kind: str) -> Node:
    return Count(_source(draw, place), draw(_searches()) if draw(_RARELY) else None)


def _array(draw: DrawFn, place: _Place, _kind: str) -> Node:
    kind = draw(st.sampled_from(_PLAIN_KINDS))
    return Collection(tuple(draw(_typed(place, kind)) for _ in range(draw(_UP_TO_TWO))))


def _object(draw: DrawFn, place: _Place, _kind: str) -> Node:
    return Record(_distinct(draw, place.names, _typed(place, draw(st.sampled_from(_PLAIN_KINDS))), _UP_TO_TWO))


def _structure(draw: DrawFn, place: _Place, _kind: str) -> Node:
    """A comparison of collections or complex values."""
    kind = edm.COMPLEX if "object" in place.profile.constructs and draw(st.booleans()) else edm.COLLECTION
    make = _object if kind == edm.COMPLEX else _array
    return Comparison("eq", draw(_typed(place, kind, written=False)), make(draw, place, kind))


def _choice(draw: DrawFn, place: _Place, kind: str) -> Node:
    part = _typed(place, kind)
    return Case(tuple((draw(_typed(place, edm.BOOLEAN)), draw(part)) for _ in range(draw(_ONE_OR_TWO))))


def _minus(draw: DrawFn, place: _Place, kind: str) -> Node:
    return Negate(draw(_typed(place, kind)))


def _operations(profile: Profile, kind: str) -> list[tuple[str, str, str]]:
    return [operation for operation in _OPERATIONS.get(kind, ()) if operation[0] in profile.operators]


def _sum(draw: DrawFn, place: _Place, kind: str) -> Node:
    operator, left_kind, right_kind = draw(st.sampled_from(_operations(place.profile, kind)))
    left = draw(_typed(place, left_kind))
    if operator in _DIVISIONS and _is_literal(place.profile, right_kind):
        return Arithmetic(operator, left, Literal(right_kind, _DIVISORS[right_kind]))
    return Arithmetic(operator, left, draw(_typed(place, right_kind)))


# ---- Functions by their signatures ---------------------------------------------------------------


@cache
def _signatures(profile: Profile, kind: str) -> tuple[tuple[functions.Function, functions.Signature], ...]:
    """The functions that give a type, once for each overload that does."""
    return tuple(
        (function, signature)
        for function in functions.FUNCTIONS
        if function.name in profile.functions
        for signature in function.signatures
        if kind in (signature.result or {kind}) and (function.name != "cast" or kind in edm.PRIMITIVE_TYPES)
    )


def _function(draw: DrawFn, place: _Place, kind: str) -> Node:
    """A call whose result is of a type."""
    return _call_of(draw, place, kind, *draw(st.sampled_from(_signatures(place.profile, kind))))


def _function_condition(draw: DrawFn, place: _Place, _kind: str) -> Node:
    """A condition on the result of any function, whatever its type is."""
    name = draw(st.sampled_from(sorted(place.profile.functions)))
    function = next(item for item in functions.FUNCTIONS if item.name == name)
    signature = draw(st.sampled_from(function.signatures))
    kind = draw(st.sampled_from(sorted(signature.result or _PLAIN_KINDS)))
    called = _call_of(draw, place, kind, function, signature)
    if kind == edm.BOOLEAN:
        return called
    operators = place.compares[:2] if kind in _STRUCTURES else place.compares
    return Comparison(draw(st.sampled_from(operators)), called, draw(_typed(place, kind)))


def _call_of(
    draw: DrawFn, place: _Place, kind: str, function: functions.Function, signature: functions.Signature
) -> Node:
    arguments: list[Node] = []
    for at, kinds in enumerate(signature.parameters):
        if kinds == {edm.TYPE_NAME}:
            arguments.append(Literal(edm.TYPE_NAME, kind if function.name == "cast" else edm.STRING))
        elif at > 0 and kinds == {edm.INT64} and _is_literal(place.profile, edm.INT64):
            arguments.append(Literal(edm.INT64, str(draw(st.integers(0, 5)))))
        elif at > 0 and function.name == "matchesPattern" and _is_literal(place.profile, edm.STRING):
            arguments.append(Literal(edm.STRING, draw(st.sampled_from(_PATTERNS))))
        else:
            chosen = kind if kind in kinds else draw(st.sampled_from(sorted(kinds or _PLAIN_KINDS)))
            arguments.append(draw(_typed(place, chosen, written=at > 0 or chosen in _GEO_TYPES)))
    return Call(function.name, tuple(arguments))


_PATTERNS = ("^x", "y$", "[0-9]+", "^(x|y)z?$", ".")


# ---- Properties, paths and literals --------------------------------------------------------------


def _property(draw: DrawFn, place: _Place, _kind: str) -> Node:
    """A property of the row, or of what a lambda or `/$filter` looks at."""
    if place.bound and not draw(_RARELY):
        variable = Variable(draw(st.sampled_from(place.bound[::-1])))
        return Member(variable, draw(place.names)) if draw(_RARELY) else variable
    if place.current == THIS and "$this" in place.profile.constructs and draw(st.booleans()):
        return THIS
    return Member(place.current, draw(place.names))


def _step(draw: DrawFn, place: _Place, kind: str) -> Node:
    """The path to a property of a complex one."""
    return Member(_property(draw, place, kind), draw(place.names))


def _annotation(draw: DrawFn, place: _Place, kind: str) -> Node:
    return Member(_property(draw, place, kind), draw(st.sampled_from(("@Model.Unit", "@Model.Note#short"))))


def _type_cast(draw: DrawFn, place: _Place, kind: str) -> Node:
    return Member(Member(_property(draw, place, kind), "Model.Special"), draw(place.names))


def _instance(draw: DrawFn, place: _Place, _kind: str) -> Node:
    return Member(IT, draw(place.names))


def _root(draw: DrawFn, place: _Place, _kind: str) -> Node:
    return Member(Member(Variable("$root"), draw(place.names)), draw(place.names))


def _alias(draw: DrawFn, _place: _Place, _kind: str) -> Node:
    return Variable(draw(st.sampled_from(("@p", "@q"))))


def _custom(draw: DrawFn, place: _Place, kind: str) -> Node:
    source = _property(draw, place, kind) if draw(st.booleans()) else None
    value = _typed(place, draw(st.sampled_from(_PLAIN_KINDS)))
    return Invocation(
        source, draw(st.sampled_from(("Model.F", "Model.G"))), _distinct(draw, place.names, value, _UP_TO_TWO)
    )


def _keyed(draw: DrawFn, place: _Place, _kind: str) -> Node:
    usable = [name for name in (edm.INT64, edm.STRING) if _is_literal(place.profile, name)]
    part: Node = _literal_of(draw, place.profile, draw(st.sampled_from(usable))) if usable else Variable("@p")
    return Member(
        Key(Member(place.current, draw(place.names.filter(_is_bound_function))), ((None, part),)), draw(place.names)
    )


def _is_literal(profile: Profile, kind: str) -> bool:
    """Whether the profile takes literals of a type, and the type has any."""
    return (kind in _python_values() or kind in _GEO_TYPES) and (
        profile.literal_types is None or kind in profile.literal_types
    )


def _typed_literal(draw: DrawFn, place: _Place, kind: str) -> Node:
    return _literal_of(draw, place.profile, kind)


def _literal_of(draw: DrawFn, profile: Profile, kind: str) -> Literal:
    if kind in _GEO_TYPES:
        return draw(_geo_literals(*_GEO_TYPES[kind]))
    if kind == edm.STRING:
        return Literal(kind, draw(_strings(profile.max_string_length)))
    type_name, text = edm.literal_text(draw(_python_values()[kind]))
    return Literal(kind, text + "e0" if kind == edm.DOUBLE and type_name == edm.DECIMAL else text)


_CONDITIONS = frozenset({edm.BOOLEAN})
_Table: TypeAlias = tuple[tuple[frozenset[str], frozenset[str] | None, _Way], ...]
"""What a profile must know for a way to be open, the types that the way gives (None: all), and the way."""
_COMMON: _Table = (
    (frozenset({"and"}), _CONDITIONS, _conjunction),
    (frozenset({"or"}), _CONDITIONS, _disjunction),
    (frozenset({"not"}), _CONDITIONS, _negation),
    (frozenset({"in", "collection"}), _CONDITIONS, _membership),
    (frozenset({"functions"}), _CONDITIONS, _function_condition),
    (frozenset({"function"}), None, _function),
    (frozenset({"arithmetic"}), None, _sum),
    (frozenset({"any"}), _CONDITIONS, _some),
    (frozenset({"all"}), _CONDITIONS, _every),
    (frozenset({"path"}), None, _step),
    (frozenset({"/$count"}), frozenset({edm.INT64}), _size),
    (frozenset({"-"}), _NUMBERS | {edm.DURATION}, _minus),
)
_UNCOMMON: _Table = (
    (frozenset({"has", "flags"}), _CONDITIONS, _flags),
    (frozenset({"/$filter"}), frozenset({edm.COLLECTION}), _members),
    (frozenset({"collection"}), frozenset({edm.COLLECTION}), _array),
    (frozenset({"collection", "eq"}), _CONDITIONS, _structure),
    (frozenset({"object"}), frozenset({edm.COMPLEX}), _object),
    (frozenset({"case"}), None, _choice),
    (frozenset({"type cast", "path"}), None, _type_cast),
    (frozenset({"annotation"}), None, _annotation),
    (frozenset({"parameter alias"}), None, _alias),
    (frozenset({"$it"}), None, _instance),
    (frozenset({"$root", "path"}), None, _root),
    (frozenset({"custom function"}), None, _custom),
    (frozenset({"key", "path"}), None, _keyed),
)


# ---- Rows ----------------------------------------------------------------------------------------

_Step: TypeAlias = str | int
"""A property's name, or 0 for a member of a collection."""
_Path: TypeAlias = tuple[_Step, ...]
_ABSENT = object()


def rows(
    about: Filter | Iterable[str], *, values: SearchStrategy[object] | None = None
) -> SearchStrategy[dict[str, Any]]:
    """Rows for a filter, or with given keys: what the filter asks for, near misses, gaps, null and wrong types.

    A row has the properties that the filter mentions, nested dicts for paths and lists for collections. They hold a
    value of the filter, one close to it, null, or anything else; some are missing. Rows shrink to `{}`.

    Args:
        about: a filter, or the names of properties.
        values: what else properties hold; by default JSON and Python values of all kinds.

    Example:
        >>> from odata_filter import Filter
        >>> from hypothesis import given
        >>> f = Filter.parse("species eq 'cat' and size/width gt 3")
        >>> @given(rows(f))
        ... def every_row_has_an_answer(row):
        ...     assert f.matches(row) in (True, False)
        >>> every_row_has_an_answer()
    """
    return _rows(_asked_for(about), _any_values() if values is None else values)


def _asked_for(about: Filter | Iterable[str]) -> Mapping[_Path, Sequence[object]]:
    return _mentions(about.expression) if isinstance(about, Filter) else {(name,): () for name in about}


@st.composite
def _rows(draw: DrawFn, mentions: Mapping[_Path, Sequence[object]], values: SearchStrategy[object]) -> dict[str, Any]:
    row: object = {}
    for path, mentioned in mentions.items():
        near = st.sampled_from(mentioned) if mentioned else values
        wanted = draw(draw(st.sampled_from((_GAPS, near, near, near, values))))
        if wanted is not _ABSENT and path:
            row = _put(row, path, wanted)
    extra = draw(st.dictionaries(st.sampled_from(_EXTRA_KEYS), values, max_size=2))
    return {**extra, **cast("dict[str, Any]", row)}


_GAPS: SearchStrategy[object] = st.just(_ABSENT)
_EXTRA_KEYS = ("g", "h", "@Model.Unit", "not a name", "")


@cache
def _any_values() -> SearchStrategy[object]:
    """What may come out of JSON or a Python program, None and empty collections among it."""
    scalars = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(("", "x", "1")), values())
    members = st.one_of(st.lists(scalars, max_size=2), st.dictionaries(_plain_names(), scalars, max_size=2))
    return st.one_of(scalars, scalars, members, st.lists(members, max_size=2), st.datetimes())


def _put(value: object, path: _Path, new: object) -> object:
    """The value with another one at a path; on the way there, what is no dict or list becomes one."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(value) if isinstance(value, list | tuple) and value else [None]
        return [_put(items[0], rest, new), *items[1:]]
    entries = dict(value) if isinstance(value, Mapping) else {}
    if new is _ABSENT and not rest:
        return {name: entry for name, entry in entries.items() if name != step}
    return {**entries, step: _put(entries.get(step), rest, new)}


# ---- What a filter mentions ----------------------------------------------------------------------


def _mentions(root: Node) -> dict[_Path, tuple[object, ...]]:
    """The paths of a filter, each with values that its conditions may tell apart."""
    found: dict[_Path, dict[str, object]] = {}
    for condition, instances in _conditions(root, {"$it": (), "$this": ()}):
        candidates = _candidates(condition)
        for path in _paths_in(condition, instances):
            found.setdefault(path, {}).update((repr(value), value) for value in candidates)
    return {path: tuple(candidates.values()) for path, candidates in found.items()}


_Instances: TypeAlias = Mapping[str, _Path]
"""Where in the row each variable's value comes from."""


def _conditions(root: Node, instances: _Instances) -> Iterator[tuple[Node, _Instances]]:
    """The parts of a filter that are joined by and, or, not and the bodies of lambdas, and the filter's lambdas."""
    waiting = [(root, instances)]
    while waiting:
        node, known = waiting.pop()
        match node:
            case Logical() | Not():
                waiting += ((part, known) for part in reversed(children(node)))
            case Quantifier(source=source, variable=str(variable), predicate=predicate) if predicate is not None:
                yield Quantifier("any", source), known
                waiting.append((predicate, _with_member(known, variable, source)))
            case _:
                yield node, known


def _with_member(instances: _Instances, variable: str, source: Node) -> _Instances:
    path = _path_of(source, instances)
    return {**instances, variable: (*path, 0)} if path is not None else instances


def _path_of(node: Node, instances: _Instances) -> _Path | None:
    """Where in the row a node looks, if it is a path and nothing else."""
    match node:
        case Variable(name=name):
            return instances.get(name)
        case Member(source=source, name=name):
            path = _path_of(source, instances)
            return None if path is None else (*path, name)
        case Where(source=source):
            return _path_of(source, instances)
        case _:
            return None


def _paths_in(root: Node, instances: _Instances) -> list[_Path]:
    """Every path of a condition, in the order of the text."""
    found: dict[_Path, None] = {}
    waiting = [(root, instances)]
    while waiting:
        node, known = waiting.pop()
        path = _path_of(node, known)
        if path is not None:
            found[path] = None
        match node:
            case Quantifier(source=source, variable=str(variable), predicate=predicate) if predicate is not None:
                parts: list[tuple[Node, _Instances]] = [
                    (source, known),
                    (predicate, _with_member(known, variable, source)),
                ]
            case Where(source=source, predicate=predicate):
                parts = [(source, known), (predicate, _with_member(known, "$this", source))]
            case Member() if path is not None:
                parts = []
            case _:
                parts = [(part, known) for part in children(node)]
        waiting += reversed(parts)
    return list(found)


# ---- Values that a condition may tell apart --------------------------------------------------------


def _candidates(condition: Node) -> tuple[object, ...]:
    """The values in a condition, others close to them, and what its functions turn into them."""
    given = (node for node in walk(condition) if isinstance(node, Literal | Collection | Record))
    known = [value for node in given if not _is_type(node) for value in _values_in(node)][:_MANY]
    called = {node.name for node in walk(condition) if isinstance(node, Call)}
    called |= {"$count" for node in walk(condition) if isinstance(node, Count)}
    near = [other for value in known for other in _neighbours(value)]
    inverse = [argument for name in sorted(called) for value in (*known, *near) for argument in _inverse(name, value)]
    derived = [value for left, right in pairwise(known) for value in _combined(left, right)]
    plain: list[object] = [*known, *inverse, *near, *derived, True, False, None, 0, 1, "", "x", "y", [], {}]
    return (*plain, *([value] for value in known), known)


_MANY = 20
"""How many of a condition's literals are taken for candidates."""


def _is_type(node: Node) -> bool:
    return isinstance(node, Literal) and node.type == edm.TYPE_NAME


def _values_in(node: Node) -> list[object]:
    """The value of a literal or of a structure of literals; none where Python has no value for it."""
    value = _result(node, {})
    return [] if value is _ABSENT else [value]


def _neighbours(value: object) -> list[object]:
    """Values that differ from one in little."""
    with suppress(OverflowError):
        match value:
            case bool():
                return [not value]
            case int() | float() | Decimal():
                return [value + 1, value - 1, -value]
            case str():
                number = [int(value)] if value.isdecimal() and value.isascii() and len(value) < _MANY else []
                return [value + "x", value[:-1], "x" + value, value.swapcase(), f" {value}", *number]
            case dt.datetime():
                return [value + _SECOND, value - _SECOND, value.date()]
            case dt.date():
                return [dt.datetime.combine(value, dt.time(), dt.UTC), value + _DAY, value - _DAY]
            case dt.time():
                return [dt.datetime.combine(_A_DAY, value, dt.UTC), dt.time(23, 59, 59), dt.time()]
            case dt.timedelta():
                return [value + _SECOND, value - _SECOND, -value]
            case list():
                return [[*value, None], value[1:], value[::-1]]
            case dict():
                return [{**value, "x": 1}, dict.fromkeys(value)]
    return []


_DAY = dt.timedelta(days=1)
_SECOND = dt.timedelta(seconds=1)
_A_DAY = dt.date(2000, 1, 1)
_MOMENT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def _combined(left: object, right: object) -> list[object]:
    """What arithmetic or a function can turn into one of two values of a condition by means of the other."""
    with suppress(OverflowError, ArithmeticError, TypeError):
        match left, right:
            case str(), str():
                return [left + right, right + left, right.removesuffix(left), right.removeprefix(left)]
            case (str(text), int(size)) | (int(size), str(text)):
                return ["_" * min(abs(size), _MANY) + text]
            case (bool() | list() | dict(), _) | (_, bool() | list() | dict()):
                return []
            case (int() | float() | Decimal() as first, int() | float() | Decimal() as second):
                numbers: Any = (first, second)
                return [numbers[1] - numbers[0], sum(numbers), numbers[0] * numbers[1], numbers[1] / numbers[0]]
            case dt.timedelta(), _:
                return [cast("Any", right) - left, cast("Any", right) + left]
    return []


def _inverse(name: str, value: object) -> list[object]:
    """What a function may turn into a value."""
    with suppress(ValueError, OverflowError, TypeError):
        return [_INVERSES[name](cast("Any", value))] if name in _INVERSES else []
    return []


_INVERSES: Mapping[str, Callable[[Any], object]] = {
    "length": lambda size: "x" * operator.index(min(size, _MANY)),
    "$count": lambda size: ["x"] * operator.index(min(size, _MANY)),
    "year": lambda year: dt.date(year, 1, 1),
    "month": lambda month: dt.date(2000, month, 1),
    "day": lambda day: dt.date(2000, 1, day),
    "hour": dt.time,
    "minute": lambda minute: dt.time(0, minute),
    "second": lambda second: dt.time(0, 0, second),
    "fractionalseconds": lambda fraction: dt.time(0, 0, 0, int(fraction * 10**6)),
    "totalseconds": lambda seconds: dt.timedelta(seconds=float(seconds)),
    "totaloffsetminutes": lambda minutes: _MOMENT.replace(tzinfo=dt.timezone(dt.timedelta(minutes=minutes))),
}
"""For functions whose argument is of another type than their result, an argument that gives a result."""


# ---- Rows that hit and rows that miss ------------------------------------------------------------


def matching_rows(target: Filter, *, values: SearchStrategy[object] | None = None) -> SearchStrategy[dict[str, Any]]:
    """Rows that a filter keeps: `target.matches(row)` is True.

    They are made for the filter's conditions one by one, not found by chance, so a chain of many conditions is no
    harder than one. They shrink to the properties that the filter needs.

    Args:
        target: the filter. If it can hold for no row, Hypothesis says that it is unable to satisfy the assumptions.
        values: what properties may hold beside the filter's own values.

    Raises:
        UnsupportedFilterError: the filter has a part that cannot be evaluated, such as a custom function.
        FilterEvaluationError: a literal of the filter is outside the range that can be computed with.

    Example:
        >>> from odata_filter import Filter
        >>> from hypothesis import given
        >>> f = Filter.parse("species eq 'cat' and (size/width gt 3 or tags/any(t:t eq 'wide'))")
        >>> @given(matching_rows(f))
        ... def every_row_is_kept(row):
        ...     assert f.matches(row)
        >>> every_row_is_kept()
    """
    return _aimed_rows(target, _HIT, values)


def missing_rows(target: Filter, *, values: SearchStrategy[object] | None = None) -> SearchStrategy[dict[str, Any]]:
    """Rows that a filter drops: its value is false or null. Otherwise like `matching_rows`.

    Example:
        >>> from odata_filter import Filter
        >>> from hypothesis import given
        >>> f = Filter.parse("species ne 'cat'")
        >>> @given(missing_rows(f))
        ... def a_row_without_species_is_never_dropped(row):
        ...     assert "species" in row
        >>> a_row_without_species_is_never_dropped()
    """
    return _aimed_rows(target, _MISS, values)


def filters_and_rows(
    profile: Profile = ODATA,
    *,
    keys: SearchStrategy[str] | None = None,
    values: SearchStrategy[object] | None = None,
    max_depth: int = 3,
) -> SearchStrategy[tuple[Filter, dict[str, Any]]]:
    """A filter and a row for it: a third aims at a hit, a third at a miss, and the rest is left to chance.

    Args:
        profile: what the filters must keep to.
        keys: property names, as for `filters`.
        values: Python values that properties are compared with, as for `filters`.
        max_depth: as for `filters`.

    Example:
        >>> from hypothesis import given
        >>> from odata_filter import CUSTOM_VISION
        >>> @given(filters_and_rows(CUSTOM_VISION))
        ... def no_row_is_kept_by_a_filter_and_its_opposite(pair):
        ...     f, row = pair
        ...     assert not (f & ~f).matches(row)
        >>> no_row_is_kept_by_a_filter_and_its_opposite()
    """
    return _pairs(filters(profile, keys=keys, values=values, max_depth=max_depth))


@st.composite
def _pairs(draw: DrawFn, targets: SearchStrategy[Filter]) -> tuple[Filter, dict[str, Any]]:
    target = draw(targets)
    row = draw(rows(target))
    wanted = draw(st.sampled_from((None, _HIT, _MISS)))
    aimed = row if wanted is None else _aimed(draw, target.expression, row, wanted)
    return target, aimed if isinstance(aimed, dict) else row


_Wanted: TypeAlias = frozenset[bool | None]
_HIT: _Wanted = frozenset({True})
_MISS: _Wanted = frozenset({False, None})
_NOT: Mapping[bool | None, bool | None] = {True: False, False: True, None: None}


def _aimed_rows(
    target: Filter, wanted: _Wanted, values: SearchStrategy[object] | None
) -> SearchStrategy[dict[str, Any]]:
    evaluator.evaluation(
        target.expression, evaluator.Context()
    )  # refuses what has no evaluation here, not in the middle of a test
    return _drawn_rows(target.expression, wanted, rows(target, values=values))


@st.composite
def _drawn_rows(draw: DrawFn, root: Node, wanted: _Wanted, starts: SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    start = draw(starts) if draw(st.booleans()) else {}
    row = _aimed(draw, root, start, wanted)
    if start and _truth(root, row) not in wanted:
        row = _aimed(draw, root, {}, wanted)
    assume(isinstance(row, dict) and _truth(root, row) in wanted)
    return cast("dict[str, Any]", row)


def _aimed(draw: DrawFn, node: Node, row: object, wanted: _Wanted) -> object:
    """The row, changed until a node has a wanted truth value for it; unchanged parts where that fails."""
    if _truth(node, row) in wanted:
        return row
    match node:
        case Not(operand=operand):
            return _aimed(draw, operand, row, frozenset(_NOT[truth] for truth in wanted))
        case Logical(operator=operator, operands=operands) if (operator == "or") in wanted:
            return _aimed_at_one(draw, operands, row, wanted)
        case Logical(operands=operands):
            return _aimed_at_all(draw, operands, row, wanted)
        case Quantifier(variable=str(variable), predicate=predicate) if predicate is not None:
            inner = _of_member(predicate, variable)
            path = _path_of(node.source, _INSTANCES)
            if inner is None or path is None or isinstance(node.source, Where):
                return _aimed_at_condition(draw, node, row, wanted)
            return _put(row, path, _aimed_members(draw, inner, node.name, wanted))
        case _:
            return _aimed_at_condition(draw, node, row, wanted)


_INSTANCES: _Instances = {"$it": (), "$this": ()}


def _aimed_at_one(draw: DrawFn, operands: tuple[Node, ...], row: object, wanted: _Wanted) -> object:
    """One of the operands decides; when the drawn one cannot, the next ones are tried."""
    first = draw(st.integers(0, len(operands) - 1))
    for operand in (*operands[first:], *operands[:first])[:_MANY]:
        aimed = _aimed(draw, operand, row, wanted)
        if _truth(operand, aimed) in wanted:
            return aimed
    return row


def _aimed_at_all(draw: DrawFn, operands: tuple[Node, ...], row: object, wanted: _Wanted) -> object:
    """Every operand must have its say, so a change for one is followed by another look at the rest."""
    for _ in range(5):
        before = row
        for operand in operands:
            row = _aimed(draw, operand, row, wanted)
        if row == before:
            break
    return row


def _aimed_members(draw: DrawFn, predicate: Node, name: str, wanted: _Wanted) -> list[object]:
    """A collection for which a lambda holds, or does not."""
    hit = True in wanted
    if hit is (name == "all") and not draw(st.booleans()):
        return []
    return [_aimed(draw, predicate, None, _HIT if hit else _MISS)]


def _of_member(predicate: Node, variable: str) -> Node | None:
    """A lambda's body as a filter on one member, if it speaks about nothing else."""
    nodes = tuple(walk(predicate))
    inner = {node.variable for node in nodes if isinstance(node, Quantifier)}
    used = {node.name for node in nodes if isinstance(node, Variable)}
    return None if variable in inner or used - inner - {variable} else _renamed(predicate, variable)


def _renamed(node: Node, variable: str) -> Node:
    if isinstance(node, Variable):
        return IT if node.name == variable else node
    return with_children(node, tuple(_renamed(part, variable) for part in children(node)))


def _aimed_at_condition(draw: DrawFn, node: Node, row: object, wanted: _Wanted) -> object:
    """One property, or else two, set to what the condition mentions or to something close to it."""
    paths = _paths_in(node, _INSTANCES)
    candidates = _candidates(node)
    single = (
        ((path, value),)
        for path in paths
        for value in (_ABSENT, *candidates, *_combinations(_at(row, path), candidates[:_MANY]))
    )
    double = (
        ((left, value), (right, other))
        for left, right in combinations(paths[:3], 2)
        for value, other in product(candidates[:_MANY], repeat=2)
    )
    for attempts in (single, double):
        options = [option for puts in attempts for option in [_with(row, puts)] if _truth(node, option) in wanted]
        if options:
            return draw(st.sampled_from(options))
    return row


def _combinations(present: object, candidates: Iterable[object]) -> list[object]:
    """What is there already together with what a condition asks for."""
    return [value for candidate in candidates for value in _combined(present, candidate)]


def _at(value: object, path: _Path) -> object:
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _with(row: object, puts: Iterable[tuple[_Path, object]]) -> object:
    for path, value in puts:
        row = _put(row, path, value)
    return row


def _truth(node: Node, row: object) -> object:
    """True, False, or None for every other value; something else when there is none."""
    value = _result(node, row)
    return value if isinstance(value, bool) or value is _ABSENT else None


def _result(node: Node, row: object) -> object:
    try:
        return _evaluation(node)(row, evaluator.Scope())
    except FilterError:
        return _ABSENT


@lru_cache(maxsize=1024)
def _evaluation(node: Node) -> evaluator.Evaluation:
    return evaluator.evaluation(node, evaluator.Context())
