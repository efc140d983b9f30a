"""Classes of data without `dataclasses`: what they share with those of the standard library, and what they refuse."""

import dataclasses

import pytest

from odata_filter.data import dataclass
from odata_filter.nodes import Literal


def test_a_class_without_slots_is_refused() -> None:
    """The library has none, and a class with a `__dict__` could be changed."""
    with pytest.raises(NotImplementedError):
        dataclass(slots=False)


def test_the_standard_library_knows_the_fields() -> None:
    """`dataclasses.fields` and `replace` work as on its own classes."""
    literal = Literal("Edm.String", "cat")
    assert ["type", "text", "span"] == [field.name for field in dataclasses.fields(literal)]
    assert Literal("Edm.String", "dog") == dataclasses.replace(literal, text="dog")
