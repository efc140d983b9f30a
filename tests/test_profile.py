"""Profiles: what the two that come with the library accept, and profiles of one's own."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from odata_filter import CUSTOM_VISION, ODATA, Filter, FilterSyntaxError, FilterValidationError, Profile, field
from odata_filter.functions import FUNCTIONS
from odata_filter.profile import ARITHMETIC, COMPARISONS, CONSTRUCTS, LOGIC, OPERATORS, QUANTIFIERS


def refused(text: str, profile: Profile) -> list[str]:
    """The parts of a text that a profile refuses."""
    found = (item for item in Filter.parse(text).problems(profile=profile) if item.severity == "error")
    return [item.source[item.position : item.end] for item in found]


# ---- The whole language --------------------------------------------------------------------------------

EVERYTHING = [
    "a eq 'x' and b ne 'y' or not (c gt 1) and d ge 2 and e lt 3 or f le 4",
    "a in ('x','y') and a in b and a in ['x',c] and a in []",
    "a has Ns.Color'Red,Blue' and a has '4'",
    "a add 1 sub 2 mul 3 div 4 divby 5 mod 6 eq -a",
    "a/any(t:t/b eq 'x' and t/c/all(u:u ne t/d)) or a/any()",
    "a/$filter($this/b gt $it/c)/$count gt 2 and a/$count($search=blue) eq 1",
    "$it/a eq $this/b and $root/Sets(1)/a eq a",
    "a/b/c eq @p and a/Ns.T/b eq 1 and a/@Ns.Term eq 1 and @Ns.Term#q eq 1",
    "Ns.F(p=1) eq 1 and a/Ns.F() and Items(1)/a eq 1 and Items(k='x',l=2)/a eq 1",
    "case(a gt 1:'x',true:'y') eq 'x'",
    'a eq [1,\'x\',[b]] and b eq {"x":1,"y":{"z":c}}',
    "a eq null and b eq true and c eq 1.5 and d eq 1e5 and e eq INF and f eq -INF and g eq NaN",
    "a eq 2024-02-29 and b eq 12:00:00 and c eq 2024-02-29T12:00:00Z and d eq duration'P1D'",
    "a eq binary'AAAA' and b eq 00000000-0000-0000-0000-000000000001",
    "geo.distance(a,geography'SRID=0;Point(1 2)') lt 1",
    "cast(a,Edm.String) eq 'x' and isof(Ns.T)",
    "a",
    "true",
    "'x' eq a",
    "a eq b",
    f"{'a' * 128} eq '{'x' * 100_000}'",
]


@pytest.mark.parametrize("text", EVERYTHING, ids=lambda text: text[:40])
def test_odata_accepts_the_whole_language(text: str) -> None:
    """Everything that the grammar has, and any length of a string."""
    assert [] == refused(text, ODATA)
    Filter.parse(text).validate()


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_odata_accepts_every_function(function: object) -> None:
    """In the profile are the names of the function table."""
    assert function.name in ODATA.functions  # type: ignore[attr-defined] # a Function, which ids= hides from mypy
    assert frozenset(one.name for one in FUNCTIONS) == ODATA.functions


def test_odata_accepts_every_operator_and_construct() -> None:
    """The tables are complete: nothing is in a profile that is not in them."""
    assert frozenset(OPERATORS) == ODATA.operators == {*COMPARISONS, *LOGIC, *ARITHMETIC, *QUANTIFIERS}
    assert frozenset(CONSTRUCTS) == ODATA.constructs
    assert len(set(OPERATORS)) == len(OPERATORS)
    assert len(set(CONSTRUCTS)) == len(CONSTRUCTS)


def test_odata_reads_no_prefix() -> None:
    """`metadata=` is the count endpoint's own."""
    with pytest.raises(FilterSyntaxError):
        Filter.parse("metadata=a eq 'x'")


