"""What `checkout bank` prints: tables, one JSON, and the bank's own words without anybody's data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from checkout.books.beside import NOTHING, Difference, Said, rows
from checkout.ground.config import Merchant
from checkout.ground.observe import redact
from checkout.payment.breaker import Trouble
from checkout.payment.card import Card
from checkout.payment.store import Payment
from gateways.bindings import SavedCard
from gateways.gateway import BankOrder, Gateway
from gateways.money import Money
from gateways.witness import Brief

HIDDEN: Final = "[hidden]"
_UNHEARD: Final = "the short word shows no difference, but the bank could not be asked for the long one"
# Whose they are, the value alone does not show; addresses, numbers and letters are found in any field. Without strokes, in small
# letters, and without what stands before a dot. Source: gateway.md §3.1, §3.2, §4.1, §4.2, §9.1, §9.3.
_SOMEBODYS: Final = """
    cardholdername bindingid clientid cavv xid ip email phone mobilephone mobilenumber contact postaddress address
    billaddrcity shipaddrline1 acctid fullname passport passportnumber inn birthdate citizenship documentcode documenttype
    documentno
"""
_NAMED: Final = frozenset(_SOMEBODYS.split())
# Kopecks and milliseconds: numbers that may be as long as a phone.
_SUMS_AND_TIMES: Final = """
    amount approvedamount depositedamount depositamount refundedamount feeamount totalamount itemprice itemamount sum total
    date depositeddate refundeddate reverseddate authdatetime receiptdatetime timestamp
"""
_LONG: Final = frozenset(_SUMS_AND_TIMES.split())
_TEN_DIGITS: Final = 10**9


def table(cells: Sequence[Sequence[str]]) -> str:
    """Columns side by side; the first row is their heads."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


def beside(payment: Payment, code: str, said: Said, found: Sequence[Difference]) -> str:
    """One payment: ours, the bank's and the bank's in short; and where they differ."""
    head = (
        f"{payment.number} of order {code}, merchant {payment.merchant}, the bank's id {payment.reference or NOTHING}"
    )
    body = table(
        [("", "ours", "the bank", "in short"), *((r.name, r.ours, r.bank, r.short) for r in rows(payment, said))]
    )
    return "\n".join([head, body, *_ends(said, found)])


def _ends(said: Said, found: Sequence[Difference]) -> Iterator[str]:
    if said.trouble:
        yield f"not told: {said.trouble}"
    if said.brief_trouble:
        yield f"not told in short: {said.brief_trouble}"
    yield from (f"DIFFERS  {difference}" for difference in found)
    if not found:
        yield "agrees" if said.heard else f"UNKNOWN  {_UNHEARD if said.brief else 'the bank could not be asked'}"


def as_json(
    payment: Payment, code: str, said: Said, found: Sequence[Difference], *, raw: bool = False
) -> dict[str, Any]:
    """The same for a program; sums in kopecks, what is not told is null. `raw`: with the bank's own words."""
    words = {"bank_raw": _words(said.fact), "short_raw": _words(said.brief)} if raw else {}
    return {
        **words,
        "number": payment.number,
        "reference": payment.reference,
        "order": code,
        "merchant": payment.merchant,
        "ours": {
            "state": str(payment.state),
            "amount": payment.belief.amount.amount,
            "captured": payment.captured.amount,
            "refunded": payment.belief.refunded.amount,
            "reserved": payment.belief.reserved.amount,
            "currency": payment.belief.amount.currency,
            "way": payment.told,
            "card_last4": payment.card_last4,
            "action_code": payment.action_code,
        },
        "bank": _fact(said),
        "short": _brief(said),
        "absent": said.absent,
        "trouble": said.trouble,
        "short_trouble": said.brief_trouble,
        "agrees": not found if said.heard or found else None,
        "differences": [{"what": each.what, "cure": each.cure} for each in found],
    }


def _fact(said: Said) -> dict[str, Any] | None:
    fact = said.fact
    if fact is None:
        return None
    return {
        "status": str(fact.status),
        "amount": fact.amount.amount,
        "approved": fact.approved.amount,
        "deposited": fact.deposited.amount,
        "refunded": fact.refunded.amount,
        "currency": fact.amount.currency,
        "way": str(fact.way) if fact.way else None,
        "card_last4": fact.card.last4 if fact.card else None,
        "action_code": fact.action_code,
        "chargeback": fact.chargeback,
    }


def _brief(said: Said) -> dict[str, Any] | None:
    brief = said.brief
    if brief is None:
        return None
    return {
        "status": str(brief.status),
        "amount": brief.amount.amount,
        "deposited": _kopecks(brief.deposited),
        "currency": brief.amount.currency,
        "card_last4": brief.card.last4 if brief.card else None,
    }


