"""The place where reading a filter stopped to a problem: what was expected there, and what to write instead."""

import re
import unicodedata
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache

from odata_filter import edm, functions
from odata_filter.data import dataclass, replace
from odata_filter.errors import Problem
from odata_filter.mistakes import (
    BINARY,
    COMPARING,
    CURLY,
    DOUBLED,
    FOREIGN_FUNCTIONS,
    FOREIGN_PREFIXES,
    FUNCTIONS_ELSEWHERE,
    INVISIBLE,
    MISTAKES,
    ONE_QUOTE,
    SLASHES,
    SYMBOLS,
    TYPES,
    Hint,
    in_single_quotes,
    invisible,
)


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the grammar can go no further.

    Attributes:
        text: the whole source.
        position: index of the first character that cannot be read; `end` where nothing is left.
        end: where the filter ends, white space left out.
        accepted: names of the grammar's terminals that could stand there.
        openings: index of each bracket that is still open, outermost first.
    """

    text: str
    position: int
    end: int
    accepted: frozenset[str]
    openings: tuple[int, ...]

    @property
    def found(self) -> str:
        """The word, string, run of operator characters, or one character at fault; empty at the end."""
        match = _FOUND.match(self.text, self.position, self.end)
        return "" if match is None else match.group()

    @property
    def before(self) -> str:
        """The text in front of the fault, without white space at its end; of a long one the last part, behind `…`."""
        start = self.position - _LOOK_BACK
        return ("…" if start > 0 else "") + self.text[max(0, start) : self.position].rstrip()

    @property
    def wants_operator(self) -> bool:
        """Whether an operator could stand there."""
        return "_AND" in self.accepted


_FOUND = re.compile(r"'[^']*+(?:''[^']*+)*+'|\w++|[=!<>&|~?]++|.", re.DOTALL)
_LOOK_BACK = 200


def diagnosis(stop: Stop) -> Problem:
    """What is wrong, in the user's words."""
    if "$END" in stop.accepted:
        stop = replace(stop, accepted=stop.accepted | _AFTER_A_VALUE)
    return (
        _empty(stop)
        or _curly_quote(stop)
        or _prefix(stop)
        or _open_quote(stop)
        or _single_quote(stop)
        or _operator_alone(stop)
        or _missing_operand(stop)
        or _open_bracket(stop)
        or _type_alone(stop)
        or _unexpected(stop)
    )


_AFTER_A_VALUE = frozenset({"EQUALITY", "RELATIONAL", "IN", "HAS", "ADDITIVE", "MULTIPLICATIVE", "_AND", "_OR"})
"""What may stand wherever a filter may end."""


def _problem(stop: Stop, message: str, place: tuple[int, int], expected: tuple[str, ...], hint: str | None) -> Problem:
    start, end = place
    return Problem(
        message=message, code="syntax", source=stop.text, position=start, end=end, expected=expected, hint=hint
    )


# ---- Faults with a message of their own --------------------------------------------------------------


def _empty(stop: Stop) -> Problem | None:
    if stop.text.strip():
        return None
    message = "expected a condition, and the filter is empty"
    return _problem(stop, message, (stop.position, stop.position + 1), ("a condition",), None)


def _curly_quote(stop: Stop) -> Problem | None:
    """A typographic quote outside strings, which the grammar may have read as a letter."""
    found = (match for match in _QUOTES.finditer(stop.text, 0, stop.end) if match["curly"] is not None)
    first = next(found, None)
    if first is None or first.start() > stop.position:
        return None
    return _problem(stop, "expected a value", first.span(), ("a value",), name_fault(first["curly"])[2])


_QUOTES = re.compile(rf"'[^']*+'|\"[^\"]*+\"|(?P<curly>[{CURLY}])(?:[^{CURLY}']*+[{CURLY}])?+")


