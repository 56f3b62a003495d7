"""Published figures come out of the model's arithmetic."""

import pytest
from shapely.geometry import box

from drone_service.engine.coverage.kinematics import capacity_ha_h, flow_per_min, power_of, speed_at_flow
from tests.engine.coverage.shapes import T40, plan_of


def test_gross_capacity_of_the_eavision_page() -> None:
    assert capacity_ha_h(6, 6) == pytest.approx(12.96)
    assert capacity_ha_h(7, 11) == pytest.approx(27.72)


@pytest.mark.parametrize(("mass_kg", "minutes"), [(50, 18), (90, 7), (101, 6)])
def test_hover_times_of_the_maker(mass_kg: float, minutes: float) -> None:
    assert power_of(T40).hover_min(mass_kg, T40.battery_wh) == pytest.approx(minutes, rel=1e-9)


@pytest.mark.parametrize(("rate", "speed"), [(20, 9.1), (30, 6.1), (40, 4.5)])
def test_the_pump_caps_the_speed(rate: float, speed: float) -> None:
    assert speed_at_flow(rate, 12, 11) == pytest.approx(speed, abs=0.05)
    assert flow_per_min(rate, speed_at_flow(rate, 12, 11), 11) == pytest.approx(12)


def test_the_dealers_leg() -> None:
    # 40 L at 20 L/ha do 2 ha; at 9 m and 7 m/s that takes 20,000 / 63 = 317.5 s, less than the 9 min battery:
    # 5.29 min a leg and, with 2 min on the ground, 2 ha in 7.29 min: 16.46 ha/h.
    leg_min = min(2 / capacity_ha_h(7, 9) * 60, 9)
    assert leg_min == pytest.approx(5.29, abs=0.005)
    assert 2 / (leg_min + 2) * 60 == pytest.approx(16.46, abs=0.005)


def test_the_planner_stays_below_the_dealers_rate_and_not_far() -> None:
    # The same figures over long rows: turns and flights home cost what the dealer leaves out.
    field = box(0, 0, 600, 330)
    plan = plan_of(field, 20, swath_m=9.0, speed_m_s=7.0)
    hectares_an_hour = field.area / 10_000 / (plan.total_s - plan.settings.setup_s) * 3600
    assert 0.7 * 16.46 < hectares_an_hour < 16.46


def test_four_hectares_take_the_soc_trang_team_about_twenty_minutes() -> None:
    plan = plan_of(box(0, 0, 250, 160), 20)
    assert 15 * 60 < plan.total_s < 25 * 60
