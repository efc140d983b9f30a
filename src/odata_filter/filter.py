"""Filter: the object that users hold, a thin face over the passes on the tree."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn, Self, TypedDict, TypeVar, Unpack, cast, final
from typing import Literal as PythonLiteral

from odata_filter import evaluator, parser
from odata_filter.data import maker, replace
from odata_filter.errors import (
    FilterError,
    FilterEvaluationError,
    FilterSyntaxError,
    FilterValidationError,
    Problem,
    UnsupportedFilterError,
)
from odata_filter.limits import DEFAULT, Limits
from odata_filter.nodes import MAX_DEPTH, Logical, Node, Not, too_deep
from odata_filter.predicate import Predicate, in_turn
from odata_filter.profile import ODATA, Profile
from odata_filter.schema import Schema

if TYPE_CHECKING:
    from odata_filter.explanation import Explanation

Row = TypeVar("Row")

_NO_ROW = object()
_LONG = 400
"""Characters of a filter that `repr` shows as they are."""
_LINES = 40
"""Lines of a filter that a notebook shows."""


class Options(TypedDict, total=False):
    """What evaluation can be told; every option may be left out.

    Attributes:
        parameters: the values of parameter aliases, each under its name with `@`; a missing one is null. A Filter
            stands for its expression.
        now: what `now()` is, with a time zone; otherwise the clock is asked once per call.
        root: what `$root` leads to: a mapping from names to values, or a function of a name.
        on_error: `"null"` makes an operation that fails null; `"raise"`, the default, raises.
        schema: the types of the rows' properties; strings are read as what it says.
        coerce: whether a string may stand for the date, time, duration or GUID it is compared with.
        collation: a key function for the order of strings; otherwise they are ordered by code point.
        functions: custom functions by name; called with the bound value, if there is one, and named arguments.
        keys: for each collection-valued property the names of its members' key properties.
    """

    parameters: Mapping[str, object]
    now: dt.datetime
    root: Mapping[str, object] | Callable[[str], object]
    on_error: PythonLiteral["raise", "null"]
    schema: Schema
    coerce: bool
    collation: Callable[[str], object]
    functions: Mapping[str, Callable[..., object]]
    keys: Mapping[str, Sequence[str]]


@final
class Filter:
    """An immutable OData filter. Two filters are equal when their trees are; text and spacing do not count.

    >>> f = Filter.parse("species eq 'cat' and lens ne 'wide'")
    >>> f.matches({"species": "cat"})
    True
    """

    __slots__ = ("_evaluation", "_expression", "_predicate", "_source")

    _expression: Node
    _source: str | None
    _evaluation: evaluator.Evaluation | None
    _predicate: Predicate | None

    def __init__(self, expression: Node) -> None:
        """Hold a tree that was made by hand.

        Raises:
            FilterValidationError: no text reads as this tree (a name with a space, an unknown operator).
        """
        _check_readable(expression)
        _set_expression(self, expression)
        _set_source(self, None)
        _set_evaluation(self, None)
        _set_predicate(self, None)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        message = f"a Filter cannot be changed: {name}"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> NoReturn:
        message = f"a Filter cannot be changed: {name}"
        raise AttributeError(message)

    @classmethod
    def parse(cls, text: str, *, profile: Profile | None = None, limits: Limits = DEFAULT) -> Self:
        """Read a filter from its text, percent-decoded.

        Args:
            text: the value of `$filter`.
            profile: what the filter must keep to, by `validate`; it also says whether `metadata=` may stand in
                front. Without one, every expression of the language will do, a condition or not.
            limits: how long, how deep and how large the filter may be.

        Raises:
            FilterSyntaxError: the text is no filter.
            FilterValidationError: it is one, but not for this profile; carries every problem.
        """
        prefix = profile is not None and profile.prefix is not None
        made = cls._of(parser.parse(text, prefix=prefix, limits=limits), text)
        if profile is not None:
            made.validate(profile=profile)
        return made

    @classmethod
    def _of(cls, expression: Node, source: str | None = None) -> Self:
        """A filter of a tree that parser or builder made, so that it need not be read back."""
        return _new_filter(None, expression, None, source)

    # ---- The tree and its text -------------------------------------------------------------------

    @property
    def expression(self) -> Node:
        """The root node of the tree."""
        return self._expression

    @property
    def source(self) -> str:
        """The text that was parsed, or the canonical text of a filter that was built."""
        return str(self) if self._source is None else self._source

    def __str__(self) -> str:
        """The canonical text on one line; `Filter.parse` reads it back as an equal filter."""
        return _text(self._expression)

    def pretty(self, width: int = 80) -> str:
        """The canonical text wrapped at `width` characters; reads back as an equal filter."""
        from odata_filter import printer  # noqa: PLC0415 - who only asks about rows does not wait for its import

        return printer.pretty(self._expression, width)

    def __repr__(self) -> str:
        """What makes the filter again; of a long filter the beginning, the end and the length."""
        text = str(self)
        if len(text) <= _LONG:
            return f"Filter.parse({text!r})"
        return f"<Filter {text[: _LONG // 2]} … {text[-_LONG // 4 :]} ({len(text):,} characters)>"

    def _repr_html_(self) -> str:
        """The filter for a notebook, wrapped; of a long one the beginning and how many lines there are."""
        from html import escape  # noqa: PLC0415 - only notebooks need it

        lines = self.pretty().split("\n")
        more = [f"… {len(lines) - _LINES:,} more lines"] if len(lines) > _LINES else []
        return f"<pre>{escape(chr(10).join([*lines[:_LINES], *more]))}</pre>"

    def __eq__(self, other: object) -> bool:
        return self._expression == other._expression if isinstance(other, Filter) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._expression)

    def __reduce__(self) -> tuple[Callable[..., "Filter"], tuple[Node, str | None]]:
        return Filter._of, (self._expression, self._source)

    # ---- Logic -------------------------------------------------------------------------------------

    def __and__(self, other: object) -> "Filter":
        """Both hold: `f & g`."""
        return joined("and", (self, other)) if isinstance(other, Filter) else NotImplemented

    def __or__(self, other: object) -> "Filter":
        """At least one holds: `f | g`."""
        return joined("or", (self, other)) if isinstance(other, Filter) else NotImplemented

    def __invert__(self) -> "Filter":
        """It does not hold, `~f`: true becomes false, false true, and null stays null."""
        return Filter._of(checked(Not(self._expression)))

    def __bool__(self) -> NoReturn:
        """Never: a filter has no truth value without a row.

        Raises:
            FilterValidationError: always; it says what to write instead.
        """
        hint = "join filters with & | ~ and parentheses, write two comparisons instead of a chained one, and ask "
        hint += "f.matches(row) for a yes or no"
        raise FilterValidationError(
            Problem(message="a filter has no truth value of its own", code="truth-value", hint=hint)
        )

    # ---- Problems ----------------------------------------------------------------------------------

    def problems(
        self, *, profile: Profile = ODATA, schema: Schema | None = None, parameters: Collection[str] | None = None
    ) -> tuple[Problem, ...]:
        """Everything that is wrong with the filter, in the order of the text, each with its place in `source`.

        Args:
            profile: what the endpoint accepts.
            schema: the types of the rows' properties; without one, properties may have any name and type.
            parameters: the names of the parameter aliases that have a value, or None to accept them all.
        """
        from odata_filter import validator  # noqa: PLC0415 - likewise

        found = validator.problems(self._with_places(), profile, schema, parameters)
        source = self.source
        return tuple(replace(problem, source=source) for problem in found)

    def _with_places(self) -> Node:
        """The tree with the places of its nodes in `source`; a filter that was built is read back to have some."""
        return self._expression if self._source is not None else parser.parse(self.source)

    def validate(
        self, *, profile: Profile = ODATA, schema: Schema | None = None, parameters: Collection[str] | None = None
    ) -> None:
        """Accept the filter, or say why not. Args are those of `problems`.

        Raises:
            FilterValidationError: there are problems other than warnings; it carries all, warnings too.
        """
        found = self.problems(profile=profile, schema=schema, parameters=parameters)
        if any(problem.severity == "error" for problem in found):
            raise FilterValidationError(*found)

    def lower(self, profile: Profile) -> "Filter":
        """An equal filter in what a profile accepts: `not` pushed inwards, `in` and `case` unfolded, constants folded.

        A filter to which nothing of this applies is its own lowering.

        Equal means that both keep the same rows, as long as each property of a row is missing, null, or of a type that
        compares with what it is compared with, as the strings of the Custom Vision endpoint are.

        Raises:
            UnsupportedFilterError: something cannot be said in the profile; it carries a problem for each part.
        """
        from odata_filter import rewriter, validator  # noqa: PLC0415 - likewise

        source = self.source
        try:
            found = checked(rewriter.lowered(self._with_places(), profile, _constants()))
            unsaid = [p for p in validator.problems(found, profile) if p.severity == "error"]
        except (UnsupportedFilterError, FilterValidationError) as error:
            unsaid = list(error.problems)
        if unsaid:
            raise UnsupportedFilterError(*(replace(problem, source=source) for problem in unsaid))
        return self if found == self._expression else Filter._of(parser.parse(_text(found)))

    # ---- Rows --------------------------------------------------------------------------------------

    def evaluate(self, row: object, **options: Unpack[Options]) -> object:
        """The value of the expression for a row; None is null.

        Args:
            row: a mapping from property names to values, or a dataclass, attrs or Pydantic object; a missing
                property is null.
            options: see `Options`; all are optional.

        Raises:
            FilterEvaluationError: the standard makes the expression fail for this row.
            UnsupportedFilterError: a part of the expression cannot be evaluated with these options.
        """
        return self._asked(row, self._compiled(options), _scope(options), options)

    def matches(self, row: object, **options: Unpack[Options]) -> bool:
        """Whether the filter keeps a row: its value is true; false and null both mean no (section 5.1.2).

        Args and errors are those of `evaluate`.
        """
        predicate = self._predicate
        if predicate is not None and predicate.quick is not None and not options:
            return predicate.quick(row)
        test, scope = self._test(options)
        return test(row) if scope is None else self._asking().matches(row, scope, test, alone=not options)

    def predicate(self, **options: Unpack[Options]) -> Callable[[object], bool]:
        """`matches` as a function of the row alone, made once for many rows: `filter(f.predicate(), rows)`.

        Options and errors are those of `evaluate`; the options are looked at here, so that `now()` is one moment.
        """
        test, scope = self._test(options)
        return test if scope is None else self._asking().test(scope, test)

    def select(self, rows: Iterable[Row], **options: Unpack[Options]) -> Iterator[Row]:
        """The rows that the filter keeps, one by one, in their order. Args and errors are those of `evaluate`."""
        test, scope = self._test(options)
        return filter(test, rows) if scope is None else self._asking().select(in_turn(rows), scope, test)

    def count(self, rows: Iterable[object], **options: Unpack[Options]) -> int:
        """How many rows the filter keeps. Args and errors are those of `evaluate`."""
        test, scope = self._test(options)
        return sum(map(test, rows)) if scope is None else self._asking().count(in_turn(rows), scope, test)

    def _asking(self) -> Predicate:
        """What answers for rows, made when the first is asked about."""
        if self._predicate is None:
            _set_predicate(self, Predicate(self._expression))
        return cast("Predicate", self._predicate)

    def _test(self, options: Options) -> tuple[Callable[[object], bool], evaluator.Scope | None]:
        """The evaluator's test, and the scope for compiled ones; None where options change what the parts mean."""
        compiled, scope = self._compiled(options), _scope(options)

        def test(row: object) -> bool:
            return self._asked(row, compiled, scope, options) is True

        return test, None if _CONTEXT_OPTIONS & options.keys() else scope

    def explain(self, row: object = _NO_ROW, **options: Unpack[Options]) -> "Explanation":
        """Why the filter keeps a row or does not: the value of every part, drawn as a tree by `str`.

        Args:
            row: a row as `evaluate` takes it; without one, the tree is all there is.
            options: see `Options`. A part that fails is said to, and stops nothing here.
        """
        from odata_filter import explanation  # noqa: PLC0415 - likewise

        expression = self._with_places()
        if row is _NO_ROW:
            return explanation.outline(expression)
        try:
            return explanation.explanation(expression, row, _context(options), _scope(options))
        except RecursionError:
            raise self._too_deep() from None

    def _compiled(self, options: Options) -> evaluator.Evaluation:
        """The evaluation in the context of the options; the one without any is kept."""
        if self._evaluation is not None and not _CONTEXT_OPTIONS & options.keys():
            return self._evaluation
        try:
            compiled = evaluator.evaluation(self._expression, _context(options))
        except UnsupportedFilterError as error:
            raise self._placed(error, lambda: self._read_back(options)) from None
        if not _CONTEXT_OPTIONS & options.keys():
            _set_evaluation(self, compiled)
        return compiled

    def _asked(self, row: object, compiled: evaluator.Evaluation, scope: evaluator.Scope, options: Options) -> object:
        try:
            return compiled(row, scope)
        except (FilterEvaluationError, UnsupportedFilterError) as error:
            raise self._placed(error, lambda: self._read_back(options)(row, scope)) from None
        except RecursionError:
            raise self._too_deep() from None

    def _too_deep(self) -> FilterEvaluationError:
        message = "a value of the row is nested too deeply"
        return FilterEvaluationError(Problem(message=message, code="nesting", source=self.source))

    def _read_back(self, options: Options) -> evaluator.Evaluation:
        return evaluator.evaluation(parser.parse(self.source), _context(options))

    def _placed(self, error: FilterError, again: Callable[[], object]) -> FilterError:
        """The error with its place in `source`; a filter that was built is read back to have places."""
        if self._source is None:
            try:
                again()
            except (FilterEvaluationError, UnsupportedFilterError) as placed:
                error = placed
        return type(error)(*(replace(problem, source=self.source) for problem in error.problems))


