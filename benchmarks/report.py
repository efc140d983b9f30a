"""Outcomes to tables: plain text, Markdown, and a picture."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeAlias

from measure import Contest, Effort, Growth, Outcome, Ratio, measured


@dataclass(frozen=True, slots=True)
class Table:
    """Ratios to one baseline: a row for each contestant, a column for each contest; notes stand below."""

    title: str
    baseline: str
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[Outcome, ...]]
    notes: tuple[str, ...] = ()


Report: TypeAlias = Table | Growth


def table(title: str, contests: Sequence[Contest], effort: Effort, *notes: str) -> Table:
    """Measure contests of the same baseline, one after the other."""
    outcomes = [measured(contest, effort) for contest in contests]
    names = dict.fromkeys(name for outcome in outcomes for name in outcome)
    rows = {name: tuple(outcome.get(name, "") for outcome in outcomes) for name in names}
    return Table(title, contests[0].baseline, tuple(contest.title for contest in contests), rows, notes)


def machine() -> str:
    """Where the times were taken; only the ratios hold elsewhere."""
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def text(report: Report) -> str:
    """A table for the terminal."""
    grid = _grid(report)
    widths = [max(len(cell) for cell in column) for column in zip_longest(*grid, fillvalue="")]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in grid]
    rule = "-" * max(len(line) for line in lines)
    return "\n".join([_heading(report), rule, *lines, rule, *_notes(report)])


def markdown(report: Report) -> str:
    """The same table for a document."""
    head, *rows = (f"| {' | '.join(row)} |" for row in _grid(report))
    rule = "|---" * len(_grid(report)[0]) + "|"
    return "\n".join([f"### {_heading(report)}", "", head, rule, *rows, *(f"\n{note}" for note in _notes(report))])


def picture(reports: Sequence[Report], path: Path) -> None:
    """Draw every report into one file, in the format that its name ends with; needs matplotlib."""
    matplotlib = import_module("matplotlib")
    matplotlib.use("Agg")
    plots = import_module("matplotlib.pyplot")
    figure, axes = plots.subplots(
        len(reports), 1, figsize=(10, 4.5 * len(reports)), squeeze=False, layout="constrained"
    )
    for report, (area,) in zip(reports, axes, strict=True):
        area.set_title(_heading(report))
        if isinstance(report, Table):
            _bars(report, area)
        else:
            _lines(report, area)
    figure.savefig(path)
    plots.close(figure)


def _bars(report: Table, area: Any) -> None:  # noqa: ANN401 - matplotlib is optional, and so are its types
    """A group of bars for each column, the ratio on a logarithmic axis, the spread as a whisker."""
    width = 0.8 / len(report.rows)
    for at, (name, outcomes) in enumerate(report.rows.items()):
        found = [(place, outcome) for place, outcome in enumerate(outcomes) if isinstance(outcome, Ratio)]
        places = [place - 0.4 + width * (at + 0.5) for place, _ in found]
        spread = [[each.median - each.low for _, each in found], [each.high - each.median for _, each in found]]
        area.bar(places, [each.median for _, each in found], width, yerr=spread, label=name)
    area.axhline(1, color="black", linewidth=0.8)
    area.set_yscale("log")
    area.set_ylabel(f"time, {report.baseline} = 1")
    area.set_xticks(range(len(report.columns)), report.columns)
    area.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize="small")


def _lines(report: Growth, area: Any) -> None:  # noqa: ANN401 - likewise
    for name, seconds in report.seconds.items():
        area.plot(report.sizes, seconds, marker="o", label=f"{name}: size^{report.exponent(name):.2f}")
    area.set_xscale("log")
    area.set_yscale("log")
    area.set_xlabel("size")
    area.set_ylabel("seconds")
    area.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize="small")


def _heading(report: Report) -> str:
    return f"{report.title} ({report.baseline} = 1)" if isinstance(report, Table) else f"{report.title} (time by size)"


def _notes(report: Report) -> tuple[str, ...]:
    if isinstance(report, Growth):
        return ("The exponent is the slope of log(time) over log(size): 1 is linear.",)
    return ("Median of the rounds, 10th to 90th percentile in brackets.", *report.notes)


def _grid(report: Report) -> list[list[str]]:
    if isinstance(report, Growth):
        rows = [
            [name, *map(_time, seconds), f"{report.exponent(name):.2f}"] for name, seconds in report.seconds.items()
        ]
        return [["", *(f"{size:,}" for size in report.sizes), "exponent"], *rows]
    shown = [
        [name, *(_cell(outcome, is_baseline=name == report.baseline) for outcome in outcomes)]
        for name, outcomes in report.rows.items()
    ]
    return [["", *report.columns], *shown]


def _cell(outcome: Outcome, *, is_baseline: bool) -> str:
    if isinstance(outcome, str):
        return outcome
    if is_baseline:
        return f"1 = {_time(outcome.seconds)}"
    return f"{_figure(outcome.median)} ({_figure(outcome.low)}-{_figure(outcome.high)})"


def _figure(ratio: float) -> str:
    """Three digits, and no power of ten for anything but the tiniest."""
    return f"{ratio:.3g}" if ratio < 1000 else f"{ratio:,.0f}"  # noqa: PLR2004 - where three digits end


def _time(seconds: float) -> str:
    scale, unit = next(
        ((scale, unit) for scale, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "us")) if seconds >= scale), (1e-9, "ns")
    )
    return f"{seconds / scale:.3g} {unit}"
