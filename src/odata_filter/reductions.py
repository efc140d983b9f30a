"""What each rule of the grammar stands for: the values of its parts to a node."""

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from odata_filter import edm, functions
from odata_filter.data import maker
from odata_filter.errors import Problem
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
    placed,
)

_new_literal, _new_member, _new_call = maker(Literal), maker(Member), maker(Call)
_new_comparison, _new_logical = maker(Comparison), maker(Logical)
"""The nodes that most trees are made of."""

WHITE_SPACE = " \t\r\n"
"""Space and tab by the standard (ABNF section 9); line breaks so that a wrapped filter reads back."""

_OPENING = WHITE_SPACE + "("
Token: TypeAlias = tuple[str, str, int, int]
"""The name of a terminal, its text, and where it starts and ends in the source."""

_Pairs: TypeAlias = tuple[tuple[str | None, Node], ...]
_Arguments: TypeAlias = tuple[Node, ...] | _Pairs
"""Without names, or all with names."""


class FaultError(Exception):
    """A fault that the grammar lets through, with its place; `parse` makes it a FilterSyntaxError."""

    def __init__(self, span: Span, message: str, code: str, hint: str | None = None) -> None:
        self.span = span
        self.message = message
        self.code = code
        self.hint = hint

    def problem(self, text: str) -> Problem:
        """The fault as a problem of the text that was read."""
        position, end = self.span
        return Problem(message=self.message, code=self.code, source=text, position=position, end=end, hint=self.hint)


def nested(span: Span) -> FaultError:
    """The fault of something that stands too deep inside other things."""
    message = f"nested more than {MAX_DEPTH} levels deep"
    return FaultError(span, message, "nesting", "a flat chain of `and` or `or` may have any length")


# ---- The reductions, in the order of the grammar ------------------------------------------------


