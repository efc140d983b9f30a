"""The place where reading a filter stopped to a problem: what was expected there, and what to write instead."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from odata_filter import functions
from odata_filter.errors import Problem
from odata_filter.profile import OPERATORS


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
        """The word, the run of operator characters, or the one character at fault; empty at the end."""
        match = _FOUND.match(self.text, self.position, self.end)
        return "" if match is None else match.group()

    @property
    def before(self) -> str:
        """The text in front of the fault, without white space at its end."""
        return self.text[max(0, self.position - _LOOK_BACK) : self.position].rstrip()

    @property
    def wants_value(self) -> bool:
        """Whether a value could stand there."""
        return "STRING_LITERAL" in self.accepted

    @property
    def wants_operator(self) -> bool:
        """Whether an operator could stand there."""
        return "_AND" in self.accepted


_FOUND = re.compile(r"\w++|[=!<>&|]++|.", re.DOTALL)
_LOOK_BACK = 200


def diagnosis(stop: Stop) -> Problem:
    """What is wrong, in the user's words."""
    return _open_quote(stop) or _operator_alone(stop) or _open_bracket(stop) or _unexpected(stop)


def _problem(stop: Stop, message: str, place: tuple[int, int], expected: tuple[str, ...], hint: str | None) -> Problem:
    start, end = place
    return Problem(
        message=message, code="syntax", source=stop.text, position=start, end=end, expected=expected, hint=hint
    )


def _open_quote(stop: Stop) -> Problem | None:
    quote = stop.found
    if quote not in {"'", '"'} or quote in stop.text[stop.position + 1 : stop.end]:
        return None
    if not stop.wants_value and stop.text[stop.position - 1 : stop.position].isspace():
        return None
    message = "this quote is not closed: a closing quote is missing"
    hint = _QUOTE_HINT if quote == "'" else _DOUBLE_QUOTE_HINT
    return _problem(stop, message, (stop.position, stop.position + 1), ("a closing quote",), hint)


def _operator_alone(stop: Stop) -> Problem | None:
    """An operator with nothing, or without white space, after it."""
    match = re.compile(r"[A-Za-z]++(?!\w)").match(stop.text, stop.position, stop.end)
    word = "" if match is None else match.group().lower()
    if word not in _BINARY or not stop.wants_operator or not stop.text[stop.position - 1].isspace():
        return None
    position = stop.position + len(word)
    missing = position == stop.end
    wanted = "a value" if missing else "white space"
    message = f"expected {wanted} after {word}" + (", and the filter ends" if missing else "")
    return _problem(stop, message, (position, position + 1), (wanted,), None)


_BINARY = frozenset(OPERATORS) - {"not", "-", "any", "all"}


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


def _unexpected(stop: Stop) -> Problem:
    found = stop.found
    expected = tuple(dict.fromkeys(phrase for terminal, phrase in _PHRASES.items() if terminal in stop.accepted))
    if stop.wants_operator:
        expected = tuple(phrase for phrase in expected if phrase != _PHRASES["_SLASH"])
    wanted = " or ".join(filter(None, [", ".join(expected[:-1]), *expected[-1:]]))
    message = f"expected {wanted}" + ("" if found else ", and the filter ends")
    return _problem(stop, message, (stop.position, stop.position + max(1, len(found))), expected, _hint(stop))


# ---- Hints -----------------------------------------------------------------------------------------

_QUOTE_HINT = "a quote inside a string is written as two: 'O''Neil'"
_DOUBLE_QUOTE_HINT = "OData puts strings in single quotes: 'cat'"

