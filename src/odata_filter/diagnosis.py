"""The place where reading a filter stopped to a problem: what was expected there, and what to write instead."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple, TypeAlias

from odata_filter import edm, functions
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
_BINARY = frozenset(OPERATORS) - {"not", "-", "any", "all"}


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


_CURLY = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00b4\u2032\u2033\u00ab\u00bb"
_QUOTES = re.compile(rf"'[^']*+'|\"[^\"]*+\"|(?P<curly>[{_CURLY}])(?:[^{_CURLY}']*+[{_CURLY}])?+")


def _prefix(stop: Stop) -> Problem | None:
    """A string with a prefix that OData does not have, which is at fault as a whole."""
    word = re.search(r"(?<![\w.])[A-Za-z]++\Z", stop.text[max(0, stop.position - _LOOK_BACK) : stop.position])
    if not stop.found.startswith("'") or word is None:
        return None
    hint = _FOREIGN_PREFIXES.get(word.group().lower())
    if hint is None:
        return None
    place = (stop.position - len(word.group()), stop.position + len(stop.found))
    return _problem(stop, "expected a value", place, ("a value",), hint)


def _open_quote(stop: Stop) -> Problem | None:
    quote = stop.found
    if quote != "'" and (quote != '"' or quote in stop.text[stop.position + 1 : stop.end]):
        return None
    previous = stop.text[stop.position - 1 : stop.position]
    if not stop.accepted & _STRINGS and previous.isspace():
        return None
    hint = _ONE_QUOTE if previous.isalnum() else _DOUBLED if quote == "'" else _in_single_quotes("cat")
    return _not_closed(stop, stop.position, None if "STRING_IN_URL" in stop.accepted and quote == '"' else hint)


_STRINGS = frozenset({"STRING_LITERAL", "STRING_IN_URL"})


def _not_closed(stop: Stop, position: int, hint: str | None) -> Problem:
    message = "this quote is not closed: a closing quote is missing"
    return _problem(stop, message, (position, position + 1), ("a closing quote",), hint)


def _single_quote(stop: Stop) -> Problem | None:
    """A word that touches the end of a string: the string should go on, or should have ended long before."""
    word, at = stop.found, stop.position
    if not re.match(r"\w", word) or stop.text[at - 1 : at] != "'" or word.lower() in _BINARY:
        return None
    literal = stop.text[_last_string(stop.text, at) : at]
    if re.search(rf"\s(?:{'|'.join(sorted(_BINARY))})\s*+\(?+'\Z", literal[-_LOOK_BACK:], re.IGNORECASE):
        hint = f"this string goes on to the quote in front of `{word[:40]}`: close it where it ends"
        return _not_closed(stop, at - len(literal), hint)
    if literal == "''":
        message = "expected one quote at either end of the string"
        return _problem(stop, message, (at, at + len(word)), ("one quote at either end of the string",), _ONE_QUOTE)
    return _problem(stop, "expected `''`: one quote alone ends the string", (at - 1, at), ("`''`",), _DOUBLED)


def _last_string(text: str, end: int) -> int:
    """Where the last string that ends by `end` begins."""
    return max(match.start() for match in re.finditer(r"'[^']*+(?:''[^']*+)*+'", text[:end]))


def _operator_alone(stop: Stop) -> Problem | None:
    """An operator with nothing, or without white space, after it."""
    match = re.compile(r"[A-Za-z]++(?!\w)").match(stop.text, stop.position, stop.end)
    word = "" if match is None else match.group().lower()
    if word not in _BINARY or not stop.wants_operator or not stop.text[stop.position - 1].isspace():
        return None
    position = stop.position + len(word)
    follows = stop.text[position : stop.end].lstrip()[:1]
    wanted = "a value" if follows in _NO_VALUE else "white space"
    message = f"expected {wanted} after {word}" + ("" if follows else ", and the filter ends")
    return _problem(stop, message, (position, position + 1), (wanted,), None)


_NO_VALUE = frozenset({"", ")", "]", "}", ",", ";", ":"})


def _missing_operand(stop: Stop) -> Problem | None:
    """An operator that was read as a name, because an operator or the start of the filter is in front of it."""
    match = re.search(rf"(?<![\w/@$.])(?:{'|'.join(sorted(_BINARY))})\Z", stop.before, re.IGNORECASE)
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
    return _problem(stop, f"expected `/` after the type {name}", (position, position + len(name)), ("`/`",), _SLASHES)


def _unexpected(stop: Stop) -> Problem:
    expected = tuple(dict.fromkeys(phrase for terminal, phrase in _PHRASES.items() if terminal in stop.accepted))
    if stop.wants_operator:
        expected = tuple(phrase for phrase in expected if phrase != _PHRASES["_SLASH"])
    wanted = " or ".join(filter(None, [", ".join(expected[:-1]), *expected[-1:]]))
    message = f"expected {wanted}" + ("" if stop.found else ", and the filter ends")
    end, hint = _advice(stop)
    return _problem(stop, message, (stop.position, max(end, stop.position + 1)), expected, hint)


# ---- Hints -------------------------------------------------------------------------------------------

_Hint: TypeAlias = str | Callable[[re.Match[str]], str]
"""What to write instead, or a function that makes it of the fault."""


def _advice(stop: Stop) -> tuple[int, str | None]:
    """Where the fault ends, and what to write instead."""
    for terminal, before, fault, hint_of in _mistakes():
        match = fault.match(stop.text, stop.position, stop.end)
        if match is not None and terminal in {"", *stop.accepted} and before.search(stop.before):
            return match.end(), hint_of if isinstance(hint_of, str) else hint_of(match)
    found = stop.found
    hint = _SYMBOLS.get(unicodedata.normalize("NFKC", found)) or _bracket_hint(stop) or _missing_hint(stop)
    return stop.position + len(found), hint


@cache
def _mistakes() -> list[tuple[str, re.Pattern[str], re.Pattern[str], _Hint]]:
    """The table of mistakes with its patterns compiled."""
    return [
        (terminal, re.compile(rf"(?i:{before})\Z" if before else ""), re.compile(f"(?i:{fault})"), hint)
        for terminal, before, fault, hint in _MISTAKES
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
    alike = [operator for operator in sorted(_BINARY) if len(word) > 1 and abs(len(operator) - len(word)) <= 1]
    close = get_close_matches(word, alike, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    if "_COMMA" in stop.accepted:
        return "a comma or an operator is missing here"
    return "an operator is missing here, such as `and` or `eq`"


_SHORT = 24
"""Characters of a string that a hint may repeat."""


def _in_single_quotes(content: str) -> str:
    return f"OData puts strings in single quotes: {edm.written(edm.STRING, content)}"


_DOUBLED = "a quote inside a string is written as two: 'O''Neil'"
_ONE_QUOTE = "a string has one quote at either end: 'cat'"
_SLASHES = "a path is written with slashes: address/city"
_NULL = "OData compares with null: `x eq null` or `x ne null`"
_PATTERN = "OData has matchesPattern(x,'pattern')"
_CASE = "OData has case(condition:value,true:other)"
_IN = "what stands right of `in` is a list in parentheses: x in ('a','b')"
_METADATA = "`metadata=` in front belongs to the Custom Vision endpoint: parse with profile=CUSTOM_VISION"
_LITERALS = "a list right of `in` holds literals, and strings among them are quoted: x in ('a','b')"
_ALIAS = "a parameter alias is written @name, and its value is given apart"
_OBJECT = 'names in an object stand in double quotes: {"x":1}'
_DATE = "a date is written as 2024-02-29, and it must exist"
_MOMENT = "a moment is written as 2024-02-29T10:00:00Z, with its offset"
_GUID = "a GUID has 8, 4, 4, 4 and 12 hexadecimal digits: 12345678-90ab-cdef-1234-567890abcdef"
_DIGITS = "digits are not grouped, and the decimal sign is a point: 1000.5"
_OPTION = "give the value of $filter alone, without other query options"
_OPTION_NAME = "give the value alone, without `$filter=`"
_WITHOUT_SPACE = "no white space may stand in a path"
_EQ = "OData writes equality as `eq`"
_NE = "OData writes inequality as `ne`"
_GT = "OData writes greater than as `gt`"
_GE = "OData writes greater than or equal as `ge`"
_LT = "OData writes less than as `lt`"
_LE = "OData writes less than or equal as `le`"
_LIKE = "OData has contains(x,'part'), startswith(x,'part') and endswith(x,'part')"

_SYMBOLS: Mapping[str, str] = {
    **dict.fromkeys(("=", "==", "==="), _EQ),
    **dict.fromkeys(("!=", "!==", "<>", "\u2260"), _NE),
    ">": _GT,
    **dict.fromkeys((">=", "=>", "\u2265"), _GE),
    "<": _LT,
    **dict.fromkeys(("<=", "=<", "\u2264"), _LE),
    **dict.fromkeys(("&", "&&"), "OData writes conjunction as `and`"),
    **dict.fromkeys(("|", "||"), "OData writes disjunction as `or`"),
    **dict.fromkeys(("!", "\u00ac"), "OData writes negation as `not`"),
    **dict.fromkeys(("~", "=~", "~="), _PATTERN),
    "+": "OData writes addition as `add`",
    "-": "OData writes subtraction as `sub`",
    **dict.fromkeys(("*", "\u00d7"), "OData writes multiplication as `mul`"),
    **dict.fromkeys(("/", "\u00f7"), "OData writes division as `div` or `divby`"),
    "%": "OData writes remainder as `mod`",
    "?": _CASE,
    "??": "OData has case(x ne null:x,true:y)",
}

_WORDS: Mapping[str, str] = {
    "is not null": _NULL,
    "is not": _NE,
    "is": _EQ,
    **dict.fromkeys(("isnull", "notnull"), _NULL),
    "not like": "write not contains(x,'part'), with `not` in front",
    "not between": "write x lt 1 or x gt 9",
    "not in": "write not (x in ('a','b')), with `not` in front of the whole condition",
    **dict.fromkeys(("not eq", "not equal", "not equals", "neq"), _NE),
    "not": "put `not` in front of the whole condition: not (x eq 1)",
    "like": _LIKE,
    "ilike": "OData has contains(tolower(x),'part')",
    **dict.fromkeys(("matches", "regexp", "rlike"), _PATTERN),
    "between": "write x ge 1 and x le 9",
    **dict.fromkeys(("contain", "contains", "includes"), "contains is a function: contains(x,'part')"),
    **dict.fromkeys(("startswith", "starts with"), "startswith is a function: startswith(x,'part')"),
    **dict.fromkeys(("endswith", "ends with"), "endswith is a function: endswith(x,'part')"),
    **dict.fromkeys(("equals", "equal to", "equal"), _EQ),
    **dict.fromkeys(("greater than", "greater"), _GT),
    "gte": _GE,
    **dict.fromkeys(("less than", "less"), _LT),
    "lte": _LE,
    "xor": "write a ne b for two Boolean values",
    "as": "write cast(x,Edm.String)",
    "when": _CASE,
}
"""Words that stand where an operator should, longer phrases before their beginnings."""

_OLD_DATE = "OData 4 writes a date as 2024-02-29 and a moment as 2024-02-29T10:00:00Z, without prefix and quotes"
_FOREIGN_PREFIXES: Mapping[str, str] = {
    **dict.fromkeys(("datetime", "date", "timestamp"), _OLD_DATE),
    "datetimeoffset": "OData 4 writes a moment as 2024-02-29T10:00:00Z, without prefix and quotes",
    **dict.fromkeys(("guid", "uuid"), "OData 4 writes a GUID without prefix and quotes"),
    "time": "OData 4 writes a time of day as 10:20:30, and a duration as duration'PT10H20M'",
    "x": "OData 4 writes binary values as binary'...' in base64url",
    **dict.fromkeys(("b", "e", "f", "n", "r", "u"), "strings have no prefix: 'cat'"),
}


class _Mistake(NamedTuple):
    """A mistake that people make.

    Attributes:
        terminal: one that could stand at the fault; empty where that does not matter.
        before: pattern of what is in front of the fault, white space left out.
        fault: pattern of what is marked; it starts where reading stopped.
        hint: what to write instead.
    """

    terminal: str
    before: str
    fault: str
    hint: _Hint


def _quoted(match: re.Match[str]) -> str:
    return _in_single_quotes(match[1] if len(match[1]) <= _SHORT else "cat")


def _invisible(match: re.Match[str]) -> str:
    known = f"this is U+{ord(match.group()):04X}, which"
    alike = match.group().isspace()
    return f"{known} looks like a space: type an ordinary one" if alike else f"{known} cannot be seen: leave it out"


def _word_hint(match: re.Match[str]) -> str:
    return _WORDS[" ".join(match.group().lower().split())]


_OPERATOR = "|".join(sorted(_BINARY))
_COMPARING = r"(?<!\w)(?:eq|ne|gt|ge|lt|le)"
_DAY = r"(?<![\w.-])\d{4}-\d\d-\d\d"
_FUNCTION = "|".join(re.escape(function.name) for function in functions.FUNCTIONS)
_STRING = "'[^']*+(?:''[^']*+)*+'"
_INVISIBLE = r"[^\S \t\r\n]|[\0-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2060\ufeff]"
_WORD = r"[^\W\d]\w*+"
_LIST = r"(?<![\w/])in\s*+\([^()]*+"

_MISTAKES = (
    # What happens to a filter on its way.
    _Mistake("", r"\A\s*+(?-i:metadata)", "(?<=a)=", _METADATA),
    _Mistake("", r"\A\s*+metadata", "=", "the prefix is `metadata=` in small letters, without white space"),
    _Mistake("", "", "%[0-9a-f]{2}", "the text is percent-encoded: decode it once first, with urllib.parse.unquote"),
    _Mistake(
        "_AND",
        "",
        rf"\+(?=(?:{_OPERATOR})\+)",
        "the text is encoded as a form: decode it once first, with urllib.parse.unquote_plus",
    ),
    _Mistake(
        "",
        "",
        r"&(?:#\w++|quot|apos|amp|lt|gt|nbsp);",
        "the text is escaped for HTML: unescape it once first, with html.unescape",
    ),
    _Mistake("", r"\A", r"\??\$filter=", _OPTION_NAME),
    _Mistake("", r"\A\s*+filter", "=", _OPTION_NAME),
    _Mistake("", "", r"&?\$(?:filter|orderby|top|skip|select|expand|count|search|format|apply|compute)=", _OPTION),
    _Mistake("", r"\A\s*+https?", ":(?=//)", _OPTION),
    _Mistake("_AND", r"\A\s*+where", r"\w++", "give the condition alone, without `where`"),
    _Mistake("", "", _INVISIBLE, _invisible),
    _Mistake("_AND", "", r"(?<=\s)(?:--|/\*|//|#)", "a filter has no comments"),
    # Quotes.
    _Mistake("END_OBJECT", r"\{", r"[0-9a-f]{8}-[0-9a-f-]++", "a GUID is written without braces"),
    _Mistake("END_OBJECT", r"\{", r"\w++(?=\})", _ALIAS),
    _Mistake("END_OBJECT", r"\{", rf"{_STRING}|\w++", _OBJECT),
    _Mistake("STRING_IN_URL", ",", rf"{_STRING}|\w++", _OBJECT),
    _Mistake("STRING_IN_URL", "", r'"(?:[^"\\]++|\\.)*+"', r"JSON has the escapes \" \\ \/ \b \f \n \r \t and \u0041"),
    _Mistake(
        "STRING_LITERAL",
        "",
        rf'["`](\w++)["`](?=\s++(?:{_OPERATOR})\s)',
        lambda match: f"names stand without quotes: {match[1]}",
    ),
    _Mistake("", "", r'["`]([^"`]*+)["`]', _quoted),
    _Mistake(
        "",
        "",
        r"\\(?=[\"'])",
        "nothing is escaped with a backslash: a string stands in single quotes, and a quote in it is written as two",
    ),
    _Mistake("COLLECTION_TYPE_NAME", "", r"'([\w.]++)'", lambda match: f"a type stands without quotes: {match[1]}"),
    _Mistake("ENUM_VALUE", "", rf"{_STRING}|\w++", "has takes an enumeration value: Ns.Colour'Red'"),
    _Mistake(
        "", "duration", rf"(?<=\w){_STRING}", "a duration is written like duration'P1DT2H30M', without years and months"
    ),
    _Mistake("", "binary", rf"(?<=\w){_STRING}", "binary values are in base64url: letters, digits, - and _"),
    _Mistake("", "geography", rf"(?<=\w){_STRING}", "a shape is written like geography'SRID=4326;Point(10 50)'"),
    _Mistake("", "geometry", rf"(?<=\w){_STRING}", "a shape is written like geometry'SRID=0;Point(10 50)'"),
    _Mistake(
        "",
        r"\.\w++",
        _STRING,
        "an enumeration literal has names or numbers, with commas alone between them: Ns.Colour'Red,Blue'",
    ),
    _Mistake("", r"\w", rf"(?<=\w){_STRING}", "an enumeration literal has its namespace in front: Ns.Colour'Red'"),
    # Numbers, dates and times.
    _Mistake("_AND", r"(?<![\w-])[0-9a-f]{1,8}", "(?<=[0-9a-f])[0-9a-f]{0,7}-[0-9a-f]{4}-[0-9a-f-]++", _GUID),
    _Mistake("_AND", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", r"(?<=[0-9a-f])\w++", _GUID),
    _Mistake("_AND", r"(?<![\w.-])\d{1,5}", r"(?<=\d)[-/]\d{1,2}[-/]\d{1,4}(?!\w)", _DATE),
    _Mistake("_AND", r"(?<![\w.-])\d{1,2}\.\d{1,2}", r"(?<=\d)\.\d{2,4}(?!\w)", _DATE),
    _Mistake("_AND", _DAY, r"(?:(?<=\d)T|(?<=\s)T?(?=\d\d?:))[\dTZ:.+-]*+", _MOMENT),
    _Mistake("_AND", r"(?<![\w.])\d{1,2}(?::\d\d?)?", r"(?<=\d):\d++", "a time of day is written as 09:30 or 09:30:15"),
    _Mistake(
        "_AND",
        "",
        rf"(?<=[\w')\]}}])({_OPERATOR})(?!\w)",
        lambda match: f"put white space in front of `{match[1].lower()}`",
    ),
    _Mistake("_AND", "", rf"({_OPERATOR})\d[\d.]*+(?!\w)", lambda match: f"put white space after `{match[1].lower()}`"),
    _Mistake("_AND", "", r"(?<=\d)(?:[lmdfn]|ul|lu)(?!\w)", "OData 4 writes numbers without a suffix"),
    _Mistake("_AND", "", r"(?<=\b0)x[0-9a-f]++", "numbers are decimal"),
    _Mistake("_AND", "", r"(?<=\d)(?:,\d{3}|_\d++)(?!\w)", _DIGITS),
    _Mistake("_AND", "", r"(?<=\d)e[+-]?(?!\w)", "an exponent has digits: 1e5"),
    _Mistake("_AND", "", rf"(?<=\d){_WORD}", "a name starts with a letter or `_`, and a number has no unit"),
    _Mistake("_AND", "", r"(?<=\d)\.(?!\d)", "digits stand on both sides of the point: 5.0"),
    _Mistake("STRING_LITERAL", "", r"\.(\d{1,9})", lambda match: f"a number starts with a digit: 0.{match[1]}"),
    # Lists, arguments and lambdas.
    _Mistake("", ",", r"[)\]}]", "leave out the comma in front of the bracket"),
    _Mistake("", r"(?<![\w/])in", rf"\{{|{_STRING}|\d[\d.]*+", _IN),
    _Mistake("STRING_LITERAL", _LIST, _WORD, _LITERALS),
    _Mistake("CLOSE", rf"{_LIST}(?<=[\w'])", rf",|(?:{_OPERATOR})(?!\w)", _LITERALS),
    _Mistake("CLOSE", rf"{_COMPARING}\s*+\([^()]*+", ",", "a list stands right of `in` only: x in (1,2)"),
    _Mistake("_AND", "", ",", "join conditions with `and` or `or`"),
    _Mistake("_COMMA", "", ";", "arguments and members are separated by commas"),
    _Mistake("_AND", "", ";", "leave out the semicolon"),
    _Mistake(
        "_AND", rf"(?<![\w/])(?:{_FUNCTION})", r"(?<=\s)\(", "no white space may stand between a function and its `(`"
    ),
    _Mistake("_AND", rf"(?<![\w/])(?:{_FUNCTION})", r"\[", "arguments stand in parentheses: contains(...)"),
    _Mistake("_AND", "", r"\[", "members of a collection have no index here: ask with any, as in tags/any(t:t eq 'x')"),
    _Mistake("LAMBDA_VARIABLE", "", rf"{_STRING}|\w++|.", "a lambda names its variable first: any(t:t eq 'x')"),
    _Mistake(
        "CLOSE",
        r"(?:any|all|some|every|exists)\(\s*+\w++",
        ":",
        "any and all follow a collection: tags/any(t:t eq 'x')",
    ),
    _Mistake("CLOSE", r"\w\(\s*+\w++", ":", "a parameter and its value are joined by `=`: Ns.F(p=1)"),
    _Mistake("_COLON", '"', rf"=|{_STRING}|\w++", 'a colon stands between a name and its value: {"x":1}'),
    _Mistake("_COLON", "", ",", "a colon stands between a condition and its value: case(a gt 0:1,true:0)"),
    # Names, paths and placeholders.
    _Mistake("STRING_LITERAL", _COMPARING, r"\?|:\w++|%[sd](?!\w)|\$\{\w*+\}", _ALIAS),
    _Mistake("STRING_LITERAL", "", r"@", "a parameter alias is @ and a name: @p"),
    _Mistake("STRING_LITERAL", "", r"\$count(?=\()", "count the members with a path: tags/$count"),
    _Mistake("STRING_LITERAL", "", r"(?-i:\$root)(?!\w)", "$root goes on with a path: $root/Items"),
    _Mistake(
        "STRING_LITERAL",
        "",
        r"\$(?:it|this|root)(?!\w)",
        lambda match: f"{match.group().lower()} is written in small letters",
    ),
    _Mistake("STRING_LITERAL", "", r"\$\w++", "names have no `$`; there are only $it, $this and $root"),
    _Mistake("STRING_LITERAL", "", r"/", "a path starts with a name"),
    _Mistake("STRING_LITERAL", "", r"~", "OData writes negation as `not`"),
    _Mistake("ODATA_IDENTIFIER", "/", "/", "a path has one slash between two names"),
    _Mistake("ODATA_IDENTIFIER", "/", r"(?<=\s)\w++", _WITHOUT_SPACE),
    _Mistake(
        "ODATA_IDENTIFIER",
        "/",
        r"\d++",
        "OData writes division as `div` or `divby`; members of a collection have no index",
    ),
    _Mistake("_AND", "", rf"(?<=\s)/(?={_WORD})", _WITHOUT_SPACE),
    _Mistake("_AND", "", r"\\|->", _SLASHES),
    _Mistake("_AND", "", rf"(?<=\w)-(?={_WORD})", "a name has letters, digits and `_` only; subtraction is ` sub `"),
    # Words that stand where an operator should.
    _Mistake("_AND", "", r"is(?:\s++not)?+(?=\s++(?:null|none|nil)(?!\w))", _NULL),
    _Mistake("_AND", "", "(?:" + "|".join(_WORDS).replace(" ", r"\s++") + r")(?!\w)", _word_hint),
)
"""The mistakes, the first that fits counts."""


def function_hint(name: str) -> str:
    """What to write instead of a function that does not exist."""
    return likely_function(name, bound="." in name) or "custom functions take named arguments: Ns.F(p=1)"


def likely_function(name: str, *, bound: bool) -> str | None:
    """What to write instead of a name that looks like a function's, `bound` to what stands in front of it or not."""
    last = name.lower().rpartition(".")[2]
    if last in _FOREIGN_FUNCTIONS:
        return _FOREIGN_FUNCTIONS[last]
    known = {function.name.lower(): function.name for function in functions.FUNCTIONS}
    close = get_close_matches(last, known, n=1, cutoff=0.75)
    meant = _FUNCTIONS_ELSEWHERE.get(last) or (known[close[0]] if close else None)
    if meant is None:
        return None
    return f"a function stands in front of all its arguments: {meant}(...)" if bound else f"did you mean {meant}?"


