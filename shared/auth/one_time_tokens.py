"""One-time tokens (verification, reset) that are stored nowhere.

A token is a reference and its MAC under a KMS key that no process ever holds:
``<reference>.<base64url(mac)>``. Events, queues and tables carry only the
reference, which is worth nothing alone; the sender of the mail mints the token
at that moment. The owner of the reference marks it as used.
"""

import base64
import binascii

from botocore.exceptions import ClientError

from shared.aws import sdk
from shared.contracts.kms_keys import one_time_key_alias

ALGORITHM = "HMAC_SHA_256"
_MAX_LENGTH = 256


def mint(purpose: str, reference: str) -> str:
    """Return the token of a reference (one KMS call).

    Args:
        purpose: such as ``verify_email``; a token serves no other.
        reference: id of a record that holds the token's subject, its end and its use.
    """
    answer = sdk.client("kms").generate_mac(
        KeyId=one_time_key_alias(), Message=_message(purpose, reference), MacAlgorithm=ALGORITHM
    )
    mac = base64.urlsafe_b64encode(answer["Mac"]).rstrip(b"=").decode()
    return f"{reference}.{mac}"


def verify(purpose: str, token: str) -> str | None:
    """Return the reference in a token, ``None`` if it is not valid.

    A forged token or one of another purpose is not valid.

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
    # HMAC-SHA-256 has 32 bytes; anything else is not worth a call.
    if len(mac) != 32:
        return None
    try:
        sdk.client("kms").verify_mac(
            KeyId=one_time_key_alias(),
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
