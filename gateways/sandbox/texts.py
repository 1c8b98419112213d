"""What the pages say, in both languages, and how they write money and time."""

from __future__ import annotations

from datetime import datetime

from gateways.sandbox.clock import MOSCOW

TEXTS: dict[str, dict[str, str]] = {
    "ru": {
        "bank": "Учебный банк",
        "rehearsal": "Это репетиция: настоящие деньги не списываются, настоящие карты вводить нельзя.",
        "pay_title": "Оплата заказа",
        "order": "Заказ",
        "merchant": "Получатель",
        "purpose": "Назначение",
        "amount": "Сумма",
        "session": "До окончания сессии осталось",
        "until": "до",
        "moscow": "по московскому времени",
        "pan": "Номер карты",
        "expiry": "Срок действия (ММ/ГГ)",
        "cvc": "CVC/CVV",
        "saved": "Сохранённая карта:",
        "saved_cvc": "Три или четыре цифры с обратной стороны этой карты.",
        "saved_aside": "Учебная карта",
        "saved_code": "Её CVC:",
        "saved_aside_text": "Введите код, с которым эту карту сохранили.",
        "cardholder": "Имя на карте (латиницей, необязательно)",
        "pay": "Оплатить",
        "pan_empty": "Введите номер карты.",
        "pan_length": "Номер карты — от 12 до 19 цифр.",
        "pan_check": "Проверьте номер карты: в нём ошибка.",
        "expiry_empty": "Введите срок действия: месяц и год.",
        "expiry_shape": "Срок действия пишется как 12/34.",
        "expiry_over": "Срок действия карты истёк.",
        "cvc_empty": "Введите CVC с обратной стороны карты.",
        "cvc_shape": "CVC — три или четыре цифры.",
        "cardholder_shape": "Имя на карте пишется латинскими буквами.",
        "language": "Язык",
        "bill": "К оплате",
        "brands": "Платёжные системы",
        "secure": "Номер карты видит только банк.",
        "issuer": "Банк, выпустивший карту",
        "aid": "Для проверок: выбрать исход",
        "aid_about": "Исход аутентификации 3-D Secure без кода. Настоящий банк такого не предложит.",
        "aid_Y": "подтверждено",
        "aid_N": "не подтверждено",
        "aid_A": "банк ручается без проверки",
        "aid_U": "проверить нельзя",
        "problem": "Оплата не прошла",
        "check": "Проверьте введённые данные",
        "attempts_left": "Осталось попыток",
        "cards": "Тестовые карты",
        "card": "Карта",
        "valid": "Срок",
        "result": "Что произойдёт",
        "ours": "наша, не банка",
        "use": "Подставить",
        "use_hint": "Нажмите номер, чтобы подставить карту в форму.",
        "acs_title": "Подтверждение платежа",
        "acs_intro": "Банк, выпустивший карту, просит подтвердить покупку кодом из сообщения.",
        "acs_card": "Карта",
        "code": "Код подтверждения",
        "code_hint": "В учебном банке подходят коды",
        "code_hint_wrong": "Любой другой код — отказ.",
        "confirm": "Подтвердить",
        "cancel": "Отменить",
        "expired_title": "Время на оплату истекло",
        "expired": "Сессия закончилась, деньги не списаны. Вернитесь в магазин и оформите заказ заново.",
        "unknown_title": "Заказ не найден",
        "unknown": "Такого заказа нет, или эта страница уже использована.",
        "back": "Вернуться в магазин",
        "start_title": "Учебный банк",
        "start": "Сервер говорит на протоколе Сбербанка (RBS) в обоих диалектах. Он для разработки и проверок "
        "на своём компьютере: открывать его наружу нельзя.",
        "addresses": "Адреса",
        "legacy_api": "старый диалект",
        "ecom_api": "новый диалект",
        "control": "пульт: заказы, часы, неисправности, уведомления, реестры, сцены",
        "credentials": "Логин и пароль API",
        "app": "банковское приложение плательщика: оплата по QR-коду и SberPay",
        "app_title": "Приложение банка",
        "app_intro": "Телефон плательщика понарошку: здесь лежит всё, что ждёт оплаты по QR-коду или в SberPay.",
        "app_none": "Ничего не ждёт оплаты.",
        "kind_sbp": "Оплата по QR-коду СБП",
        "kind_sberpay": "Оплата через SberPay",
        "by_sberpay": "Оплатить через SberPay",
        "ask_title": "Подтверждение оплаты",
        "ask_started": "Магазин просит оплатить заказ со счёта.",
        "ask_confirmed": "Вы согласились. Банки проводят платёж: скажите, чем это кончится.",
        "ask_accepted": "Оплачено. Вернитесь в магазин.",
        "ask_rejected": "Не оплачено: код больше не действует или банк отказал. Деньги не списаны.",
        "ask_rejected_by_user": "Вы отказались от оплаты. Деньги не списаны.",
        "ask_busy": "Этот заказ сейчас оплачивают другим способом.",
        "do_pay": "Оплатить",
        "do_agree": "Согласиться, но банк пусть подумает",
        "do_refuse": "Отказаться",
        "do_accept": "Банк провёл платёж",
        "do_reject": "Банк отказал",
        "in_work_title": "Оплата уже идёт",
        "in_work": "Этот заказ оплачивают в приложении банка. Дождитесь результата или завершите оплату там.",
        "recent": "Последние заказы",
        "none": "Заказов ещё нет.",
    },
    "en": {
        "bank": "Rehearsal bank",
        "rehearsal": "This is a rehearsal: no real money is charged, and no real card may be entered.",
        "pay_title": "Payment",
        "order": "Order",
        "merchant": "Payee",
        "purpose": "Purpose",
        "amount": "Amount",
        "session": "Time left to pay",
        "until": "until",
        "moscow": "Moscow time",
        "pan": "Card number",
        "expiry": "Valid until (MM/YY)",
        "cvc": "CVC/CVV",
        "saved": "Saved card:",
        "saved_cvc": "The three or four digits on the back of this card.",
        "saved_aside": "Rehearsal card",
        "saved_code": "Its CVC:",
        "saved_aside_text": "Enter the code that this card was saved with.",
        "cardholder": "Name on the card (optional)",
        "pay": "Pay",
        "pan_empty": "Enter the card number.",
        "pan_length": "A card number has 12 to 19 digits.",
        "pan_check": "Check the card number: there is a mistake in it.",
        "expiry_empty": "Enter the date: month and year.",
        "expiry_shape": "The date is written as 12/34.",
        "expiry_over": "The card has expired.",
        "cvc_empty": "Enter the CVC from the back of the card.",
        "cvc_shape": "The CVC is three or four digits.",
        "cardholder_shape": "The name on the card is in Latin letters.",
        "language": "Language",
        "bill": "To pay",
        "brands": "Card schemes",
        "secure": "Only the bank sees the card number.",
        "issuer": "The bank that issued the card",
        "aid": "For tests: choose the outcome",
        "aid_about": "The outcome of 3-D Secure without a code. A real bank offers no such thing.",
        "aid_Y": "authenticated",
        "aid_N": "not authenticated",
        "aid_A": "attempted, the issuer vouches",
        "aid_U": "cannot be authenticated",
        "problem": "The payment failed",
        "check": "Check what you entered",
        "attempts_left": "Attempts left",
        "cards": "Test cards",
        "card": "Card",
        "valid": "Valid",
        "result": "What happens",
        "ours": "ours, not the bank's",
        "use": "Fill in",
        "use_hint": "Press a number to fill the form in.",
        "acs_title": "Confirm the payment",
        "acs_intro": "The bank that issued the card asks for the code it has sent.",
        "acs_card": "Card",
        "code": "Confirmation code",
        "code_hint": "The rehearsal bank takes the codes",
        "code_hint_wrong": "Any other code is refused.",
        "confirm": "Confirm",
        "cancel": "Cancel",
        "expired_title": "The time to pay is over",
        "expired": "The session has ended and nothing was charged. Go back to the shop and order again.",
        "unknown_title": "Order not found",
        "unknown": "There is no such order, or this page was used already.",
        "back": "Back to the shop",
        "start_title": "Rehearsal bank",
        "start": "This server speaks Sberbank's RBS protocol in both its dialects. It is made for development and "
        "tests on one computer: never expose it.",
        "addresses": "Addresses",
        "legacy_api": "old dialect",
        "ecom_api": "new dialect",
        "control": "controls: orders, clock, faults, callbacks, registries, dramas",
        "credentials": "API login and password",
        "app": "the payer's banking application: QR codes and SberPay",
        "app_title": "Banking application",
        "app_intro": "The payer's phone, pretended: here is everything that waits to be paid by QR code or SberPay.",
        "app_none": "Nothing waits to be paid.",
        "kind_sbp": "Payment by SBP QR code",
        "kind_sberpay": "Payment by SberPay",
        "by_sberpay": "Pay by SberPay",
        "ask_title": "Confirm the payment",
        "ask_started": "The shop asks to be paid from your account.",
        "ask_confirmed": "You have agreed. The banks are at work: say how it ends.",
        "ask_accepted": "Paid. Go back to the shop.",
        "ask_rejected": "Not paid: the code is no good any more, or the bank refused. Nothing was charged.",
        "ask_rejected_by_user": "You refused to pay. Nothing was charged.",
        "ask_busy": "This order is being paid in another way just now.",
        "do_pay": "Pay",
        "do_agree": "Agree, but let the bank think",
        "do_refuse": "Refuse",
        "do_accept": "The bank made the payment",
        "do_reject": "The bank refused",
        "in_work_title": "Payment is under way",
        "in_work": "This order is being paid in a banking application. Wait for the result, or finish it there.",
        "recent": "Latest orders",
        "none": "No orders yet.",
    },
}

