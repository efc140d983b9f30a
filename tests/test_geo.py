"""The geo functions: tables of cases, and agreement with shapely and pyproj on random shapes."""

import math
import sys
import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_filter import (
    Filter,
    FilterEvaluationError,
    FilterValidationError,
    Schema,
    UnsupportedFilterError,
    edm,
    geo,
    values,
)
from odata_filter.edm import Shape

MISSING = [name for name in ("pyproj", "shapely") if find_spec(name) is None]
if TYPE_CHECKING or not MISSING:
    import pyproj
    import shapely

needs_extra = pytest.mark.skipif(bool(MISSING), reason=f"the extra geo is not installed: {' and '.join(MISSING)}")


def earth(text: str, srid: int = 4326) -> Shape:
    """A geography literal's value."""
    return Shape(f"Edm.Geography{text.partition('(')[0]}", f"SRID={srid};{text}")


def plane(text: str, srid: int = 0) -> Shape:
    """A geometry literal's value."""
    return Shape(f"Edm.Geometry{text.partition('(')[0]}", f"SRID={srid};{text}")


def point(longitude: float, latitude: float) -> dict[str, object]:
    """A point in GeoJSON."""
    return {"type": "Point", "coordinates": [longitude, latitude]}


def placed(document: Mapping[str, object], name: str) -> dict[str, object]:
    """GeoJSON with the name of a coordinate system."""
    return {**document, "crs": {"type": "name", "properties": {"name": name}}}


DEGREE = 111319.49079327358
"""Metres of a degree of the equator on WGS 84: 2 pi 6378137 / 360."""

ORIGIN, EAST = earth("Point(0 0)"), earth("Point(1 0)")
SQUARE = "Polygon((0 0,4 0,4 4,0 4,0 0))"
RING = "Polygon((0 0,4 0,4 4,0 4,0 0),(1 1,3 1,3 3,1 3,1 1))"
BOW_TIE = "Polygon((0 0,4 4,4 0,0 4,0 0))"
FIJI = "Polygon((177 -19,-178 -19,-178 -15,177 -15,177 -19),(179 -18,-179.5 -18,-179.5 -17,179 -17,179 -18))"
FIJI_HOLE_WRITTEN_WEST = (
    "Polygon((177 -19,182 -19,182 -15,177 -15,177 -19),(-181 -18,-179.5 -18,-179.5 -17,-181 -17,-181 -18))"
)
ARCTIC = "Polygon((0 60,90 60,180 60,-90 60,0 60))"
ANTARCTIC = "Polygon((0 -60,-90 -60,180 -60,90 -60,0 -60))"
WORLD = "Polygon((-180 -90,180 -90,180 90,-180 90,-180 -90))"
TIP = "Polygon((0 80,10 80,5 90,0 80))"
HOLED_AT_THE_POLE = f"{ARCTIC[:-1]},(0 70,90 70,180 70,-90 70,0 70))"


@dataclass(frozen=True)
class Case:
    """Arguments of a function and its result; the name says what it shows."""

    name: str
    given: tuple[Any, ...]
    expected: object


def each(cases: tuple[Case, ...]) -> pytest.MarkDecorator:
    """Run a test once for each case."""
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


# ---- Distances -------------------------------------------------------------------------------

