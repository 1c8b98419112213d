"""The words of `/embed`, for whoever keeps a clinic's site; and the words on the button itself."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "embed_label": Text("Записаться и оплатить онлайн (банковской картой)", "Book and pay online (by bank card)"),
    "embed_title": Text("Кнопка для вашего сайта", "A button for your site"),
    "embed_text": Text(
        "Кнопка открывает запись, где услуга и клиника уже выбраны. Карта вводится на странице банка. Если скрипт не "
        "загрузится, останется обычная ссылка: она ведёт туда же.",
        "The button opens the booking with service and clinic already chosen. The card is entered on the bank’s page. If "
        "the script does not load, a plain link remains, and it leads to the same place.",
    ),
    "embed_any": Text("Выберет посетитель", "The visitor chooses"),
    "embed_mode": Text("Как открывается запись", "How the booking opens"),
    "embed_redirect": Text("На отдельной странице", "On a page of its own"),
    "embed_redirect_hint": Text("Работает на любом сайте", "Works on any site"),
    "embed_dialog": Text("В окне поверх сайта", "In a dialog over the site"),
    "embed_dialog_hint": Text(
        "Только на сайтах из списка внизу; на остальных — на отдельной странице",
        "Only on the sites listed below; elsewhere on a page of its own",
    ),
    "embed_language": Text("Язык кнопки", "Language of the button"),
    "embed_show": Text("Показать код", "Show the code"),
    "embed_code": Text("Код для вставки", "Code to paste"),
    "embed_code_hint": Text(
        "Скопируйте целиком и вставьте туда, где нужна кнопка. Скрипт нужен один раз на странице, кнопок может быть "
        "сколько угодно. После обновления сервиса код может смениться: со старым кнопка станет обычной ссылкой, пока вы "
        "не возьмёте здесь новый.",
        "Copy all of it to where the button should be. The script is needed once a page; there may be any number of "
        "buttons. After an upgrade of this service the code may change: with the old one the button is a plain link until "
        "you take the new one here.",
    ),
    "embed_example": Text("Так она работает", "How it works"),
    "embed_example_hint": Text(
        "Здесь — на отдельной странице. Шрифт и цвет кнопка берёт с вашего сайта.",
        "Here on a page of its own. Font and colour are those of your site.",
    ),
    "embed_hosts": Text("Где можно открывать в окне", "Where a dialog may open"),
    "embed_hosts_none": Text("Пока ни на одном сайте.", "On no site so far."),
    "embed_hosts_how": Text(
        "Чтобы добавить сайт, впишите его адрес в файл config.yaml и перезапустите сервис:",
        "To add a site, write its address into config.yaml and restart the service:",
    ),
    "embed_policy": Text(
        "Если ваш сайт отправляет Content-Security-Policy, добавьте в неё:",
        "If your site sends a Content-Security-Policy, add to it:",
    ),
}
