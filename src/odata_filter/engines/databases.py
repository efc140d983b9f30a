"""Operations of the standard to SQL: what every database says alike, and what each must say in its own way."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Final, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.elements import BooleanClauseList
from sqlalchemy.types import TypeEngine

from odata_filter import edm, values
from odata_filter.engines.capabilities import COMMON, Capabilities
from odata_filter.engines.terms import (
    FOLDED,
    NUMBER,
    NUMERIC,
    ORDERS,
    SQL_OPERATORS,
    Comparer,
    Sql,
    Term,
    disjunction,
)

DOCUMENT = "JSON"
"""The kind of a column that holds a JSON document."""

PARTS = COMMON | {"any", "all", "/$count", "case", "collection", "indexof", "tolower", "toupper"}
"""The parts of the language that SQL can say."""

INTEGER, TEXT = sa.BigInteger(), sa.Text()
DOUBLE: sa.Double[float] = sa.Double()
_TYPES: Mapping[str, TypeEngine[Any]] = {
    edm.BOOLEAN: sa.Boolean(),
    edm.INT64: INTEGER,
    edm.DOUBLE: DOUBLE,
    edm.DECIMAL: sa.Numeric(),
    edm.STRING: TEXT,
    edm.GUID: sa.Uuid(),
    edm.DATE: sa.Date(),
    edm.TIME_OF_DAY: sa.Time(),
    edm.DATE_TIME_OFFSET: sa.DateTime(timezone=True),
    edm.LOCAL_TIME: sa.DateTime(),
    edm.DURATION: sa.Interval(),
    edm.BINARY: sa.LargeBinary(),
}
"""How a constant of each kind is bound."""

LAST_PLACE: Final = 2**31 - 2
"""The last place in a string that a database can be asked for."""

_STORED_IN_MANY_WAYS = frozenset({edm.GUID, edm.DATE, edm.TIME_OF_DAY, edm.LOCAL_TIME})

_CASES: Mapping[str, Mapping[str, str]] = {
    "tolower": {char: char.lower() for char in "\u0130\u212a"},
    "toupper": {
        char: char.upper()
        for char in "\xdf\u0131\u0149\u017f\u01f0\u1e96\u1e97\u1e98\u1e99\u1e9a"
        "\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06"
    },
}
"""The characters beyond ASCII whose lower or upper case has ASCII letters in it."""


class Refusal(Exception):  # noqa: N818 - it becomes an UnsupportedFilterError where the place in the filter is known
    """What a database cannot say, in the user's words, and what to write instead."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        """Hold both."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class Spot(ABC):
    """A place in a JSON document: the document itself, what a path leads to, or a member of a list."""

    @abstractmethod
    def child(self, key: str) -> "Spot":
        """What stands under a key; nothing where this is no object."""

    @abstractmethod
    def term(self) -> Term:
        """The value."""

    @abstractmethod
    def is_list(self) -> Sql:
        """Whether the value is a list; NULL where there is none."""

    @abstractmethod
    def size(self) -> Sql:
        """How many members the list has; only asked where it is one."""

    @abstractmethod
    def members(self) -> tuple[sa.FromClause, "Spot"]:
        """The members of the list as rows, none where it is no list, and the place of each."""


