"""A plan as frozen values: who does what when, what is left out and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """One job in a route. The crew is there from `arrive_s` (washing and driving done) and works in [start, end)."""

    job: str
    arrive_s: float
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Pause:
    """A break or a reload of the crew, after so many stops of its route."""

    kind: str
    after_stops: int
    start_s: float
    end_s: float


BREAK, RELOAD = "break", "reload"


@dataclass(frozen=True, slots=True)
class Route:
    """The stops of one shift, in order, and the pauses between them."""

    shift: str
    stops: tuple[Stop, ...]
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True)
class Unserved:
    """A job left out: why, and the cheapest change that would fit it, each as words and as a code."""

    job: str
    reason_code: str
    reason: str
    change_code: str
    cheapest_change: str
    params: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """One route for each shift (empty ones too) and the jobs left out. `score` is value × gain − cost of kilometres."""

    score: float
    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
