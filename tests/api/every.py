"""Every route that there is, by the registry, and one order with everything around it to fill their paths with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from ulid import ULID

from checkout.ground.db import one, rows, sql
from checkout.ground.ids import ChargebackId, PaymentId
from checkout.notices import store as messages
from checkout.parts import PARTS
from checkout.payment import day_off
from checkout.payment.day_off import Cure, Wish
from checkout.payment.day_off_store import Called
from checkout.payment.order import Order
from checkout.payment.pay import return_token
from checkout.payment.place import link_token, pay_token
from checkout.people import store as people
from checkout.till import move
from checkout.web.routes import Op, Page
from refunds.chargebacks import recognise, store
from tests.flows.registry import Said, brought_in
from tests.setting import EMPTIED
from tests.world import World, roubles

EVERY: Final = [entry for room in PARTS.rooms for entry in room]
OPS: Final = [entry for entry in EVERY if isinstance(entry, Op)]
PAGES: Final = [entry for entry in EVERY if isinstance(entry, Page)]
# Forms of our pages; a browser sends no report of its own accord from elsewhere, and a bank is no browser.
FORMS: Final = [
    page for page in PAGES if page.method == "POST" and page.path not in ("/csp-reports", "/callbacks/{merchant}")
]
_PARAMETER: Final = re.compile(r"\{(\w+)(?::[^}]+)?\}")
_SCREWS: Final = ("audit", "bucket", "worker")  # what a look may leave behind


def filled(path: str, **facts: str) -> str:
    """The path with a fact in the place of each name."""
    return _PARAMETER.sub(lambda match: facts.get(match[1], "x"), path)


def example_path(path: str) -> str:
    """With something in the place of each name: an order that nobody made, a clinic that there is."""
    return filled(path, id=f"ord_{'0' * 26}", message_id=f"msg_{'0' * 26}", slug="tverskaya")


@dataclass(frozen=True, slots=True)
class Story:
    """A paid order at one clinic, a refund of it, a part of it charged back, a message about it, the clinic's till with takings
    on their way, and its day, of which somebody wants that it is called off.
    """

    world: World
    order: Order
    payment: str
    refund: str
    chargeback: str
    message: str
    shift: str
    hand_over: str
    payment_id: str
    day_off: str

    def path(self, path: str) -> str:
        """The path of an operation or a page that leads to this order."""
        service = self.world.service
        others = {
            "/v1/refunds/": self.refund,
            "/v1/chargebacks/": self.chargeback,
            "/v1/shifts/": self.shift,
            "/v1/hand-overs/": self.hand_over,
            "/v1/payments/": self.payment_id,
        }
        named = [id_ for start, id_ in others.items() if path.startswith(start)]
        tokens = {
            "/o/": link_token(service, self.order.id),
            "/p/": pay_token(service, self.order.id),
            "/r/": self.payment,
        }
        return filled(
            path,
            id=named[0] if named else str(self.order.id),
            message_id=self.message,
            slug=self.order.clinic,
            token=tokens.get(path[:3], "x"),
            kind="mailing",
            code="slot_taken",
            name="payer.css",
        )


async def story(world: World) -> Story:
    order, payment = await world.paid()
    body = {"amount": {"amount": 100_000}, "reason": "the doctor was ill"}
    status, refund = await world.api("POST", f"/v1/orders/{order.id}/refunds", "finance", body)
    assert status == 201, refund
    await world.letters()
    told = await world.tx(lambda tx: messages.of_order(tx, order.id))
    shift = await world.open_till(1000)
    called = Called(order.clinic_id, order.starts_at.date(), None, "the doctor is ill")
    wishes = [Wish(order.id, 0, Cure.CREDIT)]
    given = await world.tx(lambda tx: move.give(tx, shift.id, roubles(100), principal="olga"))
    return Story(
        world,
        order,
        return_token(world.service, payment),
        refund["id"],
        chargeback=str(await partly_charged_back(world, order, payment)),
        message=str(told[0].id),
        shift=str(shift.id),
        hand_over=str(given.id),
        payment_id=str(payment),
        day_off=str(await world.tx(lambda tx: day_off.ask(tx, called, wishes, principal="olga"))),
    )


async def partly_charged_back(world: World, order: Order, payment: PaymentId) -> ChargebackId:
    """A line of the bank's registry says so, of 500 roubles."""
    line = Said(f"cb-{payment}", payment, "chargeback", amount="500,00", fee="0,00")
    with TemporaryDirectory() as folder:
        await brought_in(world, Path(folder) / "registry.csv", line)
    await recognise.recognise_due(world.service)
    (found,) = await world.tx(lambda tx: store.of_order(tx, order.id))
    return found.id


async def key_of(world: World, clinic: str, role: str = "admin") -> dict[str, str]:
    """The headers of a key that is for one clinic only."""
    found = await world.tx(lambda tx: one(tx, sql("SELECT id FROM clinic WHERE slug = :slug"), slug=clinic))
    assert found is not None
    name = f"{role}-of-{clinic}-{ULID()}"
    secret = await world.tx(lambda tx: people.add_key(tx, name=name, role=role, clinics=[found.id]))
    return {"Authorization": f"Bearer {secret}", "Idempotency-Key": str(ULID())}


def spoilt(body: Any) -> Iterator[Any]:
    """The same body with a field that nobody knows, once at every place where one could stand."""
    if isinstance(body, dict):
        yield {**body, "surprise": 1}
        for name, inner in body.items():
            yield from ({**body, name: other} for other in spoilt(inner))
    if isinstance(body, list):
        for index, inner in enumerate(body):
            yield from ([*body[:index], other, *body[index + 1 :]] for other in spoilt(inner))


async def kept(world: World) -> dict[str, Any]:
    """What the tables hold, but for what a look may leave behind."""
    tables = [name for name in EMPTIED.split(", ") if name not in _SCREWS]
    asked = " UNION ALL ".join(
        f"SELECT '{name}' AS name, md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS held FROM {name} t"  # noqa: S608 - names of this file
        for name in tables
    )
    return {row.name: row.held for row in await world.tx(lambda tx: rows(tx, sql(asked)))}