_set_expression, _set_source, _set_evaluation, _set_predicate = (
    vars(Filter)[name].__set__ for name in ("_expression", "_source", "_evaluation", "_predicate")
)
"""The only way into a Filter, for this module alone."""


_new_filter = cast("Callable[[None, Node, None, str | None], Filter]", maker(Filter))
"""What makes a Filter of all its slots, in their order."""

_CONTEXT_OPTIONS = frozenset({"schema", "coerce", "collation", "functions", "keys"})


def _constants() -> Callable[[Node], object]:
    """What gives the value of an expression without names; all of them may take the work of one row together."""
    work = 0

    def constant(node: Node) -> object:
        nonlocal work
        scope = evaluator.Scope()
        if work > evaluator.MAX_WORK and evaluator.multiplies(node):
            message = "this takes too much work for one row"
            raise FilterEvaluationError(Problem(message=message, code="too-much-work"))
        try:
            return evaluator.evaluation(node, evaluator.Context())({}, scope)
        finally:
            work += scope.work

    return constant


def _context(options: Options) -> evaluator.Context:
    given = {name: value for name, value in options.items() if name in _CONTEXT_OPTIONS}
    return evaluator.Context(**given)  # type: ignore[arg-type] # the options have the fields' names and types


def _scope(options: Options) -> evaluator.Scope:
    if not options:
        return evaluator.Scope()
    unknown = sorted(options.keys() - Options.__optional_keys__)
    if unknown:
        raise TypeError(f"there is no option {unknown[0]}; there are {', '.join(sorted(Options.__optional_keys__))}")
    parameters = {
        name: evaluator.Expression(value._compiled({})) if isinstance(value, Filter) else value  # noqa: SLF001
        for name, value in options.get("parameters", {}).items()
    }
    root = options.get("root")
    return evaluator.Scope(
        parameters=parameters,
        now=options.get("now"),
        root=root.get if isinstance(root, Mapping) else root,
        failures_are_null=options.get("on_error") == "null",
    )


