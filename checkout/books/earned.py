"""The invariant of revenue, as SQL says it. The rule, and why a surplus lowers nothing: `checkout.payment.earning`."""

from __future__ import annotations

from typing import Final

from checkout.books.invariants import Invariant
from checkout.ground.db import sql

EARNED: Final = (
    Invariant(
        "I39",
        "revenue is what was kept for what was given or handed over, to the kopeck, in the account of its clinic",
        sql("""
WITH done AS (SELECT o.id AS order_id, l.line_no, l.amount FROM orders o JOIN order_line l ON l.order_id = o.id
               WHERE CASE l.kind WHEN 'goods' THEN o.handed_over_at ELSE o.given_at END IS NOT NULL),
     price AS (SELECT order_id, sum(amount) AS amount FROM done GROUP BY order_id),
     money AS (SELECT order_id, sum(captured) AS paid, sum(captured - refunded) AS kept FROM payment GROUP BY order_id),
     gone AS (SELECT order_id, sum(amount) AS surplus FROM refund
               WHERE state = 'done' AND basis = 'surplus' GROUP BY order_id),
     named AS (SELECT r.order_id, sum(CAST(part.value AS bigint)) AS amount
                 FROM refund r CROSS JOIN jsonb_each_text(r.allocation) part
                 JOIN done ON done.order_id = r.order_id AND done.line_no = CAST(part.key AS int)
                WHERE r.state = 'done' AND r.basis <> 'surplus' GROUP BY r.order_id),
     book AS (SELECT t.order_id, -sum(e.amount) AS amount, array_agg(DISTINCT e.account) AS accounts
                FROM ledger_tx t JOIN ledger_entry e ON e.tx_id = t.id
               WHERE left(e.account, 8) = 'revenue:' GROUP BY t.order_id)
SELECT o.id::text AS row FROM price FULL JOIN book USING (order_id) JOIN orders o ON o.id = order_id
  LEFT JOIN money USING (order_id) LEFT JOIN gone USING (order_id) LEFT JOIN named USING (order_id)
 WHERE book.accounts <> ARRAY['revenue:' || o.clinic_id]
    OR coalesce(book.amount, 0) <> least(coalesce(money.kept, 0), greatest(0, coalesce(price.amount, 0) - greatest(0,
         coalesce(named.amount, 0) - greatest(0, coalesce(money.paid, 0) - o.total - coalesce(gone.surplus, 0)))))"""),
    ),
)
