"""Words of saved cards: the box beside the pay button, the page of one's cards, what the desk reads of them."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    # What is agreed to: whoever changes these two gives `payment.card.CONSENT` another version.
    "save_card": Text("Сохранить карту для следующих оплат", "Save the card for later payments"),
    "save_card_hint": Text(
        "Номер карты хранит банк, у клиники его нет. Без вас деньги не спишут: в следующий раз банк попросит код с обратной "
        "стороны. Удалить карту можно в любой момент на странице записи, в разделе «Сохранённые карты».",
        "The bank keeps the card’s number, the clinic does not have it. No money is taken without you: next time the bank asks "
        "for the code on the back. You can remove the card at any time on the booking’s page, under “Saved cards”.",
    ),
    "save_card_title": Text("Карта", "Card"),
    "pay_by_saved": Text("Оплатить сохранённой картой", "Pay by a saved card"),
    "cards_title": Text("Сохранённые карты", "Saved cards"),
    "cards_text": Text(
        "Карты хранит банк: клиника знает только платёжную систему, последние четыре цифры и срок.",
        "The bank keeps the cards: the clinic knows the payment system, the last four digits and the expiry date alone.",
    ),
    "cards_none": Text("Сохранённых карт нет.", "There are no saved cards."),
    "card_any": Text("Карта", "Card"),
    "card_ends": Text("заканчивается на", "ending in"),
    "card_month": Text("Действует до {month}", "Valid until {month}"),
    "card_expired": Text("Срок карты вышел: {month}. Платить ей нельзя.", "Expired: {month}. It cannot pay."),
    "card_pay": Text("Оплатить этой картой {sum}", "Pay {sum} by this card"),
    "card_pay_hint": Text(
        "Банк попросит только код с обратной стороны карты.", "The bank asks only for the code on the card’s back."
    ),
    "card_remove": Text("Удалить карту", "Remove the card"),
    "card_remove_hint": Text(
        "Карта удалится сразу, оплатить ей здесь больше не получится. Прошлые оплаты и возвраты это не меняет.",
        "It is removed at once and pays nothing here any more. Past payments and refunds stay as they are.",
    ),
    "card_told_removed": Text(
        "Карта удалена. Деньги с неё больше не спишут. Банку мы сообщим об этом сами.",
        "The card is removed. No money is taken from it any more. We tell the bank ourselves.",
    ),
    "cards_prove": Text("Карты прошлых записей", "Cards of earlier bookings"),
    "cards_prove_text": Text(
        "Если вы сохраняли карту раньше с теми же телефоном и почтой, подтвердите контакт. Код придёт на {to}.",
        "If you saved a card before with the same phone and e-mail, confirm the contact. The code goes to {to}.",
    ),
    "cards_code_send": Text("Отправить код", "Send a code"),
    "cards_code_go": Text("Подтвердить", "Confirm"),
    "cards_code_wrong": Text(
        "Код не подошёл или устарел. Проверьте цифры или отправьте код ещё раз.",
        "The code is wrong or too old. Check the digits or send the code again.",
    ),
    "cards_unprovable": Text(
        "Карты прошлых записей показать нельзя: клиника не отправляет коды. Чтобы удалить такую карту, откройте запись, при "
        "оплате которой вы её сохранили, или позвоните нам.",
        "Cards of earlier bookings cannot be shown: the clinic sends no codes. To remove such a card, open the booking that "
        "saved it, or call us.",
    ),
    "story_card_saved": Text("Плательщик сохранил карту в банке", "The payer saved the card with the bank"),
    "story_card_used": Text("Оплачено сохранённой картой", "Paid by a saved card"),
    "story_card_removed": Text("Сохранённая карта удалена", "The saved card was removed"),
    "story_card_unbound": Text("Банк отвязал удалённую карту", "The bank unbound the removed card"),
    "work_saved_card": Text("Банк не отвязал удалённую карту", "The bank has not unbound a removed card"),
    "work_saved_card_cure": Text("Открыть запись", "Open the booking"),
}
