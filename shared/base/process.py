"""State of one process: its caches, clock, limits and lazily made objects.

A Lambda environment or a local process keeps things between requests. They all stand in
one `Process`: one call forgets them, tests can stop their clock, and a limit can take another
value for a while, without a search for module variables::

    _cards: Cache[str, UserCard] = process.cache(20_000, seconds=5)

    @dataclass(frozen=True)
    class FanoutLimits:
        range_size: int = 1000

    process.limits(FanoutLimits).range_size
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any, Generic, TypeVar, cast
from weakref import WeakSet

from cachetools import LRUCache, TTLCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
L = TypeVar("L")
T = TypeVar("T")


class Clock:
    """Time of the process. Tests stop it for caches, or move it for all code."""

    def __init__(self, on_return: Callable[[], None] = lambda: None) -> None:
        self._on_return = on_return
        self._offset = 0.0
        self._stopped_at: float | None = None

    def time(self) -> float:
        """Unix seconds."""
        return time.time() + self._offset

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment, by which caches expire."""
        if self._stopped_at is not None:
            return self._stopped_at
        return time.monotonic() + self._offset

    @contextmanager
    def caches_stopped(self) -> Iterator[None]:
        """Let no cache expire meanwhile, however slow the machine is."""
        before, self._stopped_at = self._stopped_at, self.monotonic()
        try:
            yield
        finally:
            self._stopped_at = before

    @contextmanager
    def ahead(self, seconds: float) -> Iterator[None]:
        """Move the present by some seconds for the length of a block.

        Caches are empty afterwards: entries of another time would expire too late.
        """
        self._offset += seconds
        try:
            yield
        finally:
            self._offset -= seconds
            self._on_return()


class Cache(Generic[K, V]):
    """Bounded cache that threads share; evicts the least recently used."""

    def __init__(
        self,
        clock: Clock,
        maxsize: int,
        seconds: float | None,
        size: Callable[[V], float] | None = None,
    ) -> None:
        self._entries: LRUCache[K, V] | TTLCache[K, V] = (
            LRUCache(maxsize, size)
            if seconds is None
            else TTLCache(maxsize, seconds, clock.monotonic, size)
        )
        # Within this block it is one moment, so that many keys cost one look at the clock.
        self._moment = self._entries.timer if isinstance(self._entries, TTLCache) else nullcontext()
        self._lock = threading.RLock()

    def get(self, key: K) -> V | None:
        """Return the value of a key, or ``None``."""
        with self._lock:
            return self._entries.get(key)

    def get_many(self, keys: Iterable[K]) -> dict[K, V]:
        """Return the values of the keys that are cached."""
        with self._lock, self._moment:
            return {key: self._entries[key] for key in keys if key in self._entries}

    def put(self, key: K, value: V) -> V:
        """Keep a value; returns it."""
        with self._lock:
            self._entries[key] = value
        return value

    def put_many(self, values: Mapping[K, V]) -> None:
        """Keep several values."""
        with self._lock, self._moment:
            self._entries.update(values)

    def add(self, key: K, value: V) -> bool:
        """Keep a value unless the key has one; returns true if it was kept."""
        with self._lock:
            if key in self._entries:
                return False
            self._entries[key] = value
            return True

    def change(self, key: K, make: Callable[[V | None], V]) -> V:
        """Replace a value by the result of ``make``, as one step for all threads."""
        with self._lock:
            made = make(self._entries.get(key))
            self._entries[key] = made
            return made

    def pop(self, key: K) -> V | None:
        """Forget a key; returns its value, or ``None``."""
        with self._lock:
            return self._entries.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    def __contains__(self, key: K) -> bool:
        with self._lock:
            return key in self._entries

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)


class Lazy(Generic[T]):
    """An object made once, at the first call."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._lock = threading.RLock()

    def __call__(self) -> T:
        """Return the object."""
        try:
            return self._made[0]
        except IndexError:
            with self._lock:
                if not self._made:
                    self._made.append(self._make())
                return self._made[0]

    def forget(self) -> None:
        """Make it anew at the next call."""
        with self._lock:
            self._made = []


class Process:
    """All state of one process; see the module."""

    def __init__(self) -> None:
        self.clock = Clock(self._forget)
        # Not held: a cache ends with the object that keeps it.
        self._caches: WeakSet[Cache[Any, Any]] = WeakSet()
        self._resets: list[Callable[[], None]] = []
        self._objects: list[Callable[[], None]] = []
        self._restarts: list[Callable[[], None]] = []
        self._defaults: dict[type, Any] = {}
        self._limited: dict[type, Any] = {}

    def cache(
        self,
        maxsize: int,
        seconds: float | None = None,
        size: Callable[[Any], float] | None = None,
    ) -> Cache[Any, Any]:
        """Make a cache; with ``seconds`` its entries expire after that time.

        Args:
            maxsize: entries, or the sum of their sizes.
            size: of a value, below ``maxsize``.
        """
        made: Cache[Any, Any] = Cache(self.clock, maxsize, seconds, size)
        self._caches.add(made)
        return made

    def lazy(self, make: Callable[[], T]) -> Lazy[T]:
        """Make an object at its first use (also as a decorator of its factory)."""
        made = Lazy(make)
        self._objects.append(made.forget)
        return made

    def lasting(self, make: Callable[[], T]) -> Lazy[T]:
        """Make an object like `lazy` that a reset keeps and only a restart drops."""
        made = Lazy(make)
        self._restarts.append(made.forget)
        return made

    def on_reset(self, forget: Callable[[], None]) -> Callable[[], None]:
        """Call a function at each reset (also as a decorator).

        For state that no cache can hold.
        """
        self._resets.append(forget)
        return forget

    def limits(self, kind: type[L]) -> L:
        """Return the limits in force of a kind: a frozen dataclass with defaults."""
        found = self._limited.get(kind) or self._defaults.get(kind)
        if found is None:
            found = self._defaults[kind] = kind()
        return cast(L, found)

    @contextmanager
    def limited(self, *limits: Any) -> Iterator[None]:
        """Put limits in force for a block: ``FanoutLimits(range_size=3)``."""
        before = self._limited
        self._limited = {**before, **{type(one): one for one in limits}}
        try:
            yield
        finally:
            self._limited = before

    def reset(self) -> None:
        """Forget everything, as a process that has just started.

        Settings and AWS clients stay, and so do the limits of a `limited` block.
        """
        self._defaults = {}
        self._forget()
        for forget in self._objects:
            forget()

    def restart(self) -> None:
        """Reset, and read the settings and make the AWS clients anew.

        For tests that change the environment, such as the endpoint.
        """
        for forget in self._restarts:
            forget()
        self.reset()

    def _forget(self) -> None:
        for cache in list(self._caches):
            cache.clear()
        for forget in self._resets:
            forget()


# Each Python process has one: see docs/decisions/0035-one-process-state.md.
process = Process()
