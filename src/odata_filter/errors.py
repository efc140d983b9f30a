"""What goes wrong, as data and as text: a problem with its place, and the errors that carry problems."""

from dataclasses import dataclass
from unicodedata import combining, east_asian_width

_WINDOW = 72
"""Columns of source shown around a fault; a longer line is cut on both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a filter, a value or a row.

    Attributes:
        message: one lower-case line in the user's words.
        code: a short stable name for programs, such as `operator-not-allowed`.
        source: the text that `position` counts in; empty when there is none.
        position: zero-based index of the first character at fault, or None when there is no place.
        end: index just past the fault; None exactly when `position` is None.
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
        lines = [self.message]
        if self.position is not None and self.end is not None:
            lines += excerpt(self.source, self.position, self.end)
        if self.hint is not None:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


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
        """Every problem, rendered, with a blank line between them."""
        return "\n\n".join(str(problem) for problem in self.problems)

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


def excerpt(source: str, position: int, end: int) -> list[str]:
    """The line at fault, indented, and below it `^~~~` under the columns from `position` to `end`."""
    start = max(source.rfind("\n", 0, position), source.rfind("\r", 0, position)) + 1
    stop = min((at for at in map(source.find, "\r\n", (position, position)) if at >= 0), default=len(source))
    left = max(start, position - _WINDOW // 2)
    right = min(stop, max(left + _WINDOW, position + 1))
    before = ("…" if left > start else "") + source[left:position]
    fault = source[position : max(position, min(end, right))]
    after = source[position + len(fault) : right] + ("…" if right < stop else "")
    mark = "^" + "~" * (_columns(fault) - 1)
    return ["    " + _shown(before + fault + after), "    " + " " * _columns(before) + mark]


def _shown(text: str) -> str:
    """The text with each control character as one visible column."""
    return "".join(char if char.isprintable() or combining(char) else " " if char == "\t" else "�" for char in text)


def _columns(text: str) -> int:
    """How many terminal columns the text takes as `_shown`."""
    return sum(0 if combining(char) else 1 + (east_asian_width(char) in "WF") for char in text)
