"""The test cards do what their description promises."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateways.sandbox import TEST_CARDS, CardEntry, Outcome, Status, TestCard, pay
from gateways.sandbox.cards import luhn, payment_system, problems, read_expiry
from tests.sandbox.rehearsal import NOON, answer_challenge, bank, register

# pan: does the issuer ask for a code, and what comes of the order at 99 and at 199 roubles
FATES = {
    "2202205000012424": (False, 0, 0),
    "2202205300068092": (True, 0, 116),
    "4006800900962514": (True, 0, 0),
    "5469980100048525": (True, 0, 0),
    "2202206100040083": (False, 0, 0),
    "2202206000270541": (True, 0, 0),
    "2202205000060910": (True, 116, 116),
    "2202202107593166": (True, 101, 101),
    "4111111111111111": (False, 0, 0),
    "5555555555555599": (True, 0, 0),
    "5168494895055780": (False, -2025, -2025),
    "4000001111111118": (False, 0, 0),
    "2200000000000038": (False, 0, 0),
    "2222400060000007": (False, 0, 0),
    "4276990011343663": (False, -2011, -2011),
    "4276838748917319": (False, 0, 0),
    "3530111333300000": (True, 0, 0),
}
FAR_FUTURE = datetime(2077, 1, 1, tzinfo=UTC).timestamp()


def entry(card: TestCard, expiry: str | None = None, cvc: str | None = None) -> CardEntry:
    return CardEntry(card.pan, read_expiry(expiry or card.expiry) or "", cvc or card.cvc)


@pytest.mark.parametrize("card", TEST_CARDS, ids=lambda card: card.pan)
@pytest.mark.parametrize(("amount", "column"), [(9900, 1), (19900, 2)])
def test_every_card_meets_its_fate(card: TestCard, amount: int, column: int) -> None:
    """The whole table, below and above the limit of the card with a fixed balance."""
    here = bank()
    order = register(here, amount=amount)
    step = pay(here, order, entry(card))
    assert (step.outcome is Outcome.CHALLENGE, bool(card.code)) == (FATES[card.pan][0],) * 2
    if card.code:
        answer_challenge(here, order, card.code)
    expected = FATES[card.pan][column]
    assert order.action_code == expected
    assert (order.status is Status.DEPOSITED) == (expected == 0)


def test_the_table_is_complete() -> None:
    """No card without an expectation here."""
    assert {card.pan for card in TEST_CARDS} == FATES.keys()


@pytest.mark.parametrize("card", TEST_CARDS, ids=lambda card: card.pan)
def test_printed_dates_never_go_stale(card: TestCard) -> None:
    """Every published date of a test card is taken at any clock, while a made-up past date is not."""
    for expiry in card.expiries:
        assert problems(entry(card, expiry), FAR_FUTURE) == ()
    assert problems(entry(card, "01/20"), NOON) == ("expiry",)


def test_one_cvc_is_wrong_on_purpose() -> None:
    """CVC 999 on the well-known VISA card is declined without a challenge."""
    here = bank()
    order = register(here)
    pay(here, order, CardEntry("4111111111111111", "203412", "999"))
    assert (order.status, order.action_code) == (Status.CREATED, 71015)


def test_any_other_valid_card_pays() -> None:
    """A number that only passes the check digit is enough, without 3-D Secure."""
    here = bank()
    order = register(here)
    pay(here, order, CardEntry("4242424242424242", "202606", "1234"))
    assert order.status is Status.DEPOSITED
    assert order.card is not None
    assert order.card.eci == 7


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (CardEntry("4242424242424241", "202806", "123"), "pan"),
        (CardEntry("42424242424", "202806", "123"), "pan"),
        (CardEntry("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "202806", "123"), "pan"),
        (CardEntry("", "202806", "123"), "pan"),
        (CardEntry("4242424242424242", "202604", "123"), "expiry"),
        (CardEntry("4242424242424242", "", "123"), "expiry"),
        (CardEntry("4242424242424242", "202806", "12"), "cvc"),
        (CardEntry("4242424242424242", "202806", "12a"), "cvc"),
        (CardEntry("4242424242424242", "202806", "123", "Иван"), "cardholder"),
    ],
)
def test_the_page_refuses_what_cannot_be_a_card(typed: CardEntry, problem: str) -> None:
    """Check digit, length, date, CVC and Latin name; the current month is still valid."""
    assert problems(typed, NOON) == (problem,)
    assert problems(CardEntry("4242424242424242", "202605", "123", "Ivan O'Neil-Smith Jr."), NOON) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12/34", "203412"),
        ("1234", "203412"),
        ("12 / 34", "203412"),
        ("12/2034", "203412"),
        ("13/34", None),
        ("x", None),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, expected: str | None) -> None:
    """With or without a slash, with two digits of the year or four."""
    assert read_expiry(text) == expected


@pytest.mark.parametrize(
    ("pan", "system"),
    [
        ("2200000000000038", "MIR"),
        ("2222400060000007", "MASTERCARD"),
        ("3530111333300000", "JCB"),
        ("370000000000002", "AMEX"),
        ("6200000000000005", "CUP"),
        ("4111111111111111", "VISA"),
        ("5555555555555599", "MASTERCARD"),
        ("676280509099", "MASTERCARD"),
    ],
)
def test_the_scheme_is_known_by_the_first_digits(pan: str, system: str) -> None:
    """The bank's own names of the schemes."""
    assert payment_system(pan) == system


def test_our_own_card_is_marked_and_valid() -> None:
    """The one card that no bank published passes the check digit and says whose it is."""
    ours = [card for card in TEST_CARDS if card.ours]
    assert [card.pan for card in ours] == ["3530111333300000"]
    assert luhn(ours[0].pan)
