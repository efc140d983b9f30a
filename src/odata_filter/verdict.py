"""The verdict of the grammar on a text: Lark's own reading of it to nodes, or to what is wrong and where."""

import sys
from collections.abc import Callable, Iterator
from functools import cache
from threading import local
from types import SimpleNamespace
from typing import TypeGuard, cast

from lark import Lark, TextSlice, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.parsers.lalr_interactive_parser import InteractiveParser

from odata_filter import reductions
from odata_filter.diagnosis import Stop, diagnosis
from odata_filter.errors import FilterSyntaxError
from odata_filter.nodes import MAX_DEPTH, Node
from odata_filter.reductions import WHITE_SPACE, Reductions, nested


def verdict(text: str, begin: int, end: int, start: str) -> Node:
    """The tree of the filter between two places of a text, read from the rule `start`.

    Raises:
        FilterSyntaxError: it is no filter; it says where, what was expected and what to write.
        FaultError: a fault that the grammar lets through.
    """
    _STATE.reductions = Reductions()
    cursor = grammar_parser().parse_interactive(TextSlice(text, begin, end), start)
    try:
        for _ in cursor.iter_parse():
            pass
        return cast("Node", cursor.feed_eof())  # type: ignore[no-untyped-call] # lark leaves it untyped
    except UnexpectedInput as error:
        raise FilterSyntaxError(diagnosis(_stop(text, end, error, cursor))) from None


@cache
def grammar_parser() -> Lark:
    """The parser that Lark makes of `grammar/`; it makes nodes as it reads."""
    return Lark.open_from_package(
        "odata_filter.grammar",
        "filter.lark",
        ("",),
        parser="lalr",
        lexer="contextual",
        start=["filter", "custom_vision"],
        transformer=SimpleNamespace(**{name: _reduction(name) for name in reductions.NAMES}),
        postlex=_Nesting(),
        maybe_placeholders=True,
    )


class _State(local):
    """The reductions of the text that a thread is reading; Lark's parser is made once, for all."""

    reductions: Reductions


_STATE = _State()


def _reduction(name: str) -> Callable[[list[object]], object]:
    def reduced(parts: list[object]) -> object:
        return getattr(_STATE.reductions, name)(*map(_plain, parts))

    return reduced


def _plain(part: object) -> object:
    return (part.type, part.value, part.start_pos, part.end_pos) if isinstance(part, Token) else part


# ---- Nesting ---------------------------------------------------------------------------------


class _Nesting:
    """Passes tokens on, and refuses the bracket or prefix operator that nests too deeply, at once."""

    always_accept = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth = prefixes = 0
        for token in stream:
            if token.type in _PREFIXES:
                prefixes += 1
            else:
                prefixes = 0
                depth += (token.type in _OPENERS) - (token.type in _CLOSERS)
            if depth + prefixes > MAX_DEPTH:
                raise nested((cast("int", token.start_pos), cast("int", token.end_pos)))
            yield token


_PREFIXES = frozenset({"NOT", "MINUS"})
_OPENERS = frozenset(
    {"OPEN", "CALL_OPEN", "CAST_OPEN", "CASE_OPEN", "QUANTIFIER_OPEN", "KEY_OPEN", "FILTER_OPEN", "COUNT_OPEN"}
    | {"BEGIN_ARRAY", "BEGIN_OBJECT", "WKT_OPEN", "WKT_POINT", "WKT_LINE_STRING", "WKT_POLYGON"}
    | {"WKT_MULTI_POINT", "WKT_MULTI_LINE_STRING", "WKT_MULTI_POLYGON", "WKT_COLLECTION"}
)
_CLOSERS = frozenset({"CLOSE", "END_ARRAY", "END_OBJECT", "WKT_CLOSE"})


# ---- Errors ----------------------------------------------------------------------------------


def _stop(text: str, end: int, error: UnexpectedInput, cursor: InteractiveParser) -> Stop:
    """Where Lark stopped, in terms of the text."""
    position = min(_failure(error), end)
    while position < end and text[position] in WHITE_SPACE:
        position += 1
    accepted = cursor.accepts()  # type: ignore[no-untyped-call] # lark leaves it untyped
    openings = tuple(
        token[2] + len(token[1].rstrip(WHITE_SPACE)) - 1
        for token in map(_plain, cursor.parser_state.value_stack)
        if _is_opening(token)
    )
    return Stop(text, position, end, frozenset(accepted), openings)


def _is_opening(value: object) -> TypeGuard[reductions.Token]:
    """Whether it is a token that opens a bracket; the other values are nodes, texts and tuples of them."""
    match value:
        case (str(kind), str(), int(), int()):
            return kind in _OPENERS
    return False


def _failure(error: UnexpectedInput) -> int:
    """Where Lark stopped; past every text for the end."""
    if isinstance(error, UnexpectedCharacters):
        return cast("int", error.pos_in_stream)
    token = cast("UnexpectedToken", error).token
    return sys.maxsize if token.type == "$END" else cast("int", token.start_pos)
