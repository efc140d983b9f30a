"""Nodes to a function from a row to the expression's value; OData's null logic lives here and nowhere else."""

import datetime as dt
import operator as op
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, assert_never, cast

from odata_filter import casts, edm, functions, geo, values
from odata_filter.data import dataclass, field, replace
from odata_filter.errors import FilterError, FilterEvaluationError, Problem, UnsupportedFilterError
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
    walk,
)
from odata_filter.schema import CollectionOf, PropertyType, Schema, reader

# ---- What an expression is evaluated with ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known before any row is seen.

    Attributes:
        schema: the types of a row's properties, or None.
        coerce: whether a string in a row may stand for the date, time, duration or GUID it is compared with.
        collation: a key function for the order of strings, or None for the order of code points.
        functions: custom functions by name; called with the bound value, if there is one, and named arguments.
        keys: for a collection-valued property, the names of its members' key properties.
        this: the type of what a bare name is taken from inside `/$filter`.
        variables: the types of lambda variables.
    """

    schema: Schema | None = None
    coerce: bool = False
    collation: Callable[[str], object] | None = None
    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    this: PropertyType | None = None
    variables: Mapping[str, PropertyType | None] = field(default_factory=dict)


@dataclass(slots=True)
class Scope:
    """What the names in an expression stand for while one row is looked at.

    Attributes:
        parameters: the values of parameter aliases, each under its name with `@`; an absent one is null, an
            `Expression` is evaluated where the alias stands.
        now: the moment of evaluation; None until `now()` asks for it.
        root: what `$root` leads to, by name, or None.
        failures_are_null: whether an operation that fails gives null.
        this: the member that `/$filter` is looking at; empty outside, where `$this` is the row.
        variables: what each lambda variable stands for.
        open: the aliases whose expressions are being evaluated.
        work: how much of `MAX_WORK` the evaluation has used.
    """

    parameters: Mapping[str, object] = field(default_factory=dict)
    now: dt.datetime | None = None
    root: Callable[[str], object] | None = None
    failures_are_null: bool = False
    this: list[object] = field(default_factory=list)
    variables: dict[str, object] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    work: int = 0

    def moment(self) -> dt.datetime:
        """What `now()` is: asked of the clock once, then the same for every row."""
        if self.now is None:
            self.now = dt.datetime.now(dt.UTC)
        return self.now


Evaluation: TypeAlias = Callable[[object, Scope], object]
"""A row and a scope to a value; null is None."""


@dataclass(frozen=True, slots=True)
class Expression:
    """The value of a parameter alias that is an expression itself (section 5.3)."""

    evaluation: Evaluation


def evaluation(node: Node, context: Context) -> Evaluation:
    """The function that gives the value of an expression for a row.

    It raises FilterEvaluationError where the standard makes the expression fail, and for more work than `MAX_WORK`.

    Raises:
        UnsupportedFilterError: the expression contains a part that cannot be evaluated in this context.
    """
    evaluate = _evaluation(node, context)

    def evaluate_afresh(row: object, scope: Scope) -> object:
        scope.work = 0
        return evaluate(row, scope)

    return evaluate_afresh if multiplies(node) else evaluate


def _evaluation(node: Node, context: Context) -> Evaluation:
    match node:
        case Literal():
            return _literal(node)
        case Variable() | Member() | Invocation() | Key() | Where():
            return _read(*_path(node, context))
        case Call():
            return _call(node, context)
        case Count(source=source, search=None):
            return _count(_path(source, context)[0])
        case Count():
            raise _unsupported(node, "a free-text search has no evaluation")
        case Quantifier():
            return _quantifier(node, context)
        case Case(branches=branches):
            return _case(
                [(_evaluation(condition, context), _evaluation(result, context)) for condition, result in branches]
            )
        case Collection(items=items):
            members = [_evaluation(item, context) for item in items]
            return lambda row, scope: [member(row, scope) for member in members]
        case Record(entries=entries):
            properties = [(name, _evaluation(value, context)) for name, value in entries]
            return lambda row, scope: {name: value(row, scope) for name, value in properties}
        case Not(operand=operand):
            return _not(_evaluation(operand, context))
        case Negate(operand=operand):
            return _negate(_evaluation(operand, context))
        case Arithmetic():
            return _arithmetic(node, context)
        case Comparison():
            return _comparison(node, context)
        case Logical(operator=operator, operands=operands):
            return _logical([_evaluation(operand, context) for operand in operands], decisive=operator == "or")
        case _:
            assert_never(node)


# ---- Work ----------------------------------------------------------------------------------------------

MAX_WORK = 500_000
"""What one evaluation for one row may take: members that are looked at inside a lambda or `/$filter` in another one,
parameter aliases that stand for expressions, and the patterns' shares of their own budget."""


