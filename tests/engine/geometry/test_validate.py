"""Every kind of outline that is not a field has its own answer, and good ones pass."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.area import area_m2
from drone_service.engine.geometry.outline import (
    NotAnArea,
    Outline,
    Shape,
    UnreadableCoordinates,
    outline_of_geojson,
    outline_of_shape,
)
from drone_service.engine.geometry.validate import (
    NotFinite,
    OpenRing,
    OutOfRange,
    SelfCrossing,
    SwappedLonLat,
    TooLarge,
    TooManyVertices,
    TooSmall,
    checked_shape,
    ensure_size,
)

FIELDS = Path(__file__).parents[2] / "data" / "fields" / "fields_vietnam.geojson"
Position = tuple[float, float]


def polygon(*rings: list[Position]) -> Outline:
    return outline_of_geojson({"type": "Polygon", "coordinates": rings})


def accepted(outline: Outline) -> Shape:
    """Take an outline as every door does: the shape first, then its size."""
    shape = checked_shape(outline)
    ensure_size(area_m2(shape))
    return shape


def box(lon: float, lat: float, width: float = 0.001, height: float | None = None) -> list[Position]:
    top, right = lat + (height or width), lon + width
    return [(lon, lat), (right, lat), (right, top), (lon, top), (lon, lat)]


def circle(corners: int) -> list[Position]:
    turns = [2 * math.pi * corner / corners for corner in range(corners)]
    ring = [(105.7 + 0.002 * math.cos(turn), 9.46 + 0.002 * math.sin(turn)) for turn in turns]
    return [*ring, ring[0]]


BOW_TIE = [(105.7, 9.46), (105.701, 9.461), (105.701, 9.46), (105.7, 9.461), (105.7, 9.46)]

REFUSED = {
    "self-crossing": (polygon(BOW_TIE), SelfCrossing),
    "hole outside": (polygon(box(105.7, 9.46), box(105.8, 9.46)), SelfCrossing),
    "overlapping parts": (
        outline_of_geojson({"type": "MultiPolygon", "coordinates": [[box(105.7, 9.46)], [box(105.7005, 9.46)]]}),
        SelfCrossing,
    ),
    "open ring": (polygon(box(105.7, 9.46)[:-1]), OpenRing),
    "open hole": (polygon(box(105.7, 9.46), box(105.7002, 9.4602, 0.0002)[:-1]), OpenRing),
    "tiny": (polygon(box(105.7, 9.46, 0.00008)), TooSmall),
    "huge": (polygon(box(105.7, 9.46, 0.03)), TooLarge),
    "too many vertices": (polygon(circle(5_000)), TooManyVertices),
    "NaN": (polygon([*box(105.7, 9.46)[:2], (math.nan, 9.46), *box(105.7, 9.46)[2:]]), NotFinite),
    "infinite": (polygon([*box(105.7, 9.46)[:2], (math.inf, 9.46), *box(105.7, 9.46)[2:]]), NotFinite),
    "latitude first": (polygon(box(9.46, 105.7)), SwappedLonLat),
    "latitude over 90": (polygon(box(105.7, 91)), OutOfRange),
    "neither way round": (polygon(box(200, 100)), OutOfRange),
    "longitude over 180": (polygon(box(181, 9.46)), OutOfRange),
    "no ring": (polygon(), NotAnArea),
    "no part": (outline_of_geojson({"type": "MultiPolygon", "coordinates": []}), NotAnArea),
    "two corners": (polygon([(105.7, 9.46), (105.701, 9.46), (105.7, 9.46)]), NotAnArea),
    "one point again and again": (polygon([(105.7, 9.46)] * 5), NotAnArea),
    "flat": (polygon([(105.7, 9.46), (105.701, 9.46), (105.702, 9.46), (105.7, 9.46)]), SelfCrossing),
}


@pytest.mark.parametrize(("outline", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_each_fault_has_its_own_answer(outline: Outline, problem: type[EngineError]) -> None:
    with pytest.raises(EngineError) as refused:
        accepted(outline)
    assert type(refused.value) is problem


def test_the_codes_differ() -> None:
    codes = [problem.code for problem in {problem for _, problem in REFUSED.values()}]
    assert len(set(codes)) == len(codes)


GOOD = {
    "plain": polygon(box(105.7, 9.46)),
    "other way round": polygon(box(105.7, 9.46)[::-1]),
    "with a hole": polygon(box(105.7, 9.46), box(105.7003, 9.4603, 0.0002)),
    "5,000 vertices": polygon(circle(4_999)),
    "just over 100 m2": polygon(box(105.7, 9.46, 0.000092)),
    "just under 1,000 ha": polygon(box(105.7, 9.46, 0.0285)),
    "doubled corner": polygon([*box(105.7, 9.46)[:2], *box(105.7, 9.46)[1:]]),
    "two parts": outline_of_geojson({"type": "MultiPolygon", "coordinates": [[box(105.7, 9.46)], [box(105.8, 9.46)]]}),
    "over the antimeridian": polygon(
        [(179.9995, 9.46), (-179.9995, 9.46), (-179.9995, 9.461), (179.9995, 9.461), (179.9995, 9.46)]
    ),
    "round the pole": polygon([*((float(lon), 89.99) for lon in range(-180, 180, 10)), (-180.0, 89.99)]),
    "with heights": outline_of_geojson(
        {"type": "Polygon", "coordinates": [[(lon, lat, 3.0) for lon, lat in box(105.7, 9.46)]]}
    ),
}


@pytest.mark.parametrize("outline", GOOD.values(), ids=GOOD.keys())
def test_good_outlines_pass(outline: Outline) -> None:
    assert accepted(outline).geom_type in {"Polygon", "MultiPolygon"}


def test_all_real_fields_pass() -> None:
    for field in json.loads(FIELDS.read_text(encoding="utf-8"))["features"]:
        assert accepted(outline_of_geojson(field["geometry"])).equals(shape(field["geometry"]))


def test_parts_that_share_an_edge_become_one_and_keep_their_area() -> None:
    left, right = box(105.7, 9.46), box(105.701, 9.46)
    outline = outline_of_geojson({"type": "MultiPolygon", "coordinates": [[left], [right]]})
    merged = accepted(outline)
    assert merged.geom_type == "Polygon"
    assert area_m2(merged) == pytest.approx(area_m2(polygon(left).to_shape()) * 2, rel=1e-7)


def test_a_tangle_is_refused_at_once_and_not_repaired() -> None:
    """make_valid took 35 s for this kind; here the pytest time-out is the only clock."""
    random = np.random.default_rng(0)
    points = [(105.7 + 0.01 * x, 9.46 + 0.01 * y) for x, y in random.random((4_000, 2))]
    with pytest.raises(SelfCrossing):
        accepted(polygon([*points, points[0]]))


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        "POLYGON",
        {},
        {"type": "Point", "coordinates": [105.7, 9.46]},
        {"type": "LineString", "coordinates": box(105.7, 9.46)},
    ],
)
def test_what_is_no_area_says_so(geometry: object) -> None:
    with pytest.raises(NotAnArea):
        outline_of_geojson(geometry)


@pytest.mark.parametrize(
    "coordinates",
    [None, 5, "x", [5], [[5]], [["ab"]], [[["105.7", "9.46"]]], [[[True, False]]], [[[1]]], [[[10**400, 1]]], {}],
)
def test_what_cannot_be_read_says_so(coordinates: object) -> None:
    with pytest.raises(UnreadableCoordinates):
        outline_of_geojson({"type": "Polygon", "coordinates": coordinates})


def test_an_outline_survives_shapely() -> None:
    outline = polygon(box(105.7, 9.46), box(105.7003, 9.4603, 0.0002))
    again = outline_of_shape(outline.to_shape())
    assert all((one == other).all() for one, other in zip(outline.rings(), again.rings(), strict=True))


ANY_NUMBER = st.floats() | st.integers(-400, 400).map(float) | st.floats(105.7, 105.701)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.tuples(ANY_NUMBER, ANY_NUMBER), max_size=8), max_size=3))
def test_any_rings_are_a_field_or_a_named_problem(rings: list[list[Position]]) -> None:
    assert answer_of(polygon(*rings)) != EngineError.code


def answer_of(outline: Outline) -> str:
    try:
        return accepted(outline).geom_type
    except EngineError as problem:
        return problem.code
