"""The command as its users meet it: what it prints, where, and with which exit code."""

import gzip
import io
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, TextIO

import pytest
import tqdm

from odata_filter import cli

PENGUINS = str(Path(__file__).parent.parent / "benchmarks" / "data" / "penguins.jsonl")
ROWS = b'{"a": 1.10, "b": "\xc3\xa9"}\n{"a": 2}\n{"b": "x"}\n'


class Outcome(NamedTuple):
    """What a command line led to."""

    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line in this process, with bytes on standard input and, if given, other streams."""

    def run(*arguments: str, stdin: bytes = b"", stdout: TextIO | None = None, stderr: TextIO | None = None) -> Outcome:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            patch.setattr(sys, "stdout", stdout or sys.stdout)
            patch.setattr(sys, "stderr", stderr or sys.stderr)
            code = cli.main(arguments)
        return Outcome(code, *capsys.readouterr())

    return run


def started(
    *arguments: str, environment: Mapping[str, str] | None = None, stdin: bytes = b""
) -> tuple[int, bytes, bytes]:
    """Runs a program as a process of its own."""
    done = subprocess.run(  # noqa: S603 - the commands stand in this file
        arguments, input=stdin, capture_output=True, check=False, env={**os.environ, **(environment or {})}
    )
    return done.returncode, done.stdout, done.stderr


# ---- count -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"), [("species eq 'Adelie' and island ne 'Torgersen'", "100\n"), ("sex ne 'male'", "176\n")]
)
def test_count_prints_how_many_rows_the_filter_keeps(run: Run, text: str, expected: str) -> None:
    """A penguin of unknown sex is not male."""
    assert Outcome(0, expected, "") == run("count", PENGUINS, text)


def test_a_hyphen_is_standard_input(run: Run) -> None:
    """So the command can stand in a pipeline."""
    assert Outcome(0, "2\n", "") == run("count", "-", "a gt 1", stdin=gzip.compress(ROWS))


def test_count_says_more_to_a_program(run: Run) -> None:
    """Rows are those that were read, and the skipped ones come on top."""
    code, out, _ = run("count", "-", "a gt 1", "--json", "--skip-bad-rows", stdin=ROWS + b"x\n")
    assert (0, {"count": 2, "rows": 3, "skipped": 1}) == (code, json.loads(out))


def test_a_filter_may_have_to_keep_to_a_profile(run: Run) -> None:
    """Then `metadata=` may stand in front of it, too."""
    text = "metadata=b eq 'x'"
    assert Outcome(0, "1\n", "") == run("count", "-", text, "--profile", "custom-vision", stdin=ROWS)
    assert run("count", "-", text, stdin=ROWS).code == 1
    assert run("count", "-", "a gt 1", "--profile", "custom-vision", stdin=ROWS).code == 1


# ---- select ----------------------------------------------------------------------------------


def test_select_writes_each_json_line_as_it_was(run: Run) -> None:
    """A number keeps its zeros, a string its characters."""
    assert Outcome(0, '{"a": 1.10, "b": "é"}\n{"a": 2}\n', "") == run("select", "-", "a gt 0", stdin=ROWS)


def test_select_writes_array_elements_as_json_lines(run: Run) -> None:
    """Each on one line."""
    data = b'[\n  {\n    "a": 1.10\n  },\n  {\n    "a": 0\n  }\n]'
    assert Outcome(0, '{ "a": 1.10 }\n', "") == run("select", "-", "a gt 0", stdin=data)


@pytest.mark.parametrize(("text", "expected"), [("b eq 'x'", 'a,b\r\n"1",x\r\n'), ("false", "a,b\r\n")])
def test_select_keeps_csv_csv(run: Run, text: str, expected: str) -> None:
    """The header is there even when no row is."""
    assert Outcome(0, expected, "") == run("select", "-", text, "--format", "csv", stdin=b'a,b\r\n"1",x\r\n2,\r\n')


# ---- Bad data --------------------------------------------------------------------------------


def test_bad_data_ends_the_command_and_names_file_and_line(run: Run, tmp_path: Path) -> None:
    """No count is printed, for it would be wrong."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(ROWS + b"[]\n")
    message = f"{path}, line 4: a JSON object is expected, and this is an array\n"
    assert Outcome(3, "", message) == run("count", str(path), "true")


def test_select_writes_the_rows_in_front_of_a_bad_one(run: Run) -> None:
    """A stream cannot be taken back; the exit code tells."""
    code, out, err = run("select", "-", "true", stdin=b'{"a": 1}\n[]\n{"a": 2}\n')
    assert (3, '{"a": 1}\n') == (code, out)
    assert err.startswith("standard input, line 2: ")


