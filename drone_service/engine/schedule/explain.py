"""Say why a job was left out and what the cheapest change is that would fit it, in words and as codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, inf, isfinite

from drone_service.engine.schedule.plan import Unserved
from drone_service.engine.schedule.problem import Job, Problem, Shift, Window
from drone_service.engine.schedule.tours import Choice, Ground, Tour

TOURS_ASKED = 12  # tours looked at for a change
SHORT_EXTENSION_MIN = 60  # a crew may stay so much longer before exchanging jobs is asked for


@dataclass(frozen=True, slots=True)
class _Exchange:
    loss: float
    job: str
    shift: str


def explain(problem: Problem, ground: Ground, tours: Sequence[Tour], number: int) -> Unserved:
    """Return the reason why job `number` is in none of the tours and the cheapest change that would fit it."""
    job = problem.jobs[number]
    allowed = [shift for shift in problem.shifts if job.may_be_done_by(shift.crew)]
    if not allowed:
        return _left_out(job, "no_crew", "none of its crews has a shift", *_let_other_crew(problem))
    if not any(_reachable(problem, shift, job) for shift in allowed):
        return _left_out(
            job, "too_long", "driving there, the work and driving back are longer than any shift of its crews",
            *_longer_shift(problem, allowed, job),
        )  # fmt: skip
    if not _fits_alone(ground, allowed, number):
        return _left_out(
            job, "no_window", "none of its windows leaves enough time inside a shift of its crews",
            *_open_window(problem, ground, tours, number),
        )  # fmt: skip
    worth = _best_delta(ground, tours, number)
    if worth is not None:
        need = max(ceil(-worth), 1)
        return _left_out(
            job, "no_value", "the way there costs more than the job brings",
            "raise_value", f"make it worth {need} more", {"value": need},
        )  # fmt: skip
    return _left_out(
        job, "no_time", "the shifts inside its windows are full", *_make_room(problem, ground, tours, number)
    )


def _left_out(
    job: Job, reason_code: str, reason: str, change_code: str, change: str, params: dict[str, object]
) -> Unserved:
    return Unserved(job.id, reason_code, reason, change_code, change, tuple(sorted(params.items())))


Change = tuple[str, str, dict[str, object]]
NOTHING: Change = ("none", "no single change of a shift, a window or another job fits it", {})


def _let_other_crew(problem: Problem) -> Change:
    if not problem.shifts:
        return "add_shift", "add a shift", {}
    crew = problem.shifts[0].crew
    return "allow_crew", f"let crew {crew} do it", {"crew": crew}


def _round_trip_s(problem: Problem, shift: Shift, job: Job) -> float:
    out = float(problem.travel_s[shift.start_location, job.location])
    return out + job.service_s + float(problem.travel_s[job.location, shift.end_location])


def _reachable(problem: Problem, shift: Shift, job: Job) -> bool:
    return _round_trip_s(problem, shift, job) <= shift.end_s - shift.start_s


def _longer_shift(problem: Problem, shifts: Iterable[Shift], job: Job) -> Change:
    missing, shift = min(
        ((_round_trip_s(problem, s, job) - (s.end_s - s.start_s), s) for s in shifts), key=lambda pair: pair[0]
    )
    if not isfinite(missing):
        return "no_road", "give a road to its place", {}
    return _extension(shift.id, missing)


def _extension(shift: str, missing_s: float) -> Change:
    minutes = max(ceil(missing_s / 60), 1)
    return "extend_shift", f"+{minutes} minutes at the end of shift {shift}", {"shift": shift, "minutes": minutes}


def _fits_alone(ground: Ground, shifts: Iterable[Shift], number: int) -> bool:
    """Tell whether an otherwise empty shift could hold the job in one of its windows."""
    index = ground.problem.shift_index
    return any(
        ground.tour(index[shift.id], (choice,)) is not None
        for shift in shifts
        for choice in ground.choices[number].get(index[shift.id], ())
    )


def _best_delta(ground: Ground, tours: Sequence[Tour], number: int) -> float | None:
    found = [ground.best_insertion(tours[shift], number) for shift in ground.choices[number]]
    return max((insertion.delta for insertion in found if insertion is not None), default=None)


def _anywhere(shift: Shift, job: Job, number: int) -> Choice | None:
    """Return the job as if its customer agreed to any time in the shift."""
    latest = shift.end_s - job.service_s
    return Choice(number, shift.start_s, latest, job.value) if latest >= shift.start_s else None


def _room_in(ground: Ground, tour: Tour, choice: Choice) -> bool:
    return any(ground.delta(tour, choice, at) is not None for at in range(len(tour.stops) + 1))


def _open_window(problem: Problem, ground: Ground, tours: Sequence[Tour], number: int) -> Change:
    """Name the first shift in time with room for the job, were its window open then."""
    job = problem.jobs[number]
    for tour in sorted(tours, key=lambda t: problem.shifts[t.shift].start_s):
        shift = problem.shifts[tour.shift]
        choice = _anywhere(shift, job, number) if job.may_be_done_by(shift.crew) else None
        if choice is not None and _room_in(ground, tour, choice):
            return "open_window", f"open a window in shift {shift.id}", {"shift": shift.id}
    return _make_room(problem, ground, tours, number, look_elsewhere=False)


def _make_room(
    problem: Problem, ground: Ground, tours: Sequence[Tour], number: int, *, look_elsewhere: bool = True
) -> Change:
    """Choose between a longer shift, another window and an exchange with a job that brings less.

    A short extension comes first because it asks nothing of any farmer, then asking this farmer, then another one.
    """
    job = problem.jobs[number]
    missing_s, shift = _least_overrun(problem, ground, tours, number)
    if missing_s <= SHORT_EXTENSION_MIN * 60:
        return _extension(shift, missing_s)
    if look_elsewhere:
        opened = _open_window(problem, ground, tours, number)
        if opened[0] == "open_window":
            return opened
    exchange = _cheapest_exchange(problem, ground, tours, number)
    if exchange is not None:
        return (
            "exchange",
            f"swap with job {exchange.job} (score {-exchange.loss:+.0f})",
            {"job": exchange.job, "shift": exchange.shift, "loss": round(exchange.loss, 2), "left_out": job.id},
        )
    return _extension(shift, missing_s) if missing_s < inf else NOTHING


def _least_overrun(problem: Problem, ground: Ground, tours: Sequence[Tour], number: int) -> tuple[float, str]:
    """Return the shift that would hold the job with the fewest seconds added at its end, and those seconds."""
    job, best = problem.jobs[number], (inf, "")
    allowed = [tour for tour in tours if job.may_be_done_by(problem.shifts[tour.shift].crew)]
    for tour in _roomiest(ground, [tour for tour in allowed if tour.shift in ground.choices[number]] or allowed):
        shift = problem.shifts[tour.shift]
        for window in job.windows:
            for at in range(len(tour.stops) + 1):
                overrun = _overrun_s(ground, shift, tour.stops, at, number, window)
                if overrun < best[0]:
                    best = (overrun, shift.id)
    return best


def _overrun_s(ground: Ground, shift: Shift, stops: tuple[Choice, ...], at: int, number: int, window: Window) -> float:
    """Return how long after the shift's end the crew is back with the job as stop `at`; endless if a window breaks."""
    job = ground.problem.jobs[number]
    new = Choice(number, max(window.start_s, shift.start_s), window.end_s - job.service_s, 0.0)
    before: Choice | None = None
    free_at = shift.start_s
    for choice in (*stops[:at], new, *stops[at:]):
        here = ground.place[choice.job]
        free_at += ground.travel_s[shift.start_location][here] if before is None else ground.gap_s(before, choice)
        # The latest start of a planned stop is cut by the shift's end, which is what would move here.
        if free_at > (choice.latest_s if choice is new else _window_end_s(ground.problem, choice)):
            return inf
        free_at = max(free_at, choice.soonest_s) + ground.service_s[choice.job]
        before = choice
    assert before is not None  # noqa: S101  the new stop is always there
    back = free_at + ground.travel_s[ground.place[before.job]][shift.end_location]
    return max(back - shift.end_s, 0.0)


