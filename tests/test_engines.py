"""The engines together: the table in the README is what the code says."""

import os
from pathlib import Path

import pytest

from odata_filter.engines import dialects
from odata_filter.engines.capabilities import Capabilities, table

pytest.importorskip("sqlalchemy")

from odata_filter.engines.sql import DATABASES

README = Path(__file__).parents[1] / "README.md"
ENGINES: tuple[Capabilities, ...] = (
    *dialects.CAPABILITIES,
    *(database.capabilities for database in DATABASES.values()),
)
BEGIN, END = "<!-- engines: begin -->\n", "<!-- engines: end -->\n"


def test_the_readme_lists_what_engines_say() -> None:
    """The table in the README is the table in the code; UPDATE_README=1 writes it."""
    head, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    shown, _, tail = rest.partition(END)
    wanted = f"\n{table(ENGINES)}\n\n"
    if os.environ.get("UPDATE_README") == "1":
        README.write_text(head + BEGIN + wanted + END + tail, encoding="utf-8")
        return
    assert wanted == shown
