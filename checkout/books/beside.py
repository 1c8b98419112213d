"""What the bank says of a payment beside what we believe of it: row by row, and in one sentence where they differ.

It only reads: nothing of what is heard here reaches our books, whose one way in is `checkout.payment.settle`. The long word is
held against our belief by the same rules as there; the short one, where the bank speaks it, is a second witness: it can show a
difference, but agreement is never told by it alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkout.ground.spoken import exact
from checkout.payment.holding import as_charged
from checkout.payment.payment import LIVE, Report, State, judge, report
from checkout.payment.settle import word_of
from checkout.payment.store import Payment
from gateways.gateway import BankOrder, BankStatus, CardFacts, Gateway, GatewayError, NotFound
from gateways.money import Money
from gateways.sberbank.action_codes import explain
from gateways.witness import Brief

NOTHING: Final = "-"
# What a short word can mean for a belief, where it is all that there is: it tells no sums of what went back.
_FITS: Final = {
    BankStatus.REGISTERED: {State.PENDING},
    BankStatus.IN_PROGRESS: {State.PENDING},
    BankStatus.HELD: {State.AUTHORIZED},
    BankStatus.DEPOSITED: {State.CAPTURED},
    BankStatus.REFUNDED: {State.CAPTURED},
    BankStatus.REVERSED: {State.VOIDED, State.CAPTURED},
    BankStatus.DECLINED: {State.DECLINED, State.LAPSED},
    BankStatus.UNRECOGNISED: set[State](),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What asking came to. `absent`: the bank knows no such order; `trouble`, `brief_trouble`: why there is no word."""

    fact: BankOrder | None = None
    brief: Brief | None = None
    absent: bool = False
    trouble: str | None = None
    brief_trouble: str | None = None

    @property
    def heard(self) -> bool:
        """Whether the long word was said: only then do two sides that do not differ agree."""
        return self.absent or self.fact is not None


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the two sides disagree, and what cures it."""

    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.what}: {self.cure}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line: ours, the bank's, and the bank's in short."""

    name: str
    ours: str
    bank: str
    short: str


async def ask(gateway: Gateway, payment: Payment) -> Said:
    """Both witnesses, one after the other. The short one is asked by the bank's own id alone."""
    fact, absent, trouble = None, False, None
    try:
        fact = await word_of(gateway, payment)
    except NotFound:
        absent = True
    except GatewayError as reason:
        trouble = _why(reason)
    reference = fact.reference if fact else payment.reference
    if gateway.witness is None:
        return Said(fact, None, absent, trouble, "the bank has no short word")
    if reference is None:
        return Said(fact, None, absent, trouble, "asked by the bank's id alone, which is not known")
    try:
        return Said(fact, await gateway.witness.brief(number=payment.number, reference=reference), absent, trouble)
    except GatewayError as reason:
        return Said(fact, None, absent, trouble, _why(reason))


def _why(reason: GatewayError) -> str:
    return f"{type(reason).__name__}: {reason}"


def rows(payment: Payment, said: Said) -> list[Row]:
    """The table. What a side does not tell is a dash."""
    fact, brief, belief = said.fact, said.brief, payment.belief
    gone = payment.gone_at_bank
    reached = payment.held_since is not None or bool(payment.captured)
    approved = belief.amount if reached else Money(0, belief.amount.currency)
    return [
        Row("state", str(payment.state), "absent" if said.absent else _word(fact), _word(brief)),
        Row(
            "amount",
            exact(belief.amount, "en"),
            _sum(fact.amount if fact else None),
            _sum(brief.amount if brief else None),
        ),
        Row("approved", exact(approved, "en"), _sum(fact.approved if fact else None), NOTHING),
        Row("deposited", exact(payment.captured - gone, "en"), _sum(fact.deposited if fact else None), _charged(brief)),
        Row("refunded", exact(gone, "en"), _sum(fact.refunded if fact else None), NOTHING),
        Row("way", payment.told, str(fact.way) if fact and fact.way else NOTHING, NOTHING),
        Row("card", _card(_ours(payment)), _card(fact.card if fact else None), _card(brief.card if brief else None)),
        Row("action code", _code(payment.action_code), _code(fact.action_code if fact else None), NOTHING),
    ]


def differences(payment: Payment, said: Said) -> list[Difference]:
    """Where they disagree; nothing, where they do not. Nobody was heard: nothing can be said, and nothing is."""
    found = [*_of_state(payment, said), *_of_sums(payment, said)]
    if said.absent and said.brief:
        told = f"the bank knows no such order in its long word, and says {said.brief.status} in its short one"
        found.append(Difference(told, "ask the bank which of the two is right"))
    if said.fact and said.brief and said.fact.status is not said.brief.status:
        told = f"the bank says {said.fact.status} in its long word and {said.brief.status} in its short one"
        found.append(Difference(told, "ask again in a minute; the long one is believed"))
    return found


