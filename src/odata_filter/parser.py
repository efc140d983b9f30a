"""Filter text to nodes: Lark builds the parser from `grammar/`, the callbacks here build the tree."""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import TypeAlias, cast

from lark import Lark, TextSlice, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.parsers.lalr_interactive_parser import InteractiveParser

from odata_filter import edm, functions
from odata_filter.diagnosis import Stop, diagnosis, function_hint, name_fault
from odata_filter.errors import FilterSyntaxError, Problem
from odata_filter.nodes import (
    IT,
    MAX_DEPTH,
    THIS,
    Arithmetic,
    Call,
    Case,
    Collection,
    Comparison,
    Count,
    Invocation,
    Key,
    Literal,
    Logical,
    Member,
    Negate,
    Node,
    Not,
    Quantifier,
    Record,
    Span,
    Variable,
    Where,
    children,
    too_deep,
    walk,
    with_children,
)

WHITE_SPACE = " \t\r\n"
"""Space and tab by the standard (ABNF section 9); line breaks so that a wrapped filter reads back."""

_Pairs: TypeAlias = tuple[tuple[str | None, Node], ...]


def parse(text: str, *, prefix: bool = False) -> Node:
    """The tree that a filter text stands for.

    Args:
        text: a `$filter` expression, percent-decoded; outer white space is ignored.
        prefix: whether `metadata=` may stand in front, as in the count endpoint's own example.

    Raises:
        FilterSyntaxError: the text is no filter; it says where, what was expected and what to write.
    """
    begin = len(text) - len(text.lstrip(WHITE_SPACE))
    end = max(begin, len(text.rstrip(WHITE_SPACE)))
    cursor = _lark().parse_interactive(TextSlice(text, begin, end), "custom_vision" if prefix else "filter")
    try:
        for _ in cursor.iter_parse():
            pass
        root = cast("Node", cursor.feed_eof())  # type: ignore[no-untyped-call] # lark leaves it untyped
    except UnexpectedInput as error:
        raise FilterSyntaxError(diagnosis(_stop(text, end, error, cursor))) from None
    except _FaultError as fault:
        raise FilterSyntaxError(fault.problem(text)) from None
    below = too_deep(root)
    if below is not None:
        raise FilterSyntaxError(_nested(_place(below)).problem(text))
    return _scoped(root, frozenset(), IT) if any(isinstance(node, _SCOPES) for node in walk(root)) else root


@cache
def _lark() -> Lark:
    return Lark.open_from_package(
        "odata_filter.grammar",
        "filter.lark",
        ("",),
        parser="lalr",
        lexer="contextual",
        start=["filter", "custom_vision"],
        transformer=_TreeBuilder(),
        postlex=_Nesting(),
        maybe_placeholders=True,
    )


class _FaultError(Exception):
    """A fault that the grammar lets through, with its place; never leaves this module."""

    def __init__(self, span: Span, message: str, code: str, hint: str | None = None) -> None:
        super().__init__(span, message, code, hint)
        self.span = span
        self.message = message
        self.code = code
        self.hint = hint

    def problem(self, text: str) -> Problem:
        position, end = self.span
        return Problem(message=self.message, code=self.code, source=text, position=position, end=end, hint=self.hint)


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
                raise _nested(_span(token))
            yield token


_PREFIXES = frozenset({"NOT", "MINUS"})
_OPENERS = frozenset(
    {"OPEN", "CALL_OPEN", "CAST_OPEN", "CASE_OPEN", "QUANTIFIER_OPEN", "KEY_OPEN", "FILTER_OPEN", "COUNT_OPEN"}
    | {"BEGIN_ARRAY", "BEGIN_OBJECT", "WKT_OPEN", "WKT_POINT", "WKT_LINE_STRING", "WKT_POLYGON"}
    | {"WKT_MULTI_POINT", "WKT_MULTI_LINE_STRING", "WKT_MULTI_POLYGON", "WKT_COLLECTION"}
)
_CLOSERS = frozenset({"CLOSE", "END_ARRAY", "END_OBJECT", "WKT_CLOSE"})


def _nested(span: Span) -> _FaultError:
    message = f"nested more than {MAX_DEPTH} levels deep"
    return _FaultError(span, message, "nesting", "a flat chain of `and` or `or` may have any length")


