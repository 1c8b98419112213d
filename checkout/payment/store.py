"""Where payments are kept: what they are and how one begins.

Who looks at the bank for one stands in `lease_store`, how much of it goes back in `back_store`, and what the bank said of it,
and when it rang, in `said_store`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.errors import Conflict
from checkout.ground.ids import CardId, ClientId, OrderId, PaymentId, PersonId
from checkout.payment.card import NOTHING, Named
from checkout.payment.hold import Act, Hold
from checkout.payment.payment import LIVE, UNSETTLED, Belief, State
from gateways.gateway import Registered, Way
from gateways.money import Money
from gateways.sbp import CodeState, QrCode


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment as it is kept. `token` fences: a result is written only under the token it was fetched with.

    `discreet`: somebody else was led to its bank page, and is to learn nothing of the visit. `parked`: why nobody asks the
    bank any more. `troubled`: its bank did not answer of late (see `breaker`). `charged_back`: what of the refunded sum its
    payer's bank took. `dispute`: "flagged" while the bank alone says that it was charged back, "booked" once our books do.
    `way`: how it is paid at the bank, as the payer chose and then as the bank says. `code`: its QR code;
    `code_state`: what the bank said of that, a courtesy to whoever waits. `app_link`: opens it in the bank's application.
    `two_stage`: the bank holds the sum first, and does so `held_since`; `hold`: what is meant to become of that.
    `client`: whose saved cards the bank was told that it is about; `card`: the only one that may pay; `card_consent`: the words
    that were agreed to, if the card that pays is to be saved. `pressed`: the bank may have been told to charge `card`.
    """

    id: PaymentId
    order_id: OrderId
    payer_id: PersonId
    data_key: bytes | None
    method: str
    merchant: str
    belief: Belief
    captured: Money
    charged_back: Money
    reference: str | None
    form_url: str | None
    token: int
    fact_digest: bytes | None
    captured_at: datetime | None
    action_code: int | None
    discreet: bool = False
    card_brand: str | None = None
    card_last4: str | None = None
    parked: str | None = None
    troubled: bool = False
    dispute: str | None = None
    way: Way | None = None
    code: QrCode | None = None
    code_state: CodeState | None = None
    app_link: str | None = None
    two_stage: bool = False
    held_since: datetime | None = None
    hold: Hold | None = None
    client: ClientId | None = None
    card: CardId | None = None
    card_consent: str | None = None
    pressed: bool = False

    @property
    def told(self) -> str:
        """How it was paid, in one word: at the bank by which way, else at the desk by what."""
        return str(self.way or self.method)

    @property
    def by_app(self) -> bool:
        """Whether it is paid in a banking application, and not on the bank's page."""
        return self.way in (Way.SBP, Way.SBERPAY)

    @property
    def number(self) -> str:
        """Our order number at the bank: the payment's own id, burned by the first use."""
        return str(self.id)

    @property
    def state(self) -> State:
        return self.belief.state

    @property
    def flagged(self) -> bool:
        """Whether the bank says that it was charged back, and nobody has booked that yet."""
        return self.dispute == "flagged"

    @property
    def gone_at_bank(self) -> Money:
        """What the bank's status is to show as gone back, by our books: a chargeback shows in none."""
        return self.belief.refunded - self.charged_back

    @property
    def unseen(self) -> bool:
        """Whether nobody can have paid: the bank's page was never known to us, so it was never shown."""
        return self.form_url is None and self.state in (State.REGISTERING, State.UNKNOWN)


COLUMNS: Final = """p.*, o.currency, o.payer_id, per.data_key, card.client_id, card.card_id, card.consent AS card_consent,
       card.pressed_at IS NOT NULL AS pressed,
       EXISTS (SELECT FROM gateway_breaker b WHERE b.merchant = p.merchant) AS troubled"""
JOINED: Final = """JOIN orders o ON o.id = p.order_id JOIN person per ON per.id = o.payer_id
  LEFT JOIN payment_card card ON card.payment_id = p.id"""
