"""Compiled conditions: the evaluator's answers and failures for every filter and row, without asking the evaluator.

`HYPOTHESIS_PROFILE=thorough` compares them for 10,000 generated filters in each property.
"""

import datetime as dt
import enum
import math
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles import EvaluationCase, evaluation_cases
from odata_filter import Filter, FilterError, compiler, evaluator
from odata_filter.nodes import Node
from odata_filter.strategies import filters_and_rows, rows
from test_evaluator import options
from test_random_shapes import FILTERS, NAMES, ODD_VALUES, SCALARS, SHAPES, TREES

# ---- Both roads --------------------------------------------------------------------------------------


def outcome(ask: Callable[..., object], *given: object) -> object:
    """The answer, or the error as far as it can be seen."""
    try:
        return ask(*given)
    except FilterError as error:
        return type(error), error.problems
    except Exception as error:  # noqa: BLE001 - whatever it is, it must be the same
        return type(error), str(error)


MakeScope: TypeAlias = Callable[[], evaluator.Scope]


@dataclass(frozen=True)
class Roads:
    """One condition, and every way to ask it about a row."""

    node: Node
    scope: MakeScope = evaluator.Scope

    @cached_property
    def known(self) -> evaluator.Evaluation:
        """The evaluator's function."""
        return evaluator.evaluation(self.node, evaluator.Context())

    def general(self, row: object) -> bool:
        """The evaluator's answer."""
        return self.known(row, self.scope()) is True

    def matched(self, row: object, *, dense: bool) -> object:
        """Whether the compiled test keeps a row."""
        return compiler.function(self.node, "matches", dense=dense)(self.scope(), self.general)(row)

    def counted(self, row: object, *, dense: bool) -> object:
        """Whether the compiled count counts it, three times out of three."""
        count = compiler.function(self.node, "count", dense=dense)
        return {0: False, 3: True}[count([row] * 3, self.scope(), self.general, -1)[0]]

    def selected(self, row: object, *, dense: bool) -> object:
        """Whether the compiled selection keeps it, three times out of three."""
        kept = list(compiler.function(self.node, "select", dense=dense)([row] * 3, self.scope(), self.general, -1))
        return {0: False, 3: True}[sum(each is row for each in kept)]


def is_refused(node: Node) -> bool:
    """Whether some part has no evaluation."""
    try:
        evaluator.evaluation(node, evaluator.Context())
    except FilterError:
        return True
    return False


def check(f: Filter, row: object, scope: MakeScope = evaluator.Scope) -> None:
    """Every road comes to the same end; a filter that the evaluator refuses has none."""
    if is_refused(f.expression):
        return
    roads = Roads(f.expression, scope)
    ways = [
        partial(ask, dense=dense) for ask in (roads.matched, roads.counted, roads.selected) for dense in (False, True)
    ]
    assert [outcome(roads.general, row)] * 6 == [outcome(way, row) for way in ways], f"{f}\n{row!r:.500}"


def lenient() -> evaluator.Scope:
    """The scope in which a failure is null."""
    return evaluator.Scope(failures_are_null=True)


# ---- Generated filters and rows ------------------------------------------------------------------------

ATOMS = st.one_of(
    SCALARS,
    st.sampled_from(("x", "y", "", 1, 2, 1.0, Decimal(1), True, None, dt.date(2024, 2, 29), [], ["x"], {"a": "x"})),
)


@pytest.mark.thorough
@given(data=st.data(), f=FILTERS)
def test_a_filter_keeps_the_same_rows(data: st.DataObject, f: Filter) -> None:
    """Filters whose operands have the types that they should have, on rows that may not."""
    check(f, data.draw(st.one_of(rows(f), rows(NAMES, values=SHAPES), rows(NAMES, values=ATOMS))))


@pytest.mark.thorough
@given(data=st.data(), f=TREES)
def test_an_expression_keeps_the_same_rows(data: st.DataObject, f: Filter) -> None:
    """Trees of every shape, sensible or not."""
    check(f, data.draw(st.one_of(rows(NAMES, values=SHAPES), SHAPES)))


@pytest.mark.thorough
@given(filters_and_rows())
def test_rows_at_the_edge_of_a_filter_are_kept_alike(pair: tuple[Filter, dict[str, Any]]) -> None:
    """Rows made so that a filter just keeps or just drops them, failing or not."""
    check(*pair)
    check(*pair, scope=lenient)


CASES = [case for case in evaluation_cases() if case.root is None and not case.keys]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.label) for case in CASES])
def test_a_case_has_one_answer_on_both_roads(case: EvaluationCase) -> None:
    """Every case of the evaluation, as it stands, negated, and beside what may fail."""
    f = Filter.parse(case.filter)
    given = options(case)

    def scope() -> evaluator.Scope:
        lenient = given["on_error"] == "null"
        return evaluator.Scope(parameters=case.parameters, now=case.now, failures_are_null=lenient)

    for text in ("{}", "not ({})", "({}) and 1 div zero eq 1"):
        check(Filter.parse(text.format(f)), case.row, scope)


# ---- Every test on every value ---------------------------------------------------------------------------

