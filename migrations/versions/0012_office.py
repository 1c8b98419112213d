"""The office's screens: consents written down by staff, a payment link by letter, a storno told, a day called off."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BOOKING = """
ALTER TABLE order_consent ADD given_to text;
COMMENT ON COLUMN order_consent.given_to IS 'who of the staff wrote down what the payer said; null: the payer ticked it';
INSERT INTO notice_rule (subject, kind, template) VALUES
  ('order', 'link_asked', 'pay_link'),
  ('payment', 'storno', 'paid_by_mistake');
"""

DAYS = """
CREATE TABLE day_off (
  id uuid PRIMARY KEY,
  clinic_id int NOT NULL REFERENCES clinic,
  day date NOT NULL,
  resource_id int REFERENCES resource,
  reason text NOT NULL CHECK (length(reason) BETWEEN 3 AND 200),
  state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'approved', 'withdrawn')),
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT app_now(),
  decided_by text,
  decided_at timestamptz,
  CONSTRAINT day_off_decided CHECK (num_nonnulls(decided_by, decided_at) = CASE state WHEN 'asked' THEN 0 ELSE 2 END),
  CONSTRAINT day_off_four_eyes CHECK (state <> 'approved' OR decided_by <> asked_by));
COMMENT ON TABLE day_off IS 'a day of a clinic or a specialist that is called off; what becomes of each visit is approved once';
COMMENT ON COLUMN day_off.resource_id IS 'whose day it is; null: the whole clinic''s';
CREATE INDEX day_off_clinic ON day_off (clinic_id, asked_at);
CREATE TABLE day_off_visit (
  day_off_id uuid NOT NULL REFERENCES day_off,
  order_id uuid NOT NULL REFERENCES orders,
  cure text NOT NULL CHECK (cure IN ('move', 'credit', 'refund')),
  starts_at timestamptz,
  sequence int NOT NULL,
  state text NOT NULL DEFAULT 'waits' CHECK (state IN ('waits', 'done', 'refused')),
  code text,
  settled_at timestamptz,
  PRIMARY KEY (day_off_id, order_id),
  CONSTRAINT day_off_visit_moves_somewhere CHECK ((cure = 'move') = (starts_at IS NOT NULL)),
  CONSTRAINT day_off_visit_settled CHECK ((state = 'waits') = (settled_at IS NULL) AND (state = 'refused') = (code IS NOT NULL)));
COMMENT ON COLUMN day_off_visit.sequence IS 'how often the visit had been moved when it was listed: one moved since is refused';
COMMENT ON COLUMN day_off_visit.code IS 'why it was refused: a person looks at it';
CREATE INDEX day_off_visit_waits ON day_off_visit (day_off_id) WHERE state = 'waits';
CREATE INDEX day_off_visit_order ON day_off_visit (order_id);
ALTER TABLE refund DROP CONSTRAINT refund_basis, DROP CONSTRAINT refund_four_eyes;
ALTER TABLE refund
  ADD CONSTRAINT refund_basis CHECK (
    basis IN ('person', 'late_money', 'called_off', 'surplus', 'external', 'chargeback', 'day_off')),
  ADD CONSTRAINT refund_four_eyes CHECK (
    basis NOT IN ('person', 'day_off') OR state IN ('requested', 'cancelled')
    OR (decided_by IS NOT NULL AND decided_by <> requested_by));
GRANT SELECT, INSERT ON day_off, day_off_visit TO checkout_app;
GRANT UPDATE (state, decided_by, decided_at) ON day_off TO checkout_app;
GRANT UPDATE (state, code, settled_at) ON day_off_visit TO checkout_app;
ALTER TABLE day_off ENABLE ROW LEVEL SECURITY;
ALTER TABLE day_off_visit ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON day_off TO checkout_app USING (
  (SELECT scope_is_everything()) OR clinic_id = ANY (CAST((SELECT scope_clinics()) AS int[])));
CREATE POLICY scope ON day_off_visit TO checkout_app USING (
  (SELECT scope_is_everything()) OR EXISTS (SELECT 1 FROM orders o WHERE o.id = order_id));
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (BOOKING, DAYS):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
