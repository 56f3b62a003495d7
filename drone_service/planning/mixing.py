"""The mix sheet: what goes into each load, in what order, and what to wear. Plain values in and out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drone_service.engine.coverage.mix import Dose, Load, mix_loads
from drone_service.planning.rules import STEP_TEXTS, StepKind, mixing_rank, stage_of, step_order
from drone_service.planning.schemas import LoadUnit, MixSheet, MixStep, Part, ProductDose, TankLoad
from drone_service.products.rules import Formulation, Ppe, ProductGroup, ppe_for


@dataclass(frozen=True)
class Filling:
    """One load as the plan flies it; without a plan only its share of the job is known."""

    share: float
    flight_s: float = 0.0
    energy_wh: float = 0.0
    battery_left: float = 1.0


def mix_sheet(
    area_m2: float,
    rate_per_ha: float,
    products: Sequence[ProductDose],
    fillings: Sequence[Filling],
    *,
    with_water: bool,
) -> MixSheet:
    """Return what goes into each filling; the loads add up to the totals to the last step.

    Raises DoseImpossible, MixImpossible.
    """
    doses = [Dose(product.dose_per_ha, product.unit, product.most_per_ha) for product in products]
    mix = mix_loads(area_m2, rate_per_ha, [one.share for one in fillings], doses, with_water=with_water)
    # Sorting is stable, so equals stay as they were named.
    order = sorted(
        range(len(products)), key=lambda index: mixing_rank(products[index].group, products[index].formulation)
    )
    mixed = [products[index] for index in order]
    unit: LoadUnit = "L" if with_water else "kg"
    return MixSheet(
        unit=unit,
        quantity=mix.quantity,
        water_l=mix.water_l,
        loads=[
            _tank_load(number, load, filling, unit, _parts(mixed, [load.amounts[index] for index in order]))
            for number, (load, filling) in enumerate(zip(mix.loads, fillings, strict=True), start=1)
        ],
        totals=_parts(products, mix.amounts),
        steps=mix_steps(mixed) if with_water else [_step(StepKind.WEIGH, product) for product in mixed],
        ppe=ppe_of(products),
    )


def mix_steps(mixed: Sequence[ProductDose]) -> list[MixStep]:
    """Return how a tank is mixed; the products come in mixing order."""
    waiting = iter(mixed)
    stages = [stage_of(product.group, product.formulation) for product in mixed]
    return [_step(kind, None if kind in _WITHOUT_PRODUCT else next(waiting)) for kind in step_order(stages)]


def ppe_of(products: Sequence[ProductDose]) -> list[Ppe]:
    """Return what those who mix the products wear; what is not known is handled as a pesticide."""
    worn = {piece for product in products for piece in ppe_for(_group(product), _form(product))}
    return [piece for piece in Ppe if piece in worn]


_WITHOUT_PRODUCT = frozenset({StepKind.HALF_WATER, StepKind.AGITATE, StepKind.TOP_UP})


def _step(kind: StepKind, product: ProductDose | None) -> MixStep:
    name, product_id = (product.name, product.product_id) if product else ("", None)
    return MixStep(kind=kind, text=STEP_TEXTS[kind], name=name, product_id=product_id)


def _group(product: ProductDose) -> ProductGroup:
    known = product.group in set(ProductGroup)
    return ProductGroup(product.group) if known else ProductGroup.OTHER


def _form(product: ProductDose) -> Formulation:
    # A powder dusts and a liquid splashes: unknown is taken as what needs more.
    known = product.formulation in set(Formulation)
    return Formulation(product.formulation) if known else Formulation.WP


def _parts(mixed: Sequence[ProductDose], amounts: Sequence[float]) -> list[Part]:
    return [
        Part(product_id=product.product_id, name=product.name, amount=amount, unit=product.unit)
        for product, amount in zip(mixed, amounts, strict=True)
    ]


def _tank_load(number: int, load: Load, filling: Filling, unit: LoadUnit, parts: list[Part]) -> TankLoad:
    return TankLoad(
        number=number,
        area_m2=load.area_m2,
        quantity=load.quantity,
        unit=unit,
        water_l=load.water_l,
        products=parts,
        flight_s=filling.flight_s,
        energy_wh=filling.energy_wh,
        battery_left=filling.battery_left,
        is_short=load.is_short,
    )
