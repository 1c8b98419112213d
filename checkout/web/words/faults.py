"""Words of pages that failed, by HTTP status."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "fault_title": Text("Не получилось", "That did not work"),
    "fault_400_title": Text("Запрос не читается", "The request cannot be read"),
    "fault_400_text": Text(
        "Ничего не записано и не списано. Откройте страницу записи заново.",
        "Nothing was booked or taken. Please open the booking page again.",
    ),
    "fault_403_title": Text("Форма пришла с чужого сайта", "The form came from another site"),
    "fault_403_text": Text(
        "Мы её не приняли: ничего не записано и не списано. Откройте страницу записи и заполните форму там.",
        "We did not take it: nothing was booked or charged. Please open the booking page and fill in the form there.",
    ),
    "fault_404_title": Text("Такой страницы нет", "There is no such page"),
    "fault_404_text": Text(
        "Проверьте ссылку: возможно, она скопирована не целиком.", "Check the link: perhaps a part of it is missing."
    ),
    "fault_405_title": Text("Так эту страницу не открыть", "This page cannot be opened in this way"),
    "fault_405_text": Text("Откройте страницу записи заново.", "Please open the booking page again."),
    "fault_413_title": Text("Форма слишком большая", "The form is too large"),
    "fault_413_text": Text(
        "Ничего не записано и не списано. Сократите текст и отправьте снова.",
        "Nothing was booked or taken. Shorten the text and send it again.",
    ),
    "fault_415_title": Text("Форма в незнакомом виде", "An unfamiliar kind of form"),
    "fault_415_text": Text("Откройте страницу записи заново.", "Please open the booking page again."),
    "fault_421_title": Text("Этот адрес не наш", "This address is not ours"),
    "fault_421_text": Text(
        "Страница открыта по адресу, который мы не обслуживаем. Зайдите по ссылке с сайта клиники.",
        "The page was opened under an address that we do not serve. Use the link on the clinic’s site.",
    ),
    "fault_429_title": Text("Слишком много обращений", "Too many requests"),
    "fault_500_title": Text("У нас что-то сломалось", "Something broke on our side"),
    "fault_500_text": Text(
        "Если вы уже платили, не платите второй раз: мы сверяем каждую оплату с банком. Сообщите нам номер запроса.",
        "If you have paid, do not pay again: we check every payment with the bank. Please tell us the request id.",
    ),
    "fault_503_title": Text("Сервис временно недоступен", "The service is temporarily unavailable"),
    "fault_503_text": Text(
        "Подождите минуту и обновите страницу. Если вы уже платили, не платите второй раз: мы сверим оплату с банком.",
        "Wait a minute and reload the page. If you have paid, do not pay again: we will check it with the bank.",
    ),
}