class Reductions:
    """One method for each rule of `filter.lark` or its alias; one instance for each text.

    The parts come in the order of the text, so what a bare name means is known when it is read: a lambda variable,
    or a member of the instance that is implied (section 5.1.1.13).
    """

    _bound: frozenset[str] = frozenset()
    _implied = IT
    _outer: tuple[tuple[frozenset[str], Variable], ...] = ()

    def custom_vision(self, _prefix: Token | None, expression: Node) -> Node:
        return expression

    def disjunction(self, *operands: Node) -> Node:
        return _logical("or", operands)

    def conjunction(self, *operands: Node) -> Node:
        return _logical("and", operands)

    def comparison(self, left: Node, operator: Token, right: Node) -> Node:
        return _new_comparison(_word(operator), left, right, _between(left, right))

    def arithmetic(self, left: Node, operator: Token, right: Node) -> Node:
        return Arithmetic(_word(operator), left, right, _between(left, right))

    def negation(self, operator: Token, operand: Node) -> Node:
        return Not(operand, (operator[2], _place(operand)[1]))

    def minus(self, operator: Token, operand: Node) -> Node:
        return Negate(operand, (operator[2], _place(operand)[1]))

    def group(self, opening: Token, inner: Node, closing: Token) -> Node:
        return placed(inner, (opening[2], closing[3]))

    def type_function(self, opening: Token, operand: Node | None, type_name: Node, closing: Token) -> Node:
        given = self._implied if operand is None else operand
        return _new_call(_called(opening).lower(), (given, type_name), (opening[2], closing[3]))

    def literal(self, token: Token) -> Node:
        kind, source, start, end = token
        type_name, text = _LITERALS[kind](source)
        if kind in _DOUBTFUL:
            _check_literal(token, type_name, text)
        return _new_literal(type_name, text, (start, end))

    def geo_literal(self, prefix: Token, shape: str, ending: Token) -> Node:
        family, _, reference = prefix[1].partition("'")
        name = shape.partition("(")[0]
        return _new_literal(edm.geo_type(family, name), reference.upper() + shape, (prefix[2], ending[3]))

    def type(self, token: Token) -> Node:
        _, text, start, end = token
        for part in text.removeprefix("Collection(").removesuffix(")").split("."):
            _check_identifier(part, token)
        return _new_literal(edm.TYPE_NAME, text, (start, end))

    def case(self, opening: Token, *branches: tuple[Node, Node] | Token) -> Node:
        *pairs, closing = branches
        return Case(cast("tuple[tuple[Node, Node], ...]", tuple(pairs)), _from_to(opening, closing))

    def case_pair(self, condition: Node, result: Node) -> tuple[Node, Node]:
        return condition, result

    def list(self, opening: Token, *items: Node | Token | None) -> Node:
        return _collection(opening, *items)

    def name(self, token: Token) -> Node:
        _, text, start, end = token
        if not text.isascii() or len(text) > edm.MAX_IDENTIFIER:
            _check_name(token)
        return Variable(text, (start, end)) if text in self._bound else _new_member(self._implied, text, (start, end))

    def variable(self, token: Token) -> Node:
        kind, text, start, end = token
        if kind == "PARAMETER_ALIAS":
            _check_identifier(text[1:], token)
        return Variable(text, (start, end))

    def call(self, opening: Token, arguments: _Arguments | None, closing: Token) -> Node:
        function = _FUNCTIONS.get(opening[1]) or functions.canonical(_called(opening))
        if function is None:
            return self._custom_call(None, opening, _pairs(arguments or ()), closing)
        return _canonical_call(function, opening, arguments or (), closing)

    def bound_call(self, source: Node, opening: Token, arguments: _Arguments | None, closing: Token) -> Node:
        return self._custom_call(_navigable(source), opening, _pairs(arguments or ()), closing)

    def member(self, source: Node, token: Token) -> Node:
        _check_name(token)
        return _new_member(_navigable(source), token[1], (_place(source)[0], token[3]))

    def key(self, source: Node, opening: Token, arguments: _Arguments, closing: Token) -> Node:
        if not isinstance(source, Where | Invocation):
            raise FaultError((opening[2], closing[3]), "a key in parentheses cannot stand here", "key")
        pairs = _pairs(arguments)
        for _, value in pairs:
            _check_key_value(value)
        return Key(source, pairs, (_place(source)[0], closing[3]))

    def where(self, source: Node, _opening: Token, predicate: Node, closing: Token) -> Node:
        self._leave()
        return Where(_navigable(source), predicate, (_place(source)[0], closing[3]))

    def members(self, opening: Token) -> Token:
        self._enter(self._bound, THIS)
        return opening

    def positional(self, *values: Node) -> tuple[Node, ...]:
        return values

    def named(self, *pairs: tuple[str, Node]) -> _Pairs:
        given = set()
        for name, value in pairs:
            if name in given:
                raise FaultError(_place(value), f"the parameter {name} is given twice", "duplicate-name")
            given.add(name)
        return pairs

    def parameter(self, token: Token, value: Node) -> tuple[str, Node]:
        name = token[1][:-1]
        _check_identifier(name, token)
        return name, value

    def count(self, source: Node, opening: Token, *options: Node | str | Token) -> Node:
        *choices, closing = options or (opening,)
        predicates = [choice for choice in choices if not isinstance(choice, str | tuple)]
        searches = [choice for choice in choices if isinstance(choice, str)]
        start, end = _from_to(opening, closing)
        place = (_place(source)[0], end)
        if len(predicates) > 1 or len(searches) > 1:
            raise FaultError((start, end), "an option is given twice", "duplicate-name")
        for predicate in predicates:
            source = Where(_navigable(source), predicate, place)
        return Count(_navigable(source), searches[0] if searches else None, place)

    def filter_option(self, _opening: Token, predicate: Node) -> Node:
        self._leave()
        return predicate

    def search_option(self, _option: Token, search: str) -> str:
        return search

    def search(self, *parts: str | Token) -> str:
        return " ".join(part if isinstance(part, str) else part[1] for part in parts)

    def search_group(self, _opening: Token, search: str, _closing: Token) -> str:
        return f"({search})"

    def quantifier(self, source: Node, opening: Token, *rest: str | Node | Token) -> Node:
        *lambda_parts, closing = rest
        name = _called(opening).lower()
        start, end = _from_to(opening, closing)
        place = (_place(source)[0], end)
        if lambda_parts:
            self._leave()
            variable, predicate = cast("tuple[str, Node]", lambda_parts)
            return Quantifier(name, _navigable(source), variable, predicate, place)
        if name == "all":
            message = "all needs a variable and a condition"
            raise FaultError((start, end), message, "lambda", "all(t:t eq 'x')")
        return Quantifier(name, _navigable(source), None, None, place)

    def binding(self, token: Token) -> str:
        variable = token[1].rstrip(WHITE_SPACE + ":")
        _check_identifier(variable, token)
        if edm.is_reserved(variable):
            message = f"a variable cannot be called {variable}, which means something else"
            raise FaultError((token[2], token[2] + len(variable)), message, "name")
        self._enter(self._bound | {variable}, self._implied)
        return variable

    def array(self, opening: Token, *items: Node | Token | None) -> Node:
        return _collection(opening, *items)

    def object(self, opening: Token, *entries: tuple[str, Node] | Token | None) -> Node:
        *pairs, closing = entries
        found = {}
        for name, value in (cast("tuple[str, Node]", pair) for pair in pairs if pair is not None):
            if name in found:
                raise FaultError(_place(value), f"the name {name!r} is given twice", "duplicate-name")
            found[name] = value
        return Record(tuple(found.items()), _from_to(opening, closing))

    def entry(self, name: Token, value: Node) -> tuple[str, Node]:
        return _json_text(name), value

    def json_string(self, token: Token) -> Node:
        return _new_literal(edm.STRING, _json_text(token), (token[2], token[3]))

    def wkt(self, *parts: str | Token | None) -> str:
        return "".join(_WKT.get(part[0], part[1]) if isinstance(part, tuple) else part or "" for part in parts)

    def ring(self, *parts: Token) -> str:
        first, last = parts[1], parts[-2]
        if first[1] != last[1]:
            raise FaultError((first[2], last[3]), "a ring ends at the position where it starts", "geo-ring")
        return self.wkt(*parts)

    # ---- What bare names mean (section 5.1.1.13) -------------------------------------------------

    def _enter(self, bound: frozenset[str], implied: Variable) -> None:
        self._outer += ((self._bound, self._implied),)
        self._bound, self._implied = bound, implied

    def _leave(self) -> None:
        *outer, (self._bound, self._implied) = self._outer
        self._outer = tuple(outer)

    def _custom_call(self, source: Node | None, opening: Token, arguments: _Pairs, closing: Token) -> Node:
        """A custom function where the arguments have names or there are none, otherwise a property with a key."""
        name = _called(opening)
        start = opening[2]
        place = (start if source is None else _place(source)[0], closing[3])
        for part in name.split("."):
            _check_identifier(part, opening)
        if name.lower() in {"any", "all"}:
            message = f"{name} needs a collection in front of it"
            raise FaultError((start, opening[3]), message, "lambda", f"Tags/{name.lower()}(t:t eq 'x')")
        named = tuple((parameter, value) for parameter, value in arguments if parameter is not None)
        if len(named) == len(arguments):
            return Invocation(source, name, named, place)
        if len(arguments) > 1 or not _may_be_key(arguments[0][1]) or (source is None and "." in name):
            raise _unknown_function(name, start)
        _check_key_value(arguments[0][1])
        if source is None:
            return Key(self.name(("ODATA_IDENTIFIER", name, start, start + len(name))), arguments, place)
        return Key(_new_member(source, name, (place[0], start + len(name))), arguments, place)


