"""Trouble to order: what the caller sees, and whether the bank acted."""

from __future__ import annotations

import json

import pytest

from gateways.sandbox import Dialect, Fault, Kind, Reply, Rule, Scope
from tests.sandbox.rehearsal import ask, bank, call, kinds, paid, register, status

# kind: did the bank act?
EFFECTS = {
    Fault.TIMEOUT_BEFORE: False,
    Fault.TIMEOUT_AFTER: True,
    Fault.CUT_BEFORE: False,
    Fault.CUT_AFTER: True,
    Fault.DELAY: True,
    Fault.REFUSE: False,
    Fault.HTTP_429: False,
    Fault.HTTP_500: False,
    Fault.HTTP_502: False,
    Fault.HTML: True,
    Fault.TRUNCATED: True,
    Fault.EMPTY: True,
    Fault.OVERSIZED: True,
    Fault.WRONG_AMOUNT: True,
    Fault.OTHER_ORDER: True,
}


def refund_with(rule: Rule) -> tuple[Reply, bool]:
    """The answer to a refund under this rule, and whether money moved."""
    here = bank()
    order = paid(here)
    here.faults.add(rule)
    reply = ask(here, "refund.do", orderId=order.id, amount=100)
    return reply, Kind.REFUNDED in kinds(here)


@pytest.mark.parametrize(("kind", "acted"), EFFECTS.items())
def test_every_fault_happens_before_or_after_the_effect(kind: Fault, acted: bool) -> None:
    """The journal, not the answer, says whether money moved."""
    assert refund_with(Rule(kind, "refund.do"))[1] is acted


@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize("kind", [Fault.HTTP_500, Fault.HTML, Fault.EMPTY, Fault.OVERSIZED])
def test_a_rule_may_say_itself_whether_the_bank_acts(kind: Fault, effect: bool) -> None:
    """A 500 after the refund is the dangerous one."""
    assert refund_with(Rule(kind, "refund.do", effect=effect))[1] is effect


def test_what_the_caller_sees() -> None:
    """Statuses, silence, broken connections, rubbish: each as ordered."""
    seen = {kind: refund_with(Rule(kind, "refund.do"))[0] for kind in EFFECTS}
    assert seen[Fault.TIMEOUT_BEFORE].hang
    assert seen[Fault.TIMEOUT_AFTER].hang
    assert seen[Fault.CUT_BEFORE].cut
    assert seen[Fault.CUT_AFTER].cut
    assert [seen[kind].status for kind in (Fault.HTTP_429, Fault.HTTP_500, Fault.HTTP_502)] == [429, 500, 502]
    assert (seen[Fault.HTML].status, seen[Fault.HTML].body[:6]) == (200, b"<html>")
    assert seen[Fault.EMPTY].body == b""
    assert seen[Fault.DELAY].delay == 1.0
    assert json.loads(seen[Fault.REFUSE].body)["errorCode"] == "7"
    assert len(seen[Fault.OVERSIZED].body) > 8_000_000
    assert json.loads(seen[Fault.OVERSIZED].body)["errorCode"] == "0"
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        json.loads(seen[Fault.TRUNCATED].body)


def test_a_refusal_has_the_code_that_was_ordered() -> None:
    """Any errorCode can be rehearsed."""
    reply, _ = refund_with(Rule(Fault.REFUSE, "refund.do", value=5))
    assert json.loads(reply.body)["errorCode"] == "5"


def test_a_wrong_amount_touches_all_sums_that_are_not_zero() -> None:
    """By a rouble, or as ordered; answers without amounts stay as they are."""
    here = bank()
    order = paid(here)
    here.faults.add(Rule(Fault.WRONG_AMOUNT, times=2))
    answer = status(here, order)
    sums = answer["paymentAmountInfo"]
    assert (answer["amount"], sums["depositedAmount"], sums["refundedAmount"]) == (20000, 20000, 0)
    assert call(here, "register.do", orderNumber="B", amount=5, returnUrl="http://a.test/").keys() == {
        "orderId",
        "formUrl",
    }
    here.faults.add(Rule(Fault.WRONG_AMOUNT, value=-19900))
    assert status(here, order)["amount"] == 0
    here.faults.add(Rule(Fault.WRONG_AMOUNT))
    assert ask(here, "nonsense.do").status == 404


