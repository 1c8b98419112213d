"""The foundation: catalogue, persons, orders, bookings, payments, refunds, ledger, till, keys, audit."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTALLATION = """
CREATE TABLE installation (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  mode text NOT NULL CHECK (mode IN ('test', 'production')),
  clock_offset interval NOT NULL DEFAULT '0',
  created_at timestamptz NOT NULL DEFAULT now());
-- The one clock. In test mode `checkout migrate` replaces it by one that adds the offset row.
CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT now()';
"""

CATALOGUE = """
CREATE TABLE clinic (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  slug text NOT NULL UNIQUE,
  merchant text NOT NULL,
  name_ru text NOT NULL, name_en text NOT NULL,
  address_ru text NOT NULL, address_en text NOT NULL,
  zone text NOT NULL,
  phone text NOT NULL,
  step_minutes int NOT NULL DEFAULT 30 CHECK (step_minutes BETWEEN 5 AND 240),
  active boolean NOT NULL DEFAULT true);
CREATE TABLE service (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  slug text NOT NULL UNIQUE,
  kind text NOT NULL CHECK (kind IN ('service', 'goods')),
  name_ru text NOT NULL, name_en text NOT NULL,
  minutes int NOT NULL CHECK (minutes >= 0 AND (kind = 'goods') = (minutes = 0)),
  deposit_percent int CHECK (deposit_percent BETWEEN 1 AND 99),
  at_clinic boolean NOT NULL DEFAULT false,
  vat text NOT NULL DEFAULT 'none',
  active boolean NOT NULL DEFAULT true);
CREATE TABLE service_price (
  service_id int NOT NULL REFERENCES service,
  valid_from timestamptz NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  currency text NOT NULL DEFAULT 'RUB' CHECK (currency = 'RUB'),
  PRIMARY KEY (service_id, valid_from));
CREATE TABLE clinic_service (
  clinic_id int NOT NULL REFERENCES clinic,
  service_id int NOT NULL REFERENCES service,
  PRIMARY KEY (clinic_id, service_id));
CREATE TABLE resource (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic_id int NOT NULL REFERENCES clinic,
  slug text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('specialist', 'room')),
  name text NOT NULL,
  active boolean NOT NULL DEFAULT true,
  UNIQUE (clinic_id, slug));
CREATE TABLE resource_service (
  resource_id int NOT NULL REFERENCES resource,
  service_id int NOT NULL REFERENCES service,
  PRIMARY KEY (resource_id, service_id));
CREATE TABLE opening_hours (
  clinic_id int NOT NULL REFERENCES clinic,
  weekday int NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  opens time NOT NULL, closes time NOT NULL CHECK (closes > opens),
  PRIMARY KEY (clinic_id, weekday, opens));
-- A day with other hours than its weekday's; no hours at all means closed.
CREATE TABLE opening_exception (
  clinic_id int NOT NULL REFERENCES clinic,
  day date NOT NULL,
  opens time, closes time,
  PRIMARY KEY (clinic_id, day),
  CHECK ((opens IS NULL) = (closes IS NULL) AND (opens IS NULL OR closes > opens)));
-- Finance may overrule the production calendar for one day.
CREATE TABLE working_day (day date PRIMARY KEY, working boolean NOT NULL);
"""

PEOPLE = """
CREATE TABLE role_action (role text NOT NULL, action text NOT NULL, PRIMARY KEY (role, action));
CREATE TABLE api_key (
  id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE,
  role text NOT NULL,
  secret_hash bytea NOT NULL UNIQUE,
  clinics int[],
  created_at timestamptz NOT NULL DEFAULT app_now(),
  disabled_at timestamptz);
COMMENT ON COLUMN api_key.clinics IS 'null: every clinic of the installation';
CREATE TABLE person (
  id uuid PRIMARY KEY,
  data_key bytea,
  sealed bytea,
  phone_index bytea, phone_tail_index bytea, email_index bytea, surname_index bytea,
  erased_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT app_now());
