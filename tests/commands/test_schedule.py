"""The schedule command: contract of its output and of its exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from drone_service.commands.schedule import schedule
from tests.engine.schedule.test_problem import PROBLEM

app = typer.Typer()
app.command()(schedule)


def run(tmp_path: Path, problem: Any, *options: str) -> Any:
    path = tmp_path / "problem.json"
    path.write_text(problem if isinstance(problem, str) else json.dumps(problem), encoding="utf-8")
    return CliRunner().invoke(app, [str(path), *options])


def test_the_plan_has_the_documented_shape(tmp_path: Path) -> None:
    result = run(tmp_path, PROBLEM, "--iterations", "10")
    assert result.exit_code == 0
    plan = json.loads(result.stdout)
    assert set(plan) == {"score", "routes", "unserved"}
    stops = {stop["job"]: stop for route in plan["routes"] for stop in route["stops"]}
    # j2 first: 18000 + 400 to it, 900 of work, 200 to j1, where the crew waits for the pinned time.
    assert stops["j1"] == {"job": "j1", "arrive_s": 19500, "start_s": 20000, "end_s": 21800}
    # 150 + 80 − 2 × (2 + 1 + 3) km
    assert plan["score"] == 218


def test_a_plan_can_be_started_from(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(run(tmp_path, PROBLEM, "--iterations", "5").stdout, encoding="utf-8")
    result = run(tmp_path, PROBLEM, "--iterations", "0", "--start", str(plan))
    assert json.loads(result.stdout) == json.loads(plan.read_text(encoding="utf-8"))


TOO_DEEP = "[" * 100_000


@pytest.mark.parametrize("text", ["{", "[]", "", TOO_DEEP, json.dumps(PROBLEM | {"km_cost": -1}), '{"locations": NaN}'])
def test_wrong_input_ends_with_2_and_a_reason(tmp_path: Path, text: str) -> None:
    result = run(tmp_path, text)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "problem.json: " in result.stderr


def test_pins_that_need_more_than_the_crew_carries_end_with_2(tmp_path: Path) -> None:
    """Seen only while the pins are put in: the problem alone is fine."""
    jobs = [one | {"uses": {"water": 50}} for one in PROBLEM["jobs"]]
    shifts = [one | {"capacity": {"water": 1}} for one in PROBLEM["shifts"]]
    result = run(tmp_path, PROBLEM | {"jobs": jobs, "shifts": shifts}, "--iterations", "10")
    assert result.exit_code == 2
    assert "cannot all be kept" in result.stderr


def test_a_wrong_start_plan_is_named(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"routes": 3}', encoding="utf-8")
    result = run(tmp_path, PROBLEM, "--start", str(plan))
    assert result.exit_code == 2
    assert "plan.json: routes must be a list" in result.stderr


def test_a_missing_file_ends_with_2(tmp_path: Path) -> None:
    absent = tmp_path / "none.json"
    result = CliRunner().invoke(app, [str(absent)])
    assert (result.exit_code, result.stderr) == (2, f"{absent}: No such file or directory\n")


def test_seconds_must_not_be_negative(tmp_path: Path) -> None:
    assert run(tmp_path, PROBLEM, "--seconds", "-1").exit_code == 2
