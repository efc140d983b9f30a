"""OData `$filter` expressions: parse, check, build, print and evaluate them."""

from odata_filter.builder import all_of, any_of, field, parameter
from odata_filter.errors import (
    FilterError,
    FilterEvaluationError,
    FilterSyntaxError,
    FilterValidationError,
    Problem,
    UnsupportedFilterError,
)
from odata_filter.filter import Filter
from odata_filter.profile import CUSTOM_VISION, ODATA, Profile

__all__ = [
    "CUSTOM_VISION",
    "ODATA",
    "Filter",
    "FilterError",
    "FilterEvaluationError",
    "FilterSyntaxError",
    "FilterValidationError",
    "Problem",
    "Profile",
    "UnsupportedFilterError",
    "all_of",
    "any_of",
    "field",
    "parameter",
]
