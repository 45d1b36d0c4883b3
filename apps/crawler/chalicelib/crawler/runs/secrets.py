"""Headers, cookies, credentials and proxy of a run.

KMS encrypts them when the run is created; only workers that fetch decrypt them. The run
shows their names alone. They are sent to the run's own host, over no less secure a
connection than the run's address has, and to no other.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ada_url import URL
from chalicelib.crawler.core.limits import CRAWL_PORTS
from chalicelib.crawler.core.names import DOMAIN

from shared.aws import sdk
from shared.base.config import settings
from shared.net.answers import FetchError
from shared.net.dns_pinning import Proxy
from shared.net.fetch import check_url

REDACTED = "redacted"
NAMES = ("headers", "cookies", "auth", "proxy")
# KMS encrypts at most 4 KB without a data key.
_MAX_BYTES = 4096
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE = re.compile(r"[\x20-\x7e]{0,2000}")
_COOKIE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{0,2000}")
# They frame the request, or say who asks: the user agent is what robots.txt is read for.
_RESERVED = frozenset(
    """
    accept-encoding connection content-length content-type cookie expect host if-match
    if-modified-since if-none-match if-range if-unmodified-since keep-alive proxy-authorization
    proxy-connection range te trailer transfer-encoding upgrade user-agent
    """.split()
)


class InvalidSecret(ValueError):
    """An option that cannot be used; the message names it, never its value."""


@dataclass(frozen=True)
class Secrets:
    """Headers for the own host of a run, and the proxy that it uses.

    Attributes:
        host: the run's host; ``secure`` if its address is https.
    """

    host: str = ""
    secure: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: Proxy | None = field(default=None, repr=False)

    def headers_for(self, url: str) -> Mapping[str, str]:
        """Return the headers to add to a request, none for other hosts."""
        if not self.headers:
            return {}
        target = URL(url)
        if target.host != self.host or (self.secure and target.protocol != "https:"):
            return {}
        return self.headers


NONE = Secrets()


def check(options: Mapping[str, Any], allow_private: bool) -> dict[str, Any]:
    """Return the secret options among a run's, checked; empty without any.

    Raises:
        InvalidSecret: a name or value that no request can carry, or all too large.
    """
    found = {name: options[name] for name in NAMES if options.get(name)}
    if notify := options.get("notify"):
        found["notify"] = {"secret": notify["secret"]}
    for name, value in found.get("headers", {}).items():
        if not _TOKEN.fullmatch(name) or name.lower() in _RESERVED:
            raise InvalidSecret(f"options.headers: {name[:100]!r} cannot be set")
        if not _VALUE.fullmatch(value):
            raise InvalidSecret(f"options.headers: the value of {name!r} is not plain ASCII")
    for name, value in found.get("cookies", {}).items():
        if not _TOKEN.fullmatch(name) or not _COOKIE.fullmatch(value):
            raise InvalidSecret(f"options.cookies: {name[:100]!r} is not a valid cookie")
    if (auth := found.get("auth")) and ":" in auth["username"]:
        raise InvalidSecret("options.auth: a username holds no colon")
    if proxy := found.get("proxy"):
        _proxy(proxy, allow_private)
    if len(_packed(found)) > _MAX_BYTES:
        raise InvalidSecret("options: headers, cookies, auth and proxy exceed 4 KB together")
    return found


def redacted(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run's options with names instead of secret values."""
    shown = dict(options)
    for name in ("headers", "cookies", "auth"):
        if shown.get(name):
            shown[name] = dict.fromkeys(shown[name], REDACTED)
    if shown.get("proxy"):
        shown["proxy"] = REDACTED
    if shown.get("notify"):
        shown["notify"] = {"webhook": shown["notify"]["webhook"]}
    return shown


def restored(options: Mapping[str, Any], secrets: Mapping[str, Any]) -> dict[str, Any]:
    """Return redacted options with their secrets (see `opened`)."""
    found = {**options, **secrets}
    if "notify" in secrets:
        found["notify"] = {**options["notify"], **secrets["notify"]}
    return found


def seal(owner_id: str, secrets: Mapping[str, Any]) -> bytes | None:
    """Encrypt checked secrets for the runs of a user; ``None`` without any."""
    if not secrets:
        return None
    answer = sdk.client("kms").encrypt(
        KeyId=_key_alias(), Plaintext=_packed(secrets), EncryptionContext=_context(owner_id)
    )
    sealed: bytes = answer["CiphertextBlob"]
    return sealed


def unseal(owner_id: str, sealed: bytes, url: str, allow_private: bool) -> Secrets:
    """Decrypt the secrets of a run.

    Args:
        url: the run's address, whose host they are for.
    """
    found = opened(owner_id, sealed)
    headers = {name.lower(): value for name, value in found.get("headers", {}).items()}
    if cookies := found.get("cookies"):
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    if auth := found.get("auth"):
        headers["authorization"] = _basic(auth["username"], auth["password"])
    proxy = _proxy(found["proxy"], allow_private) if found.get("proxy") else None
    target = URL(url)
    return Secrets(target.host, target.protocol == "https:", headers, proxy)


def opened(owner_id: str, sealed: bytes) -> dict[str, Any]:
    """Decrypt what `seal` encrypted: one call of KMS."""
    answer = sdk.client("kms").decrypt(
        KeyId=_key_alias(), CiphertextBlob=sealed, EncryptionContext=_context(owner_id)
    )
    found: dict[str, Any] = json.loads(answer["Plaintext"])
    return found


def _proxy(value: str, allow_private: bool) -> Proxy:
    """Proxy of an address with or without user information."""
    try:
        parsed = URL(value)
    except ValueError as error:
        raise InvalidSecret("options.proxy: not an address") from error
    if parsed.protocol != "http:" or parsed.pathname != "/" or parsed.search or parsed.hash:
        raise InvalidSecret("options.proxy: must be http://host:port")
    username, password = parsed.username, parsed.password
    parsed.username = parsed.password = ""
    try:
        ports = CRAWL_PORTS | {int(parsed.port or 80)}
        check_url(parsed.href, allow_private=allow_private, ports=ports)
    except FetchError as error:
        raise InvalidSecret(f"options.proxy: {error.detail}") from error
    if not username:
        return Proxy(parsed.origin)
    from urllib.parse import unquote

    return Proxy(parsed.origin, _basic(unquote(username), unquote(password)))


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def _packed(secrets: Mapping[str, Any]) -> bytes:
    return json.dumps(secrets, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def _key_alias() -> str:
    return f"alias/{settings().name(DOMAIN, 'secrets')}"


def _context(owner_id: str) -> dict[str, str]:
    return {"for": f"crawls-{owner_id}"}
