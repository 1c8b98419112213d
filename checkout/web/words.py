"""Every visible word of the pages, in both languages. Templates see the table of one language as `t`.

What happened, whether money moved, what to do next, in that order. `{names}` are filled where the words are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checkout.catalogue.catalogue import Text

LANGUAGES: Final = ("ru", "en")

_FRAME: Final = {
    "skip": Text("К содержанию", "Skip to content"),
    "test_mode": Text(
        "Тестовый режим: записи учебные, деньги не списываются",
        "Test mode: bookings are for practice, no money is taken",
    ),
    "help": Text("Помощь:", "Help:"),
    "language": Text("Язык", "Language"),
    "other_language": Text("English", "Русский"),
    "dark_theme": Text("Тёмная тема", "Dark theme"),
    "yours": Text("у\u00a0вас\u00a0{time}", "{time}\u00a0for\u00a0you"),
    "left_one": Text("осталась {n}\u00a0минута", "{n}\u00a0minute left"),
    "left_few": Text("осталось {n}\u00a0минуты", "{n}\u00a0minutes left"),
    "left_many": Text("осталось {n}\u00a0минут", "{n}\u00a0minutes left"),
    "left_over": Text("время вышло", "the time is over"),
    "error_prefix": Text("Ошибка: ", "Error: "),
    "request_id": Text("Номер запроса", "Request id"),
    "home": Text("Записаться на приём", "Book a visit"),
    "change": Text("Изменить", "Change"),
    "minutes": Text("{count}\u00a0мин", "{count}\u00a0min"),
    "step": Text("Шаг {number} из 3", "Step {number} of 3"),
    "call": Text("Телефон клиники:", "Clinic’s telephone:"),
}

_CHOOSING: Final = {
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

_DETAILS: Final = {
    "details_title": Text("Контакты и оплата", "Contacts and payment"),
    "problems": Text("Проверьте форму", "There is a problem"),
    "your_choice": Text("Вы выбрали", "Your choice"),
    "service": Text("Услуга", "Service"),
    "clinic": Text("Клиника", "Clinic"),
    "when": Text("Когда", "When"),
    "price": Text("Цена", "Price"),
    "contacts": Text("Контакты", "Contacts"),
    "name": Text("Имя и фамилия", "Name and surname"),
    "name_hint": Text("Кого спросить и кому вернуть деньги", "Whom to ask for, and to whom money may go back"),
    "phone": Text("Телефон", "Telephone"),
    "phone_hint": Text("Позвоним, только если что-то изменится", "We call only if something changes"),
    "email": Text("Электронная почта", "E-mail"),
    "email_hint": Text("Сюда придёт чек", "The receipt comes here"),
    "patient_open": Text("Записываете другого человека?", "Booking for somebody else?"),
    "patient": Text("Имя и фамилия пациента", "Patient’s name and surname"),
    "patient_hint": Text("Оставьте пустым, если придёте сами", "Leave empty if you come yourself"),
    "consents": Text("Согласия", "Consents"),
    "consent_text": Text("Текст от {date}", "Text of {date}"),
    "consent_missing": Text(
        "Отметьте «{title}»: без этого согласия мы не можем записать вас.",
        "Tick “{title}”: we cannot book a visit without this consent.",
    ),
    "plans": Text("Сколько заплатить сейчас", "How much to pay now"),
    "plan_full": Text("Всё сразу: {sum}", "All at once: {sum}"),
    "plan_deposit": Text("Предоплата: {sum}", "Deposit: {sum}"),
    "plan_deposit_rest": Text("Остальное, {rest}, — в клинике", "The rest, {rest}, at the clinic"),
    "plan_at_clinic": Text("Сейчас ничего", "Nothing now"),
    "plan_at_clinic_rest": Text("{rest} — в клинике", "{rest} at the clinic"),
    "payee": Text("Кому вы платите", "Whom you pay"),
    "legal_name": Text("Организация", "Company"),
    "legal_address": Text("Юридический адрес", "Registered address"),
    "ogrn": Text("ОГРН", "OGRN"),
    "inn": Text("ИНН", "INN"),
    "kpp": Text("КПП", "KPP"),
    "licence": Text("Лицензия", "Licence"),
    "returns": Text(
        "Отказаться от визита можно в любой момент до него. Попросить возврат — до {until} включительно. Деньги вернутся "
        "тем же способом, каким пришли; на карту — обычно за {first}–{last} рабочих дней.",
        "You may cancel at any moment before the visit, and ask for a refund up to and including {until}. Money goes back "
        "the way it came; to a card usually within {first}–{last} working days.",
    ),
    "submit_pay": Text("Записаться и оплатить", "Book and pay"),
    "submit_pay_sum": Text("Записаться и оплатить {sum}", "Book and pay {sum}"),
    "submit_at_clinic": Text("Записаться", "Book"),
    "card_at_bank": Text(
        "Карта вводится на странице банка. Мы её не видим.", "You enter your card on the bank’s page. We do not see it."
    ),
    "cards": Text("Принимаются карты", "Cards taken"),
    "card_mir": Text("МИР", "Mir"),
    "held_for": Text(
        "После записи время остаётся за вами {minutes}\u00a0минут, пока вы платите.",
        "Once booked, the time is held for you for {minutes}\u00a0minutes while you pay.",
    ),
    "price_changed": Text(
        "Цена изменилась: было {before}, стало {after}. Деньги не списаны. Если согласны, отправьте форму ещё раз.",
        "The price has changed: it was {before}, it is {after} now. No money was taken. If you agree, send the form again.",
    ),
    "pick_nearest": Text("Выберите одно из ближайших", "Choose one of the nearest"),
}

_ORDER: Final = {
    "code": Text("Код записи", "Booking code"),
    "code_hint": Text(
        "Назовите его на стойке регистратуры или по телефону.", "Say it at the desk or on the telephone."
    ),
    "visit": Text("Визит", "Visit"),
    "total": Text("Стоимость", "Price"),
    "paid_sum": Text("Оплачено", "Paid"),
    "left_sum": Text("Осталось оплатить", "Left to pay"),
    "refunded_sum": Text("Возвращено", "Refunded"),
    "left_here": Text("в клинике или онлайн", "at the clinic or online"),
    "left_at_clinic": Text("в клинике", "at the clinic"),
    "pay_sum": Text("Оплатить {sum}", "Pay {sum}"),
    "pay_again": Text("Попробовать ещё раз: {sum}", "Try again: {sum}"),
    "pay_now": Text("Оплатить онлайн {sum}", "Pay {sum} online"),
    "to_bank": Text("Перейти на страницу банка", "Go to the bank’s page"),
    "look_again": Text("Проверить сейчас", "Check now"),
    "refreshes": Text("Страница обновляется сама.", "This page refreshes by itself."),
    "patience": Text(
        "Это дольше обычного. Второй раз не платите: позвоните, и мы скажем, что с оплатой.",
        "This takes longer than usual. Do not pay again: call us, and we will tell you how the payment stands.",
    ),
    "call_us": Text("Позвонить: {phone}", "Call {phone}"),
    "print": Text("Распечатать", "Print"),
    "book_again": Text("Записаться заново", "Book again"),
    "back_to_site": Text("Вернуться на сайт", "Back to the site"),
    "held_until": Text("Время остаётся за вами до {until}.", "The time is held for you until {until}."),
    "next": Text("Что дальше", "What happens next"),
    "next_come": Text(
        "Приходите за 10 минут до начала, возьмите паспорт.", "Come 10 minutes early and bring your passport."
    ),
    "next_change": Text(
        "Перенести или отменить визит можно по телефону {phone}: назовите код записи.",
        "To move or cancel the visit call {phone} and say the booking code.",
    ),
    "surplus": Text(
        "Оплачено на {sum} больше, чем стоит визит. Эти деньги вернутся сами.",
        "{sum} more than the price was paid. This money goes back by itself.",
    ),
    "attempt_open": Text(
        "Открыта страница банка для доплаты. Пока банк её не подтвердил, она не считается.",
        "The bank’s page is open for the rest. Until the bank confirms it, it does not count.",
    ),
    "attempt_checked": Text(
        "Доплату мы ещё проверяем у банка. Не платите её второй раз.",
        "We are still checking the last payment with the bank. Do not pay it twice.",
    ),
    "attempt_failed": Text(
        "Последняя оплата не прошла, эти деньги не списаны.", "The last payment did not go through."
    ),
}

# By `checkout.web.payer.standing.Face`: the heading, and the sentence under it.
_FACES: Final = {
    "booked_title": Text("Вы записаны", "You are booked"),
    "booked_text": Text("Ждём вас.", "We look forward to seeing you."),
    "settled_title": Text("Оплачено", "Paid"),
    "settled_text": Text("Визит состоялся, расчёт закончен.", "The visit is over, the payment is complete."),
    "to_pay_title": Text("Осталось оплатить", "One step left: pay"),
    "to_pay_text": Text("Деньги ещё не списаны.", "No money was taken yet."),
    "at_bank_title": Text("Оплата ещё не подтверждена", "The payment is not confirmed yet"),
    "at_bank_text": Text(
        "Банк ждёт оплату. Если вы вернулись, не заплатив, деньги не списаны: закончите на той же странице банка. "
        "Если заплатили, подождите, обычно это до 2 минут: второй раз платить не нужно.",
        "The bank waits for the payment. If you came back without paying, no money was taken: go on at the same page of "
        "the bank. If you have paid, please wait, usually up to 2 minutes: there is no need to pay again.",
    ),
    "checking_title": Text("Проверяем оплату", "Checking the payment"),
    "checking_text": Text(
        "Банк ещё не подтвердил оплату. Обычно это до 2 минут. Не платите второй раз: время остаётся за вами.",
        "The bank has not confirmed the payment yet. Usually it takes up to 2 minutes. Do not pay twice: your time is held.",
    ),
    "silent_title": Text("Банк пока не отвечает", "The bank does not answer yet"),
    "silent_text": Text(
        "Страница оплаты не открылась, деньги не списаны. Мы выясняем у банка, в чём дело. Попробуйте через минуту.",
        "The payment page did not open, no money was taken. We are asking the bank. Please try again in a minute.",
    ),
    "declined_title": Text("Оплата не прошла", "The payment did not go through"),
    "declined_text": Text("Деньги не списаны.", "No money was taken."),
    "not_taken_title": Text("Банк не принял заказ на оплату", "The bank refused the payment order"),
    "not_taken_text": Text(
        "Деньги не списаны. Попробуйте ещё раз или позвоните нам.", "No money was taken. Try again or call us."
    ),
    "lapsed_title": Text("Оплата не завершена", "The payment was not completed"),
    "lapsed_text": Text(
        "Время на странице банка вышло. Деньги не списаны.", "The bank’s page timed out. No money was taken."
    ),
    "voided_title": Text("Оплата отменена", "The payment was cancelled"),
    "voided_text": Text("Банк снял удержание, деньги не списаны.", "The bank released the sum, no money was taken."),
    "expired_title": Text("Время на оплату вышло", "The time to pay is over"),
    "expired_text": Text(
        "Деньги не списаны. Это время снова могут занять другие: запишитесь заново.",
        "No money was taken. Others may take this time again: please book anew.",
    ),
    "cancelled_title": Text("Запись отменена", "The visit is cancelled"),
    "cancelled_text": Text("Деньги не списаны.", "No money was taken."),
    "late_title": Text("Деньги пришли, но время уже занято", "The money came, but the time is taken"),
    "late_text": Text(
        "Мы получили {sum}. Позвоните, и мы подберём другое время. Если ничего не делать, {back} вернутся сами: возврат "
        "начнётся {by}.",
        "We received {sum}. Call us, and we will find another time. If you do nothing, {back} goes back by itself: the "
        "refund starts on {by}.",
    ),
    "called_off_title": Text("Запись отменена, деньги у нас", "The visit is cancelled, the money is with us"),
    "called_off_text": Text(
        "Мы получили {sum}. Если не выберете другое время, {back} вернутся сами: возврат начнётся {by}.",
        "We received {sum}. Unless you choose another time, {back} goes back by itself: the refund starts on {by}.",
    ),
    "refunding_title": Text("Возвращаем деньги", "Your money is on its way back"),
    "refunding_text": Text("Делать ничего не нужно.", "There is nothing to do."),
    "refunded_title": Text("Возврат сделан", "The refund is made"),
    "refunded_text": Text("Мы вернули {back}.", "We returned {back}."),
}

# By `gateways.sberbank.action_codes.Advice`: what to do after a refused card.
_ADVICE: Final = {
    "advice_nothing": Text("", ""),
    "advice_same_card": Text(
        "Проверьте данные и остаток на карте и попробуйте ещё раз.",
        "Check the card’s details and balance and try again.",
    ),
    "advice_other_card": Text("Попробуйте другую карту.", "Try another card."),
    "advice_later": Text(
        "Попробуйте другую карту или эту же через несколько минут.", "Try another card, or this one in a few minutes."
    ),
    "advice_never": Text(
        "С этой картой не получится: возьмите другую.", "It will not work with this card: use another one."
    ),
    "advice_new_order": Text("Начните оплату заново.", "Start the payment anew."),
    "advice_wait": Text(
        "Подождите несколько минут: банк карты ещё не ответил окончательно.",
        "Wait a few minutes: the card’s bank has not given its final answer.",
    ),
}

_BANK: Final = {
    "hop_title": Text("Переходим на страницу банка", "Taking you to the bank’s page"),
    "hop_text": Text(
        "Страница банка откроется сама. Если не открылась, нажмите кнопку.",
        "The bank’s page opens by itself. If it does not, press the button.",
    ),
    "hop_sum": Text("К оплате", "To pay"),
}

_FAULTS: Final = {
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

_REFERENCE: Final = {
    "docs_title": Text("Справочник API", "API reference"),
    "problem_text": Text(
        "Поле code в ответе application/problem+json. По нему программа решает, что делать дальше; текст показывают "
        "человеку, в фигурных скобках — данные этого случая.",
        "The field code of an application/problem+json answer. Programs decide by it what to do next; the text is for "
        "people, with the facts of the case in place of the braces.",
    ),
    "to_reference": Text("Открыть справочник API", "Open the API reference"),
}

WORDS: Final[Mapping[str, Text]] = {
    **_FRAME,
    **_CHOOSING,
    **_DETAILS,
    **_ORDER,
    **_FACES,
    **_ADVICE,
    **_BANK,
    **_FAULTS,
    **_REFERENCE,
}

BY_LANGUAGE: Final[Mapping[str, Mapping[str, str]]] = {
    language: {key: text.of(language) for key, text in WORDS.items()} for language in LANGUAGES
}


def say(language: str, key: str, **facts: object) -> str:
    """One sentence in one language, its facts filled in."""
    return BY_LANGUAGE[language][key].format_map(facts)
