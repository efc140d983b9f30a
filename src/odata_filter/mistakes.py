"""The mistakes that people make when they write filters: what stands where reading stopped to what to write instead."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from odata_filter import edm, functions
from odata_filter.profile import OPERATORS

BINARY = frozenset(OPERATORS) - {"not", "-", "any", "all"}
"""The operators that stand between two values."""

# ---- Hints that several mistakes share -----------------------------------------------------------------

CURLY = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00b4\u2032\u2033\u00ab\u00bb"
"""Typographic quotes, and what is typed for one."""

DOUBLED = "a quote inside a string is written as two: 'O''Neil'"
ONE_QUOTE = "a string has one quote at either end: 'cat'"
SLASHES = "a path is written with slashes: address/city"
TYPES = f"{SLASHES}, and an enumeration value with quotes: Ns.Colour'Red'"
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
_ADD = "OData writes addition as `add`"
_SUB = "OData writes subtraction as `sub`"
_MUL = "OData writes multiplication as `mul`"
_DIV = "OData writes division as `div` or `divby`"
_MOD = "OData writes remainder as `mod`"
_AND = "OData writes conjunction as `and`"
_NOT = "OData writes negation as `not`"
_RANGE = "write x ge 1 and x le 9"
_AND_NOT = "write and not (x eq 1), in three words"
_NOT_PART = "write not contains(x,'part'), with `not` in front"
_NOT_IN = "write not (x in ('a','b')), with `not` in front of the whole condition"
_JOIN = "join conditions with `and` or `or`"
_QUANTIFIER = "any and all follow a collection: tags/any(t:t eq 'x')"
_ARGUMENTS = "arguments stand in parentheses: contains(...)"
_ALONE = "a filter is a condition alone: what to select, to sort by and to count goes elsewhere"
_LIKE = "OData has contains(x,'part'), startswith(x,'part') and endswith(x,'part')"

# ---- Symbols, words and prefixes -------------------------------------------------------------------

SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("=", "==", "==="), _EQ),
        **dict.fromkeys(("!=", "!==", "<>", "\u2260"), _NE),
        ">": _GT,
        **dict.fromkeys((">=", "=>", "\u2265"), _GE),
        "<": _LT,
        **dict.fromkeys(("<=", "=<", "\u2264"), _LE),
        **dict.fromkeys(("&", "&&", "\u2227"), _AND),
        **dict.fromkeys(("|", "||", "\u2228"), "OData writes disjunction as `or`"),
        **dict.fromkeys(("!", "\u00ac"), _NOT),
        **dict.fromkeys(("~", "=~", "~="), _PATTERN),
        "+": _ADD,
        **dict.fromkeys(("-", "\u2013", "\u2212"), _SUB),
        **dict.fromkeys(("*", "\u00d7"), _MUL),
        **dict.fromkeys(("/", "\u00f7"), _DIV),
        "%": _MOD,
        "?": _CASE,
        "??": "OData has case(x ne null:x,true:y)",
    }
)

_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("is not null", "isnull", "notnull", "empty", "not empty"), _NULL),
    **dict.fromkeys(("exists", "not exists", "pr"), "ask whether it is null: x ne null"),
    **dict.fromkeys(("is", "equals", "equal to", "equal"), _EQ),
    **dict.fromkeys(("not", "is not", "not eq", "not equals", "not equal to", "not equal", "neq", "!eq"), _NE),
    **dict.fromkeys(("does not equal", "differs from"), _NE),
    **dict.fromkeys(("greater than", "greater", "more than", "above"), _GT),
    **dict.fromkeys(("greater than or equal to", "gte", "at least"), _GE),
    **dict.fromkeys(("less than", "less", "below"), _LT),
    **dict.fromkeys(("less than or equal to", "lte", "at most"), _LE),
    "between": _RANGE,
    "not between": "write x lt 1 or x gt 9",
    **dict.fromkeys(("is in", "one of", "is one of"), "write x in ('a','b')"),
    **dict.fromkeys(("not in", "not one of", "!in", "notin"), _NOT_IN),
    "like": _LIKE,
    "ilike": "OData has contains(tolower(x),'part')",
    **dict.fromkeys(("not like", "!like", "not contains", "!contains", "does not contain", "notcontains"), _NOT_PART),
    **dict.fromkeys(("contain", "contains", "includes", "co"), "contains is a function: contains(x,'part')"),
    **dict.fromkeys(("startswith", "starts with", "sw"), "startswith is a function: startswith(x,'part')"),
    **dict.fromkeys(("endswith", "ends with", "ew"), "endswith is a function: endswith(x,'part')"),
    **dict.fromkeys(("matches", "regexp", "rlike", "match"), _PATTERN),
    **dict.fromkeys(("any", "all"), _QUANTIFIER),
    **dict.fromkeys(("but", "also"), _AND),
    **dict.fromkeys(("andnot", "unless", "except"), _AND_NOT),
    "xor": "write a ne b for two Boolean values",
    "plus": _ADD,
    "minus": _SUB,
    "times": _MUL,
    **dict.fromkeys(("divided by", "over"), _DIV),
    **dict.fromkeys(("modulo", "rem"), _MOD),
    **dict.fromkeys(("when", "if", "then"), _CASE),
    "as": "write cast(x,Edm.String)",
    **dict.fromkeys(("order by", "orderby", "sort by", "group by", "having", "limit", "top", "skip", "offset"), _ALONE),
}
"""Words that stand where an operator should; `is` may be in front of each."""

_OLD_DATE = "OData 4 writes a date as 2024-02-29 and a moment as 2024-02-29T10:00:00Z, without prefix and quotes"
FOREIGN_PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("datetime", "date", "timestamp"), _OLD_DATE),
        "datetimeoffset": "OData 4 writes a moment as 2024-02-29T10:00:00Z, without prefix and quotes",
        **dict.fromkeys(("guid", "uuid"), "OData 4 writes a GUID without prefix and quotes"),
        "time": "OData 4 writes a time of day as 10:20:30, and a duration as duration'PT10H20M'",
        "x": "OData 4 writes binary values as binary'...' in base64url",
        **dict.fromkeys(("b", "e", "f", "n", "r", "u"), "strings have no prefix: 'cat'"),
    }
)

# ---- Everything that needs to be seen in its place ---------------------------------------------------

Hint: TypeAlias = str | Callable[[re.Match[str]], str]
"""What to write instead, or a function that makes it of the fault."""


class Mistake(NamedTuple):
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
    hint: Hint


_SHORT = 24
"""Characters of a string that a hint may repeat."""


def in_single_quotes(content: str) -> str:
    """The hint for a string in other quotes."""
    return f"OData puts strings in single quotes: {edm.written(edm.STRING, content)}"


def _quoted(match: re.Match[str]) -> str:
    return in_single_quotes(match[1] if len(match[1]) <= _SHORT else "cat")


def invisible(match: re.Match[str]) -> str:
    """The hint for a character that looks like a space or like nothing."""
    known = f"this is U+{ord(match.group()):04X}, which"
    alike = match.group().isspace()
    return f"{known} looks like a space: type an ordinary one" if alike else f"{known} cannot be seen: leave it out"


def _word_hint(match: re.Match[str]) -> str:
    words = " ".join(match.group().lower().split())
    return _WORDS[words] if words in _WORDS else _WORDS[words.removeprefix("is ")]


def _prefixed(match: re.Match[str]) -> str:
    word = re.findall(r"\w++", match.string[max(0, match.start() - _SHORT) : match.start()])[-1]
    close = get_close_matches(word.lower(), ("duration", "binary", "geography", "geometry"), n=1)
    return (
        f"did you mean {close[0]}'...'?"
        if close
        else "an enumeration literal has its namespace in front: Ns.Colour'Red'"
    )


def _without_space(match: re.Match[str]) -> str:
    return f"put white space around `{match.string[match.start() - 2 : match.start()].lower()}`"


_OPERATOR = "|".join(sorted(BINARY))
COMPARING = r"(?<!\w)(?:eq|ne|gt|ge|lt|le)"
_DAY = r"(?<![\w.-])\d{4}-\d\d-\d\d"
_PARTS = "contains|startswith|endswith|indexof|concat|substring|matchesPattern"
_FUNCTION = "|".join(re.escape(function.name) for function in functions.FUNCTIONS)
_ASSIGNED = r"=(?=\s*+[\w(!])(?!\s*+\d)"
_PHRASE = "|".join(re.escape(word).replace(r"\ ", r"\s++") for word in sorted(_WORDS, key=len, reverse=True))
_STRING = "'[^']*+(?:''[^']*+)*+'"
INVISIBLE = r"[^\S \t\r\n]|[\0-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2060\ufeff]"
_WORD = r"[^\W\d]\w*+"
_LIST = r"(?<![\w/])in\s*+\([^()]*+"

MISTAKES = (
    # What happens to a filter on its way.
    Mistake("", r"\A\s*+(?-i:metadata)", rf"(?<=a){_ASSIGNED}", _METADATA),
    Mistake("", r"\A\s*+metadata", _ASSIGNED, "the prefix is `metadata=` in small letters, without white space"),
    Mistake("", "", "%[0-9a-f]{2}", "the text is percent-encoded: decode it once first, with urllib.parse.unquote"),
    Mistake(
        "_AND",
        "",
        rf"\+(?=(?:{_OPERATOR})\+)",
        "the text is encoded as a form: decode it once first, with urllib.parse.unquote_plus",
    ),
    Mistake(
        "",
        "",
        r"&(?:#\w++|quot|apos|amp|lt|gt|nbsp);",
        "the text is escaped for HTML: unescape it once first, with html.unescape",
    ),
    Mistake("", r"\A", r"\?\$?filter=|\$filter=|\"\$?filter\"", _OPTION_NAME),
    Mistake("", r"\A\s*+filter", _ASSIGNED, _OPTION_NAME),
    Mistake("", "", r"&\w++=", _OPTION),
    Mistake("", "", r"&?\$(?:filter|orderby|top|skip|select|expand|count|search|format|apply|compute)=", _OPTION),
    Mistake("", r"\A\s*+https?", ":(?=//)", _OPTION),
    Mistake("_AND", r"\A\s*+where", r"\w++", "give the condition alone, without `where`"),
    Mistake("", "", INVISIBLE, invisible),
    Mistake("_AND", r"\A\s*+select", r"\*|\w++", _ALONE),
    Mistake("_AND", "", rf"(?<=\s)//(?=\s++\S++\s++(?:{_OPERATOR})\s)", _DIV),
    Mistake("_AND", "", r"(?<=\s)(?:--|/\*|//|#)", "a filter has no comments"),
    # Quotes.
    Mistake("END_OBJECT", r"\{", r"[0-9a-f]{8}-[0-9a-f-]++", "a GUID is written without braces"),
    Mistake("END_OBJECT", r"\{", r"\w++(?=\})|\{", _ALIAS),
    Mistake("_AND", "", r"\{", _ALIAS),
    Mistake("END_OBJECT", r"\{", rf"{_STRING}|\w++", _OBJECT),
    Mistake("STRING_IN_URL", ",", rf"{_STRING}|\w++", _OBJECT),
    Mistake("STRING_IN_URL", "", r'"(?:[^"\\]++|\\.)*+"', r"JSON has the escapes \" \\ \/ \b \f \n \r \t and \u0041"),
    Mistake(
        "STRING_LITERAL",
        "",
        rf'["`](\w++)["`](?=\s++(?:{_OPERATOR})\s)',
        lambda match: f"names stand without quotes: {match[1]}",
    ),
    Mistake("", r"\A", r'"[^"]*+"(?=\s*+\Z)', "leave out the quotes around the filter"),
    Mistake("", "", r'"[0-9a-f]{8}-[0-9a-f-]{27}"', "a GUID is written without quotes"),
    Mistake("", "", r'"\d{4}-\d\d-\d\d[^"]*+"', "a date is written without quotes"),
    Mistake(
        "",
        "",
        r'"[+-]?(\d{1,9})"',
        lambda match: f"a number is written without quotes, and a string in single ones: {match[1]} or '{match[1]}'",
    ),
    Mistake("", "", r'["`]([^"`]*+)["`]', _quoted),
    Mistake(
        "",
        "",
        r"\\(?=[\"'])",
        "nothing is escaped with a backslash: a string stands in single quotes, and a quote in it is written as two",
    ),
    Mistake("COLLECTION_TYPE_NAME", "", r"'([\w.]++)'", lambda match: f"a type stands without quotes: {match[1]}"),
    Mistake("_AND", "", rf"(?<=[a-z]eq){_STRING}", _without_space),
    Mistake("ENUM_VALUE", "", rf"{_STRING}|\w++", "has takes an enumeration value: Ns.Colour'Red'"),
    Mistake(
        "",
        r"(?<!\w)duration",
        rf"(?<=\w){_STRING}",
        "a duration is written like duration'P1DT2H30M', without years and months",
    ),
    Mistake("", r"(?<!\w)binary", rf"(?<=\w){_STRING}", "binary values are in base64url: letters, digits, - and _"),
    Mistake("", r"(?<!\w)geography", rf"(?<=\w){_STRING}", "a shape is written like geography'SRID=4326;Point(10 50)'"),
    Mistake("", r"(?<!\w)geometry", rf"(?<=\w){_STRING}", "a shape is written like geometry'SRID=0;Point(10 50)'"),
    Mistake(
        "",
        r"\.\w++",
        _STRING,
        "an enumeration literal has names or numbers, with commas alone between them: Ns.Colour'Red,Blue'",
    ),
    Mistake("", r"\w", rf"(?<=\w){_STRING}", _prefixed),
    # Numbers, dates and times.
    Mistake("_AND", r"(?<![\w-])[0-9a-f]{1,8}", "(?<=[0-9a-f])[0-9a-f]{0,7}-[0-9a-f]{4}-[0-9a-f-]++", _GUID),
    Mistake("_AND", r"(?<![\w-])[0-9a-f]{1,12}", r"(?<=[0-9a-f])[0-9a-f]{20,31}(?!\w)", _GUID),
    Mistake("_AND", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", r"(?<=[0-9a-f])\w++", _GUID),
    Mistake("_AND", r"(?<![\w.-])\d{1,5}", r"(?<=\d)[-/]\d{1,2}[-/]\d{1,4}(?!\w)", _DATE),
    Mistake("_AND", r"(?<![\w.-])\d{1,2}\.\d{1,2}", r"(?<=\d)\.\d{2,4}(?!\w)", _DATE),
    Mistake("_AND", _DAY, r"(?:(?<=\d)T|(?<=\s)T?(?=\d\d?:))[\dTZ:.+-]*+", _MOMENT),
    Mistake("_AND", r"(?<![\w.])\d{1,2}(?::\d\d?)?", r"(?<=\d):\d++", "a time of day is written as 09:30 or 09:30:15"),
    Mistake(
        "_AND",
        "",
        rf"(?<=[\w')\]}}])({_OPERATOR})(?!\w)",
        lambda match: f"put white space in front of `{match[1].lower()}`",
    ),
    Mistake("_AND", "", rf"({_OPERATOR})\d[\w.:+-]*+", lambda match: f"put white space after `{match[1].lower()}`"),
    Mistake("_AND", "", r"(?<=\d)(?:[lmdfn]|ul|lu)(?!\w)", "OData 4 writes numbers without a suffix"),
    Mistake("_AND", "", r"(?<=\b0)x[0-9a-f]++", "numbers are decimal"),
    Mistake("_AND", "", r"(?<=\d)[,_]\d++(?!\w)", _DIGITS),
    Mistake("_AND", "", r"(?<=\d)e[+-]?(?!\w)", "an exponent has digits: 1e5"),
    Mistake("_AND", "", rf"(?<=\d){_WORD}", "a name starts with a letter or `_`, and a number has no unit"),
    Mistake("_AND", "", r"(?<=\d)\.(?![\d.])", "digits stand on both sides of the point: 5.0"),
    Mistake("STRING_LITERAL", "", r"\.(\d{1,9})", lambda match: f"a number starts with a digit: 0.{match[1]}"),
    # Lists, arguments and lambdas.
    Mistake("", ",", r"[)\]}]", "leave out the comma in front of the bracket"),
    Mistake("", r"(?<![\w/])in", rf"\{{|{_STRING}|\d[\d.]*+", _IN),
    Mistake("STRING_LITERAL", _LIST, _WORD, _LITERALS),
    Mistake("CLOSE", rf"{_LIST}(?<=[\w'])", rf",|(?:{_OPERATOR})(?!\w)", _LITERALS),
    Mistake("CLOSE", rf"{COMPARING}\s*+\([^()]*+", ",", "a list stands right of `in` only: x in (1,2)"),
    Mistake("_AND", "", ",", _JOIN),
    Mistake("_COMMA", "", ";", "arguments and members are separated by commas"),
    Mistake("_AND", "", r";(?=\s*+[^\s;])", _JOIN),
    Mistake("_AND", "", ";", "leave out the semicolon"),
    Mistake(
        "_AND", rf"(?<![\w/])(?:{_FUNCTION})", r"(?<=\s)\(", "no white space may stand between a function and its `(`"
    ),
    Mistake("_AND", rf"(?<![\w/])(?:{_FUNCTION})", r"\[", _ARGUMENTS),
    Mistake("_AND", rf"(?<![\w/])(?:{_PARTS})", rf"{_STRING}|(?!(?:{_OPERATOR}|not)\b){_WORD}(?=\s*+,)", _ARGUMENTS),
    Mistake("_AND", "", r"\[", "members of a collection have no index here: ask with any, as in tags/any(t:t eq 'x')"),
    Mistake("_AND", r"(?:any|all|some|every|exists|where)\(\s*+\w++", "[=-]>", _QUANTIFIER),
    Mistake("FILTER_OPTION", "", r"\)", "leave out the parentheses: tags/$count"),
    Mistake("LAMBDA_VARIABLE", "", rf"{_STRING}|\w++|.", "a lambda names its variable first: any(t:t eq 'x')"),
    Mistake(
        "CLOSE",
        r"(?:any|all|some|every|exists|/\w{1,6})\(\s*+\w++",
        ":",
        "any and all follow a collection: tags/any(t:t eq 'x')",
    ),
    Mistake("CLOSE", r"\w\(\s*+\w++", ":", "a parameter and its value are joined by `=`: Ns.F(p=1)"),
    Mistake("_COLON", '"', rf"=|{_STRING}|\w++", 'a colon stands between a name and its value: {"x":1}'),
    Mistake("_COLON", "", ",", "a colon stands between a condition and its value: case(a gt 0:1,true:0)"),
    # Names, paths and placeholders.
    Mistake("STRING_LITERAL", COMPARING, r"\?|:\w++|%(?:\(\w++\))?[sd](?!\w)|\$\{\w*+\}", _ALIAS),
    Mistake("STRING_LITERAL", "", r"<(\w[^<>]{0,40})>", lambda match: f"put the value in place of <{match[1]}>"),
    Mistake("STRING_LITERAL", "", r"[@$][{(]", _ALIAS),
    Mistake(
        "STRING_LITERAL", "", r"#(\d{4}-\d\d-\d\d)[^#]*+#", lambda match: f"a date is written without `#`: {match[1]}"
    ),
    Mistake("STRING_LITERAL", "", "#", "an enumeration literal is its type and its name in quotes: Ns.Colour'Red'"),
    Mistake("STRING_LITERAL", "", r"@", "a parameter alias is @ and a name: @p"),
    Mistake("STRING_LITERAL", "", r"\$count(?=\()", "count the members with a path: tags/$count"),
    Mistake("STRING_LITERAL", "", r"(?-i:\$root)(?!\w)", "$root goes on with a path: $root/Items"),
    Mistake(
        "STRING_LITERAL",
        "",
        r"\$(?:it|this|root)(?!\w)",
        lambda match: f"{match.group().lower()} is written in small letters",
    ),
    Mistake("STRING_LITERAL", "", r"\$\w++", "names have no `$`; there are only $it, $this and $root"),
    Mistake("STRING_LITERAL", "", r"/", "a path starts with a name"),
    Mistake("STRING_LITERAL", "", r"~", _NOT),
    Mistake(
        "ODATA_IDENTIFIER",
        "/",
        r"\(",
        "a path goes on with a name: repeat it in each condition, as in t/id eq 1 and t/done",
    ),
    Mistake("ODATA_IDENTIFIER", "/", r"\$\w++", "after a slash, only $count and $filter(...) begin with `$`"),
    Mistake("ODATA_IDENTIFIER", "/", "/", "a path has one slash between two names"),
    Mistake("ODATA_IDENTIFIER", "/", r"(?<=\s)\w++", _WITHOUT_SPACE),
    Mistake(
        "ODATA_IDENTIFIER",
        "/",
        r"\d++",
        "OData writes division as `div` or `divby`; members of a collection have no index",
    ),
    Mistake("_AND", "", rf"(?<=\s)/(?={_WORD})", _WITHOUT_SPACE),
    Mistake("_AND", "", r"\\|->|::", SLASHES),
    Mistake("_AND", "", r"\?\.", "a path is written with slashes, and null is passed on: address/city"),
    Mistake("_AND", "", r"\.\.", _RANGE),
    Mistake("_AND", "", r"\*\*|\^", "OData has no powers"),
    Mistake("_COMMA", "", ":", "a comma stands between the branches of case: case(a gt 0:1,true:0)"),
    Mistake("_AND", "", ":=?", _EQ),
    Mistake("_AND", "", rf"(?<=\w)-(?={_WORD})", "a name has letters, digits and `_` only; subtraction is ` sub `"),
    # Words that stand where an operator should.
    Mistake("_AND", "", r"is(?:\s++not)?+(?=\s++(?:null|none|nil)(?!\w))", _NULL),
    Mistake("_AND", "", rf"(?:is\s++)?(?:{_PHRASE})(?!\w)", _word_hint),
)
"""The mistakes, the first that fits counts."""

# ---- Functions ---------------------------------------------------------------------------------------

FUNCTIONS_ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("includes", "include", "instr"), "contains"),
        **dict.fromkeys(("upper", "uppercase", "ucase"), "toupper"),
        **dict.fromkeys(("lower", "lowercase", "lcase"), "tolower"),
        **dict.fromkeys(("strip", "ltrim", "rtrim"), "trim"),
        **dict.fromkeys(("len", "strlen", "size"), "length"),
        **dict.fromkeys(("find", "charindex", "strpos"), "indexof"),
        **dict.fromkeys(("substr", "mid"), "substring"),
        **dict.fromkeys(("ceil", "roundup"), "ceiling"),
        **dict.fromkeys(("int", "float", "str", "number", "string", "convert", "tostring", "toint"), "cast"),
        **dict.fromkeys(("today", "getdate", "utcnow", "current_timestamp"), "now"),
    }
)
"""Functions of other languages, and how OData calls them."""

FOREIGN_FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "substringof": "OData 4 writes it the other way round: contains(name,'part')",
        "replace": "OData 4 has no replace",
        **dict.fromkeys(("like", "ilike"), _LIKE),
        **dict.fromkeys(("equals", "equal"), _EQ),
        **dict.fromkeys(("isnull", "isempty", "isnullorempty"), "compare with null: x eq null"),
        **dict.fromkeys(("coalesce", "ifnull", "nvl"), "use case: case(a ne null:a,true:b)"),
        **dict.fromkeys(("if", "iif"), "use case: case(condition:value,true:other)"),
        "count": "count the members with a path: tags/$count",
        **dict.fromkeys(("regexp", "regex", "matches", "regexmatch"), _PATTERN),
        "in": "`in` stands between its sides: x in ('a','b')",
        **{word: f"`{word}` stands between its sides: a {word} b" for word in ("eq", "ne", "gt", "ge", "lt", "le")},
        "between": _RANGE,
        **dict.fromkeys(("dateadd", "datediff", "ago"), "write now() sub duration'P7D'"),
        **dict.fromkeys(("exists", "isnotnull"), "ask whether it is null: x ne null"),
        **dict.fromkeys(("ismatch", "ismatchscoring"), _LIKE),
        **{word: f"`{word}` stands between conditions: a eq 1 {word} b eq 2" for word in ("and", "or")},
    }
)
