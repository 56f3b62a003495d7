"""The aircraft models that come with the program: data files, checked when they are loaded."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TypeAlias

from drone_service.engine.coverage.aircraft import AircraftSpec, parse_aircraft

DEFAULT_MODEL = "dji-agras-t40"
Catalogue: TypeAlias = MappingProxyType[str, AircraftSpec]


@cache
def load_catalogue() -> Catalogue:
    """Return every known model by its slug. Raises AircraftRefused where a file is wrong."""
    folder = resources.files("drone_service.fleet") / "models"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".json"))
    specs = [parse_aircraft(json.loads((folder / name).read_text(encoding="utf-8"))) for name in names]
    return MappingProxyType({spec.slug: spec for spec in specs})


def find_model(slug: str) -> AircraftSpec | None:
    """Find a model by its slug."""
    return load_catalogue().get(slug)
