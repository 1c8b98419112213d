"""Dramas: a table of steps, each of which leaves the bank, its callbacks and its answers as it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest

from gateways.sandbox import Bank, Fault, Order, Status, pay
from gateways.sandbox.drama_steps import Unfit, told
from gateways.sandbox.dramas import BY_NAME, DRAMAS, Drama, Needs, play
from gateways.sandbox.reverting import refund
from gateways.sandbox.signing import checksum
from tests.sandbox.rehearsal import (
    FRICTIONLESS,
    NOON,
    SECRET,
    ask,
    bank,
    call,
    deliver,
    held,
    kinds,
    paid,
    register,
    status,
)

LOGIN = "sandbox-api"


def refunded(here: Bank) -> Order:
    order = paid(here)
    refund(here, order, 9900, external_id="r-1")
    return order


SCENES: dict[Needs, Callable[[Bank], Order | None]] = {
    Needs.UNPAID: register,
    Needs.PAID: paid,
    Needs.REFUNDED: refunded,
    Needs.HELD: held,
    Needs.MERCHANT: lambda _bank: None,
}


def staged(name: str, here: Bank | None = None) -> tuple[Bank, Order]:
    """The drama, played over a fresh order (or over the merchant, with an order beside it)."""
    drama, bank_ = BY_NAME[name], here or bank()
    order = SCENES[drama.needs](bank_)
    beside = order or register(bank_, "beside")
    deliver(bank_)
    play(bank_, drama, order=order, login=LOGIN)
    return bank_, beside


def said(here: Bank) -> list[tuple[str, str, bool]]:
    """The callbacks that are due: operation, status, and whether the signature fits."""
    found = []
    for delivery in deliver(here):
        params = dict(parse_qsl(urlsplit(delivery.url).query))
        fits = params.pop("checksum") == checksum(SECRET, params)
        found.append((params["operation"], params["status"], fits))
    return found


@pytest.mark.parametrize("drama", DRAMAS, ids=lambda drama: drama.name)
def test_every_drama_can_be_read_and_played(drama: Drama) -> None:
    """A name of its own, words in both languages, steps that read aloud; and it plays over what it needs."""
    assert BY_NAME[drama.name] is drama
    assert all((*drama.ru, *drama.en, drama.steps))
    assert all(told(step).split()[0] for step in drama.steps)
    staged(drama.name)


@pytest.mark.parametrize("drama", DRAMAS, ids=lambda drama: drama.name)
def test_a_drama_is_not_played_over_what_does_not_fit(drama: Drama) -> None:
    """An order in the wrong state, an order for a merchant's drama, none for an order's: nothing happens at all."""
    here = bank()
    wrong = paid(here) if drama.needs is Needs.UNPAID else register(here)
    before = len(here.journal.effects)
    with pytest.raises(Unfit):
        play(here, drama, order=wrong, login=LOGIN)
    if drama.needs is not Needs.MERCHANT:
        with pytest.raises(Unfit):
            play(here, drama, order=None, login=LOGIN)
    assert (here.faults.rules, len(here.journal.effects), here.clock.offset) == ([], before, 0)


def test_steps_say_only_what_is_unusual() -> None:
    """As one reads them on the page."""
    assert [told(step) for step in BY_NAME["paid-in-the-last-second"].steps] == [
        "fail kind=delay method=callback value=120",
        "pass-to-end before=1",
        "pay card=4111111111111111",
    ]
    assert told(BY_NAME["refund-silently-undone"].steps[0]) == "undo-refund"


def test_paid_in_the_last_second() -> None:
    """The money is there before the end, the callback only afterwards."""
    here, order = staged("paid-in-the-last-second")
    assert (order.status, order.deposited_at) == (Status.DEPOSITED, order.expires_at - 1)
    here.advance(60)
    assert said(here) == []
    here.advance(61)
    assert said(here) == [("deposited", "1", True)]


def test_callback_storm() -> None:
    """Twenty-six, of which five are forged and one tells of a decline; the order is paid once."""
    here, order = staged("callback-storm")
    heard = said(here)
    assert len(heard) == 26
    assert heard.count(("deposited", "1", True)) == 20
    assert heard.count(("deposited", "1", False)) == 5
    assert heard.count(("deposited", "0", True)) == 1
    assert here.journal.totals()[order.id].kept == order.amount


def test_double_callback() -> None:
    """Two, the same."""
    here, _ = staged("double-callback")
    assert said(here) == [("deposited", "1", True)] * 2


def test_refund_silently_undone() -> None:
    """The refund is nowhere in the status any more, the money is the shop's again, and nobody was told."""
    here, order = staged("refund-silently-undone")
    told_ = status(here, order)
    assert (told_["orderStatus"], told_["paymentAmountInfo"]["depositedAmount"]) == (2, 19900)
    assert "refunds" not in told_
    assert "refundedDate" not in told_
    assert said(here) == []
    assert kinds(here)[-1] == "refund_undone"
    assert here.journal.totals()[order.id].kept == 19900


