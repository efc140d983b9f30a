"""The command `odata-filter`: arguments to counts, rows, problems and filter texts."""

import argparse
import io
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn, TextIO
from uuid import UUID

from odata_filter.data import replace
from odata_filter.errors import FilterError, Problem
from odata_filter.filter import Filter
from odata_filter.profile import CUSTOM_VISION, ODATA
from odata_filter.records import REPORTED, DataError, Records, open_records

if TYPE_CHECKING:
    from typing import Literal

    from tqdm import tqdm

    from odata_filter.engines.files import Counted

DONE = 0
WRONG_FILTER = 1
WRONG_COMMAND_LINE = 2
WRONG_DATA = 3
INTERRUPTED = 130
"""Exit codes; argparse gives 2 too."""

_PROFILES = {"odata": ODATA, "custom-vision": CUSTOM_VISION}
_WIDTH = 80
_MAX_PORT = 65_535
_KEY_VARIABLE = "ODATA_FILTER_TRAINING_KEY"

_EXIT_CODES = """\
exit codes:
  0    done; also when the reader of the output stops early, as `| head` does
  1    the filter is wrong, or it fails for a row
  2    the command line is wrong
  3    the data is bad or cannot be read, or the output cannot be written
  130  interrupted
"""

_ABOUT_DATA = f"""\
DATA is JSON Lines, a JSON array of objects, or CSV with a header; UTF-8, plain or gzip. A name that ends in
.csv or .csv.gz means CSV, a first character `[` means an array, and all else is JSON Lines. It is read as a
stream, so only one row has to fit into memory. In CSV every cell is a string, and an empty cell is an absent
key.

A row is bad when it is no JSON object, is no valid UTF-8, nests too deeply, has a number of thousands of
digits, or has more or fewer cells than the header. A bad row ends the command, and standard error names its
file and line. With --skip-bad-rows it is left out, and standard error tells how many there were and where the
first {REPORTED} are. Damaged gzip data, an unusable CSV header, and what is no JSON or nests too deeply inside an array
end the command all the same: nobody knows where the next row begins.
"""

_ABOUT_SELECT = """\
Each row that the filter keeps is written as it was read: JSON as one line, CSV below its header. Rows are
written as they are found, so those in front of a bad row are out before the command fails; the exit code
tells.
"""

_ABOUT_COUNT = """\
With --json the output is {"count": N, "rows": N, "skipped": N}: how many rows the filter keeps, how many were
read, and how many bad ones were left out besides these.

With the extra `columns`, Parquet can be counted too, and DuckDB counts big files of JSON Lines and CSV wherever its
count is that of the rows. Standard error says so, and with --json there is "engine": "DuckDB".
"""

_ABOUT_CHECK = """\
Prints `ok`, or each problem with its place, and exits with 1 unless all of them are warnings. With --json the
output is {"problems": [...]}, each with code, severity, message, position, end, line, column, end_line,
end_column, expected and hint. Positions count characters from zero, lines and columns from one.
"""

_ABOUT_EXPLAIN = """\
Draws the parts of the filter as a tree. With --row each part has its value for the row beside it: why the row is
kept, or why it is not. null is no value, and counts as neither true nor false; what stands behind the part that
decided is not looked at. With --json the output is the tree as nested objects, each with text, position, end,
outcome, value, note and parts.
"""

_ABOUT_FORMAT = """\
Prints the filter as one canonical line, or wrapped. With --json the output is {"filter": "..."}.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; `odata-filter --help` lists the codes."""
    _speak_utf_8()
    try:
        code = _run(argv)
        _say("", flush=True)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        return _give_up_output(error)
    return code


def _run(argv: Sequence[str] | None) -> int:
    try:
        return _obey(_parser().parse_args(argv))
    except SystemExit as stop:
        return int(stop.code or DONE)


def _obey(arguments: argparse.Namespace) -> int:
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except DataError as error:
        _complain(str(error))
        return WRONG_DATA
    except FilterError as error:
        _complain(error.render(colour=_is_colourful(arguments, sys.stderr)))
        return WRONG_FILTER


