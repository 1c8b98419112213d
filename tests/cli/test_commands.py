"""The command line, run as an operator runs it: real processes, an embedded database in a folder of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from checkout.ground.loop import run_loop
from gateways import sandbox
from tests.cli.shop import CHECKOUT, ROOT, installation, run
from tests.setting import CALLBACK_SECRET, ENVIRONMENT, free_port


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """An installation of its own."""
    with installation() as found:
        yield found


@pytest.fixture(scope="module")
def migrated(environment: dict[str, str]) -> dict[str, str]:
    """The installation with its schema: what every command says without one, and that migrating may be repeated."""
    for command in (["verify"], ["doctor"], ["keys", "add", "x", "--role", "site"]):
        assert "the database has no schema yet: run `checkout migrate`" in run(environment, *command, fails=True)
    for _ in range(2):
        assert "up to date" in run(environment, "migrate")
    return environment


def test_verify_holds_on_an_empty_installation(migrated: dict[str, str]) -> None:
    """All invariants, exit 0."""
    assert re.search(r"\d+ invariants hold", run(migrated, "verify"))


def test_doctor_names_what_is_wrong(migrated: dict[str, str]) -> None:
    """No worker, no key, no mail and a silent bank: exit 1, one sentence each."""
    text = run(migrated, "doctor", fails=True)
    assert "BAD  the bank of zdorovie does not answer" in text
    assert "BAD  workers seen within a minute: 0" in text
    assert "BAD  payers get no letters: `mail` is not configured" in text
    assert "ok   role checkout_app cannot rewrite ledger, events or audit" in text
    assert "ok   brakes against bots are on" in text


def test_keys_are_printed_once_and_can_be_disabled(migrated: dict[str, str]) -> None:
    """A role that does not exist is refused by name."""
    assert run(migrated, "keys", "add", "web", "--role", "site").startswith("ck_site_")
    assert "a role is one of" in run(migrated, "keys", "add", "x", "--role", "king", fails=True)
    assert "disabled" in run(migrated, "keys", "disable", "web")
    assert "no such key" in run(migrated, "keys", "disable", "web", fails=True)


def test_the_clock_moves_forward_only_in_steps_it_knows(migrated: dict[str, str]) -> None:
    """`+3d` moves it, nonsense is explained."""
    assert "the clock now shows" in run(migrated, "clock", "+3d")
    assert "+3d" in run(migrated, "clock", "backwards", fails=True)


def test_config_show_masks_secrets(migrated: dict[str, str]) -> None:
    """Valid JSON without a single secret."""
    text = run(migrated, "config", "show")
    assert json.loads(text)["mode"] == "test"
    assert CALLBACK_SECRET not in text
    assert ENVIRONMENT["CHECKOUT_MASTER_KEY"] not in text


def test_a_wrong_file_stops_the_start(migrated: dict[str, str], tmp_path: Path) -> None:
    """Exit 2, with the key's path and what was probably meant."""
    path = tmp_path / "config.yaml"
    path.write_text((ROOT / "config.yaml").read_text().replace("limits:", "limitz:"))
    assert "limitz: unknown key (did you mean limits?)" in run(migrated, "serve", "--config", str(path), fails=True)


def test_production_refuses_the_embedded_database_and_another_modes_data(
    migrated: dict[str, str], tmp_path: Path
) -> None:
    """The mode is remembered by the database, and the embedded server needs a flag."""
    path = tmp_path / "config.yaml"
    text = (ROOT / "config.yaml").read_text().replace("mode: test", "mode: production")
    text = text.replace("public_url: http://localhost:8080", "public_url: https://pay.example.ru")
    path.write_text(text + "\nmetrics_token: a-token-of-the-tests\n")
    assert "embedded database is not meant for production" in run(
        migrated, "migrate", "--config", str(path), fails=True
    )
    assert "belongs to a test installation" in run(
        migrated, "migrate", "--allow-embedded", "--config", str(path), fails=True
    )


def test_serve_and_worker_stop_gracefully(migrated: dict[str, str]) -> None:
    """SIGTERM ends both with exit 0; while they run, doctor sees the worker and the bank."""
    port = free_port()
    command: list[str | Path] = [CHECKOUT, "serve", "--port", str(port)]
    with subprocess.Popen(command, env=migrated, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - ours
        try:
            assert server.stdout is not None
            assert "clinic-checkout on" in server.stdout.readline()
            run_loop(_watch(migrated, port))
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0


async def _watch(migrated: dict[str, str], port: int) -> None:
    """A worker and a bank come up; then doctor finds nothing but what a fresh shop lacks."""
    bank_port = int(migrated["CHECKOUT_BANK_URL"].split(":")[2].split("/")[0])
    runner = await sandbox.start(sandbox.make_app(sandbox.Bank()), bank_port)
    shown = free_port()
    worker = subprocess.Popen([CHECKOUT, "worker", "--metrics-port", str(shown)], env=migrated, cwd=ROOT)  # noqa: ASYNC220, S603 - our own command
    try:
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{port}/readyz", headers={"Host": "localhost"}) as answer,
        ):
            assert answer.status == 200
        await _until_doctor_sees(migrated, "workers seen within a minute: 1")
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{shown}/metrics") as answer:
            series = await answer.text()
        for name in ("checkout_worker_heartbeat", "checkout_oldest_due_seconds", "checkout_chore_seconds"):
            assert name in series
    finally:
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(20)
        await runner.cleanup()
    assert code == 0


async def _until_doctor_sees(migrated: dict[str, str], sentence: str) -> None:
    for _ in range(20):
        process = await asyncio.create_subprocess_exec(
            str(CHECKOUT), "doctor", env=migrated, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        text = (await process.communicate())[0].decode()
        if sentence in text:
            assert "ok   the bank of zdorovie answers and knows us" in text
            return
    raise AssertionError(text)


def test_another_terminal_moves_the_clock_of_a_running_demo() -> None:
    """The line that the demo prints is enough, and its owner's alone; the sandbox bank moves along."""
    with tempfile.TemporaryDirectory(prefix="cct-") as state:
        Path(state).chmod(0o711)  # as root the database runs as a user who must be able to pass through
        demo = subprocess.Popen(  # noqa: S603 - our own command
            [CHECKOUT, "demo", "--port", str(free_port())],
            cwd=ROOT,
            env={**os.environ, "CHECKOUT_STATE": state},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert demo.stdout is not None
            line = next(line for line in demo.stdout if "checkout clock +1d" in line).strip()
            said = subprocess.run(  # noqa: S603 - the line that was printed
                ["/bin/sh", "-c", line.replace("&& checkout", f"&& {CHECKOUT}")],
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            ).stdout
            mode = (Path(state) / "demo" / "environment").stat().st_mode
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)
            demo.stdout.close()  # type: ignore[union-attr]  # said above
    assert "the clock now shows" in said
    assert stat.S_IMODE(mode) == 0o600


def test_the_demo_walks_the_main_job_by_itself() -> None:
    """`make demo ARGS=--check`: a line a step with its seconds, and OK at the end."""
    done = subprocess.run(  # noqa: S603 - our own command
        [CHECKOUT, "demo", "--check", "--port", str(free_port())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "OK"
    assert len([line for line in lines if re.match(r"ok +\d+\.\d\d s  ", line)]) == 8
