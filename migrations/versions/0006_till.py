"""The office till: shifts that are counted open and counted closed, movements by reason, reversals, tenders, hand-overs."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TENDERS = """
ALTER TABLE payment DROP CONSTRAINT payment_method_check, DROP CONSTRAINT payment_cash_is_captured;
ALTER TABLE payment
  ADD CONSTRAINT payment_method_check CHECK (method IN ('card', 'cash', 'terminal', 'transfer')),
  ADD CONSTRAINT payment_at_the_desk_is_captured CHECK (method = 'card' OR state IN ('captured', 'voided')),
  ADD CONSTRAINT payment_by_hand_has_a_reference CHECK (
    method NOT IN ('terminal', 'transfer') OR reference IS NOT NULL);
COMMENT ON CONSTRAINT payment_at_the_desk_is_captured ON payment IS 'taken at the desk: it counts, or its entry was reversed';
-- A clerk's reference (a slip, a payment order) is not the bank's: two payers may name the same.
DROP INDEX payment_reference;
CREATE UNIQUE INDEX payment_reference ON payment (merchant, reference) WHERE reference IS NOT NULL AND method = 'card';
ALTER TABLE refund DROP CONSTRAINT refund_method_check;
ALTER TABLE refund
  ADD CONSTRAINT refund_method_check CHECK (method IN ('card', 'cash', 'terminal', 'transfer')),
  ADD reference text,
  ADD CONSTRAINT refund_by_hand_has_a_reference CHECK (
    method NOT IN ('terminal', 'transfer') OR state <> 'done' OR reference IS NOT NULL);
COMMENT ON COLUMN refund.reference IS 'of the slip or payment order by which a person gave the money back';
"""

SHIFTS = """
CREATE TABLE cash_count (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic_id int NOT NULL REFERENCES clinic,
  shift_id uuid REFERENCES cash_shift,
  pieces jsonb,
  counted bigint NOT NULL CHECK (counted >= 0),
  expected bigint,
  receipt_no int NOT NULL,
  explanation text CHECK (length(explanation) BETWEEN 3 AND 200),
  counted_by text NOT NULL,
  at timestamptz NOT NULL DEFAULT app_now());
COMMENT ON TABLE cash_count IS 'every blind count of a drawer, kept whether or not it agreed';
COMMENT ON COLUMN cash_count.shift_id IS 'null: counted before a shift is opened';
COMMENT ON COLUMN cash_count.pieces IS 'how many of each note and coin, by their kopecks; null: only the total was counted';
COMMENT ON COLUMN cash_count.expected IS 'what the books said; null: nothing, there has been no shift before';
COMMENT ON COLUMN cash_count.receipt_no IS 'the last receipt before it: with a later one the count is out of date';
CREATE INDEX cash_count_clinic ON cash_count (clinic_id, id);
CREATE FUNCTION cash_count_is_explained_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a count is explained once'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'cash_count_is_explained_once';
END $$;
CREATE TRIGGER cash_count_is_explained_once BEFORE UPDATE ON cash_count FOR EACH ROW
  WHEN (OLD.explanation IS NOT NULL) EXECUTE FUNCTION cash_count_is_explained_once();
ALTER TABLE cash_shift
  ADD float_expected bigint,
  ADD float_explanation text,
  ADD counted_by text,
  ADD counted bigint CHECK (counted >= 0),
  ADD confirm_above bigint CHECK (confirm_above >= 0),
  ADD explanation text,
  ADD closed_by text,
  ADD z_no int,
  ADD receipt_to int,
  ADD CONSTRAINT cash_shift_z_number UNIQUE (clinic_id, z_no),
  ADD CONSTRAINT cash_shift_closes_whole CHECK (
    num_nonnulls(closed_at, z_total, counted_by, counted, confirm_above, closed_by, z_no, receipt_to) IN (0, 8)),
  ADD CONSTRAINT cash_shift_float_is_explained CHECK (
    float_expected IS NULL OR float_expected = float_amount OR float_explanation IS NOT NULL),
  ADD CONSTRAINT cash_shift_difference_is_explained CHECK (
    counted IS NULL OR counted = z_total OR explanation IS NOT NULL),
  ADD CONSTRAINT cash_shift_second_person CHECK (
    counted IS NULL OR abs(counted - z_total) <= confirm_above OR closed_by <> counted_by);
