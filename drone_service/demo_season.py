"""The finished season of the demonstration: jobs flown, bills, payments and costs of the past weeks.

The rows are written as the services would have left them on those days; bills, payments and costs go through the
ledger itself. Nobody is told about work that is long done.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date, datetime, time, timedelta
from random import Random

from sqlmodel import Session

from drone_service.access.models import Cooperative
from drone_service.access.rules import Actor
from drone_service.billing import service as billing
from drone_service.billing.models import Invoice
from drone_service.billing.rules import CostKind, PayMethod
from drone_service.billing.schemas import CostIn, PaymentIn
from drone_service.booking.flight import store_flight
from drone_service.booking.models import Job, JobCounter, JobMove, JobProduct
from drone_service.booking.quoting import quote_job
from drone_service.booking.rules import Event, HalfDay, State
from drone_service.booking.schemas import JobIn, ProductWanted
from drone_service.engine.coverage.phases import Phases
from drone_service.engine.coverage.time_range import planned_s
from drone_service.engine.operation import Service
from drone_service.farms.models import Field
from drone_service.fieldwork.models import Load, ProductUse, Work
from drone_service.fieldwork.rules import actual_seconds
from drone_service.fleet.models import Aircraft
from drone_service.kit.clock import local_day, local_moment
from drone_service.planning import service as planning
from drone_service.planning.schemas import ActualSeconds
from drone_service.planning.timing import REMEMBERED_JOBS, Timing
from drone_service.products.models import Product
from drone_service.products.rules import ProductGroup

SPRAYS = (
    ProductGroup.HERBICIDE,
    ProductGroup.INSECTICIDE,
    ProductGroup.FUNGICIDE,
    ProductGroup.FERTILISER,
    ProductGroup.FUNGICIDE,
)
"""The passes over a crop of rice, 14 days apart: five to six sprays a crop (p)."""
DAYS_BETWEEN_SPRAYS = 14
FIELDS_A_DAY = 8
LAST_SPRAY_DAYS_AGO = 12
FIRST_HOUR = 5
JOB_MINUTES = 25

# Đồng a hectare; together they stay near the 53,000 of An Giang in 2022 (p, c).
_COSTS_VND_PER_HA = ((CostKind.FUEL, 16_000), (CostKind.WAGES, 28_000), (CostKind.REPAIRS, 5_000))
_BATTERY_CHECK_VND = 450_000


@dataclass
class Demonstration:
    """What the parts of the demonstration share while it is made."""

    session: Session
    cooperative: Cooperative
    owner: Actor
    operator: Actor
    aircraft: Aircraft
    products: dict[ProductGroup, Product]
    fields: list[Field]
    random: Random
    now: datetime
    timings: list[Timing] = dataclass_field(default_factory=list)

    @property
    def today(self) -> date:
        return local_day(self.now)


def add_season(made: Demonstration) -> None:
    """Write the season's jobs with their bills, two thirds of them paid, and what the weeks have cost."""
    hectares_by_week: dict[date, float] = {}
    number = 0
    for day, fields, group in _days(made):
        for place, field in enumerate(fields):
            number += 1
            starts_at = local_moment(day, time(FIRST_HOUR)) + timedelta(minutes=JOB_MINUTES * place)
            _add_job(made, number, field, group, starts_at)
        week = day - timedelta(days=day.weekday())
        hectares = sum(field.area_m2 for field in fields) / 10_000
        hectares_by_week[week] = hectares_by_week.get(week, 0.0) + hectares
    made.session.add(JobCounter(cooperative_id=made.cooperative.id, last_number=number))
    _add_costs(made, hectares_by_week)
    made.session.flush()
    planning.record_timings(
        made.session,
        cooperative_id=made.cooperative.id,
        aircraft_id=made.aircraft.id,
        timings=made.timings[-REMEMBERED_JOBS:],
        now=made.now,
    )


