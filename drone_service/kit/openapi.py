"""What FastAPI cannot know about the API: which request carries which header, and where the answer of one leads to."""

from typing import Any

from pydantic import ConfigDict

from drone_service.kit.text import LINE_PATTERN

CHANGING = frozenset({"post", "put", "patch", "delete"})
KEY_HEADER = "idempotency-key"
VERSION_HEADER = "if-match"
FILLED_LINE_PATTERN = LINE_PATTERN.replace("*$", r"*[^\s\x00-\x1F\x7F-\x9F]") + LINE_PATTERN.removeprefix("^")
"""A line that is not only blank: what is left of it after trimming has a length."""


def example(body: dict[str, Any]) -> ConfigDict:
    """Show a body that is accepted as it stands, or once its ids are those of real things.

    Without one a page that tries the API fills in the longest text and the largest number that the schema allows.
    """
    return ConfigDict(json_schema_extra={"examples": [body]})


def complete(document: dict[str, Any]) -> None:
    """Add to an OpenAPI document, in place and as often as one likes."""
    _fill_lines(document["components"]["schemas"])
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _describe_headers(operation, changing=method in CHANGING)
            _describe_form(document, operation)
            made = operation["responses"].get("201")
            if method == "post" and made is not None and "{" not in path:
                made["links"] = dict(_links(document["paths"], path))


def _describe_headers(operation: dict[str, Any], *, changing: bool) -> None:
    parameters = [one for one in operation.get("parameters", ()) if changing or one["name"].lower() != KEY_HEADER]
    for parameter in parameters:
        if parameter["in"] == "header":
            _without_null(parameter["schema"])
        if parameter["name"].lower() == VERSION_HEADER:
            # Optional to FastAPI, so that leaving it out is answered 428 and not 422.
            parameter["required"] = True
    if "parameters" in operation:
        operation["parameters"] = parameters


def _describe_form(document: dict[str, Any], operation: dict[str, Any]) -> None:
    content = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data")
    if content is not None:
        name = content["schema"]["$ref"].rpartition("/")[2]
        for part in document["components"]["schemas"][name]["properties"].values():
            _without_null(part)


def _without_null(schema: dict[str, Any]) -> None:
    """Headers and the parts of a form are there or not there; they are never null."""
    choices = schema.pop("anyOf", [])
    schema |= next((choice for choice in choices if choice.get("type") != "null"), {})


def _fill_lines(part: Any) -> None:
    if isinstance(part, dict):
        if part.get("pattern") == LINE_PATTERN and part.get("minLength", 0) > 0:
            part["pattern"] = FILLED_LINE_PATTERN
        for inner in part.values():
            _fill_lines(inner)
    elif isinstance(part, list):
        for inner in part:
            _fill_lines(inner)


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
            if any(one["name"].lower() == VERSION_HEADER for one in operation.get("parameters", ())):
                parameters["header.If-Match"] = "$response.header.ETag"
            found.append(
                (operation["operationId"], {"operationId": operation["operationId"], "parameters": parameters})
            )
    return found
