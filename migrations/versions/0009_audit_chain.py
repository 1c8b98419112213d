"""The audit cannot be rewritten unseen: every row is chained to the one before, and the chain is signed now and then."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

AUDIT = """
ALTER TABLE audit ADD client text, ADD agent text;
COMMENT ON COLUMN audit.client IS 'the network address it came from; null for what runs on the server itself';
COMMENT ON COLUMN audit.agent IS 'what the browser or the program said it was';
CREATE INDEX audit_principal ON audit (principal, seq);
CREATE INDEX audit_object ON audit (object, seq);
CREATE INDEX audit_at ON audit (at);
CREATE TABLE audit_link (
  no bigint PRIMARY KEY CHECK (no >= 1),
  audit_seq bigint NOT NULL UNIQUE REFERENCES audit,
  hash bytea NOT NULL CHECK (length(hash) = 32));
COMMENT ON TABLE audit_link IS 'SHA-256 of the hash before it and the audit row as it was written; numbered without gaps';
CREATE TABLE audit_anchor (
  no bigint PRIMARY KEY CHECK (no >= 1),
  link_no bigint NOT NULL UNIQUE REFERENCES audit_link,
  hash bytea NOT NULL CHECK (length(hash) = 32),
  at timestamptz NOT NULL DEFAULT app_now(),
  signature bytea NOT NULL);
COMMENT ON TABLE audit_anchor IS 'the chain up to a link, signed by a key that the database never sees';
GRANT SELECT, INSERT ON audit_link, audit_anchor TO checkout_app;
"""

PASSKEYS = """
CREATE TABLE staff_passkey (
  credential_id bytea PRIMARY KEY CHECK (length(credential_id) BETWEEN 16 AND 1023),
  staff_id uuid NOT NULL REFERENCES staff,
  public_key bytea NOT NULL,
  sign_count bigint NOT NULL CHECK (sign_count >= 0),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  created_at timestamptz NOT NULL DEFAULT app_now(),
  used_at timestamptz,
  removed_at timestamptz);
COMMENT ON COLUMN staff_passkey.sign_count IS 'what its authenticator counted last; one that falls behind was copied';
CREATE INDEX staff_passkey_staff ON staff_passkey (staff_id);
CREATE TABLE staff_challenge (
  hash bytea PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES staff_session,
  purpose text NOT NULL CHECK (purpose IN ('register', 'show')),
  expires_at timestamptz NOT NULL);
COMMENT ON TABLE staff_challenge IS 'what a passkey was asked to sign, for one session, once';
CREATE INDEX staff_challenge_session ON staff_challenge (session_id);
GRANT SELECT, INSERT, UPDATE ON staff_passkey TO checkout_app;
GRANT SELECT, INSERT, DELETE ON staff_challenge TO checkout_app;
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (AUDIT, PASSKEYS):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