def _is_colourful(arguments: argparse.Namespace, stream: TextIO) -> bool:
    """Whether to write to a stream in colour: by default on a terminal, unless NO_COLOR is set (no-color.org)."""
    if arguments.color != "auto":
        return bool(arguments.color == "always")
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _speak_utf_8() -> None:
    """Make the output UTF-8 with plain line feeds, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _give_up_output(error: OSError) -> int:
    """Leave standard output alone, which cannot be written any more; quietly when its reader has gone."""
    with suppress(OSError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - `os.devnull` is a name, not a path
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return DONE
    _complain(f"standard output: cannot be written: {error.strerror}")
    return WRONG_DATA


def _say(text: str, *, flush: bool = False) -> None:
    print(text, end="", flush=flush)  # noqa: T201 - a command prints


def _complain(message: str) -> None:
    with suppress(OSError):
        print(message, file=sys.stderr)  # noqa: T201 - likewise


# ---- The command line ------------------------------------------------------------------------


class _Command(NamedTuple):
    """One subcommand: its name, help, what adds its arguments, and what runs it."""

    name: str
    summary: str
    details: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="odata-filter",
        description="OData filters and the rows of a file.",
        epilog=f"`odata-filter COMMAND --help` tells more.\n\n{_EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('odata-filter')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        added = commands.add_parser(
            command.name,
            help=command.summary,
            description=command.summary,
            epilog=f"{command.details}\n{_EXIT_CODES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.add_arguments(added)
        added.add_argument(
            "--color",
            choices=("auto", "always", "never"),
            default="auto",
            help="colour in errors (default: on a terminal)",
        )
        added.set_defaults(command=command.run)
    return parser


def _add_filter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("filter", metavar="FILTER", type=_text, help="the filter, such as \"species eq 'cat'\"")
    parser.add_argument(
        "--profile", choices=_PROFILES, default="odata", help="what the filter must keep to (default: %(default)s)"
    )


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", metavar="DATA", help="a file of rows, or - for standard input")
    parser.add_argument(
        "--format", choices=("jsonl", "json", "csv", "parquet"), help="what DATA is (default: found out)"
    )
    parser.add_argument("--skip-bad-rows", action="store_true", help="leave out rows that cannot be read")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print a JSON object, for programs")


def _text(argument: str) -> str:
    try:
        argument.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("it is not valid UTF-8") from None
    return argument


def _width(argument: str) -> int:
    if not argument.isdecimal() or int(argument) == 0:
        raise argparse.ArgumentTypeError(f"{argument!r} is no number of columns")
    return int(argument)


def _filter(arguments: argparse.Namespace) -> Filter:
    return Filter.parse(arguments.filter, profile=_PROFILES[arguments.profile])


# ---- Data ------------------------------------------------------------------------------------


@contextmanager
def _rows(arguments: argparse.Namespace, *, writes_rows: bool = False) -> Iterator[Records]:
    """The rows of DATA, with a progress bar where it helps; tells afterwards what was skipped."""
    shows_bar = sys.stderr.isatty() and not (writes_rows and sys.stdout.isatty())
    with open_records(arguments.data, form=arguments.format, skip_bad_rows=arguments.skip_bad_rows) as records:
        bar = _bar(records) if shows_bar else None
        try:
            yield records
        except DataError:
            raise
        except FilterError as error:
            raise _at_row(error, records) from None
        finally:
            if bar is not None:
                bar.close()
    if records.skipped:
        _complain(_skipped(records))


def _at_row(error: FilterError, records: Records) -> FilterError:
    """The error with the place of the row that it was raised for."""
    return type(error)(*(replace(one, message=f"{records.place}: {one.message}") for one in error.problems))


def _skipped(records: Records) -> str:
    noun = "bad row" if records.skipped == 1 else "bad rows"
    more = f"; the first {REPORTED}" if records.skipped > REPORTED else ""
    return "\n  ".join([f"skipped {records.skipped} {noun}{more}:", *records.faults])


def _bar(records: Records) -> "tqdm[NoReturn] | None":
    """A progress bar that moves once per chunk: by bytes, or by rows where the size is unknown; None without tqdm."""
    try:
        from tqdm import tqdm  # noqa: PLC0415 - an extra, which only a terminal needs
    except ImportError:
        return None
    unit = " rows" if records.size is None else "B"
    bar = tqdm(desc=records.name, total=records.size, unit=unit, unit_scale=True, delay=1, leave=False)
    records.on_chunk(lambda: bar.update((records.rows if records.size is None else records.taken) - bar.n))
    return bar


# ---- Commands --------------------------------------------------------------------------------


def _add_count(parser: argparse.ArgumentParser) -> None:
    _add_data(parser)
    _add_filter(parser)
    _add_json(parser)


def _count(arguments: argparse.Namespace) -> int:
    wanted = _filter(arguments)
    counted = _counted_in_columns(wanted, arguments)
    if counted is not None:
        told = {"count": counted.kept, "rows": counted.rows, "skipped": 0, "engine": _ENGINE}
        if not arguments.json:
            _complain(f"counted by {_ENGINE}")
    else:
        with _rows(arguments) as records:
            count = wanted.count(records)
        told = {"count": count, "rows": records.rows, "skipped": records.skipped}
    _say(f"{json.dumps(told) if arguments.json else told['count']}\n")
    return DONE


_ENGINE = "DuckDB"
_BIG = {"csv": 2**23, "jsonl": 2**25}
"""Bytes from which on a column engine is worth its start."""


def _counted_in_columns(wanted: Filter, arguments: argparse.Namespace) -> "Counted | None":
    """The count by a column engine, where one is there, and its count is that of the rows."""
    form = _column_format(arguments)
    if form is None:
        return None
    try:
        from odata_filter.engines import files  # noqa: PLC0415 - an extra, for big files alone
    except ImportError:
        if form != "parquet":
            return None
        hint = 'pip install "odata-filter[columns]"'
        raise _unreadable(arguments.data, "Parquet needs the extra `columns`", hint) from None
    try:
        return files.counted(wanted, Path(arguments.data), form)
    except OSError as error:
        raise _unreadable(arguments.data, f"cannot be read: {error}") from None


def _unreadable(name: str, reason: str, hint: str | None = None) -> DataError:
    return DataError(Problem(message=f"{name}: {reason}", code="unreadable-data", hint=hint))


def _column_format(arguments: argparse.Namespace) -> "Literal['jsonl', 'csv', 'parquet'] | None":
    """What a file is, if it is Parquet, or plain and big."""
    if _is_parquet(arguments):
        return "parquet"
    path = Path(arguments.data)
    if arguments.data == "-" or arguments.format == "json" or not path.is_file():
        return None
    with path.open("rb") as file:
        first = file.read(100).removeprefix(b"\xef\xbb\xbf").lstrip()
    if first.startswith((b"\x1f\x8b", b"[")):
        return None
    is_csv = path.name.lower().endswith(".csv") if arguments.format is None else arguments.format == "csv"
    form: Literal["csv", "jsonl"] = "csv" if is_csv else "jsonl"
    return form if path.stat().st_size >= _BIG[form] else None


def _is_parquet(arguments: argparse.Namespace) -> bool:
    named = arguments.format is None and arguments.data.lower().endswith(".parquet")
    return bool(named or arguments.format == "parquet")


def _add_select(parser: argparse.ArgumentParser) -> None:
    _add_data(parser)
    _add_filter(parser)


def _select(arguments: argparse.Namespace) -> int:
    wanted = _filter(arguments)
    if _is_parquet(arguments):
        raise _unreadable(arguments.data, "the rows of Parquet can be counted, but not written")
    with _rows(arguments, writes_rows=True) as records:
        _say(records.header)
        for _ in wanted.select(records):
            _say(records.text)
    return DONE


def _add_check(parser: argparse.ArgumentParser) -> None:
    _add_filter(parser)
    _add_json(parser)


def _check(arguments: argparse.Namespace) -> int:
    problems = _problems(arguments)
    if arguments.json:
        _say(json.dumps({"problems": [problem.fields() for problem in problems]}) + "\n")
    else:
        colour = _is_colourful(arguments, sys.stdout)
        _say(("\n\n".join(_shown(problem, colour=colour) for problem in problems) or "ok") + "\n")
    return WRONG_FILTER if any(problem.severity == "error" for problem in problems) else DONE


def _problems(arguments: argparse.Namespace) -> tuple[Problem, ...]:
    try:
        return _filter(arguments).problems(profile=_PROFILES[arguments.profile])
    except FilterError as error:
        return error.problems


def _shown(problem: Problem, *, colour: bool) -> str:
    told = (
        problem if problem.severity == "error" else replace(problem, message=f"{problem.severity}: {problem.message}")
    )
    return told.render(colour=colour)


def _add_explain(parser: argparse.ArgumentParser) -> None:
    _add_filter(parser)
    parser.add_argument("--row", metavar="JSON", type=_row, help='the row, such as {"species": "cat"}')
    _add_json(parser)


def _row(argument: str) -> object:
    try:
        row = json.loads(_text(argument))
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"the row is no JSON: {error}") from None
    if not isinstance(row, dict):
        raise argparse.ArgumentTypeError("the row is no JSON object")
    return row


def _explain(arguments: argparse.Namespace) -> int:
    wanted = _filter(arguments)
    told = wanted.explain() if arguments.row is None else wanted.explain(arguments.row)
    text = json.dumps(told.fields()) if arguments.json else told.render(colour=_is_colourful(arguments, sys.stdout))
    _say(text + "\n")
    return DONE


def _add_format(parser: argparse.ArgumentParser) -> None:
    _add_filter(parser)
    _add_json(parser)
    parser.add_argument("--pretty", action="store_true", help="wrap a long filter and indent it")
    parser.add_argument(
        "--width", type=_width, metavar="N", help=f"wrap at N columns (default: {_WIDTH}); implies --pretty"
    )


def _format(arguments: argparse.Namespace) -> int:
    made = _filter(arguments)
    wraps = arguments.pretty or arguments.width is not None
    text = made.pretty(arguments.width or _WIDTH) if wraps else str(made)
    _say((json.dumps({"filter": text}) if arguments.json else text) + "\n")
    return DONE


_ABOUT_SERVE = f"""\
Answers GET /customvision/{{v3.3,v3.4-preview}}/training/projects/{{projectId}}/images/count like the endpoint Images -
Get Count, with all its parameters, in JSON or XML; errors are the endpoint's own. /health tells how it is, and
/openapi.json what it does. It needs the extra `server`: pip install "odata-filter[server]".

