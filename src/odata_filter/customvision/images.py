"""A file of images to images: JSON Lines or SQLite, every image checked, all of the file or nothing."""

import json
import re
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import NoReturn, TypeAlias
from uuid import UUID

from odata_filter.customvision.counting import Image, chosen, count_images
from odata_filter.customvision.request import UUID_PATTERN, ImageCountRequest, TaggingStatus
from odata_filter.errors import Problem
from odata_filter.index import MetadataIndex
from odata_filter.records import DataError, open_records

_SQLITE = b"SQLite format 3\0"
_SELECT = "SELECT id, metadata, tags, iterations FROM images"
_FIELDS = ("id", "metadata", "tags", "iterations")
_ENOUGH = 200
"""Images from which on an index is faster, as `benchmarks/run.py serve` shows."""
_MAX_INDEXES = 16
_SAMPLE = resources.files("odata_filter.customvision") / "sample.jsonl"


_Choice: TypeAlias = tuple[UUID | None, TaggingStatus | None, tuple[UUID, ...] | None]
"""What chooses images, but for the filter: iteration, tagging status and tags."""


@dataclass(frozen=True, slots=True)
class Images:
    """What a file held when it was read.

    Attributes:
        images: every image, with all four fields and its ids in lower case.
        iterations: the ids of the iterations that some image belongs to.
        counts: the counts of questions that were asked before, each by project and query string.
        indexes: the metadata of the images that a choice gives; the workspace's is there from the beginning.
    """

    images: tuple[Image, ...]
    iterations: frozenset[str]
    counts: dict[tuple[str, bytes], int] = field(default_factory=dict, compare=False, repr=False)
    indexes: dict[_Choice, MetadataIndex] = field(default_factory=dict, compare=False, repr=False)

    def count(self, request: ImageCountRequest) -> int:
        """`count_images`, from an index where there are enough images for that to be faster."""
        if len(self.images) < _ENOUGH:
            return count_images(self.images, request)
        index = self.indexes.get(_choice(request))
        if index is None:
            index = self.make_ready(request)
        return len(index) if request.filter is None else index.count(request.filter)

    def is_ready(self, request: ImageCountRequest) -> bool:
        """Whether a count need not look at each of many images."""
        return len(self.images) < _ENOUGH or _choice(request) in self.indexes

    def make_ready(self, request: ImageCountRequest) -> MetadataIndex:
        """Index the images that a request chooses. Another thread may count meanwhile."""
        index = MetadataIndex(image["metadata"] for image in chosen(self.images, request))
        if len(self.indexes) >= _MAX_INDEXES:
            self.indexes.clear()
        self.indexes[_choice(request)] = index
        return index


_WORKSPACE: _Choice = (None, None, None)


def _choice(request: ImageCountRequest) -> _Choice:
    status = None if request.tagging_status == TaggingStatus.ALL else request.tagging_status
    return request.iteration_id, status, request.tag_ids


def images_of(path: str | None) -> Images:
    """Every image of a file.

    A file that begins like a SQLite database is one, with a table `images(id, metadata, tags, iterations)`: text,
    the last three as JSON or NULL. Another file is JSON Lines or a JSON array, plain or gzip, of objects with these
    fields. Only `id` must be there.

    Args:
        path: where the file is; None for the sample that comes with the library.

    Raises:
        DataError: the file cannot be read or an image is wrong; the message names the file and the line.
    """
    if path is None:
        with resources.as_file(_SAMPLE) as sample:
            return _gathered(_json_images(str(sample)))
    return _gathered(_sqlite_images(path) if _is_sqlite(path) else _json_images(path))


def _gathered(read: Iterable[tuple[str, Mapping[str, object]]]) -> Images:
    """The images of rows, each of which comes with its place."""
    found: dict[str, Image] = {}
    for place, row in read:
        try:
            image = _image(row)
        except _ImageError as error:
            _fail(place, str(error))
        if image["id"] in found:
            _fail(place, f"the image {image['id']} is there twice")
        found[image["id"]] = image
    iterations = frozenset(one for image in found.values() for one in image["iterations"])
    # Who comes first after a file was read again need not wait for the index that is asked for most.
    indexes = {_WORKSPACE: MetadataIndex(image["metadata"] for image in found.values())}
    return Images(tuple(found.values()), iterations, indexes=indexes)


