"""Text to a node by the tables of the grammar: a loop that knows nothing of OData, and can only say yes.

What it does not accept, Lark reads again and judges; what it accepts, Lark accepts too, with the same tree.
"""

import re
from collections.abc import Callable
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

from odata_filter import tables
from odata_filter.nodes import MAX_DEPTH, Node, too_deep
from odata_filter.reductions import FaultError, Reductions

_Make: TypeAlias = Callable[..., Any]
_Rule: TypeAlias = tuple[int, str, int, Any, str]
_State: TypeAlias = tuple["_Lexer", "_Row", bool, tuple[str, Any] | None]
_Expression: TypeAlias = tuple[Callable[[str, int, int], Any], tuple[str, ...]]


def accepted(text: str, begin: int, end: int, start: str) -> Node | None:
    """The tree of the filter between two places of a text, read from the rule `start`, or None for no verdict."""
    try:
        return _read(text, begin, end, _state(tables.STARTS[start]), Reductions())
    except (FaultError, KeyError):
        return None


def _read(text: str, at: int, end: int, to: _State, reductions: Reductions) -> Node | None:
    """The loop: look at the next terminal, do the reductions that it completes, shift it.

    `states` are the states below the current one, which the row stands for, each as the gotos out of it; `values` are
    those of the symbols so far.
    """
    states: list[_Gotos] = []
    values: list[Any] = []
    nested = 0
    lexer, row, _, _ = to
    while True:
        if at < end:
            match, names = lexer[text[at]]
            found = match(text, at, end)
            if found is None:
                return None
            terminal = names[found.lastindex]
            stop = found.end()
        else:
            terminal = "$END"
        state, rule, to = row[terminal]
        while rule is not None:
            size, name, kind, make, parts = rule
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
                nested += 2
                if kind == _CHAIN:
                    rest = values.pop()
                    values[-1] = make(reductions, values[-1], *rest)
                elif kind == _PLAIN:
                    values[-len(parts) :] = [make(reductions, *values[-len(parts) :])]
                else:
                    _reduce(reductions, values, make, parts)
            state, rule, to = states[-1][name][terminal]
        if to is None:
            root: Node = values[-1]
            # One of three parts adds a level, others at most two: what few have made need not be walked through.
            return root if nested < MAX_DEPTH - 3 or too_deep(root) is None else None
        states.append(state)
        if len(states) > MAX_DEPTH:
            return None
        lexer, row, kept, alone = to
        if alone is not None:
            name, make = alone
            values.append(make(reductions, (terminal, found[0], at, stop)))
            row = state[name]
        elif kept:
            values.append((terminal, found[0], at, stop))
        at = stop


def _reduce(reductions: Reductions, values: list[Any], make: _Make | None, parts: str) -> None:
    """One reduction of any kind: `parts` says of each argument that it is a value, many, or missing."""
    count = len(parts) - parts.count("-")
    given = iter(values[len(values) - count :])
    del values[len(values) - count :]
    arguments: list[Any] = []
    for part in parts:
        if part != "*":
            arguments.append(None if part == "-" else next(given))
        elif arguments:
            arguments += next(given)
        else:
            arguments = next(given)  # not a copy: a list that grows by the item would take the square of its length
    values.append(arguments if make is None else make(reductions, *arguments))


# ---- The tables, each entry read when a text first needs it ------------------------------------------

_ONE, _THREE, _MORE, _CHAIN, _PLAIN, _ANY = range(6)
_KINDS = {".": _ONE, "...": _THREE, ".*": _CHAIN, "..": _PLAIN, "....": _PLAIN, ".....": _PLAIN}
_LISTS: dict[str, tuple[int, _Make | None]] = {".": (_ONE, lambda _, first: [first]), "*.": (_MORE, None)}


class _Row(dict[str, tuple["_Gotos", _Rule | None, Any]]):
    """For one state, or behind a nonterminal, what each terminal does: gotos, a rule that it completes, or a state."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __missing__(self, terminal: str) -> tuple["_Gotos", _Rule | None, Any]:
        cells = dict(cell.split(" ", 1) for cell in tables.ROWS[self.number].split(", "))
        state, rule, to = map(int, cells[terminal].split())
        found = self[terminal] = _gotos(state), None if rule < 0 else _rule(rule), None if to < 0 else _state(to)
        return found


class _Gotos(dict[str, _Row]):
    """For one state, what each terminal does behind a nonterminal."""

    def __init__(self, state: int) -> None:
        self.state = state

    def __missing__(self, name: str) -> _Row:
        numbers = dict(cell.split() for cell in tables.GOTOS[self.state].split(", "))
        row = self[name] = _row(int(numbers[name]))
        return row


_BEYOND_ASCII = "\x80"


class _Lexer(dict[str, _Expression]):
    """What can stand in some states, by the first character: an expression, and the terminal of each group in it."""

    def __init__(self, terminals: str) -> None:
        self.terminals = terminals.split()

    def __missing__(self, char: str) -> _Expression:
        if char > _BEYOND_ASCII:  # all alike: an entry for each would let texts fill the memory
            return self[_BEYOND_ASCII]
        terminals = [name for name in self.terminals if char in tables.TERMINALS[name][0] or not char.isascii()]
        patterns = groupby((tables.TERMINALS[name][1:] for name in terminals), itemgetter(0))
        pattern = "|".join(f"{head}(?:{'|'.join(f'(?:{rest})()' for _, rest in same)})" for head, same in patterns)
        found = self[char] = (re.compile(pattern or "(?!)").match, ("", *terminals))
        return found


@cache
def _lexer(number: int) -> _Lexer:
    return _Lexer(tables.LEXERS[number])


@cache
def _gotos(state: int) -> _Gotos:
    return _Gotos(state)


@cache
def _row(number: int) -> _Row:
    return _Row(number)


@cache
def _state(number: int) -> _State:
    """What can stand there and what it does, whether the token that led there counts, and what it alone becomes."""
    lexer, row, kept, alone = tables.STATES[number]
    _, name, _, make, _ = _rule(alone) if alone >= 0 else _NOTHING
    return _lexer(lexer), _row(row), kept, None if make is None else (name, make)


@cache
def _rule(number: int) -> _Rule:
    size, name, reduction, parts = tables.RULES[number]
    if reduction is None:
        kind, make = _LISTS.get(parts, (_ANY, None))
        return size, name, kind, make, parts
    return size, name, _KINDS.get(parts, _ANY), getattr(Reductions, reduction, lambda _, value: value), parts


_NOTHING: _Rule = (0, "", _ANY, None, "")
