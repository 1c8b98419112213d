"""Web addresses that come from outside, judged by one strict grammar.

Browsers repair what they are given (backslashes, tabs, credentials before an @), so an address that needs repair is no
address here: whatever passes is read alike by every parser.
"""

from __future__ import annotations

import re
from typing import Final

_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[::1\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!$%&'()*+,./0-9:;=@A-Z_a-z~-]*)?(?P<query>\?[!$%&'()*+,./0-9:;=?@A-Z_a-z~-]*)?"
    r"(?P<fragment>#[!$%&'()*+,./0-9:;=?@A-Z_a-z~-]*)?",
    re.ASCII,
)
_LONGEST: Final = 2048
_DEFAULT_PORT: Final = {"http": "80", "https": "443"}


def authority(address: str) -> str | None:
    """`host` or `host:port` of an acceptable address, in small letters and without the default port; else None.

    Acceptable is https, or plain http to this very machine (the sandbox bank of a demo).
    """
    match = _ADDRESS.fullmatch(address) if len(address) <= _LONGEST else None
    if match is None:
        return None
    scheme, host, port = match["scheme"], match["host"].lower(), match["port"]
    if scheme == "http" and not is_loopback(host):
        return None
    return host if port in {None, _DEFAULT_PORT[scheme]} else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    return host in {"localhost", "[::1]"} or re.fullmatch(r"127(\.[0-9]{1,3}){3}", host) is not None