_FUNCTIONS_ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(("includes", "include", "instr"), "contains"),
    **dict.fromkeys(("upper", "uppercase", "ucase"), "toupper"),
    **dict.fromkeys(("lower", "lowercase", "lcase"), "tolower"),
    **dict.fromkeys(("strip", "ltrim", "rtrim"), "trim"),
    **dict.fromkeys(("len", "strlen", "size"), "length"),
    **dict.fromkeys(("find", "charindex", "strpos"), "indexof"),
    **dict.fromkeys(("substr", "mid"), "substring"),
    **dict.fromkeys(("ceil", "roundup"), "ceiling"),
    **dict.fromkeys(("today", "getdate", "utcnow", "current_timestamp"), "now"),
}
"""Functions of other languages, and how OData calls them."""

_FOREIGN_FUNCTIONS: Mapping[str, str] = {
    "substringof": "OData 4 writes it the other way round: contains(name,'part')",
    "replace": "OData 4 has no replace",
    **dict.fromkeys(("like", "ilike"), _LIKE),
    **dict.fromkeys(("equals", "equal", "eq"), _EQ),
    **dict.fromkeys(("isnull", "isempty", "isnullorempty"), "compare with null: x eq null"),
    **dict.fromkeys(("coalesce", "ifnull", "nvl"), "use case: case(a ne null:a,true:b)"),
    **dict.fromkeys(("if", "iif"), "use case: case(condition:value,true:other)"),
    "count": "count the members with a path: tags/$count",
    **dict.fromkeys(("regexp", "regex", "matches", "regexmatch"), _PATTERN),
    "in": "put white space after in: x in ('a','b')",
    **{word: f"`{word}` stands between conditions: a eq 1 {word} b eq 2" for word in ("and", "or")},
}


def name_fault(name: str) -> tuple[int, int, str | None]:
    """Where a name that is none goes wrong, from and to, and what to write instead."""
    at = next((at for at, char in enumerate(name) if edm.identifier_fault("_" * (at > 0) + char) is not None), None)
    if at is None:
        return 0, len(name), None
    if name[at] in _CURLY:
        end = len(name) if name[-1] in _CURLY else at + 1
        return at, end, "strings stand in straight single quotes: 'cat'"
    invisible = re.match(_INVISIBLE, name[at])
    hint = "a minus sign is written -" if name[at] in "\u2212\u2013\u2014" else None
    return at, at + 1, hint if invisible is None else _invisible(invisible)


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
