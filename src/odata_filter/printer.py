"""Nodes to canonical text: on one line, or wrapped at a width; both read back as the same tree."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias, assert_never

from odata_filter import edm, functions
from odata_filter.data import dataclass, field
from odata_filter.nodes import (
    IT,
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
    Variable,
    Where,
)

PRECEDENCE: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("or",), 1),
        **dict.fromkeys(("and",), 2),
        **dict.fromkeys(("eq", "ne"), 3),
        **dict.fromkeys(("gt", "ge", "lt", "le"), 4),
        **dict.fromkeys(("add", "sub"), 5),
        **dict.fromkeys(("mul", "div", "divby", "mod"), 6),
        **dict.fromkeys(("not", "-"), 7),
        **dict.fromkeys(("in", "has"), 8),
    }
)
"""How tightly each operator binds (section 5.1.1.17), as the rules of `filter.lark` are ordered."""

_PRIMARY = 9
_LIKE_A_LITERAL = r"[-0-9]|INF(?!\w)"
_INDENT = "    "
_CALLED = frozenset({"case", "collection"})  # `Collection(true)` is a type inside `cast`


def text(node: Node) -> str:
    """The canonical text of a tree, on one line, with parentheses only where precedence needs them."""
    return _flat(_document(node, _Scope()))


def pretty(node: Node, width: int) -> str:
    """The canonical text, broken into lines of at most `width` characters where the language lets it break."""
    return _wrapped(_document(node, _Scope()), _Page(width), 0, 0)


# ---- Documents: text that knows where it may break ------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Chain:
    """Operands with an operator between them; breaks before every operator."""

    operator: str
    items: tuple["_Document", ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """Items between brackets with commas; breaks after the bracket, after commas and before the end."""

    opening: str
    items: tuple["_Document", ...]
    closing: str


_Document: TypeAlias = "str | _Chain | _Block | tuple[_Document, ...]"


def _flat(document: _Document) -> str:
    match document:
        case str():
            return document
        case _Chain(operator=operator, items=items):
            return f" {operator} ".join(map(_flat, items))
        case _Block(opening=opening, items=items, closing=closing):
            return opening + ",".join(map(_flat, items)) + closing
        case _:
            return "".join(map(_flat, document))


@dataclass(frozen=True, slots=True)
class _Page:
    """How wide a line may be, and how wide each document would be on one, by its identity."""

    width: int
    widths: dict[int, int] = field(default_factory=dict)

    def width_of(self, document: _Document) -> int:
        """The length of the document on one line; asked once of each, or deep ones would be asked at every level."""
        if isinstance(document, str):
            return len(document)
        if id(document) not in self.widths:
            self.widths[id(document)] = self._measured(document)
        return self.widths[id(document)]

    def _measured(self, document: "_Chain | _Block | tuple[_Document, ...]") -> int:
        match document:
            case _Chain(operator=operator, items=items):
                return sum(map(self.width_of, items)) + (len(operator) + 2) * (len(items) - 1)
            case _Block(opening=opening, items=items, closing=closing):
                return len(opening) + sum(map(self.width_of, items)) + max(0, len(items) - 1) + len(closing)
            case _:
                return sum(map(self.width_of, document))


def _wrapped(document: _Document, page: _Page, column: int, depth: int) -> str:
    """The document from `column` on, breaking the outermost parts that do not fit; lines start at `depth`."""
    if isinstance(document, str) or column + page.width_of(document) <= page.width:
        return _flat(document)
    match document:
        case _Block(items=()):
            return _flat(document)
        case _Chain(operator=operator, items=items):
            break_before = f"\n{_INDENT * depth}{operator} "
            start = len(break_before) - 1
            lines = [_wrapped(item, page, start if at else column, depth) for at, item in enumerate(items)]
            return break_before.join(lines)
        case _Block(opening=opening, items=items, closing=closing):
            return f"{opening}\n{_lines(items, page, depth + 1)}\n{_INDENT * depth}{closing}"
        case _:
            done = ""
            for part in document:
                last = done.rpartition("\n")[2]
                done += _wrapped(part, page, len(last) + (0 if "\n" in done else column), depth)
            return done


def _lines(items: tuple[_Document, ...], page: _Page, depth: int) -> str:
    """Items with commas, as many short ones on a line as fit, one that does not fit over several lines."""
    margin = _INDENT * depth
    lines: list[list[str]] = []
    column = page.width
    for at, item in enumerate(items):
        comma = "," if at + 1 < len(items) else ""
        width = page.width_of(item) + len(comma)
        if isinstance(item, str) and column + 1 + width <= page.width:
            lines[-1].append(item + comma)
            column += 1 + width
        else:
            column = len(margin) + width
            lines.append([_wrapped(item, page, len(margin) + len(comma), depth) + comma])
    return "\n".join(margin + " ".join(line) for line in lines)


# ---- Nodes to documents ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a bare name means here: a variable if it is bound, otherwise a member of `current`."""

    bound: frozenset[str] = frozenset()
    current: Variable = IT


