"""Messages that the simulators received, and faults that they are to show."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT = 500

Fault = Mapping[str, Any]


@dataclass
class Journal:
    """Received messages, newest last, and faults by provider.

    A fault is an object and serves one request: ``{"status": 429, "retry_after": 2}``,
    ``{"status": 410, "reason": "Unregistered", "timestamp": ms}``, ``{"cut": true}``,
    ``{"stall": seconds}``, ``{"split": true}``; each simulator says which it knows.
    """

    messages: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))
    requests: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    released: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def script(self, provider: str, faults: Iterable[Fault]) -> None:
        """Add faults for the next requests of a provider, one each."""
        with self._lock:
            self._faults[provider].extend(faults)

    def next_fault(self, provider: str) -> Fault:
        """Count a request; return its fault, empty if there is none."""
        with self._lock:
            self.requests[provider] += 1
            return self._faults[provider].popleft() if self._faults[provider] else {}

    def note(self, channel: str, to: str, **members: Any) -> None:
        """Keep a message that a provider took."""
        found = {"channel": channel, "to": to, "at": time.time(), **members}
        with self._lock:
            self.messages.append(found)

    def sent(self, channel: str | None = None, to: str | None = None) -> list[dict[str, Any]]:
        """Return the messages of a channel and to an address, oldest first."""
        with self._lock:
            kept = list(self.messages)
        return [
            one
            for one in kept
            if (channel is None or one["channel"] == channel) and (to is None or one["to"] == to)
        ]

    def clear(self) -> None:
        """Forget messages, counts and faults."""
        with self._lock:
            self.messages.clear()
            self.requests.clear()
            self._faults.clear()
        self.released.clear()
