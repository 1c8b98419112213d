"""What clerks do at a till again and again: open, take, count."""

from __future__ import annotations

from checkout.payment.order import Order
from tests.desk.clerk import Clerk
from tests.pages.visitor import Seen, told

HERE = "clinic=tverskaya"
TILL = f"/desk/till?{HERE}"


async def opened(clerk: Clerk, total: str = "0") -> Seen:
    """The shift of Tverskaya with so many roubles in the drawer."""
    form = await clerk.get(TILL)
    sent = await clerk.press(form, "/desk/till/open", clinic="tverskaya", total=total)
    assert sent.location == TILL, sent.text
    return await clerk.get(TILL)


async def takes(clerk: Clerk, order: Order, **typed: str) -> Seen:
    """Press Enter on the page that a scanned code opens; and follow where it leads, unless it is refused."""
    place = f"/desk/till/take/{order.code}"
    sent = await clerk.press_all(await clerk.get(place), place, **typed)
    return await clerk.get(sent.location) if sent.status == 303 else sent


async def counts(clerk: Clerk, **faces: str) -> Seen:
    """Count the drawer to close it: `face_100000="2"` is two notes of 1 000 ₽. The page that says what differs."""
    typed = {name.replace("_", "-"): number for name, number in faces.items()} or {"face-100": "0"}
    form = await clerk.get(f"/desk/till/close?{HERE}")
    sent = await clerk.press(form, "/desk/till/count", clinic="tverskaya", **typed)
    return await clerk.get(sent.location)


def says(page: Seen) -> str:
    """Its words, with spaces as one types them."""
    return told(page.text)
