"""Credentials of OAuth 1.0a: keys and tokens with their secrets.

Owner: users, the only writer. One BatchGetItem reads three tables:

- ``clients``, hash ``key`` = ``consumer#<consumer key>``: ``client_id``, ``consumer_secret``.
- ``grants``, hash ``key`` = ``oauth1#<token>``: ``client_id``, ``user_id``, ``scope``,
  ``secret``, ``created_at`` (Unix ms), ``expires_at`` (Unix seconds).
- ``users``, hash ``id``: ``status``. A token begins with its user's id.

Promise: secrets are sealed by the KMS key of `secrets_key_alias`, with the encryption context
``for`` = the client's id or the token. A later change of the account is a revocation.
"""

from dataclasses import dataclass

from shared.aws import dynamo, sdk
from shared.base.clock import now_seconds
from shared.base.config import settings
from shared.base.errors import Problem, unauthorized
from shared.contracts.kms_keys import secrets_key_alias


@dataclass(frozen=True)
class Credentials:
    """An access token with both secrets, and what it may do.

    Attributes:
        issued_at: Unix seconds.
    """

    consumer_secret: str
    token_secret: str
    client_id: str
    user_id: str
    scopes: frozenset[str]
    issued_at: int


def read_credentials(consumer_key: str, token: str) -> Credentials:
    """Read and unseal the credentials of a signed request (three calls).

    Raises:
        Problem: 401 when they are unknown or expired, or the account is not active.
    """
    clients, grants, users = (settings().name("users", t) for t in ("clients", "grants", "users"))
    found = dynamo.batch_get(
        {
            clients: [{"key": f"consumer#{consumer_key}"}],
            grants: [{"key": f"oauth1#{token}"}],
            users: [{"id": token.partition("-")[0]}],
        }
    )
    if not found[clients] or not found[grants]:
        raise _unknown()
    if not found[users] or found[users][0].get("status", "active") != "active":
        raise unauthorized("OAuth 1.0a: The account is not active.")
    client, grant = found[clients][0], found[grants][0]
    if grant["client_id"] != client["client_id"] or grant["expires_at"] <= now_seconds():
        raise _unknown()
    return Credentials(
        consumer_secret=_unseal(client["consumer_secret"], client["client_id"]),
        token_secret=_unseal(grant["secret"], token),
        client_id=client["client_id"],
        user_id=grant["user_id"],
        scopes=frozenset(grant["scope"].split()),
        issued_at=grant["created_at"] // 1000,
    )


def _unseal(ciphertext: bytes, context: str) -> str:
    answer = sdk.client("kms").decrypt(
        KeyId=secrets_key_alias(),
        CiphertextBlob=ciphertext,
        EncryptionContext={"for": context},
    )
    plaintext: bytes = answer["Plaintext"]
    return plaintext.decode()


def _unknown() -> Problem:
    return unauthorized("OAuth 1.0a: The consumer key or the access token is not known.")
