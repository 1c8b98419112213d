"""The tester's hands on the bank: `/sandbox/…`, as pages for people and as JSON for programs.

For loopback only: it has no login. Never expose it.
"""

from gateways.sandbox.control.changes import routes as _changes
from gateways.sandbox.control.looks import routes as _looks

routes = (*_looks, *_changes)

__all__ = ["routes"]
