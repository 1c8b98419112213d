"""Whom the bank gives no page may pay at the clinic after all: they are told that their time stands."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("INSERT INTO notice_rule (subject, kind, template, delay) VALUES ('order', 'at_clinic', 'placed', '0')")
