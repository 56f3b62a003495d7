"""How long booking waits for the half-days it offers, beside a week of 300 visits: ./dev bench offers [waiting ...]

The demonstration gets five aircraft and three hundred jobs within 15 km, which the service plans into seven days. Then
a request for offers is sent again and again, by one process without a network between; with each number that is given
(0 and 60) so many confirmed jobs wait for a place beside them. In milliseconds, the least and the median.
"""

import gc
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from math import cos, pi, sin, sqrt
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from drone_service import demo
from drone_service.access.models import Cooperative, Person
from drone_service.access.rules import Actor, Role
from drone_service.booking.models import Job
from drone_service.booking.rules import HalfDay, State
from drone_service.farms.models import Field
from drone_service.fleet.models import Aircraft
from drone_service.kit.clock import local_day, utc_now
from drone_service.kit.db import Database, enter_tenant
from drone_service.kit.logs import configure_logging
from drone_service.kit.settings import Settings
from drone_service.main import create_app
from drone_service.migrations import run as migrations
from drone_service.scheduling.arrange import plan_days
from drone_service.scheduling.models import Visit
from drone_service.scheduling.roads import NoRoads
from drone_service.web.demonstration import DEMO_LOGINS

VISITS, AIRCRAFT, DAYS = 300, 5, 7
REACH_KM = 15.0
KM_PER_DEGREE = 111.2
SERVICE_MIN = (10, 45)
ROUNDS = 60_000
REQUESTS = 25


def add_aircraft(session: Session) -> None:
    first = session.exec(select(Aircraft)).first()
    assert first is not None
    for number in range(1, AIRCRAFT):
        session.add(Aircraft(cooperative_id=first.cooperative_id, model=first.model, name=f"T40 {number + 1}"))
    session.flush()


def add_jobs(session: Session, count: int, days: list[date], random: Random) -> None:
    """Add confirmed jobs like those of the demonstration, at other places and on other days."""
    cooperative = session.exec(select(Cooperative)).one()
    known = session.exec(select(Job).where(col(Job.state).in_((State.CONFIRMED, State.SCHEDULED)))).all()
    highest = session.exec(select(sa.func.max(Job.number))).one()
    own = {"id", "created_at", "version", "number", "state", "lon", "lat", "service_s"}
    own |= {"allowed_from", "allowed_until", "half_days"}
    for number in range(highest + 1, highest + 1 + count):
        source, towards = random.choice(known), 2 * pi * random.random()
        away = REACH_KM * sqrt(random.random()) / KM_PER_DEGREE
        first = random.choice(days)
        session.add(
            Job(
                **{name: getattr(source, name) for name in Job.model_fields if name not in own},
                number=number,
                state=State.CONFIRMED,
                lon=cooperative.base_lon + away * cos(towards),
                lat=cooperative.base_lat + away * sin(towards),
                service_s=60 * random.randint(*SERVICE_MIN),
                allowed_from=first,
                allowed_until=min(first + timedelta(days=random.randint(0, 5)), days[-1]),
                half_days=random.choice([list(HalfDay), list(HalfDay), [HalfDay.MORNING]]),
            )
        )
    session.flush()


def fill_week(database: Database, days: list[date], random: Random) -> int:
    """Plan a week and return how many visits it has; what found no place is taken out."""
    with database.transaction() as session:
        cooperative = session.exec(select(Cooperative)).one()
        enter_tenant(session, cooperative.id)
        add_aircraft(session)
        (planned,) = session.exec(select(sa.func.count()).select_from(Visit).where(col(Visit.day).in_(days)))
        add_jobs(session, VISITS - planned, days, random)
        owner = session.exec(select(Person).where(Person.name == DEMO_LOGINS[2].name)).one()
        actor = Actor(owner.id, cooperative.id, frozenset({Role.OWNER, Role.OPERATOR}), owner.name)
        plan_days(session, actor=actor, days=days, roads=NoRoads(), now=utc_now(), rounds=ROUNDS)
        session.flush()
        session.execute(
            sa.delete(Job).where(col(Job.state) == State.CONFIRMED, col(Job.id).not_in(select(Visit.job_id)))
        )
        return session.exec(select(sa.func.count()).select_from(Visit).where(col(Visit.day).in_(days))).one()


def measure(client: TestClient, body: dict[str, Any], headers: dict[str, str]) -> None:
    clock_ms, own_ms = [], []
    for _ in range(REQUESTS):
        clock, own = time.perf_counter(), time.process_time()
        answer = client.post("/api/v1/slot-offers", json=body, headers=headers)
        clock_ms.append((time.perf_counter() - clock) * 1000)
        own_ms.append((time.process_time() - own) * 1000)
        assert answer.status_code == 200, answer.text
        assert answer.json()
    for what, took in (("by the clock", clock_ms), ("of processor", own_ms)):
        print(f"  {what}: {min(took):.0f} ms least, {statistics.median(took):.0f} ms median of {REQUESTS}")


def main(waiting: list[int]) -> None:
    random = Random(7)
    configure_logging("console", "WARNING")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings(
            _env_file=None,
            data_dir=folder,
            database_url=f"sqlite:///{folder / 'offers.sqlite'}",
            worker_embedded=False,
        )
        database = Database(settings.database_url)
        migrations.upgrade(database)
        demo.load_if_empty(database, now=utc_now())
        tomorrow = local_day(utc_now()) + timedelta(days=1)
        days = [tomorrow + timedelta(days=number) for number in range(DAYS)]
        visits = fill_week(database, days, random)
        client = TestClient(create_app(settings, database))
        owner = DEMO_LOGINS[2]
        log_in = {"phone": owner.phone, "password": owner.password}
        token = client.post("/api/v1/sessions/by-password", json=log_in).json()["token"]
        headers = {"authorization": f"Bearer {token}"}
        with database.transaction(write=False) as session:
            field = session.exec(select(Field).order_by(col(Field.area_m2))).all()[40]
        body = {"field_id": str(field.id), "allowed_from": str(days[0]), "allowed_until": str(days[-1])}
        # As `serve` does before it listens.
        gc.collect()
        gc.freeze()
        there = 0
        for number in sorted(waiting):
            with database.transaction() as session:
                enter_tenant(session, field.cooperative_id)
                add_jobs(session, number - there, days, random)
            there = number
            print(f"{visits} visits of {AIRCRAFT} aircraft in {DAYS} days, {number} jobs wait")
            measure(client, body, headers)
        database.engine.dispose()


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [0, 60])
