"""A cache that processes share: Valkey or Redis.

Its answers are a help, never a need: what it cannot tell is read from the tables.
"""

from collections.abc import Callable, Iterator
from typing import Any

from shared.base.observability import logger
from shared.base.process import process

# A cache that does not answer is left alone for some seconds: reads must not wait for it.
_TIMEOUT_SECONDS = 0.2
_PAUSE_SECONDS = 2.0


class Valkey:
    """A client whose failures count as not cached.

    Args:
        url: ``redis://…`` or ``rediss://…``.
        prefix: begins the name of every key.
    """

    def __init__(self, url: str, prefix: str) -> None:
        # Not every process has a cache: the import costs a cold start 60 ms.
        import redis

        self._errors: tuple[type[Exception], ...] = (redis.RedisError, OSError)
        self._client = redis.Redis.from_url(
            url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )
        self._prefix = prefix
        self._paused_until = 0.0

    def keys(self) -> Iterator[bytes]:
        """Yield all keys of this prefix: for tests and operators."""
        yield from self._client.scan_iter(f"{self._prefix}*")

    def clear(self) -> None:
        """Drop everything of this prefix."""
        for key in self.keys():
            self._client.delete(key)

    def _try(self, act: Callable[[], Any]) -> Any:
        """Return the result of a command, or ``None`` on a failure."""
        if process.clock.monotonic() < self._paused_until:
            return None
        try:
            return act()
        except self._errors as error:
            self._paused_until = process.clock.monotonic() + _PAUSE_SECONDS
            logger().warning("cache does not answer", error=type(error).__name__)
            return None