DISTANCES = (
    Case("a degree of the equator", (ORIGIN, EAST), DEGREE),
    Case("across the antimeridian", (earth("Point(179.5 0)"), earth("Point(-179.5 0)")), DEGREE),
    Case("one place, written at two longitudes", (earth("Point(190 5)"), earth("Point(-170 5)")), 0),
    Case("height and measure are passed over", (earth("Point(0 0 100 7)"), EAST), DEGREE),
    Case("signs and exponents", (earth("Point(+0 0)"), earth("Point(1e0 -0.0)")), DEGREE),
    Case("another ellipsoid", (earth("Point(0 0)", 4277), earth("Point(1 0)", 4277)), 6377563.396 * math.pi / 180),
    Case("the plane", (plane("Point(0 0)"), plane("Point(3 4)")), 5),
    Case("the plane, in a system of degrees", (plane("Point(0 0)", 4326), plane("Point(3 4)", 4326)), 5),
    Case("the plane, in a system that nobody knows", (plane("Point(0 0)", 99999), plane("Point(3 4)", 99999)), 5),
    Case("GeoJSON is geography", (point(0, 0), EAST), DEGREE),
    Case("GeoJSON as tuples and decimals", ({"type": "Point", "coordinates": (Decimal(0), 0.0, 5)}, EAST), DEGREE),
    Case("GeoJSON in EPSG:4326", (placed(point(0, 0), "EPSG:4326"), EAST), DEGREE),
    Case("GeoJSON in EPSG:4326 as a URN", (placed(point(0, 0), "urn:ogc:def:crs:EPSG::4326"), EAST), DEGREE),
    Case("GeoJSON in CRS84", (placed(point(0, 0), "urn:ogc:def:crs:OGC:1.3:CRS84"), EAST), DEGREE),
    Case("GeoJSON without crs", ({**point(0, 0), "crs": None}, EAST), DEGREE),
    Case("GeoJSON in a projection is geometry", (placed(point(0, 0), "EPSG:3857"), plane("Point(3 4)", 3857)), 5),
    Case("GeoJSON in the plane", (placed(point(0, 0), "EPSG:0"), plane("Point(3 4)")), 5),
    Case("two systems", (earth("Point(0 0)", 4277), EAST), None),
    Case("two families", (ORIGIN, plane("Point(1 0)", 4326)), None),
    Case("geography in a projection", (earth("Point(0 0)", 3857), earth("Point(1 0)", 3857)), None),
    Case("geography in gradians", (earth("Point(0 0)", 4807), earth("Point(1 0)", 4807)), None),
    Case("geography in a system that nobody knows", (earth("Point(0 0)", 0), earth("Point(1 0)", 0)), None),
    Case("GeoJSON in a system that cannot be read", (placed(point(0, 0), "Mars"), EAST), None),
    Case("GeoJSON with a link for its system", ({**point(0, 0), "crs": {"type": "link"}}, EAST), None),
    Case("a latitude beyond the pole", (earth("Point(0 91)"), EAST), None),
    Case("a longitude beyond a turn", (earth("Point(361 0)"), EAST), None),
    Case("NaN", (earth("Point(NaN 0)"), EAST), None),
    Case("INF in the plane", (plane("Point(-INF 0)"), plane("Point(0 0)")), None),
    Case("a distance out of range", (plane("Point(-1e308 0)"), plane("Point(1e308 0)")), None),
    Case("GeoJSON with NaN", (point(math.nan, 0), EAST), None),
    Case("GeoJSON with a number out of range", (point(10**400, 0), EAST), None),
    Case("GeoJSON with a signalling NaN", ({"type": "Point", "coordinates": [Decimal("sNaN"), 0]}, EAST), None),
    Case("GeoJSON with text for a number", ({"type": "Point", "coordinates": ["0", 0]}, EAST), None),
    Case("GeoJSON with true for a number", ({"type": "Point", "coordinates": [True, 0]}, EAST), None),
    Case("GeoJSON with one number", ({"type": "Point", "coordinates": [0]}, EAST), None),
    Case("GeoJSON with five numbers", ({"type": "Point", "coordinates": [0, 0, 0, 0, 0]}, EAST), None),
    Case("GeoJSON without coordinates", ({"type": "Point"}, EAST), None),
    Case("an empty point", ({"type": "Point", "coordinates": []}, EAST), None),
    Case("a mapping that is no GeoJSON", ({"type": 5, "coordinates": [0, 0]}, EAST), None),
    Case("an unknown shape", ({"type": "Circle", "coordinates": [0, 0]}, EAST), None),
    Case("a line", (earth("LineString(0 0,1 0)"), EAST), None),
    Case("two points", (earth("MultiPoint((0 0),(1 0))"), EAST), None),
    Case("a line that says it is a point", (Shape("Edm.GeographyPoint", "SRID=4326;Point(0 0,1 0)"), EAST), None),
    Case("no number", (Shape("Edm.GeographyPoint", "SRID=4326;Point(a b)"), EAST), None),
    Case("one number", (Shape("Edm.GeographyPoint", "SRID=4326;Point(1)"), EAST), None),
    Case("no SRID", (Shape("Edm.GeographyPoint", "Point(0 0)"), EAST), None),
    Case("no type of shape", (Shape("Point", "SRID=4326;Point(0 0)"), EAST), None),
    Case("text", ("SRID=4326;Point(0 0)", EAST), None),
    Case("null", (None, EAST), None),
)


