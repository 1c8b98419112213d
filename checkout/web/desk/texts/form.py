"""One text as a form: both languages, whether it is required, from which day on, and what is planned and may be taken back.

Pure. Of the fields each keeps what was typed into it, whoever was there meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Final

from checkout.catalogue.file import ACCOUNTS_ZONE
from checkout.catalogue.legal import Standing, Wish
from checkout.ground.config import Consent
from checkout.ground.errors import Invalid
from checkout.web.desk.catalogue import fields as read
from checkout.web.desk.catalogue.fields import SEEN, YES, Fields

DROP: Final = "drop-"  # with its version: a planned text that is to be taken back
FROM: Final = "from"
OVER: Final = "over"  # the version that the form was filled from
LONGEST: Final = 30_000  # characters of a text: it stands whole in the form that a payer loads
# Bytes of a form: far more than two texts that fit, so that one that does not is told by its name.
BULK: Final = 1_048_576
_TEXTS: Final = ("title_ru", "title_en", "text_ru", "text_en")


def shown(found: Standing, of: str = "") -> dict[str, str]:
    """Filled from what is in force; or from the planned text `of`, to be written anew in its place."""
    planned = next((one for one in found.planned if one.version == of), None)
    if planned is None:
        return words(found.current)
    day = planned.valid_from.astimezone(ACCOUNTS_ZONE).date()
    return {**words(planned.consent), FROM: day.isoformat(), DROP + of: YES}


def words(text: Consent) -> dict[str, str]:
    """What the form says of a text."""
    values = {name: getattr(text, name).strip() for name in _TEXTS}
    return {**values, **read.box("required", chosen=text.required), OVER: text.version}


def merged(found: Standing, sent: Fields) -> dict[str, str]:
    """As it stands by now, with what was typed; `sent` was filled from a text that may have been followed by another."""
    over = sent.get(OVER, "")
    still = next((one.consent for one in found.planned if one.version == over), found.current)
    base = found.version(over) or still
    values = read.merged(sent, words(base), words(still))
    return {**values, OVER: still.version}


def wish(kind: str, found: Standing, sent: Fields) -> Wish:
    """Raises Invalid naming the field."""
    fields = read.clean(sent)
    start = read.day(fields, FROM, found.moment.astimezone(ACCOUNTS_ZONE).date())
    wanted = Consent(
        kind=kind,
        version="",
        required=fields.get("required") == YES,
        title_ru=read.words(fields, "title_ru"),
        title_en=read.words(fields, "title_en"),
        text_ru=_text(fields, "text_ru", found),
        text_en=_text(fields, "text_en", found),
    )
    return Wish(
        kind=kind,
        wanted=wanted,
        start=datetime.combine(start, time(), ACCOUNTS_ZONE) if start else None,
        drop=frozenset(one.version for one in found.planned if fields.get(DROP + one.version) == YES),
        seen=number(sent.get(SEEN, "")),
    )


def _text(fields: Fields, name: str, found: Standing) -> str:
    """Some lines that must be there; as it is in force to the last space, where only those would differ. Raises Invalid."""
    text = fields.get(name, "")
    if not text:
        raise Invalid("words_missing", pointer=f"/{name}")
    if len(text) > LONGEST:
        raise Invalid("text_too_long", pointer=f"/{name}", longest=LONGEST, length=len(text))
    known = found.version(fields.get(OVER, ""))
    return str(getattr(known, name)) if known and getattr(known, name).strip() == text else text


def number(seen: str) -> int:
    """How long a story was when it was seen; -1 if that cannot be read."""
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1  # noqa: PLR2004 - far from any story


def carried(sent: Mapping[str, str]) -> dict[str, str]:
    """What the preview's form holds, to be saved or gone back to."""
    return {**read.clean(sent), SEEN: sent.get(SEEN, "")}
