"""Callbacks: the signature, what they say, when they are due, and the faults on their way."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from gateways.sandbox import Bank, Delivery, Dialect, Fault, Rule, Scope, pay
from gateways.sandbox.extras import java_date
from gateways.sandbox.reverting import refund, reverse
from gateways.sandbox.signing import checksum
from tests.sandbox.rehearsal import (
    CALLBACK_URL,
    FRICTIONLESS,
    NOON,
    SECRET,
    bank,
    deliver,
    merchant,
    paid,
    register,
)

S_STAR = "amount;123456;mdOrder;3ff6962a-7dcc-4283-ab50-a6d7dd3386fe;operation;deposited;orderNumber;10747;status;1;"
SAMPLE = "mdOrder;70906e55-7114-41d6-8332-4609dc6590f4;operation;"
VECTORS = {
    "H1": (
        "ooc7slpvc61k7sf7ma7p4hrefr",
        "mdOrder;06cf5599-3f17-7c86-bdbc-bd7d00a8b38b;operation;approved;orderNumber;2003;status;1;",
        "EAF2FB72CAB99FD5067F4BA493DD84F4D79C1589FDE8ED29622F0F07215AA972",
    ),
    "H2": ("yourSecretToken", S_STAR, "51C892147225ABE87798CB02979D70EF46D0AE79B5AA3B28B1C260BE286C50A9"),
    "H3": ("9na06usmbdmbrqsuetva9aio57", S_STAR, "9BAC11066CE50B6C3D5381592F4D8CB53F305E380D8C338D06D0F0B95CFA673D"),
    "H4": ("test", S_STAR, "6351F0E7D1BD1E260F9191D80B1D64A54589F5D6B0D7BA07ABAD6165842952BC"),
    "H5": (
        "123",
        "amount;1500;mdOrder;ed6f3abf-cea0-427e-afdf-0ba43ead124f;operation;deposited;orderNumber;89312;status;1;",
        "9F8253A6BB7777D067DD955751119FA5AAF67B14B9215147190F96B505CDB72C",
    ),
    "H6": (
        SECRET,
        SAMPLE + "approved;orderNumber;A-1001;status;1;",
        "675D8619AF720E211AFE9F1AD45225569FA348C001E5AA7E9806DAA97007B8FD",
    ),
    "H7": (
        SECRET,
        SAMPLE + "deposited;orderNumber;A-1001;status;0;",
        "C75BCB2103AF6A88E2F32794078D86EF976D01D5E6688D8568428C72F39165A4",
    ),
    "H8": (
        SECRET,
        "amount;19900;callbackCreationDate;Mon Jan 31 21:46:52 MSK 2022;"
        + SAMPLE
        + "deposited;orderNumber;A-1001;status;1;sign_alias;SHA-256 with RSA;",
        "F9B41E62928B10EA0C27E34776A8A2C8FA57D2C691AAF82F246C7A25F7F042CB",
    ),
    "H9": (
        SECRET,
        "depositedAmount;9900;email;;"
        + SAMPLE
        + "refunded;orderNumber;Заказ-7;phone;+79991234567;refundedAmount;10000;status;1;",
        "484621A98139C154723CC35AEDF37244D9672ACA684EBF73D5CD696937B9FC64",
    ),
    "H10": (
        SECRET,
        "bindingId;37e2a02e-9f7b-4335-9e45-7a6a1ec2c95a;clientId;1;enabled;false;",
        "498BD233A470D0F46FB78E9CB3C04F7CAF041DAF7C3CBD053689760595B3516F",
    ),
    "H11": (
        SECRET,
        "Zeta;z;mdOrder;m;operation;deposited;orderNumber;1;status;1;",
        "6F72193A7481FADC042FD865B359526F9C60C098721A702CE08E4DE97CAF754D",
    ),
}


def query(delivery: Delivery) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(delivery.url).query))


def due(here: Bank) -> list[tuple[str, bool]]:
    return [(one.operation, one.succeeded) for one in deliver(here)]


@pytest.mark.parametrize(("secret", "text", "expected"), VECTORS.values(), ids=VECTORS.keys())
def test_the_signer_agrees_with_the_known_sums(secret: str, text: str, expected: str) -> None:
    """Parameters in any order, a checksum among them, give the documented sum."""
    cells = text.split(";")[:-1]
    params = dict(zip(cells[::2], cells[1::2], strict=True)) | {"checksum": "whatever"}
    assert checksum(secret, params) == expected
    assert checksum(secret, dict(reversed(params.items()))) == expected


def test_a_legacy_callback_is_a_signed_get() -> None:
    """It says which order, what happened, how much, and its sum covers exactly what the bank appended."""
    here = bank()
    order = paid(here, number="Заказ 7+")
    (sent,) = deliver(here)
    params = query(sent)
    assert (sent.method, sent.body) == ("GET", b"")
    assert sent.url.startswith(f"{CALLBACK_URL}?mdOrder={order.id}&")
    assert params.pop("checksum") == checksum(SECRET, params)
    assert params == {
        "mdOrder": order.id,
        "orderNumber": "Заказ 7+",
        "operation": "deposited",
        "status": "1",
        "amount": "19900",
    }


def test_an_address_with_a_query_is_extended() -> None:
    """The merchant's own parameters stay in front and are not signed."""
    here = bank(callback_url="http://shop.test/?route=bank")
    paid(here)
    (sent,) = deliver(here)
    params = query(sent)
    assert params.pop("route") == "bank"
    assert params.pop("checksum") == checksum(SECRET, params)


