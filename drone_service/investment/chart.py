"""The chart of the return as SVG: what was earned and what is in hand, against the investment.

Only presentation attributes and classes, no style attribute, so that a strict content security policy shows it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from html import escape

LEFT, RIGHT, BOTTOM = 62, 16, 34
FORECAST_COLOURS = ("#5b5b5b", "#9a5b00")
"""Of the pace as it is, and of the pace that is tried."""
FORECAST_DASHES = "10 5"
LEGEND_LINE = 26
REVENUE_COLOUR, CASH_COLOUR, INVESTMENT_COLOUR, INK = "#1d5fa8", "#0f6b3f", "#a12622", "#333333"
NICE_STEPS = (1, 2, 2.5, 5, 10)
TICKS = 5


@dataclass(frozen=True)
class ChartTexts:
    """The words of the chart in the reader's language."""

    title: str
    description: str
    revenue: str
    cash: str
    investment: str
    million: str
    as_now: str
    as_tried: str
    number: Callable[[float], str]


@dataclass(frozen=True)
class Forecast:
    """A line from the cash of today to the investment: its name, and the day on which all would be back."""

    name: str
    colour: str
    back_on: date


@dataclass(frozen=True)
class Sheet:
    """What a chart is drawn on, in pixels at which its letters are read; the legend has `in_line` names a line."""

    name: str
    width: int
    height: int
    top: int
    in_line: int
    months: int


DESK = Sheet("desk", 620, 400, 86, in_line=2, months=6)
PHONE = Sheet("phone", 320, 360, 112, in_line=1, months=3)
"""Drawn for the width of a phone, because a wide chart made small has letters that nobody reads."""


@dataclass(frozen=True)
class _Scale:
    sheet: Sheet
    first: date
    days: int
    low: float
    high: float

    def x(self, on: date) -> float:
        return LEFT + (self.sheet.width - LEFT - RIGHT) * (on - self.first).days / self.days

    def y(self, amount: float) -> float:
        height = self.sheet.height - self.sheet.top - BOTTOM
        return self.sheet.top + height * (self.high - amount) / (self.high - self.low)


def draw_all(
    points: Sequence[tuple[date, int, int]],
    investment_vnd: int,
    texts: ChartTexts,
    forecasts: Sequence[Forecast] = (),
) -> str:
    """Draw the chart for each width of screen; the style sheet shows the one that fits."""
    return "".join(draw(points, investment_vnd, texts, sheet, forecasts) for sheet in (DESK, PHONE))


