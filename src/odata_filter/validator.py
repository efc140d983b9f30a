"""A tree and a profile to problems: everything that an endpoint would refuse, each with its place."""

from collections.abc import Collection as Collection_
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from typing import assert_never, cast

from odata_filter import edm, patterns, suggestions
from odata_filter.data import dataclass, field, replace
from odata_filter.diagnosis import likely_function
from odata_filter.errors import Problem
from odata_filter.functions import BOOLEAN, COLLECTION, FUNCTIONS, Kinds, canonical
from odata_filter.inference import Names, below, fit, fitting, kinds, property_type
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
    children,
)
from odata_filter.printer import PRECEDENCE
from odata_filter.profile import Profile
from odata_filter.schema import Schema
from odata_filter.values import NUMBERS, ORDERED_KINDS

MAX_COMPARED = 500_000
"""How many characters of unknown names are compared with those of known ones; further ones have no such hint."""


def problems(
    root: Node, profile: Profile, schema: Schema | None = None, parameters: Collection_[str] | None = None
) -> tuple[Problem, ...]:
    """Every problem of a tree, in the order of the text. Positions are those of the nodes' spans.

    Args:
        root: the tree.
        profile: what the endpoint accepts.
        schema: the types of the rows' properties; None when they are not known.
        parameters: the names of the parameter aliases that have a value; None when they are not known.
    """
    found: list[Problem] = []
    similar = _Similar()
    waiting: list[tuple[Node, Node | None, Names]] = [(root, None, Names(schema))]
    while waiting:
        node, parent, names = waiting.pop()
        found += _node_problems(node, profile)
        if isinstance(node, Literal):
            continue
        if isinstance(node, Member):
            found += () if isinstance(parent, Member) else _path_problems(node, profile)
            compared = isinstance(parent, Comparison) and node is parent.right
            found += _property_problems(node, names, similar, compared=compared)
        found += _type_problems(node, names, similar)
        if parameters is not None and isinstance(node, Variable):
            found += _alias_problems(node, parameters)
        waiting += [(part, node, below(node, part, names)) for part in reversed(_parts(node))]
    found += _root_problems(root, Names(schema))
    if profile.simple_conditions:
        explained = {_place(problem) for problem in found if problem.severity == "error"}
        found += [problem for problem in _condition_problems(root, profile) if _place(problem) not in explained]
    return tuple(sorted(found, key=lambda problem: (problem.position or 0, problem.end or 0)))


@dataclass(slots=True)
class _Similar:
    """Looks for names that are like a wrong one, as long as that is a matter of people's mistakes.

    Attributes:
        left: characters of names that may still be compared, each with those of another name.
        properties: the names of each schema's properties, by its identity; every problem shares them.
    """

    left: int = MAX_COMPARED
    properties: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def names(self, owner: Schema) -> tuple[str, ...]:
        """The names of the properties."""
        if id(owner) not in self.properties:
            self.properties[id(owner)] = tuple(owner.properties)
        return self.properties[id(owner)]

    def closest(self, name: str, known: tuple[str, ...], cutoff: float) -> str | None:
        """The name that is most like this one, and at least as much as `cutoff` says."""
        self.left -= len(name) * len(known)
        close = get_close_matches(name, known, n=1, cutoff=cutoff) if self.left >= 0 else []
        return close[0] if close else None

    def function(self, name: str, *, bound: bool) -> str | None:
        """What to write instead of a name that is like a function's; see `likely_function`."""
        self.left -= len(name) * len(FUNCTIONS)
        return likely_function(name, bound=bound) if self.left >= 0 else None


def _parts(node: Node) -> tuple[Node, ...]:
    """The nodes below that are judged on their own; a list comes with `in`, and `$it/a` is `a`."""
    if isinstance(node, Comparison) and node.operator == "in" and isinstance(node.right, Collection):
        return (node.left, *node.right.items)
    if isinstance(node, Member) and node.source == IT:
        return ()
    return children(node)


def _place(problem: Problem) -> tuple[int | None, int | None]:
    """Where a problem is; a condition that is wrong as a whole is not told of a second time."""
    return problem.position, problem.end


