"""Refusals about money that comes and goes back: payments at the bank, refunds, the bank's registry, exports."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

REFUSALS: Final = {
    "amount_not_positive": Text("Сумма должна быть больше нуля.", "The amount must be above zero."),
    "receipt_missing": Text("Такого чека нет.", "There is no such receipt."),
    "receipt_day": Text(
        "Укажите дату чека: не позже сегодняшней.", "Give the date of the receipt: not later than today."
    ),
    "receipt_day_early": Text(
        "Такого раннего чека здесь быть не может: его ждут с {since}. Ничего не записано. Проверьте дату на чеке.",
        "No such early receipt can be meant: it is awaited since {since}. Nothing was written down. Check its date.",
    ),
    "receipt_taken": Text(
        "Этот чек уже записан или пробит банком за другое. Ничего не записано. Проверьте ФД и ФН на чеке.",
        "This receipt is noted already, or the bank issued it for something else. Nothing was written down. Check FD and FN.",
    ),
    "receipt_not_late": Text(
        "Банк ещё может пробить этот чек сам. Ничего не записано. Подождите сутки с оплаты или возврата.",
        "The bank may still issue this receipt. Nothing was written down. Wait a day from the payment or the refund.",
    ),
    "receipt_unreadable": Text(
        "Только цифры, как на чеке: ФД и ФП — до 10, ФН — 16.",
        "Digits alone, as on the receipt: up to 10 of FD and FP, 16 of FN.",
    ),
    "receipt_ready": Text(
        "Чек уже пробит: повторять нечего.", "The receipt is issued already: nothing is to be tried again."
    ),
    "bank_has_no_notes": Text(
        "Этот банк не принимает пометок к заказу. Ничего не отправлено, деньги не двигались.",
        "This bank takes no notes on an order. Nothing was sent and no money moved.",
    ),
    "bank_order_unknown": Text(
        "Банк ещё не назвал номер этого заказа. Ничего не отправлено. Повторите, когда откроется страница оплаты.",
        "The bank has not named this order yet. Nothing was sent. Try again once its page was opened.",
    ),
    "bank_moved": Text(
        "Банк показывает уже другую сумму: {sum}. Ничего не записано. Отзовите запрос и запросите заново.",
        "The bank shows another sum by now: {sum}. Nothing was written down. Take it back and ask anew.",
    ),
    "bank_not_done": Text(
        "Банк ещё не закончил с этой оплатой, деньги не записаны. Закройте её в кабинете банка и спросите банк снова.",
        "The bank is not done with this payment, and nothing was written down. Close it at the bank, then ask again.",
    ),
    "bank_refused": Text(
        "Банк не принял заказ на оплату. Деньги не списаны. Позвоните нам: время остаётся за вами.",
        "The bank refused the payment order. No money was taken. Please call us: your time is still held.",
    ),
    "bank_session_open": Text(
        "По заказу открыта страница оплаты банка. Подождите до {until}: деньги ещё могут прийти.",
        "A bank payment page is open for this order. Wait until {until}: money may still arrive.",
    ),
    "bank_silent": Text(
        "Банк не ответил. Ничего не изменилось, деньги не двигались. Попробуйте ещё раз через минуту.",
        "The bank did not answer. Nothing changed and no money moved. Try again in a minute.",
    ),
    "bank_sums_differ": Text(
        "Суммы у банка не сходятся с оплатой. Ничего не изменено. Позвоните в банк и назовите номер платежа.",
        "The bank’s sums do not agree with the payment. Nothing was changed. Call the bank and name the payment’s number.",
    ),
    "bank_sums_foreign": Text(
        "Деньги у банка в другой валюте: {sum}. Записать их нельзя. Верните их в кабинете банка и запросите снова.",
        "The bank holds another currency: {sum}. It cannot be booked. Give it back at the bank, then ask again.",
    ),
    "bank_resting": Text(
        "Банк сейчас не отвечает, оплата картой не начата. Деньги не списаны, время остаётся за вами. "
        "Попробуйте через минуту или оплатите в клинике.",
        "The bank does not answer at the moment, and no card payment was started. Nothing was charged, your time is held. "
        "Try again in a minute, or pay at the clinic.",
    ),
    "method_not_offered": Text(
        "Так здесь не платят. Деньги не списаны. Выберите другой способ оплаты.",
        "This way to pay is not offered here. No money was taken. Choose another.",
    ),
    "card_not_restorable": Text(
        "Эту карту уже не вернуть. Деньги не списаны. Чтобы сохранить её снова, отметьте «Сохранить карту» при следующей "
        "оплате.",
        "This card cannot be taken back any more. No money was taken. To save it again, tick “Save the card” when you next "
        "pay.",
    ),
    "expiry_unreadable": Text(
        "Введите месяц и год с карты, например 05/31.", "Enter the month and year from the card, for example 05/31."
    ),
    "expiry_past": Text(
        "Этот месяц уже прошёл. Введите срок новой карты.", "This month is over. Enter the date of the new card."
    ),
    "expiry_far": Text("Таких долгих карт не бывает: проверьте год.", "No card is good for that long: check the year."),
    "card_gone": Text(
        "Этой карты здесь больше нет. Деньги не списаны. Заплатите другой картой.",
        "This card is not here any more. No money was taken. Pay by another card.",
    ),
    "card_check_open": Text(
        "Мы ещё узнаём у банка, что с прошлой проверкой карты. Деньги не списаны. Нажмите ещё раз через минуту.",
        "We are still asking the bank about the last check of a card. No money was taken. Press again in a minute.",
    ),
    "card_bank_refused": Text(
        "Банк не принял карту на проверку, карта не добавлена. Деньги не списаны. Сохранить карту можно и при оплате.",
        "The bank did not take the check, so no card was added. No money was taken. A card can be saved with a payment, too.",
    ),
    "card_bank_silent": Text(
        "Банк сейчас не отвечает, карта не добавлена. Деньги не списаны. Попробуйте через минуту.",
        "The bank does not answer at the moment, so no card was added. No money was taken. Try again in a minute.",
    ),
    "push_failed": Text(
        "Запрос не дошёл до банка. Деньги не списаны. Откройте приложение сами, попробуйте ещё раз или заплатите картой.",
        "The request did not reach the bank. No money was taken. Open the application yourself, try again or pay by card.",
    ),
    "bank_unreachable": Text(
        "Банк не ответил. Мы проверяем, что произошло; второй раз платить не нужно. Время остаётся за вами.",
        "The bank did not answer. We are checking what happened; do not pay twice. Your time is still held.",
    ),
    "books_differ": Text(
        "Файл не сделан: строки и проводки расходятся ({columns}). Сообщите администратору: нужна проверка книг.",
        "The file was not made: rows and postings differ ({columns}). Tell the administrator: the books need checking.",
    ),
    "break_missing": Text("Такого расхождения нет.", "There is no such break."),
    "break_without_payment": Text(
        "За этой строкой нет нашего платежа. Запросите банк или примите её с пояснением.",
        "No payment of ours stands behind this line. Ask the bank, or accept it with a note.",
    ),
    "charged_back": Text(
        "Эти деньги уже забрал банк плательщика: {sum}. Второй раз их не вернуть, деньги не двигались. Откройте запись.",
        "The payer’s bank took this money already: {sum}. It does not go back twice, and no money moved. See the booking.",
    ),
    "charged_back_leaves": Text(
        "Часть оплаты забрал банк плательщика: вернуть можно не больше {left}. Деньги не двигались.",
        "The payer’s bank took a part of this payment: no more than {left} can be refunded. No money moved.",
    ),
    "charged_back_unbooked": Text(
        "Банк сообщил, что плательщик оспорил эту оплату. Учитываем это, деньги не двигались. Откройте запись через минуту.",
        "The bank says that this payment was charged back. It is being booked, and no money moved. Look again in a minute.",
    ),
    "chargeback_missing": Text("Такого оспаривания нет.", "There is no such chargeback."),
    "cure_unfit": Text("Для этого расхождения такое действие не подходит.", "This cannot be done about such a break."),
    "invariant_whole": Text(
        "Это правило сейчас не нарушено. Откройте список дел заново.",
        "This rule is not broken now. Open the worklist again.",
    ),
    "lines_do_not_add_up": Text("Суммы строк не дают сумму возврата.", "The lines do not add up to the refund."),
    "merchant_unknown": Text("Такого продавца нет.", "There is no such merchant."),
    "money_changed": Text(
        "Пока страница была открыта, сумма изменилась. Запись в силе. Посмотрите, что вернётся, и решите ещё раз.",
        "The sum changed while the page was open. The booking stands. See what goes back, and decide again.",
    ),
    "more_than_left": Text("Вернуть можно не больше {left}.", "No more than {left} can be refunded."),
    "nothing_outside": Text(
        "Банк показывает то же, что и наши записи. Учитывать нечего.",
        "The bank shows what our books say. There is nothing to enter.",
    ),
    "nothing_to_book": Text(
        "Банк пока не показывает этот возврат: в его ответе сверх наших книг {shown}. Деньги не двигались. Проверьте позже.",
        "The bank does not show this refund yet: its answer has {shown} beyond our books. No money moved. Check again later.",
    ),
    "nothing_to_refund": Text("По этому платежу возвращать нечего.", "There is nothing to refund on this payment."),
    "override_forbidden": Text(
        "Срок возврата закончился {until}. Исключение разрешает контролёр. Деньги не двигались.",
        "The return window closed on {until}. A controller may allow an exception. No money moved.",
    ),
    "override_needed": Text(
        "Срок возврата закончился {until}. Согласовать можно только как исключение: напишите, почему. Деньги не двигались.",
        "The return window closed on {until}. It can be approved as an exception only: write why. No money moved.",
    ),
    "own_refund": Text(
        "Свой возврат утверждает другой человек.", "A refund is approved by somebody else than who asked for it."
    ),
    "own_review": Text(
        "Свой запрос принять нельзя: это делает другой человек.", "Not your own request: another person accepts it."
    ),
    "payment_being_checked": Text(
        "Мы ещё проверяем прошлую оплату у банка. Второй раз платить не нужно.",
        "We are still checking the last payment with the bank. Do not pay twice.",
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
    "refund_missing": Text("Такого возврата нет.", "There is no such refund."),
    "refund_moved": Text(
        "Пока страница была открыта, это уже сделали. Кто и когда, видно ниже. Второй раз ничего не произошло.",
        "Somebody did this while the page was open: below is who and when. Nothing was done twice.",
    ),
    "refund_on_its_way": Text(
        "Деньги уже возвращаются, поэтому этот визит не перенести. Запишитесь заново.",
        "The money is on its way back, so this visit cannot be moved. Please book anew.",
    ),
    "refund_repeated": Text(
        "Возврат на {sum} по этой оплате уже запросили меньше десяти минут назад. Если нужен ещё один, подтвердите это.",
        "A refund of {sum} of this payment was asked for less than ten minutes ago. Confirm if another one is meant.",
    ),
    "refunds_unchosen": Text("Отметьте хотя бы один возврат.", "Tick at least one refund."),
    "registry_everywhere": Text(
        "Реестр загружает тот, у кого это право во всех клиниках: банк платит продавцу, а не клинике.",
        "A registry is brought in by whoever may do so at every clinic: the bank pays a merchant, not a clinic.",
    ),
    "registry_file_missing": Text("Выберите файл реестра.", "Choose the registry’s file."),
    "registry_line_missing": Text("Такой строки реестра нет.", "There is no such line of a registry."),
    "registry_refused": Text(
        "Файл не загружен, ничего не изменилось. Причины названы ниже.",
        "The file was not brought in, nothing was changed. The reasons stand below.",
    ),
    "review_asked": Text(
        "Принять суммы банка уже просят. Дождитесь решения другого сотрудника.",
        "It was asked for already. Somebody else decides on it.",
    ),
    "review_over": Text(
        "Эта оплата больше не на разборе: деньги не двигались от этого нажатия. Откройте запись заново.",
        "This payment is in review no more; no money was moved by this. Open the booking again.",
    ),
    "review_unasked": Text(
        "Решать нечего: запрос уже закрыт. Откройте страницу заново.",
        "There is nothing to decide: it was decided by now. Open the page again.",
    ),
    "template_unknown": Text("Такого шаблона нет.", "There is no such template."),
    "window_closed": Text(
        "Срок возврата закончился {until}. Обратитесь в клинику.", "The return window closed on {until}."
    ),
    "wrong_state": Text("Сейчас это сделать нельзя.", "This cannot be done now."),
}
