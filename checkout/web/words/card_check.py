"""Words of a card that is added without paying: the button, what came of it, what the desk reads of it."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "card_add_title": Text("Новая карта", "A new card"),
    "card_add_text": Text(
        "Деньги не спишутся. Карту вы введёте на странице банка: он её проверит и может показать проверку на 0 ₽.",
        "No money is taken. You enter the card on the bank’s page: the bank checks it and may show a check for 0 ₽.",
    ),
    # Agreed to, with the hint beside the box: whoever changes it gives `payment.card.CONSENT` another version.
    "card_add_agree": Text(
        "Нажимая кнопку, вы соглашаетесь сохранить карту для следующих оплат.",
        "By pressing the button you agree to save the card for later payments.",
    ),
    "card_add": Text("Добавить карту без оплаты", "Add a card without paying"),
    "check_open_title": Text("Карта ещё не проверена", "The card is not checked yet"),
    "check_open_text": Text(
        "Банк ещё не ответил. Деньги не списаны. Если вы не закончили на странице банка, вернитесь на неё.",
        "The bank has not answered yet. No money was taken. If you were not done on the bank’s page, go back to it.",
    ),
    "check_kept_title": Text("Карта добавлена", "The card is added"),
    "check_kept_text": Text(
        "Деньги не списаны. Теперь этой картой можно платить: вводить её снова не нужно.",
        "No money was taken. You can pay by this card now, without typing it again.",
    ),
    "check_unsaved_title": Text("Карта не сохранена", "The card is not saved"),
    "check_unsaved_text": Text(
        "Карта прошла проверку, но банк её не сохранил. Деньги не списаны. Попробуйте ещё раз и не снимайте на странице банка "
        "отметку о сохранении.",
        "The card passed the check, but the bank did not save it. No money was taken. Try again, and leave saving ticked on "
        "the bank’s page.",
    ),
    "check_declined_title": Text("Карта не добавлена", "The card is not added"),
    "check_declined_text": Text(
        "Банк не подтвердил карту. Деньги не списаны. Попробуйте ещё раз или добавьте другую карту.",
        "The bank did not confirm the card. No money was taken. Try again, or add another card.",
    ),
    "check_lapsed_title": Text("Время на проверку карты вышло", "The time to check the card is over"),
    "check_lapsed_text": Text(
        "Карта не добавлена. Деньги не списаны. Если она ещё нужна, начните заново.",
        "No card was added. No money was taken. If you still want one, start anew.",
    ),
    "check_review_title": Text("Проверяем у банка", "Checking with the bank"),
    "check_review_text": Text(
        "Банк показывает сумму, которой быть не должно. Мы уже разбираемся; если деньги списаны, они вернутся на карту. "
        "Делать ничего не нужно.",
        "The bank shows a sum where there should be none. We are looking into it; if money was taken, it goes back to the "
        "card. There is nothing to do.",
    ),
    "check_where": Text(
        "Карты видны на странице записи, в разделе «Сохранённые карты»: вернитесь на неё.",
        "The cards are on the booking’s page, under “Saved cards”: go back to it.",
    ),
    "story_card_check_intended": Text("Плательщик добавляет карту без оплаты", "The payer adds a card without paying"),
    "story_card_check_pending": Text(
        "Банк открыл страницу проверки карты", "The bank opened its page of the card check"
    ),
    "story_card_check_kept": Text("Карта прошла проверку без оплаты", "The card passed the check without a payment"),
    "story_card_check_unsaved": Text(
        "Карта прошла проверку, но банк её не сохранил", "The card passed the check, but the bank did not save it"
    ),
    "story_card_check_declined": Text("Банк не подтвердил карту", "The bank did not confirm the card"),
    "story_card_check_lapsed": Text("Карту не добавили: время вышло", "No card was added: the time is over"),
    "story_card_check_review": Text(
        "Банк показывает деньги за проверку карты", "The bank shows money for a card check"
    ),
    "work_card_check": Text(
        "Банк показывает деньги за проверку карты: верните их в кабинете банка",
        "The bank shows money for a card check: give it back in the bank’s cabinet",
    ),
    "work_card_check_cure": Text("Открыть запись", "Open the booking"),
}
