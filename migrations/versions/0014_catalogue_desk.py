"""The catalogue is edited on screens: who changed which entry of it, from what to what."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

HISTORY = """
CREATE TABLE catalogue_change (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text[] NOT NULL,
  clinic_id int REFERENCES clinic,
  sign text NOT NULL CHECK (sign IN ('+', '~', '-')),
  again boolean NOT NULL,
  before jsonb,
  after jsonb,
  principal text NOT NULL,
  at timestamptz NOT NULL DEFAULT app_now(),
  CONSTRAINT catalogue_change_whole CHECK ((before IS NULL) = (sign = '+') AND (after IS NULL) = (sign = '-')));
COMMENT ON TABLE catalogue_change IS 'every change of an entry of the catalogue, by whichever road it came';
COMMENT ON COLUMN catalogue_change.key IS 'kind and slugs: {service,massage}, {clinic,krasny}, {resource,krasny,petrov}';
COMMENT ON COLUMN catalogue_change.clinic_id IS 'null: of no clinic, such as a service, and so seen by all';
COMMENT ON COLUMN catalogue_change.sign IS 'added, changed, switched off';
COMMENT ON COLUMN catalogue_change.again IS 'it had been switched off';
COMMENT ON COLUMN catalogue_change.before IS 'the whole entry, as a catalogue file would say it';
CREATE INDEX catalogue_change_key ON catalogue_change (key, id);
GRANT SELECT, INSERT ON catalogue_change TO checkout_app;
-- What belongs to no clinic is changed by whoever works at all of them.
ALTER TABLE catalogue_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON catalogue_change FOR SELECT TO checkout_app USING (
  (SELECT scope_is_everything()) OR clinic_id IS NULL AND (SELECT scope_clinics()) IS NOT NULL
  OR clinic_id = ANY (CAST((SELECT scope_clinics()) AS int[])));
CREATE POLICY appended ON catalogue_change FOR INSERT TO checkout_app WITH CHECK (
  (SELECT scope_is_everything()) OR clinic_id = ANY (CAST((SELECT scope_clinics()) AS int[])));
"""


def upgrade() -> None:
    for statement in statements(HISTORY):
        op.get_bind().exec_driver_sql(statement)
