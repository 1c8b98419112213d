"""Staff: who they are, what they may where, how they prove it, and their sessions."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ROLES = """
CREATE TABLE role (
  name text PRIMARY KEY,
  position int NOT NULL UNIQUE,
  for_staff boolean NOT NULL,
  second_factor boolean NOT NULL DEFAULT false,
  title_ru text NOT NULL, title_en text NOT NULL);
COMMENT ON TABLE role IS 'what it may do are its rows in role_action; keys and staff have roles of their own';
COMMENT ON COLUMN role.second_factor IS 'whoever holds it signs in with a second factor';
INSERT INTO role (name, position, for_staff, second_factor, title_ru, title_en) VALUES
  ('cashier', 1, true, false, 'Кассир', 'Cashier'),
  ('senior-cashier', 2, true, false, 'Старший кассир', 'Senior cashier'),
  ('accountant', 3, true, true, 'Бухгалтер', 'Accountant'),
  ('controller', 4, true, true, 'Контролёр', 'Controller'),
  ('administrator', 5, true, true, 'Администратор', 'Administrator'),
  ('developer', 6, true, false, 'Разработчик', 'Developer'),
  ('read-only', 7, true, false, 'Только чтение', 'Read only'),
  ('site', 11, false, false, 'Сайт', 'Site'),
  ('office', 12, false, false, 'Офис', 'Office'),
  ('finance', 13, false, false, 'Финансы', 'Finance'),
  ('admin', 14, false, false, 'Управление', 'Administration'),
  ('diary', 15, false, false, 'Расписание', 'Diary');
ALTER TABLE role_action ADD FOREIGN KEY (role) REFERENCES role;
ALTER TABLE api_key ADD FOREIGN KEY (role) REFERENCES role;
INSERT INTO role_action (role, action)
SELECT r.role, a.action
  FROM (VALUES ('cashier'), ('senior-cashier'), ('administrator')) AS r(role),
       (VALUES ('desk'), ('catalogue.read'), ('order.read'), ('order.create'), ('order.move'), ('order.cancel'),
               ('payment.start'), ('visit.mark'), ('cash.take'), ('cash.read'), ('cash.shift'), ('cash.move'), ('cash.accept'),
               ('brakes.pass'),
               ('message.read'), ('message.resend'), ('busy.read'), ('person.read')) AS a(action)
UNION ALL
SELECT r.role, a.action
  FROM (VALUES ('senior-cashier'), ('administrator')) AS r(role),
       (VALUES ('cash.confirm'), ('cash.reverse'), ('cash.pay_out'), ('day.cancel'), ('refund.read'),
               ('refund.request'), ('worklist.read')) AS a(action)
UNION ALL
SELECT r.role, a.action
  FROM (VALUES ('accountant'), ('controller')) AS r(role),
       (VALUES ('desk'), ('catalogue.read'), ('order.read'), ('person.read'), ('refund.read'), ('refund.decide'),
               ('message.read'), ('evidence.read'), ('cash.read'), ('cash.accept'), ('figures.read'), ('registry.read'),
               ('books.export'),
               ('worklist.read')) AS a(action)
UNION ALL
SELECT 'accountant', a.action
  FROM (VALUES ('refund.request'), ('registry.import'), ('registry.cure'), ('worklist.act'), ('message.resend')) AS a(action)
UNION ALL
SELECT 'controller', a.action
  FROM (VALUES ('refund.override'), ('cash.confirm'), ('audit.read'), ('staff.read')) AS a(action)
UNION ALL
SELECT 'administrator', a.action
  FROM (VALUES ('staff.read'), ('staff.manage'), ('audit.read'), ('catalogue.write'), ('busy.write'), ('figures.read'),
               ('evidence.read'), ('books.export'), ('worklist.act'), ('registry.read')) AS a(action)
UNION ALL
SELECT 'developer', a.action
  FROM (VALUES ('desk'), ('catalogue.read'), ('busy.read'), ('order.read'), ('worklist.read')) AS a(action)
UNION ALL
SELECT 'read-only', a.action
  FROM (VALUES ('desk'), ('catalogue.read'), ('order.read'), ('refund.read'), ('message.read'), ('cash.read'),
               ('figures.read'), ('registry.read')) AS a(action);
"""

STAFF = """
CREATE TABLE staff (
  id uuid PRIMARY KEY,
  person_id uuid NOT NULL UNIQUE REFERENCES person,
  email_index bytea NOT NULL UNIQUE,
  language text NOT NULL DEFAULT 'ru' CHECK (language IN ('ru', 'en')),
  password_hash text,
  totp_sealed bytea,
  totp_step bigint,
  second_factor boolean NOT NULL DEFAULT false,
  invited_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  disabled_at timestamptz);
COMMENT ON COLUMN staff.password_hash IS 'argon2id; null until the invitation was taken';
COMMENT ON COLUMN staff.totp_sealed IS 'secret of the authenticator, under the person''s key';
COMMENT ON COLUMN staff.totp_step IS 'the last time step that was used: a code works once';
COMMENT ON COLUMN staff.second_factor IS 'asked for by an administrator, whatever the roles ask for';
CREATE TABLE staff_grant (
  staff_id uuid NOT NULL REFERENCES staff,
  role text NOT NULL REFERENCES role,
  clinic_id int REFERENCES clinic,
  UNIQUE NULLS NOT DISTINCT (staff_id, role, clinic_id));
COMMENT ON COLUMN staff_grant.clinic_id IS 'null: every clinic of the installation';
CREATE TABLE staff_ticket (
  token_hash bytea PRIMARY KEY,
  staff_id uuid NOT NULL REFERENCES staff,
  purpose text NOT NULL CHECK (purpose IN ('invitation', 'recovery')),
  made_by text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT app_now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz);
COMMENT ON TABLE staff_ticket IS 'a link that lets somebody choose a password, once';
CREATE INDEX staff_ticket_staff ON staff_ticket (staff_id);
CREATE TABLE staff_code (
  staff_id uuid NOT NULL REFERENCES staff,
  code_hash bytea NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (staff_id, code_hash));
COMMENT ON TABLE staff_code IS 'a second factor for who lost the other one: each works once';
CREATE TABLE staff_session (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  token_hash bytea NOT NULL UNIQUE,
  staff_id uuid NOT NULL REFERENCES staff,
  address text NOT NULL,
  agent text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT app_now(),
  seen_at timestamptz NOT NULL DEFAULT app_now(),
  proven_at timestamptz,
  whole boolean NOT NULL,
  ended_at timestamptz);
COMMENT ON COLUMN staff_session.whole IS 'every factor that is asked for was shown';
COMMENT ON COLUMN staff_session.proven_at IS 'when its holder last proved who they are: what needs it fresh looks here';
CREATE INDEX staff_session_staff ON staff_session (staff_id) WHERE ended_at IS NULL;
"""

RIGHTS = """
GRANT SELECT ON role TO checkout_app;
GRANT SELECT, INSERT, UPDATE ON staff, staff_ticket, staff_code, staff_session TO checkout_app;
GRANT SELECT, INSERT, DELETE ON staff_grant TO checkout_app;
GRANT DELETE ON staff_code TO checkout_app;
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (ROLES, STAFF, RIGHTS):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
