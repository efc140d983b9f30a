"""A tree to an equal one in what a profile accepts, as far as that can be said there.

Two filters are equal when they keep the same rows. That is promised for every row in which each property is missing,
null, or of a type that compares with what it is compared with; among numbers NaN is one. For the Custom Vision endpoint
these are all rows, because its metadata are strings.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Flag
from itertools import groupby, product
from typing import TypeAlias, TypeGuard, assert_never

from odata_filter import edm, functions
from odata_filter.data import dataclass, field, replace
from odata_filter.errors import FilterEvaluationError, Problem, UnsupportedFilterError
from odata_filter.inference import Names, kinds
from odata_filter.nodes import (
    IT,
    MAX_DEPTH,
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
from odata_filter.profile import Profile
from odata_filter.values import OPPOSITE, TURNED

MAX_TERMS = 1_000
"""How many and-terms may come out of an `and` of `or`s where a profile has no parentheses."""

MAX_COPIES = 10_000
"""How many conditions saying a part more than once may add, as distribution does; a chain may have any length."""

MAX_FOLDS = 3
"""How often each node may be evaluated, on average, to find what is constant; then the rest is left as it is."""

Constant: TypeAlias = Callable[[Node], object]
"""The value of an expression without names, None for null; raises FilterEvaluationError where it has none."""


def lowered(root: Node, profile: Profile, constant: Constant) -> Node:
    """The tree in the profile's operators; a part that cannot be said there is left as it is, for the validator.

    Functions of a property are not taken apart: `length(a) eq 0` is such a part, not `a eq ''`.

    Args:
        root: a condition.
        profile: what the endpoint accepts.
        constant: gives the value of an expression without names.

    Raises:
        UnsupportedFilterError: it would take more than `MAX_TERMS` terms, `MAX_COPIES` more conditions, or too many
            levels.
    """
    most = MAX_COPIES + sum(1 for _ in walk(root))
    means = _Means(profile, _Constants(constant, MAX_FOLDS * most), root, most)
    condition = _said(_folded(root, means.constants), _Truth.TRUE, means)
    if not profile.parentheses:
        terms = _terms(condition)
        condition = _distributed(condition)
        if _terms(condition) > max(MAX_TERMS, terms):
            raise _too_long(root, MAX_TERMS, "terms")
    return _spoken(condition, root, profile)


class _Truth(Flag):
    """The values that a condition has; several together are the values for which something is to hold."""

    NEVER = 0
    TRUE = 1
    FALSE = 2
    NULL = 4
    NOT_NULL = 3
    NOT_FALSE = 5
    NOT_TRUE = 6
    ALWAYS = 7


_VALUES = (_Truth.TRUE, _Truth.FALSE, _Truth.NULL)


@dataclass(slots=True)
class _Means:
    """What there is to say a filter with.

    Attributes:
        profile: what the endpoint accepts.
        constants: knows what is the same for all rows.
        root: the whole filter.
        left: how many conditions may still be looked at, the copies among them.
        names: what is known of names, which is nothing; keeps what was found out about parts.
        tables: for each comparison and value on its left, the value it has for each value on its right.
    """

    profile: Profile
    constants: "_Constants"
    root: Node
    left: int
    names: Names = field(default_factory=Names)
    tables: dict[tuple[str, _Truth], Mapping[_Truth, _Truth]] = field(default_factory=dict)

    def spend(self, count: int) -> None:
        """Take note of work.

        Raises:
            UnsupportedFilterError: it is more than the filter is worth.
        """
        self.left -= count
        if self.left < 0:
            raise _too_long(self.root, MAX_COPIES, "conditions")

    def partners(self, operator: str, value: _Truth, wanted: _Truth) -> _Truth:
        """The values on the right with which a comparison of one on the left has a wanted value."""
        key = (operator, value)
        if key not in self.tables:
            left = _LITERALS[value]
            self.tables[key] = {
                right: _truth_of(self.constants.value(Comparison(operator, left, _LITERALS[right])))
                for right in _VALUES
            }
        found = (right for right, result in self.tables[key].items() if result in wanted)
        return _union(found)

    def takes(self, literal_type: str) -> bool:
        """Whether there are literals of a type."""
        return self.profile.literal_types is None or literal_type in self.profile.literal_types

    def has(self, operator: str) -> bool:
        """Whether there is an operator."""
        return operator in self.profile.operators


def _union(values: Iterable[_Truth]) -> _Truth:
    result = _Truth.NEVER
    for value in values:
        result |= value
    return result


# ---- Constants -------------------------------------------------------------------------------------

_TRUE = Literal(edm.BOOLEAN, "true")
_FALSE = Literal(edm.BOOLEAN, "false")
_NULL = Literal(edm.NULL, "null")
_LITERALS: Mapping[_Truth, Literal] = {_Truth.TRUE: _TRUE, _Truth.FALSE: _FALSE, _Truth.NULL: _NULL}


@dataclass(slots=True)
class _Constants:
    """What is the same for all rows.

    Attributes:
        value: gives the value of an expression without names.
        left: how many nodes may still be evaluated, each time that one is.
        sizes: for each node by its identity, with the node itself, how many nodes it is; 0 for one with names.
    """

    value: Constant
    left: int
    sizes: dict[int, tuple[Node, int]] = field(default_factory=dict)

    def spend(self, node: Node) -> bool:
        """Whether a node is to be evaluated: it has no names, and there is so much left."""
        size = self.size(node)
        self.left -= size
        return size > 0 and self.left >= 0

    def size(self, node: Node) -> int:
        """How many nodes an expression without names is; 0 for one with names."""
        if isinstance(node, Literal):
            return 1
        if id(node) not in self.sizes:
            parts = [self.size(part) for part in children(node)]
            self.sizes[id(node)] = node, 0 if _is_named(node) or 0 in parts else 1 + sum(parts)
        return self.sizes[id(node)][1]


def _folded(node: Node, constants: _Constants) -> Node:
    """The node with every part that is the same for all rows replaced by its value, unless it has none."""
    if isinstance(node, Literal) or _is_path(node):
        return node
    value = _value(node, constants)
    if value is not None:
        return value
    folded = _over(node, tuple(_folded(child, constants) for child in children(node)))
    if _is_list_test(folded):
        folded = _shortened(folded, constants)
    return node if folded is node else _value(folded, constants) or folded


def _shortened(node: Comparison, constants: _Constants) -> Node:
    """A test in a list without the members that are not equal for any row; false without members."""
    items: tuple[Node, ...] = children(node.right)
    if isinstance(node.left, Literal):
        values = [_value(test, constants) for test in _each(node)]
        if _TRUE in values:
            return replace(_TRUE, span=node.span)
        items = tuple(item for item, value in zip(items, values, strict=True) if value is None)
    return replace(node, right=Collection(items, node.right.span)) if items else replace(_FALSE, span=node.span)


def _value(node: Node, constants: _Constants) -> Literal | None:
    """What an expression is for every row, as a literal; None where that is not plain, or no such literal."""
    if isinstance(node, Collection | Record) or not constants.spend(node):
        return None
    try:
        value = constants.value(node)
    except (FilterEvaluationError, UnsupportedFilterError):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return Literal(*edm.literal_text(value), node.span)
    return None


def _is_named(node: Node) -> bool:
    """Whether this stands for what only a row, a caller or the clock knows."""
    return isinstance(node, Variable | Invocation) or (isinstance(node, Call) and node.name == "now")


def _truth_of(value: object) -> _Truth:
    return _Truth.NULL if value is None else _Truth.TRUE if value is True else _Truth.FALSE


def _decided(holds: object, span: Span | None) -> Literal:
    return replace(_TRUE if holds else _FALSE, span=span)


def _spoken(condition: Node, root: Node, profile: Profile) -> Node:
    """A condition that is constant as a whole, said with a property where there are no Boolean literals."""
    allowed = profile.literal_types
    sayable = not profile.simple_conditions and (allowed is None or edm.BOOLEAN in allowed)
    if condition not in {_TRUE, _FALSE} or sayable:
        return condition
    names = (node.name for node in walk(root) if isinstance(node, Member) and node.source == IT)
    longest = profile.max_name_length or edm.MAX_IDENTIFIER
    usable = (name for name in names if name.isidentifier() and not edm.is_reserved(name) and len(name) <= longest)
    sides = Member(IT, next(usable, "key"), root.span), Literal(edm.STRING, "", root.span)
    operator = "or" if condition == _TRUE else "and"
    return Logical(operator, tuple(Comparison(test, *sides, root.span) for test in ("eq", "ne")), root.span)


# ---- Conditions --------------------------------------------------------------------------------------


def _said(node: Node, wanted: _Truth, means: _Means) -> Node:
    """What is true for the rows for which a condition has one of the wanted values, and for no others."""
    means.spend(1)
    if wanted in {_Truth.NEVER, _Truth.ALWAYS}:
        return _decided(wanted, node.span)
    match node:
        case Literal(type=edm.BOOLEAN | edm.NULL):
            return _decided(_truth_of(means.constants.value(node)) & wanted, node.span)
        case Case() if "case" not in means.profile.constructs or _lacks_not(node, means):
            return _shallow(_case(node, wanted, means))
        case Not(operand=operand):
            return _said(operand, _negated(wanted), means)
        case Comparison():
            return _comparison(node, wanted, means)
        case Logical():
            return _logical(node, wanted, means)
        case Quantifier():
            return _two_valued(node, wanted, means)
        case Literal() | Variable() | Member() | Call() | Invocation() | Key() | Where() | Count() | Case():
            return _asked(_inside(node, means), wanted, means)
        case Collection() | Record() | Negate() | Arithmetic():
            return _asked(_inside(node, means), wanted, means)
        case _:
            assert_never(node)


def _negated(wanted: _Truth) -> _Truth:
    """The values of an operand for which its negation has one of the wanted values (5.1.1.1.9)."""
    pairs = {_Truth.TRUE: _Truth.FALSE, _Truth.FALSE: _Truth.TRUE, _Truth.NULL: _Truth.NULL}
    return _union(pairs[value] for value in _VALUES if value in wanted)


_DUAL: Mapping[str, str] = {"and": "or", "or": "and"}


def _logical(node: Logical, wanted: _Truth, means: _Means) -> Node:
    """An `and`; an `or` is the negation of the `and` of what it joins, negated.

    An `and` is true when all are, false when one is, and otherwise null (5.1.1.1.7).
    """
    operator = node.operator
    turned = wanted if operator == "and" else _negated(wanted)

    def each(values: _Truth) -> Iterable[Node]:
        mine = values if operator == "and" else _negated(values)
        return [_said(operand, mine, means) for operand in node.operands]

    match turned:
        case _Truth.TRUE | _Truth.NOT_FALSE:
            return _joined("and", each(turned), node.span)
        case _Truth.FALSE | _Truth.NOT_TRUE:
            return _joined("or", each(turned), node.span)
        case _Truth.NULL:
            return _joined("and", [_joined("or", each(turned), node.span), *each(_Truth.NOT_FALSE)], node.span)
        case _:
            return _joined("or", [_joined("and", each(turned), node.span), *each(_Truth.FALSE)], node.span)


def _case(node: Case, wanted: _Truth, means: _Means) -> Node:
    """The first condition that is true decides; without one, the value is null (5.1.1.12.1)."""
    rest: Node = _decided(_Truth.NULL in wanted, node.span)
    said = ((condition, _said(result, wanted, means)) for condition, result in reversed(node.branches))
    for level, (result, group) in enumerate(groupby(said, key=lambda branch: branch[1])):
        if level > MAX_DEPTH:
            raise _too_deep(node)
        conditions = [condition for condition, _ in group][::-1]
        rest = _chosen(conditions, result, rest, means)
    return rest


def _chosen(conditions: Sequence[Node], result: Node, rest: Node, means: _Means) -> Node:
    """The result where one of the conditions is true, and otherwise the rest."""
    if result == _TRUE:
        return _joined("or", [*(_said(one, _Truth.TRUE, means) for one in conditions), rest], rest.span)
    others = _joined("and", [*(_said(one, _Truth.NOT_TRUE, means) for one in conditions), rest], rest.span)
    if result == _FALSE:
        return others
    some = _joined("or", [_said(one, _Truth.TRUE, means) for one in conditions], result.span)
    return _joined("or", [_joined("and", [some, result], result.span), others], rest.span)


def _two_valued(node: Comparison | Quantifier, wanted: _Truth, means: _Means) -> Node:
    """What is never null: in a list, in an order, or true of some or all members."""
    possible = wanted & _Truth.NOT_NULL
    if possible in {_Truth.NEVER, _Truth.NOT_NULL}:
        return _decided(possible, node.span)
    inside = _inside(node, means)
    if isinstance(inside, Comparison) and inside.operator in TURNED:
        return _ordered(_turned(inside, means), possible, means)
    return _asked(inside, possible, means)


def _asked(node: Node, wanted: _Truth, means: _Means) -> Node:
    """What no rule takes apart: itself, its negation, or compared with the value that it is to have."""
    is_simple = means.profile.simple_conditions
    is_comparable = means.takes(edm.BOOLEAN) and (not is_simple or isinstance(node, Member))
    is_refused = is_simple and not is_comparable and not (isinstance(node, Comparison) and means.has(node.operator))
    if is_refused or (wanted == _Truth.TRUE and not (is_simple and is_comparable)):
        return node
    if wanted == _Truth.FALSE and (means.has("not") or not is_comparable):
        return Not(node, node.span)
    operator, value = _ASKED[wanted]
    return Comparison(operator, node, replace(_LITERALS[value], span=node.span), node.span)


_ASKED: Mapping[_Truth, tuple[str, _Truth]] = {
    **{value: ("eq", value) for value in _VALUES},
    **{~value: ("ne", value) for value in _VALUES},
}


def _over(node: Node, parts: tuple[Node, ...]) -> Node:
    """The node over other children, or itself when these are its own."""
    is_same = all(part is child for part, child in zip(parts, children(node), strict=True))
    return node if is_same else with_children(node, parts)


def _inside(node: Node, means: _Means) -> Node:
    """A value with the conditions inside it said, and each `in` unfolded, where the profile lacks it."""
    parts = children(node)
    if means.profile.simple_conditions or not parts:
        return node
    match node:
        case Quantifier(predicate=predicate) | Where(predicate=predicate) if predicate is not None:
            return _over(node, (_inside(parts[0], means), _said(predicate, _Truth.TRUE, means)))
        case Case(branches=branches):
            said = [(_said(one, _Truth.TRUE, means), _inside(result, means)) for one, result in branches]
            return replace(node, branches=tuple(said))
        case _:
            same = _over(node, tuple(_inside(part, means) for part in parts))
            return same if not _is_list_test(same) or means.has("in") else _tests(same)


# ---- Comparisons -------------------------------------------------------------------------------------

_WITH_NULL: Mapping[str, str] = {"eq": "eq", "ne": "ne", "ge": "eq", "le": "eq"}


def _comparison(node: Comparison, wanted: _Truth, means: _Means) -> Node:
    by_case = _by_case(node, means)
    if by_case is not None:
        return _said(by_case, wanted, means)
    if _is_list_test(node) and not (means.has("in") and (means.has("not") or wanted & _Truth.NOT_NULL == _Truth.TRUE)):
        return _said(_tests(node), wanted, means)
    if _is_of_conditions(node, means):
        return _shallow(_of_conditions(node, wanted, means))
    known = _known(node, means)
    if known is not None:
        return _decided(known in wanted, node.span)
    if _is_foreign(node, means):
        return node
    if node.operator == "has":
        return _asked(_inside(node, means), wanted, means)
    return _two_valued(node, wanted, means)


def _is_foreign(node: Comparison, means: _Means) -> bool:
    """Whether this will be refused however it is said, so that nothing may be concluded from it."""
    sides = (node.left, node.right)
    plain = (means.takes(side.type) if isinstance(side, Literal) else _is_path(side) for side in sides)
    return means.profile.simple_conditions and node.operator in TURNED and not all(plain)


def _by_case(node: Comparison, means: _Means) -> Case | None:
    """`case(c:'x') eq y` as `case(c:'x' eq y,true:null eq y)`, where the profile has no `case`."""
    operator, left, right = node.operator, node.left, node.right
    chosen, other = (left, right) if isinstance(left, Case) else (right, left)
    if not isinstance(chosen, Case) or ("case" in means.profile.constructs and not _lacks_not(node, means)):
        return None
    means.spend(len(chosen.branches) * sum(1 for _ in walk(other)))

    def compared(result: Node) -> Node:
        sides = (result, other) if chosen is left else (other, result)
        return _folded(Comparison(operator, *sides, node.span), means.constants)

    branches = (*chosen.branches, (_TRUE, replace(_NULL, span=node.span)))
    return Case(tuple((condition, compared(result)) for condition, result in branches), node.span)


def _is_list_test(node: Node) -> TypeGuard[Comparison]:
    return isinstance(node, Comparison) and node.operator == "in" and isinstance(node.right, Collection)


def _tests(node: Comparison) -> Node:
    """`x in (1,2)` as `x eq 1 or x eq 2`."""
    return _joined("or", _each(node), node.span)


def _each(node: Comparison) -> list[Comparison]:
    """The comparisons that a test in a list stands for."""
    return [Comparison("eq", node.left, item, item.span) for item in children(node.right)]


def _is_of_conditions(node: Comparison, means: _Means) -> bool:
    """Whether a condition is compared in a way that the profile lacks, or needlessly with a literal."""
    sides = (node.left, node.right)
    found = [kinds(side, means.names) for side in sides if not isinstance(side, Literal)]
    if node.operator not in TURNED or functions.BOOLEAN not in found or not _may_be_boolean(sides, means):
        return False
    return len(found) == 1 or means.profile.simple_conditions or _lacks_not(node, means)


def _lacks_not(node: Node, means: _Means) -> bool:
    """Whether a negation inside would have to be said by other operators."""
    return not means.has("not") and any(isinstance(part, Not) for part in walk(node))


def _may_be_boolean(sides: Iterable[Node], means: _Means) -> bool:
    found = [kinds(side, means.names) for side in sides]
    return all(each is None or each <= functions.BOOLEAN | {edm.NULL} for each in found)


def _of_conditions(node: Comparison, wanted: _Truth, means: _Means) -> Node:
    """`(x) eq (y)` as `x and y or not x and not y`, and likewise for every comparison."""
    operator, left, right = node.operator, node.left, node.right
    if isinstance(right, Literal):
        operator, left, right = TURNED[operator], right, left
    parts = []
    for value in _VALUES:
        mine = _said(left, value, means)
        if mine != _FALSE:
            theirs = _said(right, means.partners(operator, value, wanted), means)
            parts.append(_joined("and", [mine, theirs], node.span))
    return _joined("or", parts, node.span)


def _known(node: Comparison, means: _Means) -> _Truth | None:
    """The value that a comparison has for every row, if it is plain."""
    left, right = node.left, node.right
    if node.operator in {"gt", "lt"} and (_is_null(left) or _is_null(right)):
        return _Truth.FALSE
    if node.operator in TURNED and left == right and _is_path(left) and not _has_nan(means):
        return _Truth.TRUE if node.operator in {"eq", "ge", "le"} else _Truth.FALSE
    return None


def _is_null(node: Node) -> bool:
    return isinstance(node, Literal) and node.type == edm.NULL


def _is_path(node: Node) -> bool:
    while isinstance(node, Member):
        node = node.source
    return isinstance(node, Variable)


def _has_nan(means: _Means) -> bool:
    """Whether there may be a number that is not equal to itself."""
    return means.takes(edm.DOUBLE)


def _turned(node: Comparison, means: _Means) -> Comparison:
    """The comparison with its literal on the right, where the profile wants it there; with null, as `eq` or `ne`."""
    if _is_null(node.left) or _is_null(node.right):
        node = replace(node, operator=_WITH_NULL[node.operator])
    if means.profile.simple_conditions and isinstance(node.left, Literal) and isinstance(node.right, Member):
        return Comparison(TURNED[node.operator], node.right, node.left, node.span)
    return node


def _ordered(node: Comparison, wanted: _Truth, means: _Means) -> Node:
    """A comparison, or its negation."""
    if wanted == _Truth.TRUE or not means.has(node.operator):
        return node
    opposite = Comparison(OPPOSITE[node.operator], node.left, node.right, node.span)
    if node.operator in {"eq", "ne"}:
        return opposite
    is_askable = means.has("not") or (means.takes(edm.BOOLEAN) and not means.profile.simple_conditions)
    if is_askable or _has_nan(means) or not (means.has(opposite.operator) and means.takes(edm.NULL)):
        return _asked(node, wanted, means)
    # An order with null is false both ways, so its negation holds for null as well.
    sides = [side for side in (node.left, node.right) if not isinstance(side, Literal)]
    missing = [Comparison("eq", side, replace(_NULL, span=node.span), node.span) for side in sides]
    return _joined("or", [opposite, *missing], node.span)


# ---- Joining -----------------------------------------------------------------------------------------


def _joined(operator: str, parts: Iterable[Node], span: Span | None) -> Node:
    """The parts under one operator: flat, each once, without constants, and without what another part implies."""
    neutral, decisive = (_TRUE, _FALSE) if operator == "and" else (_FALSE, _TRUE)
    flat: dict[Node, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(_operands(part, operator)))
    if decisive in flat or any(_opposite(part) in flat for part in flat):
        return replace(decisive, span=span)
    kept = [part for part in flat if part != neutral and not _is_implied(part, flat)]
    if not kept:
        return replace(neutral, span=span)
    return kept[0] if len(kept) == 1 else Logical(operator, tuple(kept), span)


def _operands(node: Node, operator: str) -> tuple[Node, ...]:
    return node.operands if isinstance(node, Logical) and node.operator == operator else (node,)


def _opposite(node: Node) -> Node | None:
    """`a ne 'x'` for `a eq 'x'`; None for everything else."""
    match node:
        case Comparison(operator="eq", left=left, right=Literal(type=edm.STRING)) if _is_path(left):
            return Comparison("ne", left, node.right)
        case _:
            return None


def _is_implied(part: Node, flat: Mapping[Node, None]) -> bool:
    """Whether this is `a or b` beside `a` in an `and`, or `a and b` beside `a` in an `or`."""
    return isinstance(part, Logical) and any(operand in flat for operand in part.operands)


# ---- Without parentheses -----------------------------------------------------------------------------


def _distributed(node: Node) -> Node:
    """An `or` of `and`s without any inner `or`."""
    if not isinstance(node, Logical):
        return node
    parts = [_distributed(operand) for operand in node.operands]
    if node.operator == "or":
        return _joined("or", parts, node.span)
    choices = [_operands(part, "or") for part in parts]
    _check_size(choices, node)
    return _joined("or", [_joined("and", chosen, node.span) for chosen in product(*choices)], node.span)


def _check_size(choices: Sequence[tuple[Node, ...]], node: Node) -> None:
    """Refuse a distribution that makes too much of an `and`."""
    terms = 1
    for choice in choices:
        terms *= len(choice)
        if terms > MAX_TERMS:
            raise _too_long(node, MAX_TERMS, "terms")
    sizes = [sum(len(_operands(term, "and")) for term in choice) for choice in choices]
    conditions = sum(terms // len(choice) * size for choice, size in zip(choices, sizes, strict=True))
    if conditions > sum(sizes) + MAX_COPIES:
        raise _too_long(node, MAX_COPIES, "more conditions")


def _terms(node: Node) -> int:
    """How many terms the outermost `or` joins."""
    return len(_operands(node, "or"))


# ---- Limits ------------------------------------------------------------------------------------------


def _shallow(node: Node) -> Node:
    """The node itself, unless it is nested deeper than a filter may be."""
    if too_deep(node) is None:
        return node
    raise _too_deep(node)


def _too_deep(node: Node) -> UnsupportedFilterError:
    return _unsupported(node, f"this would be nested more than {MAX_DEPTH} levels deep", "nesting")


def _too_long(node: Node, limit: int, what: str) -> UnsupportedFilterError:
    return _unsupported(node, f"this would take more than {limit} {what}", "too-many-terms")


def _unsupported(node: Node, message: str, code: str) -> UnsupportedFilterError:
    position, end = node.span or (None, None)
    return UnsupportedFilterError(Problem(message=message, code=code, position=position, end=end))
