"""Hypothesis strategies for filters, for the trees behind them, and for rows that hit or miss a filter."""

import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

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

# ---- Names ---------------------------------------------------------------------------------------

_LEADING = ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl")
_FOLLOWING = (*_LEADING, "Nd", "Mn", "Mc", "Pc", "Cf")
_KEYWORDS = (
    *("eq", "ne", "gt", "ge", "lt", "le", "in", "has", "and", "or", "not", "Not", "add", "sub", "mul", "div", "divby"),
    *("mod", "null", "true", "FALSE", "INF", "NaN", "any", "ALL", "case", "cast", "isof", "Collection", "metadata"),
    *("contains", "length", "now", "duration", "binary", "geo", "order", "nullable", "INFO", "e1", "_", "search"),
)


def _identifiers() -> SearchStrategy[str]:
    """Names as the standard allows them, in any script, from one to 128 characters."""
    head = st.one_of(st.characters(codec="ascii", categories=("Ll",)), st.characters(categories=_LEADING), st.just("_"))
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
def _geo_literals(draw: DrawFn, shapes: tuple[str, ...] = _SHAPES) -> Literal:
    name = draw(st.sampled_from(shapes))
    family = draw(st.sampled_from(("geography", "geometry")))
    reference = draw(st.integers(0, 99999))
    return Literal(edm.geo_type(family, name), f"SRID={reference};{draw(_shape(name))}")


@cache
def _literals() -> SearchStrategy[Literal]:
    """Every literal of the language, also those that Python has no value for."""
    plain = [st.builds(Literal, st.just(name), texts) for name, texts in _literal_texts().items()]
    enumerations = st.builds(Literal, _qualified_names().filter(_names_no_edm_type), _enumeration_texts())
    return st.one_of(*plain, enumerations, _geo_literals())


def _names_no_edm_type(name: str) -> bool:
    return not name.startswith("Edm.")


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


# ---- Trees of any shape --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which names a lambda binds here, and what a bare name is a member of."""

    bound: tuple[str, ...] = ()
    current: Variable = IT

    def binding(self, name: str) -> "_Scope":
        return replace(self, bound=(*self.bound, name))

    def filtering(self) -> "_Scope":
        return replace(self, current=THIS)


_RESERVED = frozenset({"null", "INF", "NaN"})
_RESERVED_IN_ANY_CASE = frozenset({"true", "false", "not"})
_NO_FREE_FUNCTION = frozenset({"any", "all", "case", "not", *(item.name.lower() for item in functions.FUNCTIONS)})


def expressions(*, names: SearchStrategy[str] | None = None, max_depth: int = 4) -> SearchStrategy[Node]:
    """Trees of every shape that the parser can make, sensible or not.

    They are in the parser's normal form: `parser.parse(printer.text(tree)) == tree` for every one of them.

    Args:
        names: what properties and variables are called; by default plain names, words of the language
            (`eq`, `null`, `not`, `any`) and Unicode identifiers.
        max_depth: how many levels of operators, calls and brackets may stand above a name or a literal.

    Example:
        >>> from odata_filter import parser, printer
        >>> from hypothesis import given
        >>> @given(expressions())
        ... def test_printing_and_parsing_give_the_same_tree(tree):
        ...     assert parser.parse(printer.text(tree)) == tree
    """
    return _trees(_odd_names() if names is None else names, _Scope(), max_depth)


_Maker: TypeAlias = Callable[[DrawFn, SearchStrategy[str], _Scope, int], Node]


