"""A tree and a schema to the kinds of value that each expression can have, as far as that is known without data."""

from collections.abc import Mapping
from typing import assert_never

from odata_filter import edm, functions, values
from odata_filter.data import dataclass, field, replace
from odata_filter.functions import Kinds
from odata_filter.nodes import (
    IT,
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
from odata_filter.schema import CollectionOf, PropertyType, Schema


@dataclass(frozen=True, slots=True)
class Names:
    """The types of what names stand for at one place in a tree; None where it is not known.

    What was found out there is kept, or each level of a deep tree would ask all below again: by the node's identity,
    with the node, so that no other one gets the same.
    """

    row: Schema | None = None
    this: PropertyType | None = None
    variables: Mapping[str, PropertyType | None] = field(default_factory=dict)
    kinds: dict[int, tuple[Node, Kinds | None]] = field(default_factory=dict, init=False, compare=False, repr=False)
    types: dict[int, tuple[Node, PropertyType | None]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )


def kinds(node: Node, names: Names) -> Kinds | None:
    """The kinds that an expression's value can have besides null; None when nothing is known of it."""
    if not isinstance(node, Call | Case | Negate | Arithmetic):  # only these ask all below
        return _kinds(node, names)
    if id(node) not in names.kinds:
        names.kinds[id(node)] = node, _kinds(node, names)
    return names.kinds[id(node)][1]


def _kinds(node: Node, names: Names) -> Kinds | None:
    match node:
        case Literal(type=type_name):
            return _LITERALS.get(type_name, _OF_AN_ENUMERATION)
        case Variable() | Member() | Invocation() | Key() | Where():
            return _type_kinds(property_type(node, names))
        case Call():
            return _call_kinds(node, names)
        case Count():
            return functions.INTEGER
        case Case(branches=branches):
            results = [kinds(result, names) for _, result in branches]
            known = [found for found in results if found is not None]
            return frozenset().union(*known) if len(known) == len(results) else None
        case Collection():
            return functions.ORDERED
        case Record():
            return frozenset({edm.COMPLEX})
        case Negate(operand=operand):
            return kinds(operand, names)
        case Arithmetic():
            return _arithmetic_kinds(node, names)
        case Quantifier() | Not() | Comparison() | Logical():
            return functions.BOOLEAN
        case _:
            assert_never(node)


_LITERALS: Mapping[str, Kinds] = {name: frozenset({name}) for name in (*edm.TYPE_NAMES, edm.NULL, edm.TYPE_NAME)}
_OF_AN_ENUMERATION: Kinds = frozenset({edm.ENUMERATION, edm.STRING})
"""A member is known by its name, so it is a string as well."""


def property_type(node: Node, names: Names) -> PropertyType | None:
    """The type that a schema gives to a path, or None."""
    if isinstance(node, Variable) or (isinstance(node, Member) and isinstance(node.source, Variable)):
        return _property_type(node, names)
    if id(node) not in names.types:
        names.types[id(node)] = node, _property_type(node, names)
    return names.types[id(node)][1]


def _property_type(node: Node, names: Names) -> PropertyType | None:
    match node:
        case Variable(name="$it"):
            return names.row
        case Variable(name="$this"):
            return names.this or names.row
        case Variable(name=name):
            return names.variables.get(name)
        case Member(source=source, name=name):
            return _member_type(source, name, names)
        case Key(source=source):
            return item_type(source, names)
        case Invocation(source=source, name=name, parameters=parameters) if parameters and "." not in name:
            return _item(_member_type(IT if source is None else source, name, names))
        case Where(source=source):
            return property_type(source, names)
        case _:
            return None


def item_type(node: Node, names: Names) -> PropertyType | None:
    """The type of a collection's members, or None."""
    return _item(property_type(node, names))


def _item(type_: PropertyType | None) -> PropertyType | None:
    return type_.item if isinstance(type_, CollectionOf) else None


def _member_type(source: Node, name: str, names: Names) -> PropertyType | None:
    owner = property_type(source, names)
    return owner.properties.get(name) if isinstance(owner, Schema) else None


def below(node: Node, child: Node, names: Names) -> Names:
    """What names stand for in one child of a node."""
    match node:
        case Quantifier(source=source, variable=str(variable), predicate=predicate) if child is predicate:
            return replace(names, variables={**names.variables, variable: item_type(source, names)})
        case Where(source=source, predicate=predicate) if child is predicate:
            return replace(names, this=item_type(source, names))
        case _:
            return names


def fit(given: Kinds | None, allowed: Kinds) -> bool:
    """Whether a value of the given kinds can be one of the allowed kinds; null always can."""
    return given is None or not allowed or edm.NULL in given or bool(given & allowed)


def fitting(call: Call, names: Names) -> list[functions.Signature]:
    """The overloads of a canonical function that the arguments of a call can suit."""
    function = functions.canonical(call.name)
    given = [kinds(argument, names) for argument in call.arguments]
    return [
        signature
        for signature in (() if function is None else function.signatures)
        if len(signature.parameters) == len(given)
        and all(fit(found, allowed) for found, allowed in zip(given, signature.parameters, strict=True))
    ]


def _type_kinds(type_: PropertyType | None) -> Kinds | None:
    match type_:
        case None | edm.UNTYPED:
            return None
        case str():
            return _PROPERTIES.get(type_, _ENUMERATION)
        case CollectionOf():
            return functions.COLLECTION
        case Schema():
            return frozenset({edm.COMPLEX})
        case _:
            assert_never(type_)


_ENUMERATION: Kinds = frozenset({edm.ENUMERATION})
_PROPERTIES: Mapping[str, Kinds] = {name: frozenset({edm.WIDEST.get(name, name)}) for name in edm.TYPE_NAMES}


def _call_kinds(node: Call, names: Names) -> Kinds | None:
    if node.name == "cast":
        last = node.arguments[-1]
        name = last.text if isinstance(last, Literal) else ""
        return _type_kinds(name) if name in edm.TYPE_NAMES else None
    results = [signature.result for signature in fitting(node, names)]
    return frozenset().union(*results) if results else None


def _arithmetic_kinds(node: Arithmetic, names: Names) -> Kinds | None:
    left, right = kinds(node.left, names), kinds(node.right, names)
    if left is None or right is None:
        return None
    pairs = ((first, second) for first in left for second in right)
    results = {values.arithmetic_kind(node.operator, first, second) for first, second in pairs}
    return frozenset(result for result in results if result is not None) or frozenset({edm.NULL})
