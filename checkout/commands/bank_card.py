"""`checkout bank enrolled`: the one place where a card number is asked for, and only of cards that are not real."""

from __future__ import annotations

import getpass
import re
import sys
from typing import Final

import typer
from babel import Locale
from babel.core import get_global

from checkout.books.beside import NOTHING
from checkout.commands.bank_common import MerchantSlug, chosen, prepared
from checkout.commands.bank_shown import table
from checkout.commands.common import ConfigFile, failed
from checkout.ground.loop import run_loop
from checkout.ground.observe import luhn
from gateways.enrolment import Enrolled, Enrolment
from gateways.gateway import GatewayError
from gateways.sberbank import make

_CARD_NUMBER: Final = re.compile(r"[0-9]{13,19}", re.ASCII)
_PRODUCTION: Final = (
    "a card number is not typed into a production installation: it would bring the machine, its terminal and whoever sits at it "
    "into the scope of PCI DSS. Ask the bank's support, or try a test card on a test installation"
)
_ENROLLED: Final = {
    Enrolled.YES: "it takes part",
    Enrolled.NO: "it does not",
    Enrolled.UNKNOWN: "its bank did not say",
}


def enrolled_command(merchant: MerchantSlug = None, config: ConfigFile = None) -> None:
    """Ask whether a test card takes part in 3-D Secure; its number is typed unseen or piped in. Never in production."""
    loaded = prepared(config)
    if loaded.mode == "production":
        raise failed(_PRODUCTION)
    bank = chosen(loaded, merchant)
    number = _card_number()

    async def ask() -> Enrolment:
        gateway = make(bank.gateway, name=bank.slug)
        try:
            if gateway.enrolment is None:
                raise failed(f"the bank of {bank.slug} cannot be asked that")
            return await gateway.enrolment.of(number)
        finally:
            await gateway.close()

    try:
        told = run_loop(ask())
    except GatewayError as reason:
        raise failed(f"the bank did not say: {type(reason).__name__}: {reason}") from reason
    typer.echo(
        table(
            [
                ("enrolled", f"{told.enrolled} ({_ENROLLED[told.enrolled]})"),
                ("issuer", told.issuer or NOTHING),
                ("country", _country(told.country)),
                ("3-D Secure", _version(told)),
            ]
        )
    )


def _card_number() -> str:
    """Without an echo, or from standard input; never from the command line, where everybody on the machine reads it."""
    typed = getpass.getpass("Card number (not shown): ") if sys.stdin.isatty() else sys.stdin.readline()
    digits = re.sub(r"[ -]", "", typed.strip())
    if not _CARD_NUMBER.fullmatch(digits) or not luhn(digits):
        raise failed("that is no card number")
    return digits


def _country(code: str | None) -> str:
    if code is None:
        return NOTHING
    names = [Locale("en").territories.get(alpha) for alpha in get_global("territory_aliases").get(code, [])]
    return f"{code} ({names[0]})" if names and names[0] else code


def _version(told: Enrolment) -> str:
    if told.enrolled is not Enrolled.YES:
        return NOTHING
    return "2" if told.second_version else "1"
