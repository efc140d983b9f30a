"""`matchesPattern`: what ECMAScript says that a pattern means, the same from both engines, and at once."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odata_filter import edm, patterns
from odata_filter.errors import FilterEvaluationError, UnsupportedFilterError

NODE = shutil.which("node")
ENGINES = ["re2", "standard"]


def choose(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Search with this engine from now on; skip the test where the engine is not installed."""
    if engine == "re2":
        pytest.importorskip("re2", reason="the extra `regex` (google-re2) is not installed")
    else:
        monkeypatch.setitem(sys.modules, "re2", None)
    patterns.program.cache_clear()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Each engine in turn; no compiled pattern is left behind for the next test."""
    choose(request.param, monkeypatch)
    yield request.param
    patterns.program.cache_clear()


@pytest.fixture
def standard(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The standard library's engine, as where the extra is not installed."""
    choose("standard", monkeypatch)
    yield
    patterns.program.cache_clear()


@pytest.fixture
def re2(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The engine of the extra `regex`."""
    choose("re2", monkeypatch)
    yield
    patterns.program.cache_clear()


def problem(text: str, pattern: str) -> str:
    """The message of the refusal."""
    with pytest.raises(UnsupportedFilterError) as raised:
        patterns.matches(text, pattern)
    assert "pattern" == raised.value.problems[0].code
    return raised.value.message


# ---- What a pattern means ------------------------------------------------------------------------------

MEANINGS: dict[str, list[tuple[str, str, bool]]] = {
    "a pattern is searched for": [("berg", "Bergheidelberger", True), ("berg", "Berg", False), ("", "", True)],
    "anchors hold it fast": [
        ("berg$", "Heidelberg", True),
        ("berg$", "bergs", False),
        ("^berg", "berge", True),
        ("^berg", "Heidelberg", False),
        ("^$", "", True),
        ("a^b", "ab", False),
        ("^a|^b", "cb", False),
    ],
    "the end is the very end": [
        ("a$", "a\n", False),
        ("a$", "a\nb", False),
        ("^b", "a\nb", False),
        ("a\n$", "a\n", True),
    ],
    "a dot is no line end": [
        ("^.$", "\n", False),
        ("^.$", "\r", False),
        ("^.$", "\u2028", False),
        ("^.$", "\u2029", False),
        ("^.$", "\x85", True),
        ("^.$", "\x0b", True),
    ],
    "digits and word characters are ASCII": [
        (r"\d", "5", True),
        (r"\d", "٣", False),
        (r"^\D$", "٣", True),
        (r"^\w+$", "aZ_09", True),
        (r"\w", "é", False),
        (r"\W", "é", True),
        (r"\W", "_", False),
    ],
    "white space is that of Unicode": [
        (r"^\s+$", "\t\n\v\f\r \xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\ufeff", True),
        (r"\s", "\x85", False),
        (r"\s", "\x1c", False),
        (r"\s", "\u180e", False),
        (r"\s", "\u200b", False),
        (r"^\S$", "\x1c", True),
    ],
    "a word boundary is ASCII": [
        (r"\bb", "éb", True),
        (r"a\b", "aé", True),
        (r"a\bb", "ab", False),
        (r"\b", "", False),
        (r"\B", "", True),
        (r"a\Bb", "ab", True),
        (r"\B", "aéb", False),
    ],
    "alternatives may be empty": [
        ("^(?:a|)$", "", True),
        ("^(?:a|)$", "a", True),
        ("^(?:a|)$", "b", False),
        ("x|", "", True),
    ],
    "groups capture nothing that matters": [
        ("^(ab)+$", "abab", True),
        ("^(?:ab)+$", "aba", False),
        ("^(?<half>ab){2}$", "abab", True),
        (r"^(?<\u0061b>x)(?<$\u{63}_>y)$", "xy", True),
        (r"^(?<\ud835\udc9c>x)$", "x", True),
        ("^()$", "", True),
    ],
    "quantifiers count": [
        ("^a{2}$", "aa", True),
        ("^a{2}$", "aaa", False),
        ("^a{2,}$", "aaaa", True),
        ("^a{2,3}$", "aaaa", False),
        ("^a{02,003}$", "aaa", True),
        ("^a?b$", "b", True),
        ("^a{0}$", "", True),
        ("^a{1}$", "a", True),
        (r"^(?:\b){2}a$", "a", True),
        (r"^(?:\b)*$", "", True),
        ("^(?:$)*a$", "a", True),
        ("^(?:a?){3}$", "aa", True),
        ("a{0,2}b", "aaab", True),
    ],
    "a lazy quantifier finds the same texts": [("^a+?$", "aaa", True), ("^a{2}?$", "a", False), ("^a??b", "ab", True)],
    "a brace that counts nothing is itself": [
        ("^{$", "{", True),
        ("^a{,2}$", "a{,2}", True),
        ("^a{x}$", "a{x}", True),
        ("^a{1$", "a{1", True),
        ("^}]$", "}]", True),
    ],
    "classes": [
        ("^[abc]+$", "cab", True),
        ("^[^abc]$", "b", False),
        ("^[^abc]$", "\n", True),
        ("^[a-c]+$", "abcd", False),
        ("^[]", "", False),
        ("^[^]$", "\n", True),
        ("^[^][]$", "a", False),
        ("^[.*+?^$(){}|]+$", ".*+?^$(){}|", True),
        (r"^[\]\\]+$", "]\\", True),
        (r"^[\d\s]+$", "1 2", True),
        (r"^[^\d]$", "1", False),
        (r"^[\b]$", "\b", True),
        (r"^[\w-.]+$", "a-.", True),
        (r"^[+-\d]+$", "+-1", True),
        (r"^[+-\d]$", ",", False),
        ("^[a-]+$", "-a", True),
        ("^[-a]+$", "-a", True),
        ("^[--/]+$", "-./", True),
        ("^[\u4e00-\u9fff]$", "猫", True),
        (r"^[\B\-]+$", "B-", True),
    ],
    "escapes": [
        (r"^\x41\u0042$", "AB", True),
        (r"^\f\n\r\t\v$", "\f\n\r\t\v", True),
        (r"^\cA\cz$", "\x01\x1a", True),
        (r"^\0$", "\0", True),
        (r"^\/\.\-\_$", "/.-_", True),
        (r"^\q\é$", "qé", True),
        (r"^\xg\u12$", "xgu12", True),
        (r"^\c1$", "\\c1", True),
        (r"^[\c1\c_]+$", "\x11\x1f", True),
        (r"^[\c%]+$", "\\c%", True),
        (r"^\k<a>$", "k<a>", True),
        (r"\\z\\B", "\\z\\B", True),
    ],
    "a number that counts no group is octal": [
        (r"^\101\7\08\8\9$", "A\x07\x008" + "89", True),
        (r"^\400$", "\x200", True),
        (r"^(a)\2$", "a\x02", True),
        (r"^\777$", "?7", True),
        (r"^[\1\8]+$", "\x018", True),
        (r"^[\01]$", "\x01", True),
        (r"^\(\1$", "(\x01", True),
        (r"^[(]\1$", "(\x01", True),
    ],
    "what the flag u would mean differently": [
        (r"^\u{3}$", "uuu", True),
        (r"^\p{L}$", "p{L}", True),
        ("^.$", "😀", False),
        ("^..$", "😀", True),
        ("^😀$", "😀", True),
        ("^[😀]+$", "😀", True),
        (r"^\ud83d\ude00$", "😀", True),
        (r"^\ud83d$", "\ud83d", True),
        (r"^[\ud83d]", "😀", True),
        ("^[^a]$", "\udc00", True),
        (r"\W", "\udc00", True),
        ("\ud83d", "\ud83c", False),
    ],
}


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        pytest.param(*case, id=f"{name}: {case[0]!a} on {case[1]!a}")
        for name, cases in MEANINGS.items()
        for case in cases
    ],
)
def test_a_pattern_means_what_ecmascript_says(*, pattern: str, text: str, expected: bool, engine: str) -> None:
    """Both engines agree with the table."""
    assert (engine, expected) == (engine, patterns.matches(text, pattern))


@pytest.mark.parametrize("code", range(128))
def test_each_ascii_character_stands_for_itself_after_x(code: int, engine: str) -> None:
    """No character is taken for syntax by an engine, alone or in a class."""
    escape, char, other = f"\\x{code:02x}", chr(code), chr(code ^ 1)
    for pattern in (f"^{escape}$", f"^[{escape}]$", f"^[{escape}-{escape}]$", f"^[{escape}\u4e00]$"):
        assert (engine, True, False) == (engine, patterns.matches(char, pattern), patterns.matches(other, pattern))


# ---- What is no pattern ----------------------------------------------------------------------------------

FAULTS = [
    ("(a", "the group is not closed, at character 1"),
    ("a(b(c)", "the group is not closed, at character 2"),
    ("a)", "there is no group to close, at character 2"),
    ("*a", "there is nothing to repeat, at character 1"),
    ("a|+", "there is nothing to repeat, at character 3"),
    ("a**", "there is nothing to repeat, at character 3"),
    ("a{2}{3}", "there is nothing to repeat, at character 5"),
    ("{2}", "there is nothing to repeat, at character 1"),
    ("^*", "there is nothing to repeat, at character 2"),
    ("$?", "there is nothing to repeat, at character 2"),
    (r"\b+", "there is nothing to repeat, at character 3"),
    ("(?:?)", "there is nothing to repeat, at character 4"),
    ("(?<=a)*", "there is nothing to repeat, at character 7"),
    ("a{3,2}", "the counts are out of order, at character 2"),
    ("a{10,9}", "the counts are out of order, at character 2"),
    ("a{1,0}", "the counts are out of order, at character 2"),
    ("x[ab", "the class is not closed, at character 2"),
    ("[", "the class is not closed, at character 1"),
    ("[a-", "the class is not closed, at character 1"),
    ("[z-a]", "the range is out of order, at character 3"),
    ("[😀-😁]", "the range is out of order, at character 3"),
    ("a\\", "a backslash ends the pattern, at character 2"),
    ("[\\", "a backslash ends the pattern, at character 2"),
    ("😀é(", "the group is not closed, at character 3"),
    ("(?a)", "the group is of no known kind, at character 1"),
    ("(?P<n>a)", "the group is of no known kind, at character 1"),
    ("(?i:a)", "the group is of no known kind, at character 1"),
    ("(?<>a)", "the group has no valid name in angle brackets, at character 3"),
    ("(?<1>a)", "the group has no valid name in angle brackets, at character 3"),
    ("(?<a-b>a)", "the group has no valid name in angle brackets, at character 3"),
    ("(?<\u2e2f>a)", "the group has no valid name in angle brackets, at character 3"),
    (r"(?<\u{110000}>a)", "the group has no valid name in angle brackets, at character 3"),
    ("(?<a", "the group has no valid name in angle brackets, at character 3"),
    ("(?<a>x)(?<a>y)", "there is already a group named 'a', at character 8"),
    (r"(?<a>x)\k<b>", "there is no group named 'b', at character 8"),
    (r"(?<a>x)\k", "the group has no valid name in angle brackets, at character 10"),
    (r"(?<a>x)[\k]", r"\k names no group, at character 9"),
]


@pytest.mark.parametrize(("pattern", "fault"), FAULTS, ids=[ascii(pattern) for pattern, _ in FAULTS])
def test_a_fault_is_named_with_its_place(pattern: str, fault: str) -> None:
    """The message says what is wrong and at which character of the pattern, counted from 1."""
    with pytest.raises(FilterEvaluationError) as raised:
        patterns.matches("text", pattern)
    assert f"the pattern is no ECMAScript regular expression: {fault}" == raised.value.message
    assert "pattern" == raised.value.problems[0].code
    assert raised.value.problems[0] == patterns.check(pattern)


@pytest.mark.parametrize("pattern", ["^a+$", "(?=a)", "x" * (edm.MAX_PATTERN + 1)])
def test_the_check_finds_no_fault_in_a_pattern_that_is_right_or_refused(pattern: str) -> None:
    """A filter with a lookahead is right: another service may evaluate it."""
    assert None is patterns.check(pattern)


@given(st.text(max_size=20))
def test_the_check_names_the_fault_of_any_text(pattern: str) -> None:
    """No text gives anything but an answer or our errors, and the check says which."""
    assert (outcome("", pattern) == "no pattern") == (patterns.check(pattern) is not None)


# ---- What is refused by name -----------------------------------------------------------------------------

REFUSALS = [
    ("a(?=b)", "lookahead is not possible in linear time, at character 2 of the pattern"),
    ("😀(?!b)*", "lookahead is not possible in linear time, at character 2 of the pattern"),
    ("(?<=a)b", "lookbehind is not possible in linear time, at character 1 of the pattern"),
    ("(?<!a)b(?=c)", "lookbehind is not possible in linear time, at character 1 of the pattern"),
    (r"(a)\1", "a backreference is not possible in linear time, at character 4 of the pattern"),
    (r"\1(a)", "a backreference is not possible in linear time, at character 1 of the pattern"),
    (r"(?<a>x)\k<a>+", "a backreference is not possible in linear time, at character 8 of the pattern"),
    ("(" * 31 + ")" * 31, "groups are nested more than 30 deep, at character 31 of the pattern"),
    ("x{1001}", "the pattern repeats a part more than 1000 times"),
    ("^x{0,99999999999999999999}$", "the pattern repeats a part more than 1000 times"),
    ("^(?:x{1,1000}){1,1000}$", "the pattern repeats a part more than 1000 times"),
    ("x" * 1001, "the pattern has 1001 characters, and 1000 are allowed"),
]


@pytest.mark.parametrize(("pattern", "message"), REFUSALS, ids=[ascii(pattern)[:30] for pattern, _ in REFUSALS])
def test_what_is_not_linear_or_beyond_a_limit_is_refused(pattern: str, message: str, engine: str) -> None:
    """Both engines refuse the same, in the same words."""
    assert (engine, message) == (engine, problem("text", pattern))


def test_a_fault_is_found_behind_what_is_refused() -> None:
    """A pattern that is none is called so first."""
    with pytest.raises(FilterEvaluationError, match="not closed"):
        patterns.matches("text", "(?=a)(")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("^" + "(?:a|b" * 30 + "){2}" * 9 + ")" * 21, "a"), ("^" + "(" * 30 + "a" + ")" * 30 + "$", "a")],
    ids=["choices", "groups"],
)
def test_the_deepest_groups_are_searched_for(pattern: str, text: str, engine: str) -> None:
    """The limit of the depth is one that both engines can meet."""
    assert (engine, True) == (engine, patterns.matches(text, pattern))


# ---- The engines -------------------------------------------------------------------------------------------

RUNAWAYS = [
    "^(a+)+$",
    "^(a|aa)+$",
    "^(?:a*)*b",
    "^(?:a|a?)+b",
    "^(?:a{0,30}){20}b",
    "^" + "a?" * 30 + "b",
    r"^(\w+\s?)+!",
]


@pytest.mark.parametrize("pattern", RUNAWAYS)
@pytest.mark.usefixtures("standard")
def test_a_pattern_that_could_run_away_needs_the_extra(pattern: str) -> None:
    """It is refused whatever the text, and the hint says how it can be had."""
    with pytest.raises(UnsupportedFilterError) as raised:
        patterns.matches("", pattern)
    assert "the pattern could take too long on any but the shortest texts" == raised.value.message
    assert 'pip install "odata-filter[regex]"' in str(raised.value.hint)


@pytest.mark.parametrize("pattern", RUNAWAYS)
@pytest.mark.usefixtures("re2")
def test_no_pattern_runs_away_with_the_extra(pattern: str) -> None:
    """RE2 answers on a text where backtracking would take ages."""
    assert False is patterns.matches("a" * 5000 + "\n", pattern)


@pytest.mark.parametrize(
    ("pattern", "degree"),
    [
        ("foo", 1),
        (r"^\d+-\d+$", 1),
        (r"^[a-z]+(?:-[a-z]+|_[0-9]+)*$", 2),
        (r"^(?:foo|bar|\d)+$", 1),
        (".*foo.*", 1),
        (r"\d+", 1),
        ("(?:(?:a+)+)b*", 1),
        ("^a*b", 1),
        ("a*", 1),
        (r"[a-z]\d*x", 2),
        (r"^\w+@\w+\.\w+$", 1),
        (r"^[\w.]+@[\w.]+\.\w+$", 2),
        ("^a*a*b", 2),
        (r"\b^a*b", 1),
        (r"^\d+(,\d+)*$", 2),
        ("^(?:(?:aa|ab)c|d)e", 1),
        ("^(?:a+b+)*$", 2),
        ("^(?:(?:a+,)+;)+$", 3),
        ("^a?$|^b+c", 1),
    ],
)
@pytest.mark.usefixtures("standard")
def test_the_longest_text_follows_from_how_a_pattern_repeats(pattern: str, degree: int) -> None:
    """Steps grow with this power of the length: a text twice as long costs twice, four or eight times as much."""
    longest = patterns.program(pattern).longest
    low, high = (patterns.BACKTRACKING_BUDGET / 100) ** (1 / degree) / 2, patterns.BACKTRACKING_BUDGET ** (1 / degree)
    assert low < longest < high
    assert 1 - degree / 10 < patterns.share("b" * longest, pattern) <= 1


@pytest.mark.usefixtures("standard")
def test_a_text_that_is_too_long_for_the_standard_library_needs_the_extra() -> None:
    """A quadratic pattern is fine on a name, not on a book."""
    assert True is patterns.matches("a1x", r"[a-z]\d*x")
    with pytest.raises(UnsupportedFilterError) as raised:
        patterns.matches("a1" * 10_000, r"[a-z]\d*x")
    assert "the pattern could take too long on a text of 20000 characters" == raised.value.message
    assert 'pip install "odata-filter[regex]"' in str(raised.value.hint)


@pytest.mark.usefixtures("re2")
def test_the_extra_has_a_limit_too() -> None:
    """A linear search takes long all the same when both the pattern and the text are long; no package helps then."""
    with pytest.raises(UnsupportedFilterError) as raised:
        patterns.matches("a" * 200_000, "^[ab]*a[ab]{900}c")
    assert "the pattern could take too long on a text of 200000 characters" == raised.value.message
    assert None is raised.value.hint


@pytest.mark.usefixtures("re2")
def test_the_extra_has_a_limit_of_memory() -> None:
    """Twenty thousand characters of any kind do not fit into a megabyte."""
    assert "the pattern stands for too much: it needs too much memory" == problem("a", "^" + ".{1000}" * 20)


def test_another_package_called_re2_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only google-re2 can be told how much memory to use."""
    monkeypatch.setitem(sys.modules, "re2", SimpleNamespace(compile=None))
    patterns.program.cache_clear()
    assert True is patterns.matches("ab", "b$")
    assert "the pattern could take too long on any but the shortest texts" == problem("ab", "^(a+)+$")
    patterns.program.cache_clear()


def test_a_pattern_is_compiled_once(engine: str) -> None:
    """The same pattern on many rows is one program."""
    assert (engine, True) == (engine, patterns.program("a+b") is patterns.program("a+b"))


# ---- Agreement ---------------------------------------------------------------------------------------------

ATOMS = r"""
a b c . ab a| é 😀 { x{ ^ $ \b \B \d \w \s \W \S \/ \u0061 \x62 [ab] [^a] [a-c-] [\w-] [é-ü] [\b] [] [^]
"""
QUANTIFIERS = "* + ? *? +? ?? {0} {2} {2}? {1,} {0,2} {1,3}"
TOKENS = r"""
( ) ) ) [ ] { } * + ? | \ ^ $ . , - : = ! < > a b c x u k 0 1 9 _ é 😀 (?: (?= (?! (?<= (?<! (?<n> (?<m> [^ [\w- [a-z]
\- \d \W \b \B \1 \2 \k<n> \k \x41 \u0041 \ud83d \u{61} \cA \c \0 \07 \8 {2} {1,} {0,2} {2,1}
"""
LETTERS = "aaabbc01 _-\n\r\u2028\xa0éü{x\b😀\ud83d\udc00\0"


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(QUANTIFIERS.split())).map(lambda two: f"(?:{two[0]}){two[1]}"),
    )


