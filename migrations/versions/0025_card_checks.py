"""Cards that are left with the bank without a payment: the checks, and what a saved card came by."""

from __future__ import annotations

from typing import Final

from alembic import op

from migrations.scripts import statements

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

CHECKS: Final = """
CREATE TABLE card_check (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES orders,
  client_id uuid NOT NULL REFERENCES card_client,
  merchant text NOT NULL,
  state text NOT NULL
    CHECK (state IN ('registering', 'pending', 'kept', 'unsaved', 'declined', 'lapsed', 'review')),
  consent text NOT NULL,
  return_hash bytea NOT NULL UNIQUE,
  reference text,
  form_url text,
  action_code int,
  binding text,
  missed boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  ended_at timestamptz,
  session_ends_at timestamptz NOT NULL,
  looks int NOT NULL DEFAULT 0,
  token bigint NOT NULL DEFAULT 0,
  due_at timestamptz,
  lease_until timestamptz,
  rung_at timestamptz,
  asked_at timestamptz,
  CONSTRAINT card_check_keeps_a_card CHECK (state <> 'kept' OR binding IS NOT NULL),
  CONSTRAINT card_check_is_seen_to CHECK (state NOT IN ('registering', 'pending', 'review') OR due_at IS NOT NULL));
COMMENT ON TABLE card_check IS 'a card left with the bank without a payment: an order of nothing there, whose number is the id';
COMMENT ON COLUMN card_check.consent IS 'version of the words that were agreed to';
COMMENT ON COLUMN card_check.binding IS 'the bank''s id of the card that it saved, or that was there already';
COMMENT ON COLUMN card_check.token IS 'fencing token: only the holder of the newest one writes a result';
COMMENT ON COLUMN card_check.rung_at IS 'when the bank last rang about it; whoever looked before that looks again';
CREATE UNIQUE INDEX card_check_one_of_order ON card_check (order_id) WHERE state IN ('registering', 'pending');
CREATE UNIQUE INDEX card_check_one_of_client ON card_check (client_id) WHERE state IN ('registering', 'pending');
CREATE INDEX card_check_reference ON card_check (merchant, reference) WHERE reference IS NOT NULL;
CREATE INDEX card_check_of_order ON card_check (order_id);
CREATE INDEX card_check_review ON card_check (ended_at) WHERE state = 'review';
CREATE INDEX card_check_due ON card_check (due_at) WHERE due_at IS NOT NULL;
GRANT SELECT, INSERT ON card_check TO checkout_app;
GRANT UPDATE (state, reference, form_url, action_code, binding, missed, ended_at, looks, token, due_at, lease_until, rung_at,
              asked_at) ON card_check TO checkout_app;
ALTER TABLE card_check ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON card_check TO checkout_app USING (
  (SELECT scope_is_everything()) OR EXISTS (SELECT 1 FROM orders o WHERE o.id = order_id));
"""

CARDS: Final = """
ALTER TABLE saved_card ADD COLUMN check_id uuid UNIQUE REFERENCES card_check;
ALTER TABLE saved_card ALTER COLUMN payment_id DROP NOT NULL;
ALTER TABLE saved_card ADD CONSTRAINT saved_card_came_by_one CHECK (num_nonnulls(payment_id, check_id) = 1);
COMMENT ON COLUMN saved_card.check_id IS 'by which it was saved, if it was without a payment';
"""

# A page of the bank that is open for somebody who was erased is closed by the chore, at once.
ERASURE: Final = """
CREATE FUNCTION person_ends_card_checks() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE card_check k SET due_at = app_now(), rung_at = app_now()
    FROM card_client c
   WHERE c.id = k.client_id AND k.state IN ('registering', 'pending')
     AND c.phone_index = OLD.phone_index AND c.email_index = OLD.email_index;
  RETURN NULL;
END $$;
CREATE TRIGGER person_ends_card_checks AFTER UPDATE OF erased_at ON person FOR EACH ROW
  WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL) EXECUTE FUNCTION person_ends_card_checks();
ALTER TABLE event DROP CONSTRAINT event_subject_check;
ALTER TABLE event ADD CONSTRAINT event_subject_check
  CHECK (subject IN ('order', 'booking', 'payment', 'refund', 'chargeback', 'receipt', 'card', 'card_check'));
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (CHECKS, CARDS, ERASURE):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