def _fail(place: str, reason: str) -> NoReturn:
    raise DataError(Problem(message=f"{place}: {reason}", code="bad-data")) from None


# ---- Files -------------------------------------------------------------------------------------------


def _is_sqlite(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError as error:
        _fail(path, f"cannot be read: {error.strerror}")


def _json_images(path: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    with open_records(path) as records:
        for row in records:
            yield records.place, row


def _sqlite_images(path: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    try:
        with closing(sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)) as database:
            for number, (name, *texts) in enumerate(database.execute(_SELECT), start=1):
                place = f"{path}, row {number}"
                values = (_from_json(place, *pair) for pair in zip(_FIELDS[1:], texts, strict=True))
                yield place, {"id": name, **dict(zip(_FIELDS[1:], values, strict=True))}
    except sqlite3.Error as error:
        _fail(path, f"cannot be read: {error}")


def _from_json(place: str, column: str, text: object) -> object:
    if text is None:
        return None
    try:
        return json.loads(text) if isinstance(text, str) else _fail(place, f"{column} is no text")
    except (ValueError, RecursionError):
        _fail(place, f"{column} is not JSON")


# ---- Images ------------------------------------------------------------------------------------------


class _ImageError(Exception):
    """An image is wrong; the message says how."""


def _image(row: Mapping[str, object]) -> Image:
    unknown = [name for name in row if name not in _FIELDS]
    if unknown:
        raise _ImageError(f"there is no field {unknown[0]!r:.80}, only {', '.join(_FIELDS)}")
    return {
        "id": _id("id", row.get("id")),
        "metadata": _metadata(row.get("metadata")),
        "tags": _ids("tags", row.get("tags")),
        "iterations": _ids("iterations", row.get("iterations")),
    }


def _metadata(given: object) -> Mapping[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise _ImageError("metadata is no object of names and strings")
    for name, value in given.items():
        if not isinstance(value, str):
            raise _ImageError(f"the metadata value of {name!r:.80} is no string")
    return given


def _ids(name: str, given: object) -> tuple[str, ...]:
    if given is None:
        return ()
    if not isinstance(given, list):
        raise _ImageError(f"{name} is no list of UUIDs")
    return tuple(_id(name, one) for one in given)


def _id(name: str, given: object) -> str:
    if not isinstance(given, str) or re.fullmatch(UUID_PATTERN, given) is None:
        raise _ImageError(f"{name} has no UUID in {given!r:.80}")
    return sys.intern(given.lower())


# ---- A file that changes -----------------------------------------------------------------------------


class ImageFile:
    """The images of a file, as it was when it could last be read whole.

    Attributes:
        current: the images; a newer reading is another object.
        problem: why the file as it is now could not be read, without its folder; None if it could.
    """

    def __init__(self, path: str | None) -> None:
        """Read the file; None for the sample.

        Raises:
            DataError: the file cannot be read.
        """
        self._path = path
        self._seen = self._signature()
        self.current = images_of(path)
        self.problem: str | None = None

    def refresh(self, *, force: bool = False) -> str | None:
        """Read the file again if it has changed, or in any case; what there is to say about it, or None."""
        signature = self._signature()
        if signature == self._seen and not force:
            return None
        # What is written while it is read has another signature the next time.
        self._seen = signature
        try:
            self.current = images_of(self._path)
        except DataError as error:
            self.problem = str(error).replace(str(self._path), Path(str(self._path)).name)
            return f"{error}\nthe {len(self.current.images)} images that were read before stay in use"
        self.problem = None
        return f"read again: {len(self.current.images)} images"

    def _signature(self) -> tuple[object, ...]:
        """What tells one state of the file from another; SQLite may keep the newest rows in a file beside it."""
        return () if self._path is None else (_state(self._path), _state(f"{self._path}-wal"))


def _state(path: str) -> tuple[int, int, int] | None:
    try:
        state = Path(path).stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino
