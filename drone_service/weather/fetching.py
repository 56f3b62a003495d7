"""Keeping the cache of forecasts fresh: which cells are due, who is asked, what is stored and what is thrown away."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col

from drone_service.kit.db import enter_tenant
from drone_service.kit.http import CallFailed
from drone_service.weather import queries
from drone_service.weather.forecast import (
    Cell,
    Fetched,
    ForecastRefused,
    ForecastSource,
    ForecastUnchanged,
    Provider,
    ensure_says,
)
from drone_service.weather.models import Forecast

KEPT = timedelta(days=4)
"""How long older forecasts of a cell are kept: what was forecast when is asked about the work of these days."""
MAX_CELLS = 120
"""A circle of 60 km. More cells than this are not asked for in one go; the others are due at the next look."""

log = structlog.get_logger(__name__)


class Transactions(Protocol):
    """What opens short transactions: none is open while a provider is asked."""

    def transaction(self, *, write: bool = True) -> AbstractContextManager[Session]:
        """Open one."""
        ...


@dataclass(frozen=True)
class Due:
    """A cell to ask about, and what its newest forecast says about itself."""

    cell: Cell
    forecast_id: UUID | None = None
    provider: Provider | None = None
    last_modified: str = ""


def refresh(
    run: Transactions,
    *,
    cooperative_id: UUID,
    cells: Sequence[Cell],
    sources: Sequence[ForecastSource],
    now: datetime,
) -> int:
    """Ask for the cells that are due, the second source where the first gives nothing; return how many came in.

    Safe to repeat: a cell that was just refreshed is not due.
    """
    if not sources:
        return 0
    with run.transaction(write=False) as session:
        enter_tenant(session, cooperative_id)
        found = due(session, cooperative_id, cells, {source.provider for source in sources}, now)
    came = 0
    for one in found[:MAX_CELLS]:
        answer = _ask(one, sources, now)
        if answer is None:
            continue
        came += 1
        with run.transaction() as session:
            enter_tenant(session, cooperative_id)
            _keep(session, cooperative_id, one, answer, now)
    return came


def due(
    session: Session, cooperative_id: UUID, cells: Iterable[Cell], asked: set[Provider], now: datetime
) -> list[Due]:
    """Return the cells of which the forecast has expired, is missing, or is by a provider who is not asked any more."""
    wanted = list(dict.fromkeys(cells))
    known = queries.newest_rows(session, cooperative_id, wanted)
    found = []
    for cell in wanted:
        row = known.get(cell)
        if row is None:
            found.append(Due(cell))
        elif row.expires_at <= now or row.provider not in asked:
            found.append(Due(cell, row.id, row.provider, row.last_modified))
    return found


def _ask(one: Due, sources: Sequence[ForecastSource], now: datetime) -> Fetched | ForecastUnchanged | None:
    for source in sources:
        try:
            # What one provider said about its last answer means nothing to another.
            said = one.last_modified if source.provider is one.provider else ""
            answer = source.fetch(one.cell, now=now, last_modified=said)
            ensure_says(answer, now)
        except ForecastUnchanged as unchanged:
            return unchanged
        except (CallFailed, ForecastRefused) as failure:
            log.warning("weather.not_fetched", provider=source.provider.value, cell=one.cell, why=str(failure))
        else:
            return answer
    return None


def _keep(session: Session, cooperative_id: UUID, one: Due, answer: Fetched | ForecastUnchanged, now: datetime) -> None:
    if isinstance(answer, ForecastUnchanged):
        row = session.get(Forecast, (cooperative_id, one.forecast_id))
        if row is not None:
            row.checked_at, row.expires_at = now, answer.expires_at
        return
    session.add(
        Forecast(
            cooperative_id=cooperative_id,
            cell_x=one.cell[0],
            cell_y=one.cell[1],
            provider=answer.provider,
            fetched_at=now,
            checked_at=now,
            expires_at=answer.expires_at,
            last_modified=answer.last_modified,
            starts_at=answer.starts_at,
            hours=answer.hours,
        )
    )
    session.flush()
    # The one that just came in is newer than any of these, so no cell is left without.
    session.execute(
        sa.delete(Forecast).where(
            col(Forecast.cooperative_id) == cooperative_id,
            col(Forecast.cell_x) == one.cell[0],
            col(Forecast.cell_y) == one.cell[1],
            col(Forecast.fetched_at) < now - KEPT,
        )
    )


def keep_example(
    session: Session, cooperative_id: UUID, cells: Iterable[Cell], source: ForecastSource, now: datetime
) -> None:
    """Store made-up hours for the cells of a demonstration, in the caller's transaction."""
    for cell in dict.fromkeys(cells):
        _keep(session, cooperative_id, Due(cell), source.fetch(cell, now=now), now)
