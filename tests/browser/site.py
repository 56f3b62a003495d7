"""The demonstration behind a real server, and a person in front of it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page
from sqlmodel import col

from drone_service.access.models import Cooperative
from drone_service.access.rules import Role
from drone_service.demo import load_if_empty
from drone_service.kit.clock import utc_now
from drone_service.kit.tasks import TaskRun
from drone_service.scheduling import tasks
from drone_service.web.demonstration import DEMO_LOGINS
from tests.conftest import LiveServer

PHONE = {"width": 360, "height": 800}
DESK = {"width": 1440, "height": 900}
LOGINS = {login.role: login for login in DEMO_LOGINS}
PRICES_VND = {"spray": 180_000, "spread": 150_000, "sow": 200_000}
FUNGICIDE = {
    "name": "Placeholder fungicide 250 SC",
    "group": "fungicide",
    "formulation": "SC",
    "dose_min_per_ha": 200,
    "dose_per_ha": 300,
    "dose_max_per_ha": 400,
    "unit": "mL",
    "phi_days": 14,
}


@dataclass(frozen=True)
class Site:
    """A server with people, prices, a product and an aircraft."""

    server: LiveServer
    browser: Browser

    def visitor(self, language: str = "en", viewport: dict[str, int] = PHONE, **options: Any) -> BrowserContext:
        context = self.browser.new_context(viewport=viewport, base_url=self.server.url, **options)
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": "lang", "value": language, "url": self.server.url}])
        return context

    def sign_in(self, role: Role, language: str = "en", viewport: dict[str, int] = PHONE, **options: Any) -> Page:
        page = self.visitor(language, viewport, **options).new_page()
        page.goto("/login/password")
        page.fill("#phone", LOGINS[role].phone)
        page.fill("#password", LOGINS[role].password)
        page.click("main .button.main")
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    def end_search(self, run_id: UUID) -> None:
        """Do a search for a plan to its end, as the worker would."""
        run = TaskRun(self.server.database, "test", utc_now)
        with run.transaction(write=False) as session:
            cooperative_id = session.execute(sa.select(col(Cooperative.id))).scalar_one()
        tasks.optimise(run, cooperative_id=cooperative_id, run_id=run_id)


def prepare(server: LiveServer) -> None:
    """Load the demonstration and make sure that it has what a booking needs; what is there already is left alone."""
    load_if_empty(server.database, now=utc_now())
    owner = LOGINS[Role.OWNER]
    with httpx.Client(base_url=f"{server.url}/api/v1") as client:
        signed = client.post("/sessions/by-password", json={"phone": owner.phone, "password": owner.password})
        client.headers["authorization"] = f"Bearer {signed.json()['token']}"
        for service, amount_vnd in PRICES_VND.items():
            price = {"service": service, "unit": "ha", "amount_vnd": amount_vnd, "valid_from": "2026-01-01"}
            client.post("/prices", json=price)
        client.post("/products", json=FUNGICIDE)
        if not client.get("/aircraft").json()["items"]:
            client.post("/aircraft", json={"model": "dji-agras-t40", "name": "T40", "serial": "DEMO-1"})