def _days(made: Demonstration) -> Iterator[tuple[date, list[Field], ProductGroup]]:
    last = made.today - timedelta(days=LAST_SPRAY_DAYS_AGO)
    for spray, group in enumerate(SPRAYS):
        first = last - timedelta(days=DAYS_BETWEEN_SPRAYS * (len(SPRAYS) - spray))
        for offset in range(0, len(made.fields), FIELDS_A_DAY):
            yield first + timedelta(days=offset // FIELDS_A_DAY), made.fields[offset : offset + FIELDS_A_DAY], group


def _add_job(made: Demonstration, number: int, field: Field, group: ProductGroup, starts_at: datetime) -> None:
    day = local_day(starts_at)
    asked_at = starts_at - timedelta(days=3)
    product = made.products[group]
    wanted = JobIn(
        field_id=field.id,
        service=Service.SPRAY,
        rate_per_ha=20,
        products=[ProductWanted(product_id=product.id)],
        allowed_from=day,
        allowed_until=day,
        half_days={HalfDay.MORNING},
    )
    quoted = quote_job(made.session, made.operator, field, wanted, asked_at)
    quote = quoted.quote
    place = field.outline.representative_point()
    job = Job(
        cooperative_id=field.cooperative_id,
        number=number,
        field_id=field.id,
        farmer_id=field.farmer_id,
        requested_by_id=field.farmer_id,
        created_at=asked_at,
        service=Service.SPRAY,
        state=State.INVOICED,
        rate_per_ha=quote.rate_per_ha,
        allowed_from=day,
        allowed_until=day,
        half_days=[HalfDay.MORNING],
        quote=quote.model_copy(update={"frozen_at": asked_at + timedelta(hours=5)}),
        area_m2=quote.area_m2,
        price_vnd=quote.total_vnd,
        service_s=round(quote.service_s),
        wash_group=group.value,
        lon=place.x,
        lat=place.y,
    )
    made.session.add(job)
    made.session.flush()
    made.session.add(
        JobProduct(
            cooperative_id=job.cooperative_id,
            job_id=job.id,
            product_id=product.id,
            dose_per_ha=product.dose_per_ha,
            unit=product.unit.value,
        )
    )
    store_flight(made.session, job, quoted.estimate, asked_at)
    ends_at = _add_work(made, job, field, product, starts_at)
    invoice = _bill(made, job, field, ends_at)
    paid_at = _pay(made, invoice, ends_at)
    if paid_at is not None:
        job.state = State.PAID
    _add_history(made, job, asked_at, starts_at, ends_at, paid_at)


def _add_work(made: Demonstration, job: Job, field: Field, product: Product, starts_at: datetime) -> datetime:
    """Write the work on a job, a little slower than planned, and return when it ended."""
    air_s, ends_at = _flown(made, job, starts_at)
    minutes = air_s / 60
    litres = round(job.area_m2 / 10_000 * job.rate_per_ha, 1)
    work = Work(
        cooperative_id=job.cooperative_id,
        job_id=job.id,
        field_id=field.id,
        pilot_id=made.operator.person_id,
        pilot_name=made.operator.name,
        aircraft_id=made.aircraft.id,
        aircraft_name=made.aircraft.name,
        aircraft_serial=made.aircraft.serial,
        service=job.service,
        started_at=starts_at,
        ended_at=ends_at,
        area_done_m2=job.area_m2,
        quantity=litres,
        minutes=round(minutes, 1),
        rate_per_ha=job.rate_per_ha,
        wind_m_s=round(made.random.uniform(0.8, 2.9), 1),
        temperature_c=round(made.random.uniform(24, 30), 1),
        humidity_pct=round(made.random.uniform(70, 92)),
        height_m=2.5,
        speed_m_s=7.0,
        swath_m=11.0,
        field_name=field.name,
        plot_code=field.planting_code,
        crop=field.crop,
    )
    made.session.add(work)
    made.session.flush()
    made.session.add(
        Load(
            cooperative_id=job.cooperative_id,
            work_id=work.id,
            area_m2=job.area_m2,
            quantity=litres,
            minutes=round(minutes, 1),
            recorded_at=ends_at,
        )
    )
    made.session.add(
        ProductUse(
            cooperative_id=job.cooperative_id,
            work_id=work.id,
            product_id=product.id,
            name=product.name,
            active_ingredient=product.active_ingredient,
            label_dose=f"{product.dose_min_per_ha:g}–{product.dose_max_per_ha:g} {product.unit.value}/ha",
            dose_per_ha=product.dose_per_ha,
            unit=product.unit.value,
            amount=job.quote.products[0].total,
            phi_days=product.phi_days,
            re_entry_h=product.reentry_h,
        )
    )
    return ends_at


def _flown(made: Demonstration, job: Job, starts_at: datetime) -> tuple[float, datetime]:
    """Draw how long a job took: the air a little over the plan, the ground more and with a tail (k)."""
    phases = job.quote.phases
    if phases is None:
        raise ValueError("a quote of today has phases")
    planned = Phases(**phases.model_dump())
    air_s = planned_s(planned, "air") * made.random.gauss(1.06, 0.05)
    ground_s = planned_s(planned, "ground") * (1.1 + made.random.expovariate(5))
    ends_at = starts_at + timedelta(seconds=round(air_s + ground_s))
    actual = ActualSeconds(**actual_seconds(starts_at, ends_at, air_s / 60, {}))
    made.timings.append(Timing(job.id, made.operator.person_id, ends_at, phases, actual))
    return air_s, ends_at


def _bill(made: Demonstration, job: Job, field: Field, at: datetime) -> Invoice:
    return billing.issue_invoice(
        made.session,
        actor=made.operator,
        job_id=job.id,
        farmer_id=job.farmer_id,
        service=job.service,
        area_m2=job.area_m2,
        price_id=job.quote.price_id,
        on=local_day(at),
        description=field.name,
        now=at,
    )


def _pay(made: Demonstration, invoice: Invoice, at: datetime) -> datetime | None:
    """Two thirds pay within days, a sixth pays half, the rest waits for the harvest; return when it was settled."""
    luck = made.random.random()
    paid_at = at + timedelta(days=made.random.randint(0, 9))
    if luck > 5 / 6 or paid_at >= made.now:
        return None
    amount_vnd = invoice.total_vnd if luck < 2 / 3 else invoice.total_vnd // 2
    method = PayMethod.CASH if made.random.random() < 0.6 else PayMethod.TRANSFER
    data = PaymentIn(amount_vnd=amount_vnd, method=method, paid_on=local_day(paid_at))
    _, settled = billing.record_payment(
        made.session, actor=made.operator, invoice_id=invoice.id, data=data, now=paid_at
    )
    return paid_at if settled else None


def _add_history(
    made: Demonstration, job: Job, asked_at: datetime, starts_at: datetime, ends_at: datetime, paid_at: datetime | None
) -> None:
    steps = [
        (Event.REQUEST, State.REQUESTED, asked_at),
        (Event.CONFIRM, State.CONFIRMED, asked_at + timedelta(hours=5)),
        (Event.SCHEDULE, State.SCHEDULED, starts_at - timedelta(hours=10)),
        (Event.START, State.IN_PROGRESS, starts_at),
        (Event.FINISH, State.DONE, ends_at),
        (Event.INVOICE, State.INVOICED, ends_at),
    ]
    if paid_at is not None:
        steps.append((Event.PAY, State.PAID, paid_at))
    before = None
    for event, state, at in steps:
        made.session.add(
            JobMove(
                cooperative_id=job.cooperative_id,
                job_id=job.id,
                actor_id=job.farmer_id if event is Event.REQUEST else made.operator.person_id,
                event=event,
                from_state=before,
                to_state=state,
                at=at,
                created_at=at,
            )
        )
        before = state


def _add_costs(made: Demonstration, hectares_by_week: dict[date, float]) -> None:
    for number, (week, hectares) in enumerate(sorted(hectares_by_week.items())):
        spent_on = week + timedelta(days=6)
        at = local_moment(spent_on, time(18))
        costs = [(kind, round(hectares * per_ha / 1_000) * 1_000) for kind, per_ha in _COSTS_VND_PER_HA]
        if number % 4 == 3:
            costs.append((CostKind.BATTERIES, _BATTERY_CHECK_VND))
        for kind, amount_vnd in costs:
            data = CostIn(kind=kind, amount_vnd=max(amount_vnd, 1_000), spent_on=spent_on)
            billing.record_cost(made.session, actor=made.operator, data=data, now=at)
