"""“What if” on the page of the return: another price, other costs, more or less to fly. Nothing of it is stored.

People think in công, the rules in hectares: here one becomes the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from pydantic import BaseModel, Field

from drone_service.investment.rules import HECTARE_M2, Pace
from drone_service.investment.schemas import PaceOut
from drone_service.kit.i18n import N_
from drone_service.web.forms import Bound
from drone_service.web.pages import Page

STEPS = (
    (N_("Price +10 %%"), {"price_vnd": 1.1}),
    (N_("Price −10 %%"), {"price_vnd": 0.9}),
    (N_("Area +25 %%"), {"cong": 1.25}),
    (N_("Area −25 %%"), {"cong": 0.75}),
    (N_("Costs −10 %%"), {"costs_vnd": 0.9}),
)
"""What is worth a tap: each one figure of the present pace made larger or smaller."""


class WhatIfIn(BaseModel):
    """A month as the owner types it: in công of the size used here."""

    price_vnd: Annotated[int, Field(ge=0, le=100_000_000)]
    costs_vnd: Annotated[int, Field(ge=0, le=100_000_000)]
    cong: Annotated[float, Field(ge=0.1, le=10_000_000)]


@dataclass(frozen=True)
class Trial:
    """What was typed, and the pace it means: none before anything was typed, or when it is wrong."""

    form: Bound[WhatIfIn]
    pace: Pace | None
    steps: tuple[tuple[str, str], ...] = ()


def read(page: Page, typed: Mapping[str, str]) -> Trial:
    """Read the figures of the address."""
    if not set(typed) & set(WhatIfIn.model_fields):
        return Trial(page.blank(WhatIfIn), None)
    bound = page.bind(WhatIfIn, {name: typed.get(name, "") for name in WhatIfIn.model_fields})
    if not bound.is_valid:
        return Trial(bound, None)
    cong_per_ha = HECTARE_M2 / page.ours.cong_m2
    wanted = bound.value
    pace = Pace(wanted.cong / cong_per_ha, wanted.price_vnd * cong_per_ha, wanted.costs_vnd * cong_per_ha)
    return Trial(bound, pace)


def shown(page: Page, trial: Trial, present: PaceOut | None) -> Trial:
    """Return what the page shows: the figures typed or else the present ones, and the steps away from those."""
    if present is None:
        return trial
    cong_per_ha = HECTARE_M2 / page.ours.cong_m2
    now = {
        "price_vnd": round(present.price_vnd_per_ha / cong_per_ha),
        "costs_vnd": round(present.costs_vnd_per_ha / cong_per_ha),
        "cong": round(present.hectares_per_month * cong_per_ha, 1),
    }
    form = trial.form if trial.form.typed else page.blank(WhatIfIn, **now)
    return Trial(form, trial.pace, tuple((label, _address(now, factors)) for label, factors in STEPS))


def _address(now: Mapping[str, float], factors: Mapping[str, float]) -> str:
    changed = {name: round(value * factors.get(name, 1), 1 if name == "cong" else None) for name, value in now.items()}
    return f"/return?{urlencode(changed)}#what-if"
