"""Pages about the weather: the hours of a field, the limits of the cooperative and of a product, how well they did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from fastapi.responses import Response
from sqlmodel import Session

from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.access.rules import Actor, ensure_owner
from drone_service.farms import queries as farms_queries
from drone_service.kit.clock import LOCAL_TZ, NowDep, local_day
from drone_service.kit.db import SessionDep
from drone_service.kit.i18n import N_
from drone_service.kit.settings import WeatherSource
from drone_service.products import queries as products_queries
from drone_service.scheduling import forecasting
from drone_service.scheduling import weather as scheduling_weather
from drone_service.weather import limiting, sites
from drone_service.weather.forecast import PROVIDER_NAMES
from drone_service.weather.limiting import LimitView
from drone_service.weather.limits import LIMITS
from drone_service.weather.rules import LEVEL_NAMES, REASON_TEXTS, STOPS, Reason
from drone_service.weather.schemas import ForecastHour, ForecastOut, LimitsIn
from drone_service.web.forms import Bound, FormDep, version_of
from drone_service.web.pages import Page, PageDep

router = page_router()

FIRST_HOUR, LAST_HOUR = 4, 19
"""The local hours that a strip shows: from before dawn to after sunset."""
DAYS_SHOWN = 7
GROUPS = (
    (N_("Wind"), ("wind_caution_m_s", "wind_stop_m_s", "gust_stop_m_s", "calm_m_s", "wind_factor", "gust_factor")),
    (N_("Dry and hot air"), ("delta_t_low_c", "delta_t_high_c", "delta_t_stop_c", "warm_c", "hot_c")),
    (N_("Rain"), ("rain_mm", "rain_chance_pct", "rain_free_h")),
    (N_("Low sun"), ("inversion_after_sunrise_h", "inversion_before_sunset_h")),
    (N_("Flowering rice"), ("flowering_from_h", "flowering_until_h", "flowering_first_d", "flowering_last_d")),
    (N_("Aircraft"), ("machine_wind_m_s", "machine_cold_c", "machine_hot_c")),
)
ORIGINS = {
    "m": N_("from the maker"),
    "p": N_("from a public page"),
    "r": N_("from research"),
    "k": N_("from practice"),
}
REASON_NAMES = {(reason.name or "").lower(): text for reason, text in REASON_TEXTS.items()}
LEVELS = {level.name.lower(): text for level, text in LEVEL_NAMES.items()}


@dataclass(frozen=True)
class HoursTogether:
    """Hours in a row with the same level and the same reasons: local hours, the end not included."""

    begins: int
    ends: int
    level: str
    reasons: list[str]
    hours: list[ForecastHour]

    @property
    def wind_m_s(self) -> float | None:
        """The strongest wind."""
        return max((one.wind_m_s for one in self.hours if one.wind_m_s is not None), default=None)

    @property
    def warmth_c(self) -> float | None:
        """The highest temperature."""
        return max((one.temperature_c for one in self.hours if one.temperature_c is not None), default=None)


@dataclass(frozen=True)
class DayStrip:
    """A local day as the strip shows it: its hours, and the same in words."""

    day: date
    hours: list[tuple[int, str]]
    parts: list[HoursTogether]

    @property
    def is_known(self) -> bool:
        """True where some hour has a forecast."""
        return any(level != "unknown" for _, level in self.hours)


@dataclass(frozen=True)
class WeatherView:
    """What `weather/parts.html` draws: the days with their hours, and how old the forecast is."""

    forecast: ForecastOut
    days: list[DayStrip]
    source_name: str

    @property
    def is_known(self) -> bool:
        """True where there is a forecast."""
        return self.forecast.source is not None


def weather_view(forecast: ForecastOut) -> WeatherView:
    """Return a forecast as the strips of its local days."""
    source = forecast.source
    by_day = groupby(forecast.hours, key=lambda hour: hour.starts_at.astimezone(LOCAL_TZ).date())
    return WeatherView(
        forecast=forecast,
        days=[_strip(day, list(hours)) for day, hours in by_day],
        source_name=PROVIDER_NAMES[source.provider] if source else "",
    )


def _strip(day: date, hours: Sequence[ForecastHour]) -> DayStrip:
    shown = [
        (at, hour) for hour in hours if FIRST_HOUR <= (at := hour.starts_at.astimezone(LOCAL_TZ).hour) <= LAST_HOUR
    ]
    parts = [list(run) for _, run in groupby(shown, key=lambda pair: (pair[1].level, _telling(pair[1])))]
    return DayStrip(
        day=day,
        hours=[(at, hour.level) for at, hour in shown],
        parts=[
            HoursTogether(
                begins=run[0][0],
                ends=run[-1][0] + 1,
                level=run[0][1].level,
                reasons=[REASON_NAMES[name] for name in _telling(run[0][1])],
                hours=[hour for _, hour in run],
            )
            for run in parts
        ],
    )


def _telling(hour: ForecastHour) -> list[str]:
    """Return the reasons that make the level: who must stop need not hear of what else asks for caution."""
    if hour.level != "stop":
        return hour.reasons
    # An estimate is part of the reason where it is what stops.
    telling = STOPS | (Reason.GUSTS_ESTIMATED if "gusts" in hour.reasons else Reason(0))
    return [name for name in hour.reasons if Reason[name.upper()] & telling]


def view_of_job(session: Session, actor: Actor, job_id: UUID, day: date, now: datetime) -> WeatherView:
    """Return the strip of a job for one day."""
    found = scheduling_weather.job_forecast(session, actor, job_id, first_day=day, days=1, now=now)
    return weather_view(found)


def view_of_base(session: Session, actor: Actor, day: date, now: datetime) -> WeatherView:
    """Return the strip of the cooperative's base for one day."""
    return weather_view(scheduling_weather.base_forecast(session, actor, first_day=day, days=1, now=now))


