"""The texts that payers agree to are edited on a screen: each valid from an instant on, none ever rewritten."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TEXTS = """
CREATE TABLE legal_text (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  version text NOT NULL,
  valid_from timestamptz NOT NULL,
  required boolean NOT NULL,
  title_ru text NOT NULL,
  title_en text NOT NULL,
  text_ru text NOT NULL,
  text_en text NOT NULL,
  written_by text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT app_now(),
  withdrawn_by text,
  withdrawn_at timestamptz,
  UNIQUE (kind, version),
  CONSTRAINT legal_text_ahead CHECK (valid_from >= written_at),
  CONSTRAINT legal_text_withdrawn CHECK ((withdrawn_by IS NULL) = (withdrawn_at IS NULL) AND withdrawn_at < valid_from));
COMMENT ON TABLE legal_text IS 'texts that payers agree to, in force from an instant on; before the first, that of the file';
COMMENT ON COLUMN legal_text.kind IS 'of the installation file, which says what there is to agree to';
COMMENT ON COLUMN legal_text.required IS 'nobody books without agreeing to it';
COMMENT ON COLUMN legal_text.withdrawn_at IS 'taken back before it was in force';
CREATE UNIQUE INDEX legal_text_in_force ON legal_text (kind, valid_from) WHERE withdrawn_at IS NULL;
REVOKE ALL ON legal_text FROM checkout_app;
GRANT SELECT, INSERT, UPDATE (withdrawn_by, withdrawn_at) ON legal_text TO checkout_app;
"""
# One body may stand under one title today and under another tomorrow, be required today and not tomorrow: what held when
# it was read is kept with the consent.
AS_READ = """
ALTER TABLE order_consent ADD title text, ADD required boolean;
COMMENT ON COLUMN order_consent.title IS 'as it was read; null: that of the text';
COMMENT ON COLUMN order_consent.required IS 'as it was then; null: as the installation file says';
"""


def upgrade() -> None:
    for script in (TEXTS, AS_READ):
        for statement in statements(script):
            op.get_bind().exec_driver_sql(statement)
