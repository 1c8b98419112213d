"""Words of the form with contacts, consents and the sum."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "details_title": Text("Контакты и оплата", "Contacts and payment"),
    "problems": Text("Проверьте форму", "There is a problem"),
    "your_choice": Text("Вы выбрали", "Your choice"),
    "service": Text("Услуга", "Service"),
    "goods_line": Text("Товар", "Goods"),
    "clinic": Text("Клиника", "Clinic"),
    "when": Text("Когда", "When"),
    "price": Text("Цена", "Price"),
    "contacts": Text("Контакты", "Contacts"),
    "name": Text("Имя и фамилия", "Name and surname"),
    "name_hint": Text("Кого спросить и кому вернуть деньги", "Whom to ask for, and to whom money may go back"),
    "phone": Text("Телефон", "Telephone"),
    "phone_hint": Text("Позвоним, только если что-то изменится", "We call only if something changes"),
    "email": Text("Электронная почта", "E-mail"),
    "email_hint": Text("Напишем сюда о записи и оплате", "We write here about the visit and the payment"),
    "patient_open": Text("Записываете другого человека?", "Booking for somebody else?"),
    "patient": Text("Имя и фамилия пациента", "Patient’s name and surname"),
    "patient_missing": Text("Напишите имя и фамилию пациента.", "Please write the patient’s name."),
    "patient_hint": Text("Оставьте пустым, если придёте сами", "Leave empty if you come yourself"),
    "born": Text("Дата рождения пациента", "Patient’s date of birth"),
    "born_hint": Text(
        "Например, 31 3 2019. По ней мы узнаём, нужен ли представитель",
        "For example, 31 3 2019. It tells us whether somebody must answer for the patient",
    ),
    "born_day": Text("День", "Day"),
    "born_month": Text("Месяц", "Month"),
    "born_year": Text("Год", "Year"),
    "relation": Text("Кем вы приходитесь пациенту", "What you are to the patient"),
    "relation_hint": Text(
        "До 18 лет за пациента отвечает представитель. Возьмите на приём паспорт и документ, который это подтверждает: "
        "свидетельство о рождении или решение об опеке",
        "Somebody answers for a patient under 18. Please bring your passport and a document that proves it: a birth "
        "certificate or the order of guardianship",
    ),
    "relation_adult": Text("Пациенту 18 лет или больше", "The patient is 18 or older"),
    "relation_parent": Text("Родитель", "Parent"),
    "relation_guardian": Text("Опекун (ребёнку нет 14 лет)", "Guardian (child under 14)"),
    "relation_trustee": Text("Попечитель (от 14 до 18 лет)", "Trustee (from 14 to 18)"),
    "consents": Text("Согласия", "Consents"),
    "consent_text": Text("Текст от {date}", "Text of {date}"),
    "consent_anew": Text(
        "Текст «{title}» изменился, пока была открыта форма. Прочитайте новый и отметьте ещё раз. Запись пока не сделана.",
        "The text “{title}” changed while the form was open. Read the new one and tick it again. Nothing is booked yet.",
    ),
    "consent_missing": Text(
        "Отметьте «{title}»: без этого согласия мы не можем записать вас.",
        "Tick “{title}”: we cannot book a visit without this consent.",
    ),
    "plans": Text("Сколько заплатить сейчас", "How much to pay now"),
    "plan_full": Text("Всё сразу: {sum}", "All at once: {sum}"),
    "plan_deposit": Text("Предоплата: {sum}", "Deposit: {sum}"),
    "rest_when": Text("{rest} — в клинике на визите, {when}", "{rest} at the clinic, at your visit on {when}"),
    "rest_then": Text("{rest} — в клинике на визите", "{rest} at the clinic, at your visit"),
    "plan_at_clinic": Text("Сейчас ничего", "Nothing now"),
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
