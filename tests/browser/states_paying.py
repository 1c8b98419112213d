"""States of an order that is not paid: the way to the bank, its pages, and every way in which a payment can stand."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from checkout.payment.settle import settle
from checkout.web.payer.resume import COOKIE
from checkout.web.payer.standing import Face
from gateways import sandbox
from gateways.sandbox import Fault, Rule
from tests.browser.payer import CHALLENGE
from tests.browser.scene import STRICT, Scene, States
from tests.world import GOOD, POOR

STATES: Final = States()
PAY: Final = "form[action*='/pay'] button"


# --- the bank


@STATES.state("bank.html")
async def hop(scene: Scene) -> str:
    """Our page that leads to the bank's; the way there is closed, or it would be gone before it is seen."""
    order, _ = await scene.started()
    await scene.page.route(f"{scene.world.bank.base_url}/**", lambda route: route.fulfill(status=204))
    return scene.home(order, "/bank")


@STATES.state(None)
async def bank_form(scene: Scene) -> str:
    """The card form, after one card was refused."""
    _, payment = await scene.started()
    await scene.world.pay_at_bank(payment, POOR)
    return scene.world.bank.base_url + scene.at_bank(payment).form_path


@STATES.state(None)
async def bank_code(scene: Scene) -> str:
    """The issuer asks for a code."""
    _, payment = await scene.started()
    order = scene.at_bank(payment)
    sandbox.pay(scene.world.bank, order, replace(GOOD, pan=CHALLENGE[0]))
    return f"{scene.world.bank.base_url}/acs/{order.challenge}"


@STATES.state(None)
async def issuer_asks(scene: Scene) -> None:
    """The issuer's page, to which a shop led its payer by itself."""
    await _to_issuer(scene)


@STATES.state(None)
async def issuer_has_answered(scene: Scene) -> None:
    """What the issuer says is carried on by a press."""
    await _to_issuer(scene)
    await scene.page.fill("#code", sandbox.ACS_CODES[0])
    await scene.page.click("#confirm")
    await scene.page.wait_for_selector("#go-on")


async def _to_issuer(scene: Scene) -> None:
    """The form that the shop's own page would send."""
    _, payment = await scene.started()
    bank, order = scene.world.bank, scene.at_bank(payment)
    sandbox.pay(bank, order, replace(GOOD, pan=CHALLENGE[0]))
    back = f"{bank.base_url}/payment/rest/finish3ds.do"
    fields = {"PaReq": bank.issuer.pa_req(order.challenge or ""), "MD": order.id, "TermUrl": back}
    hidden = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in fields.items())
    await scene.page.goto("about:blank")
    await scene.page.set_content(
        f'<form method="post" action="{bank.base_url}/3ds/acs">{hidden}<button>Go</button></form>'
    )
    await scene.page.click("button")
    await scene.page.wait_for_selector("#code")


# --- the time is held


@STATES.state("order.html", Face.TO_PAY)
async def held(scene: Scene) -> str:
    """The minutes are counted down; goods, a link for somebody else to pay."""
    return scene.home(await scene.order(lines=(("consultation", 1), ("insoles", 2))))


@STATES.state("order.html", Face.TO_PAY)
async def extended(scene: Scene) -> None:
    """And a little longer."""
    await scene.open(scene.home(await scene.order()))
    await scene.press("form[action*='/extend'] button")


@STATES.state("order.html", Face.SILENT)
async def bank_unreachable(scene: Scene) -> None:
    """The form is sent, and the bank gives us no page."""
    await scene.form()
    scene.world.bank.faults.add(Rule(Fault.CUT_BEFORE, method="register.do"))
    await scene.press()


@STATES.state("order.html", Face.SILENT, status=503)
async def bank_unreachable_again(scene: Scene) -> None:
    """Pressed on the order's page, with the reason."""
    await scene.open(scene.home(await scene.order()))
    scene.world.bank.faults.add(Rule(Fault.CUT_BEFORE, method="register.do"))
    await scene.press(PAY)


@STATES.state("order.html", Face.AT_BANK)
async def returned_without_paying(scene: Scene) -> str:
    """The bank's page is still open."""
    _, payment = await scene.started()
    return scene.back(payment)


@STATES.state("order.html", Face.AT_BANK)
async def double_click(scene: Scene) -> None:
    """The private page of the one order that comes of it."""
    await scene.form()
    await scene.page.locator("#form").dblclick()
    await scene.page.wait_for_selector("#pan")
    cookies = {cookie.get("name"): cookie.get("value") for cookie in await scene.page.context.cookies()}
    await scene.open(f"/o/{cookies[COOKIE]}")


