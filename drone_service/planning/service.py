"""Plan the flight over a field, check it, and store it."""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor
from drone_service.engine.coverage.on_map import LonLat
from drone_service.engine.coverage.settings import Wishes
from drone_service.engine.coverage.time_range import Lessons
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.errors import EngineError
from drone_service.engine.operation import Service
from drone_service.farms import queries as farms_queries
from drone_service.farms.models import Field
from drone_service.fleet import queries as fleet_queries
from drone_service.fleet import service as fleet_service
from drone_service.fleet.catalogue import DEFAULT_MODEL
from drone_service.kit.errors import DomainError
from drone_service.planning import queries
from drone_service.planning.estimating import drawn_of, estimate_of
from drone_service.planning.making import Flight, checked_plan
from drone_service.planning.models import AircraftLessons, FlightPlan, JobTiming
from drone_service.planning.rules import ensure_hopper, refusal_of
from drone_service.planning.schemas import Estimate, EstimateIn, FlightIn, ProductDose
from drone_service.planning.timing import NOTHING, Taught, Timing, lessons_of, teach
from drone_service.products import queries as products_queries
from drone_service.products.models import Product
from drone_service.products.rules import (
    DoseUnit,
    ensure_compatible,
    ensure_dose,
    ensure_fits,
    ensure_named_once,
    ensure_water,
    in_label_unit,
)

KG_PER_UNIT = {"mL": 0.001, "L": 1.0, "g": 0.001, "kg": 1.0}
"""A litre weighs a kilogram (k)."""


def plan_field(flight: Flight, products: Sequence[ProductDose] = (), lessons: Lessons | None = None) -> Estimate:
    """Plan a flight, clear of its zones, and return it in figures; nothing is stored.

    `lessons` are what finished jobs taught about the aircraft: they move the percentiles, not the plan. The rate is
    L/ha for spraying and kg/ha else. Every plan passes the independent check before it is returned.
    Raises UnknownModel, a PlanRefused, or PlanNotSafe where our own check finds a fault.
    """
    if flight.service is not Service.SPRAY:
        ensure_hopper(math.fsum(one.dose_per_ha * KG_PER_UNIT[one.unit] for one in products), flight.rate_per_ha)
    spec = fleet_service.get_spec(flight.aircraft_model)
    try:
        planned = checked_plan(flight)
        estimate = estimate_of(planned.plan, planned.plane, spec, products, lessons, flight.wind)
    except EngineError as error:
        raise refusal_of(error) from error
    return estimate.model_copy(update=drawn_of(planned))


def flight_over(
    session: Session,
    field: Field,
    aircraft_model: str,
    service: Service,
    rate_per_ha: float,
    *,
    places: Sequence[LonLat] = (),
    wishes: Wishes | None = None,
    wind: Wind | None = None,
) -> Flight:
    """Return the flight over a registered field, clear of what is near it, filled at these places or its own."""
    zones = farms_queries.clear_of(session, field.cooperative_id, field.outline)
    refills = tuple(places or field.refills)
    return Flight(field.outline, aircraft_model, service, rate_per_ha, refills, wishes, tuple(zones), wind)


def plan_ahead(flight: Flight) -> None:
    """Plan a flight outside any transaction, so that plan_field finds it made. Refusals are left to plan_field."""
    with suppress(DomainError, EngineError):
        checked_plan(flight)


def estimate_field(session: Session, *, actor: Actor, data: EstimateIn, now: datetime) -> FlightPlan:
    """Plan the flight over a registered field and store the plan.

    Without an aircraft the first one in service is taken, without any the usual model. Products of the list are held
    against their labels. Raises FieldNotFound, AircraftNotFound, ProductNotFound, ProductNotForService, DoseOutOfRange,
    UnitMismatch, Incompatible, TooLittleWater and what plan_field raises.
    """
    flight = flight_of(session, actor, data)
    products = by_label(session, actor, data)
    aircraft_id, _ = aircraft_of(session, actor, data)
    estimate = plan_field(flight, products, known_lessons(session, actor.cooperative_id, aircraft_id))
    return store_plan(session, cooperative_id=actor.cooperative_id, field_id=data.field_id, estimate=estimate, now=now)


def store_plan(
    session: Session, *, cooperative_id: UUID, field_id: UUID, estimate: Estimate, now: datetime
) -> FlightPlan:
    """Store a plan of plan_field, which has passed the check. It is never changed."""
    plan = FlightPlan(cooperative_id=cooperative_id, field_id=field_id, estimate=estimate, created_at=now)
    session.add(plan)
    session.flush()
    return plan


