"""Secret addresses of calendars, and the iCalendar form of a schedule."""

from datetime import datetime
from uuid import UUID

from icalendar import Calendar, Event

from drone_service.access import tokens
from drone_service.billing.rules import SERVICE_NAMES
from drone_service.kit.i18n import format_area, translate
from drone_service.scheduling.rules import CalendarNotFound
from drone_service.scheduling.schemas import CalendarEventOut, CalendarOut


def new_secret(cooperative_id: UUID) -> tuple[str, str]:
    """Make the secret of an address and what is stored of it.

    The tenant leads the secret, so that its row is looked for inside the tenant like every other one.
    """
    token = tokens.new_token()
    return f"{cooperative_id.hex}{token}", tokens.hash_token(token)


def read_secret(secret: str) -> tuple[UUID, str]:
    """Return the tenant and the stored hash of a secret. Raises CalendarNotFound."""
    try:
        return UUID(hex=secret[:32]), tokens.hash_token(secret[32:])
    except ValueError:
        raise CalendarNotFound from None


def to_ics(calendar: CalendarOut, *, now: datetime) -> bytes:
    """Write a calendar as iCalendar (RFC 5545); the id of an event stays the same when the visit moves."""
    out = Calendar()
    out.add("prodid", "-//drone_service//schedule//EN")
    out.add("version", "2.0")
    out.add("x-wr-calname", calendar.name)
    for event in calendar.events:
        out.add_component(_event(event, calendar.language, calendar.cong_m2, now))
    written: bytes = out.to_ical()
    return written


def _event(visit: CalendarEventOut, language: str, cong_m2: int, now: datetime) -> Event:
    event = Event()
    service = translate(SERVICE_NAMES[visit.service], language)
    event.add("uid", f"{visit.visit_id}@drone-service")
    event.add("dtstamp", now)
    event.add("dtstart", visit.starts_at)
    event.add("dtend", visit.ends_at)
    event.add("summary", f"#{visit.job_number} {service} · {format_area(visit.area_m2, cong_m2, language)}")
    event.add("location", f"{visit.lat:.6f},{visit.lon:.6f}")
    event.add("geo", (visit.lat, visit.lon))
    event.add("description", visit.aircraft)
    return event
