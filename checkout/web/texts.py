"""Words for every refusal code, in both languages: what happened, whether money moved, what to do next.

A test compares this table with the codes that the program raises; `{facts}` are filled by the refusal.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from checkout.catalogue.catalogue import Text
from checkout.ground import dates
from checkout.ground.errors import Refusal
from checkout.ground.spoken import money
from gateways.money import Money

__all__ = ["REFUSALS", "explain", "money"]

REFUSALS: Final = {
    "action_forbidden": Text("Для этого нужны другие права.", "Your role may not do this."),
    "amount_not_positive": Text("Сумма должна быть больше нуля.", "The amount must be above zero."),
    "at_clinic_not_offered": Text(
        "Заплатить в клинике вместо этого сейчас нельзя. Деньги не списаны. Позвоните нам, и мы поможем.",
        "It cannot be paid at the clinic instead now. No money was taken. Call us, and we will help.",
    ),
    "bank_refused": Text(
        "Банк не принял заказ на оплату. Деньги не списаны. Позвоните нам: время остаётся за вами.",
        "The bank refused the payment order. No money was taken. Please call us: your time is still held.",
    ),
    "bank_session_open": Text(
        "По заказу открыта страница оплаты банка. Подождите до {until}: деньги ещё могут прийти.",
        "A bank payment page is open for this order. Wait until {until}: money may still arrive.",
    ),
    "bank_unreachable": Text(
        "Банк не ответил. Мы проверяем, что произошло; второй раз платить не нужно. Время остаётся за вами.",
        "The bank did not answer. We are checking what happened; do not pay twice. Your time is still held.",
    ),
    "block_empty": Text("Конец должен быть позже начала.", "The end must come after the start."),
    "block_repeated": Text("Этот external_id уже есть в пачке.", "This external_id stands twice in the batch."),
    "block_too_long": Text(
        "Промежуток длиннее 366 дней. Разделите его.", "This is longer than 366 days. Please split it."
    ),
    "body_too_large": Text("Запрос слишком большой.", "The request body is too large."),
    "body_unreadable": Text("Тело запроса не читается как JSON.", "The body cannot be read as JSON."),
    "clinic_paused": Text(
        "Клиника сейчас не записывает онлайн. Деньги не списаны. Позвоните нам или выберите другую клинику.",
        "The clinic takes no bookings online now. No money was taken. Please call us or choose another clinic.",
    ),
    "clinic_unknown": Text("Такой клиники нет.", "There is no such clinic."),
    "code_too_soon": Text(
        "Код уже отправлен. Новый можно запросить через минуту.",
        "A code was sent already. You can ask for a new one in a minute.",
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
    "born_unreadable": Text("Проверьте дату рождения пациента.", "Please check the patient’s date of birth."),
    "count_needed": Text("Напишите, сколько денег в кассе.", "Please say how much money is in the drawer."),
    "count_outdated": Text(
        "После этого пересчёта в кассе что-то изменилось. Смена осталась как была. Пересчитайте кассу ещё раз.",
        "Something changed in the drawer after this count. The shift stays as it was. Count the drawer again.",
    ),
    "books_differ": Text(
        "Файл не сделан: строки и проводки расходятся ({columns}). Сообщите администратору: нужна проверка книг.",
        "The file was not made: rows and postings differ ({columns}). Tell the administrator: the books need checking.",
    ),
    "break_missing": Text("Такого расхождения нет.", "There is no such break."),
    "invariant_whole": Text(
        "Это правило сейчас не нарушено. Откройте список дел заново.",
        "This rule is not broken now. Open the worklist again.",
    ),
    "break_without_payment": Text(
        "За этой строкой нет нашего платежа. Запросите банк или примите её с пояснением.",
        "No payment of ours stands behind this line. Ask the bank, or accept it with a note.",
    ),
    "cure_unfit": Text("Для этого расхождения такое действие не подходит.", "This cannot be done about such a break."),
    "cursor_unknown": Text("Такой отметки в списке нет.", "There is no such place in the list."),
    "date_in_the_past": Text("Дата уже прошла.", "The date has passed."),
    "date_too_far": Text("Дата слишком далеко.", "The date is too far away."),
    "denomination_unknown": Text("Таких купюр и монет нет.", "There is no such note or coin."),
    "denomination_repeated": Text("Номинал указан дважды.", "A note or coin is named twice."),
    "drawer_short": Text(
        "В кассе только {left}, ничего не записано.", "There is only {left} in the drawer, and nothing was recorded."
    ),
    "email_unreadable": Text(
        "Проверьте адрес почты: на него придут письма о записи.",
        "Please check the e-mail address: our letters about the visit go there.",
    ),
    "entry_missing": Text("В этой смене такой записи нет.", "This shift has no such entry."),
    "explanation_needed": Text(
        "По учёту и по пересчёту разные суммы, разница {difference}. Напишите причину.",
        "The books and the count differ by {difference}. Please write why.",
    ),
    "form_expired": Text(
        "Страница устарела. Ничего не потеряно: отправьте форму ещё раз.",
        "This page is too old. Nothing is lost: please send the form again.",
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
    "idempotency_key_missing": Text("Нужен заголовок Idempotency-Key.", "The Idempotency-Key header is required."),
    "idempotency_key_reused": Text(
        "Этот Idempotency-Key уже был с другим запросом.", "This Idempotency-Key came with another request before."
    ),
    "internal": Text(
        "У нас что-то сломалось. Сообщите нам номер запроса.",
        "Something broke on our side. Please tell us the request id.",
    ),
    "key_missing": Text("Нужен ключ: Authorization: Bearer …", "A key is required: Authorization: Bearer …"),
    "hand_over_missing": Text("Такой передачи денег нет.", "There is no such hand-over."),
    "hand_over_pending": Text(
        "Деньги сданы, но ещё не приняты. Смена остаётся открытой: пусть их примут, или отмените передачу.",
        "Money was handed over and is not accepted yet. The shift stays open: have it accepted, or take it back.",
    ),
    "hand_over_settled": Text(
        "Эта передача уже завершена: {by}, {at}.", "This hand-over is settled already, by {by} on {at}."
    ),
    "line_unknown": Text("Такой строки в заказе нет.", "The order has no such line."),
    "lines_do_not_add_up": Text("Суммы строк не дают сумму возврата.", "The lines do not add up to the refund."),
    "message_missing": Text("Такого сообщения нет.", "There is no such message."),
    "method_not_allowed": Text("Так обратиться сюда нельзя.", "This method is not allowed here."),
    "money_changed": Text(
        "Пока страница была открыта, сумма изменилась. Запись в силе. Посмотрите, что вернётся, и решите ещё раз.",
        "The sum changed while the page was open. The booking stands. See what goes back, and decide again.",
    ),
    "money_promised": Text(
        "Часть этой оплаты уже возвращена или обещана к возврату. Запись осталась, деньги на месте. Сначала отмените возврат.",
        "Part of this payment was refunded, or is promised back. The entry stands and no money moved. Cancel the refund first.",
    ),
    "more_than_due": Text("К оплате только {due}.", "Only {due} is due."),
    "more_than_left": Text("Вернуть можно не больше {left}.", "No more than {left} can be refunded."),
    "moved_meanwhile": Text(
        "Визит уже перенесён: сейчас он {at}. Проверьте и выберите время ещё раз, если нужно.",
        "The visit was moved already: it is on {at} now. Please check, and choose a time again if you want to.",
    ),
    "name_unreadable": Text("Напишите имя и фамилию.", "Please write the name."),
    "no_goods": Text(
        "В этом заказе нет товаров.",
        "There are no goods in this order.",
    ),
    "not_cash": Text("Этот возврат идёт на карту.", "This refund goes to the card."),
    "not_reversible": Text(
        "Эту запись не сторнируют: отменить можно приём оплаты, внесение или изъятие.",
        "This entry cannot be reversed: only a payment taken, money paid in or money paid out can.",
    ),
    "note_needed": Text("Напишите, за что эти деньги.", "Please write what the money is for."),
    "not_found": Text("Такой страницы нет.", "There is nothing here."),
    "note_missing": Text(
        "Напишите, почему так: без пояснения не принимаем.", "Write why: nothing is accepted without a note."
    ),
    "note_too_long": Text("Пояснение длиннее 500 знаков.", "The note is longer than 500 characters."),
    "nothing_due": Text("Платить больше не нужно.", "Nothing is due."),
    "nothing_to_book": Text(
        "Банк пока не показывает этот возврат: в его ответе сверх наших книг {shown}. Деньги не двигались. Проверьте позже.",
        "The bank does not show this refund yet: its answer has {shown} beyond our books. No money moved. Check again later.",
    ),
    "nothing_to_refund": Text("По этому платежу возвращать нечего.", "There is nothing to refund on this payment."),
    "option_unfit": Text(
        "Эта опция не идёт с услугой перед ней. Поставьте опцию сразу после её услуги.",
        "This option does not go with the service before it. Put the option right after its service.",
    ),
    "order_closed": Text("Заказ закрыт: время уже не за вами.", "The order is closed: the time is no longer held."),
    "order_missing": Text("Такого заказа нет.", "There is no such order."),
    "own_count": Text(
        "Такую разницу подтверждает другой человек, не тот, кто считал кассу.",
        "Such a difference is confirmed by somebody else than who counted the drawer.",
    ),
    "own_hand_over": Text(
        "Деньги принимает другой человек, не тот, кто их сдаёт.",
        "The money is accepted by somebody else than who gives it.",
    ),
    "own_refund": Text(
        "Свой возврат утверждает другой человек.", "A refund is approved by somebody else than who asked for it."
    ),
    "parameter_repeated": Text("Параметр повторён.", "A parameter is repeated."),
    "payment_being_checked": Text(
        "Мы ещё проверяем прошлую оплату у банка. Второй раз платить не нужно.",
        "We are still checking the last payment with the bank. Do not pay twice.",
    ),
    "phone_unreadable": Text("Проверьте номер телефона.", "Please check the telephone number."),
    "plan_not_offered": Text("Так оплатить эту услугу нельзя.", "This service cannot be paid in this way."),
    "bank_silent": Text(
        "Банк не ответил. Ничего не изменилось, деньги не двигались. Попробуйте ещё раз через минуту.",
        "The bank did not answer. Nothing changed and no money moved. Try again in a minute.",
    ),
    "bank_sums_differ": Text(
        "Суммы у банка не сходятся с оплатой. Ничего не изменено. Позвоните в банк и назовите номер платежа.",
        "The bank’s sums do not agree with the payment. Nothing was changed. Call the bank and name the payment’s number.",
    ),
    "filter_unreadable": Text("Проверьте фильтр: так искать нельзя.", "Check the filter: this cannot be looked for."),
    "review_over": Text(
        "Эта оплата больше не на разборе: деньги не двигались от этого нажатия. Откройте запись заново.",
        "This payment is in review no more; no money was moved by this. Open the booking again.",
    ),
    "review_asked": Text(
        "Принять суммы банка уже просят. Дождитесь решения другого сотрудника.",
        "It was asked for already. Somebody else decides on it.",
    ),
    "review_unasked": Text(
        "Решать нечего: запрос уже закрыт. Откройте страницу заново.",
        "There is nothing to decide: it was decided by now. Open the page again.",
    ),
    "own_review": Text(
        "Свой запрос принять нельзя: это делает другой человек.", "Not your own request: another person accepts it."
    ),
    "bank_not_done": Text(
        "Банк ещё не закончил с этой оплатой, деньги не записаны. Закройте её в кабинете банка и спросите банк снова.",
        "The bank is not done with this payment, and nothing was written down. Close it at the bank, then ask again.",
    ),
    "bank_sums_foreign": Text(
        "Деньги у банка в другой валюте: {sum}. Записать их нельзя. Верните их в кабинете банка и запросите снова.",
        "The bank holds another currency: {sum}. It cannot be booked. Give it back at the bank, then ask again.",
    ),
    "bank_moved": Text(
        "Банк показывает уже другую сумму: {sum}. Ничего не записано. Отзовите запрос и запросите заново.",
        "The bank shows another sum by now: {sum}. Nothing was written down. Take it back and ask anew.",
    ),
    "nothing_outside": Text(
        "Банк показывает то же, что и наши записи. Учитывать нечего.",
        "The bank shows what our books say. There is nothing to enter.",
    ),
    "override_needed": Text(
        "Срок возврата закончился {until}. Согласовать можно только как исключение: напишите, почему. Деньги не двигались.",
        "The return window closed on {until}. It can be approved as an exception only: write why. No money moved.",
    ),
    "override_forbidden": Text(
        "Срок возврата закончился {until}. Исключение разрешает контролёр. Деньги не двигались.",
        "The return window closed on {until}. A controller may allow an exception. No money moved.",
    ),
    "payment_missing": Text("Такого платежа нет.", "There is no such payment."),
    "reason_missing": Text("Напишите причину.", "Write the reason."),
    "record_missing": Text("Такой записи банка нет.", "There is no such record of the bank."),
    "refund_in_flight": Text(
        "Возврат по этому платежу сейчас в банке. Дождитесь ответа и попробуйте снова.",
        "A refund of this payment is at the bank now. Wait for its answer and try again.",
    ),
    "refund_is_ours": Text(
        "Банк показывает этот возврат как наш. Нажмите «Проверить сейчас» на его странице.",
        "The bank shows this refund as ours. Press “Check now” on its page.",
    ),
    "refund_moved": Text(
        "Пока страница была открыта, это уже сделали. Кто и когда, видно ниже. Второй раз ничего не произошло.",
        "Somebody did this while the page was open: below is who and when. Nothing was done twice.",
    ),
    "refund_repeated": Text(
        "Возврат на {sum} по этой оплате уже запросили меньше десяти минут назад. Если нужен ещё один, подтвердите это.",
        "A refund of {sum} of this payment was asked for less than ten minutes ago. Confirm if another one is meant.",
    ),
    "refunds_unchosen": Text("Отметьте хотя бы один возврат.", "Tick at least one refund."),
    "pieces_unreadable": Text("Проверьте, сколько купюр и монет.", "Please check the number of notes and coins."),
    "reason_unfit": Text("Выберите причину из списка.", "Please choose a reason from the list."),
    "received_too_little": Text(
        "Получено меньше, чем {amount}. Оплата не записана.",
        "Less than {amount} was received. No payment was recorded.",
    ),
    "reference_needed": Text(
        "Укажите номер чека терминала или платёжного поручения.",
        "Please give the number of the terminal's slip or of the payment order.",
    ),
    "refund_missing": Text("Такого возврата нет.", "There is no such refund."),
    "refund_on_its_way": Text(
        "Деньги уже возвращаются, поэтому этот визит не перенести. Запишитесь заново.",
        "The money is on its way back, so this visit cannot be moved. Please book anew.",
    ),
    "sum_unreadable": Text(
        "Введите сумму в рублях, например 4500 или 4500,50.", "Enter a sum in roubles, for example 4500 or 4500.50."
    ),
    "view_name": Text("Назовите фильтр: до 60 знаков.", "Name the filter: up to 60 characters."),
    "view_too_long": Text("Фильтр слишком длинный, чтобы его сохранить.", "The filter is too long to be saved."),
    "view_missing": Text("Такого фильтра или страницы нет.", "There is no such filter or page."),
    "views_too_many": Text(
        "Сохранено уже 50 фильтров. Удалите лишние, затем сохраните этот.",
        "50 filters are saved already. Delete some, then save this one.",
    ),
    "registry_everywhere": Text(
        "Реестр загружает тот, у кого это право во всех клиниках: банк платит продавцу, а не клинике.",
        "A registry is brought in by whoever may do so at every clinic: the bank pays a merchant, not a clinic.",
    ),
    "registry_file_missing": Text("Выберите файл реестра.", "Choose the registry’s file."),
    "registry_refused": Text(
        "Файл не загружен, ничего не изменилось. Причины названы ниже.",
        "The file was not brought in, nothing was changed. The reasons stand below.",
    ),
    "merchant_unknown": Text("Такого продавца нет.", "There is no such merchant."),
    "template_unknown": Text("Такого шаблона нет.", "There is no such template."),
    "registry_line_missing": Text("Такой строки реестра нет.", "There is no such line of a registry."),
    "request_running": Text("Этот запрос ещё выполняется.", "This request is still running."),
    "resource_unknown": Text(
        "В этой клинике нет такого специалиста или кабинета.", "This clinic has no such specialist or room."
    ),
    "return_url_forbidden": Text("Этот адрес возврата не разрешён.", "This return address is not allowed."),
    "reversed_already": Text("Эта запись уже сторнирована.", "This entry is reversed already."),
    "schema": Text("Запрос не подходит под описание.", "The request does not fit the description."),
    "service_unknown": Text("В этой клинике такой услуги нет.", "This clinic does not give that service."),
    "specialist_unknown": Text(
        "В этой клинике такой специалист эти услуги не оказывает. Выберите другого или любого.",
        "No such specialist gives these services at this clinic. Please choose another one, or anybody.",
    ),
    "shift_closed": Text(
        "Смена закрыта, ничего не записано. Пересчитайте кассу и откройте смену.",
        "The shift is closed, and nothing was recorded. Count the drawer and open a shift.",
    ),
    "shift_closed_already": Text(
        "Эту смену уже закрыли: {by}, {at}. Больше в неё ничего не записать.",
        "This shift was closed already by {by} on {at}. Nothing more can be entered into it.",
    ),
    "shift_missing": Text("Такой смены нет.", "There is no such shift."),
    "shift_open": Text(
        "Смена уже открыта: {by}, {at}.",
        "A shift is open already, by {by} since {at}.",
    ),
    "shift_too_old": Text(
        "Смена открыта больше 24 часов ({since}), поэтому ничего не записано. Закройте её и откройте новую.",
        "The shift has been open for more than 24 hours (since {since}), so nothing was recorded. Close it and open another.",
    ),
    "slot_taken": Text(
        "Это время занято. Деньги не списаны. Выберите другое.",
        "This time is taken. No money was taken. Please choose another one.",
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
    "own_day_off": Text(
        "Отмену дня утверждает другой человек, не тот, кто её составил.",
        "A day called off is approved by somebody else than who asked for it.",
    ),
    "form_faulty": Text("Исправьте отмеченное. Ничего не записано.", "Put right what is marked. Nothing was booked."),
    "time_unreadable": Text("Выберите время.", "Choose a time."),
    "too_many_codes": Text(
        "Мы уже отправили вам несколько кодов. Ничего не записано, деньги не списаны. Новый код можно запросить "
        "{retry_after}. Не приходит — позвоните: {phone}.",
        "We have sent you several codes already. Nothing was booked and no money was taken. You can ask for a new code "
        "{retry_after}. If none arrives, call {phone}.",
    ),
    "too_many_declines": Text(
        "Банк несколько раз отказал по карте, поэтому новую оплату мы не начали. Деньги не списаны. Попробуйте снова "
        "{retry_after} или позвоните: {phone}.",
        "The bank refused the card several times, so we did not start another payment. No money was taken. Try again "
        "{retry_after} or call {phone}.",
    ),
    "too_many_downloads": Text(
        "Файлы этой записи скачивали слишком часто. Скачайте их {retry_after} или позвоните: {phone}.",
        "The files of this booking were downloaded too often. Take them along {retry_after} or call {phone}.",
    ),
    "too_many_holds": Text(
        "С этого адреса или на эти контакты уже есть неоплаченные записи, новую мы не сделали. Деньги не списаны. "
        "Оплатите те записи, или попробуйте снова {retry_after}, или позвоните: {phone}.",
        "There are unpaid bookings from this address or with these contacts, so this one was not made. No money was taken. "
        "Pay for those, or try again {retry_after}, or call {phone}.",
    ),
    "too_many_looks": Text(
        "С вашего адреса открывали слишком много неверных ссылок. Если вы уже платили, не платите второй раз: мы сверяем "
        "каждую оплату с банком. Откройте свою ссылку снова {retry_after} или позвоните: {phone}.",
        "Too many wrong links were opened from your address. If you have paid, do not pay again: we check every payment "
        "with the bank. Open your link again {retry_after} or call {phone}.",
    ),
    "too_many_moves": Text(
        "Этот визит переносили слишком часто, время осталось прежним. С деньгами ничего не произошло. Перенесите его "
        "{retry_after} или позвоните: {phone}.",
        "This visit was moved too often, so its time stays as it was. Nothing happened to the money. Move it "
        "{retry_after} or call {phone}.",
    ),
    "too_many_orders": Text(
        "С этого адреса или на эти контакты записывались слишком часто, новую запись мы не сделали. Деньги не списаны. "
        "Попробуйте снова {retry_after} или позвоните: {phone}.",
        "There were too many bookings from this address or with these contacts, so this one was not made. No money was "
        "taken. Try again {retry_after} or call {phone}.",
    ),
    "too_many_payments": Text(
        "С этого адреса слишком часто начинали оплату, новую мы не начали. Деньги не списаны. Попробуйте снова "
        "{retry_after} или позвоните: {phone}.",
        "Payments were started from this address too often, so this one was not. No money was taken. Try again "
        "{retry_after} or call {phone}.",
    ),
    "type_unsupported": Text("Ждём application/json.", "The body must be application/json."),
    "unavailable": Text("Сервис временно недоступен.", "The service is temporarily unavailable."),
    "visit_begun": Text(
        "Время визита уже наступило: изменить его может только клиника. Позвоните нам.",
        "The visit’s time has come: only the clinic can change it now. Please call us.",
    ),
    "visit_needed": Text("Добавьте хотя бы одну услугу.", "Please add at least one service."),
    "visit_not_begun": Text(
        "Время визита ещё не наступило: он {at}.",
        "The visit’s time has not come yet: it is on {at}.",
    ),
    "window_closed": Text(
        "Срок возврата закончился {until}. Обратитесь в клинику.", "The return window closed on {until}."
    ),
    "words_too_long": Text(
        "Текст длиннее {longest} знаков. Сократите его.", "The text is longer than {longest} characters. Shorten it."
    ),
    "wrong_state": Text("Сейчас это сделать нельзя.", "This cannot be done now."),
    "grant_beyond": Text(
        "Вы можете давать права только в своих клиниках. Ничего не изменено.",
        "You may grant rights at your own clinics only. Nothing was changed.",
    ),
    "audit_everywhere": Text(
        "Журнал один на все клиники. Его читают те, у кого есть это право во всех клиниках.",
        "There is one audit for all clinics. It is read by those who have this right at all of them.",
    ),
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
    "day_unreadable": Text("Введите день, например 03.12.2026.", "Enter a day, for example 3 December 2026."),
    "passkey_wrong": Text(
        "Ключ доступа не подошёл. Обновите страницу и попробуйте ещё раз.",
        "The passkey does not fit. Reload the page and try again.",
    ),
    "passkey_copied": Text(
        "Похоже, у этого ключа доступа есть копия, поэтому по нему не войти. Сообщите администратору клиники.",
        "This passkey seems to have a copy, so it lets nobody in. Tell your clinic’s administrator.",
    ),
    "passkey_needed": Text(
        "Здесь нужен ключ доступа: код из приложения не подойдёт.",
        "A passkey is needed here: a code from the app is not enough.",
    ),
    "passkey_known": Text("Этот ключ доступа уже добавлен.", "This passkey is known already."),
    "passkeys_many": Text(
        "Больше {most} ключей доступа не бывает. Удалите один из них и добавьте новый.",
        "There can be no more than {most} passkeys. Remove one of them, then add the new one.",
    ),
    "passkey_last": Text(
        "Это Ваш единственный ключ доступа, а без него возвраты не одобрить. Сначала добавьте другой.",
        "This is your only passkey, and refunds are not approved without one. Add another one first.",
    ),
    "passkey_missing": Text("Такого ключа доступа нет, или он уже удалён.", "There is no such passkey any more."),
    "staff_beyond": Text(
        "Этот сотрудник работает и в других клиниках. Изменить его вход и права может администратор всех его клиник. "
        "Ничего не изменено.",
        "This colleague works at other clinics, too. An administrator of all of them changes their sign-in and rights. "
        "Nothing was changed.",
    ),
    "grant_missing": Text(
        "Отметьте хотя бы одну роль. Ничего не изменено.",
        "Tick at least one role. Nothing was changed.",
    ),
    "grant_unknown": Text(
        "Такой роли или клиники нет. Откройте страницу заново.",
        "There is no such role or clinic. Open the page anew.",
    ),
    "own_rights": Text(
        "Свои права и вход меняет другой администратор. Ничего не изменено.",
        "Your own rights and sign-in are changed by another administrator. Nothing was changed.",
    ),
    "password_easy": Text(
        "Такой пароль легко угадать. Возьмите несколько слов, не связанных с вами.",
        "This password is easy to guess. Take several words that have nothing to do with you.",
    ),
    "password_long": Text(
        "Пароль длиннее {longest} символов. Сократите его.",
        "The password is longer than {longest} characters. Shorten it.",
    ),
    "password_short": Text(
        "Пароль короче {shortest} символов. Добавьте слов.",
        "The password is shorter than {shortest} characters. Add some words.",
    ),
    "password_wrong": Text(
        "Пароль не подошёл.",
        "The password is wrong.",
    ),
    "second_known": Text(
        "Второй шаг уже настроен. Войдите по коду.",
        "The second step is set up already. Sign in with a code.",
    ),
    "second_wrong": Text(
        "Код не подошёл или уже использован. Дождитесь следующего кода в приложении.",
        "The code is wrong or was used. Wait for the next code in the app.",
    ),
    "session_missing": Text(
        "Этот вход уже завершён.",
        "This sign-in has ended already.",
    ),
    "sign_in_too_often": Text(
        "Слишком много попыток входа. Попробуйте {retry_after}.",
        "Too many tries to sign in. Try again {retry_after}.",
    ),
    "sign_in_wrong": Text(
        "Почта или пароль не подошли. Проверьте раскладку и попробуйте ещё раз.",
        "The e-mail or the password is wrong. Check the keyboard layout and try again.",
    ),
    "staff_known": Text(
        "Сотрудник с этой почтой уже есть.",
        "There is a member of the staff with this e-mail already.",
    ),
    "staff_missing": Text(
        "Такого сотрудника нет.",
        "There is no such member of the staff.",
    ),
    "ticket_used": Text(
        "Ссылка уже использована или устарела. Попросите у администратора новую.",
        "The link was used or is too old. Ask an administrator for a new one.",
    ),
}


def explain(refusal: Refusal, language: str = "en", zone: str = "UTC") -> str:
    """The refusal in words for people, its facts filled in; times on the clock of `zone`."""
    words = REFUSALS[refusal.code].of(language)
    return words.format_map({name: _shown(value, language, zone) for name, value in refusal.facts.items()})


def _shown(value: Any, language: str, zone: str) -> str:
    if isinstance(value, Money):
        return money(value, language)
    if isinstance(value, datetime):
        return dates.deadline(value, zone, language)
    if isinstance(value, timedelta):
        return dates.ahead(value, language)
    return str(value)
