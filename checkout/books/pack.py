"""The evidence of one order in one file: what was bought at which prices, whether it was given, which texts were agreed to,
when and from where, and of what the payer was told.

Built anew from what is on record, it is the same to the last byte: members sorted and stored, no clock, no machine in it.
Each text stands whole, and its hash is the one on the order. Where notices went is masked. Pure but for `pack`, which reads.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from checkout.ground.db import Row, Tx
from checkout.ground.service import Service
from checkout.notices import record
from checkout.notices.record import Notice
from checkout.payment import evidence, orders
from checkout.payment.evidence import Given
from checkout.payment.order import Order

EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest day that the format knows
UNIX: Final = 3
READABLE: Final = 0o100644 << 16


async def pack(tx: Tx, service: Service, order: Order) -> bytes:
    """The pack as it stands now."""
    consents = await evidence.of_order(tx, service, order)
    notices = await record.notices(tx, service, order)
    manifest = _manifest(order, await orders.lines(tx, order.id), consents, notices)
    texts = {_name(given): given.text.encode() for given in consents if given.text is not None}
    return zipped({"manifest.json": manifest, **texts})


def file_name(order: Order) -> str:
    return f"evidence-{order.code}.zip"


def _manifest(order: Order, lines: Sequence[Row[Any]], consents: Sequence[Given], notices: Sequence[Notice]) -> bytes:
    whole = {
        "order": order.code,
        "contract_number": order.code,
        "placed_at": _instant(order.created_at),
        "language": order.language,
        "merchant": order.merchant,
        "clinic": order.clinic,
        "currency": order.total.currency,
        "total": order.total.amount,
        "lines": [
            {
                "line": row.line_no,
                "kind": row.kind,
                "name_ru": row.name_ru,
                "name_en": row.name_en,
                "quantity": row.quantity,
                "unit_price": row.unit_price,
                "amount": row.amount,
                "vat": row.vat,
            }
            for row in lines
        ],
        "visit": {
            "starts_at": _instant(order.starts_at),
            "ends_at": _instant(order.ends_at),
            "given_at": _instant(order.given_at) if order.given_at else None,
            "goods_handed_over_at": _instant(order.handed_over_at) if order.handed_over_at else None,
        },
        "consents": [
            {
                "kind": given.kind,
                "version": given.version,
                "language": given.language,
                "title": given.title,
                "sha256": given.sha256,
                "text": _name(given) if given.text is not None else None,
                "given_at": _instant(given.given_at),
                "address": given.address,
                "given_to": given.given_to,
                "withdrawn_at": _instant(given.withdrawn_at) if given.withdrawn_at else None,
            }
            for given in consents
        ],
        "notices": [
            {
                "about": told.about,
                "subject": told.subject,
                "channel": told.channel,
                "to": told.to,
                "written_at": _instant(told.written_at),
                "state": told.state,
                "handed_over_at": _instant(told.sent_at) if told.sent_at else None,
                "tries": told.tries,
                "outcome": told.outcome,
            }
            for told in notices
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"


def _name(given: Given) -> str:
    return f"texts/{given.kind}-{given.sha256[:16]}.txt"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def zipped(members: Mapping[str, bytes]) -> bytes:
    """An archive that depends on its members alone."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, EPOCH)
            info.create_system, info.external_attr = UNIX, READABLE
            archive.writestr(info, members[name], zipfile.ZIP_STORED)
    return out.getvalue()
