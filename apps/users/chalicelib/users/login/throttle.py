"""Login throttling that slows guessers down and cannot lock anybody out.

There are token buckets per (login, address) and per address, none per login
alone: whoever fails elsewhere with somebody's name does not touch that
person's own bucket. From where a login has succeeded once, it is known: there
it has only its own bucket, however many others fail from the same address.

A bucket is one number, the moment at which it will be full again (the generic
cell rate algorithm), so taking a token is one conditional update and exact
however many requests race.
"""

import hashlib
from dataclasses import dataclass

from chalicelib.users.core.models import Attempt
from pynamodb.exceptions import UpdateError

from shared.base.clock import now_ms, now_seconds
from shared.base.errors import Problem
from shared.http.rate_limit import multiplier
from shared.http.source_ip import network

KNOWN_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True)
class Bucket:
    """How many attempts at once, and how long until one of them comes back."""

    burst: int
    refill_ms: int


PAIR = Bucket(10, 90_000)
ADDRESS = Bucket(100, 9_000)
# Somebody who has the password guesses the second factor, from ever new addresses.
SECOND_FACTOR = Bucket(30, 120_000)


class Attempts:
    """One attempt to log in, counted before it is looked at.

    Args:
        login: whatever the attempt names the account by.

    Raises:
        Problem: 429 with Retry-After when there were too many.
    """

    def __init__(self, login: str, source_ip: str) -> None:
        address = network(source_ip)
        subject = hashlib.sha256(login.strip().lower().encode()).hexdigest()[:32]
        self._key = f"pair#{subject}#{address}"
        pair, was_full = _take(self._key, PAIR)
        self.known = bool(pair.known)
        half = now_seconds() + KNOWN_SECONDS // 2
        self._settled = self.known and was_full and pair.expires_at > half
        if not self.known:
            _take(f"address#{address}", ADDRESS)

    def second_factor(self, user_id: str) -> None:
        """Count a guess of the second factor, unless it comes from a known place.

        Raises:
            Problem: 429 with Retry-After when there were too many.
        """
        if not self.known:
            guess_second_factor(user_id)

    def succeeded(self) -> None:
        """The attempt was good: its bucket is full again, and the place is known from now on.

        Nothing has to be written when both are so already.
        """
        if self._settled:
            return
        Attempt(self._key).update(
            [
                Attempt.full_at.set(0),
                Attempt.known.set(True),
                Attempt.expires_at.set(now_seconds() + KNOWN_SECONDS),
            ]
        )


def guess_second_factor(user_id: str) -> None:
    """Count a guess of the second factor by who has the password or a session already.

    Raises:
        Problem: 429 with Retry-After when there were too many.
    """
    _take(f"factor#{user_id}", SECOND_FACTOR)


def _take(key: str, bucket: Bucket) -> tuple[Attempt, bool]:
    """Take one token: one conditional update, two when the bucket is not full.

    Returns:
        the bucket as it is now, and whether it was full.

    Raises:
        Problem: 429 when there is none left.
    """
    now = now_ms()
    refill = max(1, bucket.refill_ms // multiplier())
    full = Attempt.full_at.does_not_exist() | (Attempt.full_at <= now)
    attempt = Attempt(key)
    end = now // 1000 + bucket.burst * bucket.refill_ms // 1000
    expires_at = Attempt.expires_at.set(Attempt.expires_at | end)
    try:
        attempt.update([Attempt.full_at.set(now + refill), expires_at], condition=full)
        return attempt, True
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
    # The token that is taken must still leave the bucket within its size.
    room = Attempt.full_at <= now + (bucket.burst * multiplier() - 1) * refill
    try:
        attempt.update([Attempt.full_at.add(refill), expires_at], condition=room)
        return attempt, False
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise _too_many(refill) from error


def _too_many(refill_ms: int) -> Problem:
    seconds = max(1, -(-refill_ms // 1000))
    return Problem(
        429,
        "about:blank",
        "Too Many Requests",
        "Too many attempts to log in; try again later.",
        headers={"Retry-After": str(seconds)},
    )
