"""Registries of banks, read by their templates: what is understood, and what is refused before it has any effect."""

from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from checkout.books import registry_file
from checkout.books.registry import Operation
from checkout.books.registry_file import RegistryError, read
from checkout.books.template import Template, templates
from gateways.money import Money

SBERBANK = (
    "Дата операции;Дата расчётов;Терминал;Номер заказа;RRN;Код авторизации;Тип операции;Сумма операции;Комиссия;"
    "Сумма к зачислению\n"
    "26.11.2026;27.11.2026;10000001;pay_1;400000000001;A1;Оплата;2 500,00;52,50;2447,50\n"
    "26.11.2026;27.11.2026;10000001;pay_1;400000000002;A2;Возврат;-700,00;0,00;-700,00\n"
)
TOCHKA = (
    "TRANS_DATE;TRANSACTION_ID;SUM;COMMISSION;PARENT_TRANSACTION_ID;TRANSACTION_TYPE;PAYMENT_METHOD_TYPE;RRN;AUTH_CODE;"
    "ORDER_UID;QRC_ID\n"
    "26.11.2026 23:59:59;t1;2500,00;52,50;;PAYMENT;CARD;1;2;pay_1;\n"
    "26.11.2026 23:59:59;t2;700,00;0,00;t1;REFUND;CARD;1;2;pay_1;\n"
)
YOOKASSA = (
    "Идентификатор платежа;Сумма платежа;Валюта;Сумма к перечислению;Дата платежа;Описание;Номер заказа\n"
    "y1;2500.00;RUB;2412.50;26.11.2026 12:00:00;x;pay_1\n"
)
OWN = "reference;order_number;parent;operation;amount;fee;net;operated_on;settled_on\n"
SOUND = "1;pay_1;;payment;2500,00;52,50;;26.11.2026;\n"


def write(path: Path, text: str, template: str = "own") -> tuple[Path, Template]:
    layout = templates()[template]
    path.write_bytes(text.encode(layout.encoding))
    return path, layout


def faults(path: Path, text: str) -> str:
    """Why the file of one's own is refused."""
    with pytest.raises(RegistryError) as refused:
        list(read(*write(path, text)))
    return str(refused.value)


@pytest.mark.parametrize(
    ("template", "text"), [("sberbank", SBERBANK), ("tochka", TOCHKA), ("yookassa", YOOKASSA), ("own", OWN + SOUND)]
)
def test_each_template_reads_its_bank(tmp_path: Path, template: str, text: str) -> None:
    """Sums become kopecks with their signs, whatever the bank's encoding and decimal sign."""
    payment, *back = read(*write(tmp_path / "a.csv", text, template))
    assert (payment.operation, payment.amount, payment.operated_on) == (
        Operation.PAYMENT,
        Money(250_000),
        date(2026, 11, 26),
    )
    assert payment.fee + payment.net == payment.amount
    assert payment.order_number == "pay_1"
    for line in back:
        assert (line.operation, line.amount, line.net, line.fee) == (
            Operation.REFUND,
            Money(70_000),
            Money(-70_000),
            Money(0),
        )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: “reference” is expected, the file has “”."),
        (OWN, "The file has no operations."),
        (OWN.replace("reference;order_number", "order_number;reference") + SOUND, "line 1: “reference” is expected"),
        (OWN.replace("\n", ";extra\n") + SOUND, "the file has “extra”"),
        (OWN + SOUND + SOUND, "line 3: The same line as 2."),
        (OWN + SOUND.replace("2500,00", "0,00"), "line 2: amount: The sum is zero."),
        (OWN + SOUND.replace("2500,00", ""), "line 2: amount: The cell is empty."),
        (OWN + SOUND.replace("2500,00", "1e3"), "line 2: amount: “1e3” is no sum."),
        (OWN + SOUND.replace("2500,00", "2500.00"), "line 2: amount: “2500.00” is no sum."),
        (OWN + SOUND.replace("2500,00", "2500,001"), "line 2: amount: “2500,001” is no sum."),
        (OWN + SOUND.replace(";;26", ";2000,00;26"), "line 2: net: The sum less the fee is 2447.50, the file says 2000.00."),
        (OWN + SOUND.replace("26.11.2026", "2026-11-26"), "line 2: operated_on: “2026-11-26” is no date"),
        (OWN + SOUND.replace(";payment;", ";gift;"), "line 2: operation: “gift” is no known operation."),
        (OWN + SOUND.replace("1;pay_1", ";pay_1"), "line 2: reference: The cell is empty."),
        (OWN + SOUND.replace("1;pay_1", "1\0;pay_1"), "line 2: reference: Too long, or with invisible characters."),
        (OWN + "1;2\n", "line 2: The line has 2 cells, not 9."),
        (OWN + '"1;2\n', "line 2: The line cannot be read as a table."),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_named(tmp_path: Path, text: str, fault: str) -> None:
    """By line and column, in words."""
    assert fault in faults(tmp_path / "a.csv", text)


def test_all_faults_are_told_up_to_twenty(tmp_path: Path) -> None:
    """Whoever mends a file sees more than the first of them."""
    found = faults(tmp_path / "a.csv", OWN + "1;2\n" * 50)
    assert len(found.splitlines()) == registry_file.MOST_FAULTS


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    """Bytes that are no UTF-8."""
    path = tmp_path / "a.csv"
    path.write_bytes((OWN + SOUND).encode() + b"\xff\n")
    with pytest.raises(RegistryError, match="cannot be read as utf-8"):
        list(read(path, templates()["own"]))


def test_too_large_a_file_is_not_opened(tmp_path: Path) -> None:
    """Its size alone says no."""
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(registry_file.LARGEST + 1)
    with pytest.raises(RegistryError, match="larger than 50 MB"):
        registry_file.digest(path)


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_file_holds_it_is_read_or_refused(tmp_path: Path, tail: bytes) -> None:
    """No other error comes out, and no sum that does not add up."""
    path = tmp_path / "a.csv"
    path.write_bytes(OWN.encode() + tail)
    with contextlib.suppress(RegistryError):
        for line in read(path, templates()["own"]):
            assert abs((line.fee + line.net).amount) == line.amount.amount


def test_a_template_that_says_too_little_is_refused() -> None:
    """Without sums, or with two words for what a line is."""
    own = templates()["own"].model_dump()
    with pytest.raises(ValidationError, match="nothing is amount"):
        Template.model_validate({**own, "columns": [one for one in own["columns"] if one["field"] != "amount"]})
    with pytest.raises(ValidationError, match="either a column says it, or the template"):
        Template.model_validate({**own, "operation": "payment"})
