r"""ECMAScript regular expressions to matches in linear time, or to a refusal.

A pattern is read as ECMAScript 2024 reads it without flags, Annex B included, and is searched for anywhere in the text
(section 5.1.1.7.1). So, as in ECMAScript, a character is a UTF-16 code unit: `.` takes half of a character beyond
U+FFFF. `\u{61}` and `\p{L}` need the flag `u`, and mean 61 times `u` and the text `p{L}` without it. What
needs more than linear time is refused by name: lookahead, lookbehind and backreferences. The limits are `MAX_PATTERN`,
`MAX_DEPTH` and `MAX_COUNT`.

Two engines can search. RE2 (package google-re2, extra `regex`) is linear for every pattern; it is given at most
`LINEAR_BUDGET` instructions times characters. Without it the standard library's `re` searches, and that backtracks:
even `^a*b` is tried from every `a*`, and without `^` from every start, which is quadratic. So each pattern is first
given a bound of its steps, `factor * n ** degree` for a text of n characters, and a text is refused for which that is
more than `BACKTRACKING_BUDGET`; so is, whatever the text, a pattern for which it would be so at `SHORTEST` characters.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Final
from unicodedata import category

from odata_filter.data import dataclass, field
from odata_filter.edm import MAX_PATTERN
from odata_filter.errors import FilterEvaluationError, Problem, UnsupportedFilterError

MAX_DEPTH: Final = 30
"""How deep groups may be nested."""
MAX_COUNT: Final = 1_000
"""The highest count in braces; counts that are nested in each other are multiplied."""
LINEAR_BUDGET: Final = 50_000_000
"""How many instructions times characters RE2 is given: less than a second in the worst case."""
BACKTRACKING_BUDGET: Final = 10_000_000
"""How many steps the standard library's engine is given: likewise."""
SHORTEST: Final = 16
"""A pattern that the standard library cannot search texts of this length for is refused whatever the text."""

_MEMORY: Final = 1 << 20
"""Bytes that RE2 may use for one pattern."""
_CODE: Final = "pattern"


def matches(text: str, pattern: str) -> bool:
    """Whether a pattern occurs anywhere in a text.

    Raises:
        FilterEvaluationError: the pattern is no ECMAScript regular expression.
        UnsupportedFilterError: the answer could take more than linear time, or the pattern is beyond a limit.
    """
    compiled, searched = program(pattern), _units(text, _SHIFT)
    if len(searched) > compiled.longest:
        message = f"the pattern could take too long on a text of {len(searched)} characters"
        raise _refusal(message, compiled.hint)
    return compiled.search(searched) is not None


def share(text: str, pattern: str) -> float:
    """Which part of its budget a search may take, 1 for all of it. Errors are those of `matches`."""
    compiled = program(pattern)
    return ((len(_units(text)) + 2) / (compiled.longest + 2)) ** compiled.degree


def check(pattern: str) -> Problem | None:
    """What makes a pattern no ECMAScript regular expression; None also for one that is refused when it is evaluated."""
    try:
        _Reader(pattern).read()
    except FilterEvaluationError as error:
        return error.problems[0]
    except UnsupportedFilterError:
        return None
    return None


# ---- Sets of code units ------------------------------------------------------------------------------
# A set is an integer whose bit u says that the code unit u belongs to it.


def _span(low: int, high: int) -> int:
    return (1 << high + 1) - (1 << low)


def _these(units: str) -> int:
    return sum(1 << ord(unit) for unit in units)


_ALL = _span(0, 0xFFFF)
_SURROGATES = _span(0xD800, 0xDFFF)
_DIGITS = _span(0x30, 0x39)
_WORD = _DIGITS | _span(0x41, 0x5A) | _span(0x61, 0x7A) | _these("_")
_LINE_ENDS = _these("\n\r\u2028\u2029")
_SPACES = _LINE_ENDS | _these("\t\v\f \xa0\u1680\u202f\u205f\u3000\ufeff") | _span(0x2000, 0x200A)
_CLASSES: Mapping[str, int] = {
    "d": _DIGITS,
    "D": _ALL ^ _DIGITS,
    "s": _SPACES,
    "S": _ALL ^ _SPACES,
    "w": _WORD,
    "W": _ALL ^ _WORD,
}
_CONTROLS: Mapping[str, int] = {
    "f": _these("\f"),
    "n": _these("\n"),
    "r": _these("\r"),
    "t": _these("\t"),
    "v": _these("\v"),
}

