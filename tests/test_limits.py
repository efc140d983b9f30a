"""Limits: what is beyond one is refused with its name, its value and its place."""

from dataclasses import fields
from typing import Any

import pytest

from odata_filter import Filter, FilterSyntaxError, FilterValidationError, Limits
from odata_filter.limits import DEFAULT

BEYOND: dict[str, tuple[str, dict[str, int], str, tuple[int, int]]] = {
    "text": ("a eq 12", {"text": 6}, "7 characters", (6, 7)),
    "depth": ("not (1 eq 2 add 3)", {"depth": 3}, "more than 3 levels", (10, 11)),
    "nodes": ("a eq 1 or b eq 2", {"nodes": 6}, "more than 6 nodes", (15, 16)),
    "literal": ("a eq 'abc'", {"literal": 2}, "a literal of 3 characters", (5, 10)),
    "members": ("a in (1,2,3)", {"items": 2}, "3 items in one place", (5, 12)),
    "entries": ('a eq {"x":1,"y":2,"z":3}', {"items": 2}, "3 items in one place", (5, 24)),
    "pattern": ("matchesPattern(a,'abc')", {"pattern": 2}, "a pattern of 3 characters", (17, 22)),
}


@pytest.mark.parametrize(("text", "limits", "size", "place"), BEYOND.values(), ids=BEYOND)
def test_a_limit_says_which_it_is_and_where(
    text: str, limits: dict[str, Any], size: str, place: tuple[int, int]
) -> None:
    """In one line, with what was found and what is allowed."""
    [(name, value)] = limits.items()
    with pytest.raises(FilterSyntaxError) as caught:
        Filter.parse(text, limits=Limits(**limits))
    [problem] = caught.value.problems
    assert f"the filter has {size}, and the limit `{name}` is {value}" == problem.message
    assert ("limit", place) == (problem.code, (problem.position, problem.end))


@pytest.mark.parametrize(("text", "limits", "size", "place"), BEYOND.values(), ids=BEYOND)
def test_what_keeps_to_a_limit_is_read(text: str, limits: dict[str, Any], size: str, place: tuple[int, int]) -> None:
    """One more is enough."""
    assert size
    assert place
    assert Filter.parse(text) == Filter.parse(text, limits=Limits(**{name: most + 1 for name, most in limits.items()}))


def test_a_chain_has_any_length_and_a_computed_pattern_any_text() -> None:
    """Neither is a list, and what is computed has its limit where it is evaluated."""
    text = "a eq 1 or a eq 2 or a eq 3 or matchesPattern(a,b)"
    assert text == str(Filter.parse(text, limits=Limits(items=2, pattern=1)))


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
@pytest.mark.parametrize("value", [0, -1, None, 1.5, "9"])
def test_a_limit_is_a_positive_integer(name: str, value: Any) -> None:  # noqa: ANN401 - that is what is tested
    """Anything else is refused where the limits are made."""
    with pytest.raises(FilterValidationError, match=f"^the limit {name} is a positive integer"):
        Limits(**{name: value})


@pytest.mark.parametrize(("name", "most"), [("depth", 100), ("pattern", 1000)])
def test_two_limits_have_a_most(name: str, most: int) -> None:
    """Deeper trees and longer patterns are beyond what can be computed with safely."""
    assert most == getattr(Limits(**{name: most}), name)
    with pytest.raises(FilterValidationError, match=f"^the limit {name} is a positive integer up to {most}, not"):
        Limits(**{name: most + 1})


def test_a_filter_that_was_built_has_no_limits_but_the_depth() -> None:
    """Its caller made it; only a text comes from strangers."""
    made = Filter.parse(f"a in ({'1,' * DEFAULT.items}1)", limits=Limits(items=DEFAULT.items + 1))
    assert () == Filter(made.expression).problems()