def _node_problems(node: Node, profile: Profile) -> Iterator[Problem]:
    match node:
        case Literal():
            yield from _literal_problems(node, profile)
        case Variable(name=name):
            yield from _construct_problems(node, "parameter alias" if name.startswith("@") else name, profile)
        case Member():
            yield from _member_problems(node, profile)
        case Call(name=name):
            if name not in profile.functions:
                what = f"the function {name}" if profile.functions else f"functions such as {name}"
                yield _refused(node, what, sorted(profile.functions), profile)
        case Invocation():
            yield from _construct_problems(node, "custom function", profile)
        case Key():
            yield from _construct_problems(node, "key", profile)
        case Where():
            yield from _construct_problems(node, "/$filter", profile)
        case Count():
            yield from _construct_problems(node, "/$count", profile)
        case Quantifier(name=name):
            yield from _operator_problems(node, name, profile)
        case Case():
            yield from _construct_problems(node, "case", profile)
        case Collection():
            yield from _construct_problems(node, "collection", profile)
        case Record():
            yield from _construct_problems(node, "object", profile)
        case Not():
            yield from _operator_problems(node, "not", profile)
        case Negate():
            yield from _operator_problems(node, "-", profile)
        case Arithmetic(operator=operator) | Comparison(operator=operator):
            yield from _operator_problems(node, operator, profile)
        case Logical():
            yield from _operator_problems(node, node.operator, profile)
            yield from _parentheses_problems(node, profile)
        case _:
            assert_never(node)


# ---- What a profile knows --------------------------------------------------------------------------


def _operator_problems(node: Node, operator: str, profile: Profile) -> Iterator[Problem]:
    if operator not in profile.operators:
        yield _refused(node, f"the operator {operator}", sorted(profile.operators), profile, _instead_of(node))


def _construct_problems(node: Node, construct: str, profile: Profile) -> Iterator[Problem]:
    # A variable that a lambda binds is no construct of its own: the lambda is what may be refused.
    implied = node.span is None
    if construct not in profile.constructs and construct in _CONSTRUCT_NAMES and not implied:
        yield _refused(node, _CONSTRUCT_NAMES[construct], ["a property name"], profile)


def _member_problems(node: Member, profile: Profile) -> Iterator[Problem]:
    if node.name.startswith("@"):
        yield from _construct_problems(node, "annotation", profile)
    elif "." in node.name:
        yield from _construct_problems(node, "type cast", profile)
    elif edm.is_reserved(node.name) and "$it" not in profile.constructs:
        yield _refused(node, f"a property called {node.name}", ["names that read as nothing else"], profile)
    if profile.max_name_length is not None and len(node.name) > profile.max_name_length:
        message = f"the name has {len(node.name)} characters, and {profile.name} takes {profile.max_name_length}"
        yield _problem(node, message, "name-too-long", [f"at most {profile.max_name_length} characters"])


def _path_problems(node: Member, profile: Profile) -> Iterator[Problem]:
    """A path is refused once, as a whole."""
    if not node.name.startswith("@") and "." not in node.name and not isinstance(node.source, Variable):
        yield from _construct_problems(node, "path", profile)


def _literal_problems(node: Literal, profile: Profile) -> Iterator[Problem]:
    allowed = profile.literal_types
    if node.type == edm.TYPE_NAME:
        return
    if allowed is not None and node.type not in allowed:
        what = "null" if node.type == edm.NULL else f"a literal of type {node.type}"
        quoted = edm.written(edm.STRING, node.text)
        hint = "a missing key cannot be asked for" if node.type == edm.NULL else f"compare with the string {quoted}"
        yield _refused(node, what, sorted(allowed), profile, hint if edm.STRING in allowed else None)
    limit = profile.max_string_length
    if limit is not None and node.type == edm.STRING and len(node.text) > limit:
        message = f"the string has {len(node.text)} characters, and {profile.name} takes {limit}"
        yield _problem(node, message, "value-too-long", [f"at most {limit} characters"])


def _parentheses_problems(node: Logical, profile: Profile) -> Iterator[Problem]:
    for operand in node.operands:
        if isinstance(operand, Logical) and node.operator == "and" and not profile.parentheses:
            yield _refused(operand, "parentheses", ["and", "or"], profile, "join and-terms with or")


def _instead_of(node: Node) -> str | None:
    """How the same can be said with fewer operators, where that is plain."""
    match node:
        case Not(operand=Comparison(operator="eq")):
            return "write the comparison with ne"
        case Not(operand=Comparison(operator="ne")):
            return "write the comparison with eq"
        case Comparison(operator="in"):
            return "join one eq for each value with or"
        case _:
            return None


# ---- Simple conditions -----------------------------------------------------------------------------


