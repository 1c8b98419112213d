"""The test installation: configuration, keys, and how the database is emptied between tests."""

from __future__ import annotations

import base64
import os
import secrets
import socket
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, Final

from checkout.ground import config as settings
from gateways.gateway import Way

CALLBACK_SECRET: Final = "a-secret-of-the-tests"
KEYS: Final = {
    name: f"ck_{name}_of-the-tests-0123456789"
    for name in ("site", "site-2", "office", "finance", "finance-2", "admin", "diary")
}
ENVIRONMENT: Final = {
    "CHECKOUT_MASTER_KEY": base64.b64encode(b"the master key of the tests, 32b").decode(),
    "CHECKOUT_BANK_PASSWORD": "sandbox",
    "CHECKOUT_BANK_CALLBACK_SECRET": CALLBACK_SECRET,
}
# Tests that run side by side never meet: each worker has five thousand of its own, and two runs begin apart.
_WORKER: Final = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
_PORTS: Final = count(12_000 + 5_000 * _WORKER + secrets.randbelow(2_000))
# Everything but the catalogue, the roles and the installation itself.
EMPTIED: Final = (
    "orders, order_line, order_consent, booking, payment, refund, gateway_fact, callback, ledger_tx, ledger_entry, "
    "chargeback, "
    "cash_entry, cash_shift, cash_count, cash_hand_over, cash_print, fiscal_receipt, fiscal_cart, receipt, "
    "event, audit, idempotency, person, "
    "worker, working_day, "
    "message, consent_withdrawal, consent_text, busy, bucket, contact_code, "
    "saved_view, staff_put_away, "
    "staff, staff_grant, staff_ticket, staff_code, staff_session, staff_passkey, staff_challenge, audit_link, audit_anchor, "
    "alarm, broken_invariant, payment_review, registry_file, registry_line, registry_match, registry_break, "
    "card_client, card_check, saved_card, payment_card, contact_proof, "
    "gateway_breaker, figure_day, figure_run, day_off, day_off_visit, catalogue_change, legal_text"
)
CATALOGUE: Final = ("clinic", "service", "resource")  # and what hangs on them
PATHS: Final = {
    "sberbank-legacy": "/payment/rest/",
    "alfabank": "/payment/rest/",
    "sberbank": "/ecomm/gw/partner/api/v1/",
    "rbs": "/ab_by/rest/",
}


def configured(
    bank_url: str,
    *,
    kind: str = "sberbank-legacy",
    port: int | None = None,
    embed_hosts: tuple[str, ...] = (),
    receipts: settings.Receipts | None = None,
    fiscal: settings.Fiscal | None = None,
    methods: tuple[Way, ...] = (Way.CARD,),
    stages: str = "one",
    saved_cards: bool = False,
    card_check: bool = False,
    contract: Mapping[str, Any] | None = None,
    one_press: bool = False,
) -> settings.Config:
    """The repository's own config.yaml, pointed at a sandbox and a free port. `contract`: further keys of its `gateway`."""
    chosen = port or free_port()
    environment = {**ENVIRONMENT, "CHECKOUT_BANK_URL": bank_url + PATHS[kind]}
    loaded = settings.load(Path(__file__).parent.parent / "config.yaml", environment)
    host = f"localhost:{chosen}"
    merchant = loaded.merchants[0]
    gateway = merchant.gateway.model_copy(
        update={
            "kind": kind,
            "stages": stages,
            "two_stage": True if stages == "two" else None,
            "saved_cards": saved_cards,
            "card_check": card_check,
            **(contract or {}),
            "one_press": one_press,
        }
    )
    return loaded.model_copy(
        update={
            "public_url": f"http://{host}",
            "allowed_hosts": (host,),
            "embed_hosts": embed_hosts,
            "listen": settings.Listen(port=chosen),
            "brakes": loaded.brakes.roomier(1000),  # those about the brakes put the real figures back
            "merchants": (
                merchant.model_copy(
                    update={"gateway": gateway, "receipts": receipts, "fiscal": fiscal, "methods": methods}
                ),
            ),
        }
    )


def free_port() -> int:
    """A port where nobody listens, given once, and below those that the kernel hands out meanwhile by itself."""
    for port in _PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise RuntimeError("no free port")
