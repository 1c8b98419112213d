"""Row-level security: whoever works at one clinic sees nothing of another, whatever the statement asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from ulid import ULID

from checkout.books import figures_store
from checkout.ground.db import DATABASE_TROUBLE, Engine, Scope, in_transaction, rows, run, sql, within
from checkout.ground.errors import Missing
from checkout.payment import orders
from checkout.payment.order import Order, Plan, Word
from checkout.payment.place import Wish, place
from checkout.postgres import Urls
from checkout.till import fiscal, move
from checkout.till.print_slip import print_slip
from checkout.till.take import take
from refunds.chargebacks import recognise
from tests.api.every import key_of
from tests.flows.drawer import taken
from tests.flows.registry import Said, brought_in
from tests.world import MARIA, World, roubles

# What no clinic owns, and why it may be seen from everywhere.
_REASONS: Final = {
    "of the installation as a whole": (
        "alembic_version installation worker figure_run alarm broken_invariant gateway_breaker"
    ),
    "the catalogue, which every payer sees": (
        "clinic service service_price clinic_service service_option resource resource_service resource_hours "
        "resource_exception opening_hours opening_exception working_day notice_rule consent_text legal_text"
    ),
    "sealed, and found by a blind index alone; whose order it is stands in `orders`": "person",
    "looked up before anybody's scope is known": (
        "role role_action api_key staff staff_grant staff_ticket staff_code staff_session staff_passkey staff_challenge "
        "saved_view staff_put_away"
    ),
    "hashes, blind indexes and sealed answers": "audit_link audit_anchor idempotency bucket contact_code card_client",
}
UNSCOPED: Final = {table: reason for reason, tables in _REASONS.items() for table in tables.split()}
WHOLE: Final = ["audit", "registry_file"]
_TABLES = sql("""
SELECT c.relname AS name, c.relrowsecurity AS scoped FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY c.relname""")
# They tell when somebody is taken, and not for whom. Every other view must scope itself, and is tried like a table.
LEAKS: Final = ["blocked", "booked"]
_VIEWS = sql("""
SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind = 'v' ORDER BY c.relname""")
_TRIGGERS = sql("""
SELECT DISTINCT p.proname AS name FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
  JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname = 'public' AND NOT t.tgisinternal AND NOT p.prosecdef ORDER BY p.proname""")


async def _counts(engine: Engine, tables: list[str]) -> Mapping[str, int]:
    asked = sql(" UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS held FROM {name}" for name in tables))  # noqa: S608 - names of the catalogue
    return {row.name: row.held for row in await in_transaction(engine, lambda tx: rows(tx, asked))}


async def _scoped(world: World) -> list[str]:
    tables = [row.name for row in await world.tx(lambda tx: rows(tx, _TABLES)) if row.scoped]
    return tables + [row.name for row in await world.tx(lambda tx: rows(tx, _VIEWS)) if row.name not in LEAKS]


async def _clinics(world: World) -> dict[str, int]:
    found = await world.tx(lambda tx: rows(tx, sql("SELECT slug, id FROM clinic")))
    return {row.slug: row.id for row in found}


def _engine(world: World, *clinics: int) -> Engine:
    return within(world.service.engine, Scope("staff:somebody", frozenset(clinics)))


async def _busy(world: World, clinic: str) -> None:
    block = {"external_id": "a", "starts_at": "2026-01-10T08:00:00Z", "ends_at": "2026-01-10T09:00:00Z"}
    specialist = {"tverskaya": "orlov", "krasny": "ivanova"}[clinic]
    body = {"source": "mis", "resource": specialist, "blocks": [block]}
    status, answer = await world.api("POST", f"/v1/clinics/{clinic}/busy", "diary", body)
    assert status == 200, answer


async def _clinic_at_work(world: World, clinic: str, folder: Path) -> Order:
    """A row in every table that hangs on a clinic: paid by card, by cash and at the bank, refunded, counted, told."""
    order, payment = await world.paid(clinic=clinic)
    asked = {"amount": {"amount": 100_000}, "reason": "the doctor was ill"}
    assert (await world.api("POST", f"/v1/orders/{order.id}/refunds", "finance", asked))[0] == 201
    shift, cash = await world.open_till(1000, clinic=clinic), await world.order(clinic=clinic)
    receipt = (await taken(world, cash, 2500)).receipt_no
    await world.tx(lambda tx: print_slip(tx, world.service, shift.id, receipt, principal="olga"))
    await world.tx(lambda tx: fiscal.note_of(tx, shift.clinic_id, receipt, "145", principal="olga", was=None))
    await world.tx(lambda tx: move.give(tx, shift.id, roubles(100), principal="olga"))
    taken_back = Said(f"cb-{clinic}", payment, "chargeback", amount="500,00", fee="0,00")
    await brought_in(world, folder / f"{clinic}.csv", Said(f"rrn-{clinic}", payment), taken_back)
    await recognise.recognise_due(world.service)
    for statement in (
        _WITHDRAWN,
        _RUNG,
        _BROKEN,
        _CALLED_OFF,
        _CONTESTED,
        _CHANGED,
        _PACKED,
        _PRINTED,
        _PROVEN,
        _SAVED,
        _CHECKED,
    ):
        await world.tx(lambda tx, statement=statement: run(tx, statement, id=order.id.uuid))  # type: ignore[misc]  # at once
    await _busy(world, clinic)
    today = (await world.now()).date()
    for day in (today, today + timedelta(days=1)):  # it may be tomorrow there already
        await world.tx(lambda tx, day=day: figures_store.count_day(tx, day))  # type: ignore[misc]  # as above
    await world.letters()
    return order


_CHANGED = sql("""
INSERT INTO catalogue_change (key, clinic_id, sign, again, before, after, principal)
SELECT ARRAY['clinic', c.slug], c.id, '~', false, '{}', '{}', 'olga'
  FROM orders o JOIN clinic c ON c.id = o.clinic_id WHERE o.id = :id""")
_CALLED_OFF = sql("""
WITH off AS (
  INSERT INTO day_off (id, clinic_id, day, reason, asked_by)
  SELECT gen_random_uuid(), clinic_id, (starts_at)::date, 'the doctor is ill', 'olga' FROM orders WHERE id = :id
  RETURNING id)
