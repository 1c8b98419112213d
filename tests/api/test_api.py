"""The API: who may what, what bad input gets, and that one key has one effect."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from openapi_spec_validator import validate
from ulid import ULID

from checkout.__main__ import PARTS
from checkout.ground.db import rows, sql
from checkout.ground.ids import PaymentId
from checkout.payment import settle
from checkout.people import store as people
from checkout.web.routes import Op
from tests.api.every import example_path
from tests.setting import KEYS
from tests.world import World

PAYER = {"name": "Мария Петрова", "phone": "8 (912) 345-67-89", "email": "maria@example.com"}


async def wish(world: World, **changes: Any) -> dict[str, Any]:
    start = (await world.free())[0]
    body = {
        "clinic": "tverskaya",
        "lines": [{"service": "consultation"}],
        "starts_at": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "payer": PAYER,
        "consents": ["adult", "offer", "personal-data"],
    }
    return {**body, **changes}


async def test_the_main_job_over_the_api(world: World) -> None:
    """Order, pay, read: statuses and sums as an integrator sees them."""
    status, order = await world.api("POST", "/v1/orders", "site", await wish(world))
    assert (status, order["status"], order["due"]) == (201, "draft", {"amount": 250_000, "currency": "RUB"})
    status, payment = await world.api("POST", f"/v1/orders/{order['id']}/payments", "site", {})
    assert (status, payment["status"]) == (201, "pending")
    assert payment["redirect_url"].startswith(world.bank.base_url)
    found = world.bank.find(world.merchant, number=payment["id"])
    assert found.amount == 250_000
    assert not any(
        word in repr(found) for word in ("consultation", "терапевта")
    )  # the bank does not learn what was bought
    await world.pay_at_bank(PaymentId.parse(payment["id"]))
    await settle.settle(world.service, PaymentId.parse(payment["id"]))
    status, read = await world.api("GET", f"/v1/orders/{order['id']}", "site")
    assert (status, read["status"], read["due"]["amount"], read["paid"]["amount"]) == (200, "paid", 0, 250_000)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"price": 1}, "/price"),
        ({"total": {"amount": 1}}, "/total"),
        ({"status": "paid"}, "/status"),
        ({"clinic": "Nowhere!"}, "/clinic"),
        ({"lines": []}, "/lines"),
        ({"lines": [{"service": "consultation", "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"service": "consultation", "price": 1}]}, "/lines/0/price"),
        ({"starts_at": "tomorrow"}, "/starts_at"),
        ({"starts_at": "2026-12-01T10:00:00"}, "/starts_at"),
        ({"payer": {**PAYER, "email": "x"}}, "/payer/email"),
        ({"plan": "free"}, "/plan"),
    ],
)
async def test_a_field_that_does_not_fit_is_named(world: World, change: dict[str, Any], pointer: str) -> None:
    """422 with the pointer of the field; nothing is made."""
    status, body = await world.api("POST", "/v1/orders", "site", await wish(world, **change))
    assert (status, body["code"]) == (422, "schema")
    assert any(error["pointer"].startswith(pointer) for error in body["errors"])
    assert (await world.api("GET", "/v1/orders"))[1]["data"] == []


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"clinic": "nowhere"}, "clinic_unknown", "/clinic"),
        ({"lines": [{"service": "nothing"}]}, "service_unknown", "/lines/0/service"),
        ({"consents": ["offer"]}, "consent_needed", "/consents"),
        ({"consents": ["adult", "offer", "personal-data", "soul"]}, "consent_unknown", "/consents"),
        ({"payer": {**PAYER, "phone": "12345"}}, "phone_unreadable", "/payer/phone"),
        ({"payer": {**PAYER, "phone": "8 809 123-45-67"}}, "phone_unreadable", "/payer/phone"),
        ({"payer": {**PAYER, "phone": "+49 180 12345"}}, "phone_unreadable", "/payer/phone"),
        ({"payer": {**PAYER, "email": "maria@"}}, "email_unreadable", "/payer/email"),
        ({"return_url": "https://evil.example/"}, "return_url_forbidden", "/return_url"),
        ({"return_url": "javascript:alert(1)"}, "return_url_forbidden", "/return_url"),
        ({"return_url": "//evil.example"}, "return_url_forbidden", "/return_url"),
    ],
)
async def test_a_value_that_cannot_be_meant_is_named(
    world: World, change: dict[str, Any], code: str, pointer: str
) -> None:
    """422 with our own stable code."""
    status, body = await world.api("POST", "/v1/orders", "site", await wish(world, **change))
    assert (status, body["code"], body["errors"][0]["pointer"]) == (422, code, pointer)


@pytest.mark.parametrize("start", ["2020-01-01T10:00:00Z", "2026-11-29T01:00:00Z", "2099-01-01T10:00:00Z"])
async def test_times_that_cannot_be_booked_name_the_nearest_free_ones(world: World, start: str) -> None:
    """The past, the night and the far future: 409 and what is free."""
    status, body = await world.api("POST", "/v1/orders", "site", await wish(world, starts_at=start))
    assert (status, body["code"]) == (409, "slot_taken")
    assert isinstance(body["nearest"], list)


async def test_a_taken_time_is_refused_with_free_ones(world: World) -> None:
    """Two specialists, three wishes."""
    body = await wish(world)
    answers = [await world.api("POST", "/v1/orders", "site", body) for _ in range(3)]
    assert [status for status, _ in answers] == [201, 201, 409]
    assert len(answers[2][1]["nearest"]) == 3


@pytest.mark.parametrize(
    ("raw", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "body_unreadable"),
        (b'{"clinic":"a","clinic":"b"}', "application/json", 400, "body_unreadable"),
        (b'{"lines":NaN}', "application/json", 400, "body_unreadable"),
        (b"[" * 100_000, "application/json", 413, "body_too_large"),
        (b"[" * 30_000, "application/json", 400, "body_unreadable"),
        (b"clinic=a", "application/x-www-form-urlencoded", 415, "type_unsupported"),
        (b"\xff\xfe", "application/json", 400, "body_unreadable"),
        (b"null", "application/json", 422, "schema"),
    ],
)
async def test_bodies_that_are_no_request(world: World, raw: bytes, kind: str, status: int, code: str) -> None:
    """Each kind of rubbish has its own status, and none is a 500."""
    headers = {"Authorization": f"Bearer {KEYS['site']}", "Idempotency-Key": "k", "Content-Type": kind}
    async with world.http.post(world.url + "/v1/orders", data=raw, headers=headers) as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (status, code)


ROLE_MAY = {
    "create_order": {"site", "office", "admin"},
    "list_orders": {"site", "office", "finance", "admin"},
    "read_order": {"site", "office", "finance", "admin"},
    "start_payment": {"site", "office", "admin"},
    "take_cash": {"office", "admin"},
    "take_manual": {"office", "admin"},
    "count_drawer": {"office", "admin"},
    "open_shift": {"office", "admin"},
    "read_open_shift": {"office", "finance", "admin"},
    "read_shift": {"office", "finance", "admin"},
    "move_cash": {"office", "admin"},
    "reverse_entry": {"office", "admin"},
    "give_takings": {"office", "admin"},
    "accept_takings": {"office", "finance", "admin"},
    "withdraw_takings": {"office", "finance", "admin"},
    "close_shift": {"office", "admin"},
    "confirm_shift": {"office", "admin"},
    "cancel_order": {"site", "office", "admin"},
    "move_order": {"site", "office", "admin"},
    "mark_visit": {"office", "admin"},
    "hand_over": {"office", "admin"},
    "read_evidence": {"finance", "admin"},
    "request_refund": {"finance", "admin"},
    "list_refunds": {"finance", "admin"},
    "read_refund": {"finance", "admin"},
    "approve_refund": {"finance", "admin"},
    "reject_refund": {"finance", "admin"},
    "retry_refund": {"finance", "admin"},
    "cancel_refund": {"finance", "admin"},
    "pay_out_refund": {"office", "admin"},
    "list_clinics": {"site", "office", "finance", "admin", "diary"},
    "list_services": {"site", "office", "finance", "admin", "diary"},
    "list_specialists": {"site", "office", "finance", "admin", "diary"},
    "list_slots": {"site", "office", "finance", "admin", "diary"},
    "put_busy": {"admin", "diary"},
    "remove_busy": {"admin", "diary"},
    "list_busy": {"office", "admin", "diary"},
    "list_messages": {"office", "finance", "admin"},
    "resend_message": {"office", "admin"},
}


async def test_the_matrix_of_roles_and_operations(world: World) -> None:
    """Every operation × every role: let in or 403. A new operation without a row fails here."""
    ops = [entry for room in PARTS.rooms for entry in room if isinstance(entry, Op)]
    assert {op.name for op in ops} == set(ROLE_MAY)
    for op in ops:
        for role in ("site", "office", "finance", "admin", "diary"):
            path = example_path(op.path)
            status, _ = await world.api(op.method, path, role, {} if op.body else None)
            assert (status != 403) == (role in ROLE_MAY[op.name]), (op.name, role, status)


async def test_anothers_order_does_not_exist(world: World) -> None:
    """A site sees its own orders only; office and finance see the clinic's."""
    _, order = await world.api("POST", "/v1/orders", "site", await wish(world))
    for path in (f"/v1/orders/{order['id']}",):
        assert (await world.api("GET", path, "site-2"))[0] == 404
        assert (await world.api("GET", path, "office"))[0] == 200
    assert (await world.api("POST", f"/v1/orders/{order['id']}/payments", "site-2", {}))[0] == 404
    assert (await world.api("POST", f"/v1/orders/{order['id']}/cancel", "site-2", {}))[0] == 404
    elsewhen = {"starts_at": (await world.free())[1].isoformat()}
    assert (await world.api("POST", f"/v1/orders/{order['id']}/move", "site-2", elsewhen))[0] == 404
    assert (await world.api("GET", "/v1/orders", "site-2"))[1]["data"] == []