LITERALS = (
    *("'x'", "'GREEN'", "'cat'", "''", "'1'", "'P1D'", "1", "0", "-1", "3", "1.5", "0.1", "1e0", "NaN", "INF", "true"),
    *("false", "null", "2024-02-29", "2024-02-29T00:00:00Z", "2024-03-31T01:30:00+01:00", "01:00:00", "duration'P1D'"),
    *("00000000-0000-0000-0000-000000000000", "binary'AA=='", "9007199254740993.5", "99999999999999999999"),
)
TESTS = (
    *(f"a {operator} {literal}" for operator in ("eq", "ne", "gt", "ge", "lt", "le") for literal in LITERALS),
    *(f"{literal} {operator} a" for operator in ("eq", "ne", "gt", "le") for literal in LITERALS),
    *(f"a in ({members})" for members in ("'x'", "'x','GREEN'", "'x',null", "1,2", "1,1.5", "null", "'x',1", "NaN")),
    *("a in (2024-02-29)", "a in (duration'P1D','P1D')", "a in (true,1)", "a in [b]", "a in b", "a"),
    *("a eq 'x' or a eq 1", "a ne 'x' and (a eq 1 or a ne 'y')", "b eq 0 and a eq 'x' or a ne 'y' and a ne 'x'"),
    *("a in ('x','y') or not (a eq 'x' and b eq 1)", "(a eq 'x' or b eq 'x') and (b eq 'x' or a eq 'x')"),
    *(
        "a eq 'x' and contains(a,'x')",
        "a eq 'x' or a ne 'y' and 1 div b eq 1",
        "tolower(a) ne 'x' and a eq 'x'",
        "a/any(t:t eq a and a ne 'x') or a eq 'x'",
    ),
    *(f"{name}(a,'x')" for name in ("contains", "startswith", "endswith")),
    *(f"{name}(tolower(a),'x')" for name in ("contains", "startswith", "endswith")),
    *(f"{name}(a) eq 'x'" for name in ("tolower", "toupper", "trim")),
    *("length(a) ge 1", "year(a) eq 2024", "month(a) lt 3", "hour(a) eq 0", "second(a) ge 0", "indexof(a,'x') eq 0"),
    *("a/a eq 'x'", "a/a ne 'x'", "a/a/a eq null", "a eq b", "a add 1 gt 1", "-a lt 0", "a eq true eq true"),
    *("a/any(t:t eq 'x')", "a/all(t:t ne 'x')", "a/any(t:t/a eq 'x')", "a/any()", "a/any(t:t/any(u:u eq t))"),
    *("a/any(t:a/any(u:t eq u and b ne t))", "a/any(t:$it/a eq t)", "a/any(t:t has 'x')", "a/all(t:t/$count gt 0)"),
    *(
        "a/any(t:t/any(u:u has 'x'))",
        "a/any(t:a/any(t:a/any(u:t ne u)))",
        "a eq 0000-01-01",
        "0000-01-01 lt 0000-01-02",
        "a in (0000-01-01)",
    ),
)
QUESTIONS = ("{}", "not ({})", "({}) and b eq 1", "b eq 1 or ({})", "not (({}) or b eq 1)", "({}) and 1 div b eq 1")


class Odd(enum.Enum):
    """Members whose values Python does not hash, or compares in its own way."""

    GREEN = ["x"]  # noqa: RUF012 - what is tried
    x = {"a": "x"}  # noqa: RUF012 - likewise
    ONE = 1.0


VALUES = (
    *(*ODD_VALUES, *Odd),
    *(
        None,
        "x",
        "X",
        "ax",
        "xa",
        "GREEN",
        1,
        0,
        2,
        1.0,
        1.5,
        0.1,
        Decimal(1),
        Decimal("1.5"),
        Decimal("0.1"),
        2**53 + 1,
    ),
    *(["x"], ["y", "x"], [None], [{"a": "x"}], [["x"]], {"a": "x"}, {"a": None}, {"a": {"a": None}}, ("x",), {"x"}),
    *(OrderedDict(a="x"), defaultdict(lambda: "x"), dt.date(2024, 2, 29), dt.timedelta(1), UUID(int=0), math.inf),
    *(dt.datetime(2024, 2, 29, tzinfo=dt.UTC), dt.datetime(2024, 3, 31, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))),
    *(dt.datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=fold) for fold in (0, 1)),
)


@pytest.mark.parametrize("text", TESTS)
def test_a_test_has_the_same_answer_for_every_value(text: str) -> None:
    """Alone and under logic, for values of all types, present or not."""
    for question in QUESTIONS:
        f = Filter.parse(question.format(text))
        general = Roads(f.expression).general
        made = [compiler.function(f.expression, "matches", dense=dense) for dense in (False, True)]
        tests = [each(evaluator.Scope(), general) for each in made]
        for row in [{}, *({"a": value, "b": other} for value in VALUES for other in (1, 0))]:
            assert [outcome(general, row)] * 2 == [outcome(test, row) for test in tests], f"{f}\n{row!r:.300}"


def test_too_much_work_in_front_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop in a loop may fail, so what stands behind it is not asked first."""
    monkeypatch.setattr(evaluator, "MAX_WORK", 3)
    roads = Roads(Filter.parse("a/any(x:$it/a/any(y:y eq 2)) and b eq 1").expression)
    for a in ([1], [1, 1]):
        row = {"a": a, "b": 2}
        expected = outcome(roads.general, row)
        assert [expected] * 2 == [outcome(lambda dense: roads.matched(row, dense=dense), dense) for dense in (0, 1)]  # noqa: B023 - called at once
