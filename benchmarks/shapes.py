"""The four filters that the topics share, each in OData, in Python and in CEL, with rows that they tell apart."""

import datetime as dt
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Shape:
    """One filter in three languages; the names in it are the keys of a row."""

    name: str
    odata: str
    python: str
    cel: str


_VALUES = ",".join(f"'v{number}'" for number in range(1000))

SHAPES = (
    Shape(
        "two terms",
        "key1 eq 'value1' and key2 ne 'value2'",
        "key1 == 'value1' and key2 != 'value2'",
        "key1 == 'value1' && key2 != 'value2'",
    ),
    Shape(
        "ten pairs",
        " or ".join(f"(key1 eq 'v{number}' and key2 ne 'w{number}')" for number in range(10)),
        " or ".join(f"(key1 == 'v{number}' and key2 != 'w{number}')" for number in range(10)),
        " || ".join(f"(key1 == 'v{number}' && key2 != 'w{number}')" for number in range(10)),
    ),
    Shape(
        "in with 1000 strings",
        f"key1 in ({_VALUES})",
        f"key1 in ({_VALUES})",
        f"key1 in [{_VALUES}]",
    ),
    Shape(
        "functions and a lambda",
        "contains(tolower(name),'x') and year(d) ge 2020 and tags/any(t:t/name eq 'y')",
        "'x' in name.lower() and d.year >= 2020 and any(t['name'] == 'y' for t in tags)",
        "name.lowerAscii().contains('x') && d.getFullYear() >= 2020 && tags.exists(t, t.name == 'y')",
    ),
)


def rows(number: int) -> list[dict[str, Any]]:
    """Rows of which each shape keeps some and drops some; every key is there, as not every peer has null."""
    return [
        {
            "key1": ("value1", "v1", "v999", "other")[at % 4],
            "key2": ("value2", "w1", "w2")[at % 3],
            "name": ("axe", "BOX", "cat", "Xi", "dog")[at % 5],
            "d": dt.datetime(2015 + at % 11, 5, 1, tzinfo=dt.UTC),
            "tags": [{"name": "xyz"[(at + step) % 3]} for step in range(at % 4)],
        }
        for at in range(number)
    ]
