"""The API: the main job as an integrator sees it, who may what, and what an operator asks."""

from __future__ import annotations

from openapi_spec_validator import validate
from ulid import ULID

from checkout.ground.db import rows, sql
from checkout.ground.ids import PaymentId
from checkout.parts import PARTS
from checkout.payment import settle
from checkout.people import store as people
from checkout.web.routes import Op
from tests.api.wishes import wish
from tests.world import World


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
