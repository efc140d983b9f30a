"""The names of a package to its rooms and what is in them: a room is imported when one of them is first asked for."""

import sys
from collections.abc import Callable, Mapping


def deferred(
    package: str, rooms: Mapping[str, tuple[str, ...]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The `__getattr__` and the `__dir__` of a package, for the names that each room has."""
    places = {name: f"{package}.{room}" for room, names in rooms.items() for name in (room, *names)}
    contents = vars(sys.modules[package])

    def found(name: str) -> object:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
        __import__(places[name])
        if name not in rooms:  # an import binds the room itself
            contents[name] = getattr(sys.modules[places[name]], name)
        return contents[name]

    return found, lambda: sorted({*contents, *places})
