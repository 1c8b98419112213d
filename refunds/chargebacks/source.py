"""Chargebacks as rows to export."""

from __future__ import annotations

from typing import Final

from checkout.books.sources import CLINIC, CODE, SCOPE, Shape, Source, among, identity, plain, within, word
from checkout.catalogue.catalogue import Text
from checkout.ground.db import sql
from checkout.ground.ids import ChargebackId
from refunds.chargebacks.chargeback import SOURCE_WORDS, WORDS

_FROM: Final = f"""
  FROM chargeback b JOIN refund r ON r.id = b.refund_id JOIN orders o ON o.id = b.order_id JOIN clinic c ON c.id = o.clinic_id
 WHERE {SCOPE} AND {within("b.recognised_at", "r.amount")} AND {among("b.state", "'card'")}"""
CHARGEBACK_ROWS: Final = Source(
    "chargebacks",
    Text("Оспоренные оплаты", "Chargebacks"),
    (
        identity("Оспаривание", "Chargeback", ChargebackId),
        CODE,
        CLINIC,
        word("state", "Состояние", "State", WORDS),
        word("source", "Откуда узнали", "How we know", SOURCE_WORDS),
        plain("reference", "Номер в реестре", "Registry reference"),
        plain("recognised_at", "Учтено", "Booked", Shape.MOMENT),
        plain("answer_by", "Ответить до", "Answer by", Shape.DAY),
        plain("decided_at", "Решено", "Decided", Shape.MOMENT),
        plain("amount", "Сумма", "Sum", Shape.MONEY),
        plain("gone", "Ушло", "Gone", Shape.MONEY, total=True),
        plain("decided_by", "Кто решил", "Decided by"),
    ),
    f"""
SELECT b.id, o.code, c.slug AS clinic, b.state, b.source, b.reference, b.recognised_at, b.answer_by, b.decided_at, r.amount,
       CASE b.state WHEN 'won' THEN 0 ELSE r.amount END AS gone, b.decided_by {_FROM} ORDER BY b.id""",
    # What was won is undone by another transaction.
    sql(f"""
SELECT coalesce(sum(e.amount), 0)::bigint AS gone FROM (SELECT r.id {_FROM}) chosen
  JOIN books_entry took ON took.refund_id = chosen.id AND took.account LIKE 'customer:%'
  JOIN books_entry e ON (e.tx_id = took.tx_id OR e.reverses = took.tx_id) AND e.account = took.account"""),  # noqa: S608 - as above
    states={str(state): words for state, words in WORDS.items()},
)
