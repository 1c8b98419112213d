"""States of saved cards: the box, the page of one's cards before and after the code, and what comes of a press."""

from __future__ import annotations

from typing import Final

from checkout.payment import card_store
from checkout.payment.card import Asked
from checkout.payment.order import Order, Plan
from checkout.payment.settle import settle
from checkout.web.payer.choice import written
from checkout.web.payer.standing import Face
from tests.browser.scene import Scene, States

STATES: Final = States()


async def deposit_by_card(scene: Scene) -> Order:
    """A deposit was paid, and the card saved by it; the rest is due."""
    order = await scene.order(plan=Plan.DEPOSIT)
    started = await scene.world.start(order, card=Asked(save=True))
    await scene.world.pay_at_bank(started.payment_id)
    await settle(scene.world.service, started.payment_id)
    return order


@STATES.state("details.html", saves=True)
async def form_with_box(scene: Scene) -> str:
    """The form asks whether to save the card."""
    start = (await scene.world.free("consultation"))[0]
    return f"/book?service=consultation&clinic=tverskaya&at={written(start)}"


@STATES.state("order.html", Face.TO_PAY, saves=True)
async def held_with_box(scene: Scene) -> str:
    """So does the order's page."""
    return scene.home(await scene.order())


@STATES.state("order.html", Face.BOOKED, saves=True)
async def rest_with_box(scene: Scene) -> str:
    """And where a rest is due."""
    return scene.home(await deposit_by_card(scene))


@STATES.state("cards.html", "cards-0", saves=True)
async def cards_unproven(scene: Scene) -> str:
    """Nothing is shown before the code, whoever it is."""
    return scene.home(await scene.order(), "/cards")


@STATES.state("cards.html", "cards-0", saves=True)
async def cards_to_pay_by(scene: Scene) -> str:
    """The card of this very order pays its rest."""
    return scene.home(await deposit_by_card(scene), "/cards")


@STATES.state("cards.html", "cards-0", saves=True)
async def cards_none(scene: Scene) -> str:
    """The contact is proven, and has no cards."""
    order = await scene.order()
    await scene.world.tx(lambda tx: card_store.prove(tx, order.id, "email"))
    return scene.home(order, "/cards")


@STATES.state("cards.html", "cards-0", saves=True)
async def cards_code_sent(scene: Scene) -> None:
    """The code is on its way."""
    await scene.open(scene.home(await scene.order(), "/cards"))
    await scene.page.locator("[action*='/code'] button").click()
    await scene.page.wait_for_selector("#code")


@STATES.state("cards.html", "cards-0", status=422, saves=True)
async def cards_code_wrong(scene: Scene) -> None:
    """Another code came."""
    await cards_code_sent(scene)
    await scene.page.locator("#code").fill("1")
    await scene.page.locator("#prove button").first.click()
    await scene.page.wait_for_selector("#problems")


@STATES.state("cards.html", "cards-0", saves=True)
async def cards_removed(scene: Scene) -> None:
    """A card was removed."""
    await scene.open(scene.home(await deposit_by_card(scene), "/cards"))
    await scene.page.locator("[action*='/remove'] button").click()
    await scene.page.wait_for_selector(".state.good")
