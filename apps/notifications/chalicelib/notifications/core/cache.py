"""Values that processes share in Valkey: contacts, preferences, inboxes.

Without ``CACHE_URL`` nothing is shared, and readers read their tables. A cache that is down is
left alone for two seconds and read around.

**No old value outlives a change by more than a minute.** A reader may have read its table before
a change and fill the cache after it. So a change puts a mark in the value's place which refuses
fills for some seconds, longer than a read lasts. A mark that could not be put, because the cache
did not answer or the process died, leaves the old value until its minute is over.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.base.config import settings
from shared.base.process import process
from shared.base.valkey import Valkey

SHARED_SECONDS = 60
# Longer than a Lambda function may take from its read to its fill.
_MARK_SECONDS = 15
_MARK = b""


class SharedValues(Valkey):
    """JSON values by key."""

    def get(self, key: str) -> Any:
        """Return a value, or ``None`` if there is none."""
        found = self._try(lambda: self._client.get(self._prefix + key))
        return json.loads(found) if found else None

    def fill(self, key: str, value: Any) -> None:
        """Keep what was just read, unless the key holds a value or a mark."""
        text = json.dumps(value)
        self._try(lambda: self._client.set(self._prefix + key, text, ex=SHARED_SECONDS, nx=True))

    def get_many(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return the values that there are, by key; one round trip."""

        def read() -> list[bytes | None]:
            with self._client.pipeline(transaction=False) as pipeline:
                for key in keys:
                    pipeline.get(self._prefix + key)
                found: list[bytes | None] = pipeline.execute()
                return found

        found = (self._try(read) if keys else None) or []
        pairs = zip(keys, found, strict=False)
        return {key: json.loads(text) for key, text in pairs if text}

    def fill_many(self, values: Mapping[str, Any]) -> None:
        """Keep what was just read, as `fill`; one round trip."""

        def put() -> None:
            with self._client.pipeline(transaction=False) as pipeline:
                for key, value in values.items():
                    text = json.dumps(value)
                    pipeline.set(self._prefix + key, text, ex=SHARED_SECONDS, nx=True)
                pipeline.execute()

        if values:
            self._try(put)

    def changed(self, keys: Iterable[str]) -> None:
        """Drop values after their change and refuse older ones; one round trip."""
        names = [self._prefix + key for key in keys]

        def mark() -> None:
            with self._client.pipeline(transaction=False) as pipeline:
                for name in names:
                    pipeline.set(name, _MARK, ex=_MARK_SECONDS)
                pipeline.execute()

        if names:
            self._try(mark)


class _Nothing:
    """The cache of a stage without one."""

    def get(self, key: str) -> Any:
        """Return ``None``."""

    def fill(self, key: str, value: Any) -> None:
        """Keep nothing."""

    def get_many(self, keys: Sequence[str]) -> dict[str, Any]:  # noqa: ARG002 (of SharedValues)
        """Return nothing."""
        return {}

    def fill_many(self, values: Mapping[str, Any]) -> None:
        """Keep nothing."""

    def changed(self, keys: Iterable[str]) -> None:
        """Have nothing to drop."""


def _values(kind: str) -> SharedValues | _Nothing:
    url = settings().cache_url
    return SharedValues(url, f"{settings().name('notifications', kind)}#") if url else _Nothing()


@process.lazy
def contacts() -> SharedValues | _Nothing:
    """Contacts, by user."""
    return _values("contacts")


@process.lazy
def preferences() -> SharedValues | _Nothing:
    """Preferences, by recipient."""
    return _values("preferences")


@process.lazy
def inboxes() -> SharedValues | _Nothing:
    """Newest entries and counter of an inbox, by user."""
    return _values("inboxes")
