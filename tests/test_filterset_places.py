"""The filter set's tree of places: what is decided by a value for all filters at once, and what is left to a filter.

`HYPOTHESIS_PROFILE=thorough python -m pytest tests/test_filterset_places.py` tries 10,000 sets of many filters.
"""

import datetime as dt
import os
import random
from collections.abc import Sequence
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from odata_filter import Filter, FilterEvaluationError, FilterSet
from test_filterset import assert_same, named
from test_random_shapes import Kind, Table, Text

UTC = dt.UTC
NOON = dt.datetime(2024, 2, 29, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
ZEROS = "1 div b eq 1"
"""A condition that fails where b is 0, and is null without b."""


# ---- Bounds and lists --------------------------------------------------------------------------------

BOUNDS = [f"a {operator} 2" for operator in ("eq", "ne", "gt", "ge", "lt", "le")]
RANGES = ["a gt 1 and a lt 3", "a ge 2 and a le 2", "a gt 2 and a lt 2", "a gt 1 or a lt 3", "a lt 1 or a gt 3"]
RANGES += ["a le 2 or a ge 2", "a lt 2 or a gt 2", "a gt 1 and a gt 2 and a ge 2", "a lt 3 and a le 2", "2 lt a"]
RANGES += ["a ge 1 and a ne 2 and a lt 5", "a eq 2 or a gt 2.5", "a in (1,2) or a ge 3", "a gt -1e0 and a in (1,3)"]
LISTS = ["a in (1,2) and a ne 1", "a ne 1 or a eq 1", "a in (1,2) or a in (2,3)", "a eq 1 and a eq 2", "a in (1,null)"]
LISTS += [
    "a ne 1 and a ne 2",
    "a ne 1 or a ne 2",
    "a eq null",
    "a ne null",
    "a eq null or a eq 1",
    "a ne null and a ne 1",
]
NEGATED = [f"not ({text})" for text in (*BOUNDS, *RANGES, *LISTS)]
NUMBERS = [None, 0, 1, 2, 3, 5, 1.5, 2.0, 2.5, float("nan"), float("inf"), Decimal(2), Decimal("2.5"), True, "2", [2]]


@pytest.mark.parametrize("value", NUMBERS, ids=repr)
def test_a_number_is_found_between_bounds(value: object) -> None:
    """At a bound, beside it, in a list, and as a value that has another type than the literals or none."""
    assert_same(named(*BOUNDS, *RANGES, *LISTS, *NEGATED), {"a": value})


def test_bounds_may_be_many() -> None:
    """So many that only every other state is kept; filters come and go."""
    found = FilterSet({str(bound): Filter.parse(f"a gt {bound}") for bound in range(1500)})
    assert () == found.matching({"a": 0})
    assert tuple(map(str, range(700))) == found.matching({"a": 700})
    assert tuple(map(str, range(701))) == found.matching({"a": 700.5})
    assert tuple(map(str, range(1500))) == found.matching({"a": 1e6})
    found["3"] = Filter.parse("a lt 2")
    del found["0"]
    assert ("1", "2") == found.matching({"a": 3})
    assert ("3",) == found.matching({"a": 1})


def test_a_value_may_stand_in_few_filters_of_many() -> None:
    """And in more of them, and in fewer again: each answer is that of the filters that are there."""
    found = FilterSet({str(at): Filter.parse(f"a eq {at % 700 if at % 3 else 1} or b gt {at}") for at in range(2000)})

    def expected(row: dict[str, int]) -> tuple[str, ...]:
        return tuple(name for name, one in found.items() if one.matches(row))

    for row in ({"a": 1}, {"a": 599}, {"a": 3}, {"a": 5, "b": 900}):
        assert expected(row) == found.matching(row)
        for name in expected(row)[1::2]:
            del found[name]
        assert expected(row) == found.matching(row)
    assert len(found) < 1300


@pytest.mark.parametrize(
    "value",
    [NOON, NOON.astimezone(dt.timezone(dt.timedelta(hours=1))), NOON.astimezone(BERLIN), NOON.replace(tzinfo=None)],
    ids=["UTC", "an offset", "a time zone", "a wall clock"],
)
def test_a_moment_is_compared_as_the_evaluator_does(value: object) -> None:
    """Whatever its time zone; without one it is another type."""
    texts = [f"a {operator} 2024-02-29T12:00:00Z" for operator in ("eq", "ne", "gt", "ge", "lt", "le")]
    assert_same(named(*texts, *(f"not ({text})" for text in texts)), {"a": value})


@pytest.mark.parametrize("value", [dt.time(12), dt.time(12, tzinfo=UTC), NOON.date(), "12:00"], ids=repr)
def test_a_time_of_day_is_compared_as_the_evaluator_does(value: object) -> None:
    """One with a time zone has no order."""
    assert_same(
        named("a eq 12:00", "a gt 11:00", "not (a gt 11:00)", "a eq 2024-02-29", "a ge 2024-01-01"), {"a": value}
    )


def test_a_literal_without_order_or_exact_value_is_left_to_its_filter() -> None:
    """NaN, and a decimal that no double equals."""
    texts = ("a eq NaN", "a ne NaN", "a gt NaN", "a lt 9007199254740993.5", "a eq 9007199254740993.5")
    for value in (1, float("nan"), 9007199254740993, 9007199254740992.0, None):
        assert_same(named(*texts), {"a": value})


# ---- Parts of strings --------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["contains", "startswith", "endswith"])
def test_parts_of_a_string_are_found_for_all_filters_at_once(function: str) -> None:
    """Short and long ones, the empty one, several in one filter; null and other types are for the filters."""
    parts = [f"{function}(a,'{part}')" for part in ("", "x", "xy", "yx", "xyx", "abcdefgh", "z")]
    texts = [*parts, *(f"not {part}" for part in parts), f"{parts[1]} and {parts[3]} and {parts[1]}"]
    texts += [f"{parts[1]} or {parts[3]}", f"not ({parts[1]} and {parts[2]})", f"b eq 1 or {parts[1]}"]
    texts += [f"{parts[1]} and {ZEROS}", f"not {parts[1]} or {ZEROS}", f"({parts[1]} or c eq 1) and {ZEROS}"]
    for value in ("", "x", "xyx", "axyxb", "yx" * 99, None, 1, Text("xyx"), Kind.CAT, ["x"]):
        assert_same(named(*texts), {"a": value, "b": 1})
        assert_same(named(*texts), {"a": value, "b": 0})


def test_few_filters_are_asked_instead_of_searching_for_many_parts() -> None:
    """A keyword for each tenant: only those of one tenant can be true."""
    texts = [f"tenant eq {number // 2} and contains(a,'word{number}')" for number in range(100)]
    assert (texts[4],) == FilterSet(named(*texts)).matching({"tenant": 2, "a": "word4 word8"})


def test_a_member_of_a_collection_is_found_for_all_filters_at_once() -> None:
    """Where all members are of simple types; other collections are for the filters."""
    anys = [f"a/any(x:x eq '{part}')" for part in ("x", "y", "z", "P1D")]
    texts = [*anys, *(f"not {one}" for one in anys), f"{anys[0]} and {anys[1]}", f"{anys[0]} or {anys[1]}"]
    texts += [f"{anys[0]} and {ZEROS}", f"not {anys[0]} or {ZEROS}", "a/any(x:b eq 'x')", f"a/any(x:{ZEROS})"]
    members: Sequence[object] = (
        [],
        ["x"],
        ["y", "x", "x"],
        ["z", 1, None, True],
        [Text("x")],
        [Kind.CAT],
        [dt.timedelta(1)],
        [["x"]],
    )
    for value in (*members, ("x",), {"x"}, None, "x", 1, {"x": 1}):
        assert_same(named(*texts), {"a": value, "b": 1})
        assert_same(named(*texts), {"a": value, "b": 0})


def test_a_value_of_another_kind_is_null_where_it_is_compared() -> None:
    """A number, a Boolean and a string: that is no reason to ask each filter, but for one that may fail behind it."""
    tests = [
        "a eq 'x'",
        "a ne 'x'",
        "a gt 'x'",
        "a in ('x','y')",
        "a eq 1",
        "a le 1",
        "a in (1,2)",
        "a eq true",
        "a ge false",
    ]
    texts = [*tests, *(f"not ({one})" for one in tests), *(f"b eq 1 or {one}" for one in tests)]
    texts += [f"({one} or c eq 1) and {ZEROS}" for one in tests] + [f"not ({one}) and {ZEROS}" for one in tests]
    texts += ["a eq 1 or a eq 'x'", "a ne 1 and a ne 'x'", "not (a in ('x','y') or a eq 'z')"]
    for a, b in product(("x", 1, 1.0, True, float("nan"), Decimal(1), None), (0, 1, 2)):
        assert_same(named(*texts), {"a": a, "b": b, "c": 2})


# ---- Expressions -------------------------------------------------------------------------------------


def test_an_expression_is_computed_once_for_all_comparisons() -> None:
    """A function, a path, arithmetic: its value is looked up as that of a key is."""
    found = FilterSet(named(*(f"length(a) gt {number}" for number in range(10))))
    assert tuple(found)[:2] == found.matching({"a": "xx"})
    assert () == found.matching({})
    found = FilterSet(named(*(f"a/b eq {number % 5} and c mul 2 gt {number}" for number in range(50))))
    assert ("a/b eq 2 and c mul 2 gt 2", "a/b eq 2 and c mul 2 gt 7") == found.matching({"a": {"b": 2}, "c": 5})
    assert () == found.matching({"a": 2, "c": 5})


def test_an_expression_that_fails_fails_for_the_filters_that_reach_it() -> None:
    """The first of them is named."""
    texts = [f"b ne {number} and 1 div a gt {number - 5}" for number in range(20)]
    found = FilterSet(named(*texts))
    assert tuple(texts[:6]) == found.matching({"a": 1, "b": 99})
    with pytest.raises(FilterEvaluationError, match="the filter 'b ne 1 and 1 div a gt -4': an integer div by zero"):
        found.matching({"a": 0, "b": 0})


def test_a_condition_that_fails_fails_for_the_filters_that_reach_it() -> None:
    """One that is asked by itself, as it compares two keys."""
    found = FilterSet({str(number): Filter.parse(f"b ne {number // 4} and 1 div a eq c") for number in range(20)})
    assert tuple(found)[4:] == found.matching({"a": 1, "b": 0, "c": 1})
    with pytest.raises(FilterEvaluationError, match="the filter '4': an integer div by zero"):
        found.matching({"a": 0, "b": 0, "c": 1})


def test_an_expression_has_one_value_wherever_it_stands() -> None:
    """Under `and`, under `or`, and in filters that are asked in turn."""
    texts = [*(f"length(a) gt {number}" for number in range(10)), "b eq 1 and (length(a) eq 3 or c eq 1)"]
    texts += [f"b eq 1 and (length(a) eq {number} or c eq 2)" for number in range(10)]
    for a in ("", "xxx", None, 1, ["x"]):
        assert_same(named(*texts), {"a": a, "b": 1})


def test_an_expression_may_be_a_condition_as_well() -> None:
    """Its value is one thing, and whether it is true another."""
    texts = [*(f"contains(a,'{number}')" for number in range(10)), "a", "not a"]
    for a in ("3", True, False, 1, None):
        assert_same(named(*texts), {"a": a})


# ---- What may fail -----------------------------------------------------------------------------------

RISKY = [
    f"{ZEROS} and a eq 1",
    f"a eq 1 and {ZEROS} and c eq 1",
    f"{ZEROS} or a eq 1",
    f"a eq 1 or {ZEROS} or c eq 1",
    f"a eq 1 and (c eq 1 or {ZEROS})",
    f"(c eq 1 or {ZEROS}) and a eq 1",
    f"(c eq 1 or {ZEROS}) and a eq 1 and 1 div d eq 1",
    f"(c eq 1 or startswith(e,'x')) and {ZEROS}",
    f"startswith(e,'x') and {ZEROS}",
    f"e/any(x:x eq 1) and {ZEROS}",
    f"not (e/any(x:x eq 1) and {ZEROS})",
    f"not (a eq 1 and {ZEROS} and c eq 1)",
    f"not (c eq 1 or {ZEROS}) and 1 div d eq 1",
    f"(a eq 1 and {ZEROS} or c eq 1) and 1 div d eq 1",
    "matchesPattern(e,'^x') and matchesPattern(e,a)",
]


@pytest.mark.parametrize("text", RISKY)
def test_what_may_fail_is_reached_from_left_to_right(text: str) -> None:
    """Behind what is false under `and`, or true under `or`, nothing is evaluated; behind null it is."""
    few, many = named(text), {str(number): Filter.parse(text) for number in range(12)}
    alone, together = FilterSet(few), FilterSet(many)
    for a, b, c, d, e in product((1, 2, "s"), (0, 1, None), (1, 2, "s"), (0, 1), ("x", "y", None, 5)):
        row = {"a": a, "b": b, "c": c, "d": d, "e": e}
        assert_same(few, row, made=alone)
        assert_same(many, row, made=together)


def test_a_null_before_what_may_fail_leaves_it_to_the_filter() -> None:
    """Even where something else in front of it is shared by filters that cannot fail."""
    texts = [f"startswith(e,'x') and {ZEROS}", "startswith(e,'x')", "e/any(x:x eq 1)", f"e/any(x:x eq 1) and {ZEROS}"]
    for e in ("x", "y", None, 5, [1], []):
        assert_same(named(*texts), {"b": 0, "e": e})


# ---- Limits ------------------------------------------------------------------------------------------


def test_a_filter_with_more_than_places_hold_is_asked_for_the_rest() -> None:
    """Many keys, many `or`s, and many levels of both, with and without what may fail."""
    keys = " and ".join(f"k{number} eq 1" for number in range(40))
    words = " and ".join(f"contains(k{number},'x')" for number in range(40))
    choices = " and ".join(f"(k{number} eq 1 or k{number + 1} eq 2)" for number in range(12))
    steps = " and ".join(f"1 div k{number} eq 1" for number in range(12))
    deep = "k9 eq 1"
    for number in range(9):
        deep = f"k{number} eq 1 and (k{number} eq 2 or {deep})" if number % 2 else f"k{number} eq 2 or ({deep})"
    texts = (keys, words, choices, steps, deep, f"not ({keys})", f"not ({choices})", f"not ({deep})")
    full = {f"k{number}": 1 for number in range(40)}
    for row in (dict.fromkeys(full, "x"), full, full | {"k39": 2}, full | {"k11": 0}, full | {"k3": None}, {}):
        assert_same(named(*texts), row)


def test_few_names_and_many_come_in_their_order() -> None:
    """There are two ways of finding them."""
    found = FilterSet({str(number): Filter.parse(f"a le {number}") for number in range(100)})
    for a in (0, 1, 50, 98, 99):
        assert tuple(map(str, range(a, 100))) == found.matching({"a": a})


def test_keys_that_a_row_lacks_are_null() -> None:
    """However many keys there are, whether null decides or not, and wherever they stand."""
    found = {}
    for number in range(60):
        one, two, three = (f"k{(number * step) % 40}" for step in (1, 7, 11))
        found[f"{number} and"] = Filter.parse(f"{one} eq 1 and {two} lt 5 and {three} ne 3")
        found[f"{number} or"] = Filter.parse(f"{one} ne 1 and ({two} gt 5 or {three} eq null or {one} eq 2)")
        found[f"{number} not"] = Filter.parse(f"not ({one} eq 1 or {two} in (2,null) or {three} ge 1)")
    made = FilterSet(found)
    for size in (0, 1, 5, 20, 39, 40):
        row = {f"k{number}": (number * size) % 9 if number % 7 else None for number in range(size)}
        assert_same(found, row, made=made)
        assert_same(found, Table(row), made=made)
        for name in [*found][:: size + 3]:
            del found[name], made[name]


# ---- Options -----------------------------------------------------------------------------------------


def test_a_collation_orders_strings_its_own_way() -> None:
    """The tables know one order only."""
    texts = named("a gt 'B'", "a lt 'B'", "a eq 'b'")
    assert ("a lt 'B'",) == FilterSet(texts).matching({"a": "a"}, collation=str.upper)
    assert ("a gt 'B'",) == FilterSet(texts).matching({"a": "a"})


def test_a_string_may_stand_for_what_it_is_compared_with() -> None:
    """On either side, where the option says so."""
    texts = named("a eq 2024-02-29", "a gt 2024-01-01", "a eq '2024-02-29'", "a eq duration'P1D'", "a ne 'P1D'")
    for value in ("2024-02-29", NOON.date(), "P1D", dt.timedelta(days=1)):
        assert_same(texts, {"a": value}, {"coerce": True})


# ---- Many filters ------------------------------------------------------------------------------------

LITERALS = ("'x'", "'y'", "'xy'", "'P1D'", "0", "1", "2", "true", "1.0", "2.5", "null", "2024-02-29", "NaN")
VALUES = ("x", "y", "xyz", "", 0, 1, 2, 3, True, 1.0, 2.5, Decimal("2.5"), None, None, NOON.date(), ["x"], {"b": "x"})
USUAL = ("x", "y", 1, 2, None)


def condition(chance: random.Random) -> str:
    """A condition on one or two of four keys, most often a simple one."""
    key, other, number = chance.choice("abcd"), chance.choice("abcd"), chance.randrange(4)
    literal = chance.choice(LITERALS if chance.random() < 0.4 else LITERALS[:2] + LITERALS[4:7])
    bound = f"{chance.choice(('gt', 'ge', 'lt', 'le'))} {number}"
    function = chance.choice(("contains", "startswith", "endswith"))
    return chance.choice(
        (
            *(f"{key} {operator} {literal}" for operator in ("eq", "eq", "ne", "ne", "gt", "ge", "lt", "le")),
            *(f"{key} {bound}", f"{number} {bound[:2]} {key}", f"{key} in ({literal},'x')", f"{key} in (1,2)"),
            *(f"{function}({key},'x')", f"{function}({key},'xy')", f"{function}(tolower({key}),'y')", key),
            *(f"length({key}) {bound}", f"{key}/b eq {literal}", f"{key} mod 2 eq 1", f"1 div {key} {bound}"),
            *(f"{key} eq {other}", f"{key} add {other} {bound}", f"{key}/any(x:x eq 'x')", f"{key} ne null"),
        )
    )


def tree(chance: random.Random, levels: int) -> str:
    """Conditions under `and`, `or` and `not`."""
    if levels == 0 or chance.random() < 0.2:
        return condition(chance)
    join = chance.choice((" and ", " or "))
    text = join.join(f"({tree(chance, levels - 1)})" for _ in range(chance.randint(2, 4)))
    return f"not ({text})" if chance.random() < 0.2 else text


def texts_of(chance: random.Random) -> Sequence[str]:
    """Some filters, half of the time none that fails, as an error hides what comes after it."""
    found = [tree(chance, chance.randrange(4)) for _ in range(chance.choice((1, 3, 10, 30)))]
    if chance.random() < 0.5:
        found = [text for text in found if "div" not in text] or ["true"]
    return chance.choices(found, k=chance.choice((1, 4, 40)))


@pytest.mark.thorough
@pytest.mark.parametrize("part", range(4))
def test_many_filters_answer_as_each_does(part: int) -> None:
    """Sets with a seed, of filters that have much in common, changed between the rows."""
    sets = 2_500 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 60
    for seed in range(part * sets, part * sets + sets):
        chance = random.Random(seed)  # noqa: S311 - only examples
        filters = {str(number): Filter.parse(text) for number, text in enumerate(texts_of(chance))}
        found = FilterSet(filters)
        for _ in range(12):
            values = VALUES if chance.random() < 0.4 else USUAL
            row = {key: chance.choice(values) for key in "abcd" if chance.random() < 0.9}
            assert_same(filters, row, made=found)
            name = chance.choice([*filters])
            filters[name] = found[name] = Filter.parse(tree(chance, 2))
