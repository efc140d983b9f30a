"""A filter to a narwhals expression, which keeps the rows of a dataframe that the filter keeps of the same dicts.

It works for pandas, Polars (eager and lazy), PyArrow, DuckDB relations, Dask, Ibis and PySpark. Each column has one
type, which decides what an expression means before any row is seen. None is null, and so is NaN in pandas, but not in a
column of an Arrow type. What an engine cannot say exactly is refused by name. Needs the extra `dataframe`.
"""

import datetime as dt
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache, reduce
from itertools import product
from typing import Any, TypeAlias, TypedDict, TypeVar, Unpack, assert_never, cast
from typing import Literal as OneOf

import narwhals as nw

from odata_filter import edm, evaluator, functions, values
from odata_filter.engines import native
from odata_filter.engines.capabilities import check, placed, split, unsupported
from odata_filter.engines.dialects import ANY, DIALECTS, Dialect
from odata_filter.engines.folding import balanced, constant, is_constant, with_lists
from odata_filter.errors import FilterValidationError, Problem, UnsupportedFilterError
from odata_filter.filter import Filter
from odata_filter.nodes import (
    IT,
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
    walk,
)
from odata_filter.nodes import Collection as CollectionNode

Frame = TypeVar("Frame")


class Options(TypedDict, total=False):
    """What an engine can be told; every option may be left out.

    Attributes:
        columns: for each name or path of the filter the column that it stands for; without it a name is its column's.
        within: the column that holds the properties, as a struct or as a map; without it they are columns.
        unknown: `"null"` makes a name without a column null; `"refuse"`, the default, refuses it.
        on_error: `"null"` makes an operation that fails null; by default one that may fail is refused.
        parameters: the values of parameter aliases, each under its name with `@`; a missing one is null.
        has_nan: False promises that no column holds NaN, which saves a test of each floating number in `gt` and `ge`.
        now: what `now()` is, with a time zone; otherwise the clock is asked once per call.
    """

    columns: Mapping[str, str]
    within: str
    unknown: OneOf["refuse", "null"]
    on_error: OneOf["raise", "null"]
    parameters: Mapping[str, object]
    has_nan: bool
    now: dt.datetime


# ---- What users call -------------------------------------------------------------------------------


def expression(wanted: Filter, frame: Any, **options: Unpack[Options]) -> nw.Expr:
    """The filter as an expression for `narwhals.from_native(frame).filter(...)`.

    Args:
        wanted: the filter.
        frame: what it is for: a dataframe, or its schema as a mapping from column names to narwhals types. For a
            schema the expression says only what every engine understands in the same way.
        options: see `Options`.

    Raises:
        UnsupportedFilterError: the engine cannot say a part of the filter exactly; it names the part.
    """
    columns = _columns(frame, options)
    truth = placed(wanted, lambda node: _said(node, columns))
    return _always(columns, truth) if isinstance(truth, bool) else truth


def select(
    wanted: Filter, frame: Frame, *, rest: OneOf["refuse", "rows"] = "refuse", **options: Unpack[Options]
) -> Frame:
    """The rows of a dataframe that the filter keeps, as a dataframe of the same kind; a lazy one stays lazy.

    Args:
        wanted: the filter.
        frame: the dataframe.
        rest: `"rows"` evaluates what the engine cannot say on the rows that the engine keeps by the rest; the result
            is then collected.
        options: see `Options`.

    Raises:
        UnsupportedFilterError: the engine cannot say a part of the filter exactly, and the rest is refused.
        FilterEvaluationError: the rest fails for a row.
    """
    known = native.remembered(wanted.expression, frame, options) if rest == "refuse" else None
    if known is None:
        known = nw.to_native(_kept(_planned(wanted, frame, rest, options), options))
    return cast("Frame", known)


def count(wanted: Filter, frame: Any, *, rest: OneOf["refuse", "rows"] = "refuse", **options: Unpack[Options]) -> int:
    """How many rows of a dataframe the filter keeps. Args and errors are those of `select`."""
    known = native.remembered(wanted.expression, frame, options) if rest == "refuse" else None
    if known is not None:
        return native.size(known)
    plan = _planned(wanted, frame, rest, options)
    if isinstance(plan.typed, nw.DataFrame) and isinstance(plan.truth, nw.Expr) and plan.rest is None:
        return int(plan.typed.select(count=plan.truth.sum())["count"].fill_null(0).item())
    kept = _kept(plan, options)
    if isinstance(kept, nw.DataFrame):
        return len(kept)
    return native.size(kept.to_native())


# ---- Frames ----------------------------------------------------------------------------------------

