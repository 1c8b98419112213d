"""Answers as the documents print them, and a transport that gives them one after another."""

from __future__ import annotations

import json
from typing import Any

from gateways.gateway import Gateway, Refund, Registration, Request, Response
from gateways.money import Money
from gateways.sberbank import SberbankConfig, make

NUMBER = "pay_01J9Z3K4M5N6P7Q8R9S0T1V2W3"
REFERENCE = "70906e55-7114-41d6-8332-4609dc6590f4"
PASSWORD = "correct-horse-battery"
SECRET = "emulator-secret-0001"
PAGE = "https://bank.example/payment/merchants/shop/payment_ru.html"
FORM_URL = f"{PAGE}?mdOrder={REFERENCE}"
PRICE = Money(19900)

REGISTRATION = Registration(
    number=NUMBER,
    amount=PRICE,
    return_url="https://clinic.example/back?t=abc",
    session_seconds=1200,
    description="Приём терапевта",
    callback_url="https://clinic.example/bank/main",
    email="anna@example.com",
)
REFUND = Refund(reference=REFERENCE, number=NUMBER, key="rf_01J9", amount=Money(10000), expected_deposited=Money(19900))

LEGACY_REGISTERED: dict[str, Any] = {"orderId": REFERENCE, "formUrl": FORM_URL}
ECOM_REGISTERED: dict[str, Any] = {
    "errorCode": "0",
    "errorMessage": "Обработка запроса прошла без системных ошибок",
    "orderId": REFERENCE,
    "formUrl": f"https://bank.example/pp/pay_ru?orderId={REFERENCE}",
    "externalParams": {"sbolDeepLink": "sberpay://invoicing/v2?bankInvoiceId=70906e55711441d683324609dc6590f4"},
}
UNPAID: dict[str, Any] = {
    "errorCode": "0",
    "errorMessage": "Успешно",
    "orderNumber": NUMBER,
    "orderStatus": 0,
    "actionCode": -100,
    "actionCodeDescription": "Не было попыток оплаты",
    "amount": 19900,
    "currency": "643",
    "date": 1717000000000,
    "merchantOrderParams": [],
    "attributes": [{"name": "mdOrder", "value": REFERENCE}],
    "paymentAmountInfo": {
        "paymentState": "CREATED",
        "approvedAmount": 0,
        "depositedAmount": 0,
        "refundedAmount": 0,
    },
    "bankInfo": {"bankCountryName": "<unknown>"},
}
PAID: dict[str, Any] = UNPAID | {
    "orderStatus": 2,
    "actionCode": 0,
    "actionCodeDescription": "",
    "depositedDate": 1717000090000,
    "cardAuthInfo": {
        "maskedPan": "411111**1111",
        "expiration": "203412",
        "cardholderName": "IVAN IVANOV",
        "approvalCode": "123456",
        "pan": "411111**1111",
        "paymentSystem": "VISA",
        "secureAuthInfo": {"eci": 5, "threeDSInfo": {"xid": "MDAwMDAwMDEzODM4MTk0MzAzMjM="}},
    },
    "authDateTime": 1717000089000,
    "terminalId": "333333",
    "paymentAmountInfo": {
        "paymentState": "DEPOSITED",
        "approvedAmount": 19900,
        "depositedAmount": 19900,
        "refundedAmount": 0,
    },
    "bankInfo": {"bankName": "TEST BANK", "bankCountryCode": "RU", "bankCountryName": "Россия"},
    "payerData": {"email": "a@example.com"},
    "paymentWay": "CARD",
    "chargeback": False,
}
PART_REFUNDED: dict[str, Any] = PAID | {
    "orderStatus": 4,
    "refundedDate": 1717086400000,
    "paymentAmountInfo": {
        "paymentState": "REFUNDED",
        "approvedAmount": 19900,
        "depositedAmount": 9900,
        "refundedAmount": 10000,
    },
    "refunds": [
        {
            "date": 1717086400000,
            "externalRefundId": "r-1",
            "approvalCode": "654321",
            "actionCode": 0,
            "referenceNumber": "714105591199",
            "amount": 10000,
        }
    ],
}


def answer(content: object, status: int = 200) -> Response:
    """A bank's answer: a mapping as JSON, bytes as they are."""
    body = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    return Response(status, "application/json;charset=UTF-8", body)


def refusal(code: object, words: str = "") -> Response:
    return answer({"errorCode": code, "errorMessage": words})


class Scripted:
    """A transport that gives the next answer of a list, or raises it, and keeps what it was sent."""

    def __init__(self, *script: Response | Exception) -> None:
        self.script = list(script)
        self.sent: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        self.sent.append(request)
        following = self.script.pop(0)
        if isinstance(following, Exception):
            raise following
        return following

    async def close(self) -> None:
        self.script.clear()


def config(**changes: Any) -> SberbankConfig:
    """A contract in the old dialect; give only what matters."""
    plain: dict[str, Any] = {
        "kind": "sberbank-legacy",
        "base_url": "https://bank.example/payment/rest/",
        "user_name": "shop-api",
        "password": PASSWORD,
        "callback_secret": SECRET,
    }
    return SberbankConfig.model_validate(plain | changes)


def bank(*script: Response | Exception, name: str = "main", **changes: Any) -> tuple[Gateway, Scripted]:
    """A gateway whose bank answers from a script."""
    transport = Scripted(*script)
    return make(config(**changes), name=name, transport=transport), transport