class Database(Comparer):
    """One database's way to say things.

    Attributes:
        capabilities: the parts of the language that it says.
        library: SQLAlchemy's picture of it.
        depth: how many parts may stand open at once while a condition is read.
        collation: the one whose order is that of code points.
    """

    capabilities: ClassVar[Capabilities]
    library: ClassVar[sa.Dialect]
    collation: ClassVar[str]
    depth: ClassVar[int]

    # ---- Columns and constants ---------------------------------------------------------------------

    def column(self, element: Sql) -> tuple[str, Sql]:
        """The kind of a column's values, and the column, compared by code points.

        Raises:
            Refusal: it has no type that OData and the database mean alike.
        """
        declared = element.type
        own = declared if isinstance(declared, sa.Interval) else declared.dialect_impl(self.library)
        kind = self._kind(own, declared)
        if kind is None:
            raise Refusal(f"{self.capabilities.name} cannot say what OData means for a column of type {declared!r}")
        return kind, self._by_code_points(element) if kind == edm.STRING else element

    @abstractmethod
    def _kind(self, own: TypeEngine[Any], declared: TypeEngine[Any]) -> str | None:
        """The kind of the values in a column of a type, as the database has it and as it was declared.

        None where they are not exactly those that were put in.
        """

    @abstractmethod
    def _by_code_points(self, text: Sql) -> Sql:
        """A column of strings so that equal ones have the same code points."""

    @abstractmethod
    def document(self, element: Sql) -> Spot:
        """The document that a JSON column holds."""

    def constant(self, value: object) -> Term:
        """A constant other than null as a term.

        Raises:
            Refusal: the database has no such value.
        """
        kind = values.kind(value)
        self.check(value)
        return Term({kind: sa.literal(value, _TYPES[kind])}, sa.false())

    def check(self, value: object) -> None:
        """Accept a constant that can be bound.

        Raises:
            Refusal: it cannot.
        """
        if values.kind(value) not in _TYPES:
            raise Refusal(f"{self.capabilities.name} cannot compare with a constant such as {value!a:.40}")
        if isinstance(value, str):
            self._check_text(value)

    def check_key(self, key: str) -> None:
        """Accept a key of a JSON object, which stands in the statement itself.

        Raises:
            Refusal: no statement can have it.
        """
        self._check_text(key)
        if "\0" in key:
            raise Refusal(f"{self.capabilities.name} has no keys with U+0000")

    def _check_text(self, text: str) -> None:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Refusal(f"{self.capabilities.name} has no lone surrogates") from None

    def accepted(self, condition: Sql) -> Sql:
        """The condition itself, when the database can be asked it.

        Raises:
            Refusal: it is too long, or too deeply nested.
        """
        found = _extent(condition)
        if found.depth > self.depth:
            raise Refusal(f"this is nested too deeply for {self.capabilities.name}", "flat chains may have any length")
        if found.constants > MAX_CONSTANTS or found.size > MAX_SIZE:
            raise Refusal(
                f"this is too long for {self.capabilities.name}: {found.constants} constants, {found.size} parts"
            )
        return condition

    # ---- Comparisons -------------------------------------------------------------------------------

    def with_constant(self, operator: str, kind: str, form: Sql, value: object) -> Sql:
        """See `Comparer`."""
        if kind in NUMERIC:
            return self._number_test(operator, kind, form, cast("values.Number", value))
        self.check(value)
        if kind in FOLDED:
            form = self.folded(kind, form, cast("str", value))
        return self._test(operator, kind, form, sa.literal(value, _bound_type(kind, form)))

    def with_form(self, operator: str, left: tuple[str, Sql], right: tuple[str, Sql]) -> Sql:
        """See `Comparer`."""
        kind, form = left
        return (
            self._numbers_test(operator, left, right) if kind in NUMERIC else self._test(operator, kind, form, right[1])
        )

    def among(self, kind: str, form: Sql, found: Sequence[object]) -> Sql:
        """See `Comparer`."""
        if kind in NUMERIC:
            return self._numbers_among(kind, form, cast("Sequence[values.Number]", found))
        for value in found:
            self.check(value)
        if kind in FOLDED:
            form = self.folded(kind, form, "".join(map(str, found)))
        return is_in(form, found, _bound_type(kind, form))

    def _test(self, operator: str, kind: str, left: Sql, right: Sql) -> Sql:
        if kind == edm.STRING and operator in ORDERS and getattr(left.type, "collation", None) != self.collation:
            left = sa.collate(left, self.collation)
        return cast("Sql", SQL_OPERATORS[operator](left, right))

    def _numbers_among(self, kind: str, form: Sql, found: Iterable[values.Number]) -> Sql:
        groups: dict[str, list[object]] = {}
        for value in found:
            if not _is_nan(value):
                wanted, number = self.number(kind, form, value)
                groups.setdefault(wanted, []).append(number)
        tests = [is_in(self.converted(form, kind, wanted), given, _TYPES[wanted]) for wanted, given in groups.items()]
        return disjunction(tests or [sa.false()])

    def _number_test(self, operator: str, kind: str, form: Sql, value: values.Number) -> Sql:
        """REC: NaN is unequal to every number, and in no order with any."""
        if _is_nan(value):
            return sa.case((form.is_not(None), sa.literal(operator == "ne", sa.Boolean())))
        wanted, number = self.number(kind, form, value)
        constant = sa.literal(number, _TYPES[wanted])
        converted = self.converted(form, kind, wanted)
        return self._without_nan(operator, kind, cast("Sql", SQL_OPERATORS[operator](converted, constant)), form)

    @abstractmethod
    def number(self, kind: str, form: Sql, value: values.Number) -> tuple[str, object]:
        """The kind as which a number meets a constant, and the constant of that kind.

        Raises:
            Refusal: the database would compare them with less than OData's precision.
        """

    @abstractmethod
    def converted(self, form: Sql, kind: str, wanted: str) -> Sql:
        """A number of a kind so that it compares as one of another kind."""

    @abstractmethod
    def _without_nan(self, operator: str, kind: str, test: Sql, form: Sql) -> Sql:
        """A test of a number against a constant, for NaN in the number as well."""

    @abstractmethod
    def _numbers_test(self, operator: str, left: tuple[str, Sql], right: tuple[str, Sql]) -> Sql:
        """Two numbers compared; NULL where one of them is."""

    # ---- Arithmetic (5.1.1.2, 5.1.1.9) --------------------------------------------------------------

    def number_forms(self, term: Term) -> list[tuple[str, Sql]]:
        """The forms of a term that are numbers, a JSON number as the two kinds that it can be of."""
        found = [(kind, form) for kind, form in term.forms.items() if kind in NUMERIC]
        return [part for kind, form in found for part in (self._halves(form) if kind == NUMBER else [(kind, form)])]

    @abstractmethod
    def _halves(self, form: Sql) -> list[tuple[str, Sql]]:
        """A JSON number as an integer, and as a double."""

    @abstractmethod
    def arithmetic(self, operator: str, left: tuple[str, Sql], right: tuple[str, Sql], divisor: object) -> Sql:
        """The result for two numbers, of the kind that `values.arithmetic_kind` says.

        Args:
            operator: add, sub, mul, div, divby or mod.
            left: a number's kind and form.
            right: likewise.
            divisor: the right operand where it is a constant, else None.

        Raises:
            Refusal: the database has no exact result.
        """

    @abstractmethod
    def rounded(self, function: str, kind: str, form: Sql) -> Sql:
        """`round`, `floor` or `ceiling` of a double or a decimal."""

    # ---- Strings (5.1.1.5, 5.1.1.7) and dates (5.1.1.8) ----------------------------------------------

    @abstractmethod
    def position(self, text: Sql, part: Sql) -> Sql:
        """Where a string is first found in another one, counted from 1; 0 where it is not."""

    @abstractmethod
    def length(self, text: Sql) -> Sql:
        """How many code points a string has."""

    @abstractmethod
    def ends_with(self, text: Sql, part: Sql, constant: str | None) -> Sql:
        """Whether a string ends with another one, which is also given as a Python string where it is a constant."""

    def starts_with(self, text: Sql, part: Sql, constant: str | None) -> Sql:
        """Likewise for the beginning."""
        if constant is None or "\0" in constant:
            return self.position(text, part) == 1
        return cast("Sql", self.slice(text, sa.literal(1, sa.Integer()), len(constant)) == part)

    def slice(self, text: Sql, first: Sql, length: int) -> Sql:
        """Part of a string, from the code point `first`, counted from 1."""
        return sa.func.substr(text, first, sa.literal(length, sa.Integer()), type_=TEXT)

    @abstractmethod
    def from_end(self, text: Sql, back: int) -> Sql:
        """The place, counted from 1, of the code point `back` before the end, or of the first one."""

    @abstractmethod
    def trimmed(self, text: Sql) -> Sql:
        """A string without the white space of Unicode at both ends."""

    def folded(self, function: str, text: Sql, constant: str) -> Sql:
        """`tolower` or `toupper`, right in the ASCII letters of a constant that it is compared with.

        Databases change ASCII alone, so that what else becomes these letters is replaced beforehand.

        Raises:
            Refusal: the constant has other letters.
        """
        if not constant.isascii():
            message = f"{self.capabilities.name} changes the case of ASCII letters only"
            raise Refusal(message, "compare what tolower and toupper give with ASCII text")
        for char, case in _CASES[function].items():
            if not set(constant).isdisjoint(case):
                text = sa.func.replace(text, sa.literal(char, TEXT), sa.literal(case, TEXT))
        fold = sa.func.lower if function == "tolower" else sa.func.upper
        return fold(sa.collate(text, self.collation), type_=TEXT)

    @abstractmethod
    def date_part(self, function: str, kind: str, form: Sql) -> Sql:
        """`year` to `second` of a date or time without offset."""


