"""Words of the papers that can be read before anything is paid: the price list and the terms."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "prices_title": Text("Цены", "Prices"),
    "prices_text": Text(
        "Это вся цена: записаться и заплатить онлайн ничего не стоит сверх неё.",
        "This is the whole price: booking and paying online cost nothing on top of it.",
    ),
    "prices_on": Text("Цены на {day}.", "Prices on {day}."),
    "prices_here": Text("Прайс-лист клиники", "The clinic’s price list"),
    "prices_deposit": Text("предоплата {sum}", "deposit {sum}"),
    "vat_none": Text("без НДС", "no VAT"),
    "vat_rate": Text("в том числе НДС {rate}\u00a0%", "including {rate}% VAT"),
    "terms_title": Text("Условия и возврат", "Terms and refunds"),
    "terms_returns": Text("Отказ и возврат денег", "Cancelling and refunds"),
    "terms_returns_text": Text(
        "Отказаться от визита можно в любой момент до него: деньги за него вернутся полностью. Попросить возврат можно в "
        "течение {days} дней после визита. Деньги вернутся тем же способом, каким пришли: на карту обычно за "
        "{first}–{last} рабочих дней, наличные выдаст клиника. Закон даёт отказаться от услуги и позже: позвоните нам.",
        "You may cancel a visit at any moment before it: its money goes back whole. A refund may be asked for within "
        "{days} days after the visit. Money goes back the way it came: to a card usually within {first}–{last} working "
        "days, cash at the clinic. The law lets you refuse a service later than that as well: call us.",
    ),
    "terms_goods": Text(
        "Товары ждут вас в клинике не позже чем через неделю после заказа; срок возврата считается со дня, когда вы их "
        "получили.",
        "Goods are at the clinic within a week of the order; the time to return them runs from the day you received them.",
    ),
    "new_window": Text("Откроется в новой вкладке", "Opens in a new tab"),
}