def test_a_skipped_row_is_told(run: Run) -> None:
    """On standard error, so that the output stays clean."""
    fault = "standard input, line 2: a JSON object is expected, and this is an array"
    expected = Outcome(0, "1\n", f"skipped 1 bad row:\n  {fault}\n")
    assert expected == run("count", "-", "true", "--skip-bad-rows", stdin=b"{}\n[]\n")


def test_many_skipped_rows_are_counted_and_the_first_few_told(run: Run) -> None:
    """The number counts; the places are examples."""
    code, out, err = run("select", "-", "true", "--skip-bad-rows", stdin=b"1\n" * 7 + b"{}")
    assert (0, "{}\n") == (code, out)
    assert err.startswith("skipped 7 bad rows; the first 5:\n  standard input, line 1: ")
    assert err.count("\n") == 6


def test_a_file_that_is_not_there_is_bad_data(run: Run, tmp_path: Path) -> None:
    """It is named, with the operating system's reason."""
    path = str(tmp_path / "rows.jsonl")
    message = f"{path}: cannot be read: No such file or directory\n"
    assert Outcome(3, "", message) == run("count", path, "true")


@pytest.mark.parametrize("option", [[], ["--skip-bad-rows"]])
def test_a_filter_that_fails_for_a_row_names_file_and_line(run: Run, option: list[str]) -> None:
    """It is the filter that is wrong, so no row is skipped."""
    code, out, err = run("count", "-", "1 div a eq 1", *option, stdin=b'{"a": 1}\n{"a": 0}\n')
    assert (1, "") == (code, out)
    assert err.startswith("standard input, line 2: ")
    assert err.endswith("\n    1 div a eq 1\n    ^~~~~~~\n")


def test_a_filter_that_cannot_be_evaluated_names_file_and_line(run: Run) -> None:
    """Evaluation begins with the first row."""
    code, out, err = run("select", "-", "Model.IsFine(a=1)", stdin=ROWS)
    assert (1, "") == (code, out)
    assert err.startswith("standard input, line 1: ")


# ---- check -----------------------------------------------------------------------------------


def test_check_says_ok(run: Run) -> None:
    """Nothing is wrong."""
    assert Outcome(0, "ok\n", "") == run("check", "a eq 'x'")


def test_check_prints_a_syntax_error_with_its_place(run: Run) -> None:
    """And a hint, where there is one."""
    code, out, err = run("check", "a = 'x'")
    assert (1, "") == (code, err)
    assert out.endswith("\n    a = 'x'\n      ^\nhint: OData writes equality as `eq`\n")


def test_check_prints_every_problem_with_its_place(run: Run) -> None:
    """A blank line stands between them."""
    code, out, err = run("check", "a gt 'x' and b lt 'y'", "--profile", "custom-vision")
    assert (1, "") == (code, err)
    assert [True, True] == [f"\n    a gt 'x' and b lt 'y'\n{mark}" in out for mark in ("    ^", "                 ^")]
    assert out.count("\n\n") == 1


def test_a_warning_is_no_error(run: Run) -> None:
    """It is printed all the same."""
    code, out, err = run("check", "not a eq true")
    assert (0, "") == (code, err)
    assert out.startswith("warning: ")


def test_check_gives_problems_to_a_program(run: Run) -> None:
    """Each with all that is known about it."""
    code, out, _ = run("check", "a = 'x'", "--json")
    (problem,) = json.loads(out)["problems"]
    assert (1, 2, 3, "error") == (code, problem["position"], problem["end"], problem["severity"])
    assert (1, 3, 1, 4) == tuple(problem[name] for name in ("line", "column", "end_line", "end_column"))
    assert {"code", "message", "expected", "hint"} < problem.keys()
    assert Outcome(0, '{"problems": []}\n', "") == run("check", "a eq 'x'", "--json")


COLOURED = "\x1b[1;31m^\x1b[0m"


