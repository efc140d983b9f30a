"""Well-known text, GeoJSON and shapely geometries to distances, lengths and intersections.

A shape in a filter is the text of its literal. In a row it may be GeoJSON or a shapely geometry as well:

- GeoJSON is geography in SRID 4326 unless its `crs` says otherwise.
- A shapely geometry belongs to the plane; one that has the SRID of a geographic coordinate system is geography.

The rules of OData 4.01 Part 2 (URL Conventions), section 5.1.1.11; "REC" marks a rule of this library where the
standard is silent:

- Geography is measured along the geodesics of its ellipsoid, in metres. Longitude stands first, in degrees from -360
  to 360, then latitude from -90 to 90. REC: the SRID is an EPSG code of a geographic coordinate system in degrees.
- Geometry is measured in the plane, in the units of its coordinates, whatever its SRID.
- REC: two shapes of different families or SRIDs, a shape that is empty or invalid (a ring that crosses itself, for
  instance), a position with INF or NaN, and a result outside the range of `Edm.Double` are null.
- REC: height and measure, the third and fourth number of a position, are passed over.
- REC: the edges of a geography polygon are straight lines in longitude and latitude, and each takes the shorter way
  round the earth: `170` to `-170` crosses the antimeridian. An edge of exactly 180 or 360 degrees is taken as written.
- REC: in which direction a ring is drawn does not matter, although the standard has the interior on its left. Only
  where the outer ring runs round the earth is that needed: a ring to the east contains the north pole, one to the
  west the south pole.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias, cast

from odata_filter import edm, values
from odata_filter.data import dataclass
from odata_filter.edm import Shape
from odata_filter.errors import Problem, UnsupportedFilterError

if TYPE_CHECKING:
    import pyproj
    import shapely


# ---- The functions ---------------------------------------------------------------------------


def distance(left: object, right: object) -> float | None:
    """The shortest distance between two points (section 5.1.1.11.1)."""
    start, stop = _figure(left, "Point"), _figure(right, "Point")
    if start is None or stop is None or start.system != stop.system:
        return None
    return _extent(start.system, (*start.lines[0], *stop.lines[0]))


def intersects(point: object, polygon: object) -> bool | None:
    """Whether a point is inside a polygon or on its boundary (section 5.1.1.11.2)."""
    place, figure = _figure(point, "Point"), _figure(polygon, "Polygon")
    if place is None or figure is None or place.system != figure.system:
        return None
    area, position = _area(figure), place.lines[0][0]
    if area is None:
        return None
    return _meets_on_earth(area, position) if _is_geography(figure) else _meets(area, position)


def length(line: object) -> float | None:
    """The length of a line (section 5.1.1.11.3)."""
    figure = _figure(line, "LineString")
    return None if figure is None else _extent(figure.system, figure.lines[0])


# ---- Values as they come ---------------------------------------------------------------------


def shape(value: object, type_name: str | None = None) -> object:
    """GeoJSON or a shapely geometry as a Shape; any other value as it is.

    Args:
        value: a mapping in GeoJSON, an object with a `__geo_interface__`, or anything else.
        type_name: the type of the property that the value is of, where it is known: its family then decides
            between geography and geometry, and a missing SRID is 4326 or 0.
    """
    document = value if isinstance(value, Mapping) else getattr(value, "__geo_interface__", None)
    if isinstance(value, Shape) or not isinstance(document, Mapping):
        return value
    name = document.get("type")
    write = _WRITERS.get(name) if isinstance(name, str) else None
    try:
        text = None if write is None else write(document.get("coordinates"))
        srid = _stated_srid(document) if isinstance(value, Mapping) else _set_srid(value)
    except (ValueError, OverflowError):
        return value
    if text is None:
        return value
    family, srid = _system(srid, type_name)
    return Shape(f"Edm.{family}{name}", f"SRID={srid};{name}{text}")


def _stated_srid(document: Mapping[str, object]) -> int | None:
    """The SRID in the `crs` of GeoJSON (its edition of 2008, which OData follows), or None without one."""
    match document.get("crs"):
        case None:
            return None
        case {"properties": {"name": str(name)}}:
            found = re.fullmatch(_EPSG, name, re.IGNORECASE)
            return int(found[1]) if found is not None else _other_srid(name)
        case _:
            raise ValueError


def _other_srid(name: str) -> int:
    if re.fullmatch(_CRS84, name, re.IGNORECASE) is None:
        raise ValueError
    return _WGS84


_EPSG = r"(?:EPSG:|urn:ogc:def:crs:EPSG:[^:]*+:)([0-9]{1,5})"
_CRS84 = r"(?:OGC:|urn:ogc:def:crs:OGC:[^:]*+:)CRS84"
_WGS84 = 4326


def _set_srid(value: object) -> int | None:
    """The SRID of a shapely geometry, 0 where none was set; None for any other object that speaks GeoJSON."""
    package = _shapely()
    return int(package.get_srid(value)) if isinstance(value, package.Geometry) else None


def _system(srid: int | None, type_name: str | None) -> tuple[str, int]:
    """The family and the SRID of a value."""
    if type_name is not None:
        family = "Geography" if type_name.startswith("Edm.Geography") else "Geometry"
        return family, srid or (_WGS84 if family == "Geography" else 0)
    if srid is None:
        return "Geography", _WGS84
    return "Geography" if srid and _geod(srid) is not None else "Geometry", srid


# ---- GeoJSON coordinates to well-known text --------------------------------------------------


def _checked(items: object) -> Sequence[object]:
    if isinstance(items, list | tuple):
        return items
    raise ValueError


def _position_text(position: object) -> str:
    numbers = _checked(position)
    if len(numbers) not in range(2, 5):
        raise ValueError
    return " ".join(map(_number_text, numbers))


def _number_text(number: object) -> str:
    if values.kind(number) not in values.NUMBERS:
        raise ValueError
    return edm.literal_text(float(cast("values.Number", number)))[1]


def _point_text(position: object) -> str:
    return f"({_position_text(position)})"


def _listing(write: Callable[[object], str]) -> Callable[[object], str]:
    """The writer of a list in parentheses, whose members `write` writes."""

    def listing(items: object) -> str:
        return f"({','.join(map(write, _checked(items)))})"

    return listing


_line_text = _listing(_position_text)
_polygon_text = _listing(_line_text)
_WRITERS: Mapping[str, Callable[[object], str]] = {
    "Point": _point_text,
    "LineString": _line_text,
    "Polygon": _polygon_text,
    "MultiPoint": _listing(_point_text),
    "MultiLineString": _polygon_text,
    "MultiPolygon": _listing(_polygon_text),
}


# ---- Well-known text to positions ------------------------------------------------------------

_Position: TypeAlias = tuple[float, float]
_Line: TypeAlias = Sequence[_Position]


@dataclass(frozen=True, slots=True)
class _Figure:
    """A sound shape: one line with one position for a point, one line, or the rings of a polygon.

    Attributes:
        system: the family and the SRID.
        lines: the positions, as x and y or longitude and latitude.
    """

    system: tuple[str, int]
    lines: tuple[tuple[_Position, ...], ...]


def _is_geography(figure: _Figure) -> bool:
    return figure.system[0] == "Geography"


def _figure(value: object, name: str) -> _Figure | None:
    """The positions of a value that is a shape of that name; None for any other value."""
    found = shape(value)
    if not isinstance(found, Shape):
        return None
    return (_read_one if len(found.text) <= _SMALL else _read_large)(found, name)


_REMEMBERED = 256
"""How many shapes are remembered in a form to compute with: a filter's own shapes are read once."""
_REMEMBERED_LARGE = 4
"""How many of those that take much memory."""
_SMALL = 5_000
"""Characters of the text of a shape that takes little."""
_TEXT = r"(?is)SRID=([0-9]{1,5});[a-z]++(\(.*+)(?<=\))"
_LINE = r"\(([^()]*+)\)"


