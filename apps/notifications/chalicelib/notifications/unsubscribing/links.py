"""Links by which people unsubscribe without logging in.

A token is ``<payload>.<mac>``: recipient, category, channel and day of expiry, and an
HMAC-SHA-256 of them. Its key is a MAC that KMS makes of a fixed text: one call per process
instead of one per mail. It is good for these links only, and it is stored nowhere.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass

from chalicelib.notifications.core.content import Content
from chalicelib.notifications.core.names import DOMAIN, EMAIL
from chalicelib.notifications.planning import categories

from shared.aws import sdk
from shared.base.clock import now_seconds
from shared.base.config import settings
from shared.base.errors import Problem, invalid_request
from shared.base.process import process

_KEY_OF = b"unsubscribe-links:1"
# Links in mails must work for a month at least (CAN-SPAM); people read old mail.
VALID_DAYS = 90
MAX_LENGTH = 700
_DAY = 86_400
_MAC_BYTES = 32


@dataclass(frozen=True)
class Subscription:
    """Category of a recipient in a channel, which a link ends."""

    recipient_id: str
    category: str
    channel: str = EMAIL


@process.lazy
def _key() -> bytes:
    alias = f"alias/{settings().name(DOMAIN, 'links')}"
    answer = sdk.client("kms").generate_mac(
        KeyId=alias, Message=_KEY_OF, MacAlgorithm="HMAC_SHA_256"
    )
    key: bytes = answer["Mac"]
    return key


def token(subscription: Subscription) -> str:
    """Return the token of a link (1 KMS call per process)."""
    until = now_seconds() // _DAY + VALID_DAYS
    members = [subscription.recipient_id, subscription.category, subscription.channel, until]
    payload = _encode(json.dumps(members, separators=(",", ":")).encode())
    return f"{payload}.{_encode(_mac(payload))}"


def read(text: str) -> Subscription:
    """Return what a token stands for.

    Raises:
        Problem: 400: it was changed, or it has expired.
    """
    payload, _, encoded = text.partition(".")
    mac = _decode(encoded)
    # The encoding of a MAC has spare bits: only its own spelling is valid.
    if len(mac) != _MAC_BYTES or _encode(mac) != encoded:
        raise _invalid()
    if not hmac.compare_digest(mac, _mac(payload)):
        raise _invalid()
    recipient_id, category, channel, until = json.loads(_decode(payload))
    if now_seconds() // _DAY > until:
        raise invalid_request("The link has expired. Use the one in a newer email.")
    return Subscription(recipient_id, category, channel)


def unsubscribe_url(made: str) -> str:
    """Return the address that ends a subscription, by its token."""
    return f"{settings().public_url}/1/notifications/unsubscribe?token={made}"


def preferences_url(made: str) -> str:
    """Return the address of the page of preferences, by a token."""
    return f"{settings().public_url}/1/notifications/preferences/page?token={made}"


def token_of(content: Content) -> str | None:
    """Return the token for a notification's mail; essential ones have none."""
    category = categories.category_of(content)
    if category in categories.ESSENTIAL:
        return None
    return token(Subscription(content.user_id, category))


def headers(made: str) -> dict[str, str]:
    """Return the headers of a mail for one-click unsubscription (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{unsubscribe_url(made)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _mac(payload: str) -> bytes:
    return hmac.new(_key(), payload.encode(), hashlib.sha256).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _invalid() -> Problem:
    return invalid_request("The link is not valid. Use the one in the email as it is.")
