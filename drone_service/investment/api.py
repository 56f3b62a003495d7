"""The return under `/api/v1`. Owners only."""

from typing import Annotated

from fastapi import Query, Response

from drone_service.access.deps import ActorDep
from drone_service.access.routes import api_router
from drone_service.investment import exporting, queries
from drone_service.investment.rules import Pace
from drone_service.investment.schemas import PaceIn, PaybackOut, ReturnOut
from drone_service.kit.clock import NowDep, local_day
from drone_service.kit.db import SessionDep
from drone_service.kit.spreadsheet import MEDIA_TYPE

router = api_router(tag="investment")


class WorkbookResponse(Response):
    """A file for a spreadsheet program."""

    media_type = MEDIA_TYPE


@router.get("/return")
def get_return(session: SessionDep, actor: ActorDep, now: NowDep) -> ReturnOut:
    """Return revenue, costs and profit by month and season, and how much of the investment is back."""
    return queries.get_return(session, actor, local_day(now))


@router.get("/return/what-if")
def get_what_if(pace: Annotated[PaceIn, Query()], session: SessionDep, actor: ActorDep, now: NowDep) -> PaybackOut:
    """Return when all would be back if a month were like this. Nothing is stored."""
    return queries.get_payback_at(session, actor, Pace(**pace.model_dump()), local_day(now))


@router.get("/return.xlsx", response_class=WorkbookResponse)
def get_workbook(session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    """Return the same as a file for a spreadsheet program."""
    return workbook_response(exporting.export_return(session, actor, local_day(now)))


def workbook_response(content: bytes) -> Response:
    """Answer with a file to save."""
    return WorkbookResponse(content, headers={"Content-Disposition": 'attachment; filename="return.xlsx"'})