COMMENT ON COLUMN cash_shift.float_amount IS 'counted in the drawer when it was opened';
COMMENT ON COLUMN cash_shift.float_expected IS 'what the shift before left in it; null: there was none';
COMMENT ON COLUMN cash_shift.z_total IS 'what ought to have been in the drawer at the close';
COMMENT ON COLUMN cash_shift.counted IS 'what was in it, and stays in it for the next shift';
COMMENT ON COLUMN cash_shift.confirm_above IS 'the difference, in kopecks, above which another person closes than counted';
COMMENT ON COLUMN cash_shift.receipt_to IS 'the last receipt before those of the close itself';
CREATE TABLE cash_hand_over (
  id uuid PRIMARY KEY,
  clinic_id int NOT NULL REFERENCES clinic,
  shift_id uuid NOT NULL REFERENCES cash_shift,
  amount bigint NOT NULL CHECK (amount > 0),
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'accepted', 'withdrawn')),
  given_by text NOT NULL,
  given_at timestamptz NOT NULL DEFAULT app_now(),
  settled_by text,
  settled_at timestamptz,
  CONSTRAINT cash_hand_over_settled CHECK (num_nonnulls(settled_by, settled_at) = CASE state WHEN 'pending' THEN 0 ELSE 2 END),
  CONSTRAINT cash_hand_over_to_another CHECK (state <> 'accepted' OR settled_by <> given_by));
COMMENT ON TABLE cash_hand_over IS 'takings that leave the drawer for the safe: the drawer has them until another person accepts';
CREATE UNIQUE INDEX cash_hand_over_one_pending ON cash_hand_over (shift_id) WHERE state = 'pending';
CREATE FUNCTION cash_shift_is_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.closed_at IS NOT NULL THEN
    RAISE EXCEPTION 'a closed shift is sealed' USING ERRCODE = 'check_violation', CONSTRAINT = 'cash_shift_is_sealed';
  END IF;
  IF NEW.closed_at IS NOT NULL AND EXISTS (
      SELECT 1 FROM cash_hand_over h WHERE h.shift_id = OLD.id AND h.state = 'pending') THEN
    RAISE EXCEPTION 'money of the shift is on its way to somebody'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'cash_shift_closes_settled';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER cash_shift_is_sealed BEFORE UPDATE ON cash_shift FOR EACH ROW EXECUTE FUNCTION cash_shift_is_sealed();
"""

ENTRIES = """
ALTER TABLE cash_entry DROP CONSTRAINT cash_entry_check;
ALTER TABLE cash_entry
  ADD kind text,
  ADD tender text NOT NULL DEFAULT 'cash' CHECK (tender IN ('cash', 'terminal', 'transfer')),
  ADD reason text CHECK (reason IN ('change', 'advance', 'bank', 'expense', 'other',
                                    'wrong_sum', 'wrong_order', 'wrong_tender', 'twice', 'not_received')),
  ADD note text CHECK (length(note) <= 200),
  ADD received bigint CHECK (received >= amount),
  ADD reverses bigint UNIQUE REFERENCES cash_entry,
  ADD hand_over_id uuid UNIQUE REFERENCES cash_hand_over;
UPDATE cash_entry SET kind = CASE WHEN payment_id IS NULL THEN 'refund' ELSE 'taking' END;
ALTER TABLE cash_entry
  ALTER kind SET NOT NULL,
  ADD CONSTRAINT cash_entry_kind CHECK (kind IN ('taking', 'refund', 'storno', 'float', 'surplus', 'shortage', 'paid_in',
                                                 'paid_out', 'hand_over', 'left')),
  ADD CONSTRAINT cash_entry_direction CHECK (kind = 'storno' OR (direction = 'in') = (
    kind IN ('taking', 'float', 'surplus', 'paid_in'))),
  ADD CONSTRAINT cash_entry_cause CHECK (
    (kind = 'taking') = (payment_id IS NOT NULL) AND (kind = 'refund') = (refund_id IS NOT NULL)
    AND (kind = 'storno') = (reverses IS NOT NULL) AND (kind = 'hand_over') = (hand_over_id IS NOT NULL)
    AND (kind IN ('storno', 'paid_in', 'paid_out')) = (reason IS NOT NULL)),
  ADD CONSTRAINT cash_entry_tender CHECK (tender = 'cash' OR kind IN ('taking', 'refund', 'storno')),
  ADD CONSTRAINT cash_entry_received CHECK (received IS NULL OR (kind = 'taking' AND tender = 'cash'));
