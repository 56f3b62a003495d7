"""The limits that decide an hour, where each default comes from, and what a cooperative or a product may change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import ClassVar, Self

from drone_service.kit.errors import Invalid
from drone_service.kit.i18n import N_, Named


class LimitsContradict(Invalid):
    code = "weather.limits_contradict"
    title: ClassVar[str] = N_("These limits contradict one another")
    detail: ClassVar[str] = N_("“%(lower)s” must not be above “%(upper)s”.")


@dataclass(frozen=True)
class Limits:
    """Every limit of the rules. What each means and where its default comes from stands in `LIMITS`."""

    wind_caution_m_s: float = 3.0
    wind_stop_m_s: float = 4.4
    gust_stop_m_s: float = 6.1
    calm_m_s: float = 0.8
    machine_wind_m_s: float = 6.0
    wind_factor: float = 1.0
    gust_factor: float = 1.66
    delta_t_low_c: float = 2.0
    delta_t_high_c: float = 8.0
    delta_t_stop_c: float = 10.0
    warm_c: float = 32.0
    hot_c: float = 35.0
    machine_cold_c: float = 0.0
    machine_hot_c: float = 45.0
    rain_mm: float = 0.1
    rain_chance_pct: float = 50.0
    rain_free_h: float = 2.0
    inversion_before_sunset_h: float = 1.5
    inversion_after_sunrise_h: float = 1.0
    flowering_from_h: float = 8.0
    flowering_until_h: float = 11.0
    flowering_first_d: float = 35.0
    flowering_last_d: float = 25.0

    def changed(self, values: Mapping[str, float]) -> Self:
        """Return the limits with some of them changed; names that are not limits are left out."""
        return replace(self, **{name: value for name, value in values.items() if name in LIMITS})


DEFAULTS = Limits()


@dataclass(frozen=True)
class LimitSpec:
    """What a limit is: its name for people, its unit, its bounds, where the default comes from, which way is strict."""

    name: str
    unit: str
    least: float
    most: float
    origin: str
    """(m) maker, (p) press or public page, (r) research, (k) common knowledge."""
    source: str
    strict_is_low: bool = True
    """True where a lower value stops more hours."""


_PAGE = N_("published spraying rules")
_PRACTICE = N_("common practice in the field, not confirmed by a document")
LIMITS: dict[str, LimitSpec] = {
    "wind_caution_m_s": LimitSpec(N_("Wind: caution above"), "m/s", 0, 15, "p", _PAGE),
    "wind_stop_m_s": LimitSpec(N_("Wind: stop above"), "m/s", 0, 15, "p", _PAGE),
    "gust_stop_m_s": LimitSpec(N_("Gusts: stop above"), "m/s", 0, 25, "p", _PAGE),
    "calm_m_s": LimitSpec(N_("Too calm: caution below"), "m/s", 0, 5, "k", _PRACTICE, strict_is_low=False),
    "machine_wind_m_s": LimitSpec(
        N_("Aircraft: no flight in wind from"), "m/s", 0, 20, "m", N_("the T40’s specification")
    ),
    "wind_factor": LimitSpec(
        N_("Wind over the crop as a share of the forecast"),
        "",
        0.3,
        1.5,
        "k",
        N_("the forecast is for 10 m above ground; 1 is on the safe side, 0.75 is the wind at 2 m over a low crop"),
        strict_is_low=False,
    ),
    "gust_factor": LimitSpec(
        N_("Gusts as so many times the wind, where a forecast has none"),
        "",
        1,
        3,
        "r",
        N_("WMO/TD-1555 (2010): over land, 3 seconds within 10 minutes"),
        strict_is_low=False,
    ),
    "delta_t_low_c": LimitSpec(N_("Delta T: caution below"), "°C", 0, 10, "p", _PAGE, strict_is_low=False),
    "delta_t_high_c": LimitSpec(N_("Delta T: caution above"), "°C", 0, 20, "p", _PAGE),
    "delta_t_stop_c": LimitSpec(N_("Delta T: stop above"), "°C", 0, 25, "p", _PAGE),
    "warm_c": LimitSpec(N_("Temperature: caution above"), "°C", 10, 50, "k", _PRACTICE),
    "hot_c": LimitSpec(N_("Temperature: stop above"), "°C", 10, 55, "k", _PRACTICE),
    "machine_cold_c": LimitSpec(
        N_("Aircraft: no flight below"), "°C", -20, 20, "m", N_("user manual of the T40"), strict_is_low=False
    ),
    "machine_hot_c": LimitSpec(N_("Aircraft: no flight above"), "°C", 20, 60, "m", N_("user manual of the T40")),
    "rain_mm": LimitSpec(
        N_("Rain: stop from so much in an hour"), "mm", 0.1, 5, "k", N_("the least amount that is measured")
    ),
    "rain_chance_pct": LimitSpec(N_("Chance of rain: caution from"), "%", 5, 100, "k", _PRACTICE),
    "rain_free_h": LimitSpec(
        N_("Hours without rain after the work"), "h", 0, 48, "p", N_("labels: 2 to 4 hours"), strict_is_low=False
    ),
    "inversion_before_sunset_h": LimitSpec(
        N_("Inversion: from so long before sunset"), "h", 0, 6, "r", N_("1 to 2 hours"), strict_is_low=False
    ),
    "inversion_after_sunrise_h": LimitSpec(
        N_("Inversion: until so long after sunrise"), "h", 0, 6, "r", N_("about an hour"), strict_is_low=False
    ),
    "flowering_from_h": LimitSpec(N_("Flowering: no flight from"), N_("o’clock"), 0, 24, "k", _PRACTICE),
    "flowering_until_h": LimitSpec(
        N_("Flowering: no flight until"), N_("o’clock"), 0, 24, "k", _PRACTICE, strict_is_low=False
    ),
    "flowering_first_d": LimitSpec(
        N_("Flowering begins so long before harvest"),
        N_("days"),
        0,
        120,
        "k",
        N_("rice ripens in about 30 days after it flowers"),
        strict_is_low=False,
    ),
    "flowering_last_d": LimitSpec(
        N_("Flowering ends so long before harvest"),
        N_("days"),
        0,
        120,
        "k",
        N_("rice ripens in about 30 days after it flowers"),
    ),
}
# Pairs of which the first must not be above the second.
_ORDER = (
    ("wind_caution_m_s", "wind_stop_m_s"),
    ("calm_m_s", "wind_caution_m_s"),
    ("delta_t_low_c", "delta_t_high_c"),
    ("delta_t_high_c", "delta_t_stop_c"),
    ("warm_c", "hot_c"),
    ("machine_cold_c", "machine_hot_c"),
    ("flowering_from_h", "flowering_until_h"),
    ("flowering_last_d", "flowering_first_d"),
)


def ensure_order(limits: Limits) -> None:
    """Refuse limits of which a caution lies beyond its stop. Raises LimitsContradict."""
    for lower, upper in _ORDER:
        if getattr(limits, lower) > getattr(limits, upper):
            raise LimitsContradict(lower=Named(lower, LIMITS[lower].name), upper=Named(upper, LIMITS[upper].name))


def strictest(several: Iterable[Limits]) -> Limits:
    """Return limits that satisfy all of several products in one tank, the defaults where there is none."""
    found = list(several)
    if not found:
        return DEFAULTS
    return Limits(
        **{
            field.name: (min if LIMITS[field.name].strict_is_low else max)(getattr(one, field.name) for one in found)
            for field in fields(Limits)
        }
    )
