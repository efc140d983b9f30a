"""The library's own regular expressions: none of them can take back what it has matched, so none is slow on any text.

A repetition without end is possessive or in an atomic group, or what comes after it starts with no character that the
repeated part can start with. Then there is one way through any text, and to look for another one fails at once.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import odata_filter
from odata_filter import edm, mistakes, tables

PARSER: Any = import_module("re._parser")
GENERATE: Any = import_module("odata_filter.grammar.generate")
ROOT = Path(odata_filter.__file__).parent
WITHOUT_END = 300
"""Repetitions up to this many times are a few steps more, whatever the text is."""
CHARS = [*map(chr, range(128)), "\u00e9", "\u017f", "\u2028", "\u5b57"]

Found = tuple[str, str]
GIVEN: dict[Found, list[str]] = {
    ("automaton", "pattern or '(?!)'"): ["".join(parts[1:]) for parts in tables.TERMINALS.values()],
    ("diagnosis", "'(?<![\\\\w.])[A-Za-z]++\\\\Z' if touches else f'{COMPARING}\\\\s++[A-Za-z]{{4,}}\\\\Z'"): [
        r"(?<![\w.])[A-Za-z]++\Z",
        rf"{mistakes.COMPARING}\s++[A-Za-z]{{4,}}\Z",
    ],
    ("diagnosis", "f'(?i:{before})\\\\Z' if before else ''"): [rf"(?i:{one[1]})\Z" for one in mistakes.MISTAKES],
    ("diagnosis", "f'(?i:{fault})'"): [f"(?i:{one[2]})" for one in mistakes.MISTAKES],
    ("edm", "f'(?i:{shape}){_WELL_KNOWN[shape]}'"): [
        f"(?i:{name}){form}" for name, form in vars(edm)["_WELL_KNOWN"].items()
    ],
    ("edm", "form"): [*vars(edm)["_FORMS"].values()],
    ("patterns", "text"): [],
}
"""Expressions that are put together while the library runs, with all that they can be; a pattern in a filter is the
user's, and `odata_filter.patterns` counts its steps."""


def calls() -> Iterator[tuple[str, ast.expr, dict[str, Any]]]:
    """The first argument of every call of `re` in the library, with its module's name and its names."""
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=attribute), args=[first, *_]):
                    if attribute != "escape":
                        yield name, first, vars(import_module(f"odata_filter.{name}"))


def patterns() -> dict[str, list[str]]:
    """For each call what it compiles, under the place of the call."""
    found: dict[str, list[str]] = {}
    for module, expression, names in calls():
        text = ast.unparse(expression)
        given = GIVEN.get((module, text))
        found[f"{module}: {text}"] = [str(eval(text, names))] if given is None else given  # noqa: S307 - our own code
    return found


def repeats(items: Any, flags: int, follows: list[tuple[Any, int]]) -> Iterator[str]:  # noqa: ANN401 - `re` has no types
    """The repetitions without end that can give back: what follows starts like what they repeat."""
    for at, (operation, value) in enumerate(items):
        rest = [(items[at + 1 :], flags), *follows]
        match str(operation):
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, body = value
                if int(most) > WITHOUT_END and any(
                    GENERATE.can_start(body, flags, char)[0] and goes_on(rest, char) for char in CHARS
                ):
                    yield f"{operation} {least} {body}"
                yield from repeats(body, flags, [(body, flags), *rest])
            case "POSSESSIVE_REPEAT":
                yield from repeats(value[2], flags, [])
            case "ATOMIC_GROUP":
                yield from repeats(value, flags, [])
            case "ASSERT" | "ASSERT_NOT":
                yield from repeats(value[1], flags, [])
            case "SUBPATTERN":
                yield from repeats(value[3], (flags | value[1]) & ~value[2], rest)
            case "BRANCH":
                for branch in value[1]:
                    yield from repeats(branch, flags, rest)


def goes_on(follows: list[tuple[Any, int]], char: str) -> bool:
    """Whether a match can go on with this character."""
    for items, flags in follows:
        starts, empty = GENERATE.can_start(items, flags, char)
        if starts or not empty:
            return bool(starts)
    return False


def giving_back(pattern: str) -> list[str]:
    """The repetitions of a pattern that can give back."""
    tree = PARSER.parse(pattern)
    return list(repeats(tree, tree.state.flags & ~re.UNICODE, []))


def test_no_expression_can_give_back_what_it_has_matched() -> None:
    """Of all that the library compiles."""
    found = {place: [fault for text in texts for fault in giving_back(text)] for place, texts in patterns().items()}
    assert {} == {place: faults for place, faults in found.items() if faults}
    assert len(found) > 40


def test_every_expression_that_is_put_together_is_looked_at() -> None:
    """The table above names no call that is not there."""
    assert GIVEN.keys() <= {(module, ast.unparse(expression)) for module, expression, _ in calls()}


@pytest.mark.parametrize(
    ("pattern", "gives_back"),
    [
        ("a*a", True),
        ("(?:a|b)+b", True),
        ("(a+)+$", True),
        (r"\d+(?:\.\d+)?\d", True),
        ("(?i:A+)a", True),
        (".*,", True),
        (".*?,", True),
        ("(?:a+b?)*c", True),
        ("(?=a*a)", True),
        ("a{1,400}a", True),
        ("a{1,30}a", False),
        ("a*+a", False),
        ("(?>a*)a", False),
        ("a*b", False),
        (r"(?:\.\w++)*\(", False),
        ("(?:a*+b)++c", False),
        ("a*$", False),
    ],
)
def test_what_gives_back_is_known(pattern: str, gives_back: bool) -> None:  # noqa: FBT001 - data
    """The check itself: what has one way through a text, and what has several."""
    assert gives_back == bool(giving_back(pattern))


def test_the_check_knows_every_operation() -> None:
    """None of `re` that could hold a repetition is passed over."""
    holding = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT", "ATOMIC_GROUP", "ASSERT", "ASSERT_NOT", "SUBPATTERN"}
    assert all(f'"{name}"' in inspect.getsource(repeats) for name in [*holding, "BRANCH"])
