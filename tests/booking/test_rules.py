"""The life of a job as a table: every pair of state and event is either allowed or refused."""

from datetime import date
from itertools import product
from uuid import uuid4

import pytest

from drone_service.access.rules import Actor, Role, RoleNeeded
from drone_service.booking.rules import (
    MOVES,
    Event,
    HalfDay,
    MoveNotAllowed,
    OverlappingRequest,
    PhiPastHarvest,
    ReasonNeeded,
    State,
    Window,
    WindowInvalid,
    ensure_may,
    ensure_not_overlapping,
    ensure_phi,
    ensure_reason,
    ensure_window,
    next_state,
    wash_group,
)

TODAY = date(2026, 3, 10)
BOTH = frozenset(HalfDay)
PRODUCT = uuid4()


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_only_listed_moves_are_allowed(state: State, event: Event) -> None:
    if (state, event) in MOVES:
        assert next_state(state, event) is MOVES[state, event]
    else:
        with pytest.raises(MoveNotAllowed):
            next_state(state, event)


def test_every_state_can_be_reached() -> None:
    reached, before = {State.REQUESTED}, set[State]()
    while reached != before:
        before = set(reached)
        reached |= {after for (state, _), after in MOVES.items() if state in reached}
    assert reached == set(State)


def test_nothing_leads_out_of_refused() -> None:
    assert [event for state, event in MOVES if state is State.REFUSED] == []


def actor(*roles: Role) -> Actor:
    return Actor(person_id=uuid4(), cooperative_id=uuid4(), roles=frozenset(roles))


def test_a_farmer_cancels_only_their_own() -> None:
    farmer = actor(Role.FARMER)
    ensure_may(farmer, Event.CANCEL, farmer.person_id)
    with pytest.raises(RoleNeeded):
        ensure_may(farmer, Event.CANCEL, uuid4())
    with pytest.raises(RoleNeeded):
        ensure_may(farmer, Event.CONFIRM, farmer.person_id)


def test_an_agent_cancels_for_others_and_confirms_nothing() -> None:
    ensure_may(actor(Role.AGENT), Event.CANCEL, uuid4())
    with pytest.raises(RoleNeeded):
        ensure_may(actor(Role.AGENT), Event.CONFIRM, uuid4())


@pytest.mark.parametrize("event", [Event.CANCEL, Event.REFUSE, Event.STOP])
def test_some_moves_say_why(event: Event) -> None:
    ensure_reason(event, "mưa")
    with pytest.raises(ReasonNeeded):
        ensure_reason(event, "  ")


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 3, 9), date(2026, 3, 12)),  # yesterday
        (date(2026, 3, 12), date(2026, 3, 11)),  # the wrong way round
        (date(2026, 3, 12), date(2026, 5, 12)),  # 61 days
    ],
)
def test_days_that_do_not_fit(first: date, last: date) -> None:
    with pytest.raises(WindowInvalid):
        ensure_window(Window(first, last, BOTH), TODAY)


def test_today_and_sixty_days_fit() -> None:
    ensure_window(Window(TODAY, TODAY, BOTH), TODAY)
    ensure_window(Window(date(2026, 3, 12), date(2026, 5, 11), BOTH), TODAY)


def test_phi_counts_from_the_last_allowed_day() -> None:
    # 12 March + 14 days = 26 March: a harvest on that day is the first one allowed.
    ensure_phi("x", 14, date(2026, 3, 12), date(2026, 3, 26))
    ensure_phi("x", 14, date(2026, 3, 12), None)
    with pytest.raises(PhiPastHarvest) as refusal:
        ensure_phi("x", 14, date(2026, 3, 12), date(2026, 3, 25))
    assert refusal.value.params["latest_on"] == "11/03/2026"


def test_overlaps_need_the_same_half_day_and_a_common_product() -> None:
    morning = Window(TODAY, TODAY, frozenset({HalfDay.MORNING}))
    afternoon = Window(TODAY, TODAY, frozenset({HalfDay.AFTERNOON}))
    ensure_not_overlapping(morning, frozenset({PRODUCT}), [(afternoon, frozenset({PRODUCT}))])
    ensure_not_overlapping(morning, frozenset({PRODUCT}), [(morning, frozenset({uuid4()}))])
    for products in (frozenset({PRODUCT}), frozenset[type(PRODUCT)]()):
        with pytest.raises(OverlappingRequest):
            ensure_not_overlapping(morning, products, [(morning, products)])


def test_herbicide_decides_the_wash_out() -> None:
    assert wash_group(["fungicide", "herbicide"]) == "herbicide"
    assert wash_group([]) == "other"