def test_an_ecom_callback_is_an_unsigned_json_post() -> None:
    """The status is a number there, and there is no checksum."""
    here = bank()
    order = paid(here, dialect=Dialect.ECOM)
    (sent,) = deliver(here)
    assert (sent.method, sent.url, sent.content_type) == ("POST", CALLBACK_URL, "application/json;charset=UTF-8")
    assert json.loads(sent.body) == {"mdOrder": order.id, "orderNumber": "A-1", "operation": "deposited", "status": 1}


def test_a_merchant_may_insist_on_one_form() -> None:
    """The portal's setting wins over the dialect of the order."""
    here = bank(callback_dialect=Dialect.ECOM)
    paid(here)
    assert deliver(here)[0].method == "POST"


def test_an_order_may_name_its_own_address() -> None:
    """A dynamic address takes the place of the static one, in the old dialect only."""
    here = bank()
    paid(here, "A-1", dynamicCallbackUrl="http://elsewhere.test/x")
    paid(here, "A-2", Dialect.ECOM, dynamicCallbackUrl="http://elsewhere.test/x")
    assert [urlsplit(one.url).netloc for one in deliver(here)] == ["elsewhere.test", "shop.test"]


def test_without_an_address_there_is_no_callback() -> None:
    """Nothing is queued, and no fault is used up."""
    here = bank(callback_url=None)
    here.faults.add(Rule(Fault.DROP, "callback"))
    paid(here)
    assert deliver(here) == []
    assert len(here.faults.rules) == 1


def test_without_a_secret_there_is_no_checksum() -> None:
    """Signing is the merchant's choice."""
    here = bank(callback_secret=None)
    paid(here)
    assert "checksum" not in query(deliver(here)[0])


def test_every_operation_rings_once() -> None:
    """Payment, two refunds; another payment and its reversal."""
    here = bank()
    first, second = paid(here, "A-1"), paid(here, "A-2")
    refund(here, first, 100, external_id="r-1")
    refund(here, first, 200, external_id="r-2")
    refund(here, first, 200, external_id="r-2")
    reverse(here, second)
    assert due(here) == [("deposited", True)] * 2 + [("refunded", True)] * 2 + [("reversed", True)]


def test_the_merchant_chooses_operations_and_extras() -> None:
    """Ticked extras are sent and signed; extras with nothing to say are left out."""
    here = bank(
        callback_operations=frozenset({"created", "refunded"}),
        callback_extras=("refundedAmount", "externalRefundId", "callbackCreationDate", "email", "maskedPan"),
    )
    order = paid(here)
    refund(here, order, 500, external_id="r-1")
    created, refunded = deliver(here)
    params = query(refunded)
    assert query(created)["operation"] == "created"
    assert params.pop("checksum") == checksum(SECRET, params)
    assert params == {
        "mdOrder": order.id,
        "orderNumber": "A-1",
        "operation": "refunded",
        "status": "1",
        "refundedAmount": "500",
        "externalRefundId": "r-1",
        "callbackCreationDate": "Wed May 20 12:00:00 MSK 2026",
        "maskedPan": "411111**1111",
    }


def test_unknown_extras_are_refused_at_once() -> None:
    """A typing mistake in a merchant's settings does not wait for the first payment."""
    with pytest.raises(ValueError, match="extras"):
        Bank([merchant(callback_extras=("colour",))])


