"""What an aircraft does over a field: the one list that planning, prices, bookings and bills share."""

from enum import StrEnum


class Service(StrEnum):
    """A kind of work, each with its own tank or hopper, width and rate."""

    SPRAY = "spray"
    SPREAD = "spread"
    SOW = "sow"
