"""Refusals of the office till: shifts, counting, taking, paying out, handing over."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

REFUSALS: Final = {
    "count_needed": Text("Напишите, сколько денег в кассе.", "Please say how much money is in the drawer."),
    "count_outdated": Text(
        "После этого пересчёта в кассе что-то изменилось. Смена осталась как была. Пересчитайте кассу ещё раз.",
        "Something changed in the drawer after this count. The shift stays as it was. Count the drawer again.",
    ),
    "denomination_repeated": Text("Номинал указан дважды.", "A note or coin is named twice."),
    "denomination_unknown": Text("Таких купюр и монет нет.", "There is no such note or coin."),
    "drawer_short": Text(
        "В кассе только {left}, ничего не записано.", "There is only {left} in the drawer, and nothing was recorded."
    ),
    "entry_missing": Text("В этой смене такой записи нет.", "This shift has no such entry."),
    "explanation_needed": Text(
        "По учёту и по пересчёту разные суммы, разница {difference}. Напишите причину.",
        "The books and the count differ by {difference}. Please write why.",
    ),
    "fiscal_noted": Text(
        "Номер чека за это время записал другой человек: {number}. Ваш не записан. Если записан не тот, исправьте его.",
        "Somebody has noted a receipt number meanwhile: {number}. Yours was not noted. If theirs is wrong, correct it.",
    ),
    "fiscal_unreadable": Text("Номер чека ККТ: от 1 до 10 цифр.", "A fiscal receipt’s number has 1 to 10 digits."),
    "hand_over_missing": Text("Такой передачи денег нет.", "There is no such hand-over."),
    "hand_over_pending": Text(
        "Деньги сданы, но ещё не приняты. Смена остаётся открытой: пусть их примут, или отмените передачу.",
        "Money was handed over and is not accepted yet. The shift stays open: have it accepted, or take it back.",
    ),
    "hand_over_settled": Text(
        "Эта передача уже завершена: {by}, {at}.", "This hand-over is settled already, by {by} on {at}."
    ),
    "money_promised": Text(
        "Часть этой оплаты уже возвращена или обещана к возврату. Запись осталась, деньги на месте. Сначала отмените возврат.",
        "Part of this payment was refunded, or is promised back. The entry stands and no money moved. Cancel the refund first.",
    ),
    "more_than_due": Text("К оплате только {due}.", "Only {due} is due."),
    "not_cash": Text("Этот возврат идёт на карту.", "This refund goes to the card."),
    "not_fiscal": Text("К этой записи чека ККТ не бывает.", "There is no fiscal receipt for such an entry."),
    "not_reversible": Text(
        "Эту запись не сторнируют: отменить можно приём оплаты, внесение или изъятие.",
        "This entry cannot be reversed: only a payment taken, money paid in or money paid out can.",
    ),
    "note_needed": Text("Напишите, за что эти деньги.", "Please write what the money is for."),
    "nothing_due": Text("Платить больше не нужно.", "Nothing is due."),
    "own_count": Text(
        "Такую разницу подтверждает другой человек, не тот, кто считал кассу.",
        "Such a difference is confirmed by somebody else than who counted the drawer.",
    ),
    "own_hand_over": Text(
        "Деньги принимает другой человек, не тот, кто их сдаёт.",
        "The money is accepted by somebody else than who gives it.",
    ),
    "pieces_unreadable": Text("Проверьте, сколько купюр и монет.", "Please check the number of notes and coins."),
    "reason_unfit": Text("Выберите причину из списка.", "Please choose a reason from the list."),
    "received_too_little": Text(
        "Получено меньше, чем {amount}. Оплата не записана.",
        "Less than {amount} was received. No payment was recorded.",
    ),
    "reference_needed": Text(
        "Укажите номер чека терминала или платёжного поручения.",
        "Please give the number of the terminal's slip or of the payment order.",
    ),
    "reversed_already": Text("Эта запись уже сторнирована.", "This entry is reversed already."),
    "shift_closed": Text(
        "Смена закрыта, ничего не записано. Пересчитайте кассу и откройте смену.",
        "The shift is closed, and nothing was recorded. Count the drawer and open a shift.",
    ),
    "shift_closed_already": Text(
        "Эту смену уже закрыли: {by}, {at}. Больше в неё ничего не записать.",
        "This shift was closed already by {by} on {at}. Nothing more can be entered into it.",
    ),
    "shift_missing": Text("Такой смены нет.", "There is no such shift."),
    "shift_open": Text(
        "Смена уже открыта: {by}, {at}.",
        "A shift is open already, by {by} since {at}.",
    ),
    "shift_too_old": Text(
        "Смена открыта больше 24 часов ({since}), поэтому ничего не записано. Закройте её и откройте новую.",
        "The shift has been open for more than 24 hours (since {since}), so nothing was recorded. Close it and open another.",
    ),
    "sum_unreadable": Text(
        "Введите сумму в рублях, например 4500 или 4500,50.", "Enter a sum in roubles, for example 4500 or 4500.50."
    ),
}
