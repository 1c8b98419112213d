"""Words of the worklist: each kind of work by the name of its source, and what cures it."""

from __future__ import annotations

from typing import Final

from checkout.books.registry import KIND_WORDS
from checkout.catalogue.catalogue import Text

WORDS: Final = {
    **{f"work_registry_break_{kind}": text for kind, text in KIND_WORDS.items()},
    "work_title": Text("Дела", "To do"),
    "work_kinds": Text("Виды дел", "Kinds of work"),
    "work_all": Text("Все", "All"),
    "work_count": Text("Нужен человек: {count}", "A person is needed: {count}"),
    "work_empty": Text("Дел нет", "Nothing to do"),
    "work_empty_hint": Text(
        "Всё сходится. Появится дело — оно встанет в этот список, старые сверху.",
        "Everything agrees. What needs a person stands here, the oldest first.",
    ),
    "alarm_subject": Text("Нужен человек: {count}", "A person is needed: {count}"),
    "alarm_line": Text("{what}: {count}, старшее ждёт {age}", "{what}: {count}, the oldest has waited {age}"),
    "alarm_where": Text("Список дел: {address}", "The worklist: {address}"),
    "work_what": Text("Что случилось", "What happened"),
    "work_since": Text("С какого времени", "Since"),
    "work_until": Text("Решить до", "By"),
    "work_owner": Text("Чьё дело", "Whose"),
    "work_cure": Text("Что сделать", "What to do"),
    "work_open": Text("Открыть", "Open"),
    "work_payment": Text("Банк не закрывает оплату", "The bank does not close a payment"),
    "work_payment_cure": Text("Спросить банк", "Ask the bank"),
    "work_payment_review": Text("Оплата не сходится с банком", "A payment does not agree with the bank"),
    "work_payment_review_cure": Text("Разобрать", "Decide about it"),
    "work_review_asked": Text("Просят принять суммы банка", "The bank’s sums are asked to be accepted"),
    "work_review_asked_cure": Text("Принять или оставить", "Accept or leave"),
    "work_to_decide": Text("Деньги без визита", "Money without a visit"),
    "work_to_decide_cure": Text("Решить с плательщиком", "Decide with the payer"),
    "work_overpaid": Text("Оплачено больше, чем нужно", "Paid too much"),
    "work_overpaid_cure": Text("Посмотреть оплаты", "See the payments"),
    "work_message": Text("Сообщение не дошло", "A message failed"),
    "work_message_cure": Text("Отправить ещё раз", "Send it again"),
    "work_goods_late": Text("Товар не пришёл в срок", "Goods did not come in time"),
    "work_goods_late_cure": Text("Отметить или договориться", "Mark it, or settle with the payer"),
    "work_conflict": Text("На время записи занят специалист", "A booking meets a busy time"),
    "work_conflict_cure": Text("Перенести визит", "Move the visit"),
    "work_refund_review": Text("Возврат: ошибка банка", "Refund: bank error"),
    "work_refund_review_cure": Text("Открыть возврат", "Open the refund"),
    "work_outside": Text("Деньги вернули в банке без нас", "Money went back at the bank without us"),
    "work_outside_cure": Text("Записать, как у банка", "Enter what the bank shows"),
    "work_chargeback": Text("Плательщик оспорил оплату", "A payment was charged back"),
    "work_chargeback_cure": Text("Ответить банку", "Answer the bank"),
    "work_chargeback_silent": Text("Банк не ответил на доказательства", "The bank did not answer our evidence"),
    "work_chargeback_silent_cure": Text("Спросить банк и отметить", "Ask the bank and mark it"),
    "work_chargeback_twice": Text("Оспорили оплату, которую уже вернули", "What was refunded is charged back as well"),
    "work_chargeback_twice_cure": Text("Показать банку возврат", "Show the bank the refund"),
    "work_everywhere": Text("Все клиники", "All clinics"),
    "work_registry_break": Text("Расхождение с реестром банка", "The bank’s registry differs"),
    "work_registry_break_cure": Text("Разобрать расхождение", "Decide about it"),
    "work_invariant": Text("Нарушено правило учёта", "A rule of the books is broken"),
    "work_invariant_cure": Text("Посмотреть, что нарушено", "See what breaks it"),
    "work_answer_due": Text("Пора ответить на просьбу о возврате", "A refund must be answered"),
    "work_answer_due_cure": Text("Решить", "Decide"),
}