def flight_of(session: Session, actor: Actor, data: EstimateIn) -> Flight:
    """Return the flight that an estimate asks for. Raises FieldNotFound, AircraftNotFound."""
    field = farms_queries.get_field(session, actor, data.field_id)
    _, model = aircraft_of(session, actor, data)
    return flight_over(
        session,
        field,
        model,
        data.service,
        data.rate_per_ha,
        places=data.places,
        wishes=wishes_of(data),
        wind=data.wind,
    )


def wishes_of(data: FlightIn) -> Wishes:
    """Return what the caller sets of a flight."""
    return Wishes(
        speed_m_s=data.speed_m_s,
        swath_m=data.swath_m,
        height_m=data.height_m,
        min_coverage=data.min_coverage,
        overspray=data.overspray,
        headland=data.headland,
    )


def listed_dose(product: Product, dose_per_ha: float) -> ProductDose:
    """Return a product of the list as the planner takes it, with what its label says about mixing."""
    return ProductDose(
        product_id=product.id,
        name=product.name,
        dose_per_ha=dose_per_ha,
        unit=product.unit.value,
        group=product.group.value,
        formulation=product.formulation.value,
        most_per_ha=product.dose_max_per_ha,
    )


def by_label(session: Session, actor: Actor, data: FlightIn) -> list[ProductDose]:
    """Return the products with what the list knows of them, each dose in the unit of its label."""
    wanted = [asked.product_id for asked in data.products if asked.product_id is not None]
    listed = products_queries.get_products(session, actor.cooperative_id, wanted)
    found = {product.id: product for product in listed}
    labels = [products_queries.label_of(product) for product in listed]
    ensure_fits(labels, data.service)
    ensure_compatible(labels)
    products = [_listed(found[one.product_id], one) if one.product_id is not None else one for one in data.products]
    ensure_named_once([product.name for product in products])
    if data.service is Service.SPRAY:
        ensure_water(labels, data.rate_per_ha)
    return products


def _listed(product: Product, asked: ProductDose) -> ProductDose:
    dose = in_label_unit(product.name, asked.dose_per_ha, DoseUnit(asked.unit), product.unit)
    ensure_dose(product.name, dose, product.dose_min_per_ha, product.dose_max_per_ha, product.unit)
    return listed_dose(product, dose)


def aircraft_of(session: Session, actor: Actor, data: FlightIn) -> tuple[UUID | None, str]:
    """Return the machine, where it is one of the fleet, and its model."""
    if data.aircraft_id is not None:
        named = fleet_queries.get_aircraft(session, actor, data.aircraft_id)
        return named.id, named.model
    if data.aircraft_model is not None:
        return None, data.aircraft_model
    return usual_aircraft(session, actor.cooperative_id)


def usual_aircraft(session: Session, cooperative_id: UUID) -> tuple[UUID | None, str]:
    """Return the first aircraft in service and its model; without any the usual model."""
    first = fleet_queries.find_first_in_service(session, cooperative_id)
    return (first.id, first.model) if first else (None, DEFAULT_MODEL)


def known_lessons(session: Session, cooperative_id: UUID, aircraft_id: UUID | None) -> Lessons | None:
    """Return what finished jobs taught about an aircraft of the fleet."""
    return lessons_of(queries.taught(session, cooperative_id, aircraft_id).lessons) if aircraft_id else None


def record_timings(
    session: Session, *, cooperative_id: UUID, aircraft_id: UUID, timings: Sequence[Timing], now: datetime
) -> None:
    """Keep the times of finished jobs, oldest first, and learn from them.

    Each job is told a range by what was known before it, so that the past error is an honest one.
    """
    # Two crews may finish jobs of an aircraft at the same moment: the second learns from the first one's as well.
    row = queries.find_lessons_row(session, cooperative_id, aircraft_id, locked=True)
    if row is None:
        # Of the first jobs of an aircraft the tenant's row lets one through.
        access_queries.lock_cooperative(session, cooperative_id)
        row = queries.find_lessons_row(session, cooperative_id, aircraft_id, locked=True)
    known = Taught(row.lessons, row.crews, row.left_out) if row else NOTHING
    past = queries.list_timings(session, cooperative_id, aircraft_id)
    for timing in timings:
        told = known.told(timing.planned)
        judged = replace(timing, told=told, told_crew=known.told(timing.planned, timing.pilot_id))
        past.append(judged)
        known = teach(past)
        session.add(JobTiming(cooperative_id=cooperative_id, aircraft_id=aircraft_id, created_at=now, **vars(judged)))
    if row is None:
        row = AircraftLessons(cooperative_id=cooperative_id, aircraft_id=aircraft_id, created_at=now, **vars(known))
    row.lessons, row.crews, row.left_out = known.lessons, known.crews, known.left_out
    session.add(row)
    session.flush()
