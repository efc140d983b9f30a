"""Rows and filters for the engines: generated, with a seed, so that a number names each filter."""

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from odata_filter import edm

HOSTILE: tuple[str, ...] = (
    "'",
    "''",
    '"',
    '""',
    "\\",
    "\\'",
    '\\"',
    "%",
    "%%",
    "_",
    "%s",
    "%(x)s",
    "? :name %(x)s",
    ":name",
    "::text",
    "$1",
    "$$",
    "$x$ $x$",
    "{}",
    "[1]",
    '["x"]',
    '{"a": 1}',
    "--",
    "/* */",
    "#",
    ";",
    "'; DROP TABLE rows; --",
    "'); DROP TABLE rows; --",
    "' OR '1'='1",
    '" OR "1"="1',
    "' UNION SELECT 1 --",
    "\u2018 \u2019 \u201c \u201d \u02bc \uff07",
    "$.a",
    '$."a"',
    '"]."a',
    "a.b",
    "a[0]",
    "#-1",
    "null",
    "true",
    "1",
    "1e5",
    "",
    " ",
    "\t\r\n",
    "\x00",
    "a\x00b",
    "\x7f\x1b",
    "\u200b\u202e\ufeff",
    "\U0001f600",
    "e\u0301",
    "\xe9",
    "\ud800",
    "*",
    "?",
    "[a-z]",
    "^.*$",
    "a" * 300,
)
"""What goes wrong where a value or a key is pasted into a statement, read as a pattern, or escaped twice."""

TEXTS = (
    *("", "a", "A", "ab", "abc", "aB", "b", "x", "cat", "Cat", "5", "1.5", "true", "null", "2024-02-29", "P1D"),
    *("%", "_", "a%b", "a_b", "100%", "'", "O'Neil", '"', "\\", "a\\b", " a ", "\u2003a\u3000", "[1]", '{"a": 1}'),
    *(
        "\xe9",
        "\xc9",
        "e\u0301",
        "\xdf",
        "SS",
        "\u0130",
        "i\u0307",
        "\u212a",
        "k",
        "\ufb01",
        "fi",
        "\uffff",
        "\U0001f600",
        "Z",
        "~",
    ),
)
"""Odd strings: patterns, quotes, white space, what changes its length with its case, what sorts otherwise in UTF-16."""
INTEGERS = (0, 1, -1, 2, -2, 3, 5, 7, -7, 10, 100, 2**31 - 1, -(2**31))
WIDE = (*INTEGERS, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 10**15)
DOUBLES = (
    0.0,
    -0.0,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    0.1,
    0.3,
    1.0,
    2.0,
    -7.0,
    3.14,
    1e10,
    1e-10,
    0.49999999999999994,
    1e22,
    -1e100,
)
DATES = (dt.date(2024, 2, 29), dt.date(2023, 12, 31), dt.date(1999, 1, 1), dt.date(1, 1, 1), dt.date(9999, 12, 31))
TIMES = (dt.time(0), dt.time(12, 30), dt.time(23, 59, 59, 999999), dt.time(7, 8, 9, 10))
GUIDS = (UUID(int=0), UUID(int=2**128 - 1), UUID("12345678-1234-5678-1234-567812345678"))
MOMENTS = tuple(dt.datetime.combine(date, time) for date in DATES for time in TIMES)

COLUMNS: Mapping[str, Sequence[object]] = {
    "s": TEXTS,
    "t": TEXTS,
    "i": INTEGERS,
    "j": INTEGERS,
    "n": WIDE,
    "x": DOUBLES,
    "y": DOUBLES,
    "b": (True, False),
    "c": (True, False),
    "d": DATES,
    "e": DATES,
    "h": TIMES,
    "g": GUIDS,
    "u": MOMENTS,
}
"""What each property may be, besides null."""


def typed_rows(count: int, seed: int = 1) -> list[dict[str, object]]:
    """Rows whose properties are of one type each, or null."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    return [
        {name: None if chance.random() < 0.2 else chance.choice(found) for name, found in COLUMNS.items()}
        for _ in range(count)
    ]


def untyped_rows(count: int, seed: int = 2) -> list[dict[str, object]]:
    """Rows of JSON values: any type under any key, some keys missing, some null; lists and objects among them."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    return [_untyped_row(chance) for _ in range(count)]


