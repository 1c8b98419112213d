"""The table of actionCodes, compared with the documents."""

from __future__ import annotations

import pytest

from gateways.sberbank.action_codes import EXPLANATIONS, WORDS, Advice, DeclineReason, explain, reason_for

# gateway.md §10.3, code by code: what its last column says about another try.
DOCUMENTED = {
    "nothing": "0 400",
    "same_card": (
        "-100 -999 -2005 -2006 -2010 -2011 -2016 -2015 -2018 -2019 -2020 -2017 -2023 -2024 -2025 14 111 125 53 82 116 "
        "1015 71015"
    ),
    "wait": "-99 1018 1019 151018 151019 2008 433 434 435",
    "never": (
        "-2000 -2001 -2101 -2002 -20010 -2012 7 41 43 208 209 62 93 109 110 13 239 1004 2002 2007 2009 2022 4005"
    ),
    "new_order": "-2007 -2013",
    "other_card": (
        "-3100 -3101 -5031 1 5 100 104 107 118 119 120 902 15 101 999 1014 341014 2003 2004 2005 2006 2014 2015 2016"
    ),
    "later": "12 61 121 903 65 123 75 106 103 31 910 907 904 909 913 96 94 76 914 1001 2023",
}
ADVICE = [(int(code), Advice(advice)) for advice, codes in DOCUMENTED.items() for code in codes.split()]


def test_the_table_is_the_documents_table() -> None:
    """Every documented code has an entry, and there is no code of our own invention."""
    assert set(EXPLANATIONS) == {code for code, _ in ADVICE}
    assert len(ADVICE) == len(set(ADVICE)) == len(EXPLANATIONS)


def test_each_code_advises_what_the_documents_say() -> None:
    """What the payer is told to do next is what the documents call worth doing, code by code."""
    assert {code: explain(code).advice for code, _ in ADVICE} == dict(ADVICE)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (0, "none"),
        (-100, "not_attempted"),
        (116, "insufficient_funds"),
        (101, "card_expired"),
        (82, "card_code"),
        (71015, "card_details"),
        (-2006, "confirmation"),
        (2006, "merchant_declined"),
        (-2007, "session_expired"),
        (2007, "already_paid"),
        (-2013, "attempts_exhausted"),
        (-2001, "merchant_declined"),
        (341014, "merchant_declined"),
        (151019, "no_answer"),
        (4005, "cancelled"),
    ],
)
def test_the_codes_that_matter_most(code: int, reason: str) -> None:
    """The common codes have their own reasons, and a sign makes all the difference."""
    assert reason_for(code) is DeclineReason(reason)


@pytest.mark.parametrize("code", [None, 51, 2001, -116, 10**9])
def test_an_unknown_code_has_a_cautious_explanation(code: int | None) -> None:
    """A code that nobody has heard of, or none at all, is an unknown reason and no excuse to crash."""
    assert (explain(code).reason, explain(code).advice) == (DeclineReason.UNKNOWN, Advice.OTHER_CARD)


def test_every_reason_has_words_and_every_word_is_used() -> None:
    """Each reason has a short text in both languages; each is used by some code, or is for the unknown."""
    assert set(WORDS) == set(DeclineReason)
    assert {explanation.reason for explanation in EXPLANATIONS.values()} | {DeclineReason.UNKNOWN} == set(DeclineReason)
    assert all(text and len(text) <= 40 for texts in WORDS.values() for text in texts)