def _window_end_s(problem: Problem, choice: Choice) -> float:
    job = problem.jobs[choice.job]
    if job.pinned is not None:
        return choice.latest_s
    return max(
        (w.end_s - job.service_s for w in job.windows if w.start_s <= choice.latest_s <= w.end_s - job.service_s),
        default=choice.latest_s,
    )


def _roomiest(ground: Ground, tours: Sequence[Tour]) -> list[Tour]:
    """Return the tours with the most time not spent working, so that long lists of left-out jobs stay affordable."""

    def spare_s(tour: Tour) -> float:
        shift = ground.problem.shifts[tour.shift]
        return shift.end_s - shift.start_s - sum(ground.service_s[choice.job] for choice in tour.stops)

    return sorted(tours, key=spare_s, reverse=True)[:TOURS_ASKED]


def _cheapest_exchange(problem: Problem, ground: Ground, tours: Sequence[Tour], number: int) -> _Exchange | None:
    """Return the planned job whose place this one could take with the least loss of score."""
    best: _Exchange | None = None
    for tour in _roomiest(ground, [tours[shift] for shift in ground.choices[number]]):
        for old in tour.stops:
            without = ground.without(tour, {old.job}) if problem.jobs[old.job].pinned is None else None
            found = ground.best_insertion(without, number) if without is not None else None
            if without is None or found is None:
                continue
            loss = tour.score - without.score - found.delta
            if best is None or loss < best.loss:
                best = _Exchange(loss, problem.jobs[old.job].id, problem.shifts[tour.shift].id)
    return best
