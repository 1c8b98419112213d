"""States of an order with money, or with a visit that stands: booked, over, without a visit, going back; what can be done."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from checkout.payment import visit
from checkout.payment.order import Order, Plan
from checkout.payment.settle import settle
from checkout.payment.visit import Outcome
from checkout.web.payer.choice import written
from checkout.web.payer.standing import Face
from tests.browser.scene import Scene, States
from tests.pages.test_pages_money_back import changes_its_mind
from tests.printed import expecting, issued

STATES: Final = States()
ULTRASOUND: Final = (("ultrasound", 1),)
MOVE: Final = "form[action*='/move'] button"
_REASONS: Final = {"ru": "Врач заболел", "en": "The doctor fell ill"}


# --- booked


@STATES.state("order.html", Face.BOOKED)
async def booked(scene: Scene) -> str:
    """The result, at the address that went through the bank."""
    _, payment = await scene.paid()
    return scene.back(payment)


@STATES.state("order.html", Face.BOOKED)
async def booked_with_goods(scene: Scene) -> str:
    """The private page of a service, its option and goods, with everything that can be done."""
    order, _ = await scene.paid(lines=(("ultrasound", 1), ("ultrasound-zone", 1), ("insoles", 2)))
    return scene.home(order)


@STATES.state("order.html", Face.BOOKED)
async def with_receipt(scene: Scene) -> str:
    """The bank has printed it: its numbers, and where to see it."""
    order, payment = await scene.paid()
    await issued(scene.world, await expecting(scene.world, order, payment))
    return scene.home(order)


@STATES.state("order.html", Face.BOOKED)
async def receipt_awaited(scene: Scene) -> str:
    """It is to come from the bank."""
    order, payment = await scene.paid()
    await expecting(scene.world, order, payment)
    return scene.home(order)


@STATES.state("order.html", Face.BOOKED)
async def deposit_paid(scene: Scene) -> str:
    """A rest is left to pay."""
    order, _ = await scene.paid(plan=Plan.DEPOSIT)
    return scene.home(order)


@STATES.state("order.html", Face.BOOKED)
async def rest_at_bank(scene: Scene) -> str:
    """The bank's page is open for it."""
    order, _ = await scene.paid(plan=Plan.DEPOSIT)
    await scene.world.start(order)
    return scene.home(order)


@STATES.state("order.html", Face.BOOKED)
async def booked_at_clinic(scene: Scene) -> str:
    """Nothing is paid yet, and nothing has to be."""
    return scene.home(await scene.order(plan=Plan.AT_CLINIC))


@STATES.state("order.html", Face.BOOKED)
async def already_paid(scene: Scene) -> None:
    """Pressed on a page from before the payment."""
    order, _ = await scene.refused()
    await scene.open(scene.home(order))
    again = await scene.world.start(order)
    await scene.world.pay_at_bank(again.payment_id)
    await settle(scene.world.service, again.payment_id)
    await scene.press("form[action*='/pay'] button")


@STATES.state("order.html", Face.BOOKED)
async def moved(scene: Scene) -> None:
    """To another time, with its payment."""
    await scene.open(await move_chosen(scene))
    await scene.press(MOVE)


@STATES.state("order.html", Face.BOOKED)
async def surplus(scene: Scene) -> str:
    """Both tries were paid: one sum goes back by itself."""
    order, first = await scene.refused()
    second = await scene.world.start(order)
    await scene.world.pay_at_bank(second.payment_id)
    await settle(scene.world.service, second.payment_id)
    changes_its_mind(scene.world, first)
    await settle(scene.world.service, first)
    return scene.home(order)


@STATES.state("order.html", Face.BOOKED)
async def refund_requested(scene: Scene) -> str:
    """A part, asked for by a person: the steps and the days."""
    order, _ = await scene.paid()
    wish = {"amount": {"amount": 50_000, "currency": "RUB"}, "reason": _REASONS[scene.language]}
    status, _ = await scene.world.api("POST", f"/v1/orders/{order.id}/refunds", "finance", wish)
    assert status == 201
    return scene.home(order)


@STATES.state("order.html", Face.SETTLED)
async def given(scene: Scene) -> str:
    """The visit is over; its proof can be shown to a review site."""
    return scene.home(await _over(scene, Outcome.GIVEN))


@STATES.state("order.html", Face.OWING)
async def owing(scene: Scene) -> str:
    """The visit is over, and a rest is not paid."""
    return scene.home(await _over(scene, Outcome.GIVEN, plan=Plan.DEPOSIT))


