"""What the payer agreed to: which text, which version, when and from where; the texts themselves are kept whole.

A consent that was given stays written down; that it was withdrawn is written beside it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from checkout.ground.config import Consent
from checkout.ground.db import Tx, rows, run, sql
from checkout.ground.errors import Conflict, Missing
from checkout.ground.events import Event, record
from checkout.ground.ids import OrderId
from checkout.ground.service import Service
from checkout.payment.order import Order
from checkout.privacy.store import open_sealed

PERSONAL_DATA: Final = "personal-data"

_TEXTS = sql("""
INSERT INTO consent_text (text_sha256, kind, version, language, title, body)
SELECT sha256(convert_to(body, 'UTF8')), kind, version, :language, title, body
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(kind text, version text, title text, body text)
ON CONFLICT (text_sha256) DO NOTHING""")
_AGREED = sql("""
INSERT INTO order_consent (order_id, kind, version, title, required, text_sha256, sealed_address, given_to)
SELECT :order_id, kind, version, title, required, sha256(convert_to(body, 'UTF8')), :address, :given_to
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(kind text, version text, title text, required boolean, body text)""")
_OF_ORDER = sql("""
SELECT c.kind, c.version, c.text_sha256, c.given_at, c.sealed_address, c.given_to, c.required, t.language, t.body,
       coalesce(c.title, t.title) AS title,
       w.at AS withdrawn_at, p.data_key
  FROM order_consent c JOIN orders o ON o.id = c.order_id JOIN person p ON p.id = o.payer_id
  LEFT JOIN consent_text t ON t.text_sha256 = c.text_sha256
  LEFT JOIN consent_withdrawal w ON w.order_id = c.order_id AND w.kind = c.kind
 WHERE c.order_id = :id ORDER BY c.kind""")
_WITHDRAW = sql("""
INSERT INTO consent_withdrawal (order_id, kind) VALUES (:id, :kind) ON CONFLICT (order_id, kind) DO NOTHING""")


class Way(StrEnum):
    """How a consent is withdrawn.

    at_once      what it allowed stops now
    on_request   written down and answered within 30 days: some data the law tells us to keep (product.md PRIV-6, PRIV-11)
    by_cancel    it is the contract itself: whoever does not want it any more cancels the visit
    """

    AT_ONCE = "at_once"
    ON_REQUEST = "on_request"
    BY_CANCEL = "by_cancel"


@dataclass(frozen=True, slots=True)
class Given:
    """One consent on an order. `title`, `text` None: given before texts were kept. `address`: None if it is not known.

    `required`: nobody could book without it. `given_to`: who of the staff wrote it down at the desk or on the telephone;
    None: the payer ticked it.
    """

    kind: str
    version: str
    language: str | None
    title: str | None
    text: str | None
    sha256: str
    given_at: datetime
    withdrawn_at: datetime | None
    address: str | None
    required: bool
    given_to: str | None = None

    @property
    def way(self) -> Way:
        """How it is withdrawn: what a booking did not need, by one press."""
        if self.kind == PERSONAL_DATA:
            return Way.ON_REQUEST
        return Way.BY_CANCEL if self.required else Way.AT_ONCE


def address_place(order_id: OrderId) -> str:
    """Where the sealed IP address of an order's consents belongs."""
    return f"consent/{order_id}"


async def agree(
    tx: Tx,
    order_id: OrderId,
    consents: Sequence[Consent],
    *,
    language: str,
    sealed_address: bytes | None,
    given_to: str | None = None,
) -> None:
    """Freeze the texts that were agreed to, in the language in which they were read."""
    if not consents:
        return
    english = language == "en"
    texts = json.dumps(
        [
            {
                "kind": consent.kind,
                "version": consent.version,
                "title": consent.title_en if english else consent.title_ru,
                "required": consent.required,
                "body": consent.text_en if english else consent.text_ru,
            }
            for consent in consents
        ]
    )
    await run(tx, _TEXTS, language=language, rows=texts)
    await run(tx, _AGREED, order_id=order_id.uuid, rows=texts, address=sealed_address, given_to=given_to)


async def of_order(tx: Tx, service: Service, order: Order) -> list[Given]:
    """What the payer agreed to, by kind; the addresses opened, as long as the payer is not erased."""
    required = {text.kind for text in service.config.consents if text.required}
    return [
        Given(
            kind=row.kind,
            version=row.version,
            language=row.language,
            title=row.title,
            text=row.body,
            sha256=bytes(row.text_sha256).hex(),
            given_at=row.given_at,
            withdrawn_at=row.withdrawn_at,
            address=open_sealed(
                service.vault, order.payer_id, row.data_key, row.sealed_address, place=address_place(order.id)
            )
            if row.sealed_address
            else None,
            required=row.kind in required if row.required is None else row.required,
            given_to=row.given_to,
        )
        for row in await rows(tx, _OF_ORDER, id=order.id.uuid)
    ]


async def withdraw(tx: Tx, service: Service, order: Order, kind: str, *, principal: str) -> None:
    """Withdrawn twice, it is withdrawn once. Raises Missing for what was never given, Conflict `consent_is_the_contract`."""
    given = next((one for one in await of_order(tx, service, order) if one.kind == kind), None)
    if given is None:
        raise Missing("consent_missing")
    if given.way is Way.BY_CANCEL:
        raise Conflict("consent_is_the_contract")
    if await run(tx, _WITHDRAW, id=order.id.uuid, kind=kind):
        await record(tx, order.id, principal, [Event("order", order.id, "consent_withdrawn", data={"kind": kind})])
