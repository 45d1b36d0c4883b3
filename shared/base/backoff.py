"""Pauses between the attempts at a call that may succeed a moment later."""

import random
import time


def pause(attempt: int, *, first: float = 0.02, longest: float = 0.5) -> None:
    """Sleep a random time below a bound that doubles with each attempt.

    Full jitter.

    Args:
        attempt: attempts made before, from 0.
        first / longest: the bound of attempt 0 and the largest one, in seconds.
    """
    time.sleep(random.uniform(0, min(longest, first * 2**attempt)))  # noqa: S311
