"""The classic instances are whole: the best solution known drives them at the cost that is written in it."""

from math import hypot
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks" / "data" / "vrptw"


def sections(text: str) -> dict[str, dict[int, tuple[float, ...]]]:
    """Return the numbered rows of each section."""
    found: dict[str, dict[int, tuple[float, ...]]] = {}
    for line in text.splitlines():
        words = line.split()
        if line.strip().endswith("_SECTION"):
            rows = found.setdefault(line.strip(), {})
        elif found and len(words) > 1:
            rows[int(words[0]) - 1] = tuple(float(word) for word in words[1:])
    return found


@pytest.mark.parametrize(("name", "customers"), [("RC208", 100), ("RC2_10_5", 1000)])
def test_the_best_solution_known_costs_what_it_says_and_keeps_every_rule(name: str, customers: int) -> None:
    text = FOLDER.joinpath(f"{name}.vrp").read_text()
    head = {
        key.strip(): value.strip() for key, _, value in (line.partition(":") for line in text.splitlines()) if value
    }
    parts = sections(text)
    at, demand, window = (parts[f"{part}_SECTION"] for part in ("NODE_COORD", "DEMAND", "TIME_WINDOW"))
    service = 10 * int(head["SERVICE_TIME"]) if "SERVICE_TIME" in head else None
    routes, _, cost = FOLDER.joinpath(f"{name}.sol").read_text().partition("Cost")
    tours = [[int(word) for word in line.partition(":")[2].split()] for line in routes.strip().splitlines()]
    total = 0
    for tour in tours:
        assert sum(demand[customer][0] for customer in tour) <= int(head["CAPACITY"])
        now, here = 0, 0
        for there in [*tour, 0]:
            leg = int(10 * hypot(at[here][0] - at[there][0], at[here][1] - at[there][1]))
            total += leg
            now = max(now + leg, round(10 * window[there][0]))
            assert now <= 10 * window[there][1]
            now += round(10 * parts["SERVICE_TIME_SECTION"][there][0]) if service is None else service
            here = there
    assert sorted(customer for tour in tours for customer in tour) == list(range(1, customers + 1))
    assert total / 10 == float(cost)
