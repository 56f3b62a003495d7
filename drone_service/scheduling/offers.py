"""The half-days that suit a new job best, beside the schedule as it stands: what booking offers. Reads only."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum

import numpy as np
from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.access.models import Cooperative
from drone_service.access.rules import Actor
from drone_service.booking import service as booking_service
from drone_service.booking.rules import wash_group
from drone_service.booking.schemas import JobIn
from drone_service.engine.operation import Service
from drone_service.engine.schedule.problem import Problem
from drone_service.engine.schedule.slots import Slot, rank_slots
from drone_service.engine.schedule.travel import great_circle_km
from drone_service.farms import queries as farms_queries
from drone_service.farms.models import Field
from drone_service.kit.clock import day_bounds, local_day
from drone_service.kit.i18n import N_, translate
from drone_service.kit.ids import uuid7
from drone_service.scheduling import queries, weather
from drone_service.scheduling.arrivals import arrival_range
from drone_service.scheduling.day_problem import DayProblem, up_to_slots
from drone_service.scheduling.prepare import Prepared, prepare
from drone_service.scheduling.roads import NoRoads
from drone_service.scheduling.rules import MAX_PLAN_DAYS, NoAircraft, Period
from drone_service.scheduling.schemas import SlotOffer
from drone_service.scheduling.sky import sky_of_hours, worst_level
from drone_service.scheduling.windows import JobToPlan, half_at
from drone_service.weather.rules import LEVEL_NAMES
from drone_service.weather.schemas import ForecastSourceOut
from drone_service.weather.service import Hours, source_out

BEST = 3
NEARBY_KM = 3.0


class Why(StrEnum):
    """Why a half-day is offered."""

    NEARBY = "nearby"
    SOONEST = "soonest"
    FREE = "free"


WHY_TEXTS = {
    Why.NEARBY: N_("The crew is nearby then"),
    Why.SOONEST: N_("The soonest that is free"),
    Why.FREE: N_("The crew is free then"),
}


def list_offers(session: Session, *, actor: Actor, data: JobIn, now: datetime) -> list[SlotOffer]:
    """Return up to three half-days for a job that is asked for, the best first; none where nothing is free.

    Within the days and halves of the request, a week at most, beside the schedule as it stands and the jobs that are
    booked and wait for their place. Nothing is held: who confirms first has the time.
    Raises what a quote raises.
    """
    quote = booking_service.quote(session, actor=actor, data=data, now=now).quote
    field = farms_queries.get_field(session, actor, data.field_id)
    first = max(data.allowed_from, local_day(now))
    days = [first + timedelta(days=number) for number in range(MAX_PLAN_DAYS)]
    days = [day for day in days if day <= data.allowed_until]
    closed = queries.locked_days(session, actor.cooperative_id, days)
    place = field.outline.representative_point()
    hours = _hours(session, field, days, now)
    job = JobToPlan(
        id=uuid7(),
        place=(place.x, place.y),
        service_s=float(quote.service_s),
        group=wash_group(product.group for product in quote.products),
        price_vnd=quote.total_vnd,
        first_day=days[0],
        last_day=days[-1],
        half_days=frozenset(data.half_days),
        sky=sky_of_hours(hours, 0),
    )
    try:
        ready = prepare(session, actor.cooperative_id, days, NoRoads(), now, standing_only=True)
    except NoAircraft:
        return []
    cooperative = access_queries.get_cooperative(session, actor.cooperative_id)
    open_days = [day for day in days if day not in closed]
    found = _ranked(ready, job, data.service, open_days, cooperative)
    soonest = min((slot.start_s for slot in found), default=0.0)
    forecast = source_out(hours.sources[0], now)
    return [_offer(ready.problem, slot, job, soonest, now, actor.language, forecast) for slot in found]


def _hours(session: Session, field: Field, days: Sequence[date], now: datetime) -> Hours:
    begin, end = max(now, day_bounds(days[0])[0]), day_bounds(days[-1])[1]
    return weather.hours_of_field(session, field, starts_at=begin, ends_at=end)


def _ranked(
    ready: Prepared, job: JobToPlan, service: Service, days: Sequence[date], cooperative: Cooperative
) -> list[Slot]:
    """Return the best free places; one that a planned job would have to leave is offered to nobody."""
    wider, number = with_place(ready, job, cooperative)
    job = replace(job, crews=ready.crews.allowed(service, days))
    asked = ready.problem.movable(job, days, number)
    # Who has booked and waits for a place comes before who asks now.
    found = rank_slots(wider, ready.before, asked, BEST, after_waiting=True)
    return [slot for slot in found if slot.displaces is None]


def with_place(ready: Prepared, job: JobToPlan, cooperative: Cooperative) -> tuple[Problem, int]:
    """Return the problem with one more place, and its number; the ways to it are by the great circle."""
    problem = ready.problem.problem
    places = [(cooperative.base_lon, cooperative.base_lat), *ready.places, job.place]
    km = great_circle_km([job.place], places) * cooperative.travel_factor
    seconds = up_to_slots(km / cooperative.travel_km_h * 3600.0)
    travel_s, travel_km = (np.pad(known, (0, 1)) for known in (problem.travel_s, problem.travel_km))
    for matrix, own in ((travel_s, seconds), (travel_km, km)):
        matrix[-1, :] = matrix[:, -1] = own[0]
    return replace(problem, travel_s=travel_s, travel_km=travel_km), problem.locations


def _offer(
    problem: DayProblem,
    slot: Slot,
    job: JobToPlan,
    soonest_s: float,
    now: datetime,
    language: str,
    forecast: ForecastSourceOut | None,
) -> SlotOffer:
    starts_at = problem.zero + timedelta(seconds=slot.start_s)
    arrival = arrival_range(starts_at, [], now)
    period = Period(starts_at, problem.zero + timedelta(seconds=slot.end_s))
    level = worst_level(job.sky, period)
    why = Why.NEARBY if slot.extra_km <= NEARBY_KM else Why.SOONEST if slot.start_s == soonest_s else Why.FREE
    return SlotOffer(
        day=local_day(starts_at),
        half=half_at(starts_at),
        # Nobody comes before the crew begins to work, however wide the range is.
        arrives_from=max(arrival.starts_at, problem.periods[slot.shift].starts_at),
        arrives_until=arrival.ends_at,
        extra_km=round(slot.extra_km, 1),
        extra_min=round(slot.extra_s / 60),
        weather=level.name.lower(),
        weather_text=translate(LEVEL_NAMES[level], language),
        reason=why.value,
        reason_text=translate(WHY_TEXTS[why], language),
        forecast=forecast,
    )
