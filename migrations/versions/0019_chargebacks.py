"""Chargebacks: recognised once, posted, answered by a day; money won back; nothing goes back twice meanwhile."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

CHARGEBACKS = """
CREATE TABLE chargeback (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES orders,
  payment_id uuid NOT NULL REFERENCES payment,
  refund_id uuid NOT NULL UNIQUE REFERENCES refund,
  source text NOT NULL CHECK (source IN ('flag', 'registry')),
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'disputed', 'won', 'lost', 'accepted')),
  reference text CHECK (length(reference) BETWEEN 1 AND 100),
  recognised_at timestamptz NOT NULL DEFAULT app_now(),
  answer_by date NOT NULL,
  note text CHECK (length(note) BETWEEN 1 AND 400),
  decided_by text,
  decided_at timestamptz,
  CONSTRAINT chargeback_decided CHECK (num_nonnulls(decided_by, decided_at) = CASE state WHEN 'open' THEN 0 ELSE 2 END),
  CONSTRAINT chargeback_of_a_line_names_it CHECK (source = 'flag' OR reference IS NOT NULL));
COMMENT ON TABLE chargeback IS 'a payment that the payer''s bank took back, and what came of it';
COMMENT ON COLUMN chargeback.refund_id IS 'what our books say of its money: done while it is gone, restored once it was won';
COMMENT ON COLUMN chargeback.source IS 'flag: a status read said so, without a sum; registry: a line of the bank''s registry';
COMMENT ON COLUMN chargeback.reference IS 'of the operation at the bank, as its registry names it';
COMMENT ON COLUMN chargeback.answer_by IS 'the last day, of the clinic, on which the bank takes an answer';
COMMENT ON COLUMN chargeback.note IS 'what finance wrote last: the case''s number or reason code at the bank; never a name';
CREATE UNIQUE INDEX chargeback_flagged_once ON chargeback (payment_id) WHERE source = 'flag';
CREATE INDEX chargeback_order ON chargeback (order_id);
CREATE INDEX chargeback_payment ON chargeback (payment_id);
CREATE INDEX chargeback_waits ON chargeback (answer_by) WHERE state IN ('open', 'disputed');
GRANT SELECT, INSERT ON chargeback TO checkout_app;
GRANT UPDATE (refund_id, state, reference, note, decided_by, decided_at) ON chargeback TO checkout_app;
ALTER TABLE chargeback ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON chargeback TO checkout_app USING (
  (SELECT scope_is_everything()) OR EXISTS (SELECT 1 FROM orders o WHERE o.id = order_id));
CREATE FUNCTION chargeback_keeps_its_end() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.state <> NEW.state AND (OLD.state = 'won' OR (OLD.state IN ('lost', 'accepted') AND NEW.state <> 'won')) THEN
    RAISE EXCEPTION 'a chargeback that has ended stays as it ended, unless the bank gives its money back'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'chargeback_keeps_its_end';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER chargeback_ends BEFORE UPDATE OF state ON chargeback
  FOR EACH ROW EXECUTE FUNCTION chargeback_keeps_its_end();
ALTER TABLE event DROP CONSTRAINT event_subject_check;
ALTER TABLE event ADD CONSTRAINT event_subject_check CHECK (
  subject IN ('order', 'booking', 'payment', 'refund', 'chargeback'));
"""

MONEY = """
ALTER TABLE payment
  ADD charged_back bigint NOT NULL DEFAULT 0,
  ADD dispute text CHECK (dispute IN ('flagged', 'booked')),
  ADD watch_at timestamptz;
COMMENT ON COLUMN payment.charged_back IS 'what of `refunded` the payer''s bank took: no status of ours at the bank shows it';
COMMENT ON COLUMN payment.dispute IS 'flagged: the bank says that it was charged back, and our books do not yet; booked: they do';
COMMENT ON COLUMN payment.watch_at IS 'when a taken payment is next looked at for a chargeback; null: no more';
UPDATE payment SET watch_at = app_now() WHERE method = 'card' AND captured > 0 AND captured_at > app_now() - interval '45 days';
UPDATE payment p SET charged_back = back.amount, dispute = 'booked'
  FROM (SELECT payment_id, sum(amount) AS amount FROM refund WHERE basis = 'chargeback' AND state = 'done'
         GROUP BY payment_id) back
 WHERE back.payment_id = p.id;
ALTER TABLE payment ADD CONSTRAINT payment_charged_back_is_gone CHECK (charged_back BETWEEN 0 AND refunded);
CREATE INDEX payment_flagged ON payment (id) WHERE dispute = 'flagged';
CREATE INDEX payment_watched ON payment (watch_at) WHERE watch_at IS NOT NULL;
DROP INDEX payment_gone_elsewhere;
CREATE INDEX payment_gone_elsewhere ON payment (id) WHERE (bank_gone > refunded - charged_back) IS TRUE;
CREATE STATISTICS payment_gone_elsewhere ON (bank_gone > refunded - charged_back) FROM payment;
CREATE FUNCTION payment_flagged_promises_nothing() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.dispute = 'flagged' AND NEW.reserved > OLD.reserved THEN
    RAISE EXCEPTION 'money that the bank says was charged back is not promised to anybody'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_flagged_promises_nothing';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payment_promises BEFORE UPDATE OF reserved ON payment
  FOR EACH ROW EXECUTE FUNCTION payment_flagged_promises_nothing();
