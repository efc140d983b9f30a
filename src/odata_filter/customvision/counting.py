"""Images and a request to the number that the endpoint would give."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from odata_filter.customvision.request import ImageCountRequest, TaggingStatus

Image = Mapping[str, Any]
"""One image: `id` (UUID text), `metadata` (names to strings), `tags` and `iterations` (lists of UUID texts)."""


def count_images(images: Iterable[Image], request: ImageCountRequest) -> int:
    """How many images the endpoint would count.

    Args:
        images: the images of the project's workspace. `metadata`, `tags` and `iterations` may be left out.
        request: which of them to count; its endpoint and project play no part.

    Raises:
        FilterEvaluationError: never for filters in the endpoint's own language.
    """
    found = chosen(images, request)
    if request.filter is None:
        return sum(1 for _ in found)
    return request.filter.count(image.get("metadata") or {} for image in found)


def chosen(images: Iterable[Image], request: ImageCountRequest) -> Iterator[Image]:
    """The images in a request's iteration with its tagging status and tags; its filter is still to be asked."""
    conditions: list[Callable[[Image], bool]] = []
    if request.iteration_id is not None:
        conditions.append(_has_any("iterations", [request.iteration_id]))
    if request.tagging_status == TaggingStatus.TAGGED:
        conditions.append(lambda image: bool(image.get("tags")))
    if request.tagging_status == TaggingStatus.UNTAGGED:
        conditions.append(lambda image: not image.get("tags"))
    if request.tag_ids:
        conditions.append(_has_any("tags", request.tag_ids))
    return (image for image in images if all(condition(image) for condition in conditions))


def _has_any(name: str, ids: Collection[UUID]) -> Callable[[Image], bool]:
    texts = frozenset(map(str, ids))
    return lambda image: any(str(one).lower() in texts for one in image.get(name) or ())