_INSERT_CARD = sql("""
INSERT INTO payment (id, order_id, method, state, merchant, amount, return_hash, discreet, way, two_stage, session_ends_at,
                     due_at, lease_until, token)
VALUES (:id, :order_id, 'card', 'registering', :merchant, :amount, :return_hash, :discreet, :way, :two_stage,
        :session_ends_at,
        app_now() + interval '30 seconds', app_now() + interval '30 seconds', 1)""")
_INTEND_CARD = sql(
    "INSERT INTO payment_card (payment_id, client_id, card_id, consent) VALUES (:id, :client, :card, :consent)"
)
_HUSH = sql("UPDATE payment SET discreet = true WHERE id = :id AND NOT discreet")
_INSERT_TAKEN = sql("""
INSERT INTO payment (id, order_id, method, state, merchant, amount, captured, captured_at, reference)
VALUES (:id, :order_id, :method, 'captured', :merchant, :amount, :amount, app_now(), :reference)""")
_UNDO_TAKEN = sql("""
UPDATE payment SET state = 'voided', captured = 0
 WHERE id = :id AND method <> 'card' AND state = 'captured' AND refunded = 0 AND reserved = 0""")
_REGISTERED = sql("""
UPDATE payment SET state = :state, reference = :reference, form_url = :form_url, due_at = :due_at, lease_until = NULL,
       code_id = :code_id, code_payload = :code_payload, app_link = :app_link
 WHERE id = :id AND token = :token AND state = 'registering'""")
_READ = sql(f"SELECT {COLUMNS} FROM payment p {JOINED} WHERE p.id = :id")  # noqa: S608 - as above
_OF_ORDER = sql(f"SELECT {COLUMNS} FROM payment p {JOINED} WHERE p.order_id = :order ORDER BY p.id")  # noqa: S608 - as above
_BY_REFERENCE = sql(
    f"SELECT {COLUMNS} FROM payment p {JOINED} WHERE p.merchant = :merchant AND p.method = 'card' AND p.reference = :reference"  # noqa: S608 - as above
)
_BY_RETURN = sql(f"SELECT {COLUMNS} FROM payment p {JOINED} WHERE p.return_hash = :hash")  # noqa: S608 - as above


def payment(row: Row[Any]) -> Payment:
    def money(amount: int) -> Money:
        return Money(amount, row.currency)

    return Payment(
        id=PaymentId(row.id),
        order_id=OrderId(row.order_id),
        payer_id=PersonId(row.payer_id),
        data_key=row.data_key,
        method=row.method,
        merchant=row.merchant,
        belief=Belief(
            state=State(row.state),
            amount=money(row.amount),
            refunded=money(row.refunded),
            reserved=money(row.reserved),
            looks=row.looks,
            missed=row.missed,
            session_ends_at=row.session_ends_at,
            accepted=None if row.accepted is None else money(row.accepted),
            completing=None if row.hold_sum is None else money(row.hold_sum),
        ),
        captured=money(row.captured),
        charged_back=money(row.charged_back),
        reference=row.reference,
        form_url=row.form_url,
        token=row.token,
        fact_digest=row.fact_digest,
        captured_at=row.captured_at,
        action_code=row.action_code,
        discreet=row.discreet,
        card_brand=row.card_brand,
        card_last4=row.card_last4,
        parked=row.parked,
        troubled=row.troubled,
        dispute=row.dispute,
        way=None if row.way is None else Way(row.way),
        code=None if row.code_id is None else QrCode(row.code_id, row.code_payload),
        code_state=None if row.code_state is None else CodeState(row.code_state),
        app_link=row.app_link,
        two_stage=row.two_stage,
        held_since=row.held_at,
        hold=None
        if row.hold_act is None
        else Hold(Act(row.hold_act), None if row.hold_sum is None else money(row.hold_sum), row.hold_tries),
        client=None if row.client_id is None else ClientId(row.client_id),
        card=None if row.card_id is None else CardId(row.card_id),
        card_consent=row.card_consent,
        pressed=row.pressed,
    )


