"""What the forms of the catalogue hold, field by field: read with the field's name in every refusal, and merged. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from checkout.ground.errors import Invalid
from checkout.web.desk import typed
from checkout.web.desk.visit import KEY, TOKEN

Fields = Mapping[str, str]
Entry = TypeVar("Entry", bound=BaseModel)
YES: Final = "yes"
PRESS: Final = "press"
SEEN: Final = "seen"
ON: Final = "on"  # the field that says whether the entry is offered
CONFIRM: Final = "confirm"  # the clinic's name, typed before it is switched off
NOT_OF_THE_ENTRY: Final = frozenset({TOKEN, KEY, PRESS, SEEN, CONFIRM})
SHORT: Final = 200  # characters, as the catalogue file wants them
LONG: Final = 2000
_SLUG: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_LINK: Final = re.compile(r"https://\S+")
_LINK_LENGTH: Final = 500


def clean(sent: Fields) -> dict[str, str]:
    """What was sent of the entry, as we would have written it: browsers end lines in their own way, and no keyboard has NUL."""
    return {
        name: value.replace("\r\n", "\n").replace("\0", "").strip()
        for name, value in sent.items()
        if name not in NOT_OF_THE_ENTRY
    }


def merged(sent: Fields, base: Fields, now: Fields) -> dict[str, str]:
    """Of each field what was typed into it; of one that was left alone what it holds by now."""
    names = [*now, *(name for name in (*base, *sent) if name not in now)]
    chosen = {name: _chosen(name, sent, base, now) for name in names}
    return {name: value for name, value in chosen.items() if value is not None}


def _chosen(name: str, sent: Fields, base: Fields, now: Fields) -> str | None:
    """A box that is not ticked is not sent at all; an empty field says the same."""
    alone = (sent.get(name) or "") == (base.get(name) or "")
    return (now if alone else sent).get(name)


def words(fields: Fields, name: str, longest: int = SHORT) -> str:
    """One line that must be there. Raises Invalid."""
    found = " ".join(fields.get(name, "").split())
    if not found:
        raise Invalid("words_missing", pointer=f"/{name}")
    return _bounded(found, name, longest)


def maybe(fields: Fields, name: str, longest: int = SHORT) -> str | None:
    """One line, or nothing. Raises Invalid."""
    return _bounded(" ".join(fields.get(name, "").split()), name, longest) or None


def text(fields: Fields, name: str) -> str:
    """Some lines, or nothing. Raises Invalid."""
    return _bounded(fields.get(name, ""), name, LONG)


def _bounded(found: str, name: str, longest: int) -> str:
    if len(found) > longest:
        raise Invalid("words_too_long", pointer=f"/{name}", longest=longest)
    return found


def link(fields: Fields, name: str) -> str | None:
    """Raises Invalid."""
    found = maybe(fields, name, _LINK_LENGTH)
    if found and not _LINK.fullmatch(found):
        raise Invalid("link_unreadable", pointer=f"/{name}")
    return found


def whole(fields: Fields, name: str, least: int, most: int) -> int:
    """Raises Invalid."""
    found = typed.number(fields.get(name, ""))
    if found is None or not least <= found <= most:
        raise Invalid("number_beyond", pointer=f"/{name}", least=least, most=most)
    return found


def kopecks(fields: Fields, name: str) -> int | None:
    """Raises Invalid."""
    found = fields.get(name, "")
    if not found:
        return None
    amount = typed.roubles(found, f"/{name}").amount
    if amount <= 0:
        raise Invalid("amount_not_positive", pointer=f"/{name}")
    return amount


def day(fields: Fields, name: str, least: date) -> date | None:
    """A day that is not over. Raises Invalid."""
    if not fields.get(name):
        return None
    found = typed.day(fields[name])
    if found is None:
        raise Invalid("day_unreadable", pointer=f"/{name}")
    if found < least:
        raise Invalid("day_over", pointer=f"/{name}")
    return found


def slug(fields: Fields) -> str:
    """Raises Invalid."""
    found = fields.get("slug", "")
    if not _SLUG.fullmatch(found):
        raise Invalid("slug_unreadable", pointer="/slug")
    return found


def one_of(fields: Fields, name: str, known: Collection[str]) -> str:
    """Raises Invalid."""
    found = fields.get(name, "")
    if found not in known:
        raise Invalid("choice_unknown", pointer=f"/{name}")
    return found


def ticked(fields: Fields, prefix: str, known: Iterable[str]) -> tuple[str, ...]:
    """Of the known ones those whose box is ticked."""
    return tuple(one for one in known if fields.get(prefix + one) == YES)


def boxes(prefix: str, chosen: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys((prefix + one for one in chosen), YES)


def box(name: str, *, chosen: bool) -> dict[str, str]:
    return {name: YES} if chosen else {}


def made(kind: type[Entry], values: Mapping[str, Any], renamed: Mapping[str, str]) -> Entry:
    """The entry. Raises Invalid naming the field: `renamed`, where it is called otherwise than in the file."""
    try:
        return kind.model_validate(values)
    except ValidationError as reason:
        name = str(next(iter(reason.errors()[0]["loc"]), ""))
        raise Invalid("entry_wrong", pointer=f"/{renamed.get(name, name)}" if name else None) from reason


def kept(entry: BaseModel | None) -> dict[str, Any]:
    """What the entry holds, key by key, to be changed."""
    return {name: getattr(entry, name) for name in type(entry).model_fields} if entry else {}
