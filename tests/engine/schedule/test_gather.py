"""Groups of waiting work along a road or canal: what is proposed can be done, no job twice, every sum is exact."""

from dataclasses import replace
from itertools import pairwise
from math import fsum
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drone_service.engine.errors import EngineError
from drone_service.engine.schedule.gather import gather
from drone_service.engine.schedule.pieces import Fit, Gathering, Piece, Room, Ways, fits
from drone_service.engine.schedule.problem import DuplicateId, ScheduleInvalid, UnknownLocation, Window

HOUR = 3600.0
DAY = (Window(0, 24 * HOUR),)
MORNING = Room("am", 5 * HOUR, 10 * HOUR, 0, 0)


def ways_of(points: list[tuple[float, float]], wash_s: float = 1200.0) -> Ways:
    """Return ways in km at 25 km/h over a plane; the first point is the base."""
    at = np.array(points)
    km = np.hypot(*(at[:, None, :] - at[None, :, :]).transpose(2, 0, 1))
    return Ways(km / 25.0 * HOUR, km, wash_s=wash_s)


def piece(number: int, **changes: object) -> Piece:
    parts: dict[str, object] = {"service_s": 1200.0, "windows": DAY, "group": "fungicide", "gear": "spray",
                                "area_m2": 10_000.0 + number, "quantity": 20.0, "price": 180_000}  # fmt: skip
    return Piece(f"p{number:03d}", number, **(parts | changes))  # type: ignore[arg-type]


CANAL = [(0.0, 0.0), *((8.0 + 0.4 * number, 3.0) for number in range(6))]


def test_fields_along_a_canal_are_one_group_in_order() -> None:
    (one,) = gather([piece(n) for n in (3, 1, 6, 2, 5, 4)], [MORNING], ways_of(CANAL), max_gap_km=1.0)
    assert one.pieces in [tuple(f"p{n:03d}" for n in range(1, 7)), tuple(f"p{n:03d}" for n in range(6, 0, -1))]
    assert one.gaps_km == pytest.approx([0.4] * 5)
    assert one.saved_km == pytest.approx(one.alone_km - one.km)
    assert one.km < one.alone_km / 4
    assert one.ha_per_h > one.alone_ha_per_h


def test_what_lies_further_than_the_gap_is_not_taken() -> None:
    points = [*CANAL, (11.6, 3.0)]  # 1.6 km beyond the last one
    assert "p007" not in gather([piece(n) for n in range(1, 8)], [MORNING], ways_of(points), max_gap_km=1.0)[0].pieces
    assert "p007" in gather([piece(n) for n in range(1, 8)], [MORNING], ways_of(points), max_gap_km=2.0)[0].pieces


def test_what_is_near_one_neighbour_only_is_not_put_between_two() -> None:
    """The third is 0.9 km from the first and 1.3 km from the second, and its hours lie between theirs."""
    points = [(0.0, 0.0), (10.0, 0.0), (10.9, 0.0), (10.0, 0.9)]
    hours = {1: (5.5, 6), 2: (7.5, 8), 3: (6.5, 7)}
    pieces = [piece(n, windows=(Window(begin * HOUR, end * HOUR),)) for n, (begin, end) in hours.items()]
    gathered = {gap_km: gather(pieces, [MORNING], ways_of(points), max_gap_km=gap_km)[0] for gap_km in (1.0, 1.3)}
    assert [one.pieces for one in gathered.values()] == [("p001", "p002"), ("p001", "p003", "p002")]


def test_a_group_ends_where_the_half_day_does() -> None:
    """Five hours with half an hour on the way each side hold four jobs of an hour, so six are two groups."""
    found = gather([piece(n, service_s=HOUR) for n in range(1, 7)], [MORNING], ways_of(CANAL), max_gap_km=1.0)
    assert sorted(len(one.pieces) for one in found) in ([2, 4], [3, 3])
    assert all(one.total_s <= 5 * HOUR for one in found)


def test_other_gear_is_never_put_together() -> None:
    mixed = [piece(n, gear="spray" if n % 2 else "spread") for n in range(1, 7)]
    found = gather(mixed, [MORNING], ways_of(CANAL), max_gap_km=1.0)
    assert {frozenset(int(name[1:]) % 2 for name in one.pieces) for one in found} == {frozenset({0}), frozenset({1})}