@STATES.state("order.html", Face.CHECKING)
async def checking(scene: Scene) -> str:
    """The payer is back, the bank mumbles."""
    _, payment = await scene.started()
    await scene.world.pay_at_bank(payment)
    scene.mumbles()
    return scene.back(payment)


@STATES.state("order.html", Face.CHECKING)
async def checking_for_long(scene: Scene) -> None:
    """After two minutes the page names the telephone."""
    order, payment = await scene.started()
    scene.mumbles()
    await settle(scene.world.service, payment)
    await scene.page.clock.install()
    await scene.open(scene.home(order))
    await scene.page.clock.run_for(120_000)
    await scene.page.clock.resume()


@STATES.state("order.html", Face.HELD)
async def sum_held(scene: Scene) -> str:
    """The payer has paid; the bank holds the sum and does not charge it yet."""
    _, payment = await scene.started()
    order = scene.at_bank(payment)
    order.status, order.approved, order.action_code = sandbox.Status.APPROVED, order.amount, 0
    scene.world.bank.faults.add(Rule(Fault.HTTP_502, method="deposit.do", times=None))
    return scene.back(payment)


@STATES.state("order.html", Face.DECLINED)
async def declined(scene: Scene) -> str:
    """Why, what to do, until when."""
    _, payment = await scene.refused()
    return scene.back(payment)


@STATES.state("order.html", Face.DECLINED, status=429, brakes=STRICT)
async def too_many_payments(scene: Scene) -> None:
    """One bank page too many from one address."""
    await scene.rest()
    other, (order, _) = await scene.order(), await scene.refused()
    await scene.open(scene.home(other))
    await scene.press(PAY)
    await scene.page.wait_for_selector("#pan")
    await scene.open(scene.home(order))
    await scene.press(PAY)


@STATES.state("order.html", Face.DECLINED, brakes=STRICT)
async def resting(scene: Scene) -> str:
    """One refused card too many: why, and whom to call; no button that would refuse."""
    await scene.rest()
    order, _ = await scene.refused()
    return scene.home(order)


@STATES.state("order.html", Face.NOT_TAKEN)
async def not_taken(scene: Scene) -> str:
    return scene.home(await scene.unwanted())


@STATES.state("order.html", Face.LAPSED)
async def lapsed(scene: Scene) -> str:
    return scene.home(await scene.timed_out())


@STATES.state("order.html", Face.VOIDED)
async def voided(scene: Scene) -> str:
    return scene.home(await scene.released())


@STATES.state("order.html", Face.EXPIRED)
async def expired(scene: Scene) -> str:
    return scene.home(await scene.run_out())


@STATES.state("order.html", Face.CANCELLED)
async def cancelled(scene: Scene) -> None:
    """Given up before anything was paid."""
    await scene.open(scene.home(await scene.order(), "/cancel"))
    await scene.press("main form button")


# --- somebody else pays


@STATES.state("guest.html", "guest_due")
async def guest_due(scene: Scene) -> str:
    """Payee, code, sum, until when; nothing of the visit."""
    return scene.guest(await scene.order())


@STATES.state("guest.html", "at_bank")
async def guest_at_bank(scene: Scene) -> str:
    """Whoever booked is at the bank's page already; a press leads there too."""
    order, _ = await scene.started()
    return scene.guest(order)


@STATES.state("guest.html", "at_bank")
async def guest_led_to_the_bank(scene: Scene) -> str:
    order, _ = await scene.started(guest=True)
    return scene.guest(order)


@STATES.state("guest.html", "silent")
async def guest_bank_unreachable(scene: Scene) -> str:
    return scene.guest(await scene.unheard())


@STATES.state("guest.html", "guest_checking")
async def guest_checking(scene: Scene) -> str:
    order, payment = await scene.started()
    scene.mumbles()
    await settle(scene.world.service, payment)
    return scene.guest(order)


@STATES.state("guest.html", "guest_paid")
async def guest_paid(scene: Scene) -> str:
    order, _ = await scene.paid()
    return scene.guest(order)


@STATES.state("guest.html", "guest_closed")
async def guest_closed(scene: Scene) -> str:
    return scene.guest(await scene.run_out())


@STATES.state("guest.html", Face.DECLINED)
async def guest_declined(scene: Scene) -> str:
    order, _ = await scene.refused(guest=True)
    return scene.guest(order)


@STATES.state("guest.html", Face.NOT_TAKEN)
async def guest_not_taken(scene: Scene) -> str:
    return scene.guest(await scene.unwanted(guest=True))


@STATES.state("guest.html", Face.LAPSED)
async def guest_lapsed(scene: Scene) -> str:
    return scene.guest(await scene.timed_out(guest=True))


@STATES.state("guest.html", Face.VOIDED)
async def guest_voided(scene: Scene) -> str:
    return scene.guest(await scene.released(guest=True))
