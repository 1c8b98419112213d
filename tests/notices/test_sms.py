"""Text messages: a sibling of the urgent letters, over a provider's HTTP, each once."""

from __future__ import annotations

import asyncio

import pytest

from tests.notices.offices import Provider
from tests.notices.telling import link, states, told, try_to_tell, without_mail_server
from tests.world import World


async def test_a_confirmed_visit_is_told_by_letter_and_by_text(texting: World, provider: Provider) -> None:
    """The text has the hour, the code and the link; the provider gets our id, so that it can tell a repetition."""
    order, _ = await texting.paid()
    assert len(await texting.letters()) == 1
    (asked,) = provider.asked
    (record,) = [one for one in await told(texting, order) if one["channel"] == "sms"]
    assert asked["to"] == "+79123456789"
    assert asked["external_id"] == record["id"]
    assert order.code in asked["text"]
    assert asked["text"].endswith(link(texting, order))
    assert provider.tokens == ["Bearer a-token"]
    assert (record["state"], record["text"], record["subject"]) == ("sent", asked["text"], None)


async def test_two_workers_text_once(texting: World, provider: Provider) -> None:
    """One sibling a letter, however many take it up."""
    await texting.paid()
    await asyncio.gather(*(try_to_tell(texting.service) for _ in range(4)))
    await texting.letters()
    assert len(provider.asked) == 1


async def test_a_letter_that_is_tried_again_is_texted_once(texting: World, provider: Provider) -> None:
    """The mail server is down, the provider is not: the text goes at once, the letter a minute later."""
    order, _ = await texting.paid()
    await try_to_tell(without_mail_server(texting))
    assert len(provider.asked) == 1
    await texting.advance(minutes=2)
    assert [letter.subject for letter in await texting.letters()] == [f"Запись {order.code} подтверждена"]
    assert len(provider.asked) == 1


async def test_the_rest_is_not_worth_a_text(texting: World, provider: Provider) -> None:
    """A letter of placing brings no text."""
    await texting.order()
    await texting.advance(minutes=3)
    assert len(await texting.letters()) == 1
    assert provider.asked == []


@pytest.mark.parametrize(
    ("status", "state", "outcome"),
    [
        (400, "failed", "the SMS provider answered 400"),
        (
            302,
            "failed",
            "the SMS provider answered 302",
        ),  # a redirect is not followed: the words go to one address only
        (429, "due", "the SMS provider answered 429"),
        (503, "due", "the SMS provider answered 503"),
    ],
)
async def test_what_the_provider_answers_decides(
    texting: World, provider: Provider, status: int, state: str, outcome: str
) -> None:
    """A refusal is for good; what may pass is tried again and arrives."""
    provider.statuses = [status]
    order, _ = await texting.paid()
    await texting.letters()
    record = next(one for one in await told(texting, order) if one["channel"] == "sms")
    assert (record["state"], record["outcome"]) == (state, outcome)
    await texting.advance(minutes=2)
    await texting.letters()
    assert len(provider.asked) == (1 if state == "due" else 0)


async def test_a_text_can_be_sent_again(texting: World, provider: Provider) -> None:
    """By text, once, and without another letter."""
    order, _ = await texting.paid()
    await texting.letters()
    record = next(one for one in await told(texting, order) if one["channel"] == "sms")
    await texting.api("POST", f"/v1/orders/{order.id}/messages/{record['id']}/resend", "office", {})
    assert len(await texting.letters()) == 1
    assert [asked["text"] for asked in provider.asked] == [record["text"]] * 2
    assert ("paid", "sent", None) in await states(texting, order)
