"""The Hypothesis strategies: what they cover, that their rows hit and miss, and what they shrink to."""

import doctest
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from decimal import Decimal
from types import ModuleType
from typing import Any, cast, get_args

import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy

from odata_filter import (
    CUSTOM_VISION,
    ODATA,
    Filter,
    FilterError,
    FilterValidationError,
    Profile,
    UnsupportedFilterError,
    all_of,
    edm,
    field,
    functions,
    nodes,
    parser,
    printer,
    strategies,
)
from odata_filter.nodes import Call, Comparison, Key, Literal, Logical, Member, Node, Quantifier, Variable, walk
from odata_filter.strategies import (
    expressions,
    filters,
    filters_and_rows,
    keys,
    matching_rows,
    missing_rows,
    rows,
    values,
)

QUIET = {"database": None, "deadline": None, "suppress_health_check": list(HealthCheck)}


def sample(strategy: SearchStrategy[Any], size: int = 300, batch: int = 0) -> list[Any]:
    """What a strategy gives, the same every time; another batch gives others."""
    found: list[Any] = []

    @seed(batch)
    @settings(max_examples=size, phases=[Phase.generate], **QUIET)  # type: ignore[arg-type]
    @given(strategy)
    def collect(value: object) -> None:
        found.append(value)

    collect()
    return found


def smallest(strategy: SearchStrategy[Any], condition: Any = lambda _: True) -> Any:  # noqa: ANN401 - as Hypothesis has it
    """The simplest value with a property that Hypothesis finds."""
    return find(strategy, condition, settings=settings(max_examples=20_000, derandomize=True, **QUIET))  # type: ignore[arg-type]


def parts(trees: Iterable[Node]) -> list[Node]:
    """Every node of the trees."""
    return [node for tree in trees for node in walk(tree)]


# ---- Coverage of the language --------------------------------------------------------------------


class Drawn:
    """Nodes of drawn trees: as many as it takes to see what is looked for, in a thousand batches at most.

    What is drawn depends on the Hypothesis that is installed and on the code around it, so no fixed number of trees
    is sure to have everything in it.
    """

    def __init__(self, strategy: SearchStrategy[Any]) -> None:
        self.strategy = strategy
        self.nodes: list[Node] = []
        self.batches = 0

    def seen(self, wanted: Collection[object], of: Callable[[Node], Iterable[object]]) -> set[object]:
        """What the nodes give by `of`, once it is all that is wanted, or else after the last batch."""
        found = {thing for node in self.nodes for thing in of(node)}
        while not found.issuperset(wanted) and self.batches < 1000:
            drawn = parts(sample(self.strategy, 300, self.batches))
            found |= {thing for node in drawn for thing in of(node)}
            self.nodes += drawn
            self.batches += 1
        return found


GEO = replace(ODATA, functions=frozenset(name for name in ODATA.functions if name.startswith("geo.")))
CALLS = replace(ODATA, operators=frozenset({"eq"}), constructs=frozenset())


@pytest.fixture(scope="module")
def any_trees() -> Drawn:
    """Nodes of trees of any shape."""
    return Drawn(expressions(max_depth=2))


@pytest.fixture(scope="module")
def any_filters() -> Drawn:
    """Nodes of filters of the whole language."""
    some = st.one_of(filters(max_depth=2), filters(GEO, max_depth=2), filters(CALLS, max_depth=2))
    return Drawn(some.map(lambda f: f.expression))


@pytest.fixture(params=["any_trees", "any_filters"])
def either(request: pytest.FixtureRequest) -> Drawn:
    """Both in turn."""
    return cast("Drawn", request.getfixturevalue(request.param))


def test_every_kind_of_node_is_made(either: Drawn) -> None:
    """No part of the language is left out."""
    expected = set(get_args(nodes.Node))
    assert expected == either.seen(expected, lambda node: [type(node)])


def test_every_canonical_function_is_called(either: Drawn) -> None:
    """The function table is the source of calls, so a new function is called without a change here."""
    expected = {function.name for function in functions.FUNCTIONS}
    assert expected == either.seen(expected, lambda node: [node.name] if isinstance(node, Call) else [])


def test_every_operator_is_used(either: Drawn) -> None:
    """Comparison, logic, arithmetic and lambdas; `not` and `-` are nodes of their own."""
    expected = ODATA.operators - {"-", "not"}
    assert expected == either.seen(expected, _operator)


def _operator(node: Node) -> list[object]:
    if isinstance(node, Quantifier):
        return [node.name]
    return [node.operator] if isinstance(node, Comparison | Logical | nodes.Arithmetic) else []


