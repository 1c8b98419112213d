"""Words of saved cards that are removed or run out: taking a removal back, the new month of a card that was issued anew."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "card_restorable": Text(
        "Удалена, деньги с неё не спишут. Вернуть её можно до {until}.",
        "Removed: no money is taken from it. You can take it back until {until}.",
    ),
    # Agreed to, with the hint beside the box: whoever changes it gives `payment.card.CONSENT` another version.
    "card_restore_agree": Text(
        "Вернув карту, вы снова соглашаетесь сохранить её для следующих оплат.",
        "By taking it back you agree anew to save the card for later payments.",
    ),
    "card_restore": Text("Вернуть карту", "Take the card back"),
    "card_awaited": Text(
        "Возвращаем карту: банк ещё не ответил. Пока он не подтвердит, заплатить ей нельзя, деньги не спишут.",
        "The card is coming back: the bank has not answered yet. Until it does, the card pays nothing and is not charged.",
    ),
    "card_awaited_remove": Text("Не возвращать карту", "Do not take the card back"),
    "card_refused": Text(
        "Банк не вернул карту, деньги не списаны. Чтобы сохранить её снова, отметьте «Сохранить карту» при следующей оплате.",
        "The bank did not give the card back, and no money was taken. To save it again, tick “Save the card” when you next pay.",
    ),
    "card_told_restored": Text(
        "Карта снова сохранена. Без вас деньги с неё не спишут.",
        "The card is saved again. No money is taken from it without you.",
    ),
    "prolong_text": Text(
        "Банк перевыпустил карту с тем же номером? Введите новый срок, он напечатан на карте. Деньги не спишут.",
        "Has your bank issued the card anew under the same number? Enter the new date printed on it. No money is taken.",
    ),
    "prolong_field": Text("Новый срок, ММ/ГГ", "New date, MM/YY"),
    "prolong_hint": Text("Например, 05/31", "For example, 05/31"),
    "prolong_go": Text("Обновить срок", "Update the date"),
    "prolong_refused": Text(
        "Банк не принял этот срок. Проверьте его. Если номер карты другой, удалите старую и сохраните новую при оплате.",
        "The bank did not take this date. Check it. If the card’s number is another, remove the old card and save the new "
        "one when you pay.",
    ),
    "card_told_prolonged": Text(
        "Срок карты обновлён. Деньги не списаны.", "The card’s date is updated. No money was taken."
    ),
    "card_told_asked": Text(
        "Банк пока не ответил. Мы спросим его сами, и новый срок появится здесь. Повторять не нужно, деньги не списаны.",
        "The bank has not answered yet. We ask it ourselves, and the new date appears here. No need to repeat; no money was "
        "taken.",
    ),
    "story_card_erased": Text(
        "Сохранённая карта удалена вместе с данными плательщика", "The saved card was removed with its payer’s data"
    ),
    "story_card_restoring": Text("Плательщик просит вернуть карту", "The payer wants the removed card back"),
    "story_card_restored": Text("Банк вернул карту", "The bank gave the card back"),
    "story_card_not_restored": Text("Банк не вернул карту", "The bank did not give the card back"),
    "story_card_prolonging": Text("Плательщик ввёл новый срок карты", "The payer entered the card’s new date"),
    "story_card_prolonged": Text("Срок карты обновлён", "The card’s date is updated"),
    "story_card_not_prolonged": Text("Банк не принял новый срок карты", "The bank did not take the card’s new date"),
}
