"""The plan of a job is stored with it, and every number of the job is a number of that plan."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pyogrio
import shapely
from lxml import html
from shapely.geometry import shape
from sqlmodel import Session

from drone_service.booking.models import JobFlight
from drone_service.farms.models import Field
from drone_service.planning import making
from drone_service.planning.models import FlightPlan
from tests.booking.test_jobs import ask, wanted
from tests.conftest import Client
from tests.farms.factories import make_zone
from tests.people import People
from tests.scheduling.rows import Farm

Clients = Callable[..., Client]


def plan_of(client: Client, job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/flight-plans/{job['flight_plan_id']}").json()["estimate"]
    return found


def test_all_numbers_of_a_job_are_those_of_its_stored_plan(client: Clients, people: People, farm: Farm) -> None:
    farmer, operator = client(people.farmer), client(people.operator)
    job = ask(farmer, farm).json()
    plan, quote = plan_of(farmer, job), job["quote"]
    assert (quote["total_quantity"], quote["loads"]) == (plan["quantity"], len(plan["loads"]))
    assert (quote["battery_swaps"], quote["phases"]) == (plan["battery_swaps"], plan["phases"])
    assert [one["total"] for one in quote["products"]] == [one["amount"] for one in plan["totals"]]
    assert job["service_s"] == round(plan["total_s_p50"])
    assert (quote["service_s_p10"], quote["service_s_p90"]) == (plan["total_s_p10"], plan["total_s_p90"])
    assert sum(plan["phases"].values()) == plan["total_s"]
    sheet = operator.get(f"/api/v1/jobs/{job['id']}/sheet").json()
    assert (sheet["mix"]["loads"], sheet["mix"]["steps"]) == (plan["loads"], plan["steps"])


def test_what_changes_later_does_not_reach_a_booked_flight(
    client: Clients, people: People, farm: Farm, session: Session, now: datetime
) -> None:
    farmer, operator = client(people.farmer), client(people.operator)
    job = ask(farmer, farm).json()
    address = f"/api/v1/jobs/{job['id']}/flight-plan/export?format=geojson"
    before = operator.get(address).json()
    make_zone(session, people.farmer, farm.field, now, kind="house")
    field = session.get(Field, (farm.field.cooperative_id, farm.field.id))
    assert field is not None
    field.outline = field.outline.buffer(-5e-5)
    session.flush()
    making.checked_plan.cache_clear()
    assert operator.get(address).json() == before
    assert making.checked_plan.cache_info().misses == 0
    assert shape(before["features"][0]["geometry"]).area > field.outline.area


def test_a_request_that_is_changed_gets_a_plan_of_its_own(
    client: Clients, people: People, farm: Farm, session: Session
) -> None:
    farmer = client(people.farmer)
    job = ask(farmer, farm).json()
    edited = farmer.put(
        f"/api/v1/jobs/{job['id']}", json=wanted(farm, rate_per_ha=40), headers={"if-match": '"1"'}
    ).json()
    assert edited["flight_plan_id"] != job["flight_plan_id"]
    assert (plan_of(farmer, job)["rate_per_ha"], plan_of(farmer, edited)["rate_per_ha"]) == (20, 40)
    link = session.get(JobFlight, (people.cooperative.id, UUID(job["id"])))
    assert link is not None
    assert str(link.flight_plan_id) == edited["flight_plan_id"]
    assert session.get(FlightPlan, (people.cooperative.id, UUID(job["flight_plan_id"]))) is not None


def test_a_job_from_before_plans_were_kept_still_has_a_flight(client: Clients, people: People, farm: Farm) -> None:
    job = farm.job()
    operator = client(people.operator)
    assert operator.get(f"/api/v1/jobs/{job.id}").json()["flight_plan_id"] is None
    assert operator.get(f"/api/v1/jobs/{job.id}/flight-plan/export?format=kml").status_code == 200


def test_strangers_do_not_see_the_plan(client: Clients, people: People, farm: Farm) -> None:
    job = ask(client(people.farmer), farm).json()
    for who in (people.neighbour, people.outsider):
        assert client(who).get(f"/api/v1/flight-plans/{job['flight_plan_id']}").status_code == 404


def test_zones_of_a_booked_flight_are_drawn_written_and_not_billed(
    client: Clients, people: People, farm: Farm, session: Session, now: datetime, tmp_path: Path
) -> None:
    house = make_zone(session, people.farmer, farm.field, now, kind="house")
    farmer, operator = client(people.farmer), client(people.operator)
    job = ask(farmer, farm).json()
    (kept,) = plan_of(farmer, job)["kept_clear"]
    assert (kept["zone_id"], kept["kind"]) == (str(house.id), "house")
    buffer = shape(kept["buffer"])
    assert buffer.covers(house.geometry)
    quote = job["quote"]
    assert quote["lost_m2"] > 1
    assert quote["area_m2"] == job["area_m2"] == quote["field_m2"] - quote["lost_m2"]
    path = tmp_path / "flight.geojson"
    path.write_bytes(operator.get(f"/api/v1/jobs/{job['id']}/flight-plan/export?format=geojson").content)
    meta, _, wkb, values = pyogrio.raw.read(path)
    kinds = list(values[list(meta["fields"]).index("kind")])
    drawn = dict(zip(kinds, shapely.from_wkb(wkb), strict=True))
    assert drawn["buffer"].equals_exact(buffer, 1e-9)
    assert drawn["field"].intersection(buffer).area < drawn["field"].area * 1e-4
    for path_of_page in (f"/work/{job['id']}", f"/fields/{farm.field.id}"):
        page = html.fromstring(operator.get(path_of_page).text)
        data = json.loads(page.xpath("//*[@data-flight]/@data-flight")[0])
        assert shape(data["buffers"][0]).equals_exact(buffer, 1e-6)
        assert page.xpath("//*[local-name()='svg']//*[local-name()='path' and @class='buffers']")
        assert page.xpath("//*[@data-flight-layer='buffers']")
    lost = f"{round(quote['lost_m2']):,}"
    assert lost in farmer.get(f"/jobs/{job['id']}", headers={"cookie": "lang=en"}).text
