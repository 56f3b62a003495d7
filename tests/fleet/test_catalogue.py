"""Catalogue files: the maker's figures with their origins, and files that are refused."""

import copy
import json
from importlib import resources
from typing import Any

import pytest

from drone_service.engine.coverage.aircraft import ORIGINS, AircraftRefused, parse_aircraft
from drone_service.engine.operation import Service
from drone_service.fleet.catalogue import DEFAULT_MODEL, find_model, load_catalogue

MODELS = {
    "dji-agras-t20p", "dji-agras-t25", "dji-agras-t30", "dji-agras-t40", "dji-agras-t50", "dji-agras-t70p",
    "dji-agras-t100", "xag-p100-pro",
}  # fmt: skip


@pytest.fixture
def document() -> dict[str, Any]:
    path = resources.files("drone_service.fleet") / "models" / f"{DEFAULT_MODEL}.json"
    return copy.deepcopy(json.loads(path.read_text(encoding="utf-8")))


def test_every_model_loads_with_an_origin_for_each_figure() -> None:
    catalogue = load_catalogue()
    assert set(catalogue) == MODELS
    assert all(set(spec.origins.values()) <= ORIGINS for spec in catalogue.values())


def test_the_t40_has_the_makers_figures() -> None:
    spec = load_catalogue()[DEFAULT_MODEL]
    assert (spec.tank_l, spec.pump_l_min, spec.swath_m, spec.max_wind_m_s) == (40, 12, 11, 6)
    assert spec.hover_points_kg_min == ((50, 18), (90, 7), (101, 6))
    # 90 kg at take-off less 50 kg empty carry 40 kg of mix; 50 kg of granules are lighter than 101 − 50.
    assert [spec.load_limit(service) for service in Service] == [40, 50, 42]
    assert spec.origins["tank_l"] == "m"


def test_an_unknown_slug_is_nothing() -> None:
    assert find_model("no-such-thing") is None


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("tank_l", {"value": 0, "origin": "m"}),
        ("tank_l", {"value": "40", "origin": "m"}),
        ("tank_l", {"value": True, "origin": "m"}),
        ("tank_l", {"value": float("nan"), "origin": "m"}),
        ("tank_l", {"value": 40, "origin": "a friend"}),
        ("tank_l", {"value": 40}),
        ("tank_l", 40),
        ("swath_m", {"value": 30, "origin": "m"}),
        ("speed_m_s", {"value": 11, "origin": "m"}),
        ("battery_reserve", {"value": 1.0, "origin": "m"}),
        ("max_takeoff_spray_kg", {"value": 50, "origin": "m"}),
        ("hover_points_kg_min", {"value": [[50, 18], [90, 19]], "origin": "m"}),
        ("hover_points_kg_min", {"value": [], "origin": "m"}),
        ("hover_points_kg_min", {"value": [[-5, 18]], "origin": "m"}),
    ],
)
def test_an_impossible_figure_is_refused(document: dict[str, Any], figure: str, value: object) -> None:
    document["figures"][figure] = value
    with pytest.raises(AircraftRefused):
        parse_aircraft(document)


def test_missing_and_unknown_keys_are_refused(document: dict[str, Any]) -> None:
    without = copy.deepcopy(document)
    del without["figures"]["pump_l_min"]
    document["figures"]["wings"] = {"value": 2, "origin": "k"}
    for wrong in (without, document, {**without, "colour": "red"}, {**without, "figures": []}, []):
        with pytest.raises(AircraftRefused):
            parse_aircraft(wrong)
