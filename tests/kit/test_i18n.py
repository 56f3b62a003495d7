"""How texts, numbers, money, areas and dates are written in the three languages."""

from datetime import UTC, date, datetime

import pytest

from drone_service.booking.rules import STATE_NAMES, MoveNotAllowed, State
from drone_service.kit import i18n
from drone_service.kit.i18n import Named
from drone_service.kit.problems import problem_of
from drone_service.web.forms import parse_number


@pytest.mark.parametrize(
    ("cookie", "accept", "chosen"),
    [
        ("km", "en", "km"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "fr-FR, km;q=0.8", "km"),
        ("xx", None, "vi"),
        (None, "*", "vi"),
    ],
)
def test_the_persons_choice_goes_before_the_browsers(cookie: str | None, accept: str | None, chosen: str) -> None:
    assert i18n.choose_language(cookie, accept) == chosen


@pytest.mark.parametrize(
    ("language", "written"), [("vi", "1.234.567\u00a0₫"), ("km", "1.234.567\u00a0₫"), ("en", "1,234,567\u00a0₫")]
)
def test_money_is_grouped_as_the_language_does(language: str, written: str) -> None:
    assert i18n.format_vnd(1_234_567, language) == written


def test_an_area_is_never_only_in_cong() -> None:
    # 16,200 m² ÷ 1,296 m² = 12.5 công; 16,200 ÷ 10,000 = 1.62 ha
    assert i18n.format_area(16_200, 1296, "vi") == "12,50 công (1.296 m²/công) · 1,62 ha · 16.200 m²"
    assert i18n.format_area(16_200, 1296, "en") == "12.50 công of 1,296 m² · 1.62 ha · 16,200 m²"


def test_days_begin_with_their_short_name() -> None:
    assert i18n.format_weekday_date(date(2026, 12, 5), "vi") == "T7 05/12/2026"
    assert i18n.format_weekday_date(date(2026, 12, 5), "en") == "Sat 05/12/2026"


def test_a_moment_is_written_in_local_time() -> None:
    # 22:30 UTC is 05:30 the next day at UTC+7.
    assert i18n.format_moment(datetime(2026, 12, 4, 22, 30, tzinfo=UTC), "vi") == "05/12/2026 05:30"


def test_a_percent_sign_is_written_once_with_and_without_parameters() -> None:
    assert i18n.translate("50 %%", "en") == "50 %"
    assert i18n.translate("%(share)s %%", "en", {"share": 50}) == "50 %"


def test_names_are_translated_and_amounts_grouped_inside_a_sentence() -> None:
    states = [Named("paid", STATE_NAMES[State.PAID]), Named("done", STATE_NAMES[State.DONE])]
    assert i18n.translate("%(states)s", "en", {"states": states}) == "Paid, Done"
    assert i18n.translate("%(states)s", "vi", {"states": states}) == "Đã trả, Đã làm xong"
    assert i18n.translate("%(balance_vnd)s", "vi", {"balance_vnd": 1_200_000}) == "1.200.000"
    assert i18n.translate("%(number)s", "vi", {"number": 1_200}) == "1200"
    assert i18n.translate("%(dose)s", "vi", {"dose": 1_200.5}) == "1.200,5"
    assert i18n.translate("%(lon)s", "vi", {"lon": 105.123456}) == "105.123456"


def test_a_problem_has_the_name_in_its_sentence_and_the_value_in_its_member() -> None:
    refusal = MoveNotAllowed(state=Named("paid", STATE_NAMES[State.PAID]))
    problem = problem_of(refusal, language="vi", instance="/x").model_dump(mode="json")
    assert "Đã trả" in problem["detail"]
    assert problem["state"] == "paid"


def test_an_unknown_text_stays_as_it_is() -> None:
    assert i18n.translate("Paid", "xx") == "Paid"


@pytest.mark.parametrize(
    ("value", "vi", "en"), [(20.0, "20", "20"), (22.46, "22,5", "22.5"), (1_000, "1.000", "1,000"), (0.04, "0", "0")]
)
def test_a_measure_has_no_idle_zeros(value: float, vi: str, en: str) -> None:
    assert [i18n.format_measure(value, language, 1) for language in ("vi", "km", "en")] == [vi, vi, en]
    assert i18n.format_measure(0.375, "vi") == "0,38"


@pytest.mark.parametrize("value", [1_000, 0.5, 1_296.25, 22.0])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_number_in_a_field_is_read_as_it_was_written(value: float, language: str) -> None:
    """The control: with thousands signs 1,000 would come back as 1."""
    assert float(parse_number(i18n.format_typed(value, language), whole=False)) == value
    assert float(parse_number(i18n.format_measure(1_000, language), whole=False)) == 1


def test_a_day_near_to_today_has_no_year() -> None:
    assert i18n.format_weekday(date(2026, 12, 5), "vi") == "T7 05/12"
