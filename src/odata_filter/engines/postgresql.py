"""Operations of the standard to PostgreSQL's SQL, on its exact numbers, doubles, strings and JSONB documents.

A double that leaves its range makes the statement fail. PostgreSQL keeps the moment of a DateTimeOffset and not its
offset, so `year` to `second` of one are refused. A JSON column is read as JSONB.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from odata_filter import edm, values
from odata_filter.engines.capabilities import Capabilities
from odata_filter.engines.databases import (
    DOCUMENT,
    DOUBLE,
    INTEGER,
    LAST_PLACE,
    PARTS,
    TEXT,
    Database,
    Refusal,
    Spot,
    fits_a_double,
    is_int64,
)
from odata_filter.engines.terms import NUMBER, SQL_OPERATORS, Sql, Term, conjunction, disjunction
from odata_filter.functions import WHITE_SPACE

_JSONB = postgresql.JSONB()
_NUMERIC = sa.Numeric()
_SINGLE_DIGITS = 24
"""Binary digits of a number in single precision."""
_MIGHT_BE_NAN = frozenset({edm.DOUBLE, edm.DECIMAL})


class PostgreSQL(Database):
    """PostgreSQL 14 or newer, in a database with the encoding UTF8."""

    capabilities = Capabilities(name="PostgreSQL", parts=PARTS)
    library: ClassVar[sa.Dialect] = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy annotates no constructor
    collation = "C"
    depth = 120

    def _kind(self, own: TypeEngine[Any], declared: TypeEngine[Any]) -> str | None:
        match own:
            case sa.JSON():
                return DOCUMENT
            case sa.Interval() | postgresql.INTERVAL():
                return edm.DURATION
            case sa.Enum() | sa.TypeDecorator():
                return None
            case sa.Boolean():
                return edm.BOOLEAN
            case sa.Integer():
                return edm.INT64
            case sa.Float(precision=precision):
                single = (precision or math.inf) <= _SINGLE_DIGITS or self._written(declared) == "REAL"
                return None if single else edm.DOUBLE
            case sa.Numeric():
                return edm.DECIMAL
            case sa.String():
                return None if self._written(declared).startswith("CHAR") else edm.STRING
            case sa.Date():
                return edm.DATE
            case sa.Time(timezone=False):
                return edm.TIME_OF_DAY
            case sa.DateTime(timezone=timezone):
                return edm.DATE_TIME_OFFSET if timezone else edm.LOCAL_TIME
            case sa.Uuid(as_uuid=True):
                return edm.GUID
            case sa.LargeBinary():
                return edm.BINARY
            case _:
                return None

    def _written(self, declared: TypeEngine[Any]) -> str:
        """What the database calls a type: SQLAlchemy's picture of REAL and CHAR does not tell them from others."""
        return str(declared.compile(dialect=self.library))

    def _by_code_points(self, text: Sql) -> Sql:
        """A column with a collation of its own may have equal strings of different code points."""
        return text if cast("sa.String", text.type).collation is None else sa.collate(text, self.collation)

    def document(self, element: Sql) -> Spot:
        """See `Database`."""
        own = element.type.dialect_impl(self.library)
        root = element if isinstance(own, postgresql.JSONB) else sa.cast(element, _JSONB)
        return _Place(root, (), root, _text_of(root))

    def _check_text(self, text: str) -> None:
        super()._check_text(text)
        if "\0" in text:
            raise Refusal("PostgreSQL has no strings with U+0000")

    # ---- Numbers -----------------------------------------------------------------------------------

    def number(self, kind: str, form: Sql, value: values.Number) -> tuple[str, object]:
        """See `Database`."""
        if kind == edm.DOUBLE:
            if isinstance(value, int) and _as_double(value) != value:
                raise Refusal(f"PostgreSQL compares a double with {value} as a double, and that has fewer digits")
            return edm.DOUBLE, _as_double(value)
        if kind == NUMBER:
            return edm.DECIMAL, _json_number(value)
        if isinstance(value, float) and (kind == edm.DECIMAL or math.isinf(value)):
            return edm.DOUBLE, value
        if is_int64(value) and kind == edm.INT64 and isinstance(form.type, sa.Integer):
            return edm.INT64, value
        return edm.DECIMAL, Decimal(value)

    def converted(self, form: Sql, kind: str, wanted: str) -> Sql:
        """See `Database`; integers and decimals compare with each other as they are."""
        return sa.cast(form, DOUBLE) if wanted == edm.DOUBLE and kind != edm.DOUBLE else form

    def _without_nan(self, operator: str, kind: str, test: Sql, form: Sql) -> Sql:
        """For PostgreSQL, NaN is above all numbers."""
        return sa.and_(test, form != _nan(kind)) if operator in {"gt", "ge"} and kind in _MIGHT_BE_NAN else test

    def _numbers_test(self, operator: str, left: tuple[str, Sql], right: tuple[str, Sql]) -> Sql:
        kinds = {left[0], right[0]}
        if edm.DOUBLE in kinds:
            first, second = _exact_double(*left), _exact_double(*right)
        else:
            first, second = left[1], right[1]
        test = cast("Sql", SQL_OPERATORS[operator](first, second))
        doubtful = [(kind, form) for kind, form in (left, right) if kind in _MIGHT_BE_NAN]
        if operator == "ne":
            return disjunction([test, *(form == _nan(kind) for kind, form in doubtful)])
        return conjunction([test, *(form != _nan(kind) for kind, form in doubtful)])

    def _halves(self, form: Sql) -> list[tuple[str, Sql]]:
        scale = sa.func.scale(form)
        return [(edm.INT64, sa.case((scale == 0, form))), (edm.DOUBLE, sa.case((scale > 0, sa.cast(form, DOUBLE))))]

    def arithmetic(self, operator: str, left: tuple[str, Sql], right: tuple[str, Sql], divisor: object) -> Sql:
        """See `Database`."""
        kind = values.arithmetic_kind(operator, left[0], right[0])
        if kind == edm.DECIMAL and operator in {"div", "divby"}:
            raise Refusal(f"PostgreSQL has no {operator} of decimals with OData's digits")
        if kind == edm.DOUBLE and (operator == "mod" or (operator in {"div", "divby"} and not divisor)):
            raise Refusal(f"PostgreSQL has no exact {operator} of doubles", "divide by a number that is not 0")
        type_ = DOUBLE if kind == edm.DOUBLE else _NUMERIC
        first, second = (
            form if isinstance(form.type, type(type_)) else sa.cast(form, type_) for _, form in (left, right)
        )
        if operator == "mod":
            return sa.func.mod(first, sa.func.nullif(second, 0), type_=_NUMERIC)
        if operator == "div" and kind == edm.INT64:
            return sa.func.div(first, sa.func.nullif(second, 0), type_=_NUMERIC)
        sign = {"add": "+", "sub": "-", "mul": "*", "div": "/", "divby": "/"}[operator]
        return first.op(sign, precedence=8, return_type=type_)(second)

    def rounded(self, function: str, kind: str, form: Sql) -> Sql:
        """See `Database`; PostgreSQL rounds doubles half to even, and decimals half away from zero."""
        if function == "round" and kind == edm.DOUBLE:
            rest = form - sa.func.trunc(form)
            step = sa.case((rest >= 0.5, 1), (rest <= -0.5, -1), else_=0)  # noqa: PLR2004 - half
            return sa.func.trunc(form, type_=DOUBLE) + sa.cast(step, DOUBLE)
        name = {"ceiling": "ceil"}.get(function, function)
        return cast("Sql", getattr(sa.func, name)(form, type_=form.type))

    # ---- Strings and dates -------------------------------------------------------------------------

    def position(self, text: Sql, part: Sql) -> Sql:
        """See `Database`."""
        return sa.func.strpos(text, part, type_=sa.Integer())

    def length(self, text: Sql) -> Sql:
        """See `Database`."""
        return sa.func.char_length(text, type_=sa.Integer())

    def ends_with(self, text: Sql, part: Sql, constant: str | None) -> Sql:
        """See `Database`."""
        del constant
        return cast("Sql", sa.func.right(text, self.length(part), type_=TEXT) == part)

    def from_end(self, text: Sql, back: int) -> Sql:
        """See `Database`."""
        return sa.func.greatest(self.length(text) - sa.literal(min(back, LAST_PLACE), sa.Integer()), 0) + 1

    def trimmed(self, text: Sql) -> Sql:
        """See `Database`."""
        return sa.func.btrim(text, sa.literal(WHITE_SPACE, TEXT), type_=TEXT)

    def date_part(self, function: str, kind: str, form: Sql) -> Sql:
        """See `Database`; a second has its fraction with it."""
        del kind
        return sa.cast(sa.func.floor(sa.extract(function, form)), INTEGER)


