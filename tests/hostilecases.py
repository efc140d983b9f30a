"""Hostile filters, each with a row and the one outcome that is right: a value, or the error that refuses it.

The inputs are made here rather than stored, because most of them are a megabyte long.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

MEGABYTE: Final = 1_000_000
MANY: Final = 100_000

YES: Final = True
NO: Final = False
SYNTAX = "FilterSyntaxError"
VALIDATION = "FilterValidationError"
EVALUATION = "FilterEvaluationError"
UNSUPPORTED = "UnsupportedFilterError"


@dataclass(frozen=True, slots=True)
class HostileCase:
    """A filter that is made to hurt.

    Attributes:
        filter: makes the text.
        outcome: the value, or the name of the error that parsing or evaluation ends in.
        row: makes the row.
        otherwise: the outcome without the optional packages, where it is another one.
    """

    filter: Callable[[], str]
    outcome: object
    row: Callable[[], Mapping[str, object]] = dict
    otherwise: object = field(default=...)

    def allows(self, outcome: object) -> bool:
        """Whether this is what may come out."""
        return outcome in [self.outcome, *([] if self.otherwise is ... else [self.otherwise])]


def _nested(depth: int, innermost: object) -> object:
    """A list in a list in a list."""
    for _ in range(depth):
        innermost = [innermost]
    return innermost


def _terms(number: int, term: str, operator: str = "or") -> str:
    return f" {operator} ".join(term.replace("#", str(at)) for at in range(1, number + 1))


def _doubled(text: str, times: int, join: str) -> str:
    """`join` with the text for both stars, so many times over."""
    for _ in range(times):
        text = join.replace("*", text)
    return text


def _numbers(number: int) -> str:
    return ",".join(map(str, range(number)))


# ---- Nesting -----------------------------------------------------------------------------------------

NESTING: Mapping[str, HostileCase] = {
    "parentheses": HostileCase(lambda: "(" * MANY + "a" + ")" * MANY, SYNTAX),
    "opening parentheses": HostileCase(lambda: "(" * MANY, SYNTAX),
    "closing parentheses": HostileCase(lambda: "a" + ")" * MANY, SYNTAX),
    "not": HostileCase(lambda: "not " * MANY + "a", SYNTAX),
    "minus": HostileCase(lambda: "-" * MANY + "a eq 1", SYNTAX),
    "minus and parentheses": HostileCase(lambda: "-(" * MANY + "a", SYNTAX),
    "tolower(": HostileCase(lambda: "tolower(" * MANY, SYNTAX),
    "calls that are closed": HostileCase(lambda: "trim(" * MANY + "a" + ")" * MANY + " eq 'x'", SYNTAX),
    "lambdas": HostileCase(lambda: "".join(f"t/any(x{n}:" for n in range(3000)) + "a" + ")" * 3000, SYNTAX),
    "$filter": HostileCase(lambda: "t/$filter(" * 5000 + "a" + ")" * 5000 + "/$count eq 1", SYNTAX),
    "a chain of $filter": HostileCase(lambda: "t" + "/$filter(true)" * 20_000 + "/$count eq 1", SYNTAX),
    "case": HostileCase(lambda: "case(true:" * 20_000 + "1" + ")" * 20_000 + " eq 1", SYNTAX),
    "arrays": HostileCase(lambda: "a eq " + "[" * MANY + "]" * MANY, SYNTAX),
    "objects": HostileCase(lambda: "a eq " + '{"a":' * MANY + "1" + "}" * MANY, SYNTAX),
    "a path": HostileCase(lambda: "/".join(["a"] * 50_000) + " eq 1", SYNTAX),
    "a sum": HostileCase(lambda: " add ".join(["1"] * 20_000) + " eq 1", SYNTAX),
    "comparisons in a chain": HostileCase(lambda: "a eq " * 20_000 + "a", SYNTAX),
    "in after in": HostileCase(lambda: "a" + " in (1)" * 20_000, SYNTAX),
    "groups of a search": HostileCase(lambda: "t/$count($search=" + "(" * MANY + "x" + ")" * MANY + ") eq 1", SYNTAX),
    "collections of shapes": HostileCase(
        lambda: "a eq geometry'SRID=0;" + "GeometryCollection(" * 50_000 + "Point(1 2)" + ")" * 50_000 + "'", SYNTAX
    ),
    "a row": HostileCase(lambda: "a eq b", EVALUATION, lambda: {"a": _nested(MANY, 1), "b": _nested(MANY, 1)}),
    "a row that is compared with itself": HostileCase(
        lambda: "hassubset(a,a)", EVALUATION, lambda: {"a": _nested(MANY, 1)}
    ),
}

# ---- Length ------------------------------------------------------------------------------------------

LENGTH: Mapping[str, HostileCase] = {
    "terms of or": HostileCase(lambda: _terms(50_000, "a eq #"), NO, lambda: {"a": 0}),
    "terms of and": HostileCase(lambda: _terms(50_000, "a ne #", "and"), YES, lambda: {"a": 0}),
    "members of in": HostileCase(lambda: f"a in ({_numbers(MANY)})", NO, lambda: {"a": -1}),
    "members of an array": HostileCase(lambda: f"a in [{_numbers(MANY)}]", YES, lambda: {"a": MANY - 1}),
    "a list that is not closed": HostileCase(lambda: f"a in ({_numbers(MANY // 2)}", SYNTAX),
    "a string": HostileCase(lambda: f"a eq '{'x' * MEGABYTE}'", YES, lambda: {"a": "x" * MEGABYTE}),
    "an open string": HostileCase(lambda: "a eq '" + "x" * MEGABYTE, SYNTAX),
    "an identifier": HostileCase(lambda: "x" * MEGABYTE + " eq 1", SYNTAX),
    "a qualified name": HostileCase(lambda: "a" + ".a" * (MEGABYTE // 2) + "/b eq 1", NO),
    "a name of a function": HostileCase(lambda: "x" * MEGABYTE + "(1)", SYNTAX),
    "white space in the middle": HostileCase(lambda: f"a{' ' * MEGABYTE}eq 1", YES, lambda: {"a": 1}),
    "white space in front": HostileCase(lambda: "\t" * MEGABYTE + "a eq 1", YES, lambda: {"a": 1}),
    "white space alone": HostileCase(lambda: " \n" * (MEGABYTE // 2), SYNTAX),
    "white space and no operator": HostileCase(lambda: f"a{' ' * MEGABYTE}b", SYNTAX),
    "quotes, an even number": HostileCase(lambda: f"a eq {chr(39) * MEGABYTE}", None, lambda: {"a": 0}),
    "quotes, an odd number": HostileCase(lambda: f"a eq {chr(39) * (MEGABYTE + 1)}", SYNTAX),
    "strings side by side": HostileCase(lambda: "'' " * MANY, SYNTAX),
    "double quotes": HostileCase(lambda: f"a eq [{chr(34) * MEGABYTE}]", SYNTAX),
    "escapes in an open JSON string": HostileCase(lambda: 'a eq ["' + "\\u0041" * MANY, SYNTAX),
    "escapes in a JSON string": HostileCase(
        lambda: 'a in ["' + "\\u0041" * MANY + '"]', YES, lambda: {"a": "A" * MANY}
    ),
    "entries of an object": HostileCase(
        lambda: "a eq {" + ",".join(f'"k{n}":{n}' for n in range(10_000)) + "}", NO, lambda: {"a": {"k1": 1}}
    ),
    "entries of one name": HostileCase(lambda: "a eq {" + ",".join(['"k":1'] * 20_000) + "}", SYNTAX),
    "named arguments": HostileCase(lambda: f"N.F({','.join(f'p{n}={n}' for n in range(10_000))})", UNSUPPORTED),
    "arguments by position": HostileCase(lambda: f"contains({_numbers(30_000)})", SYNTAX),
    "branches of case": HostileCase(
        lambda: f"case({','.join(f'a eq {n} : {n}' for n in range(5_000))}) eq null", YES, lambda: {"a": -1}
    ),
    "lambdas in a row": HostileCase(lambda: _terms(5_000, "t/any(x:x eq #)"), NO, lambda: {"t": [0]}),
    "calls in a row": HostileCase(lambda: _terms(3_000, "contains(tolower(a),'x#')"), NO, lambda: {"a": "Y"}),
    "paths of ninety steps": HostileCase(lambda: _terms(500, "/".join(["a"] * 90) + " eq #"), NO, lambda: {"a": {}}),
    "brackets forty deep": HostileCase(
        lambda: _terms(60, "(a eq 1 or a eq 2 and " * 40 + "a eq #" + ")" * 40), NO, lambda: {"a": 0}
    ),
    "minus signs forty deep": HostileCase(lambda: _terms(200, "-(" * 40 + "a" + ")" * 40 + " eq #"), NO),
    "arrays forty deep": HostileCase(lambda: f"[{','.join(['[' * 40 + ']' * 40] * 60)}] eq a", None, lambda: {"a": 1}),
    "calls forty deep": HostileCase(lambda: _terms(200, "trim(" * 40 + "a" + ")" * 40 + " eq '#'"), NO),
    "members of an enumeration": HostileCase(
        lambda: f"a has N.E'{','.join(f'M{n}' for n in range(MANY))}'", NO, lambda: {"a": ["M1"] * 1000}
    ),
    "binary": HostileCase(lambda: f"a eq binary'{'QUJD' * (MEGABYTE // 4)}'", NO, lambda: {"a": b""}),
    "words of a search": HostileCase(lambda: f"t/$count($search={'x ' * 200_000}x) eq 1", UNSUPPORTED),
    "conditions of a search": HostileCase(lambda: f"t/$count($search={'NOT x AND ' * 50_000}x) eq 1", UNSUPPORTED),
    "a line string": HostileCase(
        lambda: f"a eq geometry'SRID=0;LineString({','.join(f'{n} {n}' for n in range(80_000))})'",
        None,
        lambda: {"a": 1},
    ),
    "a line string and no condition": HostileCase(
        lambda: f"a eq geometry'SRID=0;LineString({'1 2,' * 50_000}3 4)' and", SYNTAX
    ),
    "a ring that is not closed": HostileCase(lambda: f"a eq geography'SRID=0;Polygon(({'1 2,' * 50_000}3 4))'", SYNTAX),
    "commas": HostileCase(lambda: "a in (" + "," * MANY, SYNTAX),
    "slashes": HostileCase(lambda: "a" + "/" * MANY, SYNTAX),
    "at signs": HostileCase(lambda: "@" * MANY, SYNTAX),
    "percent signs": HostileCase(lambda: "a%20eq%20" * MANY, SYNTAX),
    "digits and colons": HostileCase(lambda: "10:20:" * MANY, SYNTAX),
    "digits and hyphens": HostileCase(lambda: "2024-02-" * MANY, SYNTAX),
    "a fault behind a million lines": HostileCase(lambda: "a" + "\n" * MEGABYTE + "= 1", SYNTAX),
    "a fault behind a long line": HostileCase(lambda: _terms(10_000, "a eq #") + " = 1", SYNTAX),
}

# ---- Characters --------------------------------------------------------------------------------------

CHARACTERS: Mapping[str, HostileCase] = {
    "NUL in a string": HostileCase(lambda: "a eq 'x\0y'", YES, lambda: {"a": "x\0y"}),
    "NUL in a name": HostileCase(lambda: "a\0 eq 1", SYNTAX),
    "NUL alone": HostileCase(lambda: "\0" * MANY, SYNTAX),
    "a lone surrogate in a string": HostileCase(lambda: "a eq '\ud800'", YES, lambda: {"a": "\ud800"}),
    "a lone surrogate in a name": HostileCase(lambda: "a\udfff eq 1", SYNTAX),
    "lone surrogates": HostileCase(lambda: "\ud800" * MANY, SYNTAX),
    "right-to-left marks in a string": HostileCase(lambda: "a eq '\u202ex\u2066'", YES, lambda: {"a": "\u202ex\u2066"}),
    "right-to-left marks in a name": HostileCase(lambda: "a\u202e eq 1", YES, lambda: {"a\u202e": 1}),
    "right-to-left marks between words": HostileCase(lambda: "a\u200f\u200feq 1", SYNTAX),
    "combining marks": HostileCase(lambda: "a" + "\u0301" * MEGABYTE + " = 1", SYNTAX),
    "wide characters": HostileCase(lambda: "\u5b57" * MANY + " eq 1", SYNTAX),
    "a letter that grows when it is small": HostileCase(
        lambda: f"length(tolower('{chr(0x130) * MANY}')) eq {2 * MANY}", YES
    ),
    "no-break spaces": HostileCase(lambda: "a\u00a0eq\u00a01", SYNTAX),
}

# ---- Numbers and moments -----------------------------------------------------------------------------

NUMBERS: Mapping[str, HostileCase] = {
    "a double above all": HostileCase(lambda: "1e999999999 add 1 eq INF", YES),
    "a double below all": HostileCase(lambda: "1e-999999999 eq 0", YES),
    "an exponent of a million digits": HostileCase(lambda: f"a eq 1e{'9' * MEGABYTE}", NO, lambda: {"a": 1}),
    "ten thousand digits": HostileCase(lambda: f"{'9' * 10_000} gt 1", YES),
    "a million digits": HostileCase(lambda: f"{'9' * MEGABYTE} gt 1", YES),
    "a million digits of a fraction": HostileCase(lambda: f"0.{'9' * MEGABYTE} lt 1", YES),
    "a product of long numbers": HostileCase(lambda: " mul ".join(["9" * 3999] * 90) + " gt 1", EVALUATION),
    "products of products": HostileCase(lambda: _doubled("9" * 3999, 8, "(* mul *)") + " gt 1", EVALUATION),
    "a product of doubles": HostileCase(lambda: " mul ".join(["1e308"] * 90) + " eq INF", YES),
    "a product of decimals": HostileCase(lambda: " mul ".join([f"{'9' * 3999}.9"] * 90) + " gt 1", YES),
    "a quotient of quotients": HostileCase(lambda: " divby ".join([f"0.{'0' * 3000}1"] * 90) + " gt 1", YES),
    "mod of decimals far apart": HostileCase(
        lambda: "cast('1e999999',Edm.Decimal) mod cast('3e-999999',Edm.Decimal) eq 0", NO
    ),
    "mod of long decimals": HostileCase(lambda: f"{'9' * 3000}.5 mod 0.{'0' * 3000}7 lt 1", YES),
    "a decimal from text with a huge exponent": HostileCase(lambda: "cast('1e999999999',Edm.Decimal) eq null", YES),
    "an integer from a million digits": HostileCase(lambda: f"cast('{'9' * MEGABYTE}',Edm.Int64) eq null", YES),
    "a duration from a million digits": HostileCase(lambda: f"cast('P{'9' * MEGABYTE}D',Edm.Duration) eq null", YES),
    "round of the largest double": HostileCase(lambda: "round(1e308) eq 1e308", YES),
    "floor of the smallest double": HostileCase(lambda: "floor(5e-324) eq 0", YES),
    "ceiling of infinity": HostileCase(lambda: "ceiling(INF) eq INF", YES),
    "a substring that starts far behind": HostileCase(lambda: f"substring('abc',{2**70}) eq ''", YES),
    "a substring that starts far before": HostileCase(lambda: f"substring('abc',-{2**70}) eq 'abc'", YES),
    "a substring of enormous length": HostileCase(lambda: f"substring('abc',1,{2**70}) eq 'bc'", YES),
    "a year beyond Python's": HostileCase(lambda: "99999-01-01 gt 2024-01-01", EVALUATION),
    "a year of a million digits": HostileCase(lambda: f"{'9' * MEGABYTE}-01-01 gt 2024-01-01", EVALUATION),
    "a year before Christ": HostileCase(lambda: "-0044-03-15 lt 2024-01-01", EVALUATION),
    "a moment in the year 0": HostileCase(lambda: "0000-01-01T00:00:00Z lt now()", EVALUATION),
    "a moment before the first": HostileCase(lambda: "0001-01-01T00:00:00+14:00 lt now()", YES),
    "the end of time": HostileCase(lambda: "maxdatetime() add duration'P1D' gt now()", EVALUATION),
    "a date after the last": HostileCase(lambda: "9999-12-31 add duration'P1D' gt 2024-01-01", EVALUATION),
    "a duration beyond Python's": HostileCase(lambda: "duration'P999999999999D' gt duration'P1D'", EVALUATION),
    "a duration of a million digits": HostileCase(lambda: f"duration'P{'9' * MEGABYTE}D' gt duration'P1D'", EVALUATION),
    "a duration times the largest double": HostileCase(lambda: "duration'P1D' mul 1e308 gt duration'P1D'", EVALUATION),
    "a duration by the smallest double": HostileCase(lambda: "duration'P1D' div 5e-324 gt duration'P1D'", EVALUATION),
    "an integer by zero": HostileCase(lambda: "1 div 0 eq 1", EVALUATION),
}

# ---- Work --------------------------------------------------------------------------------------------

_ALIKE = ",".join(f"0.1000000000000000000000{n:05}" for n in range(15_000))

WORK: Mapping[str, HostileCase] = {
    "a pattern that backtracks": HostileCase(
        lambda: f"matchesPattern('{'a' * 5000}b','(a+)+$')", NO, otherwise=UNSUPPORTED
    ),
    "a pattern that stands for a million": HostileCase(lambda: "matchesPattern('x','(x{1,1000}){1,1000}')", YES),
    "a pattern that stands for a million in the middle": HostileCase(
        lambda: "matchesPattern('x','a(x{1,1000}){1,1000}b')", UNSUPPORTED
    ),
    "a pattern of a megabyte": HostileCase(lambda: f"matchesPattern('x','{'x' * MEGABYTE}')", SYNTAX),
    "a pattern of deep groups": HostileCase(lambda: f"matchesPattern('x','{'(' * 500}{')' * 500}')", UNSUPPORTED),
    "many patterns": HostileCase(
        lambda: _terms(300, f"matchesPattern('{'a' * 3000}','^a*a*b#')"), NO, otherwise=UNSUPPORTED
    ),
    "annotations beside annotations": HostileCase(lambda: "/@N.x/".join(["b"] * 49) + "/@N.x eq 1", NO),
    "any in any in any": HostileCase(
        lambda: "".join(f"t/any(x{n}:" for n in range(45)) + "x44 eq 1" + ")" * 45, EVALUATION, lambda: {"t": [0] * 10}
    ),
    "$filter in $filter": HostileCase(
        lambda: "$it/t/$filter(" * 25 + "$it/t/$count eq 0" + ")/$count eq 0" * 25, EVALUATION, lambda: {"t": [0] * 10}
    ),
    "a long value named many times": HostileCase(
        lambda: f"length({_doubled('a', 11, 'concat(*,*)')}) gt 1", EVALUATION, lambda: {"a": "x" * 10_000}
    ),
    "hassubset in reverse": HostileCase(
        lambda: f"hassubset([{_numbers(20_000)}],[{','.join(map(str, range(19_999, -1, -1)))}])", YES
    ),
    "hassubset of decimals that are one double": HostileCase(
        lambda: f"hassubset([{_ALIKE}],[{','.join(reversed(_ALIKE.split(',')))}])", EVALUATION
    ),
    "a list in a list": HostileCase(lambda: f"contains([{'1,' * 30_000}1],[{'1,' * 15_000}2])", NO),
    "a text in a text": HostileCase(lambda: f"contains('{'a' * (MEGABYTE // 2)}','{'a' * (MEGABYTE // 4)}b')", NO),
    "an order of lists": HostileCase(lambda: f"[{_numbers(30_000)}] eq [{_numbers(30_000)}]", YES),
}

HOSTILE: Mapping[str, HostileCase] = {
    f"{topic}: {name}": case
    for topic, cases in {
        "nesting": NESTING,
        "length": LENGTH,
        "characters": CHARACTERS,
        "numbers": NUMBERS,
        "work": WORK,
    }.items()
    for name, case in cases.items()
}
