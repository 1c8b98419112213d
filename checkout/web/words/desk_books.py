"""Words of finance's books: the dashboard, the bank's registry, exports."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "desk_dashboard": Text("Показатели", "Figures"),
    "dash_title": Text("Показатели", "Figures"),
    "dash_today": Text("Сегодня", "Today"),
    "dash_clinic": Text("Клиника", "Clinic"),
    "dash_visits": Text("Визиты", "Visits"),
    "dash_paid_visits": Text("Оплачены", "Paid"),
    "dash_owing": Text("Частично", "In part"),
    "dash_unpaid": Text("Не оплачены", "Unpaid"),
    "dash_due": Text("К получению", "Owed"),
    "dash_drawer": Text("В кассе", "In the drawer"),
    "dash_shut": Text("закрыта", "closed"),
    "dash_waiting": Text("Возвраты ждут", "Refunds wait"),
    "dash_no_clinics": Text("Ни одна ваша клиника сейчас не работает.", "None of your clinics is open at present."),
    "dash_month": Text("30 дней", "30 days"),
    "dash_since": Text(
        "С {since} по {until}. Сравнение — с 30 днями до этого.",
        "From {since} to {until}, held against the 30 days before.",
    ),
    "dash_counted": Text("Посчитано", "Counted"),
    "dash_not_counted": Text(
        "Показатели ещё не посчитаны: это делается раз в минуту. Обновите страницу.",
        "The figures have not been counted yet: that is done each minute. Reload the page.",
    ),
    "dash_received": Text("Получено", "Received"),
    "dash_returned": Text("Возвращено", "Returned"),
    "dash_to_bank": Text("Дошли до банка", "Reached the bank"),
    "dash_paid_share": Text("Оплатили из оформленных", "Paid, of those placed"),
    "dash_median": Text("Возврат: половина быстрее, чем", "Refund: half are faster than"),
    "dash_p90": Text("Возврат: девять из десяти быстрее, чем", "Refund: nine in ten are faster than"),
    "dash_more": Text("На {share} больше: было {before}", "{share} more: it was {before}"),
    "dash_less": Text("На {share} меньше: было {before}", "{share} less: it was {before}"),
    "dash_same": Text("Столько же, сколько раньше", "As much as before"),
    "dash_was": Text("Раньше: {before}", "Before: {before}"),
    "dash_nothing_before": Text("Раньше не было", "There was nothing before"),
    "dash_none": Text("нет данных", "no data"),
    "dash_within_an_hour": Text("час", "an hour"),
    "dash_hour_forms": Text("час|часа|часов", "hour|hours"),
    "dash_by_method": Text("Выручка по способам оплаты, ₽", "Revenue by method, ₽"),
    "dash_returns": Text("Возвраты, ₽", "Refunds, ₽"),
    "dash_orders": Text("Путь заказа: оформлен, дошёл до банка, оплачен", "An order’s way: placed, at the bank, paid"),
    "dash_placed": Text("Оформлены", "Placed"),
    "dash_met_bank": Text("Дошли до банка", "Reached the bank"),
    "dash_paid": Text("Оплачены", "Paid"),
    "dash_declines": Text("Почему не проходят платежи", "Why payments fail"),
    "dash_reason": Text("Причина", "Reason"),
    "dash_times": Text("Раз", "Times"),
    "dash_before": Text("Раньше", "Before"),
    "dash_day": Text("День", "Day"),
    "dash_table": Text("Показать таблицей", "Show as a table"),
    "dash_nothing": Text("За 30 дней ничего не было.", "There was nothing in these 30 days."),
}
