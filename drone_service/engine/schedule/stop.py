"""When a search ends. A criterion is asked between batches of rounds how much of its budget is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

BATCHES = 100
MOST_ROUNDS = 2_000
FIRST_ROUNDS = 50
BATCH_S = 0.03
"""A person who says stop waits no longer, and asking costs nothing beside it."""


class Stop(Protocol):
    """Answers how much of the budget is used, and how many rounds may pass before it is asked again."""

    def progress(self, iteration: int) -> float:
        """Return the share of the budget used before round `iteration` (from 0); 1 or more ends the search."""
        ...

    def rounds(self, iteration: int) -> int:
        """Return how many rounds may be done from `iteration` on before the next question, at least 1."""
        ...


@dataclass(frozen=True)
class MaxIterations:
    """End after a number of rounds: the same seed gives the same plan on every machine."""

    iterations: int

    def progress(self, iteration: int) -> float:
        """Return the share of the rounds that are done."""
        return iteration / self.iterations if self.iterations > 0 else 1.0

    def rounds(self, iteration: int) -> int:
        """Return a hundredth of all rounds, within limits, and never more than are left."""
        return max(min(self.iterations // BATCHES, MOST_ROUNDS, self.iterations - iteration), 1)


@dataclass
class MaxSeconds:
    """End after a time on a clock that the caller passes in, because the engine reads none itself."""

    seconds: float
    clock: Callable[[], float]
    _began: float = field(init=False)
    _asked: float = field(init=False)
    _batch: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._began = self._asked = self.clock()

    def progress(self, iteration: int) -> float:  # noqa: ARG002  the protocol's argument; only time counts here
        """Return the share of the time that is gone."""
        return (self.clock() - self._began) / self.seconds if self.seconds > 0 else 1.0

    def rounds(self, iteration: int) -> int:  # noqa: ARG002
        """Return as many rounds as took `BATCH_S` last time, and less near the end."""
        now = self.clock()
        took, self._asked = now - self._asked, now
        if not self._batch:
            self._batch = FIRST_ROUNDS
            return self._batch
        left = self.seconds - (now - self._began)
        wanted = min(BATCH_S, max(left, 0.0))
        self._batch = max(min(int(self._batch * wanted / took) if took > 0 else 2 * self._batch, 4 * self._batch), 1)
        return self._batch


@dataclass(frozen=True)
class UnlessTold:
    """End as another criterion does, or as soon as `told` answers yes: the best plan so far is kept."""

    inner: Stop
    told: Callable[[], bool]

    def progress(self, iteration: int) -> float:
        """Return 1 when told to stop."""
        return 1.0 if self.told() else self.inner.progress(iteration)

    def rounds(self, iteration: int) -> int:
        """Return what the other criterion says."""
        return self.inner.rounds(iteration)