def _untyped_row(chance: random.Random) -> dict[str, object]:
    row: dict[str, object] = {}
    for name in COLUMNS:
        if chance.random() < 0.85:
            usual = COLUMNS[name] if isinstance(COLUMNS[name][0], str | int | float) else TEXTS
            row[name] = chance.choice(usual) if chance.random() < 0.7 else _json(chance, 2)
    row["tags"] = [_json(chance, 1) for _ in range(chance.randrange(4))] if chance.random() < 0.7 else _json(chance, 1)
    row["place"] = {"s": chance.choice(TEXTS), "i": chance.choice(INTEGERS), "\xe9": chance.choice(TEXTS)}
    if chance.random() < 0.3:
        row["place"] = _json(chance, 2)
    row["gr\xf6\xdfe"] = _json(chance, 1)
    return row


def _json(chance: random.Random, depth: int) -> object:
    ways: list[Callable[[], object]] = [
        lambda: chance.choice(TEXTS),
        lambda: chance.choice(TEXTS),
        lambda: chance.choice(INTEGERS),
        lambda: chance.choice(DOUBLES),
        lambda: chance.choice((True, False)),
        lambda: None,
    ]
    if depth > 0:
        ways.append(lambda: [_json(chance, depth - 1) for _ in range(chance.randrange(3))])
        ways.append(lambda: {key: _json(chance, depth - 1) for key in ("s", "i", "\xe9") if chance.random() < 0.7})
    return chance.choice(ways)()


