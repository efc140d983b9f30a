"""What an endpoint accepts, as data: the whole of OData 4.01, the Custom Vision count endpoint, or a user's own."""

from odata_filter import edm
from odata_filter.data import dataclass
from odata_filter.errors import FilterValidationError, Problem
from odata_filter.functions import FUNCTIONS

COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le", "has", "in")
ARITHMETIC = ("add", "sub", "mul", "div", "divby", "mod", "-")
LOGIC = ("and", "or", "not")
QUANTIFIERS = ("any", "all")
OPERATORS = (*COMPARISONS, *LOGIC, *ARITHMETIC, *QUANTIFIERS)
"""Every operator of the language (sections 5.1.1.1, 5.1.1.2 and 5.1.1.13); `-` is negation."""

CONSTRUCTS = (
    "path",
    "annotation",
    "type cast",
    "$it",
    "$this",
    "$root",
    "parameter alias",
    "custom function",
    "key",
    "/$filter",
    "/$count",
    "case",
    "collection",
    "object",
)
"""Everything else that an endpoint may refuse by name; a bare property name is always allowed."""


METADATA_PREFIX = "metadata="
"""What stands in front of the filter in the Custom Vision endpoint's own example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What an endpoint accepts. Make your own, or change one with `dataclasses.replace`.

    Attributes:
        name: how messages call the endpoint.
        operators: those of `OPERATORS` that it knows.
        functions: the canonical functions that it knows, spelled as in the standard.
        literal_types: Edm types of the literals that it takes, `null` among them; None for all.
        constructs: those of `CONSTRUCTS` that it knows.
        simple_conditions: whether each condition must be a property, an operator and a literal, in this order.
        parentheses: whether an `or` may stand inside an `and`.
        max_name_length: characters in a property name, or None for the language's own limit.
        max_string_length: characters in a string literal, or None for no limit.
        prefix: `metadata=` when it may stand in front of the filter, or None.
    """

    name: str
    operators: frozenset[str] = frozenset(OPERATORS)
    functions: frozenset[str] = frozenset(function.name for function in FUNCTIONS)
    literal_types: frozenset[str] | None = None
    constructs: frozenset[str] = frozenset(CONSTRUCTS)
    simple_conditions: bool = False
    parentheses: bool = True
    max_name_length: int | None = None
    max_string_length: int | None = None
    prefix: str | None = None

    def __post_init__(self) -> None:
        """Refuse a prefix that no endpoint has.

        Raises:
            FilterValidationError: the prefix is neither None nor `metadata=`.
        """
        if self.prefix not in {None, METADATA_PREFIX}:
            message = f"the prefix of a profile is None or {METADATA_PREFIX!r}, not {self.prefix!r:.40}"
            raise FilterValidationError(Problem(message=message, code="profile"))


ODATA = Profile(name="OData 4.01")
"""The whole expression language."""

CUSTOM_VISION = Profile(
    name="the Custom Vision count endpoint",
    operators=frozenset({"eq", "ne", "and", "or"}),
    functions=frozenset(),
    literal_types=frozenset({edm.STRING}),
    constructs=frozenset(),
    simple_conditions=True,
    max_name_length=128,
    max_string_length=256,
    prefix=METADATA_PREFIX,
)
"""Images - Get Count: `eq`, `ne`, `and`, `or` between single names and strings, within the metadata's limits."""