BRANDS = (("MIR", "МИР"), ("VISA", "VISA"), ("MASTERCARD", "Mastercard"), ("JCB", "JCB"))
TONGUES = (("ru", "Русский"), ("en", "English"))
_SIGNS = {"643": "₽", "840": "$", "978": "€"}
_NARROW = "\N{NO-BREAK SPACE}"


def page_language(language: str) -> str:
    """Pages exist in Russian and English; the bank's other languages read English."""
    return "ru" if language == "ru" else "en"


def money(kopecks: int, currency: str, language: str) -> str:
    """`4 500,00 ₽` in Russian, `4,500.00 ₽` in English."""
    written = f"{kopecks // 100:,}.{kopecks % 100:02}"
    if language == "ru":
        written = written.replace(",", _NARROW).replace(".", ",")
    return f"{written}{_NARROW}{_SIGNS.get(currency, currency)}"


def countdown(seconds: float) -> str:
    """Minutes and seconds, or hours too where there are any."""
    left = max(0, int(seconds))
    hours, minutes, rest = left // 3600, left // 60 % 60, left % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def moscow_time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, MOSCOW):%H:%M}"


def spaced(pan: str) -> str:
    """A card number in groups of four."""
    return " ".join(pan[start : start + 4] for start in range(0, len(pan), 4))
