"""What a file of rows may look like, what a bad row is, and how the places of faults are named."""

import errno
import gzip
import io
import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import records
from odata_filter.records import DataError, Format, Records, Row, open_records


class _Trickle(io.BytesIO):
    """A pipe that gives one byte at a time."""

    def readinto1(self, buffer: "bytearray | memoryview", /) -> int:  # type: ignore[override] # typeshed has no protocol here
        return self.readinto(memoryview(buffer)[:1])


@contextmanager
def piped(data: bytes, *, form: Format | None = None, skips: bool = False, chunk: int = 2**18) -> Iterator[Records]:
    """The records that come through standard input, one byte at a time when the chunk is that small."""
    pipe = _Trickle(data) if chunk == 1 else io.BytesIO(data)
    with (
        mock.patch.object(sys, "stdin", io.TextIOWrapper(pipe)),
        mock.patch.object(records, "CHUNK", chunk),
        open_records("-", form=form, skip_bad_rows=skips) as opened,
    ):
        yield opened


def rows_of(data: bytes, *, form: Format | None = None, chunk: int = 2**18) -> list[Row]:
    """Every row of the data."""
    with piped(data, form=form, chunk=chunk) as opened:
        return list(opened)


def fault_of(data: bytes, form: Format | None = None) -> str:
    """The message of the error that the data gives."""
    with pytest.raises(DataError) as caught:
        rows_of(data, form=form)
    return caught.value.message


def skipped_of(data: bytes, form: Format | None = None) -> tuple[list[Row], int, list[str]]:
    """The good rows, the number of bad ones, and what is said about these."""
    with piped(data, form=form, skips=True) as opened:
        rows = list(opened)
        assert len(rows) == opened.rows
        return rows, opened.skipped, opened.faults


def texts_of(data: bytes, form: Format | None = None) -> list[str]:
    """The own text of each row."""
    with piped(data, form=form) as opened:
        return [opened.text for _ in opened]


# ---- Files -----------------------------------------------------------------------------------


def test_json_lines_are_one_object_each() -> None:
    """The format that a name and a beginning say nothing about."""
    assert [{"a": 1}, {"a": "é"}] == rows_of('{"a": 1}\n{"a": "é"}\n'.encode())


def test_the_last_line_needs_no_line_break() -> None:
    """Neither does a file of one line."""
    assert [{"a": 1}] == rows_of(b'{"a": 1}')


@pytest.mark.parametrize("chunk", [1, 2**18])
def test_blank_lines_are_no_rows_but_count_as_lines(chunk: int) -> None:
    """A place names the line that an editor shows."""
    with piped(b'\n \t\r\n{"a": 1}\n\n  \n{"a": 2}\r\n\n', chunk=chunk) as opened:
        assert [(3, {"a": 1}), (6, {"a": 2})] == [(opened.line, row) for row in opened]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"  ", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("form", [None, "jsonl", "csv"])
def test_an_empty_file_has_no_rows(data: bytes, form: Format | None) -> None:
    """Only an array must have its brackets."""
    assert rows_of(data, form=form) == []


@pytest.mark.parametrize("data", [b'{"a": "1"}', b'[{"a": "1"}]', b"a\n1\n"])
def test_a_byte_order_mark_may_stand_first(data: bytes) -> None:
    """Some editors write it."""
    form: Format | None = "csv" if data.startswith(b"a") else None
    assert [{"a": "1"}] == rows_of(b"\xef\xbb\xbf" + data, form=form)


@pytest.mark.parametrize("chunk", [1, 2, 7, 2**18])
@pytest.mark.parametrize("data", [b'\n{"a": 1}\n{"a": 2}', b' \n[{"a": 1}, {"a": 2}]'])
def test_gzip_is_recognised_by_its_first_bytes(data: bytes, chunk: int) -> None:
    """The name of the file does not matter, and several gzip files may follow each other."""
    assert [{"a": 1}, {"a": 2}] == rows_of(gzip.compress(data[:5]) + gzip.compress(data[5:]), chunk=chunk)


