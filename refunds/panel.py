"""Refunds on the payer's order page: how much, how it stands, by when the money is promised, and why.

And what would go back, and how, if the visit were called off now: said before it is.
"""

from __future__ import annotations

from typing import Any, Final

from checkout.catalogue.catalogue import Kind, Text
from checkout.ground.db import Tx, now
from checkout.ground.service import Service
from checkout.payment import orders
from checkout.payment import store as payments
from checkout.payment.order import Order
from checkout.payment.store import Payment
from checkout.web import dates
from checkout.web.routes import Panel, PanelRow, Step
from checkout.web.texts import money
from refunds import desk_part, issue, store
from refunds.chargebacks import store as chargebacks
from refunds.dates import Promise
from refunds.late import shares
from refunds.refund import WORDS, State

HEADING: Final = Text("Возврат {sum}", "Refund of {sum}")
STATE: Final = Text("Состояние: {word}.", "State: {word}.")
# What a person asked for is in that person's words; what a rule decided is in ours.
REASONS: Final = {
    "late_money": Text(
        "Причина: деньги пришли, когда времени визита уже не было.",
        "Reason: the money came when the visit’s time was gone.",
    ),
    "called_off": Text("Причина: визит отменён.", "Reason: the visit was cancelled."),
    "day_off": Text("Причина: клиника отменила приём в этот день.", "Reason: the clinic called the day off."),
    "surplus": Text("Причина: оплачено больше, чем стоит визит.", "Reason: more was paid than the price of the visit."),
    "external": Text("Возврат сделан в банке.", "The refund was made at the bank."),
    "chargeback": Text(
        "Деньги вернул банк, выпустивший карту, по вашему обращению.",
        "The bank that issued the card gave the money back at your request.",
    ),
    "person": Text("Причина: {reason}", "Reason: {reason}"),
}
WON: Final = Text(
    "Банк, выпустивший карту, вернул эти деньги клинике: они снова засчитаны за визит.",
    "The bank that issued the card gave this money to the clinic again: it counts for the visit.",
)
ANSWER: Final = Text(
    "Ответим до {day}: закон даёт на это десять дней.", "We answer by {day}: the law gives ten days for it."
)
WINDOW: Final = {
    Kind.SERVICE: Text(
        "Просить возврат можно до {until} включительно: срок идёт со дня визита, {base}.",
        "A refund may be asked for up to and including {until}: counted from the day of the visit, {base}.",
    ),
    Kind.GOODS: Text(
        "Просить возврат можно до {until} включительно: срок идёт со дня получения товара в клинике, {base}.",
        "A refund may be asked for up to and including {until}: counted from the day of receipt at the clinic, {base}.",
    ),
}
REFERENCE: Final = Text(
    "Номер оплаты в банке, если спросит ваш банк: {reference}.",
    "The payment’s number at the bank, should your bank ask: {reference}.",
)
ASKED: Final = Text("Запрошен {day}.", "Asked for on {day}.")
PLANNED: Final = Text("Назначен на {day}.", "Planned for {day}.")
# How long it takes lies with the bank that issued the card; the latest day counts working days.
CARD: Final = Text(
    "Деньги придут на карту, с которой платили: обычно начиная с {first}, не позднее {last}. День зависит от банка, "
    "выпустившего карту.",
    "The money goes to the card that paid: usually from {first} on, no later than {last}. The day depends on the bank "
    "that issued the card.",
)
APP: Final = Text(
    "Деньги придут на счёт, с которого платили: обычно начиная с {first}, не позднее {last}. День зависит от вашего банка.",
    "The money goes to the account that paid: usually from {first} on, no later than {last}. The day depends on your bank.",
)
ACCEPTED: Final = Text("Банк принимает возврат.", "The bank accepts the refund.")
DONE: Final = Text("Банк принял возврат {day}.", "The bank accepted the refund on {day}.")
# What was paid at the desk goes back there, as it was paid.
AT_THE_DESK: Final = {
    "cash": Text(
        "Деньги выдаст касса клиники. Возьмите паспорт и назовите код записи.",
        "The clinic’s cash desk pays it out. Bring your passport and say the booking code.",
    ),
    "terminal": Text(
        "Деньги вернутся на ту же карту через терминал клиники. Возьмите карту и паспорт, назовите код записи.",
        "The money goes back to the same card at the clinic’s terminal. Bring the card and your passport, and say the "
        "booking code.",
    ),
    "transfer": Text(
        "Клиника отправит деньги переводом на счёт, с которого платили.",
        "The clinic sends the money to the account that paid.",
    ),
}
GIVEN_BACK: Final = {
    "cash": Text("Выдано в кассе клиники {day}.", "Paid out at the clinic’s cash desk on {day}."),
    "terminal": Text("Сделан через терминал клиники {day}.", "Made at the clinic’s terminal on {day}."),
    "transfer": Text("Отправлен переводом {day}.", "Sent by bank transfer on {day}."),
}
NOT_SENT: Final = Text(
    "Денег по нему не будет: причину объяснит клиника.", "No money follows: the clinic explains why."
)
WHY_NOT: Final = Text("Денег по нему не будет. Причина отказа: {reason}", "No money follows. The reason: {reason}")


