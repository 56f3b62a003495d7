"""What a crop product is, and when a dose is refused. Plain values in and out."""

from enum import StrEnum
from typing import ClassVar

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


class DoseUnit(StrEnum):
    """What a jug or a scale measures."""

    ML = "mL"
    L = "L"
    G = "g"
    KG = "kg"


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
