"""Parts of a filter in SQL, each as its value by Edm kind, to conditions in OData's null logic.

A part of a filter may be of one kind (a column) or of several, row by row (what stands under a key of a JSON column).
It is held as one SQL expression for each kind, which is null in the rows where the value is of another kind, and one
that says in which rows it is null. Three-valued logic itself is the same in SQL as in OData.

A condition comes in two strengths. The exact one is true, false or null as the standard says. The loose one is true
for the same rows, and otherwise false or null as it comes: it is shorter, and indexes serve it.
"""

import operator as op
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType

from odata_filter import edm, values
from odata_filter.engines.folding import balanced

Sql: TypeAlias = sa.ColumnElement[Any]

NUMBER = "number"
"""The kind of a JSON number: an integer or a double, row by row."""
FOLDED = frozenset({"tolower", "toupper"})
"""The kinds of what these functions give; the form is the string itself, which is folded where it is compared."""
NUMERIC = values.NUMBERS | {NUMBER}
EQUATED = values.ORDERED_KINDS | {edm.BINARY}
"""The kinds, besides numbers, that `eq` compares."""
ORDERS = frozenset({"gt", "ge", "lt", "le"})


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a filter that differs from row to row.

    Attributes:
        forms: the value for each kind that it can have; SQL's NULL where it is of another kind.
        is_null: whether the value is null; itself never NULL.
        size: how many members a list has, NULL where it is none; None where the value is never a list or an object.
        equals: a condition that is true where the value equals one of some constants, none of them null, and false or
            NULL elsewhere; None where comparing the forms does as well.
    """

    forms: Mapping[str, Sql]
    is_null: Sql
    size: Sql | None = None
    equals: Callable[[Sequence[object]], Sql] | None = None

    def truth(self) -> Sql:
        """The value as a condition: NULL where it is no Boolean."""
        return self.forms.get(edm.BOOLEAN, sa.null())


@dataclass(frozen=True, slots=True)
class Constant:
    """A part of a filter that is the same for all rows; None is null."""

    value: object


Operand: TypeAlias = Term | Constant


class Comparer(ABC):
    """How a database compares two values of kinds that fit."""

    @abstractmethod
    def with_constant(self, operator: str, kind: str, form: Sql, value: object) -> Sql:
        """A form of a kind against a constant of the same kind, or a number against a number; NULL where it is."""

    @abstractmethod
    def among(self, kind: str, form: Sql, found: Sequence[object]) -> Sql:
        """Whether a form equals one of some constants of its kind; NULL where the form is."""

    @abstractmethod
    def with_form(self, operator: str, left: tuple[str, Sql], right: tuple[str, Sql]) -> Sql:
        """Two forms of the same kind, or two numbers; NULL where one of them is."""


def single(kind: str, form: Sql) -> Term:
    """A term of one kind."""
    return Term({kind: form}, form.is_(None))


def gathered(forms: Iterable[tuple[str, Sql]]) -> Term:
    """The term whose value is that of the one form that is not NULL; null where all of them are."""
    by_kind: dict[str, list[Sql]] = {}
    for kind, form in forms:
        by_kind.setdefault(kind, []).append(form)
    merged = {kind: first_of(found) for kind, found in by_kind.items()}
    return Term(merged, conjunction([form.is_(None) for form in merged.values()]))


def first_of(found: Sequence[Sql]) -> Sql:
    """The first of some expressions that is not NULL."""
    return found[0] if len(found) == 1 else sa.func.coalesce(*found) if found else sa.null()


# ---- Comparisons (5.1.1.1.1 to 5.1.1.1.6) --------------------------------------------------------------


def fit(operator: str, left: str, right: str) -> bool:
    """Whether the operator has an answer for two kinds; a folded string can be compared with ASCII, by `eq` alone."""
    if left in NUMERIC and right in NUMERIC:
        return True
    if operator in ORDERS:
        return left == right and left in values.ORDERED_KINDS
    return (left == right and left in EQUATED) or (left in FOLDED and right == edm.STRING)


def compared(operator: str, left: Operand, right: Operand, comparer: Comparer, *, exact: bool) -> Sql:
    """`left` eq, ne, gt, ge, lt or le `right`, at least one of them a term."""
    if isinstance(left, Constant):
        return compared(values.TURNED.get(operator, operator), right, left, comparer, exact=exact)
    if not isinstance(right, Constant):
        return _with_term(operator, left, right, comparer, exact=exact)
    if right.value is None:
        return _with_null(operator, left)
    if operator == "eq" and not exact and left.equals is not None:
        return left.equals([right.value])
    kind = values.kind(right.value)
    fitting = [name for name in left.forms if fit(operator, name, kind)]
    if operator == "ne" and _is_simple(left, fitting):
        return comparer.with_constant("is distinct", fitting[0], left.forms[fitting[0]], right.value)
    found = first_of([comparer.with_constant(operator, name, left.forms[name], right.value) for name in fitting])
    if not exact:
        return disjunction([left.is_null, found]) if operator == "ne" else found
    answer = sa.true() if operator == "ne" else sa.false()
    if _is_typed(left) and fitting:
        return sa.func.coalesce(found, answer)
    return sa.case((left.is_null, answer), else_=found)


def _with_null(operator: str, term: Term) -> Sql:
    """REC: `null ge null` is true."""
    if operator in {"gt", "lt"}:
        return sa.false()
    return sa.not_(term.is_null) if operator == "ne" else term.is_null


def _with_term(operator: str, left: Term, right: Term, comparer: Comparer, *, exact: bool) -> Sql:
    pairs = [
        (first, second) for first in left.forms.items() for second in right.forms.items()
        if fit(operator, first[0], second[0])
    ]  # fmt: skip
    if operator in {"eq", "ne"} and pairs and _is_simple(left, [pairs[0][0][0]]) and _is_typed(right):
        return comparer.with_form("is distinct" if operator == "ne" else "is same", *pairs[0])
    found = first_of([comparer.with_form(operator, first, second) for first, second in pairs])
    both = conjunction([left.is_null, right.is_null])
    answer = {"gt": sa.false(), "lt": sa.false(), "ne": sa.not_(both)}.get(operator, both)
    if not exact:
        either = disjunction([left.is_null, right.is_null])
        extra = conjunction([either, sa.not_(both)]) if operator == "ne" else both
        return found if operator in {"gt", "lt"} else disjunction([found, extra])
    return sa.case((disjunction([left.is_null, right.is_null]), answer), else_=found)


def _is_typed(term: Term) -> bool:
    """Whether the value is of one kind in every row where it is not null."""
    return len(term.forms) == 1 and term.size is None


def _is_simple(term: Term, kinds: Sequence[str]) -> bool:
    """Whether SQL's own null-safe comparison will do: it has no NaN, and two numbers may be of different types."""
    return _is_typed(term) and len(kinds) == 1 and kinds[0] not in NUMERIC | FOLDED


