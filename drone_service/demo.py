"""The demonstration cooperative: made by code with a fixed seed, so that everybody sees the same one.

People and fields are placeholders: 97 real outlines moved to made-up places (see the attribution in
`demo_fields.geojson`). What lies in the past is in `demo_season`; tomorrow and the open requests go through the same
services that people use.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from importlib import resources
from random import Random

import sqlalchemy as sa
from shapely.geometry import shape
from sqlmodel import Session

from drone_service.access import service as access
from drone_service.access.models import Cooperative, Person
from drone_service.access.rules import Actor, Role, WorkWindow
from drone_service.access.schemas import PersonIn
from drone_service.billing import service as billing
from drone_service.billing.rules import PriceUnit
from drone_service.billing.schemas import PriceIn
from drone_service.booking import service as booking
from drone_service.booking.rules import Event, HalfDay
from drone_service.booking.schemas import JobIn, ProductWanted
from drone_service.demo_season import Demonstration, add_season
from drone_service.demo_weather import add_forecast, add_found_weather
from drone_service.engine.geometry.area import measure
from drone_service.engine.operation import Service
from drone_service.farms.models import Field
from drone_service.fleet.models import Aircraft, CrewMember
from drone_service.kit.clock import local_day
from drone_service.kit.db import Database, enter_tenant
from drone_service.products.models import Product
from drone_service.products.rules import DoseUnit, Formulation, ProductGroup
from drone_service.scheduling.arrange import plan_days
from drone_service.scheduling.roads import NoRoads
from drone_service.web.demonstration import DEMO_LOGINS

LOG_INS = DEMO_LOGINS
SEED = 480
FARMERS = 60
JOBS_TOMORROW = 14
OPEN_REQUESTS = 6
NOT_SCHEDULED = 3
CANALS = ((51, 48, 18, 17, 47), (68, 28, 73, 75, 77))
"""Fields in the order along two canals: jobs that wait there can be gathered."""

_FIELD_NAMES = ("Ruộng sau nhà", "Ruộng bờ kênh", "Ruộng gần lộ", "Ruộng gò", "Ruộng trũng", "Ruộng đầu ấp")
_PRODUCTS = (
    ("Thuốc cỏ mẫu", ProductGroup.HERBICIDE, Formulation.EC, "pretilachlor", 800, 1000, 1200, DoseUnit.ML, 30),
    ("Thuốc rầy mẫu", ProductGroup.INSECTICIDE, Formulation.WG, "pymetrozine", 250, 300, 400, DoseUnit.G, 14),
    ("Thuốc đạo ôn mẫu", ProductGroup.FUNGICIDE, Formulation.SC, "tricyclazole", 300, 400, 500, DoseUnit.ML, 14),
    ("Phân bón lá mẫu", ProductGroup.FERTILISER, Formulation.SL, "NPK", 500, 1000, 1500, DoseUnit.ML, 0),
    ("Phân u-rê mẫu", ProductGroup.FERTILISER, Formulation.GRANULE, "urea", 50, 80, 150, DoseUnit.KG, 0),
    ("Lúa giống mẫu", ProductGroup.SEED, Formulation.SEED, "", 80, 100, 150, DoseUnit.KG, 0),
)


def load_if_empty(database: Database, *, now: datetime, say: Callable[[str], None] = lambda _: None) -> bool:
    """Load the demonstration into a database without a cooperative, and tell whether it did; `say` is told that."""
    with database.transaction() as session:
        if session.execute(sa.select(sa.func.count()).select_from(Cooperative)).scalar_one():
            return False
        say("making the demonstration cooperative: a season of work, which takes half a minute")
        made = _make(session, now)
        add_season(made)
        add_found_weather(made)
        add_forecast(made)
        _add_tomorrow(made)
        _add_waiting(made)
        _add_requests(made)
    return True


def _make(session: Session, now: datetime) -> Demonstration:
    cooperative = _add_cooperative(session, now)
    enter_tenant(session, cooperative.id)
    members, farmers = _add_people(session, cooperative)
    owner, operator = _actor(members[Role.OWNER], Role.OWNER), _actor(members[Role.OPERATOR], Role.OPERATOR)
    aircraft = Aircraft(
        cooperative_id=cooperative.id, model="dji-agras-t40", name="T40 số 1", serial="DEMO-0001", battery_sets=4
    )
    session.add(aircraft)
    session.flush()
    _add_crew(session, aircraft, members[Role.OPERATOR], local_day(now))
    made = Demonstration(
        session=session,
        cooperative=cooperative,
        owner=owner,
        operator=operator,
        aircraft=aircraft,
        products=_add_products(session, cooperative),
        fields=_add_fields(session, cooperative, farmers, local_day(now)),
        random=Random(SEED),  # noqa: S311  not a secret: the same cooperative every time
        now=now,
    )
    _add_prices(made)
    return made


def _add_cooperative(session: Session, now: datetime) -> Cooperative:
    windows = [("05:00", "10:00"), ("15:00", "18:30")]
    cooperative = Cooperative(
        created_at=now,
        name="Tổ hợp tác mẫu Thạnh Trị",
        short_name="demo",
        address="Thạnh Trị, Sóc Trăng",
        phone_e164="+84900000000",
        cong_m2=1000,
        centre_lon=105.733,
        centre_lat=9.453,
        service_radius_km=40,
        base_lon=105.7335,
        base_lat=9.4535,
        work_windows=[WorkWindow.model_validate({"starts": start, "ends": end}) for start, end in windows],
        bank_bin="970403",
        bank_account="0000000000000",
        bank_account_holder="TO HOP TAC MAU",
    )
    session.add(cooperative)
    session.flush()
    return cooperative


def _add_people(session: Session, cooperative: Cooperative) -> tuple[dict[Role, Person], list[Person]]:
    members: dict[Role, Person] = {}
    for log_in in LOG_INS:
        data = PersonIn(name=log_in.name, phone=log_in.phone, roles={log_in.role}, password=log_in.password)
        members[log_in.role] = access.create_person(session, cooperative_id=cooperative.id, data=data)
    for number, role in ((4, Role.OPERATOR), (5, Role.AGENT)):
        data = PersonIn(name=f"Tổ viên {number - 1}", phone=f"090000000{number}", roles={role})
        access.create_person(session, cooperative_id=cooperative.id, data=data)
    farmers = [members[Role.FARMER]]
    for number in range(2, FARMERS + 1):
        language = "km" if number % 3 == 0 else "vi"
        data = PersonIn(name=f"Nông dân {number:02d}", phone=f"09010000{number:02d}", language=language)
        farmers.append(access.create_person(session, cooperative_id=cooperative.id, data=data))
    return members, farmers


def _add_crew(session: Session, aircraft: Aircraft, pilot: Person, today: date) -> None:
    """Say who flies the aircraft: somebody with a licence, which it asks for."""
    pilot.licence, pilot.licence_until = "UAS-DEMO-1", today + timedelta(days=300)
    aircraft.needs_licence = True
    session.add(CrewMember(cooperative_id=aircraft.cooperative_id, aircraft_id=aircraft.id, person_id=pilot.id))
    session.flush()


def _actor(person: Person, role: Role) -> Actor:
    return Actor(person_id=person.id, cooperative_id=person.cooperative_id, roles=frozenset({role}), name=person.name)


def _add_products(session: Session, cooperative: Cooperative) -> dict[ProductGroup, Product]:
    products: dict[ProductGroup, Product] = {}
    for name, group, formulation, ingredient, low, usual, high, unit, phi_days in _PRODUCTS:
        product = Product(
            cooperative_id=cooperative.id,
            name=name,
            group=group,
            active_ingredient=ingredient,
            formulation=formulation,
            dose_min_per_ha=low,
            dose_per_ha=usual,
            dose_max_per_ha=high,
            unit=unit,
            phi_days=phi_days,
            crops=["Lúa"],
            least_water_l_per_ha=15 if group is ProductGroup.HERBICIDE else 0,
            not_with_groups=[ProductGroup.INSECTICIDE] if group is ProductGroup.HERBICIDE else [],
        )
        session.add(product)
        products.setdefault(group, product)
    session.flush()
    return products


def _add_fields(session: Session, cooperative: Cooperative, farmers: list[Person], today: date) -> list[Field]:
    text = resources.files("drone_service").joinpath("demo_fields.geojson").read_text(encoding="utf-8")
    fields = []
    for number, feature in enumerate(json.loads(text)["features"]):
        outline = shape(feature["geometry"])
        size = measure(outline)
        west, south, east, north = outline.bounds
        farmer = farmers[number % FARMERS]
        field = Field(
            cooperative_id=cooperative.id,
            farmer_id=farmer.id,
            name=f"{_FIELD_NAMES[number % len(_FIELD_NAMES)]} {number + 1}",
            crop="Lúa",
            planting_code=f"VN-DEMO-{number + 1:04d}",
            harvest_on=today + timedelta(days=60),
            outline=outline,
            west=west,
            south=south,
            east=east,
            north=north,
            area_m2=size.area_m2,
            perimeter_m=size.perimeter_m,
            properties={},
        )
        session.add(field)
        fields.append(field)
    session.flush()
    return fields


def _add_prices(made: Demonstration) -> None:
    # Spraying at 18,000 ₫ per 1,000 m² as in Sóc Trăng's press (p); sowing and fertiliser as in the Delta (k).
    for service, amount_vnd in ((Service.SPRAY, 18_000), (Service.SPREAD, 18_000), (Service.SOW, 22_000)):
        price = PriceIn(
            service=service,
            unit=PriceUnit.CONG,
            cong_m2=1000,
            amount_vnd=amount_vnd,
            minimum_vnd=40_000,
            valid_from=date(made.today.year - 1, 1, 1),
        )
        billing.add_price(made.session, actor=made.owner, data=price, now=made.now)


def _request(made: Demonstration, field: Field, group: ProductGroup, first: date, last: date) -> JobIn:
    return JobIn(
        field_id=field.id,
        service=Service.SPRAY,
        rate_per_ha=20,
        products=[ProductWanted(product_id=made.products[group].id)],
        allowed_from=first,
        allowed_until=last,
        half_days={HalfDay.MORNING, HalfDay.AFTERNOON},
    )


def _add_tomorrow(made: Demonstration) -> None:
    """Fill tomorrow: confirmed jobs, planned by the same search that people use."""
    tomorrow = made.today + timedelta(days=1)
    groups = (ProductGroup.FUNGICIDE, ProductGroup.FUNGICIDE, ProductGroup.INSECTICIDE)
    for number, field in enumerate(made.fields[: JOBS_TOMORROW + NOT_SCHEDULED]):
        last = tomorrow if number < JOBS_TOMORROW else tomorrow + timedelta(days=5)
        first = tomorrow if number < JOBS_TOMORROW else tomorrow + timedelta(days=2)
        wanted = _request(made, field, groups[number % len(groups)], first, last)
        job = booking.request_job(made.session, actor=made.operator, data=wanted, now=made.now)
        booking.move(made.session, actor=made.operator, job_id=job.id, event=Event.CONFIRM, now=made.now)
    plan_days(made.session, actor=made.operator, days=[tomorrow], roads=NoRoads(), now=made.now, rounds=300)


def _add_waiting(made: Demonstration) -> None:
    """Leave confirmed jobs along two canals without a place, as on the evening before they are planned."""
    first = made.today + timedelta(days=2)
    for canal, group in zip(CANALS, (ProductGroup.INSECTICIDE, ProductGroup.FUNGICIDE), strict=True):
        for number in canal:
            wanted = _request(made, made.fields[number], group, first, first + timedelta(days=3))
            job = booking.request_job(made.session, actor=made.operator, data=wanted, now=made.now)
            booking.move(made.session, actor=made.operator, job_id=job.id, event=Event.CONFIRM, now=made.now)


def _add_requests(made: Demonstration) -> None:
    """Leave some requests that nobody has answered yet."""
    for field in made.fields[60 : 60 + OPEN_REQUESTS]:
        first = made.today + timedelta(days=2)
        wanted = _request(made, field, ProductGroup.FERTILISER, first, first + timedelta(days=4))
        farmer = Actor(person_id=field.farmer_id, cooperative_id=field.cooperative_id, roles=frozenset({Role.FARMER}))
        booking.request_job(made.session, actor=farmer, data=wanted, now=made.now)