def _condition_problems(root: Node, profile: Profile) -> Iterator[Problem]:
    """Problems of a filter whose conditions must each be a property, an operator and a literal."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        match node:
            case Logical(operands=operands):
                waiting += operands
            case Not(operand=operand):
                waiting.append(operand)
            case Comparison(left=Member(), right=Literal()):
                pass
            case Comparison(operator="in", left=Member(), right=Collection()):
                pass
            case Comparison(left=Literal(), right=Member()):
                yield _condition_problem(node, profile, suggestions.turned(node))
            case Member(name=name):
                yield _condition_problem(node, profile, f"say which value it has: {name} eq 'true'")
            case Comparison(right=Member()):
                yield _condition_problem(node, profile, "compare with a literal, not with another property")
            case _:
                yield _condition_problem(node, profile, "write a property, eq or ne, and a string")


def _condition_problem(node: Node, profile: Profile, hint: str | None) -> Problem:
    message = f"this is no condition that {profile.name} understands"
    return _problem(node, message, "condition", ["a property, an operator and a literal"], hint)


# ---- Types (4.01 5.1.1, and 4.02 where a mismatch is visible without data) -------------------------------


def _type_problems(node: Node, names: Names, similar: _Similar) -> Iterator[Problem]:
    match node:
        case Member():
            name = node.name
            if name.lower() in _LIKE_NULL and not edm.is_reserved(name) and property_type(node, names) is None:
                message = f"{name} is the name of a property here"
                yield _warning(node, message, "looks-like-null", "null is written `null`")
        case Call():
            if not fitting(node, names):
                yield _unfitting(node, names)
            yield from _argument_problems(node)
        case Invocation(source=source, name=name, parameters=()):
            hint = similar.function(name, bound=source is not None or "." in name)
            if hint is not None:
                yield _warning(node, f"this calls a custom function {name}", "looks-like-function", hint)
        case Key(source=Member() as source, parts=((None, Literal(type=edm.STRING)),)):
            hint = similar.function(source.name, bound=isinstance(source.source, Member))
            if hint is not None and property_type(source, names) is None:
                yield _warning(
                    node,
                    f"{source.name} is the name of a property here, with a key behind it",
                    "looks-like-function",
                    hint,
                )
        case Quantifier(variable=str(variable)) if variable in names.variables:
            message = f"the variable {variable} is already bound by an enclosing any or all"
            yield _problem(node, message, "variable", [], "give the inner variable another name")
        case Quantifier(name=name, source=source, predicate=predicate):
            yield from _collection_problems(source, name, names)
            if predicate is not None:
                yield from _boolean_problems(predicate, name, below(node, predicate, names))
        case Where(source=source, predicate=predicate):
            yield from _collection_problems(source, "/$filter", names)
            yield from _boolean_problems(predicate, "/$filter", below(node, predicate, names))
        case Count(source=source) if not isinstance(source, Where):
            yield from _collection_problems(source, "/$count", names)
        case Case(branches=branches):
            for condition, _ in branches:
                yield from _boolean_problems(condition, "case", names)
        case Negate(operand=operand):
            if not fit(kinds(operand, names), NUMBERS | {edm.DURATION}):
                yield _problem(node, "- needs a number or a duration, and this is none", "types", [])
        case Not(operand=operand):
            yield from _boolean_problems(operand, "not", names)
        case Logical(operator=operator, operands=operands):
            for at, operand in enumerate(operands):
                hint = suggestions.repeated(operands, at)
                yield from _boolean_problems(operand, operator, names, hint)
        case Arithmetic(operator=operator):
            if kinds(node, names) == frozenset({edm.NULL}) and not _mentions_null(node, names):
                yield _problem(node, f"{operator} does not take operands of these types", "types", [])
        case Comparison():
            yield from _comparison_problems(node, names)
        case _:
            pass


def _argument_problems(node: Call) -> Iterator[Problem]:
    """A literal pattern that is none, and arguments that look swapped."""
    if node.name == "matchesPattern" and _is_literal(node.arguments[1], edm.STRING):
        fault = patterns.check(cast("Literal", node.arguments[1]).text)
        if fault is not None:
            yield _problem(node.arguments[1], fault.message, "pattern", [], fault.hint)
    first, second = (*node.arguments, None, None)[:2]
    if node.name in _WHOLE_AND_PART and isinstance(first, Literal) and isinstance(second, Member):
        yield _warning(node, "the arguments look swapped", "swapped", suggestions.swapped(node))


_WHOLE_AND_PART = frozenset({"contains", "startswith", "endswith", "indexof"})


def _unfitting(node: Call, names: Names) -> Problem:
    function = canonical(node.name)
    usage = [] if function is None else [function.usage()]
    whole, hint = node.arguments[0] if node.arguments else None, None
    if node.name in _WHOLE_AND_PART and whole is not None and (kinds(whole, names) or BOOLEAN) <= COLLECTION:
        hint = suggestions.asked_of_members(node, whole, node.arguments[1])
    elif function is not None and len(node.arguments) == 1:
        wanted = frozenset().union(*(one.parameters[0] for one in function.signatures if len(one.parameters) == 1))
        hint = suggestions.quoted(node.arguments[0], wanted)
    return _problem(node, f"{node.name} does not take arguments of these types", "types", usage, hint)


def _mentions_null(node: Arithmetic, names: Names) -> bool:
    return any(edm.NULL in (kinds(side, names) or ()) for side in (node.left, node.right))


def _property_problems(node: Member, names: Names, similar: _Similar, *, compared: bool) -> Iterator[Problem]:
    owner = property_type(node.source, names)
    if node.name.startswith("@") or "." in node.name or owner is None or owner == edm.UNTYPED:
        return
    if not isinstance(owner, Schema) or node.name not in owner.properties:
        known = similar.names(owner) if isinstance(owner, Schema) else ()
        # A word right of an operator is a string without quotes, unless it is very much like a property.
        close = similar.closest(node.name, known, 0.85 if compared else 0.65)
        hint = f"did you mean {close}?" if close else suggestions.string(node.name) if compared else None
        yield _problem(node, f"there is no property {node.name}", "unknown-property", known, hint)


_LIKE_NULL = frozenset({"null", "none", "nil", "undefined"})


def _boolean_problems(node: Node, operator: str, names: Names, hint: str | None = None) -> Iterator[Problem]:
    if not fit(kinds(node, names), BOOLEAN):
        yield _problem(node, f"{operator} needs Boolean operands, and this is none", "types", ["a condition"], hint)


def _collection_problems(node: Node, operator: str, names: Names) -> Iterator[Problem]:
    if not fit(kinds(node, names), COLLECTION):
        yield _problem(node, f"{operator} needs a collection, and this is none", "types", ["a collection"])


def _root_problems(root: Node, names: Names) -> Iterator[Problem]:
    if not fit(kinds(root, names), BOOLEAN):
        hint = suggestions.of_entries(root) if isinstance(root, Record) else None
        yield _problem(root, "a filter is a condition, and this is none", "not-boolean", ["a condition"], hint)


def _comparison_problems(node: Comparison, names: Names) -> Iterator[Problem]:
    if isinstance(node.left, Not) and not _in_parentheses(node.left):
        message = f"not binds tighter than {node.operator}, so it negates the left operand alone"
        yield _warning(node.left, message, "not-operand", suggestions.negated(node, node.left))
    if _excludes(node.operator, node.left) or _excludes(node.operator, node.right):
        yield _never_true(node)
    left = kinds(node.left, names)
    if node.operator == "in":
        yield from _in_problems(node, left, names)
        return
    right = kinds(node.right, names)
    chained = _chained(node)
    if chained is not None and right is None:
        hint = suggestions.chained_or_kept(node, chained)
        yield _warning(node, _chain_message(node), "chain", hint)
    if left is None or right is None:
        return
    if node.operator == "has":
        if not fit(left, COLLECTION | {edm.ENUMERATION, edm.INT64, edm.STRING}):
            yield _problem(node, "has needs an enumeration on its left", "types", [])
        return
    quoted = _is_literal(node.left, edm.STRING) or _is_literal(node.right, edm.STRING)
    if _may_compare(node.operator, left, right, quoted=quoted):
        return
    if chained is not None:
        yield _problem(node, _chain_message(node), "types", [], suggestions.chained(node, chained))
        return
    types = f"{' or '.join(sorted(left))} and {' or '.join(sorted(right))}"
    hint = suggestions.comparable(node, left, right)
    yield _problem(node, f"{node.operator} cannot compare {types}", "types", [], hint)


def _chained(node: Comparison) -> Comparison | None:
    """The first comparison of a chain such as `1 lt a lt 5`, which the second one takes for a value."""
    left = node.left
    if not isinstance(left, Comparison) or _in_parentheses(left) or _is_literal(node.right, edm.BOOLEAN):
        return None
    return left if PRECEDENCE[left.operator] == PRECEDENCE[node.operator] else None


def _chain_message(node: Comparison) -> str:
    return f"{node.operator} compares the result of the first comparison, which is true or false"


def _excludes(operator: str, side: Node) -> bool:
    """Whether a comparison with this literal is false or null, whatever is on the other side."""
    if not isinstance(side, Literal):
        return False
    if side.type == edm.NULL:
        return operator in {"gt", "lt"}
    return side.text == "NaN" and side.type == edm.DOUBLE and operator != "ne"


def _is_literal(node: Node, type_name: str) -> bool:
    return isinstance(node, Literal) and node.type == type_name


def _in_parentheses(node: Not | Comparison) -> bool:
    """Whether the node was read from inside parentheses of its own: its place goes on after its last operand's."""
    last = children(node)[-1]
    return node.span is not None and last.span is not None and node.span[1] > last.span[1]