def multiplies(root: Node) -> bool:
    """Whether the work can be out of proportion to the filter and the row."""
    nodes = list(walk(root))
    loops = sum(isinstance(node, Quantifier | Where) for node in nodes)
    return loops > 1 or any(_is_alias(node) or _is_pattern(node) for node in nodes)


def _is_alias(node: Node) -> bool:
    return isinstance(node, Variable) and node.name.startswith("@")


def _is_pattern(node: Node) -> bool:
    return isinstance(node, Call) and node.name == "matchesPattern"


def _works(node: Node, scope: Scope, amount: int) -> None:
    scope.work += amount
    if scope.work > MAX_WORK:
        message = "this takes too much work for one row"
        raise _at(node, FilterEvaluationError(Problem(message=message, code="too-much-work")))


def _looks_at(node: Node, members: Sequence[object], scope: Scope) -> None:
    """Count the members of a collection, unless it is the outermost loop."""
    if scope.variables or scope.this:
        _works(node, scope, len(members))


# ---- Failures ----------------------------------------------------------------------------------------


def _guarded(node: Node, scope: Scope, compute: Callable[[], object]) -> object:
    """The computed value; a failure says at which part of the filter it happened, or is null."""
    try:
        return compute()
    except FilterEvaluationError as error:
        if scope.failures_are_null:
            return None
        raise _at(node, error) from None


def _at(node: Node, error: FilterEvaluationError) -> FilterEvaluationError:
    problem = error.problems[0]
    if problem.position is not None or node.span is None:
        return error
    return FilterEvaluationError(replace(problem, position=node.span[0], end=node.span[1]))


def _within(node: Node, error: FilterError) -> FilterError:
    """The error of an alias's expression, whose own place is in another text, at the alias."""
    position, end = node.span or (None, None)
    return type(error)(replace(error.problems[0], position=position, end=end))


def _unsupported(node: Node, message: str, hint: str | None = None) -> UnsupportedFilterError:
    position, end = node.span or (None, None)
    return UnsupportedFilterError(Problem(message=message, code="unsupported", position=position, end=end, hint=hint))


# ---- Literals ----------------------------------------------------------------------------------------


def _literal(node: Literal) -> Evaluation:
    try:
        value = edm.python_value(node.type, node.text)
    except FilterEvaluationError:
        return lambda _row, scope: _guarded(node, scope, lambda: edm.python_value(node.type, node.text))
    return lambda _row, _scope: value


# ---- Names and paths (5.1.1.14, 5.1.1.15) ----------------------------------------------------------

_Path: TypeAlias = tuple[Evaluation, PropertyType | None]
"""How to get at a value as the row has it, and its type where a schema tells."""


def _read(source: Evaluation, type_: PropertyType | None, node: Node) -> Evaluation:
    """The value converted to its type."""
    read = reader(type_)
    if read is None:
        return source
    return lambda row, scope: _guarded(node, scope, lambda: read(source(row, scope)))


def _path(node: Node, context: Context) -> tuple[Evaluation, PropertyType | None, Node]:
    match node:
        case Variable():
            return (*_variable(node, context), node)
        case Member():
            return (*_member(node, context), node)
        case Where():
            return (*_where(node, context), node)
        case Key():
            return (*_key(node.source, node.parts, node, context), node)
        case Invocation():
            return (*_invocation(node, context), node)
        case _:
            return _evaluation(node, context), None, node


def _variable(node: Variable, context: Context) -> _Path:
    name = node.name
    if name == "$it":
        return lambda row, _scope: row, context.schema
    if name == "$this":
        return lambda row, scope: scope.this[-1] if scope.this else row, context.this or context.schema
    if name == "$root":
        return lambda _row, scope: _resolver(node, scope), None
    if name.startswith("@"):
        return lambda row, scope: _parameter(node, row, scope), None
    return lambda _row, scope: scope.variables.get(name), context.variables.get(name)


def _resolver(node: Variable, scope: Scope) -> object:
    if scope.root is None:
        raise _unsupported(node, "$root leads nowhere here", "give the other resources as root=")
    return _Root(scope.root)


