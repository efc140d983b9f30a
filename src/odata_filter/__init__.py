"""OData `$filter` expressions: parse, check, build, print and evaluate them."""

from typing import TYPE_CHECKING

from odata_filter.deferred import deferred
from odata_filter.errors import (
    FilterError,
    FilterEvaluationError,
    FilterSyntaxError,
    FilterValidationError,
    Problem,
    UnsupportedFilterError,
)
from odata_filter.filter import Filter
from odata_filter.limits import Limits
from odata_filter.profile import CUSTOM_VISION, ODATA, Profile
from odata_filter.schema import Schema

if TYPE_CHECKING:
    from odata_filter.builder import all_of, any_of, field, parameter
    from odata_filter.explanation import Explanation
    from odata_filter.filterset import FilterSet
    from odata_filter.index import MetadataIndex
else:
    __getattr__, __dir__ = deferred(
        __name__,
        {
            "builder": ("all_of", "any_of", "field", "parameter"),
            "explanation": ("Explanation",),
            "filterset": ("FilterSet",),
            "index": ("MetadataIndex",),
        },
    )

__all__ = [
    "CUSTOM_VISION",
    "ODATA",
    "Explanation",
    "Filter",
    "FilterError",
    "FilterEvaluationError",
    "FilterSet",
    "FilterSyntaxError",
    "FilterValidationError",
    "Limits",
    "MetadataIndex",
    "Problem",
    "Profile",
    "Schema",
    "UnsupportedFilterError",
    "all_of",
    "any_of",
    "field",
    "parameter",
]
