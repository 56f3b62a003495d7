"""The limits: their origins, their order, and the strictest of several."""

import re
from dataclasses import fields
from pathlib import Path
from uuid import uuid4

import pytest

from drone_service.weather.limits import DEFAULTS, LIMITS, Limits, LimitsContradict, ensure_order, strictest
from drone_service.weather.queries import LimitBook


def test_every_limit_says_where_its_default_comes_from() -> None:
    assert set(LIMITS) == {field.name for field in fields(Limits)}
    for name, spec in LIMITS.items():
        assert spec.origin in {"m", "p", "r", "k"}
        assert spec.source
        assert spec.least <= getattr(DEFAULTS, name) <= spec.most


def test_the_defaults_are_in_order_and_others_are_refused() -> None:
    ensure_order(DEFAULTS)
    with pytest.raises(LimitsContradict):
        ensure_order(Limits(wind_caution_m_s=5.0))
    with pytest.raises(LimitsContradict):
        ensure_order(Limits(flowering_first_d=10.0))


def test_of_several_products_the_strictest_limit_counts() -> None:
    both = strictest([Limits(wind_stop_m_s=3.5, rain_free_h=1), Limits(wind_stop_m_s=4.0, rain_free_h=6)])
    assert (both.wind_stop_m_s, both.rain_free_h) == (3.5, 6)
    assert strictest([]) == DEFAULTS


def test_a_product_goes_before_its_label_and_the_label_before_the_cooperative() -> None:
    changed, labelled = uuid4(), uuid4()
    book = LimitBook(Limits(rain_free_h=3, wind_stop_m_s=4.0), {changed: {"rain_free_h": 5}})
    assert book.of([]).rain_free_h == 3
    assert book.of([(labelled, 1.0)]).rain_free_h == 1
    assert book.of([(changed, 1.0)]).rain_free_h == 5
    assert book.of([(changed, 1.0)]).wind_stop_m_s == 4.0


def test_the_weakest_aircraft_limits_the_wind() -> None:
    assert LimitBook().with_machines([8.0, 5.0]).own.machine_wind_m_s == 5.0
    assert LimitBook().with_machines([8.0]).own.machine_wind_m_s == 6.0
    assert LimitBook().with_machines([]).own == DEFAULTS


def test_the_document_names_every_limit_with_its_default_and_origin() -> None:
    text = Path(__file__).parents[2].joinpath("docs", "weather.md").read_text()
    rows = {
        found[1]: (float(found[2]), found[3]) for found in re.finditer(r"\| `(\w+)` \| ([\d.]+)[^|]*\| (\w) \|", text)
    }
    assert rows == {name: (getattr(DEFAULTS, name), spec.origin) for name, spec in LIMITS.items()}
