"""The installation file: read whole or not at all, each fault by its key's path."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from checkout.ground.config import ConfigError, default_path, load, masked
from tests.setting import ENVIRONMENT

ENV = {**ENVIRONMENT, "CHECKOUT_BANK_URL": "http://127.0.0.1:8090/payment/rest/"}


@pytest.fixture
def raw() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(default_path().read_text(encoding="utf-8"))
    return found


def written(folder: Path, raw: dict[str, Any]) -> Path:
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return path


def test_the_shipped_file_loads(tmp_path: Path, raw: dict[str, Any]) -> None:
    """The repository's own config.yaml is valid, and what it leaves out is as its comments say."""
    config = load(written(tmp_path, raw), ENV)
    assert config.limits.return_window_days == 30
    assert config.merchants[0].gateway.password.get_secret_value() == "sandbox"


def test_a_missing_secret_names_its_key_and_variable(tmp_path: Path, raw: dict[str, Any]) -> None:
    """Nothing starts with an empty password."""
    env = {name: value for name, value in ENV.items() if name != "CHECKOUT_BANK_PASSWORD"}
    with pytest.raises(
        ConfigError, match=r"merchants\.0\.gateway\.password: the environment has no CHECKOUT_BANK_PASSWORD"
    ):
        load(written(tmp_path, raw), env)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"limitz": {}}, r"limitz: unknown key \(did you mean limits\?\)"),
        ({"limits": {"hold_minute": 15}}, r"limits\.hold_minute: unknown key \(did you mean hold_minutes\?\)"),
        ({"limits": {"hold_minutes": "soon"}}, r"limits\.hold_minutes: "),
        ({"mode": "prod"}, r"mode: "),
        ({"public_url": "pay.example.ru"}, r"public_url: "),
        ({"current_master_key": "k9"}, r"current_master_key"),
        ({"merchants": []}, r"at least one"),
        ({"mode": "production"}, r"production needs https"),
        *(
            ({"embed_hosts": [origin]}, r"embed_hosts: .*must look like https://clinic\.example")
            for origin in (
                "clinic.example",
                "https://clinic.example/",
                "https://клиника.рф",
                "https://*.clinic.example",
                "https://clinic.example https://evil.example",
                "https://clinic.example; script-src *",
                "https://clinic.example\n",
                "https://user@clinic.example",
                "ftp://clinic.example",
                "'self'",
                "*",
                "",
            )
        ),
    ],
)
def test_a_wrong_key_is_named_with_its_path(
    tmp_path: Path, raw: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    """One sentence a fault, with a suggestion where one is near."""
    with pytest.raises(ConfigError, match=message):
        load(written(tmp_path, {**raw, **change}), ENV)


def test_a_merchant_whose_bank_prints_receipts_says_how_it_is_taxed(tmp_path: Path, raw: dict[str, Any]) -> None:
    """The rest has its usual values; a rate that no receipt can have is refused by its path."""
    merchant = raw["merchants"][0]
    said = {**merchant, "fiscal": {"by": "bank", "tax_system": "usn_income"}}
    found = load(written(tmp_path, {**raw, "merchants": [said]}), ENV).merchants[0].fiscal
    assert found is not None
    assert (found.ffd, found.vat, found.prepaid_as) == ("1.2", None, "thing")
    for wrong in ({"by": "bank"}, {"by": "bank", "tax_system": "osn", "vat": "18"}, {"by": "us", "tax_system": "osn"}):
        with pytest.raises(ConfigError, match=r"merchants\.0\.fiscal"):
            load(written(tmp_path, {**raw, "merchants": [{**merchant, "fiscal": wrong}]}), ENV)


def test_sites_that_may_frame_the_steps_are_origins(tmp_path: Path, raw: dict[str, Any]) -> None:
    """None unless they are named; a port is part of an origin; in production each has https."""
    assert load(written(tmp_path, raw), ENV).embed_hosts == ()
    named = ["https://clinic.example", "https://xn--80apgfa.xn--p1ai:8443", "http://127.0.0.1:8000"]
    assert load(written(tmp_path, {**raw, "embed_hosts": named}), ENV).embed_hosts == tuple(named)
    live = {
        **raw,
        "mode": "production",
        "public_url": "https://pay.example",
        "metrics_token": "t",
        "embed_hosts": named,
    }
    with pytest.raises(ConfigError, match="embed_hosts: production needs https"):
        load(written(tmp_path, live), ENV)


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    """Broken YAML and a bare list are said to be so."""
    for text in ("[1, 2]", "a: [", ""):
        path = tmp_path / "config.yaml"
        path.write_text(text)
        with pytest.raises(ConfigError):
            load(path, ENV)


def test_secrets_are_masked_on_the_screen(tmp_path: Path, raw: dict[str, Any]) -> None:
    """`checkout config show` prints asterisks."""
    env = {**ENV, "CHECKOUT_BANK_PASSWORD": "a-password-of-the-bank"}
    shown = str(masked(load(written(tmp_path, raw), env)))
    for name in ENVIRONMENT:
        assert env[name] not in shown
    assert "**********" in shown


@pytest.mark.parametrize(
    ("kind", "methods", "message"),
    [
        ("alfabank", ["card", "sberpay"], "a bank of the kind alfabank has no sberpay"),
        ("sberbank-legacy", ["sbp"], "methods: card, and each once"),
        ("sberbank", ["card", "sbp", "sbp"], "methods: card, and each once"),
        ("sberbank", ["card", "cash"], r"merchants\.0\.methods\.1: "),
        ("sberbank", [], "methods: card, and each once"),
    ],
)
def test_a_way_to_pay_that_the_bank_lacks_is_refused(
    tmp_path: Path, raw: dict[str, Any], kind: str, methods: list[str], message: str
) -> None:
    """What a kind of bank has stands in its profile; a card is always among the ways."""
    raw["merchants"][0] |= {"methods": methods}
    raw["merchants"][0]["gateway"] |= {"kind": kind}
    with pytest.raises(ConfigError, match=message):
        load(written(tmp_path, raw), ENV)


@pytest.mark.parametrize("kind", ["sberbank", "sberbank-legacy", "alfabank", "rbs"])
def test_every_bank_can_offer_codes_and_offers_cards_by_default(tmp_path: Path, raw: dict[str, Any], kind: str) -> None:
    """Nothing is shown to payers that nobody has switched on."""
    raw["merchants"][0]["gateway"] |= {"kind": kind}
    raw["merchants"][0] |= {"methods": ["card", "sbp"]}
    assert load(written(tmp_path, raw), ENV).merchants[0].methods == ("card", "sbp")
    del raw["merchants"][0]["methods"]
    assert load(written(tmp_path, raw), ENV).merchants[0].methods == ("card",)
