"""Words of the day at a clinic: who comes, booking for somebody, another time, calling off."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "today_title": Text("День клиники", "The clinic’s day"),
    "today_day": Text("День", "Day"),
    "today_show": Text("Показать", "Show"),
    "today_before": Text("День раньше", "The day before"),
    "today_after": Text("День позже", "The day after"),
    "today_today": Text("Сегодня", "Today"),
    "today_sum": Text(
        "Визитов: {number}, не оплачено до конца: {owed}.", "Visits: {number}, not paid in full: {owed}."
    ),
    "today_nobody": Text("На этот день никто не записан.", "Nobody is booked on this day."),
    "today_who": Text("Кто", "Who"),
    "today_what": Text("К кому и на что", "What and with whom"),
    "today_visit": Text("Визит", "Visit"),
    "today_money": Text("Деньги", "Money"),
    "today_held": Text("Время держим до {at}", "Held until {at}"),
    "today_is_confirmed": Text("Ждём", "Expected"),
    "today_is_given": Text("Приём состоялся", "Given"),
    "today_is_no_show": Text("Не пришёл", "No show"),
    "today_goods_wait": Text("Товар не выдан", "Goods not handed over"),
    "today_goods_given": Text("Товар выдан", "Goods handed over"),
    "today_owes": Text("Должен {sum}", "Owes {sum}"),
    "today_take": Text("Принять оплату", "Take payment"),
    "today_give": Text("Приём состоялся", "Visit given"),
    "today_miss": Text("Не пришёл", "No show"),
    "today_hand_over": Text("Товар выдан", "Goods handed over"),
    "today_move": Text("Перенести", "Move"),
    "today_cancel": Text("Отменить", "Cancel"),
    "day_title": Text("Отменить день", "Call off a day"),
    "book_title": Text("Записать", "Book somebody"),
}
