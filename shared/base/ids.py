"""Snowflake ids: 41 bits of milliseconds, 10 of worker, 12 of sequence.

The first 2 bits of the worker are the region, so that two regions never make the same id.

The layout and epoch are X's (github.com/twitter-archive/snowflake), so that
clients that read the time from an id (as twarc does) work here too.
"""

import secrets
import threading
import time

from shared.base.config import REGIONS, settings
from shared.base.process import process

EPOCH_MS = 1288834974657
MAX_ID = (1 << 63) - 1
ID_PATTERN = "^[0-9]{1,19}$"
_WORKER_BITS = 8


class Snowflake:
    """Generator of increasing ids within one process.

    The worker number and the start of the sequence are random: Lambda has no
    registry of workers. A clash between two processes of a region in one millisecond
    is caught by the conditional put that stores the item. A put sees its own region
    only, so the region is part of the id.
    """

    def __init__(self, region: int = 0) -> None:
        """Make a generator for the region of this number, from 0 to 3."""
        if not 0 <= region < REGIONS:
            raise ValueError(f"the region's number is {region}, but ids have room for {REGIONS}")
        self._worker = region << _WORKER_BITS | secrets.randbelow(1 << _WORKER_BITS)
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


@process.lasting
def _generator() -> Snowflake:
    return Snowflake(settings().region_number)


def new_id() -> str:
    """Return a new snowflake id as the decimal string that the API shows."""
    return str(_generator().next())


def region_of(snowflake: str | int) -> int:
    """Return the number of the region that made an id of ours."""
    return int(snowflake) >> 12 + _WORKER_BITS & REGIONS - 1


def time_ms(snowflake: str | int) -> int:
    """Return the Unix milliseconds of an id's creation."""
    return (int(snowflake) >> 22) + EPOCH_MS


def first_id_at(ms: int) -> int:
    """Return the smallest id of a Unix millisecond (0 before the epoch)."""
    return max(0, ms - EPOCH_MS) << 22
