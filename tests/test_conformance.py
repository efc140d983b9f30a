"""The OASIS test cases for the OData 4.01 ABNF: what the standard accepts is read, what it rejects is refused.

The cases stay in their own folder beside the checkout, and are read from there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from odata_filter import edm
from odata_filter.errors import FilterSyntaxError
from odata_filter.nodes import IT, Literal, Member, Node
from odata_filter.parser import parse
from odata_filter.printer import pretty, text

CASES = Path(__file__).parents[2] / "shared" / "conformance" / "odata-abnf-testcases.yaml"

if not CASES.exists():
    pytest.skip(f"the OASIS cases are not there: no ../shared/conformance/{CASES.name}", allow_module_level=True)


# ---- Rules that are an expression, or become one with something around it ---------------------

EXPRESSIONS: Mapping[str, str] = {
    "commonExpr": "{}",
    "boolCommonExpr": "{}",
    "boolcommonExpr": "{}",
    "firstMemberExpr": "{}",
    "propertyPathExpr": "{}",
    "notExpr": "{}",
    "isofExpr": "{}",
    "anyExpr": "Tags/{}",
    "functionParameter": "Model.Function({})",
    "stringInUrl": "[{}]",
    "search": "Items/$count({})",
    "searchExpr": "Items/$count($search={})",
}

# ---- Rules that are a literal, and the types that fit ------------------------------------------

NUMBER = frozenset({edm.INT64, edm.DECIMAL, edm.DOUBLE})
INTEGER = frozenset({edm.INT64})
ENUMERATION = frozenset({"Sales.Pattern", edm.STRING})
ANY_TYPE = NUMBER | {edm.STRING, edm.NULL, edm.BOOLEAN}
GEO_SHAPES = ("Collection", "LineString", "MultiLineString", "MultiPoint", "MultiPolygon", "Point", "Polygon")

LITERALS: Mapping[str, frozenset[str]] = {
    "primitiveLiteral": ANY_TYPE,
    "null": frozenset({edm.NULL}),
    **dict.fromkeys(("boolean", "booleanValue"), frozenset({edm.BOOLEAN})),
    "guid": frozenset({edm.GUID}),
    **dict.fromkeys(("date", "dateValue"), frozenset({edm.DATE})),
    **dict.fromkeys(
        ("dateTimeOffsetLiteral", "dateTimeOffsetValue", "dateTimeOffsetValueInUrl"), frozenset({edm.DATE_TIME_OFFSET})
    ),
    **dict.fromkeys(("timeOfDayLiteral", "timeOfDayValue"), frozenset({edm.TIME_OF_DAY})),
    **dict.fromkeys(("decimalLiteral", "decimalValue", "doubleLiteral", "doubleValue"), NUMBER),
    **dict.fromkeys(("singleLiteral", "singleValue"), NUMBER),
    **dict.fromkeys(("byteValue", "sbyteLiteral", "sbyteValue", "int16Literal", "int16Value"), INTEGER),
    **dict.fromkeys(("int32Literal", "int32Value", "int64Literal", "int64Value"), INTEGER),
    "stringLiteral": frozenset({edm.STRING}),
    "durationLiteral": frozenset({edm.DURATION, edm.STRING}),
    "durationValue": frozenset({edm.DURATION}),
    "binaryLiteral": frozenset({edm.BINARY}),
    **dict.fromkeys(("enumLiteral", "enumValue"), ENUMERATION),
    **{
        f"{family}{shape}": frozenset({f"Edm.{family.title()}{shape}"})
        for family in ("geography", "geometry")
        for shape in GEO_SHAPES
    },
}
"""A duration and an enumeration member without prefix are strings until they meet a value of their type."""

QUOTED_VALUES: Mapping[str, str] = {"durationValue": "duration'{}'", "enumValue": "Sales.Pattern'{}'"}

# ---- Rules that hold expressions between other things --------------------------------------------

OPTION_RULES = frozenset({"filter", "compute", "orderby", "orderBy", "expand", "select"})
URI_RULES = frozenset({"queryOptions", "systemQueryOption", "resourcePath", "odataRelativeUri", "odataUri"})
OPTION = re.compile(r"(?P<name>@\w+|\$?(?i:filter|compute|orderby))=(?P<value>.*)", re.DOTALL)
NESTED = re.compile(r"(?:[(;]\$?filter=|/\$filter\()((?:[^();']|'[^']*'|\([^()]*\))*)")
"""The filter among the options of another option, or in a path segment."""


def expressions(rule: str, source: str) -> Iterator[str]:
    """The expressions, percent-decoded, that stand in an input of the rule; none where it holds no expression."""
    if rule in EXPRESSIONS:
        yield EXPRESSIONS[rule].format(unquote(source))
    elif rule in LITERALS:
        yield QUOTED_VALUES.get(rule, "{}").format(unquote(source))
    elif rule == "odataIdentifier":
        yield unquote(source)
    elif rule in OPTION_RULES:
        yield from option_expressions(unquote(source))
    elif rule in URI_RULES:
        for part in re.split("[?&]", source):
            yield from option_expressions(unquote(part))


def option_expressions(option: str) -> Iterator[str]:
    """The expressions of one query option or path."""
    match = OPTION.fullmatch(option)
    if match is None:
        yield from NESTED.findall(option)
    elif match["name"].lower().endswith("compute"):
        yield from re.split(r" as \w+(?:,|$)", match["value"])[:-1]
    elif match["name"].lower().endswith("orderby"):
        yield from (re.sub(" (?:asc|desc)$", "", item) for item in match["value"].split(","))
    else:
        yield match["value"]


def fits(rule: str, node: Node) -> bool:
    """Whether the tree is of the kind that the rule names; `INF` is a literal, and no date."""
    if rule in LITERALS:
        return isinstance(node, Literal) and node.type in LITERALS[rule]
    if rule == "odataIdentifier":
        return isinstance(node, Member) and node.source == IT
    return True


# ---- The cases -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """One expression of one OASIS case."""

    name: str
    rule: str
    source: str
    rejected: bool

    def __str__(self) -> str:
        return f"{self.rule}: {self.source[:60]}"


def read_cases() -> Iterator[Case]:
    """Every expression that can be judged; where a whole URI is rejected, no expression in it is at fault."""
    # The plain loader would turn inputs such as 42 and true into numbers and booleans.
    document = yaml.load(CASES.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - makes strings alone
    for case in document["TestCases"]:
        rejected = "FailAt" in case
        if not (rejected and case["Rule"] in URI_RULES | {"expand"}):
            for source in expressions(case["Rule"], case["Input"]):
                yield Case(case["Name"], case["Rule"], source, rejected)


ACCEPTED = [case for case in read_cases() if not case.rejected]
REJECTED = [case for case in read_cases() if case.rejected]

PAYLOAD = "a rule of message bodies, where nothing is percent-decoded; decoded it is a right literal"
STILL_ACCEPTED: Mapping[tuple[str, str], str] = {
    ("filter", "5.1.1 Filter: no spaces"): "white space around a filter is ignored, for filters that people type",
    ("booleanValue", "Boolean - payload values are lowercase"): (
        "a rule of message bodies; in a filter `true` and `false` are read in any case"
    ),
    ("dateTimeOffsetValue", "DateTimeOffset: no percent-encoding in payloads"): PAYLOAD,
    ("timeOfDayValue", "TimeOfDay - no percent-encoding in payloads"): PAYLOAD,
    ("enumValue", "Enumeration value - no percent-encoding"): PAYLOAD,
}
"""Rejected by the standard's rule and accepted as a filter: rule and name of the cases, and the reason."""