INSERT INTO day_off_visit (day_off_id, order_id, cure, sequence) SELECT off.id, :id, 'refund', 0 FROM off""")
_CONTESTED = sql("""
INSERT INTO payment_review (id, payment_id, captured, refunded, reason, asked_by)
SELECT gen_random_uuid(), id, amount, 0, 'the bank says so', 'anna' FROM payment WHERE order_id = :id AND method = 'card'""")
_PACKED = sql("""
INSERT INTO fiscal_cart (payment_id, amount, positions)
SELECT id, amount, jsonb_build_array(jsonb_build_object('amount', amount)) FROM payment
 WHERE order_id = :id AND method = 'card'""")
_PRINTED = sql("""
INSERT INTO receipt (id, order_id, payment_id, kind, state, amount, positions)
SELECT gen_random_uuid(), order_id, id, 'payment', 'expected', amount, jsonb_build_array(jsonb_build_object('amount', amount))
  FROM payment
 WHERE order_id = :id AND method = 'card'""")
_PROVEN = sql("INSERT INTO contact_proof (order_id, channel) VALUES (:id, 'email')")
_SAVED = sql("""
WITH paid AS (SELECT id, order_id, merchant FROM payment WHERE order_id = :id AND method = 'card'),
     whose AS (INSERT INTO card_client (id, merchant, phone_index, email_index, order_id)
               SELECT gen_random_uuid(), merchant, '', '', order_id FROM paid RETURNING id),
     told AS (INSERT INTO payment_card (payment_id, client_id, consent) SELECT paid.id, whose.id, '1' FROM paid, whose)