_SHIFT = 0x10000
"""RE2 reads UTF-8, which has no surrogates: both engines are given them moved up to where no other unit is."""
_WIDE = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]")


def _units(text: str, shift: int = 0) -> str:
    """The text with one character for each UTF-16 code unit, surrogates shifted."""
    return text if text.isascii() else _WIDE.sub(lambda found: _halves(ord(found[0]), shift), text)


def _halves(code: int, shift: int) -> str:
    if code <= 0xFFFF:  # noqa: PLR2004 - the last code unit
        return chr(code + shift)
    high, low = divmod(code - 0x10000, 0x400)
    return chr(0xD800 + high + shift) + chr(0xDC00 + low + shift)


def _characters(units: str) -> str:
    """The text whose code units these are."""
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _runs(units: int) -> Iterator[tuple[int, int]]:
    """The first and the last of each run of neighbours in a set."""
    start = 0
    while units:
        gap = (units & -units).bit_length() - 1
        units >>= gap
        length = (~units & (units + 1)).bit_length() - 1
        units >>= length
        yield start + gap, start + gap + length - 1
        start += gap + length


def _escape(code: int) -> str:
    """A character as both engines write it; no escape of a letter arises, so `_STANDARD` can replace those."""
    char = chr(code)
    return char if char.isalnum() or not char.isascii() else f"\\x{code:02x}"


@lru_cache(maxsize=256)
def _one_of(units: int) -> str:
    """A set as both engines write it: one character or a class, whichever of it and its complement is smaller."""
    if units and not units & (units - 1):
        return _members(units)
    if not units or (units != _ALL and units.bit_count() > _SHIFT // 2):
        return f"[^{_members(_ALL ^ units)}]"
    return f"[{_members(units)}]"


def _members(units: int) -> str:
    runs = [*_runs(units & ~_SURROGATES)]
    runs += [(low + _SHIFT, high + _SHIFT) for low, high in _runs(units & _SURROGATES)]
    return "".join(_escape(low) if low == high else f"{_escape(low)}-{_escape(high)}" for low, high in runs)


# ---- What a part of a pattern is, and what it may cost -------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Bound:
    """At most `factor * n ** degree`, where n is the length of the text and 2 more."""

    factor: int
    degree: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "factor", min(self.factor, _TOO_MUCH))

    def __add__(self, other: "_Bound") -> "_Bound":
        return _Bound(self.factor + other.factor, max(self.degree, other.degree))

    def __mul__(self, other: "_Bound") -> "_Bound":
        return _Bound(self.factor * other.factor, self.degree + other.degree)

    def __pow__(self, exponent: int) -> "_Bound":
        few = min(exponent, _ENOUGH)
        return _Bound(self.factor**few, self.degree * few)

    def longest(self) -> int:
        """The length of the longest text that can be searched within the budget."""
        return int((BACKTRACKING_BUDGET / self.factor) ** (1 / self.degree)) - 2


