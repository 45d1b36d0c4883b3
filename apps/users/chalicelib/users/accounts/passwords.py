"""Password hashing with argon2id (RFC 9106)."""

from dataclasses import dataclass
from unicodedata import category, normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from shared.base.process import Cache, process


@dataclass(frozen=True)
class PasswordCost:
    """Cost of a hash; the defaults are OWASP's parameters for 19 MiB.

    Attributes:
        memory_kib: memory in KiB.
        rounds: passes over the memory.
    """

    memory_kib: int = 19 * 1024
    rounds: int = 2


# Hash of a password that no user has, by cost.
_decoys: Cache[PasswordCost, str] = process.cache(4)


def hash_password(password: str) -> str:
    """Return the encoded argon2id hash, with its own salt and parameters."""
    return _hasher().hash(normalized(password))


def normalized(password: str) -> str:
    """Return a password as OpaqueString (RFC 8265): NFC, one kind of space.

    Keyboards and systems spell the same letters differently.
    """
    spaced = "".join(" " if category(one) == "Zs" else one for one in password)
    return normalize("NFC", spaced)


def check_password(password_hash: str | None, password: str) -> bool:
    """Return whether the password is right.

    An unknown account (``None``) costs the same time as a known one, so that
    response times do not tell which logins exist.
    """
    # Hashes from before normalisation hold the password as it was typed.
    spellings = dict.fromkeys((normalized(password), password))
    # All are tried, whichever is right, for equal times.
    return True in [_matches(password_hash, one) for one in spellings]


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        _hasher().verify(password_hash or _decoy(), password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return password_hash is not None


def _hasher() -> PasswordHasher:
    cost = process.limits(PasswordCost)
    return PasswordHasher(time_cost=cost.rounds, memory_cost=cost.memory_kib, parallelism=1)


def _decoy() -> str:
    cost = process.limits(PasswordCost)
    return _decoys.get(cost) or _decoys.put(cost, _hasher().hash("no user has this password"))
