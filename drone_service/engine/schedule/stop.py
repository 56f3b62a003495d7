"""When a search ends. A criterion is asked before every round how much of its budget is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


class Stop(Protocol):
    """Answer the share of the budget used before round `iteration` (from 0); 1 or more ends the search."""

    def progress(self, iteration: int) -> float:
        """Return 0 at the start, growing to 1."""
        ...


@dataclass(frozen=True)
class MaxIterations:
    """End after a number of rounds: the same seed gives the same plan on every machine."""

    iterations: int

    def progress(self, iteration: int) -> float:
        """Return the share of the rounds that are done."""
        return iteration / self.iterations if self.iterations > 0 else 1.0


@dataclass
class MaxSeconds:
    """End after a time on a clock that the caller passes in, because the engine reads none itself."""

    seconds: float
    clock: Callable[[], float]
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def progress(self, iteration: int) -> float:  # noqa: ARG002  the protocol's argument; only time counts here
        """Return the share of the time that is gone."""
        return (self.clock() - self._began) / self.seconds if self.seconds > 0 else 1.0
