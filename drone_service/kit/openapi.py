"""What FastAPI cannot know about the API: which request carries a key, and where the answer of one leads to next."""

from typing import Any

CHANGING = frozenset({"post", "put", "patch", "delete"})
KEY_HEADER = "idempotency-key"


def complete(document: dict[str, Any]) -> None:
    """Add to an OpenAPI document, in place and as often as one likes."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method not in CHANGING:
                _drop_key(operation)
            made = operation["responses"].get("201")
            if method == "post" and made is not None and "{" not in path:
                made["links"] = dict(_links(document["paths"], path))


def _drop_key(operation: dict[str, Any]) -> None:
    parameters = [one for one in operation.get("parameters", ()) if one["name"].lower() != KEY_HEADER]
    if "parameters" in operation:
        operation["parameters"] = parameters


def _links(paths: dict[str, Any], collection: str) -> list[tuple[str, dict[str, Any]]]:
    """Return links from what a POST to a collection makes to everything that can be done with it."""
    found = []
    for path, operations in paths.items():
        rest = path.removeprefix(f"{collection}/")
        if rest == path or not rest.startswith("{"):
            continue
        key = rest[1 : rest.index("}")]
        for operation in operations.values():
            parameters = {f"path.{key}": "$response.body#/id"}
            if any(one["name"].lower() == "if-match" for one in operation.get("parameters", ())):
                parameters["header.If-Match"] = "$response.header.ETag"
            found.append(
                (operation["operationId"], {"operationId": operation["operationId"], "parameters": parameters})
            )
    return found
