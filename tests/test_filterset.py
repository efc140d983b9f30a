"""The filter set: always what asking each filter in turn gives, and how it is changed.

`HYPOTHESIS_PROFILE=thorough python -m pytest tests/test_filterset.py` tries 10,000 sets in each property.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from odata_filter import (
    Filter,
    FilterError,
    FilterEvaluationError,
    FilterSet,
    FilterValidationError,
    UnsupportedFilterError,
    field,
)
from odata_filter.filter import Options
from odata_filter.strategies import rows
from test_random_shapes import FILTERS, OPTIONS, SHAPES, TREES, Kind, Place, Table, Text

NOW = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)
KEYS = st.sampled_from("abc")
NAMES = [f"{number} filter" for number in range(8)]


def answer(ask: Callable[[], object]) -> object:
    """What comes out, or the kind and text of the error."""
    try:
        return ask()
    except FilterError as error:
        return type(error), str(error)


def in_turn(named: Mapping[str, Filter], row: object, options: Options) -> object:
    """The names of the filters that keep a row, each asked; the first error with the name of its filter."""
    found = []
    for name, f in named.items():
        try:
            if f.matches(row, **options):
                found.append(name)
        except FilterError as error:
            return type(error), f"the filter {name!r}: {error}"
    return tuple(found)


def assert_same(
    named: Mapping[str, Filter], row: object, options: Options | None = None, made: FilterSet | None = None
) -> None:
    """A set of the filters, made already or now, says what they say."""
    given_: Options = options or {}
    found = made or FilterSet(named)
    assert in_turn(named, row, given_) == answer(lambda: found.matching(row, **given_))


# ---- Always the same answer ------------------------------------------------------------------------

VALUES = st.sampled_from((None, "x", "y", "P1D", 0, 1, True, 1.0, Decimal(1), NOW.date(), dt.timedelta(days=1), ["x"]))
WRITTEN = st.sampled_from((None, "x", "y", "P1D", 0, 1, True, 0.5, Decimal(1), NOW.date(), dt.timedelta(days=1)))
CONDITIONS = st.one_of(
    st.builds(lambda key, value: field(key) == value, KEYS, WRITTEN),
    st.builds(lambda key, value: field(key) != value, KEYS, WRITTEN),
    st.builds(lambda key, found: field(key).is_in(found), KEYS, st.lists(WRITTEN, min_size=1, max_size=3)),
    st.sampled_from(
        [
            *map(Filter.parse, ("10 div a gt 3", "a mod b eq 0", "startswith(a,'x')", "contains(b,'x')", "b gt 0")),
            *map(Filter.parse, ("a/any(x:x eq 'x')", "length(a) div b eq 1", "a", "not b", "c eq 'x' or c eq 'y'")),
            *map(Filter.parse, ("'x' eq c", "a in b", "a/b eq 'x'", "a eq -9999-01-01", "Model.F(x=a)", "a has 'X'")),
        ]
    ),
)
LIKELY = st.recursive(
    CONDITIONS,
    lambda part: st.one_of(
        st.builds(lambda left, right: left & right, part, part),
        st.builds(lambda left, right: left | right, part, part),
        st.builds(lambda one: ~one, part),
    ),
    max_leaves=5,
)
SETS = st.dictionaries(st.sampled_from(NAMES), st.one_of(LIKELY, LIKELY, FILTERS, TREES), max_size=8)
ROWS = st.dictionaries(KEYS, VALUES)


@pytest.mark.thorough
@given(named=st.dictionaries(st.sampled_from(NAMES), LIKELY, max_size=8), row=ROWS)
def test_a_set_answers_as_its_filters_do(named: dict[str, Filter], row: dict[str, object]) -> None:
    """Filters that have much in common, some of which fail."""
    note(f"{named}\n{row}")
    assert_same(named, row)


@pytest.mark.thorough
@given(named=SETS, row=st.one_of(ROWS, rows("abcdef", values=SHAPES), SHAPES), options=OPTIONS)
def test_a_set_answers_for_rows_of_any_shape_and_any_options(
    named: dict[str, Filter], row: object, options: Options
) -> None:
    """Schemas, coercion, aliases and custom functions, on whatever stands for a row."""
    note(f"{named}\n{row!r:.500}\n{options}")
    assert_same(named, row, {"now": NOW, **options})


class Changes(RuleBasedStateMachine):
    """Filters come and go under their names, in a set and in a dict."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.named: dict[str, Filter] = {}
        self.set = FilterSet()

    @rule(name=st.sampled_from(NAMES), f=LIKELY)
    def put(self, name: str, f: Filter) -> None:
        """A new filter, or another one under an old name."""
        self.named[name] = self.set[name] = f

    @rule(name=st.sampled_from(NAMES))
    def take(self, name: str) -> None:
        """One filter less, if there is one of that name."""
        assert self.named.pop(name, None) == self.set.pop(name, None)

    @rule(row=ROWS)
    def ask(self, row: dict[str, object]) -> None:
        """The set has the filters of the dict in the dict's order, and their answers."""
        assert list(self.named.items()) == list(self.set.items())
        assert in_turn(self.named, row, {}) == answer(lambda: self.set.matching(row))


