"""ETag and If-Match: an edit says which version it changes, so nobody's change is lost."""

from typing import Annotated, Protocol

from fastapi import Depends, Header, Response

from drone_service.kit.errors import PreconditionFailed, PreconditionRequired


class Versioned(Protocol):
    """A row that counts its changes."""

    version: int


ANY_VERSION = 0
"""What `If-Match: *` asks for: any version, as long as the row exists."""


def etag_of(row: Versioned) -> str:
    """Return the strong ETag of a row."""
    return f'"{row.version}"'


def send_etag(response: Response, row: Versioned) -> None:
    """Put the ETag of a row on the response."""
    response.headers["ETag"] = etag_of(row)


async def if_match(
    if_match: Annotated[
        str | None,
        Header(pattern=r'^(\*|"[1-9][0-9]{0,8}")$', description="The ETag of what you read, or `*` for any version."),
    ] = None,
) -> int:
    """Read the version that the caller wants to change. Raises PreconditionRequired."""
    if if_match is None:
        raise PreconditionRequired
    return ANY_VERSION if if_match == "*" else int(if_match.strip('"'))


IfMatchDep = Annotated[int, Depends(if_match)]


def ensure_version(row: Versioned, expected_version: int) -> None:
    """Refuse a change made against an older version of the row. Raises PreconditionFailed."""
    if expected_version not in (ANY_VERSION, row.version):
        raise PreconditionFailed
