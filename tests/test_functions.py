"""The table of canonical functions: names, overloads, and what the functions on texts give."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import edm
from odata_filter.errors import FilterEvaluationError
from odata_filter.functions import ANY, FUNCTIONS, canonical, fits
from odata_filter.parser import parse

EVERY = [pytest.param(function.name, id=function.name) for function in FUNCTIONS]


def body(name: str) -> Callable[..., object]:
    """What a function of the table computes."""
    function = canonical(name)
    assert function is not None
    assert function.body is not None
    return function.body


# ---- The table -------------------------------------------------------------------------------


def test_the_table_has_every_canonical_function_of_the_standard() -> None:
    """Sections 5.1.1.5 to 5.1.1.11; `case` has a node of its own."""
    strings = {"concat", "contains", "endswith", "indexof", "length", "startswith", "substring"}
    strings |= {"hassubset", "hassubsequence", "matchesPattern", "tolower", "toupper", "trim"}
    times = {"date", "day", "fractionalseconds", "hour", "maxdatetime", "mindatetime", "minute", "month", "now"}
    times |= {"second", "time", "totaloffsetminutes", "totalseconds", "year"}
    others = {"ceiling", "floor", "round", "cast", "isof", "geo.distance", "geo.intersects", "geo.length"}
    assert strings | times | others == {function.name for function in FUNCTIONS}


def test_the_table_is_in_the_order_of_the_standard() -> None:
    """By section number, each of them once."""
    sections = [tuple(map(int, function.section.split("."))) for function in FUNCTIONS]
    assert sorted(set(sections)) == sections
    assert all(section[:3] == (5, 1, 1) for section in sections)


def test_no_two_functions_have_the_same_name() -> None:
    """In any mix of cases."""
    assert len({function.name.lower() for function in FUNCTIONS}) == len(FUNCTIONS)


@pytest.mark.parametrize("name", EVERY)
def test_a_name_counts_in_any_case(name: str) -> None:
    """Upper case, lower case and a mix."""
    spellings = {name, name.upper(), name.lower(), name.title(), name.swapcase()}
    assert [name] * len(spellings) == [function.name for function in map(canonical, spellings) if function is not None]


@pytest.mark.parametrize("name", ["", "strlen", "contains ", "substringof", "geo", "geo.area", "case", "any", "not"])
def test_another_name_is_no_canonical_function(name: str) -> None:
    """Not those of other languages, of 4.0, nor the words with a rule of their own."""
    assert canonical(name) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("now", (0,)),
        ("tolower", (1,)),
        ("contains", (2,)),
        ("substring", (2, 3)),
        ("cast", (2,)),
        ("geo.length", (1,)),
    ],
)
def test_a_function_knows_how_many_arguments_it_takes(name: str, expected: tuple[int, ...]) -> None:
    """Ascending, each number once."""
    function = canonical(name)
    assert function is not None
    assert expected == function.arities()


@pytest.mark.parametrize("name", EVERY)
def test_every_function_can_be_called_in_a_filter(name: str) -> None:
    """With each of its numbers of arguments."""
    function = canonical(name)
    assert function is not None
    for arity in function.arities():
        called = parse(f"{name}({','.join(['a', 'b', 'c'][:arity])})")
        assert getattr(called, "name", None) == name


@pytest.mark.parametrize("name", EVERY)
def test_every_function_but_now_has_a_body(name: str) -> None:
    """`now` depends on the evaluation, and is answered there."""
    function = canonical(name)
    assert function is not None
    assert (function.body is None) == (name == "now")


def test_a_function_on_texts_takes_collections_as_well() -> None:
    """The overloads that came with 4.01."""
    function = canonical("contains")
    assert function is not None
    kinds = [signature.parameters for signature in function.signatures]
    assert [frozenset({edm.STRING})] * 2 == list(kinds[0])
    assert [frozenset({edm.COLLECTION})] * 2 == list(kinds[1])


def test_kinds_fit_a_signature_one_by_one() -> None:
    """Null fits none, and a parameter without kinds takes every other value."""
    text, number = frozenset({edm.STRING}), frozenset({edm.INT64, edm.DECIMAL})
    assert fits([edm.STRING, edm.DECIMAL], [text, number])
    assert fits([], [])
    assert fits([edm.BINARY], [ANY])
    assert not fits([edm.NULL], [ANY])
    assert not fits([edm.STRING, edm.DOUBLE], [text, number])
    assert not fits([edm.STRING], [text, number])


# ---- Functions on texts ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("concat", ("a", "b"), "ab"),
        ("concat", ("", ""), ""),
        ("contains", ("abc", "bc"), True),
        ("contains", ("abc", "BC"), False),
        ("contains", ("abc", ""), True),
        ("contains", ("", "a"), False),
        ("endswith", ("abc", "bc"), True),
        ("endswith", ("abc", "ab"), False),
        ("endswith", ("abc", ""), True),
        ("endswith", ("bc", "abc"), False),
        ("startswith", ("abc", "ab"), True),
        ("startswith", ("abc", "bc"), False),
        ("startswith", ("abc", ""), True),
        ("startswith", ("ab", "abc"), False),
        ("indexof", ("abcbc", "bc"), 1),
        ("indexof", ("abc", "x"), -1),
        ("indexof", ("abc", ""), 0),
        ("length", ("abc",), 3),
        ("length", ("\U0001f600",), 1),
        ("length", ("e\u0301",), 2),
        ("substring", ("abcde", 1), "bcde"),
        ("substring", ("abcde", 0), "abcde"),
        ("substring", ("abcde", 5), ""),
        ("substring", ("abcde", 9), ""),
        ("substring", ("abcde", -2), "de"),
        ("substring", ("abcde", -9), "abcde"),
        ("substring", ("abcde", 1, 2), "bc"),
        ("substring", ("abcde", 1, 0), ""),
        ("substring", ("abcde", 3, 9), "de"),
        ("substring", ("abcde", -2, 1), "d"),
        ("substring", ("abcde", -9, 2), "ab"),
        ("tolower", ("ÀB",), "àb"),
        ("toupper", ("àb",), "ÀB"),
        ("toupper", ("straße",), "STRASSE"),
        ("trim", (" \t\n\u00a0\u3000x y\u2028 ",), "x y"),
        ("trim", ("\x1cx\x1f",), "\x1cx\x1f"),
        ("trim", ("\ufeffx\u200b",), "\ufeffx\u200b"),
        ("trim", ("   ",), ""),
    ],
)
def test_a_function_on_texts_gives_what_the_standard_says(
    name: str, arguments: tuple[object, ...], expected: object
) -> None:
    """Case counts, positions start at zero, and an empty part is in every text."""
    assert expected == body(name)(*arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("concat", ([1], [2, 3]), [1, 2, 3]),
        ("concat", ((1,), [2]), [1, 2]),
        ("contains", ([1, 2, 3], [2, 3]), True),
        ("contains", ([1, 2, 3], [1, 3]), False),
        ("contains", ([1, 2, 3], []), True),
        ("contains", ([1, 2], (1, 2)), True),
        ("contains", ([1], [True]), False),
        ("endswith", ([1, 2, 3], [2, 3]), True),
        ("endswith", ([1, 2, 3], [1, 2]), False),
        ("endswith", ([3], [2, 3]), False),
        ("startswith", ([1, 2, 3], [1, 2]), True),
        ("startswith", ([1, 2, 3], [2]), False),
        ("startswith", ([1], [1, 2]), False),
        ("indexof", ([1, 2, 3], [3]), 2),
        ("indexof", ([1, 2, 3], [4]), -1),
        ("indexof", ([1, 2, 3], []), 0),
        ("length", ([1, 2],), 2),
        ("substring", ([1, 2, 3], 1), [2, 3]),
        ("substring", ([1, 2, 3], -1), [3]),
        ("substring", ([1, 2, 3], 1, 1), [2]),
        ("hassubset", ([1, 2, 2], [2, 1]), True),
        ("hassubset", ([1, 2], [1, 1, 2]), False),
        ("hassubset", ([1], []), True),
        ("hassubsequence", ([1, 2, 3], [1, 3]), True),
        ("hassubsequence", ([1, 2, 3], [3, 1]), False),
        ("hassubsequence", ([1, 2, 1], [1, 1]), True),
        ("hassubsequence", ([1, 2], [1, 1]), False),
        ("hassubsequence", ([1], []), True),
    ],
)
def test_a_function_on_collections_gives_what_the_standard_says(
    name: str, arguments: tuple[object, ...], expected: object
) -> None:
    """A part is a run of members, and members compare by `eq`."""
    assert expected == body(name)(*arguments)


@pytest.mark.parametrize("whole", ["a" * 9_999_999, [1] * 9_999_999])
def test_concat_has_a_longest_result(whole: Any) -> None:  # noqa: ANN401 - a str or a list
    """Ten million characters or members; a filter may name one long value many times over."""
    assert 10_000_000 == len(body("concat")(whole, whole[:1]))  # type: ignore[arg-type] # a Sized
    with pytest.raises(FilterEvaluationError) as caught:
        body("concat")(whole, whole[:2])
    assert "too-long" == caught.value.problems[0].code


@pytest.mark.parametrize("whole", ["abc", [1, 2, 3]])
def test_a_negative_length_is_an_error(whole: object) -> None:
    """The request fails; it gives no null."""
    with pytest.raises(FilterEvaluationError) as caught:
        body("substring")(whole, 1, -1)
    assert caught.value.problems[0].code == "negative-length"
    assert "-1" in caught.value.message


@given(st.text("ab", max_size=6), st.text("ab", max_size=3))
def test_texts_and_lists_of_their_characters_agree(whole: str, part: str) -> None:
    """Each function means the same on both."""
    for name in ("contains", "startswith", "endswith", "indexof"):
        assert body(name)(whole, part) == body(name)(list(whole), list(part))


@given(st.text("ab", max_size=6), st.integers(-8, 8), st.integers(0, 8))
def test_a_part_of_a_text_is_found_in_it(whole: str, start: int, length: int) -> None:
    """Whatever is cut out of a text occurs in it, and is no longer than asked for."""
    part = body("substring")(whole, start, length)
    assert isinstance(part, str)
    assert body("contains")(whole, part) is True
    assert len(part) <= length
    assert body("startswith")(body("substring")(whole, start), part) is True
