"""What can never be planned is refused, each with its own reason."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from drone_service.engine.errors import EngineError
from drone_service.engine.schedule.document import parse_problem

PROBLEM: dict[str, Any] = {
    "locations": 3,
    "travel_s": [[0, 300, 400], [300, 0, 200], [400, 200, 0]],
    "travel_km": [[0, 2, 3], [2, 0, 1], [3, 1, 0]],
    "km_cost": 2.0,
    "wash_s": {"herbicide": {"fungicide": 1200}},
    "shifts": [
        {"id": "c0-am", "crew": "c0", "start_s": 18000, "end_s": 36000, "start_location": 0, "end_location": 0},
        {"id": "c0-pm", "crew": "c0", "start_s": 54000, "end_s": 66600, "start_location": 0, "end_location": 0},
    ],
    "jobs": [
        {
            "id": "j1",
            "location": 1,
            "service_s": 1800,
            "value": 150.0,
            "group": "herbicide",
            "windows": [{"start_s": 0, "end_s": 86400, "gain": 1.0}],
            "pinned": {"shift": "c0-am", "start_s": 20000},
            "crews": None,
        },
        {"id": "j2", "location": 2, "service_s": 900, "value": 80, "windows": [{"start_s": 0, "end_s": 86400}]},
    ],
}
Change = Callable[[dict[str, Any]], object]


def second_pin(problem: dict[str, Any], start_s: float) -> None:
    problem["jobs"][1] |= {"pinned": {"shift": "c0-am", "start_s": start_s}, "group": "fungicide"}


def test_the_documented_problem_is_read() -> None:
    problem = parse_problem(deepcopy(PROBLEM))
    assert [job.id for job in problem.jobs] == ["j1", "j2"]
    assert problem.wash_between_s("herbicide", "fungicide") == 1200
    assert problem.wash_between_s("fungicide", "herbicide") == 0
    assert problem.jobs[1].windows[0].gain == 1.0


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda p: p.update(locations=2), "schedule.invalid", "2 rows of 2"),
        (lambda p: p["travel_s"][0].__setitem__(1, -1), "schedule.negative", "travel_s[0][1] is negative"),
        (lambda p: p["travel_km"][0].__setitem__(1, float("nan")), "schedule.invalid", "travel_km[0][1]"),
        (lambda p: p["travel_km"][0].__setitem__(1, None), "schedule.invalid", "no road"),
        (lambda p: p.update(km_cost=-1), "schedule.negative", "km_cost"),
        (lambda p: p["wash_s"]["herbicide"].update(herbicide=10), "schedule.invalid", "itself"),
        (lambda p: p["wash_s"]["herbicide"].update(fungicide=-5), "schedule.negative", "wash_s"),
        (lambda p: p["shifts"][1].update(id="c0-am"), "schedule.duplicate_id", "two shifts"),
        (lambda p: p["shifts"][1].update(start_s=30000), "schedule.shifts_overlap", "crew 'c0' overlap"),
        (lambda p: p["shifts"][1].update(end_s=100), "schedule.negative", "ends before it starts"),
        (lambda p: p["shifts"][1].update(end_location=3), "schedule.unknown_location", "location 3"),
        (lambda p: p["shifts"][1].pop("crew"), "schedule.invalid", "shifts[1] has no 'crew'"),
        (lambda p: p["jobs"][1].update(id="j1"), "schedule.duplicate_id", "two jobs"),
        (lambda p: p["jobs"][1].update(location=-1), "schedule.unknown_location", "location -1"),
        (lambda p: p["jobs"][1].update(service_s=-1), "schedule.negative", "service_s of job 'j2'"),
        (lambda p: p["jobs"][1].update(service_s=True), "schedule.invalid", "must be a number"),
        (lambda p: p["jobs"][1].update(service_s="60"), "schedule.invalid", "must be a number"),
        (lambda p: p["jobs"][1].update(value=-3), "schedule.negative", "value of job"),
        (lambda p: p["jobs"][1].update(value=10**400), "schedule.invalid", "finite"),
        (lambda p: p["jobs"][1].update(window=[]), "schedule.invalid", "unknown key 'window'"),
        (lambda p: p["jobs"][1]["windows"][0].update(end_s=-9), "schedule.negative", "ends before"),
        (lambda p: p["jobs"][1]["windows"][0].update(gain=-0.1), "schedule.negative", "gain"),
        (lambda p: p["jobs"][0]["pinned"].update(shift="x"), "schedule.impossible_pin", "no such shift"),
        (lambda p: p["jobs"][0]["pinned"].update(start_s=35000), "schedule.impossible_pin", "inside the shift"),
        (lambda p: p["jobs"][0]["pinned"].update(start_s=18100), "schedule.impossible_pin", "before 18300 s"),
        (lambda p: p["jobs"][0].update(crews=["c1"]), "schedule.impossible_pin", "may not do it"),
        (lambda p: p["jobs"][0]["windows"][0].update(end_s=21000), "schedule.impossible_pin", "windows"),
        # j1 ends at 21800; 1200 s of washing and 200 s of driving later it is 23200.
        (lambda p: second_pin(p, 23199), "schedule.impossible_pin", "before 23200 s"),
        (lambda p: p["shifts"][0].update(end_s=22000), "schedule.impossible_pin", "back only after"),
        (lambda _p: None, None, None),
        (lambda p: second_pin(p, 23200), None, None),
    ],
)
def test_impossible_input_is_refused_with_the_reason(change: Change, code: str | None, words: str | None) -> None:
    problem = deepcopy(PROBLEM)
    change(problem)
    if code is None or words is None:
        assert parse_problem(problem)
        return
    with pytest.raises(EngineError) as refused:
        parse_problem(problem)
    assert refused.value.code == code
    assert words in str(refused.value)


def test_every_kind_of_json_is_either_read_or_refused() -> None:
    for raw in (None, 3, "x", [], {}, {"locations": 0}, json.loads("[NaN]")):
        with pytest.raises(EngineError):
            parse_problem(raw)


def test_an_empty_problem_is_a_problem() -> None:
    problem = parse_problem({"locations": 0, "travel_s": [], "travel_km": [], "shifts": [], "jobs": []})
    assert problem.locations == 0
