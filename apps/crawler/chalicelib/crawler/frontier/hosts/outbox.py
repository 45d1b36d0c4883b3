"""Links to other hosts that one turn's commit passes on.

DynamoDB takes 400 KB per item and 4 MB per transaction. Addresses of random characters hardly
compress, so the bounds are of their plain form: what fits is certain to fit packed.
"""

from chalicelib.crawler.core import limits
from chalicelib.crawler.frontier.hosts.entries import Entry, host_of

# Digest of the parent, numbers and punctuation around an address.
_AROUND = 150


class Outbox:
    """Links by host, bounded in number and in bytes."""

    def __init__(self) -> None:
        self.links: dict[str, list[Entry]] = {}
        self._sizes: dict[str, int] = {}
        self._held = self._bytes = 0

    def __bool__(self) -> bool:
        return bool(self.links)

    @property
    def is_full(self) -> bool:
        """True if it holds as much as one commit takes."""
        return (
            len(self.links) >= limits.TURN_TARGETS
            or self._held >= limits.TURN_LINKS
            or self._bytes >= limits.TURN_SENT_BYTES
        )

    def put(self, entry: Entry) -> bool:
        """Add a link; false if it must wait for a later turn."""
        host = host_of(entry.url)
        size = _size(entry)
        total = self._sizes.get(host, 0) + size
        if self.is_full or total > limits.TARGET_BYTES:
            return False
        self.links.setdefault(host, []).append(entry)
        self._sizes[host] = total
        self._bytes += size
        self._held += 1
        return True


def _size(entry: Entry) -> int:
    """Upper limit of an entry's bytes: JSON escapes quotes and backslashes."""
    return len(entry.url) + entry.url.count("\\") + entry.url.count('"') + _AROUND
