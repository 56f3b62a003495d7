"""POST /api/v1/field-imports: row by row, the good ones kept."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from drone_service.farms import imports
from drone_service.farms.schemas import ImportForm
from tests.conftest import Client
from tests.farms.factories import make_field, place
from tests.people import People

FIELDS = Path(__file__).parents[1] / "data" / "fields"
Clients = Callable[..., Client]


def send(client: Client, name: str, content: bytes | None = None, **form: str):
    data = (FIELDS / name).read_bytes() if content is None else content
    return client.post("/api/v1/field-imports", files={"file": (name, data)}, data=form)


@pytest.mark.parametrize(
    ("name", "left_out"), [("two.geojson", 0), ("two.kml", 1), ("two.kmz", 1), ("two_utm48.zip", 0)]
)
def test_every_format_is_stored(client: Clients, people: People, name: str, left_out: int) -> None:
    report = send(client(people.farmer), name)
    assert report.status_code == 201
    assert (report.json()["kept"], report.json()["left_out"]) == (2, left_out)
    found = client(people.farmer).get("/api/v1/fields").json()["items"]
    assert [field["name"] for field in found] == ["Ruộng bờ kênh", "Ruộng sau nhà"]
    assert [field["area_m2"] for field in found] == pytest.approx([22_105.8065, 30_972.3863], abs=1e-3)


def test_fiboa_properties_come_back(client: Clients, people: People) -> None:
    row = send(client(people.farmer), "two.geojson").json()["rows"][0]
    feature = client(people.farmer).get(f"/api/v1/fields/{row['field_id']}/outline.geojson").json()
    assert feature["properties"]["crop:name"] == "OM 5451"
    assert feature["properties"]["metrics:area"] == pytest.approx(row["area_m2"])


def test_bad_rows_are_named_and_good_ones_kept(client: Clients, people: People) -> None:
    report = send(client(people.farmer), "faulty.geojson").json()
    assert {row["name"]: row["code"] for row in report["rows"]} == {
        "Good": None,
        "bow-tie": "farms.self_crossing",
        "open": "farms.open_ring",
        "tiny": "farms.too_small",
        "swapped": "farms.swapped_lon_lat",
        "point": "farms.not_an_area",
        "nothing": "farms.not_an_area",
        "nan": "farms.not_finite",
        "good-too": None,
    }
    assert (report["kept"], report["left_out"]) == (2, 7)
    assert all(row["detail"] for row in report["rows"] if row["code"])
    assert len(client(people.farmer).get("/api/v1/fields").json()["items"]) == 2


def test_the_same_file_again_keeps_nothing(client: Clients, people: People) -> None:
    send(client(people.farmer), "two.geojson")
    again = send(client(people.farmer), "two.kml").json()
    assert [row["code"] for row in again["rows"]] == ["farms.duplicate", "farms.duplicate", "farms.not_an_area"]
    assert len(client(people.farmer).get("/api/v1/fields").json()["items"]) == 2


def test_a_file_from_far_away(client: Clients, people: People) -> None:
    report = send(client(people.farmer), "fields_vietnam.geojson").json()
    assert (report["kept"], report["left_out"]) == (0, 100)
    assert {row["code"] for row in report["rows"]} == {"farms.outside_service_area"}


def test_for_whom(client: Clients, people: People) -> None:
    farmer_id = str(people.farmer.id)
    assert send(client(people.operator), "two.geojson", farmer_id=farmer_id).json()["kept"] == 2
    assert len(client(people.farmer).get("/api/v1/fields").json()["items"]) == 2
    assert send(client(people.neighbour), "two.geojson", farmer_id=farmer_id).status_code == 403
    assert send(client(people.outsider), "two.geojson", farmer_id=farmer_id).status_code == 404
    assert send(client(), "two.geojson").status_code == 401
    hidden = send(client(people.neighbour), "two.geojson").json()
    assert {row["code"] for row in hidden["rows"]} == {"farms.land_taken"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unknown_format"),
        (b"hello", "unknown_format"),
        (b"{", "broken_file"),
        (b"{}", "no_fields"),
        (b"PK\x03\x04nonsense", "broken_file"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><kml/>", "unsafe_file"),
        (b"<kml>" + b"<a/>" * 200_001 + b"</kml>", "file_too_large"),
    ],
)
def test_a_file_that_cannot_be_used(client: Clients, people: People, content: bytes, code: str) -> None:
    refused = send(client(people.farmer), "x.kml", content)
    assert (refused.status_code, refused.json()["type"]) == (422, f"/problems/farms.{code}")


def test_more_rows_than_we_take(client: Clients, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "MAX_IMPORT_ROWS", 99)
    refused = send(client(people.farmer), "fields_vietnam.geojson")
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/farms.file_too_large")


def test_a_row_is_refused_alone(session: Session, people: People, now: datetime) -> None:
    """The refused row leaves nothing behind and the row after it is stored in the same transaction."""
    make_field(session, people.farmer, now, east_m=9_000)
    data = (FIELDS / "faulty.geojson").read_bytes()
    rows = imports.import_fields(
        session, actor=people.farmer.actor, sent=ImportForm(), data=data, file_name="a/faulty.geojson", now=now
    )
    assert [row.number for row in rows if row.field] == [1, 9]


def test_a_track_is_cleaned_where_that_is_asked_for(client: Clients, people: People) -> None:
    steps = [(2 * i, 0) for i in range(50)] + [(100, 2 * i) for i in range(50)]
    steps += [(100 - 2 * i, 100) for i in range(50)] + [(0, 100 - 2 * i) for i in range(50)]
    fixes = "".join('<trkpt lon="{}" lat="{}"/>'.format(*place(*step)) for step in steps)
    route = fixes.replace("trkpt", "rtept")
    gpx = f"<gpx><trk><name>walk</name><trkseg>{fixes}</trkseg></trk><rte><name>route</name>{route}</rte></gpx>"
    api = client(people.farmer)
    track, by_hand = send(api, "walk.gpx", gpx.encode(), walked_accuracy_m="4").json()["rows"]
    assert (track["cleaned"]["points_before"], track["cleaned"]["points_after"]) == (200, 4)
    assert track["area_m2"] == pytest.approx(10_000, rel=1e-3)
    # A route is set by hand, so it stays; here it is the same land.
    assert (by_hand["cleaned"], by_hand["code"]) == (None, "farms.duplicate")
    api.delete(f"/api/v1/fields/{track['field_id']}")
    assert send(api, "walk.gpx", gpx.encode()).json()["rows"][0]["cleaned"] is None
    assert send(api, "walk.gpx", gpx.encode(), walked_accuracy_m="99").status_code == 422
