"""What booking offers: free half-days within the request, the one on the way first, nothing held."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import inspect
from sqlmodel import Session

from drone_service.booking.rules import HalfDay
from drone_service.kit.clock import LOCAL_TZ
from drone_service.scheduling import queries
from tests.people import People
from tests.scheduling.rows import DAY, Farm, at

Client = Callable[..., Any]
LATER = DAY + timedelta(days=2)
WHOLE_MORNING_S = 4 * 3600 + 50 * 60
GROUP = "fungicide"
"""What the product of the farm is washed out as."""


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


def place(client: Any, job: Any, starts_at: datetime) -> None:
    body = {"starts_at": starts_at.isoformat(), "pinned": False}
    answer = client.put(f"/api/v1/jobs/{job.id}/visit", json=body)
    assert answer.status_code == 200, answer.text


def mornings(client: Any, farm: Farm) -> list[Any]:
    return list(ask(client, farm, allowed_until=str(DAY), half_days=[HalfDay.MORNING.value]).json())


def test_what_a_person_put_outside_the_agreed_hours_is_not_offered_again(
    client: Client, farm: Farm, people: People
) -> None:
    """The morning is full of one job that was agreed for the afternoon and put there by hand, without a pin."""
    operator = client(as_=people.operator)
    assert mornings(operator, farm) != []
    long = farm.job(service_s=WHOLE_MORNING_S, half_days=[HalfDay.AFTERNOON])
    place(operator, long, at(5, 5))
    assert mornings(operator, farm) == []


def test_what_begins_before_the_working_hours_takes_its_time(client: Client, farm: Farm, people: People) -> None:
    operator = client(as_=people.operator)
    place(operator, farm.job(service_s=5 * 3600 + 1800), at(4, 15))
    assert mornings(operator, farm) == []


def test_nobody_who_was_told_a_time_is_moved_for_an_offer(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    """Two visits fill the morning but for a pause between them and one after: together they would do, alone neither."""
    operator = client(as_=people.operator)
    placed = [(farm.job(service_s=130 * 60), at(5, 5)), (farm.job(service_s=135 * 60), at(7, 30))]
    for job, starts_at in placed:
        place(operator, job, starts_at)

    def tell(*told: datetime | None) -> None:
        for (job, _), moment in zip(placed, told, strict=True):
            visit = queries.find_visit(session, people.cooperative.id, job.id)
            assert visit is not None
            visit.told_from = visit.told_until = moment
            session.add(visit)
        session.flush()

    tell(None, None)
    assert mornings(operator, farm) != []
    tell(at(5, 5), at(7, 30))
    assert mornings(operator, farm) == []


def test_who_has_booked_and_waits_comes_before_who_asks_now(client: Client, farm: Farm, people: People) -> None:
    operator = client(as_=people.operator)
    assert mornings(operator, farm) != []
    farm.job(service_s=WHOLE_MORNING_S, half_days=[HalfDay.MORNING])
    assert mornings(operator, farm) == []


def test_what_is_offered_can_be_booked_and_is_kept(client: Client, farm: Farm, people: People) -> None:
    """A full day: each job is booked for the half-day that was offered first, until nothing is offered any more."""
    operator = client(as_=people.operator)
    booked = 0
    while found := ask(operator, farm, allowed_until=str(DAY)).json():
        booked += 1
        half = HalfDay(found[0]["half"])
        farm.job(service_s=600, half_days=[half], wash_group=GROUP, lon=105.7205, lat=9.4305)
        planned = operator.post(f"/api/v1/days/{DAY}/plan").json()
        assert (planned["left_out"], planned["dropped"]) == ([], 0)
        if booked % 4 == 0:
            operator.post(f"/api/v1/days/{DAY}/publish")
            operator.delete(f"/api/v1/days/{DAY}/lock")
    assert booked > 8


def test_the_quotes_of_booked_jobs_are_not_read_for_an_offer(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    """They are as long as everything else of a week together; whoever asks for one all the same gets it."""
    job = farm.job()
    place(client(as_=people.operator), job, at(6))
    session.expire_all()
    [(_, lean)] = queries.list_visits(session, people.cooperative.id, [DAY], quotes=False)
    assert "quote" in inspect(lean).unloaded
    assert lean.quote == farm.quote()
