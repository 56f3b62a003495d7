"""HEAD answers as GET does and sends no body."""

from collections.abc import Callable

import pytest

from tests.conftest import Client
from tests.people import People


@pytest.mark.parametrize("path", ["/healthz", "/", "/openapi.json", "/nothing", "/api/v1/aircraft-models"])
def test_head_is_get_without_the_body(client: Callable[..., Client], people: People, path: str) -> None:
    visitor = client(people.visitor)
    get, head = visitor.get(path), visitor.head(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert get.content
