"""Every state of the staff's pages, by name: a table a room. A template of theirs without a state fails the tests."""

from __future__ import annotations

from typing import Final

from tests.browser import (
    desk_states_audit,
    desk_states_books,
    desk_states_catalogue,
    desk_states_chargebacks,
    desk_states_finance,
    desk_states_passkeys,
    desk_states_people,
    desk_states_texts,
    desk_states_till,
    desk_states_visits,
)
from tests.browser.desk import DeskState

_TABLES: Final = (
    *(desk_states_people, desk_states_passkeys, desk_states_audit),
    *(desk_states_finance, desk_states_till, desk_states_books, desk_states_visits),
    *(desk_states_catalogue, desk_states_texts, desk_states_chargebacks),
)
DESK_STATES: Final[dict[str, DeskState]] = {state.name: state for table in _TABLES for state in table.STATES}
