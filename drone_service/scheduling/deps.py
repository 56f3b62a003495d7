"""The dependencies of the schedule's handlers: the road router of the host, and the tenant behind a secret address."""

from functools import cache
from typing import Annotated

import httpx
from fastapi import Depends

from drone_service.access.deps import SettingsDep
from drone_service.scheduling.roads import NoRoads, OsrmRoads, RoadTable


@cache
def _router(url: str, deadline_s: float) -> RoadTable:
    """Return the one router of the process: it remembers its answers, and that it fails."""
    return OsrmRoads(httpx.Client(), url, deadline_s)


def roads_of(settings: SettingsDep) -> RoadTable:
    """Return the router that the host has set, or the one that never answers."""
    return _router(settings.osrm_url, settings.http_timeout_s) if settings.osrm_url else NoRoads()


RoadsDep = Annotated[RoadTable, Depends(roads_of)]