REFUSED = [case for case in REJECTED if (case.rule, case.name) not in STILL_ACCEPTED]
LENIENT = [case for case in REJECTED if (case.rule, case.name) in STILL_ACCEPTED]


def accepts(case: Case) -> bool:
    """Whether the expression is read, and is of the kind that its rule names."""
    try:
        return fits(case.rule, parse(case.source))
    except FilterSyntaxError:
        return False


@pytest.mark.parametrize("case", ACCEPTED, ids=str)
def test_what_the_standard_accepts_is_read(case: Case) -> None:
    """The expression parses, to the kind of tree that its rule names."""
    assert fits(case.rule, parse(case.source))


@pytest.mark.parametrize("case", ACCEPTED, ids=str)
def test_what_is_read_prints_and_reads_back(case: Case) -> None:
    """The text of the tree is the same tree, its own canonical text, and may be wrapped."""
    tree = parse(case.source)
    assert tree == parse(text(tree))
    assert text(tree) == text(parse(text(tree)))
    assert tree == parse(pretty(tree, 20))


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_the_standard_rejects_is_refused(case: Case) -> None:
    """The expression is no filter, or a literal of another type."""
    assert not accepts(case)


@pytest.mark.parametrize("case", LENIENT, ids=str)
def test_a_reject_that_is_accepted_has_its_reason(case: Case) -> None:
    """The list above stays true: a case that is refused by now leaves it."""
    assert accepts(case), STILL_ACCEPTED[case.rule, case.name]


def test_every_reason_is_about_a_case() -> None:
    """The list above names no case that is not there."""
    assert STILL_ACCEPTED.keys() == {(case.rule, case.name) for case in LENIENT}


def test_the_totals() -> None:
    """Every accept is accepted, and every reject is rejected but for the list above."""
    accepted = sum(accepts(case) for case in ACCEPTED)
    rejected = sum(not accepts(case) for case in REJECTED)
    totals = f"accepted {accepted} of {len(ACCEPTED)}, rejected {rejected} of {len(REJECTED)}"
    assert "accepted 427 of 427, rejected 33 of 40" == totals