@pytest.mark.parametrize("name", ["rows.csv", "ROWS.CSV", "rows.csv.gz"])
def test_a_name_that_ends_in_csv_means_csv(tmp_path: Path, name: str) -> None:
    """Gzip may be promised and not kept."""
    path = tmp_path / name
    path.write_bytes(b"a,b\n[1],2\n")
    with open_records(str(path)) as opened:
        assert [{"a": "[1]", "b": "2"}] == list(opened)


@pytest.mark.parametrize(("form", "expected"), [("jsonl", "an array"), ("csv", None)])
def test_the_format_can_be_said(form: Format, expected: str | None) -> None:
    """What is said counts more than what the data looks like."""
    if expected is None:
        assert rows_of(b"[1]\n[2]\n", form=form) == [{"[1]": "[2]"}]
    else:
        assert f"standard input, line 1: a JSON object is expected, and this is {expected}" == fault_of(b"[{}]", form)


def test_the_bytes_that_were_read_are_counted_as_they_are_stored(tmp_path: Path) -> None:
    """A progress bar needs them, and the size."""
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 100))
    seen: list[int] = []
    with mock.patch.object(records, "CHUNK", 8), open_records(str(path)) as opened:
        opened.on_chunk(lambda: seen.append(opened.taken))
        assert len(list(opened)) == 100
    assert path.stat().st_size == opened.size == opened.taken == seen[-1]
    assert sorted(seen) == seen
    assert len(seen) > 2


def test_a_pipe_has_no_size() -> None:
    """Its progress is counted in rows."""
    with piped(b"{}") as opened:
        assert opened.size is None


def test_a_device_has_no_size() -> None:
    """Only a regular file does."""
    with open_records("/dev/null") as opened:
        assert opened.size is None


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The reason is the operating system's."""
    path = str(tmp_path / "rows.jsonl")
    with pytest.raises(DataError) as caught, open_records(path):
        pass
    assert f"{path}: cannot be read: No such file or directory" == caught.value.message


def test_a_closed_standard_input_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service may run without one."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match=r"^standard input: cannot be read: it is closed$"), open_records("-"):
        pass


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-9],
        lambda data: data[: len(data) // 2],
        lambda data: data[:-8] + bytes(8),
        lambda data: data[:20] + b"\xff\xff\xff" + data[23:],
        lambda data: data[:5],
        lambda data: data + b"more",
    ],
)
def test_damaged_gzip_data_ends_the_reading(damage: Callable[[bytes], bytes]) -> None:
    """Even where bad rows are skipped: what follows is lost."""
    data = gzip.compress(b"".join(b'{"a": %d}\n' % number for number in range(10_000)))
    with (
        pytest.raises(DataError, match=r"^standard input: cannot be read: "),
        piped(damage(data), skips=True) as opened,
    ):
        list(opened)


def test_a_fault_while_reading_names_the_file() -> None:
    """A disk may fail in the middle."""

    class Disk(io.BytesIO):
        def readinto1(self, _: object, /) -> int:
            raise OSError(errno.EIO, "Input/output error")

    disk = io.TextIOWrapper(Disk(b"{}\n"))
    with (
        mock.patch.object(sys, "stdin", disk),
        pytest.raises(DataError, match=r"^standard input: cannot be read: Input/output error$"),
        open_records("-"),
    ):
        pass


# ---- Bad rows --------------------------------------------------------------------------------