def _in_problems(node: Comparison, left: Kinds | None, names: Names) -> Iterator[Problem]:
    if isinstance(node.right, Collection):
        if not node.right.items:
            yield _never_true(node)
        for item in node.right.items:
            found = kinds(item, names)
            quoted = _is_literal(node.left, edm.STRING) or _is_literal(item, edm.STRING)
            if left is not None and found is not None and not _may_compare("eq", left, found, quoted=quoted):
                message = f"no {' or '.join(sorted(left))} is equal to this {' or '.join(sorted(found))}"
                yield _problem(item, message, "types", [], suggestions.quoted(item, left))
    elif not fit(kinds(node.right, names), COLLECTION):
        message, allowed = "in needs a collection on its right", ["a list such as ('a','b')"]
        hint = suggestions.contained(node) if left == kinds(node.right, names) == frozenset({edm.STRING}) else None
        yield _problem(node.right, message, "types", allowed, hint)


@cache
def _may_compare(operator: str, left: Kinds, right: Kinds, *, quoted: bool) -> bool:
    """Whether a value of some of these kinds can be compared with one of those."""
    pairs = ((first, second) for first in left for second in right)
    return edm.NULL in left | right or any(_comparable(operator, *pair, quoted=quoted) for pair in pairs)


def _comparable(operator: str, left: str, right: str, *, quoted: bool) -> bool:
    """Whether two kinds can be compared; a quoted literal may be a duration or an enumeration member as well."""
    if left in NUMBERS and right in NUMBERS:
        return True
    if {left, right} == {edm.STRING, edm.DURATION}:
        return quoted
    if edm.ENUMERATION in (left, right):
        return {left, right} <= {edm.ENUMERATION, edm.STRING, edm.INT64}
    if left in COLLECTION and right in COLLECTION:
        return operator in {"eq", "ne"}
    return left == right and (operator in {"eq", "ne"} or left in ORDERED_KINDS) and not left.startswith("Edm.Geo")


