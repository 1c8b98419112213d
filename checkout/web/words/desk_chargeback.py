"""Words of chargebacks: what was taken back by the payer's bank, by when to answer, and what came of it."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "cb_room": Text("Оспоренные", "Chargebacks"),
    "cb_title": Text("Оспоренные оплаты", "Chargebacks"),
    "cb_waiting": Text("Ждут ответа", "To be answered"),
    "cb_ended": Text("Закрытые", "Ended"),
    "cb_none": Text("Оспоренных оплат нет", "There are no chargebacks"),
    "cb_none_hint": Text(
        "Банк сообщит об оспаривании в статусе оплаты или в реестре: оно встанет в этот список само.",
        "The bank tells of one in a payment’s status or in its registry: it then stands here by itself.",
    ),
    "cb_none_waiting": Text("Отвечать не на что.", "There is nothing to answer."),
    "cb_of": Text("Оспорено {sum}", "Chargeback of {sum}"),
    "cb_money_away": Text(
        "Банк плательщика забрал эти деньги. В наших книгах они ушли, вернуть их плательщику ещё раз нельзя.",
        "The payer’s bank took this money. It is gone by our books, and cannot be given to the payer a second time.",
    ),
    "cb_money_ours": Text(
        "Деньги снова у клиники и засчитаны за визит.",
        "The clinic has the money again, and it counts for the visit.",
    ),
    "cb_supposed": Text(
        "Банк ещё не назвал сумму: считаем весь остаток оплаты. Сумма из реестра заменит её сама.",
        "The bank did not tell the sum yet: all that was left of the payment counts. The registry’s sum will replace it.",
    ),
    "cb_order": Text("Запись", "Booking"),
    "cb_how": Text("Откуда узнали", "How we know"),
    "cb_reference": Text("Номер операции в реестре", "The operation’s number in the registry"),
    "cb_recognised": Text("Учтено", "Booked"),
    "cb_answer_by": Text("Ответить банку до", "Answer the bank by"),
    "cb_until": Text("Ответить до {day}", "To be answered by {day}"),
    "cb_days_left": Text("Осталось дней: {days}", "Days left: {days}"),
    "cb_today": Text("сегодня последний день", "today is the last day"),
    "cb_late": Text("срок вышел", "the day has passed"),
    "cb_note": Text("Пометка", "Note"),
    "cb_decided": Text("Последнее решение", "Last decision"),
    "cb_evidence": Text("Чем ответить", "What to answer with"),
    "cb_evidence_hint": Text(
        "Архив для банка: что куплено и когда оказано, с чем и когда согласился плательщик, о чём и когда ему сообщили. "
        "Скачивание записывается.",
        "An archive for the bank: what was bought and given, what the payer agreed to and was told, and when. That it was taken "
        "is noted.",
    ),
    "cb_told": Text("О чём сообщили плательщику", "What the payer was told"),
    "cb_evidence_go": Text("Скачать доказательства", "Download the evidence"),
    "cb_said": Text("Решение", "What came of it"),
    "cb_note_field": Text("Номер обращения или код причины", "The case’s number or reason code"),
    "cb_note_hint": Text(
        "Если банк его назвал. Без имён и телефонов: пометка остаётся в истории.",
        "If the bank told one. No names or phones: the note stays.",
    ),
    "cb_dispute": Text("Оспорить", "Dispute it"),
    "cb_dispute_hint": Text(
        "Доказательства отправлены банку, ждём его решения. Деньги не двигаются.",
        "The evidence was sent to the bank, its word is awaited. No money moves.",
    ),
    "cb_accept": Text("Принять", "Accept it"),
    "cb_accept_hint": Text(
        "Не спорим: деньги остаются у плательщика. Потребуется подтвердить, что это вы.",
        "We do not dispute it: the payer keeps the money. You will be asked to prove that it is you.",
    ),
    "cb_win": Text("Выиграли", "We won"),
    "cb_win_hint": Text(
        "Банк вернул деньги клинике: они снова встанут в книги.",
        "The bank gave the money to the clinic again: it enters our books again.",
    ),
    "cb_lose": Text("Проиграли", "We lost"),
    "cb_lose_hint": Text(
        "Банк решил в пользу плательщика: деньги остаются у него.",
        "The bank decided for the payer, who keeps the money.",
    ),
}
