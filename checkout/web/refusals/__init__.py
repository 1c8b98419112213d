"""Words for every refusal code, in both languages: what happened, whether money moved, what to do next.

A table a subject; `checkout.web.texts` fills in the `{facts}`. A test compares them with the codes that the program raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checkout.catalogue.catalogue import Text
from checkout.web.refusals import asking, catalogue, money, staff, texts, till, visit

TABLES: Final = (asking, catalogue, money, staff, texts, till, visit)
REFUSALS: Final[Mapping[str, Text]] = {code: words for table in TABLES for code, words in table.REFUSALS.items()}
