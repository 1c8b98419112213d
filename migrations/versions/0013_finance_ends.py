"""The end of finance's side: broken invariants are kept for people, and refunds are found by who asked and who decided."""

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


def upgrade() -> None:
    connection = op.get_bind()
    for script in (BROKEN, QUEUE):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
