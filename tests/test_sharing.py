"""Filters between threads and processes: they never change, are compiled once, and go wherever data can go."""

import copy
import importlib
import multiprocessing
import os
import pickle
import pkgutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

import odata_filter
from odata_filter import Filter, field

TEXT = "species eq 'cat' and (lens ne 'wide' or tags/any(t:t eq 'x')) and matchesPattern(name,'^a')"
ROW = {"species": "cat", "lens": "tele", "name": "ab"}
OTHER = {**ROW, "lens": "wide", "tags": ["y"]}


def answers(filter_: Filter, number: int) -> list[object]:
    """What a filter says of two rows in turn: by the evaluator, and then compiled."""
    return [filter_.matches(ROW if at % 2 else OTHER) for at in range(number)]


def in_threads(work: Callable[[], object], number: int = 8) -> list[object]:
    """What the work gives in so many threads that begin together."""
    barrier, found = threading.Barrier(number), list[object]()

    def run() -> None:
        barrier.wait()
        found.append(work())

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


# ---- Copies --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [Filter.parse(TEXT), (field("a") == 1) & (field("b") == "x")], ids=["parsed", "built"])
@pytest.mark.parametrize("asked", [False, True], ids=["before", "after it was asked"])
@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))],  # noqa: S301 - our own
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_copy_is_equal(made: Filter, asked: bool, again: Callable[[Filter], Filter]) -> None:  # noqa: FBT001 - data
    """With the same hash, source and answers, and what was compiled stays behind."""
    if asked:
        answers(made, 500)
    found = again(made)
    assert (made, hash(made), made.source) == (found, hash(found), found.source)
    assert answers(made, 2) == answers(found, 2)


# ---- Threads -------------------------------------------------------------------------------------------


def test_threads_share_a_filter() -> None:
    """From the first question on: whoever compiles it, all get the same answers."""
    for _ in range(5):
        shared = Filter.parse(TEXT)
        assert [[False, True] * 200] * 8 == in_threads(lambda shared=shared: answers(shared, 400))  # type: ignore[misc]


def test_threads_share_an_iterator_of_rows_each() -> None:
    """Counting and selecting too."""
    shared = Filter.parse(TEXT)
    rows = [ROW, OTHER] * 300
    assert [300] * 8 == in_threads(lambda: shared.count(rows))
    assert [[ROW] * 300] * 8 == in_threads(lambda: list(shared.select(rows)))


def test_the_first_parse_may_happen_in_many_threads() -> None:
    """In a process that has parsed nothing yet, where the parser is made on first use."""
    code = (
        "import threading; from odata_filter import Filter; found = []\n"
        "def run(): found.append(str(Filter.parse('a  eq 1 or b EQ 2')))\n"
        "threads = [threading.Thread(target=run) for _ in range(8)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]; print(len(found), *set(found), sep='|')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert "8|a eq 1 or b eq 2\n" == done.stdout


# ---- Processes -----------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a fork is Unix's")
def test_a_forked_process_goes_on_with_a_filter() -> None:
    """Also with one that has been compiled."""
    shared = Filter.parse(TEXT)
    answers(shared, 300)
    child = os.fork()
    if child == 0:
        os._exit(0 if answers(shared, 2) == [False, True] and Filter.parse(TEXT) == shared else 1)
    assert 0 == os.waitpid(child, 0)[1]


def test_a_spawned_process_is_given_a_filter() -> None:
    """It arrives as a pickle, and hashes the same there."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert 300 == pool.apply(Filter.parse(TEXT).count, ([ROW, OTHER] * 300,))


# ---- State ---------------------------------------------------------------------------------------------


def modules() -> Iterator[ModuleType]:
    """Every module of the library whose packages are there."""
    for info in pkgutil.walk_packages(odata_filter.__path__, "odata_filter."):
        yield importlib.import_module(info.name)


def test_nothing_public_can_be_changed_by_a_caller() -> None:
    """Tables are read-only: no module has a dict, a list or a set under a name without underscore.

    But for the generated tables, which are constants of one room's own.
    """
    found = {
        f"{module.__name__}.{name}"
        for module in modules()
        if module.__name__ != "odata_filter.tables"
        for name, value in vars(module).items()
        if not name.startswith("_") and isinstance(value, dict | list | set | bytearray)
    }
    assert set() == found


def test_a_custom_function_is_known_to_the_one_who_gave_it() -> None:
    """Options belong to a call; nothing of them is kept."""
    filter_ = Filter.parse("N.F(a=1) eq 2")
    assert filter_.matches({}, functions={"N.F": lambda a: a + 1})
    assert not filter_.matches({}, functions={"N.F": lambda a: a})
    with pytest.raises(odata_filter.UnsupportedFilterError):
        filter_.matches({})
