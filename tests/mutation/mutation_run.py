"""Rooms of the library to mutants, and mutants to those that no test notices.

    python tests/mutation/mutation_run.py [ROOM ...] [--only FUNCTION] [--left]

A mutant is the library with one small fault in it: `<` is `<=`, an argument is None, a case is gone. mutmut makes them,
all in one copy of the sources; pytest collects the tests of a room once, and each mutant is a fork of that process in
which the tests that reach its function run until one fails. Tests that draw examples take no part, so that a run gives
the same answer twice. `rooms.toml` says which modules and tests a room has, and explains the mutants that nobody could
notice. Prints the others, and the score of each room. Needs the extra `mutation`; changes nothing in the checkout.
"""

import argparse
import contextlib
import difflib
import gc
import importlib
import os
import pickle
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((Path(__file__).parent / "rooms.toml").read_text(encoding="utf-8"))
ROOMS: Mapping[str, Any] = SETTINGS["rooms"]
EXPLAINED: Sequence[Mapping[str, Any]] = SETTINGS["explained"]
LEFT = ROOT / "build" / "mutation"
"""What was left of each room at its last run, for `--left`."""

MEMORY = 2 * 2**30
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault.

    Attributes:
        name: how mutmut calls it: the module, the function and a number.
        function: the name of the function, with its class; mutmut's way of writing it.
        change: the function's own name, the lines that are gone and those that came for them.
    """

    name: str
    function: str
    change: str


# ---- Sources to mutants ------------------------------------------------------------------------


def mutants(modules: Sequence[str], folder: Path) -> Iterator[Mutant]:
    """The mutants of some modules; `folder` becomes the place of a package with all of them in it."""
    shutil.copytree(ROOT / "src" / "odata_filter", folder / "odata_filter")
    shutil.copytree(ROOT / "grammar", folder / "odata_filter" / "grammar")
    for module in modules:
        path = folder / "odata_filter" / f"{module}.py"
        made = mutate_file_contents(str(path), path.read_text(encoding="utf-8"))
        path.write_text(made.code, encoding="utf-8")
        lines = made.code.splitlines()
        texts = {name: lines[span.start - 1 : span.end] for name, span in made.line_span_by_function_name.items()}
        for name in made.mutant_names:
            function = name.rpartition("__mutmut_")[0]
            own = re.split("x_|ǁ", function, maxsplit=1)[1].replace("ǁ", ".")
            change = _change(texts[f"{function}__mutmut_orig"], texts[name])
            mutant = Mutant(f"odata_filter.{module}.{name}", f"odata_filter.{module}.{function}", f"{own}: {change}")
            if not _is_of(SETTINGS["passed_over"], mutant):
                yield mutant


def _change(before: Sequence[str], after: Sequence[str]) -> str:
    """The lines in which two functions differ; each has its name in one, but for which they are alike."""
    one, other = ([re.sub(r"x[_ǁ]\w*__mutmut_\w+", "", line) for line in lines] for lines in (before, after))
    changed = [line for line in difflib.ndiff(one, other) if line[0] in "-+"]
    gone, come = (" ".join(line[2:].strip() for line in changed if line[0] == sign) for sign in "-+")
    return f"{gone} -> {come}"


# ---- Mutants to outcomes -----------------------------------------------------------------------


@dataclass(slots=True)
class Trials:
    """A plugin of pytest that gives each mutant its turn instead of running the collected tests once."""

    waiting: Sequence[Mutant]
    warm: Sequence[str]
    fresh: Callable[[Mutant], str]
    outcomes: dict[Mutant, str] = field(default_factory=dict)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Find out which tests reach which function, then try each mutant with those."""
        for name in self.warm:
            module, _, function = name.rpartition(".")
            getattr(importlib.import_module(module), function)()
        gc.collect()
        gc.freeze()
        reach, seconds = _apart(lambda: _reach(session))
        if reach is None:
            raise pytest.UsageError("a test fails without any mutant")
        _straighten()
        with contextlib.suppress(KeyboardInterrupt):
            self._try_all(session, reach, seconds)
        return True

    def _try_all(self, session: pytest.Session, reach: dict[str, list[int]], seconds: list[float]) -> None:
        for done, mutant in enumerate(self.waiting):
            tests = reach.get(mutant.function)
            if tests is None:
                self.outcomes[mutant] = self.fresh(mutant)
            else:
                self.outcomes[mutant], killer = _trial(session, mutant, tests, seconds)
                if killer is not None:  # what noticed this one will notice the next
                    tests.remove(killer)
                    tests.insert(0, killer)
            if sys.stderr.isatty() or done % 100 == 0:
                sys.stderr.write(f"\r{done} of {len(self.waiting)} {dict(Counter(self.outcomes.values()))}   ")


