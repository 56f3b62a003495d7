"""The command line `drone-service`: it names the commands, which live in `commands/`.

Data goes to standard output and messages to standard error. Exit 0: done, 2: wrong input, 1: failure.
"""

import typer

from drone_service.commands import database, doctor, people, server
from drone_service.commands.area import area
from drone_service.commands.plan import plan
from drone_service.commands.problems import problems
from drone_service.commands.schedule import schedule

app = typer.Typer(
    name="drone-service",
    help="Booking, flight planning, scheduling, spray records, billing and return for drone-spraying teams.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(server.serve)
app.command()(server.worker)
app.command()(database.demo)
app.command()(database.migrate)
app.command()(database.backup)
app.command()(database.restore)
app.command()(doctor.doctor)
app.command()(area)
app.command()(problems)
app.command()(plan)
app.command()(schedule)
app.add_typer(people.app, name="person")


def main() -> None:
    """Run the command line."""
    app()
