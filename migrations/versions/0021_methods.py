"""Other ways to pay than by card: what the payer chose or the bank says, and what it takes to pay by it."""

from __future__ import annotations

from typing import Final

from alembic import op

from migrations.scripts import statements

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# A bank order is one payment, whichever way it is paid; so the way stands beside the method, which says that it is the bank's.
WAY: Final = """
ALTER TABLE payment
  ADD COLUMN way text CHECK (way IN ('card', 'sbp', 'sberpay')),
  ADD COLUMN code_id text,
  ADD COLUMN code_payload text,
  ADD COLUMN code_state text,
  ADD COLUMN app_link text,
  ADD CONSTRAINT payment_way_is_the_banks CHECK (method = 'card' OR way IS NULL),
  ADD CONSTRAINT payment_code_is_whole CHECK ((code_id IS NULL) = (code_payload IS NULL));
COMMENT ON COLUMN payment.way IS 'how it is paid at the bank: as the payer chose, then as the bank says; none: by card';
COMMENT ON COLUMN payment.code_payload IS 'what the QR code of this bank order says';
COMMENT ON COLUMN payment.code_state IS 'what the bank said of the QR code; decides nothing';
"""
# In one word for people. Of a refund: it goes back the way its payment came; the join is left out where nobody asks for it.
TOLD: Final = """
CREATE OR REPLACE VIEW books_payment AS
SELECT p.id, p.order_id, o.code, o.clinic_id, p.method, p.state, p.merchant, p.reference, p.created_at, p.captured_at,
       p.amount, p.captured, p.refunded, coalesce(p.way, p.method) AS way
  FROM payment p JOIN orders o ON o.id = p.order_id
 WHERE (SELECT scope_is_everything()) OR o.clinic_id = ANY (CAST((SELECT scope_clinics()) AS int[]));
CREATE OR REPLACE VIEW books_refund AS
SELECT r.id, r.order_id, r.payment_id, o.code, o.clinic_id, r.method, r.state, r.basis, r.amount, r.requested_at,
       r.scheduled_for, r.done_at, r.requested_by, r.decided_by, coalesce(p.way, r.method) AS way
  FROM refund r JOIN orders o ON o.id = r.order_id LEFT JOIN payment p ON p.id = r.payment_id
 WHERE (SELECT scope_is_everything()) OR o.clinic_id = ANY (CAST((SELECT scope_clinics()) AS int[]));
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (WAY, TOLD):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