def test_washing_counts_against_a_link() -> None:
    """Near the base two ways of four minutes are not worth a wash-out of twenty."""
    points = [(0.0, 0.0), (0.8, 0.0), (0.9, 0.0)]
    same = [piece(1), piece(2)]
    assert len(gather(same, [MORNING], ways_of(points), max_gap_km=1.0)) == 1
    assert gather([piece(1), piece(2, group="herbicide")], [MORNING], ways_of(points), max_gap_km=1.0) == []


def test_windows_without_a_common_half_day_stay_apart() -> None:
    early, late = (Window(0, 7 * HOUR),), (Window(9 * HOUR, 10 * HOUR),)
    short = Room("am", 5 * HOUR, 8 * HOUR, 0, 0)
    pair = [piece(1, windows=early), piece(2, windows=late)]
    assert gather(pair, [short], ways_of(CANAL), max_gap_km=1.0) == []
    assert gather(pair, [MORNING], ways_of(CANAL), max_gap_km=1.0)[0].fits[0].starts_s[1] == 9 * HOUR


def test_a_room_between_two_visits_counts_their_washing() -> None:
    """The way in and out and two wash-outs leave too little of 80 minutes; without them it fits."""
    room = Room("gap", 6 * HOUR, 6 * HOUR + 4800, 1, 6, "herbicide", "herbicide")
    pair = [piece(3), piece(4)]
    assert gather(pair, [room], ways_of(CANAL), max_gap_km=1.0) == []
    assert len(gather(pair, [replace(room, start_group=None, end_group=None)], ways_of(CANAL), max_gap_km=1.0)) == 1


def test_the_order_is_turned_round_for_a_room_that_begins_at_the_other_end() -> None:
    ordered = [piece(n) for n in range(1, 7)]
    (fit,) = fits(ordered, [Room("gap", 0, 3 * HOUR, 6, 0)], ways_of(CANAL))
    assert fit.pieces == tuple(f"p{n:03d}" for n in range(6, 0, -1))


def test_a_place_without_a_road_is_left_out() -> None:
    ways = ways_of(CANAL)
    for matrix in (ways.travel_s, ways.travel_km):
        matrix[2, :] = matrix[:, 2] = np.inf
    found = gather([piece(n) for n in range(1, 7)], [MORNING], ways, max_gap_km=1.0)
    assert all("p002" not in one.pieces for one in found)


@pytest.mark.parametrize(
    ("pieces", "rooms", "gap", "error"),
    [
        ([piece(1), piece(1)], [MORNING], 1.0, DuplicateId),
        ([piece(1)], [MORNING, MORNING], 1.0, DuplicateId),
        ([piece(99)], [MORNING], 1.0, UnknownLocation),
        ([piece(1)], [Room("am", 0, 1, 0, 99)], 1.0, UnknownLocation),
        ([piece(1)], [MORNING], float("nan"), ScheduleInvalid),
    ],
)
def test_what_cannot_be_is_refused(
    pieces: list[Piece], rooms: list[Room], gap: float, error: type[EngineError]
) -> None:
    with pytest.raises(error):
        gather(pieces, rooms, ways_of(CANAL), max_gap_km=gap)


@st.composite
def waiting(draw: st.DrawFn) -> tuple[list[Piece], list[Room], Ways]:
    """Draw up to 14 pieces round a base, ways that differ by direction, and up to four rooms, some of no length."""
    size = draw(st.integers(1, 15))
    step = st.integers(0, 12)
    away_km = draw(st.sampled_from([0.0, 15.0]))  # far off the base a wash-out is worth it, near it nothing is
    points = [(0.0, 0.0), *((away_km + draw(step) / 2, draw(step) / 2) for _ in range(size - 1))]
    ways = ways_of(points, wash_s=float(draw(st.sampled_from([0, 1200]))))
    uneven = np.array([[draw(st.sampled_from([1.0, 1.0, 1.5])) for _ in points] for _ in points])
    ways = replace(ways, travel_s=np.ceil(ways.travel_s * uneven / 300) * 300, travel_km=ways.travel_km * uneven,
                   step_s=float(draw(st.sampled_from([0, 420]))))  # fmt: skip
    group = st.sampled_from(["herbicide", "fungicide", None])
    hours = st.integers(0, 12)
    pieces = []
    for number in range(1, size):
        windows = [(draw(hours), draw(st.integers(0, 12))) for _ in range(draw(st.integers(0, 3)))]
        pieces.append(
            Piece(
                f"p{number:03d}", draw(st.integers(0, size - 1)), 300.0 * draw(st.integers(0, 12)),
                tuple(Window(begin * HOUR, (begin + length) * HOUR) for begin, length in windows), draw(group),
                draw(st.sampled_from(["spray", "spray", "spread"])), float(draw(st.integers(300, 70_000))),
                draw(st.integers(0, 900)) / 10, draw(st.integers(0, 9_000_000)),
            )
        )  # fmt: skip
    place = st.integers(0, size - 1)
    rooms = []
    for number in range(draw(st.integers(0, 4))):
        begin = draw(hours) * HOUR
        end = begin + draw(st.integers(0, 8)) * HOUR
        rooms.append(Room(f"r{number}", begin, end, draw(place), draw(place), draw(group), draw(group)))
    return pieces, rooms, ways


