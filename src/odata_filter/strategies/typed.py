"""Filters that a profile accepts, with the names and values in them, as Hypothesis draws them."""

import datetime as dt
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from odata_filter import edm, functions
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
)
from odata_filter.profile import ODATA, Profile
from odata_filter.strategies.trees import (
    ONE_OR_TWO,
    RARELY,
    TWO_OR_THREE,
    UP_TO_TWO,
    Place,
    distinct,
    is_bound_function,
    is_free,
    joined,
)
from odata_filter.strategies.words import GEO_TYPES, KEYWORDS, STRINGS, geo_literals, identifiers, plain_names, searches

# ---- Places -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class _TypedPlace(Place):
    """A place that knows how expressions of each type can be made there."""

    _ways: dict[tuple[str, bool], "SearchStrategy[_Way]"] = field(default_factory=dict, init=False)

    @cached_property
    def compares(self) -> tuple[str, ...]:
        """The operators that compare two values."""
        return tuple(operator for operator in _COMPARISONS if operator in self.profile.operators)

    def ways(self, kind: str, *, written: bool) -> "SearchStrategy[_Way]":
        """How an expression of a type can be made."""
        if (kind, written) not in self._ways:
            self._ways[kind, written] = st.sampled_from(_ways_of(self, kind, written=written))
        return self._ways[kind, written]


_Way: TypeAlias = Callable[[DrawFn, _TypedPlace, str], Node]


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
    odd = st.one_of(st.sampled_from(KEYWORDS), identifiers()).filter(lambda name: len(name) <= limit)
    return st.one_of(plain_names(), plain_names(), odd if "$it" in profile.constructs else odd.filter(is_free))


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
    texts = st.one_of(st.text(max_size=limit), _fitting(STRINGS, limit))
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
    return _roots(_TypedPlace(names, literals, profile, max_depth)).map(Filter)


_keys_of, _values_of = keys, values  # the names that the parameters of `filters` hide


@st.composite
def _roots(draw: DrawFn, place: _TypedPlace) -> Node:
    """A filter's tree. A plain condition takes the fewest choices, so that it is what all others shrink to."""
    if not place.compares or not (place.depth > 0 or place.profile.simple_conditions):
        return draw(_typed(place, edm.BOOLEAN))
    left, right = Member(IT, draw(place.names)), draw(place.conditions)
    plain = Comparison(_comparison_operator(draw, place, right), left, right)
    return draw(_typed(place, edm.BOOLEAN)) if draw(st.integers(0, 4)) else plain


@st.composite
def _typed(draw: DrawFn, place: _TypedPlace, kind: str, *, written: bool = True) -> Node:
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


def _ways_of(place: _TypedPlace, kind: str, *, written: bool) -> list[_Way]:
    """How an expression of a type can be made here under the profile, the simplest way first."""
    profile, simple = place.profile, place.profile.simple_conditions and kind == edm.BOOLEAN
    # A property takes the fewest choices: where it comes first, a condition inside another one shrinks to it.
    ways: list[_Way] = [_property] if kind == edm.BOOLEAN and not simple else []
    if kind == edm.BOOLEAN and (simple or place.depth > 0) and place.compares:
        ways += [_condition] * 16
    if written and not simple and _is_literal(profile, kind):
        ways += [_typed_literal] * (12 if kind in GEO_TYPES else 4)
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