BAD_JSON = {
    b"{a: 1}": "not JSON: expecting property name enclosed in double quotes at 'a: 1}'",
    b'{"a": 1': "not JSON: expecting ',' delimiter at the end",
    b'{"a": 1} {"a": 2}': "not JSON: unexpected text after the value",
    b'{"a": NaN}': "not JSON: NaN is no number",
    b'{"a": -Infinity}': "not JSON: -Infinity is no number",
    b'{"a": "\xff"}': "not UTF-8",
    b'{"a": "\xed\xa0\x80"}': "not UTF-8",
    b'{"a": ' + b"9" * 5000 + b"}": "a number has too many digits",
    b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}": "nested too deeply",
    b"null": "a JSON object is expected, and this is null",
    b"true": "a JSON object is expected, and this is a Boolean",
    b"1": "a JSON object is expected, and this is a number",
    b"1.5": "a JSON object is expected, and this is a number",
    b'"a"': "a JSON object is expected, and this is a string",
    b"[{}]": "a JSON object is expected, and this is an array",
}


@pytest.mark.parametrize(("line", "reason"), BAD_JSON.items(), ids=lambda value: repr(value)[:24])
def test_a_bad_line_is_named_by_file_and_line(line: bytes, reason: str) -> None:
    """The first one ends the reading."""
    assert f"standard input, line 3: {reason}" == fault_of(b'{"a": 1}\n\n' + line + b"\n{}\n")


@pytest.mark.parametrize(("line", "reason"), BAD_JSON.items(), ids=lambda value: repr(value)[:24])
def test_a_bad_line_can_be_skipped(line: bytes, reason: str) -> None:
    """The rows around it are read."""
    expected = ([{"a": 1}, {"a": 2}], 1, [f"standard input, line 2: {reason}"])
    assert expected == skipped_of(b'{"a": 1}\n' + line + b'\n{"a": 2}\n')


def test_only_the_first_few_bad_rows_are_remembered() -> None:
    """A large file may be bad from end to end."""
    rows, skipped, faults = skipped_of(b"1\n" * 1000)
    assert ([], 1000) == (rows, skipped)
    assert [f"standard input, line {n}" for n in range(1, 6)] == [fault.partition(":")[0] for fault in faults]


def test_a_number_beyond_a_float_is_infinite() -> None:
    """As in every JSON reader of Python."""
    assert [{"a": math.inf}] == rows_of(b'{"a": 1e999}')


def test_an_escaped_lone_surrogate_is_a_string() -> None:
    """JSON can write what is no character."""
    assert [{"a": "\ud800"}] == rows_of(b'{"a": "\\ud800"}')


# ---- JSON arrays -----------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"[]", b" [ ] ", b"\n[\n]\n"])
def test_an_array_may_be_empty(data: bytes) -> None:
    """White space is allowed everywhere."""
    assert rows_of(data) == []


@pytest.mark.parametrize("chunk", [1, 2, 3, 16, 17, 2**18])
def test_an_element_of_an_array_is_named_by_its_line_and_number(chunk: int) -> None:
    """A file that has everything on one line needs the number."""
    data = b'[\n  {"a":\n   1},\n  {"a": 2}, 17.25e1,\n\n  {"b": "\xff"},\n  {"a": 3}\n]'
    with piped(data, skips=True, chunk=chunk) as opened:
        assert [(1, 2), (2, 4), (3, 7)] == [(row["a"], opened.line) for row in opened]
    assert [
        "standard input, line 4, element 3: a JSON object is expected, and this is a number",
        "standard input, line 6, element 4: not UTF-8",
    ] == opened.faults


FATAL = ("nested too deeply", "not JSON: expecting", "not JSON: unexpected")
SKIPPABLE = [(line, reason) for line, reason in BAD_JSON.items() if not reason.startswith(FATAL)]


@pytest.mark.parametrize(("element", "reason"), SKIPPABLE, ids=lambda value: repr(value)[:24])
def test_a_bad_element_can_be_skipped_when_its_end_is_known(element: bytes, reason: str) -> None:
    """The elements around it are read."""
    expected = ([{"a": 1}, {"a": 2}], 1, [f"standard input, line 1, element 2: {reason}"])
    assert expected == skipped_of(b'[{"a": 1}, ' + element + b', {"a": 2}]')


