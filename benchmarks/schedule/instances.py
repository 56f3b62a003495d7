"""Seeded weeks of spraying like the real thing, as problem documents of the command line."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from drone_service.engine.schedule.travel import great_circle_km

CREWS = {30: 1, 100: 2, 300: 5, 1000: 14, 5000: 70}
"""Crews of the sizes that are compared; other sizes take one for each seventy jobs."""
DEPOT = (105.74, 9.43)
RADIUS_KM = 20.0
ROAD_FACTOR = 1.35
SPEED_KM_H = 26.0
STOP_S = 120.0
"""Finding the way over the last dyke, at every place."""
DAY_S = 86_400
DAYS = 7
HALF_DAYS = (("am", 5 * 3600, 10 * 3600), ("pm", 15 * 3600, int(18.5 * 3600)))
GROUPS = ("herbicide", "fungicide", "insecticide", "fertiliser")
WASH_S = 1_200.0
KM_COST = 2.0
LATE_DAYS, LATE_LOSS = 2, 0.15
MORNINGS, PINNED, SCATTERED = 0.2, 0.03, 0.3
KM_PER_DEGREE = 111.2


def week(jobs: int, seed: int, crews: int | None = None) -> dict[str, Any]:
    """Return a week of `jobs` jobs: the same document for the same three numbers."""
    rng = random.Random(f"{jobs}-{seed}-{crews}")
    crews = crews or CREWS.get(jobs) or max(round(jobs / 70), 1)
    places = [DEPOT, *_places(rng, jobs)]
    km = great_circle_km(places) * ROAD_FACTOR
    seconds = np.rint(km / SPEED_KM_H * 3600 + STOP_S)
    np.fill_diagonal(seconds, 0.0)
    shifts = [
        {"id": f"c{crew}-d{day}-{half}", "crew": f"c{crew}", "start_s": day * DAY_S + begin, "end_s": day * DAY_S + end,
         "start_location": 0, "end_location": 0}
        for crew in range(crews) for day in range(DAYS) for half, begin, end in HALF_DAYS
    ]  # fmt: skip
    work = [_job(rng, number) for number in range(jobs)]
    _pin(rng, work, shifts, seconds)
    return {
        "name": f"week of {jobs} jobs, {crews} crews, seed {seed}",
        "locations": len(places),
        "travel_s": seconds.tolist(),
        "travel_km": np.round(km, 3).tolist(),
        "km_cost": KM_COST,
        "wash_s": {a: {b: WASH_S for b in GROUPS if b != a} for a in GROUPS},
        "shifts": shifts,
        "jobs": work,
    }


def _places(rng: random.Random, jobs: int) -> list[tuple[float, float]]:
    """Clusters of fields round hamlets, and some that lie alone."""
    centres = [_in_circle(rng) for _ in range(max(jobs // 15, 3))]
    found = []
    for _ in range(jobs):
        if rng.random() < SCATTERED:
            found.append(_in_circle(rng))
        else:
            centre = rng.choice(centres)
            found.append((centre[0] + rng.gauss(0, 1.2) / KM_PER_DEGREE, centre[1] + rng.gauss(0, 1.2) / KM_PER_DEGREE))
    return found


def _in_circle(rng: random.Random) -> tuple[float, float]:
    while True:
        x, y = rng.uniform(-1, 1), rng.uniform(-1, 1)
        if x * x + y * y <= 1:
            return DEPOT[0] + x * RADIUS_KM / KM_PER_DEGREE, DEPOT[1] + y * RADIUS_KM / KM_PER_DEGREE


def _job(rng: random.Random, number: int) -> dict[str, Any]:
    hectares = 0.3 + 6.7 * rng.random() ** 2
    release = rng.randint(0, DAYS - 2)
    due = min(release + rng.randint(1, 4), DAYS - 1)
    mornings = rng.random() < MORNINGS
    windows = []
    for day in range(release, min(due + LATE_DAYS, DAYS - 1) + 1):
        begin, end = HALF_DAYS[0][1:] if mornings else (0, DAY_S)
        gain = round(1.0 - LATE_LOSS * max(day - due, 0), 2)
        windows.append({"start_s": day * DAY_S + begin, "end_s": day * DAY_S + end, "gain": gain})
    return {
        "id": f"j{number}",
        "location": number + 1,
        "service_s": round(min(max(600 + hectares * 700, 600), 5400)),
        "value": round(100 * hectares * rng.choice((1.0, 1.0, 1.0, 1.5, 2.0)), 2),
        "group": rng.choice(GROUPS),
        "windows": windows,
    }


def _pin(rng: random.Random, jobs: list[dict[str, Any]], shifts: list[dict[str, Any]], seconds: Any) -> None:
    """Pin a few jobs to a crew and a start, at most one in a shift so that every pin is possible."""
    free = list(shifts)
    for job in rng.sample(jobs, max(round(len(jobs) * PINNED), 1)):
        rng.shuffle(free)
        for shift in free:
            drive = seconds[0][job["location"]]
            first, last = shift["start_s"] + drive, shift["end_s"] - drive - job["service_s"]
            inside = [w for w in job["windows"] if w["start_s"] <= first and last + job["service_s"] <= w["end_s"]]
            if inside and first <= last:
                job["pinned"] = {"shift": shift["id"], "start_s": rng.randint(int(first), int(last))}
                free.remove(shift)
                break
