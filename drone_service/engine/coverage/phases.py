"""Where the time of a job goes: its phases, which add up to the seconds on site."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from drone_service.engine.coverage.kinematics import one_leg_s
from drone_service.engine.coverage.mix import share_out
from drone_service.engine.coverage.plan import Plan, Sortie

TURN_SWATHS = 2.0
"""An unsprayed stretch between two lines of up to so many swaths is a turn, a longer one is transit (k)."""


@dataclass(frozen=True)
class Phases:
    """Seconds of a job by what is done in them."""

    setup_s: float
    climb_s: float
    transit_s: float
    spray_s: float
    turns_s: float
    refill_s: float
    swap_s: float
    landing_s: float
    pack_up_s: float

    @property
    def total_s(self) -> float:
        """The seconds on site, added up without a rounding."""
        return math.fsum(getattr(self, name) for name in PHASES)


PHASES = tuple(field.name for field in fields(Phases))


def phases_of(plan: Plan) -> Phases:
    """Return the phases of a plan; their sum is the plan's `total_s`.

    Sprayed legs are spraying from stop to stop. Climb, landing, swap and refill are parts of the aircraft's figure for
    a filling, once for each flight; packing up is the part of the set-up that comes last.
    """
    settings, flights = plan.settings, len(plan.sorties)
    moving = [_moving_s(sortie, plan) for sortie in plan.sorties]
    by_flight_s = settings.climb_s + settings.swap_s + settings.landing_s
    phases = Phases(
        setup_s=settings.setup_s - settings.pack_up_s,
        climb_s=settings.climb_s * flights,
        transit_s=math.fsum(transit_s for transit_s, _ in moving),
        spray_s=0.0,
        turns_s=math.fsum(turns_s for _, turns_s in moving),
        # With the crew's way from one refill place to the next.
        refill_s=plan.ground_s - settings.setup_s - by_flight_s * flights,
        swap_s=settings.swap_s * flights,
        landing_s=settings.landing_s * flights,
        pack_up_s=settings.pack_up_s,
    )
    # Spraying is what is left of the total, so that the phases add up to it and not only nearly.
    return replace(phases, spray_s=plan.total_s - phases.total_s)


def _moving_s(sortie: Sortie, plan: Plan) -> tuple[float, float]:
    """Return the seconds of transit and of turns in one flight."""
    settings = plan.settings
    stretches: list[list[float]] = [[]]
    for before, after in zip(sortie.path, sortie.path[1:], strict=False):
        if after[2]:
            stretches.append([])
        else:
            stretches[-1].append(math.dist(before[:2], after[:2]))
    transit_s = turns_s = 0.0
    for number, lengths in enumerate(stretches):
        seconds = sum(one_leg_s(length_m, settings.speed_m_s, settings.acceleration_m_s2) for length_m in lengths)
        is_inside = 0 < number < len(stretches) - 1
        if is_inside and sum(lengths) <= TURN_SWATHS * settings.swath_m:
            turns_s += seconds
        else:
            transit_s += seconds
    return transit_s, turns_s


def rounded(parts: Sequence[float], digits: int, whole: float | None = None) -> list[float]:
    """Round parts so that they add up to the whole as it is printed, by default to their own sum rounded."""
    steps = 10**digits
    total = math.fsum(parts) if whole is None else whole
    if total <= 0:
        return [0.0] * len(parts)
    return [given / steps for given in share_out(round(total * steps), parts)]
