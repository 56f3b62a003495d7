"""Languages: the catalogues, and how numbers, money, areas and dates are written in each.

Texts are marked with `N_` where they stand and translated at the edge by `translations(language)`.
Vietnamese comes first, Khmer and English follow; the message id is the English sentence.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from io import BytesIO
from typing import Self

from babel.core import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from drone_service.kit.clock import LOCAL_TZ

LANGUAGES = ("vi", "km", "en")
DEFAULT_LANGUAGE = "vi"
LANGUAGE_NAMES = {"vi": "Tiếng Việt", "km": "ភាសាខ្មែរ", "en": "English"}
LANGUAGE_COOKIE = "lang"

_CATALOGUE = "messages.po"


def N_(message: str) -> str:  # noqa: N802 (the gettext convention for "marked, not translated here")
    """Mark a text for the catalogues and return it unchanged."""
    return message


class Named(str):
    """A value that is stable for programs and has a marked name for people, such as a state in an error."""

    name: str

    def __new__(cls, value: str, name: str) -> Self:
        """Make the value itself, with its name beside it."""
        made = super().__new__(cls, value)
        made.name = name
        return made


@cache
def translations(language: str) -> NullTranslations:
    """Load the catalogue of a language from its .po file; an unknown language gets the message ids."""
    source = resources.files("drone_service").joinpath("web", "locale", language, _CATALOGUE)
    if language not in LANGUAGES or not source.is_file():
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def translate(message: str, language: str, params: Mapping[str, object] | None = None) -> str:
    """Translate a marked text and fill its named places."""
    text = translations(language).gettext(message) if message else ""
    if not params:
        return text.replace("%%", "%")
    return text % {name: _written(name, value, language) for name, value in params.items()}


_PLACES = {"lon", "lat"}
"""Written as they were sent: two decimals of a degree are a kilometre."""


def _written(name: str, value: object, language: str) -> object:
    """Write a parameter for people: names translated, amounts and areas grouped, lists in a row."""
    if isinstance(value, Named):
        return translations(language).gettext(value.name)
    if isinstance(value, list | tuple):
        return ", ".join(str(_written(name, part, language)) for part in value)
    if isinstance(value, int | float) and name.endswith(("_vnd", "_m2")):
        return format_number(value, language)
    if isinstance(value, float) and name not in _PLACES:
        return format_measure(value, language)
    return value


def choose_language(cookie: str | None, accept_language: str | None) -> str:
    """Choose by the person's own choice, then by what the browser asks for, then Vietnamese."""
    if cookie in LANGUAGES:
        return str(cookie)
    wanted = [part.split(";")[0].strip().lower().split("-")[0] for part in (accept_language or "").split(",")]
    return next((language for language in wanted if language in LANGUAGES), DEFAULT_LANGUAGE)


def format_number(value: float, language: str, decimals: int = 0) -> str:
    """Write a number with the grouping and decimal sign of the language."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=_locale(language))


def format_measure(value: float, language: str, decimals: int = 2) -> str:
    """Write a measured number with at most so many decimals and no zeros at the end: `20`, `22,5`, `0,375`."""
    return format_decimal(value, format="#,##0" + ("." + "#" * decimals if decimals else ""), locale=_locale(language))


def format_typed(value: float, language: str) -> str:
    """Write a number into a field to be changed: as it would be typed, so without thousands signs: `1000`, `22,5`."""
    return format_decimal(value, format="0.######", locale=_locale(language))


def format_vnd(amount_vnd: int, language: str) -> str:
    """Write whole đồng: `1.234.567 ₫`, with a non-breaking space so that the sign never wraps."""
    return f"{format_number(amount_vnd, language)}\u00a0₫"


def format_date(day: date, language: str) -> str:
    """Write a date as `dd/MM/yyyy`, the order used in all three languages here."""
    del language
    return f"{day:%d/%m/%Y}"


_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def format_weekday_date(day: date, language: str) -> str:
    """Write a date with its short day name: `T7 05/12/2026`."""
    return f"{translate(_WEEKDAYS[day.weekday()], language)} {format_date(day, language)}"


def format_weekday(day: date, language: str) -> str:
    """Write a day near to today, where the year is clear: `T7 05/12`."""
    return f"{translate(_WEEKDAYS[day.weekday()], language)} {day:%d/%m}"


def format_time(moment: datetime) -> str:
    """Write the local wall-clock time of an aware moment: `05:30`."""
    return f"{moment.astimezone(LOCAL_TZ):%H:%M}"


def format_moment(moment: datetime, language: str) -> str:
    """Write the local date and time of an aware moment."""
    return f"{format_date(moment.astimezone(LOCAL_TZ).date(), language)} {format_time(moment)}"


def format_area(area_m2: float, cong_m2: int, language: str) -> str:
    """Write an area in công, hectares and square metres together, because a công alone is ambiguous."""
    cong = format_number(area_m2 / cong_m2, language, 2)
    hectares = format_number(area_m2 / 10_000, language, 2)
    square_metres = format_number(area_m2, language)
    return translate(
        N_("%(cong)s công of %(cong_m2)s m² · %(hectares)s ha · %(square_metres)s m²"),
        language,
        {
            "cong": cong,
            "cong_m2": format_number(cong_m2, language),
            "hectares": hectares,
            "square_metres": square_metres,
        },
    )


@cache
def _locale(language: str) -> Locale:
    # Khmer speakers in Vietnam read and pay by Vietnamese bills, so 1.234,5 and not Cambodia's 1,234.5.
    return Locale.parse(language if language == "en" else "vi")