def _literal_type(node: Node) -> list[object]:
    return [node.type] if isinstance(node, Literal) else []


def test_trees_have_literals_of_every_type(any_trees: Drawn) -> None:
    """Every primitive type, every shape on a globe and on a plane, type names and enumerations."""
    shapes = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "Collection")
    expected = {f"Edm.{family}{shape}" for family in ("Geography", "Geometry") for shape in shapes}
    expected |= edm.PRIMITIVE_TYPES | {edm.TYPE_NAME, "Model.A"}
    assert set() == expected - any_trees.seen(expected, _literal_type)


def test_filters_have_literals_of_every_type(any_filters: Drawn) -> None:
    """Every primitive type, the shapes that functions take, and an enumeration."""
    expected = edm.PRIMITIVE_TYPES | functions.POINT | functions.LINE_STRING | functions.POLYGON
    expected |= {edm.TYPE_NAME, "Model.Color"}
    assert set() == expected - any_filters.seen(expected, _literal_type)


def test_trees_have_every_variable(any_trees: Drawn) -> None:
    """The instance, the member that `/$filter` looks at, the service, aliases, and what lambdas bind."""
    expected = {"$it", "$this", "$root", "@a", "a"}
    assert expected <= any_trees.seen(expected, lambda node: [node.name] if isinstance(node, Variable) else [])


def test_words_of_the_language_are_names(any_trees: Drawn) -> None:
    """A property may be called like an operator, a function or a literal."""
    expected = {"eq", "in", "order", "null", "true", "not", "INF", "contains", "any"}
    assert expected <= any_trees.seen(expected, lambda node: [node.name] if isinstance(node, Member) else [])


def test_a_name_that_a_lambda_binds_is_also_a_property(any_trees: Drawn) -> None:
    """Inside a lambda with the variable `t`, the property `t` is `$it/t`."""
    assert any_trees.seen([True], _speaks_of_a_hidden_property) >= {True}


def _speaks_of_a_hidden_property(node: Node) -> list[object]:
    if not isinstance(node, Quantifier) or node.predicate is None:
        return []
    return [isinstance(inner, Member) and inner.name == node.variable for inner in walk(node.predicate)]


def test_keys_are_read_off_a_name_a_filtered_collection_and_a_function(any_trees: Drawn) -> None:
    """`Items(1)`, `Items/$filter(...)(1)` and `F(p=1)(1)`."""
    expected = {Member, nodes.Where, nodes.Invocation}
    assert expected == any_trees.seen(expected, lambda node: [type(node.source)] if isinstance(node, Key) else [])


def test_no_tree_is_deeper_than_asked_for() -> None:
    """A level is an operator, a call, a bracket or a step of a path; a name and its instance are one."""
    for tree in sample(expressions(max_depth=2)):
        assert nodes.too_deep(tree, 6) is None
    for tree in sample(expressions(max_depth=0)):
        assert isinstance(tree, Member | Literal | Variable)


def test_a_tree_has_the_given_names() -> None:
    """Properties, variables, parameters and aliases are called as the caller says."""
    trees = parts(sample(expressions(names=st.just("price"))))
    plain = {node.name for node in trees if isinstance(node, Member) and node.name.isidentifier()}
    assert {"price"} == plain


def test_filters_ask_about_the_members_of_plain_collections() -> None:
    """Inside `/$filter(...)`, `$this` is such a member."""
    known = frozenset({"/$filter", "/$count", "$this"})
    profile = replace(ODATA, operators=frozenset({"eq", "any"}), functions=frozenset(), constructs=known)
    found = smallest(filters(profile), lambda f: "/$filter($this eq" in str(f))
    assert len("a/$filter($this eq 'x')/any(t:t eq 'x')") >= len(str(found))


# ---- Filters for a profile -----------------------------------------------------------------------


@given(filters(CUSTOM_VISION))
def test_custom_vision_filters_validate(f: Filter) -> None:
    """The count endpoint takes every one of them."""
    assert () == f.problems(profile=CUSTOM_VISION)


@given(filters())
def test_filters_of_the_whole_language_validate(f: Filter) -> None:
    """Nothing in them is more than a warning."""
    f.validate()


