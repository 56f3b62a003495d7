"""What goes into each load: the job's totals, rounded once to what a jug measures, shared out without a remainder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drone_service.engine.errors import EngineError

SMALL_PER_UNIT = {"mL": 1, "g": 1, "L": 1_000, "kg": 1_000}
"""Millilitres or grams in a unit of a dose."""
JUG_STEPS = ((250, 1), (1_000, 5), (10_000, 10))
"""Below so many mL (g) in the smallest load, a product is measured in steps of so many mL (g): a syringe or a letter
scale, a small jug, a large one (k). From 250 on no load is off by more than a fiftieth."""
COARSEST_STEP = 100
"""Ten litres and more are read off a bucket, ten kilograms and more off a hanging scale (k)."""
TANK_STEPS_PER_UNIT = 10
"""The tank and the scale under a hopper are read to a tenth of a litre or a kilogram."""
LITRES_PER_UNIT = {"mL": 0.001, "L": 1.0}
"""Liquids take their place in the tank; powders dissolve in it (k)."""
WHOLE = 1e-6
"""So near below a whole step it is that step: the label's most times the area is rarely a whole float."""
SHORT_SHARE = 0.95
"""A load below this share of the largest one is called short."""


class MixImpossible(EngineError):
    """The products need more room than the tank mix has."""

    code = "mix_impossible"


class DoseImpossible(EngineError):
    code = "dose_impossible"


class DoseTooSmall(EngineError):
    """All of a product that the job takes is less than the finest step that is measured, or than the label allows."""

    code = "dose_too_small"


@dataclass(frozen=True)
class Dose:
    """A product's amount per hectare in mL, L, g or kg."""

    amount_per_ha: float
    unit: str
    most_per_ha: float | None = None
    """The most that the label allows, in the same unit."""


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
    water_l: float
    amounts: tuple[float, ...]
    loads: tuple[Load, ...]


def mix_loads(
    area_m2: float, rate_per_ha: float, shares: Sequence[float], doses: Sequence[Dose], *, with_water: bool
) -> Mix:
    """Share a job out over its loads; `shares` are their parts of the job, in flying order.

    Each total is dose × area, rounded once to its step (see JUG_STEPS); the loads get whole steps by the largest
    remainder, so they add up to it exactly. A total is never rounded above what the label allows on the area.
    Raises DoseImpossible, DoseTooSmall, MixImpossible.
    """
    hectares = area_m2 / 10_000
    tank_steps = max(1, round(rate_per_ha * hectares * TANK_STEPS_PER_UNIT))
    quantities = _whole(share_out(tank_steps, shares), TANK_STEPS_PER_UNIT)
    amounts = [_amounts(dose, hectares, shares) for dose in doses]
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
        water_l=_total([load.water_l for load in loads], 1_000),
        amounts=tuple(_total(amount, SMALL_PER_UNIT[dose.unit]) for amount, dose in zip(amounts, doses, strict=True)),
        loads=loads,
    )


def jug_step(smallest: float) -> int:
    """Return the step in mL (g) in which a product is measured whose smallest load holds so many mL (g)."""
    return next((step for below, step in JUG_STEPS if smallest < below), COARSEST_STEP)


def share_out(total_steps: int, shares: Sequence[float]) -> list[int]:
    """Share whole steps in proportion by the largest remainder; of equal remainders the earlier load gets the step."""
    whole = sum(shares)
    exact = [total_steps * share / whole for share in shares]
    given = [int(part) for part in exact]
    by_remainder = sorted(range(len(shares)), key=lambda index: given[index] - exact[index])
    for index in by_remainder[: total_steps - sum(given)]:
        given[index] += 1
    return given


def _amounts(dose: Dose, hectares: float, shares: Sequence[float]) -> list[float]:
    """Return the amounts of a product in the unit of its dose, one for each load."""
    if dose.unit not in SMALL_PER_UNIT or not 0 < dose.amount_per_ha < 1e9:
        raise DoseImpossible("a dose is an amount above zero in mL, L, g or kg", unit=dose.unit)
    small = SMALL_PER_UNIT[dose.unit]
    total = dose.amount_per_ha * hectares * small
    step = jug_step(total * min(shares) / sum(shares))
    # The one rounding.
    steps = round(total / step)
    if dose.most_per_ha is not None:
        steps = min(steps, int(dose.most_per_ha * hectares * small / step + WHOLE))
    if steps < 1:
        raise DoseTooSmall(f"{total / small:g} {dose.unit} in all is less than is measured", unit=dose.unit)
    return [given * step / small for given in share_out(steps, shares)]


def _whole(steps: Sequence[int], steps_per_unit: int) -> list[float]:
    return [given / steps_per_unit for given in steps]


def _total(parts: Sequence[float], steps_per_unit: int) -> float:
    return sum(round(part * steps_per_unit) for part in parts) / steps_per_unit


def _water_l(quantity: float, amounts: Sequence[float], doses: Sequence[Dose]) -> float:
    liquid_l = sum(amount * LITRES_PER_UNIT.get(dose.unit, 0.0) for amount, dose in zip(amounts, doses, strict=True))
    if liquid_l > quantity:
        raise MixImpossible(
            f"the products fill {liquid_l:g} L of a load of {quantity:g} L", liquid_l=liquid_l, load_l=quantity
        )
    return round(quantity - liquid_l, 3)