# ---- The count endpoint ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "key1 eq 'value1' and key2 ne 'value2'",
        "metadata=key1 eq 'value1' and key2 ne 'value2'",
        "a eq 'x'",
        "a eq ''",
        "A EQ 'x' AND (b NE 'y' Or c eq 'z')",
        "metadata eq 'x'",
        "a eq 'O''Neil' or a eq ' '",
        f"{'a' * 128} eq '{'x' * 256}'",
        f"größe eq '{'😀' * 256}'",
    ],
    ids=lambda text: text[:40],
)
def test_the_count_endpoint_takes_simple_conditions(text: str) -> None:
    """Names and strings with `eq` and `ne` between them, joined by `and` and `or`."""
    one = Filter.parse(text, profile=CUSTOM_VISION)
    assert () == one.problems(profile=CUSTOM_VISION)


@pytest.mark.parametrize("text", EVERYTHING, ids=lambda text: text[:40])
def test_the_count_endpoint_takes_nothing_else(text: str) -> None:
    """Each part of the language is refused somewhere."""
    with pytest.raises(FilterValidationError):
        Filter.parse(text, profile=CUSTOM_VISION)


def test_a_name_has_at_most_128_characters() -> None:
    """The language's own limit is the endpoint's, so a longer one is no name at all."""
    assert [] == refused(f"{'a' * 128} eq 'x'", CUSTOM_VISION)
    with pytest.raises(FilterSyntaxError, match="it has 129 characters, and 128 are allowed"):
        Filter.parse(f"{'a' * 129} eq 'x'", profile=CUSTOM_VISION)
    with pytest.raises(FilterSyntaxError, match="it has 129 characters, and 128 are allowed"):
        Filter.parse(f"{'é' * 129} eq 'x'", profile=CUSTOM_VISION)


@pytest.mark.parametrize("value", ["x", "'", "é", "😀"], ids=ascii)
def test_a_value_has_at_most_256_characters(value: str) -> None:
    """Characters are counted, not the bytes or the doubled quotes that write them."""
    for length, expected in [(255, 0), (256, 0), (257, 1)]:
        built = field("a") == value * length
        assert expected == len(built.problems(profile=CUSTOM_VISION))
    problem = built.problems(profile=CUSTOM_VISION)[0]
    assert "the string has 257 characters, and the Custom Vision count endpoint takes 256" == problem.message
    assert ("at most 256 characters",) == problem.expected
    assert "'" + (value * 257).replace("'", "''") + "'" == problem.source[problem.position : problem.end]


# ---- Profiles of one's own -------------------------------------------------------------------------------


def test_a_profile_is_a_value() -> None:
    """Immutable, equal by its fields, and fit for a set."""
    name = "name"
    with pytest.raises(FrozenInstanceError):
        setattr(ODATA, name, "x")
    assert CUSTOM_VISION == replace(CUSTOM_VISION)
    assert 2 == len({ODATA, CUSTOM_VISION, replace(ODATA)})


def test_every_field_but_the_name_has_a_default() -> None:
    """A profile of one's own starts as the whole language."""
    assert replace(ODATA, name="mine") == Profile(name="mine")
    assert "name" == fields(Profile)[0].name


def test_a_profile_with_in() -> None:
    """The count endpoint, if it knew `in` and its list of strings."""
    constructs = CUSTOM_VISION.constructs | {"collection"}
    mine = replace(CUSTOM_VISION, operators=CUSTOM_VISION.operators | {"in"}, constructs=constructs)
    assert [] == refused("a in ('x','y') or b eq 'z'", mine)
    assert ["1"] == refused("a in ('x',1)", mine)
    assert ["a in b"] == refused("a in b", mine)
    assert ["a gt 'x'"] == refused("a gt 'x'", mine)


def test_in_alone_takes_a_list() -> None:
    """The list right of `in` belongs to the operator; whoever allows one allows the other."""
    mine = replace(CUSTOM_VISION, operators=CUSTOM_VISION.operators | {"in"})
    assert [] == refused("a in ('x','y') or b eq 'z'", mine)


