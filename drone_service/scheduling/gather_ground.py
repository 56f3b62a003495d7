"""Waiting jobs as pieces, free stretches of the half-days as rooms, and what putting a group into a half-day does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from uuid import UUID

from sqlmodel import Session

from drone_service.booking.models import Job
from drone_service.booking.rules import HalfDay
from drone_service.engine.operation import Service
from drone_service.engine.schedule.pieces import Fit, Piece, Room, Ways, fits
from drone_service.engine.schedule.problem import Window
from drone_service.kit.clock import day_bounds
from drone_service.scheduling import queries, writing
from drone_service.scheduling.consequences import Skies
from drone_service.scheduling.day_problem import SLOT_S, plain_job
from drone_service.scheduling.ground import BoardGround, Cell, half_bounds
from drone_service.scheduling.roads import RoadTable
from drone_service.scheduling.rules import Period, slot_after, work_periods
from drone_service.scheduling.sequence import HalfDayPlan, Stop, Timed, retime
from drone_service.scheduling.sky import sky_of
from drone_service.scheduling.together import as_one
from drone_service.scheduling.windows import windows_of


@dataclass(frozen=True)
class Placed:
    """A group in a half-day: the half-day with it, the times, and the half-day as it stands."""

    cell: Cell
    half: HalfDayPlan
    timed: Timed
    before: HalfDayPlan
    before_timed: Timed
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class GatherGround:
    """The board of some days, the jobs that are to be put on it, and the weather over both."""

    board: BoardGround
    jobs: Mapping[UUID, Job]
    sky: Skies
    open_days: Sequence[date]
    now: datetime

    @classmethod
    def read(
        cls,
        session: Session,
        cooperative_id: UUID,
        days: Sequence[date],
        jobs: Sequence[Job],
        roads: RoadTable | writing.Travel,
        now: datetime,
    ) -> "GatherGround":
        board = BoardGround.read(session, cooperative_id, days, roads, jobs)
        closed = queries.locked_days(session, cooperative_id, days)
        span = Period(max(now, day_bounds(days[0])[0]), day_bounds(days[-1])[1])
        everyone = {job.id: job for job in [*jobs, *(job for _, job in board.rows)]}
        return cls(
            board=board,
            jobs={job.id: job for job in jobs},
            sky=sky_of(session, cooperative_id, list(everyone.values()), span),
            open_days=[day for day in days if day not in closed],
            now=now,
        )

    @cached_property
    def zero(self) -> datetime:
        return day_bounds(self.board.days[0])[0]

    @cached_property
    def ways(self) -> Ways:
        ground = self.board.ground
        return Ways(ground.travel_s, ground.travel_km, wash_s=ground.wash_s, step_s=SLOT_S)

    def seconds(self, moment: datetime) -> float:
        return (moment - self.zero).total_seconds()

    def together(self, job_ids: Sequence[UUID]) -> list[tuple[Job, ...]]:
        """Return the jobs as they are done: a block is one piece, in the place of the first of its jobs.

        A block of which not all can be placed is left out.
        """
        known = self.board.together
        whole = [party for party in known.among(job_ids) if party == known.party(party[0])]
        return [tuple(map(self.jobs.__getitem__, party)) for party in whole if known.waiting.isdisjoint(party)]

    def piece(self, jobs: Sequence[Job]) -> Piece:
        """Return jobs that are done in one go as one piece, within the hours that all of them allow."""
        stop = self.stop(jobs)
        plain = as_one([plain_job(job, sky=tuple(self.sky.get(job.id, ()))) for job in jobs], stop.lengths)
        windows: list[Window] = []
        for day in self.open_days:
            hours = work_periods(day, self.board.cooperative.work_windows, self.now)
            work = [Window(self.seconds(one.starts_at), self.seconds(one.ends_at)) for one in hours]
            windows += _shared(windows_of(plain, [day], self.zero, 0.0), work)
        return Piece(
            id=str(stop.job_id),
            location=stop.place,
            service_s=stop.length.total_seconds(),
            windows=tuple(windows),
            group=stop.group,
            gear=jobs[0].service.value,
            area_m2=sum(job.area_m2 for job in jobs),
            quantity=sum(job.quote.total_quantity for job in jobs),
            price=sum(job.price_vnd for job in jobs),
        )

    def stop(self, jobs: Sequence[Job]) -> Stop:
        """Return jobs that are done in one go as a stop without a time."""
        if jobs[0].id not in self.stops:
            self.stops[jobs[0].id] = self.board.stop([(None, job) for job in jobs])
        return self.stops[jobs[0].id]

    @cached_property
    def stops(self) -> dict[UUID, Stop]:
        """The stops that were made, by their first job: their half-days are worked out once."""
        return {}

    @cached_property
    def halves(self) -> dict[Cell, HalfDayPlan]:
        """The half-days that are open, as they stand, in the order of time; what has gone is not among them."""
        return {
            cell: self.board.half(cell)
            for day in self.open_days
            for half in HalfDay
            for cell in ((aircraft.id, day, half) for aircraft in self.board.aircraft)
            if half_bounds(day, half).ends_at > self.now
        }

    @cached_property
    def rooms(self) -> dict[Cell, list[Room]]:
        """The free stretches of each half-day; the last word of a name is the position in the order."""
        return {cell: self._rooms(cell, half) for cell, half in self.halves.items()}

    def _taken(self, cell: Cell) -> list[Period]:
        return self.board.taken(cell, self.jobs.keys())

    def _rooms(self, cell: Cell, half: HalfDayPlan) -> list[Room]:
        taken = self._taken(cell)
        begin, end = max(half.work.starts_at, slot_after(self.now)), half.work.ends_at
        for other in sorted(taken, key=lambda one: one.starts_at):
            if other.starts_at <= begin:
                begin = max(begin, other.ends_at)
            else:
                end = min(end, other.starts_at)
        found, place, group = [], 0, None
        for number, stop in enumerate([*half.stops, None]):
            until = end if stop is None or stop.period is None else min(stop.period.starts_at, end)
            if begin < until:
                found.append(
                    Room(
                        _name(cell, number), self.seconds(begin), self.seconds(until), place,
                        stop.place if stop else 0, group, stop.group if stop else None,
                    )
                )  # fmt: skip
            if stop is not None and stop.period is not None:
                begin, place, group = max(begin, stop.period.ends_at), stop.place, stop.group
        return found

    def fit(self, pieces: Sequence[Piece], cell: Cell) -> Fit | None:
        """Return how pieces in order fit a free stretch of a half-day, the one with the least driving."""
        return self.shortest(pieces, fits(pieces, self.rooms[cell], self.ways), cell)

    def shortest(self, pieces: Sequence[Piece], found: Iterable[Fit], cell: Cell) -> Fit | None:
        """Return of some fits of pieces the one in a half-day that drives least, the soonest of them."""
        rooms = {room.id: room for room in self.rooms[cell]}
        places = {piece.id: piece.location for piece in pieces}
        km = self.board.ground.travel_km

        def driven(fit: Fit) -> tuple[float, float]:
            room = rooms[fit.room]
            first, last = places[fit.pieces[0]], places[fit.pieces[-1]]
            stands = float(km[room.start_location, room.end_location])
            return float(km[room.start_location, first] + km[last, room.end_location]) - stands, fit.starts_s[0]

        return min((fit for fit in found if fit.room in rooms), key=driven, default=None)

    def place(self, order: Sequence[Sequence[Job]], cell: Cell, fit: Fit | None) -> Placed | None:
        """Return what putting jobs into a half-day does, None where it cannot be; without a fit others give way."""
        before = self.halves[cell]
        if fit is not None:
            by_name = {str(jobs[0].id): self.stop(jobs) for jobs in order}
            begins = [self.zero + timedelta(seconds=start_s) for start_s in fit.starts_s]
            timed = [(by_name[name], begin) for name, begin in zip(fit.pieces, begins, strict=True)]
            stops = [replace(stop, period=Period(begin, begin + stop.length)) for stop, begin in timed]
            return self._placed(cell, before, stops, int(fit.room.rsplit(" ", 1)[1]))
        stops = [self.stop(jobs) for jobs in order]
        tried = [
            self._placed(cell, before, turned, position)
            for position in range(len(before.stops) + 1)
            for turned in (stops, stops[::-1])
        ]
        possible = [one for one in tried if one is not None]
        return min(possible, key=self._harm, default=None)

    def _placed(self, cell: Cell, before: HalfDayPlan, new: Sequence[Stop], position: int) -> Placed | None:
        taken = self._taken(cell)
        half = replace(before, stops=(*before.stops[:position], *new, *before.stops[position:]))
        timed = retime(half, self.board.ground, self.now, taken)
        periods = [timed.periods[stop.job_id] for stop in new]
        starts_at = min(period.starts_at for period in periods)
        if not timed.is_possible or starts_at < self.now:
            return None
        names = {stop.job_id for stop in new}
        # What is new had no time before, so it is written and nobody reads that it moved.
        bare = tuple(replace(stop, period=None) if stop.job_id in names else stop for stop in half.stops)
        return Placed(
            cell=cell,
            half=replace(half, stops=bare),
            timed=timed,
            before=before,
            before_timed=retime(before, self.board.ground, self.now, taken),
            starts_at=starts_at,
            ends_at=max(period.ends_at for period in periods),
        )

    def _harm(self, placed: Placed) -> tuple[int, float]:
        broken = sum(len(found) for found in placed.timed.breaks.values())
        return broken, self.board.ground.km(placed.half.stops)

    def may_do(self, service: Service, cell: Cell) -> bool:
        """Tell whether the aircraft with its crew may do a service on the day of a half-day."""
        return self.board.crews.by_aircraft[cell[0]].unfit(service, cell[1]) is None

    def is_agreed(self, order: Sequence[Sequence[Job]], cell: Cell) -> bool:
        """Tell whether every farmer agreed to a half-day in which people work, and its crew may do it."""
        whole = half_bounds(cell[1], cell[2])
        work = work_periods(cell[1], self.board.cooperative.work_windows, self.now)
        agreed = all(any(one.overlaps(whole) for one in self.stop(jobs).allowed) for jobs in order)
        fit = all(self.may_do(service, cell) for service in {jobs[0].service for jobs in order})
        return agreed and fit and any(one.overlaps(whole) for one in work)

    def seen(self, jobs: Sequence[Job], cell: Cell) -> str:
        """Return a mark of how the aircraft's day and the jobs stand; any change of them is another mark."""
        parts = [
            f"{job.id} {job.state} {job.allowed_from} {job.allowed_until} {sorted(job.half_days)} {job.service_s} "
            f"{job.area_m2} {job.price_vnd} {job.lon} {job.lat} {self.board.together.party(job.id)}"
            for job in sorted(jobs, key=lambda one: one.id)
        ]
        return sha256("\n".join([self.board.seen([job.id for job in jobs], {cell[:2]}), *parts]).encode()).hexdigest()[
            :24
        ]


def _name(cell: Cell, position: int) -> str:
    return f"{cell[0]} {cell[1]} {cell[2].value} {position}"


def _shared(first: Iterable[Window], second: Sequence[Window]) -> Iterable[Window]:
    """Yield where a window of each overlap."""
    for one in first:
        for other in second:
            begin, end = max(one.start_s, other.start_s), min(one.end_s, other.end_s)
            if begin < end:
                yield Window(begin, end)
