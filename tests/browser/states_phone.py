"""States of paying in a banking application: the choice, the page with the QR code, and the bank's side of it."""

from __future__ import annotations

from typing import Final

from checkout.web.payer.choice import written
from checkout.web.payer.standing import Face
from gateways.gateway import Way
from gateways.sandbox import Fault, Rule, instant
from gateways.sandbox.apps import AskKind
from tests.browser.scene import Scene, States

STATES: Final = States()
ALL: Final = tuple(Way)
CODE: Final = "sbp/c2b/qr/dynamic/get.do"


async def code(scene: Scene) -> str:
    """The page of an order whose payer chose the code."""
    payment = (await scene.world.start(await scene.order(), way=Way.SBP)).payment_id
    return scene.back(payment) + "/phone"


async def sberpay(scene: Scene) -> str:
    payment = (await scene.world.start(await scene.order(), way=Way.SBERPAY)).payment_id
    return scene.back(payment) + "/phone"


@STATES.state("details.html", methods=ALL)
async def form_with_ways(scene: Scene) -> str:
    """The form offers card, code and application."""
    start = (await scene.world.free("consultation"))[0]
    return f"/book?service=consultation&clinic=tverskaya&at={written(start)}"


@STATES.state("order.html", Face.TO_PAY, methods=ALL)
async def held_with_ways(scene: Scene) -> str:
    """A button each."""
    return scene.home(await scene.order())


@STATES.state("guest.html", "guest_due", methods=ALL)
async def guest_with_ways(scene: Scene) -> str:
    """And for somebody else."""
    return scene.guest(await scene.order())


@STATES.state("phone.html", "phone-sbp", methods=ALL)
async def by_code(scene: Scene) -> str:
    """The code waits."""
    return await code(scene)


@STATES.state("phone.html", "phone-agreed", methods=ALL)
async def by_code_agreed(scene: Scene) -> str:
    """Its payer has agreed; the banks are at work."""
    address = await code(scene)
    instant.confirm(scene.world.bank, scene.world.ask(scene.newest()))
    return address


@STATES.state("phone.html", "phone-spent", methods=ALL)
async def by_code_refused(scene: Scene) -> str:
    """The banks refused: why, and another code."""
    address = await code(scene)
    instant.confirm(scene.world.bank, scene.world.ask(scene.newest()))
    instant.finish(scene.world.bank, scene.world.ask(scene.newest()), accepted=False)
    return address


@STATES.state("phone.html", "phone-codeless", methods=ALL)
async def by_code_without_one(scene: Scene) -> str:
    """The bank gave none."""
    scene.world.bank.faults.add(Rule(Fault.HTTP_502, method=CODE, times=None))
    return await code(scene)


@STATES.state("order.html", Face.AT_BANK, methods=ALL)
async def at_phone(scene: Scene) -> str:
    """The order's page leads back to the code."""
    order = await scene.order()
    await scene.world.start(order, way=Way.SBP)
    return scene.home(order)


@STATES.state("phone.html", "phone-sberpay", methods=ALL)
async def by_sberpay(scene: Scene) -> str:
    """A bank that cannot knock: the link, and its own page."""
    return await sberpay(scene)


@STATES.state("phone.html", "phone-sberpay", bank="sberbank", methods=ALL)
async def by_sberpay_pushed(scene: Scene) -> None:
    """One that can: the request is sent."""
    await scene.open(await sberpay(scene))
    await scene.page.locator("#phone").fill("+7 912 345-67-89")
    await scene.press("form[action*='/push'] button")
    await scene.page.wait_for_url("**done=pushed")


@STATES.state("phone.html", "phone-sberpay", status=422, bank="sberbank", methods=ALL)
async def by_sberpay_with_a_mistake(scene: Scene) -> None:
    """No telephone number."""
    await scene.open(await sberpay(scene))
    await scene.page.locator("#phone").fill("12")
    await scene.press("form[action*='/push'] button")


@STATES.state(None, methods=ALL)
async def app(scene: Scene) -> str:
    """The pretended application, with one code to pay."""
    await code(scene)
    return f"{scene.world.bank.base_url}/app?lang={scene.language}"


@STATES.state(None, methods=ALL)
async def app_asks(scene: Scene) -> str:
    """Where the code leads: pay, let the bank think, refuse."""
    await code(scene)
    return instant.payload(scene.world.bank, scene.world.ask(scene.newest())) + f"&lang={scene.language}"


@STATES.state(None, methods=ALL)
async def app_agreed(scene: Scene) -> str:
    """Agreed to: how does it end?"""
    await code(scene)
    ask = scene.world.ask(scene.newest())
    instant.confirm(scene.world.bank, ask)
    return f"{scene.world.bank.base_url}/app/{ask.id}?lang={scene.language}"


@STATES.state(None, bank="sberbank", methods=ALL)
async def app_paid(scene: Scene) -> str:
    """Paid by SberPay: the way back."""
    await sberpay(scene)
    order = scene.at_bank(scene.newest())
    instant.push(scene.world.bank, order, "79123456789")
    ask = scene.world.ask(scene.newest(), AskKind.SBERPAY)
    instant.accept(scene.world.bank, ask)
    return f"{scene.world.bank.base_url}/app/{ask.id}?lang={scene.language}"


@STATES.state(None, methods=ALL)
async def bank_in_work(scene: Scene) -> str:
    """The card page of an order that is being paid by its code."""
    await code(scene)
    instant.confirm(scene.world.bank, scene.world.ask(scene.newest()))
    return scene.world.bank.base_url + scene.at_bank(scene.newest()).form_path