def _subject(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    """What a condition is about: anything but a literal."""
    if place.profile.simple_conditions:
        return _property(draw, place, kind)
    return draw(_typed(place, kind, written=False))


def _condition(draw: DrawFn, place: _TypedPlace, _kind: str) -> Node:
    """A comparison with a literal, sometimes with another expression of its type."""
    literal = draw(place.conditions)
    operator = _comparison_operator(draw, place, literal)
    kind = draw(st.sampled_from(_PLAIN_KINDS)) if literal.type == edm.NULL else literal.type
    left = _subject(draw, place, kind)
    if place.profile.simple_conditions or not draw(RARELY):
        return Comparison(operator, left, literal)
    return (
        Comparison(operator, literal, left)
        if draw(st.booleans())
        else Comparison(operator, left, draw(_typed(place, kind)))
    )


def _comparison_operator(draw: DrawFn, place: _TypedPlace, literal: Literal) -> str:
    return draw(st.sampled_from(place.compares[:2] if literal.type in _UNORDERED else place.compares))


def _conjunction(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    count = draw(TWO_OR_THREE)
    if not place.profile.parentheses:
        return Logical("and", tuple(_condition(draw, place, kind) for _ in range(count)))
    return joined("and", [draw(_typed(place, kind)) for _ in range(count)])


def _disjunction(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    return joined("or", [draw(_typed(place, kind)) for _ in range(draw(TWO_OR_THREE))])


def _negation(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    return Not(draw(_typed(place, kind)))


def _membership(draw: DrawFn, place: _TypedPlace, _kind: str) -> Node:
    drawn = [draw(place.conditions) for _ in range(draw(st.integers(1, 3)))]
    kind = drawn[0].type
    left = _subject(draw, place, draw(st.sampled_from(_PLAIN_KINDS)) if kind == edm.NULL else kind)
    if place.profile.simple_conditions or not draw(RARELY):
        return Comparison("in", left, Collection(tuple(item for item in drawn if item.type == kind)))
    return Comparison("in", left, _source(draw, place))


def _flags(draw: DrawFn, place: _TypedPlace, _kind: str) -> Node:
    type_names = ("Model.Color", edm.STRING) if place.profile.literal_types is None else (edm.STRING,)
    members = draw(_fitting(_FLAGS, place.profile.max_string_length))
    return Comparison(
        "has", _subject(draw, place, edm.ENUMERATION), Literal(draw(st.sampled_from(type_names)), members)
    )


_FLAGS = ("Red", "Red,Blue", "1")


def _some(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    return Quantifier("any", _source(draw, place)) if draw(RARELY) else _lambda("any", draw, place, kind)


def _every(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    return _lambda("all", draw, place, kind)


def _lambda(name: str, draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    variable = draw(st.sampled_from([name for name in _VARIABLES if name not in place.bound]))
    return Quantifier(name, _source(draw, place), variable, draw(_typed(place.binding(variable), kind)))


_VARIABLES = tuple("tua" + string.ascii_lowercase[1:])


def _source(draw: DrawFn, place: _TypedPlace) -> Node:
    """A collection that a path can go on from."""
    inner = _property(draw, place, edm.COLLECTION)
    if place.depth > 0 and "/$filter" in place.profile.constructs and draw(RARELY):
        return Where(inner, draw(_typed(place.filtering.below, edm.BOOLEAN)))
    return inner


def _members(draw: DrawFn, place: _TypedPlace, _kind: str) -> Node:
    return Where(_property(draw, place, edm.COLLECTION), draw(_typed(place.filtering, edm.BOOLEAN)))


def _size(draw: DrawFn, place: _TypedPlace, _kind: str) -> Node:
    return Count(_source(draw, place), draw(searches()) if draw(RARELY) else None)


def _array(draw: DrawFn, place: _TypedPlace, _kind: str) -> Node:
    kind = draw(st.sampled_from(_PLAIN_KINDS))
    return Collection(tuple(draw(_typed(place, kind)) for _ in range(draw(UP_TO_TWO))))


def _object(draw: DrawFn, place: _TypedPlace, _kind: str) -> Node:
    return Record(distinct(draw, place.names, _typed(place, draw(st.sampled_from(_PLAIN_KINDS))), UP_TO_TWO))


def _structure(draw: DrawFn, place: _TypedPlace, _kind: str) -> Node:
    """A comparison of collections or complex values."""
    kind = edm.COMPLEX if "object" in place.profile.constructs and draw(st.booleans()) else edm.COLLECTION
    make = _object if kind == edm.COMPLEX else _array
    return Comparison("eq", draw(_typed(place, kind, written=False)), make(draw, place, kind))


def _choice(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    part = _typed(place, kind)
    return Case(tuple((draw(_typed(place, edm.BOOLEAN)), draw(part)) for _ in range(draw(ONE_OR_TWO))))


def _minus(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    return Negate(draw(_typed(place, kind)))


def _operations(profile: Profile, kind: str) -> list[tuple[str, str, str]]:
    return [operation for operation in _OPERATIONS.get(kind, ()) if operation[0] in profile.operators]


def _sum(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
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


def _function(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    """A call whose result is of a type."""
    return _call_of(draw, place, kind, *draw(st.sampled_from(_signatures(place.profile, kind))))


def _function_condition(draw: DrawFn, place: _TypedPlace, _kind: str) -> Node:
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
    draw: DrawFn, place: _TypedPlace, kind: str, function: functions.Function, signature: functions.Signature
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
            arguments.append(draw(_typed(place, chosen, written=at > 0 or chosen in GEO_TYPES)))
    return Call(function.name, tuple(arguments))


_PATTERNS = ("^x", "y$", "[0-9]+", "^(x|y)z?$", ".")


# ---- Properties, paths and literals --------------------------------------------------------------


def _property(draw: DrawFn, place: _TypedPlace, _kind: str) -> Node:
    """A property of the row, or of what a lambda or `/$filter` looks at."""
    if place.bound and not draw(RARELY):
        variable = Variable(draw(st.sampled_from(place.bound[::-1])))
        return Member(variable, draw(place.names)) if draw(RARELY) else variable
    if place.current == THIS and "$this" in place.profile.constructs and draw(st.booleans()):
        return THIS
    return Member(place.current, draw(place.names))


def _step(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    """The path to a property of a complex one."""
    return Member(_property(draw, place, kind), draw(place.names))


def _annotation(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    return Member(_property(draw, place, kind), draw(st.sampled_from(("@Model.Unit", "@Model.Note#short"))))


def _type_cast(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    return Member(Member(_property(draw, place, kind), "Model.Special"), draw(place.names))


def _instance(draw: DrawFn, place: _TypedPlace, _kind: str) -> Node:
    return Member(IT, draw(place.names))


def _root(draw: DrawFn, place: _TypedPlace, _kind: str) -> Node:
    return Member(Member(Variable("$root"), draw(place.names)), draw(place.names))


def _alias(draw: DrawFn, _place: _TypedPlace, _kind: str) -> Node:
    return Variable(draw(st.sampled_from(("@p", "@q"))))


def _custom(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    source = _property(draw, place, kind) if draw(st.booleans()) else None
    value = _typed(place, draw(st.sampled_from(_PLAIN_KINDS)))
    return Invocation(
        source, draw(st.sampled_from(("Model.F", "Model.G"))), distinct(draw, place.names, value, UP_TO_TWO)
    )


def _keyed(draw: DrawFn, place: _TypedPlace, _kind: str) -> Node:
    usable = [name for name in (edm.INT64, edm.STRING) if _is_literal(place.profile, name)]
    part: Node = _literal_of(draw, place.profile, draw(st.sampled_from(usable))) if usable else Variable("@p")
    return Member(
        Key(Member(place.current, draw(place.names.filter(is_bound_function))), ((None, part),)), draw(place.names)
    )


def _is_literal(profile: Profile, kind: str) -> bool:
    """Whether the profile takes literals of a type, and the type has any."""
    return (kind in _python_values() or kind in GEO_TYPES) and (
        profile.literal_types is None or kind in profile.literal_types
    )


def _typed_literal(draw: DrawFn, place: _TypedPlace, kind: str) -> Node:
    return _literal_of(draw, place.profile, kind)


def _literal_of(draw: DrawFn, profile: Profile, kind: str) -> Literal:
    if kind in GEO_TYPES:
        return draw(geo_literals(*GEO_TYPES[kind]))
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
