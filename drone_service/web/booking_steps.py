"""The questions of a booking, one a screen. The answers travel in the address, so going back loses nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.datastructures import QueryParams

from drone_service.access.rules import Actor
from drone_service.booking.rules import HalfDay, OverlappingRequest, WindowInvalid
from drone_service.engine.operation import Service
from drone_service.farms.rules import FieldArchived
from drone_service.kit.errors import DomainError
from drone_service.kit.i18n import N_
from drone_service.planning.rules import PlanRefused

DEFAULT_RATE_PER_HA = {Service.SPRAY: 20.0, Service.SPREAD: 100.0, Service.SOW: 120.0}
"""What is offered first: 20 L/ha by drone on rice (p); fertiliser and seed in kg/ha (k), changed by the farmer."""
RATE_UNITS = {Service.SPRAY: "L/ha", Service.SPREAD: "kg/ha", Service.SOW: "kg/ha"}
SERVICE_ICONS = {Service.SPRAY: "drop", Service.SPREAD: "grain", Service.SOW: "seed"}
SERVICE_NOTES = {
    Service.SPRAY: N_("Against weeds, insects and disease, or leaf feeding"),
    Service.SPREAD: N_("Granular fertiliser from the air"),
    Service.SOW: N_("Pre-germinated seed, evenly spread"),
}
OWN_ANSWERS = {
    "farmer": ("farmer", "search", "field", "after"),
    "field": ("field", "search", "after"),
    "work": ("service", "product", "dose-", "rate"),
    "mix": ("product", "dose-", "rate"),
    "days": ("when", "from", "until", "half", "harvest", "note"),
    "quote": (),
}
"""What each screen asks, by the beginning of the names; another farmer means another field, and so on."""
WINDOW_DAYS = {"1": 1, "3": 3, "7": 7}
_DOSE = "dose-"


@dataclass(frozen=True)
class Step:
    """One screen: its name in the address, its question, and the answer that the screens after it need."""

    name: str
    question: str
    asks: str = ""


FARMER = Step("farmer", N_("Who is the job for?"), "farmer")
FIELD = Step("field", N_("Which field?"), "field")
WORK = Step("work", N_("What shall we do?"), "service")
MIX = Step("mix", N_("With what?"))
DAYS = Step("days", N_("When may we come?"), "when")
QUOTE = Step("quote", N_("Is this right?"))


def steps_for(actor: Actor) -> tuple[Step, ...]:
    """Return the screens: those who book for others say first for whom."""
    own = (FIELD, WORK, MIX, DAYS, QUOTE)
    return (FARMER, *own) if actor.may_book_for_others else own


_MENDED_AT = {
    "allowed_from": DAYS,
    "allowed_until": DAYS,
    "half_days": DAYS,
    "planned_harvest_on": DAYS,
    "note": DAYS,
    "products": MIX,
    "rate_per_ha": MIX,
    "service": WORK,
}
FAULTS = {"half_days": N_("Choose the morning, the afternoon or both.")}
"""What is said of an answer where the general words about its form would say too little."""


def step_to_mend(refusal: DomainError | None, errors: Mapping[str, str]) -> Step:
    """Return the screen whose answer stands in the way, so that the reader is sent there first."""
    if errors:
        return step_of(next(iter(errors)))
    if isinstance(refusal, WindowInvalid | OverlappingRequest):
        return DAYS
    if isinstance(refusal, FieldArchived | PlanRefused):
        return FIELD
    return MIX if refusal is not None else FIELD


def step_of(name: str) -> Step:
    """Return the screen that asks for a part of the request."""
    return _MENDED_AT.get(name.split(".")[0], FIELD)


@dataclass(frozen=True)
class Progress:
    """Where the reader is, and everything answered so far."""

    steps: tuple[Step, ...]
    step: Step
    answers: QueryParams

    @property
    def number(self) -> int:
        return self.steps.index(self.step) + 1

    @property
    def previous(self) -> Step | None:
        return self.steps[self.number - 2] if self.number > 1 else None

    @property
    def following(self) -> Step | None:
        return self.steps[self.number] if self.number < len(self.steps) else None

    @property
    def missing(self) -> Step | None:
        """The first screen before this one whose answer is not given."""
        before = self.steps[: self.number - 1]
        return next((step for step in before if step.asks and not self._is_answered(step)), None)

    def _is_answered(self, step: Step) -> bool:
        # A field has its farmer, so who comes back from drawing one has answered both.
        return bool(self.answers.get(step.asks) or (step is FARMER and self.answers.get(FIELD.asks)))

    @property
    def here(self) -> str:
        """The address of this screen without its place in a list."""
        answers = [(name, value) for name, value in self.answers.multi_items() if name != "after"]
        return f"/book/{self.step.name}?{QueryParams(answers)}"

    def address(self, step: Step | None) -> str:
        """Return the address of another screen with the same answers."""
        return f"/book/{step.name}?{self.answers}" if step else "/"

    def kept(self) -> list[tuple[str, str]]:
        """Return the answers that a screen passes on: all but those it asks for itself."""
        own = OWN_ANSWERS[self.step.name]
        return [(name, value) for name, value in self.answers.multi_items() if not name.startswith(own)]


def window_of(answers: Mapping[str, str], today: date) -> dict[str, Any]:
    """Return the allowed days: a number of days from tomorrow, or the two dates that were typed."""
    days = WINDOW_DAYS.get(answers.get("when", ""))
    if days is None:
        return {"allowed_from": answers.get("from", ""), "allowed_until": answers.get("until", "")}
    first = today + timedelta(days=1)
    return {"allowed_from": first.isoformat(), "allowed_until": (first + timedelta(days=days - 1)).isoformat()}


def week_of(answers: QueryParams, today: date) -> dict[str, Any]:
    """Return the answers so far as a request for any half-day of the coming week."""
    flat = request_of(answers, today) | window_of({"when": "7"}, today)
    return flat | {"half_days": [half.value for half in HalfDay]}


def request_of(answers: QueryParams, today: date) -> dict[str, Any]:
    """Return the answers under the names of the schema of a request."""
    products = [
        {"product_id": product, "dose_per_ha": answers.get(_DOSE + product, "")}
        for product in answers.getlist("product")
    ]
    flat: dict[str, Any] = {
        "field_id": answers.get("field", ""),
        "service": answers.get("service", ""),
        "rate_per_ha": answers.get("rate", ""),
        "half_days": answers.getlist("half"),
        "planned_harvest_on": answers.get("harvest", ""),
        "note": answers.get("note", ""),
        **window_of(answers, today),
    }
    for index, product in enumerate(products):
        flat.update({f"products.{index}.{name}": value for name, value in product.items()})
    return flat
