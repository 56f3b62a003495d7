"""A planned flight as pages show it: a picture, a table, and what the map needs to fly it."""

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry
from sqlmodel import Session

from drone_service.access.rules import Actor
from drone_service.booking.flight import find_usual_flight
from drone_service.engine.coverage.flown import Flight, FlownField
from drone_service.engine.coverage.formats.colours import COLOURS
from drone_service.engine.coverage.formats.svg import plan_svg
from drone_service.engine.coverage.formats.writers import ExportFormat
from drone_service.engine.coverage.layers import Layers, layers_of
from drone_service.engine.coverage.timeline import FlownFlight, Phase, timeline
from drone_service.farms.models import Field
from drone_service.kit.geojson import to_geojson
from drone_service.kit.i18n import N_
from drone_service.planning import queries as planning_queries
from drone_service.web.pages import Page

PLACE_DIGITS = 7
"""A centimetre, on a map."""
PHASE_NAMES = {
    Phase.SETUP: N_("Setting up"),
    Phase.FILL: N_("Filling and changing the battery"),
    Phase.OUT: N_("Flying out"),
    Phase.SPRAY: N_("Spraying"),
    Phase.TURN: N_("Turning"),
    Phase.BACK: N_("Flying back"),
}
FILE_NAMES = {
    ExportFormat.BOUNDARY: N_("Boundary for the DJI remote (KML)"),
    ExportFormat.KML: N_("Boundary and flights (KML)"),
    ExportFormat.ISOXML: N_("Task for farm software (ISOXML)"),
    ExportFormat.GEOJSON: N_("Everything as GeoJSON"),
    ExportFormat.SVG: N_("Picture (SVG)"),
}


@dataclass(frozen=True)
class FlightView:
    """What the template `flight/parts.html` shows."""

    picture: Markup
    data: dict[str, object]
    flown: FlownField
    total_s: float
    phases: dict[str, str]
    files: tuple[tuple[str, str], ...] = ()
    """Marked names of files with their addresses."""
    missions: str = ""
    """The address of mission files, without the format."""

    @property
    def flights(self) -> Sequence[Flight]:
        """The rows of the table."""
        return self.flown.flights

    @property
    def colours(self) -> int:
        """How many colours there are before they come again."""
        return len(COLOURS)


def flight_view(page: Page, flown: FlownField, *, export: str = "") -> FlightView:
    """Return a flight for a page; `export` is the address of its files, where there are any."""
    layers = layers_of(flown)
    flights = timeline(flown)
    title = page.text(N_("Planned flight over %(field)s"), field=flown.label)
    return FlightView(
        picture=Markup(plan_svg(flown, title=title, layers=layers)),  # noqa: S704 - the title is escaped there
        data=_data(flown, layers, flights),
        flown=flown,
        total_s=flights[-1].moments[-1].at_s,
        phases={phase.value: page.text(name) for phase, name in PHASE_NAMES.items()},
        files=tuple((name, f"{export}?format={one.value}") for one, name in FILE_NAMES.items()) if export else (),
        missions=export,
    )


def flight_of_field(page: Page, session: Session, actor: Actor, field: Field) -> FlightView | None:
    """Return the newest stored plan of a field, else how it would usually be sprayed, or nothing if it cannot be."""
    stored = planning_queries.find_flown(session, actor, field.id)
    if stored is not None:
        plan_id, flown = stored
        return flight_view(page, flown, export=f"/api/v1/flight-plans/{plan_id}/export")
    usual = find_usual_flight(session, field)
    return flight_view(page, usual) if usual is not None else None


def _data(flown: FlownField, layers: Layers, flights: Sequence[FlownFlight]) -> dict[str, object]:
    return {
        "swath_m": flown.settings.swath_m,
        "shape": _geometry(flown.shape),
        "zones": _geometry(shapely.MultiPolygon(flown.obstacles)),
        "kept": [_geometry(zone.shape) for zone in flown.zones],
        "buffers": [_geometry(zone.buffer) for zone in flown.zones],
        "gaps": _geometry(flown.plane.to_lonlat(layers.gaps)),
        "overlaps": _geometry(flown.plane.to_lonlat(layers.overlaps)),
        "refills": _places(flown.refills),
        "unused": _places(flown.unused),
        "flights": [_flight(one) for one in flights],
    }


def _places(places: Sequence[tuple[float, float]]) -> list[list[float]]:
    return [[round(lon, PLACE_DIGITS), round(lat, PLACE_DIGITS)] for lon, lat in places]


def _geometry(area: BaseGeometry) -> dict[str, object] | None:
    # On the grid of seven digits, so that the text is short.
    rounded = shapely.transform(area, lambda places: places.round(PLACE_DIGITS))
    return None if rounded.is_empty else to_geojson(rounded)


def _flight(one: FlownFlight) -> dict[str, object]:
    return {
        "number": one.flight.number,
        "fill_from_s": round(one.fill_from_s, 1),
        "path": _places([vertex[:2] for vertex in one.flight.path]),
        "at_s": [round(moment.at_s, 1) for moment in one.moments],
        "left": [round(moment.quantity, 2) for moment in one.moments],
        "battery": [round(moment.battery, 3) for moment in one.moments],
        "phase": [moment.phase.value for moment in one.moments],
    }
