"""The life of a job, who may move it, and when a request is refused. Plain values in and out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from drone_service.access.rules import Actor, Role, role_needed
from drone_service.kit.errors import Conflict, Invalid, NotFound
from drone_service.kit.i18n import N_, Named
from drone_service.planning.schemas import MixSheet, PhaseSeconds, ZoneLossOut

MAX_WINDOW_DAYS = 60
MAX_DAYS_AHEAD = 365


class State(StrEnum):
    """Where a job is in its life."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    PARTLY_DONE = "partly_done"
    INVOICED = "invoiced"
    PAID = "paid"
    CANCELLED = "cancelled"
    REFUSED = "refused"


class Event(StrEnum):
    """What moves a job from one state to the next."""

    REQUEST = "request"
    EDIT = "edit"
    CONFIRM = "confirm"
    REFUSE = "refuse"
    CANCEL = "cancel"
    REINSTATE = "reinstate"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    START = "start"
    GIVE_BACK = "give_back"
    FINISH = "finish"
    STOP = "stop"
    INVOICE = "invoice"
    PAY = "pay"
    REVERSE_PAYMENT = "reverse_payment"


class HalfDay(StrEnum):
    """Half a working day."""

    MORNING = "am"
    AFTERNOON = "pm"


MOVES: dict[tuple[State, Event], State] = {
    (State.REQUESTED, Event.EDIT): State.REQUESTED,
    (State.REQUESTED, Event.CONFIRM): State.CONFIRMED,
    (State.REQUESTED, Event.REFUSE): State.REFUSED,
    (State.REQUESTED, Event.CANCEL): State.CANCELLED,
    (State.CONFIRMED, Event.CANCEL): State.CANCELLED,
    (State.CONFIRMED, Event.SCHEDULE): State.SCHEDULED,
    (State.SCHEDULED, Event.SCHEDULE): State.SCHEDULED,
    (State.SCHEDULED, Event.UNSCHEDULE): State.CONFIRMED,
    (State.SCHEDULED, Event.CANCEL): State.CANCELLED,
    (State.SCHEDULED, Event.START): State.IN_PROGRESS,
    (State.IN_PROGRESS, Event.FINISH): State.DONE,
    (State.IN_PROGRESS, Event.STOP): State.PARTLY_DONE,
    (State.IN_PROGRESS, Event.GIVE_BACK): State.CONFIRMED,
    (State.DONE, Event.INVOICE): State.INVOICED,
    (State.PARTLY_DONE, Event.INVOICE): State.INVOICED,
    (State.INVOICED, Event.PAY): State.PAID,
    (State.PAID, Event.REVERSE_PAYMENT): State.INVOICED,
    (State.CANCELLED, Event.REINSTATE): State.REQUESTED,
}
"""Every allowed move. What is not here is refused; a new job begins as requested."""

OPEN_STATES = frozenset({State.REQUESTED, State.CONFIRMED, State.SCHEDULED, State.IN_PROGRESS})
"""A job in one of these still has work to come."""
WAITING_STATES = frozenset({State.REQUESTED, State.CONFIRMED})
NOT_BEGUN_STATES = WAITING_STATES | {State.SCHEDULED}
WORKED_STATES = frozenset({State.DONE, State.PARTLY_DONE, State.INVOICED, State.PAID})
NEEDS_REASON = frozenset({Event.REFUSE, Event.CANCEL, Event.STOP, Event.GIVE_BACK})
FARMER_EVENTS = frozenset({Event.REQUEST, Event.EDIT, Event.CANCEL, Event.REINSTATE})
"""What a farmer may do to their own job, and an agent to anybody's; the rest is for operators and owners."""

