"""The circuit breaker of a bank: one row while it does not answer, none while it does."""

from __future__ import annotations

from typing import Final

from alembic import op

from migrations.scripts import statements

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

UP: Final = """
CREATE TABLE gateway_breaker (
  merchant text PRIMARY KEY,
  failures int NOT NULL CHECK (failures > 0),
  since timestamptz NOT NULL,
  failed_at timestamptz NOT NULL,
  retry_at timestamptz
);
COMMENT ON TABLE gateway_breaker IS 'banks that did not answer of late, each not asked before retry_at';
GRANT SELECT, INSERT, UPDATE, DELETE ON gateway_breaker TO checkout_app;
"""
DOWN: Final = "DROP TABLE gateway_breaker"


def upgrade() -> None:
    for statement in statements(UP):
        op.execute(statement)


def downgrade() -> None:
    op.execute(DOWN)
