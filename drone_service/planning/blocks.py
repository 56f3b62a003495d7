"""Fields of one or several owners planned as one flight, with each owner's part kept apart. Nothing is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from math import fsum
from uuid import UUID

from shapely.geometry import MultiPolygon
from sqlmodel import Session

from drone_service.access.rules import Actor
from drone_service.billing import queries as billing_queries
from drone_service.billing.rules import NoPrice, bill_lines, total_vnd
from drone_service.engine.coverage.blocks import BlockShares, Member, disjoint, groups, joined, share_block
from drone_service.engine.coverage.mix import SMALL_PER_UNIT, TANK_STEPS_PER_UNIT, share_out
from drone_service.engine.coverage.phases import rounded
from drone_service.engine.coverage.sprayable import keep_clear
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.coverage.zones import Area, Zone
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.antimeridian import unwrap
from drone_service.engine.geometry.area import area_m2
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.farms import queries as farms_queries
from drone_service.farms.models import Field
from drone_service.kit.clock import local_day
from drone_service.kit.money import round_vnd
from drone_service.planning.making import Flight, checked_plan
from drone_service.planning.rules import FieldsApart, refusal_of
from drone_service.planning.schemas import (
    BlockEstimateIn,
    BlockEstimateOut,
    BlockMemberOut,
    Estimate,
    Part,
    ProductDose,
)
from drone_service.planning.service import aircraft_of, by_label, known_lessons, plan_ahead, plan_field, wishes_of


@dataclass(frozen=True, eq=False)
class BlockFlights:
    """The flights behind a block: over all fields at once, and over each alone."""

    fields: tuple[Field, ...]
    shapes: tuple[Area, ...]
    """What is sprayed of each field, in degrees, without what a field named before covers."""
    together: Flight
    alone: tuple[Flight, ...]


def flights_of(session: Session, actor: Actor, data: BlockEstimateIn) -> BlockFlights:
    """Return the flights that a block asks for. Raises FieldNotFound, AircraftNotFound, FieldsApart, FieldCovered."""
    fields = tuple(farms_queries.get_field(session, actor, field_id) for field_id in data.field_ids)
    _, model = aircraft_of(session, actor, data)
    plane = LocalPlane.around(MultiPolygon([part for field in fields for part in parts(field.outline)]))
    try:
        shapes = disjoint([plane.to_m(unwrap(field.outline)) for field in fields])
    except EngineError as error:
        raise refusal_of(error) from error
    clusters = groups(shapes, data.max_gap_m)
    if len(clusters) > 1:
        raise FieldsApart(field=fields[clusters[1][0]].name, gap_m=data.max_gap_m)
    zones = tuple(farms_queries.clear_of(session, actor.cooperative_id, plane.to_lonlat(joined(shapes))))
    sprayed = tuple(plane.to_lonlat(shape) for shape in _clear(shapes, plane, zones, data.wind))
    wishes = wishes_of(data)

    def flight(shape: Area, sprayed_m2: float | None = None) -> Flight:
        lonlat = plane.to_lonlat(shape)
        return Flight(
            lonlat, model, data.service, data.rate_per_ha, tuple(data.places), wishes, zones, data.wind, sprayed_m2
        )

    whole_m2 = fsum(area_m2(shape) for shape in sprayed)
    return BlockFlights(fields, sprayed, flight(joined(shapes), whole_m2), tuple(flight(shape) for shape in shapes))


def _clear(shapes: Sequence[Area], plane: LocalPlane, zones: Sequence[Zone], wind: Wind | None) -> list[Area]:
    """Return what zones leave of each field, in metres. Raises ZonesLeaveNothing, FieldCutInTwo."""
    near = [replace(zone, shape=plane.to_m(zone.shape)) for zone in zones]
    try:
        return [keep_clear(shape, near, wind).shape for shape in shapes]
    except EngineError as error:
        raise refusal_of(error) from error


def plan_block_ahead(flights: BlockFlights) -> None:
    """Plan the flights outside any transaction, so that estimate_block finds them made."""
    for flight in (flights.together, *flights.alone):
        plan_ahead(flight)


def estimate_block(
    session: Session, *, actor: Actor, data: BlockEstimateIn, now: datetime, quoted_vnd: Sequence[int] | None = None
) -> BlockEstimateOut:
    """Plan fields as one flight and say what falls to each and what it saves; nothing is stored.

    What each costs alone is `quoted_vnd` where that was agreed, else today's price for its area.
    Raises FieldNotFound, FieldsApart, FieldCovered and what estimate_field raises.
    """
    flights = flights_of(session, actor, data)
    products = by_label(session, actor, data)
    aircraft_id, _ = aircraft_of(session, actor, data)
    estimate = plan_field(flights.together, products, known_lessons(session, actor.cooperative_id, aircraft_id))
    planned = checked_plan(flights.together)
    members = [
        Member(str(field.id), planned.plane.to_m(unwrap(shape)), area_m2(shape), _alone_s(flight))
        for field, shape, flight in zip(flights.fields, flights.shapes, flights.alone, strict=True)
    ]
    shares = share_block(planned.plan, members)
    prices = quoted_vnd or _prices(session, actor.cooperative_id, data, [member.area_m2 for member in members], now)
    return _block_out(flights.fields, shares, estimate, products, prices, data.shared_percent)


def _alone_s(flight: Flight) -> float | None:
    try:
        return checked_plan(flight).plan.total_s
    except EngineError:
        return None


def parts(outline: Area) -> Sequence[Area]:
    """Return the polygons of an outline."""
    return list(outline.geoms) if isinstance(outline, MultiPolygon) else [outline]


def _prices(
    session: Session, cooperative_id: UUID, data: BlockEstimateIn, areas_m2: Sequence[float], now: datetime
) -> list[int] | None:
    try:
        price = billing_queries.get_price_on(session, cooperative_id, data.service, local_day(now))
    except NoPrice:
        return None
    return [total_vnd(bill_lines(price, own_m2)) for own_m2 in areas_m2]


def shared_saving_vnd(price_vnd: int, saving_share: float | None, percent: int) -> int:
    """Return what is given back of a price for the time that was saved: price × saved share × percent, rounded once.

    Time is priced as the bill prices it: a block that takes a tenth less time has saved a tenth of its price. Nothing
    where merging does not pay.
    """
    if not saving_share or saving_share <= 0:
        return 0
    return round_vnd(Decimal(price_vnd) * Decimal(repr(saving_share)) * percent / 100)


def _block_out(
    fields: Sequence[Field],
    shares: BlockShares,
    estimate: Estimate,
    products: Sequence[ProductDose],
    prices: Sequence[int] | None,
    percent: int,
) -> BlockEstimateOut:
    members, weights = shares.members, [member.part for member in shares.members]
    price_vnd = None if prices is None else sum(prices)
    given_vnd = shared_saving_vnd(price_vnd or 0, shares.saving_share, percent)
    given = share_out(given_vnd, weights)
    quantities = share_out(round(estimate.quantity * TANK_STEPS_PER_UNIT), weights)
    seconds = rounded([member.seconds for member in members], 2)
    by_load = [
        rounded([member.by_sortie[number] for member in members], 3, load.quantity)
        for number, load in enumerate(estimate.loads)
    ]
    amounts = [share_out(round(total.amount * SMALL_PER_UNIT[total.unit]), weights) for total in estimate.totals]
    return BlockEstimateOut(
        members=[
            BlockMemberOut(
                field_id=field.id,
                field_name=field.name,
                farmer_id=field.farmer_id,
                area_m2=member.area_m2,
                quantity=quantities[index] / TANK_STEPS_PER_UNIT,
                seconds=seconds[index],
                alone_s=member.alone_s,
                price_share=member.part,
                price_vnd=None if prices is None else prices[index],
                shared_vnd=given[index],
                products=[
                    Part(
                        product_id=product.product_id,
                        name=product.name,
                        amount=own[index] / SMALL_PER_UNIT[product.unit],
                        unit=product.unit,
                    )
                    for product, own in zip(products, amounts, strict=True)
                ],
                by_load=[column[index] for column in by_load],
            )
            for index, (field, member) in enumerate(zip(fields, members, strict=True))
        ],
        total_s=shares.total_s,
        alone_s=shares.alone_s,
        saving_s=shares.saving_s,
        saving_share=shares.saving_share,
        pays=None if shares.saving_s is None else shares.saving_s > 0,
        price_vnd=price_vnd,
        shared_vnd=given_vnd,
        estimate=estimate,
    )