_Frame: TypeAlias = nw.DataFrame[Any] | nw.LazyFrame[Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done with a frame.

    Attributes:
        frame: the frame.
        typed: the same with a type for each column, for the condition.
        truth: what the engine tests.
        rest: what is tested on the rows that come back, or None.
    """

    frame: _Frame
    typed: _Frame
    truth: "Truth"
    rest: Filter | None


def _planned(wanted: Filter, given: Any, rest: str, options: Options) -> _Plan:
    frame = _frame(given)
    typed = _typed(frame)
    columns = _columns(typed, options)

    def say(node: Node) -> Truth:
        return _said(node, columns)

    if rest == "refuse":
        truth = placed(wanted, say)
        if isinstance(truth, nw.Expr) and isinstance(frame, nw.LazyFrame):
            native.remember(wanted.expression, frame, options, truth)
        return _Plan(frame, typed, truth, None)
    placed(wanted, lambda node: _check_names(node, columns))
    engine, left = split(wanted, columns.dialect.capabilities, say)
    return _Plan(frame, typed, engine is None or say(engine.expression), left)


def _kept(plan: _Plan, options: Options) -> _Frame:
    kept = _filtered(plan.frame, plan.typed, plan.truth)
    return kept if plan.rest is None else _tested(plan.rest, kept, options)


def _filtered(frame: _Frame, typed: _Frame, truth: "Truth") -> _Frame:
    if isinstance(truth, bool):
        return frame if truth else frame.head(0)
    if typed is frame:
        return frame.filter(truth)
    mask = cast("nw.DataFrame[Any]", typed).select(kept=truth.fill_null(False))["kept"]  # noqa: FBT003 - a value
    return frame.filter(mask.to_list())


def _frame(given: object) -> _Frame:
    try:
        frame: _Frame = nw.from_native(given)
    except TypeError:
        message = f"a {type(given).__name__} is no dataframe"
        raise FilterValidationError(Problem(message=message, code="dataframe")) from None
    return frame


def _typed(frame: _Frame) -> _Frame:
    """The frame with each pandas column of Python objects as the type that its values share, if they do."""
    objects = [name for name, type_ in frame.collect_schema().items() if type_ == nw.Object]
    if not objects or not isinstance(frame, nw.DataFrame):
        return frame
    native = frame.to_native()
    return frame.with_columns(*(nw.from_native(_as_shared(native[name]), series_only=True) for name in objects))


def _as_shared(objects: Any) -> Any:
    """A pandas series of Python objects as the type that they share; as it is where they are of several types."""
    known = objects.dropna()
    name = str(known.infer_objects().dtype)
    if name == "object" or (name == "float64" and not all(isinstance(value, float) for value in known)):
        return objects
    return objects.astype(_WITH_NULLS.get(name, name))


_WITH_NULLS = {"int64": "Int64", "uint64": "UInt64", "bool": "boolean"}


def _tested(left: Filter, kept: _Frame, options: Options) -> _Frame:
    """The rows of a frame, collected, that the rest of a filter keeps."""
    frame = kept.collect() if isinstance(kept, nw.LazyFrame) else kept
    known = {name: value for name, value in options.items() if name in {"on_error", "parameters", "now"}}
    told = cast("Any", known)
    return frame.filter([left.matches(row, **told) for row in _rows(frame, options)])


def _rows(frame: "nw.DataFrame[Any]", options: Options) -> list[dict[str, object]]:
    """Each row as the dict that the names of a filter are looked up in."""
    cells = {name: _cells(frame[name]) for name in frame.columns}
    within = options.get("within")
    if within is not None:
        found = [value if isinstance(value, dict) else {} for value in cells[within]]
    else:
        found = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    names = options.get("columns")
    return found if names is None else [_renamed(row, names) for row in found]


def _cells(series: "nw.Series[Any]") -> list[object]:
    plain = dict if series.dtype == nw.Map else _itself
    return [
        None if missing else plain(value)
        for value, missing in zip(series.to_list(), series.is_null().to_list(), strict=True)
    ]


def _itself(value: object) -> object:
    return value


def _renamed(row: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    """The row with the names and paths that the filter has for its columns."""
    renamed: dict[str, Any] = {}
    for name, column in names.items():
        *path, last = name.split("/")
        place = renamed
        for step in path:
            place = place.setdefault(step, {})
        place[last] = row.get(column)
    return renamed


# ---- What an expression is translated with -----------------------------------------------------------

Truth: TypeAlias = nw.Expr | bool
"""Where something holds: an expression that is true there and false or null elsewhere, or the same for all rows."""


@dataclass(slots=True)
class _Columns:
    """What is known of a frame, and how far the translation has got.

    Attributes:
        types: the narwhals type of each column.
        dialect: the engine.
        options: see `Options`.
        scope: what constants are evaluated with.
        steps: how many conditions were translated so far.
    """

    types: Mapping[str, Any]
    dialect: Dialect
    options: Options
    scope: evaluator.Scope
    steps: int = 0


_MOST_STEPS = 200_000


def _columns(frame: Any, options: Options) -> _Columns:
    if isinstance(frame, Mapping):
        dialect = ANY
        types = dict(frame)
    else:
        known = _frame(frame)
        dialect = DIALECTS.get(known.implementation.value.removesuffix("[connect]"), ANY)
        types = dict(known.collect_schema())
    within = options.get("within")
    if not types or (within is not None and not isinstance(types.get(within), nw.Struct | nw.Map)):
        message = "the dataframe has no columns" if not types else f"there is no struct or map column {within!r}"
        raise FilterValidationError(Problem(message=message, code="dataframe"))
    failures_are_null = options.get("on_error") == "null"
    scope = evaluator.Scope(options.get("parameters", {}), options.get("now"), failures_are_null=failures_are_null)
    return _Columns(types, dialect, options, scope)


def _said(root: Node, columns: _Columns) -> Truth:
    """Where a condition is true."""
    check(root, columns.dialect.capabilities)
    return _truth(root, columns, outcome=True)


def _always(columns: _Columns, truth: bool) -> nw.Expr:  # noqa: FBT001 - it is a value
    """An expression that is the same for all rows; narwhals wants a column in it."""
    missing = _named(IT, next(iter(columns.types)), columns).is_null()
    return missing | ~missing if truth else missing & ~missing


def _any(parts: Sequence[Truth]) -> Truth:
    """Where one of the parts holds, folded in balance: a chain of thousands would be too deep for the engines."""
    if any(part is True for part in parts):
        return True
    return _balanced([part for part in parts if not isinstance(part, bool)], nw.Expr.__or__, empty=False)


def _all(parts: Sequence[Truth]) -> Truth:
    """Where all of the parts hold."""
    if any(part is False for part in parts):
        return False
    return _balanced([part for part in parts if not isinstance(part, bool)], nw.Expr.__and__, empty=True)


def _balanced(parts: list[nw.Expr], join: Callable[[nw.Expr, nw.Expr], nw.Expr], *, empty: bool) -> Truth:
    return balanced(parts, lambda pair: reduce(join, pair), width=2) if parts else empty


def _negated(truth: Truth) -> Truth:
    """Where it does not hold: where it is false, or null."""
    return not truth if isinstance(truth, bool) else ~truth.fill_null(False)  # noqa: FBT003 - it is a value


# ---- Values ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Value:
    """What an expression of the filter is in the engine.

    Attributes:
        kind: its Edm type; None when the engine has a type that Edm lacks.
        constant: the Python value, where neither `expr` nor `condition` is given.
        expr: the engine's expression; of a number, `expr * scale + offset` is meant.
        condition: the tree of a Boolean, which is asked for each outcome.
        nulls: the value is null where one of these is true.
        low: the least integer that `expr` may be.
        high: the greatest.
        is_int64: whether `expr` is an integer of 64 bits, not fewer or more; None where the engine decides.
        zone: the time zone of a column of moments.
    """

    kind: str | None
    constant: object = None
    expr: nw.Expr | None = None
    condition: Node | None = None
    nulls: tuple[nw.Expr, ...] = ()
    low: int = 0
    high: int = 0
    scale: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)
    is_int64: bool | None = False
    zone: str | None = None

    @property
    def is_constant(self) -> bool:
        """Whether it is the same for all rows."""
        return self.expr is None and self.condition is None

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The least and the greatest number that it may be."""
        ends = self.low * self.scale + self.offset, self.high * self.scale + self.offset
        return min(ends), max(ends)


_NULL = _Value(edm.NULL)


def _value(node: Node, columns: _Columns) -> _Value:
    """What an expression is in the engine.

    Raises:
        UnsupportedFilterError: the engine cannot say it.
    """
    if is_constant(node):
        found = constant(node, columns.scope)
        return _Value(values.kind(found), found)
    match node:
        case Member():
            return _column(node, columns)
        case Call():
            return _call(node, columns)
        case Not() | Comparison() | Logical():
            return _Value(edm.BOOLEAN, condition=node)
        case Negate(operand=operand):
            return _negation(node, _value(operand, columns), columns)
        case Arithmetic(left=left, right=right):
            return _arithmetic(node, _value(left, columns), _value(right, columns), columns)
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


def _expr(value: _Value) -> nw.Expr:
    """The engine's expression of a value that has one."""
    return cast("nw.Expr", value.expr)


def _is_null(value: _Value, columns: _Columns, *, wanted: bool = True) -> Truth:
    """Where a value is null, or where it is not."""
    if value.condition is not None:
        outcomes = (None,) if wanted else (True, False)
        return _any([_truth(value.condition, columns, outcome=outcome) for outcome in outcomes])
    if value.is_constant:
        return (value.constant is None) is wanted
    found = _any(value.nulls)
    return found if wanted else not found if isinstance(found, bool) else ~found


# ---- Columns ---------------------------------------------------------------------------------------


def _column(node: Member, columns: _Columns) -> _Value:
    found = _found(node, columns)
    if found is None:
        return _NULL
    expr, type_ = found
    nulls = (expr.is_null(),)
    if type_ == nw.Boolean:
        return _Value(edm.BOOLEAN, condition=node)
    if type_ in _INTEGERS:
        low, high = _INTEGERS[type_]
        return _Value(edm.INT64, expr=expr, nulls=nulls, low=low, high=high, is_int64=type_ == nw.Int64)
    if type_ == nw.Float32:
        return _Value(edm.DOUBLE, expr=_cast(node, expr, nw.Float64(), columns), nulls=nulls)
    if type_ == nw.Categorical or isinstance(type_, nw.Enum):
        return _Value(edm.STRING, expr=_cast(node, expr, nw.String(), columns), nulls=nulls)
    if isinstance(type_, nw.Datetime):
        return _moments(node, expr, type_, columns)
    kind = next((kind for known, kind in _KINDS.items() if type_ == known), None)
    return _Value(kind, expr=expr, nulls=nulls)


def _moments(node: Node, expr: nw.Expr, type_: nw.Datetime, columns: _Columns) -> _Value:
    zone, nulls = type_.time_zone, (expr.is_null(),)
    if type_.time_unit in {"s", "ms"}:
        expr = _cast(node, expr, nw.Datetime("us", zone), columns)
    return _Value(edm.LOCAL_TIME if zone is None else edm.DATE_TIME_OFFSET, expr=expr, nulls=nulls, zone=zone)


def _cast(node: Node, expr: nw.Expr, type_: nw.dtypes.DType, columns: _Columns) -> nw.Expr:
    if not columns.dialect.casts:
        name = columns.dialect.capabilities.name
        raise unsupported(node, f"{name} does not turn the column into {type_}", "cast it before")
    return expr.cast(type_)


_INTEGERS: Mapping[Any, tuple[int, int]] = {
    **{
        type_: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        for type_, bits in (
            (nw.Int8, 8),
            (nw.Int16, 16),
            (nw.Int32, 32),
            (nw.Int64, 64),
        )
    },
    **{type_: (0, 2**bits - 1) for type_, bits in ((nw.UInt8, 8), (nw.UInt16, 16), (nw.UInt32, 32), (nw.UInt64, 64))},
}
"""The range of each type of integer."""

_KINDS: Mapping[Any, str] = {
    nw.String: edm.STRING,
    nw.Float64: edm.DOUBLE,
    nw.Date: edm.DATE,
    nw.Duration: edm.DURATION,
    nw.Time: edm.TIME_OF_DAY,
    nw.Binary: edm.BINARY,
    nw.Struct: edm.COMPLEX,
    nw.Map: edm.COMPLEX,
    nw.List: edm.COLLECTION,
    nw.Array: edm.COLLECTION,
}


def _found(node: Member, columns: _Columns) -> tuple[nw.Expr, Any] | None:
    """The column, struct field or map entry that a path leads to, and its type; None where it leads to null."""
    column, *steps = _steps(node, columns) or ("",)
    if column not in columns.types:
        _accept_unknown(node, columns)
        return None
    expr, type_ = _named(node, column, columns), columns.types[column]
    for step in steps:
        match type_:
            case nw.Struct(fields=fields):
                found = next((field.dtype for field in fields if field.name == step), None)
                if found is None:
                    _accept_unknown(node, columns)
                    return None
                expr, type_ = expr.struct.field(step), found
            case nw.Map(value=value):
                expr, type_ = expr.map.get(step), value
            case _:
                return None
    return expr, type_() if isinstance(type_, type) else type_


def _named(node: Node, column: str, columns: _Columns) -> nw.Expr:
    """The column of a name, which an engine may take for something else."""
    quote = columns.dialect.name_quote
    if column == "*" or (column.startswith("^") and column.endswith("$")):
        raise unsupported(node, f"{columns.dialect.capabilities.name} takes the name {column} for a pattern of names")
    if quote is None and not _PLAIN_NAME.fullmatch(column):
        raise unsupported(node, f"{columns.dialect.capabilities.name} may take the name {column} for a path")
    return nw.col(f"{quote}{column.replace(quote, quote * 2)}{quote}" if quote else column)


_PLAIN_NAME = re.compile("[^.`]+")


def _steps(node: Member, columns: _Columns) -> tuple[str, ...] | None:
    """The column that a path starts in and the steps below it; None for a name that stands for no column."""
    path = _path(node)
    names = columns.options.get("columns")
    if names is not None:
        known = (length for length in range(len(path), 0, -1) if "/".join(path[:length]) in names)
        length = next(known, None)
        if length is None:
            return None
        path = (names["/".join(path[:length])], *path[length:])
    within = columns.options.get("within")
    return path if within is None else (within, *path)


def _path(node: Node) -> tuple[str, ...]:
    """The names of a path from the row on."""
    return (*_path(node.source), node.name) if isinstance(node, Member) else ()


def _accept_unknown(node: Member, columns: _Columns) -> None:
    """Accept that a name has no column, or refuse it."""
    if columns.options.get("unknown") != "null":
        hint = 'give unknown="null" if it is null everywhere'
        raise unsupported(node, f"there is no column for {'/'.join(_path(node))}", hint)


def _check_names(root: Node, columns: _Columns) -> None:
    """Refuse names without a column, before anything is left for rows."""
    members = [node for node in walk(root) if isinstance(node, Member)]
    inner = {id(node.source) for node in members}
    for node in members:
        path = _plain_path(node)
        if path is not None and id(node) not in inner:
            _found(node, columns)


def _plain_path(node: Node) -> tuple[str, ...] | None:
    """The names of a path from the row on; None for a type cast, an annotation, and a path from elsewhere."""
    if isinstance(node, Member):
        path = _plain_path(node.source)
        return None if path is None or "." in node.name or node.name.startswith("@") else (*path, node.name)
    return () if node == IT else None


# ---- Conditions ------------------------------------------------------------------------------------


def _truth(node: Node, columns: _Columns, *, outcome: bool | None) -> Truth:
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
            return _settled(_searched(node, columns, outcome=outcome), columns)
        case Member():
            return _settled(_flag(node, columns, outcome=outcome), columns)
        case _:
            _value(node, columns)  # which may be refused
            return outcome is None


def _settled(truth: Truth, columns: _Columns) -> Truth:
    """The same without nulls, for engines that cannot join conditions with and without."""
    if isinstance(truth, bool) or not columns.dialect.nulls_answer:
        return truth
    return truth.fill_null(False)  # noqa: FBT003 - it is a value


def _logic(node: Logical, columns: _Columns, *, outcome: bool | None) -> Truth:
    """`and` and `or` of three values: null where nothing decides, and something is null."""
    decisive = node.operator == "or"
    parts = _gathered(node, columns)

    def each(*outcomes: bool | None) -> list[Truth]:
        return [_any([_truth(part, columns, outcome=one) for one in outcomes]) for part in parts]

    if outcome is None:
        return _all([*each(not decisive, None), _any(each(None))])
    return _any(each(outcome)) if outcome is decisive else _all(each(outcome))


def _gathered(node: Logical, columns: _Columns) -> list[Node]:
    """The operands, with tests of one property for equality as one `in`, where that means the same."""
    operator = "eq" if node.operator == "or" else "ne"
    parts = with_lists(node.operands, operator, lambda member, literal: _is_two_valued(member, literal, columns))
    if operator == "eq":
        return parts
    known = {id(operand) for operand in node.operands}
    return [part if id(part) in known else Not(part, part.span) for part in parts]


def _is_two_valued(member: Member, literal: Literal, columns: _Columns) -> bool:
    return _fit(_value(member, columns).kind, values.kind(constant(literal, columns.scope)))


def _flag(node: Member, columns: _Columns, *, outcome: bool | None) -> Truth:
    """A property as a condition."""
    found = _found(node, columns)
    if found is None or found[1] != nw.Boolean:
        if found is not None and _value(node, columns).kind is None:
            raise _untyped(node, columns)
        return outcome is None
    flag, _ = found
    return flag.is_null() if outcome is None else flag if outcome else flag == False  # noqa: E712 - of an expression


def _untyped(node: Node, columns: _Columns) -> UnsupportedFilterError:
    hint = "give the column a type, with pandas by frame.convert_dtypes()"
    return unsupported(node, f"{columns.dialect.capabilities.name} does not say what this column holds", hint)


# ---- Comparison (5.1.1.1.1 to 5.1.1.1.6) -------------------------------------------------------------

_TURNED: Mapping[str, str] = {"eq": "eq", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_OPPOSITE: Mapping[str, str] = {"eq": "ne", "gt": "le", "ge": "lt", "lt": "ge", "le": "gt"}
_COMPARE: Mapping[str, Callable[[Any, Any], nw.Expr]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_COMPARED = values.NUMBERS | {edm.STRING, edm.DATE, edm.DATE_TIME_OFFSET, edm.LOCAL_TIME}
_Pair: TypeAlias = tuple[_Value, _Value]


@cache
def _known(operator_name: str, left: object, right: object) -> object:
    """What the evaluator makes of a comparison of two constants."""
    first, second = (Literal(*edm.literal_text(value)) for value in (left, right))
    test = Comparison(operator_name, first, second)
    return evaluator.evaluation(test, evaluator.Context())({}, evaluator.Scope())


def _fit(left: str | None, right: str | None) -> bool:
    """Whether values of these kinds can be compared: then the result is never null."""
    return (left == right and left != edm.NULL) or (left in values.NUMBERS and right in values.NUMBERS)


def _compared(node: Node, name: str, pair: _Pair, columns: _Columns, *, outcome: bool | None) -> Truth:
    kinds = (pair[0].kind, pair[1].kind)
    if None in kinds and edm.NULL not in kinds:
        raise _untyped(node, columns)
    if kinds == (edm.BOOLEAN, edm.BOOLEAN):
        return _compared_flags(name, pair, columns, outcome)
    if not _fit(*kinds) and set(kinds) != {edm.STRING, edm.DURATION}:
        return _compared_nulls(name, pair, columns, outcome)
    if not _COMPARED.issuperset(kinds):
        raise unsupported(node, f"{columns.dialect.capabilities.name} cannot compare values of the type {kinds[0]}")
    if outcome is None:
        return False
    if name == "ne":
        return _holds(node, "eq", pair, columns, wanted=not outcome)
    return _holds(node, name, pair, columns, wanted=outcome)


def _compared_flags(name: str, pair: _Pair, columns: _Columns, outcome: bool | None) -> Truth:  # noqa: FBT001 - a value
    """A comparison of two conditions: every pair of their outcomes for which it has the wanted one."""

    def where(value: _Value, wanted: bool | None) -> Truth:  # noqa: FBT001 - it is a value
        if value.condition is None:
            return value.constant is wanted
        return _truth(value.condition, columns, outcome=wanted)

    outcomes = product((True, False, None), repeat=2)
    pairs = [(left, right) for left, right in outcomes if _known(name, left, right) is outcome]
    return _any([_all([where(pair[0], left), where(pair[1], right)]) for left, right in pairs])


def _compared_nulls(name: str, pair: _Pair, columns: _Columns, outcome: bool | None) -> Truth:  # noqa: FBT001 - a value
    """A comparison of what cannot be compared: null, unless one side is null."""
    some: Mapping[bool, object] = {True: None, False: ""}
    return _any(
        [
            _all([_is_null(value, columns, wanted=one) for value, one in zip(pair, nulls, strict=True)])
            for nulls in product((True, False), repeat=2)
            if outcome is (_known(name, some[nulls[0]], some[nulls[1]]) if any(nulls) else None)
        ]
    )


def _holds(node: Node, name: str, pair: _Pair, columns: _Columns, *, wanted: bool) -> Truth:
    """Where a comparison of values that fit is true, or where it is false."""
    nulls = [_is_null(value, columns) for value in pair]
    both = _all(nulls) if _known(name, None, None) is True else False
    test = _test(node, name, pair, columns)
    if wanted:
        return _any([test, both])
    has_constant = any(value.is_constant for value in pair)
    if edm.DOUBLE in {value.kind for value in pair} or not has_constant or isinstance(test, bool):
        return _negated(_any([test, both]))
    opposite = _test(node, _OPPOSITE[name], pair, columns)
    if columns.dialect.fills_nulls and not isinstance(opposite, bool):
        return opposite.fill_null(True)  # noqa: FBT003 - it is a value
    return _any([opposite, *nulls])


def _test(node: Node, name: str, pair: _Pair, columns: _Columns) -> Truth:
    """Where neither side is null and a comparison is true."""
    left, right = pair
    if left.is_constant:
        return _test(node, _TURNED.get(name, name), (right, left), columns)
    if left.kind in values.NUMBERS:
        return _test_numbers(node, name, pair, columns)
    return _COMPARE[name](_instant(left), _text(node, right.constant) if right.is_constant else _instant(right))


def _instant(value: _Value) -> nw.Expr:
    """A value as it compares: moments by their instant."""
    expr = _expr(value)
    return expr if value.zone is None or value.zone.endswith("UTC") else expr.dt.convert_time_zone("UTC")


def _text(node: Node, value: object) -> Any:
    """A constant that the engine can hold."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise unsupported(node, "a lone surrogate is no character of a column") from None
    return value


# ---- Numbers ---------------------------------------------------------------------------------------


def _test_numbers(node: Node, name: str, pair: _Pair, columns: _Columns) -> Truth:
    left, right = pair
    if right.is_constant and left.kind == edm.DOUBLE:
        return _test_float(name, left, cast("values.Number", right.constant), columns)
    if right.is_constant:
        if left.kind == edm.DECIMAL and right.kind == edm.DOUBLE:
            raise unsupported(node, "a decimal number is compared with a floating one")
        return _test_integer(name, left, cast("values.Number", right.constant), columns)
    if edm.DOUBLE not in {left.kind, right.kind}:
        return _COMPARE[name](_integer(node, left, columns), _integer(node, right, columns))
    if any(value.kind != edm.DOUBLE and not _is_small(value) for value in pair):
        raise unsupported(node, "a 64-bit integer is compared with a floating number", "cast the column to Int32")
    first, second = (_float(node, value, columns) for value in pair)
    guarded = second if name in {"lt", "le"} else first
    return _all([_COMPARE[name](first, second), _is_number(guarded, columns, name)])


def _is_small(value: _Value) -> bool:
    """Whether a 64-bit float holds each of the integers exactly."""
    return max(map(abs, value.ends)) <= _EXACT


_EXACT = 2**53


def _is_number(value: nw.Expr, columns: _Columns, name: str) -> Truth:
    """Where a float is not NaN, for engines where NaN equals itself and is above all numbers."""
    if name == "ne" or not columns.dialect.nan_is_greatest or not columns.options.get("has_nan", True):
        return True
    return value <= math.inf


def _test_float(name: str, value: _Value, limit: values.Number, columns: _Columns) -> Truth:
    """A float beside a constant, which is exact where it is an integer, and the nearest float where it is a decimal."""
    if not _is_finite(limit) and math.isnan(limit):
        return name == "ne" and _is_null(value, columns, wanted=False)
    nearest = _nearest(limit)
    if isinstance(limit, int) and nearest != limit:
        if name in {"eq", "ne"}:
            return name == "ne" and _is_null(value, columns, wanted=False)
        # No float lies between the integer and its nearest float.
        name = {"gt": "ge", "ge": "ge", "lt": "lt", "le": "lt"}[name] if nearest > limit else _BELOW[name]
    found = _COMPARE[name](_expr(value), nearest)
    return _all([found, _is_number(_expr(value), columns, name)]) if name in {"gt", "ge"} else found


_BELOW: Mapping[str, str] = {"gt": "gt", "ge": "gt", "lt": "le", "le": "le"}


def _is_finite(value: values.Number) -> bool:
    """Whether a number is neither INF nor NaN, also one that no float comes near."""
    return value.is_finite() if isinstance(value, Decimal) else isinstance(value, int) or math.isfinite(value)


def _nearest(value: values.Number) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _test_integer(name: str, value: _Value, limit: values.Number, columns: _Columns) -> Truth:
    """An integer beside a constant, solved for the column, so that nothing can overflow."""
    if not _is_finite(limit):
        holds = name == "ne" or (not math.isnan(limit) and name in ({"lt", "le"} if limit > 0 else {"gt", "ge"}))
        return holds and _is_null(value, columns, wanted=False)
    bound = (Fraction(limit) - value.offset) / value.scale
    if value.scale < 0:
        name = _TURNED.get(name, name)
    if name in {"eq", "ne"}:
        possible = bound.denominator == 1 and value.low <= bound <= value.high
        if possible:
            return _COMPARE[name](_expr(value), int(bound))
        return name == "ne" and _is_null(value, columns, wanted=False)
    whole = math.floor(bound) if name in {"gt", "le"} else math.ceil(bound)
    if value.low <= whole <= value.high:
        return _COMPARE[name](_expr(value), whole)
    return (name in {"gt", "ge"}) is (whole < value.low) and _is_null(value, columns, wanted=False)


def _integer(node: Node, value: _Value, columns: _Columns) -> nw.Expr:
    """An integer written out, in as many bits as it needs."""
    if value.scale.denominator != 1 or value.offset.denominator != 1:
        raise unsupported(node, "a decimal number is computed with")
    scale, offset = int(value.scale), int(value.offset)
    scaled = (value.low * scale, value.high * scale)
    expr = _widened(node, value, (*scaled, *(int(end) for end in value.ends)), columns)
    if scale != 1:
        expr = expr * scale
    return expr + offset if offset else expr


def _widened(node: Node, value: _Value, ends: Sequence[int], columns: _Columns) -> nw.Expr:
    """An integer column in a type that holds all of these numbers."""
    expr = _expr(value)
    if value.is_int64 is None and columns.dialect.nulls_answer:
        raise unsupported(node, f"{columns.dialect.capabilities.name} does not compute with this function")
    if all(_has_bits(end, 64) for end in (value.low, value.high, *ends)):
        return expr if value.is_int64 else _cast(node, expr, nw.Int64(), columns)
    if columns.dialect.has_int128 and all(_has_bits(end, 128) for end in ends):
        return _cast(node, expr, nw.Int128(), columns)
    hint = 'cast the columns to Int32, or give rest="rows"'
    raise unsupported(node, "the result may be outside the range of 64-bit integers", hint)


def _has_bits(number: Fraction | int, bits: int) -> bool:
    """Whether an integer of so many bits holds the number."""
    bound: int = 2 ** (bits - 1)
    return -bound <= number < bound


def _float(node: Node, value: _Value, columns: _Columns) -> nw.Expr:
    """A number as a 64-bit float."""
    if value.is_constant:
        return nw.lit(_nearest(cast("values.Number", value.constant)))
    if value.kind == edm.DOUBLE:
        return _expr(value)
    whole = _integer(node, value, columns)
    if not columns.dialect.casts_any_integer and not _is_small(value):
        hint = "cast the column to Float64"
        raise unsupported(node, f"{columns.dialect.capabilities.name} does not round integers to floats", hint)
    return _cast(node, whole, nw.Float64(), columns)


# ---- in (5.1.1.1.11) -------------------------------------------------------------------------------


def _in(node: Comparison, columns: _Columns, *, outcome: bool | None) -> Truth:
    """Whether a member equals the value by `eq`; members of other types are no match."""
    left, members = _value(node.left, columns), _members(node.right, columns)
    if members is None or outcome is None:
        return (outcome is None) is (members is None)
    listed: list[object] = []
    others: list[_Value] = []
    for member in members:
        if left.expr is not None and member.is_constant and left.kind in _COMPARED and _fit(left.kind, member.kind):
            listed.append(member.constant)
        elif not member.is_constant or left.kind in {None, member.kind} or edm.NULL in {left.kind, member.kind}:
            others.append(member)
    holds = [_is_member(node, left, listed, columns)] if listed else []
    if outcome:
        return _any([*holds, *(_compared(node, "eq", (left, other), columns, outcome=True) for other in others)])
    misses = ([_compared(node, "eq", (left, other), columns, outcome=one) for one in (False, None)] for other in others)
    return _all([*map(_negated, holds), *map(_any, misses)])


def _members(node: Node, columns: _Columns) -> list[_Value] | None:
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
    return [_Value(values.kind(member), member) for member in found]


def _is_member(node: Node, value: _Value, listed: Sequence[Any], columns: _Columns) -> Truth:
    """Where a value equals one of the constants, which fit it."""
    if len(listed) < columns.dialect.shortest_list:
        return _any([_test(node, "eq", (value, _Value(values.kind(one), one)), columns) for one in listed])
    if value.kind not in values.NUMBERS:
        return _instant(value).is_in([_text(node, one) for one in listed])
    if value.kind == edm.DOUBLE:
        return _is_float_of(value, listed, columns)
    if value.kind == edm.DECIMAL and any(isinstance(one, float) for one in listed):
        raise unsupported(node, "a decimal number is compared with a floating one")
    bounds = {(Fraction(one) - value.offset) / value.scale for one in listed if _is_finite(one)}
    found = sorted(int(bound) for bound in bounds if bound.denominator == 1 and value.low <= bound <= value.high)
    return _expr(value).is_in(found) if found else False


def _is_float_of(value: _Value, listed: Sequence[values.Number], columns: _Columns) -> Truth:
    """Where a float is one of the constants; zero is asked for alone, because not every `is_in` knows that 0 is -0."""
    known = {_nearest(one) for one in listed if not isinstance(one, int) or _nearest(one) == one}
    others = sorted(one for one in known if one and not math.isnan(one))
    zero = [_test_float("eq", value, 0.0, columns)] if 0.0 in known else []
    return _any([*zero, *([_expr(value).is_in(others)] if others else [])])


# ---- Arithmetic (5.1.1.2) ----------------------------------------------------------------------------


def _negation(node: Node, value: _Value, columns: _Columns) -> _Value:
    if value.kind is None:
        raise _untyped(node, columns)
    if value.kind == edm.DURATION:
        raise unsupported(node, f"{columns.dialect.capabilities.name} does not compute with durations")
    if value.kind == edm.DOUBLE:
        return replace(value, expr=-_expr(value))
    return replace(value, scale=-value.scale, offset=-value.offset) if value.kind in values.NUMBERS else _NULL


def _arithmetic(node: Arithmetic, left: _Value, right: _Value, columns: _Columns) -> _Value:
    if edm.NULL in {left.kind, right.kind}:
        return _NULL
    if left.kind is None or right.kind is None:
        raise _untyped(node, columns)
    kind = values.arithmetic_kind(node.operator, left.kind, right.kind)
    if kind is None:
        return _NULL
    if kind not in values.NUMBERS:
        raise unsupported(node, f"{columns.dialect.capabilities.name} does not compute with dates and durations")
    nulls = (*left.nulls, *right.nulls)
    if kind == edm.DOUBLE:
        return _Value(kind, expr=_float_arithmetic(node, left, right, columns), nulls=nulls)
    if node.operator in {"div", "divby", "mod"}:
        return _division(node, left, right, columns)
    if left.is_constant or right.is_constant:
        return _linear(node, left, right, kind, columns)
    return replace(_integer_arithmetic(node, left, right, columns), kind=kind, nulls=nulls)


_FLOAT: Mapping[str, Callable[[nw.Expr, nw.Expr], nw.Expr]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
}


def _float_arithmetic(node: Arithmetic, left: _Value, right: _Value, columns: _Columns) -> nw.Expr:
    first, second = _float(node, left, columns), _float(node, right, columns)
    if node.operator == "mod":
        raise unsupported(node, f"{columns.dialect.capabilities.name} has no exact mod of floating numbers")
    if node.operator in _FLOAT:
        return _FLOAT[node.operator](first, second)
    # By zero a positive number is INF, a negative one -INF, and zero NaN: what it is times INF.
    if right.is_constant:
        return first * math.inf if right.constant == 0 else first / second
    return nw.when(second == 0.0).then(first * math.inf).otherwise(first / second)


def _linear(node: Arithmetic, left: _Value, right: _Value, kind: str, columns: _Columns) -> _Value:
    """A number of the engine and a constant: the number with another scale and offset."""
    value, constant = (right, left) if left.is_constant else (left, right)
    known = cast("values.Number", constant.constant)
    if not _is_finite(known):
        raise unsupported(node, "a decimal number is computed with one that is not finite")
    number = Fraction(known)
    if node.operator == "mul" and number == 0:
        return _Value(kind, expr=_integer(node, value, columns) * 0, nulls=value.nulls)
    if node.operator == "mul":
        return replace(value, kind=kind, scale=value.scale * number, offset=value.offset * number)
    if node.operator == "add":
        return replace(value, kind=kind, offset=value.offset + number)
    if right is constant:
        return replace(value, kind=kind, offset=value.offset - number)
    return replace(value, kind=kind, scale=-value.scale, offset=number - value.offset)


def _integer_arithmetic(node: Arithmetic, left: _Value, right: _Value, columns: _Columns) -> _Value:
    """Two integers of the engine, in as many bits as the result needs."""
    compute = _FLOAT[node.operator]
    first, second = _integer(node, left, columns), _integer(node, right, columns)
    ends = [_ENDS[node.operator](int(one), int(other)) for one in left.ends for other in right.ends]
    low, high = min(ends), max(ends)
    is_int64 = _has_bits(low, 64) and _has_bits(high, 64)
    if not is_int64:
        widened = (replace(_NULL, expr=expr, high=high) for expr in (first, second))
        first, second = (_widened(node, value, ends, columns) for value in widened)
    return _Value(edm.INT64, expr=compute(first, second), low=low, high=high, is_int64=is_int64)


_ENDS: Mapping[str, Callable[[int, int], int]] = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}


def _division(node: Arithmetic, left: _Value, right: _Value, columns: _Columns) -> _Value:
    """`div` and `mod` of integers by a constant; the quotient is cut towards zero."""
    if node.operator == "divby" or {left.kind, right.kind} != {edm.INT64}:
        raise unsupported(node, f"{columns.dialect.capabilities.name} has no exact quotient of decimal numbers")
    if not right.is_constant:
        raise unsupported(node, "an integer is divided by a column, which may be zero")
    divisor = cast("int", right.constant)
    if divisor == 0 and columns.scope.failures_are_null:
        return _NULL
    if divisor == 0:
        raise unsupported(node, "it fails for every row: division by zero", 'give on_error="null" to make that null')
    whole = _integer(node, left, columns)
    ends = [_cut(int(end), divisor) for end in left.ends]
    if not all(_has_bits(end, 64) for end in (Fraction(divisor), *map(Fraction, ends), *left.ends)):
        raise unsupported(node, "the numbers are outside the range of 64-bit integers")
    made = _Value(edm.INT64, nulls=left.nulls, is_int64=True)
    if node.operator == "mod":
        largest = min(abs(divisor) - 1, *(abs(int(end)) for end in left.ends))
        return replace(made, expr=_remainder(node, whole, divisor, left, columns), low=-largest, high=largest)
    return replace(made, expr=_quotient(node, whole, divisor, left, columns), low=min(0, *ends), high=max(0, *ends))


def _cut(number: int, divisor: int) -> int:
    quotient = abs(number) // abs(divisor)
    return quotient if (number < 0) is (divisor < 0) else -quotient


def _quotient(node: Node, whole: nw.Expr, divisor: int, value: _Value, columns: _Columns) -> nw.Expr:
    """The quotient cut towards zero: `//` rounds down, so that negative numbers are moved up first; none overflows."""
    if not columns.dialect.divides_integers and not _is_small(value):
        raise unsupported(node, f"{columns.dialect.capabilities.name} has no exact div of 64-bit integers")
    size = abs(divisor)
    quotient = whole // size
    if value.ends[0] < 0:
        negative, positive = (nw.when(test).then(whole).otherwise(whole * 0) for test in (whole < 0, whole >= 0))
        quotient = (negative + (size - 1)) // size + positive // size
    return quotient if divisor > 0 else -quotient


def _remainder(node: Node, whole: nw.Expr, divisor: int, value: _Value, columns: _Columns) -> nw.Expr:
    """What the quotient leaves, with the sign of the dividend."""
    if columns.dialect.divides_integers:
        return whole - _quotient(node, whole, divisor, value, columns) * divisor
    size = abs(divisor)
    rest = whole % size
    return nw.when((rest != 0) & (whole < 0)).then(rest - size).otherwise(rest)


# ---- Functions (5.1.1.5 to 5.1.1.9) ------------------------------------------------------------------


def _call(node: Call, columns: _Columns) -> _Value:
    arguments = [_value(argument, columns) for argument in node.arguments]
    function = functions.canonical(node.name)
    kinds = [argument.kind for argument in arguments]
    if edm.NULL in kinds:
        return _NULL
    known = [kind for kind in kinds if kind is not None]
    if len(known) < len(kinds):
        raise _untyped(node, columns)
    if function is None or not any(functions.fits(known, signature.parameters) for signature in function.signatures):
        return _NULL
    if edm.COLLECTION in kinds:
        raise unsupported(node, f"{columns.dialect.capabilities.name} does not look into a collection in a column")
    if node.name in _SEARCHES:
        return _Value(edm.BOOLEAN, condition=node)
    found = _FUNCTIONS[node.name](node, arguments, columns)
    return replace(found, nulls=tuple(null for argument in arguments for null in argument.nulls))


def _searched(node: Call, columns: _Columns, *, outcome: bool | None) -> Truth:
    """`contains`, `startswith` and `endswith`; any other function gives no Boolean."""
    if _call(node, columns).kind != edm.BOOLEAN:
        return outcome is None
    text, part = (_value(argument, columns) for argument in node.arguments)
    nulls = _any([_is_null(text, columns), _is_null(part, columns)])
    if outcome is None:
        return nulls
    if not part.is_constant and not columns.dialect.finds_columns:
        raise unsupported(node, f"{columns.dialect.capabilities.name} looks for constants only")
    wanted = _text(node, part.constant) if part.is_constant else part.expr
    found = _SEARCHES[node.name](_string(node, text), wanted)
    if outcome:
        return found
    missed = found == False  # noqa: E712 - of an expression
    return _all([missed, _negated(nulls)]) if columns.dialect.nulls_answer else missed


_SEARCHES: Mapping[str, Callable[[nw.Expr, Any], nw.Expr]] = {
    "contains": lambda text, part: text.str.contains(part, literal=True),
    "endswith": lambda text, part: text.str.ends_with(part),
    "startswith": lambda text, part: text.str.starts_with(part),
}


def _string(node: Node, value: _Value) -> nw.Expr:
    return nw.lit(_text(node, value.constant)) if value.is_constant else _expr(value)


def _length(_node: Call, arguments: Sequence[_Value], _columns: _Columns) -> _Value:
    return _Value(edm.INT64, expr=_expr(arguments[0]).str.len_chars(), low=0, high=2**31 - 1, is_int64=None)


def _concat(node: Call, arguments: Sequence[_Value], _columns: _Columns) -> _Value:
    return _Value(edm.STRING, expr=nw.concat_str([_string(node, argument) for argument in arguments]))


def _substring(node: Call, arguments: Sequence[_Value], columns: _Columns) -> _Value:
    text, *bounds = arguments
    if text.is_constant or not all(bound.is_constant for bound in bounds):
        raise unsupported(node, f"{columns.dialect.capabilities.name} cuts at constants only")
    start, *length = (min(cast("int", bound.constant), _LONGEST) for bound in bounds)
    if start < -_LONGEST or (length and (start < 0 or length[0] < 0)):
        raise unsupported(node, "a negative start or length has no words here")
    return _Value(edm.STRING, expr=_expr(text).str.slice(start, *length))


_LONGEST = 2**30


def _trim(_node: Call, arguments: Sequence[_Value], _columns: _Columns) -> _Value:
    return _Value(edm.STRING, expr=_expr(arguments[0]).str.strip_chars(functions.WHITE_SPACE))


def _cased(node: Call, arguments: Sequence[_Value], _columns: _Columns) -> _Value:
    text = _expr(arguments[0]).str
    return _Value(edm.STRING, expr=text.to_lowercase() if node.name == "tolower" else text.to_uppercase())


def _part_of(name: str, low: int, high: int) -> Callable[[Call, Sequence[_Value], _Columns], _Value]:
    """A part of a date or moment, in the moment's own time zone."""

    def part(_node: Call, arguments: Sequence[_Value], _columns: _Columns) -> _Value:
        expr = getattr(_expr(arguments[0]).dt, name)()
        return _Value(edm.INT64, expr=expr, low=low, high=high, is_int64=None)

    return part


def _date(_node: Call, arguments: Sequence[_Value], _columns: _Columns) -> _Value:
    return _Value(edm.DATE, expr=_expr(arguments[0]).dt.date())


def _whole(node: Call, arguments: Sequence[_Value], columns: _Columns) -> _Value:
    """`floor`, `ceiling` and `round`; integers, INF and NaN stay as they are."""
    value = arguments[0]
    if value.kind == edm.DECIMAL:
        raise unsupported(node, f"{columns.dialect.capabilities.name} does not round decimal numbers")
    if value.kind == edm.INT64:
        return value
    number = _expr(value)
    rounded = _ROUNDED[node.name](number)
    if not columns.dialect.rounds_infinity:
        # From here on every float is whole.
        rounded = nw.when(number.abs() < _EXACT).then(rounded).otherwise(number)
    return _Value(edm.DOUBLE, expr=rounded)


def _away_from_zero(number: nw.Expr) -> nw.Expr:
    """The nearest whole number, half away from zero."""
    size = number.abs()
    down = size.floor()
    rounded = nw.when(size - down >= 0.5).then(down + 1.0).otherwise(down)  # noqa: PLR2004 - a half
    return nw.when(number < 0.0).then(-rounded).otherwise(rounded)


_ROUNDED: Mapping[str, Callable[[nw.Expr], nw.Expr]] = {
    "ceiling": nw.Expr.ceil,
    "floor": nw.Expr.floor,
    "round": _away_from_zero,
}
_FUNCTIONS: Mapping[str, Callable[[Call, Sequence[_Value], _Columns], _Value]] = {
    "length": _length,
    "concat": _concat,
    "substring": _substring,
    "trim": _trim,
    "tolower": _cased,
    "toupper": _cased,
    "year": _part_of("year", -(10**6), 10**6),
    "month": _part_of("month", 1, 12),
    "day": _part_of("day", 1, 31),
    "hour": _part_of("hour", 0, 23),
    "minute": _part_of("minute", 0, 59),
    "second": _part_of("second", 0, 59),
    "date": _date,
    "ceiling": _whole,
    "floor": _whole,
    "round": _whole,
}
"""Every function that gives no Boolean; each is called with values of one of its signatures' kinds."""
