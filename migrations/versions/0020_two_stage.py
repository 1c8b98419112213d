"""Payment in two stages: what the bank holds, and what is meant to become of it."""

from __future__ import annotations

from typing import Final

from alembic import op

from migrations.scripts import statements

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

HOLD: Final = """
ALTER TABLE payment
  ADD two_stage boolean NOT NULL DEFAULT false,
  ADD held_at timestamptz,
  ADD hold_act text CHECK (hold_act IN ('complete', 'release')),
  ADD hold_sum bigint,
  ADD hold_tries int NOT NULL DEFAULT 0,
  ADD CONSTRAINT payment_completes_part_of_its_hold CHECK (hold_sum BETWEEN 1 AND amount),
  ADD CONSTRAINT payment_completion_has_a_sum CHECK (hold_act IS DISTINCT FROM 'complete' OR hold_sum IS NOT NULL),
  DROP CONSTRAINT payment_captured_is_ordered_or_accepted,
  ADD CONSTRAINT payment_captured_is_meant CHECK (captured IN (0, coalesce(accepted, hold_sum, amount)));
COMMENT ON COLUMN payment.two_stage IS 'the bank held the sum first, or was to';
COMMENT ON COLUMN payment.held_at IS 'since when the bank holds it, as far as we know; null: it does not';
COMMENT ON COLUMN payment.hold_act IS 'what is meant to become of the hold; written before the bank hears of it';
COMMENT ON COLUMN payment.hold_sum IS 'kopecks that a completion is to take, or that one before a release may have taken';
COMMENT ON COLUMN payment.hold_tries IS 'how often the bank was asked to';
CREATE INDEX payment_held ON payment (held_at) WHERE held_at IS NOT NULL;
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in statements(HOLD):
        connection.exec_driver_sql(statement)
