"""A filter to a SQLAlchemy condition on columns, on ORM attributes and relationships, or on a JSON column.

It keeps the rows that `Filter.select` keeps, when each row is a dict of what the columns hold, or of what the JSON
column holds. Every value is bound. What a database cannot say exactly is refused by name, or left by `split` for the
rows that come back.
"""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypedDict, Unpack, assert_never, cast
from typing import Literal as PythonLiteral

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from odata_filter import edm, evaluator, values
from odata_filter.engines import capabilities
from odata_filter.engines.capabilities import Capabilities, placed, unsupported
from odata_filter.engines.databases import (
    DOCUMENT,
    INTEGER,
    LAST_PLACE,
    TEXT,
    Database,
    Refusal,
    Spot,
    is_int64,
)
from odata_filter.engines.folding import constant, is_constant, with_lists
from odata_filter.engines.postgresql import POSTGRESQL
from odata_filter.engines.sqlite import SQLITE
from odata_filter.engines.terms import (
    FOLDED,
    ORDERS,
    Constant,
    Operand,
    Parenthesised,
    Sql,
    Term,
    compared,
    conjunction,
    disjunction,
    first_of,
    gathered,
    is_among,
    is_none_of,
    single,
)
from odata_filter.errors import UnsupportedFilterError
from odata_filter.filter import Filter
from odata_filter.functions import canonical
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
    Variable,
    Where,
    children,
    with_children,
)

DATABASES: Mapping[str, Database] = MappingProxyType({"sqlite": SQLITE, "postgresql": POSTGRESQL})


class Options(TypedDict, total=False):
    """How names are found and what constants stand for.

    Attributes:
        dialect: the database; without one, the condition holds for each of `DATABASES`, and what one of them cannot
            say is refused.
        names: what the names in a filter stand for: columns, attributes, or their names as strings; in a JSON column,
            keys. Other names are then unknown.
        unknown: whether an unknown name is refused or null.
        on_error: `"null"` makes an operation that fails null; by default one that may fail is refused.
        parameters: the values of parameter aliases, each under its name with `@`; an absent one is null.
        now: the moment that `now()` stands for; that of the call without it.
    """

    dialect: PythonLiteral["sqlite", "postgresql"] | None
    names: Mapping[str, object]
    unknown: PythonLiteral["refuse", "null"]
    on_error: PythonLiteral["raise", "null"]
    parameters: Mapping[str, object]
    now: dt.datetime


def condition(wanted: Filter, target: object, **options: Unpack[Options]) -> sa.ColumnElement[bool]:
    """The condition for the rows that a filter keeps.

    Args:
        wanted: the filter.
        target: a table, a mapped class, an alias of one, or a column that holds JSON objects.
        options: see `Options`.

    Raises:
        UnsupportedFilterError: a part of the filter cannot be said exactly, or a name is unknown.

    >>> images = sa.table("images", sa.column("species", sa.Text()), sa.column("rating", sa.Integer()))
    >>> print(condition(Filter.parse("species eq 'cat' and rating ge 4"), images, dialect="sqlite"))
    images.species COLLATE BINARY = :param_1 AND images.rating >= :param_2
    """
    found = [placed(wanted, translate) for translate in _translations(target, options)]
    return found[0] if len(found) == 1 else _Either(*found)


def split(wanted: Filter, target: object, **options: Unpack[Options]) -> tuple[sa.ColumnElement[bool], Filter | None]:
    """The strongest condition that can be said of a filter, and what is left to test on the rows that come back.

    Args and options are those of `condition`. The second part is None where nothing is left.
    """
    translations = _translations(target, options)
    parts = capabilities.split(wanted, _LANGUAGE, lambda node: [say(node) for say in translations])
    try:
        said = sa.true() if parts.engine is None else condition(parts.engine, target, **options)
    except UnsupportedFilterError:
        # Each part can be said, and together they are too long.
        return sa.true(), wanted
    return said, parts.rest


_LANGUAGE: Final = Capabilities(name="SQL", parts=frozenset(itertools.chain(*capabilities.PARTS.values())))
"""What the databases cannot say is found out by asking them."""


def _translations(target: object, options: Options) -> list[Callable[[Node], Sql]]:
    wanted = options.get("dialect")
    return [
        _Translation.of(database, target, options).said
        for name, database in DATABASES.items()
        if wanted in {None, name}
    ]