_SYMBOLS: Mapping[str, str] = {
    "=": "OData writes equality as `eq`",
    "==": "OData writes equality as `eq`",
    "!=": "OData writes inequality as `ne`",
    "<>": "OData writes inequality as `ne`",
    ">": "OData writes greater than as `gt`",
    ">=": "OData writes greater than or equal as `ge`",
    "<": "OData writes less than as `lt`",
    "<=": "OData writes less than or equal as `le`",
    "&": "OData writes conjunction as `and`",
    "&&": "OData writes conjunction as `and`",
    "|": "OData writes disjunction as `or`",
    "||": "OData writes disjunction as `or`",
    "!": "OData writes negation as `not`",
    "+": "OData writes addition as `add`",
    "-": "OData writes subtraction as `sub`",
    "*": "OData writes multiplication as `mul`",
    "/": "OData writes division as `div` or `divby`",
    '"': _DOUBLE_QUOTE_HINT,
}
_WORDS: Mapping[str, str] = {
    "is": "OData compares with null: `x eq null` or `x ne null`",
    "like": "OData has contains(x,'part'), startswith(x,'part') and endswith(x,'part')",
    "ilike": "OData has contains(tolower(x),'part')",
    "contains": "contains is a function: contains(x,'part')",
    "startswith": "startswith is a function: startswith(x,'part')",
    "endswith": "endswith is a function: endswith(x,'part')",
    "matches": "OData has matchesPattern(x,'pattern')",
    "between": "write x ge 1 and x le 9",
    "not": "write not (x in ('a','b')), with `not` in front of the whole condition",
    "equals": "OData writes equality as `eq`",
    "equal": "OData writes equality as `eq`",
    "neq": "OData writes inequality as `ne`",
    "gte": "OData writes greater than or equal as `ge`",
    "lte": "OData writes less than or equal as `le`",
    "xor": "write a ne b for two Boolean values",
}
_OLD_PREFIXES: Mapping[str, str] = {
    "datetime": "OData 4 writes a date as 2024-02-29 and a moment as 2024-02-29T10:00:00Z, without prefix and quotes",
    "datetimeoffset": "OData 4 writes a moment as 2024-02-29T10:00:00Z, without prefix and quotes",
    "guid": "OData 4 writes a GUID without prefix and quotes",
    "time": "OData 4 writes a time of day as 10:20:30, and a duration as duration'PT10H20M'",
    "x": "OData 4 writes binary values as binary'...' in base64url",
    "duration": "a duration is written like duration'P1DT2H30M', without years and months",
    "binary": "binary values are in base64url: letters, digits, - and _",
    "geography": "a shape is written like geography'SRID=4326;Point(10 50)'",
    "geometry": "a shape is written like geometry'SRID=0;Point(10 50)'",
}
_SUFFIX = re.compile(r"(?<![\w.])[+-]?[0-9]++(?:\.[0-9]++)?\Z")
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")


def _hint(stop: Stop) -> str | None:
    found, before = stop.found, stop.before
    if found == "=" and stop.text[: stop.position].strip() == "metadata":
        return "`metadata=` in front belongs to the Custom Vision endpoint: parse with profile=CUSTOM_VISION"
    if _ENCODED.match(stop.text, stop.position, stop.end):
        return "the text is percent-encoded: decode it once first, with urllib.parse.unquote"
    if found == "'" and not stop.wants_value:
        return _OLD_PREFIXES.get(re.split(r"\W", before)[-1].lower(), _QUOTE_HINT)
    if before.endswith("'") and stop.text[stop.position - 1] == "'":
        return _QUOTE_HINT
    if found.lower() in {"l", "m", "d", "f"} and _SUFFIX.search(before):
        return "OData 4 writes numbers without a suffix"
    if stop.wants_operator:
        return _SYMBOLS.get(found) or _word_hint(stop)
    return _SYMBOLS.get(found)


def _word_hint(stop: Stop) -> str | None:
    """A hint for a word, or a value, that stands where an operator should."""
    word = stop.found.lower()
    if word in _WORDS:
        return _WORDS[word]
    close = get_close_matches(word, _BINARY, n=1, cutoff=0.5) if len(word) > 1 and word.isalpha() else []
    if close:
        return f"did you mean `{close[0]}`?"
    return "an operator is missing here" if word.isalnum() or word == "(" else None


def function_hint(name: str) -> str:
    """What to write instead of a function that does not exist."""
    if name.lower() in _FOREIGN_FUNCTIONS:
        return _FOREIGN_FUNCTIONS[name.lower()]
    known = {function.name.lower(): function.name for function in functions.FUNCTIONS}
    close = get_close_matches(name.lower(), known, n=1)
    return f"did you mean {known[close[0]]}?" if close else "custom functions take named arguments: Ns.F(p=1)"


_FOREIGN_FUNCTIONS: Mapping[str, str] = {
    "substringof": "OData 4 writes it the other way round: contains(name,'part')",
    "replace": "OData 4 has no replace",
    "upper": "did you mean toupper?",
    "lower": "did you mean tolower?",
    "len": "did you mean length?",
    "strlen": "did you mean length?",
    "ceil": "did you mean ceiling?",
    "isnull": "compare with null: x eq null",
    "coalesce": "use case: case(x ne null:x,true:y)",
    "if": "use case: case(condition:x,true:y)",
    "iif": "use case: case(condition:x,true:y)",
    "in": "put white space after in: x in ('a','b')",
    "and": "put white space after and",
    "or": "put white space after or",
}


def name_hint(char: str) -> str | None:
    """What to write instead of a character that cannot be in a name."""
    if char in "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00b4\u2032\u2033":
        return "strings stand in straight single quotes: 'cat'"
    if char in "\u2212\u2013\u2014":
        return "a minus sign is written -"
    return None


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
