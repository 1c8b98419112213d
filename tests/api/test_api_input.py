"""What an API call cannot mean: each kind of it has its status and its code, names its field, and makes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.wishes import PAYER, wish
from tests.setting import KEYS
from tests.world import World


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


@pytest.mark.parametrize(
    "bad", ["ord_x", "pay_01M84TACNFZWRT9CVA7N71J008", "1", "%00", "ord_ZZZZZZZZZZZZZZZZZZZZZZZZZZ"]
)
async def test_malformed_ids_do_not_exist(world: World, bad: str) -> None:
    """404, never a 500."""
    assert (await world.api("GET", f"/v1/orders/{bad}"))[0] == 404


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
