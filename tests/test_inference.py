"""What is known of an expression without data: the kinds of its values, by literals, functions and schema."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import Filter, FilterError, edm, field, parser, values
from odata_filter.inference import Names, below, fit, fitting, item_type, kinds, property_type
from odata_filter.nodes import Call, Member, Node, Quantifier, Variable, Where, children
from odata_filter.schema import CollectionOf, PropertyType, Schema
from odata_filter.strategies import expressions, filters, rows

SCHEMA = Schema(
    {
        "name": str,
        "year": int,
        "byte": "Edm.Byte",
        "ratio": float,
        "single": "Edm.Single",
        "price": "Edm.Decimal",
        "ok": bool,
        "taken": "Edm.Date",
        "at": "Edm.DateTimeOffset",
        "span": "Edm.Duration",
        "color": "Ns.Color",
        "spot": "Edm.GeographyPoint",
        "tags": [str],
        "place": {"city": str, "size": {"width": int}},
        "items": [{"key": str, "n": int, "tags": [str]}],
    }
)
NUMBERS = set(values.NUMBERS)


def node_of(text: str) -> Node:
    """The tree of a text."""
    return parser.parse(text)


def kinds_of(text: str, names: Names | None = None) -> set[str] | None:
    """The kinds that an expression can have under the schema."""
    found = kinds(node_of(text), Names(SCHEMA) if names is None else names)
    return None if found is None else set(found)


# ---- Every node ------------------------------------------------------------------------------

KNOWN: list[tuple[str, set[str] | None]] = [
    # Literals
    ("null", {"null"}),
    ("true", {"Edm.Boolean"}),
    ("1", {"Edm.Int64"}),
    ("99999999999999999999", {"Edm.Decimal"}),
    ("1.5", {"Edm.Decimal"}),
    ("1e3", {"Edm.Double"}),
    ("NaN", {"Edm.Double"}),
    ("'x'", {"Edm.String"}),
    ("2024-02-29", {"Edm.Date"}),
    ("2024-02-29T12:00:00Z", {"Edm.DateTimeOffset"}),
    ("12:00", {"Edm.TimeOfDay"}),
    ("duration'P1D'", {"Edm.Duration"}),
    ("01234567-89ab-cdef-0123-456789abcdef", {"Edm.Guid"}),
    ("binary'AA'", {"Edm.Binary"}),
    ("geography'SRID=0;Point(1 2)'", {"Edm.GeographyPoint"}),
    ("Ns.Color'Red'", {"Enumeration", "Edm.String"}),
    # Names and paths
    ("name", {"Edm.String"}),
    ("byte", {"Edm.Int64"}),
    ("single", {"Edm.Double"}),
    ("color", {"Enumeration"}),
    ("spot", {"Edm.GeographyPoint"}),
    ("tags", set(values.COLLECTIONS)),
    ("place", {"Complex"}),
    ("place/city", {"Edm.String"}),
    ("place/size/width", {"Edm.Int64"}),
    ("$it", {"Complex"}),
    ("$it/year", {"Edm.Int64"}),
    ("$this/year", {"Edm.Int64"}),
    ("missing", None),
    ("name/missing", None),
    ("tags/missing", None),
    ("place/Ns.Town", None),
    ("year/@Ns.Term", None),
    ("@alias", None),
    ("$root/Images", None),
    ("items(1)", {"Complex"}),
    ("items(1)/n", {"Edm.Int64"}),
    ("items/$filter(n gt 1)", set(values.COLLECTIONS)),
    ("items/$filter(n gt 1)(1)/n", {"Edm.Int64"}),
    ("Ns.Function(a=1)", None),
    # Functions
    ("length(name)", {"Edm.Int64"}),
    ("contains(name,'x')", {"Edm.Boolean"}),
    ("concat(name,'x')", {"Edm.String"}),
    ("concat(tags,tags)", set(values.COLLECTIONS)),
    ("concat(missing,missing)", {"Edm.String", *values.COLLECTIONS}),
    ("substring(missing,1)", {"Edm.String", "Collection"}),
    ("substring(name,1)", {"Edm.String"}),
    ("now()", {"Edm.DateTimeOffset"}),
    ("date(at)", {"Edm.Date"}),
    ("totalseconds(span)", {"Edm.Decimal"}),
    ("round(year)", NUMBERS),
    ("length(year)", None),
    ("cast(name,Edm.Date)", {"Edm.Date"}),
    ("cast(name,Edm.Byte)", {"Edm.Int64"}),
    ("cast(name,Ns.Color)", None),
    ("cast(name,Collection(Edm.Date))", None),
    ("cast(Edm.Single)", {"Edm.Double"}),
    ("isof(name,Edm.Date)", {"Edm.Boolean"}),
    # Collections and what asks about them
    ("items/$count", {"Edm.Int64"}),
    ("tags/any(t:t eq 'x')", {"Edm.Boolean"}),
    ("tags/any()", {"Edm.Boolean"}),
    ("tags/all(t:t eq 'x')", {"Edm.Boolean"}),
    ("[1,'x']", {"Collection"}),
    ('{"a":1}', {"Complex"}),
    # Case
    ("case(ok:1,true:2.5)", {"Edm.Int64", "Edm.Decimal"}),
    ("case(ok:'x')", {"Edm.String"}),
    ("case(ok:'x',true:missing)", None),
    # Operators
    ("not ok", {"Edm.Boolean"}),
    ("not missing", {"Edm.Boolean"}),
    ("- year", {"Edm.Int64"}),
    ("- span", {"Edm.Duration"}),
    ("- missing", None),
    ("year eq 1", {"Edm.Boolean"}),
    ("missing in (1,2)", {"Edm.Boolean"}),
    ("color has 'Red'", {"Edm.Boolean"}),
    ("ok and missing", {"Edm.Boolean"}),
    ("missing or missing", {"Edm.Boolean"}),
    # Arithmetic
    ("year add 1", {"Edm.Int64"}),
    ("year add 1.5", {"Edm.Decimal"}),
    ("year add 1e0", {"Edm.Double"}),
    ("price mul single", {"Edm.Double"}),
    ("year div 2", {"Edm.Int64"}),
    ("year divby 2", {"Edm.Decimal"}),
    ("year mod price", {"Edm.Decimal"}),
    ("taken add span", {"Edm.Date"}),
    ("taken sub taken", {"Edm.Duration"}),
    ("at sub span", {"Edm.DateTimeOffset"}),
    ("at sub at", {"Edm.Duration"}),
    ("span add span", {"Edm.Duration"}),
    ("span mul 2", {"Edm.Duration"}),
    ("2 mul span", {"Edm.Duration"}),
    ("span div 1.5", {"Edm.Duration"}),
    ("round(year) add round(year)", NUMBERS),
    ("case(ok:year,true:span) mul 2", {"Edm.Int64", "Edm.Duration"}),
    ("year add name", {"null"}),
    ("span div span", {"null"}),
    ("span add taken", {"null"}),
    ("taken add taken", {"null"}),
    ("year add missing", None),
    ("missing add year", None),
]


@pytest.mark.parametrize(("text", "expected"), KNOWN, ids=[text for text, _ in KNOWN])
def test_the_kinds_of_an_expression(text: str, expected: set[str] | None) -> None:
    """None where nothing is known of it; null can come in addition."""
    assert expected == kinds_of(text)


def test_without_a_schema_names_may_stand_for_anything() -> None:
    """Literals, functions and operators say as much as before."""
    assert [None, None, {"Edm.Int64"}, {"Edm.Boolean"}] == [
        kinds_of(text, Names()) for text in ("year", "$it", "length(name)", "year gt 1")
    ]


# ---- What names stand for --------------------------------------------------------------------


def names_at(root: Node, wanted: Node, names: Names) -> Names | None:
    """What names stand for where a node stands in a tree."""
    if root == wanted:
        return names
    found = (names_at(child, wanted, below(root, child, names)) for child in children(root))
    return next((place for place in found if place is not None), None)


ITEM = Schema({"key": str, "n": int, "tags": [str]})


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("tags/any(t:t eq 'x')", "t", "Edm.String"),
        ("tags/all(t:t ne 'x')", "t", "Edm.String"),
        ("items/any(i:i ne null)", "i", ITEM),
        ("items/any(i:i/tags/any(t:t ne i/key))", "t", "Edm.String"),
        ("items/$filter(n gt 1)/any(i:i ne null)", "i", ITEM),
        ("items(1)/tags/any(t:t ne null)", "t", "Edm.String"),
        ("missing/any(m:m ne null)", "m", None),
        ("name/any(m:m ne null)", "m", None),
        ("@p/any(m:m ne null)", "m", None),
        ("items/any(i:$it ne i)", "$it", SCHEMA),
        ("items/any(i:$this ne i)", "$this", SCHEMA),
        ("items/$filter($this ne $it)/any()", "$this", ITEM),
        ("items/$filter($this ne $it)/any()", "$it", SCHEMA),
    ],
)
def test_variables_have_the_type_of_the_members(text: str, name: str, expected: PropertyType | None) -> None:
    """Inside a lambda and inside `/$filter`; `$it` is the row everywhere."""
    root, variable = node_of(text), Variable(name)
    names = names_at(root, variable, Names(SCHEMA))
    assert names is not None
    assert expected == property_type(variable, names)


def test_names_outside_of_a_predicate_do_not_change() -> None:
    """The source of a lambda does not know its variable."""
    names = Names(SCHEMA)
    for text in ("items/any(i:i/n gt 1)", "items/$filter(n gt 1)", "tags/any()", "year add 1"):
        root = node_of(text)
        assert below(root, children(root)[0], names) is names


def test_a_lambda_hides_the_variable_around_it() -> None:
    """Each place has its own names."""
    names = Names(SCHEMA, variables={"t": "Edm.Int64"})
    inner = node_of("tags/any(t:t eq 'x')")
    assert isinstance(inner, Quantifier)
    assert inner.predicate is not None
    assert {"t": "Edm.String"} == dict(below(inner, inner.predicate, names).variables)
    assert {"t": "Edm.Int64"} == dict(names.variables)


def test_the_members_of_a_collection_have_a_type() -> None:
    """What is no collection has none."""
    names = Names(SCHEMA)
    expected = {"tags": "Edm.String", "items": ITEM, "name": None, "place": None, "missing": None, "1": None}
    assert expected == {text: item_type(node_of(text), names) for text in expected}


def test_a_path_has_the_type_of_its_property() -> None:
    """Also through a filtered collection and a key; anything that is no path has none."""
    names = Names(SCHEMA)
    expected: dict[str, PropertyType | None] = {
        "byte": "Edm.Byte",
        "items": CollectionOf(ITEM),
        "items/$filter(n gt 1)": CollectionOf(ITEM),
        "items(1)": ITEM,
        "items(1)/n": "Edm.Int64",
        "tags(1)": "Edm.String",
        "1": None,
        "length(name)": None,
        "items/n": None,
    }
    assert expected == {text: property_type(node_of(text), names) for text in expected}
    assert isinstance(node_of("items/$filter(n gt 1)"), Where)


# ---- Arguments and signatures ----------------------------------------------------------------

STRING, NUMBER = frozenset({edm.STRING}), values.NUMBERS


@pytest.mark.parametrize(
    ("given", "allowed", "expected"),
    [
        (STRING, STRING, True),
        (STRING, NUMBER, False),
        (frozenset({edm.INT64}), NUMBER, True),
        (frozenset({edm.INT64, edm.STRING}), STRING, True),
        (None, STRING, True),
        (frozenset({edm.NULL}), STRING, True),
        (STRING, frozenset(), True),
        (frozenset(), STRING, False),
    ],
)
def test_what_can_fit(given: frozenset[str] | None, allowed: frozenset[str], expected: bool) -> None:  # noqa: FBT001 - the expected value
    """One kind in common is enough; what is not known and null always fit, and everything fits any type."""
    assert expected is fit(given, allowed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("contains(name,'x')", 1),
        ("contains(tags,['x'])", 1),
        ("contains(missing,missing)", 2),
        ("contains(missing,'x')", 1),
        ("contains(null,null)", 2),
        ("contains(name,1)", 0),
        ("contains(name,tags)", 0),
        ("substring(name,1)", 1),
        ("substring(missing,year,year)", 2),
        ("substring(name,1.5)", 0),
        ("now()", 1),
        ("round('x')", 0),
    ],
)
def test_the_overloads_that_arguments_can_suit(text: str, expected: int) -> None:
    """As many as the types leave open."""
    call = node_of(text)
    assert isinstance(call, Call)
    assert expected == len(fitting(call, Names(SCHEMA)))


def test_a_function_that_does_not_exist_has_no_overloads() -> None:
    """A tree made by hand can name one."""
    assert [] == fitting(Call("nope", ()), Names())
    assert kinds(Call("nope", ()), Names()) is None


# ---- Inference and evaluation ----------------------------------------------------------------


@given(st.data(), st.one_of(filters(keys=st.sampled_from("abcdef")), expressions().map(Filter)))
def test_a_value_has_one_of_the_kinds(data: st.DataObject, f: Filter) -> None:
    """What is known without data holds for every row: the value is null or of one of the kinds."""
    expected = kinds(f.expression, Names())
    row = data.draw(rows("abcdef"))
    try:
        value = f.evaluate(row, on_error="null")
    except FilterError:
        return
    assert value is None or expected is None or values.kind(value) in expected


# ---- What the validator makes of it ------------------------------------------------------------

FOUND: list[tuple[str, str, str, tuple[str, ...]]] = [
    ("items(1)/kee eq 'x'", "items(1)/kee", "unknown-property", ("key", "n", "tags")),
    ("items/$filter(n gt 'x')/$count gt 1", "n gt 'x'", "types", ()),
    ("items/any(i:i/tags/any(t:t gt 1))", "t gt 1", "types", ()),
    ("cast(name,Edm.Date) eq 1", "cast(name,Edm.Date) eq 1", "types", ()),
    ("now() sub now() eq 1", "now() sub now() eq 1", "types", ()),
    ("case(ok:'x',true:'y') gt 1", "case(ok:'x',true:'y') gt 1", "types", ()),
    ("case(ok:'x')", "case(ok:'x')", "not-boolean", ("a condition",)),
    ("-span", "-span", "not-boolean", ("a condition",)),
    ("byte eq 'x'", "byte eq 'x'", "types", ()),
    ("taken add year gt taken", "taken add year", "types", ()),
    ("$this/place/cty eq 'x'", "$this/place/cty", "unknown-property", ("city", "size")),
    (
        "length(items(1)/n) eq 1",
        "length(items(1)/n)",
        "types",
        ("length(String) or length(Collection|unordered collection)",),
    ),
]


@pytest.mark.parametrize(("text", "fault", "code", "expected"), FOUND, ids=[case[0] for case in FOUND])
def test_a_wrong_type_is_found_wherever_it_is(text: str, fault: str, code: str, expected: tuple[str, ...]) -> None:
    """Below lambdas, keys and functions, at its place and with what would be right there."""
    (problem,) = Filter.parse(text).problems(schema=SCHEMA)
    assert (fault, code, expected) == (text[problem.position : problem.end], problem.code, problem.expected)


def test_a_built_filter_is_checked_like_a_parsed_one() -> None:
    """Its problems have places in its own text."""
    (problem,) = field("items").any(lambda item: item["kee"] == "x").problems(schema=SCHEMA)
    assert "did you mean key?" == problem.hint
    assert isinstance(node_of(problem.source[problem.position : problem.end]), Member)


# ---- What is easily wrong -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("-name eq name", "-name"),
        ("-true", "-true"),
        ("case(name:1,true:2) eq 1", "name"),
        ("tags/any(t:t)", "t"),
        ("items/$filter(n)/$count gt 1", "n"),
        ("name/any(t:t eq 1)", "name"),
        ("name/$count eq 1", "name"),
        ("place/$filter(true)/$count eq 1", "place"),
        ("items(key='x')/kee eq 1", "items(key='x')/kee"),
        ("ratio has 'X'", "ratio has 'X'"),
    ],
)
def test_a_mismatch_that_is_visible_without_data_is_a_problem(text: str, fault: str) -> None:
    """Wherever the schema or a literal shows it."""
    (problem,) = Filter.parse(text).problems(schema=SCHEMA)
    assert fault == text[problem.position : problem.end]
