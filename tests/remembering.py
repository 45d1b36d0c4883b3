"""A process that forgets nothing for a while, for tests that count calls."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.auth.revocations import RevocationLimits, revocations
from shared.base.process import process

_DAY_MS = 24 * 3600 * 1000


@contextmanager
def remembering() -> Iterator[None]:
    """Stop the clock of caches, with revocations read beforehand.

    A busy machine needs seconds for the work of a moment: a cache of five seconds, or the
    read of revocations every thirty, would then add a call to one count and not to another.
    """
    with process.clock.caches_stopped(), process.limited(RevocationLimits(_DAY_MS, _DAY_MS)):
        revocations.forget()
        revocations.hidden([])
        yield
    # The next read is due now, not in a day.
    revocations.forget()
