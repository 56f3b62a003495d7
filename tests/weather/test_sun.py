"""The sun's height, against another program's and against the clock."""

from datetime import UTC, datetime

import numpy as np
import pytest

from drone_service.weather.sun import SunPath, elevation_deg

LON, LAT = 105.72, 9.43


@pytest.mark.parametrize(
    ("day", "heights"),
    [  # at 00, 02, 05 and 10 h UTC, by the package astral 3.2 without refraction
        ((2026, 3, 10), (12.211, 41.363, 76.340, 15.883)),
        ((2026, 6, 21), (17.690, 45.102, 75.989, 17.177)),
        ((2026, 9, 23), (17.335, 46.739, 80.146, 12.187)),
        ((2026, 12, 21), (10.854, 36.064, 57.112, 8.659)),
    ],
)
def test_heights_agree_with_another_program(day: tuple[int, int, int], heights: tuple[float, ...]) -> None:
    found = [elevation_deg(LON, LAT, datetime(*day, hour, tzinfo=UTC)) for hour in (0, 2, 5, 10)]
    assert found == pytest.approx(heights, abs=0.02)


def test_a_later_moment_is_a_turn_of_the_earth() -> None:
    moments = [datetime(2026, 3, 10, hour, tzinfo=UTC) for hour in range(24)]
    lon, lat = np.array([LON, 12.5]), np.array([LAT, 41.9])
    later = SunPath(moments).sine_of_elevation(lon, lat, np.array([1.0, 1.0]))
    exact = SunPath(moments).sine_of_elevation(lon, lat)
    # An hour later is the next column: what is left is the sun's own way among the stars in that hour.
    assert np.abs(later[:, :-1] - exact[:, 1:]).max() < 0.001
