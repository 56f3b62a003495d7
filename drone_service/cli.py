"""The command line `drone-service`: it names the commands, which live in `commands/`.

Data goes to standard output and messages to standard error. Exit 0: done, 2: wrong input, 1: failure.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

COMMANDS = {
    "serve": "server:serve",
    "worker": "server:worker",
    "demo": "database:demo",
    "migrate": "database:migrate",
    "backup": "database:backup",
    "restore": "database:restore",
    "doctor": "doctor:doctor",
    "area": "area:area",
    "problems": "problems:problems",
    "plan": "plan:plan",
    "schedule": "schedule:schedule",
    "person": "people:app",
}
"""Each command, and the module and name under `commands` where it is."""


class Commands(TyperGroup):
    """Imports only the command that is called: the engines start in a fraction of the time the server needs."""

    def list_commands(self, _ctx: Any) -> list[str]:
        """Return the names in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, _ctx: Any, cmd_name: str) -> Any:
        """Find a command by its name."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command = get_command(_app_of(getattr(import_module(f"drone_service.commands.{module}"), name), cmd_name))
        command.name = cmd_name
        return command


def _app_of(found: typer.Typer | Callable[..., None], name: str) -> typer.Typer:
    if isinstance(found, typer.Typer):
        return found
    single = typer.Typer(add_completion=False)
    single.command(name)(found)
    return single


app = typer.Typer(
    name="drone-service",
    cls=Commands,
    help="Booking, flight planning, scheduling, spray records, billing and return for drone-spraying teams.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def start() -> None:
    """Booking, flight planning, scheduling, spray records, billing and return for drone-spraying teams."""


def main() -> None:
    """Run the command line."""
    app()
