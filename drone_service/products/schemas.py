"""What goes in and out of the doors about products."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drone_service.access.schemas import Schema
from drone_service.kit.openapi import example
from drone_service.kit.text import Line
from drone_service.products.rules import (
    DoseRangeInvalid,
    DoseUnit,
    Formulation,
    ProductGroup,
    ensure_dose_range,
)

Dose = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
Hours = Annotated[float, Field(ge=0, le=2_000, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=0, le=400)]
Crops = Annotated[list[Annotated[Line, Field(min_length=1, max_length=40)]], Field(max_length=40)]


class ProductIn(Schema):
    """A product as its label describes it; no crops means any crop."""

    model_config = example(
        {
            "name": "Thuốc mẫu",
            "group": "fungicide",
            "formulation": "SC",
            "dose_min_per_ha": 300,
            "dose_per_ha": 400,
            "dose_max_per_ha": 500,
            "unit": "mL",
            "phi_days": 14,
        }
    )

    name: Annotated[Line, Field(min_length=1, max_length=120)]
    group: ProductGroup
    active_ingredient: Line = ""
    formulation: Formulation
    dose_min_per_ha: Dose
    dose_per_ha: Dose
    dose_max_per_ha: Dose
    unit: DoseUnit
    phi_days: Days = 0
    rain_free_h: Hours = 2.0
    reentry_h: Hours = 24.0
    crops: Crops = Field(default_factory=list)
    least_water_l_per_ha: Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)] = 0.0
    """The least spray volume on the label; 0 where it is silent."""
    not_with_groups: Annotated[list[ProductGroup], Field(max_length=20)] = Field(default_factory=list)
    """Groups that the label forbids in the same tank."""
    not_with_products: Annotated[list[UUID], Field(max_length=100)] = Field(default_factory=list)
    """Products of the list that the label forbids in the same tank."""

    @model_validator(mode="after")
    def _doses_in_order(self) -> Self:
        try:
            ensure_dose_range(self.dose_min_per_ha, self.dose_per_ha, self.dose_max_per_ha)
        except DoseRangeInvalid as error:
            raise ValueError(error.detail) from error
        return self


class ProductOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    name: str
    group: ProductGroup
    active_ingredient: str
    formulation: Formulation
    dose_min_per_ha: float
    dose_per_ha: float
    dose_max_per_ha: float
    unit: DoseUnit
    phi_days: int
    rain_free_h: float
    reentry_h: float
    crops: list[str]
    least_water_l_per_ha: float
    not_with_groups: list[ProductGroup]
    not_with_products: list[UUID]
    archived: bool
