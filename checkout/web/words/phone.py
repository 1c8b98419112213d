"""Words of paying in a banking application: the choice of the way to pay, the page with the QR code."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "methods": Text("Способ оплаты", "How to pay"),
    "way_card": Text("Картой", "By card"),
    "way_sbp": Text("По QR-коду СБП", "By SBP QR code"),
    "way_sberpay": Text("Через SberPay", "By SberPay"),
    "about_card": Text("на странице банка", "on the bank’s page"),
    "about_sbp": Text("в приложении любого банка", "in any bank’s application"),
    "about_sberpay": Text("в приложении СберБанк", "in the Sberbank application"),
    "pay_by_card": Text("Оплатить картой {sum}", "Pay {sum} by card"),
    "pay_by_sbp": Text("Оплатить по QR-коду СБП", "Pay by SBP QR code"),
    "pay_by_sberpay": Text("Оплатить через SberPay", "Pay by SberPay"),
    "at_phone_text": Text(
        "Банк ждёт оплату в приложении. Если вы её не подтвердили, деньги не списаны: вернитесь к оплате. Если подтвердили, "
        "подождите, обычно это до 2 минут: второй раз платить не нужно.",
        "The bank waits for the payment in its application. If you have not confirmed it, no money was taken: go back to it. "
        "If you have, please wait, usually up to 2 minutes: there is no need to pay again.",
    ),
    "to_phone": Text("Вернуться к оплате", "Back to paying"),
    "phone_sbp_title": Text("Оплатите по QR-коду", "Pay by QR code"),
    "phone_sberpay_title": Text("Оплатите через SberPay", "Pay by SberPay"),
    "phone_agreed_title": Text("Банк проводит оплату", "The bank is making the payment"),
    "phone_sbp_text": Text(
        "Деньги ещё не списаны. С телефона: откройте приложение банка. С компьютера: наведите камеру телефона на код.",
        "No money was taken yet. On a phone: open your bank’s application. At a computer: point your phone’s camera at the code.",
    ),
    "phone_sberpay_text": Text(
        "Деньги ещё не списаны. Подтвердите оплату в приложении СберБанк.",
        "No money was taken yet. Confirm the payment in the Sberbank application.",
    ),
    "phone_agreed_text": Text(
        "Вы подтвердили оплату, банки её проводят. Второй раз платить не нужно.",
        "You have confirmed the payment and the banks are at work. There is no need to pay again.",
    ),
    "phone_spent_text": Text(
        "Этот код больше не действует, деньги не списаны. Получите новый код или заплатите картой.",
        "This code is no good any more, and no money was taken. Get a new code, or pay by card.",
    ),
    "phone_codeless_text": Text(
        "Банк сейчас не дал QR-код. Деньги не списаны. Попробуйте ещё раз или заплатите картой.",
        "The bank gave no QR code just now. No money was taken. Try again, or pay by card.",
    ),
    "phone_left": Text("Оплатите до", "Pay by"),
    "phone_image": Text("QR-код СБП на сумму {sum}", "SBP QR code for {sum}"),
    "phone_open": Text("Оплатить {sum} в приложении банка", "Pay {sum} in your bank’s application"),
    "phone_open_sberpay": Text("Оплатить {sum} на телефоне", "Pay {sum} on the phone"),
    "phone_check": Text("Проверить оплату", "Check the payment"),
    "phone_new_code": Text("Получить новый код", "Get a new code"),
    "phone_card": Text("Заплатить картой", "Pay by card instead"),
    "phone_push_title": Text("Запрос в приложение", "A request to the application"),
    "phone_push": Text("Номер телефона в СберБанке", "Telephone number known to Sberbank"),
    "phone_push_hint": Text(
        "Банк пришлёт на него запрос об оплате. Номер мы не сохраняем.",
        "The bank sends a payment request to it. We do not keep the number.",
    ),
    "phone_push_go": Text("Отправить запрос", "Send the request"),
    "phone_pushed": Text(
        "Запрос отправлен. Откройте приложение СберБанк и подтвердите оплату.",
        "The request is sent. Open the Sberbank application and confirm the payment.",
    ),
    "phone_page": Text("Страница SberPay для компьютера", "SberPay’s page for a computer"),
}