ALTER TABLE refund DROP CONSTRAINT refund_state_check;
ALTER TABLE refund
  ADD CONSTRAINT refund_state_check CHECK (
    state IN ('requested', 'scheduled', 'sending', 'unknown', 'done', 'rejected', 'cancelled', 'review', 'restored')),
  ADD CONSTRAINT refund_restored_was_charged_back CHECK (state <> 'restored' OR basis = 'chargeback');
CREATE FUNCTION refund_done_stays() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.state IN ('done', 'restored') AND NEW.state <> OLD.state AND (
       NEW.state <> 'restored' OR EXISTS (SELECT 1 FROM chargeback c WHERE c.refund_id = OLD.id AND c.state <> 'won')) THEN
    RAISE EXCEPTION 'money that went back is ours again only by a chargeback that was won'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_done_stays';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER refund_stays AFTER UPDATE OF state ON refund DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION refund_done_stays();
ALTER TABLE ledger_tx DROP CONSTRAINT ledger_tx_kind_check, DROP CONSTRAINT ledger_cause;
ALTER TABLE ledger_tx
  ADD CONSTRAINT ledger_tx_kind_check CHECK (kind IN (
    'capture', 'cash_in', 'manual_in', 'refund', 'cash_out', 'manual_out', 'storno', 'till', 'given', 'unearned',
    'chargeback', 'chargeback_won', 'settlement')),
  ADD CONSTRAINT ledger_cause CHECK (
    (kind IN ('refund', 'cash_out', 'manual_out', 'chargeback')) = (refund_id IS NOT NULL)
    AND (kind IN ('capture', 'cash_in', 'manual_in')) = (payment_id IS NOT NULL)
    AND (kind IN ('till', 'storno')) = (entry_id IS NOT NULL)
    AND (kind IN ('storno', 'chargeback_won')) = (reverses IS NOT NULL)
    AND (kind = 'settlement') = (registry_line_id IS NOT NULL));
"""

# A chargeback's line takes money away, the line of one that was won brings it back: both mean the same row of ours.
REGISTRY = """
ALTER TABLE registry_line DROP CONSTRAINT registry_line_operation_check, DROP CONSTRAINT registry_line_adds_up;
ALTER TABLE registry_line
  ADD CONSTRAINT registry_line_operation_check CHECK (operation IN ('payment', 'refund', 'chargeback', 'chargeback_won')),
  ADD CONSTRAINT registry_line_adds_up CHECK (
    net + fee = CASE WHEN operation IN ('payment', 'chargeback_won') THEN amount ELSE -amount END);
ALTER TABLE registry_match ADD won boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN registry_match.won IS 'the line brings a chargeback''s money back, where another one took it';
ALTER TABLE registry_match DROP CONSTRAINT registry_match_refund_id_key;
ALTER TABLE registry_match ADD CONSTRAINT registry_match_refund UNIQUE (refund_id, won);
ALTER TABLE registry_break DROP CONSTRAINT registry_break_kind_check;
ALTER TABLE registry_break ADD CONSTRAINT registry_break_kind_check CHECK (
  kind IN ('missing_at_bank', 'missing_with_us', 'amount', 'fee', 'duplicate', 'refund_unknown', 'refund_missing', 'foreign',
           'chargeback', 'chargeback_won'));
CREATE INDEX registry_break_chargebacks ON registry_break (found_at, id)
  WHERE state = 'open' AND kind IN ('chargeback', 'chargeback_won');
"""

# What was booked before there was this table waits for a person to say what came of it.
BOOKED_BEFORE = """
INSERT INTO chargeback (id, order_id, payment_id, refund_id, source, reference, recognised_at, answer_by)
SELECT gen_random_uuid(), r.order_id, r.payment_id, r.id, 'registry', coalesce(l.reference, 'booked by hand'), r.done_at,
       (r.done_at AT TIME ZONE c.zone)::date + 10
  FROM refund r JOIN orders o ON o.id = r.order_id JOIN clinic c ON c.id = o.clinic_id
  LEFT JOIN registry_match m ON m.refund_id = r.id LEFT JOIN registry_line l ON l.id = m.line_id
 WHERE r.basis = 'chargeback' AND r.state = 'done';
INSERT INTO event (order_id, subject, subject_id, kind, to_state, principal)
SELECT order_id, 'chargeback', id, 'recognised', 'open', 'system' FROM chargeback;
"""

RIGHTS = """
INSERT INTO role_action (role, action) VALUES
  ('accountant', 'chargeback.read'), ('accountant', 'chargeback.decide'),
  ('controller', 'chargeback.read'), ('controller', 'chargeback.decide'),
  ('administrator', 'chargeback.read'), ('read-only', 'chargeback.read'),
  ('finance', 'chargeback.read'), ('finance', 'chargeback.decide'),
  ('admin', 'chargeback.read'), ('admin', 'chargeback.decide');
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (CHARGEBACKS, MONEY, REGISTRY, BOOKED_BEFORE, RIGHTS):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
