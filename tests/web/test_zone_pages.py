"""Pages of what a field keeps clear of, without a script: adding, changing, putting away, and what it costs."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.engine.coverage.zones import ZoneKind
from drone_service.farms import queries
from drone_service.farms.models import Field
from drone_service.kit.clock import local_day
from drone_service.web.corners import thing_of_text
from drone_service.web.zones import SHAPES
from tests.conftest import Client
from tests.farms.factories import make_field, make_zone, place
from tests.people import People
from tests.scheduling.rows import make_farm

Clients = Callable[..., Client]


@pytest.fixture
def field(session: Session, people: People, now: datetime) -> Field:
    return make_field(session, people.farmer, now)


def typed(*places: tuple[float, float]) -> str:
    return "\n".join("{1}, {0}".format(*place(*at)) for at in places)


def test_one_two_or_more_places() -> None:
    assert thing_of_text("9.1, 105.1", is_line=False) == {"type": "Point", "coordinates": (105.1, 9.1)}
    two = {"type": "LineString", "coordinates": [(105.1, 9.1), (105.1, 9.2)]}
    assert thing_of_text("9.1, 105.1\n9.2, 105.1", is_line=False) == two
    three = "9.1, 105.1\n9.2, 105.1\n9.2, 105.2"
    assert isinstance(area := thing_of_text(three, is_line=False), dict)
    assert isinstance(line := thing_of_text(three, is_line=True), dict)
    assert (area["type"], line["type"]) == ("Polygon", "LineString")
    assert thing_of_text("somewhere", is_line=True) == "somewhere"
    assert set(SHAPES) == set(ZoneKind)


def test_a_farmer_adds_a_pole_and_takes_it_back(
    client: Clients, session: Session, people: People, field: Field
) -> None:
    farmer = client(people.farmer)
    html = farmer.get(f"/fields/{field.id}/zones/new").text
    assert all(f'value="{kind}"' in html and f"icons.svg#{kind}" in html for kind in ZoneKind)
    assert 'name="buffer_m"' not in html
    answer = farmer.post(
        f"/fields/{field.id}/zones/new", data={"kind": "pole", "geometry": typed((50, 50)), "note": "cột nghiêng"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"/fields/{field.id}")
    (zone,) = queries.zones_near(session, field.cooperative_id, field.outline)
    html = farmer.get(f"/fields/{field.id}").text
    assert "cột nghiêng" in html
    assert "mất 29 m²" in html
    assert f"/fields/{field.id}/zones/{zone.id}" in html
    assert farmer.post(f"/fields/{field.id}/zones/{zone.id}/archive").status_code == 303
    assert "cột nghiêng" not in farmer.get(f"/fields/{field.id}").text
    assert farmer.post(f"/fields/{field.id}/zones/{zone.id}/restore").status_code == 303
    assert "cột nghiêng" in farmer.get(f"/fields/{field.id}").text


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "pole", "geometry": ""},
        {"kind": "", "geometry": typed((50, 50))},
        {"kind": "pole", "geometry": typed((50, 5_000))},
        {"kind": "canal", "geometry": "somewhere"},
    ],
)
def test_what_is_missing_or_wrong_is_said_and_kept(
    client: Clients, people: People, field: Field, data: dict[str, str]
) -> None:
    answer = client(people.farmer).post(f"/fields/{field.id}/zones/new", data={**data, "note": "my note"})
    assert answer.status_code == 422
    assert "my note" in answer.text


def test_staff_set_the_distance(client: Clients, session: Session, people: People, field: Field, now: datetime) -> None:
    zone = make_zone(session, people.farmer, field, now, kind="house")
    address = f"/fields/{field.id}/zones/{zone.id}"
    staff = client(people.operator)
    assert 'name="buffer_m"' in staff.get(address).text
    assert 'name="buffer_m"' not in client(people.farmer).get(address).text
    data = {"kind": "house", "note": "", "buffer_m": "8,5", "may_overfly": "", "version": "1"}
    assert staff.post(address, data=data).status_code == 303
    assert "cách 8,5 m" in staff.get(f"/fields/{field.id}").text
    stale = staff.post(address, data={**data, "buffer_m": "2"})
    assert stale.status_code == 412
    assert client(people.neighbour).get(address).status_code == 404


def test_a_field_of_which_nothing_is_left_says_so(
    client: Clients, session: Session, people: People, field: Field, now: datetime
) -> None:
    make_zone(session, people.farmer, field, now, kind="beehive")
    assert "Tổ ong" in (html := client(people.farmer).get(f"/fields/{field.id}").text)
    assert "chiếm hết ruộng" in html


def test_the_owner_sets_the_distances_of_all_kinds(client: Clients, session: Session, people: People) -> None:
    owner = client(people.owner)
    html = owner.get("/settings/zones").text
    assert 'name="house.buffer_m"' in html
    data = {"version": "1"}
    for kind in ZoneKind:
        data |= {f"{kind}.buffer_m": "7", f"{kind}.downwind_m": "9", f"{kind}.may_overfly": "false"}
    assert owner.post("/settings/zones", data={**data, "house.downwind_m": "3"}).status_code == 422
    assert owner.post("/settings/zones", data=data).status_code == 303
    rules = access_queries.get_cooperative(session, people.cooperative.id).zone_rules
    assert {(rule.buffer_m, rule.downwind_m, rule.may_overfly) for rule in rules.values()} == {(7, 9, False)}
    assert client(people.operator).get("/settings/zones").status_code == 403


def test_the_quote_bills_what_is_left_and_says_why(
    client: Clients, session: Session, people: People, now: datetime
) -> None:
    make_farm(session, people)
    field = make_field(session, people.farmer, now)
    day = local_day(now) + timedelta(days=1)
    body = {"field_id": str(field.id), "allowed_from": day.isoformat(), "allowed_until": day.isoformat()}
    whole = client(people.farmer).post("/api/v1/quotes", json=body).json()["quote"]
    assert (whole["area_m2"], whole["lost_m2"], whole["zones"]) == (field.area_m2, 0, [])
    geometry = {"type": "LineString", "coordinates": [place(-9, 110), place(120, 110)]}
    zone = {"kind": "canal", "geometry": geometry, "buffer_m": 20}
    assert client(people.operator).post(f"/api/v1/fields/{field.id}/zones", json=zone).status_code == 201
    left = client(people.farmer).post("/api/v1/quotes", json=body).json()["quote"]
    assert left["field_m2"] == field.area_m2
    assert left["lost_m2"] == pytest.approx(1_000, rel=0.01)
    assert left["area_m2"] == pytest.approx(field.area_m2 - left["lost_m2"])
    assert left["total_vnd"] == pytest.approx(whole["total_vnd"] * left["area_m2"] / field.area_m2, abs=1_000)
    assert left["total_quantity"] == pytest.approx(left["area_m2"] * 20 / 10_000, abs=0.1)
    assert [one["kind"] for one in left["zones"]] == ["canal"]
    job = client(people.farmer).post("/api/v1/jobs", json=body).json()
    assert job["area_m2"] == left["area_m2"]
    html = client(people.farmer).get(f"/jobs/{job['id']}").text
    assert "không phun, không tính tiền" in html
    assert "Kênh" in html
