"""States before there is an order: choosing, the form, the code that proves a contact, papers, pages that failed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from aiohttp import web

from checkout.ground.db import sql
from checkout.ground.service import open_service
from checkout.parts import PARTS
from checkout.payment.settle import settle
from checkout.web.app import make_app
from checkout.web.payer.choice import written
from gateways import sandbox
from tests.browser.scene import STRICT, Scene, States
from tests.setting import configured, free_port
from tests.world import GOOD

STATES: Final = States()
ULTRASOUND: Final = (("ultrasound", 1),)
NOWHERE: Final = "/o/AAAAAAAAAAAAAAAAAAAAAA"
# Sent from a page of the bank: for a browser that is another site.
_SEND: Final = """to => {
  const form = Object.assign(document.createElement("form"), {method: "post", action: to});
  document.body.append(form);
  form.submit();
}"""
_PAUSE: Final = sql("UPDATE clinic SET paused = :paused WHERE slug = 'krasny'")
_MERCHANT: Final = sql("UPDATE clinic SET merchant = :merchant WHERE slug = 'krasny'")
_PRICE: Final = sql("INSERT INTO service_price SELECT id, app_now(), 310000 FROM service WHERE slug = 'massage'")
_OLD_PRICE: Final = sql("DELETE FROM service_price WHERE amount = 310000")
_OFFER: Final = sql("""
INSERT INTO legal_text (kind, version, valid_from, required, title_ru, title_en, text_ru, text_en, written_by)
VALUES ('offer', :version, app_now(), true, 'Принимаю условия договора-оферты', 'I accept the public offer',
        '1. Договор заключается при записи.' || E'\n' || '2. Деньги возвращаются за 5 рабочих дней.',
        '1. The contract is made by booking.' || E'\n' || '2. Money goes back within 5 working days.', 'operator')""")
_APART: Final = sql("""
DELETE FROM clinic_service USING clinic c, service s
 WHERE clinic_id = c.id AND service_id = s.id AND c.slug = 'krasny' AND s.slug = 'massage'""")
_TOGETHER: Final = sql("""
INSERT INTO clinic_service SELECT c.id, s.id FROM clinic c, service s WHERE c.slug = 'krasny' AND s.slug = 'massage'
ON CONFLICT DO NOTHING""")

STATES.address("services", "/", "service.html")
STATES.address(
    "services_counted", "/?service=consultation,ultrasound,ultrasound-zone,insoles*2&sum=yes", "service.html"
)
STATES.address("services_of_one_clinic", "/book?clinic=lenina", "service.html")
STATES.address("services_not_found", "/?search=999", "service.html")
STATES.address("link_invalid", "/book?service=gone", "service.html", status=404)
STATES.address("goods_alone", "/?service=insoles&next=clinic", "service.html", status=422)
STATES.address("option_alone", "/?service=consultation,anaesthesia", "clinic.html")
STATES.address("clinic_lacks_it", "/?service=gastroscopy&clinic=lenina", "clinic.html", status=404)
STATES.address("times", "/book?service=consultation&clinic=tverskaya", "time.html")
STATES.address("specialist_gone", "/book?service=consultation&clinic=tverskaya&who=nobody", "time.html")
STATES.address("prices", "/prices", "prices.html")
STATES.address("terms", "/terms", "terms.html")
# For whoever keeps a clinic's site: no page of a payer, and it loads the button as well.
STATES.address("embed", "/embed?service=massage&clinic=krasny", "embed.html", light=False)
STATES.address("embed_impossible", "/embed?service=gastroscopy&clinic=lenina", "embed.html", status=404, light=False)
STATES.address("link_wrong", NOWHERE, "fault.html", status=404)


# --- choosing


@STATES.state("clinic.html")
async def clinics_one_paused(scene: Scene) -> str:
    """Three clinics, one of which cannot be chosen."""
    await _pause(scene)
    return "/?service=consultation"


@STATES.state("paused.html", status=409)
async def clinic_paused(scene: Scene) -> str:
    """A link to a clinic that takes no bookings online for now."""
    await _pause(scene)
    return "/book?service=consultation&clinic=krasny"


async def _pause(scene: Scene) -> None:
    await scene.change(_PAUSE, paused=True)
    scene.after.push_async_callback(scene.change, _PAUSE, paused=False)


@STATES.state("clinic.html", status=409)
async def no_clinic_gives_all(scene: Scene) -> str:
    """A combination that no clinic gives, and what each lacks."""
    await scene.change(_APART)
    scene.after.push_async_callback(scene.change, _TOGETHER)
    return "/?service=massage,stockings"


@STATES.state("time.html")
async def day_full(scene: Scene) -> str:
    """A day on which the clinic is closed."""
    today = (await scene.world.now()).date()
    return f"/book?service=blood-test&clinic=lenina&day={today + timedelta(days=6 - today.weekday())}"


@STATES.state("time.html")
async def nothing_free(scene: Scene) -> str:
    """Days on which nothing is offered yet."""
    return f"/book?service=consultation&clinic=tverskaya&since={(await scene.world.now()).date() + timedelta(days=400)}"


@STATES.state("time.html", status=409)
async def time_gone(scene: Scene) -> str:
    """A link to a time that somebody has taken."""
    start = (await scene.order(lines=ULTRASOUND)).starts_at
    return f"/book?service=ultrasound&clinic=tverskaya&at={written(start)}"


@STATES.state("time.html")
async def second_tab(scene: Scene) -> None:
    """The time is held by the very browser that asks for it."""
    await scene.form("ultrasound")
    address = scene.page.url
    await scene.to_the_bank()
    await scene.page.goto(address)


@STATES.state("time.html")
async def second_tab_paid(scene: Scene) -> None:
    """The same once the visit is paid."""
    await scene.form("ultrasound")
    address = scene.page.url
    await scene.to_the_bank()
    sandbox.pay(scene.world.bank, scene.world.bank.recent(1)[0], GOOD)
    await settle(scene.world.service, scene.newest())
    await scene.page.goto(address)


# --- the form


@STATES.state("details.html")
async def form(scene: Scene) -> str:
    """Contacts, consents, and what there is to pay, for several services and goods."""
    start = (await scene.world.free("gastroscopy"))[0]
    return f"/book?service=gastroscopy,massage,insoles*2&clinic=tverskaya&at={written(start)}"


@STATES.state("details.html", status=422)
async def form_with_mistakes(scene: Scene) -> None:
    """Nothing typed but half a patient."""
    await scene.open("/book?service=consultation&clinic=tverskaya")
    await scene.press(".soonest a")
    await scene.press("details:has(#patient) > summary")
    await scene.page.locator("#patient").fill("12")
    await scene.press()


@STATES.state("details.html", status=409)
async def price_changed(scene: Scene) -> None:
    """The price is another one than the form has shown."""
    await scene.change(_OLD_PRICE)
    await scene.form("massage")
    await scene.change(_PRICE)
    scene.after.push_async_callback(scene.change, _OLD_PRICE)
    await scene.press()


@STATES.state("details.html", status=409)
async def text_changed(scene: Scene) -> None:
    """What is to be agreed to reads otherwise than when the form was opened."""
    await scene.form("massage")
    await scene.change(_OFFER, version={"ru": "2026-12-02", "en": "2026-12-02.2"}[scene.language])
    await scene.press()


@STATES.state("details.html", status=409)
async def time_taken(scene: Scene) -> None:
    """Somebody was quicker."""
    await scene.order(lines=ULTRASOUND, starts_at=await scene.form("ultrasound"))
    await scene.press()


@STATES.state("details.html")
async def own_visit_in_the_way(scene: Scene) -> str:
    """Another service at a time that the same browser holds."""
    at = await scene.form("massage")
    await scene.to_the_bank()
    return f"/book?service=ultrasound&clinic=tverskaya&at={written(at)}"


@STATES.state("details.html", status=429, brakes=STRICT)
async def too_many_orders(scene: Scene) -> None:
    """One form too many from one address."""
    await scene.rest()
    for _ in range(2):
        await scene.form()
        await scene.press()


@STATES.state("code.html", brakes=STRICT)
async def code_asked(scene: Scene) -> None:
    """A contact has to be proven first."""
    await scene.rest()
    await scene.form()
    await scene.press()


@STATES.state("code.html", status=422, brakes=STRICT)
async def code_wrong(scene: Scene) -> None:
    """And was not."""
    await code_asked(scene)
    await scene.page.locator("#code").fill("12")
    await scene.press("#prove button:not([name])")


# --- what fails


@STATES.state("fault.html", status=403)
async def form_from_elsewhere(scene: Scene) -> None:
    """Another site made the browser send it."""
    await scene.page.goto(scene.world.bank.base_url)
    async with scene.page.expect_navigation():
        await scene.page.evaluate(_SEND, f"{scene.world.url}/book")


@STATES.state("fault.html", status=429, brakes=STRICT)
async def too_many_links(scene: Scene) -> str:
    """One wrong link too many."""
    await scene.rest()
    for _ in range(2):
        await scene.open(NOWHERE)
    return NOWHERE


@STATES.state("fault.html", status=500)
async def broken(scene: Scene) -> str:
    """A clinic of a merchant whom the configuration does not know."""
    await scene.change(_MERCHANT, merchant="nobody")
    scene.after.push_async_callback(scene.change, _MERCHANT, merchant="zdorovie")
    return "/book?service=consultation&clinic=krasny"


@STATES.state("fault.html", status=503)
async def database_away(scene: Scene) -> str:
    """Another server of ours, whose database does not answer."""
    config = configured(scene.world.bank.base_url)
    nowhere = f"postgresql+asyncpg://checkout_app@127.0.0.1:{free_port()}/checkout"
    service = await scene.after.enter_async_context(open_service(config, nowhere))
    runner = web.AppRunner(make_app(service, PARTS.rooms, PARTS.panels), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    scene.after.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", config.listen.port).start()
    scene.visit.friends = frozenset({config.allowed_hosts[0]})
    return f"{config.public_url}/"
