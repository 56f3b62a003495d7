"""What labels say about sharing a tank, and what those who mix wear."""

from uuid import UUID, uuid4

import pytest

from drone_service.products.rules import (
    PPE_OF_GROUP,
    DoseUnit,
    Formulation,
    Incompatible,
    Label,
    Ppe,
    ProductGroup,
    ProductTwice,
    TooLittleWater,
    UnitMismatch,
    ensure_compatible,
    ensure_water,
    in_label_unit,
    ppe_for,
)


def label(
    name: str,
    group: ProductGroup,
    *,
    water: float = 0,
    groups: frozenset[ProductGroup] = frozenset(),
    products: frozenset[UUID] = frozenset(),
) -> Label:
    return Label(uuid4(), name, group, Formulation.SC, water, groups, products)


WEED = label("Weed", ProductGroup.HERBICIDE, groups=frozenset({ProductGroup.INSECTICIDE}))
PLANTHOPPER = label("Planthopper", ProductGroup.INSECTICIDE)
BLAST = label("Blast", ProductGroup.FUNGICIDE, water=15, products=frozenset({WEED.id}))


@pytest.mark.parametrize(
    ("labels", "first", "second"),
    [
        ([WEED, PLANTHOPPER], "Weed", "Planthopper"),
        ([PLANTHOPPER, WEED], "Weed", "Planthopper"),
        ([WEED, BLAST], "Blast", "Weed"),
    ],
)
def test_one_label_is_enough_to_forbid_a_mix(labels: list[Label], first: str, second: str) -> None:
    with pytest.raises(Incompatible) as refused:
        ensure_compatible(labels)
    assert refused.value.params == {"product": first, "other": second}


def test_what_no_label_forbids_is_mixed() -> None:
    ensure_compatible([PLANTHOPPER, BLAST])


def test_a_product_twice_would_hide_a_double_dose() -> None:
    with pytest.raises(ProductTwice):
        ensure_compatible([BLAST, BLAST])


def test_the_label_sets_the_least_water() -> None:
    ensure_water([PLANTHOPPER, BLAST], 15)
    with pytest.raises(TooLittleWater):
        ensure_water([PLANTHOPPER, BLAST], 14.9)


def test_litres_and_millilitres_are_one_measure() -> None:
    assert in_label_unit("A", 0.4, DoseUnit.L, DoseUnit.ML) == 400
    assert in_label_unit("A", 300, DoseUnit.G, DoseUnit.KG) == 0.3
    with pytest.raises(UnitMismatch):
        in_label_unit("A", 300, DoseUnit.G, DoseUnit.ML)


def test_powders_need_a_mask_in_every_group() -> None:
    assert set(PPE_OF_GROUP) == set(ProductGroup)
    assert Ppe.MASK not in ppe_for(ProductGroup.FERTILISER, Formulation.SL)
    assert Ppe.MASK in ppe_for(ProductGroup.FERTILISER, Formulation.WG)
    assert all(Ppe.GLOVES in ppe_for(group, Formulation.SC) for group in ProductGroup)
