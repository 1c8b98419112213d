"""Thousands of malformed answers of a bank: none crashes the client, is believed, or outlasts the limits.

*Believed* has a meaning for each kind of answer, and each is tried:

A reading is believed when `settle` would book money on it: when `payment.judge` makes of a pending payment a captured
one. Of an answer in which one value is wrong that must never happen unless the bank really has the whole sum; and of
one that is wrong in more places, or as a whole, only if the body itself says so in every part that a person would
read: our number, status 2 (or 4), our sum, roubles, deposited and refunded together the whole of it, and no error.
A registration, for a charge or a hold, is believed when somebody would be sent to its page: that must be on the bank's
own host, and about the order that the answer names.
A QR code is believed when it would be shown: it leads to the system's own host or to the bank's, and to no other.
A saved card is believed when it would be offered: the bank lists it by this id, and does not say that it is switched off.
One that is added without paying is believed to have passed when its order was reversed, or given back whole.
A press leads to the issuer with the very words that the bank gave for it, and is done with a zero; neither says that money moved.
That one is switched off is believed over HTTP 200 only: with a zero, or with a code that says that it pays no more; that one
is bound again likewise, and then it must be listed, too.
What became of a code, or whether it was taken back, is believed in the bank's very words only.
The short word, and what is said of a card, are believed when a person would be shown them: each part stands in the answer.
A receipt is believed when one of ours would become ready: the answer names our order, and the row is printed, of our
direction, and of our sum where it tells one. Another order's receipt is nobody's here.
A yes (to a refund, a reversal, a decline, a completion, a push, a note, or about a receipt) is believed only with its zero, over
HTTP 200. The new dialect's place for receipts has no zero: there HTTP says it, and nothing may name another order or receipt.

    python -m pytest tests/proof/test_malformed_answers.py --answers=50000
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final

import pytest

from checkout.ground.ids import OrderId, PaymentId, ReceiptId
from checkout.payment import card_check
from checkout.payment.payment import Belief, Report, State, judge, report
from checkout.payment.receipt import Kind, Receipt, paired
from checkout.payment.receipt import State as Printing
from gateways import one_press
from gateways.bindings import SavedCard
from gateways.enrolment import Enrolment
from gateways.fiscal import BankReceipt, ReceiptState
from gateways.gateway import BankOrder, GatewayError, Refused, Registered, Unreachable
from gateways.money import Money
from gateways.sberbank.addresses import authority
from gateways.sberbank.status import status_of
from gateways.sberbank.verdicts import Operation
from gateways.sbp import CodeState, QrCode
from gateways.witness import Brief
from tests.gateways.corpus import Mutant, mutants
from tests.gateways.true_bank import ORIGIN, PATHS, SUM, Result, Truth, answering
from tests.gateways.truths import truths
from tests.proof.conftest import option

FEWEST: Final = 2_000
SEED: Final = "20261127"
AT_ONCE: Final = 200
LONGEST: Final = 5.5  # seconds: `total_seconds` of the corpus's contract, and its grace
PENDING: Final = Belief(State.PENDING, SUM, Money(0), Money(0), looks=1, missed=False, session_ends_at=None)
CODE_HOSTS: Final = {authority(ORIGIN), "qr.nspk.ru"}
# Numbers of a printed receipt, by whether it is of a refund; the new dialect says that beside the number.
DELIVERED: Final = {"sberbank-legacy": {False: "1", True: "4"}, "sberbank": {False: "3", True: "3"}}
ACTS: Final = (
    Operation.REFUND,
    Operation.REVERSE,
    Operation.DECLINE,
    Operation.COMPLETE,
    Operation.PUSH,
    Operation.RECEIPT_CLOSE,
    Operation.PROLONG,
    Operation.NOTE,
)


def expected(kind: Kind) -> Receipt:
    """One of ours that is still to come: asked for, where we have to ask."""
    at = datetime(2026, 5, 20, tzinfo=UTC)
    return Receipt(
        id=ReceiptId.new(),
        order_id=OrderId.new(),
        payment_id=PaymentId.new(),
        refund_id=None,
        kind=kind,
        state=Printing.EXPECTED,
        amount=SUM,
        positions=(),
        created_at=at,
        sent_at=at if kind.asked_for else None,
    )


EXPECTED: Final = {kind: expected(kind) for kind in (Kind.PAYMENT, Kind.CLOSING, Kind.REFUND)}


@dataclass(frozen=True, slots=True)
class Tried:
    """A mutant, what the client made of it, and how long that took in seconds."""

    mutant: Mutant
    result: Result | GatewayError
    seconds: float

    @property
    def outcome(self) -> str:
        return "understood" if not isinstance(self.result, GatewayError) else type(self.result).__name__


@pytest.fixture(scope="session")
async def tried(request: pytest.FixtureRequest) -> list[Tried]:
    """The whole corpus, given to the client."""
    wanted = option(request.config, "answers", 7_200) or FEWEST
    known = [truth for kind in PATHS for truth in await truths(kind)]
    each = -(-wanted // len(known))
    corpus = [mutant for truth in known for mutant in mutants(truth, each, SEED, stranger_of(truth, known))]
    found: list[Tried] = []
    for start in range(0, len(corpus), AT_ONCE):
        found += await asyncio.gather(*map(try_out, corpus[start : start + AT_ONCE]))
    return found


def stranger_of(truth: Truth, known: list[Truth]) -> Truth:
    """What the same bank says of another order: of the paid one, or of one that this is not; of receipts, of printed ones."""
    named = {other.name: other for other in known if other.kind == truth.kind}
    receipts = truth.operation is Operation.RECEIPTS
    paid, other = ("receipts printed", "receipts of another") if receipts else ("look paid", "look reversed")
    return named[paid] if named[paid].number != truth.number else named[other]


async def try_out(mutant: Mutant) -> Tried:
    """Anything but an error of our own ends the test here."""
    started = perf_counter()
    try:
        result: Result | GatewayError = await mutant.truth.call(answering(mutant.truth.kind, mutant.response))
    except GatewayError as error:
        result = error
    return Tried(mutant, result, perf_counter() - started)


def of(found: list[Tried], *operations: Operation) -> list[Tried]:
    return [one for one in found if one.mutant.truth.operation in operations]


def told_payment(body: bytes) -> bool:
    """Whether the bytes say in every part that a person would read that our order is paid, and was not declined."""
    said = json.loads(body)
    sums = said.get("paymentAmountInfo") or {"depositedAmount": said["amount"], "refundedAmount": 0}
    return (
        str(said["orderStatus"]) in {"2", "4"}
        and str(said["amount"]) == str(SUM.amount)
        and int(sums["depositedAmount"]) + int(sums["refundedAmount"]) == SUM.amount
        and str(said["currency"]) in {"643", "810"}
        and str(said.get("errorCode") or "0") == "0"
    )


def test_the_corpus_is_what_it_says(tried: list[Tried], tell: list[str]) -> None:
    """Every operation of the client in both dialects, at least two thousand answers, and every way of ending is met."""
    met = {one.mutant.truth.operation.value for one in tried}
    assert met == {operation.value for operation in Operation}
    different = {(one.mutant.truth.kind, one.mutant.truth.name, one.mutant.response) for one in tried}
    assert len(different) >= FEWEST
    outcomes = Counter(one.outcome for one in tried)
    assert min(outcomes[name] for name in ("understood", "Garbled", "Unreachable", "Throttled", "WrongState")) > 0
    tell.append(f"malformed answers: {len(tried)}, {len(different)} different: {dict(outcomes.most_common())}")
    ways = Counter(one.mutant.way for one in tried)
    tell.append(f"malformed answers: ways of spoiling: {dict(ways.most_common())}")


def test_no_answer_outlasts_the_limits(tried: list[Tried], tell: list[str]) -> None:
    """The time for all tries of a reading holds, whatever has to be read."""
    slowest = max(tried, key=lambda one: one.seconds)
    tell.append(
        f"malformed answers: the slowest took {slowest.seconds:.2f} s with its repetitions ({slowest.mutant.way})"
    )
    assert slowest.seconds < LONGEST


def test_one_wrong_value_never_makes_money(tried: list[Tried], tell: list[str]) -> None:
    """A payment is booked only where the bank truly has the whole sum, and one that it has is never given up."""
    single = [one for one in of(tried, Operation.LOOK) if one.mutant.places == 1 and isinstance(one.result, BankOrder)]
    states = Counter(state for one in single if (state := settled(one)))
    assert states[State.CAPTURED] > 0
    for one in single:
        truth, state = one.mutant.truth, settled(one)
        assert state is not State.CAPTURED or truth.captured == SUM.amount, one
        gone = state in {State.DECLINED, State.LAPSED, State.VOIDED}
        assert not gone or truth.captured == 0, one
    tell.append(f"malformed answers: with one wrong value a payment becomes {dict(states)}")


def test_only_a_body_that_says_so_makes_money(tried: list[Tried]) -> None:
    """However much of a reading is wrong: the money that is booked stands in it, about our order and no other."""
    for one in of(tried, Operation.LOOK):
        if isinstance(one.result, BankOrder):
            assert one.result.number == one.mutant.truth.number, one
            assert settled(one) is not State.CAPTURED or told_payment(one.mutant.response.body), one
            assert one.mutant.way != "strangers", one


def test_a_registration_never_leads_elsewhere(tried: list[Tried]) -> None:
    """Nobody is sent to another host, or to another order's page."""
    made = of(tried, Operation.REGISTER, Operation.HOLD)
    assert {one.mutant.truth.operation for one in made if isinstance(one.result, Registered)} == {"register", "hold"}
    for one in made:
        if isinstance(one.result, Registered):
            said = told(one)
            assert authority(one.result.form_url) == authority(ORIGIN), one
            assert (one.result.reference, one.result.form_url) == (said["orderId"], said["formUrl"]), one