STATE_NAMES = {
    State.REQUESTED: N_("Requested"),
    State.CONFIRMED: N_("Confirmed"),
    State.SCHEDULED: N_("Scheduled"),
    State.IN_PROGRESS: N_("In progress"),
    State.DONE: N_("Done"),
    State.PARTLY_DONE: N_("Partly done"),
    State.INVOICED: N_("Invoiced"),
    State.PAID: N_("Paid"),
    State.CANCELLED: N_("Cancelled"),
    State.REFUSED: N_("Refused"),
}
EVENT_NAMES = {
    Event.REQUEST: N_("asked for the job"),
    Event.EDIT: N_("changed the request"),
    Event.CONFIRM: N_("confirmed the job"),
    Event.REFUSE: N_("refused the job"),
    Event.CANCEL: N_("cancelled the job"),
    Event.REINSTATE: N_("took the cancellation back"),
    Event.SCHEDULE: N_("put the job on the schedule"),
    Event.UNSCHEDULE: N_("took the job off the schedule"),
    Event.START: N_("began the work"),
    Event.GIVE_BACK: N_("gave the job back with nothing done"),
    Event.FINISH: N_("finished the work"),
    Event.STOP: N_("stopped half-way"),
    Event.INVOICE: N_("made the invoice"),
    Event.PAY: N_("recorded the full payment"),
    Event.REVERSE_PAYMENT: N_("took a payment back"),
}

HALF_DAY_NAMES = {HalfDay.MORNING: N_("Morning"), HalfDay.AFTERNOON: N_("Afternoon")}


class QuoteLine(BaseModel):
    """One part of a price: `amount_vnd` is `quantity` times `unit_price_vnd`, rounded, or a top-up to the minimum."""

    model_config = ConfigDict(frozen=True)
    kind: str
    quantity: float
    unit: str
    unit_price_vnd: int
    amount_vnd: int


class QuotedProduct(BaseModel):
    """A product as it was when the job was quoted; later changes to the catalogue do not reach it."""

    model_config = ConfigDict(frozen=True)
    product_id: UUID
    name: str
    group: str
    dose_per_ha: float
    unit: str
    total: float
    phi_days: int


class Quote(BaseModel):
    """What the farmer was told: area, litres or kilograms, time and price with its parts."""

    model_config = ConfigDict(frozen=True)
    area_m2: float
    """What is sprayed and billed."""
    field_m2: float | None = None
    """The whole field; quotes from before zones were known have none."""
    lost_m2: float = 0.0
    """What all zones take together; it is neither sprayed nor billed."""
    zones: list[ZoneLossOut] = Field(default_factory=list)
    rate_per_ha: float
    rate_unit: str
    total_quantity: float
    loads: int
    battery_swaps: int
    service_s: float
    service_s_p10: float
    service_s_p90: float
    phases: PhaseSeconds | None = None
    """The plan's own seconds, before finished jobs moved `service_s`; old quotes have none."""
    learned_from_jobs: int = 0
    aircraft_model: str
    products: list[QuotedProduct]
    mix: MixSheet | None = None
    """What goes into each load; quotes from before it was kept have none."""
    lines: list[QuoteLine]
    total_vnd: int
    price_id: UUID
    quoted_at: AwareDatetime
    frozen_at: AwareDatetime | None = None


class MoveNotAllowed(Conflict):
    code = "booking.move_not_allowed"
    title: ClassVar[str] = N_("This cannot be done now")
    detail: ClassVar[str] = N_("The job is in the state “%(state)s”, from which this step is not possible.")


class ReasonNeeded(Invalid):
    code = "booking.reason_needed"
    title: ClassVar[str] = N_("Say why")
    detail: ClassVar[str] = N_("Write the reason, so that the farmer and the crew can read it.")


class WindowInvalid(Invalid):
    code = "booking.window_invalid"
    title: ClassVar[str] = N_("The days do not fit")
    detail: ClassVar[str] = N_(
        "Choose days from today on, the last not before the first, at most %(max_days)s days apart."
    )


class PhiPastHarvest(Invalid):
    code = "booking.phi_past_harvest"
    title: ClassVar[str] = N_("Too close to the harvest")
    detail: ClassVar[str] = N_(
        "%(product)s must be sprayed at least %(phi_days)s days before the harvest on %(harvest_on)s: "
        "on %(latest_on)s at the latest."
    )


class OverlappingRequest(Conflict):
    code = "booking.overlapping_request"
    title: ClassVar[str] = N_("Already asked for")
    detail: ClassVar[str] = N_("There is an open job for this field with the same product on overlapping days.")


class WrongCrop(Invalid):
    code = "booking.wrong_crop"
    title: ClassVar[str] = N_("Not for this crop")
    detail: ClassVar[str] = N_("%(product)s is not registered for %(crop)s.")