MAX_CONSTANTS: Final = 32_000
"""Values that any driver can bind."""
MAX_SIZE: Final = 250_000
"""Parts of a condition that SQLAlchemy makes text of within seconds."""


class _Extent(NamedTuple):
    """How large a condition is.

    Attributes:
        size: parts, each as often as it is written.
        constants: bound values, likewise.
        depth: words and parentheses that stand open at once while it is read.
    """

    size: int
    constants: int
    depth: int


def _extent(condition: Sql) -> _Extent:
    """How large a condition is; what is written many times is one object, and looked at once."""
    known: dict[int, _Extent] = {}
    waiting: list[ClauseElement] = [condition]
    while waiting:
        element = waiting[-1]
        parts = list(element.get_children())
        unknown = [part for part in parts if id(part) not in known]
        waiting += unknown
        if not unknown:
            known[id(waiting.pop())] = _joined_extent(element, [known[id(part)] for part in parts])
    return known[id(condition)]


def _joined_extent(element: ClauseElement, parts: Sequence[_Extent]) -> _Extent:
    return _Extent(
        1 + sum(part.size for part in parts),
        sum(part.constants for part in parts) + _constants(element),
        max((part.depth for part in parts), default=0) + next((n for kind, n in _OPEN if isinstance(element, kind)), 1),
    )


