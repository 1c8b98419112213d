"""Chargebacks that need a person: to be answered by a day, awaiting the bank's word, or with nothing left to book."""

from __future__ import annotations

from typing import Any, Final

from checkout.books.worklist import Source
from checkout.ground.ids import ChargebackId, PaymentId

WAITED: Final = 45  # days in which a bank answers our evidence; then somebody asks it


def _chargeback(value: Any) -> str:
    return str(ChargebackId(value))


def _payment(value: Any) -> str:
    return str(PaymentId(value))


CHARGEBACK_WORK: Final = (
    Source(
        "chargeback",
        """
SELECT c.id AS key, c.recognised_at AS since, (c.answer_by + 1)::timestamp AT TIME ZONE k.zone AS until, o.clinic_id, o.code,
       r.amount
  FROM chargeback c JOIN refund r ON r.id = c.refund_id JOIN orders o ON o.id = c.order_id JOIN clinic k ON k.id = o.clinic_id
 WHERE c.state = 'open'""",
        owner="accountant",
        action="chargeback.decide",
        link="/desk/chargebacks/{key}",
        spelt=_chargeback,
    ),
    Source(
        "chargeback_silent",
        f"""
SELECT c.id AS key, c.decided_at + make_interval(days => {WAITED}) AS since, NULL::timestamptz AS until, o.clinic_id, o.code,
       r.amount
  FROM chargeback c JOIN refund r ON r.id = c.refund_id JOIN orders o ON o.id = c.order_id
 WHERE c.state = 'disputed' AND c.decided_at + make_interval(days => {WAITED}) <= app_now()""",  # noqa: S608 - ours
        owner="accountant",
        action="chargeback.decide",
        link="/desk/chargebacks/{key}",
        spelt=_chargeback,
    ),
    # The bank says that it was charged back, and all of it had gone back before: it went twice, or is about to.
    Source(
        "chargeback_twice",
        """
SELECT p.id AS key, (SELECT max(f.at) FROM gateway_fact f WHERE f.payment_id = p.id) AS since, NULL::timestamptz AS until,
       o.clinic_id, o.code, p.captured AS amount
  FROM payment p JOIN orders o ON o.id = p.order_id
 WHERE p.dispute = 'flagged' AND p.captured > 0 AND p.captured = p.refunded""",
        owner="accountant",
        action="order.read",
        link="/desk/orders/{code}#payments",
        spelt=_payment,
    ),
)
