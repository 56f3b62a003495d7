"""What may be said about the aircraft of a cooperative."""

from typing import ClassVar

from drone_service.kit.errors import Conflict, Invalid, NotFound
from drone_service.kit.i18n import N_


class AircraftNotFound(NotFound):
    code = "fleet.aircraft_not_found"


class UnknownModel(Invalid):
    code = "fleet.unknown_model"
    title: ClassVar[str] = N_("We do not know this model")
    detail: ClassVar[str] = N_("There is no aircraft model “%(model)s” in the catalogue. Choose one of the list.")


class SerialTaken(Conflict):
    code = "fleet.serial_taken"
    title: ClassVar[str] = N_("This serial number is in use")
    detail: ClassVar[str] = N_("Another aircraft of yours has the serial number %(serial)s.")