def test_no_code_leads_elsewhere(tried: list[Tried]) -> None:
    """Nobody is shown a picture, or given a link, of another host or another application, wherever the code came from."""
    shown = 0
    for one in of(tried, Operation.REGISTER, Operation.HOLD, Operation.CODE):
        code = one.result.code if isinstance(one.result, Registered) else one.result
        link = one.result.app_link if isinstance(one.result, Registered) else None
        assert link is None or link.startswith("sberpay://"), one
        if isinstance(code, QrCode):
            said = told(one).get("externalParams", told(one))
            named = (said["qrcId"], said["sbpPayload"]) if "qrcId" in said else (said["qrId"], said["payload"])
            assert (code.id, code.payload) == named, one
            assert authority(code.payload) in CODE_HOSTS, one
            shown += 1
    assert shown


def test_a_code_stands_as_the_bank_says_and_not_otherwise(tried: list[Tried]) -> None:
    """Used or not, taken back or not: in its own word, over HTTP 200, and without an error beside it."""
    heard = [
        one
        for one in of(tried, Operation.CODE_STATE, Operation.CODE_REJECT)
        if not isinstance(one.result, GatewayError)
    ]
    assert {type(one.result) for one in heard} == {CodeState, bool}
    for one in heard:
        said = told(one)
        assert (one.mutant.response.status, str(said.get("errorCode") or "0")) == (200, "0"), one
        if isinstance(one.result, CodeState):
            words = {str(said.get(name)) for name in ("qrStatus", "status")}
            assert one.result is CodeState.UNRECOGNISED or one.result.upper() in words, one
        else:
            assert str(said["rejected"]).strip().lower() == str(one.result).lower(), one


