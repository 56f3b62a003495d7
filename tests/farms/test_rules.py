"""The rules of fields without a database: place, duplicates, and that every fault of the engine has its words."""

from uuid import uuid4

import pytest
from shapely import affinity
from shapely.geometry import Polygon, shape

from drone_service.engine.errors import EngineError
from drone_service.engine.geometry import outline as engine_outline
from drone_service.engine.geometry import validate
from drone_service.engine.geometry.outline import outline_of_geojson
from drone_service.farms import imports, rules
from drone_service.farms.readers import rows
from drone_service.kit.i18n import translate
from tests.farms.factories import square, square_ring

AREA = rules.ServiceArea(105.72, 9.43, 40.0)
FIELD = shape(square())


def registered(outline: Polygon, *, is_visible: bool = True) -> rules.Registered:
    return rules.Registered(uuid4(), "Ruộng sau nhà", outline, is_visible)


def moved(share: float) -> Polygon:
    """The same square pushed east by a share of its side: it then shares 1 − share with the first."""
    west, _, east, _ = FIELD.bounds
    return affinity.translate(FIELD, xoff=(east - west) * share)


def test_a_good_outline_comes_back_with_its_size() -> None:
    found, size = rules.accept_outline(outline_of_geojson(square()), AREA)
    assert found.equals(FIELD)
    assert size.area_m2 == pytest.approx(10_000, rel=2e-3)


def test_far_away_is_refused_with_the_distance() -> None:
    """One degree of latitude is 110.6 km here (c)."""
    away = {"type": "Polygon", "coordinates": [square_ring(lat=10.43)]}
    with pytest.raises(rules.OutsideServiceArea) as refused:
        rules.accept_outline(outline_of_geojson(away), AREA)
    assert refused.value.params == {"away_km": 111, "radius_km": 40}


def test_the_edge_of_the_area_is_inside() -> None:
    near = {"type": "Polygon", "coordinates": [square_ring(lat=9.43 + 39.5 / 110.6)]}
    assert rules.accept_outline(outline_of_geojson(near), AREA)


def test_latitude_first_is_named_where_the_longitude_is_no_latitude() -> None:
    swapped = {"type": "Polygon", "coordinates": [[position[::-1] for position in square_ring()]]}
    with pytest.raises(rules.SwappedCoordinates):
        rules.accept_outline(outline_of_geojson(swapped), AREA)


def test_latitude_first_is_named_where_both_are_possible() -> None:
    """A cooperative at 30° east, 9° north: swapped coordinates are a place, only the wrong one."""
    elsewhere = rules.ServiceArea(30.0, 9.43, 40.0)
    ring = [position[::-1] for position in square_ring(lon=30.0)]
    with pytest.raises(rules.SwappedCoordinates):
        rules.accept_outline(outline_of_geojson({"type": "Polygon", "coordinates": [ring]}), elsewhere)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.05, 0.95), (0.5, 0.5), (1.5, 0.0)])
def test_the_shared_part_is_what_geometry_says(share: float, expected: float) -> None:
    assert rules.shared_part(FIELD, moved(share)) == pytest.approx(expected, abs=1e-6)


def test_the_shared_part_is_measured_against_the_larger_field() -> None:
    half = affinity.scale(FIELD, xfact=0.5)
    assert rules.shared_part(FIELD, half) == pytest.approx(0.5, abs=1e-6)
    assert rules.shared_part(half, FIELD) == pytest.approx(0.5, abs=1e-6)


def test_ninety_percent_in_common_is_the_same_land() -> None:
    with pytest.raises(rules.DuplicateField) as refused:
        rules.ensure_new_land(FIELD, [registered(moved(0.8)), registered(moved(0.05))])
    assert refused.value.params["percent"] == 95
    assert "95 % of the outline" in translate(refused.value.detail, "en", refused.value.params)
    rules.ensure_new_land(FIELD, [registered(moved(0.11))])
    rules.ensure_new_land(FIELD, [])


def test_a_plot_inside_a_large_field_is_not_that_field() -> None:
    rules.ensure_new_land(FIELD, [registered(affinity.scale(FIELD, 3, 3))])


def test_whose_land_it_is_stays_hidden() -> None:
    with pytest.raises(rules.LandTaken) as refused:
        rules.ensure_new_land(FIELD, [registered(FIELD, is_visible=False)])
    assert refused.value.params == {}


def all_below(cls: type[EngineError]) -> list[type[EngineError]]:
    return [found for child in cls.__subclasses__() for found in (child, *all_below(child))]


def test_every_fault_of_an_outline_has_its_own_words() -> None:
    faults = [
        *all_below(validate.OutlineProblem),
        engine_outline.NotAnArea,
        engine_outline.UnreadableCoordinates,
        rows.PropertiesTooLarge,
    ]
    params = {"vertices": 1, "limit": 1, "lon": 1, "lat": 1, "area_m2": 1, "limit_m2": 1}
    answers = [rules.answer_to(fault(**params)) for fault in faults]
    assert len({answer.code for answer in answers}) == len(faults)
    for answer in answers:
        assert type(answer) is not rules.OutlineRefused
        assert translate(answer.detail, "en", answer.params)


def test_every_fault_of_a_file_has_its_own_words() -> None:
    codes = {fault.code for fault in all_below(rows.FileProblem)}
    assert codes == set(imports._ANSWERS)
    assert len({answer.code for answer in imports._ANSWERS.values()}) == len(codes)
