"""Two years of orders of ten clinics, written by INSERT … SELECT: as many as are asked for, over the same days."""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from checkout.ground.crypto import Vault
from checkout.ground.ids import CODE_ALPHABET
from tests.bench import stage as staging
from tests.bench.stage import Stage
from tests.bench.town import CLINICS

DAYS: Final = 730
WAITING: Final = 40  # of each kind that needs a person: people keep up, however large the house is
# As many share the last digits of a phone, or a surname, whatever the size: what is compared is the house, not the list.
SHARE_A_TAIL: Final = 100
SHARE_A_SURNAME: Final = 2_000
FIRST_NAMES: Final = 50
# A number of 40 bits for each order, all over the range and none twice: the multiplier is odd.
_FACTOR: Final = 605558173
_BITS: Final = 1099511627775
_CODE: Final = " || ".join(
    f"substr('{CODE_ALPHABET}', ((mixed >> {5 * place}) & 31)::int + 1, 1)" for place in range(8)
)
# As ids are made in fact: they sort by time.
_ID: Final = (
    "(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || substr(md5('{name}' || n), 1, 20))::uuid"
)
_BEFORE: Final = (
    """
CREATE UNLOGGED TABLE town AS
SELECT array_agg(c.id ORDER BY c.id) AS clinics, (SELECT min(id) FROM service) AS service,
       array_agg((SELECT min(r.id) FROM resource r WHERE r.clinic_id = c.id) ORDER BY c.id) AS resources FROM clinic c""",
    # What keeps a place from being sold twice is not what is measured, and costs most of the writing.
    "ALTER TABLE booking DROP CONSTRAINT booking_never_sold_twice",
    "ALTER TABLE booking DISABLE TRIGGER USER",
    "ALTER TABLE ledger_entry DISABLE TRIGGER USER",
)
# Rows are written first and indexed afterwards: that takes a fraction of the time. What is written refers to what was
# written, so references are declared again without a look at the rows.
_LATER: Final = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS away,
       format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS again
  FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
UNION ALL
SELECT format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE c.relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)"""
_BLIND: Final = (
    "CREATE UNLOGGED TABLE blind (kind text, n int, index bytea, PRIMARY KEY (kind, n))",
    """
INSERT INTO blind SELECT kind, n, decode(index, 'hex')
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(kind text, n int, index text)""",
)
# Of a hundred orders 80 are paid by card, 5 in cash, 5 refused by the bank; 3 of those by card are refunded in full.
_SEED: Final = (
    f"""
CREATE UNLOGGED TABLE seed AS
SELECT n, at, mixed, {_ID.format(name="order")} AS id, {_ID.format(name="payment")} AS payment,
       {_ID.format(name="refund")} AS refund, {_ID.format(name="person")} AS person, {_CODE} AS code, n % 100 AS share,
       (n % {CLINICS})::int + 1 AS place, date_trunc('hour', at) + interval '1 day' AS starts
  FROM (SELECT n, (n * {_FACTOR}) & {_BITS} AS mixed, app_now() - n * interval '{DAYS} days' / CAST(:many AS bigint) AS at
          FROM generate_series(1, CAST(:many AS bigint)) AS n) AS numbered""",  # noqa: S608 - ours
    f"""
INSERT INTO person (id, phone_index, phone_tail_index, name_index, created_at)
SELECT person, sha256(convert_to(code, 'UTF8')), tail.index, ARRAY[surname.index, first.index], at
  FROM seed JOIN blind tail ON tail.kind = 'phone-tail' AND tail.n = mixed % (CAST(:many AS bigint) / {SHARE_A_TAIL})
  JOIN blind surname ON surname.kind = 'surname' AND surname.n = mixed % (CAST(:many AS bigint) / {SHARE_A_SURNAME})
  JOIN blind first ON first.kind = 'first'
   AND first.n = mixed / (CAST(:many AS bigint) / {SHARE_A_SURNAME}) % {FIRST_NAMES}""",  # noqa: S608 - ours
    """