# ---- The callbacks, in the order of the grammar ------------------------------------------------


@v_args(inline=True)
class _TreeBuilder(Transformer[Token, Node]):
    """One method for each alias in `filter.lark`; bare names are members of the implied instance."""

    def filter(self, expression: Node) -> Node:
        return expression

    def custom_vision(self, _prefix: Token | None, expression: Node) -> Node:
        return expression

    def disjunction(self, *operands: Node) -> Node:
        return _logical("or", operands)

    def conjunction(self, *operands: Node) -> Node:
        return _logical("and", operands)

    def comparison(self, left: Node, operator: Token, right: Node) -> Node:
        return Comparison(_word(operator), left, right, _between(left, right))

    def arithmetic(self, left: Node, operator: Token, right: Node) -> Node:
        return Arithmetic(_word(operator), left, right, _between(left, right))

    def negation(self, operator: Token, operand: Node) -> Node:
        return Not(operand, (_start(operator), _place(operand)[1]))

    def minus(self, operator: Token, operand: Node) -> Node:
        return Negate(operand, (_start(operator), _place(operand)[1]))

    def group(self, opening: Token, inner: Node, closing: Token) -> Node:
        return replace(inner, span=_span(opening, closing))

    def type_function(self, opening: Token, operand: Node | None, type_name: Node, closing: Token) -> Node:
        return Call(_called(opening).lower(), (IT if operand is None else operand, type_name), _span(opening, closing))

    def literal(self, token: Token) -> Node:
        type_name, text = _LITERALS[token.type](token.value)
        if token.type == "ENUM_LITERAL" and type_name.startswith("Edm."):
            hint = f"write {edm.written(edm.STRING, text)} or the literal itself, without the type in front"
            raise _FaultError(_span(token), f"{type_name} is no enumeration type", "enumeration", hint)
        fault = edm.text_fault(type_name, text)
        if fault is not None:
            raise _FaultError(_span(token), f"{token} is no value: {fault}", "value-out-of-range")
        return Literal(type_name, text, _span(token))

    def geo_literal(self, prefix: Token, shape: str, ending: Token) -> Node:
        family, _, reference = prefix.partition("'")
        name = shape.partition("(")[0]
        return Literal(edm.geo_type(family, name), reference.upper() + shape, _span(prefix, ending))

    def type(self, token: Token) -> Node:
        for part in token.removeprefix("Collection(").removesuffix(")").split("."):
            _check_identifier(part, token)
        return Literal(edm.TYPE_NAME, token.value, _span(token))

    def case(self, opening: Token, *branches: tuple[Node, Node] | Token) -> Node:
        *pairs, closing = branches
        return Case(cast("tuple[tuple[Node, Node], ...]", tuple(pairs)), _span(opening, cast("Token", closing)))

    def case_pair(self, condition: Node, result: Node) -> tuple[Node, Node]:
        return condition, result

    def list(self, opening: Token, *items: Node | Token | None) -> Node:
        return _collection(opening, *items)

    def name(self, token: Token) -> Node:
        return Member(IT, _name(token), _span(token))

    def variable(self, token: Token) -> Node:
        if token.type == "PARAMETER_ALIAS":
            _check_identifier(token[1:], token)
        return Variable(token.value, _span(token))

    def call(self, opening: Token, arguments: _Pairs | None, closing: Token) -> Node:
        function = functions.canonical(_called(opening))
        if function is None:
            return _custom_call(None, opening, arguments or (), closing)
        return _canonical_call(function, opening, arguments or (), closing)

    def bound_call(self, source: Node, opening: Token, arguments: _Pairs | None, closing: Token) -> Node:
        return _custom_call(_navigable(source), opening, arguments or (), closing)

    def member(self, source: Node, token: Token) -> Node:
        return Member(_navigable(source), _name(token), (_place(source)[0], _end(token)))

    def key(self, source: Node, opening: Token, arguments: _Pairs, closing: Token) -> Node:
        if not isinstance(source, Where | Invocation):
            raise _FaultError(_span(opening, closing), "a key in parentheses cannot stand here", "key")
        for _, value in arguments:
            _check_key_value(value)
        return Key(source, arguments, (_place(source)[0], _end(closing)))

    def where(self, source: Node, _opening: Token, predicate: Node, closing: Token) -> Node:
        return Where(_navigable(source), predicate, (_place(source)[0], _end(closing)))

    def positional(self, *values: Node) -> _Pairs:
        return tuple((None, value) for value in values)

    def named(self, *pairs: tuple[str, Node]) -> _Pairs:
        given = set()
        for name, value in pairs:
            if name in given:
                raise _FaultError(_place(value), f"the parameter {name} is given twice", "duplicate-name")
            given.add(name)
        return pairs

    def parameter(self, token: Token, value: Node) -> tuple[str, Node]:
        name = token[:-1]
        _check_identifier(name, token)
        return name, value

    def count(self, source: Node, opening: Token, *options: Node | str | Token) -> Node:
        *choices, closing = options or (opening,)
        predicates = [choice for choice in choices if not isinstance(choice, str)]
        searches = [choice for choice in choices if isinstance(choice, str)]
        place = (_place(source)[0], _end(cast("Token", closing)))
        if len(predicates) > 1 or len(searches) > 1:
            raise _FaultError(_span(opening, cast("Token", closing)), "an option is given twice", "duplicate-name")
        for predicate in predicates:
            source = Where(_navigable(source), predicate, place)
        return Count(_navigable(source), searches[0] if searches else None, place)

    def filter_option(self, _option: Token, predicate: Node) -> Node:
        return predicate

    def search_option(self, _option: Token, search: str) -> str:
        return search

    def search(self, *parts: str) -> str:
        return "".join(" " if isinstance(part, Token) and part.type == "SEARCH_SPACE" else str(part) for part in parts)

    def search_group(self, _opening: Token, search: str, _closing: Token) -> str:
        return f"({search})"

    def quantifier(self, source: Node, opening: Token, *rest: Token | Node) -> Node:
        *lambda_parts, closing = rest
        name = _called(opening).lower()
        place = (_place(source)[0], _end(cast("Token", closing)))
        if lambda_parts:
            variable, predicate = cast("tuple[Token, Node]", lambda_parts)
            bound = variable.rstrip(WHITE_SPACE + ":")
            _check_identifier(bound, variable)
            if edm.is_reserved(bound):
                message = f"a variable cannot be called {bound}, which means something else"
                raise _FaultError((_start(variable), _start(variable) + len(bound)), message, "name")
            return Quantifier(name, _navigable(source), bound, predicate, place)
        if name == "all":
            message = "all needs a variable and a condition"
            raise _FaultError(_span(opening, cast("Token", closing)), message, "lambda", "all(t:t eq 'x')")
        return Quantifier(name, _navigable(source), None, None, place)

    def array(self, opening: Token, *items: Node | Token | None) -> Node:
        return _collection(opening, *items)

    def object(self, opening: Token, *entries: tuple[str, Node] | Token | None) -> Node:
        *pairs, closing = entries
        found = {}
        for name, value in (cast("tuple[str, Node]", pair) for pair in pairs if pair is not None):
            if name in found:
                raise _FaultError(_place(value), f"the name {name!r} is given twice", "duplicate-name")
            found[name] = value
        return Record(tuple(found.items()), _span(opening, cast("Token", closing)))

    def entry(self, name: Token, value: Node) -> tuple[str, Node]:
        return _json_text(name), value

    def json_string(self, token: Token) -> Node:
        return Literal(edm.STRING, _json_text(token), _span(token))

    def wkt(self, *parts: str | None) -> str:
        return "".join(_WKT.get(part.type, part.value) if isinstance(part, Token) else part or "" for part in parts)

    def ring(self, *parts: Token) -> str:
        if parts[1].value != parts[-2].value:
            raise _FaultError(_span(parts[1], parts[-2]), "a ring ends at the position where it starts", "geo-ring")
        return self.wkt(*parts)


