"""A fresh process from start to end: import, one parse, one row matched, beside a process that does nothing."""

import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

import odata_filter
from measure import Contest, Contestant, Effort, Prepare
from report import Report, table

BASELINE = "bare Python"
FILTER = "key1 eq 'value1' and key2 ne 'value2'"
OURS = f"""
from odata_filter import Filter
print(Filter.parse("{FILTER}").matches({{"key1": "value1"}}))
"""
PEERS = {
    "odata-v4-query, parse only": f"""
from odata_v4_query import ODataFilterParser
ODataFilterParser().parse("{FILTER}")
""",
    "odata-query, parse only": f"""
from odata_query.grammar import ODataLexer, ODataParser
ODataParser().parse(ODataLexer().tokenize("{FILTER}"))
""",
    "odatapy, parse only": f"""
from odatapy.server.uri.expression_parser import ExpressionParser
ExpressionParser.parse_string("{FILTER}", strict=False)
""",
    "CEL": """
from cel import compile
compile("key1 == 'value1' && key2 != 'value2'").execute({"key1": "value1", "key2": "x"})
""",
    "rule-engine": """
from rule_engine import Rule
Rule("key1 == 'value1' and key2 != 'value2'").matches({"key1": "value1", "key2": "x"})
""",
    "dynamo-odata": f"""
from dynamo_odata import build_filter
build_filter("{FILTER}")
""",
}


def reports(effort: Effort) -> Iterator[Report]:
    """One table; all run in an environment of their own, where no other package has a say in how Python starts."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, symlinks=True)
        contest = Contest(
            "process",
            BASELINE,
            {BASELINE: _process(folder, "pass"), "odata_filter": _process(folder, OURS)},
            {name: _process(folder, code) for name, code in PEERS.items()},
        )
        yield table("Cold start", [contest], effort)


def _process(folder: str, code: str) -> Prepare:
    """A process that is started and waited for; where a module is missing, it is as if imported here."""
    command = [str(Path(folder, "bin", "python")), "-c", code]
    places = [str(Path(odata_filter.__file__).parents[1]), *(place for place in sys.path if place)]
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(places)}

    def run() -> None:
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own code

    def prepare() -> Contestant:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - likewise
        *_, reason = ["", *done.stderr.splitlines()]
        if reason.startswith("ModuleNotFoundError"):
            raise ModuleNotFoundError(reason, name=reason.split("'")[1])
        return Contestant(run, None)

    return prepare
