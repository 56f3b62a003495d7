"""Jobs gathered along a road or canal: proposed from what waits, put into one half-day whole or not at all.

The owners do this by hand the evening before. A proposal holds nothing; it is worked out again when it is accepted, and
refused where the half-day or one of the jobs is no longer what was looked at. Who has a place keeps it: the groups are
made for what the half-days have free.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking import queries as booking_queries
from drone_service.booking.models import Job
from drone_service.booking.rules import State
from drone_service.engine.operation import Service
from drone_service.engine.schedule.gather import gather
from drone_service.engine.schedule.pieces import Gathering, Piece
from drone_service.farms import queries as farms_queries
from drone_service.fleet import queries as fleet_queries
from drone_service.kit.clock import local_day
from drone_service.kit.i18n import translate
from drone_service.scheduling import locks, queries, weather, writing
from drone_service.scheduling.changing import change
from drone_service.scheduling.consequences import breaks_of, shifted_of, states_of
from drone_service.scheduling.corridor import corridor_of
from drone_service.scheduling.day_problem import KM_COST
from drone_service.scheduling.gather_ground import GatherGround, Placed
from drone_service.scheduling.gather_schemas import (
    MOST_JOBS,
    GatheredJob,
    GatherIn,
    GatheringOut,
    GatheringsOut,
    GatherOption,
)
from drone_service.scheduling.ground import Cell
from drone_service.scheduling.models import ScheduleChange
from drone_service.scheduling.proposal import ChangeKind
from drone_service.scheduling.roads import RoadTable
from drone_service.scheduling.rules import MAX_PLAN_DAYS, MAX_VISIT, GatheringOutdated, NoRoom
from drone_service.scheduling.schemas import TravelSource
from drone_service.scheduling.sequence import cost_of
from drone_service.scheduling.sky import worst_level
from drone_service.scheduling.windows import CAUTION_GAIN, LATER_DAY_LOSS
from drone_service.weather.rules import LEVEL_NAMES, Level, ensure_reach

MOST_WAITING = 1_000
"""So many of the jobs that wait are looked at, the most pressing."""
Order = Sequence[Sequence[Job]]
"""Jobs in order along the way; those of a block are one element."""
OPTIONS = 4
"""How many half-days are offered for a group."""


def propose(
    session: Session,
    *,
    actor: Actor,
    first: date | None,
    days: int,
    max_gap_km: float,
    roads: RoadTable,
    now: datetime,
) -> GatheringsOut:
    """Return the groups of waiting jobs for some days from today on. Reads only. Raises RoleNeeded, DayOutOfReach."""
    ensure_staff(actor)
    begin = max(first or local_day(now), local_day(now))
    ensure_reach(begin)
    wanted = [begin + timedelta(days=number) for number in range(min(days, MAX_PLAN_DAYS))]
    waiting = queries.list_waiting(session, actor.cooperative_id, wanted)[:MOST_WAITING]
    jobs = [job for job in waiting if job.service_s <= MAX_VISIT.total_seconds()]
    shown: list[GatheringOut] = []
    travel = TravelSource.GREAT_CIRCLE
    if jobs:
        ground = GatherGround.read(session, actor.cooperative_id, wanted, jobs, roads, now)
        travel = ground.board.table.source
        shown = _Shown(session, actor, ground).all(max_gap_km)
    places = [(job.lon, job.lat) for job in jobs]
    return GatheringsOut(
        first=begin,
        days=len(wanted),
        max_gap_km=max_gap_km,
        waiting=len(waiting),
        alone=len(waiting) - sum(len(one.jobs) for one in shown),
        gatherings=shown,
        travel=travel,
        forecast=weather.source_of_work(session, actor, places, now),
    )


def accept(session: Session, *, actor: Actor, data: GatherIn, roads: RoadTable, now: datetime) -> ScheduleChange:
    """Put jobs into a half-day together, as they were looked at, whole or not at all.

    Raises GatheringOutdated when a job or the half-day is not what was looked at, NoRoom, DayLocked, SlotTaken,
    JobNotFound, AircraftNotFound, RoleNeeded.
    """
    ensure_staff(actor)
    ids = list(dict.fromkeys(data.job_ids))
    for job_id in ids:
        booking_queries.get_job(session, actor, job_id)
    fleet_queries.get_aircraft(session, actor, data.aircraft_id)
    ensure_reach(data.day)
    table = writing.ways(session, actor.cooperative_id, [data.day], roads, ids)
    locks.lock_days(session, actor.cooperative_id, {(data.aircraft_id, data.day)})
    queries.ensure_unlocked(session, actor.cooperative_id, {data.day})
    writing.release_dead(session, actor.cooperative_id, {data.day})
    held = locks.lock_jobs(session, actor.cooperative_id, ids)
    if any(job.state is not State.CONFIRMED for job in held.values()):
        raise GatheringOutdated
    ground = GatherGround.read(session, actor.cooperative_id, [data.day], [held[job_id] for job_id in ids], table, now)
    shown = _Shown(session, actor, ground)
    order = ground.together(ids)
    cell: Cell = (data.aircraft_id, data.day, data.half)
    whole = [job for jobs in order for job in jobs]
    if len(whole) != len(ids) or ground.seen(whole, cell) != data.seen:
        raise GatheringOutdated
    placed = shown.placed(order, cell)
    if placed is None:
        raise NoRoom
    pins = {job.id: visit.pinned for visit, job in ground.board.rows} | dict.fromkeys(ids, False)
    wanted = states_of(placed.half, placed.timed, data.aircraft_id, pins)
    return change(session, actor=actor, kind=ChangeKind.GATHER, wanted=wanted, now=now, table=table)


class _Shown:
    """What the doors show of groups on a ground."""

    def __init__(self, session: Session, actor: Actor, ground: GatherGround) -> None:
        jobs = ground.jobs.values()
        self.ground, self.language = ground, actor.language
        self.people = access_queries.names_of(session, actor.cooperative_id, {job.farmer_id for job in jobs})
        self.fields = farms_queries.names_of(session, actor.cooperative_id, {job.field_id for job in jobs})
        self.aircraft = {one.id: one.name for one in ground.board.aircraft}
        self.numbers = {job.id: job.number for _, job in ground.board.rows} | {job.id: job.number for job in jobs}

    def all(self, max_gap_km: float) -> list[GatheringOut]:
        ground = self.ground
        together = {str(jobs[0].id): jobs for jobs in ground.together(list(ground.jobs))}
        pieces = {name: ground.piece(jobs) for name, jobs in together.items()}
        taken: set[Cell] = set()
        shown = []
        for one in self.found(list(pieces.values()), max_gap_km):
            order = [together[name] for name in one.pieces]
            if sum(len(jobs) for jobs in order) > MOST_JOBS:
                continue
            options = self.options(one, order, [pieces[name] for name in one.pieces], taken)
            if not options:
                continue
            taken.add((options[0].aircraft_id, options[0].day, options[0].half))
            shown.append(self.gathering(one, order, options))
        return shown

    def found(self, pieces: Sequence[Piece], max_gap_km: float) -> list[Gathering]:
        """Return the groups of every service, each in the rooms of the crews that may do it."""
        ground, found = self.ground, []
        for service in Service:
            own = [piece for piece in pieces if piece.gear == service.value]
            rooms = [room for cell, free in ground.rooms.items() if ground.may_do(service, cell) for room in free]
            found += gather(own, rooms, ground.ways, max_gap_km=max_gap_km)
        return sorted(found, key=lambda one: (-one.saved_s, one.pieces))

    def placed(self, order: Order, cell: Cell) -> Placed | None:
        """Return a group in a half-day: in what is free of it, else where the visits there give way."""
        if cell not in self.ground.halves or not self.ground.is_agreed(order, cell):
            return None
        fit = self.ground.fit([self.ground.piece(jobs) for jobs in order], cell)
        return self.ground.place(order, cell, fit)

    def options(self, one: Gathering, order: Order, pieces: Sequence[Piece], taken: set[Cell]) -> list[GatherOption]:
        """Return the best half-days, the proposed one first: the best that no better group is proposed for.

        Where others would have to give way is worked out only if too few half-days are free.
        """
        ground = self.ground
        known = {cell: ground.shortest(pieces, one.fits, cell) for cell in ground.halves}
        placed = [ground.place(order, cell, fit) for cell, fit in known.items() if fit is not None]
        if len(placed) < OPTIONS:
            tight = [cell for cell, fit in known.items() if fit is None and ground.is_agreed(order, cell)]
            placed += [ground.place(order, cell, None) for cell in tight]
        found = [self.option(place, order) for place in placed if place is not None]
        found.sort(key=lambda option: self._loss(option, one.price))
        cells = [(option.aircraft_id, option.day, option.half) for option in found]
        best = next((n for n, cell in enumerate(cells) if not found[n].breaks and cell not in taken), 0)
        if not found:
            return []
        return [found[best], *found[:best], *found[best + 1 :]][:OPTIONS]

    def _loss(self, option: GatherOption, price_vnd: int) -> tuple[int, float, datetime]:
        """Return what speaks against a half-day: what breaks, then way, weather and waiting at the planner's price."""
        caution = 1 - CAUTION_GAIN if option.weather == Level.CAUTION.name.lower() else 0.0
        later = LATER_DAY_LOSS * (option.day - self.ground.board.days[0]).days
        return len(option.breaks), KM_COST * option.km + (later + caution) * price_vnd / 1000, option.starts_at

    def option(self, placed: Placed, order: Order) -> GatherOption:
        ground = self.ground
        aircraft_id, day, half = placed.cell
        cost = cost_of([placed.before], [placed.half], ground.board.ground)
        level = max(
            worst_level(ground.sky.get(job.id, ()), placed.timed.periods[own[0].id]) for own in order for job in own
        )
        return GatherOption(
            aircraft_id=aircraft_id,
            aircraft_name=self.aircraft[aircraft_id],
            day=day,
            half=half,
            starts_at=placed.starts_at,
            ends_at=placed.ends_at,
            km=cost.km,
            drive_min=cost.drive_min,
            wash_min=cost.wash_min,
            weather=level.name.lower(),
            weather_text=translate(LEVEL_NAMES[level], self.language),
            shifted=shifted_of(placed.half, placed.timed, self.numbers),
            breaks=breaks_of(placed.timed, placed.before_timed, self.numbers, ground.sky, self.language),
            seen=ground.seen([job for own in order for job in own], placed.cell),
        )

    def gathering(self, one: Gathering, order: Order, options: list[GatherOption]) -> GatheringOut:
        jobs = [job for own in order for job in own]
        gaps = [None, *one.gaps_km]
        ways = [gap if number == 0 else 0.0 for own, gap in zip(order, gaps, strict=True) for number in range(len(own))]
        corridor = corridor_of([(job.lon, job.lat) for job in jobs])
        return GatheringOut(
            jobs=[self.job(job, km) for job, km in zip(jobs, ways, strict=True)],
            service=jobs[0].service,
            area_m2=one.area_m2,
            quantity=round(one.quantity, 3),
            rate_unit=jobs[0].quote.rate_unit,
            price_vnd=one.price,
            work_min=round(one.work_s / 60),
            drive_min=round(one.travel_s / 60),
            wash_min=round(one.wash_s / 60),
            total_min=round(one.total_s / 60),
            km=round(one.km, 1),
            saved_km=round(one.saved_km, 1),
            saved_min=round(one.saved_s / 60),
            ha_per_hour=round(one.ha_per_h, 2),
            ha_per_hour_alone=round(one.alone_ha_per_h, 2),
            axis=corridor.axis,
            length_m=corridor.length_m,
            width_m=corridor.width_m,
            options=options,
        )

    def job(self, job: Job, km: float | None) -> GatheredJob:
        return GatheredJob(
            job_id=job.id,
            job_number=job.number,
            farmer_name=self.people[job.farmer_id].name,
            field_name=self.fields[job.field_id].name,
            area_m2=job.area_m2,
            quantity=job.quote.total_quantity,
            price_vnd=job.price_vnd,
            service_min=round(self.ground.board.length(job).total_seconds() / 60),
            allowed_from=job.allowed_from,
            allowed_until=job.allowed_until,
            half_days=job.half_days,
            lon=job.lon,
            lat=job.lat,
            km_from_before=None if km is None else round(km, 2),
            in_block=len(self.ground.board.together.party(job.id)) > 1,
        )
