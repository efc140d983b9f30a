"""The grammar to `tables.py`: Lark's tables of it, folded so that a tight loop can read with them.

Run it as `python -m odata_filter.grammar.generate` after a change of the grammar; a test says when that was forgotten.
"""

import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from lark import Lark
from lark.grammar import Rule
from lark.parsers.lalr_analysis import Shift

import odata_filter
from odata_filter.verdict import grammar_parser

_PARSER: Any = import_module("re._parser")
_COMPILER: Any = import_module("re._compiler")
TARGET = Path(odata_filter.__file__).with_name("tables.py")
HEAD = '"""The tables of the grammar, made by `python -m odata_filter.grammar.generate`; not to be edited."""'


class Automaton(NamedTuple):
    """Lark's tables, with the states numbered in the order in which they are reached.

    Attributes:
        starts: the first state for each rule that a text can be read from.
        shifts: for each state, where each terminal leads.
        reductions: for each state, the rule that each terminal completes.
        gotos: for each state, where each nonterminal leads.
        lexers: for each state, the terminals that can stand there, in the order in which they are tried.
        rules: the rules in the order of the grammar.
    """

    starts: dict[str, int]
    shifts: list[dict[str, int]]
    reductions: list[dict[str, int]]
    gotos: list[dict[str, int]]
    lexers: list[tuple[str, ...]]
    rules: list[Rule]
    kept: list[bool]
    terminals: dict[str, str]


def source() -> str:
    """The text of `tables.py`."""
    table = automaton(grammar_parser())
    states = range(len(table.lexers))
    rows = [_row(table, state) for state in states]
    gotos = [{name: _after(table, state, name) for name in table.gotos[state]} for state in states]
    lexers = list(dict.fromkeys(table.lexers))
    distinct = _distinct([*rows, *(row for state in states for row in gotos[state].values())])
    return (
        "\n\n".join(
            [
                HEAD,
                f"STARTS = {table.starts!r}",
                f"TERMINALS = { {name: _terminal(pattern) for name, pattern in table.terminals.items()}!r}",
                _listing("LEXERS", "str", map(" ".join, lexers)),
                _listing("RULES", "tuple[int, str, str | None, str]", map(_rule, table.rules)),
                _listing("ROWS", "str", map(_written, distinct)),
                _listing(
                    "STATES",
                    "tuple[int, int, bool, int]",
                    [
                        (lexers.index(table.lexers[at]), distinct.index(rows[at]), table.kept[at], _alone(table, at))
                        for at in states
                    ],
                ),
                _listing(
                    "GOTOS",
                    "str",
                    [", ".join(f"{name} {distinct.index(row)}" for name, row in gotos[at].items()) for at in states],
                ),
            ]
        )
        + "\n"
    )


def _listing(name: str, kind: str, entries: Iterable[object]) -> str:
    return "\n".join([f"{name}: tuple[{kind}, ...] = (", *(f"    {entry!r}," for entry in entries), ")"])


def _written(row: dict[str, tuple[int, int, int]]) -> str:
    """A row as text: much of it is never read, and many small objects would be slow to load."""
    return ", ".join(f"{terminal} {state} {rule} {to}" for terminal, (state, rule, to) in row.items())


def _distinct(rows: list[dict[str, tuple[int, int, int]]]) -> list[dict[str, tuple[int, int, int]]]:
    return [dict(row) for row in dict.fromkeys(tuple(row.items()) for row in rows)]


# ---- Lark's tables ---------------------------------------------------------------------------------


def automaton(lark: Lark) -> Automaton:
    """What Lark computed, in an order that does not depend on chance."""
    table: Any = lark.parser.parser._parse_table
    number = _numbers(table)
    rules = list(lark.rules)
    found = Automaton(
        {name: number[state] for name, state in table.start_states.items()},
        [],
        [],
        [],
        [],
        rules,
        [],
        {str(t.name): t.pattern.to_regexp() for t in lark.terminals},
    )
    for state in number:
        actions = dict(sorted(table.states[state].items()))
        moves = {symbol: number[to] for symbol, (kind, to) in actions.items() if kind is Shift}
        found.shifts.append({symbol: to for symbol, to in moves.items() if symbol in lark._terminals_dict})
        found.gotos.append({symbol: to for symbol, to in moves.items() if symbol not in lark._terminals_dict})
        found.reductions.append(
            {symbol: rules.index(rule) for symbol, (kind, rule) in actions.items() if kind is not Shift}
        )
        found.lexers.append(_lexer(lark, state))
    entered = {to: symbol for row in found.shifts for symbol, to in row.items()}
    found.kept.extend(not entered.get(state, "").startswith("_") for state in range(len(number)))
    return found


def _numbers(table: Any) -> dict[int, int]:
    """Each of Lark's states with its place in a walk from the starts."""
    order = {table.start_states[name]: at for at, name in enumerate(sorted(table.start_states))}
    waiting = list(order)
    for state in waiting:
        for _, (kind, to) in sorted(table.states[state].items()):
            if kind is Shift and to not in order:
                order[to] = len(order)
                waiting.append(to)
    return order


