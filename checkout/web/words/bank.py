"""Words of the hop to the bank."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "hop_title": Text("Переходим на страницу банка", "Taking you to the bank’s page"),
    "hop_text": Text(
        "Страница банка откроется сама. Если не открылась, нажмите кнопку.",
        "The bank’s page opens by itself. If it does not, press the button.",
    ),
    "hop_sum": Text("К оплате", "To pay"),
}
