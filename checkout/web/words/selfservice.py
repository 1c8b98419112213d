"""Words of what a payer does with a visit by the private link, and of the link by which somebody else pays."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "back_to_order": Text("Вернуться к записи", "Back to the booking"),
    "map": Text("Показать на карте", "Show on the map"),
    # Money without a visit
    "decide_title": Text("Выберите другое время или возврат денег", "Choose another time or take the money back"),
    "all_times": Text("Всё свободное время", "All free times"),
    "return_sum": Text("Вернуть {sum}", "Return {sum}"),
    "return_hint": Text(
        "Вернём полностью, тем же способом, каким платили.", "The whole sum goes back the way it was paid."
    ),
    # The hold
    "extend_to": Text("Продлить до {until}", "Hold it until {until}"),
    "extend_hint": Text(
        "Продлить время на оплату можно один раз, пока оплата не начата.",
        "The time to pay can be extended once, before the payment is started.",
    ),
    "extended_done": Text("Время на оплату продлено.", "The time to pay is extended."),
    "at_clinic_instead": Text("Оплатить в клинике {sum}", "Pay {sum} at the clinic"),
    "at_clinic_hint": Text(
        "Запись останется за вами без оплаты сейчас. Заплатить картой онлайн можно будет и потом.",
        "The booking stands without a payment now. You can still pay by card online later.",
    ),
    # What happens next
    "next_guardian": Text(
        "Вы представитель пациента: возьмите паспорт и документ, который это подтверждает, свидетельство о рождении или "
        "решение об опеке.",
        "You answer for the patient: bring your passport and a document that proves it, a birth certificate or the order of "
        "guardianship.",
    ),
    # By `checkout.ground.config.Receipts`: the clinic's word, for nothing here makes receipts
    "receipt_at_clinic": Text("Кассовый чек выдадут в клинике.", "You get the fiscal receipt at the clinic."),
    "receipt_by_email": Text(
        "Кассовый чек клиника пришлёт вам на электронную почту.", "The clinic sends the fiscal receipt to your e-mail."
    ),
    "next_change_here": Text("Планы изменились?", "Have your plans changed?"),
    "next_change_elsewhere": Text(
        "Перенести или отменить визит можно на личной странице записи: ссылка на неё в письме. Или по телефону {phone}: "
        "назовите код записи.",
        "To move or cancel the visit open its private page: the link is in our letter. Or call {phone} and say the "
        "booking code.",
    ),
    # Refunds
    "windows_title": Text("До какого дня можно вернуть деньги", "Until when money can be returned"),
    "window_service": Text(
        "За услугу — до {until} включительно: срок идёт со дня визита, {base}.",
        "For the service up to and including {until}: counted from the day of the visit, {base}.",
    ),
    "window_service_planned": Text(
        "За услугу — до {until} включительно: срок идёт со дня визита, сейчас он назначен на {base}.",
        "For the service up to and including {until}: counted from the day of the visit, now planned for {base}.",
    ),
    "goods_state": Text("Где товар", "Where the goods are"),
    "goods_mine_awaited": Text(
        "Товар будет в клинике не позже {until}.", "The goods will be at the clinic by {until}."
    ),
    "goods_mine_late": Text(
        "Товар задерживается, обещали до {until}. Заплаченное за него не пропадёт. Позвоните: назовём новый срок или вернём "
        "деньги, {phone}.",
        "The goods are late, they were promised by {until}. What was paid for them is not lost. Call us for a new date or "
        "your money back: {phone}.",
    ),
    "goods_mine_arrived": Text(
        "Товар в клинике с {since}. Чтобы получить его, назовите код записи.",
        "The goods have been at the clinic since {since}. To get them, say the booking code.",
    ),
    "goods_mine_handed_over": Text("Вы получили товар {on}.", "You received the goods on {on}."),
    "window_goods": Text(
        "За товар — до {until} включительно: срок идёт со дня, когда вы его получили, {base}.",
        "For the goods up to and including {until}: counted from the day on which you received them, {base}.",
    ),
    "window_goods_planned": Text(
        "За товар — до {until} включительно: срок пойдёт со дня, когда вы его получите; в клинике он будет не позже {base}.",
        "For the goods up to and including {until}: counted from the day on which you receive them; they are at the clinic "
        "by {base}.",
    ),
    "step_done": Text("Сделано", "Done"),
    "step_ahead": Text("Впереди", "Ahead"),
    # Everything the private link can do
    "manage_title": Text("Управление записью", "Manage the booking"),
    "manage_hint": Text(
        "Эта страница открывается по личной ссылке. Не пересылайте её: по ней визит можно перенести или отменить.",
        "This page opens by a private link. Do not pass it on: with it the visit can be moved or cancelled.",
    ),
    "to_calendar": Text("Добавить в календарь", "Add to the calendar"),
    "token_title": Text("Подтверждение визита для отзыва", "Proof of the visit for a review"),
    "token_text": Text(
        "Сайт отзывов по нему узнает, что визит был. Ни имени, ни услуги, ни даты в нём нет, только клиника и месяц.",
        "It tells a review site that there was a visit. There is no name, service or date in it, only the clinic and the "
        "month.",
    ),
    "token_show": Text("Показать подтверждение", "Show the proof"),
    # Moving
    "move_title": Text("Перенести визит", "Move the visit"),
    "move_now": Text("Сейчас", "Now"),
    "move_was": Text("Было", "Before"),
    "move_new": Text("Станет", "New time"),
    "move_hint": Text(
        "Оплата и цена сохраняются. Пока вы не нажали кнопку, ничего не меняется.",
        "The payment and the price stay. Nothing changes until you press the button.",
    ),
    "move_to": Text("Перенести на {when}", "Move to {when}"),
    "move_taken": Text(
        "Это время уже занято. Ничего не изменилось, деньги на месте. Выберите другое.",
        "This time is taken. Nothing has changed, the money is where it was. Please choose another one.",
    ),
    "move_nothing": Text(
        "Свободного времени пока нет. Запись остаётся как есть; позвоните нам, и мы поможем.",
        "Nothing is free for now. The booking stays as it is; call us, and we will help.",
    ),
    "moved_done": Text("Визит перенесён. Новое время — ниже.", "The visit is moved. The new time is below."),
    # Cancelling
    "cancel_title": Text("Отменить визит", "Cancel the visit"),
    "cancel_back": Text("Вернём", "Goes back"),
    "cancel_how": Text("Как и когда вернутся деньги", "How and when the money goes back"),
    "cancel_nothing_back": Text(
        "Возвращать нечего: денег по этой записи у нас нет.",
        "There is nothing to return: we hold no money for this booking.",
    ),
    "cancel_frees": Text(
        "Время сразу освободится для других. Пока вы не нажали кнопку, запись в силе.",
        "The time is free for others at once. Until you press the button the booking stands.",
    ),
    "cancel_do": Text("Отменить визит", "Cancel the visit"),
    "cancel_return": Text("Отменить и вернуть {sum}", "Cancel and return {sum}"),
    "cancel_keep": Text("Отменить, выбрать другое время позже", "Cancel, choose another time later"),
    "cancel_keep_hint": Text(
        "Деньги подождут у нас до {until}. Не выберете время — вернутся сами.",
        "The money waits with us until {until}. If you choose no time, it goes back by itself.",
    ),
    "cancel_move_instead": Text("Не отменять, а перенести", "Move it instead"),
    # Consents and data
    "consents_title": Text("Согласия и ваши данные", "Consents and your data"),
    "consents_text": Text(
        "Здесь то, с чем вы согласились при записи, и как это отозвать.",
        "What you agreed to when booking, and how to withdraw it.",
    ),
    "consent_given": Text(
        "Версия текста {version}, согласие дано {when}.", "Version {version} of the text, agreed to on {when}."
    ),
    "consent_read": Text("Прочитать текст", "Read the text"),
    "consent_withdrawn": Text("Отозвано {when}.", "Withdrawn on {when}."),
    "withdraw": Text("Отозвать согласие", "Withdraw"),
    "withdraw_at_once": Text("Перестанет действовать сразу.", "It stops at once."),
    "withdraw_done": Text(
        "Новостей больше не будет. Письма о самой записи приходят по-прежнему.",
        "There will be no more news. Letters about the booking itself still come.",
    ),
    "withdraw_on_request": Text(
        "Запишем вашу просьбу и ответим за 30 дней. Данные, которые нужны для уже оформленного визита и для учёта оплат, "
        "закон велит хранить; остальное удалим.",
        "We write your request down and answer within 30 days. The law makes us keep what a booked visit and the accounts "
        "of payments need; we delete the rest.",
    ),
    "withdraw_request_taken": Text(
        "Просьба записана, ответим до {day}. Визит остаётся в силе; данные договора и оплат храним по закону.",
        "Your request is written down, we answer by {day}. The visit stands; the law makes us keep the data of the contract "
        "and the payments.",
    ),
    "withdraw_by_cancel": Text(
        "Это условие самого договора. Чтобы отказаться от него, отмените визит.",
        "This is a condition of the contract itself. To step back from it, cancel the visit.",
    ),
    "data_title": Text("Ваши данные", "Your data"),
    "data_text": Text(
        "Всё, что мы храним по этой записи, — в файле, который читает и программа.",
        "Everything we keep for this booking, in a file that programs can read too.",
    ),
    "data_download": Text("Скачать мои данные (JSON)", "Download my data (JSON)"),
    "evidence_download": Text(
        "Скачать подтверждение согласий и цен (ZIP)", "Download the record of consents and prices (ZIP)"
    ),
    "data_contact": Text("Исправить или удалить данные, пожаловаться:", "To correct or delete data, or to complain:"),
    # Somebody else pays
    "guest_title": Text("Заплатит другой человек?", "Does somebody else pay?"),
    "guest_text": Text(
        "Перешлите ему ссылку. Он увидит сумму и код записи, но не услугу, не имя и не время.",
        "Send them the link. They see the sum and the booking code, but no service, no name and no time.",
    ),
    "guest_show": Text("Показать ссылку и QR-код", "Show the link and a QR code"),
    "guest_link": Text("Ссылка на оплату", "Link to pay by"),
    "guest_code": Text("QR-код той же ссылки на оплату", "QR code of the same link"),
    "guest_due_title": Text("Вас просят оплатить заказ", "You are asked to pay for an order"),
    "guest_due_text": Text("Деньги ещё не списаны.", "No money was taken yet."),
    "guest_paid_title": Text("Оплачено", "Paid"),
    "guest_paid_text": Text(
        "Деньги получены. Больше платить не нужно.", "The money came. There is nothing more to pay."
    ),
    "guest_closed_title": Text("Платить не нужно", "There is nothing to pay"),
    "guest_closed_text": Text(
        "Заказ закрыт. Если деньги были списаны, что с ними будет, видит тот, кто оформлял заказ; можно и позвонить в "
        "клинику.",
        "The order is closed. If money was taken, whoever made the order sees what becomes of it; or call the clinic.",
    ),
    "guest_checking_title": Text("Проверяем оплату", "Checking the payment"),
    "guest_checking_text": Text(
        "Банк ещё не подтвердил оплату. Обычно это до 2 минут. Не платите второй раз.",
        "The bank has not confirmed the payment yet. Usually it takes up to 2 minutes. Do not pay twice.",
    ),
    "guest_order": Text("Заказ", "Order"),
    "guest_until": Text("Оплатить до", "Pay by"),
    "guest_private": Text(
        "За что этот платёж, знает тот, кто прислал ссылку: здесь мы этого не показываем.",
        "What the payment is for is known to whoever sent the link: we do not show it here.",
    ),
}
