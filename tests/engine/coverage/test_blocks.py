"""Fields flown as one: the shares add up to the whole, and a line runs across the border."""

import math
from typing import Any

import hypothesis
import numpy as np
import pytest
import shapely
from hypothesis import strategies as st

from drone_service.engine.coverage.blocks import Member, NotABlock, disjoint, groups, joined, share_block
from drone_service.engine.coverage.check import Surroundings, check
from drone_service.engine.coverage.document import PlannedField, plan_document
from drone_service.engine.coverage.plan import Plan, Sortie
from drone_service.engine.coverage.planner import plan_field
from drone_service.engine.coverage.settings import settle
from drone_service.engine.coverage.task import Task
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.operation import Service
from drone_service.fleet.catalogue import load_catalogue

SETTINGS = settle(load_catalogue()["dji-agras-t40"], Service.SPRAY, 20.0)
WEST, EAST = shapely.box(0, 0, 100, 60), shapely.box(100.3, 0, 160.3, 60)
"""6,000 and 3,600 m² with a dyke of 30 cm between them."""


def planned(*shapes: Any, alone: bool = True, **wishes: Any) -> tuple[Any, Plan, list[Member]]:
    """Plan a block and its members."""
    apart = disjoint(shapes)
    whole = joined(apart)
    plan = plan_field(Task(whole, math.fsum(shape.area for shape in apart), SETTINGS, **wishes))
    seconds = [plan_field(Task(shape, shape.area, SETTINGS, **wishes)).total_s if alone else 0.0 for shape in apart]
    labels = "abcdefgh"
    members = [Member(labels[i], shape, shape.area, seconds[i]) for i, shape in enumerate(apart)]
    return whole, plan, members


def flight(*legs: tuple[tuple[float, float], tuple[float, float]], quantity: float) -> Sortie:
    path = [(0.0, 0.0, 0)]
    for start, end in legs:
        path += [(*start, 0), (*end, 1)]
    sprayed_m = sum(math.dist(*leg) for leg in legs)
    return Sortie((*path, (0.0, 0.0, 0)), sprayed_m, 0.0, 0, quantity, 0.0, 100.0, 0.0, 0.5)


def test_a_block_shared_by_hand() -> None:
    # Two members of 100 × 60 and 60 × 60 m that touch, two flights. The first sprays 160 m along y = 10: 100 over
    # the western one, 60 over the eastern. The second sprays 40 m over the eastern one only.
    west, east = shapely.box(0, 0, 100, 60), shapely.box(100, 0, 160, 60)
    sorties = (
        flight(((0, 10), (160, 10)), quantity=16.0),
        flight(((110, 20), (150, 20)), quantity=3.2),
    )
    plan = Plan(
        settings=SETTINGS, area_m2=9_600, refill=(0, 0), refill_is_in_field=True, quantity=19.2, coverage=1.0,
        outside_m2=0, overlap_m2=0, sorties=sorties, flight_s=200.0, ground_s=360.0, lower_bound_s=0, warnings=(),
    )  # fmt: skip
    told = share_block(plan, [Member("w", west, 6_000, 400.0), Member("e", east, 3_600, 300.0)])
    first, second = told.members
    assert (first.quantity, second.quantity) == pytest.approx((12.0, 7.2))
    assert (first.part, second.part) == (0.625, 0.375)
    assert first.by_sortie == pytest.approx((10.0, 0.0))
    assert second.by_sortie == pytest.approx((6.0, 3.2))
    # 200 m sprayed, 100 over each. What the legs with the nozzles off take is transit, there is no turn, so spraying is
    # the flight time less the transit.
    v, a = SETTINGS.speed_m_s, SETTINGS.acceleration_m_s2
    transit_s = sum(length / v + v / a if length > v * v / a else 2 * math.sqrt(length / a)
                    for length in (10, math.hypot(160, 10), math.hypot(110, 20), math.hypot(150, 20)))  # fmt: skip
    spray_s = 200 - transit_s
    assert first.seconds == pytest.approx(0.5 * spray_s + 0.625 * (560 - spray_s))
    assert first.seconds + second.seconds == pytest.approx(560)
    assert (told.alone_s, told.saving_s) == (700.0, pytest.approx(140.0))
    assert told.saving_share == pytest.approx(0.2)


def test_a_slit_between_two_members_is_closed_and_a_notch_is_not() -> None:
    notched = shapely.box(0, 0, 100, 60).difference(shapely.box(50, 30, 50.3, 60))
    whole = joined([notched, EAST])
    # 0.3 × 60 m of the slit are closed, 0.3 × 30 m of the notch are still open.
    assert whole.geom_type == "Polygon"
    assert whole.area == pytest.approx(notched.area + EAST.area + 18.0, abs=0.01)


