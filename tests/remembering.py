"""For tests that count calls: what a process remembers for seconds is not forgotten meanwhile."""

import gc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from cachetools import TLRUCache, TTLCache

from shared.auth import revocations


@contextmanager
def remembering() -> Iterator[None]:
    """Stop the clocks of all caches, and have revocations read before.

    A busy machine needs seconds for what an idle one does at once: a cache of five seconds, or
    the look for revocations each thirty, would then add a call to one count and not to another.
    """
    with ExitStack() as held, pytest.MonkeyPatch.context() as patch:
        for found in gc.get_objects():
            if isinstance(found, TTLCache | TLRUCache):
                held.enter_context(found.timer)
        patch.setattr(revocations, "REFRESH_MS", 24 * 3600 * 1000)
        revocations.revocations.reset()
        revocations.revocations.hidden([])
        yield
    # The next look is due now, and not in a day.
    revocations.revocations.reset()
