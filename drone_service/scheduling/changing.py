"""Writing how visits are to stand, keeping the change so that it can be taken back, and telling whom it concerns.

Everything here runs under the lock of the days it touches, except `undo`, which takes it. The five-minute rows are the
truth: what would overlap is refused there whatever was thought before.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from sqlmodel import Session

from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking import service as booking_service
from drone_service.booking.models import Job
from drone_service.booking.rules import Event, MoveNotAllowed
from drone_service.fleet import queries as fleet_queries
from drone_service.kit.clock import local_day
from drone_service.scheduling import locks, queries, telling, writing
from drone_service.scheduling.day_problem import PlannedVisit
from drone_service.scheduling.models import ScheduleChange, Visit
from drone_service.scheduling.proposal import ChangeKind, Proposal, VisitState
from drone_service.scheduling.roads import RoadTable
from drone_service.scheduling.rules import AlreadyBegun, CannotUndo, ChangeNotFound, Period, TimeInPast, WhyMoved
from drone_service.scheduling.service import movable_jobs

Reasons = Mapping[UUID, WhyMoved]
NO_REASONS: Reasons = MappingProxyType({})


def state_of(job_id: UUID, visit: Visit | None) -> VisitState:
    """Return how the visit of a job stands."""
    if visit is None:
        return VisitState(job_id=job_id)
    return VisitState(
        job_id=job_id,
        aircraft_id=visit.aircraft_id,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        pinned=visit.pinned,
    )


def days_of_states(states: Iterable[VisitState]) -> set[tuple[UUID, date]]:
    """Return the days of aircraft that the states lie on."""
    return {
        (state.aircraft_id, local_day(state.starts_at))
        for state in states
        if state.aircraft_id is not None and state.starts_at is not None
    }


def differences(before: Mapping[UUID, Visit | VisitState], best: Proposal) -> list[VisitState]:
    """Return how the visits are to stand where a proposal differs from how they stood before."""
    planned = {visit.job_id: visit for visit in best.visits}
    wanted = [VisitState(job_id=job_id) for job_id in before if job_id not in planned]
    for job_id, visit in planned.items():
        now_at = before.get(job_id)
        stands = (now_at.aircraft_id, now_at.starts_at, now_at.ends_at) if now_at else None
        if stands != (visit.aircraft_id, visit.starts_at, visit.ends_at):
            wanted.append(
                VisitState(
                    job_id=job_id, aircraft_id=visit.aircraft_id, starts_at=visit.starts_at, ends_at=visit.ends_at
                )
            )
    return wanted


def change(
    session: Session,
    *,
    actor: Actor,
    kind: ChangeKind,
    wanted: Sequence[VisitState],
    now: datetime,
    why: Reasons = NO_REASONS,
    tell_new: bool = False,
    table: writing.Travel | None = None,
) -> ScheduleChange:
    """Write the visits as wanted, keep the change and tell whom it concerns. The caller holds the days.

    Farmers are told of a day that is published and of a promise that is not kept; with `tell_new` of every new time.
    Crews are told of a published day of theirs that changes.
    `table` has the ways that were asked for before the days were held; a change that moves nothing needs none.

    Raises SlotTaken, AlreadyBegun, MoveNotAllowed.
    """
    ids = [state.job_id for state in wanted]
    jobs = movable_jobs(session, actor, ids)
    writing.release_dead(session, actor.cooperative_id, (), ids)
    known = queries.find_visits(session, actor.cooperative_id, ids)
    before = [state_of(job_id, known.get(job_id)) for job_id in jobs]
    days = {day for _, day in days_of_states([*before, *wanted])}
    moved = [state for state in wanted if _is_moved(state, known.get(state.job_id))]
    pins = {state.job_id: state.pinned for state in wanted}
    for job_id in known.keys() - {state.job_id for state in moved}:
        known[job_id].pinned = pins[job_id]
    # Old rows go before new ones come: two visits may exchange their times, or one take that of one that goes.
    gone = [known[state.job_id] for state in moved if _planned(state) is None]
    told_days = {visit.job_id: visit.day for visit in gone if visit.told_from is not None}
    writing.delete_visits(session, gone)
    planned = [visit for state in moved if (visit := _planned(state)) is not None]
    made = writing.take_slots(session, actor.cooperative_id, planned, known, [one for one in pins if pins[one]])
    for event, ids in ((Event.UNSCHEDULE, [visit.job_id for visit in gone]), (Event.SCHEDULE, list(made))):
        booking_service.reschedule(session, actor=actor, jobs=[jobs[one] for one in ids], event=event, now=now)
    if moved:
        writing.retell(session, actor.cooperative_id, days, table)
    _tell_farmers(session, jobs, told_days, made, now, why, tell_new=tell_new)
    moved_ids = {state.job_id for state in moved}
    telling.tell_changed_days(
        session,
        cooperative_id=actor.cooperative_id,
        changed=days_of_states(state for state in (*before, *wanted) if state.job_id in moved_ids),
        besides=actor.person_id,
        now=now,
    )
    made_change = ScheduleChange(
        cooperative_id=actor.cooperative_id,
        made_by_id=actor.person_id,
        kind=kind,
        before=before,
        after=list(wanted),
        created_at=now,
    )
    session.add(made_change)
    session.flush()
    return made_change


def _is_moved(state: VisitState, visit: Visit | None) -> bool:
    now_at = (visit.aircraft_id, visit.starts_at, visit.ends_at) if visit else (None, None, None)
    return (state.aircraft_id, state.starts_at, state.ends_at) != now_at


def _planned(state: VisitState) -> PlannedVisit | None:
    if state.aircraft_id is None or state.starts_at is None or state.ends_at is None:
        return None
    return PlannedVisit(state.job_id, state.aircraft_id, Period(state.starts_at, state.ends_at))


def _tell_farmers(
    session: Session,
    jobs: Mapping[UUID, Job],
    told_days: Mapping[UUID, date],
    made: Mapping[UUID, Visit],
    now: datetime,
    why: Reasons,
    *,
    tell_new: bool,
) -> None:
    """Tell of the visits that were made, and of the days that were told and are no more, by job."""
    concerned = [jobs[job_id] for job_id in (*told_days, *made)]
    if not concerned:
        return
    cooperative_id, days = concerned[0].cooperative_id, {visit.day for visit in made.values()}
    published = queries.published_days(session, cooperative_id, days)
    arrivals = telling.arrivals_of(session, cooperative_id, days, now)
    met = telling.met(session, cooperative_id, concerned)
    # Written together at the end, and not each before the task that delivers it.
    with session.no_autoflush:
        for job_id, day in told_days.items():
            telling.tell_postponed(session, job=jobs[job_id], day=day, now=now, why=why.get(job_id))
        for job_id, visit in made.items():
            telling.tell_if_due(
                session,
                job=jobs[job_id],
                visit=visit,
                arrival=arrivals[job_id],
                is_published=tell_new or visit.day in published,
                now=now,
                why=why.get(job_id),
            )
    del met


def undo(session: Session, *, actor: Actor, change_id: UUID, roads: RoadTable, now: datetime) -> ScheduleChange:
    """Put the visits of a change back as they stood before it. Raises ChangeNotFound, CannotUndo, DayLocked, SlotTaken.

    Only while they stand as the change left them: what somebody did since then is not thrown away.
    """
    ensure_staff(actor)
    done = session.get(ScheduleChange, (actor.cooperative_id, change_id))
    if done is None:
        raise ChangeNotFound
    days = days_of_states([*done.before, *done.after])
    jobs = [state.job_id for state in done.before]
    table = writing.ways(session, actor.cooperative_id, {day for _, day in days}, roads, jobs)
    locks.lock_days(session, actor.cooperative_id, days)
    if done.kind is not ChangeKind.TURN:  # what was done on a locked day may be taken back on one
        queries.ensure_unlocked(session, actor.cooperative_id, {day for _, day in days})
    session.refresh(done)
    writing.release_dead(session, actor.cooperative_id, {day for _, day in days}, jobs)
    known = queries.find_visits(session, actor.cooperative_id, [state.job_id for state in done.after])
    stands = {state.job_id: state_of(state.job_id, known.get(state.job_id)) for state in done.after}
    if done.undone_at is not None or any(stands[state.job_id] != state for state in done.after):
        raise CannotUndo
    _ensure_not_gone(done, now)
    _ensure_in_service(session, done)
    try:
        change(session, actor=actor, kind=done.kind, wanted=done.before, now=now, table=table)
    except (AlreadyBegun, MoveNotAllowed) as refusal:
        raise CannotUndo from refusal
    done.undone_at = now
    session.flush()
    return done


def _ensure_not_gone(done: ScheduleChange, now: datetime) -> None:
    stands = {state.job_id: state.starts_at for state in done.after}
    for state in done.before:
        if state.starts_at is not None and state.starts_at < now and state.starts_at != stands.get(state.job_id):
            raise TimeInPast


def _ensure_in_service(session: Session, done: ScheduleChange) -> None:
    """Raise CannotUndo where a visit would go back to an aircraft that flies no more."""
    flown = {one.id for one in fleet_queries.list_aircraft(session, done.cooperative_id, in_service_only=True)}
    stands = {state.job_id: state.aircraft_id for state in done.after}
    for state in done.before:
        if state.aircraft_id is not None and state.aircraft_id not in flown | {stands.get(state.job_id)}:
            raise CannotUndo