class _Either(Parenthesised):
    """Conditions in the order of `DATABASES`, of which a statement has the one for its database."""

    inherit_cache = True


@compiles(_Either)
def _for_the_dialect(element: _Either, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as SQLAlchemy passes them
    name = compiler.dialect.name
    known = dict(zip(DATABASES, element.clauses, strict=True))
    if name not in known and name != "default":
        raise sa.exc.CompileError(f"the condition is for {' and '.join(DATABASES)}, not for {name}")
    return f"({compiler.process(known.get(name, next(iter(element.clauses))), **options)})"


# ---- Names -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rows:
    """One row of a table or entity: the row that is tested, a related one, or a member in a lambda.

    Attributes:
        named: what a name stands for: a column, an attribute, a place in a document, or None.
        tables: where the row is related to the one that is tested, the tables on the way to it.
        joins: the conditions on that way.
        exists: whether there is such a row; None where there must be one.
    """

    named: Callable[[str], object]
    tables: tuple[Any, ...] = ()
    joins: tuple[Sql, ...] = ()
    exists: Sql | None = None


@dataclass(frozen=True, slots=True)
class _Related:
    """The rows at the other end of a relationship."""

    attribute: Any
    owner: _Rows


_Place: TypeAlias = _Rows | _Related | Spot | Term | Constant


def _names_of(target: object, database: Database) -> Callable[[str], object]:
    """The names that a table, an entity or a JSON column has."""
    if isinstance(target, sa.FromClause):
        return cast("Callable[[str], object]", target.c.get)
    inspected: Any = sa.inspect(target, raiseerr=False)
    if isinstance(inspected, orm.Mapper) or getattr(inspected, "is_aliased_class", False):
        known = inspected.mapper.attrs.keys()
        return lambda name: getattr(target, name) if name in known else None
    element = cast("Any", target)
    if isinstance(getattr(element, "type", None), sa.types.TypeEngine) and database.column(element)[0] == DOCUMENT:
        return database.document(database.column(element)[1]).child
    raise Refusal("a filter needs a table, a mapped class or a column with JSON")


def _renamed(named: Callable[[str], object], names: Mapping[str, object] | None) -> Callable[[str], object]:
    """What names stand for when only those of a mapping are known."""
    if names is None:
        return named

    def found(name: str) -> object:
        meant = names.get(name)
        return named(meant) if isinstance(meant, str) else meant

    return found


# ---- Translation ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Translation:
    """A filter on its way to the SQL of one database."""

    database: Database
    root: _Rows
    unknown: str
    scope: evaluator.Scope
    variables: Mapping[str, _Place] = field(default_factory=dict)
    known: dict[Node, Operand] = field(default_factory=dict)

    @classmethod
    def of(cls, database: Database, target: object, options: Options) -> "_Translation":
        """A translation for a target; whether it is one shows when a name is looked for."""
        try:
            named = _renamed(_names_of(target, database), options.get("names"))
        except Refusal as refusal:
            raise unsupported(Variable("$it"), refusal.message, refusal.hint) from None
        parameters = options.get("parameters", {})
        failures_are_null = options.get("on_error") == "null"
        scope = evaluator.Scope(parameters, options.get("now"), failures_are_null=failures_are_null)
        return cls(database, _Rows(named), options.get("unknown", "refuse"), scope)

    def said(self, root: Node) -> Sql:
        """A filter's tree as a condition that is true for the rows that it keeps."""
        capabilities.check(_without_constants(root), self.database.capabilities)
        with _refusing(root):
            return self.database.accepted(self._truth(root, exact=False))

    # ---- Conditions ------------------------------------------------------------------------------

    def _truth(self, node: Node, *, exact: bool) -> Sql:
        """A node as a condition; see the two strengths in `terms`."""
        match node:
            case Quantifier():
                return self._quantified(node)
            case Not(operand=Comparison(operator="eq" | "ne" as operator) as operand):
                opposite = replace(operand, operator="ne" if operator == "eq" else "eq")
                return self._comparison(opposite, exact=exact)
            case Not(operand=Logical(operator=operator, operands=operands)):
                denied = tuple(Not(operand, operand.span) for operand in operands)
                return self._truth(Logical("or" if operator == "and" else "and", denied, node.span), exact=exact)
            case Not(operand=Not(operand=operand)):
                return self._truth(operand, exact=exact)
            case Not(operand=operand):
                return sa.not_(self._truth(operand, exact=True))
            case Comparison():
                return self._comparison(node, exact=exact)
            case Logical(operator=operator, operands=operands):
                return self._joined(operator, operands, exact=exact)
            case _:
                found = self._operand(node)
                return found.truth() if isinstance(found, Term) else _constant_truth(found.value)

    def _joined(self, operator: str, operands: Sequence[Node], *, exact: bool) -> Sql:
        join = conjunction if operator == "and" else disjunction
        if not exact and operator == "and":
            return join(self._all(operands))
        tests = operands if exact else with_lists(operands, "eq", lambda _member, _literal: True)
        return join([self._truth(operand, exact=exact) for operand in tests])

    def _all(self, operands: Sequence[Node]) -> list[Sql]:
        """The operands of an `and`, loose; tests of one property for being unequal to constants are joined."""
        places: dict[tuple[Node, str] | int, list[Node]] = {}
        for at, operand in enumerate(operands):
            match _unequal(operand):
                case Comparison(left=Member() as left, right=Literal(type=edm.STRING | edm.INT64 as kind)) as test:
                    places.setdefault((left, kind), []).append(test)
                case _:
                    places[at] = [operand]
        return [self._none_of(tests) for tests in places.values()]

    def _none_of(self, nodes: Sequence[Node]) -> Sql:
        """One condition, or tests of one property for being unequal to constants of one type, as one."""
        if len(nodes) == 1:
            return self._truth(nodes[0], exact=False)
        tests = cast("Sequence[Comparison]", nodes)
        term = self._operand(tests[0].left)
        if isinstance(term, Constant) or edm.DURATION in term.forms:
            return conjunction([self._comparison(test, exact=False) for test in tests])
        with _refusing(tests[0]):
            return is_none_of(term, [self._evaluated(test.right) for test in tests], self.database)

    def _comparison(self, node: Comparison, *, exact: bool) -> Sql:
        left, right = self._operand(node.left), self._operand(node.right)
        if node.operator == "in":
            return self._membership(node, left, right, exact=exact)
        if isinstance(left, Constant) and isinstance(right, Constant):
            return _constant_truth(self._evaluated(node))
        self._check_comparable(node, left, right)
        left, right = _read_as(left, right), _read_as(right, left)
        with _refusing(node):
            return compared(node.operator, left, right, self.database, exact=exact)

    def _check_comparable(self, node: Comparison, left: Operand, right: Operand) -> None:
        """Refuse a comparison whose answer depends on what SQL cannot see."""
        constants = [operand.value for operand in (left, right) if isinstance(operand, Constant)]
        with _refusing(node):
            for value in constants:
                if value is not None:
                    self.database.check(value)
        terms = [operand for operand in (left, right) if isinstance(operand, Term)]
        if any(FOLDED & term.forms.keys() for term in terms) and (not constants or node.operator in ORDERS):
            raise unsupported(
                node, "what tolower and toupper give can only be compared with constants, by eq, ne and in"
            )
        if node.operator in {"eq", "ne"} and all(term.size is not None for term in terms) and not constants:
            raise unsupported(
                node, "two values of a JSON column can be lists or objects, and SQL does not compare them"
            )

    def _membership(self, node: Comparison, left: Operand, right: Operand, *, exact: bool) -> Sql:
        if isinstance(right, Term):
            raise unsupported(node.right, "only a list of constants can stand after `in`")
        if isinstance(left, Constant):
            return _constant_truth(self._evaluated(node))
        items = right.value if isinstance(right.value, list | tuple | set | frozenset) else None
        if items is None:
            return sa.false() if right.value is None else sa.null()
        self._check_comparable(node, left, Constant(None))
        members = [_as_duration(item, left) for item in items]
        with _refusing(node):
            for item in members:
                if item is not None:
                    self.database.check(item)
            return is_among(left, members, self.database, exact=exact)

    def _quantified(self, node: Quantifier) -> Sql:
        """`any` and `all` (5.1.1.13): a null collection is empty, and what is no collection gives null."""
        source = self._place(node.source)
        if isinstance(source, _Related):
            return self._quantified_related(node, source)
        if not isinstance(source, Spot):
            raise unsupported(node.source, f"{node.name} needs a relationship or a list in a JSON column")
        rows, member = source.members()
        test = self._member_test(node, member)
        found = sa.select(sa.literal_column("1")).select_from(rows).where(test).correlate_except(rows).exists()
        answer = found if node.name == "any" else sa.not_(found)
        return sa.case(
            (source.is_list(), answer), (source.term().is_null, sa.literal(node.name == "all", sa.Boolean()))
        )

    def _quantified_related(self, node: Quantifier, source: _Related) -> Sql:
        target = orm.aliased(source.attribute.property.mapper.class_)
        member = _Rows(_names_of(target, self.database))
        found = source.attribute.of_type(target).any(self._member_test(node, member))
        if source.owner.tables:
            way: sa.Select[Any] = sa.select(sa.literal_column("1")).where(*source.owner.joins, found)
            found = way.correlate_except(*source.owner.tables).exists()
        return cast("Sql", found if node.name == "any" else sa.not_(found))

    def _member_test(self, node: Quantifier, member: _Place) -> Sql:
        """For `any` that the predicate is true of a member, for `all` that it is not."""
        if node.predicate is None or node.variable is None:
            return sa.true()
        inside = replace(self, variables={**self.variables, node.variable: member}, known={})
        test = inside._truth(node.predicate, exact=False)  # noqa: SLF001 - its own class
        return test if node.name == "any" else sa.not_(sa.func.coalesce(test, sa.false()))

    # ---- Operands --------------------------------------------------------------------------------

    def _operand(self, node: Node) -> Operand:
        """A node as its value."""
        if is_constant(node):
            return Constant(self._evaluated(node))
        match node:
            case Variable() | Member():
                return self._named(node)
            case Call():
                return self._call(node)
            case Count(source=source):
                return self._count(node, self._place(source))
            case Case(branches=branches):
                return self._case(branches)
            case Negate(operand=operand):
                return self._arithmetic(node, "sub", Constant(0), self._operand(operand))
            case Arithmetic(operator=operator, left=left, right=right):
                return self._arithmetic(node, operator, self._operand(left), self._operand(right))
            case Quantifier() | Not() | Comparison() | Logical():
                return single(edm.BOOLEAN, Parenthesised(self._truth(node, exact=True)))
            case Collection() | Record() | Literal() | Invocation() | Key() | Where():
                raise unsupported(node, "only a list of constants can be said")
            case _:
                assert_never(node)

    def _evaluated(self, node: Node) -> object:
        return constant(node, self.scope)

    def _named(self, node: Node) -> Operand:
        """What a path has as its value; outside lambdas, where names always mean the same, it is made once."""
        found = self.known.get(node)
        if found is None:
            found = self._value(self._place(node), node)
            if not self.variables:
                self.known[node] = found
        return found

    def _value(self, place: _Place, node: Node) -> Operand:
        match place:
            case Term() | Constant():
                return place
            case Spot():
                return place.term()
            case _Rows(exists=exists) if exists is not None:
                return Term({}, sa.not_(exists))
            case _:
                raise unsupported(node, "a row or a relationship has no value that can be compared")

    def _count(self, node: Count, place: _Place) -> Operand:
        """`/$count` (4.8): a null collection has no members, and what is no collection gives null."""
        if isinstance(place, Spot):
            size = sa.case((place.is_list(), place.size()), (place.term().is_null, 0))
            return single(edm.INT64, size)
        if not isinstance(place, _Related) or place.attribute.property.secondary is not None:
            raise unsupported(node, "only a list in a JSON column and a relationship without a third table are counted")
        target = orm.aliased(place.attribute.property.mapper.class_)
        joins = (*place.owner.joins, place.attribute.of_type(target))
        found = sa.select(sa.func.count()).select_from(target, *place.owner.tables).where(*joins)
        return Term({edm.INT64: found.correlate_except(target, *place.owner.tables).scalar_subquery()}, sa.false())

    def _case(self, branches: Sequence[tuple[Node, Node]]) -> Operand:
        """The result beside the first condition that is true, form by form (5.1.1.12.1)."""
        parts = [(self._truth(condition, exact=False), self._term(result)) for condition, result in branches]
        forms = {kind: form for _, term in reversed(parts) for kind, form in term.forms.items()}
        chosen = {
            kind: sa.type_coerce(sa.case(*((test, term.forms.get(kind, sa.null())) for test, term in parts)), form.type)
            for kind, form in forms.items()
        }
        is_null = sa.case(*((test, term.is_null) for test, term in parts), else_=sa.true())
        sizes = [(test, sa.null() if term.size is None else term.size) for test, term in parts]
        structured = any(term.size is not None for _, term in parts)
        return Term(chosen, is_null, sa.type_coerce(sa.case(*sizes), INTEGER) if structured else None)

    def _term(self, node: Node) -> Term:
        found = self._operand(node)
        if isinstance(found, Term):
            return found
        with _refusing(node):
            return Term({}, sa.true()) if found.value is None else self.database.constant(found.value)

    # ---- Names -----------------------------------------------------------------------------------

    def _place(self, node: Node) -> _Place:
        """What a name or a path leads to."""
        match node:
            case Variable(name="$it" | "$this"):
                return self.root
            case Variable(name=name) if name in self.variables:
                return self.variables[name]
            case Member(source=source, name=name):
                return self._below(self._place(source), name, node)
            case _:
                raise unsupported(node, "this leads to no column, relationship or place in a JSON column")

    def _below(self, owner: _Place, name: str, node: Node) -> _Place:
        with _refusing(node):
            if isinstance(owner, Spot):
                return owner.child(name)
            found = owner.named(name) if isinstance(owner, _Rows) else None
            if found is not None:
                return self._found(found, cast("_Rows", owner))
        if self.unknown == "null":
            return Constant(None)
        raise unsupported(node, f"the name {name} is not known here", 'give it in names=, or unknown="null"')

    def _found(self, found: object, owner: _Rows) -> _Place:
        """The place of a column, an attribute, a relationship or a place in a document."""
        if isinstance(found, Spot):
            return found
        attribute = cast("Any", found)
        if isinstance(getattr(attribute, "property", None), orm.RelationshipProperty):
            return self._relationship(attribute, owner)
        element = cast("Sql", attribute)
        if owner.tables:
            element = sa.select(element).where(*owner.joins).correlate_except(*owner.tables).scalar_subquery()
        kind, form = self.database.column(element)
        return self.database.document(form) if kind == DOCUMENT else single(kind, form)

    def _relationship(self, attribute: Any, owner: _Rows) -> _Place:  # noqa: ANN401 - SQLAlchemy has no one type for it
        if attribute.property.uselist:
            return _Related(attribute, owner)
        if attribute.property.secondary is not None:
            raise Refusal("a path through a relationship with a third table cannot be said")
        target = orm.aliased(attribute.property.mapper.class_)
        tables, joins = (*owner.tables, target), (*owner.joins, attribute.of_type(target))
        exists = sa.select(sa.literal_column("1")).where(*joins).correlate_except(*tables).exists()
        return _Rows(_names_of(target, self.database), tables, joins, exists)

    # ---- Arithmetic ------------------------------------------------------------------------------

    def _arithmetic(self, node: Node, operator: str, left: Operand, right: Operand) -> Operand:
        """The result for each pair of kinds that the operands can have; null for the others (5.1.1.2)."""
        divisor = right.value if isinstance(right, Constant) else None
        if any(isinstance(operand, Constant) and operand.value is None for operand in (left, right)):
            return Constant(None)
        with _refusing(node):
            first, second = self._as_term(left), self._as_term(right)
            self._refuse_dates(operator, first, second)
            self._refuse_zero(operator, right)
            pairs = [
                (one, two) for one in self.database.number_forms(first) for two in self.database.number_forms(second)
            ]
            found = [
                (
                    cast("str", values.arithmetic_kind(operator, one[0], two[0])),
                    self.database.arithmetic(operator, one, two, divisor),
                )
                for one, two in pairs
            ]
        return gathered(found) if found else Constant(None)

    def _as_term(self, operand: Operand) -> Term:
        return operand if isinstance(operand, Term) else self.database.constant(operand.value)

    def _refuse_dates(self, operator: str, left: Term, right: Term) -> None:
        kinds = {values.arithmetic_kind(operator, one, two) for one in left.forms for two in right.forms} - {None}
        if not kinds <= values.NUMBERS:
            message = f"{self.database.capabilities.name} does not calculate with dates and durations as OData does"
            raise Refusal(message, "write the result as a constant: `taken gt now() sub duration'P7D'` can be said")

    def _refuse_zero(self, operator: str, divisor: Operand) -> None:
        """Refuse a division that fails where the divisor is zero."""
        known = divisor.value if isinstance(divisor, Constant) else None
        if operator in {"div", "divby", "mod"} and not known and not self.scope.failures_are_null:
            raise Refusal(f"{operator} fails where the divisor is zero", 'give on_error="null" to make that null')

    # ---- Functions -------------------------------------------------------------------------------

    def _call(self, node: Call) -> Operand:
        name = cast("Any", canonical(node.name)).name
        arguments = [self._operand(argument) for argument in node.arguments]
        if any(isinstance(argument, Constant) and argument.value is None for argument in arguments):
            return Constant(None)
        with _refusing(node):
            return _FUNCTIONS[name](self.database, name, arguments)


def _unequal(node: Node) -> Node | None:
    """A test for being unequal, however it is written."""
    match node:
        case Comparison(operator="ne"):
            return node
        case Not(operand=Comparison(operator="eq") as operand):
            return replace(operand, operator="ne")
        case _:
            return None


@contextmanager
def _refusing(node: Node) -> Iterator[None]:
    """A refusal with its place in the filter."""
    try:
        yield
    except Refusal as refusal:
        raise unsupported(node, refusal.message, refusal.hint) from None


def _without_constants(node: Node) -> Node:
    """The tree with null in the place of what is computed before the database is asked."""
    if not isinstance(node, Literal | Collection) and is_constant(node):
        return Literal(edm.NULL, "null", node.span)
    return with_children(node, tuple(_without_constants(child) for child in children(node)))


def _constant_truth(value: object) -> Sql:
    return sa.null() if not isinstance(value, bool) else sa.true() if value else sa.false()


def _read_as(operand: Operand, other: Operand) -> Operand:
    return Constant(_as_duration(operand.value, other)) if isinstance(operand, Constant) else operand


def _as_duration(value: object, other: Operand) -> object:
    """A string that is compared with a duration as the duration that it reads as (5.1.1.14.1)."""
    if isinstance(value, str) and isinstance(other, Term) and edm.DURATION in other.forms:
        return edm.read(edm.DURATION, value) or value
    return value


# ---- The functions -------------------------------------------------------------------------------------
# Each takes the database, the function's name and its arguments, none of them null.


_Function: TypeAlias = Callable[[Database, str, Sequence[Operand]], Operand]


def _text(database: Database, operand: Operand) -> Sql | None:
    """An argument as a string, or None where it is never one.

    Raises:
        Refusal: it has only its ASCII letters in the right case.
    """
    if isinstance(operand, Term) and FOLDED & operand.forms.keys():
        raise Refusal("what tolower and toupper give can only be compared with constants")
    term = operand if isinstance(operand, Term) else database.constant(operand.value)
    return term.forms.get(edm.STRING)


def _texts(database: Database, operands: Sequence[Operand]) -> tuple[Sql, Sql] | None:
    """Two arguments as strings, or None where one of them is none.

    Raises:
        Refusal: both may be lists, of which the functions have overloads.
    """
    if all(isinstance(operand, Term) and operand.size is not None for operand in operands):
        raise Refusal("two values of a JSON column can be lists, and SQL does not look for one in the other")
    first, second = (_text(database, operand) for operand in operands)
    return None if first is None or second is None else (first, second)


def _searched(database: Database, name: str, operands: Sequence[Operand]) -> Operand:
    """`contains`, `startswith`, `endswith`."""
    text, part = operands
    if isinstance(text, Term) and isinstance(part, Constant) and isinstance(part.value, str):
        text = _folded_for(database, text, part.value)
    found = _texts(database, (text, part))
    if found is None:
        return Constant(None)
    if name == "contains":
        return single(edm.BOOLEAN, database.position(*found) > 0)
    known = cast("str", part.value) if isinstance(part, Constant) else None
    test = database.starts_with if name == "startswith" else database.ends_with
    return single(edm.BOOLEAN, test(*found, known))


def _indexof(database: Database, _name: str, operands: Sequence[Operand]) -> Operand:
    found = _texts(database, operands)
    return Constant(None) if found is None else single(edm.INT64, database.position(*found) - 1)


def _concat(database: Database, _name: str, operands: Sequence[Operand]) -> Operand:
    found = _texts(database, operands)
    return Constant(None) if found is None else single(edm.STRING, sa.type_coerce(found[0].concat(found[1]), TEXT))


def _length(database: Database, _name: str, operands: Sequence[Operand]) -> Operand:
    """Of a string in code points, of a list in members."""
    (operand,) = operands
    text = _text(database, operand)
    sizes = [] if text is None else [database.length(text)]
    sizes += [operand.size] if isinstance(operand, Term) and operand.size is not None else []
    return single(edm.INT64, first_of(sizes)) if sizes else Constant(None)


def _substring(database: Database, _name: str, operands: Sequence[Operand]) -> Operand:
    whole, *places = operands
    numbers = [place.value for place in places if isinstance(place, Constant)]
    text = _text(database, whole)
    if len(numbers) < len(places) or not all(map(is_int64, numbers)) or any(isinstance(n, bool) for n in numbers):
        raise Refusal("substring needs constant integers after the string")
    if text is None:
        return Constant(None)
    start, *lengths = cast("list[int]", numbers)
    if min(lengths, default=0) < 0:
        raise Refusal(f"it fails for every row: a length of {lengths[0]} is negative")
    first = database.from_end(text, -start) if start < 0 else sa.literal(min(start, LAST_PLACE) + 1, sa.Integer())
    part = database.slice(text, first, min([*lengths, LAST_PLACE]))
    size = whole.size if isinstance(whole, Term) else None
    return Term(
        {edm.STRING: part}, part.is_(None) if size is None else conjunction([part.is_(None), size.is_(None)]), size
    )


def _folded(database: Database, name: str, operands: Sequence[Operand]) -> Operand:
    """`tolower`, `toupper`: the string itself, as a kind of its own, until it is known what it is compared with."""
    text = _text(database, operands[0])
    return Constant(None) if text is None else single(name, text)


def _folded_for(database: Database, text: Term, constant: str) -> Term:
    """A term as it is searched for a constant."""
    return gathered(
        (edm.STRING, database.folded(kind, form, constant)) if kind in FOLDED else (kind, form)
        for kind, form in text.forms.items()
    )


def _trim(database: Database, _name: str, operands: Sequence[Operand]) -> Operand:
    text = _text(database, operands[0])
    return Constant(None) if text is None else single(edm.STRING, database.trimmed(text))


def _date_part(database: Database, name: str, operands: Sequence[Operand]) -> Operand:
    """`year` to `second` of a date, a time of day, or both."""
    term = cast("Term", operands[0])
    if edm.DATE_TIME_OFFSET in term.forms:
        raise Refusal(f"{database.capabilities.name} does not keep the offset, by which {name} goes")
    allowed = {kind for signature in cast("Any", canonical(name)).signatures for kind in signature.parameters[0]}
    found = [database.date_part(name, kind, form) for kind, form in term.forms.items() if kind in allowed]
    return single(edm.INT64, found[0]) if found else Constant(None)


def _rounded(database: Database, name: str, operands: Sequence[Operand]) -> Operand:
    """`round`, `floor`, `ceiling`; integers stay as they are."""
    found = [
        (kind, form if kind == edm.INT64 else database.rounded(name, kind, form))
        for kind, form in database.number_forms(cast("Term", operands[0]))
    ]
    return gathered(found) if found else Constant(None)


_FUNCTIONS: Mapping[str, _Function] = {
    "concat": _concat,
    **dict.fromkeys(("contains", "endswith", "startswith"), _searched),
    "indexof": _indexof,
    "length": _length,
    "substring": _substring,
    **dict.fromkeys(("tolower", "toupper"), _folded),
    "trim": _trim,
    **dict.fromkeys(("year", "month", "day", "hour", "minute", "second"), _date_part),
    **dict.fromkeys(("round", "floor", "ceiling"), _rounded),
}
