"""The bank's answers as they stand on the wire: lenient about what we do not use, strict about what we do.

Numbers come as numbers or as strings, codes too, blocks are missing on old installations, and names we have never
heard of are everywhere. All that is fine. A boolean or a fraction for money, NaN, or a name given twice is not.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final, NoReturn, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from gateways.gateway import Garbled, Response, Throttled, Unreachable

_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,14}", re.ASCII)
_TOO_LARGE: Final = 10**15
_KOPECKS: Final = 999_999_999_999
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = 4_102_444_800_000  # the year 2100, in milliseconds
_LONGEST_WORDS: Final = 300
_LONGEST_LINK: Final = 1024
_CODE_ID: Final = re.compile(r"[0-9A-Za-z]{1,64}", re.ASCII)
_COUNTRY: Final = re.compile(r"[0-9]{3}", re.ASCII)


def _whole(value: object) -> int:
    """A whole number however it was written."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _TOO_LARGE:
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    raise ValueError("not a whole number")


def _kopecks(value: object) -> int:
    number = _whole(value)
    if not 0 <= number <= _KOPECKS:
        raise ValueError("not an amount")
    return number


def _words(value: object) -> str:
    """Words for staff, without control characters. Never a reason to refuse an answer."""
    return "".join(char for char in value if char.isprintable())[:_LONGEST_WORDS] if isinstance(value, str) else ""


def _instant(value: object) -> datetime | None:
    """Milliseconds of the epoch. The new dialect writes some dates in words: these are as good as absent."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LATEST:
        return None
    return _EPOCH + timedelta(milliseconds=value)


def _named(value: object) -> dict[str, str]:
    """`[{"name": …, "value": …}]`, or the same as an object, as some answers have it."""
    found: dict[str, str] = {}
    for name, text in value.items() if isinstance(value, dict) else _rows(value):
        if found.setdefault(str(name), str(text)) != str(text):
            raise ValueError("one attribute with two values")
    return found


def _rows(value: object) -> list[tuple[object, object]]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError("not a list of names and values")
    return [(row.get("name"), row.get("value")) for row in value]


def _block(value: object) -> dict[str, Any]:
    """A block that only decorates: if it is not what it should be, it is as good as absent."""
    return value if isinstance(value, dict) else {}


def said_so(value: object) -> bool:
    """A flag that is `true`, in words or not; it may be missing, and whatever else stands there says nothing."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def _yes_or_no(value: object) -> bool:
    """A plain yes or no: what only resembles one is neither."""
    if said_so(value):
        return True
    if value is False or (isinstance(value, str) and value.strip().lower() == "false"):
        return False
    raise ValueError("neither yes nor no")


Whole = Annotated[int, PlainValidator(_whole)]
Kopecks = Annotated[int, PlainValidator(_kopecks)]
Words = Annotated[str, PlainValidator(_words)]
Instant = Annotated[datetime | None, PlainValidator(_instant)]
Named = Annotated[dict[str, str], PlainValidator(_named)]
Flag = Annotated[bool, PlainValidator(said_so)]
YesOrNo = Annotated[bool, PlainValidator(_yes_or_no)]
Block = Annotated[dict[str, Any], PlainValidator(_block)]
Reference = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,36}$")]
Text = Annotated[str, Field(max_length=64)]


class Wire(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, coerce_numbers_to_str=True, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: inner for name, inner in value.items() if inner is not None and inner != ""}


class Answer(Wire):
    """What every answer has, or may have."""

    error_code: Whole | None = None
    error_message: Words = ""


def _link(value: object) -> str | None:
    """An address that only helps to pay: one of a wrong shape is as good as absent."""
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_LINK else None


def _code_id(value: object) -> str | None:
    return value if isinstance(value, str) and _CODE_ID.fullmatch(value) else None


Link = Annotated[str | None, PlainValidator(_link)]
CodeId = Annotated[str | None, PlainValidator(_code_id)]


def _country(value: object) -> str | None:
    """Three digits; whatever else stands there is as good as nothing."""
    return str(value) if isinstance(value, str | int) and _COUNTRY.fullmatch(str(value)) else None


class ExternalParams(Wire):
    """What a registration brings for other ways to pay than the card."""

    qrc_id: CodeId = None
    sbp_payload: Link = None
    sbol_deep_link: Link = None


