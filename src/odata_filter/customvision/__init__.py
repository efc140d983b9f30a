"""The count endpoint of Azure Custom Vision: its request, a client, its errors, and the counting itself."""

from typing import TYPE_CHECKING, Any

from odata_filter.customvision.counting import count_images
from odata_filter.customvision.errors import CustomVisionError, CustomVisionErrorCode
from odata_filter.customvision.request import ImageCountRequest, TaggingStatus

if TYPE_CHECKING:
    from odata_filter.customvision.client import AsyncImageCountClient, ImageCountClient

__all__ = [
    "AsyncImageCountClient",
    "CustomVisionError",
    "CustomVisionErrorCode",
    "ImageCountClient",
    "ImageCountRequest",
    "TaggingStatus",
    "count_images",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the clients need an extra, so they are imported when asked for
    if name in {"AsyncImageCountClient", "ImageCountClient"}:
        from odata_filter.customvision import client  # noqa: PLC0415

        return getattr(client, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
