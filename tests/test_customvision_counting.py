"""Counting images as the endpoint does, against the same said in plain Python."""

from collections.abc import Callable
from itertools import product
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import CUSTOM_VISION, Filter
from odata_filter.customvision import ImageCountRequest, count_images
from odata_filter.strategies import filters, rows

PROJECT = "bc3f7dad-5544-468c-8573-3ef04d55463e"
FIRST, SECOND, OTHER = (str(UUID(int=number)) for number in (0xA1, 0xA2, 0xA3))
DOG, CAT, BIRD = (str(UUID(int=number)) for number in (0xB1, 0xB2, 0xB3))

METADATA: list[dict[str, str] | None] = [
    *(None, {}, {"species": "cat"}, {"species": "dog", "lens": "wide"}, {"species": "cat", "lens": "wide"}),
    *({"lens": ""}, {"species": "it's a&b+c%d#e/f é"}),
]
TAGS: list[list[str] | None] = [None, [], [DOG], [CAT], [DOG, CAT]]
ITERATIONS: list[list[str] | None] = [None, [], [FIRST], [FIRST, SECOND]]


def image(metadata: object, tags: object, iterations: object) -> dict[str, Any]:
    """One image; what is None is left out."""
    given_parts = {"metadata": metadata, "tags": tags, "iterations": iterations}
    return {"id": PROJECT, **{name: part for name, part in given_parts.items() if part is not None}}


IMAGES = [image(*parts) for parts in product(METADATA, TAGS, ITERATIONS)]

CONDITIONS: dict[str | None, Callable[[dict[str, str]], bool]] = {
    None: lambda _: True,
    "species eq 'cat'": lambda m: m.get("species") == "cat",
    "species ne 'cat'": lambda m: m.get("species") != "cat",
    "species eq 'cat' and lens ne 'wide'": lambda m: m.get("species") == "cat" and m.get("lens") != "wide",
    "species eq 'dog' or lens eq ''": lambda m: m.get("species") == "dog" or m.get("lens") == "",
    "not (species in ('cat','dog'))": lambda m: m.get("species") not in {"cat", "dog"},
    "metadata=species eq 'it''s a&b+c%d#e/f é'": lambda m: m.get("species") == "it's a&b+c%d#e/f é",
}


def counted(iteration: str | None, status: str | None, tags: list[str] | None, text: str | None) -> int:
    """The count, said plainly."""
    number = 0
    for one in IMAGES:
        has = set(one.get("tags", []))
        right_iteration = iteration is None or iteration in one.get("iterations", [])
        right_status = (status != "Tagged" or has != set()) and (status != "Untagged" or has == set())
        right_tags = not tags or not has.isdisjoint(tags)
        right_metadata = CONDITIONS[text](one.get("metadata", {}))
        number += right_iteration and right_status and right_tags and right_metadata
    return number


@pytest.mark.parametrize("text", CONDITIONS)
@pytest.mark.parametrize("tags", [None, [], [DOG], [DOG, CAT], [BIRD], [BIRD, CAT]])
def test_every_combination_counts_what_it_says(tags: list[str] | None, text: str | None) -> None:
    """Iteration, tagging status, tags and filter must all hold; tags are any-of."""
    for iteration, status in product((None, FIRST, SECOND, OTHER), (None, "All", "Tagged", "Untagged")):
        request = ImageCountRequest("https://h", PROJECT, iteration, status, text, tags)
        assert counted(iteration, status, tags, text) == count_images(IMAGES, request), (iteration, status)


def test_the_combinations_tell_requests_apart() -> None:
    """The images are varied enough for the counts above to mean something."""
    counts = {
        counted(iteration, status, tags, text)
        for iteration, status in product((None, FIRST, SECOND, OTHER), (None, "Tagged", "Untagged"))
        for tags, text in product((None, [DOG], [DOG, CAT]), CONDITIONS)
    }
    assert len(counts) > 20


def test_every_image_counts_by_default() -> None:
    """The default is the whole workspace."""
    assert len(IMAGES) == count_images(IMAGES, ImageCountRequest("https://h", PROJECT))
    assert 0 == count_images([], ImageCountRequest("https://h", PROJECT))


def test_images_may_come_one_by_one() -> None:
    """Any iterable of any mappings will do, with UUIDs in any case."""
    request = ImageCountRequest("https://h", PROJECT, FIRST, filter="a eq 'x'", tag_ids=[DOG])
    one = {"metadata": MappingProxyType({"a": "x"}), "tags": (UUID(DOG),), "iterations": {FIRST.upper()}}
    assert 3 == count_images((MappingProxyType(one) for _ in range(3)), request)


def test_null_stands_for_nothing() -> None:
    """JSON's null for metadata, tags or iterations is as good as leaving them out."""
    empty = {"metadata": None, "tags": None, "iterations": None}
    assert 1 == count_images([empty], ImageCountRequest("https://h", PROJECT, None, "Untagged", "a ne 'x'"))
    assert 0 == count_images([empty], ImageCountRequest("https://h", PROJECT, FIRST))


@pytest.mark.thorough
@given(st.data(), filters(CUSTOM_VISION))
def test_the_filter_decides_as_it_does_alone(data: st.DataObject, asked: Filter) -> None:
    """For metadata of strings, an image counts when its metadata matches."""
    found = data.draw(st.lists(rows(asked, values=st.text(max_size=3)), max_size=5))
    request = ImageCountRequest("https://h", PROJECT, filter=asked)
    assert asked.count(found) == count_images([{"metadata": row} for row in found], request)
