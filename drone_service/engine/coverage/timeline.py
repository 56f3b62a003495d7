"""When the aircraft is where, with what left in tank and battery: what flies a plan on a screen.

The same laws as in the plan: a leg takes what `leg_s` says, power follows the falling mass. Between two moments
everything is drawn as linear.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from drone_service.engine.coverage.flown import Flight, FlownField
from drone_service.engine.coverage.legs import legs_of
from drone_service.engine.coverage.settings import CREW_M_S


class Phase(StrEnum):
    """What is being done."""

    SETUP = "setup"
    FILL = "fill"
    OUT = "out"
    SPRAY = "spray"
    TURN = "turn"
    BACK = "back"


@dataclass(frozen=True)
class Moment:
    """One vertex of a flight; the phase is that of the leg which ends here."""

    at_s: float
    """Seconds since the crew began to set up."""
    quantity: float
    """Litres or kilograms left."""
    battery: float
    """Share of the battery left."""
    phase: Phase


@dataclass(frozen=True)
class FlownFlight:
    """One flight with a moment for each vertex of its path."""

    flight: Flight
    fill_from_s: float
    """When filling and changing the battery begin."""
    moments: tuple[Moment, ...]


def timeline(field: FlownField) -> tuple[FlownFlight, ...]:
    """Return all flights one after the other; each begins with a filling, the first after the set-up."""
    clock_s = field.settings.setup_s
    found = []
    at = None
    for flight in field.flights:
        begin, end = field.metres(flight.path)[[0, -1]]
        clock_s += 0.0 if at is None else float(np.hypot(*(begin - at))) / CREW_M_S
        at = end
        start_s = clock_s + field.settings.fill_swap_s
        moments = _moments(field, flight, start_s)
        found.append(FlownFlight(flight, clock_s, moments))
        clock_s = moments[-1].at_s
    return tuple(found)


def _moments(field: FlownField, flight: Flight, start_s: float) -> tuple[Moment, ...]:
    settings = field.settings
    sprayed = np.array([bool(vertex[2]) for vertex in flight.path[1:]])
    legs = legs_of(field.metres(flight.path), sprayed, flight.quantity, settings)
    used_wh = np.cumsum(legs.energy_wh)
    at_s = start_s + np.cumsum(legs.seconds)
    left = np.maximum(flight.quantity - np.cumsum(legs.put_out), 0.0)
    phases = _phases(sprayed.tolist())
    rows = zip(at_s.tolist(), left.tolist(), (1 - used_wh / settings.battery_wh).tolist(), phases, strict=True)
    return (Moment(start_s, flight.quantity, 1.0, Phase.FILL), *(Moment(*row) for row in rows))


def _phases(sprayed: list[bool]) -> list[Phase]:
    first, last = sprayed.index(True), len(sprayed) - 1 - sprayed[::-1].index(True)
    words = []
    for leg, on in enumerate(sprayed):
        between = Phase.OUT if leg < first else Phase.BACK if leg > last else Phase.TURN
        words.append(Phase.SPRAY if on else between)
    return words
