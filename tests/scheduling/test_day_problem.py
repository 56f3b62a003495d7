"""From jobs to the engine's problem and back: half-days, pins, seams, and starts that are slots."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest

from drone_service.booking.rules import HalfDay
from drone_service.engine.schedule.check import check
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations
from drone_service.scheduling.day_problem import AircraftShift, DayProblem, FixedVisit, PlannedVisit, build
from drone_service.scheduling.rules import Period
from drone_service.scheduling.windows import JobToPlan, half_day_periods

DAY = date(2026, 3, 10)
AIRCRAFT = UUID(int=7)
BOTH = frozenset({HalfDay.MORNING, HalfDay.AFTERNOON})


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 10, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def job(**changes: object) -> JobToPlan:
    parts: dict[str, object] = {
        "id": uuid4(),
        "place": (105.7, 9.4),
        "service_s": 1700.0,
        "group": "herbicide",
        "price_vnd": 180_000,
        "first_day": DAY,
        "last_day": DAY,
        "half_days": BOTH,
    }
    return JobToPlan(**(parts | changes))  # type: ignore[arg-type]  # the parts are those of a job


def problem(jobs: list[JobToPlan], fixed: list[FixedVisit] | None = None, leg_s: float = 400.0) -> DayProblem:
    fixed = fixed or []
    size = 1 + len(jobs) + len(fixed)
    seconds = np.where(np.eye(size) == 1, 0.0, leg_s)
    return build(
        zero=at(0),
        days=[DAY],
        shifts=[AircraftShift(AIRCRAFT, Period(at(5), at(10))), AircraftShift(AIRCRAFT, Period(at(15), at(18)))],
        jobs=jobs,
        fixed=fixed,
        travel_s=seconds,
        travel_km=seconds / 144.0,
        wash_s=1200.0,
    )


def visits(made: DayProblem) -> list[PlannedVisit]:
    plan = solve(made.problem, MaxIterations(30))
    assert check(made.problem, plan) == []
    return sorted(made.visits(plan), key=lambda visit: visit.period.starts_at)


def test_starts_are_multiples_of_five_minutes() -> None:
    """400 s of driving count as 10 minutes and 1,700 s of work as 30: 05:10, and 40 minutes later 05:50."""
    found = visits(problem([job(), job()]))
    assert [visit.period for visit in found] == [Period(at(5, 10), at(5, 40)), Period(at(5, 50), at(6, 20))]


def test_washing_lies_between_two_groups() -> None:
    found = visits(problem([job(), job(group="fungicide")]))
    # 05:40, 20 minutes of washing, 10 of driving
    assert found[1].period.starts_at == at(6, 10)


def test_an_afternoon_job_is_not_done_in_the_morning() -> None:
    found = visits(problem([job(half_days=frozenset({HalfDay.AFTERNOON}))]))
    assert found[0].period.starts_at == at(15, 10)


@pytest.mark.parametrize(
    ("half_days", "expected"),
    [
        (BOTH, [Period(at(0), at(24 - 24) + timedelta(days=1))]),
        (frozenset({HalfDay.MORNING}), [Period(at(0), at(12))]),
        (frozenset({HalfDay.AFTERNOON}), [Period(at(12), at(0) + timedelta(days=1))]),
    ],
)
def test_half_days_are_cut_at_noon(half_days: frozenset[HalfDay], expected: list[Period]) -> None:
    assert half_day_periods(job(half_days=half_days), DAY) == expected


def test_a_day_that_was_not_agreed_has_no_period() -> None:
    assert half_day_periods(job(), DAY + timedelta(days=1)) == []


def test_a_pinned_visit_stays_and_the_others_keep_clear_of_it() -> None:
    pinned = FixedVisit(job(), AIRCRAFT, Period(at(5, 30), at(6)))
    made = problem([job() for _ in range(6)], [pinned])
    assert str(pinned.job.id) in made.fixed_ids
    found = visits(made)
    assert len(found) == 6
    for visit in found:
        assert visit.period.ends_at <= at(5, 20) or visit.period.starts_at >= at(6, 10)


def test_the_shift_is_divided_where_a_person_placed_visits_too_close() -> None:
    """Two visits back to back ten minutes' drive apart cannot be pins of one crew; both keep their time."""
    fixed = [
        FixedVisit(job(), AIRCRAFT, Period(at(6), at(6, 30))),
        FixedVisit(job(), AIRCRAFT, Period(at(6, 30), at(7))),
    ]
    made = problem([job() for _ in range(12)], fixed)
    assert made.fixed_ids == frozenset()
    found = visits(made)
    assert found
    assert all(visit.period.ends_at <= at(6) or visit.period.starts_at >= at(7, 10) for visit in found)


def test_a_visit_outside_the_working_hours_does_not_matter() -> None:
    noon = FixedVisit(job(), AIRCRAFT, Period(at(12), at(13)))
    assert len(visits(problem([job()], [noon]))) == 1


def test_a_promise_ends_with_the_last_moment_that_was_told() -> None:
    """Of three jobs of ten minutes told for 05:10 the third would begin at 05:50, five minutes after what was told."""
    told = Period(at(5, 10), at(5, 45))
    made = problem([job(service_s=600.0, told=told, keeps_told=True) for _ in range(3)])
    plan = solve(made.problem, MaxIterations(30))
    assert [left.reason_code for left in plan.unserved] == ["no_time"]
    assert {visit.period.starts_at for visit in made.visits(plan)} == {at(5, 10), at(5, 30)}


def test_a_shift_that_ends_where_a_visit_stays_is_not_made_longer() -> None:
    made = problem([job()], [
        FixedVisit(job(), AIRCRAFT, Period(at(6), at(6, 30))),
        FixedVisit(job(), AIRCRAFT, Period(at(6, 30), at(7))),
    ])  # fmt: skip
    assert {shift.id: made.ends_whole(shift.id) for shift in made.problem.shifts} == {
        "s0-0": False, "s0-2": True, "s1": True,
    }  # fmt: skip


def test_a_promised_job_is_kept_before_a_dearer_new_one() -> None:
    """Each takes the whole morning; the promised one is worth three times its price."""
    long = 4.5 * 3600
    morning = frozenset({HalfDay.MORNING})
    promised = job(service_s=long, promised=True, half_days=morning)
    dearer = job(service_s=long, price_vnd=400_000, half_days=morning)
    assert [visit.job_id for visit in visits(problem([dearer, promised]))] == [promised.id]
