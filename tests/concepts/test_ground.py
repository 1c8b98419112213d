"""Ids, envelopes, tables and redaction."""

import re
from enum import StrEnum

import pytest

from checkout.ground.crypto import CannotOpen, same, seal, token_hash, unseal, vault
from checkout.ground.errors import Conflict
from checkout.ground.ids import CODE_ALPHABET, OrderId, PaymentId
from checkout.ground.observe import redact
from checkout.ground.steps import commands, grid


def test_ids_are_typed_prefixed_and_fit_the_bank() -> None:
    """An id prints with its kind, parses back, and has at most 30 characters."""
    payment = PaymentId.new()
    assert PaymentId.parse(str(payment)) == payment
    assert len(str(payment)) == 30
    with pytest.raises(ValueError, match="starts with"):
        OrderId.parse(str(payment))
    with pytest.raises(ValueError, match="Crockford"):
        PaymentId.parse(str(payment).replace("pay_", "pay_").lower())


def test_ids_sort_by_the_time_they_were_made() -> None:
    """Later ids are larger, so a list by id is a list by time."""
    made = [OrderId.new() for _ in range(3)]
    assert [str(one)[:14] for one in made] == sorted(str(one)[:14] for one in made)


def test_the_code_can_be_read_out() -> None:
    """Eight characters without 0, O, 1 or I."""
    code = OrderId.new().code
    assert re.fullmatch(f"[{CODE_ALPHABET}]{{8}}", code)
    assert not set("01OI") & set(CODE_ALPHABET)


def test_a_sealed_value_opens_only_in_its_place() -> None:
    """A ciphertext copied to another row, or changed by a bit, does not open."""
    key = b"k" * 32
    sealed = seal(key, b"Maria", place="person/1")
    assert unseal(key, sealed, place="person/1") == b"Maria"
    with pytest.raises(CannotOpen):
        unseal(key, sealed, place="person/2")
    with pytest.raises(CannotOpen):
        unseal(key, sealed[:-1] + bytes([sealed[-1] ^ 1]), place="person/1")


def test_secrets_that_are_no_text_are_only_wrong() -> None:
    """A header may hold any bytes: they are compared and hashed like others."""
    sent = b"ck_\xff".decode(errors="surrogateescape")
    assert not same(sent, "ck_")
    assert same(sent, sent)
    assert token_hash(sent) != token_hash("ck_")


def test_a_new_master_key_opens_what_the_old_one_wrapped() -> None:
    """Rotation wraps anew and keeps reading; links and indexes stay the same."""
    old = vault({"k1": b"1" * 32}, "k1")
    new = vault({"k1": b"1" * 32, "k2": b"2" * 32}, "k2")
    key, wrapped = old.new_data_key(place="p")
    assert new.unwrap(wrapped, place="p") == key
    assert new.link_token("order", "x") == old.link_token("order", "x")
    assert new.blind("phone", "+7") == old.blind("phone", "+7")
    with pytest.raises(CannotOpen):
        old.unwrap(new.new_data_key(place="p")[1], place="p")


class _Light(StrEnum):
    RED = "red"
    GREEN = "green"


def test_a_table_refuses_what_it_does_not_draw() -> None:
    """Commands are partial."""
    table = commands("light", _Light, "red --go--> green")
    assert table.step(_Light.RED, "go") is _Light.GREEN
    with pytest.raises(Conflict, match="wrong_state"):
        table.step(_Light.GREEN, "go")


def test_a_grid_with_a_hole_does_not_load() -> None:
    """Observations are total."""
    with pytest.raises(ValueError, match="holes"):
        grid(_Light, _Light, "      red green\n red  .   green!")


@pytest.mark.parametrize(
    ("written", "hidden"),
    [
        ("card 4111 1111 1111 1111 came", "4111 1111"),
        ("call +7 912 345-67-89 now", "345-67-89"),
        ("call 8 (912) 345-67-89 now", "345-67-89"),
        ("mail maria@example.com now", "maria"),
        ("Authorization: Bearer ck_site_secret", "ck_site_secret"),
        ("GET /o/AbCdEf0123456789AbCdEf HTTP", "AbCdEf"),
        ("GET /p/AbCdEf0123456789AbCdEf HTTP", "AbCdEf"),
        ("GET /r/AbCdEf0123456789AbCdEf HTTP", "AbCdEf"),
        ("Cookie: booked=AbCdEf0123456789AbCdEf", "AbCdEf"),
        ("password=sandbox", "sandbox"),
    ],
)
def test_logs_hide_what_is_private(written: str, hidden: str) -> None:
    """Card numbers, phones, e-mails and tokens never reach a log line."""
    assert hidden not in redact(written)


def test_logs_keep_what_is_not_private() -> None:
    """Ids and sums stay readable."""
    line = "payment pay_01M84TACMMVHAHF7VG85CTD49G of 250000 took 1795459160293"
    assert redact(line) == line
