"""Draws the pictures of docs/planner.md from the planner itself: `.venv/bin/python docs/images/make_plan_pictures.py`.

Run it again when the planner changed so much that the pictures mislead.
"""

from collections.abc import Sequence
from pathlib import Path

import shapely
from shapely.geometry import Polygon, box

from drone_service.engine.coverage.document import PlannedField
from drone_service.engine.coverage.flown import FlownField, flown_of
from drone_service.engine.coverage.formats.colours import COLOURS
from drone_service.engine.coverage.formats.svg import plan_svg
from drone_service.engine.coverage.kinematics import power_of
from drone_service.engine.coverage.planner import plan_field
from drone_service.engine.coverage.settings import settle
from drone_service.engine.coverage.task import Task
from drone_service.engine.coverage.timeline import timeline
from drone_service.engine.geometry.area import area_m2
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.operation import Service
from drone_service.fleet.catalogue import load_catalogue

HERE = Path(__file__).parent
AIRCRAFT = load_catalogue()["dji-agras-t40"]
PLANE = LocalPlane.at(105.72, 9.43)
PADDY = box(0, 0, 260, 180).difference(shapely.Point(120, 80).buffer(24, quad_segs=4))
CORNER, MID_EDGE = (0.0, 0.0), (130.0, 0.0)
RATE_L_PER_HA = 30.0
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 300, 64, 34, 44
INK, PAPER = "#14231b", "#ffffff"


def pictures() -> dict[str, str]:
    """Return each picture by its file name."""
    corner, middle = flown(PADDY, CORNER), flown(PADDY, MID_EDGE)
    return {
        "plan_corner.svg": plan_svg(corner, title="A paddy with a pond, filled at its corner"),
        "plan_middle.svg": plan_svg(middle, title="The same paddy, filled in the middle of its bank"),
        "plan_clock.svg": clock(corner),
        "plan_power.svg": power(),
    }


def flown(shape: Polygon, refill: tuple[float, float]) -> FlownField:
    """Plan a field in metres."""
    degrees = PLANE.to_lonlat(shape)
    settings = settle(AIRCRAFT, Service.SPRAY, RATE_L_PER_HA)
    plan = plan_field(Task(shape, area_m2(degrees), settings, refill=refill))
    return flown_of(PlannedField("paddy", degrees, plan, PLANE))


def clock(field: FlownField) -> str:
    """Draw what is left in tank and battery over the minutes on site."""
    flights = timeline(field)
    end_s = flights[-1].moments[-1].at_s
    tank, battery = [], []
    for flight in flights:
        tank += [(flight.fill_from_s, 0.0), *((moment.at_s, moment.quantity) for moment in flight.moments)]
        battery += [(moment.at_s, 100 * moment.battery) for moment in flight.moments]
        battery.append((flight.moments[-1].at_s, 100.0))
    chart = Chart(end_s / 60, 100)
    reserve = 100 * field.settings.battery_reserve
    return chart.picture(
        "What is left in the tank and in the battery, over the minutes on site",
        [
            chart.line([(0, reserve), (end_s / 60, reserve)], "#8a1616", dashed=True),
            chart.line([(at / 60, value) for at, value in tank], COLOURS[0]),
            chart.line([(at / 60, value) for at, value in battery], COLOURS[1]),
            chart.words([("tank, L", COLOURS[0]), ("battery, %", COLOURS[1]), ("reserve, %", "#8a1616")]),
        ],
        "minutes",
    )


def power() -> str:
    """Draw the power of hover over the take-off mass, with the maker's points."""
    law = power_of(AIRCRAFT)
    low, high = AIRCRAFT.mass_with_battery_kg, AIRCRAFT.max_takeoff_spread_kg
    masses = [low + (high - low) * step / 60 for step in range(61)]
    chart = Chart(120, 20)
    points = [(mass, AIRCRAFT.battery_wh * 0.06 / minutes) for mass, minutes in AIRCRAFT.hover_points_kg_min]
    return chart.picture(
        "Power of hover by take-off mass: the law between the maker's points",
        [
            chart.line([(mass, float(law.watts(mass)) / 1000) for mass in masses], COLOURS[0]),
            *[chart.dot(point, COLOURS[1]) for point in points],
            chart.words([("k·m^1.5, kW", COLOURS[0]), ("maker's hover times", COLOURS[1])]),
        ],
        "kg",
    )


class Chart:
    """Axes from zero to a largest x and y."""

    def __init__(self, most_x: float, most_y: float) -> None:
        self.most_x, self.most_y = most_x, most_y

    def at(self, x: float, y: float) -> str:
        """Return a place on the picture."""
        right, down = WIDTH - LEFT - 20, HEIGHT - TOP - BOTTOM
        return f"{LEFT + x / self.most_x * right:.1f} {HEIGHT - BOTTOM - y / self.most_y * down:.1f}"

    def line(self, points: Sequence[tuple[float, float]], colour: str, *, dashed: bool = False) -> str:
        """Return a line through points."""
        dashes = ' stroke-dasharray="6 5"' if dashed else ""
        way = "L".join(self.at(*point) for point in points)
        return f'<path d="M{way}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'

    def dot(self, point: tuple[float, float], colour: str) -> str:
        """Return a mark."""
        x, y = self.at(*point).split()
        return f'<circle cx="{x}" cy="{y}" r="5" fill="{colour}"/>'

    def words(self, names: Sequence[tuple[str, str]]) -> str:
        """Return the names of the lines, above them."""
        return "".join(
            f'<text x="{LEFT + 170 * number}" y="20" fill="{colour}" font-weight="700">{name}</text>'
            for number, (name, colour) in enumerate(names)
        )

    def ticks(self, unit: str) -> str:
        """Return the figures on both axes; the last one below says what they are."""
        found = []
        for share in (0, 0.25, 0.5, 0.75, 1):
            x, y = self.at(0, self.most_y * share).split()
            found.append(f'<text x="{x}" y="{y}" dx="-8" dy="5" text-anchor="end">{self.most_y * share:g}</text>')
            x, y = self.at(self.most_x * share, 0).split()
            end, name = ("end", f" {unit}") if share == 1 else ("middle", "")
            found.append(f'<text x="{x}" y="{y}" dy="22" text-anchor="{end}">{self.most_x * share:.0f}{name}</text>')
        return "".join(found)

    def picture(self, title: str, parts: Sequence[str], unit: str) -> str:
        """Return the chart with its axes."""
        frame = self.line([(0, self.most_y), (0, 0), (self.most_x, 0)], INK)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
            f'role="img" aria-label="{title}" font-family="system-ui, sans-serif" font-size="15" fill="{INK}">'
            f'<title>{title}</title><rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>'
            f"{frame}{self.ticks(unit)}{''.join(parts)}</svg>"
        )


if __name__ == "__main__":
    for name, picture in pictures().items():
        HERE.joinpath(name).write_text(picture + "\n", encoding="utf-8")