def _prefix(stop: Stop) -> Problem | None:
    """A string with a prefix that OData does not have, which is at fault as a whole."""
    touches = stop.text[stop.position - 1 : stop.position].isalpha()
    match = re.search(r"(?<![\w.])[A-Za-z]++\Z" if touches else rf"{COMPARING}\s++[A-Za-z]{{4,}}\Z", stop.before)
    word = "" if match is None else match.group().split()[-1]
    if not stop.found.startswith("'") or not stop.wants_operator or word.lower() not in FOREIGN_PREFIXES:
        return None
    place = (stop.text.rindex(word, 0, stop.position), stop.position + len(stop.found))
    return _problem(stop, "expected a value", place, ("a value",), FOREIGN_PREFIXES[word.lower()])


def _open_quote(stop: Stop) -> Problem | None:
    quote = stop.found
    if quote != "'" and (quote != '"' or quote in stop.text[stop.position + 1 : stop.end]):
        return None
    previous = stop.text[stop.position - 1 : stop.position]
    if not stop.accepted & _STRINGS and previous.isspace():
        return None
    hint = ONE_QUOTE if previous.isalnum() else DOUBLED if quote == "'" else in_single_quotes("cat")
    return _not_closed(stop, stop.position, None if "STRING_IN_URL" in stop.accepted and quote == '"' else hint)


_STRINGS = frozenset({"STRING_LITERAL", "STRING_IN_URL"})


def _not_closed(stop: Stop, position: int, hint: str | None) -> Problem:
    message = "this quote is not closed: a closing quote is missing"
    return _problem(stop, message, (position, position + 1), ("a closing quote",), hint)


def _single_quote(stop: Stop) -> Problem | None:
    """A word that touches the end of a string: the string should go on, or should have ended long before."""
    word, at = stop.found, stop.position
    if not re.match(r"\w", word) or stop.text[at - 1 : at] != "'" or word.lower() in BINARY:
        return None
    literal = stop.text[_last_string(stop.text, at) : at]
    if re.search(rf"\s(?:{'|'.join(sorted(BINARY))})\s*+\(?+'\Z", literal[-_LOOK_BACK:], re.IGNORECASE):
        hint = f"this string goes on to the quote in front of `{word[:40]}`: close it where it ends"
        return _not_closed(stop, at - len(literal), hint)
    if literal == "''":
        message = "expected one quote at either end of the string"
        return _problem(stop, message, (at, at + len(word)), ("one quote at either end of the string",), ONE_QUOTE)
    return _problem(stop, "expected `''`: one quote alone ends the string", (at - 1, at), ("`''`",), DOUBLED)


def _last_string(text: str, end: int) -> int:
    """Where the last string that ends by `end` begins."""
    return max(match.start() for match in re.finditer(r"'[^']*+(?:''[^']*+)*+'", text[:end]))


def _operator_alone(stop: Stop) -> Problem | None:
    """An operator with nothing, or without white space, after it."""
    match = re.compile(r"[A-Za-z]++(?!\w)").match(stop.text, stop.position, stop.end)
    word = "" if match is None else match.group().lower()
    if word not in BINARY or not stop.wants_operator or not stop.text[stop.position - 1].isspace():
        return None
    position = stop.position + len(word)
    follows = stop.text[position : stop.end].lstrip()[:1]
    wanted = "a value" if follows in _NO_VALUE else "white space"
    message = f"expected {wanted} after {word}" + ("" if follows else ", and the filter ends")
    return _problem(stop, message, (position, position + 1), (wanted,), None)


_NO_VALUE = frozenset({"", ")", "]", "}", ",", ";", ":"})


def _missing_operand(stop: Stop) -> Problem | None:
    """An operator that was read as a name, because an operator or the start of the filter is in front of it."""
    match = re.search(rf"(?<![\w/@$.])(?:{'|'.join(sorted(BINARY))})\Z", stop.before, re.IGNORECASE)
    if match is None or not stop.wants_operator or not re.match(r"[\w'(@$\[]", stop.found):
        return None
    position = stop.text.rfind(match.group(), 0, stop.position)
    hint = f"a value is missing in front of `{match.group().lower()}`"
    return _problem(stop, "expected a value", (position, position + len(match.group())), ("a value",), hint)


