"""Merchants as people write them down: a YAML or TOML file, or one JSON object of the control interface."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from gateways.sandbox.merchants import Merchant

_MERCHANT = TypeAdapter(Merchant)
_MERCHANTS = TypeAdapter(list[Merchant])


def read(path: Path) -> list[Merchant]:
    """The merchants of a file: a list `merchants`, each with any of the fields of `Merchant`.

    Raises ValueError with what is wrong in it, and OSError.
    """
    try:
        text = path.read_text(encoding="utf-8")
        parsed = tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: {error}") from error
    if not isinstance(parsed, dict) or parsed.keys() != {"merchants"}:
        raise ValueError(f"{path}: a list named merchants is expected, and nothing else")
    try:
        found = _MERCHANTS.validate_python(parsed["merchants"])
    except ValidationError as error:
        raise ValueError(f"{path}: {told(error)}") from error
    if not found or len({merchant.login for merchant in found}) != len(found):
        raise ValueError(f"{path}: at least one merchant is expected, each with a login of its own")
    return found


def changed(merchant: Merchant, changes: Mapping[str, Any]) -> Merchant:
    """The merchant with other settings; `quirks` may name some of its own fields. Raises ValueError."""
    now = as_dict(merchant)
    quirks = changes.get("quirks", {})
    if not isinstance(quirks, Mapping):
        raise ValueError("quirks: an object is expected")  # noqa: TRY004  (of what the caller sent)
    try:
        return _MERCHANT.validate_python({**now, **changes, "quirks": {**now["quirks"], **quirks}})
    except ValidationError as error:
        raise ValueError(told(error)) from error


def as_dict(merchant: Merchant) -> dict[str, Any]:
    """Every setting, as JSON has it."""
    written: dict[str, Any] = _MERCHANT.dump_python(merchant, mode="json")
    return written | {"callback_operations": sorted(merchant.callback_operations)}


def told(error: ValidationError) -> str:
    """What is wrong, field by field."""
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
