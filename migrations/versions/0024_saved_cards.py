"""Saved cards: whose they are at the bank, which there are, and how each of them is removed."""

from __future__ import annotations

from typing import Final

from alembic import op

from migrations.scripts import statements

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

PROOF: Final = """
CREATE TABLE contact_proof (
  order_id uuid PRIMARY KEY REFERENCES orders,
  channel text NOT NULL CHECK (channel IN ('email', 'sms')),
  proven_at timestamptz NOT NULL DEFAULT app_now());
COMMENT ON TABLE contact_proof IS 'orders whose payer typed a code that was sent to the contact that the order names';
GRANT SELECT, INSERT ON contact_proof TO checkout_app;
ALTER TABLE contact_proof ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON contact_proof TO checkout_app USING (
  (SELECT scope_is_everything()) OR EXISTS (SELECT 1 FROM orders o WHERE o.id = order_id));
"""

# The bank's own page may show a client's cards to whoever stands before it. So an order whose contact is not proven gets a
# client of its own, under which there can be no cards but its own.
CLIENTS: Final = """
CREATE TABLE card_client (
  id uuid PRIMARY KEY,
  merchant text NOT NULL,
  phone_index bytea NOT NULL,
  email_index bytea NOT NULL,
  order_id uuid REFERENCES orders,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  UNIQUE NULLS NOT DISTINCT (merchant, phone_index, email_index, order_id));
COMMENT ON TABLE card_client IS 'by which number the bank knows whose cards are whose; it says nothing of the person';
COMMENT ON COLUMN card_client.order_id IS 'of an order whose contact is not proven; null: of everybody who proves this contact';
GRANT SELECT, INSERT ON card_client TO checkout_app;
"""

CARDS: Final = """
CREATE TABLE saved_card (
  id uuid PRIMARY KEY,
  client_id uuid NOT NULL REFERENCES card_client,
  order_id uuid NOT NULL REFERENCES orders,
  payment_id uuid NOT NULL UNIQUE REFERENCES payment,
  binding text NOT NULL,
  brand text,
  last4 text CHECK (last4 ~ '^[0-9]{4}$'),
  expiry text CHECK (expiry ~ '^20[0-9]{2}(0[1-9]|1[0-2])$'),
  consent text NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT app_now(),
  removed_at timestamptz,
  removed_by text CHECK (removed_by IN ('payer', 'bank', 'erasure')),
  unbinding text CHECK (unbinding IN ('intended', 'unknown', 'refused', 'done')),
  unbound_at timestamptz,
  tries int NOT NULL DEFAULT 0,
  token bigint NOT NULL DEFAULT 0,
  due_at timestamptz,
  lease_until timestamptz,
  UNIQUE (id, client_id),
  CONSTRAINT saved_card_removed_is_whole CHECK (
    (removed_at IS NULL) = (removed_by IS NULL) AND (removed_at IS NULL) = (unbinding IS NULL)),
  CONSTRAINT saved_card_done_is_done CHECK (
    (unbound_at IS NULL) = (unbinding IS DISTINCT FROM 'done') AND (unbinding IS DISTINCT FROM 'done' OR due_at IS NULL)),
  CONSTRAINT saved_card_is_seen_to CHECK (unbinding IS NULL OR unbinding = 'done' OR due_at IS NOT NULL));
COMMENT ON TABLE saved_card IS 'a card that its payer left with the bank; of its number the last four digits at most';
COMMENT ON COLUMN saved_card.order_id IS 'by which it was saved';
COMMENT ON COLUMN saved_card.consent IS 'version of the words that were agreed to';
COMMENT ON COLUMN saved_card.unbinding IS 'what became of telling the bank that it pays no more; unknown: it may have heard';
CREATE UNIQUE INDEX saved_card_once ON saved_card (client_id, binding) WHERE unbound_at IS NULL;
CREATE INDEX saved_card_of_order ON saved_card (order_id);
CREATE INDEX saved_card_of_binding ON saved_card (binding);
CREATE INDEX saved_card_due ON saved_card (due_at) WHERE due_at IS NOT NULL;
GRANT SELECT, INSERT ON saved_card TO checkout_app;
GRANT UPDATE (brand, last4, expiry, removed_at, removed_by, unbinding, unbound_at, tries, token, due_at, lease_until)
  ON saved_card TO checkout_app;
ALTER TABLE saved_card ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON saved_card TO checkout_app USING (
  (SELECT scope_is_everything()) OR EXISTS (SELECT 1 FROM orders o WHERE o.id = order_id));
"""