def _of_state(payment: Payment, said: Said) -> list[Difference]:
    if said.fact is None and not said.absent:
        return _in_short(payment, said.brief) if said.brief else []
    belief = as_charged(payment, said.fact).belief
    found = report(belief, said.fact) if said.fact else Report.ABSENT
    told = f"the bank says {_told(said)}, and our books {payment.state}"
    verdict = judge(belief, found)
    if payment.state is State.REVIEW:
        return [Difference(f"the payment is in review, and the bank says {_told(said)}", _PERSON)]
    if found is Report.MISMATCH:
        return [Difference("the bank's sums are not what was ordered", _PERSON)]
    if found is Report.GARBLED:
        return [Difference("the bank shows a state that nobody here knows", "ask the bank what it means")]
    if verdict.alarm:
        return [Difference(f"{told}, which cannot follow", _PERSON)]
    if verdict.state is not payment.state:
        return [Difference(told, _cure_of_state(payment, verdict.state))]
    return []


_PERSON: Final = "a person decides, from the worklist (/desk/worklist)"


def _cure_of_state(payment: Payment, after: State) -> str:
    """Who asks the bank about such a payment, and when."""
    if payment.parked is not None:
        return "ask the bank, from the worklist (/desk/worklist)"
    if payment.state not in LIVE:
        return (
            "nobody asks by itself any more: its line in the bank's registry, or its callback sent again, makes us ask"
        )
    return f"the worker's next look makes it {after}; `checkout doctor` says whether one runs"


def _in_short(payment: Payment, brief: Brief) -> list[Difference]:
    told = _told_in_short(payment, brief)
    cure = "nothing is settled by that word: have the bank permit getOrderStatusExtended.do"
    return [Difference(told, cure)] if told else []


def _told_in_short(payment: Payment, brief: Brief) -> str | None:
    """What was charged is held against our books only while none of it went back: else no source says what that sum means."""
    if payment.state not in _FITS[brief.status]:
        return f"the bank says {brief.status} in its short word, and our books {payment.state}"
    if brief.amount != payment.belief.amount:
        return f"the bank's short word is of {exact(brief.amount, 'en')}, and our books of {exact(payment.belief.amount, 'en')}"
    if payment.state is not State.CAPTURED or payment.belief.refunded or payment.belief.reserved:
        return None
    if brief.status is not BankStatus.DEPOSITED:
        return f"the bank says {brief.status} in its short word, and by our books nothing went back"
    if brief.deposited in (None, payment.captured):
        return None
    return f"the bank's short word shows {_charged(brief)} as charged, and our books {exact(payment.captured, 'en')}"


def _of_sums(payment: Payment, said: Said) -> list[Difference]:
    """What went back, of a payment whose states agree; and what its payer's bank took."""
    fact, ours = said.fact, payment.gone_at_bank
    if fact is None:
        return []
    found = []
    shown = payment.captured if fact.status is BankStatus.REVERSED else fact.refunded
    if payment.captured and fact.captured.currency == ours.currency and shown != ours:
        told = f"the bank shows {exact(shown, 'en')} as given back, and our books {exact(ours, 'en')}"
        found.append(Difference(told, _cure_of_refund(payment, more=ours < shown)))
    if fact.chargeback and payment.dispute is None:
        found.append(Difference("the bank says that it was charged back", "the worker recognises it at its next look"))
    return found


def _cure_of_refund(payment: Payment, *, more: bool) -> str:
    if payment.belief.reserved:
        return "a refund of ours is on its way: the worker looks at it again (/desk/refunds)"
    return "the day's look at it brings it to the worklist (/desk/worklist), where it is entered" if more else _PERSON


def _told(said: Said) -> str:
    return str(said.fact.status) if said.fact else "that it knows no such order"


def _word(told: BankOrder | Brief | None) -> str:
    return str(told.status) if told else NOTHING


def _sum(money: Money | None) -> str:
    return exact(money, "en") if money is not None else NOTHING


def _charged(brief: Brief | None) -> str:
    """Of a refunded payment no source says what the short word's sum means."""
    return NOTHING if brief is None or brief.status is BankStatus.REFUNDED else _sum(brief.deposited)


def _ours(payment: Payment) -> CardFacts | None:
    return CardFacts(payment.card_brand, None, payment.card_last4) if payment.card_last4 else None


def _card(card: CardFacts | None) -> str:
    if card is None:
        return NOTHING
    return " ".join(part for part in (card.brand, f"…{card.last4}" if card.last4 else None) if part) or NOTHING


def _code(code: int | None) -> str:
    return NOTHING if code is None else f"{code} {explain(code).en}"
