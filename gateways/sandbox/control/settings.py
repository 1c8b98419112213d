"""A merchant's settings as a form has them: each a line of text, or a choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, get_type_hints

from gateways.sandbox.merchants import Merchant, Quirks
from gateways.sandbox.merchants_file import as_dict

_QUIRKS = "quirks."
_TYPES: dict[str, Any] = {
    **get_type_hints(Merchant),
    **{_QUIRKS + name: type_ for name, type_ in get_type_hints(Quirks).items()},
}
_NAMES = (
    *(one.name for one in fields(Merchant) if one.name not in ("login", "quirks")),
    *(_QUIRKS + one.name for one in fields(Quirks)),
)
_TRUTHS = ("true", "false")


# What a name begins with, and under which heading it stands; the first that fits, else with the merchant's own.
_GROUPS = {
    "payment": ("session_", "attempts", "auto_payments", "pays_", "verifies", "receipt_"),
    "refund": ("refund_", "reverse_", "partial_", "hold_"),
    "callback": ("callback_",),
    "fee": ("fee_",),
    "quirk": (_QUIRKS,),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `choices` empty: free text. `none`: it may be left unset."""

    name: str
    value: str
    choices: tuple[str, ...]
    none: bool


def settings(merchant: Merchant) -> list[Setting]:
    """All but the login."""
    now = as_dict(merchant)
    values = now | {_QUIRKS + name: value for name, value in now["quirks"].items()}
    return [Setting(name, _written(values[name]), _choices(_TYPES[name]), _optional(_TYPES[name])) for name in _NAMES]


def grouped(merchant: Merchant) -> list[tuple[str, list[Setting]]]:
    """The same under headings, by the heading's name."""
    found = {group: [one for one in settings(merchant) if one.name.startswith(_GROUPS[group])] for group in _GROUPS}
    known = {one.name for ones in found.values() for one in ones}
    own = [one for one in settings(merchant) if one.name not in known]
    return [("merchant", own), *found.items()]


def wished(form: Mapping[str, Any]) -> dict[str, Any]:
    """The changes that a form asks for."""
    plain = {name: _read(name, str(form[name]).strip()) for name in _NAMES if name in form}
    quirks = {name.removeprefix(_QUIRKS): plain.pop(name) for name in list(plain) if name.startswith(_QUIRKS)}
    return plain | ({"quirks": quirks} if quirks else {})


def _read(name: str, text: str) -> Any:
    if _many(_TYPES[name]):
        return [part.strip() for part in text.split(",") if part.strip()]
    return None if text == "" and _optional(_TYPES[name]) else text


def _written(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _choices(type_: Any) -> tuple[str, ...]:
    """The values of an enumeration or of a truth."""
    plain = next((one for one in getattr(type_, "__args__", (type_,)) if isinstance(one, type)), type_)
    if plain is bool:
        return _TRUTHS
    return tuple(plain) if isinstance(plain, type) and issubclass(plain, StrEnum) else ()


def _optional(type_: Any) -> bool:
    return type(None) in getattr(type_, "__args__", ())


def _many(type_: Any) -> bool:
    return getattr(type_, "__origin__", None) in (tuple, frozenset)
