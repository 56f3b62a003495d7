"""Zones over HTTP: who adds, sees and changes them, what is refused, and what they take from flights and bills."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from drone_service.engine.coverage.zones import ZoneKind
from drone_service.farms import zoning
from drone_service.farms.models import Field, Zone
from drone_service.kit.db import Database
from drone_service.kit.i18n import LANGUAGES, translate
from tests.conftest import NOW, Client
from tests.farms.factories import make_field, make_zone, place, square
from tests.people import People, make_cooperative

Clients = Callable[..., Client]
POLE = {"kind": "pole", "geometry": {"type": "Point", "coordinates": place(50, 50)}}


@pytest.fixture
def field(session: Session, people: People, now: datetime) -> Field:
    return make_field(session, people.farmer, now)


def add(clients: Clients, who: object, field: Field, **changes: object) -> Any:
    return clients(who).post(f"/api/v1/fields/{field.id}/zones", json={**POLE, **changes})


def code_of(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


def line(*places: tuple[float, float]) -> dict[str, object]:
    return {"type": "LineString", "coordinates": [place(*at) for at in places]}


def test_a_farmer_adds_what_stands_in_the_field(client: Clients, people: People, field: Field) -> None:
    answer = add(client, people.farmer, field, note="cột điện giữa ruộng")
    assert answer.status_code == 201
    told = answer.json()
    assert (told["kind"], told["buffer_m"], told["downwind_m"], told["may_overfly"]) == ("pole", 3, 3, False)
    assert (told["own_buffer_m"], told["own_may_overfly"], told["archived"]) == (None, None, False)
    assert client(people.farmer).get(answer.headers["location"]).json() == told
    for who in (people.farmer, people.operator):
        assert client(who).get(f"/api/v1/fields/{field.id}/zones").json() == [told]
        assert client(who).get("/api/v1/zones").json()["items"] == [told]


def test_who_may_not_see_the_field_may_not_ask_about_its_zones(client: Clients, people: People, field: Field) -> None:
    zone = add(client, people.farmer, field).json()["id"]
    for who in (people.neighbour, people.outsider):
        assert add(client, who, field).status_code == 404
        assert client(who).get(f"/api/v1/fields/{field.id}/zones").status_code == 404
        assert client(who).get(f"/api/v1/zones/{zone}").status_code == 404
        assert client(who).delete(f"/api/v1/zones/{zone}").status_code == 404
        assert client(who).get("/api/v1/zones").json()["items"] == []


def test_a_neighbour_sees_it_near_their_own_field(
    client: Clients, session: Session, people: People, field: Field, now: datetime
) -> None:
    beside = make_field(session, people.neighbour, now, east_m=150)
    zone = add(client, people.farmer, field).json()["id"]
    assert [one["id"] for one in client(people.neighbour).get(f"/api/v1/fields/{beside.id}/zones").json()] == [zone]
    far = make_field(session, people.neighbour, now, east_m=2_000)
    assert client(people.neighbour).get(f"/api/v1/fields/{far.id}/zones").json() == []


def test_only_staff_set_a_distance_of_its_own(client: Clients, people: People, field: Field) -> None:
    for changes in ({"buffer_m": 1}, {"may_overfly": True}):
        assert add(client, people.farmer, field, **changes).status_code == 403
    told = add(client, people.operator, field, buffer_m=1.5, may_overfly=True).json()
    assert (told["buffer_m"], told["own_buffer_m"], told["may_overfly"]) == (1.5, 1.5, True)
    mine = add(client, people.farmer, field).json()
    address, etag = f"/api/v1/zones/{mine['id']}", {"if-match": '"1"'}
    assert client(people.farmer).patch(address, json={"buffer_m": 0.5}, headers=etag).status_code == 403
    assert client(people.farmer).patch(address, json={"note": "gỗ"}, headers=etag).json()["note"] == "gỗ"
    etag = {"if-match": '"2"'}
    changed = client(people.operator).patch(address, json={"buffer_m": 8, "kind": "tree"}, headers=etag).json()
    assert (changed["kind"], changed["buffer_m"]) == ("tree", 8)
    etag = {"if-match": '"3"'}
    assert client(people.operator).patch(address, json={"buffer_m": None}, headers=etag).json()["buffer_m"] == 3


def test_a_change_names_the_version_it_is_made_on(client: Clients, people: People, field: Field) -> None:
    address = add(client, people.farmer, field).headers["location"]
    assert client(people.operator).patch(address, json={"note": "x"}).status_code == 428
    assert client(people.operator).patch(address, json={"note": "x"}, headers={"if-match": '"1"'}).status_code == 200
    stale = client(people.farmer).patch(address, json={"note": "y"}, headers={"if-match": '"1"'})
    assert (stale.status_code, code_of(stale)) == (412, "precondition_failed")


def test_put_away_and_brought_back(client: Clients, people: People, field: Field) -> None:
    address = add(client, people.farmer, field).headers["location"]
    assert code_of(client(people.farmer).post(f"{address}/restore")) == "farms.zone_not_archived"
    assert client(people.farmer).delete(address).status_code == 204
    assert client(people.farmer).get(f"/api/v1/fields/{field.id}/zones").json() == []
    assert len(client(people.farmer).get("/api/v1/zones?archived=true").json()["items"]) == 1
    refused = client(people.farmer).patch(address, json={"note": "x"}, headers={"if-match": '"2"'})
    assert code_of(refused) == "farms.zone_archived"
    assert client(people.farmer).post(f"{address}/restore").json()["archived"] is False


def test_an_agent_changes_only_what_they_added(client: Clients, people: People, field: Field) -> None:
    theirs = add(client, people.farmer, field).headers["location"]
    assert client(people.agent).get(theirs).status_code == 200
    assert client(people.agent).delete(theirs).status_code == 403
    own = add(client, people.agent, field).headers["location"]
    assert client(people.agent).delete(own).status_code == 204


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "castle"}, "invalid"),
        ({"buffer_m": -1}, "invalid"),
        ({"buffer_m": 501}, "invalid"),
        ({"buffer_m": 0}, "farms.zone"),
        ({"geometry": {"type": "Point", "coordinates": [200, 9]}}, "farms.out_of_range"),
        ({"geometry": {"type": "Point", "coordinates": place(0, 5_000)}}, "farms.zone_too_far"),
        ({"geometry": line((0, 0))}, "farms.line_too_short"),
        ({"geometry": {"type": "LineString", "coordinates": []}}, "farms.unreadable_coordinates"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[1, 1], [2, 2]]]}}, "farms.not_an_area"),
        ({"geometry": {"type": "Circle", "coordinates": [1, 1]}}, "invalid"),
    ],
)
def test_what_cannot_be_a_zone_is_refused(
    client: Clients, people: People, field: Field, changes: dict[str, object], code: str
) -> None:
    answer = add(client, people.operator, field, **changes)
    assert (answer.status_code, code_of(answer)) == (422, code)


def test_a_box_narrows_the_list(client: Clients, people: People, field: Field) -> None:
    add(client, people.farmer, field)
    (west, south), (east, north) = place(40, 40), place(60, 60)
    inside = f"west={west}&south={south}&east={east}&north={north}"
    assert len(client(people.operator).get(f"/api/v1/zones?{inside}").json()["items"]) == 1
    beside = f"west={east}&south={south}&east={east + 1}&north={north}"
    assert client(people.operator).get(f"/api/v1/zones?{beside}").json()["items"] == []


def test_there_is_an_end_to_zones_near_a_field(
    client: Clients, session: Session, people: People, field: Field, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zoning, "MAX_NEAR", 1)
    make_zone(session, people.farmer, field, now)
    answer = add(client, people.farmer, field)
    assert (answer.status_code, code_of(answer)) == (409, "farms.too_many_zones")


def test_every_kind_has_a_name_in_every_language() -> None:
    assert set(zoning.KIND_NAMES) == set(ZoneKind)
    for language in LANGUAGES:
        assert len({translate(name, language) for name in zoning.KIND_NAMES.values()}) == len(ZoneKind)


# What they take from flights and bills.


def estimate(clients: Clients, who: object, field: Field, **changes: object) -> Any:
    body = {"field_id": str(field.id), "rate_per_ha": 20, **changes}
    return clients(who).post("/api/v1/estimates", json=body)


def test_a_flight_keeps_clear_and_says_what_that_takes(client: Clients, people: People, field: Field) -> None:
    whole = estimate(client, people.farmer, field).json()["estimate"]
    assert (whole["area_m2"], whole["field_m2"], whole["lost_m2"], whole["zones"]) == (
        field.area_m2, field.area_m2, 0, [],
    )  # fmt: skip
    zone = add(client, people.operator, field, kind="canal", geometry=line((-9, 110), (120, 110)), buffer_m=20).json()
    told = estimate(client, people.farmer, field).json()["estimate"]
    assert told["lost_m2"] == pytest.approx(1_000, rel=0.01)
    assert told["area_m2"] == pytest.approx(field.area_m2 - told["lost_m2"])
    assert told["quantity"] == pytest.approx(told["area_m2"] * 20 / 10_000, abs=0.05)
    (loss,) = told["zones"]
    assert (loss["zone_id"], loss["kind"], loss["buffer_m"]) == (zone["id"], "canal", 20)
    assert loss["lost_m2"] == pytest.approx(told["lost_m2"], rel=1e-4)
    south = estimate(client, people.farmer, field, wind_from_deg=180, wind_m_s=3).json()["estimate"]
    assert south["lost_m2"] == pytest.approx(3_000, rel=0.01)
    north = estimate(client, people.farmer, field, wind_from_deg=0, wind_m_s=3).json()["estimate"]
    assert north["lost_m2"] == pytest.approx(1_000, rel=0.01)


def test_fields_flown_as_one_keep_clear_too(
    client: Clients, session: Session, people: People, field: Field, now: datetime
) -> None:
    beside = make_field(session, people.farmer, now, east_m=100)
    canal = {"geometry": line((-9, 110), (220, 110)), "kind": "canal", "buffer_m": 20}
    assert add(client, people.operator, field, **canal).status_code == 201
    body = {"field_ids": [str(field.id), str(beside.id)], "rate_per_ha": 20}
    answer = client(people.operator).post("/api/v1/block-estimates", json=body)
    assert answer.status_code == 200
    told = answer.json()
    assert [member["area_m2"] for member in told["members"]] == [pytest.approx(9_000, rel=0.01)] * 2
    assert told["estimate"]["area_m2"] == pytest.approx(18_000, rel=0.01)
    assert told["estimate"]["lost_m2"] == pytest.approx(2_000, rel=0.02)


def test_winds_that_cannot_be_are_refused(client: Clients, people: People, field: Field) -> None:
    strong = estimate(client, people.farmer, field, wind_from_deg=180, wind_m_s=7)
    assert (strong.status_code, code_of(strong)) == (422, "planning.wind")
    assert code_of(estimate(client, people.farmer, field, wind_from_deg=180)) == "invalid"


def test_a_field_that_zones_take_is_refused_by_name(client: Clients, people: People, field: Field) -> None:
    add(client, people.operator, field, kind="beehive")
    answer = estimate(client, people.farmer, field)
    assert (answer.status_code, code_of(answer)) == (422, "planning.zones_leave_nothing")
    assert (answer.json()["kind"], answer.json()["buffer_m"]) == ("beehive", 200)


def test_a_power_line_across_makes_two_sides_with_a_filling_place_each(
    client: Clients, people: People, field: Field
) -> None:
    add(client, people.operator, field, kind="power_line", geometry=line((50, -500), (50, 500)))
    told = estimate(client, people.farmer, field).json()["estimate"]
    assert [warning["code"] for warning in told["warnings"]] == ["several_sides"]
    assert [len(told["sorties"]), len(told["other_refills"])] == [2, 1]
    begun = {tuple(sortie["path"][0][:2]) for sortie in told["sorties"]}
    assert begun == {tuple(told["refill"]), tuple(told["other_refills"][0])}


def test_a_part_that_a_pond_shuts_in_is_refused_by_name(client: Clients, people: People, field: Field) -> None:
    ring = {"type": "Polygon", "coordinates": square(20, 20, 60)["coordinates"] + square(25, 25, 50)["coordinates"]}
    add(client, people.operator, field, kind="aquaculture", geometry=ring, buffer_m=3)
    answer = estimate(client, people.farmer, field)
    assert (answer.status_code, code_of(answer), answer.json()["kind"]) == (
        422, "planning.field_cut_in_two", "aquaculture",
    )  # fmt: skip


def test_a_filling_place_in_the_way_is_refused(client: Clients, people: People, field: Field) -> None:
    add(client, people.operator, field, kind="house", geometry=square(-30, 0, 20), buffer_m=5)
    answer = estimate(client, people.farmer, field, refill=place(-20, 10))
    assert (answer.status_code, code_of(answer)) == (422, "planning.refill_in_zone")


def test_the_owner_sets_the_distance_of_a_kind(client: Clients, people: People, field: Field) -> None:
    add(client, people.farmer, field)
    rules = {"pole": {"buffer_m": 6, "downwind_m": 6, "may_overfly": False}}
    head = {"if-match": '"1"'}
    answer = client(people.owner).patch("/api/v1/cooperative", json={"zone_rules": rules}, headers=head)
    assert answer.json()["zone_rules"] == rules
    assert client(people.farmer).get(f"/api/v1/fields/{field.id}/zones").json()[0]["buffer_m"] == 6
    for wrong in ({"buffer_m": 0}, {"buffer_m": 501}, {"downwind_m": 5}, {"may_overfly": None}):
        body = {"zone_rules": {"pole": {**rules["pole"], **wrong}}}
        head = {"if-match": answer.headers["etag"]}
        assert client(people.owner).patch("/api/v1/cooperative", json=body, headers=head).status_code == 422


# What the database itself forbids.


def stored(session: Session, cooperative_id: UUID, added_by: UUID, **changes: object) -> None:
    lon, lat = place(0, 0)
    values: dict[str, object] = {
        "cooperative_id": cooperative_id, "id": uuid4(), "created_at": NOW, "version": 1, "added_by": added_by,
        "kind": ZoneKind.POLE, "geometry": zoning.accept_thing(POLE["geometry"]), "west": lon, "east": lon,
        "south": lat, "north": lat, "note": "",
    }  # fmt: skip
    session.execute(sa.insert(Zone).values(values | changes))


@pytest.mark.parametrize("changes", [{"buffer_m": -1}, {"buffer_m": 501}, {"north": -90}])
def test_the_database_refuses_odd_zones(session: Session, people: People, changes: dict[str, object]) -> None:
    who = people.farmer.actor
    stored(session, who.cooperative_id, who.person_id)
    with pytest.raises(IntegrityError), session.begin_nested():
        stored(session, who.cooperative_id, who.person_id, **changes)


def test_a_zone_cannot_point_into_another_tenant(session: Session, people: People) -> None:
    with pytest.raises(IntegrityError), session.begin_nested():
        stored(session, people.elsewhere.id, people.farmer.id)


def test_an_unknown_kind_is_not_stored(fresh_database: Database) -> None:
    with fresh_database.transaction() as session:
        cooperative_id = make_cooperative(session, "here", "here", NOW).id
    statement = sa.text(
        "INSERT INTO zones (cooperative_id, id, created_at, version, added_by, kind, geometry, west, south, east,"
        " north, note) VALUES (:here, :here, :now, 1, :here, 'castle', :shape, 0, 0, 0, 0, '')"
    ).bindparams(
        sa.bindparam("here", cooperative_id, sa.Uuid()),
        sa.bindparam("now", NOW, sa.DateTime(timezone=True)),
        sa.bindparam("shape", b"", sa.LargeBinary),
    )
    with pytest.raises(IntegrityError), fresh_database.transaction() as session:
        session.execute(statement.execution_options(across_tenants=True))
