"""Classes of data without `dataclasses`: what they share with those of the standard library, and what they refuse."""

import dataclasses
from types import ModuleType
from typing import Any

import pytest

from odata_filter import data
from odata_filter.data import dataclass, maker
from odata_filter.nodes import IT, Comparison, Literal

MANY = 20
"""More instances than are made before the class has its own function for that."""


def test_a_class_without_slots_is_refused() -> None:
    """The library has none, and a class with a `__dict__` could be changed."""
    with pytest.raises(NotImplementedError):
        dataclass(slots=False)


def test_the_standard_library_knows_the_fields() -> None:
    """`dataclasses.fields` and `replace` work as on its own classes."""
    literal = Literal("Edm.String", "cat")
    assert ["type", "text", "span"] == [field.name for field in dataclasses.fields(literal)]
    assert Literal("Edm.String", "dog") == dataclasses.replace(literal, text="dog")
    assert dataclasses.fields(literal)[0] is dataclasses.fields(Literal)[0]


# ---- Instances -----------------------------------------------------------------------------------------


def classes(module: ModuleType) -> tuple[type, type]:
    """Two classes by `dataclasses` or by the module here: one with fields of every kind, and one for keywords alone."""

    @module.dataclass(slots=True)
    class Positional:
        first: int
        second: int = 2
        third: tuple[int, ...] = module.field(default_factory=tuple)
        fourth: list[int] = module.field(default_factory=list, init=False)

        def __post_init__(self) -> None:
            self.fourth.append(self.first)

    @module.dataclass(slots=True, frozen=True, kw_only=True)
    class Keyword:
        first: int
        second: int = 2

    return Positional, Keyword


def outcome(made: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
    """What the instance looks like, or that there is none."""
    try:
        return repr(made(*args, **kwargs)).rpartition(".")[2]
    except TypeError:
        return TypeError


@pytest.mark.parametrize("first", [True, False], ids=["the first instance", "a late instance"])
@pytest.mark.parametrize("which", [0, 1], ids=["positional", "keyword"])
@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {}),
        ((1,), {}),
        ((1, 3), {}),
        ((1, 3, (5,)), {}),
        ((1, 3, (5,), 6), {}),
        ((), {"first": 1}),
        ((), {"first": 1, "second": 3}),
        ((), {"second": 3}),
        ((1,), {"first": 1}),
        ((1,), {"second": 3}),
        ((1,), {"fourth": 3}),
        ((1,), {"other": 3}),
        ((), {"first": 1, "other": 3}),
    ],
    ids=repr,
)
def test_an_instance_is_made_as_by_the_standard_library(
    args: tuple[Any, ...], kwargs: dict[str, Any], which: int, *, first: bool
) -> None:
    """Or refused as there, whichever instance of its class it is."""
    theirs, ours = classes(dataclasses)[which], classes(data)[which]
    for _ in range(0 if first else MANY):
        ours(first=1)
    assert outcome(theirs, args, kwargs) == outcome(ours, args, kwargs)


def test_a_maker_makes_what_the_class_makes() -> None:
    """Equal, of the same class, and as frozen."""
    literal, comparison = Literal("Edm.String", "cat", (3, 8)), Comparison("eq", IT, IT, None)
    made = maker(Literal)("Edm.String", "cat", (3, 8)), maker(Comparison)("eq", IT, IT, None)
    assert (literal, comparison) == made
    assert [Literal, Comparison] == list(map(type, made))
    assert (3, 8) == made[0].span
    with pytest.raises(dataclasses.FrozenInstanceError):
        made[0].text = "dog"  # type: ignore[misc] # that is what is tested
    with pytest.raises(TypeError):
        maker(Literal)("Edm.String")  # type: ignore[call-arg] # likewise
