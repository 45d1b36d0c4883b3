"""Secrets that are made at their first use and kept in SSM, encrypted.

A stage has no secret to set up for web push or phone codes. An SSM parameter of the
standard tier costs nothing, and the first of several processes decides.
"""

import secrets

from botocore.exceptions import ClientError
from chalicelib.notifications.core.names import DOMAIN

from shared.aws import sdk
from shared.base.config import settings
from shared.base.process import Cache, process

_known: Cache[str, bytes] = process.cache(10)


def get(name: str) -> bytes:
    """Return a secret of 32 bytes (1 GetParameter per process).

    Raises:
        ClientError: SSM refuses.
    """
    known = _known.get(name)
    return known if known is not None else _known.put(name, _stored(name) or _make(name))


def _parameter(name: str) -> str:
    return settings().name(DOMAIN, name)


def _stored(name: str) -> bytes | None:
    try:
        found = sdk.client("ssm").get_parameter(Name=_parameter(name), WithDecryption=True)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return None
        raise
    return bytes.fromhex(found["Parameter"]["Value"])


def _make(name: str) -> bytes:
    made = secrets.token_bytes(32)
    try:
        sdk.client("ssm").put_parameter(
            Name=_parameter(name), Value=made.hex(), Type="SecureString", Overwrite=False
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterAlreadyExists":
            raise
        found = _stored(name)
        if found is None:
            raise
        return found
    return made