_ENOUGH = 24
"""Two to this power is too much already."""
_TOO_MUCH = BACKTRACKING_BUDGET + 1
_NONE = _Bound(0)
_ONE = _Bound(1)
_LENGTH = _Bound(1, 1)
_EXPONENTIAL = _Bound(_TOO_MUCH)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a pattern, with what both engines and the estimate of the steps need to know.

    Attributes:
        text: as both engines write it, up to the replacements in `_STANDARD`.
        size: how many characters and assertions it stands for, counts multiplied out.
        first: the code units with which a match can begin.
        nullable: whether it can match the empty text.
        empty: whether it can match nothing but the empty text.
        guarded: whether it fails wherever a character follows that is not in `first`.
        plain: whether it matches the empty text in one way at most.
        single: whether it is one set of code units.
        anchored: whether it matches at the start of the text only.
        counts: the highest product of counts that are nested in each other.
        ways: in how many ways it can match at one place, so how often what follows is tried.
        work: the steps for trying all of them.
        again: what comes next after every way but one, so that a rest which begins otherwise fits one way at most; None
            where that is not known.
        least: the repetition without those that may be left out; None for what is no repetition.
    """

    text: str = ""
    size: int = 0
    first: int = 0
    nullable: bool = True
    empty: bool = True
    guarded: bool = False
    plain: bool = True
    single: bool = False
    anchored: bool = False
    counts: int = 1
    ways: _Bound = _ONE
    work: _Bound = _ONE
    again: int | None = 0
    least: "_Part | None" = None


_EMPTY = _Part()
_START = _Part(text=r"\A", size=1, anchored=True)
_END = _Part(text=r"\z", size=1, guarded=True)
_BOUNDARIES: Mapping[str, _Part] = {"b": _Part(text=r"\b", size=1), "B": _Part(text=r"\B", size=1)}


def _set(units: int) -> _Part:
    return _Part(text=_one_of(units), size=1, first=units, nullable=False, empty=False, guarded=True, single=True)


def _sequence(parts: list[_Part]) -> _Part:
    rest = _EMPTY
    for part in reversed(parts):
        rest = _followed(part, rest)
    return rest


def _followed(part: _Part, rest: _Part) -> _Part:
    """A part and what comes after it."""
    if part is _EMPTY or rest is _EMPTY:
        return rest if part is _EMPTY else part
    ways, wasted = _fitting(part, rest)
    return _Part(
        text=part.text + rest.text,
        size=part.size + rest.size,
        first=part.first if part.guarded else part.first | rest.first,
        nullable=part.nullable and rest.nullable,
        empty=part.empty and rest.empty,
        guarded=part.guarded or rest.guarded,
        plain=part.plain and rest.plain,
        anchored=part.anchored or (part.empty and part.plain and rest.anchored),
        counts=max(part.counts, rest.counts),
        ways=ways * rest.ways,
        work=part.work + wasted + ways * rest.work,
        again=rest.again if ways == _ONE else None,
    )


def _fitting(part: _Part, rest: _Part) -> tuple[_Bound, _Bound]:
    """How often the rest is tried beyond its first character, and the steps of trying it in vain.

    Where a repetition and the rest begin differently, giving a repetition back never helps: the rest is tried as often,
    but it fails at its first character every time but once.
    """
    if part.ways == _ONE or part.again is None or not (rest.guarded and rest.plain) or part.again & rest.first:
        return part.ways, _NONE
    return _ONE, part.ways * _Bound(rest.size)


def _choice(branches: list[_Part]) -> _Part:
    """One of the branches; where no two begin alike, a text can follow one of them only."""
    if len(branches) == 1:
        return branches[0]
    ways, work, distinct, first = _NONE, _ONE, True, 0
    for branch in branches:
        distinct = distinct and not branch.nullable and not first & branch.first
        ways, work, first = ways + branch.ways, work + branch.work, first | branch.first
    if all(branch.single for branch in branches):
        return _set(first)
    if distinct:
        ways = _Bound(max(branch.ways.factor for branch in branches), ways.degree)
    return _Part(
        text=f"(?:{'|'.join(branch.text for branch in branches)})",
        size=sum(branch.size for branch in branches) + 1,
        first=first,
        nullable=any(branch.nullable for branch in branches),
        empty=all(branch.empty for branch in branches),
        guarded=all(branch.guarded for branch in branches),
        plain=all(branch.plain for branch in branches) and sum(branch.nullable for branch in branches) <= 1,
        anchored=all(branch.anchored for branch in branches),
        counts=max(branch.counts for branch in branches),
        ways=ways,
        work=work,
        again=_union(branch.again for branch in branches) if distinct else None,
    )


def _union(sets: Iterable[int | None]) -> int | None:
    """What is in any of the sets; None where one is not known."""
    union = 0
    for units in sets:
        if units is None:
            return None
        union |= units
    return union


def _repetition(part: _Part, low: int, high: int | None) -> _Part:
    """The part between `low` and `high` times; greedy or lazy makes no difference to whether there is a match."""
    if high == 0 or (part.empty and low == 0):
        return _EMPTY
    if part.empty or (low, high) == (1, 1):
        return part
    count = max(1, low if high is None else high)
    ways, work = _repeated(part, low, high)
    return _Part(
        text=f"{part.text if part.single else f'(?:{part.text})'}{{{low},{'' if high is None else high}}}",
        size=part.size * count,
        first=part.first,
        nullable=low == 0 or part.nullable,
        empty=False,
        guarded=low > 0 and part.guarded,
        plain=not part.nullable,
        anchored=low > 0 and part.anchored,
        counts=part.counts * count,
        ways=ways,
        work=work,
        again=None if part.nullable or _following(part) is None else part.first | (part.again or 0),
        least=None if low == high else _repetition(part, low, low),
    )


def _repeated(part: _Part, low: int, high: int | None) -> tuple[_Bound, _Bound]:
    """In how many ways a repetition can match, and the steps for trying them."""
    most = _LENGTH + _Bound(low) if high is None else _Bound(high)
    wasted = _following(part)
    if wasted is not None:
        ways = part.ways * (_LENGTH if high is None else _Bound(high - low + 1))
        return ways, (part.work + wasted) * most + _ONE
    if high is None:
        return _EXPONENTIAL, _EXPONENTIAL
    ways = part.ways**high
    return ways * _Bound(high - low + 1), ways * part.work * most + _ONE


def _following(part: _Part) -> _Bound | None:
    """The steps of trying a part in vain after itself, where it follows in one way; otherwise None."""
    ways, wasted = _fitting(part, part)
    return wasted if ways == _ONE and (wasted is _NONE or not part.nullable) else None


def _trimmed(parts: list[_Part]) -> list[_Part]:
    """A sequence that occurs in the same texts: at its ends, a search needs no repetition that may be left out."""
    return _shorn(_shorn(parts)[::-1])[::-1]


def _shorn(parts: list[_Part]) -> list[_Part]:
    for at, part in enumerate(parts):
        least = _least(part)
        if least is not _EMPTY:
            return [least, *parts[at + 1 :]]
    return []


def _least(part: _Part) -> _Part:
    while part.least is not None:
        part = part.least
    return part


# ---- Reading a pattern ---------------------------------------------------------------------------------

_GROUPS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*+|\((?!\?)|\(\?<(?![=!])", re.DOTALL)
"""What must be seen to count groups: escapes and classes, which hide parentheses, and openings that capture."""
_COUNTS = re.compile(r"\{([0-9]++)(?:(,)([0-9]*+))?\}")
_NUMBER = re.compile(r"[1-9][0-9]*+")
_OCTAL = re.compile(r"[0-3][0-7]{0,2}|[4-7][0-7]?")
_HEXADECIMAL = {"x": re.compile(r"[0-9A-Fa-f]{2}"), "u": re.compile(r"[0-9A-Fa-f]{4}")}
_NAME_ESCAPE = re.compile(r"\\u(?:([0-9A-Fa-f]{4})|\{(?:0(?=[0-9A-Fa-f]))*+([0-9A-Fa-f]{1,6})\})")
_NOT_LINEAR: Mapping[str, str] = {
    "(?=": "lookahead",
    "(?!": "lookahead",
    "(?<=": "lookbehind",
    "(?<!": "lookbehind",
}
_OTHER_ID_START = frozenset("$_\u1885\u1886\u2118\u212e\u309b\u309c")
_OTHER_ID_CONTINUE = frozenset(
    "\xb7\u0387\u1369\u136a\u136b\u136c\u136d\u136e\u136f\u1370\u1371\u19da\u200c\u200d\u30fb\uff65"
)
"""What ECMAScript and Unicode 15.1 allow in a name beyond the categories."""


@dataclass(slots=True)
class _Group:
    """A group that is being read: where it opened, whether a quantifier may follow it, and what it holds so far."""

    opened: int
    repeatable: bool = True
    branches: list[list[_Part]] = field(default_factory=lambda: [[]])

    def part(self) -> _Part:
        """What the group matches."""
        return _choice([_sequence(branch) for branch in self.branches])


class _Reader:
    """One pass over a pattern: each character is read once, and groups are kept on a stack of our own."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > MAX_PATTERN:
            raise _refusal(f"the pattern has {len(pattern)} characters, and {MAX_PATTERN} are allowed")
        self.units = _units(pattern)
        self.at = 0
        self.stack = [_Group(0)]
        self.repeatable = False
        self.unsupported: str | None = None
        openings = [found[0] for found in _GROUPS.finditer(self.units) if found[0][0] == "("]
        self.groups = len(openings)
        self.named = "(?<" in openings
        self.names: set[str] = set()
        self.references: list[tuple[str, int]] = []

    def read(self) -> _Part:
        """The whole pattern, as it is searched for; refused only when all of it has been understood."""
        while self.at < len(self.units):
            self.step()
        for name, place in self.references:
            if name not in self.names:
                raise self.error(f"there is no group named {name!r}", place)
        if len(self.stack) > 1:
            raise self.error("the group is not closed", self.stack[-1].opened)
        whole = _choice([_sequence(_trimmed(branch)) for branch in self.stack[0].branches])
        if self.unsupported is None and whole.counts > MAX_COUNT:
            self.unsupported = f"the pattern repeats a part more than {MAX_COUNT} times"
        if self.unsupported is not None:
            raise _refusal(self.unsupported)
        return whole

    def step(self) -> None:
        """Read one term, quantifier, bar or parenthesis."""
        match self.units[self.at]:
            case "(":
                self.open()
            case ")":
                self.close()
            case "|":
                self.stack[-1].branches.append([])
                self.pass_over(1, repeatable=False)
            case "^":
                self.add(_START, 1, repeatable=False)
            case "$":
                self.add(_END, 1, repeatable=False)
            case ".":
                self.add(_set(_ALL ^ _LINE_ENDS), 1)
            case "[":
                self.read_class()
            case "\\":
                self.read_escape()
            case "*":
                self.quantify(0, None, 1)
            case "+":
                self.quantify(1, None, 1)
            case "?":
                self.quantify(0, 1, 1)
            case "{" if (counts := _COUNTS.match(self.units, self.at)) is not None:
                self.read_counts(counts)
            case unit:
                self.add(_set(1 << ord(unit)), 1)

    def add(self, part: _Part, length: int, *, repeatable: bool = True) -> None:
        """Append a part that was written with so many units."""
        self.stack[-1].branches[-1].append(part)
        self.pass_over(length, repeatable=repeatable)

    def pass_over(self, length: int, *, repeatable: bool) -> None:
        """Go on behind so many units; a quantifier may follow what is repeatable."""
        self.at += length
        self.repeatable = repeatable

    # ---- Groups

    def open(self) -> None:
        """`(`, `(?:`, `(?<name>` and the four assertions that look around."""
        for opening, feature in _NOT_LINEAR.items():
            if self.units.startswith(opening, self.at):
                self.refuse(f"{feature} is not possible in linear time")
                self.push(len(opening), repeatable=feature == "lookahead")
                return
        if self.units.startswith("(?:", self.at):
            self.push(3)
        elif self.units.startswith("(?<", self.at):
            self.names.add(self.new_name())
            self.push(self.units.index(">", self.at) + 1 - self.at)
        elif self.units.startswith("(?", self.at):
            raise self.error("the group is of no known kind", self.at)
        else:
            self.push(1)

    def push(self, length: int, *, repeatable: bool = True) -> None:
        """Begin a group whose opening has so many units."""
        if len(self.stack) > MAX_DEPTH:
            self.refuse(f"groups are nested more than {MAX_DEPTH} deep")
        self.stack.append(_Group(self.at, repeatable=repeatable))
        self.pass_over(length, repeatable=False)

    def close(self) -> None:
        """`)`."""
        if len(self.stack) == 1:
            raise self.error("there is no group to close", self.at)
        group = self.stack.pop()
        self.add(group.part(), 1, repeatable=group.repeatable)

    def new_name(self) -> str:
        """The name of the group that opens here."""
        name = self.name(self.at + 2)
        if name in self.names:
            raise self.error(f"there is already a group named {name!r}", self.at)
        return name

    def name(self, start: int) -> str:
        """The name in the angle brackets that start here."""
        end = self.units.find(">", start)
        written = self.units[start + 1 : end]
        name = _characters(_NAME_ESCAPE.sub(lambda found: _named_unit(found[1] or found[2]), written))
        if end < 0 or self.units[start : start + 1] != "<" or not _is_name(name):
            raise self.error("the group has no valid name in angle brackets", start)
        return name

    # ---- Quantifiers

    def read_counts(self, found: re.Match[str]) -> None:
        """`{n}`, `{n,}` and `{n,m}`."""
        low, comma, high = found[1].lstrip("0"), found[2], (found[3] or "").lstrip("0")
        if comma is None:
            self.quantify(_count(low), _count(low), len(found[0]))
        elif found[3] == "":
            self.quantify(_count(low), None, len(found[0]))
        elif (len(high), high) < (len(low), low):
            raise self.error("the counts are out of order", self.at)
        else:
            self.quantify(_count(low), _count(high), len(found[0]))

    def quantify(self, low: int, high: int | None, length: int) -> None:
        """Repeat the last part."""
        if not self.repeatable:
            raise self.error("there is nothing to repeat", self.at)
        branch = self.stack[-1].branches[-1]
        branch[-1] = _repetition(branch[-1], low, high)
        lazy = self.units.startswith("?", self.at + length)
        self.pass_over(length + lazy, repeatable=False)

    # ---- Escapes and classes

    def read_escape(self) -> None:
        """A backslash and what follows it, outside of a class."""
        char = self.units[self.at + 1 : self.at + 2]
        number = _NUMBER.match(self.units, self.at + 1)
        if char in _BOUNDARIES:
            self.add(_BOUNDARIES[char], 2, repeatable=False)
        elif number is not None and _count(number[0]) <= self.groups:
            self.refer(number.end())
        elif char == "k" and self.named:
            self.references.append((self.name(self.at + 2), self.at))
            self.refer(self.units.index(">", self.at) + 1)
        else:
            units, end = self.escaped(self.at)
            self.add(_set(units), end - self.at)

    def refer(self, end: int) -> None:
        """A backreference up to there."""
        self.refuse("a backreference is not possible in linear time")
        self.add(_EMPTY, end - self.at)

    def read_class(self) -> None:
        """`[...]` and `[^...]`."""
        start, negated, members = self.at, self.units.startswith("^", self.at + 1), 0
        at = start + 1 + negated
        while not self.units.startswith("]", at):
            low, at = self.member(at)
            if self.units.startswith("-", at) and not self.units.startswith("]", at + 1):
                dash = at
                high, at = self.member(at + 1)
                members |= self.between(low, high, dash)
            else:
                members |= low
        self.add(_set(_ALL ^ members if negated else members), at + 1 - start)

    def member(self, at: int) -> tuple[int, int]:
        """One member of the class that is being read, as a set, and where it ends."""
        if at >= len(self.units):
            raise self.error("the class is not closed", self.at)
        if self.units[at] == "\\":
            return self.escaped(at, in_class=True)
        return 1 << ord(self.units[at]), at + 1

    def between(self, low: int, high: int, dash: int) -> int:
        """What two members with a hyphen between stand for: a range, or all three where one is a class of its own."""
        if low & (low - 1) or high & (high - 1):
            return low | high | _these("-")
        if high < low:
            raise self.error("the range is out of order", dash)
        return (high << 1) - low

    def escaped(self, at: int, *, in_class: bool = False) -> tuple[int, int]:
        """The set that an escape stands for, and where the escape ends."""
        char = self.units[at + 1 : at + 2]
        if char == "":
            raise self.error("a backslash ends the pattern", at)
        if char in _CLASSES:
            return _CLASSES[char], at + 2
        if char in _CONTROLS:
            return _CONTROLS[char], at + 2
        if char == "b" and in_class:
            return _these("\b"), at + 2
        if char == "c":
            return self.control(at, in_class=in_class)
        if (octal := _OCTAL.match(self.units, at + 1)) is not None:
            return 1 << int(octal[0], 8), octal.end()
        if char in _HEXADECIMAL and (digits := _HEXADECIMAL[char].match(self.units, at + 2)) is not None:
            return 1 << int(digits[0], 16), digits.end()
        if char == "k" and self.named:
            raise self.error("\\k names no group", at)
        return 1 << ord(char), at + 2

    def control(self, at: int, *, in_class: bool) -> tuple[int, int]:
        """A control character; a backslash alone where no letter follows, and then `c` is read for itself."""
        char = self.units[at + 2 : at + 3]
        if char.isascii() and (char.isalpha() or (in_class and (char.isdigit() or char == "_"))):
            return 1 << ord(char) % 32, at + 3
        return _these("\\"), at + 1

    # ---- Faults

    def refuse(self, what: str) -> None:
        """Remember the first thing that is right and cannot be done."""
        if self.unsupported is None:
            self.unsupported = f"{what}, at character {self.place(self.at)} of the pattern"

    def error(self, what: str, at: int) -> FilterEvaluationError:
        """What is wrong with the pattern, and where."""
        message = f"the pattern is no ECMAScript regular expression: {what}, at character {self.place(at)}"
        return FilterEvaluationError(Problem(message=message, code=_CODE))

    def place(self, at: int) -> int:
        """Which character of the pattern, from 1, a code unit belongs to."""
        return len(_characters(self.units[:at])) + 1