COMMENT ON TABLE person IS 'the only place for personal data; sealed under data_key, which the master key wraps';
CREATE INDEX person_phone ON person (phone_index);
CREATE INDEX person_phone_tail ON person (phone_tail_index);
CREATE INDEX person_email ON person (email_index);
CREATE INDEX person_surname ON person (surname_index);
"""

ORDERS = """
CREATE TABLE orders (
  id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^[2-9A-HJ-NP-Z]{8}$'),
  merchant text NOT NULL,
  clinic_id int NOT NULL REFERENCES clinic,
  payer_id uuid NOT NULL REFERENCES person,
  patient_id uuid REFERENCES person,
  plan text NOT NULL CHECK (plan IN ('full', 'deposit', 'at_clinic')),
  language text NOT NULL CHECK (language IN ('ru', 'en')),
  currency text NOT NULL CHECK (currency = 'RUB'),
  total bigint NOT NULL CHECK (total > 0),
  deposit bigint NOT NULL CHECK (deposit BETWEEN 0 AND total),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
  given_at timestamptz,
  hold_until timestamptz NOT NULL,
  hold_cap timestamptz NOT NULL CHECK (hold_cap >= hold_until),
  due_at timestamptz,
  decide_by timestamptz,
  cancelled_at timestamptz,
  return_url text,
  link_hash bytea NOT NULL UNIQUE,
  principal text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT app_now());
COMMENT ON COLUMN orders.deposit IS 'what the plan asks for before the visit: total, a part of it, or 0';
COMMENT ON COLUMN orders.due_at IS 'when the hold must be looked at; null when nothing awaits';
COMMENT ON COLUMN orders.decide_by IS 'money without a visit, or too much of it: goes back by itself from then on';
CREATE INDEX orders_due ON orders (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX orders_decide ON orders (decide_by) WHERE decide_by IS NOT NULL;
CREATE INDEX orders_clinic_day ON orders (clinic_id, starts_at);
CREATE INDEX orders_payer ON orders (payer_id);
CREATE TABLE order_line (
  order_id uuid NOT NULL REFERENCES orders,
  line_no int NOT NULL CHECK (line_no >= 1),
  service_id int NOT NULL REFERENCES service,
  kind text NOT NULL,
  name_ru text NOT NULL, name_en text NOT NULL,
  quantity int NOT NULL CHECK (quantity BETWEEN 1 AND 99),
  unit_price bigint NOT NULL CHECK (unit_price > 0),
  amount bigint NOT NULL CHECK (amount = unit_price * quantity),
  vat text NOT NULL,
  minutes int NOT NULL,
  PRIMARY KEY (order_id, line_no));
CREATE TABLE order_consent (
  order_id uuid NOT NULL REFERENCES orders,
  kind text NOT NULL,
  version text NOT NULL,
  text_sha256 bytea NOT NULL,
  given_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (order_id, kind));
CREATE TABLE booking (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES orders,
  line_no int NOT NULL,
  resource_id int NOT NULL REFERENCES resource,
  during tstzrange NOT NULL CHECK (NOT isempty(during)),
  state text NOT NULL CHECK (state IN ('held', 'confirmed', 'given', 'no_show', 'cancelled', 'expired')),
  FOREIGN KEY (order_id, line_no) REFERENCES order_line,
  CONSTRAINT booking_never_sold_twice EXCLUDE USING gist (
    int4range(resource_id, resource_id, '[]') WITH &&, during WITH &&)
    WHERE (state IN ('held', 'confirmed', 'given')));
COMMENT ON CONSTRAINT booking_never_sold_twice ON booking IS 'one resource serves one visit at a time';
CREATE INDEX booking_order ON booking (order_id);
"""

MONEY = """
CREATE TABLE cash_shift (
  id uuid PRIMARY KEY,
  clinic_id int NOT NULL REFERENCES clinic,
  opened_by text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT app_now(),
  float_amount bigint NOT NULL DEFAULT 0 CHECK (float_amount >= 0),
  closed_at timestamptz,
  z_total bigint,
  CHECK ((closed_at IS NULL) = (z_total IS NULL)));
CREATE UNIQUE INDEX cash_shift_one_open ON cash_shift (clinic_id) WHERE closed_at IS NULL;
CREATE TABLE payment (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES orders,
  method text NOT NULL CHECK (method IN ('card', 'cash')),
  state text NOT NULL CHECK (state IN ('registering', 'pending', 'authorized', 'captured', 'declined', 'lapsed',
                                       'voided', 'unknown', 'review')),
  merchant text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  captured bigint NOT NULL DEFAULT 0 CHECK (captured IN (0, amount)),
  refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0),
  reserved bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  reference text,
  form_url text,
  return_hash bytea UNIQUE,
  session_ends_at timestamptz,
  action_code int,
  card_brand text,
  card_last4 text CHECK (card_last4 ~ '^[0-9]{4}$'),
  captured_at timestamptz,
  fact_digest bytea,
  due_at timestamptz,
  lease_until timestamptz,
  token int NOT NULL DEFAULT 0,
  looks int NOT NULL DEFAULT 0,
  missed boolean NOT NULL DEFAULT false,
  parked text,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  CONSTRAINT payment_never_more_back_than_in CHECK (refunded + reserved <= captured),
  CONSTRAINT payment_captured_has_money CHECK (state = 'review' OR (state = 'captured') = (captured > 0)),
  CONSTRAINT payment_cash_is_captured CHECK (method = 'card' OR state = 'captured'));
