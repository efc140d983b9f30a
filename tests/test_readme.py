"""The README: every example in it does what it says, and the Quick start is the one that a newcomer needs."""

import doctest
import os
import re
import runpy
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from odata_filter.cli import main
from odata_filter.functions import FUNCTIONS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
SHELL_SIGNS = frozenset({"|", "||", "&", "&&", ";", "<", ">", ">>"})


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text and the line of the README where the text starts."""

    language: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Command:
    """A command line of the README, the output shown below it, and its line."""

    words: tuple[str, ...]
    output: str
    line: int

    def __str__(self) -> str:
        return f"line {self.line}: {shlex.join(self.words)[:60]}"


def blocks(text: str) -> list[Block]:
    """Every fenced block, in order."""
    found = re.finditer(r"^```(\w*)[^\n]*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(match[1], match[2], text.count("\n", 0, match.start(2)) + 1) for match in found]


def quick_start() -> str:
    """The text of the section Quick start."""
    return README.partition("\n## Quick start\n")[2].partition("\n## ")[0]


def words_of(line: str) -> tuple[str, ...]:
    """The words of a command line as a shell splits them, with signs such as `|` as words of their own."""
    lexer = shlex.shlex(line.replace("\\\n", " "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return tuple(lexer)


def last_line(block: Block) -> str:
    """The last command line of a block, however many lines it is wrapped over."""
    return re.split(r"(?<!\\)\n", block.text.strip())[-1]


def is_own(words: tuple[str, ...]) -> bool:
    """Whether a command line runs the command of this library."""
    return bool(words) and Path(words[0]).name == "odata-filter"


def commands(block: Block) -> Iterator[Command]:
    """The command lines of a console block: each stands after `$ `, with its output up to the next one."""
    for match in re.finditer(r"^\$ ((?:[^\n]*\\\n)*[^\n]*)\n((?:(?!\$ )[^\n]*\n)*)", block.text, re.MULTILINE):
        words = words_of(match[1])
        if is_own(words):
            yield Command(words, match[2], block.line + block.text.count("\n", 0, match.start()))


PYTHON = [block for block in blocks(README) if block.language in {"python", "pycon"}]
CONSOLE = [command for block in blocks(README) if block.language == "console" for command in commands(block)]


@pytest.fixture(autouse=True)
def in_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples run where a reader of the README stands, on a terminal of the usual width."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")


# ---- Quick start -------------------------------------------------------------------------------------


def test_the_quick_start_has_two_blocks() -> None:
    """One block installs and counts, the other runs the tests."""
    assert ["sh", "sh"] == [block.language for block in blocks(quick_start())]


def test_the_first_block_counts_100_penguins(capsys: pytest.CaptureFixture[str]) -> None:
    """The first block ends with a count, and the count is 100."""
    first = blocks(quick_start())[0]
    words = words_of(last_line(first))
    assert is_own(words)
    assert set() == SHELL_SIGNS & set(words)
    assert 0 == main(list(words[1:]))
    assert "100\n" == capsys.readouterr().out


def test_the_second_block_runs_the_tests() -> None:
    """The second block ends with pytest."""
    second = blocks(quick_start())[1]
    assert "pytest" in words_of(last_line(second))


# ---- Python ------------------------------------------------------------------------------------------


def run_examples(block: Block, names: dict[str, Any]) -> dict[str, Any]:
    """Run the `>>>` examples of a block as a doctest; the names that are known afterwards."""
    parser = doctest.DocTestParser()
    examples = parser.get_doctest(block.text, names, f"README.md, line {block.line}", "README.md", block.line - 1)
    report: list[str] = []
    failed, tried = doctest.DocTestRunner(optionflags=FLAGS).run(examples, out=report.append, clear_globs=False)
    assert tried > 0
    assert 0 == failed, "".join(report)
    return examples.globs


def test_the_python_examples_do_what_they_show(tmp_path: Path) -> None:
    """The blocks are one session from top to bottom; a block without `>>>` is a program that must run through."""
    names: dict[str, Any] = {"__name__": "readme"}
    program = tmp_path / "readme.py"
    for block in PYTHON:
        if ">>> " in block.text:
            names = run_examples(block, names)
        else:
            program.write_text("\n" * (block.line - 1) + block.text, encoding="utf-8")
            names |= runpy.run_path(str(program), names, run_name="readme")
    assert [] != PYTHON


def test_no_example_is_left_out() -> None:
    """A `>>>` stands in a Python block, where it is tested."""
    assert README.count("\n>>> ") == sum(("\n" + block.text).count("\n>>> ") for block in PYTHON)


# ---- The command -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", CONSOLE, ids=str)
def test_a_command_prints_what_is_shown(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    """A terminal shows the output and the messages of a command; without output it only has to succeed."""
    assert set() == SHELL_SIGNS & set(command.words)
    status = main(list(command.words[1:]))
    shown = "".join(capsys.readouterr())
    if command.output:
        assert command.output.rstrip() == shown.rstrip()
    else:
        assert 0 == status


def test_there_are_command_examples() -> None:
    """The README shows the command at work."""
    assert [] != CONSOLE


# ---- The function table ------------------------------------------------------------------------------


def function_table() -> str:
    """What the README shows of the function table: each overload and its section."""
    rows = [f"| {function.section} | `{function.usage()}` |" for function in FUNCTIONS]
    return "\n".join(["", "| section | function |", "|---|---|", *rows, "", ""])


def test_the_readme_lists_the_function_table() -> None:
    """The table in the README is the table in the code; UPDATE_README=1 writes it."""
    head, _, rest = README.partition("<!-- functions: begin -->\n")
    shown, _, tail = rest.partition("<!-- functions: end -->\n")
    if os.environ.get("UPDATE_README") == "1":
        marked = f"<!-- functions: begin -->\n{function_table()}<!-- functions: end -->\n"
        (ROOT / "README.md").write_text(head + marked + tail, encoding="utf-8")
        return
    assert function_table() == shown
