"""Noted once: the numbers that somebody typed off one receipt end one obligation alone."""

from __future__ import annotations

from typing import Final

from alembic import op

from migrations.scripts import statements

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

ONCE: Final = """
CREATE UNIQUE INDEX receipt_noted_once ON receipt (drive, number) WHERE noted_by IS NOT NULL;
CREATE INDEX receipt_document ON receipt (drive, number) WHERE drive IS NOT NULL;
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in statements(ONCE):
        connection.exec_driver_sql(statement)
