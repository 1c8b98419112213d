"""Notes on a payment at the bank: who may not be in them, and what is told of them."""

from __future__ import annotations

import pytest

from checkout.ground.db import rows, sql
from checkout.ground.errors import Conflict, Unavailable
from checkout.ground.ids import PaymentId
from checkout.payment import noting
from gateways import sandbox
from gateways.gateway import Refused, Unreachable
from gateways.notes import Unfit
from tests.world import World

_AUDIT = sql("SELECT principal, object, outcome, data FROM audit WHERE action = 'bank.note' ORDER BY seq")
_NOTED = sql("SELECT kind, principal, data FROM event WHERE kind IN ('noting', 'noted') ORDER BY seq")
SOMEBODYS = (
    ("card", "4111-1111-1111-1112"),
    ("card", "4111111111111111"),
    ("call", "8 912 345-67-89"),
    ("call", "+375 29 123-45-67"),
    ("write", "maria@example.com"),
    ("9123456789", "x"),
    ("link", "https://pay.example/o/AAAAAAAAAAAA"),
)
TOO_MUCH = (("qrType", "SBERPAY_DYNAMIC_QR"), ("x", "y" * 1025))


async def test_notes_are_told_by_their_names(world: World) -> None:
    """The story says that the bank was asked and that it added them, the audit who did both; the values are the bank's alone."""
    order, payment_id = await world.paid()
    wanted = {"clinic": "Тверская", "visit": order.code, "room": "12:30, 7"}
    await noting.add(world.service, await world.payment(payment_id), wanted, principal="operator")
    kept = dict(world.bank.find(world.merchant, number=str(payment_id)).request.params)
    assert kept | wanted == kept
    told = await world.tx(lambda tx: rows(tx, _NOTED))
    assert [(one.kind, one.principal, one.data) for one in told] == [
        (kind, "operator", {"names": list(wanted)}) for kind in ("noting", "noted")
    ]
    assert [(one.principal, one.object, one.outcome) for one in await world.tx(lambda tx: rows(tx, _AUDIT))] == [
        ("operator", str(payment_id), outcome) for outcome in ("asked", "done")
    ]
    assert not await world.broken()


async def test_what_may_not_be_noted_is_neither_sent_nor_told(world: World) -> None:
    """Somebody's data, the bank's own words, what is too long; nor where the bank has not named its order."""
    order, payment_id = await world.paid()
    payment = await world.payment(payment_id)
    before = world.bank.find(world.merchant, number=str(payment_id)).request.params
    for name, value in (*SOMEBODYS, *TOO_MUCH):
        with pytest.raises(Unfit):
            await noting.add(world.service, payment, {"visit": order.code, name: value}, principal="operator")
    other = await world.order()
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.CUT_BEFORE, method="register.do"))
    with pytest.raises(Unavailable) as refused:
        await world.start(other)
    lost = PaymentId.parse(refused.value.facts["payment"])
    with pytest.raises(Conflict, match="bank_order_unknown"):
        await noting.add(world.service, await world.payment(lost), {"visit": "1"}, principal="operator")
    assert world.bank.find(world.merchant, number=str(payment_id)).request.params == before
    assert not await world.tx(lambda tx: rows(tx, _NOTED))
    assert not await world.tx(lambda tx: rows(tx, _AUDIT))


async def test_a_note_whose_answer_was_lost_may_be_there(world: World) -> None:
    """Story and audit keep that the bank was asked, the audit that nobody knows more; doing it again changes nothing."""
    order, payment_id = await world.paid()
    payment = await world.payment(payment_id)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.CUT_AFTER, method="addparams.do"))
    with pytest.raises(Unreachable):
        await noting.add(world.service, payment, {"visit": order.code}, principal="operator")
    assert [one.kind for one in await world.tx(lambda tx: rows(tx, _NOTED))] == ["noting"]
    assert [(one.outcome, one.data) for one in await world.tx(lambda tx: rows(tx, _AUDIT))] == [
        ("asked", {"names": ["visit"]}),
        ("unknown", {"names": ["visit"], "why": "Unreachable"}),
    ]
    await noting.add(world.service, payment, {"visit": order.code}, principal="operator")
    params = world.bank.find(world.merchant, number=str(payment_id)).request.params
    assert [value for name, value in params if name == "visit"] == [order.code]


async def test_a_note_that_the_bank_refused_is_not_there(world: World) -> None:
    """The audit tells that from silence."""
    order, payment_id = await world.paid()
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.REFUSE, method="addparams.do", value=4))
    with pytest.raises(Refused):
        await noting.add(world.service, await world.payment(payment_id), {"visit": order.code}, principal="operator")
    *_, last = await world.tx(lambda tx: rows(tx, _AUDIT))
    assert (last.outcome, last.data) == ("refused", {"names": ["visit"], "why": "Refused"})