def test_dates_look_like_javas() -> None:
    """English names, Moscow time."""
    assert java_date(1643654812) == "Mon Jan 31 21:46:52 MSK 2022"


# Tries


def test_three_tries_and_then_silence() -> None:
    """Anything but 200 is tried again after the spacing, three times in all."""
    here = bank(callback_spacing=30)
    paid(here)
    tries: list[tuple[float, int]] = []
    for answer in (500, None, 302):
        (sent,) = here.take_due_callbacks()
        tries.append((here.clock.now() - NOON, sent.attempt))
        here.callback_answered(sent, answer)
        assert here.take_due_callbacks() == []
        here.advance(30)
    assert tries == [(0, 1), (30, 2), (60, 3)]
    assert here.take_due_callbacks() == []
    assert [one.status for one in here.outbox.tried] == [500, None, 302]


def test_success_ends_the_tries() -> None:
    """A 200 is the end of it."""
    here = bank()
    paid(here)
    deliver(here)
    here.advance(1000)
    assert here.take_due_callbacks() == []


# Faults


def test_a_dropped_callback_never_comes() -> None:
    """Only the one that was ordered is lost."""
    here = bank()
    here.faults.add(Rule(Fault.DROP, "callback"))
    paid(here, "A-1")
    paid(here, "A-2")
    assert [one.number for one in deliver(here)] == ["A-2"]


def test_a_duplicated_callback_comes_twice_or_more() -> None:
    """Both copies are true."""
    here = bank()
    here.faults.add(Rule(Fault.DUPLICATE, "callback"))
    here.faults.add(Rule(Fault.DUPLICATE, "callback", value=3))
    paid(here, "A-1")
    paid(here, "A-2")
    assert [one.number for one in deliver(here)] == ["A-1", "A-1", "A-2", "A-2", "A-2"]


def test_a_delayed_callback_comes_late() -> None:
    """Not a second before its time."""
    here = bank()
    here.faults.add(Rule(Fault.DELAY, "callback", value=900))
    paid(here)
    here.advance(899)
    assert deliver(here) == []
    here.advance(1)
    assert due(here) == [("deposited", True)]


def test_a_reordered_callback_follows_the_next_one() -> None:
    """The refund is heard of before the payment."""
    here = bank()
    here.faults.add(Rule(Fault.REORDER, "callback"))
    order = paid(here)
    assert deliver(here) == []
    refund(here, order, 100, external_id="r-1")
    here.advance(1)
    assert due(here) == [("refunded", True), ("deposited", True)]
    here.advance(1000)
    assert deliver(here) == []


def test_a_reordered_callback_does_not_wait_for_ever() -> None:
    """Without a next one it comes after its time."""
    here = bank()
    here.faults.add(Rule(Fault.REORDER, "callback", value=20))
    paid(here)
    here.advance(20)
    assert due(here) == [("deposited", True)]


@pytest.mark.parametrize("settings", [{}, {"callback_secret": None}])
def test_a_forged_callback_has_a_wrong_checksum(settings: dict[str, Any]) -> None:
    """It looks right in every other way."""
    here = bank(**settings)
    here.faults.add(Rule(Fault.FORGE, "callback"))
    paid(here)
    params = query(deliver(here)[0])
    claimed = params.pop("checksum")
    assert len(claimed) == 64
    assert claimed != checksum(SECRET, params)


def test_a_forged_json_callback_lies() -> None:
    """Without a signature there is only the content to falsify: an unpaid order is said to be paid."""
    here = bank()
    order = register(here, dialect=Dialect.ECOM)
    here.resend(order, "declinedByTimeout", succeeded=False, forged=True)
    told = json.loads(deliver(here)[0].body)
    assert (told["operation"], told["status"]) == ("deposited", 1)


def test_a_callback_can_be_sent_by_hand() -> None:
    """Again, as often as one likes; the order does not change."""
    here = bank()
    order = register(here)
    sent = here.resend(order, "deposited", succeeded=True, forged=False)
    assert sent is not None
    params = query(sent)
    assert params.pop("checksum") == checksum(SECRET, params)
    assert order.deposited == 0


def test_rules_for_callbacks_can_be_for_one_order() -> None:
    """Everybody else's come as usual."""
    here = bank()
    order = register(here, "A-1")
    pay(here, order, FRICTIONLESS)
    deliver(here)
    here.faults.add(Rule(Fault.DROP, "callback", Scope.ORDER, "A-2"))
    paid(here, "A-2")
    refund(here, order, 1, external_id=None)
    assert due(here) == [("refunded", True)]
