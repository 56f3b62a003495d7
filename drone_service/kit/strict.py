"""JSON that means what it says: `true` is not the number 1, `"7"` not the number 7, and 0 not a moment in 1970.

pydantic is lax with all of them, because text is all that forms and addresses have.
"""

import re
from datetime import datetime
from typing import Any

from pydantic_core import PydanticCustomError, core_schema

_KINDS = frozenset({"int", "float", "bool"})


def strictly(schema: Any) -> Any:
    """Make the numbers, truth values and moments of a core schema strict, in place, and return it.

    `model_validate(…, strict=False)` is lax all the same; the forms of the pages use it.
    """
    if _is_strict_already(schema):
        # pydantic hands out the schema of a model again for every place that uses it.
        return schema
    if isinstance(schema, dict):
        for name, inner in schema.items():
            schema[name] = strictly(inner)
        # A schema names its kind; among the members of a model, `type` may be a member of that name.
        kind = schema.get("type")
        if isinstance(kind, str) and kind in _KINDS:
            schema["strict"] = True
            if kind == "int":
                return core_schema.no_info_before_validator_function(_whole, schema)
        elif kind == "datetime":
            return core_schema.no_info_before_validator_function(_written_out, schema)
    elif isinstance(schema, list):
        schema[:] = [strictly(inner) for inner in schema]
    return schema


def _is_strict_already(schema: Any) -> bool:
    return (
        isinstance(schema, dict)
        and schema.get("type") == "function-before"
        and schema["function"]["function"] in (_whole, _written_out)
    )


def _whole(value: object) -> object:
    # JSON has one kind of number: 7.0 is a whole one.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _written_out(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value)):
        return value
    raise PydanticCustomError("datetime_type", "Input should be a date and time as text")
