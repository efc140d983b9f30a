"""The rooms of the library: who may import whom, read from the source text, and what every module looks like."""

import ast
import itertools
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.util import resolve_name
from pathlib import Path

import pytest

import odata_filter

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "odata_filter"
FACADE = "__init__"

LADDER = (
    {"data"},
    {"deferred"},
    {"errors"},
    {"edm"},
    {"values"},
    {"nodes"},
    {"patterns", "casts", "geo"},
    {"functions", "limits"},
    {"schema"},
    {"profile", "inference"},
    {"mistakes"},
    {"diagnosis", "printer"},
    {"suggestions", "reductions", "tables"},
    {"automaton", "verdict"},
    {"parser", "validator", "evaluator", "rewriter"},
    {"leaves"},
    {"compiler", "explanation"},
    {"predicate"},
    {"filter"},
    {"bitsets", "equalities", "operands"},
    {"columns", "places"},
    {"archive", "plans", "sources"},
    {"builder", "index", "filterset", "engines", "strategies", "records"},
    {"customvision"},
    {"cli"},
)
"""The rooms, lowest first: each imports from lower ones only, so those of one row do not know each other."""

ENGINES = (
    {"capabilities"},
    {"folding", "dialects"},
    {"terms", "expressions"},
    {"paths", "numeric"},
    {"arithmetic", "calls", "comparisons"},
    {"conditions", "native", "databases"},
    {"sqlite", "postgresql", "dataframe"},
    {"sql", "files"},
)
"""The modules of the room `engines`, lowest first, those in `frames` by their own name."""

ALONE = {"records": {"errors"}}
"""Rooms that may see less than their row allows."""

RUNGS = {room: rung for rung, rooms in enumerate(LADDER) for room in rooms}
FILES = sorted(SOURCE.rglob("*.py"))


def name_of(path: Path) -> str:
    """The dotted name of a module, as in `odata_filter.engines.sql`; a package is named by its folder."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path) for path in FILES}


def room_of(module: str) -> str:
    """The room that a module of the library stands in: `odata_filter.engines.sql` stands in `engines`."""
    return (*module.split("."), FACADE)[1]


def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a source file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file; `from odata_filter import edm` imports the room."""
    package = name_of(path) if path.stem == "__init__" else name_of(path).rpartition(".")[0]
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = resolve_name("." * level + (module or ""), package)
                yield from (f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base for alias in names)


def rooms_seen(path: Path) -> set[str]:
    """The other rooms of the library that a file imports."""
    inside = {module for module in imports(path) if module.split(".")[0] == "odata_filter"}
    return {room_of(module) for module in inside} - {room_of(name_of(path))}


def third_party(path: Path) -> set[str]:
    """The packages of others that a file imports."""
    tops = {module.split(".")[0] for module in imports(path)}
    return tops - sys.stdlib_module_names - {"odata_filter"}


def users() -> dict[str, set[str]]:
    """Each package of others, with the rooms that import it."""
    pairs = [(package, room_of(name_of(path))) for path in FILES for package in third_party(path)]
    return {package: {room for other, room in pairs if other == package} for package, _ in pairs}


def facade() -> ast.Module:
    """The syntax tree of the facade."""
    return tree_of(SOURCE / "__init__.py")


def later() -> ast.If:
    """The part of the facade that is imported later."""
    return next(node for node in facade().body if isinstance(node, ast.If))


def rooms_later() -> dict[str, tuple[str, ...]]:
    """The rooms that the facade imports later, and their names, as the type checker knows them."""
    nodes = [node for node in later().body if isinstance(node, ast.ImportFrom)]
    return {str(node.module).rpartition(".")[2]: tuple(alias.name for alias in node.names) for node in nodes}


def exported() -> list[str]:
    """What `__all__` of the facade lists."""
    found: list[list[str]] = [
        ast.literal_eval(value)
        for node in facade().body
        if isinstance(node, ast.Assign)
        for target, value in [(ast.unparse(node.targets[0]), node.value)]
        if target == "__all__"
    ]
    return list(itertools.chain.from_iterable(found))


def each(paths: list[Path]) -> pytest.MarkDecorator:
    """Run a test once for each file."""
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.relative_to(ROOT).as_posix())


# ---- The ladder ------------------------------------------------------------------------------------


def test_every_room_stands_on_the_ladder() -> None:
    """A new module is given its place before it is used."""
    assert set() == {room_of(module) for module in MODULES} - RUNGS.keys() - {FACADE}


def test_the_readme_shows_the_ladder() -> None:
    """The section How it is built names every room that there is, lowest first."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"\w+", readme.partition("\n`data < ")[2].partition("`")[0])
    assert {room_of(module) for module in MODULES} - {FACADE} == {"data", *shown}
    assert shown == sorted(shown, key=RUNGS.__getitem__)


@each([path for path in FILES if name_of(path) != "odata_filter"])
def test_imports_go_downwards(path: Path) -> None:
    """A room imports from lower rooms only, and never the facade, which stands above them all."""
    room = room_of(name_of(path))
    allowed = ALONE.get(room, {lower for lower, rung in RUNGS.items() if rung < RUNGS[room]})
    assert set() == rooms_seen(path) - allowed


def test_engines_import_downwards() -> None:
    """The modules of the largest room stand on a ladder of their own, which the README shows."""
    rungs = {module: rung for rung, modules in enumerate(ENGINES) for module in modules}
    files = [path for path in FILES if room_of(name_of(path)) == "engines" and path.stem != FACADE]
    assert {path.stem for path in files} == rungs.keys()
    for path in files:
        seen = {module.rpartition(".")[2] for module in imports(path) if module.startswith("odata_filter.engines.")}
        assert set() == {module for module in seen if rungs[module] >= rungs[path.stem]}, path
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"\w+", readme.partition("\n`capabilities < ")[2].partition("`")[0])
    assert {"capabilities", *shown} == rungs.keys()
    assert shown == sorted(shown, key=rungs.__getitem__)


def test_one_room_knows_lark() -> None:
    """The grammar's tool can be replaced in one place."""
    assert {"verdict"} == users()["lark"]


