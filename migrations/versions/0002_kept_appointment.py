"""The payer's side: schedules, the diary of other systems, notices, evidence, links, brakes against abuse."""

from __future__ import annotations

from alembic import op

from migrations.scripts import statements

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CATALOGUE = """
ALTER TABLE clinic
  ADD keeps_holidays boolean NOT NULL DEFAULT false,
  ADD paused boolean NOT NULL DEFAULT false,
  ADD map_url text,
  ADD notes_ru text NOT NULL DEFAULT '', ADD notes_en text NOT NULL DEFAULT '';
COMMENT ON COLUMN clinic.keeps_holidays IS 'closed on the days off of the production calendar, unless an exception opens it';
COMMENT ON COLUMN clinic.paused IS 'shown, but nothing can be booked online';
COMMENT ON COLUMN clinic.notes_ru IS 'what to bring and how to find us: shown once booked';
ALTER TABLE service DROP CONSTRAINT service_kind_check, DROP CONSTRAINT service_check;
ALTER TABLE service
  ADD CONSTRAINT service_kind CHECK (kind IN ('service', 'goods', 'option')),
  ADD CONSTRAINT service_minutes CHECK (
    minutes >= 0 AND (kind <> 'goods' OR minutes = 0) AND (kind <> 'service' OR minutes > 0)),
  ADD position int NOT NULL DEFAULT 0,
  ADD about_ru text NOT NULL DEFAULT '', ADD about_en text NOT NULL DEFAULT '',
  ADD deposit_fixed bigint CHECK (deposit_fixed > 0),
  ADD CONSTRAINT service_one_deposit_rule CHECK (num_nonnulls(deposit_percent, deposit_fixed) <= 1);
COMMENT ON COLUMN service.kind IS 'an option goes with a service and lengthens its visit; goods are handed over at the clinic';
COMMENT ON COLUMN service.deposit_fixed IS 'kopecks a piece; never more than the price';
ALTER TABLE service_price ADD vat text;
COMMENT ON COLUMN service_price.vat IS 'the VAT mark from this day on; null: the mark of the service';
CREATE TABLE service_option (
  service_id int NOT NULL REFERENCES service,
  option_id int NOT NULL REFERENCES service,
  PRIMARY KEY (service_id, option_id));
ALTER TABLE resource
  ADD name_en text,
  ADD position int NOT NULL DEFAULT 0;
CREATE TABLE resource_hours (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  resource_id int NOT NULL REFERENCES resource,
  weekday int NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  opens time NOT NULL, closes time NOT NULL CHECK (closes > opens),
  valid_from date, valid_until date,
  CHECK (valid_until >= valid_from));
COMMENT ON TABLE resource_hours IS 'a specialist or room with rows here works then; without any, whenever the clinic is open';
CREATE INDEX resource_hours_resource ON resource_hours (resource_id);
-- A day has several spans where there is a break: one row each; one row without hours closes the day.
ALTER TABLE opening_exception DROP CONSTRAINT opening_exception_pkey;
ALTER TABLE opening_exception
  ADD id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ADD CONSTRAINT opening_exception_once UNIQUE NULLS NOT DISTINCT (clinic_id, day, opens);
CREATE TABLE resource_exception (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  resource_id int NOT NULL REFERENCES resource,
  day date NOT NULL,
  opens time, closes time,
  UNIQUE NULLS NOT DISTINCT (resource_id, day, opens),
  CHECK ((opens IS NULL) = (closes IS NULL) AND (opens IS NULL OR closes > opens)));
"""

