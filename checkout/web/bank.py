"""Callbacks: a doorbell, not a letter. Check it, keep it, wake the payment, answer 200. Nothing is believed here."""

from __future__ import annotations

import hashlib

import structlog
from aiohttp import web

from checkout.ground.db import Tx, in_transaction
from checkout.ground.hint import nudge
from checkout.ground.ids import CheckId, ClientId, PaymentId
from checkout.ground.observe import CALLBACKS
from checkout.ground.service import Service
from checkout.payment import breaker, cards, check_store, said_store, store
from checkout.payment.check_store import Check
from checkout.privacy.store import seal_payload
from checkout.web.routes import SERVICE, Routes
from gateways.gateway import CallbackRequest, Forged, Notice

routes = Routes()
_UNSIGNED = ("checksum", "sign_alias")
log = structlog.get_logger()


@routes.page("GET", "/callbacks/{merchant}")
@routes.page("POST", "/callbacks/{merchant}")
async def callback(request: web.Request) -> web.Response:
    """200 for what is genuine (or names nothing of ours: it would only be sent again), 403 for what is not."""
    service = request.app[SERVICE]
    merchant = request.match_info["merchant"]
    if merchant not in service.gateways:
        return web.Response(status=404)
    came = CallbackRequest(request.method, tuple(request.query.items()), request.content_type, await request.read())
    try:
        notice = service.gateway(merchant).read_callback(came)
    except Forged as reason:
        CALLBACKS.labels(merchant, "forged").inc()
        log.warning("callback_forged", merchant=merchant, reason=str(reason))
        return web.Response(status=403)
    CALLBACKS.labels(merchant, await heard(service, merchant, notice, came)).inc()
    return web.Response(text="OK")


async def heard(service: Service, merchant: str, notice: Notice, came: CallbackRequest) -> str:
    """What became of a genuine callback, in one word: it is about a saved card, a payment, or a card that is being added."""
    about_card = notice.binding is not None and (notice.switched_off or notice.reference is None)
    outcome = await (card(service, merchant, notice) if about_card else ring(service, merchant, notice, came))
    return await check(service, merchant, notice) if outcome == "stranger" else outcome


async def card(service: Service, merchant: str, notice: Notice) -> str:
    """A saved card was switched off; that one was made, the payment or the check that made it says itself."""
    binding = notice.binding
    if binding is None or not notice.switched_off:
        return "stranger"

    async def work(tx: Tx) -> str:
        if not await cards.switched_off(tx, merchant, binding, signed=notice.signed):
            return "stranger"
        await nudge(tx)
        return "kept"

    return await in_transaction(service.engine, work)


async def check(service: Service, merchant: str, notice: Notice) -> str:
    """It is about a card that is being added without paying, by whichever of its names: the bank is asked at once."""

    async def work(tx: Tx) -> str:
        found = await _checked(tx, merchant, notice)
        if found is None or found.merchant != merchant:
            return "stranger"
        if not await check_store.ring(tx, found.id):
            return "duplicate"
        if found.troubled and notice.signed:
            await breaker.rang(tx, merchant)
        await nudge(tx)
        return "kept"

    return await in_transaction(service.engine, work)


async def _checked(tx: Tx, merchant: str, notice: Notice) -> Check | None:
    """By our number, the bank's reference, or the client whose card was saved (`bindingCreated` names no order)."""
    try:
        return await check_store.read(tx, CheckId.parse(notice.number or ""))
    except ValueError:
        if notice.reference:
            return await check_store.by_reference(tx, merchant, notice.reference)
    try:
        return await check_store.of_client(tx, merchant, ClientId.parse(notice.client or ""))
    except ValueError:
        return None


async def ring(service: Service, merchant: str, notice: Notice, came: CallbackRequest) -> str:
    """Keep it and wake the payment, in one transaction; the same callback twice is kept once."""
    raw = repr((came.method, came.query, came.body)).encode()
    # The same words are the same callback: what stands outside the signature does not make another one.
    words = sorted(pair for pair in came.query if pair[0] not in _UNSIGNED)
    digest = hashlib.sha256(repr((merchant, words, came.body)).encode()).digest()

    async def work(tx: Tx) -> str:
        target = await _target(tx, merchant, notice)
        if target is None or target.merchant != merchant:
            return "stranger"
        sealed = seal_payload(service.vault, target.payer_id, target.data_key, raw)
        if not await said_store.ring(tx, target, notice, digest=digest, sealed=sealed):
            return "duplicate"
        if target.troubled and notice.signed:
            await breaker.rang(tx, merchant)
        await nudge(tx)
        return "kept"

    return await in_transaction(service.engine, work)


async def _target(tx: Tx, merchant: str, notice: Notice) -> store.Payment | None:
    """The payment that a callback names by our number, or by the bank's reference alone."""
    try:
        return await store.read(tx, PaymentId.parse(notice.number or ""))
    except ValueError:
        return await store.by_reference(tx, merchant, notice.reference) if notice.reference else None
