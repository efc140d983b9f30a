"""What goes wrong, as data and as text: a problem with its place, and the errors that carry problems."""

import re
from bisect import bisect_right
from functools import lru_cache
from typing import TypedDict
from unicodedata import category, east_asian_width

from odata_filter.data import dataclass

_WINDOW = 72
"""Columns of source shown around a fault; a longer line is cut on both sides."""
_SHOWN = 100
"""Problems that an error shows as text; it carries all."""


class ProblemFields(TypedDict):
    """A problem for programs such as editors; see `Problem.fields`."""

    code: str
    severity: str
    message: str
    position: int | None
    end: int | None
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None
    expected: list[str]
    hint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a filter, a value or a row.

    Attributes:
        message: one lower-case line in the user's words.
        code: a short stable name for programs, such as `operator-not-allowed`.
        source: the text that `position` counts in; empty when there is none.
        position: zero-based index of the first character at fault, or None when there is no place.
        end: index just past the fault; None exactly when `position` is None. Where something is missing at the end
            of the source, `position` is its length and `end` one more.
        expected: what is allowed there instead, as phrases; may be empty.
        hint: what to write instead, or None.
        severity: `error` or `warning`.
    """

    message: str
    code: str
    source: str = ""
    position: int | None = None
    end: int | None = None
    expected: tuple[str, ...] = ()
    hint: str | None = None
    severity: str = "error"

    def __str__(self) -> str:
        """The message, the source with a mark under the fault, and the hint."""
        return self.render()

    def render(self, *, colour: bool = False) -> str:
        """The problem as text; with `colour` for a terminal, where message, mark and hint stand out."""
        paint, loud = painted if colour else _plain, _WARNING if self.severity == "warning" else _ERROR
        lines = [paint(loud, self.message)]
        if self.position is not None and self.end is not None and self.source and not self.source.isspace():
            shown, mark = excerpt(self.source, self.position, self.end)
            lines += [shown, paint(loud, mark)]
        if self.hint is not None:
            lines.append(paint(_HINT, f"hint: {self.hint}"))
        return "\n".join(lines)

    def fields(self) -> ProblemFields:
        """The problem as a dict that JSON can hold.

        `position` and `end` count characters of the source from zero; lines and columns count from one, columns in
        characters, and line feed, carriage return and both together end a line. Without a place all six are None.
        """
        line, column = _line_and_column(self.source, self.position)
        end_line, end_column = _line_and_column(self.source, self.end)
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "position": self.position,
            "end": self.end,
            "line": line,
            "column": column,
            "end_line": end_line,
            "end_column": end_column,
            "expected": list(self.expected),
            "hint": self.hint,
        }


class FilterError(Exception):
    """The one family of errors that leaves the library, whatever the input was.

    Attributes:
        problems: everything that is wrong, at least one, in order of position.
    """

    def __init__(self, *problems: Problem) -> None:
        """Carry the problems; the first one gives the single-problem attributes."""
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        """The problems, rendered, with a blank line between them."""
        return self.render()

    def render(self, *, colour: bool = False) -> str:
        """The problems as `Problem.render` shows them, with a blank line between them; of many the first hundred."""
        shown = [problem.render(colour=colour) for problem in self.problems[:_SHOWN]]
        more = len(self.problems) - _SHOWN
        return "\n\n".join([*shown, f"… and {more:,} more problems"] if more > 0 else shown)

    @property
    def message(self) -> str:
        """The first problem's message."""
        return self.problems[0].message

    @property
    def source(self) -> str:
        """The text that the first problem's position counts in."""
        return self.problems[0].source

    @property
    def position(self) -> int | None:
        """Zero-based index of the first fault in `source`, or None when it has no place."""
        return self.problems[0].position

    @property
    def end(self) -> int | None:
        """Index just past the first fault, or None when it has no place."""
        return self.problems[0].end

    @property
    def expected(self) -> tuple[str, ...]:
        """What would have been right at the first fault, as phrases."""
        return self.problems[0].expected

    @property
    def hint(self) -> str | None:
        """What to write instead, or None."""
        return self.problems[0].hint


class FilterSyntaxError(FilterError, ValueError):
    """The text is no filter."""


class FilterValidationError(FilterError):
    """The filter, or a value or name given to the builder, is not allowed where it is used."""


class FilterEvaluationError(FilterError):
    """The filter has no value for a row: the standard says that the request fails."""


class UnsupportedFilterError(FilterError):
    """The filter is right, but what it is used with cannot do a part of it."""


# ---- Rendering -----------------------------------------------------------------------------------


def excerpt(source: str, position: int, end: int) -> list[str]:
    """The line at fault, indented, and below it `^~~~` under the columns from `position` to `end`."""
    near, far = max(0, position - _WINDOW - 1), position + _WINDOW + 1
    start = max(source.rfind("\n", near, position), source.rfind("\r", near, position), near - 1) + 1
    ends = [at for at in (source.find("\n", position, far), source.find("\r", position, far)) if at >= 0]
    stop = min([*ends, far, len(source)])
    left = position - _fitting(source[max(start, position - _WINDOW) : position][::-1], _WINDOW // 2)
    room = _WINDOW - columns(source[left:position])
    right = min(stop, position + max(1, _fitting(source[position : min(stop, position + _WINDOW)], room)))
    before = ("…" if left > start else "") + source[left:position]
    fault = source[position : max(position, min(end, right))]
    after = source[position + len(fault) : right] + ("…" if right < stop else "")
    mark = "^" + "~" * (columns(fault) - 1)
    return ["    " + visible(before + fault + after), "    " + " " * columns(before) + mark]


def _fitting(text: str, room: int) -> int:
    """How many characters from the start take at most `room` columns."""
    if text.isascii():
        return min(len(text), max(0, room))
    for count, char in enumerate(text):
        room -= columns(char)
        if room < 0:
            return count
    return len(text)


def visible(text: str) -> str:
    """The text with each character that cannot be seen as one visible column."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " if char == "\t" else "�" for char in text)


def columns(text: str) -> int:
    """How many terminal columns the text takes as `visible`."""
    if text.isascii():
        return len(text)
    return sum(0 if category(char) in _MARKS else 1 + (east_asian_width(char) in "WF") for char in visible(text))


_MARKS = frozenset({"Mn", "Me"})
"""Unicode categories of the characters that stand on the one before."""


def _line_and_column(source: str, position: int | None) -> tuple[int, int] | tuple[None, None]:
    if position is None:
        return None, None
    starts = _line_starts(source)
    line = bisect_right(starts, position)
    return line, position - starts[line - 1] + 1


@lru_cache(maxsize=1)
def _line_starts(source: str) -> tuple[int, ...]:
    """Where each line starts; kept for the next problem of the same source, or many would be slow."""
    return 0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", source))


_ERROR = "1;31"
_WARNING = "1;33"
_HINT = "36"
"""Colours of a terminal, as ECMA-48 numbers them: bold red, bold yellow, cyan."""


def painted(colour: str, text: str) -> str:
    """The text in a colour, without colouring the white space in front of it."""
    indent = len(text) - len(text.lstrip(" "))
    return f"{text[:indent]}\x1b[{colour}m{text[indent:]}\x1b[0m"


def _plain(_colour: str, text: str) -> str:
    return text