def test_only_a_printed_receipt_of_our_order_is_ready(tried: list[Tried]) -> None:
    """Of a payment, of a full settlement and of a refund, as `paired` takes them; a stranger's becomes none of them."""
    ready = Counter[str]()
    for one in of(tried, Operation.RECEIPTS):
        if not isinstance(one.result, tuple):
            continue
        assert one.mutant.way != "strangers" or not one.result, one
        for ours, found in pairs(tuple(row for row in one.result if isinstance(row, BankReceipt))):
            if found.state is ReceiptState.READY:
                assert told_printed(one, ours, found), (one, ours.kind)
                ready[f"{one.mutant.truth.kind} {ours.kind}"] += 1
    assert ready.keys() == {f"{kind} {of_what}" for kind in PATHS for of_what in EXPECTED}


def test_a_yes_needs_its_zero_and_a_no_its_code(tried: list[Tried]) -> None:
    """What orders the bank to act: nothing is taken for done, or for refused, that the bank did not say."""
    acts = [one for one in of(tried, *ACTS) if not at_the_place_for_receipts(one)]
    assert {one.mutant.truth.operation for one in acts if one.result is None} == set(ACTS)
    for one in acts:
        status = one.mutant.response.status
        if one.result is None:
            assert (status, str(told(one)["errorCode"])) == (200, "0"), one
        elif isinstance(one.result, Refused):
            assert str(told(one)["errorCode"]) == one.result.code, one
        else:
            assert isinstance(one.result, Unreachable), one