DATA holds one image a line:
  {{"id": UUID, "metadata": {{"name": "value"}}, "tags": [UUID, ...], "iterations": [UUID, ...]}}
or is a SQLite file with a table images(id, metadata, tags, iterations), where the last three are JSON texts. It is
read again when it changes and on SIGHUP; when it is broken then, standard error and /health say so, and the images
that were read before stay in use. To replace a file while it is served, write another one and rename it.

The key of the environment variable {_KEY_VARIABLE} is not seen by those who list processes.
"""


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", metavar="DATA", nargs="?", help="a file of images (default: a small sample)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    parser.add_argument(
        "--port", type=_port, default=8080, metavar="N", help="the port to listen at, 0 for any (default: %(default)s)"
    )
    parser.add_argument(
        "--training-key", type=_key, metavar="KEY", help="the key that requests must have (default: any will do)"
    )
    parser.add_argument(
        "--project", type=_project, metavar="UUID", help="the one project that there is (default: each there may be)"
    )
    parser.add_argument(
        "--reload-every",
        type=_seconds,
        default=1.0,
        metavar="SECONDS",
        help="how long until DATA is looked at again (default: %(default)s)",
    )


def _serve(arguments: argparse.Namespace) -> int:
    try:
        from odata_filter.customvision import images, service  # noqa: PLC0415 - an extra, for this command alone
    except ImportError as error:
        _complain(f'{error.name} is not installed: pip install "odata-filter[server]"')
        return WRONG_COMMAND_LINE
    try:
        key = _training_key(arguments)
        listener = service.listening(arguments.host, arguments.port)
    except (argparse.ArgumentTypeError, OSError) as error:
        _complain(str(error))
        return WRONG_COMMAND_LINE
    with listener:
        file = images.ImageFile(arguments.data)
        shown = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
        text = f"{len(file.current.images)} images at http://{shown}:{listener.getsockname()[1]}\n"
        settings = service.Settings(
            key, arguments.project, arguments.reload_every, _complain, lambda: _say(text, flush=True)
        )
        service.serve(service.application(file, settings), listener)
        return DONE  # pragma: no cover - tested, but coverage loses the frame in which an event loop has run


def _training_key(arguments: argparse.Namespace) -> str | None:
    if arguments.training_key is not None:
        return str(arguments.training_key)
    return _key(os.environ[_KEY_VARIABLE]) if _KEY_VARIABLE in os.environ else None


def _key(argument: str) -> str:
    # The message does not repeat what may be a key.
    if not argument.strip() or not argument.isascii() or not argument.isprintable() or argument != argument.strip():
        raise argparse.ArgumentTypeError("the training key is not printable ASCII text")
    return argument


def _port(argument: str) -> int:
    if not argument.isascii() or not argument.isdecimal() or int(argument) > _MAX_PORT:
        raise argparse.ArgumentTypeError(f"{argument!r} is no port")
    return int(argument)


def _project(argument: str) -> UUID:
    try:
        return UUID(argument)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{argument!r} is no UUID") from None


def _seconds(argument: str) -> float:
    try:
        seconds = float(argument)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{argument!r} is no number of seconds")
    return seconds


_COMMANDS = (
    _Command("count", "Count the rows that a filter keeps.", f"{_ABOUT_COUNT}\n{_ABOUT_DATA}", _add_count, _count),
    _Command("select", "Write the rows that a filter keeps.", f"{_ABOUT_SELECT}\n{_ABOUT_DATA}", _add_select, _select),
    _Command("check", "Print what is wrong with a filter.", _ABOUT_CHECK, _add_check, _check),
    _Command("explain", "Tell why a filter keeps a row or does not.", _ABOUT_EXPLAIN, _add_explain, _explain),
    _Command("format", "Print the canonical text of a filter.", _ABOUT_FORMAT, _add_format, _format),
    _Command("serve", "Stand in for the count endpoint of Custom Vision.", _ABOUT_SERVE, _add_serve, _serve),
)


if __name__ == "__main__":
    sys.exit(main())
