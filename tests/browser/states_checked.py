"""States of a card that is added without paying: the button, the page that is open, and what the way back says."""

from __future__ import annotations

from typing import Final

from checkout.payment import adding, checking
from checkout.payment.card_check import State
from gateways import sandbox
from gateways.sandbox import Fault, Rule
from tests.browser.scene import STATUS, Scene, States
from tests.flows.test_card_checks import typed
from tests.world import GOOD, POOR

STATES: Final = States()


async def pressed(scene: Scene, card: sandbox.CardEntry | None = None) -> tuple[str, str]:
    """The bank's page is open, or the card was typed as often as the bank lets it be; the way back, and the order's home."""
    world = scene.world
    order = await scene.order()
    check = await adding.start(world.service, order.id, principal="payer", language=scene.language)
    for _ in range(3 if card else 0):
        typed(world, check.id, card or GOOD)
    return adding.return_path(world.service, check.id), scene.home(order, "/cards")


@STATES.state("cards.html", "cards-0", saves=True, checks=True)
async def cards_to_add(scene: Scene) -> str:
    """The button, what is agreed to by it, and that nothing is charged."""
    return scene.home(await scene.order(), "/cards")


@STATES.state("cards.html", "cards-0", saves=True, checks=True)
async def cards_being_added(scene: Scene) -> str:
    """The page at the bank is still open: the way there stands in place of the button."""
    return (await pressed(scene))[1]


@STATES.state("cards.html", "cards-0", saves=True, checks=True)
async def cards_added(scene: Scene) -> str:
    """The card stands in the list, and the page says how it came there."""
    _, home = await pressed(scene, GOOD)
    await scene.world.advance(seconds=25)
    await checking.run_due(scene.world.service)
    return home


@STATES.state("bank.html", saves=True, checks=True)
async def card_hop(scene: Scene) -> str:
    """The way to the bank's page, without a sum; it is closed, or it would be gone before it is seen."""
    back, _ = await pressed(scene)
    await scene.page.route(f"{scene.world.bank.base_url}/**", lambda route: route.fulfill(status=204))
    return f"{back}/bank"


@STATES.state("card_check.html", State.KEPT, saves=True, checks=True)
async def card_added(scene: Scene) -> str:
    """It has passed."""
    return (await pressed(scene, GOOD))[0]


@STATES.state("card_check.html", State.DECLINED, saves=True, checks=True)
async def card_refused(scene: Scene) -> str:
    """The bank refused it three times."""
    return (await pressed(scene, POOR))[0]


@STATES.state("card_check.html", "open", saves=True, checks=True)
async def card_unheard(scene: Scene) -> str:
    """The bank has not spoken yet."""
    back, _ = await pressed(scene)
    scene.world.bank.faults.add(Rule(Fault.HTML, method=STATUS, times=None))
    return back
