"""How well the forecast and the rules agreed with what crews measured and did. Plain values in and out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict

from drone_service.kit.i18n import N_
from drone_service.weather.forecast import Provider
from drone_service.weather.limits import Limits
from drone_service.weather.rules import Reason, delta_t_c

WIND_AT_2_M = 0.748
"""Wind at 2 m, where crews measure, as a share of the wind at 10 m, which is forecast: FAO-56, equation 47 (r)."""


class Outcome(StrEnum):
    """What became of a work, as far as the weather is concerned."""

    OPEN = "open"
    WORKED = "worked"
    RAIN = "rain"
    WIND = "wind"
    OTHER = "other"


class SiteForecast(BaseModel):
    """What was forecast for the hours of a work: the values of its first hour, the rain and the rules of all."""

    model_config = ConfigDict(frozen=True)
    provider: Provider
    fetched_at: AwareDatetime
    temperature_c: float | None
    humidity_pct: float | None
    wind_m_s: float | None
    gust_m_s: float | None
    rain_mm: float | None
    """The most in one hour."""
    level: int
    reasons: int


@dataclass(frozen=True)
class Site:
    """One work with what was measured and done, and one forecast for it."""

    outcome: Outcome
    wind_m_s: float | None
    temperature_c: float | None
    humidity_pct: float | None
    limits: Limits
    forecast: SiteForecast | None


@dataclass(frozen=True)
class Error:
    """How far a forecast was from what was measured: on average (bias, above zero is too high) and in size."""

    name: str
    unit: str
    jobs: int
    bias: float
    size: float


@dataclass(frozen=True)
class RuleScore:
    """What a rule said against what happened, in jobs."""

    reason: Reason
    evidence: str
    """What is held against the rule."""
    hits: int = 0
    """It fired, and it was so."""
    false_alarms: int = 0
    """It fired, and it was not so."""
    misses: int = 0
    """It did not fire, and it was so."""
    silent: int = 0
    """It did not fire, and it was not so."""

    @property
    def jobs(self) -> int:
        return self.hits + self.false_alarms + self.misses + self.silent

    @property
    def fired(self) -> int:
        """The jobs in which it fired, rightly or not."""
        return self.hits + self.false_alarms

    @property
    def right(self) -> float | None:
        """The share of jobs in which rule and evidence agree; a rule that never fired has shown nothing."""
        return (self.hits + self.silent) / self.jobs if self.fired else None


@dataclass(frozen=True)
class Score:
    """The whole comparison."""

    jobs: int
    errors: list[Error] = field(default_factory=list)
    rules: list[RuleScore] = field(default_factory=list)


def score(sites: Sequence[Site]) -> Score:
    """Compare forecasts with crews. A work without a forecast or without the evidence of a rule counts for nothing."""
    with_forecast = [site for site in sites if site.forecast is not None]
    return Score(
        jobs=len(with_forecast),
        errors=[found for found in (_error(with_forecast, *one) for one in _MEASURED) if found],
        rules=[_rule_score(with_forecast, reason, *evidence) for reason, evidence in _EVIDENCE.items()],
    )


_MEASURED: tuple[tuple[str, str, str, float], ...] = (
    (N_("Wind at 2 m"), "m/s", "wind_m_s", WIND_AT_2_M),
    (N_("Temperature"), "°C", "temperature_c", 1.0),
    (N_("Humidity"), "%", "humidity_pct", 1.0),
)


def _error(sites: Sequence[Site], name: str, unit: str, attribute: str, factor: float) -> Error | None:
    pairs = [(getattr(site.forecast, attribute), getattr(site, attribute)) for site in sites]
    gaps = [said * factor - measured for said, measured in pairs if said is not None and measured is not None]
    if not gaps:
        return None
    return Error(name, unit, len(gaps), sum(gaps) / len(gaps), sum(map(abs, gaps)) / len(gaps))


Evidence = Callable[[Site], bool | None]


def _rule_score(sites: Sequence[Site], reason: Reason, words: str, happened: Evidence) -> RuleScore:
    counts = {"hits": 0, "false_alarms": 0, "misses": 0, "silent": 0}
    for site in sites:
        was_so = happened(site)
        if was_so is None or site.forecast is None:
            continue
        fired = bool(site.forecast.reasons & reason)
        name = ("hits" if was_so else "false_alarms") if fired else ("misses" if was_so else "silent")
        counts[name] += 1
    return RuleScore(reason, words, **counts)


def _stopped_by(outcome: Outcome) -> Evidence:
    def happened(site: Site) -> bool | None:
        if site.outcome in (Outcome.OPEN, Outcome.OTHER):
            return None
        return site.outcome is outcome

    return happened


def _wind_above(limit: str) -> Evidence:
    def happened(site: Site) -> bool | None:
        if site.outcome is Outcome.WIND:
            return True
        # The rule asks about 10 m and the crew measured at 2 m, so what was measured is lifted.
        return None if site.wind_m_s is None else site.wind_m_s / WIND_AT_2_M > float(getattr(site.limits, limit))

    return happened


def _calm(site: Site) -> bool | None:
    return None if site.wind_m_s is None else site.wind_m_s / WIND_AT_2_M < site.limits.calm_m_s


def _temperature_above(limit: str) -> Evidence:
    def happened(site: Site) -> bool | None:
        return None if site.temperature_c is None else site.temperature_c > float(getattr(site.limits, limit))

    return happened


def _outside_the_machine(site: Site) -> bool | None:
    if site.temperature_c is None:
        return None
    return not site.limits.machine_cold_c <= site.temperature_c <= site.limits.machine_hot_c


def _delta_t(limit: str, *, above: bool) -> Evidence:
    def happened(site: Site) -> bool | None:
        if site.temperature_c is None or site.humidity_pct is None:
            return None
        found = float(delta_t_c(np.array(site.temperature_c), np.array(site.humidity_pct)))
        border = float(getattr(site.limits, limit))
        return found > border if above else found < border

    return happened


_BY_WIND = N_("the wind they measured, or that wind stopped them")
_BY_HEAT = N_("the temperature they measured")
_BY_DRYNESS = N_("the temperature and humidity they measured")
_BY_RAIN = N_("that rain stopped them")
_BY_WIND_STOP = N_("that wind stopped them")
_BY_WORK = N_("that they stopped for the weather; they cannot measure it")


def _stopped_by_weather(site: Site) -> bool | None:
    if site.outcome in (Outcome.OPEN, Outcome.OTHER):
        return None
    return site.outcome in (Outcome.RAIN, Outcome.WIND)


_EVIDENCE: dict[Reason, tuple[str, Evidence]] = {
    Reason.WIND_STRONG: (_BY_WIND, _wind_above("wind_caution_m_s")),
    Reason.WIND_TOO_STRONG: (_BY_WIND, _wind_above("wind_stop_m_s")),
    Reason.MACHINE_WIND: (_BY_WIND, _wind_above("machine_wind_m_s")),
    Reason.GUSTS: (_BY_WIND_STOP, _stopped_by(Outcome.WIND)),
    Reason.CALM: (N_("the wind they measured"), _calm),
    Reason.DELTA_T_LOW: (_BY_DRYNESS, _delta_t("delta_t_low_c", above=False)),
    Reason.DELTA_T_HIGH: (_BY_DRYNESS, _delta_t("delta_t_high_c", above=True)),
    Reason.DELTA_T_TOO_HIGH: (_BY_DRYNESS, _delta_t("delta_t_stop_c", above=True)),
    Reason.WARM: (_BY_HEAT, _temperature_above("warm_c")),
    Reason.TOO_HOT: (_BY_HEAT, _temperature_above("hot_c")),
    Reason.MACHINE_TEMPERATURE: (_BY_HEAT, _outside_the_machine),
    Reason.RAIN: (_BY_RAIN, _stopped_by(Outcome.RAIN)),
    Reason.RAIN_SOON: (_BY_RAIN, _stopped_by(Outcome.RAIN)),
    Reason.RAIN_LIKELY: (_BY_RAIN, _stopped_by(Outcome.RAIN)),
    Reason.INVERSION: (_BY_WORK, _stopped_by_weather),
    Reason.FLOWERING: (_BY_WORK, _stopped_by_weather),
}
