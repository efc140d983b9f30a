"""When a filter is compiled, and what can be seen of it: nothing but the time."""

from collections.abc import Iterator
from typing import Any

import pytest

from odata_filter import Filter, FilterEvaluationError, compiler
from odata_filter.evaluator import Scope
from odata_filter.nodes import Node
from odata_filter.predicate import PAYS, Predicate

MANY = 3 * PAYS
TEXT = "a eq 'x'"


def condition(text: str = TEXT) -> Node:
    """The tree of a filter."""
    return Filter.parse(text).expression


class Evaluator:
    """The evaluator's answer, and how often it was asked for."""

    def __init__(self, text: str = TEXT) -> None:
        """Answer for a filter."""
        self._filter = Filter.parse(text)
        self.asked = 0

    def __call__(self, row: object) -> bool:
        """The answer, by an evaluation that is not compiled."""
        self.asked += 1
        return self._filter.evaluate(row) is True


def rows(number: int = MANY) -> list[dict[str, Any]]:
    """Rows of which every second is kept."""
    return [{"a": "xy"[at % 2], "b": at} for at in range(number)]


# ---- Who answers ---------------------------------------------------------------------------------------


def test_the_evaluator_answers_for_the_first_rows() -> None:
    """A filter that is asked once or twice is not compiled."""
    predicate, general = Predicate(condition()), Evaluator()
    assert PAYS // 2 == predicate.count(iter(rows(PAYS)), Scope(), general)
    assert PAYS == general.asked
    few = Predicate(condition())
    assert rows(4)[::2] == list(few.select(iter(rows(4)), Scope(), general))


def test_compiled_functions_answer_for_the_others() -> None:
    """Counting, selecting and testing one by one learn from each other."""
    predicate, general = Predicate(condition()), Evaluator()
    assert MANY // 2 == predicate.count(iter(rows()), Scope(), general)
    assert PAYS == general.asked
    assert rows()[::2] == list(predicate.select(iter(rows()), Scope(), general))
    assert PAYS == general.asked
    assert [True, False] == [predicate.matches(row, Scope(), general, alone=True) for row in rows(2)]
    assert PAYS == general.asked


@pytest.mark.parametrize("odd", [{"c": "x"}, ["x"], None])
def test_a_row_without_a_key_or_of_another_kind_is_answered_for(odd: object) -> None:
    """It is dropped, and what follows is looked at."""
    predicate = Predicate(condition())
    mixed = [*rows(), odd, *rows(2)]
    assert MANY // 2 + 1 == predicate.count(iter(mixed), Scope(), Evaluator())
    assert [*rows()[::2], rows()[0]] == list(predicate.select(iter(mixed), Scope(), Evaluator()))


@pytest.mark.parametrize("lacking", [{}, {"b": 1}])
def test_rows_that_lack_keys_are_expected_after_a_while(lacking: dict[str, Any]) -> None:
    """Then the functions are those for rows that may lack any, and the evaluator is not asked any more."""
    predicate, general = Predicate(condition("a ne 'y'")), Evaluator("a ne 'y'")
    mixed = [*rows(PAYS), *[lacking] * MANY, *rows(2)]
    assert PAYS // 2 + MANY + 1 == predicate.count(iter(mixed), Scope(), general)
    assert PAYS == general.asked
    assert [*rows(PAYS)[::2], *[lacking] * MANY, rows()[0]] == list(predicate.select(iter(mixed), Scope(), general))
    assert PAYS == general.asked


def test_a_test_of_many_rows_learns_what_they_are_like() -> None:
    """It is written for rows with every key, until too many have not; rows of any kind have the evaluator's answer."""
    general = Evaluator("a ne 'y'")
    test = Predicate(condition("a ne 'y'")).test(Scope(), general)
    odd: list[object] = [{}, {"a": 1}, {"a": None}, {"a": "y"}, ["y"], {"a": "x"}]
    assert [general(row) for row in odd] * MANY == [test(row) for row in odd * MANY]


def test_a_list_that_changes_is_followed() -> None:
    """Rows that are appended while a selection runs are looked at, too."""
    some = rows(2)
    for row in Filter.parse(TEXT).select(some):
        if len(some) < MANY:
            some += rows(2)
        assert "x" == row["a"]
    assert MANY == len(some)