def test_the_place_for_receipts_says_yes_and_no_by_http(tried: list[Tried]) -> None:
    """To another try, or to a full settlement; and never about another receipt, or another order, than was asked for."""
    asked = [one for one in tried if at_the_place_for_receipts(one)]
    assert {one.mutant.truth.operation for one in asked if one.result is None} == {"receipt_again", "receipt_close"}
    for one in asked:
        truth, status = one.mutant.truth, one.mutant.response.status
        if one.result is None:
            said = told(one)
            assert (status, str(said.get("errorCode") or "0")) == (200, "0"), one
            names = ("orderNumber", "receiptId" if truth.operation is Operation.RECEIPT_AGAIN else "orderId")
            about = {str(said[name]) for name in names if said.get(name) not in (None, "")}
            assert about <= {truth.number, *truth.named}, one
        elif isinstance(one.result, Refused):
            assert one.result.code in {str(status), str(status == 200 and told(one).get("errorCode"))}, one
        else:
            assert isinstance(one.result, Unreachable), one


def test_only_a_card_that_the_bank_lists_is_offered(tried: list[Tried]) -> None:
    """By the very id that the bank gave it, with no more of its number than the end; and one that is off is not listed."""
    offered = 0
    for one in of(tried, Operation.BINDINGS):
        for card in one.result if isinstance(one.result, tuple) else ():
            assert isinstance(card, SavedCard), one
            rows = [row for row in told(one)["bindings"] if str(row["bindingId"]) == card.id]
            assert any(str(row.get("bindingStatus")) != "0" for row in rows), one
            assert str(told(one).get("errorCode") or "0") in {"0", "2"}, one
            assert card.last4 is None or len(card.last4) == 4, one
            offered += 1
    assert offered


def test_a_card_has_passed_only_if_the_bank_says_so_and_took_nothing(tried: list[Tried]) -> None:
    """Of one that is added without paying: reversed, or given back whole, and named for the client that we told of."""
    kept = 0
    for one in of(tried, Operation.LOOK):
        if not isinstance(one.result, BankOrder) or not one.mutant.truth.number.startswith("chk_"):
            continue
        if card_check.report(one.result, named=True) is card_check.Report.SAVED:
            said = told(one)
            assert str(said["orderStatus"]) in {"3", "4"}, one
            assert str(said.get("paymentAmountInfo", {}).get("depositedAmount", 0)) == "0", one
            kept += one.result.binding is not None
    assert kept


def test_a_card_is_gone_only_if_the_bank_says_so(tried: list[Tried]) -> None:
    """Switched off by us, by its holder, or never there: each has its code, and a code is what it takes."""
    gone = [one for one in of(tried, Operation.UNBIND) if one.result is None]
    assert gone
    for one in gone:
        assert (one.mutant.response.status, str(told(one)["errorCode"]) in {"0", "1", "2", "15"}) == (200, True), one


def test_a_card_is_bound_again_only_if_the_bank_says_so(tried: list[Tried]) -> None:
    """With its zero, or because it is active by now; whether it then pays is what the list says."""
    back = [one for one in of(tried, Operation.BIND) if one.result is None]
    assert back
    for one in back:
        assert (one.mutant.response.status, str(told(one)["errorCode"]) in {"0", "2"}) == (200, True), one


def test_a_short_word_stands_in_the_answer(tried: list[Tried]) -> None:
    """About our order and no other: its state, its sum and what was charged, whichever way its names begin."""
    shown = [one for one in of(tried, Operation.SHORT) if isinstance(one.result, Brief)]
    assert {one.result.status.value for one in shown if isinstance(one.result, Brief)} >= {"registered", "deposited"}
    for one in shown:
        said, brief = {name[0].lower() + name[1:]: value for name, value in told(one).items() if name}, one.result
        assert isinstance(brief, Brief)
        assert (brief.number, str(said["orderNumber"])) == (one.mutant.truth.number,) * 2, one
        assert brief.status is status_of(int(said["orderStatus"])), one
        assert str(brief.amount.amount) == str(said["amount"]), one
        assert brief.deposited is None or str(brief.deposited.amount) == str(said["depositAmount"]), one
        assert str(said.get("errorCode") or "0") == "0", one


