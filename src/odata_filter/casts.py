"""A value and a type name to the value as that type, or to null (section 5.1.1.10)."""

from odata_filter.errors import Problem, UnsupportedFilterError


def cast(value: object, type_name: object) -> object:
    """The value as a value of the type, null where that fails."""
    raise UnsupportedFilterError(Problem(message=f"cast has no evaluation: {value} {type_name}", code="unsupported"))


def isof(value: object, type_name: object) -> object:
    """Whether the value is of the type."""
    raise UnsupportedFilterError(Problem(message=f"isof has no evaluation: {value} {type_name}", code="unsupported"))
