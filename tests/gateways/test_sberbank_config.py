"""The configuration of a bank contract: what is accepted and what stops the start."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from gateways.sberbank.banks import BANKS, Kind
from tests.gateways.samples import PASSWORD, config

OLD = "the-key-before"


def test_the_kinds_of_the_table_and_of_the_configuration_are_one() -> None:
    """Each kind that may be configured is implemented, and the other way round."""
    assert set(BANKS) == set(get_args(Kind))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://bank.example/payment/rest", "https://bank.example/payment/rest/"),
        ("https://bank.example/payment/rest/", "https://bank.example/payment/rest/"),
        ("http://127.0.0.1:8090/payment/rest/", "http://127.0.0.1:8090/payment/rest/"),
        ("http://localhost:8090", "http://localhost:8090/"),
        ("http://[::1]:8090/rest", "http://[::1]:8090/rest/"),
    ],
)
def test_an_address_is_kept_in_one_form(given: str, kept: str) -> None:
    """The address of the API may end with a slash or not; plain http reaches this machine only."""
    assert config(base_url=given).base_url == kept


@pytest.mark.parametrize(
    "url",
    [
        "http://bank.example/payment/rest/",
        "http://127.0.0.1.evil.example/",
        "ftp://bank.example/",
        "https://user:password@bank.example/",
        "https://bank.example/rest?x=1",
        "https://bank.example/rest#x",
        "https://",
        "bank.example/payment/rest/",
        "",
    ],
)
def test_an_address_that_would_leak_is_refused(url: str) -> None:
    """No plain http to other machines, no login in the address, nothing after its path."""
    with pytest.raises(ValidationError):
        config(base_url=url)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "paypal"},
        {"unheard_of": 1},
        {"user_name": ""},
        {"password": ""},
        {"callback_secret": ""},
        {"callback_secret": None, "callback_secret_previous": OLD},
        {"callback_own_params": ["mdOrder"]},
        {"callback_own_params": ["a b"]},
        {"callback_hash": "md5"},
        {"form_hosts": ["https://pay.example"]},
        {"form_hosts": ["pay.example/path"]},
        {"form_hosts": ["PAY.example"]},
        {"total_seconds": 0},
        {"connect_seconds": 61},
        {"max_body_bytes": 1},
        {"max_connections": 0},
        {"one_press": True},
    ],
)
def test_a_wrong_value_stops_the_start_without_showing_secrets(changes: dict[str, Any]) -> None:
    """Unknown names and senseless values are refused, and the refusal quotes no password."""
    with pytest.raises(ValidationError) as caught:
        config(**changes)
    assert PASSWORD not in str(caught.value)
    assert OLD not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "hosts"),
    [
        ({}, {"bank.example"}),
        ({"base_url": "http://127.0.0.1:8090/rest"}, {"127.0.0.1:8090"}),
        ({"base_url": "https://bank.example:443/rest"}, {"bank.example"}),
        ({"form_hosts": ["pay.example:443", "qr.example:8443"]}, {"pay.example", "qr.example:8443"}),
    ],
)
def test_payment_pages_are_where_the_api_is_unless_listed(changes: dict[str, Any], hosts: set[str]) -> None:
    """Without a list the pages are on the API's own host and port; a list replaces it."""
    assert config(**changes).page_hosts() == hosts
