"""Finance's refund desk: recorded overrides, reasons of a refusal, refunds made at the bank, lists that stay fast, alarms."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

REFUNDS = """
ALTER TABLE refund DROP CONSTRAINT refund_asked_inside_the_window, DROP CONSTRAINT refund_basis;
ALTER TABLE refund
  ADD override_by text,
  ADD override_reason text,
  ADD decision_reason text,
  ADD CONSTRAINT refund_basis CHECK (
    basis IN ('person', 'late_money', 'called_off', 'surplus', 'external', 'chargeback')),
  ADD CONSTRAINT refund_override_is_whole CHECK (
    (override_by IS NULL) = (override_reason IS NULL) AND coalesce(btrim(override_reason), 'x') <> ''),
  ADD CONSTRAINT refund_asked_inside_the_window CHECK (
    basis <> 'person' OR requested_at <= window_ends_at OR state IN ('requested', 'rejected', 'cancelled')
    OR (override_by IS NOT NULL AND override_by <> requested_by));
COMMENT ON COLUMN refund.override_by IS 'who let a refund go on that was asked for after its window; never who asked';
COMMENT ON COLUMN refund.decision_reason IS 'why it was rejected, as the payer is told';
CREATE INDEX refund_review ON refund (id) WHERE state = 'review';
"""

MONEY = """
ALTER TABLE payment ADD bank_gone bigint NOT NULL DEFAULT 0 CHECK (bank_gone >= 0);
COMMENT ON COLUMN payment.bank_gone IS 'how much had gone back when the bank last spoke of it; more than refunded: not by us';
UPDATE payment p SET bank_gone = CASE WHEN last.status = 'reversed' THEN p.captured ELSE last.refunded END
  FROM (SELECT DISTINCT ON (payment_id) payment_id, status, refunded FROM gateway_fact ORDER BY payment_id, id DESC) last
 WHERE last.payment_id = p.id AND (last.refunded > 0 OR last.status = 'reversed');
CREATE INDEX payment_gone_elsewhere ON payment (id) WHERE bank_gone > refunded;
CREATE INDEX payment_for_a_person ON payment (id) WHERE parked IS NOT NULL OR state = 'review';
CREATE INDEX message_failed ON message (id) WHERE state = 'failed';
ALTER TABLE person ADD name_index bytea[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN person.name_index IS 'blind, one a word: people write first name and surname in either order';
CREATE INDEX person_name ON person USING gin (name_index) WITH (fastupdate = off);
CREATE INDEX orders_patient ON orders (patient_id) WHERE patient_id IS NOT NULL;
"""

ALARMS = """
CREATE TABLE alarm (
  kind text PRIMARY KEY,
  told_at timestamptz NOT NULL,
  known text[] NOT NULL);
COMMENT ON TABLE alarm IS 'when a kind of the worklist was last told by e-mail: once an hour at most, and only what is new';
COMMENT ON COLUMN alarm.known IS 'keys of what was told and still needs a person';
GRANT SELECT, INSERT, UPDATE ON alarm TO checkout_app;
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (REFUNDS, MONEY, ALARMS):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
