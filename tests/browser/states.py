"""Every state of the payer's pages, by name. A template or a face without a state fails `test_states.py`."""

from __future__ import annotations

from typing import Final

from tests.browser import (
    states_booking,
    states_card_care,
    states_checked,
    states_paid,
    states_paying,
    states_phone,
    states_press,
    states_saved,
)
from tests.browser.scene import State

STATES: Final[dict[str, State]] = (
    states_booking.STATES
    | states_paying.STATES
    | states_phone.STATES
    | states_saved.STATES
    | states_checked.STATES
    | states_card_care.STATES
    | states_press.STATES
    | states_paid.STATES
)
