"""Case files to typed evaluation cases: filter, row and expected value, with tagged values decoded."""

import datetime as dt
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal, TypeAlias, cast
from uuid import UUID

FOLDER = Path(__file__).parent / "cases" / "evaluation"
"""One file per topic, each `{"about": ..., "cases": [...]}`."""

OnError: TypeAlias = Literal["raise", "null"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationCase:
    """A filter, a row, and the value or the failure that belongs to them.

    Attributes:
        name: what the case shows, unique within its file.
        file: the name of the case's file.
        section: of OData 4.01 Part 2, or `REC` and a section of this library's own rules.
        filter: an expression; it need not be Boolean.
        row: what it is evaluated on, an empty dict unless the case says otherwise.
        value: what it gives; None, which is null, also where it fails.
        error: `evaluation` where it fails, or None.
        parameters: the values of the parameter aliases, by name with `@`.
        now: the moment of the evaluation, or None for any.
        root: the other resources of the service, for `$root`; None for none.
        keys: the names of the key properties, by the name of the collection.
        on_error: whether a failure is raised, or counts as null.
        wrong_filter: the filter as a reader may misunderstand it, with parentheses; None outside of precedence.
        wrong_value: what `wrong_filter` gives on the same row; never the same as `value`.
    """

    name: str
    file: str
    section: str
    filter: str
    row: object
    value: object
    error: str | None
    parameters: Mapping[str, object]
    now: dt.datetime | None
    root: Mapping[str, object] | None
    keys: Mapping[str, tuple[str, ...]]
    on_error: OnError
    wrong_filter: str | None
    wrong_value: object

    @property
    def label(self) -> str:
        """How a test run names the case."""
        return f"{self.file.removesuffix('.json')}: {self.name}"


# ---- Files to cases --------------------------------------------------------------------------


def evaluation_cases(folder: Path = FOLDER) -> list[EvaluationCase]:
    """Every case of every file in a folder, in order of file name.

    Raises:
        ValueError: a file is no case file; it names the file, and the case where there is one.
    """
    return [case for path in sorted(folder.glob("*.json")) for case in _from_file(path)]


def _from_file(path: Path) -> Iterator[EvaluationCase]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_without_repeats)
    except ValueError as error:
        message = f"{path.name} is no case file: {error}"
        raise ValueError(message) from error
    if not isinstance(content, dict) or content.keys() != {"about", "cases"} or not isinstance(content["cases"], list):
        message = f"{path.name} needs an object with `about` and a list of `cases`"
        raise ValueError(message)
    seen: set[str] = set()
    for at, fields in enumerate(content["cases"]):
        name = fields.get("name", "without a name") if isinstance(fields, dict) else "no object"
        place = f"{path.name}, case {at} ({name})"
        try:
            case = _case(path.name, fields)
        except (OverflowError, TypeError, ValueError) as error:
            message = f"{place}: {error}"
            raise ValueError(message) from error
        if case.name in seen:
            message = f"{place}: the name is given twice"
            raise ValueError(message)
        seen.add(case.name)
        yield case


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        message = f"a name is given twice among {[name for name, _ in pairs]}"
        raise ValueError(message)
    return found


def _case(file: str, fields: object) -> EvaluationCase:
    if not isinstance(fields, dict):
        message = "an object is expected"
        raise TypeError(message)
    _check_names(fields)
    case = EvaluationCase(
        name=_text(fields, "name"),
        file=file,
        section=_text(fields, "section"),
        filter=_text(fields, "filter"),
        row=_decoded(fields.get("row", {})),
        value=_decoded(fields.get("value")),
        error=_text(fields, "error") if "error" in fields else None,
        parameters=_object(fields, "parameters"),
        now=cast("dt.datetime | None", _decoded(fields.get("now"))),
        root=_object(fields, "root") if "root" in fields else None,
        keys={name: _names(listed) for name, listed in _object(fields, "keys").items()},
        on_error=cast("OnError", fields.get("on_error", "raise")),
        wrong_filter=_text(fields, "wrong_filter") if "wrong_filter" in fields else None,
        wrong_value=_decoded(fields.get("wrong_value")),
    )
    _check_values(case)
    return case


_REQUIRED = frozenset({"name", "section", "filter"})
_OPTIONAL = frozenset({"row", "value", "error", "parameters", "now", "root", "keys", "on_error"})
_WRONG = frozenset({"wrong_filter", "wrong_value"})


def _check_names(fields: Mapping[str, object]) -> None:
    faults = [
        *(f"{name} is missing" for name in sorted(_REQUIRED - fields.keys())),
        *(f"{name} is unknown here" for name in sorted(fields.keys() - _REQUIRED - _OPTIONAL - _WRONG)),
        *(["either a value or an error is expected"] if ("value" in fields) == ("error" in fields) else []),
        *(["wrong_filter and wrong_value go together"] if len(_WRONG & fields.keys()) == 1 else []),
    ]
    if faults:
        raise ValueError("; ".join(faults))


