"""The heading of an order's page and the sentence under it, by `checkout.web.payer.standing.Face`."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "booked_title": Text("Вы записаны", "You are booked"),
    "booked_text": Text("Ждём вас.", "We look forward to seeing you."),
    "settled_title": Text("Оплачено", "Paid"),
    "settled_text": Text("Визит состоялся, расчёт закончен.", "The visit is over, the payment is complete."),
    "owing_title": Text("Визит состоялся", "The visit took place"),
    "owing_text": Text("Осталось оплатить {left}.", "{left} is left to pay."),
    "missed_title": Text("Визит не состоялся", "The visit did not take place"),
    "missed_text": Text(
        "По записям клиники, вы не пришли. Если это не так или вы хотите вернуть деньги, позвоните нам.",
        "By the clinic’s records you did not come. If that is wrong, or you want money back, please call us.",
    ),
    "to_pay_title": Text("Осталось оплатить", "One step left: pay"),
    "to_pay_text": Text("Деньги ещё не списаны.", "No money was taken yet."),
    "at_bank_title": Text("Оплата ещё не подтверждена", "The payment is not confirmed yet"),
    "at_bank_text": Text(
        "Банк ждёт оплату. Если вы вернулись, не заплатив, деньги не списаны: закончите на той же странице банка. "
        "Если заплатили, подождите, обычно это до 2 минут: второй раз платить не нужно.",
        "The bank waits for the payment. If you came back without paying, no money was taken: go on at the same page of "
        "the bank. If you have paid, please wait, usually up to 2 minutes: there is no need to pay again.",
    ),
    "checking_title": Text("Проверяем оплату", "Checking the payment"),
    "checking_text": Text(
        "Банк ещё не подтвердил оплату. Обычно это до 2 минут. Не платите второй раз: время остаётся за вами.",
        "The bank has not confirmed the payment yet. Usually it takes up to 2 minutes. Do not pay twice: your time is held.",
    ),
    "held_title": Text("Банк удерживает оплату", "The bank holds your payment"),
    "held_text": Text(
        "На карте удержано {sum}, деньги ещё не списаны. Спишем, как только закрепим время за вами: обычно это до 2 минут. "
        "Второй раз платить не нужно.",
        "{sum} is held on your card, no money was taken yet. We charge it once your time is confirmed: usually within 2 "
        "minutes. There is no need to pay again.",
    ),
    "silent_title": Text("Банк пока не отвечает", "The bank does not answer yet"),
    "silent_text": Text(
        "Страница оплаты не открылась, деньги не списаны. Мы выясняем у банка, в чём дело. Попробуйте через минуту.",
        "The payment page did not open, no money was taken. We are asking the bank. Please try again in a minute.",
    ),
    "declined_title": Text("Оплата не прошла", "The payment did not go through"),
    "declined_text": Text("Деньги не списаны.", "No money was taken."),
    "not_taken_title": Text("Банк не принял заказ на оплату", "The bank refused the payment order"),
    "not_taken_text": Text(
        "Деньги не списаны. Попробуйте ещё раз или позвоните нам.", "No money was taken. Try again or call us."
    ),
    "lapsed_title": Text("Оплата не завершена", "The payment was not completed"),
    "lapsed_text": Text(
        "Время на странице банка вышло. Деньги не списаны.", "The bank’s page timed out. No money was taken."
    ),
    "voided_title": Text("Оплата отменена", "The payment was cancelled"),
    "voided_text": Text("Банк снял удержание, деньги не списаны.", "The bank released the sum, no money was taken."),
    "expired_title": Text("Время на оплату вышло", "The time to pay is over"),
    "expired_text": Text(
        "Деньги не списаны. Это время снова могут занять другие: запишитесь заново.",
        "No money was taken. Others may take this time again: please book anew.",
    ),
    "cancelled_title": Text("Запись отменена", "The visit is cancelled"),
    "cancelled_text": Text("Деньги не списаны.", "No money was taken."),
    "late_title": Text("Деньги пришли, но время уже занято", "The money came, but the time is taken"),
    "late_text": Text(
        "Мы получили {sum}. Выберите другое время, или мы вернём {back} полностью. Если ничего не делать, возврат начнётся "
        "сам: {by}.",
        "We received {sum}. Choose another time, or we return {back} in full. If you do nothing, the refund starts by "
        "itself: {by}.",
    ),
    "called_off_title": Text("Запись отменена, деньги у нас", "The visit is cancelled, the money is with us"),
    "called_off_text": Text(
        "У нас {back}. Выберите другое время, или мы вернём их полностью. Если ничего не делать, возврат начнётся сам: {by}.",
        "We hold {back}. Choose another time, or we return it in full. If you do nothing, the refund starts by itself: {by}.",
    ),
    "refunding_title": Text("Возвращаем деньги", "Your money is on its way back"),
    "refunding_text": Text("Делать ничего не нужно.", "There is nothing to do."),
    "refunded_title": Text("Возврат сделан", "The refund is made"),
    "refunded_text": Text("Мы вернули {back}.", "We returned {back}."),
}
