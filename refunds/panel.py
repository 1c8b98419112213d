"""Refunds on the payer's order page: how much, how it stands, by when the money is promised, and why."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text
from checkout.ground.db import Tx
from checkout.payment.order import Order
from checkout.web import dates
from checkout.web.routes import PanelRow
from checkout.web.texts import money
from refunds import store
from refunds.refund import WORDS, State

HEADING: Final = Text("Возврат {sum}", "Refund of {sum}")
STATE: Final = Text("Состояние: {word}.", "State: {word}.")
# What a person asked for is in that person's words; what a rule decided is in ours.
REASONS: Final = {
    "late_money": Text(
        "Причина: деньги пришли, когда времени визита уже не было.",
        "Reason: the money came when the visit’s time was gone.",
    ),
    "surplus": Text("Причина: оплачено больше, чем стоит визит.", "Reason: more was paid than the price of the visit."),
    "person": Text("Причина: {reason}", "Reason: {reason}"),
}
# How long it takes lies with the bank that issued the card; the latest day counts working days.
CARD: Final = Text(
    "Деньги придут на карту, с которой платили: обычно начиная с {first}, не позднее {last}. День зависит от банка, "
    "выпустившего карту.",
    "The money goes to the card that paid: usually from {first} on, no later than {last}. The day depends on the bank "
    "that issued the card.",
)
DONE: Final = Text("Банк принял возврат {day}.", "The bank accepted the refund on {day}.")
CASH: Final = Text(
    "Деньги выдаст касса клиники. Возьмите паспорт и назовите код записи.",
    "The clinic’s cash desk pays it out. Bring your passport and say the booking code.",
)
PAID_OUT: Final = Text("Выдано в кассе клиники {day}.", "Paid out at the clinic’s cash desk on {day}.")
NOT_SENT: Final = Text(
    "Денег по нему не будет: причину объяснит клиника.", "No money follows: the clinic explains why."
)


async def panel(tx: Tx, order: Order, language: str) -> list[PanelRow]:
    """A row a refund, oldest first. One that was taken back before it was sent is no news to the payer."""
    found = await store.of_order(tx, order.id)
    return [_row(refund, order, language) for refund in found if refund.state is not State.CANCELLED]


def _row(refund: store.Refund, order: Order, language: str) -> PanelRow:
    return PanelRow(
        heading=HEADING.of(language).format(sum=money(refund.amount, language)),
        lines=(
            STATE.of(language).format(word=WORDS[refund.state].of(language)),
            *_promise(refund, order, language),
            REASONS[refund.basis].of(language).format(reason=refund.reason),
        ),
    )


def _promise(refund: store.Refund, order: Order, language: str) -> list[str]:
    if refund.state is State.REJECTED:
        return [NOT_SENT.of(language)]
    done = dates.plain(dates.local(refund.done_at, order.zone), language) if refund.done_at else ""
    if refund.method == "cash":
        return [(PAID_OUT if done else CASH).of(language).format(day=done)]
    first, last = (dates.plain(day, language) for day in (refund.promise.expected_from, refund.promise.expected_by))
    arrival = CARD.of(language).format(first=first, last=last)
    return [DONE.of(language).format(day=done), arrival] if done else [arrival]
