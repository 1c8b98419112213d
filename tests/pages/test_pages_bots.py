"""Bots against the real application over HTTP, with the figures as they are shipped: hoarding and card testing.

A bot has many addresses and a fresh phone and e-mail for every form. It takes the nearest times first, every place of them,
by card and to be paid at the clinic in turn. Payers come meanwhile, each from home.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count, cycle, islice
from typing import Final

import pytest

from checkout.ground.ids import PaymentId
from checkout.web.payer.choice import written
from gateways import sandbox
from gateways.sandbox.journal import Kind
from tests.pages.visitor import Seen, Visitor, made
from tests.world import POOR, World

Strangers = Callable[[str], Visitor]
ADDRESSES, AT_ONCE, FORMS, DAYS, PAYERS = 20, 8, 300, 21, 10  # a form is two requests
PLACES: Final = 2  # consultations at one time in this clinic
DECLINES: Final = 8  # as shipped, an address and hour
TRIES: Final = 3  # of one bank order, by the bank
_numbers = count(1)


def contact() -> dict[str, str]:
    number = next(_numbers)
    return {"phone": f"+7914{number:07}", "email": f"bot{number}@example.com"}


async def offered(world: World) -> list[datetime]:
    """Every time that the clinic offers in the coming weeks."""
    return [start for day in range(1, DAYS + 1) for start in await world.free(days=day)]


async def send_for(visitor: Visitor, start: datetime, **typed: str) -> Seen:
    """A fresh form for that time, filled in and sent: two requests."""
    form = await visitor.get(f"/book?service=consultation&clinic=tverskaya&at={written(start)}")
    return await visitor.send(form, **{**contact(), **typed}) if form.status == 200 else form


async def hoard(visitors: Iterator[Visitor], starts: Iterator[datetime], found: Counter[int]) -> None:
    """One of the bot's hands: form after form, until all are sent."""
    for start in starts:
        plan = "full" if next(_numbers) % 2 else "at_clinic"
        found[(await send_for(next(visitors), start, plan=plan)).status] += 1


async def raid(stranger: Strangers, starts: list[datetime], forms: int = FORMS) -> Counter[int]:
    """So many forms, through all addresses in turn, several at a time; how they were answered."""
    visitors = cycle([stranger(f"198.51.100.{number}") for number in range(ADDRESSES)])
    targets = iter(list(islice((start for start in starts for _ in range(PLACES)), forms)))
    found: Counter[int] = Counter()
    await asyncio.gather(*(hoard(visitors, targets, found) for _ in range(AT_ONCE)))
    return found


async def at_bank(visitor: Visitor, hop: str) -> sandbox.Order:
    """The bank's order that a page of ours leads to."""
    link = next(link for link in (await visitor.get(hop)).links if "mdOrder=" in link)
    return visitor.world.bank.find(visitor.world.merchant, order_id=link.partition("mdOrder=")[2])


async def book_and_pay(visitor: Visitor, number: int) -> str:
    """A payer at their first try: choose, fill in, pay at the bank, come back. The heading they end on."""
    world = visitor.world
    day = (await world.now() + timedelta(days=8 + number)).date()
    form = await visitor.form(day=day.isoformat())
    sent = await visitor.send(form, phone=f"+7915{number:07}", email=f"payer{number}@example.com")
    assert sent.status == 303, sent.text
    order = await at_bank(visitor, sent.location)
    await world.pay_at_bank(PaymentId.parse(order.number))
    return (await visitor.get(order.request.return_url.removeprefix(world.url))).heading


@pytest.mark.parametrize(
    ("braked", "holds"), [({}, True), ({"enabled": False}, False)], indirect=["braked"], ids=["braked", "unbraked"]
)
async def test_a_hoarding_bot_leaves_the_times_to_payers(stranger: Strangers, braked: World, *, holds: bool) -> None:
    """Over 80 % of the offered times stay free and every payer succeeds at once; without brakes the bot wins."""
    before = await offered(braked)
    answers, headings = await asyncio.gather(
        raid(stranger, before),
        asyncio.gather(*(book_and_pay(stranger(f"203.0.113.{number}"), number) for number in range(PAYERS))),
    )
    assert headings == ["Вы записаны"] * PAYERS
    free = len(await offered(braked)) / len(before)
    print(f"bot: {dict(answers)} of {FORMS} forms; {len(before)} times offered, {free:.1%} free after")  # noqa: T201 - for whoever reads -rP
    assert (free > 0.8) is holds
    assert (answers[303] <= ADDRESSES * braked.config.brakes.address_unpaid) is holds
    assert not await braked.broken()


