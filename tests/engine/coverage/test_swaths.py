"""Lines in one direction: where they lie, how many, and in which direction the best ones run."""

import math

import numpy as np
import pytest
import shapely
from shapely.geometry import Polygon, box

from drone_service.engine.coverage.cover import EdgeLines, measure_cover, raise_to_floor
from drone_service.engine.coverage.settings import FlightSettings, Wishes, settle
from drone_service.engine.coverage.swaths import Edges, best_layouts, directions, each_direction, layouts
from drone_service.engine.operation import Service
from tests.engine.coverage.shapes import T40


def settings(**wishes: float) -> FlightSettings:
    return settle(T40, Service.SPRAY, 20, Wishes(swath_m=10, **wishes))


def test_chords_of_a_field_with_a_hole() -> None:
    field = box(0, 0, 100, 60).difference(box(40, 20, 60, 40))
    level, begin, end = Edges.of(field, 0.0).chords(np.array([10.0, 30.0, 70.0]))
    assert level.tolist() == [0, 1, 1]
    assert begin.tolist() == [0, 0, 60]
    assert end.tolist() == [100, 40, 100]


def test_a_level_through_a_corner_has_whole_chords() -> None:
    diamond = Polygon([(0, -10), (10, 0), (0, 10), (-10, 0)])
    level, begin, end = Edges.of(diamond, 0.0).chords(np.array([0.0]))
    assert (level.tolist(), begin.tolist(), end.tolist()) == ([0], [-10], [10])


def test_the_best_lines_run_along_a_rectangle() -> None:
    turned = shapely.affinity.rotate(box(0, 0, 300, 80), 27, origin=(0, 0))
    best = best_layouts(turned, settings(), 1)[0]
    assert math.degrees(best.angle) == pytest.approx(27, abs=0.01)
    # 80 m at 10 m: eight lines of 300 m.
    assert len(best.row) == 8
    assert (best.end - best.begin).tolist() == pytest.approx([300] * 8)


def test_directions_do_not_repeat() -> None:
    found = sorted(directions(box(0, 0, 300, 80), 10))
    assert len(found) == 12
    assert all(0 <= angle < math.pi for angle in found)


def test_each_direction_comes_before_a_second_layout_of_one() -> None:
    found = best_layouts(Polygon([(0, 0), (300, 20), (280, 200), (10, 160)]), settings(), 60)
    tens = [round(math.degrees(layout.angle) / 10) for layout in each_direction(found, 60)]
    assert len(set(tens[: len(set(tens))])) == len(set(tens)) < len(tens)
    assert [round(math.degrees(layout.angle) / 10) for layout in found] != tens
    assert each_direction(found, 5) == each_direction(found, 60)[:5]


def test_every_line_lies_in_the_field() -> None:
    field = Polygon([(0, 0), (90, 10), (120, 80), (60, 50), (10, 95)])
    for layout in layouts(field, 0.4, settings()):
        lines = shapely.linestrings(layout.lines())
        assert shapely.covers(field.buffer(1e-6), lines).all()


def test_extra_lines_reach_the_floor_where_lines_alone_do_not() -> None:
    # One line of four leaves three quarters of the square out.
    field, one = box(0, 0, 40, 40), np.array([[[0.0, 5.0], [40.0, 5.0]]])
    before = measure_cover(field, one, 10)
    assert before.share(field.area) == pytest.approx(0.25)
    after, added = raise_to_floor(field, EdgeLines(field, 10), before, settings())
    assert added >= 3
    assert after.share(field.area) >= 0.98


def test_the_floor_that_is_reached_is_that_of_the_field_and_not_of_where_lines_lie() -> None:
    # A strip of 39.18 m covers 97.95 % of the square, which is more than 98 % of what is left 20 cm inside its edge.
    field, one = box(0, 0, 40, 40), np.array([[[0.0, 20.0], [40.0, 20.0]]])
    before = measure_cover(field, one, 39.18)
    inside = field.buffer(-0.2, join_style="mitre")
    assert before.covered_m2 > 0.98 * inside.area
    _, added = raise_to_floor(field, EdgeLines(inside, 10), before, settings())
    assert added == 1
