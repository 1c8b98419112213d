"""What holds for every callback and every actionCode, not only for the examples."""

from __future__ import annotations

import hashlib
import hmac
import string
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.web.words import BY_LANGUAGE
from gateways.gateway import CallbackRequest, Forged
from gateways.sandbox import signing as their
from gateways.sberbank.action_codes import EXPLANATIONS, WORDS, Advice, DeclineReason, explain, names_cause
from gateways.sberbank.callbacks import Keys, canonical, read

SECRET: Final = "emulator-secret-0001"
ORDER: Final = "70906e55-7114-41d6-8332-4609dc6590f4"
KEYS: Final = Keys(secrets=(SECRET.encode(),))
_NAMES: Final = st.text(string.ascii_letters + string.digits + "_.-", min_size=1, max_size=12).filter(
    lambda name: (
        name not in {"checksum", "sign_alias", "mdOrder", "orderNumber", "operation", "status", "merchantLogin"}
    )
)
# Whatever a shop may write into an order: not control characters, which no callback may hold.
_VALUES: Final = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40)
# The same examples in every run, and no clock over them.
steady: Final = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
EXTRAS: Final = st.dictionaries(_NAMES, _VALUES, max_size=8)


def params(extras: dict[str, str]) -> dict[str, str]:
    return {"mdOrder": ORDER, "orderNumber": "A-1001", "operation": "deposited", "status": "1"} | extras


def sent(fields: dict[str, str], order: list[str] | None = None) -> CallbackRequest:
    names = order or list(fields)
    return CallbackRequest("GET", tuple((name, fields[name]) for name in names), "", b"")


@steady
@given(EXTRAS, st.randoms(use_true_random=False))
def test_what_the_bank_signs_is_what_we_read(extras: dict[str, str], dice: object) -> None:
    """Any extras the bank may send, in any order: two implementations that share no code agree on text and sum."""
    fields = params(extras)
    assert canonical(fields) == their.canonical(fields).encode()
    names = [*fields, "checksum"]
    dice.shuffle(names)  # type: ignore[attr-defined]  # hypothesis's own random.Random
    signed = fields | {"checksum": their.checksum(SECRET, fields)}
    notice = read(sent(signed, names), KEYS)
    assert (notice.reference, notice.number, notice.succeeded, notice.signed) == (ORDER, "A-1001", True, True)


@steady
@given(EXTRAS)
def test_the_signed_text_is_each_name_and_value_once(extras: dict[str, str]) -> None:
    """Sorted by the bytes of the names, each closed by a semicolon, without the signature's own two fields."""
    fields = params(extras)
    text = canonical(fields | {"checksum": "AB", "sign_alias": "SHA-256 with RSA"}).decode()
    assert text == "".join(f"{name};{fields[name]};" for name in sorted(fields, key=str.encode))
    upper = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
    assert their.checksum(SECRET, fields) == upper


@steady
@given(EXTRAS, st.data())
def test_any_change_of_what_we_use_is_noticed(extras: dict[str, str], data: st.DataObject) -> None:
    """Another order, another operation, another outcome under the same sum: forged. So is a sum with one digit changed."""
    fields = params(extras)
    checksum = their.checksum(SECRET, fields)
    name, other = data.draw(
        st.sampled_from(
            [("mdOrder", ORDER[::-1]), ("orderNumber", "A-1002"), ("operation", "refunded"), ("status", "0")]
        )
    )
    with pytest.raises(Forged):
        read(sent(fields | {name: other, "checksum": checksum}), KEYS)
    place = data.draw(st.integers(0, 63))
    wrong = checksum[:place] + ("0" if checksum[place] != "0" else "1") + checksum[place + 1 :]
    with pytest.raises(Forged):
        read(sent(fields | {"checksum": wrong}), KEYS)


@steady
@given(EXTRAS.filter(bool))
def test_a_parameter_that_was_added_or_taken_away_is_noticed(extras: dict[str, str]) -> None:
    """The sum is over all that the bank sent, whichever of it we know."""
    fields = params(extras)
    checksum = their.checksum(SECRET, fields)
    for changed in (params({}), fields | {"zz-added-on-the-way": "1"}):
        with pytest.raises(Forged):
            read(sent(changed | {"checksum": checksum}), KEYS)


@steady
@given(st.text(min_size=1, max_size=40).filter(lambda key: key != SECRET and key.isprintable()))
def test_only_our_key_opens(key: str) -> None:
    """A sum by any other key is forged."""
    fields = params({})
    with pytest.raises(Forged):
        read(sent(fields | {"checksum": their.checksum(key, fields)}), KEYS)


@steady
@given(st.none() | st.integers() | st.sampled_from(sorted(EXPLANATIONS)))
def test_every_code_has_words_for_everybody(code: int | None) -> None:
    """Whatever number comes: a reason and advice for the payer, advice for the receptionist, in both languages."""
    meaning = explain(code)
    assert (meaning.ru, meaning.en) == WORDS[meaning.reason]
    for language, reason in (("ru", meaning.ru), ("en", meaning.en)):
        words = BY_LANGUAGE[language]
        assert reason
        assert words[f"desk_advice_{meaning.advice}"]
        assert words[f"advice_{meaning.advice}"] or meaning.advice is Advice.NOTHING


@steady
@given(st.integers().filter(lambda code: code not in EXPLANATIONS))
def test_a_code_nobody_has_heard_of_is_taken_with_care(code: int) -> None:
    """It is a refusal of unknown cause, another card is safe advice, and no cause of a card is read out of it."""
    meaning = explain(code)
    assert (meaning.reason, meaning.advice) == (DeclineReason.UNKNOWN, Advice.OTHER_CARD)
    assert not names_cause(code)


def test_every_advice_has_words_that_differ() -> None:
    """No two kinds of advice read alike, for the payer or for the receptionist: else there would be one kind less."""
    for language in ("ru", "en"):
        for prefix in ("advice_", "desk_advice_"):
            said = [BY_LANGUAGE[language][f"{prefix}{one}"] for one in Advice]
            assert len(set(said)) == len(said)
