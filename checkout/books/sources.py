"""What can be exported: rows of the books with their columns, and what the ledger says that they come to.

Codes and sums, never a name, a phone or an address: whoever may see a person opens the order. Each statement knows the
same filter, by the names of `Filter.values`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from checkout.books.registry import Operation
from checkout.catalogue.catalogue import Text
from checkout.ground.db import sql
from checkout.ground.ids import Id, PaymentId, printed
from checkout.payment import order, payment, receipt
from checkout.payment.orders import FACTS_COLUMNS, facts_of
from checkout.till.till import KINDS, REASONS, TENDERS
from gateways.money import Money


class Shape(Enum):
    """How a cell is written."""

    TEXT = auto()
    WORD = auto()  # a `Text`, in the reader's language
    MONEY = auto()  # kopecks
    NUMBER = auto()
    MOMENT = auto()
    DAY = auto()


FEW: Final = 4096  # different cells that are kept ready
_REPEATED: Final = frozenset({Shape.WORD, Shape.MONEY, Shape.DAY})


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `of`: what the statement selects for it; `value`: the cell made of that, None: it is the cell.

    `total`: its sum stands in the last row.
    """

    key: str
    title: Text
    shape: Shape
    of: tuple[str, ...]
    value: Callable[..., Any] | None = None
    total: bool = False

    def told(self, say: Callable[[Any], str]) -> Callable[..., str]:
        """What is selected for a cell, as `say` says the cell. Codes, days and prices come again and again: said once."""
        value = self.value
        tell = say if value is None else lambda *selected: say(value(*selected))
        return lru_cache(FEW)(tell) if self.shape in _REPEATED and len(self.of) == 1 else tell


@dataclass(frozen=True, slots=True)
class Source:
    """Rows, and the ledger's word on them: `ledger` selects, for the same filter, the totals of columns by their keys.

    `statement`: everything that the columns are made of, in order. `states`, `methods`: what the filter's fields of these
    names choose between; empty if they choose nothing.
    """

    name: str
    title: Text
    columns: tuple[Column, ...]
    statement: str
    ledger: Any
    states: Mapping[str, Text]
    methods: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows. Days are whole days in `zone`, the last one included; None is no limit. Sums in kopecks.

    `clinics`: what the reader may see.
    """

    zone: str
    since: date | None = None
    until: date | None = None
    clinic: str | None = None
    state: str | None = None
    method: str | None = None
    least: int | None = None
    most: int | None = None
    clinics: frozenset[int] | None = None

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def values(self) -> Mapping[str, Any]:
        return {
            "since": self._midnight(self.since),
            "until": self._midnight(self.until + timedelta(days=1) if self.until else None),
            "clinic": self.clinic,
            "state": self.state,
            "method": self.method,
            "least": self.least,
            "most": self.most,
            "clinics": sorted(self.clinics) if self.clinics is not None else None,
        }

    def _midnight(self, day: date | None) -> datetime | None:
        return datetime.combine(day, time(), self.tz) if day else None

    def words(self, language: str) -> str:
        """The filter, for the head of what was exported."""
        said = [
            FILTER_WORDS[name].of(language).format(value)
            for name, value in (
                ("since", f"{self.since:%d.%m.%Y}" if self.since else None),
                ("until", f"{self.until:%d.%m.%Y}" if self.until else None),
                ("clinic", self.clinic),
                ("state", self.state),
                ("method", self.method),
                ("least", Money(self.least) if self.least is not None else None),
                ("most", Money(self.most) if self.most is not None else None),
            )
            if value is not None
        ]
        return "; ".join(said) or Text("все строки", "all rows").of(language)


FILTER_WORDS: Final = {
    "since": Text("с {}", "from {}"),
    "until": Text("по {}", "to {}"),
    "clinic": Text("клиника {}", "clinic {}"),
    "state": Text("состояние {}", "state {}"),
    "method": Text("способ {}", "method {}"),
    "least": Text("сумма от {0.amount} коп.", "sum from {0.amount} kopecks"),
    "most": Text("сумма до {0.amount} коп.", "sum up to {0.amount} kopecks"),
}
METHODS: Final = {**payment.WAYS, **{str(tender): words for tender, words in TENDERS.items()}}
PLANS: Final = {
    "full": Text("Вся сумма", "In full"),
    "deposit": Text("Предоплата", "Deposit"),
    "at_clinic": Text("В клинике", "At the clinic"),
}
OPERATIONS: Final = {
    Operation.PAYMENT: Text("Оплата", "Payment"),
    Operation.REFUND: Text("Возврат", "Refund"),
    Operation.CHARGEBACK: Text("Оспорено", "Chargeback"),
    Operation.CHARGEBACK_WON: Text("Оспаривание снято", "Chargeback given up"),
}


def plain(key: str, ru: str, en: str, shape: Shape = Shape.TEXT, *, total: bool = False) -> Column:
    """A column that shows what the statement selects under its key."""
    return Column(key, Text(ru, en), shape, (key,), total=total)


def word(key: str, ru: str, en: str, words: Mapping[Any, Text]) -> Column:
    """A column of codes, told in words; a code without words is told as it is."""

    def worded(code: Any) -> Text | None:
        return None if code is None else words.get(code) or Text(code, code)

    return Column(key, Text(ru, en), Shape.WORD, (key,), worded)


def identity(ru: str, en: str, kind: type[Id]) -> Column:
    """The row's own id, as it is printed."""
    return Column("id", Text(ru, en), Shape.TEXT, ("id",), partial(printed, kind.prefix))


