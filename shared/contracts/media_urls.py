"""Addresses of media; those of protected accounts are signed.

Owner: tweets, whose KMS key signs; users has its pictures under the same addresses.

The path of an address is the key of its object, so that a CDN in front of the
bucket needs no code. Open objects lie under ``media/<128 random bits>/`` and
protected ones under ``media/p/``, where the edge asks for a signature:
``?e=<epoch second>&s=<HMAC-SHA256 of path and e>``. The HMAC's key is good for
one day and derived by KMS, so an address costs no call and the edge needs no
right to sign for any other day (docs/decisions/0022-media-addresses.md).
"""

import base64
import hashlib
import hmac
import re
import secrets

from shared.aws import sdk
from shared.base.clock import now_seconds
from shared.base.config import settings
from shared.base.process import Cache, process
from shared.contracts.kms_keys import media_key_alias

PROTECTED = "media/p/"
# Path of an object, as `new_prefix` makes it; no proxy rewrites these characters.
_PLAIN = re.compile(r"/media(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")
# A loaded page may stay open for an hour. Addresses are the same within an hour, so that a
# browser's cache hits.
_STEP = 3600
_DAY = 86_400
# By day; addresses reach into tomorrow at most.
_keys: Cache[int, bytes] = process.cache(4)


def new_prefix(*, protected: bool) -> str:
    """Return a new prefix that nobody can guess, without a final slash."""
    return f"{PROTECTED if protected else 'media/'}{secrets.token_urlsafe(16)}"


def url(key: str) -> str:
    """Return the address of an object; protected ones last 1 to 2 hours.

    One KMS call per day and process, for the first protected address.
    """
    path = f"/{key}"
    if key.startswith(PROTECTED):
        expires = (now_seconds() // _STEP + 2) * _STEP
        path += f"?e={expires}&s={_signature(path, expires)}"
    return settings().public_url + path


def allowed(path: str, expires: str, signature: str) -> bool:
    """Return true if the edge may serve a path (without query).

    Compares in constant time.

    Paths that could mean another object than they spell (``/media/./p/…``) are refused.
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


def _signature(path: str, expires: int) -> str:
    digest = hmac.digest(_key(expires // _DAY), f"{path}\n{expires}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _key(day: int) -> bytes:
    found = _keys.get(day)
    if found is not None:
        return found
    answer = sdk.client("kms").generate_mac(
        KeyId=media_key_alias(), Message=f"media-urls:{day}".encode(), MacAlgorithm="HMAC_SHA_256"
    )
    return _keys.put(day, answer["Mac"])
