"""Hostile input: every case ends in a FilterError or in the right answer, within the time and memory of each pass."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hostilecases import HOSTILE
from odata_filter import ODATA, Filter, FilterEvaluationError, evaluator, patterns, printer, rewriter
from odata_filter.nodes import Node, walk

pytest.importorskip("resource", reason="time and memory are limited as on Unix")

RUN = Path(__file__).parent / "hostilerun.py"
TOPICS = list(dict.fromkeys(name.partition(":")[0] for name in HOSTILE))


@pytest.mark.slow
@pytest.mark.parametrize("topic", TOPICS)
def test_hostile_filters_do_no_harm(topic: str) -> None:
    """Each pass over each of them has a process of its own, which the limits would kill."""
    names = [name for name in HOSTILE if name.startswith(f"{topic}:")]
    done = subprocess.run([sys.executable, str(RUN), *names], capture_output=True, check=True)  # noqa: S603 - our own
    outcomes: dict[str, tuple[str, object]] = json.loads(done.stdout)
    assert names == list(outcomes)
    assert [] == [
        (name, kind, found)
        for name, (kind, found) in outcomes.items()
        if kind not in {"value", "error"} or not HOSTILE[name].allows(found)
    ]


def test_the_hostile_filters_are_many() -> None:
    """More than a hundred, of every topic."""
    assert ["nesting", "length", "characters", "numbers", "work"] == TOPICS
    assert len(HOSTILE) > 100


# ---- Work for one row ----------------------------------------------------------------------------------


def failure(filter_: Filter, row: object, **options: object) -> FilterEvaluationError:
    """What a filter fails with."""
    with pytest.raises(FilterEvaluationError) as caught:
        filter_.evaluate(row, **options)  # type: ignore[arg-type] # whichever
    return caught.value


def test_lambdas_in_lambdas_look_at_so_many_members() -> None:
    """A thousand times five hundred is as much as there may be; the outermost loop does not count."""
    filter_ = Filter.parse("t/any(x:t/any(y:y eq 1))")
    assert filter_.evaluate({"t": [0] * 707}) is False
    error = failure(filter_, {"t": [0] * 708})
    assert ("too-much-work", 8, 23) == (error.problems[0].code, error.position, error.end)
    assert 707**2 <= evaluator.MAX_WORK < 708**2


def test_every_row_has_work_of_its_own() -> None:
    """However many rows are asked about, compiled or not."""
    filter_ = Filter.parse("t/any(x:t/any(y:y eq 1)) or a eq 1")
    row = {"t": [0] * 100, "a": 1}
    assert 300 == filter_.count([row] * 300)
    assert all(map(filter_.predicate(), [row] * 100))


def test_work_that_is_too_much_is_null_where_failures_are() -> None:
    """And the loops around it come to an end at once."""
    filter_ = Filter.parse("t/any(a:t/any(b:t/any(c:t/any(d:t/any(e:t/any(f:e eq f))))))")
    assert filter_.evaluate({"t": list(range(1000))}, on_error="null") is True
    nothing = Filter.parse("t/any(a:t/any(b:t/any(c:t/any(d:t/any(e:t/any(f:e eq 'x'))))) eq null)")
    assert failure(nothing, {"t": [1] * 1000}).problems[0].code == "too-much-work"


def test_aliases_that_name_aliases_have_an_end() -> None:
    """Twenty of them, each of which names the next one twice, would be a million."""
    aliases = {f"@a{n}": Filter.parse(f"@a{n + 1} and @a{n + 1}") for n in range(30)}
    error = failure(Filter.parse("@a0"), {}, parameters={**aliases, "@a30": True})
    assert "too-much-work" == error.problems[0].code
    few = {name: value for name, value in aliases.items() if int(name[2:]) > 15}
    assert Filter.parse("@a16").evaluate({}, parameters={**few, "@a30": True}) is True


def test_patterns_share_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that take four tenths of it each can be searched for, and a third one cannot."""
    monkeypatch.setattr(patterns, "share", lambda _text, _pattern: 0.4)
    term = "matchesPattern(a,'b')"
    assert Filter.parse(f"{term} or {term}").evaluate({"a": "x"}) is False
    three = Filter.parse(f"{term} or {term} or {term}")
    assert "too-much-work" == failure(three, {"a": "x"}).problems[0].code
    assert three.evaluate({"a": None}) is None


# ---- Work for one lowering -----------------------------------------------------------------------------


def test_constants_share_the_work_of_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two patterns that take six tenths of it each are searched for; a third one stays as it is."""
    monkeypatch.setattr(patterns, "share", lambda _text, _pattern: 0.6)
    terms = [f"matchesPattern('x','{letter}')" for letter in "bcd"]
    assert f"a eq 1 or {terms[2]}" == str(Filter.parse(f"a eq 1 or {' or '.join(terms)}").lower(ODATA))
    assert "a eq 5" == str(Filter.parse(f"({' or '.join(terms)}) and a eq 1 or a eq 2 add 3").lower(ODATA))[-6:]


def test_what_is_constant_is_looked_for_so_often() -> None:
    """What has no value has none at each of forty levels either."""
    fails = f"{'(' * 40}1 div 0{' add 1)' * 40} eq b"
    root = Filter.parse(f"a eq 1 add 1 or {' or '.join([fails] * 400)} or a eq 2 add 3").expression
    size = sum(1 for _ in walk(root))
    looked_at = 0

    def constant(node: Node) -> object:
        nonlocal looked_at
        looked_at += sum(1 for _ in walk(node))
        return evaluator.evaluation(node, evaluator.Context())({}, evaluator.Scope())

    said = printer.text(rewriter.lowered(root, ODATA, constant))
    assert ("a eq 2 or ", " or a eq 2 add 3") == (said[:10], said[-16:])
    assert rewriter.MAX_FOLDS * (rewriter.MAX_COPIES + size) - 100 < looked_at + 100
    assert looked_at <= rewriter.MAX_FOLDS * (rewriter.MAX_COPIES + size)