GUARDS: Final = """
CREATE FUNCTION saved_card_stays_removed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'a card that was removed stays removed'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'saved_card_stays_removed';
END $$;
CREATE TRIGGER saved_card_stays_removed BEFORE UPDATE OF removed_at, removed_by ON saved_card FOR EACH ROW
  WHEN (OLD.removed_at IS NOT NULL AND (OLD.removed_at, OLD.removed_by) IS DISTINCT FROM (NEW.removed_at, NEW.removed_by))
  EXECUTE FUNCTION saved_card_stays_removed();
CREATE TABLE payment_card (
  payment_id uuid PRIMARY KEY REFERENCES payment,
  client_id uuid NOT NULL REFERENCES card_client,
  card_id uuid,
  consent text,
  CONSTRAINT payment_card_is_its_clients FOREIGN KEY (card_id, client_id) REFERENCES saved_card (id, client_id),
  CONSTRAINT payment_card_has_one_reason CHECK (num_nonnulls(card_id, consent) = 1));
COMMENT ON TABLE payment_card IS 'payments that the bank was told a client of; it is told of no other';
COMMENT ON COLUMN payment_card.card_id IS 'the only card that may pay';
COMMENT ON COLUMN payment_card.consent IS 'its payer agreed to these words: the card that pays is saved';
CREATE INDEX payment_card_used ON payment_card (card_id) WHERE card_id IS NOT NULL;
GRANT SELECT, INSERT ON payment_card TO checkout_app;
ALTER TABLE payment_card ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON payment_card TO checkout_app USING (
  (SELECT scope_is_everything()) OR EXISTS (SELECT 1 FROM payment p WHERE p.id = payment_id));
-- Waits for a removal that is under way, and then sees it.
CREATE FUNCTION payment_by_a_card_that_stands() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM 1 FROM saved_card WHERE id = NEW.card_id AND removed_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a card that was removed pays nothing'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_by_a_card_that_stands';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payment_by_a_card_that_stands BEFORE INSERT ON payment_card FOR EACH ROW
  WHEN (NEW.card_id IS NOT NULL) EXECUTE FUNCTION payment_by_a_card_that_stands();
-- Whoever erases a person, and by whichever road, removes the cards that were saved under their contact.
CREATE FUNCTION person_takes_cards_along() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  WITH gone AS (
    UPDATE saved_card s SET removed_at = app_now(), removed_by = 'erasure', unbinding = 'intended', due_at = app_now(),
           tries = 0, token = token + 1, lease_until = NULL
      FROM card_client c
     WHERE c.id = s.client_id AND s.removed_at IS NULL
       AND c.phone_index = OLD.phone_index AND c.email_index = OLD.email_index
    RETURNING s.id, s.order_id)
  INSERT INTO event (order_id, subject, subject_id, kind, principal, data)
  SELECT order_id, 'card', id, 'removed', 'system', '{"by": "erasure"}' FROM gone;
  RETURN NULL;
END $$;
CREATE TRIGGER person_takes_cards_along AFTER UPDATE OF erased_at ON person FOR EACH ROW
  WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL) EXECUTE FUNCTION person_takes_cards_along();
ALTER TABLE event DROP CONSTRAINT event_subject_check;
ALTER TABLE event ADD CONSTRAINT event_subject_check
  CHECK (subject IN ('order', 'booking', 'payment', 'refund', 'chargeback', 'receipt', 'card'));
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (PROOF, CLIENTS, CARDS, GUARDS):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
