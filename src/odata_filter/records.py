"""Files of rows to dicts: JSON Lines, a JSON array or CSV, plain or gzip, in constant memory.

Nothing is read ahead by more than one chunk, so only a single row has to fit into memory.
"""

import codecs
import csv
import gzip
import io
import json
import os
import re
import stat
import sys
import zlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain
from pathlib import Path
from typing import IO, Literal, NoReturn, Protocol, TypeAlias, cast

from odata_filter.errors import FilterError, Problem

Format: TypeAlias = Literal["jsonl", "json", "csv"]
Row: TypeAlias = dict[str, object]

CHUNK = 2**18
"""Bytes read at once; an element of a JSON array that is longer doubles it."""

REPORTED = 5
"""How many skipped rows are remembered with their places."""

_GZIP = b"\x1f\x8b"
_SPACE = " \t\r\n"
_WHITE_SPACE = re.compile(f"[{_SPACE}]*+")
_LINE_BREAK = re.compile(f"[\r\n][{_SPACE}]*+")
_LONGEST_TOKEN = 16
"""No token but a string is cut so that the parser finds fault further than this from the end of the buffer."""

_EXCERPT = 20
"""Characters shown from a fault on."""

_NOT_UTF_8 = "not UTF-8"
_CUT_OFF = "the array is cut off"


class DataError(FilterError):
    """The rows cannot be read; the message names the file and the line."""


# ---- Opening ---------------------------------------------------------------------------------


