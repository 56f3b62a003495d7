"""`drone-service person add`: the first owner of a cooperative has to come from somewhere."""

from typing import Annotated

import typer
from pydantic import ValidationError

from drone_service.access import queries, service
from drone_service.access.rules import Role
from drone_service.access.schemas import PersonIn
from drone_service.commands.database import opened
from drone_service.commands.terminal import WRONG_INPUT, fail
from drone_service.kit.db import enter_tenant
from drone_service.kit.errors import DomainError

app = typer.Typer(add_completion=False, help="People who may sign in.", no_args_is_help=True)


@app.callback()
def people() -> None:
    """People who may sign in."""


@app.command()
def add(
    name: Annotated[str, typer.Option(help="Their name.")],
    phone: Annotated[str, typer.Option(help="Their mobile number, such as 0912345678.")],
    role: Annotated[list[Role], typer.Option(help="What they are; may be given more than once.")],
    with_password: Annotated[bool, typer.Option("--with-password", help="Ask for a password.")] = False,
) -> None:
    """Add a person to the cooperative and print their id."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True) if with_password else None
    try:
        data = PersonIn(name=name, phone=phone, roles=set(role), password=password)
    except ValidationError as error:
        fail("; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors()), WRONG_INPUT)
    try:
        with opened() as database, database.transaction() as session:
            cooperative = queries.get_host_cooperative(session)
            enter_tenant(session, cooperative.id)
            person = service.create_person(session, cooperative_id=cooperative.id, data=data)
            person_id = person.id
    except DomainError as refusal:
        fail(refusal.detail % refusal.params)
    typer.echo(person_id)
