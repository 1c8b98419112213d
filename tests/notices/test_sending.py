"""The outbox under trouble: each event is told once, whatever fails and whoever dies; what cannot be told is shown."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from checkout.books.invariants import verify
from checkout.doctor import examine
from checkout.ground.db import now, run, sql
from checkout.ground.service import Service
from checkout.notices import send, store
from checkout.notices.message import LADDER, Came, Outcome, next_try
from checkout.parts import INVARIANTS, LETTERS
from checkout.payment import cancel
from checkout.payment.order import Plan
from tests.notices.offices import Grumpy
from tests.notices.telling import at_rest, link, plain, states, told, try_to_tell, without_mail_server
from tests.world import World

_ERASE = sql("UPDATE person SET erased_at = app_now(), data_key = NULL, sealed = NULL")


async def test_a_payment_is_told_once_with_its_calendar_entry_and_the_private_link(world: World) -> None:
    """The letter says what happened, to the payer alone, and brings the way to the order."""
    order, _ = await world.paid()
    (letter,) = await world.letters()
    assert (letter.to, letter.subject) == ("maria@example.com", f"Запись {order.code} подтверждена")
    assert "Оплата получена: 2 500 ₽ картой. Визит оплачен полностью." in plain(letter)
    assert link(world, order) in letter.text
    assert [part.name for part in letter.attachments] == ["visit.ics"]
    assert letter.message["Auto-Submitted"] == "auto-generated"
    assert await states(world, order) == [
        ("placed", "due", None),
        ("paid", "sent", None),
    ]
    await world.advance(minutes=3)
    assert len(await world.letters()) == 1
    assert (await states(world, order))[0] == ("placed", "skipped", "paid by now")


async def test_an_unpaid_order_is_told_how_long_its_time_is_held(world: World) -> None:
    """Two minutes after it was placed: until when, how much, and the link to pay."""
    order = await world.order(plan=Plan.DEPOSIT)
    assert await world.letters() == []
    await world.advance(minutes=3)
    (letter,) = await world.letters()
    assert letter.subject == f"Запись {order.code} ждёт оплаты"
    assert "оплатите 750 ₽" in plain(letter)
    assert "Деньги ещё не списаны" in plain(letter)
    assert letter.attachments == []


@pytest.mark.parametrize("ending", ["expired", "cancelled"])
async def test_what_is_over_is_not_told_any_more(world: World, ending: str) -> None:
    """An order that ended before anybody was told of it gets no letter that asks for money."""
    order = await world.order()
    if ending == "expired":
        await world.advance(minutes=20)
    else:
        await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="key:office"))
        await world.advance(minutes=3)
    letters = await world.letters()
    assert not [one for one in letters if "ждёт оплаты" in one.subject]
    assert ("placed", "skipped", "the time is not held any more") in await states(world, order)


async def test_many_workers_tell_each_thing_once(world: World) -> None:
    """Whoever is quickest takes a message; nobody else does."""
    orders = [(await world.paid())[0] for _ in range(3)]
    await asyncio.gather(*(try_to_tell(world.service) for _ in range(4)))
    subjects = sorted(letter.subject for letter in world.inbox)
    assert subjects == sorted(f"Запись {order.code} подтверждена" for order in orders)


async def test_a_worker_that_dies_after_sending_leaves_the_same_letter_to_the_next(world: World) -> None:
    """At least once, under one Message-ID and in the same words; the dead one's late word changes nothing."""
    order, _ = await world.paid()
    (held,) = await world.tx(lambda tx: store.claim(tx, 8, sms=False))
    ready = await world.tx(lambda tx: send.prepare(tx, world.service, LETTERS, held))
    assert ready is not None
    await send.hand_over(world.service, held, ready)
    assert len(await world.letters()) == 1  # leased: nobody else takes it up
    await world.advance(seconds=61)
    first, second = await world.letters()
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert first.text == second.text
    await world.tx(lambda tx: send.note(tx, held, Outcome(Came.REFUSED, "a zombie")))
    assert ("paid", "sent", None) in await states(world, order)


async def test_a_line_that_breaks_off_is_tried_again_in_the_same_words(trouble: World, grumpy: Grumpy) -> None:
    """The server took the letter and its answer got lost: the same letter comes once more, whatever happened since."""
    grumpy.hang_up = 1
    order, _ = await trouble.paid(plan=Plan.DEPOSIT)
    await trouble.letters()
    ((_, state, why),) = [one for one in await states(trouble, order) if one[0] == "paid"]
    assert state == "due"
    assert "SMTPServerDisconnected" in (why or "")
    body = {"amount": {"amount": 175_000, "currency": "RUB"}}
    await trouble.open_till()
    assert (await trouble.api("POST", f"/v1/orders/{order.id}/cash-payments", "office", body))[0] == 201
    grumpy.to_recipient = ["451 later"] * 2  # for both letters that are due by now
    for minutes in (2, 6):
        await trouble.advance(minutes=minutes)
        await trouble.letters()
    letters = [one for one in await trouble.letters() if "Предоплата" in one.text]
    assert len(letters) == 2
    assert len({one.message["Message-ID"] for one in letters}) == 1
    assert letters[0].text == letters[1].text
    assert [one[1] for one in await states(trouble, order) if one[0] == "paid"] == ["sent", "sent"]


