"""Python expressions to filters: `field("species") == "cat"` cannot be written wrongly, whatever the values are."""

from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn, TypeAlias

from odata_filter import edm, printer
from odata_filter.errors import FilterValidationError, Problem
from odata_filter.filter import Filter, checked, joined
from odata_filter.nodes import (
    IT,
    MAX_DEPTH,
    Arithmetic,
    Call,
    Case,
    Collection,
    Comparison,
    Count,
    Invocation,
    Key,
    Literal,
    Member,
    Negate,
    Node,
    Not,
    Quantifier,
    Record,
    Variable,
    Where,
    walk,
)

Condition: TypeAlias = "Filter | Operand"


def field(*path: str) -> "Operand":
    """A property, or the path to one: `field("a", "b")` is `a/b`.

    Args:
        path: property names, at least one; each an OData identifier (ABNF section 6).

    Raises:
        FilterValidationError: a name is no identifier; OData has no way to write it.
    """
    if not path:
        raise _refusal("field() needs the name of a property", "name")
    node: Node = IT
    for name in path:
        node = Member(node, _identifier(name))
    return Operand(checked(node))


def parameter(name: object) -> "Operand":
    """A parameter alias: `parameter("@p")`, whose value is given when the filter is evaluated.

    Raises:
        FilterValidationError: the name is not `@` and an identifier.
    """
    if not isinstance(name, str) or not name.startswith("@"):
        raise _refusal(f"{name!r} is no parameter alias", "name", "an alias starts with @, as in @p")
    return Operand(Variable("@" + _identifier(name[1:])))


def value(python_value: object) -> "Operand":
    """A literal on its own, for the left side of an operator: `value(1).is_in(field("sizes"))`.

    Raises:
        FilterValidationError: OData has no literal for the value.
    """
    return Operand(_node(python_value))


def now() -> "Operand":
    """The moment of evaluation, `now()`."""
    return Operand(Call("now", ()))


def mindatetime() -> "Operand":
    """The earliest moment, `mindatetime()`."""
    return Operand(Call("mindatetime", ()))


def maxdatetime() -> "Operand":
    """The latest moment, `maxdatetime()`."""
    return Operand(Call("maxdatetime", ()))


def all_of(*conditions: "Condition | Iterable[Condition]") -> Filter:
    """All conditions hold: one flat `and`, or `true` without conditions.

    Args:
        conditions: filters, Boolean fields, or iterables of them; any number.

    Raises:
        FilterValidationError: one is no condition, or nested too deeply.
    """
    return _chain("and", conditions, empty=True)


def any_of(*conditions: "Condition | Iterable[Condition]") -> Filter:
    """At least one condition holds: one flat `or`, or `false` without conditions. Otherwise like `all_of`."""
    return _chain("or", conditions, empty=False)


def _chain(operator: str, conditions: Iterable[object], *, empty: bool) -> Filter:
    filters = [_condition(one) for given in conditions for one in _each(given)]
    if not filters:
        return Filter(_node(empty))
    return filters[0] if len(filters) == 1 else joined(operator, filters)


def _each(given: object) -> Iterable[object]:
    return given if isinstance(given, Iterable) and not isinstance(given, str | Mapping) else (given,)