def test_a_profile_with_one_function() -> None:
    """`contains` and nothing else; conditions are no longer simple."""
    mine = replace(CUSTOM_VISION, name="search", functions=frozenset({"contains"}), simple_conditions=False)
    assert [] == refused("contains(a,'x') and CONTAINS(b,'y') or c eq 'z'", mine)
    assert ["startswith(a,'x')"] == refused("startswith(a,'x') or contains(a,'y')", mine)
    problem = Filter.parse("length(a) eq 'x'").problems(profile=mine)[0]
    assert "search does not take the function length, only contains" == problem.message
    assert ("contains",) == problem.expected


def test_a_profile_without_negation() -> None:
    """An operator may be taken from the whole language."""
    mine = replace(ODATA, operators=ODATA.operators - {"not", "-"})
    assert ["not a", "-c"] == refused("not a and b eq -c", mine)


def test_simple_conditions_may_be_negated() -> None:
    """Where a profile knows `not`."""
    mine = replace(CUSTOM_VISION, operators=CUSTOM_VISION.operators | {"not"})
    assert [] == refused("not (a eq 'x' and not (b ne 'y'))", mine)
    assert ["b"] == refused("not (a eq 'x' and not b)", mine)


def test_a_profile_with_shorter_names() -> None:
    """The limit counts for each segment of a path."""
    mine = replace(ODATA, name="mine", max_name_length=3)
    assert [] == refused("abc/def eq 1", mine)
    problem = Filter.parse("abc/defg eq 1").problems(profile=mine)[0]
    assert "the name has 4 characters, and mine takes 3" == problem.message
    assert ("abc/defg", ("at most 3 characters",)) == (
        problem.source[problem.position : problem.end],
        problem.expected,
    )


def test_a_profile_with_some_types() -> None:
    """Literals of the types that it names, `null` among them."""
    mine = replace(ODATA, literal_types=frozenset({"null", "Edm.Int64"}))
    assert [] == refused("a eq null and b eq 5 and isof(c,Edm.String)", mine)
    assert ["'x'", "1.5"] == refused("a eq 'x' and b eq 1.5", mine)


@pytest.mark.parametrize(
    ("construct", "text", "part"),
    [
        ("path", "a/b eq 1", "a/b"),
        ("annotation", "a/@Ns.T eq 1", "a/@Ns.T"),
        ("type cast", "a/Ns.T/b eq 1", "a/Ns.T"),
        ("$it", "$it eq 1", "$it"),
        ("$this", "$this eq 1", "$this"),
        ("$root", "$root/a eq 1", "$root"),
        ("parameter alias", "a eq @p", "@p"),
        ("custom function", "Ns.F(p=1)", "Ns.F(p=1)"),
        ("key", "Items(1)/a eq 1", "Items(1)"),
        ("/$filter", "a/$filter(b)/$count eq 1", "a/$filter(b)"),
        ("/$count", "a/$count eq 1", "a/$count"),
        ("case", "case(a:1) eq 1", "case(a:1)"),
        ("collection", "a eq [1]", "[1]"),
        ("object", 'a eq {"x":1}', '{"x":1}'),
    ],
)
def test_a_construct_may_be_taken_away(construct: str, text: str, part: str) -> None:
    """Each one by its name, and with it nothing that is written without it."""
    mine = replace(ODATA, constructs=ODATA.constructs - {construct})
    assert construct in CONSTRUCTS
    assert part == refused(text, mine)[0]
    assert [] == refused(text, ODATA)
    assert [] == refused("a eq 1 and tags/any(t:t eq 'x')", mine)


def test_a_prefix_of_ones_own() -> None:
    """Only `metadata=` can stand in front, so another prefix is refused where the profile is made."""
    mine = replace(ODATA, prefix="metadata=")
    assert Filter.parse("a eq 1") == Filter.parse("metadata=a eq 1", profile=mine)
    with pytest.raises(FilterValidationError):
        replace(ODATA, prefix="filter=")
