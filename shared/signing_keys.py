"""The public half of the key that signs access tokens."""

import base64
import threading
from typing import Any

from shared import aws
from shared.config import settings

ALGORITHM = "ES256"


def token_key_alias() -> str:
    """KMS alias of the key that signs access tokens."""
    return f"alias/{settings().name('users', 'tokens')}"


class VerificationKeys:
    """The public half of the signing key as a JWK set, fetched once per process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: Any = None

    def reset(self) -> None:
        """Forget the key (tests that change the stack call this)."""
        self._keys = None

    def jwks(self) -> dict[str, Any]:
        """The JWK set (RFC 7517) that outsiders may read."""
        document: dict[str, Any] = self._key_set().as_dict(private=False)
        return document

    def key_set(self) -> Any:
        """The joserfc key set that tokens are verified with."""
        return self._key_set()

    def current_kid(self) -> str:
        """Key id to sign with: the RFC 7638 thumbprint of the public key."""
        kid: str = self._key_set().keys[0].kid
        return kid

    def _key_set(self) -> Any:
        if self._keys is None:
            with self._lock:
                if self._keys is None:
                    self._keys = self._fetch()
        return self._keys

    @staticmethod
    def _fetch() -> Any:
        from joserfc.jwk import ECKey, KeySet

        answer = aws.client("kms").get_public_key(KeyId=token_key_alias())
        body = base64.encodebytes(answer["PublicKey"]).decode()
        pem = f"-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----\n"
        bare = ECKey.import_key(pem)
        parameters: Any = {"kid": bare.thumbprint(), "use": "sig", "alg": ALGORITHM}
        return KeySet([ECKey.import_key(pem, parameters)])


keys = VerificationKeys()
