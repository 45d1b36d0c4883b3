"""Aliases of a domain's KMS keys that other domains use.

Owner: users; of the key of media addresses, tweets. Key policies and IAM grant the uses.
Promise: an alias leads to the key in force; ``scripts/ops/rotate_keys.py`` moves those of
access tokens.
"""

from shared.base.config import settings


def token_key_alias(suffix: str = "") -> str:
    """Key of users that signs access tokens; others read its public half.

    Args:
        suffix: ``-next`` or ``-previous`` for the keys around a rotation.
    """
    return f"alias/{settings().name('users', 'tokens')}{suffix}"


def secrets_key_alias() -> str:
    """Key of users that seals the secrets of OAuth 1.0a; others unseal them."""
    return f"alias/{settings().name('users', 'secrets')}"


def one_time_key_alias() -> str:
    """HMAC key of users for one-time tokens.

    Notifications mints them, users verifies them.
    """
    return f"alias/{settings().name('users', 'one-time-tokens')}"


def media_key_alias() -> str:
    """HMAC key of tweets that derives the daily keys of media addresses."""
    return f"alias/{settings().name('tweets', 'media-urls')}"
