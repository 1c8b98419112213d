"""Receipts to the end: settlements in parts, what of a receipt came before the thing itself, and what was issued elsewhere."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

PARTS = """
ALTER TABLE receipt ADD COLUMN part int NOT NULL DEFAULT 1,
  ADD CONSTRAINT receipt_in_parts CHECK (part = 1 OR (part > 1 AND kind IN ('closing', 'handover')));
COMMENT ON COLUMN receipt.part IS 'what was promised back when a visit was given, and then withdrawn, is settled by another one';
DROP INDEX receipt_once;
CREATE UNIQUE INDEX receipt_once ON receipt (payment_id, kind, part) WHERE refund_id IS NULL;
"""

AHEAD = """
CREATE FUNCTION fiscal_ahead(positions jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CAST(coalesce(sum(CAST(one ->> 'amount' AS bigint)), 0) AS bigint) FROM jsonb_array_elements(positions) one
         WHERE one ->> 'payment' <> '4' $$;
COMMENT ON FUNCTION fiscal_ahead(jsonb) IS 'what of a receipt came before the thing itself, in kopecks: tag 1214 is not 4';
ALTER TABLE receipt ADD COLUMN ahead bigint NOT NULL GENERATED ALWAYS AS (fiscal_ahead(positions)) STORED;
"""

# The bank's own id is what proves a receipt; without one somebody has read its numbers off the paper.
ELSEWHERE = """
ALTER TABLE receipt ADD COLUMN noted_by text;
COMMENT ON COLUMN receipt.noted_by IS 'who typed its numbers off a receipt that was issued elsewhere; null: the bank shows it';
GRANT UPDATE (noted_by) ON receipt TO checkout_app;
ALTER TABLE receipt DROP CONSTRAINT receipt_ready_is_known;
ALTER TABLE receipt ADD CONSTRAINT receipt_ready_is_known CHECK (
  state <> 'ready' OR reference IS NOT NULL
  OR (noted_by IS NOT NULL AND number IS NOT NULL AND sign IS NOT NULL AND drive IS NOT NULL));
"""

# What came before such receipts were made is as it was: no receipt was looked for, and what was settled was settled whole.
BEFORE = """
ALTER TABLE fiscal_cart ADD COLUMN unprinted bigint NOT NULL DEFAULT 0, ADD COLUMN settled_whole boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN fiscal_cart.unprinted IS 'kopecks that went back at the bank before receipts of such refunds were looked for';
COMMENT ON COLUMN fiscal_cart.settled_whole IS 'was settled before settlements came in parts: no further part of a kind is due';
UPDATE fiscal_cart c SET
  unprinted = (SELECT coalesce(sum(r.amount), 0) FROM refund r
                WHERE r.payment_id = c.payment_id AND r.state = 'done' AND r.basis <> 'chargeback'
                  AND NOT EXISTS (SELECT FROM receipt own WHERE own.refund_id = r.id)),
  settled_whole = EXISTS (SELECT FROM receipt s WHERE s.payment_id = c.payment_id AND s.kind IN ('closing', 'handover'));
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (PARTS, AHEAD, ELSEWHERE, BEFORE):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