def is_among(term: Term, found: Sequence[object], comparer: Comparer, *, exact: bool) -> Sql:
    """Whether a term equals one of some constants (5.1.1.1.11)."""
    present = [value for value in found if value is not None]
    tests = [term.is_null] if len(present) < len(found) else []
    if present and term.equals is not None:
        tests.append(term.equals(present))
    elif present:
        for kind, form in term.forms.items():
            fitting = [value for value in present if fit("eq", kind, values.kind(value))]
            tests += [comparer.among(kind, form, fitting)] if fitting else []
    if not tests:
        return sa.false()
    return sa.func.coalesce(disjunction(tests), sa.false()) if exact else disjunction(tests)


def is_none_of(term: Term, found: Sequence[object], comparer: Comparer) -> Sql:
    """Whether a term is unequal to each of some constants of one kind, none of them null; loose."""
    kind = values.kind(found[0])
    tests = [sa.not_(comparer.among(name, form, found)) for name, form in term.forms.items() if fit("eq", name, kind)]
    return disjunction([term.is_null, first_of(tests)])


SQL_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "eq": op.eq,
        "ne": op.ne,
        "gt": op.gt,
        "ge": op.ge,
        "lt": op.lt,
        "le": op.le,
        "is distinct": lambda left, right: left.is_distinct_from(right),
        "is same": lambda left, right: left.is_not_distinct_from(right),
    }
)


# ---- and, or -------------------------------------------------------------------------------------------

_WIDTH = 8
"""Conditions in a row without parentheses: SQLite reads `a or b or c` as nested, and has a limit for that."""


def conjunction(conditions: Sequence[Sql]) -> Sql:
    """All of the conditions, in a balanced tree."""
    return _joined(sa.and_, conditions)


def disjunction(conditions: Sequence[Sql]) -> Sql:
    """At least one of the conditions, in a balanced tree."""
    return _joined(sa.or_, conditions)


def _joined(join: Callable[..., Sql], conditions: Sequence[Sql]) -> Sql:
    if len(conditions) <= _WIDTH:
        return join(*conditions)
    return balanced(conditions, lambda group: Parenthesised(join(*group)), _WIDTH)


class Parenthesised(FunctionElement[bool]):
    """A condition in parentheses that SQLAlchemy does not take away."""

    type = sa.Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> Self:
        """Itself: SQLAlchemy would write `= 1` after it, which keeps SQLite from its indexes."""
        del against
        return self


@compiles(Parenthesised)
def _in_parentheses(element: Parenthesised, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as SQLAlchemy passes them
    return f"({compiler.process(element.clauses, **options)})"