def right_patterns() -> st.SearchStrategy[str]:
    """Patterns that are right, of everything that both engines can search for."""
    return st.recursive(st.sampled_from(ATOMS.split()), _joined, max_leaves=8)


def loose_patterns() -> st.SearchStrategy[str]:
    """Texts of the same characters, of which many are no patterns."""
    return st.lists(st.sampled_from(TOKENS.split()), max_size=10).map("".join)


def texts() -> st.SearchStrategy[str]:
    """Texts in which such patterns may occur."""
    return st.text(alphabet=LETTERS, max_size=8)


def outcome(text: str, pattern: str) -> bool | str:
    """The answer, `no pattern` or `refused`."""
    try:
        return patterns.matches(text, pattern)
    except FilterEvaluationError:
        return "no pattern"
    except UnsupportedFilterError:
        return "refused"


def outcomes(text: str, pattern: str, engine: str) -> bool | str:
    """The outcome with one of the engines."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        choose(engine, monkeypatch)
        return outcome(text, pattern)


@pytest.mark.thorough
@given(st.one_of(right_patterns(), loose_patterns()), texts())
@example("\\B", "aéb")
@example("\\B", "")
def test_both_engines_agree(pattern: str, text: str) -> None:
    """Where the standard library answers, RE2 answers the same."""
    with_extra, without = outcomes(text, pattern, "re2"), outcomes(text, pattern, "standard")
    assert with_extra == (with_extra if without == "refused" else without)


ANSWER = """
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const [pattern, text] = JSON.parse(line);
  let answer = "no pattern";
  try { answer = new RegExp(pattern).test(text); } catch (error) { if (!(error instanceof SyntaxError)) throw error; }
  console.log(JSON.stringify(answer));
});
"""


class Node:
    """One process of Node.js, which answers questions about patterns line by line."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the interpreter that was looked up, and our own script
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def outcome(self, text: str, pattern: str) -> Any:  # noqa: ANN401 - whatever JSON says
        """The answer, or `no pattern`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([pattern, text]), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """Node.js, which has an ECMAScript engine that others wrote."""
    if NODE is None:
        pytest.skip("Node.js is not installed")
    process = Node([NODE, "-e", ANSWER])
    yield process
    process.close()


def test_node_agrees_with_the_table(node: Node) -> None:
    """The meanings and the faults above are those of an engine that others wrote."""
    rows = [row for rows in MEANINGS.values() for row in rows]
    assert rows == [(pattern, text, node.outcome(text, pattern)) for pattern, text, _ in rows]
    assert {"no pattern"} == {node.outcome("", pattern) for pattern, _ in FAULTS}
    assert set() == {pattern for pattern, _ in REFUSALS if node.outcome("", pattern) == "no pattern"}


@pytest.mark.thorough
@pytest.mark.parametrize("name", ENGINES)
@given(pattern=st.one_of(right_patterns(), loose_patterns()), text=texts())
def test_node_agrees_on_any_pattern(node: Node, name: str, pattern: str, text: str) -> None:
    """The same texts are patterns, and the same patterns occur; what is refused is a pattern."""
    expected, actual = node.outcome(text, pattern), outcomes(text, pattern, name)
    assert actual == ("refused" if actual == "refused" and expected != "no pattern" else expected)


# ---- Time --------------------------------------------------------------------------------------------------

HOSTILE: list[tuple[str, str, bool | str]] = [
    ("(a+)+$", "'a' * 100_000 + 'b'", False),
    ("^(a+)+$", "'a' * 100_000 + 'b'", False),
    ("^(a|aa)+$", "'a' * 100_000 + 'b'", False),
    ("(x{1,1000}){1,1000}", "'x' * 100_000", True),
    ("^(x{1,1000}){1,1000}$", "'x' * 100_000", "refused"),
    ("^(?:x{1,31}){1,32}$", "'x' * 100_000", False),
    ("a*a*a*a*b", "'a' * 100_000", False),
    ("^a*a*a*a*b", "'a' * 100_000", False),
    ("a*b", "'a' * 100_000", False),
    ("ca*b", "'ca' * 50_000", False),
    (r"^(\w+\s?)*$", "'a' * 100_000 + '!'", False),
    ("^(.*,){11}P", "'1,' * 50_000", False),
    ("^(([a-z])+.)+[A-Z]([a-z])+$", "'a' * 100_000", False),
    ("(?:[ab]*a[ab]{900})c", "'ab' * 50_000", False),
    ("^(?:|a)*(?:|a)*b", "'a' * 100_000", False),
    ("^(?:" + "(?:|a)" * 150 + ")$", "'b'", False),
    ("(?:a?){1000}b", "'a' * 100_000", False),
    ("." * 1000, "'b' * 100_000", True),
    ("[^é]" * 250, "'b' * 100_000", True),
    ("".join(f"[{chr(0x4E00 + 2 * n)}{chr(0xAC00 + 2 * n)}]?" for n in range(200)) + "$", "'b' * 100_000", True),
    ("^" + "".join(chr(0x4E00 + 2 * n) for n in range(998)), "'b' * 1_000_000", False),
    ("(" * 1000, "''", "no pattern"),
    ("[" * 1000, "''", "no pattern"),
    ("(?:" * 200 + ")*" * 200, "''", "refused"),
    ("x{" + "9" * 990 + "}", "''", "refused"),
    ("x{" + "9" * 490 + "," + "9" * 489 + "}", "''", "no pattern"),
    ("\\" + "9" * 990, "'9' * 1_000_000", True),
    ("(?<a" * 200, "''", "no pattern"),
    ("\\u{" + "0" * 990, "''", False),
    ("(?<" + "\\u{000000" * 90 + ">x)", "''", "no pattern"),
    ("a" * 1_000_000, "'a' * 1_000_000", "refused"),
    ("a$", "'😀\\ud800' * 100_000 + 'a'", True),
]
"""A pattern, an expression that gives the text, and the outcome: an engine may refuse instead of answering."""

SEARCH = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (2, 2))
resource.setrlimit(resource.RLIMIT_AS, (500_000_000, 500_000_000))
from odata_filter import patterns
from odata_filter.errors import FilterEvaluationError, UnsupportedFilterError
engine, pattern, text = json.load(sys.stdin)
if engine == "standard":
    sys.modules["re2"] = None
try:
    outcome = patterns.matches(eval(text), pattern)
except FilterEvaluationError:
    outcome = "no pattern"
except UnsupportedFilterError:
    outcome = "refused"
json.dump(outcome, sys.stdout)
"""


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    HOSTILE,
    ids=[f"{ascii(pattern)[:30]} on {text!a}" for pattern, text, _ in HOSTILE],
)
def test_a_hostile_pattern_is_answered_or_refused_at_once(
    *, pattern: str, text: str, expected: bool | str, engine: str
) -> None:
    """In two seconds and half a gigabyte, the start of Python included."""
    pytest.importorskip("resource", reason="time and memory are limited as on Unix")
    command, question = [sys.executable, "-c", SEARCH], json.dumps([engine, pattern, text])
    done = subprocess.run(command, input=question, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert (0, "") == (done.returncode, done.stderr)
    actual = json.loads(done.stdout)
    assert actual == (actual if actual == "refused" and isinstance(expected, bool) else expected)
