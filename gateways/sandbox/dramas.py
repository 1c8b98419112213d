"""Dramas: what goes wrong in real life, as a table of steps that are played over one order or one merchant.

A step is a fact, not a program: `steps` of a drama can be read aloud, and a new drama is a new row.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateways.sandbox.bank import Bank
from gateways.sandbox.codes import Refusal
from gateways.sandbox.drama_steps import (
    ChargeBack,
    Fail,
    GiveBack,
    Pass,
    PassToEnd,
    Pay,
    Stage,
    Step,
    Tell,
    UndoRefund,
    Unfit,
)
from gateways.sandbox.faults import CALLBACK, PAGE, Fault
from gateways.sandbox.orders import Order, Status

GOOD, POOR, CODED = "4111111111111111", "2202205000060910", "5555555555555599"
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


class Needs(StrEnum):
    """What a drama is played over."""

    UNPAID = "unpaid"  # an order whose session runs
    PAID = "paid"  # an order with money that can still go back
    REFUNDED = "refunded"  # an order with a refund
    HELD = "held"  # an order whose sum is held
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True)
class Drama:
    """`ru`, `en`: its title, and what a shop has to live with. One whose last step is a fault waits for the next call."""

    name: str
    needs: Needs
    ru: tuple[str, str]
    en: tuple[str, str]
    steps: tuple[Step, ...]

    def fits(self, order: Order) -> bool:
        """Whether it can be played over the order as it stands."""
        match self.needs:
            case Needs.UNPAID:
                return order.status is Status.CREATED
            case Needs.PAID:
                return order.paid and order.deposited > 0
            case Needs.REFUNDED:
                return bool(order.refunds)
            case Needs.HELD:
                return order.status is Status.APPROVED
            case Needs.MERCHANT:
                return False


def play(bank: Bank, drama: Drama, *, order: Order | None, login: str) -> None:
    """Let it happen, step by step. Raises Unfit if the order is not in a state for it, or the bank refuses a step."""
    over_merchant = drama.needs is Needs.MERCHANT
    if over_merchant == (order is not None) or (order is not None and not drama.fits(order)):
        raise Unfit
    stage = Stage(bank, order.merchant.login if order else login, order)
    for step in drama.steps:
        try:
            step.happen(stage)
        except Refusal as refusal:
            raise Unfit from refusal


_STATUS = "getOrderStatusExtended.do"
DRAMAS: tuple[Drama, ...] = (
    Drama(
        "paid-in-the-last-second",
        Needs.UNPAID,
        (
            "Оплата в последнюю секунду",
            "Деньги списаны за секунду до конца сессии, уведомление придёт через две минуты.",
        ),
        (
            "Paid in the last second",
            "Money is taken a second before the session ends; the callback comes two minutes later.",
        ),
        (Fail(Fault.DELAY, CALLBACK, value=2 * _MINUTE), PassToEnd(before=1), Pay(GOOD)),
    ),
    Drama(
        "callback-before-redirect",
        Needs.UNPAID,
        (
            "Уведомление раньше возврата",
            "Уведомление уходит сразу, а плательщика банк держит на странице ещё десять секунд.",
        ),
        (
            "Callback before the redirect",
            "The callback leaves at once; the payer is kept at the bank for ten seconds more.",
        ),
        (Fail(Fault.DELAY, PAGE, value=10),),
    ),
    Drama(
        "redirect-before-callback",
        Needs.UNPAID,
        ("Возврат раньше уведомления", "Плательщик вернётся, а уведомление придёт через полминуты."),
        ("Redirect before the callback", "The payer is back, and the callback comes half a minute later."),
        (Fail(Fault.DELAY, CALLBACK, value=_MINUTE / 2),),
    ),
    Drama(
        "payer-never-comes-back",
        Needs.UNPAID,
        ("Плательщик не вернулся, уведомление пропало", "Деньги списаны; узнать об этом можно, только спросив банк."),
        ("Payer gone, callback lost", "Money is taken; only asking the bank tells."),
        (Fail(Fault.DROP, CALLBACK, times=None), Pay(GOOD)),
    ),
    Drama(
        "page-breaks-after-payment",
        Needs.UNPAID,
        ("Страница оборвалась после оплаты", "Следующее нажатие плательщика подействует, но ответа он не увидит."),
        ("The page breaks after the payment", "The payer's next press counts, and no answer to it is seen."),
        (Fail(Fault.CUT_AFTER, PAGE),),
    ),
    Drama(
        "double-callback",
        Needs.UNPAID,
        ("Двойное уведомление", "Об одной оплате банк сообщает дважды."),
        ("Double callback", "One payment is told of twice."),
        (Fail(Fault.DUPLICATE, CALLBACK, value=2), Pay(GOOD)),
    ),
    Drama(
        "callback-storm",
        Needs.UNPAID,
        (
            "Шквал уведомлений",
            "Двадцать одинаковых, пять поддельных и одно запоздалое об отказе — о том, что оплачено.",
        ),
        ("Callback storm", "Twenty alike, five forged and a belated one of a decline, all about what is paid."),
        (
            Fail(Fault.DUPLICATE, CALLBACK, value=20),
            Pay(GOOD),
            Tell("deposited", forged=True, times=5),
            Tell("deposited", succeeded=False),
        ),
    ),
    Drama(
        "forged-payment",
        Needs.UNPAID,
        ("Поддельная оплата", "Уведомление об оплате, которой не было; подпись не сходится."),
        ("Forged payment", "A callback of a payment that never was; the signature does not fit."),
        (Tell("deposited", forged=True),),
    ),
    Drama(
        "declined-to-the-end",
        Needs.UNPAID,
        ("Три отказа подряд", "На карте нет денег; попытки кончаются, заказ отклонён."),
        ("Declined to the end", "No money on the card; the attempts are used up and the order is declined."),
        (Pay(POOR), Pay(POOR), Pay(POOR)),
    ),
    Drama(
        "expired-at-the-issuer",
        Needs.UNPAID,
        (
            "Время вышло на странице кода",
            "Карта введена, код — нет; сессия закончилась, данные карты у заказа остались.",
        ),
        (
            "Expired at the issuer's page",
            "A card was entered and no code; the session ends, the card stays with the order.",
        ),
        (Pay(CODED, code=False), PassToEnd(before=-1)),
    ),
    Drama(
        "wrong-amount",
        Needs.PAID,
        ("Банк назвал другую сумму", "Следующие два ответа о статусе — с суммой на рубль больше."),
        ("The bank names another sum", "The next two answers about the status are a rouble too high."),
        (Fail(Fault.WRONG_AMOUNT, _STATUS, times=2),),
    ),
    Drama(
        "answer-of-another-order",
        Needs.PAID,
        ("Ответ о чужом заказе", "На вопрос об этом заказе банк один раз ответит о другом."),
        ("An answer about another order", "Asked about this order, the bank once answers about a different one."),
        (Fail(Fault.OTHER_ORDER, _STATUS),),
    ),
    Drama(
        "answer-lost-after-refund",
        Needs.PAID,
        ("Ответ на возврат потерян", "Следующий возврат состоится, а соединение оборвётся."),
        ("Answer lost after a refund", "The next refund is made, and the connection breaks."),
        (Fail(Fault.CUT_AFTER, "refund.do"),),
    ),
    Drama(
        "refunded-in-the-cabinet",
        Needs.PAID,
        ("Возврат из кабинета банка", "Половину денег вернули помимо магазина; уведомление об этом пропало."),
        ("Refunded in the bank's cabinet", "Half of the money went back past the shop; the callback of it is lost."),
        (Fail(Fault.DROP, CALLBACK), GiveBack(percent=50)),
    ),
    Drama(
        "charged-back",
        Needs.PAID,
        ("Оспорено плательщиком", "Банк плательщика забрал деньги; статус покажет только признак, сумму — реестр."),
        ("Charged back", "The payer's bank took the money; the status shows a flag alone, the registry the sum."),
        (ChargeBack(),),
    ),
    Drama(
        "hold-dies",
        Needs.HELD,
        ("Удержание истекло", "Магазин не завершил платёж за восемь дней: банк вернул деньги плательщику."),
        ("The hold dies", "Nobody completed the payment within eight days: the bank let the money go."),
        (Pass(8 * _DAY),),
    ),
    Drama(
        "refund-silently-undone",
        Needs.REFUNDED,
        ("Возврат молча отменён", "Последний возврат исчез из книг банка, деньги снова у магазина, никто не извещён."),
        (
            "Refund silently undone",
            "The last refund is gone from the bank's books and the money is back; nobody is told.",
        ),
        (UndoRefund(),),
    ),
    Drama(
        "answer-lost-after-register",
        Needs.MERCHANT,
        (
            "Ответ на регистрацию потерян",
            "Следующий заказ создан, а соединение оборвётся: номер занят, адреса формы нет.",
        ),
        (
            "Answer lost after register",
            "The next order is made and the connection breaks: its number is burned, its form unknown.",
        ),
        (Fail(Fault.CUT_AFTER, "register.do"),),
    ),
    Drama(
        "bank-down-two-hours",
        Needs.MERCHANT,
        ("Банк лежит два часа", "Любой вызов — 502 и никакого действия, пока не пройдут два часа по часам банка."),
        (
            "Bank down for two hours",
            "Every call is a 502 without any effect, until two hours have passed by the bank's clock.",
        ),
        (Fail(Fault.HTTP_502, "*", times=None, seconds=2 * _HOUR),),
    ),
    Drama(
        "bank-hangs",
        Needs.MERCHANT,
        ("Банк молчит", "Десять вызовов остаются без ответа; половина подействует."),
        ("The bank hangs", "Ten calls get no answer; half of them take effect."),
        tuple(Fail(kind, "*") for _ in range(5) for kind in (Fault.TIMEOUT_AFTER, Fault.TIMEOUT_BEFORE)),
    ),
    Drama(
        "bank-mumbles",
        Needs.MERCHANT,
        ("Банк говорит невнятно", "Страница вместо JSON, половина ответа, пустой ответ, восемь мегабайт — по разу."),
        ("The bank mumbles", "A page instead of JSON, half an answer, an empty one, eight megabytes: once each."),
        tuple(Fail(kind, _STATUS) for kind in (Fault.HTML, Fault.TRUNCATED, Fault.EMPTY, Fault.OVERSIZED)),
    ),
)
BY_NAME = {drama.name: drama for drama in DRAMAS}
