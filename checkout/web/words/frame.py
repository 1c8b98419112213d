"""Words of the frame around every page, and those that the script adds to it."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "skip": Text("К содержанию", "Skip to content"),
    "test_mode": Text(
        "Тестовый режим: записи учебные, деньги не списываются",
        "Test mode: bookings are for practice, no money is taken",
    ),
    "help": Text("Помощь:", "Help:"),
    "language": Text("Язык", "Language"),
    "other_language": Text("English", "Русский"),
    "error_prefix": Text("Ошибка: ", "Error: "),
    "request_id": Text("Номер запроса", "Request id"),
    "home": Text("Записаться на приём", "Book a visit"),
    "change": Text("Изменить", "Change"),
    "minutes": Text("{count}\u00a0мин", "{count}\u00a0min"),
    "step": Text("Шаг {number} из 3", "Step {number} of 3"),
    "call": Text("Телефон клиники:", "Clinic’s telephone:"),
    "dark_theme": Text("Тёмная тема", "Dark theme"),
    "yours": Text("у\u00a0вас\u00a0{time}", "{time}\u00a0for\u00a0you"),
    "left_one": Text("осталась {n}\u00a0минута", "{n}\u00a0minute left"),
    "left_few": Text("осталось {n}\u00a0минуты", "{n}\u00a0minutes left"),
    "left_many": Text("осталось {n}\u00a0минут", "{n}\u00a0minutes left"),
    "left_over": Text("время вышло", "the time is over"),
}
