"""The limits of the weather and how well they did, under `/api/v1`."""

from fastapi import Response

from drone_service.access.deps import ActorDep
from drone_service.access.routes import api_router
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.kit.etag import IfMatchDep, send_etag
from drone_service.weather import limiting, sites
from drone_service.weather.schemas import LimitsIn, LimitsOut, ScoresOut

router = api_router(tag="weather")


@router.get("/weather-limits")
def get_limits(session: SessionDep, actor: ActorDep, response: Response) -> LimitsOut:
    """Return the cooperative's limits with their defaults and where those come from."""
    found = limiting.show_limits(session, actor=actor)
    send_etag(response, found)
    return found.shown


@router.put("/weather-limits")
def set_limits(
    data: LimitsIn, session: SessionDep, actor: ActorDep, version: IfMatchDep, response: Response
) -> LimitsOut:
    """Replace what the cooperative has changed; a limit that is left out goes back to its default."""
    changed = limiting.set_limits(session, actor=actor, data=data, expected_version=version)
    send_etag(response, changed)
    return changed.shown


@router.get("/weather-score")
def get_scores(session: SessionDep, actor: ActorDep, now: NowDep) -> ScoresOut:
    """Compare forecasts and rules with what crews measured and did in the last year."""
    return sites.get_scores(session, actor=actor, now=now)
