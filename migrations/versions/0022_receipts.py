"""Fiscal receipts that the bank makes: the cart that went with a payment, and each receipt that is expected and found."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

CARTS = """
CREATE FUNCTION fiscal_sum(positions jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CAST(sum(CAST(one ->> 'amount' AS bigint)) AS bigint) FROM jsonb_array_elements(positions) one $$;
COMMENT ON FUNCTION fiscal_sum(jsonb) IS 'what rows of a receipt come to, in kopecks';
CREATE TABLE fiscal_cart (
  payment_id uuid PRIMARY KEY REFERENCES payment,
  amount bigint NOT NULL,
  positions jsonb NOT NULL,
  vat text,
  at timestamptz NOT NULL DEFAULT app_now(),
  CONSTRAINT fiscal_cart_adds_up CHECK (amount IS NOT DISTINCT FROM fiscal_sum(positions)));
COMMENT ON TABLE fiscal_cart IS 'what the bank was told that a payment is for; a payment without one calls for no receipt';
COMMENT ON COLUMN fiscal_cart.vat IS 'the rate of whatever the merchant sold then; null: each line has its own';
GRANT SELECT, INSERT ON fiscal_cart TO checkout_app;
ALTER TABLE fiscal_cart ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON fiscal_cart TO checkout_app USING (
  (SELECT scope_is_everything()) OR EXISTS (SELECT 1 FROM payment p WHERE p.id = payment_id));
"""

RECEIPTS = """
CREATE TABLE receipt (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES orders,
  payment_id uuid NOT NULL REFERENCES fiscal_cart,
  refund_id uuid UNIQUE REFERENCES refund,
  kind text NOT NULL CHECK (kind IN ('payment', 'refund', 'closing', 'handover')),
  state text NOT NULL CHECK (state IN ('expected', 'sending', 'waiting', 'ready', 'failed')),
  amount bigint NOT NULL CHECK (amount > 0),
  positions jsonb NOT NULL,
  reference text,
  number text,
  sign text,
  drive text,
  url text CHECK (url LIKE 'https://%'),
  printed_at timestamptz,
  error text,
  again boolean NOT NULL DEFAULT false,
  looks int NOT NULL DEFAULT 0,
  token bigint NOT NULL DEFAULT 0,
  sent_at timestamptz,
  due_at timestamptz,
  lease_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  CONSTRAINT receipt_of_a_refund CHECK ((kind = 'refund') = (refund_id IS NOT NULL)),
  CONSTRAINT receipt_adds_up CHECK (amount IS NOT DISTINCT FROM fiscal_sum(positions)),
  CONSTRAINT receipt_ready_is_known CHECK (state <> 'ready' OR reference IS NOT NULL),
  CONSTRAINT receipt_ready_is_done CHECK (state <> 'ready' OR due_at IS NULL));
COMMENT ON TABLE receipt IS 'a fiscal receipt of the bank: expected with the fact that calls for it, then looked for';
COMMENT ON COLUMN receipt.kind IS 'closing: of the full settlement, once the visit was given; handover: as much for goods';
COMMENT ON COLUMN receipt.again IS 'somebody wants it made anew';
CREATE UNIQUE INDEX receipt_once ON receipt (payment_id, kind) WHERE refund_id IS NULL;
CREATE UNIQUE INDEX receipt_of_bank ON receipt (payment_id, reference) WHERE reference IS NOT NULL;
CREATE INDEX receipt_order ON receipt (order_id);
CREATE INDEX receipt_due ON receipt (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX receipt_open ON receipt (created_at) WHERE state <> 'ready';
GRANT SELECT, INSERT ON receipt TO checkout_app;
GRANT UPDATE (state, reference, number, sign, drive, url, printed_at, error, again, looks, token, sent_at, due_at, lease_until)
  ON receipt TO checkout_app;
ALTER TABLE receipt ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON receipt TO checkout_app USING (
  (SELECT scope_is_everything()) OR EXISTS (SELECT 1 FROM orders o WHERE o.id = order_id));
ALTER TABLE event DROP CONSTRAINT event_subject_check;
ALTER TABLE event ADD CONSTRAINT event_subject_check
  CHECK (subject IN ('order', 'booking', 'payment', 'refund', 'chargeback', 'receipt'));
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (CARTS, RECEIPTS):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