def joined(operator: str, filters: Iterable[Filter]) -> Filter:
    """Two or more filters under one `and` or `or`, flat.

    Raises:
        FilterValidationError: the tree would be nested too deeply.
    """
    operands: list[Node] = []
    for one in filters:
        node = one.expression
        if isinstance(node, Logical) and node.operator == operator:
            operands += node.operands
        else:
            operands.append(checked(node, MAX_DEPTH - 1))
    return Filter._of(Logical(operator, tuple(operands)))  # noqa: SLF001 - Filter's own module


def checked(node: Node, limit: int = MAX_DEPTH) -> Node:
    """The node itself, when it is at most `limit` levels deep.

    Raises:
        FilterValidationError: it is deeper.
    """
    if too_deep(node, limit) is None:
        return node
    hint = "a flat chain of `and` or `or` may have any length"
    message = f"nested more than {MAX_DEPTH} levels deep"
    raise FilterValidationError(Problem(message=message, code="nesting", hint=hint))


def _text(root: Node) -> str:
    from odata_filter import printer  # noqa: PLC0415 - likewise

    return printer.text(root)


def _check_readable(expression: Node) -> None:
    """Refuse a tree that its own text does not read back as."""
    try:
        text = _text(checked(expression))
        same = parser.parse(text) == expression
    except FilterSyntaxError as error:
        raise FilterValidationError(replace(error.problems[0], code="tree")) from None
    except (AssertionError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        message = f"this is no tree of nodes: {type(error).__name__}: {error}"
        raise FilterValidationError(Problem(message=message, code="tree")) from error
    if not same:
        message = "the tree is not in the form that its text reads back as"
        raise FilterValidationError(Problem(message=message, code="tree", source=text, position=0, end=len(text)))
