"""OAuth 2.0 access token of a Google service account, shared by threads."""

import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from chalicelib.notifications.channels import configuration, exchange
from chalicelib.notifications.core.message import ConfigurationFailure, TransientFailure

from shared.base.clock import now_seconds
from shared.base.process import process

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# A token is renewed this long before its end.
_MARGIN_SECONDS = 120


class AccessToken:
    """The token of the account in ``FCM_SERVICE_ACCOUNT_FILE``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token, self._until = "", 0

    def get(self, refused: str = "") -> str:
        """Return the token; fetch one if none is valid, or it was ``refused``.

        Raises:
            ConfigurationFailure: the account is missing, unusable or refused.
            TransientFailure: the token endpoint does not answer.
        """
        with self._lock:
            if not self._token or self._token == refused or now_seconds() >= self._until:
                self._token, self._until = _fetch()
            return self._token


access_token = process.lasting(AccessToken)


def service_account() -> Mapping[str, Any]:
    """Return the service account.

    Raises:
        ConfigurationFailure: it is missing or lacks a member.
    """
    (text,) = configuration.required("FCM_SERVICE_ACCOUNT_FILE")
    try:
        account = json.loads(text)
        found = {name: account[name] for name in ("project_id", "client_email", "private_key")}
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigurationFailure("FCM_SERVICE_ACCOUNT_FILE is no service account") from error
    return {
        **found,
        "token_uri": configuration.setting("FCM_TOKEN_URL") or account.get("token_uri", ""),
    }


def _fetch() -> tuple[str, int]:
    account, now = service_account(), now_seconds()
    form = {"grant_type": _ASSERTION, "assertion": _assertion(account, now)}
    answer = exchange.post(
        account["token_uri"],
        urlencode(form).encode(),
        {"content-type": "application/x-www-form-urlencoded"},
    )
    if answer.status == 429 or answer.status >= 500:
        detail = f"the token endpoint answered {answer.status}"
        raise TransientFailure(answer.retry_after, detail, unsent=True)
    told = answer.json()
    if answer.status != 200 or not told.get("access_token"):
        raise ConfigurationFailure(f"the token endpoint answered {answer.status}")
    life = max(int(told.get("expires_in", 3600)) - _MARGIN_SECONDS, 1)
    return str(told["access_token"]), now + life


def _assertion(account: Mapping[str, Any], now: int) -> str:
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import RSAKey

    claims = {
        "iss": account["client_email"],
        "scope": SCOPE,
        "aud": account["token_uri"],
        "iat": now,
        "exp": now + 3600,
    }
    try:
        key = RSAKey.import_key(account["private_key"])
        return jwt.encode({"alg": "RS256", "typ": "JWT"}, claims, key)
    except (JoseError, ValueError) as error:
        raise ConfigurationFailure("FCM_SERVICE_ACCOUNT_FILE holds no RSA key") from error