def _read(found: Shape, name: str) -> _Figure | None:
    family = found.type.removeprefix("Edm.").removesuffix(name)
    match = re.fullmatch(_TEXT, found.text)
    if match is None or family not in {"Geography", "Geometry"}:
        return None
    try:
        lines = tuple(_positions(line) for line in re.findall(_LINE, match[2]))
    except ValueError:
        return None
    is_place = _is_on_earth if family == "Geography" else _is_in_plane
    sound = _SOUND[name](lines) and all(is_place(position) for line in lines for position in line)
    return _Figure((family, int(match[1])), lines) if sound else None


_read_one = lru_cache(maxsize=_REMEMBERED)(_read)
_read_large = lru_cache(maxsize=_REMEMBERED_LARGE)(_read)


def _positions(text: str) -> tuple[_Position, ...]:
    numbers = [[float(number.replace("INF", "inf")) for number in position.split()] for position in text.split(",")]
    return tuple((x, y) for x, y, *_ in numbers)


def _is_in_plane(position: _Position) -> bool:
    return all(map(math.isfinite, position))


def _is_on_earth(position: _Position) -> bool:
    longitude, latitude = position
    return abs(longitude) <= _TURN and abs(latitude) <= _POLE


_TURN = 360
_POLE = 90
_SHORTEST_RING = 4
_SOUND: Mapping[str, Callable[[Sequence[_Line]], bool]] = {
    "Point": lambda lines: [len(line) for line in lines] == [1],
    "LineString": lambda lines: len(lines) == 1 and len(lines[0]) > 1,
    "Polygon": lambda lines: all(len(line) >= _SHORTEST_RING and line[0] == line[-1] for line in lines),
}


# ---- Lengths ---------------------------------------------------------------------------------