INSERT INTO saved_card (id, client_id, order_id, payment_id, binding, consent)
SELECT gen_random_uuid(), whose.id, paid.order_id, paid.id, 'b', '1' FROM paid, whose""")
_CHECKED = sql("""
INSERT INTO card_check (id, order_id, client_id, merchant, state, consent, return_hash, session_ends_at)
SELECT gen_random_uuid(), s.order_id, s.client_id, c.merchant, 'lapsed', '1', sha256(CAST(CAST(s.id AS text) AS bytea)), app_now()
  FROM saved_card s JOIN card_client c ON c.id = s.client_id WHERE s.order_id = :id""")
_WITHDRAWN = sql("INSERT INTO consent_withdrawal (order_id, kind) VALUES (:id, 'offer')")
_RUNG = sql("""
INSERT INTO callback (digest, merchant, payment_id, signed, processed_at)
SELECT sha256(CAST(CAST(id AS text) AS bytea)), merchant, id, true, app_now() FROM payment WHERE order_id = :id""")
_BROKEN = sql("""
INSERT INTO registry_break (id, kind, merchant, order_id, payment_id)
SELECT gen_random_uuid(), 'fee', merchant, order_id, id FROM payment WHERE order_id = :id""")


async def test_every_table_is_scoped_or_has_its_reason_not_to_be(world: World) -> None:
    """A new table fails here until somebody has thought about who may see its rows."""
    found = {row.name: row.scoped for row in await world.tx(lambda tx: rows(tx, _TABLES))}
    assert {name for name, scoped in found.items() if not scoped} == set(UNSCOPED)


async def test_what_passes_by_the_policies_is_known_by_name(world: World) -> None:
    """Views run as the owner, whom no policy binds; guards that look at other rows must, and the others need not."""
    views = {row.name for row in await world.tx(lambda tx: rows(tx, _VIEWS))}
    assert views == {*LEAKS, "books_entry", "books_payment", "books_refund", "books_registry"}
    assert [row.name for row in await world.tx(lambda tx: rows(tx, _TRIGGERS))] == [
        "cash_count_is_explained_once",
        "ledger_balances",
    ]


async def test_a_connection_that_says_nothing_sees_nothing(
    world: World, owner: AsyncEngine, urls: Urls, tmp_path: Path
) -> None:
    """The service's own login, from a console: every table that hangs on a clinic is empty, and nothing can be added."""
    await _clinic_at_work(world, "tverskaya", tmp_path)
    tables = await _scoped(world)
    async with owner.connect() as tx:
        await tx.execute(text("SET app.clinics = '*'"))  # no policy binds an owner, but a view asks whoever reads it
        for name in tables:
            assert (await tx.execute(text(f"SELECT count(*) FROM {name}"))).scalar_one() > 0, name  # noqa: S608 - a table's name
    bare = await asyncpg.connect(urls.app.replace("+asyncpg", ""))
    try:
        for name in tables:
            assert await bare.fetchval(f"SELECT count(*) FROM {name}") == 0, name  # noqa: S608 - as above
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await bare.execute("INSERT INTO cash_shift (id, clinic_id, opened_by) VALUES (gen_random_uuid(), 1, 'x')")
    finally:
        await bare.close()


async def test_another_offices_person_sees_no_row(world: World, tmp_path: Path) -> None:
    """The same statements: nothing at the other clinic, everything at one's own, both for whoever works at both."""
    await _clinic_at_work(world, "tverskaya", tmp_path)
    tables = [name for name in await _scoped(world) if name not in WHOLE]
    clinics = await _clinics(world)
    here, there = clinics["tverskaya"], clinics["krasny"]
    one_clinic = await _counts(world.service.engine, tables)
    assert await _counts(_engine(world, there), tables) == dict.fromkeys(tables, 0)
    assert await _counts(_engine(world), tables) == dict.fromkeys(tables, 0)
    assert await _counts(_engine(world, here), tables) == one_clinic
    await _clinic_at_work(world, "krasny", tmp_path)
    everything = await _counts(world.service.engine, tables)
    second = await _counts(_engine(world, there), tables)
    assert [name for name in tables if not 0 < second[name] < everything[name]] == []
    assert await _counts(_engine(world, here), tables) == one_clinic
    assert await _counts(_engine(world, here, there), tables) == everything


async def test_the_audit_is_read_over_the_whole_installation_or_not_at_all(world: World, tmp_path: Path) -> None:
    """Neither are the bank's files, which tell of every clinic of a merchant."""
    await _clinic_at_work(world, "tverskaya", tmp_path)
    clinics = await _clinics(world)
    assert all((await _counts(world.service.engine, WHOLE)).values())
    assert await _counts(_engine(world, *clinics.values()), WHOLE) == dict.fromkeys(WHOLE, 0)


