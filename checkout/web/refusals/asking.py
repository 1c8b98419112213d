"""Refusals of the door itself: what was sent cannot be read, is not known, or comes too often; and of the machine room."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

REFUSALS: Final = {
    "action_forbidden": Text("Для этого нужны другие права.", "Your role may not do this."),
    "body_too_large": Text("Запрос слишком большой.", "The request body is too large."),
    "body_unreadable": Text("Тело запроса не читается как JSON.", "The body cannot be read as JSON."),
    "cursor_unknown": Text("Такой отметки в списке нет.", "There is no such place in the list."),
    "date_in_the_past": Text("Дата уже прошла.", "The date has passed."),
    "date_too_far": Text("Дата слишком далеко.", "The date is too far away."),
    "day_unreadable": Text("Введите день, например 03.12.2026.", "Enter a day, for example 3 December 2026."),
    "filter_unreadable": Text("Проверьте фильтр: так искать нельзя.", "Check the filter: this cannot be looked for."),
    "form_expired": Text(
        "Страница устарела. Ничего не потеряно: отправьте форму ещё раз.",
        "This page is too old. Nothing is lost: please send the form again.",
    ),
    "form_faulty": Text("Исправьте отмеченное. Ничего не записано.", "Put right what is marked. Nothing was booked."),
    "idempotency_key_missing": Text("Нужен заголовок Idempotency-Key.", "The Idempotency-Key header is required."),
    "idempotency_key_reused": Text(
        "Этот Idempotency-Key уже был с другим запросом.", "This Idempotency-Key came with another request before."
    ),
    "internal": Text(
        "У нас что-то сломалось. Сообщите нам номер запроса.",
        "Something broke on our side. Please tell us the request id.",
    ),
    "key_missing": Text("Нужен ключ: Authorization: Bearer …", "A key is required: Authorization: Bearer …"),
    "line_unknown": Text("Такой строки в записи нет.", "The booking has no such line."),
    "method_not_allowed": Text("Так обратиться сюда нельзя.", "This method is not allowed here."),
    "not_found": Text("Такой страницы нет.", "There is nothing here."),
    "parameter_repeated": Text("Параметр повторён.", "A parameter is repeated."),
    "request_running": Text("Этот запрос ещё выполняется.", "This request is still running."),
    "return_url_forbidden": Text("Этот адрес возврата не разрешён.", "This return address is not allowed."),
    "schema": Text("Запрос не подходит под описание.", "The request does not fit the description."),
    "time_unreadable": Text("Выберите время.", "Choose a time."),
    "too_many_card_changes": Text(
        "С сохранёнными картами здесь делали слишком многое за короткое время. Ничего не изменено, деньги не списаны. "
        "Попробуйте снова {retry_after} или позвоните: {phone}.",
        "Too much was done with saved cards here in a short time. Nothing was changed and no money was taken. Try again "
        "{retry_after} or call {phone}.",
    ),
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
    "too_many_card_checks": Text(
        "Карты без оплаты добавляли слишком часто или банк несколько раз отказал. Деньги не списаны. Попробуйте снова "
        "{retry_after} или позвоните: {phone}.",
        "Cards were added without paying too often, or the bank refused several times. No money was taken. Try again "
        "{retry_after} or call {phone}.",
    ),
    "too_many_pushes": Text(
        "Запросов в приложение было слишком много. Деньги не списаны. Откройте приложение сами или заплатите картой.",
        "Too many requests were sent to the application. No money was taken. Open it yourself, or pay by card.",
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
    "view_missing": Text("Такого фильтра или страницы нет.", "There is no such filter or page."),
    "view_name": Text("Назовите фильтр: до 60 знаков.", "Name the filter: up to 60 characters."),
    "view_too_long": Text("Фильтр слишком длинный, чтобы его сохранить.", "The filter is too long to be saved."),
    "views_too_many": Text(
        "Сохранено уже 50 фильтров. Удалите лишние, затем сохраните этот.",
        "50 filters are saved already. Delete some, then save this one.",
    ),
    "words_too_long": Text(
        "Текст длиннее {longest} знаков. Сократите его.", "The text is longer than {longest} characters. Shorten it."
    ),
}
