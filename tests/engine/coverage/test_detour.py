"""Lines bent round small obstacles."""

import numpy as np
import pytest
from shapely.geometry import Point, Polygon, box

from drone_service.engine.coverage.check import check
from drone_service.engine.coverage.detour import bent
from tests.engine.coverage.shapes import plan_of

HOLED = box(0, 0, 40, 20).difference(Point(20, 10).buffer(3, quad_segs=2))


def test_a_line_across_a_small_hole_goes_round_it() -> None:
    lines = bent(np.array([[[0.0, 10.0], [40.0, 10.0]]]), HOLED, 11.0)
    assert len(lines) == 2
    assert lines[0, 0].tolist() == [0.0, 10.0]
    assert lines[1, 1].tolist() == [40.0, 10.0]
    assert (lines[0, 1] == lines[1, 0]).all()


def test_a_line_that_lies_in_the_hole_is_left_out() -> None:
    assert bent(np.array([[[18.0, 10.0], [22.0, 10.0]]]), HOLED, 11.0).shape == (0, 2, 2)


@pytest.mark.parametrize("share", [0.3, 0.45])
def test_a_field_that_is_little_more_than_its_hole_is_planned(share: float) -> None:
    field = Polygon([(0, 0), (8, 0), (8, 8), (0, 8)]).difference(Point(4, 4).buffer(8 * share, quad_segs=2))
    assert isinstance(field, Polygon)
    assert check(field, plan_of(field, 10.0, min_coverage=0.9)) == []
