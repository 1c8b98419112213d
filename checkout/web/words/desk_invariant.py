"""Words of the invariants: what each says ought to hold, and what is done about one that is broken."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

_INVARIANTS: Final = {
    "I01": Text("Каждая проводка сходится в ноль", "Each ledger transaction balances"),
    "I46": Text("Корзина для чека равна оплате до копейки", "What the bank was told to print comes to the payment"),
    "I47": Text(
        "Чеки оплаты и возврата, пробитые или ожидаемые, равны деньгам; чеков расчёта не больше, чем денег",
        "Receipts of payment and of refund, issued or awaited, come to the money; those of settlement do not go beyond it",
    ),
    "I52": Text(
        "После визита у каждой предоплаты есть чек расчёта или возврата",
        "After the visit every prepayment has a receipt of settlement or of refund",
    ),
    "I02": Text(
        "Сумма по оплатам равна сумме на счёте плательщика",
        "What the payments keep is what the ledger says the payer gave",
    ),
    "I03": Text(
        "Возвращено и обещано вернуть не больше полученного", "Refunded plus promised never exceeds what was received"
    ),
    "I04": Text(
        "На каждую полученную оплату ровно одна проводка", "A payment that was received has exactly one posting"
    ),
    "I04.refund": Text(
        "На каждый сделанный возврат ровно одна проводка", "A refund that was made has exactly one posting"
    ),
    "I05": Text("Наши суммы равны последнему ответу банка", "Our sums are the bank’s last word"),
    "I06": Text("Одно время не продано дважды", "A place is never sold twice"),
    "I07": Text(
        "У лишних денег есть срок решения, и он не прошёл",
        "Money over the price of a visit has its hour, and it has not passed",
    ),
    "I08": Text(
        "Если банк сказал «оплачено», у нас оплачено не позже чем через две минуты",
        "If the bank says paid, our payment says so within two minutes",
    ),
    "I09": Text("Ни одна оплата и ни одно удержание времени не застряли", "No payment and no hold of a time is stuck"),
    "I09.refund": Text("Ни один возврат не застрял", "No refund is stuck"),
    "I11.payment": Text(
        "Оплаты меняли состояние только разрешённым путём", "Payments took only drawn paths between states"
    ),
    "I11.booking": Text(
        "Записи меняли состояние только разрешённым путём", "Bookings took only drawn paths between states"
    ),
    "I11.receipt": Text(
        "Чеки меняли состояние только разрешённым путём", "Receipts took only drawn paths between states"
    ),
    "I11.refund": Text(
        "Возвраты меняли состояние только разрешённым путём", "Refunds took only drawn paths between states"
    ),
    "I11.chargeback": Text(
        "Оспаривания меняли состояние только разрешённым путём", "Chargebacks took only drawn paths between states"
    ),
    "I13": Text("Кто запросил возврат, тот его не согласовал", "Whoever asked for a refund did not approve it"),
    "I14": Text(
        "Возврат запрошен в срок или разрешён другим с причиной",
        "A refund was asked for inside its window, or somebody else let it go on and said why",
    ),
    "I15": Text(
        "Оплата опирается на ответ банка, в котором видны деньги",
        "A payment rests on an answer of the bank that shows the money",
    ),
    "I16": Text(
        "Сумма и валюта оплаты равны заказанным или приняты двумя людьми",
        "The sum and currency that were paid are what was ordered, or what two people accepted",
    ),
    "I17": Text(
        "Номера чеков без пропусков, закрытая смена равна своему Z-отчёту",
        "Receipt numbers have no gaps; a closed shift is its Z report",
    ),
    "I18": Text("Ни одно сообщение не застряло", "No message is stuck"),
    "I19": Text("Ни один запрос не остался сделанным наполовину", "No request is left half-way"),
    "I20": Text(
        "Каждое уведомление банка обработано за пять минут",
        "Every callback of the bank is worked off within five minutes",
    ),
    "I21": Text("Номера карт нигде не хранятся", "No card number is at rest"),
    "I22": Text("Время записи равно времени её мест", "The hours of a booking are the hours of its places"),
    "I26": Text("Отменённый визит не держит времени", "A visit that was called off keeps no place"),
    "I27": Text(
        "Время, проданное другой системой, у нас не занято",
        "No place was taken over a time that another system had sold",
    ),
    "I28": Text("О чём надо сообщить, о том есть сообщение", "Whatever is to be told has its message"),
    "I29": Text(
        "Срок возврата идёт только у оказанной услуги", "The window runs for a visit that was given, and for no other"
    ),
    "I30": Text(
        "По правилу не возвращаются все деньги визита, который состоится",
        "No rule sends back all the money of a visit that stands",
    ),
    "I31": Text(
        "В кассе по записям столько, сколько на её счёте",
        "What is in a drawer by its entries is its account in the ledger",
    ),
    "I32": Text("Закрытая смена пуста и больше не меняется", "A closed shift is empty and does not change any more"),
    "I33": Text(
        "Z-отчёты идут без пропусков, остаток смены начинает следующую",
        "Z numbers have no gaps; what a shift leaves begins the next",
    ),
    "I34": Text(
        "Сторно отменяет одну запись своей смены целиком", "A reversal undoes one entry of its own shift, whole"
    ),
    "I35": Text(
        "Строка реестра учтена один раз и до копейки", "A line of the bank’s registry is settled once and to the kopeck"
    ),
    "I36": Text(
        "Строка реестра сопоставлена с нашей оплатой на ту же сумму",
        "A line of the registry was matched with a payment of ours of the same sum",
    ),
    "I37": Text("Ни одна строка реестра не потерялась", "No line of the bank’s registry slips through"),
    "I38": Text(
        "Долг банка по книгам равен тому, что он ещё не перечислил",
        "What the bank owes by the ledger is what it has not paid out",
    ),
    "I39": Text(
        "Выручка равна тому, что оставлено за оказанное и выданное",
        "Revenue is what was kept for what was given or handed over",
    ),
    "I45": Text(
        "Деньги оспаривания ушли, пока оно не выиграно, и без него не уходят",
        "A chargeback’s money is gone until it is won, and none is gone without one",
    ),
    "I48": Text(
        "Оплата знает, сколько из неё оспорено, и этого никому не обещает",
        "A payment says what of it was charged back, and promises that to nobody",
    ),
    "audit": Text("Журнал действий цел", "The audit’s chain is whole"),
}

WORDS: Final = {
    **{f"work_invariant_{name}": text for name, text in _INVARIANTS.items()},
    "invariant_title": Text("Правило {name}", "Rule {name}"),
    "invariant_holds": Text("Должно быть так", "This must hold"),
    "invariant_seen": Text("Последняя проверка", "Last found"),
    "invariant_number": Text("Сколько нарушений", "How many rows"),
    "invariant_rows": Text("Что нарушает", "What breaks it"),
    "invariant_first": Text("Показаны первые {shown} из {number}.", "The first {shown} of {number} are shown."),
    "invariant_before": Text("Раньше было нарушено", "Was broken before"),
    "invariant_cure_look": Text("Проверьте сейчас на сервере:", "Look again on the server:"),
    "invariant_cure_hands": Text(
        "Не правьте базу руками: исправление — это новая проводка или новый ответ банка.",
        "Do not edit the database: what heals it is a new posting, or a new answer of the bank.",
    ),
    "invariant_cure_tell": Text(
        "Передайте разработчику номер правила и строки. Возвраты по этим записям пока не согласуйте.",
        "Give the rule’s number and the rows to a developer. Approve no refunds of these bookings meanwhile.",
    ),
    "invariant_cure_end": Text(
        "Как только проверка пройдёт, дело исчезнет из списка само. Проверка идёт каждую минуту, журнала — каждые 15 минут.",
        "Once it is found whole it leaves the list by itself. The books are looked over each minute, the audit every 15.",
    ),
}
