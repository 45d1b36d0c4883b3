"""One-time tokens (verification, reset) that are stored nowhere.

A token is a reference and its MAC under a KMS key that no process ever holds:
``<reference>.<base64url(mac)>``. Events, queues and tables carry only the
reference, which is worth nothing alone; whoever sends the mail mints the token
at that moment. Using it up is up to the owner of the reference.
"""

import base64
import binascii

from botocore.exceptions import ClientError

from shared.aws import sdk
from shared.base.config import settings

ALGORITHM = "HMAC_SHA_256"
_MAX_LENGTH = 256


def key_alias() -> str:
    """KMS alias of the HMAC key; the users domain owns it."""
    return f"alias/{settings().name('users', 'one-time-tokens')}"


def mint(purpose: str, reference: str) -> str:
    """The token of a reference (one KMS call).

    Args:
        purpose: such as ``verify_email``; a token serves no other.
        reference: id of a record that says what the token is for, when it
            ends and whether it was used.
    """
    answer = sdk.client("kms").generate_mac(
        KeyId=key_alias(), Message=_message(purpose, reference), MacAlgorithm=ALGORITHM
    )
    mac = base64.urlsafe_b64encode(answer["Mac"]).rstrip(b"=").decode()
    return f"{reference}.{mac}"


def verify(purpose: str, token: str) -> str | None:
    """The reference in a token, ``None`` when it is forged or of another purpose.

    KMS compares in constant time. An authentic token says nothing about
    expiry or earlier use: the record behind the reference does.
    """
    reference, _, encoded = token.rpartition(".")
    if not reference or len(token) > _MAX_LENGTH:
        return None
    try:
        mac = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    # 32 bytes are what HMAC-SHA-256 has; anything else is not worth a call.
    if len(mac) != 32:
        return None
    try:
        sdk.client("kms").verify_mac(
            KeyId=key_alias(),
            Message=_message(purpose, reference),
            MacAlgorithm=ALGORITHM,
            Mac=mac,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "KMSInvalidMacException":
            return None
        raise
    return reference


def _message(purpose: str, reference: str) -> bytes:
    return f"{purpose}:{reference}".encode()