def _kopecks(money: Money | None) -> int | None:
    return None if money is None else money.amount


def raw(said: Said) -> str:
    """Both of the bank's own words, without anybody's data."""
    return "\n".join(json.dumps(_words(word), ensure_ascii=False, indent=2) for word in (said.fact, said.brief))


def _words(told: BankOrder | Brief | None) -> Any:
    return masked(told.raw) if told else None


def masked(body: bytes) -> Any:
    """An answer that was understood, as the log would have it, and without names and addresses."""
    return _masked(json.loads(body))


def _masked(value: Any, under: str = "") -> Any:
    """`under`: the name of the field that it stands in."""
    if isinstance(value, Mapping):
        named = _plain(str(value.get("name", ""))) in _NAMED  # a pair: what `name` says is what `value` is
        return {
            name: HIDDEN if _plain(name) in _NAMED or (named and name == "value") else _masked(inner, name)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_masked(inner, under) for inner in value]
    if isinstance(value, int | float) and abs(value) >= _TEN_DIGITS and _plain(under) not in _LONG:
        return HIDDEN
    return redact(value) if isinstance(value, str) else value


def _plain(name: str) -> str:
    """`client.passport_number` and `passportNumber` are one."""
    return name.rpartition(".")[2].replace("_", "").casefold()


def cards(ours: Sequence[Card], theirs: Sequence[SavedCard]) -> tuple[str, bool]:
    """The cards of one client on either side, and whether the sides agree: what stands with us is what the bank has."""
    at_bank = {card.id for card in theirs}
    mine = [
        (_plastic(card), _month(card.expiry), _kept(card), "has it" if card.binding in at_bank else "has it not")
        for card in ours
    ]
    known = {card.binding for card in ours}
    others = [
        (_plastic(card), _month(card.expiry), "never saved here", "has it") for card in theirs if card.id not in known
    ]
    standing = {card.binding for card in ours if card.removed_at is None}
    return table([("card", "month", "ours", "the bank"), *mine, *others]), standing == at_bank


def _kept(card: Card) -> str:
    return "saved" if card.removed_at is None else f"removed; telling the bank: {card.unbinding}"


def _month(expiry: str | None) -> str:
    return f"{expiry[4:]}/{expiry[2:4]}" if expiry else NOTHING


def _plastic(card: Card | SavedCard) -> str:
    return f"{card.brand or 'card'} …{card.last4 or '????'}"


def standing(merchant: Merchant, gateway: Gateway, words: str, trouble: Trouble | None) -> str:
    """One contract: whether its bank is there, and what can be asked of it."""
    return f"{merchant.slug} ({merchant.gateway.kind})\n" + table(
        [
            ("the bank", words),
            ("breaker", _breaker(trouble)),
            *_abilities(merchant, gateway),
        ]
    )


def _breaker(trouble: Trouble | None) -> str:
    if trouble is None:
        return "closed"
    since = f"{trouble.failures} calls in a row without an answer since {trouble.since:%Y-%m-%d %H:%M:%SZ}"
    return f"open, next call {trouble.retry_at:%H:%M:%SZ}: {since}" if trouble.retry_at else f"closed, but {since}"


def _abilities(merchant: Merchant, gateway: Gateway) -> Iterator[tuple[str, str]]:
    can, contract = gateway.capabilities, merchant.gateway
    yield "two stages", f"{_yes(gateway.two_stage is not None)}, this contract uses {contract.stages}"
    hours = contract.autocompletion_hours
    yield "charges a hold by itself", f"after {hours} h" if hours else "no"
    yield "ways to pay", f"{', '.join(sorted(can.ways))}; offered: {', '.join(merchant.methods)}"
    yield "saved cards", _yes(gateway.bindings is not None)
    yield "fiscal receipts", f"{_yes(gateway.receipts is not None)}, {'used' if merchant.fiscal else 'not used'}"
    yield "reversal on the day", f"{', '.join(sorted(can.reversible)) if can.reverse else 'no'}"
    yield "reversal of a completed hold", _yes(can.reverse_completed)
    yield "refund on the day", _yes(can.same_day_refund)
    yield "refund on the day, in part with a cart", _yes(can.same_day_cart_refund)
    yield "lock on refunds", _yes(can.refund_lock)
    yield "signed callbacks", _yes(can.signed_callbacks)
    yield "short status", _yes(gateway.witness is not None)
    yield "notes on an order", _yes(gateway.notes is not None)
    yield "3-D Secure of a card", _yes(gateway.enrolment is not None)


def _yes(able: bool) -> str:
    return "yes" if able else "no"
