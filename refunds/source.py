"""Refunds as rows to export."""

from __future__ import annotations

from typing import Final

from checkout.books.sources import CLINIC, CODE, METHODS, SCOPE, Shape, Source, among, identity, plain, within, word
from checkout.catalogue.catalogue import Text
from checkout.ground.db import sql
from checkout.ground.ids import RefundId
from refunds.refund import WORDS

BASES: Final = {
    "person": Text("По заявке", "Asked for"),
    "late_money": Text("Деньги пришли поздно", "Money came late"),
    "called_off": Text("Визит отменён", "Visit called off"),
    "day_off": Text("День отменён", "The day was called off"),
    "surplus": Text("Оплачено лишнее", "Paid too much"),
    "external": Text("Сделан в банке", "Made at the bank"),
    "chargeback": Text("Оспорено", "Chargeback"),
}
_FROM: Final = f"""
  FROM books_refund r JOIN clinic c ON c.id = r.clinic_id
 WHERE {SCOPE} AND {within("coalesce(r.done_at, r.requested_at)", "r.amount")} AND {among("r.state", "r.way")}"""
REFUNDS: Final = Source(
    "refunds",
    Text("Возвраты", "Refunds"),
    (
        identity("Возврат", "Refund", RefundId),
        CODE,
        CLINIC,
        word("method", "Способ", "Method", METHODS),
        word("state", "Состояние", "State", WORDS),
        word("basis", "Основание", "Basis", BASES),
        plain("requested_at", "Запрошен", "Asked for", Shape.MOMENT),
        plain("scheduled_for", "Назначен на", "Scheduled for", Shape.MOMENT),
        plain("done_at", "Исполнен", "Done", Shape.MOMENT),
        plain("amount", "Сумма", "Sum", Shape.MONEY),
        plain("returned", "Возвращено", "Returned", Shape.MONEY, total=True),
        plain("requested_by", "Кто запросил", "Asked by"),
        plain("decided_by", "Кто решил", "Decided by"),
    ),
    f"""
SELECT r.id, r.code, c.slug AS clinic, r.way AS method, r.state, r.basis, r.requested_at, r.scheduled_for, r.done_at, r.amount,
       CASE r.state WHEN 'done' THEN r.amount ELSE 0 END AS returned, r.requested_by, r.decided_by
       {_FROM} ORDER BY r.id""",
    sql(f"""
SELECT coalesce(sum(e.amount), 0)::bigint AS returned FROM (SELECT r.id {_FROM}) chosen
  JOIN books_entry took ON took.refund_id = chosen.id AND took.account LIKE 'customer:%'
  JOIN books_entry e ON (e.tx_id = took.tx_id OR e.reverses = took.tx_id) AND e.account = took.account"""),  # noqa: S608 - as above
    states={str(state): words for state, words in WORDS.items()},
    methods=METHODS,
)