DIARY = """
CREATE TABLE busy (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  resource_id int NOT NULL REFERENCES resource,
  during tstzrange NOT NULL CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
  source text NOT NULL CHECK (length(source) BETWEEN 1 AND 40),
  external_id text NOT NULL CHECK (length(external_id) BETWEEN 1 AND 200),
  imported_at timestamptz NOT NULL DEFAULT app_now(),
  UNIQUE (source, resource_id, external_id));
COMMENT ON TABLE busy IS 'time that another system has sold: never who or what, only when';
CREATE INDEX busy_place ON busy USING gist (int4range(resource_id, resource_id, '[]'), during);
CREATE INDEX booking_by_day ON booking (resource_id, lower(during)) WHERE state IN ('held', 'confirmed', 'given');
-- A busy block may meet a booking that was there before (that is a conflict for people), but no booking is made over one.
-- Imports lock the resource FOR UPDATE. A new booking's foreign key locks it FOR KEY SHARE before this looks; a place that
-- is taken back checks no key, and so locks it here. Either way one waits for the other, and then sees what it did.
CREATE FUNCTION booking_not_over_busy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM resource WHERE id = NEW.resource_id FOR KEY SHARE;
  IF EXISTS (
      SELECT 1 FROM busy b
       WHERE int4range(b.resource_id, b.resource_id, '[]') && int4range(NEW.resource_id, NEW.resource_id, '[]')
         AND b.during && NEW.during) THEN
    RAISE EXCEPTION 'another system has sold this time'
      USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'booking_not_over_busy';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER booking_not_over_busy AFTER INSERT ON booking FOR EACH ROW
  WHEN (NEW.state IN ('held', 'confirmed')) EXECUTE FUNCTION booking_not_over_busy();
CREATE TRIGGER booking_not_back_over_busy AFTER UPDATE OF state, during, resource_id ON booking FOR EACH ROW
  WHEN (NEW.state IN ('held', 'confirmed') AND (OLD.state NOT IN ('held', 'confirmed')
        OR NEW.during <> OLD.during OR NEW.resource_id <> OLD.resource_id))
  EXECUTE FUNCTION booking_not_over_busy();
"""

ORDERS = """
ALTER TABLE orders
  ADD sequence int NOT NULL DEFAULT 0,
  ADD extended_at timestamptz,
  ADD deliver_by timestamptz,
  ADD handed_over_at timestamptz,
  ADD reminded_for timestamptz,
  ADD pay_hash bytea UNIQUE,
  ADD relation text CHECK (relation IN ('parent', 'guardian', 'trustee')),
  ADD wanted_id int REFERENCES resource;
COMMENT ON COLUMN orders.sequence IS 'how often the visit was moved: the SEQUENCE of its calendar entry';
COMMENT ON COLUMN orders.extended_at IS 'when the payer stretched the hold; once only';
COMMENT ON COLUMN orders.deliver_by IS 'goods: at the clinic by then; null without goods';
COMMENT ON COLUMN orders.pay_hash IS 'of the link by which somebody else may pay: it shows neither service nor patient';
COMMENT ON COLUMN orders.relation IS 'what the payer is to a patient under age';
COMMENT ON COLUMN orders.wanted_id IS 'the specialist that was asked for; null: any';
CREATE INDEX orders_reminder ON orders (starts_at) WHERE cancelled_at IS NULL;
"""

EVIDENCE = """
CREATE TABLE consent_text (
  text_sha256 bytea PRIMARY KEY CHECK (text_sha256 = sha256(convert_to(body, 'UTF8'))),
  kind text NOT NULL,
  version text NOT NULL,
  language text NOT NULL CHECK (language IN ('ru', 'en')),
  title text NOT NULL,
  body text NOT NULL,
  first_used_at timestamptz NOT NULL DEFAULT app_now());
COMMENT ON TABLE consent_text IS 'every text that anybody ever agreed to, whole';
ALTER TABLE order_consent ADD sealed_address bytea;
COMMENT ON COLUMN order_consent.sealed_address IS 'the IP address it was given from, under the payer''s key';
CREATE TABLE consent_withdrawal (
  order_id uuid NOT NULL,
  kind text NOT NULL,
  at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (order_id, kind),
  FOREIGN KEY (order_id, kind) REFERENCES order_consent);
"""

MONEY = """
ALTER TABLE payment ADD asked_at timestamptz;
COMMENT ON COLUMN payment.asked_at IS 'when a returning payer last made us look: reloads do not wear the bank out';
ALTER TABLE refund DROP CONSTRAINT refund_basis_check,
  ADD CONSTRAINT refund_basis CHECK (basis IN ('person', 'late_money', 'called_off', 'surplus')),
  ADD window_base timestamptz,
  ADD window_kind text CHECK (window_kind IN ('service', 'goods'));
COMMENT ON COLUMN refund.window_base IS 'from when its window runs, as it was known when it was asked for';
COMMENT ON COLUMN refund.window_kind IS 'whose window it is: a service runs from the visit, goods from their receipt';
"""

