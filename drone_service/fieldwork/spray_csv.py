"""The spray log as CSV, with the columns of the Vietnamese good-practice log: ISO times, decimal points."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from drone_service.fieldwork.schemas import ProductUseOut, SprayLogEntry

COLUMNS = (
    "started_at", "ended_at", "job_number", "service", "field_name", "plot_code", "crop", "crop_stage", "area_m2",
    "pest", "product", "active_ingredient", "label_dose", "dose_per_ha", "amount", "unit", "rate_per_ha", "quantity",
    "wind_m_s", "temperature_c", "humidity_pct", "height_m", "speed_m_s", "swath_m", "droplet_um", "pilot_name",
    "pilot_licence", "aircraft_name", "aircraft_serial", "phi_days", "earliest_harvest_on", "re_entry_at",
    "empty_packages", "signed_by", "stop_reason", "note",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(entries: Iterable[SprayLogEntry]) -> str:
    """Write a row for each product of each work, and one for a work without products."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for entry in entries:
        products: Sequence[ProductUseOut | None] = entry.products or [None]
        writer.writerows(_row(entry, product) for product in products)
    return out.getvalue()


def _row(entry: SprayLogEntry, product: ProductUseOut | None) -> list[object]:
    values = entry.model_dump(mode="json") | (product.model_dump(mode="json") if product else {})
    values["product"] = product.name if product else ""
    return [_safe(values.get(column)) for column in COLUMNS]


def _safe(value: object) -> object:
    """Keep a spreadsheet from running a text as a formula."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
