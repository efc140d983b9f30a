"""Operations of the standard to SQLite's SQL, on its 64-bit integers, doubles and strings.

Where a result leaves 64 bits the statement fails, because SQLite would go on with a rounded number. SQLite has no exact
decimals and keeps no time zone, so columns of these types are refused. Its JSON functions end a string at U+0000.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

from odata_filter import edm, values
from odata_filter.engines.capabilities import Capabilities
from odata_filter.engines.databases import (
    DOCUMENT,
    DOUBLE,
    INTEGER,
    PARTS,
    TEXT,
    Database,
    Refusal,
    Spot,
    fits_a_double,
    is_in,
    is_int64,
)
from odata_filter.engines.terms import NUMBER, SQL_OPERATORS, Sql, Term, disjunction
from odata_filter.functions import WHITE_SPACE

_BLOB = sa.LargeBinary()
_HALF = sa.literal(0.5, DOUBLE)
_OVERFLOW: Sql = sa.func.abs(sa.literal_column("(-9223372036854775807 - 1)", INTEGER))
"""SQLite fails where it evaluates this."""
_WHOLE = 2.0**52
"""From here on, doubles have no fraction."""
_OPERATIONS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "divby": "/", "mod": "%"}


class SQLite(Database):
    """SQLite 3.38 or newer, whose JSON functions are always there."""

    capabilities = Capabilities(name="SQLite", parts=PARTS)
    library: ClassVar[sa.Dialect] = sqlite.dialect()
    collation = "BINARY"
    depth = 75

    def _kind(self, own: TypeEngine[Any], declared: TypeEngine[Any]) -> str | None:
        del declared
        match own:
            case sa.JSON():
                return DOCUMENT
            case sa.Interval() | sa.Enum() | sa.TypeDecorator():
                return None
            case sa.Boolean():
                return edm.BOOLEAN
            case sa.Integer():
                return edm.INT64
            case sa.Float(asdecimal=False):
                return edm.DOUBLE
            case sa.String():
                return edm.STRING
            case sa.Date():
                return edm.DATE
            case sa.Time(timezone=False):
                return edm.TIME_OF_DAY
            case sa.DateTime(timezone=False):
                return edm.LOCAL_TIME
            case sa.Uuid(as_uuid=True):
                return edm.GUID
            case sa.LargeBinary():
                return edm.BINARY
            case _:
                return None

    def _by_code_points(self, text: Sql) -> Sql:
        return sa.collate(text, self.collation)

    def document(self, element: Sql) -> Spot:
        """See `Database`."""
        return _at(element, "$")

    # ---- Numbers -----------------------------------------------------------------------------------

    def number(self, kind: str, form: Sql, value: values.Number) -> tuple[str, object]:
        """See `Database`."""
        del form
        if isinstance(value, int):
            if not is_int64(value):
                raise Refusal(f"SQLite has no integers beyond 64 bits, such as {value}")
            return edm.INT64, value
        if isinstance(value, Decimal) and kind != edm.DOUBLE and not fits_a_double(value):
            raise Refusal(f"SQLite has no number with as many digits as {value}")
        return edm.DOUBLE, float(value)

    def converted(self, form: Sql, kind: str, wanted: str) -> Sql:
        """See `Database`; SQLite compares integers with doubles exactly."""
        del kind, wanted
        return form

    def _without_nan(self, operator: str, kind: str, test: Sql, form: Sql) -> Sql:
        """SQLite has no NaN."""
        del operator, kind, form
        return test

    def _numbers_test(self, operator: str, left: tuple[str, Sql], right: tuple[str, Sql]) -> Sql:
        return cast("Sql", SQL_OPERATORS[operator](left[1], right[1]))

    def _halves(self, form: Sql) -> list[tuple[str, Sql]]:
        kind = sa.func.typeof(form)
        whole = sa.case((kind == sa.literal_column("'integer'"), form))
        return [(edm.INT64, whole), (edm.DOUBLE, sa.case((kind == sa.literal_column("'real'"), form)))]

    def arithmetic(self, operator: str, left: tuple[str, Sql], right: tuple[str, Sql], divisor: object) -> Sql:
        """See `Database`."""
        kind = values.arithmetic_kind(operator, left[0], right[0])
        if kind == edm.DECIMAL:
            raise Refusal("SQLite has no exact decimals", "use a Double: 1.5e0 instead of 1.5")
        if kind == edm.DOUBLE and (operator == "mod" or (operator in {"div", "divby"} and not divisor)):
            raise Refusal(f"SQLite has no exact {operator} of doubles", "divide by a number that is not 0")
        type_ = INTEGER if kind == edm.INT64 else DOUBLE
        result = left[1].op(_OPERATIONS[operator], precedence=8, return_type=type_)(right[1])
        if kind == edm.DOUBLE:
            return result
        return sa.case((sa.func.typeof(result) == sa.literal_column("'real'"), _OVERFLOW), else_=result)

    def rounded(self, function: str, kind: str, form: Sql) -> Sql:
        """See `Database`; a cast cuts off the fraction."""
        del kind
        whole = sa.cast(form, INTEGER)
        up, down = {
            "floor": (sa.false(), form < whole),
            "ceiling": (form > whole, sa.false()),
            "round": (form - whole >= _HALF, form - whole <= -_HALF),
        }[function]
        step = sa.case((up, 1), (down, -1), else_=0)
        return sa.case((sa.func.abs(form) < sa.literal(_WHOLE, DOUBLE), sa.cast(whole + step, sa.REAL)), else_=form)

    # ---- Strings and dates -------------------------------------------------------------------------

    def position(self, text: Sql, part: Sql) -> Sql:
        """See `Database`."""
        return sa.func.instr(text, part, type_=sa.Integer())

    def length(self, text: Sql) -> Sql:
        """See `Database`."""
        return sa.func.length(text, type_=sa.Integer())

    def ends_with(self, text: Sql, part: Sql, constant: str | None) -> Sql:
        """See `Database`; bytes are compared, because SQLite counts code points up to U+0000 only."""
        whole, end = sa.cast(text, _BLOB), sa.cast(part, _BLOB)
        there = sa.func.length(whole)
        size: Sql = sa.func.length(end) if constant is None else sa.literal(len(constant.encode()), INTEGER)
        # Part of an empty blob is NULL.
        found = sa.and_(there >= size, sa.func.substr(whole, -size) == end)
        return found if constant else sa.case((size == 0, there >= 0), else_=found)

    def from_end(self, text: Sql, back: int) -> Sql:
        """See `Database`."""
        return sa.func.max(self.length(text) - sa.literal(back, INTEGER), 0) + 1

    def trimmed(self, text: Sql) -> Sql:
        """See `Database`."""
        return sa.func.trim(text, sa.literal(WHITE_SPACE, TEXT), type_=TEXT)

    def date_part(self, function: str, kind: str, form: Sql) -> Sql:
        """See `Database`; `strftime` gives NULL for the last half second of the last day."""
        start, length = _PARTS[function]
        start -= _TIME_OF_DAY if kind == edm.TIME_OF_DAY else 0
        return sa.cast(sa.func.substr(form, start, length), INTEGER)


_PARTS = {"year": (1, 4), "month": (6, 2), "day": (9, 2), "hour": (12, 2), "minute": (15, 2), "second": (18, 2)}
"""Where a date and time has its parts as SQLAlchemy stores it, and how many digits they have."""
_TIME_OF_DAY = len("2024-02-29 ")


# ---- JSON ----------------------------------------------------------------------------------------------

_SIMPLE_KEY = re.compile(r"[A-Za-z0-9_ .@-]++")
"""Keys that a path finds however they are stored; for any other one the members are looked through."""


@dataclass(frozen=True, slots=True)
class _Place(Spot):
    """What SQLite's JSON functions tell of a place.

    Attributes:
        document: a JSON text, or NULL.
        path: the way from the top of the document to the place.
        value: a string or number itself, 1 or 0 for a Boolean, the text of a list or an object; NULL for null.
        type: SQLite's name for the type of the value.
    """

    document: Sql
    path: str
    value: Sql
    type: Sql

    def child(self, key: str) -> Spot:
        """See `Spot`."""
        if _SIMPLE_KEY.fullmatch(key):
            return _at(self.document, f'{self.path}."{key}"')
        SQLITE.check_key(key)
        rows = self._rows(self.document)
        wanted = rows.c.key == sa.literal(key, TEXT)

        def found(part: Sql) -> Sql:
            return sa.select(part).where(wanted).limit(1).correlate_except(rows).scalar_subquery()

        return _Place(found(_structure(rows)), "$", found(rows.c.value), found(rows.c.type))

    def _rows(self, document: Sql) -> sa.FromClause:
        return sa.func.json_each(document, _written(self.path)).table_valued("key", "value", "type")

    def term(self) -> Term:
        """See `Spot`."""
        forms = {
            edm.STRING: sa.case((self._is("text"), self.value)),
            NUMBER: sa.case((self._is("integer", "real"), self.value)),
            edm.BOOLEAN: sa.case((self._is("true"), sa.true()), (self._is("false"), sa.false())),
        }
        return Term(
            forms,
            self.value.is_(None),
            sa.case((self.is_list(), self.size())),
            lambda found: self._equals(forms, found),
        )

    def _is(self, *types: str) -> Sql:
        return self.type.in_([sa.literal_column(f"'{name}'") for name in types])

    def _equals(self, forms: Mapping[str, Sql], found: Sequence[object]) -> Sql:
        """The value itself is compared, so that an index on it serves, unless another type could look the same."""
        tests = []
        for kind, type_, group in _grouped(found):
            alike = [value for value in group if not _is_ambiguous(value)]
            rest = [value for value in group if _is_ambiguous(value)]
            tests += [is_in(self.value, alike, type_)] if alike else []
            tests += [is_in(forms[kind], rest, type_)] if rest else []
        return disjunction(tests or [sa.false()])

    def is_list(self) -> Sql:
        """See `Spot`."""
        return self._is("array")

    def size(self) -> Sql:
        """See `Spot`."""
        return sa.func.json_array_length(self.document, _written(self.path), type_=INTEGER)

    def members(self) -> tuple[sa.FromClause, Spot]:
        """See `Spot`."""
        rows = self._rows(sa.case((self.is_list(), self.document)))
        return rows, _Place(_structure(rows), "$", rows.c.value, rows.c.type)


def _at(document: Sql, path: str) -> _Place:
    written = _written(path)
    return _Place(document, path, sa.func.json_extract(document, written), sa.func.json_type(document, written))


def _written(path: str) -> Sql:
    """A path as a literal in the statement: an index on an expression needs it there."""
    return sa.bindparam(None, path, TEXT, unique=True, literal_execute=True)


def _structure(rows: sa.FromClause) -> Sql:
    """The text of a list or an object; a string would be read as one."""
    return sa.case((rows.c.type.in_([sa.literal_column("'array'"), sa.literal_column("'object'")]), rows.c.value))


def _grouped(found: Sequence[object]) -> list[tuple[str, TypeEngine[Any], list[object]]]:
    """Constants by the kind of JSON value that can equal them; others are left out."""
    groups: dict[tuple[str, TypeEngine[Any]], list[object]] = {}
    for value in found:
        kind = values.kind(value)
        if kind in values.NUMBERS:
            wanted, number = SQLITE.number(NUMBER, sa.null(), cast("values.Number", value))
            groups.setdefault((NUMBER, INTEGER if wanted == edm.INT64 else DOUBLE), []).append(number)
        elif kind in {edm.STRING, edm.BOOLEAN}:
            SQLITE.check(value)
            groups.setdefault((kind, TEXT if kind == edm.STRING else sa.Boolean()), []).append(value)
    return [(kind, type_, values_) for (kind, type_), values_ in groups.items()]


def _is_ambiguous(value: object) -> bool:
    """Whether SQLite has the same value for another type of JSON: true is 1, and a list is its text."""
    return value in {0, 1} or (isinstance(value, str) and value.startswith(("[", "{")))


SQLITE = SQLite()
