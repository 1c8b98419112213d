"""The invariants of money, as SQL over our tables: rows returned are violations. Source: reliability.md §4.

Each reads one snapshot. Refund invariants are registered by `refunds` (checkout knows nothing of refunds).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from checkout.booking import booking
from checkout.ground.db import Engine, Tx, rows, snapshot, sql
from checkout.ground.observe import INVARIANTS
from checkout.payment import payment, receipt


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence that must hold, and the statement that finds what breaks it."""

    name: str
    sentence: str
    statement: Any
    values: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """What breaks an invariant: the first `rows` of `number`."""

    invariant: str
    sentence: str
    rows: tuple[str, ...]
    number: int


def _edges(subject: str, edges: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
    return [(subject, before, after) for before, after in sorted(edges)]


def path_invariant(edges: Sequence[tuple[str, str, str]], subjects: Sequence[str]) -> Invariant:
    """I11 for the given subjects: only drawn edges, and each step starts where the last one ended."""
    return Invariant(
        f"I11.{'+'.join(subjects)}",
        "only drawn edges of the state machines, and a connected path",
        _PATHS,
        (
            ("subjects", list(subjects)),
            ("edge_subjects", [edge[0] for edge in edges]),
            ("froms", [edge[1] for edge in edges]),
            ("tos", [edge[2] for edge in edges]),
        ),
    )


_PATHS = sql("""
WITH step AS (
  SELECT seq, subject, subject_id, from_state, to_state,
         lag(to_state) OVER (PARTITION BY subject_id ORDER BY seq) AS before
    FROM event WHERE to_state IS NOT NULL AND subject = ANY(CAST(:subjects AS text[]))),
 edge AS (SELECT * FROM unnest(CAST(:edge_subjects AS text[]), CAST(:froms AS text[]), CAST(:tos AS text[]))
            AS e(subject, from_state, to_state))
SELECT 'event ' || seq || ': ' || subject || ' ' || coalesce(from_state, '-') || ' -> ' || to_state AS row FROM step
 WHERE from_state IS DISTINCT FROM before
    OR (from_state IS NOT NULL AND from_state <> to_state AND NOT EXISTS (
          SELECT 1 FROM edge WHERE (edge.subject, edge.from_state, edge.to_state)
                                 = (step.subject, step.from_state, step.to_state)))""")

PAYMENT_EDGES: Final = _edges(
    "payment",
    payment.COMMANDS.edges
    | {(str(before), str(after)) for (before, _), (after, _) in payment.GRID.items() if before is not after},
)
BOOKING_EDGES: Final = _edges("booking", booking.COMMANDS.edges)
RECEIPT_EDGES: Final = _edges("receipt", receipt.COMMANDS.edges)

CORE: Final = (
    Invariant(
        "I01",
        "each ledger transaction balances",
        sql("""
SELECT tx_id::text AS row FROM ledger_entry GROUP BY tx_id HAVING sum(amount) <> 0 OR count(*) < 2
UNION ALL SELECT id::text FROM ledger_tx t WHERE NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.tx_id = t.id)"""),
    ),
    Invariant(
        "I02",
        "what the payments keep is what the ledger says the customer gave, earned or not",
        sql("""
WITH kept AS (SELECT order_id, sum(captured - refunded) AS amount FROM payment GROUP BY order_id),
     book AS (SELECT t.order_id, -sum(e.amount) AS amount FROM ledger_tx t JOIN ledger_entry e ON e.tx_id = t.id
               WHERE left(e.account, 9) = 'customer:' OR left(e.account, 8) = 'revenue:' GROUP BY t.order_id)
SELECT coalesce(kept.order_id, book.order_id)::text AS row FROM kept FULL JOIN book USING (order_id)
 WHERE coalesce(kept.amount, 0) <> coalesce(book.amount, 0)"""),
    ),
    Invariant(
        "I04",
        "a captured payment has exactly one posting that no storno reverses, any other none",
        sql("""
SELECT p.id::text AS row FROM payment p LEFT JOIN ledger_tx t ON t.payment_id = p.id
  LEFT JOIN ledger_tx undo ON undo.reverses = t.id
 GROUP BY p.id, p.captured HAVING (p.captured > 0) <> (count(t.id) - count(undo.id) = 1)"""),
    ),
    Invariant(
        "I05",
        "our sums are the bank's last word, per bank order, once nothing is open; a chargeback shows in no status, and of what "
        "was accepted as nothing the bank holds nothing",
        sql("""
WITH last AS (SELECT DISTINCT ON (payment_id) payment_id, deposited, refunded, status FROM gateway_fact
               ORDER BY payment_id, id DESC),
     known AS (SELECT p.*, p.refunded - coalesce((SELECT sum(r.amount) FROM refund r
                WHERE r.payment_id = p.id AND r.basis = 'chargeback' AND r.state = 'done'), 0) AS returned FROM payment p)
SELECT p.id::text AS row FROM known p JOIN last ON last.payment_id = p.id
 WHERE p.state NOT IN ('registering', 'pending', 'authorized', 'unknown', 'review') AND p.reserved = 0
   AND CASE WHEN p.accepted = 0 THEN last.deposited > 0
            WHEN last.status = 'reversed' THEN p.captured <> p.returned
            ELSE (last.deposited, last.refunded) <> (p.captured - p.returned, p.returned) END"""),
    ),
    Invariant(
        "I06",
        "a place is never sold twice",
        sql("""
SELECT a.id::text AS row FROM booked a JOIN booked b
    ON a.resource_id = b.resource_id AND a.id < b.id AND a.during && b.during
 WHERE a.state IN ('held', 'confirmed', 'given') AND b.state IN ('held', 'confirmed', 'given')"""),
    ),
    Invariant(
        "I07",
        "money over the price of a visit that stands, promised back or not, has its hour; what is not promised, in time",
        sql("""
WITH money AS (SELECT order_id, sum(captured - refunded) AS ours, sum(captured - refunded - reserved) AS kept
                 FROM payment GROUP BY order_id)
SELECT o.id::text AS row FROM money m JOIN orders o ON o.id = m.order_id CROSS JOIN LATERAL (
  SELECT CASE WHEN EXISTS (SELECT 1 FROM booking b WHERE b.order_id = o.id AND b.state IN ('confirmed', 'given', 'no_show'))
              THEN o.total ELSE 0 END AS price) visit
 WHERE (m.ours > price AND o.decide_by IS NULL)
    OR (m.kept > price AND o.decide_by < app_now() - interval '5 minutes')"""),
    ),
    Invariant(
        "I08",
        "the bank says paid, so our payment says so within two minutes, unless it took that back as a whole since",
        sql("""
SELECT DISTINCT p.id::text AS row FROM gateway_fact f JOIN payment p ON p.id = f.payment_id
 WHERE f.deposited > 0 AND f.at < app_now() - interval '2 minutes' AND p.state NOT IN ('captured', 'review')
   AND p.accepted IS DISTINCT FROM 0 AND NOT EXISTS (
     SELECT 1 FROM gateway_fact later WHERE later.payment_id = p.id AND later.id > f.id AND later.status = 'reversed')"""),
    ),
    Invariant(
        "I09",
        "nothing is stuck: whatever is open has a next look or a live lease",
        sql("""
SELECT id::text AS row FROM payment
 WHERE (state IN ('registering', 'pending', 'authorized', 'unknown') OR held_at IS NOT NULL) AND parked IS NULL
   AND (due_at IS NULL OR due_at < app_now() - interval '15 minutes')
   AND coalesce(lease_until, '-infinity') < app_now()
UNION ALL
SELECT o.id::text FROM orders o WHERE (o.due_at IS NULL OR o.due_at < app_now() - interval '15 minutes')
   AND EXISTS (SELECT 1 FROM booking b WHERE b.order_id = o.id AND b.state = 'held')"""),
    ),
    path_invariant(PAYMENT_EDGES, ["payment"]),
    path_invariant(BOOKING_EDGES, ["booking"]),
    path_invariant(RECEIPT_EDGES, ["receipt"]),
    Invariant(
        "I15",
        "a capture rests on a status read of the same payment that showed the money",
        sql("""
SELECT t.id::text AS row FROM ledger_tx t LEFT JOIN gateway_fact f ON f.id = t.fact_id AND f.payment_id = t.payment_id
 WHERE t.kind = 'capture' AND (f.id IS NULL OR f.status NOT IN ('deposited', 'refunded'))"""),
    ),
    Invariant(
        "I16",
        "the bank's captured sum and currency are what was ordered, what of a hold was meant to be charged, or the sum that two "
        "people accepted instead",
        sql("""
SELECT p.id::text AS row FROM payment p JOIN ledger_tx t ON t.payment_id = p.id AND t.kind = 'capture'
  JOIN gateway_fact f ON f.id = t.fact_id JOIN orders o ON o.id = p.order_id
 WHERE f.deposited + f.refunded <> coalesce(p.accepted, p.hold_sum, p.amount) OR f.currency <> o.currency
UNION ALL
SELECT p.id::text FROM payment p WHERE p.accepted IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM payment_review r WHERE r.payment_id = p.id AND r.state = 'approved' AND r.captured = p.accepted
     AND r.decided_by <> r.asked_by)"""),
    ),
    Invariant(
        "I18",
        "no message is stuck: whatever is due has been taken up within fifteen minutes",
        sql("""
SELECT id::text AS row FROM message
 WHERE due_at < app_now() - interval '15 minutes' AND coalesce(lease_until, '-infinity') < app_now()"""),
    ),
    Invariant(
        "I19",
        "no idempotency key is left half-way",
        sql("SELECT key AS row FROM idempotency WHERE state = 'started' AND locked_at < now() - interval '10 minutes'"),
    ),
    Invariant(
        "I20",
        "every callback is worked off within five minutes",
        sql("""
SELECT c.id::text AS row FROM callback c
 WHERE c.processed_at IS NULL AND c.received_at < app_now() - interval '5 minutes'"""),
    ),
    Invariant(
        "I21",
        "no card number is at rest",
        sql("""
SELECT 'order ' || id AS row FROM orders WHERE coalesce(return_url, '') ~ '(^|[^0-9])[2-6][0-9]{12,18}([^0-9]|$)'
UNION ALL SELECT 'event ' || seq FROM event WHERE coalesce(data::text, '') ~ '(^|[^0-9])[2-6][0-9]{12,18}([^0-9]|$)'"""),
    ),
    Invariant(
        "I22",
        "the hours on an order are the hours of its places, however often it was moved",
        sql("""
SELECT o.id::text AS row FROM orders o JOIN booking b ON b.order_id = o.id AND b.state IN ('held', 'confirmed', 'given')
 GROUP BY o.id HAVING (min(lower(b.during)), max(upper(b.during))) <> (o.starts_at, o.ends_at)"""),
    ),
    Invariant(
        "I26",
        "a visit that was called off keeps no place",
        sql("""
SELECT DISTINCT o.id::text AS row FROM orders o JOIN booking b ON b.order_id = o.id
 WHERE o.cancelled_at IS NOT NULL AND b.state IN ('held', 'confirmed', 'given', 'no_show')"""),
    ),
    Invariant(
        "I27",
        "no place was taken over a time that another system had sold by then",
        # A transaction's time is that of its beginning: an import may have waited for the booking that it meets.
        sql("""
SELECT b.id::text AS row FROM blocked z JOIN booked b
    ON int4range(z.resource_id, z.resource_id, '[]') && int4range(b.resource_id, b.resource_id, '[]') AND z.during && b.during
  JOIN booking own ON own.id = b.id
 WHERE b.state IN ('held', 'confirmed', 'given') AND z.imported_at + interval '1 minute' < (
   SELECT max(e.at) FROM event e WHERE e.order_id = own.order_id AND e.subject_id = b.id
      AND e.to_state IN ('held', 'confirmed') AND e.from_state IS DISTINCT FROM 'held')"""),
    ),
    Invariant(
        "I28",
        "whatever is to be told has its message, since there were messages of its kind",
        sql("""
WITH first AS (SELECT template, min(event_seq) AS seq FROM message GROUP BY template)
SELECT 'event ' || e.seq || ': ' || r.template AS row
  FROM notice_rule r JOIN first ON first.template = r.template
  JOIN event e ON e.subject = r.subject AND e.kind = r.kind AND e.seq > first.seq
 WHERE (NOT r.only_first OR e.from_state IS NULL) AND NOT EXISTS (
   SELECT 1 FROM message m WHERE m.event_seq = e.seq AND m.template = r.template AND m.channel = 'email'
      AND m.resend_of IS NULL)"""),
    ),
    Invariant(
        "I29",
        "a visit that was given has the day from which its window runs, and no other has one",
        sql("""
SELECT o.id::text AS row FROM orders o
 WHERE (o.given_at IS NOT NULL) <> EXISTS (SELECT 1 FROM booking b WHERE b.order_id = o.id AND b.state = 'given')"""),
    ),
)

# What the bank was told that money is for, and the receipts that it makes of it.
FISCAL: Final = (
    Invariant(
        "I46",
        "a cart comes to its payment, to the kopeck",
        sql("""
SELECT c.payment_id::text AS row FROM fiscal_cart c JOIN payment p ON p.id = c.payment_id WHERE p.amount <> c.amount"""),
    ),
    Invariant(
        "I47",
        "by receipts, printed or awaited, a payment with a cart brought what it captured and gave back what went back, but for "
        "chargebacks; no more is settled than it brought",
        # More than was asked may have been accepted: no row says what that was for.
        sql("""
SELECT p.id::text AS row FROM payment p JOIN fiscal_cart c ON c.payment_id = p.id
 CROSS JOIN LATERAL (SELECT coalesce(sum(r.amount) FILTER (WHERE r.kind = 'payment'), 0) AS sold,
                            coalesce(sum(r.amount) FILTER (WHERE r.kind = 'refund'), 0) AS back,
                            coalesce(sum(r.amount) FILTER (WHERE r.kind IN ('closing', 'handover')), 0) AS settled
                       FROM receipt r WHERE r.payment_id = p.id) r
 WHERE r.sold <> least(p.captured, c.amount) OR r.back > p.refunded - p.charged_back OR r.settled > p.captured
    OR (p.captured <= c.amount AND r.back + c.unprinted < p.refunded - p.charged_back)"""),
    ),
    Invariant(
        "I52",
        "of an order of which all was given, what was paid before is settled or went back by receipt, is on its way back or "
        "charged back, or is over the price",
        sql("""
WITH printed AS (SELECT order_id, sum(CASE kind WHEN 'payment' THEN ahead WHEN 'refund' THEN -ahead ELSE -amount END) AS open
                   FROM receipt GROUP BY order_id),
     money AS (SELECT p.order_id, sum(p.captured - p.refunded - p.reserved) AS kept,
                      coalesce(sum(p.reserved + p.charged_back + c.unprinted), 0) AS going,
                      bool_or(c.settled_whole OR p.dispute = 'flagged') AS unsettled
                 FROM payment p LEFT JOIN fiscal_cart c ON c.payment_id = p.id GROUP BY p.order_id)
SELECT o.id::text AS row FROM printed JOIN orders o ON o.id = printed.order_id JOIN money ON money.order_id = o.id
 WHERE money.unsettled IS NOT TRUE AND (printed.open < 0 OR
   o.given_at IS NOT NULL AND printed.open > money.going + greatest(money.kept - o.total, 0)
   AND (o.handed_over_at IS NOT NULL
        OR NOT EXISTS (SELECT FROM order_line l WHERE l.order_id = o.id AND l.kind = 'goods')))"""),
    ),
)

# The bank's registry against the ledger. Each of them is also what a person would ask of the month's end.
REGISTRY: Final = (
    Invariant(
        "I35",
        "a line of the bank's registry is settled once and to the kopeck if it is matched, else not at all",
        sql("""
SELECT l.id::text AS row FROM registry_line l
  LEFT JOIN registry_match m ON m.line_id = l.id
  LEFT JOIN ledger_tx t ON t.registry_line_id = l.id
  LEFT JOIN LATERAL (SELECT coalesce(sum(amount) FILTER (WHERE account = 'bank_account:' || l.merchant), 0) AS net,
                            coalesce(sum(amount) FILTER (WHERE account = 'bank_fee:' || l.merchant), 0) AS fee,
                            coalesce(sum(amount) FILTER (WHERE account = 'bank_clearing:' || l.merchant), 0) AS clearing
                       FROM ledger_entry e WHERE e.tx_id = t.id) e ON true
 WHERE (m.line_id IS NULL) <> (t.id IS NULL)
    OR (t.id IS NOT NULL AND (e.net, e.fee, e.clearing) <> (l.net, l.fee, -(l.net + l.fee)))"""),
    ),
    Invariant(
        "I36",
        "what a line was matched with is ours: the same merchant, kind and, but for what a person accepted, the same sum",
        sql("""
SELECT l.id::text AS row FROM registry_match m JOIN registry_line l ON l.id = m.line_id
  JOIN payment p ON p.id = m.payment_id LEFT JOIN refund r ON r.id = m.refund_id
 WHERE p.merchant <> l.merchant OR p.order_id <> m.order_id OR (l.operation = 'payment') <> (m.refund_id IS NULL)
    OR (l.operation = 'chargeback_won') <> m.won OR r.payment_id <> p.id
    OR l.amount + m.difference <> coalesce(r.amount, p.captured)"""),
    ),
    Invariant(
        "I37",
        "no line of the bank's slips through: it is matched, or somebody has to decide about it, or has decided",
        sql("""
SELECT l.id::text AS row FROM registry_line l
 WHERE NOT EXISTS (SELECT 1 FROM registry_match m WHERE m.line_id = l.id)
   AND NOT EXISTS (SELECT 1 FROM registry_break b WHERE b.line_id = l.id AND b.kind <> 'fee'
                      AND coalesce(b.cure, '') NOT IN ('agree', 'book'))
UNION ALL
SELECT b.id::text FROM registry_break b JOIN registry_match m ON m.line_id = b.line_id
 WHERE b.state IN ('open', 'asked') AND b.kind <> 'fee'"""),
    ),
    Invariant(
        "I38",
        "what the bank owes by the ledger is what it took and gave back for us, less what its registry has paid out",
        sql("""
WITH book AS (SELECT substr(account, 15) AS merchant, sum(amount) AS amount FROM ledger_entry
               WHERE left(account, 14) = 'bank_clearing:' GROUP BY 1),
     side AS (SELECT merchant, sum(captured - refunded) AS amount FROM payment WHERE method = 'card' GROUP BY merchant),
     paid AS (SELECT l.merchant, sum(l.net + l.fee) AS amount FROM registry_line l JOIN registry_match m ON m.line_id = l.id
               GROUP BY l.merchant)
SELECT merchant AS row FROM book FULL JOIN side USING (merchant) LEFT JOIN paid USING (merchant)
 WHERE coalesce(book.amount, 0) <> coalesce(side.amount, 0) - coalesce(paid.amount, 0)"""),
    ),
)


async def violations(tx: Tx, invariants: Sequence[Invariant], limit: int = 20) -> list[Violation]:
    """What breaks, with at most `limit` rows each."""
    found = []
    for invariant in invariants:
        broken = [str(row.row) for row in await rows(tx, invariant.statement, **dict(invariant.values))]
        INVARIANTS.labels(invariant.name).set(len(broken))
        if broken:
            found.append(Violation(invariant.name, invariant.sentence, tuple(broken[:limit]), len(broken)))
    return found


async def verify(engine: Engine, invariants: Sequence[Invariant]) -> list[Violation]:
    """All invariants over one REPEATABLE READ snapshot."""
    async with snapshot(engine) as tx:
        return await violations(tx, invariants)
