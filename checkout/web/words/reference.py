"""Words of the API reference and of the problem pages."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "docs_title": Text("Справочник API", "API reference"),
    "problem_text": Text(
        "Поле code в ответе application/problem+json. По нему программа решает, что делать дальше; текст показывают "
        "человеку, в фигурных скобках — данные этого случая.",
        "The field code of an application/problem+json answer. Programs decide by it what to do next; the text is for "
        "people, with the facts of the case in place of the braces.",
    ),
    "to_reference": Text("Открыть справочник API", "Open the API reference"),
}
