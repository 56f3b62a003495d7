"""What booking offers: free half-days within the request, the one on the way first, nothing held."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from drone_service.booking.rules import HalfDay
from drone_service.kit.clock import LOCAL_TZ
from tests.people import People
from tests.scheduling.rows import DAY, Farm, at

Client = Callable[..., Any]
LATER = DAY + timedelta(days=2)


def ask(client: Any, farm: Farm, **changes: Any) -> Any:
    body = {"field_id": str(farm.field.id), "allowed_from": str(DAY), "allowed_until": str(LATER), "rate_per_ha": 20}
    body |= {"products": [{"product_id": str(farm.product.id), "dose_per_ha": 450}]} | changes
    return client.post("/api/v1/slot-offers", json=body)


def test_three_half_days_of_the_request(client: Client, farm: Farm, people: People) -> None:
    answer = ask(client(as_=people.farmer), farm)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert len({(one["day"], one["half"]) for one in found}) == 3
    assert {one["day"] for one in found} <= {str(DAY + timedelta(days=number)) for number in range(3)}
    assert all(one["arrives_from"] < one["arrives_until"] for one in found)
    assert {one["weather"] for one in found} == {"unknown"}  # no forecast, and all the same an offer
    halves = ask(client(as_=people.farmer), farm, half_days=[HalfDay.AFTERNOON.value]).json()
    assert {one["half"] for one in halves} == {"pm"}
    # The afternoon's work begins at three: no range begins before.
    assert {datetime.fromisoformat(one["arrives_from"]).astimezone(LOCAL_TZ).hour for one in halves} == {15}


def test_the_half_day_on_the_way_comes_first(client: Client, farm: Farm, people: People) -> None:
    """A crew that is next door in the afternoon has no way to go."""
    neighbour = farm.job(lon=105.7205, lat=9.4305)
    neighbour.wash_group = "fungicide"
    body = {"starts_at": at(16).isoformat(), "pinned": True}
    assert client(as_=people.operator).put(f"/api/v1/jobs/{neighbour.id}/visit", json=body).status_code == 200
    by_place = {(one["day"], one["half"]): one for one in ask(client(as_=people.farmer), farm).json()}
    best = by_place[str(DAY), "pm"]
    assert best["extra_km"] < min(one["extra_km"] for place, one in by_place.items() if place != (str(DAY), "pm"))
    assert best["reason"] == "nearby"


def test_locked_and_full_days_are_not_offered(client: Client, farm: Farm, people: People) -> None:
    operator = client(as_=people.operator)
    operator.put(f"/api/v1/days/{DAY}/lock")
    assert str(DAY) not in {one["day"] for one in ask(operator, farm).json()}


def test_without_an_aircraft_nothing_is_offered(client: Client, farm: Farm, people: People, session: Session) -> None:
    farm.aircraft.active = False
    session.add(farm.aircraft)
    assert ask(client(as_=people.farmer), farm).json() == []