# ---- Names and calls -------------------------------------------------------------------------


def _check_name(token: Token) -> None:
    """Of a path segment: a name, a qualified name, or `@` and the name of an annotation."""
    text = token[1]
    if not text.isascii() or len(text) > edm.MAX_IDENTIFIER:
        for part in text.removeprefix("@").replace("#", ".").split("."):
            _check_identifier(part, token)


def _check_identifier(name: str, token: Token) -> None:
    if name.isascii() and len(name) <= edm.MAX_IDENTIFIER:
        return
    fault = edm.identifier_fault(name)
    if fault is not None:
        begin = token[2] + token[1].index(name)
        from odata_filter.diagnosis import name_fault  # noqa: PLC0415 - a filter that is right has no need of it

        start, end, hint = name_fault(name)
        raise FaultError((begin + start, begin + end), f"{name[:40]!r} is no name: {fault}", "name", hint)


def _pairs(arguments: _Arguments) -> _Pairs:
    return tuple(each if isinstance(each, tuple) else (None, each) for each in arguments)


def _canonical_call(function: functions.Function, opening: Token, arguments: _Arguments, closing: Token) -> Node:
    named = bool(arguments) and isinstance(arguments[0], tuple)
    if not named and len(arguments) in function.arities():
        return _new_call(function.name, arguments, (opening[2], closing[3]))  # type: ignore[arg-type] # without names, nodes
    if named:
        message = f"{function.name} takes its arguments by position, without names"
    else:
        wanted = " or ".join(map(str, function.arities()))
        message = (
            f"{function.name} takes {wanted} argument{'' if function.arities() == (1,) else 's'}, not {len(arguments)}"
        )
    raise FaultError((opening[2], closing[3]), message, "arguments", function.usage())


def _unknown_function(name: str, start: int) -> FaultError:
    from odata_filter.diagnosis import function_hint  # noqa: PLC0415 - likewise

    message = f"there is no function {name}"
    return FaultError((start, start + len(name)), message, "unknown-function", function_hint(name))


def _navigable(source: Node) -> Node:
    if isinstance(source, Call):
        raise FaultError(_place(source), "a path cannot go on after a function's result", "path")
    return source


def _may_be_key(value: Node) -> bool:
    return isinstance(value, Literal) or (isinstance(value, Variable) and value.name.startswith(("@", "$")))