@router.get("/fields/{field_id}/weather")
def show_field_weather(field_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    found = scheduling_weather.field_forecast(
        session, actor, field_id, first_day=local_day(now), days=DAYS_SHOWN, now=now
    )
    field = farms_queries.get_field(session, actor, field_id)
    return page.render("weather/field.html", field=field, weather=weather_view(found), levels=LEVELS)


@router.get("/weather")
def show_weather(page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    found = scheduling_weather.base_forecast(session, actor, first_day=local_day(now), days=DAYS_SHOWN, now=now)
    chosen = {page.settings.weather_first, page.settings.weather_second} != {WeatherSource.NONE}
    is_example = found.source is not None and found.source.is_example
    return page.render("weather/base.html", weather=weather_view(found), levels=LEVELS, can_fetch=chosen or is_example)


@router.post("/weather/refresh")
def refresh(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep) -> Response:
    del form
    forecasting.ask_refresh(session, actor=actor)
    return page.redirect("/weather", message=N_("New forecasts are being fetched. Look again in a minute."))


@router.get("/weather/score")
def show_score(page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    scores = sites.get_scores(session, actor=actor, now=now)
    since = local_day(now - timedelta(days=sites.LOOKS_BACK.days))
    return page.render("weather/score.html", scores=scores, since=since, reason_names=REASON_NAMES)


@router.get("/settings/weather")
def show_limits(page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    ensure_owner(actor)
    return _limits_page(page, limiting.show_limits(session, actor=actor))


@router.post("/settings/weather")
def set_limits(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep) -> Response:
    bound = page.bind(LimitsIn, form)
    with bound.catching(session):
        limiting.set_limits(session, actor=actor, data=bound.value, expected_version=version_of(form))
        return page.redirect("/settings/weather", message=N_("The change is saved."))
    return _limits_page(page, limiting.show_limits(session, actor=actor), form=bound)


@router.get("/products/{product_id}/weather")
def show_product_limits(product_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    ensure_owner(actor)
    return _product_page(page, session, product_id, scheduling_weather.product_limits(session, actor, product_id))


@router.post("/products/{product_id}/weather")
def set_product_limits(
    product_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep
) -> Response:
    bound = page.bind(LimitsIn, form)
    with bound.catching(session):
        scheduling_weather.set_product_limits(
            session, actor=actor, product_id=product_id, data=bound.value, expected_version=version_of(form)
        )
        return page.redirect(f"/products/{product_id}/weather", message=N_("The change is saved."))
    found = scheduling_weather.product_limits(session, actor, product_id)
    return _product_page(page, session, product_id, found, form=bound)


def _product_page(
    page: Page, session: Session, product_id: UUID, found: LimitView, *, form: Bound[LimitsIn] | None = None
) -> Response:
    product = products_queries.get_product(session, page.ours.id, product_id)
    return _limits_page(page, found, form=form, product_name=product.name, rain_free_h=product.rain_free_h)


def _limits_page(
    page: Page,
    found: LimitView,
    *,
    form: Bound[LimitsIn] | None = None,
    product_name: str = "",
    rain_free_h: float | None = None,
) -> Response:
    """Show limits: what is empty is inherited, and the hint under each says what that is and where it comes from."""
    changed = {one.name: one.value for one in found.shown.limits if one.is_changed}
    return page.render(
        "weather/limits.html",
        status=form.status if form else 200,
        form=form or page.blank(LimitsIn, **changed, version=found.version),
        present=found.version if form else None,
        limits={one.name: one for one in found.shown.limits},
        names={name: spec.name for name, spec in LIMITS.items()},
        groups=GROUPS,
        origins=ORIGINS,
        product_id=found.shown.product_id,
        product_name=product_name,
        rain_free_h=rain_free_h,
    )
