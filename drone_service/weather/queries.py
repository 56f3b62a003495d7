"""Reads of forecasts and limits."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from drone_service.weather.forecast import Cell, Known, Provider
from drone_service.weather.limits import DEFAULTS, Limits, strictest
from drone_service.weather.models import Forecast, LimitSet


@dataclass(frozen=True)
class LimitBook:
    """The limits of a cooperative: its own, and what it changed for single products."""

    own: Limits = DEFAULTS
    by_product: Mapping[UUID, Mapping[str, float]] = field(default_factory=dict)

    def with_machines(self, max_wind_m_s: Iterable[float]) -> "LimitBook":
        """Return the book for the aircraft at hand: the weakest of them limits the wind, and so does the owner."""
        machine_wind_m_s = min([self.own.machine_wind_m_s, *max_wind_m_s])
        return replace(self, own=self.own.changed({"machine_wind_m_s": machine_wind_m_s}))

    def of(self, products: Iterable[tuple[UUID, float]]) -> Limits:
        """Return the limits for the products of one tank, each with the rain-free hours of its label.

        What was changed for a product goes before its label, the label before the cooperative's own; of several
        products the strictest counts.
        """
        known = [
            self.own.changed({"rain_free_h": rain_free_h}).changed(self.by_product.get(product_id, {}))
            for product_id, rain_free_h in products
        ]
        return strictest(known) if known else self.own


def get_limits(session: Session, cooperative_id: UUID) -> LimitBook:
    """Return the limits of a cooperative, the defaults where nothing was changed."""
    rows = session.exec(select(LimitSet).where(col(LimitSet.cooperative_id) == cooperative_id)).all()
    own = next((row.changes for row in rows if row.product_id is None), {})
    return LimitBook(DEFAULTS.changed(own), {row.product_id: row.changes for row in rows if row.product_id is not None})


def newest_forecasts(
    session: Session, cooperative_id: UUID, cells: Collection[Cell], *, known_at: datetime | None = None
) -> dict[Cell, Known]:
    """Return the newest forecast of each cell, or the one that was the newest at a moment in the past."""
    if not cells:
        return {}
    rows = newest_rows(session, cooperative_id, cells, known_at=known_at)
    return {
        cell: Known(row.provider, row.starts_at, row.hours, row.fetched_at, row.checked_at)
        for cell, row in rows.items()
    }


def newest_rows(
    session: Session, cooperative_id: UUID, cells: Collection[Cell], *, known_at: datetime | None = None
) -> dict[Cell, Forecast]:
    """Return the rows behind `newest_forecasts`."""
    columns, rows = {x for x, _ in cells}, {y for _, y in cells}
    newest = (
        sa.select(col(Forecast.cell_x), col(Forecast.cell_y), sa.func.max(col(Forecast.fetched_at)).label("fetched_at"))
        .where(
            col(Forecast.cooperative_id) == cooperative_id,
            # The box of the cells: a handful of numbers, however many cells there are.
            col(Forecast.cell_x).between(min(columns), max(columns)),
            col(Forecast.cell_y).between(min(rows), max(rows)),
        )
        .group_by(col(Forecast.cell_x), col(Forecast.cell_y))
    )
    if known_at is not None:
        newest = newest.where(col(Forecast.fetched_at) <= known_at)
    of_cell = newest.subquery()
    statement = (
        select(Forecast)
        .join(
            of_cell,
            (col(Forecast.cell_x) == of_cell.c.cell_x)
            & (col(Forecast.cell_y) == of_cell.c.cell_y)
            & (col(Forecast.fetched_at) == of_cell.c.fetched_at),
        )
        .where(col(Forecast.cooperative_id) == cooperative_id)
        .order_by(col(Forecast.id))
    )
    found = {(row.cell_x, row.cell_y): row for row in session.exec(statement).all()}
    return {cell: found[cell] for cell in cells if cell in found}


def has_example(session: Session, cooperative_id: UUID) -> bool:
    """Tell whether the cooperative has made-up forecasts, as the demonstration has."""
    statement = select(Forecast.id).where(
        col(Forecast.cooperative_id) == cooperative_id, col(Forecast.provider) == Provider.EXAMPLE
    )
    return session.exec(statement.limit(1)).first() is not None
