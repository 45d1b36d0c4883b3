"""An access token for a stack or a stage without the users domain.

    python -m scripts.local.visitor [--aws]

Calls the users app in this process, against the resources of the running stack, and writes
the token to ``<state>/token``. With ``--aws`` it acts on the stage named by ``STAGE``, with the
caller's own AWS rights; the resources of users must be there. The token lasts two hours;
another call makes a fresh one.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from scripts.base.process import state_directory
from scripts.emulator.stack import read_env_file

NAME = "visitor"


def make_token(state: Path) -> str:
    """Return a fresh access token of the visitor, registering them once.

    Raises:
        RuntimeError: the users app refused.
    """
    from scripts.base.domain import load_app
    from scripts.gateway.app_server import AppGateway

    gateway = AppGateway(load_app("users").app)
    kept = state / "visitor"
    if not kept.is_file():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(24))
    password = kept.read_text()
    account = {
        "username": NAME, "name": "Visitor", "email": "visitor@rookery.example",
        "password": password,
    }  # fmt: skip
    status, found = _post(gateway, "/1/accounts", account)
    if status not in {201, 409}:
        raise RuntimeError(f"no account: {status} {found}")
    status, found = _post(gateway, "/1/sessions", {"login": NAME, "password": password})
    if status != 201:
        raise RuntimeError(f"no session: {status} {found}")
    return str(found["data"]["access_token"])


def _post(gateway: Any, path: str, body: dict[str, str]) -> tuple[int, Any]:
    raw = json.dumps(body).encode()
    headers = {"content-type": "application/json", "content-length": str(len(raw))}
    status, _, content = gateway.answer("POST", path, headers, raw)
    return status, json.loads(content)


def main() -> int:
    """Write the token; return the exit code."""
    parser = argparse.ArgumentParser(description="an access token of a visitor")
    parser.add_argument("--aws", action="store_true", help="the stage on AWS, not the local stack")
    options = parser.parse_args()
    state = state_directory()
    if not options.aws and "AWS_ENDPOINT_URL" not in os.environ:
        os.environ.update(read_env_file(state))
        if "AWS_ENDPOINT_URL" not in os.environ:
            print("nothing runs here: `make stack` or `make run` first", file=sys.stderr)
            return 1
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = state / "token"
    target.touch(mode=0o600)
    target.write_text(make_token(state))
    print(f"an access token is in {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
