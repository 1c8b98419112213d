"""A bank's registry as a file, written the way a test wants it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from checkout.books.match import Imported, bring_in
from checkout.books.template import templates
from checkout.ground.ids import PaymentId
from checkout.ground.service import Service
from tests.world import World

BANK: Final = ZoneInfo("Europe/Moscow")
HEADERS: Final = "reference;order_number;parent;operation;amount;fee;net;operated_on;settled_on"


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the bank's. Sums as the file writes them."""

    reference: str
    payment: PaymentId | str | None
    operation: str = "payment"
    amount: str = "2500,00"
    fee: str = "50,00"
    day: date | None = None

    def text(self, today: date) -> str:
        cells = (
            self.reference,
            str(self.payment or ""),
            "",
            self.operation,
            self.amount,
            self.fee,
            "",
            f"{self.day or today:%d.%m.%Y}",
            "",
        )
        return ";".join(cells)


def written(path: Path, lines: Iterable[Said], moment: datetime) -> Path:
    """The file, dated as it is in Moscow then."""
    today = moment.astimezone(BANK).date()
    path.write_text("\n".join([HEADERS, *(line.text(today) for line in lines)]) + "\n", encoding="utf-8")
    return path


async def brought_in(
    world: World, path: Path, *lines: Said, force: bool = False, service: Service | None = None
) -> Imported:
    """Import these lines as the merchant's registry of today."""
    installed = service or world.service
    written(path, lines, await world.now())
    own = ("own", templates()["own"])
    return await world.tx(lambda tx: bring_in(tx, installed, path, own, "zdorovie", principal="anna", force=force))
