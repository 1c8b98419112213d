"""One press: a payment by a saved card is charged on our word at most once, and by a card that stands in that moment."""

from __future__ import annotations

from typing import Final

from alembic import op

from migrations.scripts import statements

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

PRESSED: Final = """
ALTER TABLE payment_card ADD COLUMN pressed_at timestamptz,
  ADD CONSTRAINT payment_card_pressed_is_a_card CHECK (pressed_at IS NULL OR card_id IS NOT NULL);
COMMENT ON COLUMN payment_card.pressed_at IS 'the bank may have been told to charge the card; null: its own page asks';
GRANT UPDATE (pressed_at) ON payment_card TO checkout_app;
CREATE TRIGGER payment_card_by_a_card_that_stands BEFORE UPDATE OF pressed_at ON payment_card FOR EACH ROW
  WHEN (OLD.pressed_at IS NULL AND NEW.pressed_at IS NOT NULL) EXECUTE FUNCTION payment_by_a_card_that_stands();
CREATE FUNCTION payment_card_is_pressed_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'a payment is pressed once'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_card_is_pressed_once';
END $$;
CREATE TRIGGER payment_card_is_pressed_once BEFORE UPDATE OF pressed_at ON payment_card FOR EACH ROW
  WHEN (OLD.pressed_at IS NOT NULL) EXECUTE FUNCTION payment_card_is_pressed_once();
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in statements(PRESSED):
        connection.exec_driver_sql(statement)
