"""Hints for what people write: each mistake, the part at fault, and what to write instead."""

import pytest

from odata_filter import Filter, FilterSyntaxError, Schema, field

MISTAKES = {
    "a = 1": ("=", "OData writes equality as `eq`"),
    'a eq "x"': ('"', "OData puts strings in single quotes: 'cat'"),
    "a is null": ("is", "OData compares with null: `x eq null` or `x ne null`"),
    "a like 'x%'": ("like", "OData has contains(x,'part'), startswith(x,'part') and endswith(x,'part')"),
    "a eq 'O'Neil'": ("Neil", "a quote inside a string is written as two: 'O''Neil'"),
    "a eq \u2018x\u2019": ("\u2018x\u2019", "strings stand in straight single quotes: 'cat'"),
    "a eq \u22121": ("\u22121", "a minus sign is written -"),
    "a eq guid'x'": ("'", "OData 4 writes a GUID without prefix and quotes"),
    "a eq 123L": ("L", "OData 4 writes numbers without a suffix"),
    "substringof('x',a)": ("substringof", "OData 4 writes it the other way round: contains(name,'part')"),
    "a%20eq%201": ("%", "the text is percent-encoded: decode it once first, with urllib.parse.unquote"),
    "a 'x": ("'", "a quote inside a string is written as two: 'O''Neil'"),
    "a eqq 1": ("eqq", "did you mean `eq`?"),
    "a b": ("b", "an operator is missing here"),
    "a eq Edm.Date'A'": ("Edm.Date'A'", "write 'A' or the literal itself, without the type in front"),
    "a/any(not:a eq 1)": ("not", None),
    "(a eq 1": ("(", None),
    "a eq 'x": ("'", "a quote inside a string is written as two: 'O''Neil'"),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_gets_its_hint_and_its_mark(text: str) -> None:
    """The mark is under the part at fault, and the hint says what to write."""
    with pytest.raises(FilterSyntaxError) as caught:
        Filter.parse(text)
    error = caught.value
    assert MISTAKES[text] == (text[error.position : error.end], error.hint)


def test_arguments_that_look_swapped_get_a_warning() -> None:
    """It is right OData, and hardly ever meant."""
    (problem,) = Filter.parse("contains('cat',name)").problems()
    assert ("swapped", "warning") == (problem.code, problem.severity)


def test_a_literal_pattern_that_is_none_is_a_problem() -> None:
    """It is known without data."""
    (problem,) = Filter.parse("matchesPattern(name,'(a')").problems(schema=Schema({"name": str}))
    assert ("pattern", "'(a'") == (problem.code, problem.source[problem.position : problem.end])


def test_a_python_value_may_stand_left_of_an_operator() -> None:
    """Division and remainder keep their order."""
    assert "5 divby a eq 1" == str(5 / field("a") == 1)
    assert "5 mod a eq 1" == str(5 % field("a") == 1)