SIMPLER = (
    Profile(name="only functions", operators=frozenset(), constructs=frozenset()),
    Profile(name="only equality", operators=frozenset({"eq"}), functions=frozenset(), constructs=frozenset()),
    Profile(
        name="conditions with in, has and not",
        operators=frozenset({"eq", "in", "has", "not", "and"}),
        functions=frozenset(),
        literal_types=frozenset({edm.STRING, edm.INT64, edm.NULL}),
        constructs=frozenset({"collection"}),
        simple_conditions=True,
        max_name_length=8,
        max_string_length=3,
    ),
    replace(ODATA, name="no parentheses", parentheses=False, operators=frozenset({"eq", "and", "or"})),
    replace(ODATA, name="numbers", literal_types=frozenset({edm.INT64, edm.DECIMAL}), constructs=frozenset({"path"})),
    replace(ODATA, name="no integers", literal_types=frozenset({edm.STRING, edm.DATE})),
    replace(ODATA, name="doubles", literal_types=frozenset({edm.DOUBLE})),
    replace(ODATA, name="keys", literal_types=frozenset({edm.BOOLEAN})),
)


@pytest.mark.parametrize("profile", SIMPLER, ids=lambda profile: str(profile.name))
def test_filters_keep_to_a_profile_of_ones_own(profile: Profile) -> None:
    """A profile is data, and the strategies read it."""
    for f in sample(filters(profile), 150):
        f.validate(profile=profile)


def test_filters_have_the_given_keys_and_values() -> None:
    """Give the names and values of your data, and the filters speak about it."""
    species = filters(CUSTOM_VISION, keys=st.just("species"), values=st.sampled_from(["cat", "dog"]))
    found = parts(f.expression for f in sample(species))
    assert {"species"} == {node.name for node in found if isinstance(node, Member)}
    assert {"cat", "dog"} == {node.text for node in found if isinstance(node, Literal)}


def test_a_key_that_cannot_be_written_is_refused() -> None:
    """A strategy for keys is checked like any other input."""
    with pytest.raises(FilterValidationError):
        sample(filters(CUSTOM_VISION, keys=st.just("no name")))


def test_a_value_that_cannot_be_written_is_refused() -> None:
    """OData has no literal for an object."""
    with pytest.raises(FilterValidationError, match="no literal"):
        sample(filters(values=st.just(object())))


def test_half_of_the_filters_at_least_have_a_value() -> None:
    """Operands are of the types that the operators ask for, so that a row gets true or false."""
    answers = [_answer(*pair) for pair in sample(filters_and_rows(max_depth=2))]
    assert len(answers) / 2 < sum(answer in (True, False) for answer in answers)


def _answer(f: Filter, row: object) -> object:
    try:
        return f.evaluate(row)
    except FilterError as error:
        return error


@pytest.mark.parametrize("profile", [ODATA, CUSTOM_VISION, SIMPLER[2]], ids=lambda profile: str(profile.name))
def test_keys_are_names_that_the_profile_takes(profile: Profile) -> None:
    """Short, long, in any script, and never one that needs `$it/` where that is not allowed."""
    found = sample(keys(profile))
    for key in found:
        (field(key) == "x").validate(profile=profile)
    assert any(not key.isascii() for key in found)


def test_values_are_of_every_type_that_the_builder_writes() -> None:
    """None and eleven Python types under ODATA, only strings under CUSTOM_VISION."""
    assert edm.PRIMITIVE_TYPES == {edm.literal_text(value)[0] for value in sample(values(), 3000)}
    assert all(isinstance(value, str) and len(value) <= 256 for value in sample(values(CUSTOM_VISION)))


# ---- Rows ----------------------------------------------------------------------------------------

