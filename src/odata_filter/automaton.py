"""Text to a node by the tables of the grammar: a loop that knows nothing of OData, and can only say yes.

What it does not accept, Lark reads again and judges; what it accepts, Lark accepts too, with the same tree.
"""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from odata_filter import tables
from odata_filter.nodes import MAX_DEPTH, Node, too_deep
from odata_filter.reductions import FaultError, Reductions

_Make: TypeAlias = Callable[..., Any]
_Expression: TypeAlias = tuple[Callable[[str, int, int], re.Match[str] | None], tuple[str, ...]]


def accepted(text: str, begin: int, end: int, start: str) -> Node | None:
    """The tree of the filter between two places of a text, read from the rule `start`, or None for no verdict."""
    try:
        return _read(text, begin, end, tables.STARTS[start], Reductions())
    except (FaultError, KeyError):
        return None


def _read(text: str, at: int, end: int, to: int, reductions: Reductions) -> Node | None:
    """The loop: look at the next terminal, do the reductions that it completes, shift it.

    `states` are the states below the current one, which the row stands for; `values` are those of the symbols so far.
    """
    states: list[int] = []
    values: list[Any] = []
    terminal, stop, nested = "$END", at, 0
    lexer, row, _, _ = _STATES[to]
    while True:
        if at < end:
            match, names = lexer[text[at]]
            found = match(text, at, end)
            if found is None:
                return None
            terminal = names[found.lastindex or 0]
            stop = found.end()
        else:
            terminal = "$END"
        state, rule, to = row[terminal]
        while rule >= 0:
            size, name, kind, make, parts = _RULES[rule]
            if size != 1:
                del states[1 - size :]
            if kind == _ONE:
                values[-1] = make(reductions, values[-1])
            elif kind == _THREE:
                nested += 1
                third, second = values.pop(), values.pop()
                values[-1] = make(reductions, values[-1], second, third)
            elif kind == _MORE:
                last = values.pop()
                values[-1].append(last)
            else:
                nested += 0 if make is None else 2
                _reduce(reductions, values, make, parts)
            state, rule, to = _GOTOS[states[-1]][name][terminal]
        if at == end:
            root: Node = values[-1]
            # One of three parts adds a level, others at most two: what few have made need not be walked through.
            return root if nested < MAX_DEPTH - 3 or too_deep(root) is None else None
        states.append(state)
        if len(states) > MAX_DEPTH:
            return None
        lexer, row, kept, alone = _STATES[to]
        if alone is not None:
            name, make = alone
            values.append(make(reductions, (terminal, text[at:stop], at, stop)))
            row = _GOTOS[state][name]
        elif kept:
            values.append((terminal, text[at:stop], at, stop))
        at = stop


def _reduce(reductions: Reductions, values: list[Any], make: _Make | None, parts: str) -> None:
    """One reduction of any kind: `parts` says of each argument that it is a value, many, or missing."""
    count = len(parts) - parts.count("-")
    given = iter(values[len(values) - count :])
    del values[len(values) - count :]
    arguments: list[Any] = []
    for part in parts:
        if part == "*":
            arguments += next(given)
        else:
            arguments.append(None if part == "-" else next(given))
    values.append(arguments if make is None else make(reductions, *arguments))


# ---- The tables, with everything they name in its place ----------------------------------------------

_ONE, _THREE, _MORE, _ANY = range(4)
_KINDS = {".": _ONE, "...": _THREE}
_LISTS: dict[str, tuple[int, _Make | None]] = {".": (_ONE, lambda _, first: [first]), "*.": (_MORE, None)}


_BEYOND_ASCII = "\x80"


class _Lexer(dict[str, _Expression]):
    """What can stand in some states, by the first character: an expression, and the terminal of each group in it."""

    def __init__(self, terminals: tuple[str, ...]) -> None:
        self.terminals = terminals

    def __missing__(self, char: str) -> _Expression:
        if char > _BEYOND_ASCII:  # all alike: an entry for each would let texts fill the memory
            return self[_BEYOND_ASCII]
        terminals = [name for name in self.terminals if char in tables.FIRST[name] or not char.isascii()]
        pattern = "|".join(f"(?:{tables.TERMINALS[name]})()" for name in terminals)
        found = self[char] = (re.compile(pattern or "(?!)").match, ("", *terminals))
        return found


def _rule(size: int, name: str, reduction: str | None, parts: str) -> tuple[int, str, int, Any, str]:
    if reduction is None:
        kind, make = _LISTS.get(parts, (_ANY, None))
        return size, name, kind, make, parts
    return size, name, _KINDS.get(parts, _ANY), getattr(Reductions, reduction, lambda _, value: value), parts


def _alone(row: int) -> tuple[str, _Make] | None:
    """The one reduction in a state that nothing but a single symbol leads to, whatever comes next."""
    rules = {rule for _, rule, _ in tables.ROWS[row].values()}
    size, name, kind, make, _ = _RULES[rules.pop()] if len(rules) == 1 and rules != {-1} else (0, "", _ANY, None, "")
    return (name, make) if make is not None and size == 1 and kind == _ONE else None


_LEXERS = [_Lexer(terminals) for terminals in tables.LEXERS]
_RULES = [_rule(*rule) for rule in tables.RULES]
_STATES = [(_LEXERS[lexer], tables.ROWS[row], kept, _alone(row)) for lexer, row, kept in tables.STATES]
_GOTOS = [{name: tables.ROWS[row] for name, row in gotos.items()} for gotos in tables.GOTOS]