def _lexer(lark: Lark, state: int) -> tuple[str, ...]:
    """The terminals that can stand in a state, in the order in which they are tried."""
    lexer = lark.parser.lexer.lexer.lexers[state]
    if lexer.terminals and lexer.scanner and lexer.callback:
        raise NotImplementedError(f"a keyword among the terminals {lexer.callback}")
    return tuple(str(terminal.name) for terminal in lexer.terminals)


# ---- Terminals -------------------------------------------------------------------------------------


def _terminal(pattern: str) -> tuple[str, str, str]:
    """The ASCII characters that a match can start with, or a few more; the head of the pattern, and the rest of it."""
    head, rest = _headed(pattern)
    return _first(pattern), head, rest


def _headed(pattern: str) -> tuple[str, str]:
    """The character classes in front, which match in one way only, and the rest; shared ones are matched once."""
    head = re.match(_CLASSES, pattern)[0]  # type: ignore[index] # it may be empty, but it matches
    parts = [*_PARSER.parse(head), *_PARSER.parse(pattern[len(head) :])]
    return (head, pattern[len(head) :]) if repr(parts) == repr([*_PARSER.parse(pattern)]) else ("", pattern)


_CLASSES = r"(?:\[(?:\\.|[^\]\\])+\](?:[*+]\+|(?![*+?{])))*"


def _first(pattern: str) -> str:
    """The ASCII characters that a match can start with, or a few more."""
    tree = _PARSER.parse(pattern)
    return "".join(char for char in map(chr, range(128)) if can_start(tree, re.NOFLAG, char)[0])


def can_start(items: Any, flags: int, char: str) -> tuple[bool, bool]:
    """Whether a match of the items can start with a character, and whether it can be empty."""
    for item in items:
        starts, empty = _can_item_start(items, item, flags, char)
        if starts or not empty:
            return starts, empty
    return False, True


def _can_item_start(items: Any, item: tuple[Any, Any], flags: int, char: str) -> tuple[bool, bool]:
    operation, value = item
    match str(operation):
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            starts, empty = can_start(value[2], flags, char)
            return starts, empty or value[0] == 0
        case "SUBPATTERN":
            return can_start(value[3], (flags | value[1]) & ~value[2], char)
        case "ATOMIC_GROUP":
            return can_start(value, flags, char)
        case "BRANCH":
            branches = [can_start(branch, flags, char) for branch in value[1]]
            return any(starts for starts, _ in branches), any(empty for _, empty in branches)
        case "ASSERT" | "ASSERT_NOT" | "AT":
            return False, True
        case _:
            alone = _COMPILER.compile(_only(items, item), flags)
            return alone.match(char) is not None, False


def _only(items: Any, item: tuple[Any, Any]) -> Any:
    alone = items[0:0]
    alone.append(item)
    return alone


# ---- Folding -----------------------------------------------------------------------------------------


def _row(table: Automaton, state: int) -> dict[str, tuple[int, int, int]]:
    """What each terminal does in a state."""
    shifts = {terminal: (state, -1, to) for terminal, to in table.shifts[state].items()}
    return shifts | {terminal: (state, rule, -1) for terminal, rule in table.reductions[state].items()}


def _after(table: Automaton, state: int, nonterminal: str) -> dict[str, tuple[int, int, int]]:
    """What each terminal does behind a nonterminal, with those reductions done that change no value."""
    row = {}
    for terminal in _row(table, table.gotos[state][nonterminal]):
        name = nonterminal
        while (rule := table.reductions[table.gotos[state][name]].get(terminal, -1)) >= 0 and _is_unit(
            table.rules[rule]
        ):
            name = table.rules[rule].origin.name
        to = table.shifts[table.gotos[state][name]].get(terminal, -1)
        if rule >= 0 or to >= 0 or name in table.starts:
            row[terminal] = (table.gotos[state][name], rule, to)
    return row if nonterminal not in table.starts else {"$END": (0, -1, -1)}


def _alone(table: Automaton, state: int) -> int:
    """The rule of a single symbol that is all a state completes, whatever comes next, or -1."""
    rules = set(table.reductions[state].values())
    if len(rules) != 1 or table.shifts[state]:
        return -1
    found = rules.pop()
    size, _, reduction, parts = _rule(table.rules[found])
    return found if (size, parts) == (1, ".") and reduction is not None else -1


def _is_unit(rule: Rule) -> bool:
    return rule.options.expand1 and rule.alias is None and len(rule.expansion) == 1


def _rule(rule: Rule) -> tuple[int, str, str | None, str]:
    """How many symbols it has, what it makes, by which reduction, and what becomes of each part.

    A part is `.` for a value, `*` for the values of a repetition, `-` for something optional that is missing; terminals
    that are filtered out have none. A repetition itself has no reduction.
    """
    missing = iter("".join("-" if each else "|" for each in rule.options.empty_indices) or "|" * len(rule.expansion))
    parts = ""
    symbols: list[Any] = list(rule.expansion)
    for symbol in symbols:
        while next(missing) == "-":
            parts += "-"
        if not (symbol.is_term and symbol.filter_out):
            parts += "*" if symbol.name.startswith("_") and not symbol.is_term else "."
    parts += "".join(missing)
    name = str(rule.origin.name)
    return len(rule.expansion), name, None if name.startswith("_") else rule.alias or name, parts


if __name__ == "__main__":
    TARGET.write_text(source(), encoding="utf-8")