@pytest.mark.parametrize("dialect", list(Dialect))
def test_another_orders_answer_is_a_true_one(dialect: Dialect) -> None:
    """An unpaid order is answered with the paid one beside it: the worst mistake a bank can make."""
    here = bank()
    paid(here, "rich", dialect, amount=99900)
    order = register(here, "poor", dialect)
    here.faults.add(Rule(Fault.OTHER_ORDER, "getOrderStatusExtended.do"))
    answer = status(here, order, dialect)
    assert (answer["orderNumber"], answer["orderStatus"], answer["amount"]) == ("rich", 2, 99900)


def test_a_lonely_order_gets_a_strangers_name() -> None:
    """Without another order of the merchant the identity is made up."""
    here = bank()
    order = register(here, "poor")
    here.faults.add(Rule(Fault.OTHER_ORDER))
    answer = status(here, order)
    assert answer["orderNumber"] != "poor"
    assert answer["attributes"][0]["value"] != order.id


def test_another_orders_registration() -> None:
    """The new order exists, but the answer leads to the old one."""
    here = bank()
    old = paid(here, "old")
    here.faults.add(Rule(Fault.OTHER_ORDER))
    answer = call(here, "register.do", orderNumber="new", amount=5, returnUrl="http://a.test/")
    assert answer["orderId"] == old.id
    assert answer["formUrl"].endswith(old.id)
    assert here.lookup("new") is not None


def test_rules_are_used_up_in_order() -> None:
    """The oldest first, each as often as ordered, then all is well; what has fired is counted."""
    here = bank()
    order = paid(here)
    here.faults.add(Rule(Fault.HTTP_500, "getOrderStatusExtended.do", times=2))
    here.faults.add(Rule(Fault.HTTP_429))
    seen = [ask(here, "getOrderStatusExtended.do", orderId=order.id).status for _ in range(4)]
    assert seen == [500, 500, 429, 200]
    assert here.faults.rules == []
    assert here.faults.fired == {
        (Fault.HTTP_500, "getOrderStatusExtended.do"): 2,
        (Fault.HTTP_429, "getOrderStatusExtended.do"): 1,
    }


def test_a_rule_without_a_number_stays_until_it_is_cleared() -> None:
    """For outages of any length."""
    here = bank()
    here.faults.add(Rule(Fault.HTTP_502, times=None))
    assert [ask(here, "register.do").status for _ in range(3)] == [502, 502, 502]
    here.faults.clear()
    assert ask(here, "register.do").status == 200


@pytest.mark.parametrize(
    ("rule", "hit"),
    [
        (Rule(Fault.HTTP_500, scope=Scope.MERCHANT, id="sandbox-api"), True),
        (Rule(Fault.HTTP_500, scope=Scope.MERCHANT, id="other-api"), False),
        (Rule(Fault.HTTP_500, scope=Scope.ORDER, id="A-1"), True),
        (Rule(Fault.HTTP_500, scope=Scope.ORDER, id="A-2"), False),
        (Rule(Fault.HTTP_500, "REFUND.DO"), True),
        (Rule(Fault.HTTP_500, "reverse.do"), False),
        (Rule(Fault.DELAY, "callback"), False),
    ],
)
def test_rules_hit_only_what_they_are_for(rule: Rule, hit: bool) -> None:
    """One merchant, one order by its number even if the call names its id, one method in any case."""
    assert (refund_with(rule)[0].status == 500) is hit


def test_a_rule_for_an_order_can_wait_for_its_registration() -> None:
    """The number is known before the order is."""
    here = bank()
    here.faults.add(Rule(Fault.TIMEOUT_AFTER, "register.do", Scope.ORDER, "A-1"))
    assert ask(here, "register.do", orderNumber="A-1", amount=5, returnUrl="http://a.test/").hang
    assert here.lookup("A-1") is not None


def test_a_rule_can_name_the_order_by_id() -> None:
    """As the gateway calls it."""
    here = bank()
    order = paid(here)
    here.faults.add(Rule(Fault.HTTP_500, scope=Scope.ORDER, id=order.id))
    assert ask(here, "getOrderStatusExtended.do", orderNumber="A-1").status == 500


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": Fault.DROP, "method": "refund.do"},
        {"kind": Fault.HTTP_500, "method": "callback"},
        {"kind": Fault.HTTP_500, "scope": Scope.ORDER},
        {"kind": Fault.HTTP_500, "times": 0},
    ],
)
def test_rules_that_could_never_fire_are_refused(facts: dict[str, object]) -> None:
    """A rehearsal should not pass because its fault was mistyped."""
    with pytest.raises(ValueError, match=r"cannot happen|needs its id|at least 1"):
        Rule(**facts)  # type: ignore[arg-type]  # the table is wrong on purpose
