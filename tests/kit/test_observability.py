"""Request ids, health, readiness and metrics."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
import structlog
from fastapi import FastAPI
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from drone_service.kit.observability import REQUEST_ID, install


@pytest.fixture
def small() -> FastAPI:
    """An application with a thing to ask for and a thing that breaks."""
    app = FastAPI()
    works = {"it": True}
    app.state.works = works

    def broken() -> bool:
        raise sa.exc.OperationalError("select", {}, Exception("gone"))

    install(app, checks={"it": lambda: works["it"], "other": lambda: works.get("other") or broken()})

    @app.get("/things/{thing_id}")
    def read_thing(thing_id: int) -> int:
        structlog.get_logger().info("inside")
        return thing_id

    @app.get("/secret/{secret}.ics")
    def read_secret(secret: str) -> str:
        return secret

    @app.get("/broken")
    def read_broken() -> None:
        raise RuntimeError("boom")

    return app


def ask(app: FastAPI, path: str, **headers: str) -> object:
    return TestClient(app, raise_server_exceptions=False).get(path, headers=headers)


def test_a_request_gets_an_id(small: FastAPI) -> None:
    first, second = (ask(small, "/things/1").headers[REQUEST_ID] for _ in range(2))
    assert first != second
    assert len(first) == 32


def test_a_harmless_id_is_kept(small: FastAPI) -> None:
    assert ask(small, "/things/1", **{REQUEST_ID: "edge-7.a_B"}).headers[REQUEST_ID] == "edge-7.a_B"


@pytest.mark.parametrize("given", ["a b", "x" * 65, "<script>", "a;b", ""])
def test_any_other_id_is_replaced(small: FastAPI, given: str) -> None:
    assert ask(small, "/things/1", **{REQUEST_ID: given}).headers[REQUEST_ID] != given


def test_the_lines_of_a_request_share_its_id(small: FastAPI) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        ask(small, "/things/1", **{REQUEST_ID: "abc"})
    assert [(line["event"], line["request_id"]) for line in lines] == [("inside", "abc"), ("request", "abc")]
    assert lines[1]["status"] == 200
    assert lines[1]["path"] == "/things/1"


def test_a_secret_in_the_address_is_not_written(small: FastAPI) -> None:
    with capture_logs() as lines:
        assert ask(small, "/secret/s3cr3t.ics").text == '"s3cr3t"'
    assert [line["path"] for line in lines] == ["/secret/[secret].ics"]


def test_a_failure_is_written_and_counted(small: FastAPI) -> None:
    with capture_logs() as lines:
        ask(small, "/broken")
    assert [line["event"] for line in lines] == ["request.failed", "request"]
    assert 'http_requests_total{method="GET",route="/broken",status="500"} 1.0' in ask(small, "/metrics").text


def test_metrics_name_the_route_and_not_the_path(small: FastAPI) -> None:
    for path in ("/things/1", "/things/2", "/nothing/here", "/things/x"):
        ask(small, path)
    text = ask(small, "/metrics").text
    assert 'http_requests_total{method="GET",route="/things/{thing_id}",status="200"} 2.0' in text
    assert 'http_requests_total{method="GET",route="/things/{thing_id}",status="422"} 1.0' in text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
    assert 'http_request_duration_seconds_count{method="GET",route="/things/{thing_id}"} 3.0' in text
    assert "/things/1" not in text


def test_health_asks_nobody(small: FastAPI) -> None:
    small.state.works["it"] = False
    assert ask(small, "/healthz").status_code == 200


@pytest.mark.parametrize(
    ("works", "status"), [({"it": True, "other": True}, 200), ({"it": False, "other": True}, 503), ({"it": True}, 503)]
)
def test_readiness_needs_every_check(small: FastAPI, works: dict[str, bool], status: int) -> None:
    small.state.works.clear()
    small.state.works.update(works)
    answer = ask(small, "/readyz")
    assert answer.status_code == status
    assert answer.json()["checks"] == {"it": works["it"], "other": works.get("other", False)}


def test_the_application_is_ready_when_migrated(client: Callable[..., TestClient]) -> None:
    assert client().get("/readyz").json() == {"ready": True, "checks": {"database": True, "migrations": True}}


def test_the_application_is_not_ready_on_older_tables(
    client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drone_service.migrations.run.head", lambda: "9999")
    assert client().get("/readyz").status_code == 503
