"""The client of the crawler: one bounded request to an allowed address.

Two transports make the requests on the same pinned connections, with the same deadlines and
caps: the package ``requests`` (the default) and urllib3 alone, which takes 0.1 ms of CPU less
per request. ``CRAWL_CLIENT`` chooses. See docs/decisions/0056.
"""

import os
from collections.abc import Mapping
from typing import Any

from shared.net import fetch as bounded
from shared.net.answers import Fetched
from shared.net.fetch import Transport

REQUESTS, URLLIB3 = "requests", "urllib3"
# Their packages are in the crawler's bundle.
_CODINGS = "gzip, deflate, br, zstd"


def fetch(url: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> Fetched:
    """Make one request by the configured transport; as `shared.net.fetch`.

    Raises:
        FetchError: see its kinds.
    """
    sent = {"accept-encoding": _CODINGS, **(headers or {})}
    return bounded.fetch(url, headers=sent, transport=transport(), **options)


def transport() -> Transport | None:
    """Return the transport of ``CRAWL_CLIENT``; ``None`` for urllib3 alone."""
    if os.environ.get("CRAWL_CLIENT", REQUESTS) == URLLIB3:
        return None
    from shared.net import requests_transport

    return requests_transport.request