def _nan(kind: str) -> Sql:
    return sa.cast(sa.literal_column("'NaN'"), DOUBLE if kind == edm.DOUBLE else _NUMERIC)


def _as_double(value: values.Number) -> float:
    """The nearest double; beyond all of them, infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _exact_double(kind: str, form: Sql) -> Sql:
    """A number as a double that is equal to it, or, of a decimal, as the nearest one, which is what OData compares."""
    if kind == edm.DOUBLE:
        return form
    if kind == NUMBER or (kind == edm.INT64 and isinstance(form.type, sa.BigInteger | sa.Numeric)):
        raise Refusal("PostgreSQL compares an integer of 64 bits with a double as a double, and that has fewer digits")
    return sa.cast(form, DOUBLE)


def _json_number(value: values.Number) -> Decimal:
    """A constant as it equals the decimal text of a JSON number: a double with a fraction is the shortest such text."""
    if isinstance(value, float) and math.isinf(value):
        raise Refusal("JSON has no INF")
    if isinstance(value, Decimal) and not fits_a_double(value):
        raise Refusal(f"a JSON number with a fraction is a double, and has not as many digits as {value}")
    return Decimal(value) if isinstance(value, int) or value == int(value) else Decimal(repr(float(value)))


# ---- JSON ----------------------------------------------------------------------------------------------

_FEW = 8
"""Constants that are looked for one by one, so that a GIN index serves."""


@dataclass(frozen=True, slots=True)
class _Place(Spot):
    """What PostgreSQL's operators tell of a place.

    Attributes:
        root: a document.
        path: the keys that lead from the root to the place.
        value: the value, as JSONB.
        text: the value of a string, number or Boolean as text; NULL for null.
    """

    root: Sql
    path: tuple[str, ...]
    value: Sql
    text: Sql

    def child(self, key: str) -> Spot:
        """See `Spot`."""
        POSTGRESQL.check_key(key)
        written = sa.bindparam(None, key, TEXT, unique=True, literal_execute=True)
        value = self.value.op("->", precedence=15, return_type=_JSONB)(written)
        text = self.value.op("->>", precedence=15, return_type=TEXT)(written)
        return _Place(self.root, (*self.path, key), value, text)

    def term(self) -> Term:
        """See `Spot`."""
        forms = {
            edm.STRING: sa.case((self._is("string"), self.text)),
            NUMBER: sa.case((self._is("number"), sa.cast(self.text, _NUMERIC))),
            edm.BOOLEAN: sa.case((self._is("boolean"), sa.cast(self.text, sa.Boolean()))),
        }
        return Term(forms, self.text.is_(None), sa.case((self.is_list(), self.size())), self._equals)

    def _is(self, name: str) -> Sql:
        return sa.func.jsonb_typeof(self.value) == sa.literal_column(f"'{name}'")

    def _equals(self, found: Sequence[object]) -> Sql:
        """A document contains a smaller one when the values in the same places are equal."""
        texts = [text for text in map(_json_text, found) if text is not None]
        if not texts:
            return sa.false()
        if len(texts) > _FEW:
            wanted = sa.cast(sa.literal(texts, postgresql.ARRAY(TEXT)), postgresql.ARRAY(_JSONB))
            return cast("Sql", self.value == sa.func.any(wanted))
        return disjunction([self._contains(text) for text in texts])

    def _contains(self, text: str) -> Sql:
        if not self.path:
            return cast("Sql", self.value == sa.cast(sa.literal(text, TEXT), _JSONB))
        for key in reversed(self.path):
            text = f"{{{json.dumps(key)}: {text}}}"
        return self.root.op("@>", is_comparison=True, return_type=sa.Boolean())(sa.cast(sa.literal(text, TEXT), _JSONB))

    def is_list(self) -> Sql:
        """See `Spot`."""
        return self._is("array")

    def size(self) -> Sql:
        """See `Spot`."""
        return sa.func.jsonb_array_length(self.value, type_=sa.Integer())

    def members(self) -> tuple[sa.FromClause, Spot]:
        """See `Spot`."""
        members = sa.case((self.is_list(), self.value), else_=sa.cast(sa.literal_column("'[]'"), _JSONB))
        rows = sa.func.jsonb_array_elements(members).table_valued(sa.column("value", _JSONB))
        return rows, _Place(rows.c.value, (), rows.c.value, _text_of(rows.c.value))


def _text_of(value: Sql) -> Sql:
    """The text of a document that is a single value."""
    return value.op("#>>", precedence=15, return_type=TEXT)(sa.literal_column("'{}'"))


def _json_text(value: object) -> str | None:
    """A constant as the JSON that equals it, or None where none does."""
    kind = values.kind(value)
    if kind in values.NUMBERS:
        number = cast("values.Number", value)
        return None if math.isnan(number) else str(_json_number(number))
    POSTGRESQL.check(value)
    return json.dumps(value) if kind in {edm.STRING, edm.BOOLEAN} else None


POSTGRESQL = PostgreSQL()
