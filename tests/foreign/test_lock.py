"""The lock of the clients from npm says what they are, and nothing of the machine that wrote it."""

from __future__ import annotations

import json

from tests.foreign.clients import HERE


def test_every_package_is_known_by_its_hash_and_by_no_address() -> None:
    """Whoever installs takes each package from a registry of their own, and gets the same bytes or nothing."""
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]
    fetched = {name: facts for name, facts in packages.items() if name}
    assert len(fetched) > 2
    assert all(facts["integrity"].startswith("sha512-") for facts in fetched.values())
    assert not [name for name, facts in fetched.items() if "resolved" in facts]