TestChanges = Changes.TestCase
TestChanges.settings = settings(settings.get_profile(settings.get_current_profile_name()), stateful_step_count=6)


# ---- Matching ----------------------------------------------------------------------------------------


def named(*texts: str) -> dict[str, Filter]:
    """Filters named by their texts."""
    return {text: Filter.parse(text) for text in texts}


def test_a_parameter_that_cannot_be_evaluated_fails_for_the_first_filter() -> None:
    """Whether that filter has the alias or not, as when it is asked alone."""
    unknown, known = Filter.parse("Model.F() eq 0"), Filter.parse("a eq 1")
    assert_same(named("a eq null", "a"), {}, {"parameters": {"@a": unknown}})
    assert_same(named("a eq null", "@a"), {"a": 1}, {"parameters": {"@a": known, "@b": 1}})


def test_names_come_in_the_order_of_definition() -> None:
    """Not in that of the keys or values by which filters are found."""
    texts = ("b eq 1", "a eq 'x' and b ne 2", "true", "a in ('y','x')", "a eq 'y'")
    assert texts[:4] == FilterSet(named(*texts)).matching({"a": "x", "b": 1})


def test_a_filter_waits_for_any_of_its_values() -> None:
    """Whether they stand in a list, under `or`, or under keys of their own."""
    found = FilterSet(named("a in ('x','y')", "a eq 'x' or a eq 'y'", "a eq 'y' or (b eq 1 and c eq 2)"))
    assert tuple(found) == found.matching({"a": "y"})
    assert tuple(found)[2:] == found.matching({"b": 1, "c": 2})
    assert () == found.matching({"a": "z"})
    both = FilterSet(named("a eq 'x' and b eq 1", "a in [b,1]"))
    assert () == both.matching({"a": "x"})
    assert ("a in [b,1]",) == both.matching({"a": "x", "b": "x"})


@pytest.mark.parametrize("value", [1, 1.0, True, "1", Kind.CAT, Text("cat"), dt.timedelta(days=1), None, ["cat"]])
@pytest.mark.parametrize("text", ["a eq 1", "a eq 'cat'", "a eq 'P1D'", "a in (1,'cat')", "a ne 'cat'", "not (a eq 1)"])
def test_a_value_of_another_type_is_left_to_the_filter(text: str, value: object) -> None:
    """It may equal the literal all the same."""
    assert_same(named(text, f"{text} and 1 div 0 eq 1", f"1 div 0 eq 1 and {text}"), {"a": value})


def test_rows_are_records_of_any_kind() -> None:
    """Mappings and objects with fields, as for a filter; anything else has no keys."""
    found = FilterSet(named("a eq 'x'", "a eq null"))
    assert [("a eq 'x'",)] * 3 == [found.matching(row) for row in ({"a": "x"}, Table({"a": "x"}), Place(a="x"))]
    assert ("a eq null",) == found.matching(5)


# ---- Errors ------------------------------------------------------------------------------------------


def test_an_error_names_the_filter() -> None:
    """The first that fails, in the order of definition."""
    found = FilterSet(named("a eq 1", "1 div a eq 1", "a mod a eq 1"))
    with pytest.raises(FilterEvaluationError, match="the filter '1 div a eq 1': an integer div by zero"):
        found.matching({"a": 0})
    assert ("a eq 1", "1 div a eq 1") == found.matching({"a": 1})


def test_a_filter_is_not_passed_over_where_it_fails() -> None:
    """What stands left of an equality is evaluated first, and may fail."""
    texts = ["1 div b eq 1 and a eq 'x'", "a eq 'x' and 1 div b eq 1", "b eq 0 and 1 div b eq 1 and a eq 'x'"]
    texts += ["a/b eq 'x' and 1 div b eq 1", "a ne 'x' and 1 div b eq 1", "a eq null and 1 div b eq 1"]
    for text in texts:
        for row in ({"a": "x", "b": 0}, {"a": "y", "b": 0}, {"b": 0}, {"a": 1, "b": 0}, {}):
            assert_same(named(text), row)


