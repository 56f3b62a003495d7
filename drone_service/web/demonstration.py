"""The three log-ins that the demonstration cooperative is made with and the start page offers."""

from dataclasses import dataclass

from drone_service.access.rules import Role
from drone_service.kit.i18n import N_


@dataclass(frozen=True)
class DemoLogin:
    """A made-up person with a phone number and a password that everybody may know."""

    role: Role
    name: str
    phone: str
    password: str
    invitation: str
    title: str
    button: str


DEMO_LOGINS = (
    DemoLogin(
        Role.FARMER,
        "Demo farmer",
        "0900000001",
        "demo-farmer-2026",
        N_("Draw a field, book a job, see what you owe."),
        N_("As a farmer"),
        N_("Sign in as a farmer"),
    ),
    DemoLogin(
        Role.OPERATOR,
        "Demo operator",
        "0900000002",
        "demo-operator-2026",
        N_("See the day, fly the jobs, write them down."),
        N_("As an operator"),
        N_("Sign in as an operator"),
    ),
    DemoLogin(
        Role.OWNER,
        "Demo owner",
        "0900000003",
        "demo-owner-2026",
        N_("See the money and what has come back."),
        N_("As the owner"),
        N_("Sign in as the owner"),
    ),
)
