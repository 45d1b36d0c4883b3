"""Login throttling that slows guessers down and cannot lock a user out.

There are token buckets per (login, address) and per address, none per login alone:
failed attempts from elsewhere do not touch a user's own bucket. A place from which a
login has succeeded is known: there the login has only its own bucket, whatever
others do at the same address.

A bucket is one number, the moment at which it will be full again (the generic
cell rate algorithm), so taking a token is one conditional update, exact for
any number of racing requests.
"""

import hashlib
from dataclasses import dataclass

from chalicelib.users.core.token_models import ATTEMPTS

from shared.aws.dynamo import Item
from shared.base.clock import now_ms, now_seconds
from shared.base.errors import Problem
from shared.base.process import process
from shared.http.rate_limit import multiplier
from shared.http.source_ip import network

KNOWN_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True)
class Bucket:
    """Attempts at once, and milliseconds until one of them comes back."""

    burst: int
    refill_ms: int


@dataclass(frozen=True)
class LoginLimits:
    """Buckets of login attempts.

    Attributes:
        pair: per login and address.
        address: per address.
        second_factor: per user, for guessers who have the password and ever new addresses.
    """

    pair: Bucket = Bucket(10, 90_000)
    address: Bucket = Bucket(100, 9_000)
    second_factor: Bucket = Bucket(30, 120_000)


class Attempts:
    """One attempt to log in, counted before it is checked.

    Args:
        login: username or address of the attempt.

    Raises:
        Problem: 429 with Retry-After after too many attempts.
    """

    def __init__(self, login: str, source_ip: str) -> None:
        limits, address = process.limits(LoginLimits), network(source_ip)
        subject = hashlib.sha256(login.strip().lower().encode()).hexdigest()[:32]
        self._key = {"key": f"pair#{subject}#{address}"}
        stored, was_full = _take(self._key, limits.pair)
        self.known = bool(stored.get("known"))
        half = now_seconds() + KNOWN_SECONDS // 2
        self._settled = self.known and was_full and stored["expires_at"] > half
        if not self.known:
            _take({"key": f"address#{address}"}, limits.address)

    def second_factor(self, user_id: str) -> None:
        """Count a guess of the second factor, unless it comes from a known place.

        Raises:
            Problem: 429 with Retry-After after too many guesses.
        """
        if not self.known:
            guess_second_factor(user_id)

    def note_success(self) -> None:
        """Refill the attempt's bucket, and make its place a known one.

        No write if both are so already.
        """
        if self._settled:
            return
        ATTEMPTS.update(
            self._key,
            "SET #full_at = :zero, #known = :true, #expires_at = :end",
            {"zero": 0, "true": True, "end": now_seconds() + KNOWN_SECONDS},
        )


def guess_second_factor(user_id: str) -> None:
    """Count a guess of the second factor of a user.

    Raises:
        Problem: 429 with Retry-After after too many guesses.
    """
    _take({"key": f"factor#{user_id}"}, process.limits(LoginLimits).second_factor)


def _take(key: Item, bucket: Bucket) -> tuple[Item, bool]:
    """Take one token: one conditional update, two unless the bucket is full.

    Returns:
        the stored bucket afterwards, and whether it was full.

    Raises:
        Problem: 429 if there is no token left.
    """
    now = now_ms()
    refill = max(1, bucket.refill_ms // multiplier())
    values = {
        "now": now,
        "full_at": now + refill,
        "refill": refill,
        "end": now // 1000 + bucket.burst * bucket.refill_ms // 1000,
        # The token that is taken must still leave the bucket within its size.
        "last": now + (bucket.burst * multiplier() - 1) * refill,
    }
    expires = "#expires_at = if_not_exists(#expires_at, :end)"
    full = ATTEMPTS.update(
        key,
        f"SET #full_at = :full_at, {expires}",
        values,
        "attribute_not_exists(#full_at) OR #full_at <= :now",
        returning="ALL_NEW",
    )
    if full:
        return full.item or {}, True
    taken = ATTEMPTS.update(
        key, f"SET {expires} ADD #full_at :refill", values, "#full_at <= :last", returning="ALL_NEW"
    )
    if not taken:
        raise _too_many(refill)
    return taken.item or {}, False


def _too_many(refill_ms: int) -> Problem:
    seconds = max(1, -(-refill_ms // 1000))
    return Problem(
        429,
        "about:blank",
        "Too Many Requests",
        "Too many attempts to log in; try again later.",
        headers={"Retry-After": str(seconds)},
    )
