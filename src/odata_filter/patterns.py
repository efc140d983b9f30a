"""ECMAScript regular expressions to matches in linear time, or to a refusal."""

from odata_filter.errors import Problem, UnsupportedFilterError


def matches(text: str, pattern: str) -> bool | None:
    """Whether a pattern occurs anywhere in a text (section 5.1.1.7.1)."""
    raise UnsupportedFilterError(
        Problem(message=f"matchesPattern has no evaluation: {text} {pattern}", code="unsupported")
    )
