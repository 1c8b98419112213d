"""Saved cards: one that its payer removed may be restored, as another card; and payers are told what becomes of theirs."""

from __future__ import annotations

from typing import Final

from alembic import op

from migrations.scripts import statements

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# A restored card is another row, with a consent of its own: it came by no payment and no check, but by the card that it restores.
RESTORED: Final = """
ALTER TABLE saved_card ADD COLUMN restores uuid UNIQUE;
ALTER TABLE saved_card ADD COLUMN rebinding text CHECK (rebinding IN ('intended', 'unknown', 'refused', 'done'));
COMMENT ON COLUMN saved_card.restores IS 'the removed card that its payer wanted back; the bank has one binding for both';
COMMENT ON COLUMN saved_card.rebinding IS 'what became of asking the bank to let it pay again; unknown: it may have heard';
ALTER TABLE saved_card DROP CONSTRAINT saved_card_came_by_one;
ALTER TABLE saved_card ADD CONSTRAINT saved_card_came_by_one CHECK (num_nonnulls(payment_id, check_id, restores) = 1);
ALTER TABLE saved_card ADD CONSTRAINT saved_card_is_one_binding UNIQUE (id, client_id, binding);
ALTER TABLE saved_card ADD CONSTRAINT saved_card_restores_its_own
  FOREIGN KEY (restores, client_id, binding) REFERENCES saved_card (id, client_id, binding);
ALTER TABLE saved_card ADD CONSTRAINT saved_card_restored_is_whole CHECK (
  (restores IS NULL) = (rebinding IS NULL) AND (rebinding IS DISTINCT FROM 'refused' OR removed_at IS NOT NULL)
  AND (removed_at IS NOT NULL OR due_at IS NOT NULL OR rebinding IS NULL OR rebinding = 'done'));
GRANT UPDATE (rebinding) ON saved_card TO checkout_app;
CREATE INDEX saved_card_of_client ON saved_card (client_id, removed_at);
"""

# The bank knows one binding for the removed card and for the one that restores it. So no binding stands twice; and what the
# bank may have been told of is one at a time: a restored card is told of (`unknown`) once the other is unbound, not before.
ONE_AT_A_TIME: Final = """
CREATE UNIQUE INDEX saved_card_stands_once ON saved_card (client_id, binding) WHERE removed_at IS NULL;
DROP INDEX saved_card_once;
CREATE UNIQUE INDEX saved_card_once ON saved_card (client_id, binding)
  WHERE unbound_at IS NULL AND rebinding IS DISTINCT FROM 'intended';
-- What is done at the bank is done: nobody who comes late takes up again what another card stands on by now.
CREATE FUNCTION saved_card_goes_forward() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'what the bank has done with a card is done'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'saved_card_goes_forward';
END $$;
CREATE TRIGGER saved_card_goes_forward BEFORE UPDATE OF unbinding, unbound_at, rebinding ON saved_card FOR EACH ROW
  WHEN ((OLD.unbinding = 'done' AND (OLD.unbinding, OLD.unbound_at) IS DISTINCT FROM (NEW.unbinding, NEW.unbound_at))
     OR (OLD.rebinding IN ('refused', 'done') AND OLD.rebinding IS DISTINCT FROM NEW.rebinding)
     OR (OLD.rebinding = 'unknown' AND NEW.rebinding = 'intended'))
  EXECUTE FUNCTION saved_card_goes_forward();
"""

# Only its payer's own press is taken back. An erasure that is under way is waited for, and then seen.
WHOSE: Final = """
CREATE FUNCTION saved_card_restores_what_its_payer_removed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM 1 FROM saved_card WHERE id = NEW.restores AND removed_by = 'payer';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'only a card that its payer removed is restored'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'saved_card_restores_what_its_payer_removed';
  END IF;
  PERFORM 1 FROM orders o JOIN person p ON p.id = o.payer_id
    WHERE o.id = NEW.order_id AND p.erased_at IS NULL FOR SHARE OF p;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'nobody who was erased gets a card back'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'saved_card_restores_what_its_payer_removed';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER saved_card_restores_what_its_payer_removed BEFORE INSERT ON saved_card FOR EACH ROW
  WHEN (NEW.restores IS NOT NULL) EXECUTE FUNCTION saved_card_restores_what_its_payer_removed();
"""

# As before, and: one that is to be restored pays nothing until the bank has said yes.
PAYS: Final = """
CREATE OR REPLACE FUNCTION payment_by_a_card_that_stands() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM 1 FROM saved_card
    WHERE id = NEW.card_id AND removed_at IS NULL AND (rebinding IS NULL OR rebinding = 'done') FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a card that was removed pays nothing'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_by_a_card_that_stands';
  END IF;
  RETURN NEW;
END $$;
"""

# As before, but for two things. The lease stays: whoever is asking the bank about the card right now, perhaps to bind it, is
# waited for. And the event has a name of its own, under which nobody is told: whoever was erased gets no letter.
ERASED: Final = """
CREATE OR REPLACE FUNCTION person_takes_cards_along() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  WITH gone AS (
    UPDATE saved_card s SET removed_at = app_now(), removed_by = 'erasure', unbinding = 'intended', due_at = app_now(),
           tries = 0, token = token + 1
      FROM card_client c
     WHERE c.id = s.client_id AND s.removed_at IS NULL
       AND c.phone_index = OLD.phone_index AND c.email_index = OLD.email_index
    RETURNING s.id, s.order_id)
  INSERT INTO event (order_id, subject, subject_id, kind, principal, data)
  SELECT order_id, 'card', id, 'erased', 'system', '{"by": "erasure"}' FROM gone;
  RETURN NULL;
END $$;
"""

TOLD: Final = """
INSERT INTO notice_rule (subject, kind, template) VALUES
  ('card', 'saved', 'card_saved'),
  ('card', 'removed', 'card_removed'),
  ('card', 'restored', 'card_restored'),
  ('card', 'not_restored', 'card_not_restored'),
  ('card', 'prolonged', 'card_prolonged');
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (RESTORED, ONE_AT_A_TIME, WHOSE, PAYS, ERASED, TOLD):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