def _key_fault(value: Node) -> str | None:
    if isinstance(value, Variable) and value.name.startswith("@"):
        return None
    if isinstance(value, Literal) and not value.type.startswith("Edm.Geo"):
        return None if value.type not in {edm.NULL, edm.DOUBLE, edm.BINARY} else f"a key cannot be {value.text}"
    return "a key is a literal or a parameter alias"


def _check_key_value(value: Node) -> None:
    fault = _key_fault(value)
    if fault is not None:
        raise FaultError(_place(value), fault, "key")


def _check_literal(token: Token, type_name: str, text: str) -> None:
    kind, source, start, end = token
    if kind == "ENUM_LITERAL" and type_name.startswith("Edm."):
        hint = f"write {edm.written(edm.STRING, text)} or the literal itself, without the type in front"
        raise FaultError((start, end), f"{type_name} is no enumeration type", "enumeration", hint)
    if kind in _ENUMERATIONS:
        for name in (*type_name.split("."), *text.split(",")):
            if name.strip("-0123456789"):
                _check_identifier(name, token)
    fault = edm.text_fault(type_name, text)
    if fault is not None:
        raise FaultError((start, end), f"{source} is no value: {fault}", "value-out-of-range")


# ---- Nodes from tokens -----------------------------------------------------------------------


def _logical(operator: str, operands: tuple[Node, ...]) -> Node:
    flat = operands
    for operand in operands:
        if type(operand) is Logical:
            flat = _flat(operator, operands)
            break
    return _new_logical(operator, flat, _between(operands[0], operands[-1]))


def _flat(operator: str, operands: tuple[Node, ...]) -> tuple[Node, ...]:
    flat: list[Node] = []
    for operand in operands:
        if isinstance(operand, Logical) and operand.operator == operator:
            flat += operand.operands
        else:
            flat.append(operand)
    return tuple(flat)


def _collection(opening: Token, *items: Node | Token | None) -> Node:
    *members, closing = items
    nodes = tuple(cast("Node", item) for item in members if item is not None)
    return Collection(nodes, _from_to(opening, closing))


def _json_text(token: Token) -> str:
    import json  # noqa: PLC0415 - few filters need it

    text: str = json.loads(token[1], strict=False)
    return text


def _word(operator: Token) -> str:
    return _WORDS.get(operator[1]) or operator[1].strip(WHITE_SPACE).lower()


def _called(opening: Token) -> str:
    return opening[1].rstrip(_OPENING)


def _from_to(opening: Token, closing: object) -> Span:
    return opening[2], cast("Token", closing)[3]


def _place(node: Node) -> Span:
    """Where a node stands; an implied instance stands nowhere, and everything else has a span here."""
    return node.span or (0, 0)


def _between(left: Node, right: Node) -> Span:
    return (left.span or (0, 0))[0], (right.span or (0, 0))[1]


def _number(text: str) -> str:
    return text.replace("+", "").lower()


def _integer(text: str) -> tuple[str, str]:
    number = _number(text)
    return edm.integer_type(number), number


def _enumeration(text: str) -> tuple[str, str]:
    type_name, _, rest = text.partition("'")
    return type_name, rest[:-1].replace("+", "")


_LITERALS: Mapping[str, Callable[[str], tuple[str, str]]] = {
    "NULL": lambda text: (edm.NULL, text),
    "BOOLEAN": lambda text: (edm.BOOLEAN, text.lower()),
    "INT64_LITERAL": _integer,
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

_ENUMERATIONS = frozenset({"ENUM_LITERAL", "ENUM_VALUE"})
_DOUBTFUL = frozenset({"DATE", "DATE_TIME_OFFSET_LITERAL"}) | _ENUMERATIONS
"""Literals that may have a fault which the grammar does not see."""

_WORDS = {
    f" {word} ": word
    for word in ("eq", "ne", "gt", "ge", "lt", "le", "has", "in", "add", "sub", "mul", "div", "divby", "mod")
}
_FUNCTIONS = {f"{function.name}(": function for function in functions.FUNCTIONS}
"""Operators and openings as they are mostly written, for which it takes one look to know them."""

_WKT: Mapping[str, str] = {
    "WKT_POINT": "Point(",
    "WKT_LINE_STRING": "LineString(",
    "WKT_POLYGON": "Polygon(",
    "WKT_MULTI_POINT": "MultiPoint(",
    "WKT_MULTI_LINE_STRING": "MultiLineString(",
    "WKT_MULTI_POLYGON": "MultiPolygon(",
    "WKT_COLLECTION": "GeometryCollection(",
}


NAMES = tuple(name for name in vars(Reductions) if not name.startswith("_"))
"""The rules of the grammar, and their aliases, that have a reduction."""
