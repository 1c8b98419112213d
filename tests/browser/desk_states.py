"""Every state of the staff's pages, by name: a table a room. A template of theirs without a state fails the tests."""

from __future__ import annotations

from typing import Final

from tests.browser import desk_states_audit, desk_states_books, desk_states_passkeys, desk_states_people
from tests.browser.desk import DeskState

DESK_STATES: Final[dict[str, DeskState]] = {
    state.name: state
    for state in (
        *desk_states_people.STATES,
        *desk_states_passkeys.STATES,
        *desk_states_audit.STATES,
        *desk_states_books.STATES,
    )
}
