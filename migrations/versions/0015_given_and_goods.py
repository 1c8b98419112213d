"""What was earned is revenue; goods arrive and are then handed over; fiscal receipts are noted; a card can be put away."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

EARNED = """
ALTER TABLE ledger_tx DROP CONSTRAINT ledger_tx_kind_check;
ALTER TABLE ledger_tx ADD CONSTRAINT ledger_tx_kind_check CHECK (kind IN (
  'capture', 'cash_in', 'manual_in', 'refund', 'cash_out', 'manual_out', 'storno', 'till', 'given', 'unearned', 'chargeback',
  'settlement'));
"""

# What was given before there was revenue, by the rule of `checkout.payment.earning`; dated by the day on which it was.
EARNED_BEFORE = """
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
     earned AS (SELECT o.id AS order_id, o.clinic_id, greatest(o.given_at, o.handed_over_at) AS at,
                       CAST(least(money.kept, greatest(0, price.amount - greatest(0,
                         coalesce(named.amount, 0) - greatest(0, money.paid - o.total - coalesce(gone.surplus, 0))))) AS bigint)
                         AS amount
                  FROM price JOIN orders o ON o.id = price.order_id JOIN money ON money.order_id = o.id
                  LEFT JOIN gone ON gone.order_id = o.id LEFT JOIN named ON named.order_id = o.id),
     posting AS MATERIALIZED (SELECT gen_random_uuid() AS id, * FROM earned WHERE amount > 0),
     posted AS (INSERT INTO ledger_tx (id, order_id, kind, at) SELECT id, order_id, 'given', at FROM posting)
INSERT INTO ledger_entry (tx_id, account, amount)
SELECT p.id, side.account, side.amount
  FROM posting p, LATERAL (
    SELECT max(e.account) AS account, p.amount FROM ledger_tx t JOIN ledger_entry e ON e.tx_id = t.id
     WHERE t.order_id = p.order_id AND left(e.account, 9) = 'customer:'
    UNION ALL SELECT 'revenue:' || p.clinic_id, -p.amount) side;
"""

GOODS = """
ALTER TABLE orders ADD goods_arrived_at timestamptz;
COMMENT ON COLUMN orders.deliver_by IS 'by when its goods are at the clinic; null: none were bought';
COMMENT ON COLUMN orders.goods_arrived_at IS 'its goods are at the clinic; the return window waits for the handing over';
UPDATE orders SET goods_arrived_at = handed_over_at WHERE handed_over_at IS NOT NULL;
ALTER TABLE orders ADD CONSTRAINT orders_goods_came_before_they_went CHECK (goods_arrived_at <= handed_over_at),
  ADD CONSTRAINT orders_goods_that_were_bought CHECK (goods_arrived_at IS NULL OR deliver_by IS NOT NULL);
CREATE INDEX orders_goods_awaited ON orders (deliver_by)
  WHERE deliver_by IS NOT NULL AND goods_arrived_at IS NULL AND handed_over_at IS NULL AND cancelled_at IS NULL;
INSERT INTO notice_rule (subject, kind, template) VALUES ('order', 'goods_arrived', 'goods_arrived');
"""

FISCAL = """
CREATE TABLE fiscal_receipt (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id bigint NOT NULL REFERENCES cash_entry,
  number text NOT NULL CHECK (number ~ '^[0-9]{1,10}$'),
  corrects bigint UNIQUE,
  principal text NOT NULL,
  at timestamptz NOT NULL DEFAULT app_now(),
  UNIQUE (entry_id, id),
  FOREIGN KEY (entry_id, corrects) REFERENCES fiscal_receipt (entry_id, id));
COMMENT ON TABLE fiscal_receipt IS 'which receipt of the fiscal printer belongs to an entry of the till; the newest counts';
COMMENT ON COLUMN fiscal_receipt.corrects IS 'the number that was noted wrongly; it stays';
CREATE UNIQUE INDEX fiscal_receipt_first ON fiscal_receipt (entry_id) WHERE corrects IS NULL;
GRANT SELECT, INSERT ON fiscal_receipt TO checkout_app;
ALTER TABLE fiscal_receipt ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON fiscal_receipt TO checkout_app USING (
  (SELECT scope_is_everything()) OR EXISTS (SELECT 1 FROM cash_entry e WHERE e.id = entry_id));
"""

PUT_AWAY = """
CREATE TABLE staff_put_away (
  staff_id uuid NOT NULL REFERENCES staff,
  card text NOT NULL CHECK (card IN ('setup')),
  at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (staff_id, card));
COMMENT ON TABLE staff_put_away IS 'cards of the dashboard that somebody does not want to see any more';
GRANT SELECT, INSERT ON staff_put_away TO checkout_app;
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (EARNED, EARNED_BEFORE, GOODS, FISCAL, PUT_AWAY):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