def _extent(system: tuple[str, int], positions: _Line) -> float | None:
    """How long the way through the positions is."""
    family, srid = system
    found = _way_on_earth(srid, positions) if family == "Geography" else _shapely().LineString(positions).length
    return None if found is None or not math.isfinite(found) else float(found)


def _way_on_earth(srid: int, positions: _Line) -> float | None:
    geod, (longitudes, latitudes) = _geod(srid), zip(*positions, strict=True)
    return None if geod is None else geod.line_length(longitudes, latitudes)


@lru_cache(maxsize=_REMEMBERED)
def _geod(srid: int) -> "pyproj.Geod | None":
    """The ellipsoid of a geographic coordinate system in degrees, or None for any other SRID."""
    package = _pyproj()
    if srid == _WGS84:
        return cast("pyproj.Geod", package.Geod(ellps="WGS84"))
    try:
        system = package.CRS.from_epsg(srid)
    except package.exceptions.CRSError:
        return None
    in_degrees = all(axis.unit_name == "degree" for axis in system.axis_info[:2])
    return cast("pyproj.Geod | None", system.get_geod()) if system.is_geographic and in_degrees else None


# ---- Areas -----------------------------------------------------------------------------------


def _area(figure: _Figure) -> "shapely.Polygon | None":
    """The polygon, or None where it is invalid or its SRID is unknown."""
    return (_polygon_one if sum(map(len, figure.lines)) <= _SMALL // 5 else _polygon_large)(figure)


def _polygon(figure: _Figure) -> "shapely.Polygon | None":
    if _is_geography(figure) and _geod(figure.system[1]) is None:
        return None
    shell, *holes = _unrolled(figure.lines) if _is_geography(figure) else figure.lines
    if any(hole[0] != hole[-1] for hole in holes):
        return None
    polygon = cast("shapely.Polygon", _shapely().Polygon(shell, holes))
    return polygon if polygon.is_valid else None


_polygon_one = lru_cache(maxsize=_REMEMBERED)(_polygon)
_polygon_large = lru_cache(maxsize=_REMEMBERED_LARGE)(_polygon)


def _unrolled(rings: Iterable[_Line]) -> list[_Line]:
    """The rings of a geography polygon in one plane, where longitudes go on beyond 180."""
    shell, *holes = map(_continued, rings)
    shell = _round_the_pole(shell)
    west = min(longitude for longitude, _ in shell)
    return [shell, *(_east_of(west, hole) for hole in holes)]


def _continued(ring: _Line) -> _Line:
    """The ring with every edge on the shorter way round the earth."""
    turns = 0
    found = [ring[0]]
    for (before, _), (longitude, latitude) in pairwise(ring):
        step = longitude - before
        if abs(step) > _TURN / 2 and abs(step) != _TURN:
            turns -= round(step / _TURN)
        found.append((longitude + _TURN * turns, latitude))
    return found


def _round_the_pole(ring: _Line) -> _Line:
    """A ring that runs round the earth, closed along the pole on its left."""
    (first, latitude), (last, _) = ring[0], ring[-1]
    if first == last:
        return ring
    pole = math.copysign(_POLE, last - first)
    return [*ring, (last, pole), (first, pole), (first, latitude)]


def _east_of(west: float, ring: _Line) -> _Line:
    """The ring moved by whole turns until it begins at `west` or less than a turn beyond."""
    moved = _TURN * math.ceil((west - min(longitude for longitude, _ in ring)) / _TURN)
    return [(longitude + moved, latitude) for longitude, latitude in ring]


def _meets(area: "shapely.Polygon", position: _Position) -> bool:
    return bool(area.intersects(_shapely().Point(position)))


def _meets_on_earth(area: "shapely.Polygon", position: _Position) -> bool:
    """Whether the area has the position at any turn; a pole is at every longitude."""
    longitude, latitude = position
    west, _, east, _ = area.bounds
    if abs(latitude) == _POLE:
        return bool(area.intersects(_shapely().LineString([(west, latitude), (east, latitude)])))
    turns = range(math.ceil((west - longitude) / _TURN), math.floor((east - longitude) / _TURN) + 1)
    return any(_meets(area, (longitude + _TURN * turn, latitude)) for turn in turns)


# ---- The packages ----------------------------------------------------------------------------


def _shapely() -> ModuleType:
    try:
        import shapely  # noqa: PLC0415 - an extra, which only these functions need
    except ImportError:
        raise _missing("shapely") from None
    return shapely


def _pyproj() -> ModuleType:
    try:
        import pyproj  # noqa: PLC0415 - likewise
    except ImportError:
        raise _missing("pyproj") from None
    return pyproj


def _missing(package: str) -> UnsupportedFilterError:
    message = f"the geo functions need the package {package}, which is not installed"
    return UnsupportedFilterError(Problem(message=message, code="extra", hint='pip install "odata-filter[geo]"'))
