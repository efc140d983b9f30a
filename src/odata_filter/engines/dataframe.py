"""A filter to a narwhals expression, which keeps the rows of a dataframe that the filter keeps of the same dicts.

It works for pandas, Polars (eager and lazy), PyArrow, DuckDB relations, Dask, Ibis and PySpark. Each column has one
type, which decides what an expression means before any row is seen. None is null, and so is NaN in pandas, but not in a
column of an Arrow type. What an engine cannot say exactly is refused by name. Needs the extra `dataframe`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, Unpack, cast
from typing import Literal as OneOf

import narwhals as nw

from odata_filter import evaluator
from odata_filter.engines.capabilities import placed, split
from odata_filter.engines.dialects import ANY, DIALECTS
from odata_filter.engines.frames import native
from odata_filter.engines.frames.conditions import said
from odata_filter.engines.frames.expressions import Columns, Options, Truth
from odata_filter.engines.frames.paths import check_names, named
from odata_filter.errors import FilterValidationError, Problem
from odata_filter.filter import Filter
from odata_filter.nodes import IT, Node

Frame = TypeVar("Frame")


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
    truth = placed(wanted, lambda node: said(node, columns))
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
        return said(node, columns)

    if rest == "refuse":
        truth = placed(wanted, say)
        if isinstance(truth, nw.Expr) and isinstance(frame, nw.LazyFrame):
            native.remember(wanted.expression, frame, options, truth)
        return _Plan(frame, typed, truth, None)
    placed(wanted, lambda node: check_names(node, columns))
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


def _always(columns: Columns, truth: bool) -> nw.Expr:  # noqa: FBT001 - it is a value
    """An expression that is the same for all rows; narwhals wants a column in it."""
    missing = named(IT, next(iter(columns.types)), columns).is_null()
    return missing | ~missing if truth else missing & ~missing


def _frame(given: object) -> _Frame:
    try:
        frame: _Frame = nw.from_native(given)
    except TypeError:
        message = f"a {type(given).__name__} is no dataframe"
        raise FilterValidationError(Problem(message=message, code="dataframe")) from None
    return frame


def _columns(frame: Any, options: Options) -> Columns:
    if isinstance(frame, Mapping):
        dialect, types = ANY, dict(frame)
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
    return Columns(types, dialect, options, scope)


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
    names = options.get("names")
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