def _count(digits: str) -> int:
    """A number in decimal digits; one with ten digits and more only as very large."""
    digits = digits.lstrip("0")
    return int(digits or "0") if len(digits) < 10 else 10**9  # noqa: PLR2004 - as the docstring says


def _named_unit(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if code <= sys.maxunicode else "\\"


def _is_name(name: str) -> bool:
    """Whether this is an identifier of ECMAScript."""
    return name != "" and _starts_name(name[0]) and all(_starts_name(char) or _continues_name(char) for char in name)


def _starts_name(char: str) -> bool:
    return char in _OTHER_ID_START or (category(char) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nl"} and char != "\u2e2f")


def _continues_name(char: str) -> bool:
    return char in _OTHER_ID_CONTINUE or category(char) in {"Mn", "Mc", "Nd", "Pc"}


# ---- The engines -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Program:
    """A pattern, ready to search.

    Attributes:
        search: gives None for a text, of shifted code units, that the pattern does not occur in.
        longest: the longest text that may be searched.
        degree: of the polynomial in the length of the text that the steps are bounded by.
        hint: what to do about longer ones, or None.
    """

    search: Callable[[str], object]
    longest: int
    degree: int = 1
    hint: str | None = None


@lru_cache(maxsize=128)
def program(pattern: str) -> Program:
    """The compiled pattern; the last ones are kept.

    Raises:
        FilterEvaluationError: the pattern is no ECMAScript regular expression.
        UnsupportedFilterError: the pattern is beyond a limit, or may be for what there is only the extra `regex`.
    """
    part, re2 = _Reader(pattern).read(), _re2()
    return _backtracking(part) if re2 is None else _linear(part, re2)


def _re2() -> ModuleType | None:
    """The module of google-re2, imported when the first pattern needs it; None where it is not installed."""
    try:
        found = import_module("re2")
    except ImportError:
        return None
    return found if hasattr(found, "Options") else None


def _linear(part: _Part, re2: ModuleType) -> Program:
    """RE2 would look for an empty match between the bytes of a character, so the pattern itself skips whole ones."""
    options = re2.Options()
    options.log_errors, options.never_capture, options.max_mem = False, True, _MEMORY
    try:
        compiled = re2.compile(rf"\A(?s:.)*?(?:{part.text})", options)
    except re2.error:
        raise _refusal("the pattern stands for too much: it needs too much memory") from None
    return Program(compiled.match, LINEAR_BUDGET // compiled.programsize)


_STANDARD: Mapping[str, str] = {r"\z": r"\Z", r"\B": r"(?!\b)"}
"""What the standard library writes otherwise; its `\\B` fails on the empty text."""
_HINT = 'pip install "odata-filter[regex]" brings an engine that is linear for every pattern'


def _backtracking(part: _Part) -> Program:
    steps = _steps(part)
    longest = steps.longest()
    if longest < SHORTEST:
        raise _refusal("the pattern could take too long on any but the shortest texts", _HINT)
    text = part.text
    for ours, theirs in _STANDARD.items():
        text = text.replace(ours, theirs)
    return Program(re.compile(text, re.ASCII).search, longest, steps.degree, _HINT)


def _steps(part: _Part) -> _Bound:
    """How many steps it takes at most to search for a pattern from every start."""
    once = part.work + part.ways
    return once + _Bound(part.size + 1) * _LENGTH if part.anchored else once * _LENGTH


def _refusal(message: str, hint: str | None = None) -> UnsupportedFilterError:
    return UnsupportedFilterError(Problem(message=message, code=_CODE, hint=hint))
