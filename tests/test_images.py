"""Files of images: what they may look like, what a bad one is, and what happens when they change."""

import gzip
import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import CUSTOM_VISION, Filter, strategies
from odata_filter.customvision import ImageCountRequest, TaggingStatus, count_images, images
from odata_filter.customvision.images import ImageFile, Images, images_of
from odata_filter.records import DataError
from serving import replace_file, uuid

IMAGE = {"id": uuid(1), "metadata": {"key": "value"}, "tags": [uuid(2)], "iterations": [uuid(3), uuid(4)]}
PLAIN = {"id": uuid(1), "metadata": {}, "tags": (), "iterations": ()}
TABLE = "CREATE TABLE images(id TEXT PRIMARY KEY, metadata TEXT, tags TEXT, iterations TEXT)"
SQLITE_START = b"SQLite format 3\0"


def lines(*rows: object) -> bytes:
    """JSON Lines."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def database(path: Path, *rows: tuple[object, ...], table: str = TABLE) -> str:
    """The path of a SQLite file that holds the rows."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(table)
        connection.executemany("INSERT INTO images VALUES (?, ?, ?, ?)", rows)
    return str(path)


def columns(image: Mapping[str, object]) -> tuple[object, ...]:
    """The image as a row of the table."""
    return (image["id"], *(json.dumps(image[name]) for name in ("metadata", "tags", "iterations")))


def fault_of(path: str) -> str:
    """What is said about a bad file, without the name of the file."""
    with pytest.raises(DataError) as caught:
        images_of(path)
    name, _, reason = caught.value.message.partition(path)
    assert "" == name
    return reason


# ---- Counting ----------------------------------------------------------------------------------------

MANY = [
    {
        "id": uuid(number),
        "metadata": {"a": "xyz"[number % 3], **({"b": str(number)} if number % 2 else {})},
        "tags": [uuid(1)] * (number % 5 > 0),
        "iterations": [uuid(2 + number % 2)],
    }
    for number in range(300)
]


@cache
def many() -> Images:
    """Enough images for an index."""
    found = Images(tuple(MANY), frozenset({uuid(2), uuid(3)}))
    assert len(found.images) > images._ENOUGH  # noqa: SLF001 - what the test is about
    return found


@given(
    st.none()
    | strategies.filters(CUSTOM_VISION, keys=st.sampled_from("abc"), values=st.sampled_from(["x", "y", "7", ""])),
    st.sampled_from([None, uuid(2), uuid(9)]),
    st.sampled_from([None, *TaggingStatus]),
    st.sampled_from([None, [uuid(1)], [uuid(8)]]),
)
def test_the_index_counts_like_the_function(
    wanted: Filter | None, iteration: str | None, status: str | None, tags: list[str] | None
) -> None:
    """For every filter, and whatever else chooses the images."""
    request = ImageCountRequest("http://localhost", uuid(0), iteration, status, wanted, tags)
    assert count_images(MANY, request) == many().count(request)


def test_what_is_asked_for_most_is_ready_when_a_file_is_read(tmp_path: Path) -> None:
    """Filters on the workspace as a whole; what else chooses images is indexed when it is asked for."""
    path = tmp_path / "images.jsonl"
    path.write_bytes(lines(*MANY))
    found = images_of(str(path))
    requests = [ImageCountRequest("http://localhost", uuid(0), tag_ids=tags) for tags in (None, [uuid(1)])]
    assert [True, False] == [found.is_ready(request) for request in requests]
    assert [300, 240] == [found.count(request) for request in requests]
    assert [True, True] == [found.is_ready(request) for request in requests]


def test_the_indexes_are_few() -> None:
    """Whoever asks for ever new tags does not fill the memory."""
    for number in range(2 * images._MAX_INDEXES + 1):  # noqa: SLF001 - likewise
        many().count(ImageCountRequest("http://localhost", uuid(0), filter="a eq 'x'", tag_ids=[uuid(number)]))
        assert 0 < len(many().indexes) <= images._MAX_INDEXES  # noqa: SLF001 - likewise


# ---- JSON --------------------------------------------------------------------------------------------


def test_a_line_is_an_image(tmp_path: Path) -> None:
    """Tags and iterations keep their order; blank lines are nothing."""
    path = tmp_path / "images.jsonl"
    path.write_bytes(lines(IMAGE) + b"\n" + lines({"id": uuid(5)}))
    found = images_of(str(path))
    assert ({**IMAGE, "tags": (uuid(2),), "iterations": (uuid(3), uuid(4))}, {**PLAIN, "id": uuid(5)}) == found.images
    assert {uuid(3), uuid(4)} == found.iterations


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("data", [lines(IMAGE), json.dumps([IMAGE], indent=2).encode()])
def test_an_array_and_gzip_do_as_well(tmp_path: Path, data: bytes, pack: Callable[[bytes], bytes]) -> None:
    """The file is read like every file of rows."""
    path = tmp_path / "images"
    path.write_bytes(pack(data))
    assert [uuid(1)] == [image["id"] for image in images_of(str(path)).images]


