"""Words of a payment in review: the bank's sums contradict ours, and two people accept them or leave it."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "order_review_go": Text("Разобрать оплату", "Decide about the payment"),
    "review_title": Text("Оплата по записи {code}", "Payment of booking {code}"),
    "review_differs": Text("Суммы у банка не те, что мы заказали", "The bank’s sums are not what we ordered"),
    "review_meaning": Text(
        "В наших книгах этих денег ещё нет. Время визита удержано, другую оплату запись не примет, пока это не решено.",
        "The money is not in our books yet. The visit’s time is kept, and nothing else is taken until this is decided.",
    ),
    "review_over": Text("Решено: оплата больше не на разборе", "Decided: the payment is in review no more"),
    "review_ordered": Text("Мы заказали", "We ordered"),
    "review_said": Text("у банка осталось {left}, возвращено {gone}", "with the bank {left}, given back {gone}"),
    "review_payer": Text("Плательщик видит", "The payer sees"),
    "review_payer_sees": Text("«Проверяем у банка»", "“Checking with the bank”"),
    "review_asked": Text("Просят принять суммы банка", "The bank’s sums are asked to be accepted"),
    "review_approved": Text("Суммы банка приняты", "The bank’s sums were accepted"),
    "review_left": Text("Оставлено как есть", "Left as it is"),
    "review_write": Text("Запишем в книги", "Our books will say"),
    "review_took": Text("банк принял {sum}", "the bank took {sum}"),
    "review_gave_back": Text("из них вернул {sum}", "of which it gave back {sum}"),
    "review_nothing": Text(
        "денег по этой оплате нет; оплата закрывается, время визита освободится по сроку",
        "there is no money of this payment; it is closed, and the visit’s time is let go when its hold ends",
    ),
    "review_due_after": Text("Останется доплатить", "Will still be owed"),
    "review_approve": Text("Принять суммы банка: {sum}", "Accept the bank’s sums: {sum}"),
    "review_own": Text(
        "Это ваш запрос: примет его другой сотрудник с правом решать о возвратах.",
        "You asked for it: somebody else who decides on refunds accepts it.",
    ),
    "review_leave": Text("Оставить как есть", "Leave it as it is"),
    "review_take_back": Text("Отозвать запрос", "Take it back"),
    "review_ways": Text("Что можно сделать", "What can be done"),
    "review_look_hint": Text(
        "Если банк исправил суммы, оплата пройдёт сама.",
        "If the bank has put its sums right, the payment goes through.",
    ),
    "review_reason": Text("Почему верны суммы банка", "Why the bank’s sums are right"),
    "review_reason_hint": Text(
        "Например, номер обращения в банк. Перед запросом спросим банк ещё раз.",
        "For example the number of your request to the bank. The bank is asked once more first.",
    ),
    "review_ask": Text("Запросить: принять суммы банка", "Ask to accept the bank’s sums"),
}
