"""A schema is made strict once, however often pydantic hands it out."""

from datetime import datetime

from pydantic import TypeAdapter
from pydantic_core import SchemaValidator

from drone_service.kit.strict import strictly


def depth(schema: object) -> int:
    if isinstance(schema, dict):
        return 1 + max((depth(inner) for inner in schema.values()), default=0)
    return 1 + max(map(depth, schema), default=0) if isinstance(schema, list) else 0


def test_again_changes_nothing() -> None:
    schema = strictly(TypeAdapter(dict[str, list[int | datetime]]).core_schema)
    once = depth(schema)
    for _ in range(3):
        schema = strictly(schema)
    assert depth(schema) == once
    assert SchemaValidator(schema).validate_python({"a": [7.0]}) == {"a": [7]}
