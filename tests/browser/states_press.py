"""States of paying by one press: the button, the issuer's question, and what stands there once it was pressed."""

from __future__ import annotations

from typing import Final

from checkout.payment import card_store
from checkout.payment.order import Order
from checkout.web.payer.standing import REFUSED as REFUSED_FACE
from checkout.web.payer.standing import Face
from gateways import sandbox
from gateways.sandbox import Fault, Rule
from tests.browser.scene import Scene, States
from tests.flows.test_press import ASKED, PAY, REFUSED, saved
from tests.world import GOOD

STATES: Final = States()
PRESS: Final = "[action*='/pay'] button"


async def to_press(scene: Scene, entry: sandbox.CardEntry = GOOD) -> Order:
    """An order whose payer has a saved card."""
    await saved(scene.world, entry)
    order = await scene.order()
    await scene.world.tx(lambda tx: card_store.prove(tx, order.id, "email"))
    await scene.open(scene.home(order, "/cards"))
    return order


@STATES.state("cards.html", "cards-0", saves=True, presses=True)
async def cards_to_press(scene: Scene) -> None:
    """The button says what it takes."""
    await to_press(scene)


@STATES.state("confirm.html", saves=True, presses=True)
async def press_to_confirm(scene: Scene) -> None:
    """The issuer wants a word."""
    await to_press(scene, ASKED)
    await scene.page.locator(PRESS).click()
    await scene.page.wait_for_selector("[name=PaReq]", state="attached")


@STATES.state("order.html", Face.AT_BANK, saves=True, presses=True)
async def press_unanswered(scene: Scene) -> None:
    """The bank did not answer the press."""
    scene.world.bank.faults.add(Rule(Fault.CUT_BEFORE, method=PAY))
    await to_press(scene)
    await scene.page.locator(PRESS).click()
    await scene.page.wait_for_selector("[data-face]")


@STATES.state("order.html", REFUSED_FACE, saves=True, presses=True)
async def press_refused(scene: Scene) -> None:
    """The card was refused, and the bank's page is still there."""
    await to_press(scene)
    for binding in scene.world.bank.bindings.by_id.values():
        binding.pan = REFUSED
    await scene.page.locator(PRESS).click()
    await scene.page.wait_for_selector(f"[data-face={REFUSED_FACE}]")


@STATES.state("cards.html", "cards-0", saves=True, presses=True)
async def cards_pressed(scene: Scene) -> str:
    """The card that was pressed is not offered again."""
    scene.world.bank.faults.add(Rule(Fault.CUT_BEFORE, method=PAY))
    order = await to_press(scene)
    await scene.page.locator(PRESS).click()
    await scene.page.wait_for_selector("[data-face]")
    return scene.home(order, "/cards")
