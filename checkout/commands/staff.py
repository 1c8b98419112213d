"""The staff from the command line: whoever runs the installation lets the first administrator in."""

from __future__ import annotations

from typing import Annotated

import typer

from checkout.commands.common import ConfigFile, Embedded, database, failed, read_config
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Refusal
from checkout.ground.events import audit
from checkout.ground.loop import run_loop
from checkout.ground.service import Service, open_service
from checkout.people import enter, staff_store
from checkout.privacy.person import colleague
from checkout.web.texts import explain

app = typer.Typer(no_args_is_help=True, help="People who sign in; the others are invited on the screen.")
OPERATOR = "operator"


async def invited(tx: Tx, service: Service, *, name: str, email: str, role: str) -> str:
    """A new member of the staff with one role everywhere; the secret of the link by which they choose a password.

    Raises Conflict `staff_known`; Invalid naming the field.
    """
    staff_id = await staff_store.add(tx, service.vault, colleague(name=name, email=email), language="ru", by=OPERATOR)
    await staff_store.grant(tx, staff_id, [(role, None)])
    await audit(tx, principal=OPERATOR, action="staff.invite", object_=str(staff_id), outcome="done")
    return await enter.ticket(tx, await staff_store.read(tx, staff_id), purpose="invitation", by=OPERATOR)


async def recovered(tx: Tx, service: Service, *, email: str) -> str | None:
    """A new link for somebody who is known by this address; None for anybody else."""
    found = await staff_store.by_email(tx, service.vault, email)
    if found is None:
        return None
    await audit(tx, principal=OPERATOR, action="staff.recovery", object_=str(found.id), outcome="done")
    return await enter.ticket(tx, found, purpose="recovery", by=OPERATOR)


@app.command("invite")
def invite(
    email: str,
    name: Annotated[str, typer.Option(help="As the clinic writes it.")],
    role: Annotated[str, typer.Option(help="cashier, accountant, controller, administrator …")] = "administrator",
    config: ConfigFile = None,
    *,
    allow_embedded: Embedded = False,
) -> None:
    """Print a one-time link by which somebody chooses a password; it lives for a day."""
    loaded = read_config(config)

    async def work(url: str) -> str:
        async with open_service(loaded, url, pool=1) as service:

            async def add(tx: Tx) -> str:
                known = [found.name for found in await staff_store.roles(tx)]
                if role not in known:
                    raise failed(f"a role is one of: {', '.join(known)}")
                return await invited(tx, service, name=name, email=email, role=role)

            return await in_transaction(service.engine, add)

    with database(loaded, allow_embedded=allow_embedded) as urls:
        try:
            token = run_loop(work(urls.app))
        except Refusal as refusal:
            raise failed(explain(refusal, "en")) from refusal
    typer.echo(f"{loaded.desk_url}/desk/ticket/{token}")


@app.command("recover")
def recover(email: str, config: ConfigFile = None, *, allow_embedded: Embedded = False) -> None:
    """Print a one-time link for somebody who is locked out; their second factor stays."""
    loaded = read_config(config)

    async def work(url: str) -> str | None:
        async with open_service(loaded, url, pool=1) as service:
            return await in_transaction(service.engine, lambda tx: recovered(tx, service, email=email))

    with database(loaded, allow_embedded=allow_embedded) as urls:
        token = run_loop(work(urls.app))
    if token is None:
        raise failed("nobody of the staff has this address")
    typer.echo(f"{loaded.desk_url}/desk/ticket/{token}")
