"""Words of the room of the texts that payers agree to."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    # The list
    "texts_room": Text("Тексты", "Texts"),
    "texts_title": Text("Тексты согласий", "Consent texts"),
    "texts_lead": Text(
        "Это плательщик читает и отмечает перед оплатой. Прежние записи хранят текст, на который он согласился.",
        "Payers read these and tick them before they pay. Bookings that were made keep the text that was agreed to.",
    ),
    "texts_only_everywhere": Text(
        "Тексты общие для всех клиник. Их меняет администратор всех клиник.",
        "The texts are shared by all clinics. An administrator of all of them changes them.",
    ),
    "texts_terms": Text("Страница условий для плательщиков", "The page of terms for payers"),
    "text_one": Text("Текст", "Text"),
    "text_need": Text("Отметка", "Tick"),
    "text_required": Text("обязательна", "required"),
    "text_optional": Text("по желанию", "optional"),
    "text_now": Text("Действует", "In force"),
    "text_next": Text("Запланировано", "Planned"),
    "text_version": Text("версия {version}", "version {version}"),
    "text_since": Text("с {at}", "since {at}"),
    "text_always": Text("с самого начала, из файла установки", "from the beginning, from the installation file"),
    "text_from": Text("с {at}", "from {at}"),
    # The form
    "text_holds": Text("Сейчас действует", "Now in force"),
    "text_look": Text("Прочитать", "Read it"),
    "text_planned": Text("Запланировано", "Planned"),
    "text_drop": Text("Снять: версия {version}, с {at}", "Take back: version {version}, from {at}"),
    "text_replan": Text("Изменить запланированный", "Change the planned one"),
    "text_replanning": Text(
        "В форме запланированный текст. Когда сохраните, он встанет на место прежнего плана.",
        "The form holds the planned text. Once saved, it takes the place of the plan as it was.",
    ),
    "text_titles": Text("Строка рядом с отметкой", "The line beside the box"),
    "text_bodies": Text("Сам текст", "The text itself"),
    "text_bodies_hint": Text(
        "До {longest} знаков на каждом языке. Строки остаются, как Вы их поставили.",
        "Up to {longest} characters in each language. Lines stay as you break them.",
    ),
    "text_required_box": Text("Без этой отметки записаться нельзя", "Nobody books without this tick"),
    "text_required_hint": Text(
        "Сайты, которые записывают через API, тоже должны её передавать.",
        "Sites that book over the API must send it, too.",
    ),
    "text_from_hint": Text(
        "С полуночи по Москве. Пусто или сегодня: сразу после сохранения.",
        "From midnight in Moscow. Empty or today: as soon as it is saved.",
    ),
    "text_to_list": Text("К текстам", "To the texts"),
    # What would come of it
    "text_check_at_once": Text("Начнёт действовать сразу после сохранения.", "In force as soon as it is saved."),
    "text_check_from": Text("Начнёт действовать {at}.", "In force from {at} on."),
    "text_check_nothing": Text("Ничего не изменится.", "Nothing would change."),
    "text_check_dropped": Text(
        "Снимется с плана: версия {version}, с {at}.", "Taken back: version {version}, from {at}."
    ),
    "text_check_until": Text(
        "{at} его сменит запланированный текст, версия {version}.",
        "On {at} the planned text, version {version}, follows it.",
    ),
    "text_check_open": Text(
        "Кто в эту минуту заполняет форму, увидит новый текст и отметит его заново; остальное в форме сохранится.",
        "Whoever is filling in the form at that minute sees the new text and ticks it anew; all else in the form is kept.",
    ),
    "text_sees": Text("Плательщик увидит", "The payer will see"),
    "text_seen": Text("Плательщик видит", "The payer sees"),
    "text_added": Text("добавлено:", "added:"),
    "text_removed": Text("убрано:", "removed:"),
    "text_differs": Text("Что изменится", "What would change"),
    # What became of it
    "text_story": Text("Кто и что менял", "Who changed what"),
    "text_story_none": Text("Здесь ещё ничего не меняли.", "Nothing was changed here yet."),
    "text_did_written": Text("Новый текст, действует сразу", "A new text, in force at once"),
    "text_did_planned": Text("Запланирован текст с {at}", "A text planned from {at}"),
    "text_did_withdrawn": Text("Снят текст, который был запланирован с {at}", "Taken back: the text planned from {at}"),
    "text_did_began": Text("Начал действовать, как запланировано", "In force as planned"),
    "text_first": Text(
        "Этот текст пришёл из файла установки. С него всё началось.",
        "This text came from the installation file. It was the first one.",
    ),
}
