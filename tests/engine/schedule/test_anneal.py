"""The temperature: cools within a cycle, begins hot again in the next, and stays low for a plan that is there."""

import numpy as np
import pytest

from drone_service.engine.schedule.anneal import Annealing


def learned(jobs: int = 10, *, is_again: bool = False, is_full: bool = False) -> Annealing:
    annealing = Annealing(jobs, is_again)
    annealing.learn(np.array([-1.0, 0.0, 100.0, 100.0]), is_full)
    return annealing


def at(annealing: Annealing, rounds: int, shares: list[float]) -> list[float]:
    return [annealing.warmth(int(rounds * share), share) for share in shares]


def test_without_a_loss_nothing_worse_is_taken() -> None:
    assert Annealing(3, is_again=False).warmth(100, 0.5) == 0


def test_a_short_budget_cools_once() -> None:
    found = at(learned(), 10_000, [0.1, 0.3, 0.6, 0.9, 0.999])
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(0.6, rel=0.02)  # COLD of the loss of 100


def test_a_long_budget_begins_hot_again() -> None:
    found = at(learned(), 60_000, [0.05, 0.24, 0.26, 0.49, 0.51])
    assert found[1] < found[2] > found[3] < found[4]


def test_a_plan_that_is_there_is_taken_apart_less() -> None:
    assert learned(is_again=True).warmth(600, 0.1) < learned().warmth(600, 0.1) < learned(is_full=True).warmth(600, 0.1)
