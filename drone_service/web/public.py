"""The public page: what it costs, where we fly, and how to begin."""

from fastapi.responses import Response

from drone_service.access.routes import page_router
from drone_service.web.demonstration import DEMO_LOGINS
from drone_service.web.pages import PageDep

router = page_router()


@router.get("/")
def show_home(page: PageDep) -> Response:
    return page.render("public/home.html", prices=[], logins=DEMO_LOGINS if page.settings.demo else ())