NOTICES = """
CREATE TABLE notice_rule (
  subject text NOT NULL,
  kind text NOT NULL,
  template text NOT NULL,
  delay interval NOT NULL DEFAULT '0',
  only_first boolean NOT NULL DEFAULT false,
  PRIMARY KEY (subject, kind, template));
COMMENT ON TABLE notice_rule IS 'which event tells the payer something; the message is written in the event''s own statement';
CREATE TABLE message (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  order_id uuid REFERENCES orders,
  event_seq bigint REFERENCES event,
  template text NOT NULL,
  channel text NOT NULL CHECK (channel IN ('email', 'sms')),
  state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'sent', 'skipped', 'failed')),
  resend_of uuid REFERENCES message,
  sealed_recipient bytea,
  subject text,
  sealed bytea,
  outcome text,
  due_at timestamptz,
  lease_until timestamptz,
  token int NOT NULL DEFAULT 0,
  attempts int NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT app_now(),
  sent_at timestamptz,
  CONSTRAINT message_goes_somewhere CHECK (
    CASE WHEN order_id IS NULL THEN state <> 'due' OR sealed_recipient IS NOT NULL ELSE sealed_recipient IS NULL END),
  CONSTRAINT message_due CHECK ((state = 'due') = (due_at IS NOT NULL)));
COMMENT ON TABLE message IS 'the outbox: what is to be told, and what exactly was told';
COMMENT ON COLUMN message.sealed IS 'the exact text under the payer''s key; the private link stands in it as a placeholder';
COMMENT ON COLUMN message.sealed_recipient IS 'of a code to a contact that has no order yet; forgotten once it is sent';
CREATE UNIQUE INDEX message_once ON message (event_seq, template, channel) WHERE resend_of IS NULL;
CREATE INDEX message_due_at ON message (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX message_order ON message (order_id);
COMMENT ON COLUMN notice_rule.only_first IS 'only for what begins in this state, not for what comes back to it';
INSERT INTO notice_rule (subject, kind, template, delay) VALUES
  ('order', 'placed', 'placed', '2 minutes'),
  ('payment', 'captured', 'paid', '0'),
  ('payment', 'cash_taken', 'paid', '0'),
  ('order', 'late_money', 'late', '0'),
  ('order', 'moved', 'moved', '0'),
  ('order', 'cancelled', 'cancelled', '0'),
  ('order', 'reminder', 'reminder', '0'),
  ('refund', 'requested', 'refund_requested', '0'),
  ('refund', 'approve', 'refund_scheduled', '0'),
  ('refund', 'done', 'refund_done', '0'),
  ('refund', 'paid_out', 'refund_done', '0'),
  ('refund', 'reject', 'refund_rejected', '0');
INSERT INTO notice_rule (subject, kind, template, only_first) VALUES ('refund', 'scheduled', 'refund_scheduled', true);
"""

BRAKES = """
CREATE TABLE bucket (
  key bytea PRIMARY KEY,
  tokens double precision NOT NULL CHECK (tokens >= 0),
  at timestamptz NOT NULL) WITH (fillfactor = 70);
COMMENT ON TABLE bucket IS 'token buckets against hoarding and card testing; keys are blind indexes, never an address or a phone';
CREATE INDEX bucket_at ON bucket (at);
CREATE TABLE contact_code (
  ticket uuid NOT NULL,
  contact bytea NOT NULL,
  code_hash bytea NOT NULL,
  tries int NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL,
  proven_at timestamptz,
  PRIMARY KEY (ticket, contact));
COMMENT ON TABLE contact_code IS 'a code that was sent to a phone or an address before the order is made';
ALTER TABLE orders ADD address_index bytea;
COMMENT ON COLUMN orders.address_index IS 'blind index of the network address that placed it, for a day; then null';
CREATE INDEX orders_address ON orders (address_index, created_at) WHERE address_index IS NOT NULL;
"""

RIGHTS = """
GRANT SELECT, INSERT, UPDATE, DELETE
  ON service_option, resource_hours, resource_exception, busy, bucket, contact_code TO checkout_app;
GRANT SELECT, INSERT ON consent_text, consent_withdrawal TO checkout_app;
GRANT SELECT ON notice_rule TO checkout_app;
GRANT SELECT, INSERT, UPDATE ON message TO checkout_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO checkout_app;
INSERT INTO role_action (role, action) VALUES
  ('site', 'order.move'), ('office', 'order.move'), ('admin', 'order.move'),
  ('office', 'visit.mark'), ('admin', 'visit.mark'),
  ('office', 'message.read'), ('office', 'message.resend'), ('admin', 'message.read'), ('admin', 'message.resend'),
  ('finance', 'message.read'), ('finance', 'evidence.read'), ('admin', 'evidence.read'),
  ('office', 'brakes.pass'), ('admin', 'brakes.pass'),
  ('diary', 'catalogue.read'), ('diary', 'busy.read'), ('diary', 'busy.write'),
  ('office', 'busy.read'), ('admin', 'busy.read'), ('admin', 'busy.write');
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (CATALOGUE, DIARY, ORDERS, EVIDENCE, MONEY, NOTICES, BRAKES, RIGHTS):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
