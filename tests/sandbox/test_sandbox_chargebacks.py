"""The payer's bank takes money back from the merchant, and gives it up again."""

from __future__ import annotations

import pytest

from tests.sandbox.live import CARD, world


async def test_a_chargeback_is_made_and_given_up_by_the_controls() -> None:
    """The status shows the flag and no sum; the journal knows the sums, and what the merchant has in the end."""
    async with world() as here:
        order = await here.register("A-1")
        await here.post(order["formUrl"], CARD)
        status, disputed = await here.control("POST", "orders/A-1/chargeback", {"amount": 5_000})
        assert (status, disputed["charged_back"], disputed["disputed"]) == (200, 5_000, True)
        assert disputed["deposited"] == disputed["amount"]
        status, won = await here.control("POST", f"orders/{order['orderId']}/won", {})
        assert (status, won["charged_back"], won["disputed"]) == (200, 0, True)
        _, journal = await here.control("GET", "journal")
        told = [(one["kind"], one["amount"]) for one in journal["effects"][-2:]]
        assert told == [("charged_back", 5_000), ("chargeback_won", 5_000)]
        assert here.bank.journal.totals()[order["orderId"]].kept == disputed["amount"]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("chargeback", {"amount": 10_000_000}),
        ("chargeback", {"amount": -1}),
        ("chargeback", {"amount": True}),
        ("won", {}),
    ],
)
async def test_what_cannot_be_is_refused(verb: str, body: dict[str, object]) -> None:
    """More than was paid, no sum at all, or giving up what nobody took: nothing happens."""
    async with world() as here:
        order = await here.register("A-1")
        await here.post(order["formUrl"], CARD)
        assert (await here.control("POST", f"orders/A-1/{verb}", body))[0] == 400
        assert (await here.control("GET", f"orders/{order['orderId']}"))[1]["disputed"] is False


async def test_what_nobody_paid_is_not_charged_back() -> None:
    """An order that waits for its payer."""
    async with world() as here:
        await here.register("A-1")
        assert (await here.control("POST", "orders/A-1/chargeback", {}))[0] == 400
