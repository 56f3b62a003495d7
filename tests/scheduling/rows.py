"""Rows that the tests of the schedule and of the work on the field begin from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import shapely
from sqlmodel import Session

from drone_service.billing.models import Price
from drone_service.billing.rules import PriceUnit
from drone_service.booking.models import Job
from drone_service.booking.rules import HalfDay, Quote, QuotedProduct, State
from drone_service.engine.operation import Service
from drone_service.farms.models import Field
from drone_service.fleet.models import Aircraft
from drone_service.kit.ids import uuid7
from drone_service.products.models import Product
from drone_service.products.rules import DoseUnit, Formulation, ProductGroup
from tests.people import People

DAY = date(2026, 3, 11)
"""The day after the one on which the tests take place."""


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    """Return a local time as UTC: the Delta is seven hours ahead."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


@dataclass
class Farm:
    """A field, an aircraft, a product and a price, and a maker of jobs."""

    session: Session
    people: People
    field: Field
    aircraft: Aircraft
    product: Product
    price: Price
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def job(self) -> Callable[..., Job]:
        return self._job

    def _job(self, **changes: Any) -> Job:
        """Store a confirmed job of half an hour for the day of the tests; a number of places lie round the base."""
        number = next(self.numbers)
        parts: dict[str, Any] = {
            "id": uuid7(),
            "cooperative_id": self.people.cooperative.id,
            "number": number,
            "field_id": self.field.id,
            "farmer_id": self.people.farmer.id,
            "requested_by_id": self.people.farmer.id,
            "service": Service.SPRAY,
            "state": State.CONFIRMED,
            "rate_per_ha": 20.0,
            "allowed_from": DAY,
            "allowed_until": DAY,
            "half_days": [HalfDay.MORNING, HalfDay.AFTERNOON],
            "area_m2": 10_000.0,
            "price_vnd": 180_000,
            "service_s": 1800,
            "wash_group": "herbicide",
            "lon": 105.72 + 0.001 * (number % 7),
            "lat": 9.43 + 0.001 * (number % 5),
            "quote": self.quote(),
        }
        job = Job(**(parts | changes))
        self.session.add(job)
        self.session.flush()
        return job

    def quote(self) -> Quote:
        return Quote(
            area_m2=10_000.0,
            rate_per_ha=20.0,
            rate_unit="L",
            total_quantity=20.0,
            loads=1,
            battery_swaps=1,
            service_s=1800.0,
            service_s_p10=1500.0,
            service_s_p90=2400.0,
            aircraft_model="dji-agras-t40",
            products=[
                QuotedProduct(
                    product_id=self.product.id,
                    name=self.product.name,
                    group=self.product.group.value,
                    dose_per_ha=450.0,
                    unit="mL",
                    total=450.0,
                    phi_days=14,
                )
            ],
            lines=[],
            total_vnd=180_000,
            price_id=self.price.id,
            quoted_at=at(8, 0, date(2026, 3, 9)),
        )


def make_farm(session: Session, people: People) -> Farm:
    """Store one of everything a job points to."""
    cooperative_id = people.cooperative.id
    outline = shapely.box(105.72, 9.43, 105.721, 9.431)
    plot = Field(
        cooperative_id=cooperative_id, farmer_id=people.farmer.id, name="Ruộng sau nhà", crop="rice",
        planting_code="VN-ST-0001", outline=outline, west=105.72, south=9.43, east=105.721, north=9.431,
        area_m2=10_000.0, perimeter_m=400.0, properties={},
    )  # fmt: skip
    aircraft = Aircraft(cooperative_id=cooperative_id, model="dji-agras-t40", name="T40 số 1", serial="T40-TEST-1")
    product = Product(
        cooperative_id=cooperative_id, name="Thử nghiệm 240SC", group=ProductGroup.FUNGICIDE,
        active_ingredient="azoxystrobin", formulation=next(iter(Formulation)), dose_min_per_ha=400.0, dose_per_ha=450.0,
        dose_max_per_ha=500.0, unit=DoseUnit("mL"), phi_days=14, crops=["rice"],
    )  # fmt: skip
    price = Price(
        cooperative_id=cooperative_id, service=Service.SPRAY, unit=PriceUnit.HECTARE, amount_vnd=180_000,
        valid_from=date(2026, 1, 1),
    )  # fmt: skip
    session.add_all([plot, aircraft, product, price])
    session.flush()
    return Farm(session, people, plot, aircraft, product, price)


def other_aircraft(session: Session, cooperative_id: UUID) -> Aircraft:
    """Store a second aircraft, which comes after the first one by name."""
    aircraft = Aircraft(cooperative_id=cooperative_id, model="dji-agras-t40", name="T40 số 2", serial="T40-TEST-2")
    session.add(aircraft)
    session.flush()
    return aircraft