# ---- Names and calls -------------------------------------------------------------------------


def _name(token: Token) -> str:
    """A path segment as the tree holds it: a name, a qualified name, or `@` and an annotation's name."""
    for part in re.split("[.#]", token.removeprefix("@")):
        _check_identifier(part, token)
    return str(token)


def _check_identifier(name: str, token: Token) -> None:
    if name.isascii() and len(name) <= edm.MAX_IDENTIFIER:
        return
    fault = edm.identifier_fault(name)
    if fault is not None:
        begin = _start(token) + token.index(name)
        start, end, hint = name_fault(name)
        raise _FaultError((begin + start, begin + end), f"{name[:40]!r} is no name: {fault}", "name", hint)


def _canonical_call(function: functions.Function, opening: Token, arguments: _Pairs, closing: Token) -> Node:
    arities = function.arities()
    if any(name is not None for name, _ in arguments):
        message = f"{function.name} takes its arguments by position, without names"
        raise _FaultError(_span(opening, closing), message, "arguments", function.usage())
    if len(arguments) not in arities:
        wanted = " or ".join(map(str, arities))
        message = f"{function.name} takes {wanted} argument{'' if arities == (1,) else 's'}, not {len(arguments)}"
        raise _FaultError(_span(opening, closing), message, "arguments", function.usage())
    return Call(function.name, tuple(value for _, value in arguments), _span(opening, closing))


