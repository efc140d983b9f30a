"""The wheel: built from a copy of the source, installed into a fresh environment, and used outside the checkout."""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PENGUINS = ROOT / "benchmarks" / "data" / "penguins.jsonl"
PARTS = ("pyproject.toml", "README.md", "LICENSE", "src", "grammar")
NO_REGISTRY = ("No matching distribution found", "Could not find a version that satisfies")

PROGRAM = """
import odata_filter
from odata_filter import Filter, field

built = (field("species") == "Adelie") & (field("island") != "Torgersen")
assert Filter.parse("species eq 'Adelie' and island ne 'Torgersen'") == built
print(built)
print(built.count([{"species": "Adelie"}, {"species": "Gentoo"}]))
print(odata_filter.__file__)
"""

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that sees nothing of this checkout and of the environment that the tests run in."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(  # noqa: S603 - the commands stand in this file
        [*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def release(distribution: str) -> int:
    """The first number of the version of an installed distribution; 0 where it is not installed."""
    try:
        return int(version(distribution).split(".")[0])
    except PackageNotFoundError:
        return 0


def skip_without_registry(done: subprocess.CompletedProcess[str]) -> None:
    """Skip where pip found no registry; whatever else went wrong is a failure."""
    output = done.stdout + done.stderr
    reasons = [line for line in output.splitlines() if any(phrase in line for phrase in NO_REGISTRY)]
    if done.returncode != 0 and reasons:
        pytest.skip(f"no package registry can be reached: {reasons[-1].strip()}")
    assert 0 == done.returncode, output


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the source archive, and the wheel that was built from it."""
    if release("build") == 0:
        pytest.skip("the package build is not installed")
    checkout = tmp_path_factory.mktemp("checkout")
    for part in map(ROOT.joinpath, PARTS):
        if part.is_dir():
            shutil.copytree(part, checkout / part.name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(part, checkout)
    isolation = ["--no-isolation"] if release("setuptools") >= 77 else []
    skip_without_registry(run(sys.executable, "-m", "build", *isolation, checkout, cwd=checkout))
    return checkout / "dist"


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    """The one wheel."""
    (wheel,) = dist.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of a fresh environment that holds the wheel and what it depends on."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True)
    scripts = home / ("Scripts" if sys.platform == "win32" else "bin")
    skip_without_registry(run(scripts / "python", "-m", "pip", "install", wheel, cwd=home))
    return scripts


def test_the_wheel_holds_everything(wheel: Path) -> None:
    """The modules, the grammar, the mark of a typed package and the licence; nothing beside them."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")}
    modules = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src" / "odata_filter").rglob("*.py")}
    grammar = {
        f"odata_filter/grammar/{name}" for name in ("__init__.py", "generate.py", "filter.lark", "literals.lark")
    }
    data = {"odata_filter/py.typed", "odata_filter/customvision/sample.jsonl"}
    assert modules | grammar | data == {name for name in names if ".dist-info/" not in name}
    assert 1 == sum(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_source_archive_holds_the_grammar(dist: Path) -> None:
    """A wheel can be made from the archive alone."""
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {"grammar/__init__.py", "grammar/filter.lark", "grammar/literals.lark", "LICENSE"} <= names


def test_the_installed_wheel_parses_builds_and_counts(scripts: Path, tmp_path: Path) -> None:
    """A small program outside the checkout finds the library, and the library finds its grammar."""
    done = run(scripts / "python", "-c", PROGRAM, cwd=tmp_path)
    assert "" == done.stderr
    text, count, file = done.stdout.splitlines()
    assert ["species eq 'Adelie' and island ne 'Torgersen'", "1"] == [text, count]
    assert Path(file).resolve().is_relative_to(scripts.parent.resolve())


def test_the_installed_command_counts(scripts: Path, tmp_path: Path) -> None:
    """The wheel brings `odata-filter`, which needs no extra."""
    expression = "species eq 'Adelie' and island ne 'Torgersen'"
    done = run(scripts / "odata-filter", "count", PENGUINS, expression, cwd=tmp_path)
    assert (0, "100\n", "") == (done.returncode, done.stdout, done.stderr)
