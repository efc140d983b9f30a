"""The sample data: the Palmer penguins as JSON Lines, against the numbers of the source."""

import json
import runpy
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[1] / "benchmarks" / "data"
KEYS = frozenset(
    {"species", "island", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex", "year"}
)


def penguins() -> list[dict[str, Any]]:
    """Every bird of the file."""
    return [json.loads(line) for line in (DATA / "penguins.jsonl").read_text(encoding="utf-8").splitlines()]


def test_there_are_344_penguins() -> None:
    """One line is one bird."""
    assert 344 == len(penguins())


def test_there_are_three_species() -> None:
    """Each species has the number of birds that the source has."""
    assert {"Adelie": 152, "Chinstrap": 68, "Gentoo": 124} == Counter(row["species"] for row in penguins())


def test_a_missing_measurement_is_an_absent_key() -> None:
    """Two birds were not measured at all, and eleven are of unknown sex; nothing else is missing."""
    measures = dict.fromkeys(["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"], 2)
    assert {**measures, "sex": 11} == Counter(key for row in penguins() for key in KEYS - row.keys())


def test_there_are_no_other_keys_and_no_nulls() -> None:
    """Every key is a column of the source, and every value is a value."""
    rows = penguins()
    assert set() == {key for row in rows for key in row} - KEYS
    assert not any(value is None for row in rows for value in row.values())


def test_a_column_has_one_type() -> None:
    """A column is integral, fractional or text as a whole."""
    types = {(key, type(value)) for row in penguins() for key, value in row.items()}
    fractional = {("bill_length_mm", float), ("bill_depth_mm", float)}
    integral = {("flipper_length_mm", int), ("body_mass_g", int), ("year", int)}
    assert fractional | integral | {("species", str), ("island", str), ("sex", str)} == types


@pytest.mark.skipif(find_spec("palmerpenguins") is None, reason="the package palmerpenguins is not installed")
def test_the_script_gives_the_same_bytes() -> None:
    """The file is what the script makes of the package's own table."""
    script = runpy.run_path(str(DATA / "make_penguins.py"))
    assert (DATA / "penguins.jsonl").read_bytes() == script["lines"]().encode()
