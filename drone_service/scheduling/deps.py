"""The dependencies of the schedule's handlers: the road router of the host, and the tenant behind a secret address."""

from functools import cache
from typing import Annotated

import httpx
from fastapi import Depends

from drone_service.access.deps import SettingsDep
from drone_service.scheduling.roads import NoRoads, OsrmRoads, RoadTable


@cache
def _client() -> httpx.Client:
    return httpx.Client()


def roads_of(settings: SettingsDep) -> RoadTable:
    """Return the router that the host has set, or the one that never answers."""
    if not settings.osrm_url:
        return NoRoads()
    return OsrmRoads(_client(), settings.osrm_url, settings.http_timeout_s)


RoadsDep = Annotated[RoadTable, Depends(roads_of)]