@needs_extra
@each(DISTANCES)
def test_the_distance_is(case: Case) -> None:
    """Metres on the earth, units of the coordinates in the plane; null where there is none, in either order."""
    left, right = case.given
    assert pytest.approx(case.expected, abs=1e-6) == geo.distance(left, right)
    assert pytest.approx(case.expected, abs=1e-6) == geo.distance(right, left)


# ---- Lengths ---------------------------------------------------------------------------------

LENGTHS = (
    Case("two degrees of the equator", (earth("LineString(0 0,1 0,2 0)"),), 2 * DEGREE),
    Case("there and back", (earth("LineString(0 0,1 0,0 0)"),), 2 * DEGREE),
    Case("a line that stays", (earth("LineString(5 5,5 5)"),), 0),
    Case("the plane", (plane("LineString(0 0,3 4,3 5)"),), 6),
    Case("GeoJSON", ({"type": "LineString", "coordinates": [[0, 0], [1, 0]]},), DEGREE),
    Case("one position", ({"type": "LineString", "coordinates": [[0, 0]]},), None),
    Case("an empty line", ({"type": "LineString", "coordinates": []},), None),
    Case("geography in a projection", (earth("LineString(0 0,1 0)", 3857),), None),
    Case("a position with INF", (earth("LineString(0 0,INF 0)"),), None),
    Case("a point", (ORIGIN,), None),
    Case("many lines", (earth("MultiLineString((0 0,1 0))"),), None),
    Case("a number", (5,), None),
)


@needs_extra
@each(LENGTHS)
def test_the_length_is(case: Case) -> None:
    """The sum of the distances from position to position."""
    assert pytest.approx(case.expected, abs=1e-6) == geo.length(*case.given)


# ---- Intersections ---------------------------------------------------------------------------

