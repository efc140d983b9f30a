"""Problems to text: the mark under the fault, and the errors that carry problems."""

import json
import pickle

import pytest

from odata_filter.errors import (
    FilterError,
    FilterEvaluationError,
    FilterSyntaxError,
    FilterValidationError,
    Problem,
    UnsupportedFilterError,
    excerpt,
)

FAMILY = [FilterError, FilterSyntaxError, FilterValidationError, FilterEvaluationError, UnsupportedFilterError]
FULL = Problem(
    message="expected a comparison operator",
    code="syntax",
    source="species = 'cat'",
    position=8,
    end=9,
    expected=("a comparison operator",),
    hint="OData writes equality as `eq`",
)


def test_a_problem_shows_message_source_mark_and_hint() -> None:
    """The four lines that a reader needs."""
    assert str(FULL) == (
        "expected a comparison operator\n"
        "    species = 'cat'\n"
        "            ^\n"
        "hint: OData writes equality as `eq`"
    )  # fmt: skip


def test_a_problem_without_place_is_its_message() -> None:
    """A value that cannot be written stands in no source."""
    assert str(Problem(message="no value", code="x")) == "no value"
    assert str(Problem(message="no value", code="x", hint="another")) == "no value\nhint: another"


@pytest.mark.parametrize("source", ["", " ", "\n\t"])
def test_an_empty_source_is_not_shown(source: str) -> None:
    """There is nothing to see on it."""
    assert "m" == str(Problem(message="m", code="c", source=source, position=len(source), end=len(source) + 1))


def test_a_problem_has_defaults_that_say_nothing() -> None:
    """An error without place, expectation and hint."""
    problem = Problem(message="m", code="c")
    assert (problem.source, problem.position, problem.end) == ("", None, None)
    assert (problem.expected, problem.hint, problem.severity) == ((), None, "error")


# ---- Excerpts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "position", "end", "expected"),
    [
        ("abc", 0, 1, ["    abc", "    ^"]),
        ("abc def", 4, 7, ["    abc def", "        ^~~"]),
        ("abc", 3, 4, ["    abc", "       ^"]),
        ("", 0, 1, ["    ", "    ^"]),
        ("abc", 1, 1, ["    abc", "     ^"]),
        ("abc", 1, 99, ["    abc", "     ^~"]),
        ("a\tb = 1", 4, 5, ["    a b = 1", "        ^"]),
        ("a\x00b = 1", 4, 5, ["    a\ufffdb = 1", "        ^"]),
        ("a\u200db = 1", 4, 5, ["    a\ufffdb = 1", "        ^"]),
        ("\u4fa1\u683c = 1", 3, 4, ["    \u4fa1\u683c = 1", "         ^"]),
        ("a \u4fa1\u683c b", 2, 4, ["    a \u4fa1\u683c b", "      ^~~~"]),
        ("e\u0301 = 1", 3, 4, ["    e\u0301 = 1", "      ^"]),
        ("a e\u0301e b", 2, 5, ["    a e\u0301e b", "      ^~"]),
        ("a \u0301 b", 2, 3, ["    a \u0301 b", "      ^"]),
    ],
)
def test_the_mark_stands_under_the_fault(source: str, position: int, end: int, expected: list[str]) -> None:
    """Wide characters take two columns, combining ones none, a tab or control character one."""
    assert expected == excerpt(source, position, end)


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n"])
def test_only_the_line_at_fault_is_shown(line_break: str) -> None:
    """A wrapped filter has its fault on one of its lines."""
    source = line_break.join(["a eq 1", "and b = 2", "and c eq 3"])
    position = source.index("=")
    assert excerpt(source, position, position + 1) == ["    and b = 2", "          ^"]


def test_a_fault_at_the_end_of_a_line_is_marked_there() -> None:
    """The line break itself is not shown."""
    assert excerpt("a eq\nb", 4, 5) == ["    a eq", "        ^"]


def test_a_fault_over_two_lines_is_marked_on_the_first() -> None:
    """The mark ends with the line."""
    assert excerpt("a bc\nde f", 2, 7) == ["    a bc", "      ^~"]


def test_a_long_line_is_cut_on_both_sides() -> None:
    """Thirty-six columns before the fault and as many from it on."""
    source = "x" * 100 + "=" + "y" * 100
    assert excerpt(source, 100, 101) == ["    …" + "x" * 36 + "=" + "y" * 35 + "…", " " * (4 + 1 + 36) + "^"]


def test_a_long_line_is_cut_only_where_it_goes_on() -> None:
    """At its start there is nothing left out before, at its end nothing after."""
    source = "x" * 200
    assert excerpt(source, 0, 1) == ["    " + "x" * 72 + "…", "    ^"]
    assert excerpt(source, 199, 200) == ["    …" + "x" * 37, " " * (4 + 1 + 36) + "^"]
    assert excerpt(source, 200, 201) == ["    …" + "x" * 36, " " * (4 + 1 + 36) + "^"]


def test_a_long_fault_is_cut_with_its_line() -> None:
    """The mark is no longer than what is shown."""
    assert excerpt("x" * 200, 0, 200) == ["    " + "x" * 72 + "…", "    ^" + "~" * 71]


def test_a_line_that_just_fits_is_whole() -> None:
    """Seventy-two columns."""
    assert excerpt("x" * 72, 0, 1) == ["    " + "x" * 72, "    ^"]


