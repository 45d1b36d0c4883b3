"""Start pages of a run beside its root, as the request gave them."""

import json
import zlib
from collections.abc import Sequence

from chalicelib.crawler.core.models import FRONTIER
from chalicelib.crawler.frontier.hosts.chunks import expiry

# Addresses per item: 320 KB of text at most, since random characters hardly compress.
_CHUNK = 150


def write(run_id: str, urls: Sequence[str]) -> None:
    """Keep the start pages of a run that is about to begin."""
    FRONTIER.batch_write(
        puts=(
            {
                "part": _part(run_id),
                "entry": f"{start:06d}",
                "pages": zlib.compress(json.dumps(urls[start : start + _CHUNK]).encode()),
                "expires_at": expiry(),
            }
            for start in range(0, len(urls), _CHUNK)
        )
    )


def read(run_id: str) -> list[str]:
    """Return the start pages of a run, without its root."""
    found = FRONTIER.query("#part = :part", {"part": _part(run_id)}, consistent=True)
    return [url for item in found for url in json.loads(zlib.decompress(item["pages"]))]


def _part(run_id: str) -> str:
    return f"{run_id}#seeds"
