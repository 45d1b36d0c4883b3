"""Snowflake ids: 41 bits of milliseconds, 10 of worker, 12 of sequence.

The layout and epoch are X's (github.com/twitter-archive/snowflake), so that
clients that read the time from an id (as twarc does) work here too.
"""

import secrets
import threading
import time

EPOCH_MS = 1288834974657
MAX_ID = (1 << 63) - 1
ID_PATTERN = "^[0-9]{1,19}$"


class Snowflake:
    """Generator of increasing ids within one process.

    The worker number and the start of the sequence are random: Lambda has no
    registry of workers. A clash between two processes in one millisecond is
    caught by the conditional put that stores the item.
    """

    def __init__(self) -> None:
        self._worker = secrets.randbelow(1 << 10)
        self._lock = threading.Lock()
        self._last_ms = 0
        self._sequence = 0

    def next(self) -> int:
        """Return a new id, greater than every earlier one of this process."""
        with self._lock:
            now = max(int(time.time() * 1000), self._last_ms)
            if now == self._last_ms:
                self._sequence = (self._sequence + 1) & 0xFFF
                if self._sequence == 0:
                    now += 1
            else:
                # The lower half only, so that a burst within the millisecond fits.
                self._sequence = secrets.randbelow(1 << 11)
            self._last_ms = now
            return ((now - EPOCH_MS) << 22) | (self._worker << 12) | self._sequence


_generator = Snowflake()


def new_id() -> str:
    """Return a new snowflake id as the decimal string that the API shows."""
    return str(_generator.next())


def time_ms(snowflake: str | int) -> int:
    """Return the Unix milliseconds of an id's creation."""
    return (int(snowflake) >> 22) + EPOCH_MS


def first_id_at(ms: int) -> int:
    """Return the smallest id of a Unix millisecond (0 before the epoch)."""
    return max(0, ms - EPOCH_MS) << 22