def test_a_block_across_a_border_saves_time_and_passes_the_check() -> None:
    whole, plan, members = planned(WEST, EAST)
    told = share_block(plan, members)
    assert check(whole, plan, Surroundings(whole)) == []
    assert told.saving_s is not None
    assert told.saving_s > SETTINGS.setup_s
    legs = [
        (before, after)
        for sortie in plan.sorties
        for before, after in zip(sortie.path, sortie.path[1:], strict=False)
        if after[2]
    ]
    assert any(min(a[0], b[0]) < 99 and max(a[0], b[0]) > 101 for a, b in legs)


def test_a_canal_is_flown_over_unsprayed() -> None:
    far = shapely.box(106, 0, 166, 60)
    assert groups([WEST, far], 5.9) == [[0], [1]]
    assert groups([WEST, far], 6.0) == [[0, 1]]
    whole, plan, members = planned(WEST, far)
    assert whole.geom_type == "MultiPolygon"
    assert check(whole, plan, Surroundings(whole)) == []
    canal = shapely.box(100.01, 0, 105.99, 60)
    for sortie in plan.sorties:
        for before, after in zip(sortie.path, sortie.path[1:], strict=False):
            assert not (after[2] and shapely.LineString([before[:2], after[:2]]).intersects(canal))
    assert math.fsum(member.seconds for member in share_block(plan, members).members) == pytest.approx(plan.total_s)


def test_what_two_members_cover_counts_for_the_first() -> None:
    first, second = disjoint([shapely.box(0, 0, 100, 60), shapely.box(90, 0, 160, 60)])
    assert (first.area, second.area) == (6_000, 3_600)
    with pytest.raises(NotABlock):
        disjoint([shapely.box(0, 0, 100, 60), shapely.box(10, 10, 20, 20)])


def test_no_saving_is_told_where_one_cannot_be_flown_alone() -> None:
    _, plan, members = planned(WEST, EAST)
    told = share_block(plan, [members[0], Member("b", members[1].shape, members[1].area_m2, None)])
    assert (told.alone_s, told.saving_s, told.saving_share) == (None, None, None)


@pytest.mark.parametrize(("alone_s", "says"), [(100.0, True), (10_000.0, False)])
def test_a_block_that_does_not_pay_says_so(alone_s: float, says: bool) -> None:
    whole, plan, members = planned(WEST, EAST, alone=False)
    told = share_block(plan, [Member(one.label, one.shape, one.area_m2, alone_s) for one in members])
    plane = LocalPlane.at(105.7, 9.4)
    document: dict[str, Any] = plan_document(PlannedField("a", plane.to_lonlat(whole), plan, plane, told))
    assert document["saving_s"] == pytest.approx(2 * alone_s - plan.total_s, abs=0.01)
    assert any("does not pay" in warning for warning in document["warnings"]) is says


CUTS = st.lists(st.floats(15, 80), min_size=2, max_size=5)


@hypothesis.settings(max_examples=25, deadline=None)
@hypothesis.given(widths=CUTS, height=st.floats(20, 120), gap=st.floats(0, 3), turn=st.floats(0, math.pi))
def test_every_share_adds_up(widths: list[float], height: float, gap: float, turn: float) -> None:
    starts = np.cumsum([0.0, *widths[:-1]]) + gap * np.arange(len(widths))
    shapes = [
        shapely.affinity.rotate(shapely.box(x, 0, x + width, height), turn, origin=(0, 0), use_radians=True)
        for x, width in zip(starts, widths, strict=True)
    ]
    whole, plan, members = planned(*shapes, alone=False)
    told = share_block(plan, members)
    plane = LocalPlane.at(105.7, 9.4)
    document: dict[str, Any] = plan_document(PlannedField("a", plane.to_lonlat(whole), plan, plane, told))
    rows = document["members"]
    for column, whole_figure, digits in (
        ("area_m2", "area_m2", 3), ("litres", "litres", 4), ("seconds", "total_s", 2),
    ):  # fmt: skip
        assert round(math.fsum(row[column] for row in rows), digits) == document[whole_figure]
    assert round(math.fsum(row["price_share"] for row in rows), 6) == 1
    for row, shape in zip(rows, members, strict=True):
        assert row["litres"] == pytest.approx(20 * shape.area_m2 / 10_000, abs=2e-4)
    for number, sortie in enumerate(document["sorties"]):
        assert round(math.fsum(sortie["members"]), 4) == sortie["litres"]
        assert all(member.by_sortie[number] >= 0 for member in told.members)