COMMENT ON COLUMN cash_entry.tender IS 'what it was paid in: only cash is in the drawer, but every tender has its receipt';
COMMENT ON COLUMN cash_entry.received IS 'what the payer put down; the rest was change';
CREATE INDEX cash_entry_shift ON cash_entry (shift_id, receipt_no);
-- Waits for whoever is closing the shift, and then sees that it is closed. The code before this migration names no kind.
CREATE FUNCTION cash_entry_into_an_open_shift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.kind := coalesce(NEW.kind, CASE WHEN NEW.payment_id IS NULL THEN 'refund' ELSE 'taking' END);
  PERFORM 1 FROM cash_shift WHERE id = NEW.shift_id AND clinic_id = NEW.clinic_id AND closed_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a closed shift is sealed' USING ERRCODE = 'check_violation', CONSTRAINT = 'cash_entry_into_an_open_shift';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER cash_entry_into_an_open_shift BEFORE INSERT ON cash_entry
  FOR EACH ROW EXECUTE FUNCTION cash_entry_into_an_open_shift();
CREATE TABLE cash_print (
  entry_id bigint NOT NULL REFERENCES cash_entry,
  copy_no int NOT NULL CHECK (copy_no >= 0),
  principal text NOT NULL,
  at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (entry_id, copy_no));
COMMENT ON TABLE cash_print IS 'every print of a slip; number 0 is the first, all others are copies';
"""

LEDGER = """
ALTER TABLE ledger_tx DROP CONSTRAINT ledger_tx_kind_check, DROP CONSTRAINT ledger_cause, ALTER order_id DROP NOT NULL;
ALTER TABLE ledger_tx
  ADD clinic_id int REFERENCES clinic,
  ADD entry_id bigint UNIQUE REFERENCES cash_entry,
  ADD reverses uuid UNIQUE REFERENCES ledger_tx,
  ADD CONSTRAINT ledger_tx_kind_check CHECK (kind IN (
    'capture', 'cash_in', 'manual_in', 'refund', 'cash_out', 'manual_out', 'storno', 'till', 'given', 'chargeback',
    'settlement')),
  ADD CONSTRAINT ledger_whose CHECK (num_nonnulls(order_id, clinic_id) = 1),
  ADD CONSTRAINT ledger_only_the_till_has_no_order CHECK (
    CASE kind WHEN 'till' THEN order_id IS NULL WHEN 'storno' THEN true ELSE order_id IS NOT NULL END),
  ADD CONSTRAINT ledger_cause CHECK (
    (kind IN ('refund', 'cash_out', 'manual_out')) = (refund_id IS NOT NULL)
    AND (kind IN ('capture', 'cash_in', 'manual_in')) = (payment_id IS NOT NULL)
    AND (kind IN ('till', 'storno')) = (entry_id IS NOT NULL) AND (kind = 'storno') = (reverses IS NOT NULL));
COMMENT ON COLUMN ledger_tx.clinic_id IS 'whose drawer moved, where no order did';
"""

RIGHTS = """
GRANT SELECT, INSERT ON cash_count, cash_print TO checkout_app;
GRANT UPDATE (explanation) ON cash_count TO checkout_app;
GRANT SELECT, INSERT ON cash_hand_over TO checkout_app;
GRANT UPDATE (state, settled_by, settled_at) ON cash_hand_over TO checkout_app;
REVOKE UPDATE ON cash_shift FROM checkout_app;
GRANT UPDATE (closed_at, z_total, counted_by, counted, confirm_above, explanation, closed_by, z_no, receipt_to)
  ON cash_shift TO checkout_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO checkout_app;
INSERT INTO role_action (role, action) VALUES
  ('office', 'cash.read'), ('office', 'cash.shift'), ('office', 'cash.move'), ('office', 'cash.reverse'),
  ('office', 'cash.accept'), ('office', 'cash.confirm'),
  ('finance', 'cash.read'), ('finance', 'cash.accept'),
  ('admin', 'cash.read'), ('admin', 'cash.shift'), ('admin', 'cash.move'), ('admin', 'cash.reverse'),
  ('admin', 'cash.accept'), ('admin', 'cash.confirm');
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (TENDERS, SHIFTS, ENTRIES, LEDGER, RIGHTS):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