@dataclass(frozen=True, slots=True)
class _Root:
    """What `$root` is while a path goes on from it."""

    resolve: Callable[[str], object]


def _parameter(node: Variable, row: object, scope: Scope) -> object:
    """The value of an alias; an undefined one is null (section 5.3)."""
    value = scope.parameters.get(node.name)
    if not isinstance(value, Expression):
        return value
    if node.name in scope.open:
        message = f"the parameter alias {node.name} stands for itself"
        raise _at(node, FilterEvaluationError(Problem(message=message, code="alias-cycle")))
    scope.open.add(node.name)
    before, scope.work = scope.work, 0
    try:
        return value.evaluation(row, scope)
    except (FilterEvaluationError, UnsupportedFilterError) as error:
        raise _within(node, error) from None
    finally:
        scope.open.remove(node.name)
        _works(node, scope, before + 1)


def _member(node: Member, context: Context) -> _Path:
    name = node.name
    if name.startswith("@"):
        return _annotation(node, context), None
    if isinstance(node.source, Variable) and node.source.name == "$it":
        type_ = _property_type(context.schema, name)
        if "." not in name:
            return lambda row, _scope: row.get(name) if type(row) is dict else property_of(row, name), type_
    source, owner, _ = _path(node.source, context)
    if "." in name:
        return lambda row, scope: _of_type(source(row, scope), name), owner
    return lambda row, scope: property_of(source(row, scope), name), _property_type(owner, name)


def property_of(value: object, name: str) -> object:
    """The property of a complex value; null where the value is null, no complex value, or lacks it."""
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, _Root):
        return value.resolve(name)
    record = values.record(value)
    return None if record is None else record.get(name)


def _property_type(owner: PropertyType | None, name: str) -> PropertyType | None:
    return owner.properties.get(name) if isinstance(owner, Schema) else None


def _of_type(value: object, type_name: str) -> object:
    """A type cast in a path: null where the value is of another type; of a collection, the members that fit (4.11)."""
    if isinstance(value, list | tuple):
        return [member for member in value if casts.cast(member, type_name) is not None]
    return casts.cast(value, type_name)


def _annotation(node: Member, context: Context) -> Evaluation:
    """An annotation as the JSON format has it: `Price@Ns.Term` beside the property, `@Ns.Term` in the value."""
    name, beneath = node.name, node.source
    if not isinstance(beneath, Member) or beneath.name.startswith("@"):
        itself, _, _ = _path(beneath, context)
        return lambda row, scope: property_of(itself(row, scope), name)
    owner, _, _ = _path(beneath.source, context)
    step, beside = beneath.name, beneath.name + name

    def evaluate(row: object, scope: Scope) -> object:
        value = owner(row, scope)
        found = property_of(value, beside)
        if found is not None:
            return found
        return property_of(_of_type(value, step) if "." in step else property_of(value, step), name)

    return evaluate


# ---- Keys and custom functions (4.3, 5.1.1.14.4) -----------------------------------------------------


def _invocation(node: Invocation, context: Context) -> _Path:
    function = context.functions.get(node.name)
    if function is not None:
        return _custom(node, function, context), None
    if "." in node.name or not node.parameters:
        hint = f"give it as functions={{{node.name!r}: ...}}"
        raise _unsupported(node, f"the custom function {node.name} is not known", hint)
    owner = Member(IT if node.source is None else node.source, node.name)
    return _key(owner, node.parameters, node, context)


def _custom(node: Invocation, function: Callable[..., object], context: Context) -> Evaluation:
    bound = None if node.source is None else _evaluation(node.source, context)
    named = [(name, _evaluation(value, context)) for name, value in node.parameters]

    def evaluate(row: object, scope: Scope) -> object:
        given = () if bound is None else (bound(row, scope),)
        arguments = {name: value(row, scope) for name, value in named}
        return _guarded(node, scope, lambda: _called(node.name, function, given, arguments))

    return evaluate


def _called(name: str, function: Callable[..., object], given: tuple[object, ...], named: dict[str, object]) -> object:
    try:
        return function(*given, **named)
    except Exception as error:  # whatever a user's function raises, the filter has no value
        message = f"the custom function {name} failed: {error}"
        raise FilterEvaluationError(Problem(message=message, code="custom-function")) from error


