"""One row and a thousand filters: the set beside a loop that asks each filter in turn."""

import random
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from measure import Contest, Effort, Run, grown
from odata_filter import Filter, FilterSet
from report import Report, table

BASELINE = "asking each filter"
NUMBER = 1_000
_CHANCE = random.Random(0)  # noqa: S311 - only data
ROWS = [
    {
        **{f"key{number}": f"value{_CHANCE.randrange(20)}" for number in range(10)},
        "tenant": f"t{_CHANCE.randrange(200)}",
        "subject": _CHANCE.choice(("An invoice for word7", "a question on word8", "spam, word9", "")),
        "amount": _CHANCE.randrange(1000),
    }
    for _ in range(100)
]


def _two_terms(chance: random.Random) -> str:
    left, right = chance.sample(range(10), 2)
    return f"key{left} eq 'value{chance.randrange(20)}' and key{right} ne 'value{chance.randrange(20)}'"


def _tenants(chance: random.Random) -> str:
    part = chance.choice((f"amount gt {chance.randrange(1000)}", "contains(tolower(subject),'invoice')"))
    return f"tenant eq 't{chance.randrange(200)}' and {part}"


def _lists(chance: random.Random) -> str:
    found = ",".join(f"'t{chance.randrange(200)}'" for _ in range(5))
    return f"(tenant in ({found}) or key1 eq 'value{chance.randrange(20)}' and amount gt 500) and key2 ne 'value3'"


def _functions(chance: random.Random) -> str:
    word = chance.choice(("invoice", "question", "spam", "order", "reply"))
    return f"contains(tolower(subject),'{word}') and amount mod 7 eq {chance.randrange(7)}"


def _ranges(chance: random.Random) -> str:
    least = chance.randrange(1000)
    return f"amount gt {least} and amount lt {least + chance.randrange(1, 50)}"


def _nested(chance: random.Random) -> str:
    one, two, three = (f"key{chance.randrange(10)} eq 'value{chance.randrange(20)}'" for _ in range(3))
    return f"({one} or {two} and amount lt {chance.randrange(500)}) and not ({three} or amount ge 900)"


def _words(chance: random.Random) -> str:
    return f"contains(tolower(subject),'word{chance.randrange(1500)}')"


def _arithmetic(chance: random.Random) -> str:
    value = f"value{chance.randrange(20)}"
    return f"amount mul 3 sub 100 gt {chance.randrange(3000)} and key{chance.randrange(3)} eq '{value}'"


def _wide(chance: random.Random) -> str:
    one, two = (f"key{chance.randrange(500)}" for _ in range(2))
    return f"{one} eq 'value{chance.randrange(20)}' or {two} eq 'value{chance.randrange(20)}'"


SHAPES: Mapping[str, Callable[[random.Random], str]] = {
    "two terms, 10 keys x 20 values": _two_terms,
    "200 tenants": _tenants,
    "lists and `or`": _lists,
    "functions alone, 35 different": _functions,
}
MORE: Mapping[str, Callable[[random.Random], str]] = {
    "ranges of one key": _ranges,
    "`and`, `or`, `not`": _nested,
    "a word each": _words,
    "arithmetic": _arithmetic,
    "500 keys, of which a row has 10": _wide,
}


def reports(effort: Effort) -> Iterator[Report]:
    """The shapes of filters, and the growth with their number."""
    note = f"{NUMBER:,} filters, {len(ROWS)} rows."
    yield table("Filter set", [_contest(name, shape) for name, shape in SHAPES.items()], effort, note)
    yield table("Filter set, more shapes", [_contest(name, shape) for name, shape in MORE.items()], effort, note)
    growing = {"matching": _matching, "making the set": _making}
    yield grown("Filter set", (100, 1_000, 10_000), growing, Effort(7, 0.001))


def _filters(shape: Callable[[random.Random], str], number: int) -> dict[str, Filter]:
    chance = random.Random(1)  # noqa: S311 - only data
    return {f"filter {at}": Filter.parse(shape(chance)) for at in range(number)}


def _contest(name: str, shape: Callable[[random.Random], str]) -> Contest:
    filters = _filters(shape, NUMBER)
    return Contest(
        name,
        BASELINE,
        {
            BASELINE: lambda: partial(_each, filters),
            "FilterSet": lambda: partial(_set, FilterSet(filters)),
        },
    )


def _each(filters: Mapping[str, Filter]) -> list[tuple[str, ...]]:
    return [tuple([name for name, f in filters.items() if f.matches(row)]) for row in ROWS]


def _set(found: FilterSet) -> list[tuple[str, ...]]:
    return [found.matching(row) for row in ROWS]


def _matching(size: int) -> Run:
    return partial(_set, FilterSet(_filters(_tenants, size)))


def _making(size: int) -> Run:
    return partial(FilterSet, _filters(_tenants, size))
