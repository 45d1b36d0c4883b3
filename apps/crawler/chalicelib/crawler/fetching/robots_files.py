"""robots.txt in the table `robots`: one per origin, for all processes.

Files of private hosts are not kept: on the local stack ports change hands within minutes.
"""

import zlib
from dataclasses import dataclass, field
from typing import Protocol

from chalicelib.crawler.core.models import ROBOTS

from shared.base.clock import now_seconds
from shared.base.process import process

# Scheme, host and port, and whether private networks are allowed.
Origin = tuple[str, bool]

# RFC 9309, 2.4: a copy counts for a day, and longer only while the file is unreachable.
_FRESH_SECONDS = 24 * 3600
_KEPT_SECONDS = 30 * 24 * 3600
# DynamoDB's items have at most 400 KB.
_MAX_BYTES = 350_000


@dataclass(frozen=True)
class RobotsLimits:
    """Limits of kept files; tests keep private hosts' as well."""

    keeps_private: bool = False


@dataclass(frozen=True)
class RobotsFile:
    """An origin's file.

    Attributes:
        text: ``None`` for an origin without one, which allows everything.
        read_at: Unix seconds.
    """

    text: str | None
    read_at: int = field(default_factory=now_seconds)

    @property
    def fresh(self) -> bool:
        """True unless the file must be read again."""
        return now_seconds() - self.read_at < _FRESH_SECONDS


class Files(Protocol):
    """Kept files of origins."""

    def find(self, origin: Origin) -> RobotsFile | None:
        """Return the kept file of an origin, fresh or not."""
        ...

    def keep(self, origin: Origin, file: RobotsFile) -> None:
        """Keep an origin's file."""
        ...


class TableFiles:
    """Files in the table `robots`."""

    def find(self, origin: Origin) -> RobotsFile | None:
        """See `Files`; 0.5 RRU per 4 KB."""
        if not _is_kept(origin):
            return None
        item = ROBOTS.get({"origin": origin[0]})
        if item is None or item["expires_at"] <= now_seconds():
            return None
        body = item.get("body")
        text = None if body is None else zlib.decompress(bytes(body)).decode("utf-8", "replace")
        return RobotsFile(text, int(item["fetched_at"]))

    def keep(self, origin: Origin, file: RobotsFile) -> None:
        """See `Files`; 1 WRU per KB, compressed."""
        if not _is_kept(origin):
            return
        body = None if file.text is None else zlib.compress(file.text.encode("utf-8", "replace"))
        if body is not None and len(body) > _MAX_BYTES:
            return
        item = {
            "origin": origin[0],
            "body": body,
            "fetched_at": file.read_at,
            "expires_at": file.read_at + _KEPT_SECONDS,
        }
        ROBOTS.put({name: value for name, value in item.items() if value is not None})


def _is_kept(origin: Origin) -> bool:
    return not origin[1] or process.limits(RobotsLimits).keeps_private