class Operand:
    """A value inside a filter. Comparing it gives a `Filter`; it has no value and no truth in Python."""

    __slots__ = ("_node",)

    def __init__(self, node: Node) -> None:
        self._node = node

    __hash__ = None  # type: ignore[assignment] # == gives a filter, so it cannot tell equal keys
    __iter__ = None

    def __repr__(self) -> str:
        return f"<operand {printer.text(self._node)}>"

    def __bool__(self) -> NoReturn:
        """Never, like a filter's."""
        hint = "write field(...) == True, join conditions with & | ~, and use is_in for a list of values"
        raise _refusal("an operand has no truth value of its own", "truth-value", hint)

    def __contains__(self, item: object) -> NoReturn:
        """Never: Python would turn the answer into a bool."""
        hint = "write operand.contains(...) for a part of a string, or operand.is_in([...])"
        raise _refusal("`in` cannot be used on an operand", "truth-value", hint)

    def __getitem__(self, name: str) -> "Operand":
        """A property of this one: `t["name"]` inside `any` is `t/name`."""
        return _operand(Member(_path(self._node), _identifier(name)))

    # ---- Comparison --------------------------------------------------------------------------------

    def __eq__(self, other: object) -> Filter:  # type: ignore[override]
        """`eq`: `field("a") == None` asks for null."""
        return self._compare("eq", other)

    def __ne__(self, other: object) -> Filter:  # type: ignore[override]
        """`ne`: true for a row without the property, unless `other` is None."""
        return self._compare("ne", other)

    def __gt__(self, other: object) -> Filter:
        """`gt`."""
        return self._compare("gt", other)

    def __ge__(self, other: object) -> Filter:
        """`ge`."""
        return self._compare("ge", other)

    def __lt__(self, other: object) -> Filter:
        """`lt`."""
        return self._compare("lt", other)

    def __le__(self, other: object) -> Filter:
        """`le`."""
        return self._compare("le", other)

    def is_in(self, items: object) -> Filter:
        """`in`: the value equals one of the items, or one of the members of another operand."""
        if isinstance(items, Operand):
            if not isinstance(_node(items), Member | Variable | Key | Where | Invocation | Call | Case | Collection):
                raise _refusal("in needs a collection on its right", "value-not-writable", "write is_in(['a', 'b'])")
            return self._compare("in", items)
        if isinstance(items, str | bytes | Mapping) or not isinstance(items, Iterable):
            raise _refusal("is_in needs a list of values", "value-not-writable", "write is_in(['a', 'b'])")
        return self._compare("in", list(items))

    def has(self, flags: object) -> Filter:
        """`has`: all of the enumeration members, given as an Enum member or as `"Solid,Yellow"`, are set."""
        node = _node(flags)
        if not isinstance(node, Literal) or not _is_enumeration(node):
            raise _refusal("has needs an enumeration member or its name", "value-not-writable")
        return _filter(Comparison("has", self._node, node))

    def _compare(self, operator: str, other: object) -> Filter:
        return _filter(Comparison(operator, self._node, _node(other)))

    # ---- Logic, on a Boolean operand ---------------------------------------------------------------

    def __and__(self, other: object) -> Filter:
        """`and`."""
        return joined("and", (_condition(self), _condition(other)))

    def __rand__(self, other: object) -> Filter:
        """`and`, with a filter on the left."""
        return joined("and", (_condition(other), _condition(self)))

    def __or__(self, other: object) -> Filter:
        """`or`."""
        return joined("or", (_condition(self), _condition(other)))

    def __ror__(self, other: object) -> Filter:
        """`or`, with a filter on the left."""
        return joined("or", (_condition(other), _condition(self)))

    def __invert__(self) -> Filter:
        """`not`."""
        return _filter(Not(self._node))

    # ---- Arithmetic (5.1.1.2) ----------------------------------------------------------------------

    def __add__(self, other: object) -> "Operand":
        """`add`."""
        return self._combine("add", other)

    def __radd__(self, other: object) -> "Operand":
        """`add`, with a Python value on the left."""
        return _operand(Arithmetic("add", _node(other), self._node))

    def __sub__(self, other: object) -> "Operand":
        """`sub`."""
        return self._combine("sub", other)

    def __rsub__(self, other: object) -> "Operand":
        """`sub`, with a Python value on the left."""
        return _operand(Arithmetic("sub", _node(other), self._node))

    def __mul__(self, other: object) -> "Operand":
        """`mul`."""
        return self._combine("mul", other)

    def __rmul__(self, other: object) -> "Operand":
        """`mul`, with a Python value on the left."""
        return _operand(Arithmetic("mul", _node(other), self._node))

    def __truediv__(self, other: object) -> "Operand":
        """`divby`: like Python's `/`, it keeps the fraction."""
        return self._combine("divby", other)

    def __rtruediv__(self, other: object) -> "Operand":
        """`divby`, with a Python value on the left."""
        return _operand(Arithmetic("divby", _node(other), self._node))

    def __rmod__(self, other: object) -> "Operand":
        """`mod`, with a Python value on the left."""
        return _operand(Arithmetic("mod", _node(other), self._node))

    def __mod__(self, other: object) -> "Operand":
        """`mod`: unlike Python's, the result has the sign of the left operand."""
        return self._combine("mod", other)

    def __neg__(self) -> "Operand":
        """`-`."""
        return _operand(Negate(self._node))

    def div(self, other: object) -> "Operand":
        """`div`: of two integers the integer quotient, rounded towards zero."""
        return self._combine("div", other)

    def _combine(self, operator: str, other: object) -> "Operand":
        return _operand(Arithmetic(operator, self._node, _node(other)))

    # ---- Strings and collections (5.1.1.5 to 5.1.1.7) ------------------------------------------------

    def contains(self, part: object) -> Filter:
        """`contains`."""
        return self._test("contains", part)

    def startswith(self, part: object) -> Filter:
        """`startswith`."""
        return self._test("startswith", part)

    def endswith(self, part: object) -> Filter:
        """`endswith`."""
        return self._test("endswith", part)

    def matchespattern(self, pattern: object) -> Filter:
        """`matchesPattern`."""
        return self._test("matchesPattern", pattern)

    def hassubset(self, part: object) -> Filter:
        """`hassubset`."""
        return self._test("hassubset", part)

    def hassubsequence(self, part: object) -> Filter:
        """`hassubsequence`."""
        return self._test("hassubsequence", part)

    def concat(self, other: object) -> "Operand":
        """`concat`."""
        return self._call("concat", other)

    def indexof(self, part: object) -> "Operand":
        """`indexof`: zero-based, -1 where the part does not occur."""
        return self._call("indexof", part)

    def length(self) -> "Operand":
        """`length`, in characters or members."""
        return self._call("length")

    def substring(self, start: object, length: object = None) -> "Operand":
        """`substring`, from a zero-based start, and of a length when one is given."""
        return self._call("substring", start) if length is None else self._call("substring", start, length)

    def tolower(self) -> "Operand":
        """`tolower`."""
        return self._call("tolower")

    def toupper(self) -> "Operand":
        """`toupper`."""
        return self._call("toupper")

    def trim(self) -> "Operand":
        """`trim`."""
        return self._call("trim")

    # ---- Dates and times (5.1.1.8) -------------------------------------------------------------------

    def date(self) -> "Operand":
        """`date`."""
        return self._call("date")

    def day(self) -> "Operand":
        """`day`."""
        return self._call("day")

    def fractionalseconds(self) -> "Operand":
        """`fractionalseconds`."""
        return self._call("fractionalseconds")

    def hour(self) -> "Operand":
        """`hour`."""
        return self._call("hour")

    def minute(self) -> "Operand":
        """`minute`."""
        return self._call("minute")

    def month(self) -> "Operand":
        """`month`."""
        return self._call("month")

    def second(self) -> "Operand":
        """`second`."""
        return self._call("second")

    def time(self) -> "Operand":
        """`time`."""
        return self._call("time")

    def totaloffsetminutes(self) -> "Operand":
        """`totaloffsetminutes`."""
        return self._call("totaloffsetminutes")

    def totalseconds(self) -> "Operand":
        """`totalseconds`."""
        return self._call("totalseconds")

    def year(self) -> "Operand":
        """`year`."""
        return self._call("year")

    # ---- Numbers, types and places (5.1.1.9 to 5.1.1.11) -----------------------------------------------

    def ceiling(self) -> "Operand":
        """`ceiling`."""
        return self._call("ceiling")

    def floor(self) -> "Operand":
        """`floor`."""
        return self._call("floor")

    def round(self) -> "Operand":
        """`round`, half away from zero."""
        return self._call("round")

    def cast(self, type_name: str) -> "Operand":
        """`cast` to a type such as `Edm.String`; null where that fails."""
        return _operand(Call("cast", (self._node, _type(type_name))))

    def isof(self, type_name: str) -> Filter:
        """`isof` a type such as `Edm.String`."""
        return _filter(Call("isof", (self._node, _type(type_name))))

    def geo_distance(self, other: object) -> "Operand":
        """`geo.distance`."""
        return self._call("geo.distance", other)

    def geo_intersects(self, other: object) -> Filter:
        """`geo.intersects`."""
        return self._test("geo.intersects", other)

    def geo_length(self) -> "Operand":
        """`geo.length`."""
        return self._call("geo.length")

    def _call(self, name: str, *arguments: object) -> "Operand":
        return _operand(Call(name, (self._node, *map(_node, arguments))))

    def _test(self, name: str, *arguments: object) -> Filter:
        return _filter(Call(name, (self._node, *map(_node, arguments))))

    # ---- Members of a collection (5.1.1.13) ------------------------------------------------------------

    def any(self, condition: Callable[["Operand"], Condition] | None = None) -> Filter:
        """`any`: `field("tags").any(lambda t: t == "x")`; without a condition, the collection is not empty."""
        return self._quantify("any", condition)

    def all(self, condition: Callable[["Operand"], Condition]) -> Filter:
        """`all`: the condition holds for every member, or there is none."""
        if condition is None:
            raise _refusal("all needs a condition", "lambda", 'write all(lambda t: t == "x")')
        return self._quantify("all", condition)

    def count(self) -> "Operand":
        """`$count`: how many members the collection has."""
        return _operand(Count(_path(self._node)))

    def _quantify(self, name: str, condition: Callable[["Operand"], Condition] | None) -> Filter:
        if condition is None:
            return _filter(Quantifier(name, _path(self._node)))
        variable = _variable_name(condition)
        predicate = _condition(condition(Operand(Variable(variable))))
        _check_unbound(variable, predicate.expression)
        return _filter(Quantifier(name, _path(self._node), variable, predicate.expression))


