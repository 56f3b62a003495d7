"""Telling farmers when the crew comes and crews what the day is, in the same transaction as the change."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.access.models import Person
from drone_service.booking.models import Job
from drone_service.booking.rules import WORKED_STATES
from drone_service.farms import queries as farms_queries
from drone_service.farms.models import Field
from drone_service.fleet import queries as fleet_queries
from drone_service.kit.clock import local_day
from drone_service.kit.i18n import format_time, format_weekday_date, translate
from drone_service.notify import service as notify_service
from drone_service.notify.rules import MessageKind
from drone_service.scheduling import queries
from drone_service.scheduling.arrivals import Ahead, arrival_range, is_kept, range_text
from drone_service.scheduling.models import Visit
from drone_service.scheduling.rules import Period, WhyMoved, farmer_text


def arrivals_of(session: Session, cooperative_id: UUID, days: Iterable[date], now: datetime) -> dict[UUID, Period]:
    """Return between what times the crew comes to each job of the days that is still to be begun."""
    found: dict[UUID, Period] = {}
    rows = queries.list_visits(session, cooperative_id, days)
    for _key, own in groupby(rows, key=lambda row: (row[0].day, row[0].aircraft_id)):
        ahead: list[Ahead] = []
        for visit, job in own:
            found[job.id] = arrival_range(visit.starts_at, ahead, now)
            if job.state not in WORKED_STATES:
                quote = job.quote
                early, late = quote.service_s - quote.service_s_p10, quote.service_s_p90 - quote.service_s
                ahead.append(Ahead(max(early, 0.0), max(late, 0.0), float(visit.travel_s)))
    return found


def told_of(visit: Visit) -> Period | None:
    """Return what the farmer was told about a visit."""
    if visit.told_from is None or visit.told_until is None:
        return None
    return Period(visit.told_from, visit.told_until)


def met(session: Session, cooperative_id: UUID, jobs: Sequence[Job]) -> list[Person | Field]:
    """Read the farmers and fields of jobs at once: while the caller keeps them, telling of each job reads nothing."""
    people = access_queries.names_of(session, cooperative_id, {job.farmer_id for job in jobs})
    fields = farms_queries.names_of(session, cooperative_id, {job.field_id for job in jobs})
    return [*people.values(), *fields.values()]


def tell_scheduled(
    session: Session, *, job: Job, visit: Visit, arrival: Period, now: datetime, why: WhyMoved | None = None
) -> None:
    """Write to the farmer of a job between what times the crew comes, in the farmer's language, and keep the promise.

    `arrival` is of the day as it now stands: what lies before the visit is placed and its ways are known.
    The second time it is a new time and not the first, with `why` where that is for the farmer to know.
    """
    kind = MessageKind.JOB_SCHEDULED if visit.told_from is None else MessageKind.JOB_MOVED
    _tell(session, job, kind, visit.day, now, why, range_text(arrival))
    visit.told_from, visit.told_until = arrival.starts_at, arrival.ends_at


def tell_if_due(
    session: Session,
    *,
    job: Job,
    visit: Visit,
    arrival: Period,
    is_published: bool,
    now: datetime,
    why: WhyMoved | None = None,
) -> bool:
    """Tell the farmer of a published day what they do not know yet, and any farmer whose told time is not kept."""
    told = told_of(visit)
    is_news = is_published if told is None else not is_kept(told, visit.starts_at)
    if is_news:
        tell_scheduled(session, job=job, visit=visit, arrival=arrival, now=now, why=why)
    return is_news


def tell_postponed(session: Session, *, job: Job, day: date, now: datetime, why: WhyMoved | None = None) -> None:
    """Write to a farmer who was told a day that nobody comes then."""
    _tell(session, job, MessageKind.JOB_POSTPONED, day, now, why)


def tell_crews(session: Session, *, cooperative_id: UUID, day: date, visits: Sequence[Visit], now: datetime) -> int:
    """Write to those who fly or fill on the day what their aircraft have to do; return to how many.

    An aircraft without a crew of its own concerns every operator, who may each be asked to fly it.
    """
    crew_of = _crews(session, cooperative_id)
    own: dict[UUID, list[Visit]] = {}
    for visit in visits:
        for person_id in crew_of(visit.aircraft_id):
            own.setdefault(person_id, []).append(visit)
    people = access_queries.names_of(session, cooperative_id, set(own))
    told = [people[person_id] for person_id in sorted(own)]
    for person in told:
        notify_service.send_to_person(
            session,
            cooperative_id=cooperative_id,
            person_id=person.id,
            kind=MessageKind.DAY_PUBLISHED,
            params={
                "day": format_weekday_date(day, person.language),
                "jobs": str(len(own[person.id])),
                "time": format_time(min(visit.starts_at for visit in own[person.id])),
            },
            now=now,
        )
    return len(told)


def tell_changed_days(
    session: Session,
    *,
    cooperative_id: UUID,
    changed: Collection[tuple[UUID, date]],
    besides: UUID | None,
    now: datetime,
) -> None:
    """Write to the crews of aircraft whose published days have changed how much is still to do on them.

    Whoever made the change knows (`besides`), and a day that has gone or that nobody was told of concerns nobody.
    """
    days = queries.published_days(session, cooperative_id, {day for _, day in changed if day >= local_day(now)})
    if not days:
        return
    crew_of = _crews(session, cooperative_id)
    for day in sorted(days):
        open_jobs = Counter(
            person_id
            for visit, job in queries.list_visits(session, cooperative_id, [day], quotes=False)
            if job.state not in WORKED_STATES
            for person_id in crew_of(visit.aircraft_id)
        )
        concerned = {person_id for aircraft_id, on in changed if on == day for person_id in crew_of(aircraft_id)}
        people = access_queries.names_of(session, cooperative_id, concerned - {besides})
        for person_id in sorted(people):
            notify_service.send_to_person(
                session,
                cooperative_id=cooperative_id,
                person_id=person_id,
                kind=MessageKind.DAY_CHANGED,
                params={
                    "day": format_weekday_date(day, people[person_id].language),
                    "jobs": str(open_jobs[person_id]),
                },
                now=now,
            )


def _crews(session: Session, cooperative_id: UUID) -> Callable[[UUID], Collection[UUID]]:
    """Return whom each aircraft concerns: its crew, or every operator where it has none of its own."""
    crews = fleet_queries.crews_of(session, cooperative_id)
    everybody = frozenset(person.id for person in access_queries.list_operators(session, cooperative_id))
    return lambda aircraft_id: crews.get(aircraft_id, everybody)


def _tell(
    session: Session, job: Job, kind: MessageKind, day: date, now: datetime, why: WhyMoved | None, time: str = ""
) -> None:
    farmer: Person = access_queries.get_person(session, job.cooperative_id, job.farmer_id)
    field = farms_queries.names_of(session, job.cooperative_id, {job.field_id})[job.field_id]
    params = {"field": field.name, "day": format_weekday_date(day, farmer.language)}
    if kind is not MessageKind.JOB_SCHEDULED:
        params["why"] = translate(farmer_text(why), farmer.language)
    notify_service.send_to_person(
        session,
        cooperative_id=job.cooperative_id,
        person_id=farmer.id,
        kind=kind,
        params=params | ({"time": time} if time else {}),
        now=now,
    )
