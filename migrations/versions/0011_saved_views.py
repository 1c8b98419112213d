"""Filters that people of the staff have kept under a name of theirs."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

VIEWS = """
CREATE TABLE saved_view (
  id uuid PRIMARY KEY,
  staff_id uuid NOT NULL REFERENCES staff,
  page text NOT NULL CHECK (length(page) BETWEEN 1 AND 60),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  query text NOT NULL CHECK (length(query) <= 1000),
  kept_at timestamptz NOT NULL DEFAULT app_now(),
  UNIQUE (staff_id, page, name));
COMMENT ON TABLE saved_view IS 'a page and what its address asked for; opening it asks for the same rights as ever';
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_view TO checkout_app;
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in statements(VIEWS):
        connection.exec_driver_sql(statement)
