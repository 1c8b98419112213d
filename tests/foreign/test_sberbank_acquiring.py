"""`sberbank-acquiring` (npm): sums in roubles, any errorCode but 0 is thrown with `sberErrorCode`."""

from __future__ import annotations

from typing import Final

import pytest

from gateways.sandbox import Fault, Rule
from tests.foreign.clients import Client, Node, Thrown
from tests.foreign.shop import Shop, shown, shows

# Its own plumbing, by which every other method goes.
INSIDE: Final = {"parse", "POST", "buildData"}


@pytest.fixture
async def client(shop: Shop, node: Node) -> Client:
    return await pointed(shop, node, shop.merchant.password)


async def pointed(shop: Shop, node: Node, password: str) -> Client:
    credentials = {"userName": shop.merchant.login, "password": password}
    return await node.make("sberbank-acquiring", shop.url, credentials, "https://shop.example/done/{order}", True)


async def registered(client: Client, number: str = "A-1", roubles: float = 199, **more: object) -> str:
    return str((await client("register", number, roubles, "Консультация", more))["orderId"])


async def thrown(client: Client, method: str, *given: object) -> str | None:
    with pytest.raises(Thrown) as caught:
        await client(method, *given)
    return caught.value.code


@shows("register", "status", "get")
async def test_an_order_is_registered_and_paid(shop: Shop, client: Client) -> None:
    """Registered is 0 and not null; paid is 2; what the shop said of the order comes back with it."""
    made = await client("register", "A-1", 199.5, "Консультация", {"jsonParams": '{"visit":"7"}'})
    assert "199,50" in await shop.sees(made["formUrl"])
    assert await client("status", made["orderId"]) == 0
    shop.pays(made["orderId"])
    assert await client("status", None, "A-1") == 2
    told = await client("get", made["orderId"])
    assert (told["amount"], told["orderDescription"]) == (19950, "Консультация")
    assert told["errorMessage"] == "Успешно"
    assert told["merchantOrderParams"] == [{"name": "visit", "value": "7"}]


@shows("register", "status", "get")
async def test_what_the_bank_does_not_know(client: Client) -> None:
    """An unknown order is null to `status` and code 6 to `get`; a taken number is code 1."""
    assert await client("status", "123456notexists") is None
    assert await thrown(client, "get", "123456notexists") == "6"
    await registered(client)
    assert await thrown(client, "register", "A-1", 199) == "1"


@shows("refund", "get")
async def test_money_goes_back_in_roubles(shop: Shop, client: Client) -> None:
    """A part, with parameters of the shop, then 0 for the rest; then there is nothing left to give."""
    order_id = await registered(client)
    shop.pays(order_id)
    assert (await client("refund", order_id, 50.25, {"reason": "visit moved"}))["errorCode"] == "0"
    assert (await client("get", order_id))["paymentAmountInfo"]["depositedAmount"] == 14875
    assert (await client("refund", order_id, 0))["errorCode"] == "0"
    assert (await client("status", order_id)) == 4
    assert await thrown(client, "refund", order_id, 1) == "7"


@shows("refund")
async def test_a_fraction_of_a_kopeck_is_refused(shop: Shop, client: Client) -> None:
    """The client multiplies by 100 without rounding: 19.99 becomes 1998.9999999999998, which is no sum of money."""
    order_id = await registered(client)
    shop.pays(order_id)
    assert await thrown(client, "refund", order_id, 19.99) == "5"


@shows("register", "status")
async def test_a_stranger_and_a_broken_bank_are_thrown(shop: Shop, client: Client, node: Node) -> None:
    """A wrong password is code 5; an HTTP error is an exception without a code."""
    order_id = await registered(client)
    stranger = await pointed(shop, node, "guess")
    assert await thrown(stranger, "status", order_id) == "5"
    shop.bank.faults.add(Rule(Fault.HTTP_502))
    assert await thrown(client, "status", order_id) is None


@shows("getBindings")
async def test_a_payer_without_a_card_has_none(client: Client) -> None:
    """No saved card is code 2, not an empty list."""
    assert await thrown(client, "getBindings", "client-8") == "2"


@shows("getBindings", "paymentOrderBinding", "unBindCard", "status")
async def test_a_saved_card_pays_and_is_forgotten(shop: Shop, client: Client) -> None:
    """The card of the first order pays the second without being typed again, until it is forgotten."""
    shop.pays(await registered(client, clientId="client-7"))
    found = (await client("getBindings", "client-7"))["bindings"]
    assert [(card["maskedPan"], card["expiryDate"]) for card in found] == [("411111**1111", "203412")]
    second = await registered(client, "A-2", clientId="client-7")
    paid = await client("paymentOrderBinding", second, found[0]["bindingId"], "127.0.0.1")
    assert int(paid["errorCode"]) == 0
    assert await client("status", second) == 2
    assert int((await client("unBindCard", found[0]["bindingId"]))["errorCode"]) == 0
    assert await thrown(client, "getBindings", "client-7") == "2"


async def test_its_whole_range_was_tried(client: Client) -> None:
    """No public method of the client is left out."""
    assert shown(globals()) == client.methods - INSIDE