def test_an_empty_file_has_no_images(tmp_path: Path) -> None:
    """A project may be empty."""
    path = tmp_path / "images"
    path.touch()
    assert () == images_of(str(path)).images


def test_ids_are_kept_in_lower_case(tmp_path: Path) -> None:
    """A UUID has one value however it is written."""
    path = tmp_path / "images"
    big = "ABCDEFAB-0000-4000-8000-00000000000A"
    path.write_bytes(lines({"id": big, "tags": [big], "iterations": [big]}))
    (image,) = images_of(str(path)).images
    assert {big.lower()} == {image["id"], *image["tags"], *image["iterations"]}


def test_null_is_nothing(tmp_path: Path) -> None:
    """An image without tags may say so with null."""
    path = tmp_path / "images"
    path.write_bytes(lines({"id": uuid(1), "metadata": None, "tags": None, "iterations": None}))
    assert (PLAIN,) == images_of(str(path)).images


BAD_IMAGES = {
    "no id": ({}, "id has no UUID in None"),
    "an id that is no UUID": ({"id": "x"}, "id has no UUID in 'x'"),
    "an id with a space in it": ({"id": uuid(1)[:-1] + " "}, f"id has no UUID in '{uuid(1)[:-1]} '"),
    "an id that is a number": ({"id": 7}, "id has no UUID in 7"),
    "metadata that is a list": ({**IMAGE, "metadata": []}, "metadata is no object of names and strings"),
    "a number in metadata": ({**IMAGE, "metadata": {"a": 1}}, "the metadata value of 'a' is no string"),
    "null in metadata": ({**IMAGE, "metadata": {"a": None}}, "the metadata value of 'a' is no string"),
    "tags that are a string": ({**IMAGE, "tags": uuid(2)}, "tags is no list of UUIDs"),
    "a tag that is no UUID": ({**IMAGE, "tags": ["cat"]}, "tags has no UUID in 'cat'"),
    "an iteration that is null": ({**IMAGE, "iterations": [None]}, "iterations has no UUID in None"),
    "a field with a typing error": (
        {**IMAGE, "tag": []},
        "there is no field 'tag', only id, metadata, tags, iterations",
    ),
    "an array": ([], "a JSON object is expected, and this is an array"),
}


@pytest.mark.parametrize(("image", "reason"), BAD_IMAGES.values(), ids=BAD_IMAGES)
def test_a_bad_image_is_named_with_file_and_line(tmp_path: Path, image: object, reason: str) -> None:
    """Every image is checked when the file is read, not when it is asked for."""
    path = tmp_path / "images.jsonl"
    path.write_bytes(lines({"id": uuid(9)}, image))
    assert f", line 2: {reason}" == fault_of(str(path))


def test_an_image_is_there_once(tmp_path: Path) -> None:
    """Counting it twice would be wrong."""
    path = tmp_path / "images.jsonl"
    path.write_bytes(lines(IMAGE, {"id": uuid(2)}, {"id": uuid(1)}))
    assert f", line 3: the image {uuid(1)} is there twice" == fault_of(str(path))


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    """A line that is cut off is no image."""
    path = tmp_path / "images.jsonl"
    path.write_bytes(lines(IMAGE) + b'{"id": "00000000')
    assert fault_of(str(path)).startswith(", line 2: not JSON: unterminated string")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The operating system says why."""
    assert ": cannot be read: No such file or directory" == fault_of(str(tmp_path / "none"))


@given(data=st.one_of(st.binary(), st.binary().map(SQLITE_START.__add__)))
def test_any_file_gives_images_or_a_data_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Nothing else leaves, whatever the file holds."""
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(data)
    with suppress(DataError):
        assert () == images_of(str(path)).images


# ---- SQLite ------------------------------------------------------------------------------------------


def test_a_row_is_an_image(tmp_path: Path) -> None:
    """The same image from either kind of file; NULL is nothing."""
    path = database(tmp_path / "images.db", columns(IMAGE), (uuid(5), None, None, None))
    plain = tmp_path / "images.jsonl"
    plain.write_bytes(lines(IMAGE, {"id": uuid(5)}))
    assert images_of(str(plain)) == images_of(path)


