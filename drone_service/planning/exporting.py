"""A flight as a file for another program, on its way out of the API."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query, Response

from drone_service.engine.coverage.flown import FlownField
from drone_service.engine.coverage.formats.writers import WRITERS, ExportFormat
from drone_service.planning.flying import one_flight

FormatQuery = Annotated[
    ExportFormat,
    Query(
        alias="format",
        description="geojson, kml (all of it), boundary (KML with nothing but the outline, as remotes read fields), "
        "qgc (QGroundControl .plan), ardupilot (QGC WPL 110), isoxml (ISO 11783-10 task in a ZIP), svg.",
    ),
]
FlightQuery = Annotated[
    int | None,
    Query(alias="flight", ge=1, le=10_000, description="Only this flight; a mission file holds best one."),
]

LONGEST_LABEL = 60
"""Letters of a field's name in the name of its file; one takes up to three bytes."""


class ExportResponse(Response):
    """A file in one of the formats."""

    media_type = None


EXPORT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            media_type: {
                "schema": {"type": "object"} if "json" in media_type else {"type": "string", "format": "binary"}
            }
            for media_type in sorted({writer.media_type for writer in WRITERS.values()})
        },
    }
}


def export(field: FlownField, output: ExportFormat, flight: int | None) -> Response:
    """Write all flights of a field, or one, as a download. Raises FlightNotInPlan."""
    writer = WRITERS[output]
    body = writer.write([one_flight(field, flight)])
    part = f"-{flight}" if flight is not None else ""
    # The plain name is for old browsers; it holds no letter that a header cannot. A block is called by all its fields:
    # disks hold names of 255 bytes, and proxies headers of a few thousand.
    name = quote(f"{field.label[:LONGEST_LABEL]}{part}{writer.suffix}", safe="")
    disposition = f"attachment; filename=\"flight{part}{writer.suffix}\"; filename*=UTF-8''{name}"
    return Response(body, media_type=writer.media_type, headers={"Content-Disposition": disposition})
