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


class NotOfTheCrew(Invalid):
    code = "fleet.not_of_the_crew"
    title: ClassVar[str] = N_("This person does not fly")
    detail: ClassVar[str] = N_("A crew is made of operators and owners. Give %(name)s one of these roles first.")


class SerialTaken(Conflict):
    code = "fleet.serial_taken"
    title: ClassVar[str] = N_("This serial number is in use")
    detail: ClassVar[str] = N_("Another aircraft of yours has the serial number %(serial)s.")