def _key(source_node: Node, parts: Sequence[tuple[str | None, Node]], node: Node, context: Context) -> _Path:
    """The one member of a collection whose key properties have the given values; null without one."""
    source, type_, _ = _path(source_node, context)
    configured = context.keys.get(_property_name(source_node), ())
    if any(name is None for name, _ in parts) and len(configured) != 1:
        hint = 'name the key property: Items(ID=1), or give keys={"Items": ["ID"]}'
        raise _unsupported(node, "it is not known which property is the key", hint)
    item = type_.item if isinstance(type_, CollectionOf) else None
    named = [(name or configured[0], _evaluation(value, context)) for name, value in parts]
    wanted = [(name, reader(_property_type(item, name)) or _as_it_is, value) for name, value in named]

    def evaluate(row: object, scope: Scope) -> object:
        keys = [(name, read, value(row, scope)) for name, read, value in wanted]
        for member in members_of(source(row, scope)) or ():
            if all(values.equal(read(property_of(member, name)), value) is True for name, read, value in keys):
                return member
        return None

    return evaluate, item


def _property_name(node: Node) -> str:
    match node:
        case Member(name=name) | Invocation(name=name):
            return name
        case Where(source=source):
            return _property_name(source)
        case _:
            return ""


# ---- Collections (5.1.1.13, 4.8, 4.12) -------------------------------------------------------------


def members_of(value: object) -> Sequence[object] | None:
    """The members of a collection; a null one is empty, and what is no collection gives None."""
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return value
    return list(value) if isinstance(value, set | frozenset) else None


def _where(node: Where, context: Context) -> _Path:
    source, type_, _ = _path(node.source, context)
    item = type_.item if isinstance(type_, CollectionOf) else None
    predicate = _predicate(node.predicate, replace(context, this=item))

    def evaluate(row: object, scope: Scope) -> object:
        members = members_of(source(row, scope))
        if members is None:
            return None
        _looks_at(node, members, scope)
        kept = []
        for member in members:
            scope.this.append(member)
            try:
                if predicate(row, scope) is True:
                    kept.append(member)
            finally:
                scope.this.pop()
        return kept

    return evaluate, type_


def _predicate(node: Node, context: Context) -> Evaluation:
    """The condition of `/$filter`; an alias that stands for an expression has the member as its instance (5.3)."""
    if isinstance(node, Variable) and node.name.startswith("@"):
        return lambda _row, scope: _parameter(node, scope.this[-1], scope)
    return _evaluation(node, context)


def _count(source: Evaluation) -> Evaluation:
    def evaluate(row: object, scope: Scope) -> object:
        members = members_of(source(row, scope))
        return None if members is None else len(members)

    return evaluate


def _quantifier(node: Quantifier, context: Context) -> Evaluation:
    source, type_, _ = _path(node.source, context)
    if node.predicate is None or node.variable is None:
        return _not_empty(source)
    variable, decisive = node.variable, node.name == "any"
    item = type_.item if isinstance(type_, CollectionOf) else None
    predicate = _evaluation(node.predicate, replace(context, variables={**context.variables, variable: item}))

    def evaluate(row: object, scope: Scope) -> object:
        members = members_of(source(row, scope))
        if members is None:
            return None
        _looks_at(node, members, scope)
        outer = scope.variables
        try:
            for member in members:
                scope.variables = {**outer, variable: member}
                if (predicate(row, scope) is True) is decisive:
                    return decisive
        finally:
            scope.variables = outer
        return not decisive

    return evaluate


def _not_empty(source: Evaluation) -> Evaluation:
    def evaluate(row: object, scope: Scope) -> object:
        members = members_of(source(row, scope))
        return None if members is None else bool(members)

    return evaluate


# ---- Functions (5.1.1.4 to 5.1.1.12) ---------------------------------------------------------------


def _call(node: Call, context: Context) -> Evaluation:
    function = functions.canonical(node.name)
    if function is None:
        raise _unsupported(node, f"there is no function {node.name}")
    if function.body is None:
        return lambda _row, scope: scope.moment()
    if node.arguments and _is_type(node.arguments[-1]):
        return _type_call(node, function.body, context)
    value = applied(function, coerce=context.coerce)
    arguments = [_evaluation(argument, context) for argument in node.arguments]

    def evaluate(row: object, scope: Scope) -> object:
        given = [argument(row, scope) for argument in arguments]
        return _guarded(node, scope, lambda: value(*given))

    def evaluate_pattern(row: object, scope: Scope) -> object:
        given = [argument(row, scope) for argument in arguments]
        return _guarded(node, scope, lambda: _searched(node, scope, given, value))

    if _is_pattern(node):
        return _forgiving(evaluate_pattern) if _computes_pattern(node) else evaluate_pattern
    return evaluate


