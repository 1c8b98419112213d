"""What the payer was told about an order, word for word; and telling it again."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from checkout.ground.db import Tx, in_transaction
from checkout.ground.ids import MessageId
from checkout.notices import store
from checkout.notices.message import LINK, Message
from checkout.notices.resend import resend, words
from checkout.payment.place import link_token
from checkout.web.api.models import In, Instant, Out
from checkout.web.api.order_shown import order_of, seen
from checkout.web.named import named
from checkout.web.routes import Call, Routes

routes = Routes()


class MessageOut(Out):
    """One message. `outcome` says why it was skipped, is tried again or failed."""

    id: str
    template: str
    channel: str
    state: str
    subject: str | None
    text: Annotated[
        str | None, Field(description="the exact words; the private link stands in them only for who may place orders")
    ]
    resend_of: str | None
    created_at: Instant
    sent_at: Instant | None
    outcome: str | None


class MessageList(Out):
    data: list[MessageOut]


class ResendIn(In):
    """Nothing to say; the body is an empty object."""


@routes.op(
    "GET",
    "/v1/orders/{id}/messages",
    action="message.read",
    out=MessageList,
    summary="What the payer was told, oldest first",
    tag="Messages",
    refusals=("order_missing",),
    personal=True,
)
async def list_messages(call: Call) -> MessageList:
    order_id = order_of(call.path)

    async def work(tx: Tx) -> MessageList:
        await seen(tx, call.principal, order_id)
        return MessageList(data=await _shown(tx, call, await store.of_order(tx, order_id)))

    return await in_transaction(call.service.engine, work)


@routes.op(
    "POST",
    "/v1/orders/{id}/messages/{message_id}/resend",
    action="message.resend",
    body=ResendIn,
    out=MessageOut,
    status=201,
    summary="Send the same words again, to the payer's present address",
    tag="Messages",
    refusals=("order_missing", "message_missing", "wrong_state"),
    example={},
)
async def resend_message(call: Call) -> MessageOut:
    order_id, message_id = order_of(call.path), _message(call)

    async def work(tx: Tx) -> MessageOut:
        await seen(tx, call.principal, order_id)
        again = await resend(tx, call.service, order_id, message_id)
        return (await _shown(tx, call, [again]))[0]

    return await call.once(work)


def _message(call: Call) -> MessageId:
    return named(MessageId, call.path["message_id"], "message_missing")


async def _shown(tx: Tx, call: Call, told: list[Message]) -> list[MessageOut]:
    order_id = order_of(call.path)
    texts = await words(tx, call.service, order_id, told)
    link = f"{call.service.config.public_url}/o/{link_token(call.service, order_id)}"
    shown_link = link if call.principal.may("order.create") else LINK
    return [
        MessageOut(
            id=str(one.id),
            template=one.template,
            channel=one.channel,
            state=one.state,
            subject=one.subject,
            text=texts[one.id].replace(LINK, shown_link) if one.id in texts else None,
            resend_of=str(one.resend_of) if one.resend_of else None,
            created_at=one.created_at,
            sent_at=one.sent_at,
            outcome=one.outcome,
        )
        for one in told
    ]
