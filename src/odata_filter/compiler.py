"""A condition to Python functions that test one row or many, made of `ast` nodes, with the evaluator's answers.

Each part is written for the question that is asked about it: whether it is true, or whether it is false. That spares
most of null logic, and lets `name eq 'x'` become `row["name"] == "x"` with a look at the type. What Python would answer
differently, or what is not known here, is left to the evaluator: value by value, or, after any exception, for the whole
row. Nothing of the filter's text becomes code: names and values are constants.
"""

import ast
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, NoReturn, TypeAlias, assert_never, cast
from typing import Literal as OneOf

from odata_filter import edm, evaluator, functions, leaves, values
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
    children,
    key_of,
)

Kind: TypeAlias = OneOf["matches", "count", "select"]

MAX_PARTS = 2000
"""A longer filter is left to the evaluator: compiling it would take longer than it could save."""

# ---- The functions around the condition -----------------------------------------------------------

# `otherwise` answers for the rows that the condition is not written for; `patience` is how many of them may raise.
_SKELETONS: Mapping[Kind, str] = {
    "matches": """
def matches(scope, otherwise):
    def matches(row):
        if type(row) is dict:
            try:
                return True if CONDITION else False
            except Exception:
                pass
        return otherwise(row)
    return matches
""",
    "count": """
def count(rows, scope, otherwise, patience):
    found = 0
    for row in rows:
        if type(row) is dict:
            try:
                if CONDITION:
                    found += 1
                continue
            except Exception:
                patience -= 1
        if otherwise(row):
            found += 1
        if not patience:
            break
    return found, patience
""",
    "select": """
def select(rows, scope, otherwise, patience):
    for row in rows:
        if type(row) is dict:
            try:
                if not CONDITION:
                    continue
            except Exception:
                patience -= 1
            else:
                yield row
                continue
        if otherwise(row):
            yield row
        if not patience:
            break
    return patience
""",
}
_QUANTIFIERS: Mapping[str, str] = {
    "any": """
def quantifier(members, row):
    for member in members:
        if CONDITION:
            return True
    return False
""",
    "all": """
def quantifier(members, row):
    for member in members:
        if not CONDITION:
            return False
    return True
""",
}


class _Unusual(Exception):  # noqa: N818 - no error, but a row for the evaluator
    """A value that the functions are not written for."""


class _TooLong(Exception):  # noqa: N818 - no error, but a condition for the evaluator
    """A condition with more parts than are worth compiling, or with more work than one part can mind."""


class _Unwritten(Exception):  # noqa: N818 - no error, but a part for the evaluator
    """A part inside a lambda that only the evaluator knows."""


def function(node: Node, kind: Kind, *, dense: bool) -> Callable[..., Any]:
    """The function of that kind for a condition.

    Args:
        node: the condition; without options that change the meaning of names and values.
        kind: `matches(scope, otherwise)` gives the function of a row; `count(rows, scope, otherwise, patience)` gives
            the number of rows, and `select` with the same parameters the rows. They stop after `patience` rows that
            raised, never where it is negative, and give what is left of it as well.
        dense: written for rows that have every key, each with a value of the type it is compared with, or null; one
            that has not may raise, and goes to `otherwise`.
    """
    with _ONE_AT_A_TIME:
        try:
            return _compiled(_Writer(dense=dense), node, kind)
        except (_TooLong, RecursionError):
            return _compiled(_Asking(dense=dense), node, kind)


_ONE_AT_A_TIME = Lock()
"""Python 3.11 counts the depth of syntax trees for all threads together, and fails where two make one at once."""


def _compiled(writer: "_Writer", node: Node, kind: Kind) -> Callable[..., Any]:
    skeleton = _filled(_SKELETONS[kind], {"CONDITION": writer.true(node)})
    module = ast.fix_missing_locations(ast.Module([*writer.helpers, skeleton], []))
    exec(compile(module, f"<filter: {kind}>", "exec"), writer.names)  # noqa: S102 - nodes made here, no text of a filter
    return cast("Callable[..., Any]", writer.names[kind])


def _filled(skeleton: str, parts: Mapping[str, ast.expr]) -> ast.FunctionDef:
    return cast("ast.FunctionDef", _Filling(parts).visit(ast.parse(skeleton)).body[0])