def test_one_of_two_refunds_is_undone() -> None:
    """The other stands."""
    here = bank()
    order = refunded(here)
    refund(here, order, 100, external_id="r-2")
    play(here, BY_NAME["refund-silently-undone"], order=order, login=LOGIN)
    told_ = status(here, order)
    assert (told_["orderStatus"], told_["paymentAmountInfo"]["refundedAmount"]) == (4, 9900)
    assert [one["externalRefundId"] for one in told_["refunds"]] == ["r-1"]


def test_bank_down_two_hours() -> None:
    """Every call is a 502 and does nothing; after two hours of the bank's clock all is well."""
    here = bank()
    play(here, BY_NAME["bank-down-two-hours"], order=None, login=LOGIN)
    here.advance(7199)
    for _ in range(3):
        assert ask(here, "register.do", orderNumber="A-1", amount=100, returnUrl="https://a.test/").status == 502
    assert here.orders == {}
    here.advance(1)
    assert register(here).number == "A-1"


def test_answer_lost_after_register() -> None:
    """The order exists, its number is burned, and nobody heard of it."""
    here = bank()
    play(here, BY_NAME["answer-lost-after-register"], order=None, login=LOGIN)
    assert ask(here, "register.do", orderNumber="A-1", amount=100, returnUrl="https://a.test/").cut
    again = call(here, "register.do", orderNumber="A-1", amount=100, returnUrl="https://a.test/")
    assert again["errorCode"] == "1"
    assert call(here, "getOrderStatusExtended.do", orderNumber="A-1")["orderStatus"] == 0


def test_expired_at_the_issuer() -> None:
    """−2007, and the card stays with the order."""
    here, order = staged("expired-at-the-issuer")
    told_ = status(here, order)
    assert (told_["orderStatus"], told_["actionCode"], told_["cardAuthInfo"]["maskedPan"]) == (6, -2007, "555555**5599")
    assert said(here) == [("declinedByTimeout", "1", True)]


def test_declined_to_the_end() -> None:
    """Three attempts, then no more."""
    _, order = staged("declined-to-the-end")
    assert (order.status, order.action_code, order.attempts) == (Status.DECLINED, -2013, 3)


def test_refunded_in_the_cabinet() -> None:
    """Half went back under no key of the shop's, and the callback of it is lost."""
    here, order = staged("refunded-in-the-cabinet")
    assert (order.refunded, order.refunds[0].external_id) == (9950, None)
    assert said(here) == []


def test_charged_back() -> None:
    """A flag and no sum in the status; the journal knows the sum; nobody was told."""
    here, order = staged("charged-back")
    told_ = status(here, order)
    assert (told_["orderStatus"], told_["chargeback"], told_["paymentAmountInfo"]["depositedAmount"]) == (
        2,
        True,
        19900,
    )
    assert here.journal.totals()[order.id].kept == 0
    assert said(here) == []


def test_a_hold_dies() -> None:
    """Given back without a call of the shop's."""
    here, order = staged("hold-dies")
    assert status(here, order)["orderStatus"] == 3
    assert order.deposited == 0


def test_a_forged_payment_changes_nothing() -> None:
    """The callback says paid, the status does not."""
    here, order = staged("forged-payment")
    assert said(here) == [("deposited", "1", False)]
    assert status(here, order)["orderStatus"] == 0


def test_the_bank_mumbles_four_times() -> None:
    """Four answers that are none, then a plain one."""
    here, order = staged("bank-mumbles")
    replies = [ask(here, "getOrderStatusExtended.do", orderId=order.id) for _ in range(5)]
    assert replies[0].content_type.startswith("text/html")
    assert replies[1].body == replies[4].body[: len(replies[4].body) // 2]
    assert replies[2].body == b""
    assert len(replies[3].body) > 8_000_000
    assert json.loads(replies[4].body)["orderNumber"] == "beside"


def test_a_fault_with_a_time_ends_by_itself() -> None:
    """On the bank's clock, even if nothing met it."""
    here = bank()
    play(here, BY_NAME["bank-down-two-hours"], order=None, login=LOGIN)
    assert [rule.kind for rule in here.faults.rules] == [Fault.HTTP_502]
    assert here.faults.rules[0].until == NOON + 7200
    here.advance(7200)
    assert here.faults.rules == []
    order = register(here)
    pay(here, order, FRICTIONLESS)
    assert order.status is Status.DEPOSITED