def _open_bracket(stop: Stop) -> Problem | None:
    if stop.found or not stop.openings or not stop.accepted & _CLOSINGS:
        return None
    position = stop.openings[-1]
    bracket = stop.text[position]
    return _problem(
        stop,
        f"this `{bracket}` is not closed: `{_PAIRS[bracket]}` is missing",
        (position, position + 1),
        (f"`{_PAIRS[bracket]}`",),
        None,
    )


_PAIRS = {"(": ")", "[": "]", "{": "}"}
_CLOSINGS = frozenset({"CLOSE", "END_ARRAY", "END_OBJECT"})


def _type_alone(stop: Stop) -> Problem | None:
    """A name with points, which is a type, where people mean a path."""
    match = re.search(r"(?<![\w.@])[^\W\d]\w*+(?:\.\w++)++\Z", stop.before)
    if match is None or stop.accepted != {"_SLASH"} or stop.found[:1] in {"(", "'"}:
        return None
    name = match.group()
    position = stop.text.rfind(name, 0, stop.position)
    compared = re.search(rf"{COMPARING}\Z", stop.text[max(0, position - _LOOK_BACK) : position].rstrip(), re.IGNORECASE)
    hint = SLASHES if compared is None else TYPES
    return _problem(stop, f"expected `/` after the type {name}", (position, position + len(name)), ("`/`",), hint)


def _unexpected(stop: Stop) -> Problem:
    expected = tuple(dict.fromkeys(phrase for terminal, phrase in _PHRASES.items() if terminal in stop.accepted))
    if stop.wants_operator:
        expected = tuple(phrase for phrase in expected if phrase != _PHRASES["_SLASH"])
    wanted = " or ".join(filter(None, [", ".join(expected[:-1]), *expected[-1:]]))
    message = f"expected {wanted}" + ("" if stop.found else ", and the filter ends")
    end, hint = _advice(stop)
    return _problem(stop, message, (stop.position, max(end, stop.position + 1)), expected, hint)


# ---- Hints -------------------------------------------------------------------------------------------


def _advice(stop: Stop) -> tuple[int, str | None]:
    """Where the fault ends, and what to write instead."""
    for terminal, before, fault, hint_of in _mistakes():
        match = fault.match(stop.text, stop.position, stop.end)
        if match is not None and terminal in {"", *stop.accepted} and before.search(stop.before):
            return match.end(), hint_of if isinstance(hint_of, str) else hint_of(match)
    found = stop.found
    hint = SYMBOLS.get(unicodedata.normalize("NFKC", found)) or _bracket_hint(stop) or _missing_hint(stop)
    return stop.position + len(found), hint


@cache
def _mistakes() -> list[tuple[str, re.Pattern[str], re.Pattern[str], Hint]]:
    """The table of mistakes with its patterns compiled."""
    return [
        (terminal, re.compile(rf"(?i:{before})\Z" if before else ""), re.compile(f"(?i:{fault})"), hint)
        for terminal, before, fault, hint in MISTAKES
    ]


def _bracket_hint(stop: Stop) -> str | None:
    if stop.found not in _PAIRS.values() or not stop.accepted & {"_AND", *_CLOSINGS}:
        return None
    if stop.openings:
        return f"this does not close the `{stop.text[stop.openings[-1]]}` that is open"
    return "this bracket closes nothing: leave it out"


