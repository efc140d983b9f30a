"""The settings of the mutation run: the rooms are there, and so is every line that an explanation is about."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "tests" / "mutation" / "rooms.toml").read_text(encoding="utf-8"))


def sources() -> str:
    """The modules of all rooms, with single spaces for white space of any kind."""
    modules = [module for room in SETTINGS["rooms"].values() for module in room["modules"]]
    texts = [(ROOT / "src" / "odata_filter" / f"{module}.py").read_text(encoding="utf-8") for module in modules]
    return " ".join(" ".join(texts).split())


def test_every_room_has_modules_and_tests() -> None:
    """Those of the issue are among them."""
    assert {"printer", "evaluator", "rewriter", "parser"} <= SETTINGS["rooms"].keys()
    tests = [
        one.partition("::")[0] for room in SETTINGS["rooms"].values() for one in room["tests"] if one[:6] == "tests/"
    ]
    assert all((ROOT / one).is_file() for one in tests)
    assert sources()


def test_what_is_explained_is_still_there() -> None:
    """An explanation goes with the line that it is about."""
    changes = [change for kind in SETTINGS["explained"] for change in kind.get("mutants", ())]
    lines = [re.split(": | -> ", change, maxsplit=1)[1].split(" -> ")[0] for change in changes]
    assert [] == [line for line in lines if line not in sources()]


def test_every_kind_is_explained_and_has_mutants() -> None:
    """By what they are, or by a pattern."""
    kinds = SETTINGS["explained"]
    assert len(kinds) == len({kind["reason"] for kind in kinds})
    assert all(kind.get("mutants") or kind.get("patterns") for kind in kinds)
    assert all(re.compile(pattern) for kind in kinds for pattern in kind.get("patterns", ()))
