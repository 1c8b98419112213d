"""Which host answers what: the staff's pages may have a name of their own, which payers' pages and their cookies never share.

Source: reliability.md §8 (3.5.4, 13.4.5).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from checkout.ground.config import Config

HOME: Final = "/desk"
# What pages of either kind load, and what operators ask, whatever name they call us by.
_SHARED: Final = ("/static/", "/csp-reports", "/healthz", "/readyz", "/metrics")


def of_staff(path: str) -> bool:
    return path == HOME or path.startswith(f"{HOME}/")


def siblings(config: Config, host: str) -> Collection[str]:
    """The hosts whose pages may send forms to this one."""
    return config.desk_hosts if host in config.desk_hosts else config.allowed_hosts


def known(config: Config, host: str) -> bool:
    """Whether we answer to this name at all."""
    return host in config.allowed_hosts or host in config.desk_hosts


def here(config: Config, host: str, path: str) -> bool:
    """Whether this path is answered under this name."""
    if not config.desk_hosts or path.startswith(_SHARED):
        return True
    return of_staff(path) == (host in config.desk_hosts)
