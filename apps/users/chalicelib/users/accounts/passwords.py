"""Password hashing with argon2id (RFC 9106; OWASP's cost for 19 MiB)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from shared.base.process import process

MEMORY_KIB, ROUNDS = 19 * 1024, 2


@process.lazy
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=1)


@process.lazy
def _decoy() -> str:
    return _hasher().hash("no user has this password")


def hash_password(password: str) -> str:
    """Return the encoded argon2id hash, with its own salt and parameters."""
    return _hasher().hash(password)


def check_password(password_hash: str | None, password: str) -> bool:
    """Return whether the password is right.

    An unknown account (``None``) costs the same time as a known one, so that
    response times do not tell which logins exist.
    """
    try:
        _hasher().verify(password_hash or _decoy(), password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return password_hash is not None
