"""Telling again: the very words, under another Message-ID, to where the payer can be reached now."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text
from ulid import ULID

from checkout.ground.db import Tx, rows, run, sql
from checkout.privacy import store as people
from tests.notices.telling import at_rest, link, told
from tests.world import World

_CORRECT = sql("UPDATE person SET sealed = :sealed WHERE id = :id")
_AUDIT = sql("SELECT action, object, principal FROM audit WHERE action = 'message.resend'")


async def test_the_same_words_are_sent_again(world: World) -> None:
    """Word for word, as a letter of its own; the record says of which, and audit says who."""
    order, _ = await world.paid()
    (first,) = await world.letters()
    (record,) = [one for one in await told(world, order) if one["template"] == "paid"]
    await world.api("POST", f"/v1/orders/{order.id}/cancel", "office", {})
    await world.letters()
    status, again = await world.api("POST", f"/v1/orders/{order.id}/messages/{record['id']}/resend", "office", {})
    assert (status, again["state"], again["resend_of"], again["text"]) == (201, "due", record["id"], record["text"])
    letter = (await world.letters())[-1]
    assert (letter.subject, letter.text) == (first.subject, first.text)
    assert letter.message["Message-ID"] != first.message["Message-ID"]
    assert b"METHOD:CANCEL" in letter.attachments[0].content  # the entry is always today's truth
    assert [one["state"] for one in await told(world, order) if one["resend_of"]] == ["sent"]
    (kept,) = await world.tx(lambda tx: rows(tx, _AUDIT))
    assert tuple(kept) == ("message.resend", record["id"], "key:office")


async def test_one_key_sends_once(world: World) -> None:
    """A retried request is answered from memory."""
    order, _ = await world.paid()
    await world.letters()
    (record,) = [one for one in await told(world, order) if one["template"] == "paid"]
    path, key = f"/v1/orders/{order.id}/messages/{record['id']}/resend", str(ULID())
    first = await world.api("POST", path, "office", {}, key=key)
    assert await world.api("POST", path, "office", {}, key=key) == first
    assert len(await world.letters()) == 2


async def test_what_was_never_said_cannot_be_said_again(world: World) -> None:
    """A message that is still due, or was skipped, has nothing to repeat."""
    order, _ = await world.paid()
    for state in ("due", "skipped"):
        (record,) = [one for one in await told(world, order) if one["template"] == "placed"]
        assert record["state"] == state
        path = f"/v1/orders/{order.id}/messages/{record['id']}/resend"
        status, answer = await world.api("POST", path, "office", {})
        assert (status, answer["code"]) == (409, "wrong_state")
        await world.advance(minutes=3)
        await world.letters()


async def test_the_payers_address_is_asked_for_when_it_is_sent(world: World) -> None:
    """Words are repeated, addresses are not: a corrected one gets what the wrong one got before."""
    order, _ = await world.paid()
    await world.letters()
    (record,) = [one for one in await told(world, order) if one["template"] == "paid"]

    async def corrected(tx: Tx) -> None:
        known = await people.known(tx, world.service.vault, order.payer_id)
        assert known is not None
        anna = replace(known[0], email="anna@example.com")
        sealed = known[1].seal(anna.as_json().decode(), place=f"person/{order.payer_id}")
        await run(tx, _CORRECT, id=order.payer_id.uuid, sealed=sealed)

    await world.tx(corrected)
    await world.api("POST", f"/v1/orders/{order.id}/messages/{record['id']}/resend", "office", {})
    first, second = await world.letters()
    assert (first.to, second.to) == ("maria@example.com", "anna@example.com")
    assert first.text == second.text


async def test_the_private_link_is_in_no_row(world: World) -> None:
    """Sent, read over the API and sent again: its token stands nowhere in the clear."""
    order, _ = await world.paid()
    await world.letters()
    (record,) = [one for one in await told(world, order) if one["template"] == "paid"]
    await world.api("POST", f"/v1/orders/{order.id}/messages/{record['id']}/resend", "office", {})
    await world.letters()
    token = link(world, order).rpartition("/")[2]
    assert token not in repr(await at_rest(world, order))
    async with world.service.engine.connect() as tx:
        kept = repr((await tx.execute(text("SELECT i::text FROM idempotency i"))).all())
    assert token not in kept
