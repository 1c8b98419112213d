"""The payer is told that an unpaid time was let go, and that a refund they had been told of was taken back."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
INSERT INTO notice_rule (subject, kind, template) VALUES
  ('order', 'expired', 'hold_ran_out'),
  ('refund', 'cancel', 'refund_withdrawn')""")