@pytest.mark.parametrize(
    "bad", ["ord_x", "pay_01M84TACNFZWRT9CVA7N71J008", "1", "%00", "ord_ZZZZZZZZZZZZZZZZZZZZZZZZZZ"]
)
async def test_malformed_ids_do_not_exist(world: World, bad: str) -> None:
    """404, never a 500."""
    assert (await world.api("GET", f"/v1/orders/{bad}"))[0] == 404


async def test_one_key_has_one_effect(world: World) -> None:
    """The same request again is answered from memory, and marked so."""
    body, key = await wish(world), str(ULID())
    first = await world.api("POST", "/v1/orders", "site", body, key=key)
    headers = {"Authorization": f"Bearer {KEYS['site']}", "Idempotency-Key": key}
    async with world.http.post(world.url + "/v1/orders", json=body, headers=headers) as again:
        assert again.headers["Idempotent-Replayed"] == "true"
        assert (again.status, await again.json()) == first
    assert len((await world.api("GET", "/v1/orders"))[1]["data"]) == 1


async def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    """422, and nothing is made."""
    key = str(ULID())
    await world.api("POST", "/v1/orders", "site", await wish(world), key=key)
    status, body = await world.api("POST", "/v1/orders", "site", await wish(world, language="en"), key=key)
    assert (status, body["code"]) == (422, "idempotency_key_reused")