def _custom_call(source: Node | None, opening: Token, arguments: _Pairs, closing: Token) -> Node:
    """A custom function where the arguments have names or there are none, otherwise a property with a key."""
    name = _called(opening)
    place = (_start(opening) if source is None else _place(source)[0], _end(closing))
    for part in name.split("."):
        _check_identifier(part, opening)
    if name.lower() in {"any", "all"}:
        message = f"{name} needs a collection in front of it"
        raise _FaultError(_span(opening), message, "lambda", f"Tags/{name.lower()}(t:t eq 'x')")
    named = tuple((parameter, value) for parameter, value in arguments if parameter is not None)
    if len(named) == len(arguments):
        return Invocation(source, name, named, place)
    if len(arguments) > 1 or not isinstance(arguments[0][1], Literal | Variable) or (source is None and "." in name):
        raise _unknown_function(name, _start(opening))
    _check_key_value(arguments[0][1])
    owner = Member(IT if source is None else source, name, (place[0], _start(opening) + len(name)))
    return Key(owner, arguments, place)


def _unknown_function(name: str, start: int) -> _FaultError:
    message = f"there is no function {name}"
    return _FaultError((start, start + len(name)), message, "unknown-function", function_hint(name))


def _navigable(source: Node) -> Node:
    if isinstance(source, Call):
        raise _FaultError(_place(source), "a path cannot go on after a function's result", "path")
    return source


def _key_fault(value: Node) -> str | None:
    if isinstance(value, Variable) and value.name.startswith("@"):
        return None
    if isinstance(value, Literal) and not value.type.startswith("Edm.Geo"):
        return None if value.type not in {edm.NULL, edm.DOUBLE, edm.BINARY} else f"a key cannot be {value.text}"
    return "a key is a literal or a parameter alias"


def _check_key_value(value: Node) -> None:
    fault = _key_fault(value)
    if fault is not None:
        raise _FaultError(_place(value), fault, "key")


# ---- Nodes from tokens -----------------------------------------------------------------------


def _logical(operator: str, operands: tuple[Node, ...]) -> Node:
    flat: list[Node] = []
    for operand in operands:
        if isinstance(operand, Logical) and operand.operator == operator:
            flat += operand.operands
        else:
            flat.append(operand)
    return Logical(operator, tuple(flat), _between(operands[0], operands[-1]))


def _collection(opening: Token, *items: Node | Token | None) -> Node:
    *members, closing = items
    nodes = tuple(cast("Node", item) for item in members if item is not None)
    return Collection(nodes, _span(opening, cast("Token", closing)))


def _json_text(token: Token) -> str:
    text: str = json.loads(token.value, strict=False)
    return text


def _word(operator: Token) -> str:
    return operator.strip(WHITE_SPACE).lower()


def _called(opening: Token) -> str:
    return opening.rstrip(WHITE_SPACE + "(")


def _start(token: Token) -> int:
    return cast("int", token.start_pos)


def _end(token: Token) -> int:
    return cast("int", token.end_pos)


def _span(first: Token, last: Token | None = None) -> Span:
    return _start(first), _end(first if last is None else last)


def _place(node: Node) -> Span:
    """Where a node stands; an implied instance stands nowhere, and everything else has a span here."""
    return node.span or (0, 0)


