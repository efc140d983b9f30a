"""Text to tree on the four shapes, beside Python's own `compile()` and the parsers of others; and how time grows."""

from collections.abc import Iterator
from importlib import import_module

from measure import Contest, Contestant, Effort, Run, grown
from odata_filter import Filter
from report import Report, table
from shapes import SHAPES, Shape, rows

BASELINE = "compile(), written in C"
ROWS = rows(60)


def reports(effort: Effort) -> Iterator[Report]:
    """One table of ratios, and the growth with the length of the text."""
    yield table("Parse", [_contest(shape) for shape in SHAPES], effort)
    lengths = {"terms joined by or": _terms, "strings in a list": _strings}
    yield grown("Parse", (100, 1_000, 10_000), lengths, effort)


def _contest(shape: Shape) -> Contest:
    """Who can evaluate too shows by a count that it read the same; of the others it is seen that they read."""
    return Contest(
        shape.name,
        BASELINE,
        {BASELINE: lambda: _python(shape.python), "odata_filter": lambda: _ours(shape.odata)},
        {
            "odata-v4-query, hand-written": lambda: _odata_v4_query(shape.odata),
            "CEL, Rust": lambda: _cel(shape.cel),
            "odatapy, hand-written": lambda: _odatapy(shape.odata),
            "odata-query, SLY": lambda: _odata_query(shape.odata),
        },
    )


def _python(text: str) -> Contestant:
    def count() -> int:
        code = compile(text, "filter", "eval")
        return sum(1 for row in ROWS if eval(code, {}, row))  # noqa: S307 - our own text

    return Contestant(lambda: compile(text, "filter", "eval"), count)


def _ours(text: str) -> Contestant:
    return Contestant(lambda: Filter.parse(text), lambda: Filter.parse(text).count(ROWS))


def _cel(text: str) -> Contestant:
    cel, stdlib = import_module("cel"), import_module("cel.stdlib")

    def count() -> int:
        program = cel.compile(text)
        contexts = [cel.Context(row) for row in ROWS]
        for context in contexts:
            stdlib.add_stdlib_to_context(context)
        return sum(1 for context in contexts if program.execute(context) is True)

    return Contestant(lambda: cel.compile(text), count)


def _odata_v4_query(text: str) -> Contestant:
    parser = import_module("odata_v4_query").ODataFilterParser()
    return Contestant(lambda: parser.parse(text), None)


def _odatapy(text: str) -> Contestant:
    parser = import_module("odatapy.server.uri.expression_parser").ExpressionParser
    return Contestant(lambda: parser.parse_string(text, strict=False), None)


def _odata_query(text: str) -> Contestant:
    grammar = import_module("odata_query.grammar")
    lexer, parser = grammar.ODataLexer(), grammar.ODataParser()
    return Contestant(lambda: parser.parse(lexer.tokenize(text)), None)


def _terms(size: int) -> Run:
    text = " or ".join(["key1 eq 'v'"] * size)
    return lambda: Filter.parse(text)


def _strings(size: int) -> Run:
    text = "key1 in (" + ",".join(["'v'"] * size) + ")"
    return lambda: Filter.parse(text)