@st.composite
def _trees(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    make = draw(st.sampled_from(_LEAVES if depth <= 0 else _NODES))
    return make(draw, names, scope, depth - 1)


@st.composite
def _paths(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    make = draw(st.sampled_from(_FIRST_STEPS if depth <= 0 else _STEPS))
    return make(draw, names, scope, depth - 1)


@st.composite
def _sources(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    """What may stand left of a `/`."""
    is_root = draw(st.sampled_from((False, False, False, False, True)))
    return Variable("$root") if is_root else draw(_paths(names, scope, depth))


def _name(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, _depth: int) -> Node:
    return Member(scope.current, draw(names))


def _literal(draw: DrawFn, _names: SearchStrategy[str], _scope: _Scope, _depth: int) -> Node:
    return draw(_literals())


def _variable(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, _depth: int) -> Node:
    name = draw(st.sampled_from((*scope.bound, *scope.bound, *scope.bound, "$it", "$this", "@")))
    return Variable("@" + draw(names) if name == "@" else name)


def _is_free(name: str) -> bool:
    """Whether a lambda may bind a name: a bare `null` is the literal, whatever is bound."""
    return name not in _RESERVED and name.lower() not in _RESERVED_IN_ANY_CASE


def _member(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    segments = st.one_of(names, names, _qualified_names(), _annotation_names())
    return Member(draw(_sources(names, scope, depth)), draw(segments))


def _invocation(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    called = st.one_of(_qualified_names(), names)
    source = draw(st.one_of(st.none(), _sources(names, scope, depth)))
    accepts = _is_free_function if source is None else _is_bound_function
    name = draw(called.filter(accepts))
    parameters = draw(st.lists(st.tuples(names, _trees(names, scope, depth)), max_size=2, unique_by=_first))
    return Invocation(source, name, tuple(parameters))


def _first(pair: tuple[str, Node]) -> str:
    return pair[0]


def _is_free_function(name: str) -> bool:
    return name.lower() not in _NO_FREE_FUNCTION and name.split(".")[0] not in {"INF", "NaN"}


def _is_bound_function(name: str) -> bool:
    return name.lower() not in {"any", "all"}


def _key(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    part = st.one_of(_key_literals(), names.map(lambda name: Variable("@" + name)))
    unnamed = st.tuples(st.none(), part)
    make = draw(st.sampled_from((None, _where, _invocation)))
    if make is None:
        segment = draw(st.one_of(names, names, _qualified_names()).filter(_is_bound_function))
        source = draw(st.one_of(st.just(scope.current), _sources(names, scope, depth)))
        return Key(Member(source, segment), (draw(unnamed),))
    named = st.lists(st.tuples(names, part), min_size=1, max_size=2, unique_by=_first)
    parts: list[tuple[str | None, Node]] = draw(st.one_of(st.tuples(unnamed).map(list), named))
    return Key(make(draw, names, scope, depth), tuple(parts))


def _where(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    return Where(draw(_sources(names, scope, depth)), draw(_trees(names, scope.filtering(), depth)))


def _count(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    return Count(draw(_sources(names, scope, depth)), draw(st.one_of(st.none(), st.none(), _searches())))


def _quantifier(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    name = draw(st.sampled_from(("any", "all", "any()")))
    source = draw(_sources(names, scope, depth))
    if name == "any()":
        return Quantifier("any", source)
    variable = draw(names.filter(_is_free))
    return Quantifier(name, source, variable, draw(_trees(names, scope.binding(variable), depth)))


def _call(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    function = draw(st.sampled_from(functions.FUNCTIONS))
    if function.name in {"cast", "isof"}:
        return Call(
            function.name, (draw(_trees(names, scope, depth)), Literal(edm.TYPE_NAME, draw(_type_names(names))))
        )
    arity = draw(st.sampled_from(function.arities()))
    return Call(function.name, tuple(draw(_trees(names, scope, depth)) for _ in range(arity)))


def _type_names(names: SearchStrategy[str]) -> SearchStrategy[str]:
    single = st.one_of(st.just("Edm.String"), _qualified_names(), names)
    return st.one_of(single, single.map("Collection({})".format))


def _case(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    part = _trees(names, scope, depth)
    return Case(tuple(draw(st.lists(st.tuples(part, part), min_size=1, max_size=2))))


def _collection(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    item = draw(st.sampled_from((_literals(), _trees(names, scope, depth))))
    return Collection(tuple(draw(st.lists(item, max_size=3))))


def _record(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    entry = st.tuples(st.one_of(names, _literal_texts()[edm.STRING]), _trees(names, scope, depth))
    return Record(tuple(draw(st.lists(entry, max_size=2, unique_by=_first))))


def _not(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    return Not(draw(_trees(names, scope, depth)))


def _negate(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    return Negate(draw(_trees(names, scope, depth)))


def _arithmetic(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    operator = draw(st.sampled_from(("add", "sub", "mul", "div", "divby", "mod")))
    return Arithmetic(operator, draw(_trees(names, scope, depth)), draw(_trees(names, scope, depth)))


def _comparison(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    operator = draw(st.sampled_from(("eq", "ne", "gt", "ge", "lt", "le", "in", "has")))
    left = draw(_trees(names, scope, depth))
    if operator == "in":
        make = draw(st.sampled_from((_collection, _name, _variable, *_STEPS, _canonical_call)))
        return Comparison(operator, left, make(draw, names, scope, depth))
    if operator == "has":
        type_name = draw(st.one_of(st.just(edm.STRING), _qualified_names().filter(_names_no_edm_type)))
        return Comparison(operator, left, Literal(type_name, draw(_enumeration_texts())))
    return Comparison(operator, left, draw(_trees(names, scope, depth)))


def _canonical_call(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    return Call("trim", (draw(_trees(names, scope, depth)),))


def _logical(draw: DrawFn, names: SearchStrategy[str], scope: _Scope, depth: int) -> Node:
    operator = draw(st.sampled_from(("and", "or")))
    operands = draw(st.lists(_trees(names, scope, depth), min_size=2, max_size=3))
    return logical(operator, operands)


def logical(operator: str, operands: list[Node]) -> Node:
    flat = [
        part
        for node in operands
        for part in (node.operands if isinstance(node, Logical) and node.operator == operator else (node,))
    ]
    return Logical(operator, tuple(flat))


_LEAVES: tuple[_Maker, ...] = (_name, _literal, _variable)
_FIRST_STEPS: tuple[_Maker, ...] = (_name, _name, _variable)
_STEPS: tuple[_Maker, ...] = (_name, _variable, _member, _invocation, _key, _where)
_NODES: tuple[_Maker, ...] = (
    *(_name, _literal, _variable, _comparison, _logical, _not, _negate, _arithmetic, _comparison, _logical),
    *(_call, _member, _count, _quantifier, _where, _key, _invocation, _collection, _record, _case),
)
