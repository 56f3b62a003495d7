"""Estimates of registered fields over HTTP and by the service."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from shapely import affinity
from shapely.geometry import shape
from sqlmodel import Session

from drone_service.engine.coverage import on_map
from drone_service.engine.coverage.settings import Wishes
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.operation import Service
from drone_service.farms.models import Field
from drone_service.fleet.rules import UnknownModel
from drone_service.planning import making, rules, service
from drone_service.planning.schemas import Estimate, ProductDose
from tests.conftest import Client
from tests.farms.factories import make_field, square
from tests.people import People

Clients = Callable[..., Client]
FIELD = shape(square(side_m=200))


@pytest.fixture
def field(session: Session, people: People, now: datetime) -> Field:
    return make_field(session, people.farmer, now)


def ask(client: Clients, who: object, field: Field, **changes: object) -> Any:
    body = {"field_id": str(field.id), "rate_per_ha": 20, **changes}
    return client(who).post("/api/v1/estimates", json=body)


def estimate(**changes: Any) -> Estimate:
    wanted: dict[str, Any] = {"aircraft_model": "dji-agras-t40", "service": Service.SPRAY, "rate_per_ha": 20.0}
    products = changes.pop("products", ())
    return service.plan_field(making.Flight(FIELD, **(wanted | changes)), products)


def strip_estimate(width_m: float) -> Estimate:
    """Plan a field 200 m long."""
    strip = affinity.scale(FIELD, yfact=width_m / 200)
    return service.plan_field(making.Flight(strip, "dji-agras-t40", Service.SPRAY, 20.0))


def test_an_estimate_is_stored_and_shown_again(client: Clients, people: People, field: Field) -> None:
    answer = ask(client, people.farmer, field)
    assert answer.status_code == 201
    told = answer.json()["estimate"]
    assert told["area_m2"] == pytest.approx(field.area_m2)
    assert told["total_s_p10"] < told["total_s"] < told["total_s_p90"]
    again = client(people.farmer).get(answer.headers["location"])
    assert again.json() == answer.json()


def test_wishes_reach_the_planner(client: Clients, people: People, session: Session, now: datetime) -> None:
    field = make_field(session, people.farmer, now, side_m=106)  # no whole number of strips
    plain = ask(client, people.farmer, field).json()["estimate"]
    strict = ask(client, people.farmer, field, overspray=False).json()["estimate"]
    assert plain["outside_m2"] > 0.01 > strict["outside_m2"]
    banked = ask(client, people.farmer, field, headland=True).json()["estimate"]
    assert banked["flight_s"] > plain["flight_s"]


def test_half_a_wind_is_refused_once(client: Clients, people: People, field: Field) -> None:
    answer = ask(client, people.farmer, field, wind_from_deg=90)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/body"]


def test_only_those_who_see_the_field_see_its_plan(client: Clients, people: People, field: Field) -> None:
    address = ask(client, people.operator, field).headers["location"]
    assert client(people.farmer).get(address).status_code == 200
    assert client().get(address).status_code == 401
    for who in (people.neighbour, people.outsider):
        assert client(who).get(address).status_code == 404
        assert ask(client, who, field).status_code == 404
    assert client(people.farmer).get(f"/api/v1/flight-plans/{uuid4()}").status_code == 404


def test_the_aircraft_is_the_one_named_or_the_first_in_service(client: Clients, people: People, field: Field) -> None:
    assert ask(client, people.farmer, field).json()["estimate"]["aircraft_model"] == "dji-agras-t40"
    added = client(people.owner).post("/api/v1/aircraft", json={"model": "dji-agras-t20p", "name": "Small"}).json()
    by_default = ask(client, people.farmer, field).json()["estimate"]
    by_id = ask(client, people.farmer, field, aircraft_id=added["id"]).json()["estimate"]
    assert by_default["aircraft_model"] == by_id["aircraft_model"] == "dji-agras-t20p"
    by_model = ask(client, people.farmer, field, aircraft_model="dji-agras-t50").json()["estimate"]
    assert by_model["aircraft_model"] == "dji-agras-t50"
    assert ask(client, people.farmer, field, aircraft_id=str(uuid4())).status_code == 404


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"aircraft_model": "paper-plane"}, "fleet.unknown_model"),
        ({"rate_per_ha": 900}, "planning.rate"),
        ({"speed_m_s": 19}, "planning.speed"),
        ({"swath_m": 25}, "planning.swath"),
        ({"height_m": 0.1}, "planning.height"),
        ({"refill": [0, 0]}, "planning.out_of_range"),
        ({"refills": [[105.72, 9.43], [105.9, 9.43]]}, "planning.out_of_range"),
        ({"products": [{"dose_per_ha": 30, "unit": "L"}]}, "planning.mix"),
        ({"products": [{"dose_per_ha": 0.001, "unit": "mL"}]}, "planning.dose_too_small"),
        (
            {"service": "sow", "rate_per_ha": 100, "products": [{"name": "Seed", "dose_per_ha": 250, "unit": "kg"}]},
            "planning.hopper",
        ),
        (
            {"products": [{"name": name, "dose_per_ha": 1, "unit": "L"} for name in ("Oil", "oil")]},
            "products.twice",
        ),
    ],
)
def test_what_cannot_be_flown_is_refused(
    client: Clients, people: People, field: Field, changes: dict[str, object], code: str
) -> None:
    answer = ask(client, people.farmer, field, **changes)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{code}")
    assert "%(" not in answer.json()["detail"]


def test_the_loads_add_up_and_go_in_by_wales() -> None:
    # 4 ha at 20 L/ha are 80 L, at 500 mL/ha 2,000 mL, at 0.3 kg/ha 1.2 kg: at least two loads of a 40 L tank.
    doses = [
        ProductDose(name="Emulsion", dose_per_ha=500, unit="mL", formulation="EC"),
        ProductDose(name="Powder", dose_per_ha=0.3, unit="kg", formulation="WP"),
    ]
    told = estimate(products=doses)
    assert len(told.loads) >= 2
    assert round(sum(load.quantity for load in told.loads), 6) == told.quantity == pytest.approx(80, abs=0.3)
    assert [(part.name, part.amount) for part in told.totals] == [
        ("Emulsion", pytest.approx(2_000, abs=8)),
        ("Powder", pytest.approx(1.2, abs=0.005)),
    ]
    for index, part in enumerate(told.totals):
        in_loads = sum(load.products[1 - index].amount for load in told.loads)
        assert round(in_loads, 6) == part.amount
    assert [part.name for part in told.loads[0].products] == ["Powder", "Emulsion"]
    assert told.loads[0].water_l == pytest.approx(told.loads[0].quantity - told.loads[0].products[1].amount / 1_000)


def test_a_high_rate_warns_that_the_pump_sets_the_speed() -> None:
    told = estimate(rate_per_ha=40.0)
    assert told.speed_m_s == pytest.approx(4.545, abs=0.001)
    assert [warning.code for warning in told.warnings] == ["speed_capped"]
    assert "%(" not in told.warnings[0].text % told.warnings[0].params


def test_a_warning_names_what_holds_the_speed_down() -> None:
    (pumps,) = estimate(rate_per_ha=40.0).warnings
    (spreader,) = estimate(service=Service.SOW, rate_per_ha=1_000.0).warnings
    assert (pumps.code, spreader.code) == ("speed_capped", "speed_capped")
    assert ("the pumps" in pumps.text, "the spreader" in spreader.text) == (True, True)


def test_wind_in_which_nobody_sprays_is_warned_of() -> None:
    assert estimate(wind=Wind(90.0, 4.0)).warnings == []
    (warning,) = estimate(wind=Wind(90.0, 5.0)).warnings
    assert (warning.code, warning.params) == ("wind_caution", {"wind_m_s": 5.0, "most_m_s": 4.4})


def test_a_field_much_narrower_than_the_strips_is_warned_of() -> None:
    """Four metres wide: as much is sprayed outside as inside."""
    (warning,) = strip_estimate(4.0).warnings
    assert (warning.code, warning.params["swath_m"]) == ("much_outside", 7.7)
    assert warning.params["percent"] > 80
    assert strip_estimate(11.0).warnings == []


def test_what_falls_short_of_the_whole_is_not_told_as_the_whole() -> None:
    told = estimate(wishes=Wishes(min_coverage=1.0))
    assert 0.9995 < told.coverage < 1
    assert (told.warnings[0].code, told.warnings[0].params["percent"]) == ("coverage_short", 99.9)
    assert told.warnings[0].params["left_m2"] >= 1


def test_granules_are_weighed_and_take_no_water() -> None:
    told = estimate(service=Service.SPREAD, rate_per_ha=100.0)
    assert (told.unit, {load.water_l for load in told.loads}) == ("kg", {0.0})


def test_an_unknown_model_has_an_answer_of_its_own() -> None:
    with pytest.raises(UnknownModel):
        estimate(aircraft_model="none")


def test_a_plan_that_fails_the_check_is_never_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fault:
        code, message = "sprayed_outside", "outside"

    making.checked_plan.cache_clear()
    monkeypatch.setattr(on_map, "check", lambda *_: [Fault()])
    with pytest.raises(rules.PlanNotSafe):
        estimate()


def test_every_engine_refusal_has_words() -> None:
    for refused in rules._ANSWERS.values():
        assert refused.detail != rules.PlanRefused.detail


@pytest.mark.parametrize(
    ("first", "asked", "code"),
    [
        ({"not_with_groups": ["herbicide"]}, {}, "products.incompatible"),
        ({"least_water_l_per_ha": 25}, {}, "products.too_little_water"),
        ({}, {"dose_per_ha": 501}, "products.dose_out_of_range"),
        ({}, {"dose_per_ha": 0.501, "unit": "L"}, "products.dose_out_of_range"),
        ({}, {"unit": "g"}, "products.unit_mismatch"),
        # Seed in a tank would be poured in and stirred "until the milk is even".
        ({"group": "seed", "formulation": "SEED"}, {}, "products.not_for_service"),
    ],
)
def test_a_mix_against_a_label_is_refused(
    client: Clients, people: People, field: Field, first: dict[str, Any], asked: dict[str, Any], code: str
) -> None:
    owner = client(people.owner)
    label = {"formulation": "SC", "dose_min_per_ha": 400, "dose_per_ha": 450, "dose_max_per_ha": 500, "unit": "mL"}
    blast = owner.post("/api/v1/products", json={"name": "Blast", "group": "fungicide", **label, **first}).json()
    weed = owner.post("/api/v1/products", json={"name": "Weed", "group": "herbicide", **label}).json()
    mix = [
        {"product_id": blast["id"], "dose_per_ha": 450, "unit": "mL", **asked},
        {"product_id": weed["id"], "dose_per_ha": 450, "unit": "mL"},
    ]
    answer = ask(client, people.operator, field, products=mix)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{code}")
    assert "%(" not in answer.json()["detail"]


def test_a_listed_product_is_mixed_by_its_label(client: Clients, people: People, field: Field) -> None:
    label = {"dose_min_per_ha": 0.4, "dose_per_ha": 0.45, "dose_max_per_ha": 0.5, "unit": "L"}
    owner = client(people.owner)
    made = [
        owner.post("/api/v1/products", json={"name": name, "group": group, "formulation": form, **label}).json()["id"]
        for name, group, form in (("Oil", "adjuvant", "ADJ"), ("Weed", "herbicide", "EC"), ("Blast", "fungicide", "WP"))
    ]
    mix = [{"product_id": product, "dose_per_ha": 450, "unit": "mL"} for product in made]
    told = ask(client, people.operator, field, products=mix).json()["estimate"]
    assert [part["name"] for part in told["loads"][0]["products"]] == ["Blast", "Weed", "Oil"]
    assert [part["name"] for part in told["totals"]] == ["Oil", "Weed", "Blast"]
    assert {part["unit"] for part in told["totals"]} == {"L"}
    steps = [(step["kind"], step["name"]) for step in told["steps"]]
    assert steps == [
        ("half_water", ""), ("powder", "Blast"), ("agitate", ""), ("emulsion", "Weed"), ("surfactant", "Oil"),
        ("top_up", ""),
    ]  # fmt: skip
    assert told["ppe"] == ["gloves", "mask", "goggles", "apron", "boots"]
    assert told["water_l"] == pytest.approx(told["quantity"] - sum(part["amount"] for part in told["totals"]))
