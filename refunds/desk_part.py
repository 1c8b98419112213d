"""Refunds on the staff's page of an order: each with its state, and the way to ask for another one."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text
from checkout.ground.db import Tx
from checkout.ground.spoken import money
from checkout.payment import store as payments
from checkout.payment.order import Order
from checkout.payment.payment import State as PaymentState
from checkout.people.access import Principal
from checkout.web import dates
from checkout.web.routes import DeskPart, DeskRow, Door
from checkout.web.words import say
from refunds import issue, store
from refunds.chargebacks import store as chargebacks
from refunds.chargebacks.chargeback import WAITS, Chargeback
from refunds.chargebacks.chargeback import WORDS as DISPUTE_WORDS
from refunds.chargebacks.chargeback import State as Dispute
from refunds.refund import WORDS, State

# The staff are told more than the payer: that a bank which did not answer may be asked again.
DESK_WORDS: Final = {
    **WORDS,
    State.UNKNOWN: Text("Банк не ответил — повтор безопасен", "The bank did not answer: trying again is safe"),
}
MARKS: Final = {
    State.REQUESTED: "wait",
    State.SCHEDULED: "wait",
    State.SENDING: "wait",
    State.UNKNOWN: "wait",
    State.DONE: "good",
    State.REJECTED: "over",
    State.CANCELLED: "over",
    State.REVIEW: "bad",
    State.RESTORED: "over",
}


DISPUTE_MARKS: Final = {
    Dispute.OPEN: "bad",
    Dispute.DISPUTED: "wait",
    Dispute.WON: "good",
    Dispute.LOST: "over",
    Dispute.ACCEPTED: "over",
}


# Why a try came to nothing, as the flows write it down, and the words for it.
_WHY: Final = {
    "the bank's sums are not ours": "why_sums",
    "the bank took it, but does not show it yet": "why_lag",
    "WrongState": "why_state",
    "AccessDenied": "why_access",
    "the bank says that it was charged back": "why_charged_back",
}


def why(text: str, language: str) -> str:
    """In words for people; of the bank's refusal with its number, to be named on the telephone."""
    known, _, code = text.partition(": ")
    if known == "the bank refused":
        return say(language, "why_refused", code=code)
    return say(language, _WHY.get(text, "why_silent"))


def address(refund: store.Refund) -> str:
    return f"/desk/refunds/{refund.id}"


async def part(tx: Tx, principal: Principal, order: Order, language: str) -> DeskPart:
    """For whoever looks at the order: what they may not open is no link for them to press."""
    found = await store.of_order(tx, order.id)
    disputes = await chargebacks.of_order(tx, order.id)
    sees_disputes = principal.may("chargeback.read", order.clinic_id)
    rows = [_dispute(one, language) for one in reversed(disputes) if sees_disputes]
    if principal.may("refund.read", order.clinic_id):
        # What the books say of a chargeback's money is told by the chargeback.
        told = [one for one in reversed(found) if not (sees_disputes and one.basis == "chargeback")]
        rows += [_row(refund, language) for refund in told]
    taken = await payments.of_order(tx, order.id)
    doors: list[Door] = []
    if any(issue.left(payment) for payment in taken) and principal.may("refund.request", order.clinic_id):
        doors.append(Door(f"/desk/orders/{order.code}/refund", say(language, "order_refund_go"), "r"))
    if any(principal.may(right, order.clinic_id) for right in ("worklist.act", "refund.decide")):
        contested = [payment for payment in taken if payment.state is PaymentState.REVIEW]
        words = say(language, "order_review_go")
        doors += [Door(f"/desk/payments/{payment.id}/review", words, "v") for payment in contested]
    return DeskPart(
        rows=tuple(rows),
        sums={one.id.uuid: one.amount for one in found} | {one.id.uuid: one.amount for one in disputes},
        doors=tuple(doors),
    )


def _dispute(held: Chargeback, language: str) -> DeskRow:
    until = say(language, "cb_until", day=dates.plain(held.answer_by, language))
    return DeskRow(
        address=f"/desk/chargebacks/{held.id}",
        heading=say(language, "cb_of", sum=money(held.amount, language)),
        mark=DISPUTE_MARKS[held.state],
        state=DISPUTE_WORDS[held.state].of(language),
        notes=(until,) if held.state in WAITS else (),
    )


def _row(refund: store.Refund, language: str) -> DeskRow:
    return DeskRow(
        address=address(refund),
        heading=say(language, "refund_of", sum=money(refund.amount, language)),
        mark=MARKS[refund.state],
        state=DESK_WORDS[refund.state].of(language),
        notes=(refund.reason,) if refund.basis == "person" else (say(language, f"basis_{refund.basis}"),),
    )