async def test_another_clinics_order_can_neither_be_read_nor_locked(world: World) -> None:
    """The flows find no order, as if there were none."""
    order, clinics = await world.order(clinic="tverskaya"), await _clinics(world)
    for look in (orders.read, orders.lock):
        with pytest.raises(Missing):
            await in_transaction(_engine(world, clinics["krasny"]), lambda tx, look=look: look(tx, order.id))  # type: ignore[misc]  # one of the two above


async def test_nothing_is_made_at_another_clinic(world: World) -> None:
    """Whatever the code forgot to ask, the database refuses the row."""
    clinics, start = await _clinics(world), (await world.free())[0]
    agreed = ("adult", "offer", "personal-data")
    wish = Wish("tverskaya", (("consultation", 1),), start, MARIA, None, Plan.FULL, agreed, "ru")
    scope = Scope("staff:somebody", frozenset({clinics["krasny"]}))
    service = world.service.within(scope)
    with pytest.raises(DATABASE_TROUBLE, match="row-level security"):
        await in_transaction(service.engine, lambda tx: place(tx, service, wish, principal="staff:somebody"))


async def test_a_scope_ends_with_its_transaction(world: World) -> None:
    """The connection goes back to the pool as it was opened: the next one who takes it sees everything again."""
    await world.order()
    clinics = await _clinics(world)
    for _ in range(30):  # more often than there are connections
        assert await _counts(_engine(world, clinics["krasny"]), ["orders"]) == {"orders": 0}
        assert await _counts(world.service.engine, ["orders"]) == {"orders": 1}


async def test_a_key_of_one_clinic_does_its_whole_work_there(world: World) -> None:
    """Book, take cash, pay by card, cancel, refund, read what was told: no policy stands in the way at home."""
    headers = await key_of(world, "tverskaya")
    secret = headers.pop("Authorization")

    async def api(method: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        sent = {"Authorization": secret, "Idempotency-Key": str(ULID())}
        async with world.http.request(method, world.url + path, json=body, headers=sent) as answer:
            return answer.status, await answer.json(content_type=None)

    start = (await world.free())[0].isoformat()
    payer = {"name": "Мария Петрова", "phone": "+79123456789", "email": "maria@example.com"}
    wish = {"clinic": "tverskaya", "lines": [{"service": "consultation"}], "starts_at": start, "payer": payer}
    status, order = await api("POST", "/v1/orders", {**wish, "consents": ["adult", "offer", "personal-data"]})
    assert status == 201, order
    place_ = f"/v1/orders/{order['id']}"
    assert (await api("POST", f"{place_}/payments", {}))[0] == 201
    count = (await api("POST", "/v1/clinics/tverskaya/counts", {"total": {"amount": 100_000}}))[1]
    opened, shift = await api(
        "POST", "/v1/clinics/tverskaya/shifts", {"count": count["count"], "explanation": "the first"}
    )
    assert opened == 201, shift
    assert (await api("POST", f"{place_}/cash-payments", {"amount": {"amount": 250_000}}))[0] == 201
    status, refund = await api("POST", f"{place_}/refunds", {"amount": {"amount": 100_000}, "reason": "a reason"})
    assert status == 201, refund
    assert (await api("GET", f"{place_}/messages"))[0] == 200
    assert (await api("POST", f"{place_}/cancel", {}))[0] == 200
    assert (await api("GET", "/v1/orders"))[1]["data"]
    await world.sweep()
    assert await world.broken() == []


async def test_the_books_hold_whoever_wrote_them(world: World) -> None:
    """Cash taken by somebody of one clinic is posted, counted and known to the whole service."""
    order, clinics = await world.order(), await _clinics(world)
    await world.open_till(1000)
    service = world.service.within(Scope("staff:somebody", frozenset({clinics["tverskaya"]})))
    await in_transaction(
        service.engine, lambda tx: take(tx, service, order.id, roubles(2500), principal="staff:somebody")
    )
    assert await world.word(order.id) is Word.PAID
    assert await world.broken() == []
