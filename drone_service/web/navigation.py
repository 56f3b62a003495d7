"""Where each role can go: at most four tabs, everything else on the menu page."""

from collections.abc import Sequence
from dataclasses import dataclass

from drone_service.access.rules import BOOKERS_FOR_OTHERS, STAFF, Actor, Role
from drone_service.kit.i18n import N_

EVERYBODY = frozenset(Role)
OWNER = frozenset({Role.OWNER})


@dataclass(frozen=True)
class Link:
    """One place to go: its path, its word, its icon, who sees it, and which other pages belong to it."""

    path: str
    label: str
    icon: str
    roles: frozenset[Role] = EVERYBODY
    parts: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Tell whether a page lies here, so that its tab is marked."""
        return any(path == start or path.startswith(f"{start}/") for start in (self.path, *self.parts))


BOOK = Link("/book", N_("Book"), "plus")
JOBS = Link("/jobs", N_("Jobs"), "list", parts=("/invoices",))
FIELDS = Link("/fields", N_("Fields"), "field")
ACCOUNT = Link("/account", N_("Account"), "person")
TODAY = Link("/today", N_("Today"), "drone", STAFF, ("/tomorrow", "/days", "/work"))
WEEK = Link("/week", N_("Week"), "calendar", STAFF)
BOARD = Link("/board", N_("Board"), "calendar", STAFF, ("/gatherings",))
GATHER = Link("/gatherings", N_("Gather jobs along a road"), "road", STAFF)
RETURN = Link("/return", N_("Return"), "chart", OWNER)
MONEY = Link("/money", N_("Money"), "money", OWNER, ("/invoices", "/debts", "/costs", "/ledger"))
MENU = Link("/menu", N_("Menu"), "menu")

TABS: dict[Role, tuple[Link, ...]] = {
    Role.FARMER: (BOOK, JOBS, FIELDS, ACCOUNT),
    Role.AGENT: (BOOK, JOBS, FIELDS, ACCOUNT),
    Role.OPERATOR: (TODAY, BOARD, JOBS, MENU),
    Role.OWNER: (RETURN, MONEY, BOARD, MENU),
}
_MOST_FIRST = (Role.OWNER, Role.OPERATOR, Role.AGENT, Role.FARMER)

MENU_GROUPS: tuple[tuple[str, tuple[Link, ...]], ...] = (
    (
        N_("Work"),
        (TODAY, BOARD, GATHER, WEEK, JOBS, Link("/book", N_("Book for a caller"), "phone", BOOKERS_FOR_OTHERS), FIELDS),
    ),
    (
        N_("Money"),
        (
            RETURN,
            MONEY,
            Link("/debts", N_("Debts"), "debt", OWNER),
            Link("/costs", N_("Costs"), "cost", OWNER),
            Link("/ledger", N_("Ledger"), "list", OWNER),
        ),
    ),
    (
        N_("The cooperative"),
        (
            Link("/prices", N_("Prices"), "price", OWNER),
            Link("/weather", N_("Weather"), "sun", STAFF),
            Link("/products", N_("Products"), "bottle", STAFF),
            Link("/aircraft", N_("Aircraft"), "drone", STAFF),
            Link("/people", N_("People"), "people", OWNER),
            Link("/settings", N_("Settings"), "edit", OWNER),
        ),
    ),
    (N_("You"), (ACCOUNT,)),
)


def tabs_for(actor: Actor | None) -> Sequence[Link]:
    """Return the tabs of the role with the most to do."""
    if actor is None:
        return ()
    return next((TABS[role] for role in _MOST_FIRST if actor.has(role)), ())


def menu_for(actor: Actor) -> list[tuple[str, list[Link]]]:
    """Return the groups of the menu page that hold something for the actor."""
    groups = ((title, [link for link in links if actor.roles & link.roles]) for title, links in MENU_GROUPS)
    return [(title, links) for title, links in groups if links]


def home_of(actor: Actor) -> str:
    """Return where somebody lands after signing in: their first tab, the list of jobs for a farmer."""
    return tabs_for(actor)[0].path if actor.is_staff else JOBS.path
