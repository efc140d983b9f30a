"""A tree and a row to the value of every part: why a filter keeps the row, or why it does not."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypedDict, assert_never

from odata_filter import edm, evaluator, printer, values
from odata_filter.data import dataclass, field, replace
from odata_filter.errors import (
    FilterEvaluationError,
    FilterValidationError,
    UnsupportedFilterError,
    columns,
    painted,
    visible,
)
from odata_filter.inference import Names, below
from odata_filter.nodes import (
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
    Span,
    Variable,
    Where,
    children,
)

VALUE = "value"
FAILED = "failed"
NOT_LOOKED_AT = "not looked at"
LEFT_OUT = "left out"
"""What can become of a part for a row."""

_MEMBERS = 10
"""Members of a collection that are shown."""


class ExplanationFields(TypedDict):
    """An explanation for programs; see `Explanation.fields`."""

    text: str
    position: int | None
    end: int | None
    outcome: str | None
    value: str | None
    note: str | None
    parts: list["ExplanationFields"]


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """A part of a filter and, for a row, what became of it; the whole filter is a part as well.

    Attributes:
        text: the part as canonical text; a condition about a member of a collection with the member in front.
        span: where it stands in the source, from and to, or None.
        outcome: `value`, `failed`, `not looked at` because parts in front of it decided, `left out` for members that
            are too many to show, or None without a row.
        value: the value, null being None; of use where the outcome is `value`.
        note: why it failed, or that the row has no such property; None where there is nothing to say.
        parts: the parts of this part, in the order of the text.
    """

    text: str
    span: Span | None = None
    outcome: str | None = None
    value: object = None
    note: str | None = None
    parts: tuple["Explanation", ...] = field(default=())

    def __repr__(self) -> str:
        """The verdict for the row, if there is one, and the tree with the value of every part."""
        return self.render()

    def render(self, *, colour: bool = False) -> str:
        """The explanation as text; with `colour` for a terminal."""
        lines = list(_lines(self, "", ""))
        width = max(columns(tree) for tree, _ in lines)
        drawn = [_told(tree, part, width, colour=colour) for tree, part in lines]
        return "\n".join(drawn if self.outcome is None else [_verdict(self), *drawn])

    def fields(self) -> ExplanationFields:
        """The explanation as a dict that JSON can hold; a value is written as OData writes it, and may be shortened."""
        position, end = self.span or (None, None)
        return {
            "text": self.text,
            "position": position,
            "end": end,
            "outcome": self.outcome,
            "value": _value_text(self.value) if self.outcome == VALUE else None,
            "note": self.note,
            "parts": [part.fields() for part in self.parts],
        }


@dataclass(frozen=True, slots=True)
class _Place:
    """What the names stand for where a part stands, as the evaluator wants to know it."""

    row: object
    names: Names
    context: evaluator.Context
    scope: evaluator.Scope


def outline(root: Node) -> Explanation:
    """The parts of a filter, without a row."""
    return Explanation(printer.text(root), root.span, parts=tuple(outline(child) for child in _telling(root)))


def explanation(root: Node, row: object, context: evaluator.Context, scope: evaluator.Scope) -> Explanation:
    """The parts of a filter with their values for a row. Each is asked of the evaluator, with `scope` at hand."""
    scope.moment()
    return _part(root, _Place(row, Names(context.schema), context, scope))


# ---- The parts, in the order of the nodes ------------------------------------------------------------


def _part(node: Node, place: _Place) -> Explanation:
    told = Explanation(printer.text(node), node.span, VALUE, parts=tuple(_parts(node, place)))
    try:
        value = evaluator.evaluation(node, place.context)(place.row, place.scope)
    except (FilterEvaluationError, UnsupportedFilterError) as error:
        inner = any(part.outcome == FAILED for part in told.parts)
        return replace(told, outcome=FAILED, note=None if inner else error.message)
    missing = value is None and isinstance(node, Member) and _is_missing(node, place)
    return replace(told, value=value, note="there is no such property" if missing else None)


def _parts(node: Node, place: _Place) -> Iterator[Explanation]:
    match node:
        case Literal() | Variable():
            return
        case Quantifier(source=source, name=name, predicate=predicate):
            yield _part(source, place)
            if predicate is not None:
                yield from _members(node, predicate, place, lambda value: (value is True) is (name == "any"))
        case Where(source=source, predicate=predicate):
            yield _part(source, place)
            yield from _members(node, predicate, place, lambda _value: False)
        case Case(branches=branches):
            yield from _branches(branches, place)
        case Logical(operator=operator, operands=operands):
            yield from _in_order(operands, place, lambda value: value is (operator == "or"))
        case (
            Member()
            | Call()
            | Invocation()
            | Key()
            | Count()
            | Collection()
            | Record()
            | Not()
            | Negate()
            | Arithmetic()
            | Comparison()
        ):
            yield from _in_order(_telling(node), place, lambda _value: False)
        case _:
            assert_never(node)


def _telling(node: Node) -> tuple[Node, ...]:
    """The parts of a node that tell more than its text does: no literals, and not what a first name is taken from."""
    match node:
        case Logical() | Case():
            return children(node)
        case Member(source=Variable(name=name)) if not name.startswith("@"):
            return ()
        case _:
            return tuple(child for child in children(node) if not _is_plain(child))


def _is_plain(node: Node) -> bool:
    """Whether a node is a literal, or a list of them."""
    return isinstance(node, Literal) or (isinstance(node, Collection) and all(map(_is_plain, node.items)))


def _in_order(nodes: Iterable[Node], place: _Place, decides: Callable[[object], bool]) -> Iterator[Explanation]:
    """The parts up to the one that decides or fails, and the rest as not looked at."""
    decided = False
    for node in nodes:
        part = _unseen(node) if decided else _part(node, place)
        decided = decided or part.outcome == FAILED or decides(part.value)
        yield part


def _unseen(node: Node) -> Explanation:
    return Explanation(printer.text(node), node.span, NOT_LOOKED_AT)


def _branches(branches: Sequence[tuple[Node, Node]], place: _Place) -> Iterator[Explanation]:
    decided = False
    for condition, result in branches:
        part = _unseen(condition) if decided else _part(condition, place)
        chosen = not decided and part.outcome == VALUE and part.value is True
        yield part
        yield _part(result, place) if chosen else _unseen(result)
        decided = decided or chosen or part.outcome == FAILED


def _members(
    node: Quantifier | Where, predicate: Node, place: _Place, decides: Callable[[object], bool]
) -> Iterator[Explanation]:
    """The condition for each member up to the one that decides; in the middle of many, members are left out."""
    members = list(_collection(node.source, place))
    looked_at = 0
    last: Explanation | None = None
    for looked_at, member in enumerate(members, start=1):
        last = _about(node, predicate, member, place)
        if looked_at < _MEMBERS:
            yield last
        if last.outcome == FAILED or decides(last.value):
            break
    if looked_at > _MEMBERS:
        yield Explanation(_more(looked_at - _MEMBERS), outcome=LEFT_OUT)
    if looked_at >= _MEMBERS and last is not None:
        yield last
    if looked_at < len(members):
        yield Explanation(_more(len(members) - looked_at), outcome=NOT_LOOKED_AT)


def _more(count: int) -> str:
    return "1 more member" if count == 1 else f"{count} more members"


def _collection(source: Node, place: _Place) -> Iterable[object]:
    try:
        value = evaluator.evaluation(source, place.context)(place.row, place.scope)
    except (FilterEvaluationError, UnsupportedFilterError):
        return ()
    return value if isinstance(value, list | tuple | set | frozenset) else ()


def _about(node: Quantifier | Where, predicate: Node, member: object, place: _Place) -> Explanation:
    """The condition of a lambda or of `/$filter` for one member."""
    names = below(node, predicate, place.names)
    context = replace(place.context, this=names.this, variables=names.variables)
    if isinstance(node, Where):
        name, scope = "$this", replace(place.scope, this=[*place.scope.this, member])
    else:
        name = str(node.variable)
        scope = replace(place.scope, variables={**place.scope.variables, name: member})
    part = _part(predicate, _Place(place.row, names, context, scope))
    return replace(part, text=f"{name} = {_value_text(member)}: {part.text}")


def _is_missing(node: Member, place: _Place) -> bool:
    """Whether a property is null because its owner does not have it."""
    if "@" in node.name or "." in node.name:
        return False
    owner = evaluator.evaluation(node.source, place.context)(place.row, place.scope)
    record = values.record(owner)
    return record is not None and node.name not in record


# ---- Values as text ----------------------------------------------------------------------------------

_SHOWN = 40
"""Characters of a value that are shown."""


def _value_text(value: object) -> str:
    """A value as OData writes it, shortened; what OData cannot write is named by its Python type."""
    return _shortened(_written(value, 3), _SHOWN)


def _written(value: object, depth: int) -> str:
    if isinstance(value, str):
        return edm.written(edm.STRING, value[: _SHOWN + 1])
    if isinstance(value, dt.datetime | dt.time):
        return value.isoformat()
    if depth and isinstance(value, list | tuple | set | frozenset):
        return f"[{','.join(_written(member, depth - 1) for member in islice(value, _MEMBERS))}]"
    record = values.record(value) if depth else None
    if record is not None:
        import json  # noqa: PLC0415 - few values need it

        pairs = (f"{json.dumps(str(name))}:{_written(record[name], depth - 1)}" for name in islice(record, _MEMBERS))
        return "{" + ",".join(pairs) + "}"
    try:
        return edm.written(*edm.literal_text(value))
    except FilterValidationError:
        return f"a Python {type(value).__name__}"


def _shortened(text: str, room: int) -> str:
    """The text, with its middle left out where it takes more than `room` characters."""
    head = room * 2 // 3
    return text if len(text) <= room else f"{text[:head]}…{text[len(text) - (room - head - 1) :]}"


# ---- Drawing -----------------------------------------------------------------------------------------

_TREE_WIDTH = 64
_COLOURS: Mapping[str, str] = {"true": "32", "false": "31", "null": "33", FAILED: "1;31", NOT_LOOKED_AT: "2"}


def _verdict(part: Explanation) -> str:
    if part.outcome == FAILED:
        return "the filter has no value for the row"
    if part.value is True:
        return "the row is kept: the filter is true"
    why = "" if part.value is False else ", and only true keeps a row"
    return f"the row is dropped: the filter is {_value_text(part.value)}{why}"


def _lines(part: Explanation, lead: str, indent: str) -> Iterator[tuple[str, Explanation]]:
    """Each part with its line of the tree."""
    yield lead + visible(_shortened(part.text, max(20, _TREE_WIDTH - len(lead)))), part
    for at, inner in enumerate(part.parts, start=1):
        last = at == len(part.parts)
        yield from _lines(inner, indent + ("└─ " if last else "├─ "), indent + ("   " if last else "│  "))


def _told(tree: str, part: Explanation, width: int, *, colour: bool) -> str:
    """A line of the tree with what became of the part, from one column on."""
    if part.outcome is None:
        return tree
    outcome = _value_text(part.value) if part.outcome == VALUE else part.outcome
    text = visible(outcome) + (f": {part.note}" if part.note else "")
    shown = painted(_COLOURS[outcome], text) if colour and outcome in _COLOURS else text
    return f"{tree}{' ' * (width - columns(tree))}  {shown}"