class _Filling(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, parts: Mapping[str, ast.expr]) -> None:
        self.parts = parts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The expression that the name stands for."""
        return self.parts.get(node.id, node)


# ---- Conditions ----------------------------------------------------------------------------------


class _Writer:
    """Expressions for the parts of one condition, and the names that they use.

    Expressions are made in the order in which Python comes to them.

    Attributes:
        held: the keys of the row whose values have a name where the next expression stands; each with the types of
            which the value surely is when it is not null, or without any.
    """

    def __init__(self, *, dense: bool) -> None:
        self.dense = dense
        self.names: dict[str, Any] = dict(_GLOBALS)
        self.held: dict[str, tuple[type, ...]] = {}
        self.helpers: list[ast.stmt] = []
        self.variables: dict[str, str] = {}
        self.keys: dict[str, int] = {}
        self.parts = 0
        self.working = 0

    def bound(self, value: object) -> ast.expr:
        """A value as an expression: a constant, or the name of a global."""
        if type(value) in _CONSTANTS or (type(value) is frozenset and {*map(type, value)} <= {str, type(None)}):
            return ast.Constant(cast("Any", value))
        name = f"value{len(self.names)}"
        self.names[name] = value
        return _name(name)

    # ---- Whether it is true, and whether it is false -----------------------------------------------

    def true(self, node: Node) -> ast.expr:
        """Whether the value is true; false and null are not told apart."""
        match node:
            case Not(operand=operand):
                return self.false(operand)
            case Logical(operator="or"):
                parts = _alternatives(node)
                return self.joined(ast.Or(), map(self.true, parts))
            case Logical():
                return self.all_of(node, self.true)
            case _:
                return self.test(node, wanted=True)

    def false(self, node: Node) -> ast.expr:
        """Whether the value is false; true and null are not told apart."""
        match node:
            case Not(operand=operand):
                return self.true(operand)
            case Logical(operator="and"):
                return self.joined(ast.Or(), map(self.false, _in_order(node)))
            case Logical():
                return self.all_of(node, self.false)
            case _:
                return self.test(node, wanted=False)

    def all_of(self, node: Logical, ask: Callable[[Node], ast.expr]) -> ast.expr:
        """An `and` that must be true, or an `or` that must be false.

        After a null the evaluator goes on, if only to see whether something fails. So what stands before a part that
        may fail must say true or false.
        """
        parts = _in_order(node)
        last = max((at for at, part in enumerate(parts) if may_fail(part)), default=0)
        decided = self.decided if ask == self.true else self.denied
        return self.joined(ast.And(), (decided(part) if at < last else ask(part) for at, part in enumerate(parts)))

    def joined(self, join: ast.boolop, parts: Iterator[ast.expr]) -> ast.expr:
        """Parts under `and` or `or`. Behind them only what the first one holds is surely held."""
        first = next(parts)
        held = self.held.copy()
        rest = list(parts)
        self.held = held
        return ast.BoolOp(join, [first, *rest]) if rest else first

    def decided(self, node: Node) -> ast.expr:
        """The value as true or false; a null raises, and the row goes to the evaluator."""
        match node:
            case Not(operand=operand):
                return self.denied(operand)
            case Logical(operator=operator, operands=operands):
                return self.joined(ast.Or() if operator == "or" else ast.And(), map(self.decided, operands))
            case _:
                quantifier = self.quantifier(node) if isinstance(node, Quantifier) else None
                leaf = leaves.leaf(node)
                if leaf is None:
                    return quantifier or self.call(_boolean, self.value(node))
                return self.leaf_decided(leaf)

    def leaf_decided(self, leaf: leaves.Leaf) -> ast.expr:
        """The value of a test as true or false."""
        right = self.bound(leaf.right)
        if not leaf.types:
            return leaf.yes(self.value(leaf.operand), right)
        is_sure = self.is_sure(leaf)
        held, v = self.named(leaf.operand, "v")
        if is_sure:
            return leaf.yes(v, right)
        return ast.IfExp(self.is_apt(leaf, held, v), leaf.yes(v, right), self.call(_boolean, self.call(leaf.slow, v)))

    def denied(self, node: Node) -> ast.expr:
        """The contrary of `decided`."""
        return _not(self.decided(node))

    def test(self, node: Node, *, wanted: bool) -> ast.expr:
        """Whether something else than logic is true, or whether it is false."""
        if isinstance(node, Quantifier) and (found := self.quantifier(node)) is not None:
            return found if wanted else _not(found)
        if isinstance(node, Literal) and not isinstance(constant := leaves.literal_value(node), leaves.Fails):
            return ast.Constant(constant is wanted)
        leaf = leaves.leaf(node)
        return _is(self.value(node), ast.Constant(wanted)) if leaf is None else self.leaf_is(leaf, wanted=wanted)

    def leaf_is(self, leaf: leaves.Leaf, *, wanted: bool) -> ast.expr:
        """Whether a test is true, or whether it is false."""
        right = self.bound(leaf.right)

        def answer(value: ast.expr) -> ast.expr:
            return leaf.yes(value, right) if wanted else _not(leaf.yes(value, right))

        def other(value: ast.expr, again: ast.expr) -> ast.expr:
            slow = _is(self.call(leaf.slow, again), ast.Constant(wanted))
            return _any(_is(value, _NONE), slow) if leaf.null is wanted else _all(_is_not(value, _NONE), slow)

        if not leaf.types:
            return answer(self.value(leaf.operand))
        quick = leaves.quick(leaf.operand)
        if quick is not None and quick.result in leaf.types:
            held, s = self.named(quick.operand, "s")
            slow = ast.NamedExpr(ast.Name("v", ast.Store()), self.call(quick.slow, s))
            return ast.IfExp(self.is_of(held, s, quick.types), answer(quick.write(s)), other(slow, _name("v")))
        is_sure, is_expected = self.is_sure(leaf), self.is_expected(leaf)
        held, v = self.named(leaf.operand, "v")
        if is_sure:
            return answer(v)
        if not leaf.total:
            return ast.IfExp(self.is_apt(leaf, held, v), answer(v), other(v, v))
        apt = self.is_apt(leaf, v, v)
        if is_expected:
            self.held[cast("Member", leaf.operand).name] = leaf.types
            return _any(
                _all(answer(held), _any(apt, _is(v, _NONE))), _all(_not(apt), _is_not(v, _NONE), self.call(_unusual))
            )
        return _any(
            _all(answer(held), _any(apt, _is(v, _NONE)) if leaf.null is wanted else apt), _all(_not(apt), other(v, v))
        )

    def is_expected(self, leaf: leaves.Leaf) -> bool:
        """Whether a test is made as if the value were of its types or null, and anything else raises."""
        return self.dense and leaf.total and key_of(leaf.operand) is not None and leaf.types != (dt.datetime,)

    def is_sure(self, leaf: leaves.Leaf) -> bool:
        """Whether the value is known to be of the types of a test, or null."""
        key = key_of(leaf.operand)
        return leaf.total and key is not None and self.held.get(key) == leaf.types

    def is_apt(self, leaf: leaves.Leaf, value: ast.expr, again: ast.expr) -> ast.expr:
        """Whether a value is of the types that the test is written for; a moment in a time zone with rules is not."""
        apt = self.is_of(value, again, leaf.types)
        if leaf.types != (dt.datetime,):
            return apt
        zone = ast.Attribute(again, "tzinfo", ast.Load())
        return _all(apt, self.is_of(zone, zone, (dt.timezone,)))

    def is_of(self, value: ast.expr, again: ast.expr, types: tuple[type, ...]) -> ast.expr:
        """Whether a value, which `again` gives at once, is exactly of one of the types."""
        tests = [
            _is(ast.Call(_name("type"), [again if at else value], []), self.type_name(one))
            for at, one in enumerate(types)
        ]
        return _any(*tests) if len(tests) > 1 else tests[0]

    def type_name(self, one: type) -> ast.expr:
        """A type as a global."""
        return _name(one.__name__) if one in _GLOBALS.values() else self.bound(one)

    def named(self, node: Node, name: str) -> tuple[ast.expr, ast.expr]:
        """A value in an expression that gives it a name, if it has none, and the name; a key keeps its own."""
        value = self.value(node)
        if isinstance(value, ast.NamedExpr):
            return value, _name(value.target.id)
        if isinstance(value, ast.Name):
            return value, value
        return ast.NamedExpr(ast.Name(name, ast.Store()), value), _name(name)

    def quantifier(self, node: Quantifier) -> ast.expr | None:
        """A call of a function with the loop over the members; None where a part is the evaluator's.

        A loop in a loop is the evaluator's: it minds how much work that is.
        """
        if self.variables or node.predicate is None or node.variable is None:
            return None
        source, m = self.named(node.source, "m")
        held, self.held = self.held, {}
        self.variables = {node.variable: "member"}
        try:
            condition = self.true(node.predicate)
        except _Unwritten:
            return None
        finally:
            self.variables, self.held = {}, held
        helper = _filled(_QUANTIFIERS[node.name], {"CONDITION": condition})
        helper.name = f"{node.name}{len(self.helpers)}"
        self.helpers.append(helper)
        members = ast.IfExp(self.is_of(source, m, (list,)), m, self.call(_collection, m))
        return ast.Call(_name(helper.name), [members, _name("row")], [])

    # ---- Values ------------------------------------------------------------------------------------

    def value(self, node: Node) -> ast.expr:
        """The value itself, null as None."""
        match node:
            case Literal():
                constant = leaves.literal_value(node)
                return self.evaluated(node) if isinstance(constant, leaves.Fails) else self.bound(constant)
            case Variable(name=name):
                return _name("row") if name == "$it" else self.variable(node)
            case Member(source=source, name=name):
                if "." in name or name.startswith("@"):
                    return self.evaluated(node)
                return self.property(source, name)
            case Call():
                return self.function_value(node)
            case Arithmetic(operator=operator, left=left, right=right):
                return self.call(_arithmetic(operator), self.value(left), self.value(right))
            case Negate(operand=operand):
                return self.call(_negated, self.value(operand))
            case Comparison(operator=operator, left=left, right=right) if operator != "has":
                return self.call(evaluator.comparison(node, _CONTEXT), self.value(left), self.value(right))
            case Collection(items=items):
                return ast.List([self.value(item) for item in items], ast.Load())
            case (
                Comparison()
                | Invocation()
                | Key()
                | Where()
                | Count()
                | Quantifier()
                | Case()
                | Record()
                | Not()
                | Logical()
            ):
                return self.evaluated(node)
            case _:
                assert_never(node)

    def evaluated(self, node: Node) -> ast.expr:
        """What the evaluator says; only as a whole it knows how much work two parts are together."""
        if self.variables:
            raise _Unwritten
        self.counted()
        self.working += evaluator.multiplies(node)
        if self.working > 1:
            raise _TooLong
        return self.call(evaluator.evaluation(node, _CONTEXT), _name("row"), _name("scope"))

    def variable(self, node: Variable) -> ast.expr:
        """The member that a lambda looks at."""
        name = self.variables.get(node.name)
        return self.evaluated(node) if not name else _name(name)

    def property(self, source: Node, name: str) -> ast.expr:
        """A property of the row, which then has a name, of a member or of another property."""
        key = ast.Constant(name)
        if source == Variable("$it"):
            local = _name(f"k{self.keys.setdefault(name, len(self.keys))}")
            if name in self.held:
                return local
            self.held[name] = ()
            return ast.NamedExpr(ast.Name(local.id, ast.Store()), self.item(_name("row"), key))
        owner, p = self.named(source, "p")
        return ast.IfExp(self.is_of(owner, p, (dict,)), self.item(p, key), self.call(evaluator.property_of, p, key))

    def item(self, owner: ast.expr, key: ast.expr) -> ast.expr:
        """The item of a dict: null where there is none, or raising where every key is expected."""
        self.counted()
        if self.dense:
            return ast.Subscript(owner, key, ast.Load())
        return ast.Call(_name("get"), [owner, key], [])

    def function_value(self, node: Call) -> ast.expr:
        """The value of a canonical function."""
        called = functions.canonical(node.name)
        if called is None or called.body is None or called.name in _EVALUATED:
            return self.evaluated(node)
        quick = leaves.quick(node)
        if quick is None:
            return self.call(evaluator.applied(called, coerce=False), *map(self.value, node.arguments))
        held, s = self.named(quick.operand, "s")
        return ast.IfExp(self.is_of(held, s, quick.types), quick.write(s), self.call(quick.slow, s))

    def counted(self) -> None:
        """Mind the length."""
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise _TooLong

    def call(self, function: Callable[..., object], *arguments: ast.expr) -> ast.expr:
        """A call of a function of the library."""
        return ast.Call(self.bound(function), list(arguments), [])


class _Asking(_Writer):
    """Leaves the whole condition to the evaluator."""

    def true(self, node: Node) -> ast.expr:
        """Whether the evaluator says that the value is true."""
        return _is(self.evaluated(node), ast.Constant(value=True))


_GLOBALS: Mapping[str, Any] = {"type": type, "dict": dict, "str": str, "list": list, "get": dict.get}
_CONSTANTS = frozenset({type(None), bool, int, float, str, bytes})
_EVALUATED = frozenset({"cast", "isof", "matchesPattern"})
"""Functions with rules of their own for types, null or failure."""


def _collection(value: object) -> Sequence[object]:
    members = evaluator.members_of(value)
    if members is None:
        raise _Unusual
    return members


def _boolean(value: object) -> bool:
    if value is True or value is False:
        return value
    raise _Unusual


def _unusual() -> NoReturn:
    raise _Unusual


def _arithmetic(operator: str) -> Callable[[object, object], object]:
    def compute(left: object, right: object) -> object:
        return None if left is None or right is None else values.arithmetic(operator, left, right)

    return compute


def _negated(value: object) -> object:
    return None if value is None else values.negated(value)


_NONE = ast.Constant(None)
_CONTEXT = evaluator.Context()


# ---- Order (section 5.1.1.1): seen only where something may fail --------------------------------------


def _in_order(node: Logical) -> list[Node]:
    """The operands as they are asked: cheap ones first, unless it could be seen."""
    operands = list(node.operands)
    return operands if any(map(may_fail, operands)) else sorted(operands, key=_cost)


def _cost(node: Node) -> int:
    match node:
        case Not(operand=operand):
            return _cost(operand)
        case Logical(operands=operands):
            return max(map(_cost, operands))
        case Quantifier():
            return 3
        case _:
            return 1 + any(isinstance(part, Call) for part in children(node))


def may_fail(node: Node) -> bool:
    """Whether the evaluator may raise an error for some row; true if it is not certain that it does not."""
    match node:
        case Literal():
            return isinstance(leaves.literal_value(node), leaves.Fails)
        case Variable(name=name):
            return name.startswith(("@", "$root"))
        case Member(source=source, name=name):
            return name.startswith("@") or "." in name or may_fail(source)
        case Call(name=name):
            called = functions.canonical(name)
            return called is None or called.name not in _SAFE or any(map(may_fail, node.arguments))
        case Comparison(operator=operator, left=left, right=right):
            return operator == "has" or not (_is_plain(left) or _is_plain(right)) or any(map(may_fail, (left, right)))
        case Quantifier():
            return evaluator.multiplies(node) or any(map(may_fail, children(node)))
        case Collection() | Not() | Logical():
            return any(map(may_fail, children(node)))
        case Arithmetic() | Negate() | Invocation() | Key() | Where() | Count() | Case() | Record():
            return True
        case _:
            assert_never(node)


def _is_plain(node: Node) -> bool:
    """Whether it is a literal or a list of literals, which no nesting of a row makes deep."""
    return isinstance(node, Literal) or (isinstance(node, Collection) and all(map(_is_plain, node.items)))


_SAFE = frozenset(
    {"contains", "startswith", "endswith", "indexof", "length", "tolower", "toupper", "trim"}
    | {"year", "month", "day", "hour", "minute", "second"}
)


def _alternatives(node: Logical) -> list[Node]:
    """The operands of an `or`, with `a eq 'x' or a eq 'y'` as `a in ('x','y')`, which is true of the same values."""
    if any(map(may_fail, node.operands)):
        return list(node.operands)
    grouped: dict[object, list[Node]] = {}
    for at, part in enumerate(node.operands):
        grouped.setdefault(_compared_with_text(part) or at, []).append(part)
    joined = [parts[0] if len(parts) == 1 else _membership(parts) for parts in grouped.values()]
    return sorted(joined, key=_cost)


def _compared_with_text(node: Node) -> Node | None:
    if isinstance(node, Comparison) and node.operator == "eq" and _is_text(node.right):
        return None if evaluator.quotes_a_duration(node) else node.left
    return None


def _is_text(node: Node) -> bool:
    return isinstance(node, Literal) and node.type == edm.STRING


def _membership(parts: Sequence[Node]) -> Node:
    equalities = cast("Sequence[Comparison]", parts)
    return Comparison("in", equalities[0].left, Collection(tuple(part.right for part in equalities)))


# ---- Nodes of Python --------------------------------------------------------------------------------


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _is(left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [ast.Is()], [right])


def _is_not(left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [ast.IsNot()], [right])


def _not(operand: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), operand)


def _all(*operands: ast.expr) -> ast.expr:
    return ast.BoolOp(ast.And(), list(operands))


def _any(*operands: ast.expr) -> ast.expr:
    return ast.BoolOp(ast.Or(), list(operands))
