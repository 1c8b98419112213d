"""Refusals about a visit: booking it, moving it, calling it off, what became of it, and the diary it stands in."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

REFUSALS: Final = {
    "at_clinic_not_offered": Text(
        "Заплатить в клинике вместо этого сейчас нельзя. Деньги не списаны. Позвоните нам, и мы поможем.",
        "It cannot be paid at the clinic instead now. No money was taken. Call us, and we will help.",
    ),
    "block_empty": Text("Конец должен быть позже начала.", "The end must come after the start."),
    "block_repeated": Text("Этот external_id уже есть в пачке.", "This external_id stands twice in the batch."),
    "block_too_long": Text(
        "Промежуток длиннее 366 дней. Разделите его.", "This is longer than 366 days. Please split it."
    ),
    "born_unreadable": Text("Проверьте дату рождения пациента.", "Please check the patient’s date of birth."),
    "clinic_paused": Text(
        "Клиника сейчас не записывает онлайн. Деньги не списаны. Позвоните нам или выберите другую клинику.",
        "The clinic takes no bookings online now. No money was taken. Please call us or choose another clinic.",
    ),
    "clinic_unknown": Text("Такой клиники нет.", "There is no such clinic."),
    "code_too_soon": Text(
        "Код уже отправлен. Новый можно запросить через минуту.",
        "A code was sent already. You can ask for a new one in a minute.",
    ),
    "consent_changed": Text(
        "Пока была открыта форма, текст согласия изменился. Прочитайте новый и отметьте ещё раз. Запись пока не сделана.",
        "While the form was open, the text to agree to changed. Read the new one and tick it again. Nothing is booked yet.",
    ),
    "consent_is_the_contract": Text(
        "Это условие самого договора. Чтобы отказаться от него, отмените визит.",
        "This is a condition of the contract itself. To step back from it, cancel the visit.",
    ),
    "consent_missing": Text(
        "Такого согласия в этой записи нет.",
        "There is no such consent on this booking.",
    ),
    "consent_needed": Text(
        "Без этого согласия мы не можем записать вас.", "We cannot book a visit without this consent."
    ),
    "consent_unknown": Text("Такого согласия нет.", "There is no such consent."),
    "day_off_apart": Text(
        "Отдельных решений в одном списке не больше {most}. Отправьте этот список, остальные визиты решите в следующем.",
        "A list has at most {most} visits decided apart. Send this one, and decide the others in the next.",
    ),
    "day_off_decided": Text(
        "Это уже решено: {by}, {at}. Ничего не изменено.",
        "This was decided already, by {by} on {at}. Nothing was changed.",
    ),
    "day_off_empty": Text(
        "Выберите, что делать хотя бы с одним визитом.", "Choose what to do with one visit at least."
    ),
    "day_off_missing": Text("Такой отмены дня нет.", "There is no such day called off."),
    "day_off_reason": Text("Напишите, почему день отменяется.", "Write why the day is called off."),
    "email_unreadable": Text(
        "Проверьте адрес почты: на него придут письма о записи.",
        "Please check the e-mail address: our letters about the visit go there.",
    ),
    "guardian_needed": Text(
        "Пациенту нет 18 лет: отметьте, кем вы ему приходитесь.",
        "The patient is under 18: please say what you are to them.",
    ),
    "hold_not_extendable": Text(
        "Продлить время на оплату уже нельзя. Деньги не списаны.",
        "The time to pay cannot be extended any more. No money was taken.",
    ),
    "hold_used_up": Text(
        "Время на оплату вышло. Деньги не списаны. Выберите время заново.",
        "The time to pay is over. No money was taken. Please choose a time again.",
    ),
    "message_missing": Text("Такого сообщения нет.", "There is no such message."),
    "moved_meanwhile": Text(
        "Визит уже перенесён: сейчас он {at}. Проверьте и выберите время ещё раз, если нужно.",
        "The visit was moved already: it is on {at} now. Please check, and choose a time again if you want to.",
    ),
    "name_unreadable": Text("Напишите имя и фамилию.", "Please write the name."),
    "no_goods": Text(
        "В этой записи нет товаров.",
        "There are no goods in this booking.",
    ),
    "note_missing": Text(
        "Напишите, почему так: без пояснения не принимаем.", "Write why: nothing is accepted without a note."
    ),
    "note_too_long": Text("Пояснение длиннее 500 знаков.", "The note is longer than 500 characters."),
    "option_unfit": Text(
        "Эта опция не идёт с услугой перед ней. Поставьте опцию сразу после её услуги.",
        "This option does not go with the service before it. Put the option right after its service.",
    ),
    "order_closed": Text("Заказ закрыт: время уже не за вами.", "The order is closed: the time is no longer held."),
    "order_missing": Text("Такой записи нет.", "There is no such booking."),
    "own_day_off": Text(
        "Отмену дня утверждает другой человек, не тот, кто её составил.",
        "A day called off is approved by somebody else than who asked for it.",
    ),
    "phone_unreadable": Text("Проверьте номер телефона.", "Please check the telephone number."),
    "plan_not_offered": Text("Так оплатить эту услугу нельзя.", "This service cannot be paid in this way."),
    "resource_unknown": Text(
        "В этой клинике нет такого специалиста или кабинета.", "This clinic has no such specialist or room."
    ),
    "service_unknown": Text("В этой клинике такой услуги нет.", "This clinic does not give that service."),
    "slot_taken": Text(
        "Это время занято. Деньги не списаны. Выберите другое.",
        "This time is taken. No money was taken. Please choose another one.",
    ),
    "specialist_unknown": Text(
        "В этой клинике такой специалист эти услуги не оказывает. Выберите другого или любого.",
        "No such specialist gives these services at this clinic. Please choose another one, or anybody.",
    ),
    "visit_begun": Text(
        "Время визита уже наступило: изменить его может только клиника. Позвоните нам.",
        "The visit’s time has come: only the clinic can change it now. Please call us.",
    ),
    "visit_needed": Text("Добавьте хотя бы одну услугу.", "Please add at least one service."),
    "visit_not_begun": Text(
        "Время визита ещё не наступило: он {at}.",
        "The visit’s time has not come yet: it is on {at}.",
    ),
}