@pytest.mark.parametrize("line_break", ["\n", "\r"])
@pytest.mark.parametrize("length", [71, 72, 73, 74])
def test_what_is_left_out_is_of_the_same_line(line_break: str, length: int) -> None:
    """A line that ends where the excerpt does is not cut, however long the lines around it are."""
    around = "z" * 200
    before, behind = excerpt(f"{around}{line_break}{'x' * length}=", 201 + length, 202 + length)
    assert ("    …" + "x" * 36 + "=", " " * (4 + 1 + 36) + "^") == (before, behind)
    shown, _ = excerpt(f"={'x' * (length - 1)}{line_break}{around}", 0, 1)
    assert f"    ={'x' * min(71, length - 1)}{'' if length <= 72 else '…'}" == shown


def test_wide_characters_are_cut_by_columns() -> None:
    """Thirty-six columns are eighteen of them."""
    source = "\u4fa1" * 100 + "=" + "\u4fa1" * 100
    shown, mark = excerpt(source, 100, 101)
    assert "    …" + "\u4fa1" * 18 + "=" + "\u4fa1" * 17 + "…" == shown
    assert " " * (4 + 1 + 36) + "^" == mark


def test_combining_characters_without_end_are_cut() -> None:
    """They take no columns, and fill the memory all the same."""
    shown, mark = excerpt("a" + "\u0301" * 1000 + "=" + "\u0301" * 1000, 1001, 1002)
    assert len(shown) < 200
    assert "     ^" == mark


def test_a_vowel_sign_takes_no_column() -> None:
    """Some marks that combine have the combining class 0."""
    assert ["    \u0e01\u0e34 =", "      ^"] == excerpt("\u0e01\u0e34 =", 3, 4)


def test_a_problem_for_a_terminal_has_colours() -> None:
    """Message and mark in red, hint in cyan; the source as it is."""
    assert FULL.render(colour=True) == (
        "\x1b[1;31mexpected a comparison operator\x1b[0m\n"
        "    species = 'cat'\n"
        "            \x1b[1;31m^\x1b[0m\n"
        "\x1b[36mhint: OData writes equality as `eq`\x1b[0m"
    )  # fmt: skip
    assert f"{FULL.render(colour=True)}\n\n{FULL.render(colour=True)}" == FilterError(FULL, FULL).render(colour=True)


@pytest.mark.parametrize(
    ("source", "position", "end", "expected"),
    [
        ("abc", 0, 1, (1, 1, 1, 2)),
        ("abc", 3, 4, (1, 4, 1, 5)),
        ("", 0, 1, (1, 1, 1, 2)),
        ("a\nbc\n\nd", 5, 7, (3, 1, 4, 2)),
        ("a\rb\r\nc", 5, 6, (3, 1, 3, 2)),
        ("a\r\nb", 3, 5, (2, 1, 2, 3)),
        ("a\r\nb", 2, 3, (1, 3, 2, 1)),
        ("\u4fa1e\u0301x", 3, 4, (1, 4, 1, 5)),
    ],
)
def test_a_problem_for_an_editor_has_lines_and_columns(
    source: str, position: int, end: int, expected: tuple[int, int, int, int]
) -> None:
    """Counted from one, in characters, with one past the end where something is missing there."""
    fields = Problem(message="m", code="c", source=source, position=position, end=end).fields()
    assert expected == (fields["line"], fields["column"], fields["end_line"], fields["end_column"])
    assert (position, end) == (fields["position"], fields["end"])


def test_a_problem_as_fields_goes_through_json() -> None:
    """Whatever it knows, and null for what it does not."""
    fields = FULL.fields()
    assert fields == json.loads(json.dumps(fields))
    assert ["a comparison operator"] == fields["expected"]
    nowhere = Problem(message="m", code="c").fields()
    places = ("position", "end", "line", "column", "end_line", "end_column", "hint")
    assert {None} == {value for name, value in nowhere.items() if name in places}


# ---- Errors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FAMILY)
def test_an_error_has_the_attributes_of_its_first_problem(kind: type[FilterError]) -> None:
    """Most errors have one problem, and are asked about it directly."""
    error = kind(FULL, Problem(message="another", code="x"))
    assert error.problems == (FULL, Problem(message="another", code="x"))
    assert (error.message, error.source) == (FULL.message, FULL.source)
    assert (error.position, error.end) == (8, 9)
    assert (error.expected, error.hint) == (FULL.expected, FULL.hint)


@pytest.mark.parametrize("kind", FAMILY)
def test_every_error_is_of_one_family(kind: type[FilterError]) -> None:
    """One `except` clause catches them all."""
    assert issubclass(kind, FilterError)
    assert issubclass(kind, ValueError) == (kind is FilterSyntaxError)


def test_an_error_shows_all_its_problems() -> None:
    """One after another, with a blank line between."""
    other = Problem(message="another", code="x", hint="look")
    assert str(FilterValidationError(FULL, other)) == f"{FULL}\n\nanother\nhint: look"


def test_an_error_shows_the_first_hundred_of_many_problems() -> None:
    """Nobody reads 50,000 of them; `problems` has them all."""
    many = FilterValidationError(*[FULL] * 1101)
    assert "\n\n".join([str(FULL)] * 100) + "\n\n… and 1,001 more problems" == str(many)
    assert "\n\n".join([str(FULL)] * 100) == str(FilterValidationError(*[FULL] * 100))
    assert 1101 == len(many.problems)


@pytest.mark.parametrize("kind", FAMILY)
def test_an_error_survives_pickling(kind: type[FilterError]) -> None:
    """It comes back whole from another process."""
    error = kind(FULL, Problem(message="another", code="x"))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - what was just pickled
    assert type(again) is kind
    assert error.problems == again.problems
    assert str(error) == str(again)
