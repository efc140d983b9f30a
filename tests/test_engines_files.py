"""Big files: DuckDB's count is that of the rows read one by one, or there is none."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

if any(importlib.util.find_spec(package) is None for package in ("duckdb", "narwhals")):
    pytest.skip("the extra columns is not installed", allow_module_level=True)

from odata_filter import Filter, FilterError, cli
from odata_filter.engines.files import Counted, Format, counted
from odata_filter.records import open_records

FILTERS = [
    Filter.parse(text)
    for text in (
        "s ne 'a'",
        "not (n gt 1)",
        "n lt 1.5 and b",
        "f ge 0.1 or s eq null",
        "contains(s,'é') or b eq false",
        "s eq '1' or n eq '1'",
        "length(s) gt 1 and other eq null",
        "not contains(s,'a')",
        "true",
    )
]

TEXTS = ["", "a", "é", 'x"y', "\\", "\x00", "\ud800", "1", "NaN", "a,b", "true", " a", "\u2028"]
CELLS: st.SearchStrategy[object] = st.sampled_from(
    [None, True, False, 0, 1, -2, 2**53 + 1, 2**64, 10**20, 0.1, 1.0, -0.0, 1e300, [], {}, *TEXTS]
)
ROWS = st.fixed_dictionaries({}, optional=dict.fromkeys("snfb", CELLS))
TYPED = st.fixed_dictionaries(
    {},
    optional={
        "s": st.sampled_from([None, "", "a", "é", "1", 'x"y', "ab"]),
        "n": st.sampled_from([None, 0, 1, -2, 2**53 + 1]),
        "f": st.sampled_from([None, 0.1, 1.5, -0.5, 1e300]),
        "b": st.sampled_from([None, True, False]),
    },
)
MOST = min(settings().max_examples * 2 // 5, 1000)

STRAY = [
    *(
        "",
        "  ",
        "{bad",
        "[1]",
        "1",
        "null",
        '{"s":1}',
        '{"s":"a","s":"b"}',
        '{"x":1,"x":2,"s":"a"}',
        '{"x":"s","s":"a" , "n": -1.5}',
        '{"f":NaN}',
        '{"x":Infinity}',
        '{"f":1e400}',
    ),
    *(
        '{"x":"' + "y" * 50 + '"}',
        '{"a":1,}',
        '{"a":01}',
        "{'s':'a'}",
        '{"s":"\\u0061"}',
        '{"s":"a"} //x',
        '{"s":"a"}\r',
        '\t{"n": 1}',
    ),
    *(
        "[" * 200,
        '{"x":' + "[" * 200 + "]" * 200 + "}",
        '{"x":' + "9" * 5000 + "}",
        '{"n":-0}',
        '{"n":1E2}',
        '{"f":2e0}',
    ),
]


def by_rows(wanted: Filter, path: Path) -> Counted | None:
    """The count of the rows read one by one; None where a row is bad."""
    try:
        with open_records(str(path)) as records:
            kept = wanted.count(records)
            return Counted(kept, records.rows)
    except FilterError:
        return None


def check(path: Path, form: Format, wanted: Filter) -> bool:
    """Compare both ways; whether DuckDB counted."""
    found = counted(wanted, path, form)
    assert found is None or found == by_rows(wanted, path)
    return found is not None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files are."""
    return tmp_path_factory.mktemp("files")


@settings(max_examples=MOST)
@given(st.lists(st.one_of(ROWS.map(json.dumps), st.sampled_from(STRAY)), max_size=4), st.sampled_from(FILTERS))
@example([json.dumps({"s": "é", "n": 1})], FILTERS[0])
@example([json.dumps({"s": "é", "n": [1]})], FILTERS[1])
def test_any_lines_are_counted_as_the_rows_are_or_not_at_all(folder: Path, lines: list[str], wanted: Filter) -> None:
    """Mixed types, bad rows, double keys, blank lines: whatever stands in a file of JSON Lines."""
    path = folder / "any.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")
    check(path, "jsonl", wanted)


@settings(max_examples=MOST)
@given(st.lists(TYPED, min_size=1, max_size=6), st.sampled_from(FILTERS))
def test_properties_of_one_type_are_counted_in_columns(
    folder: Path, rows: list[dict[str, object]], wanted: Filter
) -> None:
    """Most files of JSON Lines are such."""
    path = folder / "typed.jsonl"
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    assert check(path, "jsonl", wanted)


ODD_CELLS = st.lists(st.sampled_from(["", "a", "é", "1", '"', '"a"', "a b", "\r", "\x00", " "]), max_size=4)


