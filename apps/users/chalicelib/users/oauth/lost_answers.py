"""Answers to refresh requests, kept for clients that never received them.

The answer is sealed under the refresh token that asked for it. The table holds no
refresh token, so nobody who reads it can open the answer; the client that repeats its
request can.
"""

import hashlib
import hmac
import json
import secrets

from shared.aws.dynamo import Item

# The token before the present one may be used again for so long after its first use.
REPEATABLE_MS = 60_000
_PURPOSE = b"rookery: answer to a refresh"
_NONCE_BYTES = 12


def seal(secret: str, session_id: str, answer: Item) -> bytes:
    """Seal an answer (AES-256-GCM).

    Args:
        secret: 256 random bits of the refresh token that asked.
        session_id: bound to the answer, which opens for no other session.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    text = json.dumps(answer, separators=(",", ":")).encode()
    return nonce + AESGCM(_key(secret)).encrypt(nonce, text, session_id.encode())


def open_sealed(secret: str, session_id: str, sealed: bytes) -> Item:
    """Return a sealed answer.

    Raises:
        InvalidTag: it was sealed under another token or for another session.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    opened = AESGCM(_key(secret)).decrypt(nonce, text, session_id.encode())
    answer: Item = json.loads(opened)
    return answer


def _key(secret: str) -> bytes:
    # As strong as the secret, which is random: no slow derivation is needed.
    return hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest()
