"""Prices, invoices and costs for the tests, made by the same services as in use."""

from datetime import date, datetime

from sqlmodel import Session

from drone_service.billing import service
from drone_service.billing.models import Cost, Invoice, Price
from drone_service.billing.rules import CostKind, PriceUnit
from drone_service.billing.schemas import CostIn, PriceIn
from drone_service.engine.operation import Service
from drone_service.kit.ids import uuid7
from tests.people import People, Who


def make_price(session: Session, people: People, now: datetime, amount_vnd: int = 180_000) -> Price:
    data = PriceIn(service=Service.SPRAY, unit=PriceUnit.HECTARE, amount_vnd=amount_vnd, valid_from=date(2026, 1, 1))
    return service.add_price(session, actor=people.owner.actor, data=data, now=now)


def make_invoice(
    session: Session, people: People, now: datetime, *, farmer: Who | None = None, area_m2: float = 10_000.0
) -> Invoice:
    return service.issue_invoice(
        session,
        actor=people.operator.actor,
        job_id=uuid7(),
        farmer_id=(farmer or people.farmer).id,
        service=Service.SPRAY,
        area_m2=area_m2,
        price_id=make_price(session, people, now).id,
        on=date(2026, 3, 10),
        description="Ruộng sau nhà",
        now=now,
    )


def make_cost(session: Session, people: People, now: datetime, amount_vnd: int = 50_000) -> Cost:
    data = CostIn(kind=CostKind.FUEL, amount_vnd=amount_vnd, spent_on=date(2026, 3, 9))
    return service.record_cost(session, actor=people.owner.actor, data=data, now=now)