BAD_ROWS = {
    "metadata that is no JSON": ((uuid(1), "{", None, None), "metadata is not JSON"),
    "JSON that nests too deeply": ((uuid(1), None, "[" * 100_000, None), "tags is not JSON"),
    "a blob": ((uuid(1), None, b"[]", None), "tags is no text"),
    "a number": ((uuid(1), None, None, 0), "iterations is no list of UUIDs"),
    "a bad image": ((uuid(1), '{"a": 1}', None, None), "the metadata value of 'a' is no string"),
}


@pytest.mark.parametrize(("row", "reason"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_named_with_file_and_number(tmp_path: Path, row: tuple[object, ...], reason: str) -> None:
    """Rows count from one, in the order in which the database gives them."""
    path = database(tmp_path / "images #1%.db", (uuid(9), "{}", "[]", "[]"), row)
    assert f", row 2: {reason}" == fault_of(path)


def test_a_database_without_the_table_is_named(tmp_path: Path) -> None:
    """SQLite says what it misses."""
    path = database(tmp_path / "images.db", table="CREATE TABLE images(a, b, c, d)")
    assert ": cannot be read: no such column: id" == fault_of(path)


def test_a_database_is_only_read(tmp_path: Path) -> None:
    """A file that nobody may write will do."""
    path = Path(database(tmp_path / "images.db", columns(IMAGE)))
    before = path.read_bytes(), sorted(tmp_path.iterdir())
    images_of(str(path))
    assert before == (path.read_bytes(), sorted(tmp_path.iterdir()))


# ---- The sample --------------------------------------------------------------------------------------


def test_the_sample_has_twelve_images() -> None:
    """As many as the document's sample response says, and something for every parameter to choose from."""
    found = images_of(None)
    tagged = sum(1 for image in found.images if image["tags"])
    assert (12, 8, 2) == (len(found.images), tagged, len(found.iterations))


# ---- A file that changes -----------------------------------------------------------------------------


def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    """What was handed out before does not change."""
    path = tmp_path / "images.jsonl"
    replace_file(path, [IMAGE])
    file = ImageFile(str(path))
    before = file.current
    assert file.refresh() is None
    replace_file(path, [IMAGE, {"id": uuid(2)}])
    assert "read again: 2 images" == file.refresh()
    assert (1, 2) == (len(before.images), len(file.current.images))
    assert file.refresh() is None


def test_a_file_is_read_again_when_told_to(tmp_path: Path) -> None:
    """Although nothing shows that it has changed."""
    path = tmp_path / "images.jsonl"
    replace_file(path, [IMAGE])
    file = ImageFile(str(path))
    assert "read again: 1 images" == file.refresh(force=True)


def test_a_broken_file_changes_nothing(tmp_path: Path) -> None:
    """Not even the good images in front of the bad one are taken, and it is said once."""
    path = tmp_path / "images.jsonl"
    replace_file(path, [IMAGE])
    file = ImageFile(str(path))
    before = file.current
    replace_file(path, [{"id": uuid(2)}, {"id": uuid(3)}, {"id": "x"}])
    fault = "line 3: id has no UUID in 'x'"
    assert f"{path}, {fault}\nthe 1 images that were read before stay in use" == file.refresh()
    assert file.refresh() is None
    assert (before, f"images.jsonl, {fault}") == (file.current, file.problem)
    replace_file(path, [{"id": uuid(2)}])
    assert "read again: 1 images" == file.refresh()
    assert file.problem is None


def test_a_file_may_go_and_come_back(tmp_path: Path) -> None:
    """Even as the very file that it was."""
    path = tmp_path / "images.jsonl"
    replace_file(path, [IMAGE])
    file = ImageFile(str(path))
    path.rename(tmp_path / "aside")
    file.refresh()
    assert "images.jsonl: cannot be read: No such file or directory" == file.problem
    (tmp_path / "aside").rename(path)
    file.refresh()
    assert file.problem is None


def test_a_database_may_keep_its_newest_rows_beside_it(tmp_path: Path) -> None:
    """With a write-ahead log the file itself need not change."""
    path = tmp_path / "images.db"
    database(path, columns(IMAGE))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        file = ImageFile(str(path))
        with connection:
            connection.execute("INSERT INTO images VALUES (?, NULL, NULL, NULL)", (uuid(5),))
        assert "read again: 2 images" == file.refresh()


def test_a_file_must_be_right_at_first(tmp_path: Path) -> None:
    """There is nothing yet that could stay in use."""
    with pytest.raises(DataError):
        ImageFile(str(tmp_path / "none"))


def test_the_sample_does_not_change() -> None:
    """It is read again when told to, all the same."""
    file = ImageFile(None)
    assert file.refresh() is None
    assert "read again: 12 images" == file.refresh(force=True)
