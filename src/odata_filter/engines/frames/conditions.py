"""A condition of a filter to where it is true of the rows of a frame, false or null, as narwhals expressions."""

from itertools import product
from typing import assert_never

import narwhals as nw

from odata_filter import edm, values
from odata_filter.engines.capabilities import check, unsupported
from odata_filter.engines.folding import constant, is_constant, with_lists
from odata_filter.engines.frames import arithmetic, calls
from odata_filter.engines.frames.comparisons import COMPARED, fit, holds, is_member, known
from odata_filter.engines.frames.expressions import (
    Columns,
    Pair,
    Truth,
    Value,
    conjunction,
    disjunction,
    is_null,
    negated,
    untyped,
)
from odata_filter.engines.frames.paths import column, found_in
from odata_filter.nodes import (
    Arithmetic,
    Call,
    Case,
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
from odata_filter.nodes import Collection as CollectionNode


def said(root: Node, columns: Columns) -> Truth:
    """Where a condition is true."""
    check(root, columns.dialect.capabilities)
    return _truth(root, columns, outcome=True)


_MOST_STEPS = 200_000


def _truth(node: Node, columns: Columns, *, outcome: bool | None) -> Truth:
    """Where a condition is true, false or null; what is no Boolean counts as null (sections 5.1.1.1.7 to 9)."""
    columns.steps += 1
    if columns.steps > _MOST_STEPS:
        raise unsupported(node, "the filter is too large when it is written out")
    if is_constant(node):
        found = constant(node, columns.scope)
        return outcome is (found if isinstance(found, bool) else None)
    match node:
        case Not(operand=operand):
            return _truth(operand, columns, outcome=None if outcome is None else not outcome)
        case Logical():
            return _logic(node, columns, outcome=outcome)
        case Comparison(operator="in"):
            return _settled(_in(node, columns, outcome=outcome), columns)
        case Comparison(left=left, right=right):
            pair = (_value(left, columns), _value(right, columns))
            return _settled(_compared(node, node.operator, pair, columns, outcome=outcome), columns)
        case Call():
            return _settled(calls.searched(node, _arguments(node, columns), columns, outcome=outcome), columns)
        case Member():
            return _settled(_flag(node, columns, outcome=outcome), columns)
        case _:
            _value(node, columns)  # which may be refused
            return outcome is None


def _settled(truth: Truth, columns: Columns) -> Truth:
    """The same without nulls, for engines that cannot join conditions with and without."""
    if isinstance(truth, bool) or not columns.dialect.nulls_answer:
        return truth
    return truth.fill_null(False)  # noqa: FBT003 - it is a value


def _logic(node: Logical, columns: Columns, *, outcome: bool | None) -> Truth:
    """`and` and `or` of three values: null where nothing decides, and something is null."""
    decisive = node.operator == "or"
    parts = _gathered(node, columns)

    def each(*outcomes: bool | None) -> list[Truth]:
        return [disjunction([_truth(part, columns, outcome=one) for one in outcomes]) for part in parts]

    if outcome is None:
        return conjunction([*each(not decisive, None), disjunction(each(None))])
    return disjunction(each(outcome)) if outcome is decisive else conjunction(each(outcome))


def _gathered(node: Logical, columns: Columns) -> list[Node]:
    """The operands, with tests of one property for equality as one `in`, where that means the same."""
    operator = "eq" if node.operator == "or" else "ne"
    parts = with_lists(node.operands, operator, lambda member, literal: _is_two_valued(member, literal, columns))
    if operator == "eq":
        return parts
    own = {id(operand) for operand in node.operands}
    return [part if id(part) in own else Not(part, part.span) for part in parts]


def _is_two_valued(member: Member, literal: Literal, columns: Columns) -> bool:
    return fit(_value(member, columns).kind, values.kind(constant(literal, columns.scope)))


def _flag(node: Member, columns: Columns, *, outcome: bool | None) -> Truth:
    """A property as a condition."""
    found = found_in(node, columns)
    if found is None or found[1] != nw.Boolean:
        if found is not None and _value(node, columns).kind is None:
            raise untyped(node, columns)
        return outcome is None
    flag, _ = found
    return flag.is_null() if outcome is None else flag if outcome else flag == False  # noqa: E712 - of an expression


def _value(node: Node, columns: Columns) -> Value:
    """What an expression is in the engine.

    Raises:
        UnsupportedFilterError: the engine cannot say it.
    """
    if is_constant(node):
        found = constant(node, columns.scope)
        return Value(values.kind(found), found)
    match node:
        case Member():
            return column(node, columns)
        case Call():
            return calls.called(node, _arguments(node, columns), columns)
        case Not() | Comparison() | Logical():
            return Value(edm.BOOLEAN, condition=node)
        case Negate(operand=operand):
            return arithmetic.negation(node, _value(operand, columns), columns)
        case Arithmetic(left=left, right=right):
            return arithmetic.computed(node, _value(left, columns), _value(right, columns), columns)
        case (
            Literal()
            | Variable()
            | Invocation()
            | Key()
            | Where()
            | Count()
            | Quantifier()
            | Case()
            | CollectionNode()
            | Record()
        ):
            raise unsupported(node, f"{columns.dialect.capabilities.name} has no words for this part")
        case _:
            assert_never(node)


def _arguments(node: Call, columns: Columns) -> list[Value]:
    return [_value(argument, columns) for argument in node.arguments]


def _is_null(value: Value, columns: Columns, *, wanted: bool = True) -> Truth:
    """Where a value is null, or where it is not."""
    if value.condition is None:
        return is_null(value, wanted=wanted)
    outcomes = (None,) if wanted else (True, False)
    return disjunction([_truth(value.condition, columns, outcome=outcome) for outcome in outcomes])


def _compared(node: Node, name: str, pair: Pair, columns: Columns, *, outcome: bool | None) -> Truth:
    kinds = (pair[0].kind, pair[1].kind)
    if None in kinds and edm.NULL not in kinds:
        raise untyped(node, columns)
    if kinds == (edm.BOOLEAN, edm.BOOLEAN):
        return _compared_flags(name, pair, columns, outcome)
    if not fit(*kinds) and set(kinds) != {edm.STRING, edm.DURATION}:
        return _compared_nulls(name, pair, columns, outcome)
    if not COMPARED.issuperset(kinds):
        raise unsupported(node, f"{columns.dialect.capabilities.name} cannot compare values of the type {kinds[0]}")
    if outcome is None:
        return False
    if name == "ne":
        return holds(node, "eq", pair, columns, wanted=not outcome)
    return holds(node, name, pair, columns, wanted=outcome)


def _compared_flags(name: str, pair: Pair, columns: Columns, outcome: bool | None) -> Truth:  # noqa: FBT001 - a value
    """A comparison of two conditions: every pair of their outcomes for which it has the wanted one."""

    def where(value: Value, wanted: bool | None) -> Truth:  # noqa: FBT001 - it is a value
        if value.condition is None:
            return value.constant is wanted
        return _truth(value.condition, columns, outcome=wanted)

    outcomes = product((True, False, None), repeat=2)
    pairs = [(left, right) for left, right in outcomes if known(name, left, right) is outcome]
    return disjunction([conjunction([where(pair[0], left), where(pair[1], right)]) for left, right in pairs])


def _compared_nulls(name: str, pair: Pair, columns: Columns, outcome: bool | None) -> Truth:  # noqa: FBT001 - a value
    """A comparison of what cannot be compared: null, unless one side is null."""
    some: dict[bool, object] = {True: None, False: ""}
    return disjunction(
        [
            conjunction([_is_null(value, columns, wanted=one) for value, one in zip(pair, nulls, strict=True)])
            for nulls in product((True, False), repeat=2)
            if outcome is (known(name, some[nulls[0]], some[nulls[1]]) if any(nulls) else None)
        ]
    )


def _in(node: Comparison, columns: Columns, *, outcome: bool | None) -> Truth:
    """Whether a member equals the value by `eq`; members of other types are no match."""
    left, members = _value(node.left, columns), _members(node.right, columns)
    if members is None or outcome is None:
        return (outcome is None) is (members is None)
    listed: list[object] = []
    others: list[Value] = []
    for member in members:
        if left.expr is not None and member.is_constant and left.kind in COMPARED and fit(left.kind, member.kind):
            listed.append(member.constant)
        elif not member.is_constant or left.kind in {None, member.kind} or edm.NULL in {left.kind, member.kind}:
            others.append(member)
    found = [is_member(node, left, listed, columns)] if listed else []
    if outcome:
        return disjunction([*found, *(_compared(node, "eq", (left, other), columns, outcome=True) for other in others)])
    misses = ([_compared(node, "eq", (left, other), columns, outcome=one) for one in (False, None)] for other in others)
    return conjunction([*map(negated, found), *map(disjunction, misses)])


def _members(node: Node, columns: Columns) -> list[Value] | None:
    """What stands in a list; a null one is empty, and what is no collection gives None."""
    if isinstance(node, CollectionNode):
        return [_value(item, columns) for item in node.items]
    if not is_constant(node):
        raise unsupported(node, f"{columns.dialect.capabilities.name} does not look into a collection in a column")
    found = constant(node, columns.scope)
    if found is None:
        return []
    if not isinstance(found, list | tuple | set | frozenset):
        return None
    return [Value(values.kind(member), member) for member in found]
