"""A catalogue file is taken whole or refused with the figure that is wrong."""

import copy
import json
from importlib import resources
from typing import Any

import pytest

from drone_service.engine.coverage.aircraft import AircraftRefused, parse_aircraft
from drone_service.engine.operation import Service
from drone_service.fleet.catalogue import load_catalogue

MODELS = {"t20p", "t25", "t30", "t40", "t50", "t70p", "t100"}


@pytest.fixture
def document() -> dict[str, Any]:
    text = (resources.files("drone_service.fleet") / "models" / "dji-agras-t40.json").read_text(encoding="utf-8")
    return copy.deepcopy(json.loads(text))


def test_the_catalogue_holds_every_model() -> None:
    assert set(load_catalogue()) == {f"dji-agras-{name}" for name in MODELS} | {"xag-p100-pro"}


def test_the_makers_figures_of_the_t40(document: dict[str, Any]) -> None:
    spec = parse_aircraft(document)
    assert spec.hover_points_kg_min == ((50, 18), (90, 7), (101, 6))
    assert spec.load_limit(Service.SPRAY) == 40
    # 70 L of seed at 0.6 kg/L weigh 42 kg; 50 kg of fertiliser fit into 70 L at 0.9 kg/L.
    assert spec.load_limit(Service.SOW) == pytest.approx(42)
    assert spec.load_limit(Service.SPREAD) == 50
    assert spec.origins["battery_wh"] == "m"


def test_a_missing_figure_is_refused(document: dict[str, Any]) -> None:
    del document["figures"]["tank_l"]
    with pytest.raises(AircraftRefused, match="tank_l"):
        parse_aircraft(document)


def test_an_unknown_figure_is_refused(document: dict[str, Any]) -> None:
    document["figures"]["tank_litres"] = {"value": 40, "origin": "m"}
    with pytest.raises(AircraftRefused, match="tank_litres"):
        parse_aircraft(document)


@pytest.mark.parametrize(
    "figure",
    [
        {"value": 40},
        {"value": 40, "origin": "hearsay"},
        {"value": 0, "origin": "m"},
        {"value": True, "origin": "m"},
        {"value": float("nan"), "origin": "m"},
        {"value": "40", "origin": "m"},
        40,
    ],
)
def test_a_figure_needs_a_number_and_an_origin(document: dict[str, Any], figure: object) -> None:
    document["figures"]["tank_l"] = figure
    with pytest.raises(AircraftRefused, match="tank_l"):
        parse_aircraft(document)


@pytest.mark.parametrize(
    "points", [[], [[50, 18, 1]], [[90, 7], [50, 18]], [[50, 7], [90, 18]], [[50, -1]], [[50, float("inf")]]]
)
def test_hover_times_fall_as_mass_grows(document: dict[str, Any], points: object) -> None:
    document["figures"]["hover_points_kg_min"] = {"value": points, "origin": "m"}
    with pytest.raises(AircraftRefused, match="hover"):
        parse_aircraft(document)


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_takeoff_spray_kg", 50), ("swath_m", 12), ("speed_m_s", 11), ("battery_reserve", 1)],
)
def test_figures_that_cannot_be_together_are_refused(document: dict[str, Any], name: str, value: float) -> None:
    document["figures"][name] = {"value": value, "origin": "m"}
    with pytest.raises(AircraftRefused):
        parse_aircraft(document)


@pytest.mark.parametrize("wrong", [None, [], {"slug": "x"}])
def test_something_else_is_refused(wrong: object) -> None:
    with pytest.raises(AircraftRefused):
        parse_aircraft(wrong)