async def test_a_refusal_is_an_answer_too(world: World) -> None:
    """A slot that was taken under this key stays taken under this key, even if it becomes free."""
    body, key = await wish(world, lines=[{"service": "ultrasound"}]), str(ULID())
    _, order = await world.api("POST", "/v1/orders", "site", body)
    refused = await world.api("POST", "/v1/orders", "site", body, key=key)
    assert refused[0] == 409
    await world.api("POST", f"/v1/orders/{order['id']}/cancel", "site", {})
    again = await world.api("POST", "/v1/orders", "site", body, key=key)
    assert (again[0], again[1]["code"]) == (409, "slot_taken")
    assert (await world.api("POST", "/v1/orders", "site", body))[0] == 201


async def test_a_key_is_required_and_belongs_to_its_principal(world: World) -> None:
    """400 without; two sites may use the same text."""
    body = await wish(world)
    async with world.http.post(
        world.url + "/v1/orders", json=body, headers={"Authorization": f"Bearer {KEYS['site']}"}
    ) as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (400, "idempotency_key_missing")
    assert (await world.api("POST", "/v1/orders", "site", body, key="same"))[0] == 201
    assert (await world.api("POST", "/v1/orders", "site-2", body, key="same"))[0] == 201


async def test_many_at_once_under_one_key_have_one_effect(world: World) -> None:
    """Sixteen parallel posts: one order; each other answer is the same one, or 409 running."""
    body, key = await wish(world), str(ULID())
    answers = await asyncio.gather(*(world.api("POST", "/v1/orders", "site", body, key=key) for _ in range(16)))
    assert {status for status, _ in answers} <= {201, 409}
    assert len({answer["id"] for status, answer in answers if status == 201}) == 1
    assert all(answer["code"] == "request_running" for status, answer in answers if status == 409)
    assert len((await world.api("GET", "/v1/orders"))[1]["data"]) == 1


