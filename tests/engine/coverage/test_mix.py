"""The loads add up to dose × area, to the last millilitre."""

import hypothesis
import pytest
from hypothesis import strategies as st

from drone_service.engine.coverage.mix import (
    Dose,
    DoseImpossible,
    DoseTooSmall,
    MixImpossible,
    jug_step,
    mix_loads,
    share_out,
)


def test_a_hand_calculated_mix() -> None:
    # 1.25 ha at 20 L/ha are 25.0 L, at 500 mL/ha 625 mL, at 0.3 kg/ha 375 g. Loads of 3/5 and 2/5:
    # 15.0 L and 10.0 L; 375 and 250 mL; 225 and 150 g. Water is what the liquid leaves: 14.625 and 9.75 L.
    mix = mix_loads(12_500, 20, [3, 2], [Dose(500, "mL"), Dose(0.3, "kg")], with_water=True)
    assert (mix.quantity, mix.amounts) == (25.0, (625.0, 0.375))
    assert [(load.quantity, load.amounts, load.water_l) for load in mix.loads] == [
        (15.0, (375.0, 0.225), 14.625),
        (10.0, (250.0, 0.150), 9.75),
    ]
    assert [load.is_short for load in mix.loads] == [False, True]


def test_the_largest_remainder_gets_the_step() -> None:
    # 10 steps over 1:1:1 are 3⅓ each; the earliest of equals gets the tenth.
    assert share_out(10, [1, 1, 1]) == [4, 3, 3]
    assert share_out(7, [1, 2]) == [2, 5]


@hypothesis.example(area_m2=5_000, rate=20, shares=[1.0], dose=1.0)
@hypothesis.given(
    area_m2=st.floats(100, 1_000_000),
    rate=st.floats(5, 60),
    shares=st.lists(st.floats(0.05, 1), min_size=1, max_size=30),
    dose=st.floats(1, 900),
)
def test_nothing_is_lost_or_added(area_m2: float, rate: float, shares: list[float], dose: float) -> None:
    # Hectares first, as the mix has them: halves round the same way only if they are the same to the last bit.
    hectares = area_m2 / 10_000
    total_g = dose * hectares
    if round(total_g) < 1:
        with pytest.raises(DoseTooSmall):
            mix_loads(area_m2, rate, shares, [Dose(dose, "g")], with_water=True)
        return
    mix = mix_loads(area_m2, rate, shares, [Dose(dose, "g")], with_water=True)
    assert round(sum(load.quantity for load in mix.loads) * 10) == max(1, round(rate * hectares * 10))
    step_g = jug_step(total_g * min(shares) / sum(shares))
    assert sum(load.amounts[0] for load in mix.loads) == mix.amounts[0] == round(total_g / step_g) * step_g
    for load, share in zip(mix.loads, shares, strict=True):
        assert abs(load.amounts[0] - total_g * share / sum(shares)) <= max(1.5 * step_g, 1)
    assert sum(round(load.water_l * 1_000) for load in mix.loads) == round(mix.water_l * 1_000)
    assert sum(load.area_m2 for load in mix.loads) == pytest.approx(area_m2)


@pytest.mark.parametrize(
    ("smallest", "step"), [(1, 1), (249.9, 1), (250, 5), (999, 5), (1_000, 10), (9_999, 10), (10_000, 100)]
)
def test_a_jug_measures_finer_where_there_is_less(smallest: float, step: int) -> None:
    assert jug_step(smallest) == step


def test_what_is_poured_is_what_a_jug_measures() -> None:
    # 2.137 ha at 450 mL/ha are 961.65 mL over loads of 2:1, so the smaller one holds 320.55: steps of 5.
    # 192.33 steps are 192, 960 mL in all: 128 and 64 steps.
    mix = mix_loads(21_370, 20, [2, 1], [Dose(450, "mL")], with_water=True)
    assert [load.amounts for load in mix.loads] == [(640.0,), (320.0,)]
    assert mix.amounts == (960.0,)


def test_rounding_never_goes_above_the_label() -> None:
    # 1.995 ha at 500 mL/ha, the label's most, are 997.5 mL: half a step up would be 1,000, so 995 it is.
    most = mix_loads(19_950, 20, [1], [Dose(500, "mL", most_per_ha=500)], with_water=True)
    assert most.amounts == (995.0,)
    assert mix_loads(20_000, 20, [1], [Dose(500, "mL", most_per_ha=500)], with_water=True).amounts == (1_000.0,)


@pytest.mark.parametrize("dose", [Dose(0.001, "mL"), Dose(0.8, "mL", most_per_ha=0.8)])
def test_a_dose_that_nothing_measures_is_refused(dose: Dose) -> None:
    # Rounded up to the first millilitre the one would be a thousand times too much, the other above its label.
    with pytest.raises(DoseTooSmall):
        mix_loads(10_000, 20, [1], [dose], with_water=True)


def test_products_that_overflow_the_load_are_refused() -> None:
    with pytest.raises(MixImpossible):
        mix_loads(10_000, 10, [1], [Dose(11, "L")], with_water=True)


@pytest.mark.parametrize("dose", [Dose(1, "drops"), Dose(0, "mL"), Dose(float("nan"), "g")])
def test_a_dose_that_makes_no_sense_is_refused(dose: Dose) -> None:
    with pytest.raises(DoseImpossible):
        mix_loads(10_000, 10, [1], [dose], with_water=True)
