"""What the payer agreed to: which text, which version, when and from where; the texts themselves are kept whole."""

from __future__ import annotations

import json
from collections.abc import Sequence

from checkout.ground.config import Consent
from checkout.ground.db import Tx, run, sql
from checkout.ground.ids import OrderId

_TEXTS = sql("""
INSERT INTO consent_text (text_sha256, kind, version, language, title, body)
SELECT sha256(convert_to(body, 'UTF8')), kind, version, :language, title, body
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(kind text, version text, title text, body text)
ON CONFLICT (text_sha256) DO NOTHING""")
_AGREED = sql("""
INSERT INTO order_consent (order_id, kind, version, text_sha256, sealed_address)
SELECT :order_id, kind, version, sha256(convert_to(body, 'UTF8')), :address
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(kind text, version text, body text)""")


def address_place(order_id: OrderId) -> str:
    """Where the sealed IP address of an order's consents belongs."""
    return f"consent/{order_id}"


async def agree(
    tx: Tx, order_id: OrderId, consents: Sequence[Consent], *, language: str, sealed_address: bytes | None
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
                "body": consent.text_en if english else consent.text_ru,
            }
            for consent in consents
        ]
    )
    await run(tx, _TEXTS, language=language, rows=texts)
    await run(tx, _AGREED, order_id=order_id.uuid, rows=texts, address=sealed_address)
