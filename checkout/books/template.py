"""How a bank writes its registry: encoding, columns in their order, words for operations. Data, in `templates.yaml`."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from checkout.books.registry import Operation
from gateways.money import RUB

TEMPLATES: Final = Path(__file__).with_name("templates.yaml")


class Meaning(StrEnum):
    """What of a line a column holds."""

    REFERENCE = "reference"
    ORDER_NUMBER = "order_number"
    PARENT = "parent"
    OPERATION = "operation"
    AMOUNT = "amount"
    FEE = "fee"
    NET = "net"
    CURRENCY = "currency"
    OPERATED_ON = "operated_on"
    SETTLED_ON = "settled_on"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Part):
    ru: str
    en: str


class Column(_Part):
    header: str
    field: Meaning | None = None


class Template(_Part):
    """One layout. `operation`: what every line is, if no column says so. `operations`: the bank's words for them."""

    title: Words
    encoding: str
    delimiter: Annotated[str, Field(min_length=1, max_length=1)]
    decimal: Literal[",", "."]
    day: str
    zone: str
    currency: str = RUB
    operation: Operation | None = None
    operations: dict[str, Operation] = {}
    columns: tuple[Column, ...]

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def headers(self) -> list[str]:
        return [column.header for column in self.columns]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        fields = [column.field for column in self.columns if column.field]
        if len(set(fields)) != len(fields) or len(set(self.headers)) != len(self.headers):
            raise ValueError("columns: a header or a field stands twice")
        if missing := {Meaning.REFERENCE, Meaning.AMOUNT, Meaning.OPERATED_ON} - set(fields):
            raise ValueError(f"columns: nothing is {', '.join(sorted(missing))}")
        if (Meaning.OPERATION in fields) == (self.operation is not None):
            raise ValueError("operation: either a column says it, or the template")
        return self


@cache
def templates() -> dict[str, Template]:
    """By slug, in the file's order."""
    return TypeAdapter(dict[str, Template]).validate_python(yaml.safe_load(TEMPLATES.read_text(encoding="utf-8")))
