"""How ready the search is to take a worse plan, from the begin of its budget to the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drone_service.engine.schedule.ground import Floats

LOSS_SHARE = 0.9
"""Temperatures are shares of this quantile of what the rounds of the pilot lost, so that points, đồng and kilometres
do alike. All figures here were chosen by trying, on weeks and on classic routing instances.
"""
COLD = 0.006
HOT_EACH = 0.05
"""First temperature where jobs are left out, for `EACH_ROUNDS` rounds a job; it grows with the root of more rounds."""
EACH_ROUNDS = 400.0
HOT_MOST = 0.3
HOT_ALL = 1.0
"""First temperature where every job has its place: only ways are left to shorten, by taking whole tours apart."""
HOT_AGAIN, COLD_AGAIN = 0.03, 0.001
"""For a plan that is there already: less of it is moved, and the price of moving is seen in the end."""
CYCLE_ROUNDS = 1_500.0
"""A budget with so many rounds a job more than once is cut in cycles, each of which begins hot again."""
MOST_CYCLES = 8
KNOWN_SPEED = 0.03
"""Share of the budget after which the number of its rounds is known well enough."""


@dataclass
class Annealing:
    """The temperature of a search over `jobs` jobs; `is_again` tells that it began from an earlier plan."""

    jobs: int
    is_again: bool
    unit: float = 0.0
    is_full: bool = False
    _cycles: int = 0

    def learn(self, losses: Floats, is_full: bool) -> None:
        """Set the scale from the losses of rounds at no temperature; `is_full` when no job is left out."""
        lost = losses[(losses > 1e-9) & np.isfinite(losses)]
        self.unit = float(np.quantile(lost, LOSS_SHARE)) if len(lost) else 0.0
        self.is_full = is_full

    def warmth(self, iteration: int, progress: float) -> float:
        """Return the loss that is taken with a chance of 1/e, after so many rounds and that share of the budget."""
        each = iteration / max(progress, 1e-9) / max(self.jobs, 1)
        if not self._cycles and progress >= KNOWN_SPEED:
            self._cycles = 1 if self.is_again else min(max(round(each / CYCLE_ROUNDS), 1), MOST_CYCLES)
        cycles = max(self._cycles, 1)
        if self.is_again:
            hot, cold = HOT_AGAIN, COLD_AGAIN
        else:
            hot = HOT_ALL if self.is_full else min(HOT_EACH * (each / cycles / EACH_ROUNDS) ** 0.5, HOT_MOST)
            cold = COLD
        hot = max(hot, cold)
        return float(self.unit * hot * (cold / hot) ** (progress * cycles % 1.0))
