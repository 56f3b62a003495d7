"""What goes into each load: the job's totals, rounded once to what can be measured, shared out without a remainder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drone_service.engine.errors import EngineError

STEPS_PER_UNIT = {"mL": 1, "g": 1, "L": 1_000, "kg": 1_000}
"""Products are measured to the millilitre and the gram."""
TANK_STEPS_PER_UNIT = 10
"""The tank and the scale under a hopper are read to a tenth of a litre or a kilogram."""
LITRES_PER_UNIT = {"mL": 0.001, "L": 1.0}
"""Liquids take their place in the tank; powders dissolve in it (k)."""
SHORT_SHARE = 0.95
"""A load below this share of the largest one is called short."""


class MixImpossible(EngineError):
    """The products need more room than the tank mix has."""

    code = "mix_impossible"


class DoseImpossible(EngineError):
    code = "dose_impossible"


@dataclass(frozen=True)
class Dose:
    """A product's amount per hectare in mL, L, g or kg."""

    amount_per_ha: float
    unit: str


@dataclass(frozen=True)
class Load:
    """One filling: the area it does, the whole of it in L or kg, the water in it and the amount of each product."""

    area_m2: float
    quantity: float
    water_l: float
    amounts: tuple[float, ...]
    is_short: bool


@dataclass(frozen=True)
class Mix:
    """All fillings and their sums. The sums are the loads added up, to the last step."""

    quantity: float
    amounts: tuple[float, ...]
    loads: tuple[Load, ...]


def mix_loads(
    area_m2: float, rate_per_ha: float, shares: Sequence[float], doses: Sequence[Dose], *, with_water: bool
) -> Mix:
    """Share a job out over its loads; `shares` are their parts of the job, in flying order.

    Each total is dose × area, rounded once to its step; the loads get whole steps by the largest remainder, so
    they add up to it exactly. Raises DoseImpossible, MixImpossible.
    """
    hectares = area_m2 / 10_000
    quantities = _shared(rate_per_ha * hectares, TANK_STEPS_PER_UNIT, shares)
    amounts = [_shared(dose.amount_per_ha * hectares, _steps(dose), shares) for dose in doses]
    parts = [tuple(amount[index] for amount in amounts) for index in range(len(shares))]
    total_share = sum(shares)
    loads = tuple(
        Load(
            area_m2=area_m2 * share / total_share,
            quantity=quantity,
            water_l=_water_l(quantity, part, doses) if with_water else 0.0,
            amounts=part,
            is_short=quantity < SHORT_SHARE * max(quantities),
        )
        for share, quantity, part in zip(shares, quantities, parts, strict=True)
    )
    return Mix(
        quantity=_total(quantities, TANK_STEPS_PER_UNIT),
        amounts=tuple(_total(amount, _steps(dose)) for amount, dose in zip(amounts, doses, strict=True)),
        loads=loads,
    )


def share_out(total_steps: int, shares: Sequence[float]) -> list[int]:
    """Share whole steps in proportion by the largest remainder; of equal remainders the earlier load gets the step."""
    whole = sum(shares)
    exact = [total_steps * share / whole for share in shares]
    given = [int(part) for part in exact]
    by_remainder = sorted(range(len(shares)), key=lambda index: given[index] - exact[index])
    for index in by_remainder[: total_steps - sum(given)]:
        given[index] += 1
    return given


def _steps(dose: Dose) -> int:
    if dose.unit not in STEPS_PER_UNIT or not 0 < dose.amount_per_ha < 1e9:
        raise DoseImpossible("a dose is an amount above zero in mL, L, g or kg", unit=dose.unit)
    return STEPS_PER_UNIT[dose.unit]


def _shared(total: float, steps_per_unit: int, shares: Sequence[float]) -> list[float]:
    # The one rounding. At least one step: a trace of a product must not vanish from the mix sheet.
    steps = max(1, round(total * steps_per_unit))
    return [given / steps_per_unit for given in share_out(steps, shares)]


def _total(parts: Sequence[float], steps_per_unit: int) -> float:
    return sum(round(part * steps_per_unit) for part in parts) / steps_per_unit


def _water_l(quantity: float, amounts: Sequence[float], doses: Sequence[Dose]) -> float:
    liquid_l = sum(amount * LITRES_PER_UNIT.get(dose.unit, 0.0) for amount, dose in zip(amounts, doses, strict=True))
    if liquid_l > quantity:
        raise MixImpossible(
            f"the products fill {liquid_l:g} L of a load of {quantity:g} L", liquid_l=liquid_l, load_l=quantity
        )
    return round(quantity - liquid_l, 3)