INSERT INTO orders (id, code, merchant, clinic_id, payer_id, plan, language, currency, total, deposit, starts_at, ends_at,
                    hold_until, hold_cap, link_hash, principal, created_at)
SELECT id, code, 'zdorovie', t.clinics[place], person, 'full', 'ru', 'RUB', 250000, 250000,
       starts, starts + interval '30 minutes', at, at, sha256(convert_to(code, 'UTF8')), 'bench', at FROM seed, town t""",
    """
INSERT INTO order_line (order_id, line_no, service_id, kind, name_ru, name_en, quantity, unit_price, amount, vat, minutes)
SELECT id, 1, t.service, 'service', 'x', 'x', 1, 250000, 250000, 'none', 30 FROM seed, town t""",
    """
INSERT INTO booking (id, order_id, line_no, resource_id, during, state)
SELECT gen_random_uuid(), id, 1, t.resources[place], tstzrange(starts, starts + interval '30 minutes'),
       CASE WHEN share < 85 THEN 'confirmed' ELSE 'expired' END FROM seed, town t""",
    """
INSERT INTO payment (id, order_id, method, state, merchant, amount, captured, refunded, bank_gone, reference, captured_at,
                     created_at, action_code)
SELECT payment, id, CASE WHEN share BETWEEN 80 AND 84 THEN 'cash' ELSE 'card' END,
       CASE WHEN share < 85 THEN 'captured' ELSE 'declined' END, 'zdorovie', 250000,
       CASE WHEN share < 85 THEN 250000 ELSE 0 END, CASE WHEN share < 3 THEN 250000 ELSE 0 END,
       CASE WHEN share < 3 THEN 250000 ELSE 0 END,
       CASE WHEN share NOT BETWEEN 80 AND 84 THEN payment::text END, CASE WHEN share < 85 THEN at END, at,
       CASE WHEN share < 80 THEN 0 WHEN share >= 85 THEN 116 END
  FROM seed WHERE share < 90""",
    """
INSERT INTO gateway_fact (payment_id, at, reference, status, currency, amount, approved, deposited, refunded, action_code)
SELECT payment, at, payment::text, CASE WHEN share < 80 THEN 'deposited' ELSE 'declined' END, 'RUB', 250000, 0,
       CASE WHEN share < 80 THEN 250000 ELSE 0 END, 0, CASE WHEN share < 80 THEN 0 ELSE 116 END
  FROM seed WHERE share < 80 OR share BETWEEN 85 AND 89""",
    """
INSERT INTO ledger_tx (id, order_id, kind, payment_id, fact_id, at)
SELECT seed.payment, seed.id, CASE WHEN share < 80 THEN 'capture' ELSE 'cash_in' END, seed.payment, f.id, seed.at
  FROM seed LEFT JOIN gateway_fact f ON f.payment_id = seed.payment WHERE share < 85""",
    """
INSERT INTO ledger_entry (tx_id, account, amount)
SELECT payment, side.account, side.amount
  FROM seed, LATERAL (VALUES ('customer:' || id, -250000), ('bank_clearing:zdorovie', 250000)) AS side(account, amount)
 WHERE share < 85""",
    f"""
INSERT INTO refund (id, order_id, payment_id, method, amount, state, basis, reason, requested_by, requested_at, decided_by,
                    decided_at, scheduled_for, window_ends_at, answer_due, expected_from, expected_by, allocation, done_at)
SELECT refund, id, payment, 'card', 250000, CASE WHEN waits THEN 'requested' ELSE 'done' END, 'person', 'x', 'anna', at,
       CASE WHEN NOT waits THEN 'boris' END, CASE WHEN NOT waits THEN at END, at, at + interval '30 days', at::date, at::date,
       at::date, '{{"1": 250000}}', CASE WHEN NOT waits THEN at + interval '5 hours' END
  FROM (SELECT seed.*, false AS waits FROM seed WHERE share < 3
        UNION ALL (SELECT seed.*, true FROM seed WHERE share = 50 ORDER BY n LIMIT {WAITING})) AS wanted""",  # noqa: S608 - ours
    """
