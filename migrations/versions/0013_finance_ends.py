"""The end of finance's side: broken invariants kept for people, refunds found by person, a way out of review by two."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BROKEN = """
CREATE TABLE broken_invariant (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  watch text NOT NULL,
  invariant text NOT NULL,
  number int NOT NULL CHECK (number > 0),
  sample text[] NOT NULL,
  since timestamptz NOT NULL DEFAULT app_now(),
  seen_at timestamptz NOT NULL DEFAULT app_now(),
  gone_at timestamptz CHECK (gone_at >= since));
COMMENT ON TABLE broken_invariant IS 'what a watch found broken, until it finds it whole; what is gone stays as history';
COMMENT ON COLUMN broken_invariant.watch IS 'which chore looks: it alone says that one of its invariants is whole again';
COMMENT ON COLUMN broken_invariant.sample IS 'the first rows that break it: ids and codes, never a person''s data';
CREATE UNIQUE INDEX broken_invariant_now ON broken_invariant (invariant) WHERE gone_at IS NULL;
CREATE INDEX broken_invariant_before ON broken_invariant (invariant, since) WHERE gone_at IS NOT NULL;
GRANT SELECT, INSERT ON broken_invariant TO checkout_app;
GRANT UPDATE (number, sample, seen_at, gone_at) ON broken_invariant TO checkout_app;
"""

QUEUE = """
CREATE INDEX refund_requested_by ON refund (requested_by, id);
CREATE INDEX refund_decided_by ON refund (decided_by, id);
"""

REVIEW = """
CREATE TABLE payment_review (
  id uuid PRIMARY KEY,
  payment_id uuid NOT NULL REFERENCES payment,
  captured bigint NOT NULL CHECK (captured >= 0),
  refunded bigint NOT NULL CHECK (refunded BETWEEN 0 AND captured),
  reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 400),
  state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'approved', 'left')),
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT app_now(),
  decided_by text,
  decided_at timestamptz,
  CONSTRAINT payment_review_decided CHECK (num_nonnulls(decided_by, decided_at) = CASE state WHEN 'asked' THEN 0 ELSE 2 END),
  CONSTRAINT payment_review_four_eyes CHECK (state <> 'approved' OR decided_by <> asked_by));
COMMENT ON TABLE payment_review IS 'the bank''s sums, as they were asked to be accepted; one person asks, another approves';
COMMENT ON COLUMN payment_review.captured IS 'what the bank took in all, kopecks; 0: nothing of it can be ours';
CREATE UNIQUE INDEX payment_review_asked ON payment_review (payment_id) WHERE state = 'asked';
CREATE INDEX payment_review_payment ON payment_review (payment_id);
ALTER TABLE payment ADD accepted bigint CHECK (accepted >= 0);
COMMENT ON COLUMN payment.accepted IS 'what the bank took instead of the sum that was ordered, as two people accepted it';
ALTER TABLE payment
  DROP CONSTRAINT payment_check,
  ADD CONSTRAINT payment_captured_is_ordered_or_accepted CHECK (captured IN (0, coalesce(accepted, amount)));
CREATE FUNCTION payment_accepts_what_two_approved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.accepted IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM payment_review r
     WHERE r.payment_id = NEW.id AND r.state = 'approved' AND r.captured = NEW.accepted AND r.decided_by <> r.asked_by)
  THEN
    RAISE EXCEPTION 'a payment accepts only sums that two people approved' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payment_accepts BEFORE INSERT OR UPDATE OF accepted ON payment
  FOR EACH ROW EXECUTE FUNCTION payment_accepts_what_two_approved();
GRANT SELECT, INSERT ON payment_review TO checkout_app;
GRANT UPDATE (state, decided_by, decided_at) ON payment_review TO checkout_app;
ALTER TABLE payment_review ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON payment_review TO checkout_app USING (
  (SELECT scope_is_everything()) OR EXISTS (SELECT 1 FROM payment p WHERE p.id = payment_id));
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (BROKEN, QUEUE, REVIEW):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
