"""A tree and a profile to problems: everything that an endpoint would refuse, each with its place."""

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from odata_filter import edm
from odata_filter.errors import Problem
from odata_filter.nodes import (
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
    walk,
)
from odata_filter.profile import Profile


def problems(root: Node, profile: Profile) -> tuple[Problem, ...]:
    """Every problem of a tree, in the order of the text. Positions are those of the nodes' spans."""
    found = [problem for node in walk(root) for problem in _node_problems(node, profile)]
    if profile.simple_conditions:
        found += _condition_problems(root, profile)
    return tuple(sorted(found, key=lambda problem: (problem.position or 0, problem.end or 0)))


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
                yield _refused(node, f"the function {name}", sorted(profile.functions), profile)
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
        case Arithmetic(operator=operator) | Logical(operator=operator):
            yield from _operator_problems(node, operator, profile)
        case Comparison(operator=operator, left=left):
            yield from _operator_problems(node, operator, profile)
            if isinstance(left, Not):
                yield _negated_operand(left, operator)
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
    elif not isinstance(node.source, Variable):
        yield from _construct_problems(node, "path", profile)
    if profile.max_name_length is not None and len(node.name) > profile.max_name_length:
        message = f"the name has {len(node.name)} characters, and {profile.name} takes {profile.max_name_length}"
        yield _problem(node, message, "name-too-long", [f"at most {profile.max_name_length} characters"])


def _literal_problems(node: Literal, profile: Profile) -> Iterator[Problem]:
    allowed = profile.literal_types
    if node.type == edm.TYPE_NAME:
        return
    if allowed is not None and node.type not in allowed:
        what = "null" if node.type == edm.NULL else f"a literal of type {node.type}"
        hint = edm.written(edm.STRING, node.text) if edm.STRING in allowed and node.type != edm.NULL else None
        yield _refused(node, what, sorted(allowed), profile, hint and f"compare with the string {hint}")
    limit = profile.max_string_length
    if limit is not None and node.type == edm.STRING and len(node.text) > limit:
        message = f"the string has {len(node.text)} characters, and {profile.name} takes {limit}"
        yield _problem(node, message, "value-too-long", [f"at most {limit} characters"])


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
                yield _condition_problem(node, profile, "put the property on the left and the literal on the right")
            case _:
                yield _condition_problem(node, profile, None)


def _condition_problem(node: Node, profile: Profile, hint: str | None) -> Problem:
    message = f"this is no condition that {profile.name} understands"
    return _problem(node, message, "condition", ["a property, an operator and a literal"], hint)


# ---- Warnings --------------------------------------------------------------------------------------


def _negated_operand(node: Not, operator: str) -> Problem:
    message = f"not binds tighter than {operator}, so it negates the left operand alone"
    hint = f"write not (... {operator} ...) to negate the comparison, or (not ...) {operator} ... to keep this meaning"
    return replace(_problem(node, message, "not-operand", [], hint), severity="warning")


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


def _refused(node: Node, what: str, allowed: list[str], profile: Profile, hint: str | None = None) -> Problem:
    message = f"{profile.name} does not take {what}" + (f", only {', '.join(allowed)}" if allowed else "")
    return _problem(node, message, "not-allowed", allowed, hint)


def _problem(node: Node, message: str, code: str, allowed: list[str], hint: str | None = None) -> Problem:
    position, end = node.span or (None, None)
    return Problem(message=message, code=code, position=position, end=end, expected=tuple(allowed), hint=hint)
