"""The Palmer penguins, from the package `palmerpenguins` to the JSON Lines file beside this one."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import TypeAlias

MISSING = "NA"
TARGET = Path(__file__).with_name("penguins.jsonl")

_Value: TypeAlias = int | float | str


def penguins() -> Iterator[dict[str, _Value]]:
    """One dict a bird, in the order of the source; a missing measurement is an absent key."""
    header, *rows = csv.reader(_source().splitlines())
    readers = [_reader(column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(header, readers, row, strict=True)
        yield {name: read(text) for name, read, text in cells if text != MISSING}


def lines() -> str:
    """The whole file as text."""
    return "".join(json.dumps(penguin) + "\n" for penguin in penguins())


def _source() -> str:
    # The package itself imports pandas, so it is found but never run.
    spec = find_spec("palmerpenguins")
    if spec is None:
        message = "the package palmerpenguins is not installed"
        raise ModuleNotFoundError(message)
    return files(module_from_spec(spec)).joinpath("data", "penguins.csv").read_text(encoding="utf-8")


def _reader(column: Sequence[str]) -> Callable[[str], _Value]:
    """What reads every measurement of a column: int, else float, else str."""
    measured = [text for text in column if text != MISSING]
    return next(read for read in (int, float, str) if _reads(read, measured))


def _reads(read: Callable[[str], _Value], texts: Sequence[str]) -> bool:
    try:
        for text in texts:
            read(text)
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    TARGET.write_text(lines(), encoding="utf-8", newline="\n")
