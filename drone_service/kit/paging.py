"""Lists come in pages, newest or nearest first as each list says, with a cursor to the next page."""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel

from drone_service.kit.text import Line

T = TypeVar("T")

MAX_LIMIT = 200
LimitQuery = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows in a page.")]
SearchQuery = Annotated[Line, Query(max_length=80, description="Part of a name.")]
AfterQuery = Annotated[UUID | None, Query(description="The `next` of the page before.")]


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is absent on the last one."""

    items: list[T]
    next: UUID | None = None


def every(fetch: Callable[[UUID | None], tuple[Sequence[T], UUID | None]]) -> Iterator[T]:
    """Go through a whole list: `fetch` returns the page after an id, and the id to go on after."""
    after: UUID | None = None
    while True:
        rows, after = fetch(after)
        yield from rows
        if after is None:
            return


def follows(row: sa.Select[Any], *order: Any) -> sa.ColumnElement[bool]:
    """Select what comes after a row in ascending `order`; `row` selects that one row. After no row there is nothing."""
    return sa.tuple_(*order) > row.with_only_columns(*order).scalar_subquery()


def precedes(row: sa.Select[Any], *order: Any) -> sa.ColumnElement[bool]:
    """The same for a list in descending order."""
    return sa.tuple_(*order) < row.with_only_columns(*order).scalar_subquery()


def split_page(rows: Sequence[T], limit: int) -> tuple[list[T], T | None]:
    """Split `limit + 1` fetched rows into the page and its last row where more follow."""
    page = list(rows[:limit])
    return page, page[-1] if len(rows) > limit and page else None