async def rows(tx: Tx, order: Order, language: str) -> list[PanelRow]:
    """A row a refund, oldest first. One that was taken back before it was sent is no news to the payer.

    Nor is the sum that we supposed of a chargeback before the bank told it.
    """
    meant = {one.refund_id for one in await chargebacks.of_order(tx, order.id)}
    found = [one for one in await store.of_order(tx, order.id) if one.state is not State.RESTORED or one.id in meant]
    paid = {payment.id: payment for payment in await payments.of_order(tx, order.id)} if found else {}
    return [
        row(refund, order, paid[refund.payment_id], language) for refund in found if refund.state is not State.CANCELLED
    ]


def row(refund: store.Refund, order: Order, payment: Payment, language: str) -> PanelRow:
    """One refund of this payment as its payer sees it."""
    lines = [STATE.of(language).format(word=WORDS[refund.state].of(language))]
    if refund.state is State.REJECTED:
        said = WHY_NOT.of(language).format(reason=refund.decision_reason) if refund.decision_reason else None
        lines.append(said or NOT_SENT.of(language))
    if refund.state is State.REQUESTED:
        lines.append(ANSWER.of(language).format(day=dates.plain(refund.promise.answer_due, language)))
    why = WON if refund.state is State.RESTORED else REASONS[refund.basis]
    lines.append(why.of(language).format(reason=refund.reason))
    if refund.basis == "person" and refund.window_base and refund.window_kind:
        until, base = (
            dates.plain(dates.local(at, order.zone), language) for at in (refund.window_ends_at, refund.window_base)
        )
        lines.append(WINDOW[refund.window_kind].of(language).format(until=until, base=base))
    if refund.done_at and refund.method == "card" and payment.reference:
        lines.append(REFERENCE.of(language).format(reference=payment.reference))
    return PanelRow(
        heading=HEADING.of(language).format(sum=money(refund.amount, language)),
        lines=tuple(lines),
        steps=()
        if refund.state is State.REJECTED or refund.basis == "chargeback"
        else _steps(refund, order, payment, language),
    )


def _steps(refund: store.Refund, order: Order, payment: Payment, language: str) -> tuple[Step, ...]:
    """What has been done and what comes, each with its day. Arrival on the card is promised, never claimed."""

    def day(at: Any) -> str:
        return dates.plain(dates.local(at, order.zone), language)

    asked = Step(ASKED.of(language).format(day=day(refund.requested_at)), done=True)
    done = refund.done_at is not None
    if refund.at_the_desk:
        words = GIVEN_BACK if done else AT_THE_DESK
        last = words[refund.method].of(language).format(day=day(refund.done_at) if done else "")
        return (asked, Step(last, done=done))
    sent = refund.state not in (State.REQUESTED, State.SCHEDULED)
    accepted = DONE.of(language).format(day=day(refund.done_at)) if done else ACCEPTED.of(language)
    return (
        asked,
        Step(PLANNED.of(language).format(day=day(refund.scheduled_for)), done=sent),
        Step(accepted, done=done),
        Step(_arrival(payment, refund.promise, language), done=False),
    )


def _arrival(payment: Payment, promise: Promise, language: str) -> str:
    first, last = (dates.plain(day, language) for day in (promise.expected_from, promise.expected_by))
    return (APP if payment.by_app else CARD).of(language).format(first=first, last=last)


def _back(payment: Payment, promise: Promise, language: str) -> str:
    """How money that was paid in this way comes back."""
    at_the_desk = AT_THE_DESK.get(payment.method)
    return at_the_desk.of(language) if at_the_desk else _arrival(payment, promise, language)


async def preview(tx: Tx, service: Service, order: Order, language: str) -> list[PanelRow]:
    """What would go back if the visit were called off now, each payment the way it came."""
    facts, moment = await orders.facts(tx, order.id), await now(tx)
    promise = await issue.promised(tx, service, order.zone, now=moment, scheduled_for=moment)
    return [
        PanelRow(
            heading=money(part, language),
            lines=(_back(payment, promise, language),),
        )
        for payment, part in shares(await payments.of_order(tx, order.id), facts.kept)
    ]


async def record(tx: Tx, order: Order) -> dict[str, Any]:
    """The payer's own data: their refunds, by machine-readable names."""
    return {
        "refunds": [
            {
                "id": str(refund.id),
                "payment": str(refund.payment_id),
                "method": refund.method,
                "amount": refund.amount.amount,
                "state": str(refund.state),
                "reason": refund.reason if refund.basis == "person" else refund.basis,
                "requested_at": refund.requested_at.isoformat(),
                "scheduled_for": refund.scheduled_for.isoformat(),
                "answer_due": refund.promise.answer_due.isoformat(),
                "expected_from": refund.promise.expected_from.isoformat(),
                "expected_by": refund.promise.expected_by.isoformat(),
                "done_at": refund.done_at.isoformat() if refund.done_at else None,
            }
            for refund in await store.of_order(tx, order.id)
        ]
    }


PANEL: Final = Panel(rows=rows, preview=preview, record=record, desk=desk_part.part)
