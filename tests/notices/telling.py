"""What the tests of notices ask of the world."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from checkout.ground.db import Tx, rows, run, sql
from checkout.ground.events import Event, record
from checkout.ground.service import Service
from checkout.inbox import Mail
from checkout.notices.send import send_due
from checkout.parts import LETTERS
from checkout.payment.order import Order
from checkout.payment.place import link_token
from tests.setting import free_port
from tests.world import World, mail_to

SERVICES = ("терапевт", "Приём", "General practitioner", "УЗИ", "ultrasound")  # what nobody else need know
_MOVE = sql("""
UPDATE orders SET starts_at = starts_at + CAST(:by AS interval), ends_at = ends_at + CAST(:by AS interval),
       sequence = sequence + 1 WHERE id = :id""")
_TOLD = sql("SELECT * FROM message WHERE order_id = :id ORDER BY created_at, id")


async def told(world: World, order: Order) -> list[dict[str, Any]]:
    """The order's messages as the office sees them."""
    status, answer = await world.api("GET", f"/v1/orders/{order.id}/messages", "office")
    assert status == 200
    found: list[dict[str, Any]] = answer["data"]
    return found


async def states(world: World, order: Order) -> list[tuple[str, str, str | None]]:
    """Template, state and outcome of each letter and text of the order."""
    return [(one["template"], one["state"], one["outcome"]) for one in await told(world, order)]


async def move_visit(world: World, order: Order, by: timedelta) -> None:
    """The visit has another time, and the event says so."""

    async def work(tx: Tx) -> None:
        await run(tx, _MOVE, id=order.id.uuid, by=by)
        await record(tx, order.id, "key:office", [Event("order", order.id, "moved")])

    await world.tx(work)


async def at_rest(world: World, order: Order) -> list[dict[str, Any]]:
    """The message rows themselves."""
    return [dict(row._mapping) for row in await world.tx(lambda tx: rows(tx, _TOLD, id=order.id.uuid))]  # noqa: SLF001 - its name


async def wait_until(world: World, moment: datetime) -> None:
    """Nothing happens until then."""
    step = (moment - await world.now()).total_seconds()
    assert step > 0, "time does not run backwards"
    await world.advance(seconds=step)


def without_mail_server(world: World) -> Service:
    """The same service while nobody listens on the mail server's port."""
    config = world.config.model_copy(update={"mail": mail_to(free_port())})
    return replace(world.service, config=config)


async def try_to_tell(service: Service) -> None:
    """One worker's rounds until nothing is due."""
    while await send_due(LETTERS, service):
        pass


def link(world: World, order: Order) -> str:
    return f"{world.config.public_url}/o/{link_token(world.service, order.id)}"


def plain(mail: Mail) -> str:
    """The text with spaces as one types them."""
    return mail.text.replace("\u00a0", " ").replace("\r\n", "\n")