@pytest.mark.parametrize("chunk", [1, 16, 2**18])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{}", "line 1: not a JSON array: `[` is expected first"),
        (b"", "line 1: not a JSON array: `[` is expected first"),
        (b"[", "line 1, element 1: the array is cut off"),
        (b"[\n{},", "line 2, element 2: the array is cut off"),
        (b"[{}\n", "line 2, element 1: the array is cut off"),
        (b'[{"a": \n', "line 2, element 1: the array is cut off"),
        (b'[{"a": "b}]', "line 1, element 1: not JSON: unterminated string at '\"b}]'"),
        (b"[tru", "line 1, element 1: not JSON: expecting value at 'tru'"),
        (b"[{},\n]", "line 2, element 2: not JSON: expecting value at ']'"),
        (b'[{"a": 1,\n b}]', "line 2, element 1: not JSON: expecting property name enclosed in double quotes at 'b}]'"),
        (b"[{} {}]", "line 1, element 1: not JSON: `,` or `]` is expected after this element"),
        (b"[{}] x", "line 1: not JSON: unexpected text after the array"),
        (b"[" * 100_000, "line 1, element 1: nested too deeply"),
        (b"[{}, \xff{}]", "line 1, element 2: not JSON: expecting value at '\\udcff{}]'"),
        (b"[{}]\xc3", "line 1: not JSON: unexpected text after the array"),
    ],
)
def test_an_array_that_is_no_json_ends_the_reading(data: bytes, message: str, chunk: int) -> None:
    """Even where bad rows are skipped: nobody knows where the next element begins."""
    with pytest.raises(DataError) as caught, piped(data, form="json", skips=True, chunk=chunk) as opened:
        list(opened)
    assert f"standard input, {message}" == caught.value.message


def test_a_malformed_element_is_told_before_the_rest_is_read() -> None:
    """The rest may be long, or come slowly."""
    endless = mock.Mock(wraps=io.BytesIO(b'[{"a": 1}, {"a" 2},' + b"1," * 1000))
    with (
        mock.patch.object(sys, "stdin", mock.Mock(buffer=endless)),
        mock.patch.object(records, "CHUNK", 64),
        pytest.raises(DataError, match="element 2: not JSON: expecting ':' delimiter at '2},1,"),
        open_records("-") as opened,
    ):
        list(opened)
    assert endless.readinto1.call_count <= 4


def test_the_time_for_a_long_element_grows_with_its_length_alone() -> None:
    """Each new look at an element that is cut off is at twice as much of it."""
    data = json.dumps([{"a": ["x" * 60] * 2**12}]).encode()
    with (
        mock.patch.object(records, "_decode", mock.Mock(wraps=records._decode)) as decode,  # noqa: SLF001 - counts its calls
        piped(data, chunk=64) as opened,
    ):
        assert len(list(opened)) == 1
    assert decode.call_count < 20


# ---- CSV -------------------------------------------------------------------------------------


def test_csv_cells_are_strings_and_an_empty_one_is_an_absent_key() -> None:
    """CSV has no types and no null."""
    assert [{"a": "1", "c": "x"}, {"a": "2", "b": " "}] == rows_of(b'a,b,c\n1,,x\n2, ,""\n', form="csv")


def test_csv_cells_may_be_quoted_and_span_lines() -> None:
    """A row is named by its first line."""
    with piped(b'a,"b\nb"\r\n"1,""2\n3",4\n\n5,6', form="csv") as opened:
        assert [(3, {"a": '1,"2\n3', "b\nb": "4"}), (6, {"a": "5", "b\nb": "6"})] == [(opened.line, r) for r in opened]


BAD_CSV = {
    b"1": "the header names 2 cells, and this row has 1",
    b"1,2,3": "the header names 2 cells, and this row has 3",
    b"\xff,2": "not UTF-8",
    b'"1"1,2': "not CSV: ',' expected after '\"'",
    b"1\r1,2": "not CSV: new-line character seen in unquoted field",
    b"1," + b"2" * 200_000: "not CSV: field larger than field limit (131072)",
}