def _constants(element: ClauseElement) -> int:
    if not isinstance(element, sa.BindParameter) or element.literal_execute:
        return 0
    return len(cast("Sequence[object]", element.value)) if element.expanding else 1


_OPEN: Sequence[tuple[type, int]] = ((sa.Case, 4), (sa.BinaryExpression, 2), (BooleanClauseList, 2))
"""Words and parentheses that stand open while a part of an expression is read."""


def _bound_type(kind: str, form: Sql) -> TypeEngine[Any]:
    """The type that a constant is bound with: that of the column where there is more than one way to store it."""
    return form.type if kind in _STORED_IN_MANY_WAYS else _TYPES.get(kind, TEXT)


def _is_nan(value: values.Number) -> bool:
    return not isinstance(value, int) and math.isnan(value)


def is_in(form: Sql, found: Sequence[object], type_: TypeEngine[Any]) -> Sql:
    """Whether a form is one of some values."""
    if len(found) == 1:
        return cast("Sql", form == sa.literal(found[0], type_))
    return form.in_(sa.bindparam(None, list(found), type_, unique=True, expanding=True))


def fits_a_double(value: Decimal) -> bool:
    """Whether a decimal has no more digits than a double keeps."""
    return Decimal(repr(float(value))) == value


def is_int64(value: object) -> bool:
    """Whether a value is an integer of 64 bits."""
    return isinstance(value, int) and -(2**63) <= value < 2**63
