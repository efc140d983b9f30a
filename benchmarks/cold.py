"""A fresh process from start to end: import, one parse, one row matched, beside a process that does nothing."""

import subprocess
import sys
from collections.abc import Iterator

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
    """One table; the interpreter and its options are the same for all, and so is the cache of compiled modules."""
    contest = Contest(
        "process",
        BASELINE,
        {BASELINE: _process("pass"), "odata_filter": _process(OURS)},
        {name: _process(code) for name, code in PEERS.items()},
    )
    yield table("Cold start", [contest], effort)


def _process(code: str) -> Prepare:
    """A process that is started and waited for; where a module is missing, it is as if imported here."""

    def run() -> None:
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own code

    def prepare() -> Contestant:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - our own code
        *_, reason = ["", *done.stderr.splitlines()]
        if reason.startswith("ModuleNotFoundError"):
            raise ModuleNotFoundError(reason, name=reason.split("'")[1])
        return Contestant(run, None)

    return prepare
