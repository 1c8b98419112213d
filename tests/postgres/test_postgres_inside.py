"""What a running embedded server is: its roles, its language, its secrets, and who attaches."""

import asyncpg
import pytest

from checkout import postgres
from tests.postgres.postgres_parents import WAITS, application, said, value

REFUSED_TO_THE_APP = [
    "CREATE TABLE intruder ()",
    "CREATE TEMPORARY TABLE intruder ()",
    "CREATE SCHEMA intruder",
    "CREATE DATABASE intruder",
    "CREATE ROLE intruder",
    "SET ROLE checkout_owner",
    "COPY (SELECT 1) TO PROGRAM 'true'",
]


@pytest.mark.parametrize("statement", REFUSED_TO_THE_APP)
def test_app_role_cannot(server: postgres.Server, statement: str) -> None:
    """The role that runs the service uses what it was granted and can make nothing."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        value(server.urls.app, statement)


def test_owner_migrates(server: postgres.Server) -> None:
    """The owner makes tables, and what it grants the service can use."""
    for statement in (
        "DROP TABLE IF EXISTS visit",
        "CREATE TABLE visit (id int PRIMARY KEY)",
        "GRANT SELECT ON visit TO checkout_app",
    ):
        value(server.urls.owner, statement)
    assert value(server.urls.app, "SELECT count(*) FROM visit") == 0


def test_no_role_of_ours_is_above_the_rules(server: postgres.Server) -> None:
    """Neither role is a superuser or passes row-level security by."""
    above = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'checkout%' AND (rolsuper OR rolbypassrls)"
    assert value(server.urls.app, above) == 0


def test_superuser_has_no_way_in(server: postgres.Server) -> None:
    """The cluster's superuser made the roles; nobody logs in as it."""
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        value(server.urls.app.replace("checkout_app", "postgres"), "SELECT 1")


def test_password_is_asked_for(server: postgres.Server) -> None:
    """To know the socket is not enough."""
    head, _, tail = server.urls.app.partition("checkout_app:")
    with pytest.raises(asyncpg.InvalidPasswordError):
        value(f"{head}checkout_app:guess@{tail.partition('@')[2]}", "SELECT 1")


def test_stray_variables_change_nothing(server: postgres.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """PGPORT, PGPASSWORD and PGUSER of another project do not lead our URLs astray."""
    for name, stray in (("PGPORT", "5999"), ("PGPASSWORD", "other"), ("PGUSER", "other")):
        monkeypatch.setenv(name, stray)
    assert value(server.urls.app, "SELECT current_user") == "checkout_app"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("SELECT lower('ПРИВЕТ')", "привет"),
        ("SELECT 'ПРИВЕТ' ILIKE 'привет'", True),
        ("SELECT to_tsvector('russian', 'Визиты')::text", "'визит':1"),
        ("SHOW server_encoding", "UTF8"),
        ("SHOW timezone", "UTC"),
        ("SHOW default_transaction_isolation", "read committed"),
        ("SHOW data_checksums", "on"),
        ("SHOW listen_addresses", ""),
    ],
)
def test_cluster_speaks(server: postgres.Server, question: str, answer: object) -> None:
    """Russian text, UTC, checksums, and no network, whatever the machine is set to."""
    assert value(server.urls.app, question) == answer


def test_urls_stay_out_of_logs(server: postgres.Server) -> None:
    """A server that is printed by accident does not show its passwords."""
    secret = server.urls.app.partition("checkout_app:")[2].partition("@")[0]
    assert secret not in repr(server)


def test_files_are_private(server: postgres.Server) -> None:
    """Passwords, log and locks are for the application's user alone, the data for the server's."""
    names = ("pg", "pgpass", "pg.log", "server.lock", "start.lock")
    assert [name for name in names if (server.state / name).stat().st_mode & 0o077] == []


def test_second_process_attaches(server: postgres.Server) -> None:
    """Another command uses the running server; its end, even a violent one, does not stop it."""
    with application(WAITS, server.state) as other:
        assert said(other) == ["attached", "0"]
        other.kill()
    assert value(server.urls.app, "SELECT 1") == 1


def test_stop_by_one_who_attached_does_nothing(server: postgres.Server) -> None:
    """Only the process that started the server stops it."""
    attached = postgres.start(server.state)
    postgres.stop(attached)
    assert not attached.owned
    assert postgres.running(server.state) == server.urls