HITS_AND_MISSES = (
    "a eq 'x'",
    "a ne 'x'",
    "a ne null",
    "a eq 'x' and b eq 'y' and c eq 'z' and d eq 1 and e eq 2.5 and f eq true",
    "a ne 'x' and a eq 'y'",
    "(a eq 'x' or a eq 'y') and a ne 'x'",
    "not (a eq 'x' or not (b eq 'y'))",
    "not (a gt 3) and not (b lt 2)",
    "a in ('x','y','z') and not (a in ('x','y'))",
    "a gt 3 and a lt 5",
    "a ge 2020-01-01 and b lt 2020-01-01T00:00:00Z and c le 12:00:00 and d gt duration'P1D'",
    "a has 'Red,Blue'",
    "a",
    "not a",
    "a/b/c eq 'x' and a/d gt 1",
    "contains(a,'x') and startswith(a,'y')",
    "length(a) eq 12",
    "length(a) gt 3 and endswith(tolower(a),'z')",
    "concat(a,'x') eq 'yx'",
    "indexof(a,'x') eq 4",
    "substring(a,2) eq 'x'",
    "a add 5 eq 12",
    "-a gt 5",
    "a mul 3 eq 12",
    "a add b eq 5",
    "a lt b",
    "a eq b and a ne null",
    "year(a) eq 1969 and month(b) eq 7 and day(c) eq 20",
    "hour(a) eq 1 and minute(b) eq 2 and second(c) eq 3",
    "fractionalseconds(a) eq 0.25",
    "totalseconds(a) eq 90",
    "totaloffsetminutes(a) eq 60",
    "date(a) eq 2020-01-01 and time(b) eq 12:00:00",
    "cast(a,Edm.Int64) eq 5",
    "a eq binary'AAAA' or b eq 01234567-89ab-cdef-0123-456789abcdef",
    "tags/any()",
    "tags/any(t:t eq 'x')",
    "tags/all(t:t eq 'x')",
    "tags/any(t:t/name eq 'x' and t/size gt 3)",
    "not tags/all(t:t/name eq 'x')",
    "tags/any(t:t eq $it/a)",
    "tags/any(t:t/sub/any(u:u gt 1))",
    "tags/any(t:t/sub/any(t:t gt 1))",
    "tags/$count gt 2",
    "tags/$filter($this eq 'x')/$count eq 1",
    "tags/$filter(name eq 'x')/any(t:t/size gt 2)",
    "a eq ['x',1] or b eq {\"c\":1}",
    "case(a eq 1:b eq 'x',true:false)",
    "(a eq 'x') eq false",
    " or ".join(f"a eq {number}" for number in range(100)),
    " and ".join(f"a{number} eq {number}" for number in range(100)),
)
FEW = settings(max_examples=30, **QUIET)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", HITS_AND_MISSES, ids=lambda text: str(text)[:50])
def test_matching_rows_match_and_missing_rows_do_not(text: str) -> None:
    """The rows are made for the conditions, so that even a hundred of them are no obstacle."""
    f = Filter.parse(text)

    @FEW
    @given(matching_rows(f), missing_rows(f))
    def hit_and_miss(hit: dict[str, Any], miss: dict[str, Any]) -> None:
        assert f.matches(hit)
        assert not f.matches(miss)

    hit_and_miss()


@given(filters(CUSTOM_VISION, max_depth=3), st.data())
def test_rows_hit_and_miss_custom_vision_filters(f: Filter, data: st.DataObject) -> None:
    """Nearly every filter of strings can be hit and missed; the others can be neither by any row."""
    assume(len({node.name for node in walk(f.expression) if isinstance(node, Member)}) > 1)
    assert f.matches(data.draw(matching_rows(f)))
    assert not f.matches(data.draw(missing_rows(f)))


@pytest.mark.parametrize(
    "text", ["a eq 'x' and a eq 'y'", "false or null ne null", "not (true or a)", "a lt 'x' and 1 eq 2"]
)
def test_a_filter_that_nothing_satisfies_is_reported(text: str) -> None:
    """Hypothesis says so; nothing is made up. The opposite of such a filter is missed by no row."""
    with pytest.raises(Unsatisfiable):
        smallest(matching_rows(Filter.parse(text)))
    with pytest.raises(Unsatisfiable):
        smallest(missing_rows(Filter.parse(f"({text}) ne true")))


@pytest.mark.parametrize("rows_of", [matching_rows, missing_rows])
def test_what_has_no_evaluation_is_refused_at_once(rows_of: Any) -> None:  # noqa: ANN401 - either of two functions
    """The error names the part, before any example runs."""
    with pytest.raises(UnsupportedFilterError, match=r"Model\.F"):
        rows_of(Filter.parse("Model.F(p=1) eq 2"))


def test_rows_have_hits_near_misses_gaps_and_nulls() -> None:
    """What a filter must tell apart."""
    found = sample(rows(field("a") == "x"), 500)
    assert {"x", "xx", None, 1} <= {row["a"] for row in found if "a" in row and isinstance(row["a"], str | int | None)}
    assert any("a" not in row for row in found)
    assert any(isinstance(row.get("a"), dict) for row in found)
    assert any(isinstance(row.get("a"), list) for row in found)


def test_rows_are_nested_like_the_paths_of_the_filter() -> None:
    """A path is nested dicts, and what a lambda looks at is a list of them."""
    found = sample(rows(Filter.parse("a/b eq 1 and tags/any(t:t/name eq 'x')")))
    assert any(row.get("a") == {"b": 1} for row in found)
    assert any(row.get("tags") == [{"name": "x"}] for row in found)


