"""The bank's registry held against our ledger, and the figures of a day for the dashboard."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

REGISTRY = """
CREATE TABLE registry_file (
  id uuid PRIMARY KEY,
  merchant text NOT NULL,
  template text NOT NULL,
  sha256 bytea NOT NULL,
  lines int NOT NULL CHECK (lines > 0),
  first_day date NOT NULL,
  last_day date NOT NULL CHECK (last_day >= first_day),
  imported_by text NOT NULL,
  imported_at timestamptz NOT NULL DEFAULT app_now(),
  UNIQUE (merchant, sha256));
COMMENT ON COLUMN registry_file.first_day IS 'of its operations, on the bank''s clock: what it does not name of them is missing';
CREATE TABLE registry_line (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file_id uuid NOT NULL REFERENCES registry_file DEFERRABLE,
  line_no int NOT NULL,
  merchant text NOT NULL,
  operation text NOT NULL CHECK (operation IN ('payment', 'refund', 'chargeback')),
  reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 100),
  order_number text CHECK (length(order_number) <= 100),
  parent text CHECK (length(parent) <= 100),
  currency text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  fee bigint NOT NULL,
  net bigint NOT NULL,
  said_at text NOT NULL CHECK (length(said_at) <= 40),
  operated_on date NOT NULL,
  settled_on date,
  CONSTRAINT registry_line_adds_up CHECK (net + fee = CASE operation WHEN 'payment' THEN amount ELSE -amount END),
  CONSTRAINT registry_line_once UNIQUE (merchant, reference, operation, amount, said_at));
COMMENT ON TABLE registry_line IS 'what the bank says it took and paid out, line by line; never changed';
COMMENT ON COLUMN registry_line.fee IS 'kopecks that the bank keeps; below zero what it gives back of its fee';
COMMENT ON COLUMN registry_line.net IS 'kopecks that reach the account; below zero what is taken from it';
COMMENT ON COLUMN registry_line.said_at IS 'the date as it stands in the file: part of what makes a line the same line';
CREATE INDEX registry_line_file ON registry_line (file_id);
CREATE TABLE registry_match (
  line_id bigint PRIMARY KEY REFERENCES registry_line,
  order_id uuid NOT NULL REFERENCES orders,
  payment_id uuid NOT NULL REFERENCES payment,
  refund_id uuid UNIQUE REFERENCES refund,
  difference bigint NOT NULL DEFAULT 0,
  matched_by text NOT NULL,
  matched_at timestamptz NOT NULL DEFAULT app_now());
COMMENT ON COLUMN registry_match.difference IS 'kopecks by which our sum is more than the bank''s: accepted by a person';
CREATE UNIQUE INDEX registry_match_payment ON registry_match (payment_id) WHERE refund_id IS NULL;
CREATE INDEX registry_match_order ON registry_match (order_id);
CREATE INDEX registry_match_difference ON registry_match (line_id) WHERE difference <> 0;
CREATE TABLE registry_break (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('missing_at_bank', 'missing_with_us', 'amount', 'fee', 'duplicate', 'refund_unknown',
                                     'refund_missing', 'foreign', 'chargeback')),
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'asked', 'accepted', 'cured')),
  merchant text NOT NULL,
  line_id bigint REFERENCES registry_line,
  order_id uuid REFERENCES orders,
  payment_id uuid REFERENCES payment,
  refund_id uuid REFERENCES refund,
  found_at timestamptz NOT NULL DEFAULT app_now(),
  cure text,
  note text CHECK (length(note) BETWEEN 1 AND 500),
  decided_by text,
  decided_at timestamptz,
  CONSTRAINT registry_break_of_something CHECK (num_nonnulls(line_id, payment_id) > 0),
  CONSTRAINT registry_break_accepted_with_a_note CHECK (state <> 'accepted' OR (note IS NOT NULL AND decided_by IS NOT NULL)));
CREATE UNIQUE INDEX registry_break_of_line ON registry_break (line_id, kind) WHERE line_id IS NOT NULL;
CREATE UNIQUE INDEX registry_break_of_ours ON registry_break (kind, payment_id, refund_id) NULLS NOT DISTINCT
  WHERE line_id IS NULL;
CREATE INDEX registry_break_open ON registry_break (merchant, found_at) WHERE state IN ('open', 'asked');
CREATE INDEX registry_break_order ON registry_break (order_id);
CREATE INDEX registry_break_payment ON registry_break (payment_id);
"""

LEDGER = """
ALTER TABLE ledger_tx
  ADD registry_line_id bigint UNIQUE REFERENCES registry_line,
  DROP CONSTRAINT ledger_cause,
  ADD CONSTRAINT ledger_cause CHECK (
    (kind IN ('refund', 'cash_out', 'manual_out', 'chargeback')) = (refund_id IS NOT NULL)
    AND (kind IN ('capture', 'cash_in', 'manual_in')) = (payment_id IS NOT NULL)
    AND (kind IN ('till', 'storno')) = (entry_id IS NOT NULL) AND (kind = 'storno') = (reverses IS NOT NULL)
    AND (kind = 'settlement') = (registry_line_id IS NOT NULL));
COMMENT ON COLUMN ledger_tx.registry_line_id IS 'the bank''s line that a settlement rests on; one settlement a line';
ALTER TABLE refund DROP CONSTRAINT refund_basis,
  ADD CONSTRAINT refund_basis CHECK (basis IN ('person', 'late_money', 'called_off', 'surplus', 'external', 'chargeback'));
COMMENT ON COLUMN refund.basis IS 'external, chargeback: made at the bank without us, and booked because the bank shows it';
"""

FIGURES = """
CREATE TABLE figure_day (
  day date NOT NULL,
  clinic_id int NOT NULL REFERENCES clinic,
  kind text NOT NULL CHECK (kind IN ('revenue', 'refund', 'orders', 'decline', 'refund_hours')),
  key text NOT NULL,
  number int NOT NULL,
  amount bigint NOT NULL,
  PRIMARY KEY (day, clinic_id, kind, key));
COMMENT ON TABLE figure_day IS 'what a day of a clinic came to, on its own clock; counted from the books';
CREATE TABLE figure_run (
  day date PRIMARY KEY,
  counted_at timestamptz NOT NULL,
  final boolean NOT NULL);
CREATE INDEX orders_created ON orders (created_at);
CREATE INDEX payment_captured ON payment (captured_at) WHERE captured_at IS NOT NULL;
CREATE INDEX refund_done ON refund (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX refund_state ON refund (state, id);
CREATE INDEX IF NOT EXISTS cash_entry_shift ON cash_entry (shift_id);
"""

RIGHTS = """
GRANT SELECT, INSERT ON registry_file, registry_line, registry_match TO checkout_app;
GRANT SELECT, INSERT, UPDATE ON registry_break TO checkout_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON figure_day, figure_run TO checkout_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO checkout_app;
INSERT INTO role_action (role, action) VALUES
  ('finance', 'registry.read'), ('finance', 'registry.import'), ('finance', 'registry.cure'),
  ('finance', 'books.export'), ('finance', 'figures.read'),
  ('admin', 'registry.read'), ('admin', 'registry.import'), ('admin', 'registry.cure'),
  ('admin', 'books.export'), ('admin', 'figures.read'), ('office', 'figures.read');
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (REGISTRY, LEDGER, FIGURES, RIGHTS):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