def _searched(node: Node, scope: Scope, given: list[object], value: Callable[..., object]) -> object:
    """What `matchesPattern` gives; a pattern and a text take their share of the work that all may take together."""
    text, pattern = given
    if isinstance(text, str) and isinstance(pattern, str):
        from odata_filter import patterns  # noqa: PLC0415 - slow to import, and few filters need it

        _works(node, scope, round(MAX_WORK * patterns.share(text, pattern)))
    return value(text, pattern)


def applied(function: functions.Function, *, coerce: bool) -> Callable[..., object]:
    """The value of a function for the values of its arguments; null where they suit no signature."""
    signatures = [signature.parameters for signature in function.signatures]
    read = geo.shape if function.name.startswith("geo.") else _as_it_is
    body = cast("Callable[..., object]", function.body)

    def value(*arguments: object) -> object:
        given = [read(argument) for argument in arguments]
        if not _suits(given, signatures):
            fitting = _coerced(given, signatures) if coerce else None
            if fitting is None:
                return None
            given = fitting
        return body(*given)

    return value


def _as_it_is(value: object) -> object:
    return value


def _computes_pattern(node: Call) -> bool:
    return not isinstance(node.arguments[1], Literal)


def _forgiving(evaluate: Evaluation) -> Evaluation:
    """REC: a pattern that is computed and no regular expression gives null; a literal one is a failure."""

    def evaluate_or_null(row: object, scope: Scope) -> object:
        try:
            return evaluate(row, scope)
        except FilterEvaluationError as error:
            if error.problems[0].code == "pattern":
                return None
            raise

    return evaluate_or_null


_Signatures: TypeAlias = Sequence[Sequence[functions.Kinds]]


def _suits(given: Sequence[object], signatures: _Signatures) -> bool:
    kinds = [values.kind(value) for value in given]
    return any(functions.fits(kinds, parameters) for parameters in signatures)


def _coerced(given: Sequence[object], signatures: _Signatures) -> list[object] | None:
    """The arguments with strings read as what a signature wants, or None where that fits none."""
    for parameters in signatures:
        if len(parameters) == len(given):
            fitting = [_as_kind(value, kinds) for value, kinds in zip(given, parameters, strict=True)]
            if _suits(fitting, [parameters]):
                return fitting
    return None


def _as_kind(value: object, kinds: functions.Kinds) -> object:
    """A string read as the first of the kinds whose literal form it has; anything else as it is."""
    if not isinstance(value, str):
        return value
    found = (edm.read(name, value) for name in _COERCIBLE if name in kinds)
    return next((read for read in found if read is not None), value)


_COERCIBLE = (edm.DATE_TIME_OFFSET, edm.DATE, edm.TIME_OF_DAY, edm.DURATION, edm.GUID)


def _is_type(node: Node) -> bool:
    return isinstance(node, Literal) and node.type == edm.TYPE_NAME


def _type_call(node: Call, body: Callable[..., object], context: Context) -> Evaluation:
    """`cast` and `isof`, which have rules for null of their own (5.1.1.10)."""
    operand, type_name = _evaluation(node.arguments[0], context), cast("Literal", node.arguments[1]).text
    return lambda row, scope: body(operand(row, scope), type_name)


def _case(branches: list[tuple[Evaluation, Evaluation]]) -> Evaluation:
    def evaluate(row: object, scope: Scope) -> object:
        for condition, result in branches:
            if condition(row, scope) is True:
                return result(row, scope)
        return None

    return evaluate


# ---- Operators (5.1.1.1, 5.1.1.2) ------------------------------------------------------------------


def _not(operand: Evaluation) -> Evaluation:
    def evaluate(row: object, scope: Scope) -> object:
        value = operand(row, scope)
        return not value if isinstance(value, bool) else None

    return evaluate


def _logical(operands: list[Evaluation], *, decisive: bool) -> Evaluation:
    """`or` is decided by true, `and` by false; otherwise an operand that is no Boolean makes it null."""

    def evaluate(row: object, scope: Scope) -> object:
        result: bool | None = not decisive
        for operand in operands:
            value = operand(row, scope)
            if value is decisive:
                return decisive
            if not isinstance(value, bool):
                result = None
        return result

    return evaluate


