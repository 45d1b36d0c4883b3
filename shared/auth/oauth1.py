"""OAuth 1.0a request signatures (RFC 5849, HMAC-SHA1).

Secrets are sealed by KMS and unsealed once per process and five minutes. A
write's nonce is stored once, so a captured write cannot be sent again. Nonces of
reads are remembered by each process alone: no call for them.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from shared.aws.table import Table
from shared.base.clock import now_seconds
from shared.base.config import settings
from shared.base.errors import Problem, unauthorized
from shared.base.process import Cache, process
from shared.contracts.credentials import Credentials, read_credentials

# Clients with a hard-coded host sign for X's names and reach us through a proxy.
FOREIGN_BASES = tuple(
    f"https://{service}.{domain}"
    for service in ("api", "upload")
    for domain in ("x.com", "twitter.com")
)
TIMESTAMP_WINDOW_SECONDS = 300
CREDENTIAL_CACHE_SECONDS = 300
# Time in which a nonce could be used again: from the earliest to the latest moment that its
# timestamp allows.
_NONCE_SECONDS = 2 * TIMESTAMP_WINDOW_SECONDS
# About 2 MB. Above 27 signed reads per second in one process the oldest are forgotten early.
_READS_REMEMBERED = 16_384
_MAX_HEADER = 4096
_PAIR = re.compile(r'\s*([A-Za-z_]+)="([^"]*)"\s*')

_HOST = re.compile(r"[A-Za-z0-9.-]{1,255}(:\d{1,5})?")


@dataclass(frozen=True)
class SignedRequest:
    """Parts of a request that its signature covers.

    Attributes:
        domain: the domain whose table keeps the nonce.
        path: as it was sent, without the query.
        parameters: decoded pairs of the query, and of the body if it was a form.
        writes: the request changes something, so its nonce must be new to all processes.
    """

    domain: str
    method: str
    path: str
    parameters: tuple[tuple[str, str], ...]
    host: str
    writes: bool


_credentials: Cache[tuple[str, str], Credentials] = process.cache(1024, CREDENTIAL_CACHE_SECONDS)
_reads: Cache[bytes, bool] = process.cache(_READS_REMEMBERED, _NONCE_SECONDS)


def verify(authorization: str, request: SignedRequest) -> Credentials:
    """Check the signature of a request.

    Raises:
        Problem: 401 for a malformed header, unknown credentials, a signature
            that does not match, an old timestamp or a nonce seen before.
    """
    given = parse_header(authorization)
    check_timestamp(given)
    credentials = _cached(given["oauth_consumer_key"], given["oauth_token"])
    check_signature(given, request, credentials)
    return credentials


def check_timestamp(given: Mapping[str, str]) -> None:
    """Refuse a request that was signed too long ago, or for the future.

    Raises:
        Problem: 401.
    """
    age = abs(now_seconds() - int(given["oauth_timestamp"]))
    if age > TIMESTAMP_WINDOW_SECONDS:
        raise _refused("The timestamp is too far from now.")


def check_signature(
    given: Mapping[str, str], request: SignedRequest, credentials: Credentials
) -> None:
    """Check a signature against secrets, and use its nonce up.

    Args:
        given: members of the header, as `parse_header` returns them.

    Raises:
        Problem: 401 for a signature that does not match or a nonce seen before.
    """
    # twitter-api-v2 repeats members of the header in the form, and signs them once.
    sent = [pair for pair in request.parameters if given.get(pair[0]) != pair[1]]
    pairs = [*sent, *given.items()]
    signatures = (
        signature(request.method, base + request.path, pairs, credentials)
        for base in _bases(request.host)
    )
    # All are compared, so that the time tells nothing about the nearest one.
    matches = [hmac.compare_digest(made, given["oauth_signature"]) for made in signatures]
    if not any(matches):
        raise _refused("The signature does not match.")
    if request.writes:
        _use_nonce(request.domain, given)
    else:
        _remember_read(given)


def parse_header(authorization: str, *, token: bool = True) -> dict[str, str]:
    """Return the decoded members of an ``OAuth`` Authorization header.

    Args:
        token: it must name a token, as every request but the one for a request token.

    Raises:
        Problem: 401 when a member is missing, repeated or not served.
    """
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() != "oauth" or len(authorization) > _MAX_HEADER:
        raise _refused("The Authorization header is malformed.")
    given: dict[str, str] = {}
    for part in rest.split(","):
        match = _PAIR.fullmatch(part)
        if match is None or match[1] in given:
            raise _refused("The Authorization header is malformed.")
        given[match[1]] = unquote(match[2])
    given.pop("realm", None)
    required = "consumer_key signature_method timestamp nonce signature".split()
    required += ["token"] if token else []
    if any(not given.get(f"oauth_{name}") for name in required):
        raise _refused("The Authorization header lacks a parameter.")
    if given["oauth_signature_method"] != "HMAC-SHA1" or given.get("oauth_version", "1.0") != "1.0":
        raise _refused("Only OAuth 1.0 with HMAC-SHA1 is supported.")
    if not re.fullmatch(r"\d{1,12}", given["oauth_timestamp"]):
        raise _refused("The timestamp is malformed.")
    return given


def signature(
    method: str, url: str, pairs: Iterable[tuple[str, str]], credentials: Credentials
) -> str:
    """Return the HMAC-SHA1 signature of a request (RFC 5849 section 3.4.2)."""
    from authlib.oauth1.rfc5849 import signature as rfc5849
    from authlib.oauth1.rfc5849.util import escape

    # Authlib unescapes oauth_ parameters once more, as if they came from the header.
    raw = [(name, escape(value) if name.startswith("oauth_") else value) for name, value in pairs]
    text = rfc5849.construct_base_string(method, url, raw)
    made: str = rfc5849.hmac_sha1_signature(
        text, credentials.consumer_secret, credentials.token_secret
    )
    return made


def forget() -> None:
    """Drop cached credentials; nonces of reads stay remembered."""
    _credentials.clear()


def _bases(host: str) -> list[str]:
    own = {settings().public_url}
    if _HOST.fullmatch(host):
        own |= {f"http://{host}", f"https://{host}"}
    return [*sorted(own), *FOREIGN_BASES]


def _cached(consumer_key: str, token: str) -> Credentials:
    cached = _credentials.get((consumer_key, token))
    if cached is not None:
        return cached
    return _credentials.put((consumer_key, token), read_credentials(consumer_key, token))


def _use_nonce(domain: str, given: Mapping[str, str]) -> None:
    """Store a nonce for as long as its timestamp could be accepted.

    RFC 5849 section 3.3.
    """
    item = {
        "key": f"nonce#{_nonce_digest(given).hex()}",
        "expires_at": now_seconds() + _NONCE_SECONDS,
    }
    nonces: Table[Any] = Table(settings().name(domain, "idempotency"), "key")
    if not nonces.insert(item):
        raise _refused("The nonce was used before.")


def _remember_read(given: Mapping[str, str]) -> None:
    """Refuse a read that this process has answered before."""
    if not _reads.add(_nonce_digest(given), True):
        raise _refused("The nonce was used before.")


def _nonce_digest(given: Mapping[str, str]) -> bytes:
    names = ("consumer_key", "token", "timestamp", "nonce")
    whole = "|".join(given.get(f"oauth_{name}", "") for name in names)
    return hashlib.sha256(whole.encode()).digest()


def _refused(detail: str) -> Problem:
    return unauthorized(f"OAuth 1.0a: {detail}")
