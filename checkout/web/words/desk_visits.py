"""Words of the day at a clinic: who comes, booking for somebody, another time, calling off."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "today_title": Text("День клиники", "The clinic’s day"),
    "book_title": Text("Записать", "Book somebody"),
}
