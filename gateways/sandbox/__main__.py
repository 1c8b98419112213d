"""`python -m gateways.sandbox --port N`: the rehearsal bank alone."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from gateways.sandbox import merchants_file
from gateways.sandbox.merchants import Merchant
from gateways.sandbox.server import serve


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and run until stopped. Exits with 2 for a secret that is not set, or a wrong file."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        merchants = merchants_file.read(options.merchants) if options.merchants else [_merchant(options, parser)]
    except (ValueError, OSError) as error:
        parser.error(str(error))
    serve(options.port, options.host, merchants=merchants, base_url=options.base_url)


def _merchant(options: argparse.Namespace, parser: argparse.ArgumentParser) -> Merchant:
    """The usual merchant, with what the command line says of its callbacks."""
    secret = None
    if options.secret_from_env is not None:
        secret = os.environ.get(options.secret_from_env)
        if not secret:
            parser.error(f"the environment has no {options.secret_from_env}")
    return Merchant(callback_url=options.callback_url, callback_secret=secret)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gateways.sandbox",
        description="A rehearsal bank that speaks the RBS protocol. For loopback only: never expose it.",
    )
    parser.add_argument("--port", type=int, required=True, help="0 takes a free port")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--base-url", help="the origin of payment pages, if not http://HOST:PORT")
    parser.add_argument("--callback-url", help="where notifications go, unless the order names its own address")
    parser.add_argument("--secret-from-env", metavar="NAME", help="the variable that holds the callback secret")
    parser.add_argument("--merchants", type=Path, metavar="FILE", help="merchants and their settings: YAML or TOML")
    return parser


if __name__ == "__main__":
    main()
