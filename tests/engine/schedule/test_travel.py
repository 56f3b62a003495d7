"""Great-circle travel, against distances worked out by hand."""

import numpy as np
import pytest

from drone_service.engine.schedule.problem import NegativeTime, ScheduleInvalid
from drone_service.engine.schedule.travel import great_circle_km, travel_matrices


def test_one_degree_of_longitude_on_the_equator() -> None:
    # 6371.0088 km × π / 180 = 111.19508 km
    assert great_circle_km([(105.0, 0.0), (106.0, 0.0)])[0, 1] == pytest.approx(111.19508, abs=1e-4)


def test_time_is_distance_times_the_factor_at_the_speed() -> None:
    # 111.19508 × 1.4 = 155.67311 km; at 25 km/h 6.226924 h = 22416.93 s
    seconds, km = travel_matrices([(105.0, 0.0), (105.0, 1.0)])
    assert km[0, 1] == pytest.approx(155.67311, abs=1e-4)
    assert seconds[0, 1] == pytest.approx(22416.93, abs=0.01)
    assert km[0, 0] == 0
    assert np.array_equal(km, km.T)


def test_neighbouring_fields_keep_their_digits() -> None:
    # 0.0001° of latitude is 11.119508 m; the cosine formula would be off by decimetres here.
    assert great_circle_km([(105.7, 9.4), (105.7, 9.4001)])[0, 1] == pytest.approx(0.011119508, abs=1e-9)


@pytest.mark.parametrize("places", [[(200.0, 0.0)], [(9.4, 105.7)], [(float("nan"), 1.0)]])
def test_what_is_no_place_is_refused(places: list[tuple[float, float]]) -> None:
    with pytest.raises(ScheduleInvalid):
        travel_matrices(places)


def test_a_speed_of_nothing_is_refused() -> None:
    with pytest.raises(NegativeTime):
        travel_matrices([(1.0, 1.0)], speed_km_h=0.0)


def test_no_places_give_empty_matrices() -> None:
    assert travel_matrices([])[0].shape == (0, 0)