async def test_a_mail_server_that_is_down_is_tried_again_on_the_ladder(world: World) -> None:
    """Nothing is lost while it is away; once it is back the letter says how things stand then."""
    order, _ = await world.paid(plan=Plan.DEPOSIT)
    down = without_mail_server(world)
    await try_to_tell(down)
    assert ("paid", "due", "the mail server: SMTPConnectError") in await states(world, order)
    await world.advance(seconds=50)
    assert await world.letters() == []
    body = {"amount": {"amount": 175_000, "currency": "RUB"}}
    await world.open_till()
    await world.api("POST", f"/v1/orders/{order.id}/cash-payments", "office", body)
    await world.advance(seconds=15)
    assert all("Визит оплачен полностью" in one.text for one in await world.letters())
    assert len(world.inbox.mails) == 2


async def test_the_ladder_ends_with_a_person(world: World) -> None:
    """Ten tries in sixteen hours; then it has failed, in words for the office, and doctor counts it."""
    order, _ = await world.paid(plan=Plan.AT_CLINIC)
    down = without_mail_server(world)
    for step in LADDER:
        await try_to_tell(down)
        await world.advance(seconds=step.total_seconds() + 1)
    await try_to_tell(down)
    assert ("paid", "failed", "the mail server: SMTPConnectError") in await states(world, order)
    assert await world.letters() == []
    moment = await world.now()
    assert next_try(len(LADDER) + 1, moment) is None


@pytest.mark.parametrize(
    ("to_recipient", "to_text", "why"),
    [
        (["550 5.1.1 <maria@example.com> is unknown here"], [], "the mail server answered 550 to the recipient"),
        ([], ["554 5.7.1 spam from maria@example.com"], "the mail server answered 554 to the text"),
    ],
)
async def test_a_permanent_refusal_fails_at_once(
    trouble: World, grumpy: Grumpy, to_recipient: list[str], to_text: list[str], why: str
) -> None:
    """No use in trying again; the server's own words, which may quote the address, are not kept."""
    grumpy.to_recipient, grumpy.to_text = to_recipient, to_text
    order, _ = await trouble.paid()
    assert await trouble.letters() == []
    assert ("paid", "failed", why) in await states(trouble, order)
    assert "maria" not in repr([{**row, "sealed": None} for row in await at_rest(trouble, order)])


async def test_a_passing_refusal_is_tried_again(trouble: World, grumpy: Grumpy) -> None:
    """A greylisting server gets the letter a minute later."""
    grumpy.to_recipient = ["451 4.7.1 come back later"]
    order, _ = await trouble.paid()
    assert await trouble.letters() == []
    await trouble.advance(minutes=2)
    assert len(await trouble.letters()) == 1
    assert ("paid", "sent", None) in await states(trouble, order)


async def test_one_letter_in_trouble_does_not_hold_up_the_others(trouble: World, grumpy: Grumpy) -> None:
    """Of two due letters one is refused, and the other arrives in the same round."""
    await trouble.paid()
    await trouble.paid()
    grumpy.to_recipient = ["550 no"]
    assert len(await trouble.letters()) == 1


async def test_an_erased_payer_is_told_nothing(world: World) -> None:
    """There is no address any more, and no key to keep words under."""
    order, _ = await world.paid()
    await world.tx(lambda tx: run(tx, _ERASE))
    assert await world.letters() == []
    assert ("paid", "skipped", "the payer was erased") in await states(world, order)
    assert all(one["text"] is None for one in await told(world, order))


async def test_without_mail_in_the_configuration_messages_are_skipped(world: World) -> None:
    """Nothing waits for ever: the record says that nobody could be told."""
    order, _ = await world.paid()
    config = world.config.model_copy(update={"mail": None})
    await try_to_tell(replace(world.service, config=config))
    assert ("paid", "skipped", "no mail configured") in await states(world, order)


async def test_a_message_that_nobody_takes_up_is_an_alarm(world: World) -> None:
    """Sixteen minutes without a worker: I18 names the row; one round heals it."""
    order = await world.order(plan=Plan.AT_CLINIC)
    await world.advance(minutes=18)
    broken = await verify(world.service.engine, INVARIANTS)
    assert [one.invariant for one in broken] == ["I18"]
    assert await world.broken() == []
    assert ("placed", "sent", None) in await states(world, order)