COMMENT ON COLUMN payment.token IS 'fencing token: only the holder of the newest one writes a result';
CREATE UNIQUE INDEX payment_one_live ON payment (order_id)
  WHERE state IN ('registering', 'pending', 'authorized', 'unknown');
CREATE UNIQUE INDEX payment_reference ON payment (merchant, reference) WHERE reference IS NOT NULL;
CREATE INDEX payment_order ON payment (order_id);
CREATE INDEX payment_due ON payment (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE refund (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES orders,
  payment_id uuid NOT NULL REFERENCES payment,
  method text NOT NULL CHECK (method IN ('card', 'cash')),
  amount bigint NOT NULL CHECK (amount > 0),
  state text NOT NULL CHECK (state IN ('requested', 'scheduled', 'sending', 'unknown', 'done', 'rejected', 'cancelled',
                                       'review')),
  basis text NOT NULL CHECK (basis IN ('person', 'late_money', 'surplus')),
  reason text NOT NULL,
  requested_by text NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT app_now(),
  decided_by text,
  decided_at timestamptz,
  scheduled_for timestamptz NOT NULL,
  window_ends_at timestamptz NOT NULL,
  answer_due date NOT NULL,
  expected_from date NOT NULL,
  expected_by date NOT NULL,
  allocation jsonb NOT NULL,
  due_at timestamptz,
  lease_until timestamptz,
  token int NOT NULL DEFAULT 0,
  attempts int NOT NULL DEFAULT 0,
  done_at timestamptz,
  parked text,
  CONSTRAINT refund_four_eyes CHECK (
    basis <> 'person' OR state IN ('requested', 'cancelled') OR (decided_by IS NOT NULL AND decided_by <> requested_by)),
  CONSTRAINT refund_asked_inside_the_window CHECK (basis <> 'person' OR requested_at <= window_ends_at));
CREATE UNIQUE INDEX refund_one_in_flight ON refund (payment_id) WHERE state IN ('sending', 'unknown');
CREATE INDEX refund_order ON refund (order_id);
CREATE INDEX refund_due ON refund (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE gateway_fact (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  payment_id uuid NOT NULL REFERENCES payment,
  at timestamptz NOT NULL DEFAULT app_now(),
  reference text NOT NULL,
  status text NOT NULL,
  currency text NOT NULL,
  amount bigint NOT NULL, approved bigint NOT NULL, deposited bigint NOT NULL, refunded bigint NOT NULL,
  action_code int,
  sealed bytea);
COMMENT ON TABLE gateway_fact IS 'what the bank said of an order when we asked; callbacks can not be stored here';
CREATE INDEX gateway_fact_payment ON gateway_fact (payment_id, id);
CREATE TABLE callback (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest bytea NOT NULL UNIQUE,
  merchant text NOT NULL,
  payment_id uuid NOT NULL REFERENCES payment,
  operation text,
  succeeded boolean,
  signed boolean NOT NULL,
  sealed bytea,
  received_at timestamptz NOT NULL DEFAULT app_now(),
  processed_at timestamptz);
CREATE INDEX callback_waiting ON callback (payment_id) WHERE processed_at IS NULL;
"""

LEDGER = """
CREATE TABLE ledger_tx (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES orders,
  kind text NOT NULL CHECK (kind IN ('capture', 'cash_in', 'refund', 'cash_out', 'given', 'chargeback', 'settlement')),
  payment_id uuid REFERENCES payment,
  refund_id uuid UNIQUE REFERENCES refund,
  fact_id bigint REFERENCES gateway_fact,
  at timestamptz NOT NULL DEFAULT app_now(),
  CONSTRAINT ledger_capture_rests_on_a_fact CHECK (kind <> 'capture' OR fact_id IS NOT NULL),
  CONSTRAINT ledger_cause CHECK ((kind IN ('refund', 'cash_out')) = (refund_id IS NOT NULL)
                             AND (kind IN ('capture', 'cash_in')) = (payment_id IS NOT NULL)));
CREATE UNIQUE INDEX ledger_one_capture_a_payment ON ledger_tx (payment_id);
CREATE INDEX ledger_tx_order ON ledger_tx (order_id);
CREATE TABLE ledger_entry (
  tx_id uuid NOT NULL REFERENCES ledger_tx,
  account text NOT NULL,
  amount bigint NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (tx_id, account));
COMMENT ON TABLE ledger_entry IS 'kopecks; a debit is positive, a credit negative';
CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM fresh GROUP BY tx_id HAVING sum(amount) <> 0 OR count(*) < 2) THEN
    RAISE EXCEPTION 'a ledger transaction must balance' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balances';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_balances AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_balances();
CREATE TABLE cash_entry (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic_id int NOT NULL REFERENCES clinic,
  shift_id uuid NOT NULL REFERENCES cash_shift,
  receipt_no int NOT NULL,
  direction text NOT NULL CHECK (direction IN ('in', 'out')),
  amount bigint NOT NULL CHECK (amount > 0),
  payment_id uuid UNIQUE REFERENCES payment,
  refund_id uuid UNIQUE REFERENCES refund,
  principal text NOT NULL,
  at timestamptz NOT NULL DEFAULT app_now(),
  UNIQUE (clinic_id, receipt_no),
  CHECK (num_nonnulls(payment_id, refund_id) = 1));
CREATE TABLE event (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT app_now(),
  order_id uuid NOT NULL REFERENCES orders,
  subject text NOT NULL CHECK (subject IN ('order', 'booking', 'payment', 'refund')),
  subject_id uuid NOT NULL,
  kind text NOT NULL,
  from_state text,
  to_state text,
  principal text NOT NULL,
  data jsonb);
COMMENT ON TABLE event IS 'what happened, in order; ids and codes only, never a name, a phone or an address';
CREATE INDEX event_order ON event (order_id, seq);
CREATE TABLE audit (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT app_now(),
  principal text NOT NULL,
  action text NOT NULL,
  object text NOT NULL,
  outcome text NOT NULL,
  request_id text,
  data jsonb);
"""

MACHINE_ROOM = """
CREATE TABLE idempotency (
  principal text NOT NULL,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  fingerprint bytea NOT NULL,
  state text NOT NULL CHECK (state IN ('started', 'done')),
  status int,
  answer bytea,
  locked_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (principal, key),
  CHECK ((state = 'done') = (status IS NOT NULL)));
CREATE TABLE worker (
  id uuid PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now());
"""

RIGHTS = """
GRANT USAGE ON SCHEMA public TO checkout_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO checkout_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO checkout_app;
-- Append-only: nobody who runs the service can rewrite what happened.
REVOKE UPDATE, DELETE ON ledger_tx, ledger_entry, cash_entry, event, audit, gateway_fact FROM checkout_app;
REVOKE UPDATE, DELETE ON callback FROM checkout_app;
GRANT UPDATE (processed_at) ON callback TO checkout_app;
REVOKE INSERT, UPDATE, DELETE ON installation, role_action, alembic_version FROM checkout_app;
REVOKE DELETE ON orders, order_line, order_consent, booking, payment, refund, cash_shift, person FROM checkout_app;
"""

ROLES = """
INSERT INTO role_action (role, action) VALUES
  ('site', 'catalogue.read'), ('site', 'order.create'), ('site', 'order.read.own'), ('site', 'payment.start'),
  ('site', 'order.cancel'),
  ('office', 'catalogue.read'), ('office', 'order.create'), ('office', 'order.read'), ('office', 'payment.start'),
  ('office', 'cash.take'), ('office', 'cash.pay_out'), ('office', 'order.cancel'),
  ('finance', 'catalogue.read'), ('finance', 'order.read'), ('finance', 'refund.read'), ('finance', 'refund.request'),
  ('finance', 'refund.decide'),
  ('admin', 'catalogue.read'), ('admin', 'order.create'), ('admin', 'order.read'), ('admin', 'payment.start'),
  ('admin', 'cash.take'), ('admin', 'cash.pay_out'), ('admin', 'order.cancel'),
  ('admin', 'refund.read'), ('admin', 'refund.request'), ('admin', 'refund.decide');
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (INSTALLATION, CATALOGUE, PEOPLE, ORDERS, MONEY, LEDGER, MACHINE_ROOM, RIGHTS, ROLES):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
