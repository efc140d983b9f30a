"""Well-known text to distances, lengths and intersections."""

from odata_filter.errors import Problem, UnsupportedFilterError


def distance(left: object, right: object) -> object:
    """The shortest distance between two points (section 5.1.1.11.1)."""
    raise UnsupportedFilterError(Problem(message=f"geo.distance has no evaluation: {left} {right}", code="unsupported"))


def intersects(left: object, right: object) -> object:
    """Whether a point is inside a polygon or on its boundary (section 5.1.1.11.2)."""
    raise UnsupportedFilterError(
        Problem(message=f"geo.intersects has no evaluation: {left} {right}", code="unsupported")
    )


def length(line: object) -> object:
    """The length of a line (section 5.1.1.11.3)."""
    raise UnsupportedFilterError(Problem(message=f"geo.length has no evaluation: {line}", code="unsupported"))