def draw(
    points: Sequence[tuple[date, int, int]],
    investment_vnd: int,
    texts: ChartTexts,
    sheet: Sheet = DESK,
    forecasts: Sequence[Forecast] = (),
) -> str:
    """Draw the cumulative revenue and cash after costs of `points` (day, revenue, cash) and the investment line.

    Forecasts make the chart reach to their days; without them it ends with the last entry.
    """
    entries = [
        (texts.revenue, REVENUE_COLOUR, "7 4"),
        (texts.cash, CASH_COLOUR, ""),
        (texts.investment, INVESTMENT_COLOUR, "2 4"),
        *((one.name, one.colour, FORECAST_DASHES) for one in forecasts),
    ]
    more = LEGEND_LINE * (-(-len(entries) // sheet.in_line) - -(-3 // sheet.in_line))
    sheet = replace(sheet, top=sheet.top + more, height=sheet.height + more)
    scale, step = _scale_of(points, investment_vnd, sheet, [one.back_on for one in forecasts])
    title, description = f"chart-title-{sheet.name}", f"chart-description-{sheet.name}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="on-{sheet.name}" viewBox="0 0 {sheet.width} {sheet.height}"'
        f' role="img" aria-labelledby="{title} {description}" font-size="16">',
        f'<title id="{title}">{escape(texts.title)}</title>',
        f'<desc id="{description}">{escape(texts.description)}</desc>',
        *_grid(scale, step, texts),
        *_months(scale),
        _level(scale, investment_vnd),
    ]
    if points:
        parts.append(_steps([(on, revenue) for on, revenue, _ in points], scale, REVENUE_COLOUR, "7 4"))
        parts.append(_steps([(on, cash) for on, _, cash in points], scale, CASH_COLOUR, ""))
        parts += [_forecast(one, points[-1], investment_vnd, scale) for one in forecasts]
    return "".join([*parts, *_legend(entries, sheet), "</svg>"])


def _scale_of(
    points: Sequence[tuple[date, int, int]], investment_vnd: int, sheet: Sheet, ahead: Sequence[date]
) -> tuple[_Scale, float]:
    days = [*(on for on, _, _ in points), *ahead] or [date(2000, 1, 1)]
    amounts = [0, investment_vnd, *(amount for _, *pair in points for amount in pair)]
    step = _nice_step((max(amounts) - min(amounts) or 1) / TICKS)
    low = step * (min(amounts) // step)
    high = step * -(-max(amounts) * 1.02 // step)
    return _Scale(sheet, min(days), max((max(days) - min(days)).days, 1), low, high), step


def _nice_step(raw: float) -> float:
    power = 10.0 ** (len(str(int(raw))) - 1)
    return next(step * power for step in NICE_STEPS if step * power >= raw)


def _grid(scale: _Scale, step: float, texts: ChartTexts) -> list[str]:
    parts = [f'<text x="4" y="{scale.sheet.top - 14}" fill="{INK}">{escape(texts.million)}</text>']
    amount = scale.low
    while amount <= scale.high:
        y = scale.y(amount)
        width = 1.5 if amount == 0 else 0.5
        parts.append(
            f'<line x1="{LEFT}" x2="{scale.sheet.width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#767676"'
            f' stroke-width="{width}"/>'
            f'<text x="{LEFT - 6}" y="{y + 5:.1f}" text-anchor="end" fill="{INK}">'
            f"{escape(texts.number(amount / 1_000_000))}</text>"
        )
        amount += step
    return parts


def _months(scale: _Scale) -> list[str]:
    last = scale.first + timedelta(days=scale.days)
    months = [date(year, month, 1) for year in range(scale.first.year, last.year + 1) for month in range(1, 13)]
    shown = [on for on in months if scale.first <= on <= last]
    every = max(-(-len(shown) // scale.sheet.months), 1)
    return [
        f'<text x="{scale.x(on):.1f}" y="{scale.sheet.height - 10}" text-anchor="middle" fill="{INK}">{on:%m/%Y}</text>'
        for on in shown[::every]
        if LEFT + 10 < scale.x(on) < scale.sheet.width - RIGHT - 24
    ]


def _level(scale: _Scale, investment_vnd: int) -> str:
    y = scale.y(investment_vnd)
    return (
        f'<line x1="{LEFT}" x2="{scale.sheet.width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{INVESTMENT_COLOUR}"'
        ' stroke-width="2.5" stroke-dasharray="2 4"/>'
    )


def _steps(values: Sequence[tuple[date, int]], scale: _Scale, colour: str, dashes: str) -> str:
    # Money moves on days, not between them, so the line goes in steps.
    path = f"M{scale.x(values[0][0]):.1f} {scale.y(0):.1f}"
    path += "".join(f"H{scale.x(on):.1f}V{scale.y(amount):.1f}" for on, amount in values)
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="3"{dash}/>'


def _forecast(one: Forecast, last: tuple[date, int, int], investment_vnd: int, scale: _Scale) -> str:
    start, _, cash = last
    return (
        f'<line x1="{scale.x(start):.1f}" y1="{scale.y(cash):.1f}" x2="{scale.x(one.back_on):.1f}"'
        f' y2="{scale.y(investment_vnd):.1f}" stroke="{one.colour}" stroke-width="3"'
        f' stroke-dasharray="{FORECAST_DASHES}"/>'
    )


def _legend(entries: Sequence[tuple[str, str, str]], sheet: Sheet) -> list[str]:
    parts = []
    for place, (name, colour, dashes) in enumerate(entries):
        x, y = 8 + place % sheet.in_line * 300, 18 + place // sheet.in_line * LEGEND_LINE
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        parts.append(
            f'<line x1="{x}" x2="{x + 28}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3"{dash}/>'
            f'<text x="{x + 36}" y="{y + 5}" fill="{INK}">{escape(name)}</text>'
        )
    return parts
