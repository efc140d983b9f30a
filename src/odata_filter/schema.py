"""What a record looks like: a type for each property, given or inferred from rows, and values read by it."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import TypeAlias, assert_never

from odata_filter import edm, geo, values
from odata_filter.data import dataclass
from odata_filter.errors import FilterEvaluationError, FilterValidationError, Problem

Reader: TypeAlias = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class CollectionOf:
    """A property with many values, all of one type."""

    item: "PropertyType"


class Schema:
    """The types of a record's properties.

    Args:
        properties: for each property an Edm type name (`"Edm.Date"`), a qualified enumeration type name, a
            Python type (`date`), a mapping or Schema for a complex value, or a list with one of these for a
            collection. `"Collection(Edm.Guid)"` works as well.

    Raises:
        FilterValidationError: a type is none of these, or a name is no identifier.

    >>> Schema({"taken": "Edm.Date", "tags": [str], "place": {"city": str}}).properties["tags"]
    CollectionOf(item='Edm.String')
    """

    __slots__ = ("properties",)

    properties: Mapping[str, "PropertyType"]

    def __init__(self, properties: Mapping[str, object]) -> None:
        """Check and hold the types."""
        if not isinstance(properties, Mapping):
            message = f"a schema is a mapping from names to types, not {properties!r:.60}"
            raise FilterValidationError(Problem(message=message, code="schema"))
        try:
            self.properties = {_name(name): _type(name, given) for name, given in properties.items()}
        except RecursionError:
            raise FilterValidationError(Problem(message="the schema is nested too deeply", code="schema")) from None

    def __repr__(self) -> str:
        return f"Schema({dict(self.properties)!r})"

    def __eq__(self, other: object) -> bool:
        return self.properties == other.properties if isinstance(other, Schema) else NotImplemented

    __hash__ = None  # type: ignore[assignment] # a mapping inside

    @classmethod
    def infer(cls, rows: Iterable[object], sample: int = 1000) -> "Schema":
        """The schema that the first rows suggest.

        A property has a type when all its values that are not null agree on one, strings that all look like
        dates, times, durations or GUIDs included; otherwise it is `Edm.Untyped`, and may be anything.

        Args:
            rows: mappings from property names to values, or objects with fields.
            sample: how many rows to look at, at most.
        """
        return cls(_inferred(list(islice(rows, sample))))


PropertyType: TypeAlias = str | Schema | CollectionOf
"""An Edm or enumeration type name, a complex type, or a collection."""


# ---- Types as users write them ---------------------------------------------------------------------


@cache
def _python_types() -> Mapping[object, str]:
    from uuid import UUID  # noqa: PLC0415 - slow to import, and few programs name types

    return {
        bool: edm.BOOLEAN,
        int: edm.INT64,
        float: edm.DOUBLE,
        Decimal: edm.DECIMAL,
        str: edm.STRING,
        UUID: edm.GUID,
        dt.date: edm.DATE,
        dt.datetime: edm.DATE_TIME_OFFSET,
        dt.time: edm.TIME_OF_DAY,
        dt.timedelta: edm.DURATION,
        bytes: edm.BINARY,
    }


def _name(name: object) -> str:
    fault = edm.identifier_fault(name) if isinstance(name, str) else "it is no string"
    if fault is not None:
        raise FilterValidationError(Problem(message=f"{name!r:.60} is no property name: {fault}", code="name"))
    return str.__str__(name)


def _type(name: str, given: object) -> PropertyType:
    match given:
        case Schema() | CollectionOf():
            return given
        case Mapping():
            return Schema(given)
        case [item]:
            return CollectionOf(_type(name, item))
        case str() if given.startswith("Collection(") and given.endswith(")"):
            return CollectionOf(_type(name, given[len("Collection(") : -1]))
        case str() if given in edm.TYPE_NAMES or given == edm.UNTYPED or _is_enumeration_name(given):
            return given
        case type() if given in _python_types():
            return _python_types()[given]
        case _:
            hint = "a type is an Edm name, a Python type, a mapping for a complex value, or a list with one type"
            message = f"the property {name} cannot have the type {given!r:.60}"
            raise FilterValidationError(Problem(message=message, code="schema", hint=hint))


def _is_enumeration_name(name: str) -> bool:
    namespace, *parts = name.split(".")
    named = all(edm.identifier_fault(part) is None for part in (namespace, *parts))
    return bool(parts) and named and namespace.lower() != "edm"


# ---- Reading ---------------------------------------------------------------------------------------


def reader(type_: PropertyType | None) -> Reader | None:
    """The function that turns a value as it came into one of the type, or None where nothing has to be done.

    It raises FilterEvaluationError for a string that is no literal form of the type. A value of another type is
    left as it is: it fits no operator, so that the result there is null.
    """
    match type_:
        case None:
            return None
        case str() if type_ in edm.SHAPES:
            read = _text_reader(type_)
            return lambda value: read(geo.shape(value, type_))
        case str():
            widest = edm.WIDEST.get(type_, type_)
            return _text_reader(widest) if widest in _READ_FROM_TEXT else None
        case CollectionOf(item=item):
            return _collection_reader(reader(item))
        case Schema():
            return _record_reader(type_)
        case _:
            assert_never(type_)


_READ_FROM_TEXT = edm.PRIMITIVE_TYPES - {edm.NULL, edm.STRING}


def _text_reader(type_name: str) -> Reader:
    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        found = edm.read(type_name, value)
        if found is None:
            message = f"the row has {value[:60]!r} where the schema says {type_name}"
            raise FilterEvaluationError(Problem(message=message, code="schema"))
        return found

    return read


def _collection_reader(item: Reader | None) -> Reader | None:
    if item is None:
        return None

    def read(value: object) -> object:
        if isinstance(value, set | frozenset):
            return _unordered([item(member) for member in value])
        return [item(member) for member in value] if isinstance(value, list | tuple) else value

    return read


def _unordered(members: list[object]) -> object:
    """A set of the members, or the list where one of them cannot be in a set."""
    try:
        return frozenset(members)
    except TypeError:
        return members


def _record_reader(schema: Schema) -> Reader | None:
    known = {name: reader(type_) for name, type_ in schema.properties.items()}
    readers = {name: read_part for name, read_part in known.items() if read_part is not None}
    if not readers:
        return None

    def read(value: object) -> object:
        found = values.record(value)
        if found is None:
            return value
        return {name: readers[name](part) if name in readers else part for name, part in found.items()}

    return read


# ---- Inference -------------------------------------------------------------------------------------

_LOOKS_LIKE = (edm.GUID, edm.DATE_TIME_OFFSET, edm.DATE, edm.TIME_OF_DAY, edm.DURATION)


def _inferred(rows: list[object], depth: int = 0) -> dict[str, object]:
    records = [found for found in map(values.record, rows) if found is not None]
    names = dict.fromkeys(name for row in records for name in row if _is_name(name))
    return {name: _common([row[name] for row in records if row.get(name) is not None], depth) for name in names}


def _is_name(name: object) -> bool:
    return isinstance(name, str) and edm.identifier_fault(name) is None


def _common(found: list[object], depth: int) -> object:
    """The type that all values share, as `Schema` takes it; `Edm.Untyped` where there is none."""
    kinds = {values.kind(value) for value in found}
    if kinds == {edm.STRING}:
        texts = [str(value) for value in found]
        looks = (name for name in _LOOKS_LIKE if all(edm.read(name, text) is not None for text in texts))
        return next(looks, edm.STRING)
    if kinds == {edm.COMPLEX} and depth < _MAX_DEPTH:
        return _inferred(found, depth + 1) or edm.UNTYPED
    if kinds == {edm.COLLECTION} and depth < _MAX_DEPTH:
        members = [member for value in found if isinstance(value, list | tuple) for member in value]
        return [_common([member for member in members if member is not None], depth + 1)] if members else edm.UNTYPED
    if kinds and kinds <= values.NUMBERS:
        return next(name for name in (edm.DOUBLE, edm.DECIMAL, edm.INT64) if name in kinds)
    return next(iter(kinds)) if len(kinds) == 1 and kinds <= edm.PRIMITIVE_TYPES else edm.UNTYPED


_MAX_DEPTH = 100
"""Levels of nested values that are looked at."""
