"""Words about passkeys."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "passkey_title": Text("Новый ключ доступа", "New passkey"),
    "passkey_why": Text(
        "Ключ доступа хранит ваш компьютер, телефон или отдельный ключ. Вместо кода Вы подтверждаете вход пальцем, лицом "
        "или ПИН-кодом. Поддельный сайт такой ключ выманить не может.",
        "A passkey is kept by your computer, your telephone or a key of its own. Instead of a code you confirm with a finger, "
        "your face or a PIN. No forged site can coax it out of you.",
    ),
    "passkey_must": Text(
        "Вы одобряете возвраты, поэтому нужен ключ доступа. Добавьте его, и разделы откроются.",
        "You approve refunds, so a passkey is needed. Add one, and the rooms open.",
    ),
    "passkey_advice": Text(
        "Вы одобряете возвраты. Добавьте ключ доступа: код можно выманить, ключ нельзя.",
        "You approve refunds. Add a passkey: a code can be coaxed out of you, a passkey cannot.",
    ),
    "passkey_name": Text("Название", "Name"),
    "passkey_name_hint": Text(
        "Чтобы узнать его в списке: «Рабочий ноутбук»", "To know it in the list: “Laptop at work”"
    ),
    "passkey_make": Text("Создать ключ", "Make the passkey"),
    "passkey_use": Text("Подтвердить ключом доступа", "Confirm with a passkey"),
    "passkey_failed": Text(
        "Ключ не сработал: действие отменено или ключ здесь не подходит. Попробуйте ещё раз.",
        "The passkey did not work: it was cancelled, or does not fit here. Try again.",
    ),
    "passkey_script": Text(
        "Для ключа доступа нужен JavaScript. Включите его в этом браузере.",
        "A passkey needs JavaScript. Switch it on in this browser.",
    ),
    "passkey_or_code": Text("или введите код", "or enter a code"),
    "passkeys": Text("Ключи доступа", "Passkeys"),
    "passkeys_none": Text("Ключей пока нет.", "There are none yet."),
    "passkey_add": Text("Добавить ключ доступа", "Add a passkey"),
    "passkey_added": Text("Добавлен", "Added"),
    "passkey_used": Text("Последний вход", "Last used"),
    "passkey_never": Text("ещё не было", "never"),
    "passkey_remove": Text("Удалить", "Remove"),
}