def _missing_hint(stop: Stop) -> str | None:
    """A hint for a word or value that stands where an operator or a comma should."""
    word = stop.found.lower()
    if not re.match(r"[\w'(@$\[]", word):
        return None
    if not stop.wants_operator:
        return "a comma is missing here" if "_COMMA" in stop.accepted else None
    alike = [operator for operator in sorted(BINARY) if len(word) > 1 and abs(len(operator) - len(word)) <= 1]
    close = [one for one in alike if sorted(one) == sorted(word)] or get_close_matches(word, alike, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    if "_COMMA" in stop.accepted:
        return "a comma or an operator is missing here"
    return "an operator is missing here, such as `and` or `eq`"


def function_hint(name: str) -> str:
    """What to write instead of a function that does not exist."""
    return likely_function(name, bound="." in name) or "custom functions take named arguments: Ns.F(p=1)"


def likely_function(name: str, *, bound: bool) -> str | None:
    """What to write instead of a name that looks like a function's, `bound` to what stands in front of it or not."""
    last = name.lower().rpartition(".")[2]
    if last in FOREIGN_FUNCTIONS:
        return FOREIGN_FUNCTIONS[last]
    known = {function.name.lower(): function.name for function in functions.FUNCTIONS}
    close = get_close_matches(last, known, n=1, cutoff=0.75)
    meant = FUNCTIONS_ELSEWHERE.get(last) or (known[close[0]] if close else None)
    if meant is None:
        return None
    return f"a function stands in front of all its arguments: {meant}(...)" if bound else f"did you mean {meant}?"


def name_fault(name: str) -> tuple[int, int, str | None]:
    """Where a name that is none goes wrong, from and to, and what to write instead."""
    looked_at = enumerate(name[: edm.MAX_IDENTIFIER + 1])  # a longer name is too long, whatever is in it
    at = next((at for at, char in looked_at if edm.identifier_fault("_" * (at > 0) + char) is not None), None)
    if at is None:
        return 0, len(name), None
    if name[at] in CURLY:
        end = len(name) if name[-1] in CURLY else at + 1
        return at, end, "strings stand in straight single quotes: 'cat'"
    unseen = re.match(INVISIBLE, name[at])
    hint = "a minus sign is written -" if name[at] in "\u2212\u2013\u2014" else SYMBOLS.get(name[at])
    return at, at + 1, hint if unseen is None else invisible(unseen)


# ---- What can stand somewhere ------------------------------------------------------------------------

_COMPARISON = "a comparison operator (eq, ne, gt, ge, lt, le, in, has)"
_PHRASES: Mapping[str, str] = {
    "ODATA_IDENTIFIER": "a property",
    "STRING_LITERAL": "a value",
    "GUID": "a value",
    "EQUALITY": _COMPARISON,
    "RELATIONAL": _COMPARISON,
    "IN": _COMPARISON,
    "HAS": _COMPARISON,
    "ADDITIVE": "an arithmetic operator",
    "MULTIPLICATIVE": "an arithmetic operator",
    "_AND": "`and`",
    "_OR": "`or`",
    "OPEN": "`(`",
    "CLOSE": "`)`",
    "_SLASH": "`/`",
    "PARAMETER_NAME": "a parameter's name and `=`",
    "WKT_OPEN": "`(`",
    "_COMMA": "`,`",
    "_COLON": "`:`",
    "QUALIFIED_NAME": "a type name",
    "ENUM_VALUE": "an enumeration value",
    "LAMBDA_VARIABLE": "a variable and `:`",
    "BEGIN_ARRAY": "`[`",
    "END_ARRAY": "`]`",
    "END_OBJECT": "`}`",
    "STRING_IN_URL": "a JSON string",
    "FILTER_OPTION": "`$filter=`",
    "SEARCH_OPTION": "`$search=`",
    "SEARCH_WORD": "a search word",
    "POSITION_LITERAL": "a position",
    "WKT_POINT": "a shape",
    "WKT_CLOSE": "`)`",
    "WKT_COMMA": "`,`",
    "GEO_END": "`'`",
    "$END": "the end of the filter",
}