async def test_lists_are_paged_by_cursor(world: World) -> None:
    """Three orders in pages of two, newest first, none lost and none twice."""
    made = [(await world.api("POST", "/v1/orders", "site", await wish(world)))[1]["id"] for _ in range(3)]
    _, first = await world.api("GET", "/v1/orders?limit=2")
    _, second = await world.api("GET", f"/v1/orders?limit=2&starting_after={first['data'][-1]['id']}")
    assert [row["id"] for row in first["data"] + second["data"]] == made[::-1]
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert (await world.api("GET", "/v1/orders?limit=0"))[0] == 422
    assert (await world.api("GET", "/v1/orders?limit=1&limit=2"))[0] == 400
    assert (await world.api("GET", "/v1/orders?colour=red"))[0] == 422
    assert (await world.api("GET", "/v1/orders?starting_after=x"))[0] == 422


async def test_refunds_over_the_api(world: World) -> None:
    """Asked by one, approved by another; the list and the dates are there."""
    order, _ = await world.paid(principal="key:site")
    body = {"amount": {"amount": 100_000}, "reason": "the doctor was ill"}
    status, refund = await world.api("POST", f"/v1/orders/{order.id}/refunds", "finance", body)
    assert (status, refund["status"], refund["status_text"]["ru"]) == (201, "requested", "На согласовании")
    assert (await world.api("POST", f"/v1/refunds/{refund['id']}/approve", "finance", {}))[1]["code"] == "own_refund"
    status, approved = await world.api("POST", f"/v1/refunds/{refund['id']}/approve", "finance-2", {})
    assert (status, approved["status"]) == (200, "scheduled")
    assert refund["answer_due"] < refund["expected_by"]
    assert [row["id"] for row in (await world.api("GET", "/v1/refunds?status=scheduled", "finance"))[1]["data"]] == [
        refund["id"]
    ]
    assert (await world.api("GET", "/v1/refunds?status=done", "finance"))[1]["data"] == []
    status, refused = await world.api(
        "POST", f"/v1/orders/{order.id}/refunds", "finance", {**body, "amount": {"amount": 200_000}}
    )
    assert (status, refused["left"]) == (409, {"amount": 150_000, "currency": "RUB"})


async def test_denials_are_audited(world: World) -> None:
    """Who tried what leaves a row."""
    await world.api("GET", "/v1/refunds", "site")
    found = await world.tx(lambda tx: rows(tx, sql("SELECT principal, action, outcome FROM audit")))
    assert [(row.principal, row.action, row.outcome) for row in found] == [("key:site", "refund.read", "denied")]


async def test_the_document_is_valid_and_whole(world: World) -> None:
    """OpenAPI 3.1; what is routed is described, and every refusal code has its words."""
    async with world.http.get(world.url + "/openapi.json") as answer:
        document = await answer.json()
    validate(document)
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    routed = {(op.method, op.path) for room in PARTS.rooms for op in room if isinstance(op, Op)}
    assert described == routed
    assert all(path.startswith("/v1/") for _, path in described)


