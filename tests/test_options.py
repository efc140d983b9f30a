"""What evaluation can be told: parameters that are filters, functions of one's own, and failures that are null."""

from typing import TYPE_CHECKING, Any

import pytest

from odata_filter import Filter, FilterEvaluationError, UnsupportedFilterError
from odata_filter.evaluator import Context, Scope, evaluation
from odata_filter.nodes import Call, Key, Literal, Member, Variable

if TYPE_CHECKING:
    from collections.abc import Callable

ROW: dict[str, Any] = {"n": 3, "items": [{"n": 1}, {"n": 5}], "name": "cat"}


def test_a_parameter_may_be_an_expression() -> None:
    """It is evaluated where the alias stands (section 5.3)."""
    assert Filter.parse("@twice eq 6").matches(ROW, parameters={"@twice": Filter.parse("n mul 2")})


def test_an_expression_in_a_filter_segment_is_about_the_member() -> None:
    """Bare names in it are the member's properties."""
    f = Filter.parse("items/$filter(@large)/$count eq 1")
    assert f.matches(ROW, parameters={"@large": Filter.parse("n gt 2")})


def test_an_alias_that_stands_for_itself_fails() -> None:
    """However long the way round is."""
    round_trip = {"@a": Filter.parse("@b eq 1"), "@b": Filter.parse("@a eq 1")}
    with pytest.raises(FilterEvaluationError, match="stands for itself"):
        Filter.parse("@a").evaluate(ROW, parameters=round_trip)


def test_a_custom_function_is_called_by_name() -> None:
    """Unbound with its parameters, bound with the value in front."""
    functions: dict[str, Callable[..., object]] = {"My.Add": lambda a, b: a + b, "My.Size": len}
    assert Filter.parse("My.Add(a=n,b=2) eq 5").matches(ROW, functions=functions)
    assert Filter.parse("name/My.Size() eq 3").matches(ROW, functions=functions)


def test_a_custom_function_that_fails_is_an_error_of_the_filter() -> None:
    """Whatever it raised."""

    def broken() -> object:
        raise KeyError("no such key")

    with pytest.raises(FilterEvaluationError, match=r"My\.Broken failed"):
        Filter.parse("My.Broken() eq 1").matches(ROW, functions={"My.Broken": broken})
    f = Filter.parse("My.Broken() eq null")
    assert f.matches(ROW, functions={"My.Broken": broken}, on_error="null")


def test_an_unknown_custom_function_is_refused_by_name() -> None:
    """The hint says how to give it."""
    with pytest.raises(UnsupportedFilterError, match=r"My\.Add is not known"):
        Filter.parse("My.Add(a=1) eq 1").matches(ROW)


def test_a_failure_inside_a_computed_pattern_is_a_failure() -> None:
    """Only a pattern that is none is null."""
    with pytest.raises(FilterEvaluationError, match="length"):
        Filter.parse("matchesPattern(name,substring('x',0,-1))").matches(ROW)


def test_a_tree_that_no_text_has_is_evaluated_as_far_as_it_goes() -> None:
    """A member of a literal is null, and a function that does not exist is refused."""
    assert evaluation(Member(Literal("Edm.String", "x"), "y"), Context())({}, Scope()) is None
    with pytest.raises(UnsupportedFilterError, match="there is no function nope"):
        evaluation(Call("nope", ()), Context())
    with pytest.raises(UnsupportedFilterError, match="which property is the key"):
        evaluation(Key(Variable("$it"), ((None, Literal("Edm.Int64", "1")),)), Context())


def test_the_row_itself_may_be_cast() -> None:
    """A row of another type has no properties there."""
    f = Filter.parse("Model.Cat/name eq 'Tom'")
    assert f.matches({"@odata.type": "#Model.Cat", "name": "Tom"})
    assert not f.matches({"@odata.type": "#Model.Dog", "name": "Tom"})


@pytest.mark.parametrize("ask", [Filter.evaluate, Filter.matches, Filter.explain, Filter.count])
def test_an_option_that_there_is_not_is_refused(ask: "Callable[..., object]") -> None:
    """A misspelt option is never passed over: it is a mistake in the program, as with any keyword argument."""
    with pytest.raises(TypeError, match="there is no option on_eror; there are coerce, collation,"):
        ask(Filter.parse("a eq 1"), {}, on_eror="null")