class Filters:
    """Filters as text, over the properties of `COLUMNS`.

    Args:
        seed: the number of the filter.
        nested: whether there are `tags`, a list, and `place`, an object, as in `untyped_rows`.
    """

    def __init__(self, seed: int, *, nested: bool = False) -> None:
        """Start the chances of one filter."""
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._nested = nested
        self._prefix = ""

    def text(self) -> str:
        """A filter."""
        return self._condition(self._chance.choice((0, 1, 1, 2, 2, 3)))

    def _pick(self, *ways: Callable[[int], str], depth: int) -> str:
        return self._chance.choice(ways)(depth - 1)

    def _one(self, *choices: str) -> str:
        return self._chance.choice(choices)

    def _literal(self, values: Sequence[object]) -> str:
        return edm.written(*edm.literal_text(self._chance.choice(values)))

    # ---- Conditions ------------------------------------------------------------------------------

    def _condition(self, depth: int) -> str:
        if depth <= 0:
            return self._comparison(0)
        nested = [self._quantified] * 2 if self._nested and not self._prefix else []
        return self._pick(
            *[self._comparison] * 6, *[self._joined] * 4, *[self._negated] * 3, *[self._search] * 3,
            self._membership, self._membership, self._boolean, self._compared_conditions, *nested, depth=depth,
        )  # fmt: skip

    def _joined(self, depth: int) -> str:
        operator = self._one(" and ", " or ")
        return operator.join(f"({self._condition(depth)})" for _ in range(self._chance.choice((2, 2, 3))))

    def _negated(self, depth: int) -> str:
        return f"not ({self._condition(depth)})"

    def _compared_conditions(self, depth: int) -> str:
        return f"({self._condition(depth)}) {self._one('eq', 'ne')} {self._one('true', 'false', 'null')}"

    def _boolean(self, _depth: int) -> str:
        return self._name("b", "c", "b", "c", "s")

    def _name(self, *names: str) -> str:
        chosen = self._one(*names)
        if self._prefix:
            return self._prefix if self._chance.random() < 0.8 else f"{self._prefix}/{chosen}"
        if self._nested and self._chance.random() < 0.1:
            return self._one("place/s", "place/i", "place/\xe9", "gr\xf6\xdfe", "tags", "place")
        return chosen

    def _comparison(self, depth: int) -> str:
        operator = self._one("eq", "ne", "eq", "ne", "gt", "ge", "lt", "le")
        make = self._chance.choice(
            [
                self._texts,
                self._texts,
                self._numbers,
                self._numbers,
                self._numbers,
                self._dates,
                self._others,
                self._mixed,
            ]
        )
        left, right = make(depth)
        return f"{left} {operator} {right}"

    def _texts(self, depth: int) -> tuple[str, str]:
        return self._string(depth), self._one(self._literal(TEXTS), self._literal(TEXTS), self._string(depth), "null")

    def _numbers(self, depth: int) -> tuple[str, str]:
        return self._number(depth), self._one(self._constant(), self._constant(), self._number(depth), "null")

    def _dates(self, _depth: int) -> tuple[str, str]:
        return self._name("d", "e"), self._one(self._literal(DATES), self._name("d", "e"), "null")

    def _others(self, _depth: int) -> tuple[str, str]:
        name = self._one("h", "g", "u", "b", "c")
        return name, "null" if name == "u" else self._literal(COLUMNS[name])

    def _mixed(self, _depth: int) -> tuple[str, str]:
        literal = self._literal(self._chance.choice((TEXTS, INTEGERS, DOUBLES, DATES, (True, False))))
        return self._name(*COLUMNS), literal

    def _constant(self) -> str:
        return self._literal(self._chance.choice((INTEGERS, WIDE, DOUBLES)))

    def _membership(self, _depth: int) -> str:
        values: Sequence[object]
        if self._chance.random() < 0.5:
            name, values = self._name("s", "t"), TEXTS
        else:
            name, values = self._name("i", "n", "x"), (*INTEGERS, *WIDE, *DOUBLES)
        count = self._chance.randrange(1, 4)
        items = [self._one(*[self._literal(values)] * 2, self._mixed(0)[1], "null") for _ in range(count)]
        return f"{name} in ({','.join(items)})"

    def _search(self, depth: int) -> str:
        part = self._literal(TEXTS) if self._chance.random() < 0.8 else self._name("s", "t")
        text = self._string(depth)
        if self._chance.random() < 0.2:
            text = f"{self._one('tolower', 'toupper')}({self._name('s', 't')})"
        return f"{self._one('contains', 'startswith', 'endswith')}({text},{part})"

    def _quantified(self, depth: int) -> str:
        source = self._one("tags", "tags", "tags", "place/s", "s")
        if self._chance.random() < 0.15:
            return f"{source}/any()"
        if self._chance.random() < 0.2:
            return f"{source}/$count {self._one('eq', 'gt', 'le')} {self._one('0', '1', '2')}"
        self._prefix = "m"
        test = self._condition(min(depth, 1))
        self._prefix = ""
        return f"{source}/{self._one('any', 'all')}(m:{test})"

    # ---- Values ----------------------------------------------------------------------------------

    def _string(self, depth: int) -> str:
        if depth <= 0 or self._chance.random() < 0.5:
            return self._name("s", "t")
        below = self._string(depth - 1)
        return self._one(
            f"concat({below},{self._literal(TEXTS)})",
            f"concat({self._literal(TEXTS)},{below})",
            f"substring({below},{self._one('0', '1', '2', '-1', '-3')})",
            f"substring({below},{self._one('0', '1', '-2')},{self._one('0', '1', '2')})",
            f"trim({below})",
            f"tolower({below})",
            f"case({self._condition(0)}:{below},true:{self._literal(TEXTS)})",
        )

    def _number(self, depth: int) -> str:
        if depth <= 0 or self._chance.random() < 0.4:
            return self._name("i", "j", "n", "x", "y", "i", "x")
        below = self._number(depth - 1)
        small = self._one("2", "3", "-2", "1", "0", "2e0", "0.5", "1.5e0")
        return self._one(
            f"({below} {self._one('add', 'sub', 'mul', 'div', 'mod')} {small})",
            f"({below} {self._one('add', 'sub', 'mul', 'div', 'mod')} {self._name('i', 'j', 'x')})",
            f"(-{self._name('i', 'x')})",
            f"{self._one('round', 'floor', 'ceiling')}({below})",
            f"length({self._string(depth - 1)})",
            f"indexof({self._string(depth - 1)},{self._literal(TEXTS)})",
            f"{self._one('year', 'month', 'day')}({self._name('d', 'e', 'u', 's')})",
            f"{self._one('hour', 'minute', 'second')}({self._name('h', 'u', 'd')})",
            f"case({self._condition(0)}:{below},{self._condition(0)}:{self._name('i', 'x')})",
        )