def test_a_test_without_options_is_kept() -> None:
    """`matches` then is one call of it; a moment, a parameter or an option is looked at every time."""
    f = Filter.parse(TEXT)
    assert [True] * MANY == [f.matches({"a": "x"}) for _ in range(MANY)]
    assert f.matches({"a": "x"}, on_error="null")
    late = Filter.parse("d lt now() or a eq @p")
    assert not any(late.matches({"a": "x"}) for _ in range(MANY))
    assert late.matches({"a": "x"}, parameters={"@p": "x"})
    assert [True, False] == [late.matches({}), late.matches({"a": 1})]


def test_a_failure_is_that_of_the_row() -> None:
    """With its place, when it comes late, and only when it is reached."""
    f = Filter.parse("a eq 'x' and 1 div b eq 1")
    late = [*({"a": "x", "b": 1} for _ in range(MANY)), {"a": "x", "b": 0}]
    for _ in range(2):
        with pytest.raises(FilterEvaluationError, match="div by zero") as caught:
            f.count(late)
        assert (13, 20) == (caught.value.position, caught.value.end)
    selected = f.select(late)
    assert {"a": "x", "b": 1} == next(selected)
    with pytest.raises(FilterEvaluationError, match="div by zero"):
        list(selected)
    assert MANY == f.count(late, on_error="null")


def test_a_value_too_deep_to_compare_is_a_failure_of_the_filter() -> None:
    """Also where a compiled function meets it."""
    outer: list[object] = []
    for _ in range(5000):
        outer = [outer]
    f = Filter.parse("a eq b")
    with pytest.raises(FilterEvaluationError, match="nested too deeply"):
        f.count([*rows(), {"a": outer, "b": [[outer]]}])


def test_rows_are_taken_one_by_one() -> None:
    """A selection takes no row before it is asked for the next one that is kept."""
    taken = []

    def source() -> Iterator[dict[str, Any]]:
        for row in rows():
            taken.append(row)
            yield row

    kept = Filter.parse(TEXT).select(source())
    for number in range(MANY // 2):
        assert rows()[2 * number] == next(kept)
        assert 2 * number + 1 == len(taken)


# ---- Any length, any depth -------------------------------------------------------------------------------


def test_a_chain_about_one_key_is_a_list() -> None:
    """However long it is, the row is looked at once."""
    predicate, general = Predicate(condition(" or ".join(f"a eq '{at}'" for at in range(5000)))), Evaluator("false")
    assert 0 == predicate.count(iter([{"a": "x"}] * PAYS), Scope(), general)
    assert 2 == predicate.count(iter([{"a": ""}, {"a": "4999"}, {"a": "0"}, {"a": "5000"}]), Scope(), general)


def test_a_chain_about_many_keys_is_the_evaluators() -> None:
    """Compiling it would take longer than it could save."""
    text = " or ".join(f"a{at} eq 'x'" for at in range(compiler.MAX_PARTS + 1))
    assert 2 == Filter.parse(text).count([{"a7": "y"}] * PAYS + [{"a2000": "x"}] * 2)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("not " * 98 + "a", {"a": True}),
        ("tolower(" * 90 + "a" + ")" * 90 + " eq 'x'", {"a": "X"}),
        ("(" * 48 + "a eq 1" + "".join(f" {'and' if at % 2 else 'or'} b eq {at})" for at in range(48)), {"b": 46}),
        ("a/any(" + "/any(".join(f"t{at}:t{at}" for at in range(45)) + " eq 'x'" + ")" * 45, {"a": ["y"]}),
        ("$it" + "/a" * 95 + " eq 'x'", {"a": {"a": "x"}}),
    ],
)
def test_a_filter_as_deep_as_any_is_compiled(text: str, row: dict[str, Any]) -> None:
    """The answer is the evaluator's."""
    f = Filter.parse(text)
    assert f.count([row]) * MANY == f.count([row] * MANY)


def test_no_name_becomes_code() -> None:
    """Keys and variables called like those of Python, and texts that would end a string, are only looked up."""
    f = Filter.parse(
        "row eq 'x' and type eq 'x' and t/any(get:get eq 'x''\"\\') and exit ne null and tolower(v) eq 'x'"
    )
    row = {"row": "x", "type": "x", "t": ["x'\"\\"], "exit": 1, "v": "X"}
    assert MANY == f.count([row] * MANY)
    assert 0 == f.count([{**row, "type": "str"}] * MANY)


def test_too_much_work_is_a_failure_however_it_is_divided() -> None:
    """Two parts that are too much together are too much when they are compiled, too."""
    f = Filter.parse("a/any(x:a/any(y:y eq 1 and x eq 1)) or a/any(x:a/any(y:y eq 2 and x eq 1))")
    with pytest.raises(FilterEvaluationError, match="too much work"):
        f.count([*rows(), {"a": [0] * 600}])
