"""Forecasts as they came in, limits that were changed, and what crews found on the field."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from drone_service.kit import db
from drone_service.weather.forecast import HourSeries, Provider
from drone_service.weather.scoring import Outcome, SiteForecast


class Forecast(db.Row, table=True):
    """What a provider forecast for a grid cell. Kept for some days, so that it is known what was forecast when."""

    __tablename__ = "forecasts"
    __table_args__ = (
        sa.ForeignKeyConstraint(["cooperative_id"], ["cooperatives.id"]),
        sa.Index("ix_forecasts_cell", "cooperative_id", "cell_x", "cell_y", "fetched_at"),
    )

    cell_x: int
    cell_y: int
    provider: Provider = db.choice(Provider)
    fetched_at: datetime
    checked_at: datetime
    """When the provider last said that the numbers still hold."""
    expires_at: datetime
    last_modified: str = Field(default="", max_length=64)
    starts_at: datetime
    hours: HourSeries = db.json_of(HourSeries)


class LimitSet(db.Row, table=True):
    """The limits that a cooperative has changed, for all its work or, with `product_id`, for one product."""

    __tablename__ = "weather_limits"
    __table_args__ = (
        sa.ForeignKeyConstraint(["cooperative_id"], ["cooperatives.id"]),
        db.tenant_fk("product_id", "products"),
        sa.Index("uq_weather_limits_product", "cooperative_id", "product_id", unique=True),
        # Two rows without a product are different to a unique index, so the cooperative's own row has one of its own.
        sa.Index(
            "uq_weather_limits_own",
            "cooperative_id",
            unique=True,
            sqlite_where=sa.text("product_id IS NULL"),
            postgresql_where=sa.text("product_id IS NULL"),
        ),
    )

    product_id: UUID | None = Field(default=None)
    changes: dict[str, float] = db.json_of(dict[str, float])


class SiteWeather(db.Row, table=True):
    """The weather of one work: what the crew measured and did, beside what was forecast for those hours."""

    __tablename__ = "site_weathers"
    __table_args__ = (
        db.tenant_fk("work_id", "works"),
        sa.UniqueConstraint("cooperative_id", "work_id"),
        sa.Index("ix_site_weathers_started", "cooperative_id", "started_at"),
    )

    work_id: UUID
    lon: float
    lat: float
    sprays: bool
    started_at: datetime
    ended_at: datetime | None = Field(default=None)
    wind_m_s: float | None = Field(default=None)
    temperature_c: float | None = Field(default=None)
    humidity_pct: float | None = Field(default=None)
    outcome: Outcome = db.choice(Outcome)
    limits: dict[str, float] = db.json_of(dict[str, float])
    """Every limit that held."""
    held: SiteForecast | None = db.json_of(SiteForecast, default=None, nullable=True)
    """The forecast that was the newest when the work began."""
    planned: SiteForecast | None = db.json_of(SiteForecast, default=None, nullable=True)
    """The one that was the newest the evening before, when days are planned."""
