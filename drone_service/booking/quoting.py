"""The quote: what a request means in area, litres, minutes and đồng."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from drone_service.access.rules import Actor
from drone_service.billing import queries as billing_queries
from drone_service.billing.rules import bill_lines, total_vnd
from drone_service.booking.rules import (
    Quote,
    QuotedProduct,
    QuoteLine,
    RateNeeded,
    WrongCrop,
    ensure_phi,
)
from drone_service.booking.schemas import JobIn
from drone_service.engine.operation import Service
from drone_service.farms import queries as farms_queries
from drone_service.farms.models import Field
from drone_service.kit.clock import local_day
from drone_service.planning import service as planning_service
from drone_service.planning.making import Flight
from drone_service.planning.schemas import Estimate
from drone_service.products import queries as products_queries
from drone_service.products.models import Product
from drone_service.products.rules import DoseUnit, ensure_compatible, ensure_dose, ensure_fits, ensure_water

USUAL_SPRAY_L_PER_HA = 20.0
"""Volume by drone on rice, 20 L/ha (p); 10 to 30 is in use."""
KG_PER_UNIT = {DoseUnit.KG: 1.0, DoseUnit.G: 0.001}


@dataclass(frozen=True)
class Quoted:
    """A quote and the plan that every figure of it comes from."""

    quote: Quote
    estimate: Estimate


def quote_job(session: Session, actor: Actor, field: Field, data: JobIn, now: datetime) -> Quoted:
    """Plan the flight over a field and price it on today's prices.

    Raises RateNeeded, ProductNotFound, DoseOutOfRange, Incompatible, TooLittleWater, ProductNotForService, WrongCrop,
    PhiPastHarvest, NoPrice and the refusals of the planner.
    """
    mix = _mix_of(session, actor.cooperative_id, data)
    harvest_on = data.planned_harvest_on or field.harvest_on
    for product, dose in mix:
        _ensure_usable(product, dose, field.crop, data, harvest_on)
    ensure_compatible([products_queries.label_of(product) for product, _ in mix])
    estimate = _plan(session, actor.cooperative_id, field, data, mix)
    price = billing_queries.get_price_on(session, actor.cooperative_id, data.service, local_day(now))
    # With nothing to keep clear of it is the area of the field itself, as it has always been billed.
    area_m2 = estimate.area_m2 if estimate.zones else field.area_m2
    lines = bill_lines(price, area_m2)
    quote = Quote(
        area_m2=area_m2,
        field_m2=field.area_m2,
        lost_m2=field.area_m2 - area_m2,
        zones=estimate.zones,
        rate_per_ha=estimate.rate_per_ha,
        rate_unit=estimate.unit,
        total_quantity=estimate.quantity,
        loads=len(estimate.loads),
        battery_swaps=estimate.battery_swaps,
        service_s=estimate.total_s if estimate.total_s_p50 is None else estimate.total_s_p50,
        service_s_p10=estimate.total_s_p10,
        service_s_p90=estimate.total_s_p90,
        phases=estimate.phases,
        learned_from_jobs=estimate.learned_from_jobs,
        aircraft_model=estimate.aircraft_model,
        products=[
            _quoted(product, dose, total.amount, total.unit)
            for (product, dose), total in zip(mix, estimate.totals, strict=True)
        ],
        lines=[QuoteLine.model_validate(line.model_dump()) for line in lines],
        mix=estimate.mix,
        total_vnd=total_vnd(lines),
        price_id=price.id,
        quoted_at=now,
    )
    return Quoted(quote, estimate)


def flight_of(session: Session, actor: Actor, data: JobIn) -> Flight:
    """Return the flight that a request will need. Raises FieldNotFound, ProductNotFound, RateNeeded."""
    field = farms_queries.get_field(session, actor, data.field_id)
    rate = _rate(data, _mix_of(session, actor.cooperative_id, data))
    _, model = planning_service.usual_aircraft(session, actor.cooperative_id)
    return planning_service.flight_over(session, field, model, data.service, rate)


def _mix_of(session: Session, cooperative_id: UUID, data: JobIn) -> list[tuple[Product, float]]:
    """Return the products of a request with their doses, the usual one of the label where none was typed."""
    products = products_queries.get_products(session, cooperative_id, [p.product_id for p in data.products])
    doses = [wanted.dose_per_ha or product.dose_per_ha for wanted, product in zip(data.products, products, strict=True)]
    return list(zip(products, doses, strict=True))


def _rate(data: JobIn, mix: list[tuple[Product, float]]) -> float:
    """Return the rate: as asked, else the usual one of spraying, else what the products make up on a hectare."""
    made_up_kg = sum(dose * KG_PER_UNIT[product.unit] for product, dose in mix if product.unit in KG_PER_UNIT)
    rate = data.rate_per_ha or (USUAL_SPRAY_L_PER_HA if data.service is Service.SPRAY else made_up_kg)
    if not rate:
        raise RateNeeded
    return rate


def _plan(
    session: Session, cooperative_id: UUID, field: Field, data: JobIn, mix: list[tuple[Product, float]]
) -> Estimate:
    rate = _rate(data, mix)
    if data.service is Service.SPRAY:
        ensure_water([products_queries.label_of(product) for product, _ in mix], rate)
    aircraft_id, model = planning_service.usual_aircraft(session, cooperative_id)
    return planning_service.plan_field(
        planning_service.flight_over(session, field, model, data.service, rate),
        [planning_service.listed_dose(product, dose) for product, dose in mix],
        planning_service.known_lessons(session, cooperative_id, aircraft_id),
    )


def _ensure_usable(product: Product, dose: float, crop: str, data: JobIn, harvest_on: date | None) -> None:
    ensure_fits([products_queries.label_of(product)], data.service)
    if crop and product.crops and crop.casefold() not in {known.casefold() for known in product.crops}:
        raise WrongCrop(product=product.name, crop=crop)
    ensure_dose(product.name, dose, product.dose_min_per_ha, product.dose_max_per_ha, product.unit)
    ensure_phi(product.name, product.phi_days, data.allowed_until, harvest_on)


def _quoted(product: Product, dose: float, total: float, unit: str) -> QuotedProduct:
    return QuotedProduct(
        product_id=product.id,
        name=product.name,
        group=product.group.value,
        dose_per_ha=dose,
        unit=unit,
        total=total,
        phi_days=product.phi_days,
    )
