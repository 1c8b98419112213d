"""A refund: money promised back, then sent, then taken by the bank. Pure.

requested  asked for; a second person must approve
scheduled  approved; waits for its day
sending    claimed by a worker, or cut down while it was at the bank
unknown    the bank did not say; looked at again on a ladder, never failed because it took long
done       the bank accepted it (what was paid at the desk: given back there)
rejected   the second person said no
cancelled  taken back before it was sent
review     contradicts the bank: a person decides
restored   charged back, and won: the money is ours again
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from checkout.catalogue.catalogue import Text
from checkout.ground.steps import commands
from gateways.gateway import BankOrder, BankRefund, BankStatus, Capabilities, Way
from gateways.money import Money


class State(StrEnum):
    REQUESTED = "requested"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    UNKNOWN = "unknown"
    DONE = "done"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    REVIEW = "review"
    RESTORED = "restored"


COMMANDS: Final = commands(
    "refund",
    State,
    """
    requested  --approve-->   scheduled
    requested  --reject-->    rejected
    requested  --cancel-->    cancelled
    scheduled  --cancel-->    cancelled
    scheduled  --send-->      sending
    scheduled  --pay_out-->   done
    unknown    --send-->      sending
    sending    --send-->      sending
    sending    --accept-->    done
    sending    --lose-->      unknown
    sending    --wait-->      scheduled
    sending    --contest-->   review
    review     --retry-->     scheduled
    review     --close-->     cancelled
    done       --restore-->   restored
    """,
)

WORDS: Final = {
    State.REQUESTED: Text("На согласовании", "Needs approval"),
    State.SCHEDULED: Text("Запланирован", "Scheduled"),
    State.SENDING: Text("Отправлен в банк", "Sent to bank"),
    State.UNKNOWN: Text("Отправлен в банк", "Sent to bank"),
    State.DONE: Text("Банк принял", "Accepted by bank"),
    State.REJECTED: Text("Отклонён", "Rejected"),
    State.CANCELLED: Text("Отменён", "Cancelled"),
    State.REVIEW: Text("Ошибка банка", "Bank error"),
    State.RESTORED: Text("Деньги снова у клиники", "The clinic has the money again"),
}

BANK_ZONE: Final = ZoneInfo("Europe/Moscow")

# How long to wait before asking an unsure bank again; then daily; then a person. Source: reliability.md §5.
LADDER: Final = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    *(timedelta(days=1),) * 5,
)


class Act(StrEnum):
    """What to do, after looking at the bank."""

    DONE = "done"  # it is there already
    REFUND = "refund"
    REVERSE = "reverse"
    WAIT = "wait"  # not today: the bank takes it from the next banking day on
    CONTEST = "contest"  # the bank's sums are not ours


@dataclass(frozen=True, slots=True)
class Plan:
    """One refund against the books: sums in kopecks of the order's currency. `was_held`: it was paid in two stages."""

    key: str
    amount: Money
    captured: Money
    refunded_before: Money  # by our books, without this refund
    paid_at: datetime
    sent_before: bool
    fiscal: bool = False  # its payment came with a cart
    was_held: bool = False


def decide(plan: Plan, fact: BankOrder, can: Capabilities, *, now: datetime) -> Act:
    """Compare the bank with our books, and say what is needed; nothing is sent that is already there."""
    if any(refund.external_id == plan.key and went_through(refund) for refund in fact.refunds):
        return Act.DONE
    if fact.status is BankStatus.REVERSED:
        return Act.DONE if plan.sent_before and plan.amount == plan.captured else Act.CONTEST
    if fact.captured != plan.captured:
        return Act.CONTEST
    if fact.refunded != plan.refunded_before:
        # No list of refunds, but exactly our sum is gone since we sent it: it was ours.
        named = any(refund.external_id for refund in fact.refunds)
        gone = fact.refunded == plan.refunded_before + plan.amount
        return Act.DONE if plan.sent_before and gone and not named else Act.CONTEST
    return way_back(plan, fact.way, can, same_day=same_day(plan, now))


def way_back(plan: Plan, way: Way | None, can: Capabilities, *, same_day: bool) -> Act:
    """How money that is there goes back, by the way that it came. Source: decisions.md 8.

    banking day   how much   the bank can                                                              act
    a later one   any        any                                                                       refund
    the same      all of it  reverse what came this way (a completed hold: if it may reverse that)     reverse
    the same      all of it  refund on the day, but not reverse                                        refund
    the same      a part     refund on the day (with a fiscal cart: also a part of such a payment)     refund
    the same      any        neither of these                                                          wait for the next day

    A part is never reversed: the bank does that once, for few, and with a fiscal cart for nobody. Who is refused a reversal
    looks again and decides without it.
    """
    if not same_day:
        return Act.REFUND
    whole = plan.amount == plan.captured
    if whole and can.reverses(way) and (can.reverse_completed or not plan.was_held):
        return Act.REVERSE
    in_time = can.same_day_refund and (can.same_day_cart_refund or not plan.fiscal)
    return Act.REFUND if in_time else Act.WAIT


def same_day(plan: Plan, now: datetime) -> bool:
    """Whether it is still the banking day of the payment."""
    return banking_day(now) == banking_day(plan.paid_at)


def went_through(refund: BankRefund) -> bool:
    """The bank lists failed tries too; only action code 0, or none at all, is money."""
    return refund.action_code in (None, 0)


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When to look again after the `attempts`-th unsure answer; None hands it to a person."""
    return now + LADDER[attempts - 1] if 1 <= attempts <= len(LADDER) else None


def banking_day(moment: datetime) -> date:
    """The bank's day, which is Moscow's, wherever the clinic is."""
    return moment.astimezone(BANK_ZONE).date()


def next_banking_day(now: datetime) -> datetime:
    """Just after Moscow midnight."""
    tomorrow = banking_day(now) + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, 0, 5, tzinfo=BANK_ZONE)
