"""The invariants that speak of refunds. Source: reliability.md §4."""

from __future__ import annotations

from typing import Final

from checkout.books.invariants import Invariant, path_invariant
from checkout.ground.db import sql
from refunds.refund import COMMANDS

REFUNDS: Final = (
    Invariant(
        "I03",
        "refunded plus promised never exceeds captured, and the promise is what open refunds say",
        sql("""
SELECT p.id::text AS row FROM payment p
  LEFT JOIN LATERAL (SELECT
     coalesce(sum(amount) FILTER (WHERE state IN ('requested', 'scheduled', 'sending', 'unknown', 'review')), 0) AS open,
     coalesce(sum(amount) FILTER (WHERE state = 'done'), 0) AS done FROM refund r WHERE r.payment_id = p.id) r ON true
 WHERE p.refunded + p.reserved > p.captured OR (p.reserved, p.refunded) IS DISTINCT FROM (r.open, r.done)"""),
    ),
    Invariant(
        "I04.refund",
        "a done refund has exactly one posting, one whose chargeback was won has it reversed, any other none",
        sql("""
SELECT r.id::text AS row FROM refund r LEFT JOIN ledger_tx t ON t.refund_id = r.id
  LEFT JOIN ledger_tx undo ON undo.reverses = t.id
 GROUP BY r.id, r.state
HAVING (count(t.id), count(undo.id)) <> ((r.state IN ('done', 'restored'))::int, (r.state = 'restored')::int)"""),
    ),
    Invariant(
        "I09.refund",
        "no refund is stuck: whatever is on its way has a next try or a live lease",
        sql("""
SELECT id::text AS row FROM refund
 WHERE method = 'card' AND state IN ('scheduled', 'sending', 'unknown')
   AND (due_at IS NULL OR due_at < app_now() - interval '15 minutes')
   AND coalesce(lease_until, '-infinity') < app_now()"""),
    ),
    path_invariant([("refund", before, after) for before, after in sorted(COMMANDS.edges)], ["refund"]),
    Invariant(
        "I13",
        "four eyes: whoever asked did not approve",
        sql("""
SELECT id::text AS row FROM refund
 WHERE basis IN ('person', 'day_off') AND state NOT IN ('requested', 'cancelled')
   AND (decided_by IS NULL OR decided_by = requested_by)"""),
    ),
    Invariant(
        "I14",
        "a refund was asked for inside its window, or somebody else than who asked let it go on and said why",
        sql("""
SELECT id::text AS row FROM refund
 WHERE basis = 'person' AND requested_at > window_ends_at AND state NOT IN ('requested', 'rejected', 'cancelled')
   AND (override_by IS NULL OR override_by = requested_by OR btrim(override_reason) = '')"""),
    ),
    Invariant(
        "I30",
        "no rule sends back all the money of a visit that stands",
        sql("""
WITH back AS (SELECT order_id, sum(amount) AS amount FROM refund
               WHERE basis IN ('late_money', 'called_off', 'day_off')
                 AND state NOT IN ('rejected', 'cancelled') GROUP BY order_id)
SELECT back.order_id::text AS row FROM back
 WHERE EXISTS (SELECT 1 FROM booking b WHERE b.order_id = back.order_id
                  AND b.state IN ('held', 'confirmed', 'given', 'no_show'))
   AND back.amount >= (SELECT sum(captured) FROM payment p WHERE p.order_id = back.order_id)"""),
    ),
)