class RegisterAnswer(Answer):
    order_id: Reference | None = None
    form_url: Annotated[str, Field(max_length=2048)] | None = None
    external_params: Annotated[ExternalParams, BeforeValidator(_block)] = ExternalParams()


class CodeAnswer(Answer):
    qr_id: CodeId = None
    payload: Link = None


class CodeStateAnswer(Answer):
    """`status`: how the documents name what their examples call `qrStatus`."""

    qr_status: Text | None = None
    status: Text | None = None


class CodeRejectedAnswer(Answer):
    rejected: YesOrNo | None = None


class SavedRow(Wire):
    """A row of `bindings`. Only what shows the card may be missing."""

    binding_id: Annotated[str, Field(max_length=255)]
    masked_pan: Words = ""
    payment_system: Words = ""
    expiry_date: Words = ""
    binding_status: Text | None = None


class BindingsAnswer(Answer):
    bindings: tuple[SavedRow, ...] = ()


class Amounts(Wire):
    """Kopecks. `deposited_amount` falls with each refund."""

    approved_amount: Kopecks
    deposited_amount: Kopecks
    refunded_amount: Kopecks


class MoneyRow(Wire):
    """A row of `refunds`, or one of `operations`, where `type` says which operation it is."""

    amount: Kopecks
    external_refund_id: Text | None = None
    action_code: Whole | None = None
    type: Text | None = None


class StatusAnswer(Answer):
    order_number: Text | None = None
    order_status: Whole | None = None
    action_code: Whole | None = None
    amount: Kopecks | None = None
    currency: Whole | None = None
    deposited_date: Instant = None
    chargeback: Flag = False
    payment_way: Words = ""
    attributes: Named = {}
    card_auth_info: Block = {}
    binding_info: Block = {}
    payment_amount_info: Amounts | None = None
    refunds: tuple[MoneyRow, ...] = ()
    operations: tuple[MoneyRow, ...] = ()


# How the short status begins most of its names; its errors may come with a small letter as well.
_CAPITALS: Final = {
    "ErrorCode": "errorCode",
    "ErrorMessage": "errorMessage",
    "OrderStatus": "orderStatus",
    "OrderNumber": "orderNumber",
    "Amount": "amount",
    "Pan": "pan",
}


class ShortAnswer(Answer):
    """`authCode` is always 2, whatever became of the order, and so says nothing."""

    order_number: Text | None = None
    order_status: Whole | None = None
    amount: Kopecks | None = None
    deposit_amount: Kopecks | None = None
    currency: Whole | None = None
    pan: Words = ""
    expiration: Words = ""

    @model_validator(mode="before")
    @classmethod
    def _with_small_letters(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        found: dict[str, Any] = {}
        for name, inner in value.items():
            small = _CAPITALS.get(str(name), str(name))
            if str(found.setdefault(small, inner)) != str(inner):
                raise ValueError("one name with two values")
        return found


class EnrolmentAnswer(Answer):
    is_enrolled: Text | None = None
    enrolled: Text | None = None
    emitter_name: Words = ""
    emitter_country_code: Annotated[str | None, PlainValidator(_country)] = None
    is_second: Annotated[Flag, Field(alias="is3DSVer2")] = False


_A = TypeVar("_A", bound=Answer)


def read(response: Response, model: type[_A]) -> _A:
    """The answer as `model`. Raises Throttled, Unreachable (5xx) or Garbled; the errors' words quote nothing of it."""
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Throttled("the bank asks for fewer calls")
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Unreachable(f"HTTP {response.status}")
    if response.status != HTTPStatus.OK:
        raise Garbled(f"HTTP {response.status}")
    try:
        return model.model_validate(strict_object(response.body))
    except ValidationError as error:
        places = sorted({".".join(map(str, fault["loc"])) for fault in error.errors(include_input=False)})
        raise Garbled(f"cannot be understood: {', '.join(places)[:200]}") from None
    except ValueError:
        raise Garbled("not an object in JSON") from None


def strict_object(body: bytes) -> dict[str, Any]:
    """One JSON object in UTF-8, each name once, no NaN or Infinity. Raises ValueError."""
    try:
        found = json.loads(body.decode("utf-8"), object_pairs_hook=_each_once, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 - the type of foreign data is a value, not a bug of ours
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
