"""Settings of providers: the environment, or on AWS a secret.

Locally each setting is a variable of the environment, and a key is a file. On AWS they are
members of one secret, ``rookery-<stage>-notifications-providers``, a JSON object with the same
names; for ``…_FILE`` the member without that ending holds the content.
"""

import json
import os
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from chalicelib.notifications.core.message import ConfigurationFailure
from chalicelib.notifications.core.names import DOMAIN

from shared.aws import sdk
from shared.base.config import settings
from shared.base.process import process

SECRET = "providers"


@process.lasting
def _stored() -> dict[str, str]:
    """Members of the secret; none locally, or if there is no secret."""
    if settings().local or settings().endpoint_url:
        return {}
    try:
        found = sdk.client("secretsmanager").get_secret_value(
            SecretId=settings().name(DOMAIN, SECRET)
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return {}
        raise
    members: dict[str, Any] = json.loads(found["SecretString"])
    return {name: str(value) for name, value in members.items()}


def setting(name: str, default: str = "") -> str:
    """Return a provider's setting (at most one GetSecretValue per process)."""
    return os.environ.get(name) or _stored().get(name, default)


def content(name: str) -> str:
    """Return the content of a key file by its setting, ``…_FILE``, or "".

    Raises:
        ConfigurationFailure: the file cannot be read.
    """
    path = os.environ.get(name)
    if not path:
        return _stored().get(name.removesuffix("_FILE"), "")
    try:
        return Path(path).read_text()
    except OSError as error:
        raise ConfigurationFailure(f"{name} names a file that cannot be read") from error


def required(*names: str) -> tuple[str, ...]:
    """Return settings that an adapter cannot work without.

    Raises:
        ConfigurationFailure: one is missing; names all of those.
    """
    found = tuple(content(one) if one.endswith("_FILE") else setting(one) for one in names)
    missing = [name for name, value in zip(names, found, strict=True) if not value]
    if missing:
        raise ConfigurationFailure(f"not configured: {', '.join(missing)}")
    return found


def authority() -> str | bool:
    """Return the file of certificates to verify by; True for the usual ones."""
    return os.environ.get("PROVIDER_CA") or True
