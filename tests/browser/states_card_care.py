"""States of saved cards that are removed or run out: what may be taken back, what the bank has not said, a month to type."""

from __future__ import annotations

from typing import Final

from checkout.payment import unbinding
from checkout.payment.order import Order
from gateways.sandbox import Fault, Rule, bindings
from tests.browser.scene import Scene, States
from tests.browser.states_saved import deposit_by_card

STATES: Final = States()
OLD_BANK: Final = "sberbank-legacy"
BIND: Final = "bindcard.do"
EXTEND: Final = "extendbinding.do"


@STATES.state("cards.html", "cards-0", saves=True)
async def card_restorable(scene: Scene) -> None:
    """It was removed, and may be taken back."""
    await removed(scene)


@STATES.state("cards.html", "cards-1", saves=True)
async def card_awaited(scene: Scene) -> None:
    """It is wanted back, and the bank has not answered."""
    await removed(scene)
    scene.world.bank.faults.add(Rule(Fault.HTTP_502, BIND, times=None))
    await scene.page.locator("[action*='/restore'] button").click()
    await scene.page.wait_for_selector(".state.wait")


@STATES.state("cards.html", "cards-0", saves=True)
async def card_restored(scene: Scene) -> None:
    """The bank has given it back."""
    await removed(scene)
    await scene.page.locator("[action*='/restore'] button").click()
    await scene.page.wait_for_selector(".state.wait")
    await scene.world.sweep()
    await scene.page.reload()
    await scene.page.wait_for_selector(".state.good")


@STATES.state("cards.html", "cards-0", saves=True)
async def card_not_restored(scene: Scene) -> None:
    """The bank has said no."""
    await removed(scene)
    scene.world.bank.faults.add(Rule(Fault.REFUSE, BIND, value=15))
    await scene.page.locator("[action*='/restore'] button").click()
    await scene.page.wait_for_selector(".state.wait")
    await scene.world.sweep()
    await scene.page.reload()
    await scene.page.wait_for_selector(".state.bad")


@STATES.state("cards.html", "cards-0", saves=True, bank=OLD_BANK)
async def card_running_out(scene: Scene) -> str:
    """A card that its bank may have issued anew by now."""
    return scene.home(await running_out(scene), "/cards")


@STATES.state("cards.html", "cards-0", saves=True, bank=OLD_BANK)
async def card_prolonged(scene: Scene) -> None:
    """The bank took the new month."""
    await typed(scene, "01/32")
    await scene.page.wait_for_selector(".state.good")


@STATES.state("cards.html", "cards-0", saves=True, bank=OLD_BANK)
async def card_prolong_unknown(scene: Scene) -> None:
    """The bank did not answer."""
    scene.world.bank.faults.add(Rule(Fault.CUT_BEFORE, EXTEND))
    await typed(scene, "01/32")
    await scene.page.wait_for_selector(".state.wait")


@STATES.state("cards.html", "cards-0", status=422, saves=True, bank=OLD_BANK)
async def card_month_wrong(scene: Scene) -> None:
    """A month that is over."""
    await typed(scene, "10/26")
    await scene.page.wait_for_selector("#problems")


@STATES.state("cards.html", "cards-0", status=409, saves=True, bank=OLD_BANK)
async def card_month_refused(scene: Scene) -> None:
    """The bank did not take it."""
    scene.world.bank.faults.add(Rule(Fault.REFUSE, EXTEND, value=6))
    await typed(scene, "01/32")
    await scene.page.wait_for_selector("#problems")


async def removed(scene: Scene) -> None:
    """The page, right after its card was removed by a press."""
    await scene.open(scene.home(await deposit_by_card(scene), "/cards"))
    await scene.page.locator("[action*='/remove'] button").click()
    await scene.page.wait_for_selector("[action*='/restore']")


async def running_out(scene: Scene) -> Order:
    order = await deposit_by_card(scene)
    (binding,) = scene.world.bank.bindings.by_id.values()
    bindings.extend(binding, "202701")
    await scene.world.advance(days=7, minutes=1)
    await unbinding.run_due(scene.world.service)
    return order


async def typed(scene: Scene, month: str) -> None:
    await scene.open(scene.home(await running_out(scene), "/cards"))
    await scene.page.locator("[name=expiry]").fill(month)
    await scene.page.locator("[action*='/prolong'] button").click()
