"""Refunds that need a person: the bank contradicts us, money went back elsewhere, an answer is due."""

from __future__ import annotations

from typing import Any, Final

from checkout.books.worklist import Source
from checkout.ground.ids import PaymentId, RefundId


def _refund(value: Any) -> str:
    return str(RefundId(value))


def _payment(value: Any) -> str:
    return str(PaymentId(value))


# Since when: the event that says so. Whoever asked waits for somebody else, so that one payment is one thing to do.
_IN_REVIEW: Final = """
SELECT p.id AS key, coalesce((SELECT max(e.at) FROM event e WHERE e.order_id = o.id AND e.subject_id = p.id
         AND e.kind IN ('review', 'accept_asked', 'accept_left')), p.created_at) AS since, NULL::timestamptz AS until,
       o.clinic_id, o.code, coalesce(r.captured, p.amount) AS amount
  FROM payment p JOIN orders o ON o.id = p.order_id
  LEFT JOIN payment_review r ON r.payment_id = p.id AND r.state = 'asked'
 WHERE p.state = 'review' AND (r.id IS NULL) = {unasked}"""
REFUNDS: Final = (
    Source(
        "payment_review",
        _IN_REVIEW.format(unasked="true"),
        owner="accountant",
        action="worklist.act",
        link="/desk/payments/{key}/review",
        spelt=_payment,
    ),
    Source(
        "review_asked",
        _IN_REVIEW.format(unasked="false"),
        owner="controller",
        action="refund.decide",
        link="/desk/payments/{key}/review",
        spelt=_payment,
    ),
    Source(
        "refund_review",
        """
SELECT r.id AS key, coalesce((SELECT max(e.at) FROM event e WHERE e.order_id = o.id AND e.subject_id = r.id), r.requested_at)
         AS since, NULL::timestamptz AS until, o.clinic_id, o.code, r.amount
  FROM refund r JOIN orders o ON o.id = r.order_id WHERE r.state = 'review'""",
        owner="accountant",
        action="refund.read",
        link="/desk/refunds/{key}",
        spelt=_refund,
    ),
    # A refund that is on its way may be there before its answer is: then it is nobody's news.
    Source(
        "outside",
        """
SELECT p.id AS key, (SELECT max(f.at) FROM gateway_fact f WHERE f.payment_id = p.id) AS since, NULL::timestamptz AS until,
       o.clinic_id, o.code, p.bank_gone - (p.refunded - p.charged_back) AS amount
  FROM payment p JOIN orders o ON o.id = p.order_id WHERE p.bank_gone > p.refunded - p.charged_back AND p.captured > 0
   AND NOT EXISTS (SELECT 1 FROM refund r WHERE r.payment_id = p.id AND r.state IN ('sending', 'unknown'))""",
        owner="accountant",
        action="worklist.act",
        link="/desk/orders/{code}#payments",
        press="/desk/payments/{key}/outside",
        spelt=_payment,
    ),
    Source(
        "answer_due",
        """
SELECT r.id AS key, r.requested_at AS since, (r.answer_due + 1)::timestamp AT TIME ZONE c.zone AS until, o.clinic_id, o.code,
       r.amount
  FROM refund r JOIN orders o ON o.id = r.order_id JOIN clinic c ON c.id = o.clinic_id
 WHERE r.state = 'requested' AND r.answer_due <= (app_now() AT TIME ZONE c.zone)::date + 3""",
        owner="controller",
        action="refund.read",
        link="/desk/refunds/{key}",
        spelt=_refund,
    ),
)
