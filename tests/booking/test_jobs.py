"""Asking for a job and moving it, through the API, on both databases."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, col, select

from drone_service.billing.models import Price
from drone_service.billing.rules import PriceUnit
from drone_service.booking.models import Job
from drone_service.engine.operation import Service
from drone_service.notify.models import Message
from drone_service.notify.rules import MessageKind
from drone_service.products.models import Product
from drone_service.products.rules import DoseUnit, Formulation, ProductGroup
from tests.conftest import Client
from tests.people import People
from tests.scheduling.rows import Farm

Clients = Callable[..., Client]


def wanted(farm: Farm, **changes: Any) -> dict[str, Any]:
    body = {
        "field_id": str(farm.field.id),
        "products": [{"product_id": str(farm.product.id)}],
        "allowed_from": "2026-03-12",
        "allowed_until": "2026-03-13",
    }
    return body | changes


def ask(client: Client, farm: Farm, **changes: Any) -> Any:
    return client.post("/api/v1/jobs", json=wanted(farm, **changes))


def test_a_quote_comes_back_and_stores_nothing(client: Clients, people: People, farm: Farm, session: Session) -> None:
    answer = client(people.farmer).post("/api/v1/quotes", json=wanted(farm))
    quote = answer.json()["quote"]
    assert answer.status_code == 200
    # The bill goes by the registered hectare at 180,000; the outline, which the flight follows, has 1.2133 ha:
    # 20 L/ha make 24.27 L and 450 mL/ha make 546 mL.
    assert quote["total_vnd"] == 180_000
    assert quote["total_quantity"] == pytest.approx(24.3, abs=0.05)
    assert quote["products"][0]["total"] == pytest.approx(546, abs=1)
    assert quote["service_s_p10"] < quote["service_s"] < quote["service_s_p90"]
    assert session.exec(select(Job).where(col(Job.cooperative_id) == people.cooperative.id)).all() == []


def test_a_farmer_asks_and_is_told(client: Clients, people: People, farm: Farm, session: Session) -> None:
    job = ask(client(people.farmer), farm)
    assert job.status_code == 201
    assert (job.json()["number"], job.json()["state"], job.json()["price_vnd"]) == (1, "requested", 180_000)
    told = session.exec(select(Message).where(col(Message.cooperative_id) == people.cooperative.id)).one()
    assert told.kind is MessageKind.JOB_REQUESTED
    assert "Ruộng sau nhà" in told.text


@pytest.mark.parametrize("who", ["agent", "operator", "owner"])
def test_others_book_for_a_caller(client: Clients, people: People, farm: Farm, who: str) -> None:
    job = ask(client(getattr(people, who)), farm).json()
    assert job["farmer_id"] == str(people.farmer.id)
    history = client(people.farmer).get(f"/api/v1/jobs/{job['id']}/history").json()["items"]
    assert history[0]["by_id"] == str(getattr(people, who).id)


@pytest.mark.parametrize(("who", "status"), [("neighbour", 404), ("outsider", 404), ("visitor", 401)])
def test_strangers_cannot(client: Clients, people: People, farm: Farm, who: str, status: int) -> None:
    assert ask(client(getattr(people, who)), farm).status_code == status


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"planned_harvest_on": "2026-03-26"}, "booking.phi_past_harvest"),
        ({"allowed_from": "2026-03-01"}, "booking.window_invalid"),
        ({"service": "sow"}, "products.not_for_service"),
        ({"products": [], "service": "spread"}, "booking.rate_needed"),
        ({"products": [], "service": "spread", "rate_per_ha": 100}, "billing.no_price"),
        ({"half_days": []}, "invalid"),
        ({"rate_per_ha": 0}, "invalid"),
    ],
)
def test_refusals_say_why(client: Clients, people: People, farm: Farm, changes: dict[str, Any], code: str) -> None:
    assert ask(client(people.farmer), farm, **changes).json()["type"] == f"/problems/{code}"


def test_without_a_rate_seed_goes_at_its_dose(client: Clients, people: People, farm: Farm, session: Session) -> None:
    """The hopper holds what the products make up: 100 kg/ha of seed on 1.2133 ha are about 121 kg, weighed in steps."""
    seed = Product(
        cooperative_id=people.cooperative.id,
        name="Lúa giống thử",
        group=ProductGroup.SEED,
        formulation=Formulation.SEED,
        dose_min_per_ha=80,
        dose_per_ha=100,
        dose_max_per_ha=150,
        unit=DoseUnit.KG,
        crops=[],
    )
    price = Price(
        cooperative_id=people.cooperative.id,
        service=Service.SOW,
        unit=PriceUnit.HECTARE,
        amount_vnd=200_000,
        valid_from=date(2026, 1, 1),
    )
    session.add_all([seed, price])
    session.flush()
    sown = wanted(farm, service="sow", products=[{"product_id": str(seed.id)}])
    quote = client(people.farmer).post("/api/v1/quotes", json=sown).json()["quote"]
    assert (quote["rate_per_ha"], quote["rate_unit"]) == (100, "kg")
    assert quote["total_quantity"] == quote["products"][0]["total"] == pytest.approx(121.3, abs=0.3)
    # A hopper that puts out 30 kg/ha would be filled with 36 kg of which 121 are seed.
    answer = client(people.farmer).post("/api/v1/jobs", json={**sown, "rate_per_ha": 30})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/planning.hopper")


def test_a_dose_off_the_label_is_refused(client: Clients, people: People, farm: Farm) -> None:
    too_much = [{"product_id": str(farm.product.id), "dose_per_ha": 501}]
    answer = ask(client(people.farmer), farm, products=too_much)
    assert answer.json()["type"] == "/problems/products.dose_out_of_range"


def test_a_product_named_twice_is_refused(client: Clients, people: People, farm: Farm) -> None:
    twice = [{"product_id": str(farm.product.id)}] * 2
    answer = ask(client(people.farmer), farm, products=twice)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/products.twice")


def test_too_little_water_is_refused(client: Clients, people: People, farm: Farm) -> None:
    farm.product.least_water_l_per_ha = 25.0
    answer = ask(client(people.farmer), farm)
    assert answer.json()["type"] == "/problems/products.too_little_water"
    assert ask(client(people.farmer), farm, rate_per_ha=25).status_code == 201


def test_the_same_again_is_refused_until_the_first_is_cancelled(client: Clients, people: People, farm: Farm) -> None:
    farmer = client(people.farmer)
    first = ask(farmer, farm).json()
    assert ask(farmer, farm).json()["type"] == "/problems/booking.overlapping_request"
    assert ask(farmer, farm, allowed_from="2026-03-14", allowed_until="2026-03-15").status_code == 201
    cancelled = farmer.post(f"/api/v1/jobs/{first['id']}/cancel", json={"reason": "đã phun rồi"})
    assert cancelled.json()["state"] == "cancelled"
    assert ask(farmer, farm).status_code == 201


def test_confirming_freezes_the_quote(client: Clients, people: People, farm: Farm, session: Session) -> None:
    job = ask(client(people.farmer), farm).json()
    assert client(people.farmer).post(f"/api/v1/jobs/{job['id']}/confirm").status_code == 403
    confirmed = client(people.operator).post(f"/api/v1/jobs/{job['id']}/confirm").json()
    assert confirmed["state"] == "confirmed"
    assert confirmed["quote"]["frozen_at"] is not None
    dearer = Price(
        cooperative_id=people.cooperative.id,
        service=Service.SPRAY,
        unit=PriceUnit.HECTARE,
        amount_vnd=250_000,
        valid_from=date(2026, 3, 1),
    )
    session.add(dearer)
    assert client(people.farmer).get(f"/api/v1/jobs/{job['id']}").json()["price_vnd"] == 180_000
    again = client(people.operator).post(f"/api/v1/jobs/{job['id']}/confirm")
    assert again.json()["type"] == "/problems/booking.move_not_allowed"


def test_a_request_is_changed_with_a_new_quote(client: Clients, people: People, farm: Farm) -> None:
    farmer = client(people.farmer)
    asked = ask(farmer, farm)
    address = f"/api/v1/jobs/{asked.json()['id']}"
    assert farmer.put(address, json=wanted(farm, rate_per_ha=30)).status_code == 428
    changed = farmer.put(address, json=wanted(farm, rate_per_ha=30), headers={"if-match": asked.headers["etag"]})
    assert changed.json()["quote"]["total_quantity"] == pytest.approx(36.4, abs=0.05)
    client(people.operator).post(f"{address}/confirm")
    late = farmer.put(address, json=wanted(farm), headers={"if-match": "*"})
    assert late.json()["type"] == "/problems/booking.move_not_allowed"


def test_refusing_needs_a_reason(client: Clients, people: People, farm: Farm) -> None:
    job = ask(client(people.farmer), farm).json()
    operator = client(people.operator)
    empty = operator.post(f"/api/v1/jobs/{job['id']}/refuse", json={"reason": " "})
    assert empty.json()["type"] == "/problems/booking.reason_needed"
    refused = operator.post(f"/api/v1/jobs/{job['id']}/refuse", json={"reason": "quá xa"})
    assert refused.json()["state"] == "refused"


def test_a_cancellation_is_taken_back(client: Clients, people: People, farm: Farm) -> None:
    farmer = client(people.farmer)
    job = ask(farmer, farm).json()
    farmer.post(f"/api/v1/jobs/{job['id']}/cancel", json={"reason": "nhầm"})
    assert farmer.post(f"/api/v1/jobs/{job['id']}/reinstate").json()["state"] == "requested"
    events = [move["event"] for move in farmer.get(f"/api/v1/jobs/{job['id']}/history").json()["items"]]
    assert events == ["request", "cancel", "reinstate"]


def test_who_sees_a_job(client: Clients, people: People, farm: Farm) -> None:
    job = ask(client(people.farmer), farm).json()
    for who, status in (("farmer", 200), ("agent", 200), ("neighbour", 404), ("outsider", 404)):
        assert client(getattr(people, who)).get(f"/api/v1/jobs/{job['id']}").status_code == status
    assert client(people.neighbour).get("/api/v1/jobs").json()["items"] == []
    assert len(client(people.farmer).get("/api/v1/jobs").json()["items"]) == 1


def test_the_flight_of_a_job_is_the_one_that_was_quoted(client: Clients, people: People, farm: Farm) -> None:
    job = ask(client(people.farmer), farm).json()
    address = f"/api/v1/jobs/{job['id']}/flight-plan/export"
    features = client(people.farmer).get(f"{address}?format=geojson").json()["features"]
    flights = {one["properties"]["sortie"] for one in features if "sortie" in one["properties"]}
    assert len(flights) == job["quote"]["loads"]
    assert client(people.operator).get(f"{address}?format=boundary").status_code == 200
    assert client(people.neighbour).get(f"{address}?format=kml").status_code == 404
