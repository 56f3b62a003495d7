"""Which places forecasts are fetched for, and when: every field in use and the base, a look every ten minutes."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from drone_service.access import queries as access_queries
from drone_service.access.models import Cooperative
from drone_service.access.rules import Actor, ensure_staff
from drone_service.farms.models import Field
from drone_service.kit.db import enter_tenant
from drone_service.kit.tasks import TaskRun, task
from drone_service.weather import service as weather_service
from drone_service.weather import tasks as weather_tasks

LOOK = "scheduling.look_at_forecasts"
EVERY_TEN_MINUTES = "4,14,24,34,44,54 * * * *"
"""Not on the hour, when everybody asks: MET Norway's terms want it so."""


@task(LOOK, cron=EVERY_TEN_MINUTES)
def look_at_forecasts(run: TaskRun) -> None:
    """Have the forecasts of every cooperative fetched where they are due and somebody can be asked."""
    with run.transaction(write=False) as session:
        cooperative_ids = session.execute(sa.select(col(Cooperative.id))).scalars().all()
    for cooperative_id in cooperative_ids:
        with run.transaction() as session:
            enter_tenant(session, cooperative_id)
            places = places_of(session, cooperative_id)
            if weather_tasks.is_due(session, cooperative_id, weather_service.cells_of(places), run.clock()):
                weather_service.ask_refresh(session, cooperative_id=cooperative_id, places=places)


def ask_refresh(session: Session, *, actor: Actor) -> int:
    """Have forecasts fetched now where they are due, for those who run the cooperative. Raises RoleNeeded."""
    ensure_staff(actor)
    places = places_of(session, actor.cooperative_id)
    return weather_service.ask_refresh(session, cooperative_id=actor.cooperative_id, places=places)


def places_of(session: Session, cooperative_id: UUID) -> list[tuple[float, float]]:
    """Return the base and the middle of every field in use as (lon, lat)."""
    cooperative = access_queries.get_cooperative(session, cooperative_id)
    boxes = session.execute(
        sa.select(col(Field.west), col(Field.east), col(Field.south), col(Field.north)).where(
            col(Field.cooperative_id) == cooperative_id, col(Field.archived_at).is_(None)
        )
    ).all()
    middles = [((west + east) / 2, (south + north) / 2) for west, east, south, north in boxes]
    return [(cooperative.base_lon, cooperative.base_lat), *middles]