CODE: Final = plain("code", "Заказ", "Order")
CLINIC: Final = plain("clinic", "Клиника", "Clinic")
SCOPE: Final = """(CAST(:clinics AS int[]) IS NULL OR c.id = ANY(CAST(:clinics AS int[])))
   AND (CAST(:clinic AS text) IS NULL OR c.slug = :clinic)"""


def within(moment: str, amount: str) -> str:
    """The filter's days over the expression `moment`, its sums over `amount`."""
    return f"""(CAST(:since AS timestamptz) IS NULL OR {moment} >= CAST(:since AS timestamptz))
   AND (CAST(:until AS timestamptz) IS NULL OR {moment} < CAST(:until AS timestamptz))
   AND (CAST(:least AS bigint) IS NULL OR {amount} >= CAST(:least AS bigint))
   AND (CAST(:most AS bigint) IS NULL OR {amount} <= CAST(:most AS bigint))"""


def among(state: str, method: str) -> str:
    return f"""(CAST(:state AS text) IS NULL OR {state} = :state) AND (CAST(:method AS text) IS NULL OR {method} = :method)"""


_PAYMENTS: Final = f"""
books_payment p JOIN clinic c ON c.id = p.clinic_id
 WHERE {SCOPE} AND {within("coalesce(p.captured_at, p.created_at)", "p.amount")} AND {among("p.state", "p.way")}"""
PAYMENTS: Final = Source(
    "payments",
    Text("Платежи", "Payments"),
    (
        identity("Платёж", "Payment", PaymentId),
        CODE,
        CLINIC,
        word("method", "Способ", "Method", METHODS),
        word("state", "Состояние", "State", payment.WORDS),
        plain("created_at", "Начат", "Started", Shape.MOMENT),
        plain("captured_at", "Оплачен", "Paid", Shape.MOMENT),
        plain("amount", "Сумма", "Sum", Shape.MONEY),
        plain("captured", "Получено", "Received", Shape.MONEY, total=True),
        plain("refunded", "Возвращено", "Returned", Shape.MONEY, total=True),
        plain("merchant", "Продавец", "Merchant"),
        plain("reference", "Номер в банке", "Bank reference"),
    ),
    f"""
SELECT p.id, p.code, c.slug AS clinic, p.way AS method, p.state, p.created_at, p.captured_at, p.amount, p.captured, p.refunded,
       p.merchant, p.reference FROM {_PAYMENTS} ORDER BY p.id""",  # noqa: S608 - constants of this file
    # A taking that was a mistake is undone by another transaction, and so is a chargeback that was won.
    sql(f"""
SELECT coalesce((SELECT -sum(e.amount) FROM books_entry e
                  WHERE e.account LIKE 'customer:%' AND e.payment_id IN (SELECT p.id FROM {_PAYMENTS})), 0)::bigint
     + coalesce((SELECT -sum(e.amount) FROM books_entry e JOIN ledger_tx t ON t.id = e.reverses AND e.reverses IS NOT NULL
                  WHERE e.account LIKE 'customer:%' AND t.payment_id IN (SELECT p.id FROM {_PAYMENTS})), 0)::bigint
         AS captured,
       coalesce((SELECT sum(e.amount) FROM books_entry e JOIN books_refund r ON r.id = e.refund_id
                  WHERE e.account LIKE 'customer:%' AND r.payment_id IN (SELECT p.id FROM {_PAYMENTS})), 0)::bigint
     + coalesce((SELECT sum(e.amount) FROM books_entry e JOIN ledger_tx t ON t.id = e.reverses AND e.reverses IS NOT NULL
                   JOIN books_refund r ON r.id = t.refund_id
                  WHERE e.account LIKE 'customer:%' AND r.payment_id IN (SELECT p.id FROM {_PAYMENTS})), 0)::bigint
         AS refunded"""),  # noqa: S608 - as above
    states={str(state): words for state, words in payment.WORDS.items()},
    methods=METHODS,
)