@pytest.mark.parametrize(("line", "reason"), BAD_CSV.items(), ids=lambda value: repr(value)[:24])
def test_a_bad_csv_row_is_named_or_skipped(line: bytes, reason: str) -> None:
    """The rows around it are read."""
    data = b"a,b\n1,2\n" + line + b"\n3,4\n"
    assert f"standard input, line 3: {reason}" == fault_of(data, "csv")
    expected = ([{"a": "1", "b": "2"}, {"a": "3", "b": "4"}], 1, [f"standard input, line 3: {reason}"])
    assert expected == skipped_of(data, "csv")


def test_a_csv_quote_that_is_never_closed_is_a_bad_row() -> None:
    """It would swallow the rest of the file."""
    assert "standard input, line 2: not CSV: unexpected end of data" == fault_of(b'a\n"1\n2\n', "csv")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"a,b,a", "the header names 'a' twice"),
        (b"a,\xff", "not UTF-8"),
        (b'"a"a', "not CSV: ',' expected after '\"'"),
    ],
)
def test_a_bad_csv_header_ends_the_reading(header: bytes, reason: str) -> None:
    """No row can be read without it."""
    with (
        pytest.raises(DataError) as caught,
        piped(b"\n" + header + b"\n1,2,3\n", form="csv", skips=True),
    ):
        pass
    assert f"standard input, line 2: {reason}" == caught.value.message


# ---- The rows' own text ----------------------------------------------------------------------


def test_a_json_line_keeps_its_text() -> None:
    """No number is written anew; the spaces around it go, and what might break the line is a space."""
    data = b' {"a": 1.10,  "b":1e2 }\t\r\n\n{"a":\r2}'
    assert ['{"a": 1.10,  "b":1e2 }\n', '{"a": 2}\n'] == texts_of(data)


def test_an_array_element_becomes_one_line() -> None:
    """Each line break and what indents the next line become one space."""
    data = b'[ {"a": 1.10,\r\n    "b": "x\\ny" },\n{"c":\n\n[ 1 ]\r}]'
    assert ['{"a": 1.10, "b": "x\\ny" }\n', '{"c": [ 1 ] }\n'] == texts_of(data)


def test_a_csv_row_keeps_its_text_and_the_file_its_header() -> None:
    """Quotes and line breaks stay."""
    data = b'\xef\xbb\xbf"a",b\r\n"1", 2\r\n\r\n"3\n4",5'
    assert ['"1", 2\r\n', '"3\n4",5\n'] == texts_of(data, "csv")
    with piped(data, form="csv") as opened:
        assert opened.header == '"a",b\r\n'


@pytest.mark.parametrize("data", [b"{}", b"[]"])
def test_json_has_no_header(data: bytes) -> None:
    """Nothing stands before its rows."""
    with piped(data) as opened:
        assert not opened.header


# ---- Properties ------------------------------------------------------------------------------

CHUNKS = st.sampled_from([1, 2, 3, 5, 16, 17, 33, 1000, 2**18])
SPACE = st.text(" \t\r\n", max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ROWS: st.SearchStrategy[list[Row]] = st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), max_size=6)


@st.composite
def arrays(draw: st.DrawFn) -> tuple[list[Row], str]:
    """Rows, and an array of them with white space between and within the elements."""
    rows = draw(ROWS)
    indent, ascii_only = draw(st.none() | st.integers(0, 3)), draw(st.booleans())
    items = [draw(SPACE) + json.dumps(row, indent=indent, ensure_ascii=ascii_only) + draw(SPACE) for row in rows]
    return rows, draw(SPACE) + "[" + draw(SPACE) + ",".join(items) + draw(SPACE) + "]" + draw(SPACE)


