"""Words of the steps that only choose: service, clinic, day and time."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "service_title": Text("Выберите услугу", "Choose a service"),
    "service_deposit": Text("можно внести предоплату {sum}", "deposit of {sum} possible"),
    "service_next": Text("Выбрать клинику", "Choose a clinic"),
    "service_none": Text(
        "Сейчас онлайн-записи нет. Позвоните нам, и мы вас запишем.",
        "Online booking is closed now. Please call us, and we will book your visit.",
    ),
    "service_gone": Text(
        "Такой услуги сейчас нет: ссылка устарела. Выберите услугу из списка.",
        "There is no such service now: the link is out of date. Please choose one from the list.",
    ),
    "clinic_title": Text("Выберите клинику", "Choose a clinic"),
    "clinic_next": Text("Выбрать время", "Choose a time"),
    "clinic_gone": Text(
        "Эта клиника сейчас не оказывает такую услугу. Выберите другую.",
        "This clinic does not give this service now. Please choose another one.",
    ),
    "time_title": Text("Выберите день и время", "Choose a day and a time"),
    "nearest": Text("Ближайшее:", "Nearest:"),
    "nearest_free": Text("Ближайшее свободное время:", "Nearest free times:"),
    "days": Text("День", "Day"),
    "free_count": Text("свободно: {count}", "{count} free"),
    "days_next": Text("Показать время", "Show times"),
    "days_later": Text("Более поздние дни", "Later days"),
    "days_first": Text("Ближайшие дни", "Earliest days"),
    "times_on": Text("Время: {day}", "Times on {day}"),
    "zone": Text("Время на часах клиники: {place}.", "Times on the clinic’s clock: {place}."),
    "morning": Text("Утро", "Morning"),
    "afternoon": Text("День", "Afternoon"),
    "evening": Text("Вечер", "Evening"),
    "day_full": Text(
        "На этот день свободного времени нет. Вот ближайшие дни.",
        "Nothing is free on this day. Here are the nearest days.",
    ),
    "nothing_free": Text(
        "Свободного времени пока нет. Выберите другую клинику или позвоните нам.",
        "Nothing is free for now. Please choose another clinic or call us.",
    ),
    "other_clinic": Text("Другая клиника", "Another clinic"),
    "other_time": Text("Выбрать другое время", "Choose another time"),
}
