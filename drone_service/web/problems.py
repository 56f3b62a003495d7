"""What the `type` of a problem points to: one page for each code, in the reader's language."""

import re

from fastapi.responses import Response

from drone_service.access.routes import page_router
from drone_service.kit.errors import NotFound, errors_by_code
from drone_service.web.pages import PageDep

router = page_router()

_PLACE = re.compile(r"%\(\w+\)s")


@router.get("/problems/{code}")
def show_problem(code: str, page: PageDep) -> Response:
    error = errors_by_code().get(code)
    if error is None:
        raise NotFound
    # Nothing happened here, so there is nothing to fill the places of the sentence with.
    detail = _PLACE.sub("…", page.text(error.detail))
    return page.render("problem.html", title=page.text(error.title), detail=detail, error=error)
