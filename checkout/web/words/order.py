"""Words of the order's page."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "code": Text("Код записи", "Booking code"),
    "code_hint": Text(
        "Назовите его на стойке регистратуры или по телефону.", "Say it at the desk or on the telephone."
    ),
    "visit": Text("Визит", "Visit"),
    "total": Text("Стоимость", "Price"),
    "paid_sum": Text("Оплачено", "Paid"),
    "left_sum": Text("Осталось оплатить", "Left to pay"),
    "refunded_sum": Text("Возвращено", "Refunded"),
    "left_here": Text("в клинике или онлайн", "at the clinic or online"),
    "left_at_clinic": Text("в клинике", "at the clinic"),
    "pay_sum": Text("Оплатить {sum}", "Pay {sum}"),
    "pay_again": Text("Попробовать ещё раз: {sum}", "Try again: {sum}"),
    "pay_now": Text("Оплатить онлайн {sum}", "Pay {sum} online"),
    "to_bank": Text("Перейти на страницу банка", "Go to the bank’s page"),
    "look_again": Text("Проверить сейчас", "Check now"),
    "refreshes": Text("Страница обновляется сама.", "This page refreshes by itself."),
    "patience": Text(
        "Это дольше обычного. Второй раз не платите: позвоните, и мы скажем, что с оплатой.",
        "This takes longer than usual. Do not pay again: call us, and we will tell you how the payment stands.",
    ),
    "call_us": Text("Позвонить: {phone}", "Call {phone}"),
    "print": Text("Распечатать", "Print"),
    "book_again": Text("Записаться заново", "Book again"),
    "back_to_site": Text("Вернуться на сайт", "Back to the site"),
    "rests": Text(
        "Банк несколько раз отказал по карте. Снова оплатить картой можно с {until}. Или позвоните: {phone}.",
        "The bank refused the card several times. You can pay by card again from {until}. Or call {phone}.",
    ),
    "rests_past_hold": Text(
        "Банк несколько раз отказал по карте: пока время за вами, заплатить картой онлайн уже не получится. Чтобы его "
        "сохранить, позвоните: {phone}.",
        "The bank refused the card several times: while the time is held you cannot pay by card online any more. To keep "
        "it call {phone}.",
    ),
    "held_until": Text("Время остаётся за вами до {until}.", "The time is held for you until {until}."),
    "next": Text("Что дальше", "What happens next"),
    "next_come": Text(
        "Приходите за 10 минут до начала, возьмите паспорт.", "Come 10 minutes early and bring your passport."
    ),
    "next_change": Text(
        "Есть вопросы — позвоните: {phone}, назовите код записи.",
        "Any questions? Call {phone} and say the booking code.",
    ),
    "surplus": Text(
        "Оплачено на {sum} больше, чем стоит визит. Эти деньги вернутся сами.",
        "{sum} more than the price was paid. This money goes back by itself.",
    ),
    "attempt_open": Text(
        "Открыта страница банка для доплаты. Пока банк её не подтвердил, она не считается.",
        "The bank’s page is open for the rest. Until the bank confirms it, it does not count.",
    ),
    "attempt_checked": Text(
        "Доплату мы ещё проверяем у банка. Не платите её второй раз.",
        "We are still checking the last payment with the bank. Do not pay it twice.",
    ),
    "attempt_failed": Text(
        "Последняя оплата не прошла, эти деньги не списаны.",
        "The last payment did not go through, that money was not taken.",
    ),
    "hold_released": Text(
        "Сумма, которую банк удержал на карте, не списана: удержание снято. Когда она снова станет доступна, зависит от "
        "банка карты. Делать ничего не нужно.",
        "The sum that the bank held on your card was not taken: the hold is released. When you can use it again depends on "
        "the card’s bank. There is nothing to do.",
    ),
}