def _check_values(case: EvaluationCase) -> None:
    faults = [
        *([f"{case.error!r} is no kind of error"] if case.error not in {None, "evaluation"} else []),
        *([f"{case.on_error!r} is no way to treat a failure"] if case.on_error not in {"raise", "null"} else []),
        *(["now is no moment with a time zone"] if case.now is not None and not _is_moment(case.now) else []),
        *(f"{name} is no alias" for name in case.parameters if not name.startswith("@")),
    ]
    if case.wrong_filter is not None and same_value(case.value, case.wrong_value):
        faults.append("the wrong reading gives the right value")
    if faults:
        raise ValueError("; ".join(faults))


def _is_moment(value: object) -> bool:
    return isinstance(value, dt.datetime) and value.utcoffset() is not None


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str) or not value:
        message = f"{name} is no text"
        raise TypeError(message)
    return value


def _object(fields: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = fields.get(name, {})
    if not isinstance(value, dict):
        message = f"{name} is no object"
        raise TypeError(message)
    return {key: _decoded(item) for key, item in value.items()}


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        message = "keys are lists of names"
        raise TypeError(message)
    return tuple(value)


# ---- Tagged values ---------------------------------------------------------------------------


def _decoded(value: object) -> object:
    """The Python value of a JSON value, in which an object of the one name `@decimal`, say, is a tag."""
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag = next(iter(value), "")
    # A qualified annotation, such as `@Ns.Term`, may be the one name in an object, too; it has a dot.
    if len(value) > 1 or not tag.startswith("@") or "." in tag:
        return {name: _decoded(item) for name, item in value.items()}
    if tag not in _TAGS:
        message = f"{tag} is no tag"
        raise ValueError(message)
    return _TAGS[tag](value[tag])


def _from_text(convert: Callable[[str], object]) -> Callable[[object], object]:
    def decode(content: object) -> object:
        if not isinstance(content, str):
            message = f"a tag holds text, not {content!r}"
            raise TypeError(message)
        return convert(content)

    return decode


def _from_items(collect: Callable[[list[object]], object]) -> Callable[[object], object]:
    def decode(content: object) -> object:
        if not isinstance(content, list):
            message = f"a tag holds a list, not {content!r}"
            raise TypeError(message)
        return collect([_decoded(item) for item in content])

    return decode


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        message = f"{text!r} is no Decimal"
        raise ValueError(message) from None


def _duration(text: str) -> dt.timedelta:
    match = _DURATION.fullmatch(text)
    if match is None:
        message = f"{text!r} is no duration"
        raise ValueError(message)
    days, hours, minutes, seconds = (Decimal(part or 0) for part in match.group(2, 3, 4, 5))
    microseconds = int((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000_000)
    return dt.timedelta(microseconds=-microseconds if match[1] else microseconds)


_DURATION = re.compile(r"(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")

_TAGS: Mapping[str, Callable[[object], object]] = {
    "@decimal": _from_text(_decimal),
    "@double": _from_text(lambda text: float(text.replace("INF", "inf"))),
    "@guid": _from_text(UUID),
    "@date": _from_text(dt.date.fromisoformat),
    "@time": _from_text(dt.time.fromisoformat),
    "@datetime": _from_text(dt.datetime.fromisoformat),
    "@duration": _from_text(_duration),
    "@bytes": _from_text(bytes.fromhex),
    "@set": _from_items(set),
    "@tuple": _from_items(tuple),
}


# ---- Comparison of results -------------------------------------------------------------------


def same_value(expected: object, actual: object) -> bool:
    """Whether two results are the same in type and value, inside collections and complex values too.

    NaN is NaN here, and zero is minus zero; Decimals are the same whatever their number of zeros. A list and
    a tuple are both an ordered collection, and two instants must have the same offset as well.
    """
    if isinstance(expected, list | tuple) and isinstance(actual, list | tuple):
        return len(expected) == len(actual) and all(map(same_value, expected, actual))
    if isinstance(expected, set | frozenset) and isinstance(actual, set | frozenset):
        return len(expected) == len(actual) and all(any(same_value(item, one) for one in actual) for item in expected)
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return expected.keys() == actual.keys() and all(same_value(expected[name], actual[name]) for name in expected)
    if type(expected) is not type(actual):
        return False
    if isinstance(expected, dt.datetime) and isinstance(actual, dt.datetime):
        return expected == actual and expected.utcoffset() == actual.utcoffset()
    return expected == actual or (_is_nan(expected) and _is_nan(actual))


def _is_nan(value: object) -> bool:
    return isinstance(value, float | Decimal) and math.isnan(value)