def test_a_filter_that_cannot_be_evaluated_says_so_for_every_row() -> None:
    """Until an option brings what it lacks."""
    found = FilterSet(named("a eq 'x' and Model.F(x=1)"))
    with pytest.raises(UnsupportedFilterError, match="is not known"):
        found.matching({})
    assert tuple(found) == found.matching({"a": "x"}, functions={"Model.F": lambda x: x == 1})
    assert_same(named("length(a) eq 1", "length(a) eq 1 and Model.F(x=1)"), {"a": "xx"})


# ---- What filters share ------------------------------------------------------------------------------


def test_a_shared_part_is_computed_once() -> None:
    """However many filters have it, and whatever it gives."""
    asked: list[str] = []

    def resolve(name: str) -> str:
        asked.append(name)
        return "x"

    part = "contains(a,$root/Word)"
    texts = (part, f"{part} and b ne 2", f"b eq 2 or {part}", f"b ne 1 and {part}")
    found = FilterSet(named(*texts))
    for value, expected in (("xx", texts[:3]), ("y", ()), ("xx", texts[:3])):
        asked.clear()
        assert expected == found.matching({"a": value, "b": 1}, root=resolve)
        assert ["Word"] == asked
    assert () == found.matching({"b": 3}, root=resolve)
    assert (f"b eq 2 or {part}",) == found.matching({"b": 2}, root=resolve)
    for text in texts[:3]:
        del found[text]
    asked.clear()
    assert texts[3:] == found.matching({"a": "xx"}, root=resolve)
    assert ["Word"] == asked


def test_equal_filters_are_all_named() -> None:
    """Under however many names, replaced or not."""
    text = "length(a) add b eq 3"
    found = FilterSet({name: Filter.parse(text) for name in "xyz"})
    found["y"] = Filter.parse(text)
    found["w"] = Filter.parse("b eq 1")
    assert ("x", "y", "z", "w") == found.matching({"a": "xx", "b": 1})
    del found["x"]
    assert ("y", "z") == found.matching({"a": "x", "b": 2})
    with pytest.raises(FilterEvaluationError, match="the filter 'y'"):
        FilterSet({name: Filter.parse("1 div b eq 1") for name in "yz"}).matching({"b": 0})


def test_several_equalities_about_one_key_must_all_be_true() -> None:
    """Those that contradict each other, and those with values of two types."""
    texts = ["a eq 'x' and a eq 'y'", "a in ('x','y') and a ne 'x'", "a ne 'x' and a ne 'y'", "a eq 'x' and a ne 1"]
    texts += ["a in ('x','y') and a in ('y','z') and b eq 1", "a eq 'x' and a eq 1", "b eq 1 and (a eq 'y' or b ne 1)"]
    texts += ["a eq 'y' or 1 div b eq 1", "1 div b eq 1 or a eq 'y'", "b ne 1 and (a ne 'x' or c eq 1)"]
    for value in ("x", "y", "z", 1, 1.0, None, ["x"]):
        for other in (1, 0, "x", None):
            assert_same(named(*texts), {"a": value, "b": other})


# ---- As a mapping ------------------------------------------------------------------------------------


def test_filters_may_come_and_go_for_long() -> None:
    """The order of those that stay is kept."""
    found = FilterSet(named("a eq 1", "b eq 1"))
    for number in range(300):
        found[str(number)] = Filter.parse(f"a eq {number} or b eq {number}")
        if number >= 5:
            del found[str(number - 5)]
    assert ("a eq 1", "297") == found.matching({"a": 1, "b": 297})
    assert ("b eq 1", "299") == found.matching({"a": 299, "b": 1})
    assert 7 == len(found)


def test_a_set_is_changed_like_a_dict() -> None:
    """Names to filters: put, replaced in its place, taken, shown."""
    found = FilterSet({"a": Filter.parse("a eq 1"), "b": Filter.parse("b eq 1")})
    found["c"] = Filter.parse("true")
    found["a"] = Filter.parse("a eq 2")
    assert ("a", "c") == found.matching({"a": 2})
    del found["c"]
    assert "FilterSet({'a': Filter.parse('a eq 2'), 'b': Filter.parse('b eq 1')})" == repr(found)
    assert 2 == len(found)
    with pytest.raises(KeyError):
        found["c"]
    with pytest.raises(FilterValidationError, match="a filter set holds filters, and 'b' would be a str"):
        found["b"] = "b eq 1"  # type: ignore[assignment] # what is tried
    assert ("b",) == found.matching({"b": 1})
