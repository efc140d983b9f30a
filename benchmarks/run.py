"""The whole field side by side: `python benchmarks/run.py [TOPIC ...]` prints tables of ratios within one run.

Needs the extra `bench`; a peer that is not installed is named as such in the table.
"""

import argparse
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from measure import FULL, QUICK
from report import Report, machine, markdown, picture, text

TOPICS: Mapping[str, str] = {
    "parse": "text to tree, beside Python's own compile()",
    "evaluate": "a list of dicts to a count, beside the comprehension written by hand",
    "cold": "a fresh process that imports, parses and matches once",
    "index": "many questions about the same rows, beside a comprehension and Polars",
    "filterset": "many filters about one row, beside asking each",
    "engines": "filters on columns, beside Polars' and DuckDB's own expressions",
    "databases": "filters in databases, beside conditions that are written by hand",
    "serve": "the local service, beside a bare Starlette handler",
}
"""Each topic is a module in this folder with `reports(effort: Effort) -> Iterator[Report]`, and here in a few words."""


def main() -> None:
    """Measure the topics asked for, print each table as soon as it is ready, and write the files asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    topics = "; ".join(f"{topic}: {words}" for topic, words in TOPICS.items())
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"all by default; {topics}")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there too")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw them there, as .svg, .png or .pdf")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: a look, not a result")
    arguments = parser.parse_args()
    unknown = [topic for topic in arguments.topics if topic not in TOPICS]
    if unknown:
        parser.error(f"no such topic: {', '.join(unknown)}; there are {', '.join(TOPICS)}")
    print(machine())
    reports: list[Report] = []
    for topic in arguments.topics or TOPICS:
        for report in import_module(topic).reports(QUICK if arguments.quick else FULL):
            print(f"\n{text(report)}", flush=True)
            reports.append(report)
    if arguments.markdown is not None:
        arguments.markdown.write_text("\n\n".join([machine(), *map(markdown, reports)]) + "\n", encoding="utf-8")
    if arguments.picture is not None:
        picture(reports, arguments.picture)


if __name__ == "__main__":
    main()
