"""Addresses of media: open ones, and signed ones for what a protected account posts.

The path of an address is the key of its object, so that a CDN in front of the
bucket needs no code. Open objects lie under ``media/<128 random bits>/`` and
protected ones under ``media/p/``, where the edge asks for a signature:
``?e=<epoch second>&s=<HMAC-SHA256 of path and e>``. The HMAC's key is good for
one day and derived by KMS, so an address costs no call and the edge needs no
right to sign others than those of the day (docs/decisions/, "Media addresses").
"""

import base64
import hashlib
import hmac
import re
import secrets
import threading

from shared.aws import sdk
from shared.base.clock import now_seconds
from shared.base.config import settings

PROTECTED = "media/p/"
# The path of an object, as `new_prefix` makes it: nothing that anybody on the way rewrites.
_PLAIN = re.compile(r"/media(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")
# A page that was just loaded may be read for an hour; addresses stay the same within one, so
# that a browser's cache hits.
_STEP = 3600
_DAY = 86_400
_keys: dict[int, bytes] = {}
_lock = threading.Lock()


def key_alias() -> str:
    """KMS alias of the HMAC key that the keys of the days derive from."""
    return f"alias/{settings().name('tweets', 'media-urls')}"


def new_prefix(*, protected: bool) -> str:
    """A new place that nobody can guess, without a slash at its end."""
    return f"{PROTECTED if protected else 'media/'}{secrets.token_urlsafe(16)}"


def url(key: str) -> str:
    """The address of an object; that of a protected one is good for one to two hours.

    One KMS call a day and process, for the first protected address.
    """
    path = f"/{key}"
    if key.startswith(PROTECTED):
        expires = (now_seconds() // _STEP + 2) * _STEP
        path += f"?e={expires}&s={_signature(path, expires)}"
    return settings().public_url + path


def allowed(path: str, expires: str, signature: str) -> bool:
    """Whether the edge may serve a path (without query), compared in constant time.

    Paths that could mean another object than they spell (``/media/./p/…``) never are.
    """
    if not _PLAIN.fullmatch(path):
        return False
    if not path.startswith(f"/{PROTECTED}"):
        return True
    if not (expires.isdecimal() and len(expires) <= 12):
        return False
    moment, now = int(expires), now_seconds()
    # Far days would make the edge derive keys without end.
    if not now < moment <= now + 3 * _STEP:
        return False
    return hmac.compare_digest(_signature(path, moment).encode(), signature.encode())


def reset() -> None:
    """Forget the keys of the days (tests that change the endpoint call this)."""
    with _lock:
        _keys.clear()


def _signature(path: str, expires: int) -> str:
    digest = hmac.digest(_key(expires // _DAY), f"{path}\n{expires}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _key(day: int) -> bytes:
    with _lock:
        found = _keys.get(day)
    if found is None:
        answer = sdk.client("kms").generate_mac(
            KeyId=key_alias(), Message=f"media-urls:{day}".encode(), MacAlgorithm="HMAC_SHA_256"
        )
        found = answer["Mac"]
        with _lock:
            for old in [one for one in _keys if one < day - 1]:
                del _keys[old]
            _keys[day] = found
    return found
