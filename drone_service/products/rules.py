"""What a crop product is, and when a dose is refused. Plain values in and out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import ClassVar
from uuid import UUID

from drone_service.engine.operation import Service
from drone_service.kit.errors import Conflict, Invalid, NotFound
from drone_service.kit.i18n import N_


class ProductGroup(StrEnum):
    """What decides whether the tank is washed between two jobs."""

    HERBICIDE = "herbicide"
    INSECTICIDE = "insecticide"
    FUNGICIDE = "fungicide"
    FERTILISER = "fertiliser"
    GROWTH_REGULATOR = "growth_regulator"
    SEED = "seed"
    ADJUVANT = "adjuvant"
    OTHER = "other"


class Formulation(StrEnum):
    """The form a product is sold in (CropLife codes), which sets its place in the mixing order."""

    WP = "WP"
    WG = "WG"
    SC = "SC"
    SL = "SL"
    EC = "EC"
    OD = "OD"
    EW = "EW"
    ADJUVANT = "ADJ"
    GRANULE = "GR"
    SEED = "SEED"


FORMULATION_NAMES = {
    Formulation.ADJUVANT: N_("ADJ, adjuvant"),
    Formulation.GRANULE: N_("GR, granules"),
    Formulation.SEED: N_("seed"),
}
"""Words for those that no label has as letters alone."""


class DoseUnit(StrEnum):
    """What a jug or a scale measures."""

    ML = "mL"
    L = "L"
    G = "g"
    KG = "kg"


class Ppe(StrEnum):
    """What those who mix and fill wear."""

    GLOVES = "gloves"
    MASK = "mask"
    GOGGLES = "goggles"
    APRON = "apron"
    BOOTS = "boots"


PPE_NAMES = {
    Ppe.GLOVES: N_("Gloves that liquids do not pass"),
    Ppe.MASK: N_("Mask"),
    Ppe.GOGGLES: N_("Glasses that close at the sides"),
    Ppe.APRON: N_("Apron"),
    Ppe.BOOTS: N_("Rubber boots"),
}
PPE_OF_GROUP = {
    ProductGroup.HERBICIDE: frozenset({Ppe.GLOVES, Ppe.MASK, Ppe.GOGGLES, Ppe.APRON, Ppe.BOOTS}),
    ProductGroup.INSECTICIDE: frozenset({Ppe.GLOVES, Ppe.MASK, Ppe.GOGGLES, Ppe.APRON, Ppe.BOOTS}),
    ProductGroup.FUNGICIDE: frozenset({Ppe.GLOVES, Ppe.MASK, Ppe.GOGGLES, Ppe.APRON, Ppe.BOOTS}),
    ProductGroup.GROWTH_REGULATOR: frozenset({Ppe.GLOVES, Ppe.MASK, Ppe.GOGGLES, Ppe.APRON}),
    ProductGroup.FERTILISER: frozenset({Ppe.GLOVES, Ppe.GOGGLES}),
    ProductGroup.SEED: frozenset({Ppe.GLOVES, Ppe.MASK}),
    ProductGroup.ADJUVANT: frozenset({Ppe.GLOVES, Ppe.GOGGLES}),
    ProductGroup.OTHER: frozenset({Ppe.GLOVES, Ppe.MASK, Ppe.GOGGLES, Ppe.APRON, Ppe.BOOTS}),
}
"""Common practice where the label is silent (k); treated seed and what is not known are handled as a pesticide."""
DUSTY_FORMS = frozenset({Formulation.WP, Formulation.WG, Formulation.GRANULE})
"""What dusts when it is poured needs a mask in every group (k)."""

GROUP_NAMES = {
    ProductGroup.HERBICIDE: N_("Herbicide"),
    ProductGroup.INSECTICIDE: N_("Insecticide"),
    ProductGroup.FUNGICIDE: N_("Fungicide"),
    ProductGroup.FERTILISER: N_("Fertiliser"),
    ProductGroup.GROWTH_REGULATOR: N_("Growth regulator"),
    ProductGroup.SEED: N_("Seed"),
    ProductGroup.ADJUVANT: N_("Adjuvant"),
    ProductGroup.OTHER: N_("Other"),
}

_SPREAD_FORMS = frozenset({Formulation.GRANULE, Formulation.WG})


class DoseOutOfRange(Invalid):
    code = "products.dose_out_of_range"
    title: ClassVar[str] = N_("The dose is not on the label")
    detail: ClassVar[str] = N_(
        "%(product)s is used at %(dose_min)s to %(dose_max)s %(unit)s per hectare; %(dose)s is outside."
    )


class DoseRangeInvalid(Invalid):
    code = "products.dose_range_invalid"
    title: ClassVar[str] = N_("The doses do not fit together")
    detail: ClassVar[str] = N_("The usual dose must lie between the lowest and the highest.")


class Incompatible(Invalid):
    code = "products.incompatible"
    title: ClassVar[str] = N_("These products do not go into one tank")
    detail: ClassVar[str] = N_("The label of %(product)s forbids mixing it with %(other)s. Spray them on two days.")


class TooLittleWater(Invalid):
    code = "products.too_little_water"
    title: ClassVar[str] = N_("Too little water")
    detail: ClassVar[str] = N_(
        "%(product)s needs at least %(least_l_per_ha)s litres per hectare; %(rate_l_per_ha)s is less."
    )


class ProductNotForService(Invalid):
    code = "products.not_for_service"
    title: ClassVar[str] = N_("This product is not for this service")
    detail: ClassVar[str] = N_("%(product)s cannot be used for this kind of work.")


class ProductTwice(Invalid):
    code = "products.twice"
    title: ClassVar[str] = N_("A product is named twice")
    detail: ClassVar[str] = N_("%(product)s is in the mix twice. Name it once, with its whole dose.")


class UnitMismatch(Invalid):
    code = "products.unit_mismatch"
    title: ClassVar[str] = N_("Another unit than the label")
    detail: ClassVar[str] = N_("%(product)s is measured in %(unit)s on its label, not in %(asked)s.")


class ProductNotFound(NotFound):
    code = "products.not_found"


class ProductNameTaken(Conflict):
    code = "products.name_taken"
    title: ClassVar[str] = N_("This product is in the list already")
    detail: ClassVar[str] = N_("There is a product with this name. Change that one, or choose another name.")


def ensure_dose_range(dose_min_per_ha: float, dose_per_ha: float, dose_max_per_ha: float) -> None:
    """Refuse label doses that are out of order. Raises DoseRangeInvalid."""
    if not 0 < dose_min_per_ha <= dose_per_ha <= dose_max_per_ha:
        raise DoseRangeInvalid


def ensure_dose(product: str, dose: float, dose_min: float, dose_max: float, unit: DoseUnit) -> None:
    """Refuse a dose per hectare outside the label. Raises DoseOutOfRange."""
    if not dose_min <= dose <= dose_max:
        raise DoseOutOfRange(product=product, dose=dose, dose_min=dose_min, dose_max=dose_max, unit=unit.value)


def fits_service(group: ProductGroup, formulation: Formulation, service: Service) -> bool:
    """Tell whether a product can be used for a kind of work: seed is sown, granules are spread, the rest is sprayed."""
    if service is Service.SOW:
        return group is ProductGroup.SEED
    if service is Service.SPREAD:
        return group is ProductGroup.FERTILISER and formulation in _SPREAD_FORMS
    return group is not ProductGroup.SEED and formulation is not Formulation.GRANULE


def ppe_for(group: ProductGroup, formulation: Formulation) -> frozenset[Ppe]:
    """Return what to wear while a product is mixed, where its label is silent (k)."""
    dusty = {Ppe.MASK} if formulation in DUSTY_FORMS else set()
    return PPE_OF_GROUP[group] | dusty


@dataclass(frozen=True)
class Label:
    """What a label says about sharing a tank."""

    id: UUID
    name: str
    group: ProductGroup
    formulation: Formulation
    least_water_l_per_ha: float = 0.0
    not_with_groups: frozenset[ProductGroup] = frozenset()
    not_with_products: frozenset[UUID] = frozenset()

    def forbids(self, other: "Label") -> bool:
        """Tell whether this label forbids the other product in the same tank."""
        return other.group in self.not_with_groups or other.id in self.not_with_products


def ensure_named_once(names: Sequence[str]) -> None:
    """Refuse a mix that names a product twice, large or small; nameless ones are not compared. Raises ProductTwice."""
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise ProductTwice(product=name)
        if name:
            seen.add(name.casefold())


def ensure_fits(labels: Iterable[Label], service: Service) -> None:
    """Refuse what another kind of work uses: seed in a tank, liquids in a hopper. Raises ProductNotForService."""
    for label in labels:
        if not fits_service(label.group, label.formulation, service):
            raise ProductNotForService(product=label.name)


def ensure_compatible(labels: Sequence[Label]) -> None:
    """Refuse products of which one label forbids another: either label is enough. Raises Incompatible, ProductTwice."""
    for one, other in combinations(labels, 2):
        # Twice the usual dose of one product would pass the label as two.
        if one.id == other.id:
            raise ProductTwice(product=one.name)
        for first, second in ((one, other), (other, one)):
            if first.forbids(second):
                raise Incompatible(product=first.name, other=second.name)


def ensure_water(labels: Iterable[Label], rate_l_per_ha: float) -> None:
    """Refuse a spray volume below what a label asks for. Raises TooLittleWater."""
    for label in labels:
        if rate_l_per_ha < label.least_water_l_per_ha:
            raise TooLittleWater(
                product=label.name, least_l_per_ha=label.least_water_l_per_ha, rate_l_per_ha=rate_l_per_ha
            )


_SMALL = {
    DoseUnit.ML: ("volume", 1),
    DoseUnit.L: ("volume", 1_000),
    DoseUnit.G: ("mass", 1),
    DoseUnit.KG: ("mass", 1_000),
}


def in_label_unit(product: str, amount: float, asked: DoseUnit, label: DoseUnit) -> float:
    """Return an amount in the unit of the label; mL and L, g and kg are the same measure. Raises UnitMismatch."""
    (asked_kind, asked_size), (label_kind, label_size) = _SMALL[asked], _SMALL[label]
    if asked_kind != label_kind:
        raise UnitMismatch(product=product, unit=label.value, asked=asked.value)
    return amount * asked_size / label_size
