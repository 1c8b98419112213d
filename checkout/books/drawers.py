"""The invariants of the office till: receipts, drawers, closed shifts, reversals. Source: reliability.md §4."""

from __future__ import annotations

from typing import Final

from checkout.books.invariants import Invariant
from checkout.ground.db import sql

DRAWERS: Final = (
    Invariant(
        "I17",
        "receipt numbers of a clinic have no gaps; a closed shift is its Z total, until the close itself",
        sql("""
SELECT 'clinic ' || clinic_id AS row FROM cash_entry GROUP BY clinic_id
HAVING max(receipt_no) - min(receipt_no) + 1 <> count(*)
UNION ALL
SELECT s.id::text FROM cash_shift s
  LEFT JOIN cash_entry c ON c.shift_id = s.id AND c.tender = 'cash' AND c.receipt_no <= s.receipt_to
 WHERE s.closed_at IS NOT NULL
 GROUP BY s.id, s.z_total
HAVING coalesce(sum(CASE c.direction WHEN 'in' THEN c.amount ELSE -c.amount END), 0) <> s.z_total"""),
    ),
    Invariant(
        "I31",
        "what is in a drawer by its entries is its account in the ledger",
        sql("""
WITH cause AS (
  SELECT c.id AS entry_id, t.id AS tx_id FROM cash_entry c JOIN ledger_tx t ON t.entry_id = c.id
  UNION ALL SELECT c.id, t.id FROM cash_entry c JOIN ledger_tx t ON t.payment_id = c.payment_id
  UNION ALL SELECT c.id, t.id FROM cash_entry c JOIN ledger_tx t ON t.refund_id = c.refund_id),
 moved AS (SELECT c.shift_id, cause.tx_id, c.receipt_no, CASE c.direction WHEN 'in' THEN c.amount ELSE -c.amount END AS amount
             FROM cash_entry c LEFT JOIN cause ON cause.entry_id = c.id WHERE c.tender = 'cash'),
 booked AS (SELECT tx_id, account, amount FROM ledger_entry WHERE left(account, 5) = 'till:'),
 pair AS (SELECT m.shift_id, b.account, m.amount AS moved, b.amount AS booked FROM moved m FULL JOIN booked b USING (tx_id))
SELECT coalesce(shift_id::text, account) AS row FROM pair WHERE moved IS DISTINCT FROM booked
UNION SELECT account FROM pair WHERE account IS NOT NULL GROUP BY account HAVING count(DISTINCT shift_id) > 1
UNION SELECT shift_id::text FROM pair WHERE shift_id IS NOT NULL GROUP BY shift_id HAVING count(DISTINCT account) > 1"""),
    ),
    Invariant(
        "I32",
        "a closed shift is sealed: nothing in its drawer, and after its close only what was left and what it differed by",
        sql("""
SELECT s.id::text AS row FROM cash_shift s JOIN cash_entry c ON c.shift_id = s.id WHERE s.closed_at IS NOT NULL
 GROUP BY s.id
HAVING sum(CASE WHEN c.tender <> 'cash' THEN 0 WHEN c.direction = 'in' THEN c.amount ELSE -c.amount END) <> 0
    OR bool_or(c.receipt_no > s.receipt_to AND c.kind NOT IN ('surplus', 'shortage', 'left'))
    OR count(*) FILTER (WHERE c.receipt_no > s.receipt_to AND c.kind = 'left') > 1
UNION SELECT h.shift_id::text FROM cash_hand_over h JOIN cash_shift s ON s.id = h.shift_id
 WHERE s.closed_at IS NOT NULL AND h.state = 'pending'"""),
    ),
    Invariant(
        "I33",
        "Z numbers of a clinic have no gaps; what a count found over or short is booked, and what is left is the next float",
        sql("""
SELECT 'clinic ' || clinic_id AS row FROM cash_shift WHERE z_no IS NOT NULL GROUP BY clinic_id
HAVING min(z_no) <> 1 OR max(z_no) <> count(*)
UNION ALL
SELECT s.id::text FROM cash_shift s LEFT JOIN cash_entry c
    ON c.shift_id = s.id AND c.receipt_no > s.receipt_to AND c.kind IN ('surplus', 'shortage')
 WHERE s.closed_at IS NOT NULL GROUP BY s.id
HAVING coalesce(sum(CASE c.direction WHEN 'in' THEN c.amount ELSE -c.amount END), 0) <> s.counted - s.z_total
UNION ALL
SELECT id::text FROM (SELECT id, float_expected, lag(counted) OVER (PARTITION BY clinic_id ORDER BY opened_at, id) AS before
                        FROM cash_shift) s
 WHERE before IS NOT NULL AND float_expected IS DISTINCT FROM before"""),
    ),
    Invariant(
        "I34",
        "a reversal undoes one entry of its own shift, whole, and in the books; a payment that it undoes counts no more",
        sql("""
SELECT 'receipt ' || e.receipt_no AS row FROM cash_entry e JOIN cash_entry u ON u.id = e.reverses
  LEFT JOIN payment p ON p.id = u.payment_id
  LEFT JOIN ledger_tx t ON t.entry_id = e.id
  LEFT JOIN ledger_tx ut ON ut.id = t.reverses AND (ut.payment_id = u.payment_id OR ut.entry_id = u.id)
 WHERE (e.shift_id, e.amount, e.tender) <> (u.shift_id, u.amount, u.tender) OR e.direction = u.direction
    OR p.state <> 'voided' OR ut.id IS NULL
UNION ALL
SELECT p.id::text FROM payment p WHERE p.method <> 'card' AND p.state = 'voided' AND NOT EXISTS (
  SELECT 1 FROM cash_entry u JOIN cash_entry e ON e.reverses = u.id WHERE u.payment_id = p.id)"""),
    ),
)