def test_a_card_is_enrolled_in_the_banks_word_alone(tried: list[Tried]) -> None:
    """Y, N or U, under either name, without an error beside it."""
    heard = [one for one in of(tried, Operation.ENROLMENT) if isinstance(one.result, Enrolment)]
    assert {one.result.enrolled.value for one in heard if isinstance(one.result, Enrolment)} == {"Y", "N"}
    for one in heard:
        assert isinstance(one.result, Enrolment)
        words = {str(told(one)[name]) for name in ("isEnrolled", "enrolled") if told(one).get(name) not in (None, "")}
        assert words == {one.result.enrolled.value}, one
        assert str(told(one).get("errorCode") or "0") == "0", one


def test_a_press_leads_where_the_bank_says_and_says_nothing_of_money(tried: list[Tried]) -> None:
    """To an acceptable address, with the order's own number and what the answer holds; tried, with a zero over HTTP 200."""
    met = Counter(type(one.result) for one in of(tried, Operation.PRESS))
    assert min(met[kind] for kind in (one_press.Tried, one_press.Confirm, Refused)) > 0
    for one in of(tried, Operation.PRESS):
        if isinstance(one.result, one_press.Confirm):
            said, sent = told(one), dict(one.result.fields)
            assert (authority(one.result.url) is None, one.result.url) == (False, said["acsUrl"]), one
            assert sent.pop("MD", None) in one.mutant.truth.named | {None}, one
            assert authority(sent.get("TermUrl", ORIGIN)) == authority(ORIGIN), one
            assert set(sent.values()) <= {said.get(name) for name in ("paReq", "termUrl", "packedCReq", "cReq")}, one
        elif isinstance(one.result, one_press.Tried):
            assert (one.mutant.response.status, str(told(one)["errorCode"])) == (200, "0"), one
        elif not isinstance(one.result, GatewayError):
            said = told(one)
            elsewhere = said.get("acsUrl") is not None and authority(said["termUrl"]) != authority(ORIGIN)
            assert said.get("threeDSServerTransId") or elsewhere, one


def told(one: Tried) -> dict[str, Any]:
    """What the spoilt answer says."""
    said: dict[str, Any] = json.loads(one.mutant.response.body)
    return said


def at_the_place_for_receipts(one: Tried) -> bool:
    """Whether it was asked where the new dialect keeps its receipts, to act."""
    truth = one.mutant.truth
    return truth.kind == "sberbank" and truth.operation in {Operation.RECEIPT_AGAIN, Operation.RECEIPT_CLOSE}


def pairs(found: tuple[BankReceipt, ...]) -> list[tuple[Receipt, BankReceipt]]:
    """Which of these would be taken for receipts of ours that are still to come."""
    known = paired(list(EXPECTED.values()), found)
    return [(ours, known[ours.id]) for ours in EXPECTED.values() if ours.id in known]


def told_printed(one: Tried, ours: Receipt, found: BankReceipt) -> bool:
    """Whether the bytes say that this receipt is of our order, printed, and of our direction."""
    said, truth = told(one), one.mutant.truth
    new = truth.kind == "sberbank"
    about = {str(said[name]) for name in ("orderNumber", "orderId") if said.get(name) not in (None, "")}
    rows = [
        row for row in said["receipts" if new else "receipt"] if str(row["receiptId" if new else "uuid"]) == found.id
    ]
    return (
        bool(about)
        and about <= {truth.number, *truth.named}
        and DELIVERED[truth.kind][ours.refund] in {str(row["receiptStatus"]) for row in rows}
        and (not new or (rows[0].get("receiptType") or "sell") == ("sell_refund" if ours.refund else "sell"))
    )


def settled(one: Tried) -> State | None:
    """What `settle` would make of a pending payment."""
    if not isinstance(one.result, BankOrder):
        return None
    found: Report = report(PENDING, one.result)
    return judge(PENDING, found).state
