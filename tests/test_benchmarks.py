"""The benchmark harness: who must agree, what a peer may do, and what the tables say; nothing here is timed."""

from importlib import import_module
from pathlib import Path

import pytest

from instructions import TASKS, USUAL, verdicts
from measure import Contest, Contestant, Effort, Growth, Outcome, Prepare, Ratio, measured
from report import Table, markdown, text
from run import TOPICS

ONCE = Effort(2, 0.0)
BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def missing() -> Contestant:
    """A peer whose package is not there."""
    import_module("no_such_package")
    raise NotImplementedError


def broken() -> Contestant:
    """A peer that cannot read the filter."""
    raise ValueError


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_a_module(topic: str) -> None:
    """Each row of the table of topics names a file that has the one function asked for."""
    assert "\ndef reports(effort: Effort) -> Iterator[Report]:\n" in (BENCHMARKS / f"{topic}.py").read_text("utf-8")


def test_contestants_must_agree() -> None:
    """A fast wrong answer stops the benchmark before anything is timed."""
    contest = Contest("sum", "one", {"one": lambda: lambda: 1, "two": lambda: lambda: 2})
    with pytest.raises(AssertionError, match="sum: two gives 2, not 1"):
        measured(contest, ONCE)


def test_a_peer_may_be_missing_fail_or_disagree() -> None:
    """The table says why there is no figure."""
    peers: dict[str, Prepare] = {
        "missing": missing,
        "broken": broken,
        "wrong": lambda: lambda: 2,
        "right": lambda: lambda: 1,
    }
    found = measured(Contest("sum", "one", {"one": lambda: lambda: 1}, peers), ONCE)
    assert ["one", *peers] == list(found)
    expected = ["not installed (no_such_package)", "fails (ValueError)", "another answer (2)"]
    assert expected == [found[name] for name in ("missing", "broken", "wrong")]
    assert isinstance(found["right"], Ratio)


def test_a_peer_without_an_answer_only_has_to_run() -> None:
    """A parser that cannot evaluate has nothing to compare."""
    contest = Contest("sum", "one", {"one": lambda: lambda: 1}, {"other": lambda: Contestant(lambda: 2, None)})
    assert isinstance(measured(contest, ONCE)["other"], Ratio)


def test_the_exponent_is_the_slope() -> None:
    """Time that grows with the square of the size has the exponent 2."""
    growth = Growth("sort", (1, 10, 100), {"linear": (3, 30, 300), "quadratic": (3, 300, 30000)})
    assert (1, 2) == (round(growth.exponent("linear"), 9), round(growth.exponent("quadratic"), 9))


def test_a_table_shows_ratios_and_reasons() -> None:
    """Text and Markdown have the same cells; the baseline shows its time."""
    ratios = {"one": Ratio(1, 1, 1, 2.5e-6), "two": Ratio(12.345, 11, 1300, 3e-5)}
    outcomes: dict[str, Outcome] = {**ratios, "three": "fails (ValueError)"}
    table = Table("Sum", "one", ("ten",), {name: (outcome,) for name, outcome in outcomes.items()})
    assert "two    12.3 (11-1,300)\n" in text(table)
    assert "| one | 1 = 2.5 us |\n| two | 12.3 (11-1,300) |\n| three | fails (ValueError) |\n" in markdown(table)


def test_a_growth_table_shows_the_exponent() -> None:
    """A column for each size, then the exponent."""
    growth = Growth("sort", (1, 10), {"linear": (3e-3, 3e-2)})
    assert "|  | 1 | 10 | exponent |\n|---|---|---|---|\n| linear | 3 ms | 30 ms | 1.00 |" in markdown(growth)


# ---- Instructions --------------------------------------------------------------------------------------


def test_every_task_whose_instructions_are_counted_has_a_usual_number() -> None:
    """And no number is left of a task that is gone."""
    assert list(TASKS) == list(USUAL)


@pytest.mark.parametrize(
    ("count", "well"),
    [(90, True), (100, True), (120, True), (150, False), (None, False)],
    ids=["quicker", "as it was", "in another build", "slower by half", "failing"],
)
def test_a_task_that_became_slower_by_half_is_told(count: int | None, *, well: bool) -> None:
    """What differs from build to build is not; a task that fails is."""
    assert [well] == [each for _, each in verdicts({"task": count}, 1000, {"task": 0.1})]