@pytest.mark.parametrize(
    ("options", "environment", "coloured"),
    [
        ([], None, False),
        ([], {}, True),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"NO_COLOR": ""}, True),
        ([], {"TERM": "dumb"}, False),
        (["--color", "always"], None, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {}, False),
    ],
)
def test_errors_are_coloured_on_a_terminal(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    environment: Mapping[str, str] | None,
    coloured: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    """Unless NO_COLOR or the option says otherwise, on both streams; without an environment they are no terminals."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, text in (environment or {}).items():
        monkeypatch.setenv(name, text)
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: environment is not None)
    assert coloured == (COLOURED in run("check", "a = 'x'", *options).out)
    assert coloured == (COLOURED in run("format", "a = 'x'", *options).err)


def test_a_warning_is_coloured_as_one(run: Run) -> None:
    """Yellow, not red."""
    assert run("check", "not a eq true", "--color", "always").out.startswith("\x1b[1;33mwarning: ")


@pytest.mark.parametrize("command", [["count", PENGUINS], ["select", PENGUINS], ["format"]])
def test_every_command_refuses_a_wrong_filter(run: Run, command: list[str]) -> None:
    """Before it looks at the data."""
    code, out, err = run(*command, "a = 'x'")
    assert (1, "") == (code, out)
    assert "\n    a = 'x'\n      ^\n" in err


# ---- explain ---------------------------------------------------------------------------------


def test_explain_draws_the_tree(run: Run) -> None:
    """How the filter is understood."""
    assert Outcome(0, "not a eq b\n├─ not a\n│  └─ a\n└─ b\n", "") == run("explain", "not a eq b")


def test_explain_tells_why_a_row_is_kept_or_not(run: Run) -> None:
    """With the value of every part."""
    told = "the row is dropped: the filter is false\na eq 'x'  false\n└─ a      'y'\n"
    assert Outcome(0, told, "") == run("explain", "a eq 'x'", "--row", '{"a": "y"}')
    assert "\x1b[31mfalse" in run("explain", "a eq 'x'", "--row", '{"a": "y"}', "--color", "always").out


def test_explain_gives_the_tree_to_a_program(run: Run) -> None:
    """As nested objects."""
    told = json.loads(run("explain", "a eq 'x'", "--row", "{}", "--json").out)
    assert ("value", "false", [0, 8]) == (told["outcome"], told["value"], [told["position"], told["end"]])
    assert "there is no such property" == told["parts"][0]["note"]


@pytest.mark.parametrize("row", ["{", "[]", "[" * 100_000, "5", '{"a": NaN'])
def test_explain_refuses_what_is_no_row(run: Run, row: str) -> None:
    """The command line is wrong."""
    code, out, err = run("explain", "a", "--row", row)
    assert (2, "") == (code, out)
    assert "the row is no JSON" in err


# ---- format ----------------------------------------------------------------------------------


def test_format_prints_the_canonical_text(run: Run) -> None:
    """One space, small operators, no spare parentheses."""
    assert Outcome(0, "a eq 'x' and b eq 1\n", "") == run("format", "(a  EQ 'x') AND b eq 1")


def test_format_wraps_at_a_width(run: Run) -> None:
    """Eighty columns, or as many as are wanted."""
    text = " or ".join(["a eq 'some text'"] * 6)
    assert Outcome(0, text + "\n", "") == run("format", text)
    widths = [
        max(map(len, run("format", text, *options).out.splitlines()))
        for options in (["--pretty"], ["--width", "30"], ["--pretty", "--width", "100"])
    ]
    assert [True, True, True] == [width <= limit for width, limit in zip(widths, (80, 30, 100), strict=True)]


def test_format_gives_the_text_to_a_program(run: Run) -> None:
    """As a JSON object."""
    assert Outcome(0, '{"filter": "a eq 1"}\n', "") == run("format", "a  eq 1", "--json")


# ---- The command line ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["guess"],
        ["count"],
        ["count", PENGUINS],
        ["count", PENGUINS, "true", "--format", "xml"],
        ["count", PENGUINS, "true", "--skip"],
        ["check", "true", "--profile", "sql"],
        ["format", "true", "--width", "0"],
        ["format", "true", "--width", "wide"],
        ["format", "a eq '\udcff'"],
    ],
)
def test_a_wrong_command_line_is_refused(run: Run, arguments: list[str]) -> None:
    """With the usage on standard error."""
    code, out, err = run(*arguments)
    assert (2, "") == (code, out)
    assert err.startswith("usage: odata-filter")


@pytest.mark.parametrize("command", [[], ["count"], ["select"], ["check"], ["format"]])
def test_help_tells_the_exit_codes(run: Run, command: list[str]) -> None:
    """For each command, too."""
    code, out, _ = run(*command, "--help")
    assert code == 0
    assert "exit codes:\n  0    done" in out


def test_the_version_is_that_of_the_package(run: Run) -> None:
    """It is written in one place."""
    assert Outcome(0, f"odata-filter {version('odata-filter')}\n", "") == run("--version")


def test_an_interrupt_ends_quietly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the exit code that shells know."""

    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_filter", interrupted)
    assert Outcome(130, "", "") == run("format", "true")


def test_the_arguments_come_from_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The module runs as a program."""
    monkeypatch.setattr(sys, "argv", ["odata-filter", "format", "a  eq 1"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(cli.__file__, run_name="__main__")
    assert (0, "a eq 1\n") == (stop.value.code, capsys.readouterr().out)


def test_the_script_is_installed() -> None:
    """Beside the Python that it belongs to."""
    script = str(Path(sys.executable).with_name("odata-filter"))
    assert (0, b"2\n", b"") == started(script, "count", "-", "a gt 1", stdin=ROWS)


# ---- Output ----------------------------------------------------------------------------------


def test_output_is_utf_8_whatever_the_locale() -> None:
    """Rows go out as they came in."""
    locale = {"LC_ALL": "C", "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    row = '{"b": "é€"}\n'.encode()
    command = [sys.executable, "-m", "odata_filter.cli", "select", "-", "true"]
    assert (0, row, b"") == started(*command, environment=locale, stdin=row)


def test_output_may_be_no_file(run: Run) -> None:
    """A caller may collect it in memory."""
    out = io.StringIO()
    assert (0, "a eq 'é'\n") == (run("format", "a eq 'é'", stdout=out).code, out.getvalue())


def test_a_reader_that_stops_early_ends_the_command_quietly(tmp_path: Path) -> None:
    """As in `odata-filter select ... | head -1`."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(ROWS * 50_000)
    command = [sys.executable, "-m", "odata_filter.cli", "select", str(path), "true"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603 - likewise
        assert process.stdout is not None
        assert process.stderr is not None
        assert ROWS.splitlines(keepends=True)[0] == process.stdout.readline()
        process.stdout.close()
        assert (b"", 0) == (process.stderr.read(), process.wait())


def test_a_pipe_without_reader_is_no_error(run: Run) -> None:
    """Whoever closed it wants no more."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as pipe:  # noqa: PTH123 - a descriptor has no path
        assert Outcome(0, "", "") == run("format", "a eq 1", stdout=pipe)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_output_that_cannot_be_written_is_told(run: Run) -> None:
    """A full disk must not look like an empty result."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        message = "standard output: cannot be written: No space left on device\n"
        assert Outcome(3, "", message) == run("format", "a eq 1", stdout=full)


# ---- The progress bar ------------------------------------------------------------------------


class _Terminal(io.StringIO):
    """What looks like a terminal and remembers what it showed."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress bars appear without delay and show every step."""
    real = tqdm.tqdm
    monkeypatch.setattr(tqdm, "tqdm", lambda **options: real(**{**options, "delay": 0, "mininterval": 0}))


def test_a_short_file_shows_no_progress(run: Run) -> None:
    """A bar that flashes past helps nobody."""
    terminal = _Terminal()
    assert (0, "344\n") == run("count", PENGUINS, "true", stderr=terminal)[:2]
    assert not terminal.getvalue().strip()


@pytest.mark.usefixtures("at_once")
def test_progress_is_measured_in_bytes_of_the_file(run: Run, tmp_path: Path) -> None:
    """Of the compressed file, whose size is known."""
    path, terminal = tmp_path / "rows.jsonl.gz", _Terminal()
    path.write_bytes(gzip.compress(ROWS * 1000))
    assert (0, "3000\n") == run("count", str(path), "true", stderr=terminal)[:2]
    assert f"{path}: 100%" in terminal.getvalue()


@pytest.mark.usefixtures("at_once")
def test_progress_of_a_pipe_is_measured_in_rows(run: Run) -> None:
    """Its size is unknown."""
    terminal = _Terminal()
    assert (0, "60000\n") == run("count", "-", "true", stdin=ROWS * 20_000, stderr=terminal)[:2]
    assert " rows/s" in terminal.getvalue()
    assert "%" not in terminal.getvalue()


@pytest.mark.usefixtures("at_once")
def test_progress_is_wiped_out_before_an_error_is_told(run: Run) -> None:
    """The message stands on a line of its own."""
    terminal = _Terminal()
    assert run("count", "-", "true", stdin=b"x", stderr=terminal).code == 3
    assert terminal.getvalue().rpartition("\r")[2].startswith("standard input, line 1: not JSON")


@pytest.mark.usefixtures("at_once")
def test_rows_on_a_terminal_are_not_mixed_with_progress(run: Run) -> None:
    """A bar on the same screen would tear them apart; the count comes when the bar is gone."""
    screen, terminal = _Terminal(), _Terminal()
    assert run("select", PENGUINS, "true", stdout=screen, stderr=terminal).code == 0
    assert (344, "") == (screen.getvalue().count("\n"), terminal.getvalue())
    assert run("count", PENGUINS, "true", stdout=screen, stderr=terminal).code == 0
    assert "100%" in terminal.getvalue()


def test_there_is_no_progress_without_tqdm(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "tqdm", None)
    terminal = _Terminal()
    assert (0, "344\n") == run("count", PENGUINS, "true", stderr=terminal)[:2]
    assert not terminal.getvalue()


@pytest.mark.usefixtures("at_once")
def test_there_is_no_progress_in_a_log(run: Run) -> None:
    """Standard error is no terminal there."""
    assert Outcome(0, "344\n", "") == run("count", PENGUINS, "true")
