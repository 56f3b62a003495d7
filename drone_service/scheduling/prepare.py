"""From the tables to a problem for the search: what is to be arranged, what stays, and what happened meanwhile."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from uuid import UUID

from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.access.models import Cooperative
from drone_service.booking.models import Job
from drone_service.booking.rules import WORKED_STATES, HalfDay, State
from drone_service.engine.schedule.check import score_of
from drone_service.engine.schedule.plan import Plan, Unserved
from drone_service.engine.schedule.slots import rank_slots
from drone_service.fleet import queries as fleet_queries
from drone_service.kit.clock import day_bounds, local_moment
from drone_service.scheduling import day_problem, queries, writing
from drone_service.scheduling.arrivals import is_kept
from drone_service.scheduling.crews import Crews
from drone_service.scheduling.day_problem import AircraftShift, DayProblem, FixedVisit, PlannedVisit, plain_job
from drone_service.scheduling.models import Visit
from drone_service.scheduling.proposal import LeftOut, Proposal, ProposedVisit, Totals, Turn, TurnKind, VisitState
from drone_service.scheduling.roads import RoadTable
from drone_service.scheduling.rules import NoAircraft, Period, slot_after, work_periods
from drone_service.scheduling.schemas import TravelSource
from drone_service.scheduling.sky import sky_of
from drone_service.scheduling.telling import told_of
from drone_service.scheduling.together import Length, Together, as_one
from drone_service.scheduling.windows import JobToPlan, Sky, half_day_periods, windows_of, worth

URGENCY = 10.0  # a pest outbreak comes before any other job, and before no promise that ten jobs hang on (k)


@dataclass(frozen=True)
class Candidates:
    """What is to be arranged, and what stays."""

    movable: list[Job]
    fixed: list[tuple[Visit, Job]]
    before: dict[UUID, Visit]
    together: Together = field(default_factory=Together)
    work: str = ""
    """Which aircraft are in service and when people work: a plan for others cannot be kept."""

    @property
    def jobs(self) -> list[Job]:
        return [*self.movable, *(job for _, job in self.fixed)]

    @classmethod
    def read(
        cls,
        session: Session,
        cooperative_id: UUID,
        days: Sequence[date],
        *,
        turn: Turn | None = None,
        quotes: bool = True,
    ) -> "Candidates":
        """Read the visits of the days and what waits. A pin that cannot be kept holds nobody any more."""
        visits = queries.list_visits(session, cooperative_id, days, quotes=quotes)
        waiting = queries.list_waiting(session, cooperative_id, days, quotes=quotes)
        known = [*(job for _, job in visits), *waiting]
        together = Together.read(session, cooperative_id, [job.id for job in known])
        pins = {job.id for visit, job in visits if visit.pinned and _can_be_kept(visit, turn)}

        def stays(job: Job) -> bool:
            return job.state is not State.SCHEDULED or not pins.isdisjoint(together.party(job.id))

        loose = [(visit, job) for visit, job in visits if not stays(job)]
        fixed = [(visit, job) for visit, job in visits if stays(job)]
        return cls(
            [*(job for _, job in loose), *(job for job in waiting if job.id not in together.waiting)],
            fixed,
            {job.id: visit for visit, job in loose},
            together,
            _work_of(session, cooperative_id),
        )

    def holding(self, job_ids: Collection[UUID]) -> "Candidates":
        """Return the same with the visits of some jobs, and of their blocks, among those that stay."""
        held = {one for job_id in job_ids for one in self.together.party(job_id)} & self.before.keys()
        return replace(
            self,
            movable=[job for job in self.movable if job.id not in held],
            fixed=[*self.fixed, *((self.before[job.id], job) for job in self.movable if job.id in held)],
            before={job_id: visit for job_id, visit in self.before.items() if job_id not in held},
        )

    def mark(self) -> str:
        """Return a mark of the schedule as it stands; whatever changes it or what waits changes the mark."""
        visits = [*(visit for visit, _ in self.fixed), *self.before.values()]
        parts = [f"{job.id} {job.state} {job.allowed_from} {job.allowed_until} {job.service_s}" for job in self.jobs]
        parts += [f"{one.job_id} {one.aircraft_id} {one.starts_at.isoformat()} {one.pinned}" for one in visits]
        return sha256("\n".join([self.work, *sorted(parts)]).encode()).hexdigest()


def _work_of(session: Session, cooperative_id: UUID) -> str:
    aircraft = fleet_queries.list_aircraft(session, cooperative_id, in_service_only=True)
    windows = access_queries.get_cooperative(session, cooperative_id).work_windows
    return f"{sorted(str(one.id) for one in aircraft)} {[(str(one.starts), str(one.ends)) for one in windows]}"


@dataclass(frozen=True)
class Prepared:
    """A problem with what it was made from."""

    found: Candidates
    problem: DayProblem
    table: writing.Travel
    jobs: dict[UUID, JobToPlan]
    places: list[tuple[float, float]]
    """Where each place of the problem is, without the base."""
    days: Sequence[date]
    crews: Crews
    turn: Turn | None = None
    """What happened during the day, where that is why it is planned."""

    @property
    def before(self) -> Plan:
        """The schedule as it stands, as a plan of the problem."""
        loose = [
            PlannedVisit(job_id, visit.aircraft_id, Period(visit.starts_at, visit.ends_at))
            for job_id, visit in self.found.before.items()
        ]
        fixed = [
            PlannedVisit(job.id, visit.aircraft_id, Period(visit.starts_at, visit.ends_at))
            for visit, job in self.found.fixed
        ]
        return self.problem.plan_of([*loose, *fixed])

    def proposal(self, plan: Plan) -> Proposal:
        """Return a plan beside the schedule as it stands."""
        visits = self.problem.visits(plan)
        standing = [
            PlannedVisit(job_id, visit.aircraft_id, Period(visit.starts_at, visit.ends_at))
            for job_id, visit in self.found.before.items()
        ]
        return Proposal(
            stood=[
                VisitState(
                    job_id=visit.job_id,
                    aircraft_id=visit.aircraft_id,
                    starts_at=visit.period.starts_at,
                    ends_at=visit.period.ends_at,
                )
                for visit in standing
            ],
            visits=[
                ProposedVisit(
                    job_id=visit.job_id,
                    aircraft_id=visit.aircraft_id,
                    starts_at=visit.period.starts_at,
                    ends_at=visit.period.ends_at,
                )
                for visit in visits
            ],
            left_out=[one for left in plan.unserved for one in self._left_out(left, plan)],
            before=self._totals(standing, self.before),
            after=self._totals(visits, plan),
            shifts={name: (one.starts_at, one.ends_at) for name, one in self.problem.periods.items()},
            roads=self.table.source is TravelSource.ROADS,
        )

    def _piece(self, lead: UUID) -> list[UUID]:
        return [job_id for job_id, _ in self.problem.pieces.get(lead, ())] or [lead]

    def _left_out(self, left: Unserved, plan: Plan) -> Iterable[LeftOut]:
        lead = UUID(left.job)
        piece = self._piece(lead)
        reason, change, params = left.reason_code, left.change_code, dict(left.params)
        asked = as_one([self.jobs[one] for one in piece], self.problem.pieces.get(lead, ()))
        is_wet = any(one.gain <= 0 for one in asked.sky)
        if reason == "no_crew":
            services = {job.id: job.service for job in self.found.jobs}
            unfit = self.crews.why_nobody(services[lead], self.days)
            if unfit is not None:
                reason, change, params = unfit, unfit, {}
        elif reason == "no_window" and is_wet and self.problem.has_hours(replace(asked, sky=()), self.days):
            reason = "weather"
        if change == "open_window" and is_wet:
            shift = self._dry_shift(asked, plan)
            change, params = ("none", {}) if shift is None else (change, {"shift": shift})
        elif change == "extend_shift" and not self.problem.ends_whole(str(params["shift"])):
            change, params = "none", {}
        if (reason, change) == ("too_long", "none"):
            change = "divide"
        return [LeftOut(job_id=one, reason_code=reason, change_code=change, params=params) for one in piece]

    def _dry_shift(self, asked: JobToPlan, plan: Plan) -> str | None:
        """Return the shift that takes a job best at any hour in which its weather does not stop it."""
        problem = self.problem.problem
        known = problem.jobs[problem.job_index[str(asked.id)]]
        others = replace(problem, jobs=tuple(one for one in problem.jobs if one.id != known.id))
        at_any_time = replace(
            asked, first_day=self.days[0], last_day=self.days[-1], half_days=frozenset(HalfDay), told=None
        )
        windows = windows_of(at_any_time, self.days, self.problem.zero, 0.0)
        found = rank_slots(others, plan, replace(known, windows=windows), best=1)
        return next((slot.shift for slot in found if slot.displaces is None and slot.score_change > 0), None)

    def _totals(self, visits: Sequence[PlannedVisit], plan: Plan) -> Totals:
        problem = self.problem.problem
        score = score_of(problem, plan)
        unpaid = replace(problem, km_cost=0.0)
        km = (score_of(unpaid, plan) - score) / problem.km_cost if problem.km_cost else 0.0
        known = [visit for visit in visits if visit.job_id in self.jobs]
        value = sum(worth(self.jobs[visit.job_id], visit.period) for visit in known)
        return Totals(jobs=len(known), value_vnd=round(value), km=round(km, 1), score=round(score, 3))


def prepare(
    session: Session,
    cooperative_id: UUID,
    days: Sequence[date],
    travel: RoadTable | writing.Travel,
    now: datetime,
    *,
    turn: Turn | None = None,
    standing_only: bool = False,
) -> Prepared:
    """Build the problem of the days from the tables as they are now. Raises NoAircraft.

    With a table of travel that was read before, nothing is asked of the router: a job that came since then waits.
    `standing_only` is for questions about the schedule as it stands: the weather is left out, whoever was told a time
    keeps it, and what a person put where the plan would not have put it stays there.
    """
    cooperative = access_queries.get_cooperative(session, cooperative_id)
    aircraft = [one.id for one in fleet_queries.list_aircraft(session, cooperative_id, in_service_only=True)]
    if not aircraft:
        raise NoAircraft
    # Without the weather nothing is asked of the quotes either.
    found = Candidates.read(session, cooperative_id, days, turn=turn, quotes=not standing_only)
    shifts = _shifts(cooperative, aircraft, days, turn, now)
    if standing_only:
        found = found.holding(_odd_ones(found, shifts))
    table = travel if isinstance(travel, writing.Travel) else writing.travel(cooperative, travel, found.jobs)
    movable = [job for job in found.movable if job.id in table.index and not _is_absent(job, turn)]
    fixed = [
        (job.id, one)
        for visit, job in found.fixed
        if job.id in table.index and (one := _fixed(visit, job, turn, now)) is not None
    ]
    span = Period(max(now, day_bounds(days[0])[0]), day_bounds(days[-1])[1])
    sky = {} if standing_only else sky_of(session, cooperative_id, movable, span)
    crews = Crews.read(session, cooperative_id)
    allowed = {service: crews.allowed(service, days) for service in {job.service for job in movable}}
    jobs = {
        job.id: _to_plan(
            job, found.before.get(job.id), sky.get(job.id, ()), allowed[job.service], turn, keeps_told=standing_only
        )
        for job in movable
    }
    asked, pieces = _as_pieces(found.together, jobs)
    order = [0, *(table.index[job.id] for job in asked), *(table.index[job_id] for job_id, _ in fixed)]
    problem = day_problem.build(
        zero=local_moment(days[0], time.min),
        days=days,
        shifts=shifts,
        jobs=asked,
        fixed=[one for _, one in fixed],
        travel_s=table.seconds[order][:, order],
        travel_km=table.km[order][:, order],
        wash_s=cooperative.wash_out_min * 60.0,
        moved_price=cooperative.moved_promise_pct / 100,
    )
    problem = replace(problem, pieces=pieces)
    places = [*(one.place for one in asked), *(one.job.place for _, one in fixed)]
    return Prepared(found, problem, table, jobs, places, days, crews, turn)


def _as_pieces(
    together: Together, jobs: Mapping[UUID, JobToPlan]
) -> tuple[list[JobToPlan], dict[UUID, tuple[Length, ...]]]:
    """Return the jobs as they are planned, a block as one, and the visits behind each block by its first job."""
    parties = together.among(list(jobs))
    pieces = {
        party[0]: tuple((job_id, day_problem.length_of(jobs[job_id])) for job_id in party)
        for party in parties
        if len(party) > 1
    }
    return [as_one([jobs[job_id] for job_id in party], pieces.get(party[0], ())) for party in parties], pieces


def _odd_ones(found: Candidates, shifts: Iterable[AircraftShift]) -> list[UUID]:
    work: dict[UUID, list[Period]] = {}
    for shift in shifts:
        work.setdefault(shift.aircraft_id, []).append(shift.period)
    return [job.id for job in found.movable if _is_odd(found.before.get(job.id), job, work)]


def _is_odd(visit: Visit | None, job: Job, work: Mapping[UUID, Sequence[Period]]) -> bool:
    """Tell whether a visit lies where a plan would not put it: out of the working hours or of what was agreed."""
    if visit is None:
        return False
    period, told = Period(visit.starts_at, visit.ends_at), told_of(visit)
    if not any(one.holds(period) for one in work.get(visit.aircraft_id, ())):
        return True
    if told is not None:
        return not is_kept(told, visit.starts_at)
    return not any(one.holds(period) for one in half_day_periods(plain_job(job), visit.day))


def _can_be_kept(visit: Visit, turn: Turn | None) -> bool:
    """Tell whether a visit can still be where a person put it, after what happened."""
    if turn is None:
        return True
    if turn.kind is TurnKind.ABSENT:
        return visit.job_id != turn.job_id
    if turn.kind is TurnKind.RAIN and turn.starts_at and turn.ends_at:
        return not Period(turn.starts_at, turn.ends_at).overlaps(Period(visit.starts_at, visit.ends_at))
    if visit.aircraft_id != turn.aircraft_id or turn.kind not in (TurnKind.AIRCRAFT_DOWN, TurnKind.LATE):
        return True
    return turn.kind is TurnKind.LATE and (turn.ends_at is None or visit.starts_at >= turn.ends_at)


def _is_absent(job: Job, turn: Turn | None) -> bool:
    return turn is not None and turn.kind is TurnKind.ABSENT and turn.job_id == job.id


def _to_plan(
    job: Job,
    visit: Visit | None,
    sky: tuple[Sky, ...],
    crews: frozenset[str] | None,
    turn: Turn | None,
    *,
    keeps_told: bool,
) -> JobToPlan:
    told = told_of(visit) if visit else None
    plain = plain_job(job, promised=visit is not None, told=told, keeps_told=keeps_told, sky=sky, crews=crews)
    if turn is None:
        return plain
    if turn.kind is TurnKind.URGENT and turn.job_id == job.id:
        return replace(plain, urgency=URGENCY)
    if turn.kind is TurnKind.RAIN and turn.starts_at and turn.ends_at:
        return replace(plain, sky=(*sky, Sky(Period(turn.starts_at, turn.ends_at), 0.0)))
    if turn.kind is TurnKind.BATTERY_LOST and visit is not None and visit.aircraft_id == turn.aircraft_id:
        return replace(plain, service_s=plain.service_s + 60.0 * (turn.minutes or 0))
    return plain


def _shifts(
    cooperative: Cooperative, aircraft: Sequence[UUID], days: Sequence[date], turn: Turn | None, now: datetime
) -> list[AircraftShift]:
    found = []
    for aircraft_id in aircraft:
        free_from = _free_from(aircraft_id, turn, now)
        for day in days:
            found += [
                AircraftShift(aircraft_id, period) for period in work_periods(day, cooperative.work_windows, free_from)
            ]
    return found


def _free_from(aircraft_id: UUID, turn: Turn | None, now: datetime) -> datetime:
    """Return from when an aircraft can be planned again."""
    if turn is None or turn.aircraft_id != aircraft_id:
        return now
    if turn.kind is TurnKind.AIRCRAFT_DOWN:
        never = now + timedelta(days=60)
        return min(turn.ends_at or never, never)
    if turn.kind is TurnKind.LATE:
        return turn.ends_at or now + timedelta(minutes=turn.minutes or 0)
    return now


def _fixed(visit: Visit, job: Job, turn: Turn | None, now: datetime) -> FixedVisit | None:
    """Return a visit that stays, with the end it really has; nothing for one whose time is over or never came."""
    begin, end, soon = visit.starts_at, visit.ends_at, slot_after(now)
    if job.state in WORKED_STATES:
        end = min(end, soon)
    elif job.state is State.IN_PROGRESS:
        end = max(end, soon)
        if turn is not None and turn.job_id == job.id and turn.minutes:
            shift = timedelta(minutes=turn.minutes)
            end = slot_after(max(end + (shift if turn.kind is TurnKind.LATE else -shift), soon))
    if begin >= end:
        return None
    return FixedVisit(plain_job(job, promised=True), visit.aircraft_id, Period(begin, end))
