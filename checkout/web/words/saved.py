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
    # The same where a press on our page pays: whoever changes it gives `payment.card.PRESS_CONSENT` another version.
    "save_card_press_hint": Text(
        "Номер карты хранит банк, у клиники его нет. Деньги спишутся, только когда вы сами нажмёте «Оплатить» у этой карты: "
        "код с обратной стороны банк может не спросить. Удалить карту можно в любой момент на странице записи, в разделе "
        "«Сохранённые карты».",
        "The bank keeps the card’s number, the clinic does not have it. Money is taken only when you press “Pay” at this card "
        "yourself: the bank may not ask for the code on the back. You can remove the card at any time on the booking’s page, "
        "under “Saved cards”.",
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
    "card_press": Text("Оплатить {sum} картой", "Pay {sum} by card"),
    "card_press_hint": Text(
        "Деньги спишутся сразу после нажатия. Банк может попросить подтвердить оплату.",
        "The money is taken as soon as you press. The bank may ask you to confirm the payment.",
    ),
    "card_pressed": Text(
        "Вы уже нажали «Оплатить» у этой карты. Посмотрите, что ответил банк: второй раз платить не нужно. Если оплата не "
        "закончена, закончите её на странице банка.",
        "You have pressed “Pay” at this card already. See what the bank says: there is no need to pay again. If the payment is "
        "not finished, finish it at the bank’s page.",
    ),
    "at_press_text": Text(
        "Вы нажали «Оплатить» у сохранённой карты, банк ещё не подтвердил оплату. Обычно это до 2 минут: второй раз платить не "
        "нужно. Если банк хочет проверить вас или карту, закончите на его странице.",
        "You pressed “Pay” at a saved card, and the bank has not confirmed the payment yet. Usually it takes up to 2 minutes: "
        "there is no need to pay again. If the bank wants to check you or the card, go on at its page.",
    ),
    "at_press_refused_text": Text(
        "Этой попыткой деньги не списаны. Попробуйте ещё раз на странице банка, этой картой или другой: это та же оплата.",
        "This try took no money. Try once more at the bank’s page, by this card or another: it is the same payment.",
    ),
    "confirm_title": Text("Подтвердите оплату", "Confirm the payment"),
    "confirm_text": Text(
        "Деньги ещё не списаны. Банк, который выпустил карту, хочет убедиться, что платите вы. После подтверждения вы вернётесь "
        "сюда.",
        "No money was taken yet. The bank that issued the card wants to be sure that it is you. After that you come back here.",
    ),
    "confirm_go": Text("Подтвердить в банке", "Confirm at the bank"),
    "confirm_else": Text(
        "Если страница подтверждения не открывается, закончите оплату на странице банка: это тот же платёж.",
        "If the page to confirm does not open, finish at the bank’s page: it is the same payment.",
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
    "story_payment_pressed": Text(
        "Плательщик нажал «Оплатить» у сохранённой карты", "The payer pressed “Pay” at a saved card"
    ),
    "story_card_removed": Text("Сохранённая карта удалена", "The saved card was removed"),
    "story_card_unbound": Text("Банк отвязал удалённую карту", "The bank unbound the removed card"),
    "work_saved_card": Text("Банк не отвязал удалённую карту", "The bank has not unbound a removed card"),
    "work_saved_card_cure": Text("Открыть запись", "Open the booking"),
}
