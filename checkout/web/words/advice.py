"""What to do after a refused card, by `gateways.sberbank.action_codes.Advice`."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "advice_nothing": Text("", ""),
    "advice_same_card": Text(
        "Проверьте данные и остаток на карте и попробуйте ещё раз.",
        "Check the card’s details and balance and try again.",
    ),
    "advice_other_card": Text("Попробуйте другую карту.", "Try another card."),
    "advice_later": Text(
        "Попробуйте другую карту или эту же через несколько минут.", "Try another card, or this one in a few minutes."
    ),
    "advice_never": Text(
        "С этой картой не получится: возьмите другую.", "It will not work with this card: use another one."
    ),
    "advice_new_order": Text("Начните оплату заново.", "Start the payment anew."),
    "advice_wait": Text(
        "Подождите несколько минут: банк карты ещё не ответил окончательно.",
        "Wait a few minutes: the card’s bank has not given its final answer.",
    ),
}
