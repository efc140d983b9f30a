"""The tree: what a filter says, as small immutable nodes without behaviour.

Every node has a `span`, the place in the source text that it was read from, as (start, end). It is None for a
node that was built or implied, and takes no part in equality and hashing.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias, assert_never

from odata_filter.data import dataclass, field, replace

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Literal:
    """`'cat'` is Literal("Edm.String", "cat"): an Edm type and the text without prefix and quotes."""

    type: str
    text: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """`$it`, `$this`, `$root`, the parameter alias `@p`, or a name that a lambda binds."""

    name: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """`Address/City`, `Address/Model.Postal` (a type cast), `Price/@Measures.Currency` (an annotation).

    A bare name is a member of `$it`, or of `$this` inside `/$filter(...)`.
    """

    source: "Node"
    name: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """`contains(Name,'x')`: a canonical function, by its name in the function table."""

    name: str
    arguments: tuple["Node", ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Invocation:
    """`Products/Model.ByColor(color='green')`: a custom function, bound to its source if it has one.

    An unqualified name with named arguments, `Items(ID=1)`, may also be a property with a key.
    """

    source: "Node | None"
    name: str
    parameters: tuple[tuple[str, "Node"], ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Key:
    """`Items(1)` or `Items/$filter(x gt 3)(ID='Sugar')`: the one member of a collection with that key."""

    source: "Node"
    parts: tuple[tuple[str | None, "Node"], ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Where:
    """`Items/$filter(Price gt 3)`: the members of a collection for which a predicate is true."""

    source: "Node"
    predicate: "Node"
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Count:
    """`Items/$count`: how many members a collection has, after a free-text search if there is one."""

    source: "Node"
    search: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Quantifier:
    """`Tags/any(t:t eq 'x')`, `Tags/all(t:t ne '')`, or `Tags/any()` without variable and predicate."""

    name: str
    source: "Node"
    variable: str | None = None
    predicate: "Node | None" = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """`case(X gt 0:1,true:0)`: the result beside the first condition that is true."""

    branches: tuple[tuple["Node", "Node"], ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Collection:
    """`('a','b')` right of `in`, `["a","b"]` anywhere."""

    items: tuple["Node", ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    """`{"City":"Redmond"}`: a complex value."""

    entries: tuple[tuple[str, "Node"], ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """`not Completed`."""

    operand: "Node"
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Negate:
    """`-Price`."""

    operand: "Node"
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`Price add 2`; operator is one of add, sub, mul, div, divby, mod."""

    operator: str
    left: "Node"
    right: "Node"
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`Name eq 'x'`; operator is one of eq, ne, gt, ge, lt, le, has, in."""

    operator: str
    left: "Node"
    right: "Node"
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Logical:
    """`a and b and c`: two or more operands, none of them a Logical of the same operator."""

    operator: str
    operands: tuple["Node", ...]
    span: Span | None = field(default=None, compare=False, repr=False)


Node: TypeAlias = (
    Literal
    | Variable
    | Member
    | Call
    | Invocation
    | Key
    | Where
    | Count
    | Quantifier
    | Case
    | Collection
    | Record
    | Not
    | Negate
    | Arithmetic
    | Comparison
    | Logical
)

IT = Variable("$it")
THIS = Variable("$this")
MAX_DEPTH = 100
"""Nodes on the longest way from the root of a tree to a leaf; parser and builder refuse more."""


def key_of(node: Node) -> str | None:
    """The key of the row whose value a node is: a property of `$it`, and neither a type cast nor an annotation."""
    match node:
        case Member(source=Variable(name="$it"), name=name) if "." not in name and not name.startswith("@"):
            return name
        case _:
            return None


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node, in the order in which they are written."""
    match node:
        case Literal() | Variable():
            return ()
        case Member(source=source) | Count(source=source):
            return (source,)
        case Call(arguments=arguments):
            return arguments
        case Invocation(source=source, parameters=parameters):
            return (*_given(source), *(value for _, value in parameters))
        case Key(source=source, parts=parts):
            return (source, *(value for _, value in parts))
        case Where(source=source, predicate=predicate):
            return (source, predicate)
        case Quantifier(source=source, predicate=predicate):
            return (source, *_given(predicate))
        case Case(branches=branches):
            return tuple(part for branch in branches for part in branch)
        case Collection(items=items):
            return items
        case Record(entries=entries):
            return tuple(value for _, value in entries)
        case Not(operand=operand) | Negate(operand=operand):
            return (operand,)
        case Arithmetic(left=left, right=right) | Comparison(left=left, right=right):
            return (left, right)
        case Logical(operands=operands):
            return operands
        case _:
            assert_never(node)


def _given(node: Node | None) -> tuple[Node, ...]:
    return () if node is None else (node,)


def with_children(node: Node, parts: tuple[Node, ...]) -> Node:
    """The same node over other children, given in the order of `children`."""
    match node:
        case Literal() | Variable():
            return node
        case Member() | Count():
            return replace(node, source=parts[0])
        case Call():
            return replace(node, arguments=parts)
        case Invocation(source=source, parameters=parameters):
            values = parts if source is None else parts[1:]
            named = tuple((name, value) for (name, _), value in zip(parameters, values, strict=True))
            return replace(node, source=None if source is None else parts[0], parameters=named)
        case Key(parts=keys):
            named_keys = tuple((name, value) for (name, _), value in zip(keys, parts[1:], strict=True))
            return replace(node, source=parts[0], parts=named_keys)
        case Where():
            return replace(node, source=parts[0], predicate=parts[1])
        case Quantifier():
            return replace(node, source=parts[0], predicate=parts[1] if len(parts) > 1 else None)
        case Case():
            return replace(node, branches=tuple(zip(parts[::2], parts[1::2], strict=True)))
        case Collection():
            return replace(node, items=parts)
        case Record(entries=entries):
            return replace(node, entries=tuple((name, part) for (name, _), part in zip(entries, parts, strict=True)))
        case Not() | Negate():
            return replace(node, operand=parts[0])
        case Arithmetic() | Comparison():
            return replace(node, left=parts[0], right=parts[1])
        case Logical():
            return replace(node, operands=parts)
        case _:
            assert_never(node)


def placed(node: Node, span: Span) -> Node:
    """The same node, read from another place."""
    kind: Callable[..., Node] = type(node)
    return kind(*[getattr(node, name) for name in node.__match_args__[:-1]], span)


def walk(root: Node) -> Iterator[Node]:
    """Every node of the tree, each before those below it, in the order of the text; never recursive."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def too_deep(root: Node, limit: int = MAX_DEPTH) -> Node | None:
    """The first node found more than `limit` levels down, or None; never recursive.

    For an instance that is only implied, which has no place in a text, it is the node above it.
    """
    level: list[Node] = [root]
    above = level
    for _ in range(limit):
        above, level = level, [child for node in level for child in children(node)]
        if not level:
            return None
    below = level[0]
    is_implied = isinstance(below, Variable) and below.span is None and below.name in {IT.name, THIS.name}
    return next(node for node in above if children(node)) if is_implied else below