async def test_strange_hosts_methods_and_paths(world: World) -> None:
    """421, 405, 404: each with our headers and none with a stack trace."""
    async with world.http.get(world.url + "/v1/clinics", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 421
    async with world.http.delete(world.url + "/v1/orders") as answer:
        assert answer.status == 405
        assert answer.headers["Allow"]
    async with world.http.get(world.url + "/v1/nothing") as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (404, "not_found")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Request-Id"].startswith("req_")


async def test_alive_ready_and_measured(world: World) -> None:
    """The operator's three questions."""
    for path in ("/healthz", "/readyz"):
        async with world.http.get(world.url + path) as answer:
            assert answer.status == 200, await answer.text()
    async with world.http.get(world.url + "/metrics") as answer:
        text = await answer.text()
    for series in (
        "checkout_flow_total",
        "checkout_http_seconds",
        "gateway_call_seconds",
        "checkout_invariant_violations",
    ):
        assert series in text


async def test_metrics_are_for_this_machine_or_the_bearer_of_the_token(world: World) -> None:
    """Behind the one trusted proxy the peer's own address decides, and nobody can claim another in front of it."""
    config = world.config.model_copy(update={"trusted_proxy_hops": 1})
    object.__setattr__(world.service, "config", config)  # the running application, put behind a proxy
    for forwarded, status in (("203.0.113.9", 403), ("127.0.0.1, 203.0.113.9", 403), ("127.0.0.1", 200), ("junk", 403)):
        async with world.http.get(world.url + "/metrics", headers={"X-Forwarded-For": forwarded}) as answer:
            assert answer.status == status, forwarded


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/slots?clinic=tverskaya&service=consultation&day=9999-12-31", 422),
        ("/v1/slots?clinic=tverskaya&service=consultation&day=0001-01-01", 422),
        ("/v1/slots?clinic=tverskaya&service=consultation&day=2026-12-01&days=32", 422),
        ("/v1/slots?clinic=nowhere&service=consultation&day=2026-12-01", 422),
        ("/v1/orders?code=%00%00%00%00%00%00%00%00", 422),
    ],
)
async def test_dates_and_texts_that_cannot_be_meant(world: World, path: str, status: int) -> None:
    """The ends of time and control characters are 422, never a fault."""
    assert (await world.api("GET", path))[0] == status


@pytest.mark.parametrize("start", ["9999-12-31T23:30:00Z", "0001-01-01T00:00:00+05:00"])
async def test_instants_that_cannot_be_meant(world: World, start: str) -> None:
    """Some cannot even be turned into UTC."""
    assert (await world.api("POST", "/v1/orders", "site", await wish(world, starts_at=start)))[0] == 422


async def test_refunds_are_not_put_off_for_years(world: World) -> None:
    """Reserved money has an end: at most a year, and no control characters in a reason."""
    order, _ = await world.paid()
    body = {"amount": {"amount": 100}, "reason": "a reason", "scheduled_for": "2031-01-01T00:00:00Z"}
    assert (await world.api("POST", f"/v1/orders/{order.id}/refunds", "finance", body))[1]["code"] == "date_too_far"
    body = {"amount": {"amount": 100}, "reason": "a\u0000reason"}
    assert (await world.api("POST", f"/v1/orders/{order.id}/refunds", "finance", body))[0] == 422


async def test_a_key_of_one_clinic_books_there_only(world: World) -> None:
    """Scope holds for making, not only for reading."""
    clinics = await world.tx(lambda tx: rows(tx, sql("SELECT id FROM clinic WHERE slug = 'krasny'")))
    secret = "ck_office_of-one-clinic-only-0123456789"
    await world.tx(
        lambda tx: people.keep_key(tx, name=secret[-9:], role="office", secret=secret, clinics=[clinics[0].id])
    )
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": str(ULID())}
    async with world.http.post(world.url + "/v1/orders", json=await wish(world), headers=headers) as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (422, "clinic_unknown")
    assert (await world.api("GET", "/v1/orders"))[1]["data"] == []


async def test_kept_answers_do_not_show_the_private_link(world: World) -> None:
    """A dump of the database opens nobody's order; a replay still carries the link."""
    body, key = await wish(world), str(ULID())
    _, order = await world.api("POST", "/v1/orders", "site", body, key=key)
    kept = await world.tx(lambda tx: rows(tx, sql("SELECT answer FROM idempotency")))
    assert order["link"].rpartition("/")[2].encode() not in kept[0].answer
    assert (await world.api("POST", "/v1/orders", "site", body, key=key))[1]["link"] == order["link"]
