"""The command `odata-filter`: arguments to counts, rows, problems and filter texts."""

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from odata_filter.errors import FilterError, Problem
from odata_filter.filter import Filter
from odata_filter.profile import CUSTOM_VISION, ODATA, Profile
from odata_filter.records import REPORTED, DataError, Records, open_records

if TYPE_CHECKING:
    from tqdm import tqdm

DONE = 0
WRONG_FILTER = 1
WRONG_COMMAND = 2
WRONG_DATA = 3
INTERRUPTED = 130

PROFILES = {"odata": ODATA, "custom-vision": CUSTOM_VISION}

_DELAY = 1
"""Seconds before a progress bar appears."""

_EPILOG = """\
exit codes:
  0    done; also when the reader of the output closes the pipe early, as `| head` does
  1    the filter is wrong, or it fails for a row
  2    the command line is wrong
  3    the data is bad or cannot be read, or the output cannot be written
  130  interrupted
"""

_DATA_EPILOG = f"""\
DATA holds one JSON object per line, a JSON array of objects, or CSV with a header, in UTF-8, plain or gzip.
It is read as a stream: only one row has to fit into memory. A name that ends in .csv or .csv.gz means CSV,
a first character `[` an array, and all else JSON Lines. In CSV every cell is a string, and an empty cell is
an absent key.

A row is bad when it is no JSON object, no valid UTF-8, nested too deeply, has a number of thousands of
digits, or has more or fewer cells than the header. The first bad row ends the command; its file and line go
to standard error. With --skip-bad-rows such rows are left out, and standard error tells how many there were
and where the first {REPORTED} are. Three faults end the command all the same, because nobody knows where the
next row begins: damaged gzip data, a CSV header that cannot be used, and text in an array that is no JSON or
is nested too deeply.

{_EPILOG}"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; `odata-filter --help` lists the codes."""
    _speak_utf_8()
    try:
        arguments = _parser().parse_args(argv)
        code = _run(arguments.command, arguments)
        print(end="", flush=True)
    except SystemExit as stop:
        return DONE if stop.code is None else int(stop.code)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        return _output_failed(error)
    return code


def _run(command: Callable[[argparse.Namespace], int], arguments: argparse.Namespace) -> int:
    try:
        return command(arguments)
    except DataError as error:
        _complain(str(error))
        return WRONG_DATA
    except FilterError as error:
        _complain(str(error))
        return WRONG_FILTER


def _speak_utf_8() -> None:
    """Make the output UTF-8 with plain line feeds, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _output_failed(error: OSError) -> int:
    """Give up on standard output: quietly when nobody reads it any more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    if isinstance(error, BrokenPipeError):
        return DONE
    _complain(f"standard output: cannot be written: {error.strerror}")
    return WRONG_DATA


def _complain(message: str) -> None:
    print(message, file=sys.stderr)


# ---- The command line ------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = _described(argparse.ArgumentParser, "OData filters on files of rows.", _EPILOG, prog="odata-filter")
    parser.add_argument("--version", action="version", version=f"odata-filter {version('odata-filter')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, summary, epilog, add_arguments, command in _COMMANDS:
        added = _described(commands.add_parser, summary, epilog, name=name, help=summary)
        add_arguments(added)
        added.set_defaults(command=command)
    return parser
