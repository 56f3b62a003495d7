"""What schemathesis is told about this API: a key of its own for each request, and one more check."""

from itertools import count
from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.core.parameters import ParameterLocation

KEY = "idempotency-key"
# The same key for two different requests is refused, and a generator draws the same few keys again and again.
_keys = (f"{uuid4()}-{number}" for number in count())


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    # Headers that are wrong on purpose stay as they are: a case that is changed is taken for one that is right.
    wrong = case.meta is not None and case.meta.is_negative_at(ParameterLocation.HEADER)
    if not wrong and KEY in (case.headers or {}):
        case.headers[KEY] = next(_keys)


def _is_object(body: Any, pointer: str) -> bool:
    """Tell whether a pointer leads to the whole body or to an object in it, whose parts may contradict one another."""
    for step in pointer.split("/")[2:]:
        body = body.get(step) if isinstance(body, dict) else None
    return pointer.startswith("/body") and isinstance(body, dict)


@schemathesis.check
def refusal_names_its_rule(_context: Any, response: Any, case: Any) -> None:
    """Data that fits the description is refused by a rule with a name, or because its parts contradict one another.

    A description can tell the shape of each part, so a refusal that points at a part is a description that is wrong.
    """
    if response.status_code != 422 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    problem = response.json()
    pointers = [error["pointer"] for error in problem.get("errors", [])]
    if problem["type"] == "/problems/invalid" and not (pointers and all(_is_object(case.body, p) for p in pointers)):
        raise Failure(
            operation=case.operation.label,
            title="Well-formed data was refused for its shape",
            message=response.text,
        )