class RateNeeded(Invalid):
    code = "booking.rate_needed"
    title: ClassVar[str] = N_("How much per hectare?")
    detail: ClassVar[str] = N_("Spreading and sowing need the kilograms per hectare.")


class BlockNotFound(NotFound):
    code = "booking.block_not_found"


class NotOneWork(Conflict):
    code = "booking.not_one_work"
    title: ClassVar[str] = N_("Not the same work")
    detail: ClassVar[str] = N_(
        "Job no. %(number)s cannot be flown with the others: as one are flown waiting jobs with the same work, rate and"
        " products and a day in common, each in one block only."
    )


class JobNotFound(NotFound):
    code = "booking.job_not_found"


@dataclass(frozen=True)
class Window:
    """The days on which a job may be done, both ends included, and the halves of those days."""

    first: date
    last: date
    halves: frozenset[HalfDay]

    def overlaps(self, other: "Window") -> bool:
        """Tell whether both could fall on the same half-day."""
        return self.first <= other.last and other.first <= self.last and bool(self.halves & other.halves)


def next_state(state: State, event: Event) -> State:
    """Return where an event leads. Raises MoveNotAllowed."""
    try:
        return MOVES[state, event]
    except KeyError:
        raise MoveNotAllowed(state=Named(state.value, STATE_NAMES[state]), event=event.value) from None


def ensure_may(actor: Actor, event: Event, farmer_id: UUID) -> None:
    """Refuse an actor who may not make this move of this farmer's job. Raises RoleNeeded."""
    if actor.is_staff:
        return
    if event not in FARMER_EVENTS:
        raise role_needed(Role.OPERATOR, Role.OWNER)
    if actor.person_id != farmer_id and not actor.has(Role.AGENT):
        raise role_needed(Role.AGENT)


def ensure_reason(event: Event, reason: str) -> None:
    """Refuse a move that must be explained and is not. Raises ReasonNeeded."""
    if event in NEEDS_REASON and not reason.strip():
        raise ReasonNeeded


def ensure_window(window: Window, today: date) -> None:
    """Refuse days in the past, in the wrong order or too far away. Raises WindowInvalid."""
    in_order = today <= window.first <= window.last
    near = window.last - window.first <= timedelta(days=MAX_WINDOW_DAYS)
    near = near and window.last - today <= timedelta(days=MAX_DAYS_AHEAD)
    if not (in_order and near and window.halves):
        raise WindowInvalid(max_days=MAX_WINDOW_DAYS)


def ensure_phi(product: str, phi_days: int, last_day: date, harvest_on: date | None) -> None:
    """Refuse a product whose pre-harvest interval, counted from the last allowed day, ends after the harvest.

    Earliest harvest = last spray date + PHI days from the label. Raises PhiPastHarvest.
    """
    if harvest_on is None or last_day + timedelta(days=phi_days) <= harvest_on:
        return
    latest_on = harvest_on - timedelta(days=phi_days)
    raise PhiPastHarvest(
        product=product,
        phi_days=phi_days,
        harvest_on=harvest_on.strftime("%d/%m/%Y"),
        latest_on=latest_on.strftime("%d/%m/%Y"),
    )


def ensure_not_overlapping(
    window: Window, product_ids: frozenset[UUID], others: Iterable[tuple[Window, frozenset[UUID]]]
) -> None:
    """Refuse a second open job for the same field with a product in common, or both without one.

    `others` are the windows and products of the field's open jobs of the same service. Raises OverlappingRequest.
    """
    for other_window, other_products in others:
        same_work = product_ids & other_products or not (product_ids or other_products)
        if same_work and window.overlaps(other_window):
            raise OverlappingRequest


def wash_group(groups: Iterable[str]) -> str:
    """Return the group that decides whether the tank is washed before and after: the most dangerous one in the mix.

    A trace of herbicide in the next tank damages a crop, so it comes first (common practice, k).
    """
    ranking = ("herbicide", "insecticide", "fungicide", "growth_regulator", "fertiliser", "seed", "adjuvant", "other")
    present = set(groups)
    return next((group for group in ranking if group in present), "other")
