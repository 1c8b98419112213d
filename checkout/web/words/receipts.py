"""Words of the fiscal receipts that the bank makes: for whoever has paid, and for the staff."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "receipts_title": Text("Кассовые чеки", "Fiscal receipts"),
    "receipt_is_ready": Text("{kind} на {sum} от {day}.", "{kind} for {sum}, issued on {day}."),
    "receipt_is_waiting": Text(
        "{kind} на {sum}: банк его готовит. Обычно это несколько минут. Чек придёт вам от банка и появится здесь.",
        "{kind} for {sum}: the bank is preparing it, which usually takes some minutes. The bank sends it to you, and it will "
        "be shown here.",
    ),
    "receipt_is_late": Text(
        "{kind} на {sum} задерживается. На деньги и визит это не влияет, делать ничего не нужно: чек будет здесь.",
        "{kind} for {sum} is late. It changes nothing about the money or the visit, and you need do nothing: it will be "
        "shown here.",
    ),
    "receipt_document": Text("ФД {number}, ФП {sign}", "Document {number}, fiscal sign {sign}"),
    "receipt_open": Text("Открыть чек", "Open the receipt"),
    "receipt_error": Text("Банк: {error}", "The bank says: {error}"),
    "receipt_by_hand": Text(
        "Этот банк повторяет чеки сам. Если за сутки чека нет, пробейте его в кабинете банка.",
        "This bank prints again by itself. If there is no receipt within a day, issue it in the bank’s own cabinet.",
    ),
    "receipt_none_of_refund": Text(
        "Банк не показывает чека: вероятно, возврат в его кабинете сделали без позиций. Пробейте чек возврата на своей кассе и "
        "запишите его номера здесь.",
        "The bank shows no receipt: the refund was probably made in its cabinet without positions. Issue a refund receipt at "
        "your own till, and note its numbers here.",
    ),
    "receipt_noted": Text("Номера записал сотрудник.", "The numbers were noted by hand."),
    "receipt_note_title": Text("Чек пробит в другом месте", "The receipt was issued elsewhere"),
    "receipt_note_what": Text("Чек", "Receipt"),
    "receipt_note_order": Text("Заказ", "Order"),
    "receipt_note_why": Text(
        "Банк этот чек не пробил, а касса пробила? Перепишите номера с чека. Банк мы больше не спрашиваем; деньги не двигаются.",
        "The bank did not issue this receipt, and a till did? Copy its numbers. The bank is asked no more; no money moves.",
    ),
    "receipt_note_number": Text("ФД: номер документа", "Document number (FD)"),
    "receipt_note_number_hint": Text("До 10 цифр.", "Up to 10 digits."),
    "receipt_note_sign": Text("ФП: признак документа", "Fiscal sign (FP)"),
    "receipt_note_sign_hint": Text("До 10 цифр, на чеке рядом с ФД.", "Up to 10 digits, next to the document number."),
    "receipt_note_drive": Text("ФН: номер накопителя", "Fiscal drive (FN)"),
    "receipt_note_drive_hint": Text("16 цифр.", "16 digits."),
    "receipt_note_day": Text("Дата чека", "Date of the receipt"),
    "receipt_note_do": Text("Записать номера", "Note the numbers"),
    "receipt_since": Text("Ожидается с {at}", "Expected since {at}"),
    "receipt_by_bank": Text(
        "Кассовый чек пришлёт банк: по адресу, который вы указали при записи.",
        "The bank sends the fiscal receipt to the address that you gave with the booking.",
    ),
    "story_receipt_expected": Text("Ожидается чек", "A receipt is expected"),
    "story_receipt_sending": Text("Чек запрошен у банка", "The bank was asked for a receipt"),
    "story_receipt_waiting": Text("Банк готовит чек", "The bank is preparing a receipt"),
    "story_receipt_ready": Text("Чек пробит", "Receipt issued"),
    "story_receipt_failed": Text("Чек не пробит: ошибка", "Receipt not issued: an error"),
    "work_receipt": Text("Чек не пробит", "A receipt was not issued"),
    "work_receipt_cure": Text("Обратиться в банк ещё раз", "Ask the bank again"),
    "work_receipt_payment": Text("Чек оплаты", "Of a payment"),
    "work_receipt_refund": Text("Чек возврата", "Of a refund"),
    "work_receipt_closing": Text("Чек полного расчёта: услуги", "Of the full settlement: services"),
    "work_receipt_handover": Text("Чек полного расчёта: товары", "Of the full settlement: goods"),
}
