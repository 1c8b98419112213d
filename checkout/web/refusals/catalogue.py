"""Words for what the catalogue's forms refuse."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

REFUSALS: Final = {
    "catalogue_everywhere": Text(
        "Услуги и новые клиники общие для всех. Их меняет администратор всех клиник. Ничего не изменено.",
        "Services and new clinics are everybody’s. An administrator of all clinics changes them. Nothing was changed.",
    ),
    "choice_unknown": Text("Выберите один из вариантов.", "Choose one of these."),
    "day_over": Text("Этот день уже прошёл. Укажите сегодня или позже.", "This day is over. Enter today or later."),
    "day_repeated": Text(
        "Этот день уже есть выше. Измените его там.", "This day stands above already. Change it there."
    ),
    "deposit_twice": Text("Оставьте одно: процент или сумму.", "Keep one of the two: the percent or the sum."),
    "entry_changed": Text(
        "Пока Вы правили, это изменил другой человек: {by}. Ничего не сохранено, Ваши значения целы.",
        "Somebody else changed it while you were at it: {by}. Nothing was saved, and your values are kept.",
    ),
    "entry_unknown": Text("В каталоге такого нет.", "There is no such entry in the catalogue."),
    "entry_wrong": Text("Так записать нельзя. Исправьте это поле.", "This cannot be kept. Correct this field."),
    "hours_missing": Text(
        "Укажите часы хотя бы одного дня. Если приёма нет совсем, выключите внизу формы.",
        "Enter the hours of one day at least. If there are none at all, switch the entry off below.",
    ),
    "hours_unreadable": Text(
        "Часы не читаются. Напишите, например, 9:00–13:00, 14:00–18:00.",
        "These hours cannot be read. Write, for example, 9:00–13:00, 14:00–18:00.",
    ),
    "link_unreadable": Text(
        "Ссылка начинается с https:// и без пробелов.", "A link begins with https:// and has no spaces."
    ),
    "name_not_typed": Text(
        "Введите название клиники, как оно написано выше. Ничего не изменено.",
        "Type the clinic’s name as it stands above. Nothing was changed.",
    ),
    "number_beyond": Text("Введите целое число от {least} до {most}.", "Enter a whole number from {least} to {most}."),
    "price_missing": Text("Введите цену в рублях, например 2500.", "Enter a price in roubles, for example 2500."),
    "slug_taken": Text("Такой код уже есть. Возьмите другой.", "There is such a code already. Take another one."),
    "slug_unreadable": Text(
        "Код пишется латинскими буквами, цифрами и дефисом, начинается с буквы, до 40 знаков.",
        "A code has small Latin letters, digits and hyphens, begins with a letter, and is up to 40 long.",
    ),
    "week_over": Text(
        "Пока форма была открыта, начались другие часы. Ничего не сохранено. Откройте её заново.",
        "Other hours have begun while the form was open. Nothing was saved. Open it anew.",
    ),
    "words_missing": Text("Заполните это поле.", "Fill in this field."),
}