def test_each_package_of_others_is_imported_by_one_room() -> None:
    """An optional dependency has one door."""
    assert {} == {package: rooms for package, rooms in users().items() if len(rooms) > 1}


def test_each_package_of_others_is_declared() -> None:
    """Whatever is imported, `pip install` can bring: by default or with an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = itertools.chain(project["dependencies"], *project["optional-dependencies"].values())
    assert set() == users().keys() - {re.split(r"[^\w-]", requirement)[0] for requirement in declared}


def test_the_facade_needs_nothing_else() -> None:
    """What `import odata_filter` loads of others' packages, in a process of its own, is nothing, not even Lark."""
    code = "import sys, odata_filter; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert set() == users().keys() & set(done.stdout.split())


# ---- The facade --------------------------------------------------------------------------------------


def test_the_facade_is_a_table_of_contents() -> None:
    """A docstring, imports, those for the type checker alone with their table, and `__all__`: no code."""
    docstring, *statements = facade().body
    assert isinstance(docstring, ast.Expr)
    assert ["ImportFrom", "If", "Assign"] == [
        kind for kind, _ in itertools.groupby(type(each).__name__ for each in statements)
    ]
    assert {"ImportFrom"} == {type(each).__name__ for each in later().body}
    assert ["__getattr__, __dir__ = deferred(__name__,"] == [
        ast.unparse(each).partition(" {")[0] for each in later().orelse
    ]
    assert ["__all__"] == [ast.unparse(node.targets[0]) for node in statements if isinstance(node, ast.Assign)]


def test_the_facade_imports_later_what_the_type_checker_knows() -> None:
    """The same names of the same rooms, in the same order."""
    table = ast.literal_eval(next(node for node in ast.walk(later()) if isinstance(node, ast.Dict)))
    assert list(rooms_later().items()) == list(table.items())


@pytest.mark.parametrize("room", rooms_later())
def test_a_name_of_a_room_that_is_imported_later_is_the_rooms_own(room: str) -> None:
    """It is found there when it is asked for, and remembered."""
    for name in rooms_later()[room]:
        vars(odata_filter).pop(name, None)
        assert getattr(odata_filter, name) is getattr(import_module(f"odata_filter.{room}"), name)
        assert name in vars(odata_filter)


@pytest.mark.parametrize("room", rooms_later())
def test_a_room_that_is_imported_later_is_there(room: str) -> None:
    """As an attribute of the package, in a process that has not imported it."""
    code = f"import odata_filter; print(odata_filter.{room}.__name__)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert f"odata_filter.{room}\n" == run.stdout
    assert vars(odata_filter)["__getattr__"](room) is import_module(f"odata_filter.{room}")


def test_what_the_facade_does_not_have_is_missed() -> None:
    """As in any module; `dir` tells what there is."""
    assert set(exported()) <= set(dir(odata_filter))
    with pytest.raises(AttributeError, match="module 'odata_filter' has no attribute 'nothing'"):
        _ = odata_filter.nothing  # type: ignore[attr-defined]


def test_the_facade_exports_what_it_imports() -> None:
    """Nothing is imported for its own use but what it takes to import later, and nothing is forgotten."""
    nodes = [node for node in ast.walk(facade()) if isinstance(node, ast.ImportFrom)]
    names = {alias.asname or alias.name for node in nodes for alias in node.names}
    assert names - {"TYPE_CHECKING", "deferred"} == set(exported())


def test_the_facade_is_sorted() -> None:
    """Constants, then classes, then functions, each in the order of the alphabet, each name once."""
    order = sorted(set(exported()), key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert order == exported()


# ---- Every module ------------------------------------------------------------------------------------


@each([*FILES, ROOT / "grammar" / "__init__.py"])
def test_a_module_opens_with_one_sentence(path: Path) -> None:
    """The first line says in one sentence what the module turns into what; more may follow after a blank line."""
    first, *rest = (ast.get_docstring(tree_of(path)) or "").split("\n")
    assert re.fullmatch(r"[A-Z`$](?:(?!\. ).)+\.", first)
    assert [""] == (rest[:1] or [""])


@each(FILES)
def test_no_function_is_longer_than_60_lines(path: Path) -> None:
    """A longer function holds a second one."""
    functions = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {} == {name: length for name, length in lengths.items() if length > 60}


def test_the_packages_are_the_folders() -> None:
    """The list in pyproject.toml is kept by hand, and a package that it lacks is missing from the wheel."""
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = {name_of(path) for path in FILES if path.stem == "__init__"}
    assert sorted({*folders, "odata_filter.grammar"}) == sorted(setuptools["packages"])


def test_every_folder_is_a_package() -> None:
    """A folder without `__init__.py` is left out of the wheel."""
    assert set() == {path.parent for path in FILES} - {path.parent for path in FILES if path.stem == "__init__"}
