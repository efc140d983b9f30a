"""Contestants to the time of each beside a baseline, taken in interleaved rounds within one run."""

import gc
import math
import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Run: TypeAlias = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Contestant:
    """What is timed, and how to ask it for the answer that all contestants must share.

    Attributes:
        run: the work that is timed.
        answer: gives what is compared before timing; by default what `run` returns. None where there is nothing to
            compare, as with a parser that cannot evaluate: then `run` only has to succeed.
    """

    run: Run
    answer: Run | None


Prepare: TypeAlias = Callable[[], Contestant | Run]
"""Imports and makes ready, all untimed, then gives what is timed; a bare callable is its own answer."""


@dataclass(frozen=True, slots=True)
class Contest:
    """One column of a table: several ways of doing the same.

    Attributes:
        title: the column's name.
        baseline: the contestant that the others are divided by.
        contestants: must run and agree; a failure stops the benchmark.
        peers: may be missing, fail or disagree; the table says so.
    """

    title: str
    baseline: str
    contestants: Mapping[str, Prepare]
    peers: Mapping[str, Prepare] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: rounds, and the least time in seconds that a contestant runs in each."""

    rounds: int
    seconds: float


FULL = Effort(31, 0.02)
QUICK = Effort(7, 0.002)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Time divided by the baseline's of the same round: median, 10th and 90th percentile; seconds is the median."""

    median: float
    low: float
    high: float
    seconds: float


Outcome: TypeAlias = Ratio | str
"""A ratio, or why there is none."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Median seconds at each size, for each name."""

    title: str
    sizes: tuple[int, ...]
    seconds: Mapping[str, tuple[float, ...]]

    def exponent(self, name: str) -> float:
        """The slope of log(time) over log(size), by least squares: 1 is linear, 2 is quadratic."""
        logs = [math.log(size) for size in self.sizes], [math.log(each) for each in self.seconds[name]]
        return statistics.linear_regression(*logs).slope


def measured(contest: Contest, effort: Effort) -> dict[str, Outcome]:
    """The outcome of each contestant and peer: agreement first, then time.

    Raises:
        AssertionError: a contestant that is no peer gives another answer than the baseline.
    """
    ready = {name: _ready(prepare) for name, prepare in contest.contestants.items()}
    answers = {name: each.answer() if each.answer else each.run() for name, each in ready.items()}
    wanted = answers[contest.baseline]
    for name, each in ready.items():
        if each.answer is not None and answers[name] != wanted:
            raise AssertionError(f"{contest.title}: {name} gives {answers[name]!r:.200}, not {wanted!r:.200}")
    excuses: dict[str, str] = {}
    for name, prepare in contest.peers.items():
        peer = _peer(prepare, wanted)
        if isinstance(peer, str):
            excuses[name] = peer
        else:
            ready[name] = peer
    times = interleaved({name: each.run for name, each in ready.items()}, effort)
    ratios = {name: _ratio(times[name], times[contest.baseline]) for name in times}
    return {name: ratios.get(name) or excuses[name] for name in [*contest.contestants, *contest.peers]}


def _ready(prepare: Prepare) -> Contestant:
    made = prepare()
    return made if isinstance(made, Contestant) else Contestant(made, made)


def _peer(prepare: Prepare, wanted: object) -> Contestant | str:
    """A peer that is installed, works and agrees, or what is wrong with it."""
    try:
        peer = _ready(prepare)
        answer = peer.answer() if peer.answer else peer.run()
    except ModuleNotFoundError as error:
        return f"not installed ({error.name})"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"fails ({type(error).__name__})"
    return peer if peer.answer is None or answer == wanted else f"another answer ({answer!r:.40})"


def interleaved(
    runs: Mapping[str, Run], effort: Effort, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Seconds for one call of each, once per round; in each round all take turns, in a new order."""
    order = random.Random(0)  # noqa: S311 - only an order
    times: dict[str, list[float]] = {name: [] for name in runs}
    repeats = {name: _repeats(run, effort.seconds, clock) for name, run in runs.items()}
    collecting = gc.isenabled()
    gc.disable()
    try:
        for _ in range(effort.rounds):
            for name in order.sample(list(runs), len(runs)):
                times[name].append(_seconds(runs[name], repeats[name], clock) / repeats[name])
                gc.collect()
    finally:
        if collecting:
            gc.enable()
    return times


def grown(title: str, sizes: tuple[int, ...], prepare: Mapping[str, Callable[[int], Run]], effort: Effort) -> Growth:
    """How time follows size: every size of every name takes its turn in each round."""
    runs = {(name, size): make(size) for name, make in prepare.items() for size in sizes}
    times = interleaved({f"{name} {size}": run for (name, size), run in runs.items()}, effort)
    medians = {name: tuple(statistics.median(times[f"{name} {size}"]) for size in sizes) for name in prepare}
    return Growth(title, sizes, medians)


def _repeats(run: Run, seconds: float, clock: Callable[[], float]) -> int:
    """How many calls take at least that long; the first call warms up, unmeasured."""
    run()
    repeats = 1
    while (taken := _seconds(run, repeats, clock)) < seconds:
        repeats = max(repeats + 1, min(10 * repeats, round(1.1 * repeats * seconds / max(taken, 1e-9))))
    return repeats


def _seconds(run: Run, repeats: int, clock: Callable[[], float]) -> float:
    calls = range(repeats)
    begin = clock()
    for _ in calls:
        run()
    return clock() - begin


def _ratio(times: list[float], baseline: list[float]) -> Ratio:
    ratios = [taken / base for taken, base in zip(times, baseline, strict=True)]
    tenths = statistics.quantiles(ratios, n=10, method="inclusive")
    return Ratio(statistics.median(ratios), tenths[0], tenths[-1], statistics.median(times))
