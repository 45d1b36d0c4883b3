"""Public halves of the keys that sign access tokens.

One key signs; around a rotation there are up to three, each behind an alias:
``…-next`` is published before it signs, ``…-previous`` verifies the tokens that it
signed (``scripts/ops/rotate_keys.py`` moves the aliases).
"""

import base64
import threading
from dataclasses import dataclass
from typing import Any

from shared.aws import sdk
from shared.base.clock import now_ms
from shared.base.process import process
from shared.contracts.kms_keys import token_key_alias

ALGORITHM = "ES256"
# Tokens with an unknown key cause calls, at most one round per this time.
LOOK_MS = 30_000
# The published key set may be this old, as its `Cache-Control` says.
JWKS_MS = 300_000
_CURRENT = ""
_OTHERS = ("-next", "-previous")


@dataclass(frozen=True)
class SigningKey:
    """The key that signs now.

    Attributes:
        kid: the RFC 7638 thumbprint of its public half.
        arn: the key's ARN, as KMS names it beside a signature.
    """

    kid: str
    arn: str


class VerificationKeys:
    """Public keys, fetched once per process and again for unknown key ids."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: dict[str, Any] = {}
        self._signing: SigningKey | None = None
        self._looked_at = 0

    def forget(self) -> None:
        """Forget the keys, as after a rotation."""
        with self._lock:
            self._keys, self._signing, self._looked_at = {}, None, 0

    def jwks(self) -> dict[str, Any]:
        """Return the published JWK set (RFC 7517), at most five minutes old."""
        self._look(JWKS_MS)
        document: dict[str, Any] = self._key_set().as_dict(private=False)
        return document

    def key_set(self, kid: str | None = None) -> Any:
        """Return the joserfc key set to verify with.

        Args:
            kid: the key that the token's header names.
        """
        self.signing()
        if kid is not None and kid not in self._keys:
            self._look(LOOK_MS)
        return self._key_set()

    def signing(self) -> SigningKey:
        """Return the key to sign with."""
        if self._signing is None:
            with self._lock:
                if self._signing is None:
                    self._keys, self._signing = self._current()
        return self._signing

    def _key_set(self) -> Any:
        from joserfc.jwk import KeySet

        return KeySet(list(self._keys.values()))

    def _look(self, age_ms: int) -> None:
        """Read all keys again, unless they are younger than ``age_ms``."""
        with self._lock:
            if now_ms() - self._looked_at < age_ms:
                return
            found, signing = self._current()
            for suffix in _OTHERS:
                if (answer := _public_key(suffix)) is not None:
                    key = _verifying(answer)
                    found.setdefault(key.kid, key)
            self._keys, self._signing, self._looked_at = found, signing, now_ms()

    @staticmethod
    def _current() -> tuple[dict[str, Any], SigningKey]:
        answer = _public_key(_CURRENT)
        if answer is None:
            raise RuntimeError("there is no key that signs access tokens")
        key = _verifying(answer)
        return {key.kid: key}, SigningKey(key.kid, answer["KeyId"])


def _public_key(suffix: str) -> dict[str, Any] | None:
    client = sdk.client("kms")
    try:
        answer: dict[str, Any] = client.get_public_key(KeyId=token_key_alias(suffix))
    except client.exceptions.NotFoundException:
        return None
    return answer


def _verifying(answer: dict[str, Any]) -> Any:
    from joserfc.jwk import ECKey

    body = base64.encodebytes(answer["PublicKey"]).decode()
    pem = f"-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----\n"
    parameters: Any = {"kid": ECKey.import_key(pem).thumbprint(), "use": "sig", "alg": ALGORITHM}
    return ECKey.import_key(pem, parameters)


keys = VerificationKeys()
process.on_reset(keys.forget)