def _reach(session: pytest.Session) -> tuple[dict[str, list[int]] | None, list[float]]:
    """For each function the tests that reach it, the quickest first; and the seconds of each test."""
    set_mutant_under_test("stats")
    seconds: list[float] = []
    reach: dict[str, list[int]] = {}
    for at, item in enumerate(session.items):
        state()._stats.clear()  # noqa: SLF001 - where the trampolines leave their names
        begun = time.process_time()
        passes = _passes(session, at)
        seconds.append(time.process_time() - begun)
        if not passes:
            sys.stderr.write(f"{item.nodeid} fails\n")
            return None, []
        for function in state()._stats:  # noqa: SLF001
            reach.setdefault(function, []).append(at)
    for tests in reach.values():
        tests.sort(key=lambda at: seconds[at])
    return reach, seconds


def _passes(session: pytest.Session, at: int) -> bool:
    """Run a test: a function of its parameters is called, which takes a tenth of the time of pytest's way."""
    item = session.items[at]
    given = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    if isinstance(item, pytest.Function) and not set(item.fixturenames) - set(given) and not _is_conditional(item):
        try:
            item.obj(**given)
        except BaseException:  # noqa: BLE001 - whatever it raises, pytest.fail among it, it does not pass
            return False
        return True
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)  # whichever is next may be called
    return not session.testsfailed


def _straighten(mutant: str = "") -> None:
    """Let names stand for the functions themselves, or for one mutant, where mutmut has put a slow switch.

    What holds on to a switch finds its way as well: methods, tables, and what other modules have imported.
    """
    for name, module in list(sys.modules.items()):
        for table, versions in [*vars(module).items()] if name.startswith("odata_filter.") else ():
            if table.startswith("mutants_x_"):
                own = table.removeprefix("mutants_x_").removesuffix("__mutmut")
                wanted = mutant.rpartition(".")[2] if mutant.startswith(f"{name}.") else ""
                setattr(module, own, versions.get(wanted, versions["_mutmut_orig"]))


def _is_conditional(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) is not None for name in ("skip", "skipif", "xfail"))


def _trial(
    session: pytest.Session, mutant: Mutant, tests: Sequence[int], seconds: Sequence[float]
) -> tuple[str, int | None]:
    """What becomes of a mutant, and the test that notices it."""

    def killer() -> int | None:
        set_mutant_under_test(mutant.name)
        _straighten(mutant.name)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        for at in tests:
            # Time of the process, then of the clock for what waits; by default both signals end the process.
            signal.setitimer(signal.ITIMER_PROF, 1 + 5 * seconds[at])
            signal.setitimer(signal.ITIMER_REAL, 20 + 100 * seconds[at])
            if not _passes(session, at):
                return at
        return None

    try:
        found = _apart(killer)
    except TimeoutError:
        return "timeout", None
    return ("survived" if found is None else "killed"), found


def _apart(work: Callable[[], Result]) -> Result:
    """The result of some work in a fork of this process.

    Raises:
        TimeoutError: it was ended by a signal.
    """
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        with contextlib.suppress(BaseException):
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            done = pickle.dumps(work())
            with os.fdopen(into, "wb") as pipe:
                pipe.write(done)
            os._exit(0)
        os._exit(1)
    os.close(into)
    with os.fdopen(out, "rb") as pipe:
        written = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        raise TimeoutError
    if not written:
        raise RuntimeError("a trial ended without a result")
    result: Result = pickle.loads(written)  # noqa: S301 - our own child's
    return result


