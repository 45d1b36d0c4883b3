"""Steps that the tests of accounts share."""

import base64
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyotp

from shared.aws import sdk
from shared.base.clock import now_ms, now_seconds
from tests.oauth_steps import form
from tests.platform import PASSWORD, Answer, Person, Platform

CONFIRM = "/1/accounts/me/totp/confirm"
# Seconds that a code of the second factor is the present one.
STEP = 30
NEW = "another long phrase of words"


def log_in(platform: Platform, person: Person, password: str = PASSWORD, **members: str) -> Answer:
    body = {"login": person.username, "password": password}
    headers = {k: members.pop(k) for k in ("x_forwarded_for",) if k in members}
    return platform.call("POST", "/1/sessions", {**body, **members}, **headers)


def token_from(platform: Platform, address: str, subject: str) -> str:
    platform.settle()
    mail = next(m for m in platform.mails(address) if subject in m["Subject"])
    found = re.search(r"token=(\S+)", mail["BodyText"])
    assert found is not None
    return found[1]


def signed(person: Person, **claims: Any) -> str:
    """Token of a person with the platform's own signature and other claims.

    It is valid for ten minutes by the process's clock, also while that is ahead.
    """
    from chalicelib.users.oauth import access_tokens

    own = json.loads(base64.urlsafe_b64decode(person.token.split(".")[1] + "=="))
    # PyJWT compares `iat` with the machine's clock.
    moments = {"iat": int(time.time()), "exp": now_seconds() + 600, "iat_ms": now_ms()}
    token: str = access_tokens.sign({**own, **moments, **claims}, 600)
    return token


def refresh(platform: Platform, token: str) -> Answer:
    values = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "rookery-web"}
    return form(platform, "/2/oauth2/token", values)


@contextmanager
def calls() -> Iterator[list[str]]:
    """AWS operations of this thread; pumps have threads of their own."""
    seen: list[str] = []
    thread = threading.get_ident()

    def note(model: Any, **_: Any) -> None:
        if threading.get_ident() == thread:
            seen.append(model.name)

    clients = [sdk.client(service) for service in ("dynamodb", "kms")]
    for client in clients:
        client.meta.events.register("before-call", note)
    try:
        yield seen
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", note)


def with_totp(person: Person) -> tuple[pyotp.TOTP, list[str]]:
    made = person.ok("POST", "/1/accounts/me/totp", {"password": PASSWORD})["data"]
    parsed = pyotp.parse_uri(made["otpauth_uri"])
    assert isinstance(parsed, pyotp.TOTP)
    assert parsed.issuer == "Rookery"
    # The previous step's code is good for setting up, and leaves the present one for a login.
    before = int(time.time()) - STEP
    confirmed = person.call("POST", CONFIRM, {"code": parsed.at(before)})
    if confirmed.status == 400 and int(time.time()) // STEP > before // STEP + 1:
        # A step began meanwhile, and that code was of the last but one.
        confirmed = person.call("POST", CONFIRM, {"code": parsed.at(int(time.time()) - STEP)})
    assert confirmed.status == 200, confirmed.body
    return parsed, confirmed.json()["data"]["recovery_codes"]
