"""Names and literal texts, as Hypothesis draws them for trees and filters."""

import string
from collections.abc import Callable
from functools import cache
from types import MappingProxyType
from typing import Literal as OneOf
from typing import TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from odata_filter import edm
from odata_filter.nodes import (
    Literal,
)

# ---- Names ---------------------------------------------------------------------------------------

_Categories: TypeAlias = tuple[OneOf["Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Nd", "Mn", "Mc", "Pc", "Cf"], ...]
_LEADING: _Categories = ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl")
_FOLLOWING: _Categories = (*_LEADING, "Nd", "Mn", "Mc", "Pc", "Cf")
KEYWORDS = (
    *("eq", "ne", "gt", "ge", "lt", "le", "in", "has", "and", "or", "not", "Not", "add", "sub", "mul", "div", "divby"),
    *("mod", "null", "true", "FALSE", "INF", "NaN", "any", "ALL", "case", "cast", "isof", "Collection", "metadata"),
    *("contains", "length", "now", "duration", "binary", "geo", "order", "nullable", "INFO", "e1", "_", "search"),
)


def identifiers() -> SearchStrategy[str]:
    """Names as the standard allows them, in any script, from one to 128 characters."""
    head = st.one_of(st.sampled_from(string.ascii_lowercase), st.characters(categories=_LEADING), st.just("_"))
    tail = st.text(st.characters(categories=_FOLLOWING), max_size=edm.MAX_IDENTIFIER - 1)
    return st.builds(str.__add__, head, tail)


@cache
def plain_names() -> SearchStrategy[str]:
    """`a` to `f`."""
    return st.sampled_from(string.ascii_lowercase[:6])


@cache
def odd_names() -> SearchStrategy[str]:
    """Plain names, words of the language, and identifiers in any script."""
    return st.one_of(plain_names(), st.sampled_from(KEYWORDS), identifiers())


@cache
def qualified_names() -> SearchStrategy[str]:
    """Names with dots."""
    plain = st.sampled_from(("Model.A", "Model.B", "Ns.Sub.C"))
    return st.one_of(plain, st.lists(odd_names(), min_size=2, max_size=3).map(".".join))


@cache
def annotation_names() -> SearchStrategy[str]:
    """`@` and a term, sometimes with a qualifier."""
    term = st.one_of(odd_names(), qualified_names())
    return st.builds(lambda name, tag: f"@{name}{tag}", term, st.one_of(st.just(""), odd_names().map("#".__add__)))


# ---- Literals ------------------------------------------------------------------------------------


def _matching(pattern: str) -> SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True)


_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:([0-5][0-9]|60)(\.[0-9]{1,12})?)?"
_DAY_OF_ANY_MONTH = r"-?(0[0-9]{3}|[1-9][0-9]{3,5})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
_NUMBER = r"[+-]?[0-9]{1,3}(\.[0-9]{1,3})?([eE][+-]?[0-9])?|NaN|-?INF"
STRINGS = (
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
def enumeration_texts() -> SearchStrategy[str]:
    """One to three members of an enumeration, by name or number."""
    return st.lists(st.one_of(st.sampled_from("ABC"), _matching(_MEMBER)), min_size=1, max_size=3).map(",".join)


@cache
def literal_texts() -> dict[str, SearchStrategy[str]]:
    """For each type of literal, the texts that a `Literal` node of that type may hold."""
    return {
        edm.STRING: st.one_of(st.text(), st.sampled_from(STRINGS), st.sampled_from(_STRAY)),
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
def geo_literals(draw: DrawFn, family: str, shape: str) -> Literal:
    """A shape of a family, such as `geography`, with a reference system."""
    reference = draw(st.integers(0, 99999))
    return Literal(edm.geo_type(family, shape), f"SRID={reference};{draw(_shape(shape))}")


GEO_TYPES = MappingProxyType(
    {edm.geo_type(family, name): (family, name) for family in ("geography", "geometry") for name in _SHAPES}
)


@cache
def literals() -> SearchStrategy[Literal]:
    """Every literal of the language, also those that Python has no value for."""
    plain = [st.builds(Literal, st.just(name), texts) for name, texts in literal_texts().items()]
    enumerations = st.builds(Literal, qualified_names(), enumeration_texts())
    shapes = st.one_of(*(geo_literals(*parts) for parts in GEO_TYPES.values()))
    return st.one_of(*plain, enumerations, shapes)


@cache
def key_literals() -> SearchStrategy[Literal]:
    """The literals that may stand in a key predicate."""
    barred = {edm.NULL, edm.DOUBLE, edm.BINARY}
    return st.one_of(
        *(st.builds(Literal, st.just(name), texts) for name, texts in literal_texts().items() if name not in barred)
    )


@cache
def searches() -> SearchStrategy[str]:
    """What may stand after `$search=`, as the tree holds it: one space where white space separates."""
    word = st.one_of(st.sampled_from(("blue", "NOT", "OR", "x'y")), _matching("[a-zA-Z0-9_*=&$/:,-]{1,4}"))
    phrase = st.text(st.characters(exclude_characters='"'), min_size=1, max_size=5).map('"{}"'.format)
    return st.recursive(
        st.one_of(word, phrase),
        lambda part: st.one_of(part.map("({})".format), st.lists(part, min_size=2, max_size=3).map(" ".join)),
        max_leaves=4,
    )
