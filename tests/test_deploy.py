"""What a host runs: the compose file is valid and keeps its policy, the image is closed, the example is complete."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from drone_service.kit.settings import Settings

ROOT = Path(__file__).parent.parent
COMPOSE = ROOT / "docker-compose.yml"
OURS = ("migrate", "app", "worker")
FOR_COMPOSE_ONLY = {"POSTGRES_PASSWORD", "DRONE_PORT"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load(COMPOSE.read_text()))


def test_the_compose_file_is_valid() -> None:
    tool = Path(sys.executable).with_name("check-jsonschema")
    command = [tool, "--builtin-schema", "vendor.compose-spec", COMPOSE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_four_services(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"database", "migrate", "app", "worker"}


def faults(name: str, service: dict[str, Any]) -> list[str]:
    """Return what a service has against the policy."""
    checks = {
        "root file system is writable": service.get("read_only") is True,
        "capabilities are kept": service.get("cap_drop") == ["ALL"] and "cap_add" not in service,
        "privileges may grow": "no-new-privileges:true" in service.get("security_opt", []),
        "runs as root": str(service.get("user", "0")).split(":")[0] not in {"0", "root", ""},
        "privileged": not service.get("privileged"),
        "no /tmp in memory": any(mount.startswith("/tmp") for mount in service.get("tmpfs", [])),  # noqa: S108
        "no health check": name == "migrate" or bool(service.get("healthcheck", {}).get("test")),
        "does not come back": service.get("restart") == ("no" if name == "migrate" else "unless-stopped"),
        "logs without end": "max-size" in service.get("logging", {}).get("options", {}),
        "shares the host": not {"network_mode", "pid", "ipc"} & service.keys(),
    }
    return [fault for fault, fine in checks.items() if not fine]


def test_every_service_keeps_the_policy(compose: dict[str, Any]) -> None:
    assert {name: faults(name, service) for name, service in compose["services"].items()} == {
        name: [] for name in compose["services"]
    }


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"read_only": False}, "root file system is writable"),
        ({"cap_add": ["SYS_ADMIN"]}, "capabilities are kept"),
        ({"security_opt": []}, "privileges may grow"),
        ({"user": "0:0"}, "runs as root"),
        ({"privileged": True}, "privileged"),
        ({"tmpfs": []}, "no /tmp in memory"),
        ({"healthcheck": {"disable": True}}, "no health check"),
        ({"restart": "no"}, "does not come back"),
        ({"logging": {}}, "logs without end"),
        ({"network_mode": "host"}, "shares the host"),
    ],
)
def test_the_policy_sees_a_weaker_service(compose: dict[str, Any], change: dict[str, Any], fault: str) -> None:
    assert faults("app", {**compose["services"]["app"], **change}) == [fault]


def test_each_waits_for_what_it_needs(compose: dict[str, Any]) -> None:
    waits = {
        name: {other: wait["condition"] for other, wait in service.get("depends_on", {}).items()}
        for name, service in compose["services"].items()
    }
    ready = {"database": "service_healthy", "migrate": "service_completed_successfully"}
    assert waits == {"database": {}, "migrate": {"database": "service_healthy"}, "app": ready, "worker": ready}


def test_only_the_application_has_a_port_and_only_on_this_machine(compose: dict[str, Any]) -> None:
    ports = {name: service.get("ports") for name, service in compose["services"].items()}
    assert {name for name, found in ports.items() if found} == {"app"}
    assert all(port.startswith("127.0.0.1:") for port in ports["app"])
    assert compose["networks"]["inside"]["internal"] is True


def test_no_secret_is_written_in_the_file() -> None:
    for line in COMPOSE.read_text().splitlines():
        if (
            re.search(r"password|token|secret", line, re.IGNORECASE)
            and ":" in line
            and not line.strip().startswith("#")
        ):
            assert "${POSTGRES_PASSWORD:?" in line, line


def test_our_services_run_one_image_with_settings_from_a_file(compose: dict[str, Any]) -> None:
    services = [compose["services"][name] for name in OURS]
    assert {service["image"] for service in services} == {"drone-service:local"}
    assert all(service["env_file"] == [{"path": ".env", "required": True}] for service in services)
    assert all(service["environment"]["DRONE_WORKER_EMBEDDED"] == "false" for service in services)


def test_only_the_migration_owns_the_tables(compose: dict[str, Any]) -> None:
    users = {
        name: compose["services"][name]["environment"]["DRONE_DATABASE_URL"].split("//")[1].split(":")[0]
        for name in OURS
    }
    assert users == {"migrate": "drone_owner", "app": "drone", "worker": "drone"}


def test_the_image_is_built_in_stages_and_runs_as_nobody() -> None:
    lines = ROOT.joinpath("Dockerfile").read_text().splitlines()
    stages = [line for line in lines if line.startswith("FROM ")]
    assert len(stages) == 3
    final = lines[lines.index(stages[-1]) :]
    assert "USER 10001:10001" in final
    assert any(line.startswith("HEALTHCHECK") for line in final)
    assert not any("npm" in line or "COPY . " in line for line in final)
    assert "RUN pip install --require-hashes --requirement requirements.lock" in lines


def test_the_compiled_engine_is_read_from_where_it_may_be_written(compose: dict[str, Any]) -> None:
    """numba leaves a cache alone whose folder is read-only, and would compile for a minute in every process."""
    text = ROOT.joinpath("Dockerfile").read_text()
    environment, service = text.split(" AS service\n")
    made = re.search(r"^ENV NUMBA_CACHE_DIR=(\S+)$", environment, re.MULTILINE)
    used = re.search(r"^ +NUMBA_CACHE_DIR=(\S+) ", service, re.MULTILINE)
    start = re.search(r"^ENTRYPOINT (.+)$", service, re.MULTILINE)
    assert made is not None
    assert used is not None
    assert start is not None
    assert Path(used[1]).name == Path(made[1]).name
    assert json.loads(start[1])[2] == f'cp -R {made[1]} {Path(used[1]).parent}/ && exec drone-service "$@"'
    for name in OURS:
        assert any(mount.startswith(f"{Path(used[1]).parent}:") for mount in compose["services"][name]["tmpfs"])


def test_the_example_loads_and_holds_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DRONE_")]:
        monkeypatch.delenv(name)
    assert Settings(_env_file=ROOT / ".env.example") == Settings(_env_file=None)


def test_the_example_names_every_setting_and_no_other() -> None:
    text = ROOT.joinpath(".env.example").read_text()
    named = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))
    assert named == {f"DRONE_{name.upper()}" for name in Settings.model_fields} | FOR_COMPOSE_ONLY
