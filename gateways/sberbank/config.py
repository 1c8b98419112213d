"""The installation's block of one bank contract."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from gateways.sberbank.addresses import authority
from gateways.sberbank.banks import BANKS, Kind
from gateways.sberbank.verdicts import Operation

_Seconds = Annotated[float, Field(gt=0, le=60)]
_Host = Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9.-]*|\[::1\])(:[0-9]{1,5})?$", max_length=260)]
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
_Secret = Annotated[SecretStr, Field(min_length=1, max_length=512)]
_SIGNED_FIELDS: Final = frozenset({"mdOrder", "orderNumber", "operation", "status", "checksum", "sign_alias"})


class SberbankConfig(BaseModel):
    """One merchant's contract with one bank of the family.

    base_url            everything before `register.do`, e.g. https://securepayments.sberbank.ru/payment/rest/
    ca_bundle           PEM roots that replace the system's for this bank alone
    callback_secret     HMAC key; `callback_secret_previous` stays valid beside it while the key is being changed
    callback_public_key PEM key or certificate (PEM, DER) for banks that sign callbacks with RSA and `callback_hash`
    callback_own_params names that our own callback address carries in its query; banks may or may not sign them
    form_hosts          hosts (with a port where it is not the default) of payment pages, and of where an issuer sends
                        their payer back; empty: the host of base_url
    merchant_login      if set, a signed callback that names another merchant is refused
    same_day_refund     may a captured payment be refunded on its own banking day; None: as the bank's profile says
    same_day_cart_refund  may a part of one with a fiscal cart be, too; None: as the bank's profile says
    refund_lock         does the bank know `expectedDepositedAmount`; None: as the bank's profile says
    two_stage           can the bank hold a sum first and charge it later; None: as the bank's profile says
    reverse_completed   may a completed hold be reversed on its banking day; None: as the bank's profile says
    saved_cards         may payers leave their cards with the bank for the next time; a permission of the contract
    card_check          may they do so without paying (features=VERIFY); another permission, of use beside saved_cards only
    one_press           may a saved card be charged without its security code, its payer pressing a button of ours; another one
    stages              one: what is paid is charged; two: it is held, and charged once the visit stands
    autocompletion_hours  so long after a session began the bank charges by itself what it still holds (stages: two); an issuer
                        may let a hold go after a week, so it is less than that; None: it never does
    paths               methods that this installation has elsewhere, by operation: {refund: "refund2.do"}
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Kind
    base_url: str
    user_name: Annotated[str, Field(min_length=1, max_length=100)]
    password: _Secret
    ca_bundle: Path | None = None
    callback_secret: _Secret | None = None
    callback_secret_previous: _Secret | None = None
    callback_public_key: Path | None = None
    callback_hash: Literal["sha512", "sha256"] = "sha512"
    callback_own_params: tuple[_Name, ...] = ()
    form_hosts: tuple[_Host, ...] = ()
    merchant_login: str | None = None
    same_day_refund: bool | None = None
    same_day_cart_refund: bool | None = None
    refund_lock: bool | None = None
    two_stage: bool | None = None
    reverse_completed: bool | None = None
    stages: Literal["one", "two"] = "one"
    autocompletion_hours: Annotated[int, Field(ge=1, le=144)] | None = None
    saved_cards: bool = False
    card_check: bool = False
    one_press: bool = False
    paths: dict[Operation, Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]{0,99}$")]] = {}
    connect_seconds: _Seconds = 3
    read_seconds: _Seconds = 8
    total_seconds: _Seconds = 10
    max_body_bytes: Annotated[int, Field(ge=4096, le=4_194_304)] = 262_144
    max_connections: Annotated[int, Field(ge=1, le=1000)] = 20

    @field_validator("base_url")
    @classmethod
    def _plain(cls, value: str) -> str:
        if authority(value) is None or "?" in value or "#" in value:
            raise ValueError("must be https (plain http only to this machine), without login, query or fragment")
        return value.rstrip("/") + "/"

    @field_validator("callback_own_params")
    @classmethod
    def _not_the_banks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if taken := _SIGNED_FIELDS.intersection(value):
            raise ValueError(f"the bank's own parameters cannot be ours: {', '.join(sorted(taken))}")
        return value

    @model_validator(mode="after")
    def _previous_needs_current(self) -> SberbankConfig:
        if self.callback_secret_previous is not None and self.callback_secret is None:
            raise ValueError("callback_secret_previous: only beside callback_secret")
        return self

    @model_validator(mode="after")
    def _stages_as_the_bank_has_them(self) -> SberbankConfig:
        if self.stages == "two" and not self.holds:
            raise ValueError(f"stages: {self.kind} does not pay in two stages (if this bank does, say two_stage: true)")
        if self.autocompletion_hours is not None and self.stages != "two":
            raise ValueError("autocompletion_hours: only with stages: two, since nothing else is held")
        return self

    @model_validator(mode="after")
    def _a_card_is_checked_to_be_saved(self) -> SberbankConfig:
        if self.card_check and not self.saved_cards:
            raise ValueError("card_check: only beside saved_cards: true")
        return self

    @model_validator(mode="after")
    def _a_press_needs_a_card(self) -> SberbankConfig:
        if self.one_press and not self.saved_cards:
            raise ValueError("one_press: only with saved_cards, for it is those that it charges")
        return self

    @property
    def holds(self) -> bool:
        """Whether the bank can hold a sum first."""
        return BANKS[self.kind].two_stage if self.two_stage is None else self.two_stage

    def page_hosts(self) -> frozenset[str]:
        """The hosts that a payment page may have, in the form that `authority` gives."""
        return frozenset(host.removesuffix(":443") for host in self.form_hosts) or frozenset({self._own_host()})

    def _own_host(self) -> str:
        own = authority(self.base_url)
        if own is None:
            raise ValueError("base_url was checked when this was made")
        return own
