"""Words for what the forms of the texts that payers agree to refuse."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

REFUSALS: Final = {
    "text_began": Text(
        "Пока Вы правили, начал действовать запланированный текст. Ничего не сохранено, Ваши слова целы.",
        "A planned text came into force while you were at it. Nothing was saved, and your words are kept.",
    ),
    "text_changed": Text(
        "Пока Вы правили, этот текст изменил другой человек: {by}. Ничего не сохранено, Ваши слова целы.",
        "Somebody else changed this text while you were at it: {by}. Nothing was saved, and your words are kept.",
    ),
    "text_planned": Text(
        "С этого дня уже запланирован текст. Отметьте его «Снять» или выберите другой день.",
        "A text is planned from this day on already. Tick “Take back” for it, or choose another day.",
    ),
    "text_too_long": Text(
        "В тексте {length} знаков, а помещается {longest}. Сократите его: плательщик загружает его вместе с формой.",
        "The text has {length} characters, and {longest} fit. Shorten it: a payer loads it together with the form.",
    ),
    "text_unknown": Text("Такого текста нет.", "There is no such text."),
    "texts_everywhere": Text(
        "Тексты общие для всех клиник. Их меняет администратор всех клиник. Ничего не изменено.",
        "The texts are shared by all clinics. An administrator of all of them changes them. Nothing was changed.",
    ),
}