@settings(max_examples=MOST)
@given(st.lists(ODD_CELLS, max_size=4), st.sampled_from(FILTERS))
@example([["a", "1", "", ""], ["", "", "", ""]], FILTERS[0])
def test_cells_are_counted_as_strings_or_not_at_all(folder: Path, rows: list[list[str]], wanted: Filter) -> None:
    """An empty cell is an absent key, and a row of another length is bad."""
    path = folder / "any.csv"
    lines = [["s", "n", "f", "b"], *rows]
    path.write_text("".join(f"{','.join(row)}\n" for row in lines), encoding="utf-8", newline="")
    check(path, "csv", wanted)


def test_plain_cells_are_counted_in_columns(folder: Path) -> None:
    """With line feeds or with returns before them."""
    path = folder / "plain.csv"
    for ending in ("\n", "\r\n"):
        path.write_text(ending.join(["\ufeffs,n", "a,1", ",", "é,", ""]), encoding="utf-8", newline="")
        assert check(path, "csv", FILTERS[0])


@pytest.mark.parametrize("text", ["s", "s,s\na,b", "s,S\na,b", "s,\na,b", ""])
def test_a_header_that_columns_cannot_have_is_left_to_the_rows(folder: Path, text: str) -> None:
    """One column alone, a name twice, two names that differ by case, or none."""
    path = folder / "header.csv"
    path.write_text(text, encoding="utf-8")
    assert counted(FILTERS[0], path, "csv") is None


def test_what_is_more_than_properties_is_left_to_the_rows(folder: Path) -> None:
    """Paths, annotations, and names of files that stand for many."""
    path = folder / "typed[1].jsonl"
    path.write_text('{"s": "b"}\n', encoding="utf-8")
    assert counted(FILTERS[0], path, "jsonl") is None
    plain = path.rename(folder / "paths.jsonl")
    for text in ("s/x eq 1", "s/@Ns.Term eq null", "indexof(s,'b') eq 0"):
        assert counted(Filter.parse(text), plain, "jsonl") is None


# ---- The command -------------------------------------------------------------------------------------


@pytest.fixture
def big(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is big."""
    monkeypatch.setattr(cli, "_BIG", {"csv": 0, "jsonl": 0})


@pytest.mark.usefixtures("big")
def test_the_command_says_which_engine_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, or in the JSON."""
    for name, text in (("a.jsonl", '{"s": "b"}\n{"s": "a"}\n'), ("a.csv", "s,n\nb,1\na,2\n")):
        path = folder / name
        path.write_text(text, encoding="utf-8")
        assert 0 == cli.main(["count", str(path), "s ne 'a'"])
        assert ("1\n", "counted by DuckDB\n") == capsys.readouterr()
        assert 0 == cli.main(["count", str(path), "s ne 'a'", "--json"])
        assert {"count": 1, "rows": 2, "skipped": 0, "engine": "DuckDB"} == json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("big")
@pytest.mark.parametrize(
    ("name", "text", "arguments"),
    [
        ("b.jsonl", '{"s": "b"}\n{"s": 1}\n', []),
        ("b.json", '[{"s": "b"}]', []),
        ("b.txt", '[{"s": "b"}]', ["--format", "json"]),
    ],
)
def test_the_command_reads_rows_where_columns_are_in_doubt(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, arguments: list[str]
) -> None:
    """And says nothing of it."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    assert 0 == cli.main(["count", str(path), "s eq 'b'", *arguments])
    assert ("1\n", "") == capsys.readouterr()


def parquet(folder: Path) -> Path:
    """A Parquet file of two rows."""
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    path = folder / "rows.parquet"
    pytest.importorskip("pyarrow.parquet").write_table(pa.table({"s": ["a", None], "n": [1, 2]}), path)
    return path


def test_parquet_is_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of any size; a name that it lacks is null, and what DuckDB cannot say is refused."""
    path = str(parquet(folder))
    assert 0 == cli.main(["count", path, "s ne 'a' and n gt 1 and other eq null"])
    assert ("1\n", "counted by DuckDB\n") == capsys.readouterr()
    assert 1 == cli.main(["count", path, "indexof(s,'a') eq 0"])
    assert "DuckDB cannot say indexof" in capsys.readouterr().err
    assert 3 == cli.main(["select", path, "s ne 'a'"])
    assert "counted, but not written" in capsys.readouterr().err
    assert 3 == cli.main(["count", str(folder / "none.parquet"), "s ne 'a'"])
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.usefixtures("big")
def test_without_the_extra_rows_are_read_and_parquet_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the extra."""
    path = folder / "c.jsonl"
    path.write_text('{"s": "b"}\n', encoding="utf-8")
    monkeypatch.setitem(sys.modules, "odata_filter.engines.files", None)
    monkeypatch.delattr("odata_filter.engines.files")
    assert 0 == cli.main(["count", str(path), "s eq 'b'"])
    assert ("1\n", "") == capsys.readouterr()
    assert 3 == cli.main(["count", str(folder / "x.parquet"), "s eq 'b'"])
    assert 'pip install "odata-filter[columns]"' in capsys.readouterr().err