def _fresh(tests: Sequence[str], folder: Path) -> Callable[[Mutant], str]:
    """The trial of a mutant in a process of its own: of what runs while the library is imported."""

    def outcome(mutant: Mutant) -> str:
        environment = {**os.environ, "MUTANT_UNDER_TEST": mutant.name, "PYTHONPATH": str(folder)}
        command = [sys.executable, "-m", "pytest", *_OPTIONS, "-x", *tests]
        try:
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=120, check=False)  # noqa: S603 - our own command
        except subprocess.TimeoutExpired:
            return "timeout"
        return "killed" if done.returncode else "survived"

    return outcome


_OPTIONS = ("-q", "-s", "--tb=native", "--assert=plain", "-p", "no:cacheprovider", "-m", "not hypothesis and not slow")


# ---- Rooms to scores ---------------------------------------------------------------------------


def outcomes(room: str, wanted: Callable[[Mutant], bool]) -> dict[Mutant, str]:
    """What became of each wanted mutant of a room."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        modules, tests = ROOMS[room]["modules"], ROOMS[room]["tests"]
        found = list(filter(wanted, mutants(modules, folder)))
        os.environ["PYTHONPATH"] = name
        sys.path.insert(0, name)
        set_mutant_under_test("")
        os.chdir(ROOT)
        trials = Trials(found, ROOMS[room].get("warm", ()), _fresh(tests, folder))
        code = pytest.main([*_OPTIONS, *tests], plugins=[trials])
        if code not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            raise SystemExit(int(code))
        return trials.outcomes


def report(room: str, found: Mapping[Mutant, str]) -> bool:
    """Print what is to be known of a room; whether every mutant is noticed or explained."""
    explained = Counter[str]()
    left = []
    for mutant in (mutant for mutant, outcome in found.items() if outcome == "survived"):
        kind = next((kind for kind in EXPLAINED if _is_of(kind, mutant)), None)
        if kind is None:
            left.append(mutant)
        else:
            explained[kind["reason"]] += 1
    for mutant in left:
        print(f"    {mutant.change}")
    LEFT.mkdir(parents=True, exist_ok=True)
    (LEFT / f"{room}.txt").write_text("".join(f"{mutant.change}\n" for mutant in left), encoding="utf-8")
    for reason, count in explained.items():
        print(f"{count:5} explained: {reason}")
    counts = Counter(found.values())
    noticed = counts["killed"] + counts["timeout"]
    noticeable = len(found) - explained.total()
    print(
        f"{room}: {len(found)} mutants, {counts['killed']} killed, {counts['timeout']} by the clock, "
        f"{explained.total()} explained, {len(left)} left; score {noticed / max(1, len(found)):.1%}, "
        f"{noticed / max(1, noticeable):.1%} of those that can be noticed"
    )
    return not left


def _is_of(kind: Mapping[str, Any], mutant: Mutant) -> bool:
    patterns = kind.get("patterns", ())
    return mutant.change in kind.get("mutants", ()) or any(re.search(pattern, mutant.change) for pattern in patterns)


def main() -> int:
    """Run the rooms that are named, or all; one if there are mutants left."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"of {', '.join(ROOMS)}; all by default")
    parser.add_argument("--only", metavar="FUNCTION", help="the mutants of one function")
    parser.add_argument("--left", action="store_true", help="those that were left at the last run")
    given = parser.parse_args()
    rooms = given.rooms or list(ROOMS)
    if len(rooms) > 1:  # each has a copy of the library of its own
        return max([subprocess.run([sys.executable, __file__, room], check=False).returncode for room in rooms])  # noqa: S603 - this very program
    begun = time.monotonic()
    again = (LEFT / f"{rooms[0]}.txt").read_text(encoding="utf-8").splitlines() if given.left else None

    def wanted(mutant: Mutant) -> bool:
        is_left = again is None or mutant.change in again
        return is_left and given.only in {None, mutant.change.partition(":")[0]}

    good = report(rooms[0], outcomes(rooms[0], wanted))
    print(f"after {time.monotonic() - begun:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