@contextmanager
def open_records(path: str, *, form: Format | None = None, skip_bad_rows: bool = False) -> Iterator["Records"]:
    """The rows of a file, for one `with` block and one pass.

    Gzip is recognised by its first bytes. Without `form`, a name that ends in `.csv` or `.csv.gz` means CSV, a
    first character `[` means a JSON array, and all else is JSON Lines.

    Args:
        path: where the rows are; `-` is standard input.
        form: `jsonl`, `json` (an array) or `csv`; None finds out.
        skip_bad_rows: whether a row that cannot be read is counted and skipped instead of raised.

    Raises:
        DataError: the file, or one of its rows, cannot be read.
    """
    name = "standard input" if path == "-" else path
    with _reading(name):
        opened = _standard_input() if path == "-" else _file(path)
    with opened as file:
        with _reading(name):
            stream = _Stream(name, file)
            records = _READERS[form or _format(path, stream.first)](stream, skip_bad_rows=skip_bad_rows)
        yield records


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Says which file it was that the operating system or the decompression could not read."""
    try:
        yield
    except (OSError, EOFError, ValueError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DataError(Problem(message=f"{name}: cannot be read: {reason}", code="unreadable-data")) from error


def _file(path: str) -> AbstractContextManager[IO[bytes]]:
    return Path(path).open("rb")


def _standard_input() -> AbstractContextManager[IO[bytes]]:
    if sys.stdin is None:
        raise OSError("it is closed")
    return nullcontext(sys.stdin.buffer)


def _format(path: str, first: bytes) -> Format:
    if path.lower().endswith((".csv", ".csv.gz")):
        return "csv"
    return "json" if first.lstrip(_SPACE.encode()).startswith(b"[") else "jsonl"


class _Binary(Protocol):
    """The part of a binary file that a tap needs."""

    def read(self, size: int, /) -> bytes: ...

    def readinto1(self, buffer: memoryview, /) -> int: ...


class _Tap(io.RawIOBase):
    """The bytes of a file as they are stored, counted.

    Attributes:
        head: the first two bytes, or fewer where there are no more.
        taken: how many bytes were read from here so far.
        on_chunk: called after each chunk.
    """

    def __init__(self, file: _Binary) -> None:
        self._file = file
        self.head = self._left = file.read(len(_GZIP))
        self.taken = 0
        self.on_chunk: Callable[[], object] = lambda: None

    def readable(self) -> bool:
        """Whether bytes can be read: always."""
        return True

    def readinto(self, buffer: object, /) -> int:
        """Fill the buffer with what is there, at least one byte before the end."""
        view = memoryview(cast("bytearray", buffer))
        count = len(self._left[: len(view)]) or self._file.readinto1(view)
        if self._left:
            view[:count] = self._left[:count]
            self._left = self._left[count:]
        self.taken += count
        self.on_chunk()
        return count


class _Stream:
    """An opened file, decompressed, and how it begins.

    Attributes:
        name: how messages call the file.
        size: bytes in the file as it is stored, or None when that is unknown.
        tap: the bytes as they are stored.
        data: the decompressed bytes after `first`.
        first: the first line that is not blank, or as much of it as fits into a chunk, without byte order mark.
        line: the number of that line.
    """

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self.name = name
        self.size = _size(file)
        self.tap = _Tap(cast("_Binary", file))
        self.data: io.BufferedIOBase = io.BufferedReader(self.tap, CHUNK)
        if self.tap.head == _GZIP:
            self.data = io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=self.data)), CHUNK)
        self.line = 1
        self.first = self.data.readline(CHUNK).removeprefix(codecs.BOM_UTF8)
        while self.first and not self.first.strip(_SPACE.encode()):
            self.line += self.first.endswith(b"\n")
            self.first = self.data.readline(CHUNK)

    def lines(self) -> Iterator[bytes]:
        """Every line from the first that is not blank, with its line break."""
        first = self.first if self.first.endswith(b"\n") else self.first + self.data.readline()
        return chain((first,), self.data)


def _size(file: IO[bytes]) -> int | None:
    try:
        status = os.fstat(file.fileno())
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


# ---- Reading ---------------------------------------------------------------------------------


class Records(ABC):
    """The rows of one file, each as a dict, in order, for one pass.

    Attributes:
        name: the file, as messages call it.
        header: the text that stands before the rows; only CSV has one.
        line: the line on which the row given last, or the fault found last, begins.
        rows: how many rows were given so far.
        skipped: how many bad rows were left out so far.
        faults: the first few of these, each with its place and what is wrong.
        size: bytes in the file as it is stored, or None when that is unknown.
    """

    def __init__(self, stream: _Stream, *, skip_bad_rows: bool) -> None:
        self.name = stream.name
        self.header = ""
        self.line = stream.line
        self.rows = 0
        self.skipped = 0
        self.faults: list[str] = []
        self.size = stream.size
        self._tap = stream.tap
        self._skips = skip_bad_rows

    def __iter__(self) -> Iterator[Row]:
        """Each row in turn.

        Raises:
            DataError: a row is bad and bad rows are not skipped, or the rest of the file cannot be read.
        """
        with _reading(self.name):
            for row in self._read():
                self.rows += 1
                yield row

    @property
    def taken(self) -> int:
        """How many bytes of the file as it is stored were read so far."""
        return self._tap.taken

    def on_chunk(self, call: Callable[[], object]) -> None:
        """Have `call` called after each chunk of the file."""
        self._tap.on_chunk = call

    @property
    def place(self) -> str:
        """Where the row given last begins, as messages name it."""
        return f"{self.name}, line {self.line}"

    @property
    @abstractmethod
    def text(self) -> str:
        """The row given last as the file has it, with a line break at its end."""

    @abstractmethod
    def _read(self) -> Iterator[Row]:
        """Each row in turn, with `line` and `text` set."""

    def _bad(self, reason: str) -> None:
        """Skip the row, or say what is wrong with it."""
        if not self._skips:
            self._fail(reason)
        self.skipped += 1
        if len(self.faults) < REPORTED:
            self.faults.append(f"{self.place}: {reason}")

    def _fail(self, reason: str) -> NoReturn:
        raise DataError(Problem(message=f"{self.place}: {reason}", code="bad-data"))


# ---- JSON ------------------------------------------------------------------------------------


class _ConstantError(ValueError):
    """A constant that Python writes and JSON does not have."""


def _no_constant(name: str) -> NoReturn:
    raise _ConstantError(name)


_decode = json.JSONDecoder(parse_constant=_no_constant).raw_decode
_decode_any_number = json.JSONDecoder(parse_int=str).raw_decode


def _json_fault(error: ValueError | RecursionError) -> str:
    match error:
        case json.JSONDecodeError():
            return f"not JSON: {_reason(error)}"
        case UnicodeDecodeError():
            return _NOT_UTF_8
        case _ConstantError():
            return f"not JSON: {error} is no number"
        case RecursionError():
            return "nested too deeply"
        case _:
            return "a number has too many digits"


def _reason(error: json.JSONDecodeError) -> str:
    reason = error.msg[:1].lower() + error.msg[1:].removesuffix(" at").removesuffix(" starting")
    rest = error.doc[error.pos : error.pos + _EXCERPT]
    return f"{reason} at {rest!r}" if rest else f"{reason} at the end"


def _type_fault(value: object) -> str:
    return f"a JSON object is expected, and this is {_JSON_TYPES[type(value)]}"


_JSON_TYPES: Mapping[type, str] = {
    type(None): "null",
    bool: "a Boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
}


class _JsonLines(Records):
    """One object on each line."""

    def __init__(self, stream: _Stream, *, skip_bad_rows: bool) -> None:
        super().__init__(stream, skip_bad_rows=skip_bad_rows)
        self._lines = stream.lines()
        self._line = ""

    @property
    def text(self) -> str:
        return self._line.replace("\r", " ") + "\n"

    def _read(self) -> Iterator[Row]:
        for number, line in enumerate(self._lines, start=self.line):
            self.line = number
            try:
                self._line = line.decode().strip(_SPACE)
                if not self._line:
                    continue
                value, end = _decode(self._line)
            except (ValueError, RecursionError) as error:
                self._bad(_json_fault(error))
                continue
            if end != len(self._line):
                self._bad("not JSON: unexpected text after the value")
            elif type(value) is dict:
                yield value
            else:
                self._bad(_type_fault(value))


class _JsonArray(Records):
    """One array of objects, decoded element by element from a buffer that moves over the file.

    What is no JSON, is nested too deeply or is cut off ends the reading even where bad rows are skipped, because
    nobody knows where the next element begins.
    """

    def __init__(self, stream: _Stream, *, skip_bad_rows: bool) -> None:
        super().__init__(stream, skip_bad_rows=skip_bad_rows)
        self._data = stream.data
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._buffer = self._decoder.decode(stream.first)
        self._is_clean = _is_unicode(self._buffer)
        self._start = 0
        self._at = 0
        self._lines_counted = 0
        self._element = 0

    @property
    def place(self) -> str:
        return f"{super().place}, element {self._element}" if self._element else super().place

    @property
    def text(self) -> str:
        return _LINE_BREAK.sub(" ", self._buffer[self._start : self._at]) + "\n"

    def _read(self) -> Iterator[Row]:
        if self._next() != "[":
            self._stop("not a JSON array: `[` is expected first")
        self._at += 1
        separator = "," if self._next() != "]" else "]"
        while separator == ",":
            self._element += 1
            value, fault = self._value()
            if fault is not None:
                self._bad(fault)
            elif type(value) is dict:
                yield value
            else:
                self._bad(_type_fault(value))
            separator = self._separator()
        self._at += 1
        if self._next():
            self._element = 0
            self._stop("not JSON: unexpected text after the array")

    def _separator(self) -> str:
        found = self._next()
        if found == ",":
            self._at += 1
        elif found != "]":
            self._stop("not JSON: `,` or `]` is expected after this element" if found else _CUT_OFF)
        return found

    def _value(self) -> tuple[object, str | None]:
        """The next element, or what is wrong with it if the reading can go on."""
        self._next()
        self._count_lines()
        while True:
            try:
                value, end, fault = self._decoded()
            except json.JSONDecodeError as error:
                if not (self._may_be_cut(error) and self._more()):
                    self._at = error.pos
                    self._stop(_json_fault(error) if error.pos < len(self._buffer) else _CUT_OFF)
            except RecursionError as error:
                self._stop(_json_fault(error))
            else:
                if self._is_whole(end) or not self._more():
                    self._start, self._at = self._at, end
                    return value, fault or self._byte_fault()

    def _decoded(self) -> tuple[object, int, str | None]:
        """The element, where it ends, and what is wrong with it although it ends."""
        try:
            return *_decode(self._buffer, self._at), None
        except json.JSONDecodeError:
            raise
        except ValueError as error:
            return None, _decode_any_number(self._buffer, self._at)[1], _json_fault(error)

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether it is the end of the buffer that the parser stumbled over."""
        return error.pos > len(self._buffer) - _LONGEST_TOKEN or error.msg.startswith("Unterminated string")

    def _is_whole(self, end: int) -> bool:
        """Whether the element ends there for sure: a number may go on in the next chunk."""
        return self._buffer[end - 1] in '}]"' or end <= len(self._buffer) - _LONGEST_TOKEN

    def _stop(self, reason: str) -> NoReturn:
        """Say what is wrong where the reading is."""
        self._count_lines()
        self._fail(reason)

    def _byte_fault(self) -> str | None:
        return None if self._is_clean or _is_unicode(self._buffer[self._start : self._at]) else _NOT_UTF_8

    def _next(self) -> str:
        """The next character that is no white space, which it moves to, or nothing at the end."""
        while True:
            self._at = cast("re.Match[str]", _WHITE_SPACE.match(self._buffer, self._at)).end()
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Let go of what was read and take in at least as much as is left, unless the data ends here."""
        size = max(CHUNK, len(self._buffer) - self._at)
        data = self._data.read(size)
        added = self._decoder.decode(data, final=not data)
        if not data and not added:
            return False
        self._count_lines()
        self._buffer = self._buffer[self._at :] + added
        self._at = self._lines_counted = 0
        self._is_clean = _is_unicode(self._buffer)
        return True

    def _count_lines(self) -> None:
        self.line += self._buffer.count("\n", self._lines_counted, self._at)
        self._lines_counted = self._at


def _is_unicode(text: str) -> bool:
    """Whether every byte that was decoded to the text was valid: an invalid one is a lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# ---- CSV -------------------------------------------------------------------------------------