INSERT INTO ledger_tx (id, order_id, kind, refund_id, at) SELECT refund, id, 'refund', refund, at FROM seed WHERE share < 3""",
    """
INSERT INTO ledger_entry (tx_id, account, amount)
SELECT refund, side.account, side.amount
  FROM seed, LATERAL (VALUES ('customer:' || id, 250000), ('bank_clearing:zdorovie', -250000)) AS side(account, amount)
 WHERE share < 3""",
    """
INSERT INTO event (at, order_id, subject, subject_id, kind, principal)
SELECT at, id, 'order', id, 'placed', 'bench' FROM seed""",
    f"""
INSERT INTO message (order_id, template, channel, state, created_at)
SELECT id, 'placed', 'email', CASE WHEN share = 52 AND n < {100 * WAITING} THEN 'failed' ELSE 'sent' END, at FROM seed""",  # noqa: S608 - ours
    # Money without a visit, payments that nobody looks at any longer, and money that the bank gave back without us.
    f"""
UPDATE orders SET decide_by = app_now() + interval '1 day'
 WHERE id IN (SELECT id FROM seed WHERE share = 51 AND n < {100 * WAITING})""",  # noqa: S608 - ours
    f"""
UPDATE booking SET state = 'expired'
 WHERE order_id IN (SELECT id FROM seed WHERE share = 51 AND n < {100 * WAITING})""",  # noqa: S608 - ours
    f"""
UPDATE payment SET parked = 'x' WHERE id IN (SELECT payment FROM seed WHERE share = 86 AND n < {100 * WAITING})""",  # noqa: S608 - ours
    f"""
UPDATE payment SET bank_gone = 100000 WHERE id IN (SELECT payment FROM seed WHERE share = 53 AND n < {100 * WAITING})""",  # noqa: S608 - ours
    "DROP TABLE seed, town, blind",
)


def _mixed(number: int) -> int:
    return number * _FACTOR & _BITS


def code_of(number: int) -> str:
    """The code of the order with this number, as the statement makes it."""
    return "".join(CODE_ALPHABET[_mixed(number) >> 5 * place & 31] for place in range(8))


def tail_of(number: int, many: int) -> str:
    """The last digits of its payer's phone, in a house of so many orders."""
    return f"{_mixed(number) % (many // SHARE_A_TAIL):04}"


def name_of(number: int, many: int) -> tuple[str, str]:
    """Its payer's surname and first name, likewise."""
    mixed, surnames = _mixed(number), many // SHARE_A_SURNAME
    return f"surname{mixed % surnames}", f"first{mixed // surnames % FIRST_NAMES}"


async def write(stage: Stage, vault: Vault, many: int) -> None:
    """Into an installation with nothing else in it."""
    await staging.prepare(stage)
    engine = create_async_engine(stage.server.urls.owner)
    async with engine.begin() as tx:
        later = (await tx.execute(text(_LATER))).all()
        for statement in (*_BEFORE, *(row.away for row in later)):
            await tx.execute(text(statement))
        await _write_blind(tx, vault, many)
        for statement in _SEED:
            await tx.execute(text(statement), {"many": many} if ":many" in statement else {})
        # Indexes first: they came last.
        for row in reversed(later):
            await tx.exec_driver_sql(row.again)
    async with engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text("VACUUM ANALYZE"))
    await engine.dispose()


async def _write_blind(tx: AsyncConnection, vault: Vault, many: int) -> None:
    """What persons are found by, as the installation's own key makes it."""
    wanted = [
        *(("phone-tail", n, "phone-tail", f"{n:04}") for n in range(many // SHARE_A_TAIL)),
        *(("surname", n, "name", f"surname{n}") for n in range(many // SHARE_A_SURNAME)),
        *(("first", n, "name", f"first{n}") for n in range(FIRST_NAMES)),
    ]
    rows = [{"kind": kind, "n": n, "index": vault.blind(way, value).hex()} for kind, n, way, value in wanted]
    table, insert = _BLIND
    await tx.execute(text(table))
    await tx.execute(text(insert), {"rows": json.dumps(rows)})