_CASH_FROM: Final = f"""
  FROM cash_entry k JOIN clinic c ON c.id = k.clinic_id LEFT JOIN cash_entry u ON u.id = k.reverses
  LEFT JOIN books_payment p ON p.id = coalesce(k.payment_id, u.payment_id) LEFT JOIN books_refund r ON r.id = k.refund_id
 WHERE k.tender = 'cash' AND {SCOPE} AND {within("k.at", "k.amount")} AND {among("k.kind", "k.tender")}"""
CASH: Final = Source(
    "cash",
    Text("Касса", "Cash"),
    (
        plain("at", "Время", "Time", Shape.MOMENT),
        CLINIC,
        plain("receipt_no", "Номер", "Number", Shape.NUMBER),
        word("kind", "Движение", "Movement", KINDS),
        word("reason", "Причина", "Reason", REASONS),
        plain("amount", "Сумма", "Sum", Shape.MONEY, total=True),
        CODE,
        plain("principal", "Кассир", "Cashier"),
    ),
    f"""
SELECT k.at, c.slug AS clinic, k.receipt_no, k.kind, k.reason, coalesce(p.code, r.code) AS code, k.principal,
       CASE k.direction WHEN 'in' THEN k.amount ELSE -k.amount END AS amount {_CASH_FROM} ORDER BY k.id""",
    sql(f"""
WITH chosen AS (SELECT k.id, k.payment_id, k.refund_id {_CASH_FROM}),
     moved AS (SELECT e.account, e.amount FROM chosen JOIN books_entry e ON e.payment_id = chosen.payment_id
               UNION ALL SELECT e.account, e.amount FROM chosen JOIN books_entry e ON e.refund_id = chosen.refund_id
               UNION ALL SELECT e.account, e.amount FROM chosen JOIN books_entry e ON e.entry_id = chosen.id)
SELECT coalesce(sum(amount), 0)::bigint AS amount FROM moved WHERE account LIKE 'till:%'"""),  # noqa: S608 - as above
    states={str(kind): words for kind, words in KINDS.items()},
)

_REGISTRY_FROM: Final = f"""
  FROM books_registry l JOIN clinic c ON c.id = l.clinic_id
 WHERE {SCOPE} AND {within("l.operated_on", "l.amount")} AND {among("l.operation", "'card'")}"""
REGISTRY: Final = Source(
    "registry",
    Text("Сверка с реестром банка", "The bank’s registry, matched"),
    (
        plain("operated_on", "Дата операции", "Operated on", Shape.DAY),
        plain("settled_on", "Дата расчётов", "Settled on", Shape.DAY),
        plain("merchant", "Продавец", "Merchant"),
        plain("reference", "Номер в банке", "Bank reference"),
        word("operation", "Операция", "Operation", OPERATIONS),
        CODE,
        CLINIC,
        plain("amount", "Сумма", "Sum", Shape.MONEY),
        plain("fee", "Комиссия", "Fee", Shape.MONEY, total=True),
        plain("net", "К зачислению", "Net", Shape.MONEY, total=True),
        plain("difference", "Разница с нами", "Difference from ours", Shape.MONEY, total=True),
    ),
    f"""
SELECT l.operated_on, l.settled_on, l.merchant, l.reference, l.operation, l.code, c.slug AS clinic, l.amount, l.fee, l.net,
       l.difference {_REGISTRY_FROM} ORDER BY l.id""",
    sql(f"""
WITH chosen AS (SELECT l.id {_REGISTRY_FROM})
SELECT coalesce(sum(e.amount) FILTER (WHERE e.account LIKE 'bank_fee:%'), 0)::bigint AS fee,
       coalesce(sum(e.amount) FILTER (WHERE e.account LIKE 'bank_account:%'), 0)::bigint AS net
  FROM chosen JOIN books_entry e ON e.registry_line_id = chosen.id"""),  # noqa: S608 - as above
    states={str(operation): words for operation, words in OPERATIONS.items()},
)


class _Known(NamedTuple):
    """What `facts_of` reads, as it is selected."""

    plan: str
    total: int
    currency: str
    cancelled_at: datetime | None
    paid: int
    refunded: int
    reserved: int
    charged_back: bool
    bookings: Sequence[str] | None
    payments: Sequence[str] | None


def _state(*selected: Any) -> Text:
    return _worded(_Known._make(tuple(one) if isinstance(one, list) else one for one in selected))


@lru_cache(FEW)
def _worded(known: _Known) -> Text:
    return order.WORDS[order.word(facts_of(known))]