class _Csv(Records):
    """Rows of cells below a header; every value is a string, and an empty cell is an absent key."""

    def __init__(self, stream: _Stream, *, skip_bad_rows: bool) -> None:
        super().__init__(stream, skip_bad_rows=skip_bad_rows)
        self._lines = stream.lines()
        self._first_line = stream.line
        self._row_lines: list[str] = []
        self._cells = csv.reader(self._decoded_lines(), strict=True)
        self._names = self._header()
        self.header = self.text

    @property
    def text(self) -> str:
        text = "".join(self._row_lines)
        return text if text.endswith("\n") or not text else text + "\n"

    def _read(self) -> Iterator[Row]:
        for cells, fault in self._rows():
            if fault is not None:
                self._bad(fault)
            elif len(cells) != len(self._names):
                self._bad(f"the header names {len(self._names)} cells, and this row has {len(cells)}")
            else:
                yield {name: cell for name, cell in zip(self._names, cells, strict=True) if cell}

    def _header(self) -> list[str]:
        names, fault = next(self._rows(), ([], None))
        twice = [name for name, count in Counter(names).items() if count > 1]
        if fault is not None or twice:
            self._fail(fault or f"the header names {twice[0]!r} twice")
        return names

    def _rows(self) -> Iterator[tuple[list[str], str | None]]:
        """The cells of each row, or what is wrong with it; blank lines are no rows."""
        while True:
            self._row_lines.clear()
            self.line = self._first_line + self._cells.line_num
            try:
                cells = next(self._cells)
            except StopIteration:
                return
            except csv.Error as error:
                yield [], f"not CSV: {str(error).partition(' - ')[0]}"
                continue
            if cells:
                yield cells, None if all(map(_is_unicode, self._row_lines)) else _NOT_UTF_8

    def _decoded_lines(self) -> Iterator[str]:
        for line in self._lines:
            text = line.decode(errors="surrogateescape")
            self._row_lines.append(text)
            yield text


_READERS: Mapping[Format, Callable[..., Records]] = {"jsonl": _JsonLines, "json": _JsonArray, "csv": _Csv}
