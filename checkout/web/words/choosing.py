"""Words of the steps that only choose: services, clinic, specialist, day and time."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "service_title": Text("Выберите услуги", "Choose services"),
    "services": Text("Услуги", "Services"),
    "service_deposit": Text("предоплата {sum}", "deposit {sum}"),
    "deposit_hint": Text(
        "Предоплату можно внести сейчас, а остальное заплатить в клинике",
        "The deposit can be paid now, and the rest at the clinic",
    ),
    "options_of": Text("Добавить к услуге «{name}»", "Add to “{name}”"),
    "goods": Text("Товары", "Goods"),
    "goods_hint": Text(
        "Привезём в клинику не позже чем через неделю, получите там же",
        "At the clinic within a week, handed over there",
    ),
    "goods_alone": Text(
        "Товары можно заказать только вместе с визитом. Добавьте хотя бы одну услугу.",
        "Goods can be ordered only together with a visit. Please add at least one service.",
    ),
    "pieces": Text("Сколько", "How many"),
    "option_loose": Text(
        "«{name}» делают только вместе с услугой, к которой это относится. Мы это не добавили: отметьте и саму услугу.",
        "“{name}” is given only together with its service. We left it out: please tick the service too.",
    ),
    "search": Text("Найти услугу", "Find a service"),
    "find": Text("Найти", "Find"),
    "nothing_found": Text(
        "По запросу «{search}» ничего не нашлось. Попробуйте другое слово.",
        "Nothing was found for “{search}”. Please try another word.",
    ),
    "all_services": Text("Все услуги", "All services"),
    "sum_total": Text("Итого", "Total"),
    "sum_total_is": Text("Итого {sum}.", "Total {sum}."),
    "enough_now": Text("Сейчас достаточно внести", "Enough to pay now:"),
    "deposit_and_rest": Text(
        "Сейчас можно внести {sum}, остальное, {rest}, — в клинике.",
        "{sum} is enough now, the rest, {rest}, at the clinic.",
    ),
    "count_up": Text("Посчитать", "Count up"),
    "change_services": Text("Изменить услуги", "Change services"),
    "service_next": Text("Выбрать клинику", "Choose a clinic"),
    "service_none": Text(
        "Сейчас онлайн-записи нет. Позвоните нам, и мы вас запишем.",
        "Online booking is closed now. Please call us, and we will book your visit.",
    ),
    "service_gone": Text(
        "Такой услуги сейчас нет: ссылка устарела. Выберите из списка.",
        "There is no such service now: the link is out of date. Please choose from the list.",
    ),
    "clinic_title": Text("Выберите клинику", "Choose a clinic"),
    "clinic_next": Text("Выбрать время", "Choose a time"),
    "clinic_gone": Text(
        "Эта клиника сейчас не оказывает всё, что вы выбрали. Выберите другую.",
        "This clinic does not give all that you chose. Please choose another one.",
    ),
    "clinic_none": Text(
        "Всё вместе не делают ни в одной клинике. Уберите что-нибудь или запишитесь отдельно.",
        "No clinic gives all of it together. Please leave something out, or book it separately.",
    ),
    "lacking_title": Text("Чего нет в клиниках", "What each clinic lacks"),
    "clinic_paused": Text("Онлайн-запись приостановлена, телефон", "Online booking is paused, telephone"),
    "paused_title": Text("Онлайн-запись приостановлена", "Online booking is paused"),
    "paused_text": Text(
        "Сюда пока можно записаться только по телефону. Ваши прежние записи в силе.",
        "For now visits here are booked by telephone only. Visits that you booked before stand.",
    ),
    "paused_call": Text("Позвонить: {phone}", "Call {phone}"),
    "paused_others": Text("Записаться в другую клинику", "Book at another clinic"),
    "specialist": Text("Специалист", "Specialist"),
    "who_any": Text("Любой", "Any"),
    "who_gone": Text(
        "Этот специалист сейчас не принимает с такими услугами. Показываем время у всех.",
        "This specialist does not give these services now. Here are the times of all of them.",
    ),
    "anybody": Text("Показать время у всех", "Show everybody’s times"),
    "own_held": Text(
        "Это время уже держите вы. Второй раз записываться не нужно.",
        "You hold this time already. There is no need to book it again.",
    ),
    "own_elsewhere": Text("Вы уже держите время: {at}.", "You already hold a time: {at}."),
    "own_booked": Text("На это время вы уже записаны.", "You are already booked at this time."),
    "own_continue": Text("Продолжить", "Continue"),
    "own_open": Text("Открыть запись", "Open the booking"),
    "time_title": Text("Выберите день и время", "Choose a day and a time"),
    "nearest": Text("Ближайшее:", "Nearest:"),
    "nearest_free": Text("Ближайшее свободное время", "Nearest free times"),
    "days": Text("День", "Day"),
    "free_count": Text("свободно: {count}", "{count} free"),
    "days_next": Text("Показать время", "Show times"),
    "days_later": Text("Более поздние дни", "Later days"),
    "days_first": Text("Ближайшие дни", "Earliest days"),
    "times_on": Text("Время: {day}", "Times on {day}"),
    "zone": Text("Время на часах клиники: {place}.", "Times on the clinic’s clock: {place}."),
    "zone_changes": Text(
        "В этот день часы переводят, после этого {place}.", "The clocks change on this day, after that {place}."
    ),
    "morning": Text("Утро", "Morning"),
    "afternoon": Text("День", "Afternoon"),
    "evening": Text("Вечер", "Evening"),
    "day_full": Text(
        "На этот день свободного времени нет. Вот ближайшие дни.",
        "Nothing is free on this day. Here are the nearest days.",
    ),
    "nothing_free": Text(
        "Свободного времени пока нет. Выберите другую клинику или позвоните:",
        "Nothing is free for now. Please choose another clinic, or call:",
    ),
    "other_clinic": Text("Другая клиника", "Another clinic"),
    "other_time": Text("Выбрать другое время", "Choose another time"),
}
