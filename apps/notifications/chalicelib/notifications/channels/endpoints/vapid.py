"""The key pair that identifies us to web push services (RFC 8292)."""

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chalicelib.notifications.channels import configuration
from chalicelib.notifications.core import made_secrets
from chalicelib.notifications.core.message import ConfigurationFailure

from shared.base.clock import now_seconds
from shared.base.config import settings
from shared.base.process import Cache, process

if TYPE_CHECKING:
    from py_vapid import Vapid02

# A push service refuses claims of more than a day.
_CLAIM_SECONDS = 12 * 3600
_authorizations: Cache[str, str] = process.cache(1_000, 6 * 3600)


@process.lasting
def _vapid() -> "Vapid02":
    """Return the key pair: the operator's, or one that is made once per stage."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from py_vapid import Vapid02

    given = configuration.setting("VAPID_PRIVATE_KEY")
    if given:
        try:
            if "-----BEGIN" in given:
                return Vapid02.from_pem(given.strip().encode())
            return Vapid02.from_string(given)
        except Exception as error:
            raise ConfigurationFailure("VAPID_PRIVATE_KEY holds no P-256 key") from error
    seed = hashlib.sha512(made_secrets.get("vapid")).digest()
    # 512 bits modulo the order of the curve, in its range; the bias is negligible.
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    number = int.from_bytes(seed) % (order - 1) + 1
    return Vapid02(ec.derive_private_key(number, ec.SECP256R1()))


def public_key() -> str:
    """Return the public key, an uncompressed point, in base64url."""
    from base64 import urlsafe_b64encode

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = _vapid().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).decode().rstrip("=")


def authorization(endpoint: str) -> str:
    """Return the Authorization header for a push service, kept for 6 hours."""
    parts = urlsplit(endpoint)
    audience = f"{parts.scheme}://{parts.netloc}"
    known = _authorizations.get(audience)
    if known is not None:
        return known
    claims = {"aud": audience, "exp": now_seconds() + _CLAIM_SECONDS, "sub": _subject()}
    made: str = _vapid().sign(claims)["Authorization"]
    return _authorizations.put(audience, made)


def _subject() -> str:
    given = configuration.setting("VAPID_SUBJECT")
    if given:
        return given
    from email.utils import parseaddr

    return f"mailto:{parseaddr(settings().mail_from)[1]}"