def test_rows_are_made_for_keys() -> None:
    """Without a filter, the names of the columns are enough."""
    found = sample(rows(["species", "lens"], values=st.sampled_from([1, 2])))
    assert {1, 2} == {row["species"] for row in found if "species" in row}
    assert any("lens" in row and "species" not in row for row in found)


def test_pairs_hit_and_miss() -> None:
    """A filter and a row drawn together meet often enough to be of use."""
    answers = [f.matches(row) for f, row in sample(filters_and_rows(CUSTOM_VISION))]
    assert len(answers) / 4 < sum(answers) < len(answers) * 3 / 4


def test_a_literal_without_python_value_does_not_matter() -> None:
    """A year that Python cannot hold is left alone; the rest of the filter is served."""
    found = sample(rows(Filter.parse("a eq 99999-01-01 or b eq 'x'")))
    assert any(row.get("b") == "x" for row in found)


def test_values_at_the_edge_have_no_neighbours_beyond() -> None:
    """The last date has no tomorrow."""
    f = Filter.parse("a eq 9999-12-31 and b eq duration'P999999999D' and c eq 9999-12-31T23:59:59Z and d eq '007'")
    assert f.matches(smallest(matching_rows(f)))


# ---- Shrinking -----------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [ODATA, CUSTOM_VISION], ids=lambda profile: str(profile.name))
def test_a_filter_shrinks_to_one_plain_condition(profile: Profile) -> None:
    """What a failing test shows is as short as it can be."""
    assert "a eq 'x'" == str(smallest(filters(profile)))


def test_a_filter_shrinks_within_its_own_shape() -> None:
    """What the test looks for stays, and everything else goes."""
    both = smallest(
        filters(CUSTOM_VISION), lambda f: isinstance(f.expression, Logical) and f.expression.operator == "or"
    )
    assert "a eq 'x' or a eq 'x'" == str(both)
    negated = smallest(filters(), lambda f: any(isinstance(node, nodes.Not) for node in walk(f.expression)))
    assert len("not (a eq 'x')") >= len(str(negated))
    called = smallest(filters(), lambda f: "contains" in str(f))
    assert len("contains(a,'x')") >= len(str(called))
    bound = smallest(filters(), lambda f: any(isinstance(node, Quantifier) for node in walk(f.expression)))
    assert len("a/any(t:t eq 'x')") >= len(str(bound))


def test_a_tree_shrinks_to_a_name() -> None:
    """A name, or an instance, is the simplest tree."""
    assert printer.text(smallest(expressions())) in {"a", "$it", "$this"}


def test_a_row_shrinks_to_what_the_filter_needs() -> None:
    """Nothing in the row but the reason."""
    f = Filter.parse("a eq 'x' and (b/c gt 3 or tags/any(t:t eq 'y'))")
    assert {"a": "x", "b": {"c": 4}} == smallest(matching_rows(f))
    assert {} == smallest(missing_rows(f))
    assert {} == smallest(rows(f))
    assert {"a": "x"} == smallest(rows(f), lambda row: row.get("a") == "x")


def test_a_pair_shrinks_on_both_sides() -> None:
    """A short filter and a short row."""
    f, row = smallest(filters_and_rows(), lambda pair: bool(_answer(*pair) is True))
    assert len("a eq 'x'") >= len(str(f))
    assert len(row) <= 1


# ---- Documentation -------------------------------------------------------------------------------


def test_a_strategy_says_what_it_makes() -> None:
    """Hypothesis shows this beside an error."""
    assert "<OData 4.01, depth 4>" in repr(filters())


@pytest.mark.parametrize("room", [strategies.aimed, strategies.near, strategies.trees, strategies.typed])
def test_the_examples_in_the_documentation_run(room: ModuleType) -> None:
    """Each docstring shows a property that holds."""
    done = doctest.testmod(room)
    assert 0 == done.failed
    assert 0 < done.attempted


def test_numbers_of_any_kind_are_told_apart_from_their_neighbours() -> None:
    """An int, a Decimal and a float each have a next one."""
    found = {
        row["a"]
        for row in sample(rows(all_of(field("a") == 2, field("a") == Decimal("0.5"))))
        if "a" in row
        if isinstance(row["a"], int | Decimal)
    }
    assert {2, 3, 1, -2, Decimal("0.5"), Decimal("1.5")} <= found
    assert parser.parse("a eq 2") == (field("a") == 2).expression