async def intend(
    tx: Tx,
    payment_id: PaymentId,
    order_id: OrderId,
    *,
    merchant: str,
    amount: Money,
    ends: datetime,
    return_hash: bytes,
    discreet: bool,
    two_stage: bool,
    way: Way = Way.CARD,
    cards: Named = NOTHING,
) -> None:
    """The intent, before the bank hears of it; leased to the caller under token 1."""
    await run(
        tx,
        _INSERT_CARD,
        id=payment_id.uuid,
        order_id=order_id.uuid,
        merchant=merchant,
        amount=amount.amount,
        session_ends_at=ends,
        return_hash=return_hash,
        discreet=discreet,
        way=way,
        two_stage=two_stage,
    )
    if cards.client is not None:
        card = cards.card.uuid if cards.card else None
        await run(tx, _INTEND_CARD, id=payment_id.uuid, client=cards.client.uuid, card=card, consent=cards.consent)


async def hush(tx: Tx, payment_id: PaymentId) -> None:
    """Somebody else is led to the open page of this payment: from now on its result is discreet."""
    await run(tx, _HUSH, id=payment_id.uuid)


async def insert_taken(
    tx: Tx,
    payment_id: PaymentId,
    order_id: OrderId,
    *,
    method: str,
    merchant: str,
    amount: Money,
    reference: str | None = None,
) -> None:
    """What was taken at the desk is ours at once. `reference`: the clerk's word for where to find it, not the bank's."""
    await run(
        tx,
        _INSERT_TAKEN,
        id=payment_id.uuid,
        order_id=order_id.uuid,
        method=method,
        merchant=merchant,
        amount=amount.amount,
        reference=reference,
    )


async def undo_taken(tx: Tx, payment_id: PaymentId) -> bool:
    """A payment taken at the desk was a mistake and counts no more; False if some of it went back, or is promised."""
    return await run(tx, _UNDO_TAKEN, id=payment_id.uuid) == 1


async def answered(
    tx: Tx, payment_id: PaymentId, state: State, registered: Registered | None, *, due_at: datetime | None
) -> bool:
    """The outcome of registering, written by whoever still holds token 1."""
    changed = await run(
        tx,
        _REGISTERED,
        id=payment_id.uuid,
        token=1,
        state=state,
        reference=registered.reference if registered else None,
        form_url=registered.form_url if registered else None,
        code_id=registered.code.id if registered and registered.code else None,
        code_payload=registered.code.payload if registered and registered.code else None,
        app_link=registered.app_link if registered else None,
        due_at=due_at,
    )
    return changed == 1


async def read(tx: Tx, payment_id: PaymentId) -> Payment | None:
    row = await one(tx, _READ, id=payment_id.uuid)
    return payment(row) if row else None


async def of_order(tx: Tx, order_id: OrderId) -> list[Payment]:
    """Oldest first: ids sort by the time they were made."""
    return [payment(row) for row in await rows(tx, _OF_ORDER, order=order_id.uuid)]


async def refuse_unsettled(tx: Tx, order_id: OrderId) -> None:
    """Raises Conflict while the bank may hold money for the order: `bank_session_open` (it can be closed) or being checked."""
    for found in await of_order(tx, order_id):
        if found.state in LIVE:
            raise Conflict("bank_session_open", until=found.belief.session_ends_at)
        if found.state in UNSETTLED:
            raise Conflict("payment_being_checked", payment=str(found.id))


async def by_reference(tx: Tx, merchant: str, reference: str) -> Payment | None:
    row = await one(tx, _BY_REFERENCE, merchant=merchant, reference=reference)
    return payment(row) if row else None


async def by_return(tx: Tx, return_hash: bytes) -> Payment | None:
    row = await one(tx, _BY_RETURN, hash=return_hash)
    return payment(row) if row else None
