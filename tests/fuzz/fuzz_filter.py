"""Any bytes to a filter that is parsed, printed, checked and evaluated, or to a FilterError, by Atheris.

    python tests/fuzz/fuzz_filter.py [FOLDER] [-max_total_time=3600] [-jobs=1]

The seeds are the filters of the case files; they are written into FOLDER (a temporary one by default), and so is each
new input that reaches new code. What raises anything else is written as `crash-...`, printed, and ends the run: it
becomes a case in `tests/cases/` or `tests/hostilecases.py`. The other arguments are those of libFuzzer. Needs the
package atheris.
"""

import datetime as dt
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import atheris  # type: ignore[import-untyped] # it has no types

with atheris.instrument_imports(include=["odata_filter", "lark"]):
    from odata_filter import CUSTOM_VISION, Filter, FilterError, FilterSyntaxError
    from odata_filter.functions import FUNCTIONS
    from odata_filter.nodes import Member, walk
    from odata_filter.profile import OPERATORS

    for room in ("compiler", "diagnosis", "printer", "rewriter", "suggestions", "validator", "verdict"):
        import_module(f"odata_filter.{room}")  # Atheris sees only what is imported here.

CASES = Path(__file__).parents[1] / "cases"
LONGEST = 4096
NOW = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)


def seeds() -> Iterator[str]:
    """Every filter of the case files."""
    for path in sorted(CASES.rglob("*.json")):
        waiting = [json.loads(path.read_text(encoding="utf-8"))]
        while waiting:
            found = waiting.pop()
            if isinstance(found, dict):
                waiting += [value for key, value in found.items() if key != "filter"]
                yield from (value for key, value in found.items() if key == "filter" and isinstance(value, str))
            elif isinstance(found, list):
                waiting += found


def words() -> list[str]:
    """Pieces of filters, for libFuzzer to put into its inputs."""
    operators = [f" {operator} " for operator in OPERATORS if operator.isalpha()]
    functions = [f"{function.name}(" for function in FUNCTIONS]
    return [
        *operators,
        *functions,
        "/any(x:",
        "/all(x:x ",
        "/$filter(",
        "/$count",
        "case(",
        "cast(",
        "$it/",
        "''",
        "@p",
    ]


def row(made: Filter, provider: atheris.FuzzedDataProvider) -> dict[str, object]:
    """A row with the filter's own names, whose values come from the input."""
    names = [node.name for node in walk(made.expression) if isinstance(node, Member)]
    return {name: value(provider, names, 3) for name in dict.fromkeys(names)}


def value(provider: atheris.FuzzedDataProvider, names: list[str], depth: int) -> object:
    """A value as JSON has it: null, a scalar, a list or a record."""
    match provider.ConsumeIntInRange(0, 7 if depth else 5):
        case 0:
            return None
        case 1:
            return provider.ConsumeBool()
        case 2:
            return provider.ConsumeInt(9)
        case 3:
            return provider.ConsumeFloat()
        case 4:
            return provider.ConsumeUnicode(20)
        case 5:
            return provider.PickValueInList(["2024-02-29", "P1D", "10:20", "x", "", "2024-02-29T10:00:00Z"])
        case 6:
            return [value(provider, names, depth - 1) for _ in range(provider.ConsumeIntInRange(0, 3))]
        case _:
            return {name: value(provider, names, depth - 1) for name in names[: provider.ConsumeIntInRange(0, 4)]}


def check(data: bytes) -> None:
    """One input: a filter's text, and behind a NUL the bytes that make the row."""
    text, _, rest = data.partition(b"\0")
    decoded = text.decode("utf-8", "surrogateescape")
    made = attempted(lambda: Filter.parse(decoded))
    if isinstance(made, FilterError):
        assert isinstance(made, FilterSyntaxError)
        assert str(made)
        assert made.position in range(len(decoded) + 1)
        return
    again = Filter.parse(str(made))
    assert again == made, "the canonical text reads back as another tree"
    assert str(again) == str(made), "the canonical text is not canonical"
    assert Filter.parse(made.pretty(width=20)) == made, "the wrapped text reads back as another tree"
    assert all(map(str, (*made.problems(), *made.problems(profile=CUSTOM_VISION))))
    given = row(made, atheris.FuzzedDataProvider(rest))
    values = [attempted(partial(each.evaluate, given, now=NOW, coerce=True)) for each in (made, again)]
    assert repr(values[0]).partition("Error")[0] == repr(values[1]).partition("Error")[0], "the canonical text differs"
    matched, compiled = (
        attempted(lambda: made.matches(given, now=NOW, coerce=True)),
        attempted(lambda: made.predicate(now=NOW, coerce=True)(given)),
    )
    assert repr(matched) == repr(compiled), "the compiled filter differs"
    assert str(attempted(lambda: made.lower(CUSTOM_VISION)))


Result = TypeVar("Result")


def attempted(run: Callable[[], Result]) -> Result | FilterError:
    """What comes out, or the one kind of error that may."""
    try:
        return run()
    except FilterError as error:
        return error


def main() -> None:
    """Write the seeds and start."""
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    folder = Path(folders[0] if folders else tempfile.mkdtemp(prefix="odata-filter-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    for at, seed in enumerate(seeds()):
        (folder / f"seed-{at}").write_bytes(seed.encode("utf-8", "surrogateescape") + b"\0")
    dictionary = folder.with_name(folder.name + ".dict")
    dictionary.write_text("".join(f'"{word}"\n' for word in words()), encoding="utf-8")
    options = [f"-max_len={LONGEST}", "-timeout=10", f"-dict={dictionary}", *options]
    atheris.Setup([sys.argv[0], str(folder), *options], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