@STATES.state("order.html", Face.MISSED)
async def missed(scene: Scene) -> str:
    """Nobody came."""
    return scene.home(await _over(scene, Outcome.NO_SHOW))


async def _over(scene: Scene, outcome: Outcome, plan: Plan = Plan.FULL) -> Order:
    order, _ = await scene.paid(plan=plan)
    await scene.world.advance(seconds=(order.ends_at - await scene.world.now()).total_seconds())
    await scene.world.tx(lambda tx: visit.mark(tx, order.id, outcome, principal="olga"))
    return order


# --- money without a visit


@STATES.state("order.html", Face.LATE)
async def late(scene: Scene) -> str:
    """Paid after the time was sold to somebody else: another time, or the money back."""
    return scene.home(await _late_money(scene))


@STATES.state("order.html", Face.LATE)
async def late_result(scene: Scene) -> str:
    """The same at the address that went through the bank."""
    await _late_money(scene)
    return scene.back(scene.newest())


async def _late_money(scene: Scene) -> Order:
    order, payment = await scene.started(lines=ULTRASOUND)
    await scene.world.advance(minutes=40)
    await scene.world.sweep()
    await scene.order(lines=ULTRASOUND, starts_at=order.starts_at)
    changes_its_mind(scene.world, payment)
    await settle(scene.world.service, payment)
    return order


@STATES.state("order.html", Face.CALLED_OFF)
async def called_off(scene: Scene) -> None:
    """Cancelled, the money waits for another time."""
    await _cancelled(scene, "keep")


@STATES.state("order.html", Face.REFUNDING)
async def refund_scheduled(scene: Scene) -> None:
    """Cancelled, the money is on its way: four steps with their days."""
    await _cancelled(scene, "return")


async def _cancelled(scene: Scene, money: str) -> None:
    order, _ = await scene.paid()
    await scene.open(scene.home(order, "/cancel"))
    await scene.press(f"button[value={money}]")


@STATES.state("order.html", Face.REFUNDED)
async def refund_done(scene: Scene) -> str:
    """The bank has accepted it; arrival is promised, not claimed."""
    await refund_scheduled(scene)
    await scene.world.sweep()
    return urlsplit(scene.page.url).path


# --- what can be done with a visit


@STATES.state("cancel.html")
async def cancel_preview(scene: Scene) -> str:
    """What would go back, how and when."""
    order, _ = await scene.paid(plan=Plan.DEPOSIT)
    return scene.home(order, "/cancel")


@STATES.state("cancel.html", status=409)
async def cancel_too_late(scene: Scene) -> str:
    """The visit has begun."""
    return scene.home(await _begun(scene), "/cancel")


@STATES.state("move.html", status=409)
async def move_too_late(scene: Scene) -> str:
    """The visit has begun."""
    return scene.home(await _begun(scene), "/move")


async def _begun(scene: Scene) -> Order:
    order, _ = await scene.paid()
    await scene.world.advance(seconds=(order.starts_at - await scene.world.now()).total_seconds() + 1)
    return order


@STATES.state("move.html")
async def move(scene: Scene) -> str:
    """Days and times."""
    order, _ = await scene.paid(lines=(("consultation", 1), ("insoles", 2)))
    return scene.home(order, "/move")


@STATES.state("move.html")
async def move_chosen(scene: Scene) -> str:
    """One time, and the button."""
    order, _ = await scene.paid()
    return scene.home(order, f"/move?at={written(await _later(scene))}")


@STATES.state("move.html", status=409)
async def move_taken(scene: Scene) -> None:
    """Somebody was quicker; the visit stands where it stood."""
    order, _ = await scene.paid(lines=ULTRASOUND)
    wanted = await _later(scene, "ultrasound")
    await scene.open(scene.home(order, f"/move?at={written(wanted)}"))
    await scene.order(lines=ULTRASOUND, starts_at=wanted)
    await scene.press(MOVE)


async def _later(scene: Scene, service: str = "consultation") -> datetime:
    return (await scene.world.free(service))[3]


@STATES.state("consents.html")
async def consents(scene: Scene) -> str:
    """What was agreed to, and how to take it back."""
    order, _ = await scene.paid()
    return scene.home(order, "/consents")


@STATES.state("consents.html")
async def consent_withdrawn(scene: Scene) -> None:
    """Taken back; when it will be answered."""
    await scene.open(await consents(scene))
    await scene.press("form[action*='personal-data'] button")
