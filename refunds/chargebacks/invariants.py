"""The invariants that speak of chargebacks: what came of each, what the ledger says of it, and what may still go back."""

from __future__ import annotations

from typing import Final

from checkout.books.invariants import Invariant, path_invariant
from checkout.ground.db import sql
from refunds.chargebacks.chargeback import COMMANDS

CHARGEBACKS: Final = (
    path_invariant([("chargeback", before, after) for before, after in sorted(COMMANDS.edges)], ["chargeback"]),
    Invariant(
        "I45",
        "a chargeback's money is gone by the ledger until it is won and then ours again, and none is gone without a chargeback",
        sql("""
WITH money AS (SELECT t.refund_id, coalesce(sum(e.amount), 0) AS gone
                 FROM ledger_tx t JOIN ledger_tx every ON every.id = t.id OR every.reverses = t.id
                 JOIN ledger_entry e ON e.tx_id = every.id AND left(e.account, 9) = 'customer:'
                WHERE t.kind = 'chargeback' GROUP BY t.refund_id)
SELECT c.id::text AS row FROM chargeback c JOIN refund r ON r.id = c.refund_id LEFT JOIN money ON money.refund_id = r.id
 WHERE (r.basis, r.payment_id, r.order_id) <> ('chargeback', c.payment_id, c.order_id)
    OR money.gone IS DISTINCT FROM CASE c.state WHEN 'won' THEN 0 ELSE r.amount END
UNION ALL
SELECT r.id::text FROM refund r WHERE r.basis = 'chargeback' AND r.state = 'done'
   AND NOT EXISTS (SELECT 1 FROM chargeback c WHERE c.refund_id = r.id)"""),
    ),
    Invariant(
        "I48",
        "what a payment says was charged back is the sum of its chargebacks that are not won, and is promised to nobody",
        sql("""
SELECT p.id::text AS row FROM payment p LEFT JOIN LATERAL (
  SELECT coalesce(sum(r.amount) FILTER (WHERE c.state <> 'won'), 0) AS gone, count(c.id) AS number
    FROM chargeback c JOIN refund r ON r.id = c.refund_id WHERE c.payment_id = p.id) c ON true
 WHERE p.charged_back <> c.gone OR (c.number > 0) <> (p.dispute IS NOT DISTINCT FROM 'booked')
    OR p.captured - p.reserved - p.charged_back < 0"""),
    ),
)