# ---- Python values to nodes --------------------------------------------------------------------------


def _node(given: object, depth: int = 1) -> Node:
    """The node that a Python value stands for; lists and mappings may be nested as deeply as a filter."""
    if depth > MAX_DEPTH:
        raise _refusal(f"nested more than {MAX_DEPTH} levels deep", "nesting")
    match given:
        case Operand():
            return given._node  # noqa: SLF001 - Operand's own module
        case Filter():
            return given.expression
        case list() | tuple():
            return Collection(tuple(_node(item, depth + 1) for item in given))
        case Mapping():
            return Record(tuple((_entry_name(name), _node(item, depth + 1)) for name, item in given.items()))
        case _:
            return Literal(*edm.literal_text(given))


def _entry_name(name: object) -> str:
    if not isinstance(name, str):
        raise _refusal(f"the name {name!r} of an entry is no string", "name")
    return edm.literal_text(name)[1]


def _identifier(name: object) -> str:
    fault = edm.identifier_fault(name) if isinstance(name, str) else "it is no string"
    if fault is not None:
        shown = ascii(name)[:60]
        hint = 'a path is written field("a", "b")' if isinstance(name, str) and "/" in name else None
        raise _refusal(f"{shown} is no property name: {fault}", "name", hint)
    return str.__str__(name)


