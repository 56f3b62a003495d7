"""Driving times from an OSRM server, when the host has one. Owns its address, parameters and answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import httpx
import numpy as np
from pydantic import BaseModel, ValidationError

from drone_service.engine.schedule.problem import Matrix
from drone_service.kit.http import Breaker, CallFailed, call

Place = tuple[float, float]
MAX_PLACES = 100  # the default of OSRM's --max-table-size
MAX_KNOWN = 32  # answers that are remembered, of 160 kB at most


class RoadTable(Protocol):
    """Answers the (seconds, kilometres) between every two (lon, lat) places, or None when it cannot."""

    def between(self, places: Sequence[Place]) -> tuple[Matrix, Matrix] | None:
        """Return the two matrices; endless where there is no road."""
        ...


class NoRoads:
    """No router is set: the caller falls back to the great circle."""

    def between(self, places: Sequence[Place]) -> tuple[Matrix, Matrix] | None:
        """Return None."""
        del places
        return None


class _Table(BaseModel):
    code: str
    durations: list[list[float | None]]
    distances: list[list[float | None]]


@dataclass(frozen=True)
class OsrmRoads:
    """A router that speaks OSRM's HTTP interface (`GET /table/v1/driving/…`, seconds and metres)."""

    client: httpx.Client
    url: str
    deadline_s: float
    breaker: Breaker = field(default_factory=Breaker)
    known: dict[str, tuple[Matrix, Matrix]] = field(default_factory=dict)
    """The newest answers: what was shown before a change is asked again when it is made."""

    def between(self, places: Sequence[Place]) -> tuple[Matrix, Matrix] | None:
        """Ask for the table; a router that is slow, down or answers something else counts as none."""
        if not 2 <= len(places) <= MAX_PLACES:
            return None
        points = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in places)
        found = self.known.get(points)
        if found is None and (found := self._asked(points, len(places))) is not None:
            self.known[points] = found
            for oldest in list(self.known)[:-MAX_KNOWN]:
                self.known.pop(oldest, None)
        return found

    def _asked(self, points: str, count: int) -> tuple[Matrix, Matrix] | None:
        try:
            answer = call(
                self.client,
                "GET",
                f"{self.url.rstrip('/')}/table/v1/driving/{points}",
                deadline_s=self.deadline_s,
                params={"annotations": "duration,distance"},
                breaker=self.breaker,
            )
            table = _Table.model_validate(answer.json())
        except (CallFailed, ValidationError):
            return None
        return _matrices(table, count)


def _matrices(table: _Table, size: int) -> tuple[Matrix, Matrix] | None:
    seconds, metres = _matrix(table.durations, size), _matrix(table.distances, size)
    if table.code != "Ok" or seconds is None or metres is None:
        return None
    no_road = np.isinf(seconds) | np.isinf(metres)
    return np.where(no_road, np.inf, seconds), np.where(no_road, np.inf, metres / 1000)


def _matrix(rows: list[list[float | None]], size: int) -> Matrix | None:
    if len(rows) != size or any(len(row) != size for row in rows):
        return None
    matrix: Matrix = np.array([[np.inf if leg is None else leg for leg in row] for row in rows], dtype=np.float64)
    return None if np.isnan(matrix).any() or (matrix < 0).any() else matrix