def _negate(operand: Evaluation) -> Evaluation:
    return lambda row, scope: values.negated(operand(row, scope))


def _arithmetic(node: Arithmetic, context: Context) -> Evaluation:
    left, right, operator = _evaluation(node.left, context), _evaluation(node.right, context), node.operator

    def evaluate(row: object, scope: Scope) -> object:
        first, second = left(row, scope), right(row, scope)
        if first is None or second is None:
            return None
        return _guarded(node, scope, lambda: values.arithmetic(operator, first, second))

    return evaluate


def _comparison(node: Comparison, context: Context) -> Evaluation:
    if node.operator == "has":
        value, members = _evaluation(node.left, context), cast("Literal", node.right).text
        return lambda row, scope: _has(value(row, scope), members)
    left, right = _evaluation(node.left, context), _evaluation(node.right, context)
    compare = comparison(node, context)
    return lambda row, scope: compare(left(row, scope), right(row, scope))


def comparison(node: Comparison, context: Context) -> "_Compare":
    """The function of two values that a comparison other than `has` stands for."""
    compare = _COMPARISONS[node.operator]
    if context.collation is not None and node.operator in _ORDERS:
        compare = _collated(compare, context.collation)
    readable = _COERCIBLE if context.coerce else (edm.DURATION,) if quotes_a_duration(node) else ()
    return _coercing(compare, readable) if readable else compare


def quotes_a_duration(node: Comparison) -> bool:
    """Whether a string literal takes part that is a duration when it meets one (5.1.1.14.1)."""
    sides = (node.left, *(node.right.items if isinstance(node.right, Collection) else (node.right,)))
    return any(
        isinstance(side, Literal)
        and side.type == edm.STRING
        and side.text.startswith(("P", "-P"))  # so begins each one, and few other strings: no need to read them
        and edm.read(edm.DURATION, side.text) is not None
        for side in sides
    )


_Compare: TypeAlias = Callable[[object, object], bool | None]


def _collated(compare: _Compare, collation: Callable[[str], object]) -> _Compare:
    """The order of two strings by their collation keys."""

    def ordered(left: object, right: object) -> bool | None:
        if isinstance(left, str) and isinstance(right, str):
            first, second = collation(left), collation(right)
            return compare((second < first) - (first < second), 0)  # type: ignore[operator]
        return compare(left, right)

    return ordered


def _coercing(compare: _Compare, types: Sequence[str]) -> _Compare:
    """The comparison with a string read as what it is compared with; inside a collection, member by member."""

    def coerced(left: object, right: object) -> bool | None:
        return compare(_like(right, left, types), _like(left, right, types))

    return coerced


def _like(other: object, value: object, types: Sequence[str]) -> object:
    if isinstance(value, list):
        return [_like(other, member, types) for member in value]
    if isinstance(other, list):
        other = next((member for member in other if member is not None), None)
    return _as_kind(value, frozenset({values.kind(other)}).intersection(types))


def _has(value: object, members: str) -> bool | None:
    return None if value is None else values.has(value, members)


def _not_equal(left: object, right: object) -> bool | None:
    equal = values.equal(left, right)
    return None if equal is None else not equal


def _greater(left: object, right: object) -> bool | None:
    return False if left is None or right is None else values.ordered(op.gt, left, right)


def _less(left: object, right: object) -> bool | None:
    return False if left is None or right is None else values.ordered(op.lt, left, right)


def _greater_or_equal(left: object, right: object) -> bool | None:
    return left is right if left is None or right is None else values.ordered(op.ge, left, right)


def _less_or_equal(left: object, right: object) -> bool | None:
    return left is right if left is None or right is None else values.ordered(op.le, left, right)


def _in(value: object, collection: object) -> bool | None:
    """Whether a member equals the value by `eq`; a null collection is empty."""
    members = members_of(collection)
    return None if members is None else any(values.equal(value, member) is True for member in members)


_COMPARISONS: Mapping[str, _Compare] = {
    "eq": values.equal,
    "ne": _not_equal,
    "gt": _greater,
    "ge": _greater_or_equal,
    "lt": _less,
    "le": _less_or_equal,
    "in": _in,
}
_ORDERS = frozenset({"gt", "ge", "lt", "le"})
