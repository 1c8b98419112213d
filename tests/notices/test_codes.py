"""Codes that prove a contact: six digits, ten minutes, five tries; nothing of them stays at rest."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest

from checkout.ground.db import rows, sql
from checkout.ground.errors import Conflict
from checkout.notices.codes import prove, send_code
from tests.notices.offices import Provider
from tests.world import World

_CODES = sql("SELECT * FROM message WHERE template = 'code'")
TO = "anna@example.com"


async def sent(world: World, ticket: UUID, *, channel: str = "email", to: str = TO, language: str = "ru") -> None:
    moment = await world.now()
    await world.tx(
        lambda tx: send_code(tx, world.service, ticket=ticket, channel=channel, to=to, language=language, now=moment)
    )


async def proven(world: World, ticket: UUID, code: str, to: str = TO) -> bool:
    return await world.tx(lambda tx: prove(tx, world.service, ticket=ticket, to=to, code=code))


async def code_in(world: World) -> str:
    """The newest code in the mailbox."""
    found = re.search(r"\b\d{6}\b", (await world.letters())[-1].text)
    assert found is not None
    return found[0]


async def test_a_code_proves_the_address_it_was_sent_to(world: World) -> None:
    """The right code of the right ticket for the right address, also a second time; nothing else."""
    ticket = uuid4()
    await sent(world, ticket)
    code = await code_in(world)
    assert not await proven(world, uuid4(), code)
    assert not await proven(world, ticket, code, "boris@example.com")
    assert await proven(world, ticket, f" {code} ")
    assert await proven(world, ticket, code, TO.upper())


async def test_the_letter_with_a_code_is_short_and_says_how_long_it_lives(world: World) -> None:
    """No code in the subject, which others may read on a locked screen."""
    await sent(world, uuid4())
    code = await code_in(world)
    letter = (await world.letters())[-1]
    assert (letter.to, letter.subject) == (TO, "Код подтверждения")
    assert "Он действует 10 минут." in letter.text.replace("\u00a0", " ")
    assert letter.text.count(code) == 1
    await sent(world, uuid4(), language="en")
    assert "It is valid for 10 minutes." in (await world.letters())[-1].text.replace("\u00a0", " ")


async def test_five_wrong_tries_use_a_code_up(world: World) -> None:
    """The sixth is refused even if it is right; a new code starts anew."""
    ticket = uuid4()
    await sent(world, ticket)
    code = await code_in(world)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert not await proven(world, ticket, wrong)
    assert not await proven(world, ticket, code)
    await world.advance(minutes=1, seconds=1)
    await sent(world, ticket)
    assert await proven(world, ticket, await code_in(world))


async def test_a_code_dies_after_ten_minutes(world: World) -> None:
    """And one that could not be sent by then is not sent at all."""
    ticket, late = uuid4(), uuid4()
    await sent(world, ticket)
    code = await code_in(world)
    await world.advance(minutes=5)
    await sent(world, late, to="boris@example.com")
    await world.advance(minutes=5, seconds=1)
    assert not await proven(world, ticket, code)
    await world.advance(minutes=5)
    assert len(await world.letters()) == 1
    outcomes = [row.outcome for row in await world.tx(lambda tx: rows(tx, _CODES))]
    assert "the code is not valid any more" in outcomes


async def test_a_new_code_can_be_had_once_a_minute(world: World) -> None:
    """Sooner is refused; the newest replaces the one before."""
    ticket = uuid4()
    await sent(world, ticket)
    first = await code_in(world)
    with pytest.raises(Conflict, match="code_too_soon"):
        await sent(world, ticket)
    await world.advance(seconds=61)
    await sent(world, ticket)
    second = await code_in(world)
    assert await proven(world, ticket, first) == (first == second)
    assert await proven(world, ticket, second)


async def test_code_and_contact_are_nowhere_at_rest(world: World) -> None:
    """Waiting they are sealed, and once sent they are gone."""
    await sent(world, uuid4())
    (waiting,) = await world.tx(lambda tx: rows(tx, _CODES))
    assert waiting.sealed is not None
    assert TO not in repr(waiting)
    code = await code_in(world)
    (gone,) = await world.tx(lambda tx: rows(tx, _CODES))
    assert (gone.state, gone.sealed, gone.sealed_recipient) == ("sent", None, None)
    kept = repr(await world.tx(lambda tx: rows(tx, sql("SELECT c::text FROM contact_code c"))))
    assert code not in kept
    assert TO not in kept


async def test_a_code_goes_by_text_message_too(texting: World, provider: Provider) -> None:
    """One segment, without a link."""
    ticket = uuid4()
    await sent(texting, ticket, channel="sms", to="+79120000000")
    await texting.letters()
    (asked,) = provider.asked
    assert asked["to"] == "+79120000000"
    assert len(asked["text"]) <= 70
    assert await proven(texting, ticket, asked["text"][:6], "+79120000000")


async def test_without_a_channel_a_code_is_skipped_and_forgotten(world: World) -> None:
    """Nobody keeps a code that nobody can be told."""
    await sent(world, uuid4(), channel="sms", to="+79120000000")
    await world.letters()
    (row,) = await world.tx(lambda tx: rows(tx, _CODES))
    assert (row.state, row.outcome, row.sealed, row.sealed_recipient) == ("skipped", "no sms configured", None, None)