@given(
    rows=ROWS,
    chunk=CHUNKS,
    ascii_only=st.booleans(),
    zipped=st.booleans(),
    line_break=st.sampled_from(["\n", "\r\n", "\n\n", " \n\t"]),
)
def test_json_lines_read_back_equal(
    *, rows: list[Row], chunk: int, ascii_only: bool, zipped: bool, line_break: str
) -> None:
    """Whatever the rows, their spelling and the chunks are."""
    data = "".join(json.dumps(row, ensure_ascii=ascii_only) + line_break for row in rows).encode()
    assert rows == rows_of(gzip.compress(data) if zipped else data, form="jsonl", chunk=chunk)


@given(written=arrays(), chunk=CHUNKS, zipped=st.booleans())
def test_an_array_reads_back_equal(*, written: tuple[list[Row], str], chunk: int, zipped: bool) -> None:
    """Whatever the rows, the white space and the chunks are."""
    rows, text = written
    data = text.encode()
    assert rows == rows_of(gzip.compress(data) if zipped else data, form="json", chunk=chunk)


@given(arrays(), CHUNKS)
def test_the_text_of_an_element_is_a_json_line(written: tuple[list[Row], str], chunk: int) -> None:
    """What is written from an array reads back as JSON Lines."""
    rows, text = written
    with piped(text.encode(), form="json", chunk=chunk) as opened:
        lines = "".join(opened.text for _ in opened)
    assert rows == rows_of(lines.encode(), form="jsonl")


@given(arrays(), st.data(), CHUNKS)
def test_an_array_is_read_exactly_when_it_is_one(
    written: tuple[list[Row], str], data: st.DataObject, chunk: int
) -> None:
    """An array with a few characters changed is read as the `json` module reads it, or refused as by it."""
    text = written[1]
    for _ in range(data.draw(st.integers(0, 2))):
        at, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 2))
        text = text[:at] + data.draw(st.text('{}[]",:\\ue1-.tnx \n', max_size=2)) + text[at + length :]
    try:
        expected = json.loads(text, parse_constant=lambda _: 0 // 0)
    except (ValueError, ZeroDivisionError):
        expected = None
    is_array = isinstance(expected, list) and all(isinstance(row, dict) for row in expected)
    try:
        actual: object = rows_of(text.encode(), form="json", chunk=chunk)
    except DataError:
        actual = None
    assert (expected if is_array else None) == actual


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), min_size=1)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), CELLS)), CHUNKS)
def test_csv_reads_back_equal(rows: list[dict[str, str]], chunk: int) -> None:
    """Whatever the cells and the chunks are, when every cell is quoted."""
    lines = [["a", "b", "c"], *([row.get(name, "") for name in "abc"] for row in rows)]
    text = "\r\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    assert rows == rows_of(text.encode(), form="csv", chunk=chunk)


SHARDS = ['{"a":', "1", "}", "[", "]", ",", '"', "\\u", "\n", "\r", "\ufeff", "é", "1e", "-", "NaN"]
BYTES = st.binary(max_size=40) | st.lists(st.sampled_from([b"\xff", b"\xc3", *map(str.encode, SHARDS)])).map(b"".join)


@given(
    data=BYTES,
    form=st.sampled_from([None, "jsonl", "json", "csv"]),
    chunk=CHUNKS,
    skips=st.booleans(),
    zipped=st.booleans(),
)
def test_any_bytes_give_rows_or_a_data_error(
    *, data: bytes, form: Format | None, chunk: int, skips: bool, zipped: bool
) -> None:
    """Nothing else ever leaves the reader, and every row has a text that reads back as it."""
    message = "standard input"
    try:
        with piped(gzip.compress(data) if zipped else data, form=form, skips=skips, chunk=chunk) as opened:
            for row in opened:
                text = (opened.header + opened.text).encode()
                assert [row] == rows_of(text, form="csv" if form == "csv" else "jsonl")
    except DataError as error:
        message = error.message
    assert message.startswith("standard input")
