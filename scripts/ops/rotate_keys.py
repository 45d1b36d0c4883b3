"""Rotate the key that signs access tokens; no valid token is refused.

    python -m scripts.ops.rotate_keys prepare   # a new key, published beside the present one
    python -m scripts.ops.rotate_keys switch    # five minutes later: it signs; the old one verifies
    python -m scripts.ops.rotate_keys retire    # when no token of the old one matters any more

A user's tokens last two hours. App-only bearers last for years: those of the old key end
when it is retired, and their developers have to ask for new ones. ``STAGE`` and the AWS
settings come from the environment, as for everything else.
"""

import sys
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scripts.deploy.account import in_words
from shared.aws import sdk
from shared.contracts.kms_keys import token_key_alias

NEXT, CURRENT, PREVIOUS = "-next", "", "-previous"
_WINDOW_DAYS = 30


class NotNow(Exception):
    """The step does not fit the state that the keys are in."""


def prepare() -> str:
    """Create and publish the next key with the present policy; return its id.

    Raises:
        NotNow: there is one already.
    """
    if _key(NEXT):
        raise NotNow("a next key waits already: switch to it")
    client, current = sdk.client("kms"), _key(CURRENT)
    if current is None:
        raise NotNow("there is no key to take the place of: deploy first")
    policy = client.get_key_policy(KeyId=current, PolicyName="default")["Policy"]
    made = client.create_key(
        KeySpec="ECC_NIST_P256",
        KeyUsage="SIGN_VERIFY",
        # A key stays single-region for ever; a replica elsewhere must verify the same tokens.
        MultiRegion=True,
        Description="Signs Rookery's access tokens",
        Policy=policy,
    )
    key: str = made["KeyMetadata"]["KeyId"]
    client.create_alias(AliasName=token_key_alias(NEXT), TargetKeyId=key)
    return key


def switch() -> str:
    """Sign with the next key, verify with both; return the new key's id.

    Raises:
        NotNow: nothing was prepared, or a previous key has not been retired.
    """
    client, key, current = sdk.client("kms"), _key(NEXT), _key(CURRENT)
    if key is None or current is None:
        raise NotNow("there is no next key: prepare one, and wait five minutes")
    if _key(PREVIOUS) not in (None, current):
        raise NotNow("the previous key still verifies: retire it first")
    # In this order every key that may have signed stays published.
    if _key(PREVIOUS) is None:
        client.create_alias(AliasName=token_key_alias(PREVIOUS), TargetKeyId=current)
    client.update_alias(AliasName=token_key_alias(CURRENT), TargetKeyId=key)
    client.delete_alias(AliasName=token_key_alias(NEXT))
    return key


def retire() -> str:
    """Refuse the previous key; delete it in thirty days; return its id.

    Raises:
        NotNow: there is none.
    """
    client, key = sdk.client("kms"), _key(PREVIOUS)
    if key is None:
        raise NotNow("there is no previous key")
    client.delete_alias(AliasName=token_key_alias(PREVIOUS))
    client.schedule_key_deletion(KeyId=key, PendingWindowInDays=_WINDOW_DAYS)
    return key


def _key(suffix: str) -> str | None:
    client = sdk.client("kms")
    try:
        key: str = client.describe_key(KeyId=token_key_alias(suffix))["KeyMetadata"]["KeyId"]
    except client.exceptions.NotFoundException:
        return None
    return key


STEPS: dict[str, Callable[[], Any]] = {"prepare": prepare, "switch": switch, "retire": retire}


def main() -> int:
    """Take the step named on the command line."""
    if len(sys.argv) != 2 or sys.argv[1] not in STEPS:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(STEPS[sys.argv[1]]())
    except NotNow as error:
        print(error, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(in_words(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