async def test_a_bot_that_comes_again_holds_no_more(stranger: Strangers, braked: World) -> None:
    """Its holds have ended unpaid, what is to be paid at the clinic stands: the second raid is bounded with the first."""
    before = await offered(braked)
    await raid(stranger, before, forms=140)
    await braked.advance(minutes=61)
    await braked.sweep()
    between = len(await offered(braked)) / len(before)
    await raid(stranger, before, forms=140)
    after = len(await offered(braked)) / len(before)
    print(f"free after the first raid has ended {between:.1%}, after the second {after:.1%}")  # noqa: T201 - for whoever reads -rP
    assert between > after > 0.8


async def try_cards(visitor: Visitor, found: Counter[str], starts: Iterator[datetime]) -> None:
    """Order after order, bad card after bad card, pressing every button that starts a payment, as long as one does."""
    world = visitor.world
    for start in starts:
        sent = await send_for(visitor, start)
        if sent.status != 303:
            found["orders refused"] += 1
            continue
        home = sent.location.removesuffix("/bank")
        pressed = sent if sent.location.endswith("/bank") else await visitor.post(f"{home}/pay")
        while pressed.status == 303:
            order = await at_bank(visitor, pressed.location)
            while order.unpaid:
                await world.pay_at_bank(PaymentId.parse(order.number), POOR)
            await visitor.get(order.request.return_url.removeprefix(world.url))
            found["bank orders"] += 1
            pressed = await visitor.post(f"{home}/pay")
        assert pressed.status == 429
        found["payments refused"] += 1
        made_last = (await made(world))[0].order.id
        await world.api("POST", f"/v1/orders/{made_last}/cancel", "admin", {})  # so that holds do not stop it sooner


def tries(world: World) -> int:
    """Card tries that reached the bank."""
    return sum(effect.kind is Kind.ATTEMPT for effect in world.bank.journal.effects)


async def test_card_testing_is_bounded_at_the_bank(stranger: Strangers, braked: World) -> None:
    """Three addresses, a new phone for every order: eight bank orders an address and hour, three tries each."""
    starts = iter(await offered(braked))
    found: Counter[str] = Counter()
    for number in range(3):
        await try_cards(stranger(f"198.51.100.{number}"), found, islice(starts, 15))
    print(f"card testing: {tries(braked)} tries reached the bank; {dict(found)}")  # noqa: T201 - for whoever reads -rP
    assert tries(braked) == 3 * DECLINES * TRIES
    assert found["payments refused"]
    assert found["orders refused"]
    home = stranger("203.0.113.1")
    assert await book_and_pay(home, 1) == "Вы записаны"
    assert not await braked.broken()


async def test_payments_opened_first_and_tried_later_are_bounded_too(stranger: Strangers, braked: World) -> None:
    """Wave after wave: nothing is declined yet while the payments of one wave are opened, so its size adds to the bound."""
    near, starts = stranger("198.51.100.1"), iter(await offered(braked))
    opened = [sent for sent in [await send_for(near, next(starts)) for _ in range(12)] if sent.status == 303]
    assert len(opened) == braked.config.brakes.address_unpaid
    wave = [sent.status for sent in opened]
    while 303 in wave:
        for order in braked.bank.recent(len(opened)):
            while order.unpaid:
                await braked.pay_at_bank(PaymentId.parse(order.number), POOR)
            await near.get(order.request.return_url.removeprefix(braked.url))
        wave = [(await near.post(sent.location.removesuffix("/bank") + "/pay")).status for sent in opened]
    assert set(wave) == {429}
    assert tries(braked) <= (DECLINES - 1 + len(opened)) * TRIES
