"""Refusals about the staff: signing in, passwords, second factors, rights."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

REFUSALS: Final = {
    "audit_everywhere": Text(
        "Журнал один на все клиники. Его читают те, у кого есть это право во всех клиниках.",
        "There is one audit for all clinics. It is read by those who have this right at all of them.",
    ),
    "grant_beyond": Text(
        "Вы можете давать права только в своих клиниках. Ничего не изменено.",
        "You may grant rights at your own clinics only. Nothing was changed.",
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
    "passkey_copied": Text(
        "Похоже, у этого ключа доступа есть копия, поэтому по нему не войти. Сообщите администратору клиники.",
        "This passkey seems to have a copy, so it lets nobody in. Tell your clinic’s administrator.",
    ),
    "passkey_known": Text("Этот ключ доступа уже добавлен.", "This passkey is known already."),
    "passkey_last": Text(
        "Это Ваш единственный ключ доступа, а без него возвраты не одобрить. Сначала добавьте другой.",
        "This is your only passkey, and refunds are not approved without one. Add another one first.",
    ),
    "passkey_missing": Text("Такого ключа доступа нет, или он уже удалён.", "There is no such passkey any more."),
    "passkey_needed": Text(
        "Здесь нужен ключ доступа: код из приложения не подойдёт.",
        "A passkey is needed here: a code from the app is not enough.",
    ),
    "passkey_wrong": Text(
        "Ключ доступа не подошёл. Обновите страницу и попробуйте ещё раз.",
        "The passkey does not fit. Reload the page and try again.",
    ),
    "passkeys_many": Text(
        "Больше {most} ключей доступа не бывает. Удалите один из них и добавьте новый.",
        "There can be no more than {most} passkeys. Remove one of them, then add the new one.",
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
    "staff_beyond": Text(
        "Этот сотрудник работает и в других клиниках. Изменить его вход и права может администратор всех его клиник. "
        "Ничего не изменено.",
        "This colleague works at other clinics, too. An administrator of all of them changes their sign-in and rights. "
        "Nothing was changed.",
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