def _type(name: object) -> Node:
    text = str.__str__(name) if isinstance(name, str) else ""
    inner = text[len("Collection(") : -1] if text.startswith("Collection(") and text.endswith(")") else text
    if not inner or any(edm.identifier_fault(part) is not None for part in inner.split(".")):
        raise _refusal(f"{name!r:.60} is no type name", "name", "a type name is written like Edm.String")
    return Literal(edm.TYPE_NAME, text)


def _is_enumeration(node: Literal) -> bool:
    members = node.text.split(",")
    numbers = [member for member in members if member.removeprefix("-").isdecimal() and member.isascii()]
    return node.type not in edm.PRIMITIVE_TYPES - {edm.STRING} and all(
        member in numbers or edm.identifier_fault(member) is None for member in members
    )


def _path(node: Node) -> Node:
    if isinstance(node, Member | Variable | Key | Where | Invocation):
        return node
    raise _refusal("only a property or a path has members", "path")


def _variable_name(condition: Callable[..., object]) -> str:
    import inspect  # noqa: PLC0415 - slow to import, and only lambdas need it

    try:
        [given] = inspect.signature(condition).parameters.values()
    except (TypeError, ValueError):
        given = None
    if given is None or given.kind is inspect.Parameter.KEYWORD_ONLY:
        raise _refusal("the condition of any and all takes one argument", "lambda", 'write any(lambda t: t == "x")')
    return _identifier(given.name + "_" if edm.is_reserved(given.name) else given.name)


def _check_unbound(variable: str, predicate: Node) -> None:
    """Refuse a condition in which the variable is bound once more: what is meant could not be written."""
    if any(isinstance(node, Quantifier) and node.variable == variable for node in walk(predicate)):
        message = f"the variable {variable} is already bound by an enclosing any or all"
        raise _refusal(message, "variable", "give the inner lambda's argument another name")


def _condition(given: object) -> Filter:
    if isinstance(given, Filter):
        return given
    if isinstance(given, Operand):
        return _filter(given._node)  # noqa: SLF001 - Operand's own module
    hint = "write field(...) == value for each condition"
    raise _refusal(f"{given!r:.60} is no condition", "condition", hint)


def _operand(node: Node) -> Operand:
    return Operand(checked(node))


def _filter(node: Node) -> Filter:
    return Filter._of(checked(node))  # noqa: SLF001 - the tree is right by construction


def _refusal(message: str, code: str, hint: str | None = None) -> FilterValidationError:
    return FilterValidationError(Problem(message=message, code=code, hint=hint))
