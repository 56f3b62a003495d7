"""The built front end: which hashed file stands for which source, and how long browsers may keep it."""

import json
from collections.abc import Mapping
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC_FOLDER = Path(__file__).parent / "static"
MANIFEST = STATIC_FOLDER / "dist" / ".vite" / "manifest.json"
_A_YEAR = "public, max-age=31536000, immutable"
_AN_HOUR = "public, max-age=3600"


class Assets:
    """The names in Vite's manifest. Without a build the pages still work, unstyled."""

    def __init__(self, manifest: Path = MANIFEST) -> None:
        self._entries: Mapping[str, dict[str, object]] = json.loads(manifest.read_text()) if manifest.is_file() else {}

    def script(self, name: str) -> str:
        """Return the address of the module built from `src/<name>.ts`, or nothing when it is not built."""
        return self._address(f"src/{name}.ts")

    def style(self, name: str) -> str:
        """Return the address of the style sheet built from `src/<name>.css`, or nothing when it is not built."""
        return self._address(f"src/{name}.css")

    def files(self, *sources: str) -> list[str]:
        """Return the addresses of all files that entries are made of, with what their scripts load later."""
        found: list[str] = []
        left = list(sources)
        while left:
            entry = self._entries.get(left.pop(), {})
            address = f"/static/dist/{entry.get('file')}"
            if entry and address not in found:
                found.append(address)
                left += [*_names(entry.get("imports")), *_names(entry.get("dynamicImports"))]
        return found

    def _address(self, source: str) -> str:
        entry = self._entries.get(source)
        return f"/static/dist/{entry['file']}" if entry else ""


def _names(names: object) -> list[str]:
    return [str(name) for name in names] if isinstance(names, list) else []


class StaticFolder(StaticFiles):
    """Static files; what carries a hash in its name never changes, so it is kept for a year."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC_FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = _A_YEAR if path.startswith("dist/") else _AN_HOUR
        # The service worker lies with the other files and works for all pages.
        response.headers["Service-Worker-Allowed"] = "/"
        return response