_ORDERS_FROM: Final = f"""
  FROM orders o JOIN clinic c ON c.id = o.clinic_id
 WHERE {SCOPE} AND {within("o.starts_at", "o.total")} AND {among("o.plan", "'card'")}"""
ORDERS: Final = Source(
    "orders",
    Text("Заказы", "Orders"),
    (
        CODE,
        CLINIC,
        plain("starts_at", "Визит", "Visit", Shape.MOMENT),
        plain("created_at", "Оформлен", "Placed", Shape.MOMENT),
        word("plan", "Оплата", "Plan", PLANS),
        Column("word", Text("Состояние", "State"), Shape.WORD, _Known._fields, _state),
        plain("total", "Сумма", "Sum", Shape.MONEY, total=True),
        plain("paid", "Оплачено", "Paid", Shape.MONEY, total=True),
        plain("refunded", "Возвращено", "Returned", Shape.MONEY, total=True),
        plain("earned", "Выручка", "Revenue", Shape.MONEY, total=True),
    ),
    f"""
SELECT o.code, c.slug AS clinic, o.starts_at, o.created_at, o.plan, o.total, o.currency, o.cancelled_at, {FACTS_COLUMNS},
       (SELECT coalesce(-sum(e.amount), 0)::bigint FROM ledger_tx t JOIN ledger_entry e ON e.tx_id = t.id
         WHERE t.order_id = o.id AND left(e.account, 8) = 'revenue:') AS earned
       {_ORDERS_FROM} ORDER BY o.id""",  # noqa: S608 - as above
    sql(f"""
SELECT coalesce(-sum(e.amount) FILTER (WHERE e.kind IN ('capture', 'cash_in', 'manual_in', 'storno')), 0)::bigint AS paid,
       coalesce(sum(e.amount) FILTER (WHERE e.kind IN ('refund', 'cash_out', 'manual_out', 'chargeback', 'chargeback_won')),
         0)::bigint
         AS refunded,
       coalesce(sum(e.amount) FILTER (WHERE e.kind IN ('given', 'unearned')), 0)::bigint AS earned
  FROM (SELECT o.id {_ORDERS_FROM}) chosen JOIN books_entry e ON e.order_id = chosen.id
 WHERE e.account LIKE 'customer:%'"""),  # noqa: S608 - as above
    states=PLANS,
)
_RECEIPTS_FROM: Final = f"""
  FROM receipt r JOIN books_payment p ON p.id = r.payment_id JOIN clinic c ON c.id = p.clinic_id
 WHERE {SCOPE} AND {within("r.created_at", "r.amount")} AND {among("r.state", "'card'")}"""
RECEIPTS: Final = Source(
    "receipts",
    Text("Чеки банка", "The bank’s receipts"),
    (
        CODE,
        CLINIC,
        word("kind", "Вид", "Kind", receipt.KINDS),
        word("state", "Состояние", "State", receipt.WORDS),
        plain("created_at", "Ожидается с", "Expected since", Shape.MOMENT),
        plain("printed_at", "Пробит", "Issued", Shape.MOMENT),
        plain("number", "ФД", "Document"),
        plain("sign", "ФП", "Fiscal sign"),
        plain("drive", "ФН", "Fiscal drive"),
        plain("amount", "Сумма", "Sum", Shape.MONEY),
        plain("captured", "Получено", "Received", Shape.MONEY, total=True),
        plain("returned", "Возвращено", "Returned", Shape.MONEY, total=True),
        plain("error", "Ошибка", "Error"),
    ),
    f"""
SELECT p.code, c.slug AS clinic, r.kind, r.state, r.created_at, r.printed_at, r.number, r.sign, r.drive, r.amount,
       CASE r.kind WHEN 'payment' THEN r.amount ELSE 0 END AS captured,
       CASE r.kind WHEN 'refund' THEN r.amount ELSE 0 END AS returned, r.error {_RECEIPTS_FROM} ORDER BY r.id""",
    sql(f"""
SELECT coalesce((SELECT -sum(e.amount) FROM books_entry e WHERE e.account LIKE 'customer:%'
                    AND e.payment_id IN (SELECT r.payment_id {_RECEIPTS_FROM} AND r.kind = 'payment')), 0)::bigint AS captured,
       coalesce((SELECT sum(e.amount) FROM books_entry e WHERE e.account LIKE 'customer:%'
                    AND e.refund_id IN (SELECT r.refund_id {_RECEIPTS_FROM} AND r.kind = 'refund')), 0)::bigint
         AS returned"""),  # noqa: S608 - as above
    states={str(state): words for state, words in receipt.WORDS.items() if state is not receipt.State.SENDING},
)
SOURCES: Final = {source.name: source for source in (PAYMENTS, CASH, REGISTRY, ORDERS, RECEIPTS)}
