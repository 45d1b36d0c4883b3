"""Subscriptions of web push, as browsers make and devices store them."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# An uncompressed P-256 point, and the authentication secret of RFC 8291.
_POINT_BYTES, _AUTH_BYTES = 65, 16


@dataclass(frozen=True)
class Subscription:
    """A browser's subscription.

    Attributes:
        key: the browser's public key, a point of P-256.
        auth: its authentication secret.
    """

    endpoint: str
    key: bytes
    auth: bytes

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Subscription":
        """Return the subscription in an object, as a browser writes it.

        Raises:
            ValueError: it is none, or its keys are unusable.
        """
        try:
            keys = found["keys"]
            made = cls(str(found["endpoint"]), _decode(keys["p256dh"]), _decode(keys["auth"]))
        except (KeyError, TypeError, binascii.Error) as error:
            raise ValueError("not a push subscription") from error
        if len(made.key) != _POINT_BYTES or len(made.auth) != _AUTH_BYTES:
            raise ValueError("keys of a wrong length")
        from cryptography.hazmat.primitives.asymmetric import ec

        # Refuses what is no point of the curve.
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), made.key)
        return made


def canonical(subscription: Mapping[str, Any]) -> str:
    """Return a subscription's JSON, the same for the same endpoint and keys."""
    kept = {"endpoint": subscription["endpoint"], "keys": subscription["keys"]}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"))


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
