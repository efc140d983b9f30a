"""Images and a request to the number that the endpoint would give."""

from collections.abc import Callable, Collection, Iterable, Mapping
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
    wanted = selector(request)
    return sum(1 for image in images if wanted(image))


def selector(request: ImageCountRequest) -> Callable[[Image], bool]:
    """The function that says whether a request counts an image."""
    conditions: list[Callable[[Image], bool]] = []
    if request.iteration_id is not None:
        conditions.append(_has_any("iterations", [request.iteration_id]))
    if request.tagging_status == TaggingStatus.TAGGED:
        conditions.append(lambda image: bool(image.get("tags")))
    if request.tagging_status == TaggingStatus.UNTAGGED:
        conditions.append(lambda image: not image.get("tags"))
    if request.tag_ids:
        conditions.append(_has_any("tags", request.tag_ids))
    if request.filter is not None:
        matches = request.filter.matches
        conditions.append(lambda image: matches(image.get("metadata") or {}))
    return lambda image: all(condition(image) for condition in conditions)


def _has_any(name: str, ids: Collection[UUID]) -> Callable[[Image], bool]:
    texts = frozenset(map(str, ids))
    return lambda image: any(str(one).lower() in texts for one in image.get(name) or ())
