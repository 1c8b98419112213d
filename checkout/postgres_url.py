"""Database URLs as people write them, turned into the one spelling that SQLAlchemy and asyncpg share.

Accepted: `postgres://`, `postgresql://`, `postgresql+asyncpg://`; a socket folder as `?host=/dir` or percent-encoded in
the host's place; several hosts after commas; libpq's `sslmode`. A parameter that would be lost is refused by name.
"""

from urllib.parse import parse_qsl, quote, unquote, urlsplit

from checkout.postgres_child import PostgresError

SCHEMES = ("postgres", "postgresql", "postgresql+asyncpg")
TLS_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
KNOWN = ("host", "port", "user", "password", "passfile", "ssl", "target_session_attrs", "krbsrvname", "gsslib")
RENAMED = {"sslmode": "ssl"}
FILES = {"sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslcrl": "PGSSLCRL"}


def normalise(url: str) -> str:
    """The URL as `postgresql+asyncpg://…`. Raises PostgresError; its message never repeats the URL (a password)."""
    try:
        parts = urlsplit(url.strip())
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise PostgresError("The database URL cannot be read: expected postgresql://user:password@host/name.") from None
    if parts.scheme not in SCHEMES:
        raise PostgresError(f"The database URL begins with {parts.scheme or 'no scheme'}: expected postgresql://.")
    if not parts.path.strip("/"):
        raise PostgresError("The database URL names no database: expected postgresql://user:password@host/name.")
    login, at, place = parts.netloc.rpartition("@")
    netloc, hosts = _place(place)
    query = "&".join(f"{key}={quote(value, safe='/:,')}" for key, value in [*hosts, *map(_parameter, pairs)])
    return f"postgresql+asyncpg://{login}{at}{netloc}{parts.path}{'?' if query else ''}{query}"


def _place(place: str) -> tuple[str, list[tuple[str, str]]]:
    """A single host stays where it is; a socket folder and several hosts are only understood as parameters."""
    if "," in place:
        return "", [
            ("host", each if each.rpartition("]")[2].count(":") else f"{each}:5432") for each in place.split(",")
        ]
    if unquote(place).startswith("/"):
        folder, _, port = place.partition(":")
        return "", [("host", unquote(folder)), *([("port", port)] if port else [])]
    return place, []


def _parameter(pair: tuple[str, str]) -> tuple[str, str]:
    key, value = RENAMED.get(pair[0], pair[0]), pair[1]
    if key in FILES:
        raise PostgresError(f"The database URL has {key}, which the driver reads from {FILES[key]} instead.")
    if key not in KNOWN:
        raise PostgresError(f"The database URL has the parameter {key}, which the driver does not know.")
    if key == "ssl" and value not in TLS_MODES:
        raise PostgresError(f"The database URL asks for sslmode {value}: expected one of {', '.join(TLS_MODES)}.")
    return key, value