INTERSECTIONS = (
    Case("inside", (plane("Point(2 2)"), plane(SQUARE)), expected=True),
    Case("on an edge", (plane("Point(4 2)"), plane(SQUARE)), expected=True),
    Case("on a corner", (plane("Point(0 0)"), plane(SQUARE)), expected=True),
    Case("outside", (plane("Point(5 2)"), plane(SQUARE)), expected=False),
    Case("in a hole", (plane("Point(2 2)"), plane(RING)), expected=False),
    Case("on the edge of a hole", (plane("Point(1 2)"), plane(RING)), expected=True),
    Case("drawn clockwise", (plane("Point(2 2)"), plane("Polygon((0 0,0 4,4 4,4 0,0 0))")), expected=True),
    Case("inside on the earth", (earth("Point(2 2)"), earth(SQUARE)), expected=True),
    Case("drawn clockwise on the earth", (earth("Point(2 2)"), earth("Polygon((0 0,0 4,4 4,4 0,0 0))")), expected=True),
    Case("outside on the earth", (earth("Point(5 2)"), earth(SQUARE)), expected=False),
    Case("one turn on", (earth("Point(-358 2)"), earth(SQUARE)), expected=True),
    Case("west of the antimeridian", (earth("Point(178 -17.5)"), earth(FIJI)), expected=True),
    Case("east of the antimeridian", (earth("Point(-178.5 -17.5)"), earth(FIJI)), expected=True),
    Case("beyond the antimeridian", (earth("Point(-177 -17.5)"), earth(FIJI)), expected=False),
    Case("on the other side of the earth", (earth("Point(0 -17.5)"), earth(FIJI)), expected=False),
    Case("in a hole at the antimeridian", (earth("Point(180 -17.5)"), earth(FIJI)), expected=False),
    Case("in a hole that is a turn away", (earth("Point(-180 -17.5)"), earth(FIJI_HOLE_WRITTEN_WEST)), expected=False),
    Case("beside it", (earth("Point(178 -17.5)"), earth(FIJI_HOLE_WRITTEN_WEST)), expected=True),
    Case("north of a ring to the east", (earth("Point(33 89)"), earth(ARCTIC)), expected=True),
    Case("on that ring", (earth("Point(-33 60)"), earth(ARCTIC)), expected=True),
    Case("south of that ring", (earth("Point(33 59)"), earth(ARCTIC)), expected=False),
    Case("the north pole", (earth("Point(33 90)"), earth(ARCTIC)), expected=True),
    Case("the south pole", (earth("Point(33 -90)"), earth(ARCTIC)), expected=False),
    Case("south of a ring to the west", (earth("Point(33 -89)"), earth(ANTARCTIC)), expected=True),
    Case("north of that ring", (earth("Point(33 -59)"), earth(ANTARCTIC)), expected=False),
    Case("a corner at the pole has every longitude", (earth("Point(200 90)"), earth(TIP)), expected=True),
    Case("the world", (earth("Point(33 89)"), earth(WORLD)), expected=True),
    Case(
        "GeoJSON",
        (point(2, 2), {"type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]]}),
        expected=True,
    ),
    Case("a hole round the pole", (earth("Point(33 65)"), earth(HOLED_AT_THE_POLE)), None),
    Case("a ring that crosses itself", (plane("Point(2 2)"), plane(BOW_TIE)), None),
    Case("a ring that crosses itself on the earth", (earth("Point(2 2)"), earth(BOW_TIE)), None),
    Case("a ring without area", (plane("Point(0 0)"), plane("Polygon((0 0,0 0,0 0,0 0))")), None),
    Case("a ring with three positions", (plane("Point(0 0)"), plane("Polygon((0 0,1 1,0 0))")), None),
    Case("a ring that is not closed", (plane("Point(1 1)"), plane("Polygon((0 0,4 0,4 4,0 4))")), None),
    Case("an empty polygon", (point(2, 2), {"type": "Polygon", "coordinates": []}), None),
    Case("two systems", (plane("Point(2 2)", 1), plane(SQUARE)), None),
    Case("two families", (earth("Point(2 2)"), plane(SQUARE, 4326)), None),
    Case("geography in a projection", (earth("Point(2 2)", 3857), earth(SQUARE, 3857)), None),
    Case("a polygon with NaN", (plane("Point(2 2)"), plane("Polygon((0 0,4 0,NaN 4,0 4,0 0))")), None),
    Case("many polygons", (plane("Point(2 2)"), plane("MultiPolygon(((0 0,4 0,4 4,0 4,0 0)))")), None),
    Case("arguments in the other order", (plane(SQUARE), plane("Point(2 2)")), None),
    Case("null", (plane("Point(2 2)"), None), None),
)


@needs_extra
@each(INTERSECTIONS)
def test_a_point_is_in_a_polygon(case: Case) -> None:
    """The boundary counts as inside, and the edge of a hole is boundary."""
    assert case.expected is geo.intersects(*case.given)


# ---- Values as they come ---------------------------------------------------------------------

SHAPES = (
    Case("a point", (point(1.5, -2),), earth("Point(1.5 -2.0)")),
    Case("with height", ({"type": "Point", "coordinates": [1, 2, 3]},), earth("Point(1.0 2.0 3.0)")),
    Case("a line", ({"type": "LineString", "coordinates": [[1, 2], [3, 4]]},), earth("LineString(1.0 2.0,3.0 4.0)")),
    Case(
        "many points",
        ({"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]},),
        earth("MultiPoint((1.0 2.0),(3.0 4.0))"),
    ),
    Case(
        "many lines",
        ({"type": "MultiLineString", "coordinates": [[[1, 2], [3, 4]]]},),
        earth("MultiLineString((1.0 2.0,3.0 4.0))"),
    ),
    Case(
        "many polygons",
        ({"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]},),
        earth("MultiPolygon(((0.0 0.0,1.0 0.0,1.0 1.0,0.0 0.0)))"),
    ),
    Case("of a geography property", (point(1, 2), "Edm.GeographyPoint"), earth("Point(1.0 2.0)")),
    Case("of a geometry property", (point(1, 2), "Edm.GeometryPoint"), plane("Point(1.0 2.0)")),
    Case(
        "of a geometry property, with a system",
        (placed(point(1, 2), "EPSG:4326"), "Edm.GeometryPoint"),
        plane("Point(1.0 2.0)", 4326),
    ),
    Case("a shape is one already", (ORIGIN,), ORIGIN),
    Case("text stays text", ("Point(1 2)",), "Point(1 2)"),
    Case("another mapping stays", ({"name": "x"},), {"name": "x"}),
    Case("a collection of shapes stays", ({"type": "GeometryCollection"},), {"type": "GeometryCollection"}),
)


@each(SHAPES)
def test_a_value_is_read_as_a_shape(case: Case) -> None:
    """GeoJSON becomes the text of a literal, and whatever is no GeoJSON stays what it is."""
    assert case.expected == geo.shape(*case.given)


class Marker:
    """An object of another package that speaks GeoJSON."""

    __geo_interface__ = point(1, 2)


@needs_extra
def test_a_shapely_geometry_is_a_shape() -> None:
    """Its SRID tells whether it is geography; without one it lies in the plane, unless the property says more."""
    bare = shapely.Point(1, 2)
    assert plane("Point(1.0 2.0)") == geo.shape(bare)
    assert earth("Point(1.0 2.0)") == geo.shape(bare, "Edm.GeographyPoint")
    assert earth("Point(1.0 2.0)") == geo.shape(shapely.set_srid(bare, 4326))
    assert plane("Point(1.0 2.0)", 3857) == geo.shape(shapely.set_srid(bare, 3857))


@needs_extra
def test_an_empty_shapely_geometry_is_no_shape() -> None:
    """It has no position, so that there is no literal for it."""
    assert geo.distance(shapely.Point(), shapely.Point(1, 2)) is None


@needs_extra
def test_an_object_that_speaks_geojson_is_a_shape() -> None:
    """It is read as the GeoJSON that it gives."""
    assert earth("Point(1.0 2.0)") == geo.shape(Marker())


@pytest.mark.parametrize("package", ["shapely", "pyproj"])
def test_without_the_extra_a_hint_says_what_to_install(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The functions are refused by name, and nothing else of the library needs the packages."""
    monkeypatch.setitem(sys.modules, package, None)
    place = plane("Point(1 2)", 1) if package == "shapely" else earth("Point(1 2)", 4258)
    with pytest.raises(UnsupportedFilterError, match=f"need the package {package}") as caught:
        geo.distance(place, place)
    assert caught.value.hint == 'pip install "odata-filter[geo]"'


# ---- In filters ------------------------------------------------------------------------------


@needs_extra
@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("geo.distance(place,geography'SRID=4326;Point(1 0)') lt 112000", {"place": point(0, 0)}, True),
        ("geo.distance(place,geography'SRID=4326;Point(1 0)') lt 111000", {"place": point(0, 0)}, False),
        ("geo.distance(place,geography'SRID=4326;Point(1 0)') lt 112000", {"place": ORIGIN}, True),
        ("geo.distance(place,geography'SRID=4326;Point(1 0)') eq null", {}, True),
        ("geo.distance(place,geography'SRID=4326;Point(1 0)') eq null", {"place": "Point(0 0)"}, True),
        ("geo.length(geometry'SRID=0;LineString(0 0,3 4)') eq 5", {}, True),
        (f"geo.intersects(place,geography'SRID=4326;{FIJI}')", {"place": point(-178.5, -17.5)}, True),
        (f"geo.intersects(place,geometry'SRID=0;{SQUARE}')", {"place": plane("Point(4 4)")}, True),
        ("isof(geography'SRID=4326;Point(1 0)',Edm.Geography)", {}, True),
        ("isof(geography'SRID=4326;Point(1 0)',Edm.GeometryPoint)", {}, False),
        ("place/text eq null", {"place": ORIGIN}, True),
        ("cast('SRID=4326;Point(1 0)',Edm.GeographyPoint) ne null", {}, True),
        ("geo.distance(cast(place,Edm.GeographyPoint),place) eq null", {"place": "SRID=4326;Point(1 0)"}, True),
        ("place eq null", {"place": ORIGIN}, False),
        ("place ne null", {"place": ORIGIN}, True),
        ("(place eq place) eq null", {"place": ORIGIN}, True),
    ],
)
def test_a_filter_asks_for(text: str, row: Mapping[str, object], expected: object) -> None:
    """The functions as filters call them; shapes themselves compare with null only (section 5.1.1.1)."""
    assert expected is Filter.parse(text).evaluate(row)


@needs_extra
@needs_extra
def test_large_shapes_are_remembered_a_few_at_a_time() -> None:
    """Filters from strangers would fill the memory with them."""

    def holds(radius: int) -> bool | None:
        corners = [(radius * math.cos(at / 500), radius * math.sin(at / 500)) for at in range(3141)]
        ring = ",".join(f"{x:.9f} {y:.9f}" for x, y in [*corners, corners[0]])
        return geo.intersects(plane("Point(0 0)"), plane(f"Polygon(({ring}))"))

    assert holds(1) is True
    tracemalloc.start()
    try:
        holds(2)
        one, _ = tracemalloc.get_traced_memory()
        assert [True] * 20 == [holds(radius) for radius in range(3, 23)]
        many, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert many < 6 * one


def test_a_schema_says_what_a_shape_is() -> None:
    """Text is read as the property's type, and GeoJSON belongs to its family."""
    schema = Schema({"place": "Edm.GeometryPoint"})
    near = Filter.parse("geo.distance(place,geometry'SRID=0;Point(0 0)') le 5")
    assert near.matches({"place": "SRID=0;Point(3 4)"}, schema=schema)
    assert near.matches({"place": point(3, 4)}, schema=schema)
    with pytest.raises(FilterEvaluationError, match="where the schema says"):
        near.matches({"place": "SRID=0;Point(3)"}, schema=schema)


TEXTS = (
    "Point(1 2)",
    "Point(1 -2.5 3e5 NaN)",
    "LineString(1 2,3 4)",
    SQUARE,
    RING,
    "MultiPoint()",
    "MultiPoint((1 2),(3 4))",
    "MultiLineString((1 2,3 4),(5 6,7 8))",
    "MultiPolygon(((0 0,1 0,1 1,0 0)),((0 0,1 0,1 1,0 0)))",
    f"GeometryCollection(Point(NaN 2),MultiPoint(),{RING},LineString(1 2,3 4))",
)
FAULTY = (
    "Point(1)",
    "Point(1 2",
    "Point(1  2)",
    "Point(1 2 3 4 5)",
    "Point()",
    "Circle(1 2)",
    "LineString(1 2)",
    "Polygon((0 0,1 0,1 1))",
    "MultiPolygon(((0 0,1 0,1 1)))",
    "GeometryCollection()",
    "GeometryCollection(Polygon((0 0,1 0,1 1)))",
    "GeometryCollection(GeometryCollection(Point(1 2)))",
)


def typed(text: str) -> str:
    """The type of a well-known text on the earth."""
    return edm.geo_type("geography", text.partition("(")[0])


@pytest.mark.parametrize("text", TEXTS)
def test_a_shape_is_read_and_written(text: str) -> None:
    """The text of a literal, as a literal, in a payload and written again, is the same shape."""
    value = Shape(typed(text), f"SRID=4326;{text}")
    assert value == edm.python_value(value.type, value.text)
    assert value == edm.read(value.type, value.text)
    assert (value.type, value.text) == edm.literal_text(value)
    assert value.type == values.kind(value)
    assert Filter.parse(f"a eq geography'{value.text}'") is not None


@pytest.mark.parametrize("text", FAULTY)
def test_text_that_draws_no_shape_is_refused(text: str) -> None:
    """It is no literal form of the type, and it is never written into a filter."""
    value = Shape(typed(text), f"SRID=4326;{text}")
    assert edm.read("Edm.GeographyPoint" if text.startswith("Circle") else value.type, value.text) is None
    with pytest.raises(FilterValidationError, match="no well-known text of its type"):
        edm.literal_text(value)


def test_a_shape_needs_its_reference_system() -> None:
    """`SRID=` with one to five digits stands first."""
    assert edm.read("Edm.GeographyPoint", "Point(1 2)") is None
    assert edm.read("Edm.GeographyPoint", "SRID=123456;Point(1 2)") is None


# ---- What holds for every shape --------------------------------------------------------------

longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)
positions = st.tuples(longitudes, latitudes)
coordinates = st.floats(-1e6, 1e6)
places = st.tuples(coordinates, coordinates)
grid = st.tuples(st.integers(-6, 6), st.integers(-6, 6))


def written(name: str, *lines: Sequence[tuple[float, float]]) -> str:
    """The well-known text of a shape: one line, or the rings of a polygon."""
    texts = ["(" + ",".join(f"{x!r} {y!r}" for x, y in line) + ")" for line in lines]
    return name + (f"({','.join(texts)})" if name == "Polygon" else texts[0])


@needs_extra
@given(start=positions, stop=positions)
def test_distances_on_the_earth_agree_with_pyproj(start: tuple[float, float], stop: tuple[float, float]) -> None:
    """The inverse geodesic problem, solved by PROJ itself, gives the same metres, in both directions."""
    left, right = earth(written("Point", [start])), earth(written("Point", [stop]))
    _, _, expected = pyproj.Geod(ellps="WGS84").inv(*start, *stop)
    assert pytest.approx(expected, abs=1e-6) == geo.distance(left, right)
    assert pytest.approx(expected, abs=1e-6) == geo.distance(right, left)
    assert geo.distance(left, left) == 0


@needs_extra
@given(start=places, stop=places)
def test_distances_in_the_plane_agree_with_shapely(start: tuple[float, float], stop: tuple[float, float]) -> None:
    """They are Euclid's, in both directions."""
    left, right = plane(written("Point", [start])), plane(written("Point", [stop]))
    expected = shapely.Point(start).distance(shapely.Point(stop))
    assert pytest.approx(expected) == geo.distance(left, right)
    assert pytest.approx(expected) == geo.distance(right, left)
    assert geo.distance(left, left) == 0


@needs_extra
@given(line=st.lists(positions, min_size=2, max_size=6))
def test_a_length_is_the_sum_of_distances(line: list[tuple[float, float]]) -> None:
    """Each step is as long as PROJ says."""
    geod = pyproj.Geod(ellps="WGS84")
    expected = sum(geod.inv(*start, *stop)[2] for start, stop in pairwise(line))
    assert pytest.approx(expected, abs=1e-6) == geo.length(earth(written("LineString", line)))


@needs_extra
@given(corners=st.lists(grid, min_size=3, max_size=6), place=grid)
@pytest.mark.thorough
def test_intersections_agree_with_shapely(corners: list[tuple[int, int]], place: tuple[int, int]) -> None:
    """A polygon that is valid for shapely covers the same points; any other gives null."""
    ring = [*corners, corners[0]]
    area = shapely.from_wkt(written("Polygon", ring).upper())
    expected = bool(area.covers(shapely.Point(place))) if area.is_valid else None
    for family in (plane, earth):
        assert expected is geo.intersects(family(written("Point", [place])), family(written("Polygon", ring)))


@needs_extra
@given(corners=st.lists(grid, min_size=3, max_size=6), place=grid, turned=st.integers(-180, 180))
@pytest.mark.thorough
def test_the_antimeridian_is_a_meridian_like_any_other(
    corners: list[tuple[int, int]], place: tuple[int, int], turned: int
) -> None:
    """A polygon and a point, both turned about the axis of the earth, intersect as before."""

    def turn(position: tuple[int, int]) -> tuple[int, int]:
        return (position[0] + turned + 180) % 360 - 180, position[1]

    ring = [*corners, corners[0]]
    before = geo.intersects(earth(written("Point", [place])), earth(written("Polygon", ring)))
    after = geo.intersects(
        earth(written("Point", [turn(place)])), earth(written("Polygon", [turn(corner) for corner in ring]))
    )
    assert before is after


numbers = st.floats() | st.sampled_from([0, 90, -90, 180, 1e308, 10**400, True, None, "5", Decimal("NaN")])
nests: st.SearchStrategy[object] = st.recursive(numbers, lambda parts: st.lists(parts, max_size=5), max_leaves=12)
names = st.sampled_from(["Point", "LineString", "Polygon", "MultiPoint", "MultiPolygon", "Circle"])
documents = st.fixed_dictionaries({"type": names, "coordinates": nests})
texts = st.text("0123456789.-+eINFNa (),", max_size=20)
shapes = st.builds(
    Shape,
    st.sampled_from(["Edm.GeographyPoint", "Edm.GeometryPoint", "Edm.GeometryLineString", "Edm.GeographyPolygon"]),
    st.builds("SRID={};{}({})".format, st.sampled_from([0, 4326, 3857]), names, texts),
)
anything = documents | shapes | texts | st.none() | st.integers()


@needs_extra
@given(left=anything, right=anything)
@pytest.mark.thorough
def test_the_functions_never_fail(left: object, right: object) -> None:
    """Whatever the arguments are, there is a finite result or null."""
    for measure in (geo.distance(left, right), geo.length(left)):
        assert measure is None or (math.isfinite(measure) and measure >= 0)
    assert geo.intersects(left, right) in {True, False, None}