def _never_true(node: Comparison) -> Problem:
    hint = None
    if any(_is_literal(side, edm.NULL) for side in (node.left, node.right)):
        hint = "only eq and ne ask for null"
    elif node.operator != "in":
        hint = "NaN is equal to nothing, not even to itself"
    return _warning(node, "this is never true", "never-true", hint)


def _alias_problems(node: Variable, parameters: Collection_[str]) -> Iterator[Problem]:
    if node.name.startswith("@") and node.name not in parameters:
        message = f"the parameter alias {node.name} has no value, and stands for null"
        yield replace(_problem(node, message, "alias", sorted(parameters)), severity="warning")


# ---- Problems --------------------------------------------------------------------------------------

_CONSTRUCT_NAMES = {
    "path": "a path",
    "annotation": "an annotation",
    "type cast": "a type cast",
    "$it": "$it",
    "$this": "$this",
    "$root": "$root",
    "parameter alias": "a parameter alias",
    "custom function": "a custom function",
    "key": "a key",
    "/$filter": "/$filter",
    "/$count": "/$count",
    "case": "case",
    "collection": "a collection",
    "object": "an object",
}


def _refused(node: Node, what: str, allowed: Sequence[str], profile: Profile, hint: str | None = None) -> Problem:
    message = f"{profile.name} does not take {what}" + (f", only {', '.join(allowed)}" if allowed else "")
    return _problem(node, message, "not-allowed", allowed, hint)


def _problem(node: Node, message: str, code: str, allowed: Sequence[str], hint: str | None = None) -> Problem:
    position, end = node.span or (None, None)
    return Problem(message=message, code=code, position=position, end=end, expected=tuple(allowed), hint=hint)


def _warning(node: Node, message: str, code: str, hint: str | None) -> Problem:
    return replace(_problem(node, message, code, [], hint), severity="warning")