def _between(left: Node, right: Node) -> Span:
    return _place(left)[0], _place(right)[1]


def _number(text: str) -> str:
    return text.replace("+", "").lower()


def _enumeration(text: str) -> tuple[str, str]:
    type_name, _, rest = text.partition("'")
    return type_name, rest[:-1].replace("+", "")


_LITERALS: Mapping[str, Callable[[str], tuple[str, str]]] = {
    "NULL": lambda text: (edm.NULL, text),
    "BOOLEAN": lambda text: (edm.BOOLEAN, text.lower()),
    "INT64_LITERAL": lambda text: (edm.integer_type(_number(text)), _number(text)),
    "DECIMAL_LITERAL": lambda text: (edm.DECIMAL, _number(text)),
    "DOUBLE_LITERAL": lambda text: (edm.DOUBLE, _number(text)),
    "NAN_INFINITY": lambda text: (edm.DOUBLE, text),
    "GUID": lambda text: (edm.GUID, text.lower()),
    "DATE": lambda text: (edm.DATE, text),
    "TIME_OF_DAY_LITERAL": lambda text: (edm.TIME_OF_DAY, text),
    "DATE_TIME_OFFSET_LITERAL": lambda text: (edm.DATE_TIME_OFFSET, text.upper()),
    "STRING_LITERAL": lambda text: (edm.STRING, text[1:-1].replace("''", "'")),
    "DURATION_LITERAL": lambda text: (edm.DURATION, text.upper().partition("'")[2][:-1]),
    "BINARY_LITERAL": lambda text: (edm.BINARY, text.partition("'")[2][:-1].rstrip("=")),
    "ENUM_LITERAL": _enumeration,
    "ENUM_VALUE": lambda text: (edm.STRING, text[1:-1]),
}

_WKT: Mapping[str, str] = {
    "WKT_POINT": "Point(",
    "WKT_LINE_STRING": "LineString(",
    "WKT_POLYGON": "Polygon(",
    "WKT_MULTI_POINT": "MultiPoint(",
    "WKT_MULTI_LINE_STRING": "MultiLineString(",
    "WKT_MULTI_POLYGON": "MultiPolygon(",
    "WKT_COLLECTION": "GeometryCollection(",
}


# ---- Scopes (section 5.1.1.13) -----------------------------------------------------------------

_SCOPES = (Quantifier, Where)


def _scoped(node: Node, bound: frozenset[str], current: Variable) -> Node:
    """The node with each bare name that a lambda binds as a variable, and the rest as members of `current`."""
    match node:
        case Variable() if node is IT:
            return current
        case Member(source=source, name=name, span=span) if source is IT:
            return Variable(name, span) if name in bound else Member(current, name, span)
        case Quantifier(name=name, source=source, variable=str(variable), predicate=predicate, span=span):
            inner = _scoped(cast("Node", predicate), bound | {variable}, current)
            return Quantifier(name, _scoped(source, bound, current), variable, inner, span)
        case Where(source=source, predicate=predicate, span=span):
            return Where(_scoped(source, bound, current), _scoped(predicate, bound, THIS), span)
        case _:
            return with_children(node, tuple(_scoped(child, bound, current) for child in children(node)))


# ---- Errors ----------------------------------------------------------------------------------


def _stop(text: str, end: int, error: UnexpectedInput, cursor: InteractiveParser) -> Stop:
    """Where Lark stopped, in terms of the text."""
    position = min(_failure(error), end)
    while position < end and text[position] in WHITE_SPACE:
        position += 1
    accepted = cursor.accepts()  # type: ignore[no-untyped-call] # lark leaves it untyped
    held = (value for value in cursor.parser_state.value_stack if isinstance(value, Token))
    openings = tuple(_start(token) + len(token.rstrip(WHITE_SPACE)) - 1 for token in held if token.type in _OPENERS)
    return Stop(text, position, end, frozenset(accepted), openings)


def _failure(error: UnexpectedInput) -> int:
    """Where Lark stopped; past every text for the end."""
    if isinstance(error, UnexpectedCharacters):
        return cast("int", error.pos_in_stream)
    token = cast("UnexpectedToken", error).token
    return sys.maxsize if token.type == "$END" else _start(token)
