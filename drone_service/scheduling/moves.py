"""Moving one job on the board: what every half-day would cost, what one move would do, and the move itself.

A block is one piece: whoever moves, pins or takes off one of its jobs does so with all of them.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking import queries as booking_queries
from drone_service.booking.models import Job
from drone_service.booking.rules import HalfDay
from drone_service.fleet import queries as fleet_queries
from drone_service.kit.clock import day_bounds
from drone_service.scheduling import locks, queries, writing
from drone_service.scheduling.changing import change, state_of
from drone_service.scheduling.consequences import Skies, break_out, breaks_of, shifted_of, states_of
from drone_service.scheduling.ground import BoardGround, Cell, half_bounds
from drone_service.scheduling.models import ScheduleChange, Visit
from drone_service.scheduling.proposal import ChangeKind, VisitState
from drone_service.scheduling.roads import RoadTable
from drone_service.scheduling.rules import BoardChanged, NoAircraft, NoRoom, Period, VisitNotFound
from drone_service.scheduling.schemas import BreakOut, MoveIn, MoveOut, PlaceIn
from drone_service.scheduling.sequence import Break, HalfDayPlan, Timed, best_position, cost_of, retime
from drone_service.scheduling.service import days_of_piece, movable_jobs, piece_of
from drone_service.scheduling.sky import sky_of


def preview(
    session: Session, *, actor: Actor, job_id: UUID, place: PlaceIn, roads: RoadTable, now: datetime
) -> MoveOut:
    """Return what moving a job into a half-day would do, without doing it. Raises JobNotFound, NoAircraft."""
    ensure_staff(actor)
    return _Trial.read(session, actor, job_id, [place.day], roads, now).tried(place)


def options(
    session: Session, *, actor: Actor, job_id: UUID, days: Sequence[date], roads: RoadTable, now: datetime
) -> list[MoveOut]:
    """Return what each half-day of each aircraft would do with the job, in its best place there."""
    ensure_staff(actor)
    trial = _Trial.read(session, actor, job_id, days, roads, now)
    return [
        trial.tried(PlaceIn(aircraft_id=aircraft.id, day=day, half=half))
        for day in days
        for aircraft in trial.board.aircraft
        for half in HalfDay
    ]


def move(
    session: Session, *, actor: Actor, job_id: UUID, data: MoveIn, roads: RoadTable, now: datetime
) -> ScheduleChange:
    """Move a job as it was looked at, and the visits that have to give way.

    Raises BoardChanged when the half-days are not what was looked at, NoRoom, DayLocked, SlotTaken, AlreadyBegun,
    JobNotFound, AircraftNotFound.
    """
    ensure_staff(actor)
    booking_queries.get_job(session, actor, job_id)
    fleet_queries.get_aircraft(session, actor, data.aircraft_id)
    # Roads are asked before any row is locked: the router is another machine and may take its whole deadline.
    table = _Trial.read(session, actor, job_id, [data.day], roads, now).board.table
    piece = piece_of(session, actor.cooperative_id, job_id)
    days = {(data.aircraft_id, data.day)} | days_of_piece(piece)
    locks.lock_days(session, actor.cooperative_id, days)
    queries.ensure_unlocked(session, actor.cooperative_id, {day for _, day in days})
    writing.release_dead(session, actor.cooperative_id, {day for _, day in days})
    movable_jobs(session, actor, piece)
    trial = _Trial.read(session, actor, job_id, [data.day], table, now)
    shown = trial.tried(data)
    if shown.seen != data.seen:
        raise BoardChanged
    if not shown.is_possible:
        raise NoRoom
    wanted = trial.wanted(data, pinned=data.pinned)
    return change(session, actor=actor, kind=ChangeKind.MOVE, wanted=wanted, now=now, table=table)


def take_off(session: Session, *, actor: Actor, job_id: UUID, roads: RoadTable, now: datetime) -> ScheduleChange:
    """Take a job off the board; it waits again. Raises VisitNotFound, AlreadyBegun, DayLocked, BoardChanged."""
    ensure_staff(actor)
    days = {day for _, day in _places_of(session, actor.cooperative_id, job_id).values()}
    table = writing.ways(session, actor.cooperative_id, days, roads)
    wanted = [VisitState(job_id=one) for one in _held_visits(session, actor, job_id)]
    return change(session, actor=actor, kind=ChangeKind.TAKE_OFF, wanted=wanted, now=now, table=table)


def pin(session: Session, *, actor: Actor, job_id: UUID, pinned: bool, now: datetime) -> ScheduleChange:
    """Hold a visit where it is when days are planned, or let it move.

    Raises VisitNotFound, AlreadyBegun, DayLocked, BoardChanged.
    """
    known = _held_visits(session, actor, job_id)
    wanted = [state_of(one, visit).model_copy(update={"pinned": pinned}) for one, visit in known.items()]
    return change(session, actor=actor, kind=ChangeKind.PIN, wanted=wanted, now=now)


def _held_visits(session: Session, actor: Actor, job_id: UUID) -> dict[UUID, Visit]:
    """Hold the days of a job's visit and of those of its block, and return them as they are now.

    Raises VisitNotFound, DayLocked, BoardChanged.
    """
    ensure_staff(actor)
    known = _places_of(session, actor.cooperative_id, job_id)
    if job_id not in known:
        raise VisitNotFound
    locks.lock_days(session, actor.cooperative_id, set(known.values()))
    queries.ensure_unlocked(session, actor.cooperative_id, {day for _, day in known.values()})
    # Somebody may have moved it while this waited for the lock.
    held = _places_of(session, actor.cooperative_id, job_id)
    if job_id not in held:
        raise VisitNotFound
    if held != known:
        raise BoardChanged
    return {one: visit for one, visit in piece_of(session, actor.cooperative_id, job_id).items() if visit is not None}


def _places_of(session: Session, cooperative_id: UUID, job_id: UUID) -> dict[UUID, tuple[UUID, date]]:
    """Return the aircraft and days on which a job stands, and those of its block."""
    piece = piece_of(session, cooperative_id, job_id)
    return {one: (visit.aircraft_id, visit.day) for one, visit in piece.items() if visit is not None}


class _Trial:
    """One job that is held in the hand over the board, with those of its block."""

    def __init__(
        self,
        board: BoardGround,
        job: Job,
        piece: Sequence[tuple[Visit | None, Job]],
        sky: Skies,
        language: str,
        now: datetime,
    ) -> None:
        self.sky = sky
        self.board, self.job, self.language, self.now = board, job, language, now
        self.ids = [one.id for _, one in piece]
        self.numbers = {one.id: one.number for _, one in (*board.rows, *piece)}
        self.origins: set[Cell] = {board.cell_of(visit) for visit, _ in piece if visit}
        # It is timed anew wherever it goes; what its farmer was told stays in mind.
        self.stop = replace(board.stop(piece), period=None, stays=False)

    @classmethod
    def read(
        cls,
        session: Session,
        actor: Actor,
        job_id: UUID,
        days: Sequence[date],
        roads: RoadTable | writing.Travel,
        now: datetime,
    ) -> "_Trial":
        job = booking_queries.get_job(session, actor, job_id)
        visits = piece_of(session, actor.cooperative_id, job_id)
        members = [booking_queries.get_job(session, actor, one) for one in visits]
        wanted = sorted({*days, *(visit.day for visit in visits.values() if visit)})
        board = BoardGround.read(session, actor.cooperative_id, wanted, roads, members)
        # A visit that is not on the board is that of a job that was cancelled or given back.
        standing = {one.id: visit for visit, one in board.rows}
        jobs = list({one.id: one for one in [*members, *(row for _, row in board.rows)]}.values())
        span = Period(max(now, day_bounds(wanted[0])[0]), day_bounds(wanted[-1])[1])
        sky = sky_of(session, actor.cooperative_id, jobs, span)
        return cls(board, job, [(standing.get(one.id), one) for one in members], sky, actor.language, now)

    def _halves(self, place: PlaceIn) -> tuple[Cell, HalfDayPlan, HalfDayPlan, int]:
        """Return the half-day the job goes to, how it stands without the job and with it, and the position."""
        if place.aircraft_id not in {one.id for one in self.board.aircraft}:
            raise NoAircraft
        cell: Cell = (place.aircraft_id, place.day, place.half)
        rest = self.board.half(cell).without(self.ids)
        taken = self.board.taken(cell, self.ids)
        if place.position is None:
            position = best_position(rest, self.stop, self.board.ground, self.now, taken)
        else:
            position = min(place.position, len(rest.stops))
        return cell, rest, rest.with_at(self.stop, position), position

    def _timed(self, cell: Cell, half: HalfDayPlan) -> Timed:
        return retime(half, self.board.ground, self.now, self.board.taken(cell, self.ids))

    def tried(self, place: PlaceIn) -> MoveOut:
        """Return what putting the job there does."""
        cell, rest, half, position = self._halves(place)
        timed = self._timed(cell, half)
        left = [self.board.half(origin) for origin in self.origins - {cell}]
        before = [self.board.half(cell), *left]
        after = [half, *(origin.without(self.ids) for origin in left)]
        cost = cost_of(before, after, self.board.ground)
        period = timed.periods[self.stop.job_id]
        aircraft_days = {(one[0], one[1]) for one in (cell, *self.origins)}
        return MoveOut(
            job_id=self.job.id,
            job_number=self.job.number,
            aircraft_id=cell[0],
            day=cell[1],
            half=cell[2],
            position=position,
            positions=len(half.stops),
            starts_at=period.starts_at,
            ends_at=period.ends_at,
            is_possible=timed.is_possible and self.now <= period.starts_at < half_bounds(cell[1], cell[2]).ends_at,
            km=cost.km,
            drive_min=cost.drive_min,
            wash_min=cost.wash_min,
            shifted=shifted_of(half, timed, self.numbers),
            breaks=[
                *self._unfit(cell),
                *breaks_of(timed, self._timed(cell, rest), self.numbers, self.sky, self.language),
            ],
            seen=self.board.seen(self.ids, aircraft_days),
        )

    def _unfit(self, cell: Cell) -> list[BreakOut]:
        """Say that the aircraft with its crew may not do the job, unless that is so where it is already."""
        if any(cell[:2] == origin[:2] for origin in self.origins):
            return []
        if self.board.crews.by_aircraft[cell[0]].unfit(self.job.service, cell[1]) is None:
            return []
        return [break_out(self.job.id, Break.UNFIT, self.numbers, self.language)]

    def wanted(self, place: PlaceIn, *, pinned: bool) -> list[VisitState]:
        """Return how the visits are to stand once the job is there."""
        cell, _, half, _ = self._halves(place)
        timed = self._timed(cell, half)
        pins = {job.id: visit.pinned for visit, job in self.board.rows} | dict.fromkeys(self.ids, pinned)
        return states_of(half, timed, cell[0], pins)