@given(waiting(), st.sampled_from([0.0, 0.6, 2.0, 9.0]))
def test_every_group_can_be_done_and_every_sum_is_exact(
    drawn: tuple[list[Piece], list[Room], Ways], gap_km: float
) -> None:
    pieces, rooms, ways = drawn
    found = gather(pieces, rooms, ways, max_gap_km=gap_km)
    names = [name for one in found for name in one.pieces]
    assert len(names) == len(set(names)), "a piece is in two groups"
    by_name = {one.id: one for one in pieces}
    for one in found:
        own = [by_name[name] for name in one.pieces]
        assert len(own) > 1
        assert len({each.gear for each in own}) == 1
        assert all(gap <= gap_km for gap in one.gaps_km)
        assert one.price == sum(each.price for each in own)
        assert one.area_m2 == fsum(each.area_m2 for each in own)
        assert one.quantity == fsum(each.quantity for each in own)
        check_ways(one, own, ways)
        assert one.fits
        for fit in one.fits:
            check_fit(fit, {each.id: each for each in own}, {room.id: room for room in rooms}[fit.room], ways)
    assert [one.saved_s for one in found] == sorted((one.saved_s for one in found), reverse=True)
    assert all(one.saved_s > 0 for one in found)


def check_ways(one: Gathering, own: list[Piece], ways: Ways) -> None:
    """Add everything up again from the matrices."""
    travel = km = alone = alone_km = 0.0
    place = ways.base
    for each in own:
        travel += ways.travel_s[place, each.location]
        km += ways.travel_km[place, each.location]
        alone += ways.travel_s[ways.base, each.location] + ways.travel_s[each.location, ways.base]
        alone_km += ways.travel_km[ways.base, each.location] + ways.travel_km[each.location, ways.base]
        place = each.location
    travel += ways.travel_s[place, ways.base]
    km += ways.travel_km[place, ways.base]
    washes = [a.group is not None and b.group is not None and a.group != b.group
              for a, b in pairwise(own)]  # fmt: skip
    assert one.wash_s == sum(washes) * ways.wash_s
    assert one.work_s == sum(each.service_s for each in own)
    assert (one.travel_s, one.alone_s) == pytest.approx((travel, alone))
    assert (one.km, one.alone_km) == pytest.approx((km, alone_km))
    assert one.total_s == pytest.approx(one.work_s + travel + sum(washes) * ways.wash_s)


def check_fit(fit: Fit, own: dict[str, Piece], room: Room, ways: Ways) -> None:
    """Walk through a room minute by minute; nothing is shared with the search."""
    assert set(fit.pieces) == set(own)
    free, place, group = room.start_s, room.start_location, room.start_group
    for name, start in zip(fit.pieces, fit.starts_s, strict=True):
        each = own[name]
        washed = ways.wash_s if None not in (group, each.group) and group != each.group else 0.0
        assert start >= free + stepped(washed, ways) + stepped(ways.travel_s[place, each.location], ways)
        assert any(window.start_s <= start and start + each.service_s <= window.end_s for window in each.windows)
        free, place, group = start + each.service_s, each.location, each.group
    washed = ways.wash_s if None not in (group, room.end_group) and group != room.end_group else 0.0
    assert free + stepped(washed, ways) + stepped(ways.travel_s[place, room.end_location], ways) <= room.end_s


def stepped(seconds: float, ways: Ways) -> float:
    """Return a time as a schedule of whole steps keeps it free."""
    return -(-seconds // ways.step_s) * ways.step_s if ways.step_s else float(seconds)


@given(waiting(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(drawn: tuple[list[Piece], list[Room], Ways], random: Random) -> None:
    pieces, rooms, ways = drawn
    shuffled = pieces[:]
    random.shuffle(shuffled)
    assert gather(shuffled, rooms, ways, max_gap_km=2.0) == gather(pieces, rooms, ways, max_gap_km=2.0)