async def test_nothing_personal_is_at_rest_or_in_a_log(
    world: World, owner: AsyncEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither name, phone, address, service nor private link: not in a row, not in a log line, not in a subject."""
    order, _ = await world.paid()
    await world.advance(minutes=3)
    await world.letters()
    secret = link(world, order).rpartition("/")[2]
    canaries = ["Мария", "Петрова", "79123456789", "maria@", secret]
    async with owner.connect() as tx:
        for table in ("message", "event", "audit", "orders", "person", "idempotency", "contact_code"):
            kept = repr((await tx.execute(text(f"SELECT t::text FROM {table} t"))).all())  # noqa: S608 - ours
            for canary in canaries:
                assert canary not in kept, (table, canary)
                assert canary.encode().hex() not in kept, (table, canary)
        subjects = (await tx.execute(text("SELECT string_agg(coalesce(subject, ''), ' ') FROM message"))).scalar_one()
    assert "терапевта" not in subjects
    written = capsys.readouterr()
    for canary in [*canaries, "терапевта"]:
        assert canary not in written.out + written.err, canary


async def test_the_words_on_record_are_the_words_that_arrived(world: World) -> None:
    """Exactly; the private link stands in them only for those who may place orders."""
    order, _ = await world.paid()
    (letter,) = await world.letters()
    for role, shown in (("office", link(world, order)), ("finance", "[private link]")):
        _, answer = await world.api("GET", f"/v1/orders/{order.id}/messages", role)
        (record,) = [one for one in answer["data"] if one["template"] == "paid"]
        assert record["text"].replace(shown, link(world, order)) == letter.text.replace("\r\n", "\n")
        assert (record["subject"], record["channel"], record["state"]) == (letter.subject, "email", "sent")
        assert (link(world, order) in record["text"]) == (role == "office")


async def test_messages_of_anothers_order_do_not_exist(world: World) -> None:
    """Neither to read nor to send again; a site may do neither."""
    order, _ = await world.paid()
    await world.letters()
    (record,) = [one for one in await told(world, order) if one["template"] == "paid"]
    other = await world.order()
    path = f"/v1/orders/{other.id}/messages/{record['id']}/resend"
    assert (await world.api("POST", path, "office", {}))[1]["code"] == "message_missing"
    assert (await world.api("POST", path.replace("msg_", "ord_"), "office", {}))[1]["code"] == "message_missing"
    assert (await world.api("GET", f"/v1/orders/{order.id}/messages", "site"))[0] == 403


async def test_doctor_says_how_it_stands_with_the_mail(trouble: World, grumpy: Grumpy) -> None:
    """Whether the server takes letters, and how many could not be told; telling one again mends that."""
    grumpy.to_recipient = ["550 no"]
    order, _ = await trouble.paid()
    await trouble.letters()
    assert ("messages that could not be told: 1", False) in await findings(trouble.service)
    (record,) = [one for one in await told(trouble, order) if one["template"] == "paid"]
    await trouble.api("POST", f"/v1/orders/{order.id}/messages/{record['id']}/resend", "office", {})
    await trouble.letters()
    found = await findings(trouble.service)
    assert ("messages that could not be told: 0", True) in found
    assert ("the mail server 127.0.0.1 answers and knows us", True) in found
    down = await findings(without_mail_server(trouble))
    assert ("the mail server 127.0.0.1 does not take letters: SMTPConnectError", False) in down


async def findings(service: Service) -> list[tuple[str, bool]]:
    return [(one.sentence, one.ok) async for one in examine(service)]


async def test_every_try_is_counted(trouble: World, grumpy: Grumpy) -> None:
    """By template, channel and outcome."""
    labels = {"template": "paid", "channel": "email"}
    outcomes = ("retried", "sent")

    def counted() -> list[float]:
        name = "checkout_messages_total"
        return [REGISTRY.get_sample_value(name, {**labels, "outcome": outcome}) or 0 for outcome in outcomes]

    before = counted()
    grumpy.to_recipient = ["451 later"]
    await trouble.paid()
    await trouble.letters()
    await trouble.advance(minutes=2)
    await trouble.letters()
    assert [after - then for after, then in zip(counted(), before, strict=True)] == [1, 1]


async def test_the_clock_of_a_letter_is_the_installations(world: World) -> None:
    """Its Date is our time, also when the clock was moved."""
    await world.advance(days=2)
    await world.paid()
    (letter,) = await world.letters()
    moment = await world.tx(now)
    assert abs((letter.message["Date"].datetime - moment).total_seconds()) < 60
