"""The pages of fields, without a script: list, new, edit, outline, put away and back, import."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from math import cos, pi, sin
from pathlib import Path

import pytest
from sqlmodel import Session

from drone_service.access.deps import SESSION_COOKIE
from drone_service.access.models import Person, PersonRole
from drone_service.access.rules import Role
from drone_service.farms import queries
from drone_service.web.corners import geometry_of_text
from tests.conftest import Client
from tests.farms.factories import make_field, place, square_ring
from tests.people import People

FIELDS = Path(__file__).parents[1] / "data" / "fields"
Clients = Callable[..., Client]
CORNERS = "\n".join(f"{lat}, {lon}" for lon, lat in square_ring()[:-1])


@pytest.fixture
def path(session: Session, people: People, now: datetime) -> str:
    return f"/fields/{make_field(session, people.farmer, now).id}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9.1, 105.1\n9.2, 105.1\n9.2, 105.2", [(105.1, 9.1), (105.1, 9.2), (105.2, 9.2), (105.1, 9.1)]),
        ("105.1 9.1\n105.1 9.2\n105.2 9.2\n", [(105.1, 9.1), (105.1, 9.2), (105.2, 9.2), (105.1, 9.1)]),
        ("9,1 105,1\n9,2 105,1\n9,2 105,2", [(105.1, 9.1), (105.1, 9.2), (105.2, 9.2), (105.1, 9.1)]),
        ("9.1 30.1\n9.2 30.1\n9.2 30.2", [(30.1, 9.1), (30.1, 9.2), (30.2, 9.2), (30.1, 9.1)]),
    ],
)
def test_corners_typed_line_by_line(text: str, expected: list[tuple[float, float]]) -> None:
    assert geometry_of_text(text) == {"type": "Polygon", "coordinates": [expected]}


def test_pasted_geojson() -> None:
    polygon = '{"type":"Polygon","coordinates":[]}'
    bare = {"type": "Polygon", "coordinates": []}
    assert geometry_of_text(polygon) == bare
    assert geometry_of_text(f'{{"type":"Feature","geometry":{polygon}}}') == bare
    assert geometry_of_text(f'{{"type":"FeatureCollection","features":[{{"geometry":{polygon}}}]}}') == bare


@pytest.mark.parametrize("text", ["", "{", "9.1, 105.1", "a\nb\nc", "1 2 3\n1 2 3\n1 2 3", "{" * 50_000])
def test_what_nobody_can_read_comes_back(text: str) -> None:
    assert geometry_of_text(text) == text


def test_the_list_shows_area_in_three_units(client: Clients, people: People, path: str) -> None:
    html = client(people.farmer).get("/fields").text
    assert path in html
    assert "1,00 ha" in html
    assert re.search(r"7,7\d công", html)
    assert 'class="outline' in html


def test_an_empty_list_says_the_next_step(client: Clients, people: People) -> None:
    html = client(people.farmer).get("/fields").text
    assert 'href="/fields/new"' in html


@pytest.mark.parametrize("who", ["agent", "operator", "owner"])
def test_those_who_book_for_others_see_whose_it_is(client: Clients, people: People, path: str, who: str) -> None:
    reader = client(getattr(people, who))
    assert people.farmer.person.name in reader.get("/fields").text
    assert people.farmer.person.name in reader.get(path).text
    assert path in reader.get(f"/fields?farmer={people.farmer.id}&search=ru").text
    assert path not in reader.get(f"/fields?farmer={people.neighbour.id}").text


@pytest.mark.parametrize("tail", ["", "/edit", "/outline"])
def test_who_opens_a_field(client: Clients, people: People, path: str, tail: str) -> None:
    assert client(people.farmer).get(path + tail).status_code == 200
    assert client(people.neighbour).get(path + tail).status_code == 404
    assert client(people.outsider).get(path + tail).status_code == 404
    visitor = client().get(path + tail)
    assert (visitor.status_code, visitor.headers["location"][:6]) == (303, "/login")


def test_a_field_by_its_corners(client: Clients, people: People) -> None:
    farmer = client(people.farmer)
    assert farmer.get("/fields/new").status_code == 200
    saved = farmer.post("/fields/new", data={"name": "Bờ kênh", "geometry": CORNERS, "harvest_on": "2026-04-20"})
    assert saved.status_code == 303
    html = farmer.get(saved.headers["location"]).text
    assert "Bờ kênh" in html
    assert "20/04/2026" in html


def test_a_field_for_a_booking_goes_back_to_it(client: Clients, people: People) -> None:
    saved = client(people.farmer).post("/fields/new?next=/book", data={"name": "A", "geometry": CORNERS})
    assert saved.headers["location"].startswith("/book?field=")
    other = client(people.neighbour).post(
        "/fields/new?next=//evil.test/book", data={"name": "A", "geometry": CORNERS.replace("105.72", "105.74")}
    )
    assert other.headers["location"].startswith("/fields/")


@pytest.mark.parametrize("geometry", ["", "nonsense", "9.43, 105.72", "9.1 1\n9.2 1\n9.2 2", '{"type":"Point"}'])
def test_a_wrong_outline_keeps_what_was_typed(client: Clients, people: People, geometry: str) -> None:
    refused = client(people.farmer).post("/fields/new", data={"name": "Bờ kênh", "geometry": geometry})
    assert refused.status_code == 422
    assert 'value="Bờ kênh"' in refused.text
    assert 'role="alert"' in refused.text
    assert client(people.farmer).get("/api/v1/fields").json()["items"] == []


def test_an_operator_draws_for_a_farmer(client: Clients, people: People) -> None:
    form = {"name": "A", "geometry": CORNERS, "farmer_id": str(people.farmer.id)}
    assert client(people.operator).post("/fields/new", data=form).status_code == 303
    assert len(client(people.farmer).get("/api/v1/fields").json()["items"]) == 1
    refused = client(people.neighbour).post("/fields/new", data={**form, "geometry": CORNERS})
    assert refused.status_code == 403


def test_edit_and_empty_the_date(client: Clients, people: People, path: str) -> None:
    farmer = client(people.farmer)
    form = {"version": "1", "name": "Mới", "crop": "ST25", "harvest_on": "2026-04-20", "planting_code": "VN-1"}
    assert farmer.post(f"{path}/edit", data=form).status_code == 303
    assert farmer.get(f"/api/v1{path}").json()["harvest_on"] == "2026-04-20"
    assert farmer.post(f"{path}/edit", data={**form, "version": "2", "harvest_on": ""}).status_code == 303
    changed = farmer.get(f"/api/v1{path}").json()
    assert (changed["harvest_on"], changed["crop"], changed["name"]) == (None, "ST25", "Mới")


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"version": "7"}, 412), ({"version": ""}, 412), ({"version": "0"}, 412), ({"name": ""}, 422)],
)
def test_a_refused_edit_changes_nothing(
    client: Clients, people: People, path: str, changes: dict[str, str], status: int
) -> None:
    farmer = client(people.farmer)
    refused = farmer.post(f"{path}/edit", data={"version": "1", "name": "Mới", "crop": "", **changes})
    assert refused.status_code == status
    assert farmer.get(f"/api/v1{path}").json()["name"] == "Ruộng sau nhà"


def test_a_new_outline(client: Clients, people: People, path: str) -> None:
    farmer = client(people.farmer)
    wider = "\n".join(f"{lat}, {lon}" for lon, lat in square_ring(side_m=200)[:-1])
    assert farmer.post(f"{path}/outline", data={"version": "1", "geometry": wider}).status_code == 303
    assert farmer.get(f"/api/v1{path}").json()["area_m2"] == pytest.approx(40_000, rel=2e-3)
    crossing = "\n".join(wider.splitlines()[index] for index in (0, 2, 1, 3))
    assert farmer.post(f"{path}/outline", data={"version": "2", "geometry": crossing}).status_code == 422
    assert farmer.post(f"{path}/outline", data={"version": "2", "geometry": ""}).status_code == 422, "nothing is saved"


def test_holes_are_given_to_the_map_and_more_corners_than_it_shows_are_not(
    client: Clients, people: People, session: Session, path: str, now: datetime
) -> None:
    field = make_field(session, people.farmer, now, east_m=500)
    farmer = client(people.farmer)

    def outline_page(*rings: list[tuple[float, float]]) -> str:
        shape = {"type": "Polygon", "coordinates": rings}
        farmer.patch(f"/api/v1/fields/{field.id}", json={"geometry": shape}, headers={"if-match": "*"})
        return str(farmer.get(f"/fields/{field.id}/outline").text)

    with_hole = outline_page(square_ring(500), square_ring(530, 30, 20))
    assert "data-draw " in with_hole
    typed = re.search(r"<textarea[^>]*>([^<]+)</textarea>", with_hole)
    assert typed
    assert [len(ring) for ring in json.loads(unescape(typed[1]))["coordinates"]] == [5, 5]
    lon, lat = square_ring(500)[0]
    turns = [2 * pi * step / 500 for step in range(500)]
    round_ring = [(lon + 1e-3 * cos(turn), lat + 1e-3 * sin(turn)) for turn in turns]
    assert "data-draw " not in outline_page([*round_ring, round_ring[0]])
    assert "data-draw " in farmer.get(f"{path}/outline").text


def test_put_away_and_undo(client: Clients, people: People, path: str) -> None:
    farmer = client(people.farmer)
    away = farmer.post(f"{path}/archive")
    assert away.headers["location"] == "/fields"
    shown = farmer.get("/fields").text
    assert f'action="{path}/restore"' in shown
    assert path in farmer.get("/fields?archived=true").text
    assert farmer.post(f"{path}/restore").status_code == 303
    assert f'href="{path}"' in farmer.get("/fields").text


def test_an_import_tells_of_every_row(client: Clients, people: People, session: Session) -> None:
    content = (FIELDS / "faulty.geojson").read_bytes()
    farmer = client(people.farmer)
    assert farmer.get("/fields/import").status_code == 200
    report = farmer.post("/fields/import", files={"file": ("faulty.geojson", content)})
    assert report.status_code == 200
    assert "good-too" in report.text
    assert "bow-tie" in report.text
    found, _ = queries.list_fields(session, people.farmer.actor)
    assert {field.name for field in found} == {"Good", "good-too"}


def test_an_import_of_nothing(client: Clients, people: People) -> None:
    farmer = client(people.farmer)
    for nothing in ({"data": {"farmer_id": ""}}, {"files": {"file": ("", b"")}}):
        refused = farmer.post("/fields/import", **nothing, headers={"cookie": "lang=en"})
        assert refused.status_code == 422
        assert "No file was chosen" in refused.text
    assert farmer.post("/fields/import", files={"file": ("x.kml", b"nonsense")}).status_code == 422


def test_the_session_cookie_opens_the_pages_too(client: Clients, people: People, path: str) -> None:
    visitor = client()
    visitor.cookies.set(SESSION_COOKIE, people.farmer.token)
    assert visitor.get(path).status_code == 200


def test_staff_find_a_farmer_who_is_not_among_the_first_two_hundred(
    client: Clients, people: People, session: Session
) -> None:
    cooperative_id = people.cooperative.id
    for number in range(201):
        person = Person(cooperative_id=cooperative_id, name=f"A{number:03}", phone_e164=f"+849010{number:05}")
        session.add(person)
        session.flush()
        session.add(PersonRole(cooperative_id=cooperative_id, person_id=person.id, role=Role.FARMER))
    last = person.id
    session.flush()
    owner = client(people.owner)
    assert 'name="find"' in owner.get("/fields").text
    assert str(last) not in owner.get("/fields/new").text
    assert str(last) in owner.get("/fields?find=a200").text
    for path in ("/fields", "/fields/new", "/fields/import"):
        assert f'value="{last}" selected' in owner.get(f"{path}?farmer={last}").text, path


@pytest.mark.parametrize("half", ["", "&half=xx"])
def test_a_booking_without_a_half_day_leads_back_to_the_days(client: Clients, people: People, half: str) -> None:
    address = f"/book/quote?field={people.farmer.id}&service=spray&rate=20&when=3{half}"
    refused = client(people.farmer).get(address, headers={"cookie": "lang=en"})
    assert refused.status_code == 422
    assert "Change: When may we come?" in refused.text
    assert "Choose the morning, the afternoon or both." in refused.text


@pytest.mark.parametrize(("as_walked", "corners"), [("", 4), ("true", 40)])
def test_a_walk_is_cleaned_unless_it_is_to_stay(
    client: Clients, people: People, session: Session, as_walked: str, corners: int
) -> None:
    steps = [(10 * i, 0) for i in range(10)] + [(100, 10 * i) for i in range(10)]
    steps += [(100 - 10 * i, 100) for i in range(10)] + [(0, 100 - 10 * i) for i in range(10)]
    ring = [place(*step) for step in [*steps, steps[0]]]
    outline = json.dumps({"type": "Polygon", "coordinates": [ring]})
    farmer = client(people.farmer)
    typed = {"name": "Ruộng", "geometry": outline, "walked_accuracy_m": "4.0", "as_walked": as_walked}
    saved = farmer.post("/fields/new", data=typed)
    assert saved.status_code == 303
    [field], _ = queries.list_fields(session, people.farmer.actor)
    assert len(field.outline.exterior.coords) - 1 == corners
    assert ("40 → 4" in farmer.get(saved.headers["location"]).text) == (not as_walked)