def _document(node: Node, scope: _Scope) -> _Document:
    match node:
        case Literal(type=type_name, text=literal):
            return edm.written(type_name, literal)
        case Variable(name=name):
            return name
        case Member():
            return _member(node, scope, followed=False)
        case Call(name=name, arguments=arguments):
            return _Block(f"{name}(", _documents(arguments, scope), ")")
        case Invocation(source=source, name=name, parameters=parameters):
            call = _Block(f"{name}(", _named(parameters, scope), ")")
            return call if source is None else (_source(source, scope), "/", call)
        case Key(source=source, parts=parts):
            return (_owner(source, scope), "(", _flat(_Block("", _named(parts, scope), "")), ")")
        case Where(source=source, predicate=predicate):
            inner = _document(predicate, _Scope(scope.bound, THIS))
            return (_document(source, scope), _Block("/$filter(", (inner,), ")"))
        case Count(source=source, search=search):
            return (_document(source, scope), "/$count" if search is None else f"/$count($search={search})")
        case Quantifier(name=name, source=source, variable=variable, predicate=predicate):
            inner = () if predicate is None else (_document(predicate, _bind(scope, str(variable))),)
            head = f"/{name}(" if variable is None else f"/{name}({variable}:"
            return (_source(source, scope), _Block(head, inner, ")"))
        case Case(branches=branches):
            return _Block("case(", tuple(_branch(*branch, scope) for branch in branches), ")")
        case Collection(items=items):
            return _Block("[", _documents(items, scope), "]")
        case Record(entries=entries):
            pairs = ((_json_text(name) + ":", _document(value, scope)) for name, value in entries)
            return _Block("{", tuple(pairs), "}")
        case Not(operand=operand):
            return ("not ", _operand(operand, PRECEDENCE["not"], scope))
        case Negate(operand=operand):
            inner = _operand(operand, PRECEDENCE["-"], scope)
            # `-5` and `-INF` would be literals, and `-2020-01-01` a date.
            return ("- " if re.match(_LIKE_A_LITERAL, _edge(inner, 0)) else "-", inner)
        case Comparison(operator="in", left=left, right=right):
            return (_operand(left, PRECEDENCE["in"], scope), " in ", _in_operand(right, scope))
        case (
            Arithmetic(operator=operator, left=left, right=right)
            | Comparison(operator=operator, left=left, right=right)
        ):
            level = PRECEDENCE[operator]
            return (_operand(left, level, scope), f" {operator} ", _operand(right, level + 1, scope))
        case Logical(operator=operator, operands=operands):
            level = PRECEDENCE[operator] + 1
            return _Chain(operator, tuple(_operand(operand, level, scope) for operand in operands))
        case _:
            assert_never(node)


def _json_text(name: str) -> str:
    import json  # noqa: PLC0415 - few filters need it

    return json.dumps(name, ensure_ascii=False)


def _documents(nodes: Iterable[Node], scope: _Scope) -> tuple[_Document, ...]:
    return tuple(_document(node, scope) for node in nodes)


def _named(pairs: Iterable[tuple[str | None, Node]], scope: _Scope) -> tuple[_Document, ...]:
    return tuple(("" if name is None else f"{name}=", _document(value, scope)) for name, value in pairs)


def _bind(scope: _Scope, variable: str) -> _Scope:
    return _Scope(scope.bound | {variable}, scope.current)


def _operand(node: Node, level: int, scope: _Scope) -> _Document:
    """The node, in parentheses when it binds more loosely than `level`."""
    document = _document(node, scope)
    return document if _level(node) >= level else _Block("(", (document,), ")")


def _level(node: Node) -> int:
    match node:
        case Not():
            return PRECEDENCE["not"]
        case Negate():
            return PRECEDENCE["-"]
        case Arithmetic(operator=operator) | Comparison(operator=operator) | Logical(operator=operator):
            return PRECEDENCE[operator]
        case _:
            return _PRIMARY


def _in_operand(node: Node, scope: _Scope) -> _Document:
    """What stands right of `in`: literals as a list in parentheses, which every version of 4.01 reads."""
    if isinstance(node, Collection) and node.items and all(isinstance(item, Literal) for item in node.items):
        return _Block("(", _documents(node.items, scope), ")")
    return _document(node, scope)


def _branch(condition: Node, result: Node, scope: _Scope) -> _Document:
    left, right = _document(condition, scope), _document(result, scope)
    # `10:20` would be a time of day.
    digits = _edge(left, -1)[-1].isdigit() and _edge(right, 0)[0].isdigit()
    return (left, " : " if digits else ":", right)


def _edge(document: _Document, at: int) -> str:
    """The piece of text that a document begins with, for 0, or ends with, for -1; never empty."""
    while not isinstance(document, str):
        match document:
            case _Chain(items=items):
                document = items[at]
            case _Block(opening=opening, closing=closing):
                document = closing if at else opening
            case _:
                document = document[at]
    return document


# ---- Paths ---------------------------------------------------------------------------------------


def _member(node: Member, scope: _Scope, *, followed: bool) -> _Document:
    """A path segment; the instance that a bare name is taken from is left out where it can be."""
    if node.source != scope.current or _needs_instance(node.name, scope, followed=followed):
        return (_source(node.source, scope), "/", node.name)
    return node.name


def _needs_instance(name: str, scope: _Scope, *, followed: bool) -> bool:
    if name.startswith("@"):
        return "." not in name and "#" not in name
    if "." in name:
        return not followed
    return name in scope.bound or edm.is_reserved(name)


def _source(node: Node, scope: _Scope) -> _Document:
    """What stands left of a `/`."""
    return _member(node, scope, followed=True) if isinstance(node, Member) else _document(node, scope)


def _owner(node: Node, scope: _Scope) -> _Document:
    """What stands left of a key: a bare name that is also a function's would be read as a call."""
    called = isinstance(node, Member) and (functions.canonical(node.name) is not None or node.name.lower() in _CALLED)
    if isinstance(node, Member) and node.source == scope.current and called:
        return (scope.current.name, "/", node.name)
    return _document(node, scope)
