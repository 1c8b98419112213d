"""Words of the page that asks for a code before the booking is made."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "code_title": Text("Введите код", "Enter the code"),
    "code_email": Text("Мы отправили код на почту {to}.", "We have sent a code by e-mail to {to}."),
    "code_sms": Text("Мы отправили код по СМС на номер {to}.", "We have sent a code by text message to {to}."),
    "code_why": Text(
        "Так мы отличаем вас от программ, которые занимают чужое время. Запись ещё не сделана, деньги не списаны.",
        "It tells you from programs that take other people’s time. Nothing is booked yet and no money was taken.",
    ),
    "code_field": Text("Код из сообщения", "Code from the message"),
    "code_field_hint": Text("Шесть цифр", "Six digits"),
    "code_go": Text("Подтвердить и записаться", "Confirm and book"),
    "code_resend": Text("Отправить код ещё раз", "Send the code again"),
    "code_change": Text("Изменить контакты", "Change the contacts"),
    "code_wrong": Text(
        "Код не подошёл или устарел. Проверьте цифры или отправьте код ещё раз. Запись ещё не сделана.",
        "The code is wrong or too old. Check the digits or send the code again. Nothing is booked yet.",
    ),
    "code_empty": Text("Введите код из сообщения.", "Enter the code from the message."),
}
