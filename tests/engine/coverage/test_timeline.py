"""What flies a plan on a screen agrees with the plan."""

from itertools import pairwise

import pytest
from shapely.geometry import LineString

from drone_service.engine.coverage.layers import layers_of
from drone_service.engine.coverage.timeline import Phase, timeline
from tests.engine.coverage.formats.fields import flown, plan


def test_the_clock_ends_when_the_plan_does() -> None:
    flights = timeline(flown())
    assert flights[0].fill_from_s == flown().settings.setup_s
    assert flights[-1].moments[-1].at_s == pytest.approx(plan().total_s, rel=1e-4)
    for one, other in pairwise(flights):
        assert one.moments[-1].at_s == other.fill_from_s


def test_each_flight_uses_what_its_sortie_says() -> None:
    for flown_flight, sortie in zip(timeline(flown()), plan().sorties, strict=True):
        moments = flown_flight.moments
        assert moments[-1].at_s - moments[0].at_s == pytest.approx(sortie.flight_s, rel=1e-4)
        assert (moments[0].quantity, moments[0].battery) == (sortie.quantity, 1.0)
        assert moments[-1].quantity == pytest.approx(0, abs=1e-9)
        assert moments[-1].battery == pytest.approx(sortie.battery_left, abs=1e-4)
        assert all(
            a.at_s <= b.at_s and a.quantity >= b.quantity and a.battery >= b.battery for a, b in pairwise(moments)
        )


def test_phases_follow_the_path() -> None:
    for one in timeline(flown()):
        words = [moment.phase for moment in one.moments]
        assert words[0] is Phase.FILL
        assert words[-1] is Phase.BACK
        sprayed = [bool(vertex[2]) for vertex in one.flight.path]
        assert [word is Phase.SPRAY for word in words] == sprayed
        first, last = words.index(Phase.SPRAY), len(words) - 1 - words[::-1].index(Phase.SPRAY)
        assert set(words[first:last]) <= {Phase.SPRAY, Phase.TURN}
        assert set(words[1:first]) <= {Phase.OUT}


def test_gaps_and_double_strips_add_up() -> None:
    field = flown()
    layers = layers_of(field)
    assert layers.gaps.area == pytest.approx(field.missed_m2, abs=2)
    # Where three strips lie on each other the plan counts two overlaps, the picture one place.
    assert 0.5 * field.overlap_m2 <= layers.overlaps.area <= field.overlap_m2 + 2
    half_m = field.settings.swath_m / 2
    legs = [leg for flight in field.flights for leg in pairwise(flight.path) if leg[1][2]]
    strips = [LineString(field.metres(leg)).buffer(half_m, cap_style="flat") for leg in legs]
    for gap in layers.gaps.geoms:
        inner = gap.buffer(-0.1)
        assert all(inner.intersection(strip).area < 1e-6 for strip in strips)
    for twice in layers.overlaps.geoms:
        place = twice.representative_point()
        assert sum(strip.contains(place) for strip in strips) >= 2
